"""Run the suite on every Python that minflask is for.

`python -m tests.house.matrix FOLDER [NAME...] [-- WORD...]`: `native` is the
Python that runs this, `pypy` the distribution's package, the others are CPython
as WebAssembly under Node, from the npm package pyodide, fetched into FOLDER.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYODIDE = {"wasm-3.12": "0.27.7", "wasm-3.13": "0.29.4", "wasm-3.14": "314.0.7"}
NAMES = ("native", "pypy", *PYODIDE)
SCRIPT = """\
import { loadPyodide } from "pyodide";
const [folder, report, ...words] = process.argv.slice(2);
const print = (line) => console.log(line);
const python = await loadPyodide({ fullStdLib: false, stdout: print, stderr: print });
python.FS.mkdirTree("/project");
python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, "/project");
python.globals.set("words", python.toPy(words));
const status = python.runPython(`
import os, sys
os.chdir("/project")
sys.path.insert(0, "/project")
sys.dont_write_bytecode = True
sys.executable = sys.executable or "python"
print(sys.version)
from tests.house.wasm import main
main(list(words), "/project/skipped.txt")
`);
const { copyFileSync } = await import("node:fs");
copyFileSync(`${folder}/skipped.txt`, report);
process.exit(status);
"""


def pypy() -> str:
    """Return PyPy's command; installs it where it is missing and that is allowed."""
    if shutil.which("pypy3") is None:
        subprocess.run(["apt-get", "install", "-y", "-q", "pypy3"], check=True, stdout=subprocess.DEVNULL)
    return "pypy3"


def pyodide(folder: pathlib.Path, version: str) -> pathlib.Path:
    """Return a folder that has a release of Pyodide, and the script that runs the suite in it."""
    home = folder / f"pyodide-{version}"
    if not (home / "node_modules" / "pyodide").is_dir():
        home.mkdir(parents=True, exist_ok=True)
        (home / "package.json").write_text('{"private": true}')
        subprocess.run(["npm", "install", "--silent", "--no-audit", f"pyodide@{version}"], cwd=home, check=True)
    (home / "run.mjs").write_text(SCRIPT)
    return home


def run(name: str, folder: pathlib.Path, words: list[str]) -> int:
    """Run the suite on one Python, in a copy of the project; return the exit status."""
    with tempfile.TemporaryDirectory() as scratch:
        place = pathlib.Path(os.path.realpath(scratch)) / "project"
        left = shutil.ignore_patterns("__pycache__", ".git", "_build", "instance", ".mypy_cache")
        shutil.copytree(ROOT, place, ignore=left)
        print(f"-- {name}", flush=True)
        if name in PYODIDE:
            home = pyodide(folder, PYODIDE[name])
            # The stack of the system's main thread, and what of it JavaScript takes, in KiB: tests nest deeply.
            command = ["sh", "-c", 'ulimit -s 65000; exec node --stack-size=60000 "$@"', "sh", home / "run.mjs", place,
                       home / "skipped.txt", *words]
            print(f"   what is skipped: {home / 'skipped.txt'}", flush=True)
        else:
            command = [pypy() if name == "pypy" else sys.executable, "-W", "error", "-m", "tests", *words]
        status = subprocess.run([str(part) for part in command], cwd=place).returncode
    print(f"-- {name}: {'passed' if status == 0 else 'FAILED'}", flush=True)
    return status


def main(arguments: list[str]) -> int:
    folder, *rest = arguments
    cut = rest.index("--") if "--" in rest else len(rest)
    return max([run(name, pathlib.Path(folder), rest[cut + 1:]) for name in rest[:cut] or NAMES])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
