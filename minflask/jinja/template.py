"""A compiled template, and what it can become: text, a stream of pieces, a module, a function.

``Template`` holds what the generated code defines and runs it. How source becomes that code is the
business of ``environment``, which fills the slots ``Template.environment_class`` and
``Template._make_environment``.
"""
from __future__ import annotations

import sys
from collections import ChainMap

from ..markup import Markup
from .async_utils import run_stepwise
from .runtime import new_context
from .undefined import Undefined
from .utils import consume, internalcode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping, MutableMapping
    from types import CodeType
    from typing import IO, Any

    from .nodes import Template as TemplateNode
    from .runtime import Context


class Template:
    """A compiled template; ``render`` it.

    Environments make templates. Called directly, with the options of an environment after the source,
    the class finds or makes an environment that all templates with these options share.

    >>> Template("Hello {{ name }}!").render(name="World")
    'Hello World!'
    """

    environment_class: type[Any]
    _make_environment: Callable[..., Any]

    environment: Any
    globals: MutableMapping[str, Any]
    name: str | None
    filename: str | None
    blocks: dict[str, Callable[[Context], Iterator[str]]]
    root_render_func: Callable[[Context], Any]
    _own_globals: Mapping[str, Any] | None
    _module: TemplateModule | None
    _debug_info: str
    _uptodate: Callable[[], bool] | None

    def __new__(cls, source: str | TemplateNode, *options: Any, **named_options: Any) -> Any:
        environment = cls._make_environment(cls.environment_class, *options, **named_options)
        return environment.from_string(source, template_class=cls)

    @classmethod
    def from_code(
        cls,
        environment: Any,
        code: CodeType,
        globals: MutableMapping[str, Any],
        uptodate: Callable[[], bool] | None = None,
    ) -> Template:
        """Make a template of compiled code; loaders use it.

        :param uptodate: tells whether the source is still the one that was compiled.
        """
        namespace = {"environment": environment, "__file__": code.co_filename}
        exec(code, namespace)
        template = cls._from_namespace(environment, namespace, globals)
        template._uptodate = uptodate
        return template

    @classmethod
    def from_module_dict(
        cls, environment: Any, module_dict: MutableMapping[str, Any], globals: MutableMapping[str, Any]
    ) -> Template:
        """Make a template of the namespace of a module that ``compile_templates`` wrote."""
        return cls._from_namespace(environment, module_dict, globals)

    @classmethod
    def _from_namespace(
        cls, environment: Any, namespace: MutableMapping[str, Any], globals: MutableMapping[str, Any]
    ) -> Template:
        template: Template = object.__new__(cls)
        template.environment = environment
        template.globals = globals
        template.name = namespace["name"]
        template.filename = namespace["__file__"]
        template.blocks = namespace["blocks"]
        template.root_render_func = namespace["root"]
        template._own_globals = _own_part(globals, environment.globals)
        template._module = None
        template._debug_info = namespace["debug_info"]
        template._uptodate = None
        namespace["environment"] = environment
        namespace["__jinja_template__"] = template  # where tracebacks find the lines of the template
        return template

    def render(self, *args: Any, **kwargs: Any) -> Any:
        """Return the text of the template; takes what ``dict`` takes as its variables."""
        environment = self.environment
        if environment.is_async:
            return _run(self.render_async(*args, **kwargs))
        # A dict alone, as applications pass it, is not copied here: the context makes its own.
        is_plain = not kwargs and len(args) == 1 and type(args[0]) is dict
        context = self.new_context(args[0] if is_plain else dict(*args, **kwargs) if args else kwargs)
        try:
            return environment.concat(self.root_render_func(context))
        except Exception:
            environment.handle_exception()

    async def render_async(self, *args: Any, **kwargs: Any) -> Any:
        """Return the text of the template, awaiting what must be awaited.

        :raises RuntimeError: when the environment was made without ``enable_async``.
        """
        self._require_async()
        context = self.new_context(dict(*args, **kwargs))
        try:
            return self.environment.concat([piece async for piece in self.root_render_func(context)])
        except Exception:
            self.environment.handle_exception()

    def stream(self, *args: Any, **kwargs: Any) -> TemplateStream:
        """Return the text as a stream of pieces that can be buffered or written to a file."""
        return TemplateStream(self.generate(*args, **kwargs))

    def generate(self, *args: Any, **kwargs: Any) -> Iterator[str]:
        """Give the text piece by piece, each as soon as it is there."""
        if self.environment.is_async:
            yield from _run(_collect(self.generate_async(*args, **kwargs)))
            return
        context = self.new_context(dict(*args, **kwargs))
        try:
            yield from self.root_render_func(context)
        except Exception:
            yield self.environment.handle_exception()

    async def generate_async(self, *args: Any, **kwargs: Any) -> AsyncIterator[str]:
        """Give the text piece by piece, awaiting what must be awaited."""
        self._require_async()
        pieces = self.root_render_func(self.new_context(dict(*args, **kwargs)))
        try:
            async for piece in pieces:
                yield piece
        except Exception:
            yield self.environment.handle_exception()
        finally:
            await pieces.aclose()

    def _require_async(self) -> None:
        if not self.environment.is_async:
            raise RuntimeError(
                "this template renders synchronously; make its environment with enable_async=True to await it"
            )

    def new_context(
        self, vars: dict[str, Any] | None = None, shared: bool = False, locals: Mapping[str, Any] | None = None
    ) -> Context:
        """Make the context of one rendering.

        :param vars: the variables; the globals are added.
        :param shared: take ``vars`` as it is, without a copy and without globals.
        :param locals: more variables, over the others.
        """
        own, globals = self._own_globals, self.globals
        if own is not None:  # a dict is copied much faster than the ChainMap it stands for
            everywhere = self.environment.globals
            globals = {**everywhere, **own} if own else everywhere
        return new_context(self.environment, self.name, self.blocks, vars, shared, globals, locals)

    @internalcode
    def make_module(
        self, vars: dict[str, Any] | None = None, shared: bool = False, locals: Mapping[str, Any] | None = None
    ) -> TemplateModule:
        """Run the template and return its macros and top-level variables as a module."""
        return TemplateModule(self, self.new_context(vars, shared, locals))

    @internalcode
    async def make_module_async(
        self, vars: dict[str, Any] | None = None, shared: bool = False, locals: Mapping[str, Any] | None = None
    ) -> TemplateModule:
        """Do the same, awaiting what must be awaited."""
        context = self.new_context(vars, shared, locals)
        return TemplateModule(self, context, await _collect(self.root_render_func(context)))

    @property
    def module(self) -> TemplateModule:
        """The macros and top-level variables of the template, run without variables, once.

        >>> Template("{% macro add(a, b) %}{{ a + b }}{% endmacro %}").module.add(2, 3)
        '5'
        """
        return self._get_default_module()

    @internalcode
    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        """Return the one module of the template, or one of its own for a context with other globals."""
        if self.environment.is_async:
            raise RuntimeError(
                "an asynchronous template has no module attribute; use 'await template.make_module_async()'"
            )
        added = self._added_globals(ctx)
        if added:
            return self.make_module(added)
        if self._module is None:
            self._module = self.make_module()
        return self._module

    @internalcode
    async def _get_default_module_async(self, ctx: Context | None = None) -> TemplateModule:
        added = self._added_globals(ctx)
        if added:
            return await self.make_module_async(added)
        if self._module is None:
            self._module = await self.make_module_async()
        return self._module

    def _added_globals(self, ctx: Context | None) -> dict[str, Any]:
        """Return the globals that the importing template has and this one has not."""
        if ctx is None or ctx._globals is self.environment.globals:  # the usual case, and a cheap question
            return {}
        return {name: ctx.parent[name] for name in ctx.globals_keys - self.globals.keys()}

    @property
    def is_up_to_date(self) -> bool:
        """False when the source has changed since it was compiled."""
        return self._uptodate is None or self._uptodate()

    @property
    def debug_info(self) -> list[tuple[int, int]]:
        """Pairs of a line of the template and the first line of the generated code that stands for it."""
        pairs = (pair.split("=") for pair in self._debug_info.split("&") if pair)
        return [(int(line), int(python_line)) for line, python_line in pairs]

    def get_corresponding_lineno(self, lineno: int) -> int:
        """Return the line of the template that a line of the generated code came from."""
        lines = [line for line, python_line in self.debug_info if python_line <= lineno]
        return lines[-1] if lines else 1

    def __repr__(self) -> str:
        name = f"memory:{id(self):x}" if self.name is None else repr(self.name)
        return f"<{type(self).__name__} {name}>"


def _own_part(globals: MutableMapping[str, Any], everywhere: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what a template's globals add to those of its environment, or None when they are unrelated."""
    if type(globals) is ChainMap and len(globals.maps) == 2 and globals.maps[1] is everywhere:
        return globals.maps[0]
    return None


async def _collect(pieces: Any) -> list[Any]:
    return [piece async for piece in pieces]


def _run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine on a loop of its own; the loop that the thread has set stays as it is."""
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        if sys.platform == "emscripten":
            return run_stepwise(coroutine)
        coroutine.close()
        raise RuntimeError(
            "an event loop is running here, so an asynchronous template cannot be rendered synchronously;"
            " use 'await template.render_async()'"
        )
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(coroutine)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


class TemplateModule:
    """The macros and top-level variables of a template, as attributes; its text by ``str``.

    Names that begin with an underscore are private to the template.
    """

    @internalcode
    def __init__(self, template: Template, context: Context, body_stream: Iterable[str] | None = None) -> None:
        if body_stream is None and context.environment.is_async:
            raise RuntimeError("an asynchronous template becomes a module by 'await template.make_module_async()'")
        # Running the template is what sets its variables: first that, then ask for them.
        self._body_stream = list(template.root_render_func(context)) if body_stream is None else body_stream
        vars(self).update(context.get_exported(), __name__=template.name)

    def __html__(self) -> Markup:
        return Markup(str(self))

    def __str__(self) -> str:
        return "".join(map(str, self._body_stream))

    def __repr__(self) -> str:
        name = f"memory:{id(self):x}" if self.__name__ is None else repr(self.__name__)
        return f"<{type(self).__name__} {name}>"

    if TYPE_CHECKING:
        __name__: str | None
        def __getattr__(self, name: str) -> Any: ...


class TemplateExpression:
    """What ``Environment.compile_expression`` returns: call it with variables, get the value."""

    def __init__(self, template: Template, undefined_to_none: bool) -> None:
        self._template = template
        self._undefined_to_none = undefined_to_none

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        context = self._template.new_context(dict(*args, **kwargs))
        consume(self._template.root_render_func(context))
        result = context.vars["result"]
        return None if self._undefined_to_none and isinstance(result, Undefined) else result


class TemplateStream:
    """An iterator over the text of a template, by itself piece by piece as it comes.

    Many small pieces are slow to send; ``enable_buffering`` joins some of them.
    """

    def __init__(self, gen: Iterator[str]) -> None:
        self._gen = gen
        self.disable_buffering()

    def disable_buffering(self) -> None:
        """Give each piece as it comes."""
        self._pieces = self._gen
        self.buffered = False

    def enable_buffering(self, size: int = 5) -> None:
        """Join so many pieces, empty ones not counted, before giving them.

        :raises ValueError: for a size below 2.
        """
        if size <= 1:
            raise ValueError(f"a buffer of {size} joins nothing; its size is 2 or more")
        self._pieces = self._joined(size)
        self.buffered = True

    def _joined(self, size: int) -> Iterator[str]:
        waiting: list[str] = []
        for piece in self._gen:
            if piece:
                waiting.append(piece)
            if len(waiting) == size:
                yield "".join(waiting)
                waiting.clear()
        if waiting:
            yield "".join(waiting)

    def dump(self, fp: str | IO[Any], encoding: str | None = None, errors: str = "strict") -> None:
        """Write the whole text to a file.

        :param fp: the path of a file to make, or an open file.
        :param encoding: write bytes in it; by default text to an open file and UTF-8 to a path.
        """
        if isinstance(fp, str):
            with open(fp, "wb") as file:
                self.dump(file, encoding or "utf-8", errors)
            return
        pieces = self if encoding is None else (piece.encode(encoding, errors) for piece in self)
        if hasattr(fp, "writelines"):
            fp.writelines(pieces)
        else:
            for piece in pieces:
                fp.write(piece)

    def __iter__(self) -> TemplateStream:
        return self

    def __next__(self) -> str:
        return next(self._pieces)
