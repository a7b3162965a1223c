"""Show an exception of an application as a page, to the developer and to nobody else.

The page is read-only: there is no console in it and no code to run, so there is
nothing to guard with a PIN. It goes to clients on this machine that also asked for
this machine by name, and whose request did not come through a proxy.
"""

from __future__ import annotations

import re

from .debugpage import CAUGHT, Page
from .gateway import FileWrapper
from .traces import MASK, Secrets, plain_text, traces_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable, Iterator

# host [":" port] of this machine: what another site's page cannot make its own name mean (DNS rebinding).
LOCAL_HOST = re.compile(r"(?i:localhost|[a-z0-9.-]+\.localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]{1,5})?")
LOCAL_CLIENT = re.compile(r"127(?:\.[0-9]{1,3}){3}|::1|::ffff:127(?:\.[0-9]{1,3}){3}|<local>")
PROXY_FIELDS = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_REAL_IP", "HTTP_VIA")
HEADERS = [
    ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Resource-Policy", "same-origin"), ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"),
]


class Debugger:
    """WSGI middleware that answers with a traceback page when the application raises.

    :param clients: addresses of clients that may see it too, such as a container's host.
    :param hosts: names of this machine that they may use.

    >>> application = Debugger(application)      # doctest: +SKIP
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], clients: Iterable[str] = (),
                 hosts: Iterable[str] = ()) -> None:
        self.app = app
        self.clients = set(clients)
        self.hosts = {host.lower() for host in hosts}
        self.on_exception: Callable[[BaseException], None] = lambda exc: None  # is told of each one shown

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Call the application; a page takes the place of an answer that has not begun."""
        __traceback_hide__ = True  # noqa: F841 (read in tracebacks)
        try:
            result = self.app(environ, start_response)
        except Exception as exc:
            if not self.may_see(environ):
                raise
            return [self.answer(environ, start_response, exc)]
        if isinstance(result, (list, tuple, FileWrapper)):
            return result
        return Guarded(self, environ, start_response, result)

    def may_see(self, environ: dict[str, Any]) -> bool:
        """Tell whether the client is the developer. May be overridden."""
        client, host = environ.get("REMOTE_ADDR", ""), environ.get("HTTP_HOST", "")
        if any(name in environ for name in PROXY_FIELDS):
            return False
        origin = environ.get("HTTP_ORIGIN")  # of the page that asks, where that is not our own
        return bool(
            (client in self.clients or LOCAL_CLIENT.fullmatch(client))
            and self._is_here(host) and (origin is None or self._is_here(origin.partition("://")[2]))
        )

    def _is_here(self, host: str) -> bool:
        """Tell whether a host, with or without its port, is a name of this machine."""
        names = host.lower(), host.rpartition(":")[0].lower()
        return not self.hosts.isdisjoint(names) or LOCAL_HOST.fullmatch(host) is not None

    def answer(self, environ: dict[str, Any], start_response: Callable[..., Any], exc: BaseException) -> bytes:
        """Log an exception, and start an answer that explains it; return its body."""
        self.on_exception(exc)
        secrets = Secrets()
        request = request_facts(environ, secrets)
        traces = traces_of(exc, secrets)
        plain = plain_text(exc, secrets)
        environ["wsgi.errors"].write(f"{environ.get('REQUEST_METHOD')} {environ.get('PATH_INFO')!r} failed:\n{plain}")
        if "text/html" in environ.get("HTTP_ACCEPT", ""):
            kind, text = "text/html", Page(secrets).render(traces, plain, request)
        else:
            kind, text = "text/plain", f"{plain}\n{CAUGHT}\n"
        body = text.encode("utf-8", "backslashreplace")
        headers = [("Content-Type", f"{kind}; charset=utf-8"), ("Content-Length", str(len(body))), *HEADERS]
        start_response("500 INTERNAL SERVER ERROR", headers, (type(exc), exc, exc.__traceback__))
        return body


class Guarded:
    """The iterable of an answer; what it raises before its first piece becomes a page."""

    def __init__(self, debugger: Debugger, environ: dict[str, Any], start_response: Callable[..., Any],
                 result: Iterable[bytes]) -> None:
        self.debugger, self.environ, self.start_response, self.result = debugger, environ, start_response, result

    def __iter__(self) -> Iterator[bytes]:
        begun = False
        try:
            for piece in self.result:
                begun = begun or bool(piece)
                yield piece
        except Exception as exc:
            if begun or not self.debugger.may_see(self.environ):
                raise
            yield self.debugger.answer(self.environ, self.start_response, exc)

    def close(self) -> None:
        """Close the application's iterable."""
        if hasattr(self.result, "close"):
            self.result.close()


def request_facts(environ: dict[str, Any], secrets: Secrets) -> list[tuple[str, str]]:
    """Return what the client asked, as names and values, secrets left out."""
    facts = [("Request", f"{environ.get('REQUEST_METHOD')} {environ.get('RAW_URI') or environ.get('PATH_INFO')}")]
    for name in ("REMOTE_ADDR", "SERVER_PROTOCOL", "CONTENT_TYPE", "CONTENT_LENGTH"):
        if name in environ:
            facts.append((name, str(environ[name])))
    for pair in environ.get("HTTP_REFERER", "").partition("?")[2].split("&"):
        secrets.is_secret(pair.partition("=")[0], pair.partition("=")[2])  # what is found is left out everywhere
    for name, value in environ.items():
        if name.startswith("HTTP_") and isinstance(value, str):
            hidden = secrets.is_secret(name, value)
            facts.append((name[5:].replace("_", "-").title(), MASK if hidden else value))
    for pair in filter(None, environ.get("QUERY_STRING", "").split("&")):
        name, _, value = pair.partition("=")
        facts.append((f"?{name}", MASK if secrets.is_secret(name, value) else value))
    return facts


class DebuggedApplication(Debugger):
    """`Debugger` with the parameters of Werkzeug's middleware of this name; what is about a console has no effect."""

    pin = None

    def __init__(
        self, app: Callable[..., Iterable[bytes]], evalex: bool = False, request_key: str = "werkzeug.request",
        console_path: str = "/console", console_init_func: Any = None, show_hidden_frames: bool = False,
        pin_security: bool = True, pin_logging: bool = True,
    ) -> None:
        super().__init__(app)
