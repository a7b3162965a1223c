"""Run the suite with nothing but the standard library: `python -m tests [WORD...]`.

A word keeps the test modules whose name holds it. The run closes with one
line, `N passed, N failed, N skipped`, and its exit status says the same.
"""

from __future__ import annotations

import pathlib
import sys
import unittest
import warnings

ROOT = pathlib.Path(__file__).resolve().parent


def modules(words: list[str]) -> list[str]:
    """Name the test modules to run, the examples' own tests included."""
    names = [f"tests.{path.stem}" for path in sorted(ROOT.glob("test_*.py"))]
    return [name for name in names if not words or any(word in name for word in words)]


def main(words: list[str]) -> int:
    warnings.simplefilter("error")
    suite = unittest.defaultTestLoader.loadTestsFromNames(modules(words))
    result = unittest.TextTestRunner(verbosity=1, warnings="error").run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    passed = max(result.testsRun - failed - len(result.skipped), 0)
    print(f"{passed} passed, {failed} failed, {len(result.skipped)} skipped")
    return 0 if result.wasSuccessful() and result.testsRun else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
