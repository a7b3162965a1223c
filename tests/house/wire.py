"""For the server's tests: an application that tells what it saw, servers for it, a client of raw bytes.

Nothing of the package but `make_server` is used, and nothing of the standard
library's HTTP: what is tested is what is on the wire.
"""

from __future__ import annotations

import json
import os
import re
import socket
import tempfile
from contextlib import contextmanager
from typing import Any, Iterator, NamedTuple

from minflask.server import make_server

PATIENCE = 10  # seconds after which a test gives up; never waited for when all is well


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes
    whole: bool  # ended as its framing says

    def json(self) -> Any:
        return json.loads(self.body)


class Mirror:
    """An application that answers with what it saw, and remembers which paths it saw."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.closed: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        path = environ["PATH_INFO"]
        self.seen.append(path)
        special = getattr(self, "do_" + path[1:].replace("-", "_"), None)
        if special is not None:
            return special(environ, start_response)
        saw = {name: value for name, value in environ.items() if isinstance(value, str)}
        saw["body"] = environ["wsgi.input"].read().decode("latin-1")
        body = json.dumps(saw).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    def do_ignore(self, environ, start_response):
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    def do_204(self, environ, start_response):
        start_response("204 No Content", [])
        return [b"not to be sent"] if environ["QUERY_STRING"] else []

    def do_205(self, environ, start_response):
        fields = [("Content-Length", "14")] if environ["QUERY_STRING"] == "length" else []
        start_response("205 Reset Content", fields)
        return [b"not to be sent"] if environ["QUERY_STRING"] == "list" else iter([b"not to be", b" sent"])

    def do_refuse(self, environ, start_response):
        start_response("413 Content Too Large", [("Content-Length", "2")])
        return [b"no"]

    def do_early(self, environ, start_response):
        write = start_response("200 OK", [("Content-Length", "5")])
        write(b"early")
        environ["wsgi.input"].read()
        return []

    def do_304(self, environ, start_response):
        start_response("304 Not Modified", [("ETag", '"x"')])
        return [b"not to be sent"]

    def do_stream(self, environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Pieces([b"a", b"", b"b", b"c"], self.closed)

    def do_short(self, environ, start_response):
        start_response("200 OK", [("Content-Length", "10")])
        return iter([b"12345"])

    def do_long(self, environ, start_response):
        start_response("200 OK", [("Content-Length", "5")])
        return iter([b"123", b"4567", b"89"])

    def do_raise(self, environ, start_response):
        raise Broken("secret-in-traceback")

    def do_break(self, environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Pieces([b"first", Broken("secret-in-traceback")], self.closed)

    def do_inject(self, environ, start_response):
        start_response("200 OK", [("X", "a\r\nInjected: 1")])
        return [b""]

    def do_inject_name(self, environ, start_response):
        start_response("200 OK", [("X: a\r\nInjected", "1")])
        return [b""]

    def do_inject_status(self, environ, start_response):
        start_response("200 OK\r\nInjected: 1", [])
        return [b""]

    def do_nul(self, environ, start_response):
        start_response("200 OK", [("X", "a\0Injected: 1")])
        return [b""]

    def do_hop(self, environ, start_response):
        start_response("200 OK", [("Transfer-Encoding", "chunked"), ("Keep-Alive", "9"), ("Content-Length", "1")])
        return [b"x"]


class Broken(Exception):
    """Raised by the application on purpose."""


class Pieces:
    """An iterable that raises what is an exception, and notes that it was closed."""

    def __init__(self, pieces: list[Any], closed: list[str]) -> None:
        self.pieces, self.closed = pieces, closed

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def close(self) -> None:
        self.closed.append("closed")


@contextmanager
def serving(app: Any, unix: bool = False, **options: Any) -> Iterator[Any]:
    """Serve the application; the server's `address` is where to connect."""
    with tempfile.TemporaryDirectory() as folder:
        host = f"unix:{os.path.join(folder, 's')}" if unix else "127.0.0.1"
        with make_server(app, host, 0, **options) as server:
            server.address = host[5:] if unix else (host, server.port)
            yield server


def connect(address: Any) -> socket.socket:
    """Return a socket connected to the address."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.settimeout(PATIENCE)
    sock.connect(address)
    return sock


def send(sock: socket.socket, *parts: bytes) -> None:
    """Send each part; a server that has heard enough may have closed."""
    for part in parts:
        try:
            sock.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            return


def read_all(sock: socket.socket) -> bytes:
    """Return what the server sends until it closes."""
    pieces = []
    while True:
        try:
            piece = sock.recv(65536)
        except ConnectionResetError:
            piece = b""
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)


def read_until(sock: socket.socket, mark: bytes) -> bytes:
    """Return what the server sends, up to a mark at the least."""
    data = b""
    while mark not in data:
        piece = sock.recv(65536)
        if not piece:
            raise EOFError(data)
        data += piece
    return data


def talk(address: Any, *parts: bytes, closes: bool = False) -> bytes:
    """Send the parts and return all answers.

    :param closes: the server is expected to close by itself; else we say that nothing follows.
    """
    with connect(address) as sock:
        send(sock, *parts)
        if not closes:
            sock.shutdown(socket.SHUT_WR)
        return read_all(sock)


def answers(data: bytes, heads: tuple[int, ...] = ()) -> tuple[list[Answer], int]:
    """Return the final answers in *data*, and how many interim ones there were.

    :param heads: the indices of answers to HEAD.
    """
    found: list[Answer] = []
    interim = 0
    while data:
        head, mark, data = data.partition(b"\r\n\r\n")
        if not mark:
            raise AssertionError(f"not an answer: {head[:200]!r}")
        line, *fields = head.decode("latin-1").split("\r\n")
        match = re.fullmatch(r"HTTP/1\.1 ([1-5][0-9]{2}) ([\t\x20-\x7e\x80-\xff]*)", line)
        if not match:
            raise AssertionError(f"not a status line: {line!r}")
        headers = {}
        for field in fields:
            name, value = re.fullmatch(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ?([\t\x20-\x7e\x80-\xff]*)", field).groups()
            headers[name.lower()] = value
        status = int(match.group(1))
        if status == 100:
            interim += 1
            continue
        bodiless = status in (204, 304) or len(found) in heads
        body, whole, data = (b"", True, data) if bodiless else split_body(headers, data)
        found.append(Answer(status, headers, body, whole))
    return found, interim


def split_body(headers: dict[str, str], data: bytes) -> tuple[bytes, bool, bytes]:
    """Return the body, whether it is whole, and what follows."""
    if headers.get("transfer-encoding") == "chunked":
        return split_chunks(data)
    if "content-length" in headers:
        size = int(headers["content-length"])
        return data[:size], len(data) >= size, data[size:]
    return data, True, b""


def split_chunks(data: bytes) -> tuple[bytes, bool, bytes]:
    body = b""
    while True:
        line, mark, rest = data.partition(b"\r\n")
        if not mark:
            return body, False, b""
        size = int(line, 16)
        if size == 0:
            return body, rest[:2] == b"\r\n", rest[2:]
        body += rest[:size]
        data = rest[size + 2:]
