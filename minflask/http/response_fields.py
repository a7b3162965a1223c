"""The header fields of a response as attributes that can be read and assigned.

Each is a view of `headers`: what is read is parsed from there, and changing
what was read changes the header. Bodies, statuses and WSGI are in response.py.
"""

from __future__ import annotations

from .codec import (
    dump_age, dump_header, dump_options_header, http_date, parse_age, parse_date, parse_number, parse_options_header,
)
from .utils import get_content_type, header_property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime, timedelta
    from typing import Any

    from .auth import WWWAuthenticate
    from .fields import COEP, COOP, ContentSecurityPolicy, HeaderSet, ResponseCacheControl
    from .ranges import ContentRange


def _header_set(name: str, doc: str) -> Any:
    """Make a property for a header that is a set of names, without regard to case and in order."""

    def fget(self: ResponseFields) -> HeaderSet:
        from .fields import parse_set_header

        return parse_set_header(self.headers.get(name), self._store(name))

    def fset(self: ResponseFields, value: str | Iterable[str] | None) -> None:
        self._set(name, value and _listed(value))

    return property(fget, fset, doc=doc)


def _policy(name: str, doc: str) -> Any:
    """Make a property for a Content-Security-Policy."""

    def fget(self: ResponseFields) -> ContentSecurityPolicy:
        from .fields import parse_csp_header

        policy: ContentSecurityPolicy = parse_csp_header(self.headers.get(name), self._store(name))
        return policy

    def fset(self: ResponseFields, value: ContentSecurityPolicy | str | None) -> None:
        self._set(name, value)

    return property(fget, fset, doc=doc)


def _names(name: str, doc: str) -> header_property[Any]:
    """Make a property for a header that lists names; it is None without the header."""

    def load(value: str) -> HeaderSet:
        from .fields import parse_set_header

        return parse_set_header(value)

    return header_property(name, load_func=load, dump_func=_listed, doc=doc)


def _listed(names: str | Iterable[str]) -> str:
    return names if isinstance(names, str) else dump_header(names)


class ResponseFields:
    """The part of :class:`~.response.Response` that needs only headers; see there."""

    charset = "utf-8"
    headers: Any

    def _store(self, name: str) -> Callable[[Any], None]:
        """Make what a field object calls when it has changed: it writes the header, or removes it."""
        return lambda field: self._set(name, field)

    def _set(self, name: str, value: Any) -> None:
        """Write a header, a text or a field object; without a value, remove it."""
        if value:
            self.headers[name] = value if isinstance(value, str) else value.to_header()
        else:
            self.headers.remove(name)

    # -- the content ---------------------------------------------------------------------

    content_type: header_property[str | None] = header_property(
        "Content-Type", doc="The mimetype with its parameters, such as the charset.")
    content_length: header_property[int | None] = header_property(
        "Content-Length", None, parse_number, str, doc="The length of the body in bytes, if it has been set.")
    content_location: header_property[str | None] = header_property(
        "Content-Location", doc="Another URL of just this content.")
    content_encoding: header_property[str | None] = header_property(
        "Content-Encoding", doc="How the body is compressed.")
    content_md5: header_property[str | None] = header_property(
        "Content-MD5", doc="A digest of the body.")
    content_language = _header_set("Content-Language", "The languages of the people the content is for.")

    @property
    def mimetype(self) -> str | None:
        """The content type without its parameters; setting it adds the charset that text needs."""
        value = self.headers.get("content-type")
        return value.split(";", 1)[0].strip() if value else None

    @mimetype.setter
    def mimetype(self, value: str) -> None:
        self.headers["Content-Type"] = get_content_type(value, self.charset)

    @property
    def mimetype_params(self) -> dict[str, str]:
        """The parameters of the content type, as a dict whose changes go into the header."""
        from .structures import CallbackDict

        mimetype, params = parse_options_header(self.headers.get("content-type"))

        def on_update(changed: Any) -> None:
            self.headers["Content-Type"] = dump_options_header(mimetype, changed)

        return CallbackDict(params, on_update)

    @property
    def is_json(self) -> bool:
        """Whether the mimetype says JSON: `application/json` or `application/*+json`."""
        mimetype = self.mimetype or ""
        return mimetype == "application/json" or (
            mimetype.startswith("application/") and mimetype.endswith("+json"))

    @property
    def content_range(self) -> ContentRange:
        """Which part of the whole content this is; changes of it go into the header."""
        from .ranges import ContentRange, parse_content_range_header

        store = self._store("Content-Range")
        # An empty one is given if there is none, so that it can be filled.
        return parse_content_range_header(self.headers.get("content-range"), store) or ContentRange(
            None, None, None, on_update=store)

    @content_range.setter
    def content_range(self, value: ContentRange | str | None) -> None:
        self._set("Content-Range", value)

    # -- time and caches -----------------------------------------------------------------

    date: header_property[datetime | None] = header_property(
        "Date", None, parse_date, http_date, doc="When the response was made, in UTC.")
    expires: header_property[datetime | None] = header_property(
        "Expires", None, parse_date, http_date, doc="When the response is stale, in UTC.")
    last_modified: header_property[datetime | None] = header_property(
        "Last-Modified", None, parse_date, http_date, doc="When the content was changed last, in UTC.")
    age: header_property[timedelta | None] = header_property(
        "Age", None, parse_age, dump_age, doc="How long a cache has had the response: a timedelta, or seconds.")
    accept_ranges: header_property[str | None] = header_property(
        "Accept-Ranges", doc="In which unit parts may be asked for: `bytes` or `none`.")
    vary = _header_set("Vary", "The request headers that the response depends on.")

    @property
    def cache_control(self) -> ResponseCacheControl:
        """What caches may do with the response; changes of it go into the header."""
        from .fields import ResponseCacheControl, parse_cache_control_header

        rules: ResponseCacheControl = parse_cache_control_header(
            self.headers.get("cache-control"), self._store("Cache-Control"), ResponseCacheControl)
        return rules

    @property
    def retry_after(self) -> datetime | None:
        """When to ask again: a datetime in UTC. Seconds, or None, can be assigned as well."""
        import datetime as dt

        value = self.headers.get("retry-after")
        seconds = parse_number(value, digits=9)
        if seconds is None:
            return parse_date(value)
        return dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=seconds)

    @retry_after.setter
    def retry_after(self, value: datetime | int | str | None) -> None:
        if isinstance(value, int):
            value = str(value)
        self._set("Retry-After", value if value is None or isinstance(value, str) else http_date(value))

    # -- where to, and who may -----------------------------------------------------------

    location: header_property[str | None] = header_property(
        "Location", doc="The URL to go on to. One that is not ASCII is encoded when it is sent.")
    allow = _header_set("Allow", "The methods that the resource has.")

    @property
    def www_authenticate(self) -> WWWAuthenticate:
        """How the client can say who it is; changes of it go into the header.

        Assign one or a list; delete it, or assign None, to remove the header.
        """
        from .auth import WWWAuthenticate

        value = WWWAuthenticate.from_header(self.headers.get("WWW-Authenticate")) or WWWAuthenticate("basic")
        value._on_update = self._store("WWW-Authenticate")
        return value

    @www_authenticate.setter
    def www_authenticate(self, value: WWWAuthenticate | list[WWWAuthenticate] | None) -> None:
        several = value if isinstance(value, list) else [value] if value else []
        self.headers.setlist("WWW-Authenticate", [item.to_header() for item in several])
        if len(several) == 1:
            several[0]._on_update = self._store("WWW-Authenticate")

    @www_authenticate.deleter
    def www_authenticate(self) -> None:
        self.headers.remove("WWW-Authenticate")

    # -- what pages may do with it -------------------------------------------------------

    content_security_policy = _policy(
        "Content-Security-Policy", "What the page may load and run; changes of it go into the header.")
    content_security_policy_report_only = _policy(
        "Content-Security-Policy-Report-Only", "As `content_security_policy`, to be reported and not enforced.")
    access_control_allow_origin: header_property[str | None] = header_property(
        "Access-Control-Allow-Origin", doc="The origin whose scripts may read the response, or `*`.")
    access_control_allow_headers = _names(
        "Access-Control-Allow-Headers", "The headers that a script's request may have.")
    access_control_allow_methods = _names(
        "Access-Control-Allow-Methods", "The methods that a script's request may have.")
    access_control_expose_headers = _names(
        "Access-Control-Expose-Headers", "The headers that a script may read.")
    access_control_max_age: header_property[int | None] = header_property(
        "Access-Control-Max-Age", load_func=parse_number, dump_func=str,
        doc="For how many seconds a browser may remember the answer to a preflight request.")

    @property
    def access_control_allow_credentials(self) -> bool:
        """Whether a script may read the response to a request with cookies."""
        return "Access-Control-Allow-Credentials" in self.headers

    @access_control_allow_credentials.setter
    def access_control_allow_credentials(self, value: bool | None) -> None:
        self._set("Access-Control-Allow-Credentials", "true" if value else None)

    @property
    def cross_origin_opener_policy(self) -> COOP:
        """Whether other pages may hold a window of this one."""
        from .fields import COOP

        policy: COOP = _member(COOP, self.headers.get("Cross-Origin-Opener-Policy"))
        return policy

    @cross_origin_opener_policy.setter
    def cross_origin_opener_policy(self, value: COOP | None) -> None:
        self._set("Cross-Origin-Opener-Policy", value and value.value)

    @property
    def cross_origin_embedder_policy(self) -> COEP:
        """What of other origins may be embedded."""
        from .fields import COEP

        policy: COEP = _member(COEP, self.headers.get("Cross-Origin-Embedder-Policy"))
        return policy

    @cross_origin_embedder_policy.setter
    def cross_origin_embedder_policy(self, value: COEP | None) -> None:
        self._set("Cross-Origin-Embedder-Policy", value and value.value)


def _member(kind: Any, value: str | None) -> Any:
    """Return the member of an enumeration of policies for a header, by default the unrestricted one."""
    return next((member for member in kind if member.value == value), kind.UNSAFE_NONE)
