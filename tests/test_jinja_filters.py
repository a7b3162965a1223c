"""Every filter of the language, through compile and render."""
from __future__ import annotations

import unittest
from collections import namedtuple

from minflask.jinja.environment import Environment
from minflask.jinja.errors import FilterArgumentError, TemplateRuntimeError, UndefinedError
from minflask.jinja.filters import FILTERS, do_attr, make_attrgetter
from minflask.jinja.undefined import StrictUndefined
from minflask.markup import Markup

Item = namedtuple("Item", "name age")
ANNA, BERT, carl = Item("Anna", 30), Item("Bert", 25), Item("carl", 30)
PEOPLE = [BERT, carl, ANNA]


class Html:
    """Safe HTML that is no Markup."""

    def __html__(self):
        return "<em>&amp;</em>"


class Walk:
    """Something one can only iterate over."""

    def __init__(self, *items):
        self.items_ = items

    def __iter__(self):
        return iter(self.items_)


# name of the filter: (template, variables, result)
CASES = {
    "abs": [("{{ -3|abs }}", {}, "3"), ("{{ x|abs }}", {"x": -1.5}, "1.5")],
    "attr": [
        ("{{ x|attr('name') }}", {"x": ANNA}, "Anna"),
        ("{{ x|attr('key') is undefined }}", {"x": {"key": 1}}, "True"),
        ("{{ x|attr('keys') is callable }}", {"x": {"keys": 1}}, "True"),
    ],
    "batch": [
        ("{{ range(5)|batch(2)|list }}", {}, "[[0, 1], [2, 3], [4]]"),
        ("{{ range(5)|batch(3, '-')|list }}", {}, "[[0, 1, 2], [3, 4, '-']]"),
        ("{{ []|batch(3, '-')|list }}", {}, "[]"),
        ("{{ range(4)|batch(2, 'x')|list }}", {}, "[[0, 1], [2, 3]]"),
    ],
    "capitalize": [("{{ 'foo BAR'|capitalize }}", {}, "Foo bar"), ("{{ 7|capitalize }}", {}, "7")],
    "center": [("{{ 'foo'|center(9) }}", {}, "   foo   "), ("{{ ('foo'|center)|length }}", {}, "80")],
    "count": [("{{ 'abc'|count }}", {}, "3")],
    "length": [("{{ [1, 2]|length }}", {}, "2"), ("{{ nothing|length }}", {}, "0")],
    "default": [
        ("{{ nothing|default('no') }}|{{ no|default('no') }}", {"no": False}, "no|False"),
        ("{{ no|default('no', true) }}|{{ ''|default('no', boolean=true) }}", {"no": False}, "no|no"),
        ("[{{ nothing|default }}]", {}, "[]"),
    ],
    "d": [("{{ nothing|d(5) }}", {}, "5")],
    "dictsort": [
        ("{{ d|dictsort }}", {"d": {"b": 1, "A": 3, "c": 2}}, "[('A', 3), ('b', 1), ('c', 2)]"),
        ("{{ d|dictsort(true) }}", {"d": {"b": 1, "A": 3, "B": 2}}, "[('A', 3), ('B', 2), ('b', 1)]"),
        ("{{ d|dictsort(by='value') }}", {"d": {"b": 1, "A": 3, "c": 2}}, "[('b', 1), ('c', 2), ('A', 3)]"),
        ("{{ d|dictsort(reverse=true) }}", {"d": {"b": 1, "A": 3}}, "[('b', 1), ('A', 3)]"),
    ],
    "e": [("{{ '<a>'|e }}", {}, "&lt;a&gt;")],
    "escape": [
        ("{{ x|escape }}", {"x": "<\">&'"}, "&lt;&#34;&gt;&amp;&#39;"),
        ("{{ x|escape }}", {"x": Markup("<b>")}, "<b>"),
        ("{{ x|escape }}", {"x": Html()}, "<em>&amp;</em>"),
    ],
    "filesizeformat": [
        ("{{ 1|filesizeformat }}", {}, "1 Byte"),
        ("{{ 100|filesizeformat }}", {}, "100 Bytes"),
        ("{{ 1000|filesizeformat }}", {}, "1.0 kB"),
        ("{{ 1000000|filesizeformat }}", {}, "1.0 MB"),
        ("{{ 1000000000000|filesizeformat }}", {}, "1.0 TB"),
        ("{{ 1000|filesizeformat(true) }}", {}, "1000 Bytes"),
        ("{{ 1048576|filesizeformat(binary=true) }}", {}, "1.0 MiB"),
        ("{{ '300'|filesizeformat }}", {}, "300 Bytes"),
        ("{{ (10**28)|filesizeformat }}", {}, "10000.0 YB"),
    ],
    "first": [
        ("{{ [3, 4]|first }}{{ 'xy'|first }}{{ w|first }}", {"w": Walk(7)}, "3x7"),
        ("{{ []|first is undefined }}", {}, "True"),
    ],
    "float": [
        ("{{ '42.5'|float }}|{{ 'x'|float }}|{{ 'x'|float(1.5) }}|{{ none|float }}", {}, "42.5|0.0|1.5|0.0"),
    ],
    "forceescape": [
        ("{{ x|forceescape }}", {"x": Markup("<b>")}, "&lt;b&gt;"),
        ("{{ x|forceescape }}", {"x": Html()}, "&lt;em&gt;&amp;amp;&lt;/em&gt;"),
        ("{{ '<'|forceescape }}", {}, "&lt;"),
    ],
    "format": [
        ("{{ '%s|%s'|format('a', 'b') }}", {}, "a|b"),
        ("{{ '%(x)s'|format(x=3) }}", {}, "3"),
        ("{{ '<%s>'|safe|format('<') }}", {}, "<&lt;>"),
    ],
    "groupby": [
        (
            "{% for age, people in p|groupby('age') %}{{ age }}:{% for x in people %}{{ x.name }},{% endfor %};"
            "{% endfor %}", {"p": PEOPLE}, "25:Bert,;30:carl,Anna,;",
        ),
        ("{% for g in p|groupby('age') %}{{ g.grouper }}={{ g.list|length }} {% endfor %}", {"p": PEOPLE},
         "25=1 30=2 "),
        ("{{ [('a', 1), ('b', 2), ('a', 3)]|groupby(0) }}", {},
         "[('a', [('a', 1), ('a', 3)]), ('b', [('b', 2)])]"),
        ("{{ [{'c': 'NY'}, {}, {'c': 'ny'}]|groupby('c', default='') }}", {},
         "[('', [{}]), ('NY', [{'c': 'NY'}, {'c': 'ny'}])]"),
        ("{{ [{'c': 'NY'}, {'c': 'ny'}]|groupby('c', case_sensitive=true)|length }}", {}, "2"),
        ("{{ x|groupby('a.b')|map('first')|list }}", {"x": [{"a": {"b": 2}}, {"a": {"b": 1}}]}, "[1, 2]"),
    ],
    "indent": [
        ("{{ x|indent }}", {"x": "a\nb\n\nc"}, "a\n    b\n\n    c"),
        ("{{ x|indent(2, true) }}", {"x": "a\nb"}, "  a\n  b"),
        ("{{ x|indent(2, blank=true) }}", {"x": "a\n\nb"}, "a\n  \n  b"),
        ("{{ x|indent('> ') }}", {"x": "a\nb\n"}, "a\n> b\n"),
        ("{{ x|indent('<') }}", {"x": Markup("a\n<b>")}, "a\n<<b>"),
        ("{{ ''|indent(2, true, true) }}", {}, "  "),
    ],
    "int": [
        ("{{ '42'|int }}|{{ '42.7'|int }}|{{ 'x'|int }}|{{ 'x'|int(5) }}", {}, "42|42|0|5"),
        ("{{ '0x1F'|int(base=16) }}|{{ '0b11'|int(0, 2) }}|{{ 3.9|int }}", {}, "31|3|3"),
        ("{{ none|int }}|{{ '1e400'|int(7) }}", {}, "0|7"),
    ],
    "items": [
        ("{{ {'a': 1}|items|list }}|{{ nothing|items|list }}", {}, "[('a', 1)]|[]"),
    ],
    "join": [
        ("{{ [1, 2, 3]|join }}|{{ [1, 2]|join('-') }}", {}, "123|1-2"),
        ("{{ p|join(', ', attribute='name') }}", {"p": PEOPLE}, "Bert, carl, Anna"),
        ("{{ [x, '<']|join('&') }}", {"x": Markup("<b>")}, "<b>&<"),
    ],
    "last": [("{{ [3, 4]|last }}{{ []|last is undefined }}", {}, "4True")],
    "list": [("{{ 'ab'|list }}|{{ w|list }}", {"w": Walk(1)}, "['a', 'b']|[1]")],
    "lower": [("{{ 'FOO'|lower }}", {}, "foo")],
    "map": [
        ("{{ ['A', 'b']|map('lower')|list }}", {}, "['a', 'b']"),
        ("{{ p|map(attribute='name')|join('|') }}", {"p": PEOPLE}, "Bert|carl|Anna"),
        ("{{ [{'a': 1}, {}]|map(attribute='a', default=0)|list }}", {}, "[1, 0]"),
        ("{{ ['1', '0x2']|map('int', base=16)|list }}", {}, "[1, 2]"),
        ("{{ none|map('lower')|list }}", {}, "[]"),
        ("{{ p|map('attr', 'name')|list }}", {"p": [ANNA]}, "['Anna']"),
    ],
    "max": [
        ("{{ ['a', 'B']|max }}|{{ ['a', 'B']|max(true) }}|{{ []|max is undefined }}", {}, "B|a|True"),
        ("{{ (p|max(attribute='age')).name }}", {"p": PEOPLE}, "carl"),
    ],
    "min": [
        ("{{ ['a', 'B']|min }}|{{ ['a', 'B']|min(true) }}|{{ []|min is undefined }}", {}, "a|B|True"),
        ("{{ (p|min(attribute='age')).name }}", {"p": PEOPLE}, "Bert"),
    ],
    "pprint": [("{{ {'b': 1, 'a': 2}|pprint }}", {}, "{'a': 2, 'b': 1}")],
    "random": [("{{ 'aaa'|random }}{{ []|random is undefined }}", {}, "aTrue")],
    "reject": [
        ("{{ [1, 2, 3]|reject('odd')|list }}|{{ [0, 1, '']|reject|list }}", {}, "[2]|[0, '']"),
    ],
    "rejectattr": [
        ("{{ p|rejectattr('age', 'eq', 30)|map(attribute='name')|list }}", {"p": PEOPLE}, "['Bert']"),
        ("{{ [{'a': 0, 'b': 1}, {'a': 2}]|rejectattr('a')|list }}", {}, "[{'a': 0, 'b': 1}]"),
    ],
    "replace": [
        ("{{ 'aaa'|replace('a', 'b') }}|{{ 'aaa'|replace('a', 'b', 2) }}|{{ 1121|replace(1, 9) }}", {}, "bbb|bba|9929"),
    ],
    "reverse": [
        ("{{ 'abc'|reverse }}|{{ [1, 2]|reverse|list }}|{{ w|reverse|list }}", {"w": Walk(1, 2)}, "cba|[2, 1]|[2, 1]"),
    ],
    "round": [
        ("{{ 2.7|round }}|{{ 2.1|round }}|{{ 2.1234|round(3) }}", {}, "3.0|2.0|2.123"),
        ("{{ 2.1234|round(2, 'floor') }}|{{ 2.1|round(0, 'ceil') }}|{{ 21.3|round(-1) }}", {}, "2.12|3.0|20.0"),
    ],
    "safe": [("{% autoescape true %}{{ '<b>'|safe }}{% endautoescape %}", {}, "<b>")],
    "select": [
        ("{{ [1, 2, 3]|select('odd')|list }}|{{ [0, 1, '']|select|list }}", {}, "[1, 3]|[1]"),
        ("{{ range(10)|select('divisibleby', 4)|list }}|{{ range(4)|select('>', 2)|list }}", {}, "[0, 4, 8]|[3]"),
        ("{{ none|select|list }}{{ nothing|select('odd')|list }}", {}, "[][]"),
    ],
    "selectattr": [
        ("{{ p|selectattr('age', 'eq', 30)|map(attribute='name')|list }}", {"p": PEOPLE}, "['carl', 'Anna']"),
        ("{{ [{'a': {'b': 1}}, {'a': {}}]|selectattr('a.b', 'defined')|list }}", {}, "[{'a': {'b': 1}}]"),
        ("{{ [{'a': 1}, {'a': 0}]|selectattr('a')|list }}", {}, "[{'a': 1}]"),
    ],
    "slice": [
        ("{{ range(5)|slice(3)|list }}", {}, "[[0, 1], [2, 3], [4]]"),
        ("{{ range(10)|slice(3, 'x')|list }}", {}, "[[0, 1, 2, 3], [4, 5, 6, 'x'], [7, 8, 9, 'x']]"),
        ("{{ []|slice(2)|list }}", {}, "[[], []]"),
    ],
    "sort": [
        ("{{ ['foo', 'Bar', 'blah']|sort }}", {}, "['Bar', 'blah', 'foo']"),
        ("{{ ['foo', 'Bar', 'blah']|sort(case_sensitive=true) }}", {}, "['Bar', 'blah', 'foo']"),
        ("{{ [2, 3, 1]|sort(true) }}", {}, "[3, 2, 1]"),
        ("{{ p|sort(attribute='age,name')|map(attribute='name')|list }}", {"p": PEOPLE}, "['Bert', 'Anna', 'carl']"),
        ("{{ [('b', 1), ('a', 2)]|sort(attribute=1) }}", {}, "[('b', 1), ('a', 2)]"),
        ("{{ [{'a': {'b': 2}}, {'a': {'b': 1}}]|sort(attribute='a.b')|map(attribute='a.b')|list }}", {}, "[1, 2]"),
    ],
    "string": [("{{ [1]|string }}", {}, "[1]"), ("{{ x|string|escape }}", {"x": Markup("<")}, "<")],
    "striptags": [
        ("{{ x|striptags }}", {"x": "<p>just a <a href=\"#\">\n  test</a>   link</p>\n<!-- no -->\n</p>"},
         "just a test link"),
        ("{{ x|striptags }}", {"x": Html()}, "&"),
    ],
    "sum": [
        ("{{ [1, 2]|sum }}|{{ p|sum('age') }}|{{ []|sum(start=5) }}", {"p": PEOPLE}, "3|85|5"),
        ("{{ [{'a': {'b': 1}}, {'a': {'b': 2}}]|sum('a.b') }}", {}, "3"),
    ],
    "title": [
        ("{{ \"foo's bar\"|title }}|{{ 'foo (BAR) [baz]-qux <x>'|title }}", {}, "Foo's Bar|Foo (Bar) [Baz]-Qux <X>"),
        ("{{ 'f bar f'|title }}|{{ ''|title }}|{{ 'foo\tbar'|title }}", {}, "F Bar F||Foo\tBar"),
    ],
    "tojson": [
        ("{{ {'b': 1, 'a': [true, none]}|tojson }}", {}, '{"a": [true, null], "b": 1}'),
        ("{{ [1]|tojson(2) }}", {}, "[\n  1\n]"),
        ("{{ x|tojson }}", {"x": "</script>'&"}, '"\\u003c/script\\u003e\\u0027\\u0026"'),
    ],
    "trim": [("[{{ '  a  '|trim }}]|{{ 'xxaxx'|trim('x') }}", {}, "[a]|a")],
    "truncate": [
        ("{{ x|truncate(15, true, '>>>') }}", {"x": "foobar baz bar" * 10}, "foobar baz b>>>"),
        ("{{ x|truncate(15, end='>>>') }}", {"x": "foobar baz bar" * 10}, "foobar baz>>>"),
        ("{{ 'Joel is a slug'|truncate(7, true) }}|{{ 'foo bar'|truncate(5, leeway=5) }}", {}, "Joel...|foo bar"),
        ("{{ 'foo bar baz'|truncate(5, leeway=0) }}", {}, "fo..."),
    ],
    "unique": [
        ("{{ ['b', 'A', 'a', 'b']|unique|list }}|{{ ['A', 'a']|unique(true)|list }}", {}, "['b', 'A']|['A', 'a']"),
        ("{{ p|unique(attribute='age')|map(attribute='name')|list }}", {"p": PEOPLE}, "['Bert', 'carl']"),
    ],
    "upper": [("{{ 'foo'|upper }}", {}, "FOO")],
    "urlencode": [
        ("{{ 'a b/ä&'|urlencode }}|{{ 5|urlencode }}", {}, "a%20b/%C3%A4%26|5"),
        ("{{ {'q': 'a b', 'x/y': 1}|urlencode }}", {}, "q=a+b&x%2Fy=1"),
        ("{{ [('a', 1), ('a', 'ß')]|urlencode }}", {}, "a=1&a=%C3%9F"),
    ],
    "urlize": [
        ("{{ 'foo http://www.example.com/ bar'|urlize }}", {},
         'foo <a href="http://www.example.com/" rel="noopener">http://www.example.com/</a> bar'),
        ("{{ 'http://www.example.org/abc'|urlize(10, true) }}", {},
         '<a href="http://www.example.org/abc" rel="nofollow noopener">http://www...</a>'),
        ("{{ 'example.org'|urlize(target='_blank', rel='ugc') }}", {},
         '<a href="https://example.org" rel="noopener ugc" target="_blank">example.org</a>'),
        ("{{ 'tel:+1-514 ftp://x.y me@x.org'|urlize(extra_schemes=['tel:', 'ftp://']) }}", {},
         '<a href="tel:+1-514" rel="noopener">tel:+1-514</a> <a href="ftp://x.y" rel="noopener">ftp://x.y</a>'
         ' <a href="mailto:me@x.org">me@x.org</a>'),
        ("{{ 'http://127.0.0.1:8080/ http://[::1]:80 http://[1]/ http://localhost www.a:b http://a.org:123456'"
         "|urlize }}", {},
         '<a href="http://127.0.0.1:8080/" rel="noopener">http://127.0.0.1:8080/</a>'
         ' <a href="http://[::1]:80" rel="noopener">http://[::1]:80</a> http://[1]/'
         ' <a href="http://localhost" rel="noopener">http://localhost</a> www.a:b http://a.org:123456'),
        ("{{ '((xy.org) [xy.org] @me@x.org mailto:me@x.org a@b a(b'|urlize }}", {},
         '((<a href="https://xy.org" rel="noopener">xy.org</a>) [xy.org] @me@x.org'
         ' <a href="mailto:me@x.org">me@x.org</a> a@b a(b'),
        ("{{ '(see http://a.org/b_(c)), <x>'|urlize }}", {},
         '(see <a href="http://a.org/b_(c)" rel="noopener">http://a.org/b_(c)</a>), &lt;x&gt;'),
    ],
    "wordcount": [("{{ 'foo bar-baz 1'|wordcount }}", {}, "4")],
    "wordwrap": [
        ("{{ 'Hello!\nThis is wrapped.'|wordwrap(8) }}", {}, "Hello!\nThis is\nwrapped."),
        ("{{ 'abcdefgh'|wordwrap(4) }}|{{ 'abcdefgh'|wordwrap(4, false) }}", {}, "abcd\nefgh|abcdefgh"),
        ("{{ 'a b'|wordwrap(1, wrapstring='//') }}", {}, "a//b"),
        ("{{ 'ab-cd'|wordwrap(3) }}|{{ 'ab-cd'|wordwrap(4, false, break_on_hyphens=false) }}", {}, "ab-\ncd|ab-cd"),
    ],
    "xmlattr": [
        ("<a{{ {'a': 1, 'b': none, 'c': nothing, 'd': '<\"'}|xmlattr }}>", {}, '<a a="1" d="&lt;&#34;">'),
        ("[{{ {'a': 1}|xmlattr(false) }}]|[{{ {}|xmlattr }}]", {}, '[a="1"]|[]'),
    ],
}

# What autoescaping makes of filters whose result depends on it.
ESCAPED = [
    ("{{ ['<', x]|join('&') }}", {"x": Markup("<b>")}, "&lt;&amp;<b>"),
    ("{{ ['<', '>']|join(x) }}", {"x": Markup("<br>")}, "&lt;<br>&gt;"),
    ("{{ ['<', '>']|join('&') }}", {}, "&lt;&amp;&gt;"),
    ("{{ p|join('<', 'name') }}", {"p": [ANNA, BERT]}, "Anna&lt;Bert"),
    ("{{ '<'|replace('<', '>') }}", {}, "&gt;"),
    ("{{ x|replace('b', '<') }}", {"x": Markup("<b>")}, "<&lt;>"),
    ("{{ 'a'|replace('a', x) }}", {"x": Markup("<b>")}, "<b>"),
    ("{{ {'a': '<'}|xmlattr }}", {}, ' a="&lt;"'),
    ("{{ 'http://a.org <b>'|urlize }}", {}, '<a href="http://a.org" rel="noopener">http://a.org</a> &lt;b&gt;'),
    ("{{ x|indent(1) }}", {"x": Markup("<p>\n<b>")}, "<p>\n <b>"),
    ("{{ '<b>'|striptags }}{{ '<'|tojson }}", {}, '"\\u003c"'),
    ("{{ x|upper }}{{ x|string }}{{ x|reverse }}", {"x": Markup("<b>")}, "<B><b>>b<"),
    ("{{ x|truncate(4, leeway=0) }}{{ x|trim('<') }}", {"x": Markup("<b></b>")}, "<...b></b>"),
]

# (template, exception, words of its message)
ERRORS = [
    ("{{ {}|dictsort(by='size') }}", FilterArgumentError, "'key' or by 'value', not by 'size'"),
    ("{{ 'x'|format(1, a=2) }}", FilterArgumentError, "not both"),
    ("{{ [1]|map|list }}", FilterArgumentError, "name of a filter"),
    ("{{ [1]|map(attribute='a', x=2)|list }}", FilterArgumentError, "not 'x'"),
    ("{{ [1]|map('lover')|list }}", TemplateRuntimeError, "Did you mean 'lower'"),
    ("{{ [1]|map(lower)|list }}", TemplateRuntimeError, "stands in quotes"),
    ("{{ [1]|select('od')|list }}", TemplateRuntimeError, "no test named 'od'"),
    ("{{ [1]|selectattr|list }}", FilterArgumentError, "name of an attribute"),
    ("{{ 5|reverse }}", FilterArgumentError, "not int"),
    ("{{ 5|round(method='up') }}", FilterArgumentError, "not 'up'"),
    ("{{ 'abcdefghij'|truncate(2) }}", FilterArgumentError, "the ending '...' alone has 3"),
    ("{{ 'abcdefghij'|truncate(5, leeway=-1) }}", FilterArgumentError, "leeway is not negative"),
    ("{{ 'x'|urlize(extra_schemes=['bad']) }}", FilterArgumentError, "with its colon"),
    ("{{ 5|items|list }}", TypeError, "int is none"),
    ("{{ ([]|first).x }}", UndefinedError, "no first item"),
    ("{{ ([]|last).x }}", UndefinedError, "no last item"),
    ("{{ ([]|random).x }}", UndefinedError, "no random item"),
    ("{{ ([]|min).x }}", UndefinedError, "no min"),
    ("{{ ([]|max).x }}", UndefinedError, "no max"),
]


class Filters(unittest.TestCase):
    def test_every_filter_gives_what_is_documented(self):
        env = Environment()
        for name, cases in CASES.items():
            for source, variables, result in cases:
                with self.subTest(filter=name, source=source):
                    self.assertEqual(env.from_string(source).render(variables), result)

    def test_every_filter_gives_the_same_in_an_asynchronous_environment(self):
        env = Environment(enable_async=True)
        for name, cases in CASES.items():
            for source, variables, result in cases:
                with self.subTest(filter=name, source=source):
                    self.assertEqual(env.from_string(source).render(variables), result)

    def test_nothing_is_left_out(self):
        self.assertEqual(sorted(FILTERS), sorted(CASES))

    def test_autoescaping_is_honoured(self):
        env = Environment(autoescape=True)
        for source, variables, result in ESCAPED:
            with self.subTest(source=source):
                self.assertEqual(env.from_string(source).render(variables), result)

    def test_wrong_arguments_are_explained(self):
        env = Environment(optimized=False)
        for source, kind, words in ERRORS:
            with self.subTest(source=source), self.assertRaises(kind) as caught:
                env.from_string(source).render()
            self.assertIn(words, str(caught.exception))


class Policies(unittest.TestCase):
    def test_policies_set_defaults(self):
        env = Environment()
        env.policies.update({
            "truncate.leeway": 0, "urlize.rel": "nofollow", "urlize.target": "_top", "urlize.extra_schemes": ["tel:"],
            "json.dumps_function": lambda value, **options: f"<{value}{options}>", "json.dumps_kwargs": {"x": 1},
        })
        for source, result in (
            ("{{ 'abcdef'|truncate(5) }}", "ab..."),
            ("{{ 'www.a.org tel:5'|urlize }}", '<a href="https://www.a.org" rel="nofollow" target="_top">www.a.org</a>'
             ' <a href="tel:5" rel="nofollow" target="_top">tel:5</a>'),
            ("{{ 5|tojson(indent=2) }}", "\\u003c5{\\u0027x\\u0027: 1, \\u0027indent\\u0027: 2}\\u003e"),
        ):
            with self.subTest(source=source):
                self.assertEqual(env.from_string(source).render(), result)

    def test_wordwrap_uses_the_newline_of_the_environment(self):
        env = Environment(newline_sequence="\r\n")
        self.assertEqual(env.from_string("{{ 'a b'|wordwrap(1) }}").render(), "a\r\nb")


class Attributes(unittest.TestCase):
    def test_a_path_with_a_default_goes_on_from_the_default(self):
        getter = make_attrgetter(Environment(), "a.b", default={"b": 7})
        self.assertEqual([getter({"a": {"b": 1}}), getter({})], [1, 7])

    def test_attr_runs_a_property_once(self):
        class Counter:
            calls = 0

            @property
            def value(self):
                self.calls += 1
                return self.calls

        counter = Counter()
        self.assertEqual(do_attr(Environment(), counter, "value"), 1)

    def test_attr_finds_attributes_made_on_demand(self):
        class Dynamic:
            def __getattr__(self, name):
                if name == "there":
                    return 1
                raise AttributeError(name)

        env = Environment(undefined=StrictUndefined)
        self.assertEqual(do_attr(env, Dynamic(), "there"), 1)
        with self.assertRaises(UndefinedError):
            str(do_attr(env, Dynamic(), "gone"))


if __name__ == "__main__":
    unittest.main()
