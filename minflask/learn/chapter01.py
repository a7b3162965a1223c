"""The cases of chapter 1: reading a head from a socket, the request line, and a plain answer."""

from __future__ import annotations

import socket

from .cases import Chapter, Wrong, expect, expect_error
from .wires import Played, dripping, endless, in_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CHAPTER = Chapter(1, "A request is text", wants={
    "read_head": "read_head(sock, limit, seconds) -> (head, rest), bytes; ValueError if the head is longer than limit,"
                 " EOFError if the client leaves, TimeoutError after seconds",
    "split_request_line": "split_request_line(head) -> (method, target, version), text; ValueError if it is no such"
                          " line",
    "answer": "answer(status, text) -> the bytes of a whole answer; the text goes out in UTF-8",
})
HEAD = b"GET /notes HTTP/1.1\r\nHost: localhost"


@CHAPTER.case("E11", "a head that comes byte by byte is read whole",
              hint="One recv gives what has arrived, not what was sent: call it again until the empty line is there.")
def byte_by_byte(code: Any) -> None:
    expect(code.read_head(Played(in_bytes(HEAD + b"\r\n\r\n")), 8190, 5.0), (HEAD, b""))


@CHAPTER.case("E12", "the empty line may be cut in two",
              hint="Look for the end in all that was received so far, not in the last piece.")
def cut_in_the_end(code: Any) -> None:
    expect(code.read_head(Played([HEAD + b"\r\n\r", b"\n"]), 8190, 5.0), (HEAD, b""))


@CHAPTER.case("01.a", "what comes after the head is not lost", hint="Return what stands behind the empty line, too.")
def the_rest(code: Any) -> None:
    expect(code.read_head(Played([HEAD[:9], HEAD[9:] + b"\r\n\r\nGET /next"]), 8190, 5.0), (HEAD, b"GET /next"))


@CHAPTER.case("01.b", "a client that leaves in the middle is an EOFError",
              hint="recv returns b'' when no more will come. Without a look at that, a loop never ends.")
def leaves(code: Any) -> None:
    expect_error(EOFError, code.read_head, Played([HEAD[:9]]), 8190, 5.0)


@CHAPTER.case("A22", "a line that never ends is refused at the limit",
              hint="Compare the length of what you have with the limit before each recv.")
def endless_line(code: Any) -> None:
    expect_error(ValueError, code.read_head, Played(endless(b"a" * 1000)), 8190, 5.0)
    expect_error(ValueError, code.read_head, Played([b"GET /" + b"a" * 9000 + b"\r\n\r\n"]), 8190, 5.0)


@CHAPTER.case("L20", "a head that comes drop by drop ends at the deadline",
              hint="A timeout of the socket begins anew with every byte. Take the time at the start, and give each"
                   " recv only what is left.")
def drop_by_drop(code: Any) -> None:
    with dripping(b"GET / HTTP/1.1\r\n", b"X") as sock:
        expect_error((TimeoutError, socket.timeout), code.read_head, sock, 8190, 0.3)


@CHAPTER.case("A01", "a request line has a method, a target and a version",
              hint="The line ends at the first CRLF, and its words stand between single spaces.")
def three_words(code: Any) -> None:
    expect(tuple(code.split_request_line(HEAD)), ("GET", "/notes", "HTTP/1.1"))
    expect(tuple(code.split_request_line(b"get /%20?q=a HTTP/1.0")), ("get", "/%20?q=a", "HTTP/1.0"))


for ident, claim, line in (
    ("A03", "a line without a version is refused", b"GET /"),
    ("A04", "HTTP/2.0 is refused", b"GET / HTTP/2.0"),
    ("A05", "HTTP/1.32 is refused", b"GET / HTTP/1.32"),
    ("A06", "a version with junk behind it is refused", b"GET / HTTP/1.1x"),
    ("A07", "http/1.1 in small letters is refused", b"GET / http/1.1"),
    ("A08", "another protocol is refused", b"GET / FTP/1.1"),
    ("A09", "tabs are no spaces", b"GET\t/\tHTTP/1.1"),
    ("A10", "a space inside the target is refused", b"GET /a b HTTP/1.1"),
    ("A12", "one word is refused", b"GET"),
    ("A13", "two spaces in a row are refused", b"GET  HTTP/1.1"),
):
    def refused(code: Any, line: bytes = line) -> None:
        expect_error(ValueError, code.split_request_line, line + b"\r\nHost: localhost")
    CHAPTER.case(ident, claim, hint="Three words, single spaces, and one of two versions, compared as they are.")(
        refused)


@CHAPTER.case("01.c", "Content-Length counts bytes, not characters",
              hint="Encode the text first; then take its length.")
def counts_bytes(code: Any) -> None:
    head, _, body = code.answer("200 OK", "caf\xe9").partition(b"\r\n\r\n")
    expect(body, b"caf\xc3\xa9", "the body")
    lines = [line.lower().replace(b" ", b"") for line in head.split(b"\r\n")]
    if b"content-length:5" not in lines:
        raise Wrong(f"no line 'Content-Length: 5' in {head!r}")


@CHAPTER.case("01.d", "an answer says that the connection is closed after it",
              hint="Without it, an HTTP/1.1 client may send the next request to a socket that is gone.")
def says_close(code: Any) -> None:
    head = code.answer("404 Not Found", "").partition(b"\r\n\r\n")[0]
    expect(head.split(b"\r\n")[0], b"HTTP/1.1 404 Not Found", "the first line")
    if b"connection: close" not in head.lower().split(b"\r\n"):
        raise Wrong(f"no line 'Connection: close' in {head!r}")
