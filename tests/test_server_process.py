"""A server as a process: signals, several processes, the reloader, sockets that are handed over.

Each test starts a program and speaks to it over sockets and signals; what it says on
its standard error is read line by line, so nothing is waited for by the clock.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import unittest

from tests.house.wire import PATIENCE, answers, connect, read_all, read_until, send, talk
from tests.house.wirecases import CLOSE, GET, request

ROOT = pathlib.Path(__file__).resolve().parents[1]
PREAMBLE = """
import os, sys, threading, time
from minflask.server import make_server, run_simple

def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/pid":
        body = str(os.getpid()).encode()
    elif path == "/exit":
        os._exit(7)
    elif path == "/wait":
        print("waiting", file=sys.stderr, flush=True)
        while not os.path.exists(os.environ["GATE"]):
            pass
        body = b"waited"
    else:
        body = b"hello"
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""
RUN = PREAMBLE + "\nrun_simple('127.0.0.1', 0, app, threaded=True, **OPTIONS)\n"


class Program:
    """A server in a process of its own."""

    def __init__(self, source, *arguments, folder, **environ):
        self.path = os.path.join(folder, "program.py")
        with open(self.path, "w") as file:
            file.write(textwrap.dedent(source))
        self.gate = os.path.join(folder, "gate")
        self.process = subprocess.Popen(
            [sys.executable, *arguments, self.path], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "GATE": self.gate, "PYTHONUNBUFFERED": "1", **environ},
            pass_fds=[int(number) for number in environ.get("PASS", "").split()], start_new_session=True)
        self.alarm = threading.Timer(3 * PATIENCE, self.kill)
        self.alarm.start()
        self.lines = []

    def line(self, pattern):
        """Return the match of a pattern in what it says, waiting for it."""
        while True:
            line = self.process.stderr.readline()
            if not line:
                raise AssertionError(f"it ended without saying {pattern!r}: {''.join(self.lines)}")
            self.lines.append(line)
            match = re.search(pattern, line)
            if match:
                return match

    def address(self):
        return "127.0.0.1", int(self.line(r"Running on http://127\.0\.0\.1:(\d+)").group(1))

    def open_gate(self):
        open(self.gate, "w").close()

    def end(self):
        """Wait for the end; return the exit status and what it said last."""
        rest = self.process.stderr.read()
        return self.process.wait(PATIENCE), rest

    def kill(self):
        """End it and its children: one that stays would hold its standard error open, and who reads that."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL) if hasattr(os, "killpg") else self.process.kill()

    def close(self):
        self.alarm.cancel()
        self.kill()
        self.process.wait()
        self.process.stderr.close()


class Programs(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def start(self, source=RUN, options="", arguments=("-W", "error"), **environ):
        program = Program(source.replace("**OPTIONS", options), *arguments, folder=self.folder.name, **environ)
        self.addCleanup(program.close)
        return program

    def ask(self, address, path="/"):
        (answer,), _ = answers(talk(address, request(f"GET {path} HTTP/1.1", CLOSE).encode(), closes=True))
        return answer.body


class Signals(Programs):
    def test_L01_L09_a_signal_ends_an_idle_server_with_status_0(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number):
                program = self.start()
                address = program.address()
                self.assertEqual(self.ask(address), b"hello")
                program.process.send_signal(number)
                self.assertEqual(program.end()[0], 0)
                with socket.socket() as sock:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    sock.bind(address)

    def test_L02_L04_the_first_signal_lets_requests_finish_and_the_second_does_not(self):
        for times, body in ((1, b"waited"), (2, None)):
            with self.subTest(times):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(os.path.join(self.folder.name, "gate"))
                program = self.start()
                address = program.address()
                with connect(address) as sock, connect(address) as idle:
                    send(sock, request("GET /wait HTTP/1.1").encode())
                    program.line("waiting")
                    program.process.send_signal(signal.SIGTERM)
                    self.assertEqual(read_all(idle), b"")  # so the first signal was heard
                    if times == 2:
                        program.process.send_signal(signal.SIGTERM)
                        self.assertEqual(program.end()[0], 128 + signal.SIGTERM)
                        continue
                    program.open_gate()
                    (answer,), _ = answers(read_all(sock))
                    self.assertEqual((answer.body, answer.headers["connection"]), (body, "close"))
                    self.assertEqual(program.end()[0], 0)

    def test_L13_no_descriptors_before_the_first_answer_are_waited_out(self):
        """Nothing can be loaded then, `logging` neither."""
        program = self.start("import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))\n" + RUN)
        address = program.address()
        held = [connect(address) for _ in range(30)]
        program.line("cannot accept connections for now")
        for sock in held:
            sock.close()
        self.assertEqual(self.ask(address), b"hello")
        program.process.send_signal(signal.SIGTERM)
        self.assertEqual(program.end()[0], 0)

    def test_L08_other_signals_end_nothing(self):
        program = self.start()
        address = program.address()
        for name in ("SIGHUP", "SIGPIPE", "SIGCHLD"):
            program.process.send_signal(getattr(signal, name))
            self.assertEqual(self.ask(address), b"hello", name)

    def test_L48_nothing_need_be_written_and_nobody_need_have_a_home(self):
        source = """
import errno, os, sys
def refuse(event, arguments):
    if event == "open":
        path, mode, flags = arguments  # a mode or flags; PyPy has flags beside a mode that mean nothing
        writes = set(mode) & set("wax+") if mode else flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)
    if event in ("os.mkdir", "os.rename", "os.remove"):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))
sys.addaudithook(refuse)
sys.dont_write_bytecode = True
for name in ("HOME", "USER", "LOGNAME", "TMPDIR"):
    os.environ.pop(name, None)
try:
    import pwd
    def nobody(uid):
        raise KeyError(uid)
    pwd.getpwuid = nobody
except ImportError:
    pass
from minflask import Flask
app = Flask(__name__)
app.add_url_rule("/", view_func=lambda: "hello")
app.run(port=0)
"""
        program = self.start(source)
        self.assertEqual(self.ask(program.address()), b"hello")
        program.process.send_signal(signal.SIGTERM)
        self.assertEqual(program.end()[0], 0)

    def test_L12_a_port_in_use_is_one_line_that_names_who_and_status_1(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            program = self.start(RUN.replace("'127.0.0.1', 0", f"'127.0.0.1', {port}"))
            status, said = program.end()
        self.assertEqual((status, said.count("\n")), (1, 1), said)
        self.assertIn(f"Port {port} on 127.0.0.1 is in use by", said)
        if os.path.isdir("/proc/self/fd"):
            self.assertIn(f"(pid {os.getpid()})", said)

    def test_S186_the_start_message_says_the_address_and_what_is_guarded(self):
        program = self.start()
        program.line(r"Running on http://127\.0\.0\.1:\d+ \(Press CTRL\+C to quit\)")
        program.line("200 connections, 8 requests.* 64 KiB in 10 s.* 1024 MiB.* 30 s")

    def test_L46_the_server_runs_under_every_switch_of_python(self):
        for arguments in (["-O"], ["-OO", "-I"], ["-b", "-W", "error", "-X", "utf8=0"]):
            with self.subTest(arguments):
                source = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n" + RUN
                program = self.start(source, arguments=arguments)
                self.assertEqual(self.ask(program.address()), b"hello")
                program.process.terminate()
                self.assertEqual(program.end()[0], 0)


@unittest.skipUnless(hasattr(os, "fork"), "no fork here")
class SeveralProcesses(Programs):
    def test_children_serve_and_the_dead_are_replaced(self):
        program = self.start(options="processes=2")
        address = program.address()
        first = {int(self.ask(address, "/pid")) for _ in range(10)}
        self.assertNotIn(program.process.pid, first)
        self.assertEqual(talk(address, request("GET /exit HTTP/1.1").encode(), closes=True), b"")
        program.line("ended with status 7; starting another")
        self.assertEqual(self.ask(address), b"hello")
        program.process.terminate()
        self.assertEqual(program.end()[0], 0)

    def test_L02_the_promises_of_one_process_hold_for_several(self):
        program = self.start(options="processes=2")
        address = program.address()
        with connect(address) as sock:
            send(sock, request("GET /wait HTTP/1.1").encode())
            program.line("waiting")
            program.process.terminate()
            program.open_gate()
            (answer,), _ = answers(read_all(sock))
            self.assertEqual(answer.body, b"waited")
        self.assertEqual(program.end()[0], 0)

    def test_a_second_signal_ends_them_at_once(self):
        program = self.start(options="processes=2")
        address = program.address()
        with connect(address) as sock, connect(address) as idle:
            send(idle, GET.encode())
            read_until(idle, b"hello")
            send(sock, request("GET /wait HTTP/1.1").encode())
            program.line("waiting")
            program.process.send_signal(signal.SIGINT)
            self.assertEqual(read_all(idle), b"")  # so the first signal was heard
            program.process.send_signal(signal.SIGINT)
            program.end()

    def test_children_end_with_their_parent_however_it_ended(self):
        program = self.start(options="processes=2")
        address = program.address()
        self.ask(address)
        program.process.kill()
        program.end()  # which is read to its end only when no child holds it any more

    @unittest.skipUnless(hasattr(os, "fork"), "no fork here")
    def test_L37_a_server_serves_after_a_fork(self):
        source = PREAMBLE + """
first = make_server(app, port=0)
first.start()
if os.fork():
    os.wait()
    first.stop()
else:
    second = make_server(app, port=0)
    os.write(2, f"Running on {second.url}\\n".encode())  # at once: the parent writes a warning at the same time
    second.serve_forever()
    os._exit(0)
"""
        program = self.start(source, arguments=())
        address = program.address()
        self.assertEqual(self.ask(address), b"hello")
        os.kill(int(self.ask(address, "/pid")), signal.SIGTERM)
        self.assertEqual(program.end()[0], 0)


class HandedOver(Programs):
    def test_L43_systemd_sockets_are_served(self):
        with socket.socket() as one, socket.socket() as two:
            for sock in (one, two):
                sock.bind(("127.0.0.1", 0))
                sock.listen()
            source = PREAMBLE + """
descriptors = [int(number) for number in os.environ["PASS"].split()]
for number, descriptor in enumerate(descriptors):
    os.dup2(os.dup(descriptor), 3 + number)
os.environ["LISTEN_FDS"] = str(len(descriptors))
os.environ["LISTEN_PID"] = str(os.getpid())
run_simple("127.0.0.1", 1, app)
"""
            for count in (1, 2):
                socks = [one, two][:count]
                for sock in socks:
                    sock.set_inheritable(True)
                with self.subTest(count):
                    program = self.start(source, PASS=" ".join(str(sock.fileno()) for sock in socks))
                    program.line("Running on")
                    for sock in socks:
                        self.assertEqual(self.ask(sock.getsockname()), b"hello")
                    program.process.terminate()
                    self.assertEqual(program.end()[0], 0)

    @unittest.skipUnless(hasattr(socket, "AF_UNIX"), "no unix sockets here")
    def test_where_it_runs_is_said_of_the_socket_that_was_handed_over(self):
        source = PREAMBLE + """
os.dup2(os.dup(int(os.environ["PASS"])), 3)
os.environ["LISTEN_FDS"], os.environ["LISTEN_PID"] = "1", str(os.getpid())
run_simple("127.0.0.1", 1, app)
"""
        path = os.path.join(self.folder.name, "web.sock")
        for family, address, wanted in ((socket.AF_UNIX, path, rf"Running on unix:{re.escape(path)} "),
                                        (socket.AF_INET, ("0.0.0.0", 0), "Reachable from other machines")):
            with self.subTest(wanted), socket.socket(family) as sock:
                sock.bind(address)
                sock.listen()
                sock.set_inheritable(True)
                program = self.start(source, PASS=str(sock.fileno()))
                program.line(wanted)
                program.process.terminate()
                self.assertEqual(program.end()[0], 0)

    def test_L43_sockets_meant_for_another_process_are_left_alone(self):
        program = self.start(LISTEN_FDS="1", LISTEN_PID="1")
        self.assertEqual(self.ask(program.address()), b"hello")


class Reloading(Programs):
    """L40, L41. The interval is short; what is waited for are the reloader's own words."""

    SOURCE = PREAMBLE.replace('b"hello"', "value()") + """
import part
def value():
    return part.VALUE
run_simple("127.0.0.1", 0, app, threaded=True, use_reloader=True, reloader_interval=0.02, extra_files=EXTRA)
"""

    def write(self, name, text):
        """Write a file so that its time differs from before, and nobody sees half of it."""
        path = os.path.join(self.folder.name, name)
        before = os.stat(path).st_mtime_ns if os.path.exists(path) else 0
        with open(f"{path}.new", "w") as file:
            file.write(text)
        os.utime(f"{path}.new", ns=(before + 10 ** 9, before + 10 ** 9))
        os.replace(f"{path}.new", path)
        return path

    def reloading(self, extra="[]"):
        self.write("part.py", "VALUE = b'one'\n")
        program = self.start(self.SOURCE.replace("EXTRA", extra), PYTHONDONTWRITEBYTECODE="1")
        return program, program.address()

    def test_a_change_starts_the_program_again_on_the_same_socket(self):
        program, address = self.reloading()
        self.assertEqual(self.ask(address), b"one")
        path = self.write("part.py", "VALUE = b'two'\n")
        program.line(re.escape(f"Detected change in {path!r}"))
        program.line("Restarting")
        self.assertEqual(self.ask(address), b"two")  # waited in the queue if need be
        program.process.terminate()
        self.assertEqual(program.end()[0], 0)

    def test_L40_a_syntax_error_is_said_and_the_old_program_serves_on(self):
        program, address = self.reloading()
        path = self.write("part.py", "VALUE = \n")
        program.line(re.escape(path) + ", line 1: invalid syntax")
        self.assertEqual(self.ask(address), b"one")
        self.write("part.py", "VALUE = b'mended'\n")
        program.line("Restarting")
        self.assertEqual(self.ask(address), b"mended")

    def test_L40_a_program_that_does_not_start_waits_for_a_change(self):
        program, address = self.reloading()
        self.write("part.py", "VALUE = 1 / 0\n")
        program.line("ended with status 1; it is started again when a file changes")
        with connect(address) as sock:
            send(sock, request("GET / HTTP/1.1", CLOSE).encode())
            self.write("part.py", "VALUE = b'mended'\n")
            (answer,), _ = answers(read_all(sock))
            self.assertEqual(answer.body, b"mended")

    def test_L41_a_request_in_flight_is_finished_first(self):
        program, address = self.reloading()
        with connect(address) as sock:
            send(sock, request("GET /wait HTTP/1.1").encode())
            program.line("waiting")
            self.write("part.py", "VALUE = b'two'\n")
            program.line("Detected change")
            program.open_gate()
            (answer,), _ = answers(read_all(sock))
            self.assertEqual(answer.body, b"waited")
        self.assertEqual(self.ask(address), b"two")

    @unittest.skipUnless(hasattr(os, "fork"), "elsewhere a process does not see that its parent is gone")
    def test_the_program_ends_with_the_reloader_however_that_ended(self):
        program, address = self.reloading()
        self.ask(address)
        program.process.kill()
        program.end()  # which is read to its end only when no child holds it any more

    def test_extra_files_and_folders_are_watched(self):
        folder = os.path.join(self.folder.name, "templates", "deep")
        os.makedirs(folder)
        path = self.write("templates/deep/page.html", "x")
        program, address = self.reloading(repr([os.path.join(self.folder.name, "templates")]))
        self.ask(address)
        self.write("templates/deep/page.html", "y")
        program.line(re.escape(f"Detected change in {path!r}"))
        self.assertEqual(self.ask(address), b"one")


if __name__ == "__main__":
    unittest.main()
