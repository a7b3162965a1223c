"""What can go wrong with a template: the exceptions of the language.

Every error a template can cause by itself is a TemplateError; an error in the Python code that a
template calls passes through as it is. The exceptions carry what they know (line, name, file) as
attributes. Nothing here knows of lexers, environments or undefined values.
"""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any


def nearest(name: str, known: Iterable[str], say: str = " Did you mean '{}'?") -> str:
    """Return a guess at what a misspelt name should have been, as the end of a message, or nothing.

    >>> nearest("uper", ["upper", "lower"])
    " Did you mean 'upper'?"
    """
    from difflib import get_close_matches

    close = get_close_matches(name[:100], sorted(known), 1)
    return say.format(close[0]) if close else ""


class TemplateError(Exception):
    """The base of all errors of templates: catch this one to catch them all."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message)

    @property
    def message(self) -> str | None:
        """The text of the error, without its place."""
        return self.args[0] if self.args else None


class TemplateNotFound(OSError, LookupError, TemplateError):
    """No loader has a template of that ``name``."""

    message: str | None = None  # an attribute here: OSError keeps its arguments to itself

    def __init__(self, name: Any, message: str | None = None) -> None:
        OSError.__init__(self, name)
        if message is None:
            # An undefined value says itself what was undefined: that, not this, is the mistake.
            if hasattr(type(name), "_fail_with_undefined_error"):
                name._fail_with_undefined_error()
            message = name
        self.message, self.name, self.templates = message, name, [name]

    def __str__(self) -> str:
        return str(self.message)


class TemplatesNotFound(TemplateNotFound):
    """None of several templates was found; ``templates`` has their names, ``name`` the last one."""

    def __init__(self, names: Sequence[Any] = (), message: str | None = None) -> None:
        if message is None:
            # Undefined values among the names are shown by what they have to say.
            shown = [getattr(type(name), "_undefined_message", None) and name._undefined_message or name
                     for name in names]
            message = f"no template was found among: {', '.join(map(str, shown))}"
        super().__init__(names[-1] if names else None, message)
        self.templates = list(names)


class TemplateRuntimeError(TemplateError):
    """The template could not be carried out while it was rendered."""


class FilterArgumentError(TemplateRuntimeError):
    """A filter got arguments that make no sense together."""


class SecurityError(TemplateRuntimeError):
    """A sandboxed template tried what the sandbox forbids."""


class UndefinedError(TemplateRuntimeError):
    """The template used a value that is not there."""


class TemplateSyntaxError(TemplateError):
    """The source of a template is not a template.

    :param lineno: the line where it was noticed, from 1.
    :param name: of the template, if it has one.
    :param filename: the path of its file, if it has one.

    >>> print(TemplateSyntaxError("a tag is not closed", 3, name="page.html"))
    a tag is not closed
      line 3 of "page.html"
    """

    def __init__(self, message: str, lineno: int, name: str | None = None, filename: str | None = None) -> None:
        super().__init__(message)
        self.lineno = lineno
        self.name = name
        self.filename = filename
        self.source: str | None = None
        # Set once the traceback itself ends at the line of the template: no need to repeat it then.
        self.translated = False

    def __str__(self) -> str:
        if self.translated:
            return str(self.message)
        where = self.filename or self.name
        lines = [str(self.message), f"  line {self.lineno}" + (f' of "{where}"' if where else "")]
        source_lines = (self.source or "").splitlines()
        if 0 < self.lineno <= len(source_lines):
            lines.append(f"    {source_lines[self.lineno - 1].strip()}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.lineno, self.name, self.filename)


class TemplateAssertionError(TemplateSyntaxError):
    """The template is well formed, but asks for what cannot be: an unknown filter, say."""
