"""The tree a template is parsed into: one class for each construct of the language.

Extensions build these nodes too, so the names of classes and fields are public. A class lists its
``fields`` (they may be given by position) and can, where it makes sense, say what constant it stands
for. How a node becomes Python is the business of the compiler; nothing here knows of tokens or code.
"""
from __future__ import annotations

import operator as python

from ..markup import Markup
# Named twice: these are offered from here, too.
from .tree import (
    EvalContext as EvalContext, Impossible as Impossible, Node as Node, get_eval_context as get_eval_context,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, ClassVar


class Helper(Node):
    """Base of the parts that are neither statement nor expression."""
    abstract = True


class Stmt(Node):
    """Base of all statements."""
    abstract = True


class Output(Stmt):
    """Text and printed expressions, one after the other."""
    fields = ("nodes",)


class Template(Node):
    """A whole template."""
    fields = ("body",)


class Extends(Stmt):
    """``{% extends template %}``"""
    fields = ("template",)


class For(Stmt):
    """A loop; ``test`` is the condition after ``if``, ``recursive`` tells whether ``loop(…)`` may be called."""
    fields = ("target", "iter", "body", "else_", "test", "recursive")


class If(Stmt):
    """A condition; ``elif_`` is a list of If nodes."""
    fields = ("test", "body", "elif_", "else_")


class Macro(Stmt):
    """A macro: ``args`` are Names, ``defaults`` belong to the last of them."""
    fields = ("name", "args", "defaults", "body")


class CallBlock(Stmt):
    """``{% call(args) call %}``: the body becomes the ``caller`` of the call."""
    fields = ("call", "args", "defaults", "body")


class FilterBlock(Stmt):
    """``{% filter %}``: a Filter whose ``node`` is None, applied to the body."""
    fields = ("body", "filter")


class With(Stmt):
    """A scope with its own values; ``targets`` and ``values`` are lists of equal length."""
    fields = ("targets", "values", "body")


class Block(Stmt):
    """A part that templates extending this one may replace."""
    fields = ("name", "body", "scoped", "required")


class FromImport(Stmt):
    """``{% from template import names %}``; a name is a str or a (name, alias) pair."""
    fields = ("template", "names", "with_context")


class Import(Stmt):
    """``{% import template as target %}``; the target is a str."""
    fields = ("template", "target", "with_context")


class Include(Stmt):
    """``{% include template %}``"""
    fields = ("template", "with_context", "ignore_missing")


class ExprStmt(Stmt):
    """An expression evaluated for its effect; its value is dropped."""
    fields = ("node",)


class Assign(Stmt):
    """``{% set target = node %}``"""
    fields = ("target", "node")


class AssignBlock(Stmt):
    """``{% set target %}body{% endset %}``, with an optional filter."""
    fields = ("target", "filter", "body")


class Scope(Stmt):
    """A scope of its own for names set in the body."""
    fields = ("body",)


class OverlayScope(Stmt):
    """A scope for which ``context``, an expression giving a dict, says what all names mean."""
    fields = ("context", "body")


class Break(Stmt):
    """Leave the loop."""


class Continue(Stmt):
    """Go on with the next round of the loop."""


class EvalContextModifier(Stmt):
    """Change the evaluation context; ``options`` is a list of Keywords such as ``autoescape``."""
    fields = ("options",)


class ScopedEvalContextModifier(EvalContextModifier):
    """Change the evaluation context for the body only."""
    fields = ("body",)


class Expr(Node):
    """Base of all expressions."""
    abstract = True

    def as_const(self, eval_ctx: EvalContext | None = None) -> Any:
        """Return the value if it is known without rendering; raises Impossible if not.

        :param eval_ctx: may be left out for nodes that belong to an environment.
        """
        raise Impossible()

    def can_assign(self) -> bool:
        """Tell whether this may stand to the left of ``=``."""
        return False


class Name(Expr):
    """A variable; ``ctx`` is 'load', 'store' or 'param'."""
    fields = ("name", "ctx")

    def can_assign(self) -> bool:
        return self.name not in {"true", "false", "none", "True", "False", "None"}


class NSRef(Expr):
    """``name.attr`` as the target of an assignment to a namespace."""
    fields = ("name", "attr")

    def can_assign(self) -> bool:
        # Whether the object is a namespace at all shows when the template is rendered.
        return True


class Literal(Expr):
    """Base of all literals."""
    abstract = True


# What repr() turns into source that means the same value.
SAFE_SCALARS = frozenset((type(None), type(NotImplemented), type(Ellipsis), bool, int, complex, range, str, Markup))


def has_safe_repr(value: object) -> bool:
    """Tell whether ``repr(value)`` is Python source for the value."""
    kind = type(value)
    if kind in SAFE_SCALARS:
        return True
    if kind is float:
        return value - value == 0.0  # type: ignore[operator,no-any-return]  # not for inf and nan
    if kind in (tuple, list, set, frozenset):
        return all(map(has_safe_repr, value))  # type: ignore[call-overload]
    return kind is dict and all(has_safe_repr(pair) for pair in value.items())  # type: ignore[attr-defined]


class Const(Literal):
    """A constant of Python."""
    fields = ("value",)

    def as_const(self, eval_ctx: EvalContext | None = None) -> Any:
        return self.value

    @classmethod
    def from_untrusted(cls, value: Any, lineno: int | None = None, environment: Any = None) -> Const:
        """Make a constant of a value that was computed; raises Impossible if source cannot express it."""
        if not has_safe_repr(value):
            raise Impossible()
        return cls(value, lineno=lineno, environment=environment)


def marked(value: Any, eval_ctx: EvalContext) -> Any:
    """Return text, as Markup where output is escaped; raises Impossible where that is not known."""
    if eval_ctx.volatile:
        raise Impossible()
    return Markup(value) if eval_ctx.autoescape else value


class TemplateData(Literal):
    """A piece of the template's own text."""
    fields = ("data",)

    def as_const(self, eval_ctx: EvalContext | None = None) -> str:
        return marked(self.data, get_eval_context(self, eval_ctx))  # type: ignore[no-any-return]


class Tuple(Literal):
    """A tuple, or several targets of an assignment."""
    fields = ("items", "ctx")

    def as_const(self, eval_ctx: EvalContext | None = None) -> tuple[Any, ...]:
        return tuple(constants(self.items, get_eval_context(self, eval_ctx)))

    def can_assign(self) -> bool:
        return all(item.can_assign() for item in self.items)


class List(Literal):
    """A list."""
    fields = ("items",)

    def as_const(self, eval_ctx: EvalContext | None = None) -> list[Any]:
        return constants(self.items, get_eval_context(self, eval_ctx))


class Dict(Literal):
    """A dict; the items are Pairs."""
    fields = ("items",)

    def as_const(self, eval_ctx: EvalContext | None = None) -> dict[Any, Any]:
        return attempt(dict, constants(self.items, get_eval_context(self, eval_ctx)))  # type: ignore[no-any-return]


class Pair(Helper):
    """One entry of a Dict."""
    fields = ("key", "value")

    def as_const(self, eval_ctx: EvalContext | None = None) -> tuple[Any, Any]:
        """Return (key, value); raises Impossible."""
        eval_ctx = get_eval_context(self, eval_ctx)
        return self.key.as_const(eval_ctx), self.value.as_const(eval_ctx)


class Keyword(Helper):
    """A keyword argument; the key is a str."""
    fields = ("key", "value")

    def as_const(self, eval_ctx: EvalContext | None = None) -> tuple[str, Any]:
        """Return (key, value); raises Impossible."""
        return self.key, self.value.as_const(get_eval_context(self, eval_ctx))


class CondExpr(Expr):
    """``expr1 if test else expr2``; without ``else``, ``expr2`` is None."""
    fields = ("test", "expr1", "expr2")

    def as_const(self, eval_ctx: EvalContext | None = None) -> Any:
        eval_ctx = get_eval_context(self, eval_ctx)
        chosen = self.expr1 if self.test.as_const(eval_ctx) else self.expr2
        if chosen is None:  # an undefined value, which source cannot express
            raise Impossible()
        return chosen.as_const(eval_ctx)


def constants(items: list[Any], eval_ctx: EvalContext) -> list[Any]:
    """Return the constants of several nodes; raises Impossible if one is none."""
    return [item.as_const(eval_ctx) for item in items]


def attempt(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call what may fail for a reason that should show when the template runs, not now."""
    try:
        return function(*args, **kwargs)
    except Exception:
        raise Impossible() from None


class FilterTestCommon(Expr):
    """Base of Filter and Test: a function by name, its arguments, and the value it is applied to."""
    fields = ("node", "name", "args", "kwargs", "dyn_args", "dyn_kwargs")
    abstract = True

    def _function(self, environment: Any) -> Any:
        raise NotImplementedError

    def as_const(self, eval_ctx: EvalContext | None = None) -> Any:
        eval_ctx = get_eval_context(self, eval_ctx)
        environment = eval_ctx.environment
        function = self._function(environment)
        wants = getattr(function, "jinja_pass_arg", None)
        if function is None or self.node is None or eval_ctx.volatile or wants == "context":
            raise Impossible()
        if environment.is_async and runs_async(function):
            raise Impossible()
        args, kwargs = call_constants(self, eval_ctx)
        args.insert(0, self.node.as_const(eval_ctx))
        if wants in ("eval_context", "environment"):
            args.insert(0, eval_ctx if wants == "eval_context" else environment)
        return attempt(function, *args, **kwargs)


def call_constants(node: Any, eval_ctx: EvalContext) -> tuple[list[Any], dict[str, Any]]:
    """Return the constant arguments of a Call, Filter or Test; raises Impossible."""
    args = constants(node.args, eval_ctx)
    kwargs = dict(constants(node.kwargs, eval_ctx))
    if node.dyn_args is not None:
        args.extend(attempt(list, node.dyn_args.as_const(eval_ctx)))
    if node.dyn_kwargs is not None:
        attempt(kwargs.update, node.dyn_kwargs.as_const(eval_ctx))
    return args, kwargs


def runs_async(function: Any) -> bool:
    """Tell whether a filter or test gives something to await in an asynchronous environment."""
    code = getattr(function, "__code__", None)
    is_coroutine_function = code is not None and bool(code.co_flags & 0x80)  # CO_COROUTINE
    return is_coroutine_function or getattr(function, "jinja_async_variant", False) is True


class Filter(FilterTestCommon):
    """``node|name(args)``; in a filter block the node is None."""

    def _function(self, environment: Any) -> Any:
        return environment.filters.get(self.name)


class Test(FilterTestCommon):
    """``node is name(args)``"""

    def _function(self, environment: Any) -> Any:
        return environment.tests.get(self.name)


class Call(Expr):
    """A call; ``kwargs`` are Keywords, ``dyn_args`` and ``dyn_kwargs`` what follows ``*`` and ``**``, or None."""
    fields = ("node", "args", "kwargs", "dyn_args", "dyn_kwargs")


class Getitem(Expr):
    """``node[arg]``"""
    fields = ("node", "arg", "ctx")

    def as_const(self, eval_ctx: EvalContext | None = None) -> Any:
        eval_ctx = get_eval_context(self, eval_ctx)
        if self.ctx != "load":
            raise Impossible()
        return attempt(eval_ctx.environment.getitem, self.node.as_const(eval_ctx), self.arg.as_const(eval_ctx))


class Getattr(Expr):
    """``node.attr``"""
    fields = ("node", "attr", "ctx")

    def as_const(self, eval_ctx: EvalContext | None = None) -> Any:
        eval_ctx = get_eval_context(self, eval_ctx)
        if self.ctx != "load":
            raise Impossible()
        return attempt(eval_ctx.environment.getattr, self.node.as_const(eval_ctx), self.attr)


class Slice(Expr):
    """``start:stop:step`` within a Getitem; each may be None."""
    fields = ("start", "stop", "step")

    def as_const(self, eval_ctx: EvalContext | None = None) -> slice:
        eval_ctx = get_eval_context(self, eval_ctx)
        return slice(*(part and part.as_const(eval_ctx) for part in (self.start, self.stop, self.step)))


class Concat(Expr):
    """``a ~ b ~ c``: all nodes as text, joined."""
    fields = ("nodes",)

    def as_const(self, eval_ctx: EvalContext | None = None) -> str:
        eval_ctx = get_eval_context(self, eval_ctx)
        values = constants(self.nodes, eval_ctx)
        if eval_ctx.volatile or eval_ctx.autoescape and any(hasattr(value, "__html__") for value in values):
            raise Impossible()  # the escaping is left to the run time
        return "".join(attempt(str, value) for value in values)


COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": python.eq, "ne": python.ne, "gt": python.gt, "gteq": python.ge, "lt": python.lt,
    "lteq": python.le, "in": lambda a, b: a in b, "notin": lambda a, b: a not in b,
}


class Compare(Expr):
    """A chain of comparisons: ``ops`` is a list of Operands."""
    fields = ("expr", "ops")

    def as_const(self, eval_ctx: EvalContext | None = None) -> Any:
        eval_ctx = get_eval_context(self, eval_ctx)
        result = value = self.expr.as_const(eval_ctx)
        for operand in self.ops:
            other = operand.expr.as_const(eval_ctx)
            result = attempt(COMPARISONS[operand.op], value, other)
            if not result:
                return False
            value = other
        return result


class Operand(Helper):
    """An operator (``eq``, ``ne``, ``lt``, ``lteq``, ``gt``, ``gteq``, ``in``, ``notin``) and its right side."""
    fields = ("op", "expr")


def bounded_multiply(left: Any, right: Any) -> Any:
    """Multiply, unless a short source would become a long value: that is left to the run time."""
    sizes = [len(value) if hasattr(value, "__len__") else abs(value) for value in (left, right)]
    if max(sizes) > 0xFFFF:
        raise Impossible()
    return left * right


def bounded_power(left: Any, right: Any) -> Any:
    """Raise to a power, within the same bounds."""
    if abs(left) > 0xFFFF or abs(right) > 64:
        raise Impossible()
    return left ** right


class BinExpr(Expr):
    """Base of the operators with two sides."""
    fields = ("left", "right")
    abstract = True
    operator: ClassVar[str]
    compute: ClassVar[Callable[[Any, Any], Any]]

    def as_const(self, eval_ctx: EvalContext | None = None) -> Any:
        eval_ctx = get_eval_context(self, eval_ctx)
        environment = eval_ctx.environment
        if environment.sandboxed and self.operator in environment.intercepted_binops:
            raise Impossible()
        left, right = self.left.as_const(eval_ctx), self.right.as_const(eval_ctx)
        return attempt(type(self).compute, left, right)


class UnaryExpr(Expr):
    """Base of the operators with one side."""
    fields = ("node",)
    abstract = True
    operator: ClassVar[str]
    compute: ClassVar[Callable[[Any], Any]]

    def as_const(self, eval_ctx: EvalContext | None = None) -> Any:
        eval_ctx = get_eval_context(self, eval_ctx)
        environment = eval_ctx.environment
        if environment.sandboxed and self.operator in environment.intercepted_unops:
            raise Impossible()
        return attempt(type(self).compute, self.node.as_const(eval_ctx))


class Mul(BinExpr):
    """``left * right``"""
    operator, compute = "*", bounded_multiply


class Div(BinExpr):
    """``left / right``"""
    operator, compute = "/", python.truediv


class FloorDiv(BinExpr):
    """``left // right``"""
    operator, compute = "//", python.floordiv


class Add(BinExpr):
    """``left + right``"""
    operator, compute = "+", python.add


class Sub(BinExpr):
    """``left - right``"""
    operator, compute = "-", python.sub


class Mod(BinExpr):
    """``left % right``"""
    operator, compute = "%", python.mod


class Pow(BinExpr):
    """``left ** right``"""
    operator, compute = "**", bounded_power


class And(BinExpr):
    """``left and right``"""
    operator = "and"

    def as_const(self, eval_ctx: EvalContext | None = None) -> Any:
        eval_ctx = get_eval_context(self, eval_ctx)
        return self.left.as_const(eval_ctx) and self.right.as_const(eval_ctx)


class Or(BinExpr):
    """``left or right``"""
    operator = "or"

    def as_const(self, eval_ctx: EvalContext | None = None) -> Any:
        eval_ctx = get_eval_context(self, eval_ctx)
        return self.left.as_const(eval_ctx) or self.right.as_const(eval_ctx)


class Not(UnaryExpr):
    """``not node``"""
    operator, compute = "not", python.not_


class Neg(UnaryExpr):
    """``-node``"""
    operator, compute = "-", python.neg


class Pos(UnaryExpr):
    """``+node``"""
    operator, compute = "+", python.pos


# What only extensions make.


class ImportedName(Expr):
    """What an import by the dotted name ``importname`` gives; for extensions."""
    fields = ("importname",)


class EnvironmentAttribute(Expr):
    """An attribute of the environment; for extensions."""
    fields = ("name",)


class ExtensionAttribute(Expr):
    """An attribute of an extension that is loaded; ``Extension.attr`` makes these."""
    fields = ("identifier", "name")


class InternalName(Expr):
    """A variable that no template can name; ``Parser.free_identifier`` makes these."""
    fields = ("name",)

    def __init__(self, *fields: Any, **attributes: Any) -> None:
        raise TypeError("internal names come from Parser.free_identifier(), which sees to it that they are unique")

    @classmethod
    def make(cls, name: str, lineno: int | None = None) -> InternalName:
        """Make one; for the parser."""
        node = cls.__new__(cls)
        Expr.__init__(node, name, lineno=lineno)
        return node


class MarkSafe(Expr):
    """The value of ``expr`` as Markup."""
    fields = ("expr",)

    def as_const(self, eval_ctx: EvalContext | None = None) -> Any:
        return Markup(self.expr.as_const(get_eval_context(self, eval_ctx)))


class MarkSafeIfAutoescape(Expr):
    """The value of ``expr``, as Markup where output is escaped."""
    fields = ("expr",)

    def as_const(self, eval_ctx: EvalContext | None = None) -> Any:
        eval_ctx = get_eval_context(self, eval_ctx)
        return marked(self.expr.as_const(eval_ctx), eval_ctx)


class ContextReference(Expr):
    """The context of the template, as an object."""


class DerivedContextReference(Expr):
    """The context together with the names of the scopes around; those set in loops and blocks included."""
