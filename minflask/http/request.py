"""The request: its head, and its body as a stream, bytes, text, JSON, form and files.

A request costs next to nothing until something is asked of it, and its body
is not touched before. What its head says is read in request_head.py; how a
form is parsed is decided in forms.py. Applications and routes are unknown.
"""

from __future__ import annotations

from .exceptions import BadRequest, HTTPException, UnsupportedMediaType
from .request_head import RequestHead
from .structures import CombinedMultiDict, MultiDict, iter_multi_items
from .utils import deferred, environ_property, json_module, lazy
from .wsgi import get_input_stream, read_body

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import IO, Any, TypeVar

    from .forms import FormDataParser
    from .structures import ImmutableMultiDict
    from .uploads import FileStorage

    Self = TypeVar("Self", bound="Request")


def _form_data_parser_class() -> type[FormDataParser]:
    from .forms import FormDataParser

    return FormDataParser


class Request(RequestHead):
    """What a client has sent, as attributes that are worked out when they are asked for.

    :param environ: the WSGI environ, which the request keeps and never changes, but for:
    :param populate_request: put the request into the environ, as `werkzeug.request`,
        where a middleware or a debugger can find it.
    :param shallow: refuse to read the body, for a middleware that must leave it
        to the application.

    >>> request = Request({"PATH_INFO": "/search", "QUERY_STRING": "q=π&page=2"})
    >>> request.path, request.args["page"]
    ('/search', '2')
    """

    #: How many bytes a body may have; None for any number. Can be set for one request.
    max_content_length: int | None = None
    #: How many bytes the fields of a form that are no files may have; None for any number.
    max_form_memory_size: int | None = 500_000
    #: How many fields and files a form may have; None for any number.
    max_form_parts: int | None = 1000
    #: The class that parses forms.
    form_data_parser_class: Any = deferred(_form_data_parser_class)
    #: What has the `loads` that JSON is read with.
    json_module: Any = deferred(json_module)
    #: Set it to make `data` an error, where a body must not be read into memory unawares.
    disable_data_descriptor = False
    #: Whether reading the body is refused.
    shallow = False

    _cached_data: bytes | None = None
    # Whether what a parser is called with is not overridden; worked out once for each class.
    _parses_plainly = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._parses_plainly = all(getattr(cls, name) is getattr(Request, name) for name in (
            "mimetype", "mimetype_params", "content_length", "stream", "shallow", "want_form_data_parsed",
            "_load_form_data"))

    def __init__(self, environ: dict[str, Any], populate_request: bool = True, shallow: bool = False) -> None:
        self.environ = environ
        if shallow:
            self.shallow = True
        elif populate_request:
            environ["werkzeug.request"] = self

    def __repr__(self) -> str:
        try:
            url = repr(self.url)
        except Exception as error:  # of a host that is not trusted, for one
            url = f"with a bad URL: {error}"
        return f"<{type(self).__name__} {url} [{self.method}]>"

    @classmethod
    def from_values(cls: type[Self], *args: Any, **kwargs: Any) -> Self:
        """Make a request out of nothing, for tests and tools.

        :param args: the arguments of :class:`~.builder.EnvironBuilder`.

        >>> Request.from_values("/hello", query_string={"name": "π"}).url
        'http://localhost/hello?name=π'
        """
        from .builder import EnvironBuilder

        builder = EnvironBuilder(*args, **kwargs)
        try:
            request: Self = builder.get_request(cls)  # type: ignore[assignment]
            return request
        finally:
            builder.close()

    @classmethod
    def application(cls, f: Callable[..., Any]) -> Callable[..., Iterable[bytes]]:
        """Make a WSGI application of a function that takes a request and returns a response.

        HTTP exceptions become responses, and the request is closed in the end.
        A method of a class will do, too: the request is the last argument.

        >>> from .response import Response
        >>> @Request.application
        ... def hello(request):
        ...     return Response("Hello")
        """
        def application(*args: Any) -> Iterable[bytes]:
            environ, start_response = args[-2:]
            with cls(environ) as request:
                try:
                    response = f(*args[:-2], request)
                except HTTPException as error:
                    response = error.get_response(environ)
                answer: Iterable[bytes] = response(environ, start_response)
                return answer

        from functools import update_wrapper

        return update_wrapper(application, f)

    # -- the body ------------------------------------------------------------------------

    input_stream: environ_property[IO[bytes]] = environ_property(
        "wsgi.input", doc="The stream of the server. It may not end where the body does: use `stream`.")

    @lazy
    def stream(self) -> IO[bytes]:
        """The body as a stream, which ends where the body ends. It can be read once.

        :raises RequestEntityTooLarge: if the body is longer than `max_content_length`;
            of a body whose length is not known, when that much has been read.
        """
        if self.shallow:
            raise RuntimeError("The body of this request is not to be read: it was made with shallow=True.")
        stream: IO[bytes] = get_input_stream(self.environ, max_content_length=self.max_content_length)
        return stream

    @lazy
    def data(self) -> bytes:
        """The body as bytes; empty if it is a form, which is parsed instead."""
        if self.disable_data_descriptor:
            raise AttributeError("This class of request has no data: disable_data_descriptor is set.")
        data: bytes = self.get_data(parse_form_data=True)
        return data

    def get_data(self, cache: bool = True, as_text: bool = False, parse_form_data: bool = False) -> Any:
        """Read the whole body.

        Check `content_length`, or set `max_content_length`, before: a client may send anything.

        :param cache: keep the bytes, so that the form or JSON can still be read, or this be called again.
        :param as_text: return text instead of bytes.
        :param parse_form_data: if it is a form, parse that first; it leaves nothing to return.
        """
        data = self._cached_data
        if data is None:
            if parse_form_data:
                self._load_form_data()
            data = read_body(self.stream)
            if cache:
                self._cached_data = data
        return data.decode("utf-8", self.encoding_errors) if as_text else data

    # -- forms ---------------------------------------------------------------------------

    @property
    def want_form_data_parsed(self) -> bool:
        """Whether there is a body that might be a form: it has a content type. May be overridden."""
        return bool(self.environ.get("CONTENT_TYPE"))

    def make_form_data_parser(self) -> FormDataParser:
        """Make the parser for the form, with the limits of this request. May be overridden."""
        parser: FormDataParser = self.form_data_parser_class(
            self._get_file_stream, self.max_form_memory_size, self.max_content_length, self.parameter_storage_class,
            max_form_parts=self.max_form_parts)
        return parser

    def _get_file_stream(
        self, total_content_length: int | None, content_type: str | None,
        filename: str | None = None, content_length: int | None = None,
    ) -> IO[bytes]:
        """Open what an upload is written to. May be overridden; a temporary file if it is large."""
        from .forms import default_stream_factory

        return default_stream_factory(total_content_length, content_type, filename, content_length)

    def _load_form_data(self) -> None:
        """Parse the form, once, and keep its fields, its files and what is left of the stream."""
        own = self.__dict__
        if "form" in own:
            return
        if self.want_form_data_parsed:
            kept = self._cached_data
            parsed = self.make_form_data_parser().parse(
                self.stream if kept is None else _reader(kept),
                self.mimetype, self.content_length, self.mimetype_params)
        else:
            parsed = self.stream, self.parameter_storage_class(), self.parameter_storage_class()
        own["stream"], own["form"], own["files"] = parsed
        self._check_files()

    def _limits(self) -> tuple[int | None, int | None]:
        """Return how many bytes a body, and the fields of a form, may have; for a request without limits of its own."""
        return self.max_content_length, self.max_form_memory_size

    def _check_files(self) -> None:
        """Look at the files of a form that has just been parsed. May be overridden."""

    @lazy
    def form(self) -> ImmutableMultiDict[str, str]:
        """The fields of the form, without the files; empty if the body is none."""
        own = self.__dict__
        # What browsers send is read in a third of the time, unless something stands in the way.
        if (self.environ.get("CONTENT_TYPE") == "application/x-www-form-urlencoded" and self._parses_plainly
                and type(self).make_form_data_parser is _make_form_data_parser and _OWN_WAYS.isdisjoint(own)):
            form: ImmutableMultiDict[str, str] | None = _read_form(self)
            if form is not None:
                return form
        self._load_form_data()
        return own["form"]  # type: ignore[no-any-return]

    @lazy
    def files(self) -> ImmutableMultiDict[str, FileStorage]:
        """The uploaded files of the form, which needs `enctype="multipart/form-data"`."""
        own = self.__dict__
        if "form" not in own:
            self._load_form_data()
        elif "files" not in own:  # the form was one that has none
            own["files"] = self.parameter_storage_class()
            self._check_files()
        return own["files"]  # type: ignore[no-any-return]

    @lazy
    def values(self) -> CombinedMultiDict[str, str]:
        """The query's fields, then, unless this is a GET, the form's."""
        sources = [self.args] if self.method == "GET" else [self.args, self.form]
        return CombinedMultiDict([
            source if isinstance(source, MultiDict) else MultiDict(source) for source in sources])

    # -- JSON ----------------------------------------------------------------------------

    @property
    def json(self) -> Any:
        """The body as JSON; see :meth:`get_json`, which this calls."""
        return self.get_json()

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """Read the body as JSON.

        :param force: whatever the content type says.
        :param silent: return None if the type or the content is wrong.
        :param cache: keep what was read for the next call.
        :raises UnsupportedMediaType: if the content type is not one of JSON.
        :raises BadRequest: if it is not JSON. Both come from :meth:`on_json_loading_failed`.

        >>> Request.from_values("/", json={"a": [1, 2]}).get_json()
        {'a': [1, 2]}
        """
        kept = self.__dict__.setdefault("_cached_json", {})
        if cache and silent in kept:
            return kept[silent]
        if not (force or self.is_json):
            return None if silent else self.on_json_loading_failed(None)
        data = self.get_data(cache=cache)
        try:
            value = self.json_module.loads(data)
        except RecursionError:
            value = self._json_failed(silent, ValueError("it is nested too deeply"))
        except ValueError as error:
            value = self._json_failed(silent, error)
        else:
            if cache:
                kept[not silent] = value
        if cache:
            kept[silent] = value
        return value

    def _json_failed(self, silent: bool, error: ValueError) -> Any:
        return None if silent else self.on_json_loading_failed(error)

    def on_json_loading_failed(self, e: ValueError | None) -> Any:
        """Decide what :meth:`get_json` gives for a bad body. May be overridden to return a value.

        :param e: the error of parsing; None if the content type is not one of JSON.
        """
        if e is None:
            raise UnsupportedMediaType("JSON is needed here: send it with the Content-Type application/json.")
        raise BadRequest(f"Failed to decode JSON object: {e}")

    # -- the end -------------------------------------------------------------------------

    def close(self) -> None:
        """Close the uploaded files; temporary ones are gone then. A `with` block does it, too."""
        files = self.__dict__.get("files")
        if files:
            for _, file in iter_multi_items(files):
                file.close()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


_make_form_data_parser = Request.make_form_data_parser
# What a request that has been read, or that was given a body or a parser of its own, has among its attributes.
_OWN_WAYS = frozenset(("stream", "shallow", "_cached_data", "make_form_data_parser",
                       "_max_content_length", "_max_form_memory_size"))


def _read_form(request: Request) -> Any:
    global _read_form
    from .plainform import read_form as _read_form

    return _read_form(request)


def _reader(data: bytes) -> Any:
    from io import BytesIO

    return BytesIO(data)
