"""The functions that views use: URLs, redirects, errors, files, messages, streams.

Most are short ways to what the current application and request do themselves.
"""

from __future__ import annotations

import os
import sys

from .ctx import _request_context_for
from .globals import _current, current_app, find_app_context, find_request_context, session
from .http.exceptions import NotFound
from .http.exceptions import abort as _abort
from .routing import BuildError, MapAdapter
from .signals import message_flashed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import timedelta
    from typing import Any, NoReturn

    from .http.response import Response as AnyResponse
    from .wrappers import Response

_unset: Any = object()
_FALSE = {"0", "false", "no"}
_OLD_NAMES = (("attachment_filename", "download_name"), ("add_etags", "etag"), ("cache_timeout", "max_age"))


# What the environment says.

def get_env() -> str:
    """Return `FLASK_ENV`, by default "production"; "development" turns debug mode on (Flask 1.x)."""
    return os.environ.get("FLASK_ENV") or "production"


def get_debug_flag() -> bool:
    """Return whether `FLASK_DEBUG` turns debug mode on; where it is not set, `FLASK_ENV` says."""
    value = os.environ.get("FLASK_DEBUG")
    return value.lower() not in _FALSE if value else get_env() == "development"


def get_load_dotenv(default: bool = True) -> bool:
    """Return whether `.env` files are to be read: unless `FLASK_SKIP_DOTENV` says not."""
    from .dotenv import is_wanted

    return is_wanted(default)


# Answers.

def make_response(*args: Any) -> Response:
    """Make a response of what a view could return, to change it before it is returned.

    Without arguments it is empty; several arguments are taken as the tuple of a view.

    >>> def view():
    ...     response = make_response("not found", 404)
    ...     response.headers["X-Reason"] = "gone fishing"
    ...     return response
    """
    if not args:
        return current_app.response_class()
    return current_app.make_response(args[0] if len(args) == 1 else args)


def redirect(location: str, code: int = 302, Response: type[AnyResponse] | None = None) -> AnyResponse:
    """Make a response that sends the client to another URL.

    :param code: 302 by default; 303 after a form, 307 and 308 keep method and body.
    :param Response: the class to make it with, in place of the application's.
    """
    frame = _current.get()
    if Response is None and frame is not None:
        return frame.app.redirect(location, code=code)
    from .http.redirects import redirect as make_redirect

    return make_redirect(location, code=code, Response=Response)


def abort(code: int | AnyResponse, *args: Any, **kwargs: Any) -> NoReturn:
    """Raise the HTTP exception of a code, or one that answers with the response given.

    `abort(404)`, `abort(400, "The date is missing.")`. Raises LookupError for an unknown code.
    """
    frame = _current.get()
    if frame is not None:
        frame.app.aborter(code, *args, **kwargs)
    _abort(code, *args, **kwargs)


def url_for(endpoint: str, *, _anchor: str | None = None, _method: str | None = None, _scheme: str | None = None,
            _external: bool | None = None, **values: Any) -> str:
    """Build the URL of an endpoint; see `Flask.url_for`.

    Values that the rule does not know become the query; None leaves a value away. In a request, `".name"` is an
    endpoint of the current blueprint. Raises BuildError where no rule fits.
    """
    frame = _current.get()
    app = find_app_context().app if frame is None else frame.app
    if _external is None and _scheme is None and _anchor is None and _method is None:
        adapter: Any = getattr(frame, "_url_adapter", None)
        # A plain URL in a request is the map's affair alone, unless url_for is another here; that saves a third.
        if (adapter.__class__ is MapAdapter and endpoint[:1] != "." and frame is not None and frame.is_request
                and not app.url_default_functions and app._keeps_url_for):
            try:
                return adapter.build(endpoint, values)  # type: ignore[no-any-return]
            except BuildError:
                pass  # the application decides
        return app.url_for(endpoint, **values)
    return app.url_for(endpoint, _anchor=_anchor, _method=_method, _scheme=_scheme, _external=_external, **values)


def stream_with_context(generator_or_function: Any) -> Any:
    """Keep the request's context while its answer is streamed; for a generator, or as decorator of its function.

    >>> def view():
    ...     def rows():
    ...         yield f"Hello, {request.args['name']}"
    ...     return current_app.response_class(stream_with_context(rows()))

    The teardown functions run when the request ends, and again when the stream does. Raises RuntimeError
    outside of a request.
    """
    if not hasattr(generator_or_function, "__next__") and callable(generator_or_function):
        import functools

        @functools.wraps(generator_or_function)
        def decorated(*args: Any, **kwargs: Any) -> Any:
            return stream_with_context(generator_or_function(*args, **kwargs))
        return decorated

    ctx = _request_context_for(stream_with_context)

    close = getattr(generator_or_function, "close", int)

    def in_context() -> Iterator[Any]:
        with ctx:  # pushed when the stream is read: in the thread, task or loop that reads it
            try:
                yield from generator_or_function
            finally:
                close()

    from .http.wsgi import ClosingIterator

    return ClosingIterator(in_context(), close)  # which also closes what nobody began to read


def get_template_attribute(template_name: str, attribute: str) -> Any:
    """Return a macro or a variable that a template exports, to use it from Python."""
    return getattr(current_app.jinja_env.get_template(template_name).module, attribute)


# Messages for the next request.

def flash(message: str, category: str = "message") -> None:
    """Keep a message in the session for the next request, which shows it by `get_flashed_messages`.

    :param category: any text; "message", "error", "info" and "warning" are usual.
    """
    # Set anew, not appended to: a session that stores itself may not see a change inside a list.
    session["_flashes"] = [*session.get("_flashes", ()), (category, message)]
    if message_flashed.receivers:
        app = find_app_context().app
        message_flashed.send(app, _async_wrapper=app.ensure_sync, message=message, category=category)


def get_flashed_messages(with_categories: bool = False, category_filter: Iterable[str] = ()) -> list[Any]:
    """Take the flashed messages out of the session; further calls in this request give the same.

    :param with_categories: give (category, message) pairs.
    :param category_filter: only messages of these categories.
    """
    ctx = find_request_context()
    if ctx.flashes is None:
        flashes = session.pop("_flashes") if "_flashes" in session else []
        ctx.flashes = [(category, message) for category, message in flashes]
    wanted = [pair for pair in ctx.flashes if not category_filter or pair[0] in category_filter]
    if with_categories:
        return wanted
    return [message for _, message in wanted]


# Files.

_files: Any = None


def _file_senders() -> Any:
    """Return the module that sends files; imported when the first one is sent."""
    global _files
    if _files is None:
        from .http import files as _files
    return _files


def _send_file_options(options: dict[str, Any]) -> dict[str, Any]:
    """Fill in what the application knows, and take the names of Flask 1.x for those of today."""
    for old, new in _OLD_NAMES:
        if old in options:
            value = options.pop(old)
            if options.get(new) is None or new == "etag":
                options[new] = value
    ctx = find_request_context()
    app = ctx.app
    if options.get("max_age") is None:
        options["max_age"] = app.get_send_file_max_age
    return {"environ": ctx.request.environ, "use_x_sendfile": app.config["USE_X_SENDFILE"],
            "response_class": app.response_class, "_root_path": app.root_path, **options}


def send_file(path_or_file: Any = _unset, mimetype: str | None = None, as_attachment: bool = False,
              download_name: str | None = None, conditional: bool = True, etag: bool | str = True,
              last_modified: Any = None, max_age: Any = None, *, filename_or_fp: Any = _unset,
              **old_names: Any) -> Response:
    """Answer with a file: a path (relative to the application's root) or a file opened in binary mode.

    Never give it a path from a user; `send_from_directory` is for those.

    :param download_name: the name the browser saves it under; the path's by default.
    :param conditional: answer 304 and ranges (206) where the client asks for them.
    :param etag: True makes one from the file's facts; text is one.
    :param max_age: seconds to cache for, or a function of the file's name.
    :param old_names: `attachment_filename`, `add_etags` and `cache_timeout` of Flask 1.x.
    """
    path_or_file = filename_or_fp if path_or_file is _unset else path_or_file
    if path_or_file is _unset:
        raise TypeError("send_file() needs a path or a file.")
    unknown = set(old_names).difference(old for old, _ in _OLD_NAMES)
    if unknown:
        raise TypeError(f"send_file() got an unexpected argument {sorted(unknown)[0]!r}")
    if old_names and hasattr(path_or_file, "encoding"):
        path_or_file = _as_binary(path_or_file)
    options = {"mimetype": mimetype, "as_attachment": as_attachment, "download_name": download_name,
               "conditional": conditional, "etag": etag, "last_modified": last_modified, **old_names}
    if max_age is not None:
        options["max_age"] = max_age
    response: Response = _file_senders().send_file(path_or_file, **_send_file_options(options))
    return response


def _as_binary(file: Any) -> Any:
    """Return the bytes of a file opened as text, which Flask 1.x took."""
    if hasattr(file, "buffer"):
        return file.buffer
    from io import BytesIO

    return BytesIO(file.read().encode())


def send_from_directory(directory: str | os.PathLike[str], path: Any = _unset, *, filename: Any = _unset,
                        **kwargs: Any) -> Response:
    """Answer with a file that lies in a folder; the path may come from a user.

    A path that leaves the folder, or is no file, is a 404. The options are those of `send_file`.
    """
    path = filename if path is _unset else path
    if path is _unset:
        raise TypeError("send_from_directory() needs the path of a file in the directory.")
    response: Response = _file_senders().send_from_directory(directory, path, **_send_file_options(kwargs))
    return response


def _send_static_file(owner: Any, filename: str) -> Response:
    """Answer with a file of the static folder of an application or a blueprint."""
    ctx = find_request_context()
    app, age = ctx.app, owner.get_send_file_max_age(filename)
    if age is None and owner is not app:
        age = app.get_send_file_max_age
    response: Response = _file_senders().send_from_directory(
        owner.static_folder, filename, ctx.request.environ, max_age=age,
        use_x_sendfile=app.config["USE_X_SENDFILE"], response_class=app.response_class, _root_path=app.root_path,
        follow_symlinks=app.config.get("STATIC_FOLLOW_SYMLINKS", True))
    return response


def safe_join(directory: str, *pathnames: str) -> str:
    """Join paths that a user gave to a folder, or raise NotFound where they would leave it (Flask 1.x).

    `minflask.security.safe_join` returns None there.
    """
    from .security import safe_join as join

    path = join(directory, *pathnames)
    if path is None:
        raise NotFound()
    return path


# What extensions use.

def total_seconds(td: timedelta) -> int:
    """Return the whole seconds of a timedelta (Flask 1.x)."""
    return td.days * 86400 + td.seconds


class locked_cached_property:
    """A property worked out once, also where several threads ask for it at the same time."""

    def __init__(self, fget: Callable[[Any], Any], name: str | None = None, doc: str | None = None) -> None:
        from threading import RLock

        self.fget, self.lock = fget, RLock()
        self.__name__ = name or fget.__name__
        self.__doc__ = doc or fget.__doc__

    def __get__(self, obj: Any, owner: Any = None) -> Any:
        if obj is None:
            return self
        with self.lock:
            if self.__name__ not in obj.__dict__:
                obj.__dict__[self.__name__] = self.fget(obj)
            return obj.__dict__[self.__name__]

    def __set__(self, obj: Any, value: Any) -> None:
        with self.lock:
            obj.__dict__[self.__name__] = value

    def __delete__(self, obj: Any) -> None:
        with self.lock:
            obj.__dict__.pop(self.__name__, None)


def find_package(import_name: str) -> tuple[str | None, str]:
    """Return (install prefix or None, the folder that holds the package or module)."""
    folder = _folder_of_top_package(import_name)
    prefix = os.path.realpath(sys.prefix)
    real = os.path.realpath(folder)
    if real == prefix or real.startswith(prefix + os.sep):
        return sys.prefix, folder
    parent, name = os.path.split(folder)
    if name.lower() != "site-packages":
        return None, folder
    grandparent, lib = os.path.split(parent)
    if lib.lower() == "lib":  # Windows: prefix/lib/site-packages
        return grandparent, folder
    above, lib = os.path.split(grandparent)
    return (above if lib.lower() == "lib" else parent), folder  # POSIX: prefix/lib/pythonX.Y/site-packages


def _folder_of_top_package(import_name: str) -> str:
    """Return the folder that the import system found the outermost package of a name in."""
    from importlib.util import find_spec

    top = import_name.partition(".")[0]
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):  # not found, or a module run as a script (__main__)
        spec = None
    if spec is None:
        return os.getcwd()
    origin = spec.origin if spec.origin not in {None, "namespace"} else None
    if origin is None:
        inner = find_spec(import_name)
        locations = spec.submodule_search_locations or [os.getcwd()]
        path = (inner.origin or "") if inner is not None else ""
        holder = next((place for place in locations if path.startswith(str(place))), next(iter(locations)))
        return os.path.dirname(holder)
    folder = os.path.dirname(os.path.abspath(origin))
    folder = os.path.dirname(folder) if spec.submodule_search_locations is not None else folder
    return os.path.dirname(folder) if os.path.isfile(folder) else folder  # beside a zip archive, not in it
