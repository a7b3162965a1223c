"""`import flask` and its family mean minflask, after install_as_flask() and not before."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import inspect
import json
import os
import pathlib
import pickle
import subprocess
import sys
import tempfile
import types
import unittest
from unittest import mock

import minflask
from minflask import compat
from minflask.aliases import NEIGHBOURS, SHELVES, TABLE, VERSIONS

ROOT = pathlib.Path(__file__).resolve().parents[1]


def set_aside_family(test: unittest.TestCase) -> None:
    """Start the test without any module of the family, and put them back after it."""
    kept = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in VERSIONS}
    for name in kept:
        del sys.modules[name]

    def put_back() -> None:
        compat.uninstall()
        sys.modules.update(kept)

    test.addCleanup(put_back)


class Installed(unittest.TestCase):
    def setUp(self):
        set_aside_family(self)
        compat.install_as_flask(force=True)


class Table(Installed):
    def test_every_home_exists_and_every_moved_name_is_there(self):
        wrong = []
        for alias in TABLE:
            homes, renamed = compat._row(alias)
            for home in homes:
                try:
                    importlib.import_module(home)
                except ImportError as error:
                    wrong.append(f"{alias}: {error}")
            for name in renamed:
                home, there = compat._locate(alias, name)
                if there and not hasattr(home, there):
                    wrong.append(f"{alias}.{name}")
        self.assertEqual(wrong, [])

    def test_every_alias_below_another_has_it_as_its_package(self):
        self.assertEqual([alias for alias in TABLE if "." in alias and alias.rpartition(".")[0] not in TABLE], [])

    def test_shelves_and_versions_name_aliases(self):
        self.assertLessEqual(SHELVES | set(VERSIONS), set(TABLE))


class Import(Installed):
    def test_names_are_the_same_objects_as_at_home(self):
        from flask import Flask, request
        from flask.json.tag import TaggedJSONSerializer
        from markupsafe import Markup

        self.assertIs(Flask, minflask.Flask)
        self.assertIs(request, minflask.request)
        self.assertIs(Markup, minflask.Markup)
        self.assertIs(TaggedJSONSerializer, importlib.import_module("minflask.json.tag").TaggedJSONSerializer)

    def test_an_alias_is_one_object_also_after_it_was_dropped_from_sys_modules(self):
        import flask.views

        first = sys.modules.pop("flask.views"), sys.modules.pop("flask")
        again = importlib.import_module("flask.views"), importlib.import_module("flask")
        self.assertEqual([one is two for one, two in zip(first, again)], [True, True])
        self.assertIs(flask.views, first[0])

    def test_submodules_are_attributes_of_their_package_without_an_import(self):
        import flask

        self.assertIs(flask.signals, importlib.import_module("flask.signals"))

    def test_modules_say_who_they_are(self):
        import flask.json

        self.assertEqual((flask.__name__, flask.json.__name__), ("flask", "flask.json"))
        self.assertEqual(flask.__version__, "3.1.3")
        self.assertEqual(flask.json.__spec__.parent, "flask.json")
        self.assertEqual(pathlib.Path(flask.json.__file__), ROOT / "minflask" / "json" / "__init__.py")
        self.assertIn("def jsonify", inspect.getsource(flask.json))
        self.assertEqual(importlib.util.find_spec("flask").origin, flask.__file__)

    def test_what_the_originals_import_from_their_kin_can_be_taken_from_there(self):
        import click

        from flask.app import Rule
        from flask.cli import click as found
        from werkzeug.wsgi import Headers
        from minflask.http import headers

        self.assertIs(Rule, importlib.import_module("minflask.routing").Rule)
        self.assertIs(Headers, headers.Headers)
        self.assertIs(found, click)
        with self.assertRaises(ImportError):
            from flask import Rule as nowhere  # noqa: F401

    def test_every_neighbour_exists(self):
        for root, homes in NEIGHBOURS.items():
            for home in homes.split():
                with self.subTest(root=root, home=home):
                    importlib.import_module(compat._full(home))

    def test_a_star_import_brings_the_public_names(self):
        names = {}
        exec("from markupsafe import *", names)
        self.assertIs(names["escape"], minflask.escape)
        self.assertNotIn("_escape_inner", names)

    def test_dir_lists_names_and_submodules(self):
        import flask

        self.assertLessEqual({"Flask", "request", "json", "views", "escape"}, set(dir(flask)))

    def test_what_is_not_there_is_an_error_that_is_remembered(self):
        import flask.signals

        with self.assertRaisesRegex(AttributeError, "'flask.signals' has no attribute 'nothing_like_it'"):
            flask.signals.nothing_like_it
        self.assertIn("flask.signals.nothing_like_it", compat.missed())
        with self.assertRaises(ModuleNotFoundError):
            importlib.import_module("flask.nothing_like_it")

    def test_classes_can_be_pickled_under_either_name(self):
        import itsdangerous

        self.assertIs(pickle.loads(pickle.dumps(itsdangerous.BadData)), itsdangerous.BadData)
        self.assertIs(pickle.loads(b"citsdangerous.exc\nBadData\n."), itsdangerous.BadData)

    def test_the_loader_has_the_code_for_running_a_module(self):
        spec = importlib.util.find_spec("flask.__main__")
        self.assertIn("main", spec.loader.get_code("flask.__main__").co_names)


class Patching(Installed):
    def test_a_name_set_on_an_alias_reaches_the_home_and_goes_back(self):
        import markupsafe

        from minflask import markup

        before = markup._escape_inner
        with mock.patch("markupsafe._escape_inner", lambda text: "patched"):
            self.assertEqual(markup.escape("<"), "patched")
        self.assertIs(markup._escape_inner, before)
        self.assertIs(markupsafe._escape_inner, before)

    def test_a_new_name_lives_in_the_home_until_it_is_deleted(self):
        import flask.signals

        from minflask import signals

        flask.signals.brand_new = 1
        self.assertEqual(signals.brand_new, 1)
        del flask.signals.brand_new
        self.assertFalse(hasattr(signals, "brand_new"))

    def test_a_patch_on_a_shelf_stays_there(self):
        import flask

        with mock.patch("flask.url_for", 5):
            self.assertEqual(flask.url_for, 5)
            self.assertIsNot(minflask.url_for, 5)
        self.assertIs(flask.url_for, minflask.url_for)


class Versions(Installed):
    def test_metadata_answers_for_the_whole_family(self):
        for alias, (project, version) in VERSIONS.items():
            with self.subTest(project):
                self.assertEqual(importlib.metadata.version(alias), version)
                self.assertEqual(importlib.metadata.version(project), version)
                self.assertEqual(importlib.metadata.metadata(project)["Name"], project)

    def test_other_projects_are_looked_up_as_ever(self):
        with self.assertRaises(importlib.metadata.PackageNotFoundError):
            importlib.metadata.version("no-such-project-at-all")


class SwitchingOn(unittest.TestCase):
    def setUp(self):
        set_aside_family(self)

    def test_twice_is_once(self):
        compat.install_as_flask(force=True)
        before = list(sys.meta_path)
        compat.install_as_flask()
        self.assertEqual(sys.meta_path, before)

    def test_it_refuses_when_one_of_the_family_is_imported(self):
        sys.modules["werkzeug"] = real = types.ModuleType("werkzeug")
        with self.assertRaisesRegex(ImportError, "werkzeug is already imported.*force=True"):
            compat.install_as_flask()
        compat.install_as_flask(force=True)
        self.assertIsNot(importlib.import_module("werkzeug"), real)
        compat.uninstall()
        self.assertIs(sys.modules.pop("werkzeug"), real)

    def test_it_refuses_when_flask_is_installed(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(sys, "path", [folder]):
            pathlib.Path(folder, "flask.py").touch()
            importlib.invalidate_caches()
            with self.assertRaisesRegex(ImportError, "installed here.*force=True"):
                compat.install_as_flask()

    def test_uninstall_leaves_nothing(self):
        compat.install_as_flask(force=True)
        import flask

        compat.uninstall()
        compat.uninstall()
        self.assertNotIn("flask", sys.modules)
        self.assertNotIn(compat._finder, sys.meta_path)
        self.assertEqual(flask.__name__, "flask")  # who holds one keeps it

    def test_an_alias_loads_its_home_only_when_a_name_is_asked_for(self):
        code = ("import json, sys; sys.path.insert(0, sys.argv[1]); import minflask; minflask.install_as_flask(True);"
                "import flask, flask.views, werkzeug.wrappers, jinja2.ext;"
                "print(json.dumps([name for name in sys.modules if name.startswith('minflask.')]))")
        done = subprocess.run([sys.executable, "-c", code, str(ROOT)], capture_output=True, text=True, check=True)
        own = set(json.loads(done.stdout)) - {"minflask.compat", "minflask.aliases", "minflask.http", "minflask.jinja"}
        self.assertEqual(own, set())


class WholeProcess(unittest.TestCase):
    """`python -m minflask --as-flask ...` for our commands, for a module, for a file."""

    APP = ("import sys\nfrom flask import Flask\nimport minflask\nassert Flask is minflask.Flask\n"
           "app = Flask(__name__)\n"
           "@app.cli.command()\ndef where(): print('ran on', Flask.__module__)\n"
           "if __name__ == '__main__': print(sys.argv[1:], sys.orig_argv[1:4], __file__)\n")

    def run_it(self, *arguments: str, python: tuple[str, ...] = ()) -> str:
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "shop.py").write_text(self.APP)
            pathlib.Path(folder, "below").mkdir()
            pathlib.Path(folder, "below", "beside.py").write_text("import brother\n")
            pathlib.Path(folder, "below", "brother.py").write_text(
                "import jinja2\nprint(jinja2.Environment.__module__)\n")
            # Python 3.9 makes options of what the environment says.
            environ = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
            done = subprocess.run([sys.executable, *(python or ("-m", "minflask")), *arguments], text=True, cwd=folder,
                                  capture_output=True, env={**environ, "PYTHONPATH": str(ROOT)})
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def test_our_commands_run_an_application_that_imports_flask(self):
        for options in (["--as-flask", "--app", "shop"], ["--app", "shop", "--as-flask"]):
            with self.subTest(options):
                self.assertEqual(self.run_it(*options, "where"), "ran on minflask.app")

    def test_a_module_runs_as_with_pythons_own_option(self):
        self.assertEqual(self.run_it("--as-flask", "-m", "flask", "--app", "shop", "where"), "ran on minflask.app")
        said = self.run_it("--as-flask", "-m", "shop", "-x", "--as-flask")
        self.assertTrue(said.startswith("['-x', '--as-flask'] ['-m', 'minflask', '--as-flask'] /"), said)

    def test_a_file_runs_as_by_python_itself(self):
        said = self.run_it("--as-flask", "shop.py", "8000")
        self.assertEqual(said, "['8000'] ['-m', 'minflask', '--as-flask'] shop.py")
        self.assertEqual(self.run_it("--as-flask", os.path.join("below", "beside.py")), "minflask.jinja.environment")

    def test_a_reloader_starts_the_same_again_where_python_does_not_remember(self):
        # Python 3.9 has no sys.orig_argv.
        code = ("import sys; vars(sys).pop('orig_argv', None); sys.argv[1:] = ['--as-flask', 'shop.py', '8000'];"
                "import minflask.__main__ as entry; entry.main();"
                "from minflask.server.reloader import command_line; print(command_line()[-5:])")
        said = self.run_it(python=("-c", code)).splitlines()
        self.assertEqual(said[-1], "['-m', 'minflask', '--as-flask', 'shop.py', '8000']")

    def test_the_help_tells_of_it(self):
        self.assertIn("--as-flask", self.run_it("--help"))


class SideBySide(unittest.TestCase):
    def test_flask_under_its_name_and_minflask_under_its_own_both_serve(self):
        if importlib.util.find_spec("flask") is None:
            self.skipTest("Flask is not installed")
        code = """if True:
            import flask, minflask, threading, urllib.request
            from werkzeug.serving import make_server as make_theirs
            from minflask.server.serving import make_server as make_ours
            assert flask.Flask is not minflask.Flask
            def shop(framework):
                app = framework.Flask(framework.__name__)
                app.secret_key = "one key for both"
                @app.route("/<name>")
                def hello(name):
                    framework.session["name"] = name
                    return framework.render_template_string("{{ n }} by {{ request.path }} of {{ by }}",
                                                            n=name, by=framework.__name__)
                @app.route("/who")
                def who():
                    return framework.session["name"]
                return app
            apps = shop(flask), shop(minflask)
            for app, make in zip(apps, (make_theirs, make_ours)):
                server = make("127.0.0.1", 0, app)
                threading.Thread(target=server.serve_forever, daemon=True).start()
                with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/ann", timeout=20) as answer:
                    print(answer.read().decode())
                    cookie = answer.headers["Set-Cookie"].partition(";")[0]
                for other in apps:
                    client = other.test_client(use_cookies=False)
                    print(client.get("/who", headers={"Cookie": cookie}).get_data(as_text=True))
                server.shutdown()
                server.server_close()
        """
        done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True,
                              env={**os.environ, "PYTHONPATH": str(ROOT)})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.splitlines(), ["ann by /ann of flask", "ann", "ann",
                                                    "ann by /ann of minflask", "ann", "ann"])


if __name__ == "__main__":
    unittest.main()
