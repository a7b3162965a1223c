"""Small tools for classes: attributes that are worked out once, or live in a mapping.

A bare leaf: nothing here knows what a request, a response or a header is,
and nothing of the package is imported. Importing things by name is here, too.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Callable, Generic, TypeVar

    T = TypeVar("T")
else:  # typing is slow to import; subscripts of these evaluate to something harmless
    T = Any = None

    class Generic:
        """Stands in for ``typing.Generic``, which is not imported at run time."""

        def __class_getitem__(cls, item: object) -> type:
            return cls


_missing: Any = type("Missing", (), {"__repr__": lambda self: "no value", "__slots__": ()})()


class lazy(Generic[T]):
    """Work out an attribute on its first use and keep it in the instance.

    The cheap kind of :class:`cached_property`: the value lies in the
    instance's ``__dict__``, where the next access finds it without a call.

    >>> class Circle:
    ...     @lazy
    ...     def area(self):
    ...         return 42
    >>> circle = Circle()
    >>> circle.area, vars(circle)
    (42, {'area': 42})
    """

    def __init__(self, function: Callable[[Any], T]) -> None:
        self.function = function
        self.__doc__ = function.__doc__
        self.name = function.__name__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, obj: Any, owner: type | None = None) -> T:
        if obj is None:
            return self  # type: ignore[return-value]
        value = obj.__dict__[self.name] = self.function(obj)
        return value


class cached_property(property, Generic[T]):
    """Work out a property on its first use, then give the same value again.

    Use it for what is costly and does not change. Setting the attribute
    replaces the value; deleting it makes the next access work it out anew.
    In a class with ``__slots__``, provide a slot ``_cache_<name>``.

    :param name: the key in the instance; that of the function by default.

    >>> class Page:
    ...     @cached_property
    ...     def words(self):
    ...         print("counting")
    ...         return 3
    >>> page = Page()
    >>> page.words + page.words
    counting
    6
    """

    def __init__(self, fget: Callable[[Any], T], name: str | None = None, doc: str | None = None) -> None:
        super().__init__(fget, doc=doc)
        self.__name__ = name or fget.__name__
        self.slot_name = f"_cache_{self.__name__}"
        self.__module__ = fget.__module__

    def __set__(self, obj: Any, value: T) -> None:
        if hasattr(obj, "__dict__"):
            obj.__dict__[self.__name__] = value
        else:
            setattr(obj, self.slot_name, value)

    def __get__(self, obj: Any, owner: type | None = None) -> Any:
        if obj is None:
            return self
        try:
            kept = obj.__dict__
        except AttributeError:
            value = getattr(obj, self.slot_name, _missing)
        else:
            value = kept.get(self.__name__, _missing)
        if value is _missing:
            value = self.fget(obj)  # type: ignore[misc]
            self.__set__(obj, value)
        return value

    def __delete__(self, obj: Any) -> None:
        if hasattr(obj, "__dict__"):
            del obj.__dict__[self.__name__]
        else:
            delattr(obj, self.slot_name)


def invalidate_cached_property(obj: Any, name: str) -> None:
    """Forget what a :class:`cached_property` or :class:`lazy` of ``obj`` has kept.

    >>> class Counter:
    ...     value = 0
    ...     @cached_property
    ...     def next(self):
    ...         self.value += 1
    ...         return self.value
    >>> counter = Counter()
    >>> counter.next, invalidate_cached_property(counter, "next"), counter.next
    (1, None, 2)
    """
    if hasattr(obj, "__dict__"):
        obj.__dict__.pop(name, None)
    elif hasattr(obj, f"_cache_{name}"):
        delattr(obj, f"_cache_{name}")


class deferred:
    """Stand for a class attribute whose value is imported when it is first asked for.

    For defaults that few programs need at their start. A subclass, or an
    instance, replaces it with a plain attribute.

    :param load: a function without arguments that imports and returns the value.

    >>> def decoder():
    ...     from json import JSONDecoder
    ...     return JSONDecoder
    >>> class Reader:
    ...     decoder_class = deferred(decoder)
    >>> Reader.decoder_class.__name__
    'JSONDecoder'
    """

    def __init__(self, load: Callable[[], Any]) -> None:
        self.load = load

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner, self.name = owner, name

    def __get__(self, obj: Any, owner: type | None = None) -> Any:
        value = self.load()
        if vars(self.owner).get(self.name) is self:  # from now on nobody comes here
            setattr(self.owner, self.name, value)
        return value


def json_module() -> Any:
    """Import the standard library's JSON, for a :class:`deferred`."""
    import json

    return json


class _MappedProperty(Generic[T]):
    """A property whose text lives in a mapping of the instance, under a key."""

    read_only = False

    def __init__(self, name: str, default: T | None = None, load_func: Callable[[Any], T | None] | None = None,
                 dump_func: Callable[[Any], str | None] | None = None, read_only: bool | None = None,
                 doc: str | None = None) -> None:
        self.name, self.default, self.__doc__ = name, default, doc
        self.load_func, self.dump_func = load_func, dump_func
        self.read_only = self.read_only if read_only is None else read_only

    def lookup(self, instance: Any) -> Any:
        """Return the mapping that holds the text."""
        raise NotImplementedError

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        text = self.lookup(instance).get(self.name)
        if text is None:
            return self.default
        if self.load_func is None:
            return text
        try:
            value = self.load_func(text)
        except (ValueError, TypeError):  # what a client sends may be nonsense
            return self.default
        return self.default if value is None else value

    def __set__(self, instance: Any, value: Any) -> None:
        if self.read_only:
            raise AttributeError(f"{self.name!r} can only be read")
        mapping = self.lookup(instance)
        if value is None:
            mapping.pop(self.name, None)
        else:
            mapping[self.name] = value if self.dump_func is None else self.dump_func(value)

    def __delete__(self, instance: Any) -> None:
        if self.read_only:
            raise AttributeError(f"{self.name!r} can only be read")
        self.lookup(instance).pop(self.name, None)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


class environ_property(_MappedProperty[T]):
    """Show a key of ``self.environ`` as an attribute; read-only unless said otherwise.

    :param load_func: turns the text into a value; when it raises
        :exc:`ValueError` or :exc:`TypeError`, the default is given.
    :param dump_func: turns an assigned value into text.

    >>> class Request:
    ...     environ = {"SERVER_PORT": "80"}
    ...     port = environ_property("SERVER_PORT", load_func=int)
    >>> Request().port
    80
    """

    read_only = True

    def lookup(self, instance: Any) -> Any:
        """Return the environ of ``instance``."""
        return instance.environ


class header_property(_MappedProperty[T]):
    """Show a header of ``self.headers`` as an attribute; assigning None removes it.

    Parameters as for :class:`environ_property`.

    >>> class Response:
    ...     def __init__(self):
    ...         self.headers = {}
    ...     age = header_property("Age", None, int, str)
    >>> response = Response()
    >>> response.age = 5
    >>> response.headers
    {'Age': '5'}
    """

    def lookup(self, instance: Any) -> Any:
        """Return the headers of ``instance``."""
        return instance.headers


# Types outside text/* whose content is text, and so has a charset.
_TEXTUAL = frozenset(("application/ecmascript", "application/javascript", "application/sql", "application/xml",
                      "application/xml-dtd", "application/xml-external-parsed-entity"))


def get_content_type(mimetype: str, charset: str) -> str:
    """Return a ``Content-Type`` for a mimetype, with the charset where text is meant.

    >>> get_content_type("text/css", "utf-8"), get_content_type("image/png", "utf-8")
    ('text/css; charset=utf-8', 'image/png')
    """
    if mimetype.startswith("text/") or mimetype in _TEXTUAL or mimetype.endswith("+xml"):
        return f"{mimetype}; charset={charset}"
    return mimetype


def archive_finder(path: str) -> Any:
    """Return the finder of the archive that a path lies in, if modules are imported from it; else None.

    It has `get_data`, and `archive`, the path of the archive, as that of `zipimport` does.
    """
    below, above = path, os.path.dirname(path)
    while above != below:
        finder = sys.path_importer_cache.get(above)
        if hasattr(finder, "get_data") and hasattr(finder, "archive"):
            return finder
        below, above = above, os.path.dirname(above)
    return None


class ImportStringError(ImportError):
    """Tells how far a dotted import name could be followed.

    ``import_name`` is what was asked for, ``exception`` what went wrong.
    """

    def __init__(self, import_name: str, exception: BaseException) -> None:
        self.import_name = import_name
        self.exception = exception
        super().__init__(self._explain())

    def _explain(self) -> str:
        """Say which parts of the name import, with their files, and which does not."""
        name, steps = "", []
        for part in self.import_name.replace(":", ".").split("."):
            name = f"{name}.{part}" if name else part
            found = import_string(name, silent=True)
            if not found:
                steps.append(f"- {name!r} not found.")
                break
            steps.append(f"- {name!r} found in {getattr(found, '__file__', None)!r}.")
        return (
            f"import_string() failed for {self.import_name!r}. Possible reasons are: a folder without"
            " __init__.py, a package or module that is not on the import path, a name that hides another one,"
            " or a misspelling.\n\n"
            f"Original exception:\n\n{type(self.exception).__name__}: {self.exception}\n\n"
            "Debugged import:\n\n" + "\n".join(steps)
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}({self.import_name!r}, {self.exception!r})>"


def import_string(import_name: str, silent: bool = False) -> Any:
    """Import a module, or something out of a module, by its dotted name.

    Use it where a configuration names an object. ``package.module:name``
    is understood as well as ``package.module.name``.

    :param silent: give None instead of raising :exc:`ImportStringError`.

    >>> import_string("os.path:basename")("/a/b")
    'b'
    """
    name = import_name.replace(":", ".")
    try:
        try:
            __import__(name)
        except ImportError:
            if "." not in name:
                raise
        else:
            return sys.modules[name]
        parent, _, last = name.rpartition(".")
        module = __import__(parent, fromlist=[last])
        try:
            return getattr(module, last)
        except AttributeError as error:
            raise ImportError(error) from None
    except ImportError as error:
        if silent:
            return None
        raise ImportStringError(import_name, error).with_traceback(sys.exc_info()[2]) from None


def find_modules(import_path: str, include_packages: bool = False, recursive: bool = False) -> Iterator[str]:
    """Yield the names of the modules in a package, for example to import all views.

    :param include_packages: name the packages inside it, too.
    :param recursive: look into the packages inside it.
    :raises ValueError: when ``import_path`` is not a package.

    >>> sorted(find_modules("json"))[-2:]
    ['json.scanner', 'json.tool']
    """
    import pkgutil

    package = import_string(import_path)
    path = getattr(package, "__path__", None)
    if path is None:
        raise ValueError(f"{import_path!r} is a module, not a package: there are no modules in it to find.")
    for found in pkgutil.iter_modules(path, f"{package.__name__}."):
        if include_packages or not found.ispkg:
            yield found.name
        if recursive and found.ispkg:
            yield from find_modules(found.name, include_packages, True)
