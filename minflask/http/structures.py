"""The containers of web data: several values for a key, and what must not change.

A form field can come twice, so its dictionary keeps a list for each key and
shows the first. What a request was sent is immutable. Nothing here knows of
headers or requests; only the error for a missing key is one of HTTP.
"""

from __future__ import annotations

from .exceptions import BadRequestKeyError
from .utils import _missing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, NoReturn, TypeVar

    K = TypeVar("K")
    V = TypeVar("V")
else:  # typing is slow to import; in a base class any subscript will do
    K = V = None


def iter_multi_items(mapping: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the pairs of whatever holds several values for a key, one by one.

    Takes a :class:`MultiDict`, a dict whose values may be lists, tuples or
    sets, or pairs.

    >>> list(iter_multi_items({"a": ["b", "c"], "d": "e"}))
    [('a', 'b'), ('a', 'c'), ('d', 'e')]
    """
    if isinstance(mapping, MultiDict):
        yield from mapping.items(multi=True)
    elif hasattr(mapping, "keys"):
        for key in mapping.keys():
            value = mapping[key]
            if isinstance(value, (list, tuple, set)):
                for item in value:
                    yield key, item
            else:
                yield key, value
    else:
        yield from mapping


def native_itermethods(names: Iterable[str]) -> Callable[[type], type]:
    """Return a decorator that gives the class as it is, for code from the days of Python 2."""
    return lambda cls: cls


def _refuse(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
    """Refuse: this object does not change. Make a copy, which can be changed."""
    raise TypeError(f"A {type(self).__name__!r} is immutable: change what its copy() gives.")


# For assignments in a class body that replace methods of other signatures.
_immutable: Any = _refuse
# The dict below a MultiDict: it holds lists where its type speaks of values.
_dict: Any = dict


class ImmutableListMixin:
    """Makes a list refuse what would change it."""

    __delitem__ = __setitem__ = __iadd__ = __imul__ = _immutable
    append = remove = extend = insert = pop = reverse = sort = clear = _immutable

    def __hash__(self) -> int:
        return hash(tuple(self))  # type: ignore[arg-type]

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (list(self),)  # type: ignore[call-overload]


class ImmutableList(ImmutableListMixin, list[V]):  # type: ignore[misc]
    """A list that cannot be changed; it can be a key if its items can.

    >>> ImmutableList([1, 2])
    ImmutableList([1, 2])
    """

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list.__repr__(self)})"


class ImmutableDictMixin:
    """Makes a dict refuse what would change it, and lets it be hashed."""

    __setitem__ = __delitem__ = __ior__ = _immutable
    setdefault = update = pop = popitem = clear = _immutable

    @classmethod
    def fromkeys(cls, keys: Iterable[Any], value: Any = None) -> Any:
        """Make one that has the same value for each of the keys."""
        return cls((key, value) for key in keys)  # type: ignore[call-arg]

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (dict(self),)  # type: ignore[call-overload]

    def _hashed_items(self) -> Iterable[Any]:
        return self.items()  # type: ignore[attr-defined, no-any-return]

    def __hash__(self) -> int:
        return hash(frozenset(self._hashed_items()))


class ImmutableDict(ImmutableDictMixin, dict[K, V]):  # type: ignore[misc]
    """A dict that cannot be changed; it can be a key if its values can.

    >>> settings = ImmutableDict(debug=True)
    >>> settings["debug"] = False
    Traceback (most recent call last):
    ...
    TypeError: A 'ImmutableDict' is immutable: change what its copy() gives.
    """

    def __repr__(self) -> str:
        return f"{type(self).__name__}({dict.__repr__(self)})"

    def copy(self) -> dict[K, V]:
        """Return a plain dict with the same items, which can be changed."""
        return dict(self)

    def __copy__(self) -> ImmutableDict[K, V]:
        return self


class TypeConversionDict(dict[K, V]):
    """A dict whose :meth:`get` can turn the value into a type."""

    def get(self, key: K, default: Any = None, type: Callable[[V], Any] | None = None) -> Any:
        """Return the value of a key, as a type if one is given.

        :param default: given when the key is missing, or when the type raises
            :exc:`ValueError` or :exc:`TypeError` for its value.
        :param type: called with the value, such as :class:`int`.

        >>> TypeConversionDict(page="2", size="many").get("size", 10, type=int)
        10
        """
        try:
            value = self[key]
        except KeyError:
            return default
        if type is None:
            return value
        try:
            return type(value)
        except (ValueError, TypeError):
            return default


class ImmutableTypeConversionDict(ImmutableDictMixin, TypeConversionDict[K, V]):  # type: ignore[misc]
    """A :class:`TypeConversionDict` that cannot be changed."""

    def copy(self) -> TypeConversionDict[K, V]:
        """Return a :class:`TypeConversionDict` with the same items, which can be changed."""
        return TypeConversionDict(self)

    def __copy__(self) -> ImmutableTypeConversionDict[K, V]:
        return self


class MultiDict(TypeConversionDict[K, V]):
    """A dict that keeps several values for a key, and shows the first of them.

    It is what query strings and forms are read into. :meth:`getlist` gives all
    values of a key. A missing key raises an error that is a 400 Bad Request,
    and a :exc:`KeyError`.

    :param mapping: another MultiDict, a dict whose values may be lists, or pairs.

    >>> form = MultiDict([("tag", "new"), ("tag", "red")])
    >>> form["tag"], form.getlist("tag")
    ('new', ['new', 'red'])
    """

    def __init__(self, mapping: Any = None) -> None:
        if mapping is None:
            return
        if mapping.__class__ is list:
            # A form: its names nearly always differ, and then need not be looked up one by one.
            lists = {key: [value] for key, value in mapping}
            if len(lists) == len(mapping):
                _dict.__init__(self, lists)
                return
        lists = {}
        if isinstance(mapping, MultiDict):
            lists = dict(mapping.lists())
        else:
            for key, value in iter_multi_items(mapping) if hasattr(mapping, "keys") else mapping:
                if key in lists:
                    lists[key].append(value)
                else:
                    lists[key] = [value]
        _dict.__init__(self, lists)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (), (dict(self.lists()), vars(self))

    def __setstate__(self, state: Any) -> None:
        lists, attributes = state
        for key, values in lists.items():
            self.setlist(key, values)
        vars(self).update(attributes)

    def __iter__(self) -> Iterator[K]:
        # With this here, dict(self) and {**self} take the first values, not the lists.
        return super().__iter__()

    def __getitem__(self, key: K) -> V:
        """Return the first value of a key; without one, raise :exc:`~.exceptions.BadRequestKeyError`."""
        values: list[V] = _dict.get(self, key)
        if values:
            return values[0]
        raise BadRequestKeyError(key)

    def __setitem__(self, key: K, value: V) -> None:
        """Put one value in the place of all values of the key."""
        _dict.__setitem__(self, key, [value])

    def add(self, key: K, value: V) -> None:
        """Add a value to those of the key."""
        _dict.setdefault(self, key, []).append(value)

    def get(self, key: K, default: Any = None, type: Callable[[V], Any] | None = None) -> Any:
        """Return the first value of a key, as a type if one is given; else the default."""
        # An error costs five times a test, and many keys are asked for in vain.
        if self.__class__.__getitem__ is not MultiDict.__getitem__:
            return super().get(key, default, type)
        values: Any = _dict.get(self, key)
        if not values:
            return default
        if type is None:
            return values[0]
        try:
            return type(values[0])
        except (ValueError, TypeError):
            return default

    def getlist(self, key: K, type: Callable[[V], Any] | None = None) -> list[Any]:
        """Return all values of a key, as a type if one is given; an empty list without any.

        A value for which the type raises :exc:`ValueError` or
        :exc:`TypeError` is left out.

        >>> MultiDict([("n", "1"), ("n", "x")]).getlist("n", type=int)
        [1]
        """
        values: list[V] | None = _dict.get(self, key)
        if values is None:
            return []
        return list(values) if type is None else _converted(values, type)

    def setlist(self, key: K, new_list: Iterable[V]) -> None:
        """Put several values in the place of all values of the key."""
        _dict.__setitem__(self, key, list(new_list))

    def setdefault(self, key: K, default: Any = None) -> Any:
        """Return the first value of a key, which gets the default if it has none."""
        if key not in self:
            self[key] = default
        return self[key]

    def setlistdefault(self, key: K, default_list: Iterable[V] | None = None) -> list[V]:
        """Return the list of a key itself, which is made of the defaults if there is none."""
        if key not in self:
            self.setlist(key, default_list or ())
        values: list[V] = _dict.__getitem__(self, key)
        return values

    def items(self, multi: bool = False) -> Any:
        """Yield each key with its first value; with ``multi``, each key and value there is."""
        for key, values in _dict.items(self):
            if multi:
                for value in values:
                    yield key, value
            elif values:
                yield key, values[0]

    def lists(self) -> Iterator[tuple[K, list[V]]]:
        """Yield each key with a list of all its values."""
        for key, values in _dict.items(self):
            yield key, list(values)

    def values(self) -> Any:
        """Yield the first value of each key."""
        for _, value in self.items():
            yield value

    def listvalues(self) -> Iterator[list[V]]:
        """Yield a list of all values for each key, in the order of the keys."""
        return iter([values for _, values in self.lists()])

    def copy(self) -> Any:
        """Return another with the same values, in new lists."""
        return self.__class__(self)

    __copy__ = copy

    def deepcopy(self, memo: Any = None) -> Any:
        """Return another with copies of the values."""
        from copy import deepcopy

        return self.__class__(deepcopy(list(self.items(multi=True)), memo))

    __deepcopy__ = deepcopy

    def to_dict(self, flat: bool = True) -> dict[K, Any]:
        """Return a plain dict, of the first values if it is to be flat, else of lists.

        >>> MultiDict([("a", 1), ("a", 2)]).to_dict(flat=False)
        {'a': [1, 2]}
        """
        return dict(self.items()) if flat else dict(self.lists())

    def update(self, mapping: Any = (), **more: Any) -> None:
        """Add all values of another mapping, or of pairs, to those that are there."""
        for source in (mapping, more):
            for key, value in iter_multi_items(source):
                self.add(key, value)

    def __eq__(self, other: object) -> bool:
        lists: Any = dict(other.lists()) if isinstance(other, MultiDict) else other  # not all hold lists themselves
        return _dict.__eq__(self, lists)  # type: ignore[no-any-return]

    def __ne__(self, other: object) -> bool:  # a dict has its own
        return not self == other

    __hash__ = None  # type: ignore[assignment]

    def __or__(self, other: Any) -> Any:
        if not hasattr(other, "keys"):
            return NotImplemented
        joined = self.copy()
        joined.update(other)
        return joined

    def __ior__(self, other: Any) -> Any:
        if not hasattr(other, "keys") and not hasattr(other, "__iter__"):
            return NotImplemented
        self.update(other)
        return self

    def pop(self, key: K, default: Any = _missing) -> Any:
        """Remove a key with all its values, and return the first of them."""
        values = self.poplist(key)
        if values:
            return values[0]
        if default is not _missing:
            return default
        raise BadRequestKeyError(key)

    def popitem(self) -> Any:
        """Remove some key with all its values, and return it with the first of them."""
        key, values = self.popitemlist()
        if not values:
            raise BadRequestKeyError(key)
        return key, values[0]

    def poplist(self, key: K) -> list[V]:
        """Remove a key, and return the list of its values, which may be empty."""
        values: list[V] = _dict.pop(self, key, [])
        return values

    def popitemlist(self) -> tuple[K, list[V]]:
        """Remove some key, and return it with the list of its values."""
        try:
            item: tuple[K, list[V]] = _dict.popitem(self)
        except KeyError as error:
            raise BadRequestKeyError(*error.args) from None
        return item

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self.items(multi=True))!r})"


def _converted(values: Iterable[Any], type: Callable[[Any], Any]) -> list[Any]:
    """Turn each value into a type, except those that it refuses."""
    made = []
    for value in values:
        try:
            made.append(type(value))
        except (ValueError, TypeError):
            continue
    return made


class ImmutableMultiDictMixin(ImmutableDictMixin):
    """Makes a :class:`MultiDict` refuse what would change it, and lets it be hashed."""

    add = setlist = setlistdefault = poplist = popitemlist = _immutable

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (list(self._hashed_items()),)

    def _hashed_items(self) -> Iterable[Any]:
        return self.items(multi=True)  # type: ignore[attr-defined, no-any-return]


class ImmutableMultiDict(ImmutableMultiDictMixin, MultiDict[K, V]):  # type: ignore[misc]
    """A :class:`MultiDict` that cannot be changed, as those of a request are.

    >>> args = ImmutableMultiDict([("page", "2")])
    >>> args.get("page", type=int)
    2
    """

    def copy(self) -> MultiDict[K, V]:
        """Return a :class:`MultiDict` with the same values, which can be changed."""
        return MultiDict(self)

    def __copy__(self) -> ImmutableMultiDict[K, V]:
        return self


class CombinedMultiDict(ImmutableMultiDictMixin, MultiDict[K, V]):
    """Several MultiDicts seen as one, without a copy: ``request.values`` is one.

    The first that has a key gives its value; :meth:`getlist` gives those of all.

    >>> both = CombinedMultiDict([MultiDict([("a", 1)]), MultiDict([("a", 2), ("b", 3)])])
    >>> both["a"], both.getlist("a"), both["b"]
    (1, [1, 2], 3)
    """

    def __init__(self, dicts: Iterable[MultiDict[K, V]] | None = None) -> None:
        super().__init__()
        self.dicts: list[MultiDict[K, V]] = list(dicts or ())

    @classmethod
    def fromkeys(cls, keys: Iterable[Any], value: Any = None) -> NoReturn:
        """Refuse: there would be no MultiDict to look into."""
        raise TypeError(f"A {cls.__name__!r} combines other MultiDicts: it is not made from keys.")

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (self.dicts,)

    def __getitem__(self, key: K) -> V:
        for one in self.dicts:
            if key in one:
                return one[key]
        raise BadRequestKeyError(key)

    def get(self, key: K, default: Any = None, type: Callable[[V], Any] | None = None) -> Any:
        """Return the first value of a key for which the type works, in whichever dict."""
        for one in self.dicts:
            if key in one:
                value = one.get(key, _missing, type)
                if value is not _missing:
                    return value
        return default

    def getlist(self, key: K, type: Callable[[V], Any] | None = None) -> list[Any]:
        """Return the values of a key in all dicts, as a type if one is given."""
        return [value for one in self.dicts for value in one.getlist(key, type)]

    def keys(self) -> Any:
        """Return the keys of all dicts, each once."""
        return dict.fromkeys(key for one in self.dicts for key in one).keys()

    def __iter__(self) -> Iterator[K]:
        return iter(self.keys())

    def items(self, multi: bool = False) -> Any:
        """Yield each key with its first value; with ``multi``, each key and value there is."""
        seen = set()
        for one in self.dicts:
            for key, value in one.items(multi):
                if multi or key not in seen:
                    seen.add(key)
                    yield key, value

    def lists(self) -> Iterator[tuple[K, list[V]]]:
        """Yield each key with a list of its values in all dicts."""
        for key in self.keys():
            yield key, self.getlist(key)

    def copy(self) -> MultiDict[K, V]:
        """Return a :class:`MultiDict` with the same values, which can be changed."""
        return MultiDict(self)

    __copy__ = copy

    def deepcopy(self, memo: Any = None) -> Any:
        """Return a :class:`MultiDict` with copies of the values."""
        return self.copy().deepcopy(memo)

    __deepcopy__ = deepcopy

    def __len__(self) -> int:
        return len(self.keys())

    def __contains__(self, key: object) -> bool:
        return any(key in one for one in self.dicts)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, MultiDict):
            return dict(self.lists()) == dict(other.lists())
        return NotImplemented

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = ImmutableMultiDictMixin.__hash__  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.dicts!r})"


class UpdateDictMixin(dict[K, V]):
    """Makes a dict call ``on_update`` with itself after each change."""

    on_update: Callable[[Any], None] | None = None

    def _changed(self) -> None:
        if self.on_update is not None:
            self.on_update(self)

    def setdefault(self, key: K, default: Any = None) -> Any:
        """As that of a dict."""
        is_new = key not in self
        value = super().setdefault(key, default)
        if is_new:
            self._changed()
        return value

    def pop(self, key: K, default: Any = _missing) -> Any:
        """As that of a dict."""
        was_there = key in self
        value = super().pop(key) if default is _missing else super().pop(key, default)
        if was_there:
            self._changed()
        return value

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self._changed()

    def __delitem__(self, key: K) -> None:
        super().__delitem__(key)
        self._changed()

    def clear(self) -> None:
        """As that of a dict."""
        super().clear()
        self._changed()

    def popitem(self) -> tuple[K, V]:
        """As that of a dict."""
        item = super().popitem()
        self._changed()
        return item

    def update(self, arg: Any = (), /, **kwargs: Any) -> None:
        """As that of a dict."""
        super().update(arg or (), **kwargs)
        self._changed()

    def __ior__(self, other: Any) -> Any:  # type: ignore[misc]
        self.update(other)
        return self


class CallbackDict(UpdateDictMixin[K, V]):
    """A dict that calls a function with itself after each change.

    Sessions and header fields notice by it that they are to be saved.

    >>> settings = CallbackDict(on_update=print)
    >>> settings["a"] = 1
    <CallbackDict {'a': 1}>
    """

    def __init__(self, initial: Any = None, on_update: Callable[[Any], None] | None = None) -> None:
        super().__init__(() if initial is None else initial)
        self.on_update = on_update

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {dict.__repr__(self)}>"
