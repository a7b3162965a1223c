"""What a hello-world loads: a list of modules, as time is measured by the benchmark alone."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]

HELLO = """
import sys
bare = set(sys.modules)
from minflask import Flask
app = Flask(__name__)
@app.route("/")
def hello():
    return "Hello, World!"
environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "SCRIPT_NAME": "", "QUERY_STRING": "", "HTTP_HOST": "localhost",
           "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http"}
assert b"".join(app(environ, lambda status, headers, exc_info=None: None)) == b"Hello, World!"
loaded = sorted(set(sys.modules) - bare)
import json
print(json.dumps([loaded, len(bare)]))
"""
# Each costs milliseconds, and none is needed before somebody asks for what it does.
BANNED = {"argparse", "asyncio", "base64", "collections", "contextlib", "dataclasses", "datetime", "email", "enum",
          "errno", "functools", "hashlib", "hmac", "html", "http", "importlib.metadata", "importlib.util", "inspect",
          "logging", "mimetypes", "operator", "re", "secrets", "select", "selectors", "socket", "ssl",
          "tempfile", "threading", "typing", "unittest", "urllib.parse", "urllib.request", "uuid", "weakref"}
LAZY = {"aliases", "appfinder", "bundle", "bundlecommands", "check", "copycheck", "gather", "licence", "onefile",
        "cli", "commands", "compat", "debughelpers", "devcommands", "dotenv",
        "http.client", "http.files", "http.forms", "http.middleware", "http.multipart", "http.uploads", "jinja",
        "jinja_env", "logging", "plugins", "security", "server", "signing", "testing", "views"}
MOST_MODULES = 80


def loaded():
    """Return what a script that is run adds to a bare Python, and how much that has."""
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder, "hello.py")
        script.write_text(HELLO, "utf-8")
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run([sys.executable, "-S", script], capture_output=True, text=True, check=True, env=environ)
    return json.loads(done.stdout)


class Budget(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.modules, cls.bare = loaded()

    @unittest.skipIf(sys.implementation.name == "pypy", "PyPy loads other modules by itself")
    def test_nothing_costly_is_loaded(self):
        self.assertEqual(sorted(BANNED & set(self.modules)), [])

    def test_rooms_that_are_not_entered_stay_shut(self):
        own = {name.partition(".")[2] for name in self.modules if name.startswith("minflask.")}
        self.assertEqual(sorted(name for name in own if name in LAZY or name.split(".")[0] in LAZY), [])

    def test_no_more_modules_than_the_aim(self):
        self.assertLessEqual(len(self.modules), MOST_MODULES, self.modules)

    def test_the_package_alone_loads_next_to_nothing(self):
        code = "import sys; bare = set(sys.modules); import minflask; print(len(set(sys.modules) - bare))"
        result = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True,
                                cwd=ROOT)
        self.assertLessEqual(int(result.stdout), 3)

    def test_a_plain_command_line_loads_no_argparse(self):
        code = ("import sys; from minflask.cli import cli\n"
                "try: cli.main(['--debug', '--app', 'x', 'secret'])\n"
                "finally: print(sorted({'argparse', 'gettext', 'locale'} & set(sys.modules)))")
        result = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, cwd=ROOT)
        self.assertEqual(result.stdout.splitlines()[-1:], ["[]"], result)


if __name__ == "__main__":
    unittest.main()
