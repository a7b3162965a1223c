"""Flask: the application object, and the way of a request through it, in reading order.

`__call__`, `wsgi_app`, `full_dispatch_request`, `dispatch_request`, the view;
and back by `finalize_request`, `make_response`, `process_response`. Then what
happens on errors, at the end of a context, and where URLs are built. Each of
these methods may be overridden; what an application is made of is in `assembly`.
"""

from __future__ import annotations

import sys

from .aio import is_coroutine_function, run_to_end, sync_from_async
from .assembly import Assembly
from .ctx import _unset
from .globals import _current, find_request_context
from .http.exceptions import (
    BadRequestKeyError, HTTPException, InternalServerError,
)
from .http.response import Response as BaseResponse
from .http.urls import quote_fragment
from .http.wsgi import without_port
from .routing import BuildError, Map, RequestRedirect, RoutingException
from .routing.maps import NO_SUBDOMAIN
from .signals import (
    appcontext_tearing_down, got_request_exception, request_finished, request_started, request_tearing_down,
)
from .wrappers import _name_and_parents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType
    from typing import Any, NoReturn, Union

    from .ctx import RequestContext
    from .http.response import Response as AnyResponse
    from .routing import MapAdapter
    from .sessions import SessionMixin
    from .wrappers import Request, Response

    ExcInfo = Union[tuple[type[BaseException], BaseException, TracebackType], tuple[None, None, None]]

_GROUPS = {
    "_keeps_session_methods": ("open_session", "save_session", "make_null_session"),
    "_keeps_teardown": ("do_teardown_request", "do_teardown_appcontext"),
    "_keeps_sync": ("ensure_sync", "async_to_sync"),
    "_keeps_url_for": ("url_for", "inject_url_defaults"),
    "_keeps_adapter": ("create_url_adapter",),
}
_NOT_METHODS = ("url_map", "subdomain_matching")
_NOTED = frozenset((*(name for names in _GROUPS.values() for name in names), *_NOT_METHODS))
_SAFE_REDIRECT_METHODS = {"GET", "HEAD", "OPTIONS"}
_DANGEROUS_SCHEMES = {"javascript", "data", "vbscript"}
_HELP_ON_RETURN = ("A view returns text, bytes, a dict or a list (sent as JSON), an iterator of text, a Response, a"
                   " WSGI callable, or a tuple of one of these with a status, headers, or both.")

_NO_SERVER_NAME = ("The URL of {!r} cannot be built outside of a request: its host is not known. Set SERVER_NAME in the"
                   " configuration (and APPLICATION_ROOT and PREFERRED_URL_SCHEME where they differ), or build it while"
                   " a request is handled.")


class Flask(Assembly):
    """A WSGI application, and the registry of its views, rules, hooks and templates.

    >>> app = Flask(__name__)
    >>> @app.route("/<name>")
    ... def hello(name):
    ...     return f"Hello, {name}!"
    >>> app.test_client().get("/world").text
    'Hello, world!'

    :param import_name: the module's name, usually `__name__`; resources are found in its folder.
    """

    # Whether all methods of a group are as they are here. What a request can do without is left out then, but a method
    # that is replaced, in a subclass or in an instance, is called.
    _keeps_session_methods = _keeps_teardown = _keeps_sync = _keeps_url_for = _keeps_adapter = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for group, names in _GROUPS.items():
            setattr(cls, group, all(getattr(cls, name) is getattr(Flask, name) for name in names))

    if not TYPE_CHECKING:  # else mypy would take any attribute for one
        def __setattr__(self, name, value):
            super().__setattr__(name, value)
            if name in _NOTED:
                self._note_replaced(name)

        def __delattr__(self, name):
            super().__delattr__(name)
            if name in _NOTED:
                self._note_replaced(name)

    def _note_replaced(self, name: str) -> None:
        """Look again at what this instance replaces, and forget what was found out without it."""
        self._bound_hosts, self._sync_views = set(), {}
        if name not in _NOT_METHODS:  # vars() makes CPython find all attributes more slowly from then on
            for group, names in _GROUPS.items():
                setattr(self, group, getattr(type(self), group) and vars(self).keys().isdisjoint(names))

    # In.

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve a request: the WSGI entry, which calls `wsgi_app` so that middleware can wrap that (PEP 3333)."""
        return self.wsgi_app(environ, start_response)

    def wsgi_app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve a request. Middleware wraps this: `app.wsgi_app = Middleware(app.wsgi_app)` keeps the app object.

        The context is left before the body is sent; a body that needs it uses `stream_with_context`.
        """
        ctx = self.request_context(environ)
        error: BaseException | None = None
        try:
            try:
                ctx.push()
                response = self.full_dispatch_request()
            except Exception as raised:
                error = raised
                response = self.handle_exception(raised)
            except BaseException as raised:
                error = raised
                raise
            return response(environ, start_response)
        finally:
            if "werkzeug.debug.preserve_context" in environ:
                environ["werkzeug.debug.preserve_context"](ctx)
            if error is not None and self.should_ignore_error(error):
                error = None
            if error is not None and self.preserve_context_on_exception:
                ctx.preserved, ctx._preserved_exc = True, error
            elif ctx._below:
                try:
                    ctx.pop(error)
                except Exception:
                    self._note_failed_teardown(ctx.request)

    def _note_failed_teardown(self, request: Request) -> None:
        """Raise the error of a teardown function again where errors propagate, else log it; the answer is made."""
        if self.propagate_exceptions:
            raise
        self.logger.error("Exception in the teardown of %s [%s]", one_line(request.path), request.method,
                          exc_info=True)

    def full_dispatch_request(self) -> Response:
        """Do all that a request needs: the hooks before, the view, errors, and the hooks after."""
        if not self._got_first_request:
            self._serve_first_request()
        try:
            if request_started.receivers:
                request_started.send(self, _async_wrapper=self.ensure_sync)
            rv = self.preprocess_request()
            if rv is None:
                rv = self.dispatch_request()
        except Exception as error:
            rv = self.handle_user_exception(error)
        return self.finalize_request(rv)

    def _serve_first_request(self) -> None:
        """Run the functions of `before_first_request`, once, whatever threads come at the same time."""
        if self.before_first_request_funcs:
            from threading import RLock

            with self.__dict__.setdefault("_first_request_lock", RLock()):
                if not self._got_first_request:
                    for f in self.before_first_request_funcs:
                        self.ensure_sync(f)()
                self._got_first_request = True
        self._got_first_request = True

    @property
    def got_first_request(self) -> bool:
        """Whether the first request has begun; from then on setting up is an error."""
        return self._got_first_request

    def try_trigger_before_first_request_functions(self) -> None:
        """Run the functions of `before_first_request` if they have not run yet (Flask 1.x)."""
        if not self._got_first_request:
            self._serve_first_request()

    def preprocess_request(self) -> Any:
        """Call the URL value preprocessors, then the before_request hooks: the app's, then the blueprints'.

        Returns the first value of a hook that is not None: the answer, in place of the view's.
        """
        if not self.before_request_funcs and not self.url_value_preprocessors:
            return None
        request = find_request_context().request
        names = (None, *reversed(request.blueprints))
        for name in names:
            for preprocess in self.url_value_preprocessors.get(name, ()):
                preprocess(request.endpoint, request.view_args)
        for name in names:
            for f in self.before_request_funcs.get(name, ()):
                rv = self.ensure_sync(f)()
                if rv is not None:
                    return rv
        return None

    def dispatch_request(self) -> Any:
        """Call the view that matched and return its value; raise the routing error, or answer OPTIONS."""
        ctx: Any = _current.get()
        request = (ctx if ctx is not None and ctx.is_request else find_request_context()).request
        if request.routing_exception is not None:
            self.raise_routing_exception(request)
        rule: Any = request.url_rule
        if request.environ["REQUEST_METHOD"] == "OPTIONS" and getattr(rule, "provide_automatic_options", False):
            return self.make_default_options_response()
        view_args: dict[str, Any] = request.view_args  # type: ignore[assignment]
        view = self.view_functions[rule.endpoint]
        if self._sync_views.get(rule.endpoint) is not view:
            sync = self.ensure_sync(view)
            if sync is not view or not self._keeps_sync:
                return sync(**view_args)
            self._sync_views[rule.endpoint] = view  # it needs no wrapper: known from here on
        return view(**view_args)

    def raise_routing_exception(self, request: Request) -> NoReturn:
        """Raise the error of matching. In debug, a redirect that would lose a form is explained in its place."""
        error = request.routing_exception
        if (self.debug and isinstance(error, RequestRedirect) and error.code not in {307, 308}
                and request.method not in _SAFE_REDIRECT_METHODS):
            from .debughelpers import FormDataRoutingRedirect

            raise FormDataRoutingRedirect(request)
        raise error  # type: ignore[misc]

    def make_default_options_response(self) -> Response:
        """Make the answer to OPTIONS: the methods of the URL. May be overridden."""
        adapter: Any = find_request_context().url_adapter
        response = self.response_class()
        response.allow.update(adapter.allowed_methods())
        return response

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that can be called plainly: coroutine functions are wrapped. May be overridden."""
        return self.async_to_sync(func) if is_coroutine_function(func) else func

    def async_to_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a coroutine function so that a call runs it to its end, on asyncio. May be overridden."""
        return sync_from_async(func)

    # Out.

    def finalize_request(self, rv: Any, from_error_handler: bool = False) -> Response:
        """Turn the view's value into a response and run the hooks after it.

        After an error handler, a failure in the hooks is logged and the answer is sent all the same.
        """
        response = self.make_response(rv)
        try:
            response = self.process_response(response)
            if request_finished.receivers:
                request_finished.send(self, _async_wrapper=self.ensure_sync, response=response)
        except Exception:
            if not from_error_handler:
                raise
            self.logger.exception("A request that had failed failed again while it was finished")
        return response

    def make_response(self, rv: Any) -> Response:
        """Make a response of what a view returned.

        Text and bytes are the body; a dict or a list is sent as JSON; an iterator is streamed; a response stays
        as it is; another WSGI application is run. In a tuple, a status (int or text), headers (dict or pairs),
        or both follow. Raises TypeError for anything else.
        """
        kind = type(rv)
        if kind is str:
            return self.response_class(rv)
        if kind is dict:
            return self.json.response(rv)  # type: ignore[no-any-return]
        if kind is self.response_class:
            return rv  # type: ignore[no-any-return]
        status = headers = None
        if isinstance(rv, tuple):
            rv, status, headers = self._unpack(rv)
        if rv is None:
            raise TypeError(f"The view of {self._current_endpoint()} did not return a valid response: it returned None,"
                            f" or came to its end without a return. {_HELP_ON_RETURN}")
        if not isinstance(rv, self.response_class):
            if isinstance(rv, (str, bytes, bytearray)) or hasattr(rv, "__next__"):
                return self.response_class(rv, status=status, headers=headers)
            rv = self._converted(rv)
        response: Response = rv
        if status is not None:
            response.status = status  # a number or a text
        if headers:
            response.headers.update(headers)
        return response

    def _unpack(self, rv: tuple[Any, ...]) -> tuple[Any, Any, Any]:
        """Split the tuple of a view into (body, status, headers)."""
        if len(rv) == 3:
            return rv
        if len(rv) == 2:
            body, second = rv
            is_headers = isinstance(second, (dict, list, tuple)) or hasattr(second, "to_wsgi_list")
            return (body, None, second) if is_headers else (body, second, None)
        raise TypeError(f"The view of {self._current_endpoint()} did not return a valid response: its tuple has"
                        f" {len(rv)} members, and a tuple must have the form (body, status, headers), (body, status) or"
                        " (body, headers).")

    def _converted(self, rv: Any) -> Response:
        """Convert what is neither text nor an iterator: JSON values, coroutines, responses of others, WSGI apps."""
        if isinstance(rv, (dict, list)):
            response: Response = self.json.response(rv)
            return response
        if isinstance(rv, HTTPException) and type(rv).__call__ is HTTPException.__call__:
            if "response_class" not in rv.__dict__:
                rv.response_class = self.response_class  # made as it is wanted, there is nothing to convert
            return self.response_class.force_type(rv.get_response(find_request_context().request.environ))
        if hasattr(rv, "send") and hasattr(rv, "cr_code"):
            return self.make_response(run_to_end(rv))
        if isinstance(rv, BaseResponse) or callable(rv):
            environ = find_request_context().request.environ
            try:
                return self.response_class.force_type(rv, environ)
            except TypeError as error:
                raise TypeError(f"The view of {self._current_endpoint()} did not return a valid response: calling the"
                                f" {type(rv).__name__} as a WSGI application failed ({error}). {_HELP_ON_RETURN}"
                                ).with_traceback(sys.exc_info()[2]) from None
        raise TypeError(f"The view of {self._current_endpoint()} did not return a valid response: it was a"
                        f" {type(rv).__name__}. {_HELP_ON_RETURN}")

    def _current_endpoint(self) -> str:
        frame = _current.get()
        ctx = None if frame is None else frame.request_ctx
        return "no request" if ctx is None else repr(ctx.request.endpoint)

    def process_response(self, response: Response) -> Response:
        """Run the functions of `after_this_request`, the after_request hooks, and save the session."""
        ctx: Any = _current.get()
        if ctx is None or not ctx.is_request:
            ctx = find_request_context()
        for f in ctx._after_request_functions:
            response = self.ensure_sync(f)(response)
        if self.after_request_funcs:
            for name in (*ctx.request.blueprints, None):
                for f in reversed(self.after_request_funcs.get(name, ())):
                    response = self.ensure_sync(f)(response)
        session = ctx._session_to_save()
        if session is not None and not self.session_interface.is_null_session(session):
            self.save_session(session, response)
        return response

    # Sessions, by way of the session interface. A subclass that overrides these is called (Flask 1.x).

    def open_session(self, request: Request) -> SessionMixin | None:
        """Open the session of a request."""
        return self.session_interface.open_session(self, request)

    def save_session(self, session: SessionMixin, response: Response) -> None:
        """Save the session into the response."""
        self.session_interface.save_session(self, session, response)

    def make_null_session(self) -> SessionMixin:
        """Make the session that stands in where none can be opened."""
        return self.session_interface.make_null_session(self)

    # Errors.

    def handle_user_exception(self, e: Exception) -> Any:
        """Deal with an exception of a view or hook: by a handler, as an HTTP answer, or by raising it again."""
        if isinstance(e, BadRequestKeyError) and (self.debug or self.config["TRAP_BAD_REQUEST_ERRORS"]):
            e.show_exception = True
        if isinstance(e, HTTPException) and not self.trap_http_exception(e):
            return self.handle_http_exception(e)
        handler = self._find_error_handler(e)
        if handler is None:
            raise e
        return self.ensure_sync(handler)(e)

    def handle_http_exception(self, e: HTTPException) -> Any:
        """Deal with an HTTP exception: by a handler for its code or class, else the exception is the answer."""
        if e.code is None or isinstance(e, RoutingException):
            return e  # an answer made by hand, or the router's redirect
        handler = self._find_error_handler(e)
        return e if handler is None else self.ensure_sync(handler)(e)

    def trap_http_exception(self, e: Exception) -> bool:
        """Return whether an HTTP exception is treated as any other: `TRAP_HTTP_EXCEPTIONS` and its fellow."""
        if self.config["TRAP_HTTP_EXCEPTIONS"]:
            return True
        trap = self.config["TRAP_BAD_REQUEST_ERRORS"]
        if trap is None and self.debug and isinstance(e, BadRequestKeyError):
            return True
        return bool(trap) and e.__class__.__name__.startswith("BadRequest")

    def handle_exception(self, e: Exception) -> Response:
        """Deal with an exception that nothing handled: log it and answer 500, or raise it where those propagate.

        A handler for 500 gets an InternalServerError that carries it as `original_exception`. Where the handler
        fails itself, that is logged too, and the answer is the plain one.
        """
        if got_request_exception.receivers:
            got_request_exception.send(self, _async_wrapper=self.ensure_sync, exception=e)
        if self.propagate_exceptions:
            if sys.exc_info()[1] is e:
                raise
            raise e
        self.log_exception(sys.exc_info())
        error: Any = InternalServerError(original_exception=e)
        handler = self._find_error_handler(error)
        if handler is not None:
            try:
                error = self.make_response(self.ensure_sync(handler)(error))
            except Exception:
                self.log_exception(sys.exc_info())
        return self.finalize_request(error, from_error_handler=True)

    def log_exception(self, exc_info: ExcInfo) -> None:
        """Log an unhandled exception at error level. May be overridden."""
        request = find_request_context().request
        self.logger.error("Exception on %s [%s]", one_line(request.path), request.method, exc_info=exc_info)

    def _find_error_handler(self, e: Exception, blueprints: Iterable[str] | None = None) -> Callable[..., Any] | None:
        """Return the handler: blueprint before app, code before class, the nearest class first."""
        spec = self.error_handler_spec
        if not spec:
            return None
        kind, code = self._get_exc_class_and_code(type(e))
        names = find_request_context().request.blueprints if blueprints is None else blueprints
        for by_code in (code, None) if code is not None else (None,):
            for name in (*names, None):
                handlers = spec[name].get(by_code) if name in spec else None
                for cls in kind.__mro__ if handlers else ():
                    if cls in handlers:  # type: ignore[operator]
                        return handlers[cls]  # type: ignore[index]
        return None

    # The end of a context.

    def should_ignore_error(self, error: BaseException | None) -> bool:
        """Return whether teardown functions should not hear of the error. May be overridden."""
        return False

    def do_teardown_request(self, exc: BaseException | None = _unset) -> None:
        """Call the teardown functions of the request, last registered first: the blueprints', then the app's."""
        exc = sys.exc_info()[1] if exc is _unset else exc
        failed: Exception | None = None
        if self.teardown_request_funcs:
            for name in (*find_request_context().request.blueprints, None):
                failed = self._tear_down(self.teardown_request_funcs.get(name, ()), exc, failed)
        if request_tearing_down.receivers:
            request_tearing_down.send(self, _async_wrapper=self.ensure_sync, exc=exc)
        if failed is not None:
            raise failed

    def do_teardown_appcontext(self, exc: BaseException | None = _unset) -> None:
        """Call the teardown functions of the application context, last registered first."""
        exc = sys.exc_info()[1] if exc is _unset else exc
        failed = self._tear_down(self.teardown_appcontext_funcs, exc)
        if appcontext_tearing_down.receivers:
            appcontext_tearing_down.send(self, _async_wrapper=self.ensure_sync, exc=exc)
        if failed is not None:
            raise failed

    def _tear_down(self, functions: Sequence[Callable[..., Any]], exc: BaseException | None,
                   failed: Exception | None = None) -> Exception | None:
        """Call teardown functions, each of them whatever the others do; return the first error there was."""
        for f in reversed(functions):
            try:
                self.ensure_sync(f)(exc)
            except Exception as error:
                failed = failed or error
        return failed

    # URLs.

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Bind the URL map to a request, or to `SERVER_NAME` where there is none. May be overridden.

        Returns None without a request where `SERVER_NAME` is not set. Raises a 400 for a host that is not
        valid, or not one of `TRUSTED_HOSTS`.
        """
        if request is not None:
            trusted = self.config["TRUSTED_HOSTS"]
            if trusted is not None:
                request.trusted_hosts = trusted
                request.host  # reading it is what checks it
            server_name = None if self.url_map.host_matching else self.config["SERVER_NAME"]
            return self.url_map.bind_to_environ(request.environ, server_name, self._subdomain_of(request, server_name))
        if self.config["SERVER_NAME"] is None:
            return None
        return self.url_map.bind(self.config["SERVER_NAME"], script_name=self.config["APPLICATION_ROOT"],
                                 url_scheme=self.config["PREFERRED_URL_SCHEME"])

    def _subdomain_of(self, request: Request, server_name: str | None) -> str | None:
        """Return the subdomain to match; None where the whole host is, or the map is to find out."""
        if self.url_map.host_matching:
            return None
        if not self.subdomain_matching:
            return self.url_map.default_subdomain or ""
        if server_name is None:
            return None
        name = without_port(server_name.lower(), request.scheme)
        subdomain = self.url_map.subdomain_of(request.host.lower(), name)
        if subdomain == NO_SUBDOMAIN:
            import warnings

            # Under Flask's name for this module, so that filters written for Flask hold.
            warnings.warn_explicit(f"Current server name {request.host!r} does not match the configured {name!r};"
                                   " no rule will match.", UserWarning, __file__, 0, module="flask.app")
        return subdomain

    def _note_bound_host(self, environ: dict[str, Any]) -> None:
        """Remember a host that was bound where matching is plain, so that its next request needs no adapter."""
        url_map, host = self.url_map, environ.get("HTTP_HOST")
        plain = not (self.subdomain_matching or url_map.host_matching or self.config["TRUSTED_HOSTS"])
        own = (self._keeps_adapter and type(url_map).resolve is Map.resolve
               and type(url_map).bind_to_environ is Map.bind_to_environ)
        if host and plain and own and len(self._bound_hosts) < 64:
            self._bound_hosts.add(host)

    def url_for(self, /, endpoint: str, *, _anchor: str | None = None, _method: str | None = None,
                _scheme: str | None = None, _external: bool | None = None, **values: Any) -> str:
        """Build the URL of an endpoint from its values; those that the rule does not know become the query.

        :param endpoint: ``"name"``, ``"blueprint.name"``, or ``".name"`` for the current blueprint.
        :param _external: with scheme and host; the default outside of a request, which needs `SERVER_NAME`.

        Raises BuildError where no rule fits, unless one of `url_build_error_handlers` returns a URL.
        """
        adapter, ctx = self._url_builder()
        if ctx is None:
            external = True if _external is None else _external
        else:
            external = _scheme is not None if _external is None else _external
            if endpoint[:1] == ".":
                endpoint = f"{ctx.request.blueprint or ''}{endpoint}".lstrip(".")
        if adapter is None:
            raise RuntimeError(_NO_SERVER_NAME.format(endpoint))
        if _scheme is not None:
            _check_scheme(_scheme, external)
        if self.url_default_functions or not self._keeps_url_for:
            self.inject_url_defaults(endpoint, values)
        try:
            url = adapter.build(endpoint, values, method=_method, url_scheme=_scheme, force_external=external)
        except BuildError as error:
            values.update(_anchor=_anchor, _method=_method, _scheme=_scheme, _external=external)
            return self.handle_url_build_error(error, endpoint, values)
        return url if _anchor is None else f"{url}#{quote_fragment(_anchor)}"

    def _url_builder(self) -> tuple[MapAdapter | None, RequestContext | None]:
        """Return the adapter that builds URLs here, and the request context that it belongs to, if any."""
        frame = _current.get()
        if frame is None or frame.app is not self:
            return self.create_url_adapter(None), None
        ctx: Any = frame if frame.is_request else frame.request_ctx
        return (frame.app_ctx if ctx is None else ctx).url_adapter, ctx

    def inject_url_defaults(self, endpoint: str, values: dict[str, Any]) -> None:
        """Call the url_defaults functions of the app and of the endpoint's blueprints; they change the values."""
        blueprint = endpoint.rpartition(".")[0]
        names = (None, *reversed(_name_and_parents(blueprint))) if blueprint else (None,)
        for name in names:
            for f in self.url_default_functions.get(name, ()):
                f(endpoint, values)

    def handle_url_build_error(self, error: BuildError, endpoint: str, values: dict[str, Any]) -> str:
        """Ask each of `url_build_error_handlers` for a URL; raise the error where none gives one."""
        for handler in self.url_build_error_handlers:
            try:
                url = handler(error, endpoint, values)
            except BuildError as newer:
                error = newer
            else:
                if url is not None:
                    return url
        raise error

    def redirect(self, location: str, code: int = 302) -> AnyResponse:
        """Make a redirect response; `redirect()` calls this while an application is active."""
        from .http.redirects import redirect

        return redirect(location, code, Response=self.response_class)

    def update_template_context(self, context: dict[str, Any]) -> None:
        """Add what templates get without asking: request, g, and the context processors' values.

        Values that are in the context already win. `session` is a global of the environment: it is opened when a
        template uses it.
        """
        frame = _current.get()
        ctx = None if frame is None else frame.request_ctx
        given = dict(context)
        names: list[str | None] = [None]
        if ctx is not None:
            context.update(request=ctx.request, g=ctx.g)
            names += reversed(ctx.request.blueprints)
        elif frame is not None:
            context.update(g=frame.app_ctx.g)
        for name in names:
            for processor in self.template_context_processors.get(name, ()):
                context.update(self.ensure_sync(processor)())
        context.update(given)


def one_line(text: str) -> str:
    """Return text from a client so that it brings no line of its own into a log."""
    return text if text.isprintable() else repr(text)[1:-1]


def _check_scheme(scheme: str, external: bool) -> None:
    if not external:
        raise ValueError("A _scheme makes the URL external; leave _external=False away.")
    if scheme.lower() in _DANGEROUS_SCHEMES or not all(c.isascii() and (c.isalnum() or c in "+-.") for c in scheme):
        raise ValueError(f"{scheme!r} is not the scheme of a URL to a server.")
