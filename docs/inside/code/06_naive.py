"""Chapter 6, the first try: a server that calls WSGI applications as one would guess that it works."""

import io
import sys
from urllib.parse import parse_qs, unquote

NOTES = ["Hello from Ada"]


def guestbook(environ, start_response):
    """The application: GET / shows the notes, POST /notes adds one."""
    if environ["PATH_INFO"] == "/notes":
        NOTES.append(parse_qs(environ["wsgi.input"].read().decode())["note"][0])
    page = "".join(f"<p>{note}</p>\n" for note in NOTES)
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", len(page))])
    return page


def mount(prefix, inner, outer):
    """A middleware: `inner` gets what is below the prefix, `outer` all the rest."""
    def application(environ, start_response):
        app = inner if environ["PATH_INFO"].startswith(prefix) else outer
        return app(environ, start_response)
    return application


def make_environ(method, target, headers=(), body=b"", version="HTTP/1.1"):
    """Turn the parts of a request into a dictionary."""
    path, _, query = target.partition("?")
    environ = {"REQUEST_METHOD": method, "PATH_INFO": unquote(path), "QUERY_STRING": query,
               "SERVER_PROTOCOL": version, "wsgi.input": io.BytesIO(body)}
    for name, value in headers:
        environ["HTTP_" + name.upper().replace("-", "_")] = value
    return environ


def serve(app, environ, send):
    """Call the application and send its answer."""
    head = []

    def start_response(status, headers):
        head.append(f"HTTP/1.1 {status}\r\n")
        head.extend(f"{name}: {value}\r\n" for name, value in headers)

    body = "".join(piece if isinstance(piece, str) else piece.decode() for piece in app(environ, start_response))
    send(("".join(head) + "\r\n" + body).encode())
    return True


if __name__ == "__main__":
    serve(guestbook, make_environ("GET", "/"), sys.stdout.buffer.write)
