"""The multipart push parser: the grammar, its limits, and that the way of cutting never shows."""

from __future__ import annotations

import unittest

from minflask.http.multipart import (
    END, MAX_HEADER_LINE, MAX_PART_HEADERS, MAX_PREAMBLE, End, LimitExceeded, MalformedMultipart, MultipartParser,
    Part, encode_chunks, new_boundary,
)

MALFORMED, TOO_LARGE, BAD = "malformed", 413, 400


def events(body, cuts=(), boundary=b"x", **limits):
    """Feed a body in pieces; return its events, neighbouring data joined, and how it went wrong if it did."""
    found = []
    try:
        parser = MultipartParser(boundary, **limits)
        edges = [0, *cuts, len(body)]
        for start, end in zip(edges, edges[1:]):
            for event in parser.feed(body[start:end]):
                if isinstance(event, bytes) and found and isinstance(found[-1], bytes):
                    found[-1] += event
                else:
                    found.append(event)
        parser.close()
    except MalformedMultipart:
        found.append(MALFORMED)
    except LimitExceeded as error:
        found.append(error.code)
    return found


def short(found):
    """Write events as plain values: (name, filename) for the begin of a part, data as they are, no END."""
    return [(event.name, event.filename) if isinstance(event, Part) else event
            for event in found if not isinstance(event, End)]


def part(content, name=b"a", extra=b"", newline=b"\r\n", boundary=b"x"):
    head = b'Content-Disposition: form-data; name="' + name + b'"' + extra
    return b"--" + boundary + newline + head + newline * 2 + content + newline


FILE = b'; filename="f.txt"'
CASES = [
    ("one field", part(b"v") + b"--x--\r\n", [("a", None), b"v"]),
    ("X28 one name three times, in order", part(b"1") + part(b"2") + part(b"3") + b"--x--",
     [("a", None), b"1", ("a", None), b"2", ("a", None), b"3"]),
    ("X29 an empty file input", part(b"", extra=b'; filename=""') + b"--x--", [("a", "")]),
    ("X17 lines that end in LF", part(b"v\r", newline=b"\n") + b"--x--\n", [("a", None), b"v"]),
    ("X17 lines that end in CR", part(b"v", newline=b"\r") + b"--x--\r", [("a", None), b"v"]),
    ("CR lines: the data keep what is no delimiter", part(b"v\r\n\n--x\r\r", newline=b"\r") + b"--x--",
     [("a", None), b"v\r\n\n--x\r\r"]),
    ("no line end behind the last delimiter", part(b"v") + b"--x--", [("a", None), b"v"]),
    ("line ends in the data", part(b"\r\n\r\r\n\n") + b"--x--", [("a", None), b"\r\n\r\r\n\n"]),
    ("data that look like a delimiter", part(b"\r\n--\r\n-x\r\n--X--\r\n -- x") + b"--x--",
     [("a", None), b"\r\n--\r\n-x\r\n--X--\r\n -- x"]),
    ("the boundary inside a line", part(b"a--x b") + b"--x--", [("a", None), b"a--x b"]),
    ("white space behind the boundary", b"--x \t\r\n" + part(b"v")[5:] + b"--x--", [("a", None), b"v"]),
    ("text before and after", b"pre\r\namble--x\r\n" + part(b"v") + b"--x--\r\nepilogue\r\n--x\r\n",
     [("a", None), b"v"]),
    ("an empty line before", b"\r\n\r\n" + part(b"v") + b"--x--", [("a", None), b"v"]),
    ("no part at all", b"--x--", []),
    ("a part without a body", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n" + part(b"v") + b"--x--",
     [("a", None), ("a", None), b"v"]),
    ("a part without a body, the last", b"--x\nContent-Disposition: form-data; name=a\n\n--x--", [("a", None)]),
    ("a body that begins like a delimiter", part(b"--X") + part(b"--") + b"--x--",
     [("a", None), b"--X", ("a", None), b"--"]),
    ("X21 X22 S72 S73 names of files are kept as sent",
     part(b"1", extra=b'; filename="../../etc/passwd"') + part(b"2", extra=b'; filename="C:\\dir\\a.txt"') + b"--x--",
     [("a", "../../etc/passwd"), b"1", ("a", "C:\\dir\\a.txt"), b"2"]),
    ("X23 quotes in a name", part(b"1", extra=b'; filename="a%22b\\"c.txt"') + b"--x--", [("a", 'a"b"c.txt'), b"1"]),
    ("X24 an encoded name alone", part(b"1", extra=b"; filename*=UTF-8''%e2%82%ac.txt") + b"--x--",
     [("a", "\u20ac.txt"), b"1"]),
    ("X24 S74 an encoded name does not win over the plain one",
     part(b"1", extra=b"; filename=\"p.txt\"; filename*=UTF-8''e.txt") + b"--x--", [("a", "p.txt"), b"1"]),
    ("X24 S74 nor if it comes first",
     part(b"1", extra=b"; filename*=UTF-8''e.txt; filename=\"p.txt\"") + b"--x--", [("a", "p.txt"), b"1"]),
    ("a name in pieces, over several lines (RFC 2231)",
     b"--x\r\nContent-Disposition: form-data; name=a;\r\n\tfilename*0*=ascii''a%20b;\r\n filename*1=\"c.txt\"\r\n\r\n1"
     b"\r\n--x--", [("a", "a bc.txt"), b"1"]),
    ("names that are not UTF-8", part(b"1", name=b"\xff") + b"--x--", [("\ufffd", None), b"1"]),
    ("X06 a part without a name", b"--x\r\nContent-Disposition: form-data\r\n\r\nv\r\n--x--", [(None, None), b"v"]),
    ("X02 an empty body", b"", [MALFORMED]),
    ("X03 S76 no boundary in it", b"hello\r\nworld\r\n", [MALFORMED]),
    ("X04 no closing delimiter", part(b"v"), [("a", None), b"v", MALFORMED]),
    ("the end inside a delimiter", part(b"v") + b"--x-", [("a", None), b"v", MALFORMED]),
    ("the end inside a head", b"--x\r\nContent-Dispo", [MALFORMED]),
    ("X05 a part without Content-Disposition", b"--x\r\nX-A: b\r\n\r\nv\r\n--x--", [MALFORMED]),
    ("a part without any head", b"--x\r\n\r\nv\r\n--x--", [MALFORMED]),
    ("S81 a longer word that begins as the boundary", part(b"v\r\n--xy\r\n") + b"--x--",
     [("a", None), b"v", MALFORMED]),
    ("a head line without a colon", b"--x\r\nContent-Disposition\r\n\r\nv\r\n--x--", [MALFORMED]),
    ("a head that begins with a continuation", b"--x\r\n a: b\r\n\r\nv\r\n--x--", [MALFORMED]),
    ("CR at first, and CRLF then", b"--x\r" + part(b"v")[5:] * 20 + b"--x--", [MALFORMED]),
    ("a head line with a space before the colon", b"--x\r\nContent-Disposition : a\r\n\r\nv\r\n--x--", [MALFORMED]),
    ("S79 CR inside a head line", b"--x\r\nX-A: b\rc\r\n\r\nv\r\n--x--", [MALFORMED]),
    ("S79 NUL inside a head line", b"--x\r\nX-A: b\0c\r\n\r\nv\r\n--x--", [MALFORMED]),
    ("CR as a line end, after CRLF had been", part(b"v") + b"--x\r" + part(b"v", newline=b"\r")[4:] + b"\r\n--x--",
     [("a", None), b"v", MALFORMED]),
    ("too much white space behind a boundary", b"--x" + b" " * 200 + b"\r\n", [MALFORMED]),
]


class Grammar(unittest.TestCase):
    def test_each_case_gives_its_events(self):
        for label, body, expected in CASES:
            with self.subTest(label):
                self.assertEqual([event for event in short(events(body)) if event != b""], expected)

    def test_s63_any_cut_gives_the_same_events(self):
        for label, body, _ in CASES:
            whole = events(body)
            with self.subTest(label, fed="byte by byte"):
                self.assertEqual(events(body, range(1, len(body))), whole)
            for cut in range(len(body) + 1):
                with self.subTest(label, cut=cut):
                    self.assertEqual(events(body, [cut]), whole)

    def test_s63_two_cuts_around_each_delimiter_give_the_same_events(self):
        body = part(b"y\r\n", extra=FILE) + part(b"\r") + b"--x--\r\n"
        whole = events(body)
        for first in range(len(body)):
            for second in range(first, min(first + 9, len(body))):
                self.assertEqual(events(body, [first, second]), whole, (first, second))

    def test_the_end_of_each_part_is_told(self):
        found = events(part(b"v") + part(b"", extra=FILE) + b"--x--")
        self.assertEqual([found[2], found[4]], [END, END])
        self.assertEqual(len(found), 5)

    def test_head_fields_come_with_the_part(self):
        head = b"Content-Disposition: form-data; name=a\r\nX-A: 1\r\n  2 \r\nContent-Type:text/html\r\n\r\n"
        body = b"--x\r\n" + head + b"\r\n--x--"
        begin = events(body)[0]
        self.assertEqual(begin.headers[1:], [("X-A", "1 2"), ("Content-Type", "text/html")])
        self.assertEqual((begin.get("x-a"), begin.get("x-b")), ("1 2", None))

    def test_x19_x20_s64_any_printable_boundary_works(self):
        for boundary in (b"a b", b"(.*)+[x]$", b"'()+_,-./:=?", b"-" * 70, b"\\"):
            with self.subTest(boundary):
                body = part(b"v", boundary=boundary) + b"--" + boundary + b"--"
                self.assertEqual(short(events(body, range(1, len(body)), boundary)), [("a", None), b"v"])

    def test_x18_s81_a_boundary_that_is_none_is_malformed(self):
        for boundary in (b"", b"b" * 257, b"a\nb", b"a\x00", b"\xff"):
            with self.subTest(boundary):
                self.assertEqual(events(b"", boundary=boundary), [MALFORMED])
        longest = b"b" * 256
        self.assertEqual(short(events(part(b"v", boundary=longest) + b"--" + longest + b"--", boundary=longest)),
                         [("a", None), b"v"])

    def test_what_follows_the_last_delimiter_is_not_kept(self):
        parser = MultipartParser(b"x")
        list(parser.feed(b"--x--"))
        self.assertEqual(list(parser.feed(part(b"v") * 1000)), [])
        parser.close()


class Limits(unittest.TestCase):
    """Each limit at n and at n + 1, whole and byte by byte."""

    def check(self, limit_error, fits, exceeds, **limits):
        for cuts in ((), None):
            fed = [range(1, len(body)) if cuts is None else cuts for body in (fits, exceeds)]
            self.assertNotIn((events(fits, fed[0], **limits) or [END])[-1], (MALFORMED, BAD, TOO_LARGE))
            self.assertEqual(events(exceeds, fed[1], **limits)[-1], limit_error)

    def test_s58_s75_x07_parts(self):
        self.check(TOO_LARGE, part(b"v") * 10 + b"--x--", part(b"v") * 11 + b"--x--", max_parts=10)

    def test_s60_s61_x08_bytes_of_a_field(self):
        self.check(TOO_LARGE, part(b"v" * 100) + b"--x--", part(b"v" * 101) + b"--x--", max_field=100)

    def test_s61_s77_x09_bytes_of_all_fields(self):
        self.check(TOO_LARGE, part(b"v" * 50) * 2 + b"--x--", part(b"v" * 50) + part(b"v" * 51) + b"--x--",
                   max_field=100, max_memory=100)

    def test_files_do_not_count_as_fields(self):
        body = part(b"v" * 1000, extra=FILE) + part(b"v") + b"--x--"
        self.assertEqual(len(events(body, max_field=1, max_memory=1)), 6)

    def test_s60_the_limit_of_a_field_holds_while_it_arrives(self):
        parser = MultipartParser(b"x", max_field=100)
        list(parser.feed(part(b"v" * 90)[:-2]))
        with self.assertRaises(LimitExceeded):
            list(parser.feed(b"v" * 20))

    def test_s69_x14_head_fields_of_a_part(self):
        head = b'--x\r\nContent-Disposition: form-data; name="a"\r\n'
        line = b"X: y\r\n"
        self.check(TOO_LARGE, head + line * (MAX_PART_HEADERS - 1) + b"\r\n\r\n--x--",
                   head + line * MAX_PART_HEADERS + b"\r\n\r\n--x--")

    def test_s69_x15_length_of_a_head_line(self):
        head = b'--x\r\nContent-Disposition: form-data; name="a"\r\nX: '
        fits = b"v" * (MAX_HEADER_LINE - 3)
        self.check(TOO_LARGE, head + fits + b"\r\n\r\n\r\n--x--", head + fits + b"v\r\n\r\n\r\n--x--")

    def test_s69_a_head_line_that_goes_on_has_the_same_limit(self):
        head = b'--x\r\nContent-Disposition: form-data; name="a"\r\nX: y' + b"\r\n z" * MAX_HEADER_LINE
        self.assertEqual(events(head + b"\r\n\r\n\r\n--x--"), [TOO_LARGE])

    def test_s68_x16_text_before_the_first_boundary(self):
        text = b"p" * (MAX_PREAMBLE - 1)
        self.check(BAD, text + b"\r\n--x--", text + b"pp\r\n--x--")

    def test_a_limit_that_is_none_is_not_there(self):
        self.assertEqual(len(events(part(b"v" * 10000) * 2000 + b"--x--")), 6000)


class Writing(unittest.TestCase):
    def test_what_is_written_is_what_is_read(self):
        class Upload:
            filename, content_type = 'quo"te\r\n.txt', "text/plain; charset=utf-8"
            headers = [("X-Own", "1"), ("Content-Type", "not/this")]

            def __init__(self):
                self.chunks = [b"\r\n--", b"file"]

            def read(self, size):
                return self.chunks.pop(0) if self.chunks else b""

        body = b"".join(encode_chunks([("ä\"\\\r\n", "é"), ("n", 7), ("raw", b"\xff"), ("f", Upload())], "x"))
        found = events(body)
        self.assertEqual(short(found), [
            ("ä\"\\%0D%0A", None), "é".encode(), ("n", None), b"7", ("raw", None), b"\xff",
            ("f", 'quo"te%0D%0A.txt'), b"\r\n--file",
        ])
        self.assertEqual(found[9].headers[1:], [("Content-Type", "text/plain; charset=utf-8"), ("X-Own", "1")])

    def test_a_stream_without_a_name_is_a_field(self):
        import io

        self.assertEqual(short(events(b"".join(encode_chunks([("a", io.BytesIO(b"v"))], "x")))), [("a", None), b"v"])

    def test_boundaries_differ(self):
        self.assertNotEqual(new_boundary(), new_boundary())


if __name__ == "__main__":
    unittest.main()
