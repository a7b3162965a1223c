"""The context of one application or one request: pushed, used through `globals`, popped.

A pushed context is a *frame*: it knows the frame below it, the request context
and the application context that hold where it is on top. A request context
brings an application context of its own along, made when somebody asks for it,
unless one for the same application is active already.
"""

from __future__ import annotations

import sys

from .globals import _current, find_request_context
from .http.exceptions import HTTPException
from .routing import error_of
from .signals import appcontext_popped, appcontext_pushed, appcontext_tearing_down, request_tearing_down

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import Any, TypeVar

    from .app import Flask
    from .globals import AnyContext
    from .routing import MapAdapter
    from .sessions import SessionMixin
    from .wrappers import Request, Response

    AfterRequest = TypeVar("AfterRequest", bound=Callable[[Response], Any])
    AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])

_unset: Any = object()


class _AppCtxGlobals:
    """The namespace behind `g`: any attribute can be set and read while the context is active.

    >>> g = _AppCtxGlobals()
    >>> g.user = "ada"
    >>> "user" in g, g.get("team", "none"), list(g)
    (True, 'none', ['user'])
    """

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"'g' has no attribute {name!r}; it was not set in this context."
                             f" Set it first, or read it with g.get({name!r}).")

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value

    def __delattr__(self, name: str) -> None:
        if name not in self.__dict__:
            raise AttributeError(f"'g' has no attribute {name!r} to delete.")
        self.__dict__.pop(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return the attribute `name`, or `default` if it is not set."""
        return self.__dict__.get(name, default)

    def pop(self, name: str, default: Any = _unset) -> Any:
        """Remove the attribute `name` and return it; without a default a missing one is a KeyError."""
        return self.__dict__.pop(name) if default is _unset else self.__dict__.pop(name, default)

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Return the attribute `name`, set to `default` first if it is not there."""
        return self.__dict__.setdefault(name, default)

    def __contains__(self, item: str) -> bool:
        return item in self.__dict__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __repr__(self) -> str:
        return f"<flask.g of {_current_app_name()}>"


def _current_app_name() -> str:
    frame = _current.get()
    return "no active application" if frame is None else repr(frame.app.name)


class _Frame:
    """A context as a layer of the stack: what is below is kept per push, as one may be pushed again."""

    app: Flask
    is_request = False
    _below: list[AnyContext | None]

    def _enter(self: Any) -> None:
        self._below.append(_current.get())
        _current.set(self)

    def _leave(self: Any) -> None:
        # Set, not reset: a generator may be closed in another contextvars.Context than it was begun in.
        _current.set(self._below.pop())

    def push(self) -> None:
        """Make this the active context."""
        raise NotImplementedError

    def pop(self, exc: BaseException | None = None) -> None:
        """Leave this context."""
        raise NotImplementedError

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.pop(exc)


class AppContext(_Frame):
    """The application context: what `current_app` and `g` stand for.

    Made by `app.app_context()` and used with `with`; a request and a command
    bring one along. Extensions may keep data as attributes of it.
    """

    _g: Any = None
    _url_adapter: Any = _unset
    # True while a request that brought it along is active: then a push and pop in between ends nothing.
    _held = False

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._below = []

    @property
    def app_ctx(self) -> AppContext:
        return self

    @property
    def request_ctx(self) -> RequestContext | None:
        """The nearest request context below; a context that was pushed several times is met as often."""
        frame: Any = self
        met: dict[Any, int] = {}
        while frame is not None and not frame.is_request:
            met[frame] = met.get(frame, 0) + 1
            frame = frame._below[-met[frame]] if met[frame] <= len(frame._below) else None
        ctx: RequestContext | None = frame
        return ctx

    @property
    def g(self) -> _AppCtxGlobals:
        """The namespace of this context, an `app.app_ctx_globals_class`."""
        if self._g is None:
            self._g = self.app.app_ctx_globals_class()
        g: _AppCtxGlobals = self._g
        return g

    @g.setter
    def g(self, value: Any) -> None:
        self._g = value

    @property
    def url_adapter(self) -> MapAdapter | None:
        """What builds URLs outside of requests; None where `SERVER_NAME` is not set."""
        if self._url_adapter is _unset:
            self._url_adapter = self.app.create_url_adapter(None)
        adapter: MapAdapter | None = self._url_adapter
        return adapter

    @url_adapter.setter
    def url_adapter(self, adapter: MapAdapter | None) -> None:
        self._url_adapter = adapter

    def push(self) -> None:
        """Make this the active application context and send `appcontext_pushed`."""
        self._enter()
        if appcontext_pushed.receivers:
            appcontext_pushed.send(self.app, _async_wrapper=self.app.ensure_sync)

    def pop(self, exc: BaseException | None = _unset) -> None:
        """Leave this context; the last pop runs the teardown functions with the exception, if any."""
        try:
            if len(self._below) == 1 and not self._held:
                self.app.do_teardown_appcontext(sys.exc_info()[1] if exc is _unset else exc)
        finally:
            _check_on_top(self, _current.get())
            self._leave()
        if appcontext_popped.receivers:
            appcontext_popped.send(self.app, _async_wrapper=self.app.ensure_sync)

    def __enter__(self) -> AppContext:
        self.push()
        return self


class RequestContext(_Frame):
    """The request context: what `request` and `session` stand for, and the URL that was matched.

    Made by `app.request_context(environ)` or `app.test_request_context(...)` and
    used with `with`. A routing error is kept in `request.routing_exception`, so
    that the hooks run before it is raised.
    """

    is_request = True
    #: The messages read by `get_flashed_messages`, kept so that a second call gives the same.
    flashes: list[tuple[str, str]] | None = None
    #: True while the context is kept after its request (PRESERVE_CONTEXT_ON_EXCEPTION).
    preserved = False
    _preserved_exc: BaseException | None = None
    _app_ctx: AppContext | None = None
    _owns_request = True
    _url_adapter: Any = _unset
    _after_request_functions: list[Callable[[Response], Any]] | tuple[()] = ()

    def __init__(self, app: Flask, environ: dict[str, Any], request: Request | None = None,
                 session: SessionMixin | None = None) -> None:
        self.app = app
        self.request = app.request_class(environ) if request is None else request
        self._opened_session = session
        self._below = []

    # What the proxies and the extensions read.

    @property
    def request_ctx(self) -> RequestContext:
        return self

    @property
    def app_ctx(self) -> AppContext:
        if self._app_ctx is None:
            self._app_ctx = self.app.app_context()
            self._app_ctx._held = bool(self._below)
        return self._app_ctx

    @property
    def g(self) -> _AppCtxGlobals:
        """The namespace of the application context that goes with this request."""
        return self.app_ctx.g

    @g.setter
    def g(self, value: Any) -> None:
        self.app_ctx.g = value

    @property
    def url_adapter(self) -> MapAdapter | None:
        """What matches this request's URL and builds others; None if the host could not be bound."""
        if self._url_adapter is _unset:
            self._url_adapter = None
            try:
                self._url_adapter = self.app.create_url_adapter(self.request)
            except HTTPException as error:
                self.request.routing_exception = error
        adapter: MapAdapter | None = self._url_adapter
        return adapter

    @url_adapter.setter
    def url_adapter(self, adapter: MapAdapter | None) -> None:
        self._url_adapter = adapter

    @property
    def session(self) -> SessionMixin:
        """The session of this request; reading it marks it as accessed, so that `Vary: Cookie` is sent."""
        session = self._opened_session
        if session is None:
            session = self._session
        session.accessed = True
        return session

    @session.setter
    def session(self, session: SessionMixin) -> None:
        self._opened_session = session

    @property
    def _session(self) -> SessionMixin:
        if self._opened_session is None:
            opened = self.app.open_session(self.request)
            self._opened_session = self.app.make_null_session() if opened is None else opened
        return self._opened_session

    @_session.setter
    def _session(self, session: SessionMixin) -> None:  # Flask-SocketIO puts one there
        self._opened_session = session

    def _session_to_save(self) -> SessionMixin | None:
        """Return the session to save, or None where nobody opened it and the client has none to refresh."""
        if self._opened_session is None:
            cookies = self.request.environ.get("HTTP_COOKIE")
            if not cookies or self.app.session_interface.get_cookie_name(self.app) not in cookies:
                return None
        return self._session

    # Its life.

    def copy(self) -> RequestContext:
        """Return a new context with the same request and session, to push in another thread or task."""
        copy = self.__class__(self.app, environ=self.request.environ, request=self.request, session=self._session)
        copy._owns_request = False
        return copy

    def match_request(self) -> None:
        """Match the URL and set `request.url_rule` and `view_args`, or `routing_exception`. May be overridden."""
        request, app = self.request, self.app
        environ = request.environ
        if (environ.get("HTTP_HOST") in app._bound_hosts and "HTTP_UPGRADE" not in environ
                and not app.config["TRUSTED_HOSTS"]):
            # The short way: a host that was bound before, and what the environ says as it is.
            path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
            if not (path[:1] == "/" and path.isascii() and method.isupper() and request._reads_plainly):
                path, method = request.path, request.method
            found = app.url_map.resolve(app.url_map.default_subdomain, path, method)
            if found.__class__ is tuple:
                request.url_rule, request.view_args = found  # type: ignore[misc]
                return
            request.routing_exception = error_of(found)  # type: ignore[arg-type]
            if request.routing_exception is not None:
                return
        adapter = self.url_adapter
        if adapter is not None:
            try:
                request.url_rule, request.view_args = adapter.match(return_rule=True)
            except HTTPException as error:
                request.routing_exception = error
            app._note_bound_host(environ)

    def push(self) -> None:
        """Make this the active context, open the session, and match the URL."""
        app, below = self.app, _current.get()
        if below is not None:
            below = self._drop_preserved(below)
        shares = below is not None and below.app is app
        if shares:
            self._app_ctx = below.app_ctx  # type: ignore[union-attr]
        elif self._app_ctx is not None:
            self._app_ctx._held = True
        self._below.append(below)
        _current.set(self)
        if not shares and appcontext_pushed.receivers:
            appcontext_pushed.send(app, _async_wrapper=app.ensure_sync)
        if self._opened_session is None and not (app.session_interface.opens_lazily and app._keeps_session_methods):
            self._session
        self.match_request()

    def _drop_preserved(self, below: AnyContext) -> AnyContext | None:
        """Pop a context that was kept after an error: it ends where the next begins."""
        kept = below.request_ctx
        if kept is not None and kept.preserved:
            kept.pop(kept._preserved_exc)
        return _current.get()

    def pop(self, exc: BaseException | None = _unset) -> None:
        """Leave this context; the last pop runs the teardown functions with the exception, if any."""
        if exc is _unset:
            exc = sys.exc_info()[1]
        app = self.app
        try:
            if len(self._below) == 1:
                self._end_request(exc)
        finally:
            frame = _current.get()
            if frame is not self:
                _check_on_top(self, getattr(frame, "request_ctx", None))
            below = self._below.pop()
            _current.set(below)
            if below is None or below.app is not app:  # the application context is this one's own
                if self._app_ctx is not None:
                    self._app_ctx._held = False
                if (app.teardown_appcontext_funcs or appcontext_tearing_down.receivers
                        or appcontext_popped.receivers or not app._keeps_teardown):
                    self._end_app_context(exc)

    def _end_request(self, exc: BaseException | None) -> None:
        """Run the teardown functions, and close what the client sent."""
        app = self.app
        if self.preserved:
            self.preserved, self._preserved_exc = False, None
        if app.teardown_request_funcs or request_tearing_down.receivers or not app._keeps_teardown:
            app.do_teardown_request(exc)
        if self._owns_request:  # otherwise this is a copy
            request = self.request
            request.close()
            request.environ["werkzeug.request"] = None  # the request holds the environ, and no more back

    def _end_app_context(self, exc: BaseException | None) -> None:
        """End the application context that came along, in a frame where the request is gone."""
        app_ctx = self.app_ctx
        app_ctx._enter()
        app_ctx.pop(exc)

    def __enter__(self) -> RequestContext:
        self.push()
        return self

    def __repr__(self) -> str:
        request = self.request
        return f"<{type(self).__name__} {request.url!r} [{request.method}] of {self.app.name}>"


def _check_on_top(ctx: AnyContext, top: AnyContext | None) -> None:
    if ctx is not top:
        raise AssertionError(f"Contexts must be popped in the reverse order of their pushes: {ctx!r} was popped"
                             f" while {top!r} is active. Use them with `with`, which keeps the order.")


def after_this_request(f: AfterRequest) -> AfterRequest:
    """Run `f(response)` after this request only; it returns the response to send.

    Useful where a view decides that the answer needs something more, such as a
    cookie. Raises RuntimeError outside of a request.
    """
    ctx = _request_context_for(after_this_request)
    functions = ctx._after_request_functions = ctx._after_request_functions or []
    functions.append(f)  # in place: one of them may add another while they run
    return f


def copy_current_request_context(f: AnyFunction) -> AnyFunction:
    """Wrap a function so that it runs in a copy of this request's context, session included.

    Decorate what a view hands to a thread or a task. The context is copied when
    the function is decorated, and pushed at each call. Coroutine functions stay
    such. Raises RuntimeError outside of a request.
    """
    import functools
    import inspect

    original = _request_context_for(copy_current_request_context)
    ctx = original.copy()

    if inspect.iscoroutinefunction(f):
        @functools.wraps(f)
        async def in_context_async(*args: Any, **kwargs: Any) -> Any:
            with ctx.copy():
                return await f(*args, **kwargs)
        return in_context_async  # type: ignore[return-value]

    @functools.wraps(f)
    def in_context(*args: Any, **kwargs: Any) -> Any:
        with ctx.copy():
            return ctx.app.ensure_sync(f)(*args, **kwargs)
    return in_context  # type: ignore[return-value]


def _request_context_for(function: Callable[..., Any]) -> RequestContext:
    try:
        return find_request_context()
    except RuntimeError as error:
        raise RuntimeError(f"{function.__name__} was called where no request is handled.\n\n{error}") from None


def has_request_context() -> bool:
    """Return whether a request is being handled here, so that `request` and `session` can be used."""
    frame = _current.get()
    return frame is not None and frame.request_ctx is not None


def has_app_context() -> bool:
    """Return whether an application context is active, so that `current_app` and `g` can be used."""
    return _current.get() is not None
