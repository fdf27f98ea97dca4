"""The whole engine in one call: a directory becomes a `Platform`.

In: the scan root and the settings. Out: the frozen model. Pure but for reading files below the root and asking `git`; nothing that a
repository contains makes it raise.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from gitops_docs import checks, graph
from gitops_docs.flux import (
    images,
    layers,
    notifications,
    objects,
    releases,
    remarks,
    roots,
    secrets,
    sources,
    variables,
)
from gitops_docs.flux.index import ObjectIndex
from gitops_docs.flux.scope import Scopes
from gitops_docs.flux.walk import Built, Walker
from gitops_docs.kustomize import Rendered
from gitops_docs.model import (
    Alert,
    Cluster,
    Finding,
    Image,
    Layer,
    Orphan,
    Platform,
    Provider,
    Release,
    Repository,
    Secret,
    Severity,
    Source,
    Variable,
)
from gitops_docs.nodes import Map, as_map, as_seq, as_text, get_path, is_true
from gitops_docs.redaction import scrubbed, without_user_info
from gitops_docs.repository import git, history
from gitops_docs.repository.tree import Checkout, Tree
from gitops_docs.settings import Settings

_NO_MANIFESTS = frozenset({"docs", ".github", ".gitlab", ".circleci"})
"""Top directories whose YAML is not taken for manifests unless a layer reads it."""
_SOURCE_KINDS = ("GitRepository", "OCIRepository", "HelmRepository", "Bucket", "ExternalArtifact")


@dataclass(slots=True)
class Scan:
    """What `scan` worked with, for commands that need the objects themselves (`render`)."""

    platform: Platform
    built: dict[str, Built] = field(default_factory=dict)


def scan(root: Path, settings: Settings | None = None) -> Platform:
    """Everything that the repository below `root` describes.

    Args:
        root: The scan root, a directory.
        settings: What the user set; defaults where None.
    """
    return analyse(root, settings).platform


def analyse(root: Path, settings: Settings | None = None) -> Scan:
    """Like `scan`, with the layers as they were walked."""
    settings = settings or Settings()
    checkout = Checkout(root)
    repository = git.describe(root, settings.repository_url)
    found_sources = sources.Sources(checkout, settings, repository.url)
    tree = found_sources.own_tree()
    manifests, broken = _manifests(checkout, tree)
    walker = Walker(found_sources, settings)
    starts, walked = _walk(manifests, tree, settings, walker)

    parts = _Parts(repository, settings)
    words = layers.Words(tree)
    reached: set[str] = set()
    for start, cluster in zip(starts, walked, strict=True):
        reached |= cluster.files
        parts.add(start, cluster.layers, cluster.index, words)
    parts.secrets += _stray_secrets(manifests, reached)
    platform = parts.platform(_orphans(manifests, reached), _unread(broken, reached))
    platform = replace(platform, commits=history.read(root, checkout.files))
    platform = replace(
        platform, findings=checks.settle(checks.run(platform, settings) + list(platform.findings), settings)
    )
    platform = scrubbed(platform)
    return Scan(platform, {layer.id: layer for cluster in walked for layer in cluster.layers})


@dataclass(slots=True)
class _Walked:
    layers: list[Built]
    index: ObjectIndex
    files: frozenset[str]


def _walk(
    manifests: list[roots.Manifest], tree: Tree, settings: Settings, walker: Walker
) -> tuple[list[roots.Root], list[_Walked]]:
    """Find the roots and walk each. Guessed roots that another one's layers already read are no roots."""
    starts = roots.find_roots(manifests, tree, settings.clusters)
    guessed = not starts
    if guessed:
        starts = roots.guess_roots(manifests, tree)
    walked = [_Walked(*walker.cluster(start)) for start in starts]
    if guessed and len(starts) > 1:
        kept = [
            index
            for index, start in enumerate(starts)
            if not any(
                start.entry.file in other.files and walked[index].files < other.files
                for position, other in enumerate(walked)
                if position != index
            )
        ]
        starts, walked = [starts[index] for index in kept], [walked[index] for index in kept]
    contexts = settings.contexts
    return [replace(start, context=start.context or contexts.get(start.cluster)) for start in starts], walked


class _Parts:
    """Collects the parts of the model, cluster by cluster."""

    def __init__(self, repository: Repository, settings: Settings) -> None:
        self.repository = repository
        self.settings = settings
        self.clusters: list[Cluster] = []
        self.layers: list[Layer] = []
        self.releases: list[Release] = []
        self.images: list[Image] = []
        self.sources: list[Source] = []
        self.variables: list[Variable] = []
        self.alerts: list[Alert] = []
        self.providers: list[Provider] = []
        self.secrets: list[Secret] = []
        self.findings: list[Finding] = []

    def add(self, start: roots.Root, built: list[Built], index: ObjectIndex, words: layers.Words) -> None:
        self.clusters.append(Cluster(start.cluster, start.directory, start.entry, start.context))
        scopes = Scopes(index)
        known = frozenset(layer.id for layer in built)
        for layer in built:
            self.layers.append(layers.layer(layer, index, scopes, words, known))
            self.findings += layer.findings
            self.variables += variables.of_layer(layer)
            for item in layer.objects:
                self._object(item.data, item, layer.id, start.cluster, index, words)
        for applied in index.of_kind(*_SOURCE_KINDS):
            if not applied.layer:
                self._source(applied.rendered, "", start.cluster)

    def _object(
        self, data: Map, item: Rendered, layer: str, cluster: str, index: ObjectIndex, words: layers.Words
    ) -> None:
        self.images += images.images(item, layer)
        held = secrets.secret(
            data,
            item.file,
            item.line,
            original=item.original,
            generated=item.generated,
            layer=layer,
            cluster=cluster,
        )
        if held is not None:
            self.secrets.append(held)
        if objects.is_a(data, objects.HELM_GROUP, "HelmRelease"):
            about = remarks.description(item.line, words.of(item.file))
            self.releases.append(releases.release(item, layer, cluster, index, about))
        elif objects.is_a(data, objects.NOTIFICATION_GROUP, "Alert"):
            self.alerts.append(notifications.flux_alert(item, layer, cluster))
        elif objects.is_a(data, objects.NOTIFICATION_GROUP, "Provider"):
            self.providers.append(notifications.provider(item, layer, cluster))
        elif objects.is_a(data, objects.SOURCE_GROUP, *_SOURCE_KINDS):
            self._source(item, layer, cluster)
        self.alerts += notifications.rules(item, layer, cluster)

    def _source(self, item: Rendered, layer: str, cluster: str) -> None:
        spec = as_map(item.data.get("spec"))
        url = objects.text(spec.get("url")) or objects.text(spec.get("endpoint"))
        self.sources.append(
            Source(
                cluster=cluster,
                layer=layer,
                kind=objects.kind(item.data),
                namespace=objects.namespace(item.data),
                name=objects.name(item.data),
                url=without_user_info(url) if url else None,
                ref=_reference(spec),
                file=item.file,
                line=item.line,
                secret=objects.text(get_path(spec, "secretRef", "name")),
                provider=objects.text(spec.get("provider")),
                suspended=is_true(spec.get("suspend")),
            )
        )

    def platform(self, orphans: list[Orphan], unread: list[Finding]) -> Platform:
        ordered = graph.with_waves(tuple(sorted(self.layers, key=lambda layer: layer.id)))
        return Platform(
            repository=self.repository,
            clusters=tuple(sorted(self.clusters, key=lambda cluster: cluster.id)),
            layers=ordered,
            releases=tuple(sorted(self.releases, key=lambda r: (r.layer, r.namespace, r.name, r.file, r.line))),
            images=tuple(sorted(self.images, key=lambda i: (i.layer, i.image, i.file, i.line))),
            sources=tuple(sorted(self.sources, key=lambda s: (s.cluster, s.kind, s.namespace, s.name, s.layer))),
            variables=tuple(sorted(self.variables, key=lambda v: (v.layer, v.name))),
            alerts=tuple(sorted(self.alerts, key=lambda a: (a.cluster, a.kind, a.namespace, a.name, a.file, a.line))),
            providers=tuple(sorted(self.providers, key=lambda p: (p.cluster, p.namespace, p.name, p.layer))),
            orphans=tuple(orphans),
            findings=tuple(self.findings + unread),
            secrets=tuple(
                sorted(self.secrets, key=lambda s: (s.cluster, s.layer, s.namespace, s.name, s.kind, s.file, s.line))
            ),
        )


def _reference(spec: Map) -> str | None:
    """What a source follows, by Flux's order of precedence."""
    reference = as_map(spec.get("ref"))
    for key in ("digest", "commit", "name", "semver", "tag", "branch"):
        value = as_text(reference.get(key))
        if value is not None:
            return f"{key} {value}"
    return None


def _manifests(checkout: Checkout, tree: Tree) -> tuple[list[roots.Manifest], list[Finding]]:
    """Every object of the repository as written, and what could not be read. Helm charts are left out: their files are templates."""
    charts = {posixpath.dirname(path) for path in checkout.files if posixpath.basename(path) == "Chart.yaml"}
    found: list[roots.Manifest] = []
    broken: list[Finding] = []
    for path in sorted(tree.files):
        if not path.endswith((".yaml", ".yml")) or path.partition("/")[0] in _NO_MANIFESTS or _in_chart(path, charts):
            continue
        parsed = tree.documents(path)
        broken += parsed.findings
        for document in parsed.documents:
            for data in _objects(document.root):
                found.append(roots.Manifest(data, path, document.file, data.line))
    return found, broken


def _in_chart(path: str, charts: set[str]) -> bool:
    directory = posixpath.dirname(path)
    while True:
        if directory in charts:
            return True
        if not directory:
            return False
        directory = posixpath.dirname(directory)


def _objects(root: object) -> Iterable[Map]:
    if type(root) is not Map:
        return
    if objects.kind(root).endswith("List") and root.get("items"):
        for item in as_seq(root.get("items")):
            yield from _objects(item)
    else:
        yield root


def _orphans(manifests: list[roots.Manifest], reached: set[str]) -> list[Orphan]:
    """Objects in files that no layer reads."""
    found = {
        Orphan(manifest.file, objects.kind(manifest.data), objects.name(manifest.data), manifest.line)
        for manifest in manifests
        if manifest.file not in reached
        and objects.kind(manifest.data)
        and objects.name(manifest.data)
        and objects.group(manifest.data) not in ("kustomize.config.k8s.io", "config.kubernetes.io")
        and objects.api_version(manifest.data)
    }
    return sorted(found, key=lambda orphan: (orphan.file, orphan.line, orphan.kind, orphan.name))


def _stray_secrets(manifests: list[roots.Manifest], reached: set[str]) -> list[Secret]:
    """Secrets in files that no layer reads: nothing applies them, and everybody can read them."""
    found = (
        secrets.secret(manifest.data, manifest.file, manifest.line)
        for manifest in manifests
        if manifest.file not in reached
    )
    return [item for item in found if item is not None]


def _unread(broken: list[Finding], reached: set[str]) -> list[Finding]:
    """Problems of reading. Where no layer reads the file, Flux never sees it: that is information."""
    return [finding if finding.file in reached else replace(finding, severity=Severity.INFO) for finding in broken]
