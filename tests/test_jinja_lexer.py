"""The lexer: what is text and what is code, whitespace control, values of tokens, and what is no token."""
from __future__ import annotations

import sys
import unittest

from minflask.jinja.environment import Environment
from minflask.jinja.errors import TemplateSyntaxError
from minflask.jinja.lexer import Token, TokenStream, count_newlines, describe_token_expr, get_lexer, operators

# (options, source, result); x is 1 and xs is [1, 2]
WHITESPACE = [
    ({}, "a\n", "a"), ({}, "a\n\n", "a\n"), ({"keep_trailing_newline": True}, "a\n", "a\n"),
    ({}, "a\r\nb\rc", "a\nb\nc"),
    ({"newline_sequence": "\r\n"}, "a\nb{{ 'c\n' }}", "a\r\nbc\r\n"), ({}, "", ""), ({}, "\n", ""),
    ({}, "a  {{- x -}}  b", "a1b"), ({}, "a\n {%- if x -%} \n b {%- endif -%} \n c", "abc"),
    ({}, "a {#- c -#} b", "ab"),
    ({}, "a {{+ x }} b", "a 1 b"), ({}, " {%- raw -%} {{ x }} {%- endraw -%} ", "{{ x }}"),
    ({}, " {%- raw %} {{ x }} {% endraw -%} ", " {{ x }} "),
    ({"trim_blocks": True}, "{% if x %}\na\n{% endif %}\nb", "a\nb"),
    ({"trim_blocks": True}, "{% if x +%}\na{% endif %}", "\na"),
    ({"trim_blocks": True}, "{{ x }}\na{# c #}\nb{# c +#}\nd", "1\nab\nd"),
    ({"trim_blocks": True}, "{% if x %}\n\n{% endif %}", "\n"),
    ({"trim_blocks": True}, "{% raw %}\na{% endraw %}\nb", "\nab"),
    ({"lstrip_blocks": True}, "a\n  {% if x %}\n  b\n  {% endif %}c", "a\n\n  b\nc"),
    ({"lstrip_blocks": True}, "a\n  {%+ if x %}b{% endif %}", "a\n  b"),
    ({"lstrip_blocks": True}, "a  {% if x %}b{% endif %}", "a  b"),
    ({"lstrip_blocks": True}, "  {{ x }}\n  {# c #}d", "  1\nd"),
    ({"lstrip_blocks": True}, "\n  {% raw %}a\n  {% endraw %}b", "\na\nb"),
    ({"lstrip_blocks": True}, "{{ x }}  {% if x %}b{% endif %}", "1  b"),
    ({"lstrip_blocks": True}, "{% if x %} {% endif %}", " "),
    ({"lstrip_blocks": True, "trim_blocks": True}, "  {% if x %}\n    a\n  {% endif %}\nb", "    a\nb"),
    ({"lstrip_blocks": True, "trim_blocks": True}, "  {# a #}\n\n  {# b #}\n c", "\n c"),
]
DELIMITERS = [
    ({"variable_start_string": "${", "variable_end_string": "}"}, "${ x }${ {'a': 1}.a }{{ x }}", "11{{ x }}"),
    ({"block_start_string": "<%", "block_end_string": "%>", "variable_start_string": "<%=", "variable_end_string": "%>",
      "comment_start_string": "<%#", "comment_end_string": "%>"}, "<%# c %><% if x %><%= x %><% endif %>", "1"),
    ({"block_start_string": "<!--", "block_end_string": "-->", "comment_start_string": "<!--#",
      "comment_end_string": "-->"},
     "a <!-- if x --->\n b <!--- endif -->", "a b"),
    ({"block_start_string": "<?", "block_end_string": "?>", "variable_start_string": "<?=", "variable_end_string": "?>",
      "comment_start_string": "<!--", "comment_end_string": "-->"}, "<!-- c --><? for i in xs ?><?=i?><? endfor ?>",
     "12"),
    ({"line_statement_prefix": "#"}, "# for i in xs\n{{ i }}\n# endfor\nend", "1\n2\nend"),
    ({"line_statement_prefix": "%"}, "a\n  % if x:\nb\n  % endif\nc", "a\nb\nc"),
    ({"line_statement_prefix": "#"}, "# for i in [1,\n  2]\n{{ i }}\n# endfor", "1\n2\n"),
    ({"line_statement_prefix": "%", "line_comment_prefix": "##"}, "a ## b\n## c\n% if x\ne ## d\n% endif", "a\n\ne\n"),
]
SIGNS = {sign: kind for sign, kind in operators.items() if sign not in "([{}])"}
# text of an expression: (type, value) of its tokens
WORDS = [
    ("1 0 1_000 0b1_1 0o17 0xFf",
     [("integer", 1), ("integer", 0), ("integer", 1000), ("integer", 3), ("integer", 15), ("integer", 255)]),
    ("1.5 1e3 1.5E-3 1_0.0_1", [("float", 1.5), ("float", 1000.0), ("float", 0.0015), ("float", 10.01)]),
    ("1.a", [("integer", 1), ("dot", "."), ("name", "a")]),
    ("a.0.1", [("name", "a"), ("dot", "."), ("integer", 0), ("dot", "."), ("integer", 1)]),
    ("é a·b x_1 ℘ _", [("name", "é"), ("name", "a·b"), ("name", "x_1"), ("name", "℘"), ("name", "_")]),
    (r"""'a\'b' "c\"d" '\x41\101\u00e9\U0001F600\N{BULLET}' '\\' '\d'""",
     [("string", "a'b"), ("string", 'c"d'), ("string", "AAé😀•"), ("string", "\\"), ("string", "\\d")]),
    ("'a\\\nb' '\n'", [("string", "ab"), ("string", "\n")]),
    (" ".join(SIGNS), [(kind, text) for text, kind in SIGNS.items()]),
    ("([{}])", [(operators[sign], sign) for sign in "([{}])"]),
]
# CPython refuses to convert so many digits; PyPy 3.9 converts them.
DIGITS = [] if sys.implementation.name == "pypy" else [("{{ %s }}" % ("9" * 5000), 1, "too many digits")]
ERRORS = [
    ("a\n{{ x ? }}", 2, "the character '?' means nothing"), ("{{ !x }}", 1, "did you mean 'not'"),
    ("{{ a && b }}", 1, "did you mean 'and'"),
    ("\n\n{{ 'abc }}", 3, "the string that starts here has no closing '"),
    ("\n{# abc", 2, "the comment that starts here has no end"),
    ("{% raw %}abc", 1, "no 'endraw'"), ("{{ a) }}", 1, "')' closes a bracket that was never opened"),
    ("{{ (a] }}", 1, "']' stands where the '(' before it should be closed"), ("{{ a–b }}", 1, "'a–b' is no name"),
    ("{{ '\\x4' }}", 1, r"'\\x' in a string is followed by less"),
    ("{{ '\\N{no such}' }}", 1, "no character is called"),
    ("{{ '\\UFFFFFFFF' }}", 1, "no character is called"), *DIGITS,
]


def lexed(source, **options):
    return list(get_lexer(Environment(**options)).tokenize(source))


class Lexing(unittest.TestCase):
    def test_whitespace_control(self):
        for options, source, result in WHITESPACE:
            with self.subTest(source=source, **options):
                self.assertEqual(Environment(**options).from_string(source).render(x=1, xs=[1, 2]), result)

    def test_delimiters(self):
        for options, source, result in DELIMITERS:
            with self.subTest(source=source):
                self.assertEqual(Environment(**options).from_string(source).render(x=1, xs=[1, 2]), result)

    def test_words(self):
        for text, tokens in WORDS:
            with self.subTest(text=text):
                found = [(token.type, token.value) for token in lexed("{{ %s }}" % text)[1:-1]]
                self.assertEqual(found, tokens)

    def test_what_is_no_token_is_explained(self):
        for source, lineno, message in ERRORS:
            with self.subTest(source=source[:30]):
                with self.assertRaises(TemplateSyntaxError) as caught:
                    lexed(source)
                self.assertIn(message.replace("\\\\", "\\"), caught.exception.message)
                self.assertEqual(caught.exception.lineno, lineno)

    def test_a_raw_tag_takes_no_plus_at_its_end(self):
        with self.assertRaises(TemplateSyntaxError):
            Environment().from_string("{% raw +%}a{% endraw %}")

    def test_raw_tokens_are_the_whole_source(self):
        sources = [source for options, source,
                   result in WHITESPACE if "-" not in source and "\r" not in source and not options]
        for source in [*sources,
                       "a {{ x|f(1, 'b')  }}\n{% if x %} {# c #} {% endif %} {% raw %} {{ {% endraw %}\n\n end"]:
            with self.subTest(source=source):
                tokens = list(Environment(keep_trailing_newline=True).lex(source))
                self.assertEqual("".join(text for _, _, text in tokens), source)

    def test_lines_are_counted_through_all_that_is_taken_away(self):
        source = "1\n\n {%- if x -%}\n\n\n{# a\nb #}{{ '\n' }}{% raw %}\n{% endraw %}{{ y\n}}\n{{ z }}"
        lines = {token.value: token.lineno for token in lexed(source) if token.type == "name"}
        self.assertEqual(lines, {"if": 3, "x": 3, "y": 9, "z": 11})

    def test_an_end_within_brackets_is_none(self):
        self.assertEqual(Environment().from_string("{{ {'a': {}} }}{{ {'a': {'b': 1}}['a'] }}").render(),
                         "{'a': {}}{'b': 1}")

    def test_lexers_are_shared_by_equal_settings(self):
        self.assertIs(get_lexer(Environment()), get_lexer(Environment(autoescape=True)))
        self.assertIsNot(get_lexer(Environment()), get_lexer(Environment(trim_blocks=True)))

    def test_s167_hostile_sources_take_time_in_proportion(self):
        # Each of these would take hours if a part of it were looked at again for each character.
        size = 100_000
        for source in ("{%" + " " * size, "{% raw" + " " * size, "{" * size, "{% raw %}" + "{% " * size,
                       "{#" + "-" * size,
                       "{{ '" + "\\" * size, "{{ " + "9" * 4000 + "." * size, "{{ x " + "_1" * size + " }}",
                       " \n" * size + "{%"):
            with self.subTest(source=source[:20]):
                for options in ({}, {"line_statement_prefix": "#", "line_comment_prefix": "##", "lstrip_blocks": True}):
                    try:
                        lexed(source, **options)
                    except TemplateSyntaxError:
                        pass


class Tokens(unittest.TestCase):
    def stream(self):
        return TokenStream([Token(1, "name", "a"), Token(1, "dot", "."), Token(2, "integer", 3)], "page", "page.html")

    def test_a_token_is_tested_by_type_and_value(self):
        token = Token(1, "name", "endfor")
        self.assertTrue(token.test("name") and token.test("name:endfor") and token.test_any("dot", "name:endfor"))
        self.assertFalse(token.test("name:endif") or token.test("dot") or token.test_any("dot", "name:x"))

    def test_tokens_are_named_as_a_reader_knows_them(self):
        rows = [(Token(1, "name", "a"), "'a'"), (Token(1, "lparen", "("), "'('"),
                (Token(1, "eof", ""), "the end of the template"),
                (Token(1, "string", "x"), "a string"), (Token(1, "block_end", "%}"), "the end of the tag")]
        for token, text in rows:
            self.assertEqual(str(token), text)
        self.assertEqual(describe_token_expr("name:endif"), "'endif'")

    def test_a_stream_is_read_step_by_step(self):
        stream = self.stream()
        self.assertTrue(stream and not stream.eos)
        self.assertEqual(stream.current.value, "a")
        self.assertEqual(stream.look().type, "dot")
        self.assertEqual(stream.current.value, "a")
        self.assertIsNone(stream.next_if("dot"))
        self.assertEqual(stream.next_if("name").value, "a")
        self.assertTrue(stream.skip_if("dot"))
        self.assertEqual(stream.expect("integer").value, 3)
        self.assertTrue(stream.eos and not stream and stream.closed)
        self.assertEqual((stream.current.type, stream.current.lineno), ("eof", 2))
        next(stream)
        self.assertEqual(list(stream), [])

    def test_a_stream_can_be_skipped_pushed_and_iterated(self):
        stream = self.stream()
        stream.skip(2)
        stream.push(Token(3, "name", "b"))
        self.assertEqual([token.value for token in stream], [3, "b"])
        closed = self.stream()
        closed.close()
        self.assertEqual(list(closed), [])

    def test_what_was_expected_is_named(self):
        with self.assertRaisesRegex(TemplateSyntaxError, "'a' stands here, but ',' was expected") as caught:
            self.stream().expect("comma")
        self.assertEqual((caught.exception.lineno, caught.exception.name, caught.exception.filename),
                         (1, "page", "page.html"))
        with self.assertRaisesRegex(TemplateSyntaxError, "the template ends, but a name was expected"):
            TokenStream([], None, None).expect("name")

    def test_newlines_of_all_kinds_are_counted(self):
        self.assertEqual(count_newlines("a\nb\r\nc\rd"), 3)


if __name__ == "__main__":
    unittest.main()
