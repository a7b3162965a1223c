"""One client's connection: its socket, its bytes, and what they mean next.

A connection is a small state machine that any thread may drive, one at a time.
Whoever drives it calls `advance` when its socket is ready, `run` when it says RUN,
`after` when that is done, and `expire` at its deadline; each of the last three
gives a *verdict* that tells what to wait for. The socket never blocks, except for
an application that reads its input or sends a stream: these wait here, with a deadline.
Selectors, queues and threads are unknown.
"""

from __future__ import annotations

import io
import os
import select
import socket
import time

from .gateway import Exchange
from .http1 import CONTINUE, ProtocolError, Receiver, encode_refusal
from .terminal import log

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from typing import IO, Any

    from .http1 import Head
    from .settings import Settings

# Verdicts: what is to be done with the connection.
READ, WRITE, RUN, CLOSE = "read", "write", "run", "close"
# States.
HANDSHAKE, HEAD, BODY, BUSY, TAIL, LINGER = range(6)
FOREVER = float("inf")
LAME = 0.5  # seconds that a connection in use is kept when stopping, for a request on its way
AT_ONCE = 1 << 20  # bytes given to the socket in one call
SMALL_TAIL = 1 << 18  # as much of an answer is left to the loop; for more, the thread waits
FILE_STEP = 1 << 18


class ClientGone(ConnectionError):
    """The client closed the connection, or does not take what it asked for."""


class Connection:
    """One accepted socket and what is known of its client."""

    __slots__ = ("sock", "peer", "settings", "receiver", "state", "deadline", "head", "exchange", "pieces", "buffered",
                 "waited", "tail", "closing", "requests", "since", "begun", "registered", "would_block", "broken",
                 "owes_continue", "awaited", "input_error", "busy", "too_late")

    def __init__(self, sock: socket.socket, peer: Any, settings: Settings, now: float) -> None:
        sock.setblocking(False)
        self.sock = sock
        # A socket for both families shows IPv4 in the dress of IPv6 (RFC 4291, 2.5.5.2); nobody else writes it so.
        mapped = isinstance(peer, tuple) and peer[0].startswith("::ffff:") and "." in peer[0]
        self.peer = (peer[0][7:], *peer[1:]) if mapped else peer
        self.settings = settings
        self.receiver = Receiver(settings.limits, settings.socket_path)
        self.head: Head | None = None
        self.exchange: Exchange | None = None
        self.pieces: list[bytes] = []  # of the body, received before the application runs
        self.buffered = 0
        self.waited = 0.0  # seconds that this answer waited for the client to take it
        self.tail: Tail | None = None
        self.closing = False
        self.broken = False  # nothing can be sent any more
        self.owes_continue = False  # the client waits for a 100, to be sent when the application reads
        self.awaited = False  # it is counted in `settings.awaited`
        self.input_error: ProtocolError | None = None
        self.requests = 0
        self.since = now  # when it began to wait for what it waits for
        self.begun = True  # the deadline for the head is running; the first runs from connecting
        self.registered = 0  # the events it is registered for; the loop's to use
        self.busy = False  # a thread other than the loop's may have it
        self.too_late = False  # no thread was found for its request
        self.would_block: tuple[type[OSError], ...] = (BlockingIOError,)
        self.state = HEAD
        self.deadline = now + settings.head_timeout
        if settings.tls is not None:
            self._begin_tls(settings.tls, now)

    def _begin_tls(self, context: ssl.SSLContext, now: float) -> None:
        import ssl

        self.sock = context.wrap_socket(self.sock, server_side=True, do_handshake_on_connect=False)
        self.would_block = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
        self.state = HANDSHAKE
        self.deadline = now + self.settings.tls_timeout

    @property
    def encrypted(self) -> bool:
        """Whether there is TLS between the client and us."""
        return len(self.would_block) > 1

    def request_line(self) -> str:
        """Return what is known of the line that the client is served for."""
        if self.head is not None:
            return self.head.line
        line = self.receiver.refused or bytes(self.receiver.buffer[:200]).partition(b"\r\n")[0]
        return line.decode("latin-1")

    def idle_deadline(self, now: float) -> float:
        """Return until when to wait for another request; when stopping, only for one that is on its way."""
        if not self.settings.stopping:
            return now + self.settings.idle_timeout
        if self.state == HANDSHAKE or self.receiver.buffer:
            return self.deadline
        return now + LAME if now - self.since < 1 else now

    # -- reading ---------------------------------------------------------------------------

    def receive(self) -> bytes | None:
        """Return what the client sent, b"" if it will send no more, None if there is nothing now."""
        try:
            return self.sock.recv(65536)
        except self.would_block:
            return None
        except OSError:  # reset, or broken TLS
            self.broken = True
            return b""

    def advance(self, now: float) -> str:
        """Read or write what the socket is ready for."""
        state = self.state
        if state == HEAD or state == BODY:
            data = self.receive()
            while data:
                self.receiver.feed(data)
                verdict = self._next_request(now) if self.state == HEAD else self._next_piece(now)
                if verdict != READ or not self.encrypted:
                    return verdict
                data = self.receive()  # TLS may hold more than the socket shows
            return CLOSE if data is not None else READ
        if state == TAIL:
            return self._send_tail(now)
        if state == LINGER:
            return self._discard()
        return RUN  # the handshake costs time: it is work for a thread

    def _next_request(self, now: float) -> str:
        try:
            head = self.receiver.head()
        except ProtocolError as exc:
            return self.refuse(exc.status, exc.message, now)
        if head is None:
            if not self.begun and self.receiver.buffer:
                self.begun = True
                self.deadline = now + self.settings.head_timeout
            return READ
        self.head = head
        self.requests += 1
        if head.length == 0:
            return RUN
        self.state = BODY
        self.since = now
        if head.expects and not self.receiver.buffer:
            if self.settings.awaited < self.settings.threads // 2:
                self.owes_continue = self.awaited = True
                self.settings.awaited += 1
                return RUN  # the application may refuse it without the body: RFC 9110, 10.1.1
            try:
                self._try_send(CONTINUE)
            except ClientGone:
                return CLOSE
        return self._next_piece(now)

    def _next_piece(self, now: float) -> str:
        """Collect the body until it is whole or as much as is awaited."""
        receiver, most = self.receiver, self.settings.body_buffer
        try:
            while self.buffered < most:
                piece = receiver.piece()
                if piece is None:
                    return RUN
                if not piece:
                    self.deadline = self._body_deadline(now)
                    return READ
                self.pieces.append(piece)
                self.buffered += len(piece)
        except ProtocolError as exc:
            return self.refuse(exc.status, exc.message, now)
        return RUN

    def _body_deadline(self, now: float) -> float:
        """Return when the client is too slow: no piece for a while, or too little in all."""
        settings = self.settings
        total = self.since + settings.body_timeout + self.receiver.received / settings.rate
        return min(now + settings.body_timeout, total)

    def read_body(self, most: int) -> bytes:
        """Return the next bytes of the body for the application; wait for them. b"" is the end.

        :raises ProtocolError: when they do not come, or are malformed.
        """
        if self.pieces:
            piece = self.pieces[0]
            self.pieces[0:1] = [piece[most:]] if len(piece) > most else []
            return piece[:most]
        while True:
            if self.input_error is not None:
                raise self.input_error
            try:
                data = self.receiver.piece(most)
                if data is None:
                    return b""
                if data:
                    return data
                self._await_body()
            except ProtocolError as exc:
                self.input_error = exc
                raise

    def _await_body(self) -> None:
        data = self.receive()
        if self.owes_continue:
            self.owes_continue = False
            self.since = time.monotonic()
            if data is None and self.exchange is not None and not self.exchange.head_sent:
                self.send(CONTINUE)
        while data is None:
            now = time.monotonic()
            left = self._body_deadline(now) - now
            if left <= 0 or not wait_for(self.sock, False, left):
                raise ProtocolError(408, "the body did not come in time")
            data = self.receive()
        if not data:
            raise ProtocolError(400, "the client left before the end of the body")
        self.receiver.feed(data)

    def client_left(self) -> bool:
        """Tell whether the client has closed its side; the bytes that it may have sent are kept."""
        if len(self.receiver.buffer) > 65536:
            return False
        data = self.receive()
        if data:
            self.receiver.feed(data)
        return data == b""

    # -- running ---------------------------------------------------------------------------

    def run(self) -> None:
        """Do what takes time: the TLS handshake, or the application's answer to one request."""
        if self.state == HANDSHAKE:
            self._handshake()
            return
        self.state = BUSY
        self.deadline = FOREVER
        assert self.head is not None
        self.exchange = Exchange(self, self.head, self.settings)
        self.exchange.run()

    def body_file(self) -> io.BufferedIOBase:
        """Return the file that the application reads the body from."""
        if self.receiver.body_done:
            return io.BytesIO(b"".join(self.pieces))
        return io.BufferedReader(BodyFile(self), 65536)

    def _handshake(self) -> None:
        import ssl

        try:
            self.sock.do_handshake()  # type: ignore[attr-defined]
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except (OSError, ValueError):  # not TLS, no common cipher, left
            self.broken = self.closing = True
        else:
            self.state = HEAD

    def after(self, now: float) -> str:
        """Say what comes after `run`."""
        self.settings.awaited -= self.awaited
        self.owes_continue = self.awaited = False
        if self.too_late:
            return self.refuse(503, "all threads are busy; try again", now)
        if self.state == HANDSHAKE:
            return CLOSE if self.broken else READ
        if self.state == HEAD:  # the handshake is done
            self.since = now
            self.deadline = now + self.settings.head_timeout
            return self.advance(now)
        if self.tail is not None:
            self.state = TAIL
            self.since = now
            self.deadline = now + self.settings.send_timeout
            return WRITE
        self.head = self.exchange = None
        self.pieces, self.buffered, self.waited = [], 0, 0.0
        if self.broken:
            return CLOSE
        if self.closing or not self.receiver.body_done:
            return self._say_goodbye(now, not self.receiver.body_done or bool(self.receiver.buffer))
        return self._await_next(now)

    def _await_next(self, now: float) -> str:
        """Begin with the next request, which may be here already."""
        self.state = HEAD
        self.since = now
        self.begun = False
        self.deadline = self.idle_deadline(now)
        verdict = self._next_request(now) if self.receiver.buffer else READ
        return self.advance(now) if verdict == READ and self.encrypted else verdict

    def expire(self, now: float) -> str:
        """Say what happens now that the deadline has passed."""
        if self.state in (HEAD, BODY) and (self.head is not None or self.receiver.buffer):
            return self.refuse(408, "the request did not come in time", now)
        return CLOSE

    # -- writing ---------------------------------------------------------------------------

    def _try_send(self, data: bytes | memoryview) -> int:
        """Send what the socket takes now. What was not taken is to be tried again in the same length, for TLS."""
        try:
            return self.sock.send(data)
        except self.would_block:
            return 0
        except OSError as exc:
            self.broken = True
            raise ClientGone(str(exc)) from None

    def send(self, data: bytes, last: bool = False) -> None:
        """Send all of *data*, waiting if the client is slow; the end of an answer may be left to the loop.

        :raises ClientGone: when the client left, or takes nothing for the time allowed.
        """
        size = len(data)
        sent = self._try_send(data if size <= AT_ONCE else memoryview(data)[:AT_ONCE])
        if sent == size:
            return
        rest = memoryview(data)[sent:]
        if last and len(rest) <= SMALL_TAIL:
            self.tail = Tail(rest)
            return
        while rest:
            begun = time.monotonic()
            ready = wait_for(self.sock, True, self.settings.send_timeout)
            self.waited += time.monotonic() - begun
            if not ready or self.is_too_slow():
                self.broken = True
                raise ClientGone("the client takes nothing, or too little")
            rest = rest[self._try_send(rest[:AT_ONCE]):]

    def is_too_slow(self) -> bool:
        """Tell whether the client takes less of the answer, on average, than a client must."""
        settings, exchange = self.settings, self.exchange
        taken = exchange.sent if exchange is not None else 0
        return self.waited > settings.send_timeout + taken / settings.rate

    def send_file(self, file: IO[bytes], offset: int, size: int) -> None:
        """Leave *size* bytes of a file to be sent; the file is closed when that is done."""
        self.tail = Tail(memoryview(b""), file, offset, size)

    def _send_tail(self, now: float) -> str:
        assert self.tail is not None
        try:
            if not self.tail.step(self):
                total = self.since + self.settings.send_timeout + self.tail.sent / self.settings.rate
                self.deadline = min(now + self.settings.send_timeout, total)
                return WRITE
        except (OSError, ValueError):
            self.broken = True
        self.tail.close()
        self.tail = None
        return self.after(now)

    def refuse(self, status: int, message: str, now: float) -> str:
        """Answer with an error and close; nothing after it is read."""
        if self.settings.access_log is not None:
            self.settings.access_log.record_refusal(self, status)
        try:
            self._try_send(encode_refusal(status, message, self.settings.date_field(),
                                          to_head=self.request_line().startswith("HEAD ")))
        except ClientGone:
            return CLOSE
        return self._say_goodbye(now, unread=True)

    def _say_goodbye(self, now: float, unread: bool) -> str:
        """Close so that the client can read the answer: bytes of it left unread would reset it (RFC 9112, 9.6).

        :param unread: whether more of its request is here, or may be on its way.
        """
        self.receiver.buffer.clear()
        self.state = LINGER
        self.since = now
        self.deadline = now + self.settings.linger_timeout
        try:
            if self.encrypted:
                self._say_tls_goodbye()
            data = self.receive()
            if not data and (data is not None or not unread):
                return CLOSE
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            return CLOSE
        return self._discard()

    def _say_tls_goodbye(self) -> None:
        """Send close_notify, so that the client knows that nothing was cut off; do not wait for its own."""
        try:
            self.sock.unwrap()  # type: ignore[attr-defined]
        except (OSError, ValueError):
            pass

    def _discard(self) -> str:
        """Read what the client goes on sending, and forget it; there is a deadline for that."""
        for _ in range(16):  # and then it is the turn of the others
            data = self.receive()
            if data is None:
                return READ
            if not data:
                return CLOSE
        return READ

    def close(self) -> None:
        """Close the socket, and what was still to be sent."""
        if self.tail is not None:
            self.tail.close()
            self.tail = None
        try:
            self.sock.close()
        except OSError:
            pass


class Tail:
    """What is left to send of an answer that the application is done with: bytes, then a file."""

    def __init__(self, data: memoryview, file: IO[bytes] | None = None, offset: int = 0, size: int = 0) -> None:
        self.data = data
        self.file = file
        self.offset = offset
        self.size = size
        self.sent = 0

    def step(self, conn: Connection) -> bool:
        """Send what the socket takes now; tell whether that was all."""
        if self.data:
            sent = conn._try_send(self.data)
            self.data = self.data[sent:]
            self.sent += sent
            return not self.data and not self.size
        assert self.file is not None
        count = min(self.size, FILE_STEP)
        if conn.encrypted or not hasattr(os, "sendfile"):
            self.data = memoryview(os.pread(self.file.fileno(), count, self.offset))
            sent = len(self.data)
        else:
            try:
                sent = os.sendfile(conn.sock.fileno(), self.file.fileno(), self.offset, count)
            except BlockingIOError:
                return False
            self.sent += sent
        if not sent:
            conn.broken = True  # the file is shorter than it was
            return True
        self.offset += sent
        self.size -= sent
        return not self.size and not self.data

    def close(self) -> None:
        """Close the file, if there is one that can be closed; the connection goes on to be closed, too."""
        try:
            getattr(self.file, "close", int)()
        except Exception:
            log().exception("a file that was sent could not be closed")


class BodyFile(io.RawIOBase):
    """The rest of a body that is still arriving, as a raw file."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        data = self._conn.read_body(len(target))
        target[: len(data)] = data
        return len(data)


def wait_for(sock: socket.socket, writing: bool, timeout: float) -> bool:
    """Wait until the socket can be written or read; tell whether it can."""
    if not hasattr(select, "poll"):  # Windows
        readers, writers = ([], [sock]) if writing else ([sock], [])
        return any(select.select(readers, writers, writers, timeout))
    poll = select.poll()
    poll.register(sock, select.POLLOUT if writing else select.POLLIN)
    return bool(poll.poll(timeout * 1000))
