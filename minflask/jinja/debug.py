"""Make tracebacks show the lines of templates instead of those of the code generated from them.

The frames stay the real ones, so a debugger sees their variables; only the line of each is corrected, and
the frames of the engine's own machinery are left out.
"""
from __future__ import annotations

import sys
from types import TracebackType

from .errors import TemplateSyntaxError
from .utils import internal_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# No instruction: Python 3.11 would take the line from the code again if it had one.
NOWHERE = -1


def rewrite_traceback_stack(source: str | None = None) -> BaseException:
    """Return the exception being handled, its traceback rewritten; to be raised again at once.

    :param source: the source of the template, for an error of its syntax.
    """
    error = sys.exc_info()[1]
    assert error is not None, "rewrite_traceback_stack() is called where an exception is handled"
    if isinstance(error, TemplateSyntaxError) and not error.translated:
        error.translated = True
        error.source = source
        # Whoever reads it wants the line of the template, not where the parser noticed.
        error.__traceback__ = None
        return error.with_traceback(traceback_of_line(error, error.filename or "<unknown>", error.lineno))
    first = error.__traceback__
    traceback = None
    for entry in reversed(list(shown_entries(first.tb_next if first is not None else None))):
        entry.tb_next = traceback
        traceback = entry
    return error.with_traceback(traceback)


def shown_entries(traceback: TracebackType | None) -> Iterator[TracebackType]:
    """Yield the entries of a traceback as they are to be shown."""
    while traceback is not None:
        frame = traceback.tb_frame
        template = frame.f_globals.get("__jinja_template__")
        if template is not None:
            lineno = template.get_corresponding_lineno(traceback.tb_lineno)
            yield TracebackType(None, frame, NOWHERE, lineno)
        elif frame.f_code not in internal_code:
            yield TracebackType(None, frame, traceback.tb_lasti, traceback.tb_lineno)
        traceback = traceback.tb_next


def traceback_of_line(error: BaseException, filename: str, lineno: int) -> TracebackType | None:
    """Return a traceback of one entry, a line of a file that Python cannot execute."""
    code = compile("\n" * (lineno - 1) + "raise error", filename, "exec").replace(co_name="template")
    try:
        exec(code, {"error": error})
    except BaseException as raised:
        traceback = raised.__traceback__
        return traceback.tb_next if traceback is not None else None
    return None
