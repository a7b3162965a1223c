"""The threads of a server: who drives the loop, and who runs a request.

One thread *leads*: it drives the loop, and runs a request itself while requests are
quick, which spares two changes of threads for each. Another *watches*: when the
leader is still in the same request after a tick, the watcher takes the lead, and for
a while requests go to the *workers*; the old leader becomes the watcher when it is
done. So a quick application costs what a single thread costs, and a slow one holds
up nobody for more than two ticks. At most `threads` requests run at the same time.

No lock guards any of this: a connection belongs to one thread at a time and changes
hands through deques, whose `append` and `pop` are atomic. The *baton* is such a deque:
the leader lays the connection down before a request and picks it up after; if it is
not there, the watcher took it, and with it the lead.
"""

from __future__ import annotations

import threading
import time
from collections import deque

from .connection import FOREVER, Connection
from .gateway import Interrupted
from .loop import DONE, GIVEN, LOST, Loop
from .terminal import log

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from typing import Any, Callable

    from .settings import Settings

TICK = 0.005  # seconds
QUICK = 0.0007  # seconds; requests that typically take longer gain from running at the same time
LEAST_PAUSE, LONGEST_PAUSE = 0.05, 2.0  # seconds for which the leader runs nothing itself

try:
    from _queue import SimpleQueue  # without the other queues, which take their time to load
except ImportError:
    from queue import SimpleQueue


class Team:
    """The threads of one server, and the loop that they drive."""

    def __init__(self, settings: Settings, listeners: list[socket.socket], name: str) -> None:
        self.settings = settings
        self.name = name
        self.loop = Loop(settings, listeners, self.run)
        self.loop.interrupt = self._interrupt
        self.loop.expire_waiting = self._expire_waiting
        self.ended = threading.Event()
        self.waiting: deque[tuple[float, Connection]] = deque()  # requests for which there is no thread yet
        self.running: dict[int, Connection] = {}  # by the thread that runs it
        self.served = 0
        self._threads: list[threading.Thread] = []
        self._joining = threading.Lock()
        self._workers = 0
        self._calls: SimpleQueue[bool] = SimpleQueue()  # one for each request in `waiting`
        self._baton: deque[Connection] = deque()
        self._alarm: SimpleQueue[None] = SimpleQueue()  # wakes the watcher
        self._armed = False
        self._watched = False
        self._turns = 0  # requests that a leader began
        self._typical = 0.0  # seconds that these took lately
        self._pause = LEAST_PAUSE
        self._pause_until = 0.0

    def start(self) -> None:
        """Start the leader and the watcher; workers come when they are needed."""
        try:
            self._spawn("leader", self._take_turns, True)
            self._spawn("watcher", self._take_turns, False)
        except RuntimeError as exc:  # WebAssembly
            self.loop.release()
            raise RuntimeError(f"{exc}: a server needs threads. Where there are none, call the application itself,"
                               " as a test client does.") from None

    def _spawn(self, role: str, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, name=f"{self.name} {role}", daemon=True)
        thread.start()
        self._threads.append(thread)

    def stop(self, grace: float) -> None:
        """Begin to end: see `Loop`; in *grace* seconds what still runs is cut."""
        self.loop.stop_at = min(self.loop.stop_at, time.monotonic() + grace)
        self.settings.stopping = True
        self.loop.wake()

    def stats(self) -> dict[str, Any]:
        """Return what these threads have done and are doing."""
        now = time.monotonic()
        since = [exchange.started for conn in list(self.running.values()) if (exchange := conn.exchange) is not None]
        return {
            "connections": len(self.loop.connections), "accepted": self.loop.accepted, "requests": self.served,
            "running": len(self.running), "waiting": len(self.waiting), "threads": len(self._threads),
            "longest": max((now - begun for begun in since), default=0.0),
        }

    def includes_this_thread(self) -> bool:
        """Tell whether the caller is one of these threads, as a view is."""
        return threading.current_thread() in self._threads

    # -- leading and watching --------------------------------------------------------------

    def _take_turns(self, leads: bool) -> None:
        while not self.loop.ended:
            if leads:
                self._lead()
            leads = not self.loop.ended and self._watch()
        self._alarm.put(None)  # let the other one see it, too

    def _lead(self) -> None:
        leads = True
        while leads and not self.loop.ended:
            try:
                leads = self.loop.turn()
            except Exception:
                log().exception("the server's loop failed; it goes on")
                time.sleep(TICK)
        if self.loop.ended:
            self._end()

    def _watch(self) -> bool:
        """Sleep until there is reason to take the lead (True) or to end."""
        self._armed, self._watched = False, True
        if self.settings.threads == 1:
            while self.waiting:  # there are no workers: the leader runs these, now that somebody watches
                self.loop.ready.append(self.waiting.popleft()[1])
            self.loop.wake()
        while not self.loop.ended:
            self._alarm.get()
            while not self.loop.ended:
                turns = self._turns
                time.sleep(TICK)
                if turns != self._turns:
                    continue
                if self._baton:
                    if self._take_baton():
                        return True
                    continue
                self._armed = False
                if not self._baton:
                    break
                self._armed = True
        return False

    def _take_baton(self) -> bool:
        try:
            self._baton.pop()
        except IndexError:  # the request ended just now
            return False
        self._watched = False
        self._take_pause(time.monotonic())
        return True

    def _take_pause(self, now: float) -> None:
        """Leave requests to the workers for a while, and for longer if that is soon necessary again."""
        self._pause = min(self._pause * 2, LONGEST_PAUSE) if now < self._pause_until + 1 else LEAST_PAUSE
        self._pause_until = now + self._pause
        self._typical = 0.0

    def _end(self) -> None:
        for _ in range(self._workers):
            self._calls.put(False)
        self._alarm.put(None)
        self.loop.release()
        self.ended.set()

    # -- running requests ------------------------------------------------------------------

    def run(self, conn: Connection) -> str:
        """Run what a connection has to do, in this thread or in another; the leader's to call."""
        now, most = time.monotonic(), self.settings.threads - 1  # one of them is the leader
        if self._watched and (now >= self._pause_until or len(self.running) >= most):
            return self._run_here(conn)
        deadline = now + self.settings.queue_timeout
        self.waiting.append((deadline, conn))
        self.loop.look_by(deadline)
        self._calls.put(True)
        if self._workers < most and self._calls.qsize() + len(self.running) > self._workers:
            self._add_worker()
        return GIVEN

    def _add_worker(self) -> None:
        try:
            self._spawn(f"worker {self._workers + 1}", self._work)
        except RuntimeError as exc:  # the system has no more threads: those that are there must do
            log().error("no thread for another worker: %s", exc)
        else:
            self._workers += 1

    def _run_here(self, conn: Connection) -> str:
        self._turns += 1
        self._baton.append(conn)
        if not self._armed:
            self._armed = True
            self._alarm.put(None)
        begun = time.monotonic()
        self._run(conn)
        try:
            self._baton.pop()
        except IndexError:
            self._give_back(conn)
            return LOST
        now = time.monotonic()
        self._typical += (now - begun - self._typical) / 8
        if self._typical > QUICK:
            self._take_pause(now)
        return DONE

    def _run(self, conn: Connection) -> None:
        ident = threading.get_ident()
        self.running[ident] = conn
        try:
            conn.run()
        except BaseException:  # only an interruption between the lines comes here
            conn.broken = True
        del self.running[ident]
        self.served += 1

    def _give_back(self, conn: Connection) -> None:
        self.loop.returned.append(conn)
        self.loop.wake()

    def _work(self) -> None:
        try:
            while self._calls.get():
                try:
                    _, conn = self.waiting.popleft()
                except IndexError:  # it was answered otherwise
                    continue
                self._run(conn)
                self._give_back(conn)
        except Interrupted:  # it came when the request had just ended
            pass

    def _expire_waiting(self, now: float) -> float:
        """Have requests that waited too long for a thread answered 503; return when to look again."""
        while self.waiting:
            try:
                due, conn = self.waiting.popleft()
            except IndexError:  # a worker was quicker
                break
            if due > now:
                self.waiting.appendleft((due, conn))
                return due
            conn.too_late = True
            self._give_back(conn)
        return FOREVER

    def _interrupt(self) -> None:
        """Raise Interrupted in the requests that are running, so that their clean-up runs."""
        try:
            import ctypes

            raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
        except (ImportError, AttributeError):  # not CPython
            return
        for ident in list(self.running):
            raise_in(ctypes.c_ulong(ident), ctypes.py_object(Interrupted))

    def join(self, timeout: float) -> None:
        """Wait for the threads to be gone; one that is stuck in a request may stay."""
        until = time.monotonic() + timeout
        # One caller at a time: before Python 3.10 two that wait for the same thread may spoil its lock.
        if not self._joining.acquire(timeout=timeout):
            return
        try:
            for thread in self._threads:
                if thread is not threading.current_thread():
                    thread.join(max(0, until - time.monotonic()))
        finally:
            self._joining.release()
