"""Small tools that the template engine and its users share.

The markers that make a function receive the context, the objects a template may call (``cycler``,
``joiner``, ``namespace``), the cache of templates, and a few helpers about names and imports.
Nothing here knows of environments, templates or the language; ``text`` holds the tools for prose.
"""
from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import MutableMapping

from .text import generate_lorem_ipsum, htmlsafe_json_dumps, pformat, url_quote, urlize  # noqa: F401

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from types import CodeType
    from typing import IO, Any, TypeVar

    Function = TypeVar("Function", bound=Callable[..., Any])

concat = "".join
internal_code: set[CodeType] = set()
_cache_clearers: list[Callable[[], object]] = []


class MissingType:
    """The type of ``missing``, which stands for "no value" where None is a value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "missing"

    def __reduce__(self) -> str:
        return "missing"


missing: Any = MissingType()


def pass_context(function: Function) -> Function:
    """Make a filter, test or global receive the template's context as its first argument.

    >>> @pass_context
    ... def page_title(context, suffix):
    ...     return context["title"] + suffix
    >>> page_title.jinja_pass_arg
    'context'
    """
    function.jinja_pass_arg = "context"  # type: ignore[attr-defined]
    return function


def pass_eval_context(function: Function) -> Function:
    """Make a filter, test or global receive the evaluation context, which knows whether to autoescape."""
    function.jinja_pass_arg = "eval_context"  # type: ignore[attr-defined]
    return function


def pass_environment(function: Function) -> Function:
    """Make a filter, test or global receive the environment as its first argument."""
    function.jinja_pass_arg = "environment"  # type: ignore[attr-defined]
    return function


# The names of these markers in the releases before 3.0.
contextfilter = contextfunction = pass_context
evalcontextfilter = evalcontextfunction = pass_eval_context
environmentfilter = environmentfunction = pass_environment


def internalcode(function: Function) -> Function:
    """Keep the frames of a function out of the tracebacks of templates."""
    internal_code.add(function.__code__)
    return function


def on_clear_caches(clearer: Callable[[], object]) -> None:
    """Register what ``clear_caches`` calls; for modules that keep a cache of their own."""
    _cache_clearers.append(clearer)


def clear_caches() -> None:
    """Forget the environments and lexers that the engine keeps for reuse.

    Useful to measure memory, or between tests; nothing breaks, the next use makes them again.
    """
    for clearer in _cache_clearers:
        clearer()


def consume(iterable: Iterable[object]) -> None:
    """Run an iterable to its end and drop what it gives."""
    deque(iterable, maxlen=0)


def import_string(import_name: str, silent: bool = False) -> Any:
    """Import an object by its dotted name, or by ``module:name``.

    :param silent: give None instead of raising ImportError or AttributeError.

    >>> import_string("string.digits")
    '0123456789'
    """
    from importlib import import_module

    module_name, _, attribute = import_name.rpartition(":" if ":" in import_name else ".")
    try:
        if not module_name:
            return import_module(attribute)
        return getattr(import_module(module_name), attribute)
    except (ImportError, AttributeError):
        if silent:
            return None
        raise


def open_if_exists(filename: str, mode: str = "rb") -> IO[Any] | None:
    """Open a file, or give None when there is no such file."""
    from os.path import isfile

    return open(filename, mode) if isfile(filename) else None


def object_type_repr(obj: object) -> str:
    """Name the type of an object, for error messages.

    >>> object_type_repr([]), object_type_repr(None)
    ('list object', 'None')
    """
    if obj is None or obj is Ellipsis:
        return str(obj)
    kind = type(obj)
    prefix = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"{prefix}{kind.__name__} object"


def select_autoescape(
    enabled_extensions: Collection[str] = ("html", "htm", "xml"),
    disabled_extensions: Collection[str] = (),
    default_for_string: bool = True,
    default: bool = False,
) -> Callable[[str | None], bool]:
    """Make a function that decides by a template's name whether to escape; for ``Environment(autoescape=…)``.

    :param default_for_string: the answer for templates made from a string, which have no name.
    :param default: the answer for a name with none of the extensions.

    >>> decide = select_autoescape(["html", "svg"])
    >>> decide("page.HTML"), decide("mail.txt"), decide(None)
    (True, False, True)
    """
    enabled, disabled = (
        tuple("." + extension.lstrip(".").lower() for extension in extensions)
        for extensions in (enabled_extensions, disabled_extensions)
    )

    def autoescape(template_name: str | None) -> bool:
        if template_name is None:
            return default_for_string
        name = template_name.lower()
        if name.endswith(enabled + disabled):
            return name.endswith(enabled)
        return default

    return autoescape


class LRUCache(MutableMapping):  # type: ignore[type-arg]
    """A dict of limited size that drops what was used least recently.

    It may be shared between threads: each step is one operation of an OrderedDict, and an entry that
    another thread drops in between is a miss.

    >>> cache = LRUCache(2)
    >>> cache["a"] = 1; cache["b"] = 2; _ = cache["a"]; cache["c"] = 3
    >>> list(cache)
    ['c', 'a']
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._queue: OrderedDict[Any, Any] = OrderedDict()

    def __getitem__(self, key: Any) -> Any:
        value = self._queue[key]
        try:
            self._queue.move_to_end(key)
        except KeyError:  # dropped by another thread just now
            pass
        return value

    def __setitem__(self, key: Any, value: Any) -> None:
        entries = self._queue
        entries[key] = value
        try:
            entries.move_to_end(key)
            while len(entries) > self.capacity:
                entries.popitem(last=False)
        except KeyError:
            pass

    def __delitem__(self, key: Any) -> None:
        del self._queue[key]

    def __contains__(self, key: object) -> bool:
        return key in self._queue

    def __len__(self) -> int:
        return len(self._queue)

    def __iter__(self) -> Iterator[Any]:
        return reversed(list(self._queue))

    def __reversed__(self) -> Iterator[Any]:
        return iter(list(self._queue))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {dict(self._queue)!r}>"

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the entry and mark it as used, or the default."""
        queue = self._queue
        try:
            value = queue[key]
            queue.move_to_end(key)
        except KeyError:
            return default
        return value

    def clear(self) -> None:
        """Drop every entry."""
        self._queue.clear()

    def copy(self) -> LRUCache:
        """Return a cache of the same size with the same entries."""
        twin = type(self)(self.capacity)
        twin._queue.update(self._queue)
        return twin

    __copy__ = copy

    def keys(self) -> list[Any]:  # type: ignore[override]
        """Return the keys, the most recently used first."""
        return list(self)

    def values(self) -> list[Any]:  # type: ignore[override]
        """Return the values, the most recently used first; this is no use of them."""
        return list(self._queue.values())[::-1]

    def items(self) -> list[tuple[Any, Any]]:  # type: ignore[override]
        """Return (key, value) pairs, the most recently used first; this is no use of them."""
        return list(self._queue.items())[::-1]


class Joiner:
    """Give nothing at the first call and the separator at each later one; the ``joiner`` of templates.

    >>> comma = Joiner(", ")
    >>> comma(), comma()
    ('', ', ')
    """

    def __init__(self, sep: str = ", ") -> None:
        self.sep, self.used = sep, False

    def __call__(self) -> str:
        if self.used:
            return self.sep
        self.used = True
        return ""


class Cycler:
    """Give its items in turn, over and over; the ``cycler`` of templates.

    >>> row = Cycler("odd", "even")
    >>> next(row), row.current, next(row), next(row)
    ('odd', 'even', 'even', 'odd')
    """

    def __init__(self, *items: Any) -> None:
        if not items:
            raise RuntimeError("a cycler needs at least one item to give; pass the items as arguments")
        self.items = items
        self.pos = 0

    @property
    def current(self) -> Any:
        """The item that the next call will give."""
        return self.items[self.pos]

    def next(self) -> Any:
        """Give the current item and step to the following one."""
        position, self.pos = self.pos, (self.pos + 1) % len(self.items)
        return self.items[position]

    __next__ = next

    def reset(self) -> None:
        """Start again at the first item."""
        self.pos = 0


class Namespace:
    """An object whose attributes a template may set, even from inside a loop.

    ``{% set ns = namespace(found=false) %}``, later ``{% set ns.found = true %}``.

    >>> Namespace({"a": 1}, b=2)
    <Namespace {'a': 1, 'b': 2}>
    """

    def __init__(self, mapping: Mapping[str, Any] | Iterable[tuple[str, Any]] = (), /, **attributes: Any) -> None:
        self.__dict__.update(mapping, **attributes)

    def __setitem__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value

    def __repr__(self) -> str:
        return f"<Namespace {self.__dict__!r}>"

    if TYPE_CHECKING:
        def __getattr__(self, name: str) -> Any: ...
