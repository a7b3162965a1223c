"""Chapter 4, naive: one connection carries several requests. What nobody read of one belongs to the next."""

import socket

from earlier import built

ONE, TWO, THREE = built("01"), built("02"), built("03")
NOTES = ["Anna was here."]


def keeps_alive(version, fields):
    """Tell whether another request may come on the same connection."""
    return True


def serve_client(sock, app):
    """Answer what comes on one connection."""
    data = b""
    while True:
        while b"\r\n\r\n" not in data:
            piece = sock.recv(4096)
            if not piece:
                return
            data += piece
        head, _, data = data.partition(b"\r\n\r\n")
        body = None
        try:
            method, target, fields = TWO.parse_head(head)
            body = THREE.Body(sock, data, THREE.body_length(fields))
            status, text = app(method, target, body)
        except ValueError as exc:
            status, text = "400 Bad Request", str(exc)
        sock.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode())
        data = body.data if body else data


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
        sock, _ = listener.accept()
        with sock:
            serve_client(sock, guest_book)


if __name__ == "__main__":
    serve(socket.create_server(("127.0.0.1", 8000)))
