"""JSON that keeps types which JSON does not have: what a session's cookie holds.

A value of such a type is written as an object of one key, its tag: `{" t": [1]}`
is a tuple. The tags are those of Flask, so that each reads the other's sessions.
Only what the tags here write is ever turned back; nothing else is made of input.
"""

from __future__ import annotations

from ..globals import _current
from ..markup import Markup
from .provider import default_types, is_one, is_plain
from .text import COMPACT, decode, make_encoder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Values of exactly these types are JSON as they are.
_SCALARS = frozenset((str, int, float, bool, type(None)))


class JSONTag:
    """How one type is written and read. Subclass it, and register it with a serializer.

    >>> class TagSet(JSONTag):
    ...     key = " s"
    ...     def check(self, value):
    ...         return isinstance(value, set)
    ...     def to_json(self, value):
    ...         return [self.serializer.tag(item) for item in sorted(value)]
    ...     def to_python(self, value):
    ...         return set(value)
    >>> serializer = TaggedJSONSerializer()
    >>> serializer.register(TagSet)
    >>> serializer.dumps({"ids": {1, 2}})
    '{"ids":{" s":[1,2]}}'

    :param serializer: the one it is registered with, for the values inside of a value.
    """

    #: The tag, by custom beginning with a blank; empty for a type that JSON has and whose insides need a look.
    key: str = ""
    __slots__ = ("serializer",)

    def __init__(self, serializer: TaggedJSONSerializer) -> None:
        self.serializer = serializer

    def check(self, value: Any) -> bool:
        """Return whether the value is of this tag's type."""
        raise NotImplementedError(f"{type(self).__name__} has to say which values are its own, in check().")

    def to_json(self, value: Any) -> Any:
        """Return a form of the value that JSON has."""
        raise NotImplementedError(f"{type(self).__name__} has to say how its values are written, in to_json().")

    def to_python(self, value: Any) -> Any:
        """Return the value that was written in that form."""
        raise NotImplementedError(f"{type(self).__name__} has to say how its values are read, in to_python().")

    def tag(self, value: Any) -> dict[str, Any]:
        """Return the value in its JSON form, under the tag."""
        return {self.key: self.to_json(value)}


class TypeTag(JSONTag):
    """A tag for the instances of one class."""

    __slots__ = ()
    kind: type = object

    def check(self, value: Any) -> bool:
        return isinstance(value, self.kind)


class TagDict(TypeTag):
    """A dict that could be taken for a tagged value: its only key is one of the tags."""

    __slots__ = ()
    key, kind = " di", dict

    def check(self, value: Any) -> bool:
        return super().check(value) and len(value) == 1 and next(iter(value)) in self.serializer.tags

    def to_json(self, value: Any) -> Any:
        [(key, inner)] = value.items()
        return {f"{key}__": self.serializer.tag(inner)}

    def to_python(self, value: Any) -> Any:
        [(key, inner)] = value.items()
        return {key[:-2]: inner}


class PassDict(TypeTag):
    """Any other dict: needs no tag, but its values may."""

    __slots__ = ()
    kind = dict

    def to_json(self, value: Any) -> Any:
        tag = self.serializer.tag
        return {key: tag(inner) for key, inner in value.items()}

    tag = to_json


class PassList(TypeTag):
    """A list: needs no tag, but its items may."""

    __slots__ = ()
    kind: type = list

    def to_json(self, value: Any) -> Any:
        return [self.serializer.tag(item) for item in value]

    tag = to_json


class TagTuple(TypeTag):
    """A tuple, as a list."""

    __slots__ = ()
    key, kind = " t", tuple
    to_json = PassList.to_json

    def to_python(self, value: Any) -> Any:
        return tuple(value)


class TagBytes(TypeTag):
    """Bytes, as base64."""

    __slots__ = ()
    key, kind = " b", bytes

    def to_json(self, value: Any) -> Any:
        from binascii import b2a_base64

        return b2a_base64(value, newline=False).decode("ascii")

    def to_python(self, value: Any) -> Any:
        from binascii import a2b_base64

        return a2b_base64(value)


class TagMarkup(JSONTag):
    """An object with `__html__`, as the text that gives; `Markup` comes back."""

    __slots__ = ()
    key = " m"

    def check(self, value: Any) -> bool:
        return callable(getattr(value, "__html__", None))

    def to_json(self, value: Any) -> Any:
        return str(value.__html__())

    def to_python(self, value: Any) -> Any:
        return Markup(value)


class TagUUID(JSONTag):
    """A UUID, as its 32 digits."""

    __slots__ = ()
    key = " u"

    def check(self, value: Any) -> bool:
        return is_one(value, "uuid", "UUID")

    def to_json(self, value: Any) -> Any:
        return value.hex

    def to_python(self, value: Any) -> Any:
        from uuid import UUID

        return UUID(value)


class TagDateTime(JSONTag):
    """A datetime, to the second, as HTTP writes it; it comes back in UTC."""

    __slots__ = ()
    key = " d"

    def check(self, value: Any) -> bool:
        return is_one(value, "datetime", "datetime")

    def to_json(self, value: Any) -> Any:
        from ..http.codec import http_date

        return http_date(value)

    def to_python(self, value: Any) -> Any:
        from ..http.codec import parse_date

        return parse_date(value)


class TaggedJSONSerializer:
    """Writes values as compact JSON, and reads them back with their types.

    Dicts, lists, tuples, bytes, `Markup`, UUIDs and datetimes are known, and
    what `register` adds.

    >>> serializer = TaggedJSONSerializer()
    >>> serializer.dumps({"pair": (1, 2)})
    '{"pair":{" t":[1,2]}}'
    >>> serializer.loads('{"pair":{" t":[1,2]}}')
    {'pair': (1, 2)}
    """

    __slots__ = ("tags", "order", "_scalars", "_marked", "_encode")

    #: The tag classes that each new serializer has, in the order in which they are asked.
    default_tags = [TagDict, PassDict, TagTuple, PassList, TagBytes, TagMarkup, TagUUID, TagDateTime]

    def __init__(self) -> None:
        self.tags: dict[str, JSONTag] = {}
        self.order: list[JSONTag] = []
        self._encode: Any = None
        for cls in self.default_tags:
            self.register(cls)

    def register(self, tag_class: type[JSONTag], force: bool = False, index: int | None = None) -> None:
        """Add a tag.

        :param force: take the place of a tag that has the same key.
        :param index: where in the order of the tags; by default last. Register a
            tag for a subclass of a known type at 0, or it is never asked.
        :raises KeyError: when the key is taken.
        """
        tag = tag_class(self)
        if tag.key:
            if tag.key in self.tags and not force:
                raise KeyError(f"The tag {tag.key!r} is taken; force=True puts another in its place.")
            self.tags[tag.key] = tag
        self.order.insert(len(self.order) if index is None else index, tag)
        self._find_shortcuts()

    def _find_shortcuts(self) -> None:
        """See what need not be asked: nothing may, once there are foreign tags or methods."""
        cls, own = type(self), TaggedJSONSerializer
        are_known = all(type(tag).__module__ == __name__ for tag in self.order)
        self._scalars: frozenset[type] = _SCALARS if are_known and cls.tag is own.tag else frozenset()
        reads_as_known = cls.untag is own.untag and cls._untag_scan is own._untag_scan
        self._marked: bool = reads_as_known and all(key[:1] == " " for key in self.tags)

    def tag(self, value: Any) -> Any:
        """Return the value in a form that JSON has, tagged where that is needed."""
        if type(value) in self._scalars:
            return value
        for tag in self.order:
            if tag.check(value):
                return tag.tag(value)
        return value

    def untag(self, value: dict[str, Any]) -> Any:
        """Return the value that a tagged one stands for, or the dict itself if it is none."""
        if len(value) != 1:
            return value
        key = next(iter(value))
        return self.tags[key].to_python(value[key]) if key in self.tags else value

    def dumps(self, value: Any) -> str:
        """Return the value as JSON text, which the application's provider writes if it has its own way.

        :raises TypeError: for a type that has no tag, and that the provider does not know.
        """
        if not (self._scalars and _is_plain(value, self.tags)):
            value = self.tag(value)
        provider = _own_provider()
        if provider is not None:
            return provider.dumps(value, separators=COMPACT)  # type: ignore[no-any-return]
        if self._encode is None:
            self._encode = make_encoder(default_types, separators=COMPACT)
        return self._encode(value)  # type: ignore[no-any-return]

    def loads(self, value: str) -> Any:
        """Return what the JSON text stands for.

        :raises ValueError: for what is not JSON. What no tag wrote may raise any exception.
        """
        provider = _own_provider()
        data = decode(value) if provider is None else provider.loads(value)
        # A tag begins with a blank; so this text holds none at all.
        return data if self._marked and '" ' not in value else self._untag_scan(data)

    def _untag_scan(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self.untag({key: self._untag_scan(inner) for key, inner in value.items()})
        if isinstance(value, list):
            return [self._untag_scan(item) for item in value]
        return value


def _own_provider() -> Any:
    """Return the JSON provider of the active application, if that does anything in a way of its own."""
    frame = _current.get()
    return None if frame is None or is_plain(frame.app.json) else frame.app.json


def _is_plain(value: Any, tags: dict[str, JSONTag]) -> bool:
    """Return whether a value is JSON as it is: most sessions are, and need no copy."""
    kind = type(value)
    if kind is dict:
        if len(value) == 1 and next(iter(value)) in tags:
            return False
        value = value.values()
    elif kind is not list:
        return kind in _SCALARS
    for item in value:
        kind = type(item)
        if kind not in _SCALARS and not ((kind is dict or kind is list) and _is_plain(item, tags)):
            return False
    return True
