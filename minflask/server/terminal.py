"""What a server says on its standard error, if there is one: it may be None, closed, or no terminal.

`logging` is loaded by the first line that is logged and not before: until then a
server that starts can already have answered.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def log() -> Any:
    """Return the logger for what happens to the server itself; without descriptors left to load one, a plain one."""
    try:
        from logging import getLogger
    except (OSError, ImportError):
        return _Plain()
    return getLogger(__package__)


class _Plain:
    """Says on sys.stderr what a logger would log."""

    def error(self, message: str, *values: Any) -> None:
        """Say what went wrong."""
        say(message % values)

    info = warning = error

    def exception(self, message: str, *values: Any) -> None:
        """Say what went wrong, with the exception that is being handled."""
        say(f"{message % values}: {sys.exc_info()[1]!r}")


def has_colours() -> bool:
    """Tell whether sys.stderr is a terminal that shows colours."""
    try:
        return bool(sys.stderr.isatty()) and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    except (AttributeError, ValueError):  # no stream at all, or closed
        return False


def say(text: str) -> None:
    """Print a line on sys.stderr if there is one; what its encoding lacks is escaped."""
    stream = sys.stderr
    try:
        if stream is None:
            return
        try:
            stream.write(text + "\n")
        except UnicodeEncodeError:
            stream.write(text.encode("ascii", "backslashreplace").decode() + "\n")
        stream.flush()
    except (OSError, ValueError):  # closed, or nobody reads it
        pass
