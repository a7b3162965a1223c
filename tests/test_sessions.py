"""Sessions and their interface: section 4 of the seeds, and what went wrong in the family."""

from __future__ import annotations

import datetime
import unittest

from minflask import Flask, Markup, session
from minflask.sessions import (
    NullSession, SecureCookieSession, SecureCookieSessionInterface, SessionInterface, SessionMixin,
)

# Signed by Flask 3.1.3 with the key "development".
COOKIE = ("eyJhIjoxLCJwb2ludCI6eyIgdCI6WzEsMl19LCJtIjoiXHUwMGU5IiwiYiI6eyIgYiI6Ii93PT0ifX0.awGXbA"
          ".9bcch4q7gkcHj6-lscTa-BwM8xY")


def session_app(key="development", **config):
    app = Flask(__name__)
    app.secret_key = key
    app.config.update(config)

    @app.route("/set/<key>/<value>")
    def set_value(key, value):
        session[key] = value
        return ""

    @app.route("/get/<key>")
    def get_value(key):
        return str(session.get(key))

    @app.route("/none")
    def none():
        return ""

    @app.route("/clear")
    def clear():
        session.clear()
        return ""
    return app


class Sessions(unittest.TestCase):
    def test_what_a_request_stores_the_next_one_sees(self):
        """B34, B35, B36, B39, B40, B312."""
        client = session_app().test_client()
        answer = client.get("/set/a/1")
        self.assertIn("session=", answer.headers["Set-Cookie"])
        self.assertEqual(client.get("/get/a").text, "1")
        client.get("/clear")
        self.assertEqual(client.get("/get/a").text, "None")
        self.assertIsNone(client.get_cookie("session"))

    def test_the_client_can_read_and_cannot_change_it(self):
        """B37, B38."""
        app = session_app()
        client = app.test_client()
        with client.session_transaction() as stored:
            stored["a"] = 1
        value = client.get_cookie("session").value
        self.assertTrue(value.startswith("eyJhIjoxfQ."))
        changed = value[:-5] + ("A" if value[-5] != "A" else "B") + value[-4:]
        for forged in (changed, "x" + value, value.partition(".")[0], ".", ""):
            client.set_cookie("session", forged)
            self.assertEqual(client.get("/get/a").text, "None")

    def test_without_a_secret_key_it_reads_as_empty_and_refuses_changes(self):
        """B34, B303, B304, B305."""
        app = session_app(None)
        app.testing = True
        client = app.test_client()
        self.assertEqual(client.get("/get/a").text, "None")
        with self.assertRaisesRegex(RuntimeError, "secret key"):
            client.get("/set/a/1")
        null = NullSession()
        for change in (lambda: null.update(a=1), lambda: null.pop("a"), null.clear, null.popitem,
                       lambda: null.setdefault("a", 1), lambda: null.__delitem__("a"), lambda: null.__ior__({})):
            self.assertRaises(RuntimeError, change)
        self.assertEqual((dict(null), len(null), "a" in null), ({}, 0, False))

    def test_changes_are_noticed_on_the_surface_only(self):
        """B41, B44, B45, B46, B314."""
        changes = [lambda s: s.__setitem__("b", 1), lambda s: s.__delitem__("a"), lambda s: s.update(b=1),
                   lambda s: s.pop("a"), lambda s: s.clear(), lambda s: s.setdefault("b", 1), lambda s: s.popitem()]
        for change in changes:
            fresh = SecureCookieSession({"a": []})
            self.assertFalse(fresh.modified)
            change(fresh)
            self.assertTrue(fresh.modified and fresh.accessed)
        deep = SecureCookieSession({"a": []})
        deep["a"].append(42)
        self.assertFalse(deep.modified)
        self.assertEqual((deep.new, SessionMixin.new, SessionMixin.modified), (False, False, True))

    def test_a_change_inside_a_value_is_kept_by_saying_so(self):
        """B45, B46."""
        for mark, wanted in ((False, "[]"), (True, "[42]")):
            app = session_app()

            @app.route("/append")
            def append(mark=mark):
                session["list"].append(42)
                if mark:
                    session.modified = True
                return ""
            client = app.test_client()
            with client.session_transaction() as stored:
                stored["list"] = []
            client.get("/append")
            self.assertEqual(client.get("/get/list").text, wanted)

    def test_a_permanent_session_expires_and_is_refreshed(self):
        """B47, B48, B49, B54, B55, B179, B309, B310, B315, C16, C40."""
        app = session_app()
        self.assertEqual(app.permanent_session_lifetime, datetime.timedelta(days=31))
        client = app.test_client()
        plain = client.get("/set/a/1").headers["Set-Cookie"]
        self.assertNotIn("Expires", plain)
        self.assertNotIn("Max-Age", plain)
        with client.session_transaction() as stored:
            self.assertFalse(stored.permanent)
            stored.permanent = True
            self.assertIs(stored["_permanent"], True)
        self.assertIn("Expires", client.get("/none").headers["Set-Cookie"])
        app.config["SESSION_REFRESH_EACH_REQUEST"] = False
        self.assertNotIn("Set-Cookie", client.get("/none").headers)
        app.config["PERMANENT_SESSION_LIFETIME"] = 60
        self.assertEqual(app.permanent_session_lifetime, datetime.timedelta(minutes=1))
        interface = SecureCookieSessionInterface()
        self.assertIsNone(interface.get_expiration_time(app, SecureCookieSession()))
        until = interface.get_expiration_time(app, SecureCookieSession({"_permanent": True}))
        self.assertEqual(until.utcoffset(), datetime.timedelta(0))

    def test_a_cookie_past_its_lifetime_is_an_empty_session(self):
        app = session_app(PERMANENT_SESSION_LIFETIME=-1)
        client = app.test_client()
        client.get("/set/a/1")
        self.assertEqual(client.get("/get/a").text, "None")

    def test_the_answer_varies_with_the_cookie_whenever_the_session_was_touched(self):
        """B314, C15, S102, S103."""
        app = session_app()

        @app.route("/in")
        def contains():
            return str("a" in session)

        @app.route("/len")
        def length():
            return str(len(session))
        client = app.test_client()
        self.assertEqual(client.get("/none").headers.get("Vary"), None)
        for path in ("/get/a", "/set/a/1", "/in", "/len", "/clear"):
            with self.subTest(path=path):
                self.assertEqual(client.get(path).headers["Vary"], "Cookie")
        with client.session_transaction() as stored:
            stored.permanent = True
        refreshed = client.get("/none")
        self.assertEqual((refreshed.headers["Vary"], "Set-Cookie" in refreshed.headers), ("Cookie", True))

    def test_types_survive_the_way_through_the_cookie(self):
        """B312, B346, S105."""
        values = {"t": (1, ("a",)), "b": b"\xff", "m": Markup("<b>"), "n": None, "d": {"x": [1, (2,)]},
                  "when": datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)}
        client = session_app().test_client()
        with client.session_transaction() as stored:
            stored.update(values)
        with client.session_transaction() as stored:
            self.assertEqual(dict(stored), values)
            self.assertIsInstance(stored["m"], Markup)

    def test_a_cookie_of_flask_is_read(self):
        """B313."""
        client = session_app(PERMANENT_SESSION_LIFETIME=10 ** 9).test_client()
        client.set_cookie("session", COOKIE)
        with client.session_transaction() as stored:
            self.assertEqual(dict(stored), {"a": 1, "point": (1, 2), "m": "é", "b": b"\xff"})


class Arguments(unittest.TestCase):
    def test_the_documented_names_of_arguments_are_taken(self):
        session = SecureCookieSession({"a": 1})
        self.assertEqual((session.get(key="a"), session.get(key="b", default=2)), (1, 2))
        self.assertFalse(session.modified)
        self.assertEqual(session.setdefault(key="b", default=3), 3)
        self.assertTrue(session.modified)


class Keys(unittest.TestCase):
    def test_old_keys_read_and_the_new_one_signs(self):
        """Later 59, S104."""
        client = session_app("old").test_client()
        client.get("/set/a/1")
        cookie = client.get_cookie("session").value
        rotated = session_app("new", SECRET_KEY_FALLBACKS=["older", "old"]).test_client()
        rotated.set_cookie("session", cookie)
        self.assertEqual(rotated.get("/get/a").text, "1")
        rotated.get("/set/b/2")
        signed = rotated.get_cookie("session").value
        for key, wanted in (("new", "2"), ("old", "None")):
            other = session_app(key).test_client()
            other.set_cookie("session", signed)
            self.assertEqual(other.get("/get/b").text, wanted)

    def test_there_is_no_default_key(self):
        """S107."""
        self.assertIsNone(Flask(__name__).secret_key)


class Signers(unittest.TestCase):
    def test_a_thread_of_another_application_does_not_change_the_signer(self):
        """The interface is one for all applications; here the other one asks between two looks at what is kept."""
        one, other = session_app("one"), session_app("other")
        kept = SecureCookieSessionInterface()

        class Between(tuple):
            def __getitem__(self, index):
                kept.get_signing_serializer(other)
                return super().__getitem__(index)
        kept.get_signing_serializer(one)
        kept._signers = Between(kept._signers)
        signed = kept.get_signing_serializer(one).dumps({"a": 1})
        self.assertEqual(SecureCookieSessionInterface().get_signing_serializer(one).loads(signed), {"a": 1})
        self.assertEqual(kept.get_signing_serializer(other).secret_keys[-1], b"other")


class Interface(unittest.TestCase):
    def test_two_methods_and_a_dict_make_an_interface(self):
        """B50, B51, B52, B53, B303, B306, B311."""
        class Session(dict, SessionMixin):
            pass

        class InMemory(SessionInterface):
            stored: dict = {}

            def open_session(self, app, request):
                return Session(self.stored)

            def save_session(self, app, session, response):
                self.stored = dict(session)
        app = session_app()
        app.session_interface = InMemory()
        client = app.test_client()
        answer = client.get("/set/a/1")
        self.assertNotIn("Set-Cookie", answer.headers)
        self.assertEqual(client.get("/get/a").text, "1")
        self.assertFalse(InMemory.pickle_based)
        for method, arguments in (("open_session", (None, None)), ("save_session", (None, None, None))):
            with self.assertRaisesRegex(NotImplementedError, method):
                getattr(SessionInterface(), method)(*arguments)

    def test_a_replaced_interface_opens_before_the_view(self):
        opened = []

        class Own(SecureCookieSessionInterface):
            def open_session(self, app, request):
                opened.append(request.path)
                return super().open_session(app, request)
        app = session_app()
        app.session_interface = Own()
        app.test_client().get("/none")
        self.assertEqual(opened, ["/none"])

    def test_the_cookie_takes_its_attributes_from_the_configuration(self):
        """B307, B308, C14, Later 19, Later 20, Later 62."""
        app = session_app(SESSION_COOKIE_NAME="s", SESSION_COOKIE_DOMAIN="example.com", SESSION_COOKIE_PATH="/p",
                          SESSION_COOKIE_SECURE=True, SESSION_COOKIE_SAMESITE="Strict", SESSION_COOKIE_PARTITIONED=True,
                          SESSION_COOKIE_HTTPONLY=True)
        cookie = app.test_client().get("/set/a/1", base_url="https://example.com/p").headers["Set-Cookie"]
        self.assertTrue(cookie.startswith("s="))
        for attribute in ("Domain=example.com", "Path=/p", "Secure", "HttpOnly", "SameSite=Strict", "Partitioned"):
            self.assertIn(attribute, cookie)
        interface = SessionInterface()
        plain = Flask(__name__)
        plain.config["SERVER_NAME"] = "example.com"
        self.assertEqual((interface.get_cookie_name(plain), interface.get_cookie_domain(plain),
                          interface.get_cookie_path(plain), interface.get_cookie_httponly(plain),
                          interface.get_cookie_secure(plain), interface.get_cookie_samesite(plain)),
                         ("session", None, "/", True, False, None))
        plain.config["APPLICATION_ROOT"] = "/app"
        self.assertEqual(interface.get_cookie_path(plain), "/app")

    def test_null_sessions_are_known_and_never_saved(self):
        """B304, B305."""
        app = session_app(None)
        interface = app.session_interface
        null = interface.make_null_session(app)
        self.assertTrue(interface.is_null_session(null))
        self.assertFalse(interface.is_null_session(SecureCookieSession()))
        self.assertNotIn("Set-Cookie", app.test_client().get("/none").headers)


if __name__ == "__main__":
    unittest.main()
