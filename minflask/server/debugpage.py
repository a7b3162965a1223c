"""The traceback page: HTML that needs no script, no network and no second look.

Whatever is shown passes `escape`; there is no other way into the page.
"""

from __future__ import annotations

from html import escape as escape_html
from itertools import groupby

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .traces import Frame, Secrets, Trace

CAUGHT = "The debugger caught an exception in your WSGI application."

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --dim: #656d76; --paper: #fff; --box: #f6f8fa; --line: #d8dee4;
  --hit: #fff3bf; --mark: #ffd43b; --red: #c92a2a }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --dim: #8b949e; --paper: #0d1117; --box: #161b22;
  --line: #30363d; --hit: #3d3200; --mark: #7a6000; --red: #ff8787 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 68rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif }
h1 { margin: 0; font-size: 1.6rem; color: var(--red); overflow-wrap: anywhere }
h1 + pre { margin: .3rem 0 .8rem; font-size: 1.1rem; border: 0; padding: 0; background: none }
h2 { margin: 2rem 0 .5rem; font-size: 1.1rem }
code, pre, textarea, td { font: 13px/1.45 ui-monospace, monospace }
pre, textarea { width: 100%; margin: 0; padding: .6rem; white-space: pre-wrap; overflow-wrap: anywhere;
  background: var(--box); border: 1px solid var(--line); border-radius: 6px; color: inherit }
details { margin: .3rem 0 } .far > .frame { margin-left: 1.2rem }
summary { cursor: pointer; padding: .15rem 0 } summary:hover { color: var(--red) }
.frame > summary b { font-weight: 600 } .far > summary { color: var(--dim) } .where { color: var(--dim) }
.source { margin: .2rem 0; border: 1px solid var(--line); border-radius: 6px; background: var(--box); overflow-x: auto;
  white-space: pre; padding: .4rem 0; font: 13px/1.45 ui-monospace, monospace }
.source div { padding: 0 .6rem } .source i { display: inline-block; width: 4ch; margin-right: 1ch; text-align: right;
  font-style: normal; color: var(--dim); user-select: none }
.source .hit { background: var(--hit) } mark { background: var(--mark); color: inherit; border-radius: 2px }
table { border-collapse: collapse; width: 100%; table-layout: fixed }
td { border-top: 1px solid var(--line); padding: .15rem .6rem; vertical-align: top; overflow-wrap: anywhere }
td:first-child { width: 14rem; color: var(--dim) }
footer { margin-top: 2rem; color: var(--dim); font-size: .85rem }
"""


class Page:
    """A page under construction: pieces of HTML, and text that becomes HTML by being escaped and masked."""

    def __init__(self, secrets: Secrets) -> None:
        self.secrets = secrets

    def text(self, value: object) -> str:
        """Return text for the page."""
        return escape_html(self.secrets.masked(str(value)))

    def render(self, traces: list[Trace], plain: str, request: list[tuple[str, str]]) -> str:
        """Return the page."""
        main = traces[0]
        title = self.text(f"{main.kind}: {main.message}" if main.message else main.kind)
        parts = [
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
            f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>',
            "".join(self.trace(trace, number == 0) for number, trace in enumerate(traces)),
            f"<h2>Request</h2>{self.table(request)}",
            f'<h2>To copy</h2><textarea readonly rows="12" aria-label="traceback">{self.text(plain)}</textarea>',
            f"<footer>{CAUGHT} This page is shown to this machine only, and only in debug mode. Values whose names"
            " say that they are secret are left out; look it over all the same before you share it.</footer>",
            f"</body></html>\n<!--\n{self.text(plain).replace('--', '- -')}\n-->\n",
        ]
        return "".join(parts)

    def trace(self, trace: Trace, first: bool) -> str:
        """Return one exception with its frames, the one to look at opened."""
        heading = "" if first else f"<h2>{self.text(trace.link)}</h2>"
        parts = [f"{heading}<h1>{self.text(trace.kind)}</h1><pre>{self.text(trace.message)}</pre>"]
        parts += [f"<p>{self.text(note)}</p>" for note in trace.notes]
        culprit = trace.culprit
        if culprit is not None:
            parts.append(f'<p class="where">in <b>{self.text(culprit.function)}</b>, {self.place(culprit)}</p>')
        if trace.syntax is not None:
            file, line, text = trace.syntax
            parts.append(f'<p>{self.text(file)}, line {line}</p><div class="source"><div class="hit"><i>{line}</i>'
                         f"{self.text(text)}</div></div>")
        opened = {culprit, trace.frames[-1]} if trace.frames else set()
        for to_show, frames in groupby(trace.frames, lambda frame: frame.is_own or frame in opened):
            shown = [self.frame(frame, frame in opened) for frame in frames]
            if not to_show and len(shown) > 1:
                summary = f"<summary>{len(shown)} frames of libraries</summary>"
                shown = ['<details class="far">', summary, *shown, "</details>"]
            parts += shown
        return "".join(parts)

    def place(self, frame: Frame) -> str:
        """Return where a frame is."""
        return f"<code>{self.text(frame.file)}</code>, line {frame.line}"

    def frame(self, frame: Frame, opened: bool) -> str:
        """Return one frame, folded up unless it is one to look at."""
        again = f" (and {frame.repeated} times more)" if frame.repeated else ""
        return (
            f'<details class="frame {"near" if frame.is_own else "far"}"{" open" if opened else ""}><summary>'
            f'<b>{self.text(frame.function)}</b> <span class="where">{self.place(frame)}{again}</span></summary>'
            f"{self.source(frame)}{self.variables(frame, opened and frame.is_own)}</details>"
        )

    def source(self, frame: Frame) -> str:
        """Return the lines around a frame, its own line marked."""
        rows = []
        for number, line in frame.excerpt():
            if number == frame.line:
                rows.append(f'<div class="hit"><i>{number}</i>{self.marked(frame, line)}</div>')
            else:
                rows.append(f"<div><i>{number}</i>{self.text(line)}</div>")
        if not rows:
            return '<p class="where">Its source is not at hand.</p>'
        return f'<div class="source">{"".join(rows)}</div>'

    def marked(self, frame: Frame, line: str) -> str:
        """Return the line of a frame with the expression marked that failed."""
        if frame.columns is None:
            return self.text(line)
        start, end = frame.columns
        return f"{self.text(line[:start])}<mark>{self.text(line[start:end])}</mark>{self.text(line[end:])}"

    def variables(self, frame: Frame, opened: bool) -> str:
        """Return the variables of a frame, folded up or not."""
        if not frame.variables:
            return ""
        summary = f"<summary>Variables ({len(frame.variables)})</summary>"
        return f"<details{' open' if opened else ''}>{summary}{self.table(frame.variables)}</details>"

    def table(self, rows: list[tuple[str, str]]) -> str:
        """Return names and values."""
        return "<table>" + "".join(
            f"<tr><td>{self.text(name)}</td><td>{self.text(value)}</td></tr>" for name, value in rows) + "</table>"
