"""The commands of every application: run, shell, routes, secret, check."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from . import __version__
from .cli import ScriptInfo, pass_script_info, with_appcontext
from .commands.decorators import command, option
from .commands.errors import BadParameter
from .commands.params import Option
from .commands.terminal import echo, secho
from .commands.types import Choice, IntRange, ParamType, Path
from .globals import current_app
from .dotenv import is_wanted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .commands.core import Context
    from .commands.params import Parameter


# run

class CertParamType(ParamType):
    """A certificate for TLS: a file, the word "adhoc", or the import name of an `ssl.SSLContext`."""

    name = "path"

    def convert(self, value: Any, param: Parameter | None, ctx: Context | None) -> Any:
        try:
            from ssl import SSLContext
        except ImportError:
            raise BadParameter("TLS needs the module ssl, which this Python was built without.", ctx, param) from None
        try:
            return Path(exists=True, dir_okay=False, resolve_path=True)(value, param, ctx)
        except BadParameter:
            pass
        if str(value).lower() == "adhoc":
            return self._adhoc(param, ctx)
        from .http.utils import import_string

        found = import_string(value, silent=True)
        if isinstance(found, SSLContext):
            return found
        raise BadParameter(f"{value!r} is neither a file, nor 'adhoc', nor the import name of an SSLContext.", ctx,
                           param)

    def _adhoc(self, param: Parameter | None, ctx: Context | None) -> str:
        try:
            import_module("cryptography")
        except ImportError:
            raise BadParameter("A certificate made on the spot ('adhoc') needs the package cryptography. Without it,"
                               " make one with openssl, and give its file and --key.", ctx, param) from None
        return "adhoc"


def _check_key(ctx: Context, param: Parameter, value: Any) -> Any:
    """Join key and certificate, in whatever order they come; each needs the other."""
    cert = ctx.params.get("cert")
    is_adhoc, is_context = cert == "adhoc", cert is not None and not isinstance(cert, (str, tuple))
    if value is not None:
        if cert is None:
            raise BadParameter("A key needs its certificate: --cert.", ctx, param)
        if is_adhoc or is_context:
            raise BadParameter(f"A key means nothing with {'an adhoc certificate' if is_adhoc else 'an SSLContext'},"
                               " which has its own.", ctx, param)
        ctx.params["cert"] = cert, value
    elif cert is not None and not (is_adhoc or is_context):
        raise BadParameter("A certificate in a file needs its key: --key.", ctx, param)
    return value


class SeparatedPathType(Path):
    """Several paths in one value, separated as in PATH."""

    def convert(self, value: Any, param: Parameter | None, ctx: Context | None) -> Any:
        items = self.split_envvar_value(value) if isinstance(value, str) else value
        return [super(SeparatedPathType, self).convert(item, param, ctx) for item in items]


class DispatchingApp:
    """A WSGI application that stands before one that has to be loaded first.

    :param loader: called without arguments, it returns the application.
    :param use_eager_loading: raise at once where loading fails; otherwise the error is told, and raised for each
        request.
    """

    def __init__(self, loader: Callable[[], Any], use_eager_loading: bool | None = None) -> None:
        self.loader = loader
        self.loaded: Any = None
        self.error: Exception | None = None
        try:
            self.loaded = loader()
        except Exception as error:
            if use_eager_loading or use_eager_loading is None:
                raise
            from .appfinder import user_traceback

            self.error = error
            echo(user_traceback(error), err=True)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if self.error is not None:
            raise self.error from None
        return self.loaded(environ, start_response)


def show_server_banner(debug: bool, app_import_path: str | None) -> None:
    """Say what is served; once, not again in the process that the reloader starts."""
    if os.environ.get("WERKZEUG_RUN_MAIN") == "true":
        return
    if app_import_path is not None:
        echo(f" * Serving application {app_import_path!r}")
    echo(f" * Debug mode: {'on' if debug else 'off'}")


def run_application(app: Any, host: str | None, port: int | None, debug: bool | None, dotenv: bool,
                    options: dict[str, Any]) -> None:
    """Serve an application until it is stopped; `app.run` calls this."""
    if os.environ.get("FLASK_RUN_FROM_CLI") == "true":
        if os.environ.get("WERKZEUG_RUN_MAIN") != "true":
            secho(" * Ignoring a call to 'app.run()' that would block the command that loads the application."
                  "\n   Only call it under 'if __name__ == \"__main__\"'.", fg="red", err=True)
        return
    from .helpers import get_debug_flag

    if is_wanted(dotenv):
        from .dotenv import load_dotenv

        load_dotenv()
        if "FLASK_ENV" in os.environ:
            app.env = os.environ["FLASK_ENV"]
            app.debug = get_debug_flag()
        if "FLASK_DEBUG" in os.environ:
            app.debug = get_debug_flag()
    if debug is not None:
        app.debug = bool(debug)
    from .http.urls import split_authority

    _, name, number = split_authority(app.config.get("SERVER_NAME") or "")
    host = host or name.strip("[]") or "127.0.0.1"
    port = int(port) if port is not None else int(number) if number else 5000
    options.setdefault("use_reloader", app.debug)
    options.setdefault("use_debugger", app.debug)
    options.setdefault("threaded", True)
    show_server_banner(app.debug, app.name)
    from .server import serving

    try:
        serving.run_simple(str(host), port, app, **options)
    finally:
        app._got_first_request = False  # so that an application can be run again where one works interactively


def _octal(ctx: Any, param: Any, value: str | None) -> int | None:
    try:
        return value if value is None else int(value, 8)
    except ValueError:
        raise BadParameter(f"{value!r} is no mode as chmod takes it, such as 660.", ctx, param) from None


def _check_format(ctx: Any, param: Any, value: str | None) -> str | None:
    if value not in (None, "off"):
        from .server.accesslog import AccessLog

        try:
            AccessLog(str(value))
        except ValueError as error:
            raise BadParameter(str(error), ctx, param) from None
    return value


@command("run", short_help="Serve the application.")
@option("--host", "-h", default="127.0.0.1", show_default=True, help="The address to serve at; unix:PATH for a socket.")
@option("--port", "-p", default=5000, type=IntRange(0, 65535), show_default=True,
        help="The port to serve at; 0 lets the system choose.")
@option("--socket-mode", metavar="MODE", callback=_octal,
        help="Who may use the socket of --host unix:PATH, as chmod has it.  [default: 600]")
@option("--cert", type=CertParamType(), is_eager=True, metavar="PATH",
        help="A certificate, for https: a file, or the import name of an SSLContext.")
@option("--key", type=Path(exists=True, dir_okay=False, resolve_path=True), callback=_check_key, expose_value=False,
        metavar="PATH", help="The key of the certificate.")
@option("--reload/--no-reload", default=None, is_flag=True, help="Restart when code changes; as debug mode is.")
@option("--debugger/--no-debugger", default=None, is_flag=True,
        help="Show a page with the traceback of an error; as debug mode is.")
@option("--with-threads/--without-threads", default=True, help="Serve requests at the same time, in threads.")
@option("--threads", type=IntRange(1), metavar="NUMBER", help="Answer so many requests at the same time.  [default: 8]")
@option("--processes", default=1, type=IntRange(1), show_default=True, help="Serve in so many processes.")
@option("--access-log", metavar="FORMAT", callback=_check_format,
        help="Write the access log as 'json', not at all with 'off', or as this says: '{path} {status} {ms:.0f}'.")
@option("--extra-files", default=None, type=SeparatedPathType(), metavar="PATHS",
        help=f"Further files to restart for, separated by {os.pathsep!r}.")
@option("--exclude-patterns", default=None, type=SeparatedPathType(), metavar="PATTERNS",
        help=f"Files not to restart for, as patterns separated by {os.pathsep!r}.")
@option("--eager-loading/--lazy-loader", default=None, is_flag=True, hidden=True, expose_value=False,
        help="Flask 1.x: the application is always loaded at once.")
@pass_script_info
def run_command(info: ScriptInfo, host: str, port: int, socket_mode: int | None, reload: bool | None,
                debugger: bool | None, with_threads: bool, threads: int | None, processes: int,
                access_log: str | None, cert: Any, extra_files: Any, exclude_patterns: Any) -> None:
    """Serve the application over HTTP/1.1, with keep-alive, limits and deadlines.

    With --debug, the reloader and the traceback page are on.
    """
    # In the process that the reloader starts, a broken application waits to be mended.
    app: Any = DispatchingApp(info.load_app, use_eager_loading=os.environ.get("WERKZEUG_RUN_MAIN") != "true")
    app = app.loaded or app
    from .helpers import get_debug_flag

    debug = get_debug_flag() or bool(getattr(app, "debug", False))
    show_server_banner(debug, info.app_import_path or os.environ.get("FLASK_APP") or getattr(app, "name", None))
    from .server import serving

    more = _server_options(processes, threads=threads, socket_mode=socket_mode,
                           access_log=False if access_log == "off" else access_log)
    try:
        serving.run_simple(host, port, app, use_reloader=debug if reload is None else reload,
                           use_debugger=debug if debugger is None else debugger, threaded=with_threads,
                           ssl_context=cert, extra_files=extra_files, exclude_patterns=exclude_patterns, **more)
    except SystemExit as end:  # the reloader ends with the status of the process it started
        if end.code:
            raise
    if sys.stderr is not None and sys.stderr.isatty() and os.environ.get("WERKZEUG_RUN_MAIN") != "true":
        echo(err=True)  # the terminal shows ^C, and the shell should begin a line


def _server_options(processes: int, **options: Any) -> dict[str, Any]:
    """Return what was asked for beyond the defaults."""
    more: dict[str, Any] = {} if processes == 1 else {"processes": processes}
    return {**more, **{name: value for name, value in options.items() if value is not None}}


def _debug_of_run(ctx: Any, param: Any, value: Any) -> None:
    from .cli import _set_debug

    _set_debug(ctx, param, value)


run_command.params.insert(0, Option(["--debug/--no-debug"], expose_value=False, allow_from_autoenv=False,
                                    callback=_debug_of_run, help="Set debug mode."))


# shell

@command("shell", short_help="Run an interactive Python in the application's context.")
@with_appcontext
def shell_command() -> None:
    """Run an interactive Python with the application's context, and its shell context processors' names."""
    import code

    app: Any = current_app._get_current_object()  # type: ignore[attr-defined]
    names: dict[str, Any] = {}
    startup = os.environ.get("PYTHONSTARTUP")
    if startup and os.path.isfile(startup):
        with open(startup, encoding="utf-8") as file:
            exec(compile(file.read(), startup, "exec"), names)
    names.update(app.make_shell_context())
    _set_up_readline(names)
    code.interact(f"Python {sys.version} on {sys.platform}\nApp: {app.import_name}\nInstance: {app.instance_path}",
                  local=names, exitmsg="")


def _set_up_readline(names: dict[str, Any]) -> None:
    """Complete names and keep a history, where this Python can."""
    try:
        import readline
        from rlcompleter import Completer
    except ImportError:
        return
    hook = getattr(sys, "__interactivehook__", None)
    if hook is not None and sys.stdin is not None and sys.stdin.isatty():
        try:
            hook()
        except Exception:  # PyPy's, in a terminal that it does not know
            return
    readline.set_completer(Completer(names).complete)
    readline.parse_and_bind("tab: complete")


# routes

@command("routes", short_help="List the URL rules.")
@option("--sort", "-s", type=Choice(["endpoint", "methods", "domain", "rule", "match"]), default="endpoint",
        show_default=True, help="Sort by this; 'match' is the order in which rules are tried.")
@option("--all-methods", is_flag=True, help="Show HEAD and OPTIONS too.")
@with_appcontext
def routes_command(sort: str, all_methods: bool) -> None:
    """List the URL rules of the application with their endpoints and methods."""
    rules = list(current_app.url_map.iter_rules())
    if not rules:
        echo("No routes were registered.")
        return
    heads, rows = _route_table(rules, set() if all_methods else {"HEAD", "OPTIONS"})
    column = {"endpoint": 0, "methods": 1, "domain": 2 if len(heads) == 4 else 0, "rule": -1}
    if sort != "match":
        rows.sort(key=lambda row: (row[column[sort]], row[0]))
    _print_table(heads, rows)


def _route_table(rules: list[Any], hidden: set[str]) -> tuple[list[str], list[list[str]]]:
    """Return headings and rows; a column for hosts or subdomains is there where some rule has one."""
    hosts = current_app.url_map.host_matching
    domains = hosts or any(rule.subdomain for rule in rules)
    heads = ["Endpoint", "Methods", *(["Host" if hosts else "Subdomain"] if domains else []), "Rule"]
    rows = []
    for rule in rules:
        domain = [(rule.host if hosts else rule.subdomain) or ""] if domains else []
        rows.append([rule.endpoint, ", ".join(sorted((rule.methods or set()) - hidden)), *domain, rule.rule])
    return heads, rows


def _print_table(heads: list[str], rows: list[list[str]]) -> None:
    """Print rows in columns; where those do not fit the terminal, each row over several lines."""
    widths = [max(map(len, column)) for column in zip(heads, *rows)]
    room = _terminal_width()
    if sum(widths) + 2 * (len(widths) - 1) <= room:
        for row in (heads, ["-" * width for width in widths], *rows):
            echo("  ".join(f"{cell:{width}}" for cell, width in zip(row, widths)).rstrip())
        return
    echo(f"{heads[0]}\n{'-' * min(max(widths[0], len(heads[0])), room)}")
    for row in rows:
        echo(row[0])
        for head, cell in zip(heads[1:], row[1:]):
            if cell:
                echo(f"  {head}: {cell}")


def _terminal_width() -> int:
    if sys.stdout is None or not sys.stdout.isatty():
        return int(os.environ.get("COLUMNS") or 10_000)
    import shutil

    return shutil.get_terminal_size().columns


# secret and check

@command("secret", short_help="Print a new secret key.")
@option("--bytes", "size", default=32, type=IntRange(16, 512), show_default=True, help="How many random bytes it has.")
def secret_command(size: int) -> None:
    """Print a random secret key, to paste into the configuration as SECRET_KEY."""
    echo(os.urandom(size).hex())


@command("check", short_help="Look the application over for mistakes.")
@with_appcontext
def check_command() -> None:
    """Look the application over, and exit with status 1 where something is wrong.

    Looked at: the secret key, debug mode, the flags of the session cookie, rules that are never reached or have no
    view, and templates that do not compile.
    """
    from .check import findings

    found = list(findings(current_app._get_current_object()))  # type: ignore[attr-defined]
    for problem in found:
        secho(f"- {problem}", fg="yellow")
    if found:
        echo(f"{len(found)} thing{'s' if len(found) > 1 else ''} to look at.")
        sys.exit(1)
    secho(f"Nothing to complain about (minflask {__version__}).", fg="green")
