"""Responses that send the client elsewhere."""

from __future__ import annotations

from .response import Response
from .urls import iri_to_uri

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional


def redirect(location: str, code: int = 302, Response: Optional[type[Response]] = None) -> Response:
    """Make a response that sends the client to `location`, with a small page for people.

    :param code: 302 by default; 301, 303, 307 and 308 are the others of use (RFC 9110, 15.4).
    :param Response: the class to make it with.

    Raises ValueError for a location that holds control characters, as no header may.
    """
    from ..markup import escape

    shown = escape(location)
    body = (f"<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<h1>Redirecting...</h1>\n"
            f"<p>You should be redirected automatically to the target URL:"
            f' <a href="{shown}">{shown}</a>. If not, click the link.\n')
    response = (Response or _Response)(body, code, mimetype="text/html")
    response.headers["Location"] = location
    return response


def append_slash_redirect(environ: dict[str, Any], code: int = 308) -> Response:
    """Redirect to the same URL with a slash at its end; relative, so that it cannot leave the host."""
    path = environ["PATH_INFO"]
    tail = path.rpartition("/")[2].encode("latin-1").decode("utf-8", "replace")
    target = f"{iri_to_uri(tail)}/" if tail else "./"
    target = f"./{target}" if ":" in target or target.startswith("/") else target  # no scheme, no host (RFC 3986, 4.2)
    query = environ.get("QUERY_STRING", "")
    return redirect(f"{target}?{query}" if query else target, code)


_Response = Response
