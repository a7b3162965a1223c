"""One request, byte to byte: a guestbook is sent a note through a real connection, and every step is written down.

`python -m tests.house.one_request` writes `docs/inside/a-one-request.rst`. The steps are
the functions of minflask in the order in which they are called for the first time, each
with the first sentence of its docstring. Nothing here says which these are.
"""

from __future__ import annotations

import ast
import functools
import pathlib
import re
import socket
import sys
import textwrap
from typing import Any, Iterator

import minflask
from minflask.server import connection
from minflask.server.gateway import base_environ
from minflask.server.settings import Settings

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "inside" / "a-one-request.rst"
PACKAGE = pathlib.Path(minflask.__file__).resolve().parent
BODY = b"text=Hello+%26+welcome"
SENT = (b"POST /notes HTTP/1.1\r\nHost: localhost:5000\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Length: 22\r\n\r\n" + BODY)
CHANGES = re.compile(rb"(?m)^((?:Date|Server): )[^\r\n]*")
FEWEST = 25  # rows of a page that says something

HEAD = """\
A. One request, byte to byte
============================

A visitor writes a note. These are the bytes that the browser sends, the functions that they
meet, in order, and the bytes that go back. The page is written by `tests/house/one_request.py`,
which sends the request to a real connection and watches; a test says when it is old.

The application is the guestbook of all chapters, for real:

.. code-block:: text

{app}

The bytes that come
-------------------

The left column counts bytes from the start. An empty line, here `0d 0a` alone, ends the head; the
length says that {length} bytes follow.

.. code-block:: text

{sent}

What they meet
--------------

Each function is shown when it is called for the first time in this request; the number is how deep it
stands in the calls. The same request was sent before, so that nothing has to be loaded. The words are
those of its docstring.

.. list-table::
   :header-rows: 1
   :widths: 6 44 50

   * - Depth
     - Function
     - What it does
{steps}

The bytes that go back
----------------------

.. code-block:: text

{answer}
"""


def make_app() -> minflask.Flask:
    """Return the guestbook."""
    app = minflask.Flask("guestbook")
    notes: list[str] = []

    @app.post("/notes")
    def add() -> Any:
        notes.append(minflask.request.form["text"])
        return minflask.redirect("/", 303)

    return app


APP = textwrap.dedent('''\
    app = Flask("guestbook")
    notes = []

    @app.post("/notes")
    def add():
        notes.append(request.form["text"])
        return redirect("/", 303)''')


def settings_for(app: Any) -> Settings:
    """Return the settings that a server on port 5000 would have."""
    settings = Settings(multiprocess=False)
    settings.app = app
    settings.environ = base_environ("localhost", "5000", "http", 1, False)
    return settings


def exchange(settings: Settings) -> bytes:
    """Send the request through a connection, as the server's loop and one of its threads do; return the answer."""
    client, served = socket.socketpair()
    with client:
        conn = connection.Connection(served, ("127.0.0.1", 50000), settings, 0.0)
        try:
            client.sendall(SENT)
            if conn.advance(0.0) == connection.RUN:
                conn.run()
                conn.after(0.0)
            return client.recv(1 << 16)
        finally:
            conn.close()


@functools.lru_cache(maxsize=None)
def functions_of(path: str) -> dict[int, tuple[str, str]]:
    """Return the functions of a file: the line that Python gives as their first -> (name, first sentence)."""
    found: dict[int, tuple[str, str]] = {}
    tree = ast.parse(pathlib.Path(path).read_text("utf-8"))
    for owner in [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]:
        prefix = f"{owner.name}." if isinstance(owner, ast.ClassDef) else ""
        for node in owner.body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                told = re.split(r"(?<=[.])\s|\n\n|: ", ast.get_docstring(node) or "")[0]
                found[first] = prefix + node.name, " ".join(told.split()).rstrip(".:;")
    return found


class Watch:
    """Notes each function of the package when it is called for the first time."""

    def __init__(self) -> None:
        self.seen: dict[tuple[str, str], tuple[int, str]] = {}
        self.depth = 0

    def profile(self, frame: Any, event: str, argument: Any) -> None:
        """What Python calls for every call and return."""
        if event == "call":
            self.depth += 1
            self.note(frame.f_code)
        elif event == "return":
            self.depth -= 1

    def note(self, code: Any) -> None:
        """Write a function down, if it is one of the package."""
        path = pathlib.Path(code.co_filename)
        if PACKAGE in path.parents:
            name, told = functions_of(code.co_filename).get(code.co_firstlineno, ("", ""))
            if name:
                self.seen.setdefault(("minflask/" + path.relative_to(PACKAGE).as_posix(), name), (self.depth, told))


def watched() -> tuple[dict[tuple[str, str], tuple[int, str]], bytes]:
    """Return the steps of a request, and its answer."""
    settings, watch = settings_for(make_app()), Watch()
    exchange(settings)
    before = sys.getprofile()
    sys.setprofile(watch.profile)
    try:
        answer = exchange(settings)
    finally:
        sys.setprofile(before)
    return watch.seen, CHANGES.sub(rb"\1...", answer)


def lines_of(data: bytes) -> Iterator[str]:
    """Yield the lines of a message, each with where it begins, and its line end in words."""
    at = 0
    for line in re.findall(rb"[^\n]*\n|[^\n]+\Z", data):
        text = line.decode("latin-1").replace("\r\n", "  [0d 0a]")
        yield f"   {at:4}  {text}".rstrip()
        at += len(line)


def page() -> str:
    """Return the text of the appendix."""
    seen, answer = watched()
    rows = []
    for (path, name), (depth, told) in seen.items():
        rows += [f"   * - {depth}", f"     - ``{path}::{name}``", f"     - {told}" if told else "     -"]
    return HEAD.format(app=textwrap.indent(APP, "   "), length=len(BODY), sent="\n".join(lines_of(SENT)),
                       steps="\n".join(rows), answer="\n".join(lines_of(answer)))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    print(PAGE)
