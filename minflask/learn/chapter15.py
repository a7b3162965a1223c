"""The cases of chapter 15: which names are files of a folder, which part of one is sent, and when none has to be."""

from __future__ import annotations

import contextlib
import os

from .cases import Chapter, Wrong, expect, expect_error, memory_peak

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, Optional

CHAPTER = Chapter(15, "Serving files", wants={
    "NotSatisfiable": "an exception: the part that is wanted lies outside of the file",
    "safe_path": "safe_path(folder, name) -> the path of a file below the folder, or None",
    "resolve_range": "resolve_range(header, size) -> (start, stop), or None where the whole is to be sent",
    "files": "files(folder) -> a WSGI application; PATH_INFO is a slash and a name",
})
CONTENT = bytes(range(100))

ALLOW = "look at each segment, and refuse empty ones, . and .."
WINDOWS = "up to the first dot, without blanks, in capitals: CON, PRN, AUX, NUL, COM1..."
# id, claim, hint, names that must be refused
REFUSED: Any = (
    ("Y01", "two dots do not lead out of the folder", ALLOW, ("../secret", "a/../../secret", "..")),
    ("Y04", "a name does not begin with a slash", ALLOW, ("/etc/passwd", "//host/share")),
    ("Y06", "a backslash is no part of a name", "Windows takes it for a slash", ("..\\secret", "a\\b")),
    ("Y07", "neither is NUL", "the system ends a name there", ("file.txt\0.html",)),
    ("Y08", "dots and empty segments name no file", ALLOW, (".", "", "a/./b", "a//b")),
    ("Y10", "a slash at the end is no file", ALLOW, ("file.txt/",)),
    ("Y14", "a device of Windows is no file, in any spelling and any folder", WINDOWS,
     ("CON", "con", "NUL.txt", "CON.txt.html", "CON ", "COM\xb9", "CONIN$", "sub/NUL", "aux/file.txt")),
    ("15.a", "a colon is a drive or a hidden stream on Windows", "refuse it", ("C:file.txt", "file.txt:hidden")),
)
IGNORE, INSIDE = "what is not exactly right is ignored: the whole is sent", "start >= size: raise NotSatisfiable"
# id, claim, hint, header -> part of 100 bytes, None for the whole, "error" for NotSatisfiable
RANGES: Any = (
    ("Y20", "bytes=0-9 are ten bytes", "the last one is included", "bytes=0-9", (0, 10)),
    ("Y21", "bytes=-10 are the last ten", "max(0, size - 10)", "bytes=-10", (90, 100)),
    ("Y22", "bytes=90- are all from there", "without a last one, it is the end", "bytes=90-", (90, 100)),
    ("Y23", "what begins behind the end cannot be sent", INSIDE, "bytes=200-", "error"),
    ("Y24", "an end before the start is no range", IGNORE, "bytes=9-0", None),
    ("Y25", "the last no bytes cannot be sent", INSIDE, "bytes=-0", "error"),
    ("Y26", "several ranges get the whole", IGNORE, "bytes=0-0,5-5", None),
    ("Y27", "ten thousand ranges, too", IGNORE, "bytes=" + "0-," * 10_000, None),
    ("Y28", "letters are no range", IGNORE, "bytes=a-b", None),
    ("Y29", "another unit is ignored", IGNORE, "items=0-9", None),
    ("Y30", "an end behind the end is the end", "min(last, size - 1)", "bytes=0-9999999999999999", (0, 100)),
    ("Y31", "a sign is no digit", "[0-9], not int()", "bytes=+1-5", None),
    ("Y32", "digits of other scripts are none here", "[0-9], not \\d", "bytes=\u0661-", None),
)


class Site:
    """The reader's application for a folder."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, path: str = "/file.txt", method: str = "GET", **environ: str) -> tuple[str, Any, bytes]:
        """Ask for a path; return status, fields by their names in lower case, and body."""
        seen: list[Any] = []
        body = self.app({"REQUEST_METHOD": method, "PATH_INFO": path, **environ}, lambda *args: seen.append(args))
        try:
            content = b"".join(body)
        finally:
            getattr(body, "close", int)()
        status, fields = seen[-1]
        return status[:3], {name.lower(): value for name, value in fields}, content


@contextlib.contextmanager
def served(code: Any, content: bytes = CONTENT) -> Iterator[Site]:
    """Make a folder that has a file and a folder, and things beside it that are none of its."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as above:
        for name in ("static", "static/sub", "static-secret"):
            os.mkdir(os.path.join(above, name))
        for name in ("static/file.txt", "static-secret/file.txt", "secret"):
            with open(os.path.join(above, name), "wb") as file:
                file.write(content)
        yield Site(code.files(os.path.join(above, "static")))


def _add_refused(id: str, claim: str, hint: str, names: Any) -> None:
    @CHAPTER.case(id, claim, hint=hint)
    def refuses(code: Any) -> None:
        for name in names:
            expect((name, code.safe_path("/srv/static", name)), (name, None))
        with served(code) as ask:
            expect((ask("/" + names[0])[0], ask()[0]), ("404", "200"), f"{names[0]!r}, and a good name")


def _add_range(id: str, claim: str, hint: str, header: str, wanted: Optional[Any]) -> None:
    @CHAPTER.case(id, claim, hint=hint)
    def resolves(code: Any) -> None:
        if wanted == "error":
            expect_error(code.NotSatisfiable, code.resolve_range, header, 100)
        else:
            expect(code.resolve_range(header, 100), wanted)


for refused_row in REFUSED:
    _add_refused(*refused_row)
for range_row in RANGES:
    _add_range(*range_row)


@CHAPTER.case("Y15", "a folder whose name begins the same is another folder", hint="do not compare with startswith")
def sibling(code: Any) -> None:
    expect(code.safe_path("/srv/static", "../static-secret/file.txt"), None)


@CHAPTER.case("Y09", "a folder is no file, and what cannot be a name is a 404",
              hint="isfile before open; OSError and UnicodeDecodeError are a 404, too")
def no_file(code: Any) -> None:
    with served(code) as ask:
        expect([ask(path)[0] for path in ("/sub", "/none", "/" + "x" * 5000, "/\xff")], ["404"] * 4)


@CHAPTER.case("15.b", "a file comes with its length and its type", hint="a table of types of your own will do")
def whole(code: Any) -> None:
    with served(code) as ask:
        status, fields, body = ask()
        seen = status, fields.get("content-length"), fields.get("content-type", "")[:10], body
        expect(seen, ("200", "100", "text/plain", CONTENT))


@CHAPTER.case("15.c", "a part comes with its place and its length", hint="206, Content-Range: bytes 5-9/100")
def part(code: Any) -> None:
    with served(code) as ask:
        status, fields, body = ask(HTTP_RANGE="bytes=5-9")
        seen = status, fields.get("content-range"), fields.get("content-length"), body
        expect(seen, ("206", "bytes 5-9/100", "5", CONTENT[5:10]))
        status, fields, _ = ask(HTTP_RANGE="bytes=100-")
        expect((status, fields.get("content-range")), ("416", "bytes */100"))


@CHAPTER.case("15.d", "who has the file gets a 304, with the tag and without a body",
              hint="make a tag of time and size, and compare it with If-None-Match")
def known(code: Any) -> None:
    with served(code) as ask:
        tag, date = (ask()[1].get(name, "") for name in ("etag", "last-modified"))
        for name, value in (("HTTP_IF_NONE_MATCH", tag), ("HTTP_IF_NONE_MATCH", f'"x", W/{tag}'),
                            ("HTTP_IF_NONE_MATCH", "*"), ("HTTP_IF_MODIFIED_SINCE", date)):
            status, fields, body = ask(**{name: value})
            expect((status, fields.get("etag"), body), ("304", tag, b""), f"for {name} {value!r}")
    with served(code, b"other") as ask:
        expect(ask(HTTP_IF_NONE_MATCH=tag)[0], "200", "another file, and the old tag")


@CHAPTER.case("Y41", "dates that are none, and 100 kB of tags, do no harm", hint="compare texts, not dates")
def odd_conditions(code: Any) -> None:
    with served(code) as ask:
        for value in ("garbage", "Sat, 01 Jan 99999 00:00:00 GMT", ""):
            expect(ask(HTTP_IF_MODIFIED_SINCE=value)[0], "200")
        expect(ask(HTTP_IF_NONE_MATCH='W/"",' * 20_000)[0], "200")


@CHAPTER.case("15.e", "a part of another version is not sent", hint="If-Range: the whole, unless the tag is the same")
def other_version(code: Any) -> None:
    with served(code) as ask:
        tags = ask()[1].get("etag", "none"), '"other"'
        expect([ask(HTTP_RANGE="bytes=0-9", HTTP_IF_RANGE=tag)[0] for tag in tags], ["206", "200"])


@CHAPTER.case("15.f", "HEAD has the headers of GET, and nothing is read", hint="an iterator that has nothing to give")
def head(code: Any) -> None:
    with served(code) as ask:
        expect((ask(method="HEAD")[1], ask(method="HEAD")[2]), (ask()[1], b""))


@CHAPTER.case("15.g", "a large file is not held in memory", hint="an object with __iter__ and close; 64 kB at once")
def in_blocks(code: Any) -> None:
    with served(code, b"x" * (8 << 20)) as ask:
        with memory_peak() as taken:
            body = ask.app({"REQUEST_METHOD": "GET", "PATH_INFO": "/file.txt"}, lambda *args: None)
            size = sum(map(len, body))
            peak = taken()
        if not hasattr(body, "close"):
            raise Wrong("the body has no close(), so the file stays open when the client has left")
        body.close()
        expect((size, peak < 1 << 20), (8 << 20, True), "size, and less than 1 MiB of memory")
