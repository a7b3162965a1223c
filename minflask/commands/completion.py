"""Shell completion for bash, zsh and fish.

`eval "$(_MINFLASK_COMPLETE=bash_source minflask)"` sets it up; from then on the
shell asks the program itself, with `bash_complete` in that variable and the
words typed so far in two others.
"""

from __future__ import annotations

import os
import sys

from .core import Command, Context, Group
from .params import Option
from .types import Choice, File, Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, NoReturn

_SCRIPTS = {
    "bash": """\
%(function)s() {
    local line kind value
    COMPREPLY=()
    while IFS=$'\\t' read -r kind value line; do
        if [[ $kind == files ]]; then compopt -o default; else COMPREPLY+=("$value"); fi
    done < <(COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD %(variable)s=bash_complete "$1")
}
complete -o nosort -F %(function)s %(program)s
""",
    "zsh": """\
#compdef %(program)s
%(function)s() {
    local -a found; local kind value line
    while IFS=$'\\t' read -r kind value line; do
        if [[ $kind == files ]]; then _path_files -f; else found+=("${value//:/\\\\:}:$line"); fi
    done < <(COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) %(variable)s=zsh_complete %(program)s)
    (( $#found )) && _describe -V unsorted found
}
compdef %(function)s %(program)s
""",
    "fish": """\
function %(function)s
    for line in (env COMP_WORDS=(commandline -cp) COMP_CWORD=(commandline -t) %(variable)s=fish_complete %(program)s)
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
    for kind, value, text in complete(command, prog_name, words, incomplete, extra):
        print(f"{kind}\t{value}\t{text}")
    _end()


def _end() -> NoReturn:
    sys.stdout.flush()
    sys.exit(0)


def _words_of(shell: str) -> tuple[list[str], str]:
    """Return the finished words behind the program's name, and the one that is being typed."""
    import shlex

    text, at = os.environ.get("COMP_WORDS", ""), os.environ.get("COMP_CWORD", "")
    try:
        words = shlex.split(text)
    except ValueError:  # an open quote
        words = text.split()
    if shell == "fish":
        return (words[1:-1] if at and words[-1:] == [at] else words[1:]), at
    cut = int(at) if at.isdigit() else len(words)
    return words[1:cut], words[cut] if cut < len(words) else ""


def complete(command: Command, prog_name: str, words: list[str], incomplete: str,
             extra: dict[str, Any] | None = None) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, value, help) for what may stand where the user is typing; the kind is plain or files."""
    ctx = _context_of(command, prog_name, words, extra or {})
    option = _awaiting(ctx, words)
    if option is not None:
        yield from _values(option, incomplete)
        return
    if incomplete.startswith("-"):
        for param in ctx.command.get_params(ctx):
            if isinstance(param, Option) and not param.hidden:
                for name in (*param.opts, *param.secondary_opts):
                    if name.startswith(incomplete):
                        yield "plain", name, (param.help or "").split("\n")[0]
        return
    if isinstance(ctx.command, Group):
        for name in ctx.command.list_commands(ctx):
            found = ctx.command.get_command(ctx, name) if name.startswith(incomplete) else None
            if found is not None and not found.hidden:
                yield "plain", name, found.get_short_help_str()
        return
    for param in ctx.command.params:
        if not isinstance(param, Option):
            yield from _values(param, incomplete)


def _context_of(command: Command, prog_name: str, words: list[str], extra: dict[str, Any]) -> Context:
    """Follow the words through the groups to the command that they have reached."""
    ctx = command.make_context(prog_name, list(words), resilient_parsing=True, **extra)
    while isinstance(ctx.command, Group) and ctx.args:
        name, *rest = ctx.args
        found = ctx.command.get_command(ctx, name)
        if found is None:
            break
        ctx = found.make_context(name, rest, parent=ctx, resilient_parsing=True)
    return ctx


def _awaiting(ctx: Context, words: list[str]) -> Option | None:
    """Return the option whose value is being typed, if that is what is being typed."""
    last = words[-1] if words else ""
    for param in ctx.command.get_params(ctx):
        if isinstance(param, Option) and last in param.opts and not param.is_flag and not param.count:
            return param
    return None


def _values(param: Any, incomplete: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(param.type, Choice):
        for choice in map(str, param.type.choices):
            if choice.startswith(incomplete):
                yield "plain", choice, ""
    elif isinstance(param.type, (Path, File)) or "app" == param.name:
        yield "files", incomplete, ""
