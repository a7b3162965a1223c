"""Rendering asynchronously, and ordinary rendering of asynchronous templates."""
from __future__ import annotations

import asyncio
import sys
import unittest
from unittest import mock

from minflask.jinja.async_utils import async_variant, auto_aiter, auto_await, auto_to_list, run_stepwise
from minflask.jinja.environment import Environment, Template
from minflask.jinja.errors import UndefinedError
from minflask.jinja.filters import make_attrgetter
from minflask.jinja.loaders import DictLoader
from minflask.jinja.utils import pass_context, pass_environment

TEMPLATES = {
    "base": "[{% block a %}base {{ await_me() }}{% endblock %}]",
    "child": "{% extends 'base' %}{% block a %}{{ super() }}+{{ await_me() }}{% endblock %}",
    "macros": "{% macro m(x) %}<{{ x }}{{ caller() if caller }}>{% endmacro %}{% set v = await_me() %}",
}


async def await_me(value="x"):
    await asyncio.sleep(0)
    return value


class Items:
    """An asynchronous iterable, and nothing else."""

    def __init__(self, *items):
        self.items_ = items

    async def __aiter__(self):
        for item in self.items_:
            await asyncio.sleep(0)
            yield item


class Thing:
    def __init__(self, name, age):
        self.name, self.age = name, age

    async def title(self):
        return self.name.upper()


THINGS = [Thing("a", 2), Thing("b", 1), Thing("c", 2)]

# (source, result)
CASES = [
    ("{{ await_me() }}{{ await_me('y')|upper }}", "xY"),
    ("{{ things[0].title() }}", "A"),
    ("{% for x in items %}{{ loop.index }}{{ x }}{{ ',' if not loop.last }}{% else %}no{% endfor %}", "11,22,33"),
    ("{% for x in none_at_all %}{{ x }}{% else %}no{% endfor %}", "no"),
    ("{% for x in items if x is odd %}{{ loop.length }}{{ x }}{% endfor %}", "2123"),
    ("{% for x in [1, 2] %}{{ loop.previtem }}{{ x }}{{ loop.nextitem }}{% endfor %}", "1212"),
    ("{% if await_me(false) %}y{% else %}n{% endif %}", "n"),
    ("{% set x = await_me() %}{{ x }}", "x"),
    ("{% set x %}{{ await_me() }}{% endset %}{{ x }}", "x"),
    ("{% filter upper %}{{ await_me() }}{% endfilter %}", "X"),
    ("{% include 'child' %}", "[base x+x]"),
    ("{% from 'macros' import m, v %}{{ m(1) }}{{ v }}{% call m(2) %}c{% endcall %}", "<1>x<2c>"),
    ("{% import 'macros' as n %}{{ n.m(await_me()) }}{{ n.v }}", "<x>x"),
    ("{% import 'macros' as n with context %}{{ n.v }}", "x"),
    ("{% for x in [[1, []], [2, [[3, []]]]] recursive %}{{ x[0] }}{{ loop(x[1]) }}{% endfor %}", "123"),
    ("{{ items|list }}{{ items|first }}{{ items|join('-') }}{{ items|sum }}", "[1, 2, 3]11-2-36"),
    ("{{ empty|first is undefined }}", "True"),
    ("{{ items|map('string')|join }}{{ items|select('odd')|list }}{{ items|reject('odd')|list }}", "123[1, 3][2]"),
    ("{{ items|slice(2)|list }}{{ items|unique|list }}", "[[1, 2], [3]][1, 2, 3]"),
    ("{{ a_things|map(attribute='name')|join }}", "abc"),
    ("{{ a_things|selectattr('age', 'eq', 2)|map(attribute='name')|list }}", "['a', 'c']"),
    ("{{ a_things|rejectattr('age', 'eq', 2)|map(attribute='name')|list }}", "['b']"),
    ("{% for age, group in a_things|groupby('age') %}{{ age }}{{ group|map(attribute='name')|join }}{% endfor %}",
     "1b2ac"),
    ("{{ a_things|join('+', attribute='name') }}{{ a_things|sum('age') }}", "a+b+c5"),
    ("{{ [1, 2]|map('slow')|join }}{{ none|map('slow')|list }}{{ []|select|list }}", "12[][]"),
    ("{{ 5|twin }}{{ 5|twin_env }}{{ 5|twin_context }}", "a5a5a5"),
]


def environment(**options):
    env = Environment(enable_async=True, loader=DictLoader(TEMPLATES), **options)
    env.globals.update(await_me=await_me)

    async def slow(value):
        return await await_me(str(value))

    def twin(value):
        return f"s{value}"

    async def twin_async(value):
        return f"a{value}"

    env.filters.update(slow=slow, twin=async_variant(twin)(twin_async))
    for name, marker in (("twin_env", pass_environment), ("twin_context", pass_context)):
        async def with_argument(first, value):
            return f"a{value}"

        env.filters[name] = async_variant(marker(lambda first, value: f"s{value}"))(with_argument)
    return env


def variables():
    return {"items": Items(1, 2, 3), "empty": Items(), "things": THINGS, "a_things": Items(*THINGS),
            "none_at_all": Items()}


class Rendering(unittest.TestCase):
    def test_awaited(self):
        async def run():
            for source, result in CASES:
                with self.subTest(source=source):
                    self.assertEqual(await env.from_string(source).render_async(variables()), result)

        env = environment()
        asyncio.run(run())

    def test_from_ordinary_code(self):
        env = environment()
        for source, result in CASES:
            with self.subTest(source=source):
                template = env.from_string(source)
                self.assertEqual(template.render(variables()), result)
                self.assertEqual("".join(template.generate(variables())), result)

    def test_piece_by_piece(self):
        async def run():
            pieces = [piece async for piece in environment().from_string("{% for x in items %}{{ x }}{% endfor %}")
                      .generate_async(variables())]
            self.assertEqual("".join(pieces), "123")
            self.assertGreater(len(pieces), 1)

        asyncio.run(run())

    def test_the_loop_of_the_thread_stays_as_it_was(self):
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            self.assertEqual(environment().from_string("{{ await_me() }}").render(), "x")
            self.assertIs(asyncio.get_event_loop(), loop)
        finally:
            asyncio.set_event_loop(None)
            loop.close()

    @unittest.skipIf(sys.platform == "emscripten", "there a coroutine runs without a loop")
    def test_inside_a_running_loop_the_way_out_is_named(self):
        async def run():
            template = environment().from_string("{{ await_me() }}")
            for call in (template.render, lambda: list(template.generate())):
                self.assertRaisesRegex(RuntimeError, "render_async", call)

        asyncio.run(run())

    def test_an_ordinary_template_cannot_be_awaited(self):
        async def run():
            template = Template("x")
            with self.assertRaisesRegex(RuntimeError, "enable_async"):
                await template.render_async()
            with self.assertRaisesRegex(RuntimeError, "enable_async"):
                async for _ in template.generate_async():
                    pass

        asyncio.run(run())

    def test_errors_pass_through(self):
        template = environment().from_string("\n{{ nothing.x }}")
        for call in (template.render, lambda: list(template.generate()), lambda: asyncio.run(template.render_async())):
            self.assertRaises(UndefinedError, call)

    def test_a_generator_is_closed_when_it_is_left(self):
        closed = []

        async def endless():
            try:
                while True:
                    yield 1
            finally:
                closed.append(True)

        self.assertEqual(environment().from_string("{{ x|first }}").render(x=endless()), "1")
        self.assertEqual(closed, [True])


class WithoutALoop(unittest.TestCase):
    """As WebAssembly, where the one event loop is the browser's and cannot be waited for."""

    def test_a_coroutine_that_waits_for_nothing_runs_to_its_end(self):
        async def work():
            await asyncio.sleep(0)
            return 7
        self.assertEqual(run_stepwise(work()), 7)

    def test_one_that_needs_a_loop_is_told_so_and_unwinds(self):
        class Never:
            def __await__(self):
                yield self

        async def work(stubborn):
            try:
                await Never()
            except RuntimeError:
                if stubborn:
                    await Never()
                raise
        for stubborn in (False, True):
            with self.assertRaisesRegex(RuntimeError, "event loop"):
                run_stepwise(work(stubborn))

    @unittest.skipIf(sys.platform == "emscripten", "this is not a pretence there")
    def test_asynchronous_templates_and_views_run_there(self):
        from minflask import Flask
        app = Flask(__name__)

        @app.route("/")
        async def index():
            return "here"

        async def inside():
            with mock.patch("sys.platform", "emscripten"):
                return (Environment(enable_async=True).from_string("{{ 1 + 1 }}").render(),
                        app.test_client().get("/").text)
        self.assertEqual(asyncio.run(inside()), ("2", "here"))


class Modules(unittest.TestCase):
    def test_a_module_is_made_by_awaiting(self):
        template = environment().get_template("macros")
        self.assertRaisesRegex(RuntimeError, "make_module_async", lambda: template.module)
        self.assertRaisesRegex(RuntimeError, "make_module_async", template.make_module)

        async def run():
            module = await template.make_module_async()
            self.assertEqual([module.v, await module.m(5)], ["x", "<5>"])

        asyncio.run(run())


class Bridges(unittest.TestCase):
    def test_both_kinds_are_taken(self):
        async def run():
            self.assertEqual([await auto_await(5), await auto_await(await_me(6))], [5, 6])
            self.assertEqual([await auto_to_list([1]), await auto_to_list(Items(1))], [[1], [1]])
            self.assertEqual([x async for x in auto_aiter("ab")], ["a", "b"])

        asyncio.run(run())

    def test_a_variant_chooses_by_the_environment(self):
        def normal(value):
            return "normal"

        @async_variant(normal)
        async def both(value):
            return "async"

        self.assertTrue(both.jinja_async_variant)
        env = Environment()
        env.filters["both"] = both
        self.assertEqual(env.from_string("{{ 1|both }}").render(), "normal")
        other = env.overlay(enable_async=True)
        self.assertEqual(other.from_string("{{ 1|both }}").render(), "async")

    def test_attribute_paths_are_the_same(self):
        self.assertEqual(make_attrgetter(environment(), "name")(THINGS[0]), "a")


if __name__ == "__main__":
    unittest.main()
