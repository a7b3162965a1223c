"""HTTP/1.1 without I/O: bytes in, request heads and body pieces out; answers to bytes.

Everything that decides where one message ends and the next begins is in this
file and in no other. It is strict on purpose: whatever two readers could
understand differently is refused with a status, and nothing after it is read.
Sockets, time, threads and WSGI are unknown here, except that header fields are
named as CGI names them (RFC 3875, 4.1.18), because that is what its only reader wants.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, NoReturn

# What one client may ask for; `make_server` takes each as an argument of this name.
LIMITS = {
    "request_line": 8190,  # bytes; RFC 9112, 3 recommends at least 8000
    "method": 32,
    "fields": 100,
    "field_line": 8190,
    "head": 65536,
    "empty_lines": 2,  # before the request line, RFC 9112, 2.2
    "body": 1 << 30,
    "chunk_line": 256,
    "trailers": 20,
}

# What the first request needs is compiled here, the patterns in capitals by `re` when they are.
# token = 1*tchar                                                RFC 9110, 5.6.2
TCHAR = r"!#$%&'*+\-.^_`|~0-9A-Za-z"
TCHAR_BYTES = frozenset(b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
TOKEN = rf"[{TCHAR}]+"
# field-line = field-name ":" OWS field-value OWS                RFC 9112, 5
# VCHAR, obs-text, SP and HTAB; no other control character       RFC 9110, 5.5
FIELD_LINE = rf"([{TCHAR}]+):([\t\x20-\x7e\x80-\xff]*)"
request_line = re.compile(rf"([{TCHAR}]+) ([\x21-\x7e\x80-\xff]+) HTTP/([0-9])\.([0-9])")
# absolute-form = scheme "://" authority path-abempty [ "?" query ]; a fragment is not part of it
ABSOLUTE_FORM = r"(?i:https?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?"
# uri-host [ ":" port ], without the comma that reg-name allows: "a, b" is two hosts   RFC 9110, 7.2
_reg_name = r"(?:[A-Za-z0-9._~!$&'()*+;=-]|%[0-9A-Fa-f]{2}){0,255}"
host_port = re.compile(rf"(?:{_reg_name}|\[([0-9A-Fa-f:.]{{2,45}})\])(?::[0-9]{{0,5}})?")
ESCAPE = "%([0-9A-Fa-f]{2})"
# chunk = chunk-size [ chunk-ext ] CRLF, the size in at most 16 digits   RFC 9112, 7.1
_quoted = r'"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"'
_extension = rf"[ \t]*;[ \t]*[{TCHAR}]+(?:[ \t]*=[ \t]*(?:[{TCHAR}]+|{_quoted}))?"
CHUNK_LINE = rf"([0-9A-Fa-f]{{1,16}})(?:{_extension})*".encode("latin-1")
# status-line = HTTP-version SP status-code SP [ reason-phrase ]; a final status only
status_line = re.compile("([2-5][0-9][0-9])(?: ([\t\x20-\x7e\x80-\xff]*))?")

TEXT = bytes([9, *range(32, 127), *range(128, 256)])  # deleted from a sound head, these leave only CRLFs
CRLF = b"\r\n"
LAST_CHUNK = b"0\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

# Fields that say where a message ends or whom it is for: twice is once too often.
SINGLE = {"HTTP_HOST", "CONTENT_LENGTH", "CONTENT_TYPE", "HTTP_TRANSFER_ENCODING"}
NOT_IN_TRAILERS = SINGLE | {"HTTP_TE", "HTTP_TRAILER", "HTTP_CONNECTION", "HTTP_COOKIE", "HTTP_AUTHORIZATION"}
# A name with "_" could pass for the one with "-" (CGI folds both); "Proxy" would set the
# variable that HTTP clients in the process read (CVE-2016-1000110). Both are left out.
DROPPED = {"HTTP_PROXY"}

REASONS = {
    400: "Bad Request", 408: "Request Timeout", 411: "Length Required", 413: "Content Too Large",
    414: "URI Too Long", 417: "Expectation Failed", 431: "Request Header Fields Too Large",
    500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable",
    505: "HTTP Version Not Supported",
}


class ProtocolError(OSError):
    """The bytes are not a request that has one meaning; answer *status* and close.

    It is an OSError so that an application that reads a body treats it like a lost client.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Head:
    """The head of one request: who asks for what, and where its body ends."""

    __slots__ = ("line", "method", "target", "path", "query", "version", "fields", "length", "expects", "keep_alive")

    line: str
    method: str
    target: str  # as sent
    path: str  # percent-decoded to one character per byte, as PEP 3333 wants
    query: str
    version: str  # "HTTP/1.1" or "HTTP/1.0"
    fields: dict[str, str]  # CGI names to values
    length: int | None  # of the body in bytes; None when it is chunked
    expects: bool  # the client waits for a 100 before it sends the body
    keep_alive: bool


# -- the head --------------------------------------------------------------------------------

_known: dict[str, str] = {}


def field_key(name: str) -> str:
    """Return the CGI name of a field, or "" for one that is left out."""
    key = name.upper().replace("-", "_")
    if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        key = f"HTTP_{key}"
    if "_" in name or key in DROPPED:
        key = ""
    if len(_known) < 500 and len(name) < 50:  # what browsers send, and a bound for the rest
        _known[name] = key
    return key


def parse_head(data: bytes, limits: dict[str, int] = LIMITS, socket_path: str = "") -> Head:
    """Return the head in *data*, which ends before the empty line.

    :param socket_path: of the unix socket it came through; clients that name it as the Host mean this machine.
    :raises ProtocolError: for the first fault in reading order.

    >>> head = parse_head(b"GET /a%20b?c=d HTTP/1.1\\r\\nHost: localhost")
    >>> head.method, head.path, head.query, head.length
    ('GET', '/a b', 'c=d', 0)
    """
    lines = data.decode("latin-1").split("\r\n")
    small = len(data) <= min(limits["request_line"], limits["field_line"], limits["head"])
    if not small or len(lines) > limits["fields"] or data.translate(None, TEXT) != CRLF * (len(lines) - 1):
        check_lines(lines, limits)
    head = Head()
    _read_request_line(head, lines[0], limits)
    fields = head.fields = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        key = _known.get(name)
        if key is None or not colon:
            _read_field(line)
            key = field_key(name)
        if not key:
            continue
        value = value.strip(" \t")
        if key in fields:
            value = _joined(key, fields[key], value)
        fields[key] = value
    if socket_path and fields.get("HTTP_HOST") == socket_path:
        fields["HTTP_HOST"] = "localhost"
    _read_target(head)
    _read_framing(head, limits)
    return head


def check_lines(lines: list[str], limits: dict[str, int]) -> None:
    """Raise for the first line that is malformed or past a limit; the last line may be unfinished."""
    size = 0
    if not re.match(TOKEN, lines[0]):
        raise ProtocolError(400, "the request line does not begin with a method")
    for number, line in enumerate(lines):
        room = max(0, limits["head"] + 3 - size)  # what lies behind it is not looked at when it comes bit by bit
        size += len(line) + 2
        most = limits["field_line" if number else "request_line"]
        if number > limits["fields"]:
            raise ProtocolError(431, f"more than {limits['fields']} header fields")
        if bad := re.search(_CONTROL, line[:min(most, room)]):
            raise ProtocolError(400, f"control character {bad.group()!r} in the head")
        if len(line) > most:
            status, what = (431, "header field") if number else (414, "request line")
            raise ProtocolError(status, f"a {what} longer than {most} bytes")
        if size > limits["head"] + 2:
            raise ProtocolError(431, f"a head longer than {limits['head']} bytes")
        if number == len(lines) - 1:
            return
        if number == 0:
            _read_request_line(Head(), line, limits)
        else:
            _read_field(line)


_CONTROL = "[\x00-\x08\x0a-\x1f\x7f]"


def _read_request_line(head: Head, line: str, limits: dict[str, int]) -> None:
    match = request_line.fullmatch(line)
    if match is None:
        _refuse_request_line(line, limits)
    head.line = line
    head.method, head.target, major, minor = match.groups()
    if len(head.method) > limits["method"]:
        raise ProtocolError(501, f"a method longer than {limits['method']} bytes")
    if major != "1":
        raise ProtocolError(505, f"HTTP/{major}.{minor} is not spoken here, only HTTP/1.1 and HTTP/1.0")
    head.version = "HTTP/1.0" if minor == "0" else "HTTP/1.1"


def _refuse_request_line(line: str, limits: dict[str, int]) -> NoReturn:
    words = line.split(" ")
    if not re.fullmatch(TOKEN, words[0]):
        why = "the method is not a token"
    elif len(words) != 3:
        why = f"a request line has three parts (method, target, version), not {len(words)}"
    elif not words[1]:
        why = "the target is empty"
    elif not words[2].startswith("HTTP/"):
        why = "the version does not begin with HTTP/"
    else:
        why = "the version or the target is malformed"
    raise ProtocolError(400, why)


def _read_field(line: str) -> None:
    """Raise if the line is not a header field, saying what is wrong with it."""
    if re.fullmatch(FIELD_LINE, line):
        return
    name, colon, _ = line.partition(":")
    if line[:1] in (" ", "\t"):
        why = "a folded header field; send it in one line"
    elif not colon:
        why = "a header line without a colon"
    elif name.rstrip(" \t") != name:
        why = "white space before the colon of a header field"
    elif not re.fullmatch(TOKEN, name):
        why = "a header name that is not a token"
    else:
        why = "a control character in a header value"
    raise ProtocolError(400, why)


def _joined(key: str, first: str, second: str) -> str:
    if key in SINGLE:
        raise ProtocolError(400, f"two {key.replace('HTTP_', '').replace('_', '-').title()} fields")
    return f"{first}; {second}" if key == "HTTP_COOKIE" else f"{first},{second}"  # RFC 9113, 8.2.3; RFC 9110, 5.3


def _read_target(head: Head) -> None:
    """Set path and query, and make sure of the host (RFC 9112, 3.2)."""
    target, fields = head.target, head.fields
    if head.method == "CONNECT":  # whatever its target
        raise ProtocolError(501, "no tunnels here")
    host = fields.get("HTTP_HOST")
    if host is None and head.version == "HTTP/1.1":
        raise ProtocolError(400, "HTTP/1.1 without a Host field")
    if host is not None and not is_host(host):
        raise ProtocolError(400, "the Host field is not a host and port")
    if target[0] == "/":
        path, _, head.query = target.partition("?")
        if "#" in target:
            raise ProtocolError(400, "a fragment in the target")
    elif target == "*" and head.method == "OPTIONS":
        path, head.query = target, ""
    else:
        fields["HTTP_HOST"], path, head.query = _split_url(target)
    if path.startswith("//"):  # browsers read "//x" as a host, once an application redirects to it
        path = "/" + path.lstrip("/")
    if "%" in path:
        path = re.sub(ESCAPE, lambda match: chr(int(match.group(1), 16)), path)
    head.path = path


def _split_url(target: str) -> tuple[str, str, str]:
    """Return the authority, path and query of a target in absolute form."""
    match = re.fullmatch(ABSOLUTE_FORM, target, re.ASCII)
    if match is None:
        raise ProtocolError(400, "the target is neither a path nor a URL")
    authority, path, query = match.groups()
    if not authority or not is_host(authority):
        raise ProtocolError(400, "the target names no host and port")
    return authority, path or "/", query or ""


def is_host(value: str) -> bool:
    """Tell whether *value* is a host, in the grammar of URLs, with or without a port."""
    match = host_port.fullmatch(value)
    if match is None or match.group(1) is None:
        return match is not None
    from ipaddress import AddressValueError, IPv6Address

    try:
        IPv6Address(match.group(1))
    except AddressValueError:
        return False
    return True


def _read_framing(head: Head, limits: dict[str, int]) -> None:
    """Decide where the body ends and whether another request may follow (RFC 9112, 6.3 and 9.3)."""
    fields, modern = head.fields, head.version == "HTTP/1.1"
    head.length = 0
    coding, length = fields.get("HTTP_TRANSFER_ENCODING"), fields.get("CONTENT_LENGTH")
    if coding is not None:
        if length is not None or not modern:
            raise ProtocolError(400, "Transfer-Encoding beside Content-Length, or in HTTP/1.0")
        if coding.lower() != "chunked":
            raise ProtocolError(501, "the only transfer coding understood is chunked")
        head.length = None
    elif length is not None:
        head.length = _read_length(length, limits)
    connection = fields.get("HTTP_CONNECTION")
    head.keep_alive = modern
    if connection is not None:
        options = [option.strip(" \t").lower() for option in connection.split(",")]
        head.keep_alive = "close" not in options and (modern or "keep-alive" in options)
    head.expects = False
    if modern and "HTTP_EXPECT" in fields:
        if fields["HTTP_EXPECT"].lower() != "100-continue":
            raise ProtocolError(417, "the only expectation understood is 100-continue")
        head.expects = head.length != 0


def is_length(value: str) -> bool:
    """Tell whether *value* can be that of Content-Length: 1*DIGIT (RFC 9110, 8.6), and no number beyond 64 bits."""
    return value.isascii() and value.isdigit() and len(value) <= 19


def _read_length(value: str, limits: dict[str, int]) -> int:
    if not is_length(value):
        raise ProtocolError(400, "Content-Length is not a number of at most 19 digits")
    length = int(value)
    if length > limits["body"]:
        raise ProtocolError(413, f"a body longer than {limits['body']} bytes")
    return length


# -- the stream of one connection ------------------------------------------------------------


class Receiver:
    """The bytes of one connection, taken apart: `feed` them in, take `head` and `piece` out.

    >>> receiver = Receiver()
    >>> receiver.feed(b"POST / HTTP/1.1\\r\\nHost: h\\r\\nContent-Length: 5\\r\\n\\r\\nhello, and more")
    >>> receiver.head().method, receiver.piece(), receiver.piece()
    ('POST', b'hello', None)
    """

    def __init__(self, limits: dict[str, int] = LIMITS, socket_path: str = "") -> None:
        self.limits = limits
        self.socket_path = socket_path
        self.buffer = bytearray()
        self.remaining: int | None = 0  # of the body or of the chunk; None between the chunks
        self.chunked = False
        self.in_trailers = False
        self.received = 0  # bytes of this body
        self._checked = 0  # bytes of an unfinished head that were looked at
        self._line = 0  # where the line begins that is not finished
        self._lines = 0
        self._empty = 0
        self.refused = b""  # the beginning of what was not a request, for the log

    def feed(self, data: bytes) -> None:
        """Take in bytes from the client."""
        self.buffer += data

    @property
    def body_done(self) -> bool:
        """Whether the body of the last head was read to its end."""
        return not self.chunked and self.remaining == 0

    def head(self) -> Head | None:
        """Return the next head, or None if it has not all arrived.

        :raises ProtocolError: as soon as the bytes cannot become a request.
        """
        buffer = self.buffer
        if buffer[:1] == b"\r":
            self._skip_empty_lines()
        end = buffer.find(b"\r\n\r\n", max(0, self._checked - 3))
        if end < 0:
            self._check_unfinished()
            return None
        data = bytes(buffer[:end])
        del buffer[: end + 4]
        self._checked = self._line = self._lines = self._empty = 0
        try:
            head = parse_head(data, self.limits, self.socket_path)
        except ProtocolError:
            self.refused = data.partition(CRLF)[0][:200]
            raise
        self.chunked = head.length is None
        self.remaining = head.length
        self.received = 0
        return head

    def _skip_empty_lines(self) -> None:
        while self.buffer.startswith(CRLF):
            del self.buffer[:2]
            self._empty += 1
            if self._empty > self.limits["empty_lines"]:
                raise ProtocolError(400, "empty lines before the request line")

    def _check_unfinished(self) -> None:
        """Refuse at once what cannot become a head: nobody should wait for a deadline to learn it."""
        buffer, limits = self.buffer, self.limits
        if not buffer or buffer == b"\r":
            return
        fresh = self._checked
        if fresh and buffer[fresh - 1] == 13:
            fresh -= 1  # its LF may have come
        new = bytes(buffer[fresh:])
        self._checked = len(buffer)
        breaks = CRLF * new.count(CRLF) + b"\r"[: new.endswith(b"\r")]
        if buffer[0] not in TCHAR_BYTES or new.translate(None, TEXT) != breaks:
            self._refuse()
        self._check_new_lines(fresh)
        longest = limits["field_line" if self._lines else "request_line"]
        # The terminator's first bytes may be among these: its last LF has not come.
        if len(buffer) > limits["head"] + 3 or len(buffer) - self._line > longest + 1:
            self._refuse()

    def _check_new_lines(self, fresh: int) -> None:
        """Read the lines that were finished by the bytes from *fresh* on."""
        end = self.buffer.find(CRLF, max(self._line, fresh))
        while end >= 0:
            line = self.buffer[self._line:end].decode("latin-1")
            longest = self.limits["field_line" if self._lines else "request_line"]
            if len(line) > longest or self._lines > self.limits["fields"] or end > self.limits["head"]:
                self._refuse()
            if self._lines:
                _read_field(line)
            else:
                _read_request_line(Head(), line, self.limits)
            self._lines += 1
            self._line = end + 2
            end = self.buffer.find(CRLF, self._line)

    def _refuse(self) -> NoReturn:
        """Raise for the first fault in reading order."""
        self.refused = bytes(self.buffer[:200]).partition(CRLF)[0]
        text = self.buffer.decode("latin-1")
        check_lines((text[:-1] if text.endswith("\r") else text).split("\r\n"), self.limits)
        raise ProtocolError(400, "a malformed head")

    def piece(self, most: int = 65536) -> bytes | None:
        """Return the next bytes of the body, b"" if more must be fed first, None at its end.

        :param most: the longest piece wanted, in bytes.
        :raises ProtocolError: when the chunks are malformed or too many.
        """
        if not self.chunked:
            if not self.remaining:
                return None
            return self._take(most)
        while not self.remaining:
            line = self._take_line()
            if line is None:
                return b""
            if self.in_trailers:
                if self._end_of_trailers(line):
                    return None
            elif self.remaining is None:
                self._begin_chunk(line)
            elif line:  # remaining is 0: the CRLF after the data
                raise ProtocolError(400, "a chunk is longer than its size says")
            else:
                self.remaining = None
        return self._take(most)

    def _take(self, most: int) -> bytes:
        assert self.remaining is not None
        data = bytes(self.buffer[: min(most, self.remaining)])
        del self.buffer[: len(data)]
        self.remaining -= len(data)
        self.received += len(data)
        return data

    def _take_line(self) -> bytes | None:
        """Return the next line of chunk framing without its CRLF, or None if it has not all arrived."""
        buffer = self.buffer
        most = self.limits["field_line" if self.in_trailers else "chunk_line"]
        end = buffer.find(b"\n", 0, most + 2)
        if self.remaining == 0 and not self.in_trailers and buffer and buffer[:2] != CRLF[: len(buffer)]:
            raise ProtocolError(400, "a chunk is longer than its size says")
        if end < 0:
            cr = buffer.find(b"\r", 0, len(buffer) - 1)
            if len(buffer) > most + 1 or cr >= 0:
                raise ProtocolError(400, "a line of the chunked body is too long or malformed")
            return None
        line = bytes(buffer[: end + 1])
        if not line.endswith(CRLF):
            raise ProtocolError(400, "a line of the chunked body does not end with CRLF")
        del buffer[: end + 1]
        return line[:-2]

    def _begin_chunk(self, line: bytes) -> None:
        match = re.fullmatch(CHUNK_LINE, line)
        if match is None:
            raise ProtocolError(400, "malformed chunk size")
        self.remaining = int(match.group(1), 16)
        if self.received + self.remaining > self.limits["body"]:
            raise ProtocolError(413, f"a body longer than {self.limits['body']} bytes")
        if not self.remaining:
            self.in_trailers, self.remaining, self._lines = True, None, 0

    def _end_of_trailers(self, line: bytes) -> bool:
        """Read one trailer field, only to see that it is one; trailers are dropped (RFC 9110, 6.5.1)."""
        if not line:
            self.chunked = self.in_trailers = False
            self.remaining = self._lines = 0
            return True
        self._lines += 1
        if self._lines > self.limits["trailers"]:
            raise ProtocolError(400, f"more than {self.limits['trailers']} trailer fields")
        text = line.decode("latin-1")
        _read_field(text)
        if field_key(text.partition(":")[0]) in NOT_IN_TRAILERS:
            raise ProtocolError(400, "a trailer field that has no place there")
        return False


# -- answers ---------------------------------------------------------------------------------

PLAIN, LENGTH, DATE, CONNECTION, HOP, BAD = range(6)
# Fields that belong to one connection are the server's to set (RFC 9110, 7.6.1; PEP 3333).
KINDS = {
    "content-length": LENGTH, "date": DATE, "connection": CONNECTION, "keep-alive": HOP, "proxy-connection": HOP,
    "te": HOP, "trailer": HOP, "transfer-encoding": HOP, "upgrade": HOP,
}
_kinds: dict[str, int] = {}


def field_kind(name: str) -> int:
    """Tell what a field of an answer means to the framing; BAD if it is no token."""
    kind = _kinds.get(name)
    if kind is None:
        kind = KINDS.get(name.lower(), PLAIN) if isinstance(name, str) and re.fullmatch(TOKEN, name) else BAD
        if len(_kinds) < 1000:
            _kinds[name] = kind
    return kind


def encode_fields(fields: Iterable[tuple[str, str]]) -> bytes:
    """Return header fields as lines, each with its CRLF.

    This is the one place that an outgoing field passes: neither a name nor a value
    can bring a line of its own.

    :raises ValueError: for a control character, or one that is not Latin-1.
    """
    lines = [f"{name}: {value}\r\n" for name, value in fields]
    try:
        data = "".join(lines).encode("latin-1")
    except UnicodeEncodeError as exc:
        raise ValueError(f"a response header holds {exc.object[exc.start]!r}, which is not Latin-1: encode it,"
                         " as RFC 8187 does for file names") from None
    if data.translate(None, TEXT) != CRLF * len(lines):
        bad = next((line for line in lines if re.search(_CONTROL, line[:-2])), "")
        raise ValueError(f"a control character in a response header: {bad!r}")
    return data


def encode_head(status: str, fields: Iterable[tuple[str, str]]) -> bytes:
    """Return the bytes of an answer's head, up to and with the empty line.

    :raises ValueError: for a control character or a status that is not final.

    >>> encode_head("200 OK", [("Content-Length", "0")])
    b'HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n'
    """
    return encode_status(status) + encode_fields(fields) + CRLF


_statuses: dict[str, bytes] = {}


def encode_status(status: str) -> bytes:
    """Return the status line; raise ValueError if the status is none, or not a final one."""
    line = _statuses.get(status)
    if line is None:
        match = status_line.fullmatch(status) if isinstance(status, str) else None
        if match is None:
            raise ValueError(f"{status!r} is not a status such as '200 OK'")
        line = f"HTTP/1.1 {match.group(1)} {match.group(2) or ''}\r\n".encode("latin-1")
        if len(_statuses) < 200:
            _statuses[status] = line
    return line


def encode_chunk(data: bytes) -> bytes:
    """Return *data*, which is not empty, as one chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def encode_refusal(status: int, message: str, date_field: bytes, to_head: bool = False) -> bytes:
    """Return a whole answer that says why there is no other; the connection closes after it.

    :param to_head: the method is HEAD, so only the head of the answer is sent (RFC 9110, 9.3.2).
    """
    text = f"{status} {REASONS[status]}: {message}\n".encode("ascii", "backslashreplace")
    fields = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text))),
              ("Connection", "close"), ("X-Content-Type-Options", "nosniff")]
    if status == 503:
        fields.append(("Retry-After", "1"))
    head = encode_status(f"{status} {REASONS[status]}") + date_field + encode_fields(fields) + CRLF
    return head if to_head else head + text
