"""The JSON of an application: an object that a subclass can change in one place.

`app.json` is a `DefaultJSONProvider` unless `app.json_provider_class` says
another. The old ways of Flask 1.x, configuration keys and encoder classes, set
the same attributes and are asked first where they are used.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

    from ..app import Flask
    from ..wrappers import Response


class JSONProvider:
    """How an application reads and writes JSON. A subclass writes `dumps` and `loads`."""

    def __init__(self, app: Flask) -> None:
        import weakref

        self._app: Flask = weakref.proxy(app)  # the application owns the provider, not the other way round

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Write a value as text. Must be written by the subclass."""
        raise NotImplementedError(f"{type(self).__name__} must define dumps(obj)")

    def dump(self, obj: Any, fp: IO[str], **kwargs: Any) -> None:
        """Write a value to a file opened for text."""
        fp.write(self.dumps(obj, **kwargs))

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read a value from text or bytes. Must be written by the subclass."""
        raise NotImplementedError(f"{type(self).__name__} must define loads(s)")

    def load(self, fp: IO[Any], **kwargs: Any) -> Any:
        """Read a value from a file."""
        return self.loads(fp.read(), **kwargs)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Make a JSON response: of one value, of a list of several, or of a dict of keywords."""
        return self._app.response_class(self.dumps(self._content(args, kwargs)), mimetype="application/json")

    def _content(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if args and kwargs:
            raise TypeError("jsonify() takes values or keywords, not both: values become a list, keywords an object.")
        if not args and not kwargs:
            return None
        return kwargs or (args[0] if len(args) == 1 else args)


def _default(o: Any) -> Any:
    """Return dates as HTTP dates, UUIDs and decimals as text, dataclasses as dicts, `__html__` as its text."""
    from dataclasses import asdict, is_dataclass
    from datetime import date
    from decimal import Decimal
    from uuid import UUID

    if isinstance(o, date):
        from ..http.codec import http_date

        return http_date(o)
    if isinstance(o, (Decimal, UUID)):
        return str(o)
    if is_dataclass(o) and not isinstance(o, type):
        return asdict(o)
    if hasattr(o, "__html__"):
        return str(o.__html__())
    raise TypeError(f"Object of type {type(o).__name__} is not JSON serializable. Turn it into a dict, a list or text,"
                    " or teach app.json its type: set app.json.default to a function that does.")


class _Configured:
    """An attribute of the provider that a configuration key of Flask 1.x sets, unless it was assigned."""

    def __init__(self, key: str, default: Any) -> None:
        self.key, self.default = key, default

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = f"_{name}"

    def __get__(self, provider: Any, owner: Any = None) -> Any:
        if provider is None:
            return self.default
        if self.name in provider.__dict__:
            return provider.__dict__[self.name]
        value = provider._app.config.get(self.key)
        return self.default if value is None else value

    def __set__(self, provider: Any, value: Any) -> None:
        provider.__dict__[self.name] = value


class DefaultJSONProvider(JSONProvider):
    """The JSON of the standard library, with the types that applications have.

    Its attributes may be set on `app.json`, or in a subclass.

    >>> from minflask import Flask
    >>> app = Flask(__name__)
    >>> app.json.sort_keys = False
    >>> app.json.dumps({"b": 1, "a": 2})
    '{"b": 1, "a": 2}'
    """

    #: Called for what JSON has no form for; returns something that it has, or raises TypeError.
    default: Any = staticmethod(_default)
    #: Whether text beyond ASCII is written as escapes.
    ensure_ascii: Any = _Configured("JSON_AS_ASCII", True)
    #: Whether the keys of objects are sorted, so that equal values give equal text.
    sort_keys: Any = _Configured("JSON_SORT_KEYS", True)
    #: Whether responses have no white space; None means unless in debug mode.
    compact: bool | None = None
    #: The mimetype of responses.
    mimetype: Any = _Configured("JSONIFY_MIMETYPE", "application/json")

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Write a value as text; the arguments are those of `json.dumps`."""
        encoder = self._old_class("json_encoder")
        if encoder is not None:
            kwargs.setdefault("cls", encoder)
        elif "cls" not in kwargs:
            kwargs.setdefault("default", self.default)
        kwargs.setdefault("ensure_ascii", self.ensure_ascii)
        kwargs.setdefault("sort_keys", self.sort_keys)
        return json.dumps(obj, **kwargs)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read a value; the arguments are those of `json.loads`.

        Raises ValueError for what is not JSON, is nested too deeply, or has a number of too many digits.
        """
        decoder = self._old_class("json_decoder")
        if decoder is not None:
            kwargs.setdefault("cls", decoder)
        return guarded_loads(s, **kwargs)

    def _old_class(self, name: str) -> Any:
        """Return the encoder or decoder class of the current blueprint or the application (Flask 1.x), or None."""
        app = self._app
        found = getattr(app, name)
        if not app.blueprints:
            return found
        from ..globals import _current

        frame = _current.get()
        ctx = None if frame is None else frame.request_ctx
        blueprint = None if ctx is None else app.blueprints.get(ctx.request.blueprint or "")
        return getattr(blueprint, name, None) or found

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Make a JSON response, compact unless in debug mode; it ends in a newline."""
        app = self._app
        pretty = app.debug if self.compact is None else not self.compact
        options: dict[str, Any] = {"indent": 2} if pretty or app.config.get("JSONIFY_PRETTYPRINT_REGULAR") else {
            "separators": (",", ":")}
        return app.response_class(f"{self.dumps(self._content(args, kwargs), **options)}\n", mimetype=self.mimetype)


_MOST_DIGITS = 4300  # what Python itself takes from 3.11 on; older ones would spend quadratic time on more


def _bounded_int(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"A number of {len(digits)} digits is too long.")
    return int(digits)


def guarded_loads(s: str | bytes, **kwargs: Any) -> Any:
    """Read JSON as `json.loads` does, but with its bad cases as ValueError: depth, and digits without end.

    >>> guarded_loads(b'{"a": 1}')
    {'a': 1}
    """
    if len(s) > _MOST_DIGITS and "cls" not in kwargs:
        kwargs.setdefault("parse_int", _bounded_int)
    try:
        return json.loads(s, **kwargs)
    except RecursionError:
        raise ValueError("The JSON is nested too deeply.") from None
