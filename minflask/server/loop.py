"""The loop: accept, wait for many sockets in one thread, and see to every deadline.

One thread at a time drives it, turn by turn (`workers` says which). Here is who is
connected, when the system's queue is taken from, whom to close when there are too
many, and what happens when the server is told to stop. What a connection does with
its bytes is the business of `connection`; how a request gets a thread, of `workers`.
"""

from __future__ import annotations

import errno
import selectors
import socket
import time
from collections import deque
from functools import partial

from .connection import BODY, CLOSE, FOREVER, HANDSHAKE, HEAD, LINGER, READ, RUN, WRITE, Connection
from .listen import stop_taking
from .terminal import log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from .settings import Settings

# What became of a request: it was run, a worker has it, or it was run and another thread drives the loop now.
DONE, GIVEN, LOST = "done", "given", "lost"

SWEEP = 0.25  # seconds between two looks at the deadlines
SPARE_AFTER = 0.5  # seconds after which a waiting connection may be closed for a new one
SPARE_BODY_AFTER = 5.0  # likewise, for one whose body is still arriving
LAST_WORDS = 1.0  # seconds that cut requests have to unwind
ACCEPT_AT_ONCE = 64
CLIENT_GONE = {errno.ECONNABORTED, getattr(errno, "EPROTO", 0), errno.EPERM}  # EPERM: a firewall's word
MASKS = {READ: selectors.EVENT_READ, WRITE: selectors.EVENT_WRITE}


class Loop:
    """All connections of one server, and the selector that waits for them."""

    def __init__(self, settings: Settings, listeners: list[socket.socket], run: Callable[[Connection], str]) -> None:
        self.settings = settings
        self.listeners = listeners
        self.run = run
        self.selector = selectors.DefaultSelector()
        self.connections: set[Connection] = set()
        self.arrived: deque[Connection] = deque()  # whose sockets are ready
        self.ready: deque[Connection] = deque()  # whose next request is complete
        self.returned: deque[Connection] = deque()  # whose request was run by another thread
        self.asleep = False
        self.ended = False
        self.stop_at = FOREVER  # when what still runs is cut
        self.accepted = 0
        self.interrupt: Callable[[], None] = lambda: None
        self.expire_waiting: Callable[[float], float] = lambda now: FOREVER
        self._accepting = False
        self._accept_again = FOREVER  # when to try, after a failure
        self._grain = min(SWEEP, min(settings.head_timeout, settings.idle_timeout, settings.body_timeout,
                                     settings.linger_timeout, settings.queue_timeout) / 4)
        self._complained = False  # that it cannot accept
        self._cutting = False
        self._swept = 0.0
        self._next_sweep = FOREVER
        self._wake_in, self._wake_out = wake_pair()
        self.selector.register(self._wake_in, selectors.EVENT_READ, self._woken)
        self._accept_on()

    def wake(self) -> None:
        """Make the thread that drives the loop look up; from any thread."""
        if self.asleep:
            try:
                self._wake_out.send(b"\0")
            except OSError:  # full, so it will wake; or closed, so it has ended
                pass

    def _woken(self) -> None:
        try:
            self._wake_in.recv(4096)
        except OSError:
            pass

    # -- one turn --------------------------------------------------------------------------

    def turn(self) -> bool:
        """Wait for something to do and do it; False when another thread drives the loop now."""
        for key, _ in self._wait():
            if isinstance(key.data, Connection):
                self.arrived.append(key.data)
            else:
                key.data()
        now = time.monotonic()
        for _ in range(len(self.ready)):
            if not self._settle(self.ready.popleft(), RUN, now):
                return False
        while self.returned:
            conn = self.returned.popleft()
            conn.busy = False
            if not self._settle(conn, self._verdict(conn, conn.after, now), now):
                return False
        while self.arrived:
            conn = self.arrived.popleft()
            if conn.busy:  # stop listening to it until it comes back
                self._listen(conn, 0)
            elif conn in self.connections:
                if not self._settle(conn, self._verdict(conn, conn.advance, now), now):
                    return False
        self._look_at_the_clock()
        return True

    def _wait(self) -> list[tuple[selectors.SelectorKey, int]]:
        self.asleep = True  # from here on, whoever has news wakes us
        patience: float | None = 0
        begins_to_stop = self.settings.stopping and self.listeners
        if not (self.returned or self.ready or self.arrived or begins_to_stop):
            due = min(self._next_sweep, self._accept_again, self.stop_at)
            patience = None if due == FOREVER else max(0, due - time.monotonic())
        events = self.selector.select(patience)
        self.asleep = False
        return events

    def _settle(self, conn: Connection, verdict: str, now: float) -> bool:
        """Do what the verdict on a connection asks; False when another thread drives the loop now."""
        if verdict == RUN:
            conn.busy = True
            outcome = self.run(conn)
            if outcome != DONE:
                return outcome == GIVEN
            conn.busy = False
            now = time.monotonic()
            verdict = self._verdict(conn, conn.after, now)
            if verdict == RUN:  # it sent another request at once: the others come first
                conn.busy = True
                self.ready.append(conn)
                return True
        if verdict == CLOSE:
            self._close(conn)
            return True
        if conn.registered != MASKS[verdict]:
            self._listen(conn, MASKS[verdict])
        self.look_by(conn.deadline)
        return True

    def _verdict(self, conn: Connection, act: Callable[[float], str], now: float) -> str:
        """Have a connection do something; a fault in that closes it, and harms no other."""
        try:
            return act(now)
        except Exception:
            log().exception("a connection failed, and is closed")
            return CLOSE

    def look_by(self, deadline: float) -> None:
        """Make sure that the deadlines are looked at before this one has passed, by a grain at most."""
        if deadline - self._grain < self._next_sweep:
            self._next_sweep = max(deadline - self._grain, self._swept + self._grain)

    def _listen(self, conn: Connection, mask: int) -> None:
        """Have the selector tell of these events on a connection; 0 is none."""
        if not mask:
            if conn.registered:
                self.selector.unregister(conn.sock)
        elif conn.registered:
            self.selector.modify(conn.sock, mask, conn)
        else:
            self.selector.register(conn.sock, mask, conn)
        conn.registered = mask

    def _close(self, conn: Connection) -> None:
        self._listen(conn, 0)
        self.connections.discard(conn)
        conn.close()
        if self.settings.crowded and not self._accepting:
            self._accept_on()

    # -- accepting -------------------------------------------------------------------------

    def _accept_on(self) -> None:
        self._accept_again = FOREVER
        if not self._accepting:
            self._accepting = True
            for listener in self.listeners:
                self.selector.register(listener, selectors.EVENT_READ, partial(self._accept, listener))

    def _accept_off(self) -> None:
        if self._accepting:
            self._accepting = False
            for listener in self.listeners:
                self.selector.unregister(listener)

    def _accept(self, listener: socket.socket, most: int = ACCEPT_AT_ONCE) -> None:
        """Take connections from the system; those who wait when we stop are all taken, whatever their number."""
        now = time.monotonic()
        for _ in range(most):
            full = len(self.connections) >= self.settings.connections and not self.settings.stopping
            if full and not self._make_room(now):
                self._accept_off()
                self.settings.crowded = True
                self._accept_again = now + SWEEP
                return
            try:
                sock, peer = listener.accept()
            except BlockingIOError:  # nobody waits
                self.settings.crowded = False
                return
            except OSError as exc:
                self._accept_failed(exc, now)
                return
            self._welcome(sock, peer, now)

    def _welcome(self, sock: socket.socket, peer: object, now: float) -> None:
        self.accepted += 1
        self._complained = False
        try:
            conn = Connection(sock, peer, self.settings, now)
        except OSError:  # it left at once
            sock.close()
            return
        self.connections.add(conn)
        if conn.encrypted:
            self._settle(conn, READ, now)
        else:
            self.arrived.append(conn)  # its request is here, most often

    def _accept_failed(self, exc: OSError, now: float) -> None:
        """Wait a moment, as when the system is out of descriptors; a client that is gone is no such matter."""
        if exc.errno in CLIENT_GONE:
            return
        if not self._complained:
            log().error("cannot accept connections for now: %s", exc)
        self._complained = True
        self._accept_off()
        self._accept_again = now + SWEEP

    def _spare(self, now: float) -> list[Connection]:
        """Return the connections whose place a new one may take: they wait for a request, or for a slow body."""
        idle = [conn for conn in self.connections if not conn.busy and conn.since <= now - SPARE_AFTER]
        return ([conn for conn in idle if conn.state in (HANDSHAKE, HEAD, LINGER)]
                or [conn for conn in idle if conn.state == BODY and conn.since <= now - SPARE_BODY_AFTER])

    def _make_room(self, now: float) -> bool:
        spare = self._spare(now)
        if spare:
            self._close(min(spare, key=lambda conn: conn.since))
        return bool(spare)

    # -- deadlines -------------------------------------------------------------------------

    def _look_at_the_clock(self) -> None:
        now = time.monotonic()
        if self.settings.stopping and self.listeners:
            self._leave(now)
        if now >= self._next_sweep:
            self._sweep(now)
        if now >= self._accept_again:
            self._try_to_accept(now)
        if self.settings.stopping:
            self._end_if_done(now)

    def _sweep(self, now: float) -> None:
        """Call `expire` on every connection whose deadline has passed."""
        self._swept, self._next_sweep = now, FOREVER
        self.settings.crowded = not self._accepting and self.settings.crowded
        due = self.expire_waiting(now)
        for conn in list(self.connections):
            if conn.busy:
                continue
            if conn.deadline <= now + self._grain:
                self._settle(conn, self._verdict(conn, conn.expire, now), now)
            elif conn.deadline < due:
                due = conn.deadline
        self._next_sweep = max(min(due - self._grain, self._next_sweep), now + self._grain)

    def _try_to_accept(self, now: float) -> None:
        """Look again whether there is room: a slot, or a connection that waits for too long."""
        self._accept_again = now + SWEEP
        if not self.settings.stopping and (len(self.connections) < self.settings.connections or self._spare(now)):
            self._accept_on()

    # -- stopping --------------------------------------------------------------------------

    def _leave(self, now: float) -> None:
        """Take what the system has accepted for us already, listen no more, and close who is idle."""
        listeners = self.listeners
        self._accept_off()
        self.listeners = []
        self._accept_again = FOREVER
        for listener in listeners:
            if self.settings.takes_all:
                if not self.settings.multiprocess:  # there the parent does it
                    stop_taking(listener)
                self._accept(listener, most=self.settings.backlog + 1)
            listener.close()
        for conn in self.connections:
            if conn.state <= HEAD and not conn.busy:
                conn.deadline = min(conn.deadline, conn.idle_deadline(now))
        self._next_sweep = now

    def _end_if_done(self, now: float) -> None:
        if not self.connections:
            self.ended = True
        elif now >= self.stop_at:
            self._cut(now)

    def _cut(self, now: float) -> None:
        """The grace is over: interrupt what still runs, give it a moment to unwind, and end."""
        busy = [conn for conn in self.connections if conn.busy]
        if self._cutting or not busy:
            self.ended = True
            return
        self._cutting, self.stop_at = True, now + LAST_WORDS
        log().warning("%d request(s) did not end in the time allowed and are cut", len(busy))
        self.interrupt()
        for conn in busy:
            try:
                conn.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def release(self) -> None:
        """Close every socket; when the loop has ended."""
        for conn in list(self.connections):
            conn.close()
        self.connections.clear()
        for sock in (*self.listeners, self._wake_in, self._wake_out):
            sock.close()
        self.listeners = []
        self.selector.close()


def wake_pair() -> tuple[socket.socket, socket.socket]:
    """Return two connected sockets, the second to wake who waits for the first."""
    ours, theirs = socket.socketpair()
    if ours.family != getattr(socket, "AF_UNIX", None) and ours.getpeername() != theirs.getsockname():
        raise ConnectionError("another process got in between a pair of sockets (CVE-2024-3219)")
    ours.setblocking(False)
    theirs.setblocking(False)
    return ours, theirs
