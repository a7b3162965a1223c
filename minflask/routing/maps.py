"""The map: a set of rules with the converters and options they share.

It keeps the rules, makes the table for matching when they have changed, and
binds itself to a server and a request. How the table is searched is the
matter of ``tree``.
"""

from __future__ import annotations

from _thread import allocate_lock

from ..converters import DEFAULT_CONVERTERS
from ..http.exceptions import BadHost
from ..http.structures import ImmutableDict
from ..http.urls import build_query
from ..http.wsgi import decode_wsgi, get_host, without_port
from .adapter import MapAdapter
from .tree import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any, Callable

    from ..converters import BaseConverter
    from .adapter import Query
    from .rules import Rule, RuleFactory
    from .tree import Result


#: The subdomain of a request for a host that is not the server's: not a possible one, so that no rule matches.
NO_SUBDOMAIN = "<invalid>"


class Map:
    """All rules of an application, and what they have in common.

    :param rules: rules and rule factories, in their order.
    :param default_subdomain: the subdomain of rules that name none.
    :param strict_slashes: whether branches redirect requests that lack their slash.
    :param merge_slashes: whether to redirect where runs of slashes, made one, would match.
    :param redirect_defaults: whether to redirect to the rule that has the values as defaults.
    :param converters: converters by name, beside the built-in ones.
    :param sort_parameters: whether to sort query strings by ``sort_key``.
    :param host_matching: whether rules have a host instead of a subdomain.
    :param charset: accepted for code of older days; URLs are always UTF-8.
    :param encoding_errors: as ``charset``; broken UTF-8 becomes U+FFFD.

    >>> urls = Map()
    >>> "int" in urls.converters
    True
    """

    default_converters: Mapping[str, type[BaseConverter]] = ImmutableDict(DEFAULT_CONVERTERS)
    lock_class: Callable[[], Any] = staticmethod(allocate_lock)  # what makes the lock for updates

    def __init__(
        self, rules: Iterable[RuleFactory] | None = None, default_subdomain: str = "", strict_slashes: bool = True,
        merge_slashes: bool = True, redirect_defaults: bool = True,
        converters: Mapping[str, type[BaseConverter]] | None = None, sort_parameters: bool = False,
        sort_key: Callable[[Any], Any] | None = None, host_matching: bool = False,
        charset: str = "utf-8", encoding_errors: str = "replace",
    ) -> None:
        self._rules: list[Rule] = []
        self._rules_by_endpoint: dict[Any, list[Rule]] = {}
        self._table: Table | None = None  # None: rules were added since it was made
        self._lock = self.lock_class()
        self._quick: dict[Any, Callable[[dict[str, Any]], str | None] | None] = {}  # by endpoint; see quick_builder
        self.default_subdomain, self.host_matching = default_subdomain, host_matching
        self.strict_slashes, self.merge_slashes = strict_slashes, merge_slashes
        self.redirect_defaults = redirect_defaults
        self.converters = {**self.default_converters, **(converters or {})}
        self.sort_parameters, self.sort_key = sort_parameters, sort_key
        self.charset, self.encoding_errors = charset, encoding_errors
        for factory in rules or ():
            self.add(factory)

    def add(self, rulefactory: RuleFactory) -> None:
        """Add a rule, or the rules that a factory makes.

        :raises RuntimeError: when a rule belongs to a map already.
        """
        for rule in rulefactory.get_rules(self):
            rule.bind(self)
            with self._lock:
                self._rules.append(rule)
                self._rules_by_endpoint.setdefault(rule.endpoint, []).append(rule)
                self._table, self._quick = None, {}

    def update(self) -> None:
        """Bring the order of the rules up to date, where rules were added; matching and building do it themselves."""
        if self._table is None:
            self._make_table()

    def _make_table(self) -> Table:
        # Other threads search the old table or wait here; they never see half of a new one.
        with self._lock:
            if self._table is None:
                ordered = {endpoint: sorted(rules, key=lambda rule: rule.build_compare_key())
                           for endpoint, rules in self._rules_by_endpoint.items()}
                self._rules_by_endpoint = ordered
                self._table = Table(self._rules, ordered, self.redirect_defaults)
            return self._table

    def resolve(self, domain: str, path: str, method: str, websocket: bool = False) -> Result:
        """Return the rule for a request and its values, or a ``Miss`` that says why there is none.

        The core of matching: it raises nothing. :meth:`MapAdapter.match` has
        the convenient form, :meth:`MapAdapter.refuse` makes the exception.

        :param domain: the subdomain, or the host on maps with ``host_matching``.
        :param path: the decoded path.
        """
        table = self._table or self._make_table()
        rules = table.static.get(domain + path)
        if rules is not None and not websocket:
            for rule in rules:
                if method in rule.methods:  # type: ignore[operator]  # the table holds no other ones
                    return rule, {}
        return table.search(path, domain, method, websocket, self.merge_slashes)

    def canonical(self, rule: Rule, values: Mapping[str, Any], method: str) -> Rule | None:
        """Return the rule that has these values of another as its defaults, or None."""
        return (self._table or self._make_table()).canonical(rule, values, method)

    def rules_for(self, endpoint: Any) -> Iterable[Rule]:
        """Return the rules of an endpoint, those preferred for building first; none if it is unknown."""
        if self._table is None:
            self._make_table()
        return self._rules_by_endpoint.get(endpoint, ())

    def quick_builder(self, endpoint: Any) -> Callable[[dict[str, Any]], str | None] | None:
        """Return a function for the usual URLs of an endpoint that has one rule; see :meth:`Rule.quick_builder`."""
        quick = self._quick
        if endpoint in quick:
            return quick[endpoint]
        rules = list(self.rules_for(endpoint))
        if not rules:
            return None  # not kept: the name may be anything
        quick[endpoint] = rules[0].quick_builder() if len(rules) == 1 and not self.host_matching else None
        return quick[endpoint]

    def is_endpoint_expecting(self, endpoint: Any, *arguments: str) -> bool:
        """Tell whether a rule of the endpoint has these variables.

        Helps where a value, such as a language, is added to all URLs that take it.

        :raises KeyError: when no rule has the endpoint.
        """
        self.update()
        return any(rule.arguments.issuperset(arguments) for rule in self._rules_by_endpoint[endpoint])

    def iter_rules(self, endpoint: Any = None) -> Iterator[Rule]:
        """Iterate over all rules in the order they are tried, or over those of an endpoint.

        :raises KeyError: when no rule has the endpoint.
        """
        self.update()
        if endpoint is None:
            return iter(sorted(self._rules, key=lambda rule: rule.match_compare_key()))
        return iter(self._rules_by_endpoint[endpoint])

    def encode_query(self, values: Mapping[str, Any]) -> str:
        """Return a query string for a mapping; a list stands for several pairs, None for none."""
        pairs: list[tuple[str, Any]] = []
        for key, value in values.items() if type(values) is dict else pairs_of(values):
            if isinstance(value, (list, tuple, set)):
                pairs += [(key, item) for item in value if item is not None]
            elif value is not None:
                pairs.append((key, value))
        return build_query(sorted(pairs, key=self.sort_key) if self.sort_parameters else pairs)

    # -- binding --------------------------------------------------------------------------

    def bind(self, server_name: str, script_name: str | None = None, subdomain: str | None = None,
             url_scheme: str = "http", default_method: str = "GET", path_info: str | None = None,
             query_args: Query = None) -> MapAdapter:
        """Return an adapter for a server, for use without a request or with one read otherwise.

        :param server_name: the host with its port, if that is not the usual one.
        :param script_name: where the application is mounted.
        :param default_method: the method to match when none is given.
        :param path_info: the path to match when none is given.
        :raises RuntimeError: when a subdomain is given to a map that matches hosts.
        :raises BadHost: when the name is no possible host.
        """
        if self.host_matching:
            if subdomain is not None:
                raise RuntimeError("This map has host_matching: its rules name whole hosts, so bind it without "
                                   "a subdomain.")
        elif subdomain is None:
            subdomain = self.default_subdomain
        return MapAdapter(self, ascii_host(server_name.lower()), script_name or "/", subdomain, url_scheme,
                          "/" if path_info is None else path_info, default_method, query_args)

    def bind_to_environ(self, environ: Any, server_name: str | None = None,
                        subdomain: str | None = None) -> MapAdapter:
        """Return an adapter for a WSGI request: an environ, or an object that has one.

        With a server name, what the host has before it is the subdomain; a
        host that does not end with it matches no rule.

        :raises BadHost: when the host of the request is no possible one.
        """
        environ = getattr(environ, "environ", environ)
        scheme, host = scheme_of(environ), host_of(environ)
        name = host if server_name is None else without_port(server_name.lower(), scheme)
        if subdomain is None and not self.host_matching:
            subdomain = self.subdomain_of(host, name)
            if subdomain == NO_SUBDOMAIN:
                import warnings

                warnings.warn(f"The host {host!r} of the request does not end with the configured server name "
                              f"{server_name!r}, so that no rule matches.", stacklevel=2)
        script, path, query = [decode_wsgi(environ.get(key, "")) for key in
                               ("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING")]
        return self.bind(name, script, subdomain, scheme, environ["REQUEST_METHOD"], path, query)

    @staticmethod
    def subdomain_of(host: str, server_name: str) -> str:
        """Return what a host has before the server's name; a text that no rule can have where it is another host.

        >>> Map.subdomain_of("api.example.com", "example.com")
        'api'
        """
        if host == server_name:
            return ""
        if host.endswith(f".{server_name}"):
            return ".".join(filter(None, host[:-len(server_name) - 1].split(".")))
        return NO_SUBDOMAIN

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._rules!r})"


def pairs_of(values: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Return the items of a mapping; those of a MultiDict with the list of their values."""
    lists: Callable[[], Iterable[tuple[str, Any]]] | None = getattr(values, "lists", None)
    return values.items() if lists is None else lists()


def scheme_of(environ: Mapping[str, Any]) -> str:
    """Return the scheme of a request; that of websockets if it asks to become one."""
    scheme: str = environ["wsgi.url_scheme"]
    upgrade = environ.get("HTTP_UPGRADE")
    if upgrade and upgrade.lower() == "websocket" and "upgrade" in [
            option.strip() for option in environ.get("HTTP_CONNECTION", "").lower().split(",")]:
        return "wss" if scheme == "https" else "ws"
    return scheme


def host_of(environ: dict[str, Any]) -> str:
    """Return the host that a request names, in lower case and without the usual port.

    :raises BadHost: when it names something that cannot be a host.
    """
    host, named = get_host(environ), environ.get("HTTP_HOST")
    if not host and named:  # not as RFC 9110 has it; a name in another script is understood all the same
        host = get_host({**environ, "HTTP_HOST": ascii_host(named.lower())})
        if not host:
            raise BadHost("The Host header of the request holds no host name.")
    return host.lower()


def ascii_host(host: str) -> str:
    """Write a host with IDNA.

    :raises BadHost: when that is not possible, or it is too long (CVE-2022-45061).
    """
    if host.isascii():
        return host
    try:
        if len(host) > 255:
            raise UnicodeError("longer than any host name")
        name, colon, port = host.partition(":")
        return name.encode("idna").decode("ascii") + colon + port
    except UnicodeError as exc:
        raise BadHost from exc
