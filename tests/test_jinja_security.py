"""What went wrong with template engines before: rows 154 to 168 of the list of security cases."""
from __future__ import annotations

import os
import pathlib
import stat
import tempfile
import threading
import unittest
from unittest import mock

from minflask import Flask, render_template_string
from minflask.jinja.bccache import FileSystemBytecodeCache
from minflask.jinja.environment import Environment
from minflask.jinja.errors import SecurityError, TemplateNotFound, TemplateSyntaxError
from minflask.jinja.loaders import ChoiceLoader, DictLoader, FileSystemLoader, PackageLoader
from minflask.jinja.sandbox import ImmutableSandboxedEnvironment, SandboxedEnvironment
from minflask.jinja.text import urlize
from minflask.jinja.undefined import StrictUndefined
from minflask.jinja.utils import htmlsafe_json_dumps, select_autoescape
from minflask.jinja_env import Environment as AppEnvironment
from minflask.markup import Markup, escape

SECRET = "the secret of the program"


class Thing:
    secret_of = SECRET

    def __init__(self):
        self.public = "public"


class Linear:
    """Run something on input that grows; a cost that grows with its square does not come back in time."""

    @staticmethod
    def in_time(function, *args):
        done = []
        thread = threading.Thread(target=lambda: done.append(function(*args)), daemon=True)
        thread.start()
        thread.join(20)
        return bool(done)


class ByteCode(unittest.TestCase):
    """S154: byte code in a shared temporary folder is somebody else's code."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        patch = mock.patch("tempfile.gettempdir", lambda: str(self.folder))
        patch.start()
        self.addCleanup(patch.stop)

    def render(self, cache):
        env = Environment(loader=DictLoader({"t": "{{ 1 }}"}), bytecode_cache=cache)
        return env.get_template("t").render()

    @unittest.skipIf(os.name == "nt", "the temporary folder is private there")
    def test_s154_the_default_folder_is_the_users_own(self):
        cache = FileSystemBytecodeCache()
        self.assertEqual(stat.S_IMODE(os.stat(cache.directory).st_mode), 0o700)
        self.assertEqual(self.render(cache), "1")
        (name,) = os.listdir(cache.directory)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(cache.directory, name)).st_mode), 0o600)
        self.assertEqual(FileSystemBytecodeCache().directory, cache.directory)

    @unittest.skipIf(os.name == "nt", "the temporary folder is private there")
    def test_s154_a_folder_that_others_prepared_is_refused(self):
        folder = FileSystemBytecodeCache().directory
        for mode in (0o777, 0o770, 0o702):
            os.chmod(folder, mode)
            with self.subTest(mode=oct(mode)):
                self.assertRaisesRegex(RuntimeError, "cannot be trusted", FileSystemBytecodeCache)
        os.rmdir(folder)
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        os.symlink(elsewhere, folder)
        self.assertRaises(RuntimeError, FileSystemBytecodeCache)

    @unittest.skipIf(os.name == "nt", "the temporary folder is private there")
    def test_s154_a_folder_of_another_user_is_refused(self):
        FileSystemBytecodeCache()
        foreign = os.stat_result((stat.S_IFDIR | 0o700, 0, 0, 1, os.getuid() + 1) + (0,) * 5)
        with mock.patch("os.lstat", lambda path: foreign):
            self.assertRaises(RuntimeError, FileSystemBytecodeCache)

    @unittest.skipIf(os.name == "nt", "the temporary folder is private there")
    def test_s154_a_shared_folder_is_refused_and_a_file_others_may_write_is_not_loaded(self):
        os.chmod(self.folder, 0o777)
        self.assertRaises(RuntimeError, FileSystemBytecodeCache, str(self.folder))
        os.chmod(self.folder, 0o700)
        cache = FileSystemBytecodeCache(str(self.folder))
        self.render(cache)
        (name,) = os.listdir(self.folder)
        for mode, loaded in ((0o600, True), (0o666, False), (0o620, False)):
            os.chmod(self.folder / name, mode)
            with self.subTest(mode=oct(mode)):
                self.assertEqual(cache.get_bucket(Environment(), "t", None, "{{ 1 }}").code is not None, loaded)


class Sandbox(unittest.TestCase):
    def refused(self, source, **variables):
        for cls in (SandboxedEnvironment, ImmutableSandboxedEnvironment):
            for enable_async in (False, True):
                env = cls(undefined=StrictUndefined, enable_async=enable_async)
                with self.subTest(source=source, sandbox=cls.__name__, enable_async=enable_async):
                    self.assertRaises(SecurityError, env.from_string(source).render, x=Thing(), **variables)

    def test_s155_format_reaches_no_attribute(self):
        for source in (
            "{{ '{0.__class__}'.format(x) }}", "{{ '{x.__class__}'.format(x=x) }}",
            "{{ '{0.__init__.__globals__[SECRET]}'.format(x) }}",
            "{{ '{x.__class__}'.format_map({'x': x}) }}", "{{ '{0:{0.__class__}}'.format(x) }}",
            "{{ ('{0.__class__}'|safe).format(x) }}",
            "{{ ('{x.__class__}'|safe).format_map({'x': x}) }}", "{{ '{0[__class__]}'.format(x) }}",
        ):
            self.refused(source)

    def test_s155_a_format_method_taken_from_the_type_is_safe_too(self):
        self.refused("{{ str.format('{0.__class__}', x) }}", str=str)
        self.refused("{{ str.format_map('{x.__class__}', {'x': x}) }}", str=str)
        self.refused("{{ markup.format(m, x) }}", markup=Markup, m=Markup("{0.__class__}"))

    def test_s156_a_stored_reference_to_format_is_safe(self):
        for source in (
            "{% set f = '{0.__class__}'.format %}{{ f(x) }}", "{% set f = {'f': '{0.__class__}'.format} %}{{ f.f(x) }}",
            "{% macro m(f) %}{{ f(x) }}{% endmacro %}{{ m('{0.__class__}'.format) }}",
            "{% for f in ['{0.__class__}'.format] %}{{ f(x) }}{% endfor %}",
            "{% set n = namespace(f='{0.__class__}'.format) %}{{ n.f(x) }}",
        ):
            self.refused(source)
        self.refused("{{ f(x) }}", f="{0.__class__}".format)
        self.refused("{{ f({'x': x}) }}", f="{x.__class__}".format_map)
        self.refused("{{ fs.0(x) }}", fs=["{0.__class__}".format])
        self.refused("{% call f(x) %}{% endcall %}", f="{0.__class__}".format)

    def test_s157_filters_ask_before_they_read(self):
        for source in (
            "{{ ('{0.__class__}'|attr('format'))(x) }}", "{{ '{0.__class__}'['format'](x) }}",
            "{{ x|attr('__class__') }}",
            "{{ (['{0.__class__}']|map(attribute='format')|first)(x) }}",
            "{{ (['{0.__class__}']|map('attr', 'format')|first)(x) }}",
            "{{ ([x]|map('attr', '__class__')|first) }}", "{{ [x]|map(attribute='__class__')|first }}",
            "{{ [x, x]|max(attribute='__class__') }}",
            "{{ [x, x]|sort(attribute='__class__') }}", "{{ [x]|join(attribute='__class__') }}",
        ):
            self.refused(source)

    def test_s158_a_template_name_is_no_code(self):
        for name in ("{x}", "{__import__('os')}", "'''", '"+1+"', "\\", "a'b", "{{ 1 }}", "%s", "\n1/0\n", "{", "}"):
            env = Environment(loader=DictLoader({name: "{% block b %}{{ x }}{% endblock %}", "i": "{% include n %}"}))
            with self.subTest(name=name):
                template = env.get_template(name)
                self.assertEqual([template.render(x=1), template.name], ["1", name])
                self.assertEqual(env.get_template("i").render(n=name, x=2), "2")
                literal = name.replace("\\", "\\\\").replace('"', '\\"')
                for source in ('{%% include "%s" %%}', '{%% extends "%s" %%}', '{%% import "%s" as i %%}1'):
                    self.assertEqual(env.from_string(source % literal).render(x=1), "1")
                code = env.compile('{%% from "%s" import a without context %%}' % literal, name, name, raw=True)
                compile(code, "x", "exec")

    def test_s159_the_immutable_sandbox_changes_nothing(self):
        for value, call in (
            ([1], "x.clear()"), ([1], "x.pop()"), ([1], "x.append(2)"), ({1: 1}, "x.clear()"), ({1: 1}, "x.popitem()"),
            ({1}, "x.pop()"), ([1], "(x|attr('clear'))()"), ([1], "([x]|map(attribute='clear')|first)()"),
            ([1], "x['clear']()"),
        ):
            with self.subTest(call=call):
                before = repr(value)
                template = ImmutableSandboxedEnvironment().from_string("{{ %s }}" % call)
                self.assertRaises(SecurityError, template.render, x=value)
                self.assertEqual(repr(value), before)

    def test_s165_settings_are_reachable_only_where_they_are_given(self):
        class Config(dict):
            """As an application would pass it."""

        config = Config(SECRET_KEY="key")
        template = "{{ config }}"
        self.assertEqual(SandboxedEnvironment().from_string(template).render(), "")
        self.refused("{{ config.__class__.__init__.__globals__ }}", config=config)
        self.refused("{{ config|attr('__class__') }}", config=config)

    def test_s165_an_application_may_use_the_sandbox_and_keep_its_settings(self):
        class Closed(SandboxedEnvironment, AppEnvironment):
            """The environment of an application, in the sandbox."""

        class App(Flask):
            jinja_environment = Closed

        app = App(__name__)
        app.secret_key = SECRET
        del app.jinja_env.globals["config"]
        with app.app_context():
            self.assertEqual(render_template_string("{{ config }}"), "")
            for name in ("url_for.__globals__", "get_flashed_messages.__globals__", "g.__class__"):
                source = "{{ %s.x }}" % name
                with self.subTest(source=source):
                    self.assertRaises(SecurityError, render_template_string, source)

    def test_s166_sizes_are_limited(self):
        env = SandboxedEnvironment()
        for source in (
            "{{ range(10**9) }}", "{{ range(0, 10**12) }}", "{{ 'a' * 10**9 }}", "{{ 10**9 * 'a' }}",
            "{{ [1] * 10**9 }}",
            "{{ ('a' * 1000) * 1000 * 1000 }}", "{{ (9**9)**(9**9) }}", "{{ 9**(9**9) }}",
            "{% set n = namespace(x=3) %}{% for i in range(99) %}{% set n.x = n.x * n.x %}{% endfor %}",
            "{% set n = namespace(x='a') %}{% for i in range(99) %}{% set n.x = n.x * 10 %}{% endfor %}",
        ):
            for enable_async in (False, True):
                with self.subTest(source=source, enable_async=enable_async):
                    template = env.overlay(enable_async=enable_async).from_string(source)
                    self.assertRaises(OverflowError, template.render)


class Escaping(unittest.TestCase):
    def test_s160_keys_cannot_add_attributes(self):
        for key in ("a b", "a\tb", "a\nb", "a/b", "a>b", "a=b", "a\x0cb", "onclick=x", " "):
            for autoescape in (True, False):
                with self.subTest(key=key):
                    template = Environment(autoescape=autoescape).from_string("{{ {k: 1}|xmlattr }}")
                    self.assertRaisesRegex(ValueError, "Invalid characters are", template.render, k=key)
        self.assertEqual(Environment().from_string("{{ {'data-x:y@': '\"><'}|xmlattr }}").render(),
                         ' data-x:y@="&#34;&gt;&lt;"')

    def test_s161_urlize_is_linear(self):
        many = 100_000
        for text in ("http://" + "a." * many, "(" * many + "www.a.org" + ")" * many, "a@" * many, "&gt;" * many,
                     "<" * many + "http://a.org" + ">" * many, "http://[" + ":" * many, "." * many, "www." + "-" * many,
                     "mailto:" + "a" * many, "a@" + "b." * many, " " * many, "http://" + "1." * many):
            with self.subTest(text=text[:20]):
                self.assertTrue(Linear.in_time(urlize, text))

    def test_s162_striptags_is_linear(self):
        template = Environment().from_string("{{ x|striptags }}")
        for piece in ("<", "<!--", "<a", "<!-- --", "<a <", "-->"):
            with self.subTest(piece=piece):
                self.assertTrue(Linear.in_time(template.render, {"x": piece * 100_000}))

    def test_s163_quotes_are_escaped_and_json_is_safe_in_html(self):
        self.assertEqual(escape("&<>'\""), "&amp;&lt;&gt;&#39;&#34;")
        self.assertEqual(Environment(autoescape=True).from_string("{{ x }}").render(x="&<>'\""),
                         "&amp;&lt;&gt;&#39;&#34;")
        self.assertEqual(htmlsafe_json_dumps("&<>'"), '"\\u0026\\u003c\\u003e\\u0027"')
        for autoescape in (True, False):
            template = Environment(autoescape=autoescape).from_string("{{ x|tojson }}")
            self.assertEqual(template.render(x={"'": "</script><!--"}),
                             '{"\\u0027": "\\u003c/script\\u003e\\u003c!--"}')

    def test_s164_an_application_escapes_what_a_browser_may_run(self):
        app = Flask(__name__)
        for name, escaped in (("a.svg", True), ("a.html", True), ("a.htm", True), ("a.xml", True), ("a.xhtml", True),
                              ("a.txt", False), (None, True)):
            with self.subTest(name=name):
                self.assertEqual(app.select_jinja_autoescape(name), escaped)
        with app.app_context():
            self.assertEqual(render_template_string("{{ x }}", x="<'\">"), "&lt;&#39;&#34;&gt;")

    def test_s164_names_decide_by_their_extension_alone(self):
        decide = select_autoescape(("html", "htm", "xml", "xhtml", "svg"))
        for name, escaped in (("a.svg", True), ("a.SVG", True), ("a.html", True), ("a.xhtml", True), ("a.txt", False),
                              ("svg", False), ("a.svg.txt", False), (None, True)):
            with self.subTest(name=name):
                self.assertEqual(decide(name), escaped)


class Sources(unittest.TestCase):
    def test_s167_the_lexer_is_linear(self):
        env = Environment()
        many = 20_000
        for source in ("{{ '" + "\\" * many, "{# " * many, "{{ " + "(" * many, "{% raw %}" + "{%" * many,
                       "{{" + " " * many,
                       "{%-" + " " * many, " " * many + "{{ x }}", "\n" * many + "{%- if %}",
                       "{{ 1" + "_1" * many + "_ }}",
                       "{{ 1" + "0" * many + "e }}", "{{ " + "a." * many + " }}", "{{ \"" + "\\\"" * many):
            with self.subTest(source=source[:20]):
                self.assertTrue(Linear.in_time(self.compile, env, source))

    @staticmethod
    def compile(env, source):
        try:
            env.from_string(source)
        except TemplateSyntaxError:
            pass
        return True

    def test_s168_no_name_leaves_the_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder) / "templates"
            root.mkdir()
            (root / "in.html").write_text("in")
            pathlib.Path(folder, "secret").write_text(SECRET)
            loaders = FileSystemLoader(root), ChoiceLoader([FileSystemLoader(str(root))])
            for name in ("../secret", "a/../../secret", "..", "./../secret", "..\\secret", "a\\..\\..\\secret",
                         "C:/secret",
                         "C:secret", "/C:/secret", f"{folder}/secret", "in.html\0", "\0", "", ".", "/", "//",
                         "in.html/../../secret"):
                for loader in loaders:
                    env = Environment(loader=loader)
                    with self.subTest(name=name):
                        self.assertRaises(TemplateNotFound, env.get_template, name)
                        self.assertRaises(TemplateNotFound, env.from_string("{% include name %}").render, name=name)
                        self.assertEqual(env.from_string("{% include name ignore missing %}").render(name=name), "")
            self.assertEqual(Environment(loader=loaders[0]).get_template("/in.html").render(), "in")

    def test_s168_a_package_is_closed_as_well(self):
        loader = PackageLoader("tests", ".")
        self.assertIn("unittest", loader.get_source(None, "test_jinja_security.py")[0])
        for name in ("../Makefile", "..\\Makefile", "C:/x", "test_jinja_security.py\0"):
            with self.subTest(name=name):
                self.assertRaises(TemplateNotFound, loader.get_source, None, name)


if __name__ == "__main__":
    unittest.main()
