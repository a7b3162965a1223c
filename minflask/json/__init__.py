"""JSON as the current application writes and reads it: use this module in place of the standard `json`.

The functions take the standard ones' arguments. Outside of an application
context they do as an application with default settings would.
"""

from __future__ import annotations

import json as _json

from ..globals import _current, find_app_context
from .provider import DefaultJSONProvider, _default, guarded_loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

    from ..app import Flask
    from ..wrappers import Response

_HTML_SAFE = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", ord("'"): "\\u0027"}


class JSONEncoder(_json.JSONEncoder):
    """The standard encoder with the types of applications; subclass it and set `app.json_encoder` (Flask 1.x)."""

    def default(self, o: Any) -> Any:
        """Return a form of `o` that JSON has, or raise TypeError. May be overridden."""
        return _default(o)


class JSONDecoder(_json.JSONDecoder):
    """The standard decoder; subclass it and set `app.json_decoder` (Flask 1.x)."""


def _provider(app: Flask | None) -> Any:
    if app is not None:
        return app.json
    frame = _current.get()
    return None if frame is None else frame.app.json


def dumps(obj: Any, *, app: Flask | None = None, **kwargs: Any) -> str:
    """Write a value as text, as the current application does.

    :param app: the application, where none is active (Flask 1.x).

    >>> dumps({"b": 1, "a": 2})
    '{"a": 2, "b": 1}'
    """
    provider = _provider(app)
    if provider is not None:
        return str(provider.dumps(obj, **kwargs))
    if "cls" not in kwargs:
        kwargs.setdefault("default", DefaultJSONProvider.default)
    kwargs.setdefault("sort_keys", True)
    return _json.dumps(obj, **kwargs)


def dump(obj: Any, fp: IO[str], *, app: Flask | None = None, **kwargs: Any) -> None:
    """Write a value to a file opened for text, as the current application does."""
    provider = _provider(app)
    if provider is not None:
        provider.dump(obj, fp, **kwargs)
    else:
        fp.write(dumps(obj, **kwargs))


def loads(s: str | bytes, *, app: Flask | None = None, **kwargs: Any) -> Any:
    """Read a value from text or bytes, as the current application does. Raises ValueError for bad JSON."""
    provider = _provider(app)
    return guarded_loads(s, **kwargs) if provider is None else provider.loads(s, **kwargs)


def load(fp: IO[Any], *, app: Flask | None = None, **kwargs: Any) -> Any:
    """Read a value from a file, as the current application does."""
    provider = _provider(app)
    return guarded_loads(fp.read(), **kwargs) if provider is None else provider.load(fp, **kwargs)


def jsonify(*args: Any, **kwargs: Any) -> Response:
    """Make a JSON response: `jsonify(value)`, `jsonify(1, 2)` of a list, `jsonify(name=value)` of an object."""
    response: Response = find_app_context().app.json.response(*args, **kwargs)
    return response


def htmlsafe_dumps(obj: Any, **kwargs: Any) -> Any:
    r"""Write a value so that it can stand in HTML, in a `<script>` or an attribute in single quotes.

    The result is `Markup`; the filter `|tojson` does the same.

    >>> htmlsafe_dumps("</script>")
    Markup('"\\u003c/script\\u003e"')
    """
    from ..markup import Markup

    return Markup(dumps(obj, **kwargs).translate(_HTML_SAFE))


def htmlsafe_dump(obj: Any, fp: IO[str], **kwargs: Any) -> None:
    """Write what `htmlsafe_dumps` gives to a file."""
    fp.write(htmlsafe_dumps(obj, **kwargs))


def detect_encoding(data: bytes) -> str:
    """Return the UTF encoding of JSON bytes, told from their first four (RFC 4627, section 3).

    >>> detect_encoding('[1]'.encode("utf-16-le"))
    'utf-16-le'
    """
    return _json.detect_encoding(data)
