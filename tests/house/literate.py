"""Do what a page of the tutorial says, word by word, in an empty folder.

A page is read from top to bottom:

- a code block with a caption is a file that is saved under that name;
- a `console` block is typed, and must print what is shown (`...` stands for
  anything); with `:class: server` it goes on running to the end of the page, or
  until a block of that class comes again;
- port 8000 is another, free port, in all of that;
- a comment `.. visit: URL "text"` asks for a URL as the reader's browser does,
  and `.. visit: URL name=value "text"` posts a form; the text must be in the answer.
"""

from __future__ import annotations

import html
import http.cookiejar
import os
import pathlib
import re
import shlex
import signal
import socket
import subprocess
import sys
import textwrap
import urllib.error
import urllib.parse
import urllib.request

STEP = re.compile(r"^\.\. (?:code-block:: (?P<kind>[\w+]+)\n(?P<options>(?:   :.*\n)*)\n?(?P<text>(?:\n|   .*\n)+)"
                  r"|visit: (?P<url>\S+)(?P<form>(?: \w+=\S*)*) \"(?P<wanted>[^\"]*)\"\n)", re.M)


def matches(wanted: str, seen: str) -> bool:
    """Tell whether the output is the shown one, where `...` stands for anything."""
    lines = [line.rstrip() for line in wanted.strip().splitlines()]
    pattern = re.escape("\n".join(lines)).replace(r"\.\.\.", "(?s:.*)")
    return re.fullmatch(pattern, "\n".join(line.rstrip() for line in seen.strip().splitlines())) is not None


def commands(text: str) -> list[tuple[str, str]]:
    """Cut a session into (command, what it prints)."""
    found: list[tuple[str, str]] = []
    for line in textwrap.dedent(text).strip("\n").splitlines():
        if line.startswith("$ "):
            found.append((line[2:], ""))
        else:
            command, output = found[-1]
            found[-1] = (command, f"{output}{line}\n")
    return found


class Reader:
    """Somebody who follows the pages literally, in `folder`."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = str(free.getsockname()[1])
        self.server: subprocess.Popen[str] | None = None
        self.browser = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self.browser.addheaders = [("Accept", "text/html")]
        keep = {name: value for name, value in os.environ.items() if not name.startswith(("FLASK_", "MINFLASK_"))}
        # PYTHONPATH would lend the reader a copy that they do not have.
        self.environment = {**keep, "PYTHONPATH": "", "PYTHONUNBUFFERED": "1", "COLUMNS": "100", "NO_COLOR": "1"}

    def follow(self, page: str) -> int:
        """Do all steps of a page; return how many there were. AssertionError says which one fails."""
        count = 0
        try:
            for step in STEP.finditer(page.replace("8000", self.port)):
                count += self.take(step)
        finally:
            self.stop()
        return count

    def take(self, step: re.Match[str]) -> int:
        if step["url"]:
            self.visit(step["url"], step["form"].split(), step["wanted"])
            return 1
        caption = re.search(r":caption: (\S+)", step["options"])
        if caption:
            place = self.folder / caption[1]
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(textwrap.dedent(step["text"]).strip("\n") + "\n", "utf-8")
            if self.server is not None:  # in debug mode: it sees the change and starts anew
                self.wait_for("... * Running on ...")
        elif step["kind"] != "console":
            return 0
        elif ":class: server" in step["options"]:
            self.serve(*commands(step["text"])[0])
        else:
            for command, output in commands(step["text"]):
                self.type(command, output)
        return 1

    def words(self, command: str) -> str:
        return re.sub(r"^python3(?= )", lambda _: shlex.quote(sys.executable), command)

    def type(self, command: str, wanted: str) -> None:
        """Type a command into a shell and compare what it prints."""
        if command.startswith("cd "):
            self.folder = (self.folder / command[3:]).resolve()
            return
        done = subprocess.run(self.words(command), shell=True, cwd=self.folder, env=self.environment, text=True,
                              encoding="utf-8", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60)
        assert matches(wanted, done.stdout), f"$ {command}\nshown:\n{wanted}\nseen:\n{done.stdout}"

    def serve(self, command: str, wanted: str) -> None:
        """Start a server, and wait until it says what is shown."""
        self.stop()
        self.server = subprocess.Popen(shlex.split(self.words(command)), cwd=self.folder, env=self.environment,
                                       text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT, start_new_session=True)
        self.wait_for(wanted)

    def wait_for(self, wanted: str) -> None:
        """Read what the server says until it has said what is wanted."""
        assert self.server is not None and self.server.stdout is not None
        seen = ""
        while not matches(wanted, seen):
            line = self.server.stdout.readline()
            assert line, f"the server ends; shown:\n{wanted}\nseen:\n{seen}"
            seen += line

    def stop(self) -> None:
        """Press Ctrl-C."""
        if self.server is not None:
            os.killpg(self.server.pid, signal.SIGINT)
            assert self.server.stdout is not None
            self.server.communicate(timeout=30)
            self.server = None

    def visit(self, url: str, form: list[str], wanted: str) -> None:
        """Ask for a URL, or post a form, and look for a text in the answer."""
        data = "&".join(form).encode() if form else None
        try:
            with self.browser.open(url, data, timeout=30) as answer:
                seen = answer.read().decode()
        except urllib.error.HTTPError as error:
            seen = error.read().decode()
        assert wanted in html.unescape(seen), f"{url}: {wanted!r} is not in\n{seen}"
