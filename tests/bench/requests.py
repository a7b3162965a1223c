"""The requests: what gunicorn would make of those of a browser, as WSGI environs."""

from __future__ import annotations

import io
import random
import sys
import time
from wsgiref.util import FileWrapper

BROWSER = {
    "HTTP_HOST": "bench.example:8000",
    "HTTP_CONNECTION": "keep-alive",
    "HTTP_CACHE_CONTROL": "max-age=0",
    "HTTP_UPGRADE_INSECURE_REQUESTS": "1",
    "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
                       "Chrome/126.0.0.0 Safari/537.36",
    "HTTP_ACCEPT": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "HTTP_SEC_FETCH_SITE": "none",
    "HTTP_SEC_FETCH_MODE": "navigate",
    "HTTP_SEC_FETCH_DEST": "document",
    "HTTP_ACCEPT_ENCODING": "gzip, deflate, br, zstd",
    "HTTP_ACCEPT_LANGUAGE": "en-GB,en;q=0.9,de;q=0.8",
}
SERVER = {
    "wsgi.errors": sys.stderr,
    "wsgi.version": (1, 0),
    "wsgi.multithread": False,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
    "wsgi.file_wrapper": FileWrapper,
    "wsgi.input_terminated": True,
    "wsgi.url_scheme": "http",
    "SERVER_SOFTWARE": "gunicorn/23.0.0",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "8000",
    "REMOTE_ADDR": "127.0.0.1",
    "REMOTE_PORT": "51234",
    "SCRIPT_NAME": "",
}
FIELDS = [(f"field_{number}", f"value {number} & more é") for number in range(20)]
FORM = "&".join(f"{name}={value.replace(' ', '+').replace('&', '%26').replace('é', '%C3%A9')}"
                for name, value in FIELDS).encode()
BOUNDARY = "----WebKitFormBoundaryQ7mGxk0Xw3Zb1L9c"


def environ(path="/", query="", method="GET", body=None, content_type=None, **headers):
    """Return the environ of a request; the body stands in it as bytes until the request is made."""
    made = {**SERVER, **BROWSER, "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query,
            "RAW_URI": f"{path}?{query}" if query else path, "wsgi.input": body or b"", **headers}
    if body is not None:
        made.update(CONTENT_TYPE=content_type, CONTENT_LENGTH=str(len(body)))
    return made


def fresh(made):
    """Return a copy of an environ for one request, with a stream for its body."""
    return {**made, "wsgi.input": io.BytesIO(made["wsgi.input"])}


def multipart(size):
    """Return the environ of an upload: five fields and a file of so many bytes."""
    content = random.Random(1).randbytes(size)  # as pictures and archives look
    fields = b"".join(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
                      for name, value in FIELDS[:5])
    head = (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="data.bin"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n").encode()
    return environ("/upload", method="POST", content_type=f"multipart/form-data; boundary={BOUNDARY}",
                   body=fields + head + content + f"\r\n--{BOUNDARY}--\r\n".encode())


class Page:
    """A workload: one request to an application, made anew each time.

    :param before: the environ of a request made once, whose cookies and validators the timed ones carry.
    """

    def __init__(self, app, made=None, before=None):
        self.app, self.environ = app, made or environ()
        if before is not None:
            headers = {name.lower(): value for name, value in self.ask(before)[1]}
            for name, key in (("set-cookie", "HTTP_COOKIE"), ("etag", "HTTP_IF_NONE_MATCH"),
                              ("last-modified", "HTTP_IF_MODIFIED_SINCE")):
                if name in headers:
                    self.environ[key] = headers[name].partition(";")[0] if name == "set-cookie" else headers[name]

    def ask(self, made):
        """Return status, headers and body of the answer to a request."""
        answer = []
        body = self.app(fresh(made), lambda status, headers, exc_info=None: answer.extend((status, headers)))
        try:
            return (*answer, b"".join(body))
        finally:
            getattr(body, "close", int)()

    def once(self):
        """Return the answer, to be checked."""
        return self.ask(self.environ)

    def spent(self, number):
        """Return the seconds that so many requests take.

        The environs are made beforehand, a few at a time: as those of a
        server they are still in the cache of the processor when they are used.
        """
        app, total = self.app, 0.0

        def start_response(status, headers, exc_info=None):
            pass

        for first in range(0, number, 32):
            environs = [fresh(self.environ) for _ in range(min(32, number - first))]
            start = time.process_time()
            for made in environs:
                body = app(made, start_response)
                for _ in body:
                    pass
                if hasattr(body, "close"):
                    body.close()
            total += time.process_time() - start
        return total


class Call:
    """A workload without a request: a function called again and again."""

    def __init__(self, function):
        self.once = function

    def spent(self, number):
        """Return the seconds that so many calls take."""
        function = self.once
        start = time.process_time()
        for _ in range(number):
            function()
        return time.process_time() - start
