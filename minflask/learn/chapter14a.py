"""The cases of chapter 14a: text with holes, made into a function."""

from __future__ import annotations

from .cases import Chapter, Wrong, expect, expect_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CHAPTER = Chapter("14a", "Templates: text with holes", wants={
    "compile_template": "compile_template(source) -> a function of a dict of values that returns the text;"
                        " ValueError for what is wrong in the source",
    "Safe": "Safe(text) -> a str that is HTML already",
})

AS_DATA = "Compile the template before any value is known; then no value can be read as a template."
ESCAPES = "Escape every value that is printed: & first, then < > and both quotes. str.translate does it in one pass."
AS_REPR = "Put the text into the generated code as repr(text), and never by gluing quotes around it."

# (id, claim, template, values, text, hint)
PAGES: tuple[tuple[str, str, str, dict[str, Any], str, str], ...] = (
    ("14a.a", "text without tags comes out as it is", "<p>\n  5 % of { } is %s</p>", {}, "<p>\n  5 % of { } is %s</p>",
     "Only {{, {% and {# begin something."),
    ("14a.b", "a hole is filled, with blanks in it or without", "{{ a }}{{a}}{{  a\n}}", {"a": 1}, "111",
     "Take what is between {{ and }}, and strip it."),
    ("14a.c", "a value is never read as a template", "{{ a }} {{ b }}", {"a": "{{ b }}", "b": "{% if a %}"},
     "{{ b }} {% if a %}", AS_DATA),
    ("14a.d", "all five signs of HTML are escaped", "{{ a }}", {"a": "&<>'\""}, "&amp;&lt;&gt;&#39;&#34;", ESCAPES),
    ("14a.e", "quotes, backslashes and line ends in the text are only text", "'''\"\"\"\\\n\\n{{ a }}'", {"a": 1},
     "'''\"\"\"\\\n\\n1'", AS_REPR),
    ("14a.f", "a loop repeats what is in it", "{% for n in all %}<{{ n }}>{% endfor %}!", {"all": [1, 2]}, "<1><2>!",
     "Write a for loop into the generated function, and indent what follows until endfor."),
    ("14a.g", "loops and conditions stand in each other", "{% for a in all %}{% if a.b %}{% for c in a.b %}{{ c }}"
     "{% endfor %}{% else %}-{% endif %}{% endfor %}", {"all": [{"b": [1, 2]}, {"b": []}, {"b": [3]}]}, "12-3",
     "Keep a list of the tags that are open; its length is the depth of the indentation."),
    ("14a.h", "a body may be empty", "{% if a %}{% endif %}{% for b in c %}{% endfor %}.", {"a": 1, "c": [1]}, ".",
     "Python wants a statement in a body: write `pass` first."),
    ("14a.i", "a comment is left out, whatever is in it", "a{# {{ b }} {% if #}c", {}, "ac",
     "Let {# … #} be one piece of its own, and write nothing for it."),
)


def check_page(source: str, values: dict[str, Any], wanted: str) -> Any:
    """Return a case: a template and its text."""
    return lambda code: expect(str(code.compile_template(source)(values)), wanted, repr(source))


for ident, claim, source, values, wanted, hint in PAGES:
    CHAPTER.case(ident, claim, hint=hint)(check_page(source, values, wanted))


@CHAPTER.case("14a.j", "text that is safe is not escaped twice", hint="Let escape() return a Safe as it is.")
def safe_text(code: Any) -> None:
    expect(code.compile_template("{{ a }}{{ b }}")({"a": code.Safe("<b>"), "b": "<b>"}), "<b>&lt;b&gt;")


@CHAPTER.case("14a.k", "a dot finds items and attributes", hint="Try value[step] first, then getattr(value, step).")
def dots(code: Any) -> None:
    thing = type("Note", (), {"text": "from an attribute"})()
    expect(code.compile_template("{{ a.b.c }}, {{ d.text }}")({"a": {"b": {"c": "item"}}, "d": thing}),
           "item, from an attribute")


@CHAPTER.case("14a.l", "a template is compiled once, and keeps no value", hint="Give each call a dict of its own.")
def kept(code: Any) -> None:
    template = code.compile_template("{% for n in all %}{{ n }}{% endfor %}{{ a }}")
    first, values = template({"all": [1], "a": "x"}), {"all": [2], "a": "y"}
    expect([first, template(values), sorted(values)], ["1x", "2y", ["a", "all"]])


@CHAPTER.case("14a.m", "what is wrong is a ValueError that names the line",
              hint="Count the line ends of the pieces before, and put the number into the message.")
def faults(code: Any) -> None:
    for text in ("{{ a", "{% if a %}", "{% endfor %}", "{% nosuch %}", "{% for a in b %}{% endif %}"):
        try:
            code.compile_template("one\ntwo\n" + text)
        except ValueError as error:
            if "3" not in str(error):
                raise Wrong(f"for {text!r} in line 3 the message is {str(error)!r}") from None
        else:
            raise Wrong(f"{text!r} was taken")


@CHAPTER.case("14a.n", "what is no name is refused, and not run as Python",
              hint="Check with a pattern that ends in \\Z what may stand in a tag, before it gets into the code.")
def no_python(code: Any) -> None:
    for text in ("__import__('os')", "a)+(b", "a\nimport os", "a b", "a'", "1+1", "a if b else c", ""):
        expect_error(ValueError, code.compile_template, "{{ %s }}" % text)
        expect_error(ValueError, code.compile_template, "{%% for a in %s %%}{%% endfor %%}" % text)
    expect_error(ValueError, code.compile_template, "{% for a['b'] in c %}{% endfor %}")
