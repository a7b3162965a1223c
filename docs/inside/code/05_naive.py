"""Chapter 5, naive: a server that answers one client, then the next one."""

import socket
import threading

from earlier import built

FOUR = built("04")


class Server:
    """Serves an application; see chapter 4 for what that is."""

    def __init__(self, app, threads=4, seconds=10.0):
        self.app = app

    def start(self, listener):
        """Begin to serve, in a thread."""
        self.listener = listener
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()

    def loop(self):
        while True:
            with self.listener.accept()[0] as sock:
                FOUR.serve_client(sock, self.app)

    def stop(self, grace):
        """Take nobody new; tell whether all ended in time. The thread ends with the program."""
        self.listener.close()
        return False


def serve(listener):
    """Serve the guest book."""
    Server(FOUR.guest_book).start(listener)


if __name__ == "__main__":
    serve(socket.create_server(("127.0.0.1", 8000)))
    input("Enter ends it")
