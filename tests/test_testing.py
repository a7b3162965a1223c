"""The test client and the command runner: sections 5 and 6 of the seeds."""

from __future__ import annotations

import unittest

from minflask import Flask, g, has_request_context, jsonify, redirect, request, session
from minflask.testing import EnvironBuilder


def app_with_views():
    app = Flask(__name__)
    app.secret_key = "x"
    app.add_url_rule("/", "index", lambda: "index")
    app.add_url_rule("/user", "user", lambda: f"username={request.args.get('name', 'john')}")
    app.add_url_rule("/json", "json", lambda: jsonify(got=request.json), methods=["POST"])
    app.add_url_rule("/to", "to", lambda: redirect("/user?name=ada"))
    app.add_url_rule("/agent", "agent", lambda: f"{request.user_agent} {request.remote_addr}")

    @app.route("/count")
    def count():
        session["n"] = session.get("n", 0) + 1
        g.mark = session["n"]
        return str(session["n"])
    return app


class Requests(unittest.TestCase):
    def test_answers_have_data_as_bytes_and_text(self):
        """B56, B57, C41, Later 58."""
        answer = app_with_views().test_client().get("/user")
        self.assertEqual((answer.data, answer.text), (b"username=john", "username=john"))

    def test_redirects_are_followed_with_their_history(self):
        """B319, C33, Later 38."""
        client = app_with_views().test_client()
        self.assertEqual(client.get("/to").status_code, 302)
        answer = client.get("/to", follow_redirects=True)
        self.assertEqual((answer.text, answer.request.path, len(answer.history), answer.history[0].status_code),
                         ("username=ada", "/user", 1, 302))
        environ, answer = client.open("/user", as_tuple=True, buffered=True)
        self.assertEqual((environ["PATH_INFO"], answer.text), ("/user", "username=john"))

    def test_a_request_is_described_by_arguments_a_builder_or_an_environ(self):
        """B319."""
        app = app_with_views()
        client = app.test_client()
        builder = EnvironBuilder(app, "/user", query_string={"name": "builder"})
        self.assertEqual(client.open(builder).text, "username=builder")
        self.assertEqual(client.open(builder.get_environ()).text, "username=builder")
        self.assertEqual(client.open(builder.get_request()).text, "username=builder")
        self.assertEqual(client.post("/json", json={"a": [1]}).json, {"got": {"a": [1]}})

    def test_the_environ_base_holds_defaults_for_every_request(self):
        """B317."""
        client = app_with_views().test_client()
        self.assertRegex(client.get("/agent").text, r"^Werkzeug/3\S+ 127\.0\.0\.1$")
        client.environ_base.update(REMOTE_ADDR="10.0.0.1", HTTP_USER_AGENT="me")
        self.assertEqual(client.get("/agent").text, "me 10.0.0.1")
        self.assertEqual(client.get("/agent", environ_base={"REMOTE_ADDR": "::1"}).text, "me ::1")

    def test_cookies_are_kept_unless_they_are_not_wanted(self):
        """B211, B316."""
        app = app_with_views()
        client, bare = app.test_client(), app.test_client(use_cookies=False)
        self.assertEqual([client.get("/count").text for _ in range(3)], ["1", "2", "3"])
        self.assertEqual([bare.get("/count").text for _ in range(2)], ["1", "1"])


class Outliving(unittest.TestCase):
    def test_an_answer_is_read_when_its_application_is_gone(self):
        def answer():
            app = Flask(__name__)
            app.add_url_rule("/", "index", lambda: {"a": 1})
            return app.test_client().get("/")
        self.assertEqual((answer().json, answer().get_json()), ({"a": 1}, {"a": 1}))
        orphan = Flask(__name__).json
        self.assertEqual((orphan.dumps({"b": "é", "a": 1}), orphan.loads("[1]")), ('{"a": 1, "b": "\\u00e9"}', [1]))

    def test_a_body_that_cannot_begin_fails_in_the_call(self):
        app = Flask(__name__)

        @app.route("/")
        def stream():
            def chunks():
                begun.append(1)
                yield str(1 // len(begun[1:]))
            return chunks()
        begun = []
        with self.assertRaises(ZeroDivisionError):
            app.test_client().get("/")
        answer = app.test_client().get("/")
        self.assertEqual((len(begun), answer.text), (2, "1"))


class Contexts(unittest.TestCase):
    def test_with_keeps_the_context_of_the_last_request(self):
        """B213, B316, Later 53."""
        app, ended = app_with_views(), []
        app.teardown_request(lambda error: ended.append(request.path))
        with app.test_client() as client:
            client.get("/user?vodka=42")
            self.assertEqual((request.args["vodka"], request.path, ended), ("42", "/user", ["/user"]))
            client.get("/count")
            self.assertEqual((request.path, g.mark, session["n"]), ("/count", 1, 1))
            with self.assertRaisesRegex(RuntimeError, "inside each other"), client:
                pass
        self.assertFalse(has_request_context())

    def test_a_failing_view_leaves_no_context_behind(self):
        app = Flask(__name__)
        app.testing = True
        app.add_url_rule("/", "index", lambda: 1 / 0)
        with app.test_client() as client:
            self.assertRaises(ZeroDivisionError, client.get, "/")
        self.assertFalse(has_request_context())


class SessionTransactions(unittest.TestCase):
    def test_a_session_is_changed_between_requests(self):
        """B318."""
        client = app_with_views().test_client()
        with client.session_transaction() as stored:
            stored["n"] = 41
        self.assertEqual(client.get("/count").text, "42")
        with client.session_transaction("/", base_url="http://localhost") as stored:
            self.assertEqual(stored["n"], 42)

    def test_it_needs_cookies_and_a_key(self):
        """B318."""
        app = app_with_views()
        with self.assertRaisesRegex(TypeError, "Cookies are disabled"):
            with app.test_client(use_cookies=False).session_transaction():
                pass
        app.secret_key = None
        with self.assertRaisesRegex(RuntimeError, "secret_key"):
            with app.test_client().session_transaction():
                pass


class Runner(unittest.TestCase):
    def test_commands_of_the_application_are_invoked(self):
        """B214, B256, B320."""
        app = Flask("shop")

        @app.cli.command()
        def hello():
            from minflask import current_app
            print(f"hello from {current_app.name}")
        runner = app.test_cli_runner()
        result = runner.invoke(args=["hello"])
        self.assertEqual((result.output, result.exit_code, result.exception), ("hello from shop\n", 0, None))
        self.assertEqual(runner.invoke(hello).output, "hello from shop\n")
        self.assertEqual(runner.invoke(args=["helo"]).exit_code, 2)


if __name__ == "__main__":
    unittest.main()
