"""The cases of chapter 10: what is called for a request, in which order, and what becomes of errors."""

from __future__ import annotations

import io
from functools import partial

from .cases import Chapter, Wrong, expect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CHAPTER = Chapter(10, "The application and the life of a request", wants={
    "App": "App(), a WSGI application, with the decorators route(path, methods=('GET',)), before_request,"
           " after_request, teardown_request and errorhandler(code_or_class)",
    "HTTPError": "HTTPError(code), an exception: raise it to answer with that status",
})


class Fault(Exception):
    """An error of a view."""


class Narrow(Fault):
    """A special one."""


class Life:
    """An application of the reader's that notes what is called; `raising` names what raises, and what."""

    def __init__(self, code: Any, raising: Any = (), hooks: str = "ab") -> None:
        self.app, self.raising = code.App(), dict(raising)
        for letter in hooks:
            self.app.before_request(self._hook(f"before {letter}"))
            self.app.after_request(self._hook(f"after {letter}"))
            self.app.teardown_request(self._hook(f"teardown {letter}"))
        self.app.route("/")(lambda request: self._note("view", "page"))
        self.app.route("/notes", methods=["POST"])(lambda request: self._note("added", ("added", 201)))
        self.calls: list[str] = []
        self.errors: list[Any] = []

    def _note(self, name: str, value: Any = None) -> Any:
        self.calls.append(name)
        if name in self.raising:
            raise self.raising[name]
        return value

    def _hook(self, name: str) -> Any:
        def hook(request: Any, given: Any = None) -> Any:
            if name[:8] == "teardown":
                self.errors.append(given)
            self._note(name)
            return given if name[:5] == "after" else None
        return hook

    def ask(self, method: str = "GET", path: str = "/") -> tuple[str, str]:
        """Return status and body."""
        status, _, body = self.answer(method, path)
        return status, body

    def answer(self, method: str = "GET", path: str = "/") -> tuple[str, dict[str, str], str]:
        """Return status, fields and body; what was called is in `calls`, what was logged in `log`."""
        self.calls.clear()
        self.errors.clear()
        self.log, seen = io.StringIO(), []
        environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "wsgi.errors": self.log, "wsgi.input": io.BytesIO()}
        body = b"".join(self.app(environ, lambda status, fields: seen.append((status[:3], dict(fields)))))
        if len(seen) != 1:
            raise Wrong(f"start_response was called {len(seen)} times")
        return (*seen[0], body.decode())


AFTER = ["after b", "after a", "teardown b", "teardown a"]
ALL = ["before a", "before b", "view", *AFTER]
ENDS = "teardown in a finally, each function in a try of its own"
LAST = "one try around everything: log, then answer 500"

# id, claim, hint, what raises what, method, path -> status and calls
WAYS: Any = (
    ("10.a", "before in order, the view, after and teardown in reverse", "reversed(...)", {}, "GET", "/", "200", ALL),
    ("10.b", "HEAD calls the view of GET", "look it up as GET", {}, "HEAD", "/", "200", ALL),
    ("10.c", "methods that a route names are its own", "keep the method with the path", {}, "POST", "/notes", "201",
     [call.replace("view", "added") for call in ALL]),
    ("10.d", "no such path is a 404, and the hooks see it", "dispatch after the hooks, and raise there", {}, "GET",
     "/none", "404", [call for call in ALL if call != "view"]),
    ("L24", "a view that raises is a 500, and all the rest is still called", LAST, {"view": Fault("secret")},
     "GET", "/", "500", ALL),
    ("10.e", "a before hook that raises ends the way to the view", "the same try as the view's", {"before a": Fault()},
     "GET", "/", "500", ["before a", *AFTER]),
    ("L29", "a teardown that raises stops neither the others nor the answer", ENDS, {"teardown b": Fault()}, "GET", "/",
     "200", ALL),
    ("10.f", "an after hook that raises is a 500, not a loop", LAST, {"after a": Fault()}, "GET", "/", "500",
     [*ALL[:5], "after b", "after a", *AFTER[2:]]),
)


def _add_way(id: str, claim: str, hint: str, raising: Any, method: str, path: str, status: str, calls: Any) -> None:
    @CHAPTER.case(id, claim, hint=hint)
    def goes(code: Any) -> None:
        life = Life(code, raising)
        seen, body = life.ask(method, path)
        expect((seen, life.calls), (status, calls), "status and calls")
        expect("secret" in body, False, "the error's text in the answer")
        life.raising.clear()
        expect(life.ask()[0], "200", "the next request")


for row in WAYS:
    _add_way(*row)


@CHAPTER.case("10.g", "a before hook that returns a value has answered", hint="the first that is not None ends it")
def early(code: Any) -> None:
    life = Life(code)
    life.app.before_request(lambda request: ("wait", 503))
    expect((life.ask(), life.calls), (("503", "wait"), ["before a", "before b", *AFTER]))


@CHAPTER.case("X97", "another method on a known path is a 405, with Allow", hint="the path is there, the method is not")
def unknown_method(code: Any) -> None:
    status, fields, _ = Life(code).answer("GET", "/notes")
    expect((status, fields.get("Allow")), ("405", "POST"))


@CHAPTER.case("10.h", "a handler answers in place of the view; after hooks run, teardown hears of no error",
              hint="only what nothing has handled is an error for teardown")
def handled(code: Any) -> None:
    life = Life(code, {"view": Fault()})
    life.app.errorhandler(Fault)(lambda request, error: ("handled", 400))
    expect((life.ask(), life.calls, life.errors), (("400", "handled"), ALL, [None, None]))


@CHAPTER.case("10.i", "teardown hears of an error that nothing handled", hint="keep the exception for the finally")
def told(code: Any) -> None:
    fault = Fault()
    life = Life(code, {"view": fault})
    life.ask()
    expect([error is fault for error in life.errors], [True, True])


@CHAPTER.case("10.j", "the handler of the nearest class wins, whatever came first", hint="walk type(error).__mro__")
def nearest(code: Any) -> None:
    for order in ((Exception, Fault, Narrow), (Narrow, Fault, Exception)):
        life = Life(code, {"view": Narrow()})
        for kind in order:
            life.app.errorhandler(kind)(lambda request, error, name=kind.__name__: (name, 400))
        expect(life.ask()[1], "Narrow")


@CHAPTER.case("10.k", "a code has a handler, too, and it is asked before the classes", hint="the code is the first key")
def by_code(code: Any) -> None:
    life = Life(code)
    life.app.errorhandler(code.HTTPError)(lambda request, error: ("some", error.code))
    life.app.errorhandler(404)(lambda request, error: ("lost", 404))
    expect([life.ask("GET", "/none"), life.ask("GET", "/notes")], [("404", "lost"), ("405", "some")])


@CHAPTER.case("10.l", "a handler for 500 answers what nothing has handled", hint="HTTPError(500) through the search")
def by_500(code: Any) -> None:
    life = Life(code, {"view": Fault()})
    life.app.errorhandler(500)(lambda request, error: ("sorry", 500))
    expect((life.ask(), "Fault" in life.log.getvalue()), (("500", "sorry"), True), "answer, and whether it was logged")


@CHAPTER.case("10.m", "a handler that raises is a plain 500", hint=LAST)
def failing(code: Any) -> None:
    life = Life(code, {"view": Fault()})
    for key in (Fault, 500):
        life.app.errorhandler(key)(lambda request, error: 1 // 0)
    expect((life.ask()[0], life.calls[-2:]), ("500", AFTER[2:]))


def _return(value: Any, request: Any) -> Any:
    return value


@CHAPTER.case("L25", "a view that returns nothing, or a wrong tuple, is a 500, and the log names the path",
              hint="check the value where it becomes a response, and raise TypeError with method and path")
def no_answer(code: Any) -> None:
    values: Any = (None, (), ("a", 200, [], "b"), 7, ("a",), (None, 200))
    for value in values:
        life = Life(code)
        life.app.route("/odd")(partial(_return, value))
        expect((life.ask("GET", "/odd")[0], "/odd" in life.log.getvalue()), ("500", True), f"for {value!r}")


@CHAPTER.case("10.n", "KeyboardInterrupt is not answered, and teardown is called all the same", hint=ENDS)
def interrupted(code: Any) -> None:
    life = Life(code, {"view": KeyboardInterrupt()})
    try:
        life.ask()
    except KeyboardInterrupt:
        return expect((life.calls[-2:], life.errors != [None, None]), (AFTER[2:], True), "last calls, an error")
    raise Wrong("it was swallowed: catch Exception, not BaseException")


@CHAPTER.case("10.o", "a decorator gives the function back", hint="return function")
def given_back(code: Any) -> None:
    app = code.App()
    decorators = app.before_request, app.after_request, app.teardown_request, app.route("/"), app.errorhandler(404)
    expect([decorate(given_back) is given_back for decorate in decorators], [True] * 5)


@CHAPTER.case("10.p", "two applications share nothing", hint="make the lists in __init__, not in the class")
def apart(code: Any) -> None:
    first, second = Life(code), Life(code, hooks="")
    first.app.route("/first")(lambda request: "first")
    expect(("first" in second.ask("GET", "/first")[1], first.calls), (False, []))
