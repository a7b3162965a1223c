"""A command line that finds an application, a watcher of files, and a page that explains what went wrong."""

import argparse
import ast
import contextlib
import html
import importlib
import linecache
import os
import re
import sys
import traceback

AGAIN = 3  # the exit status that asks for another start
SECRET = re.compile("pass|secret|token|key", re.I)
LOCAL_HOST = re.compile(r"(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?\Z", re.I)
LOCAL_CLIENT = re.compile(r"(127(\.[0-9]{1,3}){3}|::1)\Z")


def find_app(target, folder):
    """Return what "module", "module:name" or 'module:factory("text", 1)' names; ValueError says what is wrong."""
    sys.path.insert(0, folder)
    module_name, _, text = target.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name != module_name:  # the module is there, and misses another one
            raise
        raise ValueError(f"there is no module {module_name!r} in {folder!r}") from None
    for call in [text] if text else ["app", "application"]:
        name, arguments = parse_call(call)
        if hasattr(module, name):
            return getattr(module, name) if arguments is None else getattr(module, name)(*arguments)
    raise ValueError(f"{module_name!r} has no {name!r}; write {module_name}:NAME")


def parse_call(text):
    """Split 'name' or 'name("text", 1)' into the name and a list of plain values, or None. Nothing is run."""
    with contextlib.suppress(SyntaxError, ValueError):
        node = ast.parse(text, mode="eval").body
        if isinstance(node, ast.Name):
            return node.id, None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            return node.func.id, [ast.literal_eval(value) for value in node.args]
    raise ValueError(f"{text!r} is no name, nor a call with plain values")


class Watcher:
    """Looks at files, and says which have changed since the last look; the first look only takes them in."""

    def __init__(self, paths):
        self.paths, self.stamps = list(paths), {}

    def changed(self):
        return [path for path in self.paths if self.is_new(path) and self.is_sound(path)]

    def is_new(self, path):
        try:
            info = os.stat(path)
        except OSError:  # gone; perhaps an editor is writing it anew
            return False
        before, self.stamps[path] = self.stamps.get(path), (info.st_mtime_ns, info.st_size)
        return before not in (None, self.stamps[path])

    def is_sound(self, path):
        """Tell whether a file could be run, so that a half-written one does not end the program."""
        with open(path, "rb") as file, contextlib.suppress(SyntaxError, ValueError):
            return bool(compile(file.read(), path, "exec", dont_inherit=True))


def supervise(start):
    """Start a program for as long as it asks for it; *start* runs it and returns its exit status."""
    while (status := start()) == AGAIN:
        pass
    return status


def may_see(environ):
    """Tell whether a request comes from the developer: from this machine, to this machine, from no other page."""
    origin = environ.get("HTTP_ORIGIN", "http://localhost").partition("://")[2]
    is_here = LOCAL_CLIENT.match(environ.get("REMOTE_ADDR", "")) and LOCAL_HOST.match(environ.get("HTTP_HOST", ""))
    return bool(is_here and LOCAL_HOST.match(origin)) and not {"HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR"} & set(environ)


def shown(name, value):
    """Return a variable as text: short, whatever its class does, and without what its name says is secret."""
    try:
        text = "..." if SECRET.search(name) else repr(value)
    except Exception as error:
        text = f"({type(error).__name__} in its repr)"
    return f"{name} = {text[:200]}"


def error_page(error):
    """Return an exception as a page. Whatever is shown has passed html.escape."""
    parts = []
    while error is not None:
        parts.append(f"<h1>{html.escape(f'{type(error).__name__}: {error}')}</h1>")
        for frame, line in traceback.walk_tb(error.__traceback__):
            source = linecache.getline(frame.f_code.co_filename, line).strip()
            rows = [shown(name, value) for name, value in frame.f_locals.items()]
            parts.append("<p>{}, line {}, in {}</p><pre>{}\n\n{}</pre>".format(*map(html.escape, (
                frame.f_code.co_filename, str(line), frame.f_code.co_name, source, "\n".join(rows)))))
        error = error.__cause__ or error.__context__
    return "\n".join(parts)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("find", help="print what TARGET names").add_argument("target", metavar="TARGET")
    commands.add_parser("fail", help="print the page of an error")
    options = parser.parse_args()
    try:
        print(find_app(options.target, ".") if options.command == "find" else {}["<b>"])
    except ValueError as error:
        sys.exit(f"Error: {error}")
    except KeyError as error:
        print(error_page(error))
