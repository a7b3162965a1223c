"""`run_simple`: everything that a developer or a small service wants around a server, in one call.

It puts together what the other files do - the traceback page, the reloader, several
processes, TLS, the access log - and says on the terminal what is served where.
"""

from __future__ import annotations

import os
import sys
import threading
import time

from .life import Server
from .listen import host_of, inherited_sockets, is_running_from_reloader, systemd_sockets
from .terminal import say
from .tls import BadCertificate

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging
    from typing import Any, Callable, Iterable

    from .connection import Connection
    from .gateway import Exchange
    from .reloader import ReloaderLoop

LOOPBACK = ("127.", "::1", "localhost", "unix:")
RELOAD_GRACE = 5.0  # seconds that a request may take on before a reload


def run_simple(
    hostname: str,
    port: int,
    application: Callable[..., Any],
    use_reloader: bool = False,
    use_debugger: bool = False,
    use_evalex: bool = True,
    extra_files: Iterable[str] | None = None,
    exclude_patterns: Iterable[str] | None = None,
    reloader_interval: float = 1,
    reloader_type: str = "auto",
    threaded: bool = False,
    processes: int = 1,
    request_handler: type | None = None,
    static_files: Any = None,
    passthrough_errors: bool = False,
    ssl_context: Any = None,
    **options: Any,
) -> None:
    """Serve an application until a signal says stop.

    The parameters are those of the function of this name in Werkzeug; *options* are the
    server's own, as `make_server` takes them.

    :param use_debugger: show a page with the traceback when the application raises, to local clients.
    :param use_evalex: accepted; there is no code console on that page.
    :param reloader_type: accepted; there is one way to watch, by `os.stat`.
    :param threaded: let requests run at the same time (the option `threads`, 8 of them).
    :param processes: how many processes serve, by fork.
    :param static_files: URL paths to folders, served beside the application.
    :param access_log: a format over the fields of `AccessLog`, "json", or False for none.
    :param passthrough_errors: end with the first exception that the application raises.
    :raises SystemExit: with one line for the user, when the address cannot be listened on.
    """
    if not isinstance(port, int):
        raise TypeError("port must be an integer")
    options["access_log"] = _access_log(request_handler, options.get("access_log"))
    options.setdefault("threads", 8 if threaded else 1)
    options.setdefault("keep_alive", threaded or processes > 1)
    loop = _watching(extra_files, exclude_patterns, reloader_interval) if use_reloader else None
    try:
        if loop is not None and not is_running_from_reloader():
            _supervise(loop, hostname, port, application, options)
        app = _wrapped(application, use_debugger, static_files)
        server = _make(app, hostname, port, ssl_context, processes, options)
    except (OSError, BadCertificate, RuntimeError) as exc:
        say(str(getattr(exc, "strerror", None) or exc))
        sys.exit(1)
    if passthrough_errors:
        server.settings.on_error = _stopper(server)
    server.on_start = lambda: _welcome(server, processes)
    if loop is not None:
        _serve_and_watch(server, loop)
    elif processes > 1:
        _serve_in_processes(server, processes)
    else:
        server.serve_forever()


def _serve_in_processes(server: Server, processes: int) -> None:
    from .processes import Processes

    server.on_start = None
    Processes(server, processes).run(lambda: _welcome(server, processes))


def _make(app: Any, host: str, port: int, tls: Any, processes: int, options: dict[str, Any]) -> Server:
    """Make the server, on sockets that were handed over if there are any."""
    given = inherited_sockets()  # of the reloader, which opened them at this address
    if not given:
        given = systemd_sockets()
        host = host_of(given[0]) if given else host
    if given:
        options["sockets"] = given
    return Server(app, host, port, tls=tls, multiprocess=processes > 1, **options)


def _wrapped(app: Any, use_debugger: bool, static_files: Any) -> Any:
    if use_debugger:
        from .debugger import Debugger

        app = Debugger(app)
    if static_files:
        from ..http.middleware.shared_data import SharedDataMiddleware

        app = SharedDataMiddleware(app, static_files)
    return app


def _access_log(request_handler: type | None, wanted: Any) -> Any:
    """Return the access log: the one that is given, or in that format, or by a request handler class."""
    if isinstance(wanted, str):
        from .accesslog import AccessLog

        return AccessLog(wanted, access_logger())
    if wanted is not None:
        return wanted
    if request_handler is not None:
        from .serving import HandlerLog

        return HandlerLog(request_handler)
    return DefaultLog()


class DefaultLog:
    """The access log by default; it, and with it `logging`, is loaded after the first answer."""

    def __init__(self) -> None:
        self._log: Any = None

    def _loaded(self) -> Any:
        """Return the log, or None while there are no descriptors left to load it."""
        if self._log is None:
            try:
                from .accesslog import AccessLog

                self._log = AccessLog(logger=access_logger())
            except (OSError, ImportError):
                return None
        return self._log

    def record(self, exchange: Exchange) -> None:
        """Write the line of one answer; what it takes to load the log is not in its time."""
        begun = time.monotonic()
        log = self._loaded()
        exchange.started += time.monotonic() - begun
        if log is not None:
            log.record(exchange)

    def record_refusal(self, conn: Connection, status: int) -> None:
        """Write the line of a request that was not one."""
        log = self._loaded()
        if log is not None:
            log.record_refusal(conn, status)


def access_logger() -> logging.Logger:
    """Return the logger called "werkzeug" if the program has set it up (to silence it, most often), or our own."""
    from logging import getLogger

    name = "werkzeug" if "werkzeug" in getLogger().manager.loggerDict else f"{__package__}.access"
    return getLogger(name)


def _stopper(server: Server) -> Callable[[BaseException], None]:
    def stop(exc: BaseException) -> None:
        server.settings.failure = exc
        server.stop()

    return stop


# -- the reloader ----------------------------------------------------------------------------


def _watching(*arguments: Any) -> ReloaderLoop:
    from .reloader import ReloaderLoop

    return ReloaderLoop(*arguments)


def _supervise(loop: ReloaderLoop, host: str, port: int, app: Any, options: dict[str, Any]) -> None:
    """Listen, and have another process serve; this one only starts it, again and again."""
    from .reloader import run_with_reloader

    if not hasattr(os, "fork"):  # Windows hands on no sockets: the other process opens them
        run_with_reloader(lambda: None, loop, [])
    server = Server(app, host, port, sockets=systemd_sockets() or None, backlog=options.get("backlog", 1024),
                    socket_mode=options.get("socket_mode", 0o600))
    try:
        run_with_reloader(lambda: None, loop, server.sockets)
    finally:
        server.stop()


def _serve_and_watch(server: Server, loop: ReloaderLoop) -> None:
    """Serve, and stop when a file has changed, with the exit status that asks for another start."""
    asked: list[int] = []
    on_error = server.settings.on_error

    def watch() -> None:
        try:
            loop.run()
        except SystemExit as exc:
            asked.append(exc.code if isinstance(exc.code, int) else 1)
            server.stop(RELOAD_GRACE)

    def note(exc: BaseException) -> None:
        loop.note(exc)
        if on_error is not None:
            on_error(exc)

    server.settings.on_error = note
    if hasattr(server.app, "on_exception"):  # the traceback page
        server.app.on_exception = loop.note
    loop.changed()  # before anybody can be served what then changes
    threading.Thread(target=watch, name="reloader", daemon=True).start()
    server.serve_forever()
    if asked:
        sys.exit(asked[0])


# -- what is said at the start ---------------------------------------------------------------


def _welcome(server: Server, processes: int) -> None:
    """Say where the application is served, to whom, and what the server guards against by itself."""
    settings = server.settings
    say(f" * Running on {server.url} (Press CTRL+C to quit)")
    if not server.host.startswith(LOOPBACK):
        lan = _lan_address()
        port = f":{server.port}"
        say(f" * Reachable from other machines{f', as {server.scheme}://{lan}{port}' if lan else ''}")
    limits = settings.limits
    workers = f"{processes} processes of {settings.threads}" if processes > 1 else str(settings.threads)
    say(f" * At once: {settings.connections} connections, {workers} request{'s' * (workers != '1')};"
        f" a request: head of {limits['head'] >> 10} KiB in {settings.head_timeout:g} s, body of"
        f" {limits['body'] >> 20} MiB; to stop: {settings.grace:g} s for what is running")


def _lan_address() -> str:
    """Return this machine's address in its network; nothing is sent for it."""
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1, RFC 5737
            address: str = probe.getsockname()[0]
        except OSError:
            return ""
    return address
