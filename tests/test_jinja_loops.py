"""The special variable ``loop``: every attribute, over every kind of iterable, in both modes."""
from __future__ import annotations

import asyncio
import itertools
import unittest

from minflask.jinja.environment import Environment
from minflask.jinja.errors import UndefinedError
from minflask.jinja.loops import AsyncLoopContext, LoopContext
from minflask.jinja.undefined import Undefined

# what is printed in each round of a loop over "abc", and the rounds
ATTRIBUTES = [
    ("loop.index", "123"), ("loop.index0", "012"), ("loop.revindex", "321"), ("loop.revindex0", "210"),
    ("loop.first|int", "100"), ("loop.last|int", "001"), ("loop.length", "333"), ("loop|length", "333"),
    ("loop.previtem", "ab"), ("loop.nextitem", "bc"), ("loop.previtem is undefined", "TrueFalseFalse"),
    ("loop.nextitem is undefined", "FalseFalseTrue"), ("loop.cycle('x', 'y')", "xyx"), ("loop.depth", "111"),
    ("loop.depth0", "000"), ("loop.changed(x == 'a')|int", "110"), ("loop.changed(1, 2)|int", "100"),
    ("loop.last|int ~ loop.length ~ loop.nextitem", "03b03c13"), ("loop.length ~ loop.last|int", "303031"),
    ("loop.nope is undefined", "TrueTrueTrue"), ("loop['index']", "123"), ("loop|attr('index')", "123"),
]


class Countless:
    """An iterable without a length."""

    def __iter__(self):
        return iter("abc")


ITERABLES = [lambda: "abc", lambda: ["a", "b", "c"], lambda: iter("abc"), lambda: (x for x in "abc"), Countless,
             lambda: {"a": 1, "b": 2, "c": 3}, lambda: {"a": 1, "b": 2, "c": 3}.keys()]


async def asynchronous():
    for x in "abc":
        yield x


class Attributes(unittest.TestCase):
    def test_every_attribute_over_every_kind_of_iterable(self):
        for expression, result in ATTRIBUTES:
            template = Environment().from_string("{%% for x in xs %%}{{ %s }}{%% endfor %%}" % expression)
            for number, make in enumerate(ITERABLES):
                with self.subTest(expression=expression, iterable=number):
                    self.assertEqual(template.render(xs=make()), result)

    def test_every_attribute_in_an_asynchronous_template(self):
        env = Environment(enable_async=True)
        for expression, result in ATTRIBUTES:
            if "|length" in expression or "'index'" in expression and "attr" in expression:
                continue  # asks without waiting
            template = env.from_string("{%% for x in xs %%}{{ %s }}{%% endfor %%}" % expression)
            for number, make in enumerate([*ITERABLES, asynchronous]):
                with self.subTest(expression=expression, iterable=number):
                    self.assertEqual(asyncio.run(template.render_async(xs=make())), result)

    def test_every_attribute_of_a_filtered_loop(self):
        for expression, result in ATTRIBUTES:
            template = Environment().from_string("{%% for x in xs if x != '-' %%}{{ %s }}{%% endfor %%}" % expression)
            with self.subTest(expression=expression):
                self.assertEqual(template.render(xs="-a-bc-"), result)

    def test_recursion_counts_its_depth(self):
        source = "{% for x in xs recursive %}{{ loop.depth }}{{ loop.depth0 }}{{ loop(x) }}{% endfor %}"
        self.assertEqual(Environment().from_string(source).render(xs=[[[]], []]), "102110")

    def test_no_item_is_fetched_before_its_turn(self):
        groups = itertools.groupby([(1, "a"), (1, "b"), (2, "c")], lambda pair: pair[0])
        source = "{% for n, g in gs %}{{ loop.index }}{{ g|map('last')|join }};{% endfor %}"
        template = Environment().from_string(source)
        self.assertEqual(template.render(gs=groups), "1ab;2c;")

    def test_a_loop_that_is_not_recursive_cannot_be_called(self):
        with self.assertRaisesRegex(TypeError, "'recursive' marker"):
            Environment().from_string("{% for x in [1] %}{{ loop([]) }}{% endfor %}").render()

    def test_a_cycle_needs_values(self):
        with self.assertRaisesRegex(TypeError, "loop.cycle needs the values"):
            Environment().from_string("{% for x in [1] %}{{ loop.cycle() }}{% endfor %}").render()

    def test_what_is_before_the_first_item_explains_itself(self):
        for name, message in (("previtem", "first round"), ("nextitem", "last round")):
            with self.assertRaisesRegex(UndefinedError, message):
                Environment().from_string("{%% for x in [1] %%}{{ loop.%s.a }}{%% endfor %%}" % name).render()


class Objects(unittest.TestCase):
    def test_a_loop_gives_pairs(self):
        pairs = [(item, loop.index) for item, loop in LoopContext(iter("ab"), Undefined)]
        self.assertEqual(pairs, [("a", 1), ("b", 2)])

    def test_a_loop_knows_its_length_before_it_starts(self):
        for items in ([], [1], [1, 2]):
            self.assertEqual(len(LoopContext(reversed(items), Undefined)), len(items))

    def test_a_loop_shows_where_it_is(self):
        loop = LoopContext("ab", Undefined)
        next(loop)
        self.assertEqual(repr(loop), "<LoopContext 1/2>")
        self.assertEqual(repr(AsyncLoopContext("ab", Undefined)), "<AsyncLoopContext 0>")


if __name__ == "__main__":
    unittest.main()
