"""Header fields in their order: those to send, and those of a WSGI environ.

Whatever is put into a `Headers` goes through `clean_name` and `clean_value`,
so that no name, value or parameter can smuggle in another line. That is the
one place for this rule; requests and responses are unknown here.
"""

from __future__ import annotations


from .codec import dump_options_header, is_token
from .exceptions import BadRequestKeyError
from .structures import MultiDict, _converted, _immutable, iter_multi_items
from .urls import compiled
from .utils import _missing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

_CONTROL = r"[\x00-\x08\x0a-\x1f\x7f]"
# Names that passed once. Programs use few of them; the limit is for one that makes up more.
_clean_names: set[str] = set()


def clean_name(name: Any) -> str:
    """Return the name of a header, if it can be one.

    :raises ValueError: if it is not a token (RFC 9110, 5.1): empty, or with a
        space, a colon, a line end or a character that is not ASCII.

    >>> clean_name("X-Page")
    'X-Page'
    """
    if name.__class__ is not str:
        name = name.decode("latin-1") if isinstance(name, bytes) else str(name)
    if name not in _clean_names:
        if not is_token(name):
            raise ValueError(f"{name!r} cannot be the name of a header: use ASCII letters, digits and dashes.")
        if len(_clean_names) < 1000:
            _clean_names.add(name)
    return name  # type: ignore[no-any-return]


def clean_value(value: Any) -> str:
    """Return the value of a header as text, if it can be sent.

    :raises ValueError: if there is a line end, a NUL or another control
        character in it (RFC 9110, 5.5), with which it could be more than
        one header.

    >>> clean_value(5)
    '5'
    """
    if value.__class__ is not str:
        value = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    if not value.isprintable() and compiled(_CONTROL).search(value):
        raise ValueError(
            f"The value {value!r} cannot be sent in a header, it holds a line end or another control character:"
            " take these out, or encode the value.")
    return value  # type: ignore[no-any-return]


def _with_options(value: Any, options: dict[str, Any]) -> Any:
    """Write keyword arguments as the options of a value, dashes for their underscores."""
    if not options:
        return value
    return dump_options_header(clean_value(value), {key.replace("_", "-"): text for key, text in options.items()})


class Headers:
    """The headers of a message, in order; a name may come several times, in any case.

    It is like a dict of the first values and like a list of ``(name, value)``.
    Keyword arguments of :meth:`add` and :meth:`set` become options of the value.

    :param defaults: a dict, pairs or other headers to begin with.

    >>> headers = Headers([("Content-Type", "text/html")])
    >>> headers.add("Content-Disposition", "attachment", filename="a b.txt")
    >>> print(headers["content-disposition"])
    attachment; filename="a b.txt"
    """

    def __init__(self, defaults: Any = None) -> None:
        self._list: list[tuple[str, str]] = []
        if defaults is not None:
            self.extend(defaults)

    @classmethod
    def keeping(cls, pairs: list[tuple[str, str]]) -> Headers:
        """Make headers around a list, which is kept, not copied; its pairs must be clean already.

        For code that has made names and values itself and cannot wait.
        """
        headers = cls.__new__(cls)
        headers._list = pairs
        return headers

    def _find(self, key: str) -> str | None:
        """Return the first value of a name, or None: making an exception costs more than the search."""
        wanted = key.lower()
        for name, value in self._list:
            if name == key or name.lower() == wanted:
                return value
        return None

    def _get_key(self, key: str) -> str:
        """Return the first value of a name, or raise :exc:`KeyError`."""
        value = self._find(key)
        if value is None:
            raise BadRequestKeyError(key)
        return value

    def __getitem__(self, key: Any) -> Any:
        """Return the first value of a name; the pair at a position; some pairs as headers."""
        if key.__class__ is str or isinstance(key, str):
            return self._get_key(key)
        if isinstance(key, int):
            return self._list[key]
        if isinstance(key, slice):
            return self.__class__(self._list[key])
        raise BadRequestKeyError(key)

    def get(self, key: str, default: Any = None, type: Callable[[str], Any] | None = None) -> Any:
        """Return the first value of a name, as a type if one is given.

        The default is given when there is none, or when the type raises
        :exc:`ValueError` or :exc:`TypeError`.

        >>> Headers([("Content-Length", "42")]).get("content-length", type=int)
        42
        """
        value = self._find(key)
        if value is None:
            return default
        if type is None:
            return value
        try:
            return type(value)
        except (ValueError, TypeError):
            return default

    def getlist(self, key: str, type: Callable[[str], Any] | None = None) -> list[Any]:
        """Return all values of a name, as a type if one is given; those it refuses are left out."""
        wanted = key.lower()
        values = [value for name, value in self if name.lower() == wanted]
        return values if type is None else _converted(values, type)

    def get_all(self, name: str) -> list[str]:
        """Return all values of a name, as :mod:`wsgiref.headers` calls it."""
        return self.getlist(name)

    def items(self, lower: bool = False) -> Iterator[tuple[str, str]]:
        """Yield the pairs, with names in lower case if asked to."""
        for name, value in self:
            yield name.lower() if lower else name, value

    def keys(self, lower: bool = False) -> Iterator[str]:
        """Yield the names, as often as they are there."""
        for name, _ in self.items(lower):
            yield name

    def values(self) -> Iterator[str]:
        """Yield the values."""
        for _, value in self:
            yield value

    def extend(self, arg: Any = None, /, **kwargs: Any) -> None:
        """Add all pairs of a dict, of pairs or of other headers to those that are there."""
        if arg is not None:
            pairs = iter_multi_items(arg) if hasattr(arg, "keys") and not isinstance(arg, Headers) else arg
            if self.__class__.add is Headers.add:  # the common case, with a call less for each pair
                self._list += [(clean_name(name), clean_value(value)) for name, value in pairs]
            else:
                for name, value in pairs:
                    self.add(name, value)
        for name, value in iter_multi_items(kwargs):
            self.add(name, value)

    def update(self, arg: Any = None, /, **kwargs: Any) -> None:
        """Replace the values of each name that is in a dict, pairs or other headers."""
        if isinstance(arg, (Headers, MultiDict)):
            arg = {name: arg.getlist(name) for name in arg.keys()}
        sources: tuple[Any, ...] = arg, kwargs
        for source in sources:
            pairs = source.items() if hasattr(source, "items") else source or ()
            for name, value in pairs:
                if isinstance(value, (list, tuple, set)):
                    self.setlist(name, value)
                else:
                    self.set(name, value)

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

    def add(self, key: str, value: Any, /, **kwargs: Any) -> None:
        """Add a header behind the others.

        :raises ValueError: as :func:`clean_name` and :func:`clean_value` do.
        """
        if kwargs:
            value = _with_options(value, kwargs)
        self._list.append((clean_name(key), clean_value(value)))

    def add_header(self, key: str, value: Any, /, **kwargs: Any) -> None:
        """Add a header, as :mod:`wsgiref.headers` calls it."""
        self.add(key, value, **kwargs)

    def set(self, key: str, value: Any, /, **kwargs: Any) -> None:
        """Put a header in the place of the first one of its name; others of the name go.

        :raises ValueError: as :func:`clean_name` and :func:`clean_value` do.
        """
        if kwargs:
            value = _with_options(value, kwargs)
        pair = clean_name(key), clean_value(value)
        wanted = key.lower() if key.__class__ is str else pair[0].lower()
        for at, (name, _) in enumerate(self._list):
            if name.lower() == wanted:
                self._list[at] = pair
                self._list[at + 1:] = [other for other in self._list[at + 1:] if other[0].lower() != wanted]
                return
        self._list.append(pair)

    def setlist(self, key: str, values: Iterable[Any]) -> None:
        """Put headers in the place of those of a name; without values, remove them."""
        first = True
        for value in values:
            if first:
                self.set(key, value)
            else:
                self.add(key, value)
            first = False
        if first:
            self.remove(key)

    def setdefault(self, key: str, default: Any) -> Any:
        """Return the first value of a name, which is set to the default if there is none."""
        if key not in self:
            self.set(key, default)
        return self[key]

    def setlistdefault(self, key: str, default: Iterable[Any]) -> list[str]:
        """Return all values of a name, which are set to the defaults if there are none."""
        if key not in self:
            self.setlist(key, default)
        return self.getlist(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        """As :meth:`set`; at a position a pair, for a slice several pairs."""
        if isinstance(key, int):
            name, text = value
            self._list[key] = clean_name(name), clean_value(text)
        elif isinstance(key, slice):
            self._list[key] = [(clean_name(name), clean_value(text)) for name, text in value]
        else:
            self.set(key, value)

    def __delitem__(self, key: Any) -> None:
        """Remove all headers of a name, or those at a position or in a slice."""
        if isinstance(key, (int, slice)):
            del self._list[key]
        else:
            wanted = key.lower()
            self._list = [pair for pair in self._list if pair[0].lower() != wanted]

    def remove(self, key: str) -> None:
        """Remove all headers of a name."""
        del self[key]

    def pop(self, key: Any = None, default: Any = _missing) -> Any:
        """Remove and return: the headers of a name, giving the first value; or a pair, by default the last."""
        if key is None:
            return self._list.pop()
        if isinstance(key, int):
            return self._list.pop(key)
        try:
            value = self[key]
        except KeyError:
            if default is _missing:
                raise
            return default
        self.remove(key)
        return value

    def popitem(self) -> tuple[str, str]:
        """Remove the last pair and return it."""
        pair: tuple[str, str] = self.pop()
        return pair

    def clear(self) -> None:
        """Remove everything."""
        self._list.clear()

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._find(key) is not None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._list)

    def __len__(self) -> int:
        return len(self._list)

    def __eq__(self, other: object) -> bool:
        """Compare names and values; neither the order nor the case of names matters."""
        if other.__class__ is not self.__class__:
            return NotImplemented
        return sorted(self.items(lower=True)) == sorted(other.items(lower=True))  # type: ignore[attr-defined]

    __hash__ = None  # type: ignore[assignment]

    def to_wsgi_list(self) -> list[tuple[str, str]]:
        """Return the pairs as WSGI's ``start_response`` takes them."""
        return list(self)

    def copy(self) -> Headers:
        """Return other headers with the same pairs."""
        return self.__class__(self._list)

    def __copy__(self) -> Headers:
        return self.copy()

    def __str__(self) -> str:
        """Write the headers as they go over the wire, with the empty line behind them."""
        return "".join([f"{name}: {value}\r\n" for name, value in self]) + "\r\n"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self)!r})"


class ImmutableHeadersMixin:
    """Makes headers refuse what would change them."""

    __setitem__ = __delitem__ = __ior__ = _immutable
    set = setlist = setdefault = setlistdefault = add = add_header = _immutable
    remove = extend = update = insert = pop = popitem = clear = _immutable


# The key in an environ for the name of a header; filled as names are asked for, up to a limit.
_environ_keys = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


def environ_key(name: str) -> str:
    """Return where a WSGI environ has the header of a name (PEP 3333).

    >>> environ_key("X-Forwarded-For"), environ_key("Content-Type")
    ('HTTP_X_FORWARDED_FOR', 'CONTENT_TYPE')
    """
    key = _environ_keys.get(name)
    if key is None:
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        if len(_environ_keys) < 1000 and len(name) < 100:
            _environ_keys[name] = key
    return key


class EnvironHeaders(ImmutableHeadersMixin, Headers):
    """The headers of a request, read from its WSGI environ and not copied; they cannot be changed.

    >>> headers = EnvironHeaders({"HTTP_X_PAGE": "2", "CONTENT_TYPE": "text/html"})
    >>> headers["X-Page"], dict(headers)
    ('2', {'X-Page': '2', 'Content-Type': 'text/html'})
    """

    def __init__(self, environ: dict[str, Any]) -> None:
        self.environ = environ

    def _find(self, key: str) -> str | None:
        return self.environ.get(_environ_keys.get(key) or environ_key(key))

    def __getitem__(self, key: Any) -> Any:
        """Return the value of a name. A missing one is a plain KeyError: which fields to need is the program's."""
        if not isinstance(key, str):
            raise BadRequestKeyError(key)
        return self._get_key(key)

    def _get_key(self, key: str) -> str:
        value = self._find(key)
        if value is None:
            raise KeyError(key)
        return value

    def get(self, key: str, default: Any = None, type: Callable[[str], Any] | None = None) -> Any:
        """Return the value of a name, as a type if one is given; else the default."""
        if type is None:
            return self.environ.get(_environ_keys.get(key) or environ_key(key), default)
        return super().get(key, default, type)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for key, value in self.environ.items():
            if key.startswith("HTTP_"):
                # Some servers give these two twice; they are taken from where they belong.
                if key not in ("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"):
                    yield key[5:].replace("_", "-").title(), value
            elif value and key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
                yield key.replace("_", "-").title(), value

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EnvironHeaders) and self.environ is other.environ

    __hash__ = None

    def copy(self) -> Headers:
        """Return :class:`Headers` with the same pairs, which can be changed."""
        return Headers(list(self))

    def __or__(self, other: Any) -> Any:
        raise TypeError(f"A {type(self).__name__!r} shows a WSGI environ: join what its copy() gives.")
