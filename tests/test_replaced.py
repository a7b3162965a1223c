"""What an application replaces is called: in a subclass, and in one instance, as extensions and tests do.

The short ways through the framework leave documented methods out where nobody has replaced them. Each method here
is replaced in both ways, before the first request and after it.
"""

from __future__ import annotations

import unittest
from decimal import Decimal
from unittest import mock

from minflask import Blueprint, Flask, Request, Response, request, send_from_directory, session, url_for
from minflask.http.request import Request as HttpRequest
from minflask.json.provider import DefaultJSONProvider
from minflask.routing import BuildError, MapAdapter


def make_app(kind=Flask):
    app = kind(__name__, static_folder=None)
    app.secret_key = "x"
    app.testing = True
    app.add_url_rule("/", "index", lambda: "index")
    app.add_url_rule("/urls", "urls", lambda: url_for("index") + url_for("urls") + url_for("index", _external=True))
    app.add_url_rule("/form", "form", lambda: request.form["a"], methods=["POST"])
    app.add_url_rule("/json", "json", lambda: {"a": 1})
    app.add_url_rule("/host", "host", lambda: request.host)
    return app


def noting(seen, name, function):
    def noted(*args, **kwargs):
        seen.append(name)
        return function(*args, **kwargs)
    return noted


def noting_class(seen, name, base):
    """Return a subclass whose method of this name notes that it was called."""
    return type(f"Noting{base.__name__}", (base,), {name: noting(seen, name, getattr(base, name))})


class OfTheApplication(unittest.TestCase):
    CASES = [("url_for", "/urls"), ("inject_url_defaults", "/urls"), ("create_url_adapter", "/"),
             ("do_teardown_request", "/"), ("do_teardown_appcontext", "/"), ("ensure_sync", "/"),
             ("open_session", "/"), ("make_response", "/"), ("process_response", "/"), ("dispatch_request", "/")]

    def test_a_method_of_a_subclass_is_called(self):
        for name, path in self.CASES:
            with self.subTest(method=name):
                seen = []
                client = make_app(noting_class(seen, name, Flask)).test_client()
                for _ in range(2):
                    seen.clear()
                    client.get(path)
                    self.assertIn(name, seen)

    def test_a_function_of_an_instance_is_called(self):
        for name, path in self.CASES:
            for requests_before in (0, 2):
                with self.subTest(method=name, requests_before=requests_before):
                    app = make_app()
                    client = app.test_client()
                    for _ in range(requests_before):
                        client.get(path)
                    with mock.patch.object(app, name, wraps=getattr(app, name)) as replaced:
                        client.get(path)
                        client.get(path)
                    self.assertGreaterEqual(replaced.call_count, 2)
                    before = replaced.call_count
                    self.assertEqual(client.get(path).status_code, 200)
                    self.assertEqual(replaced.call_count, before)  # it was put back

    def test_the_defaults_that_a_subclass_injects_are_in_every_url(self):
        class Localized(Flask):
            def inject_url_defaults(self, endpoint, values):
                super().inject_url_defaults(endpoint, values)
                values.setdefault("lang", "de")

        response = make_app(Localized).test_client().get("/urls")
        self.assertEqual(response.text, "/?lang=de/urls?lang=dehttp://localhost/?lang=de")

    def test_an_error_handler_of_an_instance_gets_what_cannot_be_built(self):
        app = make_app()
        with app.test_request_context():
            url_for("index")
            with mock.patch.object(app, "handle_url_build_error", return_value="/elsewhere"):
                self.assertEqual(url_for("nowhere"), "/elsewhere")
            self.assertRaises(BuildError, url_for, "nowhere")

    def test_an_adapter_of_another_kind_is_called_with_keywords(self):
        """As Flask calls it: who overrides build() may take the rest as it comes."""
        class Numbering(MapAdapter):
            def build(self, endpoint, values=None, **options):
                return super().build(endpoint, {**values, "n": 1}, **options)

        class Numbered(Flask):
            def create_url_adapter(self, request):
                adapter = super().create_url_adapter(request)
                adapter.__class__ = Numbering
                return adapter

        with make_app(Numbered).test_request_context():
            self.assertEqual([url_for("index"), url_for("index"), url_for("index", _external=True)],
                             ["/?n=1", "/?n=1", "http://localhost/?n=1"])

    def test_trusted_hosts_hold_from_when_they_are_set(self):
        """Also for a host that was asked for before."""
        app = make_app()
        client = app.test_client()
        self.assertEqual(client.get("/").status_code, 200)
        app.config["TRUSTED_HOSTS"] = ["example.com"]
        self.assertEqual(client.get("/").status_code, 400)
        self.assertEqual(client.get("/", base_url="http://example.com").status_code, 200)

    def test_subdomains_match_from_when_that_is_asked_for(self):
        app = make_app()
        app.config["SERVER_NAME"] = "example.com"
        client = app.test_client()
        self.assertEqual(client.get("/", base_url="http://www.example.com").status_code, 200)
        app.subdomain_matching = True
        self.assertEqual(client.get("/", base_url="http://www.example.com").status_code, 404)

    def test_a_map_that_is_replaced_is_asked(self):
        app, other = make_app(), make_app()
        client = app.test_client()
        client.get("/")
        app.url_map = other.url_map_class(host_matching=True)
        self.assertEqual(client.get("/").status_code, 404)

    def test_a_base_beside_it_hears_of_subclasses(self):
        """Their keyword arguments, too."""
        heard = []

        class Registry:
            def __init_subclass__(cls, tag=None):
                heard.append((cls.__name__, tag))

        type("App", (Flask, Registry), {}, tag=1)
        type("Answer", (Response, Registry), {}, tag=2)
        self.assertEqual(heard, [("App", 1), ("Answer", 2)])


class OfOthers(unittest.TestCase):
    def test_the_parser_of_a_form_is_the_one_that_the_request_makes(self):
        def parse_as_form(method):
            environ = HttpRequest.from_values("/", method="POST", data={"a": "1"}).environ
            return method(environ)

        with self.subTest("one request"):
            def patched(environ):
                made = HttpRequest(environ)
                with mock.patch.object(made, "make_form_data_parser", wraps=made.make_form_data_parser) as replaced:
                    self.assertEqual(made.form["a"], "1")
                return replaced.call_count
            self.assertEqual(parse_as_form(patched), 1)
        with self.subTest("the class of all requests"):
            def patched_class(environ):
                make = HttpRequest.make_form_data_parser
                with mock.patch.object(HttpRequest, "make_form_data_parser", autospec=True, side_effect=make) as seen:
                    self.assertEqual(HttpRequest(environ).form["a"], "1")
                return seen.call_count
            self.assertEqual(parse_as_form(patched_class), 1)

    def test_what_a_form_is_read_by_can_be_replaced(self):
        """In a subclass, in the class of all requests, and in one request."""
        class Shout:
            def read(self, size=-1):
                return b"" if size == 0 else b"a=SHOUTED"

        class Marked(dict):
            def __getitem__(self, key):
                return super().__getitem__(key) + "!"

        ways = {
            "stream": (Shout(), "SHOUTED"), "max_form_memory_size": (3, "413"), "max_content_length": (3, "413"),
            "want_form_data_parsed": (False, "400"), "content_length": (None, "plain"),
            "mimetype": ("text/plain", "400"),
            "parameter_storage_class": (Marked, "plain!"),
        }
        for name, (value, expected) in ways.items():
            def ask(app):
                answer = app.test_client().post("/form", data={"a": "plain"})
                return answer.text if answer.status_code == 200 else str(answer.status_code)

            with self.subTest(f"{name} of a subclass"):
                app = make_app()
                app.request_class = type("Own", (app.request_class,), {name: value})
                self.assertEqual(ask(app), expected)
            if name.startswith("max_"):
                with self.subTest(f"{name} of the class of all requests"), mock.patch.object(Request, name, value):
                    self.assertEqual(ask(make_app()), expected)
            if name not in ("want_form_data_parsed", "content_length", "mimetype"):
                with self.subTest(f"{name} of one request"):
                    app = make_app()
                    app.before_request(lambda name=name, value=value: setattr(request, name, value))
                    self.assertEqual(ask(app), expected)

    def test_a_method_of_one_response_is_called(self):
        for name in ("get_wsgi_headers", "get_wsgi_response", "get_app_iter", "iter_encoded", "close"):
            with self.subTest(method=name):
                app = make_app()
                patches = []

                @app.after_request
                def replace(response, name=name, patches=patches):
                    setattr(response, name, mock.Mock(wraps=getattr(response, name)))
                    patches.append(getattr(response, name))
                    return response

                response = app.test_client().get("/")
                self.assertEqual(response.text, "index")
                response.close()
                self.assertTrue(patches[0].called)

    def test_the_dumps_of_one_provider_is_called(self):
        app = make_app()
        with mock.patch.object(app.json, "dumps", return_value="{}"):
            self.assertEqual(app.test_client().get("/json").json, {})
        with mock.patch.object(DefaultJSONProvider, "dumps", return_value="[]"):
            self.assertEqual(app.test_client().get("/json").json, [])

    def test_a_blueprint_without_an_age_for_a_file_leaves_it_to_the_application(self):
        import os

        app = make_app()
        folder, name = os.path.split(__file__)
        blueprint = Blueprint("files", __name__, static_folder=folder, static_url_path="/static")
        blueprint.get_send_file_max_age = lambda filename: None
        app.get_send_file_max_age = lambda filename: 77
        app.register_blueprint(blueprint)
        app.add_url_rule("/sent", "sent", lambda: send_from_directory(folder, name, max_age=None))
        for path in (f"/static/{name}", "/sent"):
            with self.subTest(path=path):
                response = app.test_client().get(path)
                self.assertEqual(response.cache_control.max_age, 77)
                response.close()


class OfSessions(unittest.TestCase):
    def serve(self, value, provider=DefaultJSONProvider):
        """Return what a session gives back of a value, one request later."""
        app, found = make_app(), []
        app.json = provider(app)
        app.add_url_rule("/put", "put", lambda: session.update(v=value) or "")
        app.add_url_rule("/get", "get", lambda: found.append(session["v"]) or "")
        client = app.test_client()
        client.get("/put")
        client.get("/get")
        return found[0]

    def test_a_session_holds_what_the_applications_json_holds(self):
        self.assertEqual(self.serve(Decimal("1.5")), "1.5")
        self.assertEqual(self.serve({"when": (Decimal("2"),)}), {"when": ("2",)})

    def test_a_session_is_written_and_read_by_the_applications_provider(self):
        class Sets(DefaultJSONProvider):
            @staticmethod
            def default(value):
                return sorted(value) if isinstance(value, set) else DefaultJSONProvider.default(value)

        class Shouting(DefaultJSONProvider):
            def dumps(self, obj, **kwargs):
                return super().dumps(obj, **kwargs).replace("hush", "HUSH")

            def loads(self, s, **kwargs):
                return super().loads(s.replace("HUSH", "HUSH!"), **kwargs)

        self.assertEqual(self.serve({2, 1}, Sets), [1, 2])
        self.assertEqual(self.serve("hush", Shouting), "HUSH!")

    def test_a_type_that_nobody_knows_is_named(self):
        with self.assertRaisesRegex(TypeError, "set"):
            self.serve({1})


if __name__ == "__main__":
    unittest.main()
