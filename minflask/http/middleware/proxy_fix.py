"""Believe a reverse proxy about the client, the scheme, the host, the port and the mount point."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

CHANGED = ("REMOTE_ADDR", "wsgi.url_scheme", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME")
# What each value must look like to be believed; a proxy that lets something else through is not one to trust.
SCHEME = r"[A-Za-z][A-Za-z0-9+.-]{0,30}"
HOST = r"(\[[0-9A-Fa-f:.]+\]|[^\s:/?#@\\\[\]]+)(?::([0-9]{1,5}))?"
PORT = r"[0-9]{1,5}"
PREFIX = r"/[^\s?#\\]*"


class ProxyFix:
    """Set the environ right behind proxies that report the client in `X-Forwarded-*` fields.

    Each number says how many proxies in front of the application append to that field: values
    are counted from the right, as a client can send the ones on the left itself. 0 ignores the
    field. Use it only behind proxies that set the fields which are not 0: without them, clients
    could say anything. What the environ had is kept in `environ['werkzeug.proxy_fix.orig']`.

    :param app: the application to wrap.
    :param x_for: number of trusted values of X-Forwarded-For (the client's address).
    :param x_proto: the same for X-Forwarded-Proto (`http` or `https`).
    :param x_host: the same for X-Forwarded-Host.
    :param x_port: the same for X-Forwarded-Port.
    :param x_prefix: the same for X-Forwarded-Prefix (the path that the application is mounted at).

    >>> app = ProxyFix(lambda environ, start_response: [environ["REMOTE_ADDR"]])
    >>> app({"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "1.1.1.1, 2.2.2.2"}, None)
    ['2.2.2.2']
    """

    def __init__(
        self, app: Callable[..., Iterable[bytes]], x_for: int = 1, x_proto: int = 1, x_host: int = 0, x_port: int = 0,
        x_prefix: int = 0,
    ) -> None:
        self.app = app
        self.x_for, self.x_proto, self.x_host, self.x_port, self.x_prefix = x_for, x_proto, x_host, x_port, x_prefix

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["werkzeug.proxy_fix.orig"] = {name: environ.get(name) for name in CHANGED}
        for name, trusted, grammar, believe in (
            ("FOR", self.x_for, r"\S+", _believe_address),
            ("PROTO", self.x_proto, SCHEME, _believe_scheme),
            ("HOST", self.x_host, HOST, _believe_host),
            ("PORT", self.x_port, PORT, _believe_port),
            ("PREFIX", self.x_prefix, PREFIX, _believe_prefix),
        ):
            value = _value_from_right(environ.get("HTTP_X_FORWARDED_" + name, ""), trusted)
            if value and re.fullmatch(grammar, value):
                believe(environ, value)
        return self.app(environ, start_response)


def _value_from_right(field: str, number: int) -> str:
    """Return the value that the outermost of so many proxies appended; empty if there are fewer values."""
    values = field.rsplit(",", number) if number > 0 else []
    if len(values) < number or not values:
        return ""
    return values[-number].strip(" \t")


def _believe_address(environ: dict[str, Any], value: str) -> None:
    environ["REMOTE_ADDR"] = value


def _believe_scheme(environ: dict[str, Any], value: str) -> None:
    environ["wsgi.url_scheme"] = value


def _believe_host(environ: dict[str, Any], value: str) -> None:
    match = re.fullmatch(HOST, value)
    if match:
        environ["HTTP_HOST"], environ["SERVER_NAME"] = value, match[1]
        if match[2]:
            environ["SERVER_PORT"] = match[2]


def _believe_port(environ: dict[str, Any], value: str) -> None:
    match = re.fullmatch(HOST, environ.get("HTTP_HOST") or "")
    if match:
        environ["HTTP_HOST"] = f"{match[1]}:{value}"
    environ["SERVER_PORT"] = value


def _believe_prefix(environ: dict[str, Any], value: str) -> None:
    # One slash in front: two would make another host of it in every URL that is built.
    environ["SCRIPT_NAME"] = "/" + value.strip("/") if value.strip("/") else ""
