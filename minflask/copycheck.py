"""Check a one-file copy against the hashes in its head, without running any of it."""

from __future__ import annotations

import ast
import hashlib
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = re.compile(rb"#!/usr/bin/env python3\n# minflask (\S+), sha256 of all below this line: ([0-9a-f]{64})\n")
_ROW = re.compile(rb"^# ([0-9a-f]{64})  (.+)$", re.M)


class NotACopy(ValueError):
    """The file is none that `bundle` has written."""


def version_of(data: bytes) -> str:
    """Return the version that a one-file copy says it is; raises NotACopy."""
    head = _HEAD.match(data)
    if head is None:
        raise NotACopy("its first two lines are not those of a one-file copy of minflask")
    return head[1].decode("utf-8", "replace")


def problems(data: bytes) -> list[str]:
    """Return what was changed in a one-file copy since it was written, as sentences; none if it is whole.

    Raises NotACopy for a file of another kind.
    """
    version_of(data)
    head = _HEAD.match(data)
    body = data[head.end():] if head else b""
    if head is not None and hashlib.sha256(body).hexdigest().encode() == head[2]:
        return []
    found = list(_changed_parts(body))
    return found or ["Something outside of the parts was changed: the head, the finder, or the lines between."]


def _changed_parts(body: bytes) -> Iterator[str]:
    expected = {name.decode("utf-8", "replace"): digest.decode() for digest, name in _ROW.findall(body)}
    try:
        parts = dict(_parts_of(ast.parse(body)))
    except (SyntaxError, ValueError) as error:
        yield f"The file is no Python any more: {error}"
        return
    for path in sorted({*expected, *parts}):
        if path not in parts:
            yield f"{path} is missing."
        elif path not in expected:
            yield f"{path} was added."
        elif hashlib.sha256(parts[path]).hexdigest() != expected[path]:
            yield f"{path} was changed."


def _parts_of(tree: ast.Module) -> Iterator[tuple[str, bytes]]:
    """Yield the paths and the bytes of the parts, from `_parts[path] = line, text`."""
    from base64 import b64decode

    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Subscript):
            continue
        path, value = node.targets[0].slice, node.value
        if isinstance(path, ast.Constant) and isinstance(value, ast.Tuple):
            text = value.elts[1]
            if isinstance(text, ast.Constant):
                yield str(path.value), str(text.value).encode("utf-8", "surrogatepass")
            elif isinstance(text, ast.Call) and isinstance(text.args[0], ast.Constant):
                yield str(path.value), b64decode(str(text.args[0].value))
