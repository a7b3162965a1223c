"""The configuration: a dict that can be filled from files, objects and the environment.

Only keys in upper case are taken from those, so that a file or a module may use
other names for itself.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import IO, Any


_NO_FILE = (FileNotFoundError, IsADirectoryError, NotADirectoryError)


class ConfigAttribute:
    """An attribute of the application that reads and writes a key of its configuration."""

    def __init__(self, name: str, get_converter: Callable[[Any], Any] | None = None) -> None:
        self.__name__ = name
        self.get_converter = get_converter
        self.__doc__ = f"The value of `{name}` in the configuration."

    def __get__(self, obj: Any, owner: Any = None) -> Any:
        if obj is None:
            return self
        value = obj.config[self.__name__]
        return value if self.get_converter is None else self.get_converter(value)

    def __set__(self, obj: Any, value: Any) -> None:
        obj.config[self.__name__] = value


class Config(dict):  # type: ignore[type-arg]
    """A dict of settings with loaders; the application's is `app.config`.

    >>> config = Config("/srv/app", {"DEBUG": False})
    >>> config.from_mapping(SECRET_KEY="dev", lower="is left out")
    True
    >>> sorted(config)
    ['DEBUG', 'SECRET_KEY']

    :param root_path: the folder that relative file names start from.
    """

    def __init__(self, root_path: str | os.PathLike[str], defaults: dict[str, Any] | None = None) -> None:
        super().__init__(defaults or {})
        self.root_path = root_path

    def from_envvar(self, variable_name: str, silent: bool = False) -> bool:
        """Load the Python file that an environment variable names.

        Raises RuntimeError where it is not set, or returns False if silent.
        """
        path = os.environ.get(variable_name)
        if path:
            return self.from_pyfile(path, silent=silent)
        if silent:
            return False
        raise RuntimeError(f"The environment variable {variable_name!r} is not set, and it should name the"
                           f" configuration file: export {variable_name}=/path/to/settings.cfg")

    def from_prefixed_env(self, prefix: str = "FLASK", *, loads: Callable[[str], Any] | None = None) -> bool:
        """Load the environment variables that begin with a prefix: `FLASK_SECRET_KEY` sets `SECRET_KEY`.

        :param loads: turns text into a value, by default as JSON; what it refuses stays text. A double underscore
            goes into a dict: `FLASK_DB__HOST` sets `config["DB"]["HOST"]`.
        """
        if loads is None:
            from .json import loads as loads_json

            loads = loads_json
        start = f"{prefix}_"
        for name in sorted(os.environ):
            if name.startswith(start):
                self._set_nested(name[len(start):], _loaded(os.environ[name], loads))
        return True

    def _set_nested(self, key: str, value: Any) -> None:
        if "__" not in key:
            self[key] = value
            return
        first, *middle, last = key.split("__")
        place: Any = self
        for part in (first, *middle):
            if not isinstance(place.get(part), dict):
                place[part] = {}
            place = place[part]
        place[last] = value

    def from_pyfile(self, filename: str | os.PathLike[str], silent: bool = False) -> bool:
        """Run a Python file and take its upper-case names. Returns False if silent and there is no file."""
        from types import ModuleType

        path = os.path.join(self.root_path, filename)
        module = ModuleType("config")
        module.__file__ = path
        try:
            with open(path, "rb") as file:
                source = file.read()
        except OSError as error:
            if silent and isinstance(error, _NO_FILE):
                return False
            error.strerror = f"Unable to load configuration file ({error.strerror})"
            raise
        exec(compile(source, path, "exec"), module.__dict__)
        self.from_object(module)
        return True

    def from_object(self, obj: object) -> None:
        """Take the upper-case attributes of an object: a module, a class, an instance, or the import name of one.

        A class is not instantiated, so properties of it are not worked out; give an instance for that.
        """
        if isinstance(obj, str):
            from .http.utils import import_string

            obj = import_string(obj)
        self.from_mapping({key: getattr(obj, key) for key in dir(obj) if key.isupper()})

    def from_file(self, filename: str | os.PathLike[str], load: Callable[[IO[Any]], Mapping[str, Any]],
                  silent: bool = False, text: bool = True) -> bool:
        """Load a mapping from a file with the function given: `config.from_file("config.json", json.load)`.

        :param text: open the file as text; False for loaders that want bytes, as `tomllib.load` does.
        """
        path = os.path.join(self.root_path, filename)
        try:
            with open(path, encoding="utf-8") if text else open(path, "rb") as file:
                loaded = load(file)
        except OSError as error:
            if silent and isinstance(error, _NO_FILE):
                return False
            error.strerror = f"Unable to load configuration file ({error.strerror})"
            raise
        return self.from_mapping(loaded)

    def from_json(self, filename: str | os.PathLike[str], silent: bool = False) -> bool:
        """Load a JSON object from a file (Flask 1.x; `from_file` takes any format)."""
        from .json import load

        return self.from_file(filename, load, silent=silent)

    def from_mapping(self, mapping: Mapping[str, Any] | None = None, /, *more: Any, **kwargs: Any) -> bool:
        """Take the upper-case keys of a mapping, of keywords, or of both. Returns True."""
        if more:
            raise TypeError(f"from_mapping() takes one mapping at most, and {1 + len(more)} were given.")
        given = {} if mapping is None else dict(mapping)
        given.update(kwargs)
        for key, value in given.items():
            if key.isupper():
                self[key] = value
        return True

    def get_namespace(self, namespace: str, lowercase: bool = True, trim_namespace: bool = True) -> dict[str, Any]:
        """Return the settings whose names begin alike, to hand them on as keyword arguments.

        >>> Config("", {"MAIL_HOST": "localhost", "MAIL_PORT": 25}).get_namespace("MAIL_")
        {'host': 'localhost', 'port': 25}
        """
        found = {}
        for key, value in self.items():
            if key.startswith(namespace):
                name = key[len(namespace):] if trim_namespace else key
                found[name.lower() if lowercase else name] = value
        return found

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {dict.__repr__(self)}>"


def _loaded(text: str, loads: Callable[[str], Any]) -> Any:
    try:
        return loads(text)
    except Exception:  # whatever an own loader raises: what is not in its language is text
        return text
