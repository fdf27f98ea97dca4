"""Extract what one layer gives to the model.

In: a walked layer, the objects of its cluster, comments. Out: `Parts`: the layer and everything
that its objects stand for. A layer that is as it was in the scan before, and for which every
look-up in the cluster still gives the same, keeps its parts.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from gitops_docs.extract import (
    access,
    automation,
    images,
    layers,
    releases,
    secrets,
    storage,
    workloads,
)
from gitops_docs.extract import alerts as notifications
from gitops_docs.extract import comments as remarks
from gitops_docs.extract.comments import Comments
from gitops_docs.extract.credentials import in_comments, likely_credentials
from gitops_docs.extract.network import exposure, policies
from gitops_docs.extract.operations import held as pauses
from gitops_docs.extract.operations import owners
from gitops_docs.extract.releases import ReleaseInput
from gitops_docs.extract.sources import source
from gitops_docs.extract.variables import of_layer
from gitops_docs.flux.layer import RenderedLayer
from gitops_docs.flux.objects import ObjectIndex, RecordedLookups
from gitops_docs.flux.validation import validate
from gitops_docs.helm.charts import FindTree, Inspect, LocalCharts
from gitops_docs.kubernetes import objects
from gitops_docs.kubernetes.definitions import Scopes
from gitops_docs.kubernetes.flux import HELM_GROUP, NOTIFICATION_GROUP, SOURCE_GROUP, SOURCE_KINDS
from gitops_docs.kustomize import Rendered
from gitops_docs.kustomize.resources.factory import faults
from gitops_docs.kustomize.rules import KustomizeBuildFailed
from gitops_docs.model import (
    Alert,
    Autoscaler,
    Backup,
    Certificate,
    CertificateUse,
    DisruptionBudget,
    ExposedService,
    Finding,
    FluxInstallation,
    Gateway,
    Held,
    Image,
    ImagePolicy,
    ImageRepository,
    ImageUpdateAutomation,
    Issuer,
    Layer,
    LayerObject,
    LayerStatus,
    NetworkPolicy,
    Provider,
    Release,
    Role,
    RoleBinding,
    Route,
    Secret,
    ServiceAccount,
    Source,
    StatedOwner,
    StorageClass,
    Variable,
    VolumeClaim,
    Workload,
    layer_refs,
)
from gitops_docs.redaction import redact_struct
from gitops_docs.repository.tree import Tree
from gitops_docs.yaml.nodes import Map

FAMILIES: dict[type[LayerObject], str] = {
    ImageRepository: "image_repositories",
    ImagePolicy: "image_policies",
    ImageUpdateAutomation: "image_automations",
    Gateway: "gateways",
    Route: "routes",
    ExposedService: "exposed_services",
    Certificate: "certificates",
    Issuer: "issuers",
    CertificateUse: "certificate_uses",
    Workload: "workloads",
    Autoscaler: "autoscalers",
    DisruptionBudget: "disruption_budgets",
    StorageClass: "storage_classes",
    VolumeClaim: "volume_claims",
    Backup: "backups",
    Role: "roles",
    RoleBinding: "role_bindings",
    ServiceAccount: "service_accounts",
    NetworkPolicy: "network_policies",
    StatedOwner: "stated_owners",
    Held: "held",
}
"""Structs of `extract` to their list, which `LayerExtract` and `Platform` have under the same
name. Those of a struct that is not named here are among the `others`."""
LISTS = (*FAMILIES.values(), "others")
READERS: tuple[Callable[[Rendered, str, str], LayerObject | None], ...] = (
    automation.automation,
    exposure.exposure,
    workloads.workload,
    access.access,
    policies.network_policy,
    notifications.receiver,
)
"""What is asked of each object, its layer and its cluster: one function a family."""


class LayerExtract(Struct):
    """What one layer adds to the model; `layer` is None for the directory of a guessed root, which
    is not a layer."""

    layer: Layer | None = None
    releases: list[Release] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    providers: list[Provider] = field(default_factory=list)
    secrets: list[Secret] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    image_repositories: list[ImageRepository] = field(default_factory=list)
    image_policies: list[ImagePolicy] = field(default_factory=list)
    image_automations: list[ImageUpdateAutomation] = field(default_factory=list)
    gateways: list[Gateway] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    exposed_services: list[ExposedService] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    issuers: list[Issuer] = field(default_factory=list)
    certificate_uses: list[CertificateUse] = field(default_factory=list)
    workloads: list[Workload] = field(default_factory=list)
    autoscalers: list[Autoscaler] = field(default_factory=list)
    disruption_budgets: list[DisruptionBudget] = field(default_factory=list)
    storage_classes: list[StorageClass] = field(default_factory=list)
    volume_claims: list[VolumeClaim] = field(default_factory=list)
    backups: list[Backup] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    role_bindings: list[RoleBinding] = field(default_factory=list)
    service_accounts: list[ServiceAccount] = field(default_factory=list)
    network_policies: list[NetworkPolicy] = field(default_factory=list)
    stated_owners: list[StatedOwner] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    unrendered: list[ReleaseInput] = field(default_factory=list)
    """What the charts of its releases are rendered from. It is not part of the model: its values
    may be secret."""
    others: list[LayerObject] = field(default_factory=list)


class _Kept(Struct, frozen=True):
    built: RenderedLayer
    scopes: Scopes
    known: frozenset[str]
    installation: FluxInstallation
    charts: LocalCharts
    lookups: RecordedLookups
    parts: LayerExtract


def _nowhere(_kind: str, _namespace: str, _name: str) -> Tree | None:
    """Stand in for the look-up of sources where there are none."""
    return None


class Extractor:
    """Makes the parts of layers; keeps them from one scan to the next."""

    def __init__(self, owner_label: str = "") -> None:
        """`owner_label` is the label whose value names the owner of an object; empty: none."""
        self._owner_label = owner_label
        self._kept: dict[str, _Kept] = {}

    def of(
        self,
        built: RenderedLayer,
        index: ObjectIndex,
        scopes: Scopes,
        words: Comments,
        known: frozenset[str],
        installation: FluxInstallation,
        find_tree: FindTree = _nowhere,
        inspect: Inspect | None = None,
    ) -> LayerExtract:
        """Return the parts of a layer.

        Args:
            built: The layer as it was walked.
            index: The objects of its cluster.
            scopes: The scopes of the kinds of its cluster.
            words: The comments of all files.
            known: Ids of all layers of its cluster.
            installation: What the cluster's files say of its Flux.
            find_tree: The files of a source of the cluster.
            inspect: Adds what charts say; another object where they are others.
        """
        kept = self._kept.get(built.id)
        if (
            kept is not None
            and built.same(kept.built)
            and kept.scopes == scopes
            and kept.known == known
            and kept.installation == installation
            and kept.lookups.agree_with(index)
            and kept.charts.inspect is inspect
            and kept.charts.holds(find_tree)
        ):
            return kept.parts
        lookups, charts = RecordedLookups(index), LocalCharts(find_tree, inspect)
        parts = scrubbed(
            _of_layer(built, lookups, scopes, words, known, installation, charts, self._owner_label)
        )
        self._kept[built.id] = _Kept(built, scopes, known, installation, charts, lookups, parts)
        return parts


def of_directory(index: ObjectIndex, cluster: str, own: LayerExtract | None) -> LayerExtract:
    """Return the sources and Secrets in the directory of a guessed root, which is not a layer.

    Args:
        index: The objects of the cluster.
        cluster: Its id.
        own: What the directory would give as a layer. None where a layer applies it.
    """
    parts = LayerExtract()
    for applied in index.of_kind(*SOURCE_KINDS):
        if not applied.layer:
            parts.sources.append(source(applied.rendered, "", cluster))
    if own is not None:
        parts.secrets = [replace(secret, layer="") for secret in own.secrets]
        parts.findings = [replace(finding, layers=(), about=()) for finding in own.findings]
    return scrubbed(parts)


def _of_layer(
    built: RenderedLayer,
    index: RecordedLookups,
    scopes: Scopes,
    words: Comments,
    known: frozenset[str],
    installation: FluxInstallation,
    charts: LocalCharts,
    owner_label: str,
) -> LayerExtract:
    parts = LayerExtract(layers.layer(built, index, scopes, words, known))
    parts.findings += built.findings
    parts.variables += of_layer(built)
    if built.rendered is not None or not built.root.synthetic:
        kustomization = built.kustomization
        parts.findings += validate(
            kustomization.data, kustomization.file, kustomization.line, built.id, installation
        )
        comments = words.of(kustomization.file)
        parts.findings += in_comments(
            kustomization.data, kustomization.file, kustomization.line, built.id, comments
        )
    parts.findings += _of_failed_file(built, installation)
    for item in built.objects:
        _add_object(parts, item.data, item, built, index, words, charts, owner_label)
        if item.partial is None and not objects.is_flux_kustomization(item.data):
            parts.findings += validate(
                item.data, item.file, item.line, built.id, installation, item.original
            )
        if not objects.is_a(item.data, HELM_GROUP, "HelmRelease"):
            parts.findings += in_comments(
                item.data, item.file, item.line, built.id, words.of(item.file), by_look=True
            )
        parts.findings += likely_credentials(item.data, built.id)
    return parts


def _of_failed_file(built: RenderedLayer, installation: FluxInstallation) -> Iterator[Finding]:
    """Return the other faults of a file for which a build failed, so that all of them can be
    corrected at once."""
    tree = built.tree
    if built.status is not LayerStatus.FAILED or tree is None:
        return
    failed = {
        finding.file: finding
        for finding in built.findings
        if finding.code == KustomizeBuildFailed.code
    }
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
                yield replace(
                    fault.finding, file=first.file, layers=(built.id,), about=layer_refs([built.id])
                )
        for document in documents:
            if type(document.root) is Map:
                yield from validate(
                    document.root, tree.origin(path), document.root.line, built.id, installation
                )


def scrubbed(parts: LayerExtract) -> LayerExtract:
    """Return the parts without credentials in any text. The result is kept as long as the parts
    are."""
    lists = (
        (name, getattr(parts, name))
        for name in parts.__struct_fields__
        if name not in ("layer", "unrendered")
    )
    return LayerExtract(
        redact_struct(parts.layer),
        unrendered=parts.unrendered,
        **{name: [redact_struct(one) for one in found] for name, found in lists},
    )


def _add_object(
    parts: LayerExtract,
    data: Map,
    item: Rendered,
    built: RenderedLayer,
    index: RecordedLookups,
    words: Comments,
    charts: LocalCharts,
    owner_label: str,
) -> None:
    layer, cluster = built.id, built.root.cluster
    values = None
    if objects.is_a(data, HELM_GROUP, "HelmRelease"):
        comments = words.of(item.file)
        about = remarks.description(item.line, comments)
        parts.findings += in_comments(data, item.file, item.line, layer, comments)
        found, values, unrendered = releases.release(item, layer, cluster, index, about, charts)
        place = found.version_set_at
        if place is not None:
            reason = remarks.at(place.line, words.of(place.file))
            found = replace(found, version_reason=reason)
        parts.releases.append(found)
        parts.unrendered.append(unrendered)
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
    if objects.is_a(data, NOTIFICATION_GROUP, "Alert"):
        parts.alerts.append(notifications.flux_alert(item, layer, cluster))
    elif objects.is_a(data, NOTIFICATION_GROUP, "Provider"):
        parts.providers.append(notifications.provider(item, layer, cluster))
    elif objects.is_a(data, SOURCE_GROUP, *SOURCE_KINDS):
        parts.sources.append(source(item, layer, cluster))
    parts.alerts += notifications.rules(item, layer, cluster, owner_label)
    add_families(parts, item, layer, cluster)
    stated = owners.owner(item, layer, cluster, owner_label)
    _add(parts, [stated, *pauses.held(item, layer, cluster, words)])


def add_families(parts: LayerExtract, item: Rendered, layer: str, cluster: str) -> None:
    """Read an object by each function of `extract`, and add what it gives to the list of its kind."""
    found: list[LayerObject | None] = [
        *(read(item, layer, cluster) for read in READERS),
        *storage.storage(item, layer, cluster),
    ]
    _add(parts, found)


def _add(parts: LayerExtract, found: Iterable[LayerObject | None]) -> None:
    for one in found:
        if one is not None:
            getattr(parts, FAMILIES.get(type(one), "others")).append(one)
