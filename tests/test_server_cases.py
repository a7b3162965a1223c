"""The server cases of reliability.md A to H and the framing rows of security.md, on real sockets.

Each row of `house/wirecases.py` is sent as raw bytes over TCP and over a unix socket.
"""

from __future__ import annotations

import logging
import socket
import time
import unittest

from tests.house.wire import Mirror, answers, connect, read_all, read_until, send, serving, talk
from tests.house.wirecases import CASES, GET, post, request

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
        for row in CASES:
            with self.subTest(row.ids, sent=row.sent[:100]):
                self.check(row)

    def check(self, row):
        self.app.seen.clear()
        data = talk(self.address, row.sent, closes=row.closes)
        found, interim = answers(data, row.expect.get("heads", ()))
        self.assertEqual("+".join(str(answer.status) for answer in found), row.statuses)
        self.assertNotIn("/smuggled", self.app.seen)
        if found and row.closes:
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


@unittest.skipUnless(HAS_UNIX, "no unix sockets here")
class OverUnix(OverTcp):
    unix = True


if __name__ == "__main__":
    unittest.main()
