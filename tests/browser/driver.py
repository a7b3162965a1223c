"""Drive Chromium without its window, over a pipe, with the standard library alone.

The browser is told what to do by JSON messages of the DevTools protocol, ended by NUL bytes, on its
file descriptors 3 and 4 (`--remote-debugging-pipe`): no port, no WebSocket, no package.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


class BrowserError(Exception):
    """The browser, or a script in its page, reported an error."""


def find_browser():
    """Return the path of a Chromium; where there is none, and that is allowed, it is installed."""
    found = os.environ.get("BROWSER_BINARY") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "install", "-y", "-q", NAMES[0]], stdout=subprocess.DEVNULL)
        found = shutil.which(NAMES[0])
    if found is None:
        raise SystemExit(f"No browser found; install one of {', '.join(NAMES)}, or set BROWSER_BINARY.")
    return found


class Browser:
    """A browser with a profile of its own that is thrown away; use it in a `with` block."""

    def __init__(self, binary=None, timeout=30):
        binary = binary or find_browser()
        self.timeout = timeout
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        theirs_in, self.to = os.pipe()
        self.come, theirs_out = os.pipe()
        ends = [fcntl.fcntl(fd, fcntl.F_DUPFD, 20) for fd in (theirs_in, theirs_out)]

        def connect():
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self.process = subprocess.Popen(
            [binary, "--headless=new", "--remote-debugging-pipe", f"--user-data-dir={self.profile.name}",
             "--no-first-run", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions",
             "--autoplay-policy=no-user-gesture-required", "--window-size=1000,800", "about:blank"],
            preexec_fn=connect, pass_fds=(3, 4), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for fd in (theirs_in, theirs_out, *ends):
            os.close(fd)
        self.number, self.buffer = 0, b""
        #: Events that came while something else was waited for, the newest last.
        self.events = []

    def call(self, method, session=None, **parameters):
        """Send a command and return its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        number, deadline = self.number, time.monotonic() + self.timeout
        while time.monotonic() < deadline:
            answer = self._receive()
            if answer.get("id") == number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)
        raise BrowserError(f"{method}: no answer within {self.timeout} s")

    def _receive(self):
        while b"\0" not in self.buffer:
            data = os.read(self.come, 1 << 16)
            if not data:
                raise BrowserError("the browser has ended")
            self.buffer += data
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)

    def page(self):
        """Open a page."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        return Page(self, self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])

    def __enter__(self):
        return self

    def __exit__(self, *error):
        try:
            self.call("Browser.close")
        except (BrowserError, OSError):
            self.process.kill()
        self.process.wait()
        os.close(self.to)
        os.close(self.come)
        self.profile.cleanup()


class Page:
    """One page of the browser."""

    def __init__(self, browser, session):
        self.browser, self.session = browser, session
        for domain in ("Page", "Runtime", "DOM", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def open(self, url):
        """Go to a URL, and wait until the page with all it needs is loaded."""
        failure = self.call("Page.navigate", url=url).get("errorText")
        if failure:
            raise BrowserError(f"{url}: {failure}")
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def run(self, script):
        """Return the value of a JavaScript expression, that of a promise when it is there."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise BrowserError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait(self, script):
        """Wait until a JavaScript expression is true, and return its value."""
        deadline = time.monotonic() + self.browser.timeout
        while time.monotonic() < deadline:
            try:
                value = self.run(script)
            except BrowserError:
                value = None  # while one page gives way to the next
            if value:
                return value
            time.sleep(0.02)
        raise BrowserError(f"not true within {self.browser.timeout} s: {script}")

    def choose(self, selector, *paths):
        """Choose files in a field, as a person does in the dialog."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[os.path.abspath(path) for path in paths])

    def screenshot(self, path):
        """Save what can be seen as a PNG file."""
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def problems(self):
        """Return what the page complained of: errors of scripts, and of the network."""
        return [event["params"] for event in self.browser.events if event.get("sessionId") == self.session
                and event["method"] in ("Runtime.exceptionThrown", "Log.entryAdded")]
