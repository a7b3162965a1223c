"""Pages that share a frame, by replacing text; and a sandbox that looks for two underscores. Run it."""

import os
import re
import runpy

EXPRESSIONS = runpy.run_path(os.path.join(os.path.dirname(__file__), "14b_expressions.py"))
parse, python, HELPERS = (EXPRESSIONS[name] for name in ("parse", "python", "HELPERS"))
EXPRESSIONS["FILTERS"]["attr"] = getattr

EXTENDS = re.compile(r'\s*\{% extends "(.*?)" %\}')
BLOCK = re.compile(r"\{% block (\w+) %\}(.*?)\{% endblock %\}", re.S)
HOLE = re.compile(r"\{\{(.*?)\}\}")


def load(folder, name):
    """Return the source of a template in a folder."""
    with open(os.path.join(folder, name.replace("../", "")), encoding="utf-8") as file:
        return file.read()


def frame(find, source, blocks):
    """Return the source of the outermost template, with the innermost blocks in it."""
    for name, text in BLOCK.findall(source):
        blocks.setdefault(name, text)
    parent = EXTENDS.match(source)
    return frame(find, find(parent[1]), blocks) if parent else BLOCK.sub(lambda block: blocks[block[1]], source)


def evaluate(text, values):
    code = python(parse(text), lambda name: f"values[{name!r}]")
    return eval(code, {**HELPERS, "values": values})


def render(find, name, values, sandbox=False):
    """Return the text of a template."""
    source = frame(find, find(name), {})
    if sandbox and "__" in source:
        raise PermissionError("two underscores")
    return HOLE.sub(lambda hole: str(evaluate(hole[1], values)), source)


class Note:
    text, key = "Hello", "the key that signs the sessions"


if __name__ == "__main__":
    for source, values in (
            ("{{ note.text }}", {}),
            ('{{ "{0.__class__}".format(note) }}', {}),
            ("{{ pattern.format(note) }}", {"pattern": "{0.__class__.key}"})):
        try:
            print(render({"page": source}.get, "page", {"note": Note(), **values}, sandbox=True))
        except PermissionError as error:
            print(f"refused: {error}")
