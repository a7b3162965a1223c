"""Requests: everything a client sent, each thing when it is asked for."""

from __future__ import annotations

import doctest
import io
import unittest
from datetime import datetime, timezone
from http import HTTPStatus
from unittest import mock

from minflask.http import request as module
from minflask.http import request_head
from minflask.http.exceptions import (
    BadRequest, ClientDisconnected, NotFound, RequestEntityTooLarge, SecurityError, UnsupportedMediaType,
)
from minflask.http.headers import Headers
from minflask.http.request import Request
from minflask.http.request_head import head_of_parts
from minflask.http.response import Response
from minflask.http.structures import CombinedMultiDict, ImmutableList, ImmutableMultiDict


def load_tests(loader, tests, pattern):
    tests.addTests([doctest.DocTestSuite(module), doctest.DocTestSuite(request_head)])
    return tests


def request_of(body=None, **environ):
    """Make a request of an environ, with a body of a known length if one is given."""
    base = {"wsgi.url_scheme": "http", "SERVER_NAME": "localhost", "SERVER_PORT": "80", "PATH_INFO": "/"}
    if body is not None:
        base.update({"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "REQUEST_METHOD": "POST"})
    return Request({**base, **environ})


def chunked(body, **environ):
    """Make a request whose length is not known, from a server that ends the body itself."""
    return request_of(**{"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True, "REQUEST_METHOD": "POST",
                         "HTTP_TRANSFER_ENCODING": "chunked", **environ})


FORM = "application/x-www-form-urlencoded"


class Making(unittest.TestCase):
    def test_nothing_is_done_beforehand(self):
        """B8: a request is made of an environ, which it keeps; not even the path is read."""
        environ = {}
        request = Request(environ)
        self.assertEqual(vars(request), {"environ": environ})
        self.assertIs(request.environ, environ)

    def test_it_puts_itself_into_the_environ_unless_told_otherwise(self):
        for options, there in (({}, True), ({"populate_request": False}, False), ({"shallow": True}, False)):
            with self.subTest(options=options):
                environ = {}
                request = Request(environ, **options)
                self.assertIs(environ.get("werkzeug.request"), request if there else None)

    def test_a_shallow_request_leaves_the_body_alone(self):
        request = Request({"wsgi.input": io.BytesIO(b"x"), "CONTENT_LENGTH": "1", "QUERY_STRING": "a=b"}, shallow=True)
        self.assertEqual(request.args["a"], "b")
        for name in ("stream", "data", "form", "files"):
            with self.subTest(name=name), self.assertRaisesRegex(RuntimeError, "shallow"):
                getattr(request, name)

    def test_an_empty_environ_is_a_get_of_the_root(self):
        request = Request({})
        self.assertEqual((request.method, request.path, request.scheme, request.host, request.query_string),
                         ("GET", "/", "http", "", b""))
        self.assertEqual((request.server, request.remote_addr, request.content_length), (None, None, None))
        self.assertEqual((dict(request.args), dict(request.cookies), request.mimetype), ({}, {}, ""))

    def test_from_values_takes_what_the_builder_takes(self):
        """B292"""
        request = Request.from_values("/a?b=c", method="PUT", json=[1])
        self.assertEqual((request.path, request.args["b"], request.method, request.json), ("/a", "c", "PUT", [1]))

    def test_its_repr_survives_a_bad_host(self):
        self.assertEqual(repr(request_of()), "<Request 'http://localhost/' [GET]>")
        request = request_of()
        request.trusted_hosts = ["example.com"]
        self.assertIn("[GET]", repr(request))

    def test_a_head_can_be_made_without_wsgi(self):
        headers = Headers([("Cookie", "a=b"), ("Accept", "x/y"), ("Cookie", "c=d"), ("accept", "z/z;q=0.5")])
        head = head_of_parts("post", "https", ("h", 8443), "/r", "/π", b"q=1", headers, "1.2.3.4")
        self.assertEqual(head.url, "https://h:8443/r/π?q=1")
        self.assertEqual((head.method, head.remote_addr, head.cookies["c"]), ("POST", "1.2.3.4", "d"))
        self.assertEqual(head.accept_mimetypes.to_header(), "x/y,z/z;q=0.5")


class Urls(unittest.TestCase):
    def test_the_url_of_the_documentation_in_its_parts(self):
        """B15 B16 B17 B18 B19 B20 B21"""
        request = Request({
            "wsgi.url_scheme": "http", "HTTP_HOST": "www.example.com", "SCRIPT_NAME": "/myapplication",
            "PATH_INFO": "/\xcf\x80/page.html", "QUERY_STRING": "x=y"})
        for name, value in {
            "path": "/π/page.html", "full_path": "/π/page.html?x=y", "script_root": "/myapplication",
            "root_path": "/myapplication", "base_url": "http://www.example.com/myapplication/π/page.html",
            "url": "http://www.example.com/myapplication/π/page.html?x=y",
            "url_root": "http://www.example.com/myapplication/", "root_url": "http://www.example.com/myapplication/",
            "host_url": "http://www.example.com/", "host": "www.example.com", "query_string": b"x=y",
        }.items():
            with self.subTest(name=name):
                self.assertEqual(getattr(request, name), value)

    def test_the_full_path_ends_with_a_question_mark_without_a_query(self):
        """B16"""
        self.assertEqual(request_of(PATH_INFO="/a").full_path, "/a?")

    def test_a_path_starts_with_exactly_one_slash(self):
        """B287, S117: so that it cannot be read as another host."""
        for info, path in (("", "/"), ("a", "/a"), ("/a", "/a"), ("//evil.example/a", "/evil.example/a"),
                           ("///", "/"), ("/a//b", "/a//b")):
            with self.subTest(info=info):
                self.assertEqual(request_of(PATH_INFO=info).path, path)

    def test_bytes_that_are_not_utf8_never_fail(self):
        """X38 X39 X96, S85"""
        request = request_of(PATH_INFO="/\xff", QUERY_STRING="a=%FF&b=\xff&c=\x00\r\n&d=\xc3\xa9")
        self.assertEqual(request.path, "/\ufffd")
        self.assertEqual(dict(request.args), {"a": "%FF", "b": "%FF", "c": "\x00\r\n", "d": "é"})
        self.assertEqual(request.url, "http://localhost/\ufffd?a=%FF&b=%FF&c=%00%0D%0A&d=é")
        self.assertEqual(request.full_path, "/\ufffd?a=%FF&b=\ufffd&c=\x00\r\n&d=é")
        self.assertEqual(request.query_string, b"a=%FF&b=\xff&c=\x00\r\n&d=\xc3\xa9")

    def test_trusted_hosts_guard_every_url(self):
        """B293, S132: but the path can be read."""
        for name in ("host", "host_url", "root_url", "base_url", "url"):
            request = request_of(HTTP_HOST="evil.example")
            request.trusted_hosts = [".example.com"]
            with self.subTest(name=name), self.assertRaises(SecurityError):
                getattr(request, name)
        self.assertEqual(request.full_path, "/?")

    def test_a_query_has_a_limited_number_of_fields(self):
        """S86: 1000 by default, at n and n + 1."""
        query = "&".join(f"a{n}=" for n in range(1001))
        with self.assertRaises(BadRequest):
            request_of(QUERY_STRING=query).args
        self.assertEqual(len(request_of(QUERY_STRING=query[:query.rindex("&")]).args), 1000)

    def test_charsets_are_utf8_and_called_by_their_old_names(self):
        """B288"""
        request = request_of()
        self.assertEqual((request.charset, request.url_charset, request.encoding_errors),
                         ("utf-8", "utf-8", "replace"))


class Heads(unittest.TestCase):
    def test_plain_values(self):
        """B279 B284 B286"""
        request = request_of(
            REQUEST_METHOD="patch", REMOTE_ADDR="1.2.3.4", REMOTE_USER="ada", CONTENT_TYPE="Text/HTML; charset=utf-8",
            HTTP_CONTENT_ENCODING="gzip", HTTP_CONTENT_MD5="abc", HTTP_REFERER="http://a/", HTTP_ORIGIN="http://b",
            HTTP_MAX_FORWARDS="10", HTTP_DATE="Sat, 28 Feb 2009 19:04:35 GMT", HTTP_PRAGMA="no-cache",
            HTTP_ACCESS_CONTROL_REQUEST_HEADERS="X-A, X-B", HTTP_ACCESS_CONTROL_REQUEST_METHOD="PUT",
            HTTP_X_REQUESTED_WITH="XMLHttpRequest", **{"wsgi.multithread": True, "wsgi.multiprocess": False})
        for name, value in {
            "method": "PATCH", "remote_addr": "1.2.3.4", "remote_user": "ada", "mimetype": "text/html",
            "content_type": "Text/HTML; charset=utf-8", "mimetype_params": {"charset": "utf-8"},
            "content_encoding": "gzip", "content_md5": "abc", "referrer": "http://a/", "origin": "http://b",
            "max_forwards": 10, "date": datetime(2009, 2, 28, 19, 4, 35, tzinfo=timezone.utc),
            "access_control_request_headers": {"X-A", "X-B"}, "access_control_request_method": "PUT",
            "is_xhr": True, "is_secure": False, "is_multithread": True, "is_multiprocess": False, "is_run_once": None,
            "server": ("localhost", 80), "is_json": False, "want_form_data_parsed": True,
        }.items():
            with self.subTest(name=name):
                self.assertEqual(getattr(request, name), value)
        self.assertIn("no-cache", request.pragma)

    def test_what_is_not_there_is_none(self):
        request = request_of()
        for name in ("content_type", "content_length", "content_encoding", "referrer", "origin", "max_forwards", "date",
                     "if_modified_since", "if_unmodified_since", "authorization", "range", "remote_user",
                     "access_control_request_headers", "access_control_request_method"):
            with self.subTest(name=name):
                self.assertIsNone(getattr(request, name))
        self.assertFalse(request.want_form_data_parsed)

    def test_nonsense_is_no_error(self):
        """X99 Y28 Y41 Y43"""
        request = request_of(
            HTTP_MAX_FORWARDS="١٠", HTTP_DATE="Sat, 99 Feb 99999 19:04:35 GMT", HTTP_RANGE="bytes=a-b",
            HTTP_IF_MODIFIED_SINCE="garbage", HTTP_AUTHORIZATION="Basic \xff!", CONTENT_LENGTH="+5",
            HTTP_IF_RANGE="", HTTP_ACCEPT=",;=,", CONTENT_TYPE=";;;", HTTP_HOST="a/b")
        for name, value in (("max_forwards", None), ("date", None), ("range", None), ("if_modified_since", None),
                            ("authorization", None), ("content_length", 0), ("mimetype", ""), ("host", "")):
            with self.subTest(name=name):
                self.assertEqual(getattr(request, name), value)

    def test_field_objects(self):
        """B280 B281 B282 B283"""
        request = request_of(
            HTTP_ACCEPT="text/html;q=0.5,application/json", HTTP_ACCEPT_CHARSET="utf-8", HTTP_ACCEPT_ENCODING="gzip",
            HTTP_ACCEPT_LANGUAGE="de,en;q=0.5", HTTP_IF_MATCH='"a"', HTTP_IF_NONE_MATCH='W/"b"', HTTP_USER_AGENT="x/1",
            HTTP_IF_MODIFIED_SINCE="Tue, 22 Jan 2008 11:18:44 GMT", HTTP_RANGE="bytes=0-9", HTTP_IF_RANGE='"c"',
            HTTP_IF_UNMODIFIED_SINCE="Tue, 22 Jan 2008 11:18:44 GMT", HTTP_CACHE_CONTROL="max-age=5",
            HTTP_AUTHORIZATION="Basic YTpi")
        self.assertEqual(request.accept_mimetypes.best, "application/json")
        self.assertEqual(request.accept_languages.best_match(["en", "fr"]), "en")
        self.assertIn("gzip", request.accept_encodings)
        self.assertIn("UTF-8", request.accept_charsets)
        self.assertTrue(request.if_match.contains("a"))
        self.assertTrue(request.if_none_match.contains_weak("b"))
        self.assertEqual(request.if_modified_since, request.if_unmodified_since)
        self.assertEqual((request.range.ranges, request.if_range.etag), ([(0, 10)], "c"))
        self.assertEqual(request.cache_control.max_age, 5)
        self.assertEqual((request.authorization.username, request.authorization.password), ("a", "b"))
        self.assertEqual((str(request.user_agent), type(request.user_agent)), ("x/1", Request.user_agent_class))

    def test_the_class_of_the_user_agent_can_be_ones_own(self):
        class Own(Request):
            user_agent_class = bytearray.fromhex

        self.assertEqual(Own({"HTTP_USER_AGENT": "78"}).user_agent, b"x")

    def test_the_route_is_what_proxies_say_or_the_client(self):
        """B285"""
        self.assertEqual(request_of(HTTP_X_FORWARDED_FOR="1.1.1.1, 2.2.2.2", REMOTE_ADDR="3.3.3.3").access_route,
                         ["1.1.1.1", "2.2.2.2"])
        self.assertEqual(request_of(REMOTE_ADDR="3.3.3.3").access_route, ["3.3.3.3"])
        self.assertEqual(request_of().access_route, [])

    def test_headers_are_a_view_that_cannot_be_changed(self):
        request = request_of(HTTP_X_A="1")
        request.environ["HTTP_X_B"] = "2"
        self.assertEqual((request.headers["x-a"], request.headers["X-B"]), ("1", "2"))
        with self.assertRaises(TypeError):
            request.headers["X-C"] = "3"

    def test_cookies(self):
        """X60 X69, B274: the first of a name counts."""
        request = request_of(HTTP_COOKIE="a=1; b=2; a=3")
        self.assertEqual((request.cookies.to_dict(), request.cookies.getlist("a")), ({"a": "1", "b": "2"}, ["1", "3"]))

    def test_the_storage_classes_can_be_ones_own(self):
        """B273"""
        class Own(Request):
            parameter_storage_class = dict_storage_class = dict
            list_storage_class = tuple

        request = Own({"QUERY_STRING": "a=b", "HTTP_COOKIE": "c=d", "REMOTE_ADDR": "x", "REQUEST_METHOD": "GET"})
        for value, expected in ((request.args, {"a": "b"}), (request.cookies, {"c": "d"}),
                                (request.access_route, ("x",))):
            self.assertEqual((type(value), value), (type(expected), expected))
        self.assertEqual(request.values["a"], "b")
        request = request_of()
        self.assertEqual([type(request.args), type(request.cookies), type(request.access_route)],
                         [ImmutableMultiDict, ImmutableMultiDict, ImmutableList])


class Bodies(unittest.TestCase):
    def test_data_is_kept_so_that_the_form_can_still_be_read(self):
        """B275"""
        request = request_of(b"a=b", CONTENT_TYPE=FORM)
        self.assertEqual((request.get_data(), request.form["a"], request.get_data(), request.get_data(as_text=True)),
                         (b"a=b", "b", b"a=b", "a=b"))

    def test_a_form_leaves_no_data(self):
        for read in (lambda r: r.data, lambda r: r.get_data(parse_form_data=True), lambda r: r.form and r.get_data()):
            request = request_of(b"a=b", CONTENT_TYPE=FORM)
            self.assertEqual((read(request), request.form["a"]), (b"", "b"))

    def test_data_that_is_not_kept_is_gone(self):
        request = request_of(b"a=b", CONTENT_TYPE=FORM)
        self.assertEqual((request.get_data(cache=False), request.get_data(cache=False), dict(request.form)),
                         (b"a=b", b"", {}))

    def test_a_stream_that_fails_has_lost_its_client(self):
        """Also that of a server which sees to the end of bodies itself; a full disk is another matter."""
        class Lost(io.RawIOBase):
            def read(self, size):
                raise ConnectionResetError

        for content_type in (FORM, "multipart/form-data; boundary=x", "application/json"):
            for length in ({"CONTENT_LENGTH": "9"}, {"HTTP_TRANSFER_ENCODING": "chunked"}):
                environ = {"REQUEST_METHOD": "POST", "wsgi.input": Lost(), "wsgi.input_terminated": True,
                           "CONTENT_TYPE": content_type, **length}
                for what, read in (("data", Request.get_data), ("form", lambda request: request.form["a"])):
                    if content_type == "application/json" and what == "form":
                        continue
                    with self.subTest(content_type=content_type, length=length, what=what):
                        self.assertRaises(ClientDisconnected, read, Request(dict(environ)))

    def test_text_that_is_not_utf8_never_fails(self):
        self.assertEqual(request_of(b"a\xff").get_data(as_text=True), "a\ufffd")

    def test_the_stream_ends_with_the_body(self):
        """B276"""
        request = request_of(CONTENT_LENGTH="3", **{"wsgi.input": io.BytesIO(b"0123456")})
        self.assertEqual((request.stream.read(), request.stream.read()), (b"012", b""))
        self.assertEqual(request.input_stream.read(), b"3456")

    def test_the_stream_can_be_replaced(self):
        request = request_of(b"a=b", CONTENT_TYPE=FORM)
        request.stream = io.BytesIO(b"c=d")
        self.assertEqual(dict(request.form), {"c": "d"})

    def test_a_body_over_the_limit_is_413_however_it_is_read(self):
        """X51 X52, S87, B270: at n and n + 1, with a length and without."""
        ways = (lambda r: r.get_data(), lambda r: r.data, lambda r: r.get_json(force=True), lambda r: r.stream.read(),
                lambda r: r.form)
        for make in (request_of, chunked):
            for read in ways:
                with self.subTest(make=make.__name__, read=read):
                    request = make(b"1234567890", CONTENT_TYPE=FORM)
                    request.max_content_length = 10
                    read(request)
                    request = make(b"1234567890", CONTENT_TYPE=FORM)
                    request.max_content_length = 9
                    with self.assertRaises(RequestEntityTooLarge):
                        read(request)

    def test_a_client_that_goes_away_is_a_400(self):
        """X53"""
        request = request_of(b"short", CONTENT_LENGTH="10")
        with self.assertRaises(ClientDisconnected):
            request.data

    def test_data_can_be_switched_off(self):
        class Own(Request):
            disable_data_descriptor = True

        request = Own({"wsgi.input": io.BytesIO(b"x"), "CONTENT_LENGTH": "1"})
        with self.assertRaisesRegex(AttributeError, "disable_data_descriptor"):
            request.data
        self.assertEqual(request.get_data(), b"x")


class Forms(unittest.TestCase):
    MULTIPART = (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x\r\nContent-Disposition: form-data;"
                 b" name=f; filename=f.txt\r\nContent-Type: text/plain\r\n\r\nhello\r\n--x--\r\n")

    def multipart(self, cls=Request):
        return cls({"wsgi.input": io.BytesIO(self.MULTIPART), "CONTENT_LENGTH": str(len(self.MULTIPART)),
                    "CONTENT_TYPE": "multipart/form-data; boundary=x", "REQUEST_METHOD": "POST"})

    def test_fields_and_files(self):
        """B272"""
        request = self.multipart()
        self.addCleanup(request.close)
        self.assertEqual(dict(request.form), {"a": "b"})
        self.assertEqual((request.files["f"].filename, request.files["f"].read()), ("f.txt", b"hello"))

    def test_closing_closes_the_files(self):
        """B290"""
        with self.multipart() as request:
            file = request.files["f"]
            self.assertFalse(file.closed)
        self.assertTrue(file.closed)
        request_of().close()  # nothing was parsed, and nothing is

    def test_values_are_the_query_then_the_form_unless_this_is_a_get(self):
        """B272, C23"""
        for method, expected in (("POST", ["1", "2"]), ("GET", ["1"]), ("DELETE", ["1", "2"])):
            with self.subTest(method=method):
                request = request_of(b"a=2", CONTENT_TYPE=FORM, QUERY_STRING="a=1", REQUEST_METHOD=method)
                self.assertIsInstance(request.values, CombinedMultiDict)
                self.assertEqual(request.values.getlist("a"), expected)

    def test_without_a_content_type_nothing_is_parsed(self):
        """B289"""
        request = request_of(b"a=b")
        self.assertEqual((dict(request.form), dict(request.files), request.data), ({}, {}, b"a=b"))

    def test_the_parser_and_the_streams_can_be_ones_own(self):
        """B273"""
        made = []

        class Own(Request):
            max_form_parts = 7

            def _get_file_stream(self, *args, **kwargs):
                made.append(io.BytesIO())
                return made[-1]

            def make_form_data_parser(self):
                parser = super().make_form_data_parser()
                made.append(parser.max_form_parts)
                return parser

        request = self.multipart(Own)
        self.assertIs(request.files["f"].stream, made[1])
        self.assertEqual(made[0], 7)
        request.close()

    def test_another_class_parses(self):
        class Parser:
            def __init__(self, stream_factory, max_form_memory_size, max_content_length, cls, **options):
                self.options = {"max_form_memory_size": max_form_memory_size, **options}

            def parse(self, stream, mimetype, length, options):
                return stream, {"mimetype": mimetype, **options}, self.options

        class Own(Request):
            form_data_parser_class = Parser

        request = self.multipart(Own)
        self.assertEqual(request.form, {"mimetype": "multipart/form-data", "boundary": "x"})
        self.assertEqual(request.files["max_form_memory_size"], 500_000)

    def test_a_form_that_was_refused_is_not_read_a_second_time(self):
        """Not from where the first reading stopped, and not from behind the body."""
        plain = "application/x-www-form-urlencoded"
        for content_type in (plain, plain + "; charset=utf-8"):
            with self.subTest("a limit", content_type=content_type):
                request = Request({"wsgi.input": io.BytesIO(b"filler=1&&admin=yes"), "CONTENT_TYPE": content_type,
                                   "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"})
                request.max_content_length = 10
                for _ in range(2):
                    self.assertRaises(RequestEntityTooLarge, lambda request=request: request.form)
                    self.assertRaises(RequestEntityTooLarge, request.get_data)
            with self.subTest("a number", content_type=content_type):
                body = b"&".join([b"a=1"] * 1500)
                source = io.BytesIO(body + b"NEXT")
                request = Request({"wsgi.input": source, "CONTENT_TYPE": content_type,
                                   "CONTENT_LENGTH": str(len(body))})
                self.assertRaises(RequestEntityTooLarge, lambda request=request: request.form)
                self.assertEqual((dict(request.form), dict(request.files), request.get_data()), ({}, {}, b""))
                self.assertEqual(source.read(), b"NEXT")

    def test_a_subclass_may_look_at_the_files_when_the_form_is_read(self):
        seen = []

        class Own(Request):
            def _load_form_data(self):
                super()._load_form_data()
                seen.append((dict(self.form), dict(self.files), "files" in self.__dict__))

        for first in ("form", "files", "values", "data"):
            for body, fields in ((b"a=1", {"a": "1"}), (b"", {})):
                seen.clear()
                request = Own(request_of(body, CONTENT_TYPE=FORM).environ)
                getattr(request, first)
                self.assertEqual((seen[0], dict(request.form), dict(request.files)), ((fields, {}, True), fields, {}))

    def test_limits_can_be_set_for_one_request(self):
        for name, value in (("max_content_length", 10), ("max_form_parts", 1), ("max_form_memory_size", 0)):
            request = self.multipart()
            setattr(request, name, value)
            with self.subTest(name=name), self.assertRaises(RequestEntityTooLarge):
                request.form


JSON = "application/json"


class Json(unittest.TestCase):
    def test_the_mimetype_decides(self):
        """B278, S83 S84"""
        for mimetype, is_json in ((JSON, True), ("APPLICATION/JSON; charset=utf-8", True),
                                  ("application/vnd.api+json", True), ("text/json", False),
                                  ("text/plain; application/json", False), ("", False), ("application/jsonx", False)):
            with self.subTest(mimetype=mimetype):
                request = request_of(b"[1]", CONTENT_TYPE=mimetype)
                self.assertIs(request.is_json, is_json)
                if is_json:
                    self.assertEqual(request.json, [1])
                else:
                    with self.assertRaises(UnsupportedMediaType):
                        request.get_json()
                    self.assertIsNone(request.get_json(silent=True))
                self.assertEqual(request.get_json(force=True), [1])

    def test_every_unicode_encoding_is_read_and_no_other(self):
        """X44 X45, S174"""
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"):
            with self.subTest(encoding=encoding):
                self.assertEqual(request_of('{"a": "é"}'.encode(encoding), CONTENT_TYPE=JSON).json, {"a": "é"})

    def test_a_bad_body_is_a_400_that_repeats_nothing(self):
        """X41 X42 X43 X47, S175"""
        for body in (b"", b"{secret", b'"\xff"', b"[" * 200_000, b'{"a": 1} secret'):
            with self.subTest(body=body[:20]):
                request = request_of(body, CONTENT_TYPE=JSON)
                self.assertIsNone(request.get_json(silent=True))
                with self.assertRaises(BadRequest) as caught:
                    request.get_json()
                self.assertNotIn("secret", caught.exception.get_body())

    def test_what_the_standard_module_takes_is_taken(self):
        """X46 X49 X50"""
        self.assertEqual(request_of(b'{"a": 1, "a": 2}', CONTENT_TYPE=JSON).json, {"a": 2})
        self.assertEqual(request_of(b"[Infinity]", CONTENT_TYPE=JSON).json, [float("inf")])
        self.assertEqual(request_of(b'"\\ud800"', CONTENT_TYPE=JSON).json, "\ud800")

    def test_the_value_is_kept_unless_told_otherwise(self):
        """B277"""
        request = request_of(b"[1]", CONTENT_TYPE=JSON)
        self.assertIs(request.get_json(), request.json)
        self.assertEqual(request.data, b"[1]")
        request = request_of(b"[1]", CONTENT_TYPE=JSON)
        self.assertEqual((request.get_json(cache=False), request.get_data()), ([1], b""))

    def test_a_silent_failure_does_not_hide_the_error(self):
        request = request_of(b"{", CONTENT_TYPE=JSON)
        self.assertIsNone(request.get_json(silent=True))
        with self.assertRaises(BadRequest):
            request.get_json()
        self.assertIsNone(request.get_json(silent=True))

    def test_the_failure_can_be_handled(self):
        """B277"""
        class Own(Request):
            def on_json_loading_failed(self, e):
                return type(e).__name__

        class Shallow(Own):
            json_module = mock.Mock(loads=mock.Mock(side_effect=RecursionError))

        for cls, body, mimetype, value in ((Own, b"{", JSON, "JSONDecodeError"), (Own, b"{}", "a/b", "NoneType"),
                                           (Shallow, b"[[[[", JSON, "ValueError")):
            request = cls({"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": mimetype})
            with self.subTest(mimetype=mimetype, body=body[:5]):
                self.assertEqual(request.get_json(), value)

    def test_the_module_can_be_another(self):
        class Own(Request):
            json_module = type("Module", (), {"loads": staticmethod(bytes.upper)})

        self.assertEqual(Own.from_values(json="a").json, b'"A"')


class Applications(unittest.TestCase):
    def test_a_function_becomes_an_application(self):
        """B291: HTTP exceptions are answers, and the request is closed."""
        seen = []

        @Request.application
        def app(request):
            seen.append(request)
            if request.path == "/missing":
                raise NotFound
            return Response(request.path)

        for path, status, body in (("/a", 200, b"/a"), ("/missing", 404, None)):
            answer = Response.from_app(app, request_of(PATH_INFO=path).environ)
            self.assertEqual((answer.status_code, body or answer.data), (status, answer.data))
        self.assertEqual(len(seen), 2)
        self.assertEqual(app.__name__, "app")

    def test_a_method_will_do(self):
        class Site:
            @Request.application
            def app(self, request):
                return Response(type(self).__name__, HTTPStatus.ACCEPTED)

        answer = Response.from_app(Site().app, request_of().environ)
        self.assertEqual((answer.data, answer.status), (b"Site", "202 ACCEPTED"))


if __name__ == "__main__":
    unittest.main()
