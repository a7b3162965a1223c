"""Pictures as SVG text, out of tables: boxes, arrows, lines of text, on a white card that any background suits.

Coordinates are pixels, whole numbers, so that the same table gives the same bytes
on every machine. What the pictures show is the matter of `pictures`.
"""

from __future__ import annotations

from html import escape
from typing import Optional, Sequence

INK, SOFT, LINE, FILL = "#1a1a1a", "#555555", "#8a8a8a", "#eef3f8"
ACCENT = "#1f5f99"
WIDE = 7.3  # pixels of a character of code, at 12 pixels

Point = tuple[int, int]


def width_of(text: str) -> int:
    """Return how wide a text is, in pixels, at most."""
    return int(len(text) * WIDE + 0.999)


class Drawing:
    """One picture.

    :param about: what it shows, in a sentence, for who cannot see it.
    """

    def __init__(self, width: int, height: int, about: str) -> None:
        self.width = width
        self.height = height
        self.about = about
        self.parts: list[str] = []

    def text(self, x: int, y: int, text: str, *, anchor: str = "start", soft: bool = False, bold: bool = False) -> None:
        """Write one line; *y* is its base line. Runs of spaces are kept."""
        weight = ' font-weight="bold"' if bold else ""
        self.parts.append(f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{SOFT if soft else INK}"{weight}'
                          f' xml:space="preserve">{escape(text)}</text>')

    def box(self, x: int, y: int, width: int, height: int, text: str = "", *, plain: bool = False) -> None:
        """Draw a box, with a line of text in its middle."""
        fill = "#ffffff" if plain else FILL
        self.parts.append(f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="4" fill="{fill}"'
                          f' stroke="{LINE}"/>')
        if text:
            self.text(x + width // 2, y + height // 2 + 4, text, anchor="middle", bold=not plain)

    def line(self, points: Sequence[Point], *, arrow: bool = False, dashed: bool = False) -> None:
        """Draw a line through these points, with an arrow's head at its end if that is wanted."""
        path = " ".join(f"{x},{y}" for x, y in points)
        more = ' stroke-dasharray="3 4"' if dashed else ""
        more += ' marker-end="url(#head)"' if arrow else ""
        color = ACCENT if arrow else LINE
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{color}"{more}/>')

    def svg(self) -> str:
        """Return the picture as the text of a file."""
        marker = ('<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"'
                  f' orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="{ACCENT}"/></marker></defs>')
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" role="img"'
            f' width="{self.width}" height="{self.height}"'
            ' font-family="ui-monospace, Menlo, Consolas, monospace" font-size="12">',
            f"<title>{escape(self.about)}</title>", marker,
            f'<rect x="0" y="0" width="{self.width}" height="{self.height}" rx="8" fill="#ffffff"/>',
            *self.parts, "</svg>", ""])


def ladder(about: str, columns: Sequence[str], rows: Sequence[tuple[str, str, str]], *, margin: int = 70,
           step: int = 150) -> str:
    """Return a picture of who goes or calls where, from above to below.

    :param columns: the names of the vertical lines.
    :param rows: (from, to, what) with names of columns; both the same is a small loop.
    """
    top, pitch = 62, 34
    height = top + pitch * len(rows) + 20
    longest = max([width_of(what) for start, end, what in rows if start == end == columns[-1]], default=0)
    drawing = Drawing(margin * 2 + step * (len(columns) - 1) + max(0, longest - margin + 40), height, about)
    at = {name: margin + step * number for number, name in enumerate(columns)}
    for name, x in at.items():
        drawing.line([(x, top - 16), (x, height - 12)], dashed=True)
        width = max(90, width_of(name) + 16)
        drawing.box(x - width // 2, 16, width, 28, name)
    for number, (start, end, what) in enumerate(rows):
        _rung(drawing, at[start], at[end], top + pitch * number + 22, what)
    return drawing.svg()


def _rung(drawing: Drawing, start: int, end: int, y: int, what: str) -> None:
    if start == end:
        drawing.line([(start, y - 12), (start + 22, y - 12), (start + 22, y), (start + 2, y)], arrow=True)
        drawing.text(start + 30, y - 2, what, soft=True)
        return
    drawing.line([(start, y), (end + (2 if end < start else -2), y)], arrow=True)
    begin = start + 10 if start < end else start - 10 - width_of(what)
    drawing.parts.append(
        f'<rect x="{begin - 2}" y="{y - 16}" width="{width_of(what) + 4}" height="14" fill="#ffffff"/>')
    drawing.text(begin, y - 5, what)


def stages(about: str, cards: Sequence[tuple[str, str]], *, arrows: Optional[Sequence[str]] = None) -> str:
    """Return a picture of texts one below the other, each made of the one above.

    :param cards: (title, text of several lines) from above to below.
    :param arrows: what stands at the arrow before each card but the first.
    """
    line, pad, gap = 16, 12, 40
    heights = [line * (text.count("\n") + 1) + 2 * pad for _, text in cards]
    width = max(width_of(one) for title, text in cards for one in (title, *text.split("\n"))) + 2 * pad + 40
    drawing = Drawing(width, sum(heights) + (gap + 16) * len(cards), about)
    y = 26
    for number, (title, text) in enumerate(cards):
        if number:
            drawing.line([(40, y - gap - 8), (40, y - 16)], arrow=True)
            drawing.text(52, y - gap + 8, arrows[number - 1] if arrows else "", soft=True)
        drawing.text(20, y, title, bold=True)
        drawing.box(20, y + 8, width - 40, heights[number])
        for row, content in enumerate(text.split("\n")):
            drawing.text(20 + pad, y + 8 + pad + 12 + line * row, content)
        y += heights[number] + gap + 16
    return drawing.svg()
