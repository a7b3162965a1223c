"""The command line: find the application, serve it."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class NoAppException(Exception):
    """No application was found where it was looked for."""


def prepare_import(path: str) -> str:
    """Put the folder above a module or package on the import path, and return the name to import it by."""
    path = os.path.realpath(path)
    path = path[:-3] if path.endswith(".py") else path
    if os.path.basename(path) == "__init__":
        path = os.path.dirname(path)
    names: list[str] = []
    while True:
        path, name = os.path.split(path)
        names.insert(0, name)
        if not os.path.exists(os.path.join(path, "__init__.py")):
            break
    if path not in sys.path:
        sys.path.insert(0, path)
    return ".".join(names)


def find_app(target: str) -> Any:
    """Import `module[:name]` and return the application it holds, or that its factory makes."""
    path, _, name = target.partition(":")
    module = import_module(prepare_import(path))
    for candidate in (name,) if name else ("app", "application", "create_app", "make_app"):
        found = getattr(module, candidate, None)
        if found is not None:
            return found if hasattr(found, "wsgi_app") else found()
    raise NoAppException(f"No application was found in {path!r}: it has no 'app' and no 'create_app'.")


def run_application(app: Any, host: str | None, port: int | None, debug: bool | None, load_dotenv: bool,
                    options: dict[str, Any]) -> None:
    """Serve an application until it is stopped; `app.run` calls this."""
    if debug is not None:
        app.debug = bool(debug)
    name, _, number = (app.config["SERVER_NAME"] or "").partition(":")
    options.setdefault("use_reloader", app.debug)
    options.setdefault("use_debugger", app.debug)
    from .server import run_simple

    run_simple(host or name or "127.0.0.1", int(number or 5000) if port is None else int(port), app, **options)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m minflask")
    parser.add_argument("--app", required=True)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run")
    run.add_argument("--host", default="127.0.0.1")
    run.add_argument("--port", type=int, default=5000)
    run.add_argument("--debug", action="store_true")
    arguments = parser.parse_args()
    run_application(find_app(arguments.app), arguments.host, arguments.port, arguments.debug or None, True, {})
