"""`run_simple` and what it puts together; the reloader's eyes; the names of werkzeug.serving."""

from __future__ import annotations

import io
import logging
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import types
import unittest
from unittest import mock

from minflask.server import run, serving as names
from minflask.server.life import Server
from minflask.server.reloader import AGAIN, ALONE, ReloaderLoop, command_line, supervise, watched_paths
from tests.house.wire import talk
from tests.house.wirecases import CLOSE, GET, request


def hello(environ, start_response):
    if environ["PATH_INFO"] == "/break":
        raise LookupError("on purpose")
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]


class RunSimple(unittest.TestCase):
    def run_and_ask(self, *texts, app=hello, host="127.0.0.1", port=0, **options):
        """Run it until the requests are answered; return the answers, what was said, and the server."""
        answers, servers, said = [], [], io.StringIO()

        def serve(server, poll_interval=0.5):
            servers.append(server)
            with server:
                if server.on_start:
                    server.on_start()
                answers.extend(talk(server.sockets[0].getsockname(), text.encode()) for text in texts)

        with mock.patch("minflask.server.life.Server.serve_forever", serve), mock.patch("sys.stderr", said):
            run.run_simple(host, port, app, **options)
        return answers, said.getvalue(), servers[0]

    def test_the_port_is_an_integer(self):
        with self.assertRaisesRegex(TypeError, "port must be an integer"):
            run.run_simple("127.0.0.1", "5000", hello)

    def test_what_it_says_at_the_start(self):
        _, said, server = self.run_and_ask(threaded=True)
        self.assertIn(f"Running on http://127.0.0.1:{server.port} ", said)
        self.assertNotIn("Reachable", said)
        _, said, server = self.run_and_ask(host="0.0.0.0")
        self.assertIn(f"Running on http://127.0.0.1:{server.port} ", said)
        self.assertIn("Reachable from other machines", said)

    def test_threads_come_with_threaded_and_so_does_keep_alive(self):
        for threaded, threads in ((False, 1), (True, 8)):
            (data,), _, server = self.run_and_ask(GET, threaded=threaded)
            self.assertEqual((server.settings.threads, b"Connection: close" in data), (threads, not threaded))

    def test_the_page_for_developers_is_an_option(self):
        ask = request("GET /break HTTP/1.1", "Accept: text/html", host="localhost")
        for use_debugger in (False, True):
            with self.subTest(use_debugger), mock.patch.object(logging.getLogger("minflask.server"), "disabled", True):
                (data,), _, _ = self.run_and_ask(ask, use_debugger=use_debugger)
                self.assertEqual(b"on purpose" in data, use_debugger)

    def test_static_files_may_be_served_beside_it(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "a.txt"), "w") as file:
                file.write("static")
            answers, _, _ = self.run_and_ask(request("GET /s/a.txt HTTP/1.1"), GET, static_files={"/s": folder})
        self.assertIn(b"static", answers[0])
        self.assertIn(b"hello", answers[1])

    def test_errors_pass_through_when_asked(self):
        with mock.patch("sys.stderr", io.StringIO()), self.assertRaisesRegex(LookupError, "on purpose"):
            with mock.patch("minflask.server.run._welcome", lambda server, processes: talk(
                    server.sockets[0].getsockname(), request("GET /break HTTP/1.1").encode())):
                run.run_simple("127.0.0.1", 0, hello, passthrough_errors=True)

    def test_a_bad_certificate_is_a_line_and_an_exit(self):
        said = io.StringIO()
        with mock.patch("sys.stderr", said), self.assertRaises(SystemExit) as caught:
            run.run_simple("127.0.0.1", 0, hello, ssl_context=("missing.pem", "missing.key"))
        self.assertEqual(caught.exception.code, 1)
        self.assertIn("There is no file missing.pem", said.getvalue())

    def test_the_access_log_has_a_format_or_is_off(self):
        catcher, logger = logging.Handler(), run.access_logger()
        logger.addHandler(catcher)
        self.addCleanup(logger.removeHandler, catcher)
        for wanted, expected in (("{method} {status}", "GET 200"), ("json", '"status": 200'), (False, "")):
            with self.subTest(wanted):
                found = []
                catcher.emit = lambda record: found.append(record.getMessage())
                self.run_and_ask(GET, access_log=wanted)
                self.assertIn(expected, "".join(found))
                self.assertEqual(bool(found), bool(expected))

    def test_lines_go_to_werkzeugs_logger_if_the_program_set_that_up(self):
        manager = logging.getLogger().manager
        with mock.patch.dict(manager.loggerDict):
            manager.loggerDict.pop("werkzeug", None)
            self.assertEqual(run.access_logger().name, "minflask.server.access")
            logging.getLogger("werkzeug")
            self.assertEqual(run.access_logger().name, "werkzeug")


class Handlers(unittest.TestCase):
    """What programs do with werkzeug.serving."""

    def lines(self, handler, *texts):
        found = []
        logger = logging.getLogger("minflask.server")
        catcher = logging.Handler()
        catcher.emit = lambda record: found.append(record.getMessage())
        logger.addHandler(catcher)
        self.addCleanup(logger.removeHandler, catcher)
        with mock.patch("sys.stderr", None):
            with names.make_server("127.0.0.1", 0, hello, threaded=True, request_handler=handler) as server:
                self.assertEqual(server.server_address, ("127.0.0.1", server.server_port))
                for text in texts:
                    talk(server.server_address, text.encode())
        return found

    def test_a_server_tells_whether_it_speaks_tls(self):
        # pytest-localserver makes its URLs by it.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        for given in (None, context):
            server = names.make_server("127.0.0.1", 0, hello, ssl_context=given)
            self.addCleanup(server.server_close)
            self.assertIs(server.ssl_context, given)

    def test_a_shutdown_before_serving_is_not_forgotten(self):
        # pytest-httpserver and others start a thread and stop the server before it has come to serve.
        server = names.make_server("127.0.0.1", 0, hello)
        server.shutdown()
        server.serve_forever()
        self.assertEqual(server.sockets, [])
        with mock.patch.object(names.BaseWSGIServer, "start", lambda self: (Server.start(self), self.shutdown())):
            server.serve_forever()  # in between
        self.assertEqual(server.stats(), {"serving": False})

    def test_a_handler_writes_the_log(self):
        (line,) = self.lines(names.WSGIRequestHandler, request("GET /x HTTP/1.1"))
        self.assertRegex(line, r'^127\.0\.0\.1 - - \[.*\] "GET /x HTTP/1\.1" 200 5$')
        (line,) = self.lines(names.WSGIRequestHandler, "\x16\x03")
        self.assertRegex(line, r'"\\x16\\x03" 400 -$')

    def test_a_handler_may_be_made_quiet_or_say_something_else(self):
        class Quiet(names.WSGIRequestHandler):
            def log_request(self, code="-", size="-"):
                """Say nothing."""

        class Other(names.WSGIRequestHandler):
            def address_string(self):
                return "fe80::1%eth2"

            def log_request(self, code="-", size="-"):
                self.log_error("%s %s", self.command, code)
                self.log_message("100% plain")

        self.assertEqual(self.lines(Quiet, GET), [])
        lines = self.lines(Other, GET)
        self.assertRegex(lines[0], r"^fe80::1%eth2 - - \[.*\] GET 200$")
        self.assertRegex(lines[1], r"100% plain$")

    def test_a_handler_that_fails_is_logged(self):
        class Failing(names.WSGIRequestHandler):
            def log_request(self, code="-", size="-"):
                raise ValueError

        self.assertEqual(self.lines(Failing, GET), ["a request handler failed to log"])

    def test_shutdown_and_close_stop_the_server(self):
        server = names.make_server("127.0.0.1", 0, hello)
        self.assertFalse(server.multithread)
        server.start()
        self.assertIn(b"hello", talk(server.server_address, request("GET / HTTP/1.1", CLOSE).encode(), closes=True))
        server.shutdown()
        server.server_close()

    def test_addresses_are_told_as_sockets_want_them(self):
        self.assertEqual(names.select_address_family("127.0.0.1", 1), socket.AF_INET)
        self.assertEqual(names.select_address_family("::1", 1), socket.AF_INET6)
        self.assertEqual(names.get_sockaddr("127.0.0.1", 80, socket.AF_INET), ("127.0.0.1", 80))
        with mock.patch("socket.getaddrinfo", side_effect=socket.gaierror):
            self.assertEqual(names.get_sockaddr("x", 80, socket.AF_INET), ("x", 80))
        if hasattr(socket, "AF_UNIX"):
            self.assertEqual(names.select_address_family("unix:///tmp/s", 0), socket.AF_UNIX)
            self.assertEqual(names.get_sockaddr("unix:///tmp/s", 0, socket.AF_UNIX), os.path.abspath("/tmp/s"))


class Watching(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)

    def write(self, name, text="x = 1\n"):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def module(self, name, path):
        """Have a module be loaded from a file, as far as anybody can tell."""
        patch = mock.patch.dict(sys.modules, {name: types.SimpleNamespace(__file__=path)})
        patch.start()
        self.addCleanup(patch.stop)

    def test_the_files_of_loaded_modules_are_watched_and_those_beside_them(self):
        path, beside, other = self.write("a.py"), self.write("b.py"), self.write("c.txt")
        self.module("watched_a", path)
        paths = watched_paths()
        self.assertTrue({path, beside} <= paths)
        self.assertNotIn(other, paths)

    def test_modules_without_files_in_archives_or_compiled_do_no_harm(self):
        archive = self.write("app.zip")
        self.module("no_file", None)
        self.module("odd_file", 5)
        self.module("zipped", os.path.join(archive, "package", "module.py"))
        self.module("gone", os.path.join(self.folder, "gone", "module.py"))
        self.assertIn(archive, watched_paths())

    def test_extra_files_patterns_and_exclusions(self):
        path, template = self.write("a.py"), self.write("page.html")
        self.module("watched_b", path)
        self.assertIn(template, watched_paths([os.path.join(self.folder, "*.html")]))
        self.assertNotIn(path, watched_paths((), [f"{self.folder}*"]))

    def test_a_change_is_seen_once_and_a_file_that_vanishes_is_none(self):
        path = self.write("a.py")
        loop = ReloaderLoop([path])
        self.assertIsNone(loop.changed())
        self.write("a.py", "x = 10000\n")
        self.assertEqual((loop.changed(), loop.changed()), (path, None))
        os.unlink(path)
        self.assertIsNone(loop.changed())
        self.write("a.py", "x = 10000000\n")
        self.assertEqual(loop.changed(), path)

    def test_files_of_failed_imports_are_watched(self):
        path = self.write("broken.py", "x = \n")
        loop = ReloaderLoop()
        try:
            compile("x = \n", path, "exec")
        except SyntaxError as exc:
            loop.note(exc)
        self.assertIn(path, loop.paths())

    @unittest.skipUnless(os.path.exists(os.__file__), "the standard library is in an archive")
    def test_the_files_of_the_system_are_looked_at_in_every_tenth_round(self):
        """At most a tenth of the work of looking at all: with 3,000 modules far under one percent of a second."""
        loop = ReloaderLoop()
        rounds = [len([path for path in loop.paths() if path == os.__file__]) for _ in range(20)]
        self.assertEqual(rounds, [1] + [0] * 9 + [1] + [0] * 9)

    def test_running_ends_with_the_status_that_asks_for_another_start(self):
        path = self.write("a.py")
        loop = ReloaderLoop([path], interval=5)
        slept = []

        def sleep(seconds):
            slept.append(seconds)
            self.write("a.py", "x = 100\n" if len(slept) == 2 else f"x = \n{' ' * len(slept)}")

        said = io.StringIO()
        with mock.patch.object(ReloaderLoop, "_sleep", staticmethod(sleep)), mock.patch("sys.stderr", said):
            with self.assertRaises(SystemExit) as caught:
                loop.run()
        self.assertEqual((caught.exception.code, slept), (AGAIN, [5, 5]))
        self.assertIn("a.py, line 1: invalid syntax. Waiting until it is mended.", said.getvalue())
        self.assertIn(f"Detected change in {path!r}, reloading", said.getvalue())

    def test_the_first_process_starts_the_second_for_as_long_as_that_asks(self):
        for statuses, last in (([AGAIN, AGAIN, 0], 0), ([-15], 0), ([-9], 9), ([130], 130), ([1, 0], 0)):
            with self.subTest(statuses), mock.patch("minflask.server.reloader._run_child", side_effect=statuses):
                with mock.patch("minflask.server.reloader._await_change"), mock.patch("sys.stderr", None):
                    self.assertEqual(supervise(ReloaderLoop(), []), last)

    def test_an_interrupt_of_the_first_process_alone_ends_the_second(self):
        """Ctrl-C in a terminal reaches both; a signal by number may not."""
        late = subprocess.TimeoutExpired("python", ALONE)
        for terminal, waited, ended in ((True, [KeyboardInterrupt, 0], 0),
                                        (True, [KeyboardInterrupt] * 2 + [-15], 1),
                                        (False, [KeyboardInterrupt, late, -15], 1), (False, [KeyboardInterrupt, 0], 0)):
            child = mock.Mock()
            child.wait.side_effect = waited
            with self.subTest(terminal=terminal, waited=waited), mock.patch("subprocess.Popen", return_value=child):
                with mock.patch("minflask.server.reloader._has_terminal", return_value=terminal):
                    with mock.patch("sys.stderr", None):
                        self.assertEqual(supervise(ReloaderLoop(), []), 0)
                self.assertEqual(child.terminate.call_count, ended)

    def test_a_file_that_a_failed_start_lacked_is_news(self):
        """L40; a new file is none where nothing failed."""
        self.module("watched_c", self.write("c.py"))
        loop = ReloaderLoop()
        self.assertIsNone(loop.changed())
        self.write("new.py")
        self.assertIsNone(loop.changed())
        loop.note(ImportError("no module named later"))
        self.assertIsNone(loop.changed())
        later = self.write("later.py")
        self.assertEqual((loop.changed(), loop.changed()), (later, None))
        stamp = os.stat(later)
        os.unlink(later)
        self.assertIsNone(loop.changed())
        self.write("later.py")
        os.utime(later, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        self.assertEqual(loop.changed(), later)

    def test_the_command_is_the_one_that_started_this_program(self):
        with mock.patch.object(sys, "orig_argv", ["python3", "-X", "dev", "-m", "app", "x"], create=True):
            self.assertEqual(command_line(), [sys.executable, "-X", "dev", "-m", "app", "x"])
        main = types.SimpleNamespace(__spec__=types.SimpleNamespace(name="app.__main__"))
        with mock.patch.object(sys, "orig_argv", None, create=True), mock.patch.object(sys, "argv", ["p", "x"]):
            with mock.patch.dict(sys.modules, __main__=main):
                self.assertEqual(command_line()[-3:], ["-m", "app", "x"])
            main.__spec__ = None
            with mock.patch.dict(sys.modules, __main__=main):
                self.assertEqual(command_line()[-2:], ["p", "x"])


if __name__ == "__main__":
    unittest.main()
