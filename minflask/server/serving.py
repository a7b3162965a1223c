"""The names of `werkzeug.serving` that have a meaning here, for programs that were written for it.

Nothing is served in this file: servers come from `life`, certificates from `tls`,
the addresses from `listen`; request handlers write the access log, and no more.
"""

from __future__ import annotations

import os
import socket
import sys

from .life import Server
from .listen import is_running_from_reloader
from .run import access_logger, run_simple
from .terminal import log
from .tls import adhoc_context, make_certificate, make_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .connection import Connection
    from .gateway import Exchange

__all__ = [
    "BaseWSGIServer", "ForkingWSGIServer", "ThreadedWSGIServer", "WSGIRequestHandler", "generate_adhoc_ssl_context",
    "get_sockaddr", "is_running_from_reloader", "load_ssl_context", "make_server", "make_ssl_devcert", "run_simple",
    "select_address_family",
]

load_ssl_context = make_context
generate_adhoc_ssl_context = adhoc_context


class BaseWSGIServer(Server):
    """A server under the names that programs written for Werkzeug use."""

    multithread = False
    multiprocess = False
    _is_shut = False

    @property
    def server_address(self) -> Any:
        """The address listened on: host and port, or the path of a unix socket."""
        return self.socket.getsockname()

    @property
    def socket(self) -> socket.socket:
        """The first listening socket."""
        return self.sockets[0]

    @property
    def server_port(self) -> int:
        """The port listened on."""
        return self.port

    @property
    def ssl_context(self) -> Any:
        """The TLS context, or None for plain HTTP: test servers tell by it which URLs to give out."""
        return self.settings.tls

    def shutdown(self) -> None:
        """Stop, as `stop` does; a `serve_forever` that another thread is about to call returns at once."""
        self._is_shut = True
        self.stop()

    def serve_forever(self, poll_interval: float = 0.5) -> None:
        """Serve until `shutdown`, which may have come before this thread did."""
        self.on_start = self._heed_shutdown  # again when it is up, for one that comes in between
        try:
            if not self._is_shut:
                super().serve_forever(poll_interval)
        finally:
            self._is_shut = False

    def _heed_shutdown(self) -> None:
        if self._is_shut:
            self.stop()

    def server_close(self) -> None:
        """Close the sockets of a server that is not serving."""
        self.stop()


class ThreadedWSGIServer(BaseWSGIServer):
    """A server that runs several requests at the same time."""

    multithread = True


ForkingWSGIServer = ThreadedWSGIServer  # requests are kept apart by threads; processes are `run_simple`'s


def make_server(
    host: str, port: int, app: Any = None, threaded: bool = False, processes: int = 1,
    request_handler: type | None = None, passthrough_errors: bool = False, ssl_context: Any = None,
    fd: int | None = None,
) -> BaseWSGIServer:
    """Return a server, with the parameters that Werkzeug's function of this name has.

    `minflask.server.make_server` is the one to use in new programs.

    :param fd: the number of a listening socket to use instead of the host and port.
    """
    kind = ThreadedWSGIServer if threaded or processes > 1 else BaseWSGIServer
    return kind(app, host if fd is None else f"fd:{fd}", port, threads=8 if kind.multithread else 1, tls=ssl_context,
                access_log=HandlerLog(request_handler or WSGIRequestHandler))


def make_ssl_devcert(base_path: str, host: str | None = None, cn: str | None = None) -> tuple[str, str]:
    """Make a self-signed certificate and key beside *base_path*; return the paths `base_path.crt` and `.key`.

    :raises BadCertificate: where there is no `openssl` command to make it.
    """
    import tempfile

    paths = f"{base_path}.crt", f"{base_path}.key"
    with tempfile.TemporaryDirectory() as folder:
        for made, path in zip(make_certificate(folder, cn or host or "localhost"), paths):
            os.replace(made, path)
    return paths


def select_address_family(host: str, port: int) -> socket.AddressFamily:
    """Return the kind of socket that a host means."""
    if host.startswith("unix:"):
        return socket.AF_UNIX
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def get_sockaddr(host: str, port: int, family: socket.AddressFamily) -> Any:
    """Return the address to bind for a host and port of that kind."""
    if host.startswith("unix:"):
        return os.path.abspath(host.partition("://")[2])
    try:
        return socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, socket.IPPROTO_TCP)[0][4]
    except socket.gaierror:
        return host, port


class WSGIRequestHandler:
    """What is logged of a request; override `log_request` or `log` and pass the class as *request_handler*."""

    server_version = __name__.partition(".")[0]

    def __init__(self, conn: Connection, exchange: Exchange | None = None, status: int = 0) -> None:
        self.client_address = conn.peer if isinstance(conn.peer, tuple) else ("<local>", 0)
        self.requestline = conn.request_line() if exchange is None else exchange.request.line
        words = [*self.requestline.split(" "), "", "", ""]
        self.command, self.path, self.request_version = words[:3]
        self.environ = {} if exchange is None else dict(exchange.request.fields)
        self.code: int | str = status if exchange is None else int(exchange.status[:3] or 0)
        self.size: int | str = "-" if exchange is None else exchange.sent

    def address_string(self) -> str:
        """Return what is logged as the client."""
        return str(self.client_address[0])

    def version_string(self) -> str:
        """Return what the server calls itself."""
        return f"{self.server_version} Python/{sys.version.split()[0]}"

    def log_date_time_string(self) -> str:
        """Return the time as it is logged."""
        from .accesslog import log_time

        return log_time()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log one answer."""
        from .accesslog import escaped

        self.log("info", '"%s" %s %s', escaped(self.requestline), code, size)

    def log_error(self, format: str, *args: Any) -> None:
        """Log an error."""
        self.log("error", format, *args)

    def log_message(self, format: str, *args: Any) -> None:
        """Log a message."""
        self.log("info", format, *args)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Write a line with the client and the time before it."""
        text = message % args if args else message
        line = f"{self.address_string()} - - [{self.log_date_time_string()}] {text}"
        getattr(access_logger(), type)("%s", line)


class HandlerLog:
    """An access log that leaves the lines to a request handler class."""

    def __init__(self, handler: type) -> None:
        self.handler = handler
        self._audible = False

    def record(self, exchange: Exchange) -> None:
        """Have the handler log one answer."""
        self._log(self.handler(exchange.conn, exchange))

    def record_refusal(self, conn: Connection, status: int) -> None:
        """Have the handler log a request that was refused."""
        self._log(self.handler(conn, None, status))

    def _log(self, handler: Any) -> None:
        if not self._audible:
            from .accesslog import make_audible

            make_audible(access_logger())
            self._audible = True
        try:
            handler.log_request(handler.code, handler.size)
        except Exception:
            log().exception("a request handler failed to log")
