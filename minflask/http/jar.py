"""The cookies of a test client: stored, matched, expired and sent as a browser does (RFC 6265).

Set-Cookie values go in, a Cookie value comes out. Clients, requests and apps are unknown here.
A Secure cookie is sent over plain http too: a test client speaks https only when asked to.
"""

from __future__ import annotations

import time
from datetime import datetime, timezone

from .codec import parse_date
from .cookies import dump_cookie, parse_cookie

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    Key = tuple[str, str, str]


class Cookie:
    """One cookie of the jar, with the attributes that the server gave it.

    `key` and `value` are as they go over the wire, `decoded_key` and `decoded_value`
    as the application sees them. `expires` is an aware datetime or None, `max_age` whole
    seconds or None. With `origin_only` the cookie goes back to exactly the host that set it.
    """

    def __init__(
        self,
        key: str,
        value: str,
        decoded_key: str,
        decoded_value: str,
        expires: datetime | None = None,
        max_age: int | None = None,
        domain: str = "localhost",
        origin_only: bool = True,
        path: str = "/",
        secure: bool = False,
        http_only: bool = False,
        same_site: str | None = None,
    ) -> None:
        self.key, self.value = key, value
        self.decoded_key, self.decoded_value = decoded_key, decoded_value
        self.expires, self.max_age = expires, max_age
        self.domain, self.origin_only, self.path = domain, origin_only, path
        self.secure, self.http_only, self.same_site = secure, http_only, same_site
        self.deadline = _deadline_of(expires, max_age)

    @classmethod
    def parse(cls, header: str, server_name: str, path: str) -> Cookie | None:
        """Read the value of one Set-Cookie field that came from this host and path, None if it has no name."""
        pair, _, rest = header.partition(";")
        key, equals, value = (text.strip(" \t") for text in pair.partition("="))
        decoded = next(iter(parse_cookie(pair).items(multi=True)), None)
        if not equals or decoded is None:
            return None
        given = _attributes(rest)
        domain = given.get("domain", "").lstrip(".").lower()
        own_path = given.get("path", "")
        return cls(
            key,
            value,
            decoded[0],
            decoded[1],
            expires=parse_date(given.get("expires")),
            max_age=_whole_seconds(given.get("max-age")),
            domain=domain or server_name,
            origin_only=not domain,
            path=own_path if own_path[:1] == "/" else _default_path(path),
            secure="secure" in given,
            http_only="httponly" in given,
            same_site=given.get("samesite"),
        )

    @property
    def place(self) -> Key:
        """What makes this cookie replace another: domain, path and name."""
        return self.domain, self.path, self.decoded_key

    @property
    def is_expired(self) -> bool:
        """True once its time is over; a server deletes a cookie by sending it expired."""
        return self.deadline is not None and self.deadline <= time.time()

    def matches(self, server_name: str, path: str) -> bool:
        """Return True if a request for this host and path carries the cookie (RFC 6265, 5.1.3 and 5.1.4)."""
        host = server_name.lower()
        if host != self.domain and (self.origin_only or not host.endswith("." + self.domain)):
            return False
        folder = self.path if self.path.endswith("/") else self.path + "/"
        return path == self.path or path.startswith(folder)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cookie) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.key}={self.value} for {self.domain}{self.path}>"


class CookieJar(dict["Key", "Cookie"]):
    """A dict of `Cookie` by domain, path and name."""

    def put(self, cookie: Cookie) -> None:
        """Store a cookie in the place of its forerunner, or remove that one if the cookie is expired."""
        if cookie.is_expired:
            self.pop(cookie.place, None)
        else:
            self[cookie.place] = cookie

    def take(self, headers: Iterable[str], server_name: str, path: str) -> None:
        """Store what a response from this host and path set in its Set-Cookie fields."""
        for header in headers:
            cookie = Cookie.parse(header, server_name, path)
            if cookie is not None:
                self.put(cookie)

    def find(self, key: str, domain: str, path: str) -> Cookie | None:
        """Return the stored cookie, or None if there is none or its time is over."""
        cookie = self.get((domain, path, key))
        return None if cookie is None or cookie.is_expired else cookie

    def set(self, key: str, value: str, domain: str, origin_only: bool, path: str, **attributes: Any) -> None:
        """Store a cookie as if a server at this domain had set it; the attributes are those of `dump_cookie`."""
        cookie = Cookie.parse(dump_cookie(key, value, domain=domain, path=path, **attributes), domain, path)
        if cookie is not None:
            cookie.domain, cookie.origin_only = domain, origin_only
            self.put(cookie)

    def header(self, server_name: str, path: str) -> str:
        """Return the Cookie field of a request, longer paths first; empty if no cookie matches."""
        found = [cookie for cookie in self.values() if cookie.matches(server_name, path) and not cookie.is_expired]
        found.sort(key=lambda cookie: -len(cookie.path))  # stable: then in the order of their making
        return "; ".join(f"{cookie.key}={cookie.value}" for cookie in found)


def _attributes(text: str) -> dict[str, str]:
    """Return the attributes of a Set-Cookie value, names in lower case; the last of each name counts."""
    found = {}
    for attribute in text.split(";"):
        name, _, value = attribute.partition("=")
        found[name.strip(" \t").lower()] = value.strip(" \t")
    return found


def _deadline_of(expires: datetime | None, max_age: int | None) -> float | None:
    """Return the time (seconds since 1970) at which a cookie ends: Max-Age wins over Expires (RFC 6265, 5.3)."""
    if max_age is not None:
        return time.time() + max_age if max_age > 0 else 0.0
    if expires is None:
        return None
    if expires.tzinfo is None:
        expires = expires.replace(tzinfo=timezone.utc)
    return expires.timestamp()


def _whole_seconds(text: str | None) -> int | None:
    digits = (text or "").lstrip("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 15:
        return None
    return int(text or "0") if text == digits or text == "-" + digits else None


def _default_path(path: str) -> str:
    """Return the path of a cookie that names none: the request's, up to its last slash (RFC 6265, 5.1.4)."""
    return path.rpartition("/")[0] or "/"
