"""Conditional answers and parts: what is not modified is not sent, and only what is asked for."""

from __future__ import annotations

import doctest
import io
import unittest

from minflask.http import conditional as module
from minflask.http.conditional import resolve_range
from minflask.http.exceptions import RequestedRangeNotSatisfiable
from minflask.http.response import Response
from minflask.http.wsgi import FileWrapper

DATE, EARLIER, LATER = (f"Tue, 22 Jan {year} 11:18:44 GMT" for year in (2008, 2007, 2009))


def load_tests(loader, tests, pattern):
    tests.addTests(doctest.DocTestSuite(module))
    return tests


class Ranges(unittest.TestCase):
    def test_one_range_of_bytes_is_given(self):
        """Y20 Y21 Y22 Y30"""
        for header, part in (("bytes=0-9", (0, 10)), ("bytes=-10", (90, 10)), ("bytes=90-", (90, 10)),
                             ("bytes=0-9999999999999999", (0, 100)), ("bytes=99-99", (99, 1)),
                             ("bytes=-1000", (0, 100)),
                             ("Bytes = 5 - 6 ", (5, 2)), ("bytes=0-", (0, 100))):
            with self.subTest(header=header):
                self.assertEqual(resolve_range(header, 100), part)

    def test_what_is_not_one_range_of_bytes_is_ignored(self):
        """Y24 Y26 Y28 Y29 Y31 Y32, S149"""
        for header in ("bytes=9-0", "bytes=0-0,5-5", "bytes=a-b", "items=0-9", "bytes=+1-5", "bytes=١-",
                       "bytes=0", "bytes=0-1-2", "bytes=1_0-20", "bytes=0-5\n", "bytes=" + "9" * 30 + "-"):
            with self.subTest(header=header):
                self.assertIsNone(resolve_range(header, 100))

    def test_a_range_outside_is_416_with_the_length(self):
        """Y23 Y25"""
        for header in ("bytes=200-", "bytes=100-", "bytes=-0", "bytes=100-200", "bytes=-", "bytes", ""):
            with self.subTest(header=header), self.assertRaises(RequestedRangeNotSatisfiable) as caught:
                resolve_range(header, 100)
            self.assertIn(("Content-Range", "bytes */100"), caught.exception.get_headers())

    def test_blanks_may_stand_around_the_numbers(self):
        for header, part in (("bytes = 5 - 6", (5, 2)), ("bytes=\t- 10 ", (90, 10)), ("bytes= 90 -\t", (90, 10)),
                             ("bytes=" + " " * 200_000 + "x", None), ("bytes=5" + " " * 200_000 + "x", None)):
            with self.subTest(header=header[:20]):
                self.assertEqual(resolve_range(header, 100), part)

    def test_of_many_ranges_none_is_looked_at(self):
        """Y27, S148"""
        self.assertIsNone(resolve_range("bytes=" + "0-," * 200_000, 100))


def answer(body="Hello World", method="GET", headers=None, status=200, **conditions):
    """Return the response to a conditional request; 11 bytes are there."""
    response = Response(body, status, headers)
    return response.make_conditional({"REQUEST_METHOD": method, **conditions}, accept_ranges=True, complete_length=11)


class Conditions(unittest.TestCase):
    """B301"""

    TAGGED = {"ETag": '"a"', "Last-Modified": DATE}

    def test_what_the_client_has_is_not_sent_again(self):
        for conditions, status in (
            ({"HTTP_IF_NONE_MATCH": '"a"'}, 304), ({"HTTP_IF_NONE_MATCH": 'W/"a"'}, 304),
            ({"HTTP_IF_NONE_MATCH": "*"}, 304),
            ({"HTTP_IF_NONE_MATCH": '"b", "a"'}, 304), ({"HTTP_IF_NONE_MATCH": '"b"'}, 200),
            ({"HTTP_IF_MODIFIED_SINCE": DATE}, 304), ({"HTTP_IF_MODIFIED_SINCE": LATER}, 304),
            ({"HTTP_IF_MODIFIED_SINCE": EARLIER}, 200), ({"HTTP_IF_MODIFIED_SINCE": "garbage"}, 200),
            ({"HTTP_IF_NONE_MATCH": '"b"', "HTTP_IF_MODIFIED_SINCE": DATE}, 200),  # the tag goes before the date
            ({"HTTP_IF_NONE_MATCH": '"a"', "HTTP_IF_MODIFIED_SINCE": EARLIER}, 304),
            ({"HTTP_IF_MATCH": '"a"'}, 200), ({"HTTP_IF_MATCH": '"b"'}, 412), ({"HTTP_IF_MATCH": "*"}, 200),
            ({"HTTP_IF_MATCH": '"b"', "HTTP_IF_NONE_MATCH": '"a"'}, 412), ({}, 200), ({"HTTP_IF_NONE_MATCH": ""}, 200),
        ):
            with self.subTest(conditions=conditions):
                self.assertEqual(answer(headers=self.TAGGED, **conditions).status_code, status)

    def test_without_a_tag_or_a_date_there_is_nothing_to_compare(self):
        """Y41: whatever the date is."""
        for conditions in ({"HTTP_IF_NONE_MATCH": '"a"'}, {"HTTP_IF_MODIFIED_SINCE": DATE},
                           {"HTTP_IF_MODIFIED_SINCE": "Sat, 31 Dec 99999 00:00:00 GMT"}):
            with self.subTest(conditions=conditions):
                self.assertEqual(answer(**conditions).status_code, 200)

    def test_only_get_and_head_that_succeed_are_conditional(self):
        """RFC 9110, 13.2.1"""
        for method, status, expected in (("GET", 200, 304), ("HEAD", 200, 304), ("POST", 200, 200), ("GET", 404, 404),
                                         ("GET", 203, 304), ("GET", 301, 301)):
            with self.subTest(method=method, status=status):
                response = answer(method=method, status=status, headers=self.TAGGED, HTTP_IF_NONE_MATCH='"a"')
                self.assertEqual(response.status_code, expected)

    def test_a_date_is_set_unless_there_is_one(self):
        self.assertIn("Date", answer().headers)
        self.assertEqual(answer(headers={"Date": DATE}).headers["Date"], DATE)
        self.assertNotIn("Date", answer(method="POST").headers)

    def test_a_length_is_set_where_it_can_be_known(self):
        self.assertEqual(answer(["a", "b"]).content_length, 2)
        self.assertEqual(answer("x", headers={"Content-Length": "9"}).content_length, 1)

    def test_a_request_object_will_do(self):
        request = type("Request", (), {"environ": {"HTTP_IF_NONE_MATCH": '"a"'}})()
        self.assertEqual(Response("x", headers=self.TAGGED).make_conditional(request).status_code, 304)

    def test_a_hundred_kilobytes_of_tags_are_read_in_linear_time(self):
        """Y40"""
        self.assertEqual(answer(headers=self.TAGGED, HTTP_IF_NONE_MATCH='W/""' * 25_000).status_code, 200)


class Parts(unittest.TestCase):
    def test_a_part_of_any_body(self):
        def parts():
            yield "Hello"
            yield b" World"

        for make in (lambda: "Hello World", lambda: [b"Hello", " World"], parts,
                     lambda: FileWrapper(io.BytesIO(b"Hello World"), 3)):
            for header, data, content_range in (("bytes=0-4", b"Hello", "bytes 0-4/11"),
                                                ("bytes=6-", b"World", "bytes 6-10/11"),
                                                ("bytes=-3", b"rld", "bytes 8-10/11"),
                                                ("bytes=3-999", b"lo World", "bytes 3-10/11")):
                with self.subTest(body=make, header=header):
                    response = answer(make(), HTTP_RANGE=header)
                    self.assertEqual((response.status_code, response.headers["Content-Range"]), (206, content_range))
                    self.assertEqual((response.headers["Content-Length"], response.data), (str(len(data)), data))

    def test_the_whole_says_that_parts_can_be_had(self):
        response = answer()
        self.assertEqual((response.status_code, response.headers["Accept-Ranges"]), (200, "bytes"))
        self.assertNotIn("Content-Range", response.headers)

    def test_where_no_parts_are_offered_the_whole_is_sent(self):
        for options in ({}, {"accept_ranges": False, "complete_length": 11}, {"accept_ranges": True},
                        {"accept_ranges": "none", "complete_length": 11},
                        {"accept_ranges": True, "complete_length": 0}):
            with self.subTest(options=options):
                response = Response("Hello World").make_conditional({"HTTP_RANGE": "bytes=0-1"}, **options)
                self.assertEqual((response.status_code, response.data), (200, b"Hello World"))

    def test_an_empty_range_is_none(self):
        self.assertEqual(answer(HTTP_RANGE="").status_code, 200)

    def test_ranges_are_for_get(self):
        """RFC 9110, 14.2"""
        for method in ("HEAD", "POST"):
            self.assertEqual(answer(method=method, HTTP_RANGE="bytes=0-1").status_code, 200)

    def test_a_part_is_of_the_version_that_was_asked_for(self):
        for condition, status in (('"a"', 206), ('"b"', 200), (DATE, 206), (EARLIER, 200), ("garbage", 200)):
            with self.subTest(condition=condition):
                response = answer(headers=Conditions.TAGGED, HTTP_RANGE="bytes=0-1", HTTP_IF_RANGE=condition)
                self.assertEqual(response.status_code, status)

    def test_a_condition_goes_before_the_range(self):
        """RFC 9110, 13.2.2"""
        response = answer(headers=Conditions.TAGGED, HTTP_RANGE="bytes=0-1", HTTP_IF_NONE_MATCH='"a"')
        self.assertEqual(response.status_code, 304)

    def test_closing_a_part_closes_what_it_is_of(self):
        class Body:
            closed = False

            def __iter__(self):
                yield "Hello World"

            def close(self):
                self.closed = True

        for body in (Body(), FileWrapper(io.BytesIO(b"Hello World"))):
            response = answer(body, HTTP_RANGE="bytes=0-1")
            self.assertEqual(b"".join(response({"REQUEST_METHOD": "GET"}, lambda *args: None)), b"He")
            response.close()
            self.assertTrue(body.closed if isinstance(body, Body) else body.file.closed)


if __name__ == "__main__":
    unittest.main()
