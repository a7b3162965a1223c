"""Chapter 1, built: a guest book on a bare socket, which waits for the whole head, but not forever."""

import socket
import time

NOTES = ["Anna was here."]
LIMIT = 8190  # bytes of a head
SECONDS = 10.0  # for a whole head
VERSIONS = ("HTTP/1.1", "HTTP/1.0")


def read_head(sock, limit=LIMIT, seconds=SECONDS):
    """Return the head of a request, without the empty line that ends it, and what came after it.

    Raises ValueError if it is longer than *limit* bytes, TimeoutError if it is not
    whole after *seconds*, EOFError if the client leaves before.
    """
    deadline = time.monotonic() + seconds
    data = b""
    while b"\r\n\r\n" not in data:
        if len(data) > limit:
            raise ValueError(f"a head longer than {limit} bytes")
        piece = receive(sock, deadline)
        if not piece:
            raise EOFError("the client left before the end of the head")
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    if len(head) > limit:
        raise ValueError(f"a head longer than {limit} bytes")
    return head, rest


def receive(sock, deadline):
    """Return the next bytes, b"" if there will be none; raises TimeoutError at the deadline."""
    left = deadline - time.monotonic()
    try:
        if left <= 0:
            raise socket.timeout
        sock.settimeout(left)
        return sock.recv(4096)
    except socket.timeout:  # the same as TimeoutError since Python 3.10
        raise TimeoutError("the head did not come in time") from None


def split_request_line(head):
    """Return method, target and version as text; raises ValueError for anything else than these three."""
    line = head.decode("latin-1").split("\r\n")[0]
    words = line.split(" ")
    if len(words) != 3 or not all(words):
        raise ValueError(f"a request line has three words, not {line!r}")
    method, target, version = words
    if version not in VERSIONS:
        raise ValueError(f"{version!r} is not spoken here")
    return method, target, version


def answer(status, text):
    """Return a whole answer: head and body."""
    body = text.encode("utf-8")
    head = [
        f"HTTP/1.1 {status}",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


def respond(method, target):
    """Return the answer of the guest book."""
    if (method, target) == ("GET", "/"):
        return answer("200 OK", "\n".join(NOTES))
    return answer("404 Not Found", "There is nothing here.")


def serve_client(sock):
    """Answer one request, or say why there is no answer."""
    try:
        head, _ = read_head(sock)
        method, target, _ = split_request_line(head)
        sock.sendall(respond(method, target))
    except ValueError as exc:
        sock.sendall(answer("400 Bad Request", str(exc)))
    except TimeoutError as exc:
        sock.sendall(answer("408 Request Timeout", str(exc)))
    except (EOFError, OSError):
        pass  # nobody is there to be told


def serve(listener):
    """Serve one client after the other."""
    while True:
        sock, _ = listener.accept()
        with sock:
            serve_client(sock)


if __name__ == "__main__":
    print("http://127.0.0.1:8000/  (Ctrl-C ends it)")
    serve(socket.create_server(("127.0.0.1", 8000)))
