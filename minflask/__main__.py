"""`python -m minflask`: the command line; with `--as-flask` first, a whole program with minflask in Flask's place.

    python -m minflask --as-flask --app shop run        our own commands
    python -m minflask --as-flask -m pytest tests       a module, as Python's own -m
    python -m minflask --as-flask shop.py 8000          a file, as Python itself runs it

What the option means to our own commands is in `cli`; here is only what has to
hold before a program that is not ours starts.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    """Run the command line, or the program that stands behind `--as-flask`."""
    program = _program(sys.argv[2:]) if sys.argv[1:2] == ["--as-flask"] else None
    if program is not None:
        from .compat import install_as_flask

        _remember_the_command_line()
        install_as_flask(force=True)
        program()
    else:
        from .cli import main as commands

        commands()


def _program(arguments: list[str]) -> Callable[[], object] | None:
    """Return how to run a module or a file with the rest of the arguments; None: these are for our commands."""
    if arguments[:1] == ["-m"] and len(arguments) > 1:
        return lambda: _run_module(arguments[1:])
    if arguments and (arguments[0].endswith(".py") or os.path.dirname(arguments[0]) and os.path.isfile(arguments[0])):
        return lambda: _run_file(arguments)
    return None


def _run_module(arguments: list[str]) -> None:
    from runpy import run_module

    sys.argv[:] = arguments
    run_module(arguments[0], run_name="__main__", alter_sys=True)


def _run_file(arguments: list[str]) -> None:
    from runpy import run_path

    sys.argv[:] = arguments
    sys.path.insert(0, os.path.dirname(os.path.abspath(arguments[0])))
    run_path(arguments[0], run_name="__main__")


def _remember_the_command_line() -> None:
    """Keep how this process was started, for a reloader; Python 3.9 does not, and the program sees other arguments."""
    if not hasattr(sys, "orig_argv"):
        from subprocess import _args_from_interpreter_flags  # type: ignore[attr-defined]

        sys.orig_argv = [sys.executable, *_args_from_interpreter_flags(), "-m", "minflask", *sys.argv[1:]]


if __name__ == "__main__":
    main()
