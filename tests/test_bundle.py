"""One file holds the package, or an application with it, and works as the folder did (issue 8, acceptance 3 and 4)."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile
from unittest import mock

import minflask
from minflask.bundle import Bundle, framework_file, in_layers, own_parts
from minflask.copycheck import NotACopy, problems, version_of
from minflask.gather import gather
from tests.house.anyname import HELLO

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = HELLO + """
import sys, inspect
import {name} as package
assert package.__name__ == "{name}" and "{name}.http.codec" in sys.modules
assert not {{"Finder", "_parts", "_one_file", "sys", "marshal"}} & set(vars(package)), vars(package).keys()
assert inspect.getsource(Flask).startswith("class Flask("), inspect.getsource(Flask)[:60]
assert inspect.getsource(Flask.wsgi_app).lstrip().startswith("def wsgi_app(")
"""


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.data = framework_file()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(os.path.realpath(folder.name))

    def put(self, *names):
        place = self.folder.joinpath(*names)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(self.data)
        return place

    def python(self, *arguments, cwd=None, **environ):
        keep = {key: value for key, value in os.environ.items() if not key.startswith(("FLASK_", "PYTHON"))}
        done = subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, text=True,
                              cwd=cwd or self.folder, env={**keep, **environ})
        return done.returncode, done.stdout, done.stderr


class OneFile(Case):
    def test_two_writes_give_the_same_bytes(self):
        self.assertEqual(framework_file(), self.data)
        place = pathlib.Path(minflask.__file__)
        place = place.parents[1] if place.name == "__init__.py" else place.parent
        environ = {"PYTHONPATH": str(place), "PYTHONHASHSEED": "7"}
        code = f"import {minflask.__name__}.bundle as b, hashlib; print(hashlib.sha256(b.framework_file()).hexdigest())"
        if minflask.__name__ == "minflask":
            self.assertEqual(self.python("-c", code, **environ)[1].strip(), hashlib.sha256(self.data).hexdigest())

    def test_the_modules_stand_in_the_order_of_the_layers(self):
        order = in_layers(own_parts())
        self.assertEqual(order[0], "__init__.py")
        for lower, higher in (("markup.py", "jinja/text.py"), ("globals.py", "ctx.py"), ("ctx.py", "app.py")):
            self.assertLess(order.index(lower), order.index(higher))

    def test_it_works_under_any_name_and_twice_in_one_process(self):
        self.put("other_name.py")
        self.put("deep", "inside", "copy.py")
        code = PROGRAM.format(name="other_name") + PROGRAM.format(name="deep.inside.copy") + """
import other_name, deep.inside.copy as second
assert other_name.Flask is not second.Flask
assert not any(name.partition(".")[0] == "minflask" for name in sys.modules)
"""
        self.assertEqual(self.python("-W", "error", "-c", code), (0, "", ""))

    def test_it_works_from_a_zip(self):
        with zipfile.ZipFile(self.folder / "x.zip", "w") as file:
            file.writestr("renamed.py", self.data)
        code = PROGRAM.format(name="renamed")
        self.assertEqual(self.python("-c", code, PYTHONPATH=str(self.folder / "x.zip")), (0, "", ""))

    def test_it_runs_as_the_command_line_under_names_that_are_no_identifiers_too(self):
        for name in ("minflask.py", "mini-flask 2.py"):
            with self.subTest(name=name):
                code, out, err = self.python("-I", "-S", self.put(name), "secret")
                self.assertEqual((code, err), (0, ""))
                self.assertRegex(out, r"^[0-9a-f]{64}\n\Z")
        self.assertIn("minflask 0", self.python("-m", "minflask", "--version")[1])

    def test_an_application_beside_it_is_found_and_shares_its_modules(self):
        self.put("single.py")
        self.folder.joinpath("app.py").write_text(
            "from single import Flask\napp = Flask(__name__)\napp.add_url_rule('/here', 'here', lambda: '')\n")
        code, out, err = self.python("single.py", "routes")
        self.assertEqual((code, err), (0, ""))
        self.assertIn("/here", out)

    def test_a_traceback_shows_the_real_lines_of_the_file(self):
        place = self.put("single.py")
        for kept in ("compiled now", "kept in __pycache__"):
            with self.subTest(kept=kept):
                code, _, err = self.python("-c", "from single.http.codec import http_date; http_date(object)")
                self.assertEqual(code, 1)
                line, shown = re.search(rf'File "{re.escape(str(place))}", line (\d+), in http_date\n    (.+)\n', err)\
                    .groups()
                self.assertEqual(self.data.decode().split("\n")[int(line) - 1].strip(), shown)

    def test_compiled_code_is_kept_and_not_believed_when_the_file_changed(self):
        place = self.put("single.py")
        code = "from single.http.codec import http_date; print(http_date.__doc__)"
        first = self.python("-c", code)[1]
        self.assertIn("single.", "".join(os.listdir(self.folder / "__pycache__")))
        old = first.encode().split(b"\n")[0]
        place.write_bytes(self.data.replace(old, b"Changed. " + old))
        self.assertEqual(self.python("-c", code)[1], "Changed. " + first)
        for kept in (self.folder / "__pycache__").glob("*.part"):
            kept.write_bytes(kept.read_bytes()[:200])
        self.assertEqual(self.python("-c", code)[1], "Changed. " + first)

    def test_it_writes_itself_again(self):
        self.put("single.py")
        self.assertEqual(self.python("single.py", "bundle", "--framework-only", "-o", "again.py")[0], 0)
        self.assertEqual(self.folder.joinpath("again.py").read_bytes(), self.data)

    def test_aliases_of_flask_are_served_by_it(self):
        self.put("single.py")
        code = "import single; single.install_as_flask(force=True); import flask; assert flask.Flask is single.Flask"
        self.assertEqual(self.python("-c", code), (0, "", ""))


class CheckCopy(Case):
    def test_an_unchanged_copy_has_no_problems(self):
        self.assertEqual(problems(self.data), [])
        self.assertEqual(version_of(self.data), minflask.__version__)

    def test_a_changed_byte_is_found_wherever_it_is(self):
        """S187: and a copy says which version it is."""
        text = self.data.decode()
        middle = text.index("class Flask(")
        cases = {
            middle: ["app.py was changed."],
            text.index("# Copyright") + 3: ["Something outside of the parts was changed"],
            text.rindex("def _one_file") + 5: ["Something outside of the parts was changed"],
        }
        for place, told in cases.items():
            with self.subTest(place=place):
                changed = bytearray(self.data)
                changed[len(text[:place].encode())] = ord("Z")
                self.assertTrue(problems(bytes(changed))[0].startswith(told[0]), problems(bytes(changed)))

    def test_a_missing_and_an_added_part_are_named(self):
        text = self.data.decode()
        added = text.replace("\n\ndef _one_file", "\n_parts['x.py'] = 1, r'''x'''\n\n\ndef _one_file", 1)
        self.assertEqual(problems(added.encode()), ["x.py was added."])
        removed = text.replace("_parts['licence.py'] =", "_other['licence.py'] =", 1)
        self.assertEqual(problems(removed.replace("_other['licence.py']", "_other", 1).encode()),
                         ["licence.py is missing."])

    def test_another_file_is_no_copy(self):
        for data in (b"", b"#!/usr/bin/env python3\nprint()\n", b"\xff"):
            with self.assertRaises(NotACopy):
                problems(data)

    def test_the_command_tells_and_exits_with_status_1(self):
        place = self.put("single.py")
        code, out, _ = self.python("single.py", "check-copy", place)
        self.assertEqual((code, "is whole" in out, "what this minflask writes" in out), (0, True, True))
        self.folder.joinpath("bad.py").write_bytes(self.data.replace(b"class Flask(", b"class Flesk("))
        code, out, _ = self.python("single.py", "check-copy", "bad.py")
        self.assertEqual((code, out), (1, "app.py was changed.\n"))


APP = {
    "shop/__init__.py": """\
from {name} import Flask, abort, render_template, send_from_directory
app = Flask(__name__)
from . import admin
app.register_blueprint(admin.bp)
@app.route("/")
def index():
    return render_template("index.html", word=app.open_resource("data/word.txt", "r").read())
@app.route("/dir/<path:name>")
def file(name):
    return send_from_directory("static", name)
@app.route("/boom")
def boom():
    raise ValueError("broken")
@app.errorhandler(404)
def missing(error):
    return render_template("missing.html"), 404
""",
    "shop/admin/__init__.py": """\
# -*- coding: latin-1 -*-
from {name} import Blueprint, render_template
bp = Blueprint("admin", __name__, template_folder="templates", static_folder="static",
               static_url_path="/admin/static")
@bp.route("/admin")
def admin():
    return render_template("admin.html", text='''it\\'s "three" quotes: \\\\ ''' + \"\"\" and '''\\n\"\"\" + "\xe9")
""",
    "shop/templates/index.html": "<p>{{ word }}</p>{% include 'part.html' %}",
    "shop/templates/part.html": "caf\xe9 '''\\",
    "shop/templates/missing.html": "no such page",
    "shop/admin/templates/admin.html": "{{ text }}",
    "shop/admin/static/a.css": "a {}\r\n",
    "shop/static/data.bin": "".join(map(chr, range(256))),
    "shop/data/word.txt": "hello",
    "shop/instance/secret.txt": "not to be taken",
    "shop/fast.so": "ELF",
}
DRIVE = """
import sys
{start}
app = shop.app
assert {archive!r} in shop.__file__, shop.__file__
client = app.test_client()
def get(url, **kwargs):
    with client.get(url, **kwargs) as answer:
        return answer.status_code, answer.data, answer.headers
assert get("/")[:2] == (200, "<p>hello</p>caf\xe9 '''\\\\".encode()), get("/")
assert get("/none")[:2] == (404, b"no such page")
status, data, headers = get("/static/data.bin")
whole = bytes(range(256))
assert (status, data, headers["Content-Length"]) == (200, whole, "256"), (status, data)
assert get("/static/data.bin", headers={{"If-None-Match": headers["ETag"]}})[0] == 304
status, data, headers = get("/dir/data.bin", headers={{"Range": "bytes=250-"}})
assert (status, data, headers["Content-Range"]) == (206, whole[250:], "bytes 250-255/256"), (status, data)
assert get("/static/../__init__.py")[0] == get("/dir/../__init__.py")[0] == get("/static/none")[0] == 404
assert get("/admin/static/a.css")[1] == b"a {{}}\\r\\n"
quoted = "it&#39;s &#34;three&#34; quotes: \\\\  and &#39;&#39;&#39;\\n\xe9"
assert get("/admin")[1].decode() == quoted, get("/admin")[1]
assert get("/boom")[0] == 500
assert sorted(app.jinja_env.list_templates()) == ["admin.html", "index.html", "missing.html", "part.html"]
import os
assert app.instance_path == os.path.join(os.path.dirname({archive!r}), "instance"), app.instance_path
"""


class Application(Case):
    def setUp(self):
        super().setUp()
        self.source = self.folder / "source"
        for name, text in APP.items():
            place = self.source / name
            place.parent.mkdir(parents=True, exist_ok=True)
            text = text.replace("{name}", minflask.__name__) if name.endswith(".py") else text
            is_latin = name.endswith(("admin/__init__.py", ".bin"))
            place.write_bytes(text.encode("latin-1" if is_latin else "utf-8"))

    def bundle(self, kind):
        module, found = gather(str(self.source / "shop"), [str(self.source / "shop" / "data")])
        self.refused = found.refused
        made = Bundle(module, None, found.parts)
        place = self.folder / "moved" / f"one.{kind}"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(made.script() if kind == "py" else made.zipapp())
        return place

    def test_every_page_is_as_before_from_inside(self):
        starts = {"pyz": "sys.path.insert(0, {!r})\nimport shop", "py": "sys.path.insert(0, {!r})\nimport one, shop"}
        for kind, start in starts.items():
            with self.subTest(kind=kind):
                place = self.bundle(kind)
                start = start.format(str(place if kind == "pyz" else place.parent))
                code, out, err = self.python("-I", "-S", "-c", DRIVE.format(start=start, archive=str(place)))
                self.assertEqual((code, out), (0, ""), err)
                self.assertIn("ValueError: broken", err)  # the log of the page that fails
                self.assertIn('raise ValueError("broken")', err)

    def test_the_commands_run_from_a_folder_without_write_access(self):
        for kind in ("pyz", "py"):
            with self.subTest(kind=kind):
                place = self.bundle(kind)
                os.chmod(place.parent, 0o555)
                try:
                    code, out, err = self.python("-I", "-S", place.name, "routes", cwd=place.parent)
                    checked = self.python("-I", "-S", place.name, "check", cwd=place.parent)[1]
                finally:
                    os.chmod(place.parent, 0o755)
                self.assertEqual((code, err), (0, ""))
                self.assertIn("/admin", out)
                self.assertIn("SECRET_KEY", checked)
                self.assertEqual(os.listdir(place.parent), [place.name])
                place.unlink()

    def test_what_is_not_asked_for_or_compiled_stays_out_and_is_named(self):
        with zipfile.ZipFile(self.bundle("pyz")) as archive:
            names = archive.namelist()
        self.assertEqual([name for name in names if "instance" in name or name.endswith(".so")], [])
        self.assertEqual([name for name in names if "/learn/" in name], [])
        self.assertIn("shop/data/word.txt", names)
        self.assertEqual(len(self.refused), 1)
        self.assertIn("shop/fast.so: compiled for one system", self.refused[0])

    def test_the_same_files_give_the_same_bytes(self):
        for kind in ("pyz", "py"):
            first = self.bundle(kind).read_bytes()
            for path in self.source.rglob("*"):
                os.utime(path, (0, 1_000_000_000))
            self.assertEqual(self.bundle(kind).read_bytes(), first)

    def test_a_script_with_an_application_can_be_checked(self):
        data = self.bundle("py").read_bytes()
        self.assertEqual(problems(data), [])
        self.assertEqual(problems(data.replace(b"no such page", b"no such pape")),
                         ["shop/templates/missing.html was changed."])

    def test_a_module_is_taken_with_the_folders_beside_it(self):
        for name, text in {"solo.py": "", "templates/t.html": "t", "static/s.css": "s", "other.txt": "o"}.items():
            place = self.folder / "flat" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        module, found = gather(str(self.folder / "flat" / "solo.py"))
        self.assertEqual((module, sorted(found.parts)), ("solo", ["solo.py", "static/s.css", "templates/t.html"]))

    def test_folders_that_a_module_names_are_taken_if_they_lie_below_it(self):
        files = {"__init__.py": "from . import b\nFlask(__name__, static_folder='files', template_folder='../out')\n",
                 "b/__init__.py": "Blueprint('b', __name__, template_folder='pages/html', static_folder=None)\n"
                                  "Blueprint('c', __name__, template_folder=f'{1}', static_folder='.')\n",
                 "b/pages/html/t.html": "", "b/pages/no.html": "", "files/deep/s.css": "", "../out/o.html": "",
                 "broken.py": "def", "deep.py": "x = " + "-" * 3000 + "1", "deeper.py": "x = " + "-" * 100000 + "1",
                 "warned.py": "x = '\\d'; Flask(__name__, static_folder='more')", "more/m.css": ""}
        for name, text in files.items():
            place = self.folder / "named" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        taken = sorted(gather(str(self.folder / "named"))[1].parts)
        self.assertEqual(taken, ["named/__init__.py", "named/b/__init__.py", "named/b/pages/html/t.html",
                                 "named/broken.py", "named/deep.py", "named/deeper.py", "named/files/deep/s.css",
                                 "named/more/m.css", "named/warned.py"])
        shutil.copy(self.folder / "named" / "__init__.py", self.folder / "named" / "alone.py")
        found = gather(str(self.folder / "named" / "alone.py"))[1]
        self.assertEqual(sorted(found.parts), ["alone.py", "files/deep/s.css"])

    def test_places_in_the_archive_are_counted_from_the_start_of_the_file(self):
        data = self.bundle("pyz").read_bytes()
        (directory,) = struct.unpack("<I", data[-6:-2])  # in the last record, before an empty comment
        self.assertEqual(data[directory:directory + 4], b"PK\x01\x02")

    def test_installed_packages_come_along_if_asked(self):
        shutil.copytree(self.source / "shop" / "admin", self.source / "extra")
        found = gather(str(self.source / "shop"), packages=["extra"])[1]
        self.assertIn("extra/__init__.py", found.parts)
        for name in ("extra.inside", "no_such_package", "sys"):
            with self.assertRaisesRegex(ValueError, name):
                gather(str(self.source / "shop"), packages=[name])

    def test_what_is_no_application_is_refused_in_words(self):
        (self.folder / "empty").mkdir()
        for path, told in ((self.folder / "empty", "no __init__.py"), (self.folder / "none.py", "neither a package")):
            with self.assertRaisesRegex(ValueError, told):
                gather(str(path))
        with self.assertRaisesRegex(ValueError, "beside or in the application"):
            gather(str(self.source / "shop"), [str(self.folder / "empty")])

    def test_the_command_writes_both_kinds(self):
        from minflask.cli import cli
        from minflask.commands.runner import CliRunner
        runner = CliRunner()
        for kind in ("pyz", "py"):
            target = self.folder / f"out.{kind}"
            result = runner.invoke(cli, ["bundle", str(self.source / "shop"), "-o", str(target)])
            self.assertEqual(result.exit_code, 0, result.output)
            self.assertIn("not taken: shop/fast.so", result.output)
            self.assertTrue(target.read_bytes().startswith(b"#!/usr/bin/env python3\n"))
        for wrong in (["-o", "x.py"], ["--framework-only", "-o", "x.pyz"], [str(self.source), "-o", "x.pyz"],
                      [str(self.source / "shop"), "-o", "x.exe"]):
            self.assertEqual(runner.invoke(cli, ["bundle", *wrong]).exit_code, 2, wrong)

    def test_what_cannot_be_written_is_told_and_nothing_is_left_behind(self):
        from minflask.cli import cli
        from minflask.commands.runner import CliRunner
        full = OSError(errno.ENOSPC, "No space left")
        for path, patch in ((self.folder / "missing" / "x.py", contextlib.nullcontext()),
                            (self.folder / "x.py", mock.patch("os.replace", side_effect=full))):
            with patch:
                result = CliRunner().invoke(cli, ["bundle", "--framework-only", "-o", str(path)])
            self.assertEqual((result.exit_code, type(result.exception)), (1, SystemExit))
            self.assertIn(f"{str(path)!r} cannot be written: No s", result.output)
        self.assertEqual([path.name for path in self.folder.iterdir() if path.name.endswith(".part")], [])


class Example(Case):
    """One of the examples in one form; `make bundles` has all of them in each."""

    @unittest.skipUnless(hasattr(os, "geteuid"), "needs users")
    @unittest.skipIf(minflask.__name__ != "minflask", "the examples import minflask by its name")
    def test_it_is_served_as_before_to_a_user_without_rights_where_there_are_no_streams(self):
        from tests.house import bundles
        start = bundles.someone()
        if not start and os.access("/", os.W_OK):
            self.skipTest("this user may write everywhere")
        try:
            bundles.python_for(start)
        except SystemExit as reason:
            self.skipTest(str(reason))
        os.chmod(self.folder, 0o755)
        told = io.StringIO()
        with contextlib.redirect_stdout(told):
            failed = bundles.compare("uploads", self.folder, start, ("pyz",), {"no standard stream": (0, 1, 2)})
        os.chmod(self.folder / "moved", 0o755)
        self.assertEqual(failed, 0, told.getvalue())


class Licence(unittest.TestCase):
    def test_the_package_holds_the_text_of_the_licence(self):
        from minflask.licence import TEXT
        self.assertEqual(TEXT, (ROOT / "LICENSE").read_text("utf-8"))


if __name__ == "__main__":
    unittest.main()
