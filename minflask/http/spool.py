"""The temporary files of large uploads: without a name, and used again, one upload after the other.

To give a new file its blocks, and to take them back, costs several times what writing them does.
So a few closed files keep theirs for the uploads to come. Nobody sees in them what was there
before: a file is cut to what was written since it was taken, before anything else is done with it.
And nobody else writes in them: one whose descriptor was asked for, or was there when the process
forked, is closed for good, and one that was changed behind our back is left alone.

Loaded with the first upload that is not small; forms and requests are unknown here.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Kept = list[tuple[int, tuple[int, ...]]]

KEPT_FILES = 4  # so many uploads at a time are as fast as one
KEPT_BYTES = 2 * 1024 * 1024  # of each file: of larger ones, the writing itself is most of the cost

# The files of this process and folder that are closed: their descriptors, each with what tells that it is still that
# file. Another list takes its place when none of them, nor of those in use, may be used again.
_kept: Kept = []
_place: tuple[int, str] | None = None


def _forget() -> None:
    """Close what is kept, and let what is in use be closed, too, when it is done with."""
    global _kept
    old, _kept = _kept, []
    _close_all(old)


# Elsewhere a file without a name is another thing, if it is any.
REUSES = hasattr(os, "register_at_fork") and sys.platform != "emscripten"
if REUSES:  # after a fork both processes have one position and one content
    os.register_at_fork(before=_forget, after_in_parent=_forget, after_in_child=_forget)


def _close_all(files: Kept) -> None:
    while True:  # another thread may do so at the same time
        try:
            descriptor, state = files.pop()
        except IndexError:
            return
        if _state(descriptor) == state:
            os.close(descriptor)


def _state(descriptor: int) -> tuple[int, ...]:
    """Return what tells a file, as it is now, from all others; nothing if there is none."""
    try:
        at = os.fstat(descriptor)
    except OSError:
        return ()
    return at.st_size, at.st_ino, at.st_dev, at.st_mtime_ns, at.st_ctime_ns


def open_scratch(data: bytes) -> Any:
    """Open a temporary file that begins with some bytes, which stand on the disk; it is gone when it is closed."""
    global _place
    if not REUSES:
        file = tempfile.TemporaryFile("w+b")
        file.write(data)
        file.flush()
        return file
    place = os.getpid(), tempfile.gettempdir()
    if _place != place:
        _forget()
        _place = place
    kept = _kept
    try:
        descriptor, state = kept.pop()
    except IndexError:
        state = ()
    if not state or _state(descriptor) != state:
        with tempfile.TemporaryFile("w+b", buffering=0) as made:
            descriptor, state = os.dup(made.fileno()), (0,)
    scratch = _Scratch(descriptor, state[0], kept)
    try:
        while data:
            data = data[scratch.write(data):]
        return io.BufferedRandom(scratch)
    except BaseException:
        scratch.close()
        raise


class _Scratch(io.FileIO):
    """A temporary file that may hold bytes of an earlier upload, behind those written since.

    Nothing but a write comes before the file is cut, so until then its position is its length.
    """

    def __init__(self, descriptor: int, stale: int, home: Kept) -> None:
        super().__init__(descriptor, "r+b", closefd=False)
        self._stale, self._home, self._lent = stale, home, False

    def _cut(self) -> None:
        if self._stale > 0:
            length = super().tell()
            if length < self._stale:
                super().truncate(length)
            self._stale = 0

    def fileno(self) -> int:
        """Return the descriptor. Who has it may use it after the end, so that it is closed then for good."""
        self._cut()
        self._lent = True
        return super().fileno()

    @property
    def name(self) -> int:
        """The descriptor, as that of a temporary file is."""
        return self.fileno()

    @name.setter
    def name(self, value: object) -> None:
        """Leave it: its base class sets it."""

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
        if kept is _kept and not self._lent and len(kept) < KEPT_FILES:
            os.lseek(descriptor, 0, os.SEEK_SET)
            state = _state(descriptor)
            if state and state[0] <= KEPT_BYTES:
                kept.append((descriptor, state))
                if kept is not _kept:  # while this was done
                    _close_all(kept)
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
        self._file, self._rolled = open_scratch(memory.getvalue()), True
        if memory.tell() != self._file.tell():
            self._file.seek(memory.tell())
