"""Sessions: the objects a view sees, and the interface that loads and stores them.

The default keeps the session in a cookie that the client can read and cannot
change: tagged JSON, signed with the application's secret key in the format that
Flask uses, so that either reads the other's cookies.
"""

from __future__ import annotations

from .http.structures import CallbackDict
from .json.tag import TaggedJSONSerializer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from datetime import datetime, timedelta
    from typing import Any, NoReturn

    from .app import Flask
    from .signing import URLSafeTimedSerializer
    from .wrappers import Request, Response

    _Base = MutableMapping[str, Any]
else:
    _Base = object


class SessionMixin(_Base):
    """What a session needs besides being a mapping: `class Session(dict, SessionMixin): pass` is one."""

    #: Whether the session is new; not every interface can tell.
    new = False
    #: Whether something changed; an interface that cannot tell leaves it True.
    modified = True
    #: Whether the session was read or written in this request; then the answer varies with the cookie.
    accessed = True

    @property
    def permanent(self) -> bool:
        """Whether the session lives `app.permanent_session_lifetime` in place of the browser's run."""
        return bool(self.get("_permanent", False))

    @permanent.setter
    def permanent(self, value: bool) -> None:
        self["_permanent"] = bool(value)


class SecureCookieSession(CallbackDict, SessionMixin):  # type: ignore[type-arg]
    """The session kept in a signed cookie: a dict that notes when it is changed.

    A change inside a value (`session["cart"].append(7)`) is not noticed; set
    `session.modified = True` after it.

    >>> session = SecureCookieSession({"a": 1})
    >>> session.modified
    False
    >>> session["b"] = 2
    >>> session.modified
    True
    """

    modified = False
    accessed = False

    def __init__(self, initial: Any = None) -> None:
        super().__init__(initial, _note_change)

    # As documented, the arguments have names; those of dict have none.

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a key, or `default` where it is not there."""
        return super().get(key, default)

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Return the value of a key, set to `default` first where it is not there."""
        return super().setdefault(key, default)


def _note_change(session: Any) -> None:
    session.modified = True
    session.accessed = True


class NullSession(SecureCookieSession):
    """The session of an application without a secret key: it reads as empty and refuses every change."""

    def _fail(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError("The session is unavailable because no secret key was set, and a session cookie"
                           " must be signed. Set app.secret_key to something unique and secret:"
                           " python -c 'import secrets; print(secrets.token_hex())' makes one.")

    __setitem__ = __delitem__ = clear = pop = popitem = update = setdefault = _fail
    __ior__ = _fail
    del _fail


class SessionInterface:
    """How sessions are loaded and stored; assign an instance to `app.session_interface` to replace it.

    A subclass writes `open_session` and `save_session`; the rest reads the
    configuration. `open_session` returning None means that loading failed, and
    the application goes on with a null session.
    """

    #: The class of the session used when `open_session` gives None.
    null_session_class = NullSession
    #: Whether sessions are stored with pickle; some tools show it.
    pickle_based = False
    #: Whether opening may wait until the session is used.
    opens_lazily = False

    def make_null_session(self, app: Flask) -> NullSession:
        """Return the session that stands in when none can be loaded."""
        return self.null_session_class()

    def is_null_session(self, obj: object) -> bool:
        """Return whether `obj` is such a stand-in; those are never saved."""
        return isinstance(obj, self.null_session_class)

    def get_cookie_name(self, app: Flask) -> str:
        """Return the cookie's name: `SESSION_COOKIE_NAME`."""
        return str(app.config["SESSION_COOKIE_NAME"])

    def get_cookie_domain(self, app: Flask) -> str | None:
        """Return the cookie's domain: `SESSION_COOKIE_DOMAIN`, or None for the exact host alone."""
        return app.config["SESSION_COOKIE_DOMAIN"] or None

    def get_cookie_path(self, app: Flask) -> str:
        """Return the cookie's path: `SESSION_COOKIE_PATH`, else `APPLICATION_ROOT`."""
        return app.config["SESSION_COOKIE_PATH"] or app.config["APPLICATION_ROOT"] or "/"

    def get_cookie_httponly(self, app: Flask) -> bool:
        """Return whether scripts are kept from the cookie: `SESSION_COOKIE_HTTPONLY`."""
        return bool(app.config["SESSION_COOKIE_HTTPONLY"])

    def get_cookie_secure(self, app: Flask) -> bool:
        """Return whether the cookie is for HTTPS only: `SESSION_COOKIE_SECURE`."""
        return bool(app.config["SESSION_COOKIE_SECURE"])

    def get_cookie_samesite(self, app: Flask) -> str | None:
        """Return "Lax", "Strict" or None: `SESSION_COOKIE_SAMESITE`."""
        samesite: str | None = app.config["SESSION_COOKIE_SAMESITE"]
        return samesite

    def get_cookie_partitioned(self, app: Flask) -> bool:
        """Return whether the cookie is kept apart per top-level site: `SESSION_COOKIE_PARTITIONED`."""
        return bool(app.config["SESSION_COOKIE_PARTITIONED"])

    def get_expiration_time(self, app: Flask, session: SessionMixin) -> datetime | None:
        """Return when a permanent session ends (UTC, aware), or None for one of the browser's run."""
        if not session.permanent:
            return None
        from datetime import datetime, timezone

        lifetime: timedelta = app.permanent_session_lifetime
        return datetime.now(timezone.utc) + lifetime

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Return whether to send the cookie: the session changed, or is permanent and refreshed each time."""
        return session.modified or (session.permanent and bool(app.config["SESSION_REFRESH_EACH_REQUEST"]))

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        """Load the session of a request. Must be written by the subclass."""
        raise NotImplementedError(f"{type(self).__name__} must define open_session(app, request)")

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Store the session at the end of a request. Must be written by the subclass."""
        raise NotImplementedError(f"{type(self).__name__} must define save_session(app, session, response)")


session_json_serializer = TaggedJSONSerializer()


class SecureCookieSessionInterface(SessionInterface):
    """The default: the session in a signed cookie, opened when it is first used."""

    #: Mixed into the key, so that signatures made for other purposes are of no use here.
    salt = "cookie-session"
    key_derivation = "hmac"
    #: Turns the session into text and back.
    serializer = session_json_serializer
    session_class = SecureCookieSession
    opens_lazily = True
    _signers: tuple[Any, Any] = (None, None)

    def __init_subclass__(cls) -> None:
        cls.opens_lazily = (cls.open_session is SecureCookieSessionInterface.open_session
                            and cls.save_session is SecureCookieSessionInterface.save_session)

    @staticmethod
    def digest_method(data: bytes = b"") -> Any:
        """Return the hash that signs: SHA-1, as Flask does; under HMAC its weakness does not matter (RFC 6194)."""
        from hashlib import sha1

        return sha1(data)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs and reads the cookie, or None without a secret key.

        `SECRET_KEY` signs; it and each of `SECRET_KEY_FALLBACKS` are good for reading.
        """
        key = app.secret_key
        if not key:
            return None
        keys = [*(app.config["SECRET_KEY_FALLBACKS"] or ()), key]
        facts = (keys, self.salt, self.serializer, self.key_derivation, self.digest_method)
        known, signer = self._signers  # both at once: another thread may serve another application
        if known == facts:
            return signer  # type: ignore[no-any-return]
        from .signing import URLSafeTimedSerializer

        signer = URLSafeTimedSerializer(keys, salt=self.salt, serializer=self.serializer, signer_kwargs={
            "key_derivation": self.key_derivation, "digest_method": self.digest_method})
        self._signers = (facts, signer)
        return signer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the cookie; one that is missing, forged or too old gives an empty session."""
        signer = self.get_signing_serializer(app)
        if signer is None:
            return None
        value = request.cookies.get(self.get_cookie_name(app))
        if not value:
            return self.session_class()
        try:
            return self.session_class(signer.loads(value, max_age=int(app.permanent_session_lifetime.total_seconds())))
        except Exception as error:
            from .signing import BadSignature  # here: even a repeated import takes a microsecond

            if not isinstance(error, BadSignature):
                raise
            return self.session_class()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send, refresh or delete the cookie, and say that the answer varies with it."""
        accessed = session.accessed
        if not session:
            if session.modified:
                response.delete_cookie(self.get_cookie_name(app), **self._cookie_attributes(app))
                accessed = True
        elif self.should_set_cookie(app, session):
            signer = self.get_signing_serializer(app)
            if signer is None:
                raise RuntimeError("The secret key went away while the request was handled;"
                                   " the session cannot be signed without it.")
            response.set_cookie(self.get_cookie_name(app), signer.dumps(dict(session)),
                                expires=self.get_expiration_time(app, session), **self._cookie_attributes(app))
            accessed = True
        if accessed:
            _vary_on_cookie(response)

    def _cookie_attributes(self, app: Flask) -> dict[str, Any]:
        return {"path": self.get_cookie_path(app), "domain": self.get_cookie_domain(app),
                "secure": self.get_cookie_secure(app), "httponly": self.get_cookie_httponly(app),
                "samesite": self.get_cookie_samesite(app), "partitioned": self.get_cookie_partitioned(app)}


def _vary_on_cookie(response: Response) -> None:
    """Say that the answer varies with the cookie; the header set is made only where there is a header already."""
    headers = response.headers
    if "Vary" in headers:
        response.vary.add("Cookie")
    else:
        headers["Vary"] = "Cookie"
