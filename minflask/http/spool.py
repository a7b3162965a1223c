"""The temporary files of large uploads: without a name, and used again, one upload after the other.

To give a new file its blocks, and to take them back, costs several times what writing them does.
So a few closed files keep theirs for the uploads to come. Nobody sees in them what was there
before: a file is cut to what was written since it was taken, before anything else is done with it.

Loaded with the first upload that is not small; forms and requests are unknown here.
"""

from __future__ import annotations

import io
import os
import tempfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

KEPT_FILES = 4  # so many uploads at a time are as fast as one
KEPT_BYTES = 2 * 1024 * 1024  # of each file: of larger ones, the writing itself is most of the cost

# Descriptors of closed files, each with the number of bytes in it; and the process and the folder they are of.
_kept: list[tuple[int, int]] = []
_place: tuple[int, str] | None = None


def _kept_here() -> list[tuple[int, int]]:
    """Return the files of this process; those it was forked with are the other one's, to write and to read."""
    global _kept, _place
    place = os.getpid(), tempfile.gettempdir()
    if _place != place:
        for descriptor, _ in _kept:
            os.close(descriptor)
        _kept, _place = [], place
    return _kept


def open_scratch() -> Any:
    """Open an empty temporary file, to be read and written in bytes; it is gone when it is closed."""
    if os.name != "posix":  # elsewhere a file without a name is another thing, of which a copy of its handle is none
        return tempfile.TemporaryFile("w+b")
    kept = _kept_here()
    try:
        descriptor, stale = kept.pop()
    except IndexError:
        with tempfile.TemporaryFile("w+b", buffering=0) as file:
            descriptor, stale = os.dup(file.fileno()), 0
    return io.BufferedRandom(_Scratch(descriptor, stale, kept))


class _Scratch(io.FileIO):
    """A temporary file that may hold bytes of an earlier upload, behind those written since.

    Nothing but a write comes before the file is cut, so until then its position is its length.
    """

    def __init__(self, descriptor: int, stale: int, home: list[tuple[int, int]]) -> None:
        super().__init__(descriptor, "r+b", closefd=False)
        del self.name  # the descriptor's number, which would be a way around fileno()
        self._stale, self._home, self._lent = stale, home, False

    def _cut(self) -> None:
        if self._stale > 0:
            length, stale = super().tell(), self._stale
            self._stale = 0
            if length < stale:
                super().truncate(length)

    def fileno(self) -> int:
        """Return the descriptor. Who has it may use it after the end, so that it is closed then for good."""
        self._cut()
        self._lent = True
        return super().fileno()

    def seek(self, *args: Any) -> int:
        self._cut()
        return super().seek(*args)

    def truncate(self, *args: Any) -> int:
        self._cut()
        return super().truncate(*args)

    def read(self, *args: Any) -> Any:
        self._cut()
        return super().read(*args)

    def readall(self) -> bytes:
        self._cut()
        return super().readall()

    def readinto(self, buffer: Any) -> Any:
        self._cut()
        return super().readinto(buffer)

    def close(self) -> None:
        if self.closed:
            return
        descriptor, kept = super().fileno(), self._home
        super().close()  # leaves the descriptor open
        if not self._lent and kept is _kept_here() and len(kept) < KEPT_FILES:
            length = os.lseek(descriptor, 0, os.SEEK_END)
            if length <= KEPT_BYTES:
                os.lseek(descriptor, 0, os.SEEK_SET)
                kept.append((descriptor, length))
                return
        os.close(descriptor)


class SpooledFile(tempfile.SpooledTemporaryFile):  # type: ignore[type-arg]
    """Hold bytes in memory up to a size, and then in a temporary file that served an earlier upload."""

    _file: Any
    _rolled: bool

    def rollover(self) -> None:
        """Go to the disk now."""
        if self._rolled:
            return
        memory = self._file
        file = open_scratch()
        try:
            file.write(memory.getbuffer())
            if memory.tell() != file.tell():
                file.seek(memory.tell())
        except BaseException:
            file.close()
            raise
        self._file, self._rolled = file, True
