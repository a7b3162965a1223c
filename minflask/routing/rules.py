"""One rule: the grammar of its text, its options, the segments it matches, and the URLs it builds.

    rule      = *( "/" / static / variable )
    variable  = "<" [ converter [ "(" arguments ")" ] ":" ] name ">"
    arguments = argument *( "," argument ) [ "," ]
    argument  = [ name "=" ] ( word / number / quoted text )

A rule knows its map once it is bound to one. How rules are ordered and
searched is the matter of ``tree``; what a request is, is unknown here.
"""

from __future__ import annotations

from ..converters import DEFAULT_CONVERTERS, ValidationError, holds_slash, reader_of, writer_of
from ..http.urls import quote_path
from .tree import escaped, one_slash

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any, Callable

    from ..converters import BaseConverter
    from .maps import Map

    Template = tuple[str, list[tuple[str, Callable[[Any], str]]]]

BUILT_IN = set(DEFAULT_CONVERTERS.values())
_WEBSOCKET_METHODS = {"GET", "HEAD", "OPTIONS"}


# -- the text of a rule --------------------------------------------------------------------

_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_VARIABLE = rf"""<(?:({_NAME})(?:\(((?:"[^"]*"|'[^']*'|[^"'])*?)\))?:)?({_NAME})>"""
_ARGUMENT = rf"""\s*(?:({_NAME})\s*=\s*)?(?:u?"([^"]*)"|u?'([^']*)'|(-?\w[\w.-]*))\s*(?:,|\Z)"""
_WORDS = {"True": True, "False": False, "None": None}


class Variable:
    """A variable as a rule names it: its converter, the converter's arguments, its name."""

    __slots__ = ("converter", "arguments", "name")

    def __init__(self, converter: str, arguments: str, name: str) -> None:
        self.converter, self.arguments, self.name = converter, arguments, name


def tokens(rule: str) -> Iterator[str | Variable]:
    """Yield the static texts and the variables of a rule; static text keeps its slashes.

    :raises ValueError: when a ``<`` opens no variable.
    """
    start = 0
    while True:
        opening = rule.find("<", start)
        if opening < 0:
            if start < len(rule):
                yield rule[start:]
            return
        variable, end = variable_at(rule, opening)
        if variable is None:
            raise ValueError(
                f"Malformed URL rule {rule!r}: what follows {rule[:opening + 1]!r} is no variable. Write <name>, "
                "<converter:name> or <converter(argument, option=1):name>, with names of ASCII letters, digits and _.")
        if opening > start:
            yield rule[start:opening]
        yield variable
        start = end


def variable_at(rule: str, opening: int) -> tuple[Variable | None, int]:
    """Return the variable that a ``<`` opens, and where it ends; None if it opens none."""
    end = rule.find(">", opening)
    converter, colon, name = rule[opening + 1:end].rpartition(":")
    if end > 0 and is_name(name) and (not colon or is_name(converter)):
        return Variable(converter or "default", "", name), end + 1  # without `re`, which takes 4 ms to import
    import re

    match = re.compile(_VARIABLE).match(rule, opening)
    return (None, 0) if match is None else (Variable(match[1] or "default", match[2] or "", match[3]), match.end())


def is_name(text: str) -> bool:
    """Tell whether a text is a name of ASCII letters, digits and underscores."""
    return text.isascii() and text.isidentifier()


def segments(rule: str) -> list[list[str | Variable]]:
    """Split a rule at the slashes of its static text; each segment is a list of tokens.

    >>> segments("/a//b")
    [[], ['a'], [], ['b']]
    """
    found: list[list[str | Variable]] = [[]]
    for token in tokens(rule):
        if isinstance(token, Variable):
            found[-1].append(token)
            continue
        first, *more = token.split("/")
        if first:
            found[-1].append(first)
        found.extend([text] if text else [] for text in more)
    return found


def parse_converter_args(text: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Read the arguments of a converter, as they stand between its parentheses.

    >>> parse_converter_args("about, 2, max=1.5, 'a b'")
    (('about', 2, 'a b'), {'max': 1.5})

    :raises ValueError: when something is neither a word, a number nor quoted text.
    """
    positional: list[Any] = []
    named: dict[str, Any] = {}
    position = 0
    while text[position:].strip():
        import re

        match = re.compile(_ARGUMENT).match(text, position)
        if match is None:
            raise ValueError(f"Cannot parse the converter arguments {text!r} at {text[position:].strip()!r}: "
                             "they are words, numbers or quoted texts, separated by commas.")
        name, double, single, word = match.groups()
        value = _value_of(word) if word is not None else single if double is None else double
        if name is None:
            positional.append(value)
        else:
            named[name] = value
        position = match.end()
    return tuple(positional), named


def _value_of(word: str) -> Any:
    if word in _WORDS:
        return _WORDS[word]
    for convert in (int, float):
        try:
            return convert(word)
        except ValueError:
            pass
    return word


# -- rules ---------------------------------------------------------------------------------


class RuleFactory:
    """Whatever yields rules when it is added to a map; a rule yields itself."""

    def get_rules(self, map: Map) -> Iterable[Rule]:
        """Yield the rules for a map. To be overridden."""
        raise NotImplementedError


class Segment:
    """What one segment of a path must be; or, if ``final``, all that is left of the path.

    A static segment has a ``text``. Any other has a pattern: ``match`` gives
    a match whose groups named in ``groups`` are the values. A ``suffixed`` one
    ends in a slash that may be missing, which its last group tells. ``tame``
    is a pattern for the same without names, to be part of a longer one, if no
    converter of users is in it, which may hold groups or slashes.
    """

    __slots__ = ("text", "key", "final", "suffixed", "groups", "tame", "_fullmatch")

    def __init__(self, tokens: list[str | BaseConverter], final: bool) -> None:
        converters = [token for token in tokens if not isinstance(token, str)]
        self.text = None if converters else "".join(map(str, tokens))
        self.final = final
        self.suffixed = final and tokens[-1] == "/"
        self.groups = [f"_{number}" for number in range(len(converters))]
        kept = tokens[:-1] if self.suffixed else tokens
        pattern = self._pattern(kept, [f"?P<{name}>" for name in self.groups])
        self.key = (self._weight(tokens), final, f"{pattern}(?P<slash>/?)" if self.suffixed else pattern)
        built_in = all(type(converter) in BUILT_IN for converter in converters)
        self.tame = self._pattern(kept, [""] * len(converters)) if built_in else None
        self._fullmatch: Callable[[str], re.Match[str] | None] | None = None

    def _pattern(self, tokens: list[str | BaseConverter], names: list[str]) -> str:
        """Return a pattern with a group for each converter, which begins with its name."""
        name = iter(names)
        pieces = [escaped(each) if isinstance(each, str) else f"({next(name)}{each.regex})" for each in tokens]
        return "".join(pieces) + ("(?<!/)" if self.suffixed else "")

    def match(self, text: str) -> re.Match[str] | None:
        """Match a text; the pattern is compiled on first use."""
        if self._fullmatch is None:
            import re

            self._fullmatch = re.compile(self.key[2]).fullmatch
        return self._fullmatch(text)

    @staticmethod
    def _weight(tokens: list[str | BaseConverter]) -> tuple[Any, ...]:
        """Say how special a segment is: much static text and light converters sort first."""
        static = [len(token) for token in tokens if isinstance(token, str) and token != "/"]
        weights = [token.weight for token in tokens if not isinstance(token, str)]
        return (-len(static), [-length for length in static], -len(weights), weights)


class Rule(RuleFactory):
    """A pattern of URLs and what it leads to.

    The string is static text with variables: ``<name>``, ``<converter:name>``
    or ``<converter(arguments):name>``. One that ends with a slash is a
    branch: a request without it is redirected there. Give options by keyword.

    :param defaults: values that the rule adds; with other rules of the
        endpoint, its URL is then the only one for these values.
    :param subdomain: the part of the host before the server's name; may have variables.
    :param methods: the HTTP methods that match, all if None; GET brings HEAD.
    :param build_only: whether to build URLs only, and never match.
    :param endpoint: what matching gives, and what URLs are built for.
    :param strict_slashes: whether a branch redirects a request without its slash; as the map if None.
    :param merge_slashes: whether a run of slashes counts as one; as the map if None.
    :param redirect_to: a string with variables such as ``<name>``, or a callable that takes the
        adapter and the values and gives one: where a match redirects to.
    :param alias: whether another rule of the endpoint is the canonical one.
    :param host: the whole host, for maps with ``host_matching``; may have variables.
    :param websocket: whether to match websocket requests only.

    :raises ValueError: when the string has no leading slash, or is malformed when it is added to a map.
    """

    __hash__ = None  # type: ignore[assignment]  # equal rules may change apart

    def __init__(
        self, string: str, defaults: Mapping[str, Any] | None = None, subdomain: str | None = None,
        methods: Iterable[str] | None = None, build_only: bool = False, endpoint: Any = None,
        strict_slashes: bool | None = None, merge_slashes: bool | None = None,
        redirect_to: str | Callable[..., str] | None = None, alias: bool = False, host: str | None = None,
        websocket: bool = False,
    ) -> None:
        if not string.startswith("/"):
            raise ValueError(f"URL rule {string!r} must start with a slash: write {'/' + string!r}.")
        self.rule, self.endpoint = string, endpoint
        self.is_leaf = not string.endswith("/")
        self.is_branch = not self.is_leaf
        self.map: Map = None  # type: ignore[assignment]
        self.defaults: Mapping[str, Any] = defaults or {}
        self.subdomain, self.host = subdomain, host
        self.strict_slashes, self.merge_slashes = strict_slashes, merge_slashes
        self.build_only, self.alias, self.redirect_to, self.websocket = build_only, alias, redirect_to, websocket
        self.methods = self._checked_methods(methods, websocket)
        self.arguments: set[str] = set(map(str, defaults)) if defaults else set()

    @staticmethod
    def _checked_methods(methods: Iterable[str] | None, websocket: bool) -> set[str] | None:
        if methods is None:
            return None
        if isinstance(methods, str):
            raise TypeError(f"'methods' is a list of strings, so write methods=[{methods!r}].")
        found = {method.upper() for method in methods}
        if websocket and found - _WEBSOCKET_METHODS:
            raise ValueError("A websocket rule can only take the methods GET, HEAD and OPTIONS.")
        return found | {"HEAD"} if "GET" in found else found

    def empty(self) -> Rule:
        """Return an unbound copy, for another map or with a changed attribute.

        Override :meth:`get_empty_kwargs` when a subclass takes more arguments.
        """
        return type(self)(self.rule, **self.get_empty_kwargs())

    def get_empty_kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments for a copy. May be overridden to add to them."""
        copies = {"defaults": dict(self.defaults) if self.defaults else None,
                  "methods": set(self.methods) if self.methods is not None else None}
        names = ("subdomain", "build_only", "endpoint", "strict_slashes", "merge_slashes", "redirect_to", "alias",
                 "host", "websocket")
        return {**copies, **{name: getattr(self, name) for name in names}}

    def get_rules(self, map: Map) -> Iterator[Rule]:
        """Yield the rule itself."""
        yield self

    # -- bound to a map -------------------------------------------------------------------

    def bind(self, map: Map, rebind: bool = False) -> None:
        """Make the rule one of a map; :meth:`Map.add` does it.

        :param rebind: whether it may have been bound before.
        :raises RuntimeError: when it is bound to a map already.
        """
        if self.map is not None and not rebind:
            raise RuntimeError(f"URL rule {self!r} is bound to a map already: add a copy of it, rule.empty().")
        self.map = map
        for own, of_map in (("strict_slashes", "strict_slashes"), ("merge_slashes", "merge_slashes"),
                            ("subdomain", "default_subdomain")):
            if getattr(self, own) is None:
                setattr(self, own, getattr(map, of_map))
        self.compile()

    def refresh(self) -> None:
        """Read the rule's string again, after it or a converter changed."""
        self.arguments = set(map(str, self.defaults))
        self.bind(self.map, rebind=True)
        self.map._table, self.map._quick = None, {}

    def get_converter(self, variable_name: str, converter_name: str, args: tuple[Any, ...],
                      kwargs: Mapping[str, Any]) -> BaseConverter:
        """Make the converter of a variable. May be overridden.

        :raises LookupError: when the map has no converter of that name.
        """
        if converter_name not in self.map.converters:
            raise LookupError(f"The converter {converter_name!r} does not exist: the map has "
                              f"{', '.join(sorted(self.map.converters))}. Add it to map.converters before the rule.")
        return self.map.converters[converter_name](self.map, *args, **kwargs)

    def compile(self) -> None:
        """Work out the segments to match and the templates to build with."""
        text = one_slash(self.rule) if self.merge_slashes else self.rule
        domain = (self.host if self.map.host_matching else self.subdomain) or ""
        self._converters: dict[str, BaseConverter] = {}
        self._domain = self._convert(tokens(domain))
        path = [self._convert(segment) for segment in segments(text)[1:]]
        self._path = [part for segment in path for part in ("/", *segment)]
        self._segments = [] if self.build_only else [Segment(self._domain, False), *self._path_segments(path)]
        self.arguments.update(self._converters)
        self._needed = self.arguments.difference(self.defaults or ())
        self._readers = [(name, reader_of(converter)) for name, converter in self._converters.items()]
        self._plain = False  # whether a match is final, never a redirect; the table sets it
        self._templates: tuple[Template, Template] | None = None

    def _convert(self, parts: Iterable[str | Variable]) -> list[str | BaseConverter]:
        """Put a converter in the place of each variable."""
        return [part if isinstance(part, str) else self._add_converter(part) for part in parts]

    def _add_converter(self, variable: Variable) -> BaseConverter:
        name = variable.name
        if name in self._converters:
            raise ValueError(f"URL rule {self.rule!r} uses the variable {name!r} twice: give one another name.")
        args, kwargs = parse_converter_args(variable.arguments)
        converter = self.get_converter(name, variable.converter, args, kwargs)
        own = vars(converter)
        if "regex" in own and "part_isolating" not in own and holds_slash(converter.regex):
            converter.part_isolating = False
        self._converters[name] = converter
        return converter

    @staticmethod
    def _path_segments(path: list[list[str | BaseConverter]]) -> Iterator[Segment]:
        """Yield the segments; the first whose converter takes slashes takes all the rest in."""
        for number, parts in enumerate(path):
            if any(not isinstance(part, str) and not part.part_isolating for part in parts):
                rest = [part for later in path[number + 1:] for part in ("/", *later)]
                last = Segment([*parts, *rest], True)
                yield last
                if last.suffixed:
                    yield Segment([], False)
                return
            yield Segment(parts, False)

    def accepts(self, method: str, websocket: bool) -> bool:
        """Tell whether the rule is for such a request, whatever its path."""
        return (self.methods is None or method in self.methods) and self.websocket == websocket

    def read(self, texts: Sequence[str]) -> dict[str, Any] | None:
        """Return the values for the texts of the variables; None when a converter refuses one."""
        values: dict[str, Any] = {}
        index = 0  # zip() would take half as long again
        try:
            for name, read in self._readers:
                values[name] = texts[index] if read is None else read(texts[index])
                index += 1
        except ValidationError:
            return None
        if self.defaults:
            values.update(self.defaults)
        return values

    # -- building -------------------------------------------------------------------------

    def build(self, values: Mapping[str, Any], append_unknown: bool = True) -> tuple[str, str] | None:
        """Return the domain part and the path for the values, or None if a converter refuses one.

        :param append_unknown: whether values that are no variables go into a query string.
        """
        (domain, in_domain), (path, in_path) = self._templates or self._prepare()
        try:
            if in_path:
                path = path % tuple([to_url(values[name]) for name, to_url in in_path])
            if in_domain:
                domain = domain % tuple([to_url(values[name]) for name, to_url in in_domain])
        except ValidationError:
            return None
        return domain, path + self._query(values) if append_unknown else path

    def _prepare(self) -> tuple[Template, Template]:
        """Make the templates, on the first URL that is built."""
        self._templates = self._template(self._domain, str), self._template(self._path, quote_path)
        return self._templates

    @property
    def _trace(self) -> list[tuple[bool, str]]:
        """The pieces of the rule: (False, text) or (True, variable); extensions that describe APIs read it."""
        names = {id(converter): name for name, converter in self._converters.items()}
        pieces = [*self._domain, "|", *self._path]
        return [(False, piece) if isinstance(piece, str) else (True, names[id(piece)]) for piece in pieces]

    def _template(self, parts: list[str | BaseConverter], quote: Callable[[str], str]) -> Template:
        """Return a %-format and what fills it; variables with a default are filled in here."""
        names = {id(converter): name for name, converter in self._converters.items()}
        text = ""
        fills: list[tuple[str, Callable[[Any], str]]] = []
        for part in parts:
            if isinstance(part, str):
                text += quote(part).replace("%", "%%")
            elif self.defaults and names[id(part)] in self.defaults:
                text += part.to_url(self.defaults[names[id(part)]]).replace("%", "%%")
            else:
                text += "%s"
                fills.append((names[id(part)], part.to_url))
        return (text if fills else text % ()), fills

    def _query(self, values: Mapping[str, Any]) -> str:
        """Return the values that are no variables as a query string with its question mark, if there are any."""
        unknown = {key: values[key] for key in values if key not in self.arguments}
        query = self.map.encode_query(unknown) if unknown else ""
        return f"?{query}" if query else ""

    def quick_builder(self) -> Callable[[dict[str, Any]], str | None] | None:
        """Write a function that builds path and query for a dict of values, without the first slash.

        It returns None where a value is missing or wrong, and then the general
        way decides. There is none for rules with defaults or an odd domain, nor
        where a subclass has a way of its own. It takes a third of the time.
        """
        domain, own = "".join(map(str, self._domain)), type(self)
        if (self.defaults or domain != self.map.default_subdomain or self.websocket
                or own.build is not Rule.build or own.suitable_for is not Rule.suitable_for):
            return None
        names: dict[str, Any] = {"ValidationError": ValidationError, "quote": quote_path, "query": self._query}
        lines, url = ["def build(values):", " try:"], ""
        for part in self._path:
            if isinstance(part, str):
                url += quote_path(part)  # holds no quote, brace or backslash: it may stand in an f-string
                continue
            value, to_url = f"value{len(names)}", f"to_url{len(names)}"
            name = next(name for name, converter in self._converters.items() if converter is part)
            names[to_url] = part.to_url
            lines += [f"  {value} = values[{name!r}]", f"  if {value} is None: return None"]
            url += f"{{{writer_of(part).format(value=value, to_url=to_url)}}}"
        url = url.lstrip("/")
        lines += [f'  url = f"{url}"' + (".lstrip('/')" if url[:1] == "{" else ""),
                  f"  return url if len(values) == {len(self._converters)} else url + query(values)",
                  " except (KeyError, ValidationError): return None"]
        exec("\n".join(lines), names)
        return names["build"]  # type: ignore[no-any-return]

    def suitable_for(self, values: Mapping[str, Any], method: str | None = None) -> bool:
        """Tell whether the values are enough for the rule and agree with its defaults."""
        if method is not None and self.methods is not None and method not in self.methods:
            return False
        if not values.keys() >= self._needed:
            return False
        return not self.defaults or all(values[key] == value for key, value in self.defaults.items() if key in values)

    def provides_defaults_for(self, rule: Rule) -> bool:
        """Tell whether this is the same rule with some variables fixed, and so the canonical one for them."""
        return bool(self.defaults and not self.build_only and self.endpoint == rule.endpoint
                    and self is not rule and self.arguments == rule.arguments)

    def match_compare_key(self) -> list[int]:
        """Return the key that sorts rules in the order they are tried: static text before variables, by segment."""
        kinds = [int("<" in segment) for segment in self.rule.strip("/").split("/")]
        spans = any(not converter.part_isolating for converter in self._converters.values())
        return [*kinds[:-1], 2] if spans else kinds

    def build_compare_key(self) -> tuple[int, int, int]:
        """Return what orders the rules of an endpoint: canonical ones with many arguments build first."""
        return (1 if self.alias else 0, -len(self.arguments), -len(self.defaults or ()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and (
            (self.rule, self.subdomain, self.host) == (other.rule, other.subdomain, other.host))

    def __str__(self) -> str:
        return self.rule

    def __repr__(self) -> str:
        methods = f" ({', '.join(sorted(self.methods))})" if self.methods is not None else ""
        return f"<{type(self).__name__} {self.rule!r}{methods} -> {self.endpoint}>"
