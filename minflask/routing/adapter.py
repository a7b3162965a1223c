"""A map bound to the server, the script and the request it is used for.

Here rules meet hosts and schemes: what the tree says becomes an exception
that is a response, and what a rule builds becomes a whole URL. Responses and
apps are unknown here.
"""

from __future__ import annotations

from ..http.exceptions import HTTPException, MethodNotAllowed, NotFound
from ..http.urls import quote_path
from .errors import BuildError, RequestRedirect, WebsocketMismatch
from .tree import Miss

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, Callable, Union

    from .maps import Map
    from .rules import Rule

    Query = Union[Mapping[str, Any], str, None]


class MapAdapter:
    """Match and build with a map, for one request; :meth:`Map.bind` makes it.

    The parameters are kept as attributes of the same names.
    """

    def __init__(self, map: Map, server_name: str, script_name: str, subdomain: str | None, url_scheme: str,
                 path_info: str, default_method: str, query_args: Query = None) -> None:
        self.map, self.server_name, self.subdomain = map, server_name, subdomain
        self.script_name = script_name if script_name.endswith("/") else f"{script_name}/"
        self.url_scheme, self.path_info, self.default_method = url_scheme, path_info, default_method
        self.query_args = query_args
        self.websocket = url_scheme in ("ws", "wss")

    # -- matching -------------------------------------------------------------------------

    def match(self, path_info: str | None = None, method: str | None = None, return_rule: bool = False,
              query_args: Query = None, websocket: bool | None = None) -> tuple[Any, dict[str, Any]]:
        """Return the endpoint for a request and the values of its variables.

        What is left out is taken from the request that the adapter is bound to.

        :param return_rule: whether to return the rule instead of its endpoint.
        :param query_args: a mapping or a string that redirects keep as their query.
        :raises NotFound: when no rule fits the path.
        :raises MethodNotAllowed: when rules do, but for other methods.
        :raises RequestRedirect: when the client should ask for another URL.
        :raises WebsocketMismatch: when only rules for the other sort of request fit.

        >>> from minflask.routing import Map, Rule
        >>> urls = Map([Rule("/posts/<int:id>", endpoint="post")]).bind("example.com")
        >>> urls.match("/posts/7")
        ('post', {'id': 7})
        """
        method = (method or self.default_method).upper()
        found = self.map.resolve(self._domain(), self.path_info if path_info is None else path_info, method,
                                 self.websocket if websocket is None else websocket)
        if isinstance(found, Miss):
            raise self.refuse(found, method, query_args)
        rule, values = found
        return (rule if return_rule else rule.endpoint), values

    def _domain(self) -> str:
        return self.server_name if self.map.host_matching else self.subdomain or ""

    def refuse(self, miss: Miss, method: str | None = None, query_args: Query = None) -> HTTPException:
        """Return the exception for a miss of :meth:`Map.resolve`, without raising it."""
        error = error_of(miss)
        if error is not None:
            return error
        query = self.query_args if query_args is None else query_args
        return RequestRedirect(self._new_url(miss, method or self.default_method, query))

    def _new_url(self, miss: Miss, method: str, query_args: Query) -> str:
        if miss.rule is None:
            return self.make_redirect_url(quote_path(miss.path), query_args)
        if miss.kind == "alias":
            return self.make_alias_redirect_url(miss.rule.rule, miss.rule.endpoint, miss.values, method, query_args)
        if miss.kind == "target":
            return self._target_url(miss.rule, miss.values)
        url = self.get_default_redirect(miss.rule, method, miss.values, query_args)
        if url is None:
            raise RuntimeError(f"There is no URL for the defaults that {miss.rule!r} should redirect to.")
        return url

    def _target_url(self, rule: Rule, values: dict[str, Any]) -> str:
        import re
        from urllib.parse import urljoin

        if callable(rule.redirect_to):
            target = rule.redirect_to(self, **values)
        else:
            target = re.sub("<([^>]+)>", lambda match: rule._converters[match[1]].to_url(values[match[1]]),
                            rule.redirect_to or "")
        return urljoin(f"{self.url_scheme or 'http'}://{self.get_host(None)}{self.script_name}", target)

    def test(self, path_info: str | None = None, method: str | None = None) -> bool:
        """Tell whether a rule matches; one that redirects counts."""
        try:
            self.match(path_info, method)
        except RequestRedirect:
            return True
        except HTTPException:
            return False
        return True

    def dispatch(self, view_func: Callable[[Any, Mapping[str, Any]], Any], path_info: str | None = None,
                 method: str | None = None, catch_http_exceptions: bool = False) -> Any:
        """Match, and call a function with the endpoint and the values.

        A redirect of the map is returned, as it is a response itself.

        :param catch_http_exceptions: whether to return other HTTP exceptions, too.
        """
        try:
            try:
                endpoint, values = self.match(path_info, method)
            except RequestRedirect as redirect:
                return redirect
            return view_func(endpoint, values)
        except HTTPException as exc:
            if catch_http_exceptions:
                return exc
            raise

    def allowed_methods(self, path_info: str | None = None) -> Iterable[str]:
        """Return the methods that rules for a path take; none where it is not found."""
        try:
            self.match(path_info, method="--")  # no rule can name this one
        except MethodNotAllowed as exc:
            return exc.valid_methods or []
        except HTTPException:
            pass
        return []

    # -- redirects ------------------------------------------------------------------------

    def get_host(self, domain_part: str | None) -> str:
        """Return the host for a domain part: a subdomain, or the host itself if the map matches hosts."""
        if self.map.host_matching:
            return self.server_name if domain_part is None else domain_part
        subdomain = self.subdomain if domain_part is None else domain_part
        return f"{subdomain}.{self.server_name}" if subdomain else self.server_name

    def get_default_redirect(self, rule: Rule, method: str, values: Mapping[str, Any],
                             query_args: Query) -> str | None:
        """Return the URL of the rule that has these values as its defaults, or None."""
        better = self.map.canonical(rule, values, method)
        built = better.build({**values, **(better.defaults or {})}) if better is not None else None
        return self.make_redirect_url(built[1], query_args, built[0]) if built is not None else None

    def encode_query_args(self, query_args: Query) -> str:
        """Return a query string for a mapping; text stays as it is."""
        return query_args if isinstance(query_args, str) else self.map.encode_query(query_args or {})

    def make_redirect_url(self, path_info: str, query_args: Query = None, domain_part: str | None = None) -> str:
        """Return the absolute URL for a quoted path below the script's name, always on the own host."""
        query = query_args if query_args is not None else self.query_args
        suffix = f"?{self.encode_query_args(query)}" if query else ""
        path = "/".join([part for part in (self.script_name.strip("/"), path_info.lstrip("/")) if part])
        slash = "/" if not path_info.strip("/") and path else ""
        return f"{self.url_scheme or 'http'}://{self.get_host(domain_part)}/{path}{slash}{suffix}"

    def make_alias_redirect_url(self, path: str, endpoint: Any, values: Mapping[str, Any], method: str,
                                query_args: Query) -> str:
        """Return the canonical URL for what an alias matched.

        :raises RuntimeError: when the endpoint has no rule but aliases.
        """
        if all(rule.alias for rule in self.map.iter_rules(endpoint)):
            raise RuntimeError(f"The rule {path!r} is an alias, but {endpoint!r} has no other rule to redirect to: "
                               "add the canonical one, without alias=True.")
        url = self.build(endpoint, values, method, append_unknown=False, force_external=True)
        return f"{url}?{self.encode_query_args(query_args)}" if query_args else url

    # -- building -------------------------------------------------------------------------

    def build(self, endpoint: Any, values: Mapping[str, Any] | None = None, method: str | None = None,
              force_external: bool = False, append_unknown: bool = True, url_scheme: str | None = None) -> str:
        """Return the URL of an endpoint.

        It is a path where that is enough; with the host where the rule is on
        another one, for websockets, or when it is asked for.

        :param values: what to fill the variables with; other names make a
            query string, and what is None is left out. A list gives several pairs.
        :param method: take a rule for this method only; else one for the bound method is preferred.
        :param force_external: whether to give the scheme and the host in any case.
        :param append_unknown: whether values without a variable make a query string.
        :param url_scheme: the scheme of an external URL, instead of the bound one.
        :raises BuildError: when no rule fits; its text says what is nearest.

        >>> from minflask.routing import Map, Rule
        >>> urls = Map([Rule("/posts/<int:id>", endpoint="post")]).bind("example.com")
        >>> urls.build("post", {"id": 7, "page": 2})
        '/posts/7?page=2'
        """
        if not force_external and method is None and append_unknown and (values is None or values.__class__ is dict):
            quick = self.map._quick.get(endpoint) or self.map.quick_builder(endpoint)
            if quick is not None and self.subdomain == self.map.default_subdomain:
                path = quick(values or {})  # type: ignore[arg-type]
                if path is not None:
                    return self.script_name + path
        return self._build(endpoint, without_none(values) if values else {}, method, force_external, append_unknown,
                           url_scheme)

    def _build(self, endpoint: Any, values: dict[str, Any], method: str | None, force_external: bool,
               append_unknown: bool, url_scheme: str | None) -> str:
        """Build any URL; the way for those that no quick builder takes."""
        built = self._choose(endpoint, values, method or self.default_method, append_unknown)
        if built is None and method is None:
            built = self._choose(endpoint, values, None, append_unknown)
        if built is None:
            raise BuildError(endpoint, values, method, self)
        rule, domain, path = built
        script = self.script_name
        if not force_external and not rule.websocket and domain == self._domain():
            return f"{script}{path.lstrip('/')}"
        scheme = self._scheme(url_scheme, rule.websocket)
        return f"{scheme and scheme + ':'}//{self.get_host(domain)}{script}{path.lstrip('/')}"

    def _scheme(self, url_scheme: str | None, websocket: bool) -> str:
        """Return one of the four schemes that a rule can have; never another one that was passed."""
        scheme = self.url_scheme if url_scheme is None else url_scheme
        secure = scheme in ("https", "wss")
        if websocket:
            return "wss" if secure else "ws"
        return ("https" if secure else "http") if scheme else ""

    def _choose(self, endpoint: Any, values: dict[str, Any], method: str | None,
                append_unknown: bool) -> tuple[Rule, str, str] | None:
        """Return the first rule that fits with its domain part and path; on host maps, rather one of this host."""
        first = None
        for rule in self.map.rules_for(endpoint):
            if not rule.suitable_for(values, method):
                continue
            built = rule.build(values, append_unknown)
            if built is not None:
                if not self.map.host_matching or built[0] == self.server_name:
                    return (rule, *built)
                first = first or (rule, *built)
        return first


def error_of(miss: Miss) -> HTTPException | None:
    """Return the exception for a miss that is no redirect; None for one, which needs an adapter.

    >>> error_of(Miss("not found"))
    <NotFound '404: Not Found'>
    """
    if miss.kind == "not found":
        return NotFound()
    if miss.kind == "method":
        return MethodNotAllowed(valid_methods=miss.methods)
    return WebsocketMismatch() if miss.kind == "websocket" else None


def without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a dict of the values that are given, with single ones for lists of one in a MultiDict."""
    if type(values) is dict:
        for value in values.values():
            if value is None:
                break
        else:
            return values
    lists = getattr(values, "lists", None)
    if lists is not None:
        return {key: found[0] if len(found) == 1 else found for key, found in lists() if found}
    return {key: value for key, value in values.items() if value is not None}
