"""Put several WSGI applications side by side, each below a path of its own."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    Application = Callable[..., Iterable[bytes]]


class DispatcherMiddleware:
    """Hand each request to the application that is mounted at the longest prefix of its path.

    The prefix moves from PATH_INFO to SCRIPT_NAME, so that an application builds right URLs
    wherever it is mounted.

    :param app: the application for paths that no mount takes.
    :param mounts: applications by prefix, with a slash in front and none behind.

    >>> site = DispatcherMiddleware(lambda *_: "site", {"/api": lambda *_: "api"})
    >>> site({"PATH_INFO": "/api/users"}, None), site({"PATH_INFO": "/apiary"}, None)
    ('api', 'site')
    """

    def __init__(self, app: Application, mounts: Mapping[str, Application] | None = None) -> None:
        self.app = app
        self.mounts = mounts or {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        # Looked at per request, as mounts may be added; no deeper than the mounts, however deep the path.
        depth = max((mount.count("/") for mount in self.mounts), default=0)
        segments = path.split("/", depth + 1)
        for length in range(min(len(segments), depth + 1), 0, -1):
            prefix = "/".join(segments[:length])
            if prefix in self.mounts:
                environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
                environ["PATH_INFO"] = path[len(prefix):]
                return self.mounts[prefix](environ, start_response)
        return self.app(environ, start_response)
