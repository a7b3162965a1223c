"""Sign objects: what a serializer like `json` makes of them, by way of a `Signer`.

Four classes on a ladder: each adds the time, or the alphabet of URLs, by
overriding one pair of methods.
"""

from __future__ import annotations

import json

from .signer import (
    BadPayload, BadSignature, SignatureExpired, Signer, TimestampSigner, _keys, base64_decode, base64_encode,
    want_bytes,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .signer import Keys, Text

MOST_UNPACKED = 1 << 20  # bytes that a compressed payload may have: only a leaked key could send more


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
        if serializer is None:
            serializer, is_text = self.serializer, self.is_text_serializer
        else:
            is_text = is_text_serializer(serializer)
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
        """Return an iterator of the signers that are tried in reading: the one that writes, then the fallbacks."""
        salt = self.salt if salt is None else salt
        if not self.fallback_signers:
            return iter((self.make_signer(salt),))
        return self._iter_all(salt)

    def _iter_all(self, salt: Text | None) -> Iterator[Any]:
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
        complaint: BadSignature | None = None
        for signer in self.iter_unsigners(salt):
            try:
                payload = signer.unsign(s)
            except BadSignature as error:
                complaint = error
            else:
                return self.load_payload(payload)
        raise complaint or BadSignature("There is no signer to check the signature with: iter_unsigners() gave none.")

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
        complaint: BadSignature | None = None
        for signer in self.iter_unsigners(salt):
            try:
                found: Any = signer.unsign(s, max_age, return_timestamp)
            except SignatureExpired:
                raise
            except BadSignature as error:
                complaint = error
            else:
                return (self.load_payload(found[0]), found[1]) if return_timestamp else self.load_payload(found)
        raise complaint or BadSignature("There is no signer to check the signature with: iter_unsigners() gave none.")

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
