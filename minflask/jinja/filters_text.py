"""The filters that look at one value: text, numbers, escaping, URLs and JSON.

Each is an ordinary function; the marker above it says which of environment, evaluation context or
context it is given first. ``filters`` names them for templates.
"""
from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from ..markup import Markup, escape, soft_str
from .errors import FilterArgumentError
from .text import htmlsafe_json_dumps, pformat, url_quote, urlize
from .undefined import Undefined
from .utils import pass_environment, pass_eval_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# What HTML forbids in the name of an attribute (HTML standard, 13.1.2.3) and would start another one.
_BREAKS_ATTRIBUTE_NAME = r"(?a:[\s/>=])"
_URI_SCHEME = r"[\w.+-]{2,}:/{0,2}"
_WORD_START = r"([-\s({\[<]+)"
_BINARY_UNITS = "KiB MiB GiB TiB PiB EiB ZiB YiB".split()
_DECIMAL_UNITS = "kB MB GB TB PB EB ZB YB".split()


def do_forceescape(value: Any) -> Markup:
    """Escape a value even if it is marked as safe.

    >>> do_forceescape(Markup("<b>"))
    Markup('&lt;b&gt;')
    """
    return escape(str(value.__html__() if hasattr(value, "__html__") else value))


def do_mark_safe(value: Any) -> Markup:
    """Mark a text as safe HTML: it is not escaped again."""
    return Markup(value)


def do_striptags(value: Any) -> str:
    """Remove tags and comments, and make one space of each run of blanks."""
    return Markup(value.__html__() if hasattr(value, "__html__") else str(value)).striptags()


def do_urlencode(value: Any) -> str:
    """Percent-encode a text, or write a mapping or pairs as a query string.

    >>> do_urlencode("a b/c"), do_urlencode({"q": "a b"})
    ('a%20b/c', 'q=a+b')
    """
    if isinstance(value, str) or not isinstance(value, Iterable):
        return url_quote(value)
    pairs = value.items() if isinstance(value, Mapping) else value
    return "&".join(f"{url_quote(key, for_qs=True)}={url_quote(item, for_qs=True)}" for key, item in pairs)


@pass_eval_context
def do_replace(eval_ctx: Any, s: str, old: str, new: str, count: int | None = None) -> str:
    """Replace a piece of text by another, everywhere or the first ``count`` times."""
    limit = -1 if count is None else count
    if not eval_ctx.autoescape:
        return str(s).replace(str(old), str(new), limit)
    # Markup.replace escapes what it is given, so one safe part makes the whole safe.
    safe = hasattr(old, "__html__") or hasattr(new, "__html__") and not hasattr(s, "__html__")
    text = escape(s) if safe else soft_str(s)
    return text.replace(soft_str(old), soft_str(new), limit)


def do_upper(s: str) -> str:
    """Write a text in upper case."""
    return soft_str(s).upper()


def do_lower(s: str) -> str:
    """Write a text in lower case."""
    return soft_str(s).lower()


def do_capitalize(s: str) -> str:
    """Begin a text with a capital; the rest becomes lower case."""
    return soft_str(s).capitalize()


def do_title(s: str) -> str:
    """Begin each word with a capital; the rest of each becomes lower case.

    >>> do_title("it's a (very) small-town story")
    "It's A (Very) Small-Town Story"
    """
    return "".join(part[:1].upper() + part[1:].lower() for part in re.split(_WORD_START, soft_str(s)))


def do_trim(value: str, chars: str | None = None) -> str:
    """Remove blanks, or the given characters, from both ends."""
    return soft_str(value).strip(chars)


def do_center(value: str, width: int = 80) -> str:
    """Put a text in the middle of a field of this width."""
    return soft_str(value).center(width)


@pass_eval_context
def do_xmlattr(eval_ctx: Any, d: Mapping[str, Any], autospace: bool = True) -> str:
    """Write a mapping as the attributes of a tag; what is None or undefined is left out.

    :param autospace: begin with a space if there is anything.
    :raises ValueError: for a name with a space, ``/``, ``>`` or ``=``, which would end the name and
        so let whoever chose it write attributes of its own (CVE-2024-22195, CVE-2024-34064).
    """
    items = [(key, value) for key, value in d.items() if value is not None and not isinstance(value, Undefined)]
    for key, _ in items:
        if re.search(_BREAKS_ATTRIBUTE_NAME, str(key)):
            raise ValueError(f"{key!r} is no name of an attribute. Invalid characters are spaces, '/', '>' and '='")
    written = " ".join(f'{escape(key)}="{escape(value)}"' for key, value in items)
    if autospace and written:
        written = " " + written
    return Markup(written) if eval_ctx.autoescape else written


def do_default(value: Any, default_value: Any = "", boolean: bool = False) -> Any:
    """Return another value where this one is undefined.

    :param boolean: also where it is false, empty or None.
    """
    if isinstance(value, Undefined) or boolean and not value:
        return default_value
    return value


def do_filesizeformat(value: str | float | int, binary: bool = False) -> str:
    """Write a number of bytes for people.

    :param binary: count in steps of 1024 (KiB, MiB) instead of 1000 (kB, MB).

    >>> do_filesizeformat(1), do_filesizeformat(1_300_000), do_filesizeformat(2048, True)
    ('1 Byte', '1.3 MB', '2.0 KiB')
    """
    size, step = float(value), 1024 if binary else 1000
    if size == 1:
        return "1 Byte"
    if size < step:
        return f"{int(size)} Bytes"
    unit = ""
    for unit in _BINARY_UNITS if binary else _DECIMAL_UNITS:
        size /= step
        if size < step:
            break
    return f"{size:.1f} {unit}"


def do_pprint(value: Any) -> str:
    """Write a value over as many lines as it takes to be read; for debugging."""
    return pformat(value)


@pass_eval_context
def do_urlize(
    eval_ctx: Any,
    value: str,
    trim_url_limit: int | None = None,
    nofollow: bool = False,
    target: str | None = None,
    rel: str | None = None,
    extra_schemes: Iterable[str] | None = None,
) -> str:
    """Make links of the URLs and mail addresses in a text.

    :param nofollow: add ``nofollow`` to the links' ``rel``; the policy ``urlize.rel`` is added too.
    :param target: the ``target`` of links; by default the policy ``urlize.target``.
    :param extra_schemes: more beginnings that make a link, such as ``tel:``; by default the policy.
    """
    policies = eval_ctx.environment.policies
    words = {*(rel or "").split(), *(policies["urlize.rel"] or "").split(), *(["nofollow"] if nofollow else [])}
    schemes = list((policies["urlize.extra_schemes"] if extra_schemes is None else extra_schemes) or ())
    for scheme in schemes:
        if not re.fullmatch(_URI_SCHEME, scheme):
            raise FilterArgumentError(f"{scheme!r} does not begin a URL; write it with its colon, such as 'tel:'")
    target = policies["urlize.target"] if target is None else target
    linked = urlize(value, trim_url_limit, " ".join(sorted(words)) or None, target, schemes)
    return Markup(linked) if eval_ctx.autoescape else linked


def do_indent(s: str, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
    """Indent the lines of a text, except the first one and blank ones.

    :param width: a number of spaces, or the text to put before each line.
    :param first: indent the first line too.
    :param blank: indent blank lines too.
    """
    # Markup is joined as Markup: the lines are safe already.
    kind: type[str] = Markup if isinstance(s, Markup) else str
    prefix, newline = kind(width if isinstance(width, str) else " " * width), kind("\n")
    lines = (s + newline).splitlines()  # the newline keeps a last, empty line
    indented = [prefix + line if blank or line else line for line in lines[1:]]
    text = newline.join([lines[0], *indented])
    return prefix + text if first else text


@pass_environment
def do_truncate(
    env: Any, s: str, length: int = 255, killwords: bool = False, end: str = "...", leeway: int | None = None
) -> str:
    """Cut a text to a length, at a blank.

    :param length: the most characters that come out, the ending included.
    :param killwords: cut inside a word.
    :param leeway: leave a text alone that is longer by no more than this; by default a policy, 5.
    """
    leeway = env.policies["truncate.leeway"] if leeway is None else leeway
    if length < len(end) or leeway < 0:
        raise FilterArgumentError(
            f"cannot cut to {length} characters with leeway {leeway}: the ending {end!r} alone has {len(end)},"
            " and a leeway is not negative"
        )
    if len(s) <= length + leeway:
        return s
    kept = s[:length - len(end)]
    return (kept if killwords else kept.rsplit(" ", 1)[0]) + end


@pass_environment
def do_wordwrap(
    environment: Any,
    s: str,
    width: int = 79,
    break_long_words: bool = True,
    wrapstring: str | None = None,
    break_on_hyphens: bool = True,
) -> str:
    """Wrap the lines of a text at a width; its own line breaks stay.

    :param wrapstring: what separates the lines; by default the environment's newline.
    """
    from textwrap import TextWrapper

    wrapper = TextWrapper(
        width, expand_tabs=False, replace_whitespace=False, break_long_words=break_long_words,
        break_on_hyphens=break_on_hyphens,
    )
    newline: str = environment.newline_sequence if wrapstring is None else wrapstring
    return newline.join(newline.join(wrapper.wrap(line)) for line in s.splitlines())


def do_wordcount(s: str) -> int:
    """Count the words of a text."""
    return len(re.findall(r"\w+", soft_str(s)))


def do_int(value: Any, default: int = 0, base: int = 10) -> int:
    """Make a whole number of a value, or return the default.

    :param base: for text: 16, 8 and 2 take the prefixes 0x, 0o and 0b.
    """
    try:
        return int(value, base) if isinstance(value, str) else int(value)
    except (TypeError, ValueError, OverflowError):
        pass
    try:
        return int(float(value))  # "42.23" is 42
    except (TypeError, ValueError, OverflowError):
        return default


def do_float(value: Any, default: float = 0.0) -> float:
    """Make a floating point number of a value, or return the default."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return default


def do_round(value: float, precision: int = 0, method: str = "common") -> float:
    """Round a number: ``common`` to the nearest, ``ceil`` up, ``floor`` down.

    >>> do_round(42.55), do_round(42.55, 1, "floor")
    (43.0, 42.5)
    """
    if method == "common":
        return round(value, precision)
    if method not in ("ceil", "floor"):
        raise FilterArgumentError(f"round knows the methods 'common', 'ceil' and 'floor', not {method!r}")
    factor = 10 ** precision
    rounded: float = getattr(math, method)(value * factor) / factor
    return rounded


def do_format(value: str, *args: Any, **kwargs: Any) -> str:
    """Fill a text in the style of ``%``: ``"%s, %s"|format(a, b)``, or with keywords, not both."""
    if args and kwargs:
        raise FilterArgumentError("format takes positional arguments or keyword arguments, not both at once")
    return soft_str(value) % (kwargs or args)


@pass_eval_context
def do_tojson(eval_ctx: Any, value: Any, indent: int | None = None) -> Markup:
    """Write a value as JSON that is safe in HTML, in ``<script>`` and in quoted attributes.

    The policies ``json.dumps_function`` and ``json.dumps_kwargs`` say how; ``indent`` adds line breaks.
    """
    policies = eval_ctx.environment.policies
    options = policies["json.dumps_kwargs"]
    if indent is not None:
        options = {**options, "indent": indent}
    return htmlsafe_json_dumps(value, policies["json.dumps_function"], **options)
