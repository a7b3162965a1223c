"""Request and Response as an application sees them: the HTTP ones, and what needs an application.

The application's configuration gives the limits and the JSON provider; the
matched rule tells the endpoint and the blueprint.
"""

from __future__ import annotations

from . import json
from .globals import _current
from .http.exceptions import BadRequest
from .http.request import Request as _Request
from .http.response import Response as _Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from .http.exceptions import HTTPException
    from .routing import Rule


def _configured(key: str, default: Any = None) -> Any:
    """Return a value of the active application's configuration, or the default where none is active."""
    frame = _current.get()
    return default if frame is None else frame.app.config.get(key, default)


def _limit(key: str, default: int | None) -> Any:
    """Return an attribute for a limit: the application's configuration holds it, and one request may set its own."""
    name = f"_{key.lower()}"

    def get(request: Any) -> Any:
        own = request.__dict__.get(name)
        if own is not None:
            return own
        frame = _current.get()
        return default if frame is None else frame.app.config.get(key, default)

    def set(request: Any, value: int | None) -> None:
        request.__dict__[name] = value

    return property(get, set, doc=f"The limit `{key}` of the configuration; a number can be set for this request.")


class Request(_Request):
    """The request that `flask.request` stands for: everything the client sent, and the rule that matched.

    To use a class of one's own, subclass this one and set `app.request_class`.
    """

    json_module: Any = json
    #: The rule that matched, with its `methods`; None while matching, or where it failed.
    url_rule: Rule | None = None
    #: The arguments of the view, from the URL; None where matching failed.
    view_args: dict[str, Any] | None = None
    #: The error of matching, raised when the view is looked for (after the before_request hooks).
    routing_exception: HTTPException | None = None

    _reads_plainly = _names_plainly = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # Matching reads path and method off the environ, unless a subclass says what they are.
        cls._reads_plainly = all(getattr(cls, name) is getattr(_Request, name) for name in ("path", "method"))
        cls._names_plainly = all(getattr(cls, name) is getattr(Request, name) for name in ("endpoint", "blueprint"))

    max_content_length = _limit("MAX_CONTENT_LENGTH", None)
    max_form_memory_size = _limit("MAX_FORM_MEMORY_SIZE", 500_000)
    max_form_parts = _limit("MAX_FORM_PARTS", 1000)

    @property
    def endpoint(self) -> str | None:
        """The endpoint that matched; None before matching or where it failed."""
        rule = self.url_rule
        return None if rule is None else rule.endpoint

    @property
    def blueprint(self) -> str | None:
        """The registered name of the current blueprint, or None."""
        endpoint = self.endpoint
        return endpoint.rpartition(".")[0] or None if endpoint is not None else None

    @property
    def blueprints(self) -> list[str]:
        """The names of the current blueprint and of those it is nested in, innermost first."""
        rule = self.url_rule
        if self._names_plainly and (rule is None or "." not in rule.endpoint):
            return []  # each hook asks for this
        name = self.blueprint
        return _name_and_parents(name) if name else []

    def _limits(self) -> tuple[int | None, int | None]:
        frame, cls = _current.get(), type(self)
        if (frame is None or cls.max_content_length is not _MAX_CONTENT_LENGTH
                or cls.max_form_memory_size is not _MAX_FORM_MEMORY_SIZE):
            return super()._limits()
        config = frame.app.config
        return config.get("MAX_CONTENT_LENGTH"), config.get("MAX_FORM_MEMORY_SIZE", 500_000)

    def _check_files(self) -> None:
        # A form sent without its enctype leaves its file names in `form`; say so where a file is looked for.
        if _configured("DEBUG") and self.mimetype != "multipart/form-data" and not self.files:
            from .debughelpers import attach_enctype_error_multidict

            attach_enctype_error_multidict(self)

    def on_json_loading_failed(self, e: ValueError | None) -> Any:
        """Answer 400 (415 for another content type); in debug the reason is told. May be overridden."""
        try:
            return super().on_json_loading_failed(e)
        except BadRequest as error:
            self._hide_reason(error)

    def _hide_reason(self, error: BadRequest) -> NoReturn:
        if error.code != 400 or _configured("DEBUG"):
            raise error
        raise BadRequest() from error


_MAX_CONTENT_LENGTH, _MAX_FORM_MEMORY_SIZE = Request.max_content_length, Request.max_form_memory_size


class Response(_Response):
    """The response that views give: HTML by default, and JSON through the application's provider.

    Views seldom make one; `make_response` does. To use a class of one's own,
    subclass this one and set `app.response_class`.
    """

    default_mimetype: str | None = "text/html"
    json_module: Any = json
    autocorrect_location_header = False

    @property
    def max_cookie_size(self) -> int:  # type: ignore[override]
        """The size in bytes past which `set_cookie` warns: `MAX_COOKIE_SIZE` of the configuration, or 4093."""
        size: int = _configured("MAX_COOKIE_SIZE", 4093)
        return size


def _name_and_parents(name: str) -> list[str]:
    """Split a dotted blueprint name: 'a.b.c' gives ['a.b.c', 'a.b', 'a']."""
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(len(parts), 0, -1)]
