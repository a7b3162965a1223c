"""A command line, a reloader and an error page, each in the shortest way. Run it: all three can be turned around."""

import os
import sys
import traceback


def find_app(target, folder):
    """Return the application that a text such as "guestbook:app" names."""
    sys.path.insert(0, folder)
    module, _, name = target.partition(":")
    return eval(name or "app", vars(__import__(module)))


class Watcher:
    """Say which files have changed since the last look."""

    def __init__(self, paths):
        self.paths, self.times = paths, {}

    def changed(self):
        found = [path for path in self.paths if os.path.getmtime(path) != self.times.get(path)]
        self.times = {path: os.path.getmtime(path) for path in self.paths}
        return found


def supervise(start):
    """Start the program again whenever it ends."""
    while True:
        start()


def may_see(environ):
    """Tell whether a client is the developer."""
    return environ["REMOTE_ADDR"] == "127.0.0.1"


def error_page(error):
    """Return an exception as a page."""
    lines = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return f"<h1>{error}</h1><pre>{lines}</pre>"


if __name__ == "__main__":
    print(find_app("os:getcwd.__name__ + ' was called'", "."))
    try:
        {}["<script>alert(1)</script>"]
    except KeyError as error:
        print(error_page(error).partition("</h1>")[0])
    # A page of another site, in the developer's browser, whose name has been made to mean this machine.
    print(may_see({"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "evil.example:5000", "HTTP_ORIGIN": "http://evil.example"}))
