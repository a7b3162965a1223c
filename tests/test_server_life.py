"""Starting, stopping and surviving: the lifecycle cases of reliability.md that need no process of their own.

No test sleeps: applications wait for events that the tests set, and deadlines are short arguments.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import gzip
import io
import itertools
import logging
import os
import socket
import sys
import tempfile
import threading
import time
import unittest
import warnings
from unittest import mock
from wsgiref.validate import validator

from minflask import Flask
from minflask import request as flask_request
from minflask.server import make_server
from minflask.server import loop as loop_module
from minflask.server import workers as workers_module
from minflask.server.connection import Tail
from tests.house.wire import PATIENCE, Mirror, answers, connect, read_all, read_until, send, serving, talk
from tests.house.wirecases import CLOSE, GET, chunked, post, request


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]


def ask(address, path="/", *fields):
    """Return the answer to one GET on a connection of its own."""
    (answer,), _ = answers(talk(address, request(f"GET {path} HTTP/1.1", CLOSE, *fields).encode(), closes=True))
    return answer


class Gate:
    """An application that waits in /wait until the test lets it go on."""

    def __init__(self):
        self.entered = threading.Semaphore(0)
        self.open = threading.Event()
        self.raised = threading.Event()

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"].startswith("/wait"):
            self.entered.release()
            try:
                if not self.open.wait(PATIENCE):
                    raise AssertionError("nobody opened the gate")
            except BaseException:
                self.raised.set()
                raise
        return hello(environ, start_response)

    def await_entries(self, count):
        for _ in range(count):
            if not self.entered.acquire(timeout=PATIENCE):
                raise AssertionError("the application was not called")


def in_background(function, *args):
    """Call the function in a thread; return a function that waits for what it returned."""
    results = []
    thread = threading.Thread(target=lambda: results.append(function(*args)))
    thread.start()

    def result():
        thread.join(PATIENCE)
        return results[0]

    return result


def until(condition):
    """Spin until something holds that another thread is about to bring about."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it did not happen")


@contextlib.contextmanager
def records(name="minflask.server"):
    """Collect what is logged, instead of showing it."""
    found = []
    handler = logging.Handler()
    handler.emit = found.append
    logger = logging.getLogger(name)
    before = logger.propagate, logger.handlers
    logger.propagate, logger.handlers = False, [handler]
    try:
        yield found
    finally:
        logger.propagate, logger.handlers = before


class StartAndStop(unittest.TestCase):
    def test_port_0_becomes_the_real_port(self):
        server = make_server(hello, port=0)
        self.addCleanup(server.stop)
        self.assertGreater(server.port, 0)
        self.assertEqual(server.url, f"http://127.0.0.1:{server.port}")

    def test_clients_wait_from_the_moment_it_is_made(self):
        server = make_server(hello, port=0)
        with connect(("127.0.0.1", server.port)) as sock, server:
            send(sock, GET.encode())
            self.assertIn(b"hello", read_until(sock, b"hello"))

    def test_L10_stop_is_safe_twice_and_before_start(self):
        server = make_server(hello, port=0)
        self.assertTrue(server.stop())
        server.start()
        server.start()
        self.assertEqual(ask(("127.0.0.1", server.port)).body, b"hello")
        self.assertTrue(server.stop())
        self.assertTrue(server.stop())

    def test_L10_a_view_may_stop_the_server_and_is_still_answered(self):
        def app(environ, start_response):
            self.assertFalse(server.stop())
            return hello(environ, start_response)

        server = make_server(app, port=0)
        server.start()
        team = server._team
        self.assertEqual(ask(("127.0.0.1", server.port)).body, b"hello")
        self.assertTrue(team.ended.wait(PATIENCE))
        server.app = server.settings.app = hello
        with server:
            self.assertEqual(ask(("127.0.0.1", server.port)).body, b"hello")

    def test_L10_another_thread_stops_serve_forever(self):
        server = make_server(hello, port=0)
        done = in_background(server.serve_forever)
        self.assertEqual(ask(("127.0.0.1", server.port)).body, b"hello")
        self.assertTrue(server.stop())
        self.assertIsNone(done())

    def test_L10_two_that_wait_for_its_threads_take_turns(self):
        """In Python 3.9 two that wait for one thread at the same time may break its lock."""
        inside, leave = threading.Event(), threading.Event()
        thread = mock.Mock()
        thread.join.side_effect = lambda timeout: (inside.set(), leave.wait(PATIENCE))
        with serving(hello) as server:
            team = server._team
            team._threads.insert(0, thread)
            first = in_background(team.join, 0)
            self.assertTrue(inside.wait(PATIENCE))
            team.join(0)
            thread.join.assert_called_once()
            leave.set()
            first()
            team.join(0)
            self.assertEqual(thread.join.call_count, 2)

    def test_L11_fifty_starts_on_one_port_leave_nothing(self):
        server = make_server(hello, port=0)
        address = ("127.0.0.1", server.port)
        threads, descriptors = threading.active_count(), None
        for round_ in range(50):
            with server:
                self.assertEqual(ask(address).body, b"hello")
            if round_ == 0:
                descriptors = open_descriptors()
        self.assertEqual(threading.active_count(), threads)
        self.assertEqual(open_descriptors(), descriptors)

    def test_L12_a_port_in_use_is_said_in_one_line(self):
        with serving(hello) as server, self.assertRaises(OSError) as caught:
            make_server(hello, port=server.port)
        self.assertIn(f"Port {server.port} on 127.0.0.1 is in use by", str(caught.exception))

    def test_L47_servers_do_not_share_state(self):
        with serving(hello) as one, serving(Mirror()) as other:
            self.assertEqual(ask(one.address).body, b"hello")
            self.assertEqual(ask(other.address).json()["PATH_INFO"], "/")

    def test_no_signal_handlers_off_the_main_thread(self):
        """L08."""
        with mock.patch("signal.signal") as signal:
            server = make_server(hello, port=0)
            done = in_background(server.serve_forever)
            until(lambda: server.stats()["serving"])
            server.stop()
            done()
        signal.assert_not_called()

    def test_unknown_options_are_refused_with_a_hint(self):
        with self.assertRaisesRegex(TypeError, "application first"):
            make_server("127.0.0.1", 5000, hello)  # Werkzeug's order
        with self.assertRaisesRegex(TypeError, "did you mean 'head_timeout'"):
            make_server(hello, head_timeot=1)

    def test_stats_tell_what_goes_on(self):
        gate = Gate()
        with serving(gate) as server:
            pending = in_background(ask, server.address, "/wait")
            gate.await_entries(1)
            stats = server.stats()
            gate.open.set()
            pending()
        self.assertEqual((stats["running"], stats["connections"], stats["serving"]), (1, 1, True))
        self.assertEqual(server.stats(), {"serving": False})


def open_descriptors():
    gc.collect()
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


class Stopping(unittest.TestCase):
    def test_L02_requests_in_flight_are_answered(self):
        gate = Gate()
        with serving(gate, threads=5) as server:
            pending = [in_background(ask, server.address, "/wait") for _ in range(5)]
            gate.await_entries(5)
            stopped = in_background(server.stop)
            until(lambda: server.settings.stopping)
            gate.open.set()
            self.assertEqual([result().body for result in pending], [b"hello"] * 5)
            self.assertTrue(stopped())

    def test_L02_who_waits_in_the_queue_of_the_system_is_answered(self):
        gate = Gate()
        server = make_server(gate, port=0, connections=1)
        with server:
            first = in_background(ask, ("127.0.0.1", server.port), "/wait")
            gate.await_entries(1)
            second = in_background(ask, ("127.0.0.1", server.port), "/wait")
            gate.open.set()
            self.assertEqual(first().body, b"hello")
            self.assertEqual(second().body, b"hello")

    def test_L03_what_runs_too_long_is_cut_and_unwinds(self):
        gate = Gate()

        def app(environ, start_response):
            try:
                while not gate.open.is_set():
                    gate.entered.release()
            finally:
                gate.raised.set()
            return hello(environ, start_response)

        with records() as found, serving(app) as server, connect(server.address) as sock:
            send(sock, GET.encode())
            gate.await_entries(1)
            self.assertTrue(server.stop(0.05))
            self.assertEqual(read_all(sock), b"")
        if sys.implementation.name == "cpython":
            self.assertTrue(gate.raised.wait(PATIENCE))
        gate.open.set()
        self.assertEqual(len([record for record in found if "cut" in record.getMessage()]), 1)

    def test_L05_idle_connections_do_not_hold_it_up(self):
        with serving(hello, idle_timeout=60) as server, connect(server.address) as idle, connect(server.address) as new:
            send(idle, GET.encode())
            read_until(idle, b"hello")
            self.assertTrue(server.stop())
            self.assertEqual((read_all(idle), read_all(new)), (b"", b""))

    def test_L05_a_request_that_is_on_its_way_is_answered(self):
        with serving(hello) as server, connect(server.address) as sock:
            send(sock, GET.encode())
            read_until(sock, b"hello")
            server.settings.stopping = True
            send(sock, GET.encode())
            (answer,), _ = answers(read_all(sock))
            self.assertEqual((answer.body, answer.headers["connection"]), (b"hello", "close"))

    def test_L06_an_event_stream_is_ended_and_closed(self):
        closed = threading.Event()
        more = threading.Semaphore(0)

        def app(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/event-stream")])
            return events()

        def events():
            try:
                while True:
                    yield b"data: x\n\n"
                    more.acquire(timeout=0.01)
            finally:
                closed.set()

        with mock.patch("minflask.server.gateway.LOOK_AFTER", 0.01), mock.patch(
                "minflask.server.gateway.LOOK_EVERY", 0.01), serving(app) as server, connect(server.address) as sock:
            send(sock, GET.encode())
            read_until(sock, b"data")
            server.stop()
            self.assertTrue(closed.is_set())
            self.assertTrue(read_all(sock).endswith(b"\r\n0\r\n\r\n"))


class Clocks(unittest.TestCase):
    def test_L36_steps_of_the_clock_change_the_date_and_no_deadline(self):
        dates = []
        with serving(hello) as server, connect(server.address) as sock:
            for now in (0, 10 ** 9, 10 ** 9 - 3600, 10 ** 9 + 3600):
                with mock.patch("time.time", return_value=now):
                    send(sock, GET.encode())
                    (answer,), _ = answers(read_until(sock, b"hello"))
                    dates.append(answer.headers["date"])
        self.assertEqual(dates, ["Thu, 01 Jan 1970 00:00:00 GMT", "Sun, 09 Sep 2001 01:46:40 GMT",
                                 "Sun, 09 Sep 2001 00:46:40 GMT", "Sun, 09 Sep 2001 02:46:40 GMT"])


class Crowds(unittest.TestCase):
    def test_L13_failing_accept_is_waited_out_and_logged_once(self):
        class Listener:
            """A socket whose first accepts fail."""

            def __init__(self, sock):
                self.sock, self.failures = sock, [errno.ECONNABORTED, errno.EMFILE, errno.EMFILE]

            def accept(self):
                if self.failures:
                    raise OSError(self.failures.pop(0), "no")
                return self.sock.accept()

            def __getattr__(self, name):
                return getattr(self.sock, name)

        server = make_server(hello, port=0)
        server.sockets = [Listener(server.sockets[0])]
        with records() as found, mock.patch.object(loop_module, "SWEEP", 0.01), server:
            self.assertEqual(ask(("127.0.0.1", server.port)).body, b"hello")
        said = [record.getMessage() for record in found]
        self.assertEqual(said, ["cannot accept connections for now: [Errno 24] no"])

    def test_L14_beyond_the_limit_clients_wait_and_are_served(self):
        with serving(hello, connections=5) as server:
            pending = [in_background(ask, server.address) for _ in range(40)]
            self.assertEqual({result().body for result in pending}, {b"hello"})
            self.assertLessEqual(server.stats()["connections"], 5)

    def test_L14_connections_in_use_make_way_for_those_that_wait(self):
        with serving(hello, connections=2) as server:
            done = [in_background(keep_asking, server.address, 40) for _ in range(6)]
            self.assertEqual([result() for result in done], [40] * 6)

    def test_L19_idle_connections_make_way_for_a_client(self):
        with mock.patch.object(loop_module, "SPARE_AFTER", 0.01), mock.patch.object(loop_module, "SWEEP", 0.01):
            with serving(hello, connections=20) as server, contextlib.ExitStack() as stack:
                for _ in range(20):
                    slow = stack.enter_context(connect(server.address))
                    send(slow, b"GET / HTTP/1.1\r\nX: ")
                self.assertEqual(ask(server.address).body, b"hello")

    def test_slow_bodies_and_idle_connections_hold_no_thread(self):
        with serving(hello, threads=1) as server, contextlib.ExitStack() as stack:
            for start in ("", "GET /", post("Content-Length: 1000", body="x"), chunked("5\r\nhe"),
                          post("Expect: 100-continue", "Content-Length: 5")):
                send(stack.enter_context(connect(server.address)), start.encode())
            self.assertEqual(ask(server.address).body, b"hello")

    def test_L19_half_of_the_threads_at_most_wait_for_bodies_that_were_asked_for(self):
        def reads(environ, start_response):
            environ["wsgi.input"].read()
            return hello(environ, start_response)

        with serving(reads, threads=4) as server, contextlib.ExitStack() as stack:
            for _ in range(10):
                slow = stack.enter_context(connect(server.address))
                send(slow, post("Expect: 100-continue", "Content-Length: 5").encode())
                read_until(slow, b"100 Continue")
            self.assertEqual(server.stats()["running"], 2)
            self.assertEqual(ask(server.address).body, b"hello")

    def test_a_slow_view_does_not_hold_up_the_others(self):
        gate = Gate()
        with serving(gate, threads=2) as server:
            pending = in_background(ask, server.address, "/wait")
            gate.await_entries(1)
            self.assertEqual(ask(server.address).body, b"hello")
            gate.open.set()
            self.assertEqual(pending().body, b"hello")

    def test_no_more_than_threads_requests_run_at_once(self):
        for threads in (1, 3):
            gate = Gate()
            with self.subTest(threads), serving(gate, threads=threads) as server:
                pending = [in_background(ask, server.address, "/wait") for _ in range(threads + 2)]
                gate.await_entries(threads)
                until(lambda: server.stats()["waiting"] == 2)
                self.assertEqual(server.stats()["running"], threads)
                gate.open.set()
                self.assertEqual({result().body for result in pending}, {b"hello"})

    def test_a_request_that_finds_no_thread_in_time_is_503(self):
        gate = Gate()
        with serving(gate, threads=1, queue_timeout=0.1) as server:
            pending = in_background(ask, server.address, "/wait")
            gate.await_entries(1)
            answer = ask(server.address)
            self.assertEqual((answer.status, answer.headers["retry-after"]), (503, "1"))
            gate.open.set()
            pending()

    def test_L38_a_connection_is_closed_politely_after_its_requests(self):
        with serving(hello, requests_per_connection=3) as server:
            found, _ = answers(talk(server.address, GET.encode() * 5, closes=True))
            self.assertEqual([answer.headers.get("connection") for answer in found], [None, None, "close"])

    def test_L39_requests_of_many_threads_do_not_cross(self):
        with serving(Mirror(), threads=8) as server:
            def many(name):
                with connect(server.address) as sock:
                    for number in range(50):
                        send(sock, post(f"Content-Length: {len(name)}", body=name, path=f"/{name}/{number}").encode())
                        (answer,), _ = answers(read_answer(sock))
                        saw = answer.json()
                        if (saw["PATH_INFO"], saw["body"]) != (f"/{name}/{number}", name):
                            return saw
                return None

            done = [in_background(many, f"client{number}") for number in range(16)]
            self.assertEqual([result() for result in done], [None] * 16)


def read_answer(sock):
    """Return one answer with a Content-Length."""
    data = read_until(sock, b"\r\n\r\n")
    head, _, body = data.partition(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(body) < size:
        body += sock.recv(65536)
    return head + b"\r\n\r\n" + body


def keep_asking(address, times):
    """Ask as often, on as few connections as the server likes; return how many answers came."""
    sock, count = connect(address), 0
    try:
        while count < times:
            send(sock, GET.encode())
            data = read_until(sock, b"hello")
            count += 1
            if b"Connection: close" in data:
                sock.close()
                sock = connect(address)
    finally:
        sock.close()
    return count


class Faults(unittest.TestCase):
    def test_a_fault_of_the_server_itself_costs_one_connection(self):
        from minflask.server.connection import Connection

        advance = Connection.advance

        def faulty(conn, now):
            verdict = advance(conn, now)
            if conn.head is not None and conn.head.path == "/fault":
                raise AssertionError("a bug")
            return verdict

        with records() as found, mock.patch.object(Connection, "advance", faulty), serving(hello) as server:
            self.assertEqual(talk(server.address, request("GET /fault HTTP/1.1").encode(), closes=True), b"")
            self.assertEqual(ask(server.address).body, b"hello")
        self.assertEqual([record.getMessage() for record in found], ["a connection failed, and is closed"])


class ClientsThatLeave(unittest.TestCase):
    def leave(self, sock):
        """Close with a reset."""
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        sock.close()

    def test_L15_L16_resets_are_nobodys_error(self):
        """At once, in the head, in the body, in the answer; S9."""
        gate = Gate()
        with records() as found, serving(gate, threads=2) as server:
            for start in ("", "GET / HT", post("Content-Length: 9", body="x"), post("Content-Length: 99999",
                          body="x" * 70000), request("GET /wait HTTP/1.1")):
                sock = connect(server.address)
                send(sock, start.encode())
                if "wait" in start:
                    gate.await_entries(1)
                self.leave(sock)
            gate.open.set()
            self.assertEqual(ask(server.address).body, b"hello")
        self.assertEqual([record.getMessage() for record in found], [])

    def test_L16_a_lost_client_is_an_oserror_for_who_reads_the_body(self):
        raised = []

        def app(environ, start_response):
            try:
                environ["wsgi.input"].read()
            except OSError as exc:
                raised.append(str(exc))
            return hello(environ, start_response)

        with serving(app) as server:
            talk(server.address, post("Content-Length: 100000", body="x" * 70000).encode())
        self.assertEqual(raised, ["the client left before the end of the body"])

    def test_L17_a_client_that_half_closes_is_answered(self):
        with serving(hello) as server:
            (answer,), _ = answers(talk(server.address, GET.encode()))
            self.assertEqual(answer.body, b"hello")

    def test_L16_a_stream_whose_client_left_is_closed(self):
        for piece in (b"x", b""):
            closed = threading.Event()

            def app(environ, start_response, piece=piece, closed=closed):
                start_response("200 OK", [])
                return stream(piece, closed)

            with self.subTest(piece), mock.patch("minflask.server.gateway.LOOK_AFTER", 0.01), mock.patch(
                    "minflask.server.gateway.LOOK_EVERY", 0.01), serving(app) as server:
                sock = connect(server.address)
                send(sock, GET.encode())
                self.leave(sock)
                self.assertTrue(closed.wait(PATIENCE))

    def test_an_application_may_ask_whether_the_client_left(self):
        seen = []
        entered, left = threading.Event(), threading.Event()

        def app(environ, start_response):
            seen.append(environ["server.client_left"]())
            entered.set()
            left.wait(PATIENCE)
            while not seen[-1]:
                seen.append(environ["server.client_left"]())
            return hello(environ, start_response)

        with serving(app) as server:
            with connect(server.address) as sock:
                send(sock, GET.encode())
                entered.wait(PATIENCE)
            left.set()
        self.assertEqual((seen[0], seen[-1]), (False, True))

    def test_L18_a_client_that_does_not_read_frees_the_thread(self):
        entered = threading.Event()

        def app(environ, start_response):
            if environ["PATH_INFO"] == "/":
                return hello(environ, start_response)
            entered.set()
            start_response("200 OK", [])
            return iter([b"x" * (1 << 20)] * 100)

        with serving(app, threads=1, send_timeout=0.1) as server, connect(server.address) as sock:
            send(sock, request("GET /big HTTP/1.1").encode())
            entered.wait(PATIENCE)
            self.assertEqual(ask(server.address).body, b"hello")
            self.assertLess(len(read_all(sock)), 100 << 20)

    def test_L18_a_client_that_reads_too_little_is_dropped_too(self):
        """It takes something in each interval, and so a stream would last; the rate ends it."""
        ended = threading.Event()

        def app(environ, start_response):
            start_response("200 OK", [])
            return endless()

        def endless():
            try:
                while True:
                    yield b"x" * 65536
            finally:
                ended.set()

        with serving(app, send_timeout=0.1, rate=10 ** 12) as server, small_window(server.address) as sock:
            send(sock, GET.encode())
            while not ended.is_set():
                sock.recv(512)

    def test_L18_the_end_of_an_answer_must_be_taken_at_a_rate(self):
        def app(environ, start_response):
            start_response("200 OK", [])
            return [b"x" * (6 << 20)]

        with serving(app, send_timeout=0.1, rate=10 ** 12) as server, small_window(server.address) as sock:
            send(sock, GET.encode())
            until(lambda: server.stats()["connections"] == 1)
            until(lambda: server.stats()["connections"] == 0)

    def test_the_end_of_an_answer_needs_no_thread(self):
        """What the client does not take at once is left to the loop, so one thread serves the next."""
        body = b"x" * (200 << 10)

        def app(environ, start_response):
            start_response("200 OK", [("Content-Length", str(len(body)))])
            return [body]

        with serving(app, threads=1) as server, contextlib.ExitStack() as stack:
            socks = [stack.enter_context(small_window(server.address)) for _ in range(4)]
            for sock in socks:
                send(sock, request("GET / HTTP/1.1", CLOSE).encode())
            for sock in socks:
                (answer,), _ = answers(read_all(sock))
                self.assertEqual(answer.body, body)

    def test_L22_a_refusal_reaches_a_client_that_is_still_sending(self):
        def app(environ, start_response):
            start_response("413 Content Too Large", [("Content-Length", "0")])
            return []

        with serving(app) as server, connect(server.address) as sock:
            send(sock, post("Content-Length: 900000").encode() + b"x" * 900000)
            (answer,), _ = answers(read_all(sock))
            self.assertEqual((answer.status, answer.headers["connection"]), (413, "close"))


def stream(piece, closed):
    try:
        while not closed.wait(0.001):
            yield piece
    finally:
        closed.set()


def small_window(address):
    """Return a connected socket that takes little at a time."""
    sock = socket.socket()
    sock.settimeout(PATIENCE)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(address)
    return sock


class BrokenApplications(unittest.TestCase):
    """L24, L26, L27, L28, L31, and PEP 3333."""

    def status_of(self, app, *fields):
        with records() as found, serving(app) as server:
            data = talk(server.address, request("GET / HTTP/1.1", *fields).encode())
            again = talk(server.address, request("GET /smile HTTP/1.1").encode())
        self.assertIn(b"hello", again)
        return data, [record.getMessage() for record in found]

    def breaking(self, exc):
        def app(environ, start_response):
            if environ["PATH_INFO"] == "/smile":
                return hello(environ, start_response)
            raise exc

        return app

    def test_L24_whatever_is_raised_is_500_and_logged_once(self):
        for exc in (Exception("x"), BaseException("x"), SystemExit(3), KeyboardInterrupt(), RecursionError(),
                    MemoryError(), GeneratorExit(), OSError("x"), ConnectionResetError()):
            with self.subTest(type(exc)):
                data, logged = self.status_of(self.breaking(exc))
                (answer,), _ = answers(data)
                self.assertEqual((answer.status, answer.headers["connection"]), (500, "close"))
                self.assertEqual(len(logged), 1)

    def check(self, call, status, logs=1, body=None):
        def app(environ, start_response):
            return hello(environ, start_response) if environ["PATH_INFO"] == "/smile" else call(start_response)

        data, logged = self.status_of(app)
        found, _ = answers(data)
        self.assertEqual(found[0].status, status)
        self.assertEqual(len(logged), logs, logged)
        if body is not None:
            self.assertEqual(found[0].body, body)
        return found[0]

    def test_L28_start_response_never_called(self):
        self.check(lambda start: [b"x"], 500)
        self.check(lambda start: iter([b"x"]), 500)

    def test_L28_start_response_called_twice(self):
        self.check(lambda start: start("200 OK", []) and start("200 OK", []) and [b""], 500)

    def test_L28_start_response_again_with_exc_info(self):
        def call(start):
            start("200 OK", [])
            try:
                raise ValueError
            except ValueError:
                start("503 Service Unavailable", [], sys.exc_info())
            return [b"sorry"]

        self.check(call, 503, 0, b"sorry")

    def test_L28_with_exc_info_after_the_head_the_exception_goes_on(self):
        def call(start):
            start("200 OK", [])(b"begun")
            try:
                raise ValueError
            except ValueError:
                start("500 Oops", [], sys.exc_info())
            return []

        self.assertFalse(self.check(call, 200, 1, b"begun").whole)

    def test_start_response_may_be_called_when_the_body_begins(self):
        def late(start):
            start("200 OK", [])
            yield b"late"

        self.check(late, 200, 0, b"late")

    def test_write_and_the_iterable_follow_each_other(self):
        def call(start):
            write = start("200 OK", [])
            write(b"one ")
            write(b"two ")
            return [b"three"]

        self.check(call, 200, 0, b"one two three")

    def test_a_body_is_bytes(self):
        self.check(lambda start: start("200 OK", []) and ["text"], 500)
        self.check(lambda start: start("200 OK", []) and iter(["text"]), 500)
        self.check(lambda start: start("200 OK", []) and None, 500)

    def test_two_lengths_or_none_are_no_length(self):
        for value in ([("Content-Length", "1"), ("Content-Length", "2")], [("Content-Length", "+1")],
                      [("Content-Length", "")], [("X", 1)], [(b"X", "1")], [("X",)]):
            with self.subTest(value):
                self.check(lambda start: start("200 OK", value) and [b"x"], 500)

    def test_a_list_whose_length_is_wrong_is_cut_or_closed(self):
        self.check(lambda start: start("200 OK", [("Content-Length", "2")]) and [b"xyz"], 200, 1, b"xy")
        self.assertFalse(self.check(lambda start: start("200 OK", [("Content-Length", "9")]) and [b"x"], 200, 1).whole)

    def test_an_iterable_that_does_not_end_is_left_when_its_length_is_reached(self):
        two = [("Content-Length", "2")]
        self.check(lambda start: start("200 OK", two) and itertools.repeat(b"x"), 200, 1, b"xx")

    def test_L27_close_that_raises_is_logged(self):
        class Body(list):
            def close(self):
                raise ValueError

        self.check(lambda start: start("200 OK", [("Content-Length", "1")]) and Body([b"x"]), 200, 1, b"x")

    def test_L26_an_iterable_that_breaks_is_cut_closed_and_logged_once(self):
        closed = []

        class Body:
            def __iter__(self):
                yield b"first"
                raise ValueError

            def close(self):
                closed.append(1)

        self.assertFalse(self.check(lambda start: start("200 OK", []) and Body(), 200, 1, b"first").whole)
        self.assertEqual(closed, [1])

    def test_L31_logging_that_fails_is_not_the_clients_fault(self):
        handler = logging.Handler()
        handler.emit = mock.Mock(side_effect=OSError("disk full"))
        logger = logging.getLogger("minflask.server")
        logger.addHandler(handler)
        self.addCleanup(logger.removeHandler, handler)
        with serving(self.breaking(ValueError()), access_log=True) as server:
            self.assertEqual(ask(server.address).status, 500)
        handler.emit.assert_called()

    def test_L32_no_console_is_needed(self):
        def app(environ, start_response):
            environ["wsgi.errors"].write("\N{SNOWMAN}\n")
            environ["wsgi.errors"].writelines(["x"])
            environ["wsgi.errors"].flush()
            return hello(environ, start_response)

        closed = io.StringIO()
        closed.close()
        narrow = io.TextIOWrapper(io.BytesIO(), "cp1252")
        for stream in (None, closed, narrow):
            with self.subTest(stream), mock.patch("sys.stderr", stream), mock.patch("sys.stdout", stream):
                with serving(app, access_log=True) as server:
                    self.assertEqual(ask(server.address).body, b"hello")


class Validated(unittest.TestCase):
    def test_L45_the_standard_validator_finds_nothing(self):
        def app(environ, start_response):
            size = len(environ["wsgi.input"].read(100))
            start_response("200 OK", [("Content-Type", "text/plain")])
            return iter([b"%d" % size])

        sent = [request(), request("GET /a%20b?c=d HTTP/1.0"), request("HEAD / HTTP/1.1"),
                post("Content-Length: 5", body="hello"), chunked("5\r\nhello\r\n0\r\n\r\n"),
                request("GET http://h/x HTTP/1.1"), request("GET / HTTP/1.1", "Cookie: a=1", "Content-Type: a/b")]
        with records() as found, serving(validator(app)) as server, serving(validator(app), unix=True) as unix:
            for text in sent:
                for where in (server, unix):
                    with self.subTest(text[:40], unix=where is unix), warnings.catch_warnings():
                        self.assertIn(b" 200 ", talk(where.address, text.encode()))
        self.assertEqual([record.getMessage() for record in found], [])

    def test_L45_it_finds_nothing_in_how_a_body_is_read(self):
        app = Flask(__name__)
        app.add_url_rule("/", view_func=lambda: flask_request.get_data(), methods=["POST"])
        app.wsgi_app = validator(app.wsgi_app)
        with serving(app) as server:
            for text in (post("Content-Length: 5", body="hello"), chunked("5\r\nhello\r\n0\r\n\r\n")):
                self.assertIn(b"\r\n\r\nhello", talk(server.address, text.encode()))


class Ends(unittest.TestCase):
    def test_L22_a_refusal_can_be_read_by_a_client_that_sends_on(self):
        """RFC 9112, 9.6; the head came alone, and more of the request is on its way."""
        for field in ("Content-Length: 2147483648", "Content-Length: +5", "Transfer-Encoding: gzip", "Host: b"):
            with self.subTest(field), serving(Mirror()) as server, connect(server.address) as sock:
                send(sock, request("POST / HTTP/1.1", field).encode())
                (answer,), _ = answers(read_all(sock))
                self.assertIn(answer.status, (400, 413, 501))
                for _ in range(200):
                    sock.send(b"x" * 1000)

    def test_nothing_is_written_behind_the_end_of_an_answer(self):
        """RFC 9112, 7.1: it would stand in the next one."""
        writers, failed = [], []

        class Body(list):
            def close(self):
                try:
                    writers[-1](b"LATE")
                except RuntimeError as error:
                    failed.append(str(error))

        def app(environ, start_response):
            writers.append(start_response("200 OK", []))
            writers[-1](b"a")
            return Body([b"b"])
        with serving(app) as server:
            text = request("GET / HTTP/1.1") + request("GET / HTTP/1.1", CLOSE)
            found, _ = answers(talk(server.address, text.encode(), closes=True))
        self.assertEqual([answer.body for answer in found], [b"ab", b"ab"])
        self.assertEqual(len(failed), 2)
        self.assertRaisesRegex(RuntimeError, "after the end", writers[0], b"LATER")

    def test_G10_a_cut_is_seen_also_where_the_connection_closes_anyway(self):
        def app(environ, start_response):
            start_response("200 OK", [])
            yield b"a"
            if environ["PATH_INFO"] == "/fails":
                raise ValueError("cut")
        with records(), serving(app, threads=1, keep_alive=False) as server:
            for path, whole in (("/", True), ("/fails", False)):
                (answer,), _ = answers(talk(server.address, request(f"GET {path} HTTP/1.1").encode(), closes=True))
                self.assertEqual((answer.body, answer.whole, answer.headers["connection"]), (b"a", whole, "close"))


class Files(unittest.TestCase):
    """wsgi.file_wrapper; L34."""

    def setUp(self):
        self.folder = self.enter(tempfile.TemporaryDirectory())
        self.path = os.path.join(self.folder, "file")
        self.length = None
        self.closed = []

    def enter(self, context):
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value

    def app(self, environ, start_response):
        start_response("200 OK", [("Content-Length", str(self.length))] if self.length is not None else [])
        file = open(self.path, "rb")
        file.seek(int(environ["QUERY_STRING"] or 0))
        wrapper = environ["wsgi.file_wrapper"](file)
        self.closed.append(file)
        return wrapper

    def fetch(self, size, *fields, method="GET", start=0):
        with open(self.path, "wb") as file:
            file.write(os.urandom(size))
        with records(), serving(self.app) as server:
            data = talk(server.address, request(f"{method} /?{start} HTTP/1.1", *fields).encode())
        self.assertTrue(all(file.closed for file in self.closed))
        (answer,), _ = answers(data, (0,) if method == "HEAD" else ())
        return answer

    def content(self):
        with open(self.path, "rb") as file:
            return file.read()

    def test_files_small_and_large_arrive_whole(self):
        for size in (0, 1, 65536, 65537, 3 << 20):
            with self.subTest(size):
                answer = self.fetch(size)
                self.assertEqual(answer.body, self.content())
                self.assertEqual(answer.headers["content-length"], str(size))

    def test_a_file_is_sent_from_where_it_stands(self):
        self.assertEqual(self.fetch(200000, start=100).body, self.content()[100:])

    def test_no_more_is_sent_than_was_announced(self):
        self.length = 100000
        self.assertEqual(self.fetch(300000).body, self.content()[:100000])

    def test_L34_a_file_that_is_shorter_than_announced_is_cut(self):
        for self.length, size in ((100000, 70000), (500, 100)):
            answer = self.fetch(size)
            self.assertEqual((answer.body, answer.whole), (self.content(), False))

    def test_head_sends_no_file(self):
        answer = self.fetch(100000, method="HEAD")
        self.assertEqual((answer.body, answer.headers["content-length"]), (b"", "100000"))

    def test_what_is_no_file_of_the_system_is_read(self):
        def app(environ, start_response):
            start_response("200 OK", [])
            return environ["wsgi.file_wrapper"](io.BytesIO(b"x" * 20000), 1000)

        with serving(app) as server:
            self.assertEqual(ask(server.address).body, b"x" * 20000)

    def test_a_file_whose_bytes_are_not_those_of_its_descriptor_is_read(self):
        """PEP 3333: as if it were iterated over, by read()."""
        content = os.urandom(50000) + b"x" * 150000
        with gzip.open(self.path, "wb") as packed:
            packed.write(content)

        def app(environ, start_response):
            start_response("200 OK", [])
            return environ["wsgi.file_wrapper"](gzip.open(self.path, "rb"))
        with serving(app) as server:
            self.assertEqual(ask(server.address).body, content)

    @unittest.skipUnless(os.path.exists("/proc/self/status"), "needs files that are made while they are read")
    def test_a_file_that_is_made_while_it_is_read_arrives(self):
        self.path = "/proc/self/status"
        with serving(self.app) as server:
            self.assertIn(b"VmRSS", ask(server.address).body)

    def test_temporary_files_are_sent_as_files(self):
        for make in (tempfile.TemporaryFile, tempfile.NamedTemporaryFile, tempfile.SpooledTemporaryFile):
            def app(environ, start_response):
                file = make()
                file.write(b"x" * 200000)
                if hasattr(file, "rollover"):
                    file.rollover()
                file.seek(0)
                start_response("200 OK", [])
                return environ["wsgi.file_wrapper"](file)
            with self.subTest(make), serving(app) as server:
                answer = ask(server.address)
                self.assertEqual((answer.body, answer.headers.get("content-length")), (b"x" * 200000, "200000"))

    def test_L27_a_file_that_has_no_close_or_fails_in_it_leaves_nothing_behind(self):
        with open(self.path, "wb") as file:
            file.truncate(200000)

        class Bare:
            def __init__(self, file):
                self.read, self.fileno, self.tell = file.read, file.fileno, file.tell

        class Failing(Bare):
            def close(self):
                raise OSError("no")

        def app(environ, start_response):
            file = open(self.path, "rb")
            self.closed.append(file)
            start_response("200 OK", [("Content-Length", "200000")])
            return environ["wsgi.file_wrapper"]((Failing if environ["PATH_INFO"] == "/fails" else Bare)(file))
        with records() as told, serving(app) as server:
            for path, count in (("/", 2), ("/fails", 1)):
                with self.subTest(path):
                    text = (request(f"GET {path} HTTP/1.1") + request("GET / HTTP/1.1", CLOSE)).encode()
                    found, _ = answers(talk(server.address, text, closes=True))
                    self.assertEqual([len(answer.body) for answer in found], [200000] * count)
        for file in self.closed:
            file.close()
        self.assertTrue(any("close()" in record.getMessage() for record in told))

    def test_L27_the_connection_is_closed_though_the_file_is_not(self):
        file = mock.Mock()
        file.close.side_effect = OSError("no")
        with records() as told:
            Tail(memoryview(b""), file).close()
        self.assertIn("could not be closed", told[0].getMessage())

    def test_a_client_that_leaves_closes_the_file(self):
        with open(self.path, "wb") as file:
            file.truncate(50 << 20)
        with serving(self.app) as server:
            with small_window(server.address) as sock:
                send(sock, GET.encode())
                read_until(sock, b"\r\n\r\n")
        self.assertTrue(self.closed[0].closed)


class Bodies(unittest.TestCase):
    def test_a_long_body_is_read_in_any_mix_of_reads(self):
        """Property 3 on a socket."""
        body = "".join(f"line {number}\n" for number in range(20000))

        def app(environ, start_response):
            file = environ["wsgi.input"]
            read = [file.readline(), file.read(7), file.readline(3), *file.readlines(10), file.read(100000)]
            read += list(file)
            read.append(file.read())
            start_response("200 OK", [])
            return [b"".join(read)]

        chunks = "".join(f"{len(part):x}\r\n{part}\r\n" for part in (body[:5], body[5:100000], body[100000:]))
        for text in (post(f"Content-Length: {len(body)}", body=body), chunked(chunks + "0\r\n\r\n")):
            with self.subTest(text[:60]), serving(app) as server:
                (answer,), _ = answers(talk(server.address, text.encode(), closes=False))
                self.assertEqual(answer.body.decode(), body)

    def test_a_body_beyond_the_limit_is_413_also_when_that_shows_late(self):
        with records() as found, serving(Mirror(), body=100000) as server:
            late = chunked(f"{70000:x}\r\n{'x' * 70000}\r\n{40000:x}\r\n")
            for text in (post("Content-Length: 100001"), late):
                (answer,), _ = answers(talk(server.address, text.encode(), closes=True))
                self.assertEqual(answer.status, 413)
        self.assertEqual([record.getMessage() for record in found], [])

    def test_L21_a_body_must_come_at_a_rate(self):
        with serving(Mirror(), body_timeout=0.1, rate=10 ** 9) as server, connect(server.address) as sock:
            send(sock, post("Content-Length: 100000").encode())
            sock.settimeout(0.02)
            data = b""
            while not data:
                try:
                    data = sock.recv(1000)
                except socket.timeout:
                    send(sock, b"a")
            self.assertIn(b" 408 ", data)


class TakingTheLead(unittest.TestCase):
    """The watcher takes over from a leader that is held up, and a connection has one owner all the time (S7)."""

    def test_the_lead_changes_as_often_as_the_leader_is_held_up(self):
        with mock.patch.object(workers_module, "LONGEST_PAUSE", 0), mock.patch.object(workers_module, "LEAST_PAUSE", 0):
            for threads in (1, 2):
                gate = Gate()
                with self.subTest(threads), serving(gate, threads=threads) as server:
                    for _ in range(4):
                        pending = in_background(ask, server.address, "/wait")
                        gate.await_entries(1)
                        other = in_background(ask, server.address)
                        if threads > 1:
                            self.assertEqual(other().body, b"hello")
                        gate.open.set()
                        self.assertEqual((pending().body, other().body), (b"hello", b"hello"))
                        gate.open.clear()

    def test_requests_find_a_thread_while_and_after_the_lead_changes(self):
        with mock.patch.object(workers_module, "TICK", 0.0001), mock.patch.object(workers_module, "LONGEST_PAUSE", 0):
            with mock.patch.object(workers_module, "LEAST_PAUSE", 0), serving(slowish, threads=3) as server:
                done = [in_background(keep_asking, server.address, 60) for _ in range(8)]
                self.assertEqual([result() for result in done], [60] * 8)
                until(lambda: server.stats()["running"] == 0)


def slowish(environ, start_response):
    """Answer after a moment, now and then."""
    until = time.monotonic() + (0.0006 if id(environ) % 3 == 0 else 0)
    while time.monotonic() < until:
        pass
    return hello(environ, start_response)


if __name__ == "__main__":
    unittest.main()
