"""Forms, uploads and the cookie jar under random and mutated input (reliability.md, section 7).

Seeded: the same inputs in every run. `make test` takes few of them, `make fuzz` as many as
MINFLASK_FUZZ says, and measures there that the cost of hostile inputs grows with their length.
"""

from __future__ import annotations

import io
import os
import random
import time
import unittest

from minflask.http.builder import stream_encode_multipart
from minflask.http.exceptions import BadRequest, RequestEntityTooLarge
from minflask.http.forms import FormDataParser, StrictFormDataParser
from minflask.http.jar import CookieJar
from minflask.http.multipart import LimitExceeded, MalformedMultipart, MultipartParser
from minflask.http.structures import MultiDict
from minflask.http.uploads import FileStorage
from minflask.http.urls import build_query, parse_query

COUNT = int(os.environ.get("MINFLASK_FUZZ", "0"))
ROUNDS = max(COUNT // 4, 400)
LIMITS = dict(max_parts=4, max_field=40, max_memory=60)
# What multipart bodies are made of, and what breaks them.
TOKENS = [
    b"--x", b"--x\r\n", b"--x--", b"\r\n--x\r\n", b"\n--x\n", b"\r--x\r", b"\r\n--x--\r\n", b"\r", b"\n", b"\r\n",
    b"\r\n\r\n", b"\n\n", b"--", b"-", b"x", b" ", b"\t", b"\0", b"\xff", b"a", b"value", b":", b";", b"=", b'"', b"\\",
    b"Content-Disposition: form-data; name=a", b'Content-Disposition: form-data; name="f"; filename="n"',
    b"content-disposition: form-data; name*=utf-8''%c3%a9", b"Content-Type: text/plain; charset=utf-7", b"X: y",
    b"\r\n continued", b"Content-Length: 5", b"v" * 41, b" " * 130,
]


def events(body, cuts=()):
    """Return the events, neighbouring data joined, and the kind of error at the end."""
    found = []
    parser = MultipartParser(b"x", **LIMITS)
    edges = [0, *sorted(cuts), len(body)]
    try:
        for start, end in zip(edges, edges[1:]):
            for event in parser.feed(body[start:end]):
                if isinstance(event, bytes) and found and isinstance(found[-1], bytes):
                    found[-1] += event
                else:
                    found.append(event)
        parser.close()
    except (MalformedMultipart, LimitExceeded) as error:
        # What is too long may be told before or after the bytes that came with it.
        return [event for event in found if not isinstance(event, bytes)], type(error), getattr(error, "code", 400)
    return found, None, 200


def random_body(rng):
    body = b"".join(rng.choices(TOKENS, k=rng.randrange(1, 14)))
    if rng.random() < 0.7:
        head = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n"
        body = head + body + rng.choice((b"", b"\r\n--x--", b"--x--"))
    return body


def mutated(rng, body):
    """Change, remove, double or move some bytes."""
    body = bytearray(body)
    for _ in range(rng.randrange(1, 4)):
        at, length = rng.randrange(len(body) + 1), rng.randrange(8)
        piece = bytes(body[at:at + length])
        body[at:at + length] = rng.choice((b"", piece * 2, rng.randbytes(length), piece[::-1]))
    return bytes(body)


def random_text(rng, alphabet="ab é\u20ac\U0001f600&=+;%/?#'<>-_.\t\\"):
    return "".join(rng.choices(alphabet, k=rng.randrange(12)))


class Fuzz(unittest.TestCase):
    def setUp(self):
        self.rng = random.Random(4)

    def test_any_cut_of_any_multipart_body_gives_the_same_events(self):
        for _ in range(ROUNDS):
            body = random_body(self.rng)
            whole = events(body)
            self.assertEqual(events(body, range(1, len(body))), whole, body)
            for _ in range(4):
                cuts = [self.rng.randrange(len(body) + 1) for _ in range(self.rng.randrange(1, 5))]
                self.assertEqual(events(body, cuts), whole, (body, cuts))

    def test_forms_that_are_written_are_read(self):
        for _ in range(ROUNDS // 4):
            fields = MultiDict((random_text(self.rng), random_text(self.rng)) for _ in range(self.rng.randrange(5)))
            contents = [self.rng.choice((self.rng.randbytes(9), b"\r\n--", b"\r", b"")) for _ in range(3)]
            data = MultiDict(fields)
            for content in contents:
                data.add("f", FileStorage(io.BytesIO(content), random_text(self.rng)))
            names = [upload.filename for upload in data.getlist("f")[-3:]]
            stream, length, boundary = stream_encode_multipart(data)
            _, form, files = FormDataParser(silent=False).parse(
                stream, "multipart/form-data", length, {"boundary": boundary})
            self.assertEqual(list(form.items(multi=True)), list(fields.items(multi=True)))
            found = [(upload.filename, upload.read()) for upload in files.getlist("f")]
            self.assertEqual(found, list(zip(names, contents)))
            body = build_query(fields.items(multi=True)).encode()
            form = FormDataParser().parse(io.BytesIO(body), "application/x-www-form-urlencoded", len(body))[1]
            self.assertEqual(list(form.items(multi=True)), list(fields.items(multi=True)))

    def test_a_mutated_form_gives_a_form_or_an_answer(self):
        data = {"a": "text", "f": FileStorage(io.BytesIO(b"file"), "n.txt"), "é": "\u20ac"}
        good = stream_encode_multipart(data, boundary="x")[0].read()
        for kind, options, seed in (
            ("multipart/form-data", {"boundary": "x"}, good),
            ("application/x-www-form-urlencoded", {}, b"a=1&b=%C3%A9+x&c=%zz&a=2"),
        ):
            for _ in range(ROUNDS):
                body = mutated(self.rng, seed)
                for parser in (FormDataParser(max_form_memory_size=50, max_form_parts=3), StrictFormDataParser()):
                    try:
                        _, form, files = parser.parse(io.BytesIO(body), kind, None, options)
                    except (BadRequest, RequestEntityTooLarge):
                        continue
                    for key, value in form.items(multi=True):
                        self.assertEqual((type(key), type(value)), (str, str), body)
                    for _, upload in files.items(multi=True):
                        upload.close()

    def test_a_long_query_is_read_as_each_of_its_fields(self):
        usual = ["a", "B", "0", "%41", "%C3%A9", "%e2%82%AC", "+", "%0A", "%26", "%3D", "%25", "_", " ", "\\"]
        odd = ["=", "&", "%", "%4", "%e9", "%C3", "%1c", "\x1c", "%zz", "%\n", "%\r\n", "\n", "é", "\ud800", "%%", ";"]
        for seed in range(ROUNDS):
            rng = random.Random(seed)
            fields = [f"{''.join(rng.choices(usual, k=3))}={''.join(rng.choices(usual, k=rng.randint(0, 8)))}"
                      for _ in range(20)]
            text = "&".join(fields)
            for _ in range(rng.choice([0, 0, 1, 2])):
                at = rng.randrange(len(text))
                text = text[:at] + rng.choice(odd) + text[at + rng.randint(0, 1):]
            with self.subTest(seed=seed):
                self.assertEqual(parse_query(text), [pair for field in text.split("&") for pair in parse_query(field)])

    def test_a_mutated_boundary_gives_a_form_or_an_answer(self):
        for _ in range(ROUNDS // 4):
            boundary = self.rng.choice(("", "x", "x" * 256, "x" * 257)) + random_text(self.rng)
            FormDataParser().parse(io.BytesIO(b"--x--"), "multipart/form-data", None, {"boundary": boundary})

    def test_a_mutated_cookie_is_stored_or_passed_over(self):
        seed = b"name=value; Domain=.example.com; Path=/a; Max-Age=10; Expires=Fri, 01 Jan 2100 00:00:00 GMT; Secure"
        for _ in range(ROUNDS):
            cookies = CookieJar()
            cookies.take([mutated(self.rng, seed).decode("latin-1")], "example.com", "/a/b")
            self.assertIsInstance(cookies.header("example.com", "/a/b"), str)


HOSTILE = {
    "S59 X11 CR, then no line end": lambda n: b"\r\r" + b"a" * n,
    "X12 CR only": lambda n: b"\r" * n,
    "S79 LF only": lambda n: b"\n" * n,
    "X13 near-boundaries": lambda n: b"\r\n--" * (n // 4),
    "nearer boundaries": lambda n: b"\r\n--" + b"\r\n--xx" * (n // 6),
    "S67 junk": lambda n: b"--" * (n // 2),
}


@unittest.skipUnless(COUNT, "measures time: runs with `make fuzz`")
class Cost(unittest.TestCase):
    def seconds(self, body, step):
        begin = time.perf_counter()
        parser = MultipartParser(b"xxy")
        for at in range(0, len(body), step):
            for _ in parser.feed(body[at:at + step]):
                pass
        return time.perf_counter() - begin

    def test_four_times_the_input_takes_no_more_than_ten_times_as_long(self):
        head = b"--xxy\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n"
        for label, make in HOSTILE.items():
            for step in (1 << 18, 64):
                with self.subTest(label, step=step):
                    size = (1 << 24) * step // (1 << 18) + (1 << 18)
                    one = min(self.seconds(head + make(size), step) for _ in range(5))
                    four = min(self.seconds(head + make(4 * size), step) for _ in range(5))
                    self.assertLess(four, 10 * one)


if __name__ == "__main__":
    unittest.main()
