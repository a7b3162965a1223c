"""What a client would rather have."""

from __future__ import annotations

import copy
import doctest
import pickle
import unittest

from minflask.http import accept
from minflask.http.accept import MAX_ITEMS, Accept, CharsetAccept, LanguageAccept, MIMEAccept, parse_accept_header


def load_tests(loader, tests, pattern):
    tests.addTests(doctest.DocTestSuite(accept))
    return tests


class Parsing(unittest.TestCase):
    def test_b280_values_are_read_with_their_qualities(self):
        for text, expected in [
            ("a, b;q=0.5", [("a", 1), ("b", 0.5)]),
            ("a ; Q=0.5", [("a", 0.5)]),
            ("a;q=0", [("a", 0.0)]),
            ("b;q=0.1,a;q=0.9,c;q=0.9", [("a", 0.9), ("c", 0.9), ("b", 0.1)]),
            ("*, a;q=0.1", [("a", 0.1), ("*", 1)]),
            ('a; b="c d";q=0.5', [('a; b="c d"', 0.5)]),
            ('"a"', [("a", 1)]),
            (",,", []), ("", []), (None, []),
        ]:
            with self.subTest(text):
                self.assertEqual(list(parse_accept_header(text)), expected)

    def test_a_quality_that_is_no_number_from_0_to_1_drops_the_item(self):
        for quality in ["x", "2", "-1", ".5", "1.", "1e-1", "nan", "+1", "1_0", "0x1", "0." + "1" * 50]:
            with self.subTest(quality):
                self.assertEqual(list(parse_accept_header(f"a;q={quality}, b")), [("b", 1)])

    def test_y42_many_items_are_cut(self):
        self.assertEqual(len(parse_accept_header("a," * 30_000)), MAX_ITEMS)
        self.assertEqual(len(parse_accept_header("," * 60_000)), 0)

    def test_it_tells_whether_the_field_was_there(self):
        self.assertEqual((parse_accept_header(None).provided, parse_accept_header("a").provided), (False, True))

    def test_it_is_written_again(self):
        self.assertEqual(str(parse_accept_header("a;q=0.5, b")), "b,a;q=0.5")


class Copies(unittest.TestCase):
    def test_what_was_not_there_is_not_there_in_a_copy(self):
        for values, provided in ((None, False), ([], True), ([("a", 1)], True)):
            self.assertIs(Accept(Accept(values)).provided, provided)


class Choosing(unittest.TestCase):
    CASES = [  # kind, field, what there is, what is chosen
        (Accept, "a, b;q=0.5", ["b", "a"], "a"),
        (Accept, "a, b", ["b", "a"], "b"),
        (Accept, "A", ["a"], "a"),
        (Accept, "*;q=0.5, a;q=0", ["a", "b"], "b"),
        (Accept, "a;q=0", ["a"], None),
        (Accept, "", ["a"], None),
        (MIMEAccept, "text/*", ["image/png", "text/html"], "text/html"),
        (MIMEAccept, "*/*, text/html", ["image/png", "text/html"], "text/html"),
        (MIMEAccept, "text/html;level=1", ["text/html", "text/html; level=1"], "text/html; level=1"),
        (MIMEAccept, "text/html; a=1; b=2", ["text/html;b=2;a=1"], "text/html;b=2;a=1"),
        (MIMEAccept, "nonsense, */html", ["text/html"], None),
        (MIMEAccept, "text/html", ["*/*"], "*/*"),
        (LanguageAccept, "en-GB", ["en-US"], None),
        (LanguageAccept, "de-at, en;q=0.5", ["en", "de_AT"], "de_AT"),
        (LanguageAccept, "de-AT", ["en", "de"], "de"),
        (LanguageAccept, "en", ["de-DE", "en-US"], "en-US"),
        (LanguageAccept, "*;q=0.1, fr", ["de"], "de"),
        (CharsetAccept, "utf8, *;q=0.5", ["latin1", "UTF-8"], "UTF-8"),
        (CharsetAccept, "iso8859-1", ["latin-1"], "latin-1"),
    ]

    def test_the_best_match_is_chosen(self):
        for kind, field, matches, expected in self.CASES:
            with self.subTest(field=field, matches=matches):
                made = parse_accept_header(field, kind)
                self.assertEqual(made.best_match(matches), expected)
                self.assertEqual(made.best_match(matches, "fallback"), expected or "fallback")

    def test_b280_quality_place_and_membership(self):
        made = parse_accept_header("a;q=0.5, b, *;q=0.1")
        self.assertEqual((made["a"], made.quality("b"), made["z"], made[0], made.best), (0.5, 1, 0.1, ("b", 1), "b"))
        self.assertEqual((made.find("a"), made.index("b"), made.index(("b", 1))), (1, 0, 0))
        self.assertEqual(list(made.values()), ["b", "a", "*"])
        plain = parse_accept_header("a")
        self.assertTrue("a" in plain and "z" not in plain and 5 not in plain)
        self.assertEqual((plain.find("z"), plain["z"], Accept().best), (-1, 0, None))
        with self.assertRaisesRegex(ValueError, "accepts: a"):
            plain.index("z")

    def test_a_mimetype_of_the_program_has_to_be_one(self):
        for wrong in ["missing", "*/html"]:
            with self.subTest(wrong), self.assertRaisesRegex(ValueError, "mimetype"):
                parse_accept_header("text/html", MIMEAccept)[wrong]

    def test_to_look_for_what_is_no_mimetype_finds_nothing(self):
        accepted = parse_accept_header("text/html", MIMEAccept)
        self.assertEqual((accepted.find("application"), accepted["a/"], "/" in accepted), (-1, 0, False))

    def test_html_and_json_have_names(self):
        for field, expected in [("text/html", (True, False, False)), ("application/xml", (True, True, False)),
                                ("application/json", (False, False, True)), ("*/*", (True, True, True))]:
            made = parse_accept_header(field, MIMEAccept)
            self.assertEqual((made.accept_html, made.accept_xhtml, made.accept_json), expected)

    def test_a_charset_that_a_client_made_up_imports_nothing(self):
        import sys
        before = set(sys.modules)
        self.assertNotIn("utf-8", parse_accept_header("punycode, bz2, this", CharsetAccept))
        self.assertEqual(set(sys.modules) - before, set())

    def test_it_cannot_be_changed_and_can_be_copied(self):
        made = parse_accept_header("a;q=0.5, b", MIMEAccept)
        self.assertRaises(TypeError, made.append, ("c", 1))
        for back in [copy.copy(made), pickle.loads(pickle.dumps(made)), MIMEAccept(made)]:
            self.assertEqual((type(back), back), (MIMEAccept, made))


if __name__ == "__main__":
    unittest.main()
