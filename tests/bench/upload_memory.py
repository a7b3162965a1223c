"""Prove that memory stays flat however large an upload is.

    python -m tests.bench.upload_memory [--gib 2] [--limit 40]

A request whose body is made while it is read goes through an application of minflask: once as a
form with a file (which is written to a temporary file, so there must be room for it), once as a
plain body that the view reads in pieces. The peak memory of this process is printed in MiB; the
exit status is 1 if it passes the limit.
"""

from __future__ import annotations

import argparse
import resource
import sys

from minflask import Flask, request

BOUNDARY = "----WebKitFormBoundaryQ7mGxk0Xw3Zb1L9c"
HEAD = (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="title"\r\n\r\nbig\r\n'
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="big.bin"\r\n\r\n').encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()
BLOCK = bytes(range(256)) * 4096

app = Flask(__name__)


class Endless:
    """A body of head, so many bytes, and tail; nothing of it exists before it is read."""

    def __init__(self, size, head=b"", tail=b""):
        self.parts = [head, size, tail]

    def read(self, size=-1):
        while self.parts:
            part = self.parts[0]
            if isinstance(part, int):
                taken = min(part, size, len(BLOCK))
                self.parts[0] -= taken
                data = BLOCK[:taken]
            else:
                data, self.parts[0] = part[:size], part[size:]
            if data:
                return data
            del self.parts[0]
        return b""


@app.route("/form", methods=["POST"])
def form():
    return f"{request.form['title']} {request.files['file'].seek(0, 2)}"


@app.route("/stream", methods=["POST"])
def stream():
    return f"big {sum(map(len, iter(lambda: request.stream.read(1 << 18), b'')))}"


def post(path, body, length, content_type):
    """Send a body and return the answer's text."""
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "", "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr, "wsgi.input": body,
        "CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(length),
    }
    answer = app(environ, lambda status, headers, exc_info=None: print(f"POST {path}: {status}"))
    text = b"".join(answer).decode()
    getattr(answer, "close", lambda: None)()
    return text


def main():
    cli = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    cli.add_argument("--gib", type=float, default=2)
    cli.add_argument("--limit", type=float, default=40)
    options = cli.parse_args()
    size = int(options.gib * 2**30)
    length, content_type = len(HEAD) + size + len(TAIL), f"multipart/form-data; boundary={BOUNDARY}"
    texts = [
        post("/stream", Endless(size), size, "application/octet-stream"),
        post("/form", Endless(size, HEAD, TAIL), length, content_type),
    ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    print(f"{options.gib} GiB twice: {texts}, peak memory {peak:.1f} MiB (limit {options.limit:g})")
    return int(peak > options.limit or texts != [f"big {size}"] * 2)


if __name__ == "__main__":
    sys.exit(main())
