"""The compile pipeline of the template language: one small template at each stage, made by the real engine."""

from __future__ import annotations

from typing import Any, Iterator

from minflask.jinja.environment import Environment
from minflask.jinja.nodes import Node

from .drawing import stages

SOURCE = "<ul>{% for note in notes %}\n<li>{{ note|upper }}</li>{% endfor %}</ul>"
VALUES: dict[str, Any] = {"notes": ["Hello", "<b>"]}
WIDEST = 92


def words(env: Environment) -> str:
    """Return the tokens, a line of the picture for each line of the template or more."""
    lines = [""]
    for token in env._tokenize(SOURCE, None):
        word = f"{token.type} {token.value!r}"
        if len(lines[-1]) + len(word) > WIDEST:
            lines.append("")
        lines[-1] += ("   " if lines[-1] else "") + word
    return "\n".join(lines)


def tree(node: Node, depth: int = 0) -> Iterator[str]:
    """Yield a line for each node, with its plain fields."""
    plain, inner = [], []
    for name, value in node.iter_fields():
        nodes = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, Node)]
        inner += nodes
        if not nodes and value:
            plain.append(f"{name}={value!r}")
    yield "    " * depth + " ".join([type(node).__name__, *plain])
    for child in inner:
        yield from tree(child, depth + 1)


def draw() -> str:
    """Return the picture."""
    env = Environment(autoescape=True)
    node = env.parse(SOURCE)
    code: Any = env.compile(SOURCE, raw=True)
    module = code[code.index("\nname = ") + 1:]
    return stages(
        "A template on its way through the compiler",
        [("source", SOURCE), ("tokens", words(env)), ("tree", "\n".join(tree(node))),
         ("Python", module), ("text", env.from_string(SOURCE).render(VALUES))],
        arrows=["jinja/lexer.py cuts", "jinja/parser.py and jinja/expressions.py read",
                "jinja/scope.py names variables, jinja/compiler.py and jinja/pyexpr.py write",
                f"Python compiles, jinja/template.py runs: render({VALUES})"])
