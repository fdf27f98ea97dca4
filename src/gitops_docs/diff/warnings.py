"""Say what a reviewer of a change must see first: losses, then what reaches many layers.

In: a `Comparison`. Out: sentences in Markdown, the gravest first; among equals those about the last
environment first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum

from msgspec import Struct

from gitops_docs.diff.compare import Comparison, ObjectDiff
from gitops_docs.diff.wording import file_link, grouped, last_parts, layer_of, listed
from gitops_docs.model import cluster_of, name_in_cluster
from gitops_docs.text.english import count
from gitops_docs.text.escape import code


class Rank(IntEnum):
    """How grave a change is, the gravest first."""

    CLUSTER = 0
    LOSS = 1
    LAYER = 2
    BEHAVIOUR = 3
    DEFINITION = 4
    VERSION = 5
    PAUSE = 6
    SHARED = 7


class Warning(Struct, frozen=True):
    """One sentence, and the clusters that it is about."""

    rank: Rank
    sentence: str
    clusters: frozenset[str]


_FIELDS = (
    ("status", "failed", Rank.BEHAVIOUR, "would be rejected: status `failed`"),
    ("prune", "true", Rank.BEHAVIOUR, "prunes from now on: what Git no longer has is deleted"),
    ("force", "true", Rank.BEHAVIOUR, "recreates objects from now on (`force: true`)"),
    ("suspend", "true", Rank.PAUSE, "is suspended"),
)
"""Fields of a Kustomization with what they become, and what that means for the layer."""


def warnings(comparison: Comparison) -> list[str]:
    """Return the sentences; those about the last environment end with its name."""
    last = set(comparison.last_clusters)
    mark = f" **{_plain(comparison.last_environment or '')}**"

    def order(one: Warning) -> tuple[Rank, bool]:
        return one.rank, last.isdisjoint(one.clusters)

    found = sorted((one for kind in _KINDS for one in kind(comparison)), key=order)
    return [
        one.sentence if last.isdisjoint(one.clusters) else f"{one.sentence}{mark}" for one in found
    ]


def _warning(rank: Rank, sentence: str, layers: Iterable[str]) -> Warning:
    return Warning(rank, sentence, frozenset(map(cluster_of, layers)))


def _clusters(comparison: Comparison) -> Iterator[Warning]:
    for cluster in comparison.clusters_removed:
        layers = [diff for diff in comparison.layers if cluster_of(diff.layer) == cluster]
        objects = [diff for diff in comparison.objects if cluster_of(diff.layer) == cluster]
        what = f"{count(len(layers), 'layer')} and {count(len(objects), 'object')}"
        sentence = f"Cluster {code(cluster)} is removed, with {what}"
        yield Warning(Rank.CLUSTER, sentence, frozenset((cluster,)))


def _losses(comparison: Comparison) -> Iterator[Warning]:
    lost = [
        diff
        for diff in comparison.objects
        if diff.loses
        and diff.consequence
        and cluster_of(diff.layer) not in comparison.clusters_removed
    ]
    for objects in grouped(lost, lambda diff: (_kind(diff), diff.consequence)):
        labels = sorted({diff.label for diff in objects})
        what = (
            code(labels[0])
            if len(labels) == 1
            else f"{len(labels)} × {code(_kind(objects[0]))} "
            f"({last_parts(label.partition(' ')[2] for label in labels)})"
        )
        sentence = f"{what} {objects[0].consequence} (layer {layer_of(objects)})"
        yield _warning(Rank.LOSS, sentence, (diff.layer for diff in objects))


def _layers(comparison: Comparison) -> Iterator[Warning]:
    removed = [
        diff
        for diff in comparison.layers
        if diff.how == "removed" and cluster_of(diff.layer) not in comparison.clusters_removed
    ]
    for layers in grouped(removed, lambda diff: diff.how):
        sentence = f"Layer {layer_of(layers)} is removed"
        yield _warning(Rank.LAYER, sentence, (diff.layer for diff in layers))


def _fields(comparison: Comparison) -> Iterator[Warning]:
    for name, becomes, rank, words in _FIELDS:
        hit = [
            diff
            for diff in comparison.layers
            if any(field.name == name and field.becomes == becomes for field in diff.fields)
        ]
        for layers in grouped(hit, lambda diff: diff.how):
            sentence = f"Layer {layer_of(layers)} {words}"
            yield _warning(rank, sentence, (diff.layer for diff in layers))


def _charts(comparison: Comparison) -> Iterator[Warning]:
    for chart in comparison.charts:
        name, here = code(chart.name), (chart.layer,)
        lost = [one for one in chart.objects if one.loses]
        if lost:
            verb = "are" if len(lost) > 1 else "is"
            gone = listed(one.label for one in lost)
            yield _warning(Rank.LOSS, f"{gone} of {name} {verb} deleted from the cluster", here)
        for one in chart.definitions:
            versions = ", ".join(map(code, one.versions))
            if versions:
                sentence = f"{code(one.name)} of {name} no longer serves {versions}"
                yield _warning(Rank.LOSS, sentence, here)
            elif one.fields:
                sentence = f"{code(one.name)} of {name} loses {count(len(one.fields), 'field')}"
                yield _warning(Rank.DEFINITION, sentence, here)


def _definitions(comparison: Comparison) -> Iterator[Warning]:
    by_layer: dict[str, list[ObjectDiff]] = defaultdict(list)
    for diff in comparison.objects:
        if diff.label.startswith("CustomResourceDefinition ") and diff.how == "changed":
            by_layer[name_in_cluster(diff.layer)].append(diff)
    for definitions in by_layer.values():
        number = len({diff.label for diff in definitions})
        what = count(number, "CustomResourceDefinition")
        sentence = f"{what} of layer {layer_of(definitions)} changed"
        yield _warning(Rank.DEFINITION, sentence, (diff.layer for diff in definitions))


def _versions(comparison: Comparison) -> Iterator[Warning]:
    for distance, words in (("down", "downgrade"), ("major", "major version change")):
        steps = [diff for diff in comparison.releases if diff.step == distance]
        for releases in grouped(steps, lambda diff: (diff.name, diff.was, diff.becomes)):
            one = releases[0]
            moved = f"{code(one.was or '')} → {code(one.becomes or '')}"
            sentence = f"{code(one.name)}: {words}: {moved} (layer {layer_of(releases)})"
            yield _warning(Rank.VERSION, sentence, (diff.layer for diff in releases))


def _shared_files(comparison: Comparison) -> Iterator[Warning]:
    """Yield files whose change several layers of one cluster show."""
    found: dict[str, set[str]] = defaultdict(set)
    for diff in comparison.objects:
        if diff.how == "changed":
            found[diff.file].add(diff.layer)
    for file, layers in sorted(found.items()):
        if len(layers) > len(set(map(cluster_of, layers))):
            which = last_parts(sorted(set(map(name_in_cluster, layers))))
            where = file_link(file, 1, comparison.head_files)
            yield _warning(Rank.SHARED, f"{where} changes {len(layers)} layers: {which}", layers)


_KINDS: tuple[Callable[[Comparison], Iterator[Warning]], ...] = (
    _clusters,
    _losses,
    _layers,
    _fields,
    _charts,
    _definitions,
    _versions,
    _shared_files,
)


def _kind(diff: ObjectDiff) -> str:
    return diff.label.partition(" ")[0]


def _plain(text: str) -> str:
    return "".join(char for char in text if char.isalnum() or char in "-_ ")
