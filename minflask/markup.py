"""Text that is safe to put into HTML, and the escaping that makes it so.

`Markup` is a `str` that remembers it needs no escaping; whatever is joined to
it is escaped first. An object can bring its own safe form by a method
`__html__()`. Templates and applications build on this file; it knows neither.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from string import Formatter
    from typing import Any

    class EscapeFormatter(Formatter):  # made by _formatter_class on first use
        def __init__(self, escape: Callable[[Any], Markup]) -> None: ...

_str_new = str.__new__
# Their text has no character that means something in HTML, so they format as they are.
_HARMLESS = frozenset((int, float, bool, type(None)))


def _escape_inner(text: str) -> str:
    # A test by `in` costs a third of a replace that finds nothing, and most
    # text is clean. The ampersand comes first: the others bring new ones.
    text = text.replace("&", "&amp;") if "&" in text else text
    text = text.replace("<", "&lt;") if "<" in text else text
    text = text.replace(">", "&gt;") if ">" in text else text
    text = text.replace('"', "&#34;") if '"' in text else text
    return text.replace("'", "&#39;") if "'" in text else text


def escape(s: Any) -> Markup:
    """Return the value as HTML in which `& < > " '` cannot be taken for markup.

    Use it on everything that is put into a page and did not come from you. What
    has a `__html__` method (`Markup` has) says for itself what is safe; any
    other object is turned into text first.

    >>> escape('<b>"Tom" & \\'Ann\\'</b>')
    Markup('&lt;b&gt;&#34;Tom&#34; &amp; &#39;Ann&#39;&lt;/b&gt;')
    >>> escape(Markup("<hr>"))
    Markup('<hr>')
    """
    # The exact type: a proxy may claim `str` as its class and be none.
    if type(s) is str:
        return _str_new(Markup, _escape_inner(s))
    if hasattr(s, "__html__"):
        return _str_new(Markup, s.__html__())
    return _str_new(Markup, _escape_inner(str(s)))


def escape_silent(s: Any) -> Markup:
    """Escape like `escape`, but take None for an empty text: for optional values."""
    return Markup() if s is None else escape(s)


def soft_str(s: Any) -> str:
    """Turn a value into text, and leave what is text already (a `Markup`, too) as it is."""
    return s if isinstance(s, str) else str(s)


soft_unicode = soft_str  # its name in the days of Flask 1.x


def unescape(text: str) -> str:
    """Return the text that HTML with entities stands for.

    >>> unescape("&lt;&eacute;&#8364;")
    '<é€'
    """
    from html import unescape as unescape_html

    return unescape_html(str(text))


def striptags(text: str) -> str:
    """Return what a page says without its tags and comments, blanks run together.

    This is for showing a gist, not for cleaning hostile HTML. It takes time in
    proportion to the text, whatever that holds (MarkupSafe 2.1.4 had to learn).

    >>> striptags("<p>One &lt; <b>two</b><!-- so -->\\n </p>")
    'One < two'
    """
    bare = _without(_without(str(text), "<!--", "-->"), "<", ">")
    return unescape(" ".join(bare.split()))


def _without(text: str, opening: str, closing: str) -> str:
    """Cut every stretch from an opening mark to the next closing one."""
    kept, position = [], 0
    while True:
        start = text.find(opening, position)
        end = text.find(closing, start) if start >= 0 else -1
        if end < 0:
            break
        kept.append(text[position:start])
        position = end + len(closing)
    kept.append(text[position:])
    return "".join(kept)


class Markup(str):
    """A text that is HTML already and is not escaped again.

    Make one only of what you trust. Every operation that brings in another value
    (`+`, `%`, `join`, `format`, `replace`) escapes that value, so a page can be
    put together safely; the results are `Markup` again. An object with a
    `__html__` method is asked for its own HTML.

    >>> Markup("<em>%s</em>") % "<you>"
    Markup('<em>&lt;you&gt;</em>')
    >>> "1 < 2 " + Markup("<br>")
    Markup('1 &lt; 2 <br>')

    :param base: the HTML, or what has it in `__html__`.
    :param encoding: of *base*, when that is bytes; *errors* as in `bytes.decode`.
    """

    __slots__ = ()

    def __new__(cls, base: Any = "", encoding: str | None = None, errors: str = "strict") -> Markup:
        if hasattr(base, "__html__"):
            base = base.__html__()
        if encoding is None:
            return _str_new(cls, base)
        return _str_new(cls, base, encoding, errors)

    def __html__(self) -> Markup:
        return self

    def __html_format__(self, format_spec: str) -> Markup:
        """Take part in `Markup.format`; a specification has no meaning here."""
        if format_spec:
            raise ValueError(f"{format_spec!r} cannot be applied to Markup: it would cut through tags and entities.")
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str.__repr__(self)})"

    @classmethod
    def escape(cls, s: Any) -> Markup:
        """Escape a value into this class: for a subclass, `escape` with its own type."""
        escaped = escape(s)
        return escaped if type(escaped) is cls else cls(escaped)

    def __add__(self, other: Any, /) -> Markup:
        if isinstance(other, str) or hasattr(other, "__html__"):
            return type(self)(str.__add__(self, self.escape(other)))
        return NotImplemented

    def __radd__(self, other: Any, /) -> Markup:
        if isinstance(other, str) or hasattr(other, "__html__"):
            return type(self)(str.__add__(self.escape(other), self))
        return NotImplemented

    def __mod__(self, values: Any, /) -> Markup:
        if not isinstance(values, tuple):
            if hasattr(type(values), "__getitem__") and not isinstance(values, str):  # named fields
                return type(self)(str.__mod__(self, _Fields(values, self.escape)))
            values = (values,)
        values = tuple([_on_format(value, self.escape) for value in values])
        return type(self)(str.__mod__(self, values))

    def format(self, *args: Any, **kwargs: Any) -> Markup:
        """Format as `str.format` does, each value escaped.

        A value's `__html_format__(spec)` is preferred to its `__html__()`, and
        that to its `__format__`.

        >>> Markup("<b>{0}</b>").format("a & b")
        Markup('<b>a &amp; b</b>')
        """
        return type(self)(_formatter_class()(self.escape).vformat(self, args, kwargs))

    def format_map(self, mapping: Mapping[str, Any], /) -> Markup:  # type: ignore[override]
        """Format with the values of a mapping, each escaped."""
        return type(self)(_formatter_class()(self.escape).vformat(self, (), mapping))

    def join(self, parts: Iterable[Any], /) -> Markup:
        """Join the parts, each escaped, with this text between them."""
        return type(self)(str.join(self, map(self.escape, parts)))

    def replace(self, old: str, new: str, count: Any = -1) -> Markup:
        """Replace *old* by *new*, which is escaped."""
        return type(self)(str.replace(self, old, self.escape(new), count))

    def unescape(self) -> str:
        """Return the plain text that this HTML stands for: see `unescape`."""
        return unescape(self)

    def striptags(self) -> str:
        """Return the plain text without tags and comments: see `striptags`."""
        return striptags(self)


# The other methods of str, by what their result is made into. Arguments that
# become part of the text are escaped: those of the padding methods.
_MADE_MARKUP = """__getitem__ __mul__ __rmul__ capitalize casefold expandtabs lower lstrip removeprefix
    removesuffix rstrip strip swapcase title translate upper zfill""".split()
_PADDING = "center ljust rjust".split()
_MADE_LISTS = {"split": list, "rsplit": list, "splitlines": list, "partition": tuple, "rpartition": tuple}


def _add_method(name: str, make: Callable[..., Any]) -> None:
    make.__name__, make.__qualname__ = name, f"Markup.{name}"
    make.__doc__ = getattr(str, name).__doc__
    setattr(Markup, name, make)


def _add_str_methods() -> None:
    """Give Markup the methods of the tables above."""

    def made_markup(plain: Callable[..., str]) -> Callable[..., Markup]:
        return lambda self, *args, **kwargs: type(self)(plain(self, *args, **kwargs))

    def padding(plain: Callable[..., str]) -> Callable[..., Markup]:
        return lambda self, width, fill=" ": type(self)(plain(self, width, self.escape(fill)))

    def made_list(plain: Callable[..., Iterable[str]], kind: type) -> Callable[..., Any]:
        return lambda self, *args, **kwargs: kind([type(self)(part) for part in plain(self, *args, **kwargs)])

    for name in _MADE_MARKUP:
        _add_method(name, made_markup(getattr(str, name)))
    for name in _PADDING:
        _add_method(name, padding(getattr(str, name)))
    for name, kind in _MADE_LISTS.items():
        _add_method(name, made_list(getattr(str, name), kind))


_add_str_methods()


def _on_format(value: Any, escape: Callable[[Any], Markup]) -> Any:
    """Wrap an operand of `%`, unless nothing can happen with it."""
    return value if type(value) in _HARMLESS else _Operand(value, escape)


class _Operand:
    """An operand of `Markup.__mod__`: escapes itself when the format asks for text."""

    __slots__ = ("value", "escape")

    def __init__(self, value: Any, escape: Callable[[Any], Markup]) -> None:
        self.value, self.escape = value, escape

    def __str__(self) -> str:
        return str(self.escape(self.value))

    def __repr__(self) -> str:
        return str(self.escape(repr(self.value)))

    def __int__(self) -> int:
        return int(self.value)

    def __index__(self) -> int:
        return self.value.__index__()  # type: ignore[no-any-return]

    def __float__(self) -> float:
        return float(self.value)


class _Fields(_Operand):
    """An operand with named fields. (`%` complains of a plain one left over, and of this kind not.)"""

    __slots__ = ()

    def __getitem__(self, key: Any) -> Any:
        return _on_format(self.value[key], self.escape)


def _formatter_class() -> type[EscapeFormatter]:
    """Return EscapeFormatter, made on first use: `string` costs half a millisecond to import."""
    known = globals().get("EscapeFormatter")
    if known is not None:
        return known  # type: ignore[no-any-return]
    from string import Formatter

    class EscapeFormatter(Formatter):
        """A formatter whose fields are escaped by the function it is given."""

        def __init__(self, escape: Callable[[Any], Markup]) -> None:
            self.escape = escape
            super().__init__()

        def format_field(self, value: Any, format_spec: str) -> str:
            """Return the escaped text of one field."""
            if hasattr(value, "__html_format__"):
                done = value.__html_format__(format_spec)
            elif hasattr(value, "__html__"):
                if format_spec:
                    raise ValueError(
                        f"{format_spec!r} was given for a {type(value).__name__}, which has __html__ but no"
                        " __html_format__ to understand it."
                    )
                return str(value.__html__())
            else:
                done = super().format_field(value, str(format_spec))
            return str(self.escape(done))

    EscapeFormatter.__qualname__ = "EscapeFormatter"
    globals()["EscapeFormatter"] = EscapeFormatter
    return EscapeFormatter  # type: ignore[return-value]  # it is the one declared on top


def __getattr__(name: str) -> Any:
    if name == "EscapeFormatter":
        return _formatter_class()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
