"""The pages are what Flask makes of them, byte for byte (`python -m tests.house.layout_expected` asked it)."""

from __future__ import annotations

import pathlib
import unittest

from . import create_app

EXPECTED = pathlib.Path(__file__).parent / "expected"

# One visit, page after page: (file in expected/, method, path, fields of the form)
VISIT = [
    ("index.html", "GET", "/", None),
    ("index-by-year.html", "GET", "/?order=year,title&page=4", None),
    ("book-1.html", "GET", "/books/1", None),
    ("book-2.html", "GET", "/books/2", None),
    ("book-3.html", "GET", "/books/3", None),
    ("review-empty.html", "GET", "/books/3/review", None),
    ("review-wrong.html", "POST", "/books/3/review",
     {"title": "<b>" + "x" * 40, "text": "a\n\"b\" & 'c'", "spoiler": "yes"}),
    (None, "POST", "/books/3/review", {"title": "So & so", "stars": "4", "text": "good"}),
    ("book-3-with-messages.html", "GET", "/books/3", None),
    ("feed.xml", "GET", "/feed.xml", None),
    ("mail.txt", "GET", "/mail.txt", None),
    ("long.html", "GET", "/long", None),
    ("hello.html", "GET", "/hello/%3Cyou%3E%20%26%20me", None),
]


def visit():
    """Make the visit; give (file, bytes of the answer) of each page, but not of the redirect: its words are ours."""
    client = create_app().test_client()
    for name, method, path, form in VISIT:
        response = client.open(path, method=method, data=form)
        if name is not None:
            yield name, response.get_data()


class Layout(unittest.TestCase):
    maxDiff = None

    def test_every_page_is_what_flask_makes_of_it(self):
        for name, data in visit():
            with self.subTest(page=name):
                self.assertEqual(data.decode(), (EXPECTED / name).read_bytes().decode())

    def test_a_page_with_wrong_fields_says_so_by_its_status(self):
        client = create_app().test_client()
        self.assertEqual(client.post("/books/1/review").status_code, 422)
        self.assertEqual(client.get("/books/9").status_code, 404)
