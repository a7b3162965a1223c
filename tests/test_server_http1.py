"""HTTP/1.1 without I/O: the same answer however the bytes are cut, in linear time, within the limits."""

from __future__ import annotations

import doctest
import os
import random
import unittest

from minflask.server import http1
from minflask.server.http1 import LIMITS, ProtocolError, Receiver, encode_fields, encode_head, encode_status
from tests.house.wirecases import CASES, GET, chunked, post, request

FUZZ = int(os.environ.get("MINFLASK_FUZZ", "800"))


def read(parts, limits=LIMITS):
    """Return what a receiver makes of the parts: heads, bodies, and the status of a refusal."""
    receiver = Receiver(limits)
    found, body = [], None
    try:
        for part in parts:
            receiver.feed(part)
            while True:
                if body is None:
                    head = receiver.head()
                    if head is None:
                        break
                    found.append((head.method, head.path, head.query, head.fields, head.length, head.keep_alive))
                    body = b""
                piece = receiver.piece()
                if piece == b"":
                    break
                if piece is None:
                    found.append(body)
                    body = None
                else:
                    body += piece
    except ProtocolError as exc:
        found.append(exc.status)
    return found


def bytewise(data):
    return [data[at:at + 1] for at in range(len(data))]


def cuts(data):
    """Return offsets to cut at: all of them, or, of long data, those around its joints and a sample."""
    if len(data) <= 500:
        return range(len(data) + 1)
    joints = [at + step for at in (0, 8190, 65536, len(data)) for step in range(-2, 3)]
    return sorted({at for at in [*joints, *range(0, 500, 25), *range(0, len(data), len(data) // 8)]
                   if 0 <= at <= len(data)})


class AnyCut(unittest.TestCase):
    def test_every_case_is_read_alike_whole_and_cut_at_every_byte(self):
        for case in CASES:
            whole = read([case.sent])
            with self.subTest(case.ids, sent=case.sent[:80]):
                for at in cuts(case.sent):
                    if read([case.sent[:at], case.sent[at:]]) != whole:
                        self.fail(f"cut at {at}")

    def test_every_case_is_read_alike_byte_by_byte(self):
        for case in CASES:
            data = case.sent[:9000]
            with self.subTest(case.ids, sent=data[:80]):
                self.assertEqual(read(bytewise(data)), read([data]))

    def test_mutated_requests_are_read_alike_however_they_are_cut(self):
        """Properties 1 and 2 of reliability.md section 7, with small limits so that they are met."""
        small = dict(LIMITS, request_line=60, fields=5, field_line=40, head=150, chunk_line=12, trailers=2)
        dice = random.Random(7)
        seeds = [text.encode("latin-1") for text in (
            GET, post("Content-Length: 5", body="hello") + GET,
            "GET / HTTP/1.1\r\nHost: h\r\n" + ("X: " + "a" * 33 + "\r\n") * 3 + "n" * 15 + "\r\nY: 1\r\n\r\n",
            chunked("5;a=b\r\nhello\r\n0\r\nX-T: 1\r\n\r\n") + request("GET /2 HTTP/1.0"))]
        for _ in range(FUZZ):
            data = mutated(dice.choice(seeds), dice)
            whole, at = read([data], small), dice.randrange(len(data) + 1)
            with self.subTest(data=data):
                self.assertEqual(read(bytewise(data), small), whole)
                self.assertEqual(read([data[:at], data[at:]], small), whole)

    def test_body_bytes_are_those_that_were_framed(self):
        """Property 3."""
        dice = random.Random(3)
        for _ in range(50):
            body = bytes(dice.randrange(256) for _ in range(dice.randrange(400)))
            plain = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            pieces, at = [], 0
            while at < len(body):
                size = dice.randrange(1, 60)
                pieces.append(http1.encode_chunk(body[at:at + size]))
                at += size
            framed = (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                      + b"".join(pieces) + http1.LAST_CHUNK)
            for data in (plain, framed):
                self.assertEqual(read(bytewise(data))[-1], body)


def mutated(data, dice):
    data = bytearray(data)
    for _ in range(dice.randrange(4)):
        at = dice.randrange(len(data) + 1)
        what = dice.randrange(4)
        if what == 0:
            data[at:at + 1] = bytes([dice.choice(b"\r\n\0 :\tG;5a\x80")])
        elif what == 1:
            data[at:at] = dice.choice([b"\r\n", b"\r", b"\n", b"x" * dice.randrange(60),
                                       b"A: b\r\n" * dice.randrange(6)])
        elif what == 2:
            del data[at:at + dice.randrange(4)]
        else:
            start = dice.randrange(len(data) + 1)
            data[at:at] = data[start:start + 10]
    return bytes(data)


class Limits(unittest.TestCase):
    """Section 6 of reliability.md: each limit at n and at n + 1."""

    def check(self, name, most, make, status):
        limits = dict(LIMITS, **{name: most})
        for amount, expected in ((most, None), (most + 1, status)):
            data = make(amount).encode("latin-1")
            for parts in ([data], bytewise(data)):
                with self.subTest(name, amount=amount, parts=len(parts)):
                    last = read(parts, limits)[-1]
                    self.assertEqual(last if isinstance(last, int) else None, expected)

    def test_limits_hold_at_n_and_not_at_n_plus_1(self):
        line = len("GET / HTTP/1.1")
        self.check("request_line", 100, lambda n: request("GET /" + "a" * (n - line) + " HTTP/1.1"), 414)
        self.check("method", 5, lambda n: request("G" * n + " / HTTP/1.1"), 501)
        self.check("fields", 5, lambda n: request("GET / HTTP/1.1", *["X: a"] * (n - 1)), 431)
        self.check("field_line", 50, lambda n: request("GET / HTTP/1.1", "X: " + "a" * (n - 3)), 431)
        self.check("head", 200, lambda n: request("GET / HTTP/1.1", "X: " + "a" * (n - len(GET) - 1)), 431)
        self.check("empty_lines", 2, lambda n: "\r\n" * n + GET, 400)
        self.check("body", 20, lambda n: post(f"Content-Length: {n}", body="x" * n), 413)
        self.check("body", 20, lambda n: chunked(f"5\r\nhello\r\n{n - 5:x}\r\n{'x' * (n - 5)}\r\n0\r\n\r\n"), 413)
        self.check("chunk_line", 20, lambda n: chunked("5;" + "a" * (n - 2) + "\r\nhello\r\n0\r\n\r\n"), 400)
        self.check("trailers", 3, lambda n: chunked("0\r\n" + "X: a\r\n" * n + "\r\n"), 400)


class Cost(unittest.TestCase):
    """Property 5 and S5, S28, S32: no input costs more than in proportion to its size."""

    def test_hostile_inputs_are_refused_or_read_at_once(self):
        hostile = {
            "C31": request("GET / HTTP/1.1", "X: " + "x" * 8000 + "\x10"),
            "D66": chunked("1\r\nx\r\n" * 20000 + "0\r\n\r\n"),
            "D56": chunked("5" + ";a=\"" + "\\\\" * 120 + "\r\n"),
            "C25": request("GET / HTTP/1.1", *["A: x"] * 100000),
            "D62": chunked("0\r\n" + "X: a\r\n" * 100000),
        }
        ends = {"C31": 400, "D66": b"x" * 20000, "D56": 400, "C25": 431, "D62": 400}
        for name, text in hostile.items():
            data = text.encode("latin-1")
            with self.subTest(name):
                self.assertEqual(read([data[at:at + 4096] for at in range(0, len(data), 4096)])[-1], ends[name])

    def test_a_head_that_comes_byte_by_byte_is_looked_at_once(self):
        """What was looked at is not looked at again: the work is counted, not timed."""
        receiver = Receiver()
        looked = []
        receiver._check_new_lines = lambda fresh: looked.append(len(receiver.buffer) - fresh)
        for byte in bytewise(b"GET /" + b"a" * 5000):
            receiver.feed(byte)
            receiver.head()
        self.assertLess(sum(looked), 3 * 5005)


class Answers(unittest.TestCase):
    def test_nothing_brings_a_line_of_its_own(self):
        """Property 7; S13 S179 S180 S181."""
        for bad in ("\r", "\n", "\0", "\r\n", "\x7f", "\x1b", "\u0100"):
            with self.subTest(bad):
                self.assertRaises(ValueError, encode_fields, [("X", f"a{bad}Injected: 1")])
                self.assertRaises(ValueError, encode_fields, [(f"X{bad}Injected", "1")])
                self.assertRaises(ValueError, encode_status, f"200 OK{bad}Injected")

    def test_only_final_statuses_are_statuses(self):
        for bad in ("", "OK", "100 Continue", "99 x", "600 x", "2000 OK", "200OK", 200, "\u0662\u0660\u0660 OK"):
            with self.subTest(bad):
                self.assertRaises(ValueError, encode_status, bad)
        self.assertEqual(encode_head("200", []), b"HTTP/1.1 200 \r\n\r\n")

    def test_field_names_are_tokens(self):
        for bad in ("", "a b", "a:", "\xe9", "a\r", b"x", None):
            with self.subTest(bad):
                self.assertEqual(http1.field_kind(bad), http1.BAD)


def load_tests(loader, tests, pattern):
    tests.addTests(doctest.DocTestSuite(http1))
    return tests


if __name__ == "__main__":
    unittest.main()
