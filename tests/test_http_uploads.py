"""Uploaded files: FileStorage and FileMultiDict."""

from __future__ import annotations

import copy
import io
import os
import pathlib
import tempfile
import unittest

from minflask.http.headers import Headers
from minflask.http.uploads import FileMultiDict, FileStorage


class Storage(unittest.TestCase):
    def test_it_reads_as_its_stream_does(self):
        upload = FileStorage(io.BytesIO(b"one\ntwo\n"), "a.txt", "field")
        self.assertEqual(upload.readline(), b"one\n")
        self.assertEqual(list(upload), [b"two\n"])
        self.assertEqual((upload.seek(0), upload.read(2), upload.tell()), (0, b"on", 2))
        with self.assertRaises(AttributeError):
            upload.no_such_attribute

    def test_a_text_wrapper_takes_it(self):
        self.assertEqual(io.TextIOWrapper(FileStorage(io.BytesIO(b"x"), "a")).read(), "x")

    def test_a_spooled_file_has_all_methods_on_every_python(self):
        with tempfile.SpooledTemporaryFile(max_size=10) as spooled:
            upload = FileStorage(spooled, "a")
            self.assertTrue(upload.readable() and upload.seekable() and upload.writable())

    def test_it_is_true_if_a_file_was_chosen(self):
        self.assertTrue(FileStorage(filename="a"))
        self.assertFalse(FileStorage(filename=""))
        self.assertFalse(FileStorage())

    def test_the_name_of_a_real_file_is_taken(self):
        with open(__file__, "rb") as file:
            self.assertEqual(FileStorage(file).filename, __file__)
            self.assertEqual(FileStorage(file, "other").filename, "other")

    def test_a_stream_that_is_no_file_of_a_path_gives_no_name(self):
        for name, expected in (("<stdin>", None), (3, None), (b"bytes.txt", "bytes.txt"), ("", "")):
            stream = io.BytesIO()
            stream.name = name
            self.assertEqual(FileStorage(stream).filename, expected, name)

    def test_its_type_comes_from_its_headers(self):
        upload = FileStorage(content_type='Text/HTML; charset="utf-8"', content_length=12)
        self.assertEqual(upload.content_type, 'Text/HTML; charset="utf-8"')
        self.assertEqual((upload.mimetype, upload.mimetype_params), ("text/html", {"charset": "utf-8"}))
        self.assertEqual(upload.content_length, 12)
        self.assertEqual(upload.headers["content-length"], "12")
        bare = FileStorage()
        self.assertEqual((bare.content_type, bare.mimetype, bare.mimetype_params, bare.content_length),
                         (None, "", {}, 0))

    def test_a_content_length_that_is_no_number_counts_as_none(self):
        for text in ("-1", "1_0", "\u0663", "9" * 5000, "x"):
            self.assertEqual(FileStorage(headers=Headers([("Content-Length", text)])).content_length, 0, text)

    def test_save_to_a_path_and_to_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "saved")
            for target in (path, pathlib.Path(path)):
                FileStorage(io.BytesIO(b"data" * 9999)).save(target, buffer_size=10)
                self.assertEqual(pathlib.Path(path).read_bytes(), b"data" * 9999)
        target = io.BytesIO()
        FileStorage(io.BytesIO(b"data")).save(target)
        self.assertEqual(target.getvalue(), b"data")
        self.assertFalse(target.closed)

    def test_s73_x21_save_never_makes_a_path_of_the_name(self):
        with tempfile.TemporaryDirectory() as folder:
            upload = FileStorage(io.BytesIO(b"data"), "../../evil")
            self.assertEqual(upload.filename, "../../evil")
            with self.assertRaises(OSError):
                upload.save(folder)
            self.assertEqual(os.listdir(folder), [])

    def test_close_closes_the_stream_if_it_can(self):
        upload = FileStorage(io.BytesIO())
        upload.close()
        self.assertTrue(upload.stream.closed)
        FileStorage(object()).close()

    def test_a_half_made_one_has_no_endless_attribute(self):
        with self.assertRaises(AttributeError):
            FileStorage.__new__(FileStorage).stream
        self.assertEqual(copy.copy(FileStorage(io.BytesIO(b"x"), "a")).filename, "a")

    def test_its_repr_says_what_it_is(self):
        self.assertEqual(repr(FileStorage(filename="a.txt", content_type="text/plain")),
                         "<FileStorage: 'a.txt' ('text/plain')>")


class Files(unittest.TestCase):
    def test_a_stream_with_a_name_gets_the_type_of_the_name(self):
        files = FileMultiDict()
        files.add_file("f", io.BytesIO(b"1"), "a.png")
        files.add_file("f", io.BytesIO(b"2"), "a.unheard-of")
        files.add_file("f", io.BytesIO(b"3"), "a.png", "text/plain")
        files.add_file("f", io.BytesIO(b"4"))
        self.assertEqual([(upload.name, upload.content_type) for upload in files.getlist("f")],
                         [("f", "image/png"), ("f", "application/octet-stream"), ("f", "text/plain"), ("f", None)])

    def test_a_path_is_opened(self):
        for path in (__file__, pathlib.Path(__file__)):
            files = FileMultiDict()
            files.add_file("f", path)
            with files["f"].stream:
                self.assertEqual((files["f"].filename, files["f"].read(3)), (__file__, b'"""'))

    def test_a_storage_is_taken_as_it_is(self):
        upload, files = FileStorage(filename="x"), FileMultiDict()
        files.add_file("f", upload)
        self.assertIs(files["f"], upload)


if __name__ == "__main__":
    unittest.main()
