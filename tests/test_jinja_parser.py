"""The parser: which tree a source makes, and what it says of a source that makes none."""
from __future__ import annotations

import unittest

from minflask.jinja import nodes
from minflask.jinja.environment import Environment
from minflask.jinja.errors import TemplateAssertionError, TemplateSyntaxError
from minflask.jinja.extension import Extension
from minflask.jinja.parser import Parser

# The second says by brackets what the first means without.
PRECEDENCE = [
    ("a + b * c", "a + (b * c)"), ("a - b - c", "(a - b) - c"), ("a ** b ** c", "(a ** b) ** c"),
    ("-a ** b", "(-a) ** b"),
    ("a ~ b + c", "(a ~ b) + c"), ("a ~ b * c", "a ~ (b * c)"), ("not a == b", "not (a == b)"),
    ("a and b or c", "(a and b) or c"),
    ("a or b and c", "a or (b and c)"), ("not a and b", "(not a) and b"), ("a + b < c", "(a + b) < c"),
    ("a if b else c or d", "a if b else (c or d)"),
    ("a or b if c else d", "(a or b) if c else d"), ("a if b else c if d else e", "a if b else (c if d else e)"),
    ("-a|f", "(-a)|f"),
    ("a + b|f", "a + (b|f)"), ("a.b|f", "(a.b)|f"), ("not a is b", "not (a is b)"), ("a is b and c", "(a is b) and c"),
    ("-a.b", "-(a.b)"),
    ("a|f is b", "(a|f) is b"), ("a is b(c)|f", "(a is b(c))|f"), ("a in b and c", "(a in b) and c"),
    ("a(b)(c).d[e]", "((((a(b))(c)).d)[e])"),
    ("a is b c", "a is b(c)"), ("a is b c.d", "a is b(c.d)"), ("a is not b", "not (a is b)"),
    ("a // b % c", "(a // b) % c"),
]
SAME = [
    ("{% for a in b: %}{% endfor %}", "{% for a in b %}{% endfor %}"),
    ("{% for a, b in c %}{% endfor %}", "{% for (a, b) in c %}{% endfor %}"),
    ("{{ a, b }}", "{{ (a, b) }}"), ("{{ f(a,) }}", "{{ f(a) }}"), ("{{ [a,] }}", "{{ [a] }}"),
    ("{{ 'a' 'b' }}", "{{ 'ab' }}"),
    ("{% block a %}{% endblock a %}", "{% block a %}{% endblock %}"), ("{% set a = b, %}", "{% set a = (b,) %}"),
    ("{% from 'a' import b, c with context %}", "{% from 'a' import b, c, with context %}"),
    ("{{ a.0 }}", "{{ a[0] }}"),
]
# source, line, what the message says
ERRORS = [
    ("a\n{% if x %}\nb", 3,
     "the template ends too early. The innermost open tag is 'if' of line 2, which waits for 'elif' or 'else' or"),
    ("{% for x in y %}\n{% endif %}", 2,
     "'endif' is no tag that can stand here. Nothing that it could belong to is open. The innermost open tag is 'for'"),
    ("{% if x %}\n{% for x in y %}\n{% endif %}", 3,
     "further out: is the inner one missing its end? The innermost open tag is 'for' of line 2"),
    ("{% blok a %}", 1, "'blok' is no tag that can stand here. Did you mean 'block'?"),
    ("{% else %}", 1, "Nothing that it could belong to is open."),
    ("{% endfro %}{% for x in y %}", 1, "'endfro' is no tag"),
    ("{% for x in y %}{% endfr %}", 1, "Did you mean 'endfor'?"),
    ("{% 1 %}", 1, "the name of a tag was expected, but a number"),
    ("{% %}", 1, "the name of a tag was expected, but the end of the tag stands here"),
    ("{{ }}", 1, "an expression was expected, but the end of the print statement"),
    ("{{ a", 1, "the template ends, but the end of the print statement was expected"),
    ("{{ a +", 1, "an expression was expected, but the template ends"),
    ("{{ a b }}", 1, "'b' stands here, but the end of the print statement was expected"),
    ("{{ a[] }}", 1, "nothing between the brackets of a subscript"),
    ("{{ a[,] }}", 1, "an index was expected"),
    ("{{ a[1:2:3:4] }}", 1, "':' stands here"), ("{{ a. }}", 1, "the name or number of an attribute was expected"),
    ("{{ a.'b' }}", 1, "the name or number of an attribute"),
    ("{{ a| }}", 1, "a name was expected"), ("{{ a is b is c }}", 1, "a test cannot be tested again"),
    ("{{ {a} }}", 1, "':' was expected"), ("{{ [a b] }}", 1, "',' was expected"),
    ("{{ f(a=1, b) }}", 1, "first the positional arguments"), ("{{ f(*a, *b) }}", 1, "one '*'"),
    ("{{ f(**a, b=1) }}", 1, "last one '**'"), ("{{ f(*a, b) }}", 1, "first the positional"),
    ("{% if %}{% endif %}", 1, "an expression was expected"),
    ("{% if x %}{% elif %}{% endif %}", 1, "an expression was expected"),
    ("{% for %}{% endfor %}", 1, "an expression was expected"),
    ("{% for x y %}{% endfor %}", 1, "'in' was expected"),
    ("{% for 1 in y %}{% endfor %}", 1, "a number cannot be assigned to"),
    ("{% for x in %}{% endfor %}", 1, "an expression was expected"),
    ("{% for x.a in y %}{% endfor %}", 1, "'in' was expected"),
    ("{% set true = 1 %}", 1, "'true' cannot be assigned to"), ("{% set a[0] = 1 %}", 1, "stands here"),
    ("{% set 'a' = 1 %}", 1, "a string cannot be assigned to"),
    ("{% set a.b.c = 1 %}", 1, "'.' stands here"), ("{% set a = %}", 1, "an expression was expected"),
    ("{% with a %}{% endwith %}", 1, "'=' was expected"),
    ("{% with a = 1 b = 2 %}{% endwith %}", 1, "',' was expected"),
    ("{% macro 1() %}{% endmacro %}", 1, "a name was expected"),
    ("{% macro a %}{% endmacro %}", 1, "'(' was expected"),
    ("{% macro a(b=1, c) %}{% endmacro %}", 1, "the parameter 'c' needs a default"),
    ("{% call a %}{% endcall %}", 1, "a call tag calls something"),
    ("{% block 1 %}{% endblock %}", 1, "a name was expected"),
    ("{% block a-b %}{% endblock %}", 1, "'_' may stand there"),
    ("{% block a %}{% endblock b %}", 1, "'b' stands here, but the end of the tag was expected"),
    ("{% block a required %}x{% endblock %}", 1, "Required blocks can only contain comments or whitespace"),
    ("{% block a required %}\n{{ x }}{% endblock %}", 1, "Required blocks can only"),
    ("{% import 'a' %}", 1, "'as' was expected"), ("{% import 'a' as 1 %}", 1, "a name was expected"),
    ("{% from 'a' import %}", 1, "a name was expected"), ("{% from 'a' import b,, c %}", 1, "a name was expected"),
    ("{% from 'a' import b, %}", 1, "a name was expected"), ("{% from 'a' %}", 1, "'import' was expected"),
    ("{% from 'a' import b with context, c %}", 1, "',' stands here"),
    ("{% include %}", 1, "an expression was expected"), ("{% extends %}", 1, "an expression was expected"),
    ("{% print a b %}", 1, "',' was expected"),
    ("{% filter %}{% endfilter %}", 1, "a name was expected"),
    ("{% autoescape %}{% endautoescape %}", 1, "an expression was expected"),
    ("{% if a %}x{% endif b %}", 1, "'b' stands here"),
]


class Wrapper(Extension):
    tags = {"wrap", "if"}

    def parse(self, parser):
        lineno = next(parser.stream).lineno
        name = parser.free_identifier(lineno)
        value = parser.parse_expression()
        body = parser.parse_statements(("name:endwrap",), drop_needle=True)
        return [nodes.Assign(name, value, lineno=lineno), nodes.Output([name], lineno=lineno), *body,
                nodes.Output([name], lineno=lineno)]


def parse(source):
    return Environment().parse(source)


class Trees(unittest.TestCase):
    def test_operators_bind_as_documented(self):
        for plain, bracketed in PRECEDENCE:
            with self.subTest(plain=plain):
                self.assertEqual(parse("{{ %s }}" % plain), parse("{{ %s }}" % bracketed))

    def test_what_may_be_written_two_ways(self):
        for one, other in SAME:
            with self.subTest(one=one):
                self.assertEqual(parse(one), parse(other))

    def test_chains_are_flat(self):
        (output,) = parse("{{ a ~ b ~ c }}{{ a < b <= c }}").body
        self.assertEqual([len(output.nodes[0].nodes), len(output.nodes[1].ops)], [3, 2])

    def test_nodes_know_their_line(self):
        tree = parse("a\n{{ b +\nc }}\n{% for d in e %}\n{{ f(g,\nh=i) }}{% endfor %}")
        lines = {node.name: node.lineno for node in tree.find_all(nodes.Name)}
        self.assertEqual(lines, {"b": 2, "c": 3, "d": 4, "e": 4, "f": 5, "g": 5, "i": 6})

    def test_a_source_may_begin_within_an_expression(self):
        parser = Parser(Environment(), "a + b", state="variable")
        self.assertEqual(parser.parse_expression(), nodes.Add(nodes.Name("a", "load"), nodes.Name("b", "load")))
        self.assertTrue(parser.stream.eos)

    def test_imports_may_be_called_like_the_words_of_the_language(self):
        (node,) = parse("{% from 'a' import with, context as without with context %}").body
        self.assertEqual((node.names, node.with_context), (["with", ("context", "without")], True))
        (node,) = parse("{% from 'a' import with context %}").body
        self.assertEqual((node.names, node.with_context), ([], True))

    def test_an_extension_parses_its_tags_with_the_same_means(self):
        env = Environment(extensions=[Wrapper])
        self.assertEqual(env.from_string("{% wrap 1 %}a{% wrap 2 %}b{% endwrap %}{% endwrap %}").render(), "1a2b21")
        # The tags of the language are not for the taking.
        self.assertEqual(env.from_string("{% if 1 %}a{% endif %}").render(), "a")

    def test_free_identifiers_differ(self):
        parser = Parser(Environment(), "")
        self.assertNotEqual(parser.free_identifier().name, parser.free_identifier().name)


class Errors(unittest.TestCase):
    def test_every_error_says_what_was_met_and_expected_and_where(self):
        for source, lineno, message in ERRORS:
            with self.subTest(source=source):
                with self.assertRaises(TemplateSyntaxError) as caught:
                    Environment().parse(source)
                self.assertIn(message, caught.exception.message)
                self.assertEqual(caught.exception.lineno, lineno)

    def test_a_private_name_cannot_be_imported(self):
        with self.assertRaisesRegex(TemplateAssertionError, "'_a' cannot be imported"):
            parse("{% from 'lib' import _a %}")

    def test_an_error_names_the_template(self):
        with self.assertRaises(TemplateSyntaxError) as caught:
            Environment().parse("\n{% x %}", "page", "/templates/page.html")
        error = caught.exception
        self.assertEqual((error.lineno, error.name, error.filename, error.source),
                         (2, "page", "/templates/page.html", "\n{% x %}"))

    def test_a_parser_can_fail_for_an_extension(self):
        parser = Parser(Environment(), "{{ a }}", "page")
        with self.assertRaisesRegex(TemplateAssertionError, "not so") as caught:
            parser.fail("not so", exc=TemplateAssertionError)
        self.assertEqual(caught.exception.lineno, 1)
        with self.assertRaisesRegex(TemplateSyntaxError, "no tag") as caught:
            parser.fail_unknown_tag("no", 7)
        self.assertEqual(caught.exception.lineno, 7)
        with self.assertRaisesRegex(TemplateSyntaxError, "too early"):
            parser.fail_eof(("name:end",), 8)


if __name__ == "__main__":
    unittest.main()
