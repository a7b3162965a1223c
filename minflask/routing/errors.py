"""What matching and building raise, and the texts that help a developer on.

The errors carry what they know as attributes. Which rule matches or builds
is decided elsewhere; nothing here looks at a request.
"""

from __future__ import annotations

from ..http.exceptions import BadRequest, HTTPException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from .adapter import MapAdapter
    from .rules import Rule


class RoutingException(Exception):
    """The base of what is no error of HTTP: a redirect that a map wants, a URL that cannot be built."""


class BuildError(RoutingException, LookupError):
    """No rule of the endpoint could be built with these values; the text says what comes closest.

    :param endpoint: the endpoint that was asked for.
    :param values: the values given.
    :param method: the method given, or None.
    :param adapter: the adapter that tried; its map is searched for a suggestion.
    """

    def __init__(self, endpoint: Any, values: Mapping[str, Any], method: str | None,
                 adapter: MapAdapter | None = None) -> None:
        super().__init__(endpoint, values, method)
        self.endpoint, self.values, self.method, self.adapter = endpoint, values, method, adapter

    @property
    def suggested(self) -> Rule | None:
        """The rule that was probably meant, or None where there is no rule at all."""
        return self.closest_rule(self.adapter)

    def closest_rule(self, adapter: MapAdapter | None) -> Rule | None:
        """Return the rule of an adapter's map that comes closest to what was asked for."""
        rules = adapter.map._rules if adapter is not None else []
        return max(rules, key=self._likeness, default=None)

    def _likeness(self, rule: Rule) -> tuple[float, bool, bool]:
        """Order rules: first by the spelling of the endpoint, then by values and method."""
        from difflib import SequenceMatcher

        spelling = SequenceMatcher(a=str(rule.endpoint or ""), b=str(self.endpoint or "")).ratio()
        return (round(spelling, 2), set(self.values or ()) <= rule.arguments,
                bool(self.method and rule.methods and self.method in rule.methods))

    def __str__(self) -> str:
        text = f"Could not build url for endpoint {self.endpoint!r}"
        if self.method:
            text += f" ({self.method!r})"
        if self.values:
            text += f" with values {sorted(self.values)!r}"
        return f"{text}. {self._advice()}"

    def _advice(self) -> str:
        rule = self.suggested
        if rule is None:
            return "The URL map has no rules yet: register one with this endpoint first."
        if rule.endpoint != self.endpoint:
            return f"Did you mean {rule.endpoint!r} instead? No rule has the endpoint that was given."
        return " ".join(self._differences(rule)) or f"The values do not fit the converters of {rule.rule!r}."

    def _differences(self, rule: Rule) -> Iterable[str]:
        """Say what stands between this endpoint's nearest rule and the request for it."""
        if self.method and rule.methods is not None and self.method not in rule.methods:
            yield f"Did you mean to use methods {sorted(rule.methods)!r}?"
        defaults, values = rule.defaults or {}, self.values or {}
        missing = sorted(rule.arguments - set(defaults) - set(values))
        if missing:
            yield f"Did you forget to specify values {missing!r}?"
        other = sorted(name for name in defaults if name in values and values[name] != defaults[name])
        if other:
            yield f"The rule fixes the values of {other!r} by its defaults; leave them out."


class RequestRedirect(HTTPException, RoutingException):
    """The map wants the client at another URL: a slash is missing, or the URL is not the canonical one.

    It is a response as other HTTP exceptions are. ``code`` is an attribute of
    the class: ``RequestRedirect.code = 301`` gives all of them another status.

    :param new_url: where to go, absolute.
    """

    def __init__(self, new_url: str) -> None:
        super().__init__(new_url)
        self.new_url = new_url

    #: Unlike 301, 308 keeps the method and the body of a form.
    code = 308

    def get_body(self, environ: Any = None, scope: Any = None) -> str:
        """Return a page with a link, for clients that do not follow by themselves."""
        from ..markup import escape

        link = escape(self.new_url)
        return (f'<!doctype html>\n<html lang=en>\n<title>Moved</title>\n<h1>Moved</h1>\n'
                f'<p>This page is at <a href="{link}">{link}</a>.</p>\n')

    def get_headers(self, environ: Any = None, scope: Any = None) -> list[tuple[str, str]]:
        """Return the type of the page and ``Location``."""
        from ..http.urls import iri_to_uri

        return [("Content-Type", "text/html; charset=utf-8"), ("Location", iri_to_uri(self.new_url))]


class WebsocketMismatch(BadRequest):
    """The path has rules for websockets only and the request is none, or the other way round."""
