"""Expressions by pasting them into Python. It is short, and it does what nobody asked for. Run it."""

import re

TAG = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.S)


def render(source, values):
    """Return the text of a template; what stands in its tags is taken as Python."""
    rows, depth = ["def template():", "    yield ''"], 1
    for number, piece in enumerate(TAG.split(source)):
        text = piece[2:-2].strip()
        if number % 2 == 0:
            rows.append("    " * depth + f"yield {piece!r}")
        elif piece.startswith("{{"):
            rows.append("    " * depth + f"yield str({text})")
        elif text.startswith("end"):
            depth -= 1
        elif text.startswith("set "):
            rows.append("    " * depth + text[4:])
        else:
            rows.append("    " * depth + text + ":")
            depth += 1
    space = dict(values)
    exec("\n".join(rows), space)
    return "".join(space["template"]())


def evaluate(text, values):
    """Return the value of an expression."""
    return eval(text, dict(values))


if __name__ == "__main__":
    values = {"note": "Please be kind.", "notes": ["Hello", "Nice place"], "author": {"name": "Ada"}}
    for line in ("{% for note in notes %}{{ note }}! {% endfor %}{{ note }}",
                 "{% set note = note + ' Thanks.' %}{{ note }}",
                 "{{ author.name }}",
                 "{{ nickname }}",
                 "{{ ().__class__.__base__.__subclasses__().__class__ }}"):
        try:
            print(render(line, values))
        except Exception as error:
            print(f"{type(error).__name__}: {error}")
