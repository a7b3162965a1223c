"""Blueprints: a part of an application, recorded first and registered later, once or several times.

What a blueprint is asked to do that concerns the application is kept as a
function of a `BlueprintSetupState`, and called when the blueprint is registered.
Its own hooks and handlers are copied into the application's registries, under
the name it was registered with.
"""

from __future__ import annotations

import os

from .scaffold import Scaffold, _endpoint_from_view_func, _unset, setup_method

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .app import Flask
    from .scaffold import AnyFunction, ErrorKey

    Deferred = Callable[["BlueprintSetupState"], Any]

_HOOKS = ("before_request_funcs", "after_request_funcs", "teardown_request_funcs", "template_context_processors",
          "url_value_preprocessors", "url_default_functions")


class BlueprintSetupState:
    """One registration of a blueprint: what deferred functions get, with the options that hold for it."""

    def __init__(self, blueprint: Blueprint, app: Flask, options: dict[str, Any], first_registration: bool) -> None:
        #: The application registered on.
        self.app = app
        #: The blueprint that is registered.
        self.blueprint = blueprint
        #: All options given to `register_blueprint`.
        self.options = options
        #: Whether this blueprint was not registered on the application before.
        self.first_registration = first_registration
        #: The subdomain of the blueprint's rules, None for the application's.
        self.subdomain: str | None = self._option("subdomain", blueprint.subdomain)
        #: The prefix of all URLs of the blueprint.
        self.url_prefix: str | None = self._option("url_prefix", blueprint.url_prefix)
        self.name: str = options.get("name", blueprint.name)
        self.name_prefix: str = options.get("name_prefix", "")
        #: Defaults added to each rule.
        self.url_defaults: dict[str, Any] = {**blueprint.url_values_defaults, **(options.get("url_defaults") or {})}

    def _option(self, name: str, default: Any) -> Any:
        value = self.options.get(name)
        return default if value is None else value

    def add_url_rule(self, rule: str, endpoint: str | None = None, view_func: Callable[..., Any] | None = None,
                     **options: Any) -> None:
        """Add a rule to the application: with the prefix before it and the blueprint's name before its endpoint."""
        if self.url_prefix is not None:
            rule = "/".join((self.url_prefix.rstrip("/"), rule.lstrip("/"))) if rule else self.url_prefix
        options.setdefault("subdomain", self.subdomain)
        if endpoint is None and view_func is not None:
            endpoint = _endpoint_from_view_func(view_func)
        defaults = {**self.url_defaults, **(options.pop("defaults", None) or {})}
        self.app.add_url_rule(rule, f"{self.name_prefix}.{self.name}.{endpoint}".lstrip("."), view_func,
                              defaults=defaults or None, **options)


class Blueprint(Scaffold):
    """A part of an application, written without one.

    It has the same decorators as `Flask`; nothing reaches an application until
    `app.register_blueprint(blueprint)`. Endpoints get the blueprint's name before
    them: `url_for("blog.index")`, or `url_for(".index")` from within.

    :param name: no dot, not empty, unique in the application.
    :param import_name: the module, usually `__name__`; its folder is where files are found.
    :param cli_group: the command group's name; None puts the commands at the top level.
    """

    _got_registered_once = False

    def __init__(self, name: str, import_name: str, static_folder: str | os.PathLike[str] | None = None,
                 static_url_path: str | None = None, template_folder: str | os.PathLike[str] | None = None,
                 url_prefix: str | None = None, subdomain: str | None = None,
                 url_defaults: dict[str, Any] | None = None, root_path: str | None = None,
                 cli_group: str | None = _unset) -> None:
        if not name or "." in name:
            raise ValueError(f"A blueprint's name must not be empty nor hold a dot, as {name!r} does: dots stand"
                             " between the names of nested blueprints and endpoints.")
        super().__init__(import_name, static_folder=static_folder, static_url_path=static_url_path,
                         template_folder=template_folder, root_path=root_path)
        self.name = name
        self.url_prefix = url_prefix
        self.subdomain = subdomain
        self.cli_group = cli_group
        self.url_values_defaults: dict[str, Any] = url_defaults or {}
        self.deferred_functions: list[Deferred] = []
        self._blueprints: list[tuple[Blueprint, dict[str, Any]]] = []

    def _check_setup_finished(self, f_name: str) -> None:
        if self._got_registered_once:
            raise AssertionError(f"{f_name!r} was called on the blueprint {self.name!r} after it was registered; the"
                                 " application would not see it. Import everything that sets the blueprint up before"
                                 " register_blueprint is called.")

    # Recording.

    @setup_method
    def record(self, func: Deferred) -> None:
        """Call `func(state)` at each registration of this blueprint."""
        self.deferred_functions.append(func)

    @setup_method
    def record_once(self, func: Deferred) -> None:
        """Call `func(state)` at the first registration on an application only."""
        def only_once(state: BlueprintSetupState) -> None:
            if state.first_registration:
                func(state)
        self.record(only_once)

    def make_setup_state(self, app: Flask, options: dict[str, Any],
                         first_registration: bool = False) -> BlueprintSetupState:
        """Return what the deferred functions get. May be overridden."""
        return BlueprintSetupState(self, app, options, first_registration)

    @setup_method
    def register_blueprint(self, blueprint: Blueprint, **options: Any) -> None:
        """Nest a blueprint in this one: names are joined by a dot, prefixes and subdomains combine."""
        if blueprint is self:
            raise ValueError(f"The blueprint {self.name!r} cannot be registered on itself.")
        self._blueprints.append((blueprint, options))

    # Registering.

    def register(self, app: Flask, options: dict[str, Any], first_registration: bool | None = None) -> None:
        """Put all that was recorded on an application; `app.register_blueprint` calls this. May be overridden.

        Raises ValueError for a name that is taken; `name=` registers under another.
        """
        name = f"{options.get('name_prefix', '')}.{options.get('name', self.name)}".lstrip(".")
        if name in app.blueprints:
            other = app.blueprints[name]
            whose = "this blueprint" if other is self else f"another blueprint ({other.import_name})"
            raise ValueError(f"The name {name!r} is already registered for {whose}. Names must be unique; give this"
                             f" registration its own: register_blueprint(..., name='...').")
        is_new = not any(blueprint is self for blueprint in app.blueprints.values())
        app.blueprints[name] = self
        self._got_registered_once = True
        state = self.make_setup_state(app, options, is_new)
        if self.has_static_folder:
            state.add_url_rule(f"{self.static_url_path}/<path:filename>", view_func=self.send_static_file,
                               endpoint="static")
        self._copy_registries(app, name)
        for deferred in self.deferred_functions:
            deferred(state)
        self._register_commands(app, options, name)
        for blueprint, nested in self._blueprints:
            blueprint.register(app, self._nested_options(state, blueprint, nested, name))

    def _copy_registries(self, app: Flask, name: str) -> None:
        """Copy hooks, handlers and views into the application's registries, under the registered name."""
        def keyed(key: str | None) -> str:
            return name if key is None else f"{name}.{key}"

        for registry in _HOOKS:
            for key, functions in getattr(self, registry).items():
                getattr(app, registry)[keyed(key)].extend(functions)
        for key, by_code in self.error_handler_spec.items():
            for code, handlers in by_code.items():
                app.error_handler_spec[keyed(key)][code].update(handlers)
        for endpoint, view in self.view_functions.items():
            app.view_functions[f"{name}{endpoint}" if endpoint.startswith(".") else endpoint] = view

    def _register_commands(self, app: Flask, options: dict[str, Any], name: str) -> None:
        if self._cli is None or not self.cli.commands:
            return
        group = options.get("cli_group", self.cli_group)
        if group is None:
            app.cli.commands.update(self.cli.commands)
        else:
            self.cli.name = name if group is _unset else group
            app.cli.add_command(self.cli)

    def _nested_options(self, state: BlueprintSetupState, blueprint: Blueprint, options: dict[str, Any],
                        name: str) -> dict[str, Any]:
        """Return the options of a nested registration: its own, joined to those of the outer one."""
        merged = dict(options)
        subdomain = options.get("subdomain")
        subdomain = blueprint.subdomain if subdomain is None else subdomain
        parts = [part for part in (subdomain, state.subdomain) if part is not None]
        if parts:
            merged["subdomain"] = ".".join(parts)
        prefix = options.get("url_prefix")
        prefix = blueprint.url_prefix if prefix is None else prefix
        prefixes = [part for part in (state.url_prefix, prefix) if part is not None]
        if len(prefixes) == 2:
            merged["url_prefix"] = f"{prefixes[0].rstrip('/')}/{prefixes[1].lstrip('/')}"
        elif prefixes:
            merged["url_prefix"] = prefixes[0]
        merged["name_prefix"] = name
        return merged

    # Routes.

    @setup_method
    def add_url_rule(self, rule: str, endpoint: str | None = None, view_func: Callable[..., Any] | None = None,
                     provide_automatic_options: bool | None = None, **options: Any) -> None:
        """Record a URL rule; see `Flask.add_url_rule`. Neither endpoint nor function name may hold a dot."""
        if endpoint and "." in endpoint:
            raise ValueError(f"The endpoint {endpoint!r} holds a dot; the blueprint's name is put before it by itself.")
        if view_func is not None and "." in getattr(view_func, "__name__", ""):
            raise ValueError(f"The view function's name {view_func.__name__!r} holds a dot; give it an endpoint= too.")
        self.record(lambda state: state.add_url_rule(
            rule, endpoint, view_func, provide_automatic_options=provide_automatic_options, **options))

    # Hooks for the whole application.

    def _record_for_app(self, registry: str, f: AnyFunction) -> AnyFunction:
        self.record_once(lambda state: getattr(state.app, registry)[None].append(f))
        return f

    def before_app_request(self, f: AnyFunction) -> AnyFunction:
        """Register `before_request` for the whole application."""
        return self._record_for_app("before_request_funcs", f)

    def after_app_request(self, f: AnyFunction) -> AnyFunction:
        """Register `after_request` for the whole application."""
        return self._record_for_app("after_request_funcs", f)

    def teardown_app_request(self, f: AnyFunction) -> AnyFunction:
        """Register `teardown_request` for the whole application."""
        return self._record_for_app("teardown_request_funcs", f)

    def app_context_processor(self, f: AnyFunction) -> AnyFunction:
        """Register `context_processor` for the whole application."""
        return self._record_for_app("template_context_processors", f)

    def app_url_value_preprocessor(self, f: AnyFunction) -> AnyFunction:
        """Register `url_value_preprocessor` for the whole application."""
        return self._record_for_app("url_value_preprocessors", f)

    def app_url_defaults(self, f: AnyFunction) -> AnyFunction:
        """Register `url_defaults` for the whole application."""
        return self._record_for_app("url_default_functions", f)

    def before_app_first_request(self, f: AnyFunction) -> AnyFunction:
        """Register `before_first_request` (Flask 1.x) on the application."""
        self.record_once(lambda state: state.app.before_first_request_funcs.append(f))
        return f

    def app_errorhandler(self, code: ErrorKey) -> Callable[[AnyFunction], AnyFunction]:
        """Register the decorated error handler for the whole application."""
        def decorator(f: AnyFunction) -> AnyFunction:
            self.record_once(lambda state: state.app.register_error_handler(code, f))
            return f
        return decorator

    # Templates: filters, tests and globals for the whole application.

    def app_template_filter(self, name: str | None = None) -> Callable[[AnyFunction], AnyFunction]:
        """Register the decorated function as a template filter, by its own name or the one given."""
        return self._template_decorator(self.add_app_template_filter, name)  # type: ignore[no-any-return]

    def add_app_template_filter(self, f: Callable[..., Any], name: str | None = None) -> None:
        """Register a template filter."""
        self.record_once(lambda state: state.app.add_template_filter(f, name=name))

    def app_template_test(self, name: str | None = None) -> Callable[[AnyFunction], AnyFunction]:
        """Register the decorated function as a template test, by its own name or the one given."""
        return self._template_decorator(self.add_app_template_test, name)  # type: ignore[no-any-return]

    def add_app_template_test(self, f: Callable[..., Any], name: str | None = None) -> None:
        """Register a template test."""
        self.record_once(lambda state: state.app.add_template_test(f, name=name))

    def app_template_global(self, name: str | None = None) -> Callable[[AnyFunction], AnyFunction]:
        """Register the decorated function as a template global, by its own name or the one given."""
        return self._template_decorator(self.add_app_template_global, name)  # type: ignore[no-any-return]

    def add_app_template_global(self, f: Callable[..., Any], name: str | None = None) -> None:
        """Register a template global."""
        self.record_once(lambda state: state.app.add_template_global(f, name=name))
