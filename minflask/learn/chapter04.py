"""The cases of chapter 4: several requests on one connection, and when it has to end."""

from __future__ import annotations

from .cases import Chapter, Wrong, expect
from .wires import Played, in_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable

    Answers = list[tuple[str, str, bytes]]

CHAPTER = Chapter(4, "Staying on the line", wants={
    "keeps_alive": "keeps_alive(version, fields) -> whether the client lets the connection stay; fields is a dictionary"
                   " of names in small letters",
    "serve_client": "serve_client(sock, app): answer what comes, return when the connection has to end;"
                    " app(method, target, body) -> (status, text), and body.read() -> the next piece, b'' at the end",
})


def request(line: str = "GET /", *fields: str, version: str = "HTTP/1.1", body: str = "") -> bytes:
    """Return the bytes of a request."""
    return "\r\n".join([f"{line} {version}", "Host: h", *fields, "", body]).encode("latin-1")


ONE, TWO, THREE = request("GET /1"), request("GET /2"), request("GET /3")
BODY = "Content-Length: 5"
READ, IGNORE = request("POST /read", BODY, body="hello"), request("POST /ignore", BODY, body="hello")
ASKS = request("POST /read", BODY, "Expect: 100-continue")


class Talk:
    """What became of the bytes of a client: which requests the application saw, and the answers to them.

    The application reads its body, but for the target /ignore.
    """

    def __init__(self, code: Any, pieces: Iterable[bytes]) -> None:
        self.seen: list[str] = []
        self.bodies: list[bytes] = []
        self.sock = Played(pieces)
        code.serve_client(self.sock, self._app)
        self.asked = self.sock.sent.count(b"HTTP/1.1 100 ")
        self.answers = _answers(self.sock.sent)
        self.codes = [code for code, _, _ in self.answers]

    def _app(self, method: str, target: str, body: Any) -> tuple[str, str]:
        self.seen.append(f"{method} {target}")
        if target != "/ignore":
            self.bodies.append(b"".join(iter(body.read, b"")))
        return "200 OK", target


def _answers(sent: bytes) -> Answers:
    """Return (code, value of Connection, body) of each answer but 100."""
    found: Answers = []
    while sent:
        head, end, sent = sent.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        if not end or not first.startswith("HTTP/1."):
            raise Wrong(f"an answer begins with {first[:60]!r}")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        size = int(fields.get("content-length", 0))
        if not first.split(" ")[1].startswith("1"):
            found.append((first.split(" ")[1], fields.get("connection", "").lower(), sent[:size]))
            sent = sent[size:]
    return found


@CHAPTER.case("E01", "two requests in turn are answered", hint="Begin again after an answer.")
def in_turn(code: Any) -> None:
    expect([body for _, _, body in Talk(code, [ONE, TWO]).answers], [b"/1", b"/2"])


@CHAPTER.case("E02", "three requests in one packet are answered in order",
              hint="What was received after a request begins the next one: do not throw it away, and do not wait.")
def pipelined(code: Any) -> None:
    expect([body for _, _, body in Talk(code, [ONE + TWO + READ]).answers], [b"/1", b"/2", b"/read"])


@CHAPTER.case("E11", "requests that come byte by byte are answered", hint="See chapter 1.")
def byte_by_byte(code: Any) -> None:
    talk = Talk(code, in_bytes(ONE + READ + TWO))
    expect((talk.seen, talk.bodies), (["GET /1", "POST /read", "GET /2"], [b"", b"hello", b""]))


@CHAPTER.case("04.a", "a client of HTTP/1.1 stays unless it says close",
              hint="Connection is a list of words, divided by commas, in any case.")
def modern(code: Any) -> None:
    for value, wanted in (("", True), ("close", False), ("TE, Close", False), ("keep-alive", True)):
        fields = {"host": "h", **({"connection": value} if value else {})}
        expect(bool(code.keeps_alive("HTTP/1.1", fields)), wanted, f"Connection: {value}")


@CHAPTER.case("04.b", "a client of HTTP/1.0 stays only if it says keep-alive", hint="The default was the other one.")
def old(code: Any) -> None:
    for value, wanted in (("", False), ("close", False), ("Keep-Alive", True)):
        expect(bool(code.keeps_alive("HTTP/1.0", {"connection": value} if value else {})), wanted,
               f"Connection: {value}")


@CHAPTER.case("E03", "after an answer to HTTP/1.0 nothing is read", hint="Ask keeps_alive, and return.")
def old_closes(code: Any) -> None:
    expect(Talk(code, [request(version="HTTP/1.0") + TWO]).seen, ["GET /"])


@CHAPTER.case("E04", "after Connection: close nothing is read", hint="Ask keeps_alive, and return.")
def closes(code: Any) -> None:
    expect(Talk(code, [request("GET /1", "Connection: close") + TWO]).seen, ["GET /1"])


@CHAPTER.case("E13", "the last answer says Connection: close, the others do not",
              hint="You have to know what you will do before you send the head of the answer.")
def says_so(code: Any) -> None:
    first, last = Talk(code, [ONE + request("GET /2", "Connection: close")]).answers
    expect(first[1] != "close" and last[1] == "close", True, f"the values of Connection are {first[1]!r}, {last[1]!r}")


@CHAPTER.case("E05", "a body that nobody read is not the next request",
              hint="When the application is done, read what it left of the body, or end the connection.")
def unread(code: Any) -> None:
    _not_mixed(Talk(code, [request("POST /ignore", BODY, body="GET /") + TWO]))


@CHAPTER.case("E06", "the same with a body in chunks", hint="Read the chunks to their end, as the application would.")
def unread_chunks(code: Any) -> None:
    sent = request("POST /ignore", "Transfer-Encoding: chunked", body="5\r\nGET /\r\n0\r\n\r\n")
    _not_mixed(Talk(code, [sent + TWO]))


def _not_mixed(talk: Talk) -> None:
    """The second request is answered, or the connection was closed; nothing else was taken for a request."""
    if talk.codes != ["200"]:
        expect((talk.codes, talk.seen), (["200", "200"], ["POST /ignore", "GET /2"]))


@CHAPTER.case("04.c", "a long body that nobody reads ends the connection",
              hint="Do not read a megabyte only to be polite: set a limit, then say close.")
def long_unread(code: Any) -> None:
    size = 900_000
    sent = request("POST /ignore", f"Content-Length: {size}") + b"x" * size
    talk = Talk(code, [sent[at:at + 4096] for at in range(0, len(sent), 4096)])
    expect(talk.seen, ["POST /ignore"])
    expect([connection for _, connection, _ in talk.answers], ["close"], "Connection")
    expect(talk.sock.given < 600_000, True, f"{talk.sock.given} bytes were read; less than 600000")


@CHAPTER.case("E07", "a malformed request after a right one is answered 400, and ends it",
              hint="Catch the ValueError of the parsers around one request, and answer before you return.")
def then_malformed(code: Any) -> None:
    talk = Talk(code, [ONE + b"GET /\r\n\r\n" + TWO])
    expect((talk.codes, talk.seen), (["200", "400"], ["GET /1"]))


@CHAPTER.case("E08", "nothing after an error is read",
              hint="After an error nobody knows where the next request begins.")
def after_error(code: Any) -> None:
    talk = Talk(code, [request("POST /read", "Content-Length: +5", body="hello") + TWO])
    expect((talk.codes, talk.seen), (["400"], []))


@CHAPTER.case("E09", "an empty line before a request is skipped",
              hint="Old clients send CRLF after a body. Drop one at the beginning of a head.")
def empty_line(code: Any) -> None:
    expect(Talk(code, [READ + b"\r\n" + TWO]).seen, ["POST /read", "GET /2"])


@CHAPTER.case("F01", "a client that waits for 100 is asked once, when the body is read",
              hint="Send `HTTP/1.1 100 Continue` and an empty line before the first recv of the body.")
def asks(code: Any) -> None:
    talk = Talk(code, [ASKS, b"hel", b"lo", TWO])
    expect((talk.asked, talk.bodies), (1, [b"hello", b""]))


@CHAPTER.case("F02", "a client that did not wait is asked once at most", hint="See whether the body is here already.")
def did_not_wait(code: Any) -> None:
    talk = Talk(code, [ASKS + b"hello"])
    expect((talk.asked <= 1, talk.bodies), (True, [b"hello"]))


@CHAPTER.case("F03", "a client of HTTP/1.0 is not asked", hint="It would take the 100 for the answer.")
def old_is_not_asked(code: Any) -> None:
    sent = ASKS.replace(b"HTTP/1.1", b"HTTP/1.0")
    expect(Talk(code, [sent, b"hello"]).asked, 0, "answers 100")


@CHAPTER.case("F05", "no body, no 100", hint="Expect without a body expects nothing.")
def nothing_to_ask_for(code: Any) -> None:
    expect(Talk(code, [request("GET /1", "Expect: 100-continue")]).asked, 0, "answers 100")


@CHAPTER.case("04.d", "a body that nobody wants is not asked for, and ends the connection",
              hint="The client may send the body or not; nobody knows what comes next. So say close.")
def not_wanted(code: Any) -> None:
    talk = Talk(code, [request("POST /ignore", BODY, "Expect: 100-continue"), TWO])
    expect((talk.asked, talk.seen), (0, ["POST /ignore"]))
    expect([connection for _, connection, _ in talk.answers], ["close"], "Connection")


@CHAPTER.case("D65", "a client that leaves in the middle of a body gets no answer",
              hint="Return at EOFError. There is nobody to be told, and half a body is none.")
def leaves(code: Any) -> None:
    talk = Talk(code, [READ[:-2]])
    expect((talk.bodies, talk.codes in ([], ["400"])), ([], True), "bodies")
