"""The traceback page: who sees it, what it says, and what it leaves out."""

from __future__ import annotations

import html
import io
import os
import re
import subprocess
import sys
import tempfile
import types
import unittest
from html.parser import HTMLParser
from unittest import mock

from minflask.server.debugger import DebuggedApplication, Debugger, LOCAL_CLIENT, LOCAL_HOST
from minflask.server.debugpage import CAUGHT
from minflask.server.traces import MASK, Secrets, plain_text, traces_of

LOCAL = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost:5000", "HTTP_ACCEPT": "text/html,*/*"}


def deep(number):
    return 1 / number


def broken(environ, start_response):
    password = "hunter2hunter2"
    markup = "<script>alert(1)</script>"
    try:
        deep(0)
    except ZeroDivisionError as exc:
        raise LookupError(f"{markup} {password}") from exc


class Page(HTMLParser):
    """Reads a page: its tags, and what a person sees."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.seen = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        if self.tags[-1] not in ("style", "title"):
            self.seen.append(data)

    @property
    def text(self):
        return "".join(self.seen)


def call(app=broken, debugger=Debugger, **changes):
    """Return status, headers and body of one answer."""
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/x", "RAW_URI": "/x?token=abcd1234&page=2",
               "QUERY_STRING": "token=abcd1234&page=2", "wsgi.errors": io.StringIO(), "HTTP_COOKIE": "session=ssssss",
               **LOCAL, **changes}
    started = []
    result = debugger(app)(environ, lambda status, headers, exc_info=None: started.append((status, dict(headers))))
    body = b"".join(result)
    return (*started[-1], body.decode())


class WhoSeesIt(unittest.TestCase):
    def test_S171_S173_only_local_clients_that_ask_for_a_local_name(self):
        self.assertEqual(call()[0], "500 INTERNAL SERVER ERROR")
        strangers = (
            {"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": ""}, {"HTTP_HOST": "evil.example"}, {"HTTP_HOST": ""},
            {"HTTP_HOST": "localhost.evil.example"}, {"HTTP_HOST": "127.0.0.1.evil.example"},
            {"HTTP_X_FORWARDED_FOR": "192.0.2.1"}, {"HTTP_FORWARDED": "for=192.0.2.1"}, {"HTTP_VIA": "1.1 proxy"},
            {"HTTP_ORIGIN": "http://evil.example"}, {"HTTP_ORIGIN": "http://localhost.evil.example"},
            {"HTTP_ORIGIN": "null"},
        )
        for changes in strangers:
            with self.subTest(changes), self.assertRaises(LookupError):
                call(**changes)

    def test_S171_a_page_of_this_machine_may_ask_from_another_port(self):
        self.assertEqual(call(HTTP_ORIGIN="http://localhost:3000")[0], "500 INTERNAL SERVER ERROR")

    def test_local_names_and_addresses_are_known_as_such(self):
        for host in ("localhost", "LOCALHOST:80", "app.localhost:5000", "127.0.0.1", "127.1.2.3:1", "[::1]:5000"):
            self.assertTrue(LOCAL_HOST.fullmatch(host), host)
        for client in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "<local>"):
            self.assertTrue(LOCAL_CLIENT.fullmatch(client), client)

    def test_others_may_be_let_in_by_name(self):
        def open_to(app):
            return Debugger(app, clients=["172.17.0.1"], hosts=["dev.example"])

        status = call(debugger=open_to, REMOTE_ADDR="172.17.0.1", HTTP_HOST="dev.example:5000")[0]
        self.assertEqual(status[:3], "500")

    def test_S170_there_is_no_console_and_nothing_to_run(self):
        _, headers, body = call()
        active = {"script", "form", "input", "button", "a", "link", "img", "iframe"}
        self.assertEqual(set(Page(body).tags) & active, set())
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertEqual((headers["X-Frame-Options"], headers["Cache-Control"]), ("DENY", "no-store"))

    def test_S170_S172_the_middleware_of_werkzeug_is_accepted_and_has_no_pin(self):
        debugged = DebuggedApplication(broken, evalex=True, pin_security=True, console_path="/c")
        self.assertIsNone(debugged.pin)
        self.assertNotIn("console", Page(call(debugger=lambda app: debugged)[2]).text.lower())


class WhatItSays(unittest.TestCase):
    def test_S169_everything_is_escaped(self):
        body = call()[2]
        self.assertNotIn("<script", body)
        self.assertIn(html.escape("<script>alert(1)</script>"), body)

    def test_the_error_comes_first_then_what_it_came_from(self):
        body = call()[2]
        headings = re.findall("<h[12]>(.*?)</h[12]>", body)
        self.assertEqual(headings, ["LookupError", "It was raised because of this:", "ZeroDivisionError", "Request",
                                    "To copy"])
        self.assertIn("in broken, ", Page(body).text)
        self.assertIn(CAUGHT, body)

    def test_source_around_the_line_is_shown_and_the_line_marked(self):
        body = call()[2]
        self.assertIn("return 1 / number", Page(body).text)
        if sys.version_info >= (3, 11):
            self.assertIn("return <mark>1 / number</mark>", body)
        self.assertRegex(body, r'<div class="hit"><i>\d+</i>.*raise LookupError')

    def test_secrets_are_left_out_wherever_they_show(self):
        errors = io.StringIO()
        body = call(**{"wsgi.errors": errors, "HTTP_AUTHORIZATION": "Basic c2VjcmV0",
                       "HTTP_REFERER": "http://localhost/?token=efgh5678&page=3"})[2]
        for secret in ("hunter2", "efgh5678", "abcd1234", "ssssss", "c2VjcmV0"):
            self.assertNotIn(secret, body + errors.getvalue())
        self.assertIn(MASK, body)
        self.assertIn("page", body)

    def test_request_data_is_shown(self):
        text = Page(call()[2]).text
        self.assertIn(f"GET /x?token={MASK}&page=2", text)
        self.assertIn("localhost:5000", text)

    def test_who_wants_no_html_gets_the_plain_traceback(self):
        for accept in ("", "*/*", "application/json"):
            _, headers, body = call(HTTP_ACCEPT=accept)
            self.assertEqual(headers["Content-Type"], "text/plain; charset=utf-8")
            self.assertTrue(body.startswith("Traceback (most recent call last):"))
            self.assertIn(CAUGHT, body)

    def test_an_answer_that_breaks_before_it_began_is_a_page_too(self):
        def app(environ, start_response):
            start_response("200 OK", [])
            yield b""
            raise LookupError("late")

        self.assertIn("late", Page(call(app)[2]).text)

    def test_an_answer_that_has_begun_goes_on_to_break(self):
        closed = []

        class Body:
            def __iter__(self):
                yield b"begun"
                raise LookupError

            def close(self):
                closed.append(1)

        result = Debugger(lambda environ, start_response: Body())({**LOCAL, "wsgi.errors": io.StringIO()}, None)
        pieces = iter(result)
        self.assertEqual(next(pieces), b"begun")
        self.assertRaises(LookupError, next, pieces)
        result.close()
        self.assertEqual(closed, [1])

    def test_what_does_not_break_passes_untouched(self):
        answer = [b"x"]
        self.assertIs(Debugger(lambda environ, start_response: answer)({}, None), answer)


class Odd(unittest.TestCase):
    """Exceptions and values that do what they can to break the page."""

    def page(self, raise_):
        return Page(call(lambda environ, start_response: raise_())[2]).text

    def test_cycles_of_causes_end(self):
        def raise_():
            first, second = ValueError("one"), ValueError("two")
            first.__cause__, second.__cause__ = second, first
            raise first

        body = call(lambda environ, start_response: raise_())[2]
        self.assertEqual(Page(body).tags.count("h1"), 2)

    def test_values_whose_repr_breaks_or_never_ends(self):
        def raise_():
            class Broken:
                def __repr__(self):
                    raise KeyError

            broken_value = Broken()  # noqa: F841
            endless = []
            endless.append(endless)
            long = "x" * 10 ** 6  # noqa: F841
            many = {number: number for number in range(10 ** 5)}  # noqa: F841
            raise ValueError

        text = self.page(raise_)
        self.assertIn("<Broken whose repr() raised KeyError>", text)
        self.assertLess(len(text), 50000)

    def test_exceptions_whose_text_breaks(self):
        class Mute(Exception):
            def __str__(self):
                raise KeyError

        def raise_():
            raise Mute

        self.assertIn("its text cannot be had", self.page(raise_))

    def test_deep_recursion_is_folded(self):
        def raise_():
            return raise_()

        text = self.page(raise_)
        self.assertIn("times more", text)
        self.assertLess(len(text), 200000)

    def test_syntax_errors_show_their_line(self):
        text = self.page(lambda: compile("x = \n", "/made/up.py", "exec"))
        self.assertIn("/made/up.py, line 1", text)
        self.assertIn("x =", text)

    def test_code_without_source_is_said(self):
        self.assertIn("Its source is not at hand.", self.page(lambda: exec("1 / 0")))

    def test_lone_surrogates_do_no_harm(self):
        def raise_():
            raise ValueError("\ud800")

        self.assertIn("ud800", self.page(raise_))

    def test_frames_that_hide_are_left_out(self):
        def hidden():
            __traceback_hide__ = True  # noqa: F841
            raise ValueError

        self.assertNotIn("hidden", [frame.function for frame in frames_of(hidden)])

    def test_notes_are_shown(self):
        def raise_():
            exc = ValueError("x")
            exc.__notes__ = ["look at the moon"]
            raise exc

        self.assertIn("look at the moon", self.page(raise_))


def frames_of(raise_):
    try:
        raise_()
    except Exception as exc:
        return traces_of(exc, Secrets())[0].frames


class Templates(unittest.TestCase):
    def test_frames_of_templates_are_template_lines(self):
        """A frame is one of a template if its globals hold the template; its file and line are the template's."""
        source = "<p>\n{{ nothing.more }}\n"
        template = types.SimpleNamespace(name="page.html", environment=types.SimpleNamespace(
            loader=types.SimpleNamespace(get_source=lambda environment, name: (source, None, None))))
        context = types.SimpleNamespace(get_all=lambda: {"user": "anna", "url_for": print})
        code = compile("\ndef root(context):\n 1 / 0\nroot(context)", "<template>", "exec")
        names = {"__jinja_template__": template, "context": context}
        frame = frames_of(lambda: exec(code, names))[-1]
        self.assertEqual(frame.function, "template page.html")
        self.assertEqual(frame.variables, [("user", "'anna'")])
        self.assertTrue(frame.is_own)
        self.assertIn((2, "{{ nothing.more }}"), list(frame.excerpt()))

    def test_a_real_template_is_shown_by_its_own_line(self):
        from minflask.jinja.environment import Environment
        from minflask.jinja.loaders import DictLoader

        source = "{% for x in numbers %}\n<li>{{ 1 / x }}</li>\n{% endfor %}"
        environment = Environment(loader=DictLoader({"page.html": source}))
        body = call(lambda environ, start: environment.get_template("page.html").render(numbers=[0]))[2]
        self.assertIn("template page.html", Page(body).text)
        self.assertIn("<li>{{ 1 / x }}</li>", Page(body).text)
        self.assertIn("<tr><td>x</td><td>0</td></tr><tr><td>numbers</td><td>[0]</td></tr>", body)


class Masking(unittest.TestCase):
    def test_names_that_say_secret(self):
        secrets = Secrets()
        for name in ("password", "PASSWD", "user_password", "SECRET_KEY", "api_key", "apiKey", "token", "csrf_token",
                     "Authorization", "HTTP_COOKIE", "private_key", "credentials", "session_id", "session"):
            self.assertTrue(secrets.is_secret(name, "value"), name)
        for name in ("user", "key", "author", "passage", "monkey", "compass", "SESSION_COOKIE_NAME"):
            self.assertFalse(secrets.is_secret(name, "value"), name)

    def test_what_is_inside_containers_and_in_other_values_is_masked(self):
        secrets = Secrets()
        text = secrets.describe([{"user": "anna", "config": {"SECRET_KEY": "s3cr3ts3cr3t"}}])
        self.assertIn("anna", text)
        self.assertNotIn("s3cr3t", text)
        self.assertEqual(secrets.masked("the key is s3cr3ts3cr3t"), f"the key is {MASK}")

    def test_the_plain_text_is_masked_too(self):
        secrets = Secrets()
        secrets.is_secret("token", "abcd1234")
        self.assertNotIn("abcd1234", plain_text(ValueError("abcd1234"), secrets))


@unittest.skipUnless(os.environ.get("MINFLASK_BROWSER"), "set MINFLASK_BROWSER to a headless Chromium to look at it")
class InABrowser(unittest.TestCase):
    def test_the_page_reads_without_scripts(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "page.html")
            with open(path, "w", encoding="utf-8") as file:
                file.write(call()[2])
            dom = subprocess.run(
                [os.environ["MINFLASK_BROWSER"], "--headless=new", "--no-sandbox", "--disable-gpu",
                 f"--user-data-dir={folder}/profile", "--dump-dom", f"file://{path}"],
                capture_output=True, text=True, timeout=60).stdout
        self.assertEqual(len(re.findall("<details[^>]* open", dom)), 4)
        self.assertIn("return <mark>1 / number</mark>", dom)


class Shown(unittest.TestCase):
    def test_the_log_has_the_traceback(self):
        errors = mock.Mock()
        call(**{"wsgi.errors": errors})
        self.assertIn("ZeroDivisionError", errors.write.call_args[0][0])


if __name__ == "__main__":
    unittest.main()
