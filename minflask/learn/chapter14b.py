"""The cases of chapter 14b: expressions, and how far a name reaches."""

from __future__ import annotations

from .cases import Chapter, expect, expect_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

CHAPTER = Chapter("14b", "Templates: expressions and names", wants={
    "evaluate": "evaluate(text, values) -> the value of an expression; ValueError for what is none",
    "render": "render(source, values) -> the text of a template with {{ }}, for, if, set and macro",
})

VALUES = {"a": 7, "b": 2, "c": 3, "word": "hi", "note": {"text": "Hello", "by": {"name": "Ada"}}, "all": ["x", "y"]}
BINDS = "Give each operator a number for how strongly it binds; read operands while the next one binds more."
LEFT = "Read the right operand with the strength of the operator itself, so that an equal one does not go into it."
STEPS = "Read the dots, calls and filters behind a value before you look for an operator."

# (id, claim, expression, value, hint)
EXPRESSIONS: tuple[tuple[str, str, str, object, str], ...] = (
    ("14b.a", "multiplication binds more than addition", "a + b * c", 13, BINDS),
    ("14b.b", "what binds alike goes from left to right", "a - b - c", 2, LEFT),
    ("14b.c", "brackets go first", "(a + b) * c", 27, "After '(' read a whole expression, then ')'."),
    ("14b.d", "comparison binds less, then not, and, or", "not a == b and b < c or b", True, BINDS),
    ("14b.e", "a minus may stand before a value", "a - -b * c", 13, "Let an operand begin with '-' or 'not'."),
    ("14b.f", "~ makes text of both sides, and binds less than *", "word ~ a * b", "hi14", BINDS),
    ("14b.g", "a filter binds more than any operator", "a + word|length * c", 13, STEPS),
    ("14b.h", "filters follow each other and take arguments", 'all|join(" and ")|upper', "X AND Y", STEPS),
    ("14b.i", "a dot goes through items", "note.by.name ~ note.text|length", "Ada5", STEPS),
)

OWN = "Give each scope a dict: name -> Python variable. A name that the scope lacks is asked of the scope around it."
BEFORE = ("Where a scope begins, let each name that it sets be what it is further out."
          " You know the names only afterwards, so keep a place in the rows.")

# (id, claim, template, text, hint)
PAGES = (
    ("14b.l", "what a loop sets ends with the loop", "{% for n in all %}{{ n }}{% endfor %}{{ n }}", "xyN", OWN),
    ("14b.m", "a loop in a loop has names of its own",
     "{% for n in all %}{% for n in n %}{{ n }}{% endfor %}{{ n }};{% endfor %}{{ n }}", "xx;yy;N", OWN),
    ("14b.n", "before a name is set it is what it was", "{{ n }}{% set n = 1 %}{{ n }}", "N1", BEFORE),
    ("14b.o", "a name that is perhaps set is always something", "{% if no %}{% set n = 5 %}{% endif %}{{ n }}", "N",
     BEFORE),
    ("14b.p", "each round of a loop begins anew",
     "{% for i in all %}{{ n }}{% set n = i %}{{ n }}{% endfor %}{{ n }}", "NxNyN", BEFORE),
    ("14b.q", "a macro is called, and gives safe text", '{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m("&") }}',
     "<&amp;>", "Make it a function of Python that joins its pieces and returns them as safe."),
    ("14b.r", "parameters end with the macro, and may be left out",
     "{% macro m(x, n) %}[{{ x }}{{ n }}]{% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ n }}{{ x }}", "[1][12]N", OWN),
    ("14b.s", "a name that is nowhere is empty", "[{{ nothing }}]{% for n in nothing %}{{ n }}{% endfor %}", "[]",
     "Let it be a value of a class of its own that prints as nothing."),
)


def check_value(text: str, wanted: object) -> Callable[[Any], None]:
    """Return a case: an expression and its value."""
    return lambda code: expect(code.evaluate(text, dict(VALUES)), wanted, text)


def check_page(source: str, wanted: str) -> Callable[[Any], None]:
    """Return a case: a template and its text."""
    return lambda code: expect(str(code.render(source, {"n": "N", "all": ["x", "y"]})), wanted, source)


for ident, claim, text, value, hint in EXPRESSIONS:
    CHAPTER.case(ident, claim, hint=hint)(check_value(text, value))


@CHAPTER.case("14b.j", "what is no expression is a ValueError",
              hint="Say which word you wanted, and which stands there.")
def no_expression(code: Any) -> None:
    for text in ("", "a +", "a b", "(a", "a)", "a ? b", "a.", "a.1", "* a", "a|", "a|nosuch", "all|join(", "not",
                 "a; b", "a = b", "lambda: a", "a if b"):
        expect_error(ValueError, code.evaluate, text, dict(VALUES))


@CHAPTER.case("14b.k", "Python's own names are not there",
              hint="A name is asked of the values, and of nothing else; and let none begin with an underscore.")
def no_builtins(code: Any) -> None:
    for name in ("open", "eval", "values", "get"):
        expect(str(code.evaluate(name, {})), "", name)
    for text in ("__import__", "a.__class__", "_a"):
        expect_error(ValueError, code.evaluate, text, {"a": 1, "_a": 1})


for ident, claim, source, shown, hint in PAGES:
    CHAPTER.case(ident, claim, hint=hint)(check_page(source, shown))


@CHAPTER.case("14b.t", "looking into what is nowhere is an error", hint="Empty text may be printed; a dot after it is a"
              " mistake in the template, and somebody should hear of it.")
def nothing_in_nothing(code: Any) -> None:
    expect_error(Exception, code.evaluate, "nothing.name", {})
    expect(code.evaluate('nothing|default("-")', {}), "-")
