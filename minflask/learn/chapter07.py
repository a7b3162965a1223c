"""The cases of chapter 7: what a request tells, and what a response lets out."""

from __future__ import annotations

import io

from .cases import Chapter, Wrong, expect, expect_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CHAPTER = Chapter(7, "Request and response objects", wants={
    "MultiDict": "MultiDict(pairs): [key] is the first value, getlist(key) are all",
    "Headers": "Headers(pairs=()) with add(name, value), get(name), getlist(name), headers[name] = value and .pairs",
    "Request": "Request(environ) with method, path, args (a MultiDict), headers and data (bytes)",
    "Response": "Response(body='', status=200, headers=()), a WSGI application; headers, set_cookie(name, value, path)",
    "redirect": "redirect(location) -> a Response with the status 302",
})


def request(code: Any, body: bytes = b"", **environ: Any) -> Any:
    """Return the reader's request."""
    return code.Request({"REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": "", "HTTP_HOST": "h",
                         "wsgi.input": io.BytesIO(body), **environ})


def sent(response: Any) -> tuple[str, Any, bytes]:
    """Return status, fields and body of an answer."""
    seen: list[Any] = []
    body = b"".join(response({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, lambda *args: seen.append(args)))
    status, fields = seen[-1]
    return status, fields, body


def field(response: Any, wanted: str) -> list[str]:
    """Return the values of one field of an answer."""
    return [value for name, value in sent(response)[1] if name.lower() == wanted]


class Unread:
    """A body that must not be read."""

    def read(self, size: int = -1) -> bytes:
        raise Wrong("the body was read, and nobody had asked for it")


ONCE = "work it out when it is asked for, and keep it in the object"
LATIN = "path.encode('latin-1').decode('utf-8', 'replace')"
CHOKE = "check in the one method that all headers come through"
LINE = "a\r\nSet-Cookie: admin=1"

# id, claim, hint, what is tried -> what it gives
VALUES: Any = (
    ("07.a", "a key that comes twice has a first value, and all of them", "keep a list for each key",
     lambda code: (code.MultiDict([("a", "1"), ("b", ""), ("a", "2")])["a"],
                   code.MultiDict([("a", "1"), ("a", "2")]).getlist("a"), code.MultiDict([]).getlist("a")),
     ("1", ["1", "2"], [])),
    ("07.b", "the query becomes a MultiDict, empty values too", "parse_qsl(text, keep_blank_values=True)",
     lambda code: [request(code, QUERY_STRING="tag=x&tag=y&q=").args.getlist(key) for key in ("tag", "q")],
     [["x", "y"], [""]]),
    ("07.c", "the path is UTF-8", LATIN, lambda code: request(code, PATH_INFO="/caf\xc3\xa9").path, "/caf\xe9"),
    ("X96", "bytes that are not UTF-8 in a path are no error", LATIN,
     lambda code: request(code, PATH_INFO="/\xff").path, "/\ufffd"),
    ("07.d", "headers of a request are found in any case, the type of the body too", "compare in lower case",
     lambda code: [request(code, HTTP_X_NOTE="1", CONTENT_TYPE="a/b").headers.get(name)
                   for name in ("x-note", "X-NOTE", "content-type", "x-other")], ["1", "1", "a/b", None]),
    ("07.e", "to set a header replaces it in any case, to add keeps both", "drop those of the name, then add",
     lambda code: _set_and_added(code.Headers([("x-a", "1"), ("X-A", "2")])), (["3"], ["3", "4"])),
    ("07.f", "two cookies are two fields", "Set-Cookie cannot be joined with a comma: dates have one",
     lambda code: len(field(_with_cookies(code, ("a", "1"), ("b", "2")), "set-cookie")), 2),
    ("07.g", "Content-Length counts bytes, not characters", "encode first, then count",
     lambda code: field(code.Response("caf\xe9"), "content-length"), ["5"]),
    ("07.h", "a response can be sent twice, and is the same", "change a copy of the headers, not the headers",
     lambda code: (lambda page: sent(page) == sent(page))(code.Response("x")), True),
    ("07.i", "the status has its own words", "http.HTTPStatus(404).phrase",
     lambda code: sent(code.Response("x", 404))[0], "404 Not Found"),
    ("X83", "a redirect goes where it is told", "nothing of the location is lost",
     lambda code: field(code.redirect("//other.example/a?b=1&c=%20#d"), "location"),
     ["//other.example/a?b=1&c=%20#d"]),
    ("X84", "a redirect writes other characters than ASCII with %", "urllib.parse.quote, for these characters alone",
     lambda code: field(code.redirect("/\xe9?\xfc=1"), "location"), ["/%C3%A9?%C3%BC=1"]),
)
# id, claim, hint, what must raise ValueError, or else let no line end and no other attribute out
REFUSED: Any = (
    ("X80", "a line end in a header is refused", CHOKE, lambda code: _headers(code, [("X-A", LINE)])),
    ("X81", "NUL in a header is refused", CHOKE, lambda code: _headers(code, [("X-A", "a\0b")])),
    ("07.j", "a header name is a token", CHOKE, lambda code: _headers(code, [("X-A: 1\r\nX-B", "2")])),
    ("07.k", "a header that is set is looked at as well", CHOKE, lambda code: _set_and_added(code.Headers(), LINE)),
    ("X82", "a line end in a redirect is refused", CHOKE, lambda code: field(code.redirect(LINE), "location")),
    ("X87", "a cookie's value holds no line end and no semicolon", "urllib.parse.quote(value, safe='')",
     lambda code: _cookie_parts(code, "a", "x\r\ny; Domain=evil.example")),
    ("X88", "a cookie's path brings no attribute", "quote it, too, but for the slash",
     lambda code: _cookie_parts(code, "a", "x", "/; Domain=evil.example")),
    ("X89", "a cookie's name is a token", "the pattern for names of headers fits", lambda code: [
        part for name in ("a b", "a=b", "a;Domain") for part in _cookie_parts(code, name, "x", name=name)]),
)


def _headers(code: Any, pairs: Any) -> list[str]:
    return [f"{name}: {value}" for name, value in code.Headers(pairs).pairs]


def _set_and_added(headers: Any, value: str = "3") -> tuple[Any, Any]:
    headers["X-a"] = value
    first = headers.getlist("x-A")
    headers.add("x-a", "4")
    return first, headers.getlist("X-A")


def _with_cookies(code: Any, *cookies: Any) -> Any:
    response = code.Response("")
    for cookie in cookies:
        response.set_cookie(*cookie)
    return response


def _cookie_parts(code: Any, *cookie: Any, name: str = "\0") -> list[str]:
    """Return the parts of a Set-Cookie that should not be in it."""
    try:
        parts = ";".join(field(_with_cookies(code, cookie), "set-cookie")).split(";")
    except ValueError:
        return []
    return [part for part in parts if part.strip().lower()[:6] == "domain" or "\r" in part or part[:len(name)] == name]


def _add_value(id: str, claim: str, hint: str, work: Any, wanted: object) -> None:
    CHAPTER.case(id, claim, hint=hint)(lambda code: expect(work(code), wanted))


def _add_refused(id: str, claim: str, hint: str, work: Any) -> None:
    @CHAPTER.case(id, claim, hint=hint)
    def refuses(code: Any) -> None:
        if "cookie" in claim:
            expect(work(code), [], "parts that nobody asked for")
        else:
            expect_error(ValueError, lambda: work(code))


for value_row in VALUES:
    _add_value(*value_row)
for refused_row in REFUSED:
    _add_refused(*refused_row)


@CHAPTER.case("07.l", "nothing is read before it is asked for", hint=ONCE)
def lazy(code: Any) -> None:
    stream: Any = Unread()
    expect(request(code, CONTENT_LENGTH="5", **{"wsgi.input": stream}).method, "GET")


@CHAPTER.case("07.m", "what was worked out is kept: the body can be asked for twice", hint=ONCE)
def kept(code: Any) -> None:
    seen = request(code, b"hello", CONTENT_LENGTH="5")
    expect((seen.data, seen.data), (b"hello", b"hello"), "data, twice")
    expect(seen.args is seen.args, True, "args is args")


@CHAPTER.case("07.n", "no byte is read beyond the length of the body", hint="read(length): there may be more")
def no_further(code: Any) -> None:
    seen = request(code, b"helloGET / HTTP/1.1", CONTENT_LENGTH="5")
    expect((seen.data, request(code, b"GET").data), (b"hello", b""), "data, with a length and without")


@CHAPTER.case("07.o", "a body of pieces is sent in pieces, and has no length", hint="ask isinstance(body, str) first")
def streamed(code: Any) -> None:
    made: list[str] = []

    def pieces() -> Any:
        made.append("a")
        yield b"a"

    response = code.Response(pieces())
    body = response({"REQUEST_METHOD": "GET"}, lambda status, fields: expect(
        ([name for name, _ in fields if name.lower() == "content-length"], made), ([], []), "lengths, pieces made"))
    expect(b"".join(body), b"a")
