"""Run the suite against every form that minflask comes in, but the folder it is developed in.

`python -m tests.house.forms [FORM...] [-- WORD...]`: `single` is the one file,
`renamed` a copy vendored as `a/b/renamed`, `zip` a zip archive. Each is put
into a throwaway folder beside a copy of the tests, with an environment whose
Python finds it; the folder `minflask` is not there. What is not run is named.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import venv
import warnings
import zipfile
from typing import Iterator

from .tools import limited

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPIED = ("tests", "docs", "README.rst", "LICENSE", "Makefile", "setup.cfg", "pyproject.toml", ".ci", ".gitignore")
FORMS = ("single", "renamed", "zip")
RENAMED = r"""(?<=["'])minflask\.(?=(jinja|server|routing|http|app|wasm|collector)\b)"""
SECONDS = 900  # for a form; it needs a tenth
# Tests that are about the folder itself, or about the name: module, or module.test -> why it is left out.
OF_THE_FOLDER = {
    "test_layers": "reads the files of the folder",
    "test_vendoring": "copies the folder",
    "test_import_budget": "counts the files that a start loads from the folder",
    "test_metrics": "measures the files of the folder",
    "test_cases_security.test_nothing_is_pickled_and_no_fragile_parser_is_imported": "reads the files of the folder",
    "test_cases_security.test_no_temporary_file_is_made_by_its_name": "reads the files of the folder",
    "test_docs.test_each_step_does_what_the_page_says": "copies the folder",
    "test_compat.test_modules_say_who_they_are": "expects the paths of the folder",
}
OF_THE_NAME = {
    "single": {
        "test_cli_terminal.test_an_applications_commands_stand_beside_ours": "expects `python -m` in the usage",
        "test_cli_terminal.test_an_empty_folder_shows_a_hint_and_the_help": "expects `python -m` in the usage",
        "test_commands.test_bash_itself_completes": "expects the program's name without an ending",
        "test_inside_appendices.test_the_page_shows_what_happens": "tells files of the package apart by their paths",
    },
    "renamed": {
        "test_compat.test_a_file_runs_as_by_python_itself": "expects the name minflask.app",
        "test_compat.test_a_module_runs_as_with_pythons_own_option": "expects the name minflask.app",
        "test_compat.test_our_commands_run_an_application_that_imports_flask": "expects the name minflask.app",
    },
    "zip": {},
}
# How the tests' `import minflask` finds the copy under another name.
ALIAS = '''\
import importlib, sys

class Alias:
    """Lets the tests' `import minflask` mean the copy under its other name."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] != "minflask":
            return None
        from importlib.machinery import ModuleSpec
        from importlib.util import find_spec
        there = find_spec("a.b.renamed" + name[len("minflask"):])
        if there is None:
            return None
        spec = ModuleSpec(name, self, origin=there.origin, is_package=there.submodule_search_locations is not None)
        spec.has_location = True
        return spec

    def create_module(self, spec):
        module = importlib.import_module("a.b.renamed" + spec.name[len("minflask"):])
        self.specs[spec.name] = module.__spec__
        return module

    def exec_module(self, module):
        module.__spec__ = self.specs["minflask" + module.__name__[len("a.b.renamed"):]]

    def get_code(self, name):
        from importlib.util import find_spec
        name = "a.b.renamed" + name[len("minflask"):]
        return find_spec(name).loader.get_code(name)

    specs = {}

sys.meta_path.insert(0, Alias())
'''


def build(form: str, place: pathlib.Path) -> None:
    """Put one form of the package into a folder."""
    if form == "single":
        subprocess.run([sys.executable, "-m", "minflask", "bundle", "--framework-only", "-o", place / "minflask.py"],
                       cwd=ROOT, check=True)
    elif form == "renamed":
        (place / "a" / "b").mkdir(parents=True)
        (place / "a" / "__init__.py").touch()
        (place / "a" / "b" / "__init__.py").touch()
        shutil.copytree(ROOT / "minflask", place / "a" / "b" / "renamed", ignore=shutil.ignore_patterns("__pycache__"))
    else:
        with zipfile.ZipFile(place / "packed.zip", "w") as archive:
            for path in sorted((ROOT / "minflask").rglob("*.py")):
                archive.write(path, path.relative_to(ROOT))


def environment(form: str, place: pathlib.Path) -> str:
    """Return a Python that finds the form as `minflask`, in its subprocesses too."""
    home = place / "environment"
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = pathlib.Path(subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip())
    lines = {"single": [], "zip": [str(place / "packed.zip")], "renamed": [str(place), "import minflask_alias"]}[form]
    (site / "minflask_forms.pth").write_text("\n".join(lines) + "\n")
    if form == "renamed":
        (site / "minflask_alias.py").write_text(ALIAS)
    return str(python)


def run(form: str, words: list[str]) -> int:
    """Run the suite against one form and return the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(os.path.realpath(folder))
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                left = shutil.ignore_patterns("__pycache__", "_build", "instance")
                shutil.copytree(source, place / name, ignore=left)
            elif source.exists():
                shutil.copy(source, place / name)
        if form == "renamed":  # the names of loggers and classes, which tests expect, have another beginning
            for path in (place / "tests").glob("*.py"):
                path.write_text(re.sub(RENAMED, "a.b.renamed.", path.read_text("utf-8")), "utf-8")
        build(form, place)
        keep = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        if form != "single":  # that one is to keep its compiled parts
            keep["PYTHONDONTWRITEBYTECODE"] = "1"
        command = [environment(form, place), "-X", "faulthandler", "-W", "error", "-m", "tests.house.forms",
                   "--inside", form, *words]
        return limited(command, SECONDS, cwd=place, env=keep)


def tests_of(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    """Yield the single tests of a suite."""
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from tests_of(test)
        else:
            yield test


def inside(form: str, words: list[str]) -> int:
    """Run the suite in the folder that was made for a form, without what is about the folder or the name."""
    from tests.__main__ import modules

    left_out = {**OF_THE_FOLDER, **OF_THE_NAME[form]}
    names = [name for name in modules(words) if name.partition(".")[2] not in left_out]
    warnings.simplefilter("error")
    suite, without = unittest.TestSuite(), 0
    for test in tests_of(unittest.defaultTestLoader.loadTestsFromNames(names)):
        module, _, rest = test.id().removeprefix("tests.").partition(".")
        name = f"{module}.{rest.rpartition('.')[2]}"
        if name in left_out:
            without += 1
        else:
            suite.addTest(test)
    result = unittest.TextTestRunner(verbosity=1, warnings="error").run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    print(f"{form}: {max(result.testsRun - failed - len(result.skipped), 0)} passed, {failed} failed,"
          f" {len(result.skipped)} skipped; left out: {without} tests and the modules"
          f" {', '.join(name for name in left_out if '.' not in name)}", flush=True)
    return 0 if result.wasSuccessful() and result.testsRun else 1


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--inside"]:
        return inside(arguments[1], arguments[2:])
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    return max([run(form, arguments[cut + 1:]) for form in arguments[:cut] or FORMS])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
