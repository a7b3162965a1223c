"""Factories that add many rules at once, under a prefix or from a template."""

from __future__ import annotations

from .rules import Rule, RuleFactory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from .maps import Map


class _Changed(RuleFactory):
    """Copies of rules, each with something changed."""

    def __init__(self, prefix: str, rules: Iterable[RuleFactory]) -> None:
        self.prefix, self.rules = prefix, rules

    def get_rules(self, map: Map) -> Iterator[Rule]:
        """Yield a changed copy of each rule; the originals stay unbound."""
        for factory in self.rules:
            for original in factory.get_rules(map):
                rule = original.empty()
                self.change(rule)
                yield rule

    def change(self, rule: Rule) -> None:
        """Change a copy. To be overridden."""
        raise NotImplementedError


class Subdomain(_Changed):
    """Rules on a subdomain.

    >>> from minflask.routing import Map
    >>> list(Map([Subdomain("api", [Rule("/users", endpoint="users")])]).iter_rules())[0].subdomain
    'api'
    """

    def __init__(self, subdomain: str, rules: Iterable[RuleFactory]) -> None:
        super().__init__(subdomain, rules)
        self.subdomain = subdomain

    def change(self, rule: Rule) -> None:
        """Set the subdomain."""
        rule.subdomain = self.subdomain


class Submount(_Changed):
    """Rules under a path: ``Submount("/blog", [Rule("/new", ...)])`` has ``/blog/new``."""

    def __init__(self, path: str, rules: Iterable[RuleFactory]) -> None:
        super().__init__(path, rules)
        self.path = path.rstrip("/")

    def change(self, rule: Rule) -> None:
        """Put the path before that of the rule."""
        rule.rule = f"{self.path}{rule.rule}"


class EndpointPrefix(_Changed):
    """Rules whose endpoints get a prefix: ``EndpointPrefix("blog.", [...])``."""

    def change(self, rule: Rule) -> None:
        """Put the prefix before the endpoint."""
        rule.endpoint = f"{self.prefix}{rule.endpoint}"


class RuleTemplate:
    """Rules with ``$name`` in them; call it with values to have a factory.

    >>> from minflask.routing import Map
    >>> resource = RuleTemplate([Rule("/$name/<int:id>", endpoint="${name}.show")])
    >>> Map([resource(name="user")])
    Map([<Rule '/user/<int:id>' -> user.show>])
    """

    def __init__(self, rules: Iterable[RuleFactory]) -> None:
        self.rules = list(rules)

    def __call__(self, *args: Any, **kwargs: Any) -> RuleTemplateFactory:
        return RuleTemplateFactory(self.rules, dict(*args, **kwargs))


class RuleTemplateFactory(_Changed):
    """The rules of a template with values filled in; a template makes it."""

    def __init__(self, rules: Iterable[RuleFactory], context: Mapping[str, Any]) -> None:
        super().__init__("", rules)
        self.context = context

    def change(self, rule: Rule) -> None:
        """Fill the values into all text of the rule."""
        rule.rule = self._fill(rule.rule)
        rule.endpoint = self._fill(rule.endpoint)
        rule.subdomain = self._fill(rule.subdomain)
        rule.host = self._fill(rule.host)
        rule.defaults = {key: self._fill(value) for key, value in rule.defaults.items()}

    def _fill(self, value: Any) -> Any:
        from string import Template

        return Template(value).substitute(self.context) if isinstance(value, str) else value
