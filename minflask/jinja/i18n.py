"""Translation: the tag ``trans``, the functions it calls, and the search for texts to translate.

The application gives ``gettext`` and its kin. Old style, a template formats what they return; in new
style (``newstyle``) the functions take the variables and format by themselves, safely.
"""
from __future__ import annotations

from ..markup import Markup
from . import nodes
from .environment import Environment
from .errors import TemplateAssertionError, TemplateSyntaxError
from .extension import Extension
from .utils import pass_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import IO, Any, Union

    from .lexer import Token
    from .parser import Parser
    from .runtime import Context

    Message = Union[str, None, tuple[Union[str, None], ...]]

GETTEXT_FUNCTIONS = ("_", "gettext", "ngettext", "pgettext", "npgettext")


@pass_context
def _gettext_alias(context: Context, *args: Any, **kwargs: Any) -> Any:
    """``_`` in templates: whatever ``gettext`` is when it is called."""
    return context.call(context.resolve("gettext"), *args, **kwargs)


def _newstyle(function: Callable[..., Any], *names: str | None) -> Callable[..., Any]:
    """Make a translation function that formats what it returns with its keyword arguments.

    :param names: of its positional arguments, for those that the text may use too.
    """

    @pass_context
    def translate(context: Context, /, *args: Any, **variables: Any) -> Any:
        if len(args) != len(names):
            raise TypeError(f"a translation function takes {len(names)} positional arguments, not {len(args)}")
        for name, value in zip(names, args):
            if name is not None:
                variables.setdefault(name, value)
        text = context.call(function, *args)
        if context.eval_ctx.autoescape:
            text = Markup(text)
        # Always a format, variables or not: a % in a message is doubled in the catalogue.
        return text % variables

    return translate


class InternationalizationExtension(Extension):
    """The tag ``trans`` and the functions that give an environment its translations.

    ``{% trans count=items|length %}One item{% pluralize %}{{ count }} items{% endtrans %}``; see
    ``environment.install_gettext_translations``, ``install_gettext_callables``,
    ``install_null_translations``, ``uninstall_gettext_translations`` and ``extract_translations``.
    """

    tags = {"trans"}

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        environment.globals["_"] = _gettext_alias
        environment.extend(
            newstyle_gettext=False,
            extract_translations=self._extract,
            install_gettext_callables=self._install_callables,
            install_gettext_translations=self._install,
            install_null_translations=self._install_null,
            uninstall_gettext_translations=self._uninstall,
        )

    def _install(self, translations: Any, newstyle: bool | None = None) -> None:
        # The u-names are those of catalogues from before Python 3; some wrappers have only them.
        self._install_callables(
            getattr(translations, "ugettext", None) or translations.gettext,
            getattr(translations, "ungettext", None) or translations.ngettext,
            newstyle,
            getattr(translations, "pgettext", None),
            getattr(translations, "npgettext", None),
        )

    def _install_null(self, newstyle: bool | None = None) -> None:
        from gettext import NullTranslations

        self._install(NullTranslations(), newstyle)

    def _install_callables(
        self,
        gettext: Callable[[str], str],
        ngettext: Callable[[str, str, int], str],
        newstyle: bool | None = None,
        pgettext: Callable[[str, str], str] | None = None,
        npgettext: Callable[[str, str, str, int], str] | None = None,
    ) -> None:
        functions: dict[str, tuple[Callable[..., Any] | None, tuple[str | None, ...]]] = {
            "gettext": (gettext, (None,)),
            "ngettext": (ngettext, (None, None, "num")),
            "pgettext": (pgettext, ("context", None)),
            "npgettext": (npgettext, ("context", None, None, "num")),
        }
        if newstyle is not None:
            self.environment.newstyle_gettext = newstyle
        for name, (function, arguments) in functions.items():
            if function is None:
                self.environment.globals.pop(name, None)
            elif self.environment.newstyle_gettext:
                self.environment.globals[name] = _newstyle(function, *arguments)
            else:
                self.environment.globals[name] = function

    def _uninstall(self, translations: object = None) -> None:
        for name in GETTEXT_FUNCTIONS[1:]:
            self.environment.globals.pop(name, None)

    def _extract(
        self, source: str | nodes.Template, gettext_functions: Sequence[str] = GETTEXT_FUNCTIONS
    ) -> Iterator[tuple[int, str, Message]]:
        tree: nodes.Template = self.environment.parse(source) if isinstance(source, str) else source
        return extract_from_ast(tree, gettext_functions)

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """Parse ``trans`` up to ``endtrans``."""
        return _TransTag(self.environment, parser).parse()


class _TransTag:
    """One ``trans`` tag while it is parsed: its variables, its texts, and what decides the plural."""

    def __init__(self, environment: Any, parser: Parser) -> None:
        self.newstyle: bool = environment.newstyle_gettext
        self.trimmed: bool | None = None
        self.trim_by_default: bool = environment.policies["ext.i18n.trimmed"]
        self.parser = parser
        self.stream = parser.stream
        self.variables: dict[str, nodes.Expr] = {}
        self.count_name: str | None = None  # the variable that decides between singular and plural
        self.before: list[nodes.Node] = []  # statements that run first

    def parse(self) -> list[nodes.Node]:
        lineno = next(self.stream).lineno
        context = self.stream.next_if("string")
        self.parse_variables()
        self.stream.expect("block_end")
        names, singular = self.parse_text(may_pluralize=True)
        if names and self.count_name is None:
            self.count_name = names[0]
        plural = None
        if self.stream.current.test("name:pluralize"):
            more_names, plural = self.parse_plural(lineno)
            names += more_names
        next(self.stream)
        for name in names:
            self.variables.setdefault(name, nodes.Name(name, "load"))
        if plural is not None and self.count_name is None:
            self.parser.fail("pluralize needs a variable to count by; name one in the trans tag", lineno)
        node = self.output(singular, plural, context and context.value, bool(names))
        return [*self.before, node.set_lineno(lineno)]

    def parse_variables(self) -> None:
        """Parse ``a, b=expression, trimmed`` up to the end of the tag."""
        while self.stream.current.type != "block_end":
            if self.stream.skip_if("colon"):  # as Python's statements end
                break
            if self.variables:
                self.stream.expect("comma")
            self.parse_variable(self.stream.expect("name"))

    def parse_variable(self, token: Token) -> None:
        """Parse what follows the name of a variable, or take ``trimmed`` and ``notrimmed`` as words."""
        name = token.value
        if name in self.variables:
            message = f"the variable {name!r} stands twice in this trans tag"
            self.parser.fail(message, token.lineno, TemplateAssertionError)
        if self.stream.skip_if("assign"):
            value = self.parser.parse_expression()
        elif self.trimmed is None and name in ("trimmed", "notrimmed"):
            self.trimmed = name == "trimmed"
            return
        else:
            value = nodes.Name(name, "load")
        if self.count_name is None:
            self.count_name = name
            if isinstance(value, nodes.Call):  # it is used twice, and should be called once
                self.before.append(nodes.Assign(nodes.Name("_trans", "store"), value, lineno=token.lineno))
                value = nodes.Name("_trans", "load")
        self.variables[name] = value

    def parse_plural(self, lineno: int) -> tuple[list[str], str]:
        """Parse ``pluralize``, which may name the variable to count by, and the text after it."""
        next(self.stream)
        if self.stream.current.type != "block_end":
            token = self.stream.expect("name")
            if token.value not in self.variables:
                self.parser.fail(
                    f"pluralize counts by {token.value!r}, which the trans tag does not name",
                    token.lineno, TemplateAssertionError,
                )
            self.count_name = token.value
        self.stream.expect("block_end")
        return self.parse_text(may_pluralize=False)

    def parse_text(self, may_pluralize: bool) -> tuple[list[str], str]:
        """Parse a text up to the tag that ends it: (names of the variables in it, text as a format)."""
        names: list[str] = []
        text: list[str] = []
        while True:
            token = self.stream.current
            if token.type == "eof":
                self.parser.fail("the translation block is not closed: 'endtrans' is missing")
            next(self.stream)
            if token.type == "data":
                text.append(token.value.replace("%", "%%"))
            elif token.type == "variable_begin":
                name = self.stream.expect("name").value
                names.append(name)
                text.append(f"%({name})s")
                self.stream.expect("variable_end")
            elif self.ends_text(may_pluralize):
                return names, self.trim("".join(text))

    def trim(self, text: str) -> str:
        """Make one space of each line break and the blanks around it, if that is asked for."""
        if not (self.trim_by_default if self.trimmed is None else self.trimmed):
            return text
        return " ".join(filter(None, map(str.strip, text.split("\n"))))

    def ends_text(self, may_pluralize: bool) -> bool:
        """Tell whether the tag that begins here ends the text; any other is an error."""
        tag = self.stream.current.value if self.stream.current.type == "name" else ""
        if tag == "endtrans" or tag == "pluralize" and may_pluralize:
            return True
        why = {
            "pluralize": "a translation block has one 'pluralize' at most",
            "trans": "the block is still open, and trans blocks can't be nested; did you mean 'endtrans'?",
        }
        self.parser.fail(why.get(tag, f"a translation block holds only text and variables, but saw `{tag}`"))

    def output(self, singular: str, plural: str | None, context: str | None, has_names: bool) -> nodes.Output:
        """Return the node that calls the right function of gettext and prints what it returns."""
        texts = [singular] if plural is None else [singular, plural]
        if self.newstyle:
            # The function knows the count as ``num`` already.
            known = "num" if plural is not None and self.count_name == "num" else None
            named = [nodes.Keyword(name, value) for name, value in self.variables.items() if name != known]
            return nodes.Output([self.call(texts, context, named)])
        if not has_names:  # nothing will be formatted
            texts = [text.replace("%%", "%") for text in texts]
        text: nodes.Expr = nodes.MarkSafeIfAutoescape(self.call(texts, context, []))
        if self.variables:
            pairs = [nodes.Pair(nodes.Const(name), value) for name, value in self.variables.items()]
            text = nodes.Mod(text, nodes.Dict(pairs))
        return nodes.Output([text])

    def call(self, texts: list[str], context: str | None, named: list[nodes.Keyword]) -> nodes.Call:
        """Return the call of gettext or its kin with these texts, one or two, and what they depend on."""
        arguments: list[nodes.Expr] = [nodes.Const(text) for text in texts]
        function = "gettext"
        if context is not None:
            arguments.insert(0, nodes.Const(context))
            function = "p" + function
        if len(texts) == 2 and self.count_name is not None:
            arguments.append(self.variables[self.count_name])
            function = "n" + function
        return nodes.Call(nodes.Name(function, "load"), arguments, named, None, None)


def extract_from_ast(
    ast: nodes.Template, gettext_functions: Sequence[str] = GETTEXT_FUNCTIONS, babel_style: bool = True
) -> Iterator[tuple[int, str, Message]]:
    """Give (line, function, text) of each call of a translation function in a syntax tree.

    With several arguments the text is a tuple, which has None for each argument that is no constant text.

    :param babel_style: without it, always a tuple, of the constant texts alone.
    """
    for call in ast.find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name) or call.node.name not in gettext_functions:
            continue
        texts = [
            argument.value if isinstance(argument, nodes.Const) and isinstance(argument.value, str) else None
            for argument in call.args
        ]
        texts += [None] * (len(call.kwargs) + (call.dyn_args is not None) + (call.dyn_kwargs is not None))
        constant = tuple(text for text in texts if text is not None)
        if babel_style:
            yield call.lineno, call.node.name, texts[0] if len(texts) == 1 else tuple(texts)
        elif constant:
            yield call.lineno, call.node.name, constant


def babel_extract(
    fileobj: IO[bytes], keywords: Sequence[str], comment_tags: Sequence[str], options: dict[str, Any]
) -> Iterator[tuple[int, str, Message, list[str]]]:
    """Give (line, function, text, comments) of each text to translate in a file; Babel calls it.

    :param keywords: the names of the translation functions.
    :param comment_tags: with what a comment begins that is meant for translators.
    :param options: those of the environment as text, and ``encoding``, ``silent``, ``trimmed``,
        ``newstyle_gettext``.
    """
    environment = _babel_environment(options)
    source = fileobj.read().decode(options.get("encoding", "utf-8"))
    try:
        tree = environment.parse(source)
        tokens = list(environment.lex(environment.preprocess(source)))
    except TemplateSyntaxError:
        if not _is_on(options, "silent", "true"):
            raise
        return  # Babel goes on with the other files
    position = 0
    for lineno, function, text in extract_from_ast(tree, keywords):
        start = position
        while position < len(tokens) and tokens[position][0] <= lineno:
            position += 1
        yield lineno, function, text, _last_comment(tokens[start:position], comment_tags)


def _is_on(options: dict[str, Any], name: str, default: str = "false") -> bool:
    return str(options.get(name, default)).lower() in ("1", "on", "yes", "true")


def _babel_environment(options: dict[str, Any]) -> Any:
    strings = (
        "block_start_string", "block_end_string", "variable_start_string", "variable_end_string",
        "comment_start_string", "comment_end_string", "line_statement_prefix", "line_comment_prefix",
    )
    flags = ("trim_blocks", "lstrip_blocks", "keep_trailing_newline")
    names = [name.strip() for name in options.get("extensions", "").split(",") if name.strip()]
    given: dict[str, Any] = {name: options[name] for name in strings if options.get(name)}
    given.update((name, _is_on(options, name)) for name in flags)
    environment = Environment(extensions=[InternationalizationExtension, *names], cache_size=0, **given)
    if _is_on(options, "trimmed"):
        environment.policies["ext.i18n.trimmed"] = True
    if _is_on(options, "newstyle_gettext"):
        environment.newstyle_gettext = True  # type: ignore[attr-defined]
    return environment


def _last_comment(tokens: Iterable[tuple[int, str, str]], tags: Sequence[str]) -> list[str]:
    """Return the last comment that begins with one of the tags, without the tag."""
    found: list[str] = []
    for _, kind, text in tokens:
        if kind in ("comment", "linecomment") and not text.isspace():
            tag, *comment = text.split(None, 1)
            if tag in tags and comment:
                found = [comment[0].rstrip()]
    return found
