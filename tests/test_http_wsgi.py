"""What an environ says: hosts, URLs, lengths; streams that end; iterables that close."""

from __future__ import annotations

import doctest
import io
import unittest

from minflask.http import wsgi as module
from minflask.http.exceptions import ClientDisconnected, RequestEntityTooLarge, SecurityError
from minflask.http.wsgi import (
    ClosingIterator, FileWrapper, LimitedStream, RangeWrapper, call_all, content_length_of, get_content_length,
    get_current_url, get_host, get_input_stream, host_is_trusted, host_of, quote_raw_query, server_of, url_of,
    wrap_file,
)


def load_tests(loader, tests, pattern):
    tests.addTests(doctest.DocTestSuite(module))
    return tests


class Hosts(unittest.TestCase):
    def test_a_host_is_a_name_or_an_address_with_a_port(self):
        for header in ("example.com", "a_b", "a-b.c:8080", "127.0.0.1:5000", "[::1]", "[::1]:5000", "xn--n3h.net"):
            with self.subTest(header=header):
                self.assertEqual(host_of("http", header), header)

    def test_a_bad_host_is_empty(self):
        """S131, X99: nothing that could be a path, a login or markup gets into a URL."""
        for header in ("", "a/b<c>", "good@evil", "a b", "a\n", "a:b", "a:", "a:123456", "[::1", "[z]:80", "::1",
                       "a?b", "a#b", "a\\b", "é.com", "a,b", "x" * 254, "a:٣", "a:80:80"):
            with self.subTest(header=header):
                self.assertEqual(host_of("http", header, ("server", 80)), "")

    def test_the_port_of_the_scheme_is_left_out(self):
        for scheme, header, host in (("http", "a:80", "a"), ("https", "a:443", "a"), ("ws", "a:80", "a"),
                                     ("wss", "a:443", "a"), ("http", "a:443", "a:443"), ("https", "a:80", "a:80")):
            with self.subTest(scheme=scheme, header=header):
                self.assertEqual(host_of(scheme, header), host)

    def test_without_a_header_it_is_the_server(self):
        for server, host in ((("a", 80), "a"), (("a", 8080), "a:8080"), (("::1", 8080), "[::1]:8080"),
                             (("/run/socket", None), ""), (None, "")):
            with self.subTest(server=server):
                self.assertEqual(host_of("http", None, server), host)

    def test_the_server_of_an_environ(self):
        for environ, server in (({}, None), ({"SERVER_NAME": "a"}, ("a", None)),
                                ({"SERVER_NAME": "a", "SERVER_PORT": "80"}, ("a", 80)),
                                ({"SERVER_NAME": "a", "SERVER_PORT": "sock"}, ("a", None))):
            with self.subTest(environ=environ):
                self.assertEqual(server_of(environ), server)

    def test_trusted_hosts_are_names_or_all_below_a_name(self):
        """S132: the port does not count, nor the case; an address is compared as a whole."""
        for host, trusted, expected in (
            ("a.com", ["a.com"], True), ("A.com:80", ["a.com"], True), ("a.com", ["a.com:81"], True),
            ("b.a.com", ["a.com"], False), ("b.a.com", [".a.com"], True), ("a.com", [".a.com"], True),
            ("ba.com", [".a.com"], False), ("☃.net", ["xn--n3h.net"], True), ("[::1]:80", ["[::1]"], True),
            ("[::2]", ["[::1]"], False), ("", ["a.com"], False), (None, [""], False), ("a.com", "a.com", True),
            ("a.com", [], False),
        ):
            with self.subTest(host=host, trusted=trusted):
                self.assertIs(host_is_trusted(host, trusted), expected)

    def test_a_host_that_is_not_trusted_is_refused(self):
        """X98, B293: with a 400, which does not repeat what was sent."""
        environ = {"wsgi.url_scheme": "http", "HTTP_HOST": "evil.example"}
        with self.assertRaises(SecurityError) as caught:
            get_host(environ, ["a.com"])
        self.assertEqual(caught.exception.code, 400)
        self.assertNotIn("evil", caught.exception.get_body())
        self.assertEqual(get_host(environ, [".example"]), "evil.example")


class Urls(unittest.TestCase):
    def test_the_parts_of_a_url(self):
        parts = ("http", "example.com", "/app/", "/π x", b"q=%C3%A9&r=%26")
        for count, url in ((2, "http://example.com/"), (3, "http://example.com/app/"),
                           (4, "http://example.com/app/π%20x"), (5, "http://example.com/app/π%20x?q=é&r=%26")):
            with self.subTest(count=count):
                self.assertEqual(url_of(*parts[:count]), url)

    def test_what_would_change_the_meaning_stays_encoded(self):
        self.assertEqual(url_of("http", "a", "", "/a?b#c%2F", b""), "http://a/a%3Fb%23c%252F")
        self.assertEqual(url_of("http", "a", "", "/", b"a=%zz#\xff%FF"), "http://a/?a=%zz%23%FF%FF")
        self.assertEqual(quote_raw_query("a b\xe9\r\n"), "a%20b%E9%0D%0A")

    def test_the_url_of_an_environ(self):
        environ = {"wsgi.url_scheme": "https", "HTTP_HOST": "a:444", "SCRIPT_NAME": "/s", "PATH_INFO": "/p",
                   "QUERY_STRING": "q"}
        for options, url in (({}, "https://a:444/s/p?q"), ({"strip_querystring": True}, "https://a:444/s/p"),
                             ({"root_only": True}, "https://a:444/s/"), ({"host_only": True}, "https://a:444/")):
            with self.subTest(options=options):
                self.assertEqual(get_current_url(environ, **options), url)


class Lengths(unittest.TestCase):
    def test_a_length_is_ascii_digits_or_nothing(self):
        """S24, S41: what int() would take is not what HTTP means."""
        for text, length in (("5", 5), (" 5 ", 5), ("+5", 0), ("-5", 0), ("5_0", 0), ("٣", 0), ("0x5", 0), ("", 0),
                             ("9" * 20, 0), (None, None)):
            with self.subTest(text=text):
                self.assertEqual(content_length_of(text), length)
                self.assertEqual(get_content_length({"CONTENT_LENGTH": text}), length)

    def test_a_chunked_body_has_no_length_beforehand(self):
        """RFC 9112, 7: the names of codings have no case, and there may be several."""
        for codings in ("chunked", "Chunked", "gzip, chunked", "gzip\t,CHUNKED"):
            with self.subTest(codings=codings):
                self.assertIsNone(content_length_of("5", codings))
                self.assertIsNone(get_content_length({"CONTENT_LENGTH": "5", "HTTP_TRANSFER_ENCODING": codings}))
        for codings in ("", "gzip", "chunkedx", "x-chunked"):
            with self.subTest(codings=codings):
                self.assertEqual(content_length_of("5", codings), 5)


def stream_of(environ=None, maximum=None, **more):
    return get_input_stream({"wsgi.input": io.BytesIO(b"0123456789"), **(environ or {}), **more},
                            max_content_length=maximum)


class Input(unittest.TestCase):
    def test_the_body_ends_at_its_length(self):
        self.assertEqual(stream_of(CONTENT_LENGTH="4").read(), b"0123")

    def test_a_body_without_length_is_empty(self):
        self.assertEqual(stream_of().read(), b"")
        stream = io.BytesIO(b"x")
        self.assertIs(get_input_stream({"wsgi.input": stream}, safe_fallback=False), stream)

    def test_a_server_that_ends_bodies_is_believed(self):
        self.assertEqual(stream_of({"wsgi.input_terminated": True}).read(), b"0123456789")

    def test_a_length_over_the_limit_is_refused_unread(self):
        """X51: 413 by the header alone, whoever ends the body."""
        for terminated in (False, True):
            with self.subTest(terminated=terminated), self.assertRaises(RequestEntityTooLarge):
                stream_of({"wsgi.input_terminated": terminated}, 9, CONTENT_LENGTH="10")
        self.assertEqual(stream_of(None, 10, CONTENT_LENGTH="10").read(), b"0123456789")

    def test_a_body_without_length_meets_the_limit_while_it_is_read(self):
        """S87, X52: at n all is read, at n + 1 it is 413, however it is read."""
        ways = {
            "read": lambda stream: stream.read(),
            "all": lambda stream: stream.readall(),
            "pieces": lambda stream: b"".join(iter(lambda: stream.read(3), b"")),
            "lines": lambda stream: b"".join(stream),
            "buffer": lambda stream: io.BufferedReader(stream).read(),
        }
        for way, read in ways.items():
            with self.subTest(way=way):
                self.assertEqual(read(stream_of({"wsgi.input_terminated": True}, 10)), b"0123456789")
                with self.assertRaises(RequestEntityTooLarge):
                    read(stream_of({"wsgi.input_terminated": True}, 9))


class Hesitant(io.BytesIO):
    """Gives one byte at a time, as a raw socket may."""

    def read(self, size=-1):
        return super().read(min(size, 1))


class Limited(unittest.TestCase):
    def test_nothing_is_read_behind_the_limit(self):
        for read in (lambda s: s.read(), lambda s: s.read(99), lambda s: s.readline(), lambda s: b"".join(s)):
            source = io.BytesIO(b"0123456789")
            self.assertEqual(read(LimitedStream(source, 4)), b"0123")
            self.assertEqual(source.tell(), 4)

    def test_lines_are_cut_at_the_limit(self):
        stream = LimitedStream(io.BytesIO(b"ab\ncd\nef"), 7)
        self.assertEqual(stream.readline(1), b"a")
        self.assertEqual(list(stream), [b"b\n", b"cd\n", b"e"])
        self.assertTrue(stream.is_exhausted)
        self.assertEqual(stream.tell(), 7)

    def test_a_source_that_gives_little_is_asked_again(self):
        self.assertEqual(LimitedStream(Hesitant(b"0123456789"), 5).read(), b"01234")
        self.assertEqual(LimitedStream(Hesitant(b"01"), 5).read(4), b"0")

    def test_a_body_that_ends_early_is_a_client_that_has_gone(self):
        """X53: a 400, not a short body."""
        for read in (lambda s: s.read(), lambda s: s.readline() and s.readline(), lambda s: s.exhaust()):
            with self.subTest(read=read), self.assertRaises(ClientDisconnected) as caught:
                read(LimitedStream(io.BytesIO(b"012"), 5))
            self.assertEqual(caught.exception.code, 400)

    def test_an_error_of_the_connection_is_one_too(self):
        class Broken(io.BytesIO):
            def read(self, size=-1):
                raise ConnectionResetError

        with self.assertRaises(ClientDisconnected) as caught:
            LimitedStream(Broken(), 5).read()
        self.assertIsInstance(caught.exception.__cause__, ConnectionResetError)

    def test_a_claimed_length_is_not_set_aside(self):
        """S41: a Content-Length of an exabyte costs what is sent, not what is said."""
        asked = []

        class Watched(io.BytesIO):
            def read(self, size=-1):
                asked.append(size)
                return super().read(size)

        with self.assertRaises(ClientDisconnected):
            LimitedStream(Watched(b"012"), 10 ** 18).read()
        self.assertLessEqual(max(asked), 1 << 20)

    def test_the_hooks_are_called(self):
        class Hooked(LimitedStream):
            calls = ()

            def on_exhausted(self):
                self.calls += ("exhausted",)

            def on_disconnect(self, error=None):
                self.calls += ("gone",)

        short, whole = Hooked(io.BytesIO(b"01"), 5), Hooked(io.BytesIO(b"01"), 2)
        self.assertEqual((short.read(), whole.read(), whole.read()), (b"01", b"01", b""))
        self.assertEqual((short.calls, whole.calls), (("gone",), ("exhausted",)))

    def test_exhaust_throws_the_rest_away(self):
        stream = LimitedStream(io.BytesIO(b"x" * 100), 70)
        stream.exhaust(8)
        self.assertTrue(stream.is_exhausted)

    def test_a_text_reader_can_sit_on_top(self):
        self.assertEqual(io.TextIOWrapper(io.BufferedReader(LimitedStream(io.BytesIO("äöü".encode()), 4))).read(), "äö")

    def test_nothing_is_read_where_nothing_is_asked_for(self):
        stream = LimitedStream(io.BytesIO(b"abc\n"), 4)
        self.assertEqual((stream.readline(0), stream.read(0), stream.readline(2), stream.readline()),
                         (b"", b"", b"ab", b"c\n"))


class Iterables(unittest.TestCase):
    def test_all_are_called_and_the_first_error_is_raised(self):
        calls = []

        def fail(name):
            calls.append(name)
            raise ValueError(name)

        with self.assertRaisesRegex(ValueError, "first"):
            call_all([lambda: fail("first"), lambda: fail("second"), lambda: calls.append("third")])
        self.assertEqual(calls, ["first", "second", "third"])

    def test_closing_closes_the_iterable_and_then_the_others(self):
        calls = []

        class Body(list):
            def close(self):
                calls.append("body")

        closing = ClosingIterator(Body([b"a"]), [lambda: calls.append("one"), lambda: calls.append("two")])
        self.assertEqual(list(closing), [b"a"])
        closing.close()
        self.assertEqual(calls, ["body", "one", "two"])

    def test_the_wrapper_of_the_server_is_used(self):
        """B333: so that it can send the file its own way."""
        self.assertEqual(wrap_file({"wsgi.file_wrapper": lambda *args: args}, "file", 5), ("file", 5))
        self.assertIsInstance(wrap_file({}, io.BytesIO()), FileWrapper)

    def test_a_part_is_cut_out_of_any_chunks(self):
        whole = b"Hello World"
        for size in range(1, 12):
            chunks = [whole[at:at + size] for at in range(0, 11, size)]
            for start in range(11):
                for length in (None, 0, 1, 4, 99):
                    with self.subTest(size=size, start=start, length=length):
                        wanted = whole[start:] if length is None else whole[start:start + length]
                        self.assertEqual(b"".join(RangeWrapper(chunks, start, length)), wanted)
                        wrapped = RangeWrapper(FileWrapper(io.BytesIO(whole), size), start, length)
                        self.assertEqual(b"".join(wrapped), wanted)

    def test_a_file_is_not_read_up_to_the_part(self):
        class Watched(io.BytesIO):
            reads = ()

            def read(self, size=-1):
                self.reads += (self.tell(),)
                return super().read(size)

        file = Watched(b"0123456789")
        self.assertEqual(b"".join(RangeWrapper(FileWrapper(file, 4), 8, 1)), b"8")
        self.assertEqual(file.reads, (8,))

    def test_closing_the_part_closes_the_file(self):
        file = io.BytesIO()
        RangeWrapper(FileWrapper(file)).close()
        self.assertTrue(file.closed)


if __name__ == "__main__":
    unittest.main()
