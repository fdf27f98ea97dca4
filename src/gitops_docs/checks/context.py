"""Look up what checks ask for: a platform with its indexes, and which layer comes before which.

In: a `Platform` and the settings. Out: look-ups, all of them linear to make; nothing here is a
finding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TypeVar, cast

from gitops_docs.index.graph import Graph, Reach
from gitops_docs.index.objects import Held, ObjectKey, key_of
from gitops_docs.model import EntryKind, Layer, LayerStatus, Platform, Release, Resource
from gitops_docs.settings.options import Settings
from gitops_docs.text.english import listed
from gitops_docs.text.suggest import near

_T = TypeVar("_T")


class Context:
    """A platform as the checks see it."""

    def __init__(
        self, platform: Platform, settings: Settings, listed: Platform | None = None
    ) -> None:
        """
        Args:
            platform: What is checked.
            settings: What the user set.
            listed: What the pages show, where that is less than what is checked.
        """
        self.platform = platform
        self.listed = listed or platform
        self.settings = settings
        self.layers: dict[str, Layer] = {layer.id: layer for layer in platform.layers}
        self.graph = Graph.of(platform.layers)
        self._shared: dict[Callable[[Context], object], object] = {}

    def shared(self, compute: Callable[[Context], _T]) -> _T:
        """Return what several rules compute together, computed once."""
        if compute not in self._shared:
            self._shared[compute] = compute(self)
        return cast(_T, self._shared[compute])  # What this function returned.

    def of_cluster(self, cluster: str) -> list[Layer]:
        """Return the layers of a cluster."""
        return self._of_cluster.get(cluster, [])

    @cached_property
    def _of_cluster(self) -> dict[str, list[Layer]]:
        found: dict[str, list[Layer]] = defaultdict(list)
        for layer in self.platform.layers:
            found[layer.cluster].append(layer)
        return found

    @cached_property
    def releases(self) -> dict[str, dict[tuple[str, str], Release]]:
        """Cluster to (namespace, name) to the HelmRelease."""
        found: dict[str, dict[tuple[str, str], Release]] = defaultdict(dict)
        for release in self.platform.releases:
            found[release.cluster].setdefault((release.namespace, release.name), release)
        return found

    @cached_property
    def redundant(self) -> frozenset[tuple[str, str]]:
        """Edges of dependsOn that another path gives."""
        return self.graph.redundant()

    @cached_property
    def guessed(self) -> frozenset[str]:
        """Clusters whose root is made outside Git."""
        kinds = (EntryKind.HEURISTIC, EntryKind.CONFIGURED)
        return frozenset(
            cluster.id for cluster in self.platform.clusters if cluster.entry.kind in kinds
        )

    @cached_property
    def open_ended(self) -> frozenset[str]:
        """Clusters of which a part is not in the repository: any object may come from there."""
        unknown = (LayerStatus.EXTERNAL, LayerStatus.PARTIAL, LayerStatus.FAILED)
        return frozenset(layer.cluster for layer in self.platform.layers if layer.status in unknown)

    @cached_property
    def of_charts(self) -> dict[str, list[Resource]]:
        """Id of a layer to the objects that the charts of its releases make."""
        found: dict[str, list[Resource]] = defaultdict(list)
        for release in self.platform.releases:
            found[release.layer] += release.objects
        return found

    @cached_property
    def rendered(self) -> frozenset[tuple[str, str, str]]:
        """(layer, namespace, name) of the releases whose charts were rendered in full."""
        return frozenset(
            (release.layer, release.namespace, release.name)
            for release in self.platform.releases
            if release.is_rendered and release.partial is None and not release.rendering.unsure
        )

    @cached_property
    def objects(self) -> dict[str, dict[ObjectKey, list[Held]]]:
        """Cluster to identity to the layers that apply the object to that cluster itself, not to a
        remote one."""
        found: dict[str, dict[ObjectKey, list[Held]]] = defaultdict(lambda: defaultdict(list))
        for layer in self.platform.layers:
            if layer.remote_cluster is None:
                for resource in (*layer.resources, *self.of_charts.get(layer.id, ())):
                    found[layer.cluster][key_of(resource)].append(Held(layer, resource))
        return found

    def holders(self, cluster: str, group: str, kind: str, namespace: str, name: str) -> list[Held]:
        """Return who applies an object."""
        return self.objects[cluster].get((group, kind, namespace, name), [])

    def definitions(self, cluster: str) -> dict[tuple[str, str], list[Held]]:
        """Return (group, kind) to what defines it in a cluster."""
        return self._definitions.get(cluster, {})

    @cached_property
    def _definitions(self) -> dict[str, dict[tuple[str, str], list[Held]]]:
        found: dict[str, dict[tuple[str, str], list[Held]]] = defaultdict(lambda: defaultdict(list))
        for cluster, held in self.objects.items():
            for holders in held.values():
                for item in holders:
                    for group, kind, _ in item.resource.defines:
                        found[cluster][group, kind].append(item)
        return found

    @cached_property
    def _before(self) -> Reach:
        """Layers that are surely applied before a layer is: its ancestors, what all of them wait
        for, and the ancestors of those."""
        requires = self.graph.requires
        parents = {
            identity: (layer.parent,) if layer.parent else ()
            for identity, layer in self.layers.items()
        }
        return Reach.of(
            {
                identity: (*requires.get(identity, ()), *parents[identity])
                for identity in self.layers
            }
        )

    def is_before(self, one: str, identity: str) -> bool:
        """Return whether a layer is surely applied before another one."""
        return bool(self._before.bit.get(one, 0) & self._before.behind[identity])

    @cached_property
    def _of_namespace(self) -> dict[str, int]:
        found: dict[str, int] = defaultdict(int)
        for identity, layer in self.layers.items():
            found[layer.namespace] |= self._before.bit[identity]
        return found

    def has_namespace(self, layer: Layer, namespace: str) -> bool:
        """Return whether a Kustomization lives in a namespace that comes before a layer: then the
        namespace is there."""
        return layer.namespace == namespace or bool(
            self._of_namespace.get(namespace, 0) & self._before.behind[layer.id]
        )

    def comes_late(self, layer: str, makers: Iterable[str]) -> str | None:
        """Return how a layer stands to those that make what it needs.

        Returns:
            None where one of them comes before it (or is itself), `unordered` where nothing says
            so, `never` where all of them wait for the layer.
        """
        makers = set(makers)
        if layer in makers or any(self.is_before(maker, layer) for maker in makers):
            return None
        return (
            "never"
            if makers and all(self.is_before(layer, maker) for maker in makers)
            else "unordered"
        )


def slip(namespace: str, name: str, known: Iterable[tuple[str, str]]) -> str | None:
    """Return what was probably meant by a name that is not there, as the end of a sentence: the
    same name elsewhere, or one that is close.

    Args:
        namespace: Where it was looked for.
        name: What was looked for.
        known: (namespace, name) of what there is.
    """
    known = tuple(known)
    elsewhere = sorted(where for where, other in known if other == name)
    if elsewhere[:1] == [""]:
        return "there is one without a namespace: add `metadata.namespace` to it"
    if elsewhere:
        return f"there is one in namespace {elsewhere[0]}: add `namespace: {elsewhere[0]}`"
    likely = near(name, (other for where, other in known if where == namespace)) or near(
        name, (other for _, other in known)
    )
    return f"did you mean `{likely}`?" if likely else None


def layers_named(layers: Sequence[Layer], most: int = 5) -> str:
    """Return names of layers in a sentence, in backticks."""
    return listed([f"`{name}`" for name in dict.fromkeys(layer.name for layer in layers)], most)


def apart(one: Layer, two: Layer) -> tuple[str, str]:
    """Return names of two layers in a sentence, in backticks: with namespaces where they have the
    same name."""
    if one.name != two.name:
        return f"`{one.name}`", f"`{two.name}`"
    return f"`{one.namespace}/{one.name}`", f"`{two.namespace}/{two.name}`"
