"""Templates that share a frame, templates in a folder, and templates of strangers. Run it; see also --source."""

import html
import os
import re
import runpy
import string
import sys

EXPRESSIONS = runpy.run_path(os.path.join(os.path.dirname(__file__), "14b_expressions.py"))
parse, python, HELPERS, FILTERS, get = (EXPRESSIONS[name] for name in "parse python HELPERS FILTERS get".split())

PAGES = {
    "frame": "<title>{% block title %}Guestbook{% endblock %}</title>\n{% block body %}{% endblock %}",
    "note": '{% extends "frame" %}\n{% block title %}A note - {{ super() }}{% endblock %}\n'
            "{% block body %}<p>{{ note.text }}</p>{% endblock %}",
}
TAG = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.S)
NAMED = re.compile(r'(?P<kind>block|extends) +"?(?P<name>[^"]+?)"?\Z')


def load(folder, name):
    """Return the source of a template in a folder; LookupError for what is not in it."""
    steps = name.split("/")
    if any(step in ("", ".", "..") or set(step) & set("\\:\0") for step in steps):
        raise LookupError(f"{name!r} is no name of a template")
    try:
        with open(os.path.join(folder, *steps), encoding="utf-8") as file:
            return file.read()
    except OSError:
        raise LookupError(f"there is no template {name!r}") from None


def python_source(source):
    """Return the source of a module: a function for the page and one for each block."""
    parent, opened, functions = None, ["page"], {"page": []}
    for number, piece in enumerate(TAG.split(source)):
        rows, text = functions[opened[-1]], piece[2:-2].strip()
        tag = NAMED.match(text) if piece[:2] == "{%" else None
        if number % 2 == 0:
            rows.append(f"yield {piece!r}")
        elif text == "super()":
            rows.append(f"yield from page.block({opened[-1]!r}, level + 1)")
        elif piece[:2] == "{{":
            rows.append(f"yield escape({python(parse(text), lambda name: f'page.values.get({name!r}, Undefined())')})")
        elif text == "endblock" and len(opened) > 1:
            opened.pop()
        elif tag and tag["kind"] == "block" and tag["name"] not in functions:
            rows.append(f"yield from page.block({tag['name']!r})")
            opened.append(tag["name"])
            functions[tag["name"]] = []
        elif tag and tag["kind"] == "extends":
            parent = tag["name"]
        else:
            raise ValueError(f"{text!r} is not understood here")
    parts = ["\n    ".join([f"def part_{at}(page, level=0):", *rows]) for at, rows in enumerate(functions.values())]
    names = ", ".join(f"{name!r}: part_{at}" for at, name in enumerate(functions))
    return "\n".join([*parts, f"functions = {{{names}}}", f"parent = {parent!r}"])


class Page:
    """One page: its values, and for each block the functions of child, parent, grandparent, in this order."""

    def __init__(self, find, name, values, helpers):
        self.values, self.chain, seen = values, {}, []
        while name is not None:
            if name in seen:
                raise ValueError(f"{name!r} extends itself: {' > '.join([*seen, name])}")
            seen.append(name)
            module = {**helpers, "escape": lambda value: html.escape(str(value))}
            exec(python_source(find(name)), module)
            for block, function in module["functions"].items():
                self.chain.setdefault(block, []).append(function)
            name = module["parent"]

    def block(self, name, level=0):
        if level < len(self.chain[name]):
            yield from self.chain[name][level](self, level)


class SafeFormatter(string.Formatter):
    """A formatter whose fields are only names and numbers: no way from a value to what is inside it."""
    def get_field(self, field_name, args, kwargs):
        if "." in field_name or "[" in field_name:
            raise PermissionError(f"a format in the sandbox does not look into {field_name!r}")
        return super().get_field(field_name, args, kwargs)


def guarded(value):
    """Return a value, or a harmless twin where it is the method of a text that formats."""
    name, text = getattr(value, "__name__", ""), getattr(value, "__self__", None)
    if name not in ("format", "format_map") or not isinstance(text, str):
        return value
    return lambda *args: SafeFormatter().vformat(text, args, args[0] if name == "format_map" else {})


def safe_get(value, name):
    if name.startswith("_"):
        raise PermissionError(f"{name!r} is closed in the sandbox")
    return get(value, name)


def safe_call(function, *rest):
    if getattr(function, "unsafe", False):
        raise PermissionError("a template may not call this")
    return guarded(function)(*rest)


FILTERS["attr"], SAFE_FILTERS = get, {**FILTERS, "attr": safe_get}
SAFE_HELPERS = {**HELPERS, "get": safe_get, "call": safe_call, "use": lambda name, *rest: SAFE_FILTERS[name](*rest)}


def render(find, name, values, sandbox=False):
    page = Page(find, name, values, SAFE_HELPERS if sandbox else HELPERS)
    return "".join(page.chain["page"][-1](page))


if __name__ == "__main__":
    print(python_source(PAGES["note"]) if "--source" in sys.argv else
          render(PAGES.__getitem__, "note", {"note": {"text": "Hello <b>"}}, sandbox=True))
