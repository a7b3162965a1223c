"""Find the rule for a path: a dict of static paths, then a tree by segment.

Whatever decides *which rule wins* is in this file and in no other. At each
segment static text comes before variables, and these by weight: much static
text first, then light converters, then the rule added first. Where a way
ends without a rule, the next is tried. The cost is bounded by the number of
segments of the rules, not by the path.

A domain, a path and a method go in; a rule with its values, or a
:class:`Miss` that says why there is none, comes out. Nothing is raised, and
nothing is known of hosts, schemes and adapters.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, Callable, Union

    from .rules import Rule, Segment

    Asked = tuple[str, bool, list[Rule]]  # the method, whether for a websocket, the rules that refused
    Take = Callable[["Node", tuple[str, ...], Asked], "Found"]
    Found = Union["tuple[Rule, dict[str, Any] | None]", None]
    Result = Union["tuple[Rule, dict[str, Any]]", "Miss"]


def escaped(text: str) -> str:
    """Return a pattern for a text, as ``re.escape`` does without needing ``re``.

    >>> escaped("a.b-c")
    'a\\\\.b-c'
    """
    return text.translate(_ESCAPES)


_ESCAPES = {ord(char): f"\\{char}" for char in ".^$*+?{}[]\\|()"}


def one_slash(path: str) -> str:
    """Make each run of slashes one.

    >>> one_slash("/a//b////c/")
    '/a/b/c/'
    """
    while "//" in path:
        path = path.replace("//", "/")
    return path


class Miss:
    """Why a request has no rule, or not yet.

    ``kind`` is ``"not found"``; ``"method"``, with the ``methods`` that would
    do; ``"websocket"``, when only rules for the other sort of request fit;
    ``"path"``, when the request should come again with another ``path``;
    ``"defaults"``, ``"alias"`` or ``"target"``, when it matched ``rule`` with
    ``values`` and should go to another URL for them.
    """

    __slots__ = ("kind", "rule", "values", "path", "methods")

    def __init__(self, kind: str, rule: Rule | None = None, values: dict[str, Any] | None = None,
                 path: str = "", methods: Iterable[str] = ()) -> None:
        self.kind, self.rule, self.values, self.path, self.methods = kind, rule, values or {}, path, sorted(methods)

    def __repr__(self) -> str:
        return f"<Miss: {self.kind}>"


NOT_FOUND = Miss("not found")
FEW = 6  # so many patterns are tried one by one more quickly than a tree is walked, by the benchmark
MANY = 32  # ends listed at one place, with those that are no patterns: it bounds the cost of listing them


class Node:
    """A place between two segments: the ways on, and the rules that end here."""

    __slots__ = ("static", "edges", "rules", "few")

    def __init__(self) -> None:
        self.static: dict[str, Node] = {}
        self.edges: list[tuple[Segment, Node]] = []
        self.rules: list[Rule] = []
        self.few: Few | None = None  # all that is below, where it is little; see `Few`

    def child(self, segment: Segment) -> Node:
        """Return the node behind a segment, a new one if there is none yet."""
        if segment.text is not None:
            return self.static.setdefault(segment.text, Node())
        for known, node in self.edges:
            if known.key == segment.key:
                return node
        self.edges.append((segment, Node()))
        return self.edges[-1][1]

    def finish(self) -> list[End] | None:
        """Order the edges of all that is below, and return its ends if few of them have variables.

        The order is stable: equal edges stay as they were added.
        """
        self.edges.sort(key=lambda edge: edge[0].key[0])
        ends: list[End] | None = [End("", "", 0, self)] if self.rules or "" in self.static else []
        for text, node in self.static.items():
            ends = joined(ends, node.finish(), text, escaped(text), 0)
        for segment, node in self.edges:
            below = node.finish()
            if segment.final and below is not None:
                below = [end for end in below if not end.lenient]
            ends = joined(ends, below, None, segment.tame, len(segment.groups))
        if ends is not None:
            if not all(rule.strict_slashes for rule in self.rules):
                ends.append(End(None, "/", 0, self, True))
            if sum(end.text is None for end in ends) > FEW:
                return None
            self.few = Few(ends)
        return ends


class End:
    """A place where rules end, as seen from a node above it.

    :param text: the rest of the path to there, or None where it has variables.
    :param pattern: the same as a regular expression.
    :param groups: how many groups the pattern has.
    :param lenient: whether the path is one slash too long, for rules that do not mind.
    """

    __slots__ = ("text", "pattern", "groups", "node", "lenient", "take")

    def __init__(self, text: str | None, pattern: str, groups: int, node: Node, lenient: bool = False) -> None:
        self.text, self.pattern, self.groups, self.node, self.lenient = text, pattern, groups, node, lenient
        self.take: Take = forgive if lenient else settle


def joined(ends: list[End] | None, below: list[End] | None, text: str | None, pattern: str | None,
           groups: int) -> list[End] | None:
    """Add the ends below a segment to others; return None where they are too many, or the segment has no pattern."""
    if ends is None or below is None or pattern is None or len(ends) + len(below) > MANY:
        return None
    for end in below:
        whole = None if text is None or end.text is None else f"/{text}{end.text}"
        ends.append(End(whole, f"/{pattern}{end.pattern}", groups + end.groups, end.node, end.lenient))
    return ends


class Few:
    """The ends below a node: a dict of those without variables, and one pattern of the others, in the order of `walk`.

    One match of it costs less than a step of the walk. It is compiled when it
    is first needed, which in most nodes is never. An empty group behind each
    alternative tells by its number which of them matched.
    """

    __slots__ = ("static", "ends", "fullmatch", "marks")

    def __init__(self, ends: list[End]) -> None:
        self.static = {end.text: end.node for end in ends if end.text is not None}
        self.ends = [end for end in ends if end.text is None]
        self.fullmatch: Callable[[str, int], re.Match[str] | None] | None = None
        self.marks: dict[int, tuple[slice, Node, Take, list[End]]] = {}
        first = 0
        for number, end in enumerate(self.ends):
            mark = first + end.groups + 1
            self.marks[mark] = slice(first, mark - 1), end.node, end.take, self.ends[number + 1:]
            first = mark

    def find(self, path: str, start: int, texts: tuple[str, ...], asked: Asked) -> Found:
        """Return the first rule that matches the rest of the path and takes the request."""
        node = self.static.get(path[start:])
        found = settle(node, texts, asked) if node is not None else None
        if found is not None or not self.ends:
            return found
        match = (self.fullmatch or self._compile())(path, start)
        if match is None:
            return None
        values, node, take, later = self.marks[match.lastindex]  # type: ignore[index]  # it ends in a mark
        found = take(node, texts + match.groups()[values], asked)
        return self._later(later, path, start, texts, asked) if found is None and later else found

    def _compile(self) -> Callable[[str, int], re.Match[str] | None]:
        import re  # takes 4 ms, which an application that only has static paths need not spend

        self.fullmatch = re.compile("|".join([f"{end.pattern}()" for end in self.ends])).fullmatch
        return self.fullmatch

    def _later(self, ends: list[End], path: str, start: int, texts: tuple[str, ...], asked: Asked) -> Found:
        """Try the ends after one that matched the path, but not the request."""
        import re

        for end in ends:
            match = re.compile(end.pattern).fullmatch(path, start)
            found = end.take(end.node, texts + match.groups(), asked) if match is not None else None
            if found is not None:
                return found
        return None


class Table:
    """The rules of a map, ready to be searched; a new one is made when rules are added."""

    def __init__(self, rules: Sequence[Rule], by_endpoint: dict[Any, list[Rule]], redirect_defaults: bool) -> None:
        self.root = Node()
        self.by_endpoint = by_endpoint if redirect_defaults else {}
        self.redirect_defaults = redirect_defaults
        leaves: dict[str, Node] = {}
        for rule in rules:
            if not rule.build_only:
                self._plant(rule, leaves)
        self.root.finish()
        for rule in rules:
            rule._plain = self._is_plain(rule)
        # Full paths without variables or anything odd: answered without a look at the tree.
        self.static = {path: node.rules for path, node in leaves.items() if "//" not in path
                       and all(rule._plain and not rule.defaults and not rule.websocket
                               and rule.methods is not None for rule in node.rules)}

    def _plant(self, rule: Rule, leaves: dict[str, Node]) -> None:
        node = self.root
        for segment in rule._segments:
            node = node.child(segment)
        node.rules.append(rule)
        texts = [segment.text for segment in rule._segments]
        if None not in texts:
            leaves["/".join([text or "" for text in texts])] = node

    def _is_plain(self, rule: Rule) -> bool:
        """Tell whether a match of the rule is final, never a redirect."""
        return not (rule.alias or rule.redirect_to is not None) and not any(
            other.provides_defaults_for(rule) for other in self._before(rule))

    def _before(self, rule: Rule) -> Iterable[Rule]:
        """Yield the rules of the same endpoint that are preferred when building."""
        for other in self.by_endpoint.get(rule.endpoint, ()):
            if other is rule:
                return
            yield other

    def search(self, path: str, domain: str, method: str, websocket: bool, merge_slashes: bool) -> Result:
        """Return the rule and its values, or a Miss."""
        if path[:1] != "/" or path[1:2] == "/":
            # A path that begins with two slashes would be another host in a redirect (CVE-2020-28724).
            path = f"/{path.lstrip('/')}" if path else ""
        asked: Asked = (method, websocket, [])
        node = self.root.static.get(domain)
        found = walk(node, path, 0, (), asked) if node is not None else None
        if found is None and self.root.edges:
            found = self._find_domain(domain, path, asked)
        if found is None:
            return self._merged(path, domain, asked) if merge_slashes and "//" in path else refusal(asked)
        rule, values = found
        if values is None:
            return Miss("path", path=f"{path}/")
        return found if rule._plain else self._divert(rule, values, method)  # type: ignore[return-value]

    def _find_domain(self, domain: str, path: str, asked: Asked) -> Found:
        """Try the domains that have variables."""
        found = None
        for segment, node in self.root.edges:
            match = segment.match(domain) if found is None else None
            if match is not None:
                found = walk(node, path, 0, tuple([match[name] for name in segment.groups]), asked)
        return found

    def _merged(self, path: str, domain: str, asked: Asked) -> Miss:
        """Look whether the path with its runs of slashes merged would match."""
        merged, node = one_slash(path), self.root.static.get(domain)
        found = walk(node, merged, 0, (), asked) if node is not None else None
        found = found or self._find_domain(domain, merged, asked)
        if found is None or not found[0].merge_slashes:
            return refusal(asked)
        return Miss("path", path=merged if found[1] is not None else f"{merged}/")

    def _divert(self, rule: Rule, values: dict[str, Any], method: str) -> Result:
        """Send a match on, where the rule or a better one for the values wants it."""
        if rule.alias and self.redirect_defaults:
            return Miss("alias", rule, values)
        if self.canonical(rule, values, method) is not None:
            return Miss("defaults", rule, values)
        return (rule, values) if rule.redirect_to is None else Miss("target", rule, values)

    def canonical(self, rule: Rule, values: Mapping[str, Any], method: str) -> Rule | None:
        """Return the rule whose defaults are these very values, if another one has them."""
        for other in self._before(rule):
            if other.provides_defaults_for(rule) and other.suitable_for(values, method):
                return other
        return None


def refusal(asked: Asked) -> Miss:
    """Say why no rule is left: for want of the method, of the kind of request, or of all."""
    method, websocket, refused = asked
    if not refused:
        return NOT_FOUND
    methods = [name for rule in refused if rule.methods is not None and method not in rule.methods
               for name in rule.methods]
    return Miss("method", methods=set(methods)) if methods else Miss("websocket")


def walk(node: Node, path: str, start: int, texts: tuple[str, ...], asked: Asked) -> Found:
    """Follow the segments of a path from a node on; return the first rule that takes the request.

    The values are None when the rule wants a slash at the end. Rules that fit
    the path but not the request are added to the last item of ``asked``.

    :param start: where the rest of the path begins: at a slash, or at its end.
    """
    while node.few is None:
        if start == len(path):
            return settle(node, texts, asked)
        end = path.find("/", start + 1)
        if end < 0:
            end = len(path)
        child = node.static.get(path[start + 1:end])
        if child is None or node.edges:
            return choose(node, child, path, start, end, texts, asked)
        node, start = child, end
    return node.few.find(path, start, texts, asked)


def choose(node: Node, child: Node | None, path: str, start: int, end: int, texts: tuple[str, ...],
           asked: Asked) -> Found:
    """Try each way on from a node in its turn: the static one, then the variables by weight."""
    found = walk(child, path, end, texts, asked) if child is not None else None
    if found is not None:
        return found
    for segment, child in node.edges:
        found = step(segment, child, path, start, end, texts, asked)
        if found is not None:
            return found
    return forgive(node, texts, asked) if start + 1 == end == len(path) else None


def step(segment: Segment, node: Node, path: str, start: int, end: int, texts: tuple[str, ...],
         asked: Asked) -> Found:
    """Walk on through a segment with variables, if the text fits it."""
    if segment.final:
        end = len(path)
    match = segment.match(path[start + 1:end])
    if match is None:
        return None
    if segment.suffixed and match["slash"]:
        end -= 1
    return walk(node, path, end, texts + tuple([match[name] for name in segment.groups]), asked)


def settle(node: Node, texts: tuple[str, ...], asked: Asked) -> Found:
    """Choose among the rules that end here, then among those that end in one slash more."""
    method, websocket, refused = asked
    for rule in node.rules:
        methods = rule.methods
        if (methods is None or method in methods) and rule.websocket == websocket:
            values = rule.read(texts)
            if values is not None:
                return rule, values
        else:
            refused.append(rule)
    branch = node.static.get("")
    for rule in branch.rules if branch is not None else ():
        if rule.accepts(method, websocket):
            values = rule.read(texts)
            if values is not None:
                return rule, None if rule.strict_slashes else values
    return None


def forgive(node: Node, texts: tuple[str, ...], asked: Asked) -> Found:
    """Take a rule although a slash is left of the path, where the rule is not strict."""
    method, websocket, refused = asked
    for rule in node.rules:
        if rule.strict_slashes:
            continue
        if rule.accepts(method, websocket):
            values = rule.read(texts)
            if values is not None:
                return rule, values
        else:
            refused.append(rule)
    return None
