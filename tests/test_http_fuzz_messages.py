"""Requests and responses under random and mutated input (reliability.md, section 7).

Seeded: the same inputs in every run. `make test` takes few of them, `make fuzz` as many as
MINFLASK_FUZZ says, and measures there that the cost of hostile inputs grows with their length.
"""

from __future__ import annotations

import io
import os
import random
import time
import unittest
import warnings

from minflask.http.exceptions import HTTPException, RequestEntityTooLarge
from minflask.http.request import Request
from minflask.http.response import Response
from minflask.http.wsgi import LimitedStream, host_of

COUNT = int(os.environ.get("MINFLASK_FUZZ", "0"))
ROUNDS = max(COUNT, 300)
ATTRIBUTES = [name for name in dir(Request) if not name.startswith("_") and name not in (
    "application", "from_values", "close", "on_json_loading_failed", "make_form_data_parser")]
KEYS = """REQUEST_METHOD PATH_INFO SCRIPT_NAME QUERY_STRING CONTENT_TYPE CONTENT_LENGTH SERVER_NAME SERVER_PORT
HTTP_HOST HTTP_ACCEPT HTTP_ACCEPT_LANGUAGE HTTP_ACCEPT_ENCODING HTTP_ACCEPT_CHARSET HTTP_COOKIE
HTTP_AUTHORIZATION HTTP_RANGE HTTP_IF_RANGE HTTP_IF_MATCH HTTP_IF_NONE_MATCH HTTP_IF_MODIFIED_SINCE
HTTP_IF_UNMODIFIED_SINCE HTTP_CACHE_CONTROL HTTP_PRAGMA HTTP_DATE HTTP_MAX_FORWARDS HTTP_USER_AGENT
HTTP_X_FORWARDED_FOR HTTP_TRANSFER_ENCODING REMOTE_ADDR HTTP_ACCESS_CONTROL_REQUEST_HEADERS""".split()
# What values are made of, and what breaks them.
TOKENS = """a abc 0 12 -1 +5 1_0 999999999999999999999 ٣ é \xff \x00 \r\n \n \t , ; = : / ? # & % %zz %FF %C3%A9 " '
\\ ( ) * q=0.5 q=2 ;q= W/ "a" W/"b" bytes bytes=0-1 bytes=-0 0-,0-, text/html application/json multipart/form-data
boundary=x charset=utf-7 Basic Bearer Digest YTpi = gzip chunked [::1] :80 :x @ .. // <b> a=b c="d" max-age=5 no-cache
Tue, 22 Jan 2008 11:18:44 GMT 99999 GET post xn-- xn--n3h -""".split(" ") + [" ", "\u2603"]


def random_value(rng):
    text = rng.choice(("", " ", ",")).join(rng.choices(TOKENS, k=rng.randrange(0, 7)))
    return text.encode("latin-1", "replace").decode("latin-1")  # as WSGI has it


def random_environ(rng):
    environ = {"wsgi.url_scheme": rng.choice(("http", "https")),
               "wsgi.input": io.BytesIO(rng.randbytes(rng.randrange(20)))}
    environ.update((key, random_value(rng)) for key in rng.sample(KEYS, rng.randrange(1, 14)))
    if rng.random() < 0.3:
        environ["wsgi.input_terminated"] = True
    return environ


def send(response, environ):
    said = []
    body = response(environ, lambda *args: said.extend(args))
    data = b"".join(body)
    getattr(body, "close", lambda: None)()
    return said[0], said[1], data


class Requests(unittest.TestCase):
    def test_whatever_is_sent_reading_it_fails_with_a_4xx_at_worst(self):
        rng = random.Random(1)
        for _ in range(ROUNDS):
            environ = random_environ(rng)
            request = Request(environ)
            request.max_content_length = rng.choice((None, 5))
            for name in rng.sample(ATTRIBUTES, len(ATTRIBUTES)):
                with self.subTest(name=name, environ=environ):
                    try:
                        value = getattr(request, name)
                        if name in ("get_data", "get_json"):
                            value()
                        repr(value)
                    except HTTPException as error:
                        self.assertIn(error.code, range(400, 500))

    def test_a_host_is_empty_or_fit_for_a_url(self):
        rng = random.Random(2)
        for _ in range(ROUNDS):
            text = "".join(rng.choices("aZ09.-_:[]@/\\?#% \té\x00\n", k=rng.randrange(8)))
            with self.subTest(text=text):
                host = host_of("http", text)
                self.assertRegex(host, r"\A([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]|)(:[0-9]+)?\Z")
                self.assertTrue(text.startswith(host))


class Streams(unittest.TestCase):
    def test_any_mix_of_reads_gives_the_bytes_up_to_the_limit(self):
        """Body identity."""
        rng = random.Random(3)
        for _ in range(ROUNDS):
            body = bytes(rng.choices(b"ab\n\r", k=rng.randrange(40)))
            limit = rng.randrange(len(body) + 1)
            stream, taken = LimitedStream(io.BytesIO(body), limit), b""
            while not stream.is_exhausted:
                size = rng.choice((-1, None, 1, 2, 7))
                taken += rng.choice((stream.read, stream.readline))(size)
            with self.subTest(body=body, limit=limit):
                self.assertEqual(taken, body[:limit])
                self.assertEqual((stream.read(), stream.tell()), (b"", limit))

    def test_more_than_the_most_is_noticed_however_it_is_read(self):
        rng = random.Random(4)
        for _ in range(ROUNDS):
            body = b"x" * rng.randrange(1, 20)
            limit = rng.randrange(len(body) + 3)
            stream, taken = LimitedStream(io.BytesIO(body), limit, is_max=True), b""
            try:
                data = True
                while data:
                    data = stream.read(rng.choice((-1, 1, 3)))
                    taken += data
                self.assertLessEqual(len(body), limit)
                self.assertEqual(taken, body)
            except RequestEntityTooLarge:
                self.assertGreater(len(body), limit)


class Responses(unittest.TestCase):
    CALLS = ("add_etag", "freeze", "make_sequence", "get_data")

    def random_response(self, rng):
        parts = [rng.choice(("", "a", "é", b"\xff", b"xyz")) for _ in range(rng.randrange(4))]
        body = rng.choice((lambda: parts, lambda: tuple(parts), lambda: iter(parts), lambda: "text é", lambda: b"b",
                           lambda: None))
        response = Response(body(), rng.choice((200, 201, 204, 206, 304, 404, "299 X", None)))
        for name in rng.sample(self.CALLS, rng.randrange(3)):
            getattr(response, name)()
        if rng.random() < 0.3:
            response.headers["X-A"] = "b"
        if rng.random() < 0.3:
            response.status_code = rng.choice((200, 204, 304))
        if rng.random() < 0.2:
            response.stream.write("more")
        return response

    def test_what_is_sent_is_framed_right(self):
        rng = random.Random(5)
        for _ in range(ROUNDS):
            environ = random_environ(rng)
            environ["REQUEST_METHOD"] = rng.choice(("GET", "HEAD", "POST"))
            response = self.random_response(rng)
            if rng.random() < 0.5:
                try:
                    response.make_conditional(environ, accept_ranges=True,
                                              complete_length=response.calculate_content_length())
                except HTTPException as error:
                    self.assertEqual(error.code, 416)
                    continue
            with self.subTest(response=response, environ=environ):
                status, headers, body = send(response, environ)
                code, length = int(status[:3]), dict(headers).get("Content-Length")
                if code in (204, 304):
                    self.assertEqual((length, body), (None, b""))
                elif environ["REQUEST_METHOD"] == "HEAD":
                    self.assertEqual(body, b"")
                elif length is not None:
                    self.assertEqual(int(length), len(body))
                self.assertEqual(len([name for name, _ in headers if name == "Content-Length"]),
                                 int(length is not None))

    def test_no_way_in_lets_a_line_end_out(self):
        """The header choke point (property 7): an error, or nothing of it in what is sent."""
        ways = {name: lambda response, text, name=name: setattr(response, name, text) for name in (
            "status", "location", "content_type", "mimetype", "content_language", "vary", "allow", "content_encoding",
            "access_control_allow_origin", "content_location", "accept_ranges", "retry_after",
            "content_security_policy")}
        ways.update({
            "cookie name": lambda response, text: response.set_cookie(text, "a"),
            "cookie value": lambda response, text: response.set_cookie("a", text),
            "cookie path": lambda response, text: response.set_cookie("a", "b", path=text),
            "cookie domain": lambda response, text: response.set_cookie("a", "b", domain=text),
            "cookie samesite": lambda response, text: response.set_cookie("a", "b", samesite=text),
            "etag": lambda response, text: response.set_etag(text),
            "header": lambda response, text: response.headers.add("X", text),
            "header name": lambda response, text: response.headers.add(text, "x"),
            "challenge": lambda response, text: response.www_authenticate.set_basic(text),
            "directive": lambda response, text: response.cache_control.__setitem__(text, text),
            "source": lambda response, text: setattr(response.content_security_policy, "img_src", text),
        })
        rng = random.Random(6)
        for _ in range(ROUNDS):
            name = rng.choice(sorted(ways))
            text = random_value(rng) + rng.choice(("\r\nX: y", "\n", "\r", "\x00", "\x0b", "", "é"))
            response = Response("x")
            with self.subTest(way=name, text=text), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    ways[name](response, text)
                except (ValueError, TypeError, UnicodeError):
                    continue
                status, headers, _ = send(response, {"REQUEST_METHOD": "GET"})
                for part in (status, *(part for header in headers for part in header)):
                    self.assertFalse(set("\r\n\x00") & set(part), part)


@unittest.skipUnless(COUNT, "measured by `make fuzz`")
class Cost(unittest.TestCase):
    def test_reading_a_head_costs_no_more_than_its_length(self):
        """Four times the input, at most twelve times the time."""
        for key, attribute, unit in (
            ("HTTP_HOST", "host", "a."), ("HTTP_RANGE", "range", "0-,"), ("QUERY_STRING", "url", "%C3%A9&"),
            ("PATH_INFO", "url", "/\xc3\xa9"), ("HTTP_COOKIE", "cookies", 'a="\\'),
            ("CONTENT_TYPE", "mimetype", ';a="\\'),
            ("HTTP_X_FORWARDED_FOR", "access_route", ",1"), ("HTTP_IF_NONE_MATCH", "if_none_match", 'W/"'),
        ):
            costs = []
            for count in (20_000, 80_000):
                environ = {key: unit * count, "wsgi.url_scheme": "http"}
                start = time.perf_counter()
                for _ in range(3):
                    getattr(Request(environ), attribute)
                costs.append(time.perf_counter() - start)
            with self.subTest(key=key):
                self.assertLess(costs[1], costs[0] * 12 + 0.01)


if __name__ == "__main__":
    unittest.main()
