"""The example's own tests, through the test client: what a person and a program do with it."""

from __future__ import annotations

import os
import re
import tempfile
import unittest

from . import create_app


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.database = os.path.join(folder.name, "test.sqlite")
        self.app = create_app({"DATABASE": self.database, "TESTING": True})
        self.client = self.app.test_client()

    def send(self, path, page="/sign-in", client=None, **fields):
        """Send the form of a page, as a browser does: with the token that stands in it."""
        client = client or self.client
        token = re.search(r'name="token" value="(\w+)"', client.get(page).text)[1]
        return client.post(path, data={"token": token, **fields}, follow_redirects=True)

    def sign_up(self, name="ada", client=None):
        return self.send("/sign-up", page="/sign-up", client=client, name=name, password="correct horse")

    def shorten(self, url="https://example.com/a/long/way"):
        page = self.send("/links", page="/", url=url).text
        return re.search(r'href="http://localhost(/[\w-]+)">', page)[1]


class People(Case):
    def test_a_link_redirects_and_counts_its_visits(self):
        self.sign_up()
        short = self.shorten()
        answer = self.client.get(short)
        self.assertEqual((answer.status_code, answer.location), (302, "https://example.com/a/long/way"))
        self.assertIn("1 visit<", self.client.get("/").text)

    def test_a_link_is_still_there_after_a_restart(self):
        self.sign_up()
        short = self.shorten()
        again = create_app({"DATABASE": self.database}).test_client()
        self.assertEqual(again.get(short).location, "https://example.com/a/long/way")

    def test_the_session_outlives_a_restart_because_the_key_is_kept(self):
        self.sign_up()
        key = self.app.secret_key
        self.assertEqual(create_app({"DATABASE": self.database}).secret_key, key)

    def test_signing_in_needs_the_right_password(self):
        self.sign_up()
        self.send("/sign-out", page="/")
        self.assertIn("No user has", self.send("/sign-in", name="ada", password="wrong").text)
        self.assertIn("Hello again, ada.", self.send("/sign-in", name="ada", password="correct horse").text)

    def test_a_name_can_be_taken_once(self):
        self.sign_up()
        self.assertIn("is taken", self.sign_up(client=self.app.test_client()).text)

    def test_what_a_user_typed_is_escaped(self):
        self.assertIn("Welcome, &lt;b&gt;.", self.sign_up("<b>").text)

    def test_only_addresses_of_the_web_are_shortened(self):
        self.sign_up()
        for url in ("javascript:alert(1)", "ftp://example.com", "https://a b", ""):
            with self.subTest(url=url):
                self.assertIn("not the address", self.send("/links", page="/", url=url).text)

    def test_a_form_without_the_token_is_refused(self):
        self.assertEqual(self.client.post("/sign-in", data={"name": "ada", "password": "x"}).status_code, 400)

    def test_signing_in_goes_on_where_one_wanted_to_go_but_never_elsewhere(self):
        self.sign_up()
        for target, lands in (("/log", "/log"), ("//evil.example", "/"), ("https://evil.example", "/")):
            with self.subTest(target=target):
                answer = self.send(f"/sign-in?next={target}", name="ada", password="correct horse")
                self.assertEqual(answer.request.path, lands)

    def test_somebody_elses_link_cannot_be_removed(self):
        self.sign_up()
        short = self.shorten()
        other = self.app.test_client()
        self.sign_up("bob", client=other)
        self.assertEqual(self.send(f"/links{short}/remove", page="/", client=other).status_code, 403)
        self.send(f"/links{short}/remove", page="/")
        self.assertEqual(self.client.get(short).status_code, 404)

    def test_the_log_is_streamed_and_needs_a_user(self):
        self.assertEqual(self.client.get("/log").location, "/sign-in?next=/log")
        self.sign_up()
        short = self.shorten()
        self.client.get(short)
        self.assertRegex(self.client.get("/log").text, rf"^\d{{4}}-.*  {short[1:]}  https://example.com/a/long/way\n$")

    def test_errors_have_a_page(self):
        answer = self.client.get("/no-such-link")
        self.assertEqual(answer.status_code, 404)
        self.assertIn("There is no link with this code.", answer.text)


class Programs(Case):
    def setUp(self):
        super().setUp()
        self.sign_up()
        self.client = self.app.test_client()
        self.auth = ("ada", "correct horse")

    def test_a_program_makes_a_link_and_looks_at_it(self):
        made = self.client.post("/api/links", json={"url": "https://example.com/"}, auth=self.auth)
        self.assertEqual(made.status_code, 201)
        self.client.get("/" + made.json["code"])
        seen = self.client.get("/api/links/" + made.json["code"])
        self.assertEqual(seen.json, {**made.json, "visits": 1})

    def test_a_program_must_sign_in_to_write(self):
        answer = self.client.post("/api/links", json={"url": "https://example.com/"})
        self.assertEqual(answer.status_code, 401)
        self.assertEqual(answer.headers["WWW-Authenticate"], 'Basic realm="shortlinks"')

    def test_bad_input_is_told_in_json(self):
        for sent in ({"url": 1}, {}, [], {"url": "file:///etc"}):
            with self.subTest(sent=sent):
                answer = self.client.post("/api/links", json=sent, auth=self.auth)
                self.assertEqual((answer.status_code, answer.json["error"]), (400, "Bad Request"))
        self.assertEqual(self.client.get("/api/links/none").json["error"], "Not Found")
        refused = self.client.delete("/api/links/none", auth=self.auth)
        self.assertEqual((refused.status_code, "GET" in refused.headers["Allow"]), (405, True))


if __name__ == "__main__":
    unittest.main()
