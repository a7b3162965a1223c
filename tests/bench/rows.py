"""The rows of the benchmark: what is asked, what must come out, and what minflask aims at."""

from __future__ import annotations

import json

from .requests import FIELDS

DOCUMENT = {"id": 7, "name": "Ada", "active": True, "score": 9.75, "none": None, "tags": ["a", "b", "c"],
            "address": {"street": "12 Analytical Way", "city": "London"}, "items": [{"n": 1}, {"n": 2}],
            "text": "with \"quotes\" and é", "empty": {}}
BIG = [{"id": number, "name": f"Item {number}", "price": number * 1.25, "tags": ["x", "y", str(number)],
        "active": number % 2 == 0} for number in range(1160)]
PAYLOAD = {"user_id": 1234, "roles": ["admin", "editor"], "csrf": "3f786850e387550fdab836ed7e6dc881de23001b"}
TABLE = [{letter: number for letter in "abcdefghij"} for number in range(1000)]
ITEMS = [{"id": number, "name": f"<item {number}>", "owner": f"O'Neil & {number}", "price": f"{number}.50",
          "note": 'says "hi"', "state": "ok"} for number in range(50)]
STYLES = (b".c%04d { color: #123456; }\n" % 7) * 379


class Row:
    """A line of the table.

    :param aim: the ratio of time to Flask's that minflask should not pass; for MB/s, the ratio to reach.
    :param right: tells whether an answer (status, headers and body of a page; else a value) is right.
    :param size: the bytes of a request, where the figure is a speed in MB/s.
    """

    def __init__(self, name, title, aim, right, size=0):
        self.name, self.title, self.aim, self.right, self.size = name, title, aim, right, size


def says(*texts, status="200"):
    """Make a check: the status, and all texts in the body."""
    return lambda answer: answer[0].startswith(status) and all(text.encode() in answer[2] for text in texts)


def holds(value):
    """Make a check: the body is this value as JSON."""
    return lambda answer: answer[0].startswith("200") and json.loads(answer[2]) == value


def is_page(answer):
    text = answer[2].decode()
    return (answer[0].startswith("200") and text.count("<td>") == 250 and text.count("<a href=\"/item/") == 5
            and "&lt;item 49&gt;" in text and text.count(" &amp; ") == 50 and "<item" not in text
            and "<title>Items</title>" in text and "all rights" in text)


def sets_cookie(answer):
    return any(name.lower() == "set-cookie" for name, _ in answer[1])


ROWS = [
    Row("hello", "hello (a short str)", 0.11, says("Hello, World!")),
    Row("hello-key", "hello with SECRET_KEY, session unused", 0.08, says("Hello, World!")),
    Row("json", "json: a nested dict of 10 keys", 0.18, holds(DOCUMENT)),
    Row("params", "/users/<int>/posts/<slug>?page=2", 0.12, says("5 a-long-story 2")),
    Row("routes-static", "1000 rules: static", 0.12, says("list 125")),
    Row("routes-middle", "1000 rules: middle", 0.12, says("item 125 7 x")),
    Row("routes-last", "1000 rules: last", 0.12, says("item 249 7 x")),
    Row("routes-404", "1000 rules: 404", 0.12, says(status="404")),
    Row("session", "session read, changed, written", 0.12,
        lambda answer: says("visit 2")(answer) and sets_cookie(answer)),
    Row("form", "form, 20 urlencoded fields", 0.10, says(f"20 {sum(len(value) for _, value in FIELDS)}")),
    Row("multipart", "multipart, 1 MiB file + 5 fields", 0.35, says("5 1048576")),
    Row("multipart-32", "multipart, 32 MiB, MB/s", 2.0, says("5 33554432"), size=32 << 20),
    Row("template", "template page (50 rows × 5 cells, 5 url_for)", 0.20, is_page),
    Row("bigtable", "bigtable 10 × 1000, autoescape", 0.45,
        lambda text: text.count("<td>") == 10000 and text.count("<td>999</td>") == 10),
    Row("full", "full: hooks, g, signal, session read, template", 0.15, says("<b>Ada &lt;3</b>", "after")),
    Row("static", "static file, 10 KB", 0.14, lambda answer: answer[0].startswith("200") and answer[2] == STYLES),
    Row("static-304", "static file, not modified", 0.09, lambda answer: answer[0].startswith("304") and not answer[2]),
    Row("url_for", "url_for, one URL", 0.25, lambda url: url == "/item/7"),
    Row("sign", "sign + unsign a session payload", 0.18, lambda value: value == PAYLOAD),
    Row("json-100k", "JSON document of 100 KB", 0.95, holds(BIG)),
]
