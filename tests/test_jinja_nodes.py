"""The nodes of the tree, which extensions build, the scopes over them, and the writer below."""
from __future__ import annotations

import doctest
import unittest

from minflask.jinja import errors, lexer, loops, nodes, scope, tree, undefined, writer
from minflask.jinja.compiler import display_name
from minflask.jinja.environment import Environment
from minflask.jinja.extension import Extension
from minflask.jinja.sandbox import SandboxedEnvironment
from minflask.jinja.tree import EvalContext, Impossible, get_eval_context
from minflask.jinja.utils import pass_context
from minflask.markup import Markup

# The fields of every class, as documented for extensions.
FIELDS = """
    Template body · Output nodes · Extends template · For target iter body else_ test recursive
    If test body elif_ else_ · Macro name args defaults body · CallBlock call args defaults body
    FilterBlock body filter · With targets values body · Block name body scoped required
    Include template with_context ignore_missing · Import template target with_context
    FromImport template names with_context · ExprStmt node · Assign target node · AssignBlock target filter body
    Name name ctx · NSRef name attr · Const value · TemplateData data · Tuple items ctx · List items · Dict items
    Pair key value · Keyword key value · CondExpr test expr1 expr2
    Filter node name args kwargs dyn_args dyn_kwargs · Test node name args kwargs dyn_args dyn_kwargs
    Call node args kwargs dyn_args dyn_kwargs · Getitem node arg ctx · Getattr node attr ctx
    Slice start stop step · Concat nodes · Compare expr ops · Operand op expr · Mul left right · Div left right
    FloorDiv left right · Add left right · Sub left right · Mod left right · Pow left right · And left right
    Or left right · Not node · Neg node · Pos node · EnvironmentAttribute name
    ExtensionAttribute identifier name · ImportedName importname · InternalName name · MarkSafe expr
    MarkSafeIfAutoescape expr · ContextReference · DerivedContextReference · Continue · Break · Scope body
    OverlayScope context body · EvalContextModifier options · ScopedEvalContextModifier options body
"""
CONSTANTS = [
    ("1 + 2 * 3 - 4", 3), ("7 // 2 % 2", 1), ("8 / 2", 4.0), ("2 ** 10", 1024), ("-1", -1), ("+1", 1),
    ("not 1", False), ("'a' ~ 1 ~ none", "a1None"),
    ("[1, 'a', (2, none)]", [1, "a", (2, None)]), ("{'a': [1]}", {"a": [1]}), ("1 < 2 < 3", True),
    ("1 < 2 > 3", False), ("1 in [1]", True),
    ("1 not in [1]", False), ("1 if 0 else 2", 2), ("0 and x", 0), ("1 or x", 1), ("'a'|upper", "A"),
    ("'abc'|replace('a', new='b')", "bbc"),
    ("'b'|replace(*['b', 'c'])", "c"), ("'b'|replace(**{'old': 'b', 'new': 'd'})", "d"), ("3 is odd", True),
    ("3 is divisibleby 2", False),
    ("'abc'[1]", "b"), ("'abc'[1:]", "bc"), ("{'a': 1}.a", 1), ("'a' * 3", "aaa"), ("1 is eq 1 and 2", 2),
]
VARIABLE = ["x", "1 + x", "f()", "'a'|needy", "'a'|nope", "1 is nope", "1 / 0", "[][1]['a']", "1 if x else 2",
            "1 if 0", "2 ** 9999", "'a' * 99999999", "{[]: 1}",
            "'a'|upper(1, 2, 3)", "1 < 'a'", "-'a'"]


def expression(source, env=None):
    env = env or Environment()
    env.filters["needy"] = pass_context(lambda context, value: value)
    (output,) = env.parse("{{ %s }}" % source).body
    return output.nodes[0]


class Nodes(unittest.TestCase):
    def test_every_class_has_its_fields(self):
        for row in FIELDS.replace("\n", "·").split("·"):
            if row.strip():
                name, *fields = row.split()
                with self.subTest(name=name):
                    self.assertEqual(getattr(nodes, name).fields, tuple(fields))

    def test_fields_are_given_by_position_all_or_none(self):
        node = nodes.Pair(nodes.Const(1), nodes.Const(2), lineno=3)
        self.assertEqual((node.key.value, node.value.value, node.lineno, node.environment), (1, 2, 3, None))
        self.assertRaisesRegex(TypeError, "Pair takes none or all of its 2 fields", nodes.Pair, nodes.Const(1))
        self.assertRaisesRegex(TypeError, "Const has no field or attribute 'volume'", nodes.Const, 1, volume=2)
        self.assertRaisesRegex(TypeError, "stands for a kind of nodes", nodes.BinExpr, 1, 2)
        node = nodes.Output(lineno=1)
        node.nodes = []
        self.assertEqual(list(node.iter_fields()), [("nodes", [])])
        self.assertEqual(nodes.Const(value=2).value, 2)

    def test_children_are_found_in_the_order_of_the_source(self):
        node = Environment().parse("{{ a + b(c, d=e) }}{% if f %}{{ g }}{% endif %}")
        self.assertEqual([name.name for name in node.find_all(nodes.Name)], list("abcefg"))
        self.assertEqual(node.find(nodes.Name).name, "a")
        self.assertIsNone(node.find(nodes.For))
        self.assertEqual([type(found).__name__ for found in node.find_all((nodes.If, nodes.Call))], ["Call", "If"])
        pair = nodes.Pair(nodes.Const(1), nodes.Const(2))
        self.assertEqual(list(pair.iter_child_nodes(exclude=("key",))), [pair.value])
        self.assertEqual(list(pair.iter_child_nodes(only=("key",))), [pair.key])
        self.assertEqual([name for name, _ in pair.iter_fields(exclude=["key"])], ["value"])

    def test_attributes_are_set_on_all_below(self):
        node = nodes.Tuple([nodes.Name("a", "load"), nodes.Name("b", "load", lineno=1)], "load")
        self.assertIs(node.set_ctx("store").set_lineno(2).set_environment("env"), node)
        self.assertEqual([(name.ctx, name.lineno, name.environment) for name in node.items],
                         [("store", 2, "env"), ("store", 1, "env")])
        self.assertEqual(node.set_lineno(3, override=True).items[1].lineno, 3)

    def test_nodes_are_compared_by_their_fields(self):
        self.assertEqual(nodes.Const(1, lineno=1), nodes.Const(1, lineno=2))
        self.assertNotEqual(nodes.Const(1), nodes.Const(2))
        self.assertNotEqual(nodes.Neg(nodes.Const(1)), nodes.Pos(nodes.Const(1)))
        hash(Environment().parse("text"))

    def test_nodes_show_themselves(self):
        node = nodes.Output([nodes.Const("a")])
        self.assertEqual(repr(node), "Output(nodes=[Const(value='a')])")
        self.assertEqual(node.dump(), "nodes.Output([nodes.Const('a')])")

    def test_what_can_be_assigned_to(self):
        rows = [(nodes.Name("a", "store"), True), (nodes.Name("none", "store"), False), (nodes.NSRef("a", "b"), True),
                (nodes.Const(1), False),
                (nodes.Tuple([nodes.Name("a", "store"), nodes.Const(1)], "store"), False)]
        for node, result in rows:
            self.assertIs(node.can_assign(), result)

    def test_internal_names_come_from_the_parser(self):
        self.assertRaisesRegex(TypeError, "free_identifier", nodes.InternalName, "a")


class Constants(unittest.TestCase):
    def test_what_is_constant_is_computed(self):
        for source, value in CONSTANTS:
            with self.subTest(source=source):
                self.assertEqual(expression(source).as_const(), value)

    def test_what_is_not_is_impossible(self):
        for source in VARIABLE:
            with self.subTest(source=source):
                self.assertRaises(Impossible, expression(source).as_const)

    def test_an_operator_that_a_sandbox_intercepts_is_not_computed(self):
        env = SandboxedEnvironment()
        env.intercepted_binops = env.intercepted_unops = frozenset("+-")
        for source in ("1 + 2", "-1"):
            self.assertRaises(Impossible, expression(source, env).as_const)
        self.assertEqual(expression("1 * 2", env).as_const(), 2)

    def test_what_runs_asynchronously_is_not_computed(self):
        async def late(value):
            return value

        env = Environment(enable_async=True)
        env.filters["late"] = late
        for source in ("'a'|late", "[1]|first"):
            self.assertRaises(Impossible, expression(source, env).as_const)

    def test_text_is_safe_where_it_is_escaped(self):
        for autoescape, kind in ((True, Markup), (False, str)):
            eval_ctx = EvalContext(Environment(autoescape=autoescape))
            for node in (nodes.TemplateData("<"), nodes.MarkSafeIfAutoescape(nodes.Const("<"))):
                self.assertIs(type(node.as_const(eval_ctx)), kind)
                eval_ctx.volatile = True
                self.assertRaises(Impossible, node.as_const, eval_ctx)
                eval_ctx.volatile = False
            self.assertIs(type(nodes.MarkSafe(nodes.Const("<")).as_const(eval_ctx)), Markup)

    def test_only_what_source_can_express_becomes_a_constant(self):
        for value in (1, 1.5, "a", None, True, (1, [2, {"a": {3}}]), Markup("<"), range(3), frozenset([1])):
            self.assertEqual(nodes.Const.from_untrusted(value).value, value)
            self.assertEqual(eval(repr(value)), value)
        for value in (object(), [len], {1: object()}, float("inf"), float("nan")):
            self.assertRaises(Impossible, nodes.Const.from_untrusted, value)

    def test_a_node_without_environment_needs_a_context(self):
        self.assertRaisesRegex(RuntimeError, "belongs to no environment",
                               nodes.Add(nodes.Const(1), nodes.Const(2)).as_const)
        eval_ctx = EvalContext(Environment(autoescape=lambda name: name == "a.html"), "a.html")
        self.assertIs(get_eval_context(nodes.Const(1), eval_ctx), eval_ctx)
        saved = eval_ctx.save()
        eval_ctx.autoescape, eval_ctx.volatile = False, True
        eval_ctx.revert(saved)
        self.assertEqual((eval_ctx.autoescape, eval_ctx.volatile), (True, False))


class Builder(Extension):
    """Builds one of each node that only extensions make."""

    tags = {"build", "overlay", "escape_here"}
    attribute = "attribute"

    def parse(self, parser):
        token = next(parser.stream)
        if token.value == "overlay":
            body = parser.parse_statements(("name:endoverlay",), drop_needle=True)
            return nodes.OverlayScope(self.call_method("names"), body, lineno=token.lineno)
        if token.value == "escape_here":
            return nodes.EvalContextModifier([nodes.Keyword("autoescape", nodes.Const(True))], lineno=token.lineno)
        name = parser.free_identifier(token.lineno)
        parts = [
            nodes.EnvironmentAttribute("sandboxed"), self.attr("attribute"), nodes.ImportedName("string.digits"),
            nodes.ImportedName("string"), nodes.MarkSafe(nodes.Const("<")),
            nodes.MarkSafeIfAutoescape(nodes.Const("<")), name,
            nodes.Getattr(nodes.ContextReference(), "name", "load"),
            self.call_method("look", [nodes.DerivedContextReference()]),
        ]
        return [nodes.Assign(name, nodes.Const("free")),
                nodes.Output([self.call_method("show", [part]) for part in parts])]

    def show(self, value):
        return f"{getattr(value, '__name__', value)};"

    def look(self, context):
        return context.get("x")

    def names(self):
        return {"x": [1, 2]}


class OfExtensions(unittest.TestCase):
    def test_nodes_that_only_extensions_make(self):
        env = Environment(extensions=[Builder])
        source = "{% for x in ['inner'] %}{% build %}{% endfor %}"
        self.assertEqual(env.from_string(source).render(), "False;attribute;0123456789;string;<;<;free;None;inner;")

    def test_an_overlay_gives_names_their_meaning(self):
        env = Environment(extensions=[Builder])
        source = ("{{ x }}{% set z = 9 %}{% overlay %}{{ x }}{{ y }}{{ z }}{% for i in x %}{{ i }}{% endfor %}"
                  "{% set z = 8 %}{% endoverlay %}{{ x }}{{ z }}")
        self.assertEqual(env.from_string(source).render(x=4, y=5), "4[1, 2]591249")

    def test_the_evaluation_context_can_be_changed(self):
        env = Environment(extensions=[Builder])
        self.assertEqual(env.from_string("{{ x }}{% escape_here %}{{ x }}").render(x="<"), "<&lt;")


class Scopes(unittest.TestCase):
    def analyzed(self, source, **options):
        part = scope.Scope(**options)
        part.analyze(Environment().parse(source).body)
        return part

    def test_how_variables_begin(self):
        rows = [
            ("{{ a }}", {"l_0_a": "a"}, []), ("{% set a = 1 %}{{ a }}", {}, ["l_0_a"]),
            ("{{ a }}{% set a = 1 %}", {"l_0_a": "a"}, []),
            ("{% if b %}{% set a = 1 %}{% endif %}", {"l_0_b": "b", "l_0_a": "a"}, []),
            ("{% for a in b %}{{ c }}{% endfor %}", {"l_0_b": "b"}, []),
            ("{% macro a(b) %}{{ c }}{% endmacro %}", {}, ["l_0_a"]),
            ("{% import 'x' as a %}{% from b import c, d as e %}", {"l_0_b": "b"}, ["l_0_a", "l_0_c", "l_0_e"]),
            ("{% with a = b %}{{ c }}{% endwith %}", {"l_0_b": "b"}, []),
            ("{% call a(b) %}{{ c }}{% endcall %}", {"l_0_a": "a", "l_0_b": "b"}, []),
            ("{% set a|f(b) %}{{ c }}{% endset %}", {"l_0_b": "b"}, ["l_0_a"]),
            ("{% set a.b = 1 %}", {"l_0_a": "a"}, []),
            ("{% block a %}{{ b }}{% endblock %}", {}, []),
            ("{% filter f(a) %}{{ b }}{% endfilter %}", {"l_0_a": "a"}, []),
        ]
        for source, lookups, blanks in rows:
            with self.subTest(source=source):
                part = self.analyzed(source)
                self.assertEqual((part.lookups, part.blanks), (lookups, blanks))

    def test_an_inner_scope_copies_what_it_sets_and_shares_the_rest(self):
        outer = self.analyzed("{% set a = 1 %}")
        inner = scope.Scope(outer, is_function=False)
        inner.parameter("p")
        inner.analyze(Environment().parse("{{ a }}{{ b }}{% set a = 2 %}{% set p = 3 %}").body)
        self.assertEqual((inner.copies, outer.lookups), ({"l_1_a": "l_0_a"}, {"l_0_b": "b"}))
        self.assertEqual((inner.find("a"), inner.find("b"), inner.find("p"), inner.find("q")),
                         ("l_1_a", "l_0_b", "l_1_p", None))
        self.assertTrue(inner.is_parameter("l_1_p") and not inner.is_parameter("l_1_a"))
        self.assertEqual(inner.visible(), {"a": "l_1_a", "p": "l_1_p"})

    def test_names_read_before_they_are_set(self):
        for source, found in [("{{ a }}", {"a"}), ("{% set a = 1 %}{{ a }}", set()),
                              ("{% for x in y %}{{ a.b }}{{ c }}{% endfor %}", {"a", "c"}),
                              ("{% block a %}{{ a }}{% endblock %}", set())]:
            self.assertEqual(scope.uses(Environment().parse(source).body, ("a", "c")), found)


class Writing(unittest.TestCase):
    def test_rows_know_their_lines(self):
        out = writer.Writer()
        out.line("a", 1)
        slot = out.slot()
        with out.block("if b", 3):
            out.line("c")
            out.mark(5)
            out.line("d")
        with out.flat():
            out.line("e", 5)
        slot.append(("late", 0))
        self.assertEqual(out.source(), "a\nlate\nif b:\n    c\n    d\ne")
        self.assertEqual(out.line_map(), [(1, 1), (3, 3), (5, 5)])


class Documentation(unittest.TestCase):
    def test_the_examples_run(self):
        for module in (errors, lexer, loops, nodes, scope, tree, undefined, writer):
            globs = {**vars(nodes), **vars(module)}
            self.assertEqual(doctest.testmod(module, globs=globs, optionflags=doctest.IGNORE_EXCEPTION_DETAIL).failed,
                             0)

    def test_functions_have_names_for_people(self):
        rows = [("root", "top-level template code"), ("block_a_b", "block 'a_b'"), ("macro_m_n_12", "macro 'm_n'"),
                ("caller_3", "call block"),
                ("loop_4", "recursive loop"), ("t_5", "loop condition"), ("other", "template")]
        for function, name in rows:
            self.assertEqual(display_name(function), name)


if __name__ == "__main__":
    unittest.main()
