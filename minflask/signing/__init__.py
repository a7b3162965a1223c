"""Sign data that is handed out and comes back: nobody can change it without the key, anybody can read it.

`signer` signs bytes, `serializer` objects. All of it is loaded with the first
session or token, and not before; applications are unknown here.
"""

from __future__ import annotations

from .serializer import Serializer, TimedSerializer, URLSafeSerializer, URLSafeSerializerMixin, URLSafeTimedSerializer
from .signer import (
    BadData, BadHeader, BadPayload, BadSignature, BadTimeSignature, HMACAlgorithm, NoneAlgorithm, SignatureExpired,
    Signer, SigningAlgorithm, TimestampSigner, base64_decode, base64_encode, bytes_to_int, int_to_bytes, want_bytes,
)

__all__ = [
    "BadData", "BadHeader", "BadPayload", "BadSignature", "BadTimeSignature", "HMACAlgorithm", "NoneAlgorithm",
    "Serializer", "SignatureExpired", "Signer", "SigningAlgorithm", "TimedSerializer", "TimestampSigner",
    "URLSafeSerializer", "URLSafeSerializerMixin", "URLSafeTimedSerializer", "base64_decode", "base64_encode",
    "bytes_to_int", "int_to_bytes", "want_bytes",
]
