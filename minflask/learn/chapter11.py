"""The cases of chapter 11: one name for the request, and each thread, task and generator sees its own."""

from __future__ import annotations

import sys

from .cases import Chapter, expect, expect_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

CHAPTER = Chapter(11, "`request` is not global", wants={
    "LocalProxy": "LocalProxy(find): behaves as the object that find() returns",
    "request": "a LocalProxy of the current request; RuntimeError where there is none",
    "Context": "Context(request), for `with`: inside, `request` stands for that object",
    "keep_request": "keep_request(function) -> a function that runs with the request of now, wherever it is called",
    "stream_with_request": "stream_with_request(generator) -> the same items, made with the request of now",
})

VARIABLE = "Keep the context in a ContextVar; a global or threading.local is shared by too many."
FINALLY = "Remember what was current, and set it again in __exit__; where nothing is, raise RuntimeError."


class Request:
    """A request as the cases need it: it has an author."""

    def __init__(self, author: str) -> None:
        self.author = author


def in_threads(functions: list[Callable[[], object]]) -> list[object]:
    """Return what functions give or raise, each called in a thread of its own; one by one where there are none."""
    results: list[object] = [None] * len(functions)

    def call(number: int) -> None:
        try:
            results[number] = functions[number]()
        except Exception as exc:
            results[number] = type(exc).__name__

    if sys.platform == "emscripten":
        from contextvars import Context
        for number in range(len(functions)):
            Context().run(call, number)
        return results
    from threading import Thread

    threads = [Thread(target=call, args=[number], daemon=True) for number in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2)
    return results


def author(code: Any) -> str:
    """Return the author of the reader's current request."""
    found: str = code.request.author
    return found


@CHAPTER.case("11.a", "request is the object inside of its context, and nothing before and after",
              hint="The proxy asks for what is current at each use. " + FINALLY)
def inside(code: Any) -> None:
    expect_error(RuntimeError, author, code)
    with code.Context(Request("ada")):
        expect(author(code), "ada", "request.author")
    expect_error(RuntimeError, author, code)


@CHAPTER.case("11.b", "contexts nest, also the same one in itself",
              hint=FINALLY + " Keep a list, with one for each entry.")
def nested(code: Any) -> None:
    outer = code.Context(Request("ada"))
    with outer:
        with code.Context(Request("bob")):
            with outer:
                expect(author(code), "ada", "innermost")
            expect(author(code), "bob", "inner")
        expect(author(code), "ada", "outer")
    expect_error(RuntimeError, author, code)


@CHAPTER.case("11.c", "an error in the block ends the context, and is not hidden",
              hint="__exit__ runs with errors, too; it must not return True.")
def error(code: Any) -> None:
    def fails() -> None:
        with code.Context(Request("ada")):
            raise KeyError("note")
    expect_error(KeyError, fails)
    expect_error(RuntimeError, author, code)


@CHAPTER.case("11.d", "contexts end in the reverse order of their beginnings, or it is told",
              hint="In __exit__, look whether this context is the current one; raise AssertionError if not.")
def reverse_order(code: Any) -> None:
    first, second = code.Context(Request("ada")), code.Context(Request("bob"))
    first.__enter__()
    second.__enter__()
    expect_error(AssertionError, first.__exit__, None, None, None)
    second.__exit__(None, None, None)
    first.__exit__(None, None, None)


@CHAPTER.case("L39", "64 threads at once: requests never cross", hint=VARIABLE)
def threads(code: Any) -> None:
    from functools import partial
    from time import sleep

    def visit(name: str) -> set[str]:
        seen = set()
        for _ in range(20):
            with code.Context(Request(name)):
                sleep(0.0001)
                seen.add(author(code))
        return seen
    names = [f"visitor {number}" for number in range(64)]
    expect(in_threads([partial(visit, name) for name in names]), [{name} for name in names])


@CHAPTER.case("11.e", "tasks of one thread: requests never cross",
              hint="threading.local is the same for all tasks of a loop. " + VARIABLE)
def tasks(code: Any) -> None:
    import asyncio

    async def visit(name: str) -> set[str]:
        with code.Context(Request(name)):
            seen = {author(code)}
            for _ in range(3):
                await asyncio.sleep(0)
                seen.add(author(code))
        return seen

    async def all_of(names: list[str]) -> list[set[str]]:
        return list(await asyncio.gather(*[visit(name) for name in names]))

    loop = asyncio.new_event_loop()
    try:
        names = ["ada", "bob", "eve"]
        expect(loop.run_until_complete(all_of(names)), [{name} for name in names])
    finally:
        loop.close()


@CHAPTER.case("11.f", "keep_request takes the request along to another thread",
              hint="Find the request when the function is wrapped, and enter a new Context around the call.")
def kept(code: Any) -> None:
    with code.Context(Request("ada")):
        function = code.keep_request(lambda: author(code))
    expect(in_threads([function, function]), ["ada", "ada"])
    expect_error(RuntimeError, author, code)


@CHAPTER.case("11.g", "a streamed body sees its request after the view has returned",
              hint="Enter a Context around each next(): a generator runs in the context of whoever asks for items.")
def streamed(code: Any) -> None:
    def body() -> Any:
        yield author(code)
        yield author(code)
    with code.Context(Request("ada")):
        stream = code.stream_with_request(body())
    expect(list(stream), ["ada", "ada"])


@CHAPTER.case("11.h", "between two items the reader of the stream has its own request",
              hint="Leave the Context before you yield, or it is the context of your caller, too.")
def between(code: Any) -> None:
    def body() -> Any:
        yield author(code)
        yield author(code)
    with code.Context(Request("ada")):
        first = code.stream_with_request(body())
    with code.Context(Request("bob")):
        second = code.stream_with_request(body())
    with code.Context(Request("eve")):
        expect([next(first), author(code), next(second), next(first), author(code)],
               ["ada", "eve", "bob", "ada", "eve"])


@CHAPTER.case("11.i", "a generator that holds a context may be closed elsewhere",
              hint="ContextVar.reset(token) raises ValueError in another contextvars.Context: set the old value.")
def closed_elsewhere(code: Any) -> None:
    from contextvars import copy_context

    def body() -> Any:
        with code.Context(Request("ada")):
            yield author(code)
    stream, first = body(), copy_context()
    expect(first.run(next, stream), "ada")
    first.copy().run(stream.close)


@CHAPTER.case("11.j", "an attribute that is set on the proxy is set on the object",
              hint="Write __setattr__, and keep your own attribute with object.__setattr__.")
def attributes(code: Any) -> None:
    mine = Request("ada")
    proxy = code.LocalProxy(lambda: mine)
    proxy.author = "bob"
    expect(mine.author, "bob", "the object's author")


@CHAPTER.case("11.k", "operators and isinstance look through the proxy",
              hint="Python looks for __len__ and its like on the class: forward each; __class__ is a property.")
def operators(code: Any) -> None:
    notes = ["a", "b"]
    proxy = code.LocalProxy(lambda: notes)
    expect((len(proxy), proxy[1], "a" in proxy, list(proxy), proxy == ["a", "b"]), (2, "b", True, ["a", "b"], True))
    proxy[0] = "c"
    expect((notes, isinstance(proxy, list)), (["c", "b"], True))


@CHAPTER.case("11.l", "a proxy without an object is false, so that it can be asked for",
              hint="Catch the RuntimeError in __bool__.")
def unbound(code: Any) -> None:
    expect(bool(code.request), False)
