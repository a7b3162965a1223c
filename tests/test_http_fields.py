"""Sets, cache control, content security policy, user agent: fields that can tell a response."""

from __future__ import annotations

import doctest
import unittest

from minflask.http import fields
from minflask.http.fields import (
    COEP, COOP, ContentSecurityPolicy, HeaderSet, RequestCacheControl, ResponseCacheControl, UserAgent,
    dump_csp_header, parse_cache_control_header, parse_csp_header, parse_set_header)


def load_tests(loader, tests, pattern):
    tests.addTests(doctest.DocTestSuite(fields))
    return tests


class Sets(unittest.TestCase):
    def setUp(self):
        self.calls = []
        self.made = parse_set_header('foo, Bar, "Blah baz"', self.calls.append)

    def test_words_are_in_it_in_any_case_and_in_order(self):
        self.assertEqual(list(self.made), ["foo", "Bar", "Blah baz"])
        self.assertTrue("FOO" in self.made and "blah BAZ" in self.made and "x" not in self.made and 5 not in self.made)
        self.assertEqual((self.made.find("bar"), self.made.index("BAR"), self.made.find("x")), (1, 1, -1))
        self.assertEqual(self.made[0], "foo")
        self.assertEqual((len(self.made), bool(self.made), bool(parse_set_header(None))), (3, True, False))
        self.assertEqual(self.made.as_set(), {"foo", "bar", "blah baz"})
        self.assertEqual(self.made.as_set(preserve_casing=True), {"foo", "Bar", "Blah baz"})
        self.assertEqual(str(self.made), 'foo, Bar, "Blah baz"')
        self.assertEqual(eval(repr(self.made)), self.made)
        self.assertRaises(IndexError, self.made.index, "x")

    def test_each_change_is_told(self):
        for change in ["add('new')", "update(['newer', 'foo'])", "remove('NEW')", "discard('newer')",
                       "__setitem__(0, 'first')", "__delitem__(0)", "clear()"]:
            with self.subTest(change):
                before = len(self.calls)
                eval(f"self.made.{change}")
                self.assertEqual(self.calls[before:], [self.made])

    def test_what_changes_nothing_is_not_told(self):
        self.made.add("FOO")
        self.made.discard("x")
        self.assertRaises(KeyError, self.made.remove, "x")
        self.assertEqual(self.calls, [])

    def test_it_is_a_set(self):
        self.assertEqual(self.made & {"foo"}, HeaderSet(["FOO"]))
        self.made |= {"x"}
        self.assertIn("x", self.made)


class CacheControl(unittest.TestCase):
    def test_b281_what_a_request_says_is_read(self):
        made = parse_cache_control_header('max-age=5, no-cache, Min-Fresh="7", max-stale, x="a, b"')
        self.assertIs(type(made), RequestCacheControl)
        self.assertEqual((made.max_age, made.no_cache, made.min_fresh, made.max_stale), (5, True, 7, True))
        self.assertEqual((made.no_store, made.only_if_cached, made.no_transform), (False, False, False))
        self.assertEqual((made.stale_if_error, made["x"]), (None, "a, b"))
        with self.assertRaisesRegex(TypeError, "immutable"):
            made.max_age = 3
        hash(made)

    def test_a_number_that_is_none_is_none(self):
        for text in ["x", "-1", "+1", "1_0", "٣", "1.5", ""]:
            with self.subTest(text):
                self.assertIsNone(RequestCacheControl({"max-age": text}).max_age)
        self.assertIsNone(RequestCacheControl({"min-fresh": None}).min_fresh)

    def test_what_a_response_says_is_set_and_told(self):
        calls = []
        made = ResponseCacheControl(on_update=calls.append)
        for name, value, told in [
            ("max_age", 3.9, "max-age=3"), ("max_age", None, ""), ("public", True, "public"), ("public", False, ""),
            ("public", 1, "public"), ("public", 0, ""),
            ("no_cache", True, "no-cache"), ("no_cache", "Set-Cookie, X", 'no-cache="Set-Cookie, X"'),
            ("no_cache", None, ""),
            ("private", True, "private"), ("private", False, ""), ("s_maxage", 0, "s-maxage=0"), ("s_maxage", None, ""),
            ("immutable", 1, "immutable"), ("immutable", None, ""),
            ("stale_while_revalidate", 5, "stale-while-revalidate=5"),
        ]:
            with self.subTest(name=name, value=value):
                before = len(calls)
                setattr(made, name, value)
                self.assertEqual((str(made), len(calls)), (told, before + 1))
        del made.stale_while_revalidate
        self.assertEqual((len(made), made.private, made.must_revalidate), (0, None, False))

    def test_what_has_no_value_means_what_it_says(self):
        made = parse_cache_control_header("no-cache, private, max-age", cls=ResponseCacheControl)
        self.assertEqual((made.no_cache, made.private, made.max_age), (True, True, None))

    def test_it_tells_whether_the_field_was_there(self):
        self.assertEqual((parse_cache_control_header(None).provided, RequestCacheControl(None).provided), (True, False))
        self.assertEqual(repr(RequestCacheControl([("b", None), ("a", "1")])), "<RequestCacheControl a='1' b=None>")


class Policies(unittest.TestCase):
    def test_a_policy_is_read_and_written(self):
        made = parse_csp_header("default-src 'self'; script-src 'unsafe-inline' *; img-src")
        self.assertEqual((made.default_src, made.script_src, made.img_src), ("'self'", "'unsafe-inline' *", None))
        self.assertEqual(dump_csp_header(made), "default-src 'self'; script-src 'unsafe-inline' *")
        self.assertEqual(str(parse_csp_header(None)), "")

    def test_each_change_is_told(self):
        calls = []
        made = ContentSecurityPolicy([("a", "b")], calls.append)
        made.img_src = "*"
        made.img_src = None
        made.font_src = "x"
        del made.font_src
        self.assertEqual((len(calls), str(made), repr(made)), (4, "a b", "<ContentSecurityPolicy a='b'>"))


class Others(unittest.TestCase):
    def test_a_user_agent_is_its_text(self):
        made = UserAgent("curl/8")
        self.assertEqual((str(made), made.to_header(), bool(made), made.browser), ("curl/8", "curl/8", False, None))

    def test_cross_origin_policies_have_their_words(self):
        self.assertEqual(COEP("require-corp"), COEP.REQUIRE_CORP)
        self.assertEqual(COOP.SAME_ORIGIN_ALLOW_POPUPS.value, "same-origin-allow-popups")


if __name__ == "__main__":
    unittest.main()
