"""Join what is held back with the commit that set it, its author and comment, and the layers that
wait for it.

In: a platform and the graph of its layers. Out: what is suspended or switched off, and versions
that are older than those of the same component elsewhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from msgspec import Struct

from gitops_docs.index.graph import Graph
from gitops_docs.kubernetes.versions import parse_version
from gitops_docs.model import Commit, Held, Layer, Location, Platform, Release
from gitops_docs.text.patterns import Pattern

_CEILING = Pattern(r"<|(?:\A|\s)[~^]|\A[0-9]+(?:\.[0-9]+)?\.[xX*]|\A[0-9]+\.[xX*]|\s-\s")
"""A range that newer versions do not fit."""


class Pause(Struct, frozen=True):
    """Something that is held back. `commit` is the one that set it; None where its patch was not
    read."""

    kind: str
    cluster: str
    namespace: str
    name: str
    what: str
    """As in `Held.what`; for versions `pinned to 1.2.3` or `limited to 1.x`."""
    at: Location
    layer: str
    reason: str | None = None
    commit: Commit | None = None
    waits: tuple[str, ...] = ()
    """Ids of the layers that get no new revision, or of clusters with a newer version."""
    others: tuple[str, ...] = ()
    """Versions elsewhere, newest first, for a version that is held back."""


def paused(platform: Platform, graph: Graph) -> list[Pause]:
    """Return everything that is suspended or switched off, in the platform's order."""
    commits: dict[tuple[str, str], Commit] = {}
    for commit in platform.commits:
        for mark in commit.held:
            commits.setdefault((mark.file, mark.what), commit)
    layers = {(one.cluster, one.namespace, one.name): one for one in platform.layers}
    return [_pause(held, commits, layers, graph) for held in platform.held]


def _pause(
    held: Held,
    commits: Mapping[tuple[str, str], Commit],
    layers: Mapping[tuple[str, str, str], Layer],
    graph: Graph,
) -> Pause:
    waits: tuple[str, ...] = ()
    if held.kind == "Kustomization" and held.what == "suspended":
        layer = layers.get((held.cluster, held.namespace, held.name))
        if layer is not None:
            waits = graph.dependents(layer.id)
    return Pause(
        held.kind,
        held.cluster,
        held.namespace,
        held.name,
        held.what,
        held.at,
        held.layer,
        held.reason,
        commits.get((held.at.file, held.what)),
        waits,
    )


def pinned(platform: Platform) -> list[Pause]:
    """Return releases whose version is older than that of the same component on another cluster, or
    whose range ends below it. Versions that cannot be compared are left out."""
    components: dict[tuple[str, str, str], list[Release]] = defaultdict(list)
    for release in platform.releases:
        components[release.namespace, release.name, release.chart].append(release)
    commits: dict[str, Commit] = {}
    for commit in platform.commits:
        for change in commit.values:
            commits.setdefault(f"{change.file}:{change.line}", commit)
    found = []
    for group in components.values():
        exact = {text for one in group if (text := one.version) and parse_version(text)}
        newest = max(exact, key=lambda text: parse_version(text) or (), default=None)
        for release in group:
            version = release.version
            if version is None:
                continue
            own = parse_version(version)
            older = newest is not None and own is not None and own < (parse_version(newest) or own)
            limited = own is None and _CEILING.search(version) is not None
            if not older and not limited:
                continue
            at = release.version_set_at or Location(release.file, release.line)
            others = tuple(
                sorted(
                    (text for text in exact if own is None or (parse_version(text) or own) > own),
                    key=lambda text: parse_version(text) or (),
                    reverse=True,
                )
            )
            found.append(
                Pause(
                    "HelmRelease",
                    release.cluster,
                    release.namespace,
                    release.name,
                    f"{'limited' if limited else 'pinned'} to {version}",
                    at,
                    release.layer,
                    _remark(release, at),
                    commits.get(str(at)),
                    tuple(one.cluster for one in group if one.version in others),
                    others,
                )
            )
    return found


def _remark(release: Release, at: Location) -> str | None:
    """Return the comment at the version, as the extraction noted it."""
    return release.version_reason if release.version_set_at == at else None
