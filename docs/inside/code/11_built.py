"""`request` that each thread, task and generator sees as its own: one context variable and a proxy.

What a request is, is unknown here: any object will do.
"""

from __future__ import annotations

import operator
import threading
from contextvars import ContextVar


class LocalProxy:
    """Behaves as the object that ``find()`` returns, at each use anew."""

    def __init__(self, find):
        object.__setattr__(self, "_find", find)

    def __getattr__(self, name):
        return getattr(self._find(), name)

    def __setattr__(self, name, value):
        setattr(self._find(), name, value)

    def __bool__(self):
        try:
            return bool(self._find())
        except RuntimeError:
            return False

    @property
    def __class__(self):
        return type(self._find())


def _forward(function):
    return lambda self, *others: function(self._find(), *others)


for _function in (str, repr, len, iter, hash, operator.eq, operator.ne, operator.lt, operator.gt, operator.add,
                  operator.contains, operator.getitem, operator.setitem, operator.delitem):
    setattr(LocalProxy, f"__{_function.__name__}__", _forward(_function))

_current = ContextVar("current", default=None)


class Context:
    """While it is entered, ``request`` stands for the object it was made with. It may be entered again."""

    def __init__(self, request):
        self.request = request
        self.below = []

    def __enter__(self):
        self.below.append(_current.get())
        _current.set(self)
        return self

    def __exit__(self, *error):
        if _current.get() is not self:
            raise AssertionError("contexts end in the reverse order of their beginnings: use them with `with`")
        _current.set(self.below.pop())  # not reset(token): a generator may be closed in another context


def find_request():
    if _current.get() is None:
        raise RuntimeError("There is no request here. A thread that a view starts needs keep_request, "
                           "a body that is sent piece by piece needs stream_with_request.")
    return _current.get().request


request = LocalProxy(find_request)


def keep_request(function):
    """Return a function that runs with the request of now, wherever it is called."""
    kept = find_request()

    def with_request(*args):
        with Context(kept):
            return function(*args)
    return with_request


def stream_with_request(generator):
    """Return the same items, made with the request of now, however late they are asked for."""
    done, step, close = object(), keep_request(next), keep_request(generator.close)

    def items():
        try:
            while (item := step(generator, done)) is not done:
                yield item  # whoever asks for the next one has a request of its own
        finally:
            close()
    return items()


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
