"""The grammar of header values: quoting, lists, options, dates, entity tags, status codes.

Text goes in and plain values come out, or the other way. The objects that
stand for whole header fields are made in the modules above; this one knows
neither them nor requests. Every parser is linear in its input and takes
whatever a client sends without an exception (RFC 9110, 5.6 and 8.8.3).
"""

from __future__ import annotations

import time

from .urls import compiled, unquote_to_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime, timedelta
    from typing import Any

HTTP_STATUS_CODES = {
    100: "Continue", 101: "Switching Protocols", 102: "Processing", 103: "Early Hints",
    200: "OK", 201: "Created", 202: "Accepted", 203: "Non Authoritative Information", 204: "No Content",
    205: "Reset Content", 206: "Partial Content", 207: "Multi Status", 208: "Already Reported", 226: "IM Used",
    300: "Multiple Choices", 301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
    305: "Use Proxy", 306: "Switch Proxy", 307: "Temporary Redirect", 308: "Permanent Redirect",
    400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout",
    409: "Conflict", 410: "Gone", 411: "Length Required", 412: "Precondition Failed",
    413: "Request Entity Too Large", 414: "Request URI Too Long", 415: "Unsupported Media Type",
    416: "Requested Range Not Satisfiable", 417: "Expectation Failed", 418: "I'm a teapot",
    421: "Misdirected Request", 422: "Unprocessable Entity", 423: "Locked", 424: "Failed Dependency",
    425: "Too Early", 426: "Upgrade Required", 428: "Precondition Required", 429: "Too Many Requests",
    431: "Request Header Fields Too Large", 449: "Retry With", 451: "Unavailable For Legal Reasons",
    500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Timeout", 505: "HTTP Version Not Supported", 506: "Variant Also Negotiates",
    507: "Insufficient Storage", 508: "Loop Detected", 510: "Not Extended", 511: "Network Authentication Failed",
}

TOKEN = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # RFC 9110, 5.6.2

# Optional white space is this alone: str.strip() takes more, with which peers can be told different things.
OWS = " \t"


def is_token(text: str) -> bool:
    """Tell whether a text may stand as it is for a name or an unquoted value.

    >>> is_token("text"), is_token("a b"), is_token("")
    (True, False, False)
    """
    return bool(text) and not text.strip(TOKEN)


def quote_header_value(value: Any, allow_token: bool = True) -> str:
    """Quote a value for a header, unless it is a token and these may stay.

    >>> quote_header_value("bar"), quote_header_value('say "hi"')
    ('bar', '"say \\\\"hi\\\\""')
    """
    text = str(value)
    if allow_token and is_token(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquote_header_value(value: str) -> str:
    """Take the quotes off a header value; one without quotes is given as it is.

    >>> unquote_header_value('"a \\\\"b\\\\""'), unquote_header_value("a")
    ('a "b"', 'a')
    """
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = value[1:-1]
        if "\\" in value:
            value = compiled(r"(?s)\\(.)").sub(r"\1", value)
    return value


# Options: value *( OWS ";" OWS parameter )                                  RFC 9110, 5.6.6
# A quoted string can be read in one way only, and one that does not end is the last: so the pattern is linear.
_PARAMETER = r"""(?as)[ \t]*([\w!#$%&'*+\-.^`|~]+)=(?:("[^"\\]*(?:\\.[^"\\]*)*")|([\w!#$%&'*+\-.^`|~]+))"""
MAX_PARAMETERS = 256


def parse_options_header(value: str | None, *, lenient: bool = False) -> tuple[str, dict[str, str]]:
    """Split a header such as ``Content-Type`` into its value and its options.

    Names of options come in lower case. Encoded and continued options
    (``title*0*=``, RFC 2231) are decoded and joined. What is not an option
    is passed over.

    :param lenient: take text beyond ASCII without quotes, too, as old clients
        write the names of files.

    >>> parse_options_header('text/html; charset="utf-8"')
    ('text/html', {'charset': 'utf-8'})
    """
    if not value:
        return "", {}
    head, _, rest = value.partition(";")
    head = head.strip(OWS)
    options: dict[str, str] = {}
    charset = None
    if not head or not rest:
        return head, options
    for key, text in parse_parameters(rest, lenient):
        if "*" not in key:
            options[key] = text
            continue
        name, continued, charset, text = _extended(key, text, charset)
        options[name] = options.get(name, "") + text if continued else text
    return head, options


def parse_parameters(text: str, lenient: bool = False) -> list[tuple[str, str]]:
    """List the ``name=value`` pairs of a header, quotes taken off and names in lower case.

    >>> parse_parameters('a=1; B="x;y"; c')
    [('a', '1'), ('b', 'x;y')]
    """
    found: list[tuple[str, str]] = []
    grammar = _PARAMETER
    if lenient and not text.isascii():
        grammar = grammar.replace("~]+))", "~\x80-\U0010ffff]+))")
    pattern = compiled(grammar)
    at = semicolon = 0
    while semicolon >= 0 and len(found) < MAX_PARAMETERS:
        match = pattern.match(text, at)
        if match:
            key, quoted, token = match.groups()
            found.append((key.lower(), _unquote_parameter(quoted) if quoted else token))
            at = match.end()
        semicolon = text.find(";", at)
        at = semicolon + 1
    return found


def _unquote_parameter(quoted: str) -> str:
    """Take off the quotes as browsers put them on: a path of Windows is not escaped, a quote may be %22."""
    text = quoted[1:-1]
    if "\\" in text:
        text = compiled(r'\\([\\"])').sub(r"\1", text)
    return text.replace("%22", '"')


CHARSETS = frozenset(("ascii", "us-ascii", "utf-8", "iso-8859-1"))  # anything else is not decoded


def _extended(key: str, text: str, charset: str | None) -> tuple[str, bool, str | None, str]:
    """Read an option whose name has a ``*``: its name, whether it continues, the charset, its text."""
    if key.endswith("*"):
        key = key[:-1]
        text, charset = _decode_extended(text, charset)
    name, star, number = key.rpartition("*")
    continued = bool(star) and number.isascii() and number.isdigit()
    return name if continued else key, continued, charset, text


def _decode_extended(text: str, charset: str | None = None) -> tuple[str, str | None]:
    """Decode ``charset'language'text`` (RFC 8187, 3.2), or text of a charset that came before."""
    parts = text.split("'", 2)
    if len(parts) == 3 and parts[2]:
        charset, _, text = parts
        charset = charset.lower()
    if charset in CHARSETS:
        text = unquote_to_bytes(text).decode(charset or "ascii", "replace")
    return text, charset


def dump_options_header(header: str | None, options: Mapping[str, Any]) -> str:
    """Write a value and its options; an option that is None is left out.

    The value of a name that ends with ``*`` is written as it is, it is encoded already.

    >>> dump_options_header("text/html", {"charset": "utf-8", "a": None, "b": "c d"})
    'text/html; charset=utf-8; b="c d"'
    """
    parts = [] if header is None else [header]
    parts += [f"{key}={_dump_value(key, value)}" for key, value in options.items() if value is not None]
    return "; ".join(parts)


def _dump_value(key: str, value: Any, allow_token: bool = True) -> str:
    return str(value) if key.endswith("*") else quote_header_value(value, allow_token)


# An element of a list: text and quoted strings up to a comma.
_ELEMENT = r'(?s)[^",]*(?:"[^"\\]*(?:\\.[^"\\]*)*"[^",]*)*'


def split_list(value: str) -> list[str]:
    """Split a header at its commas, except those in quotes; quotes stay, empty elements go.

    A header with a quote that never ends is malformed: nothing of it is taken.

    >>> split_list('a, "b, c",, d')
    ['a', '"b, c"', 'd']
    """
    if '"' not in value:
        return [part for part in [part.strip(OWS) for part in value.split(",")] if part]
    parts = []
    at = 0
    match: Any = compiled(_ELEMENT).match
    while at < len(value):
        end = match(value, at).end()
        if value[end:end + 1] == '"':
            return []
        parts.append(value[at:end].strip(OWS))
        at = end + 1
    return [part for part in parts if part]


def parse_list_header(value: str) -> list[str]:
    """Read a comma-separated header; quotes around an element are taken off.

    >>> parse_list_header('token, "quoted, value"')
    ['token', 'quoted, value']
    """
    return [unquote_header_value(part) for part in split_list(value)]


def parse_dict_header(value: str) -> dict[str, str | None]:
    """Read a comma-separated header of ``key=value``; a key alone has the value None.

    >>> parse_dict_header('foo="is a fish", bar')
    {'foo': 'is a fish', 'bar': None}
    """
    pairs: dict[str, str | None] = {}
    for part in map(unquote_header_value, split_list(value)):
        key, equals, text = part.partition("=")
        key = key.strip(OWS)
        if not key:
            continue
        if not equals:
            pairs[key] = None
        elif key.endswith("*"):
            pairs[key[:-1]] = _decode_extended(text.strip(OWS))[0]
        else:
            pairs[key] = unquote_header_value(text.strip(OWS))
    return pairs


def dump_header(iterable: dict[str, Any] | Iterable[Any], allow_token: bool = True) -> str:
    """Write a list, or a mapping, as a comma-separated header.

    :param allow_token: leave the quotes off where they are not needed.

    >>> dump_header(["a", "b c"]), dump_header({"max-age": 5, "public": None})
    ('a, "b c"', 'max-age=5, public')
    """
    if isinstance(iterable, dict):
        return ", ".join([key if value is None else f"{key}={_dump_value(key, value, allow_token)}"
                          for key, value in iterable.items()])
    return ", ".join([quote_header_value(item, allow_token) for item in iterable])


def parse_csp_header_pairs(value: str | None) -> list[tuple[str, str]]:
    """List the directives of a ``Content-Security-Policy`` with their values.

    >>> parse_csp_header_pairs("font-src 'self'; media-src *")
    [('font-src', "'self'"), ('media-src', '*')]
    """
    pairs = []
    for policy in (value or "").split(";"):
        directive, _, sources = policy.strip(OWS).partition(" ")
        if sources:
            pairs.append((directive, sources.strip(OWS)))
    return pairs


# Dates                                                                      RFC 9110, 5.6.7
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CLOCK = r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?"
# Whatever stands before the comma is read over, as everybody does: it says the day of the week.
_RFC_DATE = (r"(?:[^,]{1,20},[ \t]*|[A-Za-z]{3,9}[ \t]+)?([0-9]{1,2})[ -]([A-Za-z]{3})[a-z]{0,6}[ -]"
             r"([0-9]{4}|[0-9]{2})[ \t]+" + _CLOCK + r"(?:[ \t]+([+-][0-9]{4}|[A-Za-z]{1,5}))?")
_ASCTIME = r"[A-Za-z]{3}[ \t]+([A-Za-z]{3})[ \t]+([0-9]{1,2})[ \t]+" + _CLOCK + r"[ \t]+([0-9]{4})"
_ZONES = {"EST": -500, "EDT": -400, "CST": -600, "CDT": -500, "MST": -700, "MDT": -600, "PST": -800, "PDT": -700}


def http_date(timestamp: datetime | date | float | time.struct_time | None = None) -> str:
    """Write a time as headers do; without one, the present.

    :param timestamp: seconds since 1970, or a datetime; one without a
        timezone is taken for UTC.

    >>> http_date(0)
    'Thu, 01 Jan 1970 00:00:00 GMT'
    """
    if timestamp is None:
        timestamp = time.time()
    if isinstance(timestamp, (int, float)):
        return _date_of_second(int(timestamp // 1))
    if isinstance(timestamp, time.struct_time):
        return _format_date(timestamp)
    as_utc = getattr(timestamp, "utctimetuple", timestamp.timetuple)
    return _format_date(as_utc())


def _format_date(parts: time.struct_time, separator: str = " ") -> str:
    year, month, day, hour, minute, second, weekday = parts[:7]
    return (f"{_DAYS[weekday]}, {day:02d}{separator}{_MONTHS[month - 1]}{separator}{year:04d}"
            f" {hour:02d}:{minute:02d}:{second:02d} GMT")


_dates: dict[int, str] = {}


def _date_of_second(second: int) -> str:
    date = _dates.get(second)
    if date is None:
        if len(_dates) >= 256:
            _dates.clear()
        date = _dates[second] = _format_date(time.gmtime(second))
    return date


def cookie_date(expires: datetime | date | float | time.struct_time | None = None) -> str:
    """Write a time as Netscape's cookies had it, with dashes.

    >>> cookie_date(0)
    'Thu, 01-Jan-1970 00:00:00 GMT'
    """
    name, day, month, year, rest = http_date(expires).split(" ", 4)
    return f"{name} {day}-{month}-{year} {rest}"


def parse_date(value: str | None) -> datetime | None:
    """Read a date of a header in any of the three formats; None if it is none.

    The result knows its timezone, which is UTC if the text names none.

    >>> parse_date("Sun, 06 Nov 1994 08:49:37 GMT").isoformat()
    '1994-11-06T08:49:37+00:00'
    """
    if not value or len(value) > 100:
        return None
    text = value.strip(OWS)
    match = compiled(_RFC_DATE).fullmatch(text)
    if match:
        day, month, year, hour, minute, second, zone = match.groups()
    else:
        match = compiled(_ASCTIME).fullmatch(text)
        if not match:
            return None
        (month, day, hour, minute, second, year), zone = match.groups(), None
    try:
        return _make_datetime(_whole_year(year), _MONTHS.index(month.title()) + 1, int(day), int(hour), int(minute),
                              int(second or 0), _zone_minutes(zone))
    except (ValueError, OverflowError):
        return None


def _make_datetime(year: int, month: int, day: int, hour: int, minute: int, second: int, offset: int) -> datetime:
    import datetime as dt

    zone = dt.timezone(dt.timedelta(minutes=offset)) if offset else dt.timezone.utc
    return dt.datetime(year, month, day, hour, minute, second, tzinfo=zone)


def _whole_year(year: str) -> int:
    return int(year) + (0 if len(year) > 2 else 2000 if int(year) < 69 else 1900)


def _zone_minutes(zone: str | None) -> int:
    if not zone:
        return 0
    offset = int(zone) if zone[0] in "+-" else _ZONES.get(zone.upper(), 0)
    hours, minutes = divmod(abs(offset), 100)
    return (hours * 60 + minutes) * (-1 if offset < 0 else 1)


def parse_number(value: str | None, digits: int = 19) -> int | None:
    """Read a whole number of ASCII digits; None for anything else, or for too many digits.

    >>> parse_number(" 12 "), parse_number("+1"), parse_number("٣")
    (12, None, None)
    """
    text = value.strip(OWS) if value else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def parse_age(value: str | None = None) -> timedelta | None:
    """Read a header of seconds, such as ``Age``, as a :class:`~datetime.timedelta`.

    >>> parse_age("60"), parse_age("soon")
    (datetime.timedelta(seconds=60), None)
    """
    import datetime as dt

    seconds = parse_number(value)
    try:
        return None if seconds is None else dt.timedelta(seconds=seconds)
    except OverflowError:
        return None


def dump_age(age: timedelta | int | None = None) -> str | None:
    """Write a :class:`~datetime.timedelta` or a number as seconds.

    :raises ValueError: if it is negative.

    >>> dump_age(60)
    '60'
    """
    if age is None:
        return None
    seconds = int(age.total_seconds() if hasattr(age, "total_seconds") else age)
    if seconds < 0:
        raise ValueError(f"An age cannot be negative, but {age!r} is: give the seconds since the response was made.")
    return str(seconds)


# Entity tags                                                                RFC 9110, 8.8.3
def quote_etag(etag: str, weak: bool = False) -> str:
    """Write an entity tag in quotes, with the mark of a weak one.

    :raises ValueError: if there is a quote in the tag.

    >>> quote_etag("abc", weak=True)
    'W/"abc"'
    """
    if '"' in etag:
        raise ValueError(f'An entity tag cannot hold a quote, but {etag!r} does: leave out the " characters.')
    return f'W/"{etag}"' if weak else f'"{etag}"'


def unquote_etag(etag: str | None) -> tuple[str, bool] | tuple[None, None]:
    """Split an entity tag into its text and whether it is weak.

    >>> unquote_etag('W/"abc"'), unquote_etag(None)
    (('abc', True), (None, None))
    """
    if not etag:
        return None, None
    text = etag.strip(OWS)
    weak = text.startswith(("W/", "w/"))
    if weak:
        text = text[2:]
    if text[:1] == text[-1:] == '"':
        text = text[1:-1]
    return text, weak


def generate_etag(data: bytes) -> str:
    """Make an entity tag out of the content itself.

    >>> generate_etag(b"")[:8]
    'da39a3ee'
    """
    from hashlib import sha1

    return sha1(data).hexdigest()


def is_byte_range_valid(start: int | None, stop: int | None, length: int | None) -> bool:
    """Tell whether a range lies in a content of a length; an unknown length admits any.

    >>> is_byte_range_valid(0, 10, 10), is_byte_range_valid(10, 20, 10)
    (True, False)
    """
    if start is None or stop is None:
        return start is stop and (length is None or length >= 0)
    if length is None:
        return 0 <= start < stop
    return 0 <= start < min(stop, length) and start < stop


_ENTITY_HEADERS = frozenset((
    "allow", "content-encoding", "content-language", "content-length", "content-location", "content-md5",
    "content-range", "content-type", "expires", "last-modified"))
_HOP_BY_HOP_HEADERS = frozenset((
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
    "upgrade"))


def is_entity_header(header: str) -> bool:
    """Tell whether a header describes the content (which a 304 does not have).

    >>> is_entity_header("Content-Type")
    True
    """
    return header.lower() in _ENTITY_HEADERS


def is_hop_by_hop_header(header: str) -> bool:
    """Tell whether a header is for one connection only, and so never an application's.

    >>> is_hop_by_hop_header("Keep-Alive")
    True
    """
    return header.lower() in _HOP_BY_HOP_HEADERS


def remove_entity_headers(headers: Any, allowed: Iterable[str] = ("expires", "content-location")) -> None:
    """Take the headers that describe the content out of a list or Headers object.

    :param allowed: names in lower case that may stay.
    """
    kept = {name.lower() for name in allowed}
    headers[:] = [(name, value) for name, value in headers if name.lower() in kept or not is_entity_header(name)]


def remove_hop_by_hop_headers(headers: Any) -> None:
    """Take the headers that are for one connection only out of a list or Headers object."""
    headers[:] = [(name, value) for name, value in headers if not is_hop_by_hop_header(name)]
