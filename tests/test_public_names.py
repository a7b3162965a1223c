"""Every public name is documented: a docstring that begins with a sentence, and no name without a home."""

from __future__ import annotations

import importlib
import inspect
import pathlib
import unittest

import minflask

PACKAGE = pathlib.Path(minflask.__file__).resolve().parent
MODULES = ["app", "assembly", "blueprints", "config", "ctx", "helpers", "json", "json.provider", "json.tag", "logging",
           "markup", "routing", "scaffold", "security", "sessions", "signals", "signing", "templating", "testing",
           "views", "wrappers", "local", "http.client", "http.exceptions", "http.headers", "http.request",
           "http.response", "http.structures", "jinja.environment", "jinja.loaders", "server", "commands"]


def public_members(module):
    """Yield (name, object) of the classes and functions that a module defines, with the classes' own members."""
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", "") != module.__name__:
            continue
        if inspect.isclass(value) or inspect.isfunction(value):
            yield name, value


class PublicNames(unittest.TestCase):
    def test_every_name_of_the_table_is_there_and_its_own(self):
        for name in minflask.__all__:
            self.assertIsNotNone(getattr(minflask, name), name)

    def test_classes_and_functions_have_docstrings_that_are_sentences(self):
        bare = []
        for name in MODULES:
            module = importlib.import_module(f"minflask.{name}")
            for member, value in public_members(module):
                text = inspect.getdoc(value)
                if not text or not text.split("\n\n")[0].rstrip().endswith((".", ":", "`", "?", "!")):
                    bare.append(f"{name}.{member}")
        self.assertEqual(bare, [])

    def test_documented_methods_of_the_application_have_docstrings(self):
        from minflask import Blueprint, Flask
        bare = [f"{cls.__name__}.{name}" for cls in (Flask, Blueprint) for name, value in inspect.getmembers(cls)
                if not name.startswith("_") and inspect.isfunction(value) and not inspect.getdoc(value)]
        self.assertEqual(bare, [])

    def test_the_version_is_a_release_number(self):
        self.assertRegex(minflask.__version__, r"\A\d+\.\d+\.\d+\Z")


if __name__ == "__main__":
    unittest.main()
