"""The values that stand for what is not there, in four degrees of patience.

``Undefined`` prints as nothing and fails at any other use; ``ChainableUndefined`` lets one ask for
attributes of nothing; ``DebugUndefined`` prints what was meant; ``StrictUndefined`` fails at every
use but a test whether it is defined. ``make_logging_undefined`` has one of them reported to a logger.
"""
from __future__ import annotations

from .errors import TemplateRuntimeError, UndefinedError
from .utils import internalcode, missing, object_type_repr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from logging import Logger
    from typing import Any, NoReturn

# What a missing value cannot do: the special methods of these names raise.
OPERATIONS = """
    add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow pos neg
    call getitem lt le gt ge int float complex
""".split()


class Undefined:
    """What a name that is not defined stands for.

    :param hint: the text of the error, where the default one would not explain enough.
    :param obj: what should have had the attribute or item; left out for a variable.
    :param name: of the variable, attribute or item.
    :param exc: the exception raised when it is used.

    >>> str(Undefined(name="user")), bool(Undefined(name="user")), list(Undefined(name="user"))
    ('', False, [])
    >>> Undefined(name="user") + 1
    Traceback (most recent call last):
        ...
    minflask.jinja.errors.UndefinedError: 'user' is undefined
    """

    __slots__ = ("_undefined_hint", "_undefined_obj", "_undefined_name", "_undefined_exception")

    def __init__(self, hint: str | None = None, obj: Any = missing, name: Any = None,
                 exc: type[TemplateRuntimeError] = UndefinedError) -> None:
        self._undefined_hint, self._undefined_obj = hint, obj
        self._undefined_name, self._undefined_exception = name, exc

    @property
    def _undefined_message(self) -> str:
        """What is not there, in words."""
        owner, name = self._undefined_obj, self._undefined_name
        if self._undefined_hint:
            return self._undefined_hint
        if owner is missing:
            return f"{name!r} is undefined"
        kind = object_type_repr(owner)
        return f"{kind!r} has no attribute {name!r}" if isinstance(name, str) else f"{kind} has no element {name!r}"

    @internalcode
    def _fail_with_undefined_error(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise self._undefined_exception(self._undefined_message)

    @internalcode
    def __getattr__(self, name: str) -> Any:
        # Python and its libraries probe objects for special methods: that is no use of the value.
        if name[:2] == "__":
            raise AttributeError(name)
        self._fail_with_undefined_error()

    if TYPE_CHECKING:
        def __call__(self, *args: Any, **kwargs: Any) -> Any: ...

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return id(type(self))

    def __repr__(self) -> str:
        return "Undefined"

    # Nothing, as text, as a sequence and as a truth.

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return ""

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    async def __aiter__(self) -> AsyncIterator[Any]:
        for item in self:
            yield item

    def __len__(self) -> int:
        return 0


for _name in OPERATIONS:
    setattr(Undefined, f"__{_name}__", Undefined._fail_with_undefined_error)


class ChainableUndefined(Undefined):
    """An undefined value whose attributes and items are undefined, not an error.

    >>> str(ChainableUndefined(name="user").address["city"])
    ''
    """

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)

    def __getattr__(self, name: str) -> ChainableUndefined:
        if name[:2] == "__":
            raise AttributeError(name)
        return self

    def __getitem__(self, key: Any) -> ChainableUndefined:
        return self


class DebugUndefined(Undefined):
    """An undefined value that prints as the expression it came from.

    >>> str(DebugUndefined(name="user"))
    '{{ user }}'
    """

    __slots__ = ()

    def __str__(self) -> str:
        if self._undefined_hint:
            inside = f"undefined value printed: {self._undefined_hint}"
        elif self._undefined_obj is missing:
            inside = str(self._undefined_name)
        else:
            inside = f"no such element: {object_type_repr(self._undefined_obj)}[{self._undefined_name!r}]"
        return f"{{{{ {inside} }}}}"


class StrictUndefined(Undefined):
    """An undefined value that fails when it is printed, compared, iterated or taken for true or false, too."""

    __slots__ = ()


for _name in ("iter", "str", "len", "eq", "ne", "bool", "hash", "contains"):
    setattr(StrictUndefined, f"__{_name}__", Undefined._fail_with_undefined_error)


def is_undefined(obj: Any) -> bool:
    """Tell whether a value is undefined; for filters and functions that treat that case apart.

    >>> is_undefined(Undefined(name="user")), is_undefined(None)
    (True, False)
    """
    return isinstance(obj, Undefined)


def _default_logger() -> Logger:
    import logging
    import sys

    logger = logging.getLogger(__name__)
    logger.addHandler(logging.StreamHandler(sys.stderr))
    return logger


def make_logging_undefined(logger: Logger | None = None, base: type[Undefined] = Undefined) -> type[Undefined]:
    """Make a class of undefined values that tells a logger of its use.

    A harmless use, such as printing, is a warning; one that raises is an error.

    :param logger: by default one that writes to standard error.
    :param base: the class to build on.
    """
    log = logger if logger is not None else _default_logger()

    def warn(undefined: Undefined) -> None:
        log.warning("Template variable warning: %s", undefined._undefined_message)

    class LoggingUndefined(base):  # type: ignore[valid-type,misc]
        __slots__ = ()

        def _fail_with_undefined_error(self, *args: Any, **kwargs: Any) -> NoReturn:
            log.error("Template variable error: %s", self._undefined_message)
            raise self._undefined_exception(self._undefined_message)

        def __str__(self) -> str:
            warn(self)
            return super().__str__()  # type: ignore[no-any-return]

        def __iter__(self) -> Iterator[Any]:
            warn(self)
            return super().__iter__()  # type: ignore[no-any-return]

        def __bool__(self) -> bool:
            warn(self)
            return super().__bool__()  # type: ignore[no-any-return]

    # The operations refer to the method of the class they were made in: bind them to ours.
    for name in OPERATIONS:
        if getattr(base, f"__{name}__") is Undefined._fail_with_undefined_error:
            setattr(LoggingUndefined, f"__{name}__", LoggingUndefined._fail_with_undefined_error)
    return LoggingUndefined
