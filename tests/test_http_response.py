"""Responses: status, headers and body, and the two ways they are sent."""

from __future__ import annotations

import doctest
import io
import pickle
import unittest
import warnings
import zipfile
from datetime import datetime, timedelta, timezone
from http import HTTPStatus
from wsgiref.validate import validator

from minflask.http import redirects
from minflask.http import response as module
from minflask.http.auth import WWWAuthenticate
from minflask.http.codec import HTTP_STATUS_CODES
from minflask.http.exceptions import HTTPException
from minflask.http.fields import COEP, COOP
from minflask.http.headers import Headers
from minflask.http.redirects import append_slash_redirect, redirect
from minflask.http.response import Response, parse_status


def load_tests(loader, tests, pattern):
    tests.addTests([doctest.DocTestSuite(module), doctest.DocTestSuite(redirects)])
    return tests


def send(response, method="GET", **environ):
    """Return status, headers as a dict and body, as a server gets them; the body is closed."""
    said = []
    body = response({"REQUEST_METHOD": method, **environ}, lambda *args: said.extend(args))
    data = b"".join(body)
    getattr(body, "close", lambda: None)()
    return said[0], dict(said[1]), data


class Making(unittest.TestCase):
    def test_a_text_is_html_or_what_the_class_says(self):
        """B25 B27"""
        class Html(Response):
            default_mimetype = "text/html"

        self.assertEqual((Html().mimetype, Html().content_type), ("text/html", "text/html; charset=utf-8"))
        self.assertEqual(Response().content_type, "text/plain; charset=utf-8")

    def test_the_content_type(self):
        for options, expected in (
            ({"mimetype": "application/json"}, "application/json"),
            ({"mimetype": "text/css"}, "text/css; charset=utf-8"),
            ({"mimetype": "image/svg+xml"}, "image/svg+xml; charset=utf-8"),
            ({"mimetype": "image/png"}, "image/png"),
            ({"mimetype": ""}, ""),
            ({"content_type": "text/html"}, "text/html"),
            ({"content_type": "a/b", "mimetype": "text/html"}, "a/b"),
            ({"headers": {"content-type": "a/b"}}, "a/b"),
            ({"headers": {"Content-Type": "a/b"}, "mimetype": "text/html"}, "text/html; charset=utf-8"),
            ({"headers": [("X-A", "b")]}, "text/plain; charset=utf-8"),
        ):
            with self.subTest(options=options):
                response = Response("x", **options)
                self.assertEqual(response.headers.getlist("Content-Type"), [expected])
                self.assertIn(expected, send(Response("x", **options))[1].values())

    def test_no_default_means_no_content_type(self):
        class Bare(Response):
            default_mimetype = None

        self.assertEqual(Bare("x").headers.to_wsgi_list(), [("Content-Length", "1")])

    def test_given_headers_are_kept(self):
        """B30"""
        headers = Headers()
        self.assertIs(Response(headers=headers).headers, headers)

    def test_a_length_is_set_for_what_is_known(self):
        """B297"""
        self.assertEqual(Response("é").content_length, 2)
        self.assertIsNone(Response(["a"]).content_length)
        response = Response("abc")
        response.data = "é"
        self.assertEqual((response.data, response.content_length), (b"\xc3\xa9", 2))

        class Unset(Response):
            automatically_set_content_length = False

        self.assertEqual([Unset(body).get_wsgi_headers({}).get("Content-Length") for body in ("a", ["a"])], [None] * 2)

    def test_an_exception_answers_with_it(self):
        self.assertIs(HTTPException.response_class, Response)


class Status(unittest.TestCase):
    CASES = ((200, "200 OK", 200), ("404", "404 NOT FOUND", 404), ("200 FINE", "200 FINE", 200),
             (588, "588 UNKNOWN", 588),
             ("wtf", "0 wtf", 0), (HTTPStatus.CREATED, "201 CREATED", 201), (" 204 ", "204 NO CONTENT", 204),
             ("٤٠٤", "0 ٤٠٤", 0), (999, "999 UNKNOWN", 999), ("999 WTF", "999 WTF", 999))

    def test_text_and_number_follow_each_other(self):
        """B31 B32, C25"""
        for given, line, code in self.CASES:
            with self.subTest(given=given):
                assigned = Response()
                assigned.status = given
                for response in (Response(status=given), assigned):
                    self.assertEqual((response.status, response.status_code), (line, code))
                    self.assertIs(type(response.status_code), int)

    def test_every_code_has_its_line(self):
        for code, phrase in HTTP_STATUS_CODES.items():
            response = Response()
            response.status_code = code
            self.assertEqual(response.status, f"{code} {phrase.upper()}")

    def test_what_cannot_be_a_status_is_refused(self):
        """S181, S129: the reason cannot bring another line."""
        for given, error in (("", ValueError), (" ", ValueError), ("200 OK\r\nX: y", ValueError),
                             ("200\x00", ValueError),
                             (b"200 OK", TypeError), (None, TypeError), (2.5, TypeError)):
            with self.subTest(given=given), self.assertRaises(error):
                parse_status(given)

    def test_the_default_can_be_another(self):
        class Created(Response):
            default_status = 201

        self.assertEqual(send(Created("x"))[0], "201 CREATED")


def numbers():
    yield "one "
    yield b"two"


class Bodies(unittest.TestCase):
    def test_kinds_of_bodies(self):
        for body, data, is_sequence in ((None, b"", True), ("é", b"\xc3\xa9", True), (b"a", b"a", True),
                                        ("", b"", True),
                                        (bytearray(b"ab"), b"ab", True), (["a", b"b"], b"ab", True),
                                        (("a", b"b"), b"ab", True), (numbers(), b"one two", False)):
            with self.subTest(body=body):
                response = Response(body)
                self.assertEqual((response.is_sequence, response.is_streamed), (is_sequence, not is_sequence))
                self.assertEqual((response.get_data(), response.data), (data, data))
                self.assertEqual(response.get_data(as_text=True), data.decode())
                self.assertTrue(response.is_sequence)
                self.assertEqual(send(response)[2], data)

    def test_a_stream_is_sent_as_it_comes(self):
        """B300"""
        status, headers, body = send(Response(numbers()))
        self.assertEqual((headers.get("Content-Length"), body), (None, b"one two"))

    def test_an_iterator_is_not_read_where_that_is_not_wanted(self):
        response = Response(numbers())
        response.implicit_sequence_conversion = False
        with self.assertRaisesRegex(RuntimeError, "make_sequence"):
            response.get_data()
        self.assertIsNone(response.calculate_content_length())
        response.make_sequence()
        self.assertEqual((response.response, response.calculate_content_length()), ([b"one ", b"two"], 7))
        with self.assertRaisesRegex(RuntimeError, "direct_passthrough"):
            Response(numbers(), direct_passthrough=True).get_data()

    def test_making_a_sequence_does_not_lose_close(self):
        file = io.BytesIO(b"a\nb")
        response = Response(file)
        response.make_sequence()
        self.assertFalse(file.closed)
        response.close()
        self.assertTrue(file.closed)

    def test_the_encoded_body_can_be_wrapped(self):
        response = Response(numbers())
        response.response = (part.upper() for part in response.iter_encoded())
        self.assertEqual(send(response)[2], b"ONE TWO")

    def test_writing_to_the_stream(self):
        response = Response("a")
        self.assertEqual(response.stream.write("bc"), 2)
        response.stream.writelines(["d", b"e"])
        self.assertEqual((send(response)[1]["Content-Length"], response.data, response.stream.tell()),
                         ("5", b"abcde", 5))
        response.response = ("x",)
        response.stream.write("y")
        self.assertEqual(response.response, ["x", "y"])
        response.stream.close()
        for act in (lambda: response.stream.write("z"), response.stream.flush):
            with self.assertRaisesRegex(ValueError, "closed"):
                act()
        self.assertFalse(response.stream.isatty())

    def test_an_archive_can_be_written_to_it(self):
        response = Response()
        with zipfile.ZipFile(response.stream, "w") as archive:
            archive.writestr("a", b"b")
        self.assertEqual(zipfile.ZipFile(io.BytesIO(response.data)).read("a"), b"b")

    def test_freezing_makes_bytes_with_a_length_and_a_tag(self):
        """B300, C25"""
        response = Response(numbers())
        response.freeze()
        self.assertEqual((response.response, response.content_length), ([b"one ", b"two"], 7))
        self.assertIsNotNone(response.get_etag()[0])
        again = pickle.loads(pickle.dumps(response))
        self.assertEqual((again.data, again.status, again.headers), (response.data, response.status, response.headers))

    def test_json(self):
        """B33 B298"""
        response = Response('{"a": [1]}', mimetype="application/problem+json")
        self.assertTrue(response.is_json)
        self.assertEqual(response.json, {"a": [1]})
        self.assertIs(response.get_json(), response.json)
        response.data = "[2]"
        self.assertEqual((response.json, response.get_json(cache=False)), ([2], [2]))
        self.assertIsNone(Response("[1]").get_json())
        self.assertEqual(Response("[1]").get_json(force=True), [1])

    def test_a_body_that_is_not_json(self):
        response = Response("{", mimetype="application/json")
        self.assertIsNone(response.get_json(silent=True))
        with self.assertRaises(ValueError):
            response.get_json()
        response.on_json_loading_failed = lambda e: "handled"
        self.assertEqual(response.json, "handled")


class Sending(unittest.TestCase):
    def test_the_short_and_the_long_way_say_the_same(self):
        class Overrides(Response):
            def get_wsgi_headers(self, environ):
                return super().get_wsgi_headers(environ)

        for status in (200, 201, 404, "299 Own"):
            for body in ("", "é", b"\xff"):
                for mimetype in (None, "text/html", "image/png"):
                    for method in ("GET", "HEAD"):
                        with self.subTest(status=status, body=body, mimetype=mimetype, method=method):
                            self.assertEqual(send(Response(body, status, mimetype=mimetype), method),
                                             send(Overrides(body, status, mimetype=mimetype), method))

    def test_a_method_that_is_overridden_is_called(self):
        """The short way is only for classes that override nothing of it."""
        def marked(name):
            def method(self, *args):
                self.called = True
                return getattr(Response, name)(self, *args)

            return method

        for name in ("get_wsgi_response", "get_wsgi_headers", "get_app_iter", "iter_encoded", "close", "set_data"):
            with self.subTest(name=name):
                response = type("Own", (Response,), {name: marked(name)})("x")
                self.assertEqual(send(response)[2], b"x")
                self.assertTrue(response.called)
                grandchild = type("Child", (type(response),), {})("x")
                send(grandchild)
                self.assertTrue(grandchild.called)

    def test_headers_that_were_touched_are_sent(self):
        response = Response("x")
        response.headers["X-A"] = "b"
        self.assertEqual(send(response)[1]["X-A"], "b")

    def test_a_dict_can_be_assigned(self):
        response = Response("x")
        response.headers = {"X-A": "b"}
        self.assertEqual(send(response)[1], {"X-A": "b", "Content-Length": "1"})

    def test_the_list_that_is_sent_is_the_servers_own(self):
        response = Response("x")
        lists = []
        for _ in range(2):
            response({}, lambda status, headers: lists.append(headers))
        lists[0].clear()
        self.assertEqual(len(lists[1]), 2)
        self.assertEqual(len(send(response)[1]), 2)

    def test_a_head_request_gets_no_body_but_its_length(self):
        self.assertEqual(send(Response("abc"), "HEAD"), ("200 OK", {
            "Content-Type": "text/plain; charset=utf-8", "Content-Length": "3"}, b""))

    def test_a_status_without_body_has_none_and_no_length(self):
        for status in (100, 101, 204, 304):
            for make in (lambda: Response("abc", status), lambda: Response(numbers(), status)):
                answer = make()
                changed = Response("abc")
                changed.status_code = status
                for response in (answer, changed):
                    with self.subTest(status=status):
                        line, headers, body = send(response)
                        self.assertEqual((headers, body), ({}, b""))
        response = Response("abc", 204)
        response.status_code = 200
        self.assertEqual(send(response)[1]["Content-Length"], "3")

    def test_a_type_that_was_set_stays_where_there_is_no_body(self):
        # Flask-Rebar's clients look at that of a 204.
        for status, kept in ((204, {"Content-Type": "application/x-me"}), (304, {})):
            self.assertEqual(send(Response("", status, mimetype="application/x-me"))[1], kept)

    def test_a_304_leaves_out_what_describes_the_body(self):
        response = Response("x", 304, {"Last-Modified": "a", "ETag": '"b"', "Expires": "c", "Content-Location": "/d",
                                       "Content-Language": "e", "Set-Cookie": "f=g"})
        self.assertEqual(set(send(response)[1]), {"ETag", "Expires", "Content-Location", "Set-Cookie"})

    def test_closing_closes_the_body_and_calls_who_waits(self):
        """B300"""
        for status, method in ((200, "GET"), (200, "HEAD"), (204, "GET")):
            with self.subTest(status=status, method=method):
                calls, file = [], io.BytesIO(b"a\nb")
                response = Response(file, status)
                response.call_on_close(lambda: calls.append("first"))
                self.assertIsNone(response.call_on_close(lambda: calls.append("second"))())
                send(response, method)
                self.assertEqual((calls, file.closed), (["second", "first", "second"], True))

    def test_who_waits_for_a_ready_body_is_called_too(self):
        calls = []
        response = Response("x")
        response.call_on_close(lambda: calls.append(1))
        send(response)
        with response:
            pass
        self.assertEqual(calls, [1, 1])

    def test_one_that_fails_does_not_keep_the_others_from_being_called(self):
        calls = []
        response = Response("x")
        response.call_on_close(lambda: 1 / 0)
        response.call_on_close(lambda: calls.append(1))
        with self.assertRaises(ZeroDivisionError):
            response.close()
        self.assertEqual(calls, [1])

    def test_a_passed_through_body_reaches_the_server_itself(self):
        body = iter([b"x"])
        response = Response(body, direct_passthrough=True)
        self.assertIs(response({}, lambda *args: None), body)
        calls = []
        response.call_on_close(lambda: calls.append(1))
        send(response)
        self.assertEqual(calls, [1])

    def test_it_is_a_wsgi_application(self):
        """L45"""
        environ = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/", "QUERY_STRING": "", "SERVER_NAME": "h",
                   "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.version": (1, 0),
                   "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO(),
                   "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False}
        for response in (Response("x"), Response(numbers()), Response("x", headers={"X-A": "b"}), Response("x", 304),
                         Response("x", 204)):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the validator closes over what it opened
                body = validator(response)(environ, lambda *args: lambda data: None)
                list(body)
                body.close()

    def test_another_response_or_application_becomes_one(self):
        """B302"""
        class Own(Response):
            pass

        def app(environ, start_response):
            start_response("201 CREATED", [("X-A", environ["b"])])
            return [b"app"]

        kept = Own("x")
        self.assertIs(Own.force_type(kept), kept)
        plain = Response("x", 404)
        forced = Own.force_type(plain)
        self.assertEqual((type(forced), forced.data, forced.status_code), (Own, b"x", 404))
        forced.headers["X-B"] = "c"
        self.assertEqual(plain.headers["X-B"], "c")
        for buffered in (False, True):
            made = Own.from_app(app, {"b": "c"}, buffered)
            self.assertEqual((made.status, made.headers["X-A"], made.data), ("201 CREATED", "c", b"app"))
        self.assertEqual(Own.force_type(app, {"b": "d"}).headers["X-A"], "d")
        with self.assertRaisesRegex(TypeError, "environ"):
            Own.force_type(app)

    def test_its_repr(self):
        self.assertEqual([repr(Response("abc")), repr(Response(numbers(), 404))],
                         ["<Response 3 bytes [200 OK]>", "<Response streamed [404 NOT FOUND]>"])


class Locations(unittest.TestCase):
    def test_they_are_encoded_when_sent(self):
        """X84"""
        response = Response(headers={"Location": "http://☃.net/é?ü", "Content-Location": "/é"})
        headers = send(response)[1]
        self.assertEqual((headers["Location"], headers["Content-Location"]),
                         ("http://xn--n3h.net/%C3%A9?%C3%BC", "/%C3%A9"))
        self.assertEqual(response.location, "http://☃.net/é?ü")

    def test_they_stay_relative_unless_told_otherwise(self):
        """C5"""
        environ = {"wsgi.url_scheme": "http", "HTTP_HOST": "h", "PATH_INFO": "/a/b", "QUERY_STRING": "q"}
        for auto, location, sent in ((False, "/x", "/x"), (False, "x", "x"), (True, "/x", "http://h/x"),
                                     (True, "x", "http://h/a/x"), (True, "../é", "http://h/%C3%A9")):
            with self.subTest(auto=auto, location=location):
                response = Response(headers={"Location": location})
                response.autocorrect_location_header = auto
                self.assertEqual(send(response, **environ)[1]["Location"], sent)

    def test_a_redirect(self):
        """B330"""
        response = redirect('/a"><b>', 303)
        self.assertEqual((response.status_code, response.location), (303, '/a"><b>'))
        self.assertNotIn(b"<b>", response.data)
        self.assertEqual(redirect("//evil.example").location, "//evil.example")  # X83: as given

        class Own(Response):
            pass

        self.assertIs(type(redirect("/", Response=Own)), Own)

    def test_a_redirect_cannot_bring_another_line(self):
        """S119, X82"""
        for location in ("a\r\nSet-Cookie: x", "a\nb", "a\x00"):
            with self.subTest(location=location), self.assertRaises(ValueError):
                redirect(location)

    def test_a_slash_redirect_stays_on_its_host(self):
        """S117 S118, X85 X86"""
        for path, query, location in (("/a", "", "a/"), ("/a/b", "c=%26d", "b/?c=%26d"),
                                      ("//evil.example", "", "evil.example/"),
                                      ("/\\evil", "", "%5Cevil/"), ("/a:b", "", "./a:b/"),
                                      ("/\r\nX: y", "", "./%0D%0AX:%20y/"),
                                      ("/\xc3\xa9?", "", "%C3%A9%3F/"), ("/a/", "", "./")):
            with self.subTest(path=path):
                response = append_slash_redirect({"PATH_INFO": path, "QUERY_STRING": query})
                self.assertEqual((response.status_code, response.location), (308, location))


class Fields(unittest.TestCase):
    """B299: each header as an attribute, both ways."""

    NOW = datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    SENT = "Thu, 02 Jan 2020 03:04:05 GMT"

    def test_values(self):
        for name, value, header, text in (
            ("content_type", "a/b", "Content-Type", "a/b"), ("content_length", 5, "Content-Length", "5"),
            ("content_encoding", "br", "Content-Encoding", "br"), ("content_location", "/a", "Content-Location", "/a"),
            ("content_md5", "x", "Content-MD5", "x"), ("date", self.NOW, "Date", self.SENT),
            ("expires", self.NOW, "Expires", self.SENT), ("last_modified", self.NOW, "Last-Modified", self.SENT),
            ("age", timedelta(seconds=9), "Age", "9"), ("location", "/a", "Location", "/a"),
            ("retry_after", self.NOW, "Retry-After", self.SENT), ("accept_ranges", "bytes", "Accept-Ranges", "bytes"),
            ("access_control_allow_origin", "*", "Access-Control-Allow-Origin", "*"),
            ("access_control_max_age", 5, "Access-Control-Max-Age", "5"),
            ("access_control_allow_credentials", True, "Access-Control-Allow-Credentials", "true"),
            ("cross_origin_opener_policy", COOP.SAME_ORIGIN, "Cross-Origin-Opener-Policy", "same-origin"),
            ("cross_origin_embedder_policy", COEP.REQUIRE_CORP, "Cross-Origin-Embedder-Policy", "require-corp"),
        ):
            with self.subTest(name=name):
                response = Response()
                empty = getattr(response, name)
                setattr(response, name, value)
                self.assertEqual(response.headers[header], text)
                self.assertEqual(getattr(response, name), value)
                setattr(response, name, None)
                self.assertNotIn(header, response.headers)
                if name != "content_type":
                    self.assertEqual(getattr(response, name), empty)

    def test_sets(self):
        for name, header in (("vary", "Vary"), ("allow", "Allow"), ("content_language", "Content-Language")):
            with self.subTest(name=name):
                response = Response()
                getattr(response, name).add("Cookie")
                getattr(response, name).update(["cookie", "X-A"])
                self.assertEqual(response.headers[header], "Cookie, X-A")
                getattr(response, name).clear()
                self.assertNotIn(header, response.headers)
                for value in (["a", "b"], "a, b"):
                    setattr(response, name, value)
                    self.assertEqual(getattr(response, name).as_set(), {"a", "b"})
                setattr(response, name, None)
                self.assertNotIn(header, response.headers)

    def test_names(self):
        for name in ("access_control_allow_headers", "access_control_allow_methods", "access_control_expose_headers"):
            with self.subTest(name=name):
                response = Response()
                self.assertIsNone(getattr(response, name))
                setattr(response, name, ["X-A", "X-B"])
                self.assertEqual(response.headers[name.replace("_", "-")], "X-A, X-B")
                self.assertIn("x-b", getattr(response, name))

    def test_the_mimetype_and_its_parameters(self):
        response = Response(mimetype="text/html")
        response.mimetype_params["a"] = "b"
        self.assertEqual(response.content_type, "text/html; charset=utf-8; a=b")
        response.mimetype = "image/png"
        self.assertEqual((response.mimetype, response.content_type, response.mimetype_params),
                         ("image/png", "image/png", {}))

    def test_objects_write_through(self):
        response = Response()
        response.cache_control.max_age = 5
        response.cache_control.no_store = True
        response.content_security_policy.default_src = "'self'"
        response.content_security_policy_report_only = "img-src *"
        response.content_range.set(0, 5, 10)
        response.retry_after = 60
        self.assertEqual(response.headers["Cache-Control"], "max-age=5, no-store")
        self.assertEqual(response.headers["Content-Security-Policy"], "default-src 'self'")
        self.assertEqual(response.content_security_policy_report_only.img_src, "*")
        self.assertEqual(response.headers["Content-Range"], "bytes 0-4/10")
        self.assertGreater(response.retry_after, self.NOW)
        response.content_range = response.content_security_policy = None
        self.assertNotIn("Content-Range", response.headers)
        self.assertNotIn("Content-Security-Policy", response.headers)

    def test_challenges(self):
        """C24"""
        response = Response()
        response.www_authenticate.set_basic("Right here")
        self.assertEqual(response.headers["WWW-Authenticate"], 'Basic realm="Right here"')
        response.www_authenticate = [WWWAuthenticate("basic", {"realm": "a"}), WWWAuthenticate("bearer", token="b")]
        self.assertEqual(len(response.headers.getlist("WWW-Authenticate")), 2)
        challenge = WWWAuthenticate("digest", {"realm": "a", "nonce": "b"})
        response.www_authenticate = challenge
        challenge.parameters["nonce"] = "c"
        self.assertIn('nonce="c"', response.headers["WWW-Authenticate"])
        del response.www_authenticate
        self.assertNotIn("WWW-Authenticate", response.headers)

    def test_no_attribute_can_bring_another_line(self):
        """S179 S180, X80 X81: the choke point is behind each of them."""
        for name in ("content_type", "location", "content_encoding", "content_language", "vary", "allow", "mimetype",
                     "access_control_allow_origin", "content_security_policy", "retry_after", "accept_ranges"):
            for bad in ("a\r\nX: y", "a\nb", "a\x00"):
                with self.subTest(name=name, bad=bad), self.assertRaises(ValueError):
                    setattr(Response(), name, bad)
        for options in ({"content_type": "a\r\nb"}, {"mimetype": "a\nb"}, {"headers": {"X": "a\rb"}},
                        {"status": "200 a\nb"}):
            with self.subTest(options=options), self.assertRaises(ValueError):
                Response(**options)


class Data(unittest.TestCase):
    def test_a_number_is_no_body(self):
        response = Response(b"x")
        for wrong in (3, 10 ** 9, None, 1.5):
            with self.subTest(wrong), self.assertRaises(TypeError):
                response.set_data(wrong)
        for value in ("é", b"a", bytearray(b"a"), memoryview(b"a")):
            response.data = value
            self.assertEqual(response.data, value.encode() if isinstance(value, str) else bytes(value))


class Lists(unittest.TestCase):
    def test_a_field_of_names_takes_a_text_as_it_is_or_a_list(self):
        for attribute, field in (("access_control_allow_headers", "Access-Control-Allow-Headers"),
                                 ("access_control_expose_headers", "Access-Control-Expose-Headers"),
                                 ("access_control_allow_methods", "Access-Control-Allow-Methods"), ("vary", "Vary")):
            for value in ("X-A, X-B", ["X-A", "X-B"]):
                with self.subTest(attribute, value=value):
                    response = Response()
                    setattr(response, attribute, value)
                    self.assertEqual(response.headers[field], "X-A, X-B")


class Sequences(unittest.TestCase):
    def test_a_class_with_its_own_call_on_close_is_told_of_the_body(self):
        told = []

        class Telling(Response):
            def call_on_close(self, func):
                told.append(func)
                return super().call_on_close(func)
        body = (chunk for chunk in [b"a"])
        response = Telling(body)
        response.make_sequence()
        self.assertEqual((told, response.data), ([body.close], b"a"))


class Frozen(unittest.TestCase):
    def test_the_body_is_closed_and_the_response_can_be_pickled(self):
        closed = []

        class Body:
            def __iter__(self):
                return iter([b"a", b"b"])

            def close(self):
                closed.append(self)
        response = Response(Body())
        response.freeze()
        self.assertEqual(len(closed), 1)
        self.assertEqual(pickle.loads(pickle.dumps(response)).data, b"ab")
        response.close()
        self.assertEqual(len(closed), 1)


class Cookies(unittest.TestCase):
    def test_every_attribute_is_written(self):
        """B294"""
        response = Response()
        response.set_cookie("a", "b", 60, Fields.NOW, "/p", "example.com", True, True, "Lax", True)
        for part in ("a=b", "Domain=example.com", f"Expires={Fields.SENT}", "Max-Age=60", "Secure", "HttpOnly",
                     "Path=/p",
                     "SameSite=Lax", "Partitioned"):
            self.assertIn(part, response.headers["Set-Cookie"].split("; "))

    def test_false_attributes_are_not(self):
        """S98"""
        response = Response()
        response.set_cookie("a", "b", secure=False, httponly=False, samesite=None, partitioned=False)
        self.assertEqual(response.headers["Set-Cookie"], "a=b; Path=/")

    def test_deleting_expires_it(self):
        """B296"""
        response = Response()
        response.delete_cookie("a", "/p", "example.com")
        header = response.headers["Set-Cookie"]
        for part in ("a=", "Expires=Thu, 01 Jan 1970 00:00:00 GMT", "Max-Age=0", "Path=/p", "Domain=example.com"):
            self.assertIn(part, header)

    def test_a_large_one_is_set_with_a_warning(self):
        """B295, S114, X74"""
        response = Response()
        with self.assertWarnsRegex(UserWarning, "cookie"):
            response.set_cookie("a", "b" * 5000)
        self.assertIn("b" * 5000, response.headers["Set-Cookie"])
        response.max_cookie_size = 0
        response.set_cookie("a", "b" * 5000)  # warnings are errors

    def test_nothing_in_it_can_end_it_early(self):
        """S91 S93 S94 S95, X87 X88 X89"""
        for options in ({"key": "a b"}, {"key": "a="}, {"key": ""}, {"key": "a\r\n"}, {"domain": "a\r\nb"},
                        {"domain": "a;b"},
                        {"samesite": "Lax; x"}):
            with self.subTest(options=options), self.assertRaises(ValueError):
                Response().set_cookie(**{"key": "a", **options})
        response = Response()
        response.set_cookie("a", "x\r\ny;z", path="/; Domain=evil")
        self.assertEqual(len(response.headers["Set-Cookie"].split(";")), 2)


if __name__ == "__main__":
    unittest.main()
