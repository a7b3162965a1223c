"""What an application is made of, and what is registered on it.

Configuration, URL map, JSON, templates, logger, blueprints, clients: made once,
or on their first use, each by a method or from a class that a subclass may
replace. How a request passes through them is in `app`.
"""

from __future__ import annotations

import os
import sys
from _weakref import ref as weak_reference  # built in; the module weakref takes a millisecond

from .config import Config, ConfigAttribute
from .ctx import AppContext, RequestContext, _AppCtxGlobals
from .helpers import get_debug_flag, get_env
from .http.exceptions import Aborter
from .http.structures import ImmutableDict
from .http.utils import lazy
from .json.provider import DefaultJSONProvider
from .routing import Map, Rule
from .scaffold import Scaffold, _endpoint_from_view_func, setup_method
from .sessions import SecureCookieSessionInterface, SessionInterface
from .wrappers import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import timedelta
    from logging import Logger
    from typing import IO, Any

    from .blueprints import Blueprint
    from .scaffold import AnyFunction
else:
    try:
        from _datetime import timedelta  # the core in C; the module around it takes 1.5 ms
    except ImportError:
        from datetime import timedelta

_DEFAULTS = {
    "DEBUG": None, "TESTING": False, "ENV": None,
    "SECRET_KEY": None, "SECRET_KEY_FALLBACKS": None,
    "PROPAGATE_EXCEPTIONS": None, "PRESERVE_CONTEXT_ON_EXCEPTION": None,
    "TRAP_BAD_REQUEST_ERRORS": None, "TRAP_HTTP_EXCEPTIONS": False,
    "SERVER_NAME": None, "APPLICATION_ROOT": "/", "PREFERRED_URL_SCHEME": "http", "TRUSTED_HOSTS": None,
    "PROVIDE_AUTOMATIC_OPTIONS": True,
    "SESSION_COOKIE_NAME": "session", "SESSION_COOKIE_DOMAIN": None, "SESSION_COOKIE_PATH": None,
    "SESSION_COOKIE_HTTPONLY": True, "SESSION_COOKIE_SECURE": False, "SESSION_COOKIE_SAMESITE": None,
    "SESSION_COOKIE_PARTITIONED": False, "SESSION_REFRESH_EACH_REQUEST": True,
    "PERMANENT_SESSION_LIFETIME": timedelta(days=31), "MAX_COOKIE_SIZE": 4093,
    "MAX_CONTENT_LENGTH": None, "MAX_FORM_MEMORY_SIZE": 500_000, "MAX_FORM_PARTS": 1000,
    "SEND_FILE_MAX_AGE_DEFAULT": None, "USE_X_SENDFILE": False, "STATIC_FOLLOW_SYMLINKS": True,
    "TEMPLATES_AUTO_RELOAD": None, "EXPLAIN_TEMPLATE_LOADING": False,
    "JSON_AS_ASCII": True, "JSON_SORT_KEYS": True, "JSONIFY_MIMETYPE": "application/json",
    "JSONIFY_PRETTYPRINT_REGULAR": False,
}


class _ClassFrom:
    """A class attribute whose class is loaded from its module on first use."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __get__(self, app: Any, owner: Any = None) -> Any:
        from importlib import import_module

        return getattr(import_module(self.module, __package__), self.name)


def _seconds(value: Any) -> Any:
    return timedelta(seconds=value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


class Assembly(Scaffold):
    """The parts of an application. `Flask` adds the way of a request through them."""

    #: Classes that a subclass, or an instance before its first request, may replace.
    request_class: type[Request] = Request
    response_class: type[Response] = Response
    aborter_class: type[Aborter] = Aborter
    config_class: type[Config] = Config
    app_ctx_globals_class: type[_AppCtxGlobals] = _AppCtxGlobals
    json_provider_class: Any = DefaultJSONProvider
    jinja_environment: Any = _ClassFrom(".jinja_env", "Environment")
    url_rule_class: type[Rule] = Rule
    url_map_class: type[Map] = Map
    #: None stands for `testing.FlaskClient` and `testing.FlaskCliRunner`.
    test_client_class: Any = None
    test_cli_runner_class: Any = None
    #: What loads and stores sessions.
    session_interface: SessionInterface = SecureCookieSessionInterface()
    #: Options for the template environment; changes after its first use have no effect.
    jinja_options: Any = {}
    default_config = ImmutableDict(_DEFAULTS)

    testing = ConfigAttribute("TESTING")
    secret_key = ConfigAttribute("SECRET_KEY")
    session_cookie_name = ConfigAttribute("SESSION_COOKIE_NAME")
    permanent_session_lifetime = ConfigAttribute("PERMANENT_SESSION_LIFETIME", get_converter=_seconds)
    send_file_max_age_default = ConfigAttribute("SEND_FILE_MAX_AGE_DEFAULT", get_converter=_seconds)
    use_x_sendfile = ConfigAttribute("USE_X_SENDFILE")
    env = ConfigAttribute("ENV")

    def __init__(self, import_name: str, static_url_path: str | None = None,
                 static_folder: str | os.PathLike[str] | None = "static", static_host: str | None = None,
                 host_matching: bool = False, subdomain_matching: bool = False,
                 template_folder: str | os.PathLike[str] | None = "templates", instance_path: str | None = None,
                 instance_relative_config: bool = False, root_path: str | None = None) -> None:
        super().__init__(import_name, static_folder=static_folder, static_url_path=static_url_path,
                         template_folder=template_folder, root_path=root_path)
        if instance_path is not None and not os.path.isabs(instance_path):
            raise ValueError(f"The instance path must be absolute, and {instance_path!r} is not; a relative folder for"
                             " configuration files is instance_relative_config=True.")
        self._instance_path = instance_path
        self.config = self.make_config(instance_relative_config)
        #: Raises the HTTP exceptions of `abort`.
        self.aborter = self.make_aborter()
        self.json: Any = self.json_provider_class(self)
        #: Functions called with (error, endpoint, values) where a URL cannot be built.
        self.url_build_error_handlers: list[Callable[[Exception, str, dict[str, Any]], str]] = []
        self.before_first_request_funcs: list[Callable[[], Any]] = []
        self.teardown_appcontext_funcs: list[Callable[[BaseException | None], Any]] = []
        self.shell_context_processors: list[Callable[[], dict[str, Any]]] = []
        #: Registered name -> blueprint, in order of registration.
        self.blueprints: dict[str, Blueprint] = {}
        #: A place for extensions to keep their state; the key is the extension's name.
        self.extensions: dict[str, Any] = {}
        self.url_map = self.url_map_class(host_matching=host_matching)
        self.subdomain_matching = subdomain_matching
        self._bound_hosts: set[Any] = set()
        self._sync_views: dict[str, Callable[..., Any]] = {}
        self._add_static_route(static_host)

    def _add_static_route(self, static_host: str | None) -> None:
        if bool(static_host) != self.url_map.host_matching and (static_host or self.has_static_folder):
            raise AssertionError("static_host and host_matching=True go together: with host matching the static route"
                                 " needs a host, and without it a host means nothing.")
        if self.has_static_folder:
            this = weak_reference(self)  # the application must be freed when the last reference to it goes

            def static(**values: Any) -> Any:
                app: Any = this()
                return app.send_static_file(**values)

            self.add_url_rule(f"{self.static_url_path}/<path:filename>", endpoint="static", host=static_host,
                              view_func=static)

    def _check_setup_finished(self, f_name: str) -> None:
        if self._got_first_request:
            raise AssertionError(f"The setup method {f_name!r} was called on the application after its first request;"
                                 " what it sets up would hold for some requests and not for others. Import all"
                                 " modules that set the application up before it serves.")

    # Configuration, name, paths.

    @property
    def name(self) -> str:
        """The name of the application: the import name, or the file's name where that is run directly."""
        name: str | None = self.__dict__.get("name")
        if name is None:
            file = getattr(sys.modules.get("__main__"), "__file__", None)
            name = self.import_name
            if name == "__main__" and file is not None:
                name = os.path.splitext(os.path.basename(file))[0]
            self.__dict__["name"] = name
        return name

    @name.setter
    def name(self, value: str) -> None:
        self.__dict__["name"] = value

    @property
    def debug(self) -> bool:
        """Whether debug mode is on: errors are explained, templates reloaded. Never in production."""
        return bool(self.config["DEBUG"])

    @debug.setter
    def debug(self, value: bool) -> None:
        self.config["DEBUG"] = value
        if self.config["TEMPLATES_AUTO_RELOAD"] is None and "jinja_env" in self.__dict__:
            self.jinja_env.auto_reload = value

    @property
    def propagate_exceptions(self) -> bool:
        """Whether an unhandled exception leaves the application: `PROPAGATE_EXCEPTIONS`, else testing or debug."""
        value = self.config["PROPAGATE_EXCEPTIONS"]
        return bool(self.testing or self.debug if value is None else value)

    @property
    def preserve_context_on_exception(self) -> bool:
        """Whether the context is kept after an exception: `PRESERVE_CONTEXT_ON_EXCEPTION` (Flask 1.x)."""
        return bool(self.config["PRESERVE_CONTEXT_ON_EXCEPTION"])

    @property
    def templates_auto_reload(self) -> bool:
        """Whether changed templates are read again: `TEMPLATES_AUTO_RELOAD`, else in debug mode."""
        value = self.config["TEMPLATES_AUTO_RELOAD"]
        return bool(self.debug if value is None else value)

    @templates_auto_reload.setter
    def templates_auto_reload(self, value: bool) -> None:
        self.config["TEMPLATES_AUTO_RELOAD"] = value
        if "jinja_env" in self.__dict__:
            self.jinja_env.auto_reload = value

    @property
    def instance_path(self) -> str:
        """The folder of files that belong to this installation, outside of version control."""
        if self._instance_path is None:
            self._instance_path = self.auto_find_instance_path()
        return self._instance_path

    @instance_path.setter
    def instance_path(self, path: str) -> None:
        self._instance_path = path

    def make_config(self, instance_relative: bool = False) -> Config:
        """Make the configuration: the defaults, and what the environment says of debug mode. May be overridden."""
        defaults = dict(self.default_config)
        defaults["ENV"] = get_env()
        defaults["DEBUG"] = get_debug_flag()
        return self.config_class(self.instance_path if instance_relative else self.root_path, defaults)

    def make_aborter(self) -> Aborter:
        """Make the object that `abort` calls. May be overridden, to know more codes."""
        return self.aborter_class()

    def auto_find_instance_path(self) -> str:
        """Find the instance folder: beside the package or module, or under `var` of where it is installed."""
        from .helpers import find_package

        prefix, folder = find_package(self.import_name)
        return os.path.join(folder, "instance") if prefix is None else os.path.join(
            prefix, "var", f"{self.name}-instance")

    def open_instance_resource(self, resource: str, mode: str = "rb", encoding: str | None = "utf-8") -> IO[Any]:
        """Open a file under the instance folder, for reading or writing."""
        path = os.path.join(self.instance_path, resource)
        return open(path, mode) if "b" in mode else open(path, mode, encoding=encoding)

    @lazy
    def logger(self: Any) -> Logger:
        """The application's logger, named after it; another may be set. In debug mode it logs everything."""
        from .logging import create_logger

        return create_logger(self)

    # Templates.

    @property
    def jinja_env(self) -> Any:
        """The template environment, made on its first use."""
        if "jinja_env" not in self.__dict__:
            self.__dict__["jinja_env"] = self.create_jinja_environment()
        return self.__dict__["jinja_env"]

    @jinja_env.setter
    def jinja_env(self, environment: Any) -> None:
        self.__dict__["jinja_env"] = environment

    def create_jinja_environment(self: Any) -> Any:
        """Make the template environment from `jinja_options`. May be overridden, to change it in one place."""
        from .jinja_env import create_environment

        return create_environment(self)

    def create_global_jinja_loader(self: Any) -> Any:
        """Make the loader that looks in the application's templates first, then in the blueprints'."""
        from .jinja_env import DispatchingJinjaLoader

        return DispatchingJinjaLoader(self)

    def select_jinja_autoescape(self, filename: str | None) -> bool:
        """Return whether a template's output is escaped: by its ending, and always for strings. May be overridden."""
        return filename is None or filename.endswith((".html", ".htm", ".xml", ".xhtml", ".svg"))

    @setup_method
    def template_filter(self, name: str | None = None) -> Callable[[AnyFunction], AnyFunction]:
        """Register the decorated function as a template filter, by its own name or the one given."""
        return self._template_decorator(self.add_template_filter, name)  # type: ignore[no-any-return]

    @setup_method
    def add_template_filter(self, f: Callable[..., Any], name: str | None = None) -> None:
        """Register a template filter: `{{ value|name }}` calls `f(value)`."""
        self.jinja_env.filters[name or f.__name__] = f

    @setup_method
    def template_test(self, name: str | None = None) -> Callable[[AnyFunction], AnyFunction]:
        """Register the decorated function as a template test, by its own name or the one given."""
        return self._template_decorator(self.add_template_test, name)  # type: ignore[no-any-return]

    @setup_method
    def add_template_test(self, f: Callable[..., Any], name: str | None = None) -> None:
        """Register a template test: `{% if value is name %}` calls `f(value)`."""
        self.jinja_env.tests[name or f.__name__] = f

    @setup_method
    def template_global(self, name: str | None = None) -> Callable[[AnyFunction], AnyFunction]:
        """Register the decorated function as a template global, by its own name or the one given."""
        return self._template_decorator(self.add_template_global, name)  # type: ignore[no-any-return]

    @setup_method
    def add_template_global(self, f: Callable[..., Any], name: str | None = None) -> None:
        """Register a function that every template can call."""
        self.jinja_env.globals[name or f.__name__] = f

    # Registration.

    @setup_method
    def register_blueprint(self, blueprint: Blueprint, **options: Any) -> None:
        """Register a blueprint; `url_prefix`, `subdomain`, `url_defaults`, `name`, `cli_group` replace its own."""
        blueprint.register(self, options)  # type: ignore[arg-type]

    def iter_blueprints(self) -> Iterable[Blueprint]:
        """Iterate over the blueprints in order of their registration."""
        return self.blueprints.values()

    @setup_method
    def add_url_rule(self, rule: str, endpoint: str | None = None, view_func: Callable[..., Any] | None = None,
                     provide_automatic_options: bool | None = None, **options: Any) -> None:
        """Connect a URL rule with an endpoint and its view; `route` is the same as a decorator.

        :param rule: the URL, such as ``/user/<int:id>``.
        :param endpoint: the name that `url_for` knows; the view's name if not given.
        :param view_func: the view; may be set later in `app.view_functions[endpoint]`. A function
            in the place of the endpoint is taken for it.
        :param provide_automatic_options: whether OPTIONS is answered here; by default unless `methods` lists it.
        :param options: for the rule: `methods`, `defaults`, `subdomain`, `host`, `strict_slashes`, ...

        Raises AssertionError for a second function under one endpoint, TypeError for methods given as a string.
        """
        if callable(endpoint) and view_func is None:
            endpoint, view_func = None, endpoint
        if endpoint is None:
            endpoint = _endpoint_from_view_func(view_func)  # type: ignore[arg-type]
        methods = options.pop("methods", None) or getattr(view_func, "methods", None) or ("GET",)
        if isinstance(methods, str):
            raise TypeError(f"methods must be a list of strings, and {methods!r} is a string; write"
                            f" methods=[{methods!r}].")
        wanted = {str(method).upper() for method in methods}
        wanted |= {str(method).upper() for method in getattr(view_func, "required_methods", ())}
        if provide_automatic_options is None:
            provide_automatic_options = getattr(view_func, "provide_automatic_options", None)
        if provide_automatic_options is None:
            provide_automatic_options = "OPTIONS" not in wanted and bool(self.config["PROVIDE_AUTOMATIC_OPTIONS"])
        if provide_automatic_options:
            wanted.add("OPTIONS")
        rule_object: Any = self.url_rule_class(rule, methods=wanted, endpoint=endpoint, **options)
        rule_object.provide_automatic_options = provide_automatic_options
        self.url_map.add(rule_object)
        if view_func is not None:
            self._set_view(endpoint, view_func)

    def _set_view(self, endpoint: str, view_func: Callable[..., Any]) -> None:
        old = self.view_functions.get(endpoint)
        if old is not None and old != view_func:
            raise AssertionError(
                f"View function mapping is overwriting an existing endpoint function: {endpoint} is {_describe(old)},"
                f" and would become {_describe(view_func)}. Two views have one name: rename one, or give it"
                " endpoint='...'. A decorator that hides the name needs functools.wraps.")
        self.view_functions[endpoint] = view_func

    @setup_method
    def before_first_request(self, f: AnyFunction) -> AnyFunction:
        """Call `f()` once, before the first request of this application (Flask 1.x)."""
        self.before_first_request_funcs.append(f)
        return f

    @setup_method
    def teardown_appcontext(self, f: AnyFunction) -> AnyFunction:
        """Call `f(exception or None)` when an application context ends. It should not raise."""
        self.teardown_appcontext_funcs.append(f)
        return f

    @setup_method
    def shell_context_processor(self, f: AnyFunction) -> AnyFunction:
        """Call `f()` when the shell starts; the names of the dict it returns are there."""
        self.shell_context_processors.append(f)
        return f

    def make_shell_context(self) -> dict[str, Any]:
        """Return the names that the shell starts with: `app`, `g`, and what the processors add."""
        from .globals import g

        context: dict[str, Any] = {"app": self, "g": g}
        for processor in self.shell_context_processors:
            context.update(processor())
        return context

    # Contexts, clients, server.

    def app_context(self: Any) -> AppContext:
        """Return an application context, for `with`: `current_app` and `g` work in the block."""
        return AppContext(self)

    def request_context(self: Any, environ: dict[str, Any]) -> RequestContext:
        """Return the request context of a WSGI environ."""
        return RequestContext(self, environ)

    def test_request_context(self: Any, *args: Any, **kwargs: Any) -> RequestContext:
        """Return the context of an invented request, for tests and the shell.

        Takes what the test client takes: `path`, `base_url` or `subdomain` and `url_scheme`, `data`, `json`,
        `method`, `headers`, ... No hooks run; `app.preprocess_request()` runs those before the view.
        """
        from .testing import EnvironBuilder

        builder = EnvironBuilder(self, *args, **kwargs)
        try:
            ctx: RequestContext = self.request_context(builder.get_environ())
            return ctx
        finally:
            builder.close()

    def test_client(self, use_cookies: bool = True, **kwargs: Any) -> Any:
        """Return a client that makes requests without a server. With `with`, the last request stays usable."""
        client_class = self.test_client_class
        if client_class is None:
            from .testing import FlaskClient

            client_class = FlaskClient
        return client_class(self, self.response_class, use_cookies=use_cookies, **kwargs)

    def test_cli_runner(self, **kwargs: Any) -> Any:
        """Return a runner that invokes commands of this application, isolated."""
        runner_class = self.test_cli_runner_class
        if runner_class is None:
            from .testing import FlaskCliRunner

            runner_class = FlaskCliRunner
        return runner_class(self, **kwargs)

    def run(self, host: str | None = None, port: int | None = None, debug: bool | None = None,
            load_dotenv: bool = True, **options: Any) -> None:
        """Serve the application on `host` and `port` until it is stopped.

        The host and port come from `SERVER_NAME` where not given, else 127.0.0.1 and 5000; port 0 lets the
        system choose. `debug` sets debug mode, which turns the reloader and the traceback page on. Further
        options go to the server. Does nothing where the command line serves the application.
        """
        from .devcommands import run_application

        run_application(self, host, port, debug, load_dotenv, options)


def _describe(view: Callable[..., Any]) -> str:
    code = getattr(view, "__code__", None)
    name = f"{getattr(view, '__module__', '?')}.{getattr(view, '__qualname__', repr(view))}"
    return name if code is None else f"{name} ({os.path.basename(code.co_filename)}:{code.co_firstlineno})"
