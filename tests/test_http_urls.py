"""Percent-encoding, query strings, URIs and IRIs."""

from __future__ import annotations

import doctest
import unittest
import unittest.mock

from minflask.http import urls
from minflask.http.urls import (
    build_query, host_to_ascii, host_to_unicode, iri_to_uri, join_url, parse_query, quote, quote_cookie_path,
    quote_fragment, quote_path, quote_query, quote_segment, split_authority, split_url, unquote, unquote_plus,
    unquote_to_bytes, uri_to_iri)


def load_tests(loader, tests, pattern):
    tests.addTests(doctest.DocTestSuite(urls))
    return tests


class Quoting(unittest.TestCase):
    def test_each_part_of_a_url_keeps_what_may_stand_in_it(self):
        everything = "aZ0-._~!$&'()*+,;=:@/?#[]% \"<>\\^`{|}é"
        end = "%25%20%22%3C%3E%5C%5E%60%7B%7C%7D%C3%A9"
        for function, expected in [
            (quote, "aZ0-._~%21%24%26%27%28%29%2A%2B%2C%3B%3D%3A%40%2F%3F%23%5B%5D" + end),
            (quote_path, "aZ0-._~!$&'()*+,;=:@/%3F%23%5B%5D" + end),
            (quote_segment, "aZ0-._~!$&'()*+,;=:@%2F%3F%23%5B%5D" + end),
            (quote_fragment, "aZ0-._~!$&'()*+,;=:@/?#%5B%5D" + end),
            (quote_query, "aZ0-._~!$%26'()*%2B,;%3D:@/?%23%5B%5D" + end.replace("%20", "+")),
            (quote_cookie_path, "aZ0-._~!$&'()*+,%3B=:@/%3F%23%5B%5D" + end.replace("%25", "%", 1)),
        ]:
            with self.subTest(function.__name__):
                self.assertEqual(function(everything), expected)

    def test_a_lone_surrogate_is_encoded_and_not_an_error(self):
        self.assertEqual(quote_path("\ud800"), "%ED%A0%80")
        self.assertEqual(unquote_to_bytes("\ud800"), b"\xed\xa0\x80")

    def test_what_was_quoted_comes_back(self):
        for text in ["", "a b+c", "ü€🐍", "%41", "\0\n", "a&b=c"]:
            with self.subTest(text):
                self.assertEqual(unquote(quote(text)), text)
                self.assertEqual(unquote_plus(quote_query(text)), text)
                self.assertEqual(unquote_to_bytes(quote_path(text)), text.encode())


class Unquoting(unittest.TestCase):
    def test_x36_bad_escapes_stay_as_they_were_sent(self):
        for text in ["%zz", "%", "%1", "a%2", "%%", "100%"]:
            with self.subTest(text):
                self.assertEqual(unquote(text), text)

    def test_x38_bytes_that_are_not_utf8_stay_encoded(self):
        for text, expected in [("%FF", "%FF"), ("%ff%41", "%FFA"), ("%C3%A9%C3", "é%C3"), ("%ED%A0%80", "%ED%A0%80")]:
            with self.subTest(text):
                self.assertEqual(unquote(text), expected)

    def test_s125_an_escape_is_decoded_once_and_not_again(self):
        self.assertEqual(unquote("%2525"), "%25")


PAIRS = [
    ("", []),
    ("page=2", [("page", "2")]),
    ("a=1&a=2&b=", [("a", "1"), ("a", "2"), ("b", "")]),
    ("flag", [("flag", "")]),
    ("&&a=1&", [("a", "1")]),
    ("=v", [("", "v")]),
    ("a=b=c", [("a", "b=c")]),
    ("q=a+b%2B", [("q", "a b+")]),
    ("%61%26=%3D", [("a&", "=")]),
    ("a=%C3%BC&b=ü", [("a", "ü"), ("b", "ü")]),
    ("a=%00%0D%0A", [("a", "\0\r\n")]),  # X39
    ("a=\\x41%5C", [("a", "\\x41\\")]),
]


class Queries(unittest.TestCase):
    def test_a_query_is_split_into_pairs(self):
        for text, pairs in PAIRS:
            with self.subTest(text):
                self.assertEqual(parse_query(text), pairs)

    def test_a_long_query_is_read_as_a_short_one(self):
        fill = "&".join(f"fill{n}=%C3%A9+" for n in range(20))
        for text, pairs in [*PAIRS, ("a=%zz&b=%F", [("a", "%zz"), ("b", "%F")]), ("a=%FF", [("a", "%FF")]),
                            ("a=%01&b=\x00", [("a", "\x01"), ("b", "\x00")]),
                            ("a=%1C&%1cb=1", [("a", "\x1c"), ("\x1cb", "1")]), ("a=\x1c", [("a", "\x1c")]),
                            ("a=%\n41&b=%\r\n", [("a", "%\n41"), ("b", "%\r\n")]), ("a=1 \n", [("a", "1 \n")]),
                            ("a=%%41&b=%%", [("a", "%A"), ("b", "%%")]), ("a=%=", [("a", "%=")]),
                            ("a=%", [("a", "%")]), ("a=%3D%", [("a", "=%")]), ("a=%3D%4", [("a", "=%4")])]:
            with self.subTest(text):
                self.assertEqual(parse_query(f"{text}&{fill}")[:len(pairs)], pairs)
                self.assertEqual(parse_query(f"{text}&{fill}")[len(pairs)], ("fill0", "é "))
                self.assertEqual(parse_query(f"{fill}&{text}")[20:], pairs)

    def test_the_pass_over_all_fields_at_once_is_taken(self):
        with unittest.mock.patch.object(urls, "unquote_plus", side_effect=AssertionError):
            self.assertEqual(len(parse_query("&".join(["a=%20"] * 50))), 50)

    def test_s70_s71_x34_a_semicolon_does_not_separate(self):
        self.assertEqual(parse_query("a=1;b=2"), [("a", "1;b=2")])

    def test_a_query_is_built_and_read_back(self):
        pairs = [("a b", "ü&="), ("", ""), ("x", "1+1;2"), ("x", "\\%00")]
        self.assertEqual(parse_query(build_query(pairs)), pairs)

    def test_a_pair_without_a_value_is_left_out(self):
        self.assertEqual(build_query([("a", None), ("b", 0)]), "b=0")

    def test_bytes_are_written_as_they_are(self):
        self.assertEqual(build_query([(b"a\xff", b"x\xfe &/"), ("b", "é")]), "a%FF=x%FE+%26/&b=%C3%A9")


class Parts(unittest.TestCase):
    def test_a_url_is_split_and_joined_again(self):
        for url, parts in [
            ("http://h/p?q#f", ("http", "h", "/p", "q", "f")),
            ("//h", (None, "h", "", None, None)),
            ("?#", (None, None, "", "", "")),
            ("/a:b//c", (None, None, "/a:b//c", None, None)),
            ("mailto:x@y", ("mailto", None, "x@y", None, None)),
            ("///p", (None, "", "/p", None, None)),
            ("a\nb#c\nd", (None, None, "a\nb", None, "c\nd")),
        ]:
            with self.subTest(url):
                self.assertEqual(split_url(url), parts)
                self.assertEqual(join_url(*parts), url)

    def test_an_authority_is_split(self):
        for authority, parts in [
            ("h", (None, "h", None)), ("h:80", (None, "h", "80")), ("[::1]", (None, "[::1]", None)),
            ("u:p@[::1]:8", ("u:p", "[::1]", "8")), ("a@b@c", ("a@b", "c", None)), ("", (None, "", None)),
        ]:
            with self.subTest(authority):
                self.assertEqual(split_authority(authority), parts)


class Iris(unittest.TestCase):
    def test_an_iri_becomes_a_uri(self):
        for iri, uri in [
            ("/plain?a=b#c", "/plain?a=b#c"),
            ("http://☃.net:80/å b?ä=ö#ü", "http://xn--n3h.net:80/%C3%A5%20b?%C3%A4=%C3%B6#%C3%BC"),
            ("http://üser:päss@x/", "http://%C3%BCser:p%C3%A4ss@x/"),
            ("HTTP://A/", "http://a/"),
            ("/[x]?[y]", "/%5Bx%5D?%5By%5D"),
            ("/kept%2F%", "/kept%2F%"),
            ("/a\r\nb", "/a%0D%0Ab"),
            ("http://[::1]:80/", "http://[::1]:80/"),
            ("//evil", "//evil"),  # X83: as given
            ("itms-services://?url=https://a/b", "itms-services://?url=https://a/b"),
        ]:
            with self.subTest(iri):
                self.assertEqual(iri_to_uri(iri), uri)
                self.assertEqual(iri_to_uri(uri), uri)

    def test_a_uri_becomes_readable_and_means_the_same(self):
        for uri, iri in [
            ("http://xn--n3h.net/%C3%A5%2F%3F%23?a=%26%3D%2B%C3%B6#%C3%BC", "http://☃.net/å%2F%3F%23?a=%26%3D%2Bö#ü"),
            ("/%20%25%0A%7F", "/%20%25%0A%7F"),
            ("/%FF%C3%A9", "/%FFé"),
            ("/%2f%3Fa%c3%a9%2f?a=%3d%2B%41", "/%2f%3Faé%2f?a=%3d%2BA"),  # as written, for those who sign it
            ("http://%C3%BC%40:%3A@x/", "http://ü%40:%3A@x/"),
        ]:
            with self.subTest(uri):
                self.assertEqual(uri_to_iri(uri), iri)
                self.assertEqual(uri_to_iri(iri_to_uri(iri)), iri)
                if "%41" not in uri:
                    self.assertEqual(iri_to_uri(iri), uri)

    def test_s127_a_long_host_does_not_reach_the_slow_codec(self):
        with unittest.mock.patch.object(urls, "_label_to_unicode", side_effect=AssertionError):
            self.assertEqual(host_to_unicode("xn--a." * 100), "xn--a." * 100)
        self.assertEqual(host_to_ascii("ü" * 256), "%C3%BC" * 256)

    def test_a_host_that_is_no_idna_is_kept_or_percent_encoded(self):
        self.assertEqual(host_to_unicode("xn--\x80.net"), "xn--\x80.net")
        for host, expected in [("ü" * 70, "%C3%BC" * 70), ("ü\x07", "%C3%BC%07"), ("a\r\nb", "a%0D%0Ab"),
                               ("ü..b", "%C3%BC..b")]:
            with self.subTest(host):
                self.assertEqual(host_to_ascii(host), expected)


if __name__ == "__main__":
    unittest.main()
