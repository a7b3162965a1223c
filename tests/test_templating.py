"""Templates in an application: section 11 of the seeds, and the signals around a request (section 15)."""

from __future__ import annotations

import unittest

import minflask
from minflask import (
    Flask, appcontext_popped, appcontext_pushed, appcontext_tearing_down, before_render_template, g,
    get_template_attribute, render_template, render_template_string, request, request_finished, request_started,
    request_tearing_down, session, stream_template, stream_template_string, template_rendered,
)
from minflask.jinja.errors import TemplateNotFound


class Rendering(unittest.TestCase):
    def setUp(self):
        self.app = Flask("tests.sample")
        self.app.secret_key = "x"

    def test_a_template_is_found_by_name_or_as_the_first_of_a_list(self):
        """B350."""
        with self.app.app_context():
            self.assertEqual(render_template("page.html", name="x"), "app x")
            self.assertEqual(render_template(["none.html", "page.html"], name="y"), "app y")
            self.assertRaises(TemplateNotFound, render_template, "none.html")
            self.assertRaises(TemplateNotFound, render_template, "../__init__.py")

    def test_output_is_escaped_by_the_kind_of_template(self):
        """B204, B350."""
        with self.app.app_context():
            self.assertEqual(render_template("escaped.html", x="<i>"), "<b>&lt;i&gt;</b>")
            self.assertEqual(render_template("plain.txt", x="<i>"), "<i>")
            self.assertEqual(render_template_string("{{ x }}", x="<i>"), "&lt;i&gt;")

    def test_macros_can_be_called_from_python(self):
        """B351."""
        with self.app.app_context():
            self.assertEqual(get_template_attribute("escaped.html", "hello")("ada"), "hi ada")

    def test_the_request_and_its_fellows_are_there(self):
        """B202, B205."""
        with self.app.test_request_context("/?a=1"):
            session["s"] = 2
            g.g = 3
            text = render_template_string("{{ request.args.a }}{{ session.s }}{{ g.g }}{{ config.TESTING }}")
        self.assertEqual(text, "123False")

    def test_json_is_safe_in_scripts_and_attributes(self):
        """B76, B77, B78, S163."""
        with self.app.app_context():
            for source in ("{{ x|tojson }}", "{{ x|tojson|safe }}"):
                self.assertEqual(render_template_string(source, x="</script>'&"),
                                 '"\\u003c/script\\u003e\\u0027\\u0026"')

    def test_templates_are_streamed_with_their_context(self):
        """Later 14."""
        self.app.add_url_rule("/s", "s", lambda: stream_template("page.html", name="x"))
        self.app.add_url_rule("/t", "t", lambda: stream_template_string("{{ request.args.a }}"))
        client = self.app.test_client()
        self.assertEqual((client.get("/s").text, client.get("/t?a=<").text), ("app x", "&lt;"))

    def test_where_a_template_was_looked_for_can_be_explained(self):
        self.app.config["EXPLAIN_TEMPLATE_LOADING"] = True
        with self.app.app_context(), self.assertLogs(self.app.logger, "INFO") as logs:
            render_template("page.html", name="x")
        self.assertIn("trying loader of application 'tests.sample'", logs.output[0])


class Signals(unittest.TestCase):
    def test_the_signals_come_in_their_order_with_their_arguments(self):
        """B94-B100, B103-B112, B114."""
        app, seen = Flask("tests.sample"), []
        app.before_request(lambda: seen.append("before_request"))
        app.teardown_request(lambda error: seen.append("teardown_request"))
        app.teardown_appcontext(lambda error: seen.append("teardown_appcontext"))
        app.add_url_rule("/", "index", lambda: render_template_string("x"))

        def noting(name):
            def note(sender, **extra):
                self.assertIs(sender, app)
                seen.append((name, *sorted(extra)))
                if name == "request_started":
                    self.assertEqual(request.path, "/")
                if name == "template_rendered":
                    self.assertIsNone(extra["template"].name)
                    self.assertIsInstance(extra["context"], dict)
            return note
        signals = {"appcontext_pushed": appcontext_pushed, "request_started": request_started,
                   "before_render_template": before_render_template, "template_rendered": template_rendered,
                   "request_finished": request_finished, "request_tearing_down": request_tearing_down,
                   "appcontext_tearing_down": appcontext_tearing_down, "appcontext_popped": appcontext_popped}
        subscribers = [noting(name) for name in signals]
        for signal, subscriber in zip(signals.values(), subscribers):
            signal.connect(subscriber, app)
        app.test_client().get("/")
        for signal, subscriber in zip(signals.values(), subscribers):
            signal.disconnect(subscriber, app)
        self.assertEqual(seen, [
            ("appcontext_pushed",), ("request_started",), "before_request",
            ("before_render_template", "context", "template"), ("template_rendered", "context", "template"),
            ("request_finished", "response"), "teardown_request", ("request_tearing_down", "exc"),
            "teardown_appcontext", ("appcontext_tearing_down", "exc"), ("appcontext_popped",)])

    def test_they_are_sent_for_one_application_only_and_may_be_coroutines(self):
        """B94, Later 46."""
        app, other, seen = Flask(__name__), Flask("other"), []
        for each in (app, other):
            each.add_url_rule("/", "index", lambda: "")

        async def note(sender, **extra):
            seen.append(sender)
        with request_started.connected_to(note, app):
            app.test_client().get("/")
            other.test_client().get("/")
        self.assertEqual(seen, [app])

    def test_signals_are_always_real(self):
        """B93, B115-B118, C32."""
        self.assertIs(minflask.signals_available, True)
        signal = minflask.signals.Namespace().signal("mine", "What it is for.")
        seen = []
        signal.connect(seen.append, weak=False)
        signal.send("sender")
        self.assertEqual((seen, signal.__doc__), (["sender"], "What it is for."))


if __name__ == "__main__":
    unittest.main()
