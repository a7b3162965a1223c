"""The grammar of header values: quoting, options, lists, dates, tags, numbers."""

from __future__ import annotations

import doctest
import time
import unittest
from datetime import date, datetime, timedelta, timezone

from minflask.http import codec
from minflask.http.codec import (
    MAX_PARAMETERS, cookie_date, dump_age, dump_header, dump_options_header, generate_etag, http_date,
    is_byte_range_valid, is_entity_header, is_hop_by_hop_header, is_token, parse_age, parse_csp_header_pairs,
    parse_date, parse_dict_header, parse_list_header, parse_number, parse_options_header, quote_etag,
    quote_header_value, remove_entity_headers, remove_hop_by_hop_headers, unquote_etag, unquote_header_value)
from minflask.http.headers import Headers


def load_tests(loader, tests, pattern):
    tests.addTests(doctest.DocTestSuite(codec))
    return tests


OPTIONS = [  # what follows the semicolon, and what is in it
    ("a=b; c=d;", {"a": "b", "c": "d"}),
    (" ; A=B ;", {"a": "B"}),
    ("a;=b;a=;c=d", {"c": "d"}),
    ('a="b;c, d"', {"a": "b;c, d"}),
    ('a="b" c; d=e', {"a": "b", "d": "e"}),
    ("a=b; a=c", {"a": "c"}),
    (r'a="b\"c\\d\e"', {"a": r'b"c\d\e'}),
    (r'a="C:\dir\f.txt"', {"a": r"C:\dir\f.txt"}),
    ('a="b%22c"', {"a": 'b"c'}),  # X23
    ('a="open; b=c', {"b": "c"}),
    ('a="', {}),
    ("a = b", {}),
    ("a=é", {}),
    ('a="é"', {"a": "é"}),
    ("a*=UTF-8''%e2%82%ac", {"a": "€"}),
    ("a*=iso-8859-1'en'%e9", {"a": "é"}),
    ("a*=utf-7''+ADw-", {"a": "+ADw-"}),  # X26: a charset that is not known is not tried
    ("a*=UTF-8''%FF", {"a": "\ufffd"}),
    ("a*0=x; a*1=y", {"a": "xy"}),
    ("a*0*=utf-8''%C3%A9; a*1=f; a*2*=%C3%A9", {"a": "éfé"}),
]


class Options(unittest.TestCase):
    def test_options_are_read(self):
        for text, options in OPTIONS:
            with self.subTest(text):
                self.assertEqual(parse_options_header(f"v;{text}"), ("v", options))

    def test_a_header_without_options_is_its_value(self):
        for text, expected in [(None, ""), ("", ""), (" ", ""), (";a=b", ""), (" Text/HTML ; ", "Text/HTML"),
                               (" ,; ", ",")]:
            with self.subTest(text):
                self.assertEqual(parse_options_header(text), (expected, {}))

    def test_text_beyond_ascii_may_stand_unquoted_where_that_is_asked_for(self):
        self.assertEqual(parse_options_header("v;a=é.txt", lenient=True), ("v", {"a": "é.txt"}))

    def test_x31_the_number_of_options_is_limited(self):
        _, options = parse_options_header("v" + "".join([f";a{n}=1" for n in range(20_000)]))
        self.assertEqual(len(options), MAX_PARAMETERS)

    def test_s65_s66_x30_backslashes_without_an_end_are_no_option(self):
        self.assertEqual(parse_options_header('v;a="' + "\\" * 60_000), ("v", {}))
        self.assertEqual(parse_options_header("v" + "\\" * 60_000)[1], {})

    def test_options_are_written(self):
        for options, expected in [
            ({"a": "b", "c": None}, "v; a=b"),
            ({"a": "b c", "d": ""}, 'v; a="b c"; d=""'),
            ({"a*": "UTF-8''%C3"}, "v; a*=UTF-8''%C3"),
            ({"a": '"\\'}, 'v; a="\\"\\\\"'),
        ]:
            with self.subTest(expected):
                self.assertEqual(dump_options_header("v", options), expected)
        self.assertEqual(dump_options_header(None, {"a": 1}), "a=1")

    def test_options_that_were_written_are_read_back(self):
        options = {"a": 'x"y\\z; w', "b": "", "c": "token"}
        self.assertEqual(parse_options_header(dump_options_header("v", options)), ("v", options))


class Lists(unittest.TestCase):
    def test_lists_are_read(self):
        for text, expected in [
            ("a, b c ,,d", ["a", "b c", "d"]),
            ('a, "b, c", "\\"d"', ["a", "b, c", '"d']),
            ('a"b,c", d', ['a"b,c"', "d"]),
            ("", []),
            (", ,", []),
            ('a, "open', []),
        ]:
            with self.subTest(text):
                self.assertEqual(parse_list_header(text), expected)

    def test_pairs_are_read(self):
        for text, expected in [
            ('a=b, c, d="e, f"', {"a": "b", "c": None, "d": "e, f"}),
            ("a = b=c ,=x, =", {"a": "b=c"}),
            ("a=", {"a": ""}),
            ("a*=UTF-8''%20", {"a": " "}),
            ('a=1, b="open', {}),
        ]:
            with self.subTest(text):
                self.assertEqual(parse_dict_header(text), expected)

    def test_s3_s27_only_blanks_and_tabs_are_taken_off(self):
        for odd in "\x0b\x0c\x1c\x85\xa0\u2003":
            with self.subTest(odd):
                self.assertEqual(parse_list_header(f"\t a{odd} ,{odd}"), [f"a{odd}", odd])
                self.assertEqual(parse_dict_header(f"{odd}a = b{odd} "), {f"{odd}a": f"b{odd}"})
                self.assertEqual(parse_options_header(f" v{odd} ;{odd}a=b"), (f"v{odd}", {}))
                self.assertEqual(unquote_etag(f' "a"{odd}'), (f'"a"{odd}', False))
                self.assertIsNone(parse_date(f"Sun, 06 Nov 1994{odd}08:49:37 GMT"))
                self.assertIsNone(parse_number(f"1{odd}"))

    def test_lists_and_pairs_are_written(self):
        for value, expected in [
            (["a", "b c", 1], 'a, "b c", 1'),
            ({"a": "b c", "d": None, "e*": "x''y z"}, "a=\"b c\", d, e*=x''y z"),
        ]:
            with self.subTest(expected):
                self.assertEqual(dump_header(value), expected)
        self.assertEqual(dump_header(["a"], allow_token=False), '"a"')

    def test_the_directives_of_a_policy_are_read(self):
        self.assertEqual(parse_csp_header_pairs("a  b c; ;d;e f"), [("a", "b c"), ("e", "f")])
        self.assertEqual(parse_csp_header_pairs(None), [])


class Quotes(unittest.TestCase):
    def test_a_token_needs_no_quotes(self):
        for text, expected in [("a-b", True), ("a b", False), ("", False), ("a/b", False), ("é", False),
                               ("a\n", False)]:
            with self.subTest(text):
                self.assertIs(is_token(text), expected)
                self.assertEqual(quote_header_value(text)[:1] == '"', not expected)
        self.assertEqual(quote_header_value("a", allow_token=False), '"a"')

    def test_quotes_are_taken_off(self):
        for text, expected in [('"a"', "a"), ('"a\\"\\\\\\b"', 'a"\\b'), ('"', '"'), ('a"', 'a"'), ("", ""),
                               ('""', "")]:
            with self.subTest(text):
                self.assertEqual(unquote_header_value(text), expected)

    def test_etags_are_written_and_read(self):
        for etag, expected in [('"a"', ("a", False)), ('W/"a"', ("a", True)), ("w/a", ("a", True)), ("", (None, None)),
                               (None, (None, None)), (' "a" ', ("a", False)), ('"', ("", False))]:
            with self.subTest(etag):
                self.assertEqual(unquote_etag(etag), expected)
        self.assertEqual(unquote_etag(quote_etag("x", weak=True)), ("x", True))
        with self.assertRaisesRegex(ValueError, "quote"):
            quote_etag('a"b')
        self.assertNotEqual(generate_etag(b"a"), generate_etag(b"b"))


UTC = timezone.utc
MOMENT = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


class Dates(unittest.TestCase):
    def test_the_three_formats_are_read(self):
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                     " 6 Nov 1994 08:49:37 ", "Sun, 06 nov 94 10:49:37 +0200", "Sun, 06 Nov 1994 03:49:37 EST",
                     "Sun, 06 Nov 1994 08:49:37 -0000"]:
            with self.subTest(text):
                self.assertEqual(parse_date(text), MOMENT)
                self.assertIsNotNone(parse_date(text).tzinfo)

    def test_y41_what_is_no_date_is_none(self):
        for text in [None, "", "foo", "Sun, 06 Nov 99999 08:49:37 GMT", "Thu, 33 Jan 1970 00:00:00 GMT",
                     "Thu, 01 Jan 1970 24:00:00 GMT", "06 Now 1994 08:49:37 GMT", "2020-01-01T00:00:00Z",
                     "٠٦ Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 +9999", "Sun, 06 Nov 0000 08:49:37 GMT",
                     "Sun, 06 Nov 1994 08:49:37 GMT" + " " * 200]:
            with self.subTest(text):
                self.assertIsNone(parse_date(text))

    def test_a_year_of_two_digits_is_of_this_century_or_the_last(self):
        self.assertEqual(parse_date("Sun, 06-Nov-68 08:49:37 GMT").year, 2068)
        self.assertEqual(parse_date("Sun, 06-Nov-69 08:49:37 GMT").year, 1969)

    def test_times_of_all_kinds_are_written(self):
        for when in [MOMENT, MOMENT.replace(tzinfo=None), MOMENT.timestamp(), MOMENT.timestamp() + 0.9,
                     MOMENT.utctimetuple(), MOMENT.astimezone(timezone(timedelta(hours=5)))]:
            with self.subTest(when):
                self.assertEqual(http_date(when), "Sun, 06 Nov 1994 08:49:37 GMT")
        for when, expected in [(date(999, 1, 1), "Tue, 01 Jan 0999 00:00:00 GMT"),
                               (-1, "Wed, 31 Dec 1969 23:59:59 GMT")]:
            self.assertEqual(http_date(when), expected)
        self.assertEqual(cookie_date(0), "Thu, 01-Jan-1970 00:00:00 GMT")
        self.assertEqual(parse_date(cookie_date(0)).timestamp(), 0)

    def test_without_a_time_it_is_now(self):
        before = int(time.time())
        self.assertLessEqual(before, parse_date(http_date()).timestamp())

    def test_what_was_written_is_read_back(self):
        for second in range(0, 2_000_000_000, 98_765_432):
            self.assertEqual(parse_date(http_date(second)).timestamp(), second)


class Numbers(unittest.TestCase):
    def test_s6_s24_s41_only_ascii_digits_are_a_number(self):
        for text, expected in [("10", 10), (" 7\t", 7), ("+10", None), ("-1", None), ("1_0", None), ("0x1", None),
                               ("٣", None), ("²", None), ("", None), (None, None), ("1.0", None), ("\x0b1", None),
                               ("9" * 19, int("9" * 19)), ("9" * 20, None)]:
            with self.subTest(text):
                self.assertEqual(parse_number(text), expected)

    def test_ages_are_read_and_written(self):
        self.assertEqual(parse_age("60"), timedelta(minutes=1))
        for text in [None, "", "-1", "x", "9" * 19]:
            with self.subTest(text):
                self.assertIsNone(parse_age(text))
        for age, expected in [(None, None), (0, "0"), (1.9, "1"), (timedelta(minutes=1), "60")]:
            self.assertEqual(dump_age(age), expected)
        with self.assertRaisesRegex(ValueError, "negative"):
            dump_age(-1)

    def test_byte_ranges_are_checked(self):
        for arguments, expected in [((0, 1, 1), True), ((0, 5, 3), True), ((3, 5, 3), False), ((2, 1, 9), False),
                                    ((None, None, 3), True), ((None, 1, 3), False), ((0, 1, None), True),
                                    ((-1, 1, 3), False), ((None, None, -1), False)]:
            with self.subTest(arguments):
                self.assertIs(is_byte_range_valid(*arguments), expected)


class Kinds(unittest.TestCase):
    HEADERS = [("Date", "x"), ("Content-Type", "y"), ("Expires", "z"), ("Keep-Alive", "w")]

    def test_headers_of_the_content_are_removed_from_lists_and_headers(self):
        for headers in [list(self.HEADERS), Headers(self.HEADERS)]:
            remove_entity_headers(headers)
            self.assertEqual([name for name, _ in headers], ["Date", "Expires", "Keep-Alive"])
            remove_entity_headers(headers, allowed=())
            remove_hop_by_hop_headers(headers)
            self.assertEqual([name for name, _ in headers], ["Date"])

    def test_the_case_of_a_name_does_not_matter(self):
        self.assertTrue(is_entity_header("CONTENT-length"))
        self.assertTrue(is_hop_by_hop_header("Transfer-ENCODING"))
        self.assertFalse(is_hop_by_hop_header("Date"))


if __name__ == "__main__":
    unittest.main()
