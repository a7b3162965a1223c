"""The access log, and what is printed on a terminal or on none."""

from __future__ import annotations

import doctest
import io
import json
import logging
import sys
import unittest
from unittest import mock

from minflask.server import AccessLog, accesslog
from minflask.server.accesslog import COMMON, TerminalHandler, make_audible
from minflask.server.run import DefaultLog
from minflask.server.terminal import log as server_log
from minflask.server.terminal import say
from tests.house.wire import serving, talk
from tests.house.wirecases import GET, post, request


def hello(environ, start_response):
    start_response("404 Not Found" if environ["PATH_INFO"] == "/404" else "200 OK", [])
    return [b"hello"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Lines(unittest.TestCase):
    def log(self, *texts, format=accesslog.DEFAULT, unix=False, **options):
        """Return the lines that requests leave."""
        found = []
        logger = logging.getLogger("test.access")
        logger.setLevel(logging.INFO)
        handler = logging.Handler()
        handler.emit = lambda record: found.append(record.getMessage())
        logger.addHandler(handler)
        self.addCleanup(logger.removeHandler, handler)
        logger.propagate = False
        with serving(hello, unix=unix, access_log=AccessLog(format, logger), **options) as server:
            for text in texts:
                talk(server.address, text.encode("latin-1"))
        return found

    def test_a_line_says_who_asked_what_and_what_came_of_it(self):
        (line,) = self.log(request("GET /a?b HTTP/1.1"))
        self.assertRegex(line, r'^127\.0\.0\.1 - - \[\d\d/[A-Z][a-z][a-z]/\d{4} \d\d:\d\d:\d\d\]'
                               r' "GET /a\?b HTTP/1\.1" 200 5 \d+\.\dms$')

    def test_refused_requests_leave_a_line_too(self):
        lines = self.log("\x16\x03\x01", "GET / x\r\n\r\n", request("GET / HTTP/1.1", "X : a"), format=COMMON)
        self.assertRegex(lines[0], r'"\\x16\\x03\\x01" 400 0$')
        self.assertRegex(lines[1], r'"GET / x" 400 0$')
        self.assertRegex(lines[2], r'"GET / HTTP/1.1" 400 0$')

    def test_S52_nothing_that_a_client_sends_leaves_its_line_or_its_quotes(self):
        fields = ("Referer: \x9b2J\"\\", "User-Agent: \xe9")
        format = '"{line}" "{referer}" "{agent}" {path}'
        (line,) = self.log(request("GET /%1b[2J\"\x9b HTTP/1.1", *fields), format=format)
        self.assertEqual(line, r'"GET /%1b[2J\"\x9b HTTP/1.1" "\x9b2J\"\\" "\xe9" /%1b[2J\"\x9b')
        (line,) = self.log("GET /\x1b[2J HTTP/1.1\r\n\r\n", format="{line}")
        self.assertEqual(line, r"GET /\x1b[2J HTTP/1.1")

    def test_the_format_is_yours(self):
        self.assertEqual(self.log(post("Content-Length: 0", path="/404"), format="{method} {path} {status} {size}"),
                         ["POST /404 404 5"])
        self.assertEqual(self.log(GET, format="{client}", unix=True), ["<local>"])

    def test_an_unknown_name_in_the_format_is_refused_at_once(self):
        with self.assertRaisesRegex(ValueError, "no field 'stauts'; there are: client, "):
            AccessLog("{stauts}")

    def test_json_lines_hold_the_fields(self):
        (line,) = self.log(request("GET /x?y HTTP/1.1"), format="json")
        row = json.loads(line)
        self.assertEqual((row["method"], row["path"], row["query"], row["status"], row["size"], row["host"]),
                         ("GET", "/x", "y", 200, 5, "h"))

    def test_without_descriptors_to_load_it_there_is_no_log_and_the_server_says_what_it_must(self):
        log, exchange = DefaultLog(), mock.Mock(started=0.0)
        with mock.patch.dict(sys.modules, {"logging": None, accesslog.__name__: None}):
            with mock.patch("sys.stderr", io.StringIO()) as said:
                log.record(exchange)
                log.record_refusal(mock.Mock(), 400)
                server_log().error("no room for %d", 7)
                try:
                    raise ValueError("x")
                except ValueError:
                    server_log().exception("it failed")
        self.assertEqual(said.getvalue(), "no room for 7\nit failed: ValueError('x')\n")

    def test_loading_the_log_is_not_in_the_time_of_the_first_answer(self):
        clock, taken = iter([100.0, 107.0]), []
        log = DefaultLog()
        log._log = mock.Mock(record=lambda exchange: taken.append(109.0 - exchange.started))
        with mock.patch("minflask.server.run.time", mock.Mock(monotonic=lambda: next(clock))):
            log.record(mock.Mock(started=99.0))
        self.assertEqual(taken, [3.0])

    def test_it_can_be_switched_off_or_be_a_format(self):
        with serving(hello, access_log=False) as server:
            self.assertIsNone(server.settings.access_log)
        with serving(hello, access_log="{path}") as server:
            self.assertEqual(server.settings.access_log.format, "{path}")


class Printing(unittest.TestCase):
    def printed(self, stream, status=200, **environ):
        handler = TerminalHandler()
        record = logging.LogRecord("x", logging.INFO, "", 0, "line", (), None)
        record.status = status
        with mock.patch("sys.stderr", stream), mock.patch.dict("os.environ", environ):
            handler.emit(record)
        return stream.getvalue()

    def test_colours_are_for_terminals_only(self):
        with mock.patch.dict("os.environ"):
            accesslog_environ = {"TERM": "xterm"}
            self.assertEqual(self.printed(Terminal(), 500, **accesslog_environ), "\x1b[1;31mline\x1b[0m\n")
            self.assertEqual(self.printed(Terminal(), 200, **accesslog_environ), "line\n")
            self.assertEqual(self.printed(io.StringIO(), 500, **accesslog_environ), "line\n")
            self.assertEqual(self.printed(Terminal(), 500, NO_COLOR="1"), "line\n")
            self.assertEqual(self.printed(Terminal(), 500, TERM="dumb"), "line\n")

    def test_L32_what_the_stream_cannot_show_is_escaped(self):
        stream = io.TextIOWrapper(io.BytesIO(), "cp1252", newline="\n")
        with mock.patch("sys.stderr", stream):
            say("snow \N{SNOWMAN}")
        self.assertEqual(stream.buffer.getvalue(), b"snow \\u2603\n")

    def test_what_the_program_arranged_for_its_logs_is_left_alone(self):
        parent, child = logging.getLogger("test.audible"), logging.getLogger("test.audible.child")
        parent.addHandler(logging.NullHandler())
        parent.propagate = False
        make_audible(child)
        self.assertEqual(child.handlers, [])
        quiet = logging.getLogger("test.quiet")
        quiet.setLevel(logging.ERROR)
        make_audible(quiet)
        self.assertEqual(quiet.level, logging.ERROR)


def load_tests(loader, tests, pattern):
    tests.addTests(doctest.DocTestSuite(accesslog))
    return tests


if __name__ == "__main__":
    unittest.main()
