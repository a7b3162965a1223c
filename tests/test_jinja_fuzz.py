"""Mutated templates either render or raise an error of templates with a line; nothing else, and soon.

Seeded, so that a failure comes again. MINFLASK_FUZZ sets the number of templates (20,000 is the long run).
"""
from __future__ import annotations

import os
import random
import re
import time
import traceback
import unittest

from minflask.jinja.environment import Environment
from minflask.jinja.errors import TemplateError, TemplateNotFound, TemplateSyntaxError
from minflask.jinja.loaders import DictLoader

COUNT = int(os.environ.get("MINFLASK_FUZZ", "1500"))
SLOW = 1.0  # seconds; a template that takes longer is a failure

SEEDS = [
    "{% extends 'base' %}{% block a %}{{ super() }}{{ x|upper }}{% endblock %}",
    "{% for k, v in d.items() recursive if v %}{{ loop.index }}{{ k }}{% else %}none{% endfor %}",
    "{% macro m(a, b=2, c='x') %}{{ a ~ b ~ c }}{{ caller() if caller }}{% endmacro %}{% call m(1) %}t{% endcall %}",
    "{% set ns = namespace(n=0) %}{% for i in range(4) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}",
    "{% if x is defined and x is not none %}{{ x[1:2] }}{% elif not y %}{{ -n ** 2 }}{% endif %}",
    "{% if x %}{{ 1.5e3 // 2 }}{% else %}{{ 'é' }}{% endif %}",
    "{% with a = 1, b = [2, 3] %}{{ a in b }}{{ b|join(', ') }}{% endwith %}{# note #}{% raw %}{{ x }}{% endraw %}",
    "{% filter replace('a', 'b')|title %}abc{% endfilter %}{% include 'inc' ignore missing without context %}",
    "{% from 'lib' import f, g as h with context %}{{ f(1) }}{{ h(*xs, **d) }}{% import 'lib' as lib %}{{ lib.f(2) }}",
    "{%- set t -%}\n  {{ {'k': (1, 2,), \"l\": {}}['k'][0] }} {%- endset +%}\n{{ t|e|length }}",
    "{% autoescape true %}{{ t }}{% autoescape n %}{{ t ~ '<' }}{% endautoescape %}{% endautoescape %}",
    "{{ 'a' 'b' if n > 1 else d.x.y.z }}{{ xs|map('upper')|select('in', ['A'])|list }}{% do [].append(1) %}",
    "{% for i in xs %}{% if loop.first %}{% continue %}{% endif %}{{ loop.cycle('a', 'b') }}{% break %}{% endfor %}",
    "# for i in xs\n  * ${i} ## note\n# endfor\n<% if x %>y<% endif %>",
]
# What mutations put in: pieces of the language, and what it does not expect.
PIECES = """
    {% %} {{ }} {# #} {%- -%} {{- -}} +%} ( ) [ ] { } , . : ; | ~ = == != < <= ** // % + - ' " \\ \n \0 \u00a0 é ＝
    if else elif endif for in endfor set endset macro endmacro block endblock extends include import from as is not
    and or true none loop self super caller varargs kwargs recursive scoped required with context ignore missing raw
    endraw x d n xs loop.index self.a() 1 0 007 1_0 1e9 1e400 -1 'a' upper e list default defined nosuch
""".split(" ")
LIBRARY = {
    "base": "<{% block a %}base{% endblock %}{% block b required %}{% endblock %}>",
    "inc": "({{ x }})",
    "lib": "{% macro f(a) %}[{{ a }}]{% endmacro %}{% macro g() %}{{ varargs }}{{ kwargs }}{% endmacro %}",
}
ENVIRONMENTS = [
    {}, {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True},
    {"line_statement_prefix": "#", "line_comment_prefix": "##", "variable_start_string": "${",
     "variable_end_string": "}", "block_start_string": "<%", "block_end_string": "%>"},
]


def mutate(rng: random.Random, source: str) -> str:
    """Change a template in one to four places."""
    for _ in range(rng.randint(1, 4)):
        at, end = sorted(rng.randint(0, len(source)) for _ in range(2))
        way = rng.randrange(6)
        if way == 0:
            source = source[:at] + source[min(end, at + 12):]
        elif way == 1:
            source = source[:at] + source[at:end] * rng.randint(2, 3) + source[end:]
        elif way == 2:
            source = source[:at] + rng.choice(SEEDS) + source[at:]
        elif way == 3:
            source = source[:at] + source[at:at + 6][::-1] + source[at + 6:]
        elif way == 4:
            word = rng.choice(list(re.finditer(r"\w+", source)) or [None])
            if word is not None:
                source = source[:word.start()] + rng.choice(PIECES) + source[word.end():]
        else:
            space = rng.choice(["", " "])
            source = source[:at] + space + rng.choice(PIECES) + space + source[at:]
        source = source[:2000]
    return source


def variables() -> dict[str, object]:
    return {"x": "<text>", "n": 3, "xs": ["a", "b", "<c>"], "d": {"k": 1, "l": ["m"], "x": None}}


class Mutations(unittest.TestCase):
    def setUp(self):
        extensions = ["minflask.jinja.ext.do", "minflask.jinja.ext.loopcontrols"]
        self.environments = [
            Environment(loader=DictLoader(LIBRARY), extensions=extensions, **options) for options in ENVIRONMENTS]

    def outcome(self, environment: Environment, source: str) -> str:
        """Render a template; name what happened, or raise what may not happen."""
        try:
            template = environment.from_string(source)
        except TemplateSyntaxError as error:
            self.assertIsInstance(error.lineno, int)
            self.assertLessEqual(1, error.lineno)
            self.assertLessEqual(error.lineno, source.count("\n") + 1)
            self.assertTrue(error.message)
            return "syntax"
        try:
            template.render(variables())
        except (TemplateError, TemplateNotFound) as error:
            self.check_line(error, source)
            return "runtime"
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            self.check_line(error, source)  # what Python says to the values: 'a' - 1
            return "python"
        except RecursionError:
            return "python"
        return "fine"

    def check_line(self, error: Exception, source: str) -> None:
        """Hold the traceback of an error to showing a line of the template."""
        lines = [entry.lineno for entry in traceback.extract_tb(error.__traceback__) if entry.filename == "<template>"]
        self.assertTrue(lines and all(1 <= line <= source.count("\n") + 1 for line in lines), lines)

    def test_a_mutated_template_renders_or_raises_a_template_error_with_a_line(self):
        rng = random.Random("templates")
        seen = dict.fromkeys(("syntax", "runtime", "python", "fine"), 0)
        for number in range(COUNT):
            source = mutate(rng, rng.choice(SEEDS))
            environment = rng.choice(self.environments)
            began = time.perf_counter()
            try:
                seen[self.outcome(environment, source)] += 1
            except Exception as error:
                raise AssertionError(f"template {number}: {source!r}") from error
            self.assertLess(time.perf_counter() - began, SLOW, source)
        self.assertTrue(all(seen.values()), seen)


if __name__ == "__main__":
    unittest.main()
