"""The life of a server: made, started, stopped, from any thread; and `run_simple`, which does it all.

Here sockets, settings and threads are put together, and signals are listened to.
"""

from __future__ import annotations

import signal
import socket
import sys
import threading
import time
from logging import getLogger

from .gateway import base_environ
from .listen import open_sockets
from .settings import Settings
from .workers import Team

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import Any

log = getLogger(__name__)


class Server:
    """A WSGI application being served; `make_server` makes one.

    >>> with make_server(app, port=0) as server:      # doctest: +SKIP
    ...     urlopen(server.url).read()
    """

    def __init__(self, app: Any, host: str = "127.0.0.1", port: int = 8000, *, socket_mode: int = 0o600,
                 sockets: list[socket.socket] | None = None, **options: Any) -> None:
        self.settings = Settings(**options)
        self.settings.app = app
        self.host = host
        self.port = port
        self._mode = socket_mode
        self._given = sockets
        self._team: Team | None = None
        self._lock = threading.Lock()
        self._stopped_by = threading.Event()
        self._sockets: list[socket.socket] = []
        self.listen()

    def listen(self) -> None:
        """Open the sockets, if they are not open; from then on clients may wait in the queue."""
        if self._sockets:
            return
        self._sockets = self._given or open_sockets(self.host, self.port, self.settings.backlog, self._mode)
        name = self._sockets[0].getsockname()
        if isinstance(name, tuple):
            self.port = name[1]
        scheme = "https" if self.settings.tls is not None else "http"
        server_name = "localhost" if self.host.startswith("unix:") else self.host or "localhost"
        self.settings.environ = base_environ(server_name, str(self.port), scheme, self.settings.threads,
                                             self.settings.multiprocess)

    @property
    def url(self) -> str:
        """The address to give to a browser."""
        host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        if host.startswith("unix:"):
            return host
        return f"{self.settings.environ['wsgi.url_scheme']}://{f'[{host}]' if ':' in host else host}:{self.port}"

    def start(self) -> None:
        """Serve in threads of its own, and return at once; a running server stays as it is."""
        with self._lock:
            if self._team is not None:
                return
            self.listen()
            self.settings.stopping = False
            self._stopped_by.clear()
            self._team = Team(self.settings, self._sockets, f"server {self.port}")
            self._team.start()

    def stop(self, timeout: float | None = None) -> bool:
        """Take no more connections, finish requests in flight, and end; from any thread, also from a view.

        :param timeout: seconds after which what still runs is cut; the option `grace` if not given.
        :returns: whether everything ended in time.
        """
        self._stopped_by.set()
        with self._lock:
            team = self._team
        if team is None:
            self._close_sockets()
            return True
        grace = self.settings.grace if timeout is None else timeout
        team.loop.stop_at = min(team.loop.stop_at, time.monotonic() + grace)
        self.settings.stopping = True
        team.loop.wake()
        if team.includes_this_thread():
            return True
        ended = team.ended.wait(grace + 2)
        self._forget(team)
        return ended

    def _forget(self, team: Team) -> None:
        with self._lock:
            if self._team is team:
                self._team = None
                self._sockets = []
        team.join(1)

    def _close_sockets(self) -> None:
        for sock in self._sockets:
            sock.close()
        self._sockets = []

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def serve_forever(self) -> None:
        """Serve until `stop` is called, or a signal asks for it when this is the main thread."""
        main = threading.current_thread() is threading.main_thread()
        before = self._take_signals() if main else {}
        try:
            self.start()
            team = self._team
            while not self._stopped_by.is_set() and team is not None and not team.ended.is_set():
                self._stopped_by.wait(None if sys.platform != "win32" else 0.5)
            self.stop()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _take_signals(self) -> dict[int, Any]:
        numbers = [signal.SIGINT, signal.SIGTERM]
        return {number: signal.signal(number, self._on_signal) for number in numbers}

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._stopped_by.is_set():
            raise SystemExit(128 + number)
        self._stopped_by.set()


def make_server(app: Any, host: str = "127.0.0.1", port: int = 8000, **options: Any) -> Server:
    """Return a server for a WSGI application, listening but not yet serving.

    Use it to run a server inside another program: `start` and `stop` it from any
    thread, or hold it in a `with` block; `port` is the real one when 0 was asked for.

    :param host: an address or name, or `unix:/path`.
    :param options: see `settings.DEFAULTS`, and `socket_mode` for a unix socket.
    :raises OSError: when the address cannot be listened on; the message is for the user.
    """
    return Server(app, host, port, **options)


def run_simple(
    hostname: str, port: int, application: Any, use_reloader: bool = False, use_debugger: bool = False,
    use_evalex: bool = True, extra_files: Any = None, exclude_patterns: Any = None, reloader_interval: float = 1,
    reloader_type: str = "auto", threaded: bool = True, processes: int = 1, request_handler: Any = None,
    static_files: Any = None, passthrough_errors: bool = False, ssl_context: Any = None, **options: Any,
) -> None:
    """Serve an application until told to stop, with what a developer wants to see on the terminal."""
    if not isinstance(port, int):
        raise TypeError("port must be an integer")
    options.setdefault("threads", 8 if threaded else 1)
    try:
        server = make_server(application, hostname, port, **options)
    except OSError as exc:
        sys.exit(str(exc.strerror or exc))
    print(f" * Running on {server.url} (Press CTRL+C to quit)", file=sys.stderr)
    server.serve_forever()
