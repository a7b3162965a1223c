"""multipart/form-data (RFC 7578) without I/O: a push parser, and its counterpart that writes.

The parser takes bytes as they come and gives events; the way they were cut never shows. Its work
is linear in its input, and every amount that a client decides on has a limit, an argument.
Streams, files, forms and requests are unknown here.
"""

from __future__ import annotations

import os
import re

from .codec import is_token, parse_options_header, parse_parameters
from .mime import guess_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, Final, Union

    Step = Iterator[Union["Part", bytes, "End"]]
    State = Callable[["MultipartParser"], Step]

MAX_BOUNDARY = 256  # RFC 2046, 5.1.1 has 70; some programs are more generous
MAX_PREAMBLE = 64 * 1024
MAX_PADDING = 128
MAX_PART_HEADERS = 16
MAX_HEADER_LINE = 4096
CR = 13
# What browsers send, read in one step.
_USUAL_DISPOSITION = re.compile(r'form-data; name="([^"\\%]*)"(?:; filename="([^"\\%]*)")?').fullmatch
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# A whole head as browsers write it, behind its boundary: most parts have one, and need no look at each line.
_USUAL_HEAD = re.compile(
    rb'\r\nContent-Disposition: (form-data; name="([ !#$&-\[\]-~]{0,1000})"(?:; filename="([ !#$&-\[\]-~]{0,1000})")?)'
    rb"\r\n(?:Content-Type: ([!-~]{1,200}(?: [!-~]{1,200})?)\r\n)?\r\n").match


class MalformedMultipart(ValueError):
    """The body is not what its boundary promised: it breaks the grammar, or ends too early."""


class LimitExceeded(ValueError):
    """The body is larger than allowed in one respect; `code` is the HTTP status to answer with."""

    def __init__(self, message: str, code: int = 413) -> None:
        super().__init__(message)
        self.code = code


class Part:
    """The event that begins a part: its header fields, and what Content-Disposition says of it.

    `filename` is None for a field, a text (maybe empty) for a file; `name` is None if it has none.
    """

    name: str | None
    filename: str | None

    def __init__(self, headers: list[tuple[str, str]]) -> None:
        self.headers = headers
        value = self.get("content-disposition")
        if value is None:
            raise MalformedMultipart("A part has no Content-Disposition, so its name is not known.")
        self.name, self.filename = _name_and_filename(value)

    @classmethod
    def usual(cls, head: re.Match[bytes]) -> Part:
        """Make one of a head in which everything is in its usual place."""
        part = cls.__new__(cls)
        disposition, name, filename, content_type = head.groups()
        part.headers = [("Content-Disposition", disposition.decode("ascii"))]
        if content_type is not None:
            part.headers.append(("Content-Type", content_type.decode("ascii")))
        part.name, part.filename = name.decode("ascii"), None if filename is None else filename.decode("ascii")
        return part

    def get(self, name: str) -> str | None:
        """Return the first header field of this name, given in lower case."""
        for key, value in self.headers:
            if key.lower() == name:
                return value
        return None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Part) and self.headers == other.headers

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Part {self.name!r} {self.filename!r}>"


def _name_and_filename(disposition: str) -> tuple[str | None, str | None]:
    usual = _USUAL_DISPOSITION(disposition)
    if usual:
        return usual[1], usual[2]
    options = parse_options_header(disposition, lenient=True)[1]
    filename = options.get("filename")
    if "*" in disposition and filename is not None:
        # The encoded form must not be used here (RFC 7578, 4.2), so it never wins over the plain one.
        filename = dict(parse_parameters(disposition)).get("filename", filename)
    return options.get("name"), filename


class End:
    """The event that ends a part."""

    def __repr__(self) -> str:
        return "END"


END: Final = End()


class MultipartParser:
    """Turn the bytes of a multipart body into events: for each part a `Part`, its data as bytes, `END`.

    A line ends in CRLF, LF, or (if the first one does) in CR. The data of one part may come in
    several pieces, their cuts depend on the pieces that were fed.

    :param boundary: the boundary parameter of the Content-Type.
    :param max_parts: how many parts there may be.
    :param max_field: how many bytes one part that is no file may have.
    :param max_memory: how many bytes all parts that are no files may have together.
    :raises MalformedMultipart: here for a boundary that is none, later for a broken body.

    >>> parser = MultipartParser(b"x")
    >>> list(parser.feed(b'--x\\r\\nContent-Disposition: form-data; name="a"\\r\\n\\r\\nhi\\r\\n--x--'))
    [<Part 'a' None>, b'hi', END]
    >>> parser.close()
    """

    def __init__(
        self,
        boundary: bytes,
        *,
        max_parts: int | None = None,
        max_field: int | None = None,
        max_memory: int | None = None,
    ) -> None:
        if not 0 < len(boundary) <= MAX_BOUNDARY or min(boundary) < 0x20 or max(boundary) > 0x7E:
            raise MalformedMultipart(f"A boundary has 1 to {MAX_BOUNDARY} printable ASCII characters.")
        self._max_parts, self._parts = max_parts, 0
        self._max_field, self._field = max_field, 0
        self._max_memory, self._memory = max_memory, 0
        self._is_file = False
        self._newline, self._needle = b"\n", b"\n--" + boundary
        self._buffer, self._at = b"\n", 0  # as if a line had just ended: a boundary may be the very first thing
        self._skipped = 0
        self._headers: list[tuple[str, str]] = []
        self._state: State | None = MultipartParser._preamble

    def feed(self, data: bytes) -> Step:
        """Yield the events that these bytes complete. Run it to its end before the next call.

        :raises MalformedMultipart: if no multipart body goes on like this.
        :raises LimitExceeded: if there is too much of something.
        """
        if self._state is None:
            return  # RFC 2046, 5.1.1: what follows the last delimiter is to be ignored
        self._buffer += data
        state = None
        while self._state not in (state, None):
            state = self._state
            yield from state(self)
        self._buffer, self._at = self._buffer[self._at:], 0

    def close(self) -> None:
        """Declare the end of the body.

        :raises MalformedMultipart: if the closing delimiter did not come.
        """
        if self._state is not None:
            raise MalformedMultipart("The body ends before its closing delimiter.")

    # Each state takes what it can off the buffer and yields the events. It names the next state, or stays for more.

    def _preamble(self) -> Step:
        skipped, found = self._before_delimiter()
        self._skipped += len(skipped)
        if self._skipped > MAX_PREAMBLE:
            raise LimitExceeded(f"The first boundary does not come within {MAX_PREAMBLE} bytes.", 400)
        if found:
            self._state = MultipartParser._delimiter_end
        yield from ()

    def _body(self) -> Step:
        data, found = self._before_delimiter()
        if not self._is_file:
            self._count(len(data))
        if data:
            yield data
        if found:
            self._state = MultipartParser._delimiter_end
            yield END

    def _delimiter_end(self) -> Step:
        """Behind a boundary: `--` closes the body; white space and a line end begin a part."""
        usual = _USUAL_HEAD(self._buffer, self._at) if self._newline == b"\n" else None
        if usual:
            self._at = usual.end()
            self._begin_part()
            yield self._headed(Part.usual(usual))
            return
        rest = self._buffer[self._at:self._at + MAX_PADDING]
        line = rest.lstrip(b" \t")
        if rest[:2] == b"--":
            self._state = None
        elif len(line) >= 2 or line == b"\n":
            self._at += len(rest) - len(line) + self._line_end(line)
            self._begin_part()
        elif len(rest) == MAX_PADDING:
            raise MalformedMultipart("A boundary is not followed by the end of its line.")
        yield from ()

    def _head(self) -> Step:
        line = self._take_line()
        while line:
            self._add_head_line(line)
            line = self._take_line()
        if line is not None:
            yield self._headed(Part(self._headers))

    def _headed(self, part: Part) -> Part:
        self._is_file = part.filename is not None
        self._state = MultipartParser._body_start
        return part

    def _body_start(self) -> Step:
        """A part without a body has its delimiter right behind the head (RFC 2046, 5.1.1)."""
        mark = self._needle[1:]
        rest = self._buffer[self._at:self._at + len(mark)]
        if rest == mark:
            self._at += len(mark)
            self._state = MultipartParser._delimiter_end
            yield END
        elif not mark.startswith(rest):
            self._state = MultipartParser._body

    def _before_delimiter(self) -> tuple[bytes, bool]:
        """Take what surely lies before the next delimiter, and that too if it is there."""
        buffer, start = self._buffer, self._at
        end = buffer.find(self._needle, start)
        found = end >= 0
        if found:
            self._at = end + len(self._needle)
            if end > start and buffer[end - 1] == CR and self._newline == b"\n":
                end -= 1
        else:
            self._at = end = max(start, self._safe_end(buffer))
        return buffer[start:end], found

    def _safe_end(self, buffer: bytes) -> int:
        """Return where a line end stands that the next bytes may turn into a delimiter, else the end."""
        end = len(buffer)
        at = buffer.rfind(self._newline, max(0, end - len(self._needle)))
        if at >= 0 and self._needle.startswith(buffer[at:]):
            end = at
        return end - 1 if buffer[end - 1:end] == b"\r" else end

    def _line_end(self, text: bytes) -> int:
        """Return the length of the line end in front of a text. The first one may say that CR ends the lines."""
        if self._parts == 0 and text[:1] == b"\r" and text[:2] != b"\r\n":
            self._newline, self._needle = b"\r", b"\r" + self._needle[1:]
        if text.startswith(self._newline):
            return 1
        if text[:2] == b"\r\n":
            return 2
        raise MalformedMultipart("A boundary is followed by something else than the end of its line.")

    def _begin_part(self) -> None:
        self._parts += 1
        if self._max_parts is not None and self._parts > self._max_parts:
            raise LimitExceeded(f"The form has more than {self._max_parts} parts.")
        self._field, self._headers = 0, []
        self._state = MultipartParser._head

    def _take_line(self) -> bytes | None:
        """Take one line of a part's head, None if its end is not there yet."""
        end = self._buffer.find(self._newline, self._at, self._at + MAX_HEADER_LINE + 2)
        if end < 0:
            if len(self._buffer) - self._at > MAX_HEADER_LINE + 1:
                raise LimitExceeded(f"A header line of a part is longer than {MAX_HEADER_LINE} bytes.")
            return None
        line = self._buffer[self._at:end]
        self._at = end + 1
        return line[:-1] if line.endswith(b"\r") else line

    def _add_head_line(self, line: bytes) -> None:
        """Read a header line as RFC 9112, 5 asks, with nothing in it that could start another line elsewhere."""
        text, headers = line.decode("utf-8", "replace"), self._headers
        if headers and text[0] in " \t":  # obs-fold, RFC 5322, 2.2.3: the line goes on
            name, value = headers.pop()
            value, colon = value + " " + text.strip(" \t"), ":"
        else:
            name, colon, value = text.partition(":")
            value = value.strip(" \t")
        if not colon or not is_token(name) or (not value.isprintable() and _CONTROL.search(value)):
            raise MalformedMultipart(f"A part has a header line that is none: {line[:80]!r}.")
        headers.append((name, value))
        if len(headers) > MAX_PART_HEADERS or len(value) > MAX_HEADER_LINE:
            raise LimitExceeded(
                f"A part has more than {MAX_PART_HEADERS} header fields, or one longer than {MAX_HEADER_LINE} bytes."
            )

    def _count(self, size: int) -> None:
        self._field += size
        self._memory += size
        if self._max_field is not None and self._field > self._max_field:
            raise LimitExceeded(f"A field of the form has more than {self._max_field} bytes.")
        if self._max_memory is not None and self._memory > self._max_memory:
            raise LimitExceeded(f"The fields of the form have more than {self._max_memory} bytes together.")


# A quoted name can hold none of these; browsers write them so (WHATWG HTML, 4.10.21.8), but for the backslash.
_IN_QUOTES = {ord('"'): "%22", ord("\r"): "%0D", ord("\n"): "%0A", ord("\\"): "\\\\"}


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
        content_type = getattr(value, "content_type", None) or guess_type(str(filename))[0]
        lines.append(f"Content-Type: {content_type or 'application/octet-stream'}")
    lines += [f"{key}: {text}" for key, text in getattr(value, "headers", ())
              if key.lower() not in ("content-disposition", "content-type")]
    return "\r\n".join(lines) + "\r\n\r\n"
