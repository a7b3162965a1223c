"""The filters that look at many values: order, choose, group, join and add them up.

They reach into items by a dotted path, through the environment, so that a sandbox has its say.
``takes_async_iterable`` and ``takes_async_items`` let a filter take asynchronous iterables as well.
"""
from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping
from itertools import chain, groupby, islice

from ..markup import escape, soft_str
from .async_utils import auto_aiter, takes_async_items, takes_async_iterable, with_async_twin
from .errors import FilterArgumentError
from .undefined import Undefined
from .utils import pass_context, pass_environment, pass_eval_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Iterable, Iterator, Sequence
    from typing import Any

    Attribute = str | int | None
    Step = Callable[[Any], Any]


def ignore_case(value: Any) -> Any:
    """Return a text in lower case and any other value as it is; a sort key."""
    return value.lower() if isinstance(value, str) else value


def make_attrgetter(
    environment: Any, attribute: Attribute, postprocess: Step | None = None, default: Any = None
) -> Step:
    """Make a function that follows a dotted path into an item, such as ``"author.name"`` or ``"0.id"``.

    :param attribute: the path; a number is one index; None is the item itself.
    :param postprocess: applied to what was found.
    :param default: stands in for what is undefined on the way.
    """
    parts = _path(attribute)
    getitem = environment.getitem

    def attrgetter(item: Any) -> Any:
        for part in parts:
            item = getitem(item, part)
            if default is not None and isinstance(item, Undefined):
                item = default
        return item if postprocess is None else postprocess(item)

    return attrgetter


def make_multi_attrgetter(environment: Any, attribute: Attribute, postprocess: Step | None = None) -> Step:
    """Make a function that follows several paths, separated by commas, and returns a list."""
    paths: list[Attribute] = [*attribute.split(",")] if isinstance(attribute, str) else [attribute]
    getters = [make_attrgetter(environment, path, postprocess) for path in paths]
    return lambda item: [getter(item) for getter in getters]


def _path(attribute: Attribute) -> list[str | int]:
    if attribute is None:
        return []
    if isinstance(attribute, str):
        return [int(part) if part.isdecimal() else part for part in attribute.split(".")]
    return [attribute]


def _folding(case_sensitive: bool) -> Step | None:
    return None if case_sensitive else ignore_case


def do_items(value: Mapping[Any, Any] | Undefined) -> Iterator[tuple[Any, Any]]:
    """Give the (key, value) pairs of a mapping, and none of an undefined value."""
    if isinstance(value, Undefined):
        return
    if not isinstance(value, Mapping):
        raise TypeError(f"items gives the pairs of a mapping, and {type(value).__name__} is none")
    yield from value.items()


def do_dictsort(
    value: Mapping[Any, Any], case_sensitive: bool = False, by: str = "key", reverse: bool = False
) -> list[tuple[Any, Any]]:
    """Return the pairs of a mapping in order of their keys, or with ``by="value"`` of their values."""
    if by not in ("key", "value"):
        raise FilterArgumentError(f"dictsort sorts by 'key' or by 'value', not by {by!r}")
    position = ("key", "value").index(by)

    def sort_key(pair: tuple[Any, Any]) -> Any:
        return pair[position] if case_sensitive else ignore_case(pair[position])

    return sorted(value.items(), key=sort_key, reverse=reverse)


@pass_environment
def do_sort(
    environment: Any,
    value: Iterable[Any],
    reverse: bool = False,
    case_sensitive: bool = False,
    attribute: Attribute = None,
) -> list[Any]:
    """Sort items, by one attribute or several: ``users|sort(attribute="age,name")``."""
    return sorted(value, key=make_multi_attrgetter(environment, attribute, _folding(case_sensitive)), reverse=reverse)


@takes_async_iterable
@pass_environment
def do_unique(
    environment: Any, value: Iterable[Any], case_sensitive: bool = False, attribute: Attribute = None
) -> Iterator[Any]:
    """Give each item once, in the order of first sight; with ``attribute``, once per value of it."""
    key_of = make_attrgetter(environment, attribute, _folding(case_sensitive))
    seen = set()
    for item in value:
        key = key_of(item)
        if key not in seen:
            seen.add(key)
            yield item


def _extreme(
    environment: Any, value: Iterable[Any], choose: Callable[..., Any], case_sensitive: bool, attribute: Attribute
) -> Any:
    items = iter(value)
    for first in items:
        key = make_attrgetter(environment, attribute, _folding(case_sensitive))
        return choose(chain([first], items), key=key)
    return environment.undefined(f"an empty sequence has no {choose.__name__}")


@pass_environment
def do_min(environment: Any, value: Iterable[Any], case_sensitive: bool = False, attribute: Attribute = None) -> Any:
    """Return the smallest item, or the item whose attribute is smallest."""
    return _extreme(environment, value, min, case_sensitive, attribute)


@pass_environment
def do_max(environment: Any, value: Iterable[Any], case_sensitive: bool = False, attribute: Attribute = None) -> Any:
    """Return the largest item, or the item whose attribute is largest."""
    return _extreme(environment, value, max, case_sensitive, attribute)


@takes_async_iterable
@pass_eval_context
def do_join(eval_ctx: Any, value: Iterable[Any], d: str = "", attribute: Attribute = None) -> str:
    """Join items, or an attribute of each, with a separator between them.

    With autoescaping, one item that is safe HTML makes the result safe, and the others are escaped.
    """
    if attribute is not None:
        value = map(make_attrgetter(eval_ctx.environment, attribute), value)
    if not eval_ctx.autoescape:
        return str(d).join(map(str, value))
    items = list(value)
    if not hasattr(d, "__html__"):
        if not any(hasattr(item, "__html__") for item in items):
            return str(d).join(map(str, items))
        d = escape(d)
    return d.join(map(soft_str, items))


async def _first_async(environment: Any, seq: AsyncIterable[Any] | Iterable[Any]) -> Any:
    async for item in auto_aiter(seq):
        return item
    return environment.undefined("an empty sequence has no first item")


@with_async_twin(_first_async)
@pass_environment
def do_first(environment: Any, seq: Iterable[Any]) -> Any:
    """Return the first item."""
    for item in seq:
        return item
    return environment.undefined("an empty sequence has no first item")


@pass_environment
def do_last(environment: Any, seq: Sequence[Any]) -> Any:
    """Return the last item of what can be walked backwards; use ``list`` first for a generator."""
    for item in reversed(seq):
        return item
    return environment.undefined("an empty sequence has no last item")


@pass_context
def do_random(context: Any, seq: Sequence[Any]) -> Any:
    """Return any one item; the choice is made at each rendering."""
    from random import choice

    try:
        return choice(seq)
    except IndexError:
        return context.environment.undefined("an empty sequence has no random item")


@takes_async_iterable
def do_list(value: Iterable[Any]) -> list[Any]:
    """Collect the items in a list; a text gives its characters."""
    return list(value)


def do_reverse(value: Any) -> Any:
    """Return a text backwards, or an iterator that walks anything else from its end."""
    if isinstance(value, str):
        return value[::-1]
    try:
        return reversed(value)
    except TypeError:
        pass
    try:
        return list(value)[::-1]
    except TypeError:
        raise FilterArgumentError(f"reverse needs something to iterate over, not {type(value).__name__}") from None


@takes_async_iterable
def do_slice(value: Iterable[Any], slices: int, fill_with: Any = None) -> Iterator[list[Any]]:
    """Deal the items into so many columns, as even as can be.

    :param fill_with: what to add to the shorter columns.
    """
    items = list(value)
    each, longer = divmod(len(items), slices)
    source = iter(items)
    for column in range(slices):
        is_short = column >= longer
        part = list(islice(source, each if is_short else each + 1))
        if fill_with is not None and is_short:
            part.append(fill_with)
        yield part


def do_batch(value: Iterable[Any], linecount: int, fill_with: Any = None) -> Iterator[list[Any]]:
    """Cut the items into rows of a length.

    :param fill_with: what to fill a short last row with.
    """
    row: list[Any] = []
    for item in value:
        if len(row) == linecount:
            yield row
            row = []
        row.append(item)
    if row:
        if fill_with is not None and len(row) < linecount:
            row += [fill_with] * (linecount - len(row))
        yield row


class GroupTuple(namedtuple("GroupTuple", "grouper list")):
    """One group: what its items have in common, and the list of them."""

    __slots__ = ()

    def __repr__(self) -> str:
        return tuple.__repr__(self)


@takes_async_iterable
@pass_environment
def do_groupby(
    environment: Any, value: Iterable[Any], attribute: str | int, default: Any = None, case_sensitive: bool = False
) -> list[GroupTuple]:
    """Group items by an attribute: a list of (what they share, list of items), in order.

    :param default: stands for an attribute that an item does not have.
    """
    key_of = make_attrgetter(environment, attribute, _folding(case_sensitive), default)
    label_of = make_attrgetter(environment, attribute, None, default)
    groups = (list(items) for _, items in groupby(sorted(value, key=key_of), key_of))
    return [GroupTuple(label_of(items[0]), items) for items in groups]


@takes_async_iterable
@pass_environment
def do_sum(environment: Any, iterable: Iterable[Any], attribute: Attribute = None, start: Any = 0) -> Any:
    """Add up the items, or an attribute of each, beginning with ``start``."""
    if attribute is not None:
        iterable = map(make_attrgetter(environment, attribute), iterable)
    return sum(iterable, start)


@pass_environment
def do_attr(environment: Any, obj: Any, name: str) -> Any:
    """Return an attribute, never an item: ``foo|attr("bar")`` is ``foo.bar`` without the look at ``foo["bar"]``."""
    # The environment reads it, because a sandbox may refuse (CVE-2025-27516); this only rules out the
    # items. A descriptor of the class is looked for, not run, so a property runs once.
    in_class = any(name in vars(cls) for cls in type(obj).__mro__)
    if not in_class and not hasattr(obj, name):
        return environment.undefined(obj=obj, name=name)
    return environment.getattr(obj, name)


@takes_async_items
@pass_context
def do_map(context: Any, value: Iterable[Any], *args: Any, **kwargs: Any) -> Iterator[Any]:
    """Apply a filter to each item, or look up an attribute of each.

    ``titles|map("lower")``, ``users|map(attribute="name", default="nobody")``.
    """
    if value:
        step = _map_step(context, args, kwargs)
        for item in value:
            yield step(item)


def _map_step(context: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    if not args and "attribute" in kwargs:
        unknown = kwargs.keys() - {"attribute", "default"}
        if unknown:
            raise FilterArgumentError(f"map by attribute takes only 'attribute' and 'default', not {min(unknown)!r}")
        return make_attrgetter(context.environment, kwargs["attribute"], default=kwargs.get("default"))
    if not args:
        raise FilterArgumentError("map needs the name of a filter, or attribute=…")
    name, rest = args[0], args[1:]
    call_filter = context.environment.call_filter
    return lambda item: call_filter(name, item, rest, kwargs, context=context)


@takes_async_items
@pass_context
def do_select(context: Any, value: Iterable[Any], *args: Any, **kwargs: Any) -> Iterator[Any]:
    """Keep the items that pass a test: ``numbers|select("odd")``; without one, those that are true."""
    yield from _choose(context, value, True, False, args, kwargs)


@takes_async_items
@pass_context
def do_reject(context: Any, value: Iterable[Any], *args: Any, **kwargs: Any) -> Iterator[Any]:
    """Drop the items that pass a test; without one, those that are true."""
    yield from _choose(context, value, False, False, args, kwargs)


@takes_async_items
@pass_context
def do_selectattr(context: Any, value: Iterable[Any], *args: Any, **kwargs: Any) -> Iterator[Any]:
    """Keep the items whose attribute passes a test: ``users|selectattr("email", "none")``."""
    yield from _choose(context, value, True, True, args, kwargs)


@takes_async_items
@pass_context
def do_rejectattr(context: Any, value: Iterable[Any], *args: Any, **kwargs: Any) -> Iterator[Any]:
    """Drop the items whose attribute passes a test; without a test, those where it is true."""
    yield from _choose(context, value, False, True, args, kwargs)


def _choose(
    context: Any, value: Iterable[Any], keep: bool, by_attribute: bool, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Iterator[Any]:
    if not value:
        return
    subject: Step | None = None
    if by_attribute:
        if not args:
            raise FilterArgumentError("selectattr and rejectattr need the name of an attribute first")
        subject, args = make_attrgetter(context.environment, args[0]), args[1:]
    passes = _test_step(context, args, kwargs)
    for item in value:
        if bool(passes(item if subject is None else subject(item))) is keep:
            yield item


def _test_step(context: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    if not args:
        return bool
    name, rest = args[0], args[1:]
    call_test = context.environment.call_test
    return lambda item: call_test(name, item, rest, kwargs, context=context)
