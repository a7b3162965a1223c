"""The temporary files of large uploads: used again, and what was in them before is never seen."""

import contextlib
import io
import os
import tempfile
import unittest
import warnings
from unittest import mock

from minflask import Flask, request
from minflask.http import spool
from minflask.http.forms import SPOOL_SIZE, default_stream_factory
from minflask.http.spool import KEPT_BYTES, KEPT_FILES

FIRST, SECOND = b"1" * (SPOOL_SIZE + 9000), b"2" * (SPOOL_SIZE + 10)

USES = {
    "read": lambda file: file.read(),
    "read in pieces": lambda file: b"".join(iter(lambda: file.read(4096), b"")),
    "read of the file below": lambda file: b"".join(iter(lambda: file._file.raw.read(4096), b"")),
    "readall of the file below": lambda file: file._file.raw.readall(),
    "readinto": lambda file: _read_into(file._file),
    "readinto of the file below": lambda file: _read_into(file._file.raw),
    "iteration": lambda file: b"".join(file),
    "the end, by seeking": lambda file: file.read(file.seek(0, 2) and file.seek(0)),
    "the end, by the descriptor": lambda file: os.pread(file.fileno(), 1 << 24, 0),
}


def _read_into(file):
    buffer = bytearray(1 << 20)
    return bytes(buffer[:file.readinto(buffer)])


def upload(data):
    """Return a stream that has been written as that of a form is."""
    stream = default_stream_factory(None, None, None)
    stream.rollover()
    stream.write(data)
    return stream


def file_of(stream):
    """Return what tells the file of a stream from others, without asking the stream for its descriptor."""
    at = os.fstat(io.FileIO.fileno(stream._file.raw))
    return at.st_dev, at.st_ino


@unittest.skipUnless(spool.REUSES, "here each upload has a new file")
class FilesUsedAgain(unittest.TestCase):
    def setUp(self):
        spool._forget()
        self.addCleanup(spool._forget)

    def test_a_closed_file_serves_the_next_upload(self):
        with upload(FIRST) as first:
            one = file_of(first)
        with upload(SECOND) as second:
            self.assertEqual(file_of(second), one)

    def test_s62_an_upload_holds_nothing_of_the_one_before(self):
        """However it is read: it is cut to its own bytes before it is."""
        for name, use in USES.items():
            for rewind in (True, False):
                with self.subTest(name, rewind=rewind):
                    upload(FIRST).close()
                    with upload(SECOND) as stream:
                        if rewind:
                            stream.seek(0)
                        self.assertIn(use(stream), (SECOND, b""))
                        self.assertEqual(os.fstat(stream.fileno()).st_size, len(SECOND))

    def test_what_is_written_later_does_not_bring_it_back(self):
        end = len(SECOND)
        for name, change, behind in (
            ("seek", lambda file: file.seek(end + 5), b"\0\0\0\0\0end"),
            ("seek from the end", lambda file: file.seek(5, 2), b"\0\0\0\0\0end"),
            ("truncate", lambda file: file._file.truncate(end + 5), b"end\0\0"),
            ("truncate below", lambda file: file._file.raw.truncate(end + 5), b"end\0\0"),
        ):
            with self.subTest(name):
                upload(FIRST).close()
                with upload(SECOND) as stream:
                    change(stream)
                    stream.write(b"end")
                    stream.seek(0)
                    self.assertEqual(stream.read(), SECOND + behind)

    def test_one_that_was_never_read_is_not_seen_either(self):
        upload(FIRST).close()
        upload(SECOND).close()
        with upload(b"3") as stream:
            stream.seek(0)
            self.assertEqual(stream.read(), b"3")

    def test_what_was_in_memory_goes_first(self):
        upload(FIRST).close()
        for at in (0, 3, 5):
            with default_stream_factory(None, None, None) as stream:
                stream.write(b"begin")
                stream.seek(at)
                stream.rollover()
                self.assertEqual(stream.tell(), at)
                stream.write(b"...")
                stream.seek(0)
                self.assertEqual(stream.read(), b"begin"[:at] + b"..." + b"begin"[at + 3:])

    def test_who_asks_for_the_descriptor_of_a_small_one_finds_it_whole(self):
        upload(FIRST).close()
        with default_stream_factory(None, None, None) as stream:
            stream.write(b"small")
            stream.seek(0)
            stream.read()
            self.assertEqual(os.pread(stream.fileno(), 100, 0), b"small")

    def test_a_file_whose_descriptor_was_asked_for_is_closed_for_good(self):
        """It may have been copied, mapped, or given to another program."""
        for ask in (lambda stream: stream.fileno(), lambda stream: stream.name):
            with upload(FIRST) as stream:
                copy = os.dup(ask(stream))
            self.addCleanup(os.close, copy)
            with upload(SECOND) as stream:
                self.assertNotEqual(os.fstat(copy).st_ino, file_of(stream)[1])
            self.assertEqual(os.pread(copy, 1 << 24, 0), FIRST)

    def test_a_closed_stream_is_closed(self):
        stream = upload(FIRST)
        raw = stream._file.raw
        stream.close()
        stream.close()
        with upload(SECOND):
            for use in (stream.read, raw.readall, raw.fileno, lambda: raw.write(b"x"), lambda: raw.seek(0)):
                self.assertRaises(ValueError, use)

    def test_no_more_is_kept_than_a_few_small_files(self):
        with contextlib.ExitStack() as stack:
            for _ in range(KEPT_FILES + 3):
                stack.enter_context(upload(FIRST))
        self.assertEqual(len(spool._kept), KEPT_FILES)
        with contextlib.ExitStack() as stack:
            for _ in range(KEPT_FILES):
                stack.enter_context(upload(b"4" * (KEPT_BYTES + 1)))
        self.assertEqual(spool._kept, [])

    def test_what_another_process_may_have_is_closed_for_good(self):
        """After a fork both have the descriptors, and with them one position and one content."""
        upload(FIRST).close()
        with upload(SECOND) as before:
            upload(FIRST).close()
            self.assertEqual(len(spool._kept), 1)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of threads that other tests may have left
                child = os.fork()
            if not child:
                os._exit(len(spool._kept) + (before.read(1) != b""))
            self.assertEqual(os.waitpid(child, 0)[1], 0)
            self.assertEqual(spool._kept, [])
        self.assertEqual(spool._kept, [])

    def test_a_process_that_python_did_not_fork_takes_nothing_either(self):
        upload(FIRST).close()
        descriptor = spool._kept[0][0]
        with mock.patch("os.getpid", lambda: 0), mock.patch.object(os, "close", wraps=os.close) as close:
            with upload(SECOND):
                close.assert_any_call(descriptor)
            self.assertEqual(len(spool._kept), 1)

    def test_an_upload_for_which_there_is_no_place_can_be_closed(self):
        stream = default_stream_factory(None, None, None)
        stream.write(b"begin")
        with mock.patch("tempfile.TemporaryFile", side_effect=OSError) as failing:
            try:
                stream.write(FIRST)
            except OSError:  # whose traceback holds on to what was being done
                stream.close()
        failing.assert_called_once()
        self.assertTrue(stream.closed)

    def test_a_descriptor_that_somebody_closed_is_left_alone(self):
        """A program that becomes a daemon closes all it does not know; its own files get their numbers."""
        upload(FIRST).close()
        upload(FIRST).close()
        (descriptor, _), = spool._kept
        os.close(descriptor)
        with upload(SECOND) as stream:  # the number means nothing
            stream.seek(0)
            self.assertEqual(stream.read(), SECOND)
        (descriptor, _), = spool._kept
        with tempfile.TemporaryFile("w+b") as own:
            own.write(b"own")
            own.flush()
            os.dup2(own.fileno(), descriptor)
            with upload(SECOND) as stream:  # the number means another file
                self.assertNotEqual(file_of(stream)[1], os.fstat(own.fileno()).st_ino)
            self.assertEqual(os.pread(own.fileno(), 10, 0), b"own")
            os.dup2(own.fileno(), spool._kept[0][0])
            spool._forget()
            self.assertEqual(os.pread(descriptor, 10, 0), b"own")
        os.close(descriptor)

    def test_a_close_that_finds_no_folder_closes(self):
        stream = upload(FIRST)
        with mock.patch("tempfile.gettempdir", side_effect=FileNotFoundError):
            stream.close()
        self.assertTrue(stream.closed)

    def test_a_file_that_could_not_be_cut_shows_nothing(self):
        upload(FIRST).close()
        with upload(SECOND) as stream:
            descriptor = io.FileIO.fileno(stream._file.raw)
            copy, other = os.dup(descriptor), os.open(os.devnull, os.O_RDONLY)
            os.dup2(other, descriptor)  # which nothing can be cut off
            self.assertRaises(OSError, stream.seek, 0)
            os.dup2(copy, descriptor)
            os.close(copy)
            os.close(other)
            stream.seek(0)
            self.assertEqual(stream.read(), SECOND)

    def test_threads_that_forget_at_the_same_time_close_each_once(self):
        upload(FIRST).close()
        files, closed = spool._kept, []

        def close(descriptor):
            closed.append(descriptor)
            spool._close_all(files)

        with mock.patch.object(os, "close", side_effect=close):
            spool._forget()
        self.assertEqual(len(closed), 1)
        os.close(closed[0])


class InAForm(unittest.TestCase):
    def test_uploads_one_after_the_other_arrive_whole(self):
        app = Flask(__name__)

        @app.route("/", methods=["POST"])
        def measure():
            data = request.files["file"].read()
            return f"{len(data)} {data[:1].decode()} {len(set(data))}"

        client = app.test_client()
        sizes = SPOOL_SIZE * 3, SPOOL_SIZE + 1, SPOOL_SIZE * 2, 7, SPOOL_SIZE * 5, SPOOL_SIZE + 2
        for number, size in enumerate(sizes):
            answer = client.post("/", data={"file": (io.BytesIO(b"%d" % number * size), "a.bin")})
            self.assertEqual(answer.text, f"{size} {number} 1")
