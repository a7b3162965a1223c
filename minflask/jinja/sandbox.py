"""An environment for templates that are not trusted.

It refuses attributes that lead into Python's inside, callables marked as unsafe, and sizes that would
exhaust the server. It is one wall, not the only one: a program that renders what strangers wrote also
limits time and memory, and passes only plain data.
"""
from __future__ import annotations

import operator
import types
from collections import abc, deque
from functools import wraps
from string import Formatter

from _string import formatter_field_name_split  # type: ignore[import-not-found]

from ..markup import EscapeFormatter, Markup
from .environment import Environment
from .errors import SecurityError
from .utils import internalcode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, TypeVar

    from .runtime import Context
    from .undefined import Undefined

    Function = TypeVar("Function", bound=Callable[..., Any])

MAX_RANGE = 100_000  # items that range() may have
MAX_LENGTH = 1_000_000  # characters or items that repeating a sequence may give
MAX_BITS = 100_000  # of a whole number that * and ** may give: some 30,000 digits

# Attributes, by type, that lead to code, frames or types; names with two underscores are refused anyway.
_INTERNALS: tuple[tuple[Any, frozenset[str]], ...] = (
    (type, frozenset(("mro",))),
    (types.GeneratorType, frozenset(("gi_frame", "gi_code"))),
    (types.CoroutineType, frozenset(("cr_frame", "cr_code"))),
    (types.AsyncGeneratorType, frozenset(("ag_frame", "ag_code"))),
)
_ALL_INTERNAL = (types.CodeType, types.TracebackType, types.FrameType)
_MUTATORS: tuple[tuple[type, frozenset[str]], ...] = (
    (abc.MutableSet, frozenset(
        "add clear difference_update discard pop remove symmetric_difference_update update".split()
    )),
    (abc.MutableMapping, frozenset("clear pop popitem setdefault update".split())),
    (abc.MutableSequence, frozenset("append clear extend insert pop remove reverse sort".split())),
    (deque, frozenset("append appendleft clear extend extendleft insert pop popleft remove reverse rotate".split())),
)


_REPEATED = (str, bytes, bytearray, list, tuple, deque)


def safe_range(*args: int) -> range:
    """Make a range, but none longer than ``MAX_RANGE``.

    :raises OverflowError: for a longer one.
    """
    numbers = range(*args)
    if len(numbers) > MAX_RANGE:
        raise OverflowError(f"a range in the sandbox has at most {MAX_RANGE} items (sandbox.MAX_RANGE)")
    return numbers


def safe_multiply(left: Any, right: Any) -> Any:
    """Multiply, or repeat a sequence, if the result is not too large.

    :raises OverflowError: when it is.
    """
    for number, other in ((left, right), (right, left)):
        if isinstance(number, int) and isinstance(other, _REPEATED) and len(other) * number > MAX_LENGTH:
            raise OverflowError(f"repeating gives at most {MAX_LENGTH} items in the sandbox (sandbox.MAX_LENGTH)")
    if isinstance(left, int) and isinstance(right, int):
        _check_bits(left.bit_length() + right.bit_length())
    return left * right


def safe_power(left: Any, right: Any) -> Any:
    """Raise to a power, if the result is not too large.

    :raises OverflowError: when it is.
    """
    if isinstance(left, int) and isinstance(right, int):
        _check_bits(max(abs(left) - 1, 0).bit_length() * abs(right))
    return left ** right


def _check_bits(bits: int) -> None:
    if bits > MAX_BITS:
        raise OverflowError(f"whole numbers have at most {MAX_BITS} bits in the sandbox (sandbox.MAX_BITS)")


def unsafe(f: Function) -> Function:
    """Mark a function or method as one that templates in a sandbox may not call.

    >>> @unsafe
    ... def delete_everything(): ...
    """
    f.unsafe_callable = True  # type: ignore[attr-defined]
    return f


def is_internal_attribute(obj: Any, attr: str) -> bool:
    """Tell whether an attribute leads into Python's inside.

    >>> is_internal_attribute(str, "mro"), is_internal_attribute("", "upper")
    (True, False)
    """
    if isinstance(obj, _ALL_INTERNAL) or attr.startswith("__"):
        return True
    return any(attr in names for kind, names in _INTERNALS if isinstance(obj, kind))


def modifies_known_mutable(obj: Any, attr: str) -> bool:
    """Tell whether an attribute is a method that changes a list, dict, set or deque.

    >>> modifies_known_mutable([], "append"), modifies_known_mutable([], "index")
    (True, False)
    """
    return any(attr in names for kind, names in _MUTATORS if isinstance(obj, kind))


class SandboxedEnvironment(Environment):
    """An environment that asks before it reads an attribute or calls something.

    ``is_safe_attribute`` and ``is_safe_callable`` may be overridden. What is refused is an undefined
    value whose use raises SecurityError. The operators in ``intercepted_binops`` and
    ``intercepted_unops`` go through ``binop_table`` and ``unop_table``; by default ``*`` and ``**`` do.

    >>> SandboxedEnvironment().from_string("{{ ''.__class__.mro() }}").render()
    Traceback (most recent call last):
    ...
    minflask.jinja.errors.SecurityError: the sandbox keeps the attribute '__class__' of a 'str' object closed
    """

    sandboxed = True
    default_binop_table: dict[str, Callable[[Any, Any], Any]] = {
        "+": operator.add,
        "-": operator.sub,
        "*": safe_multiply,
        "/": operator.truediv,
        "//": operator.floordiv,
        "**": safe_power,
        "%": operator.mod,
    }
    default_unop_table: dict[str, Callable[[Any], Any]] = {"+": operator.pos, "-": operator.neg}
    intercepted_binops: frozenset[str] = frozenset(("*", "**"))
    intercepted_unops: frozenset[str] = frozenset()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.globals["range"] = safe_range
        self.binop_table = self.default_binop_table.copy()
        self.unop_table = self.default_unop_table.copy()

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Tell whether a template may have an attribute. May be overridden; by default not with a leading ``_``.

        :param value: of the attribute.
        """
        return not (attr.startswith("_") or is_internal_attribute(obj, attr))

    def is_safe_callable(self, obj: Any) -> bool:
        """Tell whether a template may call something. May be overridden; by default not what ``unsafe`` marked."""
        return not (getattr(obj, "unsafe_callable", False) or getattr(obj, "alters_data", False))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Apply an operator that is intercepted. May be overridden."""
        return self.binop_table[operator](left, right)

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:
        """Apply an operator with one operand that is intercepted. May be overridden."""
        return self.unop_table[operator](arg)

    @internalcode
    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return the item, else the attribute if it is safe, else an undefined value."""
        try:
            return obj[argument]
        except (TypeError, LookupError):
            pass
        if isinstance(argument, str):
            try:
                value = getattr(obj, str(argument))
            except AttributeError:
                pass
            else:
                return self._guarded(obj, argument, value)
        return self.undefined(obj=obj, name=argument)

    @internalcode
    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return the attribute if it is safe, else the item, else an undefined value."""
        try:
            value = getattr(obj, attribute)
        except AttributeError:
            pass
        else:
            return self._guarded(obj, attribute, value)
        try:
            return obj[attribute]
        except (TypeError, LookupError):
            return self.undefined(obj=obj, name=attribute)

    @internalcode
    def _guarded(self, obj: Any, attribute: str, value: Any) -> Any:
        formatting = self.wrap_str_format(value)
        if formatting is not None:
            return formatting
        return value if self.is_safe_attribute(obj, attribute, value) else self.unsafe_undefined(obj, attribute)

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        """Return what stands for an attribute that is refused."""
        return self.undefined(
            f"the sandbox keeps the attribute {attribute!r} of a {type(obj).__name__!r} object closed",
            name=attribute, obj=obj, exc=SecurityError,
        )

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """Return a safe twin of ``str.format`` or ``str.format_map``; None for anything else.

        Their fields reach attributes, so the twin asks this environment (CVE-2016-10745, CVE-2019-10906).
        The method itself is looked at, not its name in the template: it may come from a variable, a
        filter or an attribute (CVE-2024-56326, CVE-2025-27516).
        """
        if any(value is method for method in _UNBOUND_FORMATS):
            text: tuple[str, ...] = ()
        elif not isinstance(value, (types.MethodType, types.BuiltinMethodType)):
            return None
        elif isinstance(value.__self__, str) and value.__name__ in ("format", "format_map"):
            text = (value.__self__,)
        else:
            return None
        is_map = value.__name__ == "format_map"
        return wraps(value)(lambda *args, **kwargs: self._format(is_map, kwargs, *text, *args))

    def _format(self, is_map: bool, kwargs: Mapping[str, Any], text: str, *args: Any) -> str:
        if is_map:
            if kwargs or len(args) != 1:
                raise TypeError("format_map takes exactly one argument, a mapping")
            [kwargs], args = args, ()
        formatter = SandboxedFormatter(self)
        if isinstance(text, Markup):
            formatter = SandboxedEscapeFormatter(self, escape=text.escape)
        return type(text)(formatter.vformat(text, args, kwargs))

    @internalcode
    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call something for a template, if that is safe.

        :raises SecurityError: when it is not.
        """
        obj = self.wrap_str_format(obj) or obj
        if not self.is_safe_callable(obj):
            raise SecurityError(f"{obj!r} is marked as unsafe: a template in the sandbox may not call it")
        return context.call(obj, *args, **kwargs)


_UNBOUND_FORMATS = (str.format, Markup.format, str.format_map, Markup.format_map)


class ImmutableSandboxedEnvironment(SandboxedEnvironment):
    """A sandbox in which templates cannot change the lists, dicts, sets and deques they are given either."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Refuse the methods that change a value, too."""
        return super().is_safe_attribute(obj, attr, value) and not modifies_known_mutable(obj, attr)


class SandboxedFormatter(Formatter):
    """A formatter whose fields ask the environment for attributes and items."""

    def __init__(self, env: Environment, **kwargs: Any) -> None:
        self._env = env
        super().__init__(**kwargs)

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, Any]:
        """Follow a field such as ``0.name[key]``."""
        name, steps = formatter_field_name_split(field_name)
        value = self.get_value(name, args, kwargs)
        for is_attribute, step in steps:
            value = (self._env.getattr if is_attribute else self._env.getitem)(value, step)
        return value, name


class SandboxedEscapeFormatter(SandboxedFormatter, EscapeFormatter):
    """The same for Markup: what the fields hold is escaped."""
