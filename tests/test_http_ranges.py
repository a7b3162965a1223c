"""Conditions and ranges."""

from __future__ import annotations

import doctest
import unittest
from datetime import datetime, timezone

from minflask.http import ranges
from minflask.http.codec import generate_etag, http_date
from minflask.http.ranges import (
    MAX_RANGES, ContentRange, ETags, IfRange, Range, is_resource_modified, parse_content_range_header, parse_etags,
    parse_if_range_header, parse_range_header)


def load_tests(loader, tests, pattern):
    tests.addTests(doctest.DocTestSuite(ranges))
    return tests


class Tags(unittest.TestCase):
    def test_b281_tags_are_read(self):
        for text, strong, weak in [
            ('"a", W/"b"', {"a"}, {"b"}), ("a, w/b", {"a"}, {"b"}), ('"a" "b"', {"a", "b"}, set()),
            ('"a, b"', {"a, b"}, set()), ('""', {""}, set()), ('"open', {"open"}, set()),
            ("", set(), set()), (None, set(), set()),
        ]:
            with self.subTest(text):
                tags = parse_etags(text)
                self.assertEqual((tags.as_set(), tags.as_set(include_weak=True)), (strong, strong | weak))
                self.assertEqual(parse_etags(tags.to_header()).as_set(True), strong | weak)

    def test_weak_tags_match_only_weakly(self):
        tags = ETags(["a"], ["b"])
        for tag, answers in [("a", (True, True, True, False)), ("b", (False, True, False, True)), ("c", (False,) * 4)]:
            with self.subTest(tag):
                found = tag in tags, tags.contains_weak(tag), tags.is_strong(tag), tags.is_weak(tag)
                self.assertEqual(found, answers)
        self.assertEqual((tags.contains_raw('"a"'), tags.contains_raw('W/"b"'), tags.contains_raw('"b"'),
                          tags.contains_raw("")), (True, True, False, False))
        self.assertEqual((tags("a"), tags("b"), tags("b", include_weak=True)), (True, False, True))
        self.assertEqual((len(tags), list(tags), bool(tags), bool(ETags())), (1, ["a"], True, False))
        self.assertTrue(ETags([generate_etag(b"x")])(data=b"x"))
        self.assertRaises(TypeError, tags)

    def test_a_star_stands_for_whatever_there_is(self):
        tags = parse_etags("*")
        self.assertTrue("x" in tags and tags.contains_weak("x") and tags)
        self.assertFalse(tags.is_strong("x"))
        self.assertEqual((str(tags), repr(tags), list(tags)), ("*", "<ETags '*'>", []))

    def test_y40_many_tags_are_read_in_one_pass(self):
        self.assertEqual(parse_etags('W/"",' * 20_000).as_set(True), {""})


class IfRanges(unittest.TestCase):
    def test_it_is_a_date_or_a_tag(self):
        date = http_date(0)
        self.assertEqual((parse_if_range_header(date).date.timestamp(), parse_if_range_header(date).etag), (0, None))
        for text, tag in [('"a"', "a"), ('W/"a"', "a"), ("a", "a"), (None, None), ("", None)]:
            with self.subTest(text):
                made = parse_if_range_header(text)
                self.assertEqual((made.etag, made.date), (tag, None))
        self.assertEqual((str(IfRange("a")), str(parse_if_range_header(date))), ('"a"', date))
        self.assertEqual(repr(IfRange()), "<IfRange ''>")


REQUESTED = [  # the field, its ranges, and start and stop in 100 bytes
    ("Y20", "bytes=0-9", [(0, 10)], (0, 10)),
    ("Y21", "bytes=-10", [(-10, None)], (90, 100)),
    ("Y22", "bytes=90-", [(90, None)], (90, 100)),
    ("Y23", "bytes=200-", [(200, None)], None),
    ("Y24", "bytes=9-0", None, None),
    ("Y26", "bytes=0-0,5-5", [(0, 1), (5, 6)], None),
    ("Y28", "bytes=a-b", None, None),
    ("Y29", "items=0-9", [(0, 10)], None),
    ("Y30", "bytes=0-9999999999999999", [(0, 10**16)], (0, 100)),
    ("Y31", "bytes=+1-5", None, None),
    ("Y32", "bytes=\u0661-", None, None),
    ("more than there is", "bytes=-500", [(-500, None)], (0, 100)),
    ("blanks", "Bytes = 0-9 , 20-", [(0, 10), (20, None)], None),
    ("out of order", "bytes=5-5,0-0", None, None),
    ("overlapping", "bytes=0-5,3-8", None, None),
    ("behind the end", "bytes=-5,0-1", None, None),
    ("the end last", "bytes=0-1,-5", [(0, 2), (-5, None)], None),
    ("empty", "bytes=", None, None), ("no range", "bytes=-", None, None), ("no dash", "bytes=1", None, None),
    ("nothing", "", None, None), ("none", None, None, None), ("two dashes", "bytes=--5", None, None),
    ("an underscore", "bytes=1_0-", None, None), ("a comma at the end", "bytes=0-1,", None, None),
]


class Ranges(unittest.TestCase):
    def test_ranges_are_read(self):
        for why, text, expected, span in REQUESTED:
            with self.subTest(why):
                made = parse_range_header(text)
                self.assertEqual(made and made.ranges, expected)
                self.assertEqual(made and made.range_for_length(100), span)

    def test_y25_the_last_none_is_a_range_that_no_content_has(self):
        self.assertIsNone(parse_range_header("bytes=-0").range_for_length(100))

    def test_s148_y27_many_ranges_are_ignored(self):
        self.assertIsNone(parse_range_header("bytes=" + ",".join(f"{n}-{n}" for n in range(0, 400, 2))))
        self.assertIsNone(parse_range_header("bytes=" + "0-," * 20_000))
        just = "bytes=" + ",".join(f"{n}-{n}" for n in range(0, 2 * MAX_RANGES, 2))
        self.assertEqual(len(parse_range_header(just).ranges), MAX_RANGES)

    def test_a_stop_can_be_exclusive_already(self):
        self.assertEqual(parse_range_header("bytes=0-9", make_inclusive=False).ranges, [(0, 9)])

    def test_ranges_are_written(self):
        for given in [[(0, 1), (-5, None)], [(5, None)], [(0, 10), (20, 30)]]:
            made = Range("bytes", given)
            self.assertEqual(parse_range_header(str(made)).ranges, given)
        self.assertEqual(repr(Range("bytes", [(0, 1)])), "<Range 'bytes=0-0'>")

    def test_what_is_no_range_is_refused(self):
        for given in [[(0, 0)], [(None, 1)], [(1, 0)], [(0, 1), (-5, 10)]]:
            with self.subTest(given), self.assertRaisesRegex(ValueError, "not a range"):
                Range("bytes", given)

    def test_the_answer_tells_its_part(self):
        wanted = Range("bytes", [(0, 500)])
        self.assertEqual(wanted.to_content_range_header(100), "bytes 0-99/100")
        self.assertEqual(str(wanted.make_content_range(100)), "bytes 0-99/100")
        for absent in [wanted.to_content_range_header(0), wanted.make_content_range(None)]:
            self.assertIsNone(absent)


class ContentRanges(unittest.TestCase):
    def test_a_content_range_is_read_and_written(self):
        for text, parts in [("bytes 0-98/*", (0, 99, None)), ("bytes */100", (None, None, 100)), ("x 0-0/1", (0, 1, 1)),
                            ("bytes */*", (None, None, None))]:
            with self.subTest(text):
                made = parse_content_range_header(text)
                self.assertEqual((made.start, made.stop, made.length), parts)
                self.assertEqual(str(made), text)

    def test_what_makes_no_sense_is_none(self):
        for text in [None, "", "bytes", "bytes 0-98", "bytes 5-4/10", "bytes a-b/10", "bytes 200-300/100", "bytes 0-/1",
                     "bytes -5/10", "bytes 0-1/x", "bytes +0-1/2", "bytes 0-1/-2", "bytes \u0660-1/2"]:
            with self.subTest(text):
                self.assertIsNone(parse_content_range_header(text))

    def test_each_change_is_told(self):
        calls = []
        made = ContentRange("bytes", 0, 5, 10, calls.append)
        made.length = 20
        made.set(5, 9, 20)
        made.unset()
        self.assertEqual((len(calls), bool(made), str(made), made.start), (3, False, "", None))
        made.set(None, None, 7, "lines")
        self.assertEqual((str(made), repr(made)), ("lines */7", "<ContentRange 'lines */7'>"))
        with self.assertRaisesRegex(ValueError, "no range"):
            made.set(5, 3)


NEW, OLD = datetime(2008, 1, 1, 13, tzinfo=timezone.utc), datetime(2008, 1, 1, 12)


class Conditions(unittest.TestCase):
    CASES = [  # the fields, what is known, whether an answer in full is due
        ({}, {"etag": "a"}, True),
        ({"IF_NONE_MATCH": '"a"'}, {"etag": "a"}, False),
        ({"IF_NONE_MATCH": 'W/"a"'}, {"etag": '"a"'}, False),
        ({"IF_NONE_MATCH": "*"}, {"etag": "a"}, False),
        ({"IF_NONE_MATCH": '"b"'}, {"etag": "a"}, True),
        ({"IF_NONE_MATCH": f'"{generate_etag(b"x")}"'}, {"data": b"x"}, False),
        ({"IF_MODIFIED_SINCE": http_date(NEW)}, {"last_modified": NEW}, False),
        ({"IF_MODIFIED_SINCE": http_date(NEW)}, {"last_modified": NEW.replace(microsecond=5)}, False),
        ({"IF_MODIFIED_SINCE": http_date(NEW)}, {"last_modified": http_date(OLD)}, False),
        ({"IF_MODIFIED_SINCE": http_date(OLD)}, {"last_modified": NEW}, True),
        ({"IF_MODIFIED_SINCE": "garbage"}, {"last_modified": OLD}, True),
        ({"IF_MODIFIED_SINCE": http_date(NEW), "IF_NONE_MATCH": '"b"'}, {"etag": "a", "last_modified": OLD}, True),
        ({"IF_MATCH": '"a"'}, {"etag": "a"}, True),
        ({"IF_MATCH": "*"}, {"etag": "a"}, True),
        ({"IF_MATCH": '"b"'}, {"etag": "a"}, False),
        ({"IF_MATCH": 'W/"a"'}, {"etag": "a"}, False),
        ({"RANGE": "bytes=0-", "IF_RANGE": '"a"'}, {"etag": "a", "ignore_if_range": False}, False),
        ({"RANGE": "bytes=0-", "IF_RANGE": '"b"'}, {"etag": "a", "ignore_if_range": False}, True),
        ({"RANGE": "bytes=0-", "IF_RANGE": http_date(OLD)}, {"last_modified": NEW, "ignore_if_range": False}, True),
        ({"RANGE": "bytes=0-", "IF_RANGE": http_date(NEW)}, {"last_modified": NEW, "ignore_if_range": False}, False),
        ({"RANGE": "bytes=0-", "IF_RANGE": '"a"'}, {"etag": "a"}, True),
        ({"IF_RANGE": '"a"'}, {"etag": "a", "ignore_if_range": False}, True),
    ]

    def test_conditions_decide(self):
        for fields, known, expected in self.CASES:
            with self.subTest(fields=fields, known=known):
                environ = {f"HTTP_{name}": value for name, value in fields.items()}
                self.assertIs(is_resource_modified(environ, **known), expected)

    def test_a_tag_and_data_are_one_too_many(self):
        self.assertRaises(TypeError, is_resource_modified, {}, etag="a", data=b"a")


if __name__ == "__main__":
    unittest.main()
