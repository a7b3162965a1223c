"""The cases of chapter 3: where a body ends, and reading it up to there."""

from __future__ import annotations

from .cases import Chapter, Wrong, expect, expect_error
from .wires import Played, endless, in_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Optional

CHAPTER = Chapter(3, "Where does the body end?", wants={
    "body_length": "body_length(fields, version='HTTP/1.1') -> bytes that follow the head, None if they come in chunks;"
                   " ValueError if that is unclear or too much",
    "Body": "Body(sock, data, length) with read() -> the next piece, b'' at the end; then its data is what came after."
            " ValueError if malformed, EOFError if the client leaves",
})
CHUNKED = {"transfer-encoding": "chunked"}

DIGITS = "One to nineteen of the characters 0 to 9, and nothing else. Ask an expression before you ask int()."
CODING = "The one coding is chunked, compared as a whole. What you do not understand you cannot skip: refuse it."
BOTH = "Two ways to tell the end are two ends. Refuse the request."
SIZE = "A size is one to sixteen hexadecimal digits; after them may come a semicolon and an extension, then CRLF."
AFTER = "Behind the data of a chunk stands CRLF, and nothing else."
GONE = "recv gives b'' when the client has left. That is an EOFError, not the end of the body."


def _length(ident: str, claim: str, fields: dict[str, str], hint: str, *, version: str = "HTTP/1.1",
            wanted: Optional[int] = 0, wrong: bool = False) -> None:
    def run(code: Any) -> None:
        if wrong:
            expect_error(ValueError, code.body_length, fields, version)
        else:
            expect(code.body_length(fields, version), wanted)
    CHAPTER.case(ident, claim, hint=hint)(run)


_length("D01", "Content-Length tells the length", {"content-length": "5"}, DIGITS, wanted=5)
_length("D02", "without any of them there is no body", {}, "0 is an answer, too.")
for ident, value in (("D03", "+5"), ("D04", "-5"), ("D05", "5_0"), ("D06", "0x5"), ("D08", ""), ("D09", "5 5"),
                     ("D10", "5.0"), ("D11", "\xb2"), ("D15", str(2 ** 64 + 5)), ("D19", "5,6")):
    _length(ident, f"Content-Length {ascii(value)} is refused", {"content-length": value}, DIGITS, wrong=True)
_length("D13", "Content-Length '010' is ten", {"content-length": "010"}, "A zero in front means nothing.", wanted=10)
_length("D20", "a length beside chunks is refused", {**CHUNKED, "content-length": "5"}, BOTH, wrong=True)
_length("D22", "chunks in HTTP/1.0 are refused", CHUNKED, "HTTP/1.0 has no chunks: who wrote that knows only half of"
        " what was sent.", version="HTTP/1.0", wrong=True)
for ident, value in (("D24", "gzip"), ("D25", "gzip, chunked"), ("D27", "identity"), ("D28", "chunked,chunked"),
                     ("D30", "xchunked"), ("D33", "\xa0chunked"), ("D36", "chunked;q=1")):
    _length(ident, f"Transfer-Encoding {ascii(value)} is refused", {"transfer-encoding": value}, CODING, wrong=True)
_length("D38", "Transfer-Encoding 'Chunked' means chunks", {"transfer-encoding": "Chunked"},
        "Names of codings are the same in small letters.", wanted=None)


def whole(code: Any, pieces: Iterable[bytes], length: Optional[int], data: bytes = b"") -> tuple[bytes, bytes]:
    """Return what a body reads, and what is left after it."""
    body, text = code.Body(Played(pieces), data, length), []
    while piece := body.read():
        text.append(piece)
        if len(text) > 1_000_000:
            raise Wrong("read() never returned b''")
    return b"".join(text), body.data


def _reads(ident: str, claim: str, sent: bytes, wanted: bytes, hint: str, *, length: Optional[int] = None,
           after: bytes = b"") -> None:
    def run(code: Any) -> None:
        expect(whole(code, [sent + after], length), (wanted, after), "in one piece")
        expect(whole(code, in_bytes(sent + after)[:len(sent)], length), (wanted, b""), "byte by byte")
    CHAPTER.case(ident, claim, hint=hint)(run)


def _refuses(ident: str, claim: str, pieces: Iterable[bytes], hint: str, *, length: Optional[int] = None,
             kind: type[Exception] = ValueError) -> None:
    def run(code: Any) -> None:
        expect_error(kind, lambda sent: whole(code, sent, length), pieces)
    CHAPTER.case(ident, claim, hint=hint)(run)


_reads("D23", "a body in chunks is put together", b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", b"hello world", SIZE)
_reads("03.a", "what follows a body is kept", b"hello", b"hello", "Take as many bytes as belong to the body; leave the"
       " others in data.", length=5, after=b"GET /")
_reads("03.b", "what follows the last chunk is kept", b"2\r\nhi\r\n0\r\n\r\n", b"hi", "The body ends with the empty"
       " line after the last chunk.", after=b"GET /")
for ident, size in (("D39", "0x5"), ("D40", "+5"), ("D42", "0_5"), ("D43", " 5"), ("D44", ""), ("D46", "zz")):
    _refuses(ident, f"a chunk size {size!r} is refused", [f"{size}\r\nhello\r\n0\r\n\r\n".encode()], SIZE)
_refuses("D48", "LF alone ends no line between chunks", [b"5\nhello\n0\n\n"], "Look at the two bytes, CR and LF.")
_refuses("D49", "a chunk whose data is not followed by CRLF is refused", [b"5\r\nhelloXX0\r\n\r\n"], AFTER)
_refuses("D50", "a chunk longer than its size is refused", [b"5\r\nhello!\r\n0\r\n\r\n"], AFTER)
_refuses("D55", "a size of 17 digits is refused", [b"00000000000000005\r\nhello\r\n0\r\n\r\n"], SIZE)
_refuses("D56", "an endless line between chunks is refused", endless(b"5;" + b"x" * 998),
         "Give each line a limit, as the head has one.")
_reads("D57", "an extension is skipped", b'5;name="a b"\r\nhello\r\n0\r\n\r\n', b"hello", SIZE)
_reads("D59", "a size may have capital letters", b"A\r\n0123456789\r\n0\r\n\r\n", b"0123456789", SIZE)
_reads("D60", "fields after the last chunk are dropped", b"2\r\nhi\r\n0\r\nX: y\r\n\r\n", b"hi",
       "Read lines up to the empty one, and forget them.")
_refuses("D62", "endless fields after the last chunk are refused", [b"0\r\n" + b"X: y\r\n" * 40_000],
         "Count them: twenty are plenty.")
_refuses("D64", "a client that leaves inside a chunk is an EOFError", [b"5\r\nhel"], GONE, kind=EOFError)
_refuses("D65", "a client that leaves before the length is reached is an EOFError", [b"hel"], GONE, length=5,
         kind=EOFError)
_reads("D66", "3000 chunks of one byte are read", b"1\r\nx\r\n" * 3000 + b"0\r\n\r\n", b"x" * 3000,
       "Do not copy all that is left for every chunk; receive a little at a time.")
