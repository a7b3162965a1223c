"""Questions about a template that is not run: which variables, which other templates?"""
from __future__ import annotations

from . import nodes
from .compiler import undeclared_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def find_undeclared_variables(ast: nodes.Template) -> set[str]:
    """Return the names that a template looks up in its context; any might be used.

    >>> from .environment import Environment
    >>> sorted(find_undeclared_variables(Environment().parse("{% set a = b %}{{ a ~ c }}")))
    ['b', 'c']
    """
    return undeclared_names(ast)


def find_referenced_templates(ast: nodes.Template) -> Iterator[str | None]:
    """Give the names of the templates that one extends, includes or imports; None for a name that varies.

    >>> from .environment import Environment
    >>> list(find_referenced_templates(Environment().parse("{% include [name, 'b.html'] %}")))
    [None, 'b.html']
    """
    for statement in ast.find_all((nodes.Extends, nodes.FromImport, nodes.Import, nodes.Include)):
        yield from _names(statement.template)


def _names(expression: nodes.Expr) -> Iterator[str | None]:
    if isinstance(expression, (nodes.Tuple, nodes.List)):
        for item in expression.items:
            yield from _names(item)
        return
    value = expression.value if isinstance(expression, nodes.Const) else None
    for name in value if isinstance(value, (tuple, list)) else [value]:
        yield name if isinstance(name, str) else None
