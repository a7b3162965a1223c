"""The environment: its options, its methods, and what a template can become."""
from __future__ import annotations

import io
import pathlib
import pickle
import tempfile
import unittest
import weakref
from collections import ChainMap

from minflask.jinja import meta
from minflask.jinja.bccache import BytecodeCache
from minflask.jinja.environment import Environment, Template, get_spontaneous_environment
from minflask.jinja.errors import (
    TemplateNotFound, TemplateRuntimeError, TemplatesNotFound, TemplateSyntaxError, UndefinedError,
)
from minflask.jinja.extension import Extension
from minflask.jinja.loaders import DictLoader, FunctionLoader
from minflask.jinja.runtime import Context
from minflask.jinja.undefined import StrictUndefined, Undefined
from minflask.jinja.utils import (
    Cycler, Joiner, LRUCache, Namespace, clear_caches, consume, generate_lorem_ipsum, import_string, missing,
    object_type_repr, open_if_exists, pass_context, pass_environment, pass_eval_context, select_autoescape, url_quote,
)


def render(source, variables=None, **options):
    return Environment(**options).from_string(source).render(variables or {})


class Shout(Extension):
    priority = 50

    def preprocess(self, source, name, filename=None):
        return source.upper()


# option: (value, source, result with it, result without it)
OPTIONS = {
    "block_start_string": ("<%", "<% if true %}x<% endif %}", "x", "<% if true %}x<% endif %}"),
    "block_end_string": ("%>", "{% if true %>x{% endif %>", "x", TemplateSyntaxError),
    "variable_start_string": ("${", "${ 1 }}{{ 2", "1{{ 2", TemplateSyntaxError),
    "variable_end_string": ("]]", "{{ 1 ]]", "1", TemplateSyntaxError),
    "comment_start_string": ("<!--", "a<!-- x #}b", "ab", "a<!-- x #}b"),
    "comment_end_string": ("-->", "a{# x -->b", "ab", TemplateSyntaxError),
    "line_statement_prefix": ("%", "% if true\nx\n% endif\n", "x\n", "% if true\nx\n% endif"),
    "line_comment_prefix": ("##", "a ## b", "a", "a ## b"),
    "trim_blocks": (True, "{% if true %}\nx{% endif %}", "x", "\nx"),
    "lstrip_blocks": (True, "a\n  {% if true %}x{% endif %}", "a\nx", "a\n  x"),
    "newline_sequence": ("\r\n", "a\nb\rc\r\nd", "a\r\nb\r\nc\r\nd", "a\nb\nc\nd"),
    "keep_trailing_newline": (True, "a\n", "a\n", "a"),
    "extensions": ([Shout], "a", "A", "a"),
    "optimized": (False, "{{ 1 + 1 }}", "2", "2"),
    "undefined": (StrictUndefined, "{{ x }}", UndefinedError, ""),
    "finalize": (lambda value: "-" if value is None else value, "{{ none }}{{ 1 }}", "-1", "None1"),
    "autoescape": (True, "{{ '<' }}<", "&lt;<", "<<"),
    "loader": (DictLoader({"a": "A"}), "{% include 'a' %}", "A", TypeError),
    "enable_async": (True, "{{ f() }}", "awaited", "plain"),
}


class Awaitable:
    def __await__(self):
        yield from ()
        return "awaited"

    def __str__(self):
        return "plain"


class Options(unittest.TestCase):
    def check(self, environment, source, result):
        if isinstance(result, str):
            self.assertEqual(environment().from_string(source).render(f=Awaitable), result)
        else:
            self.assertRaises(result, lambda: environment().from_string(source).render(f=Awaitable))

    def test_every_option_makes_its_difference(self):
        for name, (value, source, with_it, without) in OPTIONS.items():
            with self.subTest(option=name):
                self.check(lambda: Environment(**{name: value}), source, with_it)
                self.check(Environment, source, without)

    def test_every_option_can_be_given_to_an_overlay(self):
        for name, (value, source, with_it, without) in OPTIONS.items():
            with self.subTest(option=name):
                env = Environment()
                self.check(lambda: env.overlay(**{name: value}), source, with_it)
                self.check(lambda: env, source, without)

    def test_options_may_be_given_in_their_order(self):
        self.assertEqual(Environment("<%", "%>").overlay("[%").from_string("[% if 1 %>x[% endif %>").render(), "x")
        self.assertEqual(Template("<% if 1 %>x<% endif %>", "<%", "%>").render(), "x")

    def test_optimized_computes_constants_when_compiling(self):
        calls = []
        for optimized in (True, False):
            env = Environment(optimized=optimized)
            env.filters["note"] = lambda value: calls.append(value) or value
            template = env.from_string("{{ 1|note }}")
            before = len(calls)
            template.render()
            with self.subTest(optimized=optimized):
                self.assertEqual(len(calls) - before, 0 if optimized else 1)

    def test_options_that_cannot_be_are_refused(self):
        for options, words in (
            ({"undefined": str}, "subclass"), ({"block_start_string": "{{"}, "must differ"),
            ({"newline_sequence": "x"}, "newline_sequence is"),
        ):
            with self.subTest(options=options):
                self.assertRaisesRegex(ValueError, words, Environment, **options)
                self.assertRaisesRegex(ValueError, words, Environment().overlay, **options)

    def test_an_unknown_option_of_an_overlay_names_the_nearest(self):
        self.assertRaisesRegex(TypeError, "'trim_block'. Did you mean 'trim_blocks'", Environment().overlay,
                               trim_block=1)

    def test_finalize_may_ask_for_the_context(self):
        @pass_context
        def with_context(context, value):
            return f"{context['x']}{value}"

        @pass_environment
        def with_environment(environment, value):
            return f"{environment.newline_sequence!r}{value}"

        @pass_eval_context
        def with_eval_context(eval_ctx, value):
            return f"{eval_ctx.autoescape}{value}"

        for finalize, result in ((with_context, "71"), (with_environment, r"'\n'1"), (with_eval_context, "False1")):
            self.assertEqual(render("{{ y }}", {"x": 7, "y": 1}, finalize=finalize), result)

    def test_autoescape_may_depend_on_the_name(self):
        env = Environment(autoescape=select_autoescape(), loader=FunctionLoader(lambda name: "{{ '<' }}"))
        for name, result in (("a.html", "&lt;"), ("a.XML", "&lt;"), ("a.txt", "<"), ("html", "<")):
            with self.subTest(name=name):
                self.assertEqual(env.get_template(name).render(), result)
        self.assertEqual(env.from_string("{{ '<' }}").render(), "&lt;")

    def test_select_autoescape_has_defaults(self):
        decide = select_autoescape(["html"], [".txt"], default_for_string=False, default=True)
        self.assertEqual([decide(name) for name in ("a.html", "a.txt", "a.x", None)], [True, False, True, False])


class Shared(unittest.TestCase):
    def test_an_overlay_shares_filters_tests_and_globals(self):
        env = Environment()
        overlay = env.overlay(autoescape=True)
        env.filters["f"], env.globals["g"] = lambda value: f"[{value}]", "G"
        self.assertEqual(overlay.from_string("{{ g|f }}").render(), "[G]")
        self.assertEqual([overlay.overlayed, overlay.linked_to, env.overlayed], [True, env, False])

    def test_an_overlay_has_its_own_cache_and_extensions(self):
        env = Environment(loader=DictLoader({"a": "x"}), extensions=[Shout], cache_size=3)
        overlay = env.overlay()
        self.assertIsNot(env.get_template("a"), overlay.get_template("a"))
        self.assertEqual(overlay.get_template("a").render(), "X")
        self.assertIs(overlay.extensions[Shout.identifier].environment, overlay)
        self.assertEqual([overlay.cache.capacity, env.overlay(cache_size=0).cache], [3, None])
        self.assertEqual(Environment(cache_size=-1).overlay().cache, {})
        self.assertIsNone(Environment(cache_size=0).overlay().cache)

    def test_templates_alone_share_an_environment(self):
        self.assertIs(Template("a").environment, Template("b").environment)
        self.assertIsNot(Template("a").environment, Template("b", trim_blocks=True).environment)
        self.assertTrue(Template("a").environment.shared)
        self.assertEqual(Template("{% do 1 %}x", extensions=["jinja2.ext.do"]).render(), "x")
        env = get_spontaneous_environment(Environment)
        clear_caches()
        self.assertIsNot(get_spontaneous_environment(Environment), env)

    def test_extend_keeps_what_is_there(self):
        env = Environment()
        env.extend(one=1)
        env.extend(one=2, two=2)
        self.assertEqual([env.one, env.two], [1, 2])

    def test_extensions_run_in_the_order_of_priority(self):
        class Later(Shout):
            priority = 60

            def preprocess(self, source, name, filename=None):
                return source + "b"

        env = Environment(extensions=[Later, Shout])
        self.assertEqual([env.preprocess("a"), env.from_string("a").render()], ["Ab", "Ab"])
        env.add_extension(Shout)
        self.assertEqual([type(extension) for extension in env.iter_extensions()], [Shout, Later])

    def test_an_extension_is_named_by_its_place(self):
        env = Environment(extensions=["minflask.jinja.ext.DebugExtension", "jinja2.ext.loopcontrols"])
        self.assertIn("minflask.jinja.ext.DebugExtension", env.extensions)
        self.assertEqual(env.from_string("{% for x in [1, 2] %}{% break %}{% endfor %}").render(), "")


class Finding(unittest.TestCase):
    def setUp(self):
        self.loader = DictLoader({"a": "A{{ x }}", "b": "B", "d/c": "C", "bad": "{% x %}"})
        self.env = Environment(loader=self.loader)

    def test_a_template_is_compiled_once(self):
        template = self.env.get_template("a")
        self.assertIs(self.env.get_template("a"), template)
        self.assertIs(self.env.get_template(template), template)
        self.assertIs(self.env.get_or_select_template(template), template)

    def test_without_a_cache_it_is_compiled_each_time(self):
        env = Environment(loader=self.loader, cache_size=0)
        self.assertIsNot(env.get_template("a"), env.get_template("a"))

    def test_the_cache_drops_what_was_used_least_recently(self):
        env = Environment(loader=self.loader, cache_size=2)
        a, b = env.get_template("a"), env.get_template("b")
        self.assertIs(env.get_template("a"), a)
        env.get_template("d/c")
        loader = weakref.ref(self.loader)
        self.assertEqual([name for name in ("a", "b", "d/c") if (loader, name) in env.cache], ["a", "d/c"])
        self.assertIsNot(env.get_template("b"), b)

    def test_another_loader_has_other_templates(self):
        self.env.get_template("a")
        self.env.loader = DictLoader({"a": "new"})
        self.assertEqual(self.env.get_template("a").render(), "new")

    def test_auto_reload_asks_whether_the_source_changed(self):
        for auto_reload, result in ((True, "new"), (False, "A1")):
            env = Environment(loader=DictLoader({"a": "A{{ x }}"}), auto_reload=auto_reload)
            env.get_template("a")
            env.loader.mapping["a"] = "new"
            with self.subTest(auto_reload=auto_reload):
                self.assertEqual(env.get_template("a").render(x=1), result)

    def test_the_first_template_that_exists_is_selected(self):
        self.assertEqual(self.env.select_template(["no", "b"]).render(), "B")
        self.assertEqual(self.env.get_or_select_template(["no", "b"]).render(), "B")
        self.assertEqual(self.env.get_or_select_template("b").render(), "B")
        self.assertEqual(self.env.select_template([Undefined(name="u"), self.env.get_template("b")]).render(), "B")
        for names in (["no", "nor"], [], None):
            with self.subTest(names=names), self.assertRaises(TemplatesNotFound) as caught:
                self.env.select_template(names)
            self.assertEqual(caught.exception.templates, names or [])

    def test_an_undefined_name_says_what_is_undefined(self):
        for function in (self.env.get_template, self.env.select_template, self.env.get_or_select_template):
            with self.subTest(function=function.__name__):
                self.assertRaisesRegex(UndefinedError, "'which'", function, Undefined(name="which"))

    def test_join_path_may_make_names_relative(self):
        class Relative(Environment):
            def join_path(self, template, parent):
                return parent.rpartition("/")[0] + "/" + template

        env = Relative(loader=DictLoader({"d/a": "{% include 'b' %}", "d/b": "here"}))
        self.assertEqual(env.get_template("d/a").render(), "here")
        self.assertEqual(env.get_template("b", parent="d/x").render(), "here")
        self.assertEqual(env.select_template(["no", "b"], parent="d/x").render(), "here")

    def test_without_a_loader_the_way_out_is_named(self):
        for function, arguments in ((Environment().get_template, ["a"]), (Environment().list_templates, [])):
            self.assertRaisesRegex(TypeError, "loader=", function, *arguments)

    def test_templates_are_listed_by_extension_or_function(self):
        env = Environment(loader=DictLoader({"a.html": "", "b.txt": "", "html": ""}))
        self.assertEqual(env.list_templates(), ["a.html", "b.txt", "html"])
        self.assertEqual(env.list_templates(["html"]), ["a.html"])
        self.assertEqual(env.list_templates(filter_func=lambda name: "." not in name), ["html"])
        self.assertRaisesRegex(TypeError, "not both", env.list_templates, ["html"], len)

    def test_globals_of_a_template_are_its_own(self):
        self.env.globals["y"] = "env"
        template = self.env.get_template("a", globals={"x": 1})
        self.assertIsInstance(template.globals, ChainMap)
        self.assertEqual([template.render(), template.render(x=2)], ["A1", "A2"])
        self.assertEqual(self.env.get_template("a", globals={"x": 3}).render(), "A3")
        self.assertNotIn("x", self.env.globals)
        template.globals["x"] = 4
        self.assertEqual(template.render(), "A4")

    def test_globals_of_a_template_reach_what_it_imports(self):
        for enable_async in (False, True):
            env = Environment(enable_async=enable_async, loader=DictLoader({
                "m": "{% macro m() %}{{ x }}{% endmacro %}", "a": "{% from 'm' import m %}{{ m() }}"}))
            self.assertEqual(env.get_template("m").render(x=1), "")
            with self.subTest(enable_async=enable_async):
                self.assertEqual(env.get_template("a", globals={"x": 2}).render(), "2")

    def test_a_template_can_be_made_of_a_namespace(self):
        namespace = {"__file__": "f.py"}
        exec(self.env.compile("A{{ x }}", raw=True, defer_init=True), namespace)
        self.assertEqual(Template.from_module_dict(self.env, namespace, {}).render(x=1), "A1")

    def test_a_global_added_later_is_seen(self):
        template = self.env.from_string("{{ late }}")
        self.env.globals["late"] = "here"
        self.assertEqual(template.render(), "here")

    def test_a_bytecode_cache_is_asked(self):
        class Cache(BytecodeCache):
            def load_bytecode(self, bucket):
                asked.append(bucket.key)

            def dump_bytecode(self, bucket):
                asked.append(bucket.code)

        asked = []
        env = Environment(loader=self.loader, bytecode_cache=Cache())
        env.get_template("a")
        self.assertEqual([len(asked), asked[0]], [2, Cache().get_cache_key("a")])


class Steps(unittest.TestCase):
    def test_lex_gives_everything(self):
        tokens = list(Environment().lex("a {{ b }}{# c #}"))
        self.assertEqual([kind for _, kind, _ in tokens], [
            "data", "variable_begin", "whitespace", "name", "whitespace", "variable_end", "comment_begin", "comment",
            "comment_end"])
        self.assertEqual("".join(text for _, _, text in tokens), "a {{ b }}{# c #}")

    def test_a_wrong_source_fails_at_each_step(self):
        env = Environment()
        for function in (env.parse, env.compile, env.from_string, Template):
            with self.subTest(function=function), self.assertRaises(TemplateSyntaxError) as caught:
                function("\n{% if %}")
            self.assertEqual(caught.exception.lineno, 2)
        with self.assertRaises(TemplateSyntaxError) as caught:
            list(env.lex("a\n{{ ' }}"))
        self.assertEqual([caught.exception.lineno, caught.exception.source], [2, "a\n{{ ' }}"])

    def test_the_python_source_can_be_printed(self):
        env = Environment()
        self.assertIn("def root(", env.compile("Hello {{ x }}", raw=True))
        code = env.compile("Hello {{ x }}", name="n", filename="f.html")
        template = Template.from_code(env, code, {"x": 1})
        self.assertEqual([template.render(), template.name, template.filename], ["Hello 1", "n", "f.html"])

    def test_a_tree_can_be_compiled(self):
        env = Environment()
        self.assertEqual(env.from_string(env.parse("a{{ x }}")).render(x=1), "a1")

    def test_expressions(self):
        env = Environment()
        self.assertIs(env.compile_expression("a == 1")(a=1), True)
        self.assertEqual(env.compile_expression("[a, 'x']|join")({"a": 1}), "1x")
        self.assertIsNone(env.compile_expression("a")())
        self.assertIsInstance(env.compile_expression("a", undefined_to_none=False)(), Undefined)
        for source in ("", "a b", "a }}", "{{ a }}", "a +"):
            with self.subTest(source=source):
                self.assertRaises(TemplateSyntaxError, env.compile_expression, source)

    def test_getitem_prefers_items_and_getattr_attributes(self):
        class Both:
            x = "attribute"

            def __getitem__(self, name):
                return {"x": "item", "y": "only item"}[name]

        env = Environment()
        self.assertEqual([env.getitem(Both(), "x"), env.getitem(Both(), "y")], ["item", "only item"])
        self.assertEqual([env.getattr(Both(), "x"), env.getattr(Both(), "y")], ["attribute", "only item"])
        self.assertEqual([callable(env.getitem({}, "keys")), env.getitem([1], 0)], [True, 1])
        for value in (env.getitem({}, "z"), env.getattr(5, "z"), env.getitem([], 3), env.getitem(None, 1)):
            self.assertIsInstance(value, Undefined)

    def test_an_overridden_getattr_is_always_called(self):
        class Loud(Environment):
            def getattr(self, obj, attribute):
                return f"<{attribute}>"

            def getitem(self, obj, argument):
                return f"[{argument}]"

        source = "{{ x.a }}{{ x['b'] }}{{ x.0 }}{{ [x]|map(attribute='c')|first }}"
        for enable_async in (False, True):
            self.assertEqual(Loud(enable_async=enable_async).from_string(source).render(x={"a": 1, "b": 2}),
                             "<a>[b][0][c]")

    def test_filters_and_tests_can_be_called_directly(self):
        env = Environment()
        self.assertEqual(env.call_filter("replace", "aa", ["a", "b"], {"count": 1}), "ba")
        self.assertTrue(env.call_test("divisibleby", 6, kwargs={"num": 3}))
        self.assertTrue(env.call_test("filter", "upper"))
        context = env.from_string("").new_context({"x": 1})
        self.assertEqual(list(env.call_filter("map", ["A"], ["lower"], context=context)), ["a"])
        for call, words in (
            (lambda: env.call_filter("map", ["A"], ["lower"]), "context="),
            (lambda: env.call_filter("uper", "a"), "no filter named 'uper'. Did you mean 'upper'"),
            (lambda: env.call_test(Undefined(name="odd"), 1), "'odd' is undefined.*stands in quotes"),
        ):
            with self.subTest(words=words):
                self.assertRaisesRegex(TemplateRuntimeError, words, call)

    def test_meta_tells_variables_and_templates(self):
        env = Environment()
        tree = env.parse("{% set a = b %}{% for i in c %}{{ i + loop.index + d.e }}{% endfor %}{{ a }}{{ range(f) }}")
        self.assertEqual(meta.find_undeclared_variables(tree), {"b", "c", "d", "f"})
        tree = env.parse("{% extends 'a' %}{% include ['b', x] %}{% import 'c' as c %}{% from y import z %}"
                         "{% include ('d', 'e') %}{% include 'f' %}")
        self.assertEqual(list(meta.find_referenced_templates(tree)), ["a", "b", None, "c", None, "d", "e", "f"])


class Results(unittest.TestCase):
    def test_variables_are_given_as_to_a_dict(self):
        template = Template("{{ a }}{{ b }}")
        for result in (template.render(a=1, b=2), template.render({"a": 1}, b=2), template.render([("a", 1), ("b", 2)]),
                       "".join(template.generate(a=1, b=2)), "".join(template.stream({"a": 1, "b": 2}))):
            self.assertEqual(result, "12")
        given = {"a": 1}
        Template("{% set a = 2 %}{% set c = 3 %}").render(given)
        self.assertEqual(given, {"a": 1})

    def test_a_module_has_macros_and_variables(self):
        template = Template("{% macro m(x) %}<{{ x }}>{% endmacro %}{% set v = 5 %}{% set _p = 6 %}text")
        module = template.module
        self.assertIs(template.module, module)
        self.assertEqual([module.m(1), module.v, str(module), module.__html__()], ["<1>", 5, "text", "text"])
        self.assertFalse(hasattr(module, "_p"))
        self.assertEqual(str(Template("{{ x }}").make_module({"x": 1})), "1")
        self.assertEqual(str(Template("{{ x }}{{ y }}").make_module({"x": 1}, locals={"y": 2})), "12")

    def test_names_are_shown(self):
        env = Environment(loader=DictLoader({"a": ""}))
        self.assertEqual([repr(env.get_template("a")), repr(env.get_template("a").module)],
                         ["<Template 'a'>", "<TemplateModule 'a'>"])
        self.assertRegex(repr(Template("")), r"<Template memory:[0-9a-f]+>")
        self.assertRegex(repr(Template("").module), r"<TemplateModule memory:[0-9a-f]+>")

    def test_a_stream_can_be_buffered(self):
        template = Template("{% for x in range(6) %}{{ x }}{{ '' }}{% endfor %}")
        stream = template.stream()
        self.assertFalse(stream.buffered)
        first = next(stream)
        stream.enable_buffering(3)
        self.assertTrue(stream.buffered)
        rest = list(stream)
        self.assertEqual([first + "".join(rest), [len(piece) for piece in rest]], ["012345", [3, 2]])
        stream = template.stream()
        stream.enable_buffering(4)
        stream.disable_buffering()
        self.assertEqual(next(stream), "0")
        self.assertRaisesRegex(ValueError, "2 or more", stream.enable_buffering, 1)

    def test_a_stream_can_be_dumped(self):
        template = Template("ä{{ x }}")
        text, data = io.StringIO(), io.BytesIO()
        template.stream(x=1).dump(text)
        template.stream(x=1).dump(data, "latin-1")

        class Writer:
            written = ""

            def write(self, piece):
                self.written += piece

        writer = Writer()
        template.stream(x=1).dump(writer)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "out"
            template.stream(x=1).dump(str(path))
            template.stream(x=1).dump(str(path) + "2", "ascii", "replace")
            dumped = [path.read_bytes(), pathlib.Path(folder, "out2").read_bytes()]
        self.assertEqual([text.getvalue(), data.getvalue(), writer.written, *dumped],
                         ["ä1", b"\xe41", "ä1", "ä1".encode(), b"?1"])

    def test_an_error_shows_the_line_of_the_template(self):
        env = Environment(loader=DictLoader({"a.html": "1\n2\n{{ 1 // x }}"}))
        template = env.get_template("a.html")
        python_line = template.debug_info[-1][1]
        self.assertEqual([template.get_corresponding_lineno(python_line), template.get_corresponding_lineno(0)], [3, 1])
        for run in (template.render, lambda **v: list(template.generate(**v))):
            try:
                run(x=0)
            except ZeroDivisionError as error:
                traceback = error.__traceback__
            while traceback.tb_next:
                traceback = traceback.tb_next
            self.assertEqual(traceback.tb_lineno, 3)

    def test_a_context_knows_its_template(self):
        template = Template("", autoescape=True)
        context = template.new_context({"a": 1}, locals={"b": 2, "c": missing})
        self.assertIsInstance(context, Context)
        self.assertEqual([context["a"], context["b"], "c" in context, "range" in context], [1, 2, False, True])
        shared = {"a": 1}
        self.assertIs(template.new_context(shared, shared=True).parent, shared)
        self.assertNotIn("range", template.new_context({}, shared=True))


class Tools(unittest.TestCase):
    def test_globals_of_every_template(self):
        for source, result in (
            ("{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.current }}{{ c.next() }}{{ c.next() }}{{ c.reset() }}"
             "{{ c.current }}", "abbaNonea"),
            ("{% set j = joiner('|') %}{{ j() }}a{{ j() }}b", "a|b"),
            ("{% set n = namespace(x=1, **{'y': 2}) %}{% for i in [5] %}{% set n.x = i %}{% endfor %}{{ n.x }}{{ n.y }}"
             "{{ n.z is undefined }}", "52True"),
            ("{{ range(2)|list }}{{ dict(a=1) }}{{ lipsum(2)|length > 100 }}", "[0, 1]{'a': 1}True"),
        ):
            with self.subTest(source=source):
                self.assertEqual(render(source), result)

    def test_small_objects(self):
        self.assertRaises(RuntimeError, Cycler)
        self.assertEqual([Joiner()(), repr(Namespace({"a": 1}, b=2)), repr(missing)],
                         ["", "<Namespace {'a': 1, 'b': 2}>", "missing"])
        self.assertIs(pickle.loads(pickle.dumps(missing)), missing)
        items = iter([1, 2])
        consume(items)
        self.assertEqual(list(items), [])
        self.assertEqual([object_type_repr(value) for value in (None, ..., 5, Undefined())],
                         ["None", "Ellipsis", "int object", "minflask.jinja.undefined.Undefined object"])
        self.assertEqual([url_quote(b"\xff /"), url_quote("a b/", for_qs=True), url_quote("ä", "latin-1")],
                         ["%FF%20/", "a+b%2F", "%E4"])

    def test_import_string(self):
        self.assertIs(import_string("collections.ChainMap"), ChainMap)
        self.assertIs(import_string("collections:ChainMap"), ChainMap)
        self.assertIs(import_string("io"), io)
        self.assertIsNone(import_string("no.such.thing", silent=True))
        self.assertRaises(ImportError, import_string, "no.such.thing")
        self.assertRaises(AttributeError, import_string, "io.nothing")

    def test_open_if_exists(self):
        self.assertIsNone(open_if_exists("/no/such/file"))
        with open_if_exists(__file__) as file:
            self.assertIn(b"open_if_exists", file.read())

    def test_lorem_ipsum(self):
        self.assertEqual(generate_lorem_ipsum(3).count("<p>"), 3)
        text = generate_lorem_ipsum(n=1, html=False, min=30, max=31)
        self.assertRegex(text, r"\A[A-Z][^<]*\.\Z")
        self.assertEqual(len(text.split()), 30)
        self.assertEqual(generate_lorem_ipsum(n=3, html=False).count("\n\n"), 2)

    def test_the_cache_of_limited_size(self):
        cache = LRUCache(3)
        for key in "abc":
            cache[key] = key.upper()
        self.assertEqual([cache["a"], cache.get("x", 5), cache.setdefault("b", 0), cache.setdefault("d", "D")],
                         ["A", 5, "B", "D"])
        self.assertEqual([list(cache), list(reversed(cache)), list(cache.keys())], [[*"dba"], [*"abd"], [*"dba"]])
        self.assertEqual([cache.values(), cache.items(), len(cache)],
                         [["D", "B", "A"], [("d", "D"), ("b", "B"), ("a", "A")], 3])
        copy = cache.copy()
        del cache["a"]
        self.assertRaises(KeyError, lambda: cache["a"])
        self.assertEqual([copy["a"], copy.capacity, "a" in cache, repr(LRUCache(1))], ["A", 3, False, "<LRUCache {}>"])
        cache.clear()
        self.assertEqual(len(cache), 0)

    def test_a_missing_template_is_a_lookup_error_and_an_os_error(self):
        error = TemplateNotFound("a")
        self.assertIsInstance(error, LookupError)
        self.assertIsInstance(error, OSError)


if __name__ == "__main__":
    unittest.main()
