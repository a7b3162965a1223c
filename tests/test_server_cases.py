"""The server cases of reliability.md A to H and the framing rows of security.md, on real sockets.

Each row of `house/wirecases.py` is sent as raw bytes over TCP and over a unix socket.
"""

from __future__ import annotations

import logging
import pathlib
import re
import socket
import unittest

from tests.house.wire import Mirror, answers, connect, read_all, read_until, send, serving, talk
from tests.house.wirecases import CASES, CLOSE, EXPECT, GET, chunked, post, request

HAS_UNIX = hasattr(socket, "AF_UNIX")
LOGGER = logging.getLogger("minflask.server")


def setUpModule() -> None:
    LOGGER.setLevel(logging.CRITICAL)  # the application breaks on purpose


def tearDownModule() -> None:
    LOGGER.setLevel(logging.NOTSET)


class OverTcp(unittest.TestCase):
    unix = False

    @classmethod
    def setUpClass(cls) -> None:
        cls.app = Mirror()
        context = serving(cls.app, cls.unix)
        cls.address = context.__enter__().address
        cls.addClassCleanup(context.__exit__, None, None, None)

    def test_cases(self):
        """S50: the payloads that http-garden collected are rows, too."""
        for row in CASES:
            with self.subTest(row.ids, sent=row.sent[:100]):
                self.check(row)

    def check(self, row):
        self.app.seen.clear()
        data = talk(self.address, row.sent, closes=row.closes)
        found, interim = answers(data, row.expect.get("heads", ()))
        self.assertEqual("+".join(str(answer.status) for answer in found), row.statuses)
        self.assertNotIn("/smuggled", self.app.seen)
        if found and row.closes and row.expect.get("announced", True):
            self.assertEqual(found[-1].headers.get("connection"), "close")
        if row.statuses:
            self.assertEqual([answer.whole for answer in found][-1], not row.expect.get("cut"))
            self.check_answer(row.expect, found, data)
        self.assertEqual(interim, row.expect.get("interim", 0))

    def check_answer(self, expect, found, data):
        saw = found[0].json() if "environ" in expect or "body" in expect or "absent" in expect else {}
        for name, value in expect.get("environ", {}).items():
            self.assertEqual(saw[name], value)
        for name in expect.get("absent", ()):
            self.assertNotIn(name, saw)
        if "body" in expect:
            self.assertEqual(saw["body"], expect["body"])
        if "paths" in expect:
            self.assertEqual([answer.json()["PATH_INFO"] for answer in found], expect["paths"])
        if "answer" in expect:
            self.assertEqual(found[-1].body, expect["answer"])
        self.assertNotIn(expect.get("lacks", b"\0"), data)
        for name in expect.get("fields", ()):
            self.assertIn(name, found[-1].headers)
        for name in expect.get("no_fields", ()):
            self.assertNotIn(name, found[-1].headers)

    def test_E11_a_request_in_single_bytes_is_a_request(self):
        data = request("POST / HTTP/1.1", CLOSE, "Content-Length: 5", body="hello").encode()
        (answer,), _ = answers(talk(self.address, *[data[at:at + 1] for at in range(len(data))], closes=True))
        self.assertEqual((answer.status, answer.json()["body"]), (200, "hello"))

    def test_E12_the_two_bytes_of_a_line_end_may_come_apart(self):
        parts = request("GET / HTTP/1.1", CLOSE).encode().replace(b"\r\n", b"\r|\n").split(b"|")
        (answer,), _ = answers(talk(self.address, *parts, closes=True))
        self.assertEqual(answer.status, 200)

    def test_E13_an_answer_says_when_the_connection_closes_and_only_then(self):
        found, _ = answers(talk(self.address, (GET + request("GET / HTTP/1.1", CLOSE)).encode(), closes=True))
        self.assertEqual([answer.headers.get("connection") for answer in found], [None, "close"])

    def test_F01_the_body_is_asked_for_exactly_once(self):
        for field, body in (("Content-Length: 5", b"hello"),
                            ("Transfer-Encoding: chunked", b"5\r\nhello\r\n0\r\n\r\n")):
            with self.subTest(field), connect(self.address) as sock:
                send(sock, post(EXPECT, field).encode())
                first = read_until(sock, b"\r\n\r\n")
                self.assertEqual(first, b"HTTP/1.1 100 Continue\r\n\r\n")
                send(sock, body[:3], body[3:])
                sock.shutdown(socket.SHUT_WR)
                (answer,), interim = answers(read_all(sock))
                self.assertEqual((answer.json()["body"], interim), ("hello", 0))

    def test_F01_an_application_may_refuse_before_the_body_is_asked_for(self):
        """RFC 9110, 10.1.1: the client learns it before it sends anything, and the connection closes."""
        for field in ("Content-Length: 5000000", "Transfer-Encoding: chunked", "Content-Length: 5"):
            data = talk(self.address, post(EXPECT, field, path="/refuse").encode(), closes=True)
            (answer,), interim = answers(data)
            self.assertEqual((answer.status, answer.body, interim), (413, b"no", 0))
            self.assertEqual(answer.headers["connection"], "close")

    def test_F01_no_100_comes_after_the_answer_has_begun(self):
        with connect(self.address) as sock:
            send(sock, post(EXPECT, "Content-Length: 5", CLOSE, path="/early").encode())
            begun = read_until(sock, b"early")
            send(sock, b"hello")
            (answer,), interim = answers(begun + read_all(sock))
            self.assertEqual((answer.body, interim), (b"early", 0))

    def test_F01_the_connection_is_kept_after_a_body_that_was_asked_for(self):
        with connect(self.address) as sock:
            for _ in range(3):
                send(sock, post(EXPECT, "Content-Length: 5").encode())
                read_until(sock, b"100 Continue\r\n\r\n")
                send(sock, b"hello")
                self.assertIn(b'"body": "hello"', read_until(sock, b"}"))

    def test_G05_the_pieces_of_a_stream_are_chunks_that_end(self):
        data = talk(self.address, request("GET /stream HTTP/1.1").encode())
        self.assertTrue(data.endswith(b"\r\n\r\n1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n"), data)

    def test_G15_the_iterable_is_closed_also_when_it_breaks(self):
        for path in ("/stream", "/break"):
            self.app.closed.clear()
            talk(self.address, request(f"GET {path} HTTP/1.1", CLOSE).encode(), closes=True)
            self.assertEqual(self.app.closed, ["closed"], path)

    def test_S12_what_a_client_says_of_itself_as_a_proxy_changes_nothing(self):
        fields = ("X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil")
        (answer,), _ = answers(talk(self.address, request("GET / HTTP/1.1", *fields).encode()))
        saw = answer.json()
        self.assertEqual((saw["REMOTE_ADDR"], saw["wsgi.url_scheme"], saw["HTTP_HOST"]),
                         ("<local>" if self.unix else "127.0.0.1", "http", "h"))


class Slow(unittest.TestCase):
    """Clients that do not go on; the deadlines are short here, ten seconds and more outside."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.app = Mirror()
        context = serving(cls.app, head_timeout=0.15, body_timeout=0.15, idle_timeout=0.15, linger_timeout=0.3)
        cls.address = context.__enter__().address
        cls.addClassCleanup(context.__exit__, None, None, None)

    def answers_to(self, text):
        return [answer.status for answer in answers(talk(self.address, text.encode(), closes=True))[0]]

    def test_H01_who_says_nothing_is_closed_without_an_answer(self):
        self.assertEqual(self.answers_to(""), [])

    def test_H02_S53_L20_a_head_that_does_not_end_is_408(self):
        self.assertEqual(self.answers_to("GET / HTTP/1.1\r\nHost: h\r\n"), [408])

    def test_H02_a_second_head_has_a_deadline_too(self):
        self.assertEqual(self.answers_to(GET + "GET / HT"), [200, 408])

    def test_H03_a_body_that_does_not_end_is_408_and_the_application_is_not_called(self):
        self.app.seen.clear()
        self.assertEqual(self.answers_to(post("Content-Length: 10", body="hello")), [408])
        self.assertEqual(self.answers_to(chunked("5\r\nhel")), [408])
        self.assertEqual(self.app.seen, [])

    def test_H03_a_long_body_that_does_not_end_is_408_from_within_the_application(self):
        self.assertEqual(self.answers_to(post("Content-Length: 100000", body="x" * 70000)), [408])

    def test_an_idle_connection_is_closed_without_an_answer(self):
        self.assertEqual(self.answers_to(GET), [200])

    def test_H02_the_deadline_is_for_the_whole_head(self):
        """Bytes that trickle in do not move it."""
        with connect(self.address) as sock:
            send(sock, b"GET / HTTP/1.1\r\nX: ")
            sock.settimeout(0.02)
            data = b""
            while not data:
                try:
                    data = sock.recv(1000)
                except socket.timeout:
                    send(sock, b"a")
            self.assertIn(b" 408 ", data)


class Coverage(unittest.TestCase):
    def test_every_case_and_row_has_its_test(self):
        """The ids of reliability.md sections 3 and 5 that are about a server, and those of security.md 1, 9 and 11."""
        folder = pathlib.Path(__file__).parent
        text = " ".join(path.read_text() for path in folder.glob("test_server_*.py"))
        found = set(re.findall(r"(?<![A-Za-z0-9])[A-HLS]\d+", text.replace("_", " ")))
        found |= {word for case in CASES for word in case.ids.split()}
        counts = {"A": 48, "B": 12, "C": 32, "D": 68, "E": 13, "F": 5, "G": 16, "H": 3}
        wanted = {f"{letter}{number:02}" for letter, count in counts.items() for number in range(1, count + 1)}
        wanted |= {f"S{number}" for number in (*range(1, 58), *range(169, 174), *range(184, 187))}
        wanted |= {f"L{number:02}" for number in range(1, 49)}
        self.assertEqual(sorted(wanted - found), [])


@unittest.skipUnless(HAS_UNIX, "no unix sockets here")
class OverUnix(OverTcp):
    unix = True


if __name__ == "__main__":
    unittest.main()
