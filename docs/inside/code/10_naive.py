"""Chapter 10, the first try: an application with hooks, where each of them was put in as it was needed."""

import html
import sys
from types import SimpleNamespace


class HTTPError(Exception):
    pass


class App:
    """Routes, hooks and error handlers."""
    def __init__(self):
        self.views, self.befores, self.afters, self.teardowns, self.handlers = {}, [], [], [], []

    def route(self, path, methods=("GET",)):
        return lambda view: self.views.update({path: view})

    def before_request(self, function):
        self.befores.append(function)

    def after_request(self, function):
        self.afters.append(function)

    def teardown_request(self, function):
        self.teardowns.append(function)

    def errorhandler(self, kind):
        return lambda function: self.handlers.append((kind, function))

    def __call__(self, environ, start_response):
        request = SimpleNamespace(environ=environ, method=environ["REQUEST_METHOD"], path=environ["PATH_INFO"])
        body = ""
        try:
            for function in self.befores:
                function(request)
            body = self.views[request.path](request)
            for function in self.afters:
                function(request, body)
        except Exception as error:
            for kind, function in self.handlers:
                if isinstance(kind, type) and isinstance(error, kind):
                    body = function(request, error)
        for function in self.teardowns:
            function(request, None)
        start_response("200 OK", [("Content-Type", "text/html")])
        return [body.encode()]


app, NOTES = App(), ["Hello from Ada"]


@app.route("/")
def show(request):
    return "".join(f"<p>{html.escape(note)}</p>\n" for note in NOTES)


if __name__ == "__main__":
    print(b"".join(app({"REQUEST_METHOD": "GET", "PATH_INFO": "/", "wsgi.errors": sys.stderr}, print)).decode())
