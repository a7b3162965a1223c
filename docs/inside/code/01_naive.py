"""Chapter 1, naive: a guest book on a bare socket. It works, as long as all goes well."""

import socket

NOTES = ["Anna was here."]


def read_head(sock, limit=8190, seconds=10.0):
    """Return the head of a request, and what came after it."""
    data = sock.recv(65536)
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def split_request_line(head):
    """Return method, target and version."""
    words = head.decode("latin-1").split("\r\n")[0].split()
    return words[0], words[1], words[-1]


def answer(status, text):
    """Return a whole answer: head and body."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()


def respond(method, target):
    """Return the answer of the guest book."""
    if (method, target) == ("GET", "/"):
        return answer("200 OK", "\n".join(NOTES))
    return answer("404 Not Found", f"There is nothing at {target}.")


def serve(listener):
    """Serve one client after the other."""
    while True:
        sock, _ = listener.accept()
        with sock:
            head, _ = read_head(sock)
            method, target, _ = split_request_line(head)
            sock.sendall(respond(method, target))


if __name__ == "__main__":
    serve(socket.create_server(("127.0.0.1", 8000)))
