"""What a template works with while it is rendered: contexts, macros, blocks as values."""
from __future__ import annotations

import asyncio
import unittest
from collections.abc import Mapping
from unittest import mock

from minflask.jinja import runtime
from minflask.jinja.environment import Environment
from minflask.jinja.errors import UndefinedError
from minflask.jinja.loaders import DictLoader
from minflask.jinja.runtime import BlockReference, Context, Macro, TemplateReference, new_context
from minflask.jinja.tree import EvalContext
from minflask.jinja.undefined import Undefined
from minflask.jinja.utils import missing, pass_context, pass_environment, pass_eval_context
from minflask.markup import Markup, escape


class Contexts(unittest.TestCase):
    def setUp(self):
        self.env = Environment()
        self.context = new_context(self.env, "page", {}, {"a": 1}, globals={"g": 2}, locals={"l": 3, "no": missing})

    def test_it_reads_like_a_mapping(self):
        context = self.context
        context.vars["v"] = 4
        self.assertEqual(dict(context), {"g": 2, "a": 1, "l": 3, "v": 4})
        self.assertEqual((context["v"], context.get("a"), context.get("b", 5), "g" in context, "no" in context,
                          len(context)),
                         (4, 1, 5, True, False, 4))
        self.assertEqual((sorted(context.keys()), sorted(context.values())), (["a", "g", "l", "v"], [1, 2, 3, 4]))
        self.assertIn(("a", 1), context.items())
        self.assertRaises(KeyError, context.__getitem__, "no")
        self.assertIsInstance(context, Mapping)
        self.assertIn("'page'", repr(context))

    def test_names_are_resolved(self):
        self.assertEqual(self.context.resolve("a"), 1)
        self.assertIsInstance(self.context.resolve("no"), Undefined)
        self.assertIs(self.context.resolve_or_missing("no"), missing)
        self.assertEqual(self.context.globals_keys, {"g"})

    def test_shared_variables_are_not_copied(self):
        variables = {"a": 1}
        self.assertIs(new_context(self.env, None, {}, variables, shared=True).parent, variables)
        self.assertEqual(new_context(self.env, None, {}).get_all(), {})

    def test_what_a_template_exports(self):
        template = self.env.from_string("{% set a = 1 %}{% set _b = 2 %}{% macro m() %}{% endmacro %}"
                                        "{% for c in [1] %}{% set d = c %}{% endfor %}")
        context = template.new_context({})
        "".join(template.root_render_func(context))
        self.assertEqual(sorted(context.get_exported()), ["a", "m"])
        self.assertEqual(sorted(context.vars), ["_b", "a", "m"])

    def test_a_derived_context_has_more_variables_and_the_same_blocks(self):
        template = self.env.from_string("{% block b %}{% endblock %}")
        context = template.new_context({"a": 1})
        derived = context.derived({"a": 2, "b": missing})
        self.assertEqual((derived["a"], "b" in derived, context["a"]), (2, False, 1))
        self.assertEqual(derived.blocks, context.blocks)
        self.assertIsNot(derived.blocks["b"], context.blocks["b"])

    def test_a_subclass_is_asked_for_every_name(self):
        class Echo(Context):
            def resolve_or_missing(self, key):
                return f"<{key}>" if len(key) == 1 else super().resolve_or_missing(key)

        env = Environment()
        env.context_class = Echo
        source = ("{{ a }}{% for x in [1] %}{{ b }}{% endfor %}{% macro m() %}{{ c }}{% endmacro %}{{ m() }}"
                  "{% block d %}{{ e }}{% endblock %}")
        self.assertEqual(env.from_string(source).render(), "<a><b><c><e>")

    def test_callables_get_what_they_ask_for(self):
        class Marked:
            @pass_context
            def __call__(self, context, value):
                return context["a"], value

            @pass_environment
            def method(self, environment):
                return environment

        marks = Marked()
        call = self.context.call
        self.assertEqual(call(pass_context(lambda context, value: (context, value)), 1), (self.context, 1))
        self.assertIs(call(pass_environment(lambda environment: environment)), self.env)
        self.assertIsInstance(call(pass_eval_context(lambda eval_ctx: eval_ctx)), EvalContext)
        self.assertEqual(call(marks, 7), (1, 7))
        self.assertIs(call(marks.method), self.env)
        self.assertEqual(call(dict, a=1), {"a": 1})
        self.assertIsInstance(call(Marked), Marked)
        self.assertIsInstance(call(iter([]).__next__), Undefined)

    def test_an_object_that_has_every_attribute_is_called_plainly(self):
        class Everything:
            def __getattr__(self, name):
                return object()

            def __call__(self, *args):
                return len(args)

        self.assertEqual(self.context.call(Everything(), 1), 1)
        self.assertEqual(self.context.call(mock.Mock(return_value=3)), 3)


class Macros(unittest.TestCase):
    def module(self, source, **options):
        return Environment(**options).from_string(source).module

    def test_arguments_are_bound_as_in_python(self):
        module = self.module("{% macro m(a, b=2, c=3) %}{{ a }}{{ b }}{{ c }}{% endmacro %}"
                             "{% macro v(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}")
        rows = [(module.m(1), "123"), (module.m(1, 5), "153"), (module.m(1, c=6), "126"), (module.m(c=1, a=2), "221"),
                (module.m(), "23"),
                (module.v(1), "1(){}"), (module.v(1, 2, x=3), "1(2,){'x': 3}"), (module.v(a=1), "1(){}")]
        for result, expected in rows:
            self.assertEqual(result, expected)

    def test_wrong_arguments_are_explained(self):
        module = self.module("{% macro m(a) %}{% endmacro %}{% macro c(a, caller=none) %}{{ caller }}{% endmacro %}"
                             "{% macro n() %}{% endmacro %}")
        for call, message in [
            (lambda: module.m(1, 2), "'m' takes 1 positional arguments, not 2"),
            (lambda: module.m(1, b=2), "'m' has no parameter 'b'; it has a"),
            (lambda: module.c(1, None, caller=len), "'c' was invoked with two values for the special caller argument"),
            (lambda: module.n(a=1), "it has none"), (lambda: module.m(1, a=2), "'m' has no parameter 'a'"),
        ]:
            self.assertRaisesRegex(TypeError, message, call)

    def test_a_parameter_that_was_not_passed_says_so(self):
        with self.assertRaisesRegex(UndefinedError, "the parameter 'a' was not passed"):
            self.module("{% macro m(a) %}{{ a.b }}{% endmacro %}").m()

    def test_a_macro_knows_itself(self):
        macro = self.module("{% macro m(a, b=1) %}{{ kwargs }}{{ varargs }}{{ caller }}{% endmacro %}").m
        self.assertEqual((macro.name, macro.arguments, macro.catch_kwargs, macro.catch_varargs, macro.caller,
                          macro.explicit_caller),
                         ("m", ("a", "b"), True, True, True, False))
        self.assertEqual(repr(macro), "<Macro 'm'>")
        self.assertEqual(repr(Macro(Environment(), len, None, (), False, False, False)), "<Macro anonymous>")

    def test_the_result_is_safe_where_the_template_escapes(self):
        for autoescape, kind in ((True, Markup), (False, str)):
            self.assertIs(type(self.module("{% macro m(a) %}{{ a }}{% endmacro %}", autoescape=autoescape).m("<")),
                          kind)
        self.assertIs(Macro(Environment(autoescape=lambda name: True), str, "m", ("a",), False, False,
                            False)("x").__class__, Markup)

    def test_an_evaluation_context_may_come_first(self):
        env = Environment()
        macro = env.from_string("{% macro m(a) %}{{ a }}{% endmacro %}").module.m
        eval_ctx = EvalContext(env)
        eval_ctx.autoescape = True
        self.assertEqual((macro(eval_ctx, "<"), type(macro(eval_ctx, "<"))), ("<", Markup))

    def test_an_asynchronous_macro_is_awaited(self):
        template = Environment(enable_async=True).from_string("{% macro m(a) %}{{ a }}{% endmacro %}")

        async def main():
            module = await template.make_module_async()
            return await module.m(1)

        self.assertEqual(asyncio.run(main()), "1")


class Blocks(unittest.TestCase):
    def setUp(self):
        self.env = Environment(autoescape=True, loader=DictLoader({
            "a": "{% block x %}a<{% endblock %}", "b": "{% extends 'a' %}{% block x %}b{{ super() }}{% endblock %}"}))

    def test_self_and_super_are_values(self):
        context = self.env.get_template("a").new_context()
        reference = TemplateReference(context)
        self.assertIsInstance(reference["x"], BlockReference)
        self.assertEqual(reference["x"](), Markup("a<"))
        self.assertRaises(KeyError, reference.__getitem__, "nope")
        self.assertEqual(repr(reference), "<TemplateReference 'a'>")
        with self.assertRaisesRegex(UndefinedError, "the block 'x' has no further parent"):
            reference["x"].super()
        with self.assertRaisesRegex(UndefinedError, "the block 'x' has no parent"):
            context.super("x", context.blocks["x"][0])()

    def test_an_undefined_block_is_undefined(self):
        self.assertEqual(self.env.from_string("{{ self.nope is defined }}").render(), "False")

    def test_super_is_not_escaped_again(self):
        self.assertEqual(self.env.get_template("b").render(), "ba<")


class Helpers(unittest.TestCase):
    def test_values_become_text_that_is_safe_or_yet_to_be_escaped(self):
        class Html:
            def __html__(self):
                return "<b>"

        class Text:
            def __str__(self):
                return Markup("<t>")

        rows = [(Markup("<m>"), Markup, "<m>"), (Html(), Markup, "<b>"), (Text(), str, "<t>"), (None, str, "None")]
        for value, kind, text in rows:
            printable = runtime.printable(value)
            self.assertEqual((type(printable), str(printable)), (kind, text))
        self.assertEqual([runtime.shown(value) for value in ("<", Markup("<"), 1.5, Text())],
                         ["&lt;", "<", "1.5", "&lt;t&gt;"])

    def test_the_quick_ways_escape_like_the_slow_one(self):
        """S163: all five of & < > " ' are escaped, whichever way a value takes."""
        for text in ("<", ">", "&", '"', "'", "<a href='x&y'>\"</a>", "&amp;", "plain", ""):
            expected = str(escape(text))
            self.assertEqual([runtime.escape_joined(text), runtime.escape_text(text), runtime.shown(text),
                              *runtime.escape_each(text, Markup(text))], [expected] * 4 + [text])

    def test_values_are_joined(self):
        self.assertEqual(runtime.str_join(["a", 1, None]), "a1None")
        self.assertEqual(runtime.markup_join(["<", 1]), "<1")
        self.assertEqual(runtime.markup_join(["<", Markup("<"), 1]), Markup("&lt;<1"))
        self.assertIs(runtime.identity(self), self)


if __name__ == "__main__":
    unittest.main()
