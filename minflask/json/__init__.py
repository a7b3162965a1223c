"""JSON as the current application writes it: `from minflask import json` in the place of `import json`.

The functions go to `app.json` of the active application, or do what the
standard library does where there is none. How JSON looks is decided in `provider`.
"""

from __future__ import annotations

from ..globals import _current, current_app
from .provider import default_types
from .text import decode, make_encoder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

    from ..app import Flask
    from ..wrappers import Response
    from .classes import JSONDecoder as JSONDecoder  # noqa: F401
    from .classes import JSONEncoder as JSONEncoder  # noqa: F401

_IN_HTML = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", ord("'"): "\\u0027"}


def _provider(app: Flask | None) -> Any:
    if app is not None:
        return app.json
    frame = _current.get()
    return None if frame is None else frame.app.json


def dumps(obj: Any, app: Flask | None = None, **kwargs: Any) -> str:
    """Return the object as JSON text.

    :param app: the application whose JSON is meant, where none is active.
    :param kwargs: as of `json.dumps`, or of the application's provider.
    """
    provider = _provider(app)
    if provider is not None:
        return provider.dumps(obj, **kwargs)  # type: ignore[no-any-return]
    if not kwargs:
        return make_encoder(default_types)(obj)
    import json

    if "cls" not in kwargs:
        kwargs.setdefault("default", default_types)
    return json.dumps(obj, **kwargs)


def dump(obj: Any, fp: IO[str], app: Flask | None = None, **kwargs: Any) -> None:
    """Write the object as JSON to an open text file; the rest as of `dumps`."""
    provider = _provider(app)
    if provider is not None:
        provider.dump(obj, fp, **kwargs)
    else:
        fp.write(dumps(obj, **kwargs))


def loads(s: str | bytes, app: Flask | None = None, **kwargs: Any) -> Any:
    """Return what JSON text, or bytes, stands for.

    :param app: the application whose JSON is meant, where none is active.
    :raises ValueError: for what is not JSON.
    """
    provider = _provider(app)
    if provider is not None:
        return provider.loads(s, **kwargs)
    if not kwargs:
        return decode(s)
    import json

    return json.loads(s, **kwargs)


def load(fp: IO[Any], app: Flask | None = None, **kwargs: Any) -> Any:
    """Return what the JSON in an open file stands for; the rest as of `loads`."""
    provider = _provider(app)
    return loads(fp.read(), **kwargs) if provider is None else provider.load(fp, **kwargs)


def htmlsafe_dumps(obj: Any, **kwargs: Any) -> str:
    """Return JSON that can stand in a `<script>` tag or in an attribute in single quotes.

    `< > & '` are written as escapes, which are valid in the texts of JSON; the
    template filter `tojson` does the same.

    >>> print(htmlsafe_dumps("</script>"))
    "\\u003c/script\\u003e"
    """
    return dumps(obj, **kwargs).translate(_IN_HTML)


def htmlsafe_dump(obj: Any, fp: IO[str], **kwargs: Any) -> None:
    """Write the JSON of `htmlsafe_dumps` to an open text file."""
    fp.write(htmlsafe_dumps(obj, **kwargs))


def jsonify(*args: Any, **kwargs: Any) -> Response:
    """Return a response with the arguments as JSON, in an application context.

    One argument stands for itself, several for a list, keywords for a dict;
    views may also just return a dict or a list.

    :raises TypeError: for values and keywords at once.
    """
    provider = _provider(None) or current_app.json  # the proxy explains what is missing
    return provider.response(*args, **kwargs)  # type: ignore[no-any-return]


def __getattr__(name: str) -> Any:
    """Load the classes of Flask 1.x, and the standard library's detect_encoding, on their first use."""
    if name in ("JSONEncoder", "JSONDecoder"):
        from . import classes

        return getattr(classes, name)
    if name == "detect_encoding":
        from json import detect_encoding

        return detect_encoding
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
