"""What an application and a blueprint both register: routes, hooks, handlers, folders.

A registry is a dict from a blueprint's name (None: the application) to what was
registered, in order. Nothing is called here; `app` reads the registries while a
request passes, and `blueprints` copies its own into the application's.
"""

from __future__ import annotations

import os
import sys

from .globals import _current, find_app_context
from .http.exceptions import HTTPException, default_exceptions
from .http.utils import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import defaultdict
    from collections.abc import Callable
    from typing import IO, Any, TypeVar, Union

    from .wrappers import Response

    AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])
    ErrorKey = Union[int, type[Exception]]
else:
    from _collections import defaultdict  # built in; the module collections takes a millisecond

_unset: Any = object()


class Scaffold:
    """The common part of `Flask` and `Blueprint`: register first, serve later."""

    _got_first_request = False
    _static_folder: str | None = None
    _static_url_path: str | None = None
    _joined: tuple[Any, str] = (None, "")
    _cli: Any = None
    #: The name that commands of this object are grouped under; None merges them into the parent.
    cli_group: Any = _unset
    #: Classes that replace the application's while this object handles a request (Flask 1.x).
    json_encoder: Any = None
    json_decoder: Any = None

    def __init__(self, import_name: str, static_folder: str | os.PathLike[str] | None = None,
                 static_url_path: str | None = None, template_folder: str | os.PathLike[str] | None = None,
                 root_path: str | None = None) -> None:
        #: The name of the package or module this object belongs to.
        self.import_name = import_name
        self.static_folder = static_folder
        self.static_url_path = static_url_path
        #: The folder of templates, relative to `root_path`; None for none.
        self.template_folder = template_folder
        #: The folder that resources are found in.
        self.root_path = get_root_path(import_name) if root_path is None else root_path

        #: Endpoint -> view.
        self.view_functions: dict[str, Callable[..., Any]] = {}
        #: Blueprint -> code (None: not HTTP) -> exception class -> handler.
        self.error_handler_spec: dict[str | None, dict[int | None, dict[type[Exception], Callable[..., Any]]]]
        self.error_handler_spec = defaultdict(lambda: defaultdict(dict))
        self.before_request_funcs: dict[str | None, list[Callable[[], Any]]] = defaultdict(list)
        self.after_request_funcs: dict[str | None, list[Callable[..., Any]]] = defaultdict(list)
        self.teardown_request_funcs: dict[str | None, list[Callable[..., Any]]] = defaultdict(list)
        self.template_context_processors: dict[str | None, list[Callable[[], dict[str, Any]]]] = defaultdict(list)
        self.url_value_preprocessors: dict[str | None, list[Callable[..., None]]] = defaultdict(list)
        self.url_default_functions: dict[str | None, list[Callable[..., None]]] = defaultdict(list)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {getattr(self, 'name', self.import_name)!r}>"

    def _check_setup_finished(self, f_name: str) -> None:
        """Raise AssertionError where setting up comes too late."""

    # Command line.

    @property
    def cli(self) -> Any:
        """The group of commands of this object: `@app.cli.command("create")` adds one."""
        if self._cli is None:
            from .cli import AppGroup

            self._cli = AppGroup(getattr(self, "name", None))
        return self._cli

    @cli.setter
    def cli(self, group: Any) -> None:
        self._cli = group

    # Folders and files.

    @property
    def static_folder(self) -> str | None:
        """The absolute path of the folder of static files, or None."""
        if self._static_folder is None:
            return None
        parts = self.root_path, self._static_folder
        if self._joined[0] != parts:  # not joined anew for each file
            self._joined = parts, os.path.join(*parts)
        return self._joined[1]

    @static_folder.setter
    def static_folder(self, value: str | os.PathLike[str] | None) -> None:
        self._static_folder = None if value is None else os.fspath(value).rstrip(r"\/")

    @property
    def has_static_folder(self) -> bool:
        """Whether a folder of static files is set."""
        return self._static_folder is not None

    @property
    def static_url_path(self) -> str | None:
        """The URL path of the static files; from the folder's name unless it was set."""
        if self._static_url_path is not None:
            return self._static_url_path
        folder = self.static_folder
        return None if folder is None else f"/{os.path.basename(folder)}".rstrip("/")

    @static_url_path.setter
    def static_url_path(self, value: str | None) -> None:
        self._static_url_path = value if value is None else value.rstrip("/")

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """Return for how many seconds a browser may keep a file. May be overridden, by file name for example.

        By default `SEND_FILE_MAX_AGE_DEFAULT` of the configuration; None means that browsers ask again each time.
        """
        frame = _current.get()
        value: Any = (find_app_context() if frame is None else frame).app.config["SEND_FILE_MAX_AGE_DEFAULT"]
        if value is None or isinstance(value, int):
            return value
        return int(value.total_seconds())

    def send_static_file(self, filename: str) -> Response:
        """Answer with a file of the static folder; the view of the static route."""
        if not self.has_static_folder:
            raise RuntimeError(f"{self!r} has no 'static_folder', so it cannot send {filename!r} from there."
                               " Give it one: static_folder='static'.")
        response: Response = _static_sender()(self, filename)
        return response

    @lazy
    def jinja_loader(self) -> Any:
        """The loader of this object's own templates, or None without a folder. May be overridden or set."""
        if self.template_folder is None:
            return None
        from .templating import folder_loader

        return folder_loader(os.path.join(self.root_path, self.template_folder))

    def open_resource(self, resource: str, mode: str = "rb", encoding: str | None = "utf-8") -> IO[Any]:
        """Open a file that lies under `root_path`, for reading: mode "r", "rt" or "rb".

        Works inside a zip too. Raises ValueError for any other mode.
        """
        if mode not in {"r", "rt", "rb"}:
            raise ValueError(f"Resources can only be opened for reading, and mode {mode!r} does more."
                             " Write to the instance folder: app.open_instance_resource(...).")
        path = os.path.join(self.root_path, resource)
        if not os.path.exists(path):
            data = _packaged_bytes(self.import_name, path)
            if data is not None:
                import io

                return io.BytesIO(data) if mode == "rb" else io.StringIO(data.decode(encoding or "utf-8"))
        return open(path, mode) if mode == "rb" else open(path, mode, encoding=encoding)

    # Routes.

    def _method_route(self, method: str, rule: str, options: dict[str, Any]) -> Callable[[AnyFunction], AnyFunction]:
        if "methods" in options:
            raise TypeError(f"`{method.lower()}` is for {method} alone and takes no 'methods';"
                            " use `route` for several.")
        return self.route(rule, methods=[method], **options)

    def get(self, rule: str, **options: Any) -> Callable[[AnyFunction], AnyFunction]:
        """Register a view for GET (and HEAD), as `route` does."""
        return self._method_route("GET", rule, options)

    def post(self, rule: str, **options: Any) -> Callable[[AnyFunction], AnyFunction]:
        """Register a view for POST, as `route` does."""
        return self._method_route("POST", rule, options)

    def put(self, rule: str, **options: Any) -> Callable[[AnyFunction], AnyFunction]:
        """Register a view for PUT, as `route` does."""
        return self._method_route("PUT", rule, options)

    def delete(self, rule: str, **options: Any) -> Callable[[AnyFunction], AnyFunction]:
        """Register a view for DELETE, as `route` does."""
        return self._method_route("DELETE", rule, options)

    def patch(self, rule: str, **options: Any) -> Callable[[AnyFunction], AnyFunction]:
        """Register a view for PATCH, as `route` does."""
        return self._method_route("PATCH", rule, options)

    def route(self, rule: str, **options: Any) -> Callable[[AnyFunction], AnyFunction]:
        """Register the decorated function as the view of a URL rule; the options are those of `add_url_rule`.

        The endpoint is the function's name unless `endpoint=` says another.
        """
        def decorator(f: AnyFunction) -> AnyFunction:
            self.add_url_rule(rule, options.pop("endpoint", None), f, **options)
            return f
        return decorator

    def add_url_rule(self, rule: str, endpoint: str | None = None, view_func: Callable[..., Any] | None = None,
                     provide_automatic_options: bool | None = None, **options: Any) -> None:
        """Connect a URL rule with an endpoint and its view. Written by `Flask` and `Blueprint`."""
        raise NotImplementedError(f"{type(self).__name__} must define add_url_rule(...)")

    def endpoint(self, endpoint: str) -> Callable[[AnyFunction], AnyFunction]:
        """Register the decorated function as the view of an endpoint whose rule is added elsewhere."""
        self._check_setup_finished("endpoint")

        def decorator(f: AnyFunction) -> AnyFunction:
            self.view_functions[endpoint] = f
            return f
        return decorator

    # Hooks. Each registers for this object: an application for all requests, a blueprint for its own.

    def _register(self, registry: str, f: AnyFunction, name: str) -> AnyFunction:
        self._check_setup_finished(name)
        getattr(self, registry)[None].append(f)
        return f

    def before_request(self, f: AnyFunction) -> AnyFunction:
        """Call `f()` before each view; the first value that is not None is the answer, and the view is not called."""
        return self._register("before_request_funcs", f, "before_request")

    def after_request(self, f: AnyFunction) -> AnyFunction:
        """Call `f(response)` after each view, last registered first; it returns the response to send."""
        return self._register("after_request_funcs", f, "after_request")

    def teardown_request(self, f: AnyFunction) -> AnyFunction:
        """Call `f(exception or None)` when the request's context ends, whatever happened. It should not raise."""
        return self._register("teardown_request_funcs", f, "teardown_request")

    def context_processor(self, f: AnyFunction) -> AnyFunction:
        """Call `f()` before each template; the dict it returns is added to the template's variables."""
        return self._register("template_context_processors", f, "context_processor")

    def url_value_preprocessor(self, f: AnyFunction) -> AnyFunction:
        """Call `f(endpoint, values)` once the URL is matched; it may change the values in place."""
        return self._register("url_value_preprocessors", f, "url_value_preprocessor")

    def url_defaults(self, f: AnyFunction) -> AnyFunction:
        """Call `f(endpoint, values)` whenever a URL is built; it may add values in place."""
        return self._register("url_default_functions", f, "url_defaults")

    def _template_decorator(self, add: Callable[..., Any], name: Any) -> Any:
        if callable(name):  # used without parentheses
            add(name)
            return name

        def decorator(f: AnyFunction) -> AnyFunction:
            add(f, name)
            return f
        return decorator

    # Error handlers.

    def errorhandler(self, code_or_exception: ErrorKey) -> Callable[[AnyFunction], AnyFunction]:
        """Register the decorated function for an HTTP code or an exception class, subclasses included."""
        def decorator(f: AnyFunction) -> AnyFunction:
            self.register_error_handler(code_or_exception, f)
            return f
        return decorator

    def register_error_handler(self, code_or_exception: ErrorKey, f: Callable[..., Any]) -> None:
        """Register `f(error)` for an HTTP code or an exception class; what it returns is the answer."""
        self._check_setup_finished("register_error_handler")
        exception_class, code = self._get_exc_class_and_code(code_or_exception)
        self.error_handler_spec[None][code][exception_class] = f

    @staticmethod
    def _get_exc_class_and_code(code_or_exception: ErrorKey) -> tuple[type[Exception], int | None]:
        """Return the exception class to handle, and its HTTP code if it has one."""
        kind: Any = code_or_exception
        if isinstance(kind, int):
            try:
                kind = default_exceptions[kind]
            except KeyError:
                raise ValueError(f"{kind!r} is not the code of an HTTP error that can be raised. Use a subclass of"
                                 " HTTPException with that code, and register the handler for it.") from None
        if isinstance(kind, Exception):
            raise TypeError(f"{kind!r} is an instance, not a class. A handler is registered for a class or a code,"
                            f" such as {type(kind).__name__}.")
        if not (isinstance(kind, type) and issubclass(kind, Exception)):
            raise ValueError(f"{getattr(kind, '__name__', kind)!r} is not a subclass of Exception."
                             " A handler is registered for the code of an HTTP error or an exception class.")
        return kind, kind.code if issubclass(kind, HTTPException) else None


_send_static: Any = None


def _static_sender() -> Any:
    """Return the function that sends files of static folders; imported when the first one is sent."""
    global _send_static
    if _send_static is None:
        from .helpers import _send_static_file as _send_static
    return _send_static


def setup_method(f: AnyFunction) -> AnyFunction:
    """Mark a method that sets up; called too late it raises, as `_check_setup_finished` says."""
    def checked(self: Scaffold, *args: Any, **kwargs: Any) -> Any:
        self._check_setup_finished(f.__name__)
        return f(self, *args, **kwargs)
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):  # as functools does, which takes 3 ms to load
        setattr(checked, name, getattr(f, name))
    checked.__wrapped__ = f  # type: ignore[attr-defined]
    return checked  # type: ignore[return-value]


def _endpoint_from_view_func(view_func: Callable[..., Any]) -> str:
    """Return the endpoint of a view that was given none: its name. Extensions use this."""
    if view_func is None:
        raise TypeError("A route needs an endpoint or a view function to take the name from.")
    name: str = view_func.__name__
    return name


def get_root_path(import_name: str) -> str:
    """Return the folder of a module or package, found without importing it anew.

    It is the working directory where one works interactively. Raises RuntimeError for what has no folder of its own
    (a namespace package).
    """
    module = sys.modules.get(import_name)
    file: str | None = getattr(module, "__file__", None)
    if file is not None:
        return _folder_of(file)
    from importlib.util import find_spec

    try:
        spec = find_spec(import_name)
    except (ImportError, ValueError):
        spec = None
    loader: Any = None if spec is None else spec.loader
    if loader is None and (spec is None or not spec.submodule_search_locations):
        return os.getcwd()
    origin = None if spec is None else spec.origin
    if hasattr(loader, "get_filename"):
        origin = loader.get_filename(import_name)
    if origin is None or origin in {"namespace", "built-in", "frozen"}:
        raise RuntimeError(f"No root path can be found for {import_name!r}: it has no file of its own, as a namespace"
                           " package or a module from a database has none. Say it: root_path='...'.")
    return _folder_of(str(origin))


def _folder_of(file: str) -> str:
    """Return the folder of a file; what lies in an archive keeps the spelling that Python knows the archive by."""
    return os.path.dirname(os.path.abspath(file) if os.path.exists(file) else file)


def _packaged_bytes(import_name: str, path: str) -> bytes | None:
    """Return the bytes of a file that is packed away with its module (a zip), or None."""
    loader = getattr(sys.modules.get(import_name), "__loader__", None)
    get_data = getattr(loader, "get_data", None)
    try:
        return None if get_data is None else bytes(get_data(path))
    except OSError:
        return None
