"""Coroutines in a synchronous application: one event loop in a thread of its own, and threads that ask it.

A thread of the server handles a request. It hands a coroutine over to the loop, and waits.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading


class Loop:
    """An event loop that runs as long as the application does."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def run(self, coroutine, timeout=None):
        """Run a coroutine to its end, and return what it returns; the context variables pass both ways."""
        seen = []

        async def noting_context():
            try:
                return await coroutine
            finally:
                seen.append(contextvars.copy_context())

        if threading.current_thread() is self.thread:
            raise RuntimeError("The loop would wait for itself: inside of a coroutine, write `await`.")
        future = asyncio.run_coroutine_threadsafe(noting_context(), self.loop)
        try:
            return future.result(timeout)
        finally:
            future.cancel()  # does nothing where it has ended
            for context in seen:
                take_over(context)

    def stream(self, items):
        """Yield what an asynchronous generator yields; to close the one is to close the other."""
        try:
            while True:
                try:
                    item = self.run(items.__anext__())
                except StopAsyncIteration:
                    return
                yield item
        finally:
            self.run(items.aclose())

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


def take_over(context):
    """Set here what was set there."""
    for variable, value in context.items():
        if variable.get(take_over) is not value:
            variable.set(value)


def event(text):
    """Return a text as a server-sent event: each of its lines is a field, an empty line is the end."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "".join(f"data: {line}\n" for line in lines) + "\n"


class Live:
    """New notes, as they come, for everybody who watches."""

    def __init__(self):
        self.watchers = set()

    async def add(self, note):
        for queue in self.watchers:
            if not queue.full():  # who does not keep up loses notes, and does not hold up the others
                queue.put_nowait(note)

    async def watch(self, beat=15):
        queue = asyncio.Queue(100)
        self.watchers.add(queue)
        try:
            while True:
                try:
                    yield event(await asyncio.wait_for(queue.get(), beat))
                except asyncio.TimeoutError:
                    yield ":\n\n"  # a comment: that it can be sent is all that we want to know
        finally:
            self.watchers.discard(queue)


class Database:
    """A client as there are many: it belongs to the loop in which it was connected."""

    async def notes(self):
        self.loop = getattr(self, "loop", None) or asyncio.get_running_loop()
        answer = self.loop.create_future()
        self.loop.call_later(0.01, answer.set_result, "the notes")
        return await answer


if __name__ == "__main__":
    house, database = Loop(), Database()
    for number in (1, 2):
        try:
            print(f"request {number}:", house.run(database.notes()))
        except RuntimeError as error:
            print(f"request {number}: RuntimeError: {error}")
