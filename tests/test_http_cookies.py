"""Cookies as browsers send them, and as they are set."""

from __future__ import annotations

import ast
import doctest
import pathlib
import unittest
from datetime import datetime, timedelta

from minflask.http import cookies
from minflask.http.cookies import MAX_COOKIES, MAX_HEADER, dump_cookie, parse_cookie
from minflask.http.structures import ImmutableMultiDict


def load_tests(loader, tests, pattern):
    tests.addTests(doctest.DocTestSuite(cookies))
    return tests


READ = [
    ("X60 two cookies", "a=1; b=2", {"a": ["1"], "b": ["2"]}),
    ("X61 S88 CVE-2023-23934: one without a name is left out", "=__Host-a=b; a=1; ==c", {"a": ["1"]}),
    ("X62 without an equals sign", "abc; a=1", {"abc": [""], "a": ["1"]}),
    ("X63 quoted, with octal escapes", 'a="x\\054y\\"z"', {"a": ['x,y"z']}),
    ("X65 a quote that is not closed", 'a="x; b=2', {"a": ['"x'], "b": ["2"]}),
    ("X67 control characters", "a=x\x01y; b=2", {"a": ["x\x01y"], "b": ["2"]}),
    ("X69 a name twice: the first is shown", "a=1; a=2", {"a": ["1", "2"]}),
    ("S89 names are not decoded", "%5F%5FSecure-a=1; \"__Host-b\"=2", {"%5F%5FSecure-a": ["1"], '"__Host-b"': ["2"]}),
    ("S96 only semicolons separate", "a=1,b=2 c=3", {"a": ["1,b=2 c=3"]}),
    ("S96 quotes do not swallow a cookie", 'a="x; session=s; b=y"', {"a": ['"x'], "session": ["s"], "b": ['y"']}),
    ("a quoted value with semicolons, of servers that did so", 'a="x; y"; b="\\";"; c',
     {"a": ["x; y"], "b": ['";'], "c": [""]}),
    ("only blanks and tabs are taken off", "\ta = \xa0b \t; c=d", {"a": ["\xa0b".encode().decode()], "c": ["d"]}),
    ("an equals sign in the value", "a=b=c==", {"a": ["b=c=="]}),
    ("an escape that is none", 'a="\\400\\x\\1"', {"a": ["400x1"]}),
    ("escapes of bytes that are not UTF-8", 'a="\\303\\303\\251"', {"a": ["\ufffdé"]}),
    ("nothing", " ; ;;", {}),
]


class Reading(unittest.TestCase):
    def test_a_cookie_header_is_read(self):
        for why, header, expected in READ:
            with self.subTest(why):
                header = header.encode().decode("latin-1")
                self.assertEqual(parse_cookie(header).to_dict(flat=False), expected)
                self.assertEqual(parse_cookie({"HTTP_COOKIE": header}).to_dict(flat=False), expected)

    def test_x66_bytes_beyond_ascii_are_utf8(self):
        self.assertEqual(parse_cookie({"HTTP_COOKIE": "fÃ¶=Ã¼; b=\xff"}).to_dict(), {"fö": "ü", "b": "\ufffd"})
        self.assertEqual(parse_cookie("a=€")["a"], "€")

    def test_nothing_is_an_empty_multidict(self):
        for header in [None, "", {}]:
            self.assertEqual(list(parse_cookie(header)), [])

    def test_the_class_of_the_result_can_be_chosen(self):
        self.assertIs(type(parse_cookie("a=1", ImmutableMultiDict)), ImmutableMultiDict)

    def test_x68_what_goes_beyond_the_limits_is_left_out(self):
        many = parse_cookie(";".join([f"a{n}=1" for n in range(MAX_COOKIES + 1)]))
        self.assertEqual(len(many), MAX_COOKIES)
        long = parse_cookie("a=1; b=" + "x" * MAX_HEADER)
        self.assertEqual(long.to_dict(), {"a": "1"})

    def test_s90_x64_many_backslashes_are_unquoted_in_one_pass(self):
        self.assertEqual(parse_cookie('a="' + "\\" * 60_000 + '"')["a"], "\\" * 30_000)


WRITTEN = [
    ({"key": "a"}, "a=; Path=/"),
    ({"key": "a", "value": "b", "path": None}, "a=b"),
    ({"key": "a", "value": "x y", "path": None}, 'a="x y"'),
    ({"key": "a", "value": "ü\"\\,;", "path": None}, 'a="\\303\\274\\"\\\\\\054\\073"'),
    ({"key": "a", "value": "x\r\n;z"}, 'a="x\\015\\012\\073z"; Path=/'),  # X87
    ({"key": "a", "path": "/; Domain=evil"}, "a=; Path=/%3B%20Domain=evil"),  # X88, S94
    ({"key": "a", "domain": ".bücher.ch:80"}, "a=; Domain=xn--bcher-kva.ch; Path=/"),
    ({"key": "a", "max_age": timedelta(seconds=5), "sync_expires": False}, "a=; Max-Age=5; Path=/"),
    ({"key": "a", "max_age": 0, "expires": 0}, "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/"),
    ({"key": "a", "expires": datetime(2020, 1, 1)}, "a=; Expires=Wed, 01 Jan 2020 00:00:00 GMT; Path=/"),
    ({"key": "a", "expires": "soon"}, "a=; Expires=soon; Path=/"),
    ({"key": "a", "secure": True, "httponly": True, "samesite": "lax"}, "a=; Secure; HttpOnly; Path=/; SameSite=Lax"),
    ({"key": "a", "partitioned": True}, "a=; Secure; Path=/; Partitioned"),
    ({"key": "fö"}, "fÃ¶=; Path=/"),
]


class Writing(unittest.TestCase):
    def test_a_cookie_is_written(self):
        for arguments, expected in WRITTEN:
            with self.subTest(arguments):
                self.assertEqual(dump_cookie(**arguments), expected)

    def test_s91_s93_s94_s95_x89_what_would_end_the_cookie_early_is_refused(self):
        for arguments in [
            {"key": ""}, {"key": "a b"}, {"key": "a="}, {"key": "a;b"}, {"key": "a\n"}, {"key": "a\x00"},
            {"key": 'a"'}, {"key": "é\x85"}, {"key": "é "}, {"key": "a", "domain": "x;y"},
            {"key": "a", "domain": "x y"},
            {"key": "a", "domain": "x\r\n"}, {"key": "a", "expires": "x; Domain=y"}, {"key": "a", "expires": "x\n"},
            {"key": "a", "samesite": "Lax; Domain=y"}, {"key": "a", "samesite": ""},
        ]:
            with self.subTest(arguments), self.assertRaises(ValueError) as caught:
                dump_cookie(**arguments)
            self.assertGreater(len(str(caught.exception)), 30)

    def test_s98_every_false_value_turns_an_attribute_off(self):
        for off in [False, None, 0, ""]:
            with self.subTest(off):
                self.assertEqual(dump_cookie("a", secure=off, httponly=off, partitioned=off, domain=off), "a=; Path=/")

    def test_max_age_brings_the_time_with_it(self):
        self.assertRegex(dump_cookie("a", max_age=60), r"^a=; Expires=\w{3}, [^;]+ GMT; Max-Age=60; Path=/$")

    def test_a_cookie_that_browsers_drop_is_warned_of(self):
        with self.assertWarnsRegex(UserWarning, "too large.* limit is 20 bytes") as caught:
            dump_cookie("a", "b" * 20, max_size=20)
        self.assertEqual(caught.filename, __file__)
        self.assertEqual(len(dump_cookie("a", "b" * 5000, max_size=0)), 5010)

    def test_any_value_comes_back(self):
        for value in ["", "a b", '"', "\\", 'x"y\\054;,=', "ü€🐍", "".join(map(chr, range(300)))]:
            with self.subTest(value):
                self.assertEqual(parse_cookie(dump_cookie("a", value))["a"], value)


class Foundations(unittest.TestCase):
    def test_s1_s92_s99_s182_no_fragile_parser_and_no_pickle_is_used(self):
        unsafe = {"http.cookies", "http.server", "email", "cgi", "wsgiref", "pickle", "marshal", "shelve"}
        found = []
        for path in pathlib.Path(cookies.__file__).parent.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
                names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                found += [(path.name, name) for name in names if {name, name.split(".")[0]} & unsafe]
        self.assertEqual(found, [])


class Values(unittest.TestCase):
    def test_what_is_no_text_is_written_as_its_text_or_refused(self):
        for value, text in (("a", "a"), (b"a", "a"), (5, "5"), ("", ""), ("é".encode(), '"\\303\\251"')):
            with self.subTest(value):
                self.assertEqual(dump_cookie("k", value), f"k={text}; Path=/")
        with self.assertRaisesRegex(TypeError, "delete_cookie"):
            dump_cookie("k", None)


if __name__ == "__main__":
    unittest.main()
