"""Chapter 6: both sides of WSGI (PEP 3333): an application, a middleware, and the server's half; no sockets."""

import html
import io
import re
import sys
import traceback
from urllib.parse import parse_qs, unquote_to_bytes

NOTES = ["Hello from Ada"]
NAME, VALUE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z"), re.compile(r"[\t\x20-\x7e\xa0-\xff]*\Z")
STATUS = re.compile(r"[1-9][0-9]{2} [\t\x20-\x7e\xa0-\xff]*\Z")
HOP = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
SORRY = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 6\r\nConnection: close\r\n\r\nSorry\n"


def guestbook(environ, start_response):
    """The application: GET / shows the notes, POST /notes adds one."""
    status, fields, page = "404 Not Found", [], b"Not found\n"
    where = environ["REQUEST_METHOD"], environ.get("PATH_INFO") or "/"
    if where in (("GET", "/"), ("HEAD", "/")):
        status, page = "200 OK", "".join(f"<p>{html.escape(note)}</p>\n" for note in NOTES).encode()
    elif where == ("POST", "/notes"):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        NOTES.append(parse_qs(body.decode())["note"][0])
        status, fields, page = "303 See Other", [("Location", environ.get("SCRIPT_NAME", "") + "/")], b""
    start_response(status, [*fields, ("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(page)))])
    return [page]


def mount(prefix, inner, outer):
    """A middleware: `inner` gets what is below the prefix, `outer` all the rest."""
    def application(environ, start_response):
        above, path = environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", "")
        if not (path + "/").startswith(prefix + "/"):
            return outer(environ, start_response)
        return inner(dict(environ, SCRIPT_NAME=above + prefix, PATH_INFO=path[len(prefix):]), start_response)
    return application


def make_environ(method, target, headers=(), body=b"", version="HTTP/1.1"):
    """Turn the parts of a request into the dictionary that PEP 3333 describes."""
    path, _, query = target.partition("?")
    environ = {"REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
               "QUERY_STRING": query, "SERVER_NAME": "localhost", "SERVER_PORT": "8000", "SERVER_PROTOCOL": version,
               "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body),
               "wsgi.errors": sys.stderr, "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False}
    for name, value in headers:
        key = name.upper().replace("-", "_")
        if "_" not in name and key != "PROXY":
            key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + key
            environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ


class Answer:
    """What the server must remember while one application answers one request."""

    def __init__(self, environ, send):
        self.environ, self.send, self.status, self.fields = environ, send, "", []
        self.head_sent = self.chunked = False
        self.left = None  # how many bytes of body may still be sent; None if nothing says so

    def start_response(self, status, headers, exc_info=None):
        if exc_info and self.head_sent:
            raise exc_info[1].with_traceback(exc_info[2])
        if self.status and not exc_info:
            raise RuntimeError("start_response was called twice")
        bad = [n for n, v in headers if not NAME.match(n) or not VALUE.match(v) or n.lower() in HOP]
        if bad or not STATUS.match(status):
            raise ValueError(f"these may not be sent: {status!r}, {bad}")
        self.status, self.fields = status, list(headers)
        return self.write

    def head(self):
        code, fields = self.status[:3], self.fields
        length = [int(value) for name, value in fields if name.lower() == "content-length"]
        if self.environ["REQUEST_METHOD"] == "HEAD" or code in ("204", "304"):
            self.left = 0
            fields = [field for field in fields if code != "204" or field[0].lower() != "content-length"]
        elif length:
            self.left = length[0]
        elif self.environ["SERVER_PROTOCOL"] == "HTTP/1.1":
            self.chunked, fields = True, [*fields, ("Transfer-Encoding", "chunked")]
        return "".join([f"HTTP/1.1 {self.status}\r\n", *(f"{n}: {v}\r\n" for n, v in fields), "\r\n"]).encode("latin-1")

    def write(self, piece):
        if not self.status:
            raise RuntimeError("the application did not call start_response")
        head, self.head_sent = b"" if self.head_sent else self.head(), True
        if self.left is not None:
            piece, self.left = piece[:self.left], max(0, self.left - len(piece))
        self.send(head + (b"%x\r\n%b\r\n" % (len(piece), piece) if self.chunked and piece else piece))


def serve(app, environ, send):
    """Call the application and send its answer; tell whether another request may follow on the connection."""
    answer, pieces = Answer(environ, send), None
    try:
        pieces = app(environ, answer.start_response)
        for piece in pieces:
            if piece:
                answer.write(piece)
        if not answer.head_sent:
            answer.write(b"")
        if answer.chunked:
            send(b"0\r\n\r\n")
        return answer.chunked or answer.left == 0
    except Exception:
        traceback.print_exc(file=environ["wsgi.errors"])
        if not answer.head_sent:
            send(SORRY)
        return False
    finally:
        if hasattr(pieces, "close"):
            pieces.close()


if __name__ == "__main__":
    serve(guestbook, make_environ("GET", "/"), sys.stdout.buffer.write)
