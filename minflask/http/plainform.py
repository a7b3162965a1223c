"""The commonest form, as a browser sends it: read in one go, without a parser object.

It is urlencoded, and no two of its fields have one name. Then it can be held as a plain dict,
so that it costs half as much to make it, and to look into it. All other forms, and whoever has
a way of their own with forms, get what forms.py gives.
"""

from __future__ import annotations

from .exceptions import BadRequestKeyError
from .forms import MAX_FIELDS, FormDataParser, check_number, read_up_to
from .structures import ImmutableMultiDict, MultiDict, TypeConversionDict, _dict
from .urls import parse_by_turns, parse_query
from .utils import _missing
from .wsgi import body_stream, get_content_length, read_body

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, NoReturn

    from .request import Request

_new, _fill = _dict.__new__, _dict.__init__


def read_form(request: Request) -> Any:
    """Return the form of a request with an urlencoded body; None, and nothing is read, if it is to be read otherwise.

    :raises RequestEntityTooLarge: if the body passes one of the limits.
    """
    if (request.form_data_parser_class is not FormDataParser
            or request.parameter_storage_class is not ImmutableMultiDict):
        return None
    environ, own = request.environ, request.__dict__
    text = environ.get("CONTENT_LENGTH", "")
    max_length, max_memory = request._limits()
    if (max_length is None and max_memory is not None and text.isdecimal() and text.isascii()
            and len(text) < 20 and int(text) <= max_memory and environ.get("wsgi.input_terminated")
            and "HTTP_TRANSFER_ENCODING" not in environ):
        stream = own["stream"] = environ["wsgi.input"]  # to which the other way would come
        data = read_body(stream)
    else:
        length = get_content_length(environ)
        stream = own["stream"] = body_stream(environ, length, max_length)
        data = read_up_to(stream, length, max_memory)
    if len(data) >= MAX_FIELDS:
        check_number(data, request.max_form_parts)
    parts = parse_by_turns(data)
    if parts is not None:
        turns = iter(parts)
        form = _new(DistinctFields)
        _fill(form, zip(turns, turns))
        if 2 * len(form) == len(parts):
            return form
    try:
        return ImmutableMultiDict(parse_query(data.decode()))
    except ValueError:
        return ImmutableMultiDict()


class DistinctFields(ImmutableMultiDict["str", "str"]):
    """An `ImmutableMultiDict` that has one value for each key: it holds that, where the others hold lists."""

    __getitem__ = _dict.__getitem__
    __iter__ = _dict.__iter__

    def __missing__(self, key: str) -> NoReturn:
        raise BadRequestKeyError(key)

    def get(self, key: str, default: Any = None, type: Callable[[str], Any] | None = None) -> Any:
        """Return the value of a key, as a type if one is given; else the default."""
        return _dict.get(self, key, default) if type is None else TypeConversionDict.get(self, key, default, type)

    def getlist(self, key: str, type: Callable[[str], Any] | None = None) -> list[Any]:
        """Return the value of a key in a list, which is empty without it, or if the type refuses the value."""
        value = self.get(key, _missing, type)
        return [] if value is _missing else [value]

    def items(self, multi: bool = False) -> Any:
        """Yield each key with its value."""
        return iter(_dict.items(self))

    def lists(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each key with a list of its value."""
        for key, value in _dict.items(self):
            yield key, [value]

    def __eq__(self, other: object) -> bool:
        return dict(self.lists()) == (dict(other.lists()) if isinstance(other, MultiDict) else other)

    def __ne__(self, other: object) -> bool:  # a dict has its own
        return not self == other

    __hash__ = ImmutableMultiDict.__hash__  # type: ignore[assignment]

    # What is made of it may be anything, and so is of the class that it stands for.

    def deepcopy(self, memo: Any = None) -> Any:
        """Return another."""
        return ImmutableMultiDict(list(self.items()))

    __deepcopy__ = deepcopy

    def __reduce_ex__(self, protocol: Any) -> Any:
        return ImmutableMultiDict, (list(self.items()),)


DistinctFields.__name__ = ImmutableMultiDict.__name__  # in messages it is what it stands for
