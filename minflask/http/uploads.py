"""Uploaded files: one file of a form, and the dictionary that holds them.

A `FileStorage` joins an open binary stream with what the form said about it.
How the bytes got there (multipart.py, forms.py) and requests are unknown here.
"""

from __future__ import annotations

import os

from .codec import parse_number, parse_options_header
from .headers import Headers
from .mime import guess_type
from .structures import MultiDict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO, Any, Union

    Target = Union[str, "os.PathLike[str]", IO[bytes]]


class FileStorage:
    """Hold one uploaded file: a stream, and its name, field and headers.

    Every attribute of the stream (`read`, `seek`, `readline`…) can be used directly.
    `filename` is what the client sent, unchecked: never open a path made of it;
    `minflask.security.secure_filename` gives one that is safe.

    :param stream: an open binary stream; an empty one by default.
    :param filename: the client's name of the file; taken from `stream.name` if that is a path.
    :param name: the name of the form field.
    :param content_type: the Content-Type of this part, with its parameters.
    :param content_length: the Content-Length of this part, in bytes, if it had one.

    >>> import io
    >>> FileStorage(io.BytesIO(b"hello"), "a.txt", content_type="text/plain; charset=utf-8").mimetype
    'text/plain'
    """

    def __init__(
        self, stream: IO[bytes] | None = None, filename: str | None = None, name: str | None = None,
        content_type: str | None = None, content_length: int | None = None, headers: Headers | None = None,
    ) -> None:
        self.name = name
        self.stream: Any = _empty_stream() if stream is None else stream
        self.filename = _name_of_stream(self.stream) if filename is None else filename
        self.headers = Headers() if headers is None else headers
        if content_type is not None:
            self.headers["Content-Type"] = content_type
        if content_length is not None:
            self.headers["Content-Length"] = str(content_length)

    @property
    def content_type(self) -> str | None:
        """The Content-Type of this part as sent, or None."""
        value: str | None = self.headers.get("content-type")
        return value

    @property
    def content_length(self) -> int:
        """The Content-Length of this part, 0 if the client sent none (browsers never do)."""
        return parse_number(self.headers.get("content-length")) or 0

    @property
    def mimetype(self) -> str:
        """The media type in lower case, without parameters: `'text/html'`."""
        return parse_options_header(self.content_type or "")[0].lower()

    @property
    def mimetype_params(self) -> dict[str, str]:
        """The parameters of the media type: `{'charset': 'utf-8'}`."""
        return parse_options_header(self.content_type or "")[1]

    def save(self, dst: Target, buffer_size: int = 16384) -> None:
        """Write what is left of the stream to a path or to an open file.

        A path is opened as given: the client's `filename` is never joined to it, and a
        folder raises IsADirectoryError. A file that is passed in stays open.

        :param buffer_size: bytes copied at once.
        """
        from shutil import copyfileobj

        if isinstance(dst, (str, os.PathLike)):
            with open(dst, "wb") as target:
                copyfileobj(self.stream, target, buffer_size)
        else:
            copyfileobj(self.stream, dst, buffer_size)

    def close(self) -> None:
        """Close the stream, if it can be closed; what a temporary file holds cannot be reached any more."""
        close = getattr(self.stream, "close", None)
        if close is not None:
            close()

    def __bool__(self) -> bool:
        return bool(self.filename)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.stream)

    def __getattr__(self, name: str) -> Any:
        if name == "stream" or name[:2] == "__":  # not set yet, or asked for by copy and pickle
            raise AttributeError(name)
        try:
            return getattr(self.stream, name)
        except AttributeError:
            # SpooledTemporaryFile learned readable, writable and seekable in 3.11 only.
            inner = getattr(self.stream, "_file", None)
            if inner is None:
                raise
            return getattr(inner, name)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.filename!r} ({self.content_type!r})>"


class FileMultiDict(MultiDict["str", "FileStorage"]):
    """A MultiDict of uploads, with a method to add one from a path or a stream."""

    def add_file(
        self, name: str, file: Target | FileStorage, filename: str | None = None, content_type: str | None = None
    ) -> None:
        """Add a file to the field `name`; the type is guessed from the file's name if not given.

        :param file: a path, which is opened here and closed with the upload; an open
            binary stream; or a `FileStorage`, which is taken as it is.
        """
        if isinstance(file, FileStorage):
            self.add(name, file)
            return
        if isinstance(file, (str, os.PathLike)):
            filename = os.fspath(file) if filename is None else filename
            file = open(file, "rb")
        stream: Any = file
        if content_type is None and filename:
            content_type = guess_type(filename)[0] or "application/octet-stream"
        self.add(name, FileStorage(stream, filename, name, content_type))


def _empty_stream() -> IO[bytes]:
    from io import BytesIO

    return BytesIO()


def _name_of_stream(stream: Any) -> str | None:
    """Return the name of a real file; a descriptor's number or '<stdin>' is none."""
    name = getattr(stream, "name", None)
    if isinstance(name, bytes):
        name = os.fsdecode(name)
    if not isinstance(name, str) or (name[:1] == "<" and name[-1:] == ">"):
        return None
    return name
