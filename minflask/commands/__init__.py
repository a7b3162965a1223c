"""Commands by decorators, on the standard library's argparse where a command line is not plain.

Functions become commands, their parameters are declared by `option` and
`argument`, groups hold commands. The calling conventions are those that
Flask's documentation uses, so that a command reads as its users know it:

>>> @command("greet")
... @option("--times", default=1, help="How often.")
... @argument("name")
... def greet(times, name):
...     for _ in range(times):
...         echo(f"Hello, {name}!")

Here is only the table of names; each lives in the module that it is loaded from.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .core import Command as Command
    from .core import Context as Context
    from .core import Group as Group
    from .core import get_current_context as get_current_context
    from .decorators import argument as argument
    from .decorators import command as command
    from .decorators import group as group
    from .decorators import option as option
    from .decorators import pass_context as pass_context
    from .runner import CliRunner as CliRunner
    from .runner import Result as Result
    from .terminal import echo as echo

_ROOMS = {
    "core": "Command BaseCommand Context Group MultiCommand CommandCollection get_current_context",
    "decorators": "argument command confirmation_option group help_option make_pass_decorator option pass_context"
                  " pass_obj password_option version_option",
    "errors": "Abort BadArgumentUsage BadOptionUsage BadParameter ClickException Exit FileError MissingParameter"
              " NoSuchOption UsageError",
    "params": "Argument Option Parameter",
    "runner": "CliRunner Result",
    "terminal": "clear confirm echo edit getchar launch pause progressbar prompt secho style unstyle"
                " get_text_stream get_binary_stream format_filename get_app_dir echo_via_pager",
    "types": "BOOL Choice DateTime FLOAT File FloatRange INT IntRange ParamType Path STRING Tuple UNPROCESSED UUID",
}
_HOMES = {name: room for room, names in _ROOMS.items() for name in names.split()}
_names = globals()

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """Load a name from its module on its first use."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = _names[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value
