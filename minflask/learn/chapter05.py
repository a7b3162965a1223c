"""The cases of chapter 5: many clients at once, silent ones, slow ones, and the end of a server."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress

from .cases import Chapter, Wrong, expect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, Optional

CHAPTER = Chapter(5, "Many clients", wants={
    "Server": "Server(app, threads, seconds) with start(listener), which returns at once, and stop(grace) -> whether"
              " all ended in so many seconds; app as in chapter 4; seconds for a head to come",
})
GET = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
KEPT = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
PATIENCE = 0.8  # seconds in which a server that does nothing else must answer


class Place:
    """A server of the reader's, and clients for it."""

    def __init__(self, server: Any, listener: socket.socket) -> None:
        self.server = server
        self.address = listener.getsockname()
        self.clients: list[socket.socket] = []

    def client(self, sent: bytes = b"") -> socket.socket:
        """Return a connection that has sent this."""
        client = socket.create_connection(self.address, timeout=PATIENCE)
        self.clients.append(client)
        if sent:
            client.sendall(sent)
        return client

    def ask(self, sent: bytes = GET) -> str:
        """Return the code of the answer on a connection of its own."""
        return last_code(self.client(sent))


def code_of(client: socket.socket) -> str:
    """Return the code of the next answer, or "nothing" if none comes in time."""
    try:
        return client.recv(65536).decode("latin-1")[9:12] or "nothing"
    except OSError:
        return "nothing"


def last_code(client: socket.socket) -> str:
    """Return the code of the answer, and close the connection."""
    with client:
        return code_of(client)


def is_closed(client: socket.socket) -> bool:
    """Wait until the server closes the connection; tell whether it did in time."""
    with suppress(ConnectionError):
        try:
            while client.recv(65536):
                pass
        except socket.timeout:
            return False
    return True


def hello(method: str, target: str, body: Any) -> tuple[str, str]:
    """Answer as an application."""
    return "200 OK", "hello"


@contextmanager
def serving(code: Any, app: Any = hello, threads: int = 2, seconds: float = 10.0) -> Iterator[Place]:
    """Give a server that is started, and stop it."""
    listener = socket.create_server(("127.0.0.1", 0))
    place = Place(code.Server(app, threads, seconds), listener)
    place.server.start(listener)
    try:
        yield place
    finally:
        for client in place.clients:
            client.close()


@CHAPTER.case("05.a", "a client is answered, and another one after it", hint="start() begins threads, and returns.")
def answers(code: Any) -> None:
    with serving(code) as place:
        expect([place.ask(), place.ask()], ["200", "200"], "the codes of the answers")


@CHAPTER.case("E01", "a connection is kept for the next request", hint="Wait for its next head as for the first one.")
def kept(code: Any) -> None:
    with serving(code) as place:
        client = place.client(KEPT)
        first = code_of(client)
        client.sendall(KEPT)
        expect([first, code_of(client)], ["200", "200"], "the codes of the answers")


@CHAPTER.case("05.b", "silent clients hold up nobody",
              hint="A thread may be given to a request, not to a connection: wait for all of them in one place.")
def silent(code: Any) -> None:
    with serving(code) as place:
        for _ in range(5):
            place.client()
        expect(place.ask(), "200", "the answer to who asks")


@CHAPTER.case("L19", "50 clients with half a head hold up nobody",
              hint="Give a request to a thread only when its head is whole.")
def half_heads(code: Any) -> None:
    with serving(code) as place:
        for _ in range(50):
            place.client(GET[:20])
        expect(place.ask(), "200", "the answer to who asks")


@CHAPTER.case("H01", "a client that sends nothing is dropped", hint="Keep a deadline for each connection that waits.")
def says_nothing(code: Any) -> None:
    with serving(code, seconds=0.3) as place:
        expect(is_closed(place.client()), True, "the connection is closed")


@CHAPTER.case("L20", "a head that comes drop by drop is dropped at the deadline",
              hint="New bytes must not move the deadline.")
def drop_by_drop(code: Any) -> None:
    with serving(code, seconds=0.3) as place:
        client, end = place.client(GET[:20]), time.monotonic() + PATIENCE
        with suppress(OSError):
            client.settimeout(0.05)
            while time.monotonic() < end:
                client.sendall(b"x")
                with suppress(socket.timeout):
                    client.recv(4096)
        expect(time.monotonic() < end, True, "the connection is closed")


@CHAPTER.case("05.c", "two requests run at the same time", hint="Start as many workers as threads says.")
def at_once(code: Any) -> None:
    meeting = threading.Barrier(2)

    def app(*request: Any) -> tuple[str, str]:
        meeting.wait(PATIENCE)
        return "200 OK", "met"
    with serving(code, app) as place:
        clients = [place.client(GET), place.client(GET)]
        for client in clients:
            expect(last_code(client), "200", "the answer to one of two that wait for each other")


@CHAPTER.case("05.d", "no more requests run at a time than there are threads",
              hint="A thread for each client is not a limit. Let the workers take requests from a queue.")
def no_more(code: Any) -> None:
    running, most = [0], [0]
    lock = threading.Lock()

    def app(*request: Any) -> tuple[str, str]:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.05)
        with lock:
            running[0] -= 1
        return "200 OK", "done"
    with serving(code, app) as place:
        clients = [place.client(GET) for _ in range(6)]
        for client in clients:
            expect(last_code(client), "200", "the answer to one of six")
        expect(most[0] <= 2, True, f"{most[0]} ran at the same time; 2 or less")


@CHAPTER.case("L24", "an application that fails costs one answer, not a thread",
              hint="Catch every Exception around one request in a worker, and answer 500.")
def fails(code: Any) -> None:
    def app(method: str, target: str, body: Any) -> tuple[str, str]:
        if target == "/fail":
            raise KeyError("a fault of the application")
        return "200 OK", "well"
    with serving(code, app) as place:
        for _ in range(4):
            expect(place.ask(GET.replace(b"/ ", b"/fail ")), "500", "the answer when the application raises KeyError")
        expect(place.ask(), "200", "the answer to who asks after that")


@CHAPTER.case("L16", "clients that vanish harm nobody", hint="recv and send may raise OSError, at any time.")
def vanish(code: Any) -> None:
    with serving(code) as place:
        for sent in (b"", GET[:9], GET, KEPT * 3):
            client = place.client(sent)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # close() sends a reset
            client.close()
        expect(place.ask(), "200", "the answer to who stays")


@CHAPTER.case("L05", "stop does not wait for silent clients",
              hint="Close what is not in a request. Wake up the thread that waits for the sockets.")
def stops(code: Any) -> None:
    with serving(code) as place:
        place.client(KEPT)
        expect(place.ask(), "200", "the answer to who asks")
        idle = place.client()
        begun = time.monotonic()
        expect(place.server.stop(PATIENCE), True, "stop(grace)")
        expect(time.monotonic() - begun < PATIENCE and is_closed(idle), True, "all was closed in time")


class Slow:
    """An application whose requests run until they are let go."""

    def __init__(self) -> None:
        self.entered, self.go = threading.Event(), threading.Event()

    def __call__(self, *request: Any) -> tuple[str, str]:
        self.entered.set()
        self.go.wait(PATIENCE * 2)
        return "200 OK", "late"


@CHAPTER.case("L02", "a request that runs is answered before the server ends",
              hint="Let the workers finish what they have, and join them.")
def in_flight(code: Any) -> None:
    app = Slow()
    with serving(code, app) as place:
        client = place.client(GET)
        expect(app.entered.wait(PATIENCE), True, "the application was called")
        threading.Timer(0.2, app.go.set).start()
        ended: Optional[bool] = place.server.stop(PATIENCE)
        expect((ended, code_of(client)), (True, "200"), "stop(grace), the code of the answer")


@CHAPTER.case("L03", "a request that runs too long does not hold up the end",
              hint="Join with what is left of the grace, and tell that somebody is still running.")
def too_long(code: Any) -> None:
    app = Slow()
    with serving(code, app) as place:
        place.client(GET)
        expect(app.entered.wait(PATIENCE), True, "the application was called")
        begun = time.monotonic()
        ended = place.server.stop(0.2)
        took = time.monotonic() - begun
        app.go.set()
        expect((ended, took < PATIENCE), (False, True), "stop(grace), whether it came back in time")


@CHAPTER.case("L10", "to stop twice is harmless", hint="Somebody will press Ctrl-C again.")
def twice(code: Any) -> None:
    with serving(code) as place:
        expect(place.server.stop(PATIENCE), True, "stop(grace)")
        expect(place.server.stop(PATIENCE), True, "stop(grace), again")


@CHAPTER.case("L11", "ten starts and stops on one port leave no thread",
              hint="Tell each worker to end; close the listener. None in the queue may be the word.")
def again(code: Any) -> None:
    before = {*threading.enumerate()}  # some of an earlier case may end meanwhile
    port = 0
    for _ in range(10):
        listener = socket.create_server(("127.0.0.1", port))
        port = listener.getsockname()[1]
        server = code.Server(hello, 2, 10.0)
        server.start(listener)
        if not server.stop(PATIENCE):
            raise Wrong("stop(grace) did not end it in time")
    expect(len({*threading.enumerate()} - before), 0, "threads that are left")
