"""Signatures that itsdangerous and Flask read, and the other way round."""

from __future__ import annotations

import hashlib
import io
import unittest
from datetime import datetime, timezone
from unittest import mock
from uuid import UUID

from minflask import signing
from minflask.json.tag import TaggedJSONSerializer
from minflask.markup import Markup
from minflask.signing import serializer as serializers
from minflask.signing import signer as signers
from minflask.signing import (
    BadData, BadPayload, BadSignature, BadTimeSignature, HMACAlgorithm, NoneAlgorithm, Serializer, SignatureExpired,
    Signer, SigningAlgorithm, TimedSerializer, TimestampSigner, URLSafeSerializer, URLSafeTimedSerializer,
)

NOW = 1_600_000_000  # 2020-09-13 12:26:40 UTC
DATE = datetime(2020, 9, 13, 12, 26, 40, tzinfo=timezone.utc)

# What itsdangerous 2.2 signs: Signer("key", salt="salt", key_derivation=..., digest_method=...).sign("value")
SIGNED = (
    ("django-concat", hashlib.sha1, b"value.n4Dd3MT11eO9S0r33a5NUiFcSHo"),
    ("django-concat", hashlib.sha256, b"value.tmCYGCStRLO8kl-suiFX9aUjNU6UrJ2aZdupXnbM7g0"),
    ("django-concat", hashlib.sha512, b"value.muMd9JkILGXp-rs-5-Kp3F5LhdcMYqpG2UuKZE38ekf"
                                      b"jTM6r8l_jXF0EvxAwByNlvhfUnSFQe3FQNg8uIduBfg"),
    ("concat", hashlib.sha1, b"value.r6qsg9p76MUEYxccQZ-i8w-K2ig"),
    ("hmac", hashlib.sha1, b"value.7zY8wuoVzwG6nIyPRS8eANRUbZ8"),
    ("none", hashlib.sha1, b"value.V0Q6TAUjUKRGOINdZP1mgi-BMxk"),
)

# Session cookies that Flask 3.1.3 made with the key "dev" at NOW.
COOKIES = (
    ("eyJhIjoxfQ.X14QAA.S9tdBEwqAITcN3oTVk7EJeFkI7k", {"a": 1}),
    ("eyJ1c2VyIjoiYW5uIiwiY2FydCI6WzEsMix7Im4iOm51bGx9XSwiX3Blcm1hbmVudCI6dHJ1ZX0.X14QAA"
     ".F-lV8bB4zXb70O0jEC-HCdw8m6E", {"user": "ann", "cart": [1, 2, {"n": None}], "_permanent": True}),
    (".eJx9irEOQEAQBX9l8-pLrENzQSuR6HQiQhQUaE4Ucv9urd4r5iWTueHhbpCwiw38daAPBpNKIaKrKCBmUyNEPpWvOFUIwf_L3nrWWoh2OQ"
     "2xpXrcybJl4sRx6jijqmk1Xb_2Oz8McHEI4QHcOSmg.X14QAA.0311MkmTOUlSdFuITLOeGNy6DF0",
     {"t": (1, "two"), "b": b"\xff", "m": Markup("<b>"), "u": UUID(int=5),
      "d": datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc), "di": {" t": 1}}),
    (".eJyrVsrJz0tXslKqGAVEA6VaACeKkAs.X14QAA.ja0-YqyUl7DAIozfnuwgheEjmmc", {"long": "x" * 300}),
)


def session_serializer(key="dev"):
    return URLSafeTimedSerializer(key, salt="cookie-session", serializer=TaggedJSONSerializer(),
                                  signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha1})


def at(seconds):
    return mock.patch.object(TimestampSigner, "get_timestamp", lambda self: seconds)


class Bytes(unittest.TestCase):
    def test_base64_is_url_safe_and_unpadded_both_ways(self):
        for value, encoded in ((b"", b""), (b"f", b"Zg"), (b"fo", b"Zm8"), (b"foo", b"Zm9v"), (b"\xfb\xff", b"-_8"),
                               ("é", b"w6k")):
            with self.subTest(value=value):
                self.assertEqual(signing.base64_encode(value), encoded)
                self.assertEqual(signing.base64_decode(encoded), signing.want_bytes(value))
                self.assertEqual(signing.base64_decode(encoded.decode()), signing.want_bytes(value))
        with self.assertRaises(BadData):
            signing.base64_decode("12345")

    def test_numbers_are_their_bytes(self):
        for number, value in ((0, b""), (192, b"\xc0"), (256, b"\x01\x00")):
            self.assertEqual(signing.int_to_bytes(number), value)
            self.assertEqual(signing.bytes_to_int(value), number)


class Signers(unittest.TestCase):
    def test_signatures_are_those_of_itsdangerous(self):
        """S110: SHA-1 stays the default, others can be chosen."""
        for derivation, digest, signed in SIGNED:
            with self.subTest(derivation, digest=digest):
                signer = Signer("key", salt="salt", key_derivation=derivation, digest_method=digest)
                self.assertEqual(signer.sign("value"), signed)
                self.assertEqual(signer.unsign(signed.decode()), b"value")
        self.assertEqual(Signer("key", salt="salt").sign("value"), SIGNED[0][2])
        self.assertEqual(Signer("k" * 100, key_derivation="none").sign("value"), b"value.pf230xYJEhnSm5UQ4kX4M_sdexM")

    def test_any_change_is_noticed(self):
        """B38."""
        signer = Signer("key")
        signed = signer.sign("my value")
        for wrong in (signed[:-1], signed[1:], signed + b"a", b"x" + signed, signed.replace(b".", b""), b"", b".",
                      signed.replace(b"my", b"your"), b"my value." + b"A" * 27):
            with self.subTest(wrong=wrong):
                self.assertIs(signer.validate(wrong), False)
                with self.assertRaises(BadSignature):
                    signer.unsign(wrong)
        self.assertIs(signer.validate(signed), True)

    def test_key_and_salt_must_both_fit(self):
        signed = Signer("key", salt="one").sign("x")
        for signer in (Signer("key", salt="two"), Signer("other", salt="one"), Signer("key", key_derivation="hmac")):
            self.assertFalse(signer.validate(signed))

    def test_the_error_carries_the_unproven_payload(self):
        with self.assertRaises(BadSignature) as caught:
            Signer("key").unsign(b"claimed.AAAA")
        self.assertEqual((caught.exception.payload, str(caught.exception)), (b"claimed", caught.exception.message))

    def test_the_last_key_signs_and_all_of_them_read(self):
        """S104."""
        old, both = Signer("old"), Signer(["old", b"new"])
        self.assertEqual(both.sign("x"), Signer("new").sign("x"))
        self.assertEqual(both.unsign(old.sign("x")), b"x")
        self.assertFalse(old.validate(both.sign("x")))
        self.assertEqual(both.secret_key, b"new")

    def test_a_separator_of_the_alphabet_is_refused(self):
        """S109."""
        for sep in "-", "_", "a", "Z", "0", "=", "":
            with self.subTest(sep=sep), self.assertRaisesRegex(ValueError, "separator cannot be used"):
                Signer("key", sep=sep)
        self.assertEqual(Signer("key", sep=":").unsign(Signer("key", sep=":").sign("a:b")), b"a:b")

    def test_an_unknown_derivation_is_refused(self):
        with self.assertRaisesRegex(TypeError, "django-concat"):
            Signer("key", key_derivation="magic").sign("x")

    def test_signatures_are_compared_in_constant_time(self):
        """S111."""
        with mock.patch.object(signers, "compare_digest", return_value=True) as compare:
            self.assertTrue(Signer("key").validate(b"x.AAAA"))
        self.assertEqual({type(argument) for argument in compare.call_args[0]}, {bytes})

    def test_algorithms_and_methods_can_be_replaced(self):
        class Reverse(SigningAlgorithm):
            def get_signature(self, key, value):
                return (key + value)[::-1]

        class OwnKey(Signer):
            def derive_key(self, secret_key=None):
                return b"fixed"
        for algorithm in (Reverse(), NoneAlgorithm(), HMACAlgorithm(hashlib.sha512)):
            signer = Signer("key", algorithm=algorithm)
            self.assertEqual(signer.unsign(signer.sign("x")), b"x")
        self.assertEqual(OwnKey("a").sign("x"), OwnKey("b").sign("x"))
        with self.assertRaises(NotImplementedError):
            SigningAlgorithm().get_signature(b"", b"")


class Timestamps(unittest.TestCase):
    def setUp(self):
        self.signer = TimestampSigner("key", salt="salt")
        with at(NOW):
            self.signed = self.signer.sign("value")

    def test_the_format_is_that_of_itsdangerous(self):
        self.assertEqual(self.signed, b"value.X14QAA.-e-fAOSLawBnL09MgKDgUpjF40s")
        self.assertEqual(self.signer.unsign(self.signed, return_timestamp=True), (b"value", DATE))

    def test_age_is_counted_in_whole_seconds_to_the_limit(self):
        with at(NOW + 10):
            self.assertEqual(self.signer.unsign(self.signed, max_age=10), b"value")
            self.assertTrue(self.signer.validate(self.signed, max_age=10))
        with at(NOW + 11):
            with self.assertRaises(SignatureExpired) as caught:
                self.signer.unsign(self.signed, max_age=10)
            self.assertEqual((caught.exception.payload, caught.exception.date_signed), (b"value", DATE))
            self.assertFalse(self.signer.validate(self.signed, max_age=10))

    def test_a_signature_from_the_future_is_not_taken_for_young(self):
        """S108."""
        with at(NOW - 1), self.assertRaisesRegex(SignatureExpired, "future"):
            self.signer.unsign(self.signed, max_age=10)

    def test_times_that_cannot_be_are_bad_signatures(self):
        """S108: bounds, and no OverflowError."""
        plain = Signer("key", salt="salt")
        for stamp in ("_" * 12, "_" * 100_000, "A", "AAAAA"):
            with self.subTest(stamp=stamp[:12]), self.assertRaisesRegex(BadTimeSignature, "Malformed"):
                self.signer.unsign(plain.sign(f"value.{stamp}"))
        with self.assertRaisesRegex(BadTimeSignature, "missing"):
            self.signer.unsign(plain.sign("value"))
        with self.assertRaisesRegex(BadTimeSignature, "Malformed"):
            self.signer.unsign(b"value.TgPVoaGhoQ.AGBfQ6G6cr07byTRt0zAdPljHOY")

    def test_a_bad_signature_tells_the_claimed_time(self):
        with self.assertRaises(BadTimeSignature) as caught:
            self.signer.unsign(self.signed.replace(b"value", b"other"))
        self.assertEqual((caught.exception.payload, caught.exception.date_signed), (b"other", DATE))

    def test_what_was_read_before_is_remembered_only_as_long_as_nothing_changes(self):
        reader = TimestampSigner(["key"], salt="salt")
        with at(NOW):
            for _ in range(2):
                self.assertEqual(reader.unsign(self.signed, max_age=10, return_timestamp=True), (b"value", DATE))
        with at(NOW + 11), self.assertRaises(SignatureExpired):
            reader.unsign(self.signed, max_age=10)
        for change in (lambda: reader.secret_keys.append(b"new"), lambda: reader.secret_keys.remove(b"key")):
            change()
            self.assertEqual(reader.validate(self.signed), b"key" in reader.secret_keys)
        reader = TimestampSigner("key", salt="salt")
        self.assertTrue(reader.validate(self.signed))
        reader.salt = b"other"
        self.assertFalse(reader.validate(self.signed))

    def test_memory_is_bounded_and_holds_nothing_bad(self):
        reader = TimestampSigner("key")
        with mock.patch.object(signers, "_MOST_KNOWN", 3):
            for number in range(10):
                reader.unsign(reader.sign(str(number)))
                reader.validate(b"bad" + reader.sign(str(number)))
                self.assertLessEqual(len(reader._known()), 3)
        reader.unsign(reader.sign("x" * 5000))
        self.assertLess(max(map(len, reader._known())), 4097)

    def test_a_subclass_is_asked_each_time(self):
        class Revoking(TimestampSigner):
            revoked = False

            def verify_signature(self, value, sig):
                return not self.revoked and super().verify_signature(value, sig)
        reader = Revoking("key", salt="salt")
        self.assertTrue(reader.validate(self.signed))
        reader.revoked = True
        self.assertFalse(reader.validate(self.signed))

    def test_the_clock_is_time_time(self):
        with mock.patch("time.time", lambda: NOW + 0.9):
            self.assertEqual(self.signer.get_timestamp(), NOW)


class Serializers(unittest.TestCase):
    kinds = (Serializer, TimedSerializer, URLSafeSerializer, URLSafeTimedSerializer)
    values = (None, True, "é", [1, 2], {"id": 42}, {"a": "b" * 2000})

    def test_what_was_signed_comes_back_also_through_files(self):
        for kind in self.kinds:
            for value in self.values:
                with self.subTest(kind=kind, value=value):
                    serializer, file = kind("key"), io.StringIO()
                    self.assertEqual(serializer.loads(serializer.dumps(value)), value)
                    self.assertEqual(serializer.loads_unsafe(serializer.dumps(value)), (True, value))
                    serializer.dump(value, file)
                    file.seek(0)
                    self.assertEqual(serializer.load(file), value)
                    file.seek(0)
                    self.assertEqual(serializer.load_unsafe(file), (True, value))

    def test_changes_are_noticed_and_can_still_be_looked_at(self):
        for kind in self.kinds:
            with self.subTest(kind=kind):
                serializer = kind("key")
                wrong = serializer.dumps([1])[:-2]
                with self.assertRaises(BadSignature) as caught:
                    serializer.loads(wrong)
                self.assertEqual(serializer.load_payload(caught.exception.payload), [1])
                self.assertEqual(serializer.loads_unsafe(wrong), (False, [1]))
                self.assertEqual(serializer.loads_unsafe("no dots"), (False, None))

    def test_a_signed_payload_that_cannot_be_read_is_its_own_error(self):
        for kind in self.kinds:
            with self.subTest(kind=kind):
                serializer = kind("key")
                with self.assertRaises(BadPayload) as caught:
                    serializer.loads(serializer.make_signer().sign(".not[json"))
                self.assertIsInstance(caught.exception.original_error, Exception)
                self.assertEqual(serializer.loads_unsafe(serializer.make_signer().sign(".not[json")), (False, None))

    def test_salts_separate_purposes(self):
        serializer = URLSafeSerializer("key", salt="one")
        signed = serializer.dumps(1, salt="two")
        self.assertEqual(serializer.loads(signed, salt="two"), 1)
        self.assertEqual(URLSafeSerializer("key", salt="two").loads(signed), 1)
        with self.assertRaises(BadSignature):
            serializer.loads(signed)

    def test_the_format_is_that_of_itsdangerous(self):
        signed = "eyJhIjpbMSwiw6kiXX0.jmb04VERhw3CtqZPdYUliIZMArE"
        self.assertEqual(URLSafeSerializer("key").dumps({"a": [1, "é"]}), signed)
        self.assertEqual(URLSafeSerializer("key").loads(signed), {"a": [1, "é"]})
        packed = ".eJxTqqAAKAEAfrkcZQ.X14QAA.7H1pa1iaxrB3i9MvC98dUkGek1A"
        self.assertEqual(URLSafeTimedSerializer("key").loads(packed, return_timestamp=True), ("x" * 60, DATE))

    def test_only_a_long_text_is_compressed(self):
        serializer = URLSafeSerializer("key")
        self.assertFalse(serializer.dumps("x" * 60).startswith("."))
        self.assertLess(len(serializer.dumps("x" * 6000)), 100)

    def test_what_unpacks_to_too_much_is_refused(self):
        """S113."""
        from zlib import compress
        serializer = URLSafeSerializer("key")
        for packed in (compress(b'"' + b"x" * serializers.MOST_UNPACKED + b'"'), compress(b"[1]")[:-5]):
            signed = serializer.make_signer().sign(b"." + signing.base64_encode(packed))
            with self.assertRaises(BadPayload):
                serializer.loads(signed)

    def test_keys_are_replaced_while_running(self):
        """S104; the signer is kept, and must notice."""
        serializer = URLSafeTimedSerializer(["old"], salt="s")
        before = serializer.dumps(1)
        self.assertIs(serializer.make_signer(), serializer.make_signer())
        serializer.secret_keys.append(b"new")
        self.assertNotEqual(serializer.dumps(1), before)
        self.assertEqual(URLSafeTimedSerializer("new", salt="s").loads(serializer.dumps(1)), 1)
        self.assertEqual(serializer.loads(before), 1)
        self.assertEqual(serializer.secret_key, b"new")

    def test_fallback_signers_are_read(self):
        class Signer512(Signer):
            default_digest_method = staticmethod(hashlib.sha512)
        old = Serializer("key", signer_kwargs={"digest_method": hashlib.sha512}).dumps(1)
        for fallback in ({"digest_method": hashlib.sha512}, (Signer, {"digest_method": hashlib.sha512}), Signer512):
            with self.subTest(fallback=fallback):
                self.assertEqual(Serializer("key", fallback_signers=[fallback]).loads(old), 1)
        with self.assertRaises(BadSignature):
            Serializer("key").loads(old)

    def test_another_serializer_may_make_bytes(self):
        import marshal
        serializer = Serializer("key", serializer=marshal)
        self.assertIs(serializer.is_text_serializer, False)
        self.assertEqual(serializer.loads(serializer.dumps((1, 2))), (1, 2))
        keywords = Serializer("key", serializer_kwargs={"skipkeys": True})
        self.assertEqual(keywords.loads(keywords.dumps({(): 1})), {})

    def test_age_is_checked_by_the_timed_ones(self):
        for kind in (TimedSerializer, URLSafeTimedSerializer):
            serializer = kind("key")
            with at(NOW):
                signed = serializer.dumps([1])
            self.assertEqual(serializer.loads(signed, return_timestamp=True), ([1], DATE))
            with at(NOW + 5):
                self.assertEqual(serializer.loads(signed, max_age=5), [1])
                with self.assertRaises(SignatureExpired):
                    serializer.loads(signed, max_age=4)
                self.assertEqual(serializer.loads_unsafe(signed, max_age=4), (False, [1]))


class Sessions(unittest.TestCase):
    def test_cookies_of_flask_are_read(self):
        """B313, B347, C9."""
        for cookie, session in COOKIES:
            with self.subTest(session=session), at(NOW + 60):
                self.assertEqual(session_serializer().loads(cookie, max_age=3600), session)

    def test_cookies_are_those_of_flask_where_it_does_not_compress(self):
        """B37, B313: the client can read them, and Flask reads them."""
        with at(NOW):
            for cookie, session in COOKIES[:2]:
                self.assertEqual(session_serializer().dumps(session), cookie)
            for _, session in COOKIES[2:]:
                self.assertEqual(session_serializer().loads(session_serializer().dumps(session)), session)

    def test_another_key_reads_nothing(self):
        """B38."""
        for cookie, _ in COOKIES:
            with self.assertRaises(BadSignature):
                session_serializer("other").loads(cookie)

    def test_a_payload_that_is_nested_too_deep_is_an_error_of_the_payload(self):
        """S106."""
        serializer = session_serializer()
        signed = serializer.make_signer().sign(signing.base64_encode("[" * 100_000))
        with self.assertRaises(BadPayload):
            serializer.loads(signed)


if __name__ == "__main__":
    unittest.main()
