"""Percent-encoding, query strings, and the way between URIs and IRIs.

All functions take and give text; nothing here knows requests, headers or
routes. Decoding never fails: bytes that are not UTF-8 stay percent-encoded,
so that nothing of what a client sent is lost (RFC 3986; RFC 3987, 3.2).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterable
    from typing import Any, Callable

_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~"  # RFC 3986, 2.3
# What may stand unquoted in a path, a query and a fragment: pchar and what the later parts add.
_PATH, _QUERY, _FRAGMENT = "!$&'()*+,/:;=@", "!$&'()*+,/:;=?@", "!#$&'()*+,/:;=?@"
_USERINFO = "!$&'()*+,;=:"

_ENCODED = r"(?:%[0-9A-Fa-f]{2})+"
_compiled: dict[tuple[str | bytes, int], Any] = {}
# Bytes that are not UTF-8 come out of "surrogateescape" as U+DC80..U+DCFF; they go back to escapes.
_UNDECODED = {0xDC00 + byte: f"%{byte:02X}" for byte in range(0x80, 0x100)}


def compiled(pattern: str | bytes, flags: int = 0) -> Any:
    """Return a pattern, compiled when it is first needed: `re` alone would take 4 ms of every start."""
    found = _compiled.get((pattern, flags))
    if found is None:
        import re

        found = _compiled[pattern, flags] = re.compile(pattern, flags)
    return found


def _utf8(text: str) -> bytes:
    """Encode text, lone surrogates included: a URL is always made, never an exception."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _quoter(name: str, safe: str, doc: str, space: str = "%20") -> Callable[[str], str]:
    """Make a quoting function; its tables are made when it is first needed."""
    plain: Any = None
    table: dict[int, str] = {}

    def quote(text: str) -> str:
        nonlocal plain, table
        if plain is None:
            kept = _UNRESERVED + safe
            table = {byte: chr(byte) if chr(byte) in kept else f"%{byte:02X}" for byte in range(256)}
            table[0x20] = space
            escaped = "".join([f"\\{char}" if char in "-]\\^" else char for char in kept])
            plain = compiled(f"[{escaped}]*").fullmatch
        return text if plain(text) else _utf8(text).decode("latin-1").translate(table)

    quote.__name__ = quote.__qualname__ = name
    quote.__doc__ = doc
    return quote


quote_path = _quoter("quote_path", _PATH, """Percent-encode text for the path of a URL; slashes stay.

    >>> quote_path("/a b/é")
    '/a%20b/%C3%A9'
    """)
quote_segment = _quoter("quote_segment", "!$&'()*+,:;=@", """Percent-encode text for one segment of a path.

    >>> quote_segment("a/b c")
    'a%2Fb%20c'
    """)
quote_query = _quoter("quote_query", "!$'()*,/:;?@", """Percent-encode a name or a value of a query string.

    >>> quote_query("a b&c=d/e")
    'a+b%26c%3Dd/e'
    """, space="+")
quote_fragment = _quoter("quote_fragment", _FRAGMENT, """Percent-encode the part of a URL behind the ``#``.

    >>> quote_fragment("über uns")
    '%C3%BCber%20uns'
    """)
quote = _quoter("quote", "", """Percent-encode everything but letters, digits and ``_.-~``.

    >>> quote("a/b c")
    'a%2Fb%20c'
    """)
quote_cookie_path = _quoter("quote_cookie_path", "%!$&'()*+,/:=@", """Percent-encode what would end a cookie's path.

    >>> quote_cookie_path("/; Domain=evil")
    '/%3B%20Domain=evil'
    """)
# Text that may hold escapes already: a % stays as it is.
_requote_path = _quoter("requote_path", _PATH + "%", "")
_requote_query = _quoter("requote_query", _QUERY + "%", "")
_requote_fragment = _quoter("requote_fragment", _FRAGMENT + "%", "")
_requote_user = _quoter("requote_user", _USERINFO + "%", "")
_requote_host = _quoter("requote_host", "!$&'()*+,;=%:[]", "")


def _decode(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("utf-8", "surrogateescape").translate(_UNDECODED)


def _decode_run(match: re.Match[str]) -> str:
    return _decode(bytes.fromhex(match[0].replace("%", "")))


def unquote(text: str) -> str:
    """Decode the percent-escapes of a text as UTF-8; broken ones stay as they are.

    >>> unquote("caf%C3%A9 100%"), unquote("%FF")
    ('café 100%', '%FF')
    """
    return compiled(_ENCODED).sub(_decode_run, text) if "%" in text else text


def unquote_plus(text: str) -> str:
    """Decode a name or value of a query string, where ``+`` means a space.

    >>> unquote_plus("a+b%2B")
    'a b+'
    """
    return unquote(text.replace("+", " "))


def unquote_to_bytes(text: str) -> bytes:
    """Decode percent-escapes to the bytes they stand for, as WSGI wants paths.

    >>> unquote_to_bytes("/%FF")
    b'/\\xff'
    """
    data = _utf8(text)
    if b"%" in data:
        data = compiled(_ENCODED.encode()).sub(lambda run: bytes.fromhex(run[0].replace(b"%", b"").decode()), data)
    return data


def parse_query(text: str) -> list[tuple[str, str]]:
    """Split a query string or an urlencoded form into its pairs, in order.

    Only ``&`` separates (CVE-2021-23336); a name without ``=`` has an empty
    value. How many pairs to accept is up to the caller.

    >>> parse_query("page=2&q=a+b%26c&flag")
    [('page', '2'), ('q', 'a b&c'), ('flag', '')]
    """
    if "%" not in text and "+" not in text:
        pairs: Any = [field.partition("=")[::2] for field in text.split("&") if field]  # name and value
        return pairs  # type: ignore[no-any-return]
    parts = parse_by_turns(text.encode()) if len(text) > 120 and text.isascii() else None
    if parts is not None:
        turns = iter(parts)
        return list(zip(turns, turns))
    return [(unquote_plus(name), unquote_plus(value))
            for name, _, value in [field.partition("=") for field in text.split("&") if field]]


# Escapes are decoded all at once, as those of quoted-printable (RFC 2045, 6.7), which differ by their sign alone.
# Meanwhile \x1c stands for & and =: a character that forms do not have.
_SEPARATORS = bytes.maketrans(b"&=+%", b"\x1c\x1c =")
_TURNS = b"=&" * 5000  # of more fields than these, which no form has, none is read in this way
_EQUALS, _PERCENT = b"=%"  # as numbers, which are looked for seven times as fast
# A line end behind a percent sign would mean something there; it is no part of the skeleton that is expected.
_ORDINARY = bytes(set(range(128)) - set(b"&=\x1c\r\n"))


def _unescape(data: bytes) -> bytes:
    """Decode quoted-printable; what that takes is loaded at the first form."""
    global _unescape
    from binascii import a2b_qp as _unescape

    return _unescape(data)


def parse_by_turns(data: bytes) -> list[str] | None:
    """Decode all escapes in one pass of a codec: a form of 20 fields at a fifth of the cost.

    :returns: names and values by turns. None where separators do not take turns, or an escape is not right: that is
        left to :func:`parse_query`.

    >>> parse_by_turns(b"page=2&q=a+b%26c")
    ['page', '2', 'q', 'a b&c']
    """
    skeleton = data.translate(None, _ORDINARY)
    if not (_TURNS.startswith(skeleton) and len(skeleton) & 1):
        return None
    octets = _unescape(data.translate(_SEPARATORS))
    # An escape that is none leaves its sign, unless it stands at the end. So does one of that sign, but it is shorter.
    if (_EQUALS in octets or data[-1] == _PERCENT) and len(octets) != len(data) - 2 * data.count(b"%"):
        return None
    try:
        parts = octets.decode().split("\x1c")
    except ValueError:
        return None
    return parts if len(parts) == len(skeleton) + 1 else None  # else there was an escape of \x1c


def build_query(pairs: Iterable[tuple[str, Any]]) -> str:
    """Write pairs as a query string; a pair whose value is None is left out.

    >>> build_query([("q", "a b"), ("page", 2), ("none", None)])
    'q=a+b&page=2'
    """
    return "&".join([f"{_quote_field(name)}={_quote_field(value)}" for name, value in pairs if value is not None])


def _quote_field(value: Any) -> str:
    if value.__class__ is bytes:  # octets as they are
        from urllib.parse import quote_plus

        return quote_plus(value, "!$'()*,/:;?@")
    return quote_query(value if value.__class__ is str else str(value))


# RFC 3986, appendix B, with the scheme as its grammar has it.
_PARTS = r"(?s)(?:([A-Za-z][A-Za-z0-9+.\-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?"


def split_url(url: str) -> tuple[str | None, str | None, str, str | None, str | None]:
    """Split a URL into scheme, authority, path, query and fragment; None where a part is missing.

    >>> split_url("//example.com/a?")
    (None, 'example.com', '/a', '', None)
    """
    parts: Any = compiled(_PARTS).fullmatch(url)
    return parts.groups()  # type: ignore[no-any-return]


def join_url(scheme: str | None, authority: str | None, path: str, query: str | None, fragment: str | None) -> str:
    """Put the parts of a URL together again, as :func:`split_url` gives them."""
    url = path if authority is None else f"//{authority}{path}"
    if scheme is not None:
        url = f"{scheme}:{url}"
    if query is not None:
        url += f"?{query}"
    return url if fragment is None else f"{url}#{fragment}"


def split_authority(authority: str) -> tuple[str | None, str, str | None]:
    """Split an authority into userinfo, host (with its brackets) and port.

    >>> split_authority("me:pw@[::1]:80")
    ('me:pw', '[::1]', '80')
    """
    user, at, rest = authority.rpartition("@")
    if rest.startswith("[") and "]" in rest:
        host, _, port = rest.partition("]")
        host, colon, port = f"{host}]", port[:1], port[1:]
    else:
        host, colon, port = rest.partition(":")
    return user if at else None, host, port if colon else None


def _map_authority(authority: str, user: Callable[[str], str], host: Callable[[str], str]) -> str:
    userinfo, name, port = split_authority(authority)
    mapped = host(name if "%" in name else name.lower())  # escapes are written in upper case
    if userinfo is not None:
        mapped = f"{':'.join(map(user, userinfo.split(':', 1)))}@{mapped}"
    return mapped if port is None else f"{mapped}:{port}"


def host_to_ascii(host: str) -> str:
    """Write a host name with IDNA labels, or percent-encoded where IDNA has no way.

    >>> host_to_ascii("☃.net")
    'xn--n3h.net'
    """
    if not host.isascii() and len(host) <= 255:  # the codec takes quadratic time (CVE-2022-45061)
        try:
            name = host.encode("idna").decode("ascii")
        except UnicodeError:
            name = ""
        if name and not name.strip(_UNRESERVED):
            return name
    return _requote_host(host)


def host_to_unicode(host: str) -> str:
    """Write the IDNA labels of a host name in their own script, where that is possible.

    >>> host_to_unicode("xn--n3h.net")
    '☃.net'
    """
    if "xn--" not in host or len(host) > 255:
        return host
    return ".".join(map(_label_to_unicode, host.split(".")))


def _label_to_unicode(label: str) -> str:
    try:
        return label.encode("ascii").decode("idna")
    except UnicodeError:
        return label


_PLAIN_URI = r"(?:https?://[a-z0-9.\-]+(?::[0-9]+)?(?![^/?#]))?[A-Za-z0-9_.~%!$&'()*+,/:;=@?#\-]*"


def iri_to_uri(iri: str) -> str:
    """Turn a URL in any script into one of ASCII characters, as ``Location`` needs it.

    Escapes that are there already are kept. The host is written with IDNA.

    >>> iri_to_uri("http://☃.net/p?q=è")
    'http://xn--n3h.net/p?q=%C3%A8'
    """
    if ("//" not in iri or iri.startswith("http")) and compiled(_PLAIN_URI).fullmatch(iri):
        return iri
    scheme, authority, path, query, fragment = split_url(iri)
    return join_url(
        scheme and scheme.lower(),
        authority and _map_authority(authority, _requote_user, host_to_ascii),
        _requote_path(path),
        query and _requote_query(query),
        fragment and _requote_fragment(fragment),
    )


def _unquoter(keep: str) -> Callable[[str], str]:
    """Make a decoder that leaves the escapes of ``keep``, controls, space and % as they are written."""
    kept = "|".join([f"{ord(char):02X}" for char in [*map(chr, range(0x21)), "%", "\x7f", *keep]])
    pattern = rf"(?i:(?:%(?!{kept})[0-9A-F]{{2}})+)"
    return lambda text: compiled(pattern).sub(_decode_run, text)


_unquote_user, _unquote_path = _unquoter(":@/?#"), _unquoter("/?#")
_unquote_query, _unquote_fragment = _unquoter("&=+#"), _unquoter("")


def uri_to_iri(uri: str) -> str:
    """Turn a URL into its readable form: other scripts and IDNA decoded.

    What would change its meaning, such as ``%2F`` in a path, stays encoded.

    >>> uri_to_iri("http://xn--n3h.net/p%2F?q=%C3%A8")
    'http://☃.net/p%2F?q=è'
    """
    scheme, authority, path, query, fragment = split_url(uri)
    return join_url(
        scheme and scheme.lower(),
        authority and _map_authority(authority, _unquote_user, host_to_unicode),
        _unquote_path(path),
        query and _unquote_query(query),
        fragment and _unquote_fragment(fragment),
    )
