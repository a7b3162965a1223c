"""One request through a WSGI application (PEP 3333): the environ, the call, the answer.

The framing of the answer is decided here: with a length, in chunks, or until the
connection closes; and so is what an application may not do: bring a line of its
own into the head, send more or less than it announced, start twice. Where bytes
come from and go to is the connection's business.
"""

from __future__ import annotations

import io
import os
import stat
import sys
import time

from .http1 import BAD, CONNECTION, CRLF, DATE, HOP, LAST_CHUNK, LENGTH, REASONS, ProtocolError, encode_chunk, \
    encode_fields, encode_status, field_kind, is_length

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable

    from .connection import Connection
    from .http1 import Head
    from .settings import Settings

# How the end of a body is told.
UNDECIDED, WITH_LENGTH, IN_CHUNKS, UNTIL_CLOSE, NO_BODY = range(5)
SMALL_FILE = 65536  # read and sent with the head; larger ones go by sendfile
ONE_SEND = 1 << 18  # head and body up to this size are joined and sent at once
LOOK_AFTER = 1.0  # seconds that a stream runs before a half-closed client counts as gone
LOOK_EVERY = 0.4


class Interrupted(BaseException):
    """Raised in a request that is still running when the time to stop is over."""


class FileWrapper:
    """What `wsgi.file_wrapper` makes: a file to be sent, by sendfile where that is possible."""

    def __init__(self, filelike: Any, blksize: int = 8192) -> None:
        self.filelike = filelike
        self.blksize = blksize
        if hasattr(filelike, "close"):
            self.close = filelike.close

    def __iter__(self) -> FileWrapper:
        return self

    def __next__(self) -> bytes:
        data: bytes = self.filelike.read(self.blksize)
        if not data:
            raise StopIteration
        return data


class ErrorStream:
    """`wsgi.errors`: whatever sys.stderr is at the moment, or nowhere if there is none (pythonw, services)."""

    def write(self, text: str) -> int:
        """Write text; never raise."""
        try:
            if sys.stderr is not None:
                sys.stderr.write(text)
        except (OSError, ValueError):  # closed, or an encoding that lacks a character
            pass
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each line."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Flush; never raise."""
        try:
            if sys.stderr is not None:
                sys.stderr.flush()
        except (OSError, ValueError):
            pass


def base_environ(name: str, port: str, scheme: str, threads: int, processes: bool) -> dict[str, Any]:
    """Return what is the same in the environ of every request."""
    return {
        "wsgi.version": (1, 0), "wsgi.url_scheme": scheme, "wsgi.errors": ErrorStream(),
        "wsgi.multithread": threads > 1, "wsgi.multiprocess": processes, "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper, "wsgi.input_terminated": True, "SCRIPT_NAME": "",
        "SERVER_NAME": name, "SERVER_PORT": port, "SERVER_SOFTWARE": __name__.partition(".")[0],
    }


class Exchange:
    """A request and the answer to it."""

    __slots__ = ("conn", "request", "settings", "started", "status", "fields", "head_sent", "framing", "length",
                 "left", "sent", "keep_alive", "has_date", "failed", "holds_file", "encoded", "ended")

    def __init__(self, conn: Connection, request: Head, settings: Settings) -> None:
        self.conn = conn
        self.request = request
        self.settings = settings
        self.started = time.monotonic()
        self.status = ""
        self.fields: list[tuple[str, str]] = []
        self.head_sent = False
        self.framing = UNDECIDED
        self.length: int | None = None  # what the application says
        self.left = 0  # of the announced length
        self.sent = 0  # bytes of the body
        self.encoded = b""
        self.has_date = False
        self.failed = False
        self.holds_file = False
        self.ended = False
        self.keep_alive = (request.keep_alive and settings.keep_alive
                           and conn.requests < settings.requests_per_connection)

    def environ(self) -> dict[str, Any]:
        """Return the environ of this request; a new one each time."""
        request, peer = self.request, self.conn.peer
        environ = self.settings.environ.copy()
        environ.update(request.fields)
        environ["REQUEST_METHOD"] = request.method
        environ["PATH_INFO"] = request.path
        environ["QUERY_STRING"] = request.query
        environ["REQUEST_URI"] = environ["RAW_URI"] = request.target
        environ["SERVER_PROTOCOL"] = request.version
        environ["wsgi.input"] = self.conn.body_file()
        environ["server.client_left"] = self.conn.client_left
        if isinstance(peer, tuple):
            environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = peer[0], str(peer[1])
        else:  # a unix socket has no names on the client's side
            environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = "<local>", "0"
        return environ

    # -- the call --------------------------------------------------------------------------

    def run(self) -> None:
        """Call the application and send its answer; whatever it does, this returns."""
        result: Any = None
        try:
            if self.request.target == "*":
                result = self._answer_for_the_server()
            else:
                result = self.settings.app(self.environ(), self.start_response)
            self._send_result(result)
        except BaseException as exc:  # SystemExit too: one request ends, not the server
            self._fail(exc)
        self.ended = True
        if not self.holds_file:
            self._close(result)
        self.conn.closing = not self.keep_alive
        if self.settings.access_log is not None:
            self.settings.access_log.record(self)

    def _answer_for_the_server(self) -> list[bytes]:
        """Answer `OPTIONS *`, which asks about no resource (RFC 9110, 9.3.7)."""
        self.start_response("200 OK", [])
        return [b""]

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], None]:
        """Take the status and the headers, as PEP 3333 says; they are sent with the first bytes of the body."""
        if exc_info:
            try:
                if self.head_sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self.status:
            raise RuntimeError("start_response was called twice; the second call needs exc_info (PEP 3333)")
        encode_status(status)
        self._read_fields(headers)
        self.status = status
        return self.write

    def _read_fields(self, headers: list[tuple[str, str]]) -> None:
        """Keep the headers that are the application's to set, and note what they say about the framing."""
        self.length, self.has_date, fields = None, False, []
        for name, value in headers:
            kind = field_kind(name)
            if not isinstance(value, str):
                raise TypeError(f"the value of header {name!r} is {type(value).__name__}, not str")
            if kind == BAD:
                raise ValueError(f"{name!r} is not a header name")
            if kind == LENGTH:
                self._read_length(value)
                continue
            if kind == CONNECTION or kind == HOP:
                self.keep_alive = False  # whatever it wants, a new connection is always right
                continue
            if kind == DATE:
                self.has_date = True
            fields.append((name, value))
        self.encoded = encode_fields(fields)  # which complains now, where the traceback shows who set it
        self.fields = fields

    def _read_length(self, value: str) -> None:
        if not is_length(value) or self.length not in (None, int(value)):
            raise ValueError(f"Content-Length {value!r} is not one number")
        self.length = int(value)

    def _fail(self, exc: BaseException) -> None:
        """Answer 500 if nothing was sent yet; else cut the connection, so that nobody takes this for the end."""
        started = self.head_sent
        self.keep_alive = False
        self.failed = True
        status, text = "500 Internal Server Error", b"Internal Server Error\n"
        if isinstance(exc, ProtocolError):  # the body was at fault, and the application let us say it
            status, text = f"{exc.status} {REASONS[exc.status]}", f"{exc.message}\n".encode()
        elif isinstance(exc, Interrupted):
            self.conn.broken = True
        elif not self.conn.broken:
            self._log(exc)
        if started or self.conn.broken:
            self.conn.broken = True
            return
        self.status, self.framing = "", UNDECIDED
        self.start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
        try:
            self._send_whole(text)
        except OSError:
            self.conn.broken = True

    def _log(self, exc: BaseException | None, what: str = "Exception on request") -> None:
        """Log an error of the application with its traceback; no failure of logging is its fault."""
        if exc is not None and self.settings.on_error is not None:
            self.settings.on_error(exc)
        info = (type(exc), exc, exc.__traceback__) if exc is not None else None
        try:
            from logging import getLogger

            getLogger(__name__).error("%s %r", what, self.request.line, exc_info=info)
        except Exception:
            pass

    def _close(self, result: Any) -> None:
        close = getattr(result, "close", None)
        if close is None:
            return
        try:
            close()
        except BaseException as exc:
            self._log(exc, "Exception in close() after")
            self.keep_alive = False

    # -- the answer ------------------------------------------------------------------------

    def _send_result(self, result: Any) -> None:
        kind = type(result)
        if kind is list or kind is tuple:
            self._send_whole(result[0] if len(result) == 1 else b"".join(result))
        elif kind is FileWrapper and self.status and self._send_file(result):
            pass
        else:
            self._send_stream(result)

    def _send_whole(self, body: bytes) -> None:
        """Send an answer whose body is all here."""
        if not isinstance(body, bytes):
            raise TypeError(f"a body consists of bytes, not {type(body).__name__}; encode it")
        if self.head_sent:  # the application used write() before
            self.write(body)
            self._finish()
            return
        head = self._head(len(body) if self.length is None else self.length)
        if self.framing != WITH_LENGTH:
            body = b""
        elif len(body) != self.left:
            body = self._cut(body)
        self.head_sent = True
        self.sent = len(body)
        if len(body) > ONE_SEND:
            self.conn.send(head)
            self.conn.send(body, last=True)
        else:
            self.conn.send(head + body, last=True)

    def _cut(self, body: bytes) -> bytes:
        """Return no more of the body than was announced; what is short is told by closing (PEP 3333)."""
        self._log(None, f"The body has {len(body)} bytes and not the {self.left} of its Content-Length:")
        self.keep_alive = False
        return body[: self.left]

    def _send_stream(self, result: Iterable[bytes]) -> None:
        """Send each piece as it comes, and look now and then whether anybody is still there."""
        look = self.started + LOOK_AFTER
        for piece in result:
            if piece:
                if self.framing == WITH_LENGTH and not self.left:
                    self._cut(piece)
                    break
                self.write(piece)
                if self.framing == NO_BODY:
                    break
            now = time.monotonic()
            if now >= look:
                look = now + LOOK_EVERY
                if self.conn.client_left():
                    self.conn.broken = True
                    raise ConnectionError("the client left during the stream")
                if self.settings.stopping and self._is_event_stream():
                    break  # it has no end of its own, and its client will come again
        self._finish()

    def _is_event_stream(self) -> bool:
        return any(name.lower() == "content-type" and value.startswith("text/event-stream")
                   for name, value in self.fields)

    def write(self, data: bytes) -> None:
        """Send a piece of the body at once; what `start_response` returns."""
        if not isinstance(data, bytes):
            raise TypeError(f"a body consists of bytes, not {type(data).__name__}; encode it")
        if self.ended:  # it would stand in another answer
            raise RuntimeError("write() was called after the end of the answer")
        head = b""
        if not self.head_sent:
            head = self._head(self.length)
            self.head_sent = True
        if self.framing == WITH_LENGTH:
            if len(data) > self.left:
                data = self._cut(data)
            self.left -= len(data)
        elif self.framing == NO_BODY:
            data = b""
        self.sent += len(data)
        if self.framing == IN_CHUNKS and data:
            data = encode_chunk(data)
        if head or data:
            self.conn.send(head + data, last=self.framing == WITH_LENGTH and not self.left)

    def _finish(self) -> None:
        """End an answer that was sent in pieces."""
        if not self.head_sent:
            self._send_whole(b"")
        elif self.framing == IN_CHUNKS:
            self.conn.send(LAST_CHUNK, last=True)
        elif self.framing == WITH_LENGTH and self.left:
            self._log(None, f"The body is {self.left} bytes shorter than its Content-Length:")
            self.keep_alive = False
            self.conn.broken = True

    def _head(self, length: int | None) -> bytes:
        """Decide on the framing and return the head."""
        if not self.status:
            raise RuntimeError("the application returned without calling start_response")
        request = self.request
        code = self.status[:3]
        if code == "205":  # no content either, and that is said by its length: RFC 9110, 15.3.6
            self.framing, length = NO_BODY, 0
        elif code == "204" or code == "304" or request.method == "HEAD":
            self.framing = NO_BODY
            if code == "204" or self.length is None and (code == "304" or not length):
                length = None
        elif length is not None:
            self.framing, self.left = WITH_LENGTH, length
        elif request.version == "HTTP/1.1":  # also where the connection closes: a cut is seen then
            self.framing = IN_CHUNKS
        else:
            self.framing = UNTIL_CLOSE
        return encode_status(self.status) + self.encoded + self._own_fields(length) + CRLF

    def _own_fields(self, length: int | None) -> bytes:
        """Return the fields that the server adds."""
        settings = self.settings
        own = b"" if self.has_date else settings.date_field()
        if settings.server_field:
            own += settings.server_field
        if length is not None:
            own += b"Content-Length: %d\r\n" % length
        if self.framing == IN_CHUNKS:
            own += b"Transfer-Encoding: chunked\r\n"
        if self.keep_alive and (
            self.framing == UNTIL_CLOSE or settings.stopping or not self.conn.receiver.body_done
            or settings.crowded and self.conn.requests >= 10
        ):
            self.keep_alive = False
        if not self.keep_alive:
            own += b"Connection: close\r\n"
        elif self.request.version == "HTTP/1.0":
            own += b"Connection: keep-alive\r\n"
        return own

    def _send_file(self, wrapper: FileWrapper) -> bool:
        """Send the file that the wrapper holds, if it is one on a disk; tell whether that was done."""
        file = wrapper.filelike
        try:
            if self.head_sent or not hasattr(os, "pread"):
                return False
            descriptor, offset = file.fileno(), file.tell()
            info = os.fstat(descriptor)
        except (AttributeError, OSError, ValueError):  # no file of the system's
            return False
        # A size of 0 may mean that the system makes the file while it is read, as those of /proc.
        if not stat.S_ISREG(info.st_mode) or not info.st_size or not _reads_its_descriptor(file):
            return False
        size = max(0, info.st_size - offset) if self.length is None else self.length
        if size <= SMALL_FILE:
            self._send_whole_file(file, size)
            return True
        head = self._head(size)
        self.head_sent = True
        self.conn.send(head)
        if self.framing == WITH_LENGTH:
            self.sent = size
            self.holds_file = True
            self.conn.send_file(file, offset, size)
        return True

    def _send_whole_file(self, file: Any, size: int) -> None:
        body = file.read(size)
        self.length = size
        self._send_whole(body)
        if len(body) < size:
            self.conn.broken = True


def _reads_its_descriptor(file: Any) -> bool:
    """Tell whether a file gives what its descriptor does; one of gzip has that of the packed file (PEP 3333)."""
    if type(file).__module__ == "tempfile":
        file = getattr(file, "file", None) or getattr(file, "_file", None)
    if type(file) in (io.BufferedReader, io.BufferedRandom):
        file = file.raw
    return type(file) is io.FileIO
