"""Answer requests without a server: where Python runs inside a browser, as in Pyodide.

A request comes in as plain values or as an object of JavaScript, goes through
a WSGI application, and an answer of plain values goes out. No JavaScript is
needed for any of it, so all can be tested. Unknown here: sockets, service
workers, and which framework made the application.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from io import BytesIO, StringIO
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from .http.client import KEEPING, REDIRECTS, run_wsgi_app
from .http.codec import http_date
from .http.jar import CookieJar
from .http.urls import iri_to_uri, unquote_to_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Callable, Union

    from .http.jar import Cookie

    Application = Callable[..., Iterable[bytes]]
    Fields = Union[Mapping[str, str], Iterable[tuple[str, str]]]

MOST_REDIRECTS = 20
EMPTY = frozenset((204, 205, 304))  # a Response of JavaScript with one of these must have no body
PORTS = {"http": "80", "https": "443"}


class Answer(NamedTuple):
    """What an application answered: `status` is a number, `headers` are pairs, `body` is whole.

    `url` is what was answered; another one than was asked for where redirects were followed.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    url: str = ""

    def header(self, name: str, default: str = "") -> str:
        """Return the first value of a header field, whatever the case of its name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), default)


def handle(
    app: Application, method: str, url: str, headers: Fields = (), body: bytes = b"", *,
    remote_addr: str | None = None, prefix: str = "", cookies: CookieJar | None = None,
) -> Answer:
    """Put one request through an application. `Bridge` does so for all requests of a browser.

    Nothing is raised: what the application fails to answer is logged, and answered by a page
    with status 500; a URL that is none by one with 400.

    :param url: absolute, as a browser has it; its host becomes the Host of the request.
    :param headers: the fields of the request, as a mapping or as pairs.
    :param remote_addr: what `request.remote_addr` is to be.
    :param prefix: the path that the application stands at (SCRIPT_NAME), `'/app'`; elsewhere there is 404.
    :param cookies: where to find the cookies of the request, in place of its headers, and to put those of the answer.

    >>> from minflask import Flask
    >>> app = Flask(__name__)
    >>> app.add_url_rule("/", "index", lambda: "hello")
    >>> handle(app, "GET", "https://example.org/").body
    b'hello'
    """
    try:
        environ = _environ(method, url, headers, body, prefix)
    except ValueError as error:
        return _page(400, f"Bad Request\n\n{error}", url)
    if environ is None:
        return _page(404, f"Not Found\n\nThe application stands at {prefix.rstrip('/')}/", url)
    if remote_addr is not None:
        environ["REMOTE_ADDR"] = remote_addr
    try:
        return _answer(app, environ, url) if cookies is None else _answer_with(cookies, app, environ, url)
    except (Exception, SystemExit):  # one request ends, not all that runs here
        from logging import getLogger
        from traceback import format_exc

        getLogger(__name__).exception("Exception on %s %s", method, url)
        told = format_exc() if getattr(app, "debug", False) else "The application failed; its log says why."
        return _page(500, f"Internal Server Error\n\n{told}", url)


def _environ(method: str, url: str, headers: Fields, body: bytes, prefix: str) -> dict[str, Any] | None:
    """Return the environ of a request (PEP 3333), None for one outside of the prefix."""
    parts = urlsplit(iri_to_uri(url))
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError(f"{url!r} is no address on the web.")
    prefix, path = prefix.rstrip("/"), parts.path or "/"
    if not f"{path}/".startswith(f"{prefix}/"):
        return None
    environ = {
        "REQUEST_METHOD": method.upper(), "SCRIPT_NAME": _wire(prefix), "PATH_INFO": _wire(path[len(prefix):]),
        "QUERY_STRING": parts.query, "REQUEST_URI": path + (f"?{parts.query}" if parts.query else ""),
        "SERVER_NAME": parts.hostname, "SERVER_PORT": str(parts.port or PORTS[parts.scheme]),
        "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": parts.netloc.rpartition("@")[2],
        "wsgi.version": (1, 0), "wsgi.url_scheme": parts.scheme, "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr or StringIO(), "wsgi.input_terminated": True,
        "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False,
    }
    environ.update(_as_environ(headers))
    environ["CONTENT_LENGTH"] = str(len(body)) if body else ""
    return environ


def _as_environ(headers: Fields) -> dict[str, str]:
    """Return the fields of a request under the names that CGI has for them."""
    found: dict[str, str] = {}
    for name, value in _pairs(headers):
        key = name.upper().replace("-", "_")
        key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
        if "_" not in name and name.lower() != "host":  # x_a would pass for x-a
            found[key] = f"{found[key]},{value}" if key in found else value
    return found


def _wire(path: str) -> str:
    """Return a path as WSGI wants it: its bytes, each as one character."""
    return unquote_to_bytes(path).decode("latin-1")


def _pairs(headers: Any) -> Iterable[tuple[str, str]]:
    """Return the fields of a mapping, of pairs, or of what JavaScript has for either."""
    if isinstance(headers, Mapping):
        return headers.items()
    if hasattr(headers, "__iter__"):  # a Headers of JavaScript too
        return headers  # type: ignore[no-any-return]
    return headers.object_entries() if headers else ()  # {"Accept": "..."} there


def _answer(app: Application, environ: dict[str, Any], url: str) -> Answer:
    chunks, status, fields = run_wsgi_app(app, environ, buffered=True)
    code, headers, body = int(status[:3]), list(fields), b"".join(chunks)
    if not 200 <= code <= 599:
        raise ValueError(f"a browser takes no answer with the status {status!r}")
    for name, value in headers:
        f"{name}{value}".encode("latin-1")  # what browsers take; complain here, not there
    return Answer(code, headers, b"" if code in EMPTY or environ["REQUEST_METHOD"] == "HEAD" else body, url)


def _answer_with(cookies: CookieJar, app: Application, environ: dict[str, Any], url: str) -> Answer:
    host, path = environ["SERVER_NAME"], environ["REQUEST_URI"].partition("?")[0]
    environ.pop("HTTP_COOKIE", None)
    sent = cookies.header(host, path)
    if sent:
        environ["HTTP_COOKIE"] = sent
    answer = _answer(app, environ, url)
    cookies.take([value for name, value in answer.headers if name.lower() == "set-cookie"], host, path)
    return answer


def _page(status: int, text: str, url: str) -> Answer:
    return Answer(status, [("Content-Type", "text/plain; charset=utf-8")], f"{text}\n".encode(), url)


class Bridge:
    """Serve one application inside a browser, and keep its cookies.

    A service worker neither sees the cookies of a request nor can set any, so they are kept
    here, as a browser would, and no script of a page can read them. There is no tab to close
    that would end a session: a cookie without a time to live stays until the application
    deletes it.

    :param app: any WSGI application.
    :param prefix: the path that the application stands at: that of the worker's scope.
    :param cookie_file: where the cookies are written to after each change, and read from now;
        without it they live as long as the bridge.
    :param follow_redirects: answer with the page that a redirect within the application leads to.
        For pages that load others by themselves; behind a service worker the browser follows.

    >>> from minflask import Flask, session
    >>> app = Flask(__name__)
    >>> app.secret_key = "x"
    >>> app.add_url_rule("/", "count", lambda: str(session.setdefault("n", 0)))
    >>> bridge = Bridge(app)
    >>> bridge.handle("GET", "http://localhost/").body, len(bridge.cookies)
    (b'0', 1)
    """

    def __init__(
        self, app: Application, prefix: str = "", cookie_file: str | os.PathLike[str] | None = None,
        follow_redirects: bool = False,
    ) -> None:
        self.app, self.prefix, self.follow_redirects = app, prefix, follow_redirects
        self.cookie_file = cookie_file
        #: The cookies by domain, path and name.
        self.cookies = CookieJar()
        self._kept = ""
        self._read_cookies()

    def handle(
        self, method: str, url: str, headers: Fields = (), body: bytes = b"", *, remote_addr: str | None = None,
    ) -> Answer:
        """Answer one request, with the cookies of those before; see the function `handle`."""
        for _ in range(MOST_REDIRECTS):
            answer = handle(self.app, method, url, headers, body, remote_addr=remote_addr, prefix=self.prefix,
                            cookies=self.cookies)
            self._write_cookies()
            target = urljoin(url, answer.header("Location")) if answer.status in REDIRECTS else ""
            if not (self.follow_redirects and target and self._is_own(target, url)):
                return answer
            if answer.status not in KEEPING:
                method, body = "HEAD" if method == "HEAD" else "GET", b""
                headers = [(name, value) for name, value in _pairs(headers) if name.lower() != "content-type"]
            url = target
        return _page(500, f"Internal Server Error\n\n{url} redirects in a circle.", url)

    def fetch(self, request: Any) -> Any:
        """Answer a request of JavaScript: an object with `method`, `url`, `headers`, `body` and `referrer`.

        Only `url` has to be there; `headers` may be a Headers, an array of pairs or an object, `body` is a
        Uint8Array, an ArrayBuffer or text. What comes back can be given to JavaScript's constructor:
        `new Response(answer.body, answer)`. Outside of Pyodide, mappings do for both objects.
        """
        headers = list(_pairs(_field(request, "headers") or ()))
        referrer = str(_field(request, "referrer") or "")
        if referrer.startswith(("http://", "https://")):  # a worker is told by the request, not by its headers
            headers.append(("Referer", referrer))
        answer = self.handle(str(_field(request, "method") or "GET"), str(_field(request, "url")), headers,
                             _bytes_of(_field(request, "body")))
        location = answer.header("Location")  # has to be whole: the answer that a worker makes has no address
        fields = [[name, urljoin(answer.url, location) if name.lower() == "location" else value]
                  for name, value in answer.headers]
        body = None if answer.status in EMPTY else answer.body
        return _to_javascript({"status": answer.status, "headers": fields, "body": body, "url": answer.url})

    def _is_own(self, target: str, url: str) -> bool:
        one, other = urlsplit(target), urlsplit(url)
        return one[:2] == other[:2] and f"{one.path}/".startswith(f"{self.prefix.rstrip('/')}/")

    def _read_cookies(self) -> None:
        if self.cookie_file is None or not os.path.exists(self.cookie_file):
            return
        try:
            with open(self.cookie_file, encoding="utf-8") as file:
                self._kept = file.read()
            for host, cookie in json.loads(self._kept):
                self.cookies.take([cookie], host, "/")
        except (ValueError, TypeError, AttributeError):
            self.cookies.clear()  # what somebody else wrote there is no reason not to start

    def _write_cookies(self) -> None:
        if self.cookie_file is None:
            return
        text = json.dumps([(cookie.domain, _as_field(cookie)) for cookie in self.cookies.values()])
        if text != self._kept:
            temporary = f"{os.fspath(self.cookie_file)}.part"
            with open(temporary, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(temporary, self.cookie_file)  # whole, or as before
            self._kept = text


def _as_field(cookie: Cookie) -> str:
    """Return the Set-Cookie value that makes this cookie again, however much later that is read."""
    parts = [f"{cookie.key}={cookie.value}", f"Path={cookie.path}"]
    if not cookie.origin_only:
        parts.append(f"Domain={cookie.domain}")
    if cookie.deadline is not None:
        parts.append(f"Expires={http_date(cookie.deadline)}")
    return "; ".join(parts)


def _field(request: Any, name: str) -> Any:
    return request.get(name) if isinstance(request, Mapping) else getattr(request, name, None)


def _bytes_of(body: Any) -> bytes:
    if not body:  # None, and JavaScript's null
        return b""
    if isinstance(body, str):
        return body.encode()
    return bytes(body.to_bytes() if hasattr(body, "to_bytes") else body)


def _to_javascript(answer: dict[str, Any]) -> Any:
    """Return an object of JavaScript, where there is JavaScript."""
    ffi = sys.modules.get("pyodide.ffi")
    if ffi is None:
        return answer
    from importlib import import_module

    return ffi.to_js(answer, dict_converter=import_module("js").Object.fromEntries)
