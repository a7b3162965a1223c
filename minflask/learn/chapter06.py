"""The cases of chapter 6: the server's half of WSGI, an application that keeps to it, and a middleware."""

from __future__ import annotations

import io

from .cases import Chapter, Wrong, expect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CHAPTER = Chapter(6, "WSGI from both sides", wants={
    "guestbook": "guestbook(environ, start_response) -> the page in pieces; POST /notes adds the field `note`",
    "mount": "mount(prefix, inner, outer) -> an application: what is below the prefix goes to inner",
    "make_environ": "make_environ(method, target, headers=(), body=b'', version='HTTP/1.1') -> a dict as in PEP 3333",
    "serve": "serve(app, environ, send) -> whether another request may follow; send(bytes) is called with the answer",
})
OK = "200 OK"


def environ_of(method: str = "GET", path: str = "/", version: str = "HTTP/1.1", **more: Any) -> dict[str, Any]:
    """Return an environ that is as the standard library thinks it should be."""
    from wsgiref.util import setup_testing_defaults

    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "SCRIPT_NAME": "", "SERVER_PROTOCOL": version,
               "wsgi.errors": io.StringIO(), "QUERY_STRING": "", **more}
    setup_testing_defaults(environ)
    return environ


class App:
    """An application that answers as it is told, and notes whether its body was closed."""

    def __init__(self, *pieces: Any, status: str = OK, headers: Any = ()) -> None:
        self.pieces, self.status, self.headers, self.closed = pieces, status, list(headers), 0

    def __call__(self, environ: Any, start_response: Any) -> Any:
        if self.status:
            start_response(self.status, self.headers)
        return self

    def __iter__(self) -> Any:
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def close(self) -> None:
        self.closed += 1


def served(code: Any, app: Any, **environ: Any) -> tuple[str, list[str], bytes, Any]:
    """Return status, fields (in lower case), body, and what `serve` returned."""
    sent: list[bytes] = []
    kept = code.serve(app, environ_of(**environ), sent.append)
    head, _, body = b"".join(sent).partition(b"\r\n\r\n")
    first, *fields = head.decode("latin-1").split("\r\n")
    return first[9:], [field.lower() for field in fields], body, kept


LENGTH_3 = [("Content-Length", "3")]
ASK = "look at the method and the status before you send a body"
# id, claim, hint, application, what differs in the environ -> the body, and whether the connection may be kept
BODIES: Any = (
    ("06.a", "a page arrives", "send status line, fields, empty line, body", App(b"abc", headers=LENGTH_3), {}, b"abc",
     True),
    ("G01", "HEAD has no body", ASK, App(b"abc", headers=LENGTH_3), {"method": "HEAD"}, b"", True),
    ("G02", "204 has no body", ASK, App(b"abc", status="204 No Content"), {}, b"", True),
    ("G03", "304 has no body", ASK, App(b"abc", status="304 Not Modified"), {}, b"", True),
    ("G05", "a stream without a length goes in chunks", "size in hex, CRLF, data, CRLF; 0 CRLF CRLF is the end",
     App(b"a", b"", b"bc"), {}, b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", True),
    ("G06", "HTTP/1.0 knows no chunks: its body ends with the connection", "ask for SERVER_PROTOCOL",
     App(b"a", b"bc"), {"version": "HTTP/1.0"}, b"abc", False),
    ("G07", "after a body that is too short, the connection is not kept", "count what is sent",
     App(b"ab", headers=LENGTH_3), {}, b"ab", False),
    ("G10", "an error after the first piece: no last chunk, and the connection is not kept",
     "the last chunk says that all is well; do not send it", App(b"a", OSError("disk")), {}, b"1\r\na\r\n", False),
)
REFUSED = (
    ("G11", "a line end in a field never gets out", App(b"", headers=[("X-Note", "a\r\nInjected: 1")])),
    ("G12", "a line end in the status never gets out", App(b"", status="200 OK\r\nInjected: 1")),
    ("G14", "fields about the connection are the server's", App(b"", headers=[("Transfer-Encoding", "injected")])),
    ("G09", "an error before the first byte is a 500 that tells nothing", App(OSError("injected"))),
)


def _add_body(id: str, claim: str, hint: str, app: App, environ: Any, body: bytes, kept: bool) -> None:
    @CHAPTER.case(id, claim, hint=hint)
    def sends(code: Any) -> None:
        seen = served(code, app, **environ)
        expect((seen[2], bool(seen[3])), (body, kept), "body, and whether the connection is kept")


def _add_refused(id: str, claim: str, app: App) -> None:
    @CHAPTER.case(id, claim, hint="check in start_response, before a byte is sent, and answer 500 when that raises")
    def refuses(code: Any) -> None:
        status, fields, body, _ = served(code, app)
        expect((status[:3], "injected" in f"{status}{fields}{body!r}".lower()), ("500", False), "status, and a leak")


for body_row in BODIES:
    _add_body(*body_row)
for refused_row in REFUSED:
    _add_refused(*refused_row)


@CHAPTER.case("G08", "not a byte goes out beyond the announced length", hint="cut the piece, and do not count below 0")
def too_long(code: Any) -> None:
    expect(served(code, App(b"ab", b"cdef", b"ghi", headers=LENGTH_3))[2], b"abc")


@CHAPTER.case("G15", "close() is called, also when the body fails", hint="try: ... finally: pieces.close()")
def closed(code: Any) -> None:
    for app in (App(b"a"), App(b"a", OSError("disk"))):
        served(code, app)
        expect(app.closed, 1, "calls of close()")


@CHAPTER.case("L28", "start_response: once; never is a 500; again only with exc_info, and not after the head",
              hint="the second call with exc_info replaces the head, or raises the error if the head is out")
def started_twice(code: Any) -> None:
    def app(early: bytes, *info: Any) -> Any:
        def application(environ: Any, start_response: Any) -> Any:
            start_response(OK, LENGTH_3)
            yield early
            start_response("503 Service Unavailable", LENGTH_3, *info)
            yield b"abc"
        return application
    error = OSError("disk")
    info = (OSError, error, None)
    expect(served(code, App(b"a", status=""))[0][:3], "500", "never called")
    expect(served(code, app(b""))[0][:3], "500", "called twice")
    expect(served(code, app(b"", info))[0][:3], "503", "called again with exc_info")
    expect(served(code, app(b"a", info))[2:], (b"a", False), "called again after the head")


@CHAPTER.case("06.b", "each piece is sent before the next one is asked for", hint="send inside the loop")
def not_held_back(code: Any) -> None:
    sent: list[bytes] = []

    def application(environ: Any, start_response: Any) -> Any:
        start_response(OK, [])
        yield b"first"
        if b"first" not in b"".join(sent):
            raise Wrong("the second piece was asked for before the first one was sent")
        seen.append(True)
    seen: list[bool] = []
    code.serve(application, environ_of(), sent.append)
    expect(seen, [True], "the first piece was sent in time")


# id, claim, hint, target, headers, a key of the environ and its value
KEYS: Any = (
    ("06.c", "the type and the length of the body have keys without HTTP_", "CONTENT_TYPE and CONTENT_LENGTH", "/",
     [("Content-Type", "a/b")], "CONTENT_TYPE", "a/b"),
    ("06.d", "fields become HTTP_ keys, and those that come twice one value", "upper case; - becomes _; a comma",
     "/", [("X-A", "1"), ("x-a", "2")], "HTTP_X_A", "1,2"),
    ("C17", "X_User does not become the key of X-User", "leave out names with an underscore", "/",
     [("X-User", "ada"), ("X_User", "eve")], "HTTP_X_USER", "ada"),
    ("C19", "Proxy does not become HTTP_PROXY", "other programs take that key for a setting; leave it out", "/",
     [("Proxy", "http://evil.example")], "HTTP_PROXY", None),
    ("06.e", "the path arrives as bytes in disguise", "unquote_to_bytes(path).decode('latin-1')", "/caf%C3%A9?q=1", [],
     "PATH_INFO", "/caf\xc3\xa9"),
)


def _add_key(id: str, claim: str, hint: str, target: str, headers: Any, key: str, wanted: Any) -> None:
    @CHAPTER.case(id, claim, hint=hint)
    def has_key(code: Any) -> None:
        expect(code.make_environ("GET", target, headers).get(key), wanted, key)


for key_row in KEYS:
    _add_key(*key_row)


@CHAPTER.case("L45", "wsgiref's validator finds no fault with any of it",
              hint="its message says what it misses; it is strict about types, and about keys of the environ")
def validated(code: Any) -> None:
    from wsgiref.validate import validator

    for method, path in (("GET", "/"), ("HEAD", "/"), ("GET", "/none")):
        errors = io.StringIO()
        environ = code.make_environ(method, path)
        environ["wsgi.errors"] = errors
        code.serve(validator(code.guestbook), environ, [].append)
        expect(errors.getvalue().splitlines()[-1:], [], "the validator's complaint")


@CHAPTER.case("06.f", "the guestbook shows what was posted, as text and not as HTML",
              hint="read CONTENT_LENGTH bytes and no more: the stream may not end there; html.escape")
def posted(code: Any) -> None:
    body = b"note=%3Cb%3Enew%21"
    stream = io.BytesIO(body + b"GET / HTTP/1.1")
    answer = served(code, code.guestbook, method="POST", path="/notes", CONTENT_LENGTH=str(len(body)),
                    **{"wsgi.input": stream})
    expect((answer[0][:3], stream.tell()), ("303", len(body)), "status, and bytes read")
    page = served(code, code.guestbook)[2].decode()
    expect("&lt;b&gt;new!" in page and "<b>" not in page, True, "the note, escaped")


@CHAPTER.case("06.g", "a mount moves its prefix from PATH_INFO to SCRIPT_NAME, and takes whole segments only",
              hint="compare with the slash behind it: /apiary is not below /api; give inner a copy of the environ")
def mounted(code: Any) -> None:
    def tell(environ: Any, start_response: Any) -> Any:
        return environ["SCRIPT_NAME"], environ["PATH_INFO"]

    app = code.mount("/api", tell, lambda environ, start_response: "outer")
    seen = [app(environ_of(path=path), None) for path in ("/api", "/api/users", "/apiary", "/")]
    expect(seen, [("/api", ""), ("/api", "/users"), "outer", "outer"])
