"""multipart/form-data (RFC 7578) without I/O: a push parser, and its counterpart that writes.

The parser takes bytes as they come and gives events; the way they were cut never shows. Its work
is linear in its input, and every amount that a client decides on has a limit, an argument.
Streams, files, forms and requests are unknown here.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

# A quoted name can hold neither of these; browsers write them so (WHATWG HTML, 4.10.21.8).
_IN_QUOTES = {ord('"'): "%22", ord("\r"): "%0D", ord("\n"): "%0A"}


def new_boundary() -> str:
    """Return a boundary that no body holds: 128 random bits."""
    return "----minflask-" + os.urandom(16).hex()


def encode_chunks(items: Iterable[tuple[str, Any]], boundary: str) -> Iterator[bytes]:
    """Yield the bytes of a multipart/form-data body.

    :param items: field names and values; a value with a `read` method is a file, if it has
        a `filename` (or `name`), and may have a `content_type` and `headers` of its own.
        What else is not bytes becomes text.
    """
    mark = b"--" + boundary.encode("ascii")
    for name, value in items:
        yield mark + b"\r\n" + _part_head(name, value).encode("utf-8", "surrogatepass")
        if hasattr(value, "read"):
            yield from iter(lambda: value.read(65536), b"")
        else:
            yield value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
        yield b"\r\n"
    yield mark + b"--\r\n"


def _part_head(name: str, value: Any) -> str:
    lines = [f'Content-Disposition: form-data; name="{name.translate(_IN_QUOTES)}"']
    filename = getattr(value, "filename", getattr(value, "name", None)) if hasattr(value, "read") else None
    if filename is not None:
        lines[0] += f'; filename="{str(filename).translate(_IN_QUOTES)}"'
        lines.append(f"Content-Type: {getattr(value, 'content_type', None) or _guessed_type(str(filename))}")
    lines += [f"{key}: {text}" for key, text in getattr(value, "headers", ())
              if key.lower() not in ("content-disposition", "content-type")]
    return "\r\n".join(lines) + "\r\n\r\n"


def _guessed_type(filename: str) -> str:
    from mimetypes import guess_type

    return guess_type(filename)[0] or "application/octet-stream"
