"""Compare the examples as one file with the examples as folders, page by page, over HTTP.

`python -m tests.house.bundles [EXAMPLE...]`: each is bundled to .pyz and to
.py, moved to an empty folder, and run there by `python -I -S` as a user who may
write nowhere but in a folder for data, with standard streams and without
(issue 8, acceptance 4). What a visitor gets has to be the same every time.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from typing import Iterator
from urllib.parse import quote, urlencode

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
NOBODY = 65534
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
# What else depends on the run: the port, random keys and codes, times.
CHANGING = [(rb"127\.0\.0\.1:\d+", b"HOST"), (rb"\b[0-9a-f]{64}\b", b"TOKEN"),
            (rb"\d\d \w{3} \d{4} \d\d:\d\d", b"TIME"), (rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", b"TIME")]
COMPARED = ("Content-Type", "Content-Disposition", "Content-Range", "Accept-Ranges", "Location", "Allow", "Vary",
            "Cache-Control", "WWW-Authenticate", "X-Content-Type-Options", "Content-Security-Policy")


class Visitor:
    """Asks for pages, keeps cookies, and notes what came, without what depends on the run."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies, self.seen = port, {}, []
        self.codes: list[bytes] = []

    def ask(self, method: str, path: str, body: bytes | str | None = None, **headers: str) -> tuple[dict, bytes]:
        """Send a request; underscores in the names of headers are hyphens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            fields["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        with contextlib.closing(connection):
            connection.request(method, path, body, fields)
            answer = connection.getresponse()
            data = answer.read()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        there = [name for name in ("ETag", "Last-Modified", "Set-Cookie") if name in answer.headers]
        kept = {name: self.plain(answer.headers[name].encode()) for name in COMPARED if name in answer.headers}
        self.seen.append((method, self.plain(path.encode()), answer.status, kept, there, self.plain(data)))
        return dict(answer.headers), data

    def plain(self, data: bytes) -> bytes:
        """Return data without what depends on the run."""
        for pattern, word in CHANGING:
            data = re.sub(pattern, word, data)
        for code in self.codes:
            data = data.replace(code, b"CODE")
        return data

    def send(self, path: str, page: str = "/", **fields: str) -> bytes:
        """Send the form of a page, with its token."""
        token = re.search(rb'name="token" value="(\w+)"', self.ask("GET", page)[1])
        return self.ask("POST", path, urlencode({"token": token[1] if token else "", **fields}), Content_Type=FORM)[1]

    def look_at_file(self, path: str) -> None:
        """Ask for a file whole, again, and in parts."""
        headers, data = self.ask("GET", path)
        self.ask("HEAD", path)
        etag = headers["ETag"]
        self.ask("GET", path, If_None_Match=etag)
        self.ask("GET", path, If_Modified_Since=headers["Last-Modified"])
        for asked in ("bytes=0-9", "bytes=-5", "bytes=5-", f"bytes={len(data)}-", "lines=1-2"):
            self.ask("GET", path, Range=asked)
        self.ask("GET", path, Range="bytes=2-4", If_Range=etag)
        self.ask("GET", path, Range="bytes=2-4", If_Range='"another"')


def see_shortlinks(visitor: Visitor) -> None:
    for path in ("/", "/none", "/static/none.css", "/static/../database.py", "/static/%2e%2e/database.py", "/sign-in",
                 "/log", "/api/links/none", "/links", "/api/links"):
        visitor.ask("GET", path)
    visitor.look_at_file("/static/style.css")
    visitor.send("/sign-up", "/sign-up", name="ada", password="short")
    visitor.send("/sign-up", "/sign-up", name="ada", password="correct horse")
    visitor.send("/links", url="https://example.com/a/long/way")
    visitor.codes += [code for code in re.findall(rb'href="http://[^/"]+/([\w-]{7})"', visitor.ask("GET", "/")[1])
                      if code not in visitor.codes]
    visitor.seen.pop()  # it was taken down with the code in it
    code = visitor.codes[0].decode()
    for path in ("/", f"/{code}", "/", "/log", f"/api/links/{code}"):
        visitor.ask("GET", path)
    visitor.ask("POST", "/api/links", b"{", Content_Type=JSON, Authorization="Basic YWRhOmNvcnJlY3QgaG9yc2U=")
    visitor.ask("POST", "/api/links", b"{}", Content_Type=JSON)
    visitor.ask("POST", "/links", b"url=x", Content_Type=FORM)
    visitor.send(f"/links/{code}/remove")
    visitor.send("/sign-out")
    visitor.send("/sign-in", "/sign-in?next=/log", name="ada", password="wrong")
    visitor.send("/sign-in", "/sign-in?next=/log", name="ada", password="correct horse")


def see_uploads(visitor: Visitor) -> None:
    for path in ("/", "/none", "/static/../store.py", "/files/none", "/view/none", "/files/..%2fstore.py"):
        visitor.ask("GET", path)
    for name in ("style.css", "upload.js"):
        visitor.look_at_file(f"/static/{name}")
    token = re.search(rb'name="token" value="(\w+)"', visitor.ask("GET", "/")[1])[1]
    files = [("song.wav", bytes(range(256)) * 8), ("page.html", b"<script>1</script>"), ("../a.gif", b"GIF89a")]
    for given, size in ((token, 1), (b"forged", 1), (token, 200)):
        parts = [b'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\n' + given + b"\r\n"]
        parts += [b'--x\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n%s\r\n'
                  % (name.encode(), data * size) for name, data in files]
        visitor.ask("POST", "/", b"".join(parts) + b"--x--\r\n", Content_Type="multipart/form-data; boundary=x")
    for name in ("song.wav", "page.html", "a.gif"):
        visitor.look_at_file(f"/files/{name}")
        visitor.ask("GET", f"/view/{name}")
    visitor.ask("GET", "/files/a.gif?download=1")
    visitor.send("/remove/page.html")
    visitor.send("/remove/page.html")
    visitor.ask("GET", "/files/page.html")


def see_layout(visitor: Visitor) -> None:
    for path in ("/", "/?order=year,title&page=4", "/books/1", "/books/2", "/books/3", "/books/9", "/books/x",
                 "/books/3/review", "/feed.xml", "/mail.txt", "/long", f"/hello/{quote('<you> & me')}", "/none"):
        visitor.ask("GET", path)
    visitor.ask("HEAD", "/long")
    for form in ({"title": "<b>", "text": "a\n\"b\""}, {"title": "So & so", "stars": "4", "text": "good"}):
        visitor.ask("POST", "/books/3/review", urlencode(form), Content_Type=FORM)
    visitor.ask("GET", "/books/3")
    visitor.ask("DELETE", "/")


# Example -> what a visitor does, and the environment that names a place in the folder for data.
VISITS = {
    "shortlinks": (see_shortlinks, {"SHORTLINKS_DATABASE": "links.sqlite"}),
    "uploads": (see_uploads, {"UPLOADS_FOLDER": "files", "UPLOADS_MAX_CONTENT_LENGTH": "200000"}),
    "layout": (see_layout, {}),
}
# What a program started from a menu, or as a service, may lack: the standard streams that are closed.
STREAMS = {"as usual": (), "sys.stdout is None": (1,), "no standard stream": (0, 1, 2)}


def someone() -> dict[str, object]:
    """Return how to start a process as a user without rights; who is not root is one already."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return {}
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def python_for(start: dict[str, object]) -> str:
    """Return a Python that this user may run: this one may lie where only root can look."""
    for python in filter(None, (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3")):
        with contextlib.suppress(OSError):
            code = "import sys, sqlite3; sys.exit(sys.version_info < (3, 9))"
            if subprocess.run([python, "-I", "-c", code], stderr=subprocess.DEVNULL, **start).returncode == 0:
                return python
    raise SystemExit("There is no Python here that a user without rights may run.")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextlib.contextmanager
def running(command: list[str], place: pathlib.Path, environ: dict[str, str], start: dict,
            closed: tuple) -> Iterator[int]:
    """Run a server with some of its standard streams closed; yield its port."""
    port = free_port()

    def close() -> None:
        for number in closed:
            os.close(number)

    log = tempfile.TemporaryFile()
    process = subprocess.Popen(
        [*command, "run", "--port", str(port)], cwd=place, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        env={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", **environ}, preexec_fn=close, **start)
    try:
        wait_for(process, port, log)
        yield port
    finally:
        process.terminate()
        status = process.wait(30)
        log.seek(0)
        text = log.read().decode("utf-8", "replace")
        log.close()
    if status or "Traceback" in text:
        raise SystemExit(f"{' '.join(command)}: exit status {status}\n{text}")


def wait_for(process: subprocess.Popen, port: int, log) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    log.seek(0)
    raise SystemExit(f"the server did not start:\n{log.read().decode('utf-8', 'replace')}")


def see(name: str, command: list[str], place: pathlib.Path, start: dict, closed: tuple = (), **environ: str) -> list:
    """Run an example, make the visit, and return what was seen."""
    visit, own = VISITS[name]
    with tempfile.TemporaryDirectory() as data:
        os.chmod(data, 0o777)
        places = {key: value if value.isdigit() else os.path.join(data, value) for key, value in own.items()}
        with running(command, place, {**places, **environ}, start, closed) as port:
            visitor = Visitor(port)
            visit(visitor)
        if own and not os.listdir(data):
            raise SystemExit(f"{name} did not write where it was told to")
    return visitor.seen


def compare(name: str, folder: pathlib.Path, start: dict, kinds=("pyz", "py"), streams=STREAMS) -> int:
    """Compare one example's forms; return how many were not as the folder."""
    python, failed = python_for(start), 0
    place = folder / "moved"
    place.mkdir(mode=0o755)
    for kind in kinds:
        subprocess.run([sys.executable, "-m", "minflask", "bundle", EXAMPLES / name, "-o", place / f"{name}.{kind}"],
                       cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    os.chmod(place, 0o555)
    before = sorted(os.listdir(place))
    expected = see(name, [sys.executable, "-m", "minflask", "--app", str(EXAMPLES / name)], ROOT, {})
    statuses = sorted({entry[2] for entry in expected})
    print(f"-- {name}: {len(expected)} answers of the folder, with the statuses {statuses}", flush=True)
    for kind in kinds:
        for what, closed in streams.items():
            seen = see(name, [python, "-I", "-S", f"{name}.{kind}"], place, start, closed)
            differing = [pair for pair in itertools.zip_longest(expected, seen) if pair[0] != pair[1]]
            for one, other in differing[:3]:
                print(f"     as a folder {one}\n     as one file {other}")
            failed += bool(differing)
            print(f"{'FAIL' if differing else 'ok  '} {name}.{kind}, {what}: {len(seen) - len(differing)} the same,"
                  f" {len(differing)} not", flush=True)
    if sorted(os.listdir(place)) != before:
        failed += 1
        print(f"FAIL {name}: something was written beside the file")
    failed += not tells_where(name, [python, "-I", "-S", f"{name}.{kinds[0]}"], place, start)
    return failed


def tells_where(name: str, command: list[str], place: pathlib.Path, start: dict) -> bool:
    """Return whether an example that may not write says where it would, and how to name another place."""
    setting = next(iter(VISITS[name][1]), None)
    if setting is None:
        return True
    done = subprocess.run([*command, "run"], cwd=place, capture_output=True, text=True, timeout=60, env={}, **start)
    told = done.returncode == 1 and f"{place / 'instance'}" in done.stderr and setting in done.stderr
    print(f"{'ok  ' if told else 'FAIL'} {name}: {done.stderr.strip()}", flush=True)
    return told


def main(names: list[str]) -> int:
    start, failed = someone(), 0
    if not start and os.access("/", os.W_OK):
        raise SystemExit("This user may write everywhere, and is not root, who could start others.")
    for name in names or VISITS:
        folder = pathlib.Path(os.path.realpath(tempfile.mkdtemp()))
        os.chmod(folder, 0o755)
        try:
            failed += compare(name, folder, start)
        finally:
            os.chmod(folder / "moved", 0o755)
            shutil.rmtree(folder)
    print(f"{failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
