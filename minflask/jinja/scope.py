"""Decide, for every name in a template, which Python variable holds it and what that begins as.

A Scope is opened for each part of a template with names of its own (the template, a block, a macro,
the body of a loop, …) and looks over that part before code is written for it. A name that no scope
sets is looked up in the context once, when the Python function that uses it starts, however deep in
loops the use is. Scopes know nodes; of the code that is written they know only variables.
"""
from __future__ import annotations

from . import nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    Visitor = Callable[["Scope", Any], None]


class Scope:
    """The names of one part of a template.

    ``variables`` maps a name to its Python variable. How a variable begins is in ``lookups`` (asked of
    the context), ``copies`` (the value of a variable further out) or ``blanks`` (not set yet); one in
    none of these is a parameter, which has a value from the start.

    >>> scope = Scope()
    >>> scope.analyze([nodes.Name("user", "load"), nodes.Name("title", "store")])
    >>> scope.lookups, scope.blanks
    ({'l_0_user': 'user'}, ['l_0_title'])
    """

    def __init__(self, parent: Scope | None = None, is_function: bool = True, level: int = 0) -> None:
        self.parent = parent
        self.level: int = level if parent is None else parent.level + 1
        # Where names that are nowhere set are looked up: where the Python function starts.
        self.home: Scope = self if is_function or parent is None else parent.home
        self.variables: dict[str, str] = {}
        self.lookups: dict[str, str] = {}
        self.copies: dict[str, str] = {}
        self.blanks: list[str] = []
        self.parameters: set[str] = set()
        self.stored: set[str] = set()  # names that this part sets, parameters included
        self.assigned: set[str] = set()  # the same without parameters
        self.is_loop = False  # "loop" is the special variable
        self.is_public = False  # what is set here, the context has, too
        self._certain = True

    def owner(self, name: str) -> Scope | None:
        """Return the scope, this one or one further out, that has a variable of that name."""
        scope: Scope | None = self
        while scope is not None and name not in scope.variables:
            scope = scope.parent
        return scope

    def find(self, name: str) -> str | None:
        """Return the variable of a name, here or further out."""
        scope = self.owner(name)
        return None if scope is None else scope.variables[name]

    def is_parameter(self, variable: str) -> bool:
        """Tell whether a variable has a value from the start of its scope."""
        scope: Scope | None = self
        while scope is not None:
            if variable in scope.parameters:
                return True
            scope = scope.parent
        return False

    def _define(self, name: str) -> str:
        variable = self.variables[name] = f"l_{self.level}_{name}"
        return variable

    def parameter(self, name: str, is_shared: bool = True) -> str:
        """Declare a name that has a value from the start, and return its variable.

        :param is_shared: included templates may see it.
        """
        variable = self._define(name)
        self.parameters.add(variable)
        if is_shared:
            self.stored.add(name)
        return variable

    def load(self, name: str) -> str:
        """Note that a name is read, and return its variable."""
        variable = self.find(name)
        if variable is None:
            variable = self.home._define(name)
            self.home.lookups[variable] = name
        return variable

    def store(self, name: str) -> None:
        """Note that a name is set."""
        self.stored.add(name)
        self.assigned.add(name)
        if name in self.variables:
            return
        outer = self.parent.find(name) if self.parent is not None else None
        if outer is None and not self._certain:
            # Where the branch that sets it is not taken, the name means what it means outside.
            outer = self.load(name)
            if self.home is self:
                return
        variable = self._define(name)
        if outer is not None:
            self.copies[variable] = outer
        else:
            self.blanks.append(variable)

    def analyze(self, body: Iterable[nodes.Node]) -> None:
        """Look over a part of the tree, down to where further scopes begin."""
        for node in body:
            VISITORS.get(type(node), visit_children)(self, node)

    def analyze_branches(self, body: Iterable[nodes.Node]) -> None:
        """Look over what may not be executed."""
        certain, self._certain = self._certain, False
        self.analyze(body)
        self._certain = certain

    def visible(self) -> dict[str, str]:
        """Return name and variable of all that was set here or further out and is not in the context."""
        found: dict[str, str] = {}
        scope: Scope | None = self
        while scope is not None:
            for name in () if scope.is_public else sorted(scope.stored):
                found.setdefault(name, scope.variables[name])
            scope = scope.parent
        return found


def visit_children(scope: Scope, node: nodes.Node) -> None:
    scope.analyze(node.iter_child_nodes())


def visit_nothing(scope: Scope, node: nodes.Node) -> None:
    """For what has a scope of its own."""


def visit_only(*fields: str) -> Visitor:
    """Make a visitor of the fields that do not belong to the inner scope."""
    return lambda scope, node: scope.analyze(node.iter_child_nodes(only=fields))


def visit_name(scope: Scope, node: nodes.Name) -> None:
    if node.ctx == "load":
        scope.load(node.name)
    elif node.ctx == "store":
        scope.store(node.name)
    else:
        scope.parameter(node.name)


def visit_namespace(scope: Scope, node: nodes.NSRef) -> None:
    scope.load(node.name)


def visit_assign(scope: Scope, node: nodes.Assign) -> None:
    scope.analyze((node.node, node.target))


def visit_if(scope: Scope, node: nodes.If) -> None:
    scope.analyze((node.test,))
    scope.analyze_branches([*node.body, *node.elif_, *node.else_])


def visit_import(scope: Scope, node: nodes.Import) -> None:
    scope.analyze((node.template,))
    scope.store(node.target)


def visit_from_import(scope: Scope, node: nodes.FromImport) -> None:
    scope.analyze((node.template,))
    for name in node.names:
        scope.store(name[1] if isinstance(name, tuple) else name)


VISITORS: dict[type[nodes.Node], Visitor] = {
    nodes.Name: visit_name,
    nodes.NSRef: visit_namespace,
    nodes.Const: visit_nothing,
    nodes.TemplateData: visit_nothing,
    nodes.Assign: visit_assign,
    nodes.If: visit_if,
    nodes.Macro: lambda scope, node: scope.store(node.name),
    nodes.Import: visit_import,
    nodes.FromImport: visit_from_import,
    nodes.For: visit_only("iter"),
    nodes.With: visit_only("values"),
    nodes.CallBlock: visit_only("call"),
    nodes.FilterBlock: visit_only("filter"),
    nodes.AssignBlock: visit_only("target", "filter"),
    nodes.OverlayScope: visit_only("context"),
    nodes.Scope: visit_nothing,
    nodes.Block: visit_nothing,
}


def uses(body: Iterable[nodes.Node], names: Iterable[str]) -> set[str]:
    """Return which of the names are read somewhere in a part of the tree before it sets them.

    Blocks are left out: they are functions of their own and see the context only.
    """
    wanted, found = set(names), set()
    for node in _names_in(body):
        if node.name in wanted:
            wanted.discard(node.name)
            if node.ctx == "load":
                found.add(node.name)
        if not wanted:
            break
    return found


def _names_in(body: Iterable[nodes.Node]) -> Iterator[nodes.Name]:
    waiting = [iter(body)]
    while waiting:
        node = next(waiting[-1], None)
        if node is None:
            waiting.pop()
        elif isinstance(node, nodes.Name):
            yield node
        elif not isinstance(node, nodes.Block):
            waiting.append(node.iter_child_nodes())
