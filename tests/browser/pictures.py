"""Make the two pictures of the README: a terminal, and the error page in a real browser.

    python -m tests.browser.pictures

The terminal shows what the commands print in fact. The error page is a screenshot by
headless Chromium of the page that a broken view gives in debug mode.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import textwrap

from minflask.server import make_server
from minflask.server.debugger import Debugger

from ..house.drawing import Drawing, width_of
from .driver import Browser

ROOT = pathlib.Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "pictures"
BROKEN = '''\
from minflask import Flask, request

app = Flask(__name__)
prices = {"tea": 2.5, "cake": 4}


@app.route("/order")
def order():
    """Add up what was ordered."""
    total = 0
    for name in request.args.getlist("what"):
        total += prices[name] * request.args["how_many"]
    return {"total": total}
'''
TYPED = ["python3 -m minflask secret", "python3 -m minflask --app shop routes", "python3 -m minflask --app shop check"]
SERVING = "python3 -m minflask --app shop run --port 8000"


def said(words: str, folder: str) -> list[str]:
    """Return the lines that a command prints; a server is stopped after its start message."""
    command = [sys.executable, *words.split()[1:]]
    serving = words == SERVING
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={"COLUMNS": "96", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}) as process:
        assert process.stdout is not None
        if not serving:
            return process.stdout.read().splitlines()
        lines = [process.stdout.readline().rstrip() for _ in range(4)]
        process.terminate()
        return lines


def terminal(folder: str) -> str:
    """Return a picture of the commands and of what they print."""
    lines: list[tuple[str, bool]] = []
    for words in (*TYPED, SERVING):
        lines.append((f"$ {words}", True))
        lines += [(part, False) for line in said(words, folder) for part in textwrap.wrap(line, 96) or [""]]
    width = max(width_of(text) for text, _ in lines) + 40
    drawing = Drawing(width, len(lines) * 18 + 50, "A terminal: minflask makes a secret key, lists the routes, checks"
                      " an application and serves it.")
    drawing.box(0, 0, width, 26, plain=True)
    drawing.text(16, 17, "shop", soft=True)
    for number, (text, typed) in enumerate(lines):
        drawing.text(16, 50 + number * 18, text, bold=typed)
    return drawing.svg()


def error_page(folder: str, path: pathlib.Path) -> None:
    """Save a screenshot of the page for a view that raises."""
    sys.path.insert(0, folder)
    import shop  # type: ignore[import-not-found]
    shop.app.debug = True
    with make_server(Debugger(shop.app), "127.0.0.1", 0) as server, Browser() as browser:
        page = browser.page()
        page.open(f"http://127.0.0.1:{server.port}/order?what=tea&how_many=2")
        page.screenshot(str(path))


def main() -> None:
    """Write both into `docs/pictures`."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = "/tmp/shop" if not os.path.lexists("/tmp/shop") else scratch  # a path that reads well
        shutil.copytree(ROOT / "minflask", pathlib.Path(folder, "minflask"))
        pathlib.Path(folder, "shop.py").write_text(BROKEN)
        (PICTURES / "terminal.svg").write_text(terminal(folder), "utf-8")
        error_page(folder, PICTURES / "error-page.png")
        shutil.rmtree(folder)
        os.makedirs(scratch, exist_ok=True)
    print(*sorted(PICTURES.iterdir()), sep="\n")


if __name__ == "__main__":
    main()
