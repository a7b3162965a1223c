"""Pass requests below certain paths on to other HTTP servers."""

from __future__ import annotations

from http import client
from http.client import HTTPConnection, HTTPException
from urllib.parse import quote, urlsplit

from ..codec import is_hop_by_hop_header
from ..exceptions import BadGateway
from ..headers import EnvironHeaders
from ..wsgi import get_input_stream, get_path_info

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from http.client import HTTPResponse
    from typing import Any


class ProxyMiddleware:
    """Let another server answer for a path, as a development server for scripts and styles may.

    Each target is a dict: `target`, the URL of the server; `remove_prefix`, True to cut the
    prefix off the path; `host`, the Host field to send: `'<auto>'` (the target's, the default),
    None (what the client sent) or a text; `headers`, more header fields to send; `ssl_context`.

    :param app: the application for all other paths.
    :param targets: the targets by prefix of the path.
    :param chunk_size: bytes to pass on at once.
    :param timeout: seconds to wait for the other server.
    """

    def __init__(
        self,
        app: Callable[..., Iterable[bytes]],
        targets: Mapping[str, dict[str, Any]],
        chunk_size: int = 16384,
        timeout: int = 10,
    ) -> None:
        defaults = {"remove_prefix": False, "host": "<auto>", "headers": {}, "ssl_context": None}
        self.app = app
        self.targets = {f"/{prefix.strip('/')}/".replace("//", "/"): {**defaults, **target}
                        for prefix, target in targets.items()}
        self.chunk_size, self.timeout = chunk_size, timeout

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = get_path_info(environ)
        for prefix, target in self.targets.items():
            if path.startswith(prefix):
                return self.proxy_to(target, path, prefix)(environ, start_response)
        return self.app(environ, start_response)

    def proxy_to(self, opts: dict[str, Any], path: str, prefix: str) -> Callable[..., Iterable[bytes]]:
        """Return an application that passes the request on to one target."""
        target = urlsplit(opts["target"])
        path = path[len(prefix) - 1:] if opts["remove_prefix"] else path

        def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            connection = self._connect(target, opts["ssl_context"])
            try:
                self._send(connection, environ, target.path.rstrip("/") + path, _request_headers(environ, target, opts))
                response = connection.getresponse()
            except BaseException as error:
                connection.close()
                if isinstance(error, (OSError, HTTPException)):
                    return BadGateway()(environ, start_response)
                raise
            headers = [pair for pair in response.getheaders() if not is_hop_by_hop_header(pair[0])]
            start_response(f"{response.status} {response.reason}", headers)
            return self._body(response, connection)

        return application

    def _connect(self, target: Any, ssl_context: Any) -> HTTPConnection:
        if target.scheme not in ("http", "https"):
            raise RuntimeError(f"The target of a proxy is an http or https URL, not {target.geturl()!r}.")
        if target.scheme == "https":
            return client.HTTPSConnection(target.hostname, target.port, timeout=self.timeout, context=ssl_context)
        return HTTPConnection(target.hostname, target.port, timeout=self.timeout)

    def _send(
        self, connection: HTTPConnection, environ: dict[str, Any], path: str, headers: list[tuple[str, str]]
    ) -> None:
        query = environ.get("QUERY_STRING", "")
        chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        connection.putrequest(
            environ["REQUEST_METHOD"],
            quote(path, "!$&'()*+,/:;=@") + ("?" + quote(query, "!$%&'()*+,/:;=?@[]", "latin-1") if query else ""),
            skip_host=True,
            skip_accept_encoding=True,
        )
        for name, value in [*headers, *([("Transfer-Encoding", "chunked")] if chunked else [])]:
            connection.putheader(name, value)
        connection.endheaders()
        stream = get_input_stream(environ)
        for chunk in iter(lambda: stream.read(self.chunk_size), b""):
            connection.send(b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunked else chunk)
        if chunked:
            connection.send(b"0\r\n\r\n")

    def _body(self, response: HTTPResponse, connection: HTTPConnection) -> Iterator[bytes]:
        try:
            yield from iter(lambda: response.read(self.chunk_size), b"")
        finally:
            connection.close()


def _request_headers(environ: dict[str, Any], target: Any, opts: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the header fields to send: the client's, less those of its own connection, plus the target's."""
    headers = [(name, value) for name, value in EnvironHeaders(environ)
               if not is_hop_by_hop_header(name) and name.lower() != "host"]
    host = opts["host"]
    if host == "<auto>":
        host = target.hostname
    elif host is None:
        host = environ["HTTP_HOST"]
    return [*headers, ("Host", host), ("Connection", "close"), *opts["headers"].items()]
