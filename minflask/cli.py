"""The command line: the group that finds the application, and shows its commands beside our own.

What finds an application is in `appfinder`, what reads `.env` files in `dotenv`,
the commands themselves are in `devcommands` and `bundlecommands`, and what commands are made of in
`commands`.
"""

from __future__ import annotations

import os
import sys

from .appfinder import NoAppException, NoAppNamed, find_app_by_string, find_best_app, locate_app, prepare_import
from .appfinder import user_traceback
from .collector import collect_as_usual, collect_rarely
from .commands.core import Command, Group
from .commands.decorators import pass_context
from .commands.params import Option
from .dotenv import is_wanted, load_dotenv
from .globals import current_app

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .app import Flask
    from .commands.core import Context
    from .commands.params import Parameter

__all__ = ["AppGroup", "FlaskGroup", "NoAppException", "ScriptInfo", "cli", "find_app_by_string", "find_best_app",
           "load_dotenv", "locate_app", "main", "pass_script_info", "prepare_import", "run_command", "shell_command",
           "with_appcontext"]

# Applications written for Flask may have commands of these names; theirs are taken.
_NOT_OF_FLASK = {"bundle", "check", "secret"}
_OWN_COMMANDS = ("bundle_command", "check_command", "check_copy_command", "routes_command", "run_command",
                 "secret_command", "shell_command")


def __getattr__(name: str) -> Any:
    """Load a command, or a module that Flask 1.x had here, when it is asked for."""
    if name in {"bundle_command", "check_copy_command"}:
        from . import bundlecommands

        return getattr(bundlecommands, name)
    if name in _OWN_COMMANDS or name in {"run_application", "SeparatedPathType", "CertParamType",
                                         "show_server_banner", "DispatchingApp"}:
        from . import devcommands

        return getattr(devcommands, name)
    if name in {"ssl", "dotenv"}:
        from importlib import import_module

        return import_module(name if name == "ssl" else ".dotenv", __package__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class ScriptInfo:
    """What a command line knows of its application: where it is, and itself once it is loaded.

    :param app_import_path: where to find it, such as ``"shop:create_app()"``.
    :param create_app: a function that makes it, in place of that.
    :param set_debug_flag: whether loading sets the debug mode that the environment says.
    """

    def __init__(self, app_import_path: str | None = None, create_app: Callable[..., Flask] | None = None,
                 set_debug_flag: bool = True, load_dotenv_defaults: bool = True) -> None:
        self.app_import_path, self.create_app, self.set_debug_flag = app_import_path, create_app, set_debug_flag
        #: Whether `.env` and `.flaskenv` are looked for.
        self.load_dotenv_defaults = is_wanted(load_dotenv_defaults)
        #: A dict for whatever an application's commands share.
        self.data: dict[Any, Any] = {}
        self._loaded_app: Flask | None = None

    def load_app(self) -> Flask:
        """Load the application, once; raises NoAppException where none is found."""
        if self._loaded_app is None:
            try:
                self._loaded_app = self._find()
            finally:
                collect_as_usual()
            if self.set_debug_flag:
                from .helpers import get_debug_flag

                self._loaded_app.debug = get_debug_flag()
        return self._loaded_app

    def _find(self) -> Any:
        if self.create_app is not None:
            from .appfinder import _factory_arguments

            return self.create_app(*_factory_arguments(self.create_app, self))
        path = self.app_import_path or os.environ.get("FLASK_APP")
        if path:
            file, name = _split_target(path)
            return locate_app(prepare_import(file), name)
        for file in ("wsgi.py", "app.py"):
            app = locate_app(prepare_import(file), None, raise_if_not_found=False)
            if app is not None:
                return app
        raise NoAppNamed("Could not locate an application: --app and the environment variable FLASK_APP are not set,"
                         f" and there is no 'wsgi.py' or 'app.py' in {os.getcwd()!r}. Say where it is:"
                         " --app module:name")


def _split_target(path: str) -> tuple[str, str | None]:
    """Split ``file:name`` at its colon, but not at that of a Windows drive."""
    drive, rest = os.path.splitdrive(path)
    file, _, name = rest.partition(":")
    return drive + file, name or None


def pass_script_info(f: Callable[..., Any]) -> Callable[..., Any]:
    """Call the decorated command function with the `ScriptInfo` first."""
    from .commands.decorators import make_pass_decorator

    return make_pass_decorator(ScriptInfo, ensure=True)(f)


def with_appcontext(f: Callable[..., Any]) -> Callable[..., Any]:
    """Run the decorated command function in the context of the application; `app.cli` commands are so already."""
    import functools

    @pass_context
    def in_context(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
        if not current_app:
            ctx.with_resource(ctx.ensure_object(ScriptInfo).load_app().app_context())
        return ctx.invoke(f, *args, **kwargs)
    return functools.update_wrapper(in_context, f)


class AppGroup(Group):
    """A group whose commands run in the context of the application; `app.cli` is one."""

    def command(self, *args: Any, **kwargs: Any) -> Any:
        """Make the decorated function a command; `with_appcontext=False` leaves the context out."""
        wrapped = kwargs.pop("with_appcontext", True)
        function = args[0] if args and callable(args[0]) else None
        make = super().command(*(() if function is not None else args), **kwargs)

        def decorator(f: Callable[..., Any]) -> Any:
            return make(with_appcontext(f) if wrapped else f)
        return decorator if function is None else decorator(function)

    def group(self, *args: Any, **kwargs: Any) -> Any:
        """Make the decorated function a group of the same kind."""
        kwargs.setdefault("cls", AppGroup)
        return super().group(*args, **kwargs)


# The options that every command line of an application has.

def _set_app(ctx: Context, param: Parameter, value: str | None) -> str | None:
    if value is not None:
        ctx.ensure_object(ScriptInfo).app_import_path = value
    return value


def _set_debug(ctx: Context, param: Parameter, value: bool) -> bool | None:
    if ctx.get_parameter_source(param.name) == "DEFAULT":
        return None
    os.environ["FLASK_DEBUG"] = "1" if value else "0"
    return value


def _load_env_file(ctx: Context, param: Parameter, value: str | None) -> str | None:
    defaults = ctx.ensure_object(ScriptInfo).load_dotenv_defaults
    if value is not None or defaults:
        load_dotenv(value, load_defaults=defaults)
    return value


def _no_color(ctx: Context, param: Parameter, value: bool) -> None:
    if value:
        ctx.color = False


def get_version(ctx: Any, param: Any, value: Any) -> None:
    """Print which minflask this is, which versions it follows, and on which Python; then end the command."""
    if not value or ctx.resilient_parsing:
        return
    import platform

    from . import __version__
    from .aliases import VERSIONS
    from .commands.terminal import echo

    echo(f"Python {platform.python_version()}\nminflask {__version__}, which follows Flask {VERSIONS['flask'][1]}"
         f" and Werkzeug {VERSIONS['werkzeug'][1]}", color=ctx.color)
    ctx.exit()


def _tell(ctx: Context, error: Exception) -> None:
    """Say why the application's own commands are not there; once for a command line."""
    if ctx.resilient_parsing or ctx.meta.setdefault(f"{__name__}.told", error) is not error:
        return
    ctx.meta[f"{__name__}.told"] = None
    from .commands.terminal import echo, secho

    if isinstance(error, NoAppNamed):
        from .commands.help import width, wrap

        echo(wrap("There is no app.py or wsgi.py here. Name an application by --app or FLASK_APP to have its commands"
                  " too.", width(ctx)) + "\n", err=True)
    elif isinstance(error, NoAppException):
        secho(f"Error: {error.format_message()}\n", err=True, fg="red")
    else:
        secho(f"{user_traceback(error)}\n", err=True, fg="red")


def _standard_options(add_version_option: bool) -> list[Parameter]:
    from .commands.types import Path

    options: list[Parameter] = [
        Option(["-e", "--env-file"], type=Path(exists=True, dir_okay=False), is_eager=True, expose_value=False,
               callback=_load_env_file, metavar="FILE", allow_from_autoenv=False,
               help="Set environment variables from this file, then from .env and .flaskenv."),
        Option(["-A", "--app"], metavar="IMPORT", is_eager=True, expose_value=False, callback=_set_app,
               allow_from_autoenv=False,
               help="The application or factory: 'module:name', a path, or 'module:create_app(\"x\")'."
                    " By default app.py or wsgi.py here."),
        Option(["--debug/--no-debug"], expose_value=False, callback=_set_debug, allow_from_autoenv=False,
               help="Set debug mode."),
        Option(["--no-color"], is_flag=True, is_eager=True, expose_value=False, callback=_no_color,
               help="Print without colors."),
    ]
    if add_version_option:
        options.append(Option(["--version"], is_flag=True, is_eager=True, expose_value=False, callback=get_version,
                              help="Show the versions and exit."))
    return options


class FlaskGroup(AppGroup):
    """The group of a whole command line: it loads the application and shows its commands beside its own.

    Use it for a command line of one's own: `@group(cls=FlaskGroup, create_app=create_app)`.

    :param add_default_commands: have our own: `run`, `shell`, `routes` and the others.
    :param create_app: a function that makes the application, in place of looking for it.
    :param load_dotenv: read `.env` and `.flaskenv` first.
    :param set_debug_flag: let the environment set the application's debug mode.
    """

    def __init__(self, add_default_commands: bool = True, create_app: Callable[..., Flask] | None = None,
                 add_version_option: bool = True, load_dotenv: bool = True, set_debug_flag: bool = True,
                 **extra: Any) -> None:
        params = [*(extra.pop("params", None) or ()), *_standard_options(add_version_option)]
        settings = {"auto_envvar_prefix": "FLASK", **(extra.pop("context_settings", None) or {})}
        super().__init__(params=params, context_settings=settings, **extra)
        self.create_app, self.load_dotenv, self.set_debug_flag = create_app, load_dotenv, set_debug_flag
        self._has_default_commands = add_default_commands
        self._plugins: dict[str, Any] | None = None

    # Commands: our own, the application's, then those that installed packages bring.

    def _own_command(self, name: str) -> Command | None:
        attribute = name.replace("-", "_") + "_command"
        if self._has_default_commands and attribute in _OWN_COMMANDS and name not in self.commands:
            command: Command = __getattr__(attribute)
            return command
        return self.commands.get(name)

    def _plugin_commands(self) -> dict[str, Any]:
        if self._plugins is None:
            from .plugins import plugin_commands

            self._plugins = plugin_commands()
        return self._plugins

    def _plugin_command(self, name: str) -> Command | None:
        entry = self._plugin_commands().get(name)
        try:
            return None if entry is None else entry.load()
        except Exception as error:  # one broken package does not take the whole command line away
            from .commands.terminal import secho

            secho(f"Error: The command {name!r} of an installed package cannot be loaded: {error!r}\n", err=True,
                  fg="red")
            return None

    def _app(self, ctx: Context) -> tuple[Any, Exception | None]:
        """Return the application and None, or None and why it cannot be loaded. It is tried once."""
        key = f"{__name__}.app"
        if key not in ctx.meta:
            try:
                ctx.meta[key] = ctx.ensure_object(ScriptInfo).load_app(), None
            except Exception as error:
                ctx.meta[key] = None, error
        found: tuple[Any, Exception | None] = ctx.meta[key]
        return found

    def get_command(self, ctx: Context, name: str) -> Command | None:
        """Return a command by its name, or None. The application is loaded for a name that is not our own."""
        own = self._own_command(name)
        if own is not None and name not in _NOT_OF_FLASK:
            return own
        app, error = self._app(ctx)
        if error is not None:
            if own is not None:
                return own
            if not isinstance(error, NoAppException):
                raise error
            _tell(ctx, error)
            return self._plugin_command(name)
        if not current_app or current_app._get_current_object() is not app:  # type: ignore[attr-defined]
            ctx.with_resource(app.app_context())
        command: Command | None = app.cli.get_command(ctx, name)
        command = own if command is None else command
        return self._plugin_command(name) if command is None else command

    def list_commands(self, ctx: Context) -> list[str]:
        """Return the names of all commands, sorted; an application that fails to load is told of, and left out."""
        names = {*self.commands, *self._plugin_commands()}
        if self._has_default_commands:
            names.update(name.rpartition("_")[0].replace("_", "-") for name in _OWN_COMMANDS)
        app, error = self._app(ctx)
        if error is None:
            names.update(app.cli.list_commands(ctx))
        else:
            _tell(ctx, error)
        return sorted(names)

    # Running.

    def make_context(self, info_name: str | None, args: list[str], parent: Context | None = None,
                     **extra: Any) -> Context:
        """Make the context, with a `ScriptInfo` as its object. May be overridden."""
        os.environ["FLASK_RUN_FROM_CLI"] = "true"  # so that app.run() in a script does not serve while it is imported
        if "obj" not in extra and "obj" not in self.context_settings:
            extra["obj"] = ScriptInfo(create_app=self.create_app, set_debug_flag=self.set_debug_flag,
                                      load_dotenv_defaults=self.load_dotenv)
        return super().make_context(info_name, args, parent=parent, **extra)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command line; a failing application shows its own traceback, without our frames."""
        if kwargs.get("standalone_mode", True) is False:
            return super().main(*args, **kwargs)
        try:
            return super().main(*args, **kwargs)
        except Exception as error:
            from .commands.terminal import echo

            echo(user_traceback(error), err=True)
            sys.exit(1)


def _as_flask(ctx: Context, param: Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from .compat import install_as_flask

        install_as_flask(force=True)


def _make_cli() -> FlaskGroup:
    # Eager, and before --app: nothing of the application is imported yet.
    as_flask = Option(["--as-flask"], is_flag=True, is_eager=True, expose_value=False, callback=_as_flask,
                      allow_from_autoenv=False,
                      help="Let `import flask` mean minflask. As the first word also before '-m MODULE' or 'FILE.py',"
                           " to run any program so.")
    return FlaskGroup(name="minflask", params=[as_flask], help="""\
Serve and look after a web application.

The application is given with --app, or found in app.py or wsgi.py of this folder; its own commands are listed below
beside ours.""")


cli = _make_cli()


def main() -> None:
    """Run the command line; `python -m minflask` and the installed `minflask` call this."""
    collect_rarely()
    cli.main()
