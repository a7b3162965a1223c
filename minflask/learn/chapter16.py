"""The cases of chapter 16: coroutines that threads hand over to one loop, streams out of it, and clients that leave."""

from __future__ import annotations

from .cases import Chapter, expect, expect_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

CHAPTER = Chapter(16, "Async in a synchronous house", wants={
    "Loop": "Loop(), with run(coroutine, timeout=None) -> its result, stream(async_generator) -> a generator, close()",
    "event": "event(text) -> the text as a server-sent event",
    "Live": "Live(), with the coroutine add(note), the async generator watch(beat=15) of events, and watchers",
})

ONE_LOOP = "Start one loop in a thread, with run_forever, and hand coroutines over by run_coroutine_threadsafe."
BACK = "Note copy_context() where the coroutine ends, and set here what is different."
CLOSE = "In the generator, a finally that runs aclose() in the loop: GeneratorExit comes to the yield."


def with_loop(ident: str, claim: str, hint: str) -> Callable[[Callable[[Any, Any], None]], None]:
    """Register a case that gets the reader's module and a loop, which is closed after it."""
    def register(run: Callable[[Any, Any], None]) -> None:
        @CHAPTER.case(ident, claim, hint=hint)
        def case(code: Any) -> None:
            loop = code.Loop()
            try:
                run(code, loop)
            finally:
                loop.close()
    return register


@with_loop("16.a", "a coroutine's result comes back", ONE_LOOP)
def result(code: Any, loop: Any) -> None:
    async def view() -> str:
        return "hello"
    expect(loop.run(view()), "hello")


@with_loop("16.b", "and so does its error", "The future's result() raises it.")
def error(code: Any, loop: Any) -> None:
    async def view() -> None:
        raise KeyError("note")
    expect_error(KeyError, lambda: loop.run(view()))


@with_loop("16.c", "what belongs to a loop lives from one request to the next", ONE_LOOP)
def lives_on(code: Any, loop: Any) -> None:
    import asyncio

    async def which() -> object:
        return asyncio.get_running_loop()
    first, second = loop.run(which()), loop.run(which())
    expect((first is second, first.is_closed()), (True, False), "the same loop, still open")


@with_loop("16.d", "requests of many threads wait together", ONE_LOOP)
def together(code: Any, loop: Any) -> None:
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    here: list[object] = []

    async def view() -> int:
        here.append(asyncio.get_running_loop())
        for _ in range(100):
            if len(here) == 8:
                break
            await asyncio.sleep(0.01)
        return len(here)
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: loop.run(view()), range(8)))
    expect((counts, len(set(map(id, here)))), ([8] * 8, 1), "how many met, in how many loops")


@with_loop("16.e", "the coroutine sees the context variables of its caller",
           "A new thread would not; a handed-over task does.")
def inwards(code: Any, loop: Any) -> None:
    from contextvars import ContextVar

    name = ContextVar("name", default="nobody")

    async def view() -> str:
        return name.get()
    name.set("ada")
    expect(loop.run(view()), "ada")


@with_loop("16.f", "the caller sees what the coroutine has set", BACK)
def outwards(code: Any, loop: Any) -> None:
    from contextvars import ContextVar

    name = ContextVar("name", default="nobody")

    async def view() -> None:
        name.set("ada")
        raise KeyError("note")
    expect_error(KeyError, lambda: loop.run(view()))
    expect(name.get(), "ada")


@with_loop("16.g", "it works where another loop is running, as in a test", ONE_LOOP)
def inside_another(code: Any, loop: Any) -> None:
    import asyncio

    async def view() -> str:
        return "hello"

    async def test() -> object:
        coroutine = view()
        try:
            return loop.run(coroutine)
        finally:
            coroutine.close()
    expect(_in_new_loop(asyncio, test()), "hello")


def _in_new_loop(asyncio: Any, coroutine: Any) -> object:
    mine = asyncio.new_event_loop()
    try:
        return mine.run_until_complete(coroutine)
    finally:
        mine.close()


@with_loop("16.h", "in the loop's own thread it is refused, and does not wait for itself",
           "Compare the current thread with that of the loop; raise RuntimeError.")
def itself(code: Any, loop: Any) -> None:
    async def inner() -> None:
        pass

    async def view() -> None:
        coroutine = inner()
        try:
            loop.run(coroutine)
        finally:
            coroutine.close()
    expect_error(RuntimeError, lambda: loop.run(view()))


@with_loop("16.i", "what takes too long is cancelled, and can clean up",
           "Give result() the timeout, and cancel the future.")
def too_long(code: Any, loop: Any) -> None:
    import asyncio
    from concurrent.futures import TimeoutError as OldTimeoutError
    from time import sleep

    seen: list[str] = []

    async def view() -> None:
        try:
            await asyncio.sleep(1)
        finally:
            seen.append("cleaned up")
    expect_error((TimeoutError, OldTimeoutError), lambda: loop.run(view(), 0.01))
    for _ in range(100):
        sleep(0 if seen else 0.01)
    expect(seen, ["cleaned up"])


@with_loop("16.j", "an asynchronous generator becomes a plain one, errors and all", "Run __anext__() for each item.")
def streams(code: Any, loop: Any) -> None:
    async def body() -> Any:
        yield "a"
        yield "b"
        raise KeyError("note")
    stream = loop.stream(body())
    expect([next(stream), next(stream)], ["a", "b"])
    expect_error(KeyError, next, stream)


@with_loop("16.k", "a stream that is closed closes its generator", CLOSE)
def closes(code: Any, loop: Any) -> None:
    seen: list[str] = []

    async def body() -> Any:
        try:
            yield "a"
            yield "b"
        finally:
            seen.append("closed")
    items = body()
    stream = loop.stream(items)
    expect(next(stream), "a")
    stream.close()
    expect(seen, ["closed"])


@CHAPTER.case("16.l", "an event has a field for each line, whatever ends the lines",
              hint="CR, LF and both end a line. One left inside of a field begins another, of the visitor's choice.")
def events(code: Any) -> None:
    for end in ("\n", "\r\n", "\r"):
        expect(code.event(f"a{end}id: 7"), "data: a\ndata: id: 7\n\n", ascii(end))


@with_loop("16.m", "a stream without news gives a comment now and then",
           "asyncio.wait_for(queue.get(), beat); a line that begins with a colon is a comment.")
def beats(code: Any, loop: Any) -> None:
    live = code.Live()
    stream = loop.stream(live.watch(beat=0.01))
    expect((next(stream)[:1], len(live.watchers)), (":", 1))
    stream.close()


@with_loop("16.n", "a note comes to all who watch, and who has left is forgotten", "Take the queue away in a finally.")
def news(code: Any, loop: Any) -> None:
    live = code.Live()
    streams = [loop.stream(live.watch(beat=0.01)) for _ in range(3)]
    for stream in streams:
        next(stream)
    streams.pop().close()
    expect(len(live.watchers), 2, "watchers")
    loop.run(live.add("hello"))
    for stream in streams:
        expect(next(item for item in stream if item[:1] != ":"), "data: hello\n\n")
        stream.close()
    expect(len(live.watchers), 0, "watchers")
