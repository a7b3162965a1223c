"""Take a command line apart: which options were given, and what is left.

Nothing is converted here, and no default is looked up: parameters get texts, in
the order in which they were written.
"""

from __future__ import annotations

from .errors import BadArgumentUsage
from .params import UNSET, Argument, Option, Parameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .core import Context

    Given = list[tuple[Parameter, Any]]


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
    found = _read_plain(params, args, ctx.allow_interspersed_args)
    if found is None:
        from .argparsing import take_options

        found = take_options(ctx, params, args)
    return found


def _read_plain(params: Sequence[Parameter], args: list[str], is_mixed: bool) -> tuple[Given, list[str]] | None:
    """Read a command line in which every option is written out, its one value behind it; None for any other.

    argparse reads such a line the same way, and all others: it is not loaded before there is one.
    """
    by_name = _plain_options(params)
    given: Given = []
    rest: list[str] = []
    words = iter(args)
    for word in words:
        if word[:1] != "-":
            rest.append(word)
            if is_mixed:
                continue
            break
        name, is_joined, value = word.partition("=")
        param = by_name.get(name)
        if param is None or is_joined and param.is_flag:
            return None
        if not is_joined and not param.is_flag:
            value = next(words, "-")
            if value[:1] == "-":
                return None
        given.append((param, param.flag_given_as(name) if param.is_flag else value))
    return given, [*rest, *words]


def _plain_options(params: Sequence[Parameter]) -> dict[str, Option | None]:
    """Return the options that are flags or take exactly one value, by name; None for a name that two have."""
    found: dict[str, Option | None] = {}
    for param in params:
        if isinstance(param, Option) and not param.count and not param.value_is_optional and param.nargs == 1:
            for name in (*param.opts, *param.secondary_opts):
                found[name] = None if name in found else param
    return found


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
