"""Header fields as objects: sets, cache control, content security policy, user agent.

Each is read from text, written to it, and can tell a response when it
changed. The larger kinds have files of their own next to this one and can be
had from here: what a client accepts, who it is, conditions and ranges.
"""

from __future__ import annotations

from collections.abc import MutableSet
from enum import Enum

from .accept import Accept, CharsetAccept, LanguageAccept, MIMEAccept, parse_accept_header
from .auth import Authorization, WWWAuthenticate, parse_authorization_header, parse_www_authenticate_header
from .codec import (
    dump_header, parse_csp_header_pairs, parse_dict_header, parse_list_header, parse_number, quote_header_value)
from .ranges import (
    ContentRange, ETags, IfRange, Range, is_resource_modified, parse_content_range_header, parse_etags,
    parse_if_range_header, parse_range_header)
from .structures import CallbackDict, ImmutableDictMixin

__all__ = (
    "Accept", "Authorization", "COEP", "COOP", "CharsetAccept", "ContentRange", "ContentSecurityPolicy", "ETags",
    "HeaderSet", "IfRange", "LanguageAccept", "MIMEAccept", "Range", "RequestCacheControl", "ResponseCacheControl",
    "UserAgent", "WWWAuthenticate", "dump_csp_header", "is_resource_modified", "parse_accept_header",
    "parse_authorization_header", "parse_cache_control_header", "parse_content_range_header", "parse_csp_header",
    "parse_etags", "parse_if_range_header", "parse_range_header", "parse_set_header", "parse_www_authenticate_header",
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any


class HeaderSet(MutableSet["str"]):
    """A set of words in a field, such as ``Vary``: in order, and in any case.

    :param on_update: called with the set after each change.

    >>> vary = HeaderSet(["Cookie"])
    >>> vary.add("Accept"); vary.add("cookie")
    >>> str(vary), "ACCEPT" in vary
    ('Cookie, Accept', True)
    """

    def __init__(
        self, headers: Iterable[str] | None = None, on_update: Callable[[HeaderSet], None] | None = None
    ) -> None:
        self._headers = list(headers or ())
        self._set = {header.lower() for header in self._headers}
        self.on_update = on_update

    def _changed(self) -> None:
        if self.on_update is not None:
            self.on_update(self)

    def add(self, header: str) -> None:
        """Add a word, unless it is there."""
        self.update((header,))

    def update(self, iterable: Iterable[str]) -> None:
        """Add the words that are not there."""
        before = len(self._set)
        for header in iterable:
            if header.lower() not in self._set:
                self._headers.append(header)
                self._set.add(header.lower())
        if len(self._set) > before:
            self._changed()

    def remove(self, header: str) -> None:
        """Remove a word; without it, raise :exc:`KeyError`."""
        if header.lower() not in self._set:
            raise KeyError(header)
        self._set.remove(header.lower())
        self._headers = [other for other in self._headers if other.lower() != header.lower()]
        self._changed()

    def discard(self, header: str) -> None:
        """Remove a word if it is there."""
        if header in self:
            self.remove(header)

    def find(self, header: str) -> int:
        """Return the position of a word, -1 without it."""
        wanted = header.lower()
        return next((at for at, other in enumerate(self._headers) if other.lower() == wanted), -1)

    def index(self, header: str) -> int:
        """Return the position of a word; without it, raise :exc:`IndexError`."""
        at = self.find(header)
        if at < 0:
            raise IndexError(header)
        return at

    def clear(self) -> None:
        """Remove everything."""
        self._set.clear()
        self._headers.clear()
        self._changed()

    def as_set(self, preserve_casing: bool = False) -> set[str]:
        """Return a set of the words, in lower case unless told otherwise."""
        return set(self._headers) if preserve_casing else set(self._set)

    def to_header(self) -> str:
        """Write the field."""
        return ", ".join(map(quote_header_value, self._headers))

    def __contains__(self, header: object) -> bool:
        return isinstance(header, str) and header.lower() in self._set

    def __iter__(self) -> Iterator[str]:
        return iter(self._headers)

    def __len__(self) -> int:
        return len(self._set)

    def __getitem__(self, idx: int) -> str:
        return self._headers[idx]

    def __setitem__(self, idx: int, value: str) -> None:
        self._headers[idx] = value
        self._set = {header.lower() for header in self._headers}
        self._changed()

    def __delitem__(self, idx: int) -> None:
        self._set.remove(self._headers.pop(idx).lower())
        self._changed()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._headers!r})"

    def __str__(self) -> str:
        return self.to_header()


def parse_set_header(value: str | None, on_update: Callable[[HeaderSet], None] | None = None) -> HeaderSet:
    """Read a comma-separated field as a set.

    >>> "token" in parse_set_header('token, "quoted value"')
    True
    """
    return HeaderSet(parse_list_header(value) if value else None, on_update)


def cache_control_property(key: str, empty: Any, type: Any) -> Any:
    """Make a property of a directive.

    :param empty: what the directive means when it has no value.
    :param type: of the value: :class:`bool` for a directive that is there or
        not, :class:`int`, or None for text.
    """
    return property(
        lambda self: self._get_directive(key, empty, type),
        lambda self, value: self._set_directive(key, value, type),
        lambda self: self.pop(key, None),
        f"The directive ``{key}``.",
    )


class _Directives(CallbackDict["str", "Any"]):
    """A field of named directives; ``provided`` is False for one made of None."""

    def __init__(self, values: Any = (), on_update: Callable[[Any], None] | None = None) -> None:
        self.provided = values is not None
        super().__init__(values or (), on_update)

    def to_header(self) -> str:
        """Write the field."""
        return dump_header(self)

    def __repr__(self) -> str:
        told = [f"{key}={self[key]!r}" for key in sorted(self)]
        return f"<{type(self).__name__} {' '.join(told)}>"

    def __str__(self) -> str:
        return self.to_header()


class _CacheControl(_Directives):
    """What requests and responses can both say about caches (RFC 9111, 5.2)."""

    no_store: bool = cache_control_property("no-store", None, bool)
    max_age: int | None = cache_control_property("max-age", None, int)
    no_transform: bool = cache_control_property("no-transform", None, bool)
    stale_if_error: int | None = cache_control_property("stale-if-error", None, int)

    cache_property = staticmethod(cache_control_property)

    def _get_directive(self, key: str, empty: Any, type: Any) -> Any:
        if type is bool:
            return key in self
        if key not in self:
            return None
        value = self[key]
        if value is None:
            return empty
        return parse_number(str(value)) if type is int else value

    def _set_directive(self, key: str, value: Any, type: Any) -> None:
        if value is None or value is False or type is bool and not value:
            self.pop(key, None)
        elif value is True or type is bool:
            self[key] = None
        else:
            self[key] = str(value if type is None else type(value))


class RequestCacheControl(ImmutableDictMixin, _CacheControl):  # type: ignore[misc]
    """What a request says to caches; it cannot be changed.

    >>> parse_cache_control_header("max-stale, min-fresh=5").max_stale
    True
    """

    no_cache: bool = cache_control_property("no-cache", None, bool)
    max_stale: int | bool | None = cache_control_property("max-stale", True, int)
    min_fresh: int | None = cache_control_property("min-fresh", None, int)
    only_if_cached: bool = cache_control_property("only-if-cached", None, bool)


class ResponseCacheControl(_CacheControl):
    """What a response says to caches.

    >>> cache = ResponseCacheControl()
    >>> cache.public, cache.max_age = True, 60
    >>> str(cache)
    'public, max-age=60'
    """

    no_cache: str | bool | None = cache_control_property("no-cache", True, None)
    public: bool = cache_control_property("public", None, bool)
    private: str | bool | None = cache_control_property("private", True, None)
    must_revalidate: bool = cache_control_property("must-revalidate", None, bool)
    proxy_revalidate: bool = cache_control_property("proxy-revalidate", None, bool)
    s_maxage: int | None = cache_control_property("s-maxage", None, int)
    immutable: bool = cache_control_property("immutable", None, bool)
    must_understand: bool = cache_control_property("must-understand", None, bool)
    stale_while_revalidate: int | None = cache_control_property("stale-while-revalidate", None, int)


def parse_cache_control_header(
    value: str | None, on_update: Callable[[Any], None] | None = None, cls: Any = None
) -> Any:
    """Read a ``Cache-Control`` field, by default that of a request.

    >>> parse_cache_control_header("max-age=60", cls=ResponseCacheControl).max_age
    60
    """
    directives = parse_dict_header(value) if value else {}
    return (cls or RequestCacheControl)({key.lower(): text for key, text in directives.items()}, on_update)


def csp_property(key: str) -> Any:
    """Make a property of a directive of a content security policy."""
    return property(
        lambda self: self.get(key),
        lambda self, value: self.pop(key, None) if value is None else self.__setitem__(key, value),
        lambda self: self.pop(key, None),
        f"The directive ``{key}``.",
    )


class ContentSecurityPolicy(_Directives):
    """Tells a browser where scripts, styles and the like may come from.

    Directives are there as attributes, underscores for their dashes; assigning
    None removes one.

    >>> policy = ContentSecurityPolicy()
    >>> policy.default_src = "'self'"
    >>> str(policy)
    "default-src 'self'"
    """

    base_uri: str | None = csp_property("base-uri")
    child_src: str | None = csp_property("child-src")
    connect_src: str | None = csp_property("connect-src")
    default_src: str | None = csp_property("default-src")
    font_src: str | None = csp_property("font-src")
    form_action: str | None = csp_property("form-action")
    frame_ancestors: str | None = csp_property("frame-ancestors")
    frame_src: str | None = csp_property("frame-src")
    img_src: str | None = csp_property("img-src")
    manifest_src: str | None = csp_property("manifest-src")
    media_src: str | None = csp_property("media-src")
    navigate_to: str | None = csp_property("navigate-to")
    object_src: str | None = csp_property("object-src")
    prefetch_src: str | None = csp_property("prefetch-src")
    plugin_types: str | None = csp_property("plugin-types")
    report_to: str | None = csp_property("report-to")
    report_uri: str | None = csp_property("report-uri")
    sandbox: str | None = csp_property("sandbox")
    script_src: str | None = csp_property("script-src")
    script_src_attr: str | None = csp_property("script-src-attr")
    script_src_elem: str | None = csp_property("script-src-elem")
    style_src: str | None = csp_property("style-src")
    style_src_attr: str | None = csp_property("style-src-attr")
    style_src_elem: str | None = csp_property("style-src-elem")
    worker_src: str | None = csp_property("worker-src")

    def to_header(self) -> str:
        """Write the field."""
        return dump_csp_header(self)


def dump_csp_header(header: ContentSecurityPolicy) -> str:
    """Write a content security policy."""
    return "; ".join([f"{key} {value}" for key, value in header.items()])


def parse_csp_header(
    value: str | None, on_update: Callable[[Any], None] | None = None, cls: Any = None
) -> Any:
    """Read a ``Content-Security-Policy`` field.

    >>> parse_csp_header("img-src *; font-src 'self'").img_src
    '*'
    """
    return (cls or ContentSecurityPolicy)(parse_csp_header_pairs(value), on_update)


class UserAgent:
    """The text by which a client names itself.

    A subclass set as ``Request.user_agent_class`` may find out
    :attr:`platform`, :attr:`browser`, :attr:`version` and :attr:`language`.

    >>> str(UserAgent("curl/8.0"))
    'curl/8.0'
    """

    browser: str | None = None
    version: str | None = None
    platform: str | None = None
    language: str | None = None

    def __init__(self, string: str) -> None:
        self.string = string

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.browser}/{self.version}>"

    def __bool__(self) -> bool:
        return self.browser is not None

    def to_header(self) -> str:
        """Return the text."""
        return self.string

    def __str__(self) -> str:
        return self.to_header()


class COEP(Enum):
    """The values of ``Cross-Origin-Embedder-Policy``."""

    UNSAFE_NONE = "unsafe-none"
    REQUIRE_CORP = "require-corp"


class COOP(Enum):
    """The values of ``Cross-Origin-Opener-Policy``."""

    UNSAFE_NONE = "unsafe-none"
    SAME_ORIGIN_ALLOW_POPUPS = "same-origin-allow-popups"
    SAME_ORIGIN = "same-origin"
