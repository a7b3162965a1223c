"""URL rules, views and their options on a real application: sections 17 and 18 of the seeds."""

from __future__ import annotations

import unittest

from minflask import Blueprint, Flask, request, url_for


def rules_app():
    """An application with one rule per converter, whose view tells what it got."""
    app = Flask(__name__)
    for rule in ("/s/<x>", "/i/<int:x>", "/neg/<int(signed=True):x>", "/f/<float:x>", "/p/<path:x>",
                 "/any/<any(foo, bar):x>", "/uuid/<uuid:x>"):
        app.add_url_rule(rule, endpoint=rule, view_func=lambda x: f"{type(x).__name__} {x}")
    return app


class Rules(unittest.TestCase):
    def test_each_converter_takes_what_it_documents(self):
        """B122-B131, S124."""
        key = "4e47ff0e-6f0a-4d2a-b8fd-2e4a7a1b2b3c"
        cases = [
            ("/s/john", "str john"), ("/s/a/b", 404), ("/i/7", "int 7"), ("/i/007", "int 7"), ("/i/-1", 404),
            ("/i/%D9%A1", 404), ("/neg/-1", "int -1"), ("/f/1.5", "float 1.5"), ("/f/1", 404), ("/p/a/b", "str a/b"),
            ("/any/foo", "str foo"), ("/any/baz", 404), (f"/uuid/{key}", f"UUID {key}"), ("/uuid/no", 404),
            ("/i/" + "9" * 5000, 404),
        ]
        client = rules_app().test_client()
        for path, wanted in cases:
            with self.subTest(path=path[:40]):
                answer = client.get(path)
                self.assertEqual(wanted, answer.status_code if isinstance(wanted, int) else answer.text)

    def test_rules_come_by_decorator_by_function_and_on_the_map(self):
        """B119, B120, B121, B145-B148, B217."""
        app = Flask(__name__)

        @app.route("/a")
        def a():
            return "a"
        app.add_url_rule("/b", "b", lambda: "b")
        app.add_url_rule("/c", "c")
        app.view_functions["c"] = lambda: "c"
        app.url_map.add(app.url_rule_class("/d", endpoint="d", methods=["GET"]))

        @app.endpoint("d")
        def any_name():
            return "d"
        client = app.test_client()
        self.assertEqual([client.get(f"/{x}").text for x in "abcd"], list("abcd"))

    def test_an_own_converter_converts_both_ways(self):
        """B132."""
        from minflask.routing import BaseConverter

        class ListConverter(BaseConverter):
            def to_python(self, value):
                return value.split(",")

            def to_url(self, values):
                return ",".join(super(ListConverter, self).to_url(value) for value in values)

        app = Flask(__name__)
        app.url_map.converters["list"] = ListConverter

        @app.route("/<list:names>")
        def index(names):
            return "|".join(names)
        self.assertEqual(app.test_client().get("/a,b").text, "a|b")
        with app.test_request_context():
            self.assertEqual(url_for("index", names=["x y", "z"]), "/x%20y,z")

    def test_more_static_rules_win_over_dynamic_ones(self):
        """B133."""
        app = Flask(__name__)
        app.add_url_rule("/", "index", lambda: "index")
        app.add_url_rule("/<username>", "user", lambda username: f"user {username}")
        app.add_url_rule("/post/<int:post_id>", "post", lambda post_id: f"post {post_id}")
        client = app.test_client()
        self.assertEqual([client.get(p).text for p in ("/", "/ada", "/post/3")], ["index", "user ada", "post 3"])

    def test_a_missing_slash_redirects_and_an_extra_one_is_not_found(self):
        """B134, B135, B136, C1, C4, C5."""
        for debug in (False, True):
            app = Flask(__name__)
            app.debug = debug
            app.add_url_rule("/dir/", "dir", lambda: "dir", methods=["GET", "POST"])
            app.add_url_rule("/file", "file", lambda: "file")
            client = app.test_client()
            answer = client.get("/dir?x=%20y")
            self.assertEqual((answer.status_code, answer.location), (308, "http://localhost/dir/?x=%20y"))
            self.assertEqual(client.post("/dir").status_code, 308)
            self.assertEqual(client.get("/file/").status_code, 404)
            self.assertEqual(client.get("/dir//").status_code, 308)

    def test_defaults_redirect_to_the_shorter_url(self):
        """B137-B143, B149, C1, C2."""
        app = Flask(__name__)

        @app.route("/users/", defaults={"page": 1})
        @app.route("/users/page/<int:page>")
        def users(page):
            return f"page {page}"

        @app.route("/region/", defaults={"id": 1})
        @app.route("/region/<id>", methods=["GET", "POST"])
        def region(id):
            return f"region {id}"
        client = app.test_client()
        self.assertEqual([client.get(p).text for p in ("/users/", "/users/page/2")], ["page 1", "page 2"])
        answer = client.get("/users/page/1")
        self.assertEqual((answer.status_code, answer.location), (308, "http://localhost/users/"))
        self.assertEqual(client.post("/region/1").text, "region 1")
        self.assertEqual(client.get("/region/1").text, "region 1")

    def test_methods_default_to_get_head_and_automatic_options(self):
        """B152, B153, B154, B269."""
        app = Flask(__name__)
        app.add_url_rule("/", "index", lambda: request.method)
        app.add_url_rule("/form", "form", lambda: request.method, methods=["get", "post"])
        client = app.test_client()
        self.assertEqual((client.head("/").status_code, client.head("/").data), (200, b""))
        options = client.options("/form")
        self.assertEqual((options.status_code, options.data), (200, b""))
        self.assertEqual(sorted(options.allow), ["GET", "HEAD", "OPTIONS", "POST"])
        refused = client.post("/")
        self.assertEqual((refused.status_code, sorted(refused.allow)), (405, ["GET", "HEAD", "OPTIONS"]))

    def test_methods_as_a_string_teaches_the_list(self):
        """B219."""
        with self.assertRaisesRegex(TypeError, r"methods=\['GET'\]"):
            Flask(__name__).add_url_rule("/", "index", methods="GET")

    def test_a_second_function_for_an_endpoint_is_refused(self):
        """B218."""
        app = Flask(__name__)
        app.add_url_rule("/a", "x", lambda: "a")
        with self.assertRaisesRegex(AssertionError, "overwriting an existing endpoint"):
            app.add_url_rule("/b", "x", lambda: "b")

    def test_a_function_in_the_place_of_the_endpoint_is_taken_for_the_view(self):
        """B165, C3."""
        app = Flask(__name__)

        def index():
            return "index"
        app.add_url_rule("/", index)
        self.assertEqual(app.test_client().get("/").text, "index")

    def test_a_path_is_never_taken_for_a_subdomain(self):
        """Not without its slash either, as no server sends it, and not when its host has been seen."""
        app = Flask(__name__)
        app.add_url_rule("/x", "sub", lambda: "sub", subdomain="api")
        app.add_url_rule("/api/x", "own", lambda: "own")
        for path in ("/api/x", "api/x", "//api/x") * 2:
            self.assertEqual(app.test_client().get(environ_overrides={"PATH_INFO": path}).text, "own", path)

    def test_subdomains_and_hosts_choose_the_rule(self):
        """B150, B171-B173, C46."""
        app = Flask(__name__, subdomain_matching=True)
        app.config["SERVER_NAME"] = "example.com"
        app.add_url_rule("/", "plain", lambda: "plain")
        app.add_url_rule("/", "sub", lambda user: f"sub {user}", subdomain="<user>")
        client = app.test_client()
        self.assertEqual(client.get("/").text, "plain")
        self.assertEqual(client.get("/", subdomain="ada").text, "sub ada")
        hosted = Flask(__name__, host_matching=True, static_host="static.example")
        hosted.add_url_rule("/", "a", lambda: "a", host="a.example")
        hosted.add_url_rule("/", "b", lambda: "b", host="b.example")
        for host in "ab":
            self.assertEqual(hosted.test_client().get("/", base_url=f"http://{host}.example").text, host)
        with self.assertRaisesRegex(AssertionError, "static_host"):
            Flask(__name__, host_matching=True, static_folder="static")
        named = Flask(__name__)
        named.config["SERVER_NAME"] = "e.com"
        named.add_url_rule("/", "index", lambda: "ok")
        self.assertEqual(named.test_client().get("/", base_url="http://other.org").status_code, 200)

    def test_method_shortcuts_limit_a_rule_to_one_method(self):
        """Later 1."""
        app = Flask(__name__)
        for method in ("get", "post", "put", "delete", "patch"):
            getattr(app, method)(f"/{method}", endpoint=method)(lambda: request.method)
            with self.assertRaises(TypeError):
                getattr(app, method)("/x", methods=["GET"])
        client = app.test_client()
        for method in ("get", "post", "put", "delete", "patch"):
            self.assertEqual(getattr(client, method)(f"/{method}").text, method.upper())
            self.assertEqual(client.options(f"/{method}").status_code, 200)
            self.assertEqual(client.open(f"/{method}", method="TRACE").status_code, 405)


class ViewOptions(unittest.TestCase):
    def test_attributes_of_a_view_are_options_of_its_rule(self):
        """B156, B157, B158, B160, B161, B163."""
        cases = [
            ({"methods": ["POST"]}, {}, {"POST": 200, "GET": 405}),
            ({"provide_automatic_options": False}, {}, {"GET": 200, "OPTIONS": 405}),
            ({"required_methods": ["PUT"]}, {"methods": ["GET"]}, {"GET": 200, "PUT": 200, "POST": 405}),
            ({"methods": ["POST"]}, {"methods": ["GET"]}, {"GET": 200, "POST": 405}),
        ]
        for attributes, options, wanted in cases:
            with self.subTest(attributes=attributes, options=options):
                app = Flask(__name__)

                def view():
                    return "ok"
                vars(view).update(attributes)
                app.add_url_rule("/", view_func=view, **options)
                self.assertIs(app.view_functions["view"], view)
                client = app.test_client()
                self.assertEqual({m: client.open("/", method=m).status_code for m in wanted}, wanted)

    def test_a_view_may_answer_options_itself(self):
        """B162, B164."""
        app = Flask(__name__)

        def index():
            return "mine" if request.method == "OPTIONS" else "page"
        index.provide_automatic_options = False
        index.methods = ["GET", "OPTIONS"]
        app.add_url_rule("/", view_func=index)
        self.assertEqual(app.test_client().options("/").text, "mine")

    def test_automatic_options_can_be_turned_off_for_all(self):
        """Later 63."""
        app = Flask(__name__)
        app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
        app.add_url_rule("/", "index", lambda: "ok")
        self.assertEqual(app.test_client().options("/").status_code, 405)

    def test_a_blueprint_puts_its_name_before_the_endpoint(self):
        """B159."""
        app, bp = Flask(__name__), Blueprint("shop", __name__)

        @bp.route("/")
        def index():
            return request.endpoint
        app.register_blueprint(bp)
        self.assertEqual(app.test_client().get("/").text, "shop.index")


class Urls(unittest.TestCase):
    def build(self, endpoint, **values):
        app = Flask(__name__)
        app.add_url_rule("/", "index", lambda: "")
        app.add_url_rule("/user/<name>", "user", lambda name: "")
        app.add_url_rule("/form", "get", lambda: "", methods=["GET"])
        app.add_url_rule("/save", "get", methods=["POST"])
        with app.test_request_context():
            return url_for(endpoint, **values)

    def test_values_go_into_the_path_and_the_rest_into_the_query(self):
        """B325, B326, C19, S130."""
        cases = [
            (("index", {}), "/"), (("user", {"name": "a b/ü"}), "/user/a%20b/%C3%BC"),
            (("index", {"x": 1, "y": None, "z": ["a", "b"]}), "/?x=1&z=a&z=b"),
            (("index", {"_anchor": "x y&"}), "/#x%20y&"), (("index", {"_external": True}), "http://localhost/"),
            (("index", {"_scheme": "https"}), "https://localhost/"),
            (("index", {"_scheme": "", "_external": True}), "//localhost/"),
            (("get", {"_method": "POST"}), "/save"), (("get", {"_method": "GET"}), "/form"),
            (("index", {"_anchor": "a\r\nb"}), "/#a%0D%0Ab"),
        ]
        for (endpoint, values), wanted in cases:
            with self.subTest(endpoint=endpoint, values=values):
                self.assertEqual(self.build(endpoint, **values), wanted)

    def test_a_scheme_that_runs_code_is_refused(self):
        """S130."""
        for scheme in ("javascript", "JavaScript", "data", "a:b", "a\r\n"):
            with self.subTest(scheme=scheme), self.assertRaises(ValueError):
                self.build("index", _scheme=scheme)

    def test_another_url_for_of_the_application_is_called(self):
        class Own(Flask):
            def url_for(self, endpoint, **values):
                return f"own {super().url_for(endpoint, **values)}"

        app = Own(__name__)
        app.add_url_rule("/", "index", lambda: "")
        with app.test_request_context():
            self.assertEqual([url_for("index"), url_for("index")], ["own /", "own /"])
            app.url_for = lambda endpoint, **values: "set"
            self.assertEqual(url_for("index"), "set")

    def test_an_unknown_endpoint_names_the_nearest(self):
        """B328."""
        from minflask.routing import BuildError
        with self.assertRaisesRegex(BuildError, "user"):
            self.build("usr", name="x")

    def test_build_error_handlers_may_help(self):
        """B185, B247, B328."""
        app = Flask(__name__)
        app.url_build_error_handlers.append(lambda error, endpoint, values: None)
        app.url_build_error_handlers.append(lambda error, endpoint, values: f"/made/{endpoint}/{values['a']}")
        with app.test_request_context():
            self.assertEqual(url_for("nowhere", a=1), "/made/nowhere/1")

    def test_outside_of_a_request_the_server_name_is_needed(self):
        """B327."""
        app = Flask(__name__)
        app.add_url_rule("/", "index", lambda: "")
        with app.app_context(), self.assertRaisesRegex(RuntimeError, "SERVER_NAME"):
            url_for("index")
        app.config.update(SERVER_NAME="example.com", APPLICATION_ROOT="/app", PREFERRED_URL_SCHEME="https")
        with app.app_context():
            self.assertEqual(url_for("index"), "https://example.com/app/")
            self.assertEqual(url_for("index", _external=False), "/app/")

    def test_url_defaults_and_preprocessors_meet_in_the_middle(self):
        """B228, B229, B247, B264, B265."""
        app, bp = Flask(__name__), Blueprint("bp", __name__, url_prefix="/<lang>/bp")
        seen = []

        @bp.url_defaults
        def add_language(endpoint, values):
            values.setdefault("lang", "de")

        @bp.url_value_preprocessor
        def take_language(endpoint, values):
            seen.append((endpoint, values.pop("lang")))

        @bp.route("/")
        def index():
            return url_for(".index")
        app.register_blueprint(bp)
        self.assertEqual(app.test_client().get("/en/bp/").text, "/de/bp/")
        self.assertEqual(seen, [("bp.index", "en")])


if __name__ == "__main__":
    unittest.main()
