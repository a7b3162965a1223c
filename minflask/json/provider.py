"""What an application's JSON looks like: `app.json` is one of these.

`JSONProvider` is the interface, for another library; `DefaultJSONProvider` is
the standard library's JSON with the types that web applications have. The
configuration keys and the encoder classes of Flask 1.x act here, too.
"""

from __future__ import annotations

import sys
from _weakref import proxy as weak_proxy

from ..globals import _current
from .text import COMPACT, decode, make_encoder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO, Any

    from ..app import Flask
    from ..wrappers import Response


_AS_RESPONSE = {"separators": COMPACT}


class JSONProvider:
    """The JSON of an application: write `dumps` and `loads` in a subclass to use another library.

    Set `app.json = Provider(app)`, or `json_provider_class` on the class of the
    application. All JSON of the application goes through it: `jsonify`, dicts
    that views return, `request.get_json`, the `tojson` filter, `minflask.json`.
    """

    def __init__(self, app: Flask) -> None:
        self._app: Any = weak_proxy(app)  # the application has its provider, so this must not hold it

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return the object as JSON text. To be written by the subclass."""
        raise NotImplementedError(f"{type(self).__name__} has to say how objects become JSON, in dumps().")

    def dump(self, obj: Any, fp: IO[str], **kwargs: Any) -> None:
        """Write the object as JSON to an open text file."""
        fp.write(self.dumps(obj, **kwargs))

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Return what the JSON text stands for. To be written by the subclass."""
        raise NotImplementedError(f"{type(self).__name__} has to say how JSON is read, in loads().")

    def load(self, fp: IO[Any], **kwargs: Any) -> Any:
        """Return what the JSON in an open file, of text or of bytes, stands for."""
        return self.loads(fp.read(), **kwargs)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a response with the arguments as JSON: this is `jsonify`.

        One argument stands for itself, several for a list, keywords for a dict.

        :raises TypeError: for both kinds of arguments at once.
        """
        return self._app.response_class(  # type: ignore[no-any-return]
            self.dumps(self._prepare_response_obj(args, kwargs)), mimetype="application/json"
        )

    def _prepare_response_obj(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return the one object that the arguments of `response` stand for. (For subclasses of it.)"""
        if kwargs:
            if args:
                raise TypeError("jsonify() takes either args or kwargs, not both: it would be a list and a dict.")
            return kwargs
        if len(args) == 1:
            return args[0]
        return list(args) or None


def default_types(o: Any) -> Any:
    """Return the JSON form of a value that `json` does not know; `DefaultJSONProvider.default`.

    Dates become RFC 822 text in GMT, UUID and Decimal their text, dataclasses
    dicts, and what has `__html__` the text that gives.

    :raises TypeError: for any other type.
    """
    # A value can only be of a type whose module was imported already; so none is
    # imported to look.
    if is_one(o, "datetime", "date"):
        from ..http.codec import http_date

        return http_date(o)
    if is_one(o, "uuid", "UUID") or is_one(o, "decimal", "Decimal"):
        return str(o)
    if hasattr(type(o), "__dataclass_fields__"):
        from dataclasses import asdict

        return asdict(o)
    if hasattr(o, "__html__"):
        return str(o.__html__())
    raise TypeError(
        f"Object of type {type(o).__name__} is not JSON serializable: turn it into a dict, a list or a text, or"
        " teach app.json.default about it."
    )


def is_one(value: Any, module: str, name: str) -> bool:
    """Return whether a value is of a class of a module, which is not imported to see."""
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(value, getattr(loaded, name, ()))  # another thread may be importing it


class _Setting:
    """An attribute that a configuration key of Flask 1.x decides, unless it is set on the provider.

    (Without `__set__`, what an instance or a subclass sets is found before this.)
    """

    def __init__(self, key: str, default: Any) -> None:
        self.key, self.default = key, default

    def __get__(self, provider: DefaultJSONProvider | None, owner: type) -> Any:
        try:
            return self.default if provider is None else provider._app.config.get(self.key, self.default)
        except ReferenceError:  # the application is gone, and an answer of it is still there
            return self.default


class _PrettySetting(_Setting):
    """`compact`: pretty by configuration means not compact; not pretty leaves it to the debug mode."""

    def __get__(self, provider: DefaultJSONProvider | None, owner: type) -> Any:
        return False if provider is not None and provider._app.config.get(self.key) else None


class DefaultJSONProvider(JSONProvider):
    """The standard library's JSON, with more types: see `default_types`.

    Set the attributes on `app.json`, or in a subclass. Where they are not set,
    the configuration keys `JSON_AS_ASCII`, `JSON_SORT_KEYS`, `JSONIFY_MIMETYPE`
    and `JSONIFY_PRETTYPRINT_REGULAR` count. An encoder class that is set as
    `json_encoder` on the application, or on the blueprint that handles the
    request, is used in place of `default`; `json_decoder` likewise.
    """

    #: Called with each value of a type that JSON does not have; a subclass may have it as a method.
    default: Any = staticmethod(default_types)
    #: Write characters outside of ASCII as escapes.
    ensure_ascii: Any = _Setting("JSON_AS_ASCII", True)
    #: Sort keys, so that equal objects are equal texts. Keys of different types cannot be sorted.
    sort_keys: Any = _Setting("JSON_SORT_KEYS", True)
    #: Responses without blanks (True), indented (False), or (None) indented in debug mode only.
    compact: Any = _PrettySetting("JSONIFY_PRETTYPRINT_REGULAR", None)
    #: Of responses.
    mimetype: Any = _Setting("JSONIFY_MIMETYPE", "application/json")
    #: Write NaN and infinities, which are no JSON: browsers refuse the whole document.
    allow_nan = False

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self._encoders: dict[Any, Callable[[Any], str]] = {}

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return the object as JSON text; the keywords are those of `json.dumps` and win over the attributes.

        :raises TypeError: for a type that is unknown to JSON and to `default`.
        :raises ValueError: for a circular object, and for NaN unless `allow_nan` is set.
        """
        if kwargs and kwargs != _AS_RESPONSE:
            return self._dumps_as_told(obj, kwargs)
        return self._encoder(kwargs.get("separators"))(obj)

    def _encoder(self, separators: tuple[str, str] | None) -> Callable[[Any], str]:
        """Return a kept encoder for what is set at the moment."""
        if self._class_of("json_encoder") is not None:
            return lambda obj: self._dumps_as_told(obj, {"separators": separators})
        settings = (self.default, self.ensure_ascii, self.sort_keys, self.allow_nan, separators)
        encode = self._encoders.get(settings)
        if encode is None:
            encode = self._encoders[settings] = make_encoder(*settings)
        return encode

    def _dumps_as_told(self, obj: Any, kwargs: dict[str, Any]) -> str:
        import json

        encoder_class = self._class_of("json_encoder")
        if encoder_class is not None:
            kwargs.setdefault("cls", encoder_class)
        elif "cls" not in kwargs:
            kwargs.setdefault("default", self.default)
        kwargs.setdefault("ensure_ascii", self.ensure_ascii)
        kwargs.setdefault("sort_keys", self.sort_keys)
        kwargs.setdefault("allow_nan", self.allow_nan)
        return json.dumps(obj, **kwargs)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Return what JSON text, or bytes of UTF-8, -16 or -32, stands for; keywords as of `json.loads`.

        `NaN` and `Infinity` are read; pass `parse_constant=` to refuse them.

        :raises ValueError: for all that is not JSON, nested too deep, or has an integer of thousands of digits.
        """
        decoder_class = self._class_of("json_decoder")
        if decoder_class is None and not kwargs:
            return decode(s)
        import json

        if decoder_class is not None:
            kwargs.setdefault("cls", decoder_class)
        return json.loads(s, **kwargs)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a response with the arguments as JSON: this is `jsonify`."""
        app = self._app
        obj = self._prepare_response_obj(args, kwargs)
        compact = self.compact
        if not (compact or (compact is None and not app.debug)):
            # Flask 1.x has a blank behind each comma, also at the end of a line; who sets its key expects that.
            old = app.config.get("JSONIFY_PRETTYPRINT_REGULAR")
            text = self.dumps(obj, indent=2, **({"separators": (", ", ": ")} if old else {}))
        elif getattr(self.dumps, "__func__", None) is _dumps:
            text = self._encoder(COMPACT)(obj)  # as dumps() would, without looking at keywords
        else:
            text = self.dumps(obj, separators=COMPACT)
        return app.response_class(text + "\n", mimetype=self.mimetype)  # type: ignore[no-any-return]

    def _class_of(self, kind: str) -> Any:
        """Return the encoder or decoder class that was set: the blueprint's before the application's."""
        app = self._app
        try:
            frame = _current.get() if app.blueprints else None
        except ReferenceError:
            return None
        ctx = None if frame is None else frame.request_ctx
        blueprint = None if ctx is None else app.blueprints.get(ctx.request.blueprint)
        return getattr(blueprint, kind, None) or getattr(app, kind, None)


_dumps = DefaultJSONProvider.dumps
_METHODS = ("dumps", "loads", "default")


def is_plain(provider: Any) -> bool:
    """Tell whether a provider writes and reads in the common way: nothing of it is replaced."""
    if type(provider) is not DefaultJSONProvider or not provider.__dict__.keys().isdisjoint(_METHODS):
        return False
    app = provider._app
    if app.blueprints:  # each may have classes of its own
        return provider._class_of("json_encoder") is None and provider._class_of("json_decoder") is None
    return app.json_encoder is None and app.json_decoder is None
