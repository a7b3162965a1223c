"""Chapter 10: the application object: it collects functions, and calls them in one order for each request."""

import html
import sys
import traceback
from http import HTTPStatus
from types import SimpleNamespace
from urllib.parse import parse_qs


class HTTPError(Exception):  # raise it to answer with a status
    def __init__(self, code, headers=()):
        self.code, self.headers = code, headers


def collector(name):  # makes a method that is a decorator: it appends the function to a list
    def collect(self, function):
        getattr(self, name).append(function)
        return function
    return collect


class App:
    """A WSGI application that is told what to do by decorators."""
    before_request, after_request, teardown_request = map(collector, ("befores", "afters", "teardowns"))

    def __init__(self):
        self.views, self.handlers, self.befores, self.afters, self.teardowns = {}, {}, [], [], []

    def route(self, path, methods=("GET",)):
        def register(view):
            self.views.setdefault(path, {}).update(dict.fromkeys(methods, view))
            return view
        return register

    def errorhandler(self, code_or_class):  # update returns None
        return lambda function: self.handlers.update({code_or_class: function}) or function

    def __call__(self, environ, start_response):
        request = SimpleNamespace(environ=environ, method=environ["REQUEST_METHOD"], path=environ["PATH_INFO"])
        error = None
        try:
            response = self.full_dispatch(request)
        except Exception as raised:
            error, response = raised, self.handle_exception(request)
        finally:
            self.tear_down(request, error or sys.exc_info()[1])
        start_response(f"{response.status} {HTTPStatus(response.status).phrase}", response.headers)
        return [response.body.encode()]

    def full_dispatch(self, request):
        try:
            answers = (function(request) for function in [*self.befores, self.dispatch])
            value = next((answer for answer in answers if answer is not None), None)
        except Exception as error:
            value = self.handle_user_exception(request, error)
        return self.finalize(request, value)

    def dispatch(self, request):
        views = self.views.get(request.path, {})
        view = views.get("GET" if request.method == "HEAD" else request.method)
        if view is None:
            raise HTTPError(405, [("Allow", ", ".join(views))]) if views else HTTPError(404)
        return view(request)

    def handle_user_exception(self, request, error):
        for key in (getattr(error, "code", None), *type(error).__mro__):
            if key in self.handlers:
                return self.handlers[key](request, error)
        if isinstance(error, HTTPError):
            return HTTPStatus(error.code).phrase, error.code, error.headers
        raise error

    def handle_exception(self, request):
        traceback.print_exc(file=request.environ["wsgi.errors"])
        try:
            return self.finalize(request, self.handle_user_exception(request, HTTPError(500)))
        except Exception:
            traceback.print_exc(file=request.environ["wsgi.errors"])
            return self.make_response(request, ("Sorry", 500))

    def finalize(self, request, value):
        response = self.make_response(request, value)
        for function in reversed(self.afters):
            response = function(request, response)
        return response

    def make_response(self, request, value):
        value = value if isinstance(value, tuple) else (value, 200)
        value = (*value, ()) if len(value) == 2 else value
        if len(value) != 3 or not isinstance(value[0], str):
            raise TypeError(f"the answer to {request.method} {request.path} is no text, or (text, status): {value!r}")
        return SimpleNamespace(body=value[0], status=value[1], headers=[("Content-Type", "text/html"), *value[2]])

    def tear_down(self, request, error):
        for function in reversed(self.teardowns):
            try:
                function(request, error)
            except Exception:
                traceback.print_exc(file=request.environ["wsgi.errors"])


app, NOTES = App(), ["Hello from Ada"]


@app.route("/")
def show(request):
    return "".join(f"<p>{html.escape(note)}</p>\n" for note in NOTES)


@app.route("/notes", methods=["POST"])
def add(request):
    body = request.environ["wsgi.input"].read(int(request.environ["CONTENT_LENGTH"]))
    NOTES.append(parse_qs(body.decode())["note"][0])
    return "", 303, [("Location", "/")]


if __name__ == "__main__":
    print(b"".join(app({"REQUEST_METHOD": "GET", "PATH_INFO": "/", "wsgi.errors": sys.stderr}, print)).decode())
