"""Parse what stands in ``{{ … }}``: the expressions of the language.

Binary operators are read by precedence from a table; the rest is one method for each construct. The
class is the lower half of the parser: statements are added to it in ``parser``.
"""
from __future__ import annotations

from . import nodes
from .errors import TemplateSyntaxError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from .lexer import Token, TokenStream

# From loose to tight. "not" is a prefix that stands between "and" and the comparisons.
LEVELS = {"or": 1, "and": 2, "not": 3, "compare": 4, "+-": 5, "~": 6, "*/": 7, "**": 8}
BINARY: dict[str, tuple[int, type[nodes.BinExpr]]] = {
    "or": (1, nodes.Or), "and": (2, nodes.And), "add": (5, nodes.Add), "sub": (5, nodes.Sub),
    "mul": (7, nodes.Mul), "div": (7, nodes.Div), "floordiv": (7, nodes.FloorDiv), "mod": (7, nodes.Mod),
    "pow": (8, nodes.Pow),
}
COMPARE = frozenset(("eq", "ne", "lt", "lteq", "gt", "gteq"))
UNARY: dict[str, type[nodes.UnaryExpr]] = {"sub": nodes.Neg, "add": nodes.Pos}
CONSTANTS = {"true": True, "false": False, "True": True, "False": False, "none": None, "None": None}
# What can begin the one argument of a test that is written without brackets: x is divisibleby 3
TEST_ARGUMENT = frozenset(("name", "string", "integer", "float", "lparen", "lbracket", "lbrace"))
NO_ARGUMENT = ("name:else", "name:or", "name:and", "name:if", "name:in")
# What may follow a value, and the method that parses it.
POSTFIX = {"dot": "parse_subscript", "lbracket": "parse_subscript", "lparen": "parse_call"}
FILTERS = {"pipe": "parse_filter", "is": "parse_test", "lparen": "parse_call"}
# Kinds of arguments that may not stand before one of the kind.
NOT_AFTER: dict[str, frozenset[str]] = {
    "positional": frozenset(("keyword", "mul", "pow")), "keyword": frozenset(("pow",)),
    "mul": frozenset(("mul", "pow")), "pow": frozenset(("pow",)),
}

MAX_DEPTH = 60  # of expressions in expressions; each level takes the interpreter about ten frames
MAX_CHAIN = 150  # of operators one after the other, which make a tree as deep


class ExpressionParser:
    """Read expressions from a stream of tokens."""

    stream: TokenStream
    name: str | None
    filename: str | None
    _depth = 0

    def fail(self, msg: str, lineno: int | None = None,
             exc: type[TemplateSyntaxError] = TemplateSyntaxError) -> NoReturn:
        """Raise an error for this template, by default at the line of the current token."""
        raise exc(msg, self.stream.current.lineno if lineno is None else lineno, self.name, self.filename)

    def fail_unexpected(self, wanted: str = "an expression") -> NoReturn:
        """Raise the error for a token that cannot stand where it does."""
        met = self.stream.current
        self.fail(f"{wanted} was expected, but " + (
            "the template ends" if met.type == "eof" else f"{met} stands here"))

    def deeper(self, steps: int = 1) -> None:
        """Count the depth of nesting; raises TemplateSyntaxError rather than exhaust the interpreter's stack."""
        self._depth += steps
        if self._depth > MAX_DEPTH:
            self.fail(f"expressions are nested more than {MAX_DEPTH} deep here; set a part of it as a variable first")

    def count_chain(self, length: int) -> None:
        if length > MAX_CHAIN:
            self.fail(f"more than {MAX_CHAIN} operations follow each other here; set a part of it as a variable first")

    def parse_expression(self, with_condexpr: bool = True) -> nodes.Expr:
        """Parse one expression; ``with_condexpr=False`` leaves an ``if`` after it alone."""
        self.deeper()
        node = self.parse_condexpr() if with_condexpr else self.parse_operation()
        self.deeper(-1)
        return node

    def parse_condexpr(self) -> nodes.Expr:
        """Parse ``a if b else c``."""
        lineno = self.stream.current.lineno
        node = self.parse_operation()
        while self.stream.skip_if("name:if"):
            test = self.parse_operation()
            otherwise = self.parse_expression() if self.stream.skip_if("name:else") else None
            node = nodes.CondExpr(test, node, otherwise, lineno=lineno)
            lineno = self.stream.current.lineno
        return node

    def parse_operation(self, lowest: int = 1) -> nodes.Expr:
        """Parse operators that bind at least as tightly as ``lowest`` and what they stand between."""
        lineno = self.stream.current.lineno
        if lowest <= LEVELS["not"] and self.stream.skip_if("name:not"):
            self.deeper()
            node: nodes.Expr = nodes.Not(self.parse_operation(LEVELS["not"]), lineno=lineno)
            self.deeper(-1)
        else:
            node = self.parse_unary()
        length = 0
        while True:
            kind = self.operator()
            if kind in BINARY:
                level, operator = BINARY[kind]
                if level < lowest:
                    return node
                next(self.stream)
                node = operator(node, self.parse_operation(level + 1), lineno=lineno)
            elif kind in ("~", "compare") and LEVELS[kind] >= lowest:
                node = self.parse_concat(node) if kind == "~" else self.parse_compare(node)
            else:
                return node
            length += 1
            self.count_chain(length)

    def operator(self) -> str:
        """Name the operator that the current token is: a key of BINARY, '~', 'compare' or ''."""
        token = self.stream.current
        kind = token.type
        if kind == "name":
            if token.value in ("or", "and"):
                return str(token.value)
            if token.value == "in" or token.value == "not" and self.stream.look().test("name:in"):
                return "compare"
            return ""
        if kind in BINARY:
            return str(kind)
        return "~" if kind == "tilde" else "compare" if kind in COMPARE else ""

    def parse_concat(self, first: nodes.Expr) -> nodes.Expr:
        """Parse the rest of ``a ~ b ~ c``."""
        parts = [first]
        while self.stream.skip_if("tilde"):
            parts.append(self.parse_operation(LEVELS["~"] + 1))
        return nodes.Concat(parts, lineno=first.lineno)

    def parse_compare(self, first: nodes.Expr) -> nodes.Expr:
        """Parse the rest of ``a < b <= c``."""
        operands = []
        while self.operator() == "compare":
            token = next(self.stream)
            kind = token.type if token.type != "name" else "in"
            if token.value == "not":
                next(self.stream)
                kind = "notin"
            operands.append(nodes.Operand(kind, self.parse_operation(LEVELS["compare"] + 1), lineno=token.lineno))
            self.count_chain(len(operands))
        return nodes.Compare(first, operands, lineno=first.lineno)

    def parse_unary(self, with_filter: bool = True) -> nodes.Expr:
        """Parse a value with what is before it (``-``) and after it (attributes, calls, filters, tests)."""
        token = self.stream.current
        if token.type in UNARY:
            next(self.stream)
            self.deeper()
            node: nodes.Expr = UNARY[token.type](self.parse_unary(False), lineno=token.lineno)
            self.deeper(-1)
        else:
            node = self.parse_primary()
        node = self.parse_postfix(node)
        return self.parse_filter_expr(node) if with_filter else node

    def parse_primary(self, with_namespace: bool = False) -> nodes.Expr:
        """Parse a name, a literal or an expression in brackets.

        :param with_namespace: read ``ns.attribute`` as the target of an assignment.
        """
        token = self.stream.current
        parse = self.PRIMARY.get(token.type)
        if parse is None:
            self.fail_unexpected()
        if token.type == "name" and with_namespace and self.stream.look().type == "dot":
            self.stream.skip(2)
            return nodes.NSRef(token.value, self.stream.expect("name").value, lineno=token.lineno)
        return parse(self, token)  # type: ignore[no-any-return]

    def _name(self, token: Token) -> nodes.Expr:
        next(self.stream)
        if token.value in CONSTANTS:
            return nodes.Const(CONSTANTS[token.value], lineno=token.lineno)
        return nodes.Name(token.value, "load", lineno=token.lineno)

    def _number(self, token: Token) -> nodes.Expr:
        next(self.stream)
        return nodes.Const(token.value, lineno=token.lineno)

    def _string(self, token: Token) -> nodes.Expr:
        parts = []
        while self.stream.current.type == "string":
            parts.append(next(self.stream).value)
        return nodes.Const("".join(parts), lineno=token.lineno)

    def _brackets(self, token: Token) -> nodes.Expr:
        next(self.stream)
        node = self.parse_tuple(explicit_parentheses=True)
        self.stream.expect("rparen")
        return node

    def parse_list(self, token: Token | None = None) -> nodes.List:
        """Parse ``[a, b]``."""
        lineno = self.stream.expect("lbracket").lineno
        items: list[nodes.Expr] = []
        while self.more(items, "rbracket"):
            items.append(self.parse_expression())
        return nodes.List(items, lineno=lineno)

    def parse_dict(self, token: Token | None = None) -> nodes.Dict:
        """Parse ``{a: b}``."""
        lineno = self.stream.expect("lbrace").lineno
        items: list[nodes.Pair] = []
        while self.more(items, "rbrace"):
            key = self.parse_expression()
            self.stream.expect("colon")
            items.append(nodes.Pair(key, self.parse_expression(), lineno=key.lineno))
        return nodes.Dict(items, lineno=lineno)

    def more(self, items: list[Any], end: str) -> bool:
        """Step over the comma before a further item, or over the bracket that ends them; a last comma is allowed."""
        if items and self.stream.current.type != end:
            self.stream.expect("comma")
        return not self.stream.skip_if(end)

    PRIMARY: dict[str, Any] = {
        "name": _name, "integer": _number, "float": _number, "string": _string, "lparen": _brackets,
        "lbracket": parse_list, "lbrace": parse_dict,
    }

    def is_tuple_end(self, extra_end_rules: tuple[str, ...] | None = None) -> bool:
        """Tell whether no further item of a tuple without brackets can follow."""
        current = self.stream.current
        return current.type in ("variable_end", "block_end", "rparen") or bool(
            extra_end_rules and current.test_any(*extra_end_rules))

    def parse_tuple(self, simplified: bool = False, with_condexpr: bool = True,
                    extra_end_rules: tuple[str, ...] | None = None, explicit_parentheses: bool = False,
                    with_namespace: bool = False) -> nodes.Expr:
        """Parse one expression, or several with commas between, which make a Tuple.

        :param simplified: take only names and literals as items.
        :param extra_end_rules: tests for tokens that end the tuple.
        :param explicit_parentheses: nothing at all is an empty tuple, as within brackets.
        """
        lineno = self.stream.current.lineno
        items: list[nodes.Expr] = []
        is_tuple = False
        while not self.is_tuple_end(extra_end_rules):
            items.append(self.parse_primary(with_namespace) if simplified else self.parse_expression(with_condexpr))
            if not self.stream.skip_if("comma"):
                break
            is_tuple = True
        if not is_tuple:
            if items:
                return items[0]
            if not explicit_parentheses:
                self.fail_unexpected()
        return nodes.Tuple(items, "load", lineno=lineno)

    def parse_postfix(self, node: nodes.Expr) -> nodes.Expr:
        """Parse the attributes, subscripts and calls after a value."""
        return self._parse_after(node, POSTFIX) if self.stream.current.type in POSTFIX else node

    def parse_filter_expr(self, node: nodes.Expr) -> nodes.Expr:
        """Parse the filters and tests after a value, and calls of what they return."""
        return self._parse_after(node, FILTERS)

    def _parse_after(self, node: nodes.Expr, parsers: dict[str, str]) -> nodes.Expr:
        length = 0
        while True:
            token = self.stream.current
            method = parsers.get("is" if token.type == "name" and token.value == "is" else token.type)
            if method is None:
                return node
            node = getattr(self, method)(node)
            length += 1
            self.count_chain(length)

    def parse_subscript(self, node: nodes.Expr) -> nodes.Getattr | nodes.Getitem:
        """Parse ``.name``, ``.0`` or ``[…]`` after a value."""
        token = next(self.stream)
        if token.type == "dot":
            attribute = self.stream.current
            if attribute.type not in ("name", "integer"):
                self.fail_unexpected("the name or number of an attribute")
            next(self.stream)
            if attribute.type == "name":
                return nodes.Getattr(node, attribute.value, "load", lineno=token.lineno)
            return nodes.Getitem(node, nodes.Const(attribute.value, lineno=token.lineno), "load", lineno=token.lineno)
        args: list[nodes.Expr] = []
        while self.more(args, "rbracket"):
            args.append(self.parse_subscribed())
        if not args:
            self.fail("there is nothing between the brackets of a subscript", token.lineno)
        arg = args[0] if len(args) == 1 else nodes.Tuple(args, "load", lineno=token.lineno)
        return nodes.Getitem(node, arg, "load", lineno=token.lineno)

    def parse_subscribed(self) -> nodes.Expr:
        """Parse an index or a slice."""
        lineno = self.stream.current.lineno
        parts: list[nodes.Expr | None] = [self._part_of_slice()]
        while len(parts) < 3 and self.stream.skip_if("colon"):
            parts.append(self._part_of_slice())
        if len(parts) > 1:
            return nodes.Slice(*parts, *[None] * (3 - len(parts)), lineno=lineno)
        if parts[0] is None:
            self.fail_unexpected("an index")
        return parts[0]

    def _part_of_slice(self) -> nodes.Expr | None:
        return None if self.stream.current.type in ("colon", "rbracket", "comma") else self.parse_expression()

    def parse_call_args(self) -> tuple[list[nodes.Expr], list[nodes.Keyword], nodes.Expr | None, nodes.Expr | None]:
        """Parse ``(a, b=c, *d, **e)``; return positional, keyword, ``*`` and ``**`` arguments."""
        self.stream.expect("lparen")
        args: list[nodes.Expr] = []
        kwargs: list[nodes.Keyword] = []
        star: dict[str, nodes.Expr] = {}
        seen: list[str] = []
        while self.more(seen, "rparen"):
            token = self.stream.current
            is_keyword = token.type == "name" and self.stream.look().type == "assign"
            kind = token.type if token.type in ("mul", "pow") else "keyword" if is_keyword else "positional"
            if NOT_AFTER[kind].intersection(seen):
                self.fail("in a call come first the positional arguments, then keywords and one '*', last one '**'")
            seen.append(kind)
            if kind == "positional":
                args.append(self.parse_expression())
            elif kind == "keyword":
                self.stream.skip(2)
                kwargs.append(nodes.Keyword(token.value, self.parse_expression(), lineno=token.lineno))
            else:
                next(self.stream)
                star[kind] = self.parse_expression()
        return args, kwargs, star.get("mul"), star.get("pow")

    def parse_call(self, node: nodes.Expr) -> nodes.Call:
        """Parse the arguments after what is called."""
        lineno = self.stream.current.lineno
        return nodes.Call(node, *self.parse_call_args(), lineno=lineno)

    def _function_name(self) -> str:
        name = str(self.stream.expect("name").value)
        while self.stream.skip_if("dot"):
            name += "." + self.stream.expect("name").value
        return name

    def parse_filter(self, node: nodes.Expr | None, start_inline: bool = False) -> Any:
        """Parse ``|name(…)`` as often as it stands there; ``start_inline`` leaves out the first ``|``."""
        while start_inline or self.stream.skip_if("pipe"):
            lineno = self.stream.current.lineno
            name = self._function_name()
            args = self.parse_call_args() if self.stream.current.type == "lparen" else ([], [], None, None)
            node = nodes.Filter(node, name, *args, lineno=lineno)
            start_inline = False
        return node

    def parse_test(self, node: nodes.Expr) -> nodes.Expr:
        """Parse ``is name``, ``is not name``, with arguments in brackets or a single one without."""
        token = next(self.stream)
        negated = self.stream.skip_if("name:not")
        name = self._function_name()
        args: Any = [], [], None, None
        current = self.stream.current
        if current.type == "lparen":
            args = self.parse_call_args()
        elif current.type in TEST_ARGUMENT and not current.test_any(*NO_ARGUMENT):
            if current.test("name:is"):
                self.fail("a test cannot be tested again: join tests by 'and'")
            self.deeper()
            args = [self.parse_postfix(self.parse_primary())], [], None, None
            self.deeper(-1)
        test = nodes.Test(node, name, *args, lineno=token.lineno)
        return nodes.Not(test, lineno=token.lineno) if negated else test
