"""What a client would rather have: the Accept fields and the choice by them.

A field is a list of values with qualities (RFC 9110, 12.5). Each kind knows
when one of its values fits what a server can give; requests are unknown here.
"""

from __future__ import annotations

import re
from functools import lru_cache

from .codec import OWS, dump_options_header, parse_options_header, split_list, unquote_header_value
from .structures import ImmutableList

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, TypeVar

    A = TypeVar("A", bound="Accept")

MAX_ITEMS = 1000


class Accept(ImmutableList["tuple[str, float]"]):
    """The values of an Accept field with their qualities, the most specific first, then the best.

    A string as an index gives the quality of that value, a number the pair at
    that place. ``in`` tells whether a value is mentioned.

    >>> accept = Accept([("gzip", 0.5), ("br", 1), ("*", 0.1)])
    >>> accept["gzip"], accept["zstd"], accept.best_match(["zstd", "gzip"])
    (0.5, 0.1, 'gzip')
    """

    def __init__(self, values: Any = ()) -> None:
        if values is None or isinstance(values, Accept):
            super().__init__(values or ())
        else:
            super().__init__(sorted(values, key=lambda item: (self._specificity(item[0]), item[1]), reverse=True))
        self.provided = getattr(values, "provided", values is not None)

    def _specificity(self, value: str) -> tuple[bool, ...]:
        """Return something that sorts wildcards below what they stand for."""
        return (value != "*",)

    def _value_matches(self, value: str, item: str) -> bool:
        """Tell whether a value of the server fits an item of the client."""
        return item == "*" or item.lower() == value.lower()

    def __getitem__(self, key: Any) -> Any:
        """Return the quality of a value, or the pair at a position."""
        return self.quality(key) if isinstance(key, str) else super().__getitem__(key)

    def _place(self, value: str) -> int:
        return next((at for at, (item, _) in enumerate(self) if self._value_matches(value, item)), -1)

    def quality(self, key: str) -> float:
        """Return the quality of a value, 0 for one that is not accepted."""
        at = self._place(key)
        return 0 if at < 0 else list.__getitem__(self, at)[1]

    def __contains__(self, value: object) -> bool:
        return isinstance(value, str) and self._place(value) >= 0

    def index(self, key: Any, *bounds: Any) -> int:
        """Return the position of the item that a value matches, or of a pair; :exc:`ValueError` without any."""
        if not isinstance(key, str):
            return super().index(key, *bounds)
        at = self._place(key)
        if at < 0:
            raise ValueError(f"{key!r} is not among what the client accepts: {self.to_header() or 'nothing'}.")
        return at

    def find(self, key: str) -> int:
        """Return the position of the item that a value matches, -1 without any."""
        try:
            return self._place(key)
        except ValueError:
            return -1

    def values(self) -> Iterator[str]:
        """Yield the values, without their qualities."""
        for item, _ in self:
            yield item

    def to_header(self) -> str:
        """Write the field anew."""
        return ",".join([value if quality == 1 else f"{value};q={quality}" for value, quality in self])

    def __str__(self) -> str:
        return self.to_header()

    def best_match(self, matches: Iterable[str], default: str | None = None) -> str | None:
        """Choose among values that the server can give; the default if none is acceptable.

        The highest quality wins, then the value that the client named most
        precisely, then the one that the server named first.
        """
        best, best_rank = default, (0.0, ())  # type: tuple[str | None, tuple[float, tuple[bool, ...]]]
        for value in matches:
            at = self._place(value)
            if at < 0:
                continue
            item, quality = list.__getitem__(self, at)
            rank = quality, self._specificity(item)
            if quality > 0 and rank > best_rank:
                best, best_rank = value, rank
        return best

    @property
    def best(self) -> str | None:
        """The first value; None if there is none."""
        return list.__getitem__(self, 0)[0] if self else None


@lru_cache(maxsize=512)
def _split_short(value: str) -> tuple[str, str, list[str]]:
    name, *parameters = [part.strip(OWS) for part in value.lower().split(";")]
    kind, _, subtype = name.partition("/")
    return kind.strip(OWS), subtype.strip(OWS), sorted(parameters)


def _split_mimetype(value: str) -> tuple[str, str, list[str]]:
    """Split a mimetype into type, subtype and sorted parameters, in lower case."""
    # Browsers all send the same few; what is long is not worth the memory.
    return _split_short(value) if len(value) < 100 else _split_short.__wrapped__(value)


class MIMEAccept(Accept):
    """The types of content that a client accepts, with wildcards such as ``text/*``.

    >>> accept = MIMEAccept([("text/html", 1), ("*/*", 0.8)])
    >>> accept.accept_html, accept["image/png"]
    (True, 0.8)
    """

    def _specificity(self, value: str) -> tuple[bool, ...]:
        kind, subtype, parameters = _split_mimetype(value)
        return (kind != "*", subtype not in ("*", ""), *[True for _ in parameters])

    def _value_matches(self, value: str, item: str) -> bool:
        if "/" not in item:  # what a client sends may be nonsense
            return False
        kind, subtype, parameters = _split_mimetype(value)
        if "/" not in value or kind == "*" != subtype:
            raise ValueError(f"{value!r} is not a mimetype: give a type and a subtype, such as text/html.")
        item_kind, item_subtype, item_parameters = _split_mimetype(item)
        if item_kind == "*":
            return item_subtype == "*" or kind == "*"
        if kind == "*":
            return True
        return item_kind == kind and (
            "*" in (item_subtype, subtype) or (item_subtype, item_parameters) == (subtype, parameters))

    def _takes(self, *mimetypes: str) -> bool:
        return any(self._place(mimetype) >= 0 for mimetype in mimetypes)

    @property
    def accept_json(self) -> bool:
        """Whether the client accepts JSON."""
        return self._takes("application/json")

    @property
    def accept_xhtml(self) -> bool:
        """Whether the client accepts XHTML."""
        return self._takes("application/xhtml+xml", "application/xml")

    @property
    def accept_html(self) -> bool:
        """Whether the client accepts HTML, or XHTML."""
        return self._takes("text/html") or self.accept_xhtml


def _language_parts(value: str) -> list[str]:
    return value.lower().replace("_", "-").split("-")


class LanguageAccept(Accept):
    """The languages that a client's user reads; ``de_AT`` is ``de-AT``.

    >>> LanguageAccept([("de-AT", 1), ("en", 0.5)]).best_match(["fr", "de"])
    'de'
    """

    def _value_matches(self, value: str, item: str) -> bool:
        return item == "*" or _language_parts(value) == _language_parts(item)

    def best_match(self, matches: Iterable[str], default: str | None = None) -> str | None:
        """Choose among languages that the server can give; the default if none is acceptable.

        If none is as the client names it, a language that it named for a
        country stands for the language, then the language for any country of it.
        """
        matches = list(matches)
        found = super().best_match(matches)
        if found is None:
            plain = Accept([(_language_parts(item)[0], quality) for item, quality in self])
            found = plain.best_match(matches)
        if found is None:
            first = super().best_match([_language_parts(value)[0] for value in matches])
            found = next((value for value in matches if first and _language_parts(value)[0] == first), None)
        return default if found is None else found


_CHARSETS = {"latin1": "iso88591", "l1": "iso88591", "cp819": "iso88591", "usascii": "ascii", "u8": "utf8"}


class CharsetAccept(Accept):
    """The charsets that a client accepts; ``UTF8`` is ``utf-8``."""

    def _value_matches(self, value: str, item: str) -> bool:
        return item == "*" or self._normal(value) == self._normal(item)

    @staticmethod
    def _normal(name: str) -> str:
        # Not codecs.lookup: it goes and imports modules by names that a client made up.
        name = re.sub(r"[-_ .:]", "", name.lower())
        return _CHARSETS.get(name, name)


def parse_accept_header(value: str | None, cls: Any = None) -> Any:
    """Read an Accept field; an item whose quality is not a number from 0 to 1 is left out.

    :param cls: the kind of :class:`Accept` to make.

    >>> parse_accept_header("text/html;q=0.9, */*;q=0.1", MIMEAccept).to_header()
    'text/html;q=0.9,*/*;q=0.1'
    """
    if cls is None:
        cls = Accept
    if not value:
        return cls(None)
    found: list[tuple[str, float]] = []
    for part in split_list(value)[:MAX_ITEMS]:
        item, quality = _parse_item(part)
        if item and 0 <= quality <= 1:
            found.append((item, quality))
    return cls(found)


def _parse_item(part: str) -> tuple[str, float]:
    """Read one item; its quality is -1 if it is not a number."""
    if ";" not in part:
        return unquote_header_value(part), 1
    item, options = parse_options_header(part)
    if "q" not in options:
        return dump_options_header(item, options), 1
    text = options.pop("q")
    quality = float(text) if re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{1,9})?", text) else -1.0
    return dump_options_header(item, options), quality
