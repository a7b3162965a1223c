"""The life of a server: made, started, stopped, from any thread.

Here sockets, settings and threads are put together, and signals are listened to,
in the main thread only. What is printed at the start is the business of `run`.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager

from .gateway import base_environ
from .listen import open_sockets, unix_path
from .loop import wake_pair
from .settings import Settings
from .terminal import log
from .tls import BadCertificate, context_from
from .workers import Team

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from types import FrameType, TracebackType
    from typing import Any, Callable, Iterator


class Server:
    """A WSGI application and where it is served; `make_server` makes one.

    From the moment it is made it listens, so clients may wait; they are answered
    from `start` or `serve_forever` on, until `stop`. Then it can be started again.
    """

    on_start: Callable[[], None] | None = None  # called by `serve_forever`, when it serves and hears signals
    stops_on: tuple[str, ...] = ("SIGINT", "SIGTERM", "SIGBREAK")

    def __init__(self, app: Any, host: str = "127.0.0.1", port: int = 8000, *, socket_mode: int = 0o600,
                 sockets: list[socket.socket] | None = None, tls: Any = None, access_log: Any = None,
                 **options: Any) -> None:
        if access_log is True or isinstance(access_log, str):
            from .accesslog import AccessLog

            access_log = AccessLog(access_log) if isinstance(access_log, str) else AccessLog()
        self.settings = Settings(tls=context_from(tls), access_log=access_log or None, **options)
        self.settings.app = app
        self.host = host
        self.port = port
        self.app = app
        self._tls_source = tls
        self._mode = socket_mode
        self._given = sockets
        self._file: tuple[str, int, int] | None = None  # of a unix socket that is ours: path, inode, process
        self._team: Team | None = None
        self._lock = threading.Lock()
        self._asked = False  # to stop
        self._bell: socket.socket | None = None  # written to, it wakes `serve_forever`
        self._started = 0.0
        self.sockets: list[socket.socket] = []
        self.listen()

    def listen(self) -> None:
        """Open the sockets, if they are not open; from then on clients may wait in the system's queue.

        :raises OSError: when that cannot be done; the message is for the user.
        """
        if self.sockets:
            return
        if self._given is not None:
            self.sockets, self._given = self._given, []
            self.settings.takes_all = False  # others may serve them after us
        else:
            self.sockets = open_sockets(self.host, self.port, self.settings.backlog, self._mode)
            self.settings.takes_all = not self.host.startswith("fd:")
            if self.host.startswith("unix:"):
                path = unix_path(self.host)
                self._file = path, os.stat(path).st_ino, os.getpid()
        if not self.sockets:
            raise RuntimeError("the sockets that were given to this server are closed; make a new one")
        name = self.sockets[0].getsockname()
        if isinstance(name, tuple):
            self.port = name[1]
        elif isinstance(name, str):
            self.settings.socket_path = name
        server_name = "localhost" if self.host.startswith(("unix:", "fd:")) else self.host or "localhost"
        self.settings.environ = base_environ(server_name, str(self.port), self.scheme, self.settings.threads,
                                             self.settings.multiprocess)

    @property
    def scheme(self) -> str:
        """"https" if there is a certificate, else "http"."""
        return "https" if self.settings.tls is not None else "http"

    @property
    def url(self) -> str:
        """The address to give to a browser on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        if host.startswith("unix:"):
            return host
        return f"{self.scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    # -- start and stop --------------------------------------------------------------------

    def start(self) -> None:
        """Serve in threads of its own, and return at once; a running server stays as it is.

        :raises RuntimeError: where there are no threads.
        """
        with self._lock:
            if self._team is not None:
                if not self._team.ended.is_set():
                    return
                self._close()  # a view had stopped it
            self.listen()
            self.settings.stopping, self.settings.awaited = False, 0
            self._started = time.monotonic()
            team = Team(self.settings, self.sockets, f"server {self.port}")
            team.start()
            self._team = team

    def stop(self, timeout: float | None = None) -> bool:
        """Take no more connections, finish requests in flight, and end; from any thread, also from a view.

        Calling it twice, or before `start`, does no harm. Called from a view, it returns
        at once and takes effect when the view has answered.

        :param timeout: seconds after which what still runs is cut; the option `grace` if not given.
        :returns: whether everything has ended.
        """
        self._ask()
        with self._lock:
            team = self._team
        if team is None:
            self._close()
            return True
        grace = self.settings.grace if timeout is None else timeout
        team.stop(grace)
        if team.includes_this_thread():
            return False
        ended = team.ended.wait(grace + 5)
        with self._lock:
            if self._team is team:
                self._team = None
                self._close()
        team.join(1)
        return ended

    def _close(self) -> None:
        """Close the sockets, and remove the file of a unix socket if it is still ours."""
        for sock in self.sockets:
            sock.close()
        self.sockets = []
        path, inode, process = self._file or ("", 0, 0)
        self._file = None
        try:
            if process == os.getpid() and os.stat(path).st_ino == inode:
                os.unlink(path)
        except OSError:
            pass

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def stats(self) -> dict[str, Any]:
        """Return figures for a health page: open connections, requests running and waiting, totals."""
        team = self._team
        if team is None:
            return {"serving": False}
        return {"serving": True, "uptime": time.monotonic() - self._started, **team.stats()}

    # -- signals ---------------------------------------------------------------------------

    def serve_forever(self, poll_interval: float = 0.5) -> None:
        """Serve until `stop` is called, or SIGTERM or SIGINT comes when this is the main thread.

        Requests in flight are finished first; a second signal ends the process at once.
        SIGHUP reads the certificate again.

        :param poll_interval: accepted as the standard library's servers do; nothing is polled here.
        """
        sleeper, self._bell = wake_pair()
        sleeper.setblocking(True)
        self._asked = False
        try:
            with self._signals(self._bell):
                self.start()
                if self.on_start is not None:
                    self.on_start()
                while not self._asked:
                    sleeper.recv(64)
                self.stop()
        finally:
            bell, self._bell = self._bell, None
            bell.close()
            sleeper.close()
        if self.settings.failure is not None:
            raise self.settings.failure

    @contextmanager
    def _signals(self, bell: socket.socket) -> Iterator[None]:
        """Listen to signals, if this is the main thread; one rings the bell, whichever thread it comes to."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        handlers: dict[str, Any] = {**dict.fromkeys(self.stops_on, self._on_stop), "SIGHUP": self._on_reload}
        numbers = {getattr(signal, name): handler for name, handler in handlers.items() if hasattr(signal, name)}
        bell_before = signal.set_wakeup_fd(bell.fileno(), warn_on_full_buffer=False)
        before = {number: signal.signal(number, handler) for number, handler in numbers.items()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(bell_before)

    def _on_stop(self, number: int, frame: FrameType | None) -> None:
        if self._asked:  # they mean it
            os._exit(128 + number)
        self._ask()

    def _ask(self) -> None:
        """Ask `serve_forever` to stop; takes no lock, for the code that a signal interrupts may hold it."""
        self._asked = True
        bell = self._bell
        if bell is not None:
            try:
                bell.send(b"\0")
            except OSError:  # it rings already, or has ended
                pass

    def _on_reload(self, number: int, frame: FrameType | None) -> None:
        # A lock of logging may be held by the code that the signal interrupted.
        threading.Thread(target=self.reload_certificate, daemon=True).start()

    def reload_certificate(self) -> None:
        """Read the certificate and key again, for connections to come; a bad one leaves the old in place."""
        if self.settings.tls is None or hasattr(self._tls_source, "wrap_socket"):
            return
        try:
            self.settings.tls = context_from(self._tls_source)
        except BadCertificate as exc:
            log().error("the old certificate stays in use: %s", exc)
        else:
            log().info("the certificate was read again")


def make_server(app: Any, host: str = "127.0.0.1", port: int = 8000, **options: Any) -> Server:
    """Return a server for a WSGI application, listening but not yet serving.

    Use it to run a server inside another program: `start` and `stop` it from any
    thread, or hold it in a `with` block; `port` is the real one when 0 was asked for.

    :param host: an address or name, `unix:/path`, or `fd:3` for a socket that was handed over.
    :param options: the names in `settings.DEFAULTS` and `http1.LIMITS` (seconds, bytes, counts), and
        `tls` (a context or a pair of paths), `access_log` (True, a format or an `AccessLog`),
        `socket_mode` (of a unix socket), `sockets` (already listening).
    :raises OSError: when the address cannot be listened on; the message is for the user.

    :raises TypeError: when the first argument is no application, as in Werkzeug's order of arguments.

    >>> def app(environ, start_response):
    ...     start_response("200 OK", [])
    ...     return [b"hello"]
    >>> with make_server(app, port=0) as server:
    ...     server.stats()["connections"]
    0
    """
    if not callable(app):
        raise TypeError(f"make_server takes the application first, make_server(app, host, port), and got {app!r} in its"
                        " place. (Werkzeug's order is that of minflask.server.serving.make_server.)")
    return Server(app, host, port, **options)
