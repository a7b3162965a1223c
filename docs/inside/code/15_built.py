"""Chapter 15: the files of a folder: which name is one of them, does the client have it, which part does it want?"""

import os
import re
import sys
from email.utils import formatdate

BLOCK = 65_536
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript",
         ".txt": "text/plain; charset=utf-8", ".png": "image/png", ".jpg": "image/jpeg", ".svg": "image/svg+xml"}
# What Windows takes for a device, in each folder and with each extension.
DEVICES = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$",
           *(port + number for port in ("COM", "LPT") for number in "0123456789\xb9\xb2\xb3")}


class NotSatisfiable(Exception):
    """The part that is wanted lies outside of the file: answer 416."""


def safe_path(folder, name):
    """Return the path of a name below the folder, or None if it is no name of a file there."""
    segments = name.split("/")
    for segment in segments:
        if segment in ("", ".", "..") or re.search(r"[\x00-\x1f\\:]", segment):
            return None
        if segment.partition(".")[0].strip(" ").upper() in DEVICES:
            return None
    return os.path.join(folder, *segments)


def resolve_range(header, size):
    """Return (start, stop) of the wanted part, or None if the whole is to be sent."""
    match = re.match(r"bytes=([0-9]{0,19})-([0-9]{0,19})\Z", header)
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match.groups()
    if first and last and int(last) < int(first):
        return None
    if first:
        start, stop = int(first), min(int(last or size), size - 1) + 1
    else:
        start, stop = max(0, size - int(last)), size
    if start >= size:
        raise NotSatisfiable(header)
    return start, stop


def is_known(environ, tag, modified):
    """Tell whether the client has this version."""
    wanted = environ.get("HTTP_IF_NONE_MATCH")
    if wanted is None:
        return environ.get("HTTP_IF_MODIFIED_SINCE") == modified
    return wanted.strip(" \t") == "*" or tag in re.findall(r'"[^"]*"', wanted)


class Part:
    """A body: a part of a file, block by block."""

    def __init__(self, file, start, stop):
        file.seek(start)
        self.file, self.left = file, stop - start

    def __iter__(self):
        while self.left > 0:
            block = self.file.read(min(BLOCK, self.left))
            if not block:
                break  # it has become shorter meanwhile; the server sees that the length was not reached
            self.left -= len(block)
            yield block

    def close(self):
        self.file.close()


def answer(environ, start_response, file, name):
    status = os.fstat(file.fileno())
    tag, modified = f'"{status.st_mtime_ns:x}-{status.st_size:x}"', formatdate(status.st_mtime, usegmt=True)
    headers = [("ETag", tag), ("Last-Modified", modified), ("Accept-Ranges", "bytes"),
               ("Content-Type", TYPES.get(os.path.splitext(name)[1].lower(), "application/octet-stream"))]
    if is_known(environ, tag, modified):
        start_response("304 Not Modified", headers[:2])
        return Part(file, 0, 0)
    part = None
    if environ["REQUEST_METHOD"] == "GET" and environ.get("HTTP_IF_RANGE", tag) == tag:
        part = resolve_range(environ.get("HTTP_RANGE", ""), status.st_size)
    start, stop = part or (0, status.st_size)
    if part:
        headers.append(("Content-Range", f"bytes {start}-{stop - 1}/{status.st_size}"))
    start_response("206 Partial Content" if part else "200 OK", [*headers, ("Content-Length", str(stop - start))])
    return Part(file, start, start if environ["REQUEST_METHOD"] == "HEAD" else stop)


def files(folder):
    """Return a WSGI application for the files below the folder."""
    def application(environ, start_response):
        try:
            name = environ["PATH_INFO"].encode("latin-1").decode()[1:]
            path = safe_path(folder, name)
            if path is None or not os.path.isfile(path):
                raise FileNotFoundError(name)
            file = open(path, "rb")
        except (OSError, ValueError):  # not there, not ours to read, no UTF-8, too long: it is all the same to others
            start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "10")])
            return [b"Not found\n"]
        try:
            return answer(environ, start_response, file, name)
        except NotSatisfiable:
            size = os.fstat(file.fileno()).st_size
            start_response("416 Range Not Satisfiable", [("Content-Range", f"bytes */{size}")])
            return Part(file, 0, 0)
    return application


if __name__ == "__main__":
    request = {"REQUEST_METHOD": "GET", "PATH_INFO": "/" + sys.argv[2], "HTTP_RANGE": "".join(sys.argv[3:])}
    body = files(sys.argv[1])(request, lambda status, headers: print(status, *headers, sep="\n"))
    print(sum(map(len, body)), "bytes of the body")
