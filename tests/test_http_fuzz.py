"""Properties of whatever reads the wire: any input gives an answer, the same one back, in linear time.

Seeded, so that a failure comes again. MINFLASK_FUZZ sets the number of inputs
(`make fuzz`: 200,000); the failing input is in the message.
"""

from __future__ import annotations

import os
import random
import time
import unittest
from itertools import product

from minflask.http import accept, auth, codec, cookies, fields, ranges, urls
from minflask.http.conditional import resolve_range
from minflask.http.exceptions import RequestedRangeNotSatisfiable
from minflask.http.headers import EnvironHeaders, Headers

INPUTS = int(os.environ.get("MINFLASK_FUZZ", "6000"))
ATOMS = [
    "a", "B", "0", "9", "x=", "=", "==", '"', '""', "\\", '\\"', ";", "; ", ",", ", ", " ", "\t", "*", "*=", "*0*=",
    "'", "utf-8''", "%", "%C3%BC", "%FF", "%zz", "%00", "%0D%0A", "+", "&", "?", "#", "/", "//", ":", "@", "[", "]",
    "é", "€", "\ud800", "\udcff", "\x00", "\r\n", "\n",
    "\x85", "\xa0", "٣", "-", "W/", "bytes", "q=0.5", ";q=", "Basic ", "Bearer ", "YTpi", "Digest realm=",
    "Sun, 06 Nov 1994 08:49:37 GMT", "http://", "xn--", "xn--n3h", ".", "1" * 30, "text/html",
]
SEEDS = [
    "text/html;q=0.9, */*;q=0.1", 'form-data; name="a"; filename="b%22.txt"', "a=1; b=\"x\\054y\"; c", 'W/"a", "b", *',
    "bytes=0-9,20-30,-5", "bytes 0-98/100", "max-age=5, private=\"a, b\"", "a=1&b=%C3%BC+c&d", 'Digest realm="x", nc=1',
    "Basic YWRhOng=", "Sunday, 06-Nov-94 08:49:37 GMT", "http://ü:p@☃.net:80/å?ä=ö#ü", "x; a*0*=utf-8''%C3; a*1=b",
    "default-src 'self'; img-src *", "en-US,de;q=0.5", "Sun Nov  6 08:49:37 1994",
]
CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_RANGE", "HTTP_RANGE")


def one_range(text):
    try:
        return resolve_range(text, 100)
    except RequestedRangeNotSatisfiable:
        return None


PARSERS = {
    "accept": accept.parse_accept_header,
    "accept mime": lambda text: accept.parse_accept_header(text, accept.MIMEAccept).best_match(["text/html", "a/b"]),
    "accept language": lambda text: accept.parse_accept_header(text, accept.LanguageAccept).best_match(["de", "en-US"]),
    "accept charset": lambda text: accept.parse_accept_header(text, accept.CharsetAccept).best_match(["utf-8"]),
    "authorization": lambda text: str(auth.Authorization.from_header(text)),
    "www-authenticate": lambda text: str(auth.WWWAuthenticate.from_header(text)),
    "options": codec.parse_options_header,
    "options lenient": lambda text: codec.parse_options_header(text, lenient=True),
    "list": codec.parse_list_header,
    "dict": codec.parse_dict_header,
    "date": codec.parse_date,
    "age": codec.parse_age,
    "etag": codec.unquote_etag,
    "quoted": codec.unquote_header_value,
    "cookie": cookies.parse_cookie,
    "cache control": lambda text: fields.parse_cache_control_header(text).max_age,
    "policy": lambda text: str(fields.parse_csp_header(text)),
    "set": lambda text: str(fields.parse_set_header(text)),
    "etags": lambda text: str(ranges.parse_etags(text)),
    "if-range": lambda text: str(ranges.parse_if_range_header(text)),
    "range": lambda text: (ranges.parse_range_header(text) or ranges.Range("bytes", [])).range_for_length(100),
    "one range": one_range,
    "content-range": lambda text: str(ranges.parse_content_range_header(text)),
    "conditions": lambda text: ranges.is_resource_modified(
        dict.fromkeys(CONDITIONS, text), "a", last_modified="Sun, 06 Nov 1994 08:49:37 GMT", ignore_if_range=False),
    "query": urls.parse_query,
    "unquote": urls.unquote,
    "unquote bytes": urls.unquote_to_bytes,
    "iri": urls.iri_to_uri,
    "uri": urls.uri_to_iri,
    "url": urls.split_url,
    "header name": lambda text: EnvironHeaders({"HTTP_A": text}).get(text),
}


def made_up(rng):
    """Return random text, or a seed with pieces cut out, doubled or put in."""
    if rng.random() < 0.5:
        return "".join(rng.choices(ATOMS, k=rng.randrange(16)))
    text = rng.choice(SEEDS)
    for _ in range(rng.randrange(1, 4)):
        at, end = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
        text = text[:at] + rng.choice(["", rng.choice(ATOMS), text[at:end] * 2, text[end:]]) + text[end:]
    return text


def any_text(rng, length=20):
    """Return random text of any script, without lone surrogates."""
    ranges_ = ((0x20, 0x7F), (0, 0x20), (0x7F, 0x250), (0x2000, 0x2100), (0x1F300, 0x1F400))
    return "".join(chr(rng.randrange(*rng.choice(ranges_))) for _ in range(rng.randrange(length)))


class Answers(unittest.TestCase):
    def test_any_input_gives_an_answer_and_no_exception(self):
        rng = random.Random(1)
        for number in range(INPUTS // len(PARSERS)):
            text = made_up(rng)
            for name, parse in PARSERS.items():
                try:
                    parse(text)
                except Exception as error:  # the point of the test: none is documented for reading
                    self.fail(f"{name} raised {error!r} on {text!r}")


class RoundTrips(unittest.TestCase):
    def each(self, seed, check):
        rng = random.Random(seed)
        for number in range(INPUTS // 12):
            text = any_text(rng)
            with self.subTest(text):
                check(text, rng)

    def test_query_strings(self):
        def check(text, rng):
            pairs = [(text, any_text(rng)) for _ in range(rng.randrange(1, 12)) if text]
            self.assertEqual(urls.parse_query(urls.build_query(pairs)), pairs)
        self.each(3, check)

    def test_percent_encoding(self):
        def check(text, rng):
            for quote in (urls.quote, urls.quote_path, urls.quote_segment, urls.quote_fragment):
                self.assertEqual(urls.unquote(quote(text)), text)
            self.assertEqual(urls.iri_to_uri(urls.iri_to_uri(f"/{text}")), urls.iri_to_uri(f"/{text}"))
        self.each(4, check)

    def test_cookies(self):
        self.each(5, lambda text, rng: self.assertEqual(
            cookies.parse_cookie(f'x=1; {cookies.dump_cookie("a", text, path=None)}; y="')["a"], text))

    def test_options_lists_and_pairs(self):
        def check(text, rng):
            if "%22" not in text:
                self.assertEqual(codec.parse_options_header(codec.dump_options_header("v", {"a": text, "b": "c"})),
                                 ("v", {"a": text, "b": "c"}))
            words = [word for word in (text, any_text(rng)) if word]
            self.assertEqual(codec.parse_list_header(codec.dump_header(words)), words)
            self.assertEqual(codec.parse_dict_header(codec.dump_header({"a": text, "b": None})), {"a": text, "b": None})
        self.each(6, check)

    def test_credentials(self):
        def check(text, rng):
            made = auth.Authorization("basic", {"username": text.replace(":", ""), "password": any_text(rng)})
            self.assertEqual(auth.Authorization.from_header(str(made)), made)
        self.each(7, check)

    def test_dates(self):
        rng = random.Random(8)
        for number in range(INPUTS // 12):
            second = rng.randrange(-10**10, 10**11)
            self.assertEqual(codec.parse_date(codec.http_date(second)).timestamp(), second)


class ChokePoint(unittest.TestCase):
    def test_no_line_end_and_no_nul_gets_out(self):
        rng = random.Random(9)
        for number in range(INPUTS // 12):
            text, other = made_up(rng), made_up(rng)
            for write in (
                lambda: Headers([(text, other)]).to_wsgi_list(),
                lambda: (Headers([("a", "b")]) | {"c": text}).to_wsgi_list(),
                lambda: [Headers([("a", codec.dump_options_header(text, {other: text}))])[0]],
                lambda: [("n", cookies.dump_cookie(text or "a", other, path=text, domain="h"))],
                lambda: [("n", cookies.dump_cookie("a", text, domain=other, path=None, samesite=None))],
            ):
                try:
                    written = "".join([name + value for name, value in write()])
                except ValueError:
                    continue
                with self.subTest(text=text, other=other):
                    self.assertFalse(set(written) & set("\r\n\0"))


class Cost(unittest.TestCase):
    """Property 5: four times the input takes about four times as long, not sixteen times."""

    UNITS = ["\\", '"', '\\"', 'a="', ';a="\\', ";", ",", "=", "a=", "a=b,", ";a=b", "%", "%C3", "%FF", "é", "&", "+",
             " ", "\t", "'", "*", ';a*1="', 'W/"', 'W/"",', "0-,", "1", "xn--a.", "a@", ":", "/", "\r\n", '"a" ', "a, ",
             "Sun, ", "-", "a/b;q=0.1,", '";"', '=";']
    STARTS = ["", 'v;a="', "a/", "Digest a=", "Basic ", "bytes=", "http://", 'a="']

    @staticmethod
    def seconds(parse, text):
        start = time.process_time()
        parse(text)
        return time.process_time() - start

    def test_no_input_is_superlinear(self):
        thorough = INPUTS > 100_000
        long = 60_000 if thorough else 8_000
        for name, parse in PARSERS.items():
            for start in self.STARTS if thorough else self.STARTS[:2]:
                for unit, end in product(self.UNITS, ["", "x"]):
                    whole, quarter = (start + unit * (size // len(unit)) + end for size in (long, long // 4))
                    # What is over in a moment at this length cannot be quadratic.
                    if self.seconds(parse, whole) > 0.05:
                        slow, quick = (min(self.seconds(parse, text) for _ in range(5)) for text in (whole, quarter))
                        self.assertLess(slow / quick, 10, f"{name} on {start!r}, many {unit!r}, {end!r}")


if __name__ == "__main__":
    unittest.main()
