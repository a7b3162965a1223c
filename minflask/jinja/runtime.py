"""What generated code works with while a template is rendered.

The context with its variables and blocks, macros, ``super`` and ``self``, and the small helpers that
compiled templates call by name (``EXPORTED`` lists what they import from here). The hot ones come first
in what they test and last in what they make.
"""
from __future__ import annotations

from collections.abc import Mapping
from types import BuiltinFunctionType, FunctionType, MethodType

from ..markup import Markup, _escape_inner, escape
from .errors import TemplateNotFound, TemplateRuntimeError
from .loops import AsyncLoopContext, LoopContext
from .tree import EvalContext
from .undefined import (
    ChainableUndefined, DebugUndefined, StrictUndefined, Undefined, is_undefined, make_logging_undefined,
)
from .async_utils import auto_aiter, auto_await
from .utils import Namespace, concat, internalcode, missing, pass_eval_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, NoReturn

__all__ = [
    "AsyncLoopContext", "BlockReference", "ChainableUndefined", "Context", "DebugUndefined", "LoopContext",
    "Macro", "Markup", "NoDict", "StrictUndefined", "TemplateNotFound", "TemplateReference", "Undefined",
    "auto_aiter", "auto_await", "concat", "escape", "identity", "is_undefined", "make_logging_undefined",
    "markup_join", "missing", "new_context", "str_join",
]

# The names that every compiled template imports from this module.
EXPORTED = """
    AsyncLoopContext LoopContext Macro Markup TemplateNotFound TemplateReference TemplateRuntimeError Undefined
    auto_aiter auto_await escape escape_each escape_joined escape_text identity import_name markup_join missing
    no_filter no_test printable push_blocks required_block shown str_join writable
""".split()

escape_text = _escape_inner


class NoDict(dict):  # type: ignore[type-arg]
    """A type nothing has. Where an environment has its own way to get attributes, this is its ``plain_dict``."""


def identity(value: Any) -> Any:
    """Return the value as it is."""
    return value


def printable(value: Any) -> str:
    """Return a value that is no ``str`` as text: Markup if it is safe, else a str that is yet to be escaped."""
    if type(value) is Markup:
        return value
    if hasattr(value, "__html__"):
        return Markup(value.__html__())
    return str.__str__(str(value))


def shown(value: Any) -> str:
    """Return any value as text that may stand in HTML."""
    text = value if type(value) is str else printable(value)
    return _escape_inner(text) if type(text) is str else text


def escape_joined(text: str) -> str:
    """Escape text that is known to need it. A test before each replacement would only cost time."""
    return (text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            .replace('"', "&#34;").replace("'", "&#39;"))


def escape_each(*values: str) -> list[str]:
    """Escape several values one by one, as some are safe already, that is no plain str."""
    return [_escape_inner(value) if type(value) is str else value for value in values]


def markup_join(values: Iterable[Any]) -> str:
    """Join values as text; if one of them is safe HTML, the others are escaped."""
    parts = list(values)
    if any(hasattr(part, "__html__") for part in parts):
        return Markup("").join(parts)
    return concat(map(str, parts))


def str_join(values: Iterable[Any]) -> str:
    """Join values as text."""
    return concat(map(str, values))


def new_context(environment: Any, template_name: str | None, blocks: dict[str, Any],
                vars: dict[str, Any] | None = None, shared: bool = False,
                globals: Mapping[str, Any] | None = None, locals: Mapping[str, Any] | None = None) -> Context:
    """Make the context of one rendering.

    :param shared: use ``vars`` as they are, without the globals: they hold them already.
    :param locals: further variables, less those that are ``missing``.
    """
    if vars is None:
        vars = {}
    parent = vars if shared else {**globals, **vars} if globals else dict(vars)
    if locals:
        parent = {**parent, **{name: value for name, value in locals.items() if value is not missing}}
    return environment.context_class(  # type: ignore[no-any-return]
        environment, parent, template_name, blocks, globals=globals)


class Context:
    """The variables of one rendering: what was passed in, and what the template sets at its top level.

    Functions marked with ``pass_context`` get it as their first argument. It reads like a mapping.
    A subclass may override ``resolve_or_missing``.
    """

    def __init__(self, environment: Any, parent: dict[str, Any], name: str | None, blocks: dict[str, Any],
                 globals: Mapping[str, Any] | None = None) -> None:
        self.parent = parent
        self.vars: dict[str, Any] = {}
        self.environment = environment
        self.exported_vars: set[str] = set()
        self.name = name
        # A list for each block: the template's own first, then those it extends.
        self.blocks: dict[str, list[Callable[[Context], Iterator[str]]]] = {
            block: [function] for block, function in blocks.items()}
        self._globals = globals
        self._eval_ctx: EvalContext | None = None

    @property
    def eval_ctx(self) -> EvalContext:
        """Whether output is escaped just now, among other things."""
        eval_ctx = self._eval_ctx
        if eval_ctx is None:
            eval_ctx = self._eval_ctx = EvalContext(self.environment, self.name)
        return eval_ctx

    @eval_ctx.setter
    def eval_ctx(self, eval_ctx: EvalContext) -> None:
        self._eval_ctx = eval_ctx

    @property
    def globals_keys(self) -> set[str]:
        """The names of the template's globals."""
        return set(self._globals or ())

    def resolve_or_missing(self, key: str) -> Any:
        """Return the value of a variable, or ``missing``. May be overridden."""
        if key in self.vars:
            return self.vars[key]
        return self.parent.get(key, missing)

    def resolve(self, key: str) -> Any:
        """Return the value of a variable, or an undefined one."""
        value = self.resolve_or_missing(key)
        return self.environment.undefined(name=key) if value is missing else value

    def super(self, name: str, current: Callable[[Context], Iterator[str]]) -> Any:
        """Return what ``super`` stands for in the block ``current``."""
        blocks = self.blocks.get(name, [])
        try:
            depth = blocks.index(current) + 1
            blocks[depth]
        except (ValueError, IndexError):
            return self.environment.undefined(f"the block '{name}' has no parent: no template further up defines it",
                                              name="super")
        return BlockReference(name, self, blocks, depth)

    def get_all(self) -> dict[str, Any]:
        """Return all variables as one dict, which is not to be changed."""
        if not self.vars:
            return self.parent
        return {**self.parent, **self.vars} if self.parent else self.vars

    def get_exported(self) -> dict[str, Any]:
        """Return the variables that a template importing this one may use."""
        return {name: self.vars[name] for name in self.exported_vars}

    def derived(self, locals: dict[str, Any] | None = None) -> Context:
        """Return a context with further variables, and the same blocks."""
        context = new_context(self.environment, self.name, {}, self.get_all(), True, None, locals)
        context._eval_ctx = self._eval_ctx
        context.blocks.update((name, list(blocks)) for name, blocks in self.blocks.items())
        return context

    @internalcode
    def call(self, callee: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call something as a template does: with the context, evaluation context or environment first if it asks."""
        if type(callee) is Macro:
            return callee._call(self.eval_ctx.autoescape, args, kwargs)
        wants = getattr(callee, "jinja_pass_arg", None)
        if wants is None and type(callee) not in PLAIN_CALLABLES:
            wants = getattr(type(callee).__call__, "jinja_pass_arg", None)
        if wants is not None:
            args = self._with_argument(wants, args)
        try:
            return callee(*args, **kwargs)
        except StopIteration:
            # Within a generator it would end the template without a word.
            return self.environment.undefined("a function that was called raised StopIteration, so it has no value")

    @internalcode
    def call_with(self, variables: dict[str, Any], callee: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Do the same from inside a loop or block, with the variables that were set in there."""
        if getattr(callee, "jinja_pass_arg", None) == "context":
            return self.derived(variables).call(callee, *args, **kwargs)
        return self.call(callee, *args, **kwargs)

    def _with_argument(self, wants: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
        if wants == "context":
            return (self, *args)
        if wants == "eval_context":
            return (self.eval_ctx, *args)
        return (self.environment, *args) if wants == "environment" else args

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a variable, or the default."""
        value = self.resolve_or_missing(key)
        return default if value is missing else value

    def keys(self) -> Any:
        """Return the names of all variables."""
        return self.get_all().keys()

    def values(self) -> Any:
        """Return the values of all variables."""
        return self.get_all().values()

    def items(self) -> Any:
        """Return (name, value) pairs of all variables."""
        return self.get_all().items()

    def __iter__(self) -> Iterator[str]:
        return iter(self.get_all())

    def __len__(self) -> int:
        return len(self.get_all())

    def __contains__(self, name: object) -> bool:
        return name in self.vars or name in self.parent

    def __getitem__(self, key: str) -> Any:
        value = self.resolve_or_missing(key)
        if value is missing:
            raise KeyError(key)
        return value

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.get_all()!r} of {self.name!r}>"


Mapping.register(Context)

# Callables that carry the mark of pass_context themselves, if they do: no need to look at their __call__.
PLAIN_CALLABLES = frozenset((FunctionType, BuiltinFunctionType, MethodType, type))


class BlockReference:
    """A block as a value: ``super`` and ``self.title``. Calling it renders the block."""

    def __init__(self, name: str, context: Context, stack: list[Callable[[Context], Any]], depth: int) -> None:
        self.name = name
        self._context = context
        self._stack = stack
        self._depth = depth

    @property
    def super(self) -> Any:
        """The same block one template further up: ``super.super()``."""
        if self._depth + 1 < len(self._stack):
            return BlockReference(self.name, self._context, self._stack, self._depth + 1)
        return self._context.environment.undefined(
            f"the block '{self.name}' has no further parent", name="super")

    async def _async_call(self) -> Any:
        text = self._context.environment.concat([part async for part in self._stack[self._depth](self._context)])
        return Markup(text) if self._context.eval_ctx.autoescape else text

    @internalcode
    def __call__(self) -> Any:
        environment = self._context.environment
        if environment.is_async:
            return self._async_call()
        text = environment.concat(self._stack[self._depth](self._context))
        return Markup(text) if self._context.eval_ctx.autoescape else text


class TemplateReference:
    """The template as a value, ``self``: its items are its blocks."""

    def __init__(self, context: Context) -> None:
        self.__context = context

    def __getitem__(self, name: str) -> BlockReference:
        return BlockReference(name, self.__context, self.__context.blocks[name], 0)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.__context.name!r}>"


class Macro:
    """A macro, which templates and Python call like a function.

    :param func: the compiled body; takes all parameters by position and returns text.
    :param arguments: the names of the parameters.
    :param catch_kwargs: the body uses ``kwargs``, :param catch_varargs: ``varargs``, :param caller: ``caller``.
    :param default_autoescape: whether the result is Markup when Python calls it.
    """

    def __init__(self, environment: Any, func: Callable[..., Any], name: str | None, arguments: tuple[str, ...],
                 catch_kwargs: bool, catch_varargs: bool, caller: bool,
                 default_autoescape: bool | None = None) -> None:
        self.name, self.func, self.arguments = name, func, arguments
        self.catch_kwargs, self.catch_varargs, self.caller = catch_kwargs, catch_varargs, caller
        self.explicit_caller = "caller" in arguments
        self._environment = environment
        self._count = len(arguments)
        # Up to so many positional arguments, and nothing else, ``func`` takes as they are; -1 if never.
        self.most = -1 if catch_kwargs or catch_varargs or caller or environment.is_async else self._count
        if default_autoescape is None:
            autoescape = environment.autoescape
            default_autoescape = autoescape(None) if callable(autoescape) else autoescape
        self._default_autoescape = default_autoescape

    @internalcode
    @pass_eval_context
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], EvalContext):
            return self._call(args[0].autoescape, args[1:], kwargs)
        return self._call(self._default_autoescape, args, kwargs)

    @internalcode
    def _call(self, autoescape: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if len(args) <= self.most and not kwargs:
            text = self.func(*args)
            return Markup(text) if autoescape else text
        values = self._bind(args, kwargs)
        if self._environment.is_async:
            return self._async_call(values, autoescape)
        text = self.func(*values)
        return Markup(text) if autoescape else text

    async def _async_call(self, values: list[Any], autoescape: Any) -> Any:
        text = await self.func(*values)
        return Markup(text) if autoescape else text

    def _bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
        """Return the values of all parameters, the special ones last; consumes the keyword arguments."""
        values = list(args[:self._count])
        by_name = self.arguments[len(values):]
        values += [kwargs.pop(name, missing) for name in by_name]
        if self.caller and "caller" not in by_name and (len(args) < self._count or not self.explicit_caller):
            caller = kwargs.pop("caller", None)
            if caller is None:
                caller = self._environment.undefined("this macro was not called by a call tag", name="caller")
            values.append(caller)
        if self.catch_kwargs:
            values.append(kwargs)
        elif kwargs:
            self._refuse_keywords(kwargs)
        if self.catch_varargs:
            values.append(args[self._count:])
        elif len(args) > self._count:
            raise TypeError(f"the macro {self.name!r} takes {self._count} positional arguments, not {len(args)}")
        return values

    def _refuse_keywords(self, kwargs: dict[str, Any]) -> NoReturn:
        if "caller" in kwargs:
            raise TypeError(f"macro {self.name!r} was invoked with two values for the special caller argument:"
                            " its position is taken by an ordinary one")
        raise TypeError(f"the macro {self.name!r} has no parameter {next(iter(kwargs))!r};"
                        f" it has {', '.join(self.arguments) or 'none'}")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'anonymous' if self.name is None else repr(self.name)}>"


# Helpers for what templates do seldom: they keep the generated code short.


def push_blocks(context: Context, template: Any) -> Any:
    """Put the blocks of a template that is extended below those there are; return the template."""
    for name, block in template.blocks.items():
        context.blocks.setdefault(name, []).append(block)
    return template


def required_block(context: Context, name: str) -> Callable[[Context], Any]:
    """Return what fills a block that must be filled."""
    blocks = context.blocks[name]
    if len(blocks) <= 1:
        raise TemplateRuntimeError(f"Required block {name!r} not found: a template that extends this one defines it")
    return blocks[0]


def import_name(environment: Any, module: Any, name: str, lineno: int) -> Any:
    """Return what ``from … import name`` imports."""
    value = getattr(module, name, missing)
    if value is missing:
        return environment.undefined(f"the template {module.__name__!r} (imported on line {lineno})"
                                     f" does not export the requested name {name!r}", name=name)
    return value


def writable(value: Any, name: str) -> Namespace:
    """Return a namespace whose attribute is to be set."""
    if isinstance(value, Namespace):
        return value
    raise TemplateRuntimeError(f"'{name}' is a non-namespace object, and attributes of those cannot be set:"
                               f" begin with {{% set {name} = namespace() %}}")


def no_filter(name: str) -> Callable[..., Any]:
    """Stand in for a filter that does not exist, until it is used."""
    return _nothing_named("filter", name)


def no_test(name: str) -> Callable[..., Any]:
    """Stand in for a test that does not exist, until it is used."""
    return _nothing_named("test", name)


def _nothing_named(kind: str, name: str) -> Callable[..., Any]:
    @internalcode
    def fail(*args: Any, **kwargs: Any) -> NoReturn:
        raise TemplateRuntimeError(f"No {kind} named {name!r}: it was registered neither when this template was "
                                   "compiled nor now")

    return fail
