"""The MultiDict that remembers in which order all its values came.

From before dicts kept the order of their keys; few programs name it, so it
has a file of its own, which is loaded when they do.
"""

from __future__ import annotations

from .structures import ImmutableMultiDictMixin, MultiDict, _dict, iter_multi_items

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, NoReturn, TypeVar

    K = TypeVar("K")
    V = TypeVar("V")
else:  # typing is slow to import; in a base class any subscript will do
    K = V = None


class OrderedMultiDict(MultiDict[K, V]):
    """A :class:`MultiDict` that remembers in which order all its values came.

    Code from before dicts were ordered uses it; a MultiDict keeps its keys in
    order, and the values of each key.

    >>> pairs = OrderedMultiDict([("a", 1), ("b", 2), ("a", 3)])
    >>> list(pairs.items(multi=True))
    [('a', 1), ('b', 2), ('a', 3)]
    """

    def __init__(self, mapping: Any = None) -> None:
        self._order: list[Any] = []  # the key of each value
        super().__init__()
        for key, value in () if mapping is None else iter_multi_items(mapping):
            OrderedMultiDict.add(self, key, value)

    def add(self, key: K, value: V) -> None:
        """Add a value behind all that are there."""
        super().add(key, value)
        self._order.append(key)

    def _forget(self, key: Any) -> None:
        self._order = [other for other in self._order if other != key]

    def setlist(self, key: K, new_list: Iterable[V]) -> None:
        """Put several values in the place of all values of the key, behind all others."""
        super().setlist(key, new_list)
        self._forget(key)
        self._order += [key] * len(_dict.__getitem__(self, key))

    def setlistdefault(self, key: K, default_list: Iterable[V] | None = None) -> NoReturn:
        """Refuse: the order of values that are put into the list could not be known."""
        raise TypeError(f"A {type(self).__name__!r} has no setlistdefault(): use getlist() and setlist().")

    def __setitem__(self, key: K, value: V) -> None:
        self.setlist(key, [value])

    def __delitem__(self, key: K) -> None:
        super().__delitem__(key)
        self._forget(key)

    def poplist(self, key: K) -> list[V]:
        """Remove a key, and return the list of its values, which may be empty."""
        self._forget(key)
        return super().poplist(key)

    def popitemlist(self) -> tuple[K, list[V]]:
        """Remove the last key, and return it with the list of its values."""
        key, values = super().popitemlist()
        self._forget(key)
        return key, values

    def clear(self) -> None:
        """Remove everything."""
        super().clear()
        self._order = []

    def items(self, multi: bool = False) -> Any:
        """Yield keys and values, with ``multi`` all of them in the order in which they came."""
        if not multi:
            return super().items()
        rest = {key: iter(values) for key, values in self.lists()}
        return ((key, next(rest[key])) for key in self._order)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (list(self.items(multi=True)),)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, OrderedMultiDict):
            return list(self.items(multi=True)) == list(other.items(multi=True))
        return super().__eq__(other)

    def __ne__(self, other: object) -> bool:  # a dict has its own
        return not self == other

    __hash__ = None


class ImmutableOrderedMultiDict(ImmutableMultiDictMixin, OrderedMultiDict[K, V]):
    """An :class:`OrderedMultiDict` that cannot be changed."""

    def copy(self) -> OrderedMultiDict[K, V]:
        """Return an :class:`OrderedMultiDict` with the same values, which can be changed."""
        return OrderedMultiDict(self)

    def __copy__(self) -> ImmutableOrderedMultiDict[K, V]:
        return self

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self.items(multi=True)))
