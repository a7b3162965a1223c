"""Chapter 4, built: a connection carries one request after the other, or ends; it never mixes two of them."""

import socket
from contextlib import suppress

from earlier import built

ONE, TWO, THREE = built("01"), built("02"), built("03")
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
MOST_PIECES = 16  # of a body that nobody wants, 4096 bytes or less each: so many are read, to stay on the line
NOTES = ["Anna was here."]


def keeps_alive(version, fields):
    """Tell whether another request may come on the same connection, if all goes well."""
    options = [option.strip(" \t").lower() for option in fields.get("connection", "").split(",")]
    return "close" not in options and (version == "HTTP/1.1" or "keep-alive" in options)


class Line:
    """A socket whose bytes can be given back."""

    def __init__(self, sock):
        self.sock, self.data, self.settimeout = sock, b"", sock.settimeout

    def recv(self, size):
        if not self.data:
            return self.sock.recv(size)
        piece, self.data = self.data[:size], self.data[size:]
        return piece

    def give_back(self, data):
        self.data = data + self.data


class AskedBody(THREE.Body):
    """A body that asks the client for it, when somebody reads it and the client waits to be asked."""

    waits = False

    def receive(self):
        if self.waits and not self.sock.data:
            self.sock.sock.sendall(CONTINUE)
        self.waits = False
        super().receive()

    def drain(self):
        """Read the rest of the body, if it is short; tell whether that was the end."""
        for _ in range(0 if self.waits else MOST_PIECES):
            if not self.read():
                self.sock.give_back(self.data)
                return True
        return False


def answer(status, text, stays):
    """Return a whole answer, which tells whether the connection stays open."""
    body, connection = text.encode("utf-8"), "keep-alive" if stays else "close"
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: {connection}\r\n\r\n"
    return head.encode("latin-1") + body


def answer_next(line, app):
    """Answer one request; tell whether another may follow."""
    try:
        head, rest = ONE.read_head(line)
        line.give_back(rest)
        head = head[2:] if head.startswith(b"\r\n") else head
        version = ONE.split_request_line(head)[2]
        method, target, fields = TWO.parse_head(head)
        body = AskedBody(line, b"", THREE.body_length(fields, version))
        expects = version == "HTTP/1.1" and fields.get("expect", "").lower() == "100-continue"
        body.waits = expects and bool(body.left or body.chunked)
        status, text = app(method, target, body)
        stays = keeps_alive(version, fields) and body.drain()
    except ValueError as exc:
        status, text, stays = "400 Bad Request", str(exc), False
    except (EOFError, OSError):
        return False
    line.sock.sendall(answer(status, text, stays))
    return stays


def serve_client(sock, app):
    """Answer what comes on one connection, for as long as that is clear."""
    line = Line(sock)
    while answer_next(line, app):
        pass
    say_goodbye(sock)


def say_goodbye(sock):
    """Let the client read the answer: who closes with bytes unread resets the connection."""
    with suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
        sock.settimeout(0.5)
        for _ in range(64):
            if not sock.recv(4096):
                break


def guest_book(method, target, body):
    """Answer as the guest book: a status, and a text."""
    if (method, target) == ("GET", "/"):
        return "200 OK", "\n".join(NOTES) + "\n"
    if (method, target) == ("POST", "/notes"):
        NOTES.append(b"".join(iter(body.read, b"")).decode("utf-8", "replace"))
        return "201 Created", "Thank you.\n"
    return "404 Not Found", "There is nothing here.\n"


def serve(listener):
    """Serve one client after the other."""
    while True:
        with listener.accept()[0] as sock:
            serve_client(sock, guest_book)


if __name__ == "__main__":
    serve(socket.create_server(("127.0.0.1", 8000)))
