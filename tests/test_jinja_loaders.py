"""Loaders: from a name to a template, whatever holds it."""
from __future__ import annotations

import gc
import os
import pathlib
import sys
import tempfile
import types
import unittest
import zipfile

from minflask.jinja.bccache import Bucket, BytecodeCache, FileSystemBytecodeCache, MemcachedBytecodeCache
from minflask.jinja.environment import Environment
from minflask.jinja.errors import TemplateNotFound, TemplateSyntaxError
from minflask.jinja.loaders import (
    BaseLoader, ChoiceLoader, DictLoader, FileSystemLoader, FunctionLoader, ModuleLoader, PackageLoader, PrefixLoader,
    split_template_path,
)


class Folder(unittest.TestCase):
    """A folder with ``a.html``, ``sub/b.html`` and a few more, that is gone afterwards."""

    FILES = {"a.html": "A {{ x }}", "sub/b.html": "B", "sub/ä.txt": "ü"}

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        for name, text in self.FILES.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def importable(self, path):
        sys.path.insert(0, str(path))
        self.addCleanup(sys.path.remove, str(path))

    def forget(self, name):
        self.addCleanup(lambda: [sys.modules.pop(known) for known in list(sys.modules) if known.split(".")[0] == name])


class FileSystem(Folder):
    def test_a_template_comes_from_its_file(self):
        loader = FileSystemLoader(self.folder)
        self.assertEqual(Environment(loader=loader).get_template("a.html").render(x=1), "A 1")
        self.assertEqual(loader.get_source(None, "sub/ä.txt")[:2], ("ü", str(self.folder / "sub" / "ä.txt")))

    def test_names_are_listed_with_slashes(self):
        self.assertEqual(FileSystemLoader(str(self.folder)).list_templates(), ["a.html", "sub/b.html", "sub/ä.txt"])

    def test_the_first_folder_that_has_the_name_wins(self):
        self.write("other/a.html", "other")
        env = Environment(loader=FileSystemLoader([self.folder / "other", self.folder]))
        self.assertEqual([env.get_template(name).render() for name in ("a.html", "sub/b.html")], ["other", "B"])

    def test_the_encoding_may_be_another(self):
        (self.folder / "latin").write_bytes("ß".encode("latin-1"))
        self.assertEqual(FileSystemLoader(self.folder, "latin-1").get_source(None, "latin")[0], "ß")

    def test_links_to_folders_are_listed_when_asked_for(self):
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "c.html").write_text("C")
        inside = self.folder / "inside"
        inside.mkdir()
        os.symlink(elsewhere, inside / "link")
        self.assertEqual(FileSystemLoader(inside).list_templates(), [])
        self.assertEqual(FileSystemLoader(inside, followlinks=True).list_templates(), ["link/c.html"])
        self.assertEqual(FileSystemLoader(inside).get_source(None, "link/c.html")[0], "C")

    def test_a_missing_template_names_the_folders(self):
        loader = FileSystemLoader([str(self.folder), "/elsewhere"])
        for name in ("nothing.html", "sub", "a.html/b"):
            with self.subTest(name=name), self.assertRaises(TemplateNotFound) as caught:
                loader.get_source(None, name)
            self.assertEqual(caught.exception.name, name)
            self.assertIn(f"'{self.folder}', '/elsewhere'", str(caught.exception))

    def test_a_changed_file_is_compiled_again(self):
        env = Environment(loader=FileSystemLoader(self.folder))
        first = env.get_template("a.html")
        self.assertIs(env.get_template("a.html"), first)
        os.utime(self.write("a.html", "new"), (1, 1))
        self.assertFalse(first.is_up_to_date)
        self.assertEqual(env.get_template("a.html").render(), "new")

    def test_a_deleted_file_is_not_up_to_date(self):
        template = Environment(loader=FileSystemLoader(self.folder)).get_template("a.html")
        (self.folder / "a.html").unlink()
        self.assertFalse(template.is_up_to_date)


class Paths(unittest.TestCase):
    def test_names_are_cut_into_steps(self):
        for name, steps in (("a", ["a"]), ("a/b", ["a", "b"]), ("./a//b/.", ["a", "b"]), ("/a", ["a"]),
                            ("...", ["..."])):
            with self.subTest(name=name):
                self.assertEqual(split_template_path(name), steps)


class InPackages(Folder):
    FILES = {
        "jinja_pack/__init__.py": "", "jinja_pack/templates/t.html": "T", "jinja_pack/templates/sub/u.html": "U",
        "jinja_pack/own/v.html": "V", "jinja_pack/inner/__init__.py": "", "jinja_pack/inner/templates/w.html": "W",
        "jinja_single.py": "", "templates/s.html": "S",
    }

    def setUp(self):
        super().setUp()
        self.forget("jinja_pack")
        self.forget("jinja_single")

    def check_pack(self, path_of):
        loader = PackageLoader("jinja_pack")
        self.assertEqual(loader.list_templates(), ["sub/u.html", "t.html"])
        self.assertEqual(loader.get_source(None, "sub/u.html")[:2], ("U", path_of("jinja_pack/templates/sub/u.html")))
        self.assertEqual(Environment(loader=loader).get_template("t.html").render(), "T")
        self.assertEqual(PackageLoader("jinja_pack", "./own/").get_source(None, "v.html")[0], "V")
        self.assertEqual(PackageLoader("jinja_pack", ".").get_source(None, "own/v.html")[0], "V")
        self.assertEqual(PackageLoader("jinja_pack.inner").list_templates(), ["w.html"])
        self.assertEqual(PackageLoader("jinja_single").list_templates(), ["s.html"])
        for name in ("nothing.html", "sub", "../__init__.py"):
            with self.subTest(name=name), self.assertRaises(TemplateNotFound):
                loader.get_source(None, name)

    def test_a_package_on_disk(self):
        self.importable(self.folder)
        self.check_pack(lambda name: str(self.folder / name))
        with self.assertRaisesRegex(ValueError, "could not find a 'nothing' directory"):
            PackageLoader("jinja_pack", "nothing")

    def test_a_package_in_a_zip(self):
        archive = self.folder / "all.zip"
        with zipfile.ZipFile(archive, "w") as file:
            for name, text in self.FILES.items():
                file.writestr(name, text)
        self.importable(archive)
        self.check_pack(lambda name: str(archive / name))
        self.assertIs(PackageLoader("jinja_pack").get_source(None, "t.html")[2], None)

    def test_a_package_of_another_loader(self):
        class Loader:
            def get_data(self, path):
                if path != os.path.join("nowhere", "templates", "x.html"):
                    raise OSError("not here")
                return b"X"

        module = types.ModuleType("jinja_pack")
        module.__path__ = ["nowhere"]
        module.__spec__ = types.SimpleNamespace(loader=Loader())
        sys.modules["jinja_pack"] = module
        loader = PackageLoader("jinja_pack")
        self.assertEqual(loader.get_source(None, "x.html")[0], "X")
        self.assertRaises(TemplateNotFound, loader.get_source, None, "y.html")
        self.assertRaises(TypeError, loader.list_templates)

    def test_a_namespace_package_has_several_folders(self):
        for name in ("one/jinja_space/nothing.txt", "two/jinja_space/templates/n.html"):
            self.importable(self.write(name, "N").parents[2 if "templates" in name else 1])
        self.forget("jinja_space")
        self.assertEqual(PackageLoader("jinja_space").get_source(None, "n.html")[0], "N")


class Combined(unittest.TestCase):
    def test_a_dict(self):
        loader = DictLoader({"b": "B", "a": "A"})
        env = Environment(loader=loader)
        self.assertEqual(loader.list_templates(), ["a", "b"])
        template = env.get_template("a")
        loader.mapping["a"] = "new"
        self.assertFalse(template.is_up_to_date)
        self.assertEqual(env.get_template("a").render(), "new")
        self.assertRaises(TemplateNotFound, env.get_template, "c")

    def test_a_function(self):
        changed = []
        answers = {"text": "T", "whole": ("W", "/w", lambda: not changed)}
        env = Environment(loader=FunctionLoader(answers.get))
        template = env.get_template("whole")
        self.assertEqual([env.get_template("text").render(), template.render(), template.filename], ["T", "W", "/w"])
        self.assertTrue(template.is_up_to_date)
        changed.append(1)
        self.assertFalse(template.is_up_to_date)
        self.assertRaises(TemplateNotFound, env.get_template, "nothing")
        with self.assertRaisesRegex(TypeError, "FunctionLoader cannot list"):
            env.list_templates()

    def test_prefixes(self):
        loader = PrefixLoader({"a": DictLoader({"x": "AX"}), "b": DictLoader({"y/z": "BY"})})
        env = Environment(loader=loader)
        self.assertEqual([env.get_template(name).render() for name in ("a/x", "b/y/z")], ["AX", "BY"])
        self.assertEqual(loader.list_templates(), ["a/x", "b/y/z"])
        self.assertEqual(loader.get_source(env, "a/x")[0], "AX")
        for name in ("a/y", "c/x", "x"):
            for function in (env.get_template, lambda name: loader.get_source(env, name)):
                with self.subTest(name=name), self.assertRaises(TemplateNotFound) as caught:
                    function(name)
                self.assertEqual(caught.exception.name, name)
        self.assertEqual(PrefixLoader({"a": DictLoader({"x": ""})}, ":").list_templates(), ["a:x"])

    def test_choices(self):
        loader = ChoiceLoader([DictLoader({"a": "1"}), DictLoader({"a": "2", "b": "3"})])
        env = Environment(loader=loader)
        self.assertEqual([env.get_template(name).render() for name in "ab"], ["1", "3"])
        self.assertEqual([loader.list_templates(), loader.get_source(env, "b")[0]], [["a", "b"], "3"])
        for function in (env.get_template, lambda name: loader.get_source(env, name)):
            self.assertRaises(TemplateNotFound, function, "c")

    def test_an_own_loader_needs_get_source_alone(self):
        class Upper(BaseLoader):
            def get_source(self, environment, template):
                return template.upper(), None, None

        template = Environment(loader=Upper()).get_template("name")
        self.assertEqual([template.render(), template.name, template.is_up_to_date], ["NAME", "name", True])

    def test_the_base_finds_nothing(self):
        self.assertRaises(TemplateNotFound, BaseLoader().get_source, None, "x")


class Modules(Folder):
    SOURCES = {"a.html": "A{{ 1 + x }}{% include 'sub/b.html' %}", "sub/b.html": "B{{ x|upper }}",
               "bad.html": "{% if %}"}

    def compiled(self, zip=None, **options):
        env = Environment(loader=DictLoader(self.SOURCES))
        log = []
        env.compile_templates(self.folder / "out", zip=zip, log_function=log.append, **options)
        self.log = "\n".join(log)
        return Environment(loader=ModuleLoader(self.folder / "out"))

    def test_compiled_templates_render_without_their_source(self):
        for zip in (None, "deflated", "stored"):
            with self.subTest(zip=zip):
                self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
                env = self.compiled(zip)
                self.assertEqual(env.get_template("a.html").render(x=2), "A3B2")
                self.assertIn('Could not compile "bad.html"', self.log)
                self.assertIn('Compiled "a.html"', self.log)
                self.assertRaises(TemplateNotFound, env.get_template, "c.html")
                self.assertRaisesRegex(RuntimeError, "cannot give their source", env.loader.get_source, env, "a.html")

    def test_two_environments_may_share_the_modules(self):
        env = self.compiled()
        other = Environment(loader=env.loader)
        other.filters["upper"] = lambda value: "other"
        self.assertEqual(other.get_template("a.html").render(x=2), "A3Bother")
        self.assertEqual(env.get_template("a.html").render(x=2), "A3B2")

    def test_the_templates_to_compile_are_chosen(self):
        env = self.compiled(extensions=["txt"])
        self.assertRaises(TemplateNotFound, env.get_template, "a.html")
        env = self.compiled(filter_func=lambda name: "b" in name)
        self.assertEqual(env.get_template("sub/b.html").render(x="x"), "BX")

    def test_errors_are_raised_when_asked_for(self):
        self.assertRaises(TemplateSyntaxError, self.compiled, ignore_errors=False)
        self.assertRaisesRegex(ValueError, "not 'bz2'", self.compiled, zip="bz2")

    def test_the_modules_die_with_the_loader(self):
        env = self.compiled()
        name = env.loader.module.__name__
        env.get_template("a.html")
        self.assertIn(name, sys.modules)
        del env
        gc.collect()
        self.assertNotIn(name, sys.modules)

    def test_file_names_hold_any_template_name(self):
        self.assertRegex(ModuleLoader.get_module_filename("a/ä b.html"), r"\Atmpl_[0-9a-f]{40}\.py\Z")


class CountingCache(BytecodeCache):
    def __init__(self):
        self.stored, self.hits = {}, 0

    def load_bytecode(self, bucket):
        if bucket.key in self.stored:
            bucket.bytecode_from_string(self.stored[bucket.key])
            self.hits += bucket.code is not None

    def dump_bytecode(self, bucket):
        self.stored[bucket.key] = bucket.bytecode_to_string()


class Bytecode(Folder):
    def render(self, cache, source="{{ x }}!"):
        return Environment(loader=DictLoader({"t": source}), bytecode_cache=cache).get_template("t").render(x=1)

    def test_byte_code_is_reused_while_the_source_is_the_same(self):
        cache = CountingCache()
        self.assertEqual([self.render(cache), self.render(cache), cache.hits], ["1!", "1!", 1])
        self.assertEqual([self.render(cache, "{{ x }}?"), cache.hits], ["1?", 1])

    def test_what_is_no_byte_code_is_not_taken(self):
        cache = CountingCache()
        self.render(cache)
        (key, good), = cache.stored.items()
        for bad in (b"", good[:10], good[:-5], b"x" + good, good[: good.rindex(b"\n") + 1] + b"i\x01\x00\x00\x00"):
            with self.subTest(bad=bad[:60]):
                cache.stored[key] = bad
                self.assertEqual(self.render(cache), "1!")
        self.assertEqual(cache.hits, 0)

    def test_an_empty_bucket_cannot_be_written(self):
        self.assertRaises(TypeError, Bucket(None, "k", "c").bytecode_to_string)
        self.assertRaises(NotImplementedError, BytecodeCache().load_bytecode, None)
        self.assertRaises(NotImplementedError, BytecodeCache().dump_bytecode, None)

    def test_files(self):
        cache = FileSystemBytecodeCache(str(self.folder), "x_%s.cache")
        self.assertEqual([self.render(cache), self.render(cache)], ["1!", "1!"])
        names = [name for name in os.listdir(self.folder) if name.startswith("x_")]
        self.assertEqual(len(names), 1)
        env = Environment()
        self.assertIsNotNone(cache.get_bucket(env, "t", None, "{{ x }}!").code)
        self.assertIsNone(cache.get_bucket(env, "t", None, "another").code)
        cache.clear()
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith("x_")], [])
        self.assertTrue((self.folder / "a.html").exists())

    def test_a_folder_that_is_gone_costs_only_the_compiling(self):
        self.assertEqual(self.render(FileSystemBytecodeCache(str(self.folder / "gone"))), "1!")

    def test_memcached(self):
        class Client(dict):
            def set(self, key, value, timeout=None):
                self[key] = value
                self.timeout = timeout

        client = Client()
        cache = MemcachedBytecodeCache(client, prefix="p/", timeout=9)
        self.assertEqual([self.render(cache), self.render(cache), client.timeout], ["1!", "1!", 9])
        self.assertTrue(all(key.startswith("p/") for key in client))
        self.assertIsNone(cache.clear())

    def test_a_memcached_that_fails_is_ignored_or_not(self):
        class Broken:
            def get(self, key):
                raise OSError("down")

            set = get

        self.assertEqual(self.render(MemcachedBytecodeCache(Broken())), "1!")
        self.assertRaises(OSError, self.render, MemcachedBytecodeCache(Broken(), ignore_memcache_errors=False))


if __name__ == "__main__":
    unittest.main()
