"""What the head of a request says: method, URL, query, cookies and header fields.

All of it is read from the WSGI environ, each thing when it is first asked
for. The body, forms and files are in request.py; applications, routes and
sessions are unknown.
"""

from __future__ import annotations

from .codec import parse_date, parse_list_header, parse_number, parse_options_header
from .cookies import parse_cookie
from .exceptions import BadRequest
from .headers import EnvironHeaders, environ_key
from .structures import ImmutableList, ImmutableMultiDict
from .urls import parse_query
from .utils import deferred, environ_property, lazy
from .wsgi import decode_wsgi, get_content_length, host_of, quote_raw_query, server_of, url_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from .accept import Accept, CharsetAccept, LanguageAccept, MIMEAccept
    from .auth import Authorization
    from .fields import HeaderSet, RequestCacheControl, UserAgent
    from .headers import Headers
    from .ranges import ETags, IfRange, Range
    from .structures import MultiDict


def head_of_parts(
    method: str, scheme: str, server: tuple[str, int | None] | None, root_path: str, path: str,
    query_string: bytes, headers: Headers, remote_addr: str | None,
) -> RequestHead:
    """Make the head of a request where there is no WSGI environ.

    >>> from .headers import Headers
    >>> head = head_of_parts("GET", "https", ("example.com", None), "", "/π", b"a=b", Headers(), None)
    >>> head.url
    'https://example.com/π?a=b'
    """
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method, "wsgi.url_scheme": scheme, "QUERY_STRING": query_string.decode("latin-1"),
        "SCRIPT_NAME": root_path.encode().decode("latin-1"), "PATH_INFO": path.encode().decode("latin-1"),
    }
    for name in {name.lower() for name in headers.keys()}:
        # Of most headers several are joined by commas; cookies are not (RFC 9113, 8.2.3).
        environ[environ_key(name)] = ("; " if name == "cookie" else ",").join(headers.getlist(name))
    if server is not None:
        environ["SERVER_NAME"], environ["SERVER_PORT"] = server[0], str(server[1] or "")
    if remote_addr is not None:
        environ["REMOTE_ADDR"] = remote_addr
    head = RequestHead()
    head.environ = environ
    return head


def _user_agent_class() -> type[UserAgent]:
    from .fields import UserAgent

    return UserAgent


class RequestHead:
    """The part of :class:`~.request.Request` that needs no body; see there."""

    #: The charset of URLs and forms. There is no other (WHATWG URL and HTML).
    charset = "utf-8"
    #: What becomes of bytes that are not UTF-8, in paths and texts; see :meth:`bytes.decode`.
    encoding_errors = "replace"
    #: The class of `args` and `form`.
    parameter_storage_class: type[Any] = ImmutableMultiDict
    #: The class of `cookies`.
    dict_storage_class: type[Any] = ImmutableMultiDict
    #: The class of `access_route`.
    list_storage_class: type[Any] = ImmutableList
    #: The class of `user_agent`; it gets the text of the header.
    user_agent_class: Any = deferred(_user_agent_class)
    #: Names that the host must be among, or None for any; see :func:`~.wsgi.host_is_trusted`.
    trusted_hosts: list[str] | None = None
    #: How many fields a query string may have; more are answered with 400.
    max_query_fields = 1000

    environ: dict[str, Any]

    # -- the request line ----------------------------------------------------------------

    @lazy
    def method(self) -> str:
        """The request method, in upper case."""
        method: str = self.environ.get("REQUEST_METHOD", "GET")
        return method.upper()

    @lazy
    def scheme(self) -> str:
        """The scheme of the URL, such as `https`."""
        scheme: str = self.environ.get("wsgi.url_scheme", "http")
        return scheme

    @lazy
    def path(self) -> str:
        """The path below the root path, decoded; it starts with exactly one slash."""
        path: str = self.environ.get("PATH_INFO", "")
        if not path.isascii():
            path = decode_wsgi(path, self.encoding_errors)
        return path if path[:1] == "/" != path[1:2] else f"/{path.lstrip('/')}"

    @lazy
    def root_path(self) -> str:
        """The path that the application is mounted at, without a slash at its end."""
        return decode_wsgi(self.environ.get("SCRIPT_NAME", ""), self.encoding_errors).rstrip("/")

    @property
    def script_root(self) -> str:
        """The path that the application is mounted at: the older name of `root_path`."""
        return self.root_path.rstrip("/")

    @lazy
    def query_string(self) -> bytes:
        """The part of the URL behind the `?`, as it was sent."""
        query: str = self.environ.get("QUERY_STRING", "")
        return query.encode("latin-1", "replace")

    @lazy
    def args(self) -> MultiDict[str, str]:
        """The fields of the query string.

        :raises BadRequest: if they are more than `max_query_fields`.
        """
        query: str = self.environ.get("QUERY_STRING", "")
        if not query.isascii():
            query = quote_raw_query(query)
        if query.count("&") >= self.max_query_fields:
            raise BadRequest("The query string has too many fields.")
        fields: MultiDict[str, str] = self.parameter_storage_class(parse_query(query))
        return fields

    @property
    def url_charset(self) -> str:
        """The charset of URLs, which is `charset`."""
        return self.charset

    # -- the URL -------------------------------------------------------------------------

    @lazy
    def server(self) -> tuple[str, int | None] | None:
        """Name and port of the server; the port is None for a Unix socket."""
        return server_of(self.environ)

    @lazy
    def host(self) -> str:
        """The host, with the port if it is not the scheme's; empty if the client sent nonsense.

        :raises SecurityError: if it is not among the `trusted_hosts`.
        """
        return host_of(self.scheme, self.environ.get("HTTP_HOST"), self.server, self.trusted_hosts)

    @lazy
    def host_url(self) -> str:
        """The URL up to the host, with a slash at its end."""
        return url_of(self.scheme, self.host)

    @lazy
    def root_url(self) -> str:
        """The URL that the application is mounted at, with a slash at its end."""
        return url_of(self.scheme, self.host, self.root_path)

    @property
    def url_root(self) -> str:
        """The URL that the application is mounted at: the older name of `root_url`."""
        return self.root_url

    @lazy
    def base_url(self) -> str:
        """The URL without the query string, as an IRI."""
        return url_of(self.scheme, self.host, self.root_path, self.path)

    @lazy
    def url(self) -> str:
        """The whole URL, as an IRI."""
        return url_of(self.scheme, self.host, self.root_path, self.path, self.query_string)

    @lazy
    def full_path(self) -> str:
        """The path with the query string; the `?` is there even without one."""
        return f"{self.path}?{decode_wsgi(self.environ.get('QUERY_STRING', ''))}"

    # -- who asks, and how ---------------------------------------------------------------

    remote_user: environ_property[str | None] = environ_property(
        "REMOTE_USER", doc="The user, if the server has checked who it is.")
    is_multithread: environ_property[bool] = environ_property(
        "wsgi.multithread", doc="Whether the server may call the application from several threads at once.")
    is_multiprocess: environ_property[bool] = environ_property(
        "wsgi.multiprocess", doc="Whether other processes may run the application, too.")
    is_run_once: environ_property[bool] = environ_property(
        "wsgi.run_once", doc="Whether the application is run for this request only, as by CGI.")

    @lazy
    def remote_addr(self) -> str | None:
        """The address of the client, or of the last proxy."""
        address: str | None = self.environ.get("REMOTE_ADDR")
        return address

    @lazy
    def access_route(self) -> Any:
        """The addresses from the client to the last proxy.

        The client can put anything into `X-Forwarded-For`; trust it only
        behind a proxy of yours, and use ProxyFix then.
        """
        forwarded = self.environ.get("HTTP_X_FORWARDED_FOR")
        if forwarded:
            return self.list_storage_class(parse_list_header(forwarded))
        return self.list_storage_class([] if self.remote_addr is None else [self.remote_addr])

    @property
    def is_secure(self) -> bool:
        """Whether the request came over TLS."""
        return self.scheme in ("https", "wss")

    @property
    def is_xhr(self) -> bool:
        """Whether a script library marked the request as its own; see `X-Requested-With`."""
        requested_with: str = self.environ.get("HTTP_X_REQUESTED_WITH", "")
        return requested_with.lower() == "xmlhttprequest"

    # -- header fields -------------------------------------------------------------------

    @lazy
    def headers(self) -> EnvironHeaders:
        """All headers, read-only: a view of the environ."""
        return EnvironHeaders(self.environ)

    @lazy
    def cookies(self) -> MultiDict[str, str]:
        """The cookies; of several with one name the first counts, `getlist` gives all."""
        cookies: MultiDict[str, str] = parse_cookie(self.environ, self.dict_storage_class)
        return cookies

    content_type: environ_property[str | None] = environ_property(
        "CONTENT_TYPE", doc="The header `Content-Type`: mimetype and parameters of the body.")
    content_encoding: environ_property[str | None] = environ_property(
        "HTTP_CONTENT_ENCODING", doc="How the body is compressed; it is not decompressed here.")
    content_md5: environ_property[str | None] = environ_property(
        "HTTP_CONTENT_MD5", doc="A digest of the body that the client has sent along.")
    referrer: environ_property[str | None] = environ_property(
        "HTTP_REFERER", doc="The URL of the page that has the link (the header is spelt `Referer`).")
    origin: environ_property[str | None] = environ_property(
        "HTTP_ORIGIN", doc="The scheme and host of the page that a script sent this request from.")
    max_forwards: environ_property[int | None] = environ_property(
        "HTTP_MAX_FORWARDS", load_func=parse_number, doc="How many proxies may still pass a TRACE on.")
    date: environ_property[datetime | None] = environ_property(
        "HTTP_DATE", load_func=parse_date, doc="When the request was made, in UTC.")
    if_modified_since: environ_property[datetime | None] = environ_property(
        "HTTP_IF_MODIFIED_SINCE", load_func=parse_date, doc="Answer only if changed after this time.")
    if_unmodified_since: environ_property[datetime | None] = environ_property(
        "HTTP_IF_UNMODIFIED_SINCE", load_func=parse_date, doc="Act only if not changed after this time.")
    access_control_request_method: environ_property[str | None] = environ_property(
        "HTTP_ACCESS_CONTROL_REQUEST_METHOD", doc="The method that a preflight request asks for.")

    @property
    def content_length(self) -> int | None:
        """The length of the body in bytes; None if it is not known, 0 if the header is nonsense."""
        return get_content_length(self.environ)

    @lazy
    def _content_type_parts(self) -> tuple[str, dict[str, str]]:
        return parse_options_header(self.environ.get("CONTENT_TYPE"))

    @property
    def mimetype(self) -> str:
        """The mimetype of the body: the content type without parameters, in lower case."""
        return self._content_type_parts[0].lower()

    @property
    def mimetype_params(self) -> dict[str, str]:
        """The parameters of the content type, such as `charset`."""
        return self._content_type_parts[1]

    @property
    def is_json(self) -> bool:
        """Whether the mimetype says JSON: `application/json` or `application/*+json`."""
        mimetype = self.mimetype
        return mimetype == "application/json" or (
            mimetype.startswith("application/") and mimetype.endswith("+json"))

    @lazy
    def user_agent(self) -> UserAgent:
        """The header `User-Agent`; `str()` of it gives the text."""
        agent: UserAgent = self.user_agent_class(self.environ.get("HTTP_USER_AGENT", ""))
        return agent

    @lazy
    def authorization(self) -> Authorization | None:
        """The credentials that were sent; None without any, or if they cannot be read."""
        from .auth import Authorization

        credentials: Authorization | None = Authorization.from_header(self.environ.get("HTTP_AUTHORIZATION"))
        return credentials

    @lazy
    def accept_mimetypes(self) -> MIMEAccept:
        """The mimetypes that the client takes, best first."""
        from .accept import MIMEAccept, parse_accept_header

        accepted: MIMEAccept = parse_accept_header(self.environ.get("HTTP_ACCEPT"), MIMEAccept)
        return accepted

    @lazy
    def accept_charsets(self) -> CharsetAccept:
        """The charsets that the client takes, best first."""
        from .accept import CharsetAccept, parse_accept_header

        accepted: CharsetAccept = parse_accept_header(self.environ.get("HTTP_ACCEPT_CHARSET"), CharsetAccept)
        return accepted

    @lazy
    def accept_encodings(self) -> Accept:
        """The compressions that the client takes, best first."""
        from .accept import parse_accept_header

        accepted: Accept = parse_accept_header(self.environ.get("HTTP_ACCEPT_ENCODING"))
        return accepted

    @lazy
    def accept_languages(self) -> LanguageAccept:
        """The languages that the client's user reads, best first."""
        from .accept import LanguageAccept, parse_accept_header

        accepted: LanguageAccept = parse_accept_header(self.environ.get("HTTP_ACCEPT_LANGUAGE"), LanguageAccept)
        return accepted

    @lazy
    def cache_control(self) -> RequestCacheControl:
        """What the client asks of caches."""
        from .fields import RequestCacheControl, parse_cache_control_header

        wishes: RequestCacheControl = parse_cache_control_header(
            self.environ.get("HTTP_CACHE_CONTROL"), None, RequestCacheControl)
        return wishes

    @lazy
    def pragma(self) -> HeaderSet:
        """What the client asks of HTTP/1.0 caches."""
        from .fields import parse_set_header

        return parse_set_header(self.environ.get("HTTP_PRAGMA", ""))

    @lazy
    def access_control_request_headers(self) -> HeaderSet | None:
        """The headers that a preflight request asks for; None without the header."""
        from .fields import parse_set_header

        names = self.environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS")
        return None if names is None else parse_set_header(names)

    @lazy
    def if_match(self) -> ETags:
        """Act only if the entity tag is among these."""
        from .ranges import parse_etags

        return parse_etags(self.environ.get("HTTP_IF_MATCH"))

    @lazy
    def if_none_match(self) -> ETags:
        """Answer only if the entity tag is not among these."""
        from .ranges import parse_etags

        return parse_etags(self.environ.get("HTTP_IF_NONE_MATCH"))

    @lazy
    def if_range(self) -> IfRange:
        """Give a range only of the version with this tag or date."""
        from .ranges import parse_if_range_header

        return parse_if_range_header(self.environ.get("HTTP_IF_RANGE"))

    @lazy
    def range(self) -> Range | None:
        """The part of the content that is asked for; None if there is none, or it makes no sense."""
        from .ranges import parse_range_header

        return parse_range_header(self.environ.get("HTTP_RANGE"))
