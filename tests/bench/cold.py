"""From nothing to the first answer, in fresh processes: time, modules loaded, peak memory."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys

START = {
    "bare": "pass",
    "minflask": "from minflask import Flask",
    "flask": "from flask import Flask",
    "bottle": "from bottle import Bottle as Flask",
}
APP = """
import sys
app = Flask({args})
@app.route("/")
def hello():
    return "Hello, World!"
env = {{"REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": "", "SCRIPT_NAME": "", "SERVER_NAME": "localhost",
       "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost", "wsgi.url_scheme": "http",
       "wsgi.input": None, "wsgi.errors": sys.stderr, "wsgi.version": (1, 0), "wsgi.multithread": False,
       "wsgi.multiprocess": False, "wsgi.run_once": False}}
assert b"".join(app(env, lambda *args: None)) == b"Hello, World!"
"""
MODULES = "import sys\nprint(len(sys.modules))"


def source(contestant):
    if contestant == "bare":
        return "pass"
    return START[contestant] + APP.format(args="" if contestant == "bottle" else "__name__")


def run(contestant):
    """Return milliseconds of the processor and peak memory in MiB of one fresh process."""
    process = subprocess.Popen([sys.executable, "-c", source(contestant)], env={**os.environ, "PYTHONHASHSEED": "0"})
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        raise SystemExit(f"the cold start of {contestant} failed")
    per_mib = 1 << (20 if sys.platform == "darwin" else 10)
    return (usage.ru_utime + usage.ru_stime) * 1000, usage.ru_maxrss / per_mib


def modules(contestant):
    """Return the number of modules loaded after the first answer."""
    script = f"{source(contestant)}\n{MODULES}"
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=True)
    return int(done.stdout)


def measure(contestants, rounds):
    """Return {contestant: (ms above a bare Python, modules, MiB)}, medians over rounds, with one for "bare"."""
    everyone = ["bare", *contestants]
    assert resource  # the figures of a child come with its end
    for contestant in everyone:
        run(contestant)  # writes the bytecode
    samples = {contestant: [] for contestant in everyone}
    for _ in range(rounds):
        for contestant in everyone:
            samples[contestant].append(run(contestant))
    medians = {name: [statistics.median(column) for column in zip(*values)] for name, values in samples.items()}
    bare = medians["bare"][0]
    return {name: (time - (0 if name == "bare" else bare), modules(name), memory)
            for name, (time, memory) in medians.items()}
