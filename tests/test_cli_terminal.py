"""The command line as a new user meets it: in a pseudo-terminal, with keys typed and what is shown read."""

from __future__ import annotations

import importlib.util
import os
import re
import select
import signal
import struct
import sys
import tempfile
import textwrap
import time
import unittest

try:
    import fcntl
    import pty
    import termios
    for end in pty.openpty():
        os.close(end)
except (ImportError, OSError):  # Windows; WebAssembly
    pty = None

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DEADLINE = 30  # seconds; only a failure waits so long
CTRL_C, CTRL_D = b"\x03", b"\x04"


class Session:
    """A command in a terminal of its own."""

    def __init__(self, folder, words, columns):
        self.shown = b""
        self.pid, self.terminal = pty.fork()
        if not self.pid:
            self._become(folder, words, columns)

    def _become(self, folder, words, columns):
        try:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            os.chdir(folder)
            environ = {name: value for name, value in os.environ.items()
                       if not name.startswith(("FLASK", "WERKZEUG", "COLUMNS", "NO_COLOR", "PYTHONSTARTUP"))}
            environ.update(PYTHONPATH=ROOT, TERM="dumb", HOME=folder, PYTHON_COLORS="0", PYTHON_BASIC_REPL="1")
            os.execve(sys.executable, [sys.executable, "-m", "minflask", *words], environ)
        finally:
            os._exit(127)

    def wait_for(self, pattern):
        """Read until a pattern is shown."""
        end = time.monotonic() + DEADLINE
        while not re.search(pattern, self.shown):
            if not self._read(end):
                raise AssertionError(f"{pattern!r} was not shown, but {self.shown.decode()}")

    def _read(self, end):
        if not select.select([self.terminal], [], [], max(end - time.monotonic(), 0))[0]:
            return False
        try:
            data = os.read(self.terminal, 4096)
        except OSError:  # Linux says so at the end
            return False
        self.shown += data
        return bool(data)

    def type(self, keys):
        os.write(self.terminal, keys)

    def end(self):
        """Read to the end; return the exit status and what was shown, as lines."""
        end = time.monotonic() + DEADLINE
        while self._read(end):
            pass
        if time.monotonic() > end:
            os.kill(self.pid, signal.SIGKILL)
        os.close(self.terminal)
        status = os.waitpid(self.pid, 0)[1]
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
        return code, self.shown.decode().split("\r\n")


@unittest.skipIf(pty is None, "there are no pseudo-terminals")
class Terminal(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text))

    def shop(self, name="shop.py"):
        self.write(name, """
            from minflask import Flask
            app = Flask("shop")
            @app.get("/users/<int:user_id>/orders")
            def orders(user_id): return ""
            @app.get("/")
            def index(): return ""
            @app.cli.command("greet")
            def greet():
                "Say hello. Loudly."
            @app.shell_context_processor
            def names(): return {"the_answer": 42}
            """)

    def start(self, *words, columns=80):
        return Session(self.folder, words, columns)

    def shown(self, *words, columns=80):
        return self.start(*words, columns=columns).end()

    def test_a_wrong_name_is_told_in_one_line(self):
        self.shop()
        self.assertEqual(self.shown("--app", "shopp", "run"), (2, [
            f"Error: Could not import 'shopp': there is no such module in '{self.folder}' (No module named 'shopp').",
            ""]))
        self.assertEqual(self.shown("--app", "shop:ap", "run"), (2, [
            "Error: The module 'shop' has no 'ap'. Did you mean app?", ""]))

    def test_a_syntax_error_shows_the_line_and_none_of_ours(self):
        self.write("app.py", "from minflask import Flask\napp = Flask('x'))\n")
        status, lines = self.shown("run")
        self.assertEqual((status, lines[0].strip()), (1, f'File "{self.folder}/app.py", line 2'))
        self.assertRegex(lines[-2], "^SyntaxError: ")
        self.assertLessEqual(len(lines), 5)

    def test_an_error_while_importing_shows_the_users_frames_only(self):
        self.write("app.py", "import inner\n")
        self.write("inner.py", "1 / 0\n")
        status, lines = self.shown("routes")
        self.assertEqual(status, 1)
        self.assertEqual([line.split(",")[0].strip() for line in lines if line.startswith("  File")],
                         [f'File "{self.folder}/{name}.py"' for name in ("app", "inner")])

    def test_ctrl_c_ends_the_server_cleanly(self):
        self.shop()
        for words in (["run"], ["--debug", "run"]):
            session = self.start("--app", "shop", *words, "--port", "0")
            session.wait_for(rb"Running on http://127\.0\.0\.1:\d+")
            session.type(CTRL_C)
            status, lines = session.end()
            self.assertEqual((status, lines[-1]), (0, ""), lines)
            self.assertEqual(lines[:2], [" * Serving application 'shop'",
                                         f" * Debug mode: {'on' if len(words) > 1 else 'off'}"])
            self.assertNotIn("Traceback", "".join(lines))

    def test_a_shell_completes_names(self):
        self.shop()
        session = self.start("--app", "shop", "shell")
        session.wait_for(rb">>> ")
        # Not imported here: loaded twice, as tests that patch sys.modules have it, it stops a forked process.
        completes = importlib.util.find_spec("readline") is not None and sys.implementation.name == "cpython"
        session.type(b"the_a\t" if completes else b"the_answer")
        session.wait_for(rb"the_answer")
        session.type(b" + 1, app.name\n")
        session.wait_for(rb"\(43, 'shop'\)[^>]*>>> ")  # keys typed before the prompt can get lost
        session.type(CTRL_D)
        status, lines = session.end()
        at = lines.index("App: shop")
        self.assertEqual((status, lines[at + 1]), (0, f"Instance: {self.folder}/instance"))

    def test_routes_fit_the_terminal(self):
        self.shop()
        self.assertEqual(self.shown("--app", "shop", "routes"), (0, [
            "Endpoint  Methods  Rule",
            "--------  -------  ---------------------------",
            "index     GET      /",
            "orders    GET      /users/<int:user_id>/orders",
            "static    GET      /static/<path:filename>", ""]))
        self.assertEqual(self.shown("--app", "shop", "routes", columns=40), (0, [
            "Endpoint", "--------",
            "index", "  Methods: GET", "  Rule: /",
            "orders", "  Methods: GET", "  Rule: /users/<int:user_id>/orders",
            "static", "  Methods: GET", "  Rule: /static/<path:filename>", ""]))

    def test_an_empty_folder_shows_a_hint_and_the_help(self):
        status, lines = self.shown()
        self.assertEqual(status, 2)
        self.assertEqual(lines[:3], [
            "There is no app.py or wsgi.py here. Name an application by --app or FLASK_APP",
            "to have its commands too.", ""])
        self.assertEqual(lines[3], "Usage: python -m minflask [OPTIONS] COMMAND [ARGS]...")
        self.assertNotIn("\x1b", "".join(lines))
        self.assertIn("  run         Serve the application.", lines)

    def test_an_applications_commands_stand_beside_ours(self):
        self.shop("app.py")
        for columns in (80, 40):
            status, lines = self.shown("--help", columns=columns)
            self.assertEqual((status, lines[0][:26]), (0, "Usage: python -m minflask "))
            self.assertIn("  greet       Say hello.", lines)
            self.assertLessEqual(max(map(len, lines)), columns)


if __name__ == "__main__":
    unittest.main()
