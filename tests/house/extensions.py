"""Run the test suites of real extensions and applications, once with Flask and once with minflask in its place.

`python -m tests.house.extensions FOLDER [PROJECT...]` makes two environments
under FOLDER: one with Flask and its kin, one without any of them, where a .pth
file calls `install_as_flask()` in every process. The suites come from the
source distributions, unchanged. What counts is a test that passes on Flask;
the table says how many of those pass on minflask, and names the others.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ElementTree

from minflask.aliases import VERSIONS

ROOT = pathlib.Path(__file__).resolve().parents[2]
FAMILY = {project.lower() for project, _ in VERSIONS.values()}

# Project -> version, then what of its source distribution is run ("." is all).
SUITES = {
    "flask-login": "0.6.3 tests",
    "flask-wtf": "1.3.0 tests",
    "flask-sqlalchemy": "3.1.1 tests",
    "flask-caching": "2.5.1 tests",
    "flask-limiter": "4.1.1 tests",
    "flask-cors": "6.0.5 tests",
    "flask-httpauth": "4.8.1 tests",
    "flask-restful": "0.3.10 tests",
    "flask-smorest": "0.47.0 tests",
    "flask-restx": "1.3.2 tests",
    "flask-jwt-extended": "4.7.4 tests",
    "flask-compress": "1.25 tests",
    "flask-marshmallow": "1.5.0 tests",
    "flask-migrate": "4.1.0 tests",
    "flask-dance": "7.1.0 tests",
    "flask-openapi3": "4.3.2 tests",
    "flask-reuploaded": "1.6.0 tests",
    "flask-simplelogin": "0.3.0 tests",
    "flask-sock": "0.7.0 tests",
    "flask-socketio": "5.7.0 test_socketio.py",
    "frozen-flask": "1.0.2 tests",
    "pytest-flask": "1.3.0 tests",
    "webargs": "8.7.1 tests/test_flaskparser.py",
    "flask-rebar": "3.5.0 tests",
    "flask-jsonrpc": "4.0.0 tests/unit",
    "flask-oidc": "2.4.0 tests",
    "prometheus-flask-exporter": "0.23.2 tests",
    "apiflask": "3.1.2 tests",
    "pytest-httpserver": "1.2.0 tests",
    "pytest-localserver": "0.10.0.post0 tests",
    "isso": "0.14.0 isso/tests",
    "fava": "1.30.16 tests",
    "cookiecutter": "2.7.1 tests",
    "httpbin": "0.10.4 tests",
    "flask": "3.1.3 examples/tutorial/tests examples/javascript/tests",
}

# What the suites need besides, for all of them.
NEEDS = """pytest==8.4.2 pytest-mock pytest-asyncio marshmallow-sqlalchemy email_validator asgiref hiro freezegun
 responses betamax sqlalchemy-utils pyyaml pymemcache redis tzlocal Faker simple-websocket semver peewee wtf-peewee
 python-dotenv semantic-version
 webtest pytest-xprocess pymongo pynose arrow geoalchemy2 mongoengine boto3 colour pillow shapely flask-babel
 beautifulsoup4 cachelib""".split()


def environments(folder: pathlib.Path) -> dict[str, pathlib.Path]:
    """Return the Pythons of both environments, made at the first call."""
    pythons = {kind: folder / kind / "bin" / "python" for kind in ("real", "bare")}
    if not (folder / "ready").exists():
        for kind in pythons:
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder / kind], check=True)
        _pip(pythons["real"], *(f"{project}=={row.split()[0]}" for project, row in SUITES.items()), *NEEDS)
        frozen = subprocess.run([pythons["real"], "-m", "pip", "freeze"], capture_output=True, text=True, check=True)
        _pip(pythons["bare"], "--no-deps", *(line for line in frozen.stdout.split()
                                             if line.partition("==")[0].lower() not in FAMILY))
        (folder / "ready").touch()
    site = next((folder / "bare" / "lib").glob("python*/site-packages"))
    alone = folder / "package"  # with nothing beside it: suites have folders of the names that ours has
    alone.mkdir(exist_ok=True)
    (alone / "minflask").unlink(missing_ok=True)
    (alone / "minflask").symlink_to(ROOT / "minflask")
    (site / "minflask_first.pth").write_text(
        f"import sys; sys.path.insert(0, {str(alone)!r}); import minflask; minflask.install_as_flask()\n")
    script = pythons["bare"].with_name("flask")
    script.write_text(f"#!{pythons['bare']}\nfrom flask.cli import main\nmain()\n")
    script.chmod(0o755)
    return pythons


def _pip(python: pathlib.Path, *wanted: str) -> None:
    subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *wanted], check=True)


def source(folder: pathlib.Path, project: str, version: str) -> pathlib.Path:
    """Return the unpacked source distribution of a project."""
    home = folder / "sources" / project
    if not home.exists():
        fetched = folder / "fetched"
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps",
                        "--no-binary", project, f"{project}=={version}", "-d", fetched], check=True)
        archive = next(fetched.iterdir())
        with tarfile.open(archive) as members:
            members.extractall(folder / "unpacking", filter="data")
        archive.unlink()
        top = next((folder / "unpacking").iterdir())
        home.parent.mkdir(exist_ok=True)
        shutil.move(str(top), home)
    return home


def outcomes(python: pathlib.Path, work: pathlib.Path, project: str, paths: list[str]) -> dict[str, str]:
    """Return what became of each test: "" where it passed, else a line that says why not."""
    found: dict[str, str] = {}
    for number, path in enumerate(paths):
        report = work.parent / f"{work.name}.{number}.xml"
        report.unlink(missing_ok=True)
        cwd, target = work, path
        if path.startswith("examples/"):  # an application of its own, run from its own folder
            cwd, target = work / os.path.dirname(path), os.path.basename(path)
        command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short",
                   "--continue-on-collection-errors", "-o", "addopts=", "-o", "required_plugins=",
                   f"--junitxml={report}", *([] if project == "pytest-flask" else ["-p", "no:pytest-flask"]), target]
        log = work.parent / f"{work.name}.{number}.log"
        with log.open("w") as output:
            try:
                subprocess.run(command, cwd=cwd, stdout=output, stderr=output, timeout=240,
                               env={**os.environ, "PYTHONPATH": str(cwd),
                                    "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"})
            except subprocess.TimeoutExpired:
                output.write("\nout of time\n")
        if report.exists():
            found.update(_read(report))
    return found


def _read(report: pathlib.Path) -> dict[str, str]:
    """Return the outcomes that a JUnit file tells of."""
    found = {}
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        wrong = [part for part in case if part.tag in {"failure", "error", "skipped"}]
        why = (wrong[0].get("message") or wrong[0].tag).splitlines() if wrong else []
        found[f"{case.get('classname')}::{case.get('name')}"] = (why or ["?"])[0] if wrong else ""
    return found


def compare(folder: pathlib.Path, project: str, version: str, paths: list[str]) -> tuple[str, list[str]]:
    """Run a suite in both environments; return its row of the table, and the misses."""
    taken = {}
    for kind, python in environments(folder).items():
        work = folder / "runs" / f"{project}.{kind}"
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(source(folder, project, version), work, symlinks=True)
        if (work / "src" / "flask").is_dir():
            shutil.rmtree(work / "src")
        taken[kind] = outcomes(python, work, project, paths)
    counted = [name for name, why in taken["real"].items() if not why]
    misses = [f"{name}: {taken['bare'].get(name, 'was not run')}" for name in counted
              if taken["bare"].get(name, "not run")]
    return f"| {project} | {version} | {len(counted) - len(misses)} of {len(counted)} |", misses


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0].startswith("-"):  # an option would become a folder
        print(__doc__)
        return 2
    folder = pathlib.Path(arguments[0]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    missed = 0
    for project in arguments[1:] or SUITES:
        version, *paths = SUITES[project].split()
        try:
            source(folder, project, version)
        except subprocess.CalledProcessError as error:  # its build asks for what is not here
            row, misses = f"| {project} | {version} | not run |", [f"pip could not fetch its source: {error}"]
        else:
            row, misses = compare(folder, project, version, paths)
        print(row, *("    " + miss[:200] for miss in misses), sep="\n", flush=True)
        missed += len(misses)
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
