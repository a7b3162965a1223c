"""Files: whole, in parts, unchanged, under names in any script, and none that must not be sent."""

from __future__ import annotations

import doctest
import io
import mimetypes
import os
import pathlib
import sys
import tempfile
import unittest
import zipfile
import zipimport
from datetime import datetime, timezone
from types import ModuleType
from unittest import mock

from minflask.http import mime
from minflask.http.exceptions import NotFound, RequestedRangeNotSatisfiable
from minflask.http.files import send_file, send_from_directory
from minflask.http.mime import guess_type
from minflask.http.response import Response

CONTENT = bytes(range(100))


def load_tests(loader, tests, pattern):
    tests.addTests(doctest.DocTestSuite(mime))
    return tests


def environ(method="GET", **more):
    return {"REQUEST_METHOD": method, **more}


def received(response, method="GET"):
    """Return status code, headers as a dict and the body, and close it."""
    said = []
    body = response(environ(method), lambda *args: said.extend(args))
    data = b"".join(body)
    getattr(body, "close", lambda: None)()
    return int(said[0][:3]), dict(said[1]), data


class WithFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(os.path.realpath(folder.name))
        self.path = self.folder / "file.bin"
        self.path.write_bytes(CONTENT)


class Whole(WithFolder):
    def test_a_path_is_sent_with_all_that_is_known_of_it(self):
        """B333"""
        os.utime(self.path, (1_000_000_000, 1_000_000_000))
        for path in (str(self.path), self.path):
            code, headers, data = received(send_file(path, environ()))
            self.assertEqual((code, data), (200, CONTENT))
            self.assertEqual(headers["Content-Disposition"], "inline; filename=file.bin")
            self.assertEqual(headers["Content-Type"], "application/octet-stream")
            self.assertEqual(headers["Content-Length"], "100")
            self.assertEqual(headers["Last-Modified"], "Sun, 09 Sep 2001 01:46:40 GMT")
            self.assertEqual((headers["Cache-Control"], headers["Accept-Ranges"]), ("no-cache", "bytes"))
            self.assertEqual(headers["ETag"].count("-"), 2)
            self.assertIn("Date", headers)

    def test_a_head_request_gets_the_headers(self):
        code, headers, data = received(send_file(self.path, environ("HEAD")), "HEAD")
        self.assertEqual((code, headers["Content-Length"], data), (200, "100", b""))

    def test_a_stream_is_sent_and_closed(self):
        for stream, length in ((io.BytesIO(b"abc"), "3"), (open(self.path, "rb"), None)):
            code, headers, data = received(send_file(stream, environ(), mimetype="text/plain"))
            self.assertEqual((headers["Content-Type"], headers.get("Content-Length")),
                             ("text/plain; charset=utf-8", length))
            self.assertNotIn("ETag", headers)
            self.assertNotIn("Content-Disposition", headers)
            self.assertTrue(stream.closed)

    def test_a_stream_that_was_read_is_sent_from_there(self):
        stream = io.BytesIO(b"abcdef")
        stream.read(2)
        code, headers, data = received(send_file(stream, environ(), download_name="a.txt"))
        self.assertEqual((data, headers.get("Content-Length")), (b"cdef", None))

    def test_text_is_refused(self):
        with self.assertRaisesRegex(ValueError, "binary"):
            send_file(io.StringIO("x"), environ(), mimetype="text/plain")

    def test_a_stream_needs_a_type_and_an_attachment_a_name(self):
        with self.assertRaisesRegex(TypeError, "mimetype"):
            send_file(io.BytesIO(), environ())
        with self.assertRaisesRegex(TypeError, "attachment"):
            send_file(io.BytesIO(), environ(), mimetype="a/b", as_attachment=True)

    def test_what_is_not_a_file_is_an_error(self):
        for path, error in ((self.folder / "none", FileNotFoundError), (self.folder, IsADirectoryError),
                            (self.path / "below", FileNotFoundError), ("a\x00", ValueError)):
            with self.subTest(path=path), self.assertRaises(error):
                send_file(path, environ())

    def test_a_relative_path_is_below_the_root(self):
        self.assertEqual(received(send_file("file.bin", environ(), _root_path=self.folder))[2], CONTENT)

    def test_the_servers_wrapper_sends_the_file(self):
        """B333"""
        wrapped = []

        def wrapper(file, size):
            wrapped.append(file)
            return iter([file.read()])

        response = send_file(self.path, environ(**{"wsgi.file_wrapper": wrapper}))
        self.assertEqual(received(response)[2], CONTENT)
        self.assertGreater(wrapped[0].fileno(), 0)
        wrapped[0].close()

    def test_the_server_can_send_it_all(self):
        response = send_file(self.path, environ(), use_x_sendfile=True)
        code, headers, data = received(response)
        self.assertEqual((headers["X-Sendfile"], data), (str(self.path), b""))
        self.assertEqual(headers["Content-Length"], "0")  # of what is sent here
        again = send_file(self.path, environ(HTTP_IF_NONE_MATCH=headers["ETag"]), use_x_sendfile=True)
        self.assertEqual(again.status_code, 304)
        self.assertNotIn("X-Sendfile", again.headers)
        whole = send_file(self.path, environ(HTTP_RANGE="bytes=0-1"), use_x_sendfile=True)
        self.assertEqual((whole.status_code, whole.direct_passthrough), (200, True))  # the server cuts it
        with self.assertRaises(RequestedRangeNotSatisfiable):
            send_file(self.path, environ(HTTP_RANGE="bytes=500-"), use_x_sendfile=True)
        stream = send_file(io.BytesIO(b"x"), environ(), mimetype="a/b", use_x_sendfile=True)
        self.assertNotIn("X-Sendfile", stream.headers)

    def test_the_server_gets_no_file_to_send_where_there_is_none_to_be_sent(self):
        failed = send_file(self.path, environ(HTTP_IF_MATCH='"other"'), use_x_sendfile=True)
        self.assertEqual(failed.status_code, 412)
        self.assertNotIn("X-Sendfile", failed.headers)

    def test_a_range_means_nothing_with_head_whoever_sends_the_file(self):
        """RFC 9110, 14.2."""
        for wanted in (False, True):
            with self.subTest(use_x_sendfile=wanted):
                response = send_file(self.path, environ("HEAD", HTTP_RANGE="bytes=500-"), use_x_sendfile=wanted)
                self.assertEqual(received(response, "HEAD")[0], 200)

    def test_caching_is_as_asked(self):
        for max_age, expected in ((None, "no-cache"), (0, "no-cache, max-age=0"), (60, "public, max-age=60"),
                                  (lambda path: len(os.path.basename(path)), "public, max-age=8"),
                                  (lambda path: None, "no-cache")):
            with self.subTest(expected=expected):
                response = send_file(self.path, environ(), max_age=max_age)
                response.close()
                self.assertEqual(response.headers["Cache-Control"], expected)
                self.assertEqual(response.expires is not None, "max-age" in expected)

    def test_the_tag_and_the_time_can_be_given(self):
        time = datetime(1999, 1, 1, tzinfo=timezone.utc)
        response = send_file(self.path, environ(), etag="own", last_modified=time)
        response.close()
        self.assertEqual((response.get_etag(), response.last_modified), (("own", False), time))
        response = send_file(self.path, environ(), etag=False, conditional=False)
        response.close()
        for name in ("ETag", "Accept-Ranges", "Date"):
            self.assertNotIn(name, response.headers)

    def test_a_changed_file_has_another_tag(self):
        tags = set()
        for content, time in ((b"a", 1), (b"ab", 1), (b"ab", 2)):
            self.path.write_bytes(content)
            os.utime(self.path, (time, time))
            response = send_file(self.path, environ())
            tags.add(response.headers["ETag"])
            self.assertEqual(received(response)[2], content)
        self.assertEqual(len(tags), 3)

    def test_the_class_of_the_response_can_be_ones_own(self):
        class Own(Response):
            conditions = 0

            def __init__(self, *args, **kwargs):
                super().__init__(*args, **kwargs)
                self.headers["X-Own"] = "1"

            def make_conditional(self, *args, **kwargs):
                self.conditions += 1
                return super().make_conditional(*args, **kwargs)

        response = send_file(self.path, environ(), response_class=Own)
        code, headers, data = received(response)
        self.assertEqual((headers["X-Own"], headers["Content-Length"], data), ("1", "100", CONTENT))
        self.assertEqual(response.conditions, 1)  # an overridden method is called

    def test_headers_can_be_changed_before_it_is_sent(self):
        response = send_file(self.path, environ())
        response.headers["X-A"] = "b"
        response.headers.remove("ETag")
        code, headers, data = received(response)
        self.assertEqual((headers["X-A"], "ETag" in headers, data), ("b", False, CONTENT))


class Parts(WithFolder):
    def ask(self, **conditions):
        return received(send_file(self.path, environ(**conditions)))

    def test_what_the_client_has_is_not_even_opened(self):
        """Y40, B301"""
        tag = self.ask()[1]["ETag"]
        modified = self.ask()[1]["Last-Modified"]
        with mock.patch("minflask.http.files.io.FileIO", side_effect=AssertionError):
            for conditions in ({"HTTP_IF_NONE_MATCH": tag}, {"HTTP_IF_NONE_MATCH": f'"x", {tag}'},
                               {"HTTP_IF_MODIFIED_SINCE": modified}, {"HTTP_IF_NONE_MATCH": tag,
                                                                      "HTTP_RANGE": "bytes=0-1"}):
                with self.subTest(conditions=conditions):
                    code, headers, data = self.ask(**conditions)
                    self.assertEqual((code, headers["ETag"], data), (304, tag, b""))
                    self.assertEqual({"Content-Length", "Content-Type"} & set(headers), set())
        code, headers, data = self.ask(HTTP_IF_MATCH='"other"')
        self.assertEqual((code, headers["Content-Length"], data), (412, "100", CONTENT))

    def test_a_stream_that_is_not_sent_is_closed(self):
        for conditions, code in (({"HTTP_IF_NONE_MATCH": '"a"'}, 304), ({"HTTP_IF_MATCH": '"b"'}, 412)):
            stream = io.BytesIO(CONTENT)
            response = send_file(stream, environ(**conditions), mimetype="a/b", etag="a")
            self.assertEqual((received(response)[0], stream.closed), (code, True))
        stream = io.BytesIO(CONTENT)
        with self.assertRaises(RequestedRangeNotSatisfiable):
            send_file(stream, environ(HTTP_RANGE="bytes=500-"), mimetype="a/b")
        self.assertTrue(stream.closed)

    def test_parts(self):
        """Y20 Y21 Y22 Y30"""
        for header, data, content_range in (
            ("bytes=0-9", CONTENT[:10], "bytes 0-9/100"), ("bytes=-10", CONTENT[90:], "bytes 90-99/100"),
            ("bytes=90-", CONTENT[90:], "bytes 90-99/100"), ("bytes=0-99999", CONTENT, "bytes 0-99/100"),
        ):
            for source in (self.path, io.BytesIO(CONTENT)):
                with self.subTest(header=header, source=source):
                    response = send_file(source, environ(HTTP_RANGE=header), mimetype="a/b")
                    code, headers, body = received(response)
                    self.assertEqual((code, headers["Content-Range"], headers["Content-Length"], body),
                                     (206, content_range, str(len(data)), data))

    def test_what_cannot_be_a_part_gets_the_whole(self):
        """Y24 Y26 Y27 Y28 Y29 Y31 Y32, S148 S149"""
        for header in ("bytes=9-0", "bytes=0-0,5-5", "bytes=" + "0-," * 1000, "bytes=a-b", "items=0-9", "bytes=+1-5",
                       "bytes=١-"):
            with self.subTest(header=header):
                code, headers, data = self.ask(HTTP_RANGE=header)
                self.assertEqual((code, headers["Content-Length"], data), (200, "100", CONTENT))

    def test_a_part_that_is_not_there_is_416(self):
        """Y23 Y25"""
        for header in ("bytes=200-", "bytes=-0"):
            with self.subTest(header=header), self.assertRaises(RequestedRangeNotSatisfiable):
                self.ask(HTTP_RANGE=header)

    def test_the_start_of_a_part_is_not_read(self):
        class Watched(io.BytesIO):
            reads = ()

            def read(self, size=-1):
                self.reads += (self.tell(),)
                return super().read(size)

        stream = Watched(CONTENT)
        environment = environ(HTTP_RANGE="bytes=90-", **{"wsgi.file_wrapper": None})
        self.assertEqual(received(send_file(stream, environment, mimetype="a/b"))[2], CONTENT[90:])
        self.assertEqual(stream.reads[0], 90)


class Names(unittest.TestCase):
    def headers(self, name, **options):
        response = send_file(io.BytesIO(b"x"), environ(), download_name=name, **options)
        response.close()
        return response.headers

    def test_names_in_any_script(self):
        """RFC 6266 and 5987"""
        for name, disposition in (
            ("a.txt", "inline; filename=a.txt"), ("a b.txt", 'inline; filename="a b.txt"'),
            ('a"b.txt', 'inline; filename="a\\"b.txt"'),
            ("Vögel.txt", "inline; filename=Vogel.txt; filename*=UTF-8''V%C3%B6gel.txt"),
            ("тест.txt", "inline; filename=.txt; filename*=UTF-8''%D1%82%D0%B5%D1%81%D1%82.txt"),
            ("🦆", "inline; filename=\"\"; filename*=UTF-8''%F0%9F%A6%86"),
        ):
            with self.subTest(name=name):
                self.assertEqual(self.headers(name)["Content-Disposition"], disposition)
        self.assertEqual(self.headers("a", as_attachment=True)["Content-Disposition"], "attachment; filename=a")

    def test_a_name_cannot_bring_another_line(self):
        """S179, property 7"""
        for name in ("a\r\nX: y", "a\nb", "a\x00"):
            with self.subTest(name=name), self.assertRaises(ValueError):
                self.headers(name)
        with self.assertRaises(ValueError):
            self.headers("a", mimetype="a/b\r\nX: y")
        with self.assertRaises(ValueError):
            self.headers("a", etag='a\r\nX: y')

    def test_what_a_program_tells_mimetypes_is_known_and_what_the_system_tells_it_is_not(self):
        """S151: a registry may have anything."""
        for told in (True, False):
            with self.subTest(told=told), mock.patch.dict(mimetypes.types_map), mock.patch.dict(mime._of_system):
                mime._of_system.clear()
                mimetypes.init()
                self.addCleanup(mimetypes.init)
                if told:
                    mimetypes.add_type("model/x-own", ".ownmodel")
                else:
                    mimetypes.types_map[".ownmodel"] = mime._of_system[".ownmodel"] = "text/html"
                mimetypes.add_type("text/plain", ".js")
                self.assertEqual(guess_type("a.ownmodel"), ("model/x-own" if told else None, None))
                self.assertEqual(guess_type("A.OWNMODEL")[0], "model/x-own" if told else None)
                self.assertEqual(guess_type("a.js")[0], "text/javascript")

    def test_types_come_from_our_own_table(self):
        """S151: whatever the system believes."""
        with mock.patch("mimetypes.guess_type", return_value=("text/plain", None)):
            for name, content_type in (("a.js", "text/javascript; charset=utf-8"),
                                       ("a.mjs", "text/javascript; charset=utf-8"),
                                       ("A.HTML", "text/html; charset=utf-8"),
                                       ("a.svg", "image/svg+xml; charset=utf-8"),
                                       ("a.json", "application/json"), ("a.wasm", "application/wasm"),
                                       ("a.png", "image/png"),
                                       ("a.unknown", "application/octet-stream"), ("a", "application/octet-stream"),
                                       ("js", "application/octet-stream"), ("a.woff2", "font/woff2"),
                                       ("", "application/octet-stream")):
                with self.subTest(name=name):
                    self.assertEqual(self.headers(name)["Content-Type"], content_type)

    def test_compressed_files(self):
        for name, expected in (("a.tar.gz", ("application/x-tar", "gzip")), ("a.tgz", ("application/x-tar", "gzip")),
                               ("a.svgz", ("image/svg+xml", "gzip")), ("a.css.br", ("text/css", "br")),
                               ("a.gz", ("application/gzip", None)), ("a.what.gz", ("application/gzip", None)),
                               ("a.zip", ("application/zip", None)), ("gz", (None, None)),
                               (".gz", ("application/gzip", None))):
            with self.subTest(name=name):
                self.assertEqual(guess_type(name), expected)
        self.assertEqual(self.headers("a.svgz")["Content-Encoding"], "gzip")
        self.assertNotIn("Content-Encoding", self.headers("a.svgz", as_attachment=True))


class Unchanged(WithFolder):
    def test_the_answer_304_has_a_body_that_can_be_read(self):
        """By a hook that compresses or logs."""
        fields = received(send_file(self.path, environ()))[1]
        etag = fields["ETag"]
        for conditions in ({"HTTP_IF_NONE_MATCH": f"W/{etag}"}, {"HTTP_IF_NONE_MATCH": "*"},
                           {"HTTP_IF_NONE_MATCH": f'"a", {etag}'}, {"HTTP_IF_NONE_MATCH": etag},
                           {"HTTP_IF_MODIFIED_SINCE": fields["Last-Modified"]}):
            with self.subTest(conditions):
                response = send_file(self.path, environ(**conditions))
                response.direct_passthrough = False
                self.assertEqual((response.status_code, response.get_data()), (304, b""))
                response.close()


class Types(unittest.TestCase):
    def test_a_registry_that_another_thread_is_importing_says_nothing_yet(self):
        with mock.patch.dict(sys.modules, mimetypes=ModuleType("mimetypes")):
            self.assertEqual(guess_type("a.unheard-of"), (None, None))


class Directories(WithFolder):
    def get(self, path, **options):
        return received(send_from_directory(self.folder, path, environ(), **options))

    def test_files_below_the_folder_are_sent(self):
        """B334"""
        (self.folder / "sub").mkdir()
        (self.folder / "sub" / "ünï code.txt").write_bytes(b"x")
        self.assertEqual(self.get("file.bin")[2], CONTENT)
        self.assertEqual(self.get(pathlib.Path("file.bin"), mimetype="a/b")[1]["Content-Type"], "a/b")
        self.assertEqual(self.get("sub/ünï code.txt")[2], b"x")
        self.assertEqual(received(send_from_directory(".", "file.bin", environ(), _root_path=self.folder))[2], CONTENT)

    def test_everything_else_is_404(self):
        """Y01-Y15 but Y11; S137 S142 S144 S145 S147 S150"""
        (self.folder / "sub").mkdir()
        beside = pathlib.Path(f"{self.folder}-secret")
        beside.mkdir()
        self.addCleanup(beside.rmdir)
        outside = os.path.relpath(__file__, self.folder)
        for path in ("../x", outside, "..", "sub/../..", "/etc/passwd", "//etc/passwd", "..\\x", "sub\\..\\..\\x",
                     "file.bin\x00.html",
                     "\x00", ".", "", "sub", "sub/", "file.bin/", "file.bin/x", "none", "x" * 5000, "a\ufffdb",
                     "\udcff",
                     f"../{beside.name}", "//server/share", "C:/x", "sub/./../../x"):
            with self.subTest(path=path), self.assertRaises(NotFound):
                self.get(path)

    @unittest.skipUnless(hasattr(os, "mkfifo"), "needs named pipes")
    def test_a_pipe_is_not_waited_for(self):
        os.mkfifo(self.folder / "pipe")
        with self.assertRaises(NotFound):
            self.get("pipe")

    def test_device_names_are_none_of_a_file_on_any_system(self):
        """S138 S139 S140 S141, Y14."""
        for path in ("CON", "con.txt", "sub/NUL", "COM1.tar.gz", "LPT9 .txt", "CONIN$", "COM¹", "C:", "C:/file"):
            with self.subTest(path=path), self.assertRaises(NotFound):
                self.get(path)

    def test_a_file_that_vanishes_is_404(self):
        """L34"""
        for error in (FileNotFoundError, PermissionError):
            with mock.patch("minflask.http.files.io.FileIO", side_effect=error), self.assertRaises(NotFound):
                self.get("file.bin")

    @unittest.skipUnless(hasattr(os, "symlink"), "needs symbolic links")
    def test_links_are_followed_unless_told_otherwise(self):
        """Y11, S146"""
        os.symlink(__file__, self.folder / "out")
        os.symlink(self.path, self.folder / "in")
        self.assertEqual(self.get("out")[0], 200)
        self.assertEqual(self.get("in", follow_symlinks=False)[2], CONTENT)
        with self.assertRaises(NotFound):
            self.get("out", follow_symlinks=False)


class Archives(WithFolder):
    """S153: files of a program that was imported from a zip archive, and of no other archive."""

    def setUp(self):
        super().setUp()
        self.archive = self.folder / "app.zip"
        with zipfile.ZipFile(self.archive, "w") as archive:
            archive.writestr("pkg/static/", b"")
            archive.writestr("pkg/static/a.txt", CONTENT)

    def test_a_file_in_the_programs_archive_is_sent(self):
        for key in (self.archive, self.archive / "pkg"):
            with self.subTest(key=key), mock.patch.dict(sys.path_importer_cache,
                                                        {str(key): zipimport.zipimporter(str(key))}):
                code, headers, data = received(send_from_directory(self.archive / "pkg/static", "a.txt", environ()))
                self.assertEqual((code, headers["Content-Length"], headers["Content-Type"], data),
                                 (200, "100", "text/plain; charset=utf-8", CONTENT))
                part = send_from_directory(self.archive / "pkg/static", "a.txt", environ(HTTP_RANGE="bytes=5-6"))
                self.assertEqual(received(part)[2], CONTENT[5:7])
                again = send_from_directory(self.archive / "pkg/static", "a.txt",
                                            environ(HTTP_IF_NONE_MATCH=headers["ETag"]))
                self.assertEqual(received(again)[0], 304)
                for path in ("b.txt", "../static", "a.txt/x", ""):
                    with self.assertRaises(NotFound):
                        send_from_directory(self.archive / "pkg/static", path, environ())

    def test_a_system_may_say_that_there_is_no_such_file(self):
        """As Windows does of a path that goes on behind a file."""
        stat = os.stat
        failing = lambda path, *more: stat(path if str(path).endswith(".zip") else "/none/none", *more)
        finders = {str(self.archive): zipimport.zipimporter(str(self.archive))}
        with mock.patch.dict(sys.path_importer_cache, finders), mock.patch("minflask.http.files.os.stat", failing):
            self.assertEqual(received(send_file(self.archive / "pkg/static/a.txt", environ()))[2], CONTENT)

    def test_an_archive_that_was_uploaded_is_a_file_and_nothing_else(self):
        with self.assertRaises(NotFound):
            send_from_directory(self.folder, "app.zip/pkg/static/a.txt", environ())
        self.assertEqual(received(send_from_directory(self.folder, "app.zip", environ()))[0], 200)


if __name__ == "__main__":
    unittest.main()
