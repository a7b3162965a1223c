"""Take a command line apart with the standard library's argparse: which options were given, and what is left.

Nothing is converted here, and no default is looked up: parameters get texts, in
the order in which they were written.
"""

from __future__ import annotations

import argparse

from .errors import BadArgumentUsage, BadOptionUsage, NoSuchOption, UsageError, lookalikes
from .params import ASK, UNSET, Argument, Option, Parameter

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
        param = self.param
        if param.is_flag:
            values = param.flag_value if option_string not in param.secondary_opts else not param.flag_value
        namespace.given.append((param, values))


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


def take_apart(ctx: Context, params: Sequence[Parameter], args: list[str]) -> tuple[Given, list[str]]:
    """Return what each parameter was given, in the order of the command line, and the words left over."""
    given, rest = _take_options(ctx, params, args)
    arguments = [param for param in params if isinstance(param, Argument)]
    for at, param in enumerate(arguments):
        value, rest = _take_argument(ctx, param, rest, sum(other.nargs for other in arguments[at + 1:]))
        given.append((param, value))
    if rest and not ctx.allow_extra_args and not ctx.resilient_parsing:
        plural = "s" if len(rest) > 1 else ""
        raise BadArgumentUsage(f"Got unexpected extra argument{plural} ({' '.join(rest)})", ctx)
    return given, rest


def _take_options(ctx: Context, params: Sequence[Parameter], args: list[str]) -> tuple[Given, list[str]]:
    """Return the options that were given, and the words that are none."""
    parser = _Parser(prog=ctx.command_path, add_help=False, allow_abbrev=False, exit_on_error=False)
    for param in params:
        if isinstance(param, Option):
            parser.add_option(param)
    interspersed = ctx.command.allow_interspersed_args
    words, tail = args, []
    if not interspersed:
        parser.add_argument("rest", nargs=argparse.REMAINDER)
    elif "--" in args:
        cut = args.index("--")
        words, tail = args[:cut], args[cut + 1:]
    try:
        found, unknown = parser.parse_known_args(words, argparse.Namespace(given=[], rest=[]))
    except (argparse.ArgumentError, UsageError) as error:
        if ctx.resilient_parsing and args:  # the last word may be an option whose value is still to be typed
            return _take_options(ctx, params, args[:-1])
        raise _usage_error(ctx, error) from None
    _refuse_unknown(ctx, params, unknown)
    rest = found.rest[1:] if found.rest[:1] == ["--"] else found.rest
    return found.given, [*unknown, *rest, *tail]


def _usage_error(ctx: Context, error: Any) -> UsageError:
    """Return our error for one of argparse."""
    if isinstance(error, UsageError):
        error.ctx = ctx
        return error
    names = (error.argument_name or "").split("/")
    name = max(names, key=len)
    if "ignored explicit" in error.message or "not allowed with" in error.message:
        return BadOptionUsage(name, f"Option {name!r} does not take a value.", ctx)
    param = next((param for param in ctx.command.params if name in param.opts), None)
    if param is None or param.nargs == 1:
        return BadOptionUsage(name, f"Option {name!r} requires an argument. Write one that begins with a dash"
                                    f" as {name}=-VALUE." if name[:2] == "--" else
                                    f"Option {name!r} requires an argument.", ctx)
    return BadOptionUsage(name, f"Option {name!r} requires {param.nargs} arguments.", ctx)


def _refuse_unknown(ctx: Context, params: Sequence[Parameter], unknown: list[str]) -> None:
    if ctx.ignore_unknown_options or ctx.resilient_parsing:
        return
    for word in unknown:
        if len(word) > 1 and word[0] == "-" and not word[1].isdigit():
            name = word.split("=")[0]
            known = [opt for param in params for opt in (*param.opts, *param.secondary_opts)]
            raise NoSuchOption(name, possibilities=lookalikes(name, known), ctx=ctx)


def _take_argument(ctx: Context, param: Argument, rest: list[str], behind: int) -> tuple[Any, list[str]]:
    """Take an argument's words from the front; one of any number leaves as many as are needed behind it."""
    if param.nargs == -1:
        count = max(len(rest) - behind, 0)
        return (rest[:count] or UNSET), rest[count:]
    if not rest:
        return UNSET, rest
    if param.nargs == 1:
        return rest[0], rest[1:]
    if len(rest) < param.nargs and not ctx.resilient_parsing:
        raise BadArgumentUsage(f"Argument {param.make_metavar()!r} takes {param.nargs} values, and {len(rest)}"
                               f" {'was' if len(rest) == 1 else 'were'} given.", ctx)
    return rest[:param.nargs], rest[param.nargs:]
