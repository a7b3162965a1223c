"""Warn of what breaks WSGI (PEP 3333) or HTTP between a server and an application.

Nothing is refused: each finding is a warning, for use while developing.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit
from warnings import warn

from ..codec import is_entity_header
from ..headers import Headers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

REQUIRED = (
    "REQUEST_METHOD", "SERVER_NAME", "SERVER_PORT", "wsgi.version", "wsgi.url_scheme", "wsgi.input",
    "wsgi.errors", "wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once",
)
ALLOWED_IN_304 = ("expires", "content-location")
STACK = 3  # a warning points to the caller of the function that found it


class WSGIWarning(Warning):
    """Something is not as WSGI wants it."""


class HTTPWarning(Warning):
    """Something is not as HTTP wants it."""


def check_type(context: str, obj: object, need: type = str) -> None:
    """Warn if an object is of another type, or of a subclass: WSGI wants the plain types."""
    if type(obj) is not need:
        warn(f"{context} must be {need.__name__!r}, not {type(obj).__name__!r}.", WSGIWarning, STACK)


class InputStream:
    """The stream of the body, with a warning for each use that not all servers allow."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, *args: int) -> bytes:
        """Read up to so many bytes."""
        if len(args) != 1:
            warn("wsgi.input.read() needs the number of bytes: without it some servers wait for ever.", WSGIWarning, 2)
        data: bytes = self._stream.read(*args)
        return data

    def readline(self, *args: int) -> bytes:
        """Read a line, or up to so many bytes of it."""
        if len(args) > 1:
            warn("wsgi.input.readline() takes one argument at most.", WSGIWarning, 2)
        data: bytes = self._stream.readline(*args)
        return data

    def readlines(self, *args: int) -> list[bytes]:
        """Read the lines."""
        lines: list[bytes] = self._stream.readlines(*args)
        return lines

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def close(self) -> None:
        """Close the stream, which is the server's to do."""
        warn("The application closed wsgi.input, which belongs to the server.", WSGIWarning, 2)
        self._stream.close()


class ErrorStream:
    """The stream for errors, with warnings for all but text, and for closing it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write a text."""
        check_type("What is written to wsgi.errors", text)
        self._stream.write(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Flush the stream."""
        self._stream.flush()

    def close(self) -> None:
        """Close the stream, which is the server's to do."""
        warn("The application closed wsgi.errors, which belongs to the server.", WSGIWarning, 2)
        self._stream.close()


class GuardedIterator:
    """The body on its way to the server; at its end, what was sent is held against the headers."""

    _closed = True  # until there is something to close

    def __init__(self, body: Any, answer: Answer) -> None:
        self._body, self._answer = body, answer
        self._next = iter(body).__next__
        self._closed = False

    def __iter__(self) -> GuardedIterator:
        return self

    def __next__(self) -> bytes:
        if self._closed:
            warn("The body was read after it had been closed.", WSGIWarning, 2)
        chunk: bytes = self._next()
        if self._answer.status is None:
            warn("The body began before start_response was called.", WSGIWarning, 2)
        check_type("A chunk of the body", chunk, bytes)
        self._answer.sent += len(chunk)
        return chunk

    def close(self) -> None:
        """Close the body and check the whole answer."""
        self._closed = True
        getattr(self._body, "close", lambda: None)()
        self._answer.check()

    def __del__(self) -> None:
        if not self._closed:
            warn("The body was dropped without a call of its close().", WSGIWarning, 2)


class Answer:
    """What the application has answered so far."""

    def __init__(self, method: str) -> None:
        self.method = method
        self.status: int | None = None
        self.headers = Headers()
        self.sent = 0

    def check(self) -> None:
        """Warn of headers that do not suit the status, or the bytes that were sent."""
        if self.status is None:
            warn("The application did not call start_response.", WSGIWarning, STACK)
            return
        length = self.headers.get("Content-Length", type=int)
        if self.status == 304:
            self._check_not_modified()
        elif 100 <= self.status < 200 or self.status == 204:
            if length:
                warn(f"A response with status {self.status} has no Content-Length.", HTTPWarning, STACK)
        elif self.method != "HEAD" and length is not None and length != self.sent:
            warn(f"Content-Length is {length}, but {self.sent} bytes were sent.", WSGIWarning, STACK)
        if self.sent and (self.status in (204, 304, *range(100, 200)) or self.method == "HEAD"):
            warn(f"This response ({self.method}, {self.status}) has no body, but one was sent.", HTTPWarning, STACK)

    def _check_not_modified(self) -> None:
        for name, _ in self.headers:
            if is_entity_header(name) and name.lower() not in ALLOWED_IN_304:
                warn(f"A 304 response describes no body, but has {name!r}.", HTTPWarning, STACK)


class LintMiddleware:
    """Check everything that passes between the server and an application, and warn.

    :param app: the application to wrap.

    >>> from minflask.http.response import Response
    >>> app = LintMiddleware(Response("hello"))
    """

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app = app

    def check_environ(self, environ: dict[str, Any]) -> None:
        """Warn of an environ that is not one."""
        check_type("The environ", environ, dict)
        for name in REQUIRED:
            if name not in environ:
                warn(f"The environ has no {name!r}.", WSGIWarning, STACK)
        if environ.get("wsgi.version") != (1, 0):
            warn("Environ is not a WSGI 1.0 environ.", WSGIWarning, STACK)
        for name in ("SCRIPT_NAME", "PATH_INFO"):
            path = environ.get(name, "")
            if path and path[0] != "/":
                warn(f"{name!r} does not start with a slash: {path!r}", WSGIWarning, STACK)

    def check_start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: tuple[Any, Any, Any] | None
    ) -> tuple[int, Headers]:
        """Warn of a wrong status or list of headers; return them as a number and `Headers`."""
        check_type("The status", status)
        code = status.partition(" ")[0]
        for is_wrong, message in (
            (not re.fullmatch("[0-9]{3}", code), "The status must begin with three digits."),
            (status[3:4] != " ", "The status must have a space behind its three digits."),
            (not re.match("[1-5][0-9]{2}", code), "The number of the status must lie between 100 and 599."),
        ):
            if is_wrong:
                warn(f"{message} It is {status!r}.", WSGIWarning, STACK)
        if exc_info is not None and not isinstance(exc_info, tuple):
            warn("exc_info must be a tuple.", WSGIWarning, STACK)
        found = Headers()
        for name, value in _plain_headers(headers):
            found.add(name, value)
        self.check_headers(found)
        return int(code) if code.isascii() and code.isdigit() else 0, found

    def check_headers(self, headers: Headers) -> None:
        """Warn of headers whose values HTTP does not allow."""
        tag = headers.get("ETag")
        if tag is not None and not re.fullmatch(r'(W/)?"[^"]*"', tag):
            warn(f"An ETag is quoted, maybe with W/ in front, unlike {tag!r}.", HTTPWarning, STACK)
        location = headers.get("Location")
        if location is not None and not urlsplit(location).netloc:
            warn("Absolute URLs required for location header.", HTTPWarning, STACK)

    def check_iterator(self, app_iter: Iterable[bytes]) -> None:
        """Warn of a body that is a text or a plain byte string."""
        if isinstance(app_iter, str):
            warn("The body is a text; it must be an iterable of bytes.", WSGIWarning, STACK)
        elif isinstance(app_iter, bytes):
            warn("The body is one byte string, of which each byte is a chunk; put it into a list.", WSGIWarning, STACK)

    def __call__(self, *args: Any, **kwargs: Any) -> Iterable[bytes]:
        if len(args) != 2 or kwargs:
            warn("A WSGI application is called with exactly two arguments.", WSGIWarning, 2)
        environ, start_response = args
        self.check_environ(environ)
        answer = Answer(environ.get("REQUEST_METHOD", "GET"))
        for key, checked in (("wsgi.input", InputStream), ("wsgi.errors", ErrorStream)):
            if key in environ:
                environ[key] = checked(environ[key])

        def checked_start(*args: Any, **kwargs: Any) -> Callable[[bytes], None]:
            if len(args) not in (2, 3) or kwargs:
                warn("start_response takes two or three arguments, by position.", WSGIWarning, 2)
            answer.status, answer.headers = self.check_start_response(*(*args, None)[:3])
            write = start_response(*args, **kwargs)

            def checked_write(data: bytes) -> None:
                check_type("What is passed to write()", data, bytes)
                write(data)
                answer.sent += len(data)

            return checked_write

        body = self.app(environ, checked_start)
        self.check_iterator(body)
        return GuardedIterator(body, answer)


def _plain_headers(headers: Any) -> Iterator[tuple[str, str]]:
    """Yield the headers that are pairs of texts, and warn of the others."""
    if type(headers) is not list:
        warn("Header list is not a list.", WSGIWarning, STACK + 1)
    for item in headers:
        if type(item) is not tuple or len(item) != 2:
            warn("Header items must be 2-item tuples.", WSGIWarning, STACK + 1)
            continue
        name, value = item
        if type(name) is not str or type(value) is not str:
            warn(f"Names and values of headers must be 'str', unlike {item!r}.", WSGIWarning, STACK + 1)
        elif name.lower() == "status":
            warn("The status header is not supported.", WSGIWarning, STACK + 1)
        elif re.search(r"[\x00-\x1f\x7f]", value):
            warn(f"A header has control characters: {item!r}.", WSGIWarning, STACK + 1)
        else:
            yield name, value
