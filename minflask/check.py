"""What is probably wrong with an application: looked for, and said with the way out."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_SHORTEST_KEY = 16  # bytes; fewer can be tried out


def findings(app: Any) -> Iterator[str]:
    """Yield a sentence for each thing that is probably wrong with an application."""
    yield from _secret_key(app)
    yield from _settings(app)
    yield from _rules(app)
    yield from _templates(app)


def _secret_key(app: Any) -> Iterator[str]:
    key = app.secret_key
    if not key:
        yield "There is no SECRET_KEY, so sessions do not work. Make one: python -m minflask secret"
    elif len(key) < _SHORTEST_KEY or key in {"dev", "development", "secret", "changeme"}:
        yield f"The SECRET_KEY is short ({len(key)} characters) and could be guessed: python -m minflask secret"


def _settings(app: Any) -> Iterator[str]:
    config = app.config
    if app.debug:
        yield "Debug mode is on. Never serve others with it: it shows the source and the variables of your code."
    if not config["SESSION_COOKIE_HTTPONLY"]:
        yield "SESSION_COOKIE_HTTPONLY is off, so scripts of the page can read the session cookie."
    samesite = config["SESSION_COOKIE_SAMESITE"]
    if samesite == "None" and not config["SESSION_COOKIE_SECURE"]:
        yield "SESSION_COOKIE_SAMESITE is 'None' without SESSION_COOKIE_SECURE; browsers refuse such a cookie."
    if config["PREFERRED_URL_SCHEME"] == "https" and not config["SESSION_COOKIE_SECURE"]:
        yield "The application is for https, and SESSION_COOKIE_SECURE is off."


def _rules(app: Any) -> Iterator[str]:
    seen: dict[Any, Any] = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in app.view_functions and not rule.build_only and rule.redirect_to is None:
            yield f"The rule {rule.rule!r} has the endpoint {rule.endpoint!r}, which has no view."
        for method in rule.methods or {"any"}:
            key = rule.subdomain, rule.host, rule.rule, method, rule.websocket
            first = seen.setdefault(key, rule)
            if first is not rule and method not in {"HEAD", "OPTIONS"}:
                yield (f"The rule {rule.rule!r} [{method}] of {rule.endpoint!r} is never reached: that of"
                       f" {first.endpoint!r} is the same and comes first.")


def _templates(app: Any) -> Iterator[str]:
    from .jinja.errors import TemplateError

    try:
        names = app.jinja_env.list_templates()
    except TypeError:  # a loader that cannot list what it has
        return
    for name in names:
        if not name.endswith((".html", ".htm", ".xml", ".xhtml", ".svg", ".txt", ".j2", ".jinja", ".jinja2")):
            continue
        try:
            app.jinja_env.get_template(name)
        except TemplateError as error:
            line = getattr(error, "lineno", None)
            yield f"The template {name!r} does not compile: {error.message} (line {line})"
        except UnicodeDecodeError:
            yield f"The template {name!r} is not UTF-8."
