"""Chapter 7, the first try: a request and a response as one writes them in an afternoon."""

import io
from urllib.parse import parse_qsl

NOTES = ["Hello from Ada"]


class MultiDict(dict):
    """The fields of a query."""

    def getlist(self, key):
        return [self[key]]


class Headers(dict):
    """Names and values."""
    pairs = property(dict.items)

    def add(self, name, value):
        self[name] = f"{self[name]}, {value}" if name in self else value

    def getlist(self, name):
        return [self[name]]


class Request:
    """What a client has sent."""
    def __init__(self, environ):
        self.method, self.path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.args = MultiDict(parse_qsl(environ.get("QUERY_STRING", "")))
        self.headers = Headers({key[5:]: value for key, value in environ.items() if key.startswith("HTTP_")})
        self.data = environ["wsgi.input"].read()


class Response:
    """What goes back."""
    def __init__(self, body="", status=200, headers=()):
        self.body, self.status, self.headers = body, status, Headers(headers)

    def set_cookie(self, name, value="", path="/"):
        self.headers.add("Set-Cookie", f"{name}={value}; Path={path}")

    def __call__(self, environ, start_response):
        self.headers["Content-Length"] = str(len(self.body))
        start_response(f"{self.status} OK", list(self.headers.items()))
        return [self.body.encode()]


def redirect(location, status=302):
    return Response("", status, {"Location": location})


def guestbook(environ, start_response):
    return Response("".join(f"<p>{note}</p>\n" for note in NOTES))(environ, start_response)


if __name__ == "__main__":
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "wsgi.input": io.BytesIO()}
    print(b"".join(guestbook(environ, print)).decode())
