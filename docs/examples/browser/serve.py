"""Serve the page, its worker, Pyodide and the bundled application: all that a browser needs.

    npm install pyodide
    BROWSER_PYODIDE=node_modules/pyodide python3 -m minflask --app docs/examples/browser/serve run

Any server of files does as well. It needs these beside each other: `index.html`, the three
files `worker*.js`, `pyodide/` (the folder of the npm package) and `notes.pyz`, which this makes:

    python3 -m minflask bundle docs/examples/browser/notes -o notes.pyz
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile

from minflask import Flask, redirect, send_from_directory, url_for

HERE = os.path.dirname(os.path.abspath(__file__))


def create_app(config=None):
    """Make the application that serves the files; its setting PYODIDE is the folder of the npm package."""
    app = Flask(__name__, static_folder=None)
    app.config["PYODIDE"] = "node_modules/pyodide"
    app.config.from_prefixed_env("BROWSER")
    app.config.from_mapping(config or {})
    pyodide = os.path.abspath(app.config["PYODIDE"])
    if not os.path.exists(os.path.join(pyodide, "pyodide.asm.wasm")):
        raise SystemExit(f"There is no Pyodide in {pyodide!r}. Install the npm package `pyodide`,"
                         " and name its folder by BROWSER_PYODIDE.")
    made = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "minflask", "bundle", os.path.join(HERE, "notes"),
                    "-o", os.path.join(made, "notes.pyz")], check=True)

    @app.get("/")
    def index():
        return send_from_directory(HERE, "index.html")

    @app.get("/worker<part>.js")
    @app.get("/worker.js", defaults={"part": ""})
    def worker(part):
        return send_from_directory(HERE, f"worker{part}.js")

    @app.get("/notes.pyz")
    def notes():
        return send_from_directory(made, "notes.pyz", mimetype="application/zip")

    @app.get("/pyodide/<path:name>")
    def python(name):
        return send_from_directory(pyodide, name, max_age=3600)

    @app.get("/app/")
    @app.get("/app/<path:name>")
    def not_started(name=""):
        """Send those to the start who come here without the worker: the first time, or by a reload that skips it."""
        return redirect(url_for("index"))

    return app
