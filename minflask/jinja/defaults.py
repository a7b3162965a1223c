"""What an environment starts with when nobody says otherwise."""
from __future__ import annotations

from .text import generate_lorem_ipsum
from .utils import Cycler, Joiner, Namespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BLOCK_START_STRING, BLOCK_END_STRING = "{%", "%}"
VARIABLE_START_STRING, VARIABLE_END_STRING = "{{", "}}"
COMMENT_START_STRING, COMMENT_END_STRING = "{#", "#}"
LINE_STATEMENT_PREFIX: str | None = None
LINE_COMMENT_PREFIX: str | None = None
TRIM_BLOCKS = LSTRIP_BLOCKS = KEEP_TRAILING_NEWLINE = False
NEWLINE_SEQUENCE = "\n"

DEFAULT_NAMESPACE: dict[str, Any] = {
    "range": range,
    "dict": dict,
    "lipsum": generate_lorem_ipsum,
    "cycler": Cycler,
    "joiner": Joiner,
    "namespace": Namespace,
}

DEFAULT_POLICIES: dict[str, Any] = {
    "compiler.ascii_str": True,
    "urlize.rel": "noopener",
    "urlize.target": None,
    "urlize.extra_schemes": None,
    "truncate.leeway": 5,
    "json.dumps_function": None,
    "json.dumps_kwargs": {"sort_keys": True},
    "ext.i18n.trimmed": False,
}
