"""An HTTP/1.1 server for any WSGI application: `make_server` and `run_simple`.

This table is all that is loaded until one of them is asked for; nothing here knows
of Flask, or of the rest of the package.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .accesslog import AccessLog
    from .debugger import Debugger
    from .life import Server, make_server
    from .listen import is_running_from_reloader
    from .run import run_simple

__all__ = ["AccessLog", "Debugger", "Server", "is_running_from_reloader", "make_server", "run_simple"]
HOMES = {
    "AccessLog": ".accesslog", "Debugger": ".debugger", "Server": ".life", "make_server": ".life",
    "is_running_from_reloader": ".listen", "run_simple": ".run",
}


def __getattr__(name: str) -> object:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    try:
        return getattr(import_module(HOMES[name], __name__), name)
    except ModuleNotFoundError as exc:
        if exc.name not in ("_socket", "socket", "select", "selectors", "_thread", "threading"):
            raise
        raise RuntimeError(f"This Python has no module {exc.name}, so it cannot serve (as in WebAssembly). Call the"
                           " application itself, as a test client does.") from exc


def __dir__() -> list[str]:
    return sorted([*globals(), *HOMES])
