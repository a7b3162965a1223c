"""Names that end where they should: loops, set, macros. Expressions are those of 14b_expressions.py beside it."""

import html
import re
import runpy
import sys

EXPRESSIONS = runpy.run_path(__file__[:-len("built.py")] + "expressions.py")
parse, python, HELPERS = (EXPRESSIONS[name] for name in ("parse", "python", "HELPERS"))

PAGE = """{% macro line(note, mark) %}{{ mark }} {{ note.text|upper }} ({{ note.text|length }}){% endmacro %}\
{% set mark = "*" %}{% for note in notes %}{{ line(note, mark) }}
{% endfor %}{{ notes|length + more * 10 }} notes. {{ note }}"""
TAG = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.S)
STATEMENT = re.compile(r"(?P<kind>[a-z]*)(?: +(?P<name>[A-Za-z][A-Za-z0-9_]*))? *(?P<rest>.*)\Z", re.S)


Safe = type("Safe", (str,), {"__doc__": "Text that is HTML already."})


def escape(value):
    return value if isinstance(value, Safe) else Safe(html.escape(str(value)))


def macro(function):
    return lambda *rest: Safe("".join(function(*rest)))


class Scope:
    """The names that one part of a template sets, each with the Python variable that holds it."""

    def __init__(self, outer=None, depth=1):
        self.outer, self.depth, self.variables, self.start = outer, depth, {}, []
        self.count = outer.count if outer else iter(range(1, 10**6))

    def find(self, name):
        if name in self.variables:
            return self.variables[name]
        return self.outer.find(name) if self.outer else f"values.get({name!r}, Undefined())"

    def define(self, name):
        self.variables[name] = f"{name}_{next(self.count)}"
        return self.variables[name]

    def begin(self, name):
        """Return the variable of a name that is set here; until then it is what it was further out."""
        if name not in self.variables:
            before = self.find(name)
            self.start.append("    " * self.depth + f"{self.define(name)} = {before}")
        return self.variables[name]


class Writer:
    """The rows of a function. A list among the rows is filled later: the start of a scope."""

    def __init__(self):
        self.scope, self.opened = Scope(), []
        self.rows = [["def template(values):", "    if 0: yield"], self.scope.start]

    def row(self, text):
        self.rows.append(["    " * (1 + len(self.opened)) + text])

    def open(self, kind, head, scope):
        self.row(head)
        self.opened.append((kind, self.scope))
        self.row("if 0: yield")
        if scope is not self.scope:
            self.scope = scope
            self.rows.append(scope.start)

    def code(self, text):
        return python(parse(text), self.scope.find)


def write_statement(out, kind, name, rest):
    """Write what stands for one tag."""
    inner = Scope(out.scope, len(out.opened) + 2)
    if kind == "set" and name and rest[:1] == "=":
        code = out.code(rest[1:])
        out.row(f"{out.scope.begin(name)} = {code}")
    elif kind == "for" and name and rest[:3] == "in ":
        out.open(kind, f"for {inner.define(name)} in {out.code(rest[3:])}:", inner)
    elif kind == "macro" and name and rest[:1] + rest[-1:] == "()":
        parameters = [f"{inner.define(one)}=Undefined()" for one in re.findall(r"[A-Za-z]\w*", rest)]
        out.row("@macro")
        out.open(kind, f"def {out.scope.begin(name)}({', '.join(parameters)}):", inner)
    elif kind == "if":
        out.open(kind, f"if {out.code((name or '') + ' ' + rest)}:", out.scope)
    elif kind[:3] == "end" and out.opened and out.opened[-1][0] == kind[3:]:
        out.scope = out.opened.pop()[1]
    else:
        raise ValueError(f"'{kind}' is not understood here")


def python_source(source):
    """Return the source of the Python function for a template."""
    out = Writer()
    for number, piece in enumerate(TAG.split(source)):
        if number % 2 == 0:
            out.row(f"yield {piece!r}")
        elif piece[:2] == "{{":
            out.row(f"yield escape({out.code(piece[2:-2])})")
        else:
            write_statement(out, *STATEMENT.match(piece[2:-2].strip()).group("kind", "name", "rest"))
    return "\n".join(row for rows in out.rows for row in rows)


def evaluate(text, values):
    return eval(python(parse(text), Scope().find), {**HELPERS, "values": values})


def render(source, values):
    space = {**HELPERS, "escape": escape, "macro": macro}
    exec(python_source(source), space)
    return "".join(space["template"](values))


if __name__ == "__main__":
    values = {"notes": [{"text": "Hello"}, {"text": "<b> & {{ more }}"}], "more": 4, "note": "Please be kind."}
    print(python_source(PAGE) if "--source" in sys.argv else render(PAGE, values))
