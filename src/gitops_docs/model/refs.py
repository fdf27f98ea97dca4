"""Say where something stands, and what something is about."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct


class Location(Struct, frozen=True, order=True):
    """A line of a file: `file` relative to the scan root, `line` 1-based."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Ref(Struct, frozen=True, order=True):
    """An object in a cluster: what a finding is about.

    `group` is empty for the core API, `namespace` for what has none. Two layers may apply the same
    object; the ref is the same then.
    """

    cluster: str
    group: str
    kind: str
    namespace: str
    name: str

    @property
    def label(self) -> str:
        """`Kind namespace/name`."""
        return (
            f"{self.kind} {self.namespace}/{self.name}"
            if self.namespace
            else (f"{self.kind} {self.name}")
        )


KUSTOMIZE_GROUP = "kustomize.toolkit.fluxcd.io"
HELM_GROUP = "helm.toolkit.fluxcd.io"
NOTIFICATION_GROUP = "notification.toolkit.fluxcd.io"
SOURCE_GROUP = "source.toolkit.fluxcd.io"


def cluster_of(layer: str) -> str:
    """Return the cluster of a layer, from its id `cluster/namespace/name`; only the cluster may
    hold a slash. The directory of a root that Git does not hold is `cluster/`."""
    return layer[:-1] if layer.endswith("/") else layer.rsplit("/", 2)[0]


def name_in_cluster(layer: str) -> str:
    """Return the id of a layer without its cluster: `namespace/name`."""
    return layer[len(cluster_of(layer)) + 1 :]


def layer_refs(layers: Iterable[str]) -> tuple[Ref, ...]:
    """Return the Kustomizations that ids of layers stand for, without the directories of roots that
    Git does not hold."""
    return tuple(
        Ref(cluster_of(layer), KUSTOMIZE_GROUP, "Kustomization", *layer.rsplit("/", 2)[1:])
        for layer in layers
        if not layer.endswith("/")
    )
