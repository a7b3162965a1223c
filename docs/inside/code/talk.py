"""Start the server of a file beside this one, say something to it, and show what it answers.

    python talk.py 01_naive.py "GET / HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n"

Each argument after the file is sent as a packet of its own, with a pause before the
next; `\\r` and `\\n` are written as such. The file must have a function `serve(listener)`.
"""

import os
import runpy
import socket
import sys
import threading
import time

PAUSE = 0.3  # seconds between two packets


def connect(file, **settings):
    """Start the server of a file on a free port, and return a socket that is connected to it."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), file)
    listener = socket.create_server(("127.0.0.1", 0))
    serve = runpy.run_path(path)["serve"]
    serve.__globals__.update(settings)
    threading.Thread(target=serve, args=[listener], daemon=True).start()
    return socket.create_connection(listener.getsockname(), timeout=10)


def read_all(client):
    """Return what comes until the server closes, or is silent for a second."""
    received = b""
    client.settimeout(1)
    try:
        while piece := client.recv(65536):
            received += piece
    except OSError:
        pass
    return received


def main():
    with connect(sys.argv[1]) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number, text in enumerate(sys.argv[2:]):
            if number:
                time.sleep(PAUSE)
            print(">", text, flush=True)
            try:
                client.sendall(text.replace("\\r", "\r").replace("\\n", "\n").encode())
            except OSError:
                print("  the server has gone")
                break
        for line in read_all(client).decode().splitlines():
            print("<", line)


if __name__ == "__main__":
    main()
