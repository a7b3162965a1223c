"""Call a WSGI application as a browser would: cookies, redirects, streamed bodies.

Nothing goes over a network. The environ is made in builder.py and the cookies are kept in
jar.py; sessions and application contexts are unknown here (see minflask/testing.py).
"""

from __future__ import annotations

from itertools import chain
from urllib.parse import urljoin, urlsplit, urlunsplit

from .builder import EnvironBuilder, split_host, url_path
from .headers import Headers
from .jar import Cookie, CookieJar
from .request import Request
from .response import Response
from .urls import iri_to_uri

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, Callable

REDIRECTS = frozenset((301, 302, 303, 305, 307, 308))
KEEPING = frozenset((307, 308))  # RFC 9110, 15.4: the same method and body again


class ClientRedirectError(Exception):
    """The application redirects in a circle."""


class TestResponse(Response):
    """A response as the test client gives it: with the request that led to it.

    Besides what every response has, there are `request`, `history` (the responses that
    redirected here, first one first) and `text`.
    """

    __test__ = False  # the name is not meant for test collectors
    default_mimetype = None
    request: Request
    history: tuple[TestResponse, ...]

    def __init__(
        self, response: Iterable[bytes], status: str, headers: Headers, request: Request,
        history: tuple[TestResponse, ...] = (), **kwargs: Any,
    ) -> None:
        super().__init__(response, status, headers, **kwargs)
        self.request = request
        self.history = history

    @property
    def text(self) -> str:
        """The body as text."""
        text: str = self.get_data(as_text=True)
        return text


class Client:
    """Send requests to a WSGI application and keep the cookies between them.

    :param application: any WSGI application.
    :param response_wrapper: a response class; the responses are of it and of `TestResponse`.
    :param use_cookies: keep the cookies of responses and send them with later requests.
    :param allow_subdomain_redirects: follow redirects to subdomains of the request's host;
        a redirect to any other host is an error, as only this application can be asked.

    >>> from minflask.http.response import Response
    >>> Client(Response("hello")).get("/").text
    'hello'
    """

    def __init__(
        self, application: Callable[..., Iterable[bytes]], response_wrapper: type[Response] | None = None,
        use_cookies: bool = True, allow_subdomain_redirects: bool = False,
    ) -> None:
        self.application = application
        self.response_wrapper: type[TestResponse] = _wrapper_for(response_wrapper)
        self._cookies = CookieJar() if use_cookies else None
        self.allow_subdomain_redirects = allow_subdomain_redirects

    # -- cookies -------------------------------------------------------------------------

    @property
    def _jar(self) -> CookieJar:
        if self._cookies is None:
            raise TypeError("This client keeps no cookies: it was made with use_cookies=False.")
        return self._cookies

    def get_cookie(self, key: str, domain: str = "localhost", path: str = "/") -> Cookie | None:
        """Return a cookie that the client would send to this domain and path, or None."""
        return self._jar.find(key, domain, path)

    def set_cookie(
        self, key: str, value: str = "", *, domain: str = "localhost", origin_only: bool = True, path: str = "/",
        **kwargs: Any,
    ) -> None:
        """Store a cookie as if the application had set it.

        :param origin_only: send it to exactly this domain, not to its subdomains.
        :param kwargs: the other arguments of `Response.set_cookie`.
        """
        self._jar.set(key, value, domain, origin_only, path, **kwargs)

    def delete_cookie(self, key: str, *, domain: str = "localhost", path: str = "/") -> None:
        """Forget a cookie; one that is not there is no error."""
        self._jar.pop((domain, path, key), None)

    def _add_cookies_to_wsgi(self, environ: dict[str, Any]) -> None:
        """Put the matching cookies into an environ, after those that it has."""
        if self._cookies is None:
            return
        host, path = _address_of(environ)
        text = "; ".join(filter(None, (environ.get("HTTP_COOKIE"), self._cookies.header(host, path))))
        environ.pop("HTTP_COOKIE", None)
        if text:
            environ["HTTP_COOKIE"] = text

    def _update_cookies_from_response(self, server_name: str, path: str, headers: Iterable[str]) -> None:
        """Store the cookies of a response, given its Set-Cookie fields."""
        if self._cookies is not None:
            self._cookies.take(headers, server_name, path)

    # -- requests ------------------------------------------------------------------------

    def run_wsgi_app(self, environ: dict[str, Any], buffered: bool = False) -> tuple[Iterable[bytes], str, Headers]:
        """Call the application with the client's cookies; see the function `run_wsgi_app`."""
        self._add_cookies_to_wsgi(environ)
        result = run_wsgi_app(self.application, environ, buffered=buffered)
        self._update_cookies_from_response(*_address_of(environ), result[2].getlist("Set-Cookie"))
        return result

    def open(
        self, *args: Any, buffered: bool = False, follow_redirects: bool = False, **kwargs: Any
    ) -> TestResponse:
        """Send a request and return the response.

        :param args: the arguments of `EnvironBuilder`, or just a builder, an environ or a request.
        :param buffered: run the application's iterable to its end before returning.
        :param follow_redirects: go on until there is an answer that is no redirect.
        """
        request = self._request_from(args, kwargs)
        body, status, headers = self.run_wsgi_app(request.environ, buffered=buffered)
        response = self.response_wrapper(body, status, headers, request=request)
        response.call_on_close(request.close)
        return self._follow(response, buffered) if follow_redirects else response

    def _request_from(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Request:
        if len(args) == 1 and not kwargs:
            if isinstance(args[0], Request):
                return args[0]
            if isinstance(args[0], EnvironBuilder):
                return args[0].get_request()
            if isinstance(args[0], dict):
                return EnvironBuilder.from_environ(args[0]).get_request()
        builder = EnvironBuilder(*args, **kwargs)
        try:
            return builder.get_request()
        finally:
            builder.close()

    # -- redirects -----------------------------------------------------------------------

    def _follow(self, response: TestResponse, buffered: bool) -> TestResponse:
        history: list[TestResponse] = []
        seen: set[tuple[str, int]] = set()
        while response.status_code in REDIRECTS:
            # An unread body may hold back the end of the application's work.
            response.make_sequence()
            response.close()
            step = _target_of(response), response.status_code
            if step in seen:
                raise ClientRedirectError(f"The application redirects in a circle: {step[0]} came twice.")
            seen.add(step)
            history.append(response)
            response = self.resolve_redirect(response, buffered=buffered)
            response.history = tuple(history)
        return response

    def resolve_redirect(self, response: TestResponse, buffered: bool = False) -> TestResponse:
        """Send the request that a redirect asks for. May be overridden to see each step.

        :raises RuntimeError: if it leads to a host that the application does not answer for.
        """
        builder = EnvironBuilder.from_environ(response.request.environ, query_string=None)
        self._aim(builder, _target_of(response))
        builder.headers.pop("Cookie", None)  # the jar knows better by now
        if response.status_code in KEEPING:
            _rewind(builder)
        else:
            _drop_body(builder)
        return self.open(builder, buffered=buffered)

    def _aim(self, builder: EnvironBuilder, location: str) -> None:
        """Point the builder to a URL, below the same mount point if the URL is."""
        parts = urlsplit(location)
        self._check_host(builder.server_name, split_host(parts.netloc)[0])
        root, path = builder.script_root, parts.path or "/"
        if root and path != root and not path.startswith(root + "/"):
            root = ""
        builder.base_url = urlunsplit((parts.scheme, parts.netloc, root, "", ""))
        builder.path = builder.request_uri = path[len(root):]
        builder.query_string = parts.query

    def _check_host(self, here: str, there: str) -> None:
        if here == there:
            return
        if not there.endswith("." + here):
            raise RuntimeError(f"The redirect from {here!r} leads to the host {there!r}, which is another server.")
        if not self.allow_subdomain_redirects:
            raise RuntimeError(
                f"The redirect from {here!r} leads to its subdomain {there!r};"
                " make the client with allow_subdomain_redirects=True to follow it."
            )

    # -- methods -------------------------------------------------------------------------

    def get(self, *args: Any, **kw: Any) -> TestResponse:
        """Send a GET request; the arguments are those of `open`."""
        return self.open(*args, **{**kw, "method": "GET"})

    def post(self, *args: Any, **kw: Any) -> TestResponse:
        """Send a POST request; the arguments are those of `open`."""
        return self.open(*args, **{**kw, "method": "POST"})

    def put(self, *args: Any, **kw: Any) -> TestResponse:
        """Send a PUT request; the arguments are those of `open`."""
        return self.open(*args, **{**kw, "method": "PUT"})

    def delete(self, *args: Any, **kw: Any) -> TestResponse:
        """Send a DELETE request; the arguments are those of `open`."""
        return self.open(*args, **{**kw, "method": "DELETE"})

    def patch(self, *args: Any, **kw: Any) -> TestResponse:
        """Send a PATCH request; the arguments are those of `open`."""
        return self.open(*args, **{**kw, "method": "PATCH"})

    def options(self, *args: Any, **kw: Any) -> TestResponse:
        """Send an OPTIONS request; the arguments are those of `open`."""
        return self.open(*args, **{**kw, "method": "OPTIONS"})

    def head(self, *args: Any, **kw: Any) -> TestResponse:
        """Send a HEAD request; the arguments are those of `open`."""
        return self.open(*args, **{**kw, "method": "HEAD"})

    def trace(self, *args: Any, **kw: Any) -> TestResponse:
        """Send a TRACE request; the arguments are those of `open`."""
        return self.open(*args, **{**kw, "method": "TRACE"})

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.application!r}>"


class _Answer:
    """What an application said through `start_response` and `write`."""

    def __init__(self) -> None:
        self.status: str | None = None
        self.headers: Any = None
        self.written: list[bytes] = []

    def start_response(self, status: str, headers: Any, exc_info: Any = None) -> Callable[[bytes], object]:
        if exc_info is not None:
            raise exc_info[1].with_traceback(exc_info[2])
        self.status, self.headers = status, headers
        return self.written.append


class _Body:
    """The body of a response: what was read or written already, then the rest of the iterable."""

    def __init__(self, chunks: Iterable[bytes], source: Any) -> None:
        self._chunks = iter(chunks)
        self.close: Callable[[], object] = getattr(source, "close", lambda: None)

    def __iter__(self) -> _Body:
        return self

    def __next__(self) -> bytes:
        return next(self._chunks)


def run_wsgi_app(
    app: Callable[..., Iterable[bytes]], environ: dict[str, Any], buffered: bool = False
) -> tuple[Iterable[bytes], str, Headers]:
    """Call a WSGI application and return the body, the status and the headers.

    The environ is copied first, so that it can be used again. An application may call
    `start_response` late, with its first chunk, and may use the `write` function.

    :param buffered: run the iterable to its end and close it; the body is a list then.
    :return: the body as an iterable; close it if it has a `close` method.
    """
    answer = _Answer()
    source = app({**environ}, answer.start_response)
    close = getattr(source, "close", int)
    try:
        rest = iter(source)
        begun = list(rest) if buffered else _begun(rest, answer)
        if answer.status is None:
            raise RuntimeError("The application returned without calling start_response, so there is no status.")
    except BaseException:
        close()
        raise
    if not buffered:
        return _Body(chain(answer.written, begun, rest), source), answer.status, Headers(answer.headers)
    close()
    return answer.written + begun, answer.status, Headers(answer.headers)


def _begun(chunks: Iterator[bytes], answer: _Answer) -> list[bytes]:
    """Return the first chunk, so that a body which cannot begin fails here; more, until `start_response` is called."""
    early: list[bytes] = []
    for chunk in chunks:
        early.append(chunk)
        if answer.status is not None:
            break
    return early


def _wrapper_for(response_class: type[Response] | None) -> type[TestResponse]:
    """Return a class that is both the given response class and a `TestResponse`."""
    if response_class is None or response_class is Response:
        return TestResponse
    if issubclass(response_class, TestResponse):
        return response_class
    return type("TestResponse", (TestResponse, response_class), {"__module__": __name__})


def _address_of(environ: dict[str, Any]) -> tuple[str, str]:
    """Return the host name and the path, as it stands in the URL, that cookies are matched against."""
    host = environ.get("HTTP_HOST") or environ.get("SERVER_NAME", "localhost")
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return split_host(host)[0], url_path(path) or "/"


def _target_of(response: TestResponse) -> str:
    """Return the absolute URL that a redirect names."""
    return iri_to_uri(urljoin(response.request.url, response.headers.get("Location") or ""))


def _rewind(builder: EnvironBuilder) -> None:
    """Make the body of a request that was sent readable again."""
    stream, length = builder.input_stream, builder.content_length
    if stream is not None and length and stream.seekable():
        stream.seek(-length, 2)


def _drop_body(builder: EnvironBuilder) -> None:
    """Turn the request into one without a body (RFC 9110, 15.4.4)."""
    if builder.method != "HEAD":
        builder.method = "GET"
    builder.input_stream = None
    for name in ("Content-Type", "Content-Length", "Transfer-Encoding"):
        builder.headers.pop(name, None)
