"""Gives what earlier chapters built: `built("01").read_head`.

Their files begin with a digit, so `import` cannot name them.
"""

import functools
import os
import runpy
from types import SimpleNamespace


@functools.lru_cache(None)
def built(chapter):
    """Return the names of the built file of a chapter, as attributes."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{chapter}_built.py")
    return SimpleNamespace(**runpy.run_path(path))
