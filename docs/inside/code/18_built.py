"""A test client that is a WSGI server, a fuzzer that cuts, a profiler that counts, and a bundler."""

import io
import sys
from http.cookies import SimpleCookie
from urllib.parse import unquote_to_bytes


class Answer:
    """What an application has answered."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body


class Client:
    """Calls an application as a server does, and keeps its cookies as a browser does."""

    def __init__(self, app):
        self.app, self.cookies = app, {}

    def open(self, path, method="GET", body=b"", headers=()):
        """Send a request, and return the answer. What the application raises, the test sees."""
        begun, pieces = [], []

        def start_response(status, fields, exc_info=None):
            if begun and exc_info is None:
                raise AssertionError("start_response was called twice, without exc_info")
            begun[:] = [status, fields]
            return pieces.append

        result = self.app(self.environ(path, method, body, headers), start_response)
        try:
            pieces += result
        finally:
            if hasattr(result, "close"):
                result.close()
        if not begun:
            raise AssertionError("the application never called start_response")
        self.keep(begun[1])
        return Answer(*begun, b"".join(pieces))

    def environ(self, path, method, body, headers):
        path, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query, "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost", "CONTENT_LENGTH": str(len(body)), "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr,
            "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False}
        if self.cookies:
            environ["HTTP_COOKIE"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        for name, value in headers:
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else "HTTP_" + key] = value
        return environ

    def keep(self, fields):
        """Keep the cookies of an answer, and forget those that it takes back."""
        for name, value in fields:
            if name.lower() == "set-cookie":
                for key, cookie in SimpleCookie(value).items():
                    self.cookies[key] = cookie.coded_value
                    if cookie["max-age"] == "0":
                        del self.cookies[key]


def differs(read, data):
    """Return where to cut the data in two so that the reader reads something else; None if nowhere."""
    whole = outcome(read, [data])
    for at in range(len(data) + 1):
        if outcome(read, [data[:at], data[at:]]) != whole:
            return at
    return None


def outcome(read, pieces):
    """Return what a reader returns, or what it raises: an error is an outcome too."""
    try:
        return read(pieces)
    except Exception as error:
        return type(error), str(error)


def calls_of(call):
    """Return a dict of what was called, and how often, while *call* ran."""
    counts = {}

    def count(frame, event, argument):
        if event == "call":
            counts[frame.f_code.co_name] = counts.get(frame.f_code.co_name, 0) + 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        call()
    finally:
        sys.setprofile(before)
    return counts


FINDER = '''
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name in PARTS:
            is_package = any(part.startswith(name + ".") for part in PARTS)
            return importlib.util.spec_from_loader(name, self, is_package=is_package)
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        place = f"{__file__}/{module.__name__}.py"
        exec(compile(PARTS[module.__name__], place, "exec", dont_inherit=True), vars(module))
'''


def bundle(parts, start):
    """Return the text of one file that holds modules, {"book": source, "book.notes": source}, and imports *start*."""
    return "\n".join(["import importlib, importlib.util, sys", f"PARTS = {parts!r}", FINDER,
                      "sys.meta_path.insert(0, Finder())", f"importlib.import_module({start!r})", ""])
