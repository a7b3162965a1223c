"""Explanations for developers, given in debug mode where a mistake is common.

Nothing here runs in production. Each explanation says what happened, why, and
the way out.
"""

from __future__ import annotations

from .globals import _current
from .routing import RequestRedirect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .app import Flask
    from .wrappers import Request


class DebugFilesKeyError(KeyError, AssertionError):
    """Raised for `request.files[key]` where the form sent the file's name in place of the file."""

    def __init__(self, request: Request, key: str) -> None:
        names = ", ".join(repr(name) for name in request.form.getlist(key))
        self.message = (f"There is no file {key!r} in this request: no file contents were transmitted, since it came as"
                        f" {request.mimetype!r}, and files travel as 'multipart/form-data' only. Give the form"
                        f" enctype=\"multipart/form-data\". This was submitted: {names}.")
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message


class FormDataRoutingRedirect(AssertionError):
    """Explains a redirect of a request that carries a form, for code that wants to refuse those.

    With its code, such as 301, clients ask again by GET and leave the form out.
    """

    def __init__(self, request: Request) -> None:
        redirect = request.routing_exception
        target = redirect.new_url if isinstance(redirect, RequestRedirect) else request.url
        text = (f"A {request.method} to {request.url!r} was answered with a redirect to its canonical URL {target!r}.")
        if request.url_rule is None and target.split("?")[0] == request.base_url + "/":
            text += " The rule ends in a slash and the URL did not."
        text += " Send it to the final URL right away, so that no form data can get lost on the way."
        super().__init__(text)


class UnexpectedUnicodeError(AssertionError, UnicodeError):
    """Kept for programs that import it from Flask; bytes that are not UTF-8 raise no error here."""


def attach_enctype_error_multidict(request: Request) -> None:
    """Make `request.files[key]` explain a form that was sent without its enctype."""
    files = request.files
    original = type(files)

    class ExplainingFiles(original):  # type: ignore[valid-type, misc]
        def __getitem__(self, key: str) -> Any:
            try:
                return super().__getitem__(key)
            except KeyError:
                if key not in request.form:
                    raise
                raise DebugFilesKeyError(request, key) from None

    request.__dict__["files"] = ExplainingFiles(files)


def explain_template_loading_attempts(app: Flask, template: str, attempts: Iterable[tuple[Any, Any, Any]]) -> None:
    """Log where a template was looked for, attempt by attempt (`EXPLAIN_TEMPLATE_LOADING`)."""
    lines, found = [f"Locating template {template!r}:"], 0
    for number, (loader, owner, triple) in enumerate(attempts, 1):
        kind = (f"application {owner.import_name!r}" if owner is app
                else f"blueprint {owner.name!r} ({owner.import_name})")
        result = "no match" if triple is None else f"found ({triple[1] or '<string>'!r})"
        found += triple is not None
        lines.append(f"{number:5}: trying loader of {kind}")
        lines += [f"       {line}" for line in _describe_loader(loader)]
        lines.append(f"       -> {result}")
    if found != 1:
        lines.append("Error: the template could not be found." if not found
                     else "Warning: several loaders have this template; the first one is used.")
        blueprint = _current_blueprint()
        if blueprint is not None:
            lines.append(f"  It was looked up from an endpoint that belongs to the blueprint {blueprint!r}."
                         " Perhaps it does not lie in the template folder of that blueprint?\n"
                         "  See https://flask.palletsprojects.com/blueprints/#templates")
    app.logger.info("\n".join(lines))


def _describe_loader(loader: Any) -> Iterable[str]:
    yield f"class: {type(loader).__module__}.{type(loader).__name__}"
    for key, value in sorted(vars(loader).items()):
        if not key.startswith("_") and isinstance(value, (str, int, float, list, tuple)):
            yield f"{key}: {value!r}"


def _current_blueprint() -> str | None:
    frame = _current.get()
    ctx = None if frame is None else frame.request_ctx
    return None if ctx is None else ctx.request.blueprint
