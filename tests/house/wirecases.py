"""The server cases of reliability.md, sections A to G, as one table: what is sent, what must come back.

A row's first word is its id there; words like S23 are rows of security.md that the
same bytes hold. `tests/test_server_cases.py` runs it over TCP and a unix socket,
`tests/test_server_http1.py` through the parser alone, cut at every byte.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Case(NamedTuple):
    ids: str
    sent: bytes
    statuses: str  # of the answers, joined with +; "" is none
    closes: bool  # the server closes by itself
    expect: dict[str, Any]


CASES: list[Case] = []


def case(ids: str, sent: bytes | str, statuses: str, closes: bool = False, **expect: Any) -> None:
    """Add a row.

    :param body: what the application reads.
    :param environ: names and values that the application sees.
    :param absent: names that it does not see.
    :param answer: the body that comes back; `lacks`: bytes that do not.
    :param fields: names in the last answer; `no_fields`: names that are not.
    :param announced: False where the server learns only after the head that it must close.
    :param interim: how many answers 100 come before.
    """
    data = sent.encode("latin-1") if isinstance(sent, str) else sent
    CASES.append(Case(ids, data, statuses, closes, expect))


def request(line: str = "GET / HTTP/1.1", *fields: str, host: str | None = "h", body: str = "") -> str:
    """Return a request as text; Latin-1 on the wire."""
    lines = [line, *([] if host is None else [f"Host: {host}"]), *fields]
    return "\r\n".join(lines) + "\r\n\r\n" + body


def post(*fields: str, body: str = "", path: str = "/") -> str:
    return request(f"POST {path} HTTP/1.1", *fields, body=body)


def chunked(body: str, *fields: str) -> str:
    return post("Transfer-Encoding: chunked", *fields, body=body)


BAD, NEXT = "400", request("GET /smuggled HTTP/1.1")
GET = request()

# -- A: the request line -----------------------------------------------------------------------

case("A01", GET, "200")
case("A02", request("GET / HTTP/1.0", host=None), "200", closes=True)
case("A03 S18", "GET /\r\n", BAD, closes=True)
case("A04 S18", request("GET / HTTP/2.0"), "505", closes=True)
case("A05 S18", request("GET / HTTP/1.32"), BAD, closes=True)
case("A06 S18", request("GET / HTTP/1.1x"), BAD, closes=True)
case("A06", request("GET / HTTP/1111.1"), BAD, closes=True)
case("A07", request("GET / http/1.1"), BAD, closes=True)
case("A08", request("GET / FTP/1.1"), BAD, closes=True)
case("A09", request("GET\t/\tHTTP/1.1"), BAD, closes=True)
case("A10", request("GET /a b HTTP/1.1"), BAD, closes=True)
case("A11", request("GET / x HTTP/1.1"), BAD, closes=True)
case("A12", "GET\r\n", BAD, closes=True)
case("A13", request("GET  HTTP/1.1"), BAD, closes=True)
case("A14", request("GE:T / HTTP/1.1"), BAD, closes=True)
case("A15", request("GE\0T / HTTP/1.1"), BAD, closes=True)
case("A16", request("G\xcaT / HTTP/1.1"), BAD, closes=True)
case("A17", request('G=":<>(e),[T];?" / HTTP/1.1'), BAD, closes=True)
case("A18 S48", request("G" * 4096 + " / HTTP/1.1"), "501", closes=True)
case("A18 S48", request("G" * 33 + " / HTTP/1.1"), "501", closes=True)
case("A18", request("G" * 32 + " / HTTP/1.1"), "200", environ={"REQUEST_METHOD": "G" * 32})
case("A19", request("get / HTTP/1.1"), "200", environ={"REQUEST_METHOD": "get"})
case("A20", request("GET /" + "a" * (8000 - 14) + " HTTP/1.1"), "200")
case("A20", request("GET /" + "a" * (8190 - 14) + " HTTP/1.1"), "200")
case("A21", request("GET /" + "a" * (8191 - 14) + " HTTP/1.1"), "414", closes=True)
case("A21", request("GET /" + "a" * 102400 + " HTTP/1.1"), "414", closes=True)
case("A22", "GET /" + "a" * 1048576, "414", closes=True)
case("A23 S1 S29 S35", "GET / HTTP/1.1\nHost: h\n\n", BAD, closes=True)
case("A24", request("GET /a\rb HTTP/1.1"), BAD, closes=True)
case("A25", "GET / HTTP/1.1\rHost: h\r\r", BAD, closes=True)
case("A26", "GET\n/\nHTTP/1.1\r\nHost: h\r\n\r\n", BAD, closes=True)
case("A27", "\r\n" + GET, "200")
case("A27", "\r\n\r\n" + GET, "200")
case("A28", "\r\n" * 3 + GET, BAD, closes=True)
case("A28", "\r\n" * 10000 + GET, BAD, closes=True)
case("A29 S49", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(32)), BAD, closes=True)
case("A30", b"\x80\x81\x00\xff\n", BAD, closes=True)
case("A30", b"\xf0\x9f\x92\xa9\r\n", BAD, closes=True)
case("A31", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505", closes=True)
case("A32", request("GET /a\0b HTTP/1.1"), BAD, closes=True)
case("A33", request("GET /\xc3\xa9 HTTP/1.1"), "200", environ={"PATH_INFO": "/\xc3\xa9"})
case("A34", request("GET /a\x01b HTTP/1.1"), BAD, closes=True)
case("A35", request("GET /a\x7fb HTTP/1.1"), BAD, closes=True)
case("A36", request("GET http://h/x?y=1 HTTP/1.1"), "200", environ={"PATH_INFO": "/x", "QUERY_STRING": "y=1"})
case("A37", request("GET http://other:81/x HTTP/1.1"), "200", environ={"HTTP_HOST": "other:81"})
case("A38", request("GET foo HTTP/1.1"), BAD, closes=True)
case("A39 S20", request("GET * HTTP/1.1"), BAD, closes=True)
case("A40", request("OPTIONS * HTTP/1.1"), "200")
case("A41 S20", request("GET h:443 HTTP/1.1"), BAD, closes=True)
case("A42", request("CONNECT h:443 HTTP/1.1"), "501", closes=True)
case("A42", request("CONNECT / HTTP/1.1") + NEXT, "501", closes=True)
case("A42", request("CONNECT http://h/ HTTP/1.1") + NEXT, "501", closes=True)
case("A43", request("TRACE /ignore HTTP/1.1", "X: secret"), "200", lacks=b"secret")
case("A44 S35", request("GET /path?#frag HTTP/1.1"), BAD, closes=True)
case("A44", request("GET http://h/path#frag HTTP/1.1"), "200", environ={"PATH_INFO": "/path", "QUERY_STRING": ""})
case("A45", request("GET //evil.example/x HTTP/1.1"), "200", environ={"PATH_INFO": "/evil.example/x", "HTTP_HOST": "h"})
case("A46", request("GET /%zz%1%é HTTP/1.1"), "200", environ={"PATH_INFO": "/%zz%1%é"})
case("A47", request("GET /a%00b HTTP/1.1"), "200", environ={"PATH_INFO": "/a\0b"})
case("A48", request("GET /%c0%ae%c0%ae/ HTTP/1.1"), "200", environ={"PATH_INFO": "/\xc0\xae\xc0\xae/"})

# -- B: Host -----------------------------------------------------------------------------------

case("B01", request(host=None), BAD, closes=True)
case("B02 S21 S34", request("GET / HTTP/1.1", "Host: other"), BAD, closes=True)
case("B03 S21 S34", request("GET / HTTP/1.1", "Host: h"), BAD, closes=True)
case("B04", request(host="h/path"), BAD, closes=True)
case("B05", request(host="h h"), BAD, closes=True)
case("B06", request(host="good@evil"), BAD, closes=True)
case("B07", request(host="h:98777"), "200")
case("B07", request(host="h:x"), BAD, closes=True)
case("B08", request(host="h:80:80"), BAD, closes=True)
case("B09", request(host="[::1]:8000"), "200", environ={"HTTP_HOST": "[::1]:8000"})
case("B09", request(host="[2001:db8::1.2.3.4]"), "200")
for broken in ("[::1", "::1]", "[::g]", "[1:2]", "[]", "[::1]x", "[:::]"):
    case("B10", request(host=broken), BAD, closes=True)
case("B09", request(host="a%2Eb%2e"), "200")
for broken in ("%", "%zz", "a%2", "%:80"):  # RFC 3986, 2.1
    case("B04", request(host=broken), BAD, closes=True)
    case("B04", request(f"GET http://{broken}/ HTTP/1.1"), BAD, closes=True)
case("B11", request(host="a, b"), BAD, closes=True)
case("B11", request(host="a,b"), BAD, closes=True)
case("B12", request(host=""), "200")
case("B04", request(host="a\xe9"), BAD, closes=True)
case("B04", request("GET http://u@h/ HTTP/1.1"), BAD, closes=True)
case("B04", request("GET http:///x HTTP/1.1"), BAD, closes=True)
case("B04", request(host="a" * 256), BAD, closes=True)

# -- C: header fields --------------------------------------------------------------------------

case("C01 S37", post("Content-Length : 3", body="abc"), BAD, closes=True)
case("C02", request("GET / HTTP/1.1", "X\t: a"), BAD, closes=True)
case("C03 S18 S38", request("GET / HTTP/1.1", ": x"), BAD, closes=True)
case("C04", request("GET / HTTP/1.1", ":", NEXT), BAD, closes=True)
case("C05", request("GET / HTTP/1.1", "no colon"), BAD, closes=True)
case("C06", request("GET / HTTP/1.1", "X: a", " b"), BAD, closes=True)
case("C06", request("GET / HTTP/1.1", "X: a", "\tb"), BAD, closes=True)
case("C07", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", BAD, closes=True)
case("C08 S17", request("GET / HTTP/1.1", "X: a\0b"), BAD, closes=True)
case("C09 S17 S39 S40", request("GET / HTTP/1.1", "X: a\rSmuggled: 1"), BAD, closes=True)
case("C10 S17 S39", request("GET / HTTP/1.1", "X: a\nb"), BAD, closes=True)
case("C11", request("GET / HTTP/1.1", "X: a\x07"), BAD, closes=True)
case("C12", request("GET / HTTP/1.1", "X: a\x7f"), BAD, closes=True)
case("C13", request("GET / HTTP/1.1", "X: \x80\xe9\xff"), "200", environ={"HTTP_X": "\x80\xe9\xff"})
case("C14", request("GET / HTTP/1.1", "X\xe9: a"), BAD, closes=True)
case("C15", request("GET / HTTP/1.1", "X(a): a"), BAD, closes=True)
case("C16", request("GET / HTTP/1.1", "X\0: a"), BAD, closes=True)
case("C17 S18 S47", request("GET / HTTP/1.1", "X_Forwarded_For: 6.6.6.6", "X-Forwarded-For: 1.1.1.1"), "200",
     environ={"HTTP_X_FORWARDED_FOR": "1.1.1.1"})
case("C17", request("GET / HTTP/1.1", "X-Forwarded-For: 1.1.1.1", "X-Forwarded_For: 6.6.6.6"), "200",
     environ={"HTTP_X_FORWARDED_FOR": "1.1.1.1"})
case("C18", request("GET / HTTP/1.1", "X_Real_Ip: 6.6.6.6"), "200", absent=["HTTP_X_REAL_IP"])
case("C18", post("Content_Length: 5"), "200", absent=["CONTENT_LENGTH"], body="")
case("C19 S46", request("GET / HTTP/1.1", "Proxy: http://evil", "pRoXy: x"), "200", absent=["HTTP_PROXY"])
case("C20", request("GET / HTTP/1.1", "X: a", "Y: 1", "x: b"), "200", environ={"HTTP_X": "a,b"})
case("C21 S101", request("GET / HTTP/1.1", "Cookie: a=1", "Cookie: b=2"), "200", environ={"HTTP_COOKIE": "a=1; b=2"})
case("C22 S21", request("GET / HTTP/1.1", "Content-Type: a/b", "Content-Type: c/d"), BAD, closes=True)
case("C23", request("GET / HTTP/1.1", "X: \t a \t "), "200", environ={"HTTP_X": "a"})
case("C24 S27", request("GET / HTTP/1.1", "X:\x85a\xa0"), "200", environ={"HTTP_X": "\x85a\xa0"})
case("C25", request("GET / HTTP/1.1", *["X: a"] * 99), "200")
case("C25", request("GET / HTTP/1.1", *["X: a"] * 100), "431", closes=True)
case("C25 S28", request("GET / HTTP/1.1", *["A: x"] * 100000), "431", closes=True)
case("C26", request("GET / HTTP/1.1", "X: " + "a" * 8187), "200")
case("C26", request("GET / HTTP/1.1", "X: " + "a" * 8188), "431", closes=True)
case("C26", request("GET / HTTP/1.1", "X: " + "a" * 102400), "431", closes=True)
case("C27", "GET / HTTP/1.1\r\nHost: h\r\n" + ("X: " + "a" * 1000 + "\r\n") * 1000, "431", closes=True)
case("C28", request("GET / HTTP/1.1", "X:"), "200", environ={"HTTP_X": ""})
case("C29", request("GET / HTTP/1.1", "hOST: h", host=None), "200", environ={"HTTP_HOST": "h"})
case("C30", "GET / HTTP/1.1\r\nHost: h\r\n\rX" + NEXT, BAD, closes=True)
case("C31 S5", request("GET / HTTP/1.1", "X: " + "x" * 8000 + "\x10"), BAD, closes=True)
case("C31 S5", request("GET / HTTP/1.1", "x" * 8000 + "\x10"), BAD, closes=True)
case("C32", request("GET / HTTP/1.1", "Connection: TE , ,\tClose"), "200", closes=True)

# -- D: where a body ends ----------------------------------------------------------------------

case("D01", post("Content-Length: 5", body="hello"), "200", body="hello")
case("D02", post() + GET, "200+200", body="")
for number, length in enumerate(("+5", "-5", "5_0", "0x5", "5a", "", "5 5", "5.0", "²", "1e1"), 3):
    case(f"D{number:02} S6 S25 S41", post(f"Content-Length: {length}", body="hello" + NEXT), BAD, closes=True)
case("D11 S41", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \xd9\xa5\r\n\r\nhello", BAD, closes=True)
case("D13", post("Content-Length: 010", body="0123456789"), "200", body="0123456789")
case("D14 S24", post("Content-Length: " + "1" * 5000, body="hello"), BAD, closes=True)
case("D15", post("Content-Length: 18446744073709551621", body="hello"), BAD, closes=True)
case("D15", post("Content-Length: 9999999999999999999", body="hello"), "413", closes=True)
case("D15", post("Content-Length: 1073741825", body="hello"), "413", closes=True)
case("D16 S4 S36", post("Content-Length: 5", "Content-Length: 6", body="hello"), BAD, closes=True)
case("D17 S4", post("Content-Length: 5", "Content-Length: 5", body="hello"), BAD, closes=True)
case("D18 S20", post("Content-Length: 5, 5", body="hello"), BAD, closes=True)
case("D19 S20", post("Content-Length: 5, 6", body="hello"), BAD, closes=True)
SMUGGLED = "0\r\n\r\n" + NEXT
case("D20 S11 S45", post("Content-Length: 5", "Transfer-Encoding: chunked", body=SMUGGLED), BAD, closes=True)
case("D21 S11 S45", post("Transfer-Encoding: chunked", "Content-Length: 5", body=SMUGGLED), BAD, closes=True)
case("D22 S18 S51", request("POST / HTTP/1.0", "Transfer-Encoding: chunked", body=SMUGGLED), BAD, closes=True)
case("D23", chunked("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), "200", body="hello world")
case("D24", post("Transfer-Encoding: gzip", body=SMUGGLED), "501", closes=True)
case("D25 S2", post("Transfer-Encoding: gzip, chunked", body=SMUGGLED), "501", closes=True)
case("D25 S2", post("Transfer-Encoding: gzip, chunked", "Content-Length: 5", body=SMUGGLED), BAD, closes=True)
case("D26", post("Transfer-Encoding: chunked, gzip", body=SMUGGLED), "501", closes=True)
case("D27", post("Transfer-Encoding: identity", body=SMUGGLED), "501", closes=True)
case("D28", post("Transfer-Encoding: chunked, chunked", body=SMUGGLED), "501", closes=True)
case("D29 S10 S15 S26", chunked(SMUGGLED, "Transfer-Encoding: chunked"), BAD, closes=True)
case("D29 S15", chunked(SMUGGLED, "Transfer-Encoding: identity"), BAD, closes=True)
case("D30 S16", post("Transfer-Encoding: xchunked", "Content-Length: 5", body=SMUGGLED), BAD, closes=True)
for number, coding in enumerate(("xchunked", "chunkedchunked", "\x0bchunked", "\xa0chunked", "chun\xe2\x84\xaaed",
                                 ",chunked", "chunked;q=1", '"chunked"'), 30):
    case(f"D{number} S3 S16", post(f"Transfer-Encoding: {coding}", body=SMUGGLED),
         BAD if coding[0] == "\x0b" else "501", closes=True)
case("D38", post("Transfer-Encoding: cHuNkEd", body="5\r\nhello\r\n0\r\n\r\n"), "200", body="hello")
for number, framing in enumerate((
    "0x5\r\nhello", "+5\r\nhello", "-5\r\nhello", "5_0\r\nhello", " 5\r\nhello", "\r\nhello", "5 \r\nhello",
    "zz\r\nhello", ";a=b\r\nhello",
    "5\nhello\n0\n\n", "5\r\nhelloXX", "5\r\nhello, world", "5;a=\rb\r\nhello", "5;a=b\nhello",
    "5\r\r\nhello", "0\r\nX",
), 39):
    case(f"D{number} S6 S14 S19 S23 S25 S30", chunked(framing + "\r\n0\r\n\r\n" + NEXT), BAD, closes=True)
case("D49 S23", chunked("3\r\nxxx__1a\r\n" + SMUGGLED), BAD, closes=True)
case("D55", chunked("00000000000000005\r\nhello\r\n0\r\n\r\n"), BAD, closes=True)
case("D55", chunked("FFFFFFFFFFFFFFFF\r\nhello"), "413", closes=True)
case("D56", chunked("5;" + "a" * 102400 + "\r\nhello\r\n0\r\n\r\n"), BAD, closes=True)
case("D56", chunked("5;" + "a" * 254 + "\r\nhello\r\n0\r\n\r\n"), "200", body="hello")
case("D56", chunked("5;" + "a" * 255 + "\r\nhello\r\n0\r\n\r\n"), BAD, closes=True)
case("D57", chunked('5;a=b;c="d;e\\"";f\r\nhello\r\n0;g\r\n\r\n'), "200", body="hello")
case("D58", chunked("0000000000000005\r\nhello\r\n0\r\n\r\n"), "200", body="hello")
case("D59", chunked("A\r\n0123456789\r\n0\r\n\r\n"), "200", body="0123456789")
case("D60 S31", chunked("5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n"), "200", body="hello", absent=["HTTP_X_T"])
case("D61 S20 S31", chunked("5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n" + NEXT), BAD, closes=True)
case("D61 S20", chunked("0\r\nHost: evil\r\n\r\n"), BAD, closes=True)
case("D61 S20", chunked("0\r\ntransfer-encoding: chunked\r\n\r\n"), BAD, closes=True)
case("D62 S33", chunked("0\r\n" + "X: a\r\n" * 20 + "\r\n"), "200", body="")
case("D62 S33", chunked("0\r\n" + "X: a\r\n" * 21 + "\r\n"), BAD, closes=True)
case("D62 S33", chunked("0\r\n" + "X: a\r\n" * 100000), BAD, closes=True)
case("D62 S44", chunked("0\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"), BAD, closes=True)
case("D63 S22", chunked("5\r\nhello\r\n0\r\n"), "")
case("D64", chunked("5\r\nhel"), "")
case("D65", post("Content-Length: 10", body="hello"), "")
case("D66 S32", chunked("1\r\nx\r\n" * 3000 + "0\r\n\r\n"), "200", body="x" * 3000)
case("D67", request("GET / HTTP/1.1", f"Content-Length: {len(NEXT)}", body=NEXT), "200", body=NEXT)
case("D68 S17", request("POST / HTTP/1.1", "Newline: a\nContent-Length: 26", body=NEXT), BAD, closes=True)

# -- E: the connection -------------------------------------------------------------------------

CLOSE = "Connection: close"
case("E01", GET + request("GET /2 HTTP/1.1", CLOSE), "200+200", closes=True)
case("E02", "".join(request(f"GET /{n} HTTP/1.1") for n in "123"), "200+200+200", paths=["/1", "/2", "/3"])
case("E03", request("GET / HTTP/1.0") + NEXT, "200", closes=True)
case("E03", request("GET / HTTP/1.0", "Connection: keep-alive") + GET, "200+200")
case("E04", request("GET / HTTP/1.1", CLOSE) + NEXT, "200", closes=True)
case("E05 S42 S43", post("Content-Length: 65536", body="x" * 65536, path="/ignore") + GET, "200+200")
case("E05 S42", post(f"Content-Length: {len(NEXT)}", body=NEXT, path="/ignore") + GET, "200+200")
case("E05 S42", post("Content-Length: 3000000", body=NEXT * 60000, path="/ignore"), "200", closes=True)
case("E06", post("Transfer-Encoding: chunked", body="5\r\nhello\r\n0\r\n\r\n", path="/ignore") + GET, "200+200")
case("E07 S8", GET + "GET / HTTP/9.9\r\n\r\n" + NEXT, "200+505", closes=True)
case("E08 S8", "GET / x\r\nHost: h\r\n\r\n" + NEXT, BAD, closes=True)
case("E09", post("Content-Length: 5", body="hello") + "\r\n" + GET, "200+200")
case("E10 S56", request("GET / HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade"), "200")

# -- F: Expect ---------------------------------------------------------------------------------

EXPECT = "Expect: 100-continue"
case("F02", post(EXPECT, "Content-Length: 5", body="hello"), "200", body="hello", interim=0)
case("F03", request("POST / HTTP/1.0", EXPECT, "Content-Length: 5", body="hello"), "200", closes=True, body="hello",
     interim=0)
case("F04", post("Expect: a-miracle", "Content-Length: 5", body="hello"), "417", closes=True)
case("F05", request("GET / HTTP/1.1", EXPECT), "200", interim=0)
case("F05", post(EXPECT, "Content-Length: 0"), "200", interim=0)
case("F05", post(EXPECT, "Content-Length: 1073741825"), "413", closes=True, interim=0)

# -- G: answers --------------------------------------------------------------------------------

case("G01", request("HEAD / HTTP/1.1", CLOSE), "200", closes=True, heads=(0,), fields=["content-length"], answer=b"")
case("G01", request("HEAD /stream HTTP/1.1") + GET, "200+200", heads=(0,))
case("G01", request("HEAD / HTTP/1.1", host=None), BAD, closes=True, heads=(0,), fields=["content-length"])
case("G01", request("HEAD / HTTP/1.1", "X: " + "a" * 8188), "431", closes=True, heads=(0,))
case("G01", request("HEAD / HTTP/1.1", "X: a\0b"), BAD, closes=True, heads=(0,))
case("G02", request("GET /204 HTTP/1.1", CLOSE), "204", closes=True, no_fields=["content-length", "transfer-encoding"])
case("G03", request("GET /304 HTTP/1.1", CLOSE), "304", closes=True, answer=b"", fields=["etag"])
case("G04", request("GET /204?x HTTP/1.1") + GET, "204+200")
for path in ("/205", "/205?list", "/205?length"):  # no content in a 205 either: RFC 9110, 15.3.6
    case("G04", request(f"GET {path} HTTP/1.1") + GET, "205+200")
    case("G04", request(f"GET {path} HTTP/1.0"), "205", closes=True, answer=b"", fields=["content-length"])
case("G05", request("GET /stream HTTP/1.1", CLOSE), "200", closes=True, answer=b"abc", fields=["transfer-encoding"])
case("G06", request("GET /stream HTTP/1.0"), "200", closes=True, answer=b"abc", no_fields=["transfer-encoding"])
case("G06", request("GET /stream HTTP/1.0", "Connection: keep-alive"), "200", closes=True, answer=b"abc")
case("G07", request("GET /short HTTP/1.1") + NEXT, "200", closes=True, cut=True, announced=False)
case("G08", request("GET /long HTTP/1.1") + NEXT, "200", closes=True, answer=b"12345", announced=False)
case("G09 S173", request("GET /raise HTTP/1.1", CLOSE), "500", closes=True, lacks=b"secret-in-traceback")
case("G10", request("GET /break HTTP/1.1"), "200", closes=True, cut=True, announced=False, lacks=b"secret-in-traceback")
case("G11 S13 S179 S181", request("GET /inject HTTP/1.1"), "500", closes=True, lacks=b"Injected")
case("G11 S180", request("GET /nul HTTP/1.1"), "500", closes=True, lacks=b"Injected")
case("G11", request("GET /inject-name HTTP/1.1"), "500", closes=True, lacks=b"Injected")
case("G12 S181", request("GET /inject-status HTTP/1.1"), "500", closes=True, lacks=b"Injected")
case("G13", request("GET / HTTP/1.1", CLOSE), "200", closes=True, fields=["date"])
case("G14", request("GET /hop HTTP/1.1"), "200", closes=True, answer=b"x",
     no_fields=["transfer-encoding", "keep-alive"])
case("G16", request("GET / HTTP/3.0"), "505", closes=True, fields=["connection"])
