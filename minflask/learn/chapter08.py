"""The cases of chapter 8: what a form is, however its bytes are cut, and how much of it there may be."""

from __future__ import annotations

import io

from .cases import Chapter, Wrong, expect, expect_error, memory_peak

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, Optional

CHAPTER = Chapter(8, "Forms and uploads", wants={
    "Malformed": "an exception: this is no form",
    "TooMuch": "an exception: there is too much of something",
    "Budget": "Budget(): what one form may cost; 1000 parts and 500,000 bytes of text",
    "parse_query": "parse_query(text, budget) -> pairs of an urlencoded form",
    "MultipartParser": "MultipartParser(boundary, budget): feed(data) -> list of ('part', name, filename),"
                       " ('data', bytes) and ('end',); close() when there is no more",
    "read_form": "read_form(content_type, stream, budget) -> (pairs of texts, list of (name, filename, file))",
})

TYPE = "multipart/form-data; boundary="
MIB = 1 << 20


def part(content: bytes = b"v", disposition: str = 'name="a"', boundary: bytes = b"x") -> bytes:
    """Return one part, with the boundary in front of it."""
    head = f"Content-Disposition: form-data; {disposition}".encode()
    return b"--%b\r\n%b\r\n\r\n%b\r\n" % (boundary, head, content)


FILE = 'name="f"; filename="f.bin"'
END = b"--x--\r\n"
FORM = part("h\xe9".encode()) + part(b"1\r\n--\r\n2\r", FILE) + part(b"", 'name="b"') + END
PAIRS, NAMES = [("a", "h\xe9"), ("b", "")], [("f", "f.bin", b"1\r\n--\r\n2\r")]


def form(code: Any, body: bytes, content_type: str = TYPE + "x") -> tuple[Any, Any]:
    """Return the pairs, and the files with their content."""
    pairs, files = code.read_form(content_type, io.BytesIO(body), code.Budget())
    return pairs, [(name, filename, file.read()) for name, filename, file in files]


def joined(events: Any) -> list[Any]:
    """Return events with the data of a part in one piece."""
    whole: list[Any] = []
    for event in events:
        if event[0] == "data" and whole and whole[-1][0] == "data":
            event = ("data", whole.pop()[1] + event[1])
        whole.append(event)
    return whole


LOOP = "let each state say whether it took something, and stop when it did not"
TAKE = "take it off a budget before you keep it"
CLOSED = "close() is the place to complain"
OPTIONS = 'find name="..." and filename="..." by one pattern'
# id, claim, hint, body, boundary -> pairs and files; or the name of the exception
FORMS: Any = (
    ("08.a", "fields and files come in order, with what they hold", "cut at CRLF, two dashes, boundary", FORM, "x",
     (PAIRS, NAMES)),
    ("X04", "a form without its last boundary is refused", CLOSED, FORM[:-7], "x", "Malformed"),
    ("X05", "a part without Content-Disposition is refused", OPTIONS, b"--x\r\n\r\nv\r\n" + END, "x", "Malformed"),
    ("X07", "1001 parts are too many", TAKE, part() * 1001 + END, "x", "TooMuch"),
    ("X08", "a field of 600 kB is too long", TAKE, part(b"v" * 600_000) + END, "x", "TooMuch"),
    ("X09", "three fields of 400 kB are too long together", "one budget for the whole form, not one for each field",
     part(b"v" * 400_000) * 3 + END, "x", "TooMuch"),
    ("X14", "10,000 headers in one part are too many", "limit the head of a part, 8 kB will do",
     part().replace(b"\r\n\r\n", b"\r\nX-A: 1" * 10_000 + b"\r\n\r\n") + END, "x", "TooMuch"),
    ("X16", "200 kB before the first boundary are too much", TAKE, b"-" * 200_000 + b"\r\n" + part() + END, "x",
     "TooMuch"),
    ("X01", "a form needs a boundary", "look for boundary= in the type", FORM, "", "Malformed"),
    ("X18", "a boundary of 300 characters is refused", "RFC 2046 has 70, some send up to 256",
     part(boundary=b"x" * 300), "x" * 300, "Malformed"),
    ("X19", "a boundary may stand in quotes", 'boundary="..." or boundary=...', part(boundary=b"a b") + b"--a b--",
     '"a b"', ([("a", "v")], [])),
    ("X20", "a boundary may hold characters that patterns are made of", "bytes.find, no regular expression",
     part(boundary=b"(a+)*?") + b"--(a+)*?--", "(a+)*?", ([("a", "v")], [])),
    ("X21", "a file's name is handed over as it came", "it is only a text; never open it",
     part(b"v", 'name="f"; filename="../../x"') + END, "x", ([], [("f", "../../x", b"v")])),
    ("X23", "quotes in a name come as %22 or with a backslash", OPTIONS,
     part(b"v", r'name="f"; filename="a%22b\"c"') + END, "x", ([], [("f", 'a"b"c', b"v")])),
    ("X25", "a text that is not UTF-8 is no error", "decode('utf-8', 'replace')", part(b"\xff") + END, "x",
     ([("a", "\ufffd")], [])),
    ("X29", "an empty file is a file", "filename is not None", part(b"", 'name="f"; filename=""') + END, "x",
     ([], [("f", "", b"")])),
)
# id, claim, hint, text -> pairs, or TooMuch
QUERIES: Any = (
    ("08.b", "an urlencoded form is pairs with + and %", "unquote_plus, after the cut", "a=1+2&b=%26&a=&c",
     [("a", "1 2"), ("b", "&"), ("a", ""), ("c", "")]),
    ("X32", "200,000 fields are too many", TAKE, "a&" * 200_000, None),
    ("X33", "a field of 2 MiB is too long", TAKE, "a" * 2 * MIB, None),
    ("X34", "a semicolon separates nothing", "split at & alone", "a=1;b=2", [("a", "1;b=2")]),
    ("X36", "a % that is none stays", "unquote_plus does that", "a=%zz&b=%", [("a", "%zz"), ("b", "%")]),
    ("X37", "bytes that are not UTF-8 are no error", "unquote_plus replaces them", "a=%ff", [("a", "\ufffd")]),
)
# id, claim, what the file holds
HELD: Any = (
    ("X11", "of CR and 4 MiB without a line end, no more is kept than a boundary", b"\r" + b"-" * 4 * MIB),
    ("X12", "nor of 1 MiB of CR", b"\r" * MIB),
    ("X13", "nor of 1 MiB of beginnings of a boundary", b"\r\n--" * (MIB // 4)),
)


def _add_form(id: str, claim: str, hint: str, body: bytes, boundary: str, wanted: Any) -> None:
    @CHAPTER.case(id, claim, hint=hint)
    def reads(code: Any) -> None:
        content_type = TYPE + boundary if boundary else "multipart/form-data"
        if isinstance(wanted, str):
            expect_error(getattr(code, wanted), lambda: form(code, body, content_type))
        else:
            expect(form(code, body, content_type), wanted)


def _add_query(id: str, claim: str, hint: str, text: str, wanted: Optional[Any]) -> None:
    @CHAPTER.case(id, claim, hint=hint)
    def reads(code: Any) -> None:
        if wanted is None:
            expect_error(code.TooMuch, lambda: code.parse_query(text, code.Budget()))
        else:
            expect([tuple(pair) for pair in code.parse_query(text, code.Budget())], wanted)


def _add_held(id: str, claim: str, content: bytes) -> None:
    @CHAPTER.case(id, claim, hint="give out all but the last len(needle) - 1 bytes, and look at no byte twice")
    def flows(code: Any) -> None:
        parser, came = code.MultipartParser(b"x" * 20, code.Budget()), 0
        parser.feed(part(b"", FILE, boundary=b"x" * 20)[:-2])
        for at in range(0, len(content), 4096):
            came += sum(len(event[1]) for event in parser.feed(content[at:at + 4096]) if event[0] == "data")
            if came < min(at + 4096, len(content)) - 40:
                raise Wrong(f"after {at + 4096:,} bytes of a file, {came:,} had come out")


for form_row in FORMS:
    _add_form(*form_row)
for query_row in QUERIES:
    _add_query(*query_row)
for held_row in HELD:
    _add_held(*held_row)


@CHAPTER.case("08.c", "wherever the bytes are cut, the events are the same", hint=LOOP)
def cut_anywhere(code: Any) -> None:
    def events(*pieces: bytes) -> list[Any]:
        parser = code.MultipartParser(b"x", code.Budget())
        found = [event for piece in pieces for event in parser.feed(piece)]
        parser.close()
        return joined(found)

    whole = events(FORM)
    expect([event for event in whole if event[0] == "part"],
           [("part", "a", None), ("part", "f", "f.bin"), ("part", "b", None)])
    for at in range(len(FORM)):
        expect(events(FORM[:at], FORM[at:]), whole, f"cut at {at}")
    expect(events(*(FORM[at:at + 1] for at in range(len(FORM)))), whole, "byte by byte")


class Endless(io.RawIOBase):
    """A stream of 8 MiB in one file, made while it is read."""

    def __init__(self) -> None:
        self.pieces: Iterator[bytes] = iter([part(b"", FILE)[:-2], *[b"v" * 65_536] * 128, b"\r\n" + END])

    def read(self, size: int = -1) -> bytes:
        if size is None or size < 0:
            raise Wrong("the whole body was read at once")
        return next(self.pieces, b"")


@CHAPTER.case("X10", "a file of 8 MiB is not held in memory", hint="tempfile.SpooledTemporaryFile; read 64 kB at once")
def on_disk(code: Any) -> None:
    with memory_peak() as taken:
        files = code.read_form(TYPE + "x", Endless(), code.Budget())[1]
        peak = taken()
    with files[0][2] as file:
        expect((file.seek(0, 2) or file.tell(), peak < 2 * MIB), (8 * MIB, True), "size, and less than 2 MiB of memory")
