"""Conditions and ranges: entity tags, If-Range, Range, Content-Range, and whether a copy is still good.

The rules are those of RFC 9110, sections 13 and 14. What follows for a
response is decided where responses are made.
"""

from __future__ import annotations

import re
from sys import maxsize

from .codec import (
    OWS, generate_etag, http_date, is_byte_range_valid, parse_date, parse_number, quote_etag, unquote_etag)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from typing import Any


class ETags:
    """The entity tags of a condition; ``in`` compares strongly, without the weak ones.

    :param star_tag: this stands for whatever there is, as ``*`` does.

    >>> tags = ETags(["a"], ["b"])
    >>> "a" in tags, "b" in tags, tags.contains_weak("b")
    (True, False, True)
    """

    def __init__(self, strong_etags: Iterable[str] | None = None, weak_etags: Iterable[str] | None = None,
                 star_tag: bool = False) -> None:
        self._strong = frozenset(() if star_tag else strong_etags or ())
        self._weak = frozenset(weak_etags or ())
        self.star_tag = star_tag

    def as_set(self, include_weak: bool = False) -> set[str]:
        """Return the strong tags, with the weak ones if asked to."""
        return set(self._strong | self._weak if include_weak else self._strong)

    def is_strong(self, etag: str) -> bool:
        """Tell whether a tag is there as a strong one."""
        return etag in self._strong

    def is_weak(self, etag: str) -> bool:
        """Tell whether a tag is there as a weak one."""
        return etag in self._weak

    def contains_weak(self, etag: str) -> bool:
        """Tell whether a tag is there at all, which is the weak comparison."""
        return self.is_weak(etag) or self.contains(etag)

    def contains(self, etag: str) -> bool:
        """Tell whether a tag is there as a strong one, or ``*`` is."""
        return self.star_tag or self.is_strong(etag)

    def contains_raw(self, etag: str) -> bool:
        """Tell whether a tag is there that is written as in a header.

        >>> ETags(weak_etags=["b"]).contains_raw('W/"b"')
        True
        """
        text, weak = unquote_etag(etag)
        if text is None:
            return False
        return self.contains_weak(text) if weak else self.contains(text)

    def to_header(self) -> str:
        """Write the field."""
        if self.star_tag:
            return "*"
        return ", ".join([f'"{tag}"' for tag in self._strong] + [f'W/"{tag}"' for tag in self._weak])

    def __call__(self, etag: str | None = None, data: bytes | None = None, include_weak: bool = False) -> bool:
        """Tell whether a tag, or the one made of some data, is there."""
        if etag is None:
            if data is None:
                raise TypeError("There is nothing to look for: give an etag, or the data to make one of.")
            etag = generate_etag(data)
        return self.contains_weak(etag) if include_weak else self.contains(etag)

    def __contains__(self, etag: object) -> bool:
        return isinstance(etag, str) and self.contains(etag)

    def __iter__(self) -> Iterator[str]:
        return iter(self._strong)

    def __len__(self) -> int:
        return len(self._strong)

    def __bool__(self) -> bool:
        return bool(self.star_tag or self._strong or self._weak)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.to_header()!r}>"

    def __str__(self) -> str:
        return self.to_header()


# The quotes are forgotten by some clients, and by some the comma.
_ETAG = re.compile(r'([Ww]/)?(?:"([^"]*)"|([^ \t,"]+))')


def parse_etags(value: str | None) -> ETags:
    """Read a field of entity tags, such as ``If-None-Match``.

    >>> parse_etags('"a", W/"b"').contains_weak("b")
    True
    """
    strong: list[str] = []
    weak: list[str] = []
    for mark, quoted, bare in _ETAG.findall(value or ""):
        if bare == "*":
            return ETags(star_tag=True)
        (weak if mark else strong).append(quoted or bare)
    return ETags(strong, weak)


class IfRange:
    """The condition of a range: an entity tag without its quotes, or a date; both may be None."""

    def __init__(self, etag: str | None = None, date: datetime | None = None) -> None:
        self.etag = etag
        self.date = date

    def to_header(self) -> str:
        """Write the field."""
        if self.date is not None:
            return http_date(self.date)
        return "" if self.etag is None else quote_etag(self.etag.replace('"', ""))  # a client may send any

    def __str__(self) -> str:
        return self.to_header()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {str(self)!r}>"


def parse_if_range_header(value: str | None) -> IfRange:
    """Read an ``If-Range`` field, which is a date or else an entity tag.

    >>> parse_if_range_header('"abc"').etag
    'abc'
    """
    date = parse_date(value)
    return IfRange(unquote_etag(value)[0]) if date is None else IfRange(date=date)


MAX_RANGES = 100
# `bytes=-0` asks for the last none: no content has that range, as it has none from here on.
_NOWHERE = maxsize


class Range:
    """The ranges that a client wants of a content.

    :param ranges: pairs of start and stop, which is exclusive; without a stop
        to the end, and a negative start counts from there.
    :raises ValueError: for a range that is none.

    >>> wanted = Range("bytes", [(0, 500)])
    >>> wanted.range_for_length(200), wanted.to_content_range_header(200)
    ((0, 200), 'bytes 0-199/200')
    """

    def __init__(self, units: str, ranges: list[tuple[int, int | None]]) -> None:
        self.units = units
        self.ranges = ranges
        for start, stop in ranges:
            if start is None or (stop is not None and not 0 <= start < stop):
                raise ValueError(
                    f"{(start, stop)} is not a range: give a start before the stop, or a negative start alone.")

    def range_for_length(self, length: int | None) -> tuple[int, int] | None:
        """Return start and stop in a content of a length; None if there is not exactly one range in it."""
        if self.units != "bytes" or length is None or len(self.ranges) != 1:
            return None
        start, stop = self.ranges[0]
        if start < 0:
            start = max(0, start + length)
        stop = length if stop is None else min(stop, length)
        return (start, stop) if is_byte_range_valid(start, stop, length) else None

    def make_content_range(self, length: int | None) -> ContentRange | None:
        """Return the :class:`ContentRange` of the answer, if there is one range in the content."""
        found = self.range_for_length(length)
        return None if found is None else ContentRange(self.units, found[0], found[1], length)

    def to_content_range_header(self, length: int | None) -> str | None:
        """Return the ``Content-Range`` of the answer as text, if there is one range in the content."""
        found = self.make_content_range(length)
        return None if found is None else found.to_header()

    def to_header(self) -> str:
        """Write the field."""
        parts = [f"{start}-{stop - 1}" if stop is not None else f"{start}-" if start >= 0 else str(start)
                 for start, stop in self.ranges]
        return f"{self.units}={','.join(parts)}"

    def __str__(self) -> str:
        return self.to_header()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {str(self)!r}>"


def parse_range_header(value: str | None, make_inclusive: bool = True) -> Range | None:
    """Read a ``Range`` field; None if it is malformed, and so to be ignored (RFC 9110, 14.2).

    :param make_inclusive: the field has the last position of each range;
        without this, it is taken for the position behind it.

    >>> parse_range_header("bytes=0-499,-5").ranges
    [(0, 500), (-5, None)]
    """
    units, equals, rest = (value or "").partition("=")
    parts = rest.split(",", MAX_RANGES)
    if not equals or len(parts) > MAX_RANGES:
        return None
    ranges: list[tuple[int, int | None]] = []
    position: int | None = 0
    for part in parts:
        found = None if position is None else _parse_one_range(part.strip(OWS), make_inclusive)
        if found is None or (found[0] >= 0 and found[0] < (position or 0)):
            return None
        ranges.append(found)
        position = found[1]  # nothing may follow a range to the end
    return Range(units.strip(OWS).lower(), ranges)


def _parse_one_range(part: str, make_inclusive: bool) -> tuple[int, int | None] | None:
    first, dash, last = part.partition("-")
    begin, end = parse_number(first), parse_number(last)
    if not dash or (first and begin is None) or (last and end is None):
        return None
    if begin is None:
        return None if end is None else (-end if end else _NOWHERE, None)
    if end is None:
        return begin, None
    end += make_inclusive
    return (begin, end) if begin < end else None


class _Watched:
    """An attribute that tells its object when it is set."""

    def __init__(self, doc: str) -> None:
        self.__doc__ = doc

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = f"_{name}"

    def __get__(self, obj: Any, owner: type | None = None) -> Any:
        return self if obj is None else getattr(obj, self.name)

    def __set__(self, obj: Any, value: Any) -> None:
        setattr(obj, self.name, value)
        if obj.on_update is not None:
            obj.on_update(obj)


class ContentRange:
    """Which part of a content is in an answer; false when unset.

    :param on_update: called with the object after each change.

    >>> str(ContentRange("bytes", 0, 100, 500))
    'bytes 0-99/500'
    """

    units = _Watched("What is counted, usually ``bytes``; None if the field is not there.")
    start = _Watched("The first position; None if the range was not in the content.")
    stop = _Watched("The position behind the last.")
    length = _Watched("The length of the whole; None if it is not known.")

    def __init__(self, units: str | None, start: int | None, stop: int | None, length: int | None = None,
                 on_update: Callable[[ContentRange], None] | None = None) -> None:
        self.on_update = None
        self._set(units, start, stop, length)
        self.on_update = on_update

    def _set(self, units: str | None, start: int | None, stop: int | None, length: int | None) -> None:
        if not is_byte_range_valid(start, stop, length):
            raise ValueError(f"There is no range from {start} to {stop} in a length of {length}.")
        self._units, self._start, self._stop, self._length = units, start, stop, length
        if self.on_update is not None:
            self.on_update(self)

    def set(self, start: int | None, stop: int | None, length: int | None = None, units: str | None = "bytes") -> None:
        """Set everything at once; :exc:`ValueError` for a range that is not in the length."""
        self._set(units, start, stop, length)

    def unset(self) -> None:
        """Take the field away."""
        self._set(None, None, None, None)

    def to_header(self) -> str:
        """Write the field; empty if it is unset."""
        if self.units is None:
            return ""
        length = "*" if self.length is None else self.length
        return f"{self.units} {'*' if self.start is None else f'{self.start}-{self.stop - 1}'}/{length}"

    def __bool__(self) -> bool:
        return self.units is not None

    def __str__(self) -> str:
        return self.to_header()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {str(self)!r}>"


def parse_content_range_header(
    value: str | None, on_update: Callable[[ContentRange], None] | None = None
) -> ContentRange | None:
    """Read a ``Content-Range`` field; None if there is none, or if it makes no sense.

    >>> parse_content_range_header("bytes 0-98/*").stop
    99
    """
    units, _, rest = (value or "").strip(OWS).partition(" ")
    span, slash, total = rest.strip(OWS).partition("/")
    length = parse_number(total)
    if not slash or (length is None and total.strip(OWS) != "*"):
        return None
    start = stop = None
    if span.strip(OWS) != "*":
        found = _parse_one_range(span.strip(OWS), True)
        if found is None or found[1] is None:
            return None
        start, stop = found
    if not is_byte_range_valid(start, stop, length):
        return None
    return ContentRange(units, start, stop, length, on_update)


def is_resource_modified(environ: dict[str, Any], etag: str | None = None, data: bytes | None = None,
                         last_modified: datetime | str | None = None, ignore_if_range: bool = True) -> bool:
    """Tell whether the conditions of a request call for a full answer.

    A False means the client's copy is good, or, for ``If-Match``, that it has
    another than it thinks (RFC 9110, 13.2.2).

    :param etag: of what there is now; or else the ``data`` to make one of.
    :param last_modified: when it changed, a datetime or the text of a header.
    :param ignore_if_range: leave a condition on a range out of account.
    :raises TypeError: if both an etag and data are given.

    >>> is_resource_modified({"HTTP_IF_NONE_MATCH": '"a"'}, etag="a")
    False
    """
    if data is not None:
        if etag is not None:
            raise TypeError("Give the etag or the data, not both: the etag is made of the data.")
        etag = generate_etag(data)
    if_range = None
    if not ignore_if_range and environ.get("HTTP_RANGE") is not None:
        if_range = parse_if_range_header(environ.get("HTTP_IF_RANGE"))
    since = if_range.date if if_range and if_range.date else parse_date(environ.get("HTTP_IF_MODIFIED_SINCE"))
    unmodified = bool(since and last_modified and _not_after(last_modified, since))
    if etag:
        tag = unquote_etag(etag)[0] or ""
        unmodified = _tag_verdict(environ, tag, if_range.etag if if_range else None, unmodified)
    return not unmodified


def _not_after(last_modified: datetime | str, since: datetime) -> bool:
    # Headers know no fractions of a second, and datetimes without a zone are UTC.
    changed = parse_date(last_modified if isinstance(last_modified, str) else http_date(last_modified))
    return changed is not None and changed <= since


def _tag_verdict(environ: dict[str, Any], tag: str, if_range_tag: str | None, unmodified: bool) -> bool:
    """Tell by the tags whether there is no need to answer in full; they go before dates."""
    if if_range_tag:
        return ETags([if_range_tag]).contains(tag)
    none_match = parse_etags(environ.get("HTTP_IF_NONE_MATCH"))
    if none_match:
        unmodified = none_match.contains_weak(tag)
    match = parse_etags(environ.get("HTTP_IF_MATCH"))
    return not match.contains(tag) if match else unmodified
