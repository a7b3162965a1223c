"""The example's own tests, through the test client: what browsers, players and strangers do with it."""

from __future__ import annotations

import io
import os
import re
import tempfile
import unittest
from unittest import mock

from . import create_app
from .store import Store

JSON = {"Accept": "application/json"}


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.join(folder.name, "files")
        self.app = create_app({"FOLDER": self.folder, "TESTING": True, "MAX_CONTENT_LENGTH": 2_000_000})
        self.client = self.app.test_client()

    def token(self):
        return re.search(r'name="token" value="(\w+)"', self.client.get("/").text)[1]

    def upload(self, *files, headers=None, **kwargs):
        """Send files, given as (content, name), with the form of the page."""
        data = {"token": self.token(), "file": [(io.BytesIO(content), name) for content, name in files]}
        return self.client.post("/", data=data, headers=headers, **kwargs)


class Uploads(Case):
    def test_a_file_comes_back_as_it_was(self):
        page = self.upload((b"\x89PNG data", "cat.png"), follow_redirects=True)
        self.assertEqual(page.history[0].status_code, 303)
        self.assertIn("Stored cat.png.", page.text)
        self.assertIn('<img src="/files/cat.png"', page.text)
        with self.client.get("/files/cat.png") as file:
            self.assertEqual((file.data, file.mimetype), (b"\x89PNG data", "image/png"))

    def test_several_files_at_once(self):
        page = self.upload((b"1", "a.txt"), (b"2", "b.txt"), follow_redirects=True)
        self.assertIn("Stored a.txt, b.txt.", page.text)
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.txt", "b.txt"])

    def test_the_script_gets_json(self):
        answer = self.upload((b"1", "a.txt"), headers=JSON)
        self.assertEqual((answer.status_code, answer.json), (201, {"names": ["a.txt"], "next": "/"}))
        answer = self.upload(headers=JSON)
        self.assertEqual((answer.status_code, answer.json), (400, {"error": "No file was chosen."}))

    def test_a_name_that_is_taken_gets_a_number(self):
        names = [self.upload((b"1", "a.txt"), headers=JSON).json["names"] for _ in range(3)]
        self.assertEqual(names, [["a.txt"], ["a-2.txt"], ["a-3.txt"]])

    def test_names_never_lead_out_of_the_folder(self):
        for sent, kept in (("../../etc/passwd", "etc_passwd"), ("..", "file"), ("/abs.txt", "abs.txt"),
                           ("C:\\dir\\a.txt", "Cdira.txt"), (".hidden", "hidden")):
            with self.subTest(sent):
                self.assertEqual(self.upload((b"1", sent), headers=JSON).json["names"], [kept])
        self.assertEqual(len(os.listdir(self.folder)), 5)

    def test_more_than_the_limit_is_refused_with_a_reason(self):
        page, answer = (self.client.post("/", data={"file": (io.BytesIO(b"x" * 2_000_001), "a.bin")}, headers=headers)
                        for headers in (None, JSON))
        self.assertIn("<h1>Request Entity Too Large</h1>", page.text)
        self.assertEqual((page.status_code, answer.status_code, set(answer.json)), (413, 413, {"error"}))
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_form_from_elsewhere_is_refused(self):
        answer = self.client.post("/", data={"token": "guess", "file": (io.BytesIO(b"1"), "a.txt")})
        self.assertEqual((answer.status_code, os.listdir(self.folder)), (400, []))

    def test_an_upload_that_fails_leaves_nothing(self):
        upload = mock.Mock(filename="a.txt")
        upload.save.side_effect = OSError("disk full")
        with self.assertRaises(OSError):
            Store(self.folder).add(upload)
        self.assertEqual(os.listdir(self.folder), [])


class Downloads(Case):
    def setUp(self):
        super().setUp()
        self.upload((b"0123456789", "song.wav"), (b"<script>alert(1)</script>", "page.html"), (b"GIF8", "a.gif"))

    def test_players_get_the_ranges_they_ask_for(self):
        for asked, status, data, told in (
            ("bytes=2-4", 206, b"234", "bytes 2-4/10"), ("bytes=7-", 206, b"789", "bytes 7-9/10"),
            ("bytes=-2", 206, b"89", "bytes 8-9/10"), ("bytes=20-", 416, None, "bytes */10"),
        ):
            with self.subTest(asked), self.client.get("/files/song.wav", headers={"Range": asked}) as answer:
                self.assertEqual((answer.status_code, answer.headers["Content-Range"]), (status, told))
                if data:
                    self.assertEqual(answer.data, data)

    def test_what_could_run_is_only_downloaded(self):
        with self.client.get("/files/page.html") as answer:
            self.assertEqual(answer.headers["Content-Disposition"], "attachment; filename=page.html")
            self.assertEqual(answer.mimetype, "application/octet-stream")
        for name in ("page.html", "a.gif"):
            with self.client.get(f"/files/{name}") as answer:
                self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
                self.assertIn("sandbox", answer.headers["Content-Security-Policy"])

    def test_each_kind_has_its_page(self):
        for name, tag in (("song.wav", "<audio"), ("a.gif", "<img"), ("page.html", "cannot show")):
            self.assertIn(tag, self.client.get(f"/view/{name}").text)

    def test_download_of_a_picture(self):
        with self.client.get("/files/a.gif?download=1") as answer:
            self.assertTrue(answer.headers["Content-Disposition"].startswith("attachment"))

    def test_a_file_that_did_not_change_is_not_sent_again(self):
        with self.client.get("/files/a.gif") as first:
            etag = first.headers["ETag"]
        self.assertEqual(self.client.get("/files/a.gif", headers={"If-None-Match": etag}).status_code, 304)

    def test_what_is_not_there_is_not_found(self):
        with open(os.path.join(self.folder, ".part"), "wb"):
            pass
        for path in ("/files/none", "/view/none", "/files/.part", "/files/..", "/view/../store.py",
                     "/files/%2e%2e%2fx"):
            self.assertEqual(self.client.get(path).status_code, 404, path)

    def test_a_file_can_be_removed(self):
        page = self.client.post("/remove/a.gif", data={"token": self.token()}, follow_redirects=True)
        self.assertIn("Removed a.gif.", page.text)
        self.assertEqual(sorted(os.listdir(self.folder)), ["page.html", "song.wav"])
        self.assertEqual(self.client.post("/remove/a.gif", data={"token": self.token()}).status_code, 404)
        self.assertEqual(self.client.post("/remove/song.wav").status_code, 400)


if __name__ == "__main__":
    unittest.main()
