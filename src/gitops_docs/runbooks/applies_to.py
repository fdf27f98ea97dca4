"""Match the patterns of `applies_to` with layers and releases.

In: a pattern such as `kustomization/flux-system/apps`, `helmrelease/*/cilium`, `layer:security`,
`cluster:production`, `path:infrastructure/base/cilium`, `deployment/apps/web`. Out: ids of layers,
keys of releases. `*` and `?` match within what stands between slashes; case counts in names, not in
kinds.
"""

from __future__ import annotations

from collections import defaultdict
from difflib import get_close_matches
from functools import cached_property

from msgspec import Struct

from gitops_docs.model import LayerStatus, Platform
from gitops_docs.repository.globs import wildcard
from gitops_docs.text.patterns import Pattern

_KINDS = {
    "ks": "kustomization",
    "hr": "helmrelease",
    "layer": "kustomization",
    "release": "helmrelease",
}
"""Short names, as the flux command takes them."""
_PREFIXED = Pattern(r"(layer|cluster|path|release|namespace):\s*(.+)\z", dot_all=True)

ReleaseKey = tuple[str, str, str]
"""Layer id, namespace, name."""


class Matched(Struct, frozen=True):
    """What a pattern means; `general` where it names all layers, all releases or a whole
    cluster."""

    layers: frozenset[str] = frozenset()
    releases: frozenset[ReleaseKey] = frozenset()
    general: bool = False

    def __bool__(self) -> bool:
        return bool(self.layers or self.releases)


class Targets:
    """The layers, releases and objects of a platform by what patterns can name."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.complete = bool(platform.layers) and all(
            layer.status is LayerStatus.RENDERED for layer in platform.layers
        )
        """Whether everything is known, so that what is not here does not exist."""

    @cached_property
    def objects(self) -> dict[str, dict[tuple[str, str], set[str]]]:
        """Ids of layers by what they apply: kind in lower case, then namespace and name."""
        found: dict[str, dict[tuple[str, str], set[str]]] = defaultdict(lambda: defaultdict(set))
        for layer in self.platform.layers:
            for resource in layer.resources:
                namespace = "" if resource.cluster_scoped else resource.namespace or ""
                found[resource.kind.lower()][namespace, resource.name].add(layer.id)
        return found

    def match(self, pattern: str) -> Matched:
        """Return everything that a pattern of `applies_to` means."""
        prefixed = _PREFIXED.match(pattern)
        if prefixed:
            return self._prefixed(prefixed[1], prefixed[2].strip())
        parts = pattern.strip("/").split("/")
        kind = _KINDS.get(parts[0].lower(), parts[0].lower())
        if len(parts) == 2:
            namespace, name = "*", parts[1]
        elif len(parts) == 3:
            namespace, name = parts[1], parts[2]
        else:
            return Matched()
        general = "*" in name and not name.strip("*?")
        if kind == "kustomization":
            found = frozenset(
                layer.id
                for layer in self.platform.layers
                if wildcard(layer.namespace, namespace) and wildcard(layer.name, name)
            )
            return Matched(found, general=general)
        if kind == "helmrelease":
            releases = frozenset(
                (release.layer, release.namespace, release.name)
                for release in self.platform.releases
                if wildcard(release.namespace, namespace) and wildcard(release.name, name)
            )
            return Matched(frozenset(), releases, general and not namespace.strip("*?"))
        holders: set[str] = set()
        for (own_namespace, own_name), layers in self.objects.get(kind, {}).items():
            if wildcard(own_name, name) and (
                wildcard(own_namespace, namespace) or not own_namespace
            ):
                holders |= layers
        return Matched(frozenset(holders), general=general)

    def _prefixed(self, what: str, text: str) -> Matched:
        platform = self.platform
        if what == "layer":
            found = frozenset(
                layer.id
                for layer in platform.layers
                if wildcard(layer.name, text) or wildcard(layer.id, text)
            )
            return Matched(found, general=not text.strip("*?/"))
        if what == "cluster":
            return Matched(
                frozenset(layer.id for layer in platform.layers if wildcard(layer.cluster, text)),
                general=True,
            )
        if what == "release":
            return Matched(
                releases=frozenset(
                    (release.layer, release.namespace, release.name)
                    for release in platform.releases
                    if wildcard(release.name, text)
                    or wildcard(f"{release.namespace}/{release.name}", text)
                ),
                general=not text.strip("*?/"),
            )
        if what == "namespace":
            return Matched(
                frozenset(
                    layer.id
                    for layer in platform.layers
                    if any(
                        not item.cluster_scoped and wildcard(item.namespace or "", text)
                        for item in layer.resources
                    )
                ),
                frozenset(
                    (release.layer, release.namespace, release.name)
                    for release in platform.releases
                    if wildcard(release.namespace, text)
                ),
                general=not text.strip("*?"),
            )
        return self._path(text)

    def _path(self, text: str) -> Matched:
        pattern = text.removeprefix("./").rstrip("/")

        def covers(file: str) -> bool:
            return file == pattern or file.startswith(f"{pattern}/") or wildcard(file, pattern)

        layers = frozenset(
            layer.id
            for layer in self.platform.layers
            if (
                layer.directory is not None
                and (layer.directory == pattern or covers(layer.directory))
            )
            or covers(layer.file)
            or any(covers(file) for file in layer.files)
        )
        releases = frozenset(
            (release.layer, release.namespace, release.name)
            for release in self.platform.releases
            if covers(release.file)
        )
        return Matched(layers, releases)

    def nearest(self, pattern: str) -> str | None:
        """Return what a pattern that matches nothing was probably meant to be."""
        prefixed = _PREFIXED.match(pattern)
        if prefixed:
            known = {
                "layer": {layer.name for layer in self.platform.layers},
                "cluster": {cluster.id for cluster in self.platform.clusters},
                "release": {release.name for release in self.platform.releases},
                "path": {layer.directory for layer in self.platform.layers if layer.directory},
            }.get(prefixed[1], set())
            near = get_close_matches(prefixed[2], sorted(known), n=1)
            return f"{prefixed[1]}:{near[0]}" if near else None
        every = {f"kustomization/{layer.namespace}/{layer.name}" for layer in self.platform.layers}
        every |= {
            f"helmrelease/{release.namespace}/{release.name}" for release in self.platform.releases
        }
        near = get_close_matches(pattern, sorted(every), n=1, cutoff=0.75)
        return near[0] if near else None
