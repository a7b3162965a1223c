"""The types of options and arguments: text from the command line in, Python values out.

A value that a type cannot take ends the command with a message that names the
parameter and says what it takes.
"""

from __future__ import annotations

import os
import sys

from .errors import BadParameter, FileError, lookalikes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, NoReturn

    from .core import Context
    from .params import Parameter


class ParamType:
    """A type of values; a subclass writes `convert` and sets `name`."""

    #: What help pages and messages call it.
    name = "value"
    is_composite = False
    arity = 1
    #: What separates several values in an environment variable; None for white space.
    envvar_list_splitter: str | None = None

    def __call__(self, value: Any, param: Parameter | None = None, ctx: Context | None = None) -> Any:
        return None if value is None else self.convert(value, param, ctx)

    def convert(self, value: Any, param: Parameter | None, ctx: Context | None) -> Any:
        """Return the Python value of a text; a value of the type already stays as it is."""
        return value

    def split_envvar_value(self, text: str) -> Sequence[str]:
        """Return the values that an environment variable holds. May be overridden."""
        return text.split(self.envvar_list_splitter)

    def get_metavar(self, param: Parameter) -> str | None:
        """Return what stands for the value in help pages; None for the name of the type."""
        return None

    def fail(self, message: str, param: Parameter | None = None, ctx: Context | None = None) -> NoReturn:
        """Refuse a value."""
        raise BadParameter(message, ctx=ctx, param=param)


class _Plain(ParamType):
    """A type that a Python callable makes."""

    def __init__(self, name: str, make: Callable[[Any], Any], noun: str) -> None:
        self.name, self.make, self.noun = name, make, noun

    def convert(self, value: Any, param: Parameter | None, ctx: Context | None) -> Any:
        try:
            return self.make(value)
        except ValueError:
            self.fail(f"{value!r} is not a valid {self.noun}.", param, ctx)

    def __repr__(self) -> str:
        return self.name.upper()


def _text(value: Any) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)


_TRUE = {"1", "true", "t", "yes", "y", "on"}
_FALSE = {"0", "false", "f", "no", "n", "off"}


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError(value)


def _uuid(value: Any) -> Any:
    import uuid

    return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value).strip())


STRING = _Plain("text", _text, "text")
INT = _Plain("integer", int, "integer")
FLOAT = _Plain("float", float, "float")
BOOL = _Plain("boolean", _boolean, "boolean")
UUID = _Plain("uuid", _uuid, "UUID")
UNPROCESSED = _Plain("text", lambda value: value, "text")


class _Range(ParamType):
    number: _Plain

    def __init__(self, min: Any = None, max: Any = None, min_open: bool = False, max_open: bool = False,
                 clamp: bool = False) -> None:
        self.min, self.max, self.min_open, self.max_open, self.clamp = min, max, min_open, max_open, clamp
        self.name = f"{self.number.name} range"

    def convert(self, value: Any, param: Parameter | None, ctx: Context | None) -> Any:
        number = self.number.convert(value, param, ctx)
        too_low = self.min is not None and (number <= self.min if self.min_open else number < self.min)
        too_high = self.max is not None and (number >= self.max if self.max_open else number > self.max)
        if self.clamp and (too_low or too_high):
            return self.min + self.min_open if too_low else self.max - self.max_open
        if too_low or too_high:
            self.fail(f"{number} is not in the range {self.describe()}.", param, ctx)
        return number

    def describe(self) -> str:
        """Return the range as a person writes it: `1<=x<10`; "" where it has no limit."""
        if self.min is None and self.max is None:
            return ""
        low = "" if self.min is None else f"{self.min}{'<' if self.min_open else '<='}"
        high = "" if self.max is None else f"{'<' if self.max_open else '<='}{self.max}"
        return f"{low}x{high}"


class IntRange(_Range):
    """An integer within limits; `clamp=True` takes the nearest one that is."""

    number = INT


class FloatRange(_Range):
    """A number within limits; only limits that belong to the range can be clamped to."""

    number = FLOAT

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.clamp and (self.min_open or self.max_open):
            raise TypeError("There is no nearest number to a limit that is open; leave out clamp, or the open limit.")


def label(choice: Any) -> str:
    """Return how a choice is written: as its text, a member of an Enum by its name."""
    from enum import Enum

    return choice.name if isinstance(choice, Enum) else str(choice)


class Choice(ParamType):
    """One of several words, or of the members of an Enum, which go by their names."""

    name = "choice"

    def __init__(self, choices: Iterable[Any], case_sensitive: bool = True) -> None:
        self.choices, self.case_sensitive = list(choices), case_sensitive

    def convert(self, value: Any, param: Parameter | None, ctx: Context | None) -> Any:
        fold = str if self.case_sensitive else str.casefold
        wanted = fold(label(value))
        for choice in self.choices:
            if fold(label(choice)) == wanted:
                return choice
        near = lookalikes(label(value), map(label, self.choices))
        self.fail(f"{label(value)!r} is not one of {', '.join(repr(label(choice)) for choice in self.choices)}."
                  + (f" Did you mean {near[0]!r}?" if near else ""), param, ctx)

    def get_metavar(self, param: Parameter) -> str:
        listed = "|".join(map(label, self.choices))
        return f"{{{listed}}}" if param.required and param.param_type_name == "argument" else f"[{listed}]"


class DateTime(ParamType):
    """A date or a time, in one of several formats of `strptime`."""

    name = "datetime"

    def __init__(self, formats: Sequence[str] | None = None) -> None:
        self.formats = formats or ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]

    def convert(self, value: Any, param: Parameter | None, ctx: Context | None) -> Any:
        from datetime import datetime

        if isinstance(value, datetime):
            return value
        for form in self.formats:
            try:
                return datetime.strptime(value, form)
            except ValueError:
                continue
        self.fail(f"{value!r} does not match the format{'s' if len(self.formats) > 1 else ''}"
                  f" {', '.join(map(repr, self.formats))}.", param, ctx)

    def get_metavar(self, param: Parameter) -> str:
        return f"[{'|'.join(self.formats)}]"


class Path(ParamType):
    """The path of a file or folder, checked as far as asked."""

    envvar_list_splitter = os.pathsep

    def __init__(self, exists: bool = False, file_okay: bool = True, dir_okay: bool = True, writable: bool = False,
                 readable: bool = True, resolve_path: bool = False, allow_dash: bool = False,
                 path_type: Any = None, executable: bool = False) -> None:
        self.exists, self.file_okay, self.dir_okay = exists, file_okay, dir_okay
        self.writable, self.readable, self.executable = writable, readable, executable
        self.resolve_path, self.allow_dash, self.path_type = resolve_path, allow_dash, path_type
        self.name = "file" if not dir_okay else "directory" if not file_okay else "path"

    def convert(self, value: Any, param: Parameter | None, ctx: Context | None) -> Any:
        if not (self.allow_dash and value in ("-", b"-")):
            value = os.path.realpath(value) if self.resolve_path else value
            complaint = self._complaint(value)
            if complaint:
                self.fail(f"{self.name.capitalize()} {os.fsdecode(value)!r} {complaint}.", param, ctx)
        if self.path_type is None or isinstance(value, self.path_type):
            return value
        return os.fsencode(value) if self.path_type is bytes else self.path_type(value)

    def _complaint(self, path: Any) -> str | None:
        if not os.path.exists(path):
            return "does not exist" if self.exists else None
        if os.path.isdir(path) and not self.dir_okay:
            return "is a directory"
        if os.path.isfile(path) and not self.file_okay:
            return "is a file"
        wanted = ((self.readable, os.R_OK, "readable"), (self.writable, os.W_OK, "writable"),
                  (self.executable, os.X_OK, "executable"))
        return next((f"is not {word}" for asked, mode, word in wanted if asked and not os.access(path, mode)), None)


class File(ParamType):
    """A file, opened; ``-`` is standard input or output. It is closed when the command ends."""

    name = "filename"
    envvar_list_splitter = os.pathsep

    def __init__(self, mode: str = "r", encoding: str | None = None, errors: str | None = "strict") -> None:
        self.mode, self.encoding, self.errors = mode, encoding, errors

    def convert(self, value: Any, param: Parameter | None, ctx: Context | None) -> Any:
        if hasattr(value, "read") or hasattr(value, "write"):
            return value
        if value == "-":
            stream: Any = sys.stdin if "r" in self.mode else sys.stdout
            return stream.buffer if "b" in self.mode else stream
        binary = "b" in self.mode
        try:
            file = open(value, self.mode, encoding=None if binary else self.encoding or "utf-8",
                        errors=None if binary else self.errors)
        except OSError as error:
            raise BadParameter(FileError(str(value), error.strerror).format_message(), ctx, param) from None
        if ctx is not None:
            ctx.call_on_close(file.close)
        return file


class Tuple(ParamType):
    """Several values, each of its own type."""

    name = "tuple"
    is_composite = True

    def __init__(self, types: Sequence[Any]) -> None:
        self.types = [convert_type(kind) for kind in types]
        self.arity = len(self.types)

    def convert(self, value: Any, param: Parameter | None, ctx: Context | None) -> Any:
        if len(value) != self.arity:
            self.fail(f"{self.arity} values are needed, and {len(value)} were given.", param, ctx)
        return tuple(kind(item, param, ctx) for kind, item in zip(self.types, value))


_OF_PYTHON = {str: STRING, int: INT, float: FLOAT, bool: BOOL, None: STRING}


def _type_of(default: Any) -> Any:
    """Return the Python type that a default value, or the first of several, tells; a list of types for a tuple."""
    sample = default[0] if isinstance(default, (list, tuple)) and default else default
    return [type(item) for item in sample] if isinstance(sample, (list, tuple)) else type(sample)


def convert_type(kind: Any, default: Any = None) -> ParamType:
    """Return the parameter type of a Python type, a callable or None, for which the default value tells it."""
    if isinstance(kind, ParamType):
        return kind
    if isinstance(kind, type) and issubclass(kind, ParamType):
        return kind()
    if isinstance(kind, (tuple, list)):
        return Tuple(kind)
    if kind is None:
        kind = _type_of(default)
        return Tuple(kind) if isinstance(kind, list) else _OF_PYTHON.get(kind, STRING)
    if kind in _OF_PYTHON:
        return _OF_PYTHON[kind]
    if getattr(kind, "__module__", "") == "uuid":
        return UUID
    return _Plain(getattr(kind, "__name__", "value"), kind, getattr(kind, "__name__", "value"))
