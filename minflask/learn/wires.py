"""Sockets for the cases of the first chapters: one that plays a prepared part, and one that drips."""

from __future__ import annotations

from contextlib import contextmanager

from .cases import Wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from typing import Iterable, Iterator, Optional

A_LOT = 1 << 20  # bytes that no reader should take of something endless


class Played:
    """Looks like a connected socket: gives prepared pieces, one for each `recv`, then the end; keeps what is sent.

    It has `recv`, `send`, `sendall`, `settimeout`, `shutdown` and `close`.
    """

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._left = b""
        self.given = 0
        self.sent = b""
        self.closed = False

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Return the next piece, or as much of it as is wanted."""
        self._left = self._left or next(self._pieces, b"")
        data, self._left = self._left[:size], self._left[size:]
        self.given += len(data)
        if self.given > A_LOT:
            raise Wrong("it went on reading after a megabyte")
        return data

    def sendall(self, data: bytes, flags: int = 0) -> None:
        """Keep what is sent."""
        self.sent += data

    def send(self, data: bytes, flags: int = 0) -> int:
        """Keep what is sent."""
        self.sent += data
        return len(data)

    def settimeout(self, seconds: Optional[float]) -> None:
        """Do nothing: no piece lets anyone wait."""

    def shutdown(self, how: int) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True


def in_bytes(data: bytes) -> list[bytes]:
    """Return data as one piece for each byte."""
    return [data[at:at + 1] for at in range(len(data))]


def endless(piece: bytes) -> Iterator[bytes]:
    """Yield the same piece forever."""
    while True:
        yield piece


@contextmanager
def dripping(begin: bytes, drop: bytes, every: float = 0.02, seconds: float = 2.0) -> Iterator[socket.socket]:
    """Give a real socket whose client sends *begin*, then a drop now and then, for *seconds*, and leaves."""
    import socket
    import threading

    ours, theirs = socket.socketpair()
    done = threading.Event()

    def drip() -> None:
        try:
            theirs.sendall(begin)
            for _ in range(int(seconds / every)):
                if done.wait(every):
                    break
                theirs.sendall(drop)
        except OSError:
            pass
        theirs.close()
    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    try:
        with ours:
            yield ours
    finally:
        done.set()
        thread.join()
