"""Run the suite inside Pyodide, where there are no sockets, threads or other processes.

`matrix` starts Node with this. A test that reaches for what is not there is
skipped at that point, under the name of what it wanted; the run closes with
the counts by reason, and the names go to a file.
"""

from __future__ import annotations

import ast
import collections
import contextlib
import doctest
import hashlib
import importlib
import io
import pathlib
import re
import sys
import traceback
import unittest
import warnings

import minflask
from minflask.cli import FlaskGroup
from minflask.security import check_password_hash, generate_password_hash
from minflask.server import make_server
from minflask.server.listen import CannotListen

# Parts of the standard library that Pyodide leaves out, or that need a system below it.
ABSENT = {"sqlite3", "_sqlite3", "ssl", "_ssl", "lzma", "_lzma", "_hashlib", "ctypes", "_ctypes", "resource",
          "_posixsubprocess", "pty", "tty", "termios", "fcntl", "multiprocessing", "_multiprocessing", "readline",
          "venv", "grp", "pwd"}


class Refused(BaseException):
    """What the test wanted is not here. No Exception, so that nothing under test takes it for an error of its own."""


def _refuse(what: str):
    def refused(*args, **kwargs):
        raise Refused(f"needs {what}")
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
    """Load the test modules; of one that needs an absent module each test counts as a skip."""
    suite = unittest.TestSuite()
    for name in names:
        try:
            importlib.import_module(name)
        except (ModuleNotFoundError, unittest.SkipTest) as error:
            why = str(error) if isinstance(error, unittest.SkipTest) else absent(error)
            if why is None:
                raise
            skipped += [(test, why) for test in _tests_in(name)]
            continue
        suite.addTests(unittest.defaultTestLoader.loadTestsFromName(name))
        for owner in vars(sys.modules[name]).values():
            if isinstance(owner, type) and issubclass(owner, unittest.TestCase) and "setUpClass" in vars(owner):
                owner.setUpClass = _set_up_or_skip(owner)
    return suite


def _set_up_or_skip(owner: type):
    """Return a setUpClass after whose refusal each test of the class is a skip."""
    set_up = owner.setUpClass

    def set_up_or_skip():
        try:
            set_up()
        except Refused as reason:
            owner.__unittest_skip__, owner.__unittest_skip_why__ = True, str(reason)
    return set_up_or_skip


def _tests_in(name: str) -> list[str]:
    """Return the names of the tests in a module that cannot be imported."""
    tree = ast.parse(pathlib.Path(*name.split(".")).with_suffix(".py").read_text("utf-8"))
    return [f"{name}.{owner.name}.{node.name}" for owner in tree.body if isinstance(owner, ast.ClassDef)
            for node in owner.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test")]


def absent(error: BaseException | None) -> str | None:
    """Return what is not here and so ended a test, or None where the test went wrong by itself."""
    while error is not None:
        if isinstance(error, Refused):
            return str(error)
        if isinstance(error, CannotListen) and "WebAssembly" in str(error):
            return "needs sockets"
        if isinstance(error, ImportError) and error.name in ABSENT and not _is_ours(error.__traceback__):
            return f"needs the module {error.name}"
        error = error.__cause__ or error.__context__
    return None


def _is_ours(trace) -> bool:
    """Return whether the import stands in the package, which needs none of them but to serve."""
    files = [frame.filename for frame in traceback.extract_tb(trace) if "importlib" not in frame.filename]
    return bool(files) and files[-1].startswith("/project/minflask/") and "/minflask/server/" not in files[-1]


class Result(unittest.TextTestResult):
    """Takes an error for a skip where it is what is not here that ended the test; nothing else."""

    def startTest(self, test):  # noqa: N802
        self.ended = None
        super().startTest(test)

    def _add(self, test, err, add):
        unloaded = re.search(r"No module named '(\w+)'\s*\Z", str(err[1]))  # all that is told of modules of tests
        if type(test).__name__ == "_FailedTest" and unloaded and unloaded[1] in ABSENT:
            self.ended = f"needs the module {unloaded[1]}"
        if isinstance(test, doctest.DocTestCase) and re.search("CannotListen: .*WebAssembly", str(err[1])):
            self.ended = "needs sockets"
        self.ended = absent(err[1]) or self.ended  # once ended so, what goes wrong on the way out says nothing
        add(test, err) if self.ended is None else self.addSkip(test, self.ended)

    def addFailure(self, test, err):  # noqa: N802
        self._add(test, err, super().addFailure)

    def addError(self, test, err):  # noqa: N802
        self._add(test, err, super().addError)

    def addSubTest(self, test, subtest, err):  # noqa: N802
        why = err and (str(err[1]) if isinstance(err[1], unittest.SkipTest) else absent(err[1]))
        if why:
            self.addSkip(test, why)
        else:
            super().addSubTest(test, subtest, err)


class Here(unittest.TestCase):
    """What holds only where nothing can be served."""

    def setUp(self):
        self.app = minflask.Flask(__name__)
        self.app.route("/")(lambda: "hello")

    def test_to_serve_is_refused_with_the_way_out(self):
        with self.assertRaisesRegex(CannotListen, r"no sockets.*test_client"):
            make_server(self.app)
        with self.assertRaises(SystemExit), contextlib.redirect_stderr(io.StringIO()) as said:
            self.app.run()
        self.assertRegex(said.getvalue(), r"no sockets.*test_client")

    def test_the_command_to_serve_says_so_in_a_line(self):
        result = self.app.test_cli_runner().invoke(FlaskGroup(create_app=lambda: self.app), args=["run"])
        self.assertNotEqual(result.exit_code, 0)
        self.assertRegex(result.output, r"no sockets[^\n]*test_client")
        self.assertNotIn("Traceback", result.output)

    def test_a_password_is_hashed_by_the_method_that_is_there(self):
        stored = generate_password_hash("a")
        self.assertEqual(stored.partition(":")[0], "scrypt" if hasattr(hashlib, "scrypt") else "pbkdf2")
        self.assertEqual([check_password_hash(stored, word) for word in "ab"], [True, False])

    def test_an_application_answers(self):
        self.assertEqual(self.app.test_client().get("/").text, "hello")


def main(words: list[str], report: str) -> int:
    from tests.__main__ import modules
    warnings.simplefilter("error")
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Here)
    without_the_system()
    skipped: list[tuple[str, str]] = []
    suite.addTests(load(modules(words), skipped))
    result = unittest.TextTestRunner(sys.stdout, verbosity=0, warnings="error", resultclass=Result).run(suite)
    without = {test.id().partition(" ")[0]: why for test, why in result.skipped}
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    passed = result.testsRun - failed - len(without)
    without.update(skipped)
    with open(report, "w", encoding="utf-8") as file:
        file.write("".join(f"{name}: {why}\n" for name, why in sorted(without.items())))
    for why, count in collections.Counter(without.values()).most_common():
        print(f"  {count} skipped: {why}")
    print(f"{passed} passed, {failed} failed, {len(without)} skipped")
    return 0 if not failed and result.testsRun else 1
