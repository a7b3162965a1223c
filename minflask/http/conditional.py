"""Answer a request for what has changed, or for a part: 304, 412, 206 and 416.

The request is an environ, the response anything with a status, headers and a
body that can be iterated (RFC 9110, 13 and 14). A range is given only where
its meaning is beyond doubt: one part, in bytes, of a GET. Whatever else is
asked for gets the whole, as the RFC says; no number of ranges costs anything.
"""

from __future__ import annotations

import re

from .codec import http_date
from .exceptions import RequestedRangeNotSatisfiable
from .wsgi import RangeWrapper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# bytes-range = "bytes=" ( first "-" [ last ] / "-" suffix-length )           RFC 9110, 14.1.2
_ONE_RANGE = r"bytes[ \t]*=[ \t]*(?:([0-9]{1,19})[ \t]*)?-[ \t]*(?:([0-9]{1,19})[ \t]*)?"  # linear: no two runs meet


def resolve_range(header: str, length: int) -> tuple[int, int] | None:
    """Return where the asked part begins and how long it is; None if the whole is to be given.

    :param length: bytes of the whole.
    :raises RequestedRangeNotSatisfiable: if the part lies outside.

    >>> resolve_range("bytes=0-9", 100), resolve_range("bytes=-10", 100), resolve_range("bytes=0-0,5-5", 100)
    ((0, 10), (90, 10), None)
    """
    if "=" not in header:  # this is not even a unit that we do not know
        raise RequestedRangeNotSatisfiable(length)
    match = re.fullmatch(_ONE_RANGE, header, re.IGNORECASE)
    if match is None:
        return None
    first, last = match.groups()
    if first:
        start, stop = int(first), min(int(last or length), length - 1) + 1
        if last and int(last) < start:
            return None  # it is not valid, and so to be ignored
    else:
        start, stop = max(0, length - int(last or 0)), length
    if start >= length:
        raise RequestedRangeNotSatisfiable(length)
    return start, stop - start


def apply_conditions(
    response: Any, environ: dict[str, Any], accept_ranges: bool | str, complete_length: int | None
) -> None:
    """Turn a response into 304, 412 or 206, if the request's conditions say so.

    :param accept_ranges: what to say in `Accept-Ranges`; True for `bytes`, False for no ranges.
    :param complete_length: bytes of the whole content; without it no part is given.
    :raises RequestedRangeNotSatisfiable: if a part is asked for that is not there.
    """
    method = environ.get("REQUEST_METHOD", "GET")
    if method not in ("GET", "HEAD"):
        return
    headers = response.headers
    if "date" not in headers:
        headers["Date"] = http_date()
    if accept_ranges:
        headers["Accept-Ranges"] = "bytes" if accept_ranges is True else accept_ranges
    if 200 <= response.status_code < 300:  # RFC 9110, 13.2.1
        status = _status_of_conditions(environ, headers)
        if status is not None:
            response.status_code = status
        elif method == "GET" and accept_ranges in (True, "bytes") and complete_length and response.status_code == 200:
            _apply_range(response, environ, complete_length)
    if response.automatically_set_content_length and response.status_code != 304 and "content-length" not in headers:
        length = response.calculate_content_length()
        if length is not None:
            headers["Content-Length"] = str(length)


def _status_of_conditions(environ: dict[str, Any], headers: Any) -> int | None:
    """Return the status that the conditions of a GET lead to, or None for an ordinary answer."""
    asked = environ.get("HTTP_IF_NONE_MATCH")
    if not (asked or environ.get("HTTP_IF_MODIFIED_SINCE") or environ.get("HTTP_IF_MATCH")):
        return None
    etag = headers.get("etag")
    # The same tag again is what browsers send, nearly always: no need to parse it.
    if etag and asked == etag and "HTTP_IF_MATCH" not in environ:
        return 304
    from .ranges import is_resource_modified

    if is_resource_modified(environ, etag, None, headers.get("last-modified")):
        return None
    return 412 if environ.get("HTTP_IF_MATCH") else 304


def _apply_range(response: Any, environ: dict[str, Any], length: int) -> None:
    """Cut the body down to the part that is asked for, unless that is of another version."""
    if not environ.get("HTTP_RANGE") or not _is_same_version(environ, response.headers):
        return
    part = resolve_range(environ["HTTP_RANGE"], length)
    if part is None:
        return
    start, size = part
    response.headers["Content-Range"] = f"bytes {start}-{start + size - 1}/{length}"
    response.headers["Content-Length"] = str(size)
    response.status_code = 206
    body = response.response
    if not hasattr(body, "seekable"):
        if hasattr(body, "close"):
            response.call_on_close(body.close)
        body = response.iter_encoded()
    response.response = RangeWrapper(body, start, size)


def _is_same_version(environ: dict[str, Any], headers: Any) -> bool:
    if "HTTP_IF_RANGE" not in environ:
        return True
    from .ranges import is_resource_modified

    return not is_resource_modified(
        environ, headers.get("etag"), None, headers.get("last-modified"), ignore_if_range=False)
