"""Chapter 5, built: one thread waits for all clients, some threads answer; nobody waits for who is silent."""

import selectors
import signal
import socket
import threading
import time
from contextlib import suppress
from queue import SimpleQueue

from earlier import built

FOUR = built("04")


class Server:
    """Serves an application with so many threads; a whole head must come within so many seconds."""

    def __init__(self, app, threads=4, seconds=10.0):
        self.app, self.threads, self.seconds = app, threads, seconds
        self.deadlines = {}  # connections without a whole head -> when they are too late
        self.calls, self.returned = SimpleQueue(), SimpleQueue()  # to the workers, and back
        self.busy, self.stopping, self.crew = 0, False, []
        self.selector = selectors.DefaultSelector()
        self.bell, self.rope = socket.socketpair()  # to wake the loop

    def start(self, listener):
        """Begin to serve, in threads of its own."""
        self.listener = listener
        listener.setblocking(False)
        self.selector.register(listener, selectors.EVENT_READ, self.accept)
        self.selector.register(self.bell, selectors.EVENT_READ, lambda: self.bell.recv(4096))
        self.crew = [threading.Thread(target=job, daemon=True) for job in [self.loop] + [self.work] * self.threads]
        for thread in self.crew:
            thread.start()

    def stop(self, grace):
        """Take nobody new, let requests end for so many seconds; tell whether all ended in time."""
        self.stopping = True
        self.rope.send(b"!")
        end = time.monotonic() + grace
        for thread in self.crew:
            thread.join(max(0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in self.crew)

    # One thread runs these: nobody else touches the selector, the deadlines or `busy`.
    def loop(self):
        while self.busy or self.deadlines or not self.stopping:
            for key, _ in self.selector.select(self.seconds / 10):
                key.data()
            while not self.returned.empty():
                self.busy -= 1
                if line := self.returned.get():
                    self.wait_for_head(line)
            for line in [line for line, due in self.deadlines.items() if due <= time.monotonic() or self.stopping]:
                self.leave(line).sock.close()
        self.listener.close()
        for _ in range(self.threads):
            self.calls.put(None)

    def accept(self):
        with suppress(OSError):  # who connected may have left
            self.wait_for_head(FOUR.Line(self.listener.accept()[0]))

    def wait_for_head(self, line):
        line.sock.setblocking(False)
        self.deadlines[line] = time.monotonic() + self.seconds
        self.selector.register(line.sock, selectors.EVENT_READ, lambda: self.read(line))
        self.call_if_whole(line)

    def read(self, line):
        piece = b""
        with suppress(OSError):
            piece = line.sock.recv(4096)
        line.data += piece
        self.call_if_whole(line) if piece else self.leave(line).sock.close()

    def call_if_whole(self, line):
        if b"\r\n\r\n" in line.data or len(line.data) > FOUR.ONE.LIMIT:
            self.busy += 1
            self.calls.put(self.leave(line))

    def leave(self, line):
        self.selector.unregister(line.sock)
        del self.deadlines[line]
        return line

    # The workers run this. A connection is theirs alone until they return it.
    def work(self):
        while line := self.calls.get():
            stays = False
            try:
                line.settimeout(self.seconds)
                stays = FOUR.answer_next(line, self.app)
            except Exception as exc:
                print("a request failed:", repr(exc))
                with suppress(OSError):
                    line.sock.sendall(FOUR.answer("500 Internal Server Error", "It failed.\n", False))
            if not stays:
                FOUR.say_goodbye(line.sock)
                line.sock.close()
            self.returned.put(line if stays else None)
            self.rope.send(b"!")


def serve(listener):
    """Serve the guest book, until Ctrl-C or until the system asks to end."""
    asked, server = threading.Event(), Server(FOUR.guest_book)
    server.start(listener)
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: asked.set())
    while not asked.wait(1):
        pass
    server.stop(10.0)


if __name__ == "__main__":
    serve(socket.create_server(("127.0.0.1", 8000)))
