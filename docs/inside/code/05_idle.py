"""Connect to the server of a file and say nothing; see whether another client is answered.

    python 05_idle.py 05_naive.py
"""

import socket
import sys

from talk import connect


def main():
    with connect(sys.argv[1]) as silent:
        print("one client is connected, and silent")
        with socket.create_connection(silent.getpeername(), timeout=1) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            try:
                print("another one asks, and gets:", client.recv(4096).decode().split("\r\n")[0])
            except OSError:
                print("another one asks, and gets nothing within a second")


if __name__ == "__main__":
    main()
