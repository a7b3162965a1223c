"""Attributes worked out once or kept in a mapping, and things imported by name."""

from __future__ import annotations

import doctest
import inspect
import pathlib
import sys
import tempfile
import unittest

from minflask.http import utils
from minflask.http.utils import (
    ImportStringError, cached_property, deferred, environ_property, find_modules, get_content_type, header_property,
    import_string, invalidate_cached_property, lazy)


def load_tests(loader, tests, pattern):
    tests.addTests(doctest.DocTestSuite(utils))
    return tests


class Counting:
    calls = 0

    @cached_property
    def cached(self):
        """Told."""
        self.calls += 1
        return self.calls

    @lazy
    def lazily(self):
        """Told."""
        self.calls += 1
        return self.calls


class Slotted:
    __slots__ = ("_cache_cached",)
    calls = []

    @cached_property
    def cached(self):
        self.calls.append(1)
        return len(self.calls)


class Cached(unittest.TestCase):
    def test_a_value_is_worked_out_once(self):
        for name in ["cached", "lazily"]:
            with self.subTest(name):
                made = Counting()
                self.assertEqual((getattr(made, name), getattr(made, name)), (1, 1))
                invalidate_cached_property(made, name)
                self.assertEqual(getattr(made, name), 2)
                setattr(made, name, "set")
                self.assertEqual(getattr(made, name), "set")
                delattr(made, name)
                self.assertEqual(getattr(made, name), 3)

    def test_a_class_with_slots_can_have_one(self):
        made = Slotted()
        self.assertEqual((made.cached, made.cached), (1, 1))
        made.cached = 5
        self.assertEqual(made.cached, 5)
        del made.cached
        self.assertEqual(made.cached, 2)
        invalidate_cached_property(made, "cached")
        invalidate_cached_property(made, "cached")
        self.assertEqual(made.cached, 3)

    def test_it_shows_as_a_property_with_its_docstring(self):
        kinds = {found.name: found.kind for found in inspect.classify_class_attrs(Counting)}
        self.assertEqual(kinds["cached"], "property")
        self.assertEqual((Counting.cached.__doc__, Counting.lazily.__doc__), ("Told.", "Told."))
        self.assertEqual((Counting.cached.__name__, Counting.cached.__module__), ("cached", __name__))


class Deferred(unittest.TestCase):
    def test_a_default_is_loaded_when_it_is_first_asked_for_and_once(self):
        loaded = []

        class Reader:
            decoder = deferred(lambda: loaded.append(1) or "decoder")

        class Own(Reader):
            decoder = "own"

        self.assertEqual((Own.decoder, Own().decoder, loaded), ("own", "own", []))
        self.assertEqual((Reader.decoder, Reader().decoder, loaded), ("decoder", "decoder", [1]))


class Mapped(unittest.TestCase):
    class Message:
        number = environ_property("n", 7, int)
        text = environ_property("t", read_only=False, doc="Told.")
        age = header_property("Age", None, int, str)

        def __init__(self):
            self.environ = {"n": "1"}
            self.headers = {}

    def test_text_of_an_environ_is_shown_as_a_value(self):
        made = self.Message()
        self.assertEqual(made.number, 1)
        for text in ["x", None]:
            made.environ["n"] = text
            self.assertEqual(made.number, 7)
        for change in [lambda: setattr(made, "number", 1), lambda: delattr(made, "number")]:
            self.assertRaises(AttributeError, change)

    def test_a_value_is_written_to_the_headers(self):
        made = self.Message()
        made.age = 5
        self.assertEqual((made.headers, made.age), ({"Age": "5"}, 5))
        made.age = None
        self.assertEqual((made.headers, made.age), ({}, None))
        made.text = "x"
        del made.text
        del made.text
        self.assertEqual((made.environ, self.Message.text.__doc__), ({"n": "1"}, "Told."))
        self.assertIn("Age", repr(self.Message.age))


class Imports(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = pathlib.Path(folder.name) / "utils_sample"
        (root / "inner").mkdir(parents=True)
        for name, text in {"__init__": "", "plain": "value = 1", "broken": "import no_such_module_at_all",
                           "raising": "raise AttributeError('own')", "inner/__init__": "", "inner/deep": ""}.items():
            (root / f"{name}.py").write_text(text)
        sys.path.insert(0, folder.name)
        self.addCleanup(sys.path.remove, folder.name)
        self.addCleanup(lambda: [sys.modules.pop(name) for name in list(sys.modules)
                                 if name.startswith("utils_sample")])

    def test_an_object_is_found_by_its_name(self):
        for name in ["utils_sample.plain.value", "utils_sample.plain:value"]:
            self.assertEqual(import_string(name), 1)
        self.assertIs(import_string("utils_sample.plain"), sys.modules["utils_sample.plain"])

    def test_what_is_not_there_is_told_step_by_step(self):
        for name, told in [("utils_sample.plain.nothing", "sample.plain' found in .*sample.plain.nothing' not found"),
                           ("utils_sample.nothing", "'utils_sample.nothing' not found"),
                           ("no_such", "'no_such' not found"),
                           ("utils_sample.broken", "no_such_module_at_all")]:
            with self.subTest(name):
                with self.assertRaises(ImportStringError) as caught:
                    import_string(name)
                self.assertRegex(str(caught.exception).replace("\n", " "), told)
                self.assertEqual(caught.exception.import_name, name)
                self.assertIsNone(import_string(name, silent=True))

    def test_an_error_of_the_module_itself_is_not_hidden(self):
        with self.assertRaisesRegex(AttributeError, "own"):
            import_string("utils_sample.raising")

    def test_the_modules_of_a_package_are_named(self):
        flat = ["broken", "plain", "raising"]
        for arguments, expected in [({}, flat), ({"include_packages": True}, [*flat, "inner"]),
                                    ({"recursive": True}, [*flat, "inner.deep"])]:
            with self.subTest(arguments):
                self.assertEqual(sorted(find_modules("utils_sample", **arguments)),
                                 sorted(f"utils_sample.{name}" for name in expected))
        with self.assertRaisesRegex(ValueError, "not a package"):
            list(find_modules("utils_sample.plain"))


class Types(unittest.TestCase):
    def test_text_has_a_charset(self):
        for mimetype, expected in [("text/html", True), ("application/xml", True), ("image/svg+xml", True),
                                   ("application/json", False), ("image/png", False)]:
            with self.subTest(mimetype):
                self.assertEqual("charset=x" in get_content_type(mimetype, "x"), expected)


if __name__ == "__main__":
    unittest.main()
