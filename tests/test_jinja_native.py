"""Templates that give Python values."""
from __future__ import annotations

import unittest

from minflask.jinja.environment import Environment
from minflask.jinja.nativetypes import NativeEnvironment, NativeTemplate, native_concat
from minflask.jinja.undefined import Undefined


class Foo:
    pass


FOO = Foo()

# (source, variables, value)
CASES = [
    ("{{ 1 + 1 }}", {}, 2),
    ("{{ x }}", {"x": FOO}, FOO),
    ("{{ x }}", {"x": [1]}, [1]),
    ("{{ 'abc' }}", {}, "abc"),
    ("{{ '5' }}", {}, 5),
    ("{{ a }}{{ b }}", {"a": 1, "b": 2}, 12),
    ("[{{ a }}, {{ b }}]", {"a": 1, "b": "'c'"}, [1, "c"]),
    ("{{ a }} and {{ b }}", {"a": 1, "b": 2}, "1 and 2"),
    ("{% for i in [1, 2] %}{{ i }}{% endfor %}", {}, 12),
    ("{% for i in [1, 2] %}{{ i }},{% endfor %}", {}, (1, 2)),
    ("{% if false %}x{% endif %}", {}, None),
    ("", {}, None),
    (" 5", {}, " 5"),
    ("  {{ 5 }}", {}, "  5"),
    ("{{ none }}", {}, None),
    ("{{ true }}", {}, True),
    ("{{ {'a': 1} }}", {}, {"a": 1}),
    ("{{ \"'a'\" }}", {}, "a"),
    ("{{ '{{ a }}' }}", {}, "{{ a }}"),
    ("{{ x.y }}", {"x": {"y": 5.5}}, 5.5),
    ("{{ 2|string }}", {}, 2),
    ("{{ [1, 2]|map('string')|list }}", {}, ["1", "2"]),
    ("{% set x = [1, 2] %}{{ x }}", {}, [1, 2]),
    ("{% macro m() %}{{ [1] }}{% endmacro %}{{ m() }}", {}, [1]),
    ("0.000{{ a }}", {"a": 7}, 0.0007),
]


class Native(unittest.TestCase):
    def test_templates_give_values(self):
        for enable_async in (False, True):
            env = NativeEnvironment(enable_async=enable_async)
            for source, variables, value in CASES:
                with self.subTest(source=source, enable_async=enable_async):
                    result = env.from_string(source).render(variables)
                    self.assertEqual([type(result), result], [type(value), value])

    def test_an_undefined_value_stays_one(self):
        self.assertIsInstance(NativeEnvironment().from_string("{{ x }}").render(), Undefined)

    def test_a_template_alone(self):
        self.assertEqual(NativeTemplate("{{ 1 + 2 }}").render(), 3)
        self.assertIsInstance(NativeTemplate("").environment, NativeEnvironment)

    def test_pieces_are_read_as_a_literal_if_they_are_one(self):
        for pieces, value in (([], None), ([1, 2], 12), (["a", 1], "a1"), ([" 1"], " 1"), (["(" * 300], "(" * 300),
                              ([FOO], FOO), (iter(["[1", ", 2]"]), [1, 2]), (["f()"], "f()")):
            self.assertEqual(native_concat(pieces), value)

    def test_the_ordinary_environment_is_as_it_was(self):
        NativeEnvironment().from_string("{{ 1 }}").render()
        self.assertEqual(Environment().from_string("{{ 1 }}").render(), "1")

    def test_finalize_sees_the_value(self):
        env = NativeEnvironment(finalize=lambda value: [value])
        self.assertEqual(env.from_string("{{ x }}").render(x=1), [1])


if __name__ == "__main__":
    unittest.main()
