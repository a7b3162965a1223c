"""Write the package, or an application with it, as one file.

A one-file copy holds the text of every module as it is, in the order of the
layers, then the finder of `onefile`, then one line that starts it. A zipapp
holds the same parts as files. What goes in is decided by `gather`; how the
copies are checked by `copycheck`. The bytes depend on the parts alone.
"""

from __future__ import annotations

import ast
import hashlib
import io
import os
import re
import sys
import tokenize
from textwrap import indent

from . import __version__
from .licence import TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    Parts = Mapping[str, bytes]

#: The first lines of each file written: what it is, and the hash of all that follows them.
SHEBANG = "#!/usr/bin/env python3\n"
HEAD = "# minflask {version}, sha256 of all below this line: {digest}\n"


def own_parts() -> dict[str, bytes]:
    """Return the files of this package, path -> bytes, wherever it was imported from: folder, zip, or one file."""
    package = sys.modules[__package__ or ""]
    loader: Any = getattr(sys.modules[__name__], "__loader__", None)
    root = os.path.dirname(os.path.abspath(__file__))
    if hasattr(loader, "names_below"):
        names = loader.names_below(root)
    elif hasattr(loader, "archive"):
        names = _names_in_zip(loader.archive, root)
    else:
        names = [os.path.relpath(os.path.join(folder, file), root).replace(os.sep, "/")
                 for top in package.__path__ for folder, _, files in os.walk(top) for file in files]
    wanted = sorted(name for name in names if name.endswith(".py"))
    return {name: text_of(loader.get_data(os.path.join(root, *name.split("/")))) for name in wanted}


def _names_in_zip(archive: str, root: str) -> list[str]:
    from zipfile import ZipFile

    top = os.path.relpath(root, archive).replace(os.sep, "/") + "/"
    with ZipFile(archive) as file:
        return [name[len(top):] for name in file.namelist() if name.startswith(top)]


def text_of(source: bytes) -> bytes:
    """Return the bytes of a module in UTF-8 with plain line ends, whatever its first lines declare."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    lines = source.decode(encoding).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if encoding not in {"utf-8", "utf-8-sig"}:  # what the first lines declare (PEP 263) is no longer so
        lines[:2] = [re.sub(r"(^#.*?coding[:=][ \t]*)[-\w.]+", r"\1utf-8", line) for line in lines[:2]]
    return "\n".join(lines).encode()


# The order of the layers.

def in_layers(parts: Parts) -> list[str]:
    """Return the paths of modules from the ground up: each after those that it imports as it is loaded."""
    needs = {path: set(_needs(path, parts)) for path in parts if path.endswith(".py")}
    ranks: dict[str, int] = {}

    def rank(path: str) -> int:
        if path not in ranks:
            ranks[path] = 0  # a cycle ends here
            ranks[path] = 1 + max([rank(other) for other in needs[path]], default=0)
        return ranks[path]
    return sorted(needs, key=lambda path: (path != "__init__.py", rank(path), path))


def _needs(path: str, parts: Parts) -> Iterator[str]:
    """Yield the paths of the modules that a relative import at the top level of a module loads."""
    folder = path.split("/")[:-1]
    for node in ast.parse(parts[path]).body:
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        base = folder[:len(folder) - node.level + 1] + (node.module.split(".") if node.module else [])
        for names in [base, *([*base, alias.name] for alias in node.names)]:
            for found in ("/".join(names) + ".py", "/".join([*names, "__init__.py"])):
                if found in parts and found not in {path, "__init__.py"}:
                    yield found


# One file of text.

class _Page:
    """Lines of the file that is being written, and how many there are."""

    def __init__(self, first_line: int) -> None:
        self.texts: list[str] = []
        self.line = first_line

    def add(self, text: str) -> None:
        self.texts.append(text)
        self.line += text.count("\n")

    def add_part(self, path: str, data: bytes) -> None:
        """Add a part; text as it is, so that its lines are lines of this file."""
        text = _readable(data)
        if text is None:
            self.add(f"_parts[{path!r}] = 0, _bytes('''\n{_wrapped(data)}''')\n")
        else:
            rule = f"\n\n# {path} ".ljust(100, "-") + "\n\n"
            self.add(rule)
            self.add(f"_parts[{path!r}] = {self.line}, {_literal(text)}\n")


def _readable(data: bytes) -> str | None:
    """Return data as text that can stand in a source file unchanged, or None."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\r" in text or "\0" in text or text.startswith("\ufeff") else text


def _literal(text: str) -> str:
    """Return text as a Python literal of the same lines: raw where that can be."""
    for quotes in ("'''", '"""'):
        if quotes not in text and not text.endswith((quotes[0], "\\")):
            return f"r{quotes}{text}{quotes}"
    text = text.replace("\\", "\\\\").replace("'''", "\\'\\'\\'")
    return f"'''{text[:-1]}" + ("\\'" if text.endswith("'") else text[-1]) + "'''"


def _wrapped(data: bytes) -> str:
    from base64 import b64encode

    text = b64encode(data).decode()
    return "".join(f"{text[start:start + 100]}\n" for start in range(0, len(text), 100))


def _finder(parts: Parts) -> str:
    """Return the source of the finder, as the body of a function, so that its names are no names of the file."""
    source = parts["onefile.py"].decode().replace("from __future__ import annotations\n", "")
    return ("\n\ndef _one_file():\n" + indent(source, "    ").replace("\n\n\n", "\n\n")
            + "\n    return become_package, run_package, serve_parts\n")


def _about(what: str, rows: list[tuple[str, bytes]]) -> str:
    """Return the top of a file: what it is, how to check it, the licence, and each part's hash."""
    lines = [what, "", "Check this copy: the sha256 of all lines but the first two stands in the second one, and",
             "    python3 -m minflask check-copy FILE", "says which part was changed. The licence:", ""]
    lines += TEXT.splitlines() + ["", "The parts in their order, with the sha256 of their text:", ""]
    lines += [f"{hashlib.sha256(data).hexdigest()}  {path}" for path, data in rows]
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)


def _sealed(body: str) -> bytes:
    """Put the first two lines before a body."""
    data = body.encode()
    return (SHEBANG + HEAD.format(version=__version__, digest=hashlib.sha256(data).hexdigest())).encode() + data


_START_PACKAGE = """

if __name__ == "__main__":
    _one_file()[1](globals(), "minflask")
else:
    _one_file()[0](globals(), _parts)
"""


def framework_file(parts: Parts | None = None) -> bytes:
    """Return the whole package as one Python file, which works under any name."""
    parts = own_parts() if parts is None else parts
    rows = [(path, parts[path]) for path in in_layers(parts)]
    about = _about("The whole package in one file: import it under whatever name you give it, or run it.", rows)
    return _one_text(about, '"""minflask in one file."""\n', rows, parts, _START_PACKAGE)


def _one_text(about: str, doc: str, rows: list[tuple[str, bytes]], framework: Parts, start: str) -> bytes:
    page = _Page(3)
    page.add(f"{about}\n{doc}\nfrom __future__ import annotations\n\n_parts = {{}}\n")
    if any(_readable(data) is None for _, data in rows):
        page.add("from base64 import b64decode as _bytes  # noqa: E402\n")
    for path, data in rows:
        page.add_part(path, data)
    page.add(_finder(framework))
    page.add(start)
    return _sealed("".join(page.texts))


# An application.

_MAIN = """\
import os
os.environ.setdefault("FLASK_RUN_RELOAD", "0")  # what is in one file does not change while it runs
from {framework}.appfinder import locate_app  # noqa: E402
from {framework}.cli import FlaskGroup  # noqa: E402
{aliases}FlaskGroup(name={module!r}, create_app=lambda: locate_app({module!r}, {name!r})).main()
"""


def _main(module: str, name: str | None, framework: str, as_flask: bool) -> str:
    aliases = f"from {framework}.compat import install_as_flask  # noqa: E402\ninstall_as_flask(force=True)\n"
    return _MAIN.format(framework=framework, module=module, name=name, aliases=aliases if as_flask else "")


class Bundle:
    """An application and what it needs, to be written as one file.

    :param module: the import name of the application's package or module.
    :param name: the name of the application or its factory there; None to look for it.
    :param parts: the application's own parts, as `gather` found them.
    :param as_flask: whether `import flask` shall mean minflask.
    """

    def __init__(self, module: str, name: str | None, parts: Parts, as_flask: bool = False) -> None:
        self.module, self.name, self.as_flask = module, name, as_flask
        self.framework = __package__ or ""
        # The checker of the book is for those who read the framework, not for those who get an application.
        self.own = {path: data for path, data in own_parts().items() if not path.startswith("learn/")}
        folder = self.framework.replace(".", "/")
        self.parts: dict[str, bytes] = {f"{folder}/{path}": data for path, data in self.own.items()}
        while "/" in folder:
            folder = folder.rpartition("/")[0]
            self.parts[f"{folder}/__init__.py"] = b""
        self.parts.update(parts)

    def main(self) -> str:
        """Return what runs it, as source."""
        return _main(self.module, self.name, self.framework, self.as_flask)

    def script(self) -> bytes:
        """Return it as one Python file: `python FILE run`."""
        folder = self.framework.replace(".", "/") + "/"
        first = [folder + path for path in in_layers(self.own)]
        rows = [(path, self.parts[path]) for path in [*first, *sorted(set(self.parts) - set(first))]]
        about = _about(f"The application {self.module} and what it needs, in one file: python3 FILE run", rows)
        start = "\n\n_one_file()[2](globals(), _parts)\n\nif __name__ == \"__main__\":\n" + indent(self.main(), "    ")
        return _one_text(about, f'"""{self.module} in one file."""\n', rows, self.own, start)

    def zipapp(self) -> bytes:
        """Return it as a zip archive that Python runs: `python FILE run`."""
        from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

        try:
            import zlib
            method = ZIP_DEFLATED if zlib else ZIP_STORED
        except ImportError:
            method = ZIP_STORED
        file = io.BytesIO()
        file.write(SHEBANG.encode())  # first, so that places in the archive are counted from here
        with ZipFile(file, "w", method) as archive:
            for path, data in sorted({**self.parts, "__main__.py": self.main().encode()}.items()):
                info = ZipInfo(path)  # 1980, so that the bytes are the same each time
                info.external_attr, info.create_system, info.compress_type = 0o644 << 16, 3, method
                archive.writestr(info, data)
        return file.getvalue()
