"""Tracebacks show the template's own file and line, and errors can be kept and sent."""
from __future__ import annotations

import pathlib
import pickle
import subprocess
import sys
import tempfile
import traceback
import unittest

from minflask.jinja.environment import Environment
from minflask.jinja.errors import (
    TemplateAssertionError, TemplateError, TemplateNotFound, TemplatesNotFound, TemplateSyntaxError, UndefinedError,
    nearest,
)
from minflask.jinja.loaders import DictLoader, FileSystemLoader
from minflask.jinja.undefined import Undefined

FILES = {
    "page.html": "{% extends 'layout.html' %}\n{% from 'lib.html' import m %}\n{% block body %}\n  text\n"
                 "  {{ m(fail) }}\n{% endblock %}",
    "layout.html": "<title>\n\n{% block body %}{% endblock %}",
    "lib.html": "{% macro m(f) %}\n\n{{ f() }}\n{% endmacro %}",
    "loop.html": "\n{% for x in [1] recursive %}\n{{ fail() }}\n{% endfor %}",
    "caller.html": "{% macro m() %}{{ caller() }}{% endmacro %}\n{% call m() %}\n{{ fail() }}\n{% endcall %}",
    "condition.html": "\n\n{% for x in [1]\nif fail() %}{{ loop.index }}{% endfor %}",
    "include.html": "\n{% include 'broken.html' %}", "broken.html": "a\n\n{% if x %}\n{% endfor %}",
    "long.html": "{{ a }}\n{{ b }}\n{{ c }}\n{{ d + 1 }}\n{{ e }}",
}
# template: (file, line, function) of the entries that lie in templates
TRACES = {
    "page.html": [("page.html", 1, "top-level template code"), ("layout.html", 3, "top-level template code"),
                  ("page.html", 5, "block 'body'"), ("lib.html", 3, "macro 'm'")],
    "loop.html": [("loop.html", 2, "top-level template code"), ("loop.html", 3, "recursive loop")],
    "caller.html": [("caller.html", 2, "top-level template code"), ("caller.html", 1, "macro 'm'"),
                    ("caller.html", 3, "call block")],
    "condition.html": [("condition.html", 3, "top-level template code"), ("condition.html", 4, "loop condition")],
    "long.html": [("long.html", 4, "top-level template code")],
}


def fail():
    raise ZeroDivisionError("on purpose")


def error_of(function, *args, **kwargs):
    """Return what a call raises, with its traceback (assertRaises drops that)."""
    try:
        function(*args, **kwargs)
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


class Tracebacks(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        for name, source in FILES.items():
            (self.folder / name).write_text(source, "utf-8")
        self.env = Environment(loader=FileSystemLoader(self.folder))

    def entries(self, error):
        return [(pathlib.Path(entry.filename).name, entry.lineno,
                 entry.name) for entry in traceback.extract_tb(error.__traceback__)
                if entry.filename.endswith(".html")]

    def test_every_frame_of_a_template_has_its_line_and_name(self):
        for name, expected in TRACES.items():
            with self.subTest(template=name):
                error = error_of(self.env.get_template(name).render, fail=fail, d="text")
                self.assertIsInstance(error, (ZeroDivisionError, TypeError))
                self.assertEqual(self.entries(error), expected)

    def test_the_lines_themselves_are_shown(self):
        error = error_of(self.env.get_template("page.html").render, fail=fail)
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        self.assertIn("{{ m(fail) }}", text)
        self.assertIn("in fail", text)
        self.assertNotIn("in call\n", text)

    def test_an_undefined_value_points_at_the_template(self):
        last = traceback.extract_tb(error_of(self.env.from_string("\n\n{{ user.name }}").render).__traceback__)[-1]
        self.assertEqual((last.filename, last.lineno), ("<template>", 3))

    def test_a_generator_shows_lines_too(self):
        error = error_of(lambda: list(self.env.get_template("loop.html").generate(fail=fail)))
        self.assertEqual(self.entries(error), TRACES["loop.html"])

    def test_a_wrong_template_is_shown_at_its_line_and_without_the_parser(self):
        error = error_of(self.env.get_template("include.html").render)
        self.assertIsInstance(error, TemplateSyntaxError)
        self.assertEqual(self.entries(error)[-1], ("broken.html", 4, "template"))
        self.assertTrue(error.translated)
        self.assertEqual(error.source, FILES["broken.html"])
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        self.assertNotIn("parser.py", text)
        self.assertTrue(text.strip().endswith("waits for 'elif' or 'else' or 'endif'."), text)

    def test_a_program_that_dies_of_it_shows_the_template(self):
        program = ("from minflask.jinja.environment import Environment\n"
                   "from minflask.jinja.loaders import FileSystemLoader\n"
                   f"Environment(loader=FileSystemLoader({str(self.folder)!r})).get_template('long.html').render(d='')")
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        self.assertIn("long.html\", line 4, in top-level template code\n    {{ d + 1 }}", done.stderr)

    def test_lines_of_a_template_without_a_file(self):
        template = Environment(loader=DictLoader(FILES)).get_template("long.html")
        entries = traceback.extract_tb(error_of(template.render, d="").__traceback__)
        self.assertEqual([entry.lineno for entry in entries if entry.filename == "<template>"], [4])


class Exceptions(unittest.TestCase):
    def test_an_error_tells_its_place(self):
        error = TemplateSyntaxError("wrong", 2, "page", "page.html")
        self.assertEqual(str(error), 'wrong\n  line 2 of "page.html"')
        error.source = "a\n  {% b %}\nc"
        self.assertEqual(str(error), 'wrong\n  line 2 of "page.html"\n    {% b %}')
        self.assertEqual(str(TemplateSyntaxError("wrong", 2)), "wrong\n  line 2")
        error.translated = True
        self.assertEqual(str(error), "wrong")
        self.assertEqual(TemplateError("a").message, "a")
        self.assertIsNone(TemplateError().message and None)

    def test_an_error_can_be_sent_to_another_process(self):
        for kind in (TemplateSyntaxError, TemplateAssertionError):
            error = kind("wrong", 2, "page", "page.html")
            other = pickle.loads(pickle.dumps(error))
            self.assertEqual((type(other), str(other), other.name, other.lineno), (kind, str(error), "page", 2))

    def test_missing_templates_are_named(self):
        self.assertEqual((str(TemplateNotFound("a")), TemplateNotFound("a").templates), ("a", ["a"]))
        self.assertEqual(str(TemplateNotFound("a", "no a here")), "no a here")
        several = TemplatesNotFound(["a", "b"])
        self.assertEqual((str(several), several.name, several.templates),
                         ("no template was found among: a, b", "b", ["a", "b"]))
        self.assertEqual(TemplatesNotFound(message="none").templates, [])
        self.assertIsInstance(several, (OSError, LookupError, TemplateError))

    def test_an_undefined_name_of_a_template_says_what_was_undefined(self):
        with self.assertRaisesRegex(UndefinedError, "'layout' is undefined"):
            raise TemplateNotFound(Undefined(name="layout"))
        self.assertIn("'layout' is undefined, b", str(TemplatesNotFound([Undefined(name="layout"), "b"])))

    def test_a_guess_needs_some_likeness(self):
        self.assertEqual(nearest("blok", ["block", "for"]), " Did you mean 'block'?")
        self.assertEqual(nearest("zzz", ["block", "for"]), "")


if __name__ == "__main__":
    unittest.main()
