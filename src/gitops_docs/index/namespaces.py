"""List the namespaces of a platform: which layers create each, and what is in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct

from gitops_docs.model import Platform, Resource

BUILT_IN = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})
"""Kubernetes creates these itself."""


class Namespace(Struct, frozen=True, kw_only=True):
    """A namespace of a cluster."""

    cluster: str
    name: str
    makers: tuple[tuple[str, Resource], ...]
    """Ids of the layers that create it, each with the object."""
    objects: int
    """Objects that layers apply in it."""
    releases: int
    """Releases that are installed in it."""
    layers: tuple[str, ...]
    """Ids of the layers with objects in it, in their order."""

    @property
    def is_created(self) -> bool:
        """Whether a layer or Kubernetes creates it."""
        return bool(self.makers) or self.name in BUILT_IN


def namespaces(
    platform: Platform, of_charts: Mapping[str, Sequence[Resource]]
) -> tuple[Namespace, ...]:
    """Return the namespaces that objects and releases are in, by name and cluster. Layers that
    apply to another cluster are left out.

    Args:
        platform: The platform.
        of_charts: Id of a layer to the objects that the charts of its releases make.
    """
    makers: dict[tuple[str, str], list[tuple[str, Resource]]] = defaultdict(list)
    objects: dict[tuple[str, str], int] = defaultdict(int)
    layers: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    releases: dict[tuple[str, str], int] = defaultdict(int)
    for layer in platform.layers:
        if layer.remote_cluster:
            continue
        for resource in layer.resources:
            if resource.kind == "Namespace" and not resource.group:
                makers[layer.cluster, resource.name].append((layer.id, resource))
            elif resource.namespace and not resource.cluster_scoped:
                objects[layer.cluster, resource.namespace] += 1
                layers[layer.cluster, resource.namespace][layer.id] = None
        for resource in of_charts.get(layer.id, ()):
            if resource.kind == "Namespace" and not resource.group:
                makers[layer.cluster, resource.name].append((layer.id, resource))
    for release in platform.releases:
        releases[release.cluster, release.target_namespace or release.namespace] += 1
    return tuple(
        Namespace(
            cluster=cluster,
            name=name,
            makers=tuple(makers.get((cluster, name), ())),
            objects=objects.get((cluster, name), 0),
            releases=releases.get((cluster, name), 0),
            layers=tuple(layers.get((cluster, name), ())),
        )
        for cluster, name in sorted(
            {*makers, *objects, *releases}, key=lambda key: (key[1], key[0])
        )
    )
