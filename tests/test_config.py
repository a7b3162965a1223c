"""The configuration (section 12 of the seeds: B179, B183, B352-B357; C35; later.md 17, 18)."""

from __future__ import annotations

import io
import json
import os
import pathlib
import sys
import tempfile
import textwrap
import types
import unittest
from unittest import mock

from minflask import Config, Flask
from minflask.config import ConfigAttribute


class Loading(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.config = Config(self.folder, {"OLD": 1})

    def write(self, name, text):
        (self.folder / name).write_text(textwrap.dedent(text), "utf-8")
        return name

    def check(self, **expected):
        self.assertEqual(self.config, {"OLD": 1, **expected})

    def test_only_upper_case_keys_are_taken_from_each_source(self):
        """B352, B354, B355, B356, C35."""
        class Settings:
            KEY, key, Key = "x", 1, 2
        for name, load in (
            ("a mapping", lambda config: config.from_mapping({"KEY": "x", "key": 1})),
            ("keywords", lambda config: config.from_mapping(KEY="x", Key=2)),
            ("both", lambda config: config.from_mapping({"key": 1, "KEY": "y"}, KEY="x")),
            ("pairs", lambda config: config.from_mapping([("KEY", "x"), ("key", 1)])),
            ("a python file", lambda config: config.from_pyfile(self.write("a.cfg", "KEY = 'x'\nkey = 1"))),
            ("a json file", lambda config: config.from_json(self.write("a.json", '{"KEY": "x", "key": 1}'))),
            ("any file", lambda config: config.from_file(self.write("a.json", '{"KEY": "x", "key": 1}'), json.load)),
            ("bytes", lambda config: config.from_file("a.json", lambda f: json.loads(f.read().decode()), text=False)),
            ("a class", lambda config: config.from_object(Settings) is None),
            ("an instance", lambda config: config.from_object(Settings()) is None),
        ):
            with self.subTest(name):
                self.config = Config(self.folder, {"OLD": 1})
                self.assertIs(load(self.config), True)
                self.check(KEY="x")

    def test_a_python_file_is_run_and_may_be_anywhere(self):
        """B354."""
        other = self.folder / "sub"
        other.mkdir()
        (other / "b.py").write_text("import os\nKEY = os.path.basename(__file__) + 'é'\n", "utf-8")
        self.assertIs(self.config.from_pyfile(other / "b.py"), True)
        self.check(KEY="b.pyé")

    def test_an_object_may_be_an_import_name(self):
        """B355."""
        module = types.ModuleType("tests_settings")
        module.KEY = 1
        module.Nested = types.SimpleNamespace(KEY=2)
        with mock.patch.dict(sys.modules, tests_settings=module):
            self.config.from_object("tests_settings")
            self.check(KEY=1)
            self.config.from_object("tests_settings.Nested")
            self.check(KEY=2)
            with self.assertRaises(ImportError):
                self.config.from_object("tests_settings.nothing")

    def test_a_class_is_not_instantiated(self):
        """B355."""
        class Settings:
            @property
            def KEY(self):
                return "worked out"
        self.config.from_object(Settings)
        self.assertIsInstance(self.config["KEY"], property)
        self.config.from_object(Settings())
        self.check(KEY="worked out")

    def test_a_missing_file_is_an_error_or_silently_false(self):
        """B353, B354."""
        for load in (self.config.from_pyfile, self.config.from_json,
                     lambda name, **silent: self.config.from_file(name, json.load, **silent)):
            with self.assertRaisesRegex(OSError, "Unable to load configuration file.*missing.cfg"):
                load("missing.cfg")
            self.assertIs(load("missing.cfg", silent=True), False)
            self.assertIs(load(".", silent=True), False)

    def test_a_variable_names_the_file(self):
        """B353."""
        with mock.patch.dict(os.environ, {"TESTS_SETTINGS": self.write("a.cfg", "KEY = 1")}):
            self.assertIs(self.config.from_envvar("TESTS_SETTINGS"), True)
        self.check(KEY=1)
        with mock.patch.dict(os.environ, clear=True):
            with self.assertRaisesRegex(RuntimeError, "TESTS_SETTINGS.*not set"):
                self.config.from_envvar("TESTS_SETTINGS")
            self.assertIs(self.config.from_envvar("TESTS_SETTINGS", silent=True), False)

    def test_one_mapping_at_most(self):
        """B356."""
        with self.assertRaises(TypeError):
            self.config.from_mapping({}, {})
        self.assertIs(self.config.from_mapping(), True)

    def test_prefixed_variables_are_json_or_text(self):
        """later.md 18."""
        with mock.patch.dict(os.environ, {
            "FLASK_NUMBER": "1", "FLASK_TEXT": "plain: text", "FLASK_LIST": "[1, null]", "FLASK_TRUE": "true",
            "FLASK_DB__HOST": "h", "FLASK_DB__POOL__SIZE": "5", "FLASK_OLD__NEW": "2", "OTHER_X": "1", "FLASKX": "1",
        }, clear=True):
            self.assertIs(self.config.from_prefixed_env(), True)
            self.assertEqual(self.config, {
                "NUMBER": 1, "TEXT": "plain: text", "LIST": [1, None], "TRUE": True, "OLD": {"NEW": 2},
                "DB": {"HOST": "h", "POOL": {"SIZE": 5}}})
            other = Config("")
            other.from_prefixed_env("OTHER", loads=lambda text: text * 2)
            self.assertEqual(other, {"X": "11"})

    def test_a_namespace_is_a_dict_of_keywords(self):
        """B357."""
        self.config = Config("", {"MAIL_HOST": "h", "MAIL_PORT": 25, "OTHER": 1})
        for kwargs, expected in (({}, {"host": "h", "port": 25}), ({"lowercase": False}, {"HOST": "h", "PORT": 25}),
                                 ({"trim_namespace": False}, {"mail_host": "h", "mail_port": 25}),
                                 ({"lowercase": False, "trim_namespace": False}, {"MAIL_HOST": "h", "MAIL_PORT": 25})):
            with self.subTest(kwargs=kwargs):
                self.assertEqual(self.config.get_namespace("MAIL_", **kwargs), expected)

    def test_it_is_a_dict_that_shows_itself(self):
        self.assertEqual(repr(Config("", {"A": 1})), "<Config {'A': 1}>")
        self.assertEqual(json.load(io.StringIO(json.dumps(self.config))), {"OLD": 1})


class Attributes(unittest.TestCase):
    def test_an_attribute_is_a_key_of_the_configuration(self):
        """B179."""
        class App(Flask):
            limit = ConfigAttribute("LIMIT", get_converter=int)
        app = App(__name__)
        app.config["LIMIT"] = "5"
        self.assertEqual(app.limit, 5)
        app.limit = "6"
        self.assertEqual((app.limit, app.config["LIMIT"]), (6, "6"))
        self.assertIsInstance(App.limit, ConfigAttribute)
        app.secret_key = "k"
        self.assertEqual(app.config["SECRET_KEY"], "k")

    def test_the_application_has_one_of_its_class(self):
        """B178, B183."""
        class OwnConfig(Config):
            pass

        class App(Flask):
            config_class = OwnConfig
        self.assertIs(type(App(__name__).config), OwnConfig)


if __name__ == "__main__":
    unittest.main()
