"""Middleware: proxies believed as far as they are trusted, mounts, shared files, profiles, lint, forwarding."""

from __future__ import annotations

import io
import os
import pathlib
import sys
import tempfile
import threading
import unittest
import warnings
import zipfile
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from unittest import mock

from minflask.http.builder import create_environ
from minflask.http.client import Client, run_wsgi_app
from minflask.http.middleware.dispatcher import DispatcherMiddleware
from minflask.http.middleware.http_proxy import ProxyMiddleware
from minflask.http.middleware.lint import HTTPWarning, LintMiddleware, WSGIWarning
from minflask.http.middleware.profiler import ProfilerMiddleware
from minflask.http.middleware.proxy_fix import ProxyFix
from minflask.http.middleware.shared_data import SharedDataMiddleware
from minflask.http.response import Response


def environ_behind(trusted, **given):
    """Return the environ that an application sees behind ProxyFix."""
    seen = []
    ProxyFix(lambda environ, start_response: seen.append(environ) or [], **trusted)(
        {"REMOTE_ADDR": "10.0.0.9", "wsgi.url_scheme": "http", "HTTP_HOST": "inner:8000", "SERVER_NAME": "inner",
         "SERVER_PORT": "8000", "SCRIPT_NAME": "", **given}, None)
    return seen[0]


class Proxies(unittest.TestCase):
    def test_s134_values_are_counted_from_the_right(self):
        for number, sent, address in (
            (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"), (2, "6.6.6.6, 2.2.2.2, 1.1.1.1", "2.2.2.2"),
            (0, "6.6.6.6", "10.0.0.9"), (2, "6.6.6.6", "10.0.0.9"), (1, "", "10.0.0.9"), (2, ", 1.1.1.1", "10.0.0.9"),
            (1, "6.6.6.6,\t1.1.1.1 ", "1.1.1.1"),
        ):
            with self.subTest(number=number, sent=sent):
                found = environ_behind({"x_for": number, "x_proto": 0}, HTTP_X_FORWARDED_FOR=sent)
                self.assertEqual(found["REMOTE_ADDR"], address)

    def test_s134_s135_what_is_not_trusted_changes_nothing(self):
        sent = {"HTTP_X_FORWARDED_HOST": "evil", "HTTP_X_FORWARDED_PORT": "1", "HTTP_X_FORWARDED_PREFIX": "/evil",
                "HTTP_X_FORWARDED_FOR": "6.6.6.6", "HTTP_X_FORWARDED_PROTO": "https"}
        found = environ_behind({"x_for": 0, "x_proto": 0}, **sent)
        for name, value in found["werkzeug.proxy_fix.orig"].items():
            self.assertEqual(found[name], value)
        found = environ_behind({}, **sent)
        self.assertEqual((found["HTTP_HOST"], found["SERVER_PORT"], found["SCRIPT_NAME"]), ("inner:8000", "8000", ""))
        self.assertEqual((found["REMOTE_ADDR"], found["wsgi.url_scheme"]), ("6.6.6.6", "https"))

    def test_scheme_host_port_and_prefix(self):
        for trusted, sent, expected in (
            ("x_proto", "https", {"wsgi.url_scheme": "https"}),
            ("x_host", "outer", {"HTTP_HOST": "outer", "SERVER_NAME": "outer", "SERVER_PORT": "8000"}),
            ("x_host", "outer:81", {"HTTP_HOST": "outer:81", "SERVER_NAME": "outer", "SERVER_PORT": "81"}),
            ("x_host", "[::1]:81", {"HTTP_HOST": "[::1]:81", "SERVER_NAME": "[::1]", "SERVER_PORT": "81"}),
            ("x_port", "81", {"HTTP_HOST": "inner:81", "SERVER_PORT": "81"}),
            ("x_prefix", "/a/b", {"SCRIPT_NAME": "/a/b"}),
            ("x_prefix", "/a/", {"SCRIPT_NAME": "/a"}),
            ("x_prefix", "/", {"SCRIPT_NAME": ""}),
        ):
            with self.subTest(trusted, sent=sent):
                field = "HTTP_X_FORWARDED_" + trusted[2:].upper()
                found = environ_behind({trusted: 1}, **{field: sent})
                self.assertEqual({name: found[name] for name in expected}, expected)

    def test_s136_values_that_are_none_are_ignored(self):
        for trusted, sent in (
            ("x_proto", "https javascript:"), ("x_proto", "1"), ("x_host", "a b"), ("x_host", "evil/path"),
            ("x_host", "u@evil"), ("x_host", "evil:x"), ("x_port", "8e1"), ("x_port", "\u0663"), ("x_port", "999999"),
            ("x_prefix", "no-slash"), ("x_prefix", "/a?b"), ("x_for", "1.1.1.1\n"), ("x_host", "evil\n"),
        ):
            with self.subTest(trusted, sent=sent):
                found = environ_behind({trusted: 1}, **{"HTTP_X_FORWARDED_" + trusted[2:].upper(): sent + "\n"})
                self.assertEqual({name: found[name] for name in found["werkzeug.proxy_fix.orig"]},
                                 found["werkzeug.proxy_fix.orig"])

    def test_s136_other_fields_for_the_scheme_are_never_read(self):
        found = environ_behind({}, HTTP_X_FORWARDED_SSL="on", HTTP_X_FORWARDED_PROTOCOL="ssl",
                               HTTP_FORWARDED="proto=https")
        self.assertEqual(found["wsgi.url_scheme"], "http")

    def test_a_prefix_never_makes_another_host_of_a_url(self):
        found = environ_behind({"x_prefix": 1}, HTTP_X_FORWARDED_PREFIX="//evil.com")
        self.assertEqual(found["SCRIPT_NAME"], "/evil.com")

    def test_a_server_without_a_host_field(self):
        found = environ_behind({"x_port": 1}, HTTP_HOST="", HTTP_X_FORWARDED_PORT="81")
        self.assertEqual((found["HTTP_HOST"], found["SERVER_PORT"]), ("", "81"))


class Mounts(unittest.TestCase):
    def test_the_longest_prefix_wins(self):
        def named(name):
            return lambda environ, start: (name, environ["SCRIPT_NAME"], environ["PATH_INFO"])

        app = DispatcherMiddleware(named("root"), {"/a": named("a"), "/a/b": named("ab"), "/x/y/z": named("xyz")})
        for path, expected in (
            ("/a", ("a", "/s/a", "")), ("/a/", ("a", "/s/a", "/")), ("/a/b", ("ab", "/s/a/b", "")),
            ("/a/b/c/d/e", ("ab", "/s/a/b", "/c/d/e")), ("/ab", ("root", "/s", "/ab")),
            ("/x/y", ("root", "/s", "/x/y")),
            ("/", ("root", "/s", "/")), ("", ("root", "/s", "")), ("/x/y/z//w", ("xyz", "/s/x/y/z", "//w")),
            ("/a" + "/" * 9000, ("a", "/s/a", "/" * 9000)),
        ):
            with self.subTest(path[:20]):
                self.assertEqual(app({"SCRIPT_NAME": "/s", "PATH_INFO": path}, None), expected)

    def test_mounts_can_be_added_later(self):
        app = DispatcherMiddleware(lambda *args: "root")
        app.mounts["/new"] = lambda *args: "new"
        self.assertEqual(app({"PATH_INFO": "/new/x"}, None), "new")


class Shared(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        root = pathlib.Path(cls.folder.name)
        (root / "sub").mkdir()
        (root / "a.txt").write_bytes(b"text")
        (root / "sub" / "é.bin").write_bytes(b"\0")
        (root / "secret.py").write_bytes(b"x")
        with zipfile.ZipFile(root / "packed.zip", "w") as archive:
            archive.writestr("packed_example/__init__.py", "")
            archive.writestr("packed_example/files/style.css", "p {}")
        sys.path.append(str(root / "packed.zip"))

    @classmethod
    def tearDownClass(cls):
        sys.path.pop()
        sys.modules.pop("packed_example", None)
        cls.folder.cleanup()

    def client(self, exports=None, **options):
        root = self.folder.name
        return Client(SharedDataMiddleware(Response("app"), exports or {
            "/files": root, "/one": os.path.join(root, "a.txt"), "/pkg": ("packed_example", "files")}, **options))

    def get(self, path, client=None, **kwargs):
        with (client or self.client()).get(path, **kwargs) as response:
            return response.status_code, response.data, response.mimetype

    def test_files_folders_and_packages(self):
        for path, expected in (
            ("/files/a.txt", (200, b"text", "text/plain")),
            ("/files/sub/é.bin", (200, b"\0", "application/octet-stream")),
            ("/one", (200, b"text", "text/plain")),
            ("/pkg/style.css", (200, b"p {}", "text/css")),
        ):
            with self.subTest(path):
                self.assertEqual(self.get(path), expected)

    def test_what_is_not_exported_is_the_applications(self):
        for path in ("/", "/files", "/files/", "/files/sub", "/files/none", "/files/../a.txt", "/filesa.txt", "/pkg",
                     "/files//etc/passwd", "/files/%2e%2e/x", "/pkg/../__init__.py", "/pkg/none"):
            with self.subTest(path):
                self.assertEqual(self.get(path)[1], b"app")

    def test_other_methods_are_the_applications(self):
        self.assertEqual(self.client().post("/one").data, b"app")

    def test_disallowed_names_are_the_applications(self):
        client = self.client(disallow="*.py")
        self.assertEqual((self.get("/files/secret.py", client)[1], self.get("/one", client)[1]), (b"app", b"text"))

    def test_pairs_are_tried_in_their_order(self):
        secret = os.path.join(self.folder.name, "secret.py")
        client = self.client([("/files/a.txt", secret), ("/files", self.folder.name)])
        self.assertEqual((self.get("/files/a.txt", client)[1], self.get("/files/secret.py", client)[1]), (b"x", b"x"))

    def test_something_else_cannot_be_exported(self):
        with self.assertRaises(TypeError):
            self.client({"/a": 5})

    def test_caches_and_ranges(self):
        client = self.client(cache_timeout=60)
        with client.get("/one") as response:
            etag, length = response.headers["ETag"], response.headers["Content-Length"]
            self.assertIn("max-age=60", response.headers["Cache-Control"])
        self.assertEqual(length, "4")
        self.assertEqual(self.get("/one", client, headers={"If-None-Match": etag})[0], 304)
        self.assertEqual(self.get("/one", client, headers={"Range": "bytes=1-2"})[:2], (206, b"ex"))
        with client.head("/one") as response:
            self.assertEqual((response.data, response.headers["Content-Length"]), (b"", "4"))
        with self.client(cache=False).get("/one") as response:
            self.assertNotIn("ETag", response.headers)

    def test_a_range_behind_the_end_is_answered(self):
        opened = []

        class Watching(SharedDataMiddleware):
            def get_file_loader(self, filename):
                def opener():
                    opened.append(io.BytesIO(b"text"))
                    return opened[0], datetime(2020, 1, 1, tzinfo=timezone.utc), 4
                return lambda path: ("a.txt", opener)
        client = Client(Watching(Response("app"), {"/one": os.path.join(self.folder.name, "a.txt")}))
        with client.get("/one", headers={"Range": "bytes=99-"}) as response:
            self.assertEqual((response.status_code, response.headers["Content-Range"]), (416, "bytes */4"))
        self.assertTrue(opened[0].closed)


class Profiles(unittest.TestCase):
    def test_statistics_are_printed_and_kept(self):
        out = io.StringIO()
        with tempfile.TemporaryDirectory() as folder:
            app = ProfilerMiddleware(Response("hello"), out, restrictions=[5], profile_dir=folder)
            self.assertEqual(Client(app).get("/a/b?c").data, b"hello")
            self.assertEqual([name.split(".")[:3] for name in os.listdir(folder)], [["GET", "a", "b"]])
        self.assertIn("'/a/b'", out.getvalue())
        self.assertIn("function calls", out.getvalue())

    def test_a_path_cannot_lead_out_of_the_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            app = ProfilerMiddleware(Response("hello"), None, profile_dir=folder)
            for path in ("/../../x", "/..\\..\\x", "/", "/" + "y" * 5000):
                Client(app).get(path)
            self.assertEqual(sorted({name.split(".")[1][:4] for name in os.listdir(folder)}), ["root", "x", "yyyy"])

    def test_a_method_cannot_lead_out_of_the_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "inner"))
            app = ProfilerMiddleware(Response("hello"), None, profile_dir=os.path.join(folder, "inner"))
            run_wsgi_app(app, create_environ("/x", method="../OUT"), buffered=True)
            self.assertEqual(os.listdir(folder), ["inner"])

    def test_the_name_may_be_a_functions(self):
        with tempfile.TemporaryDirectory() as folder:
            app = ProfilerMiddleware(Response("hello"), None, profile_dir=folder, filename_format=lambda environ: (
                "own" if environ["werkzeug.profiler"]["elapsed"] >= 0 < environ["werkzeug.profiler"]["time"] else ""))
            Client(app).get("/")
            self.assertEqual(os.listdir(folder), ["own"])

    def test_standard_output_is_the_default_and_write_works(self):
        def writing(environ, start_response):
            start_response("200 OK", [])(b"a")
            return [b"b"]

        with mock.patch("sys.stdout", io.StringIO()) as out:
            self.assertEqual(Client(ProfilerMiddleware(writing)).get("/").data, b"ab")
        self.assertIn("'/'", out.getvalue())


class Lint(unittest.TestCase):
    def findings(self, app, method="GET", **changes):
        """Return (class, text) of each warning of one request."""
        environ = create_environ("/", method=method)
        environ.update(changes)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            body = LintMiddleware(app)(environ, lambda *args: None)
            list(body)
            body.close()
        return [(warning.category, str(warning.message)) for warning in caught]

    def answering(self, status="200 OK", headers=(), body=(b"x",)):
        def app(environ, start_response):
            start_response(status, [("Content-Type", "text/plain"), *headers])
            return list(body)

        return app

    def check(self, app, category, text, **kwargs):
        found = self.findings(app, **kwargs)
        self.assertTrue(any(kind is category and text in message for kind, message in found), (text, found))

    def test_a_clean_application_gives_no_warning(self):
        self.assertEqual(self.findings(self.answering(headers=[("Content-Length", "1"), ("ETag", '"x"')])), [])

    def test_environs(self):
        for changes, text in (
            ({"wsgi.version": (0, 7)}, "WSGI 1.0"), ({"SCRIPT_NAME": "x"}, "slash"), ({"PATH_INFO": "x"}, "slash"),
        ):
            self.check(self.answering(), WSGIWarning, text, **changes)

    def test_an_environ_without_its_streams_is_warned_of_and_goes_on(self):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            body = LintMiddleware(self.answering())({"REQUEST_METHOD": "GET"}, lambda *args: None)
            self.assertEqual(b"".join(body), b"x")
            body.close()
        self.assertTrue(any("wsgi.input" in str(warning.message) for warning in caught))

    def test_answers(self):
        for category, text, status, headers, body in (
            (WSGIWarning, "three digits", "20 OK", [], [b"x"]),
            (WSGIWarning, "space", "200", [], [b"x"]),
            (WSGIWarning, "between 100 and 599", "700 X", [], [b"x"]),
            (WSGIWarning, "status header", "200 OK", [("Status", "200")], [b"x"]),
            (WSGIWarning, "2-item tuples", "200 OK", [["X", "y"]], [b"x"]),
            (WSGIWarning, "must be 'str'", "200 OK", [("X", 5)], [b"x"]),
            (WSGIWarning, "control characters", "200 OK", [("X", "a\r\nb")], [b"x"]),
            (WSGIWarning, "but 1 bytes were sent", "200 OK", [("Content-Length", "2")], [b"x"]),
            (WSGIWarning, "chunk of the body", "200 OK", [], ["x"]),
            (HTTPWarning, "ETag", "200 OK", [("ETag", "x")], [b"x"]),
            (HTTPWarning, "Absolute", "302 Found", [("Location", "/x")], [b"x"]),
            (HTTPWarning, "no body", "204 No Content", [], [b"x"]),
            (HTTPWarning, "no Content-Length", "204 No Content", [("Content-Length", "1")], []),
            (HTTPWarning, "describes no body", "304 Not Modified", [("Content-Length", "1")], []),
        ):
            with self.subTest(text):
                self.check(self.answering(status, headers, body), category, text)
        self.check(self.answering(), HTTPWarning, "no body", method="HEAD")

    def test_uses_of_the_streams_that_servers_need_not_allow(self):
        for use, text in (
            (lambda environ: environ["wsgi.input"].read(), "number of bytes"),
            (lambda environ: environ["wsgi.input"].close(), "closed"),
            (lambda environ: environ["wsgi.errors"].close(), "closed"),
            (lambda environ: environ["wsgi.errors"].writelines([b"x"]), "wsgi.errors"),
        ):
            def app(environ, start_response, use=use):
                start_response("200 OK", [])
                use(environ)
                return []

            errors = mock.Mock()
            self.check(app, WSGIWarning, text, **{"wsgi.errors": errors})

    def test_the_streams_still_work(self):
        def app(environ, start_response):
            stream = environ["wsgi.input"]
            found = [stream.read(1), stream.readline(), *stream.readlines(), *stream]
            environ["wsgi.errors"].write("x")
            environ["wsgi.errors"].flush()
            start_response("200 OK", [])(b"written ")
            return found

        errors = mock.Mock()
        body, _, _ = run_wsgi_app(LintMiddleware(app), create_environ(data=b"1\n2\n3", errors_stream=errors), True)
        self.assertEqual(b"".join(body), b"written 1\n2\n3")
        errors.write.assert_called_once_with("x")

    def test_a_body_that_is_one_string(self):
        def app(environ, start_response):
            start_response("200 OK", [])
            return b"xy"

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            LintMiddleware(app)(create_environ(), lambda *args: None).close()
        self.assertIn("put it into a list", str(caught[0].message))

    @unittest.skipIf(sys.implementation.name == "pypy", "PyPy tells of dropped objects late")
    def test_an_answer_that_is_dropped_or_read_late(self):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            body = LintMiddleware(self.answering())(create_environ(), lambda *args: None)
            del body
            late = LintMiddleware(self.answering())(create_environ(), lambda *args: None)
            late.close()
            next(late)
        self.assertIn("dropped", str(caught[0].message))
        self.assertIn("after it had been closed", str(caught[-1].message))


class Upstream(BaseHTTPRequestHandler):
    """Answer with what the proxy sent."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Transfer-Encoding"):
            body = self.rfile.read(19)
        names = ("Host", "X-Own", "Connection", "Transfer-Encoding")
        text = "|".join([self.command, self.path, *(self.headers.get(name, "-") for name in names), body.decode()])
        self.send_response(203, "Own")
        self.send_header("Keep-Alive", "timeout=5")
        self.send_header("X-Answer", "1")
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST

    def log_message(self, *args):
        pass


class Forwarding(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = HTTPServer(("127.0.0.1", 0), Upstream)
        cls.thread = threading.Thread(target=cls.server.serve_forever, kwargs={"poll_interval": 0.01})
        cls.thread.start()
        cls.target = f"http://127.0.0.1:{cls.server.server_port}"

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.thread.join()
        cls.server.server_close()

    def client(self, **target):
        return Client(ProxyMiddleware(Response("app"), {"/api/": {"target": self.target, **target}}, chunk_size=3))

    def test_requests_below_the_prefix_are_passed_on(self):
        client = self.client(headers={"X-Own": "own"})
        with client.post("/api/ü%25$?a=%20", data=b"0123456789") as response:
            self.assertEqual(response.text, "POST|/api/%C3%BC%25$?a=%20|127.0.0.1|own|close|-|0123456789")
            self.assertEqual((response.status, response.headers["X-Answer"]), ("203 Own", "1"))
            self.assertNotIn("Keep-Alive", response.headers)
        self.assertEqual([client.get(path).data for path in ("/", "/api", "/apix/")], [b"app"] * 3)

    def test_the_prefix_can_be_removed_and_the_host_chosen(self):
        for host, sent in (("<auto>", "127.0.0.1"), (None, "localhost"), ("own.example", "own.example")):
            with self.client(remove_prefix=True, host=host).get("/api/x/y") as response:
                self.assertEqual(response.text.split("|")[1:3], ["/x/y", sent])

    def test_a_body_of_unknown_length_is_passed_on_in_chunks(self):
        environ = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
        environ = create_environ("/api/", method="POST", input_stream=io.BytesIO(b"1234"), environ_overrides=environ)
        del environ["CONTENT_LENGTH"]
        body, _, _ = run_wsgi_app(self.client().application, environ, True)
        self.assertEqual(b"".join(body).split(b"|")[5:], [b"chunked", b"3\r\n123\r\n1\r\n4\r\n0\r\n\r\n"])

    def test_a_server_that_is_not_there_is_a_bad_gateway(self):
        app = ProxyMiddleware(Response("app"), {"/": {"target": "http://127.0.0.1:1"}}, timeout=1)
        self.assertEqual(Client(app).get("/x").status_code, 502)

    def test_another_scheme_is_an_error(self):
        with self.assertRaises(RuntimeError):
            Client(ProxyMiddleware(Response("app"), {"/": {"target": "ftp://x"}})).get("/x")


if __name__ == "__main__":
    unittest.main()
