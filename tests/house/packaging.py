"""Build what is published, install it in a fresh environment, and look whether it works.

`make package` runs it in an environment that has build, twine, setuptools and
vermin. Built and checked are the wheel and the sdist; installed are the wheel,
and the project itself as `pip install --no-index --no-build-isolation .` does it.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile

import minflask

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRY = ("import minflask, pathlib; app = minflask.Flask('x'); assert app.test_client().get('/').status_code == 404;"
       " place = pathlib.Path(minflask.__file__); assert 'site-packages' in place.parts, place;"
       " assert place.with_name('py.typed').exists()")


def do(*command: object, cwd: pathlib.Path | None = None) -> str:
    """Run a command that must succeed; return what it prints."""
    words = [str(word) for word in command]
    print("$", " ".join(words), flush=True)
    keep = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(words, cwd=cwd, env=keep, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        print(done.stdout)
        raise SystemExit(f"{words[0]} failed with status {done.returncode}")
    return done.stdout


def copy(place: pathlib.Path) -> pathlib.Path:
    """Return a copy of the project without what is made in it."""
    left = shutil.ignore_patterns("__pycache__", ".git", "_build", "build", "dist", "*.egg-info", "instance",
                                  ".mypy_cache", "minflask.py")
    return pathlib.Path(shutil.copytree(ROOT, place, ignore=left))


def look_inside(dist: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    """Check what the two archives hold."""
    (wheel,), (sdist,) = dist.glob("*.whl"), dist.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert not [name for name in names if name.startswith(("tests", "docs"))], names
    package = {path.relative_to(ROOT).as_posix() for path in (ROOT / "minflask").rglob("*.py")} | {"minflask/py.typed"}
    assert package <= set(names), package - set(names)
    assert wheel.name.startswith(f"minflask-{minflask.__version__}-"), wheel
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"tests/test_app_flow.py", "tests/house/one.pem", "docs/index.rst", "docs/examples/shortlinks/__init__.py",
              "docs/examples/shortlinks/templates/layout.html", "LICENSE", "README.rst", "Makefile", ".ci/run"}
    assert wanted <= held, wanted - held
    assert not [name for name in held if "__pycache__" in name or name.startswith("docs/_build")], held
    print(f"{wheel.name}: {len(names)} files, {wheel.stat().st_size} bytes; {sdist.name}: {len(held)} files")
    return wheel, sdist


def try_out(home: pathlib.Path, *arguments: object) -> None:
    """Install into a fresh environment, and use what is there."""
    venv.create(home, with_pip=True)
    bin_folder = home / ("Scripts" if os.name == "nt" else "bin")
    python = bin_folder / "python"
    if "--no-build-isolation" in arguments:  # "where setuptools is there"
        do(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "setuptools==75.1.0", "wheel==0.44.0")
    do(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *arguments, cwd=home)
    do(python, "-m", "pip", "check", cwd=home)
    do(python, "-W", "error", "-c", TRY, cwd=home)
    assert "minflask" in do(bin_folder / "minflask", "--version", cwd=home)
    do(bin_folder / "minflask", "secret", cwd=home)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        project = copy(place / "project")
        do(sys.executable, "-m", "build", "--no-isolation", "-o", place / "dist", project)
        wheel, sdist = look_inside(place / "dist")
        print(do(sys.executable, "-m", "twine", "check", "--strict", wheel, sdist).strip())
        try_out(place / "wheel", "--no-index", wheel)
        try_out(place / "source", "--no-index", "--no-build-isolation", project)
        # sys.orig_argv is asked for only where it is missing.
        do(pathlib.Path(sys.executable).with_name("vermin"), "-t=3.9-", "--no-tips", "--violations",
           "--eval-annotations", "--exclude", "sys.orig_argv", project / "minflask")
    print("packaging: passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
