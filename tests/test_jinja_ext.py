"""Extensions: the hooks, the small ones, and translation."""
from __future__ import annotations

import gettext
import io
import unittest

from minflask.jinja import nodes
from minflask.jinja.environment import Environment
from minflask.jinja.errors import TemplateAssertionError, TemplateSyntaxError
from minflask.jinja.ext import Extension, babel_extract, extract_from_ast
from minflask.jinja.lexer import Token, TokenStream
from minflask.jinja.loaders import DictLoader
from minflask.jinja.utils import pass_context
from minflask.markup import Markup

GERMAN = {
    "hello": "hallo", "Hello %(user)s": "Hallo %(user)s", "%(n)s user": ("%(n)s Nutzer", "%(n)s Nutzer (viele)"),
    "100%": "100 Prozent", "%(num)s apple": ("%(num)s Apfel", "%(num)s Äpfel"), ("fruit", "date"): "Dattel",
    ("fruit", "%(num)s date"): ("%(num)s Dattel", "%(num)s Datteln"), "a %% b": "c %% d",
    "<b>%(x)s</b>": "<i>%(x)s</i>",
    "hello there": "hallo dort", "some": ("etwas", "viel"),
}


class German:
    """A catalogue."""

    def gettext(self, text):
        return GERMAN.get(text, text)

    def ngettext(self, singular, plural, number):
        return GERMAN.get(singular, (singular, plural))[number != 1]

    def pgettext(self, context, text):
        return GERMAN.get((context, text), text)

    def npgettext(self, context, singular, plural, number):
        return GERMAN.get((context, singular), (singular, plural))[number != 1]


def german(newstyle=False, **options):
    env = Environment(extensions=["jinja2.ext.i18n"], **options)
    env.install_gettext_translations(German(), newstyle=newstyle)
    return env


# (source, variables, result), the same in both styles
TRANSLATED = [
    ("{% trans %}hello{% endtrans %}", {}, "hallo"),
    ("{{ _('hello') }}{{ gettext('hello') }}", {}, "hallohallo"),
    ("{% trans %}Hello {{ user }}{% endtrans %}", {"user": "x"}, "Hallo x"),
    ("{% trans user=u|upper %}Hello {{ user }}{% endtrans %}", {"u": "x"}, "Hallo X"),
    ("{% trans user %}Hello {{ user }}{% endtrans %}", {"user": "y"}, "Hallo y"),
    ("{% trans n=k %}{{ n }} user{% pluralize %}{{ n }} users{% endtrans %}",
     {"k": 1}, "1 Nutzer"),
    ("{% trans n=k %}{{ n }} user{% pluralize %}{{ n }} users{% endtrans %}", {"k": 2}, "2 Nutzer (viele)"),
    ("{% trans a=1, n=k %}{{ n }} user{% pluralize n %}{{ n }} users{% endtrans %}", {"k": 2}, "2 Nutzer (viele)"),
    ("{% trans %}{{ n }} user{% pluralize %}{{ n }} users{% endtrans %}", {"n": 3}, "3 Nutzer (viele)"),
    ("{% trans num=f() %}{{ num }} apple{% pluralize %}{{ num }} apples{% endtrans %}", {"f": "once"}, "2 Äpfel"),
    ("{% trans 'fruit' %}date{% endtrans %}", {}, "Dattel"),
    ("{% trans 'fruit' num=2 %}{{ num }} date{% pluralize %}{{ num }} dates{% endtrans %}", {}, "2 Datteln"),
    ("{{ pgettext('fruit', 'date') }}", {}, "Dattel"),
    ("{% trans trimmed %}\n  hello\n\n  there  \n{% endtrans %}", {}, "hallo dort"),
    ("{% trans notrimmed %}\n hello{% endtrans %}", {}, "\n hello"),
    ("{% trans trimmed user=1 %} Hello\n {{ user }} {% endtrans %}", {}, "Hallo 1"),
    ("{% trans user='x': %}Hello {{ user }}{% endtrans %}", {}, "Hallo x"),
    ("{% trans %}50% of it{% endtrans %}", {}, "50% of it"),
    ("{% trans x=1 %}50% of {{ x }}{% endtrans %}", {}, "50% of 1"),
]
OLD_STYLE = [
    ("{% trans %}100%{% endtrans %}", {}, "100 Prozent"),
    ("{{ gettext('Hello %(user)s')|format(user=1) }}", {}, "Hallo 1"),
    ("{{ gettext('Hello %(user)s') }}", {}, "Hallo %(user)s"),
]
NEW_STYLE = [
    ("{{ gettext('Hello %(user)s', user=1) }}", {}, "Hallo 1"),
    ("{{ ngettext('%(num)s apple', '%(num)s apples', 3) }}", {}, "3 Äpfel"),
    ("{{ ngettext('%(n)s user', '%(n)s users', 1, n='x') }}", {}, "x Nutzer"),
    ("{{ npgettext('fruit', '%(num)s date', '%(num)s dates', 1) }}", {}, "1 Dattel"),
    ("{{ gettext('a %% b') }}", {}, "c % d"),
    ("{{ pgettext('c', '%(context)s!') }}", {}, "c!"),
    ("{{ gettext('%(context)s', context='x') }}", {}, "x"),
]

# (source, exception, words of its message)
ERRORS = [
    ("{% trans %}x", TemplateSyntaxError, "'endtrans' is missing"),
    ("{% trans a=1, a=2 %}x{% endtrans %}", TemplateAssertionError, "'a' stands twice"),
    ("{% trans %}x{% pluralize %}y{% endtrans %}", TemplateSyntaxError, "pluralize needs a variable"),
    ("{% trans a=1 %}x{% pluralize b %}y{% endtrans %}", TemplateAssertionError, "counts by 'b'"),
    ("{% trans a=1 %}x{% pluralize %}y{% pluralize %}z{% endtrans %}", TemplateSyntaxError, "one 'pluralize' at most"),
    ("{% trans %}{% trans %}{% endtrans %}", TemplateSyntaxError, "did you mean 'endtrans'"),
    ("{% trans %}{% if x %}{% endif %}{% endtrans %}", TemplateSyntaxError, "saw `if`"),
    ("{% trans %}{{ x.y }}{% endtrans %}", TemplateSyntaxError, ""),
    ("{% trans 5 %}{% endtrans %}", TemplateSyntaxError, ""),
]


class Translation(unittest.TestCase):
    def check(self, env, cases):
        for source, variables, result in cases:
            if "f" in variables:
                variables = {"f": iter([2, 5]).__next__}  # one that must be called once
            with self.subTest(source=source):
                self.assertEqual(env.from_string(source).render(variables), result)

    def test_old_style(self):
        self.check(german(), TRANSLATED + OLD_STYLE)

    def test_new_style(self):
        self.check(german(newstyle=True), TRANSLATED + NEW_STYLE)

    def test_new_style_escapes_variables_and_trusts_texts(self):
        source = "{% trans x=y %}<b>{{ x }}</b>{% endtrans %}{{ gettext('<b>%(x)s</b>', x=y) }}"
        template = german(newstyle=True, autoescape=True).from_string(source)
        self.assertEqual(template.render(y="<"), "<i>&lt;</i>" * 2)
        self.assertEqual(template.render(y=Markup("<br>")), "<i><br></i>" * 2)

    def test_old_style_escapes_variables_too(self):
        template = german(autoescape=True).from_string("{% trans x=y %}<b>{{ x }}</b>{% endtrans %}")
        self.assertEqual(template.render(y="<"), "<i>&lt;</i>")

    def test_without_translations_texts_stay(self):
        for newstyle in (False, True):
            env = Environment(extensions=["jinja2.ext.i18n"])
            env.install_null_translations(newstyle=newstyle)
            source = "{% trans %}hello{% endtrans %} {% trans n=2 %}{{ n }} x{% pluralize %}{{ n }} xs{% endtrans %}"
            self.assertEqual(env.from_string(source).render(), "hello 2 xs")

    def test_functions_may_be_given_alone_and_taken_back(self):
        env = Environment(extensions=["jinja2.ext.i18n"])
        env.install_gettext_callables(str.upper, lambda one, many, number: many, newstyle=True)
        source = "{% trans %}hello{% endtrans %}"
        self.assertEqual(env.from_string(source + "{{ pgettext is defined }}").render(), "HELLOFalse")
        env.uninstall_gettext_translations(None)
        self.assertNotIn("gettext", env.globals)
        env.install_gettext_translations(gettext.NullTranslations())
        self.assertEqual(env.from_string(source).render(), "hello")

    def test_functions_may_depend_on_the_context(self):
        @pass_context
        def translate(context, text):
            return f"{context['lang']}:{text}"

        for newstyle in (False, True):
            env = Environment(extensions=["jinja2.ext.i18n"])
            env.install_gettext_callables(translate, None, newstyle=newstyle)
            self.assertEqual(env.from_string("{% trans %}a{% endtrans %}{{ _('b') }}").render(lang="de"), "de:ade:b")

    def test_a_policy_trims_everywhere(self):
        env = german()
        env.policies["ext.i18n.trimmed"] = True
        self.check(env, [("{% trans %} hello\n there {% endtrans %}", {}, "hallo dort"),
                         ("{% trans notrimmed %} hello{% endtrans %}", {}, " hello")])

    def test_line_statements_translate_too(self):
        env = german(line_statement_prefix="#")
        self.assertEqual(env.from_string("# trans\nhello\n# endtrans").render(), "hello\n")

    def test_an_include_sees_the_functions(self):
        env = german(loader=DictLoader({"a": "{% macro m() %}{{ _('hello') }}{% endmacro %}"}))
        self.assertEqual(env.from_string("{% import 'a' as a %}{{ a.m() }}").render(), "hallo")

    def test_wrong_blocks_are_explained(self):
        for source, kind, words in ERRORS:
            with self.subTest(source=source):
                self.assertRaisesRegex(kind, words, german().from_string, source)

    def test_a_wrong_number_of_arguments_is_explained(self):
        template = german(newstyle=True).from_string("{{ gettext('a', 'b') }}")
        self.assertRaisesRegex(TypeError, "takes 1 positional", template.render)


class Extraction(unittest.TestCase):
    SOURCE = """{# TRANSLATORS: a greeting #}
{{ _('hello') }}
{# nothing #}
{% trans n=2 %}{{ n }} user{% pluralize %}{{ n }} users{% endtrans %}
{{ gettext(x, 'b', y=1) }}{{ other('c') }}
{# TRANSLATORS: late #}{% trans 'ctx' trimmed %}
 a
 b{% endtrans %}{{ ngettext(*x, **y) }}
"""
    MESSAGES = [
        (2, "_", "hello"), (4, "ngettext", ("%(n)s user", "%(n)s users", None)), (5, "gettext", (None, "b", None)),
        (6, "pgettext", ("ctx", "a b")), (8, "ngettext", (None, None)),
    ]

    def test_babel_gets_texts_and_comments(self):
        found = list(babel_extract(io.BytesIO(self.SOURCE.encode()), ("_", "gettext", "ngettext", "pgettext"),
                                   ["TRANSLATORS:", "NOTE:"], {}))
        self.assertEqual([message[:3] for message in found], self.MESSAGES)
        self.assertEqual([message[3] for message in found], [["a greeting"], [], [], ["late"], []])

    def test_options_of_babel(self):
        options = {
            "block_start_string": "<%", "block_end_string": "%>", "trimmed": "yes", "encoding": "latin-1",
            "extensions": "jinja2.ext.do, jinja2.ext.loopcontrols", "newstyle_gettext": "on",
        }
        source = "<% do 1 %><% trans %> ä\n b<% endtrans %>".encode("latin-1")
        self.assertEqual(list(babel_extract(io.BytesIO(source), ["gettext"], [], options)), [(1, "gettext", "ä b", [])])

    def test_a_wrong_template_is_skipped_or_not(self):
        def wrong():
            return io.BytesIO(b"{% if %}")

        self.assertEqual(list(babel_extract(wrong(), ["_"], [], {})), [])
        with self.assertRaises(TemplateSyntaxError):
            list(babel_extract(wrong(), ["_"], [], {"silent": "false"}))

    def test_the_environment_extracts_too(self):
        env = german()
        self.assertEqual(list(env.extract_translations(self.SOURCE)), self.MESSAGES)
        tree = env.parse("{{ _('a', b) }}{{ _(b) }}")
        self.assertEqual(list(extract_from_ast(tree, babel_style=False)), [(1, "_", ("a",))])


class Small(unittest.TestCase):
    def test_do_prints_nothing(self):
        env = Environment(extensions=["jinja2.ext.do"])
        self.assertEqual(env.from_string("{% set l = [] %}{% do l.append(1), l.append(2) %}{{ l }}").render(), "[1, 2]")

    def test_loops_can_be_left_and_continued(self):
        env = Environment(extensions=["jinja2.ext.loopcontrols"])
        for source, result in (
            ("{% for i in range(9) %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}", "01"),
            ("{% for i in range(4) %}{% if i is odd %}{% continue %}{% endif %}{{ i }}{% endfor %}", "02"),
        ):
            self.assertEqual(env.from_string(source).render(), result)

    def test_debug_shows_context_filters_and_tests(self):
        text = Environment(extensions=["jinja2.ext.debug"]).from_string("{% set b = 2 %}{% debug %}").render(a=1)
        for word in ("'context'", "'a': 1", "'b': 2", "'filters'", "'abs'", "'tests'"):
            self.assertIn(word, text)

    def test_what_the_language_has_by_now_can_still_be_loaded(self):
        env = Environment(extensions=["jinja2.ext.with_", "jinja2.ext.autoescape"])
        source = "{% with a='<' %}{% autoescape true %}{{ a }}{% endautoescape %}{% endwith %}"
        self.assertEqual(env.from_string(source).render(), "&lt;")

    def test_an_unknown_extension_is_an_error(self):
        self.assertRaises((ImportError, AttributeError), Environment, extensions=["jinja2.ext.nothing"])


class Cached(Extension):
    """A tag with a body, a method called while rendering, and state of the environment."""

    tags = {"times"}

    def __init__(self, environment):
        super().__init__(environment)
        environment.extend(times_prefix="")

    def parse(self, parser):
        lineno = next(parser.stream).lineno
        args = [parser.parse_expression(), nodes.ContextReference()]
        body = parser.parse_statements(("name:endtimes",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_repeat", args), [], [], body).set_lineno(lineno)

    def _repeat(self, count, context, caller):
        return self.environment.times_prefix + context["mark"] + caller() * count


class Greeting(Extension):
    tags = {"greet"}
    word = "hi"

    def parse(self, parser):
        return nodes.Output([self.attr("word")]).set_lineno(next(parser.stream).lineno)


class Doubled(Extension):
    """Each piece of text twice."""

    def filter_stream(self, stream):
        for token in stream:
            yield token
            if token.type == "data":
                yield Token(token.lineno, "data", token.value)


class Same(Extension):
    def filter_stream(self, stream):
        assert isinstance(stream, TokenStream)
        return stream


class Own(unittest.TestCase):
    def test_a_tag_may_call_a_method_with_the_body(self):
        env = Environment(extensions=[Cached])
        env.times_prefix = ">"
        self.assertEqual(env.from_string("{% times 2 %}{{ x }}{% endtimes %}").render(x=1, mark="!"), ">!11")

    def test_an_overlay_binds_the_extension_to_itself(self):
        env = Environment(extensions=[Cached])
        overlay = env.overlay()
        overlay.times_prefix = "o"
        self.assertEqual(overlay.from_string("{% times 1 %}x{% endtimes %}").render(mark=""), "ox")
        self.assertEqual(env.from_string("{% times 1 %}x{% endtimes %}").render(mark=""), "x")

    def test_a_tag_may_print_an_attribute(self):
        self.assertEqual(Environment(extensions=[Greeting]).from_string("{% greet %}").render(), "hi")

    def test_tokens_may_be_rewritten(self):
        self.assertEqual(Environment(extensions=[Doubled, Same]).from_string("a{{ 1 }}").render(), "aa1")

    def test_a_tag_without_parse_is_explained(self):
        class Lazy(Extension):
            tags = {"lazy"}

        self.assertRaisesRegex(NotImplementedError, "Lazy", Environment(extensions=[Lazy]).from_string, "{% lazy %}")

    def test_an_extension_is_identified_by_its_place(self):
        self.assertEqual(Greeting.identifier, f"{__name__}.Greeting")


if __name__ == "__main__":
    unittest.main()
