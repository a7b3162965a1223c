"""The source distribution, with tests and documentation in it.

`setup.cfg` names it as a command of setuptools, which knows no other place than
a file at the top to say what else goes in.
"""

from __future__ import annotations

import pathlib

from setuptools.command.sdist import sdist

FOLDERS = ("tests", "docs")
FILES = ("Makefile", "LICENSE", "README.rst", ".gitignore", ".ci/run")
MADE = {"__pycache__", "_build", "instance"}


class Sdist(sdist):
    """Writes the archive."""

    def make_distribution(self):
        """Add what is neither package nor metadata."""
        found = (path for folder in FOLDERS for path in pathlib.Path(folder).rglob("*"))
        self.filelist.extend(sorted(str(path) for path in found if path.is_file() and not MADE & set(path.parts)))
        self.filelist.extend(name for name in FILES if pathlib.Path(name).exists())
        self.filelist.remove_duplicates()
        super().make_distribution()
