"""Coroutines in a synchronous application, each run by asyncio.run(). Chapter 16 says what does not work then."""

from __future__ import annotations

import asyncio


class Loop:
    def run(self, coroutine, timeout=None):
        return asyncio.run(coroutine)

    def stream(self, items):
        loop = asyncio.new_event_loop()
        while True:
            try:
                yield loop.run_until_complete(items.__anext__())
            except StopAsyncIteration:
                return loop.close()

    def close(self):
        pass


def event(text):
    return f"data: {text}\n\n"


class Live:
    def __init__(self):
        self.watchers = []

    async def add(self, note):
        for queue in self.watchers:
            queue.put_nowait(note)

    async def watch(self, beat=15):
        queue = asyncio.Queue()
        self.watchers.append(queue)
        while True:
            yield event(await asyncio.wait_for(queue.get(), beat))


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
