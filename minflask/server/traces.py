"""What there is to say about an exception: frames with their source and variables, causes, secrets left out.

Facts only, as plain objects; `debugpage` makes a page of them. Frames of templates
are told by what the template engine leaves in them, nothing else of it is known.
"""

from __future__ import annotations

import linecache
import os
import re
import traceback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import Any, Iterator

AROUND = 5  # lines of source before and after
MOST_FRAMES = 60
MOST_VARIABLES = 40
MOST_ITEMS = 15
LONGEST = 300  # characters of one value
MASK = "\u2022" * 6
MORE = ["\u2026"]
BRACKETS = {"list": ("[", "]"), "tuple": ("(", ")"), "set": ("{", "}"), "frozenset": ("{", "}")}

SECRET_NAME = re.compile(
    "(^|_)pass$|passw|passphrase|secret|token|credential|authorization|cookies?$|session(_?id)?$|signature|csrf"
    "|(^|_)auth$|(api|private|access|signing|encryption)[_-]?key|_key$|^pwd$|^pin$", re.IGNORECASE)
TEMPLATE_VARIABLE = re.compile("l_[0-9]+_(.+)")  # how the template engine calls a template's own variables


class Secrets:
    """Values that were found under a name that says they are secret; they are left out wherever they show."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def is_secret(self, name: object, value: object) -> bool:
        """Tell whether a value is to be masked for its name, and remember it."""
        if not isinstance(name, str) or not SECRET_NAME.search(name) or isinstance(value, (bool, type(None))):
            return False
        if isinstance(value, bytes):
            value = value.decode("latin-1")
        if isinstance(value, str) and len(value) >= 6:  # shorter ones would mask half of the page's words
            self.found.add(value)
        return not callable(value)

    def masked(self, text: str) -> str:
        """Return text without the secrets that were found so far."""
        for secret in sorted(self.found, key=len, reverse=True):
            text = text.replace(secret, MASK).replace(repr(secret)[1:-1], MASK)
        return text

    def describe(self, value: object, depth: int = 0) -> str:
        """Return a short representation of a value; whatever its class does, this does not raise."""
        try:
            if isinstance(value, dict):
                return self._items(value, depth)
            if type(value) in (list, tuple, set, frozenset) and value:
                return self._elements(value, depth)
            text = repr(value[:LONGEST]) if type(value) in (str, bytes) else repr(value)  # type: ignore[index]
        except Exception as exc:
            return f"<{type(value).__name__} whose repr() raised {type(exc).__name__}>"
        return text if len(text) <= LONGEST else text[:LONGEST] + MORE[0]

    def _items(self, value: dict[Any, Any], depth: int) -> str:
        if depth > 2:
            return "{...}"
        shown = [f"{key!r:.80}: {MASK if self.is_secret(key, item) else self.describe(item, depth + 1)}"
                 for key, item in list(value.items())[:MOST_ITEMS]]
        kind = "" if type(value) is dict else type(value).__name__ + " "
        return f"{kind}{{{', '.join(shown + MORE * (len(value) > MOST_ITEMS))}}}"

    def _elements(self, value: Any, depth: int) -> str:
        opening, closing = BRACKETS[type(value).__name__]
        if depth > 2:
            return f"{opening}...{closing}"
        shown: list[str] = []
        for element in value:
            if len(shown) == MOST_ITEMS:
                shown += MORE
                break
            shown.append(self.describe(element, depth + 1))
        return f"{opening}{', '.join(shown)}{closing}"


class Frame:
    """One step on the way to an exception."""

    def __init__(self, entry: TracebackType, secrets: Secrets) -> None:
        frame = entry.tb_frame
        code = frame.f_code
        self.file = code.co_filename
        self.line = entry.tb_lineno or 1
        self.template = frame.f_globals.get("__jinja_template__")
        self.function = self.template_name() if self.template is not None else getattr(
            code, "co_qualname", code.co_name)
        self.columns = _columns(entry) if self.template is None else None
        self.source = self._source(frame)
        self.is_own = self.template is not None or (is_own_code(self.file) and not _is_ours(frame))
        self.variables = _variables(frame, secrets)
        self.repeated = 0

    def template_name(self) -> str:
        """Return the name of the template that this is a line of."""
        return f"template {getattr(self.template, 'name', None) or self.file}"

    def _source(self, frame: FrameType) -> list[str]:
        lines = linecache.getlines(self.file, frame.f_globals)
        if not lines and self.template is not None:
            try:
                environment = self.template.environment
                lines = environment.loader.get_source(environment, self.template.name)[0].splitlines(True)
            except Exception:  # a template from a string, or gone
                pass
        return [line.rstrip("\r\n") for line in lines]

    def excerpt(self) -> Iterator[tuple[int, str]]:
        """Yield the numbers and texts of the lines around."""
        for number in range(max(1, self.line - AROUND), min(len(self.source), self.line + AROUND) + 1):
            yield number, self.source[number - 1]


class Trace:
    """An exception and the frames that led to it; `link` says how it belongs to the one before."""

    def __init__(self, exc: BaseException, secrets: Secrets, link: str = "") -> None:
        self.link = link
        self.kind = type(exc).__name__
        if type(exc).__module__ not in ("builtins", "__main__"):
            self.kind = f"{type(exc).__module__}.{self.kind}"
        self.frames = list(_frames(exc.__traceback__, secrets))
        self.message = _text_of(exc)
        self.syntax = _syntax_of(exc) if isinstance(exc, SyntaxError) else None
        self.notes = [str(note) for note in getattr(exc, "__notes__", ())]

    @property
    def culprit(self) -> Frame | None:
        """The frame to look at first: the last one of the program itself."""
        own = [frame for frame in self.frames if frame.is_own]
        frames = own or self.frames
        return frames[-1] if frames else None


def traces_of(exc: BaseException, secrets: Secrets) -> list[Trace]:
    """Return an exception and what it came from, the last one first."""
    found, seen, link = [], set(), ""
    current: BaseException | None = exc
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        found.append(Trace(current, secrets, link))
        if current.__cause__ is not None:
            current, link = current.__cause__, "It was raised because of this:"
        elif not current.__suppress_context__:
            current, link = current.__context__, "It was raised while this was being handled:"
        else:
            current = None
    return found


def plain_text(exc: BaseException, secrets: Secrets) -> str:
    """Return the traceback as Python prints it."""
    try:
        text = "".join(traceback.format_exception(type(exc), exc, exc.__traceback__))
    except Exception:  # a __str__ that raises, on old Pythons
        text = f"{type(exc).__name__}\n"
    return secrets.masked(text)


def is_own_code(path: str) -> bool:
    """Tell whether a file belongs to the program, and not to Python, to what is installed, or to this package."""
    library = os.path.dirname(os.__file__)
    package = os.path.dirname(os.path.dirname(__file__))
    return not (path.startswith(("<", library, package)) or "-packages" in path)


def _is_ours(frame: FrameType) -> bool:
    """Tell whether this package's code runs in a frame; in one file with a program, the path does not say."""
    package = __name__.rpartition(".server.")[0]
    return f"{frame.f_globals.get('__name__')}.".startswith(f"{package}.")


def _frames(entry: TracebackType | None, secrets: Secrets) -> Iterator[Frame]:
    """Yield the frames; of a long recursion only the two ends, and the same place only once."""
    entries = []
    while entry is not None:
        if not entry.tb_frame.f_locals.get("__traceback_hide__"):
            entries.append(entry)
        entry = entry.tb_next
    last: Frame | None = None
    for number, entry in enumerate(entries):
        place = entry.tb_frame.f_code.co_filename, entry.tb_lineno
        if last is not None and place == (last.file, last.line):
            last.repeated += 1
        elif number < MOST_FRAMES or number >= len(entries) - MOST_FRAMES:
            last = Frame(entry, secrets)
            yield last


def _variables(frame: FrameType, secrets: Secrets) -> list[tuple[str, str]]:
    """Return the local variables, as a reader of the source knows them."""
    variables = frame.f_locals
    if "__jinja_template__" in frame.f_globals:
        variables = _template_variables(variables)
    shown = [(name, value) for name, value in list(variables.items()) if not name.startswith("__")]
    return [(name, MASK if secrets.is_secret(name, value) else secrets.describe(value))
            for name, value in shown[:MOST_VARIABLES]]


def _template_variables(names: dict[str, Any]) -> dict[str, Any]:
    """Return what a template's author would call the variables, those of the innermost block first."""
    found: dict[str, Any] = {}
    for name in sorted(names, reverse=True):
        match = TEMPLATE_VARIABLE.fullmatch(name)
        if match:
            found.setdefault(match.group(1), names[name])
    context: Any = names.get("context")
    if hasattr(context, "get_all"):
        found = {**found, **{name: value for name, value in context.get_all().items() if name not in found}}
    return {name: value for name, value in found.items() if not callable(value)}


def _columns(entry: TracebackType) -> tuple[int, int] | None:
    """Return where in its line the expression stands that failed, in characters; Python 3.11 knows."""
    positions = getattr(entry.tb_frame.f_code, "co_positions", None)
    if positions is None or entry.tb_lasti < 0:
        return None
    from itertools import islice

    line, end_line, start, end = next(islice(positions(), entry.tb_lasti // 2, None), (None,) * 4)
    if line != entry.tb_lineno or end_line != line or start is None or end is None:
        return None
    text = linecache.getline(entry.tb_frame.f_code.co_filename, entry.tb_lineno).encode()
    return len(text[:start].decode("utf-8", "replace")), len(text[:end].decode("utf-8", "replace"))


def _text_of(exc: BaseException) -> str:
    try:
        return str(exc)
    except Exception as failure:
        return f"(its text cannot be had: str() raised {type(failure).__name__})"


def _syntax_of(exc: SyntaxError) -> tuple[str, int, str]:
    """Return the file, line and text that Python could not read."""
    return exc.filename or "<unknown>", exc.lineno or 1, (exc.text or "").rstrip("\n")
