"""The cases of chapter 17: finding an application, watching its files, explaining its errors."""

from __future__ import annotations

import os
import sys

from .cases import Chapter, Wrong, expect, expect_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CHAPTER = Chapter(17, "The command line, the reloader, the error page", wants={
    "find_app": "find_app(target, folder) -> what 'module', 'module:name' or 'module:call(\"text\")' names; ValueError",
    "Watcher": "Watcher(paths), with changed() -> the files that have changed since the last look, and can be compiled",
    "supervise": "supervise(start) -> the exit status; starts again while that is 3",
    "may_see": "may_see(environ) -> whether a request comes from the developer",
    "error_page": "error_page(error) -> an exception as HTML",
})

MODULE = """
app = "the app"
other = "another"
def create_app(name="", number=0):
    return f"made with {name!r} and {number}"
"""
LITERALS = "Let ast.parse split the text, and ast.literal_eval read each argument: it takes plain values, runs nothing."
STAMP = "Compare the time in nanoseconds and the size. What was not seen before, or is gone, is no change."
PASSES = "Let everything that gets into the page pass html.escape, at one place."
HERE = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost:5000"}


class folder:
    """A folder with files, for as long as the block runs; modules that were loaded from it are forgotten."""

    def __init__(self, **files: str) -> None:
        self.files = files

    def __enter__(self) -> str:
        import tempfile

        self.holder = tempfile.TemporaryDirectory()
        self.before = list(sys.path), set(sys.modules)
        sys.dont_write_bytecode = True
        for name, text in self.files.items():
            write(os.path.join(self.holder.name, f"{name}.py"), text)
        return self.holder.name

    def __exit__(self, *exc_info: object) -> None:
        sys.path[:] = self.before[0]
        for name in set(sys.modules) - self.before[1]:
            del sys.modules[name]
        self.holder.cleanup()


def write(path: str, text: str, time: int = 1_000_000_000) -> None:
    """Write a file, and set when it was changed, in seconds."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.utime(path, (time, time))


@CHAPTER.case("17.a", "an application is found by module and name", hint="importlib.import_module, then getattr.")
def by_name(code: Any) -> None:
    with folder(book=MODULE, old="application = 'the old one'\n") as root:
        seen = [code.find_app(target, root) for target in ("book:other", "book", "old")]
        expect(seen, ["another", "the app", "the old one"], "book:other, book and old")


@CHAPTER.case("17.b", "a factory is called with plain values", hint=LITERALS)
def factory(code: Any) -> None:
    with folder(book=MODULE) as root:
        expect(code.find_app('book:create_app("a b", 3)', root), "made with 'a b' and 3")


@CHAPTER.case("17.c", "nothing else in a target is run", hint=LITERALS)
def no_code(code: Any) -> None:
    with folder(book=MODULE) as root:
        for name in ("create_app(len([1]))", "__import__('os').getcwd()", "app.upper", "create_app().upper()",
                     "[app]", "app;other", "app or other", "lambda: app", "(yield)"):
            expect_error(ValueError, code.find_app, f"book:{name}", root)


@CHAPTER.case("17.d", "what is not there is told with its name", hint="Catch ModuleNotFoundError, and look whether its"
              " `name` is the module that was asked for.")
def not_there(code: Any) -> None:
    with folder(book=MODULE, broken="import a_module_that_is_missing\n", bare="x = 1\n") as root:
        for target, word in (("nobody", "nobody"), ("book:nothing", "nothing"), ("bare", "app")):
            try:
                code.find_app(target, root)
            except ValueError as error:
                if word not in str(error):
                    raise Wrong(f"for {target!r} the message is {str(error)!r}") from None
            else:
                raise Wrong(f"{target!r} was found")
        expect_error(ModuleNotFoundError, code.find_app, "broken", root)


@CHAPTER.case("17.e", "a change is seen once, and the first look sees none", hint=STAMP)
def change(code: Any) -> None:
    with folder(one="a = 1\n", two="b = 1\n") as root:
        paths = [os.path.join(root, name) for name in ("one.py", "two.py")]
        watcher = code.Watcher(paths)
        seen = [watcher.changed()]
        write(paths[1], "b = 2\n", 1_000_000_001)
        seen += [watcher.changed(), watcher.changed()]
        expect(seen, [[], [paths[1]], []], "three looks")


@CHAPTER.case("17.f", "a change within the same tick of the clock is seen by its size", hint=STAMP)
def same_time(code: Any) -> None:
    with folder(one="a = 1\n") as root:
        path = os.path.join(root, "one.py")
        watcher = code.Watcher([path])
        watcher.changed()
        write(path, "a = 12\n")
        expect(watcher.changed(), [path])


@CHAPTER.case("17.g", "a file that is gone for a moment is no change", hint=STAMP)
def gone(code: Any) -> None:
    with folder(one="a = 1\n") as root:
        path = os.path.join(root, "one.py")
        watcher = code.Watcher([path])
        watcher.changed()
        os.remove(path)
        seen = [watcher.changed()]
        write(path, "a = 1\n")
        seen.append(watcher.changed())
        write(path, "a = 2\n", 1_000_000_002)
        expect([*seen, watcher.changed()], [[], [], [path]], "gone, back, changed")


@CHAPTER.case("17.h", "a file that cannot be compiled is waited for",
              hint="compile() it before you say that it changed; mended, it has changed once more.")
def broken(code: Any) -> None:
    with folder(one="a = 1\n") as root:
        path = os.path.join(root, "one.py")
        watcher = code.Watcher([path])
        watcher.changed()
        write(path, "a = (\n", 1_000_000_003)
        seen = [watcher.changed()]
        write(path, "a = (2)\n", 1_000_000_004)
        expect([*seen, watcher.changed()], [[], [path]], "broken, mended")


@CHAPTER.case("17.i", "status 3 asks for another start, and any other ends it", hint="A loop around start().")
def again(code: Any) -> None:
    statuses = [3, 3, 0, 7]
    expect((code.supervise(lambda: statuses.pop(0)), statuses), (0, [7]))


@CHAPTER.case("17.j", "the page is for this machine, asked by its own name", hint="Look at REMOTE_ADDR *and* HTTP_HOST:"
              " another site can make its name mean 127.0.0.1.")
def this_machine(code: Any) -> None:
    for host in ("localhost", "localhost:5000", "127.0.0.1:5000", "[::1]:5000"):
        expect(code.may_see({**HERE, "HTTP_HOST": host}), True, host)
    for host in ("evil.example:5000", "localhost.evil.example", "127.0.0.1.evil.example", "localhost:5000\n", ""):
        expect(code.may_see({**HERE, "HTTP_HOST": host}), False, repr(host))
    for client in ("10.0.0.1", "1127.0.0.1", "127.0.0.1.9", ""):
        expect(code.may_see({**HERE, "REMOTE_ADDR": client}), False, repr(client))


@CHAPTER.case("17.k", "and for no other page, and nobody behind a proxy", hint="HTTP_ORIGIN says which page asks;"
              " HTTP_X_FORWARDED_FOR says that a proxy stands between.")
def no_other_page(code: Any) -> None:
    expect(code.may_see({**HERE, "HTTP_ORIGIN": "http://localhost:5000"}), True)
    for name, value in (("HTTP_ORIGIN", "http://evil.example"), ("HTTP_ORIGIN", "null"),
                        ("HTTP_X_FORWARDED_FOR", "1.2.3.4"), ("HTTP_FORWARDED", "for=1.2.3.4")):
        expect(code.may_see({**HERE, name: value}), False, name)


class Sullen:
    """A value whose representation fails."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


FAILING = """\
def serve(sullen):
    markup, password, empty = "<b id='x'>&", "correct horse", {}
    try:
        empty[markup]
    except KeyError as error:
        raise ValueError(f"cannot <i>serve</i> this: {len(password)}") from error
"""


def failed() -> Exception:
    """Return an exception with all that is hard to show, of a file whose lines are known, whatever this one lies in."""
    import linecache

    names: dict[str, Any] = {}
    linecache.cache["orders.py"] = len(FAILING), None, FAILING.splitlines(True), "orders.py"
    exec(compile(FAILING, "orders.py", "exec"), names)
    try:
        names["serve"](Sullen())
    except ValueError as error:
        return error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
    raise AssertionError


def page_of(code: Any) -> str:
    return str(code.error_page(failed()))


@CHAPTER.case("17.l", "nothing in the page is markup that came from outside", hint=PASSES)
def escaped(code: Any) -> None:
    page = page_of(code)
    for text in ("<b id", "<i>", "&>"):
        if text in page:
            raise Wrong(f"{text!r} stands in the page")
    if "&lt;i&gt;serve" not in page:
        raise Wrong("the message is not in the page at all")


@CHAPTER.case("17.m", "file, line, function, source and cause are told", hint="traceback.walk_tb and"
              " linecache.getline; then the same for error.__cause__.")
def told(code: Any) -> None:
    page, error = page_of(code), failed()
    line = error.__traceback__.tb_lineno if error.__traceback__ else 0
    for text in ("ValueError", "KeyError", "orders.py", str(line), "serve", "raise ValueError("):
        if text not in page:
            raise Wrong(f"{text!r} is missing")


@CHAPTER.case("17.n", "values whose names say that they are secret are left out", hint="Look at the name of a variable,"
              " not at its value.")
def secrets(code: Any) -> None:
    page = page_of(code)
    if "markup" not in page or "horse" in page:
        raise Wrong("the variables are not shown" if "markup" not in page else "the password is shown")


@CHAPTER.case("17.o", "a value that cannot be shown does not break the page", hint="try: repr(value), and say what"
              " was raised.")
def sullen_values(code: Any) -> None:
    def fail(value: object) -> None:
        raise ValueError(type(value).__name__)

    try:
        fail(Sullen())
    except ValueError as error:
        if "Sullen" not in str(code.error_page(error)):
            raise Wrong("the page does not show the error") from None
