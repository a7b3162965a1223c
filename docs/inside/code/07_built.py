"""Chapter 7: what an application wants to see of WSGI: a request that is read when asked, and a response object."""

import html
import re
from http import HTTPStatus
from urllib.parse import parse_qsl, quote

NOTES = ["Hello from Ada"]
TOKEN, TEXT = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z"), re.compile(r"[\t\x20-\x7e\xa0-\xff]*\Z")


class MultiDict:
    """Keys with several values each; one that does not care sees the first."""
    def __init__(self, pairs=()):
        self.lists = {}
        for key, value in pairs:
            self.lists.setdefault(key, []).append(value)

    def __getitem__(self, key):
        return self.lists[key][0]

    def getlist(self, key):
        return list(self.lists.get(key, ()))


class Headers:
    """Pairs in their order; names are the same in any case, and what could end a line does not come in."""
    def __init__(self, pairs=()):
        self.pairs = []
        for name, value in pairs:
            self.add(name, value)

    def add(self, name, value):
        if not TOKEN.match(name) or not TEXT.match(value):
            raise ValueError(f"{name!r}: {value!r} cannot be sent as a header")
        self.pairs.append((name, value))

    def getlist(self, name):
        return [value for key, value in self.pairs if key.lower() == name.lower()]

    def get(self, name, default=None):
        return (self.getlist(name) or [default])[0]

    def __setitem__(self, name, value):
        self.add(name, value)
        self.pairs[:-1] = [pair for pair in self.pairs[:-1] if pair[0].lower() != name.lower()]


class cached:
    """An attribute that is worked out when it is first asked for, and then stays."""
    def __init__(self, function):
        self.function, self.name = function, function.__name__

    def __get__(self, obj, owner=None):
        return obj.__dict__.setdefault(self.name, self.function(obj))


class Request:
    """The environ, in the words of an application. Making one costs nothing."""
    def __init__(self, environ):
        self.environ, self.method = environ, environ["REQUEST_METHOD"]

    @cached
    def path(self):
        return self.environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace") or "/"

    @cached
    def args(self):
        return MultiDict(parse_qsl(self.environ.get("QUERY_STRING", ""), keep_blank_values=True))

    @cached
    def headers(self):
        keys = [key for key in self.environ if key[:5] == "HTTP_" or key in ("CONTENT_TYPE", "CONTENT_LENGTH")]
        return Headers((re.sub("^HTTP_", "", key).replace("_", "-").title(), self.environ[key]) for key in keys)

    @cached
    def data(self):
        length = self.environ.get("CONTENT_LENGTH") or "0"
        return self.environ["wsgi.input"].read(int(length) if re.fullmatch("[0-9]{1,15}", length) else 0)


class Response:
    """A body, a status and headers, which can be changed until it is sent; a WSGI application itself."""
    def __init__(self, body="", status=200, headers=()):
        self.body, self.status = body, status
        self.headers = Headers([("Content-Type", "text/html; charset=utf-8"), *headers])

    def set_cookie(self, name, value="", path="/"):
        if not TOKEN.match(name):
            raise ValueError(f"{name!r} cannot be the name of a cookie")
        self.headers.add("Set-Cookie", f"{name}={quote(value, safe='')}; Path={quote(path, safe='/%')}; HttpOnly")

    def __call__(self, environ, start_response):
        pieces, headers = self.body, Headers(self.headers.pairs)
        if isinstance(pieces, str):
            pieces = [pieces.encode()]
            headers["Content-Length"] = str(len(pieces[0]))
        start_response(f"{self.status} {HTTPStatus(self.status).phrase}", headers.pairs)
        return pieces


def redirect(location, status=302):
    return Response("", status, [("Location", "".join(c if c.isascii() else quote(c) for c in location))])


def application(view):
    return lambda environ, start_response: view(Request(environ))(environ, start_response)


@application
def guestbook(request):
    if (request.method, request.path) == ("POST", "/notes"):
        NOTES.append(MultiDict(parse_qsl(request.data.decode()))["note"])
        return redirect("/", 303)
    page = "".join(f"<p>{html.escape(note)}</p>\n" for note in NOTES)
    return Response(page) if request.path == "/" else Response("Not found\n", 404)


if __name__ == "__main__":
    print(b"".join(guestbook({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, print)).decode())
