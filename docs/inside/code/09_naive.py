"""A router that is a list of regular expressions; the first one that fits wins.

It is the router that most of us would write first. Chapter 9 of docs/inside
says what is wrong with it.
"""

from __future__ import annotations

import re
import sys

PATTERNS = {"int": r"\d+", "float": r"[^/]+", "string": ".+"}
PYTHON = {"int": int, "float": float, "string": str}


class NotFound(Exception):
    pass


class MethodNotAllowed(Exception):
    pass


class Redirect(Exception):
    pass


class Router:
    def __init__(self):
        self.rules = []

    def add(self, rule, endpoint, methods=("GET",)):
        kinds = {name: kind or "string" for kind, name in re.findall(r"<(?:(\w+):)?(\w+)>", rule)}
        pattern = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: f"(?P<{found[1]}>{PATTERNS[kinds[found[1]]]})", rule)
        self.rules.append((re.compile(pattern + "$"), rule, kinds, endpoint, methods))

    def match(self, method, path, query=""):
        one_slash = re.sub("/+", "/", path)
        for pattern, rule, kinds, endpoint, methods in self.rules:
            found = pattern.match(one_slash)
            if found and method in methods:
                return endpoint, {name: PYTHON[kinds[name]](text) for name, text in found.groupdict().items()}
            if pattern.match(one_slash + "/"):
                raise Redirect(path + "/")
        raise NotFound(path)

    def build(self, endpoint, **values):
        rule = next(rule for _, rule, _, name, _ in self.rules if name == endpoint)
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), rule)


if __name__ == "__main__":
    guestbook = Router()
    for line in (("/", "index"), ("/notes", "add", ["POST"]), ("/notes/<int:number>", "note"),
                 ("/notes/<author>/", "notes_by"), ("/notes/new", "form"), ("/<page>/", "page")):
        guestbook.add(*line)
    try:
        print(*guestbook.match(sys.argv[1], sys.argv[2]))
    except Exception as error:
        print(f"{type(error).__name__}: {str(error)[:60]}")
