"""Every test of the language, through compile and render."""
from __future__ import annotations

import unittest
from decimal import Decimal

from minflask.jinja.environment import Environment
from minflask.jinja.errors import TemplateRuntimeError
from minflask.jinja.tests import TESTS
from minflask.markup import Markup


class Sized:
    def __len__(self):
        return 1


class Indexed(Sized):
    def __getitem__(self, index):
        return index


ME = object()
VALUES = {
    "m": Markup("<b>"), "d": Decimal(1), "o": ME, "same": ME, "other": object(), "indexed": Indexed(), "sized": Sized(),
}

# name of the test: expressions that are true, expressions that are false
CASES = {
    "boolean": (["true", "false"], ["0", "1", "none", "'x'"]),
    "callable": (["range", "m.upper"], ["1", "'x'"]),
    "defined": (["1", "none", "m"], ["nothing", "m.nothing"]),
    "divisibleby": (["6 is divisibleby 3", "6 is divisibleby(2)"], ["7 is divisibleby 3"]),
    "escaped": (["m"], ["'x'", "1"]),
    "even": (["2", "0"], ["1"]),
    "false": (["false"], ["0", "none", "true"]),
    "filter": (["'upper'"], ["'nothing'"]),
    "float": (["1.0"], ["1", "true", "'1.0'"]),
    "in": (["1 is in [1, 2]", "'a' is in 'abc'", "'k' is in {'k': 1}"], ["3 is in [1, 2]", "'x' is in ''"]),
    "integer": (["1", "0", "-5"], ["true", "1.0", "'1'"]),
    "iterable": (["[]", "'x'", "{}", "nothing"], ["1", "none", "o"]),
    "lower": (["'abc'"], ["'Abc'", "''"]),
    "mapping": (["{}"], ["[]", "'x'", "indexed"]),
    "none": (["none"], ["false", "0", "nothing"]),
    "number": (["1", "1.5", "true", "d"], ["'1'", "none"]),
    "odd": (["1", "-1"], ["2"]),
    "sameas": (["o is sameas same", "none is sameas none"], ["o is sameas other", "1 is sameas 1.0"]),
    "sequence": (["[]", "()", "'x'", "{}", "indexed"], ["1", "sized", "o"]),
    "string": (["'x'", "m"], ["1", "[]"]),
    "test": (["'odd'", "'=='"], ["'nothing'"]),
    "true": (["true"], ["1", "false"]),
    "undefined": (["nothing"], ["1", "none"]),
    "upper": (["'ABC'"], ["'Abc'"]),
    "eq": (["1 is eq 1", "1 is eq(1.0)"], ["1 is eq 2"]),
    "ne": (["1 is ne 2"], ["1 is ne 1"]),
    "gt": (["2 is gt 1"], ["1 is gt 1"]),
    "ge": (["1 is ge 1"], ["0 is ge 1"]),
    "lt": (["1 is lt 2"], ["1 is lt 1"]),
    "le": (["1 is le 1"], ["2 is le 1"]),
}
ALIASES = {"==": "eq", "equalto": "eq", "!=": "ne", ">": "gt", "greaterthan": "gt", ">=": "ge", "<": "lt",
           "lessthan": "lt", "<=": "le"}


class Tests(unittest.TestCase):
    def assert_all(self, template, cases):
        env = Environment()
        for name, (yes, no) in cases.items():
            for expression, result in [(e, "True") for e in yes] + [(e, "False") for e in no]:
                source = template % (expression if " is " in expression else f"{expression} is {name}")
                with self.subTest(source=source):
                    self.assertEqual(env.from_string(source).render(VALUES), result)

    def test_every_test_says_yes_and_no(self):
        self.assert_all("{{ %s }}", CASES)

    def test_every_test_is_asked_while_rendering_too(self):
        self.assert_all("{%% set x = (%s) %%}{{ x }}", CASES)

    def test_another_name_is_the_same_test(self):
        for alias, name in ALIASES.items():
            with self.subTest(alias=alias):
                self.assertIs(TESTS[alias], TESTS[name])

    def test_nothing_is_left_out(self):
        self.assertEqual(sorted(TESTS), sorted([*CASES, *ALIASES]))

    def test_comparisons_have_names_for_select(self):
        env = Environment()
        for alias, expected in (("==", "[2]"), ("!=", "[1, 3]"), (">", "[3]"), (">=", "[2, 3]"), ("<", "[1]"),
                                ("<=", "[1, 2]"), ("in", "[]")):
            other = "[]" if alias == "in" else "2"
            source = "{{ [1, 2, 3]|select('%s', %s)|list }}" % (alias, other)
            with self.subTest(source=source):
                self.assertEqual(env.from_string(source).render(), expected)

    def test_not_turns_a_test_around(self):
        env = Environment()
        for source, result in (("{{ 1 is not odd }}", "False"), ("{{ 2 is not divisibleby 3 }}", "True"),
                               ("{{ nothing is not defined }}", "True")):
            with self.subTest(source=source):
                self.assertEqual(env.from_string(source).render(), result)

    def test_an_own_test_has_its_arguments(self):
        env = Environment()
        env.tests["between"] = lambda value, low, high=10: low <= value <= high
        source = "{{ 5 is between(1, 6) }}{{ 5 is between 6 }}{{ 5 is between(1, high=4) }}"
        self.assertEqual(env.from_string(source).render(), "TrueFalseFalse")

    def test_an_unknown_test_names_the_nearest(self):
        with self.assertRaisesRegex(TemplateRuntimeError, "Did you mean 'divisibleby'"):
            Environment().call_test("divisbleby", 4, [2])


if __name__ == "__main__":
    unittest.main()
