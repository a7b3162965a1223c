"""Make a WSGI environ as a server would for a request that was never sent.

`EnvironBuilder` takes what a test wants to say (path, form, files, JSON, headers) and turns it
into an environ or a request. Clients, cookies and applications are unknown here.
"""

from __future__ import annotations

import sys
from io import BytesIO
from urllib.parse import quote, urlsplit, urlunsplit

from .codec import dump_options_header, parse_options_header
from .auth import Authorization
from .headers import EnvironHeaders, Headers
from .multipart import encode_chunks, new_boundary
from .request import Request
from .structures import CombinedMultiDict, MultiDict, iter_multi_items
from .uploads import FileMultiDict, FileStorage
from .urls import build_query, iri_to_uri, split_authority, unquote_to_bytes
from .utils import get_content_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import IO, Any

FORM_TYPE = "application/x-www-form-urlencoded"
FILES_TYPE = "multipart/form-data"
FLAGS = ("multithread", "multiprocess", "run_once")
SCHEME_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


class EnvironBuilder:
    """Describe a request, then get it as an environ or a request object.

    Everything that is given can be changed afterwards through the attribute of the same
    name, until `get_environ` or `get_request` is called.

    :param path: the path, percent-encoded or not; it may end in `?` and a query string.
    :param base_url: scheme, host and mount point (SCRIPT_NAME): `'https://example.com/app'`.
    :param query_string: text or bytes as they go over the wire, or a mapping to be encoded.
    :param method: the request method; `'GET'` even if there is a body.
    :param input_stream: the body as an open binary stream; excludes `data` and `json`.
    :param content_type: the Content-Type; worked out from the body if not given.
    :param content_length: the Content-Length in bytes; worked out if not given.
    :param errors_stream: where `wsgi.errors` writes; standard error by default.
    :param multithread: the value of `wsgi.multithread`; `multiprocess` and `run_once` likewise.
    :param headers: further header fields, as `Headers`, a mapping or pairs.
    :param data: the body: bytes, text, a stream (read at once), or a mapping of form fields.
        A value that is a file, a `FileStorage` or a tuple `(stream, filename, content_type)`
        is an upload; a list gives several values to one field.
    :param environ_base: entries that the builder's own override.
    :param environ_overrides: entries that override the builder's own.
    :param mimetype: the Content-Type without parameters; the charset of a text is added.
    :param json: an object to send as JSON; excludes `data`.
    :param auth: `(username, password)` for basic authentication, or an `Authorization`.

    >>> EnvironBuilder("/search?q=tea", method="POST", data={"a": "1"}).get_environ()["PATH_INFO"]
    '/search'
    """

    server_protocol = "HTTP/1.1"
    wsgi_version = (1, 0)
    request_class: type[Request] = Request

    def __init__(
        self, path: str = "/", base_url: str | None = None,
        query_string: Mapping[str, Any] | str | bytes | None = None, method: str = "GET",
        input_stream: IO[bytes] | None = None, content_type: str | None = None, content_length: int | None = None,
        errors_stream: IO[str] | None = None, multithread: bool = False, multiprocess: bool = False,
        run_once: bool = False, headers: Headers | Iterable[tuple[str, str]] | Mapping[str, Any] | None = None,
        data: Any = None, environ_base: Mapping[str, Any] | None = None,
        environ_overrides: Mapping[str, Any] | None = None, mimetype: str | None = None, json: Any = None,
        auth: Authorization | tuple[str, str] | None = None,
    ) -> None:
        self.closed = False
        self._form: MultiDict[str, Any] | None = None
        self._files: FileMultiDict | None = None
        self._input_stream: IO[bytes] | None = None
        self._take_target(path, query_string)
        self.base_url = base_url
        self.method = method
        self.headers = headers if isinstance(headers, Headers) else Headers(_named(headers))
        if content_type is not None:
            self.content_type = content_type
        self.errors_stream: IO[str] = sys.stderr if errors_stream is None else errors_stream
        self.multithread, self.multiprocess, self.run_once = multithread, multiprocess, run_once
        self.environ_base, self.environ_overrides = environ_base, environ_overrides
        self.input_stream = input_stream
        if auth is not None:
            self.headers["Authorization"] = _credentials(auth).to_header()
        self.content_length = content_length  # a header of that name does not count
        self._take_body(data, json)
        if mimetype is not None:
            self.mimetype = mimetype

    @classmethod
    def from_environ(cls, environ: dict[str, Any], **kwargs: Any) -> EnvironBuilder:
        """Return a builder that would make this environ again; `kwargs` replace single arguments.

        The body is the environ's own stream: it is read once, by whoever comes first.
        """
        headers = Headers(EnvironHeaders(environ))
        host = headers.pop("Host", None) or _host_of_server(environ)
        given = {
            "path": url_path(environ.get("PATH_INFO", "")),
            "base_url": _root_url(environ["wsgi.url_scheme"], host, url_path(environ.get("SCRIPT_NAME", ""))),
            "query_string": environ.get("QUERY_STRING", "").encode("latin-1"),
            "method": environ["REQUEST_METHOD"],
            "input_stream": environ["wsgi.input"],
            "content_length": headers.pop("Content-Length", None),
            "errors_stream": environ["wsgi.errors"],
            "headers": headers,
            **{flag: environ["wsgi." + flag] for flag in FLAGS},
        }
        return cls(**{**given, **kwargs})

    @staticmethod
    def json_dumps(obj: Any, **kwargs: Any) -> str:
        """Write the object of the `json` argument. May be overridden."""
        import json

        return json.dumps(obj, **kwargs)

    # -- taking the arguments ------------------------------------------------------------

    def _take_target(self, path: str, query_string: Mapping[str, Any] | str | bytes | None) -> None:
        target = urlsplit(path)
        if "?" in path:
            if query_string is not None:
                raise ValueError(
                    f"The path {path!r} has a query string already, so none can be given as an argument too."
                )
            query_string = target.query
        path, self._mark, _ = path.partition("?")  # REQUEST_URI shows even a bare question mark
        self.request_uri = iri_to_uri(path)
        self.path = iri_to_uri(target.path)
        self._args: MultiDict[str, Any] | None = None
        self._query_string: str | None = None
        if isinstance(query_string, (str, bytes)):
            self.query_string = (
                query_string if isinstance(query_string, str) else query_string.decode("utf-8", "replace")
            )
        else:
            self.args = MultiDict(query_string or ())

    def _take_body(self, data: Any, json: Any) -> None:
        if json is not None:
            if data is not None:
                raise TypeError("Give either json or data: a request has one body.")
            data = self.json_dumps(json)
            if self.content_type is None:
                self.content_type = "application/json"
        if not data:
            return
        if self._input_stream is not None:
            raise TypeError("Give either data or input_stream: a request has one body.")
        if hasattr(data, "read"):
            data = data.read()
        if isinstance(data, str):
            data = data.encode()
        if isinstance(data, (bytes, bytearray, memoryview)):
            self.input_stream = BytesIO(data)
            if self.content_length is None:
                self.content_length = len(data)
        else:
            for key, value in _form_items(data):
                self._take_field(key, value)

    def _take_field(self, key: str, value: Any) -> None:
        if isinstance(value, tuple):
            self.files.add_file(key, *value)
        elif hasattr(value, "read") or isinstance(value, FileStorage):
            self.files.add_file(key, value)
        else:
            self.form.add(key, value)

    # -- where the request goes ----------------------------------------------------------

    @property
    def base_url(self) -> str:
        """Scheme, host and mount point, ending in a slash: `'http://localhost/'`."""
        return _root_url(self.url_scheme, self.host, self.script_root)

    @base_url.setter
    def base_url(self, value: str | None) -> None:
        parts = urlsplit("http://localhost" if value is None else iri_to_uri(value))
        if parts.query or parts.fragment:
            raise ValueError(f"The base URL {value!r} must end with the path: no query string, no fragment.")
        self.url_scheme, self.host = parts.scheme or "http", parts.netloc
        self.script_root = parts.path.rstrip("/")

    @property
    def server_name(self) -> str:
        """The host without its port."""
        return split_host(self.host)[0]

    @property
    def server_port(self) -> int:
        """The port of the host, or that of the scheme."""
        port = split_host(self.host)[1]
        return int(port) if port.isascii() and port.isdigit() else SCHEME_PORTS.get(self.url_scheme, 80)

    @property
    def query_string(self) -> str:
        """The query string as it is sent; setting it replaces `args`."""
        if self._query_string is None:
            return build_query(iter_multi_items(self._args or {}))
        return self._query_string

    @query_string.setter
    def query_string(self, value: str | None) -> None:
        self._query_string, self._args = value, None

    @property
    def args(self) -> MultiDict[str, Any]:
        """The query as a MultiDict, as long as it was not given as text."""
        if self._query_string is not None:
            raise AttributeError("The query was given as text: change query_string, or set args anew.")
        if self._args is None:
            self._args = MultiDict()
        return self._args

    @args.setter
    def args(self, value: MultiDict[str, Any] | None) -> None:
        self._query_string, self._args = None, value

    # -- what the request carries --------------------------------------------------------

    @property
    def content_type(self) -> str | None:
        """The Content-Type: what was set, or what suits the form and the files; None without a body."""
        value: str | None = self.headers.get("Content-Type")
        if value is None and self._input_stream is None:
            return FILES_TYPE if self._files else FORM_TYPE if self._form else None
        return value

    @content_type.setter
    def content_type(self, value: str | None) -> None:
        self._put_header("Content-Type", value)

    @property
    def mimetype(self) -> str | None:
        """The media type without parameters, in lower case. Setting it adds the charset to a text."""
        value = self.content_type
        return value.split(";", 1)[0].strip().lower() if value else None

    @mimetype.setter
    def mimetype(self, value: str) -> None:
        self.content_type = get_content_type(value, "utf-8")

    @property
    def mimetype_params(self) -> Mapping[str, str]:
        """The parameters of the Content-Type, read only."""
        return parse_options_header(self.headers.get("Content-Type", ""))[1]

    @property
    def content_length(self) -> int | None:
        """The Content-Length in bytes, if it was set."""
        value: int | None = self.headers.get("Content-Length", type=int)
        return value

    @content_length.setter
    def content_length(self, value: int | None) -> None:
        self._put_header("Content-Length", None if value is None else str(value))

    def _put_header(self, name: str, value: str | None) -> None:
        if value is None:
            self.headers.pop(name, None)
        else:
            self.headers[name] = value

    def _refuse_beside_stream(self, name: str) -> None:
        if self._input_stream is not None:
            raise AttributeError(f"The body is a stream, so there is no {name}; set input_stream to None first.")

    @property
    def form(self) -> MultiDict[str, Any]:
        """The fields of the form, as a MultiDict of texts."""
        self._refuse_beside_stream("form")
        if self._form is None:
            self._form = MultiDict()
        return self._form

    @form.setter
    def form(self, value: MultiDict[str, Any]) -> None:
        self._input_stream, self._form = None, value

    @property
    def files(self) -> FileMultiDict:
        """The uploads, as a `FileMultiDict`; its `add_file` is the way to add one."""
        self._refuse_beside_stream("files")
        if self._files is None:
            self._files = FileMultiDict()
        return self._files

    @files.setter
    def files(self, value: FileMultiDict) -> None:
        self._input_stream, self._files = None, value

    @property
    def input_stream(self) -> IO[bytes] | None:
        """The body as a stream; setting it drops form and files."""
        return self._input_stream

    @input_stream.setter
    def input_stream(self, value: IO[bytes] | None) -> None:
        self._input_stream, self._form, self._files = value, None, None

    def close(self) -> None:
        """Close all files of the request; `get_environ` has copied what they hold."""
        if not self.closed:
            self.closed = True
            for _, upload in self._files.items(multi=True) if self._files else ():
                upload.close()

    def __del__(self) -> None:
        try:
            self.close()
        except Exception:  # a destructor must not raise, and a half-built object has no files
            pass

    # -- giving the result ---------------------------------------------------------------

    def _make_body(self) -> tuple[IO[bytes], int | None, str | None]:
        """Return the stream of the body, its length and its Content-Type."""
        kind, given = self.mimetype, self.content_type
        if self._input_stream is not None:
            rest = _rest_of(self._input_stream)
            if not rest and self.content_length is None:  # without a body there is no length
                rest = None
            return self._input_stream, self.content_length if rest is None else rest, given
        if kind == FILES_TYPE:
            fields = CombinedMultiDict([self.form, self.files])
            stream, length, boundary = stream_encode_multipart(
                fields, use_tempfile=False, boundary=self.mimetype_params.get("boundary")
            )
            return stream, length, dump_options_header(kind, {**self.mimetype_params, "boundary": boundary})
        body = build_query(iter_multi_items(self._form or {})).encode("ascii") if kind == FORM_TYPE else b""
        return BytesIO(body), len(body) if kind == FORM_TYPE else self.content_length, given

    def get_environ(self) -> dict[str, Any]:
        """Return the environ. A stream that was given as the body is in it, not a copy."""
        stream, length, content_type = self._make_body()
        query = wire_text(self.query_string)
        uri = wire_text(self.request_uri) + ("?" + query if query else self._mark)
        environ: dict[str, Any] = {
            **(self.environ_base or {}),
            "REQUEST_METHOD": self.method, "SERVER_PROTOCOL": self.server_protocol,
            "SCRIPT_NAME": _wire_path(self.script_root), "PATH_INFO": _wire_path(self.path), "QUERY_STRING": query,
            "REQUEST_URI": uri, "RAW_URI": uri,  # uWSGI has the one, gunicorn the other
            "HTTP_HOST": self.host, "SERVER_NAME": self.server_name, "SERVER_PORT": str(self.server_port),
            "wsgi.version": self.wsgi_version, "wsgi.url_scheme": self.url_scheme,
            "wsgi.input": stream, "wsgi.errors": self.errors_stream,
            **{"wsgi." + flag: getattr(self, flag) for flag in FLAGS},
        }
        if content_type is not None:
            environ["CONTENT_TYPE"] = content_type
        if length is not None:
            environ["CONTENT_LENGTH"] = str(length)
        environ.update(_header_variables(self.headers))
        environ.update(self.environ_overrides or {})
        return environ

    def get_request(self, cls: type[Request] | None = None) -> Request:
        """Return a request made of the environ, of `request_class` if no class is given."""
        return (cls or self.request_class)(self.get_environ())


def create_environ(*args: Any, **kwargs: Any) -> dict[str, Any]:
    """Return an environ in one call; the arguments are those of `EnvironBuilder`.

    >>> create_environ("/a?b=c")["QUERY_STRING"]
    'b=c'
    """
    builder = EnvironBuilder(*args, **kwargs)
    try:
        return builder.get_environ()
    finally:
        builder.close()


def stream_encode_multipart(
    data: Mapping[str, Any], use_tempfile: bool = True, threshold: int = 1024 * 500, boundary: str | None = None
) -> tuple[IO[bytes], int, str]:
    """Write form fields and files as multipart/form-data into a stream.

    :param data: texts, bytes, numbers and files by field name; lists and MultiDicts give several values.
    :param use_tempfile: move to a temporary file beyond `threshold` bytes.
    :return: the stream, at its start; the number of bytes in it; the boundary.
    """
    boundary = boundary or new_boundary()
    stream: IO[bytes] = BytesIO()
    length = 0
    for chunk in encode_chunks(_form_items(data), boundary):
        if use_tempfile and length <= threshold < length + len(chunk):
            stream = _to_tempfile(stream)
        stream.write(chunk)
        length += len(chunk)
    stream.seek(0)
    return stream, length, boundary


def encode_multipart(data: Mapping[str, Any], boundary: str | None = None) -> tuple[str, bytes]:
    """Return the boundary and the bytes of a multipart/form-data body; see `stream_encode_multipart`."""
    stream, _, boundary = stream_encode_multipart(data, use_tempfile=False, boundary=boundary)
    return boundary, stream.read()


def _to_tempfile(stream: IO[bytes]) -> IO[bytes]:
    """Return a temporary file that holds what was written to the stream so far."""
    from tempfile import TemporaryFile

    file = TemporaryFile("wb+")
    stream.seek(0)
    file.write(stream.read())
    stream.close()
    return file


def _form_items(data: Any) -> Iterator[tuple[str, Any]]:
    """Yield each field and value; in a plain mapping, a list gives several values."""
    if isinstance(data, MultiDict):
        yield from data.items(multi=True)
        return
    for key, value in data.items() if hasattr(data, "items") else data:
        if isinstance(value, list):
            for single in value:
                yield key, single
        else:
            yield key, value


def _rest_of(stream: IO[bytes]) -> int | None:
    """Return how many bytes are left in a stream, None if it cannot tell."""
    try:
        start = stream.tell()
        end = stream.seek(0, 2)
        stream.seek(start)
    except (AttributeError, OSError, ValueError):
        return None
    return end - start


def _header_variables(headers: Headers) -> Iterator[tuple[str, str]]:
    """Yield header fields as CGI variables; several of one name are joined (RFC 9110, 5.3)."""
    joined: dict[str, list[str]] = {}
    for name, value in headers.to_wsgi_list():
        joined.setdefault("HTTP_" + name.upper().replace("-", "_"), []).append(value)
    for variable, values in joined.items():
        if variable not in ("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"):
            yield variable, ("; " if variable == "HTTP_COOKIE" else ", ").join(values)  # RFC 9113, 8.2.3


def _root_url(scheme: str, host: str, script_root: str) -> str:
    return urlunsplit((scheme, host, script_root, "", "")).rstrip("/") + "/"


def _named(headers: Any) -> Any:
    """Leave out what a mapping has under an empty name: tests write `{name: value}` with "" for no header at all."""
    if hasattr(headers, "items") and "" in headers:
        return {name: value for name, value in headers.items() if name != ""}
    return headers


def _credentials(auth: Authorization | tuple[str, str]) -> Authorization:
    if isinstance(auth, tuple):
        return Authorization("basic", {"username": auth[0], "password": auth[1]})
    return auth


def split_host(host: str) -> tuple[str, str]:
    """Return name and port of a host; an IPv6 address without its brackets, no port as an empty text.

    >>> split_host("[::1]:80"), split_host("localhost")
    (('::1', '80'), ('localhost', ''))
    """
    _, name, port = split_authority(host)
    return name.strip("[]"), port or ""


def _host_of_server(environ: Mapping[str, Any]) -> str:
    name, port = environ["SERVER_NAME"], environ["SERVER_PORT"]
    if ":" in name and name[0] != "[":
        name = f"[{name}]"
    return name if port == str(SCHEME_PORTS.get(environ["wsgi.url_scheme"])) else f"{name}:{port}"


# PEP 3333: the text of an environ is bytes in disguise, each character a byte.

def wire_text(text: str) -> str:
    """Return a text as an environ holds it.

    >>> wire_text("é") == "\\xc3\\xa9"
    True
    """
    return text.encode().decode("latin-1")


def _wire_path(path: str) -> str:
    return unquote_to_bytes(path).decode("latin-1")


def url_path(text: str) -> str:
    """Percent-encode a path as an environ holds it: the other way of reading PATH_INFO.

    >>> url_path(wire_text("/é"))
    '/%C3%A9'
    """
    return quote(text, "!$&'()*+,/:;=@", "latin-1")
