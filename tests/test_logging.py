"""The application's logger (B191, B238; C13)."""

from __future__ import annotations

import io
import logging
import sys
import unittest
from unittest import mock

from minflask import Flask
from minflask.logging import default_handler, has_level_handler, wsgi_errors_stream


class Logger(unittest.TestCase):
    def setUp(self):
        self.name = f"minflask_tests.{self.id()}"
        root = logging.getLogger()
        for attribute, value in (("handlers", []), ("level", logging.WARNING)):
            patched = mock.patch.object(root, attribute, value)
            patched.start()
            self.addCleanup(patched.stop)

    def app(self, debug=False):
        app = Flask(self.name)
        app.debug = debug
        return app

    def test_it_is_named_after_the_application_and_stays_the_same(self):
        """C13."""
        app = self.app()
        self.assertEqual(app.logger.name, self.name)
        self.assertIs(app.logger, logging.getLogger(self.name))

    def test_another_may_be_set(self):
        # Programs with a logging library of their own put its logger there.
        app = Flask(self.name)
        app.logger = own = logging.getLogger("own")
        self.assertIs(app.logger, own)

    def test_debug_mode_lets_everything_pass_unless_a_level_is_set(self):
        """B191."""
        self.assertEqual(self.app().logger.level, logging.NOTSET)
        self.assertEqual(self.app(debug=True).logger.level, logging.DEBUG)
        logging.getLogger(self.name).setLevel(logging.CRITICAL)
        self.assertEqual(self.app(debug=True).logger.level, logging.CRITICAL)

    def test_a_handler_is_added_where_nobody_configured_one(self):
        """B191."""
        self.assertEqual(self.app().logger.handlers, [default_handler])

    def test_a_configured_program_keeps_its_handlers(self):
        """B191."""
        logging.getLogger().addHandler(logging.NullHandler())
        self.assertEqual(self.app().logger.handlers, [])

    def test_a_handler_counts_only_if_it_takes_what_the_logger_lets_pass(self):
        logger = logging.getLogger(self.name)
        self.assertFalse(has_level_handler(logger))
        handler = logging.NullHandler()
        logging.getLogger().addHandler(handler)
        self.assertTrue(has_level_handler(logger))
        handler.setLevel(logging.ERROR)
        self.assertFalse(has_level_handler(logger))
        logger.setLevel(logging.ERROR)
        self.assertTrue(has_level_handler(logger))
        logger.propagate = False
        self.assertFalse(has_level_handler(logger))

    def test_messages_go_to_the_errors_stream_of_the_request_or_to_stderr(self):
        app, stream, stderr = self.app(), io.StringIO(), io.StringIO()
        self.assertIs(wsgi_errors_stream._get_current_object(), sys.stderr)
        with app.test_request_context(errors_stream=stream):
            self.assertIs(wsgi_errors_stream._get_current_object(), stream)
            app.logger.error("in the request")
        with mock.patch.object(sys, "stderr", stderr):
            app.logger.error("outside")
        self.assertRegex(stream.getvalue(), r"^\[[^]]+\] ERROR in test_logging: in the request\n$")
        self.assertIn("outside", stderr.getvalue())

    def test_an_exception_is_logged_with_its_request(self):
        """B238."""
        app, stream = self.app(), io.StringIO()
        app.add_url_rule("/", "index", lambda: 1 / 0)
        self.assertEqual(app.test_client().get("/", errors_stream=stream).status_code, 500)
        self.assertIn("/ [GET]", stream.getvalue())
        self.assertIn("ZeroDivisionError", stream.getvalue())


if __name__ == "__main__":
    unittest.main()
