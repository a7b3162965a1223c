"""`JSONEncoder` and `JSONDecoder`, as applications of the Flask 1.x time subclass them.

A subclass is set as `app.json_encoder`, or on a blueprint. New code sets
`app.json.default`, or makes a provider.
"""

from __future__ import annotations

import json

from .provider import default_types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class JSONEncoder(json.JSONEncoder):
    """The standard encoder, which knows dates, UUIDs, decimals, dataclasses and `__html__`, too."""

    def default(self, o: Any) -> Any:
        """Return the JSON form of an object that JSON does not have. Override it, and call it for the rest.

        :raises TypeError: for an unknown type.
        """
        return default_types(o)


class JSONDecoder(json.JSONDecoder):
    """The standard decoder, to be subclassed."""
