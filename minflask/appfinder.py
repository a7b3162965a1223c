"""Find the application that a command is for: by name, by file, or by what is usual.

`module`, `module:name`, `module:factory("argument")`, a path, or nothing: then
`wsgi.py` and `app.py` of the current folder. Every failure says what was looked
for, where, and what to write.
"""

from __future__ import annotations

import os
import sys

from .commands.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

_NAMES = ("app", "application")
_FACTORIES = ("create_app", "make_app")


class NoAppException(UsageError):
    """No application was found where it was looked for."""

    def set_context(self, ctx: Any, param: Any = None) -> None:
        """Leave it: how the command is used says nothing about where the application is."""


class NoAppNamed(NoAppException):
    """Nothing says where the application is, and there is none where it usually stands."""


def _is_app(value: Any) -> bool:
    from .app import Flask

    return isinstance(value, Flask)


def find_best_app(module: Any, *rest: Any) -> Any:
    """Return the application of a module: `app`, `application`, the only one there is, or what a factory makes.

    The factories are `create_app` and `make_app`, called without arguments. Flask 1.x gave a ScriptInfo first,
    which a factory that takes one argument gets.
    """
    info, module = (module, rest[0]) if rest else (None, module)
    for name in _NAMES:
        if _is_app(getattr(module, name, None)):
            return getattr(module, name)
    found = [value for value in vars(module).values() if _is_app(value)]
    name = getattr(module, "__name__", "?")
    if len(found) == 1:
        return found[0]
    if found:
        raise NoAppException(f"Several applications were found in the module {name!r}; say which one:"
                             f" --app {name}:NAME")
    for factory_name in _FACTORIES:
        factory = getattr(module, factory_name, None)
        if callable(factory):
            app = _call_factory(factory, f"{name}:{factory_name}", info)
            if _is_app(app):
                return app
    raise NoAppException(f"No application was found in the module {name!r}: it has no 'app', 'application',"
                         f" 'create_app' or 'make_app'. Say where it is: --app {name}:NAME")


def _call_factory(factory: Callable[..., Any], name: str, info: Any = None) -> Any:
    """Call a factory without arguments; a TypeError of the call itself is explained, one from within is not."""
    arguments = () if info is None else _factory_arguments(factory, info)
    try:
        return factory(*arguments)
    except TypeError as error:
        if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
            raise
        module = name.partition(":")[0]
        raise NoAppException(f"The factory {name!r} could not be called without arguments ({error}). Give them:"
                             f" --app '{module}:{name.partition(':')[2]}(\"argument\")'") from error


def _factory_arguments(factory: Callable[..., Any], info: Any) -> tuple[Any, ...]:
    from inspect import Parameter, signature

    needed = [p for p in signature(factory).parameters.values()
              if p.default is p.empty and p.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)]
    return (info,) if len(needed) == 1 else ()


def _parse_call(text: str, module_name: str) -> tuple[str, list[Any], dict[str, Any]]:
    """Split `name` or `name("a", b=1)` into its name and its literal arguments, without running anything."""
    import ast

    try:
        node = ast.parse(text.strip(), mode="eval").body
        if isinstance(node, ast.Name):
            return node.id, [], {}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return (node.func.id, [ast.literal_eval(value) for value in node.args],
                    {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in node.keywords})
    except (SyntaxError, ValueError):
        pass
    raise NoAppException(f"{text!r} is neither a name nor a call with plain values, such as"
                         f" --app '{module_name}:create_app(\"testing\")'")


def find_app_by_string(module: Any, app_name: Any, *rest: Any) -> Any:
    """Return the application that a name in a module stands for, or that a call of it makes."""
    if rest:  # Flask 1.x gave a ScriptInfo first
        module, app_name = app_name, rest[0]
    name, args, kwargs = _parse_call(app_name, module.__name__)
    try:
        found = getattr(module, name)
    except AttributeError:
        from .commands.errors import did_you_mean, lookalikes

        near = did_you_mean(lookalikes(name, [known for known in vars(module) if known[:2] != "__"])[:1])
        raise NoAppException(f"The module {module.__name__!r} has no {name!r}.{near}") from None
    if not _is_app(found) and callable(found):
        try:
            found = found(*args, **kwargs)
        except TypeError as error:
            if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
                raise
            raise NoAppException(f"The factory {app_name!r} in the module {module.__name__!r} could not be called with"
                                 f" these arguments: {error}") from error
    if _is_app(found):
        return found
    raise NoAppException(f"{module.__name__}:{app_name} gave no application but a {type(found).__name__}.")


def prepare_import(path: Any) -> str:
    """Put the folder above a module or package on the import path, and return the name to import it by."""
    path = os.path.realpath(path)
    root, extension = os.path.splitext(path)
    path = root if extension == ".py" else path
    if os.path.basename(path) == "__init__":
        path = os.path.dirname(path)
    names: list[str] = []
    while True:
        path, name = os.path.split(path)
        names.insert(0, name)
        if not os.path.exists(os.path.join(path, "__init__.py")):
            break
    if sys.path[:1] != [path]:
        sys.path.insert(0, path)
    return ".".join(names)


def _import(name: str) -> ModuleType:
    try:
        __import__(name)
    except ModuleNotFoundError as error:
        path = os.path.join(sys.path[0], *name.split("."))
        if _user_frames(error) is not None or not (os.path.exists(f"{path}.py") or os.path.isdir(path)):
            raise
        # It is younger than what the import system remembers of its folder, whose time may be too coarse to tell.
        for finder in sys.path_importer_cache.values():
            if finder is not None and hasattr(finder, "invalidate_caches"):
                finder.invalidate_caches()
        __import__(name)
    return sys.modules[name]


def locate_app(module_name: Any, app_name: Any = None, *rest: Any, raise_if_not_found: bool = True) -> Any:
    """Import a module and return its application: the one named, or the best there is.

    Returns None for a module that does not exist, where that is asked for by `raise_if_not_found=False`.
    """
    info = None
    if rest:  # Flask 1.x gave a ScriptInfo first
        info, module_name, app_name = module_name, app_name, rest[0]
        raise_if_not_found = rest[1] if len(rest) > 1 else raise_if_not_found
    try:
        module = _import(module_name)
    except ImportError as error:
        if _user_frames(error) is not None:  # it failed in the module's own code, and not because there is no module
            raise NoAppException(f"While importing {module_name!r}, an ImportError was raised:\n\n"
                                 f"{user_traceback(error)}") from None
        if raise_if_not_found:
            raise NoAppException(f"Could not import {module_name!r}: there is no such module in"
                                 f" {sys.path[0] or os.getcwd()!r} ({error}).") from None
        return None
    if app_name is not None:
        return find_app_by_string(module, app_name)
    return find_best_app(module) if info is None else find_best_app(info, module)


def _user_frames(error: BaseException) -> Any:
    """Return the traceback from the first frame that is neither ours nor the import system's, or None."""
    traceback = error.__traceback__
    while traceback is not None:
        name = traceback.tb_frame.f_globals.get("__name__", "")
        ours = name == __package__ or name.startswith(f"{__package__}.")
        if not (ours or name.startswith("importlib")):
            return traceback
        traceback = traceback.tb_next
    return None


def user_traceback(error: BaseException) -> str:
    """Return the text of a traceback that begins where the user's own code does."""
    import traceback

    frames = _user_frames(error)
    return "".join(traceback.format_exception(type(error), error, frames)).rstrip()
