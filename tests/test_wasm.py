"""Requests are answered without a server, for a browser that runs Python (issue 8, rank 18)."""

from __future__ import annotations

import io
import pathlib
import re
import sys
import tempfile
import types
import unittest
from unittest import mock

from minflask import Flask, Response, redirect, request, session
from minflask.wasm import Answer, Bridge, handle

EXAMPLE = pathlib.Path(__file__).resolve().parents[1] / "docs" / "examples" / "browser"
HOST = "https://example.org"


def make_app():
    app = Flask(__name__)
    app.secret_key = "x"

    @app.route("/seen", methods=["GET", "POST", "PUT"])
    def seen():
        return {"method": request.method, "url": request.url, "root": request.script_root, "path": request.path,
                "address": request.remote_addr, "body": request.get_data(as_text=True), "form": request.form,
                "type": request.content_type, "agent": request.headers.get("X-A"), "cookies": request.cookies,
                "referrer": request.referrer, "host": request.host, "secure": request.is_secure}

    @app.route("/stream")
    def stream():
        return Response(iter([b"a", b"b" * 3, b"c"]), mimetype="text/plain")

    @app.route("/name/<name>")
    def name(name):
        session["name"] = name
        return redirect("/name")

    @app.route("/name")
    def kept():
        return session.get("name", "nobody")

    @app.route("/forget")
    def forget():
        session.clear()
        return ""

    @app.route("/to/<path:target>", methods=["GET", "POST"])
    def to(target):
        return redirect(request.args.get("at") or f"/{target}", request.args.get("code", 302, type=int))

    @app.route("/fail")
    def fail():
        raise ValueError("no luck")

    @app.route("/empty")
    def empty():
        return "", 204
    return app


def plain(status, headers=(), body=()):
    """A WSGI application that knows nothing of minflask."""
    def app(environ, start_response):
        start_response(status, list(headers))
        return body
    return app


class Handle(unittest.TestCase):
    def setUp(self):
        self.app = make_app()

    def seen(self, method="GET", url=HOST + "/seen", *args, **kwargs):
        answer = handle(self.app, method, url, *args, **kwargs)
        self.assertEqual(answer.status, 200, answer)
        from minflask import json
        return json.loads(answer.body)

    def test_a_request_arrives_as_from_a_server(self):
        seen = self.seen("put", HOST + ":8443/seen?a=%C3%A9&b=1#part", [("Content-Type", "text/plain"), ("x-a", "1")],
                         "caf\u00e9".encode(), remote_addr="10.0.0.1")
        expected = {"method": "PUT", "url": HOST + ":8443/seen?a=\u00e9&b=1", "root": "", "path": "/seen",
                    "address": "10.0.0.1", "body": "caf\u00e9", "type": "text/plain", "agent": "1",
                    "host": "example.org:8443", "secure": True}
        self.assertEqual({key: seen[key] for key in expected}, expected)
        self.assertEqual(self.seen(headers={"Content-Length": "9"})["body"], "")  # the length is that of the body

    def test_paths_are_decoded_once_and_stand_below_the_prefix(self):
        app = Flask(__name__)
        app.add_url_rule("/<path:name>", "name", lambda name: f"{request.script_root} {name}")
        app.add_url_rule("/", "root", lambda: "root")
        cases = {"/a/%2525": (200, "/a %25"), "/a/caf%C3%A9": (200, "/a caf\u00e9"),
                 "/a/": (200, "root"), "/a": (200, "root"),
                 "/ab": (404, None), "/": (404, None)}
        for path, (status, text) in cases.items():
            with self.subTest(path):
                answer = handle(app, "GET", f"http://[::1]:5{path}", prefix="/a")
                self.assertEqual(answer.status, status)
                if text is not None:
                    self.assertEqual(answer.body.decode(), text)

    def test_a_stream_is_joined_and_closed(self):
        self.assertEqual(handle(self.app, "GET", HOST + "/stream").body, b"abbbc")
        body = mock.MagicMock(__iter__=lambda self: iter([b"1", b"2"]))
        self.assertEqual(handle(plain("200 OK", body=body), "GET", HOST).body, b"12")
        body.close.assert_called_once_with()

    def test_an_answer_without_a_body_has_none(self):
        for method, path, status in (("HEAD", "/stream", 200), ("GET", "/empty", 204)):
            answer = handle(self.app, method, HOST + path)
            self.assertEqual((answer.status, answer.body), (status, b""))

    def test_what_fails_is_logged_and_answered_with_500(self):
        def late(environ, start_response):
            start_response("200 OK", [])
            yield b"begun"
            raise KeyError("late")

        def leaves(environ, start_response):
            raise SystemExit(3)
        cases = {
            "late": late, "leaves": leaves, "no status": lambda environ, start_response: [],
            "no number": plain("OK"), "no final status": plain("100 Continue"), "text": plain("200 OK", body=["text"]),
            "a header that browsers refuse": plain("200 OK", [("X", "\u20ac")]),
        }
        for name, app in cases.items():
            with self.subTest(name), self.assertLogs(handle.__module__, "ERROR") as log:
                answer = handle(app, "GET", HOST + "/")
            self.assertEqual((answer.status, answer.header("content-type")), (500, "text/plain; charset=utf-8"))
            self.assertIn("Exception on GET", log.output[0])
            self.assertNotIn(b"Traceback", answer.body)

    def test_the_page_of_an_error_shows_the_traceback_only_while_debugging(self):
        with self.assertLogs(self.app.logger):
            self.assertNotIn(b"no luck", handle(self.app, "GET", HOST + "/fail").body)
        self.app.debug = True
        with self.assertLogs():
            self.assertIn(b"ValueError: no luck", handle(self.app, "GET", HOST + "/fail").body)

    def test_what_is_no_address_is_answered_with_400(self):
        for url in ("", "/seen", "file:///etc/passwd", "http://", "http://h:port/", "http://[::1/", "javascript:1"):
            with self.subTest(url):
                self.assertEqual(handle(self.app, "GET", url).status, 400)

    def test_a_header_cannot_pass_for_another(self):
        seen = self.seen(headers=[("X_A", "underscore"), ("Host", "evil.example"), ("x-a", "1"), ("X-A", "2")])
        self.assertEqual((seen["agent"], seen["host"]), ("1,2", "example.org"))

    def test_without_a_standard_error_it_works_too(self):
        with mock.patch.object(sys, "stderr", None):
            self.assertEqual(handle(self.app, "GET", HOST + "/stream").status, 200)

    def test_an_answer_is_found_by_the_case_blind_name_of_a_field(self):
        answer = Answer(200, [("A-b", "1"), ("a-B", "2")], b"")
        self.assertEqual((answer.header("a-b"), answer.header("c", "none")), ("1", "none"))


class Cookies(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name, "cookies.json")
        self.app = make_app()

    def test_a_session_is_kept_and_ends(self):
        bridge = Bridge(self.app)
        bridge.handle("GET", HOST + "/name/Ada")
        self.assertEqual(bridge.handle("GET", HOST + "/name").body, b"Ada")
        self.assertEqual(bridge.handle("GET", "https://other.example/name").body, b"nobody")
        self.assertEqual(handle(self.app, "GET", HOST + "/name", cookies=bridge.cookies).body, b"Ada")
        bridge.handle("GET", HOST + "/forget")
        self.assertEqual((bridge.handle("GET", HOST + "/name").body, len(bridge.cookies)), (b"nobody", 0))

    def test_cookies_outlive_the_bridge_where_a_file_is_named(self):
        Bridge(self.app, cookie_file=self.file).handle("GET", HOST + "/name/Ada")
        self.assertEqual(Bridge(self.app, cookie_file=self.file).handle("GET", HOST + "/name").body, b"Ada")
        self.assertEqual([path.name for path in self.file.parent.iterdir()], [self.file.name])
        Bridge(self.app, cookie_file=self.file).handle("GET", HOST + "/forget")
        self.assertEqual(self.file.read_text(), "[]")

    def test_what_is_no_list_of_cookies_is_an_empty_one(self):
        for text in (b"{broken", b"5", b"[1]", b'[["example.org"]]', b'[["example.org", 5]]', b"\xff", b""):
            with self.subTest(text=text):
                self.file.write_bytes(text)
                bridge = Bridge(self.app, cookie_file=self.file)
                self.assertEqual(len(bridge.cookies), 0)
                bridge.handle("GET", HOST + "/name/Ada")
                self.assertEqual(Bridge(self.app, cookie_file=self.file).handle("GET", HOST + "/name").body, b"Ada")

    def test_the_place_of_the_application_is_told_elsewhere(self):
        for prefix in ("/app", "/app/"):
            self.assertIn(b"stands at /app/\n", handle(self.app, "GET", HOST + "/", prefix=prefix).body)

    def test_attributes_outlive_it_too(self):
        fields = ["a=1; Path=/x", "b=2; Domain=example.org; Max-Age=100", "c=3; Max-Age=0", 'd="q;"; Secure',
                  "e=5; Expires=Fri, 31 Dec 2200 23:59:59 GMT"]
        app = plain("200 OK", [("Set-Cookie", field) for field in fields])
        first = Bridge(app, cookie_file=self.file)
        first.handle("GET", HOST + "/x/y")
        second = Bridge(make_app(), cookie_file=self.file)
        for url in ("/seen", "/x", "/x/y"):
            self.assertEqual(second.cookies.header("example.org", url), first.cookies.header("example.org", url))
        self.assertEqual(second.cookies.header("sub.example.org", "/x"), "b=2")
        whole = {place: int(cookie.deadline or 0) for place, cookie in first.cookies.items()}
        self.assertEqual({place: int(cookie.deadline or 0) for place, cookie in second.cookies.items()}, whole)

    def test_the_jar_alone_says_which_cookies_a_request_has(self):
        bridge = Bridge(self.app)
        answer = bridge.handle("GET", HOST + "/seen", {"Cookie": "session=forged"})
        self.assertIn(b'"cookies":{}', answer.body)


class Redirects(unittest.TestCase):
    def setUp(self):
        self.bridge = Bridge(make_app(), follow_redirects=True)

    def ask(self, path, method="GET", body=b""):
        return self.bridge.handle(method, HOST + path, {"Content-Type": "text/plain"}, body)

    def test_they_are_passed_unless_asked_for(self):
        answer = Bridge(make_app()).handle("GET", HOST + "/to/seen")
        self.assertEqual((answer.status, answer.header("Location")), (302, "/seen"))

    def test_they_are_followed_as_a_browser_does(self):
        for code, method, body in ((302, "GET", ""), (303, "GET", ""), (307, "POST", "text"), (308, "POST", "text")):
            with self.subTest(code):
                answer = self.ask(f"/to/seen?code={code}", "POST", b"text")
                self.assertEqual((answer.status, answer.url), (200, HOST + "/seen"))
                self.assertIn(f'"method":"{method}"'.encode(), answer.body)
                self.assertIn(f'"body":"{body}"'.encode(), answer.body)

    def test_cookies_of_the_way_are_kept(self):
        self.assertEqual(self.ask("/name/Ada").body, b"Ada")

    def test_a_way_out_is_left_to_the_browser(self):
        answer = self.ask("/to/x?at=https://other.example/")
        self.assertEqual((answer.status, answer.header("Location")), (302, "https://other.example/"))
        self.assertEqual(Bridge(make_app(), "/a", follow_redirects=True).handle("GET", HOST + "/a/to/seen").status, 302)

    def test_a_circle_ends(self):
        app = plain("302 Found", [("Location", "/again")])
        answer = Bridge(app, follow_redirects=True).handle("GET", HOST + "/")
        self.assertEqual(answer.status, 500)
        self.assertIn(b"in a circle", answer.body)


class JsObject:
    """What Pyodide shows of a JavaScript object: its properties are attributes."""

    def __init__(self, **properties):
        self.__dict__.update(properties)

    def object_entries(self):
        return [[name.replace("_", "-"), value] for name, value in vars(self).items()]


class JsNull:
    def __bool__(self):
        return False


class JsBuffer(JsObject):
    def to_bytes(self):
        return self.data


class Fetch(unittest.TestCase):
    def setUp(self):
        self.bridge = Bridge(make_app(), "/app")
        there = mock.patch.dict(sys.modules)
        there.start()
        self.addCleanup(there.stop)
        sys.modules.pop("pyodide.ffi", None)  # the suite runs in Pyodide too

    def test_objects_and_mappings_do(self):
        requests = {
            "object": JsObject(method="POST", url=HOST + "/app/seen", headers=JsObject(x_a="1"),
                               body=JsBuffer(data=b"text"), referrer=HOST + "/app/before"),
            "mapping": {"method": "POST", "url": HOST + "/app/seen", "headers": {"X-A": "1"}, "body": "text",
                        "referrer": HOST + "/app/before"},
            "pairs": {"method": "POST", "url": HOST + "/app/seen", "headers": [["X-A", "1"]],
                      "body": bytearray(b"text"), "referrer": HOST + "/app/before"},
        }
        bodies = {name: self.bridge.fetch(request)["body"] for name, request in requests.items()}
        self.assertEqual(len(set(bodies.values())), 1, bodies)
        for piece in (b'"agent":"1"', b'"body":"text"', b'"referrer":"https://example.org/app/before"',
                      b'"root":"/app"'):
            self.assertIn(piece, bodies["object"])

    def test_what_is_null_or_undefined_is_left_out(self):
        for nothing in (None, JsNull()):
            answer = self.bridge.fetch(JsObject(url=HOST + "/app/seen", headers=nothing, body=nothing, method=nothing,
                                                referrer="about:client"))
            self.assertEqual(answer["status"], 200)
            self.assertIn(b'"referrer":null', answer["body"])

    def test_an_answer_can_be_made_a_response(self):
        answer = self.bridge.fetch({"url": HOST + "/app/to/seen"})
        self.assertIn(["Location", HOST + "/seen"], answer["headers"])
        self.assertIsNone(self.bridge.fetch({"url": HOST + "/app/empty"})["body"])
        self.assertEqual(self.bridge.fetch(JsObject())["status"], 400)

    def test_in_a_browser_it_is_an_object_of_javascript(self):
        ffi = types.SimpleNamespace(to_js=lambda value, dict_converter: (dict_converter, value["body"]))
        js = types.ModuleType("js")
        js.Object = types.SimpleNamespace(fromEntries="maker of objects")
        with mock.patch.dict(sys.modules, {"pyodide.ffi": ffi, "js": js}):
            self.assertEqual(self.bridge.fetch({"url": HOST + "/app/name"}), ("maker of objects", b"nobody"))


class Example(unittest.TestCase):
    """The application of docs/examples/browser, as the service worker runs it."""

    @classmethod
    def setUpClass(cls):
        sys.path.insert(0, str(EXAMPLE))
        cls.addClassCleanup(sys.path.remove, str(EXAMPLE))
        from notes import create_app
        cls.create_app = staticmethod(create_app)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def bridge(self):
        """Start the application anew, as a worker does that was stopped."""
        app = self.create_app({"FOLDER": str(self.folder)})
        return Bridge(app, "/app", self.folder / "cookies.json", follow_redirects=True)

    def send(self, bridge, path, **fields):
        from minflask.http.builder import EnvironBuilder
        page = bridge.handle("GET", HOST + "/app/").body.decode()
        builder = EnvironBuilder(method="POST", data={
            "token": re.search(r'name="token" value="(\w+)"', page)[1], **fields})
        environ = builder.get_environ()
        return bridge.handle("POST", HOST + "/app" + path, {"Content-Type": environ["CONTENT_TYPE"]},
                             environ["wsgi.input"].read())

    def test_what_was_written_is_there_after_a_new_start(self):
        bridge = self.bridge()
        self.assertIn(b"Hello, Ada.", self.send(bridge, "/sign-in", name="Ada").body)
        answer = self.send(bridge, "/notes", text="<milk>", picture=(io.BytesIO(b"\x89PNG\xff"), "a.png"))
        self.assertEqual((answer.status, answer.url), (200, HOST + "/app/"))
        page = self.bridge().handle("GET", HOST + "/app/").body.decode()
        self.assertIn("&lt;milk&gt;", page)
        self.assertIn("Sign out", page)
        picture = re.search(r'src="(/app/pictures/[^"]+)"', page)[1]
        self.assertEqual(bridge.handle("GET", HOST + picture).body, b"\x89PNG\xff")
        self.assertNotIn(b"Sign out", self.send(bridge, "/sign-out").body)

    def test_forms_that_are_wrong_are_refused(self):
        bridge = self.bridge()
        self.assertEqual(self.send(bridge, "/notes", text="x").status, 403)
        self.send(bridge, "/sign-in", name="Ada")
        self.assertEqual(self.send(bridge, "/notes", text="x", picture=(io.BytesIO(b"x"), "a.html")).status, 400)
        self.assertEqual(bridge.handle("POST", HOST + "/app/notes", body=b"text=x").status, 400)
        self.assertEqual(bridge.handle("GET", HOST + "/app/pictures/..%2fsecret").status, 404)

    def test_the_page_and_its_worker_name_files_that_are_served(self):
        for name, named in {"index.html": ["worker-script.js", "worker-module.js", "app/", "pyodide/package.json"],
                            "worker.js": ["notes.pyz", "pyodide/"], "worker-script.js": ["worker.js"],
                            "worker-module.js": ["./worker.js"]}.items():
            for other in named:
                self.assertIn(f'"{other}"', (EXAMPLE / name).read_text("utf-8"))
        with tempfile.TemporaryDirectory() as package:
            pathlib.Path(package, "pyodide.asm.wasm").touch()
            from serve import create_app
            with mock.patch("subprocess.run") as run:
                client = create_app({"PYODIDE": package}).test_client()
            self.assertEqual(run.call_args[0][0][1:4], ["-m", "minflask", "bundle"])
            for path in ("/", "/worker.js", "/worker-script.js", "/worker-module.js", "/pyodide/pyodide.asm.wasm"):
                with client.get(path) as answer:
                    self.assertEqual(answer.status_code, 200, path)
            self.assertEqual(client.get("/app/deep/link").location, "/")
        with self.assertRaisesRegex(SystemExit, "npm package"):
            create_app({"PYODIDE": package})


if __name__ == "__main__":
    unittest.main()
