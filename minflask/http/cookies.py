"""Cookies: the header a browser sends, and the one that sets a cookie.

Reading follows what browsers do (RFC 6265bis, 5): the header is split at its
semicolons, so that no quote can swallow another cookie.
Writing refuses what would end the cookie early. Jars and sessions are
unknown here.
"""

from __future__ import annotations

import time

from .codec import TOKEN, http_date, is_token
from .structures import MultiDict
from .urls import compiled, host_to_ascii, quote_cookie_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from datetime import datetime, timedelta
    from typing import Any, TypeVar

    D = TypeVar("D", bound=MultiDict[str, str])

MAX_COOKIES = 1000
MAX_HEADER = 65536  # of a browser's some hundred cookies, each has up to 4096 bytes


def parse_cookie(header: dict[str, Any] | str | None, cls: type[MultiDict[str, str]] | None = None) -> Any:
    """Read a ``Cookie`` header, or that of a WSGI environ, into a MultiDict.

    Of cookies with one name, that of the longest path comes first. Cookies
    without a name are left out (CVE-2023-23934), and so is what goes beyond
    1000 cookies or 64 KiB.

    >>> parse_cookie('a=1; b="x\\\\054y"').to_dict()
    {'a': '1', 'b': 'x,y'}
    """
    if isinstance(header, dict):
        header = header.get("HTTP_COOKIE")
    pairs = []
    if header:
        if not header.isascii():
            header = _utf8(header)
        if len(header) > MAX_HEADER:
            header = header[:MAX_HEADER].rpartition(";")[0]
        parts = header.split(";", MAX_COOKIES)[:MAX_COOKIES]
        for at, part in enumerate(parts):
            name, _, value = part.partition("=")
            name = name.strip(" \t")
            if name:
                value = value.strip(" \t")
                if value[:1] == '"':
                    value = _unquote(value if _is_closed(value) else _closed_later(value, parts, at))
                pairs.append((name, value))
    return MultiDict(pairs) if cls is None else cls(pairs)


def _utf8(header: str) -> str:
    """Read as UTF-8 what WSGI hands on as Latin-1."""
    try:
        return header.encode("latin-1").decode("utf-8", "replace")
    except UnicodeEncodeError:  # it is text already
        return header


def _is_closed(value: str) -> bool:
    """Tell whether a value ends with a quote that is neither its first nor escaped."""
    inner = value[1:-1]
    return len(value) > 1 and value[-1] == '"' and (len(inner) - len(inner.rstrip("\\"))) % 2 == 0


def _closed_later(value: str, parts: list[str], at: int) -> str:
    """Join a quoted value with the parts up to its closing quote, unless one of them is a cookie.

    Some servers left semicolons in quotes. Were a cookie swallowed by them,
    whoever can set two others could read it where the first is shown.
    """
    for later in range(at + 1, len(parts)):
        if "=" in parts[later]:
            break
        if _is_closed('"' + parts[later].rstrip(" \t")):
            value = ";".join([value, *parts[at + 1:later + 1]]).rstrip(" \t")
            parts[at + 1:later + 1] = [""] * (later - at)
            break
    return value


def _unquote(value: str) -> str:
    """Take the quotes off, with the escapes inside; a value without a closing quote stays as it is."""
    if len(value) < 2 or value[-1] != '"':
        return value
    value = value[1:-1]
    return compiled(r"((?:\\[0-3][0-7][0-7])+)|\\(.)").sub(_unescape, value) if "\\" in value else value


def _unescape(match: re.Match[str]) -> str:
    octets, char = match.groups()
    if char:
        return char
    return bytes([int(octet, 8) for octet in octets[1:].split("\\")]).decode("utf-8", "replace")


_PLAIN = r"(?a)[\w!#$%&'()*+\-./:<=>?@\[\]^`{|}~]*"
# What stands between quotes as it is: all of that, and the space.
_ESCAPES = {code: f"\\{code:03o}" for code in (*range(0x20), ord(","), ord(";"), *range(0x7F, 0x100))}
_ESCAPES.update({ord('"'): '\\"', ord("\\"): "\\\\"})
_SAMESITE = {"strict": "Strict", "lax": "Lax", "none": "None"}


def dump_cookie(
    key: str,
    value: str = "",
    max_age: timedelta | int | None = None,
    expires: str | datetime | int | float | None = None,
    path: str | None = "/",
    domain: str | None = None,
    secure: bool = False,
    httponly: bool = False,
    sync_expires: bool = True,
    max_size: int = 4093,
    samesite: str | None = None,
    partitioned: bool = False,
) -> str:
    """Write the value of a ``Set-Cookie`` header.

    :param max_age: seconds until the browser forgets the cookie.
    :param expires: the time at which it does; follows from ``max_age`` unless
        ``sync_expires`` is off.
    :param path: send the cookie for addresses under this one; None is for
        those beside the present one.
    :param domain: send it to the hosts under this one, too.
    :param max_size: warn when the header is longer, which browsers ignore;
        0 is for no limit.
    :param samesite: ``"Strict"``, ``"Lax"`` or ``"None"``.
    :param partitioned: keep a cookie per site that embeds this one; secure only.
    :raises ValueError: for a name, domain, time or ``samesite`` that cannot be sent.
    :raises TypeError: for None as the value.

    >>> dump_cookie("theme", "dark", max_age=60, sync_expires=False, httponly=True)
    'theme=dark; Max-Age=60; HttpOnly; Path=/'
    """
    max_age, expires = _lifetime(max_age, expires, sync_expires)
    parts = [f"{_clean_key(key)}={_quote(value)}"]
    if domain:
        parts.append(f"Domain={_clean_domain(domain)}")
    if expires is not None:
        parts.append(f"Expires={_clean_expires(expires)}")
    if max_age is not None:
        parts.append(f"Max-Age={max_age}")
    if secure or partitioned:
        parts.append("Secure")
    if httponly:
        parts.append("HttpOnly")
    if path is not None:
        parts.append(f"Path={quote_cookie_path(path)}")
    if samesite is not None:
        parts.append(f"SameSite={_clean_samesite(samesite)}")
    parts += ("Partitioned",) if partitioned else ()
    cookie = "; ".join(parts)
    if max_size and len(cookie) > max_size:
        _warn_of_size(key, value, cookie, max_size)
    return cookie


def _lifetime(max_age: Any, expires: Any, sync_expires: bool) -> tuple[int | None, Any]:
    """Return the age in seconds, and when that is reached unless another time was given."""
    if max_age is None:
        return None, expires
    seconds = int(max_age.total_seconds() if hasattr(max_age, "total_seconds") else max_age)
    if expires is None and sync_expires:
        expires = time.time() + seconds
    return seconds, expires


def _clean_key(key: str) -> str:
    if is_token(key):
        return key
    # Names of other scripts are sent as UTF-8, which browsers put up with.
    odd = str(key).strip(TOKEN)
    odd = "".join([char for char in odd if char not in TOKEN])
    if not odd or min(odd) < "\x80" or not odd.isprintable():
        raise ValueError(
            f"{key!r} cannot be the name of a cookie: use letters, digits, dashes and underscores,"
            " no spaces, semicolons, commas or equals signs.")
    return str(key).encode().decode("latin-1")


def _quote(value: Any) -> str:
    if value is None:
        raise TypeError("The value of a cookie is a text, not None; to take a cookie away, use delete_cookie().")
    text = value.decode() if isinstance(value, bytes) else str(value)
    if compiled(_PLAIN).fullmatch(text):
        return text
    return '"' + text.encode().decode("latin-1").translate(_ESCAPES) + '"'


def _clean_domain(domain: str) -> str:
    host = host_to_ascii(domain.partition(":")[0].lstrip("."))
    if not compiled(r"[A-Za-z0-9._\-]+").fullmatch(host):
        raise ValueError(f"{domain!r} cannot be the domain of a cookie: give the name of a host, such as example.com.")
    return host


def _clean_expires(expires: Any) -> str:
    text = expires if isinstance(expires, str) else http_date(expires)
    if ";" in text or not text.isprintable():
        raise ValueError(f"{expires!r} cannot be the time at which a cookie expires: give a datetime or seconds.")
    return text


def _clean_samesite(samesite: str) -> str:
    try:
        return _SAMESITE[samesite.lower()]
    except KeyError:
        raise ValueError(f"SameSite has to be 'Strict', 'Lax' or 'None', and is {samesite!r}.") from None


def _warn_of_size(key: str, value: str, cookie: str, max_size: int) -> None:
    import warnings

    warnings.warn(
        f"The {key!r} cookie is too large: with {len(value)} characters of value, its header has {len(cookie)} bytes,"
        f" but the limit is {max_size} bytes. Browsers ignore longer ones without a word; keep less in it.",
        stacklevel=3,
    )
