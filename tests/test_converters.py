"""Converters: which texts match, what the view gets, and what stands in a URL."""

from __future__ import annotations

import unittest
import uuid

from minflask.converters import (MAX_DIGITS, AnyConverter, BaseConverter, FloatConverter, IntegerConverter,
                                 UnicodeConverter, ValidationError)
from minflask.http.exceptions import NotFound
from minflask.routing import Map, Rule

ID = "a8098c1a-f86e-11da-bd1a-00112444be1e"


class Values(unittest.TestCase):
    def value(self, kind, text):
        """Return what a rule of one variable gives for a segment; NotFound if it does not match."""
        try:
            return Map([Rule(f"/<{kind}:x>", endpoint="e")]).bind("h").match(f"/{text}")[1]["x"]
        except NotFound:
            return NotFound

    def test_what_matches_B123_B126_B127_B128_B130_B131(self):
        for kind, text, wanted in (
            ("string", "a b", "a b"), ("string", "a/b", NotFound), ("string(length=2)", "ab", "ab"),
            ("string(length=2)", "abc", NotFound), ("string(minlength=2)", "a", NotFound),
            ("string(maxlength=2)", "abc", NotFound), ("default", "é", "é"),
            ("int", "007", 7), ("int", "-1", NotFound), ("int(signed=True)", "-1", -1), ("int(signed=True)", "1", 1),
            ("int(fixed_digits=3)", "007", 7), ("int(fixed_digits=3)", "7", NotFound),
            ("int(min=3, max=5)", "2", NotFound), ("int(min=3, max=5)", "5", 5), ("int(max=5)", "6", NotFound),
            ("float", "1.5", 1.5), ("float", "1", NotFound), ("float(signed=True)", "-0.5", -0.5),
            ("float(max=2)", "2.5", NotFound), ("path", "a/b", "a/b"), ("path", "", NotFound),
            ("any(foo, bar)", "foo", "foo"), ("any(foo, bar)", "fo", NotFound), ("any(a.b)", "axb", NotFound),
            ("any('a/b', c)", "a/b", "a/b"), ("uuid", ID, uuid.UUID(ID)), ("uuid", ID[:-1], NotFound),
        ):
            with self.subTest(kind=kind, text=text):
                self.assertEqual(self.value(kind, text), wanted)

    def test_numbers_are_short_and_of_ascii_digits_X90_X91_X92_X93_S123_S124(self):
        for kind, text in (("int", "9" * 5000), ("int", "1" * (MAX_DIGITS + 1)), ("int", "٣"), ("int", "+1"),
                           ("int", "1_0"), ("int", " 1"), ("float", "1e5"), ("float", "nan"), ("float", "inf"),
                           ("float", "1.٣"), ("float", "1." + "0" * 5000)):
            with self.subTest(kind=kind, text=text[:10]):
                self.assertIs(self.value(kind, text), NotFound)
        self.assertEqual(self.value("int", "1" * MAX_DIGITS), int("1" * MAX_DIGITS))

    def test_limits_hold_with_another_pattern(self):
        class Loose(IntegerConverter):
            regex = r"\d+|x"

        for text in ("9" * 5000, "٣", "x"):
            self.assertRaises(ValidationError, Loose(None).to_python, text)
        self.assertEqual(Loose(None).to_python("12"), 12)

    def test_overridden_methods_are_called(self):
        class Doubled(IntegerConverter):
            def to_python(self, value):
                return super().to_python(value) * 2

        class Hexadecimal(IntegerConverter):
            regex = "[0-9a-f]+"
            num_convert = staticmethod(lambda text: int(text, 16))

        class Loud(BaseConverter):
            def to_python(self, value):
                return value.upper()

        for kind, text, wanted in ((Doubled, "4", 8), (Hexadecimal, "ff", 255), (Loud, "a", "A")):
            with self.subTest(kind=kind):
                urls = Map([Rule("/<k:x>", endpoint="e")], converters={"k": kind}).bind("h")
                self.assertEqual(urls.match(f"/{text}")[1]["x"], wanted)

    def test_text_for_urls(self):
        for converter, value, wanted in (
            (UnicodeConverter(None), "a é", "a%20%C3%A9"), (UnicodeConverter(None), 42, "42"),
            (UnicodeConverter(None), b"\x01\xff", "%01%FF"), (IntegerConverter(None, fixed_digits=3), 7, "007"),
            (FloatConverter(None), 2, "2.0"), (AnyConverter(None, "a b"), "a b", "a%20b"),
        ):
            with self.subTest(value=value):
                self.assertEqual(converter.to_url(value), wanted)
        with self.assertRaisesRegex(ValueError, "'x' is not one of 'a', 'b'"):
            AnyConverter(None, "b", "a").to_url("x")
        self.assertRaises(TypeError, IntegerConverter(None).to_url, [1])

    def test_a_pattern_with_a_slash_is_seen_when_the_class_is_made(self):
        class Two(BaseConverter):
            regex = r"\w+/\w+"

        class Kept(BaseConverter):
            regex, part_isolating = "[^/]", True

        self.assertEqual([Two.part_isolating, Kept.part_isolating, BaseConverter.part_isolating], [False, True, True])


if __name__ == "__main__":
    unittest.main()
