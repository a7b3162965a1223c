"""Run a coroutine function from synchronous code, on the standard library's asyncio.

Context variables pass both ways: the coroutine sees those of its caller, and
the caller sees what it set.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextvars import Context
    from typing import Any

_COROUTINE_FLAGS = 0x80 | 0x100  # CO_COROUTINE, CO_ITERABLE_COROUTINE


def is_coroutine_function(function: Callable[..., Any]) -> bool:
    """Return whether calling the function gives a coroutine; partials and marked callables are looked through.

    >>> async def view(): ...
    >>> is_coroutine_function(view), is_coroutine_function(len)
    (True, False)
    """
    code = getattr(function, "__code__", None)
    if code is not None:
        return bool(code.co_flags & _COROUTINE_FLAGS)
    from inspect import iscoroutinefunction

    return iscoroutinefunction(function)


def sync_from_async(function: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
    """Return a function that runs the coroutine function to its end, in an event loop made for the call."""
    import functools

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        return run_to_end(function(*args, **kwargs))
    return run


def run_to_end(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end and return its result; in a thread of its own where a loop is running here."""
    import asyncio
    import contextvars

    seen: list[Context] = []

    async def noting_context() -> Any:
        try:
            return await coroutine
        finally:
            seen.append(contextvars.copy_context())

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        try:
            return _run_in_new_loop(noting_context())
        finally:
            _take_over(seen)
    if sys.platform == "emscripten":
        from .jinja.async_utils import run_stepwise

        return run_stepwise(coroutine)
    from concurrent.futures import ThreadPoolExecutor

    context = contextvars.copy_context()
    with ThreadPoolExecutor(1) as executor:
        try:
            return executor.submit(context.run, _run_in_new_loop, noting_context()).result()
        finally:
            _take_over(seen)


def _run_in_new_loop(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run in a fresh loop that is never made the thread's own, so that the thread stays as it was."""
    import asyncio

    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(coroutine)
    finally:
        try:
            _cancel_rest(loop)
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            loop.close()


def _cancel_rest(loop: Any) -> None:
    import asyncio

    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))


def _take_over(seen: list[Context]) -> None:
    """Set here the context variables that the coroutine set there."""
    for context in seen:
        for variable, value in context.items():
            if variable.get(_take_over) is not value:
                variable.set(value)
