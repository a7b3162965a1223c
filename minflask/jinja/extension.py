"""The base of all extensions of the language.

An extension adds tags, rewrites source or tokens, and may add to the environment. Those that come
with the engine are in ``ext`` and ``i18n``.
"""
from __future__ import annotations

from . import nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, ClassVar

    from .lexer import Token, TokenStream
    from .parser import Parser


class Extension:
    """Base of all extensions; pass the class to ``Environment(extensions=[…])``.

    An instance belongs to one environment. State that a template's author should see or set goes into
    the environment, by ``environment.extend``.

    :cvar tags: the names of the tags that ``parse`` handles.
    :cvar priority: extensions with a lower one come first.
    """

    identifier: ClassVar[str]
    tags: set[str] = set()
    priority = 100

    def __init_subclass__(cls) -> None:
        cls.identifier = f"{cls.__module__}.{cls.__name__}"

    def __init__(self, environment: Any) -> None:
        self.environment = environment

    def bind(self, environment: Any) -> Extension:
        """Return a copy of the extension for another environment; ``overlay`` uses it."""
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy.environment = environment
        return copy

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return the source, rewritten. May be overridden; it runs before the lexer."""
        return source

    def filter_stream(self, stream: TokenStream) -> TokenStream | Iterable[Token]:
        """Return the tokens, rewritten. May be overridden; it runs between lexer and parser."""
        return stream

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        """Parse one of the ``tags`` and return what it stands for. Implemented by extensions with tags.

        The stream of the parser stands at the name of the tag.
        """
        raise NotImplementedError(f"{type(self).__name__} names tags and must define parse() for them")

    def attr(self, name: str, lineno: int | None = None) -> nodes.ExtensionAttribute:
        """Return a node that stands for an attribute of this extension when the template runs."""
        return nodes.ExtensionAttribute(self.identifier, name, lineno=lineno)

    def call_method(
        self,
        name: str,
        args: list[nodes.Expr] | None = None,
        kwargs: list[nodes.Keyword] | None = None,
        dyn_args: nodes.Expr | None = None,
        dyn_kwargs: nodes.Expr | None = None,
        lineno: int | None = None,
    ) -> nodes.Call:
        """Return a node that calls a method of this extension when the template runs."""
        return nodes.Call(self.attr(name, lineno), args or [], kwargs or [], dyn_args, dyn_kwargs, lineno=lineno)
