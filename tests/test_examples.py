"""The example applications pass their own tests."""

from __future__ import annotations

import pathlib
import sys

EXAMPLES = pathlib.Path(__file__).resolve().parents[1] / "docs" / "examples"


def load_tests(loader, tests, pattern):
    """Load `<example>/test_<example>.py` of each example (unittest's load_tests protocol)."""
    if str(EXAMPLES) not in sys.path:
        sys.path.insert(0, str(EXAMPLES))
    for path in sorted(EXAMPLES.glob("*/test_*.py")):
        tests.addTests(loader.loadTestsFromName(f"{path.parent.name}.{path.stem}"))
    return tests
