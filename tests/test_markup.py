"""Text that is safe in HTML (B336, B337)."""

from __future__ import annotations

import pickle
import unittest

from minflask import markup
from minflask.markup import EscapeFormatter, Markup, escape, escape_silent, soft_str, striptags, unescape

SPECIALS = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"}


class WithHTML:
    def __init__(self, html):
        self.html = html

    def __html__(self):
        return self.html

    def __str__(self):
        return "<not this>"


class WithFormat(WithHTML):
    def __html_format__(self, spec):
        return Markup(f"<i>{spec}</i>")


class Escape(unittest.TestCase):
    def test_each_special_character_becomes_its_entity_wherever_it_stands(self):
        """B336, S163: all five, the single quote too."""
        for char, entity in SPECIALS.items():
            for text, expected in ((char, entity), (f"é{char}a", f"é{entity}a"), (char * 3, entity * 3)):
                with self.subTest(text=text):
                    self.assertEqual(str(escape(text)), expected)
        self.assertEqual(escape("".join(SPECIALS)), "".join(SPECIALS.values()))
        self.assertEqual(escape("&amp;"), "&amp;amp;")

    def test_the_result_is_markup_and_is_not_escaped_again(self):
        once = escape("<")
        self.assertIs(type(once), Markup)
        self.assertEqual(escape(once), "&lt;")

    def test_other_values_are_turned_into_text_first(self):
        for value, expected in ((5, "5"), (None, "None"), (["<"], "[&#39;&lt;&#39;]")):
            with self.subTest(value=value):
                self.assertEqual(escape(value), expected)
        self.assertEqual(escape_silent(None), "")
        self.assertEqual(escape_silent("<"), "&lt;")

    def test_an_object_says_by_dunder_html_what_is_safe(self):
        """B336, B337."""
        self.assertEqual(escape(WithHTML("<hr>")), "<hr>")
        self.assertEqual(Markup(WithHTML("<hr>")), "<hr>")

    def test_a_subclass_of_str_is_escaped_as_its_text(self):
        class Odd(str):
            def __str__(self):
                return self

        self.assertEqual(escape(Odd("<")), "&lt;")

    def test_an_object_that_only_pretends_to_be_a_str_is_escaped(self):
        class Liar:
            __class__ = str

            def __str__(self):
                return "<"

        self.assertEqual(escape(Liar()), "&lt;")

    def test_soft_str_keeps_text_as_it_is(self):
        safe = Markup("<b>")
        self.assertIs(soft_str(safe), safe)
        self.assertEqual(soft_str(5), "5")


class Operations(unittest.TestCase):
    def test_what_is_brought_in_is_escaped(self):
        """B337: `%`, `+`, `format`, `join`, and the rest."""
        b = Markup("<b>")
        table = (
            (b + "<", "<b>&lt;"), ("<" + b, "&lt;<b>"), (b + WithHTML("<i>"), "<b><i>"),
            (WithHTML("<i>") + b, "<i><b>"),
            (b.join(["<", b, 5]), "&lt;<b><b><b>5"),
            (Markup("%s%s") % ("<", b), "&lt;<b>"), (Markup("%s") % "<", "&lt;"),
            (Markup("%r") % "<", "&#39;&lt;&#39;"),
            (Markup("%(a)s") % {"a": "<"}, "&lt;"), (Markup("%s") % (WithHTML("<i>"),), "<i>"),
            (Markup("{}{a}").format("<", a=b), "&lt;<b>"), (Markup("{0[k]}").format({"k": "<"}), "&lt;"),
            (Markup("{a}").format_map({"a": "<"}), "&lt;"), (Markup("{:>3}").format("<"), "  &lt;"),
            (Markup("{:x}").format(WithFormat("")), "<i>x</i>"), (Markup("{}").format(WithHTML("<i>")), "<i>"),
            (Markup("a<").replace("a", "<"), "&lt;<"), (Markup("<").center(3, "-"), "-<-"),
            (Markup("<").ljust(2), "< "), (Markup("<").rjust(2, "-"), "-<"),
        )
        for result, expected in table:
            with self.subTest(expected=expected):
                self.assertEqual(str(result), expected)
                self.assertIs(type(result), Markup)

    def test_numbers_keep_their_formats(self):
        self.assertEqual(Markup("%d %i %.2f %x %5s %s") % (3, 3.9, 3.14159, 255, 7, None), "3 3 3.14 ff     7 None")

        class Price:
            def __int__(self):
                return 5

            def __float__(self):
                return 5.5

            def __str__(self):
                return "<5>"

        self.assertEqual(Markup("%d %.1f %s") % (Price(), Price(), Price()), "5 5.5 &lt;5&gt;")

    def test_an_operand_too_many_is_an_error(self):
        for operand in ("x", 5, (1, 2), WithHTML("")):
            with self.subTest(operand=operand), self.assertRaises(TypeError):
                Markup("nothing to fill") % operand

    def test_a_format_that_html_cannot_have_is_an_error(self):
        for value in (Markup("<b>"), WithHTML("<b>")):
            with self.subTest(value=value), self.assertRaises(ValueError):
                Markup("{:>9}").format(value)

    def test_the_methods_of_str_give_markup(self):
        text = Markup(" a-B ")
        for name, arguments in (("upper", ()), ("lower", ()), ("strip", ()), ("lstrip", (" ",)), ("rstrip", ()),
                                ("title", ()), ("swapcase", ()), ("casefold", ()), ("capitalize", ()),
                                ("zfill", (9,)), ("expandtabs", ()), ("translate", ({65: "x"},)),
                                ("removeprefix", (" a",)), ("removesuffix", ("B ",)), ("__getitem__", (slice(1, 3),)),
                                ("__mul__", (2,)), ("__rmul__", (2,))):
            with self.subTest(name):
                result = getattr(text, name)(*arguments)
                self.assertEqual(str(result), getattr(str(text), name)(*arguments))
                self.assertIs(type(result), Markup)

    def test_splitting_gives_markup_pieces(self):
        text = Markup("a-b\nc")
        for name, arguments in (("split", ("-",)), ("rsplit", ("-", 1)), ("splitlines", (True,)),
                                ("partition", ("-",)), ("rpartition", ("x",))):
            with self.subTest(name):
                result = getattr(text, name)(*arguments)
                self.assertEqual(result, getattr(str(text), name)(*arguments))
                self.assertEqual({type(piece) for piece in result}, {Markup})

    def test_padding_that_would_need_escaping_is_an_error(self):
        with self.assertRaises(TypeError):
            Markup("a").center(3, "<")

    def test_a_number_cannot_be_added(self):
        for add in (lambda: Markup("") + 5, lambda: 5 + Markup("")):
            with self.assertRaises(TypeError):
                add()

    def test_a_subclass_stays_itself(self):
        class Mine(Markup):
            pass

        for result in (Mine("a") + "<", Mine("%s") % "<", Mine("{}").format("<"), Mine("a").upper(), Mine.escape("<")):
            self.assertIs(type(result), Mine)

    def test_it_is_made_of_bytes_with_an_encoding(self):
        self.assertEqual(Markup(b"\xc3\xa9", "utf-8"), "é")
        self.assertEqual(Markup(b"\xff", "ascii", "replace"), "\ufffd")

    def test_it_can_be_pickled_and_shows_itself(self):
        self.assertIs(type(pickle.loads(pickle.dumps(Markup("<b>")))), Markup)
        self.assertEqual(repr(Markup("<b>")), "Markup('<b>')")

    def test_the_formatter_is_made_once_and_takes_any_escape_function(self):
        self.assertIs(markup.EscapeFormatter, EscapeFormatter)
        self.assertEqual(EscapeFormatter(str.upper).vformat("a{}", ("b",), {}), "aB")
        with self.assertRaises(AttributeError):
            markup.no_such_name


class Plain(unittest.TestCase):
    def test_unescape_knows_named_and_numbered_entities(self):
        """B337."""
        self.assertEqual(Markup("&lt;&eacute;&#8364;&#x41;").unescape(), "<é€A")
        self.assertIs(type(Markup("&lt;").unescape()), str)
        self.assertEqual(unescape("jack & tavi"), "jack & tavi")

    def test_striptags_drops_tags_and_comments_and_joins_blanks(self):
        """B337."""
        for text, expected in (
            ("<p>One &lt; <b>two</b></p>", "One < two"), ("a<!-- <b> -->b", "ab"), ("a <!-- x\n--> \n b", "a b"),
            ("<a title='\n'>x</a>", "x"), ("a < b", "a < b"), ("a <b", "a <b"), ("a <!-- b", "a <!-- b"),
            ("<!-- a --><!-- b -->c", "c"), ("", ""), ("<!-- > -->a", "a"),
        ):
            with self.subTest(text=text):
                self.assertEqual(Markup(text).striptags(), expected)
                self.assertEqual(striptags(text), expected)

    def test_striptags_of_hostile_text_does_work_in_proportion(self):
        """S162: openings without a close; a quadratic scan would look at 10**10 characters here."""
        for piece in ("<", "<!--", "<!-- <", "<a"):
            with self.subTest(piece=piece):
                text = piece * 100_000
                self.assertEqual(striptags(text), " ".join(text.split()))
        self.assertEqual(striptags("<!-- x -->" * 50_000), "")


if __name__ == "__main__":
    unittest.main()
