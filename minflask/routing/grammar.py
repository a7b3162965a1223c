"""Read the text of a rule: static text, slashes, and variables between angle brackets.

    rule      = *( "/" / static / variable )
    variable  = "<" [ converter [ "(" arguments ")" ] ":" ] name ">"
    arguments = argument *( "," argument ) [ "," ]
    argument  = [ name "=" ] ( word / number / quoted text )

Text goes in, tokens come out. What a converter or a map is, is unknown here.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_VARIABLE = re.compile(
    rf"""<(?:({_NAME})(?:\(((?:"[^"]*"|'[^']*'|[^"'])*?)\))?:)?({_NAME})>""")
_ARGUMENT = rf"""\s*(?:({_NAME})\s*=\s*)?(?:u?"([^"]*)"|u?'([^']*)'|(-?\w[\w.-]*))\s*(?:,|\Z)"""
_WORDS = {"True": True, "False": False, "None": None}


class Variable:
    """A variable as a rule names it: its converter, the converter's arguments, its name."""

    __slots__ = ("converter", "arguments", "name")

    def __init__(self, converter: str, arguments: str, name: str) -> None:
        self.converter, self.arguments, self.name = converter, arguments, name


def tokens(rule: str) -> Iterator[str | Variable]:
    """Yield the static texts and the variables of a rule; static text keeps its slashes.

    :raises ValueError: when a ``<`` opens no variable.
    """
    start = 0
    while True:
        opening = rule.find("<", start)
        if opening < 0:
            if start < len(rule):
                yield rule[start:]
            return
        variable = _VARIABLE.match(rule, opening)
        if variable is None:
            raise ValueError(
                f"Malformed URL rule {rule!r}: what follows {rule[:opening + 1]!r} is no variable. Write <name>, "
                "<converter:name> or <converter(argument, option=1):name>, with names of ASCII letters, digits and _.")
        if opening > start:
            yield rule[start:opening]
        converter, arguments, name = variable.groups()
        yield Variable(converter or "default", arguments or "", name)
        start = variable.end()


def segments(rule: str) -> list[list[str | Variable]]:
    """Split a rule at the slashes of its static text; each segment is a list of tokens.

    >>> segments("/a//b")
    [[], ['a'], [], ['b']]
    """
    found: list[list[str | Variable]] = [[]]
    for token in tokens(rule):
        if isinstance(token, Variable):
            found[-1].append(token)
            continue
        first, *more = token.split("/")
        if first:
            found[-1].append(first)
        found.extend([text] if text else [] for text in more)
    return found


def parse_converter_args(text: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Read the arguments of a converter, as they stand between its parentheses.

    >>> parse_converter_args("about, 2, max=1.5, 'a b'")
    (('about', 2, 'a b'), {'max': 1.5})

    :raises ValueError: when something is neither a word, a number nor quoted text.
    """
    positional: list[Any] = []
    named: dict[str, Any] = {}
    position = 0
    while text[position:].strip():
        match = re.compile(_ARGUMENT).match(text, position)
        if match is None:
            raise ValueError(f"Cannot parse the converter arguments {text!r} at {text[position:].strip()!r}: "
                             "they are words, numbers or quoted texts, separated by commas.")
        name, double, single, word = match.groups()
        value = _value_of(word) if word is not None else single if double is None else double
        if name is None:
            positional.append(value)
        else:
            named[name] = value
        position = match.end()
    return tuple(positional), named


def _value_of(word: str) -> Any:
    if word in _WORDS:
        return _WORDS[word]
    for convert in (int, float):
        try:
            return convert(word)
        except ValueError:
            pass
    return word
