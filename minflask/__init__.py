"""minflask: the documented API of Flask, in pure standard-library Python.

This file is the public face and nothing else: one table says where each name
lives, and a name is loaded on its first use. `import minflask` alone is cheap.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import json as json
    from .app import Flask as Flask
    from .blueprints import Blueprint as Blueprint
    from .config import Config as Config
    from .ctx import after_this_request as after_this_request
    from .ctx import copy_current_request_context as copy_current_request_context
    from .ctx import has_app_context as has_app_context
    from .ctx import has_request_context as has_request_context
    from .globals import _app_ctx_stack as _app_ctx_stack
    from .globals import _request_ctx_stack as _request_ctx_stack
    from .globals import current_app as current_app
    from .globals import g as g
    from .globals import request as request
    from .globals import session as session
    from .helpers import abort as abort
    from .helpers import flash as flash
    from .helpers import get_flashed_messages as get_flashed_messages
    from .helpers import get_template_attribute as get_template_attribute
    from .helpers import make_response as make_response
    from .helpers import redirect as redirect
    from .helpers import safe_join as safe_join
    from .helpers import send_file as send_file
    from .helpers import send_from_directory as send_from_directory
    from .helpers import stream_with_context as stream_with_context
    from .helpers import url_for as url_for
    from .json import jsonify as jsonify
    from .markup import Markup as Markup
    from .markup import escape as escape
    from .signals import appcontext_popped as appcontext_popped
    from .signals import appcontext_pushed as appcontext_pushed
    from .signals import appcontext_tearing_down as appcontext_tearing_down
    from .signals import before_render_template as before_render_template
    from .signals import got_request_exception as got_request_exception
    from .signals import message_flashed as message_flashed
    from .signals import request_finished as request_finished
    from .signals import request_started as request_started
    from .signals import request_tearing_down as request_tearing_down
    from .signals import signals_available as signals_available
    from .signals import template_rendered as template_rendered
    from .templating import render_template as render_template
    from .templating import render_template_string as render_template_string
    from .templating import stream_template as stream_template
    from .templating import stream_template_string as stream_template_string
    from .wrappers import Request as Request
    from .wrappers import Response as Response

    from .compat import install_as_flask as install_as_flask

__version__ = "0.1.0"

# Module -> the public names that live in it.
_ROOMS = {
    "app": "Flask",
    "blueprints": "Blueprint",
    "compat": "install_as_flask",
    "config": "Config",
    "ctx": "after_this_request copy_current_request_context has_app_context has_request_context",
    "globals": "_app_ctx_stack _request_ctx_stack current_app g request session",
    "helpers": "abort flash get_flashed_messages get_template_attribute make_response redirect safe_join"
               " send_file send_from_directory stream_with_context url_for",
    "json": "jsonify",
    "markup": "Markup escape",
    "signals": "appcontext_popped appcontext_pushed appcontext_tearing_down before_render_template"
               " got_request_exception message_flashed request_finished request_started request_tearing_down"
               " signals_available template_rendered",
    "templating": "render_template render_template_string stream_template stream_template_string",
    "wrappers": "Request Response",
}
_HOMES = {name: room for room, names in _ROOMS.items() for name in names.split()}
_MODULES = frozenset("cli ctx debughelpers globals helpers http jinja json logging local markup routing security"
                     " sessions signals signing templating testing typing views wrappers app blueprints config".split())

_names = globals()  # taken now: once it is imported, the submodule `globals` hides the builtin here

__all__ = sorted(name for name in _HOMES if not name.startswith("_")) + ["json"]


def __getattr__(name: str) -> Any:
    """Load a public name from its home on its first use (PEP 562)."""
    import sys

    if name not in _HOMES and name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = f"{__name__}.{_HOMES.get(name, name)}"
    __import__(home)  # importlib would load four modules more
    value = getattr(sys.modules[home], name) if name in _HOMES else sys.modules[home]
    _names[name] = value
    return value


def __dir__() -> list[str]:
    """List the names that can be had here, loaded or not."""
    return sorted({*_names, *_HOMES, *_MODULES})
