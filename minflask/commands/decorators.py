"""The decorators that make commands of functions, and parameters of their arguments."""

from __future__ import annotations

from .core import Command, Context, Group, get_current_context, show_help
from .errors import Abort
from .params import Argument, Option, Parameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def command(name: Any = None, cls: Any = None, **attrs: Any) -> Callable[[Callable[..., Any]], Any]:
    """Make the decorated function a command, named after it: `def init_db` becomes `init-db`.

    :param cls: the class of the command.
    :param attrs: arguments of `Command`; the help is the function's docstring unless `help=` is given.
    """
    if callable(name):
        return _make_command(name, None, cls or Command, attrs)  # type: ignore[no-any-return]
    return lambda f: _make_command(f, name, cls or Command, attrs)


def group(name: Any = None, cls: Any = None, **attrs: Any) -> Callable[[Callable[..., Any]], Any]:
    """Make the decorated function a group of commands."""
    return command(name, cls=cls or Group, **attrs)


def _make_command(f: Any, name: str | None, cls: Any, attrs: dict[str, Any]) -> Any:
    if isinstance(f, Command):
        raise TypeError("The function is a command already; decorate it once.")
    attrs = dict(attrs)
    params = [*reversed(getattr(f, "__click_params__", ())), *(attrs.pop("params", None) or ())]
    if "help" not in attrs:
        attrs["help"] = clean_doc(f.__doc__ or "")
    if name is None:
        name = f.__name__.lower().replace("_", "-")
        for ending in ("-command", "-cmd", "-group", "-grp"):
            name = name[:-len(ending)] if name.endswith(ending) and name != ending[1:] else name
    made = cls(name=name, callback=f, params=params, **attrs)
    made.__doc__ = f.__doc__
    return made


def _declare(f: Any, param: Parameter) -> Any:
    if isinstance(f, Command):
        f.params.append(param)
    else:
        f.__dict__.setdefault("__click_params__", []).append(param)
    return f


def option(*param_decls: str, cls: Any = None, **attrs: Any) -> Callable[[Any], Any]:
    """Give the decorated command an option; the arguments are those of `Option`."""
    attrs = {**attrs, "help": _tidy(attrs.get("help"))}
    return lambda f: _declare(f, (cls or Option)(param_decls, **attrs))


def argument(*param_decls: str, cls: Any = None, **attrs: Any) -> Callable[[Any], Any]:
    """Give the decorated command an argument; the arguments are those of `Argument`."""
    return lambda f: _declare(f, (cls or Argument)(param_decls, **attrs))


def clean_doc(text: str) -> str:
    r"""Return a docstring without its indentation, up to a form feed.

    >>> clean_doc("One.\n\n    Two.\n    \f\n    Not shown.")
    'One.\n\nTwo.'
    """
    first, *rest = text.partition("\f")[0].expandtabs().split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    return "\n".join([first.strip(), *(line[margin:] if line.strip() else "" for line in rest)]).strip("\n").rstrip()


def _tidy(text: str | None) -> str | None:
    return clean_doc(text) if text else text


def pass_context(f: Callable[..., Any]) -> Callable[..., Any]:
    """Call the decorated function with the command's context first."""
    return _passing(f, lambda ctx: ctx)


def pass_obj(f: Callable[..., Any]) -> Callable[..., Any]:
    """Call the decorated function with the object of the command's context first."""
    return _passing(f, lambda ctx: ctx.obj)


def make_pass_decorator(object_type: type, ensure: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that hands over the nearest object of a type.

    :param ensure: make one where there is none.
    """
    def find(ctx: Context) -> Any:
        found = ctx.ensure_object(object_type) if ensure else ctx.find_object(object_type)
        if found is None:
            raise RuntimeError(f"This command needs an object of type {object_type.__name__!r} in its context,"
                               " and there is none; set ctx.obj in a group above it.")
        return found
    return lambda f: _passing(f, find)


def _passing(f: Callable[..., Any], find: Callable[[Context], Any]) -> Callable[..., Any]:
    import functools

    @functools.wraps(f)
    def passing(*args: Any, **kwargs: Any) -> Any:
        ctx: Any = get_current_context()
        return ctx.invoke(f, find(ctx), *args, **kwargs)
    return passing


def confirmation_option(*param_decls: str, **attrs: Any) -> Callable[[Any], Any]:
    """Give the command `--yes`, without which it asks before it runs."""
    def stop_unless_yes(ctx: Context, param: Parameter, value: Any) -> None:
        if not value:
            raise Abort()
    options = {"is_flag": True, "expose_value": False, "callback": stop_unless_yes,
               "prompt": "Do you want to continue?", "help": "Confirm the action without prompting.", **attrs}
    return option(*(param_decls or ("--yes",)), **options)


def password_option(*param_decls: str, **attrs: Any) -> Callable[[Any], Any]:
    """Give the command `--password`, asked for twice and hidden where it is not given."""
    return option(*(param_decls or ("--password",)), **{
        "prompt": True, "confirmation_prompt": True, "hide_input": True, **attrs})


def help_option(*param_decls: str, **attrs: Any) -> Callable[[Any], Any]:
    """Give the command its help option under other names."""
    options = {"is_flag": True, "expose_value": False, "is_eager": True, "callback": show_help,
               "help": "Show this message and exit.", **attrs}
    return option(*(param_decls or ("--help",)), **options)


def version_option(version: Any = None, *param_decls: str, package_name: str | None = None,
                   prog_name: str | None = None, message: str | None = None, **attrs: Any) -> Callable[[Any], Any]:
    """Give the command `--version`, which prints the version and ends it."""
    def show(ctx: Context, param: Parameter, value: Any) -> None:
        if not value or ctx.resilient_parsing:
            return
        shown = version
        if shown is None:
            from importlib.metadata import version as find_version

            shown = find_version(package_name or "")
        from .terminal import echo

        echo((message or "%(prog)s, version %(version)s") % {
            "prog": prog_name or ctx.find_root().info_name, "package": package_name, "version": shown})
        ctx.exit()
    options = {"is_flag": True, "expose_value": False, "is_eager": True, "callback": show,
               "help": "Show the version and exit.", **attrs}
    return option(*(param_decls or ("--version",)), **options)
