"""Templates that give Python values instead of text.

``{{ 1 + 1 }}`` alone gives the number 2; pieces that are joined are read as a Python literal, if they
are one. For configuration and data, never with input from users.
"""
from __future__ import annotations

from ast import literal_eval, parse
from itertools import chain, islice

from .compiler import NativeCodeGenerator
from .environment import Environment
from .template import Template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def native_concat(values: Iterable[Any]) -> Any:
    """Return the one value as it is, or the value that the joined text of all is the literal of.

    >>> native_concat([[1]]), native_concat(["1", 2]), native_concat(["a", 1])
    ([1], 12, 'a1')
    """
    pieces = iter(values)
    first = list(islice(pieces, 2))
    if not first:
        return None
    if len(first) == 1 and not isinstance(first[0], str):
        return first[0]
    text = "".join(map(str, chain(first, pieces)))
    try:
        # Parsed here, because literal_eval forgives blanks in front, which would make text a number.
        return literal_eval(parse(text, mode="eval"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text


class NativeEnvironment(Environment):
    """An environment whose templates give Python values.

    >>> NativeEnvironment().from_string("{{ [1, 2] + [x] }}").render(x=3)
    [1, 2, 3]
    """

    concat = staticmethod(native_concat)
    code_generator_class = NativeCodeGenerator


class NativeTemplate(Template):
    """A template of a ``NativeEnvironment``; its ``render`` returns a value."""

    environment_class = NativeEnvironment


NativeEnvironment.template_class = NativeTemplate
