"""The package runs under any name, from a zip, and twice in one process."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

from tests.house.anyname import HELLO

PACKAGE = pathlib.Path(__file__).resolve().parents[1] / "minflask"
PROGRAM = HELLO + """
import sys
assert not any(name == "minflask" or name.startswith("minflask.") for name in sys.modules) or "{name}" == "minflask"
"""


def run(code, path):
    environ = {**os.environ, "PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, cwd=path if
                          os.path.isdir(path) else os.path.dirname(path), env=environ)
    return done.returncode, done.stderr


class Vendoring(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def copy(self, *names):
        place = self.folder.joinpath(*names)
        shutil.copytree(PACKAGE, place, ignore=shutil.ignore_patterns("__pycache__"))
        for parent in place.parents:
            if parent == self.folder:
                break
            (parent / "__init__.py").touch()

    def test_it_runs_as_a_copy_under_another_name(self):
        self.copy("a", "b", "renamed")
        self.assertEqual(run(PROGRAM.format(name="a.b.renamed"), self.folder), (0, ""))

    def test_it_runs_from_a_zip(self):
        archive = self.folder / "bundle.zip"
        with zipfile.ZipFile(archive, "w") as file:
            for path in PACKAGE.rglob("*.py"):
                file.write(path, path.relative_to(PACKAGE.parent))
        self.assertEqual(run(PROGRAM.format(name="minflask"), archive), (0, ""))

    def test_two_copies_stand_side_by_side_in_one_process(self):
        self.copy("first")
        self.copy("second")
        code = PROGRAM.format(name="first") + PROGRAM.format(name="second") + """
import first, second
from first.globals import _current as one
from second.globals import _current as two
assert first.Flask is not second.Flask and one is not two
with first.Flask("x").app_context():
    assert first.current_app and not second.current_app
"""
        self.assertEqual(run(code, self.folder), (0, ""))

    def test_a_template_folder_inside_a_zip_is_read(self):
        archive = self.folder / "site.zip"
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("shop/__init__.py", "from minflask import Flask\napp = Flask(__name__)\n")
            file.writestr("shop/templates/page.html", "hello {{ name }}")
            file.writestr("shop/static/style.css", "body {}")
        code = f"""
import sys
sys.path.insert(0, {str(PACKAGE.parent)!r})
from minflask import render_template
from shop import app
with app.app_context():
    assert render_template("page.html", name="x") == "hello x"
    with app.open_resource("static/style.css") as file:
        assert file.read() == b"body {{}}"
answer = app.test_client().get("/static/style.css", buffered=True)
assert (answer.status_code, answer.data, answer.mimetype) == (200, b"body {{}}", "text/css"), answer
assert app.test_client().get("/static/none.css").status_code == 404
"""
        (self.folder / "x").mkdir()
        for spelling in (archive, self.folder / "x" / ".." / "site.zip"):
            self.assertEqual(run(code, spelling), (0, ""))


if __name__ == "__main__":
    unittest.main()
