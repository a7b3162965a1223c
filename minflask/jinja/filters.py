"""The filters of the language by name.

The functions live in ``filters_text`` (one value) and ``filters_sequence`` (many); an environment
copies the table ``FILTERS``, and an application adds to its copy.
"""
from __future__ import annotations

from ..markup import escape, soft_str
from .filters_sequence import (  # noqa: F401
    GroupTuple, do_attr, do_batch, do_dictsort, do_first, do_groupby, do_items, do_join, do_last, do_list, do_map,
    do_max, do_min, do_random, do_reject, do_rejectattr, do_reverse, do_select, do_selectattr, do_slice, do_sort,
    do_sum, do_unique, ignore_case, make_attrgetter, make_multi_attrgetter,
)
from .filters_text import (
    do_capitalize, do_center, do_default, do_filesizeformat, do_float, do_forceescape, do_format, do_indent, do_int,
    do_lower, do_mark_safe, do_pprint, do_replace, do_round, do_striptags, do_title, do_tojson, do_trim,
    do_truncate, do_upper, do_urlencode, do_urlize, do_wordcount, do_wordwrap, do_xmlattr,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_GroupTuple = GroupTuple  # the name under which it is unpickled and imported elsewhere

FILTERS: dict[str, Callable[..., Any]] = {
    "abs": abs, "attr": do_attr, "batch": do_batch, "capitalize": do_capitalize, "center": do_center, "count": len,
    "d": do_default, "default": do_default, "dictsort": do_dictsort, "e": escape, "escape": escape,
    "filesizeformat": do_filesizeformat, "first": do_first, "float": do_float, "forceescape": do_forceescape,
    "format": do_format, "groupby": do_groupby, "indent": do_indent, "int": do_int, "items": do_items,
    "join": do_join, "last": do_last, "length": len, "list": do_list, "lower": do_lower, "map": do_map,
    "max": do_max, "min": do_min, "pprint": do_pprint, "random": do_random, "reject": do_reject,
    "rejectattr": do_rejectattr, "replace": do_replace, "reverse": do_reverse, "round": do_round,
    "safe": do_mark_safe, "select": do_select, "selectattr": do_selectattr, "slice": do_slice, "sort": do_sort,
    "string": soft_str, "striptags": do_striptags, "sum": do_sum, "title": do_title, "tojson": do_tojson,
    "trim": do_trim, "truncate": do_truncate, "unique": do_unique, "upper": do_upper, "urlencode": do_urlencode,
    "urlize": do_urlize, "wordcount": do_wordcount, "wordwrap": do_wordwrap, "xmlattr": do_xmlattr,
}
