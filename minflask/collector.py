"""The garbage collector while a program starts.

A start makes some 50,000 objects - modules, classes, functions - that all live to
the end. The collector would walk through them again and again to find nothing,
for a twentieth of the time to the first answer; and again at each full collection.
"""

from __future__ import annotations

import gc

RARELY = 50_000  # objects more than there were at the last collection; 700 by default
_usual: list[tuple[int, int, int]] = []


def collect_rarely() -> None:
    """Collect rarely from here to `collect_as_usual`; what an application leaves while it loads is still found."""
    if hasattr(gc, "freeze") and gc.isenabled() and not _usual:  # PyPy's collector needs no help
        _usual.append(gc.get_threshold())
        gc.set_threshold(RARELY, *_usual[0][1:])


def collect_as_usual() -> None:
    """Collect as before `collect_rarely`, past the objects that are there now."""
    if _usual:
        gc.freeze()
        gc.set_threshold(*_usual.pop())
