"""What all nodes of the tree have in common: fields, children, searching, changing.

The classes of the language itself are in ``nodes``, which also offers everything from here. The
evaluation context is here because a node needs one to say what constant it stands for.
"""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from typing import Any, ClassVar, TypeVar

    NodeType = TypeVar("NodeType", bound="Node")


class Impossible(Exception):
    """Raised by ``as_const`` of a node that is no constant."""


class EvalContext:
    """What decides how output is written while compiling: is it escaped, and can that change later?

    :param template_name: passed to ``environment.autoescape`` where that is a function.
    """

    def __init__(self, environment: Any, template_name: str | None = None) -> None:
        self.environment = environment
        autoescape = environment.autoescape
        self.autoescape: Any = autoescape(template_name) if callable(autoescape) else autoescape
        self.volatile = False  # True where autoescape depends on a value of the rendering

    def save(self) -> dict[str, Any]:
        """Return the present state for ``revert``."""
        return self.__dict__.copy()

    def revert(self, old: dict[str, Any]) -> None:
        """Go back to a state that ``save`` returned."""
        self.__dict__.clear()
        self.__dict__.update(old)


def get_eval_context(node: Node, eval_ctx: EvalContext | None) -> EvalContext:
    """Return the given context, or a fresh one for the environment the node belongs to."""
    if eval_ctx is not None:
        return eval_ctx
    if node.environment is None:
        raise RuntimeError(f"{type(node).__name__} belongs to no environment yet: pass an EvalContext, "
                           "or call set_environment() first")
    return EvalContext(node.environment)


class Node:
    """Base of all nodes.

    >>> pair = Pair(Const("a"), Name("b", "load"), lineno=3)
    >>> pair.key.value, pair.lineno, [name.name for name in pair.find_all(Name)]
    ('a', 3, ['b'])
    """

    fields: ClassVar[tuple[str, ...]] = ()
    attributes: ClassVar[tuple[str, ...]] = ("lineno", "environment")
    abstract = True
    lineno: int
    environment: Any

    if TYPE_CHECKING:  # the fields differ from class to class
        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...

    def __init_subclass__(cls) -> None:
        cls.fields = cls.__base__.fields + cls.__dict__.get("fields", ())  # type: ignore[union-attr]
        cls.abstract = bool(cls.__dict__.get("abstract", False))

    def __init__(self, *fields: Any, **attributes: Any) -> None:
        if self.abstract:
            raise TypeError(f"{type(self).__name__} stands for a kind of nodes; make one of a class below it")
        names = self.fields
        if fields and len(fields) != len(names):
            raise TypeError(f"{type(self).__name__} takes none or all of its {len(names)} fields by position"
                            f" ({', '.join(names)}), not {len(fields)}")
        self.lineno = attributes.pop("lineno", None)
        self.environment = attributes.pop("environment", None)
        self.__dict__.update(zip(names, fields))
        for name, value in attributes.items():
            if name not in names:
                raise TypeError(f"{type(self).__name__} has no field or attribute {name!r}")
            setattr(self, name, value)

    def iter_fields(self, exclude: Container[str] | None = None,
                    only: Container[str] | None = None) -> Iterator[tuple[str, Any]]:
        """Yield (name, value) for each field that is set, or only for those asked for."""
        values = self.__dict__
        for name in self.fields:
            if name in values and (name in only if only is not None else exclude is None or name not in exclude):
                yield name, values[name]

    def iter_child_nodes(self, exclude: Container[str] | None = None,
                         only: Container[str] | None = None) -> Iterator[Node]:
        """Yield the nodes right below this one, also those in lists, in the order of the fields."""
        for _, value in self.iter_fields(exclude, only):
            if isinstance(value, list):
                for item in value:
                    if isinstance(item, Node):
                        yield item
            elif isinstance(value, Node):
                yield value

    def find(self, node_type: type[NodeType] | tuple[type[NodeType], ...]) -> NodeType | None:
        """Return the first node of a type below this one, or None."""
        return next(self.find_all(node_type), None)

    def find_all(self, node_type: type[NodeType] | tuple[type[NodeType], ...]) -> Iterator[NodeType]:
        """Yield all nodes of a type (or one of several) below this one, in the order of the source."""
        waiting = self._children()
        while waiting:
            node = waiting.pop()
            if isinstance(node, node_type):
                yield node  # type: ignore[misc]  # mypy widens the tuple of types
            waiting += node._children()

    def _children(self) -> list[Node]:
        """Return the child nodes, the last one first."""
        children: list[Node] = []
        values = self.__dict__
        for name in self.fields:
            value = values.get(name)
            if isinstance(value, Node):
                children.append(value)
            elif isinstance(value, list):
                children += [item for item in value if isinstance(item, Node)]
        children.reverse()
        return children

    def _everything(self) -> Iterator[Node]:
        yield self
        yield from self.find_all(Node)

    def set_ctx(self, ctx: str) -> Node:
        """Set the ``ctx`` ('load', 'store' or 'param') of this node and all below that have one; return self."""
        for node in self._everything():
            if "ctx" in node.fields:
                node.ctx = ctx
        return self

    def set_lineno(self: NodeType, lineno: int, override: bool = False) -> NodeType:
        """Set the line of this node and all below that have none, or with ``override`` all; return self."""
        for node in self._everything():
            if override or node.lineno is None:
                node.lineno = lineno
        return self

    def set_environment(self, environment: Any) -> Node:
        """Attach the environment to this node and all below; return self."""
        for node in self._everything():
            node.environment = environment
        return self

    def __eq__(self, other: object) -> bool:
        is_same_kind = isinstance(other, Node) and type(self) is type(other)
        return is_same_kind and list(self.iter_fields()) == list(other.iter_fields())  # type: ignore[attr-defined]

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.iter_fields())})"

    def dump(self) -> str:
        """Return the tree as Python source that would build it; for a look at it while debugging."""
        def show(value: Any) -> str:
            if isinstance(value, list):
                return f"[{', '.join(map(show, value))}]"
            return value.dump() if isinstance(value, Node) else repr(value)

        return f"nodes.{type(self).__name__}({', '.join(show(value) for _, value in self.iter_fields())})"
