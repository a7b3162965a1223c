"""The environ builder: every argument, and the environ that comes of it."""

from __future__ import annotations

import io
import sys
import unittest

from minflask.http.auth import Authorization
from minflask.http.builder import EnvironBuilder, create_environ, encode_multipart, stream_encode_multipart
from minflask.http.headers import Headers
from minflask.http.request import Request
from minflask.http.structures import MultiDict
from minflask.http.uploads import FileStorage


class Targets(unittest.TestCase):
    def test_without_arguments_it_asks_for_the_root_of_localhost(self):
        environ = create_environ()
        expected = {
            "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/", "QUERY_STRING": "", "REQUEST_URI": "/",
            "RAW_URI": "/", "SERVER_NAME": "localhost", "SERVER_PORT": "80", "HTTP_HOST": "localhost",
            "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr, "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False,
        }
        self.assertEqual({name: value for name, value in environ.items() if name != "wsgi.input"}, expected)
        self.assertEqual(environ["wsgi.input"].read(), b"")

    def test_paths(self):
        for path, path_info, uri, query in (
            ("/a b", "/a b", "/a%20b", ""),
            ("/a%2Fb", "/a/b", "/a%2Fb", ""),
            ("/é", "/\xc3\xa9", "/%C3%A9", ""),
            ("/%FF", "/\xff", "/%FF", ""),
            ("/a?x=1&y=%20", "/a", "/a?x=1&y=%20", "x=1&y=%20"),
            ("/a?", "/a", "/a?", ""),
            ("/a?ä", "/a", "/a?\xc3\xa4", "\xc3\xa4"),
            ("", "", "", ""),
            ("a", "a", "a", ""),
            ("http://other/a?b", "/a", "http://other/a?b", "b"),
        ):
            with self.subTest(path):
                environ = create_environ(path)
                self.assertEqual([environ[name] for name in ("PATH_INFO", "REQUEST_URI", "RAW_URI", "QUERY_STRING")],
                                 [path_info, uri, uri, query])

    def test_base_urls(self):
        for base, scheme, host, name, port, root in (
            ("http://example.com", "http", "example.com", "example.com", "80", ""),
            ("https://example.com/app/", "https", "example.com", "example.com", "443", "/app"),
            ("http://example.com:8080/a%20b", "http", "example.com:8080", "example.com", "8080", "/a b"),
            ("http://[::1]:5000/", "http", "[::1]:5000", "::1", "5000", ""),
            ("http://☃.net/", "http", "xn--n3h.net", "xn--n3h.net", "80", ""),
            ("wss://h/", "wss", "h", "h", "443", ""),
        ):
            with self.subTest(base):
                environ = create_environ(base_url=base)
                names = ("wsgi.url_scheme", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME")
                self.assertEqual([environ[variable] for variable in names], [scheme, host, name, port, root])

    def test_a_base_url_with_more_than_a_path_is_refused(self):
        for base in ("http://h/?q", "http://h/#f"):
            with self.assertRaises(ValueError):
                EnvironBuilder(base_url=base)

    def test_what_makes_up_the_base_url_can_be_changed(self):
        builder = EnvironBuilder(base_url="http://a:81/root")
        self.assertEqual((builder.host, builder.server_name, builder.server_port, builder.base_url),
                         ("a:81", "a", 81, "http://a:81/root/"))
        builder.host, builder.url_scheme, builder.script_root = "b", "https", ""
        self.assertEqual((builder.base_url, builder.server_port), ("https://b/", 443))
        builder.base_url = None
        self.assertEqual(builder.base_url, "http://localhost/")

    def test_the_query_is_text_or_a_dictionary(self):
        for query, sent in (
            ("a=b", "a=b"), (b"a=%FF", "a=%FF"), ({"a": ["1", 2], "b": None, "c": "é &"}, "a=1&a=2&c=%C3%A9+%26"),
            (MultiDict([("a", "1"), ("b", "2"), ("a", "3")]), "a=1&a=3&b=2"), ({}, ""), ("", ""),
        ):
            with self.subTest(query):
                self.assertEqual(create_environ(query_string=query)["QUERY_STRING"], sent)

    def test_two_queries_are_refused(self):
        with self.assertRaises(ValueError):
            create_environ("/?a=b", query_string={"c": "d"})

    def test_args_and_query_string_replace_each_other(self):
        builder = EnvironBuilder(query_string={"a": "1"})
        builder.args["b"] = "2"
        self.assertEqual(builder.query_string, "a=1&b=2")
        builder.query_string = "c=3"
        with self.assertRaises(AttributeError):
            builder.args
        builder.args = MultiDict({"d": "4"})
        self.assertEqual(builder.query_string, "d=4")


class Bodies(unittest.TestCase):
    def environ(self, *args, **kwargs):
        environ = create_environ(*args, **kwargs)
        return environ.get("CONTENT_TYPE"), environ.get("CONTENT_LENGTH"), environ["wsgi.input"].read()

    def test_bytes_text_and_streams(self):
        for data in (b"h\xc3\xa9", "hé", io.BytesIO(b"h\xc3\xa9"), io.StringIO("hé"), bytearray(b"h\xc3\xa9")):
            with self.subTest(type(data)):
                self.assertEqual(self.environ(data=data), (None, "3", b"h\xc3\xa9"))

    def test_an_input_stream_is_passed_on_as_it_is(self):
        stream = io.BytesIO(b"-body")
        stream.read(1)
        environ = create_environ(input_stream=stream)
        self.assertIs(environ["wsgi.input"], stream)
        self.assertEqual((environ["CONTENT_LENGTH"], stream.read()), ("4", b"body"))

    def test_a_stream_that_cannot_seek_has_the_length_that_is_given(self):
        class Pipe:
            read = staticmethod(lambda size=-1: b"")

        self.assertNotIn("CONTENT_LENGTH", create_environ(input_stream=Pipe()))
        self.assertEqual(create_environ(input_stream=Pipe(), content_length=7)["CONTENT_LENGTH"], "7")

    def test_a_request_has_one_body(self):
        for given in ({"data": b"x", "json": 1}, {"data": b"x", "input_stream": io.BytesIO()}):
            with self.assertRaises(TypeError):
                EnvironBuilder(**given)

    def test_json(self):
        self.assertEqual(self.environ(json={"a": "é"}), ("application/json", "15", b'{"a": "\\u00e9"}'))
        self.assertEqual(self.environ(json=[], content_type="application/x+json")[0], "application/x+json")
        self.assertEqual(self.environ(json=0)[2], b"0")

    def test_json_is_written_by_a_method_that_can_be_replaced(self):
        class Builder(EnvironBuilder):
            @staticmethod
            def json_dumps(obj, **kwargs):
                return "own"

        self.assertEqual(Builder(json=1).get_environ()["wsgi.input"].read(), b"own")

    def test_fields_make_an_urlencoded_body(self):
        self.assertEqual(self.environ(method="POST", data={"a": ["1", 2], "b": "é"}),
                         ("application/x-www-form-urlencoded", "16", b"a=1&a=2&b=%C3%A9"))

    def test_files_make_a_multipart_body(self):
        for file in (
            (io.BytesIO(b"data"), "n.txt"), (io.BytesIO(b"data"), "n.txt", "text/plain"),
            FileStorage(io.BytesIO(b"data"), "n.txt"), [(io.BytesIO(b"data"), "n.txt")],
        ):
            with self.subTest(type(file)), EnvironBuilder(data={"f": file, "a": 1}).get_request() as made:
                self.assertEqual(made.mimetype, "multipart/form-data")
                self.assertEqual(made.form.to_dict(), {"a": "1"})
                found = made.files["f"]
                self.assertEqual((found.filename, found.mimetype, found.read()), ("n.txt", "text/plain", b"data"))

    def test_form_and_files_can_be_filled_later(self):
        builder = EnvironBuilder(method="POST")
        self.assertIsNone(builder.content_type)
        builder.form["a"] = "1"
        self.assertEqual(builder.content_type, "application/x-www-form-urlencoded")
        builder.files.add_file("f", io.BytesIO(b"data"), "n.txt")
        self.assertEqual((builder.content_type, builder.mimetype), ("multipart/form-data",) * 2)
        builder.input_stream = io.BytesIO(b"raw")
        with self.assertRaises(AttributeError):
            builder.form
        with self.assertRaises(AttributeError):
            builder.files
        builder.form = MultiDict({"b": "2"})
        self.assertEqual(builder.get_request().form.to_dict(), {"b": "2"})

    def test_a_boundary_that_is_given_is_used(self):
        content_type, _, body = self.environ(content_type="multipart/form-data; boundary=own", data={"a": "1"})
        self.assertEqual(content_type, "multipart/form-data; boundary=own")
        self.assertEqual(body, b'--own\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--own--\r\n')

    def test_close_closes_the_files_once(self):
        class File(io.BytesIO):
            closings = 0

            def close(self):
                self.closings += 1

        file = File(b"x")
        builder = EnvironBuilder(data={"f": (file, "n")})
        builder.close()
        builder.close()
        self.assertEqual(file.closings, 1)
        other = File(b"x")
        create_environ(data={"f": (other, "n")})
        self.assertEqual(other.closings, 1)

    def test_a_form_as_a_stream(self):
        data = {"a": "x" * 200, "f": FileStorage(io.BytesIO(b"y" * 200), "n")}
        for use_tempfile, threshold, in_memory in ((True, 150, False), (True, 5000, True), (False, 150, True)):
            data["f"].seek(0)
            stream, length, boundary = stream_encode_multipart(data, use_tempfile, threshold)
            with stream:
                self.assertEqual(isinstance(stream, io.BytesIO), in_memory)
                body = stream.read()
            self.assertEqual((len(body), body.count(boundary.encode())), (length, 3))
        self.assertEqual(encode_multipart({"a": 1}, "b")[1].count(b"--b"), 2)


class Headers_(unittest.TestCase):
    def test_headers_become_variables_and_are_joined(self):
        headers = Headers([("X-A", "1"), ("x-a", "2"), ("X-B", "3")])
        environ = create_environ(headers=headers)
        self.assertEqual((environ["HTTP_X_A"], environ["HTTP_X_B"]), ("1, 2", "3"))
        for given in ({"X-A": "1"}, [("X-A", "1")]):
            self.assertEqual(create_environ(headers=given)["HTTP_X_A"], "1")

    def test_an_empty_name_means_no_header(self):
        # httpbin's suite loops over pairs, one of which is empty.
        environ = create_environ(headers={"": "", "X-A": "1"})
        self.assertEqual({name: value for name, value in environ.items() if name.startswith("HTTP_")},
                         {"HTTP_HOST": "localhost", "HTTP_X_A": "1"})
        self.assertRaises(ValueError, create_environ, headers=[("", "1")])

    def test_the_headers_of_the_body_have_their_own_variables(self):
        environ = create_environ(headers={"Content-Type": "text/x", "Content-Length": "9"}, data=b"123")
        self.assertEqual((environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]), ("text/x", "3"))
        self.assertNotIn("CONTENT_LENGTH", create_environ(headers={"Content-Length": "9"}))
        self.assertNotIn("HTTP_CONTENT_TYPE", environ)
        self.assertNotIn("HTTP_CONTENT_LENGTH", environ)

    def test_the_argument_wins_over_the_header(self):
        environ = create_environ(headers={"Content-Type": "text/x"}, content_type="text/y")
        self.assertEqual(environ["CONTENT_TYPE"], "text/y")

    def test_a_mimetype_gets_its_charset(self):
        for mimetype, content_type in (
            ("text/css", "text/css; charset=utf-8"), ("application/octet-stream", "application/octet-stream"),
            ("image/svg+xml", "image/svg+xml; charset=utf-8"),
        ):
            self.assertEqual(create_environ(mimetype=mimetype, data=b"x")["CONTENT_TYPE"], content_type)
        builder = EnvironBuilder(content_type="Text/HTML; charset=latin1")
        self.assertEqual((builder.mimetype, dict(builder.mimetype_params)), ("text/html", {"charset": "latin1"}))

    def test_base_and_overrides(self):
        environ = create_environ(environ_base={"REMOTE_ADDR": "1.2.3.4", "HTTP_HOST": "lost"},
                                 environ_overrides={"wsgi.multithread": "won"}, multithread=True)
        self.assertEqual([environ[name] for name in ("REMOTE_ADDR", "HTTP_HOST", "wsgi.multithread")],
                         ["1.2.3.4", "localhost", "won"])

    def test_flags_and_streams(self):
        errors = io.StringIO()
        environ = create_environ(errors_stream=errors, multithread=True, multiprocess=True, run_once=True)
        self.assertIs(environ["wsgi.errors"], errors)
        self.assertTrue(environ["wsgi.multithread"] and environ["wsgi.multiprocess"] and environ["wsgi.run_once"])

    def test_credentials(self):
        made = EnvironBuilder(auth=("me", "p:w")).get_request()
        self.assertEqual((made.authorization.username, made.authorization.password), ("me", "p:w"))
        made = EnvironBuilder(auth=Authorization("bearer", token="t")).get_request()
        self.assertEqual(made.headers["Authorization"], "Bearer t")


class Exhausted(unittest.TestCase):
    def test_a_stream_at_its_end_has_no_length_left(self):
        builder = EnvironBuilder("/", method="POST", data="abc")
        seen = []
        for _ in range(2):
            request = Request(builder.get_environ())
            seen.append((request.content_length, request.get_data()))
        self.assertEqual(seen, [(3, b"abc"), (0, b"")])


class Joined(unittest.TestCase):
    def test_two_cookie_fields_stay_two_cookies(self):
        """RFC 9113, 8.2.3."""
        environ = create_environ(headers=[("Cookie", "a=1"), ("Cookie", "b=2"), ("X-A", "1"), ("X-A", "2")])
        self.assertEqual((environ["HTTP_COOKIE"], environ["HTTP_X_A"]), ("a=1; b=2", "1, 2"))
        self.assertEqual(dict(Request(environ).cookies), {"a": "1", "b": "2"})


class Round(unittest.TestCase):
    def test_an_environ_makes_a_builder_that_makes_it_again(self):
        for kwargs in (
            {"path": "/ä%25?q=ü", "base_url": "https://h:8/rö%2Ft", "headers": {"X-A": "1"}},
            {"method": "POST", "data": {"a": "1"}},
            {"data": {"f": (io.BytesIO(b"1"), "n")}},
            {"json": {"a": 1}},
        ):
            with self.subTest(kwargs):
                environ = create_environ(**kwargs)
                again = EnvironBuilder.from_environ(environ).get_environ()
                self.assertEqual({**again, "REQUEST_URI": 0, "RAW_URI": 0}, {**environ, "REQUEST_URI": 0, "RAW_URI": 0})

    def test_single_arguments_can_be_replaced(self):
        builder = EnvironBuilder.from_environ(create_environ("/a"), method="PUT", path="/b")
        self.assertEqual((builder.method, builder.path), ("PUT", "/b"))

    def test_an_environ_without_host_has_the_servers(self):
        for base in ("https://h:8/", "http://h/", "http://[::1]:8/", "http://[::1]/"):
            environ = create_environ(base_url=base)
            del environ["HTTP_HOST"]
            self.assertEqual(EnvironBuilder.from_environ(environ).base_url, base)

    def test_the_request_is_of_the_wanted_class(self):
        class Own(Request):
            pass

        class Builder(EnvironBuilder):
            request_class = Own

        self.assertIs(type(Builder().get_request()), Own)
        self.assertIs(type(EnvironBuilder().get_request(Own)), Own)
        self.assertIs(type(EnvironBuilder().get_request()), Request)


if __name__ == "__main__":
    unittest.main()
