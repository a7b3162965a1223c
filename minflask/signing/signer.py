"""Sign bytes: the signatures, the keys they are made with, and the time in them.

Bytes go in and come out; objects are the affair of `serializer`. The formats and
the derivation of keys are those of itsdangerous, so each reads what the other
signed.
"""

from __future__ import annotations

import hashlib
import time
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from functools import lru_cache
from hmac import compare_digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from typing import Any, Union

    Text = Union[str, bytes]
    Keys = Union[str, bytes, Iterable[str], Iterable[bytes]]

# -- bytes and base64 ------------------------------------------------------------------

# base64url, RFC 4648, 5; written without the padding that can be computed
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="
_LAST_SECOND = 253402300799  # of the year 9999, the last that datetime knows
_MOST_KNOWN, _LONGEST_KNOWN = 512, 4096  # how many signed texts a signer remembers, and of how many bytes


def want_bytes(value: Text, encoding: str = "utf-8", errors: str = "strict") -> bytes:
    """Return text encoded, and bytes as they are."""
    return value.encode(encoding, errors) if isinstance(value, str) else value


def base64_encode(value: Text) -> bytes:
    """Return the value in the URL-safe base64 alphabet, without padding."""
    if isinstance(value, str):
        value = value.encode()
    return b2a_base64(value, newline=False).replace(b"+", b"-").replace(b"/", b"_").rstrip(b"=")


def base64_decode(value: Text) -> bytes:
    """Undo `base64_encode`.

    :raises BadData: when this is not base64.
    """
    if isinstance(value, str):
        value = value.encode("ascii", "ignore")
    try:
        return a2b_base64(value.replace(b"-", b"+").replace(b"_", b"/") + b"==")  # too much padding is ignored
    except Base64Error as error:
        raise BadData(f"This is not base64: {error}.") from error


def int_to_bytes(number: int) -> bytes:
    """Return a number of 0 or more as its bytes, the highest first; 0 has none."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def bytes_to_int(value: bytes) -> int:
    """Undo `int_to_bytes`."""
    return int.from_bytes(value, "big")


# -- errors ----------------------------------------------------------------------------


class BadData(Exception):
    """The data cannot be trusted or cannot be read: the base of all errors here."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadSignature(BadData):
    """The signature does not fit; `payload` is what was claimed, without any proof."""

    def __init__(self, message: str, payload: Any = None) -> None:
        super().__init__(message)
        self.payload = payload


class BadTimeSignature(BadSignature):
    """The signature or the time in it does not fit; `date_signed` is the claimed time, if there is one."""

    def __init__(self, message: str, payload: Any = None, date_signed: datetime | None = None) -> None:
        super().__init__(message, payload)
        self.date_signed = date_signed


class SignatureExpired(BadTimeSignature):
    """The signature fits, and is older than was asked for."""


class BadHeader(BadSignature):
    """The header of signed data does not fit; for formats that have one."""

    def __init__(self, message: str, payload: Any = None, header: Any = None,
                 original_error: Exception | None = None) -> None:
        super().__init__(message, payload)
        self.header = header
        self.original_error = original_error


class BadPayload(BadData):
    """The signature fits, and what was signed cannot be read; `original_error` says why."""

    def __init__(self, message: str, original_error: Exception | None = None) -> None:
        super().__init__(message)
        self.original_error = original_error


# -- signatures ------------------------------------------------------------------------


def _lazy_sha1(string: bytes = b"") -> Any:
    """Start a SHA-1: looked up at the call, as some builds of Python are without it."""
    return hashlib.sha1(string)


_INNER_PAD, _OUTER_PAD = (bytes(byte ^ mask for byte in range(256)) for mask in (0x36, 0x5C))


@lru_cache(maxsize=64)
def _hmac_halves(key: bytes, digest_method: Callable[..., Any]) -> tuple[Any, Any]:
    """Return the two hashes of an HMAC that have seen the key (RFC 2104, 2).

    They are copied for each message: half the price of starting anew.
    """
    inner, outer = digest_method(), digest_method()
    size = getattr(inner, "block_size", 64)
    if len(key) > size:
        key = digest_method(key).digest()
    key = key.ljust(size, b"\0")
    inner.update(key.translate(_INNER_PAD))
    outer.update(key.translate(_OUTER_PAD))
    return inner, outer


class SigningAlgorithm:
    """How a signature is made of a key and a value. Override `get_signature`."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        """Return the signature of the value."""
        raise NotImplementedError(f"{type(self).__name__} has to say what its signatures are, in get_signature().")

    def verify_signature(self, key: bytes, value: bytes, sig: bytes) -> bool:
        """Return whether the signature fits, in a time that does not tell how far it is off."""
        return compare_digest(sig, self.get_signature(key, value))


class NoneAlgorithm(SigningAlgorithm):
    """No signature at all: for tests, or where something else signs."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return b""


class HMACAlgorithm(SigningAlgorithm):
    """Signatures by HMAC.

    :param digest_method: a function like `hashlib.sha256`; by default SHA-1,
        which is sound in an HMAC and is what existing signatures were made with.
    """

    default_digest_method: Any = staticmethod(_lazy_sha1)

    def __init__(self, digest_method: Any = None) -> None:
        self.digest_method = self.default_digest_method if digest_method is None else digest_method

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        inner, outer = _hmac_halves(key, self.digest_method)
        inner, outer = inner.copy(), outer.copy()
        inner.update(value)
        outer.update(inner.digest())
        return outer.digest()  # type: ignore[no-any-return]


_DERIVATIONS: dict[str, Callable[[bytes, bytes, Callable[..., Any]], bytes]] = {
    "concat": lambda secret, salt, digest: digest(salt + secret).digest(),
    "django-concat": lambda secret, salt, digest: digest(salt + b"signer" + secret).digest(),
    "hmac": lambda secret, salt, digest: HMACAlgorithm(digest).get_signature(secret, salt),
    "none": lambda secret, salt, digest: secret,
}


@lru_cache(maxsize=64)
def _derived_key(derivation: str, secret: bytes, salt: bytes, digest_method: Callable[..., Any]) -> bytes:
    if derivation not in _DERIVATIONS:
        raise TypeError(f"There is no key derivation {derivation!r}, only {', '.join(_DERIVATIONS)}.")
    return _DERIVATIONS[derivation](secret, salt, digest_method)


def _keys(secret_key: Keys) -> list[bytes]:
    if isinstance(secret_key, (str, bytes)):
        return [want_bytes(secret_key)]
    return [want_bytes(key) for key in secret_key]


class Signer:
    """Signs bytes: `value` + separator + base64 of the signature.

    >>> signer = Signer("a secret key")
    >>> signed = signer.sign("price=5")
    >>> signer.unsign(signed)
    b'price=5'

    :param secret_key: the key, or a list of them, oldest first: the last one
        signs, all of them are tried in reading. That is how a key is replaced.
    :param salt: names the purpose, so that what was signed for one is no good for
        another. It is not a secret.
    :param sep: between value and signature; not a character of base64.
    :param key_derivation: how key and salt become the key that signs:
        `"django-concat"` (default), `"concat"`, `"hmac"` or `"none"`.
    :param digest_method: a function like `hashlib.sha256`; SHA-1 by default.
    :param algorithm: a `SigningAlgorithm`; `HMACAlgorithm(digest_method)` by default.
    """

    default_digest_method: Any = staticmethod(_lazy_sha1)
    default_key_derivation = "django-concat"

    def __init__(self, secret_key: Keys, salt: Text | None = b"itsdangerous.Signer", sep: Text = b".",
                 key_derivation: str | None = None, digest_method: Any = None,
                 algorithm: SigningAlgorithm | None = None) -> None:
        self.secret_keys: list[bytes] = _keys(secret_key)
        self.sep: bytes = want_bytes(sep)
        if self.sep in _ALPHABET:
            raise ValueError(
                f"The separator cannot be used: {sep!r} may occur in a base64 signature, so the end of the value"
                f" could not be found. Take a character other than letters, digits, '-', '_' and '='."
            )
        self.salt = b"itsdangerous.Signer" if salt is None else want_bytes(salt)
        self.key_derivation = self.default_key_derivation if key_derivation is None else key_derivation
        self.digest_method: Any = self.default_digest_method if digest_method is None else digest_method
        self.algorithm: SigningAlgorithm = HMACAlgorithm(self.digest_method) if algorithm is None else algorithm

    @property
    def secret_key(self) -> bytes:
        """The key that signs: the newest."""
        return self.secret_keys[-1]

    def derive_key(self, secret_key: Text | None = None) -> bytes:
        """Return the key that signs, made of a secret key and the salt. May be overridden.

        :raises TypeError: for an unknown `key_derivation`.
        """
        secret = self.secret_keys[-1] if secret_key is None else want_bytes(secret_key)
        return _derived_key(self.key_derivation, secret, self.salt, self.digest_method)

    def get_signature(self, value: Text) -> bytes:
        """Return the signature of a value, in base64."""
        if isinstance(value, str):
            value = value.encode()
        return base64_encode(self.algorithm.get_signature(self.derive_key(), value))

    def sign(self, value: Text) -> bytes:
        """Return the value with its signature."""
        if isinstance(value, str):
            value = value.encode()
        return value + self.sep + self.get_signature(value)

    def verify_signature(self, value: Text, sig: Text) -> bool:
        """Return whether a signature, in base64, fits the value under any of the keys."""
        try:
            signature = base64_decode(sig)
        except BadData:
            return False
        if isinstance(value, str):
            value = value.encode()
        for key in self.secret_keys[::-1]:
            if self.algorithm.verify_signature(self.derive_key(key), value, signature):
                return True
        return False

    def unsign(self, signed_value: Text) -> bytes:
        """Return the value without its signature.

        :raises BadSignature: when that does not fit.
        """
        if isinstance(signed_value, str):
            signed_value = signed_value.encode()
        value, sep, signature = signed_value.rpartition(self.sep)
        if not sep:
            raise BadSignature(f"There is no {self.sep!r} in the value, so it was not signed here.")
        if self.verify_signature(value, signature):
            return value
        raise BadSignature(f"The signature {signature!r} does not fit the value.", payload=value)

    def validate(self, signed_value: Text) -> bool:
        """Return whether the signature fits."""
        try:
            self.unsign(signed_value)
        except BadSignature:
            return False
        return True


# The last few times are kept: a busy server signs many sessions in one second,
# and reads those of the same few again and again.
@lru_cache(maxsize=4)
def _stamp(seconds: int) -> bytes:
    return base64_encode(int_to_bytes(seconds))


@lru_cache(maxsize=256)
def _seconds(stamp: bytes) -> int:
    """Return the time that a stamp tells; one that cannot be is after all times."""
    try:
        return bytes_to_int(base64_decode(stamp)) if len(stamp) <= 8 else _LAST_SECOND + 1
    except BadData:
        return _LAST_SECOND + 1


class TimestampSigner(Signer):
    """Signs bytes together with the time, so that a reader can ask for a greatest age.

    >>> signer = TimestampSigner("a secret key")
    >>> signer.unsign(signer.sign("hello"), max_age=60)
    b'hello'
    """

    _memory: tuple[tuple[Any, ...], dict[bytes, tuple[bytes, int]]] = ((), {})

    def get_timestamp(self) -> int:
        """Return the time to sign with, in seconds since 1970. May be overridden."""
        return int(time.time())

    def timestamp_to_datetime(self, ts: int) -> datetime:
        """Return a timestamp as an aware datetime, in UTC."""
        from datetime import datetime, timezone

        return datetime.fromtimestamp(ts, tz=timezone.utc)

    def sign(self, value: Text) -> bytes:
        """Return the value with the time and the signature."""
        if isinstance(value, str):
            value = value.encode()
        value += self.sep + _stamp(self.get_timestamp())
        return value + self.sep + self.get_signature(value)

    def unsign(
        self, signed_value: Text, max_age: int | None = None, return_timestamp: bool = False
    ) -> Any:
        """Return the value without time and signature.

        :param max_age: the greatest age in seconds; without it any will do.
        :param return_timestamp: return a tuple of the value and an aware datetime.
        :raises SignatureExpired: when it is older than *max_age*, or from the future.
        :raises BadTimeSignature: when the time or the signature does not fit.
        """
        if isinstance(signed_value, str):
            signed_value = signed_value.encode()
        known = self._known()
        read = known.get(signed_value)
        if read is None:
            try:
                read = self._split_stamp(super().unsign(signed_value))
            except BadTimeSignature:
                raise
            except BadSignature as error:
                raise self._with_date(error) from None
            if len(signed_value) <= _LONGEST_KNOWN:
                known[signed_value] = read
        value, stamp = read
        if max_age is not None:
            self._check_age(value, stamp, max_age)
        return (value, self.timestamp_to_datetime(stamp)) if return_timestamp else value

    def validate(self, signed_value: Text, max_age: int | None = None) -> bool:
        """Return whether the signature fits, and is not too old."""
        try:
            self.unsign(signed_value, max_age=max_age)
        except BadSignature:
            return False
        return True

    def _known(self) -> dict[bytes, tuple[bytes, int]]:
        """Return what was read and found good lately: value and time of what was signed.

        A client sends its session back unchanged until something in it changes.
        All is forgotten when anything about the signer is set; and a subclass
        or another algorithm is asked each time.
        """
        facts = (self.secret_keys, self.salt, self.sep, self.key_derivation, self.digest_method, self.algorithm)
        known_facts, known = self._memory
        if facts != known_facts or len(known) >= _MOST_KNOWN:
            known = {}
            if type(self) is TimestampSigner and type(self.algorithm) is HMACAlgorithm:
                self._memory = ((list(self.secret_keys), *facts[1:]), known)
        return known

    def _split_stamp(self, timed: bytes) -> tuple[bytes, int]:
        value, sep, stamp = timed.rpartition(self.sep)
        if not sep:
            raise BadTimeSignature("The timestamp is missing: this was signed without one.", payload=timed)
        seconds = _seconds(stamp)
        if seconds > _LAST_SECOND:
            raise BadTimeSignature(f"Malformed timestamp: {stamp!r} is no date.", payload=value)
        return value, seconds

    def _check_age(self, value: bytes, stamp: int, max_age: int) -> None:
        age = self.get_timestamp() - stamp
        if not 0 <= age <= max_age:
            what = f"{age} seconds old, over the {max_age} allowed" if age > 0 else f"from {-age} seconds in the future"
            date = self.timestamp_to_datetime(stamp)
            raise SignatureExpired(f"The signature is {what}.", payload=value, date_signed=date)

    def _with_date(self, error: BadSignature) -> BadSignature:
        """Return a signature error that also tells the claimed time, if there is one."""
        if not error.payload or self.sep not in error.payload:
            return error
        try:
            value, stamp = self._split_stamp(error.payload)
        except BadTimeSignature as no_date:
            return no_date
        return BadTimeSignature(str(error), payload=value, date_signed=self.timestamp_to_datetime(stamp))
