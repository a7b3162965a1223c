"""Where in a template code is being written, and in which of two modes.

The frame goes along with the node through all functions that write code, and says what its surroundings
mean for it. A mode says how an asynchronous template does what an ordinary one does otherwise.
"""
from __future__ import annotations

from .scope import Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .compiler import CodeGenerator
    from .tree import EvalContext

RETURNED = "return"  # the buffer of a function whose only piece of output is its result


class Frame:
    """Where in the template code is being written."""

    def __init__(self, scope: Scope, eval_ctx: EvalContext) -> None:
        self.scope = scope
        self.eval_ctx = eval_ctx
        self.context = "context"  # the variable that holds the context
        self.buffer: str | None = None  # the list that takes the output; None: it is yielded
        self.toplevel = False  # names that are set belong to the context, too
        self.root = False  # no condition stands before what is written
        self.loop = 0  # in how many loops of this function
        self.tracked = False  # functions called with the context see what is set here
        self.soft = False  # it may never be executed
        self.checked = False  # it puts nothing out once another template is extended

    def copy(self, **changes: Any) -> Frame:
        """Return the same frame with some things changed."""
        twin = Frame.__new__(Frame)
        twin.__dict__.update(self.__dict__, **changes)
        return twin

    def inner(self, scope: Scope | None = None, **changes: Any) -> Frame:
        """Return the frame of a part with names of its own."""
        scope = Scope(self.scope, is_function=False) if scope is None else scope
        changes = {"tracked": False, **changes}
        return self.copy(scope=scope, toplevel=False, root=False, soft=False, **changes)

    def function(self, scope: Scope, buffer: str) -> Frame:
        """Return the frame of a function within the function, which collects its output."""
        return self.inner(scope, buffer=buffer, loop=0, checked=False)


class Mode:
    """How ordinary templates do what asynchronous ones do otherwise."""

    define, loop, loop_class = "def", "for", "LoopContext"

    def value(self, code: str) -> str:
        """Write the use of a value that might have to be awaited."""
        return code

    def wait(self, code: str) -> str:
        """Write the use of a value that has to be awaited."""
        return code

    def iterate(self, code: str) -> str:
        """Write what a loop iterates over."""
        return code

    def loop_head(self, gen: CodeGenerator, target: str, variable: str, loop: str) -> str:
        """Write the head of a loop that keeps count, after the keyword."""
        gen.line(f"{variable} = {loop}")
        return f"{target} in {variable}.rounds()"

    def module(self, template: str, method: str, arguments: str) -> str:
        """Write the making of a template's module."""
        return f"{template}.{method}({arguments})"

    def delegate(self, gen: CodeGenerator, code: str, frame: Frame, is_plain: bool) -> None:
        """Write what puts out all that an iterable gives; ``is_plain``: it is never an asynchronous one."""
        gen.line(f"yield from {code}" if frame.buffer is None else f"{frame.buffer}.extend({code})")


class AsyncMode(Mode):
    """How asynchronous templates do it."""

    define, loop, loop_class = "async def", "async for", "AsyncLoopContext"

    def value(self, code: str) -> str:
        return f"(await auto_await({code}))"

    def wait(self, code: str) -> str:
        return f"(await {code})"

    def iterate(self, code: str) -> str:
        return f"auto_aiter({code})"

    def loop_head(self, gen: CodeGenerator, target: str, variable: str, loop: str) -> str:
        return f"{target}, {variable} in {loop}"

    def module(self, template: str, method: str, arguments: str) -> str:
        return f"(await {template}.{method}_async({arguments}))"

    def delegate(self, gen: CodeGenerator, code: str, frame: Frame, is_plain: bool) -> None:
        if is_plain:
            with gen.block(f"for part in {code}"):
                gen.emit("part", frame)
            return
        parts = gen.temporary("parts")
        gen.line(f"{parts} = {code}")
        with gen.block("try"), gen.block(f"async for part in {parts}"):
            gen.emit("part", frame)
        with gen.block("finally"):  # no generator is left to be finished by the event loop
            gen.line(f"await {parts}.aclose()")
