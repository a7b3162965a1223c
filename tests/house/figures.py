"""Put the figures of the benchmark into the README: `python -m tests.house.figures`.

The table is made from `docs/results.json`, which `make bench` writes; a test
holds the README against it.
"""

from __future__ import annotations

import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROWS = {
    "hello": "hello, a short text", "json": "JSON, ten keys", "params": "a rule with two variables",
    "routes-middle": "the middle one of 1000 rules", "session": "session read, changed, written",
    "form": "a form of 20 fields", "template": "template page", "bigtable": "a table of 10,000 cells",
    "static": "a static file of 10 KB", "cold": "cold start",
}
START, END = ".. results", "The promise"


def table(results: dict) -> str:
    """Return the table as reStructuredText."""
    found = {row["row"]: row for row in results["results"]}
    lines = ["=============================== ======== ======", "row                             minflask Bottle",
             "=============================== ======== ======"]
    for name, title in ROWS.items():
        ratios = found[name]["ratios"] if name in found else {}
        cells = [f"{ratios[who]:.2f}" if ratios.get(who) else "" for who in ("minflask", "bottle")]
        if any(cells):
            lines.append(f"{title:31} {cells[0]:8} {cells[1]}".rstrip())
    return "\n".join([*lines, lines[0]])


def main() -> None:
    results = json.loads((ROOT / "docs" / "results.json").read_text("utf-8"))
    readme = ROOT / "README.rst"
    text = readme.read_text("utf-8")
    head, rest = text.split(START, 1)
    readme.write_text(f"{head}{START}\n\n{table(results)}\n\n{END}{rest.split(END, 1)[1]}", "utf-8")


if __name__ == "__main__":
    main()
