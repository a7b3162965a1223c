"""Check every file of a folder against its chapter: 09_mine.py against chapter 9, 14a_mine.py against 14a.

    python docs/inside/code/18_all.py FOLDER [WORD]     files whose names end in _WORD.py, or all
"""

import pathlib
import subprocess
import sys


def check(path):
    """Return the last line that the checker prints for a file, and whether all was right."""
    key = path.name.partition("_")[0]
    command = [sys.executable, "-m", "minflask.learn", "check", key, str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    lines = (done.stdout or done.stderr).strip().splitlines()
    return lines[-1] if lines else "no answer", done.returncode == 0


def main(folder, word=""):
    """Print a line for each file; return the exit status."""
    results = []
    for path in sorted(pathlib.Path(folder).glob(f"[01][0-9]*_{word or '*'}.py")):
        line, right = check(path)
        print(f"{path.name:18} {line}", flush=True)
        results.append(right)
    print(f"{sum(results)} of {len(results)} files are right")
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
