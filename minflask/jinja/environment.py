"""The environment: how templates are written, found, compiled and kept.

It holds every option and ties the steps together: loader → lexer → parser → code generator →
``Template``. The language itself is in the files of those names; HTTP and Flask are unknown here.
"""
from __future__ import annotations

import weakref
from collections import ChainMap
from functools import lru_cache

from . import compiler, defaults, nodes
from .debug import rewrite_traceback_stack
from .errors import (
    TemplateNotFound, TemplateRuntimeError, TemplatesNotFound, TemplateSyntaxError, UndefinedError, nearest,
)
from .filters import FILTERS
from .lexer import TokenStream, get_lexer
from .loaders import write_modules
from .parser import Parser
from .runtime import Context, NoDict
from .template import Template, TemplateExpression, TemplateModule, TemplateStream  # noqa: F401
from .tests import TESTS
from .tree import EvalContext
from .undefined import Undefined
from .utils import LRUCache, import_string, internalcode, missing, on_clear_caches

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, MutableMapping, Sequence
    from typing import Any, NoReturn, Union

    from .bccache import BytecodeCache
    from .ext import Extension
    from .lexer import Lexer
    from .loaders import BaseLoader

    Name = Union[str, Template, Undefined]
    Cache = Union[MutableMapping[Any, Template], LRUCache, None]

# The options of an environment, in the order in which they may be given without names.
OPTIONS = (
    "block_start_string", "block_end_string", "variable_start_string", "variable_end_string",
    "comment_start_string", "comment_end_string", "line_statement_prefix", "line_comment_prefix", "trim_blocks",
    "lstrip_blocks", "newline_sequence", "keep_trailing_newline", "extensions", "optimized", "undefined",
    "finalize", "autoescape", "loader", "cache_size", "auto_reload", "bytecode_cache", "enable_async",
)


def create_cache(size: int) -> Cache:
    """Make a cache of templates: none for size 0, without limit below 0."""
    if size == 0:
        return None
    return {} if size < 0 else LRUCache(size)


def copy_cache(cache: Cache) -> Cache:
    """Make an empty cache of the same kind and size."""
    if cache is None:
        return None
    return LRUCache(cache.capacity) if isinstance(cache, LRUCache) else {}


def load_extensions(
    environment: Environment, extensions: Sequence[str | type[Extension]]
) -> dict[str, Extension]:
    """Import the extensions that are given by name, and make them for an environment."""
    loaded = {}
    for extension in extensions:
        if isinstance(extension, str):
            # The built-in ones are ours, whether or not we are installed under that name.
            name = extension[len("jinja2.ext."):]
            extension = import_string(f"{__package__}.ext.{name}" if extension == "jinja2.ext." + name else extension)
        loaded[extension.identifier] = extension(environment)
    return loaded


@lru_cache(maxsize=10)
def _shared_environment(cls: Any, options: tuple[tuple[str, Any], ...]) -> Environment:
    environment: Environment = cls(**dict(options))
    environment.shared = True
    return environment


on_clear_caches(_shared_environment.cache_clear)


def get_spontaneous_environment(cls: Any, *options: Any, **named_options: Any) -> Environment:
    """Return the environment that all templates made without one, with these options, share."""
    named_options.update(zip(_TEMPLATE_OPTIONS, options))
    if "extensions" in named_options:
        named_options["extensions"] = tuple(named_options["extensions"])
    return _shared_environment(cls, tuple(sorted(named_options.items())))


# What a template made without an environment cannot have: it is alone, and never looked up.
_TEMPLATE_OPTIONS = tuple(
    name for name in OPTIONS if name not in ("loader", "cache_size", "auto_reload", "bytecode_cache")
)


def _named(kind: str, table: Mapping[str, Callable[..., Any]], name: Any) -> Callable[..., Any]:
    """Return the filter or test of a name; without one, say what may have been meant."""
    function = table.get(name)
    if function is not None:
        return function
    hint = nearest(name, table) if isinstance(name, str) else ""
    if isinstance(name, Undefined):
        try:
            name._fail_with_undefined_error()
        except Exception as error:
            hint = f" ({error}; the name of a {kind} stands in quotes)"
    raise TemplateRuntimeError(f"there is no {kind} named {name!r}.{hint}")


def _leading(
    environment: Environment,
    function: Callable[..., Any],
    name: str,
    context: Context | None,
    eval_ctx: EvalContext | None,
) -> tuple[Any, ...]:
    """Return what a filter or test wants to be given before the value."""
    pass_arg = getattr(function, "jinja_pass_arg", None)
    if pass_arg is None:
        return ()
    if pass_arg == "environment":
        return (environment,)
    if pass_arg == "eval_context":
        return (eval_ctx or (context.eval_ctx if context is not None else EvalContext(environment)),)
    if context is None:
        raise TemplateRuntimeError(f"{name!r} needs the context of a template; pass context=…")
    return (context,)


def _named_options(options: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    """Return the options that were given to ``overlay``, in order or by name."""
    given = {**dict(zip(OPTIONS, options)), **named}
    unknown = given.keys() - set(OPTIONS)
    if unknown:
        raise TypeError(f"an environment has no option {min(unknown)!r}.{nearest(min(unknown), OPTIONS)}")
    return {name: value for name, value in given.items() if value is not missing}


def _check_options(environment: Environment) -> type[Any]:
    """Refuse what no template could be compiled with; return ``Environment.plain_dict``."""
    if not issubclass(environment.undefined, Undefined):
        raise ValueError(f"undefined must be a subclass of jinja's Undefined, not {environment.undefined!r}")
    if len({environment.block_start_string, environment.variable_start_string, environment.comment_start_string}) < 3:
        raise ValueError("block_start_string, variable_start_string and comment_start_string must differ")
    if environment.newline_sequence not in ("\n", "\r\n", "\r"):
        raise ValueError(f"newline_sequence is '\\n', '\\r\\n' or '\\r', not {environment.newline_sequence!r}")
    # Generated code looks into a plain dict itself, unless a subclass wants to be asked first.
    cls = type(environment)
    overridden = cls.getattr is not Environment.getattr or cls.getitem is not Environment.getitem
    return NoDict if overridden else dict


class Environment:
    """How templates are written, found, compiled and kept; the centre of the engine.

    >>> from .loaders import DictLoader
    >>> env = Environment(loader=DictLoader({"hello": "Hello {{ name }}!"}), autoescape=True)
    >>> env.get_template("hello").render(name="<you>")
    'Hello &lt;you&gt;!'

    The options whose names end in ``_start_string``, ``_end_string`` and ``_prefix`` are the delimiters; without
    a prefix there are no line statements or line comments.

    :param trim_blocks: drop the newline after a block tag.
    :param lstrip_blocks: drop blanks between the start of a line and a block tag.
    :param newline_sequence: what line ends become: ``"\\n"``, ``"\\r\\n"`` or ``"\\r"``.
    :param keep_trailing_newline: keep the newline at the end of a template.
    :param extensions: classes or their import names.
    :param optimized: compute constant expressions when compiling.
    :param undefined: the type of what a template asks for and nobody gave.
    :param finalize: applied to each value before it is printed.
    :param autoescape: escape values for HTML; or a function that decides by the name of a template.
    :param loader: finds the source of a template by name.
    :param cache_size: how many templates to keep: 0 none, -1 all.
    :param auto_reload: ask at each use whether the source has changed.
    :param bytecode_cache: keeps compiled templates between runs.
    :param enable_async: generate code that can await; ``Template.render`` works still.
    """

    sandboxed = False
    overlayed = False
    linked_to: Environment | None = None
    shared = False
    intercepted_binops: frozenset[str] = frozenset()
    intercepted_unops: frozenset[str] = frozenset()
    code_generator_class: type[compiler.CodeGenerator] = compiler.CodeGenerator
    concat: Callable[[Iterable[Any]], Any] = "".join
    context_class: type[Context] = Context
    template_class: type[Template] = Template

    def __init__(
        self,
        block_start_string: str = defaults.BLOCK_START_STRING,
        block_end_string: str = defaults.BLOCK_END_STRING,
        variable_start_string: str = defaults.VARIABLE_START_STRING,
        variable_end_string: str = defaults.VARIABLE_END_STRING,
        comment_start_string: str = defaults.COMMENT_START_STRING,
        comment_end_string: str = defaults.COMMENT_END_STRING,
        line_statement_prefix: str | None = defaults.LINE_STATEMENT_PREFIX,
        line_comment_prefix: str | None = defaults.LINE_COMMENT_PREFIX,
        trim_blocks: bool = defaults.TRIM_BLOCKS,
        lstrip_blocks: bool = defaults.LSTRIP_BLOCKS,
        newline_sequence: str = defaults.NEWLINE_SEQUENCE,
        keep_trailing_newline: bool = defaults.KEEP_TRAILING_NEWLINE,
        extensions: Sequence[str | type[Extension]] = (),
        optimized: bool = True,
        undefined: type[Undefined] = Undefined,
        finalize: Callable[..., Any] | None = None,
        autoescape: bool | Callable[[str | None], bool] = False,
        loader: BaseLoader | None = None,
        cache_size: int = 400,
        auto_reload: bool = True,
        bytecode_cache: BytecodeCache | None = None,
        enable_async: bool = False,
    ) -> None:
        self.block_start_string, self.block_end_string = block_start_string, block_end_string
        self.variable_start_string, self.variable_end_string = variable_start_string, variable_end_string
        self.comment_start_string, self.comment_end_string = comment_start_string, comment_end_string
        self.line_statement_prefix, self.line_comment_prefix = line_statement_prefix, line_comment_prefix
        self.trim_blocks, self.lstrip_blocks = trim_blocks, lstrip_blocks
        self.newline_sequence, self.keep_trailing_newline = newline_sequence, keep_trailing_newline
        self.optimized, self.finalize, self.autoescape = optimized, finalize, autoescape
        self.undefined: type[Undefined] = undefined
        self.loader, self.bytecode_cache, self.auto_reload = loader, bytecode_cache, auto_reload
        self._loader_reference: weakref.ref[BaseLoader] | None = None
        self.cache = create_cache(cache_size)
        self.is_async = enable_async
        self.filters: dict[str, Callable[..., Any]] = FILTERS.copy()
        self.tests: dict[str, Callable[..., Any]] = TESTS.copy()
        self.globals: MutableMapping[str, Any] = defaults.DEFAULT_NAMESPACE.copy()
        self.policies = defaults.DEFAULT_POLICIES.copy()
        self.extensions: dict[str, Extension] = {}
        self.plain_dict = _check_options(self)
        self.extensions = load_extensions(self, extensions)

    def overlay(self, *options: Any, **named_options: Any) -> Any:
        """Make an environment that shares everything with this one but the given options.

        It takes the options of the class, also in its order. Filters, tests and globals stay shared:
        a change here or there is seen in both.

        >>> dollar = Environment().overlay(variable_start_string="${", variable_end_string="}")
        >>> dollar.from_string("${ 1 + 1 }").render()
        '2'
        """
        given = _named_options(options, named_options)
        overlay = object.__new__(type(self))
        overlay.__dict__.update(self.__dict__)
        overlay.overlayed = True
        overlay.linked_to = self
        added = given.pop("extensions", ())
        size = given.pop("cache_size", None)
        overlay.cache = copy_cache(self.cache) if size is None else create_cache(size)
        overlay.is_async = given.pop("enable_async", self.is_async)
        overlay.__dict__.update(given)
        overlay.plain_dict = _check_options(overlay)
        overlay.extensions = {name: extension.bind(overlay) for name, extension in self.extensions.items()}
        overlay.extensions.update(load_extensions(overlay, added))
        return overlay

    def add_extension(self, extension: str | type[Extension]) -> None:
        """Load an extension, given as a class or by its import name."""
        self.extensions.update(load_extensions(self, [extension]))

    def extend(self, **attributes: Any) -> None:
        """Add attributes to the environment unless it has them; extensions keep their settings so."""
        for name, value in attributes.items():
            if not hasattr(self, name):
                setattr(self, name, value)

    def iter_extensions(self) -> Iterator[Extension]:
        """Give the extensions in the order of their priority."""
        return iter(sorted(self.extensions.values(), key=lambda extension: extension.priority))

    # What templates ask while they run

    @internalcode
    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return ``obj[argument]``, else the attribute of that name, else an undefined value."""
        try:
            return obj[argument]
        except (AttributeError, TypeError, LookupError):
            value = getattr(obj, argument, missing) if isinstance(argument, str) else missing
        return self.undefined(obj=obj, name=argument) if value is missing else value

    @internalcode
    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return the attribute, else ``obj[attribute]``, else an undefined value."""
        value = getattr(obj, attribute, missing)
        if value is not missing:
            return value
        try:
            return obj[attribute]
        except (TypeError, LookupError, AttributeError):
            return self.undefined(obj=obj, name=attribute)

    @internalcode
    def call_filter(
        self,
        name: str,
        value: Any,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        context: Context | None = None,
        eval_ctx: EvalContext | None = None,
    ) -> Any:
        """Apply a filter as a template does.

        A filter that takes the context needs one here too. In an asynchronous environment the result
        may have to be awaited.

        >>> Environment().call_filter("join", ["a", "b"], ["-"])
        'a-b'
        """
        function = _named("filter", self.filters, name)
        leading = _leading(self, function, name, context, eval_ctx)
        return function(*leading, value, *(args or ()), **(kwargs or {}))

    @internalcode
    def call_test(
        self,
        name: str,
        value: Any,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        context: Context | None = None,
        eval_ctx: EvalContext | None = None,
    ) -> Any:
        """Ask a test as a template does.

        >>> Environment().call_test("divisibleby", 6, [3])
        True
        """
        function = _named("test", self.tests, name)
        leading = _leading(self, function, name, context, eval_ctx)
        return function(*leading, value, *(args or ()), **(kwargs or {}))

    # From source to code

    @property
    def lexer(self) -> Lexer:
        """The lexer for the delimiters of this environment."""
        return get_lexer(self)

    @internalcode
    def parse(self, source: str, name: str | None = None, filename: str | None = None) -> nodes.Template:
        """Return the syntax tree of a template; for extensions and tools such as ``meta``."""
        try:
            return Parser(self, source, name, filename).parse()
        except TemplateSyntaxError:
            self.handle_exception(source=source)

    def lex(self, source: str, name: str | None = None, filename: str | None = None) -> Iterator[tuple[int, str, str]]:
        """Give the tokens of a source, blanks and comments included: (line, type, text)."""
        source = str(source)
        try:
            yield from self.lexer.tokeniter(source, name, filename)
        except TemplateSyntaxError:
            self.handle_exception(source=source)

    def preprocess(self, source: str, name: str | None = None, filename: str | None = None) -> str:
        """Let every extension rewrite a source, as is done before it is parsed."""
        source = str(source)
        for extension in self.iter_extensions():
            source = extension.preprocess(source, name, filename)
        return source

    def _tokenize(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> TokenStream:
        """Return the tokens that the parser sees, after every extension had its way with them."""
        stream = self.lexer.tokenize(self.preprocess(source, name, filename), name, filename, state)
        for extension in self.iter_extensions():
            filtered = extension.filter_stream(stream)
            stream = filtered if isinstance(filtered, TokenStream) else TokenStream(filtered, name, filename)
        return stream

    @internalcode
    def compile(
        self,
        source: str | nodes.Template,
        name: str | None = None,
        filename: str | None = None,
        raw: bool = False,
        defer_init: bool = False,
    ) -> Any:
        """Compile a source, or a syntax tree, to code for ``Template.from_code``.

        :param raw: return the Python source of that code instead.
        :param defer_init: write Python source that stands alone, for a ``ModuleLoader``.
        """
        text = source if isinstance(source, str) else None
        try:
            tree = Parser(self, source, name, filename).parse() if isinstance(source, str) else source
            generated = compiler.generate(tree, self, name, filename, defer_init, self.optimized)
            return generated if raw else compiler.to_code(generated, filename or "<template>")
        except TemplateSyntaxError:
            self.handle_exception(source=text)

    def compile_expression(self, source: str, undefined_to_none: bool = True) -> TemplateExpression:
        """Make a function of an expression; call it with variables.

        :param undefined_to_none: return None where the expression is undefined.

        >>> Environment().compile_expression("price * 1.2 > 100")(price=90)
        True
        """
        try:
            parser = Parser(self, source, state="variable")
            expression = parser.parse_expression()
            if not parser.stream.eos:
                raise TemplateSyntaxError("the expression ends before the text does", parser.stream.current.lineno)
            expression.set_environment(self)
        except TemplateSyntaxError:
            self.handle_exception(source=source)
        assign = nodes.Assign(nodes.Name("result", "store"), expression, lineno=1)
        template = self.from_string(nodes.Template([assign], lineno=1))
        return TemplateExpression(template, undefined_to_none)

    def handle_exception(self, source: str | None = None) -> NoReturn:
        """Raise the exception being handled again, with a traceback that shows lines of templates."""
        raise rewrite_traceback_stack(source=source)

    # Finding templates

    def join_path(self, template: str, parent: str) -> str:
        """Return the full name of a template that another one refers to.

        By default names are absolute. May be overridden to make them relative to ``parent``.
        """
        return template

    @internalcode
    def get_template(
        self, name: Name, parent: str | None = None, globals: MutableMapping[str, Any] | None = None
    ) -> Template:
        """Load a template by name, or take it from the cache.

        :param parent: the name of the template that asks.
        :param globals: more globals for this template; they stay for its whole life.
        :raises TemplateNotFound: when no loader has it.
        :raises TemplateSyntaxError: when it cannot be compiled.
        """
        if type(name) is not str and isinstance(name, Template):
            return name
        if parent is not None:
            name = self.join_path(name, parent)  # type: ignore[arg-type]
        cache, reference = self.cache, self._loader_reference
        if cache is None or self.loader is None:
            return self._load_template(name, globals)
        if reference is None or reference() is not self.loader:
            reference = self._loader_reference = weakref.ref(self.loader)
        key = (reference, name)  # so another loader has other templates
        template: Template | None = cache.get(key)
        if template is None or self.auto_reload and not template.is_up_to_date:
            template = cache[key] = self._load_template(name, globals)
        elif globals:
            template.globals.update(globals)
        return template

    @internalcode
    def _load_template(self, name: Any, globals: MutableMapping[str, Any] | None) -> Template:
        if self.loader is None:
            raise TypeError("this environment has no loader to find templates with; pass Environment(loader=…)")
        template: Template = self.loader.load(self, name, self.make_globals(globals))
        return template

    @internalcode
    def select_template(
        self, names: Iterable[Name], parent: str | None = None, globals: MutableMapping[str, Any] | None = None
    ) -> Template:
        """Load the first of several templates that exists.

        :raises TemplatesNotFound: when none does.
        """
        if isinstance(names, Undefined):
            names._fail_with_undefined_error()
        names = list(names or ())
        for name in names:
            try:
                return self.get_template(name, parent, globals)
            except (TemplateNotFound, UndefinedError):
                pass
        raise TemplatesNotFound(names, None if names else "no template was named to choose from")

    @internalcode
    def get_or_select_template(
        self,
        template_name_or_list: Name | Iterable[Name],
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,
    ) -> Template:
        """Load one template, or the first of several that exists."""
        if isinstance(template_name_or_list, (str, Template, Undefined)):
            return self.get_template(template_name_or_list, parent, globals)
        return self.select_template(template_name_or_list, parent, globals)

    def from_string(
        self,
        source: str | nodes.Template,
        globals: MutableMapping[str, Any] | None = None,
        template_class: type[Template] | None = None,
    ) -> Template:
        """Make a template of its source; it has no name and is not cached."""
        cls = template_class or self.template_class
        return cls.from_code(self, self.compile(source), self.make_globals(globals), None)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the globals of a template: its own over those of the environment."""
        return ChainMap({} if d is None else d, self.globals)

    def list_templates(
        self, extensions: Collection[str] | None = None, filter_func: Callable[[str], bool] | None = None
    ) -> list[str]:
        """Return the names that the loader knows, sorted.

        :param extensions: only names with one of these extensions.
        :param filter_func: only names for which this is true; not both at once.
        """
        if self.loader is None:
            raise TypeError("this environment has no loader to list templates of; pass Environment(loader=…)")
        if extensions is not None and filter_func is not None:
            raise TypeError("choose templates either by extensions or by filter_func, not both")
        names = self.loader.list_templates()
        if extensions is not None:
            endings = tuple("." + extension for extension in extensions)
            return [name for name in names if name.endswith(endings)]
        return [name for name in names if filter_func is None or filter_func(name)]

    def compile_templates(
        self,
        target: str | os.PathLike[str],
        extensions: Collection[str] | None = None,
        filter_func: Callable[[str], bool] | None = None,
        zip: str | None = "deflated",
        log_function: Callable[[str], None] | None = None,
        ignore_errors: bool = True,
        py_compile: bool = False,
    ) -> None:
        """Compile all templates to Python modules that a ``ModuleLoader`` loads without their source.

        :param target: the zip archive to write, or with ``zip=None`` the folder.
        :param extensions: only names with one of these extensions; or choose with ``filter_func``.
        :param zip: ``"deflated"`` or ``"stored"``.
        :param log_function: told of each template.
        :param ignore_errors: go on after a template that does not compile.
        :param py_compile: taken and ignored, as releases of 2.x do: Python keeps byte code by itself.
        """
        names = self.list_templates(extensions, filter_func)
        write_modules(self, names, target, zip, log_function, ignore_errors)


Template.environment_class = Environment
Template._make_environment = staticmethod(get_spontaneous_environment)
