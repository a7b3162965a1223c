"""Read `.env` and `.flaskenv`: variables for the environment, set where they are not set already.

The grammar is the usual one: `NAME=value`, `export NAME=value`, comments, values
in single quotes (taken as they are) or double quotes (with escapes), over
several lines too, and `${NAME}` or `${NAME:-default}` outside of single quotes.
"""

from __future__ import annotations

import os
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Optional

_BINDING = r"""
    [ \t]* (?:export[ \t]+)?
    (?P<name> [A-Za-z_][A-Za-z0-9_.-]* | '[^']+' ) [ \t]*
    (?: = [ \t]* (?P<value>
          '(?:[^'\\]|\\.)*'
        | "(?:[^"\\]|\\.)*"
        | [^\r\n]*
    ))?
    [ \t]* (?:\#[^\r\n]*)? (?:\r\n|\n|\r|\Z)
    """  # compiled where there is a file to read
_LINE = r"[^\r\n]*(?:\r\n|\n|\r|\Z)"
_VARIABLE = r"\$\{([^}:]+)(?::-([^}]*))?\}"
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "b": "\b", "a": "\a", "v": "\v"}


def parse_dotenv(text: str) -> Iterator[tuple[str, Optional[str]]]:
    r"""Yield (name, value) for each line that sets a variable; the value is None for a name alone.

    >>> list(parse_dotenv("A=1 # one\nexport B='x y'\nC=\"${A}\\n\""))
    [('A', '1'), ('B', 'x y'), ('C', '${A}\n')]
    """
    binding, line = re.compile(_BINDING, re.VERBOSE | re.DOTALL), re.compile(_LINE)
    position = 0
    while position < len(text):
        match = binding.match(text, position)
        if match is None or match.end() == position:
            match = line.match(text, position)  # a comment, a blank line, or nothing we know
            position = match.end() if match is not None and match.end() > position else position + 1
            continue
        position = match.end()
        yield match["name"].strip("'"), _unquoted(match["value"])


def _unquoted(value: str | None) -> str | None:
    if value is None:
        return None
    if len(value) > 1 and value[0] == value[-1] == "'":
        return re.sub(r"\\(['\\])", r"\1", value[1:-1])
    if len(value) > 1 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1] if m[1] in "\"'\\" else m[0]), value[1:-1],
                      flags=re.DOTALL)
    return re.sub(r"(?:^|\s+)#.*", "", value).rstrip()


def interpolate(value: str, known: Mapping[str, str | None]) -> str:
    """Replace `${NAME}` by the variable's value, or by the default behind `:-`.

    >>> interpolate("http://${HOST:-localhost}/", {})
    'http://localhost/'
    """
    return re.sub(_VARIABLE, lambda m: known.get(m[1]) or (m[2] or ""), value)


def read_dotenv(path: str | os.PathLike[str]) -> dict[str, str | None]:
    """Return the variables of a file, with what they refer to filled in from the environment and from above."""
    with open(path, encoding="utf-8-sig") as file:
        text = file.read()
    values: dict[str, str | None] = {}
    for name, value in parse_dotenv(text):
        is_literal = value is None or re.search(rf"^[ \t]*(?:export[ \t]+)?{re.escape(name)}[ \t]*=[ \t]*'", text, re.M)
        values[name] = value if value is None or is_literal else interpolate(value, {**values, **os.environ})
    return values


def is_wanted(default: bool = True) -> bool:
    """Return whether `.env` files are to be read: unless `FLASK_SKIP_DOTENV` says not."""
    value = os.environ.get("FLASK_SKIP_DOTENV")
    return value.lower() in {"0", "false", "no"} if value else default


def find_upwards(name: str) -> str | None:
    """Return the path of a file in this folder or in one above it, or None."""
    folder = os.getcwd()
    while True:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def load_dotenv(path: str | os.PathLike[str] | None = None, load_defaults: bool = True) -> bool:
    """Set the variables of a file, then those of `.env` and `.flaskenv`; none that is set already is changed.

    :param path: a file of its own, which goes before the others.
    :param load_defaults: look for `.env` and `.flaskenv`, in this folder and those above it.

    Returns whether a file was loaded.
    """
    data: dict[str, str | None] = {}
    # A program that blocks python-dotenv, by one of the ways that Flask's users know, wants no such files read.
    of_cli = vars(sys.modules.get(f"{__package__}.cli", sys)).get("dotenv", os)
    if sys.modules.get("dotenv", os) is None or of_cli is None:
        return False
    if load_defaults:
        for name in (".flaskenv", ".env"):
            found = find_upwards(name)
            if found is not None:
                data.update(read_dotenv(found))
    if path is not None and os.path.isfile(path):
        data.update(read_dotenv(path))
    for key, value in data.items():
        if key not in os.environ and value is not None:
            os.environ[key] = value
    return bool(data)
