"""Identify objects and the layers that apply them, and say what the charts of releases make."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct

from gitops_docs.model import (
    Alert,
    ChartTemplate,
    Layer,
    Platform,
    Release,
    Resource,
    Role,
    Route,
    VolumeClaim,
)

ObjectKey = tuple[str, str, str, str]
"""API group, kind, namespace (empty where it means nothing), name."""


class Held(Struct, frozen=True):
    """An object and the layer that applies it."""

    layer: Layer
    resource: Resource


def key_of(resource: Resource) -> ObjectKey:
    """Return the identity of an object in its cluster."""
    namespace = "" if resource.cluster_scoped else resource.namespace or ""
    return resource.group, resource.kind, namespace, resource.name


ReleaseKey = tuple[str, str, str]
"""Cluster, namespace and name of a release."""


class ReleaseContents(Struct):
    """What the chart of one release brings, besides its objects."""

    routes: list[Route]
    roles: list[Role]
    claims: list[VolumeClaim]
    alerts: list[Alert]


class ChartIndex:
    """What charts bring.

    Args:
        platform: The platform, with the objects of its releases.
    """

    def __init__(self, platform: Platform) -> None:
        self.objects: dict[str, list[Resource]] = defaultdict(list)
        """Id of a layer to the objects that the charts of its releases make."""
        self.absent: list[Release] = []
        """Releases whose charts were not rendered."""
        for release in platform.releases:
            self.objects[release.layer] += release.objects
            if not release.is_rendered:
                self.absent.append(release)
        self._contents: dict[ReleaseKey, ReleaseContents] = {}
        for name in ("routes", "roles", "claims", "alerts"):
            field = "volume_claims" if name == "claims" else name
            items: Iterable[Route | Role | VolumeClaim | Alert] = getattr(platform, field)
            for item in items:
                if item.origin is not None:
                    getattr(self.of(item.cluster, item.origin), name).append(item)

    def of(self, cluster: str, origin: ChartTemplate) -> ReleaseContents:
        """Return what the chart of the release brings that an object comes from."""
        return self.contents(cluster, origin.namespace, origin.release)

    def contents(self, cluster: str, namespace: str, name: str) -> ReleaseContents:
        """Return what the chart of a release brings."""
        key = (cluster, namespace, name)
        found = self._contents.get(key)
        if found is None:
            found = self._contents[key] = ReleaseContents([], [], [], [])
        return found
