"""Render templates for the current application: the functions that views use.

The template environment of an application is in `jinja_env`, the language in
`jinja`; neither is loaded before the first template is wanted.
"""

from __future__ import annotations

from .globals import _current, find_app_context
from .signals import before_render_template, template_rendered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .app import Flask
    from .jinja.template import Template


def __getattr__(name: str) -> Any:
    """Load `Environment` and `DispatchingJinjaLoader`, which live in `jinja_env`, when they are asked for."""
    if name in {"Environment", "DispatchingJinjaLoader"}:
        from . import jinja_env

        return getattr(jinja_env, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def folder_loader(folder: str) -> Any:
    """Return the loader of a folder of templates, which may lie inside a zip."""
    from .jinja_env import FolderLoader

    return FolderLoader(folder)


def _default_template_ctx_processor() -> dict[str, Any]:
    """Return what every template gets in a request (Flask's name; extensions use it)."""
    frame = _current.get()
    ctx = None if frame is None else frame.request_ctx
    names: dict[str, Any] = {} if frame is None else {"g": frame.app_ctx.g}
    if ctx is not None:
        names.update(request=ctx.request, session=ctx.session)
    return names


def _render(app: Flask, template: Template, context: dict[str, Any]) -> str:
    """Render between the two signals, with what the application adds to the context."""
    app.update_template_context(context)
    if before_render_template.receivers:
        before_render_template.send(app, _async_wrapper=app.ensure_sync, template=template, context=context)
    text: str = template.render(context)
    if template_rendered.receivers:
        template_rendered.send(app, _async_wrapper=app.ensure_sync, template=template, context=context)
    return text


def render_template(template_name_or_list: Any, **context: Any) -> str:
    """Render a template of the application's folders with the variables given.

    :param template_name_or_list: a name, a template, or a list of which the first that exists is taken.

    Raises TemplateNotFound where there is none. Variables are escaped in `.html`, `.xml` and `.svg` templates.
    """
    app = find_app_context().app
    return _render(app, app.jinja_env.get_or_select_template(template_name_or_list), context)


def render_template_string(source: str, **context: Any) -> str:
    """Render a template given as text; variables are escaped. Never give it text from a user: it is a program."""
    app = find_app_context().app
    return _render(app, app.jinja_env.from_string(source), context)


def _stream(app: Flask, template: Template, context: dict[str, Any]) -> Iterator[str]:
    app.update_template_context(context)
    if before_render_template.receivers:
        before_render_template.send(app, _async_wrapper=app.ensure_sync, template=template, context=context)

    def pieces() -> Iterator[str]:
        yield from template.generate(context)
        if template_rendered.receivers:
            template_rendered.send(app, _async_wrapper=app.ensure_sync, template=template, context=context)

    frame = _current.get()
    if frame is None or frame.request_ctx is None:
        return pieces()
    from .helpers import stream_with_context

    stream: Iterator[str] = stream_with_context(pieces())
    return stream


def stream_template(template_name_or_list: Any, **context: Any) -> Iterator[str]:
    """Render a template piece by piece; return the iterator from a view to stream it."""
    app = find_app_context().app
    return _stream(app, app.jinja_env.get_or_select_template(template_name_or_list), context)


def stream_template_string(source: str, **context: Any) -> Iterator[str]:
    """Render a template given as text piece by piece; return the iterator from a view to stream it."""
    app = find_app_context().app
    return _stream(app, app.jinja_env.from_string(source), context)
