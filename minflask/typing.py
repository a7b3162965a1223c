"""Names for the types that applications pass in and out, for type checkers and readers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

if TYPE_CHECKING:
    from .http.headers import Headers
    from .http.response import Response

#: What a view may return as the body.
ResponseValue = Union["Response", str, bytes, "list[Any]", Mapping[str, Any], Iterator[str], Iterator[bytes],
                      AsyncIterator[str], Callable[..., Iterable[bytes]]]
HeaderValue = Union[str, "list[str]", "tuple[str, ...]"]
#: Headers as a view may return them.
HeadersValue = Union["Headers", Mapping[str, HeaderValue], Sequence["tuple[str, HeaderValue]"]]
StatusCode = int
#: What a view may return.
ResponseReturnValue = Union[ResponseValue, "tuple[ResponseValue, HeadersValue]", "tuple[ResponseValue, StatusCode]",
                            "tuple[ResponseValue, StatusCode, HeadersValue]", Callable[..., Iterable[bytes]]]
ResponseClass = "type[Response]"

AppOrBlueprintKey = Union[str, None]
AfterRequestCallable = Union[Callable[[Any], Any], Callable[[Any], Awaitable[Any]]]
BeforeFirstRequestCallable = Union[Callable[[], None], Callable[[], Awaitable[None]]]
BeforeRequestCallable = Union[Callable[[], Union[ResponseReturnValue, None]],
                              Callable[[], Awaitable[Union[ResponseReturnValue, None]]]]
ShellContextProcessorCallable = Callable[[], "dict[str, Any]"]
TeardownCallable = Union[Callable[[Union[BaseException, None]], None],
                         Callable[[Union[BaseException, None]], Awaitable[None]]]
TemplateContextProcessorCallable = Union[Callable[[], "dict[str, Any]"], Callable[[], Awaitable["dict[str, Any]"]]]
TemplateFilterCallable = TemplateGlobalCallable = Callable[..., Any]
TemplateTestCallable = Callable[..., bool]
URLDefaultCallable = Callable[[str, "dict[str, Any]"], None]
URLValuePreprocessorCallable = Callable[[Union[str, None], Union["dict[str, Any]", None]], None]
ErrorHandlerCallable = Union[Callable[[Any], ResponseReturnValue], Callable[[Any], Awaitable[ResponseReturnValue]]]
RouteCallable = Union[Callable[..., ResponseReturnValue], Callable[..., Awaitable[ResponseReturnValue]]]
