"""Credentials and challenges."""

from __future__ import annotations

import copy
import doctest
import pickle
import unittest

from minflask.http import auth
from minflask.http.auth import (
    Authorization, WWWAuthenticate, parse_authorization_header, parse_www_authenticate_header)


def load_tests(loader, tests, pattern):
    tests.addTests(doctest.DocTestSuite(auth))
    return tests


class Credentials(unittest.TestCase):
    def test_b282_a_name_and_a_password(self):
        for name, password in [("ada", "x"), ("", ""), ("русскиЁ", "普通话:"), ("a", "b:c")]:
            with self.subTest(name):
                made = Authorization("basic", {"username": name, "password": password})
                back = Authorization.from_header(made.to_header())
                self.assertEqual((back.type, back.username, back.password), ("basic", name, password))
                self.assertEqual(back, made)

    def test_y43_credentials_that_cannot_be_read_are_none(self):
        for text in [None, "", " ", "Basic foo", "Basic /3NlcjpwYXNz", "Basic a=b", "Basic ÿ", "Basic YQ==\nX",
                     "Basic a b"]:
            with self.subTest(text):
                self.assertIsNone(Authorization.from_header(text))

    def test_a_token_and_parameters(self):
        for text, token, parameters in [
            ("Bearer abc", "abc", {}), ("Token YWJj==", "YWJj==", {}), ("X", "", {}),
            ('Digest username="a b", nc=1, x', None, {"username": "a b", "nc": "1", "x": None}),
        ]:
            with self.subTest(text):
                made = Authorization.from_header(text)
                self.assertEqual((made.token, made.parameters), (token, parameters))
                self.assertEqual(made.to_header(), text)

    def test_parameters_are_attributes_and_items(self):
        made = Authorization("digest", {"nc": "1"})
        self.assertEqual((made.nc, made["nc"], made.get("nc"), made.realm, made["realm"], made.get("x", 5)),
                         ("1", "1", "1", None, None, 5))
        self.assertTrue("nc" in made and "x" not in made)
        self.assertNotEqual(made, object())
        self.assertEqual(repr(made), "<Authorization Digest nc=1>")

    def test_it_can_be_copied(self):
        made = Authorization("basic", {"username": "a", "password": "b"})
        for back in [copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))]:
            self.assertEqual(back, made)

    def test_the_old_name_reads_it_too(self):
        self.assertEqual(parse_authorization_header("Bearer a"), Authorization("bearer", token="a"))


class Challenges(unittest.TestCase):
    def setUp(self):
        self.calls = []
        self.made = WWWAuthenticate("Basic", {"realm": "a b"})
        self.made._on_update = self.calls.append

    def test_a_challenge_is_written(self):
        for made, expected in [
            (WWWAuthenticate("bearer"), "Bearer"),
            (WWWAuthenticate("token", token="x"), "Token x"),
            (WWWAuthenticate("digest", {"realm": "a", "qop": "auth", "algorithm": "MD5", "x": None}),
             'Digest realm="a", qop="auth", algorithm=MD5'),
            (self.made, 'Basic realm="a b"'),
        ]:
            with self.subTest(expected):
                self.assertEqual(str(made), expected)
                self.assertEqual(repr(made), f"<WWWAuthenticate {expected}>")
                self.assertEqual(str(WWWAuthenticate.from_header(expected)), expected)
        self.assertIsNone(WWWAuthenticate.from_header(""))

    def test_each_change_is_told(self):
        for change in ["self.made.realm = 'x'", "self.made['nonce'] = 'y'", "del self.made.nonce",
                       "self.made.token = 't'", "self.made.token = None", "self.made.type = 'Digest'",
                       "self.made.parameters = {'realm': 'z'}", "self.made.parameters['a'] = 'b'", "del self.made['a']",
                       "self.made.set_basic('x')"]:
            with self.subTest(change):
                before = len(self.calls)
                exec(change)
                self.assertEqual(self.calls[before:], [self.made])
        self.assertEqual(str(self.made), "Basic realm=x")

    def test_none_removes_a_parameter(self):
        self.made.realm = None
        self.assertEqual((str(self.made), self.made.realm, "realm" in self.made), ("Basic", None, False))

    def test_c24_a_challenge_becomes_another(self):
        self.made.set_basic()
        self.assertEqual((self.made.type, self.made.realm), ("basic", "authentication required"))
        self.made.set_digest("r", "n", qop=("auth", "auth-int"), opaque="o", algorithm="SHA-256", stale=True)
        self.assertEqual(str(self.made), 'Digest realm="r", nonce="n", qop="auth, auth-int", stale=TRUE, opaque="o",'
                                         ' algorithm=SHA-256')

    def test_challenges_are_compared_and_copied(self):
        self.assertEqual(self.made, WWWAuthenticate.from_header('Basic realm="a b"'))
        self.assertNotEqual(self.made, WWWAuthenticate("basic"))
        self.assertEqual(copy.copy(self.made), self.made)

    def test_the_old_name_reads_it_too(self):
        made = parse_www_authenticate_header("Bearer realm=x", self.calls.append)
        made.realm = "y"
        self.assertEqual((self.calls, str(parse_www_authenticate_header(None))), ([made], "Basic"))


if __name__ == "__main__":
    unittest.main()
