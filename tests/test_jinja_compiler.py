"""Every statement and expression of the language, from source to text."""
from __future__ import annotations

import os
import subprocess
import sys
import unittest

from minflask.jinja import compiler, nodes
from minflask.jinja.environment import Environment
from minflask.jinja.errors import TemplateAssertionError, TemplateRuntimeError, TemplateSyntaxError, UndefinedError
from minflask.jinja.loaders import DictLoader
from minflask.jinja.utils import pass_context
from minflask.markup import Markup, escape

TEMPLATES = {
    "base": "<{% block a %}base a{% endblock %}|{% block b %}base b{% endblock %}>",
    "middle": "{% extends 'base' %}{% block a %}middle({{ super() }}){% endblock %}",
    "loose": "[{% for x in xs %}{% block item scoped %}{{ x }}{% endblock %}{% endfor %}]",
    "blind": "[{% for x in xs %}{% block item %}{{ x }}{% endblock %}{% endfor %}]",
    "strict": "{% block a required %}{% endblock %}",
    "part": "({{ x }}{{ y }}{{ loop.index if loop }})",
    "lib": "{% macro f(a) %}f{{ a }}{{ x }}{% endmacro %}{% set v = 'v' %}{% set _p = 'p' %}text",
    "child part": "{% extends 'base' %}{% block b %}{{ x }}{% endblock %}",
}

# CPython takes twenty blocks in each other; PyPy as many as its parser has room for.
LOOPS = 400 if sys.implementation.name == "pypy" else 40


class Thing:
    name = "attribute"
    items = "items attribute"

    def __getitem__(self, key):
        return f"item {key}"

    def __str__(self):
        return "<thing>"


VARIABLES = {
    "x": 1, "y": "<y>", "s": "text", "xs": [3, 1, 2], "d": {"k": "v", "items": "entry", "n": None, 1: "one"},
    "t": Thing(), "m": Markup("<m>"), "none_": None, "f": lambda *args, **kwargs: f"{args}{sorted(kwargs.items())}",
    "tree": [{"n": 1, "kids": [{"n": 2, "kids": []}, {"n": 3, "kids": []}]}],
}

EXPRESSIONS = [
    # literals
    ("1", "1"), ("1_000", "1000"), ("0x1f", "31"), ("0b101", "5"), ("0o17", "15"), ("1.5", "1.5"), ("1e3", "1000.0"),
    ("2.5e-3", "0.0025"), ("1e999", "inf"), ("-1e999", "-inf"), ("'a'", "a"), ('"b"', "b"), ("'a' 'b'", "ab"),
    ("'\\x41\\n\\''", "A\n'"), ("true", "True"), ("False", "False"), ("none", "None"), ("[]", "[]"),
    ("[1, 'a',]", "[1, 'a']"), ("(1,)", "(1,)"), ("()", "()"), ("1, 2", "(1, 2)"), ("{}", "{}"),
    ("{'a': 1, 'b': [2],}", "{'a': 1, 'b': [2]}"), ("{x: s}", "{1: 'text'}"), ("(1)", "1"), ("[x, s]", "[1, 'text']"),
    # names, attributes and items
    ("x", "1"), ("nope", ""), ("d.k", "v"), ("d['k']", "v"), ("d.nope", ""), ("d[1]", "one"),
    ("d.items()|list|length", "4"),
    ("d['items']", "entry"), ("t.name", "attribute"), ("t['name']", "item name"), ("t.other", "item other"),
    ("t.items", "items attribute"), ("xs.0", "3"), ("xs[-1]", "2"), ("xs[7]", ""), ("xs.0.real", "3"), ("s[0]", "t"),
    ("s[1:3]", "ex"), ("s[:2]", "te"), ("s[::2]", "tx"), ("s[::-1]", "txet"), ("s[-2:]", "xt"), ("xs[x:][0]", "1"),
    ("d.n is none", "True"), ("nope.a", UndefinedError), ("s.upper()", "TEXT"), ("'%s' % x", "1"),
    # operators
    ("1 + 2", "3"), ("1 - 2", "-1"), ("x * 3", "3"), ("7 / 2", "3.5"), ("7 // 2", "3"), ("7 % 4", "3"), ("2 ** 3", "8"),
    ("-x", "-1"), ("+x", "1"), ("-x ** 2", "1"), ("2 + 3 * 4", "14"), ("(2 + 3) * 4", "20"), ("2 ** 3 ** 2", "64"),
    ("'a' * 3", "aaa"), ("x == 1", "True"), ("x != 1", "False"), ("x < 2", "True"), ("x <= 1", "True"),
    ("x > 1", "False"),
    ("x >= 1", "True"), ("1 < x + 1 < 3", "True"), ("1 < 2 > 3", "False"), ("1 in xs", "True"),
    ("1 not in xs", "False"),
    ("not x", "False"), ("not x == 2", "True"), ("x and s", "text"), ("0 or s", "text"), ("x or nope.a", "1"),
    ("not x or 1", "1"), ("x ~ s ~ none", "1textNone"), ("1 ~ 2 + 3", TypeError), ("1 + 2 ~ 3", TypeError),
    ("s if x else 'no'", "text"), ("s if not x else 'no'", "no"), ("s if not x", ""),
    ("1 if 0 else 2 if 0 else 3", "3"),
    ("1[2:3]", TypeError), ("xs[1:2, 3]", ""), ("('a' if x) ~ 'b'", "ab"), ("1 / 0", ZeroDivisionError),
    # calls
    ("f()", "()[]"), ("f(1, a=2)", "(1,)[('a', 2)]"), ("f(*xs)", "(3, 1, 2)[]"), ("f(**{'a': 1})", "()[('a', 1)]"),
    ("f(1, *xs, b=2, **{'a': 1})", "(1, 3, 1, 2)[('a', 1), ('b', 2)]"),
    ("f(class='c', if=1)", "()[('class', 'c'), ('if', 1)]"),
    ("f(1,)", "(1,)[]"), ("nope()", UndefinedError), ("s.replace('t', 'T').lower()", "text"),
    # filters and tests
    ("s|upper", "TEXT"), ("s|upper|lower", "text"), ("xs|join(', ')", "3, 1, 2"), ("xs|sort(reverse=true)|join", "321"),
    ("-x|abs", "1"), ("xs|map('string')|join('-')", "3-1-2"), ("s|replace(*['t', 'T'])", "TexT"),
    ("s|replace(**{'old': 'x', 'new': '_'})", "te_t"), ("(s|list)[0]|upper", "T"), ("nope|default('d')", "d"),
    ("2.5 is odd", "False"), ("-3 is odd", "True"),
    ("x is odd", "True"), ("x is not odd", "False"), ("x is divisibleby 1", "True"), ("x is divisibleby(2)", "False"),
    ("x is eq 1 and true", "True"), ("nope is defined", "False"), ("nope is undefined or 1", "True"),
    ("not x is odd", "False"),
    ("x is in [1]", "True"), ("'a' if x is defined else 'b'", "a"), ("s is sameas s", "True"),
    ("x is odd|string", "True"),
]

STATEMENTS = [
    # if
    ("{% if x %}a{% endif %}", "a"), ("{% if nope %}a{% else %}b{% endif %}", "b"),
    ("{% if nope %}a{% elif x == 2 %}b{% elif x == 1 %}c{% else %}d{% endif %}", "c"), ("{% if x %}{% endif %}", ""),
    # for
    ("{% for x in xs %}{{ x }}{% endfor %}{{ x }}", "3121"), ("{% for x in nope %}a{% else %}b{% endfor %}", "b"),
    ("{% for x in xs if x > 1 %}{{ x }}{% endfor %}", "32"),
    ("{% for x in xs if x > 9 %}a{% else %}b{% endfor %}", "b"),
    ("{% for k, v in d.items() if v is string %}{{ k }}={{ v }};{% endfor %}", "k=v;items=entry;1=one;"),
    ("{% for x in xs %}{{ loop.index }}{% else %}{{ loop }}{% endfor %}", "123"),
    ("{% for x in xs if loop is undefined %}{{ loop.length }}{% endfor %}", "333"),
    ("{% for a in xs %}{% for b in xs %}{{ loop.index }}{% endfor %}{{ loop.index }}{% endfor %}", "123112321233"),
    ("{% for i in tree recursive %}{{ i.n }}{{ loop(i.kids) if i.kids }}{{ loop.depth }}{% endfor %}", "122321"),
    ("{% for i in tree recursive if true %}{% endfor %}", TemplateSyntaxError),
    ("{% for i in tree if i.n recursive %}{{ i.n }}{{ loop(i.kids) }}{% else %}.{% endfor %}", "12.3."),
    ("{% for i in [x, 2] %}{% set x = i %}{{ x }}{% endfor %}{{ x }}", "121"),
    ("{% for i in [1, 2] %}{{ s }}{% set s = i %}{{ s }}{% endfor %}", "text1text2"),
    ("{% for x in xs %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}", "32"),
    ("{% for x in xs %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% else %}e{% endfor %}", "3"),
    ("{% for a in [[1, 2], [3, 4]] %}{{ a|sum }}{% for b in a %}{{ loop.last }}{% endfor %}{% endfor %}",
     "3FalseTrue7FalseTrue"),
    # set
    ("{% set a = 1 %}{{ a }}", "1"), ("{% set a, b = 1, 2 %}{{ b }}{{ a }}", "21"),
    ("{% set a = 1, 2 %}{{ a }}", "(1, 2)"),
    ("{% set a %}b{{ x }}{% endset %}[{{ a }}]", "[b1]"),
    ("{% set a|upper|replace('X', x) %}x{% endset %}{{ a }}", "1"),
    ("{% set n = namespace(a=1) %}{% for i in xs %}{% set n.a = n.a + i %}{% endfor %}{{ n.a }}", "7"),
    ("{% set n = namespace() %}{% set n.a %}t{% endset %}{% set n.b, c = 1, 2 %}{{ n.a }}{{ n.b }}{{ c }}", "t12"),
    ("{% set d.k = 1 %}", TemplateRuntimeError), ("{% if x %}{% set a = 2 %}{% endif %}{{ a }}", "2"),
    ("{% if not x %}{% set s = 2 %}{% endif %}{{ s }}", "text"), ("{{ s }}{% set s = 2 %}{{ s }}", "text2"),
    # with, filter, autoescape, raw, comments, print, do
    ("{% with a = x, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a }}", "12"),
    ("{% with %}{% set a = 1 %}{% endwith %}{{ a }}", ""),
    ("{% with x = 2, a = x %}{{ a }}{% endwith %}", "1"),
    ("{% filter upper|replace('B', s) %}a{{ 'b' }}{% endfilter %}", "Atext"),
    ("{% autoescape true %}{{ y }}{{ m }}{% endautoescape %}{{ y }}", "&lt;y&gt;<m><y>"),
    ("{% autoescape x %}{{ y }}{% set y = 2 %}{% endautoescape %}{{ y }}", "&lt;y&gt;<y>"),
    ("{% autoescape x %}{% set a %}<{% endset %}{{ a }}{{ '<' ~ a }}{% endautoescape %}", "<&lt;<"),
    ("{% raw %}{{ x }}{% x %}{# x #}{% endraw %}", "{{ x }}{% x %}{# x #}"), ("a{# {{ x }} #}b", "ab"),
    ("{% print x, s %}", "1text"), ("{% do xs.sort() %}{{ xs }}", "[1, 2, 3]"),
    # macros and calls
    ("{% macro a(b, c=2) %}{{ b }}{{ c }}{% endmacro %}{{ a(1) }}{{ a(1, 3) }}{{ a(c=4) }}", "12134"),
    ("{% macro a(b, c=b) %}{{ c }}{% endmacro %}{{ a(1) }}{{ a(1, c=2) }}", "12"),
    ("{% macro a() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ a(1, b=2) }}", "(1,){'b': 2}"),
    ("{% macro a(n) %}{{ n }}{{ a(n - 1) if n }}{% endmacro %}{{ a(2) }}", "210"),
    ("{% macro a() %}{{ b }}{% endmacro %}{% set b = 2 %}{{ a() }}", "2"),
    ("{% for i in xs %}{% macro a() %}{{ i }}{% endmacro %}{{ a() }}{% endfor %}", "312"),
    ("{% macro a() %}[{{ caller() }}]{% endmacro %}{% call a() %}{{ x }}{% endcall %}", "[1]"),
    ("{% macro a(b) %}[{{ caller(b, 2) }}]{% endmacro %}{% call(p, q=0, r=3) a(1) %}{{ p }}{{ q }}{{ r }}{% endcall %}",
     "[123]"),
    ("{% macro a(caller=none) %}{{ caller() if caller }}.{% endmacro %}{{ a() }}{% call a() %}c{% endcall %}", ".c."),
    ("{% macro a() %}{{ caller() }}{% endmacro %}{{ a() }}", UndefinedError),
    ("{% macro a(class) %}{{ class }}{% endmacro %}{{ a(class='c') }}", "c"),
    ("{% macro a(b) %}{% endmacro %}{{ a(1, 2) }}", TypeError),
    ("{% macro a() %}{% endmacro %}{{ a(b=1) }}", TypeError),
    ("{% macro a() %}{{ x }}{% set x = 2 %}{{ x }}{% endmacro %}{{ a() }}{{ x }}", "121"),
    ("{% macro a() %}b{% endmacro %}{{ a.name }}{{ a.arguments }}{{ a.catch_kwargs }}", "a()False"),
    # blocks and other templates
    ("{% block a %}{{ x }}{% endblock %}{{ self.a() }}", "11"),
    ("{% block a %}{% set q = 1 %}{{ q }}{% endblock a %}{{ q }}", "1"),
    ("{% extends 'base' %}ignored{% block a %}child{% endblock %}", "<child|base b>"),
    ("{% extends 'middle' %}{% block a %}child({{ super() }}){% endblock %}", "<child(middle(base a))|base b>"),
    ("{% extends 'middle' %}{% block a %}{{ super.super() }}{% endblock %}", "<base a|base b>"),
    ("{% extends 'base' %}{% block b %}{{ super() }}{{ self.a() }}{% endblock %}", "<base a|base bbase a>"),
    ("{% extends 'base' %}{% set x = 5 %}{% block a %}{{ x }}{% endblock %}", "<5|base b>"),
    ("{% extends 'base' %}{% macro q() %}q{% endmacro %}{% block a %}{{ q() }}{% endblock %}", "<q|base b>"),
    ("{% if x %}{% extends 'base' %}{% endif %}text", "<base a|base b>"),
    ("{% if not x %}{% extends 'base' %}{% endif %}text", "text"),
    ("{% extends ['no', 'base'][x] %}", "<base a|base b>"),
    ("{% block a %}{{ super() }}{% endblock %}", UndefinedError),
    ("{% extends 'base' %}{% extends 'base' %}", TemplateRuntimeError),
    ("{% if x %}{% extends 'base' %}{% endif %}{% if x %}{% extends 'base' %}{% endif %}", TemplateRuntimeError),
    ("{% include [s, 'part'] %}", "(1<y>)"),
    ("{% extends 'loose' %}{% block item %}<{{ super() }}>{% endblock %}", "[<3><1><2>]"),
    ("{% extends 'blind' %}{% block item %}{{ x }}{% endblock %}", "[111]"),
    ("{% extends 'strict' %}", TemplateRuntimeError), ("{% extends 'strict' %}{% block a %}x{% endblock %}", "x"),
    ("{% include 'part' %}", "(1<y>)"), ("{% for y in xs %}{% include 'part' %}{% endfor %}", "(13)(11)(12)"),
    ("{% for y in xs %}{{ loop.first }}{% include 'part' %}{% endfor %}", "True(131)False(112)False(123)"),
    ("{% set y = 2 %}{% include 'part' %}", "(12)"), ("{% with y = 3 %}{% include 'part' %}{% endwith %}", "(13)"),
    ("{% include 'part' without context %}", "()"), ("{% include ['no', 'part'] %}", "(1<y>)"),
    ("{% include 'no' ignore missing %}", ""), ("{% include ['no', 'nor'] ignore missing with context %}.", "."),
    ("{% include 'child part' %}", "<base a|1>"), ("{% set p = 'part' %}{% include p %}", "(1<y>)"),
    ("{% macro a(y) %}{% include 'part' %}{% endmacro %}{{ a(4) }}", "(14)"),
    ("{% import 'lib' as lib %}{{ lib.f(2) }}{{ lib.v }}", "f2v"),
    ("{% import 'lib' as lib with context %}{{ lib.f(2) }}", "f21"),
    ("{% from 'lib' import f, v as w %}{{ f(3) }}{{ w }}{{ v }}", "f3v"),
    ("{% from 'lib' import f with context %}{{ f(3) }}", "f31"),
    ("{% from 'lib' import nope %}{{ nope is defined }}", "False"),
    ("{% from 'lib' import nope %}{{ nope.a }}", UndefinedError),
    ("{% import 'lib' as lib %}{{ lib._p is defined }}", "False"),
]


def environment(**options):
    extensions = ["minflask.jinja.ext.do", "minflask.jinja.ext.loopcontrols"]
    return Environment(loader=DictLoader(TEMPLATES), extensions=extensions, **options)


class Tables(unittest.TestCase):
    def check(self, env, rows):
        for source, result in rows:
            with self.subTest(source=source):
                variables = {**VARIABLES, "xs": [3, 1, 2]}
                if isinstance(result, str):
                    self.assertEqual(env.from_string(source).render(variables), result)
                else:
                    with self.assertRaises(result):
                        env.from_string(source).render(variables)

    def test_expressions(self):
        rows = [("{{ %s }}" % source, result) for source, result in EXPRESSIONS]
        self.check(environment(), rows)

    def test_expressions_that_are_not_computed_when_compiled(self):
        self.check(environment(optimized=False), [("{{ %s }}" % source, result) for source, result in EXPRESSIONS])

    def test_expressions_in_loops_and_macros_are_the_same(self):
        for frame in ("{%% for i in [1] %%}{{ %s }}{%% endfor %%}",
                      "{%% macro a() %%}{{ %s }}{%% endmacro %%}{{ a() }}"):
            self.check(environment(), [(frame % source, result) for source, result in EXPRESSIONS])

    def test_expressions_in_an_asynchronous_environment_are_the_same(self):
        self.check(environment(enable_async=True), [("{{ %s }}" % source, result) for source, result in EXPRESSIONS])

    def test_statements(self):
        self.check(environment(), STATEMENTS)

    def test_statements_in_an_asynchronous_environment_are_the_same(self):
        self.check(environment(enable_async=True), STATEMENTS)

    def test_a_stream_gives_the_same(self):
        env = environment()
        for source, result in STATEMENTS:
            if isinstance(result, str):
                with self.subTest(source=source):
                    variables = {**VARIABLES, "xs": [3, 1, 2]}
                    self.assertEqual("".join(env.from_string(source).generate(variables)), result)


ESCAPED = [
    ("{{ y }}", "&lt;y&gt;"), ("{{ m }}", "<m>"), ("{{ t }}", "&lt;thing&gt;"), ("{{ y|safe }}", "<y>"),
    ("{{ m|e }}", "<m>"),
    ("{{ '<' }}", "&lt;"), ("{{ '<'|safe }}", "<"), ("{{ y ~ m }}", "&lt;y&gt;<m>"),
    ("{{ y ~ y }}", "&lt;y&gt;&lt;y&gt;"),
    ("{{ x }}{{ none_ }}{{ 1.5 }}", "1None1.5"), ("{% set a %}<{{ y }}>{% endset %}{{ a }}", "<&lt;y&gt;>"),
    ("{% macro a(b) %}<{{ b }}>{% endmacro %}{{ a(y) }}{{ a(b=y) }}", "<&lt;y&gt;><&lt;y&gt;>"),
    ("{% macro a() %}<{{ caller() }}>{% endmacro %}{% call a() %}<{{ y }}>{% endcall %}", "<<&lt;y&gt;>>"),
    ("{% block a %}<{{ y }}>{% endblock %}{{ self.a() }}", "<&lt;y&gt;><&lt;y&gt;>"),
    ("{% for i in [1] recursive %}<{{ y }}>{{ loop([]) }}{% endfor %}", "<&lt;y&gt;>"),
    ("{% filter upper %}<{{ y }}>{% endfilter %}", "<&LT;Y&GT;>"),
    ("{% autoescape false %}{{ y }}{% endautoescape %}{{ y }}", "<y>&lt;y&gt;"),
    ("{% autoescape nope %}{{ y }}{{ m }}{{ '<' }}{% endautoescape %}", "<y><m><"),
    ("{{ 'a' if y == '<y>' else 'b' }}{{ '\"' }}{{ \"'\" }}&", "a&#34;&#39;&"),
]


class Escaping(unittest.TestCase):
    def test_values_are_escaped_once(self):
        env = environment(autoescape=True)
        for source, result in ESCAPED:
            for frame in ("%s", "{%% for i in [1] %%}%s{%% endfor %%}", "{%% set out %%}%s{%% endset %%}{{ out }}"):
                with self.subTest(source=source, frame=frame):
                    if "block" not in source or frame == "%s":
                        self.assertEqual(env.from_string(frame % source).render(VARIABLES), result)

    def test_values_of_a_row_are_escaped_together_whatever_they_are(self):
        env = environment(autoescape=True)
        source = "{% for a, b, c, d in rows %}{{ a }},{{ b }},{{ c }},{{ d }};{% endfor %}"
        values = ["<", "&", "plain", "\"'", "\0", "a\0<b", "", 7, 1.5, None, True, Markup("<i>"), Thing(),
                  ("<",), ChildOfStr("<c>")]
        for first in values:
            for second in values:
                rows = [(first, second, "x", "<z>"), (second, "y", first, 0)]
                expected = "".join(",".join(map(str, map(escape, row))) + ";" for row in rows)
                with self.subTest(first=first, second=second):
                    self.assertEqual(env.from_string(source).render(rows=rows), expected)

    def test_a_value_is_text_before_the_next_is_computed(self):
        for autoescape in (True, False):
            source = "{% for i in [1] %}{{ xs }}{{ xs.append(9) }}{{ xs }}{% endfor %}"
            result = environment(autoescape=autoescape).from_string(source).render(xs=[1])
            self.assertEqual(result, "[1]None[1, 9]")

    def test_more_values_than_fit_a_row(self):
        source = "{% for i in [1] %}" + "".join("{{ v%d }}-" % number for number in range(30)) + "{% endfor %}"
        variables = {f"v{number}": f"<{number}" for number in range(30)}
        for autoescape, sign in ((True, "&lt;"), (False, "<")):
            self.assertEqual(environment(autoescape=autoescape).from_string(source).render(variables),
                             "".join(f"{sign}{number}-" for number in range(30)))


class ChildOfStr(str):
    """A kind of str that is not Markup."""


class Calls(unittest.TestCase):
    def test_functions_that_ask_for_the_context_see_what_loops_and_blocks_set(self):
        @pass_context
        def see(context, name):
            return context.get(name, "-")

        for source, result in [
            ("{% set a = 1 %}{{ see('a') }}", "1"),
            ("{% for i in [1, 2] %}{% set a = i %}{{ see('a') }}{% endfor %}", "12"),
            ("{% for i in [1] %}{{ see('i') }}{% endfor %}", "-"),
            ("{% block b %}{% set a = 3 %}{{ see('a') }}{% endblock %}", "3"),
            ("{% for i in [1] %}{% if i %}{% set a = 4 %}{{ see('a') }}{% endif %}{% endfor %}", "4"),
        ]:
            for options in ({}, {"enable_async": True}):
                with self.subTest(source=source, **options):
                    self.assertEqual(environment(**options).from_string(source).render(see=see), result)

    def test_a_function_that_raises_stop_iteration_gives_nothing(self):
        def stop():
            raise StopIteration

        self.assertEqual(environment().from_string("a{{ stop() }}b").render(stop=stop), "ab")

    def test_a_callee_is_looked_up_once(self):
        class Counting:
            count = 0

            @property
            def method(self):
                self.count += 1
                return lambda value: value

        counting = Counting()
        environment().from_string("{% for i in [1] %}{{ c.method(2) }}{% endfor %}").render(c=counting)
        self.assertEqual(counting.count, 1)

    def test_a_constant_that_cannot_be_put_out_fails_only_where_it_is(self):
        for finalize in (lambda value: 1 / 0, pass_context(lambda context, value: 1 / 0)):
            template = environment(finalize=finalize).from_string("{% if c %}{{ 1 }}{% endif %}ok")
            self.assertEqual(template.render(c=False), "ok")
            self.assertRaises(ZeroDivisionError, template.render, c=True)

    def test_unknown_filters_and_tests(self):
        for kind, use in (("filter", "x|%s"), ("test", "x is %s")):
            source = use % "uper"
            message = f"No {kind} named 'uper'. Did you mean 'upper'"
            with self.assertRaisesRegex(TemplateAssertionError, message) as caught:
                environment().from_string("\n{{ %s }}" % source)
            self.assertEqual(caught.exception.lineno, 2)
            # Where it might not be reached, it is an error only when it is.
            for frame in ("{%% if c %%}{{ %s }}{%% endif %%}", "{{ 1 if not c else %s }}"):
                template = environment().from_string(frame % source)
                template.render(c=False)
                with self.assertRaisesRegex(TemplateRuntimeError, f"No {kind} named 'uper'"):
                    template.render(c=True)

    def test_a_filter_registered_after_compiling_is_found(self):
        env = environment()
        template = env.from_string("{% if true %}{{ 'a'|late }}{% endif %}")
        env.filters["late"] = lambda value: value + "!"
        self.assertEqual(template.render(), "a!")


class Errors(unittest.TestCase):
    ROWS = [
        ("{% block a %}{% endblock %}\n{% block a %}{% endblock %}", 2, "the block 'a' is defined twice"),
        ("\n{% for x in xs %}{% extends 'base' %}{% endfor %}", 2, "'extends' stands inside of a loop"),
        ("{% macro a() %}{% extends 'base' %}{% endmacro %}", 1, "'extends' stands inside"),
        ("{% for loop in xs %}{% endfor %}", 1, "'loop' cannot be set inside of a loop"),
        ("{% for x in xs %}\n{% set loop = 1 %}{% endfor %}", 2, "'loop' cannot be set inside of a loop"),
        ("{% macro a(caller) %}{{ caller() }}{% endmacro %}", 1, "must be omitted or be given a default"),
        ("{% break %}", 1, "'break' stands outside of a loop"),
        ("{% for x in xs %}{% macro a() %}\n{% continue %}{% endmacro %}{% endfor %}", 2, "'continue' stands outside"),
    ]

    def test_what_cannot_be_compiled_is_explained(self):
        for source, lineno, message in self.ROWS:
            with self.subTest(source=source):
                with self.assertRaisesRegex(TemplateSyntaxError, message) as caught:
                    environment().from_string(source)
                self.assertEqual(caught.exception.lineno, lineno)

    def test_deep_nesting_is_an_error_of_the_template(self):
        after = (".a", "|e", " + x", " and x", " < x", " if x else x", "()", "[0]", " is odd is even")
        for source in (*("{{ x" + piece * 999 + " }}" for piece in after), "{{ " + "(" * 500 + "1" + ")" * 500 + " }}",
                       "{{ " + "[" * 90 + "]" * 90 + " }}", "{{ " + "not " * 999 + "x }}", "{{ " + "-" * 999 + "x }}",
                       "{% if x %}" * 300 + "{% endif %}" * 300,
                       "{% for x in y %}" * LOOPS + "{% endfor %}" * LOOPS,
                       "{% macro a() %}" * 70 + "{% endmacro %}" * 70):
            with self.subTest(source=source[:40]):
                with self.assertRaises(TemplateSyntaxError) as caught:
                    environment().from_string("\n" + source)
                self.assertIn(caught.exception.lineno, (1, 2))

    def test_what_is_not_deep_may_be_long(self):
        for source, result in [
            ("{{ " + " ~ ".join(["x"] * 3000) + " }}", "1" * 3000), ("{{ [" + "x, " * 3000 + "]|length }}", "3000"),
            ("{% if 0 %}" + "{% elif 0 %}" * 2000 + "{% else %}e{% endif %}", "e"), ("{{ x }}" * 3000, "1" * 3000),
            ("{{ x" + " + x" * 100 + " }}", "101"), ("{{ x" + "|string" * 100 + " }}", "1"),
            ("{% if x %}" * 50 + "a" + "{% endif %}" * 50, "a"),
        ]:
            with self.subTest(source=source[:40]):
                self.assertEqual(environment().from_string(source).render(x=1), result)


class GeneratedCode(unittest.TestCase):
    SOURCE = "{% block body %}\n{{ user.name }}{% macro m(a) %}{{ a }}{% endmacro %}\n{% endblock %}"

    def test_it_can_be_printed_and_knows_the_lines_of_the_template(self):
        env = environment()
        source = env.compile(self.SOURCE, name="page", raw=True)
        self.assertIn("def block_body(context):", source)
        namespace = {"environment": env}
        exec(compiler.to_code(source, "page"), namespace)
        self.assertEqual(namespace["name"], "page")
        rows = source.split("\n")
        pairs = [tuple(map(int, pair.split("="))) for pair in namespace["debug_info"].split("&")]
        printed = [line for line, row in pairs if "'name'" in rows[row - 1]]
        self.assertEqual(printed, [2])

    def test_names_are_looked_up_once_outside_of_loops(self):
        template = "{% for x in xs %}{% for y in x %}{{ a }}{% endfor %}{{ a }}{% endfor %}"
        source = environment().compile(template, raw=True)
        self.assertEqual(source.count("resolve('a')"), 1)
        self.assertLess(source.index("resolve('a')"), source.index("for l_1_x"))

    def test_constants_are_computed_and_literals_joined(self):
        source = environment().compile("a{{ 1 + 2 }}{{ 'b'|upper }}{{ [1, 2][1] }}{# c #}c", raw=True)
        self.assertIn("yield 'a3B2c'", source)
        self.assertNotIn("upper", source)

    def test_what_would_become_big_is_not_computed_when_compiled(self):
        for expression in ("2 ** 9999999", "9 ** 9 ** 9 ** 9", "'a' * 9999999999", "9999999999 * [1]",
                           "0xfffffffffffff * 0xfffffffffff"):
            with self.subTest(expression=expression):
                self.assertLess(len(environment().compile("{{ %s }}" % expression, raw=True)), 3000)

    def test_s158_a_name_with_braces_or_quotes_stays_a_name(self):
        for name in ("{bad}", "{0.__class__}", "a'b", 'a"b', "a\nb", "a\\", "'); import os #", "{{ x }}"):
            files = {name: "{% from 'lib' import nope %}{% include 'part' %}{{ nope() }}", **TEMPLATES}
            env = Environment(loader=DictLoader(files))
            with self.subTest(name=name):
                with self.assertRaisesRegex(UndefinedError, "does not export the requested name 'nope'"):
                    env.get_template(name).render()
        env = Environment(loader=DictLoader({"{bad}": "", "t": "{% from '{bad}' import nope %}{{ nope() }}"}))
        with self.assertRaisesRegex(UndefinedError, r"'\{bad\}'"):
            env.get_template("t").render()

    def test_only_a_template_is_compiled(self):
        self.assertRaises(TypeError, compiler.generate, nodes.Output([]), environment(), None, None)

    def test_what_python_refuses_has_the_line_of_the_template(self):
        with self.assertRaises(TemplateSyntaxError) as caught:
            compiler.to_code("a = 1\nfor\ndebug_info = '1=1&7=2'", "page.html", "page")
        error = caught.exception
        self.assertEqual((error.lineno, error.name, error.filename), (7, "page", "page.html"))

    def test_undeclared_names(self):
        for source, names in [
            ("{% set a = b %}{{ a ~ c }}", {"b", "c"}),
            ("{% for i in xs %}{{ i }}{{ loop.index }}{{ range(n) }}{% endfor %}", {"xs", "n"}),
            ("{% macro m(p) %}{{ p }}{{ q }}{% endmacro %}", {"q"}),
            ("{% block b %}{{ self.b() }}{{ super() }}{{ z }}{% endblock %}", {"z"}),
            ("{% if a %}{% set b = 1 %}{% endif %}{{ b }}", {"a", "b"}),
            ("{% with a = b %}{{ a }}{% endwith %}", {"b"}),
        ]:
            with self.subTest(source=source):
                self.assertEqual(compiler.undeclared_names(environment().parse(source)), names)

    def test_templates_do_not_depend_on_the_hashes_of_a_process(self):
        program = ("from minflask.jinja.environment import Environment; print(Environment().compile('"
                   "{% for a, b in c %}{% set d = e %}{% include f %}{{ g|upper }}{{ h is odd }}"
                   "{% set i, j, k = 1, 2, 3 %}{% endfor %}', raw=True))")
        outputs = set()
        for seed in ("1", "2", "3"):
            variables = {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, ["", *sys.path]))}
            done = subprocess.run([sys.executable, "-c", program], env={**os.environ, **variables}, capture_output=True,
                                  check=True)
            outputs.add(done.stdout)
        self.assertEqual(len(outputs), 1)


if __name__ == "__main__":
    unittest.main()
