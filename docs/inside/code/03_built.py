"""Chapter 3, built: where a body ends is decided once, and strictly; then it is read piece by piece."""

import re
import socket

from earlier import built

ONE, TWO = built("01"), built("02")
LIMIT = 1_000_000  # bytes of a body
MOST_LINE = 256  # bytes of a line between the chunks
MOST_TRAILERS = 20
LENGTH = re.compile("[0-9]{1,19}")
# chunk-size [ chunk-ext ]                          RFC 9112, 7.1
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,16})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?")
NOTES = ["Anna was here."]


def body_length(fields, version="HTTP/1.1"):
    """Return how many bytes of body follow the head, None if it comes in chunks; ValueError if that is unclear."""
    coding, length = fields.get("transfer-encoding"), fields.get("content-length")
    if coding is not None:
        if length is not None or version == "HTTP/1.0":
            raise ValueError("two ways to tell the end of the body, or a new one in an old version")
        if coding.lower() != "chunked":
            raise ValueError(f"the transfer coding {coding!r} is not understood")
        return None
    if length is None:
        return 0
    if not LENGTH.fullmatch(length) or int(length) > LIMIT:
        raise ValueError("Content-Length is not a number, or too large")
    return int(length)


class Body:
    """The body of one request: call `read` until it returns b""; then `data` is what came after it."""

    def __init__(self, sock, data, length):
        self.sock, self.data = sock, data
        self.chunked = length is None
        self.left = length or 0  # bytes of the body, or of the chunk, that were not returned yet
        self.total = 0

    def read(self):
        """Return the next piece, b"" at the end."""
        if self.chunked and not self.left:
            self.begin_chunk()
        if not self.left:
            return b""
        if not self.data:
            self.receive()
        piece, self.data = self.data[:self.left], self.data[self.left:]
        self.left -= len(piece)
        if self.chunked and not self.left:
            self.line(0)  # nothing but CRLF may stand between the data and the next size
        return piece

    def begin_chunk(self):
        match = CHUNK.fullmatch(self.line(MOST_LINE))
        if match is None:
            raise ValueError("a chunk begins with its size")
        self.left = int(match.group(1), 16)
        self.total += self.left
        if self.total > LIMIT:
            raise ValueError("too many chunks")
        if not self.left:
            self.chunked = False
            self.skip_trailers()

    def skip_trailers(self):
        for _ in range(MOST_TRAILERS):
            line = self.line(MOST_LINE)
            if not line:
                return
            TWO.parse_field(line.decode("latin-1"))
        raise ValueError("too many fields after the body")

    def line(self, most):
        """Return a line of at most so many bytes, without its CRLF."""
        while b"\n" not in self.data[:most + 2]:
            if len(self.data) >= most + 2:
                raise ValueError("a line between the chunks is too long")
            self.receive()
        line, _, self.data = self.data.partition(b"\n")
        if not line.endswith(b"\r"):
            raise ValueError("a line between the chunks does not end with CRLF")
        return line[:-1]

    def receive(self):
        piece = self.sock.recv(4096)
        if not piece:
            raise EOFError("the client left before the end of the body")
        self.data += piece


def respond(method, target, text):
    """Return the answer of the guest book; its proxy lets nobody call /clear."""
    if (method, target) == ("POST", "/notes"):
        NOTES.append(text.decode("utf-8", "replace"))
    elif (method, target) == ("POST", "/clear"):
        NOTES.clear()
    return ONE.answer("200 OK", "\n".join(NOTES))


def serve(listener):
    """Serve one request after the other, each on a connection of its own."""
    while True:
        sock, _ = listener.accept()
        with sock:
            try:
                head, data = ONE.read_head(sock)
                method, target, fields = TWO.parse_head(head)
                body = Body(sock, data, body_length(fields, ONE.split_request_line(head)[2]))
                sock.sendall(respond(method, target, b"".join(iter(body.read, b""))))
            except (ValueError, EOFError) as exc:
                sock.sendall(ONE.answer("400 Bad Request", str(exc)))


if __name__ == "__main__":
    serve(socket.create_server(("127.0.0.1", 8000)))
