"""Tagged JSON: values that JSON has no form for survive the way into a session and back.

A tagged value is an object with one key, the tag: a tuple becomes
``{" t": [...]}``. An ordinary dict that looks like one is tagged itself. Only
what was tagged here is untagged again, key by key, never by a hook that the
input could choose.
"""

from __future__ import annotations

from ..markup import Markup

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PLAIN = {str, int, bool, float, type(None)}  # what needs no tag, and holds nothing that could


class JSONTag:
    """Teach the serializer a type: subclass it, write the methods, and `register` the class.

    >>> from collections import OrderedDict
    >>> class TagOrderedDict(JSONTag):
    ...     key = " od"
    ...     def check(self, value): return isinstance(value, OrderedDict)
    ...     def to_json(self, value): return [[k, self.serializer.tag(v)] for k, v in value.items()]
    ...     def to_python(self, value): return OrderedDict(value)
    >>> serializer = TaggedJSONSerializer()
    >>> serializer.register(TagOrderedDict, index=0)
    >>> serializer.loads(serializer.dumps(OrderedDict(b=1, a=2)))
    OrderedDict([('b', 1), ('a', 2)])
    """

    #: The tag. An empty one is for a type that JSON has, and whose members may need tags.
    key = ""

    def __init__(self, serializer: TaggedJSONSerializer) -> None:
        self.serializer = serializer

    def check(self, value: Any) -> bool:
        """Return whether this tag is for the value."""
        raise NotImplementedError(f"{type(self).__name__} must define check(value)")

    def to_json(self, value: Any) -> Any:
        """Return the value as JSON has it; the tag is put around it by `tag`."""
        raise NotImplementedError(f"{type(self).__name__} must define to_json(value)")

    def to_python(self, value: Any) -> Any:
        """Return the value again that `to_json` wrote; what it holds is untagged already."""
        raise NotImplementedError(f"{type(self).__name__} must define to_python(value)")

    def tag(self, value: Any) -> dict[str, Any]:
        """Return the value with the tag around it."""
        return {self.key: self.to_json(value)}


class TagDict(JSONTag):
    """A dict with one key that is a tag: told from a tagged value by two underscores behind the key."""

    key = " di"

    def check(self, value: Any) -> bool:
        return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in self.serializer.tags

    def to_json(self, value: Any) -> Any:
        [(key, inner)] = value.items()
        return {f"{key}__": self.serializer.tag(inner)}

    def to_python(self, value: Any) -> Any:
        [(key, inner)] = value.items()
        return {key[:-2]: inner}


class PassDict(JSONTag):
    """Any other dict: its values may need tags."""

    def check(self, value: Any) -> bool:
        return isinstance(value, dict)

    def to_json(self, value: Any) -> Any:
        tag = self.serializer.tag
        return {key: inner if type(inner) in _PLAIN else tag(inner) for key, inner in value.items()}

    tag = to_json


class TagTuple(JSONTag):
    """A tuple, which JSON would give back as a list."""

    key = " t"

    def check(self, value: Any) -> bool:
        return isinstance(value, tuple)

    def to_json(self, value: Any) -> Any:
        return [self.serializer.tag(item) for item in value]

    def to_python(self, value: Any) -> Any:
        return tuple(value)


class PassList(JSONTag):
    """A list: its items may need tags."""

    def check(self, value: Any) -> bool:
        return isinstance(value, list)

    def to_json(self, value: Any) -> Any:
        return [self.serializer.tag(item) for item in value]

    tag = to_json


class TagBytes(JSONTag):
    """Bytes, in base64."""

    key = " b"

    def check(self, value: Any) -> bool:
        return isinstance(value, bytes)

    def to_json(self, value: Any) -> Any:
        from base64 import b64encode

        return b64encode(value).decode("ascii")

    def to_python(self, value: Any) -> Any:
        from base64 import b64decode

        return b64decode(value)


class TagMarkup(JSONTag):
    """What has an ``__html__`` method; it comes back as `Markup`."""

    key = " m"

    def check(self, value: Any) -> bool:
        return callable(getattr(value, "__html__", None))

    def to_json(self, value: Any) -> Any:
        return str(value.__html__())

    def to_python(self, value: Any) -> Any:
        return Markup(value)


class TagUUID(JSONTag):
    """A UUID, in hexadecimal."""

    key = " u"

    def check(self, value: Any) -> bool:
        from uuid import UUID

        return isinstance(value, UUID)

    def to_json(self, value: Any) -> Any:
        return value.hex

    def to_python(self, value: Any) -> Any:
        from uuid import UUID

        return UUID(value)


class TagDateTime(JSONTag):
    """A datetime, as HTTP writes it: in UTC, to the second."""

    key = " d"

    def check(self, value: Any) -> bool:
        from datetime import datetime

        return isinstance(value, datetime)

    def to_json(self, value: Any) -> Any:
        from ..http.codec import http_date

        return http_date(value)

    def to_python(self, value: Any) -> Any:
        from ..http.codec import parse_date

        return parse_date(value)


class TaggedJSONSerializer:
    """Write and read compact JSON that keeps dicts, tuples, bytes, Markup, UUIDs and datetimes.

    >>> serializer = TaggedJSONSerializer()
    >>> serializer.dumps({"point": (1, 2)})
    '{"point":{" t":[1,2]}}'
    >>> serializer.loads(_)
    {'point': (1, 2)}
    """

    #: The tags that every serializer knows, in the order they are tried.
    default_tags = [TagDict, PassDict, TagTuple, PassList, TagBytes, TagMarkup, TagUUID, TagDateTime]

    def __init__(self) -> None:
        self.tags: dict[str, JSONTag] = {}
        self.order: list[JSONTag] = []
        for tag_class in self.default_tags:
            self.register(tag_class)

    def register(self, tag_class: type[JSONTag], force: bool = False, index: int | None = None) -> None:
        """Add a tag.

        :param force: replace a tag of the same key, which is a KeyError otherwise.
        :param index: where in the order; a special case of a known type must come before that. None: at the end.
        """
        tag = tag_class(self)
        if tag.key:
            if not force and tag.key in self.tags:
                raise KeyError(f"The tag {tag.key!r} is taken by {type(self.tags[tag.key]).__name__};"
                               " force=True replaces it.")
            self.tags[tag.key] = tag
        self.order.insert(len(self.order) if index is None else index, tag)

    def tag(self, value: Any) -> Any:
        """Return a value in the form that JSON can take; what no tag is for stays as it is."""
        if type(value) in _PLAIN:
            return value
        for tag in self.order:
            if tag.check(value):
                return tag.tag(value)
        return value

    def untag(self, value: dict[str, Any]) -> Any:
        """Return what a dict that was read stands for: the tagged value, or itself."""
        if len(value) != 1:
            return value
        [key] = value
        return self.tags[key].to_python(value[key]) if key in self.tags else value

    def _untag_all(self, value: Any) -> Any:
        """Untag from the inside out."""
        if isinstance(value, dict):
            return self.untag({key: self._untag_all(inner) if type(inner) in (dict, list) else inner
                               for key, inner in value.items()})
        if isinstance(value, list):
            return [self._untag_all(item) for item in value]
        return value

    def dumps(self, value: Any) -> str:
        """Write a value as text."""
        from json import dumps

        return dumps(self.tag(value), separators=(",", ":"))

    def loads(self, value: str | bytes) -> Any:
        """Read a value. Raises ValueError for what is not JSON, or nested too deeply."""
        from json import loads

        try:
            return self._untag_all(loads(value))
        except RecursionError:
            raise ValueError("The JSON is nested too deeply.") from None
