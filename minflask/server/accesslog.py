"""The access log: one line for each answer, through `logging`, in a format of your choice.

A line can be told from the next whatever a client sends: control characters leave
escaped. Colours appear on terminals only. Nothing here can make a request fail.
"""

from __future__ import annotations

import logging
import time
from string import Formatter

from .terminal import has_colours, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .connection import Connection
    from .gateway import Exchange

COMMON = '{client} - - [{time}] "{line}" {status} {size}'  # the Common Log Format
DEFAULT = COMMON + " {ms:.1f}ms"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_escapes = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 256))}
_escapes[ord('"')], _escapes[ord("\\")] = '\\"', "\\\\"


def escaped(text: str) -> str:
    """Return text from the wire so that it stays in its line and between its quotes."""
    return text.translate(_escapes)


def log_time() -> str:
    """Return the time of day here, as access logs write it."""
    now = time.localtime()
    return f"{now.tm_mday:02}/{MONTHS[now.tm_mon - 1]}/{now.tm_year:04} " + time.strftime("%H:%M:%S", now)


def client_of(conn: Connection) -> str:
    """Return the client's address, or that it is on this machine."""
    return str(conn.peer[0]) if isinstance(conn.peer, tuple) else "<local>"


# What a format may name.
FIELDS: dict[str, Callable[[Exchange], Any]] = {
    "client": lambda exchange: client_of(exchange.conn),
    "time": lambda exchange: log_time(),
    "line": lambda exchange: escaped(exchange.request.line),
    "method": lambda exchange: exchange.request.method,
    "path": lambda exchange: escaped(exchange.request.target.partition("?")[0]),
    "query": lambda exchange: escaped(exchange.request.query),
    "protocol": lambda exchange: exchange.request.version,
    "status": lambda exchange: int(exchange.status[:3] or 0),
    "size": lambda exchange: exchange.sent,
    "seconds": lambda exchange: time.monotonic() - exchange.started,
    "ms": lambda exchange: (time.monotonic() - exchange.started) * 1000,
    "host": lambda exchange: escaped(exchange.request.fields.get("HTTP_HOST", "-")),
    "referer": lambda exchange: escaped(exchange.request.fields.get("HTTP_REFERER", "-")),
    "agent": lambda exchange: escaped(exchange.request.fields.get("HTTP_USER_AGENT", "-")),
}


class AccessLog:
    """Write a line for each answer.

    :param format: a format string over the names in `FIELDS`, or "json" for an
        object with the first twelve of them.
    :param logger: where lines go, at level INFO; this module's own if not given.
    :raises ValueError: for a name that is not in `FIELDS`.

    >>> AccessLog("{method} {path} {status} {seconds:.3f}").names
    ['method', 'path', 'status', 'seconds']
    """

    def __init__(self, format: str = DEFAULT, logger: logging.Logger | None = None) -> None:
        self.format = format
        self.names = list(FIELDS)[:12] if format == "json" else [
            name for _, name, _, _ in Formatter().parse(format) if name]
        unknown = set(self.names) - set(FIELDS)
        if unknown:
            raise ValueError(f"an access log has no field {sorted(unknown)[0]!r}; there are: {', '.join(FIELDS)}")
        self.logger = logger or logging.getLogger(__name__)
        make_audible(self.logger)

    def record(self, exchange: Exchange) -> None:
        """Write the line of one answer."""
        self._write({name: FIELDS[name](exchange) for name in self.names}, int(exchange.status[:3] or 0))

    def record_refusal(self, conn: Connection, status: int) -> None:
        """Write the line of a request that was not one."""
        values: dict[str, Any] = dict.fromkeys(self.names, "-")
        known = {"client": client_of(conn), "time": log_time(), "status": status, "size": 0, "seconds": 0.0, "ms": 0.0,
                 "line": escaped(conn.request_line())}
        values.update((name, value) for name, value in known.items() if name in values)
        self._write(values, status)

    def _write(self, values: dict[str, Any], status: int) -> None:
        try:
            if self.format == "json":
                from json import dumps

                line = dumps(values)
            else:
                line = self.format.format_map(values)
            self.logger.info("%s", line, extra={"status": status})
        except Exception:  # a handler that raises is not the client's fault
            pass


# -- the terminal ----------------------------------------------------------------------------

COLOURS = {2: "", 3: "36", 4: "33", 5: "1;31"}  # by the first digit of the status: cyan, yellow, bold red


class TerminalHandler(logging.Handler):
    """Write records to sys.stderr as it is at the moment; to nowhere if there is none."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; never raise."""
        try:
            text = self.format(record)
            colour = COLOURS.get(getattr(record, "status", 200) // 100)
            say(f"\x1b[{colour}m{text}\x1b[0m" if colour and has_colours() else text)
        except Exception:
            self.handleError(record)


def make_audible(logger: logging.Logger) -> None:
    """Let a logger's INFO be seen on the terminal, unless the program has arranged for its logs itself."""
    if logger.name.startswith(f"{__package__}."):
        logger = logging.getLogger(__package__)
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)
    if not logger.hasHandlers():
        logger.addHandler(TerminalHandler())
