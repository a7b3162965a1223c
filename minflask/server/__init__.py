"""An HTTP/1.1 server for any WSGI application: `make_server` and `run_simple`.

This table is all that is loaded until one of them is asked for; nothing here knows
of Flask, or of the rest of the package.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .life import Server as Server, make_server as make_server, run_simple as run_simple

HOMES = {"Server": ".life", "make_server": ".life", "run_simple": ".life"}


def __getattr__(name: str) -> object:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(HOMES[name], __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *HOMES])
