"""Headers, and the one place that keeps line ends out of them."""

from __future__ import annotations

import copy
import doctest
import unittest

from minflask.http import headers as module
from minflask.http.exceptions import BadRequestKeyError
from minflask.http.headers import EnvironHeaders, Headers, clean_name, clean_value, environ_key
from minflask.http.structures import MultiDict


def load_tests(loader, tests, pattern):
    tests.addTests(doctest.DocTestSuite(module))
    return tests


PAIRS = [("A", "1"), ("b", "2"), ("a", "3")]
BAD_VALUES = ["a\nb", "a\rb", "a\r\nb", "\n", "a\x00b", "\x1b[2J", "\x7f", b"a\r\nX: y", "é\n"]
BAD_NAMES = ["", "a b", "a:", "a\n", "a\r\nb", "é", "a\x00", "a\t", '"a"', b"a:b"]


class ChokePoint(unittest.TestCase):
    """S13 S17 S91 S179 S180 S181, X80, X81: no public way leads past it."""

    WAYS = {
        "init pairs": lambda name, value: Headers([(name, value)]),
        "init dict": lambda name, value: Headers({name: [value]}),
        "add": lambda name, value: Headers().add(name, value),
        "add_header": lambda name, value: Headers().add_header(name, value),
        "set": lambda name, value: Headers().set(name, value),
        "set again": lambda name, value: Headers([("X", "y")]).set(name, value),
        "item": lambda name, value: Headers().__setitem__(name, value),
        "item at": lambda name, value: Headers(PAIRS).__setitem__(0, (name, value)),
        "slice": lambda name, value: Headers(PAIRS).__setitem__(slice(None), [(name, value)]),
        "setlist": lambda name, value: Headers().setlist(name, [value]),
        "setdefault": lambda name, value: Headers().setdefault(name, value),
        "setlistdefault": lambda name, value: Headers().setlistdefault(name, ["x", value]),
        "extend": lambda name, value: Headers().extend([(name, value)]),
        "update": lambda name, value: Headers().update({name: value}),
        "update MultiDict": lambda name, value: Headers().update(MultiDict([(name, value)])),
        "or": lambda name, value: Headers() | {name: value},
        "ior": lambda name, value: Headers().__ior__({name: value}),
    }

    def test_a_value_that_could_be_another_line_is_refused(self):
        for way, put in self.WAYS.items():
            for value in BAD_VALUES:
                with self.subTest(way=way, value=value), self.assertRaisesRegex(ValueError, "control character"):
                    put("X-Name", value)

    def test_a_name_that_is_none_is_refused(self):
        for way, put in self.WAYS.items():
            for name in BAD_NAMES:
                with self.subTest(way=way, name=name), self.assertRaisesRegex(ValueError, "name of a header"):
                    put(name, "value")

    def test_an_option_cannot_bring_a_line_either(self):
        for value in BAD_VALUES[:5]:
            for put in [lambda: Headers().add("A", "b", option=value), lambda: Headers().set("A", "b", option=value),
                        lambda: Headers().add("A", "b", **{f"x{value}": "y"})]:
                with self.subTest(value), self.assertRaises(ValueError):
                    put()

    def test_nothing_is_left_of_what_was_refused(self):
        headers = Headers(PAIRS)
        for refused in [lambda: headers.set("A", "x\n"), lambda: headers.add("c", "\n")]:
            self.assertRaises(ValueError, refused)
        self.assertEqual(list(headers), PAIRS)

    def test_tabs_latin_and_other_text_may_be_sent(self):
        for value in ["a\tb", "é", "\xa0", "€", ""]:
            with self.subTest(value):
                self.assertEqual(clean_value(value), value)

    def test_names_and_values_become_text(self):
        class Name(str):
            pass

        self.assertIs(type(clean_name(Name("X-Own"))), str)
        self.assertEqual((clean_name(b"A"), clean_value(b"\xe9"), clean_value(1), clean_value(None)),
                         ("A", "é", "1", "None"))

    def test_names_made_up_by_a_program_do_not_fill_the_memory(self):
        for number in range(2000):
            clean_name(f"X-{number}")
            environ_key(f"X-{number}")
        self.assertLessEqual(len(module._clean_names), 1000)
        self.assertLessEqual(len(module._environ_keys), 1000)
        self.assertEqual(environ_key("x-not-kept"), "HTTP_X_NOT_KEPT")


class Reading(unittest.TestCase):
    def setUp(self):
        self.headers = Headers(PAIRS)

    def test_the_case_of_a_name_does_not_matter(self):
        self.assertEqual((self.headers["a"], self.headers.get("B"), self.headers.getlist("A")), ("1", "2", ["1", "3"]))
        self.assertEqual(self.headers.get_all("a"), ["1", "3"])
        self.assertTrue("B" in self.headers and "c" not in self.headers and 5 not in self.headers)

    def test_a_missing_name(self):
        self.assertEqual((self.headers.get("c"), self.headers.get("c", 5), self.headers.getlist("c")), (None, 5, []))
        for key in ["c", None]:
            self.assertRaises(BadRequestKeyError, lambda: self.headers[key])

    def test_values_are_converted(self):
        self.assertEqual((self.headers.get("a", type=int), self.headers.getlist("a", type=int)), (1, [1, 3]))
        self.assertEqual(Headers([("a", "x")]).get("a", 7, type=int), 7)
        self.assertEqual(Headers([("a", "x"), ("a", "2")]).getlist("a", type=int), [2])

    def test_it_is_a_list_of_pairs(self):
        self.assertEqual((self.headers[0], self.headers[-1], len(self.headers)), (PAIRS[0], PAIRS[-1], 3))
        self.assertEqual(self.headers[:2], Headers(PAIRS[:2]))
        self.assertEqual(self.headers.to_wsgi_list(), PAIRS)
        self.assertIsNot(self.headers.to_wsgi_list(), self.headers._list)

    def test_names_and_values_are_listed(self):
        self.assertEqual(list(self.headers.items(lower=True)), [("a", "1"), ("b", "2"), ("a", "3")])
        self.assertEqual(list(self.headers.keys()), ["A", "b", "a"])
        self.assertEqual(list(self.headers.values()), ["1", "2", "3"])

    def test_they_are_compared_without_order_and_case(self):
        self.assertEqual(self.headers, Headers([("B", "2"), ("A", "3"), ("A", "1")]))
        self.assertNotEqual(self.headers, Headers(PAIRS[:2]))
        self.assertNotEqual(self.headers, PAIRS)
        self.assertRaises(TypeError, hash, self.headers)

    def test_they_are_written_and_copied(self):
        self.assertEqual(str(self.headers), "A: 1\r\nb: 2\r\na: 3\r\n\r\n")
        self.assertEqual(str(Headers()), "\r\n")
        self.assertEqual(eval(repr(self.headers)), self.headers)
        copied = copy.copy(self.headers)
        copied.clear()
        self.assertEqual(len(self.headers), 3)

    def test_a_list_that_is_clean_can_be_adopted(self):
        pairs = [("A", "1")]
        headers = Headers.keeping(pairs)
        headers.add("B", "2")
        self.assertEqual(pairs, [("A", "1"), ("B", "2")])


class Changing(unittest.TestCase):
    def setUp(self):
        self.headers = Headers(PAIRS)

    def test_set_takes_the_place_of_the_first_and_removes_the_rest(self):
        self.headers.set("a", 5)
        self.assertEqual(list(self.headers), [("a", "5"), ("b", "2")])
        self.headers["C"] = "x"
        self.assertEqual(self.headers[-1], ("C", "x"))

    def test_keywords_become_options(self):
        self.headers.set("D", "attachment", filename='a".txt', some_name=None, other_name="b")
        self.assertEqual(self.headers["d"], 'attachment; filename="a\\".txt"; other-name=b')
        self.headers.add_header("D", "x", y="ü")
        self.assertEqual(self.headers.getlist("D")[1], 'x; y="ü"')

    def test_several_values_of_a_name(self):
        self.headers.setlist("a", ["8", "9"])
        self.assertEqual(list(self.headers), [("a", "8"), ("b", "2"), ("a", "9")])
        self.headers.setlist("a", [])
        self.assertEqual(list(self.headers), [("b", "2")])
        self.assertEqual(self.headers.setlistdefault("b", ["x"]), ["2"])
        self.assertEqual(self.headers.setlistdefault("c", ["x", "y"]), ["x", "y"])
        self.assertEqual((self.headers.setdefault("b", "0"), self.headers.setdefault("d", 0)), ("2", "0"))

    def test_extend_adds_and_update_replaces(self):
        for source in [{"a": ["8", "9"]}, [("a", "8"), ("a", "9")], MultiDict({"a": ["8", "9"]}),
                       Headers([("a", "8"), ("a", "9")])]:
            with self.subTest(type(source).__name__):
                added, replaced = Headers(PAIRS), Headers(PAIRS)
                added.extend(source, c="x")
                replaced.update(source, c=["x"])
                self.assertEqual(added.getlist("a"), ["1", "3", "8", "9"])
                self.assertEqual(replaced.getlist("a"), ["8", "9"] if not isinstance(source, list) else ["9"])
                self.assertEqual((added["c"], replaced["c"]), ("x", "x"))

    def test_two_are_joined(self):
        joined = self.headers | {"a": "9"}
        self.assertEqual((joined.getlist("a"), self.headers.getlist("a")), (["9"], ["1", "3"]))
        self.headers |= [("b", "8")]
        self.assertEqual(self.headers["b"], "8")
        self.assertRaises(TypeError, lambda: self.headers | 5)

    def test_headers_are_removed(self):
        self.assertEqual((self.headers.pop(), self.headers.pop(0)), (("a", "3"), ("A", "1")))
        self.assertEqual((self.headers.pop("B"), self.headers.pop("b", None)), ("2", None))
        self.assertRaises(KeyError, self.headers.pop, "b")
        self.assertRaises(IndexError, self.headers.popitem)
        headers = Headers(PAIRS)
        del headers["A"]
        self.assertEqual(list(headers), [("b", "2")])
        del headers[:]
        self.assertEqual(list(headers), [])
        headers = Headers(PAIRS)
        headers.remove("A")
        headers.remove("missing")
        self.assertEqual(list(headers), [("b", "2")])

    def test_an_override_of_add_is_called(self):
        class Upper(Headers):
            def add(self, key, value, /, **kwargs):
                super().add(key.upper(), value, **kwargs)

        self.assertEqual(list(Upper([("a", "1")])), [("A", "1")])


ENVIRON = {"HTTP_HOST": "h", "CONTENT_TYPE": "t/x", "CONTENT_LENGTH": "", "HTTP_CONTENT_TYPE": "other",
           "HTTP_X_FORWARDED_FOR": "1", "REQUEST_METHOD": "GET", "wsgi.version": (1, 0)}


class Environ(unittest.TestCase):
    def setUp(self):
        self.headers = EnvironHeaders(ENVIRON)

    def test_headers_are_found_in_an_environ(self):
        for name, value in [("Host", "h"), ("host", "h"), ("content-TYPE", "t/x"), ("X-Forwarded-For", "1"),
                            ("X", None), ("Request-Method", None)]:
            with self.subTest(name):
                self.assertEqual(self.headers.get(name), value)
                self.assertEqual(name in self.headers, value is not None)
        self.assertEqual(self.headers.get("X-Forwarded-For", type=int), 1)
        self.assertNotIn(42, self.headers)
        with self.assertRaises(KeyError) as caught:
            self.headers["X"]
        self.assertIs(type(caught.exception), KeyError)  # to need a field is the program's affair: 500, not 400
        self.assertRaises(BadRequestKeyError, lambda: self.headers[0])

    def test_names_are_written_as_headers_have_them(self):
        self.assertEqual(sorted(self.headers), [("Content-Type", "t/x"), ("Host", "h"), ("X-Forwarded-For", "1")])
        self.assertEqual((len(self.headers), bool(EnvironHeaders({"REQUEST_METHOD": "GET"}))), (3, False))
        self.assertEqual(dict(self.headers)["Host"], "h")
        self.assertEqual(self.headers.getlist("host"), ["h"])

    def test_nothing_is_copied_and_nothing_can_be_changed(self):
        environ = dict(ENVIRON)
        headers = EnvironHeaders(environ)
        environ["HTTP_LATER"] = "x"
        self.assertEqual(headers["Later"], "x")
        for change in ["add('a', 'b')", "set('a', 'b')", "__setitem__('a', 'b')", "__delitem__('host')", "clear()",
                       "pop('host')", "remove('host')", "extend({})", "update({})", "setdefault('a', 'b')"]:
            with self.subTest(change), self.assertRaisesRegex(TypeError, "immutable"):
                eval(f"headers.{change}")
        self.assertRaises(TypeError, lambda: headers | {})

    def test_a_copy_can_be_changed(self):
        copied = self.headers.copy()
        copied["Host"] = "x"
        self.assertEqual((type(copied), self.headers["Host"]), (Headers, "h"))

    def test_two_views_of_one_environ_are_equal(self):
        self.assertEqual(self.headers, EnvironHeaders(ENVIRON))
        self.assertNotEqual(self.headers, EnvironHeaders(dict(ENVIRON)))


if __name__ == "__main__":
    unittest.main()
