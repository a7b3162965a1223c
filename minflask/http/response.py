"""The response: a status, headers and a body, sent the way WSGI has it.

The common response, a text that is known before it is sent, takes the short
way through this file: no object but the response itself is made for it. The
long way is the documented methods, and a class that overrides one of them
never takes the short one. Applications, sessions and routes are unknown here.
"""

from __future__ import annotations

from .codec import HTTP_STATUS_CODES, generate_etag, quote_etag, unquote_etag
from .cookies import dump_cookie
from .exceptions import HTTPException
from .headers import Headers
from .response_fields import ResponseFields
from .urls import iri_to_uri
from .utils import deferred, get_content_type, json_module, lazy
from .wsgi import ClosingIterator, call_all, get_current_url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime, timedelta
    from typing import Any, TypeVar

    Self = TypeVar("Self", bound="Response")
    Environ = dict[str, Any]

# Number -> status line and number; other things that equal the number find it, too.
_STATUSES: dict[Any, tuple[str, int]] = {
    code: (f"{code} {phrase.upper()}", code) for code, phrase in HTTP_STATUS_CODES.items()}
# The header for the types that most responses have, ready made.
_CONTENT_TYPES = {
    mimetype: ("Content-Type", get_content_type(mimetype, "utf-8"))
    for mimetype in ("text/html", "text/plain", "application/json")
}
_LOCATIONS = ("location", "content-location")
# What a 304 leaves out, since the client has it; RFC 9110, 15.4.5 names what must stay.
_OF_A_BODY = frozenset((
    "allow", "content-encoding", "content-language", "content-length", "content-md5", "content-range", "content-type",
    "last-modified"))
_WITHOUT_BODY = frozenset((*range(100, 200), 204, 304))  # RFC 9110, 6.4.1
_NO_BODY = object()


def parse_status(status: Any) -> tuple[str, int]:
    """Return a status as a line and as a number, given either.

    >>> parse_status(404), parse_status("200 FINE"), parse_status("busy")
    (('404 NOT FOUND', 404), ('200 FINE', 200), ('0 busy', 0))
    """
    if isinstance(status, int):
        return _STATUSES.get(status) or (f"{int(status)} UNKNOWN", int(status))
    if not isinstance(status, str):
        raise TypeError(f"A status is a number or a text, not {status!r}.")
    text = status.strip()
    if not text:
        raise ValueError("Empty status argument: leave it out, or give a number such as 200.")
    if not text.isprintable():
        raise ValueError(f"The status {status!r} holds a line end or another control character.")
    number, _, reason = text.partition(" ")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return f"0 {text}", 0
    return (text, int(number)) if reason else parse_status(int(number))


def _encoded(parts: Iterable[str | bytes]) -> Iterator[bytes]:
    for part in parts:
        yield part.encode() if isinstance(part, str) else part


def _sent_url(url: str, environ: Environ | None) -> str:
    """Encode a URL for a header; with an environ, make it an absolute one."""
    url = iri_to_uri(url)
    if environ is not None:
        from urllib.parse import urljoin

        url = urljoin(iri_to_uri(get_current_url(environ, strip_querystring=True)), url)
    return url


class Response(ResponseFields):
    """What an application answers with. It is a WSGI application itself.

    :param response: the body: text, bytes, an iterable of either, or None for nothing.
    :param status: a number, or a text such as `"404 Not Found"`; `default_status` by default.
    :param headers: a dict, pairs or :class:`~.headers.Headers`, which are kept and not copied.
    :param mimetype: the content type, to which text types get a charset; `default_mimetype` by default.
    :param content_type: the content type just as it is to be sent; it wins over `mimetype`.
    :param direct_passthrough: hand the body to the server untouched, as `wsgi.file_wrapper` needs it.

    >>> response = Response("Hello", mimetype="text/html")
    >>> response.status, response.content_type, response.data
    ('200 OK', 'text/html; charset=utf-8', b'Hello')
    """

    #: The status of a response that is given none.
    default_status: int | str = 200
    #: The mimetype of a response that is given none.
    default_mimetype: str | None = "text/plain"
    #: A cookie larger than this many bytes is warned of, since browsers ignore it; 0 for no warning.
    max_cookie_size = 4093
    #: Whether `Location` is made absolute, as HTTP wanted it before RFC 7231.
    autocorrect_location_header = False
    #: Whether `Content-Length` is set where the length can be known.
    automatically_set_content_length = True
    #: Whether `data` may turn an iterator into a list; an error, if not.
    implicit_sequence_conversion = True
    #: What has the `loads` that JSON is read with.
    json_module: Any = deferred(json_module)

    #: The body: a list, or another iterable, of bytes and texts.
    response: Any
    direct_passthrough = False
    _on_close: tuple[Callable[[], Any], ...] = ()
    # Whether no method of the short way is overridden; worked out once for each class.
    _is_stock = _sets_plainly = True
    # The body for which `_fields`, from which `headers` is made if someone asks for it, can be sent as they are.
    _ready_for: Any = _NO_BODY

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._is_stock = all(getattr(cls, name) is getattr(Response, name) for name in _SHORT_WAY)
        cls._sets_plainly = all(getattr(cls, name) is getattr(Response, name) for name in ("headers", "set_data"))

    def __init__(
        self, response: Iterable[bytes] | Iterable[str] | bytes | str | None = None, status: int | str | None = None,
        headers: Any = None, mimetype: str | None = None, content_type: str | None = None,
        direct_passthrough: bool = False,
    ) -> None:
        if status is None:
            status = self.default_status
        self._status, self._status_code = _STATUSES.get(status) or parse_status(status)
        field = _CONTENT_TYPES.get(self.default_mimetype if mimetype is None else mimetype)  # type: ignore[arg-type]
        if direct_passthrough:
            self.direct_passthrough = True
        if field is not None and headers is None and content_type is None:
            if response.__class__ is str and self._sets_plainly and self.automatically_set_content_length:
                # What set_data would come to, which takes as long again as all of the rest.
                data = response.encode()  # type: ignore[union-attr]
                self._fields = [field, ("Content-Length", str(len(data)))]
                self.response = body = [data]
                self._ready_for = _NO_BODY if self._status_code in _WITHOUT_BODY else body
                return
            self._fields = [field]
        else:
            self.headers = _first_headers(self, headers, mimetype, content_type)
        if isinstance(response, (str, bytes, bytearray)):
            self.set_data(response)
        else:
            self.response = [] if response is None else response

    @lazy
    def headers(self) -> Headers:
        """The headers, in order; a name may be there several times, in any case."""
        headers: Headers = Headers.keeping(self._fields)
        return headers

    def __repr__(self) -> str:
        body = f"{sum(map(len, self.iter_encoded()))} bytes" if self.is_sequence else "streamed"
        return f"<{type(self).__name__} {body} [{self.status}]>"

    @classmethod
    def force_type(cls: type[Self], response: Any, environ: Environ | None = None) -> Self:
        """Make a response of this class out of a response of another, or of a WSGI application.

        :param environ: what to call the application with; without it only responses will do.

        >>> class Special(Response):
        ...     pass
        >>> Special.force_type(Response("Hello"))
        <Special 5 bytes [200 OK]>
        """
        if isinstance(response, cls):
            return response
        if isinstance(response, Response):
            response.headers  # both are to have the same
            forced = cls.__new__(cls)
            forced.__dict__.update(response.__dict__)
            return forced
        if environ is None:
            raise TypeError(f"To make a response of {response!r}, which is none, it has to be called: give an environ.")
        return cls.from_app(response, environ, buffered=False)

    @classmethod
    def from_app(cls: type[Self], app: Callable[..., Any], environ: Environ, buffered: bool = False) -> Self:
        """Call a WSGI application and make a response of what it answers.

        :param buffered: run the application's iterable to its end right away.
        """
        from .client import run_wsgi_app

        return cls(*run_wsgi_app(app, environ, buffered))

    # -- status --------------------------------------------------------------------------

    @property
    def status(self) -> str:
        """The status as text; a number can be assigned, too."""
        return self._status

    @status.setter
    def status(self, value: int | str) -> None:
        before = self._status_code
        self._status, self._status_code = parse_status(value)
        if before in _WITHOUT_BODY or self._status_code in _WITHOUT_BODY:
            self._ready_for = _NO_BODY

    @property
    def status_code(self) -> int:
        """The status as a number; setting it changes the text."""
        return self._status_code

    @status_code.setter
    def status_code(self, value: int) -> None:
        self.status = value

    # -- the body ------------------------------------------------------------------------

    def set_data(self, value: str | bytes) -> None:
        """Make text or bytes the whole body, and set `Content-Length`."""
        data = value.encode() if isinstance(value, str) else bytes(memoryview(value))  # a number would give zeros
        self.response = body = [data]
        if self.automatically_set_content_length:
            if "headers" in self.__dict__:
                self.headers["Content-Length"] = str(len(data))
            else:
                self._fields = [self._fields[0], ("Content-Length", str(len(data)))]
                if self._status_code not in _WITHOUT_BODY:
                    self._ready_for = body

    def get_data(self, as_text: bool = False) -> Any:
        """Return the whole body as bytes, or as text. An iterator is turned into a list first.

        :raises RuntimeError: if that is not allowed; see `implicit_sequence_conversion`.
        """
        self._ensure_sequence()
        data = b"".join(self.iter_encoded())
        return data.decode() if as_text else data

    @property
    def data(self) -> bytes:
        """The whole body as bytes; text can be assigned, too. See :meth:`get_data`."""
        data: bytes = self.get_data()
        return data

    @data.setter
    def data(self, value: str | bytes) -> None:
        self.set_data(value)

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """Read the body as JSON; None if the mimetype is another.

        :param force: whatever the mimetype says.
        :param silent: return None for what is not JSON.
        :param cache: give the same object again while the body is the same.
        """
        if not (force or self.is_json):
            return None
        data = self.get_data()
        kept = self.__dict__.get("_cached_json")
        if cache and kept is not None and kept[0] == data:
            return kept[1]
        try:
            value = self.json_module.loads(data)
        except ValueError as error:
            return None if silent else self.on_json_loading_failed(error)
        if cache:
            self._cached_json = data, value
        return value

    @property
    def json(self) -> Any:
        """The body as JSON; see :meth:`get_json`, which this calls."""
        return self.get_json()

    def on_json_loading_failed(self, e: ValueError) -> Any:
        """Decide what :meth:`get_json` gives for a body that is not JSON. May be overridden."""
        raise e

    @property
    def is_sequence(self) -> bool:
        """Whether the body is a list or tuple, so that its length can be known."""
        return isinstance(self.response, (list, tuple))

    @property
    def is_streamed(self) -> bool:
        """Whether the body is made while it is sent."""
        return not hasattr(self.response, "__len__")

    def iter_encoded(self) -> Iterator[bytes]:
        """Return an iterator over the body with its text encoded. May be overridden."""
        return _encoded(self.response)

    def make_sequence(self) -> None:
        """Turn an iterator into a list, which can be read again; its `close` is called with the response's."""
        if self.is_sequence:
            return
        body, self.response = self.response, [*self.iter_encoded()]
        if hasattr(body, "close"):
            self.call_on_close(body.close)

    def _ensure_sequence(self) -> None:
        """Make the body one that can be read, if that is allowed."""
        if self.is_sequence:
            return
        if self.direct_passthrough:
            raise RuntimeError("The body goes to the server as it is: to read it, set direct_passthrough = False.")
        if not self.implicit_sequence_conversion:
            raise RuntimeError(
                "The body is an iterator, and implicit_sequence_conversion is off: call make_sequence() to read it.")
        self.make_sequence()

    def calculate_content_length(self) -> int | None:
        """Return the length of the body in bytes; None if it cannot be known."""
        try:
            self._ensure_sequence()
        except RuntimeError:
            return None
        return sum(map(len, self.iter_encoded()))

    @lazy
    def stream(self) -> ResponseStream:
        """The body as a file that can be written to."""
        return ResponseStream(self)

    def freeze(self) -> None:
        """Make the response one that can be pickled or kept: with its body as bytes, a length and a tag."""
        body, self.response = self.response, [*self.iter_encoded()]
        getattr(body, "close", int)()  # at once: what waits for the end cannot be pickled
        self.headers["Content-Length"] = str(sum(map(len, self.response)))
        self.add_etag()

    # -- cookies -------------------------------------------------------------------------

    def set_cookie(
        self, key: str, value: str = "", max_age: timedelta | int | None = None,
        expires: str | datetime | int | float | None = None, path: str | None = "/", domain: str | None = None,
        secure: bool = False, httponly: bool = False, samesite: str | None = None, partitioned: bool = False,
    ) -> None:
        """Set a cookie. A warning is given if it is larger than `max_cookie_size`.

        :param max_age: how long the browser keeps it, in seconds; with neither
            this nor `expires`, until it is closed.
        :param path: below which paths the browser sends it.
        :param domain: which domain, and those below it, the browser sends it to; only
            this host by default.
        :param secure: send it over TLS only.
        :param httponly: hide it from scripts.
        :param samesite: `"Strict"`, `"Lax"` or `"None"`: whether links and forms of
            other sites send it.
        :param partitioned: keep it apart for each site that embeds this one; this
            implies `secure`.
        :raises ValueError: for a name, path or domain that no cookie can have.

        >>> response = Response()
        >>> response.set_cookie("theme", "dark", max_age=3600, samesite="Lax")
        >>> print(response.headers["Set-Cookie"].partition("; ")[0])
        theme=dark
        """
        self.headers.add("Set-Cookie", dump_cookie(
            key, value=value, max_age=max_age, expires=expires, path=path, domain=domain, secure=secure,
            httponly=httponly, max_size=self.max_cookie_size, samesite=samesite, partitioned=partitioned))

    def delete_cookie(
        self, key: str, path: str | None = "/", domain: str | None = None, secure: bool = False,
        httponly: bool = False, samesite: str | None = None, partitioned: bool = False,
    ) -> None:
        """Make the browser forget a cookie, which was set with the same path and domain."""
        self.set_cookie(key, expires=0, max_age=0, path=path, domain=domain, secure=secure, httponly=httponly,
                        samesite=samesite, partitioned=partitioned)

    # -- caching and parts ---------------------------------------------------------------

    def add_etag(self, overwrite: bool = False, weak: bool = False) -> None:
        """Set an entity tag made of the body, unless there is one."""
        if overwrite or "etag" not in self.headers:
            self.set_etag(generate_etag(self.get_data()), weak)

    def set_etag(self, etag: str, weak: bool = False) -> None:
        """Set the entity tag; a weak one says: the same meaning, maybe other bytes."""
        self.headers["ETag"] = quote_etag(etag, weak)

    def get_etag(self) -> tuple[str, bool] | tuple[None, None]:
        """Return the entity tag and whether it is weak, or None and None."""
        return unquote_etag(self.headers.get("etag"))

    def make_conditional(
        self: Self, request_or_environ: Any, accept_ranges: bool | str = False, complete_length: int | None = None
    ) -> Self:
        """Answer with 304 if the client has this already, or with the part that it asks for.

        Set the entity tag or `last_modified` first. Only GET and HEAD requests are looked at.

        :param accept_ranges: True, or a unit, to let the client ask for parts.
        :param complete_length: bytes of the whole body, without which no part is given.
        :raises RequestedRangeNotSatisfiable: if the part is not there.
        """
        from .conditional import apply_conditions

        environ = getattr(request_or_environ, "environ", request_or_environ)
        apply_conditions(self, environ, accept_ranges, complete_length)
        return self

    # -- sending -------------------------------------------------------------------------

    def get_wsgi_headers(self, environ: Environ) -> Headers:
        """Return the headers to send. May be overridden to add to each response.

        `Location` and `Content-Location` are encoded, and a length is added that
        can be known; a status that has no body has none.
        """
        headers: Headers = Headers.keeping(self._sent_fields(environ))
        return headers

    def _sent_fields(self, environ: Environ) -> list[tuple[str, str]]:
        headers = self.headers  # where a dict may have been assigned
        fields = (headers if isinstance(headers, Headers) else Headers(headers)).to_wsgi_list()
        wants_length = self.automatically_set_content_length
        for at, (name, value) in enumerate(fields):
            key = name.lower()
            if key == "content-length":
                wants_length = False
            elif key in _LOCATIONS:
                absolute = key == "location" and self.autocorrect_location_header
                fields[at] = name, _sent_url(value, environ if absolute else None)
        if self.status_code in _WITHOUT_BODY:
            return _without_body(self, fields)
        if wants_length and self.is_sequence:
            fields.append(("Content-Length", str(sum(map(len, self.iter_encoded())))))
        return fields

    def get_app_iter(self, environ: Environ) -> Iterable[bytes]:
        """Return the body to send: nothing for a HEAD request or a status without a body."""
        body: list[bytes] = self.response
        # Nothing to close: what is ready can be handed out as it is.
        is_simple = self._is_stock and body.__class__ is list and not self._on_close
        if environ.get("REQUEST_METHOD") == "HEAD" or self.status_code in _WITHOUT_BODY:
            return () if is_simple else ClosingIterator((), self.close)
        if self.direct_passthrough:
            # The server is to see its own file wrapper, which it closes itself.
            return ClosingIterator(body, self._on_close) if self._on_close else body
        if is_simple and len(body) == 1 and body[0].__class__ is bytes:
            return body
        return ClosingIterator(self.iter_encoded(), self.close)

    def get_wsgi_response(self, environ: Environ) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        """Return body, status and headers as they are to be sent."""
        headers = self.get_wsgi_headers(environ)
        return self.get_app_iter(environ), self.status, headers.to_wsgi_list()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Send the response, as a WSGI application."""
        body, own = self.response, self.__dict__
        if self._is_stock and self._ready_for is body and (len(own) == _OF_ITS_OWN or own.keys().isdisjoint(_TOUCHED)):
            start_response(self._status, self._fields.copy())
            whole = body.__class__ is list and not self._on_close and environ.get("REQUEST_METHOD") != "HEAD"
            return body if whole else self.get_app_iter(environ)
        if self._is_stock and own.keys().isdisjoint(_METHODS):
            start_response(self._status, self._sent_fields(environ))
            return self.get_app_iter(environ)
        self._is_stock = False  # now also where a method was put into this one response
        answer, status, fields = self.get_wsgi_response(environ)
        start_response(status, fields)
        return answer

    def call_on_close(self, func: Callable[[], Any]) -> Callable[[], Any]:
        """Have a function called when the response has been sent; also as a decorator."""
        self._on_close += (func,)
        return func

    def close(self) -> None:
        """Close the body, and call the functions that wait for it. Servers do this; so does a `with` block."""
        close = getattr(self.response, "close", None)
        call_all(self._on_close if close is None else (close, *self._on_close))

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def _without_body(response: Response, fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the headers of a response without those that speak of a body."""
    dropped = _OF_A_BODY if response.status_code == 304 else ("content-length",)
    # A type that was only assumed says nothing, and wsgiref's validator objects to it; one that was set stays.
    assumed = _CONTENT_TYPES.get(response.default_mimetype or "")
    return [field for field in fields if field[0].lower() not in dropped and field != assumed]


def set_fields(response: Response, fields: list[tuple[str, str]]) -> None:
    """Give a new response headers that are clean, and all that its status and its body are to have."""
    if "headers" not in response.__dict__:
        response._fields = fields
        response._ready_for = response.response
    else:  # its class has put some in already
        for name, value in fields:
            response.headers[name] = value


def _add_field(response: Response, field: tuple[str, str]) -> None:
    """Give a new response one more header, which is clean."""
    if "_fields" in response.__dict__ and "headers" not in response.__dict__:
        response._fields.append(field)
    else:
        response.headers.add(*field)


def _first_headers(response: Response, headers: Any, mimetype: str | None, content_type: str | None) -> Headers:
    """Make the headers of a new response, with the content type that was given, or else the default one."""
    kept = headers if isinstance(headers, Headers) else Headers(headers)
    if content_type is None:
        if mimetype is None and (not kept or "content-type" not in kept):
            mimetype = response.default_mimetype
        if mimetype is not None:
            content_type = get_content_type(mimetype, response.charset)
    if content_type is not None:
        kept["Content-Type"] = content_type
    return kept


# What the short way of __call__ does itself.
_METHODS = ("iter_encoded", "close", "get_app_iter", "get_wsgi_headers", "get_wsgi_response")
_SHORT_WAY = ("headers", "status", "status_code", *_METHODS)
_TOUCHED = ("headers", *_METHODS)  # what else a response may have of its own: then somebody looked into it
_OF_ITS_OWN = 5  # attributes: _status, _status_code, _fields, response, _ready_for


class ResponseStream:
    """Writes to the body of a response, for code that wants a file.

    >>> response = Response()
    >>> response.stream.write("Hello")
    5
    """

    mode = "wb+"
    encoding = "utf-8"

    def __init__(self, response: Response) -> None:
        self.response = response
        self.closed = False

    def write(self, value: bytes | str) -> int:
        """Add text or bytes to the body; a length that was set is not right any more and goes."""
        if self.closed:
            raise ValueError("The stream of this response is closed, so nothing more can be written to it.")
        response = self.response
        response._ensure_sequence()
        if isinstance(response.response, tuple):
            response.response = [*response.response]
        response.response.append(value)
        response.headers.remove("Content-Length")
        return len(value)

    def writelines(self, seq: Iterable[bytes | str]) -> None:
        """Add each of several texts."""
        for value in seq:
            self.write(value)

    def close(self) -> None:
        """Refuse what would be written from now on."""
        self.closed = True

    def flush(self) -> None:
        """Check that the stream is open; what is written is in the body at once."""
        if self.closed:
            raise ValueError("The stream of this response is closed, so there is nothing to flush.")

    def isatty(self) -> bool:
        """Say that nobody sits in front of it."""
        return False

    def tell(self) -> int:
        """Return how many bytes the body has."""
        self.response._ensure_sequence()
        return sum(map(len, self.response.iter_encoded()))


HTTPException.response_class = Response
HTTPException._add_field = staticmethod(_add_field)
