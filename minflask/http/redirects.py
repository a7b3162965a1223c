"""Responses that send the client elsewhere.

Where to is for the caller to know: a URL that a client has given can lead to
any host, so compare it with your own before redirecting to it.
"""

from __future__ import annotations

from ..markup import escape
from .response import Response
from .urls import quote_segment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PAGE = """\
<!doctype html>
<html lang=en>
<title>Moved</title>
<h1>Moved</h1>
<p>Go on to <a href="{url}">{url}</a>.
"""
_Response = Response


def redirect(location: str, code: int = 302, Response: type[Response] | None = None) -> Response:
    """Make a response that sends the client to another URL, with a small page for people.

    :param location: the URL, in any script; it may be relative.
    :param code: 302; or 301, 303, 307, 308 (RFC 9110, 15.4).
    :param Response: the class to make the response with.
    :raises ValueError: for a location with a line end or another control character.

    >>> response = redirect("/login")
    >>> response.status, response.location
    ('302 FOUND', '/login')
    """
    response = (Response or _Response)(_PAGE.format(url=escape(location)), code, mimetype="text/html")
    response.headers["Location"] = location
    return response


def append_slash_redirect(environ: dict[str, Any], code: int = 308) -> Response:
    """Redirect to the URL of the request with a slash at its end.

    The URL is relative, and so never leads to another host, whatever the path is (CVE-2020-28724).

    >>> append_slash_redirect({"PATH_INFO": "/a/b", "QUERY_STRING": "c=d"}).location
    'b/?c=d'
    """
    last = environ["PATH_INFO"].rpartition("/")[2].encode("latin-1").decode("utf-8", "replace")
    target = f"{quote_segment(last)}/" if last else "./"
    if ":" in target:
        target = f"./{target}"  # or it would begin with a scheme (RFC 3986, 4.2)
    query = environ.get("QUERY_STRING")
    return redirect(f"{target}?{query}" if query else target, code)
