"""Serve files and folders of the disk, or of packages, before the application is asked."""

from __future__ import annotations

import os
from fnmatch import fnmatch

from ...security import safe_join
from ..exceptions import RequestedRangeNotSatisfiable
from ..files import send_file
from ..mime import guess_type
from ..wsgi import get_path_info

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from typing import IO, Any, Union

    Opened = tuple[IO[bytes], datetime, int]  # the file, when it was changed, its size in bytes
    Found = tuple[Union[str, None], Union[Callable[[], Opened], None]]
    Loader = Callable[[Union[str, None]], Found]


class SharedDataMiddleware:
    """Answer GET and HEAD for exported files; the application answers everything else.

    Conditional requests and ranges work, and files in zipped packages too.

    :param app: the application to wrap.
    :param exports: what to serve, by path of the URL (a mapping, or pairs that are tried in
        their order): a file, a folder, or a tuple of a package's name and a folder in it.
    :param disallow: a pattern (`'*.py'`) of file names that are not served.
    :param cache: send `Cache-Control` with `cache_timeout` in seconds.
    :param fallback_mimetype: the type of files whose name says none.
    """

    def __init__(
        self,
        app: Callable[..., Iterable[bytes]],
        exports: Mapping[str, str | tuple[str, str]] | Iterable[tuple[str, str | tuple[str, str]]],
        disallow: str | None = None, cache: bool = True, cache_timeout: int = 60 * 60 * 12,
        fallback_mimetype: str = "application/octet-stream",
    ) -> None:
        self.app = app
        self.cache, self.cache_timeout, self.fallback_mimetype = cache, cache_timeout, fallback_mimetype
        self.disallow = disallow
        pairs = exports.items() if hasattr(exports, "items") else exports
        self.exports: list[tuple[str, Loader]] = [(path, self._loader_for(target)) for path, target in pairs]

    def _loader_for(self, target: str | tuple[str, str]) -> Loader:
        if isinstance(target, tuple):
            return self.get_package_loader(*target)
        if isinstance(target, str):
            return self.get_file_loader(target) if os.path.isfile(target) else self.get_directory_loader(target)
        raise TypeError(f"An export is a path or a (package, folder) tuple, not {target!r}.")

    def is_allowed(self, filename: str) -> bool:
        """Return True if a file of this name may be served. May be overridden."""
        return self.disallow is None or not fnmatch(filename, self.disallow)

    def get_file_loader(self, filename: str) -> Loader:
        """Return a loader that finds this one file, whatever it is asked for."""
        return lambda name: (os.path.basename(filename), lambda: _open_path(filename))

    def get_directory_loader(self, directory: str) -> Loader:
        """Return a loader that finds the files below a folder, and nothing outside of it."""

        def load(name: str | None) -> Found:
            path = directory if name is None else safe_join(directory, name)
            if path is None or not os.path.isfile(path):
                return None, None
            return os.path.basename(path), lambda: _open_path(path)

        return load

    def get_package_loader(self, package: str, package_path: str) -> Loader:
        """Return a loader that finds the files below a folder of a package, which may be zipped."""
        from importlib.resources import files

        root = files(package)

        def load(name: str | None) -> Found:
            path = None if name is None else safe_join(package_path, name)
            if path is None:
                return None, None
            found = root
            for segment in path.replace(os.sep, "/").split("/"):
                found = found.joinpath(segment)  # one at a time: more are taken from Python 3.12 on only
            return (found.name, lambda: _open_resource(found)) if _is_file(found) else (None, None)

        return load

    def generate_etag(self, mtime: datetime, file_size: int, real_filename: str) -> str:
        """Return the entity tag of a file. May be overridden."""
        from zlib import crc32

        return f"{mtime.timestamp():.6f}-{file_size}-{crc32(os.fsencode(real_filename)):08x}"

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            filename, opener = self._find(get_path_info(environ))
            if filename is not None and opener is not None and self.is_allowed(filename):
                return self._send(filename, opener, environ, start_response)
        return self.app(environ, start_response)

    def _find(self, path: str) -> Found:
        for prefix, load in self.exports:
            found: Found = None, None
            if path == prefix:
                found = load(None)
            elif path.startswith(prefix.rstrip("/") + "/"):
                found = load(path[len(prefix.rstrip("/")) + 1:])
            if found[1] is not None:
                return found
        return None, None

    def _send(
        self, filename: str, opener: Callable[[], Opened], environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        file, mtime, size = opener()
        response = send_file(
            file,
            environ,
            mimetype=guess_type(filename)[0] or self.fallback_mimetype,
            last_modified=mtime,
            etag=self.generate_etag(mtime, size, filename) if self.cache else False,
            max_age=self.cache_timeout if self.cache else None,
            conditional=False,
        )
        response.content_length = size
        try:
            response.make_conditional(environ, accept_ranges=True, complete_length=size)
        except RequestedRangeNotSatisfiable as error:
            response.close()
            return error(environ, start_response)
        answer: Iterable[bytes] = response(environ, start_response)
        return answer


def _open_path(path: str) -> Opened:
    """Open a file of the disk."""
    from datetime import datetime, timezone

    info = os.stat(path)
    return open(path, "rb"), datetime.fromtimestamp(info.st_mtime, timezone.utc), info.st_size


def _is_file(resource: Any) -> bool:
    """Return True for a file of a package; before Python 3.10 a zip file says so of what is not there, too."""
    return bool(resource.is_file() and getattr(resource, "exists", lambda: True)())


def _open_resource(resource: Any) -> Opened:
    """Open a file of a package; what lies in a zip file is read at once, and as old as that file is unknown."""
    from datetime import datetime, timezone
    from io import BytesIO

    if isinstance(resource, os.PathLike):
        return _open_path(os.fspath(resource))
    data = resource.read_bytes()
    return BytesIO(data), datetime.fromtimestamp(0, timezone.utc), len(data)
