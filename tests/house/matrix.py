"""Run the suite on every Python that minflask is for.

`python -m tests.house.matrix FOLDER [NAME...] [-- WORD...]`: `native` is the
Python that runs this, `pypy` the distribution's package, the others are CPython
as WebAssembly under Node, from the npm package pyodide, fetched into FOLDER.
What is not there is installed; where that cannot be done, the run fails and says so.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from .tools import limited

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYODIDE = {"wasm-3.12": "0.27.7", "wasm-3.13": "0.29.4", "wasm-3.14": "314.0.7"}
NAMES = ("native", "pypy", *PYODIDE)
SECONDS = 1200  # for one Python; the slowest needs a tenth
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


class Missing(Exception):
    """A Python of the matrix cannot be had here."""


def need(command: str, package: str) -> str:
    """Return a command, from the distribution's package where it is missing; raises Missing."""
    if shutil.which(command) is None:
        print(f"   installing {package}, as there is no command {command}", flush=True)
        for words in (["update"], ["install", "-y", "--no-install-recommends", package]):
            try:
                done = subprocess.run(["apt-get", "-q", "-o", "Acquire::Retries=3", *words], stdout=subprocess.DEVNULL,
                                      timeout=600, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
            except (OSError, subprocess.TimeoutExpired) as error:
                raise Missing(f"there is no command {command}, and apt-get cannot install {package}: {error}") from None
        if done.returncode or shutil.which(command) is None:
            raise Missing(f"there is no command {command}, and `apt-get install {package}` failed; install it")
    return command


def pyodide(folder: pathlib.Path, version: str) -> pathlib.Path:
    """Return a folder that has a release of Pyodide, and the script that runs the suite in it."""
    need("node", "nodejs")
    home = folder / f"pyodide-{version}"
    if not (home / "ready").exists():
        home.mkdir(parents=True, exist_ok=True)
        (home / "package.json").write_text('{"private": true}')
        quietly = ["--silent", "--no-audit", "--no-fund", "--fetch-retries=5"]
        if subprocess.run([need("npm", "npm"), "install", *quietly, f"pyodide@{version}"], cwd=home).returncode:
            raise Missing(f"npm cannot fetch pyodide {version}")
        (home / "ready").touch()
    (home / "run.mjs").write_text(SCRIPT)
    return home


def command_of(name: str, folder: pathlib.Path, place: pathlib.Path, words: list[str]) -> list[object]:
    """Return the command that runs the suite on one Python."""
    if name not in PYODIDE:
        python = need("pypy3", "pypy3") if name == "pypy" else sys.executable
        return [python, "-X", "faulthandler", "-W", "error", "-m", "tests", *words]
    home = pyodide(folder, PYODIDE[name])
    print(f"   what is skipped: {home / 'skipped.txt'}", flush=True)
    # The stack of the system's main thread, and what of it JavaScript takes, in KiB: tests nest deeply.
    return ["sh", "-c", 'ulimit -s 65000; exec node --stack-size=60000 "$@"', "sh", home / "run.mjs", place,
            home / "skipped.txt", *words]


def run(name: str, folder: pathlib.Path, words: list[str]) -> str:
    """Run the suite on one Python, in a copy of the project; return the line that sums it up."""
    print(f"-- {name}", flush=True)
    started, log = time.monotonic(), folder / f"{name}.log"
    with tempfile.TemporaryDirectory() as scratch:
        place = pathlib.Path(os.path.realpath(scratch)) / "project"
        left = shutil.ignore_patterns("__pycache__", ".git", "_build", "instance", ".mypy_cache")
        shutil.copytree(ROOT, place, ignore=left)
        try:
            command = command_of(name, folder, place, words)
        except Missing as error:
            return f"FAILED {name}: not run: {error}"
        with log.open("w") as output:
            status = limited(command, SECONDS, cwd=place, stdout=output, stderr=output)
    text = log.read_text("utf-8", "replace")
    if status:
        print(text, flush=True)
    counts = next((line for line in reversed(text.splitlines()) if " passed, " in line), "no result")
    return f"{'passed' if status == 0 else 'FAILED'} {name}: {counts}, in {time.monotonic() - started:.0f} s"


def main(arguments: list[str]) -> int:
    place, *rest = arguments
    folder = pathlib.Path(place)
    folder.mkdir(parents=True, exist_ok=True)
    cut = rest.index("--") if "--" in rest else len(rest)
    lines = [run(name, folder, rest[cut + 1:]) for name in rest[:cut] or NAMES]
    print("-- the suite on each Python:", *lines, sep="\n", flush=True)
    return int(any(line.startswith("FAILED") for line in lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
