"""Bridges between ordinary and asynchronous values, for templates that render asynchronously.

A template does not know whether what it is given must be awaited; these tools take both kinds.
``async_variant`` gives one filter both faces. Nothing here imports asyncio.
"""
from __future__ import annotations

from functools import wraps

from .utils import pass_eval_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Coroutine, Iterable
    from typing import Any, TypeVar

    Function = TypeVar("Function", bound=Callable[..., Any])
    Value = TypeVar("Value")

# Awaiting one of these is never needed; a set of types is a faster question than "has it __await__?".
_PLAIN_TYPES = frozenset((str, int, float, bool, type(None), list, tuple, dict, set, bytes))


def run_stepwise(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end without an event loop; whatever it awaits must be there by then.

    For Python as WebAssembly, where the one loop is the browser's, which cannot be waited for.

    :raises RuntimeError: when the coroutine waits for what only a loop can bring.
    """
    try:
        while coroutine.send(None) is None:  # a bare yield, as of sleep(0), asks for nothing
            pass
        coroutine.throw(RuntimeError("this Python cannot wait for an event loop in a synchronous call, and the"
                                     " coroutine waits for one (a timer, a socket or another task)"))
    except StopIteration as stop:
        return stop.value
    raise RuntimeError("the coroutine goes on waiting for an event loop, which this Python cannot run here")


async def auto_await(value: Awaitable[Value] | Value) -> Value:
    """Await a value that can be awaited; give back any other."""
    if type(value) not in _PLAIN_TYPES and hasattr(value, "__await__"):
        return await value
    return value  # type: ignore[return-value]


class _AsyncIterator:
    """An ordinary iterator in asynchronous clothes. No generator: a loop that is left would have to close it."""

    def __init__(self, iterable: Iterable[Any]) -> None:
        self._next = iter(iterable).__next__

    def __aiter__(self) -> _AsyncIterator:
        return self

    async def __anext__(self) -> Any:
        try:
            return self._next()
        except StopIteration:
            raise StopAsyncIteration from None


def auto_aiter(iterable: AsyncIterable[Value] | Iterable[Value]) -> AsyncIterator[Value]:
    """Iterate asynchronously over an iterable of either kind."""
    if hasattr(iterable, "__aiter__"):
        return iterable.__aiter__()
    return _AsyncIterator(iterable)


async def auto_to_list(value: AsyncIterable[Value] | Iterable[Value]) -> list[Value]:
    """Collect an iterable of either kind into a list."""
    return [item async for item in auto_aiter(value)]


def async_variant(normal: Callable[..., Any]) -> Callable[[Function], Function]:
    """Give a filter a twin that runs in environments with ``enable_async``; decorates the twin.

    Both have the same signature. If ``normal`` asks for neither context, evaluation context nor
    environment, the pair is passed an evaluation context to learn the mode from, which the two do not see.
    """

    def decorate(twin: Function) -> Function:
        return _two_faced(normal, twin)  # type: ignore[return-value]

    return decorate


def with_async_twin(twin: Callable[..., Any]) -> Callable[[Function], Function]:
    """Do the same from the other side: decorates the ordinary filter."""

    def decorate(normal: Function) -> Function:
        return _two_faced(normal, twin)  # type: ignore[return-value]

    return decorate


def _two_faced(normal: Callable[..., Any], twin: Callable[..., Any]) -> Callable[..., Any]:
    pass_arg = getattr(normal, "jinja_pass_arg", None)

    @wraps(normal)
    def both(*args: Any, **kwargs: Any) -> Any:
        environment = args[0] if pass_arg == "environment" else args[0].environment
        function = twin if environment.is_async else normal
        return function(*(args if pass_arg else args[1:]), **kwargs)

    both.jinja_async_variant = True  # type: ignore[attr-defined]
    return both if pass_arg else pass_eval_context(both)


def takes_async_iterable(filter_function: Function) -> Function:
    """Let a filter over a whole sequence take an asynchronous one: it is collected, then filtered."""
    position = 1 if hasattr(filter_function, "jinja_pass_arg") else 0

    async def collected(*args: Any, **kwargs: Any) -> Any:
        items = await auto_to_list(args[position])
        return filter_function(*args[:position], items, *args[position + 1:], **kwargs)

    return _two_faced(filter_function, collected)  # type: ignore[return-value]


def takes_async_items(filter_function: Function) -> Function:
    """Let a filter that looks at one item at a time take an asynchronous sequence, as it comes."""

    async def one_by_one(context: Any, value: Any, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        if not value:
            return
        async for item in auto_aiter(value):
            for result in filter_function(context, (item,), *args, **kwargs):
                yield await auto_await(result)

    return _two_faced(filter_function, one_by_one)  # type: ignore[return-value]
