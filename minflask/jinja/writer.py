"""Collect the lines of generated Python, and remember which template line each came from.

The writer knows indentation and line numbers, nothing of the language. A *slot* is a place in the
text that is filled in later: a function's names are only known once its body has been written.
"""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Union

    Slot = list["Row"]
    Row = Union[tuple[str, int], Slot]


class Block:
    """The indented rows under a head such as ``for x in y``; made by ``Writer.block``."""

    __slots__ = ("writer", "steps")

    def __init__(self, writer: Writer, steps: int = 1) -> None:
        self.writer = writer
        self.steps = steps

    def __enter__(self) -> None:
        self.writer.depth += self.steps

    def __exit__(self, *exc_info: object) -> None:
        self.writer.depth -= self.steps


class Writer:
    """Build Python source row by row.

    >>> out = Writer()
    >>> with out.block("for item in seq", 3):
    ...     out.line("print(item)", 4)
    >>> print(out.source())
    for item in seq:
        print(item)
    >>> out.line_map()
    [(3, 1), (4, 2)]
    """

    def __init__(self) -> None:
        self.depth = 0
        self.rows: Slot = []
        self._marked = 0

    def mark(self, lineno: int) -> None:
        """Say which line of the template the next row stands for."""
        self._marked = lineno

    def line(self, text: str, lineno: int = 0) -> None:
        """Add a row; ``lineno`` is the template's line it stands for, 0 if that of the row before."""
        self.rows.append(("    " * self.depth + text, lineno or self._marked))
        self._marked = 0

    def block(self, head: str, lineno: int = 0) -> Block:
        """Add ``head:`` and indent what is written inside the ``with`` statement."""
        self.line(head + ":", lineno)
        return Block(self)

    def flat(self) -> Block:
        """Return a block without head and indentation, for where there is nothing to open."""
        return Block(self, 0)

    def slot(self) -> Slot:
        """Reserve a place here: rows appended to the returned list appear in it."""
        place: Slot = []
        self.rows.append(place)
        return place

    def _flat(self, rows: Slot) -> Iterator[tuple[str, int]]:
        for row in rows:
            if isinstance(row, list):
                yield from self._flat(row)
            else:
                yield row

    def source(self) -> str:
        """Return the text written so far."""
        return "\n".join(text for text, _ in self._flat(self.rows))

    def line_map(self) -> list[tuple[int, int]]:
        """Return (template line, row) for each row at which the template's line changes."""
        pairs: list[tuple[int, int]] = []
        last = 0
        for row, (_, lineno) in enumerate(self._flat(self.rows), 1):
            if lineno and lineno != last:
                pairs.append((lineno, row))
                last = lineno
        return pairs
