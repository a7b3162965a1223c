"""The template environment of an application: its loader, its globals, its filters.

Here the application and the template language meet; `templating` is what views use.
"""

from __future__ import annotations

import os

from .globals import g, request, session
from .helpers import get_flashed_messages
from .http.utils import archive_finder
from .jinja.environment import Environment as BaseEnvironment
from .jinja.errors import TemplateNotFound
from .jinja.loaders import BaseLoader, FileSystemLoader, split_template_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, Optional

    from .app import Flask
    from .scaffold import Scaffold

    Source = tuple[str, Optional[str], Optional[Callable[[], bool]]]


class Environment(BaseEnvironment):
    """The template environment that knows its application."""

    def __init__(self, app: Flask, **options: Any) -> None:
        if "loader" not in options:
            options["loader"] = app.create_global_jinja_loader()
        super().__init__(**options)
        self.app = app


def create_environment(app: Flask) -> Environment:
    """Make the environment of an application from its `jinja_options`, with what Flask's templates know."""
    options = dict(app.jinja_options)
    options.setdefault("autoescape", app.select_jinja_autoescape)
    options.setdefault("auto_reload", app.templates_auto_reload)
    environment: Environment = app.jinja_environment(app, **options)
    environment.globals.update(url_for=app.url_for, get_flashed_messages=get_flashed_messages, config=app.config,
                               request=request, session=session, g=g)
    environment.policies["json.dumps_function"] = app.json.dumps
    return environment


class FolderLoader(FileSystemLoader):
    """Loads from one folder; also where that lies inside an archive that modules are imported from."""

    def get_source(self, environment: Any, template: str) -> Source:
        try:
            return super().get_source(environment, template)
        except TemplateNotFound:
            path = os.path.join(self.searchpath[0], *split_template_path(template))
            finder = archive_finder(path)
            try:
                source: str = finder.get_data(path).decode("utf-8")
            except (AttributeError, OSError):  # no archive, or not in it
                raise TemplateNotFound(template) from None
            return source, path, lambda: True

    def list_templates(self) -> list[str]:
        finder = None if os.path.exists(self.searchpath[0]) else archive_finder(self.searchpath[0])
        if finder is None:
            return super().list_templates()
        if hasattr(finder, "names_below"):
            return finder.names_below(self.searchpath[0])  # type: ignore[no-any-return]
        from zipfile import ZipFile

        top = os.path.relpath(self.searchpath[0], finder.archive).replace(os.sep, "/") + "/"
        with ZipFile(finder.archive) as archive:
            return sorted(name[len(top):] for name in archive.namelist() if name.startswith(top) and name[-1] != "/")


class DispatchingJinjaLoader(BaseLoader):
    """Looks for a template in the application's folder first, then in the blueprints' in their order."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def get_source(self, environment: Any, template: str) -> Source:
        """Return (source, filename, uptodate) of the first loader that has the template."""
        if self.app.config["EXPLAIN_TEMPLATE_LOADING"]:
            return self._get_source_explained(environment, template)
        for _, loader in self._iter_loaders():
            try:
                return loader.get_source(environment, template)  # type: ignore[no-any-return]
            except TemplateNotFound:
                continue
        raise TemplateNotFound(template)

    def _get_source_explained(self, environment: Any, template: str) -> Source:
        from .debughelpers import explain_template_loading_attempts

        attempts: list[tuple[Any, Any, Source | None]] = []
        for owner, loader in self._iter_loaders():
            try:
                attempts.append((loader, owner, loader.get_source(environment, template)))
            except TemplateNotFound:
                attempts.append((loader, owner, None))
        explain_template_loading_attempts(self.app, template, attempts)
        for _, _, found in attempts:
            if found is not None:
                return found
        raise TemplateNotFound(template)

    def _iter_loaders(self) -> Iterator[tuple[Scaffold, Any]]:
        for owner in (self.app, *self.app.iter_blueprints()):
            loader = owner.jinja_loader
            if loader is not None:
                yield owner, loader

    def list_templates(self) -> list[str]:
        """Return the names of all templates of the application and its blueprints, sorted."""
        return sorted({name for _, loader in self._iter_loaders() for name in loader.list_templates()})
