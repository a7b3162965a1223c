"""Help pages: aligned in two columns and wrapped to the terminal."""

from __future__ import annotations

import os
import sys

from .params import Argument

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .core import Context

_WIDEST = 80  # longer lines are harder to read


def width(ctx: Context) -> int:
    """Return the width of help pages: the terminal's, within what can be read."""
    if ctx.terminal_width:
        return ctx.terminal_width
    try:
        columns = int(os.environ.get("COLUMNS") or 0) or os.get_terminal_size(sys.stdout.fileno()).columns
    except (AttributeError, OSError, ValueError):
        columns = _WIDEST
    return max(min(columns, ctx.max_content_width or _WIDEST) - 2, 30)


def first_sentence(text: str, limit: int) -> str:
    """Return the first sentence of a text, cut where it is too long."""
    paragraph = " ".join(text.split("\n\n")[0].split())
    first, stop, _ = paragraph.partition(". ")
    sentence = first + stop.strip()
    if len(sentence) <= limit:
        return sentence
    return sentence[:limit - 3].rsplit(" ", 1)[0] + "..."


def wrap(text: str, columns: int, indent: str = "") -> str:
    r"""Wrap paragraphs; one that begins with a line of ``\b`` keeps its lines."""
    import textwrap

    done = []
    for paragraph in text.split("\n\n"):
        first, _, rest = paragraph.partition("\n")
        if first.strip() == "\b":
            done.append(textwrap.indent(rest, indent))
        else:
            done.append(textwrap.fill(" ".join(paragraph.split()), columns, initial_indent=indent,
                                      subsequent_indent=indent, break_on_hyphens=False))
    return "\n\n".join(done)


def usage_line(ctx: Context, pieces: list[str]) -> str:
    """Return the line of usage, wrapped below its first word."""
    import textwrap

    start = f"Usage: {ctx.command_path} "
    indent = " " * min(len(start), 20)
    return textwrap.fill(" ".join(pieces), width(ctx), initial_indent=start, subsequent_indent=indent,
                         break_long_words=False, break_on_hyphens=False).rstrip()


def columns_of(rows: list[tuple[str, str]], total: int) -> Iterator[str]:
    """Yield the lines of a two-column list; a long name has its line alone, on a narrow terminal each has."""
    import textwrap

    left = min(max(len(name) for name, _ in rows), 28)
    if total < 60 and left > total // 3:
        left = 4
    room = total - left - 4
    for name, text in rows:
        lines = textwrap.wrap(text, room, break_on_hyphens=False) or [""]
        if len(name) > left:
            yield f"  {name}"
            name = ""
        else:
            yield f"  {name:{left}}  {lines.pop(0)}".rstrip()
        yield from (f"  {'':{left}}  {line}" for line in lines if line)


def help_page(ctx: Context) -> str:
    """Return the whole help page of a context's command."""
    command, total = ctx.command, width(ctx)
    parts = [command.get_usage(ctx)]
    text = command.help or ""
    if command.deprecated:
        text = f"(Deprecated) {text}"
    if text:
        parts.append(wrap(text, total, "  "))
    sections: list[tuple[str, list[tuple[str, str]]]] = [("Options", _option_rows(ctx))]
    sections += command.command_sections(ctx)
    for heading, rows in sections:
        if rows:
            parts.append("\n".join([f"{heading}:", *columns_of(rows, total)]))
    if command.epilog:
        parts.append(wrap(command.epilog, total, "  "))
    return "\n\n".join(parts)


def _option_rows(ctx: Context) -> list[tuple[str, str]]:
    rows: list[Any] = [param.get_help_record(ctx) for param in ctx.command.get_params(ctx)
                       if not isinstance(param, Argument)]
    return [row for row in rows if row is not None]
