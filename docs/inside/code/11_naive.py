"""`request` as a global variable, set before each view. Two at a time, and it is wrong: see chapter 11."""

from __future__ import annotations

import threading


class LocalProxy:
    def __init__(self, find):
        self.__dict__["find"] = find

    def __getattr__(self, name):
        return getattr(self.find(), name)


current = None
request = LocalProxy(lambda: current)


class Context:
    def __init__(self, request):
        self.request = request

    def __enter__(self):
        global current
        current = self.request

    def __exit__(self, *error):
        pass  # the next request writes over it


def keep_request(function):
    return function


def stream_with_request(generator):
    return generator


class Request:
    def __init__(self, author):
        self.author = author


def add_note(author, database, signed):
    with Context(Request(author)):
        database.wait()
        signed.append(f"{author} signs as {request.author}")


if __name__ == "__main__":
    both, notes = threading.Barrier(2), []  # a database that answers when two have asked
    visitors = [threading.Thread(target=add_note, args=[name, both, notes]) for name in ("ada", "bob")]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    print(*sorted(notes), sep="\n")
