"""The way of a request through an application: hooks, return values, errors, teardown (section 1 of the seeds)."""

from __future__ import annotations

import inspect
import itertools
import logging
import unittest

from minflask import (
    Blueprint, Flask, Request, Response, abort, after_this_request, g, got_request_exception, make_response, request,
)
from minflask.http.exceptions import Forbidden, HTTPException, NotFound


class Hooks(unittest.TestCase):
    def test_hooks_run_in_the_documented_order(self):
        """B222, B224-B226, B228, B248, B249, B250, B264, B265, B332, C21."""
        app, bp, seen = Flask(__name__), Blueprint("bp", __name__), []

        def note(name, value=None):
            def hook(*args):
                seen.append(name)
                return args[0] if value is True and args else None
            return hook
        app.before_first_request(note("first"))
        app.url_value_preprocessor(note("app values"))
        bp.url_value_preprocessor(note("bp values"))
        for owner, name in ((app, "app"), (bp, "bp")):
            owner.before_request(note(f"{name} before 1"))
            owner.before_request(note(f"{name} before 2"))
            owner.after_request(note(f"{name} after 1", True))
            owner.after_request(note(f"{name} after 2", True))
            owner.teardown_request(note(f"{name} teardown 1"))
            owner.teardown_request(note(f"{name} teardown 2"))
        app.teardown_appcontext(note("appcontext 1"))
        app.teardown_appcontext(note("appcontext 2"))

        @bp.route("/")
        def index():
            after_this_request(note("this 1", True))
            after_this_request(note("this 2", True))
            seen.append("view")
            return ""
        app.register_blueprint(bp)
        client = app.test_client()
        client.get("/")
        self.assertEqual(seen, [
            "first", "app values", "bp values", "app before 1", "app before 2", "bp before 1", "bp before 2", "view",
            "this 1", "this 2", "bp after 2", "bp after 1", "app after 2", "app after 1",
            "bp teardown 2", "bp teardown 1", "app teardown 2", "app teardown 1", "appcontext 2", "appcontext 1"])
        client.get("/")
        self.assertEqual(seen.count("first"), 1)

    def test_a_before_hook_that_answers_ends_the_chain(self):
        """B222."""
        app, seen = Flask(__name__), []
        app.before_request(lambda: ("early", 203))
        app.before_request(lambda: seen.append("late"))
        app.add_url_rule("/", "index", lambda: seen.append("view"))
        answer = app.test_client().get("/")
        self.assertEqual((answer.text, answer.status_code, seen), ("early", 203, []))

    def test_first_request_functions_run_once_and_are_counted(self):
        """B187, B193, B223, C30."""
        app, seen = Flask(__name__), []
        app.before_first_request(lambda: seen.append(1))
        app.add_url_rule("/", "index", lambda: "")
        self.assertFalse(app.got_first_request)
        app.test_client().get("/")
        app.test_client().get("/")
        self.assertEqual((seen, app.got_first_request), ([1], True))

    def test_setting_up_after_the_first_request_is_an_error(self):
        """B230, C22."""
        app = Flask(__name__)
        app.add_url_rule("/", "index", lambda: "")
        app.test_client().get("/")
        late = [lambda: app.add_url_rule("/x", "x"), lambda: app.before_request(print), lambda: app.route("/y")(print),
                lambda: app.errorhandler(404)(print), lambda: app.register_blueprint(Blueprint("b", __name__))]
        for setup in late:
            with self.assertRaisesRegex(AssertionError, "after its first request"):
                setup()


class ReturnValues(unittest.TestCase):
    def answer(self, value):
        app = Flask(__name__)
        app.add_url_rule("/", "index", value if inspect.iscoroutinefunction(value) else lambda: value)
        return app.test_client().get("/")

    def test_every_kind_of_value_becomes_a_response(self):
        """B243, B244, C6, C7, C25."""
        def generator():
            yield "a"
            yield b"b"

        def wsgi(environ, start_response):
            start_response("202 Accepted", [("X-App", "wsgi")])
            return [b"wsgi"]

        async def coroutine():
            return "awaited"
        cases = [
            ("text", 200, b"text"), (b"bytes", 200, b"bytes"), (bytearray(b"array"), 200, b"array"),
            ({"a": 1}, 200, b'{"a":1}\n'), ([1, "x"], 200, b'[1,"x"]\n'), (generator(), 200, b"ab"),
            (iter(["x", "y"]), 200, b"xy"), (("t", 201), 201, b"t"), (("t", "404 NOPE"), 404, b"t"),
            (("t", 201, {"X-A": "1"}), 201, b"t"), (("t", {"X-A": "1"}), 200, b"t"),
            (("t", [("X-A", "1")]), 200, b"t"), (Response("r", 203), 203, b"r"), ((Response("r", 203), 204), 204, b""),
            (wsgi, 202, b"wsgi"), (coroutine, 200, b"awaited"), (({"a": 1}, 201), 201, b'{"a":1}\n'),
        ]
        for value, status, data in cases:
            with self.subTest(value=value):
                answer = self.answer(value)
                self.assertEqual((answer.status_code, answer.data), (status, data))
                if isinstance(value, tuple) and not isinstance(value[-1], (int, str)):
                    self.assertEqual(answer.headers["X-A"], "1")

    def test_headers_of_a_tuple_replace_those_of_its_response(self):
        """C7."""
        answer = self.answer((Response("x", headers={"X-A": "old"}), {"X-A": "new"}))
        self.assertEqual(answer.headers.getlist("X-A"), ["new"])

    def test_what_is_no_response_teaches_what_is(self):
        """B243, B245."""
        cases = [(None, "None"), (("a", 1, {}, 4), "4 members"), (42, "it was a int"), ((), "0 members"),
                 ((None, 400), "None")]
        for value, said in cases:
            app = Flask(__name__)
            app.testing = True
            app.add_url_rule("/", "index", lambda value=value: value)
            with self.subTest(value=value), self.assertRaisesRegex(TypeError, f"'index'.*{said}"):
                app.test_client().get("/")

    def test_own_request_and_response_classes_are_used(self):
        """B9, B11, B12, B26, B29, B178."""
        class OwnRequest(Request):
            name = "own"

        class OwnResponse(Response):
            default_mimetype = "text/plain"
        app = Flask(__name__)
        app.request_class, app.response_class = OwnRequest, OwnResponse
        app.add_url_rule("/", "index", lambda: request.name)
        app.add_url_rule("/other", "other", lambda: make_response(Response("x")))
        client = app.test_client()
        self.assertEqual((client.get("/").text, client.get("/").mimetype), ("own", "text/plain"))
        with app.test_request_context():
            self.assertIsInstance(make_response("x"), OwnResponse)
            self.assertIsInstance(app.make_response(Response("x")), OwnResponse)

    def test_make_response_takes_what_a_view_could_return(self):
        """B28, B331."""
        with Flask(__name__).test_request_context():
            self.assertEqual(make_response().data, b"")
            self.assertEqual(make_response("x", 404).status_code, 404)
            self.assertEqual(make_response("x", 404, {"X-A": "1"}).headers["X-A"], "1")


class Limits(unittest.TestCase):
    def test_none_for_a_request_leaves_the_configured_limit(self):
        app = Flask(__name__)
        app.config.update(MAX_CONTENT_LENGTH=10, MAX_FORM_MEMORY_SIZE=5, MAX_FORM_PARTS=1)

        @app.post("/<name>")
        def read(name):
            setattr(request, name, None if request.args["to"] == "none" else int(request.args["to"]))
            return f"{len(request.form)} {len(request.get_data())}"
        form = {"content_type": "application/x-www-form-urlencoded", "data": b"a=123456"}
        for name, to, status in (("max_form_memory_size", "none", 413), ("max_form_memory_size", "9", 200),
                                 ("max_content_length", "5", 413), ("max_form_parts", "none", 413)):
            with self.subTest(name, to=to):
                self.assertEqual(app.test_client().post(f"/{name}?to={to}", **form).status_code, status)
        long = app.test_client().post("/max_content_length?to=none", data=b"x" * 11, content_type="text/plain")
        self.assertEqual(long.status_code, 413)


class Errors(unittest.TestCase):
    def test_handlers_are_found_by_blueprint_code_and_class(self):
        """B184, B221, B231, B234, B264, B265, B266."""
        class Own(Exception):
            pass

        class Special(Own):
            pass
        app, bp = Flask(__name__), Blueprint("bp", __name__, url_prefix="/bp")
        app.register_error_handler(404, lambda e: ("app 404", 404))
        bp.register_error_handler(404, lambda e: ("bp 404", 404))
        app.register_error_handler(HTTPException, lambda e: (f"http {e.code}", e.code))
        app.register_error_handler(Own, lambda e: f"own {type(e).__name__}")
        bp.app_errorhandler(403)(lambda e: ("bp app 403", 403))

        def fail(kind):
            raise {"own": Own(), "special": Special(), "404": NotFound(), "403": Forbidden(), "410": HTTPException}.get(
                kind) or abort(int(kind))
        app.add_url_rule("/<kind>", "fail", fail)
        bp.add_url_rule("/<kind>", "fail", fail)
        app.register_blueprint(bp)
        client = app.test_client()
        cases = [("/own", "own Own"), ("/special", "own Special"), ("/404", "app 404"), ("/bp/404", "bp 404"),
                 ("/bp/unknown/url", "app 404"), ("/403", "bp app 403"), ("/409", "http 409"), ("/bp/own", "own Own")]
        for path, wanted in cases:
            with self.subTest(path=path):
                self.assertEqual(client.get(path).text, wanted)

    def test_redirects_of_the_router_never_reach_handlers(self):
        """B231."""
        app = Flask(__name__)
        app.register_error_handler(HTTPException, lambda e: ("handled", 400))
        app.add_url_rule("/dir/", "dir", lambda: "")
        self.assertEqual(app.test_client().get("/dir").status_code, 308)

    def test_an_unhandled_error_is_logged_and_answered_with_500(self):
        """B101, B102, B212, B235-B238, C11, C12."""
        app, seen = Flask(__name__), []
        app.after_request(lambda response: seen.append(response.status_code) or response)

        @app.route("/")
        @app.route("/<path:path>")
        def index(path=""):
            raise ValueError("broken")
        with got_request_exception.connected_to(lambda sender, exception, **extra: seen.append(exception), app):
            with self.assertLogs(app.logger, logging.ERROR) as logs:
                self.assertEqual(app.test_client().get("/").status_code, 500)
        self.assertIn("Exception on / [GET]", logs.output[0])
        self.assertEqual([type(x) for x in seen], [ValueError, int])
        with self.assertLogs(app.logger, logging.ERROR) as logs:  # S52: the path brings no line of its own
            app.test_client().get("/%0afake%1b[2J")
        self.assertIn(r"Exception on /\nfake\x1b[2J [GET]", logs.output[0])

        @Flask.errorhandler(other := Flask(__name__), 500)
        def handler(error):
            return f"{type(error).__name__} of {type(error.original_exception).__name__}", 500
        other.add_url_rule("/", "index", index)
        with self.assertLogs(other.logger, logging.ERROR):
            self.assertEqual(other.test_client().get("/").text, "InternalServerError of ValueError")

    def test_exceptions_propagate_in_testing_and_debug(self):
        """B180, B192, B212, B235."""
        for setting, wanted in (({"TESTING": True}, True), ({"DEBUG": True}, True), ({}, False),
                                ({"TESTING": True, "PROPAGATE_EXCEPTIONS": False}, False),
                                ({"PROPAGATE_EXCEPTIONS": True}, True)):
            app = Flask(__name__)
            app.config.update(setting)
            app.add_url_rule("/", "index", lambda: 1 / 0)
            app.logger.disabled = True
            with self.subTest(setting=setting):
                self.assertEqual(app.propagate_exceptions, wanted)
                if wanted:
                    self.assertRaises(ZeroDivisionError, app.test_client().get, "/")
                else:
                    self.assertEqual(app.test_client().get("/").status_code, 500)
            app.logger.disabled = False

    def test_a_form_without_its_enctype_says_so_in_debug(self):
        """However it was read before the file is looked for; without debug it is a 400."""
        plain = "application/x-www-form-urlencoded"
        for debug, content_type, *first in itertools.product(
                (True, False), (plain, plain + "; charset=utf-8"),
                (None, lambda: request.form, lambda: request.values, lambda: request.get_data(),
                 lambda: request.get_data(parse_form_data=True)), (None, lambda: request.form)):
            app = Flask(__name__)
            app.debug = debug

            @app.route("/", methods=["POST"])
            def view(first=first):
                for look in filter(None, first):
                    look()
                try:
                    request.files["photo"]
                except KeyError as error:
                    return f"{type(error).__name__}: {error}"

            with self.subTest(debug=debug, content_type=content_type, first=first):
                answer = app.test_client().post("/", data="photo=x.png", content_type=content_type)
                self.assertIn("enctype" if debug else "BadRequestKeyError", answer.text)

    def test_a_missing_form_key_is_a_400_that_names_it_in_debug(self):
        """B232, B233."""
        app = Flask(__name__)
        app.add_url_rule("/", "index", lambda: request.form["missing"], methods=["POST"])
        quiet = app.test_client().post("/")
        self.assertEqual((quiet.status_code, b"missing" in quiet.data), (400, False))
        for key, value in (("TRAP_BAD_REQUEST_ERRORS", True), ("DEBUG", True)):
            app = Flask(__name__)
            app.config[key] = value
            app.testing = True
            app.add_url_rule("/", "index", lambda: request.form["missing"], methods=["POST"])
            with self.subTest(key=key), self.assertRaisesRegex(KeyError, "missing"):
                app.test_client().post("/")

    def test_all_http_exceptions_can_be_trapped(self):
        """B232."""
        app = Flask(__name__)
        app.testing = app.config["TRAP_HTTP_EXCEPTIONS"] = True
        app.add_url_rule("/", "index", lambda: abort(404))
        self.assertRaises(NotFound, app.test_client().get, "/")

    def test_a_failure_after_an_error_handler_is_logged_and_the_answer_sent(self):
        """B240."""
        app = Flask(__name__)
        app.add_url_rule("/", "index", lambda: 1 / 0)

        @app.after_request
        def broken(response):
            raise ValueError("after")
        with self.assertLogs(app.logger, logging.ERROR) as logs:
            self.assertEqual(app.test_client().get("/").status_code, 500)
        self.assertEqual(len(logs.output), 2)

    def test_registering_a_handler_for_nonsense_teaches(self):
        """B221."""
        app = Flask(__name__)
        for key, error in ((999, ValueError), ("x", ValueError), (ValueError(), TypeError), (int, ValueError)):
            with self.subTest(key=key), self.assertRaises(error):
                app.register_error_handler(key, print)

    def test_abort_raises_by_code_or_response(self):
        """B329."""
        app = Flask(__name__)
        app.add_url_rule("/", "index", lambda: abort(make_response("mine", 418)))
        app.add_url_rule("/text", "text", lambda: abort(400, "No date."))
        client = app.test_client()
        self.assertEqual((client.get("/").text, client.get("/").status_code), ("mine", 418))
        self.assertIn("No date.", client.get("/text").text)
        self.assertRaises(LookupError, abort, 777)

    def test_an_own_aborter_knows_more_codes(self):
        """Later 10."""
        class Odd(HTTPException):
            code, description = 477, "odd"

        class OwnAborter(Flask.aborter_class):
            def __init__(self):
                super().__init__(extra={477: Odd})

        class OwnFlask(Flask):
            aborter_class = OwnAborter
        app = OwnFlask(__name__)
        app.add_url_rule("/", "index", lambda: abort(477))
        self.assertEqual(app.test_client().get("/").status_code, 477)

    def test_teardown_gets_the_error_unless_it_was_handled(self):
        """B225, B226, B242, B250."""
        app, seen = Flask(__name__), []
        app.logger.disabled = True
        app.teardown_request(seen.append)
        app.teardown_appcontext(seen.append)
        app.register_error_handler(KeyError, lambda e: "handled")
        app.add_url_rule("/<kind>", "fail", lambda kind: {"x": 1}[kind] if kind != "zero" else 1 / 0)
        app.test_client().get("/other")
        self.assertEqual(seen, [None, None])
        app.test_client().get("/zero")
        self.assertEqual([type(e) for e in seen[2:]], [ZeroDivisionError] * 2)

        class Ignoring(Flask):
            def should_ignore_error(self, error):
                return True
        app, seen = Ignoring(__name__), []
        app.logger.disabled = True
        app.teardown_request(seen.append)
        app.add_url_rule("/", "index", lambda: 1 / 0)
        app.test_client().get("/")
        self.assertEqual(seen, [None])


class Overriding(unittest.TestCase):
    """A subclass that overrides a documented method is called, whatever short way exists."""

    def test_overridden_steps_are_called(self):
        """B215, B239, B241, B253."""
        names = ("full_dispatch_request preprocess_request dispatch_request finalize_request make_response"
                 " process_response do_teardown_request do_teardown_appcontext create_url_adapter open_session"
                 " save_session make_null_session request_context ensure_sync").split()
        calls = []

        def overriding(name):
            def method(self, *args, **kwargs):
                calls.append(name)
                return getattr(Flask, name)(self, *args, **kwargs)
            return method
        Own = type("Own", (Flask,), {name: overriding(name) for name in names})
        app = Own(__name__)
        app.add_url_rule("/", "index", lambda: "ok")
        for _ in range(2):
            calls.clear()
            self.assertEqual(app.test_client().get("/").text, "ok")
            self.assertEqual(set(names) - set(calls), {"save_session"})
        app.secret_key = "x"
        calls.clear()
        app.test_client().get("/")
        self.assertIn("save_session", calls)

    def test_middleware_wraps_wsgi_app(self):
        """B14, B168, B253."""
        app = Flask(__name__)
        app.add_url_rule("/", "index", lambda: request.environ["seen.by"])
        inner = app.wsgi_app
        app.wsgi_app = lambda environ, start_response: inner({**environ, "seen.by": "middleware"}, start_response)
        self.assertEqual(app.test_client().get("/").text, "middleware")


class Asynchronous(unittest.TestCase):
    def test_views_hooks_and_handlers_may_be_coroutines(self):
        """Later 2, 3, 4."""
        app = Flask(__name__)

        @app.before_request
        async def before():
            g.steps = ["before"]

        @app.after_request
        async def after(response):
            response.headers["X-Steps"] = " ".join(g.steps)
            return response

        @app.errorhandler(KeyError)
        async def handler(error):
            return "handled"

        @app.route("/")
        async def index():
            g.steps.append("view")
            return request.path

        @app.route("/error")
        async def error():
            raise KeyError
        client = app.test_client()
        answer = client.get("/")
        self.assertEqual((answer.text, answer.headers["X-Steps"]), ("/", "before view"))
        self.assertEqual(client.get("/error").text, "handled")

    def test_context_variables_pass_both_ways(self):
        from contextvars import ContextVar
        var = ContextVar("var", default="unset")
        app = Flask(__name__)

        async def index():
            seen = var.get()
            var.set("inner")
            return seen
        var.set("outer")
        self.assertEqual((app.ensure_sync(index)(), var.get()), ("outer", "inner"))

    def test_a_coroutine_runs_where_a_loop_is_running_too(self):
        import asyncio
        app = Flask(__name__)

        async def index():
            return "ok"
        app.add_url_rule("/", "index", index)

        async def main():
            return app.test_client().get("/").text
        self.assertEqual(asyncio.run(main()), "ok")


if __name__ == "__main__":
    unittest.main()
