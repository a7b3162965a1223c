"""Faults of an application seen from outside: the lifecycle cases of reliability.md in which both have a part.

A server runs a whole application here; what is held is what a client gets, that
the log says why, and that the next request knows nothing of it.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
import tempfile
import threading
import unittest
from unittest import mock

import minflask
from minflask import Flask
from minflask.server import make_server
from tests.house.wire import PATIENCE, answers, connect, read_all, send, serving, talk
from tests.house.wirecases import CLOSE, GET, post, request

HAS_UNIX = hasattr(socket, "AF_UNIX")
EARLY = "nothing more to say"


class OverTcp(unittest.TestCase):
    unix = False

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.templates = folder.name
        self.app = Flask(__name__, template_folder=self.templates)
        self.app.add_url_rule("/fine", "fine", view_func=lambda: "fine")

    @contextlib.contextmanager
    def served(self):
        """Serve the application; what it logs goes into the list that comes with the address."""
        with self.assertLogs(self.app.logger, logging.ERROR) as logs, serving(self.app, self.unix) as server:
            yield server.address, logs.output
            self.assertEqual(self.ask(server.address, "/fine").body, b"fine")

    def ask(self, address, path):
        (answer,), _ = answers(talk(address, request(f"GET {path} HTTP/1.1", CLOSE).encode(), closes=True))
        return answer

    def fails(self, address, path):
        answer = self.ask(address, path)
        self.assertEqual(answer.status, 500, path)
        self.assertNotIn(b"Traceback", answer.body)
        return answer

    def test_L25_what_is_no_answer_is_an_error_that_names_the_view(self):
        for name, result in (("nothing", None), ("pair", ("a", "b", "c", "d")), ("number", 7)):
            self.app.add_url_rule(f"/{name}", name, lambda result=result: result)
        with self.served() as (address, logged):
            for name in ("nothing", "pair", "number"):
                self.fails(address, f"/{name}")
                self.assertIn(name, logged[-1])

    def test_L25_the_texts_of_a_generator_are_encoded(self):
        self.app.add_url_rule("/", "index", view_func=lambda: (text for text in ("\u00e9", "\u20ac")))
        with serving(self.app, self.unix) as server:
            self.assertEqual(self.ask(server.address, "/").body, "\u00e9\u20ac".encode())

    def test_L29_what_breaks_beside_the_view_is_one_500_and_every_teardown_runs(self):
        torn, broken = [], []
        with serving(self.app, self.unix):
            pass  # where nothing can be served, this skips the test and not only its parts

        def breaks(*args, **kwargs):
            if minflask.request.path != "/fine":
                broken.append(minflask.request.path)
                raise LookupError("on purpose")
            return args[0] if args else None

        self.app.add_url_rule("/", "index", view_func=lambda: "done")
        self.app.add_url_rule("/raise", "raise", view_func=lambda: 1 / 0)
        self.app.teardown_request(lambda error: torn.append(minflask.request.path))
        with self.subTest("after_request"):
            self.app.after_request_funcs.setdefault(None, []).append(breaks)
            with self.served() as (address, _):
                self.fails(address, "/")
            self.assertEqual(torn, ["/", "/fine"])
            self.app.after_request_funcs.clear()
        with self.subTest("error handler"):
            self.app.error_handler_spec[None][None][ZeroDivisionError] = breaks
            with self.served() as (address, _):
                self.fails(address, "/raise")
        with self.subTest("receiver of a signal"), minflask.request_started.connected_to(
                lambda sender, **extra: breaks(), self.app), self.served() as (address, _):
            self.fails(address, "/")
        with self.subTest("teardown"):
            self.app.teardown_request_funcs.setdefault(None, []).append(lambda error: breaks())
            del torn[:]
            with self.served() as (address, logged):
                self.assertEqual(self.ask(address, "/").body, b"done")
                self.assertIn("teardown", logged[-1])
            self.assertEqual(torn, ["/", "/fine"])
        # after_request sees the 500, too, and may not spoil that one
        self.assertEqual(broken, ["/", "/", "/raise", "/", "/"])

    def test_L30_a_body_that_nobody_reads_is_no_next_request(self):
        self.app.before_request(lambda: EARLY)
        smuggled = request("GET /smuggled HTTP/1.1")
        for size, count in ((len(smuggled), 2), (1 << 20, 1)):
            body = (smuggled * (size // len(smuggled) + 1))[:size]
            with serving(self.app, self.unix) as server:
                sent = post(f"Content-Length: {size}", body=body, path="/fine") + GET
                found, _ = answers(talk(server.address, sent.encode(), closes=count == 1))
                self.assertEqual([answer.body for answer in found], [EARLY.encode()] * count)

    def test_L33_an_upload_without_a_place_for_it_is_500_and_leaves_nothing(self):
        self.app.add_url_rule("/", "index", view_func=lambda: str(len(minflask.request.files)), methods=["POST"])
        part = 'Content-Disposition: form-data; name="f"; filename="f"\r\n\r\n' + "x" * 600000
        body = f"--b\r\n{part}\r\n--b--\r\n"
        sent = post("Content-Type: multipart/form-data; boundary=b", f"Content-Length: {len(body)}", CLOSE, body=body)
        missing = os.path.join(self.templates, "missing")
        with self.served() as (address, logged), mock.patch("tempfile.tempdir", missing):
            (answer,), _ = answers(talk(address, sent.encode(), closes=True))
            self.assertEqual(answer.status, 500)
            self.assertIn("FileNotFoundError", logged[-1])
        full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        with self.served() as (address, logged), mock.patch("tempfile.tempdir", self.templates), \
                mock.patch("tempfile.TemporaryFile", side_effect=full):
            (answer,), _ = answers(talk(address, sent.encode(), closes=True))
            self.assertEqual(answer.status, 500)
        self.assertEqual(os.listdir(self.templates), [])

    def test_L35_a_broken_template_is_500_and_its_line_is_in_the_log_alone(self):
        sources = {"syntax.html": "one\n{% if %}", "around.html": "one\n{% include 'around.html' %}",
                   "deep.html": "{% macro f() %}\n{{ f() }}{% endmacro %}{{ f() }}"}
        for name, source in sources.items():
            with open(os.path.join(self.templates, name), "w") as file:
                file.write(source)
        self.app.add_url_rule("/<name>", "name", view_func=lambda name: minflask.render_template(name))
        with self.served() as (address, logged):
            for name in ("missing.html", *sources):
                answer = self.fails(address, f"/{name}")
                self.assertNotIn(name.encode(), answer.body)
                self.assertIn(name, logged[-1])
                if name in sources:
                    self.assertRegex(logged[-1], rf'{name}", line \d')


@unittest.skipUnless(HAS_UNIX, "no unix sockets here")
class OverUnix(OverTcp):
    unix = True


class Interrupting(unittest.TestCase):
    def test_L07_nobody_is_accepted_any_more_while_busy_threads_finish(self):
        """What Ctrl-C asks for, on every system: `stop` from another thread; signals are in test_server_process."""
        entered, gate = threading.Semaphore(0), threading.Event()

        def app(environ, start_response):
            entered.release()
            gate.wait(PATIENCE)
            start_response("200 OK", [("Content-Length", "4")])
            return [b"done"]

        server = make_server(app, port=0, threads=2)
        server.start()
        address = ("127.0.0.1", server.port)
        busy = [connect(address) for _ in range(2)]
        for sock in busy:
            send(sock, GET.encode())
            self.assertTrue(entered.acquire(timeout=PATIENCE))
        idle = connect(address)
        stopper = threading.Thread(target=server.stop)
        stopper.start()
        self.assertEqual(read_all(idle), b"")  # so it has heard
        with self.assertRaises(OSError), socket.create_connection(address, 0.2) as late:
            late.sendall(GET.encode())
            if not late.recv(1):
                raise ConnectionResetError
        gate.set()
        for sock in busy:
            self.assertTrue(read_all(sock).endswith(b"done"))
            sock.close()
        idle.close()
        stopper.join(PATIENCE)


if __name__ == "__main__":
    unittest.main()
