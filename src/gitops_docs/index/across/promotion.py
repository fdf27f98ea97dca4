"""Compare the versions of a chart or an image on all clusters: which are behind, and by how much.

In: releases and images of the model, and the environments. Out: `Promoted` rows. Charts are ordered
by semantic version (https://semver.org/), images only where their tags are such versions; tags that
cannot be ordered only differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct

from gitops_docs.index.across.environments import Environments
from gitops_docs.kubernetes.images import split_image
from gitops_docs.kubernetes.versions import parse_version
from gitops_docs.model import Image, Layer, Release

STEPS = ("major", "minor", "patch")


class Gap(Struct, frozen=True):
    """How far a version is behind: `number` of the first part that differs; `step` is empty where
    only a pre-release differs."""

    step: str
    number: int

    @property
    def weight(self) -> tuple[int, int]:
        """Larger for a larger gap."""
        order = {"major": 3, "minor": 2, "patch": 1}
        return order.get(self.step, 0), self.number


class Promoted(Struct, frozen=True):
    """One component or image. `versions`: cluster to version, None where the newest of the source
    is installed."""

    namespace: str
    name: str
    versions: Mapping[str, str | None]
    newest: str | None
    """The newest version that can be ordered."""
    behind: Mapping[str, Gap]
    """Cluster to how far it is behind the newest version of an earlier environment; without a known
    order, of any cluster."""
    held: Mapping[str, str]
    """Cluster to why it is held back, where the repository says so."""

    @property
    def is_equal(self) -> bool:
        """Whether all clusters that have it have the same version."""
        return len(set(self.versions.values())) == 1


def gap(version: str | None, newest: str | None) -> Gap | None:
    """Return how far a version is behind another one; None where it is not, or where it is not
    known."""
    own, other = parse_version(version), parse_version(newest)
    if own is None or other is None or own >= other:
        return None
    for step, left, right in zip(STEPS, own[:3], other[:3], strict=True):
        if left != right:
            return Gap(step, right - left)
    return Gap("", 1)


def newest(versions: Iterable[str | None]) -> str | None:
    """Return the newest of some versions, of those that can be ordered."""
    known = [(parsed, text) for text in versions if (parsed := parse_version(text)) and text]
    return max(known)[1] if known else None


def promoted(
    namespace: str,
    name: str,
    versions: Mapping[str, str | None],
    environments: Environments,
    held: Mapping[str, str],
) -> Promoted:
    """Compare the versions of one thing."""
    behind: dict[str, Gap] = {}
    if environments.is_ordered:
        before: list[str | None] = []
        for stage in environments.stages:
            if not stage.is_promoted:
                continue
            best = newest(before)
            for cluster in stage.clusters:
                if cluster in versions and (found := gap(versions[cluster], best)):
                    behind[cluster] = found
            before += [versions[cluster] for cluster in stage.clusters if cluster in versions]
    else:
        best = newest(versions.values())
        behind = {
            cluster: found for cluster, text in versions.items() if (found := gap(text, best))
        }
    return Promoted(
        namespace,
        name,
        versions,
        newest(versions.values()),
        behind,
        {cluster: text for cluster, text in held.items() if cluster in behind},
    )


def charts(releases: Iterable[Release], environments: Environments) -> list[Promoted]:
    """Return all components, by namespace and name."""
    found: dict[tuple[str, str], dict[str, Release]] = defaultdict(dict)
    for release in releases:
        found[release.namespace, release.name].setdefault(release.cluster, release)
    return [
        promoted(
            namespace,
            name,
            {cluster: release.version for cluster, release in own.items()},
            environments,
            {
                cluster: "suspended" if release.suspended else release.version_reason or ""
                for cluster, release in own.items()
                if release.suspended or release.version_reason
            },
        )
        for (namespace, name), own in sorted(found.items())
    ]


def images(
    used: Iterable[Image], layers: Mapping[str, Layer], environments: Environments
) -> list[Promoted]:
    """Return all images by name, of each cluster its newest tag."""
    tags: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for image in used:
        layer = layers.get(image.layer)
        if layer is not None:
            reference = split_image(image.image)
            tags[reference.name][layer.cluster].append(reference.tag)
    return [
        promoted(
            "",
            name,
            {cluster: newest(found) or sorted(found)[-1] for cluster, found in of.items()},
            environments,
            {},
        )
        for name, of in sorted(tags.items())
    ]
