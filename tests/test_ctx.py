"""Contexts and their proxies: sections 7, 8 and 14 of the seeds."""

from __future__ import annotations

import asyncio
import gc
import io
import sys
import threading
import unittest
import weakref
from unittest import mock

import minflask
from minflask import (
    Flask, _app_ctx_stack, _request_ctx_stack, after_this_request, appcontext_pushed, copy_current_request_context,
    current_app, g, has_app_context, has_request_context, request, session, stream_with_context, url_for,
)
from minflask.ctx import AppContext, RequestContext, _AppCtxGlobals
from minflask.globals import app_ctx, request_ctx


class Proxies(unittest.TestCase):
    def test_each_proxy_is_no_object_of_its_own(self):
        """B22, B24, B39, B42, B63, B65, B70."""
        app = Flask(__name__)
        app.secret_key = "x"
        with app.test_request_context("/?a=1"):
            for proxy, kind in ((request, app.request_class), (session, dict), (g, _AppCtxGlobals),
                                (current_app, Flask)):
                self.assertIsNot(type(proxy), kind)
                self.assertIsInstance(proxy, kind)
                self.assertTrue(proxy or proxy is session or proxy is g)
            self.assertIs(current_app._get_current_object(), app)
            self.assertEqual(request.args["a"], "1")

    def test_outside_of_a_context_each_use_explains_itself(self):
        """B67, B322, B323."""
        for use, said in ((lambda: current_app.name, "Working outside of application context"),
                          (lambda: g.user, "Working outside of application context"),
                          (lambda: request.path, "Working outside of request context"),
                          (lambda: session["a"], "Working outside of request context"),
                          (lambda: app_ctx.app, "application"), (lambda: request_ctx.request, "request")):
            with self.assertRaisesRegex(RuntimeError, said):
                use()
        self.assertEqual([bool(proxy) for proxy in (current_app, g, request, session)], [False] * 4)
        self.assertEqual((has_app_context(), has_request_context()), (False, False))

    def test_the_application_is_current_where_its_context_is(self):
        """B66, B68, B69, B322."""
        app = Flask(__name__)
        with app.app_context():
            self.assertEqual((current_app.name, has_app_context(), has_request_context()), (app.name, True, False))
        with app.test_request_context():
            self.assertTrue(has_app_context() and has_request_context())

    def test_threads_each_see_their_own_request(self):
        """B23, B58."""
        app, seen, barrier = Flask(__name__), {}, threading.Barrier(2)

        def handle(name):
            with app.test_request_context(f"/{name}"):
                g.name = name
                barrier.wait(5)
                seen[name] = request.path, g.name
        threads = [threading.Thread(target=handle, args=(name,)) for name in "ab"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(seen, {"a": ("/a", "a"), "b": ("/b", "b")})

    def test_coroutines_each_see_their_own_request(self):
        app = Flask(__name__)

        async def handle(name):
            with app.test_request_context(f"/{name}"):
                await asyncio.sleep(0)
                return request.path

        async def main():
            return await asyncio.gather(handle("a"), handle("b"))
        self.assertEqual(asyncio.run(main()), ["/a", "/b"])


class G(unittest.TestCase):
    def test_g_is_a_namespace_with_the_methods_of_a_dict(self):
        """B59, B60, B88, B321."""
        app = Flask("shop")
        with app.app_context():
            self.assertEqual(repr(g), "<flask.g of 'shop'>")
            g.a = 1
            self.assertEqual((g.a, "a" in g, "b" in g, list(g)), (1, True, False, ["a"]))
            self.assertEqual((g.get("b"), g.get("b", 2), g.setdefault("b", 3), g.b), (None, 2, 3, 3))
            self.assertEqual((g.pop("b"), g.pop("b", 4)), (3, 4))
            self.assertRaises(KeyError, g.pop, "b")
            with self.assertRaisesRegex(AttributeError, "g.get"):
                g.b
            del g.a
            self.assertRaises(AttributeError, delattr, g, "a")

    def test_an_own_class_for_g_is_used(self):
        """B61, B178."""
        class Own(_AppCtxGlobals):
            kind = "own"
        app = Flask(__name__)
        app.app_ctx_globals_class = Own
        with app.app_context():
            self.assertEqual(g.kind, "own")

    def test_g_belongs_to_the_application_context(self):
        """B58, B64."""
        app = Flask(__name__)
        app.add_url_rule("/", "index", lambda: f"{'mark' in g} {g.setdefault('mark', 1)}")
        client = app.test_client()
        self.assertEqual([client.get("/").text for _ in range(2)], ["False 1"] * 2)
        with app.app_context():
            g.mark = 2
            self.assertEqual(client.get("/").text, "True 2")

    def test_a_test_prepares_g_before_the_request(self):
        """B62, B109, B110."""
        app = Flask(__name__)
        app.add_url_rule("/", "index", lambda: g.user)

        def prepare(sender, **extra):
            g.user = "ada"
        with appcontext_pushed.connected_to(prepare, app):
            self.assertEqual(app.test_client().get("/").text, "ada")


class Stacks(unittest.TestCase):
    def test_the_stacks_of_1_x_have_the_active_contexts_on_top(self):
        """B82-B87, B89, B90, B91, B92, C31."""
        app = Flask(__name__)
        app.secret_key = "x"
        self.assertIsNone(_request_ctx_stack.top)
        self.assertIsNone(_app_ctx_stack.top)
        with app.test_request_context("/?x=1") as ctx:
            top = _request_ctx_stack.top
            self.assertIs(top, ctx)
            self.assertEqual((top.app, top.request.args["x"], top.flashes), (app, "1", None))
            self.assertEqual(top.url_adapter.server_name, "localhost")
            top.session["a"] = 1
            self.assertEqual(session["a"], 1)
            top.g.b = 2
            self.assertEqual(g.b, 2)
            self.assertIsInstance(_app_ctx_stack.top, AppContext)
            _app_ctx_stack.top.database = "connection"
            self.assertEqual(_app_ctx_stack.top.database, "connection")

    def test_push_and_pop_move_a_context_without_its_teardown(self):
        """C31."""
        app, seen = Flask(__name__), []
        app.teardown_request(seen.append)
        ctx = app.test_request_context("/")
        _request_ctx_stack.push(ctx)
        self.assertEqual(request.path, "/")
        self.assertIs(_request_ctx_stack.pop(), ctx)
        self.assertEqual((seen, _request_ctx_stack.top), ([], None))


class Life(unittest.TestCase):
    def test_a_context_that_cannot_be_entered_is_not_left_behind(self):
        app = Flask(__name__)
        with app.test_request_context("/a"):
            with mock.patch.object(app, "app_context", side_effect=ZeroDivisionError), \
                    self.assertRaises(ZeroDivisionError):
                app.test_request_context("/b").push()
            self.assertEqual(request.path, "/a")

    def test_contexts_are_pushed_popped_and_nested(self):
        """B251, B359, B361."""
        app, other = Flask(__name__), Flask("other")
        ctx = app.app_context()
        ctx.push()
        with other.app_context():
            self.assertIs(current_app._get_current_object(), other)
        self.assertIs(current_app._get_current_object(), app)
        with self.assertRaisesRegex(AssertionError, "reverse order"):
            with other.app_context():
                ctx.pop()
        with other.test_request_context():
            self.assertIs(current_app._get_current_object(), other)
        self.assertIs(current_app._get_current_object(), app)
        ctx.pop()
        self.assertFalse(has_app_context())

    def test_teardown_runs_once_with_the_error_whatever_happens(self):
        """B103, B106, B225, B226, B250, B359, B361."""
        app, seen = Flask(__name__), []
        app.teardown_request(lambda error: seen.append(("request", type(error).__name__)))
        app.teardown_appcontext(lambda error: seen.append(("app", type(error).__name__, has_request_context())))
        with self.assertRaises(ValueError), app.test_request_context():
            raise ValueError
        self.assertEqual(seen, [("request", "ValueError"), ("app", "ValueError", False)])

    def test_a_failing_teardown_leaves_no_context_behind(self):
        app = Flask(__name__)
        app.teardown_request(lambda error: 1 / 0)
        with self.assertRaises(ZeroDivisionError), app.test_request_context():
            pass
        self.assertFalse(has_app_context())

    def test_a_copy_has_the_same_request_and_session(self):
        """B359."""
        app = Flask(__name__)
        app.secret_key = "x"
        with app.test_request_context("/?x=1") as ctx:
            session["a"] = 1
            copy = ctx.copy()
        self.assertIsInstance(copy, RequestContext)
        with copy:
            self.assertEqual((request.args["x"], session["a"]), ("1", 1))

    def test_matching_keeps_its_error_for_later(self):
        """B10, B268, B359."""
        app = Flask(__name__)
        app.add_url_rule("/<int:n>", "number", lambda n: "")
        with app.test_request_context("/7"):
            self.assertEqual((request.endpoint, request.view_args, request.url_rule.rule),
                             ("number", {"n": 7}, "/<int:n>"))
        with app.test_request_context("/x"):
            self.assertEqual((request.endpoint, request.view_args, request.routing_exception.code), (None, None, 404))

    def test_a_context_kept_after_an_error_ends_where_the_next_begins(self):
        """B192, B360, C29."""
        app, seen = Flask(__name__), []
        app.config["PRESERVE_CONTEXT_ON_EXCEPTION"] = True
        app.testing = True
        app.teardown_request(lambda error: seen.append(type(error).__name__))
        app.add_url_rule("/", "fail", lambda: 1 / 0)
        app.add_url_rule("/ok", "ok", lambda: "ok")
        self.assertRaises(ZeroDivisionError, app.test_client().get, "/")
        self.assertEqual((request.path, seen), ("/", []))
        app.test_client().get("/ok")
        self.assertEqual((seen, has_request_context()), (["ZeroDivisionError", "NoneType"], False))
        plain = Flask(__name__)
        plain.debug = True
        plain.add_url_rule("/", "fail", lambda: 1 / 0)
        self.assertRaises(ZeroDivisionError, plain.test_client().get, "/")
        self.assertFalse(has_request_context())

    @unittest.skipIf(sys.implementation.name == "pypy", "PyPy does not count references")
    def test_an_application_is_freed_with_its_last_reference(self):
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)
        app = Flask(__name__)
        app.add_url_rule("/", "index", lambda: "ok")
        app.test_client().get("/").close()
        gone = weakref.ref(app)
        del app
        self.assertIsNone(gone())


class Again(unittest.TestCase):
    def test_an_application_context_may_be_pushed_while_it_is_there(self):
        app, other = Flask(__name__), Flask("other")
        app.add_url_rule("/", "index", lambda: url_for("index"))
        ctx = app.app_context()
        with ctx, other.app_context(), ctx, ctx:
            self.assertFalse(has_request_context())
            self.assertEqual(app.test_client().get("/").text, "/")
            with app.test_request_context("/x"):
                with ctx:
                    self.assertEqual(ctx.request_ctx.request.path, "/x")
        self.assertFalse(has_app_context())

    def test_a_function_after_this_request_may_add_another(self):
        app = Flask(__name__)

        @app.route("/")
        def index():
            @after_this_request
            def first(response):
                after_this_request(lambda response: app.make_response((response.get_data() + b" second", 201)))
                return app.make_response(response.get_data() + b" first")
            return "view"
        answer = app.test_client().get("/")
        self.assertEqual((answer.status_code, answer.text), (201, "view first second"))


class Copies(unittest.TestCase):
    def test_the_end_of_a_copy_leaves_the_uploads_open(self):
        app = Flask(__name__)

        @app.post("/")
        def upload():
            file = request.files["file"]
            with request_ctx._get_current_object().copy():
                pass
            return file.read()
        answer = app.test_client().post("/", data={"file": (io.BytesIO(b"hello"), "a.txt")})
        self.assertEqual((answer.status_code, answer.text), (200, "hello"))


class Streams(unittest.TestCase):
    def test_a_stream_that_nobody_begins_to_read_is_closed(self):
        closed = []

        class Rows:
            def __iter__(self):
                return self

            def __next__(self):
                raise AssertionError("HEAD has no body")

            def close(self):
                closed.append(self)
        app = Flask(__name__)
        app.add_url_rule("/", "rows", lambda: stream_with_context(Rows()))
        app.test_client().head("/").close()
        self.assertGreaterEqual(len(closed), 1)


class Helpers(unittest.TestCase):
    def test_after_this_request_runs_for_this_request_only(self):
        """B332."""
        app = Flask(__name__)

        @app.route("/<int:mark>")
        def index(mark):
            if mark:
                @after_this_request
                def add(response):
                    response.headers["X-Mark"] = "1"
                    return response
            return ""
        client = app.test_client()
        self.assertEqual([client.get(f"/{n}").headers.get("X-Mark") for n in (1, 0)], ["1", None])
        with self.assertRaisesRegex(RuntimeError, "after_this_request"):
            after_this_request(print)

    def test_a_copied_context_works_in_a_thread_session_included(self):
        """B324, C27, Later 39."""
        app, seen = Flask(__name__), []
        app.secret_key = "x"

        @app.route("/")
        def index():
            session["a"] = 1

            @copy_current_request_context
            def work():
                seen.append((request.path, session["a"], current_app.name))

            @copy_current_request_context
            async def later():
                return request.path
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
            seen.append(asyncio.run(later()))
            return ""
        app.test_client().get("/")
        self.assertEqual(seen, [("/", 1, app.name), "/"])
        with self.assertRaisesRegex(RuntimeError, "copy_current_request_context"):
            copy_current_request_context(print)

    def test_a_stream_keeps_its_request(self):
        """B358, C26."""
        app, seen = Flask(__name__), []
        app.teardown_request(lambda error: seen.append("teardown"))

        @app.route("/generator")
        def generator():
            return stream_with_context(part for part in (request.args["a"], url_for("generator")))

        @app.route("/decorated")
        def decorated():
            @stream_with_context
            def parts(word):
                yield word
                yield request.args["a"]
                seen.append("end")
            return parts("hello ")
        client = app.test_client()
        self.assertEqual(client.get("/generator?a=x").text, "x/generator")
        seen.clear()
        self.assertEqual(client.get("/decorated?a=world").text, "hello world")
        self.assertEqual(seen, ["teardown", "end", "teardown"])
        with self.assertRaisesRegex(RuntimeError, "stream_with_context"):
            stream_with_context(iter(()))

    def test_a_stream_that_is_not_read_closes_its_generator(self):
        app, seen = Flask(__name__), []

        @app.route("/")
        def index():
            def parts():
                try:
                    yield "a"
                    yield "b"
                finally:
                    seen.append("closed")
            return stream_with_context(parts())
        with app.test_client().get("/") as answer:
            next(answer.iter_encoded())
        self.assertEqual(seen, ["closed"])

    def test_the_public_names_are_all_there(self):
        """B1, B65."""
        for name in minflask.__all__:
            self.assertTrue(hasattr(minflask, name), name)
        self.assertLessEqual(set(minflask.__all__), set(dir(minflask)))
        with self.assertRaises(AttributeError):
            minflask.no_such_name


if __name__ == "__main__":
    unittest.main()
