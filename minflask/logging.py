"""The application's logger: the standard library's, with a handler where nobody configured one."""

from __future__ import annotations

import logging
import sys

from .globals import request
from .local import LocalProxy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TextIO

    from .app import Flask


def _error_stream() -> TextIO:
    """Return the error stream of the request being handled (`wsgi.errors`), else standard error."""
    if request:
        stream: TextIO = request.environ["wsgi.errors"]
        return stream
    return sys.stderr


#: Writes to the error stream that holds at the moment; handlers of `logging` take it as a stream.
wsgi_errors_stream: Any = LocalProxy(_error_stream)

#: The handler that an application's logger gets where the logging of the program is not configured.
default_handler = logging.StreamHandler(wsgi_errors_stream)
default_handler.setFormatter(logging.Formatter("[%(asctime)s] %(levelname)s in %(module)s: %(message)s"))


def has_level_handler(logger: logging.Logger) -> bool:
    """Return whether a handler on the way up to the root takes what the logger's level lets pass."""
    level = logger.getEffectiveLevel()
    current: logging.Logger | None = logger
    while current is not None:
        if any(handler.level <= level for handler in current.handlers):
            return True
        current = current.parent if current.propagate else None
    return False


def create_logger(app: Flask) -> logging.Logger:
    """Return the logger named after the application: at DEBUG in debug mode, with a handler if there is none."""
    logger = logging.getLogger(app.name)
    if app.debug and logger.level == logging.NOTSET:
        logger.setLevel("DEBUG")
    is_heard = has_level_handler(logger)
    if not is_heard:
        logger.addHandler(default_handler)
    return logger
