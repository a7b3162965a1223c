"""The sandbox: what it refuses, what it lets through, what an application may change."""
from __future__ import annotations

import operator
import types
import unittest
from collections import deque

from minflask.jinja.environment import Environment
from minflask.jinja.errors import SecurityError, TemplateRuntimeError
from minflask.jinja.loaders import DictLoader
from minflask.jinja.sandbox import (
    MAX_BITS, MAX_LENGTH, MAX_RANGE, ImmutableSandboxedEnvironment, SandboxedEnvironment, is_internal_attribute,
    modifies_known_mutable, safe_range, unsafe,
)
from minflask.jinja.undefined import StrictUndefined
from minflask.markup import Markup


class User:
    name = "Ann"
    _secret = "no"

    def greet(self, word="hi"):
        return f"{word} {self.name}"

    @unsafe
    def delete(self):
        raise AssertionError("called")

    def alter(self):
        raise AssertionError("called")

    alter.alters_data = True

    def __getitem__(self, key):
        return {"item": "I", "_item": "under"}[key]

    def __call__(self):
        return "called"


async def coroutine_function():
    pass


async def async_generator_function():
    yield 1


REFUSED = [
    "{{ user._secret }}", "{{ user['_secret'] }}", "{{ user.__class__ }}", "{{ user.delete() }}", "{{ user.alter() }}",
    "{{ ''.__class__.__mro__ }}", "{{ [].__class__.__base__.__subclasses__() }}", "{{ f.__globals__ }}",
    "{{ f.__code__.co_code }}", "{{ user.greet.__func__ }}", "{{ kind.mro() }}", "{{ gen.gi_frame }}",
    "{{ gen['gi_code'] }}", "{{ agen.ag_frame }}", "{{ code.co_consts }}", "{{ frame.f_locals }}",
    "{{ user|attr('_secret') }}", "{{ [user]|map(attribute='__class__')|first }}", "{{ [user]|sum('_secret') }}",
    "{% for x in [user]|groupby('__class__') %}{{ x.grouper }}{% endfor %}", "{{ cycler.__init__.__globals__ }}",
    "{{ self.__init__ }}", "{{ range.__globals__ }}", "{% call user.delete() %}{% endcall %}",
    "{{ namespace().__init__ }}",
    "{{ ()|attr('__class__') }}", "{{ lipsum.__globals__['os'] }}",
]
ALLOWED = [
    ("{{ user.name }}{{ user['name'] }}{{ user|attr('name') }}", "AnnAnnAnn"),
    ("{{ user.greet() }}{{ user.greet(word='yo') }}{{ user() }}", "hi Annyo Anncalled"),
    ("{{ user.item }}{{ user['item'] }}{{ user['_item'] }}", "IIunder"),
    ("{{ 'a{}'.format(1) }}{{ 'x'.upper() }}{{ [1].index(1) }}", "a1X0"),
    ("{{ range(3)|list }}{{ 'ab' * 2 }}{{ 2 ** 10 }}{{ -3 }}{{ 7 % 4 }}{{ 7 // 2 }}{{ 1 + 1 - 1 }}",
     "[0, 1, 2]abab1024-3331"),
    ("{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}c{% endcall %}", "c"),
    ("{{ nothing }}{{ user.nothing is defined }}{{ user['nothing'] is defined }}{{ user[5] is defined }}",
     "FalseFalseFalse"),
]


def values():
    generator = (x for x in ())
    coroutine = coroutine_function()
    coroutine.close()
    return {
        "user": User(), "f": coroutine_function, "kind": User, "gen": generator, "agen": async_generator_function(),
        "code": coroutine_function.__code__, "frame": generator.gi_frame, "coro": coroutine,
    }


class Attributes(unittest.TestCase):
    def test_the_inside_of_python_is_closed(self):
        for cls in (SandboxedEnvironment, ImmutableSandboxedEnvironment):
            for enable_async in (False, True):
                env = cls(enable_async=enable_async, undefined=StrictUndefined)
                for source in REFUSED:
                    with self.subTest(source=source, enable_async=enable_async):
                        self.assertRaises(SecurityError, env.from_string(source).render, values())

    def test_a_read_is_refused_as_an_undefined_value_is(self):
        for source in REFUSED:
            with self.subTest(source=source):
                try:
                    self.assertEqual(SandboxedEnvironment().from_string(source).render(values()), "")
                except SecurityError:
                    pass  # it went on to use what it did not get

    def test_the_rest_is_open(self):
        for cls in (SandboxedEnvironment, ImmutableSandboxedEnvironment):
            for source, result in ALLOWED:
                with self.subTest(source=source):
                    self.assertEqual(cls().from_string(source).render(values()), result)

    def test_an_error_names_attribute_and_type(self):
        template = SandboxedEnvironment().from_string("{{ user.__class__.x }}")
        self.assertRaisesRegex(SecurityError, "'__class__' of a 'User'", template.render, values())
        template = SandboxedEnvironment().from_string("{{ user.delete() }}")
        self.assertRaisesRegex(SecurityError, "marked as unsafe", template.render, values())

    def test_internal_attributes_by_type(self):
        data = values()
        for obj, name in (
            (User, "mro"), (data["gen"], "gi_code"), (data["coro"], "cr_frame"), (data["agen"], "ag_code"),
            (data["frame"], "f_back"), (data["code"], "co_name"), (1, "__class__"), (types.TracebackType, "mro"),
        ):
            with self.subTest(name=name):
                self.assertTrue(is_internal_attribute(obj, name))
        self.assertFalse(is_internal_attribute(data["gen"], "send"))

    def test_an_application_may_decide(self):
        class Own(SandboxedEnvironment):
            def is_safe_attribute(self, obj, attr, value):
                return attr != "name"

            def is_safe_callable(self, obj):
                return False

        env = Own()
        self.assertEqual(env.from_string("{{ user._secret }}").render(values()), "no")
        self.assertRaises(SecurityError, env.from_string("{{ user.name.x }}").render, values())
        self.assertRaises(SecurityError, env.from_string("{{ user.greet() }}").render, values())

    def test_included_and_imported_templates_are_in_the_sandbox(self):
        env = SandboxedEnvironment(loader=DictLoader({
            "bad": "{{ ''.__class__.x }}", "macro": "{% macro m() %}{{ ''.__class__.x }}{% endmacro %}",
        }))
        for source in ("{% include 'bad' %}", "{% extends 'bad' %}", "{% from 'macro' import m %}{{ m() }}"):
            with self.subTest(source=source):
                self.assertRaises(SecurityError, env.from_string(source).render)


class Mutation(unittest.TestCase):
    def test_the_immutable_sandbox_refuses_every_change(self):
        for value, names in (
            ([], "append clear extend insert pop remove reverse sort"), ({}, "clear pop popitem setdefault update"),
            (set(), "add clear discard pop remove update difference_update symmetric_difference_update"),
            (deque(), "append appendleft clear extend extendleft pop popleft remove reverse rotate"),
        ):
            for name in names.split():
                with self.subTest(type=type(value).__name__, name=name):
                    self.assertTrue(modifies_known_mutable(value, name))
                    source = "{{ x.%s(1) }}" % name
                    self.assertRaises(SecurityError, ImmutableSandboxedEnvironment().from_string(source).render,
                                      x=value)

    def test_the_ordinary_one_allows_it(self):
        x = []
        SandboxedEnvironment().from_string("{{ x.append(1) }}").render(x=x)
        self.assertEqual(x, [1])

    def test_reading_is_no_change(self):
        for value, name in (([], "count"), ({}, "items"), (set(), "union"), ((), "index"), ("", "upper")):
            self.assertFalse(modifies_known_mutable(value, name))


class Operators(unittest.TestCase):
    def test_operators_may_be_intercepted(self):
        def refuse(*operands):
            raise TemplateRuntimeError("refused")

        for source, kind, sign in (
            [("{{ a %s b }}" % sign, "binop", sign) for sign in ("+", "-", "*", "/", "//", "**", "%")]
            + [("{{ %sa }}" % sign, "unop", sign) for sign in "+-"] + [("{{ 4 + 3 }}", "binop", "+"),
                                                                       ("{{ -4 }}", "unop", "-")]
        ):
            with self.subTest(source=source, sign=sign):
                env = SandboxedEnvironment()
                plain = Environment().from_string(source).render(a=7, b=2)
                table = getattr(env, kind + "_table")
                self.assertEqual(env.from_string(source).render(a=7, b=2), plain)
                setattr(env, f"intercepted_{kind}s", frozenset([sign]))
                self.assertEqual(env.from_string(source).render(a=7, b=2), plain)
                table[sign] = refuse
                self.assertRaisesRegex(TemplateRuntimeError, "refused", env.from_string(source).render, a=7, b=2)

    def test_a_subclass_may_take_the_call(self):
        class Counting(SandboxedEnvironment):
            intercepted_binops = frozenset("+")
            intercepted_unops = frozenset("-")

            def call_binop(self, context, operator, left, right):
                return f"{left}{operator}{right}{context['x']}"

            def call_unop(self, context, operator, arg):
                return f"{operator}{arg}!"

        self.assertEqual(Counting().from_string("{{ 1 + 2 }}{{ -x }}").render(x=3), "1+23-3!")

    def test_tables_belong_to_one_environment(self):
        SandboxedEnvironment().binop_table["+"] = operator.sub
        self.assertEqual(SandboxedEnvironment().binop_table["+"](1, 1), 2)

    def test_limits_stop_at_the_named_sizes(self):
        env = SandboxedEnvironment()
        for source, ok in (
            ("{{ ('a' * n)|length }}", MAX_LENGTH), ("{{ (n * [1])|length }}", MAX_LENGTH),
            ("{{ (2 ** n) > 0 }}", MAX_BITS), ("{{ range(n)|length }}", MAX_RANGE),
            ("{{ range(0, n * 5, 5)|length }}", MAX_RANGE), ("{{ range(n, 0, -1)|length }}", MAX_RANGE),
        ):
            with self.subTest(source=source):
                env.from_string(source).render(n=ok)
                self.assertRaises(OverflowError, env.from_string(source).render, n=ok + 1)
        self.assertRaises(OverflowError, safe_range, 10 ** 30)
        self.assertRaises(OverflowError, env.from_string("{{ x * x }}").render, x=2 ** (MAX_BITS // 2 + 1))
        self.assertEqual(env.from_string("{{ 0 ** 10**9 }}{{ 2.0 ** 3 }}{{ 2 ** -1 }}{{ 1 ** 10**9 }}").render(),
                         "08.00.51")


class Formatting(unittest.TestCase):
    def test_format_works_as_always(self):
        env = SandboxedEnvironment()
        for source, result in (
            ("{{ '{0}{x}{1[0]}{2.name}'.format(1, [2], user, x=3) }}", "132Ann"),
            ("{{ '{x}{y[k]}'.format_map({'x': 1, 'y': {'k': 2}}) }}", "12"),
            ("{{ '{}{}'.format(1, 2) }}{{ '{:>3}'.format(1) }}{{ '{!r}'.format('a') }}", "12  1'a'"),
            ("{{ ('<{}>'|safe).format('<') }}{{ ('{x}'|safe).format_map({'x': '<'}) }}", "<&lt;>&lt;"),
            ("{{ ('{0.name}'|safe).format(user) }}", "Ann"),
            ("{{ str.format('{}', 1) }}{{ str.format_map('{x}', {'x': 2}) }}", "12"),
        ):
            with self.subTest(source=source):
                self.assertEqual(env.from_string(source).render(user=User(), str=str), result)

    def test_the_result_keeps_its_type(self):
        result = SandboxedEnvironment().call_filter("list",
                                                    [SandboxedEnvironment().wrap_str_format(Markup("{}").format)("<")])
        self.assertEqual([type(result[0]), result[0]], [Markup, "&lt;"])

    def test_format_map_takes_one_mapping(self):
        env = SandboxedEnvironment()
        for source in ("{{ ''.format_map({}, {}) }}", "{{ ''.format_map({}, x=1) }}", "{{ ''.format_map() }}"):
            with self.subTest(source=source):
                self.assertRaises(TypeError, env.from_string(source).render)


if __name__ == "__main__":
    unittest.main()
