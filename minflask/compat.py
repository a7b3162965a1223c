"""Let `import flask` and its family mean minflask: one finder over one table.

`aliases.TABLE` says where each name lives; this file serves it as modules and
knows nothing of what the names are. An alias module holds no logic: it looks
names up in its homes when they are asked for, and a name that is set on it
(`mock.patch("flask.helpers.x")`) is set in the home, where our code reads it.
Nothing happens at import; `install_as_flask` switches it on, `uninstall` off.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType

from .aliases import NEIGHBOURS, SHELVES, TABLE, VERSIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.metadata import Distribution, DistributionFinder
    from types import CodeType
    from typing import Any

PACKAGES = frozenset(alias.rpartition(".")[0] for alias in TABLE)
MISSED: list[str] = []

_set_aside: dict[str, ModuleType] = {}


def install_as_flask(force: bool = False) -> None:
    """Make `import flask`, `werkzeug`, `jinja2` and their kin give minflask's modules.

    Call it before anything imports Flask: at the top of the program, or through
    `python -m minflask --as-flask`. Calling it again changes nothing.

    :param force: win over Flask where it is installed, and over modules of its
        family that are already imported (these are set aside until `uninstall`;
        whoever holds one keeps it).
    :raises ImportError: when Flask is installed, or one of its family is already
        imported, and *force* is not given: two of them in one process would not
        know each other's requests and contexts.
    """
    if _finder in sys.meta_path:
        return
    imported = [name for name in sys.modules if name.partition(".")[0] in VERSIONS]
    if not force:
        _refuse_a_mixture(imported)
    for name in imported:
        _set_aside[name] = sys.modules.pop(name)
    sys.meta_path.insert(0, _finder)


def uninstall() -> None:
    """Undo `install_as_flask`: the names mean again what is installed under them.

    Modules that were imported while it held keep the minflask objects they have.
    """
    if _finder not in sys.meta_path:
        return
    sys.meta_path.remove(_finder)
    for name in [name for name, module in sys.modules.items() if isinstance(module, AliasModule)]:
        del sys.modules[name]
    sys.modules.update(_set_aside)
    _set_aside.clear()


def missed() -> list[str]:
    """Return the names, as `module.name`, that were asked of an alias and are not there.

    When a program fails under `--as-flask`, the last of them is usually why.
    """
    return list(MISSED)


def _refuse_a_mixture(imported: list[str]) -> None:
    """Raise if the real packages are in use here, or would be expected to be."""
    roots = sorted({name.partition(".")[0] for name in imported})
    if roots:
        raise ImportError(
            f"install_as_flask() came too late: {', '.join(roots)} is already imported here, and objects of both"
            " would meet. Call it first, or pass force=True to let minflask answer all later imports."
        )
    finders = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]
    found = next(filter(None, (finder.find_spec("flask", None) for finder in finders)), None)
    if found is not None:
        raise ImportError(
            f"Flask is installed here ({found.origin}), so it is not clear which one `import flask` should mean."
            " Pass force=True to have minflask."
        )


class AliasModule(ModuleType):
    """A module under a name of Flask's family whose content lives in minflask."""

    def __getattr__(self, name: str) -> Any:
        """Look the name up in the homes, at each use; only asked for what is not here."""
        alias = self.__name__
        if f"{alias}.{name}" in TABLE:
            return import_module(f"{alias}.{name}")
        if name == "__all__":
            return [own for own in dir(self) if not own.startswith("_")]
        home, there = (None, "") if name.startswith("__") else _locate(alias, name, neighbours=True)
        if home is None:
            MISSED.append(f"{alias}.{name}")
            raise AttributeError(f"module {alias!r} has no attribute {name!r} (minflask: {TABLE[alias] or 'empty'})")
        value = getattr(home, there) if there else home
        if alias in SHELVES:
            self.__dict__[name] = value
        return value

    def __setattr__(self, name: str, value: object) -> None:
        """Set the name where our own code will look for it, remembering what was there."""
        home, there = self._target(name)
        if home is None:
            ModuleType.__setattr__(self, name, value)
            return
        if hasattr(home, there):
            self.__dict__.setdefault("_patched", {}).setdefault(name, getattr(home, there))
        setattr(home, there, value)

    def __delattr__(self, name: str) -> None:
        """Put back what a set name replaced (as mock.patch wants it), or delete the name."""
        home, there = self._target(name)
        patched = self.__dict__.get("_patched", {})
        if home is None:
            ModuleType.__delattr__(self, name)
        elif name in patched:
            setattr(home, there, patched.pop(name))
        else:
            delattr(home, there)

    def __dir__(self) -> list[str]:
        """List what the homes offer under this name, imported or not."""
        alias = self.__name__
        homes, renamed = _row(alias)
        children = {own[len(alias) + 1:] for own in TABLE if own.startswith(alias + ".")}
        offered = {name for home in homes for name in dir(import_module(home)) if not name.startswith("__")}
        own = {name for name in self.__dict__ if name != "_patched"}
        return sorted(own | offered | set(renamed) | {name for name in children if "." not in name})

    def _target(self, name: str) -> tuple[ModuleType | None, str]:
        """Return where a name is to be set: in a home, or (None) in this module itself."""
        alias = self.__name__
        if alias in SHELVES or name.startswith("__") or f"{alias}.{name}" in TABLE:
            return None, name
        home, there = _locate(alias, name)
        homes = _row(alias)[0]
        if home is None and homes:
            return import_module(homes[0]), name
        return (home, there) if there else (None, name)


def _row(alias: str) -> tuple[list[str], dict[str, str]]:
    """Return the homes of an alias by full name, and its names that live elsewhere."""
    words = TABLE[alias].split()
    renamed = dict(word.split("=", 1) for word in words if "=" in word)
    return [_full(word) for word in words if "=" not in word], renamed


def _full(home: str) -> str:
    return f"{__package__}{home}".rstrip(".") if home.startswith(".") else home


def _locate(alias: str, name: str, neighbours: bool = False) -> tuple[ModuleType | None, str]:
    """Return the home module that has the name, and the name it has there ("": the module is meant)."""
    homes, renamed = _row(alias)
    if name in renamed:
        home, colon, there = renamed[name].partition(":")
        return import_module(_full(home)), there if colon else name
    root, _, below = alias.partition(".")
    if neighbours and below and not name.startswith("_"):
        homes = homes + [_full(home) for home in NEIGHBOURS.get(root, "").split()]
    for home in homes:
        module = import_module(home)
        if hasattr(module, name):
            return module, name
    return None, name


def _home_spec(alias: str) -> ModuleSpec | None:
    """Return the spec of the main home, which may be imported or not: this file has those without one."""
    from importlib.util import find_spec  # takes 3 ms, and starting a process should not

    return find_spec((_row(alias)[0] or [__name__])[0])


class AliasFinder:
    """Answer imports of the names in the table, and questions about the packages' versions."""

    def __init__(self) -> None:
        self.modules: dict[str, AliasModule] = {}

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        """Return how to load an alias; None for what is not in the table."""
        if name not in TABLE:
            return None
        home = _home_spec(name)
        loader: Any = self
        spec = ModuleSpec(name, loader, origin=home.origin if home else None, is_package=name in PACKAGES)
        spec.has_location = bool(spec.origin)
        return spec

    def create_module(self, spec: ModuleSpec) -> AliasModule:
        """Return the one module of that name: the same whenever it is imported."""
        if spec.name not in self.modules:
            module = self.modules[spec.name] = AliasModule(spec.name, f"minflask under the name {spec.name}.")
            if spec.name in VERSIONS:
                module.__dict__["__version__"] = VERSIONS[spec.name][1]
        return self.modules[spec.name]

    def exec_module(self, module: ModuleType) -> None:
        """Run nothing: names are looked up when they are asked for."""

    def get_code(self, name: str) -> CodeType | None:
        """Return the code of the home, for `python -m flask`."""
        spec = _home_spec(name)
        return spec.loader.get_code(spec.name) if spec and spec.loader else None  # type: ignore[attr-defined]

    def get_source(self, name: str) -> str | None:
        """Return the source of the home, for tracebacks and `inspect`."""
        spec = _home_spec(name)
        return spec.loader.get_source(spec.name) if spec and spec.loader else None  # type: ignore[attr-defined]

    def is_package(self, name: str) -> bool:
        """Return whether the alias has aliases below it."""
        return name in PACKAGES

    def invalidate_caches(self) -> None:
        """Do nothing: the table does not change."""

    def find_distributions(self, context: DistributionFinder.Context | None = None) -> Iterator[Distribution]:
        """Yield what `importlib.metadata` should say of the packages, ours for theirs."""
        wanted = getattr(context, "name", None)
        for project, version in VERSIONS.values():
            if wanted is None or wanted.lower().replace("_", "-") == project.lower():
                yield _distribution(project, version)


def _distribution(project: str, version: str) -> Distribution:
    """Return a stand-in for the metadata of an installed project."""
    from importlib.metadata import Distribution

    text = f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\nSummary: answered by minflask\n"

    class Answered(Distribution):
        def read_text(self, filename: str) -> str | None:
            return text if filename == "METADATA" else None

        def locate_file(self, path: Any) -> Any:
            from pathlib import Path

            return Path(__file__).parent.parent / path

    return Answered()


_finder = AliasFinder()
