"""Run the suite inside Pyodide, where there are no sockets, threads or other processes.

`matrix` starts Node with this. A test that reaches for what is not there is
skipped at that point, under the name of what it wanted; the run closes with
the counts by reason, and the names go to a file.
"""

from __future__ import annotations

import collections
import importlib
import sys
import unittest
import warnings

# Parts of the standard library that Pyodide leaves out, or that need a system below it.
ABSENT = {"sqlite3", "_sqlite3", "ssl", "_ssl", "lzma", "_lzma", "_hashlib", "ctypes", "_ctypes", "resource",
          "_posixsubprocess", "pty", "tty", "termios", "fcntl", "multiprocessing", "_multiprocessing", "readline",
          "venv", "grp", "pwd"}


wanted: list[str] = []  # what the running test has asked for in vain


def _refuse(what: str):
    def refused(*args, **kwargs):
        wanted.append(f"needs {what}")
        raise unittest.SkipTest(f"needs {what}")
    return refused


def _run(coroutine, **_options):
    """Stand in for asyncio.run: without a loop, as far as that goes."""
    from minflask.jinja.async_utils import run_stepwise
    try:
        return run_stepwise(coroutine)
    except RuntimeError as error:
        if "event loop" not in str(error):
            raise
        return _refuse("an event loop of its own")()


def without_the_system() -> None:
    """Let every attempt at a thread, process, socket or signal skip the test."""
    import asyncio
    import os
    import signal
    import socket
    import subprocess
    import threading
    import time
    from minflask.server import listen
    listen._refuse_without_sockets = _refuse("sockets")
    asyncio.run = _run
    threading.Thread.start = _refuse("threads")
    subprocess.Popen.__init__ = _refuse("processes")
    socket.socket.bind = socket.socket.connect = _refuse("sockets")
    socket.socketpair = socket.create_connection = _refuse("sockets")
    socket.create_server = _refuse("sockets")
    os.fork = os.kill = os.pipe = os.posix_spawn = _refuse("processes")
    signal.setitimer = signal.pthread_kill = _refuse("signals")
    time.sleep = _refuse("waiting")


def load(names: list[str], skipped: list[tuple[str, str]]) -> unittest.TestSuite:
    """Load the test modules; one that needs an absent module counts as one skip."""
    suite = unittest.TestSuite()
    for name in names:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name not in ABSENT:
                raise
            skipped.append((name, f"needs the module {error.name}"))
            continue
        except unittest.SkipTest as reason:
            skipped.append((name, str(reason)))
            continue
        suite.addTests(unittest.defaultTestLoader.loadTestsFromName(name))
    return suite


class Result(unittest.TextTestResult):
    """Takes a failure for a skip where the test has asked in vain for what is not here, or for an absent module."""

    def startTest(self, test):  # noqa: N802
        wanted.clear()
        super().startTest(test)

    def addFailure(self, test, err):  # noqa: N802
        if wanted:
            self.addSkip(test, wanted[0])
        else:
            super().addFailure(test, err)

    def addSubTest(self, test, subtest, err):  # noqa: N802
        if err is not None and (wanted or isinstance(err[1], unittest.SkipTest)):
            self.addSkip(test, wanted[0] if wanted else str(err[1]))
        else:
            super().addSubTest(test, subtest, err)

    def addError(self, test, err):  # noqa: N802
        if wanted:
            self.addSkip(test, wanted[0])
            return
        error = err[1]
        while error is not None:
            if isinstance(error, ImportError) and error.name in ABSENT:
                self.addSkip(test, f"needs the module {error.name}")
                return
            error = error.__cause__ or error.__context__
        absent = next((name for name in ABSENT if f"No module named '{name}'" in str(err[1])), None)
        if absent is not None:  # a module of tests that could not be loaded tells so in its text
            self.addSkip(test, f"needs the module {absent}")
        else:
            super().addError(test, err)


def main(words: list[str], report: str) -> int:
    from tests.__main__ import modules
    warnings.simplefilter("error")
    without_the_system()
    skipped: list[tuple[str, str]] = []
    suite = load(modules(words), skipped)
    result = unittest.TextTestRunner(sys.stdout, verbosity=0, warnings="error", resultclass=Result).run(suite)
    skipped += [(test.id(), why) for test, why in result.skipped]
    with open(report, "w", encoding="utf-8") as file:
        file.write("".join(f"{name}: {why}\n" for name, why in sorted(skipped)))
    for why, count in collections.Counter(why for _, why in skipped).most_common():
        print(f"  {count} skipped: {why}")
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    print(f"{result.testsRun - failed - len(result.skipped)} passed, {failed} failed, {len(skipped)} skipped")
    return 0 if not failed and result.testsRun else 1
