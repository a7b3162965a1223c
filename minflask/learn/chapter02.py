"""The cases of chapter 2: a head has one meaning, or it is refused."""

from __future__ import annotations

from .cases import Chapter, expect, expect_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CHAPTER = Chapter(2, "Parsing without being fooled", wants={
    "parse_head": "parse_head(head: bytes) -> (method, target, fields), text, and a dictionary of names in small"
                  " letters; ValueError for what is doubtful",
})
FIRST = b"GET / HTTP/1.1"
HOST = b"Host: h"

LINE = "Describe the whole line by one regular expression, and use fullmatch. A method is a token."
TARGET = "A target consists of visible ASCII characters: \\x21 to \\x7e."
ENDS = "Split at CRLF only, never with splitlines; and then let no other control character pass."
NAME = "A name is a token, and the colon stands right behind it. strip() on a name hides what is wrong."
VALUE = "A value may hold tab, \\x20 to \\x7e and \\x80 to \\xff; nothing else."
ONE_HOST = "HTTP/1.1 wants exactly one Host: a name or an address in brackets, and perhaps a port."
TWICE = "If the name is there already: refuse it when it tells where the message ends or whom it is for; else join."


def head(*lines: bytes, first: bytes = FIRST, host: bytes = HOST) -> bytes:
    """Return a head with a Host."""
    return b"\r\n".join([first, *([host] if host else []), *lines])


REFUSED: list[tuple[str, str, bytes, str]] = [
    ("A14", "a colon in the method is refused", head(first=b"GE:T / HTTP/1.1"), LINE),
    ("A15", "NUL in the method is refused", head(first=b"GE\0T / HTTP/1.1"), LINE),
    ("A16", "a method that is not ASCII is refused", head(first=b"G\xcaT / HTTP/1.1"), LINE),
    ("A23", "a bare LF ends no line", b"GET / HTTP/1.1\nHost: h", ENDS),
    ("A24", "a bare CR inside the request line is refused", head(first=b"GET /a\rb HTTP/1.1"), ENDS),
    ("A25", "a bare CR ends no line", b"GET / HTTP/1.1\rHost: h", ENDS),
    ("A26", "LF does not separate words", head(first=b"GET\n/\nHTTP/1.1"), LINE),
    ("A32", "NUL in the target is refused", head(first=b"GET /a\0b HTTP/1.1"), TARGET),
    ("A35", "DEL in the target is refused", head(first=b"GET /a\x7fb HTTP/1.1"), TARGET),
    ("B01", "HTTP/1.1 without a Host is refused", head(host=b""), ONE_HOST),
    ("B02", "two Hosts are refused", head(b"Host: other"), ONE_HOST),
    ("B05", "a space in the Host is refused", head(host=b"Host: a b"), ONE_HOST),
    ("B06", "an @ in the Host is refused", head(host=b"Host: user@h"), ONE_HOST),
    ("C01", "a space before the colon is refused", head(b"Content-Length : 5"), NAME),
    ("C02", "a tab before the colon is refused", head(b"X\t: 5"), NAME),
    ("C03", "an empty name is refused", head(b": x"), NAME),
    ("C05", "a line without a colon is refused", head(b"nothing"), NAME),
    ("C06", "a folded field is refused", head(b"X: a", b" b"), "A line that begins with a space went on with the one"
     " before, long ago. Its name is no token: refuse it."),
    ("C08", "NUL in a value is refused", head(b"X: a\0b"), VALUE),
    ("C09", "a bare CR in a value begins no field", head(b"X: a\rSmuggled: 1"), ENDS),
    ("C10", "a bare LF in a value begins no field", head(b"X: a\nSmuggled: 1"), ENDS),
    ("C14", "a name that is not ASCII is refused", head(b"X\xe9: a"), NAME),
    ("C15", "a separator in a name is refused", head(b"X(y): a"), NAME),
    ("C22", "two Content-Types are refused", head(b"Content-Type: text/plain", b"Content-Type: text/html"), TWICE),
    ("C25", "200 fields are refused", head(*[b"X%d: a" % number for number in range(200)]),
     "Count the lines before you read them; 100 are enough."),
    ("C31", "a long run of spaces costs no time", head(b"X: a" + b" " * 60_000 + b"\x10"),
     "Let no part of the expression match what its neighbour matches too: `(.*?) *` tries every split."),
]

# What is right, and must not be refused: a parser that refuses everything would be safe as well.
READ: list[tuple[str, str, bytes, str, str, str]] = [
    ("B09", "an address in brackets is a Host", head(host=b"Host: [::1]:8000"), "host", "[::1]:8000", ONE_HOST),
    ("C13", "characters above \\x7f in a value are kept", head(b"X: caf\xe9"), "x", "caf\xe9", VALUE),
    ("C20", "a field that comes twice is joined with a comma", head(b"X: a", b"x: b"), "x", "a,b", TWICE),
    ("C21", "two Cookies are joined with a semicolon", head(b"Cookie: a=1", b"Cookie: b=2"), "cookie", "a=1; b=2",
     "A comma may stand inside a cookie: RFC 9113, 8.2.3 says how to join them."),
    ("C23", "spaces and tabs around a value are cut off", head(b"X: \t a b \t"), "x", "a b", "strip(' \\t')"),
    ("C24", "\\x85 and \\xa0 are no spaces", head(b"X: \x85a\xa0"), "x", "\x85a\xa0",
     "strip() without an argument cuts off whatever Unicode calls a space. Name the characters."),
    ("C28", "a value may be empty", head(b"X:"), "x", "", VALUE),
    ("C29", "names are found in small letters", head(b"x-FORWARDED-For: a"), "x-forwarded-for", "a",
     "Make the name small, once it is known to be ASCII."),
]


@CHAPTER.case("A01", "a plain head is read", hint="Return method, target and fields, in this order.")
def plain(code: Any) -> None:
    expect(tuple(code.parse_head(head(b"Accept: */*"))), ("GET", "/", {"host": "h", "accept": "*/*"}))


@CHAPTER.case("A02", "HTTP/1.0 may come without a Host", hint="Only HTTP/1.1 demands it.")
def old(code: Any) -> None:
    expect(tuple(code.parse_head(b"GET / HTTP/1.0")), ("GET", "/", {}))


def _refused(data: bytes) -> Any:
    return lambda code: expect_error(ValueError, code.parse_head, data)


def _read(data: bytes, name: str, value: str) -> Any:
    return lambda code: expect(code.parse_head(data)[2].get(name), value, name)


ROWS = [(ident, claim, hint, _refused(data)) for ident, claim, data, hint in REFUSED]
ROWS += [(ident, claim, hint, _read(data, name, value)) for ident, claim, data, name, value, hint in READ]
for ident, claim, hint, run in sorted(ROWS, key=lambda row: row[0]):
    CHAPTER.case(ident, claim, hint=hint)(run)
