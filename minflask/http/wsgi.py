"""Between WSGI and the messages: what an environ says of host, URL and body, and iterables for bodies.

Everything here takes an environ, or plain values out of one. Requests,
responses and header objects are unknown. What a client sent is never trusted:
hosts are checked against a grammar, lengths are ASCII digits, and a body is
read no further than it may go (PEP 3333; RFC 9110, 7.2; RFC 9112, 6).
"""

from __future__ import annotations

import io

from .codec import parse_number
from .exceptions import ClientDisconnected, RequestEntityTooLarge, SecurityError
from .urls import compiled, host_to_ascii, quote_path, split_authority, uri_to_iri

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    Environ = dict[str, Any]

# --- the host ---------------------------------------------------------------------------

# Host = uri-host [ ":" port ]                                                RFC 9110, 7.2
# A name of letters, digits, "-", "." and "_" (which names inside networks of containers have)
# or an address in brackets. Anything else, userinfo and paths above all, is no host.
_HOST = r"(?:[A-Za-z0-9._\-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
_PORT_OF_SCHEME = {"http": ":80", "ws": ":80", "https": ":443", "wss": ":443"}


def _is_host(text: str) -> bool:
    name, colon, port = text.partition(":")
    if (name.replace(".", "").replace("-", "").isalnum() and text.isascii() and len(name) <= 253
            and (not colon or port.isdigit() and len(port) <= 5)):
        return True  # as most are, without a pattern
    return compiled(_HOST).fullmatch(text) is not None


def host_of(
    scheme: str,
    host_header: str | None,
    server: tuple[str, int | None] | None = None,
    trusted_hosts: Iterable[str] | None = None,
) -> str:
    """Return the host a request was sent to, without the port that the scheme implies.

    A host that is none gives an empty text, so that it never gets into a URL.

    :param host_header: the ``Host`` header, or None if there is none.
    :param server: name and port of the server, used without a ``Host`` header.
    :param trusted_hosts: if given, names that the host must be among; see :func:`host_is_trusted`.
    :raises SecurityError: if the host is not trusted.

    >>> host_of("https", "example.com:443"), host_of("http", None, ("::1", 8080)), host_of("http", "a@b")
    ('example.com', '[::1]:8080', '')
    """
    host = host_header
    if host is None and server is not None:
        host = f"[{server[0]}]" if ":" in server[0] and server[0][0] != "[" else server[0]
        if server[1] is not None:
            host = f"{host}:{server[1]}"
    if host is None or not _is_host(host):
        host = ""
    host = without_port(host, scheme)
    if trusted_hosts is not None and not host_is_trusted(host, trusted_hosts):
        raise SecurityError("This site does not answer for the host that the request names.")
    return host


def without_port(host: str, scheme: str) -> str:
    """Take the port off a host if it is the usual one of the scheme."""
    port = _PORT_OF_SCHEME.get(scheme)
    return host[:-len(port)] if port and host.endswith(port) else host


def host_is_trusted(hostname: str | None, trusted_list: Iterable[str]) -> bool:
    """Tell whether a host is in a list of trusted ones.

    An entry that starts with a dot stands for the name and for all names
    below it. Ports do not count.

    >>> host_is_trusted("a.example.com:80", [".example.com"]), host_is_trusted("example.com", ["a.example.com"])
    (True, False)
    """
    if not hostname:
        return False
    name = _bare_host(hostname)
    for entry in [trusted_list] if isinstance(trusted_list, str) else trusted_list:
        below = entry.startswith(".")
        reference = _bare_host(entry[1:] if below else entry)
        if name == reference or (below and name.endswith(f".{reference}")):
            return True
    return False


def _bare_host(text: str) -> str:
    return host_to_ascii(split_authority(text)[1]).lower()


def get_host(environ: Environ, trusted_hosts: Iterable[str] | None = None) -> str:
    """Return the host of an environ; see :func:`host_of`.

    >>> get_host({"wsgi.url_scheme": "http", "HTTP_HOST": "example.com:8080"})
    'example.com:8080'
    """
    return host_of(environ["wsgi.url_scheme"], environ.get("HTTP_HOST"), server_of(environ), trusted_hosts)


def server_of(environ: Environ) -> tuple[str, int | None] | None:
    """Return name and port of the server; the port is None for a Unix socket.

    >>> server_of({"SERVER_NAME": "localhost", "SERVER_PORT": "80"})
    ('localhost', 80)
    """
    name = environ.get("SERVER_NAME")
    return None if name is None else (name, parse_number(environ.get("SERVER_PORT")))


# --- the URL ----------------------------------------------------------------------------

# What may not stand in a query as it is: controls, space, "#", and bytes outside ASCII.
_NOT_IN_QUERY = {code: f"%{code:02X}" for code in (*range(0x21), 0x23, *range(0x7F, 0x100))}


def get_path_info(environ: Environ) -> str:
    """Return the path of an environ as text; bytes that are not UTF-8 become U+FFFD.

    >>> get_path_info({"PATH_INFO": "/caf\\xc3\\xa9"})
    '/café'
    """
    return decode_wsgi(environ.get("PATH_INFO", ""))


def decode_wsgi(text: str, errors: str = "replace") -> str:
    """Decode text of an environ, whose characters stand for bytes (PEP 3333), as UTF-8."""
    return text if text.isascii() else text.encode("latin-1", "replace").decode("utf-8", errors)


def quote_raw_query(text: str) -> str:
    """Percent-encode what may not stand in a query string, bytes outside ASCII first of all.

    >>> quote_raw_query("q=caf\\xc3\\xa9")
    'q=caf%C3%A9'
    """
    return text.translate(_NOT_IN_QUERY)


def url_of(
    scheme: str, host: str,
    root_path: str | None = None, path: str | None = None, query_string: bytes | None = None,
) -> str:
    """Put a URL together as an IRI: readable, in any script; each part needs the one before.

    :param root_path: where the application is mounted; decoded, as `path` is.
    :param query_string: as it was sent; one that is empty is left out.

    >>> url_of("http", "example.com", "/app", "/π", b"x=%C3%A9")
    'http://example.com/app/π?x=é'
    """
    url = f"{scheme}://{host}/"
    if root_path is not None:
        root = quote_path(root_path.strip("/"))
        url = f"{url}{root}/" if root else url
        if path is not None:
            url += quote_path(path.lstrip("/"))
            if query_string:
                url = f"{url}?{quote_raw_query(query_string.decode('latin-1'))}"
    plain = "%" not in url and "xn--" not in host and host == host.lower()
    return url if plain else uri_to_iri(url)


def get_current_url(
    environ: Environ,
    root_only: bool = False,
    strip_querystring: bool = False,
    host_only: bool = False,
    trusted_hosts: Iterable[str] | None = None,
) -> str:
    """Return the URL of an environ, or the beginning of it, as an IRI.

    :raises SecurityError: if the host is not among the trusted ones.

    >>> get_current_url({"wsgi.url_scheme": "http", "HTTP_HOST": "example.com", "PATH_INFO": "/a"})
    'http://example.com/a'
    """
    parts: list[Any] = [environ["wsgi.url_scheme"], get_host(environ, trusted_hosts)]
    if not host_only:
        parts.append(decode_wsgi(environ.get("SCRIPT_NAME", "")))
        if not root_only:
            parts.append(get_path_info(environ))
            if not strip_querystring:
                parts.append(environ.get("QUERY_STRING", "").encode("latin-1"))
    return url_of(*parts)


# --- the body of a request --------------------------------------------------------------

_CHUNK = 1 << 20  # a length is a claim: no more than this is asked for (and set aside) at once


def content_length_of(http_content_length: str | None, http_transfer_encoding: str | None = None) -> int | None:
    """Return the length of a body from its two headers; None if it is not known beforehand.

    What is not a number of ASCII digits counts as 0: nothing is read then.

    >>> content_length_of("12"), content_length_of("+12"), content_length_of("12", "Chunked")
    (12, 0, None)
    """
    if http_content_length is None or (http_transfer_encoding and _is_chunked(http_transfer_encoding)):
        return None
    return parse_number(http_content_length) or 0


def _is_chunked(codings: str) -> bool:
    """Tell whether chunks are among the transfer codings, whose names have no case (RFC 9112, 7)."""
    return any(coding.strip(" \t").lower() == "chunked" for coding in codings.split(","))


def get_content_length(environ: Environ) -> int | None:
    """Return the length of the body of an environ, or None; see :func:`content_length_of`."""
    text = environ.get("CONTENT_LENGTH")
    if text is None or "HTTP_TRANSFER_ENCODING" in environ:
        return content_length_of(text, environ.get("HTTP_TRANSFER_ENCODING"))
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 20 else parse_number(text) or 0


def get_input_stream(
    environ: Environ, safe_fallback: bool = True, max_content_length: int | None = None
) -> Any:
    """Return the body of an environ as a stream that ends where the body ends.

    :param safe_fallback: give an empty stream where the end cannot be known; the
        server's own stream, which may wait forever, otherwise.
    :param max_content_length: bytes that the body may have at most.
    :raises RequestEntityTooLarge: if it says that it has more; or on reading, if it has.
    """
    return body_stream(environ, get_content_length(environ), max_content_length, safe_fallback)


def body_stream(
    environ: Environ, length: int | None, max_content_length: int | None, safe_fallback: bool = True
) -> Any:
    """Return the body of an environ, whose length is given, as a stream; see :func:`get_input_stream`."""
    stream = environ["wsgi.input"]
    if length is not None and max_content_length is not None and length > max_content_length:
        raise RequestEntityTooLarge()
    if environ.get("wsgi.input_terminated"):  # the server has seen to the end, of chunked bodies, too
        return stream if max_content_length is None else LimitedStream(stream, max_content_length, is_max=True)
    if length is None:
        return io.BytesIO() if safe_fallback else stream
    return LimitedStream(stream, length)


def read_body(stream: Any, size: int = -1) -> bytes:
    """Read from the stream of a body; if it fails, the client is gone: a ClientDisconnected, which no log is for."""
    try:
        data: bytes = stream.read(size)  # PEP 3333 has no read() without a size
    except OSError as error:
        raise ClientDisconnected() from error
    return data


class LimitedStream(io.RawIOBase):
    """Read a stream no further than a limit.

    :param limit: the number of bytes.
    :param is_max: the limit is the most there may be, and the stream ends by
        itself; otherwise it is what there must be, and an earlier end means
        that the client has gone.

    >>> LimitedStream(io.BytesIO(b"123456"), 3).read()
    b'123'
    """

    def __init__(self, stream: Any, limit: int, is_max: bool = False) -> None:
        self.limit = limit
        self._stream = stream
        self._pos = 0
        self._is_max = is_max

    @property
    def is_exhausted(self) -> bool:
        """Tell whether all bytes up to the limit have been read."""
        return self._pos >= self.limit

    def on_exhausted(self) -> None:
        """React to a read behind the limit. May be overridden to raise an error."""
        if self._is_max:
            raise RequestEntityTooLarge()

    def on_disconnect(self, error: Exception | None = None) -> None:
        """React to a stream that ends, or fails, too early: a ClientDisconnected. May be overridden."""
        raise ClientDisconnected() from error

    def exhaust(self, chunk_size: int = 1 << 16) -> bytes:
        """Read what is left, and throw it away; an empty result says that all is read."""
        while not self.is_exhausted and self.read(chunk_size):
            pass
        return b""

    def read(self, size: int | None = -1) -> bytes:
        """Read up to so many bytes; all that are left, if the size is negative."""
        if size is None or size < 0:
            return self.readall()
        return self._take(self._stream.read, size) if size else b""

    def readline(self, size: int | None = -1) -> bytes:
        """Read up to the end of a line, or so many bytes of it."""
        size = self.limit if size is None or size < 0 else size
        return self._take(self._stream.readline, size) if size else b""

    def readall(self) -> bytes:
        """Read all that is left."""
        chunks = [self.read(_CHUNK)]
        while chunks[-1] and self._pos < self.limit:
            chunks.append(self.read(_CHUNK))
        if self._is_max and chunks[-1]:  # at the limit: is that the end?
            self.read(1)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, as far as the bytes go, and return their number."""
        data = self.read(len(buffer))
        buffer[:len(data)] = data
        return len(data)

    def _take(self, read: Callable[[int], bytes], size: int) -> bytes:
        left = self.limit - self._pos
        if left <= 0 and not self._is_max:
            self.on_exhausted()
            return b""
        try:
            data = read(min(size, left) if left > 0 else 1)
        except (OSError, ValueError) as error:
            self.on_disconnect(error=error)
            return b""
        if left <= 0 and data:
            self.on_exhausted()
            return b""
        if not data and not self._is_max:
            self.on_disconnect()
        self._pos += len(data)
        return data

    def tell(self) -> int:
        """Return how many bytes have been read."""
        return self._pos

    def readable(self) -> bool:
        """Say that this stream can be read."""
        return True


# --- the body of a response -------------------------------------------------------------


def call_all(functions: Iterable[Callable[[], object]]) -> None:
    """Call each function, whatever the others do; the first exception is raised at the end."""
    first = None
    for function in functions:
        try:
            function()
        except BaseException as error:
            first = first or error
    if first is not None:
        raise first


class ClosingIterator:
    """Iterate over something and call functions when the server closes it.

    Use it in a middleware that has to do something after the response is sent.

    :param callbacks: a function or several, called after the `close` of the iterable itself.

    >>> closing = ClosingIterator([b"body"], lambda: print("sent"))
    >>> list(closing), closing.close()
    sent
    ([b'body'], None)
    """

    def __init__(
        self,
        iterable: Iterable[bytes],
        callbacks: Callable[[], object] | Iterable[Callable[[], object]] | None = None,
    ) -> None:
        self._iterable = iterable
        self._next = iter(iterable).__next__
        self._callbacks = callbacks

    def __next__(self) -> bytes:
        return self._next()

    def __iter__(self) -> ClosingIterator:
        return self

    def close(self) -> None:
        """Call the functions, all of them even if one fails."""
        close, callbacks = getattr(self._iterable, "close", None), self._callbacks or ()
        functions = [callbacks] if callable(callbacks) else [*callbacks]
        call_all(functions if close is None else [close, *functions])


class FileWrapper:
    """Iterate over a file in blocks, where the server has no `wsgi.file_wrapper` of its own.

    >>> list(FileWrapper(io.BytesIO(b"abcde"), 2))
    [b'ab', b'cd', b'e']
    """

    def __init__(self, file: Any, buffer_size: int = 8192) -> None:
        self.file, self.buffer_size = file, buffer_size

    def close(self) -> None:
        """Close the file."""
        if hasattr(self.file, "close"):
            self.file.close()

    def seekable(self) -> bool:
        """Tell whether :meth:`seek` works."""
        return self.file.seekable() if hasattr(self.file, "seekable") else hasattr(self.file, "seek")

    def seek(self, *args: Any) -> None:
        """Move to another position in the file."""
        self.file.seek(*args)

    def tell(self) -> int | None:
        """Return the position in the file; None if it has none."""
        return self.file.tell() if hasattr(self.file, "tell") else None

    def __iter__(self) -> FileWrapper:
        return self

    def __next__(self) -> bytes:
        data: bytes = self.file.read(self.buffer_size)
        if not data:
            raise StopIteration
        return data


def wrap_file(environ: Environ, file: Any, buffer_size: int = 8192) -> Any:
    """Wrap a file as the body of a response, with the server's wrapper if it has one.

    A response with such a body needs `direct_passthrough`, so that the server
    gets to see it.
    """
    wrapper = environ.get("wsgi.file_wrapper", FileWrapper)
    return wrapper(file, buffer_size)


class RangeWrapper:
    """Iterate over a part of a body.

    :param start_byte: where to begin; something with `seek` is not read up to there.
    :param byte_range: the number of bytes; None goes to the end.

    >>> list(RangeWrapper([b"Hello", b" ", b"World"], 4, 3))
    [b'o', b' ', b'W']
    """

    def __init__(self, iterable: Any, start_byte: int = 0, byte_range: int | None = None) -> None:
        self.iterable = iterable
        self.start_byte = start_byte
        self.byte_range = byte_range
        self._chunks = self._cut()

    @property
    def seekable(self) -> bool:
        """Whether the beginning can be skipped without reading it."""
        return hasattr(self.iterable, "seekable") and bool(self.iterable.seekable())

    def __iter__(self) -> RangeWrapper:
        return self

    def __next__(self) -> bytes:
        return next(self._chunks)

    def _cut(self) -> Iterator[bytes]:
        skip, left = self.start_byte, self.byte_range
        if self.seekable:
            self.iterable.seek(skip)
            skip = 0
        chunks = iter(self.iterable)
        while left != 0:
            chunk = next(chunks, None)
            if chunk is None:
                return
            skip, chunk = max(0, skip - len(chunk)), chunk[skip:][:left]
            if left is not None:
                left -= len(chunk)
            if chunk:
                yield chunk

    def close(self) -> None:
        """Close what the bytes come from."""
        if hasattr(self.iterable, "close"):
            self.iterable.close()


def responder(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a WSGI application of a function that takes what one takes and returns a response.

    >>> @responder
    ... def application(environ, start_response):
    ...     return lambda environ, start_response: [b"Hello"]
    >>> application({}, None)
    [b'Hello']
    """

    def application(*args: Any) -> Any:
        return function(*args)(*args[-2:])

    from functools import update_wrapper

    return update_wrapper(application, function)
