"""What views use, and what they say to the next request: sections 8, 9 and 17 of the seeds."""

from __future__ import annotations

import io
import os
import tempfile
import unittest

from minflask import (
    Flask, Response, flash, get_flashed_messages, make_response, message_flashed, redirect, request, safe_join,
    send_file, send_from_directory, url_for,
)
from minflask.http.exceptions import NotFound
from minflask.http.response import Response as BaseResponse


class Redirects(unittest.TestCase):
    def test_a_redirect_is_made_by_the_application(self):
        """B330, C5, C18, Later 9, Later 45."""
        class Own(Response):
            pass
        app = Flask(__name__)
        app.response_class = Own
        with app.test_request_context():
            answer = redirect("/x", 303)
            self.assertIsInstance(answer, Own)
            self.assertEqual((answer.status_code, answer.location), (303, "/x"))
            self.assertIn('<a href="/x">', answer.get_data(as_text=True))
            self.assertIs(type(redirect("/x", Response=Response)), Response)
        self.assertIsInstance(redirect("/x"), BaseResponse)

    def test_a_location_is_encoded_and_cannot_break_out(self):
        """B330, S119."""
        app = Flask(__name__)
        app.add_url_rule("/", "index", lambda: redirect("/é?x=<b>"))
        answer = app.test_client().get("/")
        self.assertEqual(answer.headers["Location"], "/%C3%A9?x=%3Cb%3E")
        self.assertNotIn("<b>", answer.text)
        for location in ("/a\r\nSet-Cookie: x=1", "/a\nb", "/a\0"):
            self.assertRaises(ValueError, redirect, location)

    def test_an_application_may_make_its_redirects_otherwise(self):
        class Own(Flask):
            def redirect(self, location, code=302):
                return make_response(f"go to {location}", code)
        app = Own(__name__)
        with app.test_request_context():
            self.assertEqual(redirect("/x").data, b"go to /x")

    def test_absolute_locations_can_be_had(self):
        """C5."""
        class Own(Response):
            autocorrect_location_header = True
        app = Flask(__name__)
        app.response_class = Own
        app.add_url_rule("/", "index", lambda: redirect("/x"))
        self.assertEqual(app.test_client().get("/").headers["Location"], "http://localhost/x")


class Flashes(unittest.TestCase):
    def app(self):
        app = Flask(__name__)
        app.secret_key = "x"

        @app.route("/flash")
        def add():
            flash("Hello")
            flash("Broken", "error")
            flash("Careful", "warning")
            return ""

        @app.route("/read")
        def read():
            first = get_flashed_messages(with_categories=True)
            again = get_flashed_messages(category_filter=["error"]) + get_flashed_messages(True, ["warning"])
            return {"all": first, "again": again, "plain": get_flashed_messages()}
        return app

    def test_messages_wait_for_the_next_request_and_are_taken_once(self):
        """B89, B338, B339."""
        client = self.app().test_client()
        client.get("/flash")
        self.assertEqual(client.get("/read").json, {
            "all": [["message", "Hello"], ["error", "Broken"], ["warning", "Careful"]],
            "again": ["Broken", ["warning", "Careful"]], "plain": ["Hello", "Broken", "Careful"]})
        self.assertEqual(client.get("/read").json["all"], [])

    def test_a_signal_tells_of_each(self):
        """B113, B114."""
        app, seen = self.app(), []

        def note(sender, message, category, **extra):
            seen.append((sender, message, category))
        with message_flashed.connected_to(note, app):
            app.test_client().get("/flash")
        self.assertEqual(seen, [(app, "Hello", "message"), (app, "Broken", "error"), (app, "Careful", "warning")])


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        with open(os.path.join(self.folder, "a.txt"), "w") as file:
            file.write("content")
        self.app = Flask(__name__, root_path=self.folder)

    def send(self, view, **kwargs):
        app = Flask(__name__, root_path=self.folder)
        app.add_url_rule("/", "index", view)
        return app.test_client().get("/", buffered=True, **kwargs)

    def test_files_are_relative_to_the_root_and_conditional(self):
        """B333, C17, Later 32."""
        answer = self.send(lambda: send_file("a.txt"))
        self.assertEqual((answer.text, answer.mimetype, answer.headers["Cache-Control"]),
                         ("content", "text/plain", "no-cache"))
        etag = answer.headers["ETag"]
        self.assertEqual(self.send(lambda: send_file("a.txt"), headers={"If-None-Match": etag}).status_code, 304)
        part = self.send(lambda: send_file("a.txt"), headers={"Range": "bytes=1-3"})
        self.assertEqual((part.status_code, part.text), (206, "ont"))

    def test_the_names_of_1_x_are_taken_for_those_of_today(self):
        """B333, B334, C17, Later 33."""
        answer = self.send(lambda: send_file(
            filename_or_fp=io.BytesIO(b"x"), attachment_filename="ü.txt", as_attachment=True, add_etags=False,
            cache_timeout=60))
        self.assertIn("filename*=UTF-8''%C3%BC.txt", answer.headers["Content-Disposition"])
        self.assertEqual((answer.cache_control.max_age, "ETag" in answer.headers), (60, False))
        answer = self.send(lambda: send_from_directory(self.folder, filename="a.txt"))
        self.assertEqual(answer.text, "content")
        with self.app.test_request_context():
            self.assertRaises(TypeError, send_file)
            self.assertRaises(TypeError, send_file, "a.txt", no_such=1)
            self.assertRaises(TypeError, send_from_directory, self.folder)

    def test_a_path_that_leaves_the_folder_is_not_found(self):
        """B334, B335, C20, S137, S142, S144, S145, S150."""
        for path in ("../a.txt", "/etc/passwd", "..", "x/../../a.txt", "none.txt", ".", "a\0.txt", "..\\a.txt"):
            with self.subTest(path=path), self.app.test_request_context():
                self.assertRaises(NotFound, send_from_directory, self.folder, path)
        self.assertEqual(safe_join(self.folder, "a", "b.txt"), f"{self.folder}/a/b.txt")
        for path in ("../x", "/x", "a/../../x"):
            self.assertRaises(NotFound, safe_join, self.folder, path)

    def test_ages_may_be_worked_out_by_a_function(self):
        """B254, Later 32."""
        answer = self.send(lambda: send_file("a.txt", max_age=lambda name: len(name)))
        self.assertGreater(answer.cache_control.max_age, 0)


class Routes(unittest.TestCase):
    def test_route_takes_the_options_of_add_url_rule_by_keyword(self):
        """B144, B151, B155."""
        app = Flask(__name__)

        @app.route("/a/", endpoint="b", methods=["PUT"], strict_slashes=False, defaults={"x": 1})
        def view(x):
            return f"{request.url_rule.endpoint} {x}"
        self.assertEqual(app.test_client().put("/a").text, "b 1")
        self.assertRaises(TypeError, app.route, "/", "endpoint")
        with app.test_request_context():
            self.assertEqual(url_for("b", x=1), "/a/")


if __name__ == "__main__":
    unittest.main()
