"""Match URLs to endpoints, and build URLs for them.

``rules`` reads and holds a rule, ``tree`` finds the one for a path, ``maps``
keeps them all, ``adapter`` ties them to a request, ``factories`` makes many at
once. Strings go in; a rule with its values, or an exception that is a
response, comes out.
"""

from __future__ import annotations

from ..converters import (AnyConverter, BaseConverter, FloatConverter, IntegerConverter, NumberConverter,
                          PathConverter, UnicodeConverter, UUIDConverter, ValidationError)
from .adapter import MapAdapter, error_of
from .errors import BuildError, RequestRedirect, RoutingException, WebsocketMismatch
from .maps import Map
from .rules import Rule, RuleFactory, parse_converter_args
from .tree import Miss

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .factories import EndpointPrefix, RuleTemplate, RuleTemplateFactory, Subdomain, Submount

__all__ = [
    "AnyConverter", "BaseConverter", "BuildError", "EndpointPrefix", "FloatConverter", "IntegerConverter", "Map",
    "MapAdapter", "Miss", "NumberConverter", "PathConverter", "RequestRedirect", "RoutingException", "Rule",
    "RuleFactory", "RuleTemplate", "RuleTemplateFactory", "Subdomain", "Submount", "UUIDConverter",
    "UnicodeConverter", "ValidationError", "WebsocketMismatch", "error_of", "parse_converter_args",
]

_FACTORIES = ("EndpointPrefix", "RuleTemplate", "RuleTemplateFactory", "Subdomain", "Submount")


def __getattr__(name: str) -> object:
    """Load the factories when one is asked for: few applications have any."""
    if name in _FACTORIES:
        from . import factories

        return getattr(factories, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
