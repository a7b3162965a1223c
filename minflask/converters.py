"""Turn the variable parts of a URL into Python values, and values into text of a URL.

A converter is a regular expression and two methods. It sees one value at a
time: rules, maps and requests are unknown here. All limits on what a client
may send as a number are in this file.
"""

from __future__ import annotations

from .http.urls import quote_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Callable
    from uuid import UUID

# More digits than any key, and few enough that int() is quick: Python itself refuses
# more than 4300 (CVE-2020-10735), which would be an error of the server.
MAX_DIGITS = 100


class ValidationError(ValueError):
    """Raise it in ``to_python`` when a text fits the pattern but is no valid value.

    The rule then does not match, and the next one that could is tried.
    """


class BaseConverter:
    """Match any text without a slash; subclass it to make a converter.

    ``regex`` is what the text must match as a whole. ``weight`` orders
    converters that stand at the same place: the lighter is tried first.
    ``part_isolating`` says that the text never holds a slash; when a
    subclass sets ``regex`` only, it follows from that.

    :param map: the map whose rules use the converter.

    >>> class Squared(BaseConverter):
    ...     regex = "[0-9]{1,9}"
    ...     def to_python(self, value):
    ...         return int(value) ** 2
    >>> Squared(None).to_python("7")
    49
    """

    weight, part_isolating, regex = 100, True, "[^/]+"

    def __init_subclass__(cls, **options: Any) -> None:
        if "regex" in vars(cls):
            cls.part_isolating = vars(cls).get("part_isolating", "/" not in cls.regex)
        super().__init_subclass__(**options)

    def __init__(self, map: Any, *args: Any, **kwargs: Any) -> None:
        self.map = map

    def to_python(self, value: str) -> Any:
        """Return what the view gets for the text in the URL. May be overridden.

        :raises ValidationError: when the rule shall not match after all.
        """
        return value

    def to_url(self, value: Any) -> str:
        """Return the text for a URL, quoted, that stands for a value. May be overridden."""
        if isinstance(value, (bytes, bytearray)):  # each byte, UTF-8 or not
            from urllib.parse import quote_from_bytes

            return quote_from_bytes(value, "!$&'()*+,/:;=@")
        return quote_path(str(value))


class UnicodeConverter(BaseConverter):
    """``string``, the default: text without a slash, of a length within limits.

    :param length: the exact number of characters, instead of the other two.

    >>> UnicodeConverter(None, length=2).regex
    '[^/]{2}'
    """

    def __init__(self, map: Any, minlength: int = 1, maxlength: int | None = None, length: int | None = None) -> None:
        super().__init__(map)
        if length is not None:
            self.regex = f"[^/]{{{int(length)}}}"
        else:
            self.regex = f"[^/]{{{int(minlength)},{'' if maxlength is None else int(maxlength)}}}"


class PathConverter(BaseConverter):
    """``path``: text that may hold slashes, but does not begin with one, nor hold a newline."""

    regex = "[^/].*?"
    weight = 200
    part_isolating = False


class AnyConverter(BaseConverter):
    """``any``: one of the items provided, as in ``<any(about, help, "a b"):page>``."""

    def __init__(self, map: Any, *items: str) -> None:
        import re

        super().__init__(map)
        self.items = set(items)
        self.regex = f"(?:{'|'.join([re.escape(item) for item in items])})"
        self.part_isolating = not any("/" in item for item in items)

    def to_url(self, value: Any) -> str:
        """Return the quoted item.

        :raises ValueError: when the value is none of the items.
        """
        if value in self.items:
            return super().to_url(value)
        raise ValueError(f"'{value}' is not one of {', '.join(repr(item) for item in sorted(self.items))}")


class NumberConverter(BaseConverter):
    """What ``int`` and ``float`` have in common; not for rules itself.

    :param fixed_digits: the number of characters, with leading zeros; only without a sign.
    :param min: the smallest value that matches.
    :param max: the largest value that matches.
    :param signed: whether a minus sign may stand before the digits.
    """

    weight = 50
    num_convert: Any = int

    def __init__(self, map: Any, fixed_digits: int = 0, min: Any = None, max: Any = None, signed: bool = False) -> None:
        super().__init__(map)
        self.fixed_digits, self.min, self.max, self.signed = fixed_digits, min, max, signed
        if signed:
            self.regex = f"-?(?:{self.regex})"

    def to_python(self, value: str) -> Any:
        """Return the number.

        :raises ValidationError: when it is out of bounds, too long, or not of ASCII digits.
        """
        if (self.fixed_digits and len(value) != self.fixed_digits
                or len(value) > 2 * MAX_DIGITS + 2 or not value.isascii()):
            raise ValidationError
        try:
            number = self.num_convert(value)
        except ValueError as exc:
            raise ValidationError from exc
        if (self.min is not None and number < self.min) or (self.max is not None and number > self.max):
            raise ValidationError
        return number

    def to_url(self, value: Any) -> str:
        """Return the number as text, with leading zeros when the length is fixed."""
        text = str(self.num_convert(value))
        return text.zfill(self.fixed_digits) if self.fixed_digits else text


class IntegerConverter(NumberConverter):
    """``int``: up to a hundred ASCII digits, as an ``int``.

    Without ``signed=True`` a minus sign does not match.

    >>> IntegerConverter(None).to_python("007")
    7
    """

    regex = f"[0-9]{{1,{MAX_DIGITS}}}"


class FloatConverter(NumberConverter):
    """``float``: digits, a dot and digits, as a ``float``; neither exponents nor ``nan``.

    >>> FloatConverter(None).to_python("1.50")
    1.5
    """

    regex = rf"[0-9]{{1,{MAX_DIGITS}}}\.[0-9]{{1,{MAX_DIGITS}}}"
    num_convert = float

    def __init__(self, map: Any, min: float | None = None, max: float | None = None, signed: bool = False) -> None:
        super().__init__(map, min=min, max=max, signed=signed)


class UUIDConverter(BaseConverter):
    """``uuid``: the text of a UUID in its usual five groups, as a :class:`uuid.UUID`."""

    regex = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"

    def to_python(self, value: str) -> UUID:
        """Return the UUID."""
        from uuid import UUID

        return UUID(value)


DEFAULT_CONVERTERS: Mapping[str, type[BaseConverter]] = dict(
    any=AnyConverter, default=UnicodeConverter, float=FloatConverter, int=IntegerConverter, path=PathConverter,
    string=UnicodeConverter, uuid=UUIDConverter,
)


def holds_slash(regex: str) -> bool:
    """Tell whether a pattern asks for a slash, for converters that make theirs as they are made.

    >>> holds_slash("[a-z]+/[a-z]+"), holds_slash("[^/:]+")
    (True, False)
    """
    if "/" not in regex:
        return False
    import re

    return "/" in re.sub(r"\[\^[^\]]*\]", "", regex)


def reader_of(converter: BaseConverter) -> Callable[[str], Any] | None:
    """Return the quickest callable that does what ``to_python`` would; None stands for the text itself.

    Only what is provably the same is cut short: an overridden method, another
    pattern or a limit leads to the method.
    """
    method = getattr(converter.to_python, "__func__", None)
    if method is BaseConverter.to_python:
        return None
    if (method is NumberConverter.to_python and isinstance(converter, IntegerConverter) and converter.num_convert is int
            and converter.regex == IntegerConverter.regex and not converter.fixed_digits
            and converter.min is converter.max is None):
        return int
    return converter.to_python


def writer_of(converter: BaseConverter) -> str:
    """Return the quickest expression, with ``{value}`` and ``{to_url}``, that does what ``to_url`` would."""
    method = getattr(converter.to_url, "__func__", None)
    if method is BaseConverter.to_url:
        return "(quote({value}) if {value}.__class__ is str else {to_url}({value}))"
    if (method is NumberConverter.to_url and isinstance(converter, IntegerConverter) and converter.num_convert is int
            and not converter.fixed_digits):
        return "({value} if {value}.__class__ is int else {to_url}({value}))"
    return "{to_url}({value})"
