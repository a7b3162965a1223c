"""Write an expression of a template as a Python expression.

One function for each class of node, in the table EXPRESSIONS; each takes the generator, the node and
the frame it stands in, and returns source. Constant parts are computed beforehand by ``fold``. The
code written here runs for every cell of a table, so a plain dict is looked into without a call.
"""
from __future__ import annotations

from keyword import iskeyword

from . import nodes
from .errors import TemplateAssertionError, nearest
from .tree import Impossible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .compiler import CodeGenerator, Frame
    from .tree import EvalContext

    Translator = Callable[[CodeGenerator, Any, Frame], str]

# For these names ``a.name`` is a method where a is a dict, not an entry.
DICT_METHODS = frozenset(dir(dict))
LOOP_ATTRIBUTES = frozenset((
    "index", "index0", "revindex", "revindex0", "first", "last", "length", "depth", "depth0", "previtem", "nextitem",
    "cycle", "changed"))
COMPARE_SIGNS = {"eq": "==", "ne": "!=", "gt": ">", "gteq": ">=", "lt": "<", "lteq": "<=", "in": "in",
                 "notin": "not in"}


# Constants.


FOLDABLE = frozenset((
    nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow, nodes.And, nodes.Or, nodes.Not,
    nodes.Neg, nodes.Pos, nodes.Compare, nodes.Concat, nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Getattr,
    nodes.Getitem, nodes.Tuple, nodes.List, nodes.Dict, nodes.MarkSafe, nodes.MarkSafeIfAutoescape))
LEAVES = frozenset((nodes.Name, nodes.Const, nodes.TemplateData))
HELPERS = frozenset((nodes.Pair, nodes.Keyword, nodes.Operand, nodes.Slice))


def is_constant(value: object) -> bool:
    """Tell whether a field of a node holds nothing but constants."""
    if isinstance(value, list):
        return all(map(is_constant, value))
    if not isinstance(value, nodes.Node) or type(value) is nodes.Const:
        return True
    return type(value) in HELPERS and all(is_constant(part) for _, part in value.iter_fields())


def fold(node: Any, eval_ctx: EvalContext) -> Any:
    """Return an expression with its constant parts computed, from the inside out."""
    kind = type(node)
    if kind in LEAVES:
        return node
    constant = kind in FOLDABLE and (kind is not nodes.Tuple or node.ctx == "load")
    for name, value in node.iter_fields():
        if isinstance(value, list):
            value = [fold(item, eval_ctx) if isinstance(item, nodes.Node) else item for item in value]
            setattr(node, name, value)
        elif isinstance(value, nodes.Node):
            value = fold(value, eval_ctx)
            setattr(node, name, value)
        constant = constant and is_constant(value)
    if constant:
        try:
            return nodes.Const.from_untrusted(node.as_const(eval_ctx), lineno=node.lineno)
        except Impossible:
            pass
    return node


# Names and literals.


def write_name(gen: CodeGenerator, node: nodes.Name, frame: Frame) -> str:
    if node.ctx == "store":
        return str(frame.scope.find(node.name))
    variable = frame.scope.load(node.name)
    if frame.scope.is_parameter(variable) and variable not in gen.unset_parameters:
        return variable
    return f"({gen.use('undefined')}(name={node.name!r}) if {variable} is missing else {variable})"


def write_const(gen: CodeGenerator, node: nodes.Const, frame: Frame) -> str:
    if type(node.value) is float and node.value - node.value != 0:
        return f"float({str(node.value)!r})"  # 1e999 is infinite, and repr() would write a name
    return repr(node.value)


def write_template_data(gen: CodeGenerator, node: nodes.TemplateData, frame: Frame) -> str:
    try:
        return repr(node.as_const(frame.eval_ctx))
    except Impossible:
        return f"{gen.markup_if(frame)}({node.data!r})"


def write_tuple(gen: CodeGenerator, node: nodes.Tuple, frame: Frame) -> str:
    return f"({''.join(f'{gen.expr(item, frame)}, ' for item in node.items).strip()})"


def write_list(gen: CodeGenerator, node: nodes.List, frame: Frame) -> str:
    return f"[{gen.listed(node.items, frame)}]"


def write_dict(gen: CodeGenerator, node: nodes.Dict, frame: Frame) -> str:
    pairs = (f"{gen.expr(pair.key, frame)}: {gen.expr(pair.value, frame)}" for pair in node.items)
    return f"{{{', '.join(pairs)}}}"


def write_namespace_target(gen: CodeGenerator, node: nodes.NSRef, frame: Frame) -> str:
    return f"writable({frame.scope.load(node.name)}, {node.name!r})[{node.attr!r}]"


# Attributes and items.


def write_getattr(gen: CodeGenerator, node: nodes.Getattr, frame: Frame) -> str:
    if gen.is_loop(node.node, frame) and node.attr in LOOP_ATTRIBUTES:
        return gen.mode.value(f"{frame.scope.find('loop')}.{node.attr}")
    return write_lookup(gen, node.node, "attr", repr(node.attr), frame, node.attr not in DICT_METHODS)


def write_getitem(gen: CodeGenerator, node: nodes.Getitem, frame: Frame) -> str:
    arg = node.arg
    if isinstance(arg, nodes.Slice):
        bounds = ":".join("" if part is None else gen.expr(part, frame) for part in (arg.start, arg.stop, arg.step))
        base = gen.expr(node.node, frame)
        if isinstance(node.node, nodes.Const):
            base = f"identity({base})"  # Python warns of 1[2:3] when it is compiled; it is to fail when it is run
        return gen.mode.value(f"{base}[{bounds}]")
    is_key = isinstance(arg, nodes.Const) and isinstance(arg.value, str)
    return write_lookup(gen, node.node, "item", gen.expr(arg, frame), frame, is_key)


def write_lookup(gen: CodeGenerator, base: Any, helper: str, key: str, frame: Frame, may_be_entry: bool) -> str:
    """Write ``base.key`` or ``base[key]``: of a plain dict the entry, if it has it, else what the environment says."""
    value = gen.expr(base, frame)
    if not (may_be_entry and gen.looks_into_dicts):
        return gen.mode.value(f"{gen.use(helper)}({value}, {key})")
    plain = gen.use("plain_dict")
    if isinstance(base, nodes.Name):
        variable = frame.scope.load(base.name)
        inner = f"{variable}[{key}] if type({variable}) is {plain} and {key} in {variable}"
    else:  # the value is kept in w, which nothing else uses before the lookup is done
        inner = f"w[{key}] if type(w := {value}) is {plain} and {key} in w"
        value = "w"
    return gen.mode.value(f"({inner} else {gen.use(helper)}({value}, {key}))")


def write_slice(gen: CodeGenerator, node: nodes.Slice, frame: Frame) -> str:
    parts = ("None" if part is None else gen.expr(part, frame) for part in (node.start, node.stop, node.step))
    return f"slice({', '.join(parts)})"


# Calls.


def write_arguments(gen: CodeGenerator, node: Any, frame: Frame, extra: dict[str, str] | None = None) -> str:
    """Write the arguments of a Call, Filter or Test, each after a comma; ``extra`` are keywords with source."""
    parts = [gen.expr(arg, frame) for arg in node.args]
    if node.dyn_args is not None:
        parts.append(f"*{gen.expr(node.dyn_args, frame)}")
    keywords = [(keyword.key, gen.expr(keyword.value, frame)) for keyword in node.kwargs]
    keywords += (extra or {}).items()
    # {{ link(class="x") }} is fine in a template, but no Python.
    odd = [f"{key!r}: {value}" for key, value in keywords if iskeyword(key) or not key.isidentifier()]
    parts += [f"{key}={value}" for key, value in keywords if not iskeyword(key) and key.isidentifier()]
    if odd:
        parts.append(f"**{{{', '.join(odd)}}}")
    if node.dyn_kwargs is not None:
        parts.append(f"**{gen.expr(node.dyn_kwargs, frame)}")
    return "".join(f", {part}" for part in parts)


def write_call(gen: CodeGenerator, node: nodes.Call, frame: Frame, extra: dict[str, str] | None = None,
               callee: str = "") -> str:
    callee = callee or gen.expr(node.node, frame)
    arguments = write_arguments(gen, node, frame, extra)
    target = node.node
    if isinstance(target, nodes.Getattr) and gen.is_loop(target.node, frame) and target.attr in ("cycle", "changed"):
        return f"{callee}({arguments[2:]})"
    variables = gen.tracked_variables(frame)
    if gen.environment.sandboxed:
        context = f"{frame.context}.derived({variables})" if variables else frame.context
        return gen.mode.value(f"environment.call({context}, {callee}{arguments})")
    if variables:
        return gen.mode.value(f"{frame.context}.call_with({variables}, {callee}{arguments})")
    call = gen.use("call") if frame.context == "context" else f"{frame.context}.call"
    return gen.mode.value(f"{call}({callee}{arguments})")


def find_function(gen: CodeGenerator, kind: str, name: str, node: nodes.Node, frame: Frame) -> Any:
    """Return a filter or test that is there already; a missing one is an error, unless it may never be reached."""
    known = getattr(gen.environment, kind + "s")
    function = known.get(name)
    if function is None and not frame.soft:
        gen.fail(f"No {kind} named {name!r}.{nearest(name, known)}", node.lineno, TemplateAssertionError)
    return function


def write_applied(gen: CodeGenerator, kind: str, node: Any, frame: Frame, value: str) -> str:
    """Write a filter or test applied to ``value``, which is source."""
    wants = getattr(find_function(gen, kind, node.name, node, frame), "jinja_pass_arg", None)
    first = {"context": f"{frame.context}, ", "eval_context": f"{frame.context}.eval_ctx, ",
             "environment": "environment, "}.get(wants or "", "")
    return gen.mode.value(f"{gen.use_named(kind, node.name)}({first}{value}{write_arguments(gen, node, frame)})")


def write_filter(gen: CodeGenerator, node: nodes.Filter, frame: Frame, block: str = "") -> str:
    if node.node is None:
        value = block
    elif isinstance(node.node, nodes.Filter):
        value = write_filter(gen, node.node, frame, block)
    else:
        value = gen.expr(node.node, frame)
    return write_applied(gen, "filter", node, frame, value)


def write_test(gen: CodeGenerator, node: nodes.Test, frame: Frame) -> str:
    return write_applied(gen, "test", node, frame, gen.expr(node.node, frame))


# Operators.


def write_binary(gen: CodeGenerator, node: nodes.BinExpr, frame: Frame) -> str:
    left, right = gen.expr(node.left, frame), gen.expr(node.right, frame)
    environment = gen.environment
    if environment.sandboxed and node.operator in environment.intercepted_binops:
        return f"environment.call_binop({frame.context}, {node.operator!r}, {left}, {right})"
    return f"({left} {node.operator} {right})"


def write_unary(gen: CodeGenerator, node: nodes.UnaryExpr, frame: Frame) -> str:
    value = gen.expr(node.node, frame)
    environment = gen.environment
    if environment.sandboxed and node.operator in environment.intercepted_unops:
        return f"environment.call_unop({frame.context}, {node.operator!r}, {value})"
    return f"({node.operator} {value})"


def write_compare(gen: CodeGenerator, node: nodes.Compare, frame: Frame) -> str:
    operands = (f" {COMPARE_SIGNS[operand.op]} {gen.expr(operand.expr, frame)}" for operand in node.ops)
    return f"({gen.expr(node.expr, frame)}{''.join(operands)})"


def write_concat(gen: CodeGenerator, node: nodes.Concat, frame: Frame) -> str:
    join = "markup_join" if frame.eval_ctx.autoescape else "str_join"
    if frame.eval_ctx.volatile:
        join = f"(markup_join if {frame.context}.eval_ctx.autoescape else str_join)"
    return f"{join}(({gen.listed(node.nodes, frame)},))"


def write_condition(gen: CodeGenerator, node: nodes.CondExpr, frame: Frame) -> str:
    frame = frame.copy(soft=True)
    otherwise = f"Undefined('the condition on line {node.lineno} does not hold, and nothing is said for that case')"
    if node.expr2 is not None:
        otherwise = gen.expr(node.expr2, frame)
    return f"({gen.expr(node.expr1, frame)} if {gen.expr(node.test, frame)} else {otherwise})"


# What extensions bring in.


def write_environment_attribute(gen: CodeGenerator, node: nodes.EnvironmentAttribute, frame: Frame) -> str:
    return f"environment.{node.name}"


def write_extension_attribute(gen: CodeGenerator, node: nodes.ExtensionAttribute, frame: Frame) -> str:
    return f"environment.extensions[{node.identifier!r}].{node.name}"


def write_imported_name(gen: CodeGenerator, node: nodes.ImportedName, frame: Frame) -> str:
    return gen.imported(node.importname)


def write_internal_name(gen: CodeGenerator, node: nodes.InternalName, frame: Frame) -> str:
    return str(node.name)


def write_mark_safe(gen: CodeGenerator, node: nodes.MarkSafe, frame: Frame) -> str:
    return f"Markup({gen.expr(node.expr, frame)})"


def write_mark_safe_if(gen: CodeGenerator, node: nodes.MarkSafeIfAutoescape, frame: Frame) -> str:
    return f"{gen.markup_if(frame)}({gen.expr(node.expr, frame)})"


def write_context(gen: CodeGenerator, node: nodes.ContextReference, frame: Frame) -> str:
    return frame.context


def write_derived_context(gen: CodeGenerator, node: nodes.DerivedContextReference, frame: Frame) -> str:
    return gen.derived_context(frame)


EXPRESSIONS: dict[type[nodes.Node], Translator] = {
    nodes.Name: write_name, nodes.Const: write_const, nodes.TemplateData: write_template_data,
    nodes.Tuple: write_tuple, nodes.List: write_list, nodes.Dict: write_dict, nodes.NSRef: write_namespace_target,
    nodes.Getattr: write_getattr, nodes.Getitem: write_getitem, nodes.Slice: write_slice,
    nodes.Call: write_call, nodes.Filter: write_filter, nodes.Test: write_test,
    nodes.Compare: write_compare, nodes.Concat: write_concat, nodes.CondExpr: write_condition,
    nodes.EnvironmentAttribute: write_environment_attribute, nodes.ExtensionAttribute: write_extension_attribute,
    nodes.ImportedName: write_imported_name, nodes.InternalName: write_internal_name,
    nodes.MarkSafe: write_mark_safe, nodes.MarkSafeIfAutoescape: write_mark_safe_if,
    nodes.ContextReference: write_context, nodes.DerivedContextReference: write_derived_context,
    **dict.fromkeys((nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow, nodes.And,
                     nodes.Or), write_binary),
    **dict.fromkeys((nodes.Not, nodes.Neg, nodes.Pos), write_unary),
}
