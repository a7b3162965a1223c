"""Write what puts text out: ``{{ … }}`` and the text between tags.

A run of text and expressions becomes one piece of output. The values are first made text one after the
other, then tested for characters that need escaping, several of them at once: most have none. Native
environments put the values out as they are.
"""
from __future__ import annotations

from ..markup import escape
from . import nodes
from .tree import Impossible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Union

    from .compiler import CodeGenerator, Frame
    from .writer import Block

    Piece = Union[str, nodes.Node]

VALUES_AT_ONCE = 8
# What these give is mostly Markup: tested together with others, it would make those look unsafe.
MOSTLY_SAFE = (nodes.Call, nodes.Filter)


def constant_text(gen: CodeGenerator, value: Any, frame: Frame) -> str:
    """Return a constant as it is put out; raises Impossible if that depends on the rendering."""
    if gen.finalize.is_late or frame.eval_ctx.volatile:
        raise Impossible()
    try:
        value = gen.finalize.apply(value, frame.eval_ctx)
        return str(escape(value) if frame.eval_ctx.autoescape else value)
    except Exception:  # it is to fail, if at all, where the template is rendered
        raise Impossible() from None


def native_constant(gen: CodeGenerator, value: Any, frame: Frame) -> str:
    """Return a constant as text between other text of a native template."""
    if gen.finalize.is_late or not nodes.has_safe_repr(value):
        raise Impossible()
    return str(gen.finalize.apply(value, frame.eval_ctx))


def pieces(gen: CodeGenerator, output: nodes.Output, frame: Frame, constant: Any) -> Iterator[Piece]:
    """Yield literal text, as much as possible at once, and expressions."""
    text = ""
    for node in output.nodes:
        if isinstance(node, nodes.TemplateData):
            text += node.data
            continue
        node = gen.fold(node, frame)
        if isinstance(node, nodes.Const):
            try:
                text += constant(gen, node.value, frame)
                continue
            except Impossible:
                pass
        if text:
            yield text
            text = ""
        yield node
    if text:
        yield text


def fits_one_row(output: nodes.Output) -> bool:
    """Tell whether an Output node becomes one piece of output."""
    return sum(not isinstance(node, nodes.TemplateData) for node in output.nodes) < VALUES_AT_ONCE


def write_text(gen: CodeGenerator, output: nodes.Output, frame: Frame) -> None:
    """Write an Output node for text."""
    row: list[Piece] = []
    values = 0
    for piece in pieces(gen, output, frame, constant_text):
        row.append(piece)
        values += not isinstance(piece, str)
        if values == VALUES_AT_ONCE or gen.environment.is_async:
            write_row(gen, row, frame)
            row, values = [], 0
    if row:
        write_row(gen, row, frame)


def write_row(gen: CodeGenerator, row: list[Piece], frame: Frame) -> None:
    """Write one piece of output: the values as variables v0, v1, …, then all of it as one string."""
    if not is_hot(frame):
        write_row_shortly(gen, row, frame)
        return
    literals, together = [], []
    is_mixed = len([piece for piece in row if not isinstance(piece, (str, *MOSTLY_SAFE))]) > 1
    if is_mixed and frame.eval_ctx.autoescape and not frame.eval_ctx.volatile:
        gen.line("mixed = False")
    for number, piece in enumerate(row):
        if isinstance(piece, str):
            literals.append(repr(piece))
            continue
        variable = f"v{number}"
        literals.append(f"f'{{{variable}!s}}'")
        if write_value(gen, variable, piece, frame, "; mixed = True" if is_mixed else ""):
            together.append(variable)
    if len(together) == 1:
        write_escape(gen, together[0])
    elif together:
        write_escape_together(gen, together)
    gen.emit(" ".join(literals), frame)


def is_hot(frame: Frame) -> bool:
    """Tell whether code is likely to run more than once in a rendering, and worth being long for speed."""
    return frame.loop > 0 or frame.buffer is not None


def write_row_shortly(gen: CodeGenerator, row: list[Piece], frame: Frame) -> None:
    """Write a row with a call for each value: less code, sooner compiled."""
    literals = []
    show = "shown" if frame.eval_ctx.autoescape else "str"
    if frame.eval_ctx.volatile:
        show = f"(shown if {frame.context}.eval_ctx.autoescape else str)"
    for number, piece in enumerate(row):
        if isinstance(piece, str):
            literals.append(repr(piece))
        else:
            gen.line(f"v{number} = {show}({gen.finalize.write(gen.expr(piece, frame), frame)})", piece.lineno)
            literals.append(f"f'{{v{number}!s}}'")
    gen.emit(" ".join(literals), frame)


def unsafe(variable: str) -> str:
    """Write the test for characters that mean something in HTML."""
    return " or ".join(f"{character} in {variable}" for character in ("'<'", "'>'", "'&'", "'\"'", '"\'"'))


def write_value(gen: CodeGenerator, variable: str, node: Any, frame: Frame, and_note: str) -> bool:
    """Write the computation of one value; return whether it must still be tested for escaping.

    It is made text at once, unless it is of a kind that cannot change until the row is put out.

    :param and_note: what is done, besides, when it was made text.
    """
    eval_ctx = frame.eval_ctx
    is_call = may_be_macro(gen, node, frame)
    code = gen.call(node, frame, callee="c") if is_call else gen.finalize.write(gen.expr(node, frame), frame)
    if eval_ctx.volatile:
        gen.line(f"{variable} = (escape if {frame.context}.eval_ctx.autoescape else str)({code})", node.lineno)
        return False
    is_safe = bool(eval_ctx.autoescape) and isinstance(node, MOSTLY_SAFE)
    to_text = "printable" if eval_ctx.autoescape else "str"
    note = and_note if eval_ctx.autoescape and not is_safe else ""
    with write_macro_call(gen, variable, node, frame) if is_call else gen.out.flat():
        gen.line(f"{variable} = {code}", node.lineno)
        gen.line(f"if type({variable}) is not str and type({variable}) is not int: "
                 f"{variable} = {to_text}({variable}){note}")
        if is_safe:
            write_escape(gen, variable)
    return bool(eval_ctx.autoescape) and not is_safe


def may_be_macro(gen: CodeGenerator, node: Any, frame: Frame) -> bool:
    """Tell whether a node looks like the call of a macro, and may be carried out as one."""
    if not isinstance(node, nodes.Call) or node.kwargs or node.dyn_args or node.dyn_kwargs:
        return False
    if gen.environment.sandboxed or frame.eval_ctx.volatile or gen.finalize.function is not None:
        return False
    target = node.node
    return isinstance(target, nodes.Name) or isinstance(target, nodes.Getattr) and not gen.is_loop(target.node, frame)


def write_macro_call(gen: CodeGenerator, variable: str, node: Any, frame: Frame) -> Block:
    """Write the short way for a call that turns out to be one of a macro: its text is fit to be put out.

    :return: the block for the long way.
    """
    gen.line(f"c = {gen.expr(node.node, frame)}", node.lineno)
    with gen.block(f"if type(c) is Macro and c.most >= {len(node.args)}"):
        gen.line(f"{variable} = c.func({gen.listed(node.args, frame)})", node.lineno)
    return gen.block("else")


def write_escape(gen: CodeGenerator, variable: str) -> None:
    """Write the escaping of one value that is text already."""
    with gen.block(f"if type({variable}) is str and ({unsafe(variable)})"):
        gen.line(f"{variable} = escape_text({variable})")


def write_escape_together(gen: CodeGenerator, variables: list[str]) -> None:
    """Write the escaping of several values: one test for all, and then one pass over all."""
    joined = "\\0".join(f"{{{variable}!s}}" for variable in variables)
    gen.line(f"s = f'{joined}'")
    names = ", ".join(variables)
    with gen.block(f"if {unsafe('s')}"):
        gen.line("parts = () if mixed else escape_joined(s).split('\\0')")
        gen.line(f"{names} = parts if len(parts) == {len(variables)} else escape_each({names})")


def write_native(gen: CodeGenerator, output: nodes.Output, frame: Frame) -> None:
    """Write an Output node for values that keep their type."""
    for piece in pieces(gen, output, frame, native_constant):
        if isinstance(piece, str):
            gen.emit(repr(piece), frame)
        else:
            gen.emit(gen.finalize.write(gen.expr(piece, frame), frame), frame, piece.lineno)


class Finalize:
    """The function an environment has every printed value pass through, if any."""

    def __init__(self, environment: Any) -> None:
        self.function = environment.finalize
        self.environment = environment
        self.wants = getattr(self.function, "jinja_pass_arg", None)
        self.is_late = self.wants == "context"  # it needs what is only there while rendering

    def apply(self, value: Any, eval_ctx: nodes.EvalContext) -> Any:
        """Return a constant as the function makes it."""
        if self.function is None:
            return value
        first = {"eval_context": (eval_ctx,), "environment": (self.environment,)}.get(self.wants or "", ())
        return self.function(*first, value)

    def write(self, code: str, frame: Frame) -> str:
        """Write the call of the function for a value."""
        if self.function is None:
            return code
        first = {"context": f"{frame.context}, ", "eval_context": f"{frame.context}.eval_ctx, ",
                 "environment": "environment, "}.get(self.wants or "", "")
        return f"environment.finalize({first}{code})"
