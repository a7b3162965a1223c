"""Fast ways through the standard library's JSON, and one kind of error for all bad input.

Encoders are made once and kept, as making one takes longer than most documents
do. What the values mean, and who configures that, is decided in `provider` and
`tag`. The standard module is imported on first use.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from json import JSONDecoder
    from typing import Any

COMPACT = (",", ":")
MOST_DIGITS = 4300  # of an integer, as CPython's own limit; reading takes quadratic time
MOST_DEPTH = 1000  # in WebAssembly, where the stack may end with the whole interpreter instead of a RecursionError


def make_encoder(
    default: Callable[[Any], Any] | None,
    ensure_ascii: bool = True,
    sort_keys: bool = False,
    allow_nan: bool = True,
    separators: tuple[str, str] | None = None,
) -> Callable[[Any], str]:
    """Return a function that writes values as JSON text; keep it, that is what it is for.

    The parameters are those of `json.dumps`. The function raises ValueError for
    circular values and TypeError for what *default* does not know.
    """
    from json import encoder

    item, key = separators or (", ", ": ")
    general = encoder.JSONEncoder(
        default=default, ensure_ascii=ensure_ascii, sort_keys=sort_keys, allow_nan=allow_nan, separators=(item, key)
    ).encode
    make_c_encoder = getattr(encoder, "c_make_encoder", None)
    if make_c_encoder is None:
        return general
    escape = encoder.encode_basestring_ascii if ensure_ascii else encoder.encode_basestring
    # JSONEncoder makes one of these for each call, which is half the time of a
    # small document. It is shared here, so it cannot look out for circles.
    chunks = make_c_encoder(None, default, escape, None, key, item, sort_keys, False, allow_nan)

    def encode(value: Any) -> str:
        try:
            return "".join(chunks(value, 0))
        except RecursionError:
            return general(value)  # tells a circle from mere depth

    return encode


_made: list[JSONDecoder] = []


def _decoder() -> JSONDecoder:
    if not _made:
        from json import JSONDecoder

        bounded = hasattr(sys, "set_int_max_str_digits")
        _made.append(JSONDecoder() if bounded else JSONDecoder(parse_int=_bounded_int))
    return _made[0]


def _bounded_int(digits: str) -> int:
    """Read an integer where Python itself has no limit yet (before 3.10.7)."""
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"An integer in JSON has {len(digits)} digits, over the {MOST_DIGITS} allowed.")
    return int(digits)


def _refuse_depth(text: str) -> None:
    """Raise RecursionError for a text that is nested too deep; in one pass, also where its strings do not end."""
    if text.count("[") + text.count("{") <= MOST_DEPTH:
        return
    import re

    depth = 0
    for sign in re.findall(r"[\[{}\]]", re.sub(r'(?s)"(?:[^"\\]|\\.)*"?', "", text)):
        depth += 1 if sign in "[{" else -1
        if depth > MOST_DEPTH:
            raise RecursionError


def decode(text: str | bytes | bytearray) -> Any:
    """Read JSON text: as `json.loads`, except that any bad input is a ValueError, and faster.

    :param text: bytes may be UTF-8, UTF-16 or UTF-32, with a mark in front or without.
    """
    if not isinstance(text, str):
        from json import detect_encoding

        text = bytes(text).decode(detect_encoding(text))
    decoder = _decoder()
    try:
        if sys.platform == "emscripten":
            _refuse_depth(text)
        try:
            value, end = decoder.raw_decode(text)
        except ValueError:
            end = -1
        # blanks around it; or it is wrong, and decode() says how
        return value if end == len(text) else decoder.decode(text)
    except RecursionError:
        raise ValueError("The JSON is nested too deep to be read.") from None
