"""What a server allows and how long it waits: one table of defaults, each a keyword argument.

Everything else in this package reads its numbers here. The values are plain
attributes, so a running server can be looked at; sockets and threads are unknown.
"""

from __future__ import annotations

import time

from .http1 import LIMITS, encode_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from typing import Any, Callable

DEFAULTS: dict[str, Any] = {
    # Deadlines, in seconds.
    "head_timeout": 10.0,  # from the first byte of a request (or from connecting) to the end of its head
    "body_timeout": 30.0,  # between two pieces of a body; and see rate
    "send_timeout": 30.0,  # between two steps of progress in sending; and see rate
    "idle_timeout": 5.0,  # between two requests of one connection
    "tls_timeout": 10.0,  # for the TLS handshake
    "queue_timeout": 30.0,  # for a request that finds all threads busy, then 503
    "linger_timeout": 2.0,  # for a client to read an answer that closes the connection
    "grace": 30.0,  # for requests in flight when the server is told to stop
    # Amounts.
    "connections": 200,  # more than these wait in the system's queue
    "threads": 8,  # requests that run at the same time
    "backlog": 1024,  # length of the system's queue
    "requests_per_connection": 1000,
    "rate": 500,  # bytes per second: less, on average, in sending a body or taking an answer is too slow
    "body_buffer": 65536,  # of a body are awaited before a thread is given to it
    # Behaviour.
    "keep_alive": True,
    "server_name": "",  # a Server field in each answer, if not empty
    "access_log": None,  # an object with a method record(exchange), see accesslog
    "tls": None,  # an ssl.SSLContext
    "multiprocess": False,
}


class Settings:
    """The options of one server, checked: an unknown name is a TypeError that says what is near it."""

    head_timeout: float
    body_timeout: float
    send_timeout: float
    idle_timeout: float
    tls_timeout: float
    queue_timeout: float
    linger_timeout: float
    grace: float
    connections: int
    threads: int
    backlog: int
    requests_per_connection: int
    rate: int
    body_buffer: int
    keep_alive: bool
    server_name: str
    access_log: Any
    tls: ssl.SSLContext | None
    multiprocess: bool

    def __init__(self, **options: Any) -> None:
        unknown = [name for name in options if name not in DEFAULTS and name not in LIMITS]
        if unknown:
            raise TypeError(_unknown_option(unknown[0]))
        self.limits = {name: options.get(name, value) for name, value in LIMITS.items()}
        for name, value in DEFAULTS.items():
            setattr(self, name, options.get(name, value))
        if self.threads < 1 or self.connections < 1:
            raise ValueError("a server needs at least one thread and one connection")
        self.app: Callable[..., Any] = _no_app
        self.environ: dict[str, Any] = {}  # what every request's environ begins with
        self.takes_all = True  # when stopping, serve also who waits in the system's queue: it goes with us
        self.socket_path = ""  # of a unix socket
        self.stopping = False  # answers say that the connection closes
        self.crowded = False  # all connections are taken: none is kept for long
        self.awaited = 0  # requests that run while their clients wait for a 100; half of the threads at most
        self.on_error: Callable[[BaseException], None] | None = None  # instead of logging what an application raised
        self.failure: BaseException | None = None  # for `serve_forever` to raise
        self.server_field = encode_fields([("Server", self.server_name)] if self.server_name else [])
        self._second = -1
        self._date = b""

    def date_field(self) -> bytes:
        """Return the Date field of this second as a line (RFC 9110, 5.6.7)."""
        second = int(time.time())
        if second != self._second:
            now = time.gmtime(second)
            self._date = (f"Date: {DAYS[now.tm_wday]}, {now.tm_mday:02} {MONTHS[now.tm_mon - 1]} {now.tm_year:04}"
                          f" {now.tm_hour:02}:{now.tm_min:02}:{now.tm_sec:02} GMT\r\n").encode()
            self._second = second
        return self._date


DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _no_app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    raise RuntimeError("this server was given no application")


def _unknown_option(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, [*DEFAULTS, *LIMITS], 1)
    return f"a server has no option {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
