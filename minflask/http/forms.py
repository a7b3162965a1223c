"""Read the body of a form: urlencoded or multipart, into fields and uploaded files.

Here the parsers without I/O (urls.py, multipart.py) meet a stream, and get their limits. The
answers to what is too much are HTTP exceptions; requests and apps are unknown here.
"""

from __future__ import annotations

import sys
from io import BytesIO

from .codec import CHARSETS, parse_number, parse_options_header
from .exceptions import BadRequest, HTTPException, RequestEntityTooLarge
from .headers import Headers
from .multipart import LimitExceeded, MultipartParser, Part
from .structures import MultiDict
from .uploads import FileStorage
from .urls import parse_query
from .wsgi import get_content_length, get_input_stream, read_body

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import IO, Any

    Fields = MultiDict[str, str]
    Files = MultiDict[str, FileStorage]
    Result = tuple[IO[bytes], Fields, Files]

READ_SIZE = 1024 * 1024  # bytes: large enough that a write to disk costs more than the call
FIRST_READ = 16384
SPOOL_SIZE = 500 * 1024  # a larger upload goes to disk
MAX_FIELDS = 1000
MAX_LARGE_FILES = 256  # each holds an open file


def __getattr__(name: str) -> Any:
    if name != "SpooledTemporaryFile":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .spool import SpooledFile  # takes 8 ms to import, and only large uploads need it

    globals()[name] = SpooledFile
    return SpooledFile


def default_stream_factory(
    total_content_length: int | None, content_type: str | None, filename: str | None, content_length: int | None = None
) -> IO[bytes]:
    """Return an empty stream for one uploaded file: in memory up to 500 KiB, then on disk.

    :param total_content_length: bytes of the whole body, if known.
    :param content_type: the type of the file; `filename` the client's name of it.
    :param content_length: bytes of this file, if the client said so.
    """
    if total_content_length is not None and total_content_length <= SPOOL_SIZE:
        return BytesIO()
    spooled = sys.modules[__name__].SpooledTemporaryFile  # asked for here each time: tests replace it
    if spooled is not None:
        stream: IO[bytes] = spooled(max_size=SPOOL_SIZE, mode="rb+")
        return stream
    from tempfile import TemporaryFile

    return TemporaryFile("rb+")


def read_up_to(stream: IO[bytes], length: int | None, limit: int | None) -> bytes:
    """Return the rest of a stream.

    :param length: how many bytes there are, if that is known.
    :raises RequestEntityTooLarge: if that is more than the limit.
    """
    if limit is None:
        return read_body(stream)
    if length is not None:
        if length > limit:
            raise RequestEntityTooLarge()
        return read_body(stream)
    chunks: list[bytes] = []
    size = 0
    while size <= limit:
        chunk = read_body(stream, limit + 1 - size)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)
        size += len(chunk)
    raise RequestEntityTooLarge()


def check_number(data: bytes, limit: int | None) -> None:
    """Refuse an urlencoded body of more fields than the limit; 1000 are always allowed.

    :raises RequestEntityTooLarge: if there are more.
    """
    if limit is not None and data.count(b"&") >= max(MAX_FIELDS, limit):
        raise RequestEntityTooLarge()


class FormDataParser:
    """Parse the body of a form into its fields and files.

    :param stream_factory: makes the stream that an uploaded file is written to; the keyword
        arguments are those of `default_stream_factory`.
    :param max_form_memory_size: bytes that a field, or an urlencoded body, may have; all
        fields together may have twice as many. None for no limit.
    :param max_content_length: bytes that the body may have.
    :param cls: the dictionary for fields and for files, `MultiDict` by default.
    :param silent: take a malformed body for an empty form, as Flask does; otherwise the
        ValueError goes on to the caller.
    :param max_form_parts: parts that a multipart body may have.

    >>> body = BytesIO(b"name=Ada&tag=x&tag=y")
    >>> FormDataParser().parse(body, "application/x-www-form-urlencoded", 20)[1].getlist("tag")
    ['x', 'y']
    """

    def __init__(
        self,
        stream_factory: Callable[..., IO[bytes]] | None = None,
        max_form_memory_size: int | None = None,
        max_content_length: int | None = None,
        cls: type[MultiDict[str, Any]] | None = None,
        silent: bool = True,
        *,
        max_form_parts: int | None = None,
    ) -> None:
        self.stream_factory = default_stream_factory if stream_factory is None else stream_factory
        self.max_form_memory_size = max_form_memory_size
        self.max_content_length = max_content_length
        self.max_form_parts = max_form_parts
        self.cls: type[MultiDict[str, Any]] = MultiDict if cls is None else cls
        self.silent = silent

    def parse_from_environ(self, environ: dict[str, Any]) -> Result:
        """Parse the body that an environ holds; see `parse`."""
        stream = get_input_stream(environ, max_content_length=self.max_content_length)
        mimetype, options = parse_options_header(environ.get("CONTENT_TYPE"))
        return self.parse(stream, mimetype.lower(), get_content_length(environ), options)

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: Mapping[str, str] | None = None,
    ) -> Result:
        """Return the stream, the fields and the files; the last two are empty if it is no form.

        :param mimetype: the media type of the body, in lower case.
        :param content_length: the bytes of the body, None if unknown.
        :param options: the parameters of the media type.
        :raises RequestEntityTooLarge: if the body passes one of the limits.
        """
        try:
            if mimetype == "application/x-www-form-urlencoded":
                data = read_up_to(stream, content_length, self.max_form_memory_size)
                check_number(data, self.max_form_parts)
                return stream, self.cls(parse_query(data.decode())), self.cls()
            if mimetype == "multipart/form-data":
                return stream, *self._read_multipart(stream, content_length, options or {})
        except ValueError:
            if not self.silent:
                raise
        return stream, self.cls(), self.cls()

    def _read_multipart(
        self, stream: IO[bytes], content_length: int | None, options: Mapping[str, str]
    ) -> tuple[Fields, Files]:
        parser = MultiPartParser(
            self.stream_factory, self.max_form_memory_size, self.cls, max_form_parts=self.max_form_parts
        )
        return parser.parse(stream, options.get("boundary", "").encode("ascii"), content_length)


class StrictFormDataParser(FormDataParser):
    """A form parser that answers a malformed body with 400 instead of taking it for an empty form.

    >>> from minflask.http.request import Request
    >>> class StrictRequest(Request):
    ...     form_data_parser_class = StrictFormDataParser
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.silent = False

    def parse(self, *args: Any, **kwargs: Any) -> Result:
        """Do as `FormDataParser.parse`, but raise BadRequest for a malformed body."""
        try:
            return super().parse(*args, **kwargs)
        except ValueError as error:
            raise BadRequest(f"The form cannot be read. {error}") from error


def parse_form_data(
    environ: dict[str, Any],
    stream_factory: Callable[..., IO[bytes]] | None = None,
    max_form_memory_size: int | None = None,
    max_content_length: int | None = None,
    cls: type[MultiDict[str, Any]] | None = None,
    silent: bool = True,
    *,
    max_form_parts: int | None = None,
) -> Result:
    """Return stream, fields and files of an environ's body; the arguments are those of `FormDataParser`."""
    parser = FormDataParser(
        stream_factory, max_form_memory_size, max_content_length, cls, silent, max_form_parts=max_form_parts
    )
    return parser.parse_from_environ(environ)


class MultiPartParser:
    """Read a multipart body from a stream: fields into memory, files into streams of a factory.

    The arguments are those of `FormDataParser`; `buffer_size` is the number of bytes read at once.
    """

    def __init__(
        self,
        stream_factory: Callable[..., IO[bytes]] | None = None,
        max_form_memory_size: int | None = None,
        cls: type[MultiDict[str, Any]] | None = None,
        buffer_size: int = READ_SIZE,
        max_form_parts: int | None = None,
    ) -> None:
        self.stream_factory = default_stream_factory if stream_factory is None else stream_factory
        self.max_form_memory_size = max_form_memory_size
        self.cls: type[MultiDict[str, Any]] = MultiDict if cls is None else cls
        self.buffer_size = buffer_size
        self.max_form_parts = max_form_parts

    def parse(self, stream: IO[bytes], boundary: bytes, content_length: int | None) -> tuple[Fields, Files]:
        """Return fields and files. The stream is read to its end, whatever follows the form.

        :raises RequestEntityTooLarge: if there is too much of something.
        :raises ValueError: if the body is malformed; files opened until then are closed.
        """
        limit = self.max_form_memory_size
        parser = MultipartParser(
            boundary,
            max_parts=self.max_form_parts,
            max_field=limit,
            max_memory=None if limit is None else 2 * limit,
        )
        sink = _Sink(self.stream_factory, content_length)
        try:
            # The first piece is short: heads and fields are cut out of it, and what is left then is copied.
            # The others end where a block of the file ends, which the system writes faster than other pieces.
            size = min(FIRST_READ, self.buffer_size)
            while sink.feed(parser, read_body(stream, size)):
                size = self.buffer_size - sink.size % self.buffer_size
            parser.close()
        except LimitExceeded as error:
            sink.close()
            raise _http_error(error) from None
        except BaseException:
            sink.close()
            raise
        return self.cls(sink.fields), self.cls(sink.files)


class _Sink:
    """Where the events of a multipart parser go."""

    def __init__(self, stream_factory: Callable[..., IO[bytes]], total_length: int | None) -> None:
        self.fields: list[tuple[str, str]] = []
        self.files: list[tuple[str, FileStorage]] = []
        self._stream_factory, self._total_length = stream_factory, total_length
        self._part: Part | None = None
        self._chunks: list[bytes] = []
        self._file: IO[bytes] | None = None
        self.size = self._large_files = 0

    def feed(self, parser: MultipartParser, data: bytes) -> bool:
        """Take the events of some bytes; tell whether there were any. Nothing holds the bytes when it returns."""
        for event in parser.feed(data):
            self.take(event)
        return bool(data)

    def take(self, event: Any) -> None:
        if isinstance(event, bytes):
            if self._file is not None:
                self._write(self._file, event)
            elif self._part is not None and self._part.name is not None:  # without a name it has no place in a form
                self._chunks.append(event)
        elif isinstance(event, Part):
            self._begin(event)
        else:
            self._end()

    def _begin(self, part: Part) -> None:
        self._part, self.size, self._chunks = part, 0, []
        if part.filename is not None and part.name is not None:
            self._file = self._stream_factory(
                total_content_length=self._total_length,
                content_type=part.get("content-type"),
                filename=part.filename,
                content_length=parse_number(part.get("content-length")),
            )

    def _write(self, file: IO[bytes], data: bytes) -> None:
        if self.size <= SPOOL_SIZE < self.size + len(data):
            self._large_files += 1
            if self._large_files > MAX_LARGE_FILES:
                raise LimitExceeded(f"The form has more than {MAX_LARGE_FILES} files that must go to disk.")
            if getattr(file, "_max_size", None) == SPOOL_SIZE:
                file.rollover()  # type: ignore[attr-defined]  # now: it would copy the data into its memory first
        self.size += len(data)
        file.write(data)

    def _end(self) -> None:
        part, file = self._part, self._file
        if part is None or part.name is None:
            return
        if file is None:
            self.fields.append((part.name, b"".join(self._chunks).decode(_charset_of(part), "replace")))
        else:
            file.seek(0)
            self.files.append((part.name, FileStorage(file, part.filename, part.name, headers=Headers(part.headers))))
            self._file = None

    def close(self) -> None:
        """Close what was opened for a form that nobody will get."""
        for upload in [*(upload for _, upload in self.files), FileStorage(self._file)]:
            upload.close()


def _charset_of(part: Part) -> str:
    """Return the charset of a text, UTF-8 unless it names one of few that are safe (no UTF-7)."""
    content_type = part.get("content-type")
    if content_type is None:
        return "utf-8"
    charset = parse_options_header(content_type)[1].get("charset", "").lower()
    return charset if charset in CHARSETS else "utf-8"


def _http_error(error: LimitExceeded) -> HTTPException:
    return (RequestEntityTooLarge if error.code == 413 else BadRequest)(str(error))
