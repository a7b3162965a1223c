"""The cases of chapter 18: a test client, a fuzzer, a profiler, a bundler."""

from __future__ import annotations

import sys

from .cases import Chapter, Wrong, expect, expect_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator, Optional

CHAPTER = Chapter(18, "Testing, measuring, shipping", wants={
    "Client": "Client(app), with open(path, method='GET', body=b'', headers=()) -> .status, .headers, .body",
    "differs": "differs(read, data) -> where to cut the data so that read(pieces) gives something else, or None",
    "calls_of": "calls_of(call) -> a dict: name of a function -> how often it was called meanwhile",
    "bundle": "bundle(parts, start) -> the text of one file that holds modules and imports the one called start",
})

ENVIRON = "PEP 3333 has the list of what an environ must have; wsgiref.validate tells what is missing."
CLOSE = "try: read the body; finally: call close(), if there is one."
FINDER = "Keep each module's text apart, and let a finder on sys.meta_path make the module when it is imported."


def mirror(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    """Answer, late, with what was asked."""
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {environ['QUERY_STRING']} ".encode("latin-1")
    yield body + b" " + environ.get("HTTP_X_A", "").encode()


@CHAPTER.case("18.a", "method, path, query, body and fields reach the application", hint="Split the target at '?';"
              " a field X-A is HTTP_X_A. Read the body before you look what start_response was given.")
def reaches(code: Any) -> None:
    answer = code.Client(mirror).open("/a%20b/%C3%A9?c=%20", "POST", b"body", [("X-A", "1")])
    expect((answer.status, answer.body), ("200 OK", b"POST /a b/\xc3\xa9 c=%20 body 1"))
    expect(dict(answer.headers), {"Content-Type": "text/plain"}, "the headers")


@CHAPTER.case("L45", "the standard validator of WSGI finds nothing", hint=ENVIRON)
def valid(code: Any) -> None:
    from wsgiref.validate import validator

    def hello(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))]

    expect(code.Client(validator(hello)).open("/", "POST", b"abc").body, b"abc")


class Body:
    """A body that notes whether it was closed, and may break."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces, self.closed = pieces, 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            if not piece:
                raise ZeroDivisionError
            yield piece

    def close(self) -> None:
        self.closed += 1


def answers(body: Any, *fields: tuple[str, str], calls: int = 1) -> Callable[..., Any]:
    """Return an application that answers with a body and fields."""
    def app(environ: dict[str, Any], start_response: Any) -> Any:
        for _ in range(calls):
            start_response("200 OK", list(fields))
        return body
    return app


@CHAPTER.case("18.b", "the body is closed, once, also when it breaks", hint=CLOSE)
def closed(code: Any) -> None:
    whole, broken = Body([b"a", b"b"]), Body([b"a", b""])
    code.Client(answers(whole)).open("/")
    expect_error(ZeroDivisionError, code.Client(answers(broken)).open, "/")
    expect((whole.closed, broken.closed), (1, 1), "how often it was closed")


@CHAPTER.case("L28", "start_response is called once, or it is an error", hint="Raise AssertionError with a sentence.")
def started(code: Any) -> None:
    for calls in (0, 2):
        expect_error(AssertionError, code.Client(answers([b""], calls=calls)).open, "/")


@CHAPTER.case("18.c", "cookies are kept, and taken back", hint="Look through the fields for Set-Cookie; Max-Age=0 takes"
              " a cookie back.")
def cookies(code: Any) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Set-Cookie", value) for value in environ["QUERY_STRING"].split("&") if value])
        return [environ.get("HTTP_COOKIE", "").encode()]

    client = code.Client(app)
    seen = [client.open(path).body for path in ("/?a=1;Path=/&b=2", "/", "/?a=;Max-Age=0", "/")]
    expect(seen, [b"", b"a=1; b=2", b"a=1; b=2", b"b=2"], "the Cookie field of four requests")


@CHAPTER.case("18.d", "what one request leaves does not show in another client", hint="Keep cookies in the instance.")
def apart(code: Any) -> None:
    code.Client(answers([], ("Set-Cookie", "a=1"))).open("/")
    expect(code.Client(lambda environ, start: (start("200 OK", []), [str("HTTP_COOKIE" in environ).encode()])[1]
                       ).open("/").body, b"False")


def joined(at: Optional[int]) -> Callable[[list[bytes]], bytes]:
    """Return a reader that is wrong for one cut."""
    def read(pieces: list[bytes]) -> bytes:
        if at is not None and len(pieces[0]) == at:
            raise ValueError("cut here")
        return b"".join(pieces)
    return read


@CHAPTER.case("18.e", "the one cut that matters is found", hint="Try every cut, also before the first byte and behind"
              " the last. An exception is an outcome.")
def found(code: Any) -> None:
    expect([code.differs(joined(at), b"0123456789") for at in (None, 1, 5, 7, 9)], [None, 1, 5, 7, 9])


@CHAPTER.case("18.f", "a reader that refuses both ways alike is right", hint="Compare exceptions by type and text.")
def refused(code: Any) -> None:
    def read(pieces: list[bytes]) -> None:
        raise ValueError("never")

    expect(code.differs(read, b"abc"), None)


@CHAPTER.case("18.g", "calls are counted, and the profiler is taken off again", hint="sys.setprofile, and finally what"
              " sys.getprofile gave before.")
def counted(code: Any) -> None:
    def inner() -> None:
        pass

    def outer() -> None:
        inner()
        inner()

    counts = code.calls_of(outer)
    expect((counts.get("outer"), counts.get("inner")), (1, 2), "outer and inner")
    expect_error(ZeroDivisionError, code.calls_of, lambda: 1 // 0)
    expect(sys.getprofile(), None, "the profiler afterwards")


def output(text: str) -> str:
    """Run a file in an empty folder, and return what it prints."""
    import os
    import subprocess
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "one.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        done = subprocess.run([sys.executable, "-I", path], cwd=folder, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    return done.stdout.decode().replace("\r\n", "\n")


NAMES = {"one": "WORD = 'one'\ndef word(): return WORD\n", "two": "WORD = 'two'\ndef word(): return WORD\n",
         "book": "import one\nfrom two import word\nprint(one.word(), word())\n"}
INNER = {"book": "'''the book'''\nfrom .notes import show\nshow()\n", "book.text": "QUOTES = '\"\"\"' + \"'\\\\\"\n",
         "book.notes": "from . import text\ndef show():\n    print(text.QUOTES, __name__)\n",
         "start": "import book\nprint(book.__doc__)\n"}


@CHAPTER.case("18.h", "modules in one file keep their names apart", hint=FINDER)
def names(code: Any) -> None:
    expect(output(code.bundle(NAMES, "book")), "one two\n")


@CHAPTER.case("18.i", "packages, relative imports, quotes and backslashes survive", hint=FINDER + " repr keeps quotes.")
def packages(code: Any) -> None:
    expect(output(code.bundle(INNER, "start")), "\"\"\"'\\ book.notes\nthe book\n")


@CHAPTER.case("18.j", "a traceback tells the module", hint="Give compile() a file name that has the module in it.")
def tracebacks(code: Any) -> None:
    text = output(code.bundle({"book": "import notes\n", "notes": "x = 1\n1 / 0\n"}, "book"))
    if "ZeroDivisionError" not in text or "notes.py\", line 2" not in text:
        raise Wrong(f"the traceback is {text[-300:]!r}")
