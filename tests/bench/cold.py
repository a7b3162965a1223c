"""From nothing to the first answer, in fresh processes: time, modules loaded, peak memory."""

from __future__ import annotations

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

START = {
    "minflask": "from minflask import Flask",
    "single": "from minflask import Flask",  # the one file, beside the program
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
# Bytecode is written at the first run, as it is where programs are installed.
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.getcwd(), "PYTHONDONTWRITEBYTECODE": ""}
# The peak as the kernel has it: what resource.getrusage tells of a child includes its parent before the exec.
COUNTS = """
import sys
try:
    peak = next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
except OSError:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << (20 if sys.platform == "darwin" else 10))
print(len(sys.modules), peak)
"""


def script(folder, contestant, more=""):
    """Write the program of a contestant into a folder and return its path: a file, as programs are."""
    text = "pass\n" if contestant == "bare" else START[contestant] + APP.format(
        args="" if contestant == "bottle" else "__name__")
    path = pathlib.Path(folder, f"{contestant}{'_more' if more else ''}_app.py")
    path.write_text(text + more, "utf-8")
    return str(path)


def one_file(folder):
    """Write the whole package as one file into a folder of its own, and return that."""
    place = pathlib.Path(folder, "single")
    place.mkdir()
    command = [sys.executable, "-m", "minflask", "bundle", "--framework-only", "-o", place / "minflask.py"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return place


def run(path):
    """Return the milliseconds of the processor that a fresh process takes."""
    process = subprocess.Popen([sys.executable, path], env=ENVIRONMENT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        raise SystemExit(f"the cold start of {path} failed")
    return (usage.ru_utime + usage.ru_stime) * 1000


def counts(path):
    """Return the modules loaded and the peak memory in MiB, as a program that counts them prints it."""
    done = subprocess.run([sys.executable, path], env=ENVIRONMENT, stdout=subprocess.PIPE, check=True, text=True)
    loaded, peak = done.stdout.split()
    return int(loaded), float(peak)


def measure(contestants, rounds):
    """Return {contestant: (ms above a bare Python, modules, MiB)}, medians over rounds, with one for "bare"."""
    everyone = ["bare", *contestants]
    with tempfile.TemporaryDirectory() as folder:
        folders = {name: one_file(folder) if name == "single" else folder for name in everyone}
        paths = {name: script(folders[name], name) for name in everyone}
        counted = {name: counts(script(folders[name], name, COUNTS)) for name in everyone}  # writes the bytecode, too
        samples = {name: [] for name in everyone}
        for _ in range(rounds):
            for name in everyone:
                samples[name].append(run(paths[name]))
    bare = statistics.median(samples["bare"])
    return {name: (statistics.median(times) - (bare if name != "bare" else 0), *counted[name])
            for name, times in samples.items()}
