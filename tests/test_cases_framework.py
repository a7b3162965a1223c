"""What clients send and what an application answers, case by case, through the WSGI callable and nothing else.

Each row names the case that it holds. An error that no answer was made of fails its test.
"""

from __future__ import annotations

import io
import os
import pathlib
import sys
import tempfile
import unittest
import warnings
from urllib.parse import unquote_to_bytes

from minflask import Flask, Request, jsonify, make_response, redirect, request, session
from minflask.http.forms import StrictFormDataParser

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
END = b"--x--\r\n"


def part(content, name='name="a"', head=""):
    """Return one part of a multipart body."""
    return f"--x\r\nContent-Disposition: form-data; {name}\r\n{head}\r\n".encode() + content + b"\r\n"


def upload(content, filename='filename="f"'):
    """Return a multipart body with one file."""
    return part(content, f'name="f"; {filename}') + END


class Cases(unittest.TestCase):
    """An application made for the test, and requests to it as a server makes them."""

    def setUp(self):
        self.app = Flask("tests.sample", static_folder=None)
        self.app.secret_key = "a key for this test"
        self.app.logger.disabled = True
        self.addCleanup(setattr, self.app.logger, "disabled", False)

    def ask(self, target="/", body=b"", content_type=None, method=None, environ=(), **headers):
        """Send a request; return (status, headers, body). The target may hold percent escapes, as on the wire."""
        path, _, query = target.partition("?")
        sent = {
            "REQUEST_METHOD": method or ("POST" if content_type is not None else "GET"),
            "SCRIPT_NAME": "", "PATH_INFO": unquote_to_bytes(path).decode("latin-1"), "QUERY_STRING": query,
            "SERVER_NAME": "localhost", "SERVER_PORT": "80", "HTTP_HOST": "localhost", "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_LENGTH": str(len(body)), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(), "wsgi.version": (1, 0), "wsgi.multithread": True,
            "wsgi.multiprocess": False, "wsgi.run_once": False,
            **({} if content_type is None else {"CONTENT_TYPE": content_type}),
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()}, **dict(environ),
        }
        started = []
        answer = self.app.wsgi_app(sent, lambda status, fields, exc_info=None: started.append((status, fields)))
        try:
            data = b"".join(answer)
        finally:
            getattr(answer, "close", lambda: None)()
        (status, fields), = started
        return int(status[:3]), fields, data

    def json(self, *args, **kwargs):
        """Send a request; return the JSON of the answer, or its status if that is not 200."""
        status, _, data = self.ask(*args, **kwargs)
        return self.app.json.loads(data) if status == 200 else status


def fields(answer, name):
    return [value for key, value in answer[1] if key.lower() == name.lower()]


def show_form():
    files = [[name, file.filename, len(file.read())] for name, file in request.files.items(multi=True)]
    return {"form": request.form.to_dict(flat=False), "files": files}


EMPTY = {"form": {}, "files": []}
BODIES = [  # id, body, content type, what the view sees (or the status), what a strict parser makes of it if not that
    ("X01", part(b"v") + END, "multipart/form-data", EMPTY, 400),
    ("X02", b"", MULTIPART, EMPTY, 400),
    ("X03", b"no boundary in this", MULTIPART, EMPTY, 400),
    ("X04", part(b"v"), MULTIPART, EMPTY, 400),
    ("X05", b"--x\r\nX: y\r\n\r\nv\r\n" + END, MULTIPART, EMPTY, 400),
    ("X06", b"--x\r\nContent-Disposition: form-data\r\n\r\nv\r\n" + END, MULTIPART, EMPTY, None),
    ("X07", part(b"v") * 1001 + END, MULTIPART, 413, None),
    ("X08", part(b"v" * 600_000) + END, MULTIPART, 413, None),
    ("X09", part(b"v" * 400_000) * 3 + END, MULTIPART, 413, None),
    ("X10", upload(b"v" * 2**23), MULTIPART, {"form": {}, "files": [["f", "f", 2**23]]}, None),
    ("X11", upload(b"\r" + b"a" * 2**22), MULTIPART, {"form": {}, "files": [["f", "f", 2**22 + 1]]}, None),
    ("X12", upload(b"\r" * 2**22), MULTIPART, {"form": {}, "files": [["f", "f", 2**22]]}, None),
    ("X13", upload(b"\r\n--" * 2**20), MULTIPART, {"form": {}, "files": [["f", "f", 2**22]]}, None),
    ("X14", part(b"v", head="X: y\r\n" * 10_000) + END, MULTIPART, 413, None),
    ("X15", part(b"v", head=f"X: {'y' * 2**20}\r\n") + END, MULTIPART, 413, None),
    ("X16", b"p" * 204_800 + b"\r\n" + part(b"v") + END, MULTIPART, 400, None),
    ("X17", (part(b"v") + END).replace(b"\r\n", b"\n"), MULTIPART, {"form": {"a": ["v"]}, "files": []}, None),
    ("X18", part(b"v") + END, MULTIPART + "x" * 299, EMPTY, 400),
    ("X19", (part(b"v") + END).replace(b"--x", b"--a b'c"), 'multipart/form-data; boundary="a b\'c"',
     {"form": {"a": ["v"]}, "files": []}, None),
    ("X20", (part(b"v") + END).replace(b"--x", b"--(.*)+[x?"), 'multipart/form-data; boundary="(.*)+[x?"',
     {"form": {"a": ["v"]}, "files": []}, None),
    ("X21", upload(b"v", 'filename="../../etc/passwd"'), MULTIPART,
     {"form": {}, "files": [["f", "../../etc/passwd", 1]]}, None),
    ("X22", upload(b"v", 'filename="C:\\dir\\a.txt"'), MULTIPART,
     {"form": {}, "files": [["f", "C:\\dir\\a.txt", 1]]}, None),
    ("X23", upload(b"v", 'filename="a%22b\\"c.txt"'), MULTIPART, {"form": {}, "files": [["f", 'a"b"c.txt', 1]]}, None),
    ("X24", upload(b"v", "filename*=UTF-8''%e2%82%ac.txt"), MULTIPART,
     {"form": {}, "files": [["f", "\u20ac.txt", 1]]}, None),
    ("X25", part(b"\xff\xfe") + END, MULTIPART, {"form": {"a": ["\ufffd\ufffd"]}, "files": []}, None),
    ("X26", part(b"+ADw-", head="Content-Type: text/plain; charset=utf-7\r\n") + END, MULTIPART,
     {"form": {"a": ["+ADw-"]}, "files": []}, None),
    ("X27", part(b"YQ==", head="Content-Transfer-Encoding: base64\r\n") + END, MULTIPART,
     {"form": {"a": ["YQ=="]}, "files": []}, None),
    ("X28", part(b"1") + part(b"2") + part(b"3") + END, MULTIPART, {"form": {"a": ["1", "2", "3"]}, "files": []}, None),
    ("X29", upload(b"", 'filename=""'), MULTIPART, {"form": {}, "files": [["f", "", 0]]}, None),
    ("X30", part(b"v") + END, 'multipart/form-data; boundary="' + "\\" * 61_440, EMPTY, 400),
    ("X31", part(b"v") + END, "multipart/form-data" + "; a=b" * 20_000, EMPTY, 400),
    ("X32", b"&".join([b"a=1"] * 100_000), FORM, 413, None),
    ("X33", b"a=" + b"v" * 2**21, FORM, 413, None),
    ("X34", b"a=1;b=2", FORM, {"form": {"a": ["1;b=2"]}, "files": []}, None),
    ("X35", b";" * 2**20, FORM, 413, None),
    ("X36", b"a=%zz&b=%&c=%1", FORM, {"form": {"a": ["%zz"], "b": ["%"], "c": ["%1"]}, "files": []}, None),
    ("X37", b"a=\xff\xfe", FORM, EMPTY, 400),
]


class Bodies(Cases):
    def test_each_form_gives_its_fields_and_files_or_a_status(self):
        self.app.post("/")(show_form)
        for case, body, content_type, expected, _ in BODIES:
            with self.subTest(case):
                self.assertEqual(self.json("/", body, content_type), expected)

    def test_with_a_strict_parser_a_malformed_form_is_a_400(self):
        class StrictRequest(Request):
            form_data_parser_class = StrictFormDataParser

        self.app.request_class = StrictRequest
        self.app.post("/")(show_form)
        for case, body, content_type, expected, strict in BODIES:
            if len(body) < 2**17:
                with self.subTest(case):
                    self.assertEqual(self.json("/", body, content_type), strict or expected)

    def test_a_body_that_is_too_long_or_too_short_is_an_error_of_the_client(self):
        self.app.config["MAX_CONTENT_LENGTH"] = 10
        self.app.post("/")(lambda: {"n": len(request.get_data())})
        for case, body, environ, expected in (
            ("X51 as announced", b"v" * 11, {}, 413),
            ("X51 the limit itself", b"v" * 10, {}, {"n": 10}),
            ("X52 of unknown length", b"v" * 11, {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}, 413),
            ("X52 the limit itself", b"v" * 10, {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}, {"n": 10}),
            ("X53 cut off", b"v" * 5, {"CONTENT_LENGTH": "9"}, 400),
        ):
            with self.subTest(case):
                self.assertEqual(self.json("/", body, "text/plain", environ=environ), expected)

    def test_a_query_is_read_whatever_its_bytes_are(self):
        self.app.get("/")(lambda: request.args)
        for case, query, expected in (
            ("X38", "a=%FF", {"a": "%FF"}),
            ("X39", "a=%00%0D%0A", {"a": "\0\r\n"}),
            ("X39", "a=\0\x01", {"a": "\0\x01"}),
        ):
            with self.subTest(case):
                self.assertEqual(self.json(f"/?{query}"), expected)


class Json(Cases):
    def test_a_document_is_read_or_refused(self):
        self.app.post("/")(lambda: jsonify(repr(request.get_json())))
        for case, body, content_type, expected in (
            ("X40", b"{}", "text/plain", 415),
            ("X40", b"{}", "", 415),
            ("X41", b'{"secret": ', "application/json", 400),
            ("X42", b"", "application/json", 400),
            ("X43", b'"\xff"', "application/json", 400),
            ("X44", '{"a": 1}'.encode("utf-16"), "application/json", "{'a': 1}"),
            ("X45", '{"a": 1}'.encode("utf-8-sig"), "application/json", "{'a': 1}"),
            ("X46", b"[NaN, Infinity]", "application/json", "[nan, inf]"),
            ("X47", b"[" * 200_000, "application/json", 400),
            ("X47", b'{"a":' * 200_000, "application/json", 400),
            ("X48", b"1" * 100_000, "application/json", 400),
            ("X48", b"[-" + b"1" * 100_000 + b"]", "application/json", 400),
            ("X48 as many as are read", b"1" * 4300, "application/json", "1" * 4300),
            ("X49", b'{"a": 1, "a": 2}', "application/json", "{'a': 2}"),
        ):
            with self.subTest(case, body=body[:20]):
                answer = self.ask("/", body, content_type)
                self.assertNotIn(b"secret", answer[2])
                self.assertEqual(self.app.json.loads(answer[2]) if answer[0] == 200 else answer[0], expected)

    def test_a_lone_surrogate_comes_back_as_valid_text(self):
        """X50."""
        self.app.post("/")(lambda: jsonify(request.get_json()))
        self.assertEqual(self.ask("/", b'["\\ud800"]', "application/json")[::2], (200, b'["\\ud800"]\n'))

    def test_strict_json_refuses_what_is_no_number(self):
        """X46: the option is a provider that refuses constants."""
        loads = self.app.json.loads

        def refuse(name):
            raise ValueError(f"{name} is no JSON.")

        self.app.json.loads = lambda text, **options: loads(text, parse_constant=refuse, **options)
        self.app.post("/")(lambda: jsonify(request.get_json()))
        self.assertEqual(self.ask("/", b"[NaN]", "application/json")[0], 400)
        self.assertEqual(self.ask("/", b"[1]", "application/json")[0], 200)


class Cookies(Cases):
    def test_a_cookie_header_gives_its_cookies(self):
        self.app.get("/")(lambda: request.cookies.to_dict(flat=False))
        for case, header, expected in (
            ("X60", "a=1; b=2", {"a": ["1"], "b": ["2"]}),
            ("X61", "=v; a=1", {"a": ["1"]}),
            ("X62", "abc; a=1", {"abc": [""], "a": ["1"]}),
            ("X63", 'a="x\\054y\\"z"', {"a": ['x,y"z']}),
            ("X64", 'a="' + "\\" * 60_000 + '"', {"a": ["\\" * 30_000]}),
            ("X65", 'a="x; b=2', {"a": ['"x'], "b": ["2"]}),
            ("X66", "a=\xc3\xa9", {"a": ["\u00e9"]}),
            ("X67", "a=x\x01y; b=2", {"a": ["x\x01y"], "b": ["2"]}),
            ("X68", "; ".join(f"a{n}=1" for n in range(5000)), {f"a{n}": ["1"] for n in range(1000)}),
            ("X69", "a=1; a=2", {"a": ["1", "2"]}),
        ):
            with self.subTest(case):
                self.assertEqual(self.json("/", cookie=header), expected)

    def test_a_session_cookie_that_was_not_signed_here_is_an_empty_session(self):
        @self.app.get("/")
        def index():
            return dict(session)

        @self.app.get("/set")
        def store():
            session["a"] = 1
            return ""

        good = fields(self.ask("/set"), "Set-Cookie")[0].partition(";")[0]
        self.assertEqual(self.json("/", cookie=good), {"a": 1})
        for case, cookie in (
            ("X70", "session=garbage"), ("X70", "session=" + "." * 99), ("X71", good[:-3] + "AAA"),
            ("X71", good.replace("=", "=A", 1)), ("X72", "session=.eJyrVkpUsjKsBQANIAKy.x.y"),
            ("X73", "session=" + "A" * 65_000), ("X73", "session=" + "A" * 2**16),
        ):
            with self.subTest(case, cookie=cookie[:30]):
                self.assertEqual(self.json("/", cookie=cookie), {})

    def test_a_session_that_browsers_would_ignore_is_sent_with_a_warning(self):
        """X74, and the option that raises: the warning as an error."""
        @self.app.get("/")
        def index():
            session["a"] = os.urandom(4000).hex()
            return ""

        with self.assertWarns(UserWarning):
            self.assertEqual(len(fields(self.ask("/"), "Set-Cookie")), 1)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with self.assertRaises(UserWarning):
                self.app.testing = True
                self.ask("/")

    def test_any_look_at_the_session_makes_the_answer_vary_with_the_cookie(self):
        for case, look, vary in (
            ("X75", lambda: "a" in session, ["Cookie"]), ("X76", lambda: len(session), ["Cookie"]),
            ("X77", lambda: bool(session), ["Cookie"]), ("X77", lambda: list(session), ["Cookie"]),
            ("X78", lambda: None, []),
        ):
            with self.subTest(case):
                self.setUp()
                self.app.get("/")(lambda: str(look()))
                self.assertEqual(fields(self.ask("/"), "Vary"), vary)


class Headers(Cases):
    def test_what_would_break_a_header_is_refused(self):
        """X80 X81 X82 X89: the view fails, and nothing that it gave is in the answer."""
        for case, view in (
            ("X80", lambda: ("", 200, {"X-A": "a\r\nEvil: 1"})),
            ("X80", lambda: ("", 200, {"X-A\r\nEvil": "1"})),
            ("X81", lambda: ("", 200, {"X-A": "a\0Evil"})),
            ("X82", lambda: redirect("/a\r\nEvil: 1")),
            ("X89", lambda: with_cookie("a b", "Evil")),
            ("X89", lambda: with_cookie("a=b", "Evil")),
            ("X88", lambda: with_cookie("a", "Evil", samesite="Lax; Domain=evil")),
            ("X88", lambda: with_cookie("a", "Evil", domain="a; Path=/evil")),
        ):
            with self.subTest(case):
                self.setUp()
                self.app.get("/")(view)
                answer = self.ask("/")
                self.assertEqual((answer[0], "Evil" in repr(answer)), (500, False))

    def test_cookie_values_and_paths_are_escaped(self):
        self.app.get("/X87", endpoint="X87")(lambda: with_cookie("a", "x\r\ny;z"))
        self.app.get("/X88", endpoint="X88")(lambda: with_cookie("a", "x", path="/; Domain=evil"))
        self.assertEqual(fields(self.ask("/X87"), "Set-Cookie"), ['a="x\\015\\012y\\073z"; Path=/'])
        self.assertEqual(fields(self.ask("/X88"), "Set-Cookie"), ["a=x; Path=/%3B%20Domain=evil"])

    def test_a_redirect_goes_where_it_was_told(self):
        for case, given, location in (
            ("X83", "//evil.example", "//evil.example"), ("X84", "/\u00e9?\u00fc=\u00df", "/%C3%A9?%C3%BC=%C3%9F"),
        ):
            with self.subTest(case):
                self.setUp()
                self.app.get("/")(lambda: redirect(given))
                answer = self.ask("/")
                self.assertEqual((answer[0], fields(answer, "Location")), (302, [location]))

    def test_a_missing_slash_leads_to_the_own_host_with_the_query(self):
        self.app.get("/slash/")(lambda: "")
        for case, target, answers in (
            ("X85", "/slash", [(308, "http://localhost/slash/")]),
            ("X85", "//slash", [(308, "http://localhost/slash/"), (308, "http://localhost/slash"), (404, None)]),
            ("X85", "//evil.example/slash", [(404, None)]),
            ("X85", "/%5cevil.example/", [(404, None)]),
            ("X86", "/slash?a=%26b", [(308, "http://localhost/slash/?a=%26b")]),
        ):
            with self.subTest(case, target=target):
                answer = self.ask(target)
                self.assertIn((answer[0], next(iter(fields(answer, "Location")), None)), answers)


def with_cookie(*args, **kwargs):
    response = make_response("")
    response.set_cookie(*args, **kwargs)
    return response


class Routes(Cases):
    def setUp(self):
        super().setUp()
        self.app.get("/int/<int:n>")(lambda n: str(n))
        self.app.get("/float/<float:f>", endpoint="f")(lambda f: str(f))
        self.app.get("/string/<s>", endpoint="s")(lambda s: s)
        self.app.get("/path/<path:p>", endpoint="p")(lambda p: p)

    def test_a_value_is_taken_or_not_found(self):
        for case, target, expected in (
            ("X90", "/int/" + "1" * 5000, 404), ("X90", "/int/" + "1" * 101, 404),
            ("X90 as many as match", "/int/" + "1" * 100, "1" * 100),
            ("X91", "/int/%D9%A1", 404), ("X91", "/int/%EF%BC%91", 404),
            ("X92", "/int/+1", 404), ("X92", "/int/-1", 404), ("X92", "/int/1_0", 404), ("X92", "/int/%201", 404),
            ("X93", "/float/1e5", 404), ("X93", "/float/nan", 404), ("X93", "/float/inf", 404),
            ("X93", "/float/1.5", "1.5"), ("X93", "/float/1", 404),
            ("X94", "/string/a%2Fb", 404), ("X94", "/string/a", "a"),
            ("X95 no newline, as its docstring says", "/path/a%0Ab", 404), ("X95", "/path/a/b", "a/b"),
            ("X96", "/string/%FF", "\ufffd"),
        ):
            with self.subTest(case, target=target[:40]):
                status, _, body = self.ask(target)
                self.assertEqual(body.decode() if status == 200 else status, expected)

    def test_a_method_that_no_rule_has_is_answered_with_those_there_are(self):
        """X97."""
        for method in ("BREW", "POST", "X" * 999):
            with self.subTest(method[:9]):
                answer = self.ask("/string/a", method=method)
                self.assertEqual(answer[0], 405)
                self.assertEqual({*fields(answer, "Allow")[0].split(", ")}, {"GET", "HEAD", "OPTIONS"})

    def test_a_host_that_is_not_trusted_is_refused(self):
        """X98; without a list of trusted hosts, X99: one of bad characters is empty."""
        self.app.get("/host", endpoint="host")(lambda: f"<{request.host}>")
        for host in ("a b", "a@b", "a/b", "a?b", "a\\b", "a%0ab", "[::1", "a:b:c", "a\0b", "\xff"):
            with self.subTest("X99", host=host):
                status, _, body = self.ask("/host", host=host)
                self.assertTrue(status == 400 or body == b"<>", (status, body))
        self.app.config["TRUSTED_HOSTS"] = ["good.example"]
        for host, status in (("evil.example", 400), ("good.example.evil", 400), ("good.example", 200)):
            with self.subTest("X98", host=host):
                self.assertEqual(self.ask("/host", host=host)[0], status)


class Files(Cases):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "static" / "dir").mkdir(parents=True)
        (self.root / "static-too").mkdir()
        (self.root / "static-too" / "a.txt").write_bytes(b"other")
        (self.root / "secret.txt").write_bytes(b"secret")
        (self.root / "static" / "a.txt").write_bytes(b"0123456789" * 10)
        self.app = Flask("tests.sample", static_folder=str(self.root / "static"))

    def test_nothing_but_the_files_of_the_folder_is_served(self):
        for case, name in (
            ("Y01", "../secret.txt"), ("Y01", "dir/../../secret.txt"), ("Y02", "%2e%2e/secret.txt"),
            ("Y03", "..%2fsecret.txt"), ("Y04", "//etc/passwd"), ("Y05", "%2fetc/passwd"),
            ("Y06", "..%5csecret.txt"), ("Y06", "dir%5c..%5ca.txt"), ("Y07", "a.txt%00"), ("Y07", "%00"),
            ("Y08", "."), ("Y08", "./"), ("Y09", "dir"), ("Y09", "dir/"), ("Y10", "a.txt/"), ("Y12", "a" * 5000),
            ("Y13", "%ff%fe.txt"), ("Y14", "CON"), ("Y14", "dir/nul.txt"), ("Y14", "aux.txt."), ("Y14", "com1 .a"),
            ("Y15", "../static-too/a.txt"), ("Y15", "..%2fstatic-too/a.txt"),
        ):
            with self.subTest(case, name=name[:40]):
                answer = self.ask(f"/static/{name}")
                if answer[0] == 308:  # slashes were merged: still on this host, and no file there either
                    location = fields(answer, "Location")[0]
                    self.assertTrue(location.startswith("http://localhost/static/"), location)
                    answer = self.ask(location[len("http://localhost"):])
                self.assertEqual((answer[0], b"secret" in answer[2]), (404, False))

    def test_links_out_of_the_folder_follow_the_setting(self):
        """Y11: STATIC_FOLLOW_SYMLINKS, on unless it is turned off."""
        try:
            (self.root / "static" / "link.txt").symlink_to(self.root / "secret.txt")
            (self.root / "static" / "within.txt").symlink_to(self.root / "static" / "a.txt")
        except OSError:
            self.skipTest("links cannot be made here")
        self.assertEqual(self.ask("/static/link.txt")[2], b"secret")
        self.app.config["STATIC_FOLLOW_SYMLINKS"] = False
        self.assertEqual(self.ask("/static/link.txt")[0], 404)
        self.assertEqual(self.ask("/static/within.txt")[0], 200)

    def test_a_range_is_sent_or_refused_or_ignored(self):
        whole = (200, 100, None)
        none = (416, None, "bytes */100")
        for case, header, *allowed in (
            ("Y20", "bytes=0-9", (206, 10, "bytes 0-9/100")), ("Y21", "bytes=-10", (206, 10, "bytes 90-99/100")),
            ("Y22", "bytes=90-", (206, 10, "bytes 90-99/100")), ("Y23", "bytes=200-", none),
            ("Y24", "bytes=9-0", whole, none), ("Y25", "bytes=-0", none), ("Y26", "bytes=0-0,5-5", whole),
            ("Y27", "bytes=" + "0-," * 6, whole), ("Y27", "bytes=" + "0-," * 20_000, whole),
            ("Y28", "bytes=a-b", whole),
            ("Y29", "items=0-9", whole), ("Y30", "bytes=0-9999999999999999", (206, 100, "bytes 0-99/100")),
            ("Y31", "bytes=+1-5", whole), ("Y32", "bytes=\u0661-".encode().decode("latin-1"), whole),
        ):
            with self.subTest(case, header=header[:30]):
                answer = self.ask("/static/a.txt", range=header)
                found = answer[0], len(answer[2]), next(iter(fields(answer, "Content-Range")), None)
                self.assertIn(found if found[0] != 416 else (416, None, found[2]), allowed)

    def test_conditions_that_are_none_change_nothing(self):
        for case, headers in (
            ("Y40", {"if_none_match": 'W/"",' * 20_480}), ("Y41", {"if_modified_since": "garbage"}),
            ("Y41", {"if_modified_since": "Mon, 01 Jan 99999 00:00:00 GMT"}), ("Y41", {"if_modified_since": "-1"}),
            ("Y42", {"accept": "," * 61_440}), ("Y43", {"authorization": "Basic \xff"}),
        ):
            with self.subTest(case, headers=str(headers)[:60]):
                self.assertEqual(self.ask("/static/a.txt", **headers)[0], 200)

    def test_fields_that_make_no_sense_read_as_nothing(self):
        """Y42 Y43: the objects that a view asks."""
        self.app.get("/see")(lambda: [request.authorization is None, request.accept_mimetypes.best])
        for case, headers in (
            ("Y42", {"accept": "," * 61_440}), ("Y43", {"authorization": "Basic not base64"}),
            ("Y43", {"authorization": "Basic /////w=="}), ("Y43", {"authorization": "Basic YQ="}),
            ("Y43", {"authorization": "Basic \xff"}),
        ):
            with self.subTest(case):
                self.assertEqual(self.json("/see", **headers), [True, None])


class Failures(Cases):
    """What goes wrong in an application: an answer is made, the teardown runs, the log has the error."""

    def setUp(self):
        super().setUp()
        self.torn_down = []
        self.app.logger.disabled = False
        self.app.teardown_request(self.torn_down.append)
        self.app.get("/fails", endpoint="fails")(lambda: 1 / 0)
        self.app.get("/works", endpoint="works")(lambda: "fine")

    def failing(self, *args):
        raise LookupError("broken")

    def logged(self, target, expected):
        """Ask, compare status and body with what is expected, and return what the log tells."""
        with self.assertLogs(self.app.logger, "ERROR") as log:
            status, _, body = self.ask(target)
        self.assertEqual((status, body if status == 200 else b""), expected)
        return "\n".join(log.output)

    def test_an_after_request_function_that_fails(self):
        """Zafter."""
        self.app.after_request(self.failing)
        self.assertIn("LookupError: broken", self.logged("/works", (500, b"")))
        self.assertEqual(len(self.torn_down), 1)

    def test_a_teardown_function_that_fails_changes_nothing(self):
        """Zteardown: every other one runs, and the error is logged."""
        self.app.teardown_request(self.failing)
        self.app.teardown_appcontext(self.torn_down.append)
        self.app.teardown_appcontext(self.failing)
        self.assertIn("LookupError: broken", self.logged("/works", (200, b"fine")))
        self.assertEqual(len(self.torn_down), 2)

    def test_where_errors_propagate_one_of_a_teardown_function_does_too(self):
        """Zteardown: in tests and in debug mode nobody reads the log first."""
        self.app.testing = True
        self.app.teardown_request(self.failing)
        with self.assertRaises(LookupError):
            self.ask("/works")
        self.assertEqual(len(self.torn_down), 1)

    def test_an_error_handler_that_fails_leaves_the_plain_answer(self):
        """Zhandler: of 500 as of the error itself; also one that returns nothing."""
        for code, handler, told in (
            (500, self.failing, "LookupError"), (ZeroDivisionError, self.failing, "LookupError"),
            (500, lambda error: None, "TypeError"),
        ):
            with self.subTest(code=code, told=told):
                self.setUp()
                self.app.register_error_handler(code, handler)
                self.assertIn(told, self.logged("/fails", (500, b"")))
                self.assertEqual(len(self.torn_down), 1)

    def test_what_is_no_response_is_an_error_that_names_the_endpoint(self):
        """Znone Zbig."""
        for name, value in (("nothing", None), ("number", 7), ("long", ("", 200, {}, ""))):
            with self.subTest(name):
                self.setUp()
                self.app.add_url_rule(f"/{name}", name, lambda value=value: value)
                self.assertIn(f"'{name}'", self.logged(f"/{name}", (500, b"")))

    def test_an_exit_is_left_to_the_server(self):
        """Zsysexit: it goes on as Flask lets it; the server answers 500 and keeps running."""
        self.app.get("/exit", endpoint="exit")(lambda: sys.exit(3))
        with self.assertRaises(SystemExit):
            self.ask("/exit")
        self.assertEqual((len(self.torn_down), self.ask("/works")[0]), (1, 200))
