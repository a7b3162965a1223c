"""See the upload example in a real browser: progress, pictures, ranges, and the same without scripts.

    python -m tests.browser.uploads [--screenshot FILE]

The exit status is 1 if something is not as it should be.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import pathlib
import struct
import sys
import tempfile
import wave
import zlib

from minflask.server import make_server

from .driver import Browser

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "docs" / "examples"
SECONDS = 60


def make_files(folder):
    """Make a picture, a sound, a page that wants to run a script, and something large; return their paths."""
    paths = [os.path.join(folder, name) for name in ("sunset.png", "tone.wav", "evil.html", "large.bin")]
    width, height = 240, 180
    rows = b"".join(b"\0" + bytes(value for x in range(width) for value in (255 - y // 2, x // 2 + 40, y))
                    for y in range(height))
    with open(paths[0], "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")):
            file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))
    with wave.open(paths[1], "wb") as sound:
        sound.setparams((1, 2, 44100, 0, "NONE", ""))
        second = b"".join(struct.pack("<h", int(8000 * math.sin(n / 16))) for n in range(44100))
        sound.writeframes(second * SECONDS)
    pathlib.Path(paths[2]).write_text("<title>evil</title><script>document.title = 'ran'</script>")
    pathlib.Path(paths[3]).write_bytes(os.urandom(1 << 20) * 24)
    return paths


class Watched:
    """An application, and what was asked of it."""

    def __init__(self, app):
        self.app, self.seen = app, []

    def __call__(self, environ, start_response):
        def start(status, headers, exc_info=None):
            self.seen.append((environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("HTTP_RANGE"), status[:3]))
            return start_response(status, headers, exc_info)

        return self.app(environ, start)


def check(label, value, right=True):
    """Print a line of the report; return True if it is a failure."""
    print("ok  " if right else "FAIL", label, json.dumps(value) if value is not None else "", flush=True)
    return not right


def upload(page, url, paths):
    """Upload files with the page's script; return the progress that could be seen."""
    page.open(url)
    page.call("Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1,
              uploadThroughput=20 << 20)
    page.choose("input[type=file]", *paths)
    page.run("""
        sessionStorage.seen = "";
        setInterval(() => { const bar = document.querySelector("progress");
                            if (!bar.hidden) sessionStorage.seen += bar.value + " "; }, 5);
        document.querySelector("#upload button").click(); true""")
    page.wait("document.querySelectorAll('.files li a[href*=view]').length === 4")
    page.call("Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1)
    return sorted({float(value) for value in page.run("sessionStorage.seen").split()})


def look(page, url, app, paths, screenshot):
    """Yield whether each step failed."""
    progress = upload(page, url, paths)
    between = [value for value in progress if 0 < value < 1]
    yield check("progress was seen on its way", [len(progress), progress[-1]], len(between) >= 3)
    text = page.run("document.querySelector('.flash').textContent")
    yield check("the message names the files", text, all(os.path.basename(path) in text for path in paths))
    page.wait("document.querySelector('.files img').complete")
    size = page.run("(i => [i.naturalWidth, i.naturalHeight, i.clientWidth])(document.querySelector('.files img'))")
    yield check("the picture is shown as a thumb", size, size[:2] == [240, 180] and 0 < size[2] <= 240)
    if screenshot:
        page.screenshot(screenshot)

    page.open(url + "view/tone.wav")
    page.wait("document.querySelector('audio').readyState >= 1")
    duration = page.run("document.querySelector('audio').duration")
    yield check("the player knows the length", duration, abs(duration - SECONDS) < 0.1)
    moved = page.run("""new Promise(done => { const player = document.querySelector("audio");
        player.onseeked = () => done(player.currentTime); player.currentTime = 45; })""")
    ranges = [entry for entry in app.seen if entry[1] == "/files/tone.wav" and entry[3] == "206"]
    yield check("the player can go on at another place", moved, moved == 45)
    yield check("for which it asked for ranges", ranges, any(entry[2] not in (None, "bytes=0-") for entry in ranges))
    page.run("document.querySelector('audio').muted = true; document.querySelector('audio').play(); true")
    yield check("it plays from there", page.wait("document.querySelector('audio').currentTime > 45.1"))

    page.call("Page.navigate", url=url + "files/evil.html")
    title = page.run("document.title")
    yield check("a page that was uploaded does not run", title, title != "ran")

    yield check("no error in the page", page.problems(), not page.problems())
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    page.open(url)
    page.choose("input[type=file]", paths[0])
    page.run("document.querySelector('#upload button').click(); true")
    text = page.wait("document.querySelector('.flash') && document.querySelector('.flash').textContent")
    yield check("without scripts the form works too", text, text == "Stored sunset-2.png.")


def main():
    cli = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    cli.add_argument("--screenshot", help="save a picture of the page here")
    options = cli.parse_args()
    sys.path.insert(0, str(EXAMPLES))
    from uploads import create_app

    with tempfile.TemporaryDirectory() as folder:
        app = Watched(create_app({"FOLDER": os.path.join(folder, "store")}))
        paths = make_files(folder)
        with make_server(app, port=0, access_log=False) as server, Browser() as browser:
            server.start()
            failed = sum(look(browser.page(), f"http://127.0.0.1:{server.port}/", app, paths, options.screenshot))
    print(f"{failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
