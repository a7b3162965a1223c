"""An application keeps to WSGI (PEP 3333), as the standard validator sees it, and stays itself under threads."""

from __future__ import annotations

import gc
import io
import threading
import unittest
from wsgiref.validate import validator

try:
    import tracemalloc
except ImportError:  # PyPy
    tracemalloc = None

from minflask import (
    Flask, abort, after_this_request, g, jsonify, redirect, render_template_string, request, send_file, session,
    stream_with_context,
)
from minflask.globals import _current
from minflask.http.builder import EnvironBuilder


def kitchen_sink():
    """An application with a view for each kind of answer."""
    app = Flask("tests.sample")
    app.secret_key = "x"
    app.name = "kitchen sink"  # whose logger nobody else has
    app.logger.disabled = True

    @app.route("/")
    def index():
        return "hello"

    @app.route("/json", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    def json_view():
        return jsonify(method=request.method, body=request.get_json(silent=True))

    @app.route("/form", methods=["POST"])
    def form():
        file = request.files.get("file")
        return {**request.form, "file": file.read().decode() if file else None}

    @app.route("/stream")
    def stream():
        return stream_with_context(f"{n} {request.path}\n" for n in range(3))

    @app.route("/count")
    def count():
        session["n"] = session.get("n", 0) + 1
        return str(session["n"])

    @app.route("/template")
    def template():
        return render_template_string("{% for n in range(3) %}{{ n }}<{% endfor %}")

    @app.route("/empty")
    def empty():
        return "", 204

    @app.route("/file")
    def file():
        return send_file(io.BytesIO(b"0123456789"), mimetype="text/plain", etag="tag")

    @app.route("/dir/")
    def folder():
        return redirect("/")

    @app.route("/abort/<int:code>")
    def stop(code):
        abort(code)

    @app.route("/error")
    def error():
        raise ValueError

    @app.route("/größe/<path:rest>")
    def unicode(rest):
        return rest, {"X-Rest": "ok"}

    @app.route("/cookie")
    def cookie():
        @after_this_request
        def add(response):
            response.set_cookie("a", "b")
            return response
        return ""
    return app


REQUESTS = [
    {}, {"method": "HEAD"}, {"method": "OPTIONS"}, {"method": "POST"}, {"path": "/json"},
    {"path": "/json", "method": "POST", "json": {"a": 1}}, {"path": "/json", "method": "PUT", "data": b"{"},
    {"path": "/json", "method": "DELETE"}, {"path": "/json", "method": "PATCH", "json": []},
    {"path": "/form", "method": "POST", "data": {"a": "ü"}},
    {"path": "/form", "method": "POST", "data": {"file": (io.BytesIO(b"content"), "a.txt")}},
    {"path": "/form", "method": "POST", "data": b"\xff=%ff", "content_type": "application/x-www-form-urlencoded"},
    {"path": "/stream"}, {"path": "/stream", "method": "HEAD"}, {"path": "/count"},
    {"path": "/count", "headers": {"Cookie": "session=forged"}}, {"path": "/template"}, {"path": "/empty"},
    {"path": "/file"}, {"path": "/file", "headers": {"Range": "bytes=2-4"}},
    {"path": "/file", "headers": {"If-None-Match": '"tag"'}}, {"path": "/file", "headers": {"Range": "bytes=99-"}},
    {"path": "/dir"}, {"path": "/dir/"}, {"path": "/abort/404"}, {"path": "/abort/418"}, {"path": "/error"},
    {"path": "/größe/a/b?c=d"}, {"path": "/cookie"}, {"path": "/static/file.txt"}, {"path": "/static/../x"},
    {"path": "/none", "headers": {"Host": "a/b"}},
]


class Validation(unittest.TestCase):
    def test_the_standard_librarys_validator_finds_nothing(self):
        app = validator(kitchen_sink())
        self.assertGreaterEqual(len(REQUESTS), 30)
        for described in REQUESTS:
            with self.subTest(request=described):
                environ = EnvironBuilder(**described).get_environ()
                environ["SCRIPT_NAME"] = ""
                started = []

                def start_response(status, headers, exc_info=None):
                    started.append((status, headers))
                    return lambda data: None
                answer = app(environ, start_response)
                try:
                    b"".join(answer)
                finally:
                    answer.close()
                self.assertEqual(len(started), 1)


class Threads(unittest.TestCase):
    def run_threads(self, count, rounds):
        """Let `count` threads ask one application with hooks, g and sessions; return what went wrong."""
        app, wrong = kitchen_sink(), []

        @app.before_request
        def before():
            g.path = request.full_path

        @app.after_request
        def after(response):
            response.headers["X-Path"] = g.path
            return response

        def work(name):
            client = app.test_client()
            for n in range(1, rounds + 1):
                answer = client.get(f"/count?{name}={n}")
                if (answer.text, answer.headers["X-Path"]) != (str(n), f"/count?{name}={n}"):
                    wrong.append((name, n, answer.text))
            if _current.get() is not None:
                wrong.append((name, "a context was left behind"))
        threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return wrong

    def test_every_thread_gets_its_own_answers(self):
        self.assertEqual(self.run_threads(8, 60), [])

    @unittest.skipIf(tracemalloc is None, "this Python does not count its memory")
    def test_requests_leave_no_memory_behind(self):
        app = kitchen_sink()
        client = app.test_client()

        def ask(times):
            for _ in range(times):
                client.get("/count").close()
                client.get("/none").close()
        tracemalloc.start()
        try:
            ask(600)  # past what is kept on purpose: patterns, and the signing keys of the last seconds
            gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            ask(200)
            gc.collect()
            grown = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
        self.assertLess(grown, 60_000)  # 400 requests; what is kept on purpose is bounded


if __name__ == "__main__":
    unittest.main()
