"""Parse what stands in ``{% … %}`` and put a whole template together.

Each statement has a method ``parse_<keyword>``; extensions add their own for the tags they name. When
a template is wrong, this is the place that knows what was open, and since which line.
"""
from __future__ import annotations

from . import nodes
from .errors import TemplateAssertionError, nearest
from .expressions import ExpressionParser
from .lexer import describe_token_expr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn, Union

    Statement = Union[nodes.Node, list[nodes.Node]]

STATEMENTS = {
    "for": "parse_for", "if": "parse_if", "block": "parse_block", "extends": "parse_extends", "print": "parse_print",
    "macro": "parse_macro", "include": "parse_include", "from": "parse_from", "import": "parse_import",
    "set": "parse_set", "with": "parse_with", "autoescape": "parse_autoescape", "call": "parse_call_block",
    "filter": "parse_filter_block",
}
MAX_BLOCKS = 60  # in each other; Python itself takes 100 levels of indentation


class Parser(ExpressionParser):
    """Turn the source of a template into a tree.

    Extensions get one in ``Extension.parse`` and read from its ``stream``.

    :param state: 'variable' parses the source as the inside of ``{{ }}``.
    """

    def __init__(self, environment: Any, source: str, name: str | None = None, filename: str | None = None,
                 state: str | None = None) -> None:
        self.environment, self.name, self.filename = environment, name, filename
        self.stream = environment._tokenize(source, name, filename, state)
        self.closed = False
        self.extensions: dict[str, Callable[[Parser], Statement]] = {
            tag: extension.parse for extension in environment.iter_extensions() for tag in extension.tags}
        self._last_identifier = 0
        self._open_tags: list[tuple[str, int]] = []  # with the line each was opened on
        self._wanted: list[tuple[str, ...]] = []  # what would end the innermost of them

    def parse(self) -> nodes.Template:
        """Parse the whole source."""
        try:
            template = nodes.Template(self.subparse(), lineno=1)
        except RecursionError:
            self.fail("the template is nested too deeply here")
        template.set_environment(self.environment)
        return template

    def free_identifier(self, lineno: int | None = None) -> nodes.InternalName:
        """Make a name that no variable of the template has; for extensions."""
        self._last_identifier += 1
        return nodes.InternalName.make(f"fi{self._last_identifier}", lineno)

    # The frame: text, tags and what is open.

    def subparse(self, end_tokens: tuple[str, ...] | None = None) -> list[nodes.Node]:
        """Parse text and tags up to a tag whose first token passes one of the tests, or to the end."""
        body: list[nodes.Node] = []
        texts: list[nodes.Expr] = []
        if end_tokens is not None:
            self._wanted.append(end_tokens)
        while self.stream:
            token = next(self.stream)
            if token.type == "data":
                texts.append(nodes.TemplateData(token.value, lineno=token.lineno))
            elif token.type == "variable_begin":
                texts.append(self.parse_tuple())
                self.stream.expect("variable_end")
            elif token.type == "block_begin":
                self._flush(texts, body)
                if end_tokens is not None and self.stream.current.test_any(*end_tokens):
                    break
                statement = self.parse_statement()
                body.extend(statement) if isinstance(statement, list) else body.append(statement)
                self.stream.expect("block_end")
            else:
                self.fail_unexpected("text or a tag")
        self._flush(texts, body)
        if end_tokens is not None:
            self._wanted.pop()
        return body

    @staticmethod
    def _flush(texts: list[nodes.Expr], body: list[nodes.Node]) -> None:
        if texts:
            body.append(nodes.Output(texts[:], lineno=texts[0].lineno))
            texts.clear()

    def parse_statements(self, end_tokens: tuple[str, ...], drop_needle: bool = False) -> list[nodes.Node]:
        """Parse the body of a statement, from the end of its tag to one of the tags that may end it.

        :param end_tokens: tests for the first token of the tag that ends it, ``("name:endfor", "name:else")``.
        :param drop_needle: step over that token, too.
        """
        self.stream.skip_if("colon")
        self.stream.expect("block_end")
        body = self.subparse(end_tokens)
        if not self.stream:
            self.fail_eof(end_tokens)
        if drop_needle:
            next(self.stream)
        return body

    def parse_statement(self) -> Statement:
        """Parse one statement, at the name of its tag."""
        token = self.stream.current
        if token.type != "name":
            self.fail_unexpected("the name of a tag")
        if len(self._open_tags) >= MAX_BLOCKS:
            self.fail(f"tags are nested more than {MAX_BLOCKS} deep here; put a part into a template to include")
        parse = self.extensions.get(token.value)
        if token.value in STATEMENTS:
            parse = getattr(type(self), STATEMENTS[token.value])
        if parse is None:
            self.fail_unknown_tag(token.value, token.lineno)
        self._open_tags.append((token.value, token.lineno))
        statement = parse(self)
        self._open_tags.pop()
        return statement

    def _what_is_open(self) -> str:
        if not self._wanted:
            return ""
        wanted = " or ".join(describe_token_expr(expr) for expr in self._wanted[-1])
        tag, lineno = self._open_tags[-1] if self._open_tags else ("?", 0)
        return f" The innermost open tag is '{tag}' of line {lineno}, which waits for {wanted}."

    def fail_unknown_tag(self, name: str, lineno: int | None = None) -> NoReturn:
        """Raise the error for a tag that is unknown, or not the one that could stand here."""
        known = [*STATEMENTS, *self.extensions]
        if any(f"name:{name}" in wanted for wanted in self._wanted):
            guess = " The tag it belongs to is further out: is the inner one missing its end?"
        elif name.startswith("end") and name[3:] in known or name in ("else", "elif"):
            guess = " Nothing that it could belong to is open."
        else:
            ends = [expr[5:] for wanted in self._wanted for expr in wanted if expr.startswith("name:")]
            guess = nearest(name, known + ends)
        self.fail(f"'{name}' is no tag that can stand here.{guess}{self._what_is_open()}", lineno)

    def fail_eof(self, end_tokens: tuple[str, ...] | None = None, lineno: int | None = None) -> NoReturn:
        """Raise the error for a template that ends while something is open."""
        if end_tokens is not None:
            self._wanted.append(end_tokens)
        self.fail(f"the template ends too early.{self._what_is_open()}", lineno)

    # The statements.

    def parse_set(self) -> nodes.Assign | nodes.AssignBlock:
        """Parse ``{% set a = b %}`` or ``{% set a %}…{% endset %}``."""
        lineno = next(self.stream).lineno
        target = self.parse_assign_target(with_namespace=True)
        if self.stream.skip_if("assign"):
            return nodes.Assign(target, self.parse_tuple(), lineno=lineno)
        filters = self.parse_filter(None)
        content = self.parse_statements(("name:endset",), drop_needle=True)
        return nodes.AssignBlock(target, filters, content, lineno=lineno)

    def parse_for(self) -> nodes.For:
        """Parse a loop."""
        loop = nodes.For(lineno=next(self.stream).lineno)
        loop.target = self.parse_assign_target(extra_end_rules=("name:in",))
        self.stream.expect("name:in")
        loop.iter = self.parse_tuple(with_condexpr=False, extra_end_rules=("name:recursive",))
        loop.test = self.parse_expression() if self.stream.skip_if("name:if") else None
        loop.recursive = self.stream.skip_if("name:recursive")
        loop.body = self.parse_statements(("name:endfor", "name:else"))
        has_else = next(self.stream).value == "else"
        loop.else_ = self.parse_statements(("name:endfor",), drop_needle=True) if has_else else []
        return loop

    def parse_if(self) -> nodes.If:
        """Parse a condition with all its branches."""
        whole = node = nodes.If(lineno=self.stream.expect("name:if").lineno)
        branches: list[nodes.If] = []
        otherwise: list[nodes.Node] = []
        while True:
            node.test = self.parse_tuple(with_condexpr=False)
            node.body = self.parse_statements(("name:elif", "name:else", "name:endif"))
            node.elif_, node.else_ = [], []
            token = next(self.stream)
            if token.value != "elif":
                break
            node = nodes.If(lineno=token.lineno)
            branches.append(node)
        if token.value == "else":
            otherwise = self.parse_statements(("name:endif",), drop_needle=True)
        whole.elif_, whole.else_ = branches, otherwise
        return whole

    def parse_with(self) -> nodes.With:
        """Parse a scope with values of its own."""
        lineno = next(self.stream).lineno
        targets: list[nodes.Expr] = []
        values: list[nodes.Expr] = []
        while self.more_in_tag(targets):
            targets.append(self.parse_assign_target())
            self.stream.expect("assign")
            values.append(self.parse_expression())
        body = self.parse_statements(("name:endwith",), drop_needle=True)
        return nodes.With([target.set_ctx("param") for target in targets], values, body, lineno=lineno)

    def parse_autoescape(self) -> nodes.Scope:
        """Parse a part with its own setting of autoescape."""
        lineno = next(self.stream).lineno
        options = [nodes.Keyword("autoescape", self.parse_expression(), lineno=lineno)]
        body = self.parse_statements(("name:endautoescape",), drop_needle=True)
        return nodes.Scope([nodes.ScopedEvalContextModifier(options, body, lineno=lineno)], lineno=lineno)

    def parse_block(self) -> nodes.Block:
        """Parse a block of a template that can be extended."""
        lineno = next(self.stream).lineno
        name = self.stream.expect("name").value
        if self.stream.current.type == "sub":
            self.fail("the name of a block has no '-' in it; '_' may stand there")
        scoped = self.stream.skip_if("name:scoped")
        required = self.stream.skip_if("name:required")
        body = self.parse_statements(("name:endblock",), drop_needle=True)
        if required and not all(map(self._is_blank, body)):
            self.fail("Required blocks can only contain comments or whitespace: templates that extend this one "
                      f"are to bring the content of '{name}'", lineno)
        self.stream.skip_if("name:" + name)
        return nodes.Block(name, body, scoped, required, lineno=lineno)

    @staticmethod
    def _is_blank(node: nodes.Node) -> bool:
        return isinstance(node, nodes.Output) and all(
            isinstance(text, nodes.TemplateData) and text.data.isspace() for text in node.nodes)

    def parse_extends(self) -> nodes.Extends:
        """Parse ``{% extends template %}``."""
        lineno = next(self.stream).lineno
        return nodes.Extends(self.parse_expression(), lineno=lineno)

    def _context_choice(self) -> bool | None:
        """Parse ``with context`` or ``without context``, if it stands here."""
        choice = self.stream.current
        if not choice.test_any("name:with", "name:without") or not self.stream.look().test("name:context"):
            return None
        self.stream.skip(2)
        return bool(choice.value == "with")

    def parse_import_context(self, node: nodes.Node, default: bool) -> nodes.Node:
        """Set ``with_context`` of an Include or Import by what stands here; return it."""
        choice = self._context_choice()
        node.with_context = default if choice is None else choice
        return node

    def parse_include(self) -> nodes.Node:
        """Parse ``{% include template %}`` and its options."""
        node = nodes.Include(lineno=next(self.stream).lineno)
        node.template = self.parse_expression()
        node.ignore_missing = False
        if self.stream.current.test("name:ignore") and self.stream.look().test("name:missing"):
            node.ignore_missing = True
            self.stream.skip(2)
        return self.parse_import_context(node, True)

    def parse_import(self) -> nodes.Node:
        """Parse ``{% import template as name %}``."""
        lineno = next(self.stream).lineno
        template = self.parse_expression()
        self.stream.expect("name:as")
        name = self.parse_assign_target(name_only=True).name
        return self.parse_import_context(nodes.Import(template, name, False, lineno=lineno), False)

    def parse_from(self) -> nodes.FromImport:
        """Parse ``{% from template import a, b as c %}``."""
        lineno = next(self.stream).lineno
        template = self.parse_expression()
        self.stream.expect("name:import")
        names: list[Any] = []
        choice = self._context_choice()
        while choice is None:
            names.append(self._imported_name())
            choice = self._context_choice()
            if choice is None:
                if not self.stream.skip_if("comma"):
                    break
                choice = self._context_choice()
        return nodes.FromImport(template, names, bool(choice), lineno=lineno)

    def _imported_name(self) -> Any:
        name = self.parse_assign_target(name_only=True).name
        if name.startswith("_"):
            self.fail(f"'{name}' cannot be imported: names that begin with '_' are private to their template",
                      exc=TemplateAssertionError)
        if self.stream.skip_if("name:as"):
            return name, self.parse_assign_target(name_only=True).name
        return name

    def parse_signature(self, node: nodes.Node) -> None:
        """Parse the parameters of a macro or call block into its ``args`` and ``defaults``."""
        args: list[nodes.Node] = []
        defaults: list[nodes.Expr] = []
        self.stream.expect("lparen")
        while self.more(args, "rparen"):
            args.append(self.parse_assign_target(name_only=True).set_ctx("param"))
            has_default = self.stream.skip_if("assign")
            if has_default:
                defaults.append(self.parse_expression())
            if defaults and not has_default:
                self.fail(f"the parameter '{args[-1].name}' needs a default, as one before it has one")
        node.args, node.defaults = args, defaults

    def parse_call_block(self) -> nodes.CallBlock:
        """Parse a call whose ``caller`` is the body."""
        node = nodes.CallBlock(lineno=next(self.stream).lineno)
        node.args, node.defaults = [], []
        if self.stream.current.type == "lparen":
            self.parse_signature(node)
        node.call = self.parse_expression()
        if not isinstance(node.call, nodes.Call):
            self.fail("a call tag calls something: {% call name() %}", node.lineno)
        node.body = self.parse_statements(("name:endcall",), drop_needle=True)
        return node

    def parse_filter_block(self) -> nodes.FilterBlock:
        """Parse a part that is filtered as a whole."""
        lineno = next(self.stream).lineno
        filter_node = self.parse_filter(None, start_inline=True)
        body = self.parse_statements(("name:endfilter",), drop_needle=True)
        return nodes.FilterBlock(body, filter_node, lineno=lineno)

    def parse_macro(self) -> nodes.Macro:
        """Parse a macro."""
        macro = nodes.Macro(lineno=next(self.stream).lineno)
        macro.name = self.parse_assign_target(name_only=True).name
        self.parse_signature(macro)
        macro.body = self.parse_statements(("name:endmacro",), drop_needle=True)
        return macro

    def parse_print(self) -> nodes.Output:
        """Parse ``{% print a, b %}``."""
        lineno = next(self.stream).lineno
        values: list[nodes.Expr] = []
        while self.more_in_tag(values):
            values.append(self.parse_expression())
        return nodes.Output(values, lineno=lineno)

    def more_in_tag(self, items: list[nodes.Expr]) -> bool:
        """Step over the comma before a further item, if the tag does not end here."""
        if self.stream.current.type == "block_end":
            return False
        if items:
            self.stream.expect("comma")
        return True

    def parse_assign_target(self, with_tuple: bool = True, name_only: bool = False,
                            extra_end_rules: tuple[str, ...] | None = None,
                            with_namespace: bool = False) -> Any:
        """Parse what stands to the left of ``=``.

        :param with_tuple: several targets with commas between are allowed.
        :param name_only: nothing but a single name is.
        :param with_namespace: so is the attribute of a namespace.
        """
        token = self.stream.current
        if name_only:
            target: nodes.Expr = nodes.Name(self.stream.expect("name").value, "store", lineno=token.lineno)
        elif with_tuple:
            target = self.parse_tuple(simplified=True, extra_end_rules=extra_end_rules, with_namespace=with_namespace)
        else:
            target = self.parse_primary(with_namespace)
        target.set_ctx("store")
        if not target.can_assign():
            self.fail(f"{token} cannot be assigned to; a name can, or several", token.lineno)
        return target
