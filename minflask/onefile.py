"""The finder of a one-file copy: it serves modules and data whose text stands in the file itself.

`bundle` copies this source into each file that it writes, below the texts; the
package itself never runs it. So it imports nothing but built-in modules, and
takes every name from the file it stands in: whatever that is called, and
wherever it lies, `name.http.codec` is a module, loaded when it is asked for.

Code is compiled with the line numbers of the one file, so a traceback, a
debugger and an editor show the real lines. What was compiled is kept beside
the file's own compiled form in `__pycache__`, where Python would keep it.
"""

from __future__ import annotations

import marshal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, ModuleType
    from typing import Any, Optional, Union

    Part = tuple[int, Union[str, bytes]]  # the line that the text begins at, the text (bytes: no text)


class Finder:
    """Finds and loads modules among named parts, as `importlib` wants it of a finder and a loader.

    :param parts: path with slashes -> part.
    :param prefix: what all its modules' names begin with: "minflask." or nothing.
    :param archive: the path of the one file; paths of the parts are below it.
    :param cache: where compiled code is kept, without the ending; None to keep none.
    """

    def __init__(self, parts: dict[str, Part], prefix: str, archive: str, cache: str | None) -> None:
        import os

        self.parts, self.prefix, self.archive, self.cache = parts, prefix, archive, cache
        self._separator = os.sep
        try:
            status = os.stat(archive)
            self._stamp = f"{sys.implementation.cache_tag} {status.st_mtime_ns} {status.st_size}\n".encode()
        except OSError:  # inside a zip archive, or frozen: no lines on the disk, and no place for a cache
            self._stamp = b""

    def path_of(self, part: str) -> str:
        """Return the path of a part, as if the one file were a folder."""
        return self.archive + self._separator + part.replace("/", self._separator)

    def part_of(self, name: str) -> str | None:
        """Return the part that holds a module's text, or None."""
        if not name.startswith(self.prefix):
            return "__init__.py" if name + "." == self.prefix else None
        inner = name[len(self.prefix):].replace(".", "/")
        for part in (f"{inner}.py", f"{inner}/__init__.py"):
            if part in self.parts:
                return part
        return None

    # What importlib asks of a finder.

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Return how to load a module, or None for a name that is not ours."""
        part = self.part_of(name)
        if part is None:
            return None
        make_spec: Any = type(sys.__spec__)  # importlib.machinery would load four modules more
        spec = make_spec(name, self, origin=self.path_of(part))
        spec.has_location = True
        if part.endswith("__init__.py"):
            spec.submodule_search_locations = [self.path_of(part)[:-len("/__init__.py")]]
        return spec

    def invalidate_caches(self) -> None:
        """Do nothing: the parts do not change."""

    # What it asks of a loader.

    def create_module(self, spec: Any) -> None:
        """Leave making the module to Python."""

    def exec_module(self, module: ModuleType) -> None:
        """Run a module's code in it."""
        exec(self.get_code(module.__name__), module.__dict__)

    def _part(self, name: str) -> str:
        part = self.part_of(name)
        if part is None:
            raise ImportError(f"there is no module {name!r} in {self.archive!r}", name=name)
        return part

    def get_code(self, name: str) -> CodeType:
        """Return a module's code, compiled now or before."""
        part = self._part(name)
        code = self._kept(part)
        if code is None:
            line, text = self.parts[part]
            where = self.archive if self._stamp else self.path_of(part)
            source = "\n" * (line - 1 if self._stamp else 0) + str(text)
            code = compile(source, where, "exec", dont_inherit=True)
            self._keep(part, code)
        return code

    def _cache_of(self, part: str) -> str:
        return f"{self.cache}.{part[:-3].replace('/', '.')}.part"

    def _kept(self, part: str) -> CodeType | None:
        """Return code that was kept for this very file, at this very place; else None."""
        if self.cache is None or not self._stamp:
            return None
        try:
            with open(self._cache_of(part), "rb", 0) as file:
                data = file.read()
            code: CodeType = marshal.loads(memoryview(data)[len(self._stamp):])
        except (OSError, EOFError, ValueError, TypeError):
            return None
        return code if data.startswith(self._stamp) and code.co_filename == self.archive else None

    def _keep(self, part: str, code: CodeType) -> None:
        """Keep compiled code, if that can be done: whole or not at all."""
        if self.cache is None or not self._stamp or sys.dont_write_bytecode:
            return
        import os

        path = self._cache_of(part)
        temporary = f"{path}.{os.getpid()}.{id(code)}"
        try:
            with open(temporary, "xb") as file:
                file.write(self._stamp + marshal.dumps(code))
            os.replace(temporary, path)
        except OSError:  # the folder is not there, or not ours
            pass

    def get_source(self, name: str) -> str:
        """Return a module's text.

        Since Python 3.13 a class knows its line, which is one of the whole file, and `inspect` looks for it in this.
        """
        line, text = self.parts[self._part(name)]
        return "\n" * (line - 1 if self._stamp and sys.version_info >= (3, 13) else 0) + str(text)

    def is_package(self, name: str) -> bool:
        """Return whether a module is a package."""
        return self._part(name).endswith("__init__.py")

    def get_filename(self, name: str) -> str:
        """Return the path that stands for a module's text."""
        return self.path_of(self._part(name))

    # What readers of data ask for; zipimport's finder has the same.

    def get_data(self, path: str) -> bytes:
        """Return the bytes at a path below the one file; raises FileNotFoundError."""
        part = path[len(self.archive) + 1:].replace(self._separator, "/")
        if not path.startswith(self.archive + self._separator) or part not in self.parts:
            raise FileNotFoundError(2, "there is no such part in this file", path)
        data = self.parts[part][1]
        return data.encode() if isinstance(data, str) else data

    def names_below(self, path: str) -> list[str]:
        """Return the paths of all parts below a path, relative to it, with slashes, sorted."""
        top = path[len(self.archive) + 1:].replace(self._separator, "/").strip("/")
        top = f"{top}/" if top else ""
        return sorted(part[len(top):] for part in self.parts if part.startswith(top))

    def install(self) -> None:
        """Answer imports from now on, in place of an earlier one of the same file (a reload)."""
        for other in list(sys.meta_path):
            if getattr(other, "archive", None) == self.archive and getattr(other, "prefix", None) == self.prefix:
                sys.meta_path.remove(other)
        sys.meta_path.insert(0, self)
        sys.path_importer_cache[self.archive] = self


def _place(names: dict[str, Any]) -> tuple[str, str | None]:
    """Return the path of the one file, and where its compiled form is kept."""
    import os

    path = os.path.abspath(names.get("__file__") or names["__name__"].rpartition(".")[2] + ".py")
    cached: Optional[str] = getattr(names.get("__spec__"), "cached", None)
    return path, cached[:-len(".pyc")] if cached else None


def become_package(names: dict[str, Any], parts: dict[str, Part]) -> None:
    """Make the module with these global names the package that the parts are of."""
    name = names["__name__"]
    path, cache = _place(names)
    finder = Finder(parts, f"{name}.", path, cache)
    finder.install()
    names["__path__"], names["__package__"] = [path], name
    del names["_parts"], names["_one_file"]  # the package has its own names only
    if names.get("__spec__") is not None:
        names["__spec__"].submodule_search_locations = names["__path__"]
    exec(finder.get_code(name), names)


def run_package(names: dict[str, Any], default: str) -> None:
    """Run the command line of the package in this file, which Python runs as `__main__`."""
    import os
    from importlib.util import module_from_spec, spec_from_file_location

    path = _place(names)[0]
    name = getattr(names.get("__spec__"), "name", None) or os.path.splitext(os.path.basename(path))[0]
    name = name if name.isidentifier() else default
    spec: Any = spec_from_file_location(name, path)
    sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    __import__(f"{name}.__main__")
    sys.modules[f"{name}.__main__"].main()


def serve_parts(names: dict[str, Any], parts: dict[str, Part]) -> None:
    """Let the modules of an application's one file be imported under their own names."""
    Finder(parts, "", *_place(names)).install()
    del names["_parts"], names["_one_file"]
