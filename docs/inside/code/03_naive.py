"""Chapter 3, naive: a guest book that takes notes, and believes what it is told about their length."""

import socket

from earlier import built

NOTES = ["Anna was here."]


def body_length(fields, version="HTTP/1.1"):
    """Return how long the body is; None if it comes in chunks."""
    if "content-length" in fields:
        return int(fields["content-length"])
    return None if "chunked" in fields.get("transfer-encoding", "") else 0


class Body:
    """The body of one request; `data` is what came after its head, and then after it."""

    def __init__(self, sock, data, length):
        self.sock, self.data, self.length = sock, data, length

    def read(self):
        """Return the next piece, b"" at the end."""
        if self.length is None:
            while b"0\r\n\r\n" not in self.data and (more := self.sock.recv(4096)):
                self.data += more
            size, _, self.data = self.data.partition(b"\r\n")
            size = int(size.split(b";")[0], 16)
            piece, self.data = self.data[:size], self.data[size + 2:]
            return piece
        while len(self.data) < self.length and (more := self.sock.recv(4096)):
            self.data += more
        piece, self.data, self.length = self.data[:self.length], self.data[self.length:], 0
        return piece


def respond(method, target, text):
    """Return the answer of the guest book; its proxy lets nobody call /clear."""
    if (method, target) == ("POST", "/notes"):
        NOTES.append(text.decode())
    elif (method, target) == ("POST", "/clear"):
        NOTES.clear()
    return f"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{len(NOTES)}\n".encode()


def serve(listener):
    """Serve one client after the other, each for as long as it stays."""
    while sock := listener.accept()[0]:
        data = sock.recv(65536)
        while data:
            head, _, data = data.partition(b"\r\n\r\n")
            method, target, fields = built("02").parse_head(head)
            body = Body(sock, data, body_length(fields))
            sock.sendall(respond(method, target, b"".join(iter(body.read, b""))))
            data = body.data or sock.recv(65536)


if __name__ == "__main__":
    serve(socket.create_server(("127.0.0.1", 8000)))
