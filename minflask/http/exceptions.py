"""The answers that are exceptions: 404 Not Found and its family, and `abort`.

Raising one of these ends a request with its status. Each is a small WSGI
application, too, and can be asked for its status, text, headers and response.
The class of that response is put into a slot by the module that makes
responses; requests, applications and handlers of errors are unknown here.
"""

from __future__ import annotations

from ..markup import escape
from .codec import HTTP_STATUS_CODES, http_date

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from typing import Any, NoReturn

# An error page may hold what a client sent: no browser shall guess that it is a script.
_AS_DECLARED = ("X-Content-Type-Options", "nosniff")


class HTTPException(Exception):
    """The base of all errors that have an answer of their own.

    Make your own kind by a subclass with a `code` and a `description`.
    An exception with a `response` answers with that, whatever its code is.

    :param description: what the page tells; HTML is escaped, a line end
        becomes a line break.
    :param response: answer with this response instead of the page.

    >>> str(NotFound("No such book."))
    '404 Not Found: No such book.'
    """

    code: int | None = None
    description: str | None = None
    #: Makes the answer; filled by the module of responses.
    response_class: Any = None
    #: Puts a header into an answer that was just made; filled likewise.
    _add_field: Any = None

    def __init__(self, description: str | None = None, response: Any = None) -> None:
        super().__init__()
        if description is not None:
            self.description = description
        self.response = response

    @classmethod
    def wrap(cls, exception: type[BaseException], name: str | None = None) -> type[HTTPException]:
        """Make a class that is this kind of answer and that builtin exception in one.

        Code that catches the builtin one need not know of HTTP. Its message
        is in the page only when `show_exception` is set on it.

        >>> issubclass(BadRequest.wrap(ValueError), ValueError)
        True
        """
        bases = (_AlsoBuiltin, cls, exception)
        made: Any = type(name or cls.__name__, bases, {"__module__": cls.__module__, "__doc__": cls.__doc__})
        return made  # type: ignore[no-any-return]

    @property
    def name(self) -> str:
        """The phrase that belongs to the code."""
        return HTTP_STATUS_CODES.get(self.code or 0, "Unknown Error")

    def get_description(self, environ: Any = None, scope: Any = None) -> str:
        """Return the description as HTML. May be overridden."""
        text = "" if self.description is None else self.description
        return "".join(("<p>", escape(text), "</p>")).replace("\n", "<br>")

    def get_body(self, environ: Any = None, scope: Any = None) -> str:
        """Return the page. May be overridden, together with :meth:`get_headers`."""
        name = escape(self.name)
        return "".join((
            f"<!doctype html>\n<html lang=en>\n<title>{self.code} ", name, "</title>\n<h1>", name, "</h1>\n",
            self.get_description(environ, scope), "\n"))

    def get_headers(self, environ: Any = None, scope: Any = None) -> list[tuple[str, str]]:
        """Return the headers that go with the page. May be overridden to add to them."""
        return [("Content-Type", "text/html; charset=utf-8"), _AS_DECLARED]

    def get_response(self, environ: Any = None, scope: Any = None) -> Any:
        """Return the response that was given, or make a new one of body, code and headers."""
        if self.response is not None:
            return self.response
        if self.response_class is None:
            raise RuntimeError(
                "There is no class to make the response of an error with: import the module `response`"
                " next to this one, or set HTTPException.response_class.")
        if type(self).get_headers is HTTPException.get_headers:  # the type alone: the response's short way
            response = self.response_class(self.get_body(environ, scope), self.code, mimetype="text/html")
            self._add_field(response, _AS_DECLARED)
            return response
        return self.response_class(self.get_body(environ, scope), self.code, self.get_headers(environ, scope))

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer as a WSGI application."""
        answer: Iterable[bytes] = self.get_response(environ)(environ, start_response)
        return answer

    def __str__(self) -> str:
        return f"{self.code or '???'} {self.name}: {self.description}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} '{self.code or '???'}: {self.name}'>"


class _AlsoBuiltin:
    """What a class of :meth:`HTTPException.wrap` adds: the builtin's arguments, shown on demand."""

    show_exception = False
    _told: str | None = None

    def __init__(self, arg: object = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.args = () if arg is None else (arg,)

    @property
    def description(self) -> str:
        """The description, with the builtin's name and message if they are to be shown."""
        above: Any = super()
        text: str = above.description if self._told is None else self._told
        if self.show_exception:
            builtin: Any = next(kind for kind in type(self).__mro__ if kind.__module__ == "builtins")
            text = f"{text}\n{builtin.__name__}: {builtin.__str__(self)}"
        return text

    @description.setter
    def description(self, text: str) -> None:
        self._told = text


class BadRequest(HTTPException):
    """What the client sent makes no sense."""

    code = 400
    description = "The browser (or proxy) sent a request that this server could not understand."


class BadRequestKeyError(_AlsoBuiltin, BadRequest, KeyError):  # type: ignore[misc]
    """A key of the form, the query or the like is missing, which is the client's fault.

    It is a :exc:`KeyError`, too. Which key it was stays out of the page,
    unless `show_exception` is set, as it is in debug mode.

    >>> error = BadRequestKeyError("page")
    >>> error.show_exception = True
    >>> error.description.split("\\n")[1]
    "KeyError: 'page'"
    """


class ClientDisconnected(BadRequest):
    """The client went away before its request was whole."""


class SecurityError(BadRequest):
    """Something in the request is a danger, not merely a mistake."""


class BadHost(BadRequest):
    """The request names a host that is malformed or not trusted."""


class Unauthorized(HTTPException):
    """The client has to say who it is.

    :param www_authenticate: one challenge, or several in an iterable,
        for the header of that name (RFC 9110, 11.6.1).
    """

    code = 401
    description = (
        "The server could not verify that you are authorized to access the URL requested. You either supplied"
        " the wrong credentials (e.g. a bad password), or your browser doesn't understand how to supply the "
        "credentials required.")

    def __init__(self, description: str | None = None, response: Any = None, www_authenticate: Any = None) -> None:
        super().__init__(description, response)
        if www_authenticate is None:
            self.www_authenticate: tuple[Any, ...] = ()
        elif isinstance(www_authenticate, (list, tuple, set, frozenset)):
            self.www_authenticate = tuple(www_authenticate)
        else:
            self.www_authenticate = (www_authenticate,)

    def get_headers(self, environ: Any = None, scope: Any = None) -> list[tuple[str, str]]:
        """Add one `WWW-Authenticate` for each challenge."""
        headers = super().get_headers(environ, scope)
        return headers + [("WWW-Authenticate", str(challenge)) for challenge in self.www_authenticate]


class Forbidden(HTTPException):
    """The client may not do this, whoever it says it is."""

    code = 403
    description = (
        "You don't have the permission to access the requested resource. It is either read-protected or not "
        "readable by the server.")


class NotFound(HTTPException):
    """Nothing is at this address."""

    code = 404
    description = (
        "The requested URL was not found on the server. If you entered the URL manually please check your "
        "spelling and try again.")


class MethodNotAllowed(HTTPException):
    """The address is right, the method is not.

    :param valid_methods: the methods that there are; they go into the
        header `Allow`, which RFC 9110, 15.5.6 demands.
    """

    code = 405
    description = "The method is not allowed for the requested URL."

    def __init__(
        self, valid_methods: Iterable[str] | None = None, description: str | None = None, response: Any = None
    ) -> None:
        super().__init__(description, response)
        self.valid_methods = valid_methods

    def get_headers(self, environ: Any = None, scope: Any = None) -> list[tuple[str, str]]:
        """Add `Allow`, if the methods are known."""
        known = [("Allow", ", ".join(self.valid_methods))] if self.valid_methods else []
        return super().get_headers(environ, scope) + known


class NotAcceptable(HTTPException):
    """None of the forms that the client accepts can be given."""

    code = 406
    description = "None of the forms that this page comes in is one that your browser accepts."


class RequestTimeout(HTTPException):
    """The client took too long to send its request."""

    code = 408
    description = "The browser took too long to send the whole request."


class Conflict(HTTPException):
    """The request does not fit the state that the resource is in."""

    code = 409
    description = "The request does not fit what is there now; somebody else may have changed it meanwhile."


class Gone(HTTPException):
    """Something was at this address, and is not any more."""

    code = 410
    description = "What was at this URL is gone, and has no new address. Whoever linked to it may want to know."


class LengthRequired(HTTPException):
    """The request has to name its length."""

    code = 411
    description = "A request with this method needs a <code>Content-Length</code> header."


class PreconditionFailed(HTTPException):
    """A condition of the request, such as `If-Match`, does not hold."""

    code = 412
    description = "What the request asks to be so beforehand is not so."


class RequestEntityTooLarge(HTTPException):
    """The body is larger than the limit."""

    code = 413
    description = "The data value transmitted exceeds the capacity limit."


class RequestURITooLarge(HTTPException):
    """The address is longer than the limit."""

    code = 414
    description = "The URL is longer than this server reads."


class UnsupportedMediaType(HTTPException):
    """The body is of a type that cannot be read here."""

    code = 415
    description = "The server does not support the media type transmitted in the request."


class RequestedRangeNotSatisfiable(HTTPException):
    """The range that the client wants is not in the content.

    :param length: the length of the content, which the client is told.
    """

    code = 416
    description = "The file has no such part."

    def __init__(
        self, length: int | None = None, units: str = "bytes", description: str | None = None, response: Any = None
    ) -> None:
        super().__init__(description, response)
        self.length = length
        self.units = units

    def get_headers(self, environ: Any = None, scope: Any = None) -> list[tuple[str, str]]:
        """Add `Content-Range`, if the length is known."""
        known = [] if self.length is None else [("Content-Range", f"{self.units} */{self.length}")]
        return super().get_headers(environ, scope) + known


class ExpectationFailed(HTTPException):
    """What the header `Expect` asks for cannot be done."""

    code = 417
    description = "What the <code>Expect</code> header asks for cannot be done here."


class ImATeapot(HTTPException):
    """A teapot was told to brew coffee (RFC 2324)."""

    code = 418
    description = "This server is a teapot, not a coffee machine"


class MisdirectedRequest(HTTPException):
    """The request came to a server that is not for this address."""

    code = 421
    description = "The request reached a server that does not answer for its host."


class UnprocessableEntity(HTTPException):
    """The body can be read, but what it says cannot be done."""

    code = 422
    description = "The request was well-formed but was unable to be followed due to semantic errors."


class Locked(HTTPException):
    """Somebody else holds a lock on this."""

    code = 423
    description = "Somebody else holds a lock on this."


class FailedDependency(HTTPException):
    """A request that this one builds on has failed."""

    code = 424
    description = "The request builds on another one, which failed."


class PreconditionRequired(HTTPException):
    """The request has to carry a condition, against lost updates (RFC 6585)."""

    code = 428
    description = 'This request is required to be conditional; try using "If-Match" or "If-Unmodified-Since".'


class _RetryAfter(HTTPException):
    """What the answers that say when to come back have in common."""

    def __init__(
        self, description: str | None = None, response: Any = None, retry_after: datetime | int | None = None
    ) -> None:
        super().__init__(description, response)
        self.retry_after = retry_after

    def get_headers(self, environ: Any = None, scope: Any = None) -> list[tuple[str, str]]:
        """Add `Retry-After`, if a time was given."""
        headers = super().get_headers(environ, scope)
        if self.retry_after is not None:
            when = self.retry_after
            headers.append(("Retry-After", http_date(when) if hasattr(when, "timetuple") else str(when)))
        return headers


class TooManyRequests(_RetryAfter):
    """The client asks too often.

    :param retry_after: when to come back: seconds, or a datetime.
    """

    code = 429
    description = "This user has exceeded an allotted request count. Try again later."


class RequestHeaderFieldsTooLarge(HTTPException):
    """The headers of the request are larger than the limit."""

    code = 431
    description = "A header field of the request, or all of them together, are longer than this server reads."


class UnavailableForLegalReasons(HTTPException):
    """This is not given out for reasons of law (RFC 7725)."""

    code = 451
    description = "The law does not allow this to be shown."


class InternalServerError(HTTPException):
    """Something went wrong inside.

    A handler of this error finds the exception behind it, if there is one, as
    :attr:`original_exception`.
    """

    code = 500
    description = (
        "The server encountered an internal error and was unable to complete your request. Either the server "
        "is overloaded or there is an error in the application.")

    def __init__(
        self, description: str | None = None, response: Any = None, original_exception: BaseException | None = None
    ) -> None:
        super().__init__(description, response)
        self.original_exception = original_exception


class NotImplemented(HTTPException):
    """The server cannot do this, for any address."""

    code = 501
    description = "The server does not know how to do what the browser asks for."


class BadGateway(HTTPException):
    """A server behind this one gave an answer that makes no sense."""

    code = 502
    description = "The server behind this one gave an answer that is none."


class ServiceUnavailable(_RetryAfter):
    """The service is down for a while.

    :param retry_after: when to come back: seconds, or a datetime.
    """

    code = 503
    description = (
        "The server is temporarily unable to service your request due to maintenance downtime or capacity "
        "problems. Please try again later.")


class GatewayTimeout(HTTPException):
    """A server behind this one took too long."""

    code = 504
    description = "The server behind this one did not answer in time."


class HTTPVersionNotSupported(HTTPException):
    """The request speaks a version of HTTP that is not understood here."""

    code = 505
    description = "The server does not speak the version of HTTP that the request is written in."


default_exceptions: dict[int, type[HTTPException]] = {
    kind.code: kind for kind in list(globals().values())
    if isinstance(kind, type) and issubclass(kind, HTTPException)
    and kind.code is not None and "code" in vars(kind)
}


class Aborter:
    """Raise the exception that belongs to a status code.

    Make one of your own to have more codes, or other classes for them.

    :param mapping: code to class; :data:`default_exceptions` by default.
    :param extra: codes to add to that.

    >>> class Teapot(HTTPException):
    ...     code, description = 798, "I'm a kettle."
    >>> try:
    ...     Aborter(extra={798: Teapot})(798)
    ... except Teapot as error:
    ...     print(error)
    798 Unknown Error: I'm a kettle.
    """

    def __init__(
        self,
        mapping: Mapping[int, type[HTTPException]] | None = None,
        extra: Mapping[int, type[HTTPException]] | None = None,
    ) -> None:
        self.mapping = dict(default_exceptions if mapping is None else mapping)
        self.mapping.update(extra or {})

    def __call__(self, code: Any, *args: Any, **kwargs: Any) -> NoReturn:
        if callable(code):  # a response, or another WSGI application
            raise HTTPException(response=code)
        if code not in self.mapping:
            raise LookupError(
                f"No exception belongs to {code!r}; the codes that can be raised are"
                f" {', '.join(map(str, sorted(self.mapping)))}.")
        raise self.mapping[code](*args, **kwargs)


_aborter = Aborter()


def abort(status: Any, *args: Any, **kwargs: Any) -> NoReturn:
    """End the request: raise the exception of a status code, or answer with a response.

    What follows the code goes to the exception, which takes a description.

    :raises LookupError: if no exception belongs to the code.

    >>> try:
    ...     abort(404, "No such book.")
    ... except NotFound as error:
    ...     print(error.code, error.description)
    404 No such book.
    """
    _aborter(status, *args, **kwargs)
