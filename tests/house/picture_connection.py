"""The states of a connection: real connections are driven through scenarios, and their steps are written down.

Nothing here says what the steps are; a change in `server/connection.py` changes the picture.
"""

from __future__ import annotations

import contextlib
import pathlib
import select
import socket
import ssl
from typing import Any, Iterator, Optional

from minflask.server import connection
from minflask.server.settings import Settings

from .drawing import ladder
from .wirecases import GET, chunked, post, request

STATES = ("HANDSHAKE", "HEAD", "BODY", "BUSY", "TAIL", "LINGER")
CERTIFICATE = str(pathlib.Path(__file__).with_name("one.pem"))
BODY_LATER = post("Content-Length: 5")
OLD = request("GET / HTTP/1.0")
BIG = request("GET /big HTTP/1.1")
UNREAD = post("Content-Length: 200000", path="/unread", body="x" * 70000)
# What a client does, step by step: bytes as text; "" leaves; `late` lets the deadline pass; `takes` reads the answer.
LATE, TAKES = "late", "takes"
SCENARIOS: list[tuple[str, ...]] = [
    (GET, GET, ""), (GET[:9], GET[9:], LATE), (GET + GET, ""), ("",), (LATE,), (GET[:9], LATE, ""), ("\0", ""),
    ("\0", "more", LATE), (BODY_LATER, "hello", ""), (BODY_LATER, "he", "llo", ""), (BODY_LATER, LATE, ""),
    (BODY_LATER, ""), (chunked("zz\r\n"), ""), (chunked(""), "zz\r\n", ""), (OLD,),
    (OLD + "more", "more", ""), (UNREAD, ""),
    (BIG, TAKES, ""), (BIG, LATE), (BIG.replace("1.1", "1.0"), TAKES, ""),
]


def hello(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer /big with more than a socket holds, and all else shortly; /unread leaves its body unread."""
    body = b"x" * 200_000 if environ["PATH_INFO"] == "/big" else b"hello"
    if environ["PATH_INFO"] != "/unread":
        environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


class Watch:
    """Drives one connection as a server's loop does, and notes each step as (state, state after, what)."""

    def __init__(self, tls: Optional[ssl.SSLContext] = None) -> None:
        settings = Settings(tls=tls, multiprocess=False)
        settings.app = hello
        self.client, served = socket.socketpair()
        served.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self.conn = connection.Connection(served, "", settings, 0.0)
        self.steps: list[tuple[str, str, str]] = []
        self.verdict = connection.READ

    def step(self, call: str, *args: float) -> None:
        """Have the connection do one thing, and what it asks for at once."""
        before = STATES[self.conn.state]
        seen = getattr(self.conn, call)(*args)
        self.verdict = seen or self.verdict
        after = "closed" if seen == connection.CLOSE else STATES[self.conn.state]
        self.steps.append((before, after, call if seen is None else f"{call}: {seen}"))
        if seen == connection.RUN:
            self.step("run")
            self.step("after", 0.0)

    def act(self, action: str) -> None:
        """Do what a client does, and let the connection see it."""
        if self.verdict == connection.CLOSE:
            return
        if action == LATE:
            self.step("expire", 0.0)
        elif action == TAKES:
            self.take()
        else:
            if action:
                self.client.sendall(action.encode("latin-1"))
            else:
                self.client.shutdown(socket.SHUT_WR)
            self.look()

    def look(self) -> None:
        """Let the connection read for as long as there is something to read."""
        while self.verdict == connection.READ and select.select([self.conn.sock], [], [], 0)[0]:
            before = self.conn.state
            self.step("advance", 0.0)
            if self.conn.state == before == connection.LINGER:
                break

    def take(self) -> None:
        """Read the answer, and let the connection write the rest of it."""
        while self.verdict == connection.WRITE:
            self.client.recv(1 << 20)
            if select.select([], [self.conn.sock], [], 0)[1]:
                self.step("advance", 0.0)


@contextlib.contextmanager
def watching(tls: Optional[ssl.SSLContext] = None) -> Iterator[Watch]:
    """Give a watch whose sockets are closed after it."""
    watch = Watch(tls)
    with watch.client:
        try:
            yield watch
        finally:
            watch.conn.close()


def plain_steps() -> Iterator[tuple[str, str, str]]:
    """Yield the steps of all scenarios without TLS."""
    for scenario in SCENARIOS:
        with watching() as watch:
            for action in scenario:
                watch.act(action)
        yield from watch.steps


def handshake_steps() -> Iterator[tuple[str, str, str]]:
    """Yield the steps of a TLS handshake that succeeds, of one that is none, and of one that never comes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    for scenario in (["GET / HTTP/1.1\r\n\r\n"], [LATE]):
        with watching(context) as watch:
            for action in scenario:
                watch.act(action)
        yield from watch.steps
    with watching(context) as watch:
        theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        theirs.check_hostname, theirs.verify_mode = False, ssl.CERT_NONE
        watch.client.setblocking(False)
        with theirs.wrap_socket(watch.client, do_handshake_on_connect=False) as client:
            while watch.conn.state == connection.HANDSHAKE:
                with contextlib.suppress(ssl.SSLWantReadError):
                    client.do_handshake()
                watch.look()
    yield from watch.steps


def draw() -> str:
    """Return the picture: every step that was seen, once, by the state it begins in."""
    columns = [*STATES, "closed"]
    seen = sorted({*plain_steps(), *handshake_steps()},
                  key=lambda step: (columns.index(step[0]), columns.index(step[1]), step[2]))
    return ladder("The states of a connection, and every step between them that was seen", columns, seen)
