"""One context variable, and the proxies that look through it.

Every application context and request context that is pushed becomes the value
of `_current`, and remembers the one below it. The proxies `current_app`, `g`,
`request` and `session` find their object there at each use, so each thread,
coroutine and generator sees its own. What a context is stands in `ctx`.
"""

from __future__ import annotations

from contextvars import ContextVar

from .local import LocalProxy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Union

    from .app import Flask
    from .ctx import AppContext, RequestContext, _AppCtxGlobals
    from .sessions import SessionMixin
    from .wrappers import Request

    AnyContext = Union[AppContext, RequestContext]

_current: ContextVar[AnyContext | None] = ContextVar(f"{__name__}._current", default=None)

_NO_APP = """\
Working outside of application context.

This needs the current application (`current_app`, `g`, or something that uses
them), and none is active here: it is during a request, in a command, and inside
`with app.app_context():`, so wrap the code in that block."""

_NO_REQUEST = """\
Working outside of request context.

This needs an active HTTP request (`request`, `session`, or something that uses
them). One is there while a view or a hook runs; a thread or a task started by a
view needs `copy_current_request_context`, a streamed answer needs
`stream_with_context`, and a test can use `with app.test_request_context():`."""


def find_app_context() -> AppContext:
    """Return the active application context, or raise the RuntimeError that explains."""
    frame = _current.get()
    if frame is None:
        raise RuntimeError(_NO_APP)
    return frame.app_ctx


def find_request_context() -> RequestContext:
    """Return the active request context, or raise the RuntimeError that explains."""
    frame = _current.get()
    if frame is not None:
        ctx = frame if frame.is_request else frame.request_ctx
        if ctx is not None:
            return ctx  # type: ignore[return-value]
    raise RuntimeError(_NO_REQUEST)


def _find_app() -> Flask:
    frame = _current.get()
    if frame is None:
        raise RuntimeError(_NO_APP)
    return frame.app


def _find_g() -> _AppCtxGlobals:
    return find_app_context().g


# These two serve each attribute of `request` and `session`: one call less is a tenth of that.

def _find_request() -> Request:
    frame: Any = _current.get()
    ctx: RequestContext = frame if frame is not None and frame.is_request else find_request_context()
    return ctx.request


def _find_session() -> SessionMixin:
    frame: Any = _current.get()
    ctx: RequestContext = frame if frame is not None and frame.is_request else find_request_context()
    return ctx.session


class _ContextView:
    """What the two context variables of Flask 2.2 and later answer, for code that reads them."""

    def __init__(self, attribute: str) -> None:
        self._attribute = attribute

    def get(self, default: Any = None) -> Any:
        frame = _current.get()
        found = None if frame is None else getattr(frame, self._attribute)
        return default if found is None else found


class _ContextStack:
    """The stack that extensions of the 1.x time use: `top`, and bare `push` and `pop`.

    `push` and `pop` move the context alone: no teardown function runs, no
    signal is sent. Applications use the contexts' own `push` and `pop`.
    """

    def __init__(self, attribute: str) -> None:
        self._attribute = attribute

    @property
    def top(self) -> Any:
        frame = _current.get()
        return None if frame is None else getattr(frame, self._attribute)

    def push(self, ctx: AnyContext) -> None:
        ctx._enter()

    def pop(self) -> AnyContext | None:
        frame: AnyContext | None = self.top
        if frame is not None and frame._below:  # one that came along with a request was never pushed itself
            frame._leave()
        return frame


_cv_app = _ContextView("app_ctx")
_cv_request = _ContextView("request_ctx")
_app_ctx_stack = _ContextStack("app_ctx")
_request_ctx_stack = _ContextStack("request_ctx")

_proxy: Any = LocalProxy  # to type checkers each is what it stands for
app_ctx: AppContext = _proxy(find_app_context)
request_ctx: RequestContext = _proxy(find_request_context)
current_app: Flask = _proxy(_find_app)
g: _AppCtxGlobals = _proxy(_find_g)
request: Request = _proxy(_find_request)
session: SessionMixin = _proxy(_find_session)
