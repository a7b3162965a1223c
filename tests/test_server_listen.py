"""Where a server listens, what it says when it cannot, TLS, and a start without some of Python's modules."""

from __future__ import annotations

import contextlib
import doctest
import errno
import os
import pathlib
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

from minflask.server import life, listen, make_server, tls
from minflask.server.connection import Connection
from minflask.server.listen import CannotListen, open_sockets
from minflask.server.loop import wake_pair
from minflask.server.settings import Settings
from minflask.server.tls import BadCertificate, make_context
from tests.house.wire import PATIENCE, answers, connect, read_all, read_until, send, serving, talk
from tests.house.wirecases import CLOSE, GET, request

HOUSE = pathlib.Path(__file__).resolve().parent / "house"
ONE, TWO = str(HOUSE / "one.pem"), str(HOUSE / "two.pem")


def hello(environ, start_response):
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["wsgi.url_scheme"].encode()]


class Addresses(unittest.TestCase):
    def open(self, *args):
        sockets = open_sockets(*args)
        for sock in sockets:
            self.addCleanup(sock.close)
        return sockets

    def has_ipv6(self):
        try:
            self.open("::1", 0, 5)
        except CannotListen:
            self.skipTest("no IPv6 here")

    def test_a_python_without_sockets_says_so(self):
        with mock.patch("sys.platform", "emscripten"), self.assertRaisesRegex(CannotListen, "WebAssembly"):
            open_sockets("127.0.0.1", 0, 5)

    def test_L44_ipv6_alone_and_both(self):
        self.has_ipv6()
        for host, families in (("::1", {socket.AF_INET6}), ("::", {socket.AF_INET, socket.AF_INET6})):
            (sock,) = self.open(host, 0, 5)
            port = sock.getsockname()[1]
            for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
                with self.subTest(host, client=address), socket.socket(family) as client:
                    self.assertEqual(client.connect_ex((address, port)) == 0, family in families)

    def test_L44_the_address_of_an_ipv6_client_keeps_its_scope(self):
        self.has_ipv6()
        seen = []

        def app(environ, start_response):
            seen.append(environ["REMOTE_ADDR"])
            return hello(environ, start_response)

        with make_server(app, "::1", 0) as server, socket.create_connection(("::1", server.port)) as client:
            self.assertTrue(server.url.startswith("http://[::1]:"))
            send(client, request("GET / HTTP/1.1", CLOSE, host="[::1]").encode())
            read_all(client)
        self.assertEqual(seen, ["::1"])

    def test_an_ipv4_client_of_a_socket_for_both_families_has_its_own_address(self):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            for peer, shown in ((("::ffff:192.0.2.7", 80, 0, 0), "192.0.2.7"), (("::ffff:1", 80, 0, 0), "::ffff:1"),
                                (("2001:db8::1", 80, 0, 0), "2001:db8::1")):
                self.assertEqual(Connection(ours, peer, Settings(), 0.0).peer[0], shown)

    def test_localhost_listens_on_each_of_its_addresses_with_one_port(self):
        both = [(family, socket.SOCK_STREAM, 6, "", address) for family, address in (
            (socket.AF_INET6, ("::1", 0, 0, 0)), (socket.AF_INET, ("127.0.0.1", 0)))]
        self.has_ipv6()
        with mock.patch("socket.getaddrinfo", return_value=both):
            first, second = self.open("localhost", 0, 5)
        self.assertEqual(first.family, socket.AF_INET)
        self.assertEqual(first.getsockname()[1], second.getsockname()[1])

    def test_errors_are_a_line_that_helps(self):
        cases = {
            errno.EADDRINUSE: "Port 5 on h is in use by .*--port",
            errno.EACCES: "No permission to listen on h:5.*1024.*--port",
            errno.EADDRNOTAVAIL: "this machine has no address h",
            errno.EIO: "Cannot listen on h:5: ",
        }
        for number, pattern in cases.items():
            with self.subTest(number):
                self.assertRegex(listen.explain(OSError(number, "no"), "h", 5), pattern)
        with mock.patch("socket.getaddrinfo", side_effect=socket.gaierror(-2, "unknown")):
            with self.assertRaisesRegex(CannotListen, "there is no such host as 'nowhere'"):
                open_sockets("nowhere", 5, 5)

    def test_S184_windows_takes_a_port_for_itself_alone(self):
        asked = []

        class Socket(socket.socket):
            def setsockopt(self, *args):
                asked.append(args)

        with mock.patch("sys.platform", "win32"), mock.patch("socket.socket", Socket), mock.patch.object(
                socket, "SO_EXCLUSIVEADDRUSE", -5, create=True):
            self.open("127.0.0.1", 0, 5)
        self.assertIn((socket.SOL_SOCKET, -5, 1), asked)
        self.assertNotIn(socket.SO_REUSEADDR, [args[1] for args in asked])

    def test_a_descriptor_that_does_not_listen_is_refused(self):
        with tempfile.TemporaryFile() as file, self.assertRaisesRegex(CannotListen, "is no listening socket"):
            open_sockets(f"fd:{file.fileno()}", 0, 5)
        with socket.socket() as sock, self.assertRaisesRegex(CannotListen, "is no listening socket"):
            open_sockets(f"fd:{sock.fileno()}", 0, 5)

    def test_a_descriptor_that_listens_is_served(self):
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            sock.listen()
            with make_server(hello, f"fd:{os.dup(sock.fileno())}") as server:
                self.assertEqual(server.port, sock.getsockname()[1])
                self.assertIn(b"http", talk(sock.getsockname(), GET.encode()))

    def test_S57_a_pair_of_sockets_is_one(self):
        ours, theirs = wake_pair()
        ours.close()
        theirs.close()
        stranger = mock.Mock(family=socket.AF_INET)
        stranger.getpeername.return_value = ("127.0.0.1", 6)
        with mock.patch("socket.socketpair", return_value=(stranger, stranger)), self.assertRaises(ConnectionError):
            wake_pair()


@unittest.skipUnless(hasattr(socket, "AF_UNIX"), "no unix sockets here")
class UnixSockets(unittest.TestCase):
    """L42, S185."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "s")

    def test_the_file_is_private_unless_told_otherwise_and_goes_with_the_server(self):
        for options, mode in (({}, 0o600), ({"socket_mode": 0o666}, 0o666)):
            with make_server(hello, f"unix://{self.path}", **options):
                self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), mode)
            self.assertFalse(os.path.exists(self.path))

    def test_a_stale_file_is_replaced(self):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind(self.path)
        with make_server(hello, f"unix:{self.path}"):
            self.assertIn(b"http", talk(self.path, GET.encode()))

    def test_a_file_in_use_is_not(self):
        with make_server(hello, f"unix:{self.path}"):
            with self.assertRaisesRegex(OSError, "Another program is listening on"):
                make_server(hello, f"unix:{self.path}")
            self.assertIn(b"http", talk(self.path, GET.encode()))

    def test_a_file_that_is_no_socket_is_left_alone(self):
        open(self.path, "w").close()
        with self.assertRaisesRegex(OSError, "is not a socket"):
            make_server(hello, f"unix:{self.path}")
        self.assertTrue(os.path.exists(self.path))

    def test_a_successors_file_is_left_alone(self):
        with make_server(hello, f"unix:{self.path}"):
            os.unlink(self.path)
            open(self.path, "w").close()
        self.assertTrue(os.path.exists(self.path))

    def test_a_path_that_is_too_long_is_said(self):
        with self.assertRaisesRegex(OSError, "at most 103 bytes"):
            make_server(hello, "unix:" + self.path + "x" * 108)

    def test_clients_that_name_the_path_as_their_host_mean_this_machine(self):
        with make_server(hello, f"unix:{self.path}") as server:
            self.assertIn(b" 200 ", talk(self.path, request(host=self.path).encode()))
            self.assertIn(b" 400 ", talk(self.path, request(host=self.path + "x").encode()))
            self.assertEqual(server.url, f"unix:{self.path}")

    def test_a_system_without_them_says_so(self):
        with mock.patch.object(socket, "AF_UNIX", new=None):
            del socket.AF_UNIX
            with self.assertRaisesRegex(OSError, "no unix sockets"):
                open_sockets(f"unix:{self.path}", 0, 5)
            socket.AF_UNIX = None


class Tls(unittest.TestCase):
    """L23, S54, S55."""

    @contextlib.contextmanager
    def client(self, address):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with connect(address) as raw, context.wrap_socket(raw) as sock:
            yield sock

    def ask(self, address, text):
        with self.client(address) as sock:
            send(sock, text.encode())
            (answer,), _ = answers(read_all(sock))
            return answer

    def test_requests_and_bodies_pass_through_tls(self):
        size = 300000

        def app(environ, start_response):
            body = environ["wsgi.input"].read()
            start_response("200 OK", [])
            return [body]

        with serving(app, tls=ONE) as server:
            body = "x" * size
            answer = self.ask(server.address, request("POST / HTTP/1.1", CLOSE, f"Content-Length: {size}", body=body))
            self.assertEqual(answer.body, body.encode())
            self.assertEqual(self.ask(server.address, request("GET / HTTP/1.1", CLOSE)).body, b"")
            self.assertTrue(server.url.startswith("https://"))

    def test_large_answers_pass_through_tls_to_a_client_that_takes_its_time(self):
        body = os.urandom(3 << 20)

        def app(environ, start_response):
            start_response("200 OK", [])
            return [body] if environ["PATH_INFO"] == "/" else iter([body])

        with serving(app, tls=ONE) as server:
            for path in ("/", "/stream"):
                with self.client(server.address) as sock:
                    send(sock, request(f"GET {path} HTTP/1.1", CLOSE).encode())
                    read = [sock.recv(1000) for _ in range(200)]
                    (answer,), _ = answers(b"".join(read) + read_all(sock))
                    self.assertEqual(answer.body, body, path)

    def test_several_requests_on_one_connection(self):
        with serving(hello, tls=ONE) as server, self.client(server.address) as sock:
            send(sock, GET.encode() * 2)
            data = read_until(sock, b"https")
            send(sock, request("GET / HTTP/1.1", CLOSE).encode())
            self.assertEqual((data + read_all(sock)).count(b"https"), 3)

    def test_S54_who_does_not_shake_hands_holds_up_nobody(self):
        with serving(hello, tls=ONE, threads=1) as server, contextlib.ExitStack() as stack:
            for start in (b"", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"):
                send(stack.enter_context(connect(server.address)), start)
            self.assertEqual(self.ask(server.address, request("GET / HTTP/1.1", CLOSE)).body, b"https")

    def test_the_handshake_has_a_deadline(self):
        with serving(hello, tls=ONE, tls_timeout=0.1) as server:
            self.assertEqual(talk(server.address, b"\x16\x03", closes=True), b"")

    def test_S55_plain_http_on_a_tls_port_is_closed_unread(self):
        with serving(hello, tls=ONE) as server:
            self.assertNotIn(b"200", talk(server.address, GET.encode(), closes=True))
            self.assertEqual(self.ask(server.address, request("GET / HTTP/1.1", CLOSE)).body, b"https")

    def test_files_are_sent_through_tls(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "file")
            with open(path, "wb") as file:
                file.write(os.urandom(400000))

            def app(environ, start_response):
                start_response("200 OK", [])
                return environ["wsgi.file_wrapper"](open(path, "rb"))

            with serving(app, tls=ONE) as server, open(path, "rb") as file:
                self.assertEqual(self.ask(server.address, request("GET / HTTP/1.1", CLOSE)).body, file.read())

    def test_a_certificate_is_read_again_and_a_bad_one_changes_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "cert.pem")
            shutil.copy(ONE, path)
            with serving(hello, tls=path) as server:
                self.assertEqual(self.certificate(server.address), ONE)
                shutil.copy(TWO, path)
                server.reload_certificate()
                self.assertEqual(self.certificate(server.address), TWO)
                open(path, "w").close()
                with self.assertLogs("minflask.server", "ERROR"):
                    server.reload_certificate()
                self.assertEqual(self.certificate(server.address), TWO)

    def certificate(self, address):
        with self.client(address) as sock:
            shown = ssl.DER_cert_to_PEM_cert(sock.getpeercert(True)).split()
        return next(path for path in (ONE, TWO) if shown[2] in pathlib.Path(path).read_text())

    @unittest.skipIf("stub" in ssl.OPENSSL_VERSION, "this Python has no real ssl")
    def test_bad_certificates_are_said_in_words(self):
        with tempfile.TemporaryDirectory() as folder:
            key, cert, empty = (os.path.join(folder, name) for name in ("key", "cert", "empty"))
            text = pathlib.Path(ONE).read_text()
            at = text.index("-----BEGIN CERTIFICATE")
            pathlib.Path(key).write_text(text[:at])
            pathlib.Path(cert).write_text(text[at:])
            open(empty, "w").close()
            make_context(cert, key)
            for files, pattern in (
                ((TWO, key), "does not belong"), (("missing",), "There is no file missing.*\n.*openssl"),
                ((empty,), "cannot be used"), ((cert, empty), "cannot be used"),
            ):
                with self.subTest(pattern), self.assertRaisesRegex(BadCertificate, pattern):
                    make_context(*files)

    def test_without_the_tool_adhoc_says_what_to_do(self):
        with mock.patch("subprocess.run", side_effect=FileNotFoundError), self.assertRaisesRegex(
                BadCertificate, "openssl req -x509"):
            tls.context_from("adhoc")

    @unittest.skipUnless(shutil.which("openssl"), "no openssl here")
    def test_with_the_tool_adhoc_is_a_certificate(self):
        self.assertIsInstance(tls.context_from("adhoc"), ssl.SSLContext)

    def test_without_the_module_ssl_only_tls_is_missing(self):
        with mock.patch.dict(sys.modules, {"ssl": None}):
            with self.assertRaisesRegex(BadCertificate, "without TLS"):
                make_context(ONE)
            with serving(hello) as server:
                self.assertIn(b"http", talk(server.address, GET.encode()))


class Elsewhere(unittest.TestCase):
    def run_python(self, code):
        done = subprocess.run([sys.executable, "-c", code], cwd=HOUSE.parents[1], capture_output=True, text=True,
                              timeout=3 * PATIENCE)
        return done.stdout + done.stderr

    def test_nothing_of_the_server_is_loaded_before_it_is_asked_for(self):
        loaded = self.run_python("import sys, minflask.server; print([m for m in sys.modules if 'server.' in m],"
                                 " 'socket' in sys.modules)")
        self.assertEqual(loaded.strip(), "[] False")

    def test_without_sockets_the_error_comes_when_serving_and_says_so(self):
        said = self.run_python("import sys; sys.modules['_socket'] = None\n"
                               "import minflask.server\nminflask.server.make_server(None)")
        self.assertIn("RuntimeError: This Python has no module _socket, so it cannot serve", said)

    def test_without_threads_the_error_says_so(self):
        server = make_server(hello, port=0)
        with mock.patch("threading.Thread.start", side_effect=RuntimeError("can't start new thread")):
            with self.assertRaisesRegex(RuntimeError, "a server needs threads"):
                server.start()
        server.stop()


def load_tests(loader, tests, pattern):
    tests.addTests(doctest.DocTestSuite(life))
    return tests


if __name__ == "__main__":
    unittest.main()
