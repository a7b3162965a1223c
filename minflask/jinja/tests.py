"""The tests of the language: what may follow ``is``.

An environment copies the table ``TESTS``, and an application adds to its copy.
"""
from __future__ import annotations

import operator
from collections.abc import Mapping
from numbers import Number

from .undefined import Undefined
from .utils import pass_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from typing import Any


def test_odd(value: int) -> bool:
    """Tell whether a number is odd."""
    return value % 2 == 1


def test_divisibleby(value: int, num: int) -> bool:
    """Tell whether a number is a multiple of another."""
    return not value % num


def test_even(value: int) -> bool:
    """Tell whether a number is even."""
    return not value % 2


def test_defined(value: Any) -> bool:
    """Tell whether a variable has a value."""
    return not isinstance(value, Undefined)


def test_undefined(value: Any) -> bool:
    """Tell whether a variable has no value."""
    return isinstance(value, Undefined)


@pass_environment
def test_filter(env: Any, value: str) -> bool:
    """Tell whether there is a filter of this name."""
    return value in env.filters


@pass_environment
def test_test(env: Any, value: str) -> bool:
    """Tell whether there is a test of this name."""
    return value in env.tests


def test_none(value: Any) -> bool:
    """Tell whether a value is none."""
    return value is None


def test_boolean(value: Any) -> bool:
    """Tell whether a value is true or false itself."""
    return isinstance(value, bool)


def test_false(value: Any) -> bool:
    """Tell whether a value is false itself."""
    return value is False


def test_true(value: Any) -> bool:
    """Tell whether a value is true itself."""
    return value is True


def test_integer(value: Any) -> bool:
    """Tell whether a value is a whole number; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def test_float(value: Any) -> bool:
    """Tell whether a value is a floating point number."""
    return isinstance(value, float)


def test_number(value: Any) -> bool:
    """Tell whether a value is a number of any kind."""
    return isinstance(value, Number)


def test_string(value: Any) -> bool:
    """Tell whether a value is text."""
    return isinstance(value, str)


def test_lower(value: str) -> bool:
    """Tell whether a text is in lower case."""
    return str(value).islower()


def test_upper(value: str) -> bool:
    """Tell whether a text is in upper case."""
    return str(value).isupper()


def test_mapping(value: Any) -> bool:
    """Tell whether a value maps keys to values, as a dict does."""
    return isinstance(value, Mapping)


def test_sequence(value: Any) -> bool:
    """Tell whether a value has a length and items."""
    try:
        len(value)
        value.__getitem__
    except Exception:
        return False
    return True


def test_iterable(value: Any) -> bool:
    """Tell whether a value can be looped over."""
    try:
        iter(value)
    except TypeError:
        return False
    return True


def test_sameas(value: Any, other: Any) -> bool:
    """Tell whether two values are one and the same object."""
    return value is other


def test_escaped(value: Any) -> bool:
    """Tell whether a value is safe HTML."""
    return hasattr(value, "__html__")


def test_in(value: Any, seq: Container[Any]) -> bool:
    """Tell whether a value is among others."""
    return value in seq


_COMPARISONS = {
    operator.eq: ("==", "eq", "equalto"),
    operator.ne: ("!=", "ne"),
    operator.gt: (">", "gt", "greaterthan"),
    operator.ge: (">=", "ge"),
    operator.lt: ("<", "lt", "lessthan"),
    operator.le: ("<=", "le"),
}
_QUESTIONS = (
    test_boolean, test_defined, test_divisibleby, test_escaped, test_even, test_false, test_filter, test_float,
    test_in, test_integer, test_iterable, test_lower, test_mapping, test_none, test_number, test_odd, test_sameas,
    test_sequence, test_string, test_test, test_true, test_undefined, test_upper,
)
TESTS: dict[str, Callable[..., Any]] = {
    **{function.__name__[len("test_"):]: function for function in _QUESTIONS},
    **{name: function for function, names in _COMPARISONS.items() for name in names},
    "callable": callable,
}
