"""The undefined values: what each kind puts up with."""
from __future__ import annotations

import copy
import logging
import operator
import pickle
import unittest

from minflask.jinja.environment import Environment
from minflask.jinja.errors import TemplateRuntimeError, UndefinedError
from minflask.jinja.undefined import (
    ChainableUndefined, DebugUndefined, StrictUndefined, Undefined, is_undefined, make_logging_undefined,
)

KINDS = [Undefined, ChainableUndefined, DebugUndefined, StrictUndefined]
NEVER = [
    lambda u: u + 1, lambda u: 1 + u, lambda u: u - 1, lambda u: 1 - u, lambda u: u * 2, lambda u: 2 * u,
    lambda u: u / 2,
    lambda u: 2 / u, lambda u: u // 2, lambda u: 2 // u, lambda u: u % 2, lambda u: 2 % u, lambda u: u ** 2,
    lambda u: 2 ** u,
    operator.neg, operator.pos, lambda u: u(), lambda u: u < 1, lambda u: u <= 1, lambda u: u > 1, lambda u: u >= 1,
    int, float,
    complex,
]
# expression: result by kind, or None where it fails; `nope` is undefined, `x` is 42
USES = [
    ("nope", ["", "", "{{ nope }}", None]), ("x.nope", ["", "", "{{ no such element: int object['nope'] }}", None]),
    ("nope.a", [None, "", None, None]), ("nope['a'].b", [None, "", None, None]),
    ("nope|list", ["[]", "[]", "[]", None]),
    ("nope|length", ["0", "0", "0", None]), ("nope is defined", ["False"] * 4), ("nope is undefined", ["True"] * 4),
    ("not nope", ["True", "True", "True", None]), ("nope or 1", ["1", "1", "1", None]),
    ("nope == other", ["True", "True", "True", None]),
    ("nope == 1", ["False", "False", "False", None]), ("nope != 1", ["True", "True", "True", None]),
    ("1 in nope", ["False", "False", "False", None]),
    ("nope|default('d')", ["d"] * 4), ("nope|default('d', true)", ["d"] * 4),
    ("nope.a|default('d')", [None, "d", None, None]),
    ("nope ~ 'a'", ["a", "a", "{{ nope }}a", None]), ("nope + 1", [None] * 4), ("nope()", [None] * 4),
    ("'a' if false", ["", "", "", ""]),
]


class Kinds(unittest.TestCase):
    def test_what_each_kind_allows_in_a_template(self):
        for expression, results in USES:
            for kind, result in zip(KINDS, results):
                template = Environment(undefined=kind).from_string("{{ %s }}" % expression)
                with self.subTest(expression=expression, kind=kind.__name__):
                    if result is None:
                        self.assertRaises(UndefinedError, template.render, x=42)
                    else:
                        self.assertEqual(template.render(x=42), result)

    def test_what_no_kind_allows(self):
        for kind in KINDS:
            for number, use in enumerate(NEVER):
                with self.subTest(kind=kind.__name__, use=number):
                    with self.assertRaisesRegex(UndefinedError, "'u' is undefined"):
                        use(kind(name="u"))

    def test_messages(self):
        rows = [
            (Undefined(name="a"), "'a' is undefined"), (Undefined("a hint", name="a"), "a hint"),
            (Undefined(obj=42, name="a"), "'int object' has no attribute 'a'"),
            (Undefined(obj=None, name="a"), "'None' has no attribute 'a'"),
            (Undefined(obj=[], name=7), "list object has no element 7"),
        ]
        for undefined, message in rows:
            with self.assertRaises(UndefinedError) as caught:
                undefined.something
            self.assertEqual(caught.exception.message, message)

    def test_the_exception_can_be_chosen(self):
        self.assertRaises(TemplateRuntimeError, Undefined(name="a", exc=TemplateRuntimeError))

    def test_special_attributes_are_simply_not_there(self):
        for kind in KINDS:
            self.assertFalse(hasattr(kind(name="a"), "__deepcopy__"))
            with self.assertRaises(AttributeError):
                kind(name="a").__dict__
        self.assertEqual(ChainableUndefined(name="a").__html__(), "")

    def test_equality_and_hash(self):
        self.assertEqual(Undefined(name="a"), Undefined(name="b"))
        self.assertNotEqual(Undefined(), ChainableUndefined())
        self.assertEqual(len({Undefined(name="a"), Undefined(name="b")}), 1)
        self.assertRaises(UndefinedError, hash, StrictUndefined(name="a"))
        self.assertEqual(repr(Undefined(name="a")), "Undefined")

    def test_they_can_be_copied_and_pickled(self):
        for kind in KINDS:
            original = kind("a hint", ["object"], "name", TemplateRuntimeError)
            for other in (copy.copy(original), copy.deepcopy(original), pickle.loads(pickle.dumps(original))):
                for slot in Undefined.__slots__:
                    self.assertEqual(getattr(other, slot), getattr(original, slot))

    def test_is_undefined(self):
        self.assertEqual([is_undefined(value) for value in (Undefined(), StrictUndefined(), None, "")],
                         [True, True, False, False])

    def test_the_debugging_kind_prints_its_hint(self):
        self.assertEqual(str(DebugUndefined("why")), "{{ undefined value printed: why }}")


class Logged(unittest.TestCase):
    def setUp(self):
        self.logger = logging.Logger("undefined")
        self.records = []
        handler = logging.Handler()
        handler.emit = lambda record: self.records.append((record.levelname, record.getMessage()))
        self.logger.addHandler(handler)

    def test_uses_are_told_to_the_logger(self):
        kind = make_logging_undefined(self.logger)
        warning = "WARNING", "Template variable warning: 'a' is undefined"
        error = "ERROR", "Template variable error: 'a' is undefined"
        for source, expected in [("{{ a }}", [warning]), ("{{ a|list }}", [warning]), ("{{ not a }}", [warning]),
                                 ("{{ a is defined }}", []),
                                 ("{{ a.b }}", [error]), ("{{ a + 1 }}", [error]), ("{{ a() }}", [error])]:
            self.records.clear()
            with self.subTest(source=source):
                try:
                    Environment(undefined=kind).from_string(source).render()
                except UndefinedError:
                    pass
                self.assertEqual(self.records, expected)

    def test_it_can_be_based_on_another_kind(self):
        kind = make_logging_undefined(self.logger, DebugUndefined)
        self.assertEqual(Environment(undefined=kind).from_string("{{ a }}").render(), "{{ a }}")
        self.assertEqual(len(self.records), 1)
        strict = make_logging_undefined(self.logger, StrictUndefined)
        self.assertRaises(UndefinedError, Environment(undefined=strict).from_string("{{ a }}").render)

    def test_without_a_logger_it_makes_one(self):
        kind = make_logging_undefined()
        logger = logging.getLogger("minflask.jinja.undefined")
        self.addCleanup(logger.handlers.clear)
        with self.assertLogs(logger, "WARNING"):
            str(kind(name="a"))


if __name__ == "__main__":
    unittest.main()
