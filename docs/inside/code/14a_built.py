"""A template becomes a Python function. Run it to see the page; with --source, to see the function."""

import re
import sys

PAGE = """<h1>{{ title }}</h1>
{% if notes %}<ul>{% for note in notes %}
  <li>{{ note.text }} -- {{ note.author }}</li>{% endfor %}
</ul>{% else %}<p>Nothing yet.</p>{% endif %}"""

TAG = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|\{[{%#].*)", re.S)
ENDS = {"{{": "}}", "{%": "%}", "{#": "#}"}
NAMES = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9][A-Za-z0-9_]*)*\Z")
FOR = re.compile(r"for\s+([A-Za-z][A-Za-z0-9_]*)\s+in\s+(\S+)\Z")
ENTITIES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&#34;", ord("'"): "&#39;"}


class Safe(str):
    """Text that is HTML already, and is not escaped again."""


def escape(value):
    """Return what a browser shows as the value, whatever signs are in it."""
    return value if isinstance(value, Safe) else Safe(str(value).translate(ENTITIES))


def look(value, *steps):
    """Follow the steps of ``note.author``: an item, else an attribute, else nothing."""
    for step in steps:
        try:
            value = value[step]
        except (TypeError, LookupError):
            value = getattr(value, step, "")
    return value


def pieces(source):
    """Yield (line, kind, text) for each piece; the kind is "text", or how the tag begins."""
    line = 1
    for piece in filter(None, TAG.split(source)):
        if not TAG.match(piece):
            yield line, "text", piece
        elif piece.endswith(ENDS[piece[:2]]):
            yield line, piece[:2], piece[2:-2].strip()
        else:
            raise ValueError(f"line {line}: the tag {piece[:20]!r} has no end")
        line += piece.count("\n")


class Writer:
    """The lines of a function, each indented as deep as the tags that are open."""

    def __init__(self):
        self.lines, self.opened = ["def template(values):", "    if 0: yield"], []

    def write(self, text, shift=0):
        self.lines.append("    " * (1 + len(self.opened) + shift) + text)

    def open(self, kind, head):
        self.write(head)
        self.opened.append(kind)
        self.write("pass")  # a body may be empty


def expression(text):
    """Return the Python for ``name`` or ``name.name``. Nothing else gets through."""
    if not NAMES.match(text):
        raise ValueError(f"{text!r} is not a name, nor names with dots between")
    return f"look(values, {', '.join(map(repr, text.split('.')))})"


def write_statement(out, text):
    """Write what stands for one ``{% … %}``."""
    loop = FOR.match(text)
    if loop:
        out.open("for", f"for values[{loop[1]!r}] in {expression(loop[2])}:")
    elif text.startswith("if "):
        out.open("if", f"if {expression(text[3:].strip())}:")
    elif text == "else" and out.opened[-1:] == ["if"]:
        out.write("else:", -1)
        out.write("pass")
    elif text.startswith("end") and out.opened[-1:] == [text[3:]]:
        out.opened.pop()
    else:
        raise ValueError(f"there is no tag {text!r} here")


WRITERS = {
    "text": lambda out, text: out.write(f"yield {text!r}"),
    "{{": lambda out, text: out.write(f"yield escape({expression(text)})"),
    "{%": write_statement,
    "{#": lambda out, text: None,
}


def python_source(source):
    """Return the source of the Python function for a template."""
    out, line = Writer(), 1
    for line, kind, text in pieces(source):
        try:
            WRITERS[kind](out, text)
        except ValueError as error:
            raise ValueError(f"line {line}: {error}") from None
    if out.opened:
        raise ValueError(f"line {line}: the template ends, and '{out.opened[-1]}' is still open")
    return "\n".join(out.lines)


def compile_template(source):
    """Return a function of a dict that gives the text of the page."""
    space = {"look": look, "escape": escape}
    exec(python_source(source), space)
    return lambda values: "".join(space["template"](dict(values)))


if __name__ == "__main__":
    notes = [{"text": "I like {{ title }} & <b>", "author": "Ada"}, {"text": "Hello", "author": "Grace"}]
    page = compile_template(PAGE)({"title": "Guestbook", "notes": notes})
    print(python_source(PAGE) if "--source" in sys.argv else page)
