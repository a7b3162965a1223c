"""Talk to the person at the terminal: print, colour, ask, confirm, show progress.

Colours go to a terminal only, and not where `NO_COLOR` is set. Everything works
without a console too (`sys.stdout` may be None).
"""

from __future__ import annotations

import os
import re
import sys
from time import monotonic

from .errors import Abort, ClickException, UsageError
from .types import convert_type, label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import IO, Any

_COLORS = {name: number for number, name in enumerate("black red green yellow blue magenta cyan white".split(), 30)}
_COLORS.update({f"bright_{name}": number + 60 for name, number in list(_COLORS.items())}, reset=39)
_STYLES = {"bold": (1, 22), "dim": (2, 22), "underline": (4, 24), "overline": (53, 55), "italic": (3, 23),
           "blink": (5, 25), "reverse": (7, 27), "strikethrough": (9, 29)}
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")

# What prompts read from; the runner of tests puts its own in.
visible_input: Callable[[str], str] = lambda text: input(text)  # noqa: E731


def style(text: Any, fg: Any = None, bg: Any = None, reset: bool = True, **styles: bool | None) -> str:
    """Return text with escapes for its colour and style.

    :param fg: the colour of the text: a name, a number of 256, or (red, green, blue).
    :param styles: `bold`, `dim`, `underline`, `italic`, `blink`, `reverse`, `strikethrough`, `overline`.

    >>> style("no", fg="red")
    '\\x1b[31mno\\x1b[0m'
    """
    codes = [str(code) for code in (_color(fg, 0), _color(bg, 10)) if code]
    for name, on in styles.items():
        if on is not None:
            codes.append(str(_STYLES[name][0 if on else 1]))
    start = "".join(f"\x1b[{code}m" for code in codes)
    return f"{start}{text}\x1b[0m" if reset else f"{start}{text}"


def _color(color: Any, offset: int) -> str:
    if color is None:
        return ""
    if isinstance(color, int):
        return f"{38 + offset};5;{color}"
    if isinstance(color, (tuple, list)):
        return f"{38 + offset};2;{';'.join(map(str, color))}"
    if color not in _COLORS:
        raise TypeError(f"Unknown color {color!r}")
    return str(_COLORS[color] + offset)


def unstyle(text: str) -> str:
    """Return text without escapes."""
    return _ESCAPES.sub("", text)


def _shows_color(file: Any, color: bool | None) -> bool:
    if color is None:
        from .core import get_current_context

        ctx = get_current_context(silent=True)
        color = None if ctx is None else ctx.color
    if color is None:
        color = getattr(file, "shows_color", None)  # what a test runner says
    if color is not None:
        return color
    return not os.environ.get("NO_COLOR") and bool(getattr(file, "isatty", bool)())


def echo(message: Any = None, file: IO[Any] | None = None, nl: bool = True, err: bool = False,
         color: bool | None = None) -> None:
    """Print a message; bytes go out as they are.

    :param err: to standard error.
    :param color: keep escapes or not; by default a terminal gets them.
    """
    out: Any = (sys.stderr if err else sys.stdout) if file is None else file
    if out is None:  # a program without a console
        return
    if isinstance(message, (bytes, bytearray)):
        out.flush()
        binary = getattr(out, "buffer", out)
        binary.write(bytes(message) + (b"\n" if nl else b""))
        binary.flush()
        return
    text = ("" if message is None else str(message)) + ("\n" if nl else "")
    if not _shows_color(out, color):
        text = unstyle(text)
    try:
        out.write(text)
    except UnicodeEncodeError:
        out.write(text.encode(out.encoding or "ascii", "backslashreplace").decode(out.encoding or "ascii"))
    out.flush()


def secho(message: Any = None, file: IO[Any] | None = None, nl: bool = True, err: bool = False,
          color: bool | None = None, **styles: Any) -> None:
    """Print a message in a style; the styles are those of `style`."""
    if message is not None and not isinstance(message, (bytes, bytearray)):
        message = style(message, **styles)
    echo(message, file=file, nl=nl, err=err, color=color)


def hidden_input(text: str) -> str:
    """Ask for a line that is not shown while it is typed."""
    from getpass import getpass

    return getpass(text)


def _ask(text: str, hide_input: bool, err: bool) -> str:
    try:
        echo(text.rstrip(" "), nl=False, err=err)
        return (hidden_input if hide_input else visible_input)(" " if text.endswith(" ") else "")
    except (KeyboardInterrupt, EOFError):
        if hide_input:
            echo(err=err)
        raise Abort() from None


def prompt(text: str, default: Any = None, hide_input: bool = False, confirmation_prompt: bool | str = False,
           type: Any = None, value_proc: Callable[[str], Any] | None = None, prompt_suffix: str = ": ",
           show_default: bool = True, err: bool = False, show_choices: bool = True) -> Any:
    """Ask until there is a good answer, and return it. Raises Abort when the user gives up."""
    kind = convert_type(type, default)
    convert = value_proc or (lambda value: kind(value))
    choices = getattr(kind, "choices", ()) if show_choices else ()
    question = _question(text, choices, default if show_default else None, prompt_suffix)
    again = f"Repeat for confirmation{prompt_suffix}" if confirmation_prompt is True else f"{confirmation_prompt}: "
    while True:
        answer = _ask(question, hide_input, err) or default
        if answer is None:
            continue
        try:
            value = convert(answer)
        except UsageError as error:
            _refuse(error, hide_input, err)
            continue
        if not confirmation_prompt or _ask(again, hide_input, err) == str(answer):
            return value
        echo("Error: The two entered values do not match.", err=err)


def _refuse(error: UsageError, is_secret: bool, err: bool) -> None:
    echo("Error: That cannot be taken." if is_secret else f"Error: {error.message}", err=err)


def _question(text: str, choices: Iterable[Any], default: Any, suffix: str) -> str:
    shown = f"{text} ({', '.join(map(label, choices))})" if choices else text
    return f"{shown}{suffix}" if default is None else f"{shown} [{label(default)}]{suffix}"


def confirm(text: str, default: bool | None = False, abort: bool = False, prompt_suffix: str = ": ",
            show_default: bool = True, err: bool = False) -> bool:
    """Ask a question of yes or no.

    :param abort: raise Abort for no.
    """
    marks = "y/n" if default is None else "Y/n" if default else "y/N"
    question = f"{text} [{marks}]{prompt_suffix}" if show_default else f"{text}{prompt_suffix}"
    while True:
        answer = _ask(question, False, err).strip().lower()
        if answer in {"y", "yes", "n", "no"} or (not answer and default is not None):
            break
        echo("Error: invalid input", err=err)
    said = answer in {"y", "yes"} if answer else bool(default)
    if abort and not said:
        raise Abort()
    return said


class progressbar:
    """Show how far a loop has come: `with progressbar(items) as bar: for item in bar: ...`.

    Without a terminal only the label is printed. `update(n)` counts by hand.

    :param length: how many items there are, where the iterable cannot tell.
    :param item_show_func: called with the current item, or None; its text stands behind the bar.
    :param show_eta: show how long it will still take, to the second.
    """

    def __init__(self, iterable: Iterable[Any] | None = None, length: int | None = None, label: str | None = None,
                 show_eta: bool = True, show_percent: bool | None = None, show_pos: bool = False,
                 item_show_func: Callable[[Any], str | None] | None = None, fill_char: str = "#",
                 empty_char: str = "-", info_sep: str = "  ", width: int = 36, file: IO[str] | None = None) -> None:
        if iterable is None and length is None:
            raise TypeError("A progress bar needs something to iterate over, or a length.")
        self.iterable: Iterable[Any] = range(length or 0) if iterable is None else iterable
        self.length = getattr(self.iterable, "__len__", lambda: None)() if length is None else length
        self.label, self.width, self.fill_char, self.empty_char = label or "", width, fill_char, empty_char
        self.show_eta, self.show_pos, self.info_sep = show_eta, show_pos, info_sep
        self.show_percent = not show_pos if show_percent is None else show_percent
        self.item_show_func, self.current_item = item_show_func, None
        self.file, self.pos, self._drawn = sys.stdout if file is None else file, 0, ""
        self._start = monotonic()
        self.is_hidden = not bool(getattr(self.file, "isatty", bool)())

    def __enter__(self) -> progressbar:
        if self.is_hidden and self.label:
            echo(self.label, file=self.file)
        self._draw()
        return self

    def __exit__(self, *exc: Any) -> None:
        if not self.is_hidden:
            echo(file=self.file)

    def __iter__(self) -> Iterator[Any]:
        for item in self.iterable:
            self.current_item = item
            self._draw()
            yield item
            self.update(1)
        self.current_item = None
        self._draw()

    def update(self, n_steps: int, current_item: Any = None) -> None:
        """Count `n_steps` more."""
        self.pos += n_steps
        if current_item is not None:
            self.current_item = current_item
        self._draw()

    def _draw(self) -> None:
        line = "" if self.is_hidden else self.format_line()
        if line != self._drawn:
            blanks = " " * (len(self._drawn) - len(line))
            self._drawn = line
            echo(f"\r{line}{blanks}", file=self.file, nl=False)

    def format_line(self) -> str:
        """Return the line as it is shown now."""
        part = min(self.pos / self.length, 1) if self.length else 0
        full = round(part * self.width)
        bar = self.fill_char * full + self.empty_char * (self.width - full)
        infos = []
        if self.show_pos or not self.length:
            infos.append(f"{self.pos}/{self.length}" if self.length else str(self.pos))
        if self.show_percent and self.length:
            infos.append(f"{part:4.0%}")
        if self.show_eta and 0 < part < 1:
            minutes, seconds = divmod(round((monotonic() - self._start) * (1 - part) / part), 60)
            infos.append(f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}")
        if self.item_show_func is not None:
            infos.append(self.item_show_func(self.current_item) or "")
        return "  ".join(filter(None, (self.label, f"[{bar}]", self.info_sep.join(filter(None, infos)))))


def pause(info: str = "Press any key to continue...", err: bool = False) -> None:
    """Wait for a key, where there is a person to press it."""
    if sys.stdin is not None and sys.stdin.isatty():
        echo(info, nl=False, err=err)
        getchar()
        echo(err=err)


def clear() -> None:
    """Clear the terminal."""
    if sys.stdout is not None and sys.stdout.isatty():
        echo("\x1b[2J\x1b[1;1H", nl=False)


def getchar(echo: bool = False) -> str:
    """Read one key, as soon as it is pressed; without a terminal, the next character of the input.

    :param echo: show it.
    """
    char = _read_key() if sys.stdin.isatty() else sys.stdin.read(1)
    if echo:
        sys.stdout.write(char)
        sys.stdout.flush()
    return char


def _read_key() -> str:
    try:
        import termios
        import tty
    except ImportError:  # Windows
        from msvcrt import getwch  # type: ignore[attr-defined]

        return str(getwch())
    handle = sys.stdin.fileno()
    before = termios.tcgetattr(handle)
    try:
        tty.setcbreak(handle)
        return os.read(handle, 32).decode(sys.stdin.encoding or "utf-8", "replace")
    finally:
        termios.tcsetattr(handle, termios.TCSADRAIN, before)


def get_text_stream(name: str, encoding: str | None = None, errors: str | None = "strict") -> Any:
    """Return standard input, output or error: `"stdin"`, `"stdout"`, `"stderr"`, in an encoding if one is given."""
    stream = getattr(sys, name)
    if encoding is None:
        return stream
    return open(stream.fileno(), "r" if name == "stdin" else "w", encoding=encoding, errors=errors, closefd=False)


def get_binary_stream(name: str) -> Any:
    """Return the bytes of standard input, output or error."""
    return getattr(sys, name).buffer


def format_filename(filename: Any, shorten: bool = False) -> str:
    """Return a file's name as it can be printed, whatever bytes it has."""
    name = os.path.basename(filename) if shorten else filename
    return os.fsdecode(name).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def echo_via_pager(text_or_generator: Any, color: bool | None = None) -> None:
    """Print a long text through a pager, where there is a terminal."""
    text = text_or_generator() if callable(text_or_generator) else text_or_generator
    whole = text if isinstance(text, str) else "".join(map(str, text))
    if sys.stdout is None or not sys.stdout.isatty():
        echo(whole, color=color)
        return
    from pydoc import pager

    pager(whole)


def launch(url: str) -> int:
    """Open a web address of http or https in the browser. Returns 0 where that worked."""
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"{url!r} is no address of the web.")
    import webbrowser

    return 0 if webbrowser.open(url) else 1


def edit(text: str | None = None, editor: str | None = None, env: dict[str, str] | None = None,
         require_save: bool = True, extension: str = ".txt") -> str | None:
    """Let the user edit a text in `$VISUAL` or `$EDITOR`, and return it.

    :param env: further variables for the editor.
    :param require_save: return None where the text was not saved.
    """
    import shlex
    import subprocess
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f"edit{extension}")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text or "")
        os.utime(path, (0, 0))  # so that it shows whether it was saved, however quickly
        command = editor or os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
        done = subprocess.run([*shlex.split(command), path], env={**os.environ, **(env or {})})
        if done.returncode:
            raise ClickException(f"The editor {command!r} ended with the status {done.returncode}.")
        if require_save and not os.stat(path).st_mtime_ns:
            return None
        with open(path, encoding="utf-8") as file:
            return file.read()


def get_app_dir(app_name: str, roaming: bool = True, force_posix: bool = False) -> str:
    """Return the folder where a program keeps its settings on this system."""
    if os.name == "nt":
        return os.path.join(os.environ.get("APPDATA" if roaming else "LOCALAPPDATA") or os.path.expanduser("~"),
                            app_name)
    if force_posix:
        return os.path.expanduser(f"~/.{app_name.lower().replace(' ', '-')}")
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return os.path.join(home, app_name.lower().replace(" ", "-"))
