"""The pictures of the book, from tables in the code or from watching it work.

`python -m tests.house.pictures` writes `docs/inside/pictures/*.svg`; the tests say
whether these are up to date. A picture is a function of a module `tests.house.picture_*`
that returns the text of the file; it takes no arguments and gives the same text every time.
"""

from __future__ import annotations

import importlib
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "docs" / "inside" / "pictures"
# The name of the file, without its ending -> the function that draws it.
PICTURES = {
    "contexts": "picture_contexts:draw",
    "connection": "picture_connection:draw",
    "request": "picture_request:draw",
    "template": "picture_template:draw",
}


def draw(name: str) -> str:
    """Return the text of one picture."""
    module, _, function = PICTURES[name].partition(":")
    text: str = getattr(importlib.import_module(f".{module}", __package__), function)()
    return text


def path_of(name: str) -> pathlib.Path:
    """Return where a picture is kept."""
    return FOLDER / f"{name}.svg"


def main() -> None:
    """Write the pictures with these names, or all."""
    FOLDER.mkdir(exist_ok=True)
    for name in sys.argv[1:] or PICTURES:
        path_of(name).write_bytes(draw(name).encode())
        print(path_of(name))


if __name__ == "__main__":
    main()
