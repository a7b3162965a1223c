"""Options through the standard library's argparse: every spelling it knows, its messages turned into ours.

Loaded for the command lines that `parsing` does not read by itself, as argparse,
with the gettext and locale it brings, is an eighth of the time to a server's first answer.
"""

from __future__ import annotations

import argparse

from .errors import BadOptionUsage, NoSuchOption, UsageError, lookalikes
from .params import ASK, Option, Parameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn

    from .core import Context

    Given = list[tuple[Parameter, Any]]


class _Note(argparse.Action):
    """Note an option as it is met, so that the order is kept and nothing is converted yet."""

    param: Option

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        if self.param.is_flag:
            values = self.param.flag_given_as(option_string)
        elif values == [] and self.nargs is None:
            values = "--"  # before Python 3.13 argparse drops it from `--name=--`
        namespace.given.append((self.param, values))


class _Parser(argparse.ArgumentParser):
    """argparse as the one who takes command lines apart, its messages turned into ours."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message)

    def add_option(self, param: Option) -> None:
        options: dict[str, Any] = {"dest": param.name, "action": _Note, "default": argparse.SUPPRESS}
        if param.is_flag or param.count:
            options["nargs"] = 0
        elif param.value_is_optional:
            options.update(nargs="?", const=ASK if param.flag_value is None else param.flag_value)
        elif param.nargs != 1:
            options["nargs"] = param.nargs
        action: Any = self.add_argument(*param.opts, *param.secondary_opts, **options)
        action.param = param


def take_options(ctx: Context, params: Sequence[Parameter], args: list[str]) -> tuple[Given, list[str]]:
    """Return the options that were given, and the words that are none."""
    # One formatter, where one would be made for each option; without a width it would load shutil to ask the terminal.
    formatter = argparse.HelpFormatter("", width=80)
    parser = _Parser(prog=ctx.command_path, add_help=False, allow_abbrev=False, exit_on_error=False,
                     conflict_handler="resolve",  # of two options with one name the last one has it
                     formatter_class=lambda prog: formatter)
    for param in params:
        if isinstance(param, Option):
            parser.add_option(param)
    words, tail = args, []
    if not ctx.allow_interspersed_args:
        parser.add_argument("rest", nargs=argparse.REMAINDER)
    elif "--" in args:
        cut = args.index("--")
        words, tail = args[:cut], args[cut + 1:]
    try:
        found, unknown = parser.parse_known_args(words, argparse.Namespace(given=[], rest=[]))
    except (argparse.ArgumentError, UsageError) as error:
        if ctx.resilient_parsing and args:  # the last word may be an option whose value is still to be typed
            return take_options(ctx, params, args[:-1])
        raise _usage_error(ctx, error, words) from None
    rest = found.rest[1:] if found.rest[:1] == ["--"] else found.rest
    return found.given, [*_without_options(ctx, params, unknown), *rest, *tail]


def _usage_error(ctx: Context, error: Any, words: list[str]) -> UsageError:
    """Return our error for one of argparse."""
    if isinstance(error, UsageError):
        error.set_context(ctx)
        return error
    names = (error.argument_name or "").split("/")
    name = next((name for name in names if name[:2] == "--"), names[0])
    if "ignored explicit" in error.message:
        return BadOptionUsage(name, f"Option {name!r} does not take a value.", ctx)
    param = next((param for param in ctx.command.params if name in param.opts), None)
    wanted = "an argument" if param is None or param.nargs == 1 else f"{param.nargs} arguments"
    is_dashed = any(word in names and behind[:1] == "-" for word, behind in zip(words, words[1:]))
    way_out = f" Write a value that begins with a dash behind '=': {name}=-1." if is_dashed and name[:2] == "--" else ""
    return BadOptionUsage(name, f"Option {name!r} requires {wanted}.{way_out}", ctx)


def _without_options(ctx: Context, params: Sequence[Parameter], words: list[str]) -> list[str]:
    """Return the words that were no options of ours; one that looks like an option is an error, or left out."""
    if ctx.ignore_unknown_options:
        return words
    unknown = [word for word in words if len(word) > 1 and word[0] == "-" and not word[1].isdigit()]
    if not unknown or ctx.resilient_parsing:
        return [word for word in words if word not in unknown]
    name = unknown[0].split("=")[0]
    known = {opt.lstrip("-"): opt for param in params for opt in (*param.opts, *param.secondary_opts)}
    near = [known[bare] for bare in lookalikes(name.lstrip("-"), known)]
    raise NoSuchOption(name, possibilities=near, ctx=ctx)
