"""Objects that differ from context to context, and proxies that always mean the current one.

A context here is what `contextvars` calls one: a thread or an asyncio task. What
is kept in it, and what of that the framework offers, is decided elsewhere
(`globals`). Storage is replaced and never changed in place, since a task starts
with its parent's storage and must not write into it.
"""

from __future__ import annotations

import _operator as operator
from contextvars import ContextVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, Union

    WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
    Source = Union[ContextVar[Any], "Local", "LocalStack", Callable[[], Any]]


def release_local(local: Local | LocalStack) -> None:
    """Empty a `Local` or a `LocalStack` in the current context, and only there."""
    local.__release_local__()


class Local:
    """A namespace whose attributes each context sets for itself.

    >>> data = Local()
    >>> data.user = "ann"
    >>> user = data("user")           # a proxy: data.user, whenever it is looked at
    >>> data.user = "bob"
    >>> user.upper()
    'BOB'

    :param context_var: where to keep the dict of them; by default an own one.
        Make a `Local` at module level: context variables are never freed.
    """

    __slots__ = ("_storage",)

    def __init__(self, context_var: ContextVar[dict[str, Any]] | None = None) -> None:
        variable = context_var or ContextVar(f"{__name__}.Local")
        object.__setattr__(self, "_storage", variable)

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter(self._storage.get({}).items())

    def __call__(self, name: str, *, unbound_message: str | None = None) -> LocalProxy:
        """Return a proxy for one attribute."""
        return LocalProxy(self, name, unbound_message=unbound_message)

    def __release_local__(self) -> None:
        self._storage.set({})

    def __getattr__(self, name: str) -> Any:
        try:
            return self._storage.get({})[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self._storage.set({**self._storage.get({}), name: value})

    def __delattr__(self, name: str) -> None:
        values = dict(self._storage.get({}))
        if name not in values:
            raise AttributeError(name)
        del values[name]
        self._storage.set(values)


class LocalStack:
    """A stack of which each context has its own.

    >>> stack = LocalStack()
    >>> _ = stack.push(1)
    >>> stack.top, stack.pop(), stack.top
    (1, 1, None)

    :param context_var: where to keep the list; by default an own one.
    """

    __slots__ = ("_storage",)
    __class_getitem__: Any = classmethod(type(list[int]))

    def __init__(self, context_var: ContextVar[list[Any]] | None = None) -> None:
        self._storage: ContextVar[list[Any]] = context_var or ContextVar(f"{__name__}.LocalStack")

    def __release_local__(self) -> None:
        self._storage.set([])

    def __call__(self, name: str | None = None, *, unbound_message: str | None = None) -> LocalProxy:
        """Return a proxy for the top of the stack, or for an attribute of what is on top."""
        return LocalProxy(self, name, unbound_message=unbound_message)

    def push(self, item: Any) -> list[Any]:
        """Put an item on top; return the items, from the bottom up."""
        items = [*self._storage.get([]), item]
        self._storage.set(items)
        return items

    def pop(self) -> Any:
        """Take the top item off and return it, or None when there is none."""
        items = self._storage.get([])
        if not items:
            return None
        self._storage.set(items[:-1])
        return items[-1]

    @property
    def top(self) -> Any:
        """The item on top, or None when the stack is empty."""
        items = self._storage.get([])
        return items[-1] if items else None


class LocalManager:
    """Empties locals when a request ends, as a WSGI middleware.

    Only needed where the server runs many requests in one context; the contexts
    of the framework clean up after themselves.

    :param locals: a `Local` or `LocalStack`, or several.
    """

    def __init__(self, locals: Any = None) -> None:
        if locals is None:
            self.locals: list[Local | LocalStack] = []
        else:
            self.locals = [locals] if isinstance(locals, (Local, LocalStack)) else list(locals)

    def cleanup(self) -> None:
        """Empty all of the locals in the current context."""
        for local in self.locals:
            release_local(local)

    def make_middleware(self, app: WSGIApplication) -> WSGIApplication:
        """Return a WSGI application that runs *app* and cleans up when its answer is closed."""
        return lambda environ, start_response: _Closing(app(environ, start_response), self.cleanup)

    def middleware(self, func: WSGIApplication) -> WSGIApplication:
        """Do the same as a decorator: the name and the docstring are kept."""
        from functools import update_wrapper

        return update_wrapper(self.make_middleware(func), func)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} storages: {len(self.locals)}>"


class _Closing:
    """A WSGI answer with something to do once it is closed."""

    def __init__(self, answer: Iterable[bytes], done: Callable[[], None]) -> None:
        self.answer, self.done = answer, done

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.answer)

    def close(self) -> None:
        try:
            close = getattr(self.answer, "close", None)
            if close is not None:
                close()
        finally:
            self.done()


class LocalProxy:
    """A proxy for what is current in this context: it behaves as that object would.

    `request` and `current_app` are such proxies. Pass `_get_current_object()`
    where the object itself is needed: to another thread, to a signal as sender,
    to code that looks at `type(x)`. A proxy that stands for nothing now is false,
    and says so in its repr; everything else raises RuntimeError.

    >>> var = ContextVar("var")
    >>> _ = var.set([1, 2])
    >>> numbers = LocalProxy(var)
    >>> numbers += [3]
    >>> (len(numbers), numbers == [1, 2, 3], isinstance(numbers, list))
    (3, True, True)

    :param local: a `ContextVar`, a `Local` (with *name*), a `LocalStack`, or a
        function that returns the object.
    :param name: an attribute of that, also a path (`"user.name"`).
    :param unbound_message: what the RuntimeError says when there is nothing.
    """

    __slots__ = ("_get_current_object", "_source")
    __class_getitem__: Any = classmethod(type(list[int]))

    _get_current_object: Callable[[], Any]
    _source: Any

    def __init__(self, local: Source, name: str | None = None, *, unbound_message: str | None = None) -> None:
        object.__setattr__(self, "_get_current_object", _finder(local, name, unbound_message))
        object.__setattr__(self, "_source", local)

    # __getattr__ alone would do, but is asked only once an AttributeError was made and thrown away: three times as slow
    def __getattribute__(self, name: str) -> Any:
        if name in _OWN or type(self) is not LocalProxy:  # a subclass may have other attributes of its own
            return super().__getattribute__(name)
        return getattr(_find(self)(), name)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        before = cls.__mro__[:cls.__mro__.index(LocalProxy)]
        if not any("__getattr__" in vars(base) for base in before):
            setattr(cls, "__getattr__", lambda self, name: getattr(_find(self)(), name))

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._get_current_object(), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._get_current_object(), name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._get_current_object()(*args, **kwargs)

    def __repr__(self) -> str:
        try:
            return repr(self._get_current_object())
        except RuntimeError:
            return f"<{type(self).__name__} unbound>"

    def __bool__(self) -> bool:
        try:
            return bool(self._get_current_object())
        except RuntimeError:
            return False

    def __dir__(self) -> list[str]:
        try:
            return dir(self._get_current_object())
        except RuntimeError:
            return []

    @property  # type: ignore[misc]  # it is writable in object, and nothing here
    def __class__(self) -> Any:
        try:
            return self._get_current_object().__class__
        except RuntimeError:
            return LocalProxy

    @property
    def __wrapped__(self) -> Any:
        try:
            found = self._get_current_object()
        except RuntimeError:
            return self._source
        return found.__wrapped__

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        from copy import deepcopy

        return deepcopy(self._get_current_object(), memo)

    def __copy__(self) -> Any:
        from copy import copy

        return copy(self._get_current_object())


class _Doc:
    """The docstring of the class, or of what an instance stands for."""

    def __init__(self, text: str | None) -> None:
        self.text = text

    def __get__(self, proxy: LocalProxy | None, owner: type) -> str | None:
        try:
            return self.text if proxy is None else proxy._get_current_object().__doc__
        except RuntimeError:
            return self.text


LocalProxy.__doc__ = _Doc(LocalProxy.__doc__)  # type: ignore[assignment]


def _finder(local: Any, name: str | None, message: str | None) -> Callable[[], Any]:
    """Return the function that finds a proxy's object, or raises RuntimeError."""
    part: Callable[[Any], Any] | None = operator.attrgetter(name) if name else None
    missing: type[Exception] = LookupError
    source: Callable[[], Any]
    if isinstance(local, Local):
        if name is None:
            raise TypeError("A proxy into a Local needs the name of the attribute it stands for.")
        first, _, rest = name.partition(".")
        source, missing = (lambda: getattr(local, first)), AttributeError
        part = operator.attrgetter(rest) if rest else None
    elif isinstance(local, LocalStack):
        source = lambda: local._storage.get([])[-1]
    elif isinstance(local, ContextVar):
        source = local.get
    elif callable(local):
        return local if part is None else lambda: part(local())
    else:
        raise TypeError(f"A proxy cannot be made for {type(local).__name__}: pass a ContextVar, a Local or a function.")
    unbound = message or "There is nothing here that this proxy could stand for: its object is not bound."

    def find() -> Any:
        try:
            found = source()
        except missing:
            raise RuntimeError(unbound) from None
        return found if part is None else part(found)

    return find


# The other operations, by what they do with the current object. The interpreter
# looks them up on the class, so `__getattr__` does not see them.
_BINARY = "add sub mul matmul truediv floordiv mod lshift rshift and or xor".split()
_DIRECT = """lt le eq ne gt ge neg pos invert index getitem setitem delitem contains""".split()
_BUILTINS: dict[str, Any] = {
    "str": str, "bytes": bytes, "hash": hash, "format": format, "len": len, "iter": iter, "next": next,
    "reversed": reversed, "abs": abs, "int": int, "float": float, "complex": complex, "round": round,
    "divmod": divmod, "pow": pow, "length_hint": operator.length_hint,
}
_METHODS = "trunc floor ceil enter exit aenter aexit await aiter anext".split()


def _plain(name: str) -> Any:
    return getattr(operator, f"{name}_" if name in ("and", "or", "not") else name)


def _add_operators() -> None:
    def forward(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda self, *args: function(self._get_current_object(), *args)

    def reflected(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda self, other: function(other, self._get_current_object())

    def in_place(function: Callable[..., Any]) -> Callable[..., Any]:
        def method(self: LocalProxy, other: Any) -> Any:
            found = self._get_current_object()
            result = function(found, other)
            return self if result is found else result

        return method

    def method_of(name: str) -> Callable[..., Any]:
        return lambda self, *args: getattr(self._get_current_object(), name)(*args)

    plain = {name: _plain(name) for name in [*_BINARY, *_DIRECT]}
    for name, function in {**plain, **_BUILTINS}.items():
        setattr(LocalProxy, f"__{name}__", forward(function))
    for name in _BINARY:
        setattr(LocalProxy, f"__r{name}__", reflected(plain[name]))
        setattr(LocalProxy, f"__i{name}__", in_place(_plain(f"i{name}")))
    setattr(LocalProxy, "__rdivmod__", reflected(divmod))
    setattr(LocalProxy, "__rpow__", reflected(pow))
    setattr(LocalProxy, "__ipow__", in_place(operator.ipow))
    for name in _METHODS:
        setattr(LocalProxy, f"__{name}__", method_of(f"__{name}__"))
    setattr(LocalProxy, "__instancecheck__", lambda self, thing: isinstance(thing, self._get_current_object()))
    setattr(LocalProxy, "__subclasscheck__", lambda self, cls: issubclass(cls, self._get_current_object()))


_add_operators()
_find: Any = vars(LocalProxy)["_get_current_object"].__get__
_OWN = frozenset(dir(LocalProxy))  # of a proxy itself, whatever it stands for
