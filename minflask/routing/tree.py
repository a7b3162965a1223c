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

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, Callable, Union

    from .rules import Rule, Segment

    Asked = tuple[str, bool, list[Rule]]  # the method, whether for a websocket, the rules that refused
    Found = Union["tuple[Rule, dict[str, Any] | None]", None]
    Result = Union["tuple[Rule, dict[str, Any]]", "Miss"]


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


class Node:
    """A place between two segments: the ways on, and the rules that end here."""

    __slots__ = ("static", "edges", "rules", "accept")

    def __init__(self) -> None:
        self.static: dict[str, Node] = {}
        self.edges: list[tuple[Segment, Node]] = []
        self.rules: list[Rule] = []
        self.accept: Callable[[str], Any] | None = None  # that of the only edge, if it is a single variable

    def child(self, segment: Segment) -> Node:
        """Return the node behind a segment, a new one if there is none yet."""
        if segment.text is not None:
            return self.static.setdefault(segment.text, Node())
        for known, node in self.edges:
            if known.key == segment.key:
                return node
        self.edges.append((segment, Node()))
        return self.edges[-1][1]

    def sort(self) -> None:
        """Order the edges below, stably: equal ones stay as they were added."""
        self.edges.sort(key=lambda edge: edge[0].key[0])
        if len(self.edges) == 1 and self.edges[0][0].whole and not self.edges[0][0].final:
            self.accept = self.edges[0][0].accept
        for node in [*self.static.values(), *[node for _, node in self.edges]]:
            node.sort()


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
        self.root.sort()
        for rule in rules:
            rule._plain = self._is_plain(rule)
        # Full paths without variables or anything odd: answered without a look at the tree.
        self.static = {path: node.rules for path, node in leaves.items()
                       if all(rule._plain and not rule.defaults and not rule.websocket
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
        parts = path.split("/")
        if parts[0] or not path or not parts[1]:
            # A path that begins with two slashes would be another host in a redirect (CVE-2020-28724).
            path = f"/{path.lstrip('/')}" if path else ""
            parts = path.split("/")
        asked: Asked = (method, websocket, [])
        found = self.find(domain, parts, asked)
        if found is None:
            return self._merged(path, domain, asked) if merge_slashes and "//" in path else refusal(asked)
        rule, values = found
        if values is None:
            return Miss("path", path=f"{path}/")
        return found if rule._plain else self._divert(rule, values, method)  # type: ignore[return-value]

    def find(self, domain: str, parts: list[str], asked: Asked) -> Found:
        """Search by the segments of a path, of which the first is empty."""
        if not self.root.edges:
            start = self.root.static.get(domain)
            return walk(start, parts, 1, [], asked) if start is not None else None
        parts[0] = domain
        return walk(self.root, parts, 0, [], asked)

    def _merged(self, path: str, domain: str, asked: Asked) -> Miss:
        """Look whether the path with its runs of slashes merged would match."""
        merged = re.sub("//+", "/", path)
        found = self.find(domain, merged.split("/"), asked)
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


def walk(node: Node, parts: list[str], index: int, texts: list[str], asked: Asked) -> Found:
    """Follow the segments of a path from a node on; return the first rule that takes the request.

    The values are None when the rule wants a slash at the end. Rules that fit
    the path but not the request are added to the last item of ``asked``.
    """
    for index in range(index, len(parts)):
        part = parts[index]
        child = node.static.get(part)
        if child is None:
            if node.accept is not None and part:  # no choice: stay in this call, at a third of the time
                if not node.accept(part):
                    return None
                texts.append(part)
                node = node.edges[0][1]
                continue
        elif not node.edges:
            node = child
            continue
        return choose(node, child, parts, index + 1, texts, asked)
    return settle(node, texts, asked)


def choose(node: Node, child: Node | None, parts: list[str], index: int, texts: list[str], asked: Asked) -> Found:
    """Try each way on from a node in its turn: the static one, then the variables by weight."""
    if child is not None:
        found = walk(child, parts, index, texts[:], asked)
        if found is not None:
            return found
    for segment, child in node.edges:
        found = step(segment, child, parts, index, texts, asked)
        if found is not None:
            return found
    return None if parts[index - 1] or index != len(parts) else lenient(node, texts, asked)


def step(segment: Segment, node: Node, parts: list[str], index: int, texts: list[str], asked: Asked) -> Found:
    """Walk on through a segment with variables, if the text fits it."""
    text = parts[index - 1]
    if segment.final:
        text = "/".join(parts[index - 1:])
        index = len(parts)
    match = segment.accept(text)
    if not match:
        return None
    if segment.whole:
        return walk(node, parts, index, [*texts, text], asked)
    texts = [*texts, *[match[name] for name in segment.groups]]
    if segment.suffixed and match["slash"]:
        return walk(node, [""], 0, texts, asked)
    return walk(node, parts, index, texts, asked)


def settle(node: Node, texts: list[str], asked: Asked) -> Found:
    """Choose among the rules that end here, then among those that end in one slash more."""
    method, websocket, refused = asked
    for rule in node.rules:
        if (rule.methods is None or method in rule.methods) and rule.websocket == websocket:
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
        elif rule.websocket == websocket:
            refused.append(rule)
    return None


def lenient(node: Node, texts: list[str], asked: Asked) -> Found:
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
