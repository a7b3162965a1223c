"""Who a client says it is, and what a server asks for: two fields of HTTP (RFC 9110, 11).

`Authorization` and `WWWAuthenticate` are read from text and written to it.
Checking a password or a token is up to the application.
"""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64

from .codec import OWS, dump_header, parse_dict_header, quote_header_value
from .structures import CallbackDict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Scheme:
    """What the two fields share: a scheme with parameters or a token, read and compared alike."""

    type: str
    parameters: dict[str, Any]
    token: str | None

    @classmethod
    def from_header(cls, value: str | None) -> Any:
        """Read the field; None if there is none, or if it makes no sense.

        >>> Authorization.from_header("Bearer abc").token
        'abc'
        >>> WWWAuthenticate.from_header('Basic realm="x"').realm
        'x'
        """
        scheme, _, rest = (value or "").strip(OWS).partition(" ")
        return cls._from_parts(scheme.lower(), rest.strip(OWS)) if scheme else None

    @classmethod
    def _from_parts(cls, scheme: str, rest: str) -> Any:
        # A token may end with "=", which elsewhere stands between a name and a value.
        make: Any = cls
        return make(scheme, parse_dict_header(rest)) if "=" in rest.rstrip("=") else make(scheme, token=rest)

    def to_header(self) -> str:
        """Write the field."""
        return f"{self.type.title()} {dump_header(self.parameters) if self.token is None else self.token}".rstrip()

    def get(self, key: str, default: Any = None) -> Any:
        """Return a parameter, or the default."""
        return self.parameters.get(key, default)

    def __getitem__(self, key: str) -> Any:
        return self.get(key)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "parameters":  # asked for by copy and pickle, before there are any
            raise AttributeError(name)
        return self.get(name)

    def __contains__(self, key: str) -> bool:
        return key in self.parameters

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, self.__class__):
            return NotImplemented
        return (self.type, self.token, self.parameters) == (other.type, other.token, other.parameters)

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.to_header()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


class Authorization(_Scheme):
    """The credentials of a request: a scheme with parameters, or with a token.

    Parameters are there as attributes and as items, None if missing.
    ``basic`` has ``username`` and ``password``, ``bearer`` a :attr:`token`.

    :param auth_type: the scheme, in lower case.

    >>> auth = Authorization("basic", {"username": "ada", "password": "x"})
    >>> auth.username, auth.to_header()
    ('ada', 'Basic YWRhOng=')
    """

    def __init__(self, auth_type: str, data: dict[str, Any] | None = None, token: str | None = None) -> None:
        self.parameters = {} if data is None else data
        self.type, self.token = auth_type, token

    @classmethod
    def _from_parts(cls, scheme: str, rest: str) -> Any:
        if scheme != "basic":
            return super()._from_parts(scheme, rest)
        try:
            if not re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", rest):
                return None
            username, _, password = a2b_base64(rest).decode().partition(":")
        except (Base64Error, UnicodeDecodeError):
            return None
        return cls(scheme, {"username": username, "password": password})

    def to_header(self) -> str:
        """Write the field."""
        if self.type != "basic":
            return super().to_header()
        pair = f"{self.username}:{self.password}".encode()
        return f"Basic {b2a_base64(pair, newline=False).decode()}"


# Parameters of a digest that are always quoted                              RFC 7616, 3.3
_DIGEST_QUOTED = frozenset(("realm", "domain", "nonce", "opaque", "qop"))


class WWWAuthenticate(_Scheme):
    """A challenge to the client: a scheme with parameters, or with a token.

    Parameters are there as attributes and as items; assigning None removes one.
    On a response, ``response.www_authenticate`` is one that writes itself
    into the headers with each change.

    :param auth_type: the scheme, in lower case.

    >>> challenge = WWWAuthenticate("basic", {"realm": "the office"})
    >>> str(challenge)
    'Basic realm="the office"'
    """

    def __init__(self, auth_type: str, values: dict[str, Any] | None = None, token: str | None = None) -> None:
        # Written past __setattr__, which takes other attributes for parameters.
        vars(self).update(_on_update=None, _type=auth_type.lower(), _token=token, _parameters=self._watched(values))

    def _watched(self, values: dict[str, Any] | None) -> dict[str, Any]:
        return CallbackDict(values, lambda _: self._changed())

    def _changed(self) -> None:
        if self._on_update is not None:
            self._on_update(self)

    def _set(self, **private: Any) -> None:
        vars(self).update(private)
        self._changed()

    type = property(
        lambda self: self._type, lambda self, value: self._set(_type=value.lower()), None,
        "The scheme, in lower case.")
    parameters = property(
        lambda self: self._parameters, lambda self, value: self._set(_parameters=self._watched(value)), None,
        "The parameters. Assigning a dict replaces them all.")
    token = property(
        lambda self: self._token, lambda self, value: self._set(_token=value), None,
        "The token of a scheme that has one and no parameters.")

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
        self._set(_type=scheme, _token=None, _parameters=self._watched(parameters))

    def __setitem__(self, key: str, value: Any) -> None:
        if value is None:
            self.parameters.pop(key, None)
        else:
            self.parameters[key] = value

    def __delitem__(self, key: str) -> None:
        self[key] = None

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "_on_update" or isinstance(getattr(type(self), name, None), property):
            super().__setattr__(name, value)
        else:
            self[name] = value

    def __delattr__(self, name: str) -> None:
        self[name] = None

    def to_header(self) -> str:
        """Write the field."""
        if self.type != "digest" or self.token is not None:
            return super().to_header()
        written = [f"{key}={quote_header_value(value, allow_token=key not in _DIGEST_QUOTED)}"
                   for key, value in self.parameters.items() if value is not None]
        return f"Digest {', '.join(written)}"


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
