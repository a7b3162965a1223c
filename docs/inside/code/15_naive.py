"""Chapter 15, the first try: a file is opened by the name that the client has sent, after a look for dots."""

import mimetypes
import os
import sys


class NotSatisfiable(Exception):
    """The part that is wanted lies outside of the file."""


def safe_path(folder, name):
    """Return the path of a name below the folder, or None."""
    path = os.path.abspath(os.path.join(folder, name))
    return path if path.startswith(os.path.abspath(folder)) else None


def resolve_range(header, size):
    """Return (start, stop) of the wanted part, or None if the whole is to be sent."""
    if not header:
        return None
    first, last = header.partition("=")[2].split("-")
    return int(first), int(last or size - 1) + 1


def files(folder):
    """Return a WSGI application for the files below the folder."""
    def application(environ, start_response):
        name = environ["PATH_INFO"].lstrip("/")
        path = safe_path(folder, name)
        if path is None or not os.path.exists(path):
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"Not found\n"]
        with open(path, "rb") as file:
            data = file.read()
        part = resolve_range(environ.get("HTTP_RANGE", ""), len(data))
        headers = [("Content-Type", mimetypes.guess_type(name)[0] or "application/octet-stream")]
        if part:
            headers.append(("Content-Range", f"bytes {part[0]}-{part[1] - 1}/{len(data)}"))
            data = data[part[0]:part[1]]
        start_response("206 Partial Content" if part else "200 OK", [*headers, ("Content-Length", str(len(data)))])
        return [data]
    return application


if __name__ == "__main__":
    request = {"REQUEST_METHOD": "GET", "PATH_INFO": "/" + sys.argv[2], "HTTP_RANGE": "".join(sys.argv[3:])}
    body = files(sys.argv[1])(request, lambda status, headers: print(status, *headers, sep="\n"))
    print(sum(map(len, body)), "bytes of the body")
