"""The test client as a browser: cookies by domain, path and time; redirects; streamed answers."""

from __future__ import annotations

import io
import unittest
from datetime import datetime, timezone
from unittest import mock
from wsgiref.validate import validator

from minflask.http import jar
from minflask.http.builder import EnvironBuilder, create_environ
from minflask.http.client import Client, ClientRedirectError, TestResponse, run_wsgi_app
from minflask.http.jar import Cookie, CookieJar
from minflask.http.request import Request
from minflask.http.response import Response


@Request.application
def echo(request):
    """Answer with what came in, or as the path says."""
    if request.path == "/set":
        response = Response("set")
        for header in request.args.getlist("c"):
            response.headers.add("Set-Cookie", header)
        return response
    if request.path.startswith("/go"):
        return Response("", int(request.args["code"]), {"Location": request.args["to"]})
    return Response("|".join((
        request.method, request.url, request.headers.get("Cookie", ""), request.headers.get("Content-Type") or "",
        request.get_data(as_text=True))))


def read(response):
    """Return what `echo` saw: method, URL, Cookie, Content-Type and body."""
    return response.text.split("|")


class Requests(unittest.TestCase):
    def test_each_method_has_its_own_way(self):
        client = Client(echo)
        for method in ("get", "post", "put", "delete", "patch", "options", "trace"):
            self.assertEqual(read(getattr(client, method)("/a"))[0], method.upper())
        self.assertEqual(client.head("/a").request.method, "HEAD")

    def test_open_takes_arguments_a_builder_an_environ_or_a_request(self):
        client = Client(echo)
        for arguments in (("/a?b=c",), (EnvironBuilder("/a?b=c"),), (create_environ("/a?b=c"),),
                          (EnvironBuilder("/a?b=c").get_request(),)):
            self.assertEqual(read(client.open(*arguments))[1], "http://localhost/a?b=c")

    def test_the_response_knows_its_request(self):
        response = Client(echo).post("/a", data={"b": "c"})
        self.assertEqual((response.request.path, response.request.method, response.history), ("/a", "POST", ()))
        self.assertIsInstance(response, TestResponse)

    def test_the_response_is_also_of_the_wrapper_class(self):
        class Own(Response):
            pass

        class OwnTest(TestResponse, Own):
            pass

        response = Client(echo, Own).get()
        self.assertIsInstance(response, Own)
        self.assertIsInstance(response, TestResponse)
        self.assertIs(type(Client(echo, OwnTest).get()), OwnTest)
        self.assertIs(type(Client(echo, Response).get()), TestResponse)

    def test_text_and_json(self):
        response = Client(Response('{"a": "é"}', mimetype="application/json")).get()
        self.assertEqual((response.text, response.json), ('{"a": "é"}', {"a": "é"}))

    def test_what_the_application_sends_is_what_there_is(self):
        def bare(environ, start_response):
            start_response("299 Own", [("X-A", "1")])
            return [b"x"]

        response = Client(bare).get()
        self.assertEqual((response.status, list(response.headers)), ("299 Own", [("X-A", "1")]))

    def test_a_streamed_answer_is_read_as_it_comes(self):
        steps = []

        def stream(environ, start_response):
            start_response("200 OK", [])
            for number in range(3):
                steps.append(number)
                yield b"%d" % number

        response = Client(stream).get()
        self.assertEqual(steps, [0])
        self.assertEqual(response.data, b"012")
        steps.clear()
        Client(stream).get(buffered=True)
        self.assertEqual(steps, [0, 1, 2])

    def test_repr(self):
        self.assertIn("echo", repr(Client(echo)))


class Running(unittest.TestCase):
    def run_app(self, app, buffered):
        body, status, headers = run_wsgi_app(app, create_environ(), buffered)
        data = b"".join(body)
        getattr(body, "close", lambda: None)()
        return data, status, list(headers)

    def test_start_response_may_come_late_and_write_may_be_used(self):
        def late(environ, start_response):
            yield b"a"
            start_response("200 OK", [("X", "1")])
            yield b"b"

        def writing(environ, start_response):
            start_response("200 OK", [("X", "1")])(b"a")
            return [b"b"]

        for app in (late, writing):
            for buffered in (True, False):
                self.assertEqual(self.run_app(app, buffered), (b"ab", "200 OK", [("X", "1")]))

    def test_an_error_passed_to_start_response_is_raised(self):
        def broken(environ, start_response):
            try:
                raise KeyError("x")
            except KeyError as error:
                start_response("500 X", [], (KeyError, error, error.__traceback__))
            return []

        for buffered in (True, False):
            with self.assertRaises(KeyError):
                run_wsgi_app(broken, create_environ(), buffered)

    def test_an_application_that_never_starts_is_an_error(self):
        for buffered in (True, False):
            with self.assertRaises(RuntimeError):
                run_wsgi_app(lambda environ, start_response: [], create_environ(), buffered)

    def test_the_body_is_closed(self):
        class Body:
            closed = 0

            def __iter__(self):
                return iter([b"x"])

            def close(self):
                self.closed += 1

        for buffered in (True, False):
            body = Body()
            self.run_app(lambda environ, start_response: start_response("200 OK", []) and body, buffered)
            self.assertEqual(body.closed, 1, buffered)

    def test_environs_and_answers_are_what_wsgi_asks_for(self):
        client = Client(validator(echo))
        for kwargs in ({"path": "/ä?b"}, {"method": "POST", "data": {"f": (io.BytesIO(b"1"), "n")}}, {"json": 1},
                       {"base_url": "https://[::1]:8/x", "headers": {"X": "y"}}):
            self.assertEqual(client.open(buffered=True, **kwargs).status_code, 200)

    def test_the_environ_is_not_changed(self):
        environ = create_environ()
        run_wsgi_app(lambda e, start: e.clear() or start("200 OK", []) and [], environ)
        self.assertEqual(environ["PATH_INFO"], "/")


class Failing(unittest.TestCase):
    def test_a_body_whose_first_piece_fails_is_closed(self):
        """PEP 3333: close() is called whether the request completed or not."""
        closed = []

        class Body:
            def __iter__(self):
                return self

            def __next__(self):
                raise ZeroDivisionError

            def close(self):
                closed.append(self)
        for buffered in (True, False):
            with self.subTest(buffered=buffered), self.assertRaises(ZeroDivisionError):
                run_wsgi_app(lambda environ, start_response: Body(), create_environ("/"), buffered)
        self.assertEqual(len(closed), 2)

    def test_a_body_without_a_status_is_closed(self):
        for buffered in (True, False):
            source = io.BytesIO(b"x")
            with self.subTest(buffered=buffered), self.assertRaisesRegex(RuntimeError, "start_response"):
                run_wsgi_app(lambda environ, start_response: source, create_environ("/"), buffered)
            self.assertTrue(source.closed)


class Cookies(unittest.TestCase):
    def test_cookies_come_back(self):
        client = Client(echo)
        client.get("/set", query_string={"c": ["a=1", "b=2"]})
        self.assertEqual(read(client.get("/"))[2], "a=1; b=2")

    def test_a_client_without_cookies_keeps_none(self):
        client = Client(echo, use_cookies=False)
        client.get("/set?c=a=1")
        self.assertEqual(read(client.get("/"))[2], "")
        for call in (lambda: client.get_cookie("a"), lambda: client.set_cookie("a"), lambda: client.delete_cookie("a")):
            with self.assertRaises(TypeError):
                call()

    def test_a_cookie_of_the_test_itself_is_sent_too(self):
        client = Client(echo)
        client.set_cookie("a", "1")
        self.assertEqual(read(client.get("/", headers={"Cookie": "b=2"}))[2], "b=2; a=1")

    def test_set_get_and_delete(self):
        client = Client(echo)
        client.set_cookie("k", "v;é", path="/p", domain="example.com", httponly=True, samesite="Lax", max_age=9)
        cookie = client.get_cookie("k", "example.com", "/p")
        self.assertEqual(
            (cookie.decoded_key, cookie.decoded_value, cookie.http_only, cookie.secure, cookie.same_site,
             cookie.max_age, cookie.domain, cookie.path, cookie.origin_only),
            ("k", "v;é", True, False, "Lax", 9, "example.com", "/p", True))
        self.assertIsNone(client.get_cookie("k"))
        self.assertEqual(read(client.get("/p", "http://example.com"))[2], f"k={cookie.value}")
        client.delete_cookie("k", domain="example.com", path="/p")
        client.delete_cookie("never there")
        self.assertIsNone(client.get_cookie("k", "example.com", "/p"))

    def test_domains(self):
        for cookie, origin, sent, kept in (
            ("a=1", "example.com", ["example.com", "EXAMPLE.com"], ["www.example.com", "localhost"]),
            ("a=1; Domain=example.com", "example.com", ["example.com", "www.example.com"], ["badexample.com"]),
            ("a=1; Domain=.example.com", "www.example.com", ["example.com", "x.example.com"], ["example.org"]),
            ("a=1; Domain=", "example.com", ["example.com"], ["www.example.com"]),
        ):
            with self.subTest(cookie):
                client = Client(echo)
                client.get("/set", f"http://{origin}", query_string={"c": cookie})
                self.assertEqual([read(client.get("/", f"http://{host}"))[2] for host in sent], ["a=1"] * len(sent))
                self.assertEqual([read(client.get("/", f"http://{host}"))[2] for host in kept], [""] * len(kept))

    def test_paths(self):
        for path, sent, kept in (
            ("/a", ["/a", "/a/", "/a/b"], ["/", "/ab"]),
            ("/a/", ["/a/", "/a/b"], ["/a", "/"]),
            ("/", ["/", "/x"], []),
            ("/%C3%A9", ["/é", "/é/x"], ["/"]),
        ):
            with self.subTest(path):
                client = Client(echo)
                client.get("/set", query_string={"c": f"a=1; Path={path}"})
                self.assertEqual([read(client.get(to))[2] for to in sent], ["a=1"] * len(sent))
                self.assertEqual([read(client.get(to))[2] for to in kept], [""] * len(kept))

    def test_a_cookie_without_a_path_gets_the_folder_of_the_request(self):
        for path, folder in (("/x/y", "/x"), ("/x/y/", "/x/y"), ("/x", "/"), ("", "/")):
            for header in ("a=1", "a=1; Path=relative"):
                self.assertEqual(Cookie.parse(header, "h", path).path, folder)

    def test_longer_paths_come_first(self):
        cookies = CookieJar()
        cookies.take(["a=1; Path=/", "b=2; Path=/x/y", "c=3; Path=/x"], "h", "/")
        self.assertEqual(cookies.header("h", "/x/y"), "b=2; c=3; a=1")

    def test_time(self):
        for header, lives in (
            ("a=1", True), ("a=1; Max-Age=10", True), ("a=1; Max-Age=0", False), ("a=1; Max-Age=-5", False),
            ("a=1; Max-Age=x", True), ("a=1; Max-Age=1_0", True), ("a=1; Max-Age=" + "9" * 5000, True),
            ("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", False), ("a=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT", True),
            ("a=1; Expires=garbage", True),
            ("a=1; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT", True),
        ):
            with self.subTest(header):
                cookies = CookieJar()
                cookies.take(["a=0", header], "h", "/")
                self.assertEqual(cookies.header("h", "/"), "a=1" if lives else "")

    def test_a_cookie_ends_when_its_time_is_over(self):
        cookies = CookieJar()
        with mock.patch.object(jar.time, "time", lambda: 1000.0):
            cookies.take(["a=1; Max-Age=10", "b=2; Expires=Thu, 01 Jan 1970 00:16:50 GMT"], "h", "/")
            self.assertEqual(cookies.header("h", "/"), "a=1; b=2")
        with mock.patch.object(jar.time, "time", lambda: 1010.0):
            self.assertEqual(cookies.header("h", "/"), "")
            self.assertIsNone(cookies.find("a", "h", "/"))
        self.assertEqual(cookies["h", "/", "b"].expires, datetime(1970, 1, 1, 0, 16, 50, tzinfo=timezone.utc))

    def test_what_is_no_cookie_is_passed_over(self):
        cookies = CookieJar()
        cookies.take(["", "novalue", "=x", ";Path=/"], "h", "/")
        self.assertEqual(cookies, {})

    def test_cookies_are_compared_by_what_they_say(self):
        one, other = (Cookie.parse("a=1; Secure; HttpOnly; SameSite=Strict", "h", "/") for _ in range(2))
        self.assertEqual(one, other)
        self.assertNotEqual(one, Cookie.parse("a=1", "h", "/"))
        self.assertEqual(repr(one), "<Cookie a=1 for h/>")


class Redirects(unittest.TestCase):
    def follow(self, code, to, method="POST", client=None, **kwargs):
        return (client or Client(echo)).open(
            "/go", query_string={"code": code, "to": to}, method=method, follow_redirects=True, **kwargs)

    def test_without_being_asked_the_client_follows_none(self):
        self.assertEqual(Client(echo).get("/go?code=302&to=/x").status_code, 302)

    def test_the_method_and_the_body_go_on_or_not(self):
        for code, method, then, body in (
            (301, "POST", "GET", ""), (302, "POST", "GET", ""), (303, "PUT", "GET", ""), (305, "DELETE", "GET", ""),
            (307, "POST", "POST", "a=1"), (308, "PUT", "PUT", "a=1"), (302, "GET", "GET", ""),
        ):
            with self.subTest(code=code, method=method):
                response = self.follow(code, "/there", method, data={"a": "1"})
                kind = "application/x-www-form-urlencoded" if body else ""
                self.assertEqual(read(response), [then, "http://localhost/there", "", kind, body])

    def test_head_stays_head(self):
        self.assertEqual(self.follow(302, "/x", "HEAD").request.method, "HEAD")

    def test_where_they_lead(self):
        for base, to, url in (
            ("http://localhost", "/a?b=c", "http://localhost/a?b=c"),
            ("http://localhost", "a", "http://localhost/a"),
            ("http://localhost", "http://localhost/ü?ü#part", "http://localhost/ü?ü"),
            ("http://localhost", "https://localhost/x", "https://localhost/x"),
            ("http://localhost", "./x/../y?x=1", "http://localhost/y?x=1"),
            ("http://h:81/root", "a", "http://h:81/root/a"),
            ("http://h:81/root", "/root/a", "http://h:81/root/a"),
            ("http://h:81/root", "/rooted", "http://h:81/rooted"),
        ):
            with self.subTest(base=base, to=to):
                self.assertEqual(read(self.follow(302, to, "GET", base_url=base))[1], url)

    def test_they_stay_below_the_mount_point(self):
        response = self.follow(302, "/root/a", "GET", base_url="http://h/root")
        self.assertEqual((response.request.script_root, response.request.path), ("/root", "/a"))
        response = self.follow(302, "/a", "GET", base_url="http://h/root")
        self.assertEqual((response.request.script_root, response.request.path), ("", "/a"))

    def test_the_history_is_kept(self):
        client = Client(echo)
        response = client.get("/go?code=302&to=/go2%3Fcode%3D307%26to%3D/end", follow_redirects=True)
        self.assertEqual(read(response)[1], "http://localhost/end")
        self.assertEqual([step.status_code for step in response.history], [302, 307])
        self.assertEqual([step.request.path for step in response.history], ["/go", "/go2"])
        self.assertEqual(response.history[1].history, response.history[:1])

    def test_other_hosts_are_not_asked(self):
        for to in ("http://other/", "http://sub.localhost/", "//other"):
            with self.assertRaises(RuntimeError):
                self.follow(302, to)
        client = Client(echo, allow_subdomain_redirects=True)
        self.assertEqual(read(self.follow(302, "http://sub.localhost/", client=client))[1], "http://sub.localhost/")
        with self.assertRaises(RuntimeError):
            self.follow(302, "http://notlocalhost/", client=client)

    def test_a_circle_is_an_error(self):
        with self.assertRaises(ClientRedirectError):
            Client(Response("", 302, {"Location": "/x"})).get("/", follow_redirects=True)

    def test_cookies_of_a_redirect_count_at_once(self):
        @Request.application
        def app(request):
            response = Response(request.headers.get("Cookie", ""))
            if request.path == "/in":
                response = Response("", 302, {"Location": "/"})
                response.set_cookie("a", "1")
            elif request.path == "/out":
                response = Response("", 302, {"Location": "/"})
                response.delete_cookie("a")
            return response

        client = Client(app)
        self.assertEqual([client.get(path, follow_redirects=True).text for path in ("/in", "/", "/out", "/")],
                         ["a=1", "a=1", "", ""])

    def test_each_step_goes_through_open(self):
        class Own(Client):
            opened = 0

            def open(self, *args, **kwargs):
                self.opened += 1
                return super().open(*args, **kwargs)

        client = Own(echo)
        self.follow(302, "/x", client=client)
        self.assertEqual(client.opened, 2)

    def test_a_body_that_was_read_is_sent_again(self):
        @Request.application
        def app(request):
            data = request.get_data(as_text=True)
            return Response(data) if request.path == "/x" else Response("", 307, {"Location": "/x"})

        stream = io.BytesIO(b"-body")
        stream.read(1)
        self.assertEqual(Client(app).post("/", input_stream=stream, follow_redirects=True).text, "body")


if __name__ == "__main__":
    unittest.main()
