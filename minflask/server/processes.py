"""Several processes that serve the same sockets, by fork: children serve, the parent looks after them.

A child that dies is replaced; a signal to the parent reaches them all; when the
parent is gone, however that happened, so are they. Only where there is fork.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

from .listen import stop_taking
from .terminal import log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Callable

    from .life import Server

QUICK_DEATH = 1.0  # seconds; who dies earlier is replaced more slowly
LONGEST_PAUSE = 10.0
LAST_WORDS = 5.0  # seconds beyond the grace until a child is killed


class Processes:
    """A server that is served by a number of children.

    >>> Processes(make_server(app, multiprocess=True), 4).run()      # doctest: +SKIP
    """

    def __init__(self, server: Server, count: int) -> None:
        if not hasattr(os, "fork"):
            raise RuntimeError("Several processes need fork, which this system does not have; use threads.")
        self.server = server
        self.count = count
        self.children: dict[int, float] = {}  # process id to when it was started
        self.stopping = False
        self._pause = 0.0
        self._lifeline = os.pipe()  # children see its end when the parent is gone

    def run(self, on_start: Callable[[], None] = lambda: None) -> None:
        """Serve until SIGTERM or SIGINT; to be called in the main thread of a process that has no others.

        :param on_start: called in the parent when it has started the children and hears signals.
        """
        before = {number: signal.signal(number, handler) for number, handler in (
            (signal.SIGTERM, self._on_stop), (signal.SIGINT, self._on_stop), (signal.SIGHUP, self._on_hangup),
            (signal.SIGALRM, self._on_alarm),
        )}
        try:
            for _ in range(self.count):
                self._start_child()
            on_start()
            while self.children:
                self._await_child()
        finally:
            signal.alarm(0)
            for number, handler in before.items():
                signal.signal(number, handler)
            for descriptor in self._lifeline:
                os.close(descriptor)
            self.server.stop()

    def _start_child(self) -> None:
        if self.stopping:
            return
        child = os.fork()
        if child:
            self.children[child] = time.monotonic()
            if self.stopping:  # the signal came between
                self._send(signal.SIGTERM)
            return
        status = 1
        try:
            self._be_child()
            status = 0
        except BaseException as exc:
            log().exception("a server process failed: %s", exc)
        finally:  # the parent's clean-up is not this process's
            _flush()
            os._exit(status)

    def _be_child(self) -> None:
        self.children.clear()
        os.close(self._lifeline[1])
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent tells us
        self.server.stops_on = ("SIGTERM",)
        threading.Thread(target=self._end_with_parent, daemon=True).start()
        self.server.serve_forever()

    def _end_with_parent(self) -> None:
        os.read(self._lifeline[0], 1)
        self.server.stop()

    def _await_child(self) -> None:
        """Wait for one child to end, and replace it unless all are to end."""
        child, status = os.wait()
        started = self.children.pop(child, None)
        if started is None or self.stopping:
            return
        if time.monotonic() - started < QUICK_DEATH:
            self._pause = min(max(0.1, self._pause * 2), LONGEST_PAUSE)
        else:
            self._pause = 0.0
        log().error("server process %d ended with %s; starting another", child, _describe(status))
        time.sleep(self._pause)
        self._start_child()

    def _send(self, number: int) -> None:
        for child in list(self.children):
            try:
                os.kill(child, number)
            except ProcessLookupError:
                pass

    def _on_stop(self, number: int, frame: FrameType | None) -> None:
        if not self.stopping and self.server.settings.takes_all:
            for sock in self.server.sockets:
                stop_taking(sock)
        self._send(signal.SIGKILL if self.stopping else signal.SIGTERM)
        self.stopping = True
        signal.alarm(int(self.server.settings.grace + LAST_WORDS) + 1)

    def _on_alarm(self, number: int, frame: FrameType | None) -> None:
        self._send(signal.SIGKILL)

    def _on_hangup(self, number: int, frame: FrameType | None) -> None:
        self._send(signal.SIGHUP)


def _describe(status: int) -> str:
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return f"status {os.WEXITSTATUS(status)}"


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):  # closed, or nobody reads it
            pass
