"""Where templates come from: folders, packages, dicts, functions, and ways to combine them.

A loader turns a name into source text. The name may come from a user, so ``split_template_path``
is the one gate between a name and a file. Reading is all that happens here; the environment compiles.
"""
from __future__ import annotations

import os
import posixpath
from contextlib import contextmanager

from .errors import TemplateNotFound, TemplateSyntaxError
from .utils import internalcode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
    from types import CodeType
    from typing import Any, Union

    Path = Union[str, os.PathLike[str]]
    UpToDate = Union[Callable[[], bool], None]
    Source = tuple[str, Union[str, None], UpToDate]


def split_template_path(template: str) -> list[str]:
    """Cut a template's name into the steps of a path below a folder.

    :raises TemplateNotFound: for a name that could leave the folder: one with ``..``, a backslash,
        a drive letter, or a character that no file name has.

    >>> split_template_path("mail/./welcome.txt")
    ['mail', 'welcome.txt']
    """
    pieces = [piece for piece in template.split("/") if piece not in ("", ".")]
    for piece in pieces:
        if piece == os.pardir or "\\" in piece or "\0" in piece or piece[1:2] == ":":
            raise TemplateNotFound(template)
    return pieces


def _paths(paths: Path | Iterable[Path]) -> list[str]:
    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    return [os.fspath(path) for path in paths]


def _names_below(folder: str, followlinks: bool = False) -> Iterator[str]:
    """Give the names of all files below a folder, with ``/`` between the steps."""
    for where, _, files in os.walk(folder, followlinks=followlinks):
        steps = os.path.relpath(where, folder).split(os.sep)
        prefix = "" if steps == [os.curdir] else "/".join(steps) + "/"
        for name in files:
            yield prefix + name


def _read(filename: str, encoding: str) -> Source:
    with open(filename, encoding=encoding) as file:
        text = file.read()
        modified = os.fstat(file.fileno()).st_mtime

    def up_to_date() -> bool:
        try:
            return os.path.getmtime(filename) == modified
        except OSError:
            return False

    return text, os.path.normpath(filename), up_to_date


class BaseLoader:
    """Base of all loaders; a subclass implements ``get_source``.

    >>> class Shouting(BaseLoader):
    ...     def get_source(self, environment, template):
    ...         return template.upper(), None, None
    """

    has_source_access = True

    def get_source(self, environment: Any, template: str) -> Source:
        """Return the source of a template, its file name, and a function that tells if both still hold.

        The file name is None when there is no file; the function is None when the source never changes.

        :raises TemplateNotFound: when there is no template of this name.
        """
        if not self.has_source_access:
            raise RuntimeError(f"{type(self).__name__} holds compiled templates and cannot give their source")
        raise TemplateNotFound(template)

    def list_templates(self) -> list[str]:
        """Return the names of all templates, sorted."""
        raise TypeError(f"{type(self).__name__} cannot list its templates: it does not know their names")

    @internalcode
    def load(self, environment: Any, name: str, globals: MutableMapping[str, Any] | None = None) -> Any:
        """Load and compile a template; the environment calls it on a miss of its cache.

        Loaders that hand over to other loaders, or need no source, override this; most do not.
        """
        source, filename, up_to_date = self.get_source(environment, name)
        cache = environment.bytecode_cache
        if cache is None:
            code = environment.compile(source, name, filename)
        else:
            bucket = cache.get_bucket(environment, name, filename, source)
            code = bucket.code
            if code is None:
                code = bucket.code = environment.compile(source, name, filename)
                cache.set_bucket(bucket)
        globals = {} if globals is None else globals
        return environment.template_class.from_code(environment, code, globals, up_to_date)


class FileSystemLoader(BaseLoader):
    """Load templates from one folder, or from the first of several that has the name.

    :param encoding: of the files.
    :param followlinks: let ``list_templates`` follow links to folders.
    """

    def __init__(
        self, searchpath: Path | Sequence[Path], encoding: str = "utf-8", followlinks: bool = False
    ) -> None:
        self.searchpath = _paths(searchpath)
        self.encoding = encoding
        self.followlinks = followlinks

    def get_source(self, environment: Any, template: str) -> Source:
        """Read the file of this name from the first folder that has it."""
        pieces = split_template_path(template)
        for folder in self.searchpath:
            # posixpath, so that the folder stays in front whatever the system takes for a drive.
            filename = posixpath.join(folder, *pieces)
            if os.path.isfile(filename):
                return _read(filename, self.encoding)
        folders = ", ".join(map(repr, self.searchpath))
        paths = 'path' if len(self.searchpath) == 1 else 'paths'
        raise TemplateNotFound(template, f"{template!r} not found in search {paths}: {folders}")

    def list_templates(self) -> list[str]:
        """Return the names of all files in the folders, sorted."""
        return sorted({name for folder in self.searchpath for name in _names_below(folder, self.followlinks)})


class PackageLoader(BaseLoader):
    """Load templates from a folder inside a Python package, also when that is in a zip archive.

    :param package_name: the import name of the package.
    :param package_path: the folder in it.
    :raises ValueError: when the package has no such folder.
    """

    def __init__(self, package_name: str, package_path: str = "templates", encoding: str = "utf-8") -> None:
        from importlib import import_module

        package_path = os.path.normpath(package_path).rstrip(os.sep)
        self.package_name = package_name
        self.package_path = "" if package_path == os.curdir else package_path
        self.encoding = encoding
        package = import_module(package_name)
        folders = list(getattr(package, "__path__", ())) or [os.path.dirname(package.__file__ or "")]
        roots = [os.path.join(folder, self.package_path).rstrip(os.sep) for folder in folders]
        on_disk = next(filter(os.path.isdir, roots), None)
        # Off the disk, in a zip archive or a bundle, the loader of the package reads its files.
        self._loader: Any = None if on_disk or package.__spec__ is None else package.__spec__.loader
        if on_disk is None and (not hasattr(self._loader, "get_data") or os.path.isdir(folders[0])):
            raise ValueError(
                f"could not find a {package_path!r} directory in the package {package_name!r}: none of {roots} exists"
            )
        self._template_root = on_disk or roots[0]

    def get_source(self, environment: Any, template: str) -> Source:
        """Read the file of this name from the package."""
        filename = os.path.join(self._template_root, *split_template_path(template))
        try:
            if self._loader is None:
                return _read(filename, self.encoding)
            return self._loader.get_data(filename).decode(self.encoding), os.path.normpath(filename), None
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            missing: Exception = error
        except OSError as error:
            if self._loader is None:
                raise
            missing = error  # what zipimport raises for a name that is not in the archive
        raise TemplateNotFound(
            template, f"there is no template {template!r} below {self._template_root!r} ({missing})"
        ) from None

    def list_templates(self) -> list[str]:
        """Return the names of all files in the folder, sorted."""
        if self._loader is None:
            return sorted(_names_below(self._template_root))
        if hasattr(self._loader, "names_below"):  # a one-file copy
            return self._loader.names_below(self._template_root)  # type: ignore[no-any-return]
        archive = getattr(self._loader, "archive", None)
        if archive is None:
            raise TypeError(f"the loader of the package {self.package_name!r} reads files but cannot list them")
        from zipfile import ZipFile

        prefix = os.path.relpath(self._template_root, archive).replace(os.sep, "/") + "/"
        with ZipFile(archive) as file:
            names = file.namelist()
        return sorted(
            name[len(prefix):] for name in names if name.startswith(prefix) and not name.endswith("/")
        )


class DictLoader(BaseLoader):
    """Load templates from a dict of name and source; for tests and small programs.

    >>> loader = DictLoader({"index.html": "Hello {{ name }}"})
    >>> loader.list_templates()
    ['index.html']
    """

    def __init__(self, mapping: Mapping[str, str]) -> None:
        self.mapping = mapping

    def get_source(self, environment: Any, template: str) -> Source:
        """Look the name up."""
        if template not in self.mapping:
            raise TemplateNotFound(template)
        source = self.mapping[template]
        return source, None, lambda: self.mapping.get(template) == source

    def list_templates(self) -> list[str]:
        """Return the names, sorted."""
        return sorted(self.mapping)


class FunctionLoader(BaseLoader):
    """Load templates by a function of the name.

    :param load_func: returns the source, or (source, file name, function that tells if it still holds),
        or None for a name that it does not know.
    """

    def __init__(self, load_func: Callable[[str], str | Source | None]) -> None:
        self.load_func = load_func

    def get_source(self, environment: Any, template: str) -> Source:
        """Call the function."""
        found = self.load_func(template)
        if found is None:
            raise TemplateNotFound(template)
        return (found, None, None) if isinstance(found, str) else found


class PrefixLoader(BaseLoader):
    """Hand the name ``prefix/rest`` over to the loader of that prefix.

    >>> PrefixLoader({"mail": DictLoader({"a.txt": ""})}).list_templates()
    ['mail/a.txt']
    """

    def __init__(self, mapping: Mapping[str, BaseLoader], delimiter: str = "/") -> None:
        self.mapping = mapping
        self.delimiter = delimiter

    def get_loader(self, template: str) -> tuple[BaseLoader, str]:
        """Return the loader of a name's prefix, and the rest of the name."""
        prefix, found, rest = template.partition(self.delimiter)
        if not found or prefix not in self.mapping:
            raise TemplateNotFound(template)
        return self.mapping[prefix], rest

    def get_source(self, environment: Any, template: str) -> Source:
        """Ask the loader of the prefix."""
        loader, name = self.get_loader(template)
        try:
            return loader.get_source(environment, name)
        except TemplateNotFound:
            raise TemplateNotFound(template) from None  # with the name that the caller knows

    @internalcode
    def load(self, environment: Any, name: str, globals: MutableMapping[str, Any] | None = None) -> Any:
        """Ask the loader of the prefix."""
        loader, rest = self.get_loader(name)
        try:
            return loader.load(environment, rest, globals)
        except TemplateNotFound:
            raise TemplateNotFound(name) from None

    def list_templates(self) -> list[str]:
        """Return the names that all loaders have, with their prefixes."""
        return [
            prefix + self.delimiter + name
            for prefix, loader in self.mapping.items() for name in loader.list_templates()
        ]


class ChoiceLoader(BaseLoader):
    """Ask several loaders in turn; the first that has the name wins.

    So users may override templates: their folder stands first, the package's own last.
    """

    def __init__(self, loaders: Sequence[BaseLoader]) -> None:
        self.loaders = loaders

    def get_source(self, environment: Any, template: str) -> Source:
        """Return what the first loader with that name returns."""
        for loader in self.loaders:
            try:
                return loader.get_source(environment, template)
            except TemplateNotFound:
                pass
        raise TemplateNotFound(template)

    @internalcode
    def load(self, environment: Any, name: str, globals: MutableMapping[str, Any] | None = None) -> Any:
        """Return what the first loader with that name loads."""
        for loader in self.loaders:
            try:
                return loader.load(environment, name, globals)
            except TemplateNotFound:
                pass
        raise TemplateNotFound(name)

    def list_templates(self) -> list[str]:
        """Return the names that any of the loaders has, sorted."""
        return sorted({name for loader in self.loaders for name in loader.list_templates()})


class ModuleLoader(BaseLoader):
    """Load what ``Environment.compile_templates`` wrote: Python modules, no source needed.

    :param path: the folder or zip archive, or several.
    """

    has_source_access = False

    def __init__(self, path: Path | Sequence[Path]) -> None:
        import sys
        import weakref
        from types import ModuleType

        # The compiled modules live below a package of their own, which dies with the loader.
        name = f"_{__name__.replace('.', '_')}_{id(self):x}"
        self.module = ModuleType(name)
        self.module.__path__ = _paths(path)
        self.package_name = name
        forget = sys.modules.pop
        sys.modules[name] = weakref.proxy(self.module, lambda _: forget(name, None))

    @staticmethod
    def get_template_key(name: str) -> str:
        """Return the module name of a template: names may hold what no identifier can."""
        from hashlib import sha1

        return "tmpl_" + sha1(name.encode("utf-8")).hexdigest()

    @staticmethod
    def get_module_filename(name: str) -> str:
        """Return the file name of a template's module."""
        return ModuleLoader.get_template_key(name) + ".py"

    @internalcode
    def load(self, environment: Any, name: str, globals: MutableMapping[str, Any] | None = None) -> Any:
        """Load the code of the template's module.

        It is executed for each environment: the functions in it find their environment in its namespace.
        """
        key = self.get_template_key(name)
        code = self.module.__dict__.get(key) or self._find_code(key)
        if code is None:
            raise TemplateNotFound(name)
        return environment.template_class.from_code(environment, code, {} if globals is None else globals)

    def _find_code(self, key: str) -> CodeType | None:
        from importlib.machinery import PathFinder

        name = f"{self.package_name}.{key}"
        spec = PathFinder.find_spec(name, self.module.__path__)
        if spec is None:
            return None
        code: CodeType = spec.loader.get_code(name)  # type: ignore[union-attr]
        setattr(self.module, key, code)
        return code


def write_modules(
    environment: Any,
    names: Iterable[str],
    target: Path,
    zip: str | None,
    log_function: Callable[[str], object] | None,
    ignore_errors: bool,
) -> None:
    """Compile templates and write them where a ``ModuleLoader`` finds them; see ``Environment.compile_templates``."""
    from importlib import invalidate_caches

    log = log_function or (lambda message: None)
    with _module_writer(target, zip, log) as write:
        for name in names:
            source, filename, _ = environment.loader.get_source(environment, name)
            try:
                code = environment.compile(source, name, filename, raw=True, defer_init=True)
            except TemplateSyntaxError as error:
                if not ignore_errors:
                    raise
                log(f'Could not compile "{name}": {error}')
                continue
            write(ModuleLoader.get_module_filename(name), code)
            log(f'Compiled "{name}" as {ModuleLoader.get_module_filename(name)}')
    invalidate_caches()  # finders may have listed the folder a moment ago
    log(f"Finished compiling templates: {os.fspath(target)!r} is ready for a ModuleLoader")


@contextmanager
def _module_writer(
    target: Path, zip: str | None, log: Callable[[str], object]
) -> Iterator[Callable[[str, str], object]]:
    """Give a function that writes (file name, text), into a zip archive or a folder."""
    if zip is None:
        os.makedirs(target, exist_ok=True)
        log(f"Compiling into the folder {os.fspath(target)!r}")

        def write(filename: str, text: str) -> None:
            with open(os.path.join(target, filename), "w", encoding="utf-8") as file:
                file.write(text)

        yield write
        return
    from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

    methods = {"deflated": ZIP_DEFLATED, "stored": ZIP_STORED}
    if zip not in methods:
        raise ValueError(f"zip is 'deflated', 'stored' or None for a folder, not {zip!r}")
    log(f"Compiling into the archive {os.fspath(target)!r}")
    with ZipFile(target, "w", methods[zip]) as archive:
        yield archive.writestr
