"""Forms read from streams: fields, files, limits, and what becomes of bodies that are none."""

from __future__ import annotations

import io
import tempfile
import unittest
from unittest import mock

try:
    import tracemalloc
except ImportError:  # PyPy
    tracemalloc = None

from minflask.http import forms
from minflask.http.builder import EnvironBuilder
from minflask.http.exceptions import BadRequest, HTTPException, RequestEntityTooLarge
from minflask.http.forms import (
    FormDataParser, MultiPartParser, StrictFormDataParser, default_stream_factory, parse_form_data,
)
from minflask.http.request import Request
from minflask.http.structures import ImmutableMultiDict, MultiDict

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = 'multipart/form-data; boundary="x"'


def request(body, content_type=MULTIPART, cls=Request, **attributes):
    """Make a POST request with this body; 413 and 400 come when its form is asked for."""
    made = cls({
        "REQUEST_METHOD": "POST", "wsgi.input": io.BytesIO(body), "wsgi.url_scheme": "http", "SERVER_NAME": "h",
        "SERVER_PORT": "80", "CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body)),
    })
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def fields(body, content_type=MULTIPART, **attributes):
    """Return the form as {name: [value...]}, or the status code of the error."""
    try:
        return dict(request(body, content_type, **attributes).form.lists())
    except HTTPException as error:
        return error.code


def part(content, name="a", extra=""):
    return f'--x\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'.encode() + content + b"\r\n"


def upload(content, head='form-data; name="f"; filename="f.bin"'):
    return f"--x\r\nContent-Disposition: {head}\r\n\r\n".encode() + content + b"\r\n--x--\r\n"


# How browsers and tools write the same form: a field "text" and a file "up".
CORPUS = {
    "Chrome": ("----WebKitFormBoundary7MA4YWxkTrZu0gW", "\r\n", 'form-data; name="up"; filename="é.txt"'),
    "Firefox": ("----geckoformboundary1c4b07b2f6e1d3a4b6f3", "\r\n", 'form-data; name="up"; filename="é.txt"'),
    "Firefox, older": ("---------------------------9051914041544843365972754266", "\r\n",
                       'form-data; name="up"; filename="é.txt"'),
    "curl": ("------------------------d74496d66958873e", "\r\n", 'form-data; name="up"; filename="é.txt"'),
    "requests": ("b2f1c0a9c5d34a5a9d1b9d6c8f0e7a11", "\r\n", 'form-data; name="up"; filename*=utf-8\'\'%C3%A9.txt'),
    "Java": ("=_Part_4_1", "\r\n", "form-data; name=up; filename=é.txt"),
    "a shell script": ("sep", "\n", 'form-data; name="up"; filename="é.txt"'),
    "upper case": ("Sep", "\r\n", 'Form-Data; NAME="up"; FILENAME="é.txt"'),
}


class Multipart(unittest.TestCase):
    def test_s82_forms_of_many_programs_are_read_alike(self):
        for program, (boundary, newline, disposition) in CORPUS.items():
            body = newline.join([
                f"--{boundary}", 'Content-Disposition: form-data; name="text"', "", "line\r\nline",
                f"--{boundary}", f"content-disposition: {disposition}", "Content-Type: text/plain", "", "--data\r\n",
                f"--{boundary}--", "",
            ]).encode()
            with self.subTest(program), request(body, f'multipart/form-data; boundary="{boundary}"') as made:
                self.assertEqual(made.form.to_dict(), {"text": "line\r\nline"})
                found = made.files["up"]
                self.assertEqual((found.name, found.filename, found.mimetype, found.read()),
                                 ("up", "é.txt", "text/plain", b"--data\r\n"))
                self.assertEqual(found.headers["content-disposition"], disposition)

    def test_x01_x02_x03_x04_x05_a_body_that_is_no_form_is_an_empty_form(self):
        for label, body, content_type in (
            ("X01", part(b"v") + b"--x--", "multipart/form-data"),
            ("X02", b"", MULTIPART),
            ("X03", b"nothing of the kind", MULTIPART),
            ("X04", part(b"v"), MULTIPART),
            ("X05", b"--x\r\n\r\nv\r\n--x--", MULTIPART),
            ("X18 S81", part(b"v") + b"--x--", "multipart/form-data; boundary=" + "x" * 300),
            ("not ASCII", part(b"v") + b"--x--", "multipart/form-data; boundary=\xe9"),
        ):
            with self.subTest(label):
                self.assertEqual(fields(body, content_type), {})
                with self.assertRaises(ValueError):
                    parse_form_data(request(body, content_type).environ, silent=False)
                strict = request(body, content_type, form_data_parser_class=StrictFormDataParser)
                with self.assertRaises(BadRequest):
                    strict.form

    def test_a_class_that_has_its_own_idea_of_a_form_is_asked(self):
        class Typed(Request):
            @property
            def mimetype(self):
                return self.environ["type"]

        class Parser(FormDataParser):
            def parse(self, *args):
                return args[0], self.cls([("asked", 1)]), self.cls()

        for kind, wanted in (("text/plain", {}), (URLENCODED, {"a": "1"})):
            made = request(b"a=1", URLENCODED, cls=Typed)
            made.environ["type"] = kind
            self.assertEqual(made.form.to_dict(), wanted)
        self.assertEqual(fields(b"a=1", URLENCODED, form_data_parser_class=Parser), {"asked": [1]})

    def test_a_strict_parser_reads_a_good_form(self):
        self.assertEqual(fields(part(b"v") + b"--x--", form_data_parser_class=StrictFormDataParser), {"a": ["v"]})

    def test_x06_a_part_without_a_name_is_passed_over(self):
        body = b"--x\r\nContent-Disposition: form-data\r\n\r\nv\r\n" + part(b"w") + upload(b"1", 'x; filename="n"')
        with request(body) as made:
            self.assertEqual((made.form.to_dict(), made.files.to_dict()), ({"a": "w"}, {}))

    def test_x07_s58_more_parts_than_the_limit(self):
        self.assertEqual(len(fields(part(b"v") * 1000 + b"--x--")["a"]), 1000)
        self.assertEqual(fields(part(b"v") * 1001 + b"--x--"), 413)
        self.assertEqual(fields(part(b"v") * 3 + b"--x--", max_form_parts=2), 413)
        self.assertEqual(len(fields(part(b"v") * 1001 + b"--x--", max_form_parts=None)["a"]), 1001)

    def test_x08_s61_a_field_larger_than_the_limit(self):
        self.assertEqual(fields(part(b"v" * 600_000) + b"--x--"), 413)
        self.assertEqual(fields(part(b"v" * 600_000) + b"--x--", max_form_memory_size=None), {"a": ["v" * 600_000]})
        self.assertEqual(fields(part(b"v" * 101) + b"--x--", max_form_memory_size=100), 413)
        self.assertEqual(fields(part(b"v" * 100) + b"--x--", max_form_memory_size=100), {"a": ["v" * 100]})

    def test_x09_s61_s77_fields_that_are_too_large_together(self):
        self.assertEqual(fields(part(b"v" * 400_000) * 3 + b"--x--"), 413)
        self.assertEqual(len(fields(part(b"v" * 400_000) * 2 + b"--x--")["a"]), 2)

    def test_x14_x15_s69_too_much_of_a_head(self):
        head = b'--x\r\nContent-Disposition: form-data; name="a"\r\n'
        self.assertEqual(fields(head + b"X: y\r\n" * 10000 + b"\r\nv\r\n--x--"), 413)
        self.assertEqual(fields(head + b"X: " + b"y" * 2**20 + b"\r\n\r\nv\r\n--x--"), 413)

    def test_x16_s68_a_long_text_before_the_form(self):
        self.assertEqual(fields(b"p" * 60_000 + b"\r\n" + part(b"v") + b"--x--"), {"a": ["v"]})
        self.assertEqual(fields(b"p" * 200_000 + b"\r\n" + part(b"v") + b"--x--"), 400)

    @unittest.skipIf(tracemalloc is None, "this Python does not count its memory")
    def test_x10_s62_a_large_file_is_not_held_in_memory(self):
        for head, sizes in (
            ('form-data; name="f"; filename="f.bin"', [8 << 20]),
            ('form-data; filename="without a name"', []),
        ):
            body = upload(b"v" * (8 << 20), head)
            tracemalloc.start()
            try:
                with request(body) as made:
                    self.assertEqual([file.seek(0, 2) for file in made.files.values()], sizes)
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
            self.assertLess(peak, 2 << 20)

    def test_x11_x12_x13_s59_s79_contents_that_look_like_the_end_of_a_line(self):
        for content in (b"\r" + b"a" * (4 << 20), b"\r" * (4 << 20), b"\r\n--" * (1 << 20), b"\n" * (4 << 20)):
            with request(upload(content)) as made:
                self.assertEqual(made.files["f"].read(), content)

    def test_x21_x22_x23_x24_names_of_files(self):
        for sent, name in (
            ('filename="../../etc/passwd"', "../../etc/passwd"),
            ('filename="C:\\dir\\a.txt"', "C:\\dir\\a.txt"),
            ('filename="a%22b\\"c.txt"', 'a"b"c.txt'),
            ("filename*=UTF-8''%E2%82%AC.txt", "\u20ac.txt"),
            ("filename*=UTF-8''%E2%82%AC.txt; filename=plain.txt", "plain.txt"),
            ('filename=""', ""),
        ):
            with self.subTest(sent), request(upload(b"1", f'form-data; name="f"; {sent}')) as made:
                self.assertEqual(made.files["f"].filename, name)

    def test_x25_x26_x27_texts_are_utf8_and_never_decoded_twice(self):
        def text(head, content):
            return fields(f'--x\r\nContent-Disposition: form-data; name="a"\r\n{head}\r\n\r\n'.encode() + content
                          + b"\r\n--x--")["a"][0]

        self.assertEqual(text("X: y", b"\xff\xfe"), "\ufffd\ufffd")
        self.assertEqual(text("Content-Type: text/plain; charset=utf-7", b"+ADw-"), "+ADw-")
        self.assertEqual(text("Content-Type: text/plain; charset=iso-8859-1", b"\xe9"), "é")
        self.assertEqual(text("Content-Type: text/plain; charset=x" + "y" * 99, b"\xc3\xa9"), "é")
        self.assertEqual(text("Content-Transfer-Encoding: base64", b"YQ=="), "YQ==")

    def test_x28_x29_order_and_empty_files(self):
        self.assertEqual(fields(part(b"1") + part(b"2") + part(b"3") + b"--x--"), {"a": ["1", "2", "3"]})
        with request(upload(b"", 'form-data; name="f"; filename=""')) as made:
            self.assertEqual((made.files["f"].filename, made.files["f"].read()), ("", b""))

    def test_s67_s78_bad_parts_are_not_written_to_a_log(self):
        with self.assertNoLogs(level="DEBUG") if hasattr(self, "assertNoLogs") else mock.MagicMock():
            fields(b"junk\r\n" * 1000 + b"--x\r\nbad\r\n\r\n" * 1000)

    def test_files_of_a_form_that_fails_are_closed(self):
        opened = []

        def factory(**about):
            opened.append(io.BytesIO())
            return opened[-1]

        good = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n1\r\n'
        for body in (good + good[:-3], good + part(b"v" * 99) + b"--x--", good + good[:-3]):
            with self.assertRaises((ValueError, RequestEntityTooLarge)):
                MultiPartParser(factory, max_form_memory_size=50).parse(io.BytesIO(body), b"x", None)
        self.assertEqual((len(opened), all(stream.closed for stream in opened)), (5, True))

    def test_x53_a_client_that_goes_away(self):
        made = request(part(b"v") + b"--x--")
        made.environ["CONTENT_LENGTH"] = "1000"
        with self.assertRaises(BadRequest):
            made.form

    def test_s80_files_that_must_go_to_disk_are_counted(self):
        class Sink:
            write = seek = close = lambda self, *args: None

        one = upload(b"v" * 30).replace(b"--x--\r\n", b"")
        with mock.patch.object(forms, "SPOOL_SIZE", 20), mock.patch.object(forms, "MAX_LARGE_FILES", 3):
            parser = MultiPartParser(lambda **about: Sink())
            self.assertEqual(len(parser.parse(io.BytesIO(one * 3 + b"--x--"), b"x", None)[1].getlist("f")), 3)
            with self.assertRaises(RequestEntityTooLarge):
                parser.parse(io.BytesIO(one * 4 + b"--x--"), b"x", None)


class StreamFactories(unittest.TestCase):
    def test_a_small_body_stays_in_memory(self):
        self.assertIsInstance(default_stream_factory(512_000, None, None), io.BytesIO)

    def test_s62_a_large_or_unknown_one_is_spooled(self):
        for total in (512_001, None):
            with default_stream_factory(total, "text/plain", "a.txt", None) as stream:
                self.assertIsInstance(stream, tempfile.SpooledTemporaryFile)
                stream.write(b"v" * 512_000)
                self.assertFalse(stream._rolled)
                stream.write(b"v")
                self.assertTrue(stream._rolled)

    def test_without_spooling_there_are_plain_temporary_files(self):
        with mock.patch.object(forms, "SpooledTemporaryFile", None):
            with default_stream_factory(None, None, None) as stream:
                self.assertTrue(hasattr(stream, "fileno") and stream.fileno() > 2)

    def test_the_module_has_no_other_late_names(self):
        with self.assertRaises(AttributeError):
            forms.no_such_name

    def test_an_own_factory_gets_what_is_known_of_the_file(self):
        asked = []

        def factory(**about):
            asked.append(about)
            return io.BytesIO()

        head = 'form-data; name="f"; filename="n.txt"\r\nContent-Type: text/x\r\nContent-Length: 3'
        body = upload(b"abc", head)
        _, _, files = FormDataParser(factory).parse(
            io.BytesIO(body), "multipart/form-data", len(body), {"boundary": "x"})
        self.assertEqual(asked, [dict(total_content_length=len(body), content_type="text/x", filename="n.txt",
                                      content_length=3)])
        self.assertEqual(files["f"].read(), b"abc")


class Urlencoded(unittest.TestCase):
    def test_s70_s71_x34_only_ampersands_separate(self):
        self.assertEqual(fields(b"a=1;b=2&c=3&c=4&d", URLENCODED), {"a": ["1;b=2"], "c": ["3", "4"], "d": [""]})

    def test_x36_bad_escapes_are_kept_as_sent(self):
        self.assertEqual(fields(b"a=%zz&b=%&c=%1&d=%41", URLENCODED),
                         {"a": ["%zz"], "b": ["%"], "c": ["%1"], "d": ["A"]})

    def test_x37_bytes_that_are_not_utf8_make_no_form(self):
        self.assertEqual(fields(b"a=\xff\xfe", URLENCODED), {})
        with self.assertRaises(BadRequest):
            request(b"a=\xff", URLENCODED, form_data_parser_class=StrictFormDataParser).form

    def test_raw_utf8_is_read(self):
        self.assertEqual(fields("a=é".encode(), URLENCODED + "; charset=utf-8"), {"a": ["é"]})

    def test_x32_s81_s86_more_than_a_thousand_fields(self):
        self.assertEqual(len(fields(b"&".join([b"a=1"] * 1000), URLENCODED)["a"]), 1000)
        self.assertEqual(fields(b"&".join([b"a=1"] * 1001), URLENCODED), 413)
        self.assertEqual(len(fields(b"&".join([b"a=1"] * 1001), URLENCODED, max_form_parts=1001)["a"]), 1001)
        self.assertEqual(len(fields(b"&".join([b"a=1"] * 1001), URLENCODED, max_form_parts=None)["a"]), 1001)

    def test_the_limit_of_parts_of_a_multipart_body_does_not_lower_it(self):
        self.assertEqual(fields(b"a=1&b=2", URLENCODED, max_form_parts=1), {"a": ["1"], "b": ["2"]})

    def test_x33_x35_more_bytes_than_the_limit(self):
        self.assertEqual(fields(b"a=" + b"v" * (2 << 20), URLENCODED), 413)
        self.assertEqual(fields(b";" * (1 << 20), URLENCODED), 413)
        self.assertEqual(fields(b"a=" + b"v" * 98, URLENCODED, max_form_memory_size=100), {"a": ["v" * 98]})
        self.assertEqual(fields(b"a=" + b"v" * 99, URLENCODED, max_form_memory_size=100), 413)

    def test_s60_the_limit_holds_for_a_body_of_unknown_length(self):
        for size, fits in ((98, True), (99, False), (10**6, False)):
            parser = FormDataParser(max_form_memory_size=100)
            stream = io.BytesIO(b"a=" + b"v" * size)
            if fits:
                self.assertEqual(parser.parse(stream, URLENCODED, None)[1].to_dict(), {"a": "v" * size})
            else:
                with self.assertRaises(RequestEntityTooLarge):
                    parser.parse(stream, URLENCODED, None)
                self.assertLessEqual(stream.tell(), 101)


class Parsers(unittest.TestCase):
    def test_another_type_gives_no_fields_and_the_whole_stream(self):
        stream = io.BytesIO(b"data")
        self.assertEqual(FormDataParser().parse(stream, "text/plain", 4), (stream, MultiDict(), MultiDict()))
        self.assertEqual(stream.read(), b"data")

    def test_the_type_is_compared_whatever_its_case(self):
        self.assertEqual(parse_form_data(request(b"a=1", URLENCODED.upper()).environ)[1].to_dict(), {"a": "1"})

    def test_s83_a_type_among_the_parameters_is_none(self):
        self.assertEqual(fields(b"a=1", f"text/plain; {URLENCODED}"), {})

    def test_x30_x31_s65_s66_a_hostile_content_type_costs_nothing(self):
        for content_type in ('multipart/form-data; boundary="' + "\\" * 60_000, MULTIPART[:19] + ";a" * 20_000):
            self.assertEqual(fields(part(b"v") + b"--x--", content_type), {})

    def test_x51_a_body_longer_than_allowed(self):
        for content_type in (MULTIPART, URLENCODED):
            self.assertEqual(fields(part(b"v") + b"--x--", content_type, max_content_length=10), 413)
            with self.assertRaises(RequestEntityTooLarge):
                parse_form_data(request(part(b"v") + b"--x--", content_type).environ, max_content_length=10)

    def test_s87_x52_a_chunked_body_longer_than_allowed(self):
        for content_type in (MULTIPART, URLENCODED):
            made = request(part(b"v") + b"--x--", content_type, max_content_length=10)
            del made.environ["CONTENT_LENGTH"]
            made.environ["wsgi.input_terminated"] = True
            with self.assertRaises(RequestEntityTooLarge):
                made.form

    def test_the_dictionaries_are_of_the_given_class(self):
        _, form, files = parse_form_data(request(upload(b"1")).environ, cls=ImmutableMultiDict)
        files["f"].close()
        self.assertEqual((type(form), type(files)), (ImmutableMultiDict, ImmutableMultiDict))

    def test_what_the_builder_writes_is_read(self):
        builder = EnvironBuilder(method="POST", data={"a": ["1", "ü&=+"], "f": (io.BytesIO(b"\r\n--"), "n.txt")})
        with builder.get_request() as made:
            self.assertEqual(made.form.to_dict(flat=False), {"a": ["1", "ü&=+"]})
            self.assertEqual(made.files["f"].read(), b"\r\n--")
        builder.close()


if __name__ == "__main__":
    unittest.main()
