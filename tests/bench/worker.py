"""A process that works for one contestant: it makes, checks and times what the runner names.

Requests come as lines of JSON on standard input: `["check", row]` is answered
with true, false or null (the contestant has no such row), `["time", row,
number]` with the seconds that so many runs took.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback

from .rows import ROWS

HOMES = {"minflask": "on_flask", "flask": "on_flask", "bottle": "on_bottle", "mako": "on_mako"}
CHECKS = {row.name: row.right for row in ROWS}


def main(contestant):
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a framework prints is not an answer
    home = importlib.import_module(f".{HOMES[contestant]}", __package__)
    made = {}
    for line in sys.stdin:
        verb, row, *rest = json.loads(line)
        if verb == "check":
            made[row] = make(home, contestant, row)
        print(json.dumps(VERBS[verb](made[row], row, *rest)), file=out)


def make(home, contestant, row):
    """Return a workload; False if it cannot be made, None if the contestant has none."""
    try:
        return home.workload(contestant, row)
    except Exception:
        traceback.print_exc(limit=-2)
        return False


def check(work, row):
    if not work:
        return work
    for _ in range(2):
        answer = work.once()
        if not CHECKS[row](answer):
            print(f"wrong answer for {row}: {str(answer)[:500]}", file=sys.stderr)
            return False
    return True


def spent(work, row, number):
    return work.spent(number)


VERBS = {"check": check, "time": spent}

if __name__ == "__main__":
    main(sys.argv[1])
