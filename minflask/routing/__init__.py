"""Match URLs to endpoints, and build URLs for them.

``grammar`` reads a rule, ``rules`` holds one, ``tree`` finds the one for a
path, ``maps`` keeps them all, ``adapter`` ties them to a request. Strings go
in; a rule with its values, or an exception that is a response, comes out.
"""

from __future__ import annotations

from ..converters import (AnyConverter, BaseConverter, FloatConverter, IntegerConverter, NumberConverter,
                          PathConverter, UnicodeConverter, UUIDConverter, ValidationError)
from .adapter import MapAdapter
from .errors import BuildError, RequestRedirect, RoutingException, WebsocketMismatch
from .factories import EndpointPrefix, RuleTemplate, RuleTemplateFactory, Subdomain, Submount
from .grammar import parse_converter_args
from .maps import Map
from .rules import Rule, RuleFactory
from .tree import Miss

__all__ = [
    "AnyConverter", "BaseConverter", "BuildError", "EndpointPrefix", "FloatConverter", "IntegerConverter", "Map",
    "MapAdapter", "Miss", "NumberConverter", "PathConverter", "RequestRedirect", "RoutingException", "Rule",
    "RuleFactory", "RuleTemplate", "RuleTemplateFactory", "Subdomain", "Submount", "UUIDConverter",
    "UnicodeConverter", "ValidationError", "WebsocketMismatch", "parse_converter_args",
]
