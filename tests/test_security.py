"""Password hashes and file names from outside (B334, B335; S110, S111, S116, S137-S145, S150)."""

from __future__ import annotations

import hashlib
import os
import types
import sys
import unittest
from unittest import mock

from minflask import security
from minflask.security import (
    check_password_hash, gen_salt, generate_password_hash, pbkdf2_hex, safe_join, secure_filename,
)

# Made by Werkzeug, of "secret".
STORED = (
    "scrypt:1024:8:1$salt$eba9bb7eb94c6ebd8d2c4636469b51c6cea1aadafc321bada4716add1a4e7f29"
    "d233df2953886310c02a9bd60c6975e0ecc22d397f154550ca43189b3773673f",
    "pbkdf2:sha256:1000$salt$a8df899f3c4f204d967e0ad63c092987c10055ebb017b3d9d28add218d4f7aad",
    "pbkdf2:sha1:1000$salt$fa7bab9eff3a06a5271ccfb9b6d8728d0c7a334d",
    "sha256$salt$98e5340f0f4f96d2b80c2a90da0d03cf46c35e9492918cc7af73d9a39efa5981",
    "md5$$5ebe2294ecd0e0f08eab7690d2a6ee69",
)


class Passwords(unittest.TestCase):
    def test_stored_hashes_of_all_kinds_are_read(self):
        """S116: the answers are real booleans."""
        for stored in STORED:
            with self.subTest(stored=stored):
                if stored.startswith("scrypt") and not hasattr(hashlib, "scrypt"):
                    self.skipTest("this Python has no scrypt")
                self.assertIs(check_password_hash(stored, "secret"), True)
                self.assertIs(check_password_hash(stored, "Secret"), False)

    def test_new_hashes_are_salted_and_name_their_method_in_full(self):
        for method, full in (("pbkdf2:sha256:1000", "pbkdf2:sha256:1000"), ("scrypt:16:8:1", "scrypt:16:8:1")):
            with self.subTest(method):
                if method.startswith("scrypt") and not hasattr(hashlib, "scrypt"):
                    self.skipTest("this Python has no scrypt")
                first, second = generate_password_hash("é", method), generate_password_hash("é", method, 8)
                self.assertNotEqual(first, second)
                self.assertEqual([part[:18] for part in first.split("$")][0], full)
                self.assertEqual((len(first.split("$")[1]), len(second.split("$")[1])), (16, 8))
                self.assertTrue(check_password_hash(first, "é") and check_password_hash(second, "é"))

    @unittest.skipUnless(hasattr(hashlib, "scrypt"), "this Python has no scrypt")
    def test_the_defaults_are_those_of_werkzeug(self):
        with mock.patch("hashlib.scrypt", return_value=b"\x01") as scrypt:
            self.assertTrue(generate_password_hash("x").startswith("scrypt:32768:8:1$"))
        self.assertEqual(scrypt.call_args[1]["n"], 32768)
        with mock.patch("hashlib.pbkdf2_hmac", return_value=b"\x01") as pbkdf2:
            self.assertTrue(generate_password_hash("x", "pbkdf2").startswith("pbkdf2:sha256:1000000$"))
        self.assertEqual(pbkdf2.call_args[0][3], 1_000_000)

    def test_methods_that_are_unknown_or_weak_are_refused(self):
        for method in ("sha256", "plain", "md5", "bcrypt", "scrypt:1", "scrypt:a:b:c", "pbkdf2:sha256:1:1"):
            with self.subTest(method), self.assertRaises(ValueError):
                generate_password_hash("x", method)
        for stored in ("bad$salt$hash", "$made$up$", "plain$$secret", "shake_128$s$x"):
            with self.subTest(stored), self.assertRaisesRegex(ValueError, "Invalid hash method"):
                check_password_hash(stored, "secret")
        for stored in ("", "secret", "scrypt:16:8:1$salt"):
            self.assertIs(check_password_hash(stored, "secret"), False)

    def test_a_build_without_scrypt_makes_pbkdf2_and_says_so_for_scrypt_itself(self):
        hashlib_without = {name: value for name, value in vars(hashlib).items() if name != "scrypt"}
        fake = types.SimpleNamespace(**hashlib_without)
        fake.pbkdf2_hmac = lambda *args: b"\x01"
        with mock.patch.dict(sys.modules, hashlib=fake):
            self.assertTrue(generate_password_hash("x").startswith("pbkdf2:sha256:1000000$"))
            with self.assertRaisesRegex(ValueError, "pbkdf2"):
                generate_password_hash("x", "scrypt:16:8:1")

    def test_a_build_without_openssl_derives_the_same_keys(self):
        """The vectors of RFC 6070, and longer keys than one block."""
        fake = types.SimpleNamespace(**{name: value for name, value in vars(hashlib).items() if name != "pbkdf2_hmac"})
        with mock.patch.dict(sys.modules, hashlib=fake):
            self.assertEqual(pbkdf2_hex("password", "salt", 2, 20, "sha1"), "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957")
            self.assertEqual(pbkdf2_hex("passwordPASSWORDpassword", "saltSALTsaltSALTsaltSALTsaltSALTsalt", 4096, 25,
                                        "sha1"), "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038")

    def test_hashes_are_compared_in_constant_time(self):
        """S111."""
        with mock.patch("hmac.compare_digest", return_value=True) as compare:
            self.assertIs(check_password_hash("md5$$nonsense", "x"), True)
        self.assertEqual({type(argument) for argument in compare.call_args[0]}, {bytes})

    def test_salts_are_letters_and_digits(self):
        self.assertRegex(gen_salt(500), r"\A[a-zA-Z0-9]{500}\Z")
        for length in (0, -1):
            with self.assertRaises(ValueError):
                gen_salt(length)

    def test_pbkdf2_is_that_of_rfc_6070(self):
        for data, salt, rounds, length, key in (
            ("password", "salt", 1, 20, "0c60c80f961f0e71f3a9b524af6012062fe037a6"),
            (b"password", b"salt", 2, 20, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"),
            ("pass\0word", "sa\0lt", 4096, 16, "56fa6aa75548099dcc37d7f03425e0c3"),
        ):
            self.assertEqual(security.pbkdf2_hex(data, salt, rounds, length, "sha1"), key)

    def test_texts_are_compared_whatever_their_kind(self):
        for first, second, equal in (("a", b"a", True), ("é", "é", True), ("a", "b", False), (b"aaa", "aa", False)):
            self.assertIs(security.safe_str_cmp(first, second), equal)


class Joining(unittest.TestCase):
    def test_a_name_stays_below_the_directory_or_is_refused(self):
        """B335, S137, S144, S145, S150."""
        for names, expected in (
            (("b/c",), "a/b/c"), (("b", "c"), "a/b/c"), (("b/../c",), "a/c"), (("./b//c",), "a/b/c"), (("",), "a/"),
            ((".",), "a/."), (("..b", "c.."), "a/..b/c.."), (("b c",), "a/b c"),
            (("..",), None), (("../b",), None), (("b/../../c",), None), (("b", "../c"), None), (("/etc",), None),
            (("//srv/share",), None), (("b", "/etc"), None), (("a.txt\0.html",), None), (("../a-secret/x",), None),
            (("..\\b",), None), (("b\\..\\..\\c",), None),
        ):
            with self.subTest(names=names):
                self.assertEqual(safe_join("a", *names), expected)

    def test_an_empty_directory_is_the_current_one(self):
        """S143."""
        self.assertEqual(safe_join("", "c:test.txt"), "./c:test.txt")

    def test_devices_drives_and_shares_of_windows_are_refused_on_every_system(self):
        """S137-S142."""
        for name in ("CON", "con", "CON.txt", "CON.txt.html", "CON  ", "CON . txt", "b/CON", "CON/b", "NUL", "CONIN$",
                     "CONOUT$", "COM1", "COM\u00b9", "LPT0.x", "b/aux.html", "b\\CON", "C:", "C:/x", "c:\\x",
                     "\\\\server\\share", "\\x", "//server/share"):
            for system in ("posix", "nt"):
                with self.subTest(name, system=system), mock.patch.object(os, "name", system):
                    self.assertIsNone(safe_join("a", name))
        for name in ("console.txt", "com.txt", "null", "b/auxiliary"):
            self.assertEqual(safe_join("a", name), f"a/{name}")

    def test_a_colon_in_a_name_is_refused_where_it_means_a_drive_or_a_stream(self):
        """S141, S143: elsewhere it is a character like others."""
        for name in ("C:x", "a.txt:stream", "12:30.txt"):
            self.assertEqual(safe_join("a", name), f"a/{name}")
            with mock.patch.object(os, "name", "nt"):
                self.assertIsNone(safe_join("a", name))

    def test_the_separators_of_the_system_are_refused(self):
        """S142."""
        with mock.patch.object(security, "_os_alt_seps", ["\\"]):
            self.assertIsNone(safe_join("a", "b\\c"))
        if os.name != "nt":
            self.assertEqual(safe_join("a", "b\\c"), "a/b\\c")


class Naming(unittest.TestCase):
    def test_nothing_of_a_path_is_left(self):
        """S73."""
        for name, safe in (
            ("My cool movie.mov", "My_cool_movie.mov"), ("../../../etc/passwd", "etc_passwd"),
            ("i contain cool \xfcml\xe4uts.txt", "i_contain_cool_umlauts.txt"), ("__init__", "init"),
            ("foo$&^*)bar", "foobar"), ("...", ""), ("", ""), ("\u65e5\u672c", ""), (".bashrc", "bashrc"),
            ("a\0b\n.txt", "ab_.txt"),
        ):
            with self.subTest(name):
                self.assertEqual(secure_filename(name), safe)

    def test_a_device_name_is_changed_so_that_it_can_be_served(self):
        """S139."""
        for name in ("con.txt", "sub/NUL", "lpt1"):
            for system in ("posix", "nt"):
                with self.subTest(name, system=system), mock.patch.object(os, "name", system):
                    self.assertIsNotNone(safe_join("a", secure_filename(name)))
        self.assertEqual(secure_filename("con.txt"), "_con.txt")


if __name__ == "__main__":
    unittest.main()
