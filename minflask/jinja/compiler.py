"""Turn the tree of a template into the source of a Python module.

``generate`` puts a module together: one generator function for the template, ``root``, and one for each
block. Expressions are written in ``pyexpr``, what is put out in ``output``, statements in ``statements``; here are the
frame they stand in, the prologue of functions, and the two modes, ordinary and asynchronous.

The contract with the environment. The module, executed in a namespace that holds ``environment`` (and, for
tracebacks, ``__jinja_template__``), defines

- ``name``: the template's name or None;
- ``root(context)`` and ``blocks``, a dict of functions of the same kind by name: generators of str, one
  item for each run of text and expressions (asynchronous generators if ``environment.is_async``; in native
  environments the items are values);
- ``debug_info``: ``"template line=module line&…"``.

At run time it asks the environment for ``getattr``, ``getitem``, ``undefined``, ``concat``, ``finalize``, ``filters``,
``tests``, ``plain_dict``, ``get_template`` and its kin, and, sandboxed, ``call``, ``call_binop``, ``call_unop``; a
template for ``root_render_func``, ``new_context``, ``blocks``, ``make_module`` and ``_get_default_module``.

Each function looks up what it needs once, at its start: variables of the context that it does not set
itself, filters, methods of the environment. Those lines are known when the function is complete, and go into a
slot that was kept free. Functions within functions (macros) share the helpers of the outermost.
"""
from __future__ import annotations

from . import nodes, runtime
from .errors import TemplateAssertionError, TemplateSyntaxError
from .frame import RETURNED, AsyncMode, Frame, Mode
from .output import Finalize, fits_one_row, write_native, write_text
from .pyexpr import EXPRESSIONS, fold, write_call, write_filter
from .scope import Scope, uses
from .statements import STATEMENTS
from .tree import EvalContext
from .writer import Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CodeType
    from typing import Any, NoReturn

    from .writer import Block, Slot

__all__ = ["CodeGenerator", "Frame", "NativeCodeGenerator", "generate", "to_code", "undeclared_names"]

# What functions fetch at their start, if they use it.
HELPERS = {
    "attr": "environment.getattr", "item": "environment.getitem", "undefined": "environment.undefined",
    "plain_dict": "environment.plain_dict", "concat": "environment.concat", "call": "context.call",
    "resolve": "context.resolve_or_missing", "get_template": "environment.get_template",
    "select_template": "environment.select_template", "get_or_select_template": "environment.get_or_select_template",
}


class CodeGenerator:
    """Writes the module of one template.

    :param defer_init: accepted for the module to be loaded later; it makes no difference.
    :param optimized: compute constant expressions now.
    """

    returns_rows = True  # a row of output is one value

    def __init__(self, environment: Any, name: str | None, filename: str | None, defer_init: bool = False,
                 optimized: bool = True) -> None:
        self.environment = environment
        self.name = name
        self.filename = filename
        self.optimized = optimized
        self.mode: Mode = AsyncMode() if environment.is_async else Mode()
        self.finalize = Finalize(environment)
        self.looks_into_dicts: bool = not environment.sandboxed and getattr(environment, "plain_dict", None) is dict
        self.out = Writer()
        self.line = self.out.line
        self.block = self.out.block
        self.slot = self.out.slot
        self.output: Callable[[Any, Frame], None] = self._writer_of_output(write_text)
        self.imports: Slot = []
        self.looked_up: set[str] = set()  # names asked of the context, for introspection
        self.unset_parameters: set[str] = set()
        self.has_known_extends = False
        self.extends_so_far = self.extends_line = 0
        self._helpers: dict[str, str] = {}
        self._temporaries = 0

    # The module.

    def generate(self, node: nodes.Template) -> str:
        """Return the source of the module for a template."""
        self.imports = self.slot()
        self.line(f"from {runtime.__name__} import {', '.join(runtime.EXPORTED)}")
        self.line(f"name = {self.name!r}")
        self._root(node)
        functions = {}
        for part in node.find_all(nodes.Block):
            if part.name in functions:
                self.fail(f"the block '{part.name}' is defined twice; to show one again, print self.{part.name}()",
                          part.lineno, TemplateAssertionError)
            functions[part.name] = f"block_{part.name}"
            self._block(part)
        self.line(f"blocks = {{{', '.join(f'{key!r}: {function}' for key, function in functions.items())}}}")
        pairs = "&".join(f"{line}={row}" for line, row in self.out.line_map())
        self.line(f"debug_info = {pairs!r}")
        return self.out.source()

    def _root(self, node: nodes.Template) -> None:
        frame = Frame(Scope(), EvalContext(self.environment, self.name))
        frame.toplevel = frame.root = frame.scope.is_public = True
        frame.checked = node.find(nodes.Extends) is not None
        with self.block(f"{self.mode.define} root(context)", 1):
            if frame.checked:
                self.line("parent_template = None")
            special = uses(node.body, ("self",))
            self._function(frame, node.body, "TemplateReference(context)" if special else "", "")
            if self.extends_so_far:
                with self.guard(frame, "is not None"):
                    self.delegate("parent_template.root_render_func(context)", frame, self.extends_line)

    def _block(self, node: nodes.Block) -> None:
        self._temporaries = 0
        frame = Frame(Scope(), EvalContext(self.environment, self.name))
        frame.tracked = True
        with self.block(f"{self.mode.define} block_{node.name}(context)", node.lineno):
            special = uses(node.body, ("self", "super"))
            self._function(frame, node.body, "TemplateReference(context)" if "self" in special else "",
                           f"context.super({node.name!r}, block_{node.name})" if "super" in special else "")

    def _function(self, frame: Frame, body: list[nodes.Node], self_: str, super_: str) -> None:
        """Write the inside of a function of the module."""
        scope = frame.scope
        self._helpers = {}
        slot = self.slot()
        self.line("if 0: yield")  # a generator, whatever follows
        for name, value in (("self", self_), ("super", super_)):
            if value:
                self.line(f"{scope.parameter(name, is_shared=False)} = {value}")
        scope.analyze(body)
        self.enter(scope)
        self.statements(body, frame)
        depth = "    " * self.out.depth
        self.fill_lookups(slot, scope, "resolve")
        if scope.lookups:
            self.use("resolve")
        slot[:0] = [(f"{depth}{helper} = {code}", 0) for helper, code in self._helpers.items()]

    def fill_lookups(self, slot: Slot, scope: Scope, resolve: str) -> None:
        """Write, where the slot was made, the lookups of names that a scope does not set."""
        depth = "    " * self.out.depth
        slot.extend((f"{depth}{variable} = {resolve}({name!r})", 0) for variable, name in scope.lookups.items())
        self.looked_up.update(scope.lookups.values())

    def enter(self, scope: Scope) -> None:
        """Write how the variables of a scope begin."""
        for variable, outer in scope.copies.items():
            self.line(f"{variable} = {outer}")
        if scope.blanks:
            self.line(f"{' = '.join(scope.blanks)} = missing")

    def fail(self, message: str, lineno: int, exc: type[TemplateSyntaxError] = TemplateSyntaxError) -> NoReturn:
        """Raise an error for a line of the template."""
        raise exc(message, lineno, self.name, self.filename)

    # Statements and output.

    def statements(self, body: Iterable[nodes.Node], frame: Frame) -> None:
        """Write statements."""
        for node in body:
            STATEMENTS[type(node)](self, node, frame)

    def body(self, body: Iterable[nodes.Node], frame: Frame) -> None:
        """Write the statements of a block of Python, which cannot be empty."""
        before = len(self.out.rows)
        self.statements(body, frame)
        if len(self.out.rows) == before:
            self.line("pass")

    def _writer_of_output(self, write: Callable[[CodeGenerator, Any, Frame], None]) -> Callable[[Any, Frame], None]:
        def output(node: nodes.Output, frame: Frame) -> None:
            if not self.is_silent(frame):
                with self.guard(frame):
                    write(self, node, frame)

        return output

    def is_silent(self, frame: Frame) -> bool:
        """Tell whether what is written here can never be put out, as another template is extended."""
        return frame.checked and self.has_known_extends

    def guard(self, frame: Frame, test: str = "is None") -> Block:
        """Write what keeps output back in case another template is extended."""
        if frame.checked and self.extends_so_far and not self.has_known_extends:
            return self.block(f"if parent_template {test}")
        return self.out.flat()

    def emit(self, code: str, frame: Frame, lineno: int = 0) -> None:
        """Write what puts out one piece."""
        if frame.buffer is None:
            self.line(f"yield {code}", lineno)
        else:
            self.line(f"return {code}" if frame.buffer == RETURNED else f"{frame.buffer}.append({code})", lineno)

    def delegate(self, code: str, frame: Frame, lineno: int = 0, is_plain: bool = False) -> None:
        """Write what puts out all that an iterable gives."""
        self.out.mark(lineno)
        self.mode.delegate(self, code, frame, is_plain)

    def buffer_for(self, body: list[nodes.Node]) -> str:
        """Return the buffer for the body of a macro; one row of output needs no list."""
        is_row = len(body) == 1 and isinstance(body[0], nodes.Output) and fits_one_row(body[0])
        return RETURNED if is_row and self.returns_rows and not self.environment.is_async else self.open_buffer()

    def open_buffer(self) -> str:
        """Write the making of a list that takes output; return its variable."""
        buffer = self.temporary("buffer")
        self.line(f"{buffer} = []")
        return buffer

    # Expressions.

    def expr(self, node: Any, frame: Frame) -> str:
        """Return the source of an expression."""
        return EXPRESSIONS[type(node)](self, node, frame)

    def fold(self, node: Any, frame: Frame) -> Any:
        """Return an expression with its constant parts computed."""
        return fold(node, frame.eval_ctx) if self.optimized else node

    def value(self, node: Any, frame: Frame) -> str:
        """Return the source of a whole expression, constant parts computed."""
        return self.expr(self.fold(node, frame), frame)

    def listed(self, items: Iterable[nodes.Node], frame: Frame) -> str:
        """Return the source of several expressions with commas between."""
        return ", ".join(self.expr(item, frame) for item in items)

    def call(self, node: nodes.Call, frame: Frame, extra: dict[str, str] | None = None, callee: str = "") -> str:
        """Return the source of a call, with further keyword arguments, or of something that is at hand already."""
        return write_call(self, node, frame, extra, callee)

    def filtered(self, node: nodes.Filter, frame: Frame, value: str) -> str:
        """Return the source of a filter applied to what ``value`` is the source of."""
        return write_filter(self, self.fold(node, frame), frame, value)

    def is_loop(self, node: nodes.Node, frame: Frame) -> bool:
        """Tell whether a node is a ``loop`` whose attributes Python may be asked for."""
        if not (self.looks_into_dicts and isinstance(node, nodes.Name) and node.name == "loop"):
            return False
        owner = frame.scope.owner("loop")
        return owner is not None and owner.is_loop

    def use(self, helper: str) -> str:
        """Return the name of a helper; it is fetched at the start of the function."""
        self._helpers[helper] = HELPERS[helper]
        return helper

    def use_named(self, kind: str, name: str) -> str:
        """Return the variable of a filter or test."""
        code = f"environment.{kind}s.get({name!r}) or no_{kind}({name!r})"
        for variable, known in self._helpers.items():
            if known == code:
                return variable
        variable = self.temporary(kind)
        self._helpers[variable] = code
        return variable

    def temporary(self, prefix: str = "t") -> str:
        """Return a variable that is used for nothing else."""
        self._temporaries += 1
        return f"{prefix}_{self._temporaries}"

    def imported(self, name: str) -> str:
        """Return the variable of something imported by its dotted name."""
        module, _, attribute = name.rpartition(".")
        variable = f"imported_{name.replace('.', '_')}"
        line = f"from {module} import {attribute} as {variable}" if module else f"import {name} as {variable}"
        if (line, 0) not in self.imports:
            self.imports.append((line, 0))
        return variable

    def concat(self, buffer: str) -> str:
        """Return the source of what a buffer holds as one value."""
        return f"{self.use('concat')}({buffer})"

    def as_text(self, variable: str) -> str:
        """Return the source of a value as it is put out without escaping."""
        return f"f'{{{variable}!s}}'"

    def autoescape_of(self, frame: Frame) -> str:
        """Return the source of whether output is escaped."""
        return f"{frame.context}.eval_ctx.autoescape" if frame.eval_ctx.volatile else repr(
            bool(frame.eval_ctx.autoescape))

    def markup_if(self, frame: Frame) -> str:
        """Return the source of a function that marks text as safe where output is escaped."""
        if frame.eval_ctx.volatile:
            return f"(Markup if {frame.context}.eval_ctx.autoescape else identity)"
        return "Markup" if frame.eval_ctx.autoescape else "identity"

    def markup_of(self, code: str, frame: Frame) -> str:
        """Return the source of text that is safe where output is escaped."""
        function = self.markup_if(frame)
        return code if function == "identity" else f"{function}({code})"

    # Variables that others may see.

    def tracked_variables(self, frame: Frame) -> str:
        """Return the source of a dict of what was set in the loop or block around, or nothing."""
        if not frame.tracked or not frame.scope.assigned:
            return ""
        variables = frame.scope.variables
        return f"{{{', '.join(f'{name!r}: {variables[name]}' for name in sorted(frame.scope.assigned))}}}"

    def visible_variables(self, frame: Frame) -> str:
        """Return the source of a dict of all that was set around and is not in the context, or nothing."""
        pairs = ", ".join(f"{name!r}: {variable}" for name, variable in frame.scope.visible().items())
        return f"{{{pairs}}}" if pairs else ""

    def derived_context(self, frame: Frame) -> str:
        """Return the source of a context that has all that was set around."""
        variables = self.visible_variables(frame)
        return f"{frame.context}.derived({variables})" if variables else frame.context


class NativeCodeGenerator(CodeGenerator):
    """Writes templates that give values, not text."""

    returns_rows = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.output = self._writer_of_output(write_native)

    def as_text(self, variable: str) -> str:
        return variable


def generate(node: nodes.Template, environment: Any, name: str | None, filename: str | None,
             defer_init: bool = False, optimized: bool = True) -> str:
    """Return the source of the Python module for a template; see the top of this file for what it defines."""
    if not isinstance(node, nodes.Template):
        raise TypeError(f"only a whole template can be compiled, not {type(node).__name__}")
    make = getattr(environment, "code_generator_class", CodeGenerator)
    try:
        return make(environment, name, filename, defer_init, optimized).generate(node)
    except RecursionError:
        raise TemplateSyntaxError("the template is nested too deeply", node.lineno or 1, name, filename) from None


def undeclared_names(node: nodes.Template) -> set[str]:
    """Return the names a template asks of the context that are no globals of its environment."""
    environment = node.environment
    generator = CodeGenerator(environment, "<introspection>", "<introspection>")
    generator.generate(node)
    return generator.looked_up - set(environment.globals)


# From source to code.

DISPLAY = {"root": "top-level template code", "caller": "call block", "loop": "recursive loop", "t": "loop condition"}


def display_name(function: str) -> str:
    """Return how a generated function is called in tracebacks.

    >>> display_name("block_body"), display_name("macro_field_3")
    ("block 'body'", "macro 'field'")
    """
    kind, _, rest = function.partition("_")
    if kind == "block":
        return f"block {rest!r}"
    if kind == "macro":
        return f"macro {rest.rpartition('_')[0]!r}"
    return DISPLAY.get(kind, "template")


def renamed(code: CodeType) -> CodeType:
    """Return a code object whose functions have names for people."""
    constants = tuple(renamed(constant) if isinstance(constant, type(code)) else constant
                      for constant in code.co_consts)
    name = code.co_name if code.co_name == "<module>" else display_name(code.co_name)
    return code.replace(co_consts=constants, co_name=name)


def to_code(source: str, filename: str, name: str | None = None) -> CodeType:
    """Compile the source of a module; raises TemplateSyntaxError where Python cannot take it."""
    try:
        return renamed(compile(source, filename, "exec"))
    except SyntaxError as error:
        raise TemplateSyntaxError(f"the template cannot be compiled: {error.msg}",
                                  template_line(source, error.lineno or 1), name, filename) from None
    except (RecursionError, MemoryError):
        raise TemplateSyntaxError("the template is nested too deeply for Python", 1, name, filename) from None


def template_line(source: str, row: int) -> int:
    """Return the line of the template that a row of its module came from."""
    pairs = source.rpartition("debug_info = '")[2].rstrip("'\n").split("&")
    best = 1
    for pair in pairs:
        line, _, at = pair.partition("=")
        if at.isdigit() and int(at) <= row:
            best = int(line)
    return best
