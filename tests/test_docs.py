"""The documentation is true: what it shows runs, what it names exists, and what exists stands in it."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import pathlib
import pkgutil
import re
import shutil
import tempfile
import textwrap
import unittest

import minflask
from minflask import Flask
from minflask.bundle import own_parts

from .house.literate import Reader

ROOT = pathlib.Path(__file__).resolve().parents[1]
INSIDE = ROOT / "docs" / "inside"  # the book, whose blocks are parts of longer files: see test_inside
PAGES = [ROOT / "README.rst", *(path for path in sorted((ROOT / "docs").rglob("*.rst")) if INSIDE not in path.parents)]
BLOCK = re.compile(r"^\.\. code-block:: python\n\n((?:\n|   .*\n)+)", re.M)
REFERENCE = "\n".join(path.read_text("utf-8") for path in (ROOT / "docs" / "reference").glob("*.rst"))

#: Modules with documented classes that are no business of a user: the machinery behind the names of the reference.
MACHINERY = {f"minflask.{name}" for name in """
    assembly bundle copycheck debughelpers devcommands gather jinja_env onefile scaffold
    http.plainform http.request http.request_head http.response http.response_fields http.spool
    jinja.compiler jinja.expressions jinja.filters_sequence jinja.frame jinja.output jinja.scope jinja.writer
    routing.tree server.connection server.debugpage server.gateway server.http1 server.loop server.processes
    server.reloader server.settings server.traces server.workers
    """.split()}


def blocks():
    """Yield (page, number, source) for each block of Python."""
    for path in PAGES:
        for number, match in enumerate(BLOCK.finditer(path.read_text("utf-8")), 1):
            yield path.relative_to(ROOT).as_posix(), number, textwrap.dedent(match[1])


def exists(dotted):
    """Tell whether there is such a name; one of an object is looked for in an object of its kind."""
    from minflask.cli import ScriptInfo
    app = Flask("reference")
    samples = {"Flask": app, "Blueprint": minflask.Blueprint("b", "b"), "Request": minflask.Request({}),
               "Response": minflask.Response(), "session": minflask.sessions.SecureCookieSession(),
               "view": app.view_functions["static"], "ScriptInfo": ScriptInfo()}
    owner, _, name = dotted.rpartition(".")
    kind = owner.rpartition(".")[2]
    if kind in samples:
        reader = own_parts()["assembly.py"].decode()  # it looks for them on views, which may lack them
        return hasattr(samples[kind], name) or kind == "view" and name in reader
    try:
        pkgutil.resolve_name(dotted)
    except (AttributeError, ImportError):
        return False
    return True


class Examples(unittest.TestCase):
    def test_every_block_of_python_runs(self):
        seen = 0
        for page, number, source in blocks():
            seen += 1
            with self.subTest(page=page, number=number):
                if "install_as_flask" in source:
                    self.run_apart(source)
                else:
                    exec(compile(source, f"{page}:{number}", "exec"), {"__name__": "example"})
        self.assertGreater(seen, 4)

    def run_apart(self, source):
        """Run what changes the import system in a process of its own."""
        import subprocess
        import sys
        done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class TemplateLanguage(unittest.TestCase):
    TEXT = (ROOT / "docs/reference/template-language.rst").read_text("utf-8")
    VALUES = {"name": "Ada", "n": 3, "items": ["b", "a", "c"], "empty": [], "text": "a < b",
              "users": [{"name": "Ada", "age": 36}, {"name": "Bob", "age": 25}]}

    def test_each_example_gives_what_the_page_says(self):
        app = Flask("reference")
        examples = re.findall(r"`([^`]*[{][^`]*)` gives ``?([^`]*)`", " ".join(self.TEXT.split("\n")))
        self.assertGreater(len(examples), 100)
        with app.app_context():
            for source, wanted in examples:
                with self.subTest(source=source):
                    seen = minflask.render_template_string(source, **self.VALUES)
                    self.assertEqual(" ".join(seen.replace("\n", " ⏎").split()), " ".join(wanted.split()))

    def test_every_filter_test_function_and_attribute_has_its_entry(self):
        from minflask.jinja.loops import LoopContext
        env = Flask("reference").jinja_env
        for part, names in (("filters", env.filters), ("tests", env.tests), ("globals", env.globals)):
            section = self.TEXT.partition(f".. {part}\n")[2].partition("\n---")[0]
            told = {name for line in re.findall(r"^(\S.*)\n    ", section, re.M) for name in line.split(", ")}
            self.assertEqual(sorted(set(names) - told), [], part)
        told = re.findall(r"^(\w+) {2,}", self.TEXT.partition("In a loop\n")[2].partition("Filters\n")[0], re.M)
        public = {name for name in dir(LoopContext) if not name.startswith("_")} - {"rounds"}  # compiled code's own
        self.assertEqual(sorted(public - {*told}), [])
        with Flask("reference").app_context():
            for name in told[1:]:  # below the head of the table
                known = "{{ loop.%s is defined or not loop.first }}" % name
                source = "{% for i in [1, 2] recursive %}" + known + "{% endfor %}"
                if name != "previtem":
                    self.assertEqual(minflask.render_template_string(source), "TrueTrue", name)


class Tutorial(unittest.TestCase):
    @unittest.skipUnless(os.name == "posix", "the pages are followed in a POSIX shell")
    def test_each_step_does_what_the_page_says(self):
        with tempfile.TemporaryDirectory() as folder:
            clone = pathlib.Path(folder).resolve() / "clone"
            shutil.copytree(ROOT / "minflask", clone / "minflask", ignore=shutil.ignore_patterns("__pycache__"))
            reader = Reader(clone)
            for page in sorted((ROOT / "docs" / "tutorial").glob("[0-9]*.rst")):
                with self.subTest(page=page.name):
                    self.assertGreater(reader.follow(page.read_text("utf-8")), 3)

    def test_a_step_that_is_not_as_shown_is_noticed(self):
        reader = Reader(ROOT)
        for page in (".. code-block:: console\n\n   $ python3 -c 'print(1)'\n   2\n",
                     ".. code-block:: console\n   :class: server\n\n   $ python3 -c 'print(1)'\n   2\n"):
            with self.subTest(page=page), self.assertRaises(AssertionError):
                reader.follow(page)


class Completeness(unittest.TestCase):
    def test_every_configuration_key_is_explained(self):
        missing = [key for key in Flask.default_config if not re.search(rf"^{key} ", REFERENCE, re.M)]
        self.assertEqual(missing, [])

    def test_every_key_in_the_reference_exists(self):
        text = (ROOT / "docs/reference/config.rst").read_text("utf-8")
        self.assertEqual(sorted(set(re.findall(r"^([A-Z_]{3,}) ", text, re.M)) - set(Flask.default_config)), [])

    def test_every_command_and_its_options_are_explained(self):
        from minflask.cli import _OWN_COMMANDS, cli
        from minflask.commands.core import Context
        ctx = Context(cli, info_name="minflask")
        text = (ROOT / "docs/reference/commands.rst").read_text("utf-8")
        for name in _OWN_COMMANDS:
            command = cli.get_command(ctx, name.rpartition("_")[0])
            self.assertRegex(text, rf"(?m)^{re.escape(command.name)}$")
            for param in command.params:
                if not getattr(param, "hidden", False) and param.opts:
                    long = max(param.opts, key=len)
                    self.assertIn(long, text, f"{command.name} {long}")

    def test_every_limit_of_the_server_is_explained_with_its_default(self):
        from minflask.server.http1 import LIMITS
        from minflask.server.settings import DEFAULTS
        text = (ROOT / "docs/reference/server.rst").read_text("utf-8")
        rows = dict(re.findall(r"^([a-z_]+) +(\S+(?: GiB| s)?) ", text, re.M))
        for name, value in {**DEFAULTS, **LIMITS}.items():
            if name not in ("access_log", "tls", "multiprocess"):
                shown = "1 GiB" if value == 1 << 30 else f"{value:g} s" if isinstance(value, float) else value
                self.assertEqual(rows.get(name), str(shown) or '""', name)

    def test_every_field_of_the_access_log_is_explained(self):
        from minflask.server.accesslog import FIELDS
        text = (ROOT / "docs/reference/server.rst").read_text("utf-8")
        self.assertEqual(re.findall(r"^\{(\w+)\} ", text, re.M), list(FIELDS))

    def test_every_public_name_has_a_home_in_the_reference(self):
        modules = set(re.findall(r"^\.\. auto(?:module|class|function):: (minflask[\w.]*)", REFERENCE, re.M))
        elsewhere = {"json", "install_as_flask", "current_app", "g", "request", "session"}  # told in prose
        missing = [name for name in minflask.__all__ if name not in elsewhere
                   and not modules & {f"minflask.{minflask._HOMES[name]}", f"minflask.{name}"}]
        self.assertEqual(missing, [])

    def test_every_module_with_public_classes_is_in_the_reference(self):
        text = REFERENCE + (ROOT / "docs/howto/browser.rst").read_text("utf-8")
        shown = set(re.findall(r"^\.\. auto(?:module|class|exception|function):: (minflask[\w.]*)", text, re.M))
        top = Flask.__module__.rpartition(".")[0]  # the copy may have another name
        homes = shown | {"minflask" + str(getattr(pkgutil.resolve_name(name), "__module__", ""))[len(top):]
                         for name in shown}
        missing, needless = [], []
        for path, data in own_parts().items():
            module = "minflask." + path[:-3].replace("/", ".")
            if path.startswith("learn/") or path.rpartition("/")[2].startswith("__"):
                continue
            classes = [node.name for node in ast.parse(data).body if isinstance(node, ast.ClassDef)
                       and not node.name.startswith("_") and ast.get_docstring(node)]
            if classes and module not in homes | MACHINERY:
                missing.append(module)
            if module in MACHINERY and (module in homes or not classes):
                needless.append(module)
        self.assertEqual((missing, needless), ([], []), "name it in docs/reference, or in MACHINERY here")
        self.assertEqual([name for name in MACHINERY if importlib.util.find_spec(name) is None], [])

    def test_every_name_that_the_reference_describes_exists(self):
        seen = 0
        for path in sorted((ROOT / "docs" / "reference").glob("*.rst")):
            module = "minflask"
            for kind, text in re.findall(r"^\.\. (\w+):: (.*(?:\n {8,}\S.*)*)", path.read_text("utf-8"), re.M):
                if kind == "currentmodule":
                    module = text
                elif kind in ("attribute", "data", "method") or kind.startswith("auto"):
                    for name in (line.partition("(")[0].strip() for line in text.splitlines()):
                        seen += 1
                        with self.subTest(page=path.name, name=name):
                            self.assertTrue(exists(name if name.startswith("minflask.") else f"{module}.{name}"))
        self.assertGreater(seen, 100)

    def test_every_signal_is_described(self):
        told = re.findall(r"^\.\. data:: (\w+)$", (ROOT / "docs/reference/signals.rst").read_text("utf-8"), re.M)
        sent = [name for name in minflask.__all__ if isinstance(getattr(minflask, name), minflask.signals.Signal)]
        self.assertEqual(sorted(told), sorted(sent))

    def test_every_file_that_the_text_names_exists(self):
        missing = []
        for path in PAGES:
            text = path.read_text("utf-8")
            for name in re.findall(r"`((?:docs|tests|minflask)/[\w./-]+)`", text):
                saved = f":caption: {name}" in text  # by the reader
                if not (ROOT / name).exists() and not saved and not name.startswith("docs/_build"):
                    missing.append(f"{path.name}: {name}")
        self.assertEqual(missing, [])

    def test_every_target_of_make_is_told_to_contributors(self):
        targets = re.findall(r"^([a-z-]+):.*?##", (ROOT / "Makefile").read_text("utf-8"), re.M)
        text = (ROOT / "docs" / "contributing.rst").read_text("utf-8")
        self.assertGreater(len(targets), 15)
        self.assertEqual([name for name in targets if f"``{name}``" not in text and not re.search(
            rf"^    make .*\b{name}\b", text, re.M)], [])


class Figures(unittest.TestCase):
    def test_the_figures_of_the_readme_are_those_of_the_results_file(self):
        results = json.loads((ROOT / "docs" / "results.json").read_text("utf-8"))
        from tests.house.figures import table
        self.assertIn(table(results), (ROOT / "README.rst").read_text("utf-8"))


if __name__ == "__main__":
    unittest.main()
