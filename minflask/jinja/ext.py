"""The extensions that come with the language, under the names their users know.

``do``, ``loopcontrols`` and ``debug`` are here; ``i18n`` has a file of its own. ``with_`` and
``autoescape`` are empty: the language has both tags by now.
"""
from __future__ import annotations

import pprint

from . import nodes
from .extension import Extension
from .i18n import GETTEXT_FUNCTIONS, InternationalizationExtension, babel_extract, extract_from_ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .parser import Parser
    from .runtime import Context

__all__ = [
    "AutoEscapeExtension", "DebugExtension", "ExprStmtExtension", "Extension", "GETTEXT_FUNCTIONS",
    "InternationalizationExtension", "LoopControlExtension", "WithExtension", "autoescape", "babel_extract",
    "debug", "do", "extract_from_ast", "i18n", "loopcontrols", "with_",
]


class ExprStmtExtension(Extension):
    """The tag ``do``: evaluate an expression and print nothing, as in ``{% do items.append(1) %}``."""

    tags = {"do"}

    def parse(self, parser: Parser) -> nodes.Node:
        """Parse the expression after ``do``."""
        lineno = next(parser.stream).lineno
        return nodes.ExprStmt(parser.parse_tuple(), lineno=lineno)


class LoopControlExtension(Extension):
    """The tags ``break`` and ``continue`` in loops."""

    tags = {"break", "continue"}

    def parse(self, parser: Parser) -> nodes.Node:
        """Parse the tag, which is all there is."""
        token = next(parser.stream)
        kind = nodes.Break if token.value == "break" else nodes.Continue
        return kind(lineno=token.lineno)


class DebugExtension(Extension):
    """The tag ``debug``: print the variables that are there, and the names of filters and tests."""

    tags = {"debug"}

    def parse(self, parser: Parser) -> nodes.Node:
        """Parse the tag, which is all there is."""
        lineno = parser.stream.expect("name:debug").lineno
        return nodes.Output([self.call_method("_render", [nodes.ContextReference()], lineno=lineno)], lineno=lineno)

    def _render(self, context: Context) -> str:
        shown: dict[str, Any] = {
            "context": context.get_all(),
            "filters": sorted(self.environment.filters),
            "tests": sorted(self.environment.tests),
        }
        return pprint.pformat(shown, depth=3, compact=True)


class WithExtension(Extension):
    """Nothing: ``with`` is part of the language. Kept for programs that load it by name."""


class AutoEscapeExtension(Extension):
    """Nothing: ``autoescape`` is part of the language. Kept for programs that load it by name."""


i18n = InternationalizationExtension
do = ExprStmtExtension
loopcontrols = LoopControlExtension
debug = DebugExtension
with_ = WithExtension
autoescape = AutoEscapeExtension
