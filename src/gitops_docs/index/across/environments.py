"""Group clusters into environments, in the order in which changes are promoted.

In: the names of clusters, and the environments that the settings state. Out: `Environments`. What
is not stated is inferred from common words in the names, and marked so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from gitops_docs.model import Environment
from gitops_docs.text.patterns import Pattern

_WORDS = {
    "sandbox": 0, "sbx": 0,
    "dev": 1, "development": 1, "develop": 1,
    "test": 2, "testing": 2, "tst": 2, "integration": 2,
    "qa": 3, "uat": 4,
    "demo": 5,
    "stage": 6, "staging": 6, "stg": 6,
    "preprod": 7, "preproduction": 7,
    "prod": 8, "production": 8, "prd": 8, "live": 8,
}  # fmt: skip
"""Words in names of clusters, and their place in the order of promotion."""
_BESIDE = frozenset({0, 5})
"""Places that nothing is promoted through: a sandbox, a demo."""
_PART = Pattern(r"[^A-Za-z0-9]+")
_NUMBERED = Pattern(r"(.+?)(?:[-_.][a-z]|[-_.]?\d{1,3})\z")


class Stage(Struct, frozen=True):
    """An environment and its clusters, sorted. `is_promoted`: changes pass through it."""

    name: str
    clusters: tuple[str, ...]
    is_promoted: bool


class Environments(Struct, frozen=True):
    """All environments in their order. `is_inferred`: from the names of the clusters, since no
    setting states them. `is_ordered`: whether an order of promotion is known."""

    stages: tuple[Stage, ...] = ()
    is_inferred: bool = True
    is_ordered: bool = False

    @property
    def of(self) -> dict[str, Stage]:
        """Cluster id to its environment."""
        return {cluster: stage for stage in self.stages for cluster in stage.clusters}

    @property
    def order(self) -> tuple[str, ...]:
        """Names of the environments that changes pass through."""
        return tuple(stage.name for stage in self.stages if stage.is_promoted)

    @property
    def last(self) -> Stage | None:
        """The last environment of the order, `prod` in most platforms."""
        return next((stage for stage in reversed(self.stages) if stage.is_promoted), None)

    def clusters(self) -> list[str]:
        """Return all clusters in the order of their environments."""
        return [cluster for stage in self.stages for cluster in stage.clusters]


def environments(clusters: Sequence[str], stated: Iterable[Environment] = ()) -> Environments:
    """Return group clusters.

    Args:
        clusters: Ids of all clusters.
        stated: What the settings say, in the order of promotion; clusters that they leave out are
            grouped by name, after them.
    """
    known = set(clusters)
    stages = [
        Stage(one.name, tuple(sorted(set(one.clusters) & known)), True)
        for one in stated
        if set(one.clusters) & known
    ]
    taken = {cluster for stage in stages for cluster in stage.clusters}
    rest = [cluster for cluster in clusters if cluster not in taken]
    if stages:
        return Environments((*stages, *_by_name(rest)), is_inferred=False, is_ordered=True)
    words: dict[tuple[int, str], list[str]] = {}
    others = []
    for cluster in rest:
        word = _word(cluster)
        if word is None:
            others.append(cluster)
        else:
            words.setdefault((_WORDS[word], word), []).append(cluster)
    named = _same_word(words)
    promoted = sum(place not in _BESIDE for place, _ in named) > 1
    stages = [
        Stage(word, tuple(sorted(found)), promoted and place not in _BESIDE)
        for (place, word), found in named.items()
    ]
    return Environments((*stages, *_by_name(others, alone=not stages)), is_ordered=promoted)


def _same_word(words: dict[tuple[int, str], list[str]]) -> dict[tuple[int, str], list[str]]:
    """Return group names that mean the same (`stage`, `staging`) under the one that most clusters
    have."""
    found: dict[int, list[tuple[str, list[str]]]] = {}
    for (place, word), clusters in words.items():
        found.setdefault(place, []).append((word, clusters))
    return {
        (place, max(sorted(group), key=lambda item: len(item[1]))[0]): [
            cluster for _, clusters in group for cluster in clusters
        ]
        for place, group in sorted(found.items())
    }


def _word(cluster: str) -> str | None:
    """Return the last word of a name that is one of an environment."""
    parts = [part.lower() for part in _PART.sub(" ", cluster).split()]
    return next((part for part in reversed(parts) if part in _WORDS), None)


def _by_name(clusters: Sequence[str], *, alone: bool = False) -> list[Stage]:
    """Return group clusters that differ in a last letter or number only. `alone`: where that makes
    one group of all, each stands for itself."""
    groups: dict[str, list[str]] = {}
    for cluster in clusters:
        numbered = _NUMBERED.match(cluster)
        groups.setdefault(numbered[1] if numbered else cluster, []).append(cluster)
    if alone and len(groups) == 1:
        groups = {cluster: [cluster] for cluster in clusters}
    return [
        Stage(name if len(found) > 1 or name in found else _shown(name, found[0], groups),
              tuple(sorted(found)), False)
        for name, found in sorted(groups.items())
    ]  # fmt: skip


def _shown(name: str, cluster: str, groups: dict[str, list[str]]) -> str:
    """Return the name of a group of one: what it shares with no other (`edge` of `edge-a`)."""
    return name if all(name not in found for found in groups.values()) else cluster
