"""Run a development tool in a throwaway environment made for it.

`python -m tests.house.tools FOLDER REQUIREMENT... -- ARGUMENT...` makes (once)
a virtual environment under FOLDER that holds the requirements, and runs its
Python with the arguments. Nothing of it is needed to run or to test minflask.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import signal
import subprocess
import sys
import venv
from typing import Any


def environment(folder: str, requirements: list[str]) -> str:
    """Return the path of a Python that has the requirements."""
    key = hashlib.sha256(repr((requirements, sys.version)).encode()).hexdigest()[:12]
    home = pathlib.Path(folder) / key
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not (home / "ready").exists():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *requirements], check=True)
        (home / "ready").touch()
    return str(python)


def limited(command: list[object], seconds: float, **options: Any) -> int:
    """Run a command and return its status; 124 where it does not end in time, after what it hangs at was shown.

    A Python that runs with `-X faulthandler` shows that. Its other processes are ended with it.
    """
    process = subprocess.Popen([str(word) for word in command], start_new_session=os.name != "nt", **options)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        print(f"-- not ended after {seconds:.0f} s: {' '.join(str(word) for word in command)}", flush=True)
        process.send_signal(signal.SIGABRT)
        process.wait()
        return 124
    finally:
        if os.name != "nt":
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def main(arguments: list[str]) -> int:
    folder, *rest = arguments
    cut = rest.index("--")
    return subprocess.run([environment(folder, rest[:cut]), *rest[cut + 1:]]).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
