"""Render the charts of a scan and join what they make with the parts of the layers.

In: the parts of all layers of a cluster, and its objects. Out: the parts with the objects of charts.
Without a chart or without Helm the parts stay as they are, and each release says what is missing and
which command helps. What was rendered from the same chart and values before is not rendered again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gitops_docs.extract.charts import kept as kept_parts
from gitops_docs.extract.charts.objects import ReleaseParts, of_release, without_guesses
from gitops_docs.extract.extractor import LayerExtract
from gitops_docs.extract.releases import ReleaseInput
from gitops_docs.flux.objects import ObjectIndex
from gitops_docs.helm.charts import FindTree
from gitops_docs.helm.render import guard
from gitops_docs.helm.render.after import Made, Result, apply
from gitops_docs.helm.render.cache import Cache
from gitops_docs.helm.render.guard import Engine
from gitops_docs.helm.render.package import Package, api_versions, is_in_crds
from gitops_docs.helm.render.renderer import (
    KUBERNETES,
    Outcome,
    Renderer,
    Wanted,
    remedy,
)
from gitops_docs.helm.render.sources import Sources, is_not_pulled
from gitops_docs.helm.store import Charts
from gitops_docs.kubernetes import objects
from gitops_docs.kubernetes.definitions import Scopes
from gitops_docs.kustomize import Rendered
from gitops_docs.model import Release, Rendering
from gitops_docs.settings.options import Settings
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import Map, as_map, get_path, mapping

PULL = "gitops-docs charts pull ."
INSTALL = "helm version"
WITHOUT_VERSIONS = (
    "the chart asks for versions of Kubernetes or of APIs, and Helm's SDK knows only its own; install "
    "the program `helm`"
)
NO_HELM = "Helm is not installed here"
OLD_HELM = "Helm does not start here, or is older than 3.14"
_MAX_PARTS = 64 << 20
_POLICY = "helm.sh/resource-policy"


def kubernetes_of(cluster: str, index: ObjectIndex, settings: Settings) -> str:
    """Return the Kubernetes version of a cluster: what the settings say, else what its manifests
    ask an upgrade controller for; empty if it is not stated."""
    said = settings.kubernetes_versions.get(cluster) or settings.kubernetes_version
    if said:
        return said
    found = set()
    for kind, group, path in _UPGRADES:
        for applied in index.of_kind(kind):
            data = applied.rendered.data
            text = objects.text(get_path(data, "spec", *path)) or ""
            match = _KUBERNETES.match(text) if objects.group(data) == group else None
            if match is not None:
                found.add(str(match[1]))
    return found.pop() if len(found) == 1 else ""


_UPGRADES = (
    ("Plan", "upgrade.cattle.io", ("version",)),
    ("KubernetesUpgrade", "tuppr.home-operations.com", ("kubernetes", "version")),
)
"""Kinds of upgrade controllers, with the field that holds a Kubernetes version."""
_KUBERNETES = Pattern(r"v?(1\.[0-9]{1,3}\.[0-9]{1,3})(?:\+k3s[0-9]+|\+rke2r[0-9]+)?\z")


class _Kept(Struct, frozen=True):
    """The parts of a release, with everything that they were made from."""

    outcome: Outcome
    release: Release
    rendered: Rendered
    scopes: Scopes
    parts: ReleaseParts

    def result(self) -> Result:
        """Return its objects."""
        release = self.release
        namespace = release.target_namespace or release.namespace
        return apply(self.outcome.objects(), self.rendered, namespace, self.scopes)


class ReleaseObjects(Struct, frozen=True):
    """The objects that the chart of a release makes, in the order of Helm's output."""

    release: Release
    objects: tuple[Made, ...]

    @staticmethod
    def kept(made: Made) -> str:
        """Return why Helm leaves an object in the cluster that its chart no longer makes; empty
        where it deletes it."""
        if is_in_crds(made.template):
            return "Helm deletes no definition of `crds/`"
        policy = get_path(made.rendered.data, "metadata", "annotations", _POLICY)
        return "its resource policy is `keep`" if objects.text(policy) == "keep" else ""

    @staticmethod
    def written(made: Made) -> Map:
        """Return an object as Helm writes it: without the namespace that it is put into only
        because it names none."""
        data = made.rendered.data
        if not made.is_placed:
            return data
        metadata = [(k, v) for k, v in as_map(data.get("metadata")).items() if k != "namespace"]
        held = {**data, "metadata": mapping(data.file, data.line, metadata)}
        return mapping(data.file, data.line, held.items())


class ChartScan:
    """Renders the charts of one repository, scan after scan.

    Args:
        root: The scan root.
        environment: That of this process, whose `PATH` may name `helm`.
    """

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self.engine: Engine | None = guard.find(environment, root)
        self.renderer: Renderer | None = None
        self._sources: Sources | None = None
        self._kept: dict[tuple[str, str, str, str, int], _Kept] = {}
        self._used: dict[tuple[str, str, str, str, int], _Kept] = {}
        self._absent: dict[int, tuple[Release, Release]] = {}
        """Releases that were not rendered, by the address of what they were before, with that."""
        self._absent_before = self._absent

    @property
    def count(self) -> int:
        """How often Helm was started for a release."""
        return self.renderer.count if self.renderer is not None else 0

    def objects_of(self, layer: str) -> list[ReleaseObjects]:
        """Return what the releases of a layer rendered to in the last scan."""
        return [
            ReleaseObjects(kept.parts.release, kept.result().objects)
            for _, kept in sorted(self._used.items())
            if kept.parts.release.layer == layer
        ]

    def defaults_of(self, release: Release) -> dict[str, str]:
        """Return the defaults of a pulled chart, by path, credentials taken out; nothing where the
        chart is not in the store."""
        return self._sources.defaults(release) if self._sources is not None else {}

    def begin(self, charts: Charts) -> None:
        """Begin a scan with the charts that are known now."""
        if self._sources is None or self._sources.charts is not charts:
            self._sources = Sources(charts)
            if self.engine is not None:
                self.renderer = Renderer(Cache(charts.store), self.engine)
        if self.renderer is not None:
            self.renderer.begin()
        self._kept, self._used = self._used, {}
        self._absent_before, self._absent = self._absent, {}

    def rendered(
        self,
        layers: list[LayerExtract],
        index: ObjectIndex,
        find_tree: FindTree,
        settings: Settings,
        cluster: str,
    ) -> list[LayerExtract]:
        """Return the parts of the layers of a cluster, with what the charts of their releases make.

        Args:
            layers: Their parts.
            index: The objects of the cluster.
            find_tree: The files of a source of the cluster.
            settings: The user's.
            cluster: Id of the cluster.
        """
        pairs = [
            (number, release, wanted)
            for number, part in enumerate(layers)
            for release, wanted in zip(part.releases, part.unrendered, strict=True)
        ]
        if not pairs:
            return layers
        kubernetes = kubernetes_of(cluster, index, settings) or KUBERNETES
        own = [item.rendered.data for item in index.of_kind("CustomResourceDefinition")]
        apis = {api for data in own for api in api_versions(data)}
        for name in (cluster, "*"):
            apis.update(settings.api_versions.get(name, "").replace(",", " ").split())
        outcomes = self._outcomes([pair[1:] for pair in pairs], find_tree, kubernetes, apis)
        found: dict[int, list[ReleaseParts]] = {}
        absent: dict[int, Release] = {}
        scopes = Scopes(own, [kind for outcome in outcomes for kind in outcome.kinds])
        for (number, release, wanted), outcome in zip(pairs, outcomes, strict=True):
            if outcome.reason is not None:
                absent[id(release)] = self._not_rendered(release, outcome.reason)
            else:
                parts = self._extract_parts(release, wanted, outcome, scopes, kubernetes)
                found.setdefault(number, []).append(parts)
        return [
            without_guesses(_marked(part, absent), found.get(number, []))
            for number, part in enumerate(layers)
        ]

    def _not_rendered(self, release: Release, reason: str) -> Release:
        """Return the release with why it was not rendered: the same object as before where nothing
        is different."""
        rendering = Rendering(absent=reason, help=self._help(reason), remedy=remedy(reason))
        kept = self._absent_before.get(id(release))
        if kept is None or kept[0] is not release or kept[1].rendering != rendering:
            kept = release, replace(release, rendering=rendering)
        self._absent[id(release)] = kept
        return kept[1]

    def _outcomes(
        self,
        pairs: list[tuple[Release, ReleaseInput]],
        find_tree: FindTree,
        kubernetes: str,
        apis: Iterable[str],
    ) -> list[Outcome]:
        assert self._sources is not None
        wanted: list[Wanted | str] = []
        for release, given in pairs:
            package = self._sources.find(release, given.local, find_tree, given.values)
            wanted.append(
                Wanted(
                    name=release.release_name,
                    namespace=release.target_namespace or release.namespace,
                    chart=package,
                    values=given.values,
                )
                if isinstance(package, Package)
                else package
            )
        if not any(isinstance(one, Wanted) for one in wanted):
            return [Outcome(reason=str(one)) for one in wanted]
        if self.renderer is None or not self.renderer.version:
            why = NO_HELM if self.renderer is None else OLD_HELM
            return [Outcome(reason=one if isinstance(one, str) else why) for one in wanted]
        return self.renderer.render(wanted, kubernetes, apis)

    def _help(self, reason: str) -> str:
        if is_not_pulled(reason):
            return PULL
        return INSTALL if reason in (NO_HELM, OLD_HELM) else ""

    def _extract_parts(
        self,
        release: Release,
        wanted: ReleaseInput,
        outcome: Outcome,
        scopes: Scopes,
        kubernetes: str,
    ) -> ReleaseParts:
        key = (release.cluster, release.layer, release.namespace, release.name, release.line)
        kept = self._kept.get(key)
        if (
            kept is None
            or kept.outcome.key != outcome.key
            or kept.release is not release
            or kept.rendered is not wanted.rendered
            or kept.scopes != scopes
        ):
            made = self._read_or_made(release, wanted.rendered, outcome, scopes, kubernetes)
            kept = _Kept(outcome, release, wanted.rendered, scopes, made)
        self._used[key] = kept
        return kept.parts

    def _read_or_made(
        self,
        release: Release,
        rendered: Rendered,
        outcome: Outcome,
        scopes: Scopes,
        kubernetes: str,
    ) -> ReleaseParts:
        """Return the parts of a release, from the store where they are kept there."""
        assert self.renderer is not None and self._sources is not None
        engine = self.renderer.engine
        label = f"{engine.label} {self.renderer.version}"
        store = self._sources.charts.store
        name = kept_parts.name(release, rendered, outcome.key, scopes, label, kubernetes)
        name = name if outcome.is_kept else None
        content = store.read_file(name, _MAX_PARTS) if name is not None else None
        found = kept_parts.loads(content, release) if content is not None else None
        if found is not None:
            return found
        namespace = release.target_namespace or release.namespace
        result = apply(outcome.objects(), rendered, namespace, scopes)
        if engine.is_library and outcome.asks_versions:
            result = replace(result, unsure=(*result.unsure, WITHOUT_VERSIONS))
        made = of_release(release, result, scopes, label, kubernetes)
        packed = kept_parts.dumps(made) if name is not None else None
        if name is not None and packed is not None:
            store.try_file(name, packed)
        return made


def _marked(part: LayerExtract, absent: Mapping[int, Release]) -> LayerExtract:
    """Return the parts of a layer whose releases say why they were not rendered."""
    if not any(id(release) in absent for release in part.releases):
        return part
    return replace(part, releases=[absent.get(id(release), release) for release in part.releases])
