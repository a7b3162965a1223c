"""Commands that installed packages bring, by entry points of the group `flask.commands`.

Knows nothing of applications: it names what is installed, and loads what is asked for.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

GROUP = "flask.commands"


def plugin_commands() -> dict[str, Any]:
    """Return the entry points of commands by their names; `load()` of one gives the command."""
    if not _may_be_any():
        return {}
    from importlib.metadata import entry_points

    found: Any = entry_points()
    entries = found.select(group=GROUP) if hasattr(found, "select") else found.get(GROUP, ())  # the latter: Python 3.9
    return {entry.name: entry for entry in entries}


def _may_be_any() -> bool:
    """Return whether some package may bring commands: importlib.metadata alone costs as much as all of a help page."""
    folders = [folder or os.curdir for folder in sys.path]
    return any(map(_brings_any, folders)) or any(
        hasattr(finder, "find_distributions") and getattr(finder, "__module__", "") != "_frozen_importlib_external"
        for finder in sys.meta_path)


def _brings_any(folder: str) -> bool:
    try:
        names = os.listdir(folder)
    except NotADirectoryError:  # a zip file
        return True
    except OSError:
        return False
    for name in names:
        if name.endswith(".egg"):
            return True
        if name.endswith((".dist-info", ".egg-info")) and _has_group(os.path.join(folder, name, "entry_points.txt")):
            return True
    return False


def _has_group(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return GROUP.encode() in file.read()
    except OSError:
        return False
