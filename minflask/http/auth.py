"""Who a client says it is, and what a server asks for: two fields of HTTP (RFC 9110, 11).

`Authorization` and `WWWAuthenticate` are read from text and written to it.
Checking a password or a token is up to the application.
"""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64

from .codec import dump_header, parse_dict_header, quote_header_value
from .structures import CallbackDict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def _split_credentials(value: str | None) -> tuple[str, str]:
    """Split a field into its scheme, in lower case, and the rest."""
    scheme, _, rest = (value or "").strip().partition(" ")
    return scheme.lower(), rest.strip()


def _is_token68(rest: str) -> bool:
    """Tell a token, which may end with ``=``, from ``name=value`` pairs."""
    return "=" not in rest.rstrip("=")


class Authorization:
    """The credentials of a request: a scheme with parameters, or with a token.

    Parameters are there as attributes and as items, None if missing.
    ``basic`` has ``username`` and ``password``, ``bearer`` a :attr:`token`.

    :param auth_type: the scheme, in lower case.

    >>> auth = Authorization("basic", {"username": "ada", "password": "x"})
    >>> auth.username, auth.to_header()
    ('ada', 'Basic YWRhOng=')
    """

    def __init__(self, auth_type: str, data: dict[str, Any] | None = None, token: str | None = None) -> None:
        self.type = auth_type
        self.parameters: dict[str, Any] = {} if data is None else data
        self.token = token

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "parameters":  # asked for by copy and pickle
            raise AttributeError(name)
        return self.parameters.get(name)

    def __getitem__(self, name: str) -> Any:
        return self.parameters.get(name)

    def get(self, key: str, default: Any = None) -> Any:
        """Return a parameter, or the default."""
        return self.parameters.get(key, default)

    def __contains__(self, key: str) -> bool:
        return key in self.parameters

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Authorization):
            return NotImplemented
        return (self.type, self.token, self.parameters) == (other.type, other.token, other.parameters)

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def from_header(cls, value: str | None) -> Any:
        """Read the field; None if there is none, or if its Base64 does not hold text.

        >>> Authorization.from_header("Bearer abc").token
        'abc'
        """
        scheme, rest = _split_credentials(value)
        if not scheme:
            return None
        if scheme != "basic":
            return cls(scheme, token=rest) if _is_token68(rest) else cls(scheme, parse_dict_header(rest))
        try:
            if not re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", rest):
                return None
            username, _, password = a2b_base64(rest).decode().partition(":")
        except (Base64Error, UnicodeDecodeError):
            return None
        return cls(scheme, {"username": username, "password": password})

    def to_header(self) -> str:
        """Write the field."""
        scheme = self.type.title()
        if self.type == "basic":
            pair = f"{self.username}:{self.password}".encode()
            return f"{scheme} {b2a_base64(pair, newline=False).decode()}"
        return f"{scheme} {dump_header(self.parameters) if self.token is None else self.token}"

    def __str__(self) -> str:
        return self.to_header()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.to_header()}>"


# Parameters of a digest that are always quoted                              RFC 7616, 3.3
_DIGEST_QUOTED = frozenset(("realm", "domain", "nonce", "opaque", "qop"))


class WWWAuthenticate:
    """A challenge to the client: a scheme with parameters, or with a token.

    Parameters are there as attributes and as items; assigning None removes one.
    On a response, ``response.www_authenticate`` is one that writes itself
    into the headers with each change.

    :param auth_type: the scheme, in lower case.

    >>> challenge = WWWAuthenticate("basic", {"realm": "the office"})
    >>> str(challenge)
    'Basic realm="the office"'
    """

    _on_update: Callable[[WWWAuthenticate], None] | None

    def __init__(self, auth_type: str, values: dict[str, Any] | None = None, token: str | None = None) -> None:
        keep = super().__setattr__  # plain attributes; others are parameters
        keep("_on_update", None)
        keep("_type", auth_type.lower())
        keep("_parameters", CallbackDict(values, lambda _: self._changed()))
        keep("_token", token)

    def _changed(self) -> None:
        if self._on_update is not None:
            self._on_update(self)

    @property
    def type(self) -> str:
        """The scheme, in lower case."""
        return self._type  # type: ignore[no-any-return]

    @type.setter
    def type(self, value: str) -> None:
        object.__setattr__(self, "_type", value.lower())
        self._changed()

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters. Assigning a dict replaces them all."""
        return self._parameters  # type: ignore[no-any-return]

    @parameters.setter
    def parameters(self, value: dict[str, Any]) -> None:
        object.__setattr__(self, "_parameters", CallbackDict(value, lambda _: self._changed()))
        self._changed()

    @property
    def token(self) -> str | None:
        """The token of a scheme that has one and no parameters."""
        return self._token  # type: ignore[no-any-return]

    @token.setter
    def token(self, value: str | None) -> None:
        object.__setattr__(self, "_token", value)
        self._changed()

    def set_basic(self, realm: str = "authentication required") -> None:
        """Ask for a name and a password.

        :param realm: tells the user where; without a quote in the browser's dialog.

        >>> challenge = WWWAuthenticate("bearer")
        >>> challenge.set_basic("the office")
        >>> str(challenge)
        'Basic realm="the office"'
        """
        self._become("basic", {"realm": realm})

    def set_digest(
        self,
        realm: str,
        nonce: str,
        qop: Any = ("auth",),
        opaque: str | None = None,
        algorithm: str | None = None,
        stale: bool = False,
    ) -> None:
        """Ask for a digest of name, password and ``nonce`` (RFC 7616)."""
        parameters = {"realm": realm, "nonce": nonce, "qop": dump_header(qop)}
        if stale:
            parameters["stale"] = "TRUE"
        if opaque is not None:
            parameters["opaque"] = opaque
        if algorithm is not None:
            parameters["algorithm"] = algorithm
        self._become("digest", parameters)

    def _become(self, scheme: str, parameters: dict[str, Any]) -> None:
        object.__setattr__(self, "_type", scheme)
        object.__setattr__(self, "_token", None)
        self.parameters = parameters

    def __getitem__(self, key: str) -> Any:
        return self.parameters.get(key)

    def __setitem__(self, key: str, value: Any) -> None:
        if value is None:
            self.parameters.pop(key, None)
        else:
            self.parameters[key] = value

    def __delitem__(self, key: str) -> None:
        self.parameters.pop(key, None)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("_parameters", "_on_update", "_type", "_token"):
            raise AttributeError(name)  # asked for by copy and pickle
        return self.parameters.get(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("type", "parameters", "token", "_on_update"):
            super().__setattr__(name, value)
        else:
            self[name] = value

    def __delattr__(self, name: str) -> None:
        del self[name]

    def __contains__(self, key: str) -> bool:
        return key in self.parameters

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, WWWAuthenticate):
            return NotImplemented
        return (self.type, self.token, self.parameters) == (other.type, other.token, other.parameters)

    __hash__ = None  # type: ignore[assignment]

    def get(self, key: str, default: Any = None) -> Any:
        """Return a parameter, or the default."""
        return self.parameters.get(key, default)

    @classmethod
    def from_header(cls, value: str | None) -> Any:
        """Read the field; None if there is none.

        >>> WWWAuthenticate.from_header('Basic realm="x"').realm
        'x'
        """
        scheme, rest = _split_credentials(value)
        if not scheme:
            return None
        return cls(scheme, token=rest) if _is_token68(rest) else cls(scheme, parse_dict_header(rest))

    def to_header(self) -> str:
        """Write the field."""
        scheme = self.type.title()
        if self.token is not None:
            return f"{scheme} {self.token}"
        if self.type == "digest":
            written = [f"{key}={quote_header_value(value, allow_token=key not in _DIGEST_QUOTED)}"
                       for key, value in self.parameters.items() if value is not None]
            return f"Digest {', '.join(written)}"
        return f"{scheme} {dump_header(self.parameters)}".strip()

    def __str__(self) -> str:
        return self.to_header()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.to_header()}>"


def parse_authorization_header(value: str | None, on_update: Any = None) -> Authorization | None:
    """Read an ``Authorization`` field: :meth:`Authorization.from_header` by its old name."""
    auth: Authorization | None = Authorization.from_header(value)
    return auth


def parse_www_authenticate_header(value: str | None, on_update: Any = None) -> WWWAuthenticate:
    """Read a ``WWW-Authenticate`` field: :meth:`WWWAuthenticate.from_header` by its old name.

    :param on_update: called with the challenge after each change of it.
    """
    challenge: WWWAuthenticate = WWWAuthenticate.from_header(value) or WWWAuthenticate("basic")
    challenge._on_update = on_update
    return challenge
