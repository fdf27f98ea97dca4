"""Select the objects that a patch or replacement is for: names by anchored regular expressions,
labels and annotations by selector text.

In: the `target` or `select` mapping of a kustomization. Out: a `Selector`. The rules are those of
`api/types/selector.go` and of Kubernetes' label selectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from msgspec import Struct

from gitops_docs.kustomize.errors import Refused, refused
from gitops_docs.kustomize.resources.resource import Resource, Resources, text
from gitops_docs.kustomize.transform import regexp
from gitops_docs.text.memo import memo
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import Map, Node

_SPECIAL = frozenset("\\.+*?()|[]{}^$")
"""What has a meaning in a regular expression (`regexp.QuoteMeta`); a text without any matches
itself only."""
_SAMPLE = 20
"""How many objects are looked at for the lengths of their names."""


class Selector(Struct, frozen=True):
    """A selector; an empty part matches anything."""

    group: str = ""
    version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    labels: str = ""
    annotations: str = ""

    @property
    def names_something(self) -> bool:
        """Whether it asks for more than labels and annotations."""
        return any((self.group, self.version, self.kind, self.name, self.namespace))

    def matches_gvk(self, group: str, version: str, kind: str) -> bool:
        return (
            matches(self.kind, kind)
            and matches(self.group, group)
            and matches(self.version, version)
        )

    def matches_metadata(self, resource: Resource) -> bool:
        """Return whether labels and annotations match. A selector is read only where everything
        else fits, as upstream has it.

        Raises:
            Refused: It cannot be read.
        """
        return (not self.labels or matches_labels(self.labels, resource.labels())) and (
            not self.annotations or matches_labels(self.annotations, resource.annotations())
        )

    def selects(self, resource: Resource) -> bool:
        """Return whether an object is meant, by its first or its present name and namespace
        (`resWrangler.Select`)."""
        now = resource.id
        if not self.matches_gvk(now.group, now.version, now.kind):
            return False
        if self.name or self.namespace:
            first = resource.first_id
            if not (matches(self.name, first.name) or matches(self.name, now.name)):
                return False
            if not (
                matches(self.namespace, first.namespace) or matches(self.namespace, now.namespace)
            ):
                return False
        return self.matches_metadata(resource)

    def cost(self, resources: Resources) -> int:
        """Return what it may cost to compare objects with the regular expressions, in values of the
        budget; the lengths of texts are those of the first objects."""
        named = [
            pattern for pattern in (self.name, self.namespace) if not _SPECIAL.isdisjoint(pattern)
        ]
        kinds = [
            pattern
            for pattern in (self.kind, self.group, self.version)
            if not _SPECIAL.isdisjoint(pattern)
        ]
        if not named and not kinds:
            return 0
        sample = list(islice(resources, _SAMPLE))
        if not sample:
            return 0
        number = len(resources)
        ids = [(resource.id, resource.first_id) for resource in sample]

        def cost(patterns: list[str], lengths: int) -> int:
            text = " " * (number + lengths * number // len(sample))
            return sum(regexp.cost(pattern, text) for pattern in patterns)

        of_kinds = sum(len(now.kind + now.group + now.version) for now, _ in ids)
        of_names = sum(len(now.name + first.name + now.namespace) for now, first in ids)
        return cost(kinds, of_kinds) + cost(named, of_names)


def read(node: Node | None) -> Selector:
    """Return the selector that a mapping writes.

    Raises:
        Refused: A regular expression is not one.
    """
    found = plain(node)
    for part in (found.group, found.version, found.kind, found.name, found.namespace):
        try:
            regexp.check(part)
        except regexp.PatternError:
            raise refused("a selector of this target is not a regular expression", node) from None
    return found


def plain(node: Node | None) -> Selector:
    """Return the selector that a mapping writes, whatever its parts are."""
    if type(node) is not Map:
        return Selector()
    keys = ("group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector")
    return Selector(*(text(node.get(key)) for key in keys))


def matches(pattern: str, value: str) -> bool:
    """Return whether a whole text matches a pattern; an empty pattern matches anything."""
    if not pattern or pattern == value:
        return True
    if _SPECIAL.isdisjoint(pattern):
        return False
    return regexp.matches(pattern, value)


_REQUIREMENT = Pattern(
    r"\s*(?:(?P<absent>!)\s*(?P<not>[^\s,=!()<>]+)"
    r"|(?P<key>[^\s,=!()<>]+)\s*(?:(?P<op>==|=|!=|>|<)\s*(?P<value>[^\s,=!()<>]*)|(?P<set>in|notin)\s*\((?P<values>[^()]*)\))?)"
    r"\s*(?:,|\z)"
)


@memo(1024)
def _requirements(selector: str) -> tuple[tuple[str, str, frozenset[str]], ...]:
    found = []
    position = 0
    for match in _REQUIREMENT.finditer(selector):
        if match.start() != position:
            break
        position = match.end()
        if match["absent"]:
            found.append((match["not"], "absent", frozenset[str]()))
        elif match["set"]:
            found.append(
                (
                    match["key"],
                    match["set"],
                    frozenset(part.strip() for part in match["values"].split(",")),
                )
            )
        elif match["op"]:
            found.append((match["key"], match["op"], frozenset({match["value"]})))
        else:
            found.append((match["key"], "exists", frozenset[str]()))
    if selector[position:].strip():
        raise Refused("a label or annotation selector of this target cannot be read")
    return tuple(found)


def matches_labels(selector: str, labels: Mapping[str, str]) -> bool:
    """Return whether labels satisfy a selector such as `a=b,c notin (d,e),!f`."""
    return all(
        _satisfied(labels.get(key), op, values) for key, op, values in _requirements(selector)
    )


def _satisfied(value: str | None, op: str, values: frozenset[str]) -> bool:
    if op == "absent":
        return value is None
    if op == "exists":
        return value is not None
    if op in ("!=", "notin"):
        return value is None or value not in values
    if op in (">", "<"):
        try:
            number, bound = int(value or ""), int(next(iter(values)))
        except ValueError:
            return False
        return number > bound if op == ">" else number < bound
    return value is not None and value in values
