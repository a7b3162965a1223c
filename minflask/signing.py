"""Sign data that is handed out and comes back: nobody can change it without the key, anybody can read it.

The ladder: bytes and base64, errors, `Signer`, `TimestampSigner` (knows the age),
`Serializer` (signs objects), and their URL-safe kin. The formats and the
derivation of keys are those of itsdangerous, so each reads what the other
signed. Loaded with the first session or token only; apps are unknown here.
"""

from __future__ import annotations

import hashlib
import json
import time
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from functools import lru_cache
from hmac import compare_digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from typing import Any, Union

    Text = Union[str, bytes]
    Keys = Union[str, bytes, Iterable[str], Iterable[bytes]]

# -- bytes and base64 ------------------------------------------------------------------

# base64url, RFC 4648, 5; written without the padding that can be computed
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="
_LAST_SECOND = 253402300799  # of the year 9999, the last that datetime knows
MOST_UNPACKED = 1 << 20  # bytes that a compressed payload may have: only a leaked key could send more


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

    def __str__(self) -> str:
        return self.message


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
        return base64_encode(self.algorithm.get_signature(self.derive_key(), want_bytes(value)))

    def sign(self, value: Text) -> bytes:
        """Return the value with its signature."""
        value = want_bytes(value)
        return value + self.sep + self.get_signature(value)

    def verify_signature(self, value: Text, sig: Text) -> bool:
        """Return whether a signature, in base64, fits the value under any of the keys."""
        try:
            signature = base64_decode(sig)
        except BadData:
            return False
        value = want_bytes(value)
        for key in self.secret_keys[::-1]:
            if self.algorithm.verify_signature(self.derive_key(key), value, signature):
                return True
        return False

    def unsign(self, signed_value: Text) -> bytes:
        """Return the value without its signature.

        :raises BadSignature: when that does not fit.
        """
        signed_value = want_bytes(signed_value)
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

    def get_timestamp(self) -> int:
        """Return the time to sign with, in seconds since 1970. May be overridden."""
        return int(time.time())

    def timestamp_to_datetime(self, ts: int) -> datetime:
        """Return a timestamp as an aware datetime, in UTC."""
        from datetime import datetime, timezone

        return datetime.fromtimestamp(ts, tz=timezone.utc)

    def sign(self, value: Text) -> bytes:
        """Return the value with the time and the signature."""
        value = want_bytes(value) + self.sep + _stamp(self.get_timestamp())
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
        try:
            timed = super().unsign(signed_value)
        except BadSignature as error:
            raise self._with_date(error) from None
        value, stamp = self._split_stamp(timed)
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


# -- objects ---------------------------------------------------------------------------


class _CompactJSON:
    """JSON without blanks, for places where each byte counts."""

    _encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

    @classmethod
    def dumps(cls, obj: Any, **kwargs: Any) -> str:
        if not kwargs:
            return cls._encode(obj)
        return json.dumps(obj, **{"ensure_ascii": False, "separators": (",", ":"), **kwargs})

    @staticmethod
    def loads(payload: Text) -> Any:
        return json.loads(payload)


class Serializer:
    """Signs objects: what a serializer makes of them, with a `Signer`'s signature.

    >>> links = Serializer("a secret key", salt="unsubscribe")
    >>> token = links.dumps({"user": 5})
    >>> links.loads(token)
    {'user': 5}

    :param secret_key: the key, or a list of them, oldest first: see `Signer`.
    :param salt: names the purpose: see `Signer`.
    :param serializer: has `dumps` and `loads`, as `json` has, which is the
        default. (Never pickle, whatever is signed: who has the key could run code.)
    :param serializer_kwargs: for `dumps`.
    :param signer: the class of the signers, with *signer_kwargs*.
    :param fallback_signers: other ways of signing that are still read: each a dict
        of keywords for the signer, a signer class, or a tuple of both.
    """

    default_serializer: Any = json
    default_signer: type[Signer] = Signer
    default_fallback_signers: list[Any] = []

    def __init__(self, secret_key: Keys, salt: Text | None = b"itsdangerous", serializer: Any = None,
                 serializer_kwargs: dict[str, Any] | None = None, signer: type[Signer] | None = None,
                 signer_kwargs: dict[str, Any] | None = None, fallback_signers: list[Any] | None = None) -> None:
        self.secret_keys: list[bytes] = _keys(secret_key)
        self.salt: Any = None if salt is None else want_bytes(salt)
        self.serializer: Any = self.default_serializer if serializer is None else serializer
        self.is_text_serializer: bool = is_text_serializer(self.serializer)
        self.serializer_kwargs: dict[str, Any] = serializer_kwargs or {}
        self.signer: type[Signer] = signer or self.default_signer
        self.signer_kwargs: dict[str, Any] = signer_kwargs or {}
        self.fallback_signers = list(self.default_fallback_signers if fallback_signers is None else fallback_signers)
        self._made: tuple[Any, Signer | None] = ((), None)

    @property
    def secret_key(self) -> bytes:
        """The key that signs: the newest."""
        return self.secret_keys[-1]

    def load_payload(self, payload: bytes, serializer: Any = None) -> Any:
        """Return the object that a payload, whose signature was checked, stands for. May be overridden.

        :raises BadPayload: when it cannot be read.
        """
        serializer, is_text = (
            (self.serializer, self.is_text_serializer) if serializer is None
            else (serializer, is_text_serializer(serializer))
        )
        try:
            return serializer.loads(payload.decode("utf-8") if is_text else payload)
        except Exception as error:
            raise BadPayload("The signature fits, but the payload cannot be read: see original_error.", error) from None

    def dump_payload(self, obj: Any) -> bytes:
        """Return the bytes that stand for an object, to be signed. May be overridden."""
        return want_bytes(self.serializer.dumps(obj, **self.serializer_kwargs))

    def make_signer(self, salt: Text | None = None) -> Signer:
        """Return the signer that writes: the same one as long as nothing about it is changed."""
        recipe = (self.signer, self.salt if salt is None else salt, self.secret_keys, self.signer_kwargs)
        known, signer = self._made
        if signer is None or known != recipe:
            signer = self.signer(self.secret_keys, salt=recipe[1], **self.signer_kwargs)
            self._made = (*recipe[:2], list(self.secret_keys), dict(self.signer_kwargs)), signer
        return signer

    def iter_unsigners(self, salt: Text | None = None) -> Iterator[Any]:
        """Yield the signers that are tried in reading: the one that writes, then the fallbacks."""
        salt = self.salt if salt is None else salt
        yield self.make_signer(salt)
        for fallback in self.fallback_signers:
            if isinstance(fallback, dict):
                fallback = (self.signer, fallback)
            elif not isinstance(fallback, tuple):
                fallback = (fallback, self.signer_kwargs)
            signer, kwargs = fallback
            for secret_key in self.secret_keys:
                yield signer(secret_key, salt=salt, **kwargs)

    def dumps(self, obj: Any, salt: Text | None = None) -> Any:
        """Return an object in signed form: text, or bytes if the serializer makes bytes."""
        signed = self.make_signer(salt).sign(self.dump_payload(obj))
        return signed.decode("utf-8") if self.is_text_serializer else signed

    def dump(self, obj: Any, f: Any, salt: Text | None = None) -> None:
        """Write an object in signed form to an open file."""
        f.write(self.dumps(obj, salt=salt))

    def loads(self, s: Text, salt: Text | None = None, **kwargs: Any) -> Any:
        """Return the object that was signed.

        :raises BadSignature: when the signature fits under none of the signers.
        :raises BadPayload: when it does and the object cannot be read.
        """
        complaint = _no_signer()
        for signer in self.iter_unsigners(salt):
            try:
                payload = signer.unsign(s)
            except BadSignature as error:
                complaint = error
            else:
                return self.load_payload(payload)
        raise complaint

    def load(self, f: Any, salt: Text | None = None) -> Any:
        """Return the object that was signed, from an open file."""
        return self.loads(f.read(), salt=salt)

    def loads_unsafe(self, s: Text, salt: Text | None = None) -> tuple[bool, Any]:
        """Return whether the signature fits, and the object even if not: to look into, not to rely on.

        The object is None when it cannot be read.
        """
        return self._loads_unsafe_impl(s, salt)

    def load_unsafe(self, f: Any, salt: Text | None = None) -> tuple[bool, Any]:
        """Do the same with what an open file holds."""
        return self.loads_unsafe(f.read(), salt=salt)

    def _loads_unsafe_impl(self, s: Text, salt: Text | None, load_kwargs: dict[str, Any] | None = None,
                           load_payload_kwargs: dict[str, Any] | None = None) -> tuple[bool, Any]:
        """Implement `loads_unsafe`, with keywords for `loads` and `load_payload`."""
        try:
            return True, self.loads(s, salt=salt, **(load_kwargs or {}))
        except BadSignature as error:
            payload = error.payload
        except BadPayload:
            return False, None
        if payload is None:
            return False, None
        try:
            return False, self.load_payload(payload, **(load_payload_kwargs or {}))
        except BadPayload:
            return False, None


def _no_signer() -> BadSignature:
    return BadSignature("There is no signer to check the signature with: iter_unsigners() gave none.")


def is_text_serializer(serializer: Any) -> bool:
    """Return whether what the serializer makes is text, and not bytes."""
    return isinstance(serializer.dumps({}), str)


class TimedSerializer(Serializer):
    """Signs objects together with the time."""

    default_signer: type[Signer] = TimestampSigner

    def loads(  # type: ignore[override]
        self, s: Text, max_age: int | None = None, return_timestamp: bool = False, salt: Text | None = None
    ) -> Any:
        """Return the object that was signed; see `TimestampSigner.unsign` for the rest.

        :raises SignatureExpired: when it is older than *max_age* seconds.
        """
        complaint = _no_signer()
        for signer in self.iter_unsigners(salt):
            try:
                found: Any = signer.unsign(s, max_age, return_timestamp)
            except SignatureExpired:
                raise
            except BadSignature as error:
                complaint = error
            else:
                return (self.load_payload(found[0]), found[1]) if return_timestamp else self.load_payload(found)
        raise complaint

    def loads_unsafe(  # type: ignore[override]
        self, s: Text, max_age: int | None = None, salt: Text | None = None
    ) -> tuple[bool, Any]:
        return self._loads_unsafe_impl(s, salt, load_kwargs={"max_age": max_age})


class URLSafeSerializerMixin(Serializer):
    """Payloads of letters, digits, `-`, `_` and `.` only, compressed when they are long and it pays."""

    default_serializer: Any = _CompactJSON
    # Compressing takes longer than all the rest of signing, and saves next to
    # nothing of a short text.
    compress_from = 512

    def load_payload(self, payload: bytes, serializer: Any = None) -> Any:
        is_packed = payload[:1] == b"."
        try:
            data = base64_decode(payload[1:] if is_packed else payload)
            data = _unpacked(data) if is_packed else data
        except Exception as error:
            raise BadPayload("The payload is not base64, or cannot be unpacked: see original_error.", error) from None
        return super().load_payload(data, serializer)

    def dump_payload(self, obj: Any) -> bytes:
        data = super().dump_payload(obj)
        if len(data) >= self.compress_from:
            from zlib import compress

            packed = compress(data)
            if len(packed) < len(data) - 1:
                return b"." + base64_encode(packed)
        return base64_encode(data)


def _unpacked(data: bytes) -> bytes:
    from zlib import decompressobj

    unpacker = decompressobj()
    unpacked = unpacker.decompress(data, MOST_UNPACKED)
    if unpacker.unconsumed_tail:
        raise ValueError(f"The payload has more than {MOST_UNPACKED} bytes when it is unpacked.")
    if not unpacker.eof:
        raise ValueError("The compressed payload has no end.")
    return unpacked


class URLSafeSerializer(URLSafeSerializerMixin, Serializer):
    """Signs objects into text that can stand in a URL or a cookie.

    >>> URLSafeSerializer("a secret key").loads(URLSafeSerializer("a secret key").dumps([1, "é"]))
    [1, 'é']
    """


class URLSafeTimedSerializer(URLSafeSerializerMixin, TimedSerializer):
    """Signs objects with the time into text that can stand in a URL or a cookie: what sessions use."""
