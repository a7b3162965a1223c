"""What went wrong elsewhere must not go wrong here: rows of the list of known faults, asked of a whole application.

Each test names its rows (S58 is row 58). Those of the server, of templates and of files have their tests with
these; here is what a request and an answer can do.
"""

from __future__ import annotations

import ast
import functools
import logging
import os
import pathlib
import tempfile

import minflask
from minflask import Flask, Request, abort, jsonify, make_response, request, session
from minflask.http.codec import parse_options_header
from minflask.http.cookies import parse_cookie
from minflask.http.forms import default_stream_factory
from minflask.http.middleware.proxy_fix import ProxyFix
from minflask.http.multipart import MAX_HEADER_LINE, MAX_PART_HEADERS, LimitExceeded, MultipartParser
from minflask.http.urls import host_to_ascii, parse_query, unquote
from minflask.json.text import MOST_DIGITS, _bounded_int
from minflask.routing import Map, Rule
from minflask.signing import Signer
from tests.test_cases_framework import END, FORM, MULTIPART, Cases, fields, part, show_form, upload

SOURCES = {path: path.read_text("utf-8") for path in pathlib.Path(minflask.__file__).parent.rglob("*.py")}


@functools.lru_cache(maxsize=None)
def imports():
    """Return (file, module) for each absolute import of the package."""
    return list(_imports())


def _imports():
    for path, text in SOURCES.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield from ((path, f"{node.module}.{alias.name}") for alias in node.names)


class Forms(Cases):
    def setUp(self):
        super().setUp()
        self.app.post("/")(show_form)

    def test_what_is_too_much_is_a_413_and_what_is_not_is_read(self):
        field, large = part(b"v"), part(b"v" * 400_000)
        for rows, body, content_type, expected in (
            ("S58 S75 parts", field * 1001 + END, MULTIPART, 413),
            ("S58 files", part(b"v", 'name="f"; filename="f"') * 1001 + END, MULTIPART, 413),
            ("S58 as many as allowed", field * 1000 + END, MULTIPART, 200),
            ("S58 a megabyte of small parts", part(b"") * 20_000 + END, MULTIPART, 413),
            ("S61 S75 one field", part(b"v" * 500_001) + END, MULTIPART, 413),
            ("S61 S75 as large as allowed", part(b"v" * 500_000) + END, MULTIPART, 200),
            ("S61 S77 fields together", large * 3 + END, MULTIPART, 413),
            ("S77 a file between them", large + upload(b"v")[:-len(END)] + large + large + END, MULTIPART, 413),
            ("S61 S77 as large together as allowed", large * 2 + END, MULTIPART, 200),
            ("S69 fields of a head", part(b"v", head="X: y\r\n" * MAX_PART_HEADERS) + END, MULTIPART, 413),
            ("S69 as many as allowed", part(b"v", head="X: y\r\n" * (MAX_PART_HEADERS - 1)) + END, MULTIPART, 200),
            ("S69 a line of a head", part(b"v", head=f"X: {'y' * MAX_HEADER_LINE}\r\n") + END, MULTIPART, 413),
            ("S68 text before it", b"p" * 70_000 + b"\r\n" + field + END, MULTIPART, 400),
            ("S68 text behind it", field + END + b"p" * 2**20, MULTIPART, 200),
            ("S70 fields", b"a&" * 100_000, FORM, 413),
            ("S70 semicolons", b"a;" * 100_000, FORM, 200),
        ):
            with self.subTest(rows):
                self.assertEqual(self.ask("/", body, content_type)[0], expected)

    def test_only_ampersands_separate(self):
        """S70 S71: in forms and in queries, so that a cache in front sees the same fields."""
        self.assertEqual(self.json("/", b"a=1;b=2&c=3", FORM)["form"], {"a": ["1;b=2"], "c": ["3"]})
        self.assertEqual(parse_query("a=1;b=2&c=3"), [("a", "1;b=2"), ("c", "3")])

    def test_the_limits_hold_while_the_bytes_arrive(self):
        """S60 S77: the piece that is too much raises, and not the end of the body."""
        parser = MultipartParser(b"x", max_field=10, max_memory=15)
        list(parser.feed(part(b"v" * 10)))
        list(parser.feed(part(b"")[:-2] + b"v" * 5))
        with self.assertRaises(LimitExceeded):
            list(parser.feed(b"v" * 10))

    def test_a_large_upload_is_on_disk(self):
        """S62 S183: a file without a name, in a folder of the user's own choice."""
        with default_stream_factory(None, None, None) as stream:
            self.assertIsInstance(stream, tempfile.SpooledTemporaryFile)
            stream.write(b"v" * 600_000)
            self.assertTrue(stream._rolled)
            self.assertIsInstance(stream.name, (int, type(None)) if os.name == "posix" else str)

    def test_no_temporary_file_is_made_by_its_name(self):
        """S183."""
        made = {name.rpartition(".")[2] for _, name in imports() if name.startswith("tempfile")}
        called = {word for text in SOURCES.values() for word in ("mktemp(", "gettempdir() +") if word in text}
        nameless = {"SpooledTemporaryFile", "TemporaryFile", "TemporaryDirectory", "tempfile"}
        self.assertEqual((made - nameless, called), (set(), set()))

    def test_any_cut_gives_the_same_form(self):
        """S63: also between CR and LF, and inside the boundary."""
        body = upload(b"a\r\nb\r\n--\r\n")
        whole = b"a\r\nb\r\n--\r\n"
        for cut in range(len(body)):
            parser = MultipartParser(b"x")
            events = [*parser.feed(body[:cut]), *parser.feed(body[cut:])]
            self.assertEqual(b"".join(event for event in events if isinstance(event, bytes)), whole)

    def test_a_boundary_is_no_pattern(self):
        """S64."""
        for boundary in ("(a+)+$", "a.c", "[", "a|b", "*"):
            body = (part(b"abc") + END).replace(b"--x", b"--" + boundary.encode())
            with self.subTest(boundary):
                self.assertEqual(self.json("/", body, f'multipart/form-data; boundary="{boundary}"')["form"],
                                 {"a": ["abc"]})

    def test_options_without_an_end_are_read_in_one_pass(self):
        """S65 S66: of 256 KB, which no pattern with two ways to match would survive."""
        for text in ('a; b="' + "\\" * 2**18, 'a; b="' + '\\"' * 2**17, "a" + ";" * 2**18, "a; b*0=" * 2**15):
            with self.subTest(text[:12]):
                self.assertEqual(parse_options_header(text)[0], "a")

    def test_what_is_wrong_with_a_body_is_not_logged_once_per_part(self):
        """S78."""
        self.assertEqual(silent(lambda: self.ask("/", b"--x\r\nbad\r\n\r\n" * 1000 + END, MULTIPART)), [])

    def test_files_that_take_a_handle_each_are_counted(self):
        """S80: as text is, by its bytes."""
        from minflask.http import forms

        old, forms.SPOOL_SIZE = forms.SPOOL_SIZE, 10
        self.addCleanup(setattr, forms, "SPOOL_SIZE", old)
        one = part(b"v" * 11, 'name="f"; filename="f"')
        self.assertEqual(self.ask("/", one * forms.MAX_LARGE_FILES + END, MULTIPART)[0], 200)
        self.assertEqual(self.ask("/", one * (forms.MAX_LARGE_FILES + 1) + END, MULTIPART)[0], 413)

    def test_bodies_of_several_programs_are_read_alike(self):
        """S82: with other line ends, quotes, blanks, and text around the parts."""
        for body in (part(b"v") + END, (part(b"v") + END).replace(b"\r\n", b"\n"), b"\r\n" + part(b"v") + END,
                     b"This is MIME.\r\n" + part(b"v") + END + b"bye", part(b"v", "name=a") + END,
                     (part(b"v") + END).replace(b"--x\r\n", b"--x \t\r\n").replace(b": ", b":")):
            with self.subTest(body):
                self.assertEqual(self.json("/", body, MULTIPART)["form"], {"a": ["v"]})


def silent(call):
    """Call a function and return what it logged."""
    class Collect(logging.Handler):
        def emit(self, record):
            found.append(record.getMessage())

    found, root, handler = [], logging.getLogger(), Collect()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        call()
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    return found


class CookiesAndSessions(Cases):
    def test_odd_cookies_are_left_out_in_one_pass_and_without_a_word(self):
        """S90 S92 S97."""
        header = "; ".join(['a="' + "\\" * 20_000 + '"', "=x", "\x01=\x02", "[]=1", "b=2"] * 2)
        self.assertEqual(silent(lambda: parse_cookie(header)), [])
        self.assertEqual((parse_cookie(header)["b"], parse_cookie(header)["a"]), ("2", "\\" * 10_000))

    def test_nothing_is_pickled_and_no_fragile_parser_is_imported(self):
        """S92 S99 S115 S182: neither sessions nor caches; templates keep code, by marshal, in a folder of their own."""
        unsafe = ("pickle", "shelve", "http.cookies", "http.server", "email", "cgi", "wsgiref")
        found = [(path.name, name) for path, name in imports()
                 if any(name == one or name.startswith(one + ".") for one in unsafe) and "learn" not in path.parts]
        self.assertEqual(found, [])
        self.assertFalse(self.app.session_interface.pickle_based)

    def test_a_session_is_json(self):
        """S99: what JSON cannot hold is refused, whoever knows the key."""
        @self.app.get("/")
        def index():
            session["a"] = object()
            return ""

        self.assertEqual(self.ask("/")[0], 500)

    def test_a_session_has_no_name_that_could_be_a_path(self):
        """S100: the cookie is the session, and one that was made up is none."""
        self.app.get("/")(lambda: dict(session))
        for name in ("../../x", "..%2f..%2fx", "/etc/passwd", "con"):
            with self.subTest(name):
                self.assertEqual(self.json("/", cookie=f"session={name}"), {})

    def test_two_cookie_lines_are_joined_as_one_list(self):
        """S101: by the semicolons of RFC 9113, 8.2.3; a comma would be part of a value."""
        from minflask.server.http1 import _joined as join

        self.assertEqual(parse_cookie(join("HTTP_COOKIE", "a=1", "b=2")).to_dict(), {"a": "1", "b": "2"})

    def test_a_signature_says_where_the_value_ends(self):
        """S112: moving bytes between the salt, the value and the name breaks it."""
        signed = Signer("key", salt="a").sign("bc").decode()
        value, _, signature = signed.rpartition(".")
        for salt, moved in (("ab", "c"), ("", "abc"), ("a", "b"), ("abc", "")):
            with self.subTest(salt=salt, value=moved):
                self.assertFalse(Signer("key", salt=salt).validate(f"{moved}.{signature}"))
        self.assertTrue(Signer("key", salt="a").validate(f"{value}.{signature}"))


class Addresses(Cases):
    def test_a_redirect_of_slashes_quotes_once_and_ends(self):
        """S120: whatever run of slashes, the next address is the last."""
        self.app.get("/a/<path:p>/")(lambda p: p)
        for target, location in (
            ("/a//b%2520c/", "/a/b%2520c/"), ("/a///b/", "/a/b/"), ("/a/b%20c", "/a/b%20c/"),
            ("//a////b%25/", "/a/b%25/"),
        ):
            with self.subTest(target):
                answer = self.ask(target)
                self.assertEqual((answer[0], fields(answer, "Location")), (308, ["http://localhost" + location]))
                self.assertEqual(self.ask(location)[0], 200)

    def test_a_rule_that_is_none_is_an_error_at_once(self):
        """S122."""
        for text in ("/<", "/<a", "/<a:>", "/<int:a", "/<a(:b>", "/<a>/<a>", "/" + "<" * 50_000, "/<a(" * 9999):
            with self.subTest(text[:20]), self.assertRaises((ValueError, LookupError)):
                Map([Rule(text, endpoint="x")])

    def test_numbers_have_an_end(self):
        """S123."""
        self.app.get("/<int:n>")(lambda n: str(n))
        self.assertEqual([self.ask("/" + "1" * n)[0] for n in (100, 101, 5000)], [200, 404, 404])

    def test_bytes_that_are_no_text_are_decoded_once(self):
        """S125."""
        self.assertEqual(unquote("%25%32%35FF" * 1000), "%25FF" * 1000)
        self.app.get("/<path:p>")(lambda p: p)
        self.assertEqual(self.ask("/" + "%FF" * 5000)[::2], (200, ("\ufffd" * 5000).encode()))

    def test_where_a_redirect_leads_is_not_decided_by_urlsplit(self):
        """S126: it drops newlines and tabs, and is kept to clients, whose addresses are the test's own."""
        users = {path.name for path, name in imports() if name in ("urllib.parse.urlsplit", "urllib.parse.urlparse")}
        self.assertLessEqual(users, {"client.py", "lint.py", "http_proxy.py", "builder.py", "testing.py", "wasm.py"})

    def test_a_long_host_does_not_reach_the_slow_codec(self):
        """S127: as text it stays, and the client's own is never decoded."""
        host = "\u0661" * 10_000
        self.assertEqual(host_to_ascii(host), "%D9%A1" * 10_000)
        self.app.get("/")(lambda: request.host)
        self.assertIn(self.ask("/", host=host.encode().decode("latin-1"))[0], (200, 400))

    def test_an_error_page_does_not_repeat_the_request(self):
        """S128: neither the path nor the query, the method, the host or a field."""
        self.app.get("/only-get")(lambda: "")
        for target, method in (("/evil?evil", "GET"), ("/%3Cevil%3E", "EVIL"), ("/only-get?evil", "EVIL")):
            with self.subTest(target=target, method=method):
                answer = self.ask(target, method=method, user_agent="evil", referer="evil")
                self.assertNotIn(b"evil", answer[2].lower())

    def test_the_path_that_was_matched_is_the_one_that_policies_see(self):
        """S152: an address with other slashes is redirected before any hook could take it for another place."""
        seen = []
        self.app.before_request(lambda: seen.append(request.path) if request.endpoint else None)
        self.app.get("/api/x")(lambda: "")
        for target in ("/api//x", "//api/x", "/%61pi/x"):
            status, headers, _ = self.ask(target)
            with self.subTest(target):
                self.assertIn(status, (200, 308))
        self.assertEqual(set(seen), {"/api/x"})


class Proxies(Cases):
    def test_what_a_client_says_of_itself_is_not_believed(self):
        """S134 S135: not without ProxyFix, and with it no more values than there are proxies."""
        sent = {"x_forwarded_for": "6.6.6.6, 10.0.0.1", "x_forwarded_proto": "https", "x_forwarded_host": "evil"}
        self.app.get("/")(lambda: [request.remote_addr, request.scheme, request.host])
        peer = {"REMOTE_ADDR": "10.0.0.9"}
        self.assertEqual(self.json("/", environ=peer, **sent), ["10.0.0.9", "http", "localhost"])
        self.app.wsgi_app = ProxyFix(self.app.wsgi_app, x_for=1, x_proto=0)
        self.assertEqual(self.json("/", environ=peer, **sent), ["10.0.0.1", "http", "localhost"])

    def test_fields_that_contradict_each_other_do_not_mix(self):
        """S136: one field is believed, the others are never read; what is no scheme is ignored."""
        self.app.get("/")(lambda: [request.scheme])
        self.app.wsgi_app = ProxyFix(self.app.wsgi_app)
        for sent, scheme in (
            ({"x_forwarded_proto": "http", "x_forwarded_ssl": "on", "x_forwarded_protocol": "ssl"}, "http"),
            ({"x_forwarded_proto": "https, http"}, "http"), ({"x_forwarded_proto": "https, a b"}, "http"),
            ({"x_forwarded_ssl": "on", "front_end_https": "on", "forwarded": "proto=https"}, "http"),
            ({"x_forwarded_proto": "https"}, "https"),
        ):
            with self.subTest(sent):
                self.assertEqual(self.json("/", **sent), [scheme])

    def test_the_debugger_answers_to_the_names_of_this_machine_only(self):
        """S133: a name of another network that leads here is not one of them."""
        from minflask.server.debugger import LOCAL_HOST

        for host, local in (("localhost", True), ("localhost:5000", True), ("127.0.0.1:5000", True), ("[::1]:1", True),
                            ("app.localhost", True), ("evil.example", False), ("localhost.evil.example", False),
                            ("127.0.0.1.evil.example", False), ("evillocalhost", False), ("localhost\n", False)):
            with self.subTest(host):
                self.assertEqual(LOCAL_HOST.fullmatch(host) is not None, local)


class JsonAndAnswers(Cases):
    def test_only_the_encodings_of_unicode_are_read(self):
        """S174: whatever charset the content type names."""
        self.app.post("/")(lambda: jsonify(request.get_json()))
        for encoding, seen in (("utf-8", "\u00e9"), ("utf-16-le", "\u00e9"), ("utf-32", "\u00e9"), ("utf-7", "+AOk"),
                               ("cp037", 400), ("latin-1", 400)):
            with self.subTest(encoding):
                found = self.json("/", '["\u00e9"]'.encode(encoding), f"application/json; charset={encoding}")
                self.assertEqual(found if found == 400 else found[0], seen)

    def test_documents_that_would_cost_too_much_are_refused(self):
        """S175 S176: depth, and digits, also of numbers inside, on every Python."""
        self.app.post("/")(lambda: jsonify(len(str(request.get_json()))))
        for body in (b"[" * 200_000, b"[" * 200_000 + b"]" * 200_000, b'{"a":' * 99_999, b"1" * 100_000,
                     b'{"a": [-' + b"9" * 100_000 + b"]}"):
            with self.subTest(body[:9]):
                self.assertEqual(self.ask("/", body, "application/json")[0], 400)

    def test_digits_are_counted_where_python_does_not(self):
        """S176: before 3.10.7."""
        self.assertEqual(_bounded_int("-" + "9" * (MOST_DIGITS - 1)), int("-" + "9" * (MOST_DIGITS - 1)))
        with self.assertRaises(ValueError):
            _bounded_int("9" * 100_000)

    def test_no_answer_has_what_is_no_json(self):
        """S177: neither NaN nor an infinity is ever sent; both are read, unless a provider refuses them."""
        for value in (float("nan"), float("inf"), -float("inf")):
            with self.subTest(value):
                self.setUp()
                self.app.get("/")(lambda: jsonify([value]))
                self.assertEqual(self.ask("/")[0], 500)

    def test_nothing_is_taken_for_another_type_than_it_has(self):
        """S178: lists too have the type of JSON, and no browser guesses what an error page is."""
        self.app.get("/")(lambda: ["</script>"])
        self.app.get("/fails", endpoint="fails")(lambda: 1 / 0)
        self.app.get("/aborts", endpoint="aborts")(lambda: abort(401))
        self.assertEqual(fields(self.ask("/"), "Content-Type"), ["application/json"])
        for target, method, status in (("/no", "GET", 404), ("/", "BREW", 405), ("/fails", "GET", 500),
                                       ("/aborts", "GET", 401), ("/aborts", "HEAD", 401)):
            with self.subTest(status, method=method):
                answer = self.ask(target, method=method)
                self.assertEqual((answer[0], fields(answer, "X-Content-Type-Options")), (status, ["nosniff"]))
                self.assertEqual(len(fields(answer, "Content-Length")), 1)

    def test_what_would_end_a_header_is_refused_when_it_is_set(self):
        """S179 S180 S181: CR, LF and NUL, in every place that gets into the head."""
        response = make_headers()
        for bad in ("a\r\nX: y", "a\nX", "a\rX", "a\0b"):
            for put in (
                lambda: response.headers.set("X-A", bad), lambda: response.headers.add("X-A", bad),
                lambda: response.headers.__setitem__("X-A", bad), lambda: response.headers.extend({"X-A": [bad]}),
                lambda: response.headers.setdefault("X-New", bad), lambda: setattr(response, "status", f"200 {bad}"),
                lambda: setattr(response, "location", bad), lambda: setattr(response, "content_type", bad),
                lambda: response.headers.add("Content-Disposition", "attachment", filename=bad),
            ):
                with self.subTest(bad, line=put.__code__.co_firstlineno):
                    try:
                        put()
                    except ValueError:
                        continue
                    self.assertFalse([1 for part in (response.status, *map(str, response.headers.values()))
                                      if {"\r", "\n", "\0"} & set(part)])


def make_headers():
    with Flask("tests.sample").app_context():
        return make_response("")


class Requests(Cases):
    def test_a_request_is_one_of_the_base_class_and_more(self):
        """B13 B271: the attributes of HTTP, and those of the application."""
        from minflask.blueprints import Blueprint
        from minflask.http.request import Request as Base

        self.assertTrue(issubclass(Request, Base))
        outer, inner = Blueprint("outer", "tests"), Blueprint("inner", "tests")
        inner.get("/in")(lambda: "")
        outer.get("/out")(lambda: "")
        outer.register_blueprint(inner)
        self.app.register_blueprint(outer)
        self.app.get("/<int:n>", endpoint="here")(lambda n: "")
        for path, endpoint, blueprint, blueprints, args in (
            ("/7", "here", None, [], {"n": 7}), ("/none", None, None, [], None),
            ("/out", "outer.<lambda>", "outer", ["outer"], {}),
            ("/in", "outer.inner.<lambda>", "outer.inner", ["outer.inner", "outer"], {}),
        ):
            with self.subTest(path), self.app.test_request_context(f"{path}?q=1"):
                self.assertEqual((request.endpoint, request.blueprint, request.blueprints, request.view_args),
                                 (endpoint, blueprint, blueprints, args))
                self.assertEqual((request.args["q"], request.method, request.full_path), ("1", "GET", f"{path}?q=1"))
                self.assertEqual(request.routing_exception is None, endpoint is not None)

    def test_the_default_session_never_says_that_it_is_new(self):
        """B43 C39: and one that can tell is asked."""
        seen = []

        @self.app.get("/")
        def index():
            seen.append(session.new)
            session["a"] = 1
            return ""

        cookie = fields(self.ask("/"), "Set-Cookie")[0].partition(";")[0]
        self.ask("/", cookie=cookie)
        self.assertEqual(seen, [False, False])

        class Telling(dict, minflask.sessions.SessionMixin):
            new = True

        class Interface(minflask.sessions.SessionInterface):
            def open_session(self, app, request):
                return Telling()

            def save_session(self, app, session, response):
                pass

        self.app.session_interface = Interface()
        self.ask("/")
        self.assertEqual(seen[2:], [True])
