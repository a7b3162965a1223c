"""Requests a second over real sockets: minflask's server and app, waitress with a bare app, Flask's own server.

A server runs in a process of its own; the client is one loop over sixteen
connections that are kept alive, each with one request under way. The rounds
go from server to server. The figures are of the wall clock.
"""

from __future__ import annotations

import selectors
import socket
import statistics
import subprocess
import sys
import time

from .requests import BROWSER

CONNECTIONS, SECONDS = 16, 0.5
HELLO = """
app = Flask("hello")
@app.route("/")
def hello():
    return "Hello, World!"
"""
BARE = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", "13")])
    return [b"Hello, World!"]
"""
WAITRESS = "from waitress import serve\nserve(app, host='127.0.0.1', port={port}, threads=4)\n"
SERVERS = {
    "minflask": f"from minflask import Flask\n{HELLO}\n"
                "from minflask.server import make_server\nmake_server(app, '127.0.0.1', {port}).serve_forever()\n",
    "waitress": BARE + WAITRESS,
    "waitress+flask": f"from flask import Flask\n{HELLO}{WAITRESS}",
    "flask": f"from flask import Flask\n{HELLO}\nimport logging\nlogging.getLogger('werkzeug').disabled = True\n"
             "from werkzeug.serving import make_server\n"
             "make_server('127.0.0.1', {port}, app, threaded=True).serve_forever()\n",
}
HEAD = "".join(f"{name[5:].replace('_', '-').title()}: {value}\r\n" for name, value in BROWSER.items())
REQUEST = f"GET / HTTP/1.1\r\n{HEAD}\r\n".encode()


class Running:
    """A server in a process of its own, and connections to it."""

    def __init__(self, name):
        self.name = name
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen([sys.executable, "-c", SERVERS[name].format(port=self.port)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.rates = []

    def connect(self):
        """Return a connection, once the server listens."""
        for _ in range(200):
            try:
                return socket.create_connection(("127.0.0.1", self.port), 5)
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"the server {self.name} does not answer: see SERVERS in {__file__}")

    def round(self):
        """Ask for so many seconds over all connections, and note the requests a second."""
        with selectors.DefaultSelector() as selector:
            for _ in range(CONNECTIONS):
                selector.register(self.connect(), selectors.EVENT_READ)
            for key in selector.get_map().values():
                key.fileobj.sendall(REQUEST)
            answered, start = 0, time.perf_counter()
            while time.perf_counter() - start < SECONDS:
                for key, _ in selector.select(1):
                    answered += self.answer(selector, key.fileobj)
            self.rates.append(answered / (time.perf_counter() - start))
            for key in list(selector.get_map().values()):
                key.fileobj.close()

    def answer(self, selector, connection):
        """Take an answer, check it, and ask again; a connection that ends is made anew."""
        data = b""
        while not data.endswith(b"Hello, World!"):
            more = connection.recv(65536)
            if not more:
                break
            data += more
        assert not data or data.startswith(b"HTTP/1.1 200 OK"), data
        if not data or b"\r\nConnection: close\r\n" in data:
            selector.unregister(connection)
            connection.close()
            connection = self.connect()
            selector.register(connection, selectors.EVENT_READ)
        connection.sendall(REQUEST)
        return 1 if data else 0

    def stop(self):
        """End the process."""
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def measure(rounds):
    """Return requests a second by server, medians, and the ratios to waitress with its bare app."""
    running = {name: Running(name) for name in SERVERS}
    try:
        for _ in range(rounds):
            for server in running.values():
                server.round()
    finally:
        for server in running.values():
            server.stop()
    rates = {name: server.rates for name, server in running.items()}
    ratios = {name: statistics.median([mine / theirs for mine, theirs in zip(values, rates["waitress"])])
              for name, values in rates.items()}
    return {name: statistics.median(values) for name, values in rates.items()}, ratios
