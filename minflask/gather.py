"""Gather what belongs to an application: its modules, templates, static files, data, and packages it needs.

Paths come in, parts come out (path in the archive -> bytes), with a sentence for
each thing that could not be taken. How parts become one file is in `bundle`.
"""

from __future__ import annotations

import ast
import os
import sys
import warnings

from .bundle import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FOLDERS = ("templates", "static")
_COMPILED = (".so", ".pyd", ".dll", ".dylib")
_LEFT_OUT = ("__pycache__", "node_modules")


class Gathered:
    """The parts of an application so far, and what could not be taken and why."""

    def __init__(self) -> None:
        self.parts: dict[str, bytes] = {}
        self.refused: list[str] = []

    def add_application(self, path: str) -> str:
        """Take a package (a folder) or a module (a file) with its templates and static files; return its name."""
        path = os.path.abspath(path)
        folder, name = os.path.split(path)
        if os.path.isdir(path):
            if not os.path.isfile(os.path.join(path, "__init__.py")):
                raise ValueError(f"{path!r} is no package: it has no __init__.py. Name the module in it instead.")
            self._add_folder(path, name, everything=False)
            self._add_named_folders(path, name)
            return name
        if not os.path.isfile(path) or not name.endswith(".py"):
            raise ValueError(f"{path!r} is neither a package nor a module.")
        self._add_file(path, name)
        for extra in {*_FOLDERS, *_folders_in(self.parts[name])}:
            self._add_folder(os.path.join(folder, extra), extra, everything=True)
        return name[:-len(".py")]

    def add_data(self, path: str, base: str) -> None:
        """Take a file, or a folder with all of it, at its place below *base*, the folder above the application."""
        path = os.path.abspath(path)
        place = os.path.relpath(path, base).replace(os.sep, "/")
        if place.startswith("../") or os.path.isabs(place):
            raise ValueError(f"{path!r} does not lie beside or in the application, below {base!r}.")
        if os.path.isdir(path):
            self._add_folder(path, place, everything=True)
        else:
            self._add_file(path, place)

    def add_package(self, name: str) -> None:
        """Take an installed package or module with all its files but compiled ones.

        Raises ValueError where there is none of that name, or where its files are not to be had.
        """
        from importlib.util import find_spec

        if "." in name:  # without what is above it, it could not be imported
            raise ValueError(f"{name!r} is a part of a package: take {name.partition('.')[0]!r}, the whole.")
        spec = find_spec(name)
        if spec is None or spec.origin in {None, "built-in", "frozen"}:
            raise ValueError(f"There is no package {name!r} here whose files could be taken.")
        if not spec.submodule_search_locations:
            self._add_file(str(spec.origin), f"{name}{os.path.splitext(str(spec.origin))[1]}")
        for folder in spec.submodule_search_locations or ():
            self._add_folder(folder, name, everything=True)

    def _add_folder(self, folder: str, place: str, everything: bool) -> None:
        for path in _files_below(folder):
            inner = path.split("/")
            if everything or path.endswith((".py", *_COMPILED)) or any(part in _FOLDERS for part in inner[:-1]):
                self._add_file(os.path.join(folder, *inner), f"{place}/{path}")

    def _add_named_folders(self, folder: str, place: str) -> None:
        """Take the folders in a package that its modules name as those of templates or static files."""
        for path in [path for path in self.parts if path.startswith(f"{place}/") and path.endswith(".py")]:
            for below in _folders_in(self.parts[path], os.path.dirname(path)[len(place):].strip("/")):
                self._add_folder(os.path.join(folder, *below.split("/")), f"{place}/{below}", everything=True)

    def _add_file(self, path: str, place: str) -> None:
        if path.endswith(_COMPILED):
            self.refused.append(f"{place}: compiled for one system and one Python; it has to be installed where"
                                " the file runs, or replaced by pure Python.")
            return
        with open(path, "rb") as file:
            data = file.read()
        self.parts[place] = text_of(data) if place.endswith(".py") else data


def _folders_in(source: bytes, place: str = "") -> set[str]:
    """Return the folders that a module at a place writes out as `template_folder` or `static_folder`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are for who imports the module
            found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.keyword)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()  # written for a newer Python, or a template of one, or nested too deep; it is taken as it is
    names = {os.path.normpath(os.path.join(place, node.value.value)).replace(os.sep, "/") for node in found
             if node.arg in {"template_folder", "static_folder"}
             and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)}
    return {name for name in names - {".", place} if not name.startswith(("/", "..")) and not os.path.isabs(name)}


def _files_below(folder: str) -> Iterator[str]:
    """Yield the files of a folder, with slashes, sorted; hidden ones and those that Python makes are left out."""
    found = []
    for top, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _LEFT_OUT and not name.startswith(".")]
        place = os.path.relpath(top, folder)
        found += [os.path.normpath(os.path.join(place, name)).replace(os.sep, "/") for name in files
                  if not name.endswith((".pyc", ".pyo")) and not name.startswith(".")]
    return iter(sorted(found))


def gather(path: str, data: Sequence[str] = (), packages: Sequence[str] = ()) -> tuple[str, Gathered]:
    """Return the import name of an application and all that was gathered for it."""
    found = Gathered()
    base = os.path.dirname(os.path.abspath(path))
    module = found.add_application(path)
    for name in data:
        found.add_data(name, base)
    sys.path.insert(0, base)
    try:
        for name in packages:
            found.add_package(name)
    finally:
        sys.path.remove(base)
    return module, found
