"""What ``loop`` stands for inside of a ``for``: where the loop is, and what comes before and after.

The iterable is asked for its next item only when the loop gets there, or when the template wants to
know what comes next. Nothing here knows of templates.
"""
from __future__ import annotations

from .async_utils import auto_aiter
from .utils import missing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from typing import Any


class BaseLoop:
    """What both kinds of loops have in common: counting and remembering."""

    def __init__(self, undefined: Any, recurse: Callable[..., Any] | None, depth0: int) -> None:
        self.index0 = -1
        self.depth0 = depth0
        self._undefined = undefined
        self._recurse = recurse
        self._before: Any = missing
        self._current: Any = missing
        self._after: Any = missing  # an item that was fetched ahead of its turn
        self._length: int | None = None
        self._last_changed: Any = missing

    @property
    def index(self) -> int:
        """The number of the round, from 1."""
        return self.index0 + 1

    @property
    def depth(self) -> int:
        """How deep in itself a recursive loop is, from 1."""
        return self.depth0 + 1

    @property
    def first(self) -> bool:
        """Whether this is the first round."""
        return self.index0 == 0

    @property
    def previtem(self) -> Any:
        """The item of the round before; undefined in the first."""
        return self._undefined("the first round of a loop has no previous item") if self.first else self._before

    def cycle(self, *args: Any) -> Any:
        """Return one of the arguments after the other, round by round."""
        if not args:
            raise TypeError("loop.cycle needs the values to cycle through as arguments")
        return args[self.index0 % len(args)]

    def changed(self, *value: Any) -> bool:
        """Tell whether the values differ from those of the last call."""
        if self._last_changed == value:
            return False
        self._last_changed = value
        return True

    def _next_loop(self, iterable: Any) -> Any:
        if self._recurse is None:
            raise TypeError("only a loop with the 'recursive' marker can be called: {% for … in … recursive %}")
        return self._recurse(iterable, self._recurse, depth=self.depth)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.index}>"


class LoopContext(BaseLoop):
    """The ``loop`` of an ordinary loop.

    :param undefined: makes the value of ``nextitem`` in the last round and the like.
    :param recurse: the function that runs the loop again for ``loop(iterable)``.

    >>> for item, loop in LoopContext("ab", None):
    ...     print(loop.index, item, loop.last)
    1 a False
    2 b True
    """

    def __init__(self, iterable: Any, undefined: Any, recurse: Callable[..., str] | None = None,
                 depth0: int = 0) -> None:
        super().__init__(undefined, recurse, depth0)
        self._iterable = iterable
        self._iterator: Iterator[Any] = iter(iterable)
        self._rounds = self.rounds()

    def rounds(self) -> Iterator[Any]:
        """Yield the items, keeping count."""
        while True:
            item = self._after
            if item is missing:
                item = next(self._iterator, missing)
                if item is missing:
                    return
            else:
                self._after = missing
            self.index0 += 1
            self._before = self._current
            self._current = item
            yield item

    def __iter__(self) -> LoopContext:
        return self

    def __next__(self) -> tuple[Any, LoopContext]:
        return next(self._rounds), self

    def _peek(self) -> Any:
        if self._after is missing:
            self._after = next(self._iterator, missing)
        return self._after

    @property
    def length(self) -> int:
        """How many rounds there are in all; fetches what is left of an iterable that does not say."""
        if self._length is None:
            try:
                self._length = len(self._iterable)
            except TypeError:
                rest = list(self._iterator)
                self._iterator = iter(rest)
                self._length = self.index + len(rest) + (self._after is not missing)
        return self._length

    def __len__(self) -> int:
        return self.length

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.index}/{self.length}>"

    @property
    def revindex0(self) -> int:
        """How many rounds follow."""
        return self.length - self.index

    @property
    def revindex(self) -> int:
        """How many rounds are left, this one included."""
        return self.length - self.index0

    @property
    def last(self) -> bool:
        """Whether this is the last round."""
        return self._peek() is missing

    @property
    def nextitem(self) -> Any:
        """The item of the next round; undefined in the last."""
        item = self._peek()
        return self._undefined("the last round of a loop has no next item") if item is missing else item

    def __call__(self, iterable: Any) -> Any:
        """Run the loop again, for the items below the current one."""
        return self._next_loop(iterable)


class AsyncLoopContext(BaseLoop):
    """The ``loop`` of a loop in an asynchronous template; what needs to look ahead is awaited."""

    def __init__(self, iterable: Any, undefined: Any, recurse: Callable[..., Awaitable[str]] | None = None,
                 depth0: int = 0) -> None:
        super().__init__(undefined, recurse, depth0)
        self._iterable = iterable
        self._iterator: AsyncIterator[Any] = auto_aiter(iterable)

    def __aiter__(self) -> AsyncLoopContext:
        return self

    async def __anext__(self) -> tuple[Any, AsyncLoopContext]:
        item, self._after = self._after, missing
        if item is missing:
            item = await self._iterator.__anext__()
        self.index0 += 1
        self._before = self._current
        self._current = item
        return item, self

    async def _fetch(self) -> Any:
        try:
            return await self._iterator.__anext__()
        except StopAsyncIteration:
            return missing

    async def _peek(self) -> Any:
        if self._after is missing:
            self._after = await self._fetch()
        return self._after

    async def _measure(self) -> int:
        if self._length is None:
            try:
                self._length = len(self._iterable)
            except TypeError:
                rest = [item async for item in self._iterator]
                self._iterator = auto_aiter(rest)
                self._length = self.index + len(rest) + (self._after is not missing)
        return self._length

    @property
    async def length(self) -> int:
        """How many rounds there are in all."""
        return await self._measure()

    @property
    async def revindex0(self) -> int:
        """How many rounds follow."""
        return await self._measure() - self.index

    @property
    async def revindex(self) -> int:
        """How many rounds are left, this one included."""
        return await self._measure() - self.index0

    @property
    async def last(self) -> bool:
        """Whether this is the last round."""
        return await self._peek() is missing

    @property
    async def nextitem(self) -> Any:
        """The item of the next round; undefined in the last."""
        item = await self._peek()
        return self._undefined("the last round of a loop has no next item") if item is missing else item

    def __call__(self, iterable: Any) -> Any:
        """Run the loop again, for the items below the current one; the result is awaited."""
        return self._next_loop(iterable)
