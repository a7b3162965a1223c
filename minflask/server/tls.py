"""TLS: a context from a certificate, with errors that say which file is wrong and how to get a right one."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from typing import Any, Union

    Source = Union[str, tuple[str, ...], ssl.SSLContext, None]

MAKE_ONE = ('openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj "/CN=localhost"'
            ' -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -keyout key.pem -out cert.pem')


class BadCertificate(ValueError):
    """A certificate or key cannot be used; the message says why and what to do."""


def make_context(cert: str, key: str | None = None, password: str | None = None) -> ssl.SSLContext:
    """Return a context for a server with this certificate chain and key, both PEM files.

    :param key: may be left out if it stands in the same file.
    :raises BadCertificate: with one line for the user.
    """
    try:
        import ssl
    except ImportError:
        raise BadCertificate("This Python was built without TLS (no module ssl), so it can serve only HTTP.") from None
    for path in filter(None, (cert, key)):
        if not os.path.isfile(path):
            raise BadCertificate(f"There is no file {path}. For a certificate that serves this machine:\n  {MAKE_ONE}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(cert, key, password)
    except ssl.SSLError as exc:
        why = {"KEY_VALUES_MISMATCH": "the key does not belong to the certificate",
               "NO_START_LINE": "it is not in PEM format"}.get(exc.reason or "", exc.reason or "it cannot be read")
        raise BadCertificate(f"The certificate {cert} and key {key or cert} cannot be used: {why}.") from None
    except OSError as exc:
        raise BadCertificate(f"The certificate {cert} and key {key or cert} cannot be read: {exc.strerror}.") from None
    context.set_alpn_protocols(["http/1.1"])
    return context


def context_from(source: Any) -> ssl.SSLContext | None:
    """Return the context for what users write: a context, (certificate, key), "adhoc", or None."""
    if source is None or hasattr(source, "wrap_socket"):
        return source  # type: ignore[no-any-return]
    if source == "adhoc":
        return adhoc_context()
    if isinstance(source, str):
        return make_context(source)
    return make_context(*source)


def adhoc_context() -> ssl.SSLContext:
    """Return a context with a certificate made for this run, by the `openssl` command."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return make_context(*make_certificate(folder))


def make_certificate(folder: str, host: str = "localhost") -> tuple[str, str]:
    """Make a self-signed certificate for *host* in a folder; return the paths of it and of its key.

    :raises BadCertificate: where there is no `openssl` command.
    """
    import subprocess

    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    try:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "365", "-subj", f"/CN={host}",
             "-addext", f"subjectAltName=DNS:{host},IP:127.0.0.1", "-keyout", key, "-out", cert],
            check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        raise BadCertificate(
            "To make a certificate on the fly, the command `openssl` is needed, and it is not here or failed."
            f" Make one where it is, and give both files:\n  {MAKE_ONE}") from None
    return cert, key
