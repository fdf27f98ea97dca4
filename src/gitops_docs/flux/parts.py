"""What one layer gives to the model.

In: a walked layer, the objects of its cluster, comments. Out: `Parts`: the layer and everything that its objects stand for. A layer that
is as it was in the scan before, and for which every look-up in the cluster still gives the same, keeps its parts.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from gitops_docs.flux import images, layers, notifications, objects, releases, remarks, secrets, variables
from gitops_docs.flux.built import Built
from gitops_docs.flux.charts import FindTree, LocalCharts
from gitops_docs.flux.index import Lookups, ObjectIndex
from gitops_docs.flux.layers import Words
from gitops_docs.flux.scope import Scopes
from gitops_docs.flux.shape import shape
from gitops_docs.flux.suspects import in_comments, suspects
from gitops_docs.kustomize import Rendered
from gitops_docs.kustomize.documents import faults
from gitops_docs.model import (
    Alert,
    Finding,
    FluxInstallation,
    Image,
    Layer,
    LayerStatus,
    Provider,
    Release,
    Secret,
    Source,
    Variable,
)
from gitops_docs.nodes import Map, as_map, as_text, get_path, is_true
from gitops_docs.redaction import scrubbed, without_credentials
from gitops_docs.repository.tree import Tree

SOURCE_KINDS = ("GitRepository", "OCIRepository", "HelmRepository", "Bucket", "ExternalArtifact")


class Parts(Struct):
    """Parts of the model; `layer` is None for what stands in the directory of a guessed root."""

    layer: Layer | None = None
    releases: list[Release] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    providers: list[Provider] = field(default_factory=list)
    secrets: list[Secret] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


class _Kept(Struct, frozen=True):
    built: Built
    scopes: Scopes
    known: frozenset[str]
    installation: FluxInstallation
    charts: LocalCharts
    lookups: Lookups
    parts: Parts


def _nowhere(_kind: str, _namespace: str, _name: str) -> Tree | None:
    """No source is here."""
    return None


class PartsOfLayers:
    """Makes the parts of layers; keeps them from one scan to the next."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def of(
        self,
        built: Built,
        index: ObjectIndex,
        scopes: Scopes,
        words: Words,
        known: frozenset[str],
        installation: FluxInstallation,
        find_tree: FindTree = _nowhere,
    ) -> Parts:
        """The parts of a layer.

        Args:
            built: The layer as it was walked.
            index: The objects of its cluster.
            scopes: The scopes of the kinds of its cluster.
            words: The comments of all files.
            known: Ids of all layers of its cluster.
            installation: What the cluster's files say of its Flux.
            find_tree: The files of a source of the cluster.
        """
        kept = self._kept.get(built.id)
        if (
            kept is not None
            and built.same(kept.built)
            and kept.scopes == scopes
            and kept.known == known
            and kept.installation == installation
            and kept.lookups.hold(index)
            and kept.charts.holds(find_tree)
        ):
            return kept.parts
        lookups, charts = Lookups(index), LocalCharts(find_tree)
        parts = _scrubbed(_of_layer(built, lookups, scopes, words, known, installation, charts))
        self._kept[built.id] = _Kept(built, scopes, known, installation, charts, lookups, parts)
        return parts


def of_directory(index: ObjectIndex, cluster: str, own: Parts | None) -> Parts:
    """The sources and Secrets that stand in the directory of a guessed root, which is no layer.

    Args:
        index: The objects of the cluster.
        cluster: Its id.
        own: What the directory would give as a layer. None where a layer applies it.
    """
    parts = Parts()
    for applied in index.of_kind(*SOURCE_KINDS):
        if not applied.layer:
            parts.sources.append(_source(applied.rendered, "", cluster))
    if own is not None:
        parts.secrets = [replace(secret, layer="") for secret in own.secrets]
        parts.findings = [replace(finding, layer=None) for finding in own.findings]
    return _scrubbed(parts)


def _of_layer(
    built: Built,
    index: Lookups,
    scopes: Scopes,
    words: Words,
    known: frozenset[str],
    installation: FluxInstallation,
    charts: LocalCharts,
) -> Parts:
    parts = Parts(layers.layer(built, index, scopes, words, known))
    parts.findings += built.findings
    parts.variables += variables.of_layer(built)
    if built.rendered is not None or not built.root.synthetic:
        kustomization = built.kustomization
        parts.findings += shape(kustomization.data, kustomization.file, kustomization.line, built.id, installation)
        comments = words.of(kustomization.file)
        parts.findings += in_comments(kustomization.data, kustomization.file, kustomization.line, built.id, comments)
    parts.findings += _of_failed_file(built, installation)
    for item in built.objects:
        _add_object(parts, item.data, item, built, index, words, charts)
        if item.partial is None and not objects.is_flux_kustomization(item.data):
            parts.findings += shape(item.data, item.file, item.line, built.id, installation)
        parts.findings += suspects(item.data, built.id)
    return parts


def _of_failed_file(built: Built, installation: FluxInstallation) -> Iterator[Finding]:
    """What else is wrong in a file for which a build failed: whoever corrects it wants to see all of it at once."""
    tree = built.tree
    if built.status is not LayerStatus.FAILED or tree is None:
        return
    failed = {finding.file: finding for finding in built.findings if finding.code == "kustomize-build-failed"}
    for path in tree.files if failed else ():
        first = failed.get(tree.origin(path))
        if (
            first is None
            or not path.endswith((".yaml", ".yml"))
            or posixpath.basename(path).startswith("kustomization.")
        ):
            continue
        documents = tree.documents(path).documents
        for fault in faults(documents):
            if fault.finding.line != first.line:
                yield replace(fault.finding, file=first.file, layer=built.id)
        for document in documents:
            if type(document.root) is Map:
                yield from shape(document.root, tree.origin(path), document.root.line, built.id, installation)


def _scrubbed(parts: Parts) -> Parts:
    """The same without credentials in any text, once for as long as the parts are kept."""
    lists = ((name, getattr(parts, name)) for name in parts.__struct_fields__ if name != "layer")
    return Parts(scrubbed(parts.layer), **{name: [scrubbed(one) for one in found] for name, found in lists})


def _add_object(
    parts: Parts, data: Map, item: Rendered, built: Built, index: Lookups, words: Words, charts: LocalCharts
) -> None:
    layer, cluster = built.id, built.root.cluster
    values = None
    if objects.is_a(data, objects.HELM_GROUP, "HelmRelease"):
        comments = words.of(item.file)
        about = remarks.description(item.line, comments)
        parts.findings += in_comments(data, item.file, item.line, layer, comments)
        found, values = releases.release(item, layer, cluster, index, about, charts)
        parts.releases.append(found)
    parts.images += images.images(item, layer, values)
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
        parts.secrets.append(held)
    if objects.is_a(data, objects.NOTIFICATION_GROUP, "Alert"):
        parts.alerts.append(notifications.flux_alert(item, layer, cluster))
    elif objects.is_a(data, objects.NOTIFICATION_GROUP, "Provider"):
        parts.providers.append(notifications.provider(item, layer, cluster))
    elif objects.is_a(data, objects.SOURCE_GROUP, *SOURCE_KINDS):
        parts.sources.append(_source(item, layer, cluster))
    parts.alerts += notifications.rules(item, layer, cluster)


def _source(item: Rendered, layer: str, cluster: str) -> Source:
    spec = as_map(item.data.get("spec"))
    url = objects.text(spec.get("url")) or objects.text(spec.get("endpoint"))
    return Source(
        cluster=cluster,
        layer=layer,
        kind=objects.kind(item.data),
        namespace=objects.namespace(item.data),
        name=objects.name(item.data),
        url=without_credentials(url) if url else None,
        ref=_reference(spec),
        file=item.file,
        line=item.line,
        secret=objects.text(get_path(spec, "secretRef", "name")),
        provider=objects.text(spec.get("provider")),
        suspended=is_true(spec.get("suspend")),
    )


def _reference(spec: Map) -> str | None:
    """What a source follows, by Flux's order of precedence."""
    reference = as_map(spec.get("ref"))
    for key in ("digest", "commit", "name", "semver", "tag", "branch"):
        value = as_text(reference.get(key))
        if value is not None:
            return f"{key} {value}"
    return None
