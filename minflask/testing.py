"""Test an application without a server: its client, its builder of requests, its command runner."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

from .aliases import VERSIONS
from .commands.runner import CliRunner
from .http.builder import EnvironBuilder as BaseBuilder
from .http.client import Client
from .http.request import Request as BaseRequest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Any

    from .app import Flask
    from .ctx import RequestContext
    from .http.client import TestResponse
    from .sessions import SessionMixin


class EnvironBuilder(BaseBuilder):
    """A builder of requests that takes its host, root and JSON from an application.

    :param base_url: the whole of it; or `subdomain` and `url_scheme`, which change parts of the configured one.
    """

    def __init__(self, app: Flask, path: str = "/", base_url: str | None = None, subdomain: str | None = None,
                 url_scheme: str | None = None, *args: Any, **kwargs: Any) -> None:
        if base_url is not None and (subdomain is not None or url_scheme is not None):
            raise TypeError("base_url is the whole of it; give it alone, or subdomain and url_scheme without it.")
        if base_url is None:
            path, base_url = self._placed(app, path, subdomain, url_scheme)
        #: The application that requests are for.
        self.app = app
        super().__init__(path, base_url, *args, **kwargs)

    @staticmethod
    def _placed(app: Flask, path: str, subdomain: str | None, url_scheme: str | None) -> tuple[str, str]:
        """Return (path, base URL): from the path where it is a whole URL, else from the configuration."""
        host = app.config["SERVER_NAME"] or "localhost"
        host = f"{subdomain}.{host}" if subdomain else host
        url = urlsplit(path)
        root = app.config["APPLICATION_ROOT"].lstrip("/")
        base = f"{url.scheme or url_scheme or app.config['PREFERRED_URL_SCHEME']}://{url.netloc or host}/{root}"
        return (f"{url.path}?{url.query}" if url.query else url.path), base

    def json_dumps(self, obj: Any, **kwargs: Any) -> str:  # type: ignore[override]
        """Write JSON as the application does."""
        return str(self.app.json.dumps(obj, **kwargs))


def make_test_environ_builder(app: Flask, *args: Any, **kwargs: Any) -> EnvironBuilder:
    """Return an `EnvironBuilder` (Flask 1.x)."""
    return EnvironBuilder(app, *args, **kwargs)


class FlaskClient(Client):
    """A client of one application: it keeps cookies, and with `with` the context of the last request.

    >>> with app.test_client() as client:          # doctest: +SKIP
    ...     client.get("/?vodka=42")
    ...     request.args["vodka"]
    """

    application: Flask

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.preserve_context = False
        self._new_contexts: list[RequestContext] = []
        self._context_stack = ExitStack()
        #: What every request of this client has in its environ.
        self.environ_base: dict[str, Any] = {"REMOTE_ADDR": "127.0.0.1", "HTTP_USER_AGENT": self.user_agent}

    #: The User-Agent sent where a test gives none: the one that tests written for Flask expect.
    user_agent = f"Werkzeug/{VERSIONS['werkzeug'][1]}"

    @contextmanager
    def session_transaction(self, *args: Any, **kwargs: Any) -> Iterator[SessionMixin]:
        """Open the session for a `with` block and store it afterwards; the client sends it from then on.

        The arguments are those of `test_request_context`. Raises TypeError for a client without cookies.
        """
        if self._cookies is None:
            raise TypeError("Cookies are disabled. A session needs them, and this client was made with"
                            " use_cookies=False.")
        app = self.application
        ctx = app.test_request_context(*args, **kwargs)
        self._add_cookies_to_wsgi(ctx.request.environ)
        with ctx:
            session = app.session_interface.open_session(app, ctx.request)
        if session is None:
            raise RuntimeError("Session backend did not open a session. Set app.secret_key: sessions are signed"
                               " with it.")
        yield session
        if app.session_interface.is_null_session(session):
            return
        response = app.response_class()
        with ctx:
            app.session_interface.save_session(app, session, response)
        self._update_cookies_from_response(ctx.request.host.partition(":")[0], ctx.request.path,
                                           response.headers.getlist("Set-Cookie"))

    def _environ_of(self, environ: dict[str, Any]) -> dict[str, Any]:
        environ = {**self.environ_base, **environ}
        if self.preserve_context:
            environ["werkzeug.debug.preserve_context"] = self._new_contexts.append
        return environ

    def _request_from_builder_args(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> BaseRequest:
        """Build the request of the arguments of `open` (Flask's name; extensions override it)."""
        kwargs["environ_base"] = self._environ_of(kwargs.get("environ_base") or {})
        builder = EnvironBuilder(self.application, *args, **kwargs)
        try:
            return builder.get_request()
        finally:
            builder.close()

    def _request_from(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> BaseRequest:
        """Take a builder, an environ or a request as it is, and build a request of anything else."""
        given = args[0] if len(args) == 1 and not kwargs else None
        if isinstance(given, BaseBuilder):
            given.environ_base = self._environ_of(dict(given.environ_base or {}))
            return given.get_request()
        if isinstance(given, dict):
            return BaseBuilder.from_environ(given, environ_base=self._environ_of({})).get_request()
        if isinstance(given, BaseRequest):
            environ = dict(given.environ)
            environ.update(self._environ_of({}))
            environ.update(given.environ)
            return type(given)(environ)
        return self._request_from_builder_args(args, kwargs)

    def open(self, *args: Any, buffered: bool = False, follow_redirects: bool = False, as_tuple: bool = False,
             **kwargs: Any) -> TestResponse:
        """Send a request and return the response; the arguments describe it as those of `EnvironBuilder` do.

        :param follow_redirects: go on until an answer is no redirect; `response.history` has the others.
        :param as_tuple: return (environ, response) (Flask 1.x).
        """
        self._context_stack.close()
        response = super().open(*args, buffered=buffered, follow_redirects=follow_redirects, **kwargs)
        response.json_module = self.application.json
        for ctx in self._new_contexts:
            self._context_stack.enter_context(ctx)
        self._new_contexts.clear()
        return (response.request.environ, response) if as_tuple else response  # type: ignore[return-value]

    def __enter__(self) -> FlaskClient:
        if self.preserve_context:
            raise RuntimeError("The blocks of one client cannot stand inside each other; make a second client.")
        self.preserve_context = True
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.preserve_context = False
        self._context_stack.close()


class FlaskCliRunner(CliRunner):
    """Invoke commands of an application, isolated; `app.test_cli_runner()` makes one."""

    def __init__(self, app: Flask, **kwargs: Any) -> None:
        self.app = app
        super().__init__(**kwargs)

    def invoke(self, cli: Any = None, args: Any = None, **kwargs: Any) -> Any:  # type: ignore[override]
        """Run a command line of the application and return its `Result`: `output`, `exit_code`, `exception`.

        :param cli: a command, by default all those of the application.
        """
        from .cli import ScriptInfo

        kwargs.setdefault("obj", ScriptInfo(create_app=lambda: self.app))
        return super().invoke(self.app.cli if cli is None else cli, args, **kwargs)
