"""A router that is a tree: a step for each segment, static text first, then the variables by weight.

Strings go in; an endpoint with its values comes out, or one of three
exceptions. No request, no response and no socket is known here.
"""

from __future__ import annotations

import re
import sys
from urllib.parse import quote, urlencode


class NotFound(Exception):
    """No rule fits the path: 404."""


class MethodNotAllowed(Exception):
    """Rules fit the path, but none of them the method: 405. The argument is the list of those that would do."""


class Redirect(Exception):
    """The client should ask for another path, the argument, on this very host: 308."""


# What a variable may be: its weight (light ones are tried first), the text, the value.
CONVERTERS = {
    "int": (1, re.compile("[0-9]{1,100}"), int),
    "float": (2, re.compile(r"[0-9]{1,100}\.[0-9]{1,100}"), float),
    "string": (3, re.compile("[^/]+"), str),
}
VARIABLE = re.compile("<(?:([a-z]+):)?([a-z_]+)>")


class Rule:
    """A rule cut at its slashes: each segment is a text, or the match of a variable."""

    def __init__(self, text, endpoint, methods):
        self.endpoint = endpoint
        self.methods = {*methods, "HEAD"} if "GET" in methods else set(methods)
        self.segments = [VARIABLE.fullmatch(segment) or segment for segment in text.split("/")[1:]]
        self.names = [segment[2] for segment in self.segments if not isinstance(segment, str)]

    def build(self, values):
        values, path = dict(values), ""
        for segment in self.segments:
            if not isinstance(segment, str):
                kind, name = segment.groups("string")
                segment = str(values.pop(name))
                if not CONVERTERS[kind][1].fullmatch(segment):
                    raise ValueError(f"{segment!r} is no {kind}, so that this URL would not be found")
            path += "/" + quote(segment, safe="")
        return path + ("?" + urlencode(values) if values else "")


class Node:
    """A place between two segments: the ways on, and the rules that end here."""

    def __init__(self):
        self.static, self.variable, self.rules = {}, {}, []

    def child(self, segment):
        if isinstance(segment, str):
            return self.static.setdefault(segment, Node())
        kind = segment[1] or "string"
        self.variable.setdefault(kind, Node())
        self.variable = dict(sorted(self.variable.items(), key=lambda item: CONVERTERS[item[0]][0]))
        return self.variable[kind]


class Router:
    def __init__(self):
        self.root, self.by_endpoint = Node(), {}

    def add(self, text, endpoint, methods=("GET",)):
        rule, node = Rule(text, endpoint, methods), self.root
        for segment in rule.segments:
            node = node.child(segment)
        node.rules.append(rule)
        self.by_endpoint[endpoint] = rule

    def match(self, method, path, query=""):
        path, refused = "/" + path.lstrip("/"), set()
        for tried in (path, path + "/"):
            rule, values = self.walk(self.root, tried.split("/"), 1, (), method, refused)
            if rule is not None:
                if tried is not path:
                    raise Redirect(quote(tried) + ("?" + query if query else ""))
                return rule.endpoint, dict(zip(rule.names, values))
        raise MethodNotAllowed(sorted(refused)) if refused else NotFound(path)

    def walk(self, node, segments, index, values, method, refused):
        if index == len(segments):
            for rule in node.rules:
                if method in rule.methods:
                    return rule, values
                refused |= rule.methods
            return None, ()
        text, found = segments[index], (None, ())
        if text in node.static:
            found = self.walk(node.static[text], segments, index + 1, values, method, refused)
        for kind, child in node.variable.items():
            weight, pattern, convert = CONVERTERS[kind]
            if found[0] is None and pattern.fullmatch(text):
                found = self.walk(child, segments, index + 1, (*values, convert(text)), method, refused)
        return found

    def build(self, endpoint, **values):
        return self.by_endpoint[endpoint].build(values)


if __name__ == "__main__":
    guestbook = Router()
    for line in (("/", "index"), ("/notes", "add", ["POST"]), ("/notes/<int:number>", "note"),
                 ("/notes/<author>/", "notes_by"), ("/notes/new", "form"), ("/<page>/", "page")):
        guestbook.add(*line)
    try:
        print(*guestbook.match(sys.argv[1], sys.argv[2]))
    except Exception as error:
        print(f"{type(error).__name__}: {str(error)[:60]}")
