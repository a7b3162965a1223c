"""Shell completion for bash, zsh and fish.

`eval "$(_MINFLASK_COMPLETE=bash_source minflask)"` sets it up; from then on the
shell asks the program itself, with `bash_complete` in that variable and the
words typed so far in two others.
"""

from __future__ import annotations

import os
import sys

from .core import Command, Context, Group
from .params import Argument, Option, Parameter
from .types import Choice, File, Path, label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, NoReturn

_SCRIPTS = {
    "bash": """\
%(function)s() {
    local kind value text
    COMPREPLY=()
    while IFS=$'\\t' read -r kind value text; do
        if [[ $kind == files ]]; then compopt -o default; else COMPREPLY+=("$value"); fi
    done < <(COMP_WORDS="${COMP_LINE:0:COMP_POINT}" %(variable)s=bash_complete "$1" 2>/dev/null)
}
complete -o nosort -F %(function)s %(program)s
""",
    "zsh": """\
#compdef %(program)s
%(function)s() {
    local -a found; local kind value text
    while IFS=$'\\t' read -r kind value text; do
        if [[ $kind == files ]]; then _path_files -f; else found+=("${value//:/\\\\:}:$text"); fi
    done < <(COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) %(variable)s=zsh_complete %(program)s 2>/dev/null)
    (( $#found )) && _describe -V unsorted found
}
compdef %(function)s %(program)s
""",
    "fish": """\
function %(function)s
    set -x COMP_WORDS (commandline -cp)
    set -x COMP_CWORD (commandline -t)
    for line in (env %(variable)s=fish_complete %(program)s 2>/dev/null)
        set -l parts (string split \\t -- $line)
        if test $parts[1] = files; __fish_complete_path (commandline -t); else; echo -e $parts[2]\\t$parts[3]; end
    end
end
complete --no-files --command %(program)s --arguments "(%(function)s)"
""",
}


def answer_shell(command: Command, prog_name: str, variable: str, extra: dict[str, Any]) -> None:
    """Answer a shell that asks, and end the program; without a question return."""
    shell, _, question = os.environ.get(variable, "").partition("_")
    if shell not in _SCRIPTS or question not in {"source", "complete"}:
        return
    if question == "source":
        program = os.path.basename(prog_name).split()[-1]
        print(_SCRIPTS[shell] % {"function": f"_{program.replace('-', '_')}_completion", "variable": variable,
                                 "program": program}, end="")
        _end()
    words, incomplete = _words_of(shell)
    # bash completes what stands behind the last of these, and not the whole word.
    known = max(incomplete.rfind("="), incomplete.rfind(":")) + 1 if shell == "bash" else 0
    for kind, value, text in complete(command, prog_name, words, incomplete, extra):
        print(f"{kind}\t{value[known:]}\t{text}")
    _end()


def _end() -> NoReturn:
    sys.stdout.flush()
    sys.exit(0)


def _words_of(shell: str) -> tuple[list[str], str]:
    """Return the finished words behind the program's name, and the one that is being typed."""
    text, at = os.environ.get("COMP_WORDS", ""), os.environ.get("COMP_CWORD", "")
    words = _split(text)
    if shell == "fish":
        return (words[1:-1] if at and words[-1:] == [at] else words[1:]), at
    if not at.isdigit():  # bash gives the line up to the cursor
        return (words[1:], "") if text[-1:].isspace() else (words[1:-1], "".join(words[1:][-1:]))
    return words[1:int(at)], "".join(words[int(at):][:1])


def _split(text: str) -> list[str]:
    import shlex

    for end in ("", "'", '"'):  # the quote that is still open, if one is
        try:
            return shlex.split(text + end)
        except ValueError:
            continue
    return text.split()


def complete(command: Command, prog_name: str, words: list[str], incomplete: str,
             extra: dict[str, Any] | None = None) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, value, help) for what may stand where the user is typing; the kind is plain or files.

    :param words: those that are finished, without the program's name.
    :param incomplete: the one that is being typed, as far as it is.
    """
    ctx = _context_of(command, prog_name, words, extra or {})
    options = [] if "--" in words else [param for param in ctx.command.get_params(ctx) if isinstance(param, Option)]
    name, equals, begun = incomplete.partition("=")
    if equals and name[:1] == "-":
        for kind, value, text in _values(ctx, _awaiting(options, name), begun):
            yield kind, f"{name}={value}", text
        return
    option = _awaiting(options, words[-1] if words else "")
    if option is not None:
        yield from _values(ctx, option, incomplete)
    elif incomplete[:1] == "-" and options:
        yield from _option_names(options, incomplete)
    elif isinstance(ctx.command, Group):
        yield from _command_names(ctx, ctx.command, incomplete)
    else:
        yield from _values(ctx, _next_argument(ctx), incomplete)


def _context_of(command: Command, prog_name: str, words: list[str], extra: dict[str, Any]) -> Context:
    """Follow the words through the groups to the command that they have reached."""
    ctx = command.make_context(prog_name, list(words), resilient_parsing=True, **extra)
    while isinstance(ctx.command, Group) and ctx.args:
        name, *rest = ctx.args
        with ctx.scope(cleanup=False):
            found = ctx.command.get_command(ctx, name)
        if found is None:
            break
        ctx = found.make_context(name, rest, parent=ctx, resilient_parsing=True)
    return ctx


def _awaiting(options: list[Option], word: str) -> Option | None:
    """Return the option of a name, if it takes a value."""
    return next((param for param in options if word in param.opts and not param.is_flag and not param.count), None)


def _option_names(options: list[Option], incomplete: str) -> Iterator[tuple[str, str, str]]:
    for param in options:
        for name in () if param.hidden else (*param.opts, *param.secondary_opts):
            if name.startswith(incomplete):
                yield "plain", name, (param.help or "").partition("\n")[0]


def _command_names(ctx: Context, group: Group, incomplete: str) -> Iterator[tuple[str, str, str]]:
    for name in group.list_commands(ctx):
        found = group.get_command(ctx, name) if name.startswith(incomplete) else None
        if found is not None and not found.hidden:
            yield "plain", name, found.get_short_help_str()


def _next_argument(ctx: Context) -> Parameter | None:
    """Return the first argument that has no value yet, or takes any number."""
    for param in ctx.command.params:
        if isinstance(param, Argument) and (
                param.nargs == -1 or ctx.get_parameter_source(param.name) != "COMMANDLINE"):
            return param
    return None


def _values(ctx: Context, param: Parameter | None, incomplete: str) -> Iterator[tuple[str, str, str]]:
    """Yield the values that a parameter takes: those its own function names, its choices, or files."""
    if param is None:
        return
    if param.shell_complete is not None:
        for item in param.shell_complete(ctx, param, incomplete):
            yield "plain", str(getattr(item, "value", item)), getattr(item, "help", None) or ""
    elif isinstance(param.type, Choice):
        fold = str if param.type.case_sensitive else str.casefold
        for choice in map(label, param.type.choices):
            if fold(choice).startswith(fold(incomplete)):
                yield "plain", choice, ""
    elif isinstance(param.type, (Path, File)) or param.name == "app":
        yield "files", incomplete, ""
