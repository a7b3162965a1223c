"""Write the statements of a template as statements of Python.

One function for each class of node, in the table STATEMENTS; each takes the generator, the node and the
frame it stands in, and writes lines. Expressions and output are written elsewhere.
"""
from __future__ import annotations

from . import nodes
from .errors import TemplateAssertionError
from .frame import RETURNED
from .scope import Scope, uses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .compiler import CodeGenerator, Frame


SPECIAL_PARAMETERS = ("caller", "kwargs", "varargs")


# Conditions and loops.


def write_if(gen: CodeGenerator, node: nodes.If, frame: Frame) -> None:
    frame = frame.copy(soft=True, root=False)
    for keyword, branch in [("if", node), *(("elif", branch) for branch in node.elif_)]:
        with gen.block(f"{keyword} {gen.value(branch.test, frame)}", branch.lineno):
            gen.body(branch.body, frame)
    if node.else_:
        with gen.block("else"):
            gen.body(node.else_, frame)


def write_for(gen: CodeGenerator, node: nodes.For, frame: Frame) -> None:
    scope = Scope(frame.scope, is_function=False)
    has_loop = node.recursive or needs_loop(node)
    refuse_loop_as_name(gen, node)
    if has_loop:
        scope.parameter("loop")
        scope.is_loop = True
    declare_targets(scope, [node.target])
    scope.analyze(node.body)
    inner = frame.inner(scope=scope, loop=frame.loop + 1, tracked=True)
    iterable = gen.value(node.iter, frame)
    if node.recursive:
        write_recursive(gen, node, frame, inner, iterable)
        return
    if node.test is not None and has_loop:
        iterable = f"{write_filter_function(gen, node, frame)}({iterable})"
    write_rounds(gen, node, frame, inner, iterable, has_loop, "")


def write_rounds(gen: CodeGenerator, node: nodes.For, frame: Frame, inner: Frame, iterable: str, has_loop: bool,
                 recursion: str) -> None:
    """Write the loop proper; ``inner`` is the frame of the body."""
    head = f"{gen.expr(node.target, inner)} in {gen.mode.iterate(iterable)}"
    if has_loop:
        loop = f"{gen.mode.loop_class}({iterable}, {gen.use('undefined')}{recursion})"
        head = gen.mode.loop_head(gen, gen.expr(node.target, inner), str(inner.scope.find("loop")), loop)
    is_empty = gen.temporary() if node.else_ else ""
    if is_empty:
        gen.line(f"{is_empty} = True")
    with gen.block(f"{gen.mode.loop} {head}", node.lineno):
        if node.test is not None and not has_loop:
            gen.line(f"if not {gen.value(node.test, test_frame(node, frame))}: continue", node.test.lineno)
        if is_empty:
            gen.line(f"{is_empty} = False")
        gen.enter(inner.scope)
        gen.body(node.body, inner)
    if is_empty:
        otherwise = Scope(frame.scope, is_function=False)
        otherwise.analyze(node.else_)
        with gen.block(f"if {is_empty}"):
            gen.enter(otherwise)
            gen.body(node.else_, frame.inner(scope=otherwise))


def needs_loop(node: nodes.For) -> bool:
    """Tell whether something in the body can ask for ``loop``."""
    return "loop" in uses(node.body, ("loop",)) or any(block.scoped for block in node.find_all(nodes.Block))


def refuse_loop_as_name(gen: CodeGenerator, node: nodes.For) -> None:
    for name in node.find_all(nodes.Name):
        if name.ctx == "store" and name.name == "loop":
            gen.fail("'loop' cannot be set inside of a loop: there it is the special variable", name.lineno)


def declare_targets(scope: Scope, targets: Iterable[nodes.Node]) -> None:
    """Declare the names of assignment targets as having a value from the start of a scope."""
    for target in targets:
        if isinstance(target, nodes.Name):
            scope.parameter(target.name)
        else:
            declare_targets(scope, target.iter_child_nodes())


def test_frame(node: nodes.For, frame: Frame) -> Frame:
    """Return the frame of a loop's condition, which knows the targets, but no ``loop``."""
    scope = Scope(frame.scope, is_function=False)
    declare_targets(scope, [node.target])
    scope.analyze([node.test])
    return frame.inner(scope=scope)


def write_filter_function(gen: CodeGenerator, node: nodes.For, frame: Frame) -> str:
    """Write a generator of the items for which a loop's condition holds, so that ``loop`` counts only those."""
    inner = test_frame(node, frame)
    name, mode = gen.temporary(), gen.mode
    with gen.block(f"{mode.define} {name}(items)", node.lineno):
        target = gen.expr(node.target, inner)
        with gen.block(f"{mode.loop} {target} in {mode.iterate('items')}"):
            gen.line(f"if {gen.value(node.test, inner)}: yield {target}", node.test.lineno)
    return name


def write_recursive(gen: CodeGenerator, node: nodes.For, frame: Frame, inner: Frame, iterable: str) -> None:
    """Write a loop as a function that ``loop(…)`` calls again."""
    name = gen.temporary("loop")
    with gen.block(f"{gen.mode.define} {name}(items, recurse, depth=0)", node.lineno):
        items = "items" if node.test is None else f"{write_filter_function(gen, node, frame)}(items)"
        buffer = gen.open_buffer()
        write_rounds(gen, node, frame.copy(buffer=buffer), inner.copy(loop=1, buffer=buffer), items, True,
                     ", recurse, depth")
        gen.line(f"return {gen.markup_of(gen.concat(buffer), frame)}")
    gen.emit(gen.mode.wait(f"{name}({iterable}, {name})"), frame, node.lineno)


def write_jump(word: str) -> Callable[[CodeGenerator, Any, Frame], None]:
    """Make the writer of ``break`` or ``continue``."""
    def write(gen: CodeGenerator, node: Any, frame: Frame) -> None:
        if not frame.loop:
            gen.fail(f"'{word}' stands outside of a loop, or in a macro or call block within it", node.lineno)
        gen.line(word, node.lineno)

    return write


# Scopes.


def write_scope(gen: CodeGenerator, node: nodes.Scope, frame: Frame) -> None:
    inner = frame.inner()
    inner.scope.analyze(node.body)
    gen.enter(inner.scope)
    gen.statements(node.body, inner)


def write_with(gen: CodeGenerator, node: nodes.With, frame: Frame) -> None:
    inner = frame.inner()
    declare_targets(inner.scope, node.targets)
    inner.scope.analyze(node.body)
    gen.enter(inner.scope)
    for target, value in zip(node.targets, node.values):
        gen.line(f"{gen.expr(target, inner)} = {gen.value(value, frame)}", node.lineno)
    gen.statements(node.body, inner)


def write_overlay(gen: CodeGenerator, node: nodes.OverlayScope, frame: Frame) -> None:
    """Write a scope whose names a dict gives meaning; names of the template are seen behind those."""
    context = gen.temporary("context")
    gen.line(f"{context} = {frame.context}.derived({gen.visible_variables(frame)})", node.lineno)
    gen.line(f"{context}.vars = {gen.value(node.context, frame)}")
    scope = Scope(level=frame.scope.level + 1)
    scope.analyze(node.body)
    slot = gen.slot()
    gen.enter(scope)
    gen.statements(node.body, frame.inner(scope=scope, context=context))
    gen.fill_lookups(slot, scope, f"{context}.resolve_or_missing")


def write_options(gen: CodeGenerator, node: nodes.EvalContextModifier, frame: Frame) -> None:
    for option in node.options:
        gen.line(f"{frame.context}.eval_ctx.{option.key} = {gen.value(option.value, frame)}", node.lineno)
        value = gen.fold(option.value, frame)
        if isinstance(value, nodes.Const):
            setattr(frame.eval_ctx, option.key, value.value)
        else:
            frame.eval_ctx.volatile = True


def write_scoped_options(gen: CodeGenerator, node: nodes.ScopedEvalContextModifier, frame: Frame) -> None:
    saved, known = gen.temporary(), frame.eval_ctx.save()
    gen.line(f"{saved} = {frame.context}.eval_ctx.save()", node.lineno)
    write_options(gen, node, frame)
    gen.statements(node.body, frame)
    frame.eval_ctx.revert(known)
    gen.line(f"{frame.context}.eval_ctx.revert({saved})")


# Setting names.


def write_assign(gen: CodeGenerator, node: nodes.Assign, frame: Frame) -> None:
    value = gen.value(node.node, frame)
    gen.line(f"{gen.expr(node.target, frame)} = {value}", node.lineno)
    publish_targets(gen, node.target, frame)


def write_assign_block(gen: CodeGenerator, node: nodes.AssignBlock, frame: Frame) -> None:
    inner = frame.inner(checked=False)
    inner.scope.analyze(node.body)
    gen.enter(inner.scope)
    inner.buffer = gen.open_buffer()
    gen.statements(node.body, inner)
    value = gen.markup_of(gen.concat(inner.buffer), frame)
    if node.filter is not None:
        value = gen.markup_of(gen.filtered(node.filter, inner, value), frame)
    gen.line(f"{gen.expr(node.target, frame)} = {value}", node.lineno)
    publish_targets(gen, node.target, frame)


def publish_targets(gen: CodeGenerator, target: nodes.Node, frame: Frame) -> None:
    names = [target] if isinstance(target, nodes.Name) else target.find_all(nodes.Name)
    publish(gen, [name.name for name in names], frame)


def publish(gen: CodeGenerator, names: list[str], frame: Frame, exported: bool = True) -> None:
    """Write what makes names set at the top level known to the context, and importable or not."""
    if not frame.toplevel:
        return
    for name in names:
        gen.line(f"context.vars[{name!r}] = {frame.scope.find(name)}")
        if not name.startswith("_"):
            gen.line(f"context.exported_vars.{'add' if exported else 'discard'}({name!r})")


def write_expression(gen: CodeGenerator, node: nodes.ExprStmt, frame: Frame) -> None:
    gen.line(gen.value(node.node, frame), node.lineno)


# Macros, calls and filters over a part of the template.


def write_macro(gen: CodeGenerator, node: nodes.Macro, frame: Frame) -> None:
    value = write_macro_function(gen, node, frame, node.name)
    gen.line(f"{frame.scope.find(node.name)} = {value}", node.lineno)
    publish(gen, [node.name], frame)


def write_macro_function(gen: CodeGenerator, node: Any, frame: Frame, name: str | None) -> str:
    """Write the function of a macro or call block; return the source of the Macro made of it."""
    scope = Scope(frame.scope)
    given = [arg.name for arg in node.args]
    special = special_parameters(gen, node, given)
    # The order is what Macro goes by: its own parameters, the caller, then what catches the rest.
    head = ", ".join(f"{scope.parameter(arg)}=missing" for arg in [*given, *special])
    scope.analyze([*node.defaults, *node.body])
    function = gen.temporary(f"macro_{name}" if name else "caller")
    with gen.block(f"{gen.mode.define} {function}({head})", node.lineno):
        slot = gen.slot()
        inner = frame.function(scope, gen.buffer_for(node.body))
        gen.enter(scope)
        write_defaults(gen, node, inner)
        gen.statements(node.body, inner)
        if inner.buffer != RETURNED:
            gen.line(f"return {gen.concat(str(inner.buffer))}")
        gen.fill_lookups(slot, scope, gen.use("resolve") if frame.context == "context"
                         else f"{frame.context}.resolve_or_missing")
    takes_caller = "caller" in special or "caller" in given and bool(uses(node.body, ("caller",)))
    flags = f"{'kwargs' in special}, {'varargs' in special}, {takes_caller}"
    return f"Macro(environment, {function}, {name!r}, {tuple(given)!r}, {flags}, {gen.autoescape_of(frame)})"


def special_parameters(gen: CodeGenerator, node: Any, given: list[str]) -> list[str]:
    """Return which parameters the body uses without being given them by name."""
    used = uses(node.body, SPECIAL_PARAMETERS)
    if "caller" in used and "caller" in given[:len(given) - len(node.defaults)]:
        gen.fail('the special "caller" argument must be omitted or be given a default', node.lineno,
                 TemplateAssertionError)
    return [name for name in SPECIAL_PARAMETERS if name in used and name not in given]


def write_defaults(gen: CodeGenerator, node: Any, frame: Frame) -> None:
    """Write what parameters become that were not passed. A default sees the parameters before its own."""
    outer = gen.unset_parameters
    variables = [frame.scope.variables[arg.name] for arg in node.args]
    for position, arg in enumerate(node.args):
        variable = variables[position]
        gen.unset_parameters = outer.union(variables[position:])
        index = position - len(node.args) + len(node.defaults)
        if index >= 0:
            value = gen.value(node.defaults[index], frame)
        else:
            value = f"{gen.use('undefined')}({f'the parameter {arg.name!r} was not passed'!r}, name={arg.name!r})"
        gen.line(f"if {variable} is missing: {variable} = {value}", arg.lineno)
    gen.unset_parameters = outer


def write_call_block(gen: CodeGenerator, node: nodes.CallBlock, frame: Frame) -> None:
    caller = gen.temporary("t_caller")
    gen.line(f"{caller} = {write_macro_function(gen, node, frame, None)}", node.lineno)
    call = gen.fold(node.call, frame)
    gen.line(f"v = {gen.call(call, frame, {'caller': caller})}", node.lineno)
    gen.emit(gen.as_text("v"), frame)


def write_filter_block(gen: CodeGenerator, node: nodes.FilterBlock, frame: Frame) -> None:
    inner = frame.inner()
    inner.scope.analyze(node.body)
    gen.enter(inner.scope)
    inner.buffer = gen.open_buffer()
    gen.statements(node.body, inner)
    gen.line(f"v = {gen.filtered(node.filter, inner, gen.markup_of(gen.concat(inner.buffer), frame))}", node.lineno)
    gen.emit(gen.as_text("v"), frame)


# Other templates.


def write_extends(gen: CodeGenerator, node: nodes.Extends, frame: Frame) -> None:
    if not frame.toplevel:
        gen.fail("'extends' stands inside of a loop, macro, block or the like; it belongs to the top level",
                 node.lineno)
    if gen.extends_so_far:
        problem = "raise TemplateRuntimeError('a template was extended multiple times')"
        if gen.has_known_extends:
            gen.line(problem, node.lineno)
            return
        gen.line(f"if parent_template is not None: {problem}", node.lineno)
    template = f"{gen.use('get_template')}({gen.value(node.template, frame)}, {gen.name!r})"
    gen.line(f"parent_template = push_blocks(context, {template})", node.lineno)
    gen.has_known_extends = gen.has_known_extends or frame.root
    gen.extends_so_far += 1
    gen.extends_line = node.lineno


def write_block(gen: CodeGenerator, node: nodes.Block, frame: Frame) -> None:
    if frame.toplevel and gen.is_silent(frame):
        return  # the parent decides where the block stands
    context = gen.derived_context(frame) if node.scoped else frame.context
    function = f"context.blocks[{node.name!r}][0]"
    if node.required:
        function = f"required_block(context, {node.name!r})"
    with gen.guard(frame) if frame.toplevel else gen.out.flat():
        gen.delegate(f"{function}({context})", frame, node.lineno)


def template_getter(gen: CodeGenerator, node: Any, frame: Frame) -> str:
    """Write the call that gets the template of an Include or Import."""
    method = "get_or_select_template" if isinstance(node, nodes.Include) else "get_template"
    template = gen.fold(node.template, frame)
    if isinstance(template, nodes.Const):
        method = "select_template" if isinstance(template.value, (list, tuple)) else "get_template"
    elif isinstance(template, (nodes.List, nodes.Tuple)):
        method = "select_template"
    return f"{gen.use(method)}({gen.expr(template, frame)}, {gen.name!r})"


def write_include(gen: CodeGenerator, node: nodes.Include, frame: Frame) -> None:
    template = gen.temporary()
    getter = f"{template} = {template_getter(gen, node, frame)}"
    if not node.ignore_missing:
        gen.line(getter, node.lineno)
        write_included(gen, node, frame, template)
        return
    with gen.block("try", node.lineno):
        gen.line(getter, node.lineno)
    with gen.block("except TemplateNotFound"):
        gen.line("pass")
    with gen.block("else"):
        write_included(gen, node, frame, template)


def write_included(gen: CodeGenerator, node: nodes.Include, frame: Frame, template: str) -> None:
    if not node.with_context:
        module = gen.mode.module(template, "_get_default_module", "")
        gen.delegate(f"{module}._body_stream", frame, node.lineno, is_plain=True)
        return
    arguments = shared_variables(gen, frame)
    gen.delegate(f"{template}.root_render_func({template}.new_context({arguments}))", frame, node.lineno)


def shared_variables(gen: CodeGenerator, frame: Frame) -> str:
    """Write the arguments for the context of a template that sees the variables of this one."""
    variables = gen.visible_variables(frame)
    return f"{frame.context}.get_all(), True" + (f", {variables}" if variables else "")


def module_of(gen: CodeGenerator, node: Any, frame: Frame) -> str:
    """Write the call that gets the module of an imported template."""
    getter = template_getter(gen, node, frame)
    if node.with_context:
        return gen.mode.module(getter, "make_module", shared_variables(gen, frame))
    return gen.mode.module(getter, "_get_default_module", frame.context)


def write_import(gen: CodeGenerator, node: nodes.Import, frame: Frame) -> None:
    gen.line(f"{frame.scope.find(node.target)} = {module_of(gen, node, frame)}", node.lineno)
    publish(gen, [node.target], frame, exported=False)


def write_from_import(gen: CodeGenerator, node: nodes.FromImport, frame: Frame) -> None:
    module = gen.temporary()
    gen.line(f"{module} = {module_of(gen, node, frame)}", node.lineno)
    pairs = [name if isinstance(name, tuple) else (name, name) for name in node.names]
    for name, alias in pairs:
        gen.line(f"{frame.scope.find(alias)} = import_name(environment, {module}, {name!r}, {node.lineno})",
                 node.lineno)
    publish(gen, [alias for _, alias in pairs], frame, exported=False)


STATEMENTS: dict[type[nodes.Node], Callable[[CodeGenerator, Any, Frame], None]] = {
    nodes.Output: lambda gen, node, frame: gen.output(node, frame),
    nodes.If: write_if, nodes.For: write_for, nodes.Continue: write_jump("continue"), nodes.Break: write_jump("break"),
    nodes.Scope: write_scope, nodes.With: write_with, nodes.OverlayScope: write_overlay,
    nodes.EvalContextModifier: write_options, nodes.ScopedEvalContextModifier: write_scoped_options,
    nodes.Assign: write_assign, nodes.AssignBlock: write_assign_block, nodes.ExprStmt: write_expression,
    nodes.Macro: write_macro, nodes.CallBlock: write_call_block, nodes.FilterBlock: write_filter_block,
    nodes.Extends: write_extends, nodes.Block: write_block, nodes.Include: write_include,
    nodes.Import: write_import, nodes.FromImport: write_from_import,
}
