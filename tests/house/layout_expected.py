"""Ask Flask for the pages of docs/examples/layout, and keep its answers beside them.

    python -m tests.house.layout_expected

It needs Flask installed, and puts it in the place of minflask for the one import; so it
is run by hand, when the example changes, and never by the suite.
"""

from __future__ import annotations

import pathlib
import sys

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "docs" / "examples"


def main() -> None:
    """Write one file for each page of the visit."""
    import flask

    sys.modules["minflask"] = flask
    sys.path.insert(0, str(EXAMPLES))
    from layout.test_layout import EXPECTED, visit  # type: ignore[import-not-found]

    EXPECTED.mkdir(exist_ok=True)
    for name, data in visit():
        (EXPECTED / name).write_bytes(data)
        print(f"{len(data):6} {name}")


if __name__ == "__main__":
    main()
