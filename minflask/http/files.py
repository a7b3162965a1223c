"""Send files: whole, in parts, or not at all if the client has them already.

A file is a path, an open binary stream, or something in a zip archive that
the program itself was imported from. Which folder a path may lie in is checked
here for :func:`send_from_directory` only; static routes are the application's.
"""

from __future__ import annotations

import io
import os
import time
from errno import ENOENT
from functools import lru_cache
from stat import S_ISREG
from zlib import adler32

from ..security import safe_join
from .codec import dump_options_header, http_date, quote_etag
from .conditional import resolve_range
from .exceptions import NotFound, RequestedRangeNotSatisfiable
from .headers import clean_value
from .mime import guess_type
from .response import Response, set_fields
from .urls import quote
from .utils import archive_finder, get_content_type
from .wsgi import FileWrapper, wrap_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import IO, Any, Union

    Path = Union[str, "os.PathLike[str]"]

_BLOCK = 1 << 16


class _Content:
    """What is sent: a path or a stream, and what is known of it."""

    def __init__(self, path: str | None, file: Any, size: int | None, mtime: float | None) -> None:
        self.path, self.file, self.size, self.mtime = path, file, size, mtime

    def open(self) -> Any:
        """Return the stream, opened now if there is only a path."""
        # Blocks are read as a whole: a buffer would only copy them.
        return self.file if self.path is None or self.file is not None else io.FileIO(self.path)

    def wrapped(self, environ: dict[str, Any]) -> Any:
        """Return the body of a response with all of it."""
        # A small file needs no large block, which would be made anew for each read.
        return wrap_file(environ, self.open(), min(self.size or _BLOCK, _BLOCK))


def _content_of(path_or_file: Any, root_path: Path | None = None) -> _Content:
    """Look at what is to be sent.

    :raises OSError: if there is no such file, or it is not a regular one.
    :raises ValueError: for a path that cannot be one, and for a stream of text.
    """
    if isinstance(path_or_file, io.TextIOBase):
        raise ValueError("A file that gives text cannot be sent: open it in binary mode, or use BytesIO.")
    if isinstance(path_or_file, str) or hasattr(path_or_file, "__fspath__"):
        path = os.fspath(path_or_file)
        return _content_at(path if root_path is None else os.path.join(root_path, path))
    # Only of a stream in memory, and at its beginning, is the length known.
    is_whole = isinstance(path_or_file, io.BytesIO) and not path_or_file.tell()
    return _Content(None, path_or_file, path_or_file.getbuffer().nbytes if is_whole else None, None)


def _content_at(path: str) -> _Content:
    try:
        status = os.stat(path)
    except (NotADirectoryError, FileNotFoundError):  # what it is called depends on the system
        return _archived(path)
    if not S_ISREG(status.st_mode):
        raise IsADirectoryError(f"{path!r} is not a regular file, so it cannot be sent.")
    return _Content(path, None, status.st_size, status.st_mtime)


def _archived(path: str) -> _Content:
    """Read a file out of an archive that modules are imported from; of no other one (CVE-2024-8088)."""
    is_folder = path.endswith((os.sep, "/"))  # archives have entries for those too, which are empty
    finder = None if is_folder else archive_finder(path)
    if finder is None:
        raise FileNotFoundError(ENOENT, os.strerror(ENOENT), path)
    data = finder.get_data(path)
    return _Content(path, io.BytesIO(data), len(data), os.stat(finder.archive).st_mtime)


def send_file(
    path_or_file: Path | IO[bytes], environ: dict[str, Any], mimetype: str | None = None,
    as_attachment: bool = False, download_name: str | None = None, conditional: bool = True,
    etag: bool | str = True, last_modified: datetime | int | float | None = None,
    max_age: int | Callable[[str | None], int | None] | None = None, use_x_sendfile: bool = False,
    response_class: type[Response] | None = None, _root_path: Path | None = None,
) -> Response:
    """Make a response that sends a file.

    Never pass a path that a client has sent: :func:`send_from_directory` is for that.

    :param path_or_file: a path, or a stream in binary mode, which is closed when it is sent.
    :param environ: the WSGI environ of the request.
    :param mimetype: guessed from the name if not given.
    :param as_attachment: have the browser offer to save it, not show it.
    :param download_name: the name that the browser uses; that of the path by default.
    :param conditional: answer with 304 or a part, if the request asks for that.
    :param etag: True to make an entity tag of the file's time and size; or the tag; or False.
    :param last_modified: a time; by default the file's.
    :param max_age: for how many seconds a cache may keep it, or a function that is called
        with the path and tells that; without it, caches ask each time.
    :param use_x_sendfile: leave the sending to the HTTP server, by an `X-Sendfile` header.
    :param response_class: the class to make the response with.
    :raises FileNotFoundError: if there is no such file.
    :raises RequestedRangeNotSatisfiable: if the client asks for a part that is not there.
    """
    content = path_or_file if isinstance(path_or_file, _Content) else _content_of(path_or_file, _root_path)
    fields = [*_fields_of_name(download_name, content.path, mimetype, as_attachment),
              *_fields_of_version(content.path, content.size, content.mtime, etag, last_modified),
              *_fields_of_age(max_age(content.path) if callable(max_age) else max_age)]
    response = (response_class or Response)()
    response.direct_passthrough = True
    if use_x_sendfile and content.file is None and content.path is not None:
        set_fields(response, fields)
        _leave_to_server(response, content, environ if conditional else None)
    else:
        _fill(response, content, fields, environ, conditional)
    return response


def _fill(
    response: Response, content: _Content, fields: list[tuple[str, str]], environ: dict[str, Any], conditional: bool
) -> None:
    """Give the response its headers and its body, or the status of one that needs none."""
    status = _early_status(response, environ, fields) if conditional else 200
    if status == 304:
        fields = [field for field in fields if field[0] in _OF_304]
        response.status_code = 304
    if status is None:
        set_fields(response, fields)
        _send_conditionally(response, content, environ)
        return
    if conditional:
        fields += ("Accept-Ranges", "bytes"), ("Date", http_date())
    if status == 200 or content.file is not None:  # a stream is closed with the response
        response.response = content.wrapped(environ)
    set_fields(response, fields)


_OF_304 = ("ETag", "Cache-Control", "Expires")  # what a cache may want to update (RFC 9110, 15.4.5)
# What make_conditional looks at; without any of it, there is nothing to decide.
_CONDITIONS = {"HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH", "HTTP_RANGE"}


def _early_status(response: Response, environ: dict[str, Any], fields: list[tuple[str, str]]) -> int | None:
    """Return 200 or 304 where that is plain to see; None where make_conditional has to decide."""
    if type(response).make_conditional is not Response.make_conditional:
        return None
    if environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
        return None
    if environ.keys().isdisjoint(_CONDITIONS):
        return 200
    if ("ETag", environ.get("HTTP_IF_NONE_MATCH")) in fields and "HTTP_IF_MATCH" not in environ:
        return 304  # the same tag again, as browsers ask nearly always
    return None


def _leave_to_server(response: Response, content: _Content, environ: dict[str, Any] | None) -> None:
    """Name the file in a header for the HTTP server, which knows its length and cuts out parts itself."""
    headers = response.headers
    headers.remove("Content-Length")
    # Headers carry bytes as Latin-1 (PEP 3333).
    headers["X-Sendfile"] = os.fsencode(os.path.abspath(content.path or "")).decode("latin-1")
    if environ is None:
        return
    if response.make_conditional(environ).status_code in (304, 412):
        headers.remove("X-Sendfile")  # some servers would send the file after all
    elif environ["REQUEST_METHOD"] == "GET" and environ.get("HTTP_RANGE") and "HTTP_IF_RANGE" not in environ:
        resolve_range(environ["HTTP_RANGE"], content.size or 0)


def _send_conditionally(response: Response, content: _Content, environ: dict[str, Any]) -> None:
    """Open the file only if the conditions of the request let some of it be sent."""
    body = FileWrapper(content.file, _BLOCK)
    response.response = body
    try:
        response.make_conditional(environ, accept_ranges=True, complete_length=content.size)
    except RequestedRangeNotSatisfiable:
        body.close()
        raise
    if response.status_code == 304:
        response.response = ()
        return
    if response.response is body:
        response.response = content.wrapped(environ)
    else:
        body.file = content.open()


@lru_cache(maxsize=256)
def _fields_of_name(
    name: str | None, path: str | None, mimetype: str | None, as_attachment: bool
) -> tuple[tuple[str, str], ...]:
    """Return what the name of a file decides: disposition, type and encoding."""
    encoding = None
    if name is None and path is not None:
        name = os.path.basename(path)
    if mimetype is None:
        if name is None:
            raise TypeError("Nothing to detect the MIME type from: give a mimetype, or a download_name.")
        mimetype, encoding = guess_type(name)
    fields = []
    if name is not None:
        fields.append(("Content-Disposition", _disposition(name, as_attachment)))
    elif as_attachment:
        raise TypeError("An attachment needs a name to be saved under: give a download_name.")
    fields.append(("Content-Type", get_content_type(mimetype or "application/octet-stream", "utf-8")))
    if encoding is not None and not as_attachment:  # what is saved is to stay compressed
        fields.append(("Content-Encoding", encoding))
    return tuple((key, clean_value(value)) for key, value in fields)


def _disposition(name: str, as_attachment: bool) -> str:
    """Write a Content-Disposition: a name in ASCII, and the name itself if that differs (RFC 6266, D)."""
    options = {"filename": name}
    if not name.isascii():
        from unicodedata import normalize

        options = {"filename": normalize("NFKD", name).encode("ascii", "ignore").decode(),
                   "filename*": f"UTF-8''{quote(name)}"}
    return dump_options_header("attachment" if as_attachment else "inline", options)


@lru_cache(maxsize=256)
def _fields_of_version(
    path: str | None, size: int | None, mtime: float | None, etag: bool | str,
    last_modified: datetime | int | float | None,
) -> tuple[tuple[str, str], ...]:
    """Return what the version of a file decides: length, time and tag."""
    fields = []
    if size is not None:
        fields.append(("Content-Length", str(size)))
    if last_modified is None:
        last_modified = mtime
    if last_modified is not None:
        fields.append(("Last-Modified", http_date(last_modified)))
    if isinstance(etag, str):
        fields.append(("ETag", clean_value(quote_etag(etag))))
    elif etag and path is not None:
        fields.append(("ETag", f'"{mtime}-{size}-{adler32(os.fsencode(path))}"'))
    return tuple(fields)


def _fields_of_age(max_age: int | None) -> list[tuple[str, str]]:
    if max_age is None:
        return [("Cache-Control", "no-cache")]
    value = f"public, max-age={max_age}" if max_age > 0 else f"no-cache, max-age={max_age}"
    return [("Cache-Control", value), ("Expires", http_date(int(time.time() + max_age)))]


def send_from_directory(
    directory: Path, path: Path, environ: dict[str, Any], *, follow_symlinks: bool = True, **kwargs: Any
) -> Response:
    """Make a response that sends a file out of a folder; the path may come from a client.

    :param directory: the folder, which must be trusted.
    :param path: a path below it, with slashes.
    :param follow_symlinks: whether a link may lead out of the folder.
    :param kwargs: the other arguments of :func:`send_file`.
    :raises NotFound: if there is no such file, or it lies outside.
    """
    folder, root_path = os.fspath(directory), kwargs.pop("_root_path", None)
    joined = _joined(root_path, folder, os.fspath(path))
    if joined is None or (not follow_symlinks and _leads_out(os.path.join(root_path or "", folder), joined)):
        raise NotFound()
    try:
        content: Any = _content_at(joined)
    except (OSError, ValueError):  # not there, too long, with a NUL, or in no encoding of the system
        raise NotFound() from None
    try:
        return send_file(content, environ, **kwargs)
    except (FileNotFoundError, PermissionError):
        raise NotFound() from None


@lru_cache(maxsize=256)
def _joined(root_path: Path | None, directory: str, name: str) -> str | None:
    """Return the path of a file below a directory, or None for a name that is none of a file there."""
    path = None if name.endswith("/") else safe_join(directory, name)
    return path if path is None or root_path is None else os.path.join(root_path, path)


def _leads_out(directory: str, path: str) -> bool:
    try:
        root = os.path.realpath(directory)
        return os.path.commonpath((root, os.path.realpath(path))) != root
    except ValueError:
        return True
