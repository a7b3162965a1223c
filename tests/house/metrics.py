"""Measure the package against the house numbers, from its syntax trees.

`python -m tests.house.metrics [PATH...]` prints the sizes of files, classes and
functions, the worst of each, and every one over its limit; the exit status is 1
when there is any. A function's *body* is its length without the docstring;
functions inside it count for it too.
"""

from __future__ import annotations

import ast
import pathlib
import statistics
import sys
from typing import Iterator, NamedTuple

PACKAGE = pathlib.Path(__file__).resolve().parents[2] / "minflask"
LIMITS = {"file": 650, "class": 400, "body": 50, "branches": 12, "nesting": 4}
LARGE_CLASSES = {"Flask"}
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.With, ast.AsyncWith)
BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.ExceptHandler, ast.BoolOp, ast.IfExp,
            ast.comprehension, ast.Assert)
Function = (ast.FunctionDef, ast.AsyncFunctionDef)


class Measure(NamedTuple):
    kind: str
    size: int
    where: str


def docstring_lines(node: ast.AST) -> int:
    first = node.body[0] if getattr(node, "body", None) else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return first.end_lineno - first.lineno + 1
    return 0


def nesting(node: ast.AST, depth: int = 0) -> int:
    """Return the deepest stack of blocks; an `elif` does not nest."""
    deepest = depth
    for child in ast.iter_child_nodes(node):
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        deepest = max(deepest, nesting(child, depth + (isinstance(child, BLOCKS) and not is_elif)))
    return deepest


def measures(path: pathlib.Path, shown: str) -> Iterator[Measure]:
    text = path.read_text("utf-8")
    yield Measure("file", text.count("\n"), shown)
    for node in ast.walk(ast.parse(text)):
        where = f"{shown}:{getattr(node, 'lineno', 0)} {getattr(node, 'name', '')}"
        if isinstance(node, ast.ClassDef) and node.name not in LARGE_CLASSES:
            yield Measure("class", node.end_lineno - node.lineno + 1, where)
        elif isinstance(node, Function):
            yield Measure("body", node.end_lineno - node.body[0].lineno + 1 - docstring_lines(node), where)
            yield Measure("branches", sum(isinstance(n, BRANCHES) for n in ast.walk(node)), where)
            yield Measure("nesting", nesting(node), where)


def main(paths: list[str]) -> int:
    files = [pathlib.Path(p) for p in paths] or sorted(PACKAGE.rglob("*.py"))
    found = [m for path in files for m in measures(path, str(path).replace(f"{PACKAGE}/", ""))]
    print(f"{len(files)} files, {sum(m.size for m in found if m.kind == 'file')} lines")
    for kind, limit in LIMITS.items():
        sizes = sorted((m for m in found if m.kind == kind), key=lambda m: m.size)
        if sizes:
            ninth = sizes[int(len(sizes) * 0.9)].size if len(sizes) > 1 else sizes[0].size
            print(f"{kind:9} median {statistics.median(m.size for m in sizes):g}, p90 {ninth}, "
                  f"most {sizes[-1].size} ({sizes[-1].where}), limit {limit}")
    over = [m for m in found if m.size > LIMITS[m.kind]]
    for kind, size, where in sorted(over):
        print(f"over: {kind} {size} > {LIMITS[kind]}: {where}")
    return bool(over)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
