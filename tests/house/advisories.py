"""Find, for every row of the list of known faults, the test that holds it; write the appendix of the book.

`python -m tests.house.advisories` writes `docs/inside/b-advisories.rst`. A test holds a
row if it names it (S59) in its name, its text or a table that it goes through; the
table of the wire, which is sent to a real server, comes first. Tests that only the long
runs of `make fuzz` make are not counted.
"""

from __future__ import annotations

import ast
import pathlib
import re
from typing import Iterator, NamedTuple, Optional

from .advisory_rows import FROM_MEMORY, Row, headings, rows

TESTS = pathlib.Path(__file__).resolve().parents[1]
PAGE = TESTS.parent / "docs" / "inside" / "b-advisories.rst"
NAMED = re.compile(r"(?<![A-Za-z0-9])[Ss]([1-9][0-9]{0,2})(?:-S([1-9][0-9]{0,2}))?(?![A-Za-z0-9])")
WIRE = TESTS / "house" / "wirecases.py"
WIRE_TEST = "tests.test_server_cases.OverTcp.test_cases"  # goes through the table of the wire
WIRE_CASE = re.compile(r"case\(f?\"([A-Z][0-9{}:a-z]*) ([S0-9 ]+)\"")

HEAD = """\
B. Every advisory, its chapter and its test
===========================================

What went wrong in other frameworks and servers is the best list of what to test. These
are the {count} rows of ours: published advisories, fixes that never got a number, and
faults that we found by trying. The number is the one that the tests name: `S59` is row 59.

Below each row stand the file, the class and the name of the test that holds it; without a
name, all of the class does. With dots between, and `tests` in front, it can be run. For row 124::

    python -m unittest {example}

Look these up before you cite their ids, which were noted from memory:
{unchecked}.

This page is written by `tests/house/advisories.py` from the tests themselves. When a
row loses its test, the suite fails.
"""


class Holder(NamedTuple):
    """A test that names a row: the clearer it does, the smaller its rank."""

    rank: int
    name: str


def numbers(text: str) -> set[int]:
    """Return the rows that a text names; S5-S7 are three.

    >>> sorted(numbers("S5-S7, test_s12_x, S400 is none"))
    [5, 6, 7, 12]
    """
    found: set[int] = set()
    for first, last in NAMED.findall(text):
        found |= set(range(int(first), int(last or first) + 1))
    return {number for number in found if number <= 187}


def is_conditional(node: ast.AST) -> bool:
    """Tell whether a test or class runs only in the long runs."""
    return any("COUNT" in ast.unparse(decorator) for decorator in getattr(node, "decorator_list", []))


def tables(tree: ast.Module, source: str) -> dict[str, set[int]]:
    """Return the rows that each table at the top of a module names."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = numbers(text_of(node, source))
    return {name: ids for name, ids in found.items() if ids}


def used(node: ast.AST) -> set[str]:
    """Return the names that a piece of code uses."""
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def tests_of(tree: ast.Module) -> Iterator[tuple[ast.ClassDef, ast.FunctionDef]]:
    """Yield each test that always runs, with its class."""
    for cls in tree.body:
        if isinstance(cls, ast.ClassDef) and not is_conditional(cls):
            for function in cls.body:
                if isinstance(function, ast.FunctionDef) and function.name.startswith("test"):
                    if not is_conditional(function):
                        yield cls, function


def text_of(node: ast.AST, source: str) -> str:
    """Return the lines of a piece of code, with their comments."""
    return "\n".join(source.split("\n")[getattr(node, "lineno") - 1:getattr(node, "end_lineno")])


def holders_in(path: pathlib.Path) -> Iterator[tuple[int, Holder]]:
    """Yield (row, test) for a file of tests."""
    source = path.read_text("utf-8")
    tree = ast.parse(source)
    known = tables(tree, source)
    for cls, function in tests_of(tree):
        if function.name == "test_every_case_and_row_has_its_test":
            continue
        name = f"tests.{path.stem}.{cls.name}.{function.name}"
        inside = numbers(text_of(function, source))
        told = numbers(f"{function.name} {ast.get_docstring(function)}")
        by_table = {row for table, ids in known.items() if table in used(function) for row in ids}
        for rank, ids in enumerate((told, inside - told, by_table), 1):
            yield from ((row, Holder(rank, name)) for row in ids)
        by_class = numbers(ast.get_docstring(cls) or "")
        yield from ((row, Holder(4, f"tests.{path.stem}.{cls.name}")) for row in by_class)


def wire_rows() -> set[int]:
    """Return the rows that the table of the wire names."""
    return {number for _, ids in WIRE_CASE.findall(WIRE.read_text("utf-8")) for number in numbers(ids)}


def held_by() -> dict[int, list[Holder]]:
    """Return the tests of every row, the clearest first."""
    found: dict[int, list[Holder]] = {row: [Holder(0, WIRE_TEST)] for row in wire_rows()}
    for path in sorted(TESTS.glob("test_*.py")):
        for row, holder in holders_in(path):
            found.setdefault(row, []).append(holder)
    return {row: sorted(set(holders)) for row, holders in found.items()}


def test_of(row: Row, holders: dict[int, list[Holder]]) -> Optional[str]:
    """Return the name of the test that holds a row, without the word in front that all have."""
    return holders[row.number][0].name if row.number in holders else None


def chapter_link(key: str) -> str:
    """Return the reference to a chapter of the book."""
    (found,) = PAGE.parent.glob(f"{key.zfill(2) if key.isdigit() else key}-*.rst")
    return f":doc:`{key} <{found.stem}>`"


def page() -> str:
    """Return the text of the appendix."""
    holders, begins = held_by(), headings()
    parts = [HEAD.format(
        count=len(list(rows())), example=holders[124][0].name, unchecked=", ".join(f"S{row}" for row in FROM_MEMORY))]
    for row in rows():
        if row.number in begins:
            title = begins[row.number]
            parts.append(f"{title}\n{'-' * len(title)}\n")
        test = test_of(row, holders)
        short = "nothing" if test is None else " ".join(f"``{part}``" for part in test.split(".")[1:])
        parts[-1] += (f"\n* **S{row.number}**, {row.source}: {row.title}. Chapter {chapter_link(row.chapter)}."
                      f"\n\n  {short}\n")
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    print(PAGE, "; without a test:", [row.number for row in rows() if row.number not in held_by()])
