"""Define the inventory: these structs are the contract, and the JSON schema is made from them.

No field has a default, so each is required, but for those that may be `UNSET`: they are absent where
they do not hold. A struct of `model` that stands here as it is belongs to the contract too. Fields
may be added, never renamed; a new one is a line here and one in `document`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from gitops_docs import model

Line = Annotated[int, Meta(ge=0)]
"""A line of a file, 1-based; 0 where none is known."""


class Repository(Struct, frozen=True, kw_only=True):
    """What was scanned; null where there is no Git."""

    url: str | None
    revision: str | None
    prefix: str
    """The scan root below the top of the Git repository."""
    date: str | None
    """ISO date of the commit."""
    shallow: bool
    """Whether older commits were not fetched."""
    has_owners: bool
    """Whether there is a CODEOWNERS file."""


class Entry(Struct, frozen=True, kw_only=True):
    """What makes a directory the root of a cluster."""

    kind: model.EntryKind
    file: str | None
    line: int | None
    secret: str | None
    """Name of the Secret that the root's source is fetched with."""


class Cluster(Struct, frozen=True, kw_only=True):
    """A cluster, and the Flux that its files install."""

    id: str
    directory: str
    entry: Entry
    context: str | None
    """Of kubectl, where the settings name one."""
    flux_version: str | None
    flux: model.FluxInstallation


class Reference(Struct, frozen=True, kw_only=True):
    """A reference to a Flux source, with the namespace that holds."""

    kind: str
    namespace: str
    name: str


class SourceReference(Struct, frozen=True, kw_only=True):
    """The source of a chart."""

    kind: str
    namespace: str
    name: str
    url: str | None


class Dependency(Struct, frozen=True, kw_only=True):
    """An entry of `dependsOn`."""

    namespace: str
    name: str
    layer: str | None
    """Id of the layer that it names; null where there is none."""
    reason: str | None
    """The comment on its line."""
    via: str | None
    """The ResourceSet that states it; null where the layer itself does."""
    ready_expr: str | None
    file: str
    line: Line


class HealthCheck(Struct, frozen=True, kw_only=True, rename={"api_version": "apiVersion"}):
    """An entry of `healthChecks`."""

    api_version: str
    kind: str
    namespace: str
    name: str
    file: str
    line: Line


class HealthExpression(
    Struct,
    frozen=True,
    kw_only=True,
    rename={"api_version": "apiVersion", "in_progress": "inProgress"},
):
    """An entry of `healthCheckExprs`: CEL, null where absent."""

    api_version: str
    kind: str | None
    current: str | None
    in_progress: str | None
    failed: str | None
    file: str
    line: Line


class Health(Struct, frozen=True, kw_only=True):
    """When Flux calls a layer ready."""

    wait: bool
    checks: tuple[HealthCheck, ...]
    expressions: tuple[HealthExpression, ...]


class Definition(Struct, frozen=True, kw_only=True):
    """A kind that a CustomResourceDefinition makes."""

    group: str
    kind: str
    versions: tuple[str, ...]


class Resource(Struct, frozen=True, kw_only=True, rename={"api_version": "apiVersion"}):
    """An object that a layer applies, named as Flux applies it."""

    api_version: str
    kind: str
    namespace: str | None
    name: str
    file: str
    line: Line
    generated: Literal[True] | UnsetType = UNSET
    cluster_scoped: Literal[True] | UnsetType = UNSET
    """Whether the kind is known to have no namespace."""
    partial: str | UnsetType = UNSET
    """Why its content is not known in full."""
    made_by: str | UnsetType = UNSET
    """`Kind namespace/name` of the object that makes it in the cluster."""
    policies: dict[str, str] | UnsetType = UNSET
    """What labels and annotations tell Flux and Helm to do with it, e.g. `prune: disabled`."""
    defines: tuple[Definition, ...] | UnsetType = UNSET
    changed_by: tuple[model.FieldChange, ...]
    origin: model.ChartTemplate | UnsetType = UNSET
    """The template of a chart that makes it."""
    hooks: tuple[str, ...] | UnsetType = UNSET
    """When Helm applies it, where it is a hook or a test."""


class VariablePlace(Struct, frozen=True, kw_only=True):
    """A variable and where it is defined."""

    name: str
    file: str
    line: Line


class Layer(Struct, frozen=True, kw_only=True, rename={"api_version": "apiVersion"}):
    """A Flux Kustomization in its place in the order."""

    id: str
    """`<cluster>/<namespace>/<name>`."""
    cluster: str
    namespace: str
    name: str
    api_version: str
    file: str
    line: Line
    synthetic: bool
    """Whether Flux generates the Kustomization, so that Git does not hold it."""
    description: str | None
    """The comment above the object."""
    remarks: tuple[model.Remark, ...]
    parent: str | None
    """Id of the layer that applies it."""
    path: str
    directory: str | None
    """The directory that the path resolves to; null: another repository."""
    source: Reference
    status: model.LayerStatus
    reason: str | None
    """For `partial`, `external` and `failed`."""
    suspended: bool
    wave: int | None
    """Null: in or behind a cycle."""
    interval: str | None
    retry_interval: str | None
    timeout: str | None
    prune: bool
    force: bool
    deletion_policy: str | None
    target_namespace: str | None
    service_account: str | None
    decryption: str | None
    remote_cluster: str | None
    """The Secret or ConfigMap with the kubeconfig of the cluster that it applies to."""
    depends_on: tuple[Dependency, ...]
    health: Health
    substitute_from: tuple[model.SubstituteFrom, ...]
    changed_by: tuple[model.FieldChange, ...]
    """Fields of the Kustomization itself that its parent changed."""
    files: tuple[str, ...]
    """Every file that was read to render it."""
    resources: tuple[Resource, ...]
    made_resources: tuple[Resource, ...]
    """Objects that others of its objects make in the cluster."""
    variables: tuple[str, ...]
    configmap_variables: tuple[VariablePlace, ...]
    """Variables that ConfigMaps of the repository give it, used or not."""


class ObjectName(Struct, frozen=True, kw_only=True):
    """An object by namespace and name."""

    namespace: str
    name: str


class ReleaseName(Struct, frozen=True, kw_only=True):
    """A HelmRelease of a layer."""

    layer: str
    namespace: str
    name: str


class Rendering(Struct, frozen=True, kw_only=True):
    """What rendered the chart of a release, or why nothing did."""

    engine: str | None
    kubernetes_version: str | None
    absent: str | None
    """Why it was not rendered; null where it was."""
    help: str | None
    """The command that would change that."""
    remedy: str | None
    """What to do about a chart that cannot be rendered."""
    unsure: tuple[str, ...]
    """What of the objects is not known."""


class Release(Struct, frozen=True, kw_only=True):
    """A HelmRelease."""

    layer: str
    cluster: str
    namespace: str
    name: str
    chart: str
    version: str | None
    source: SourceReference
    suspended: bool
    file: str
    line: Line
    digest: str | None
    description: str | None
    partial: str | None
    """Why it is not known in full."""
    interval: str | None
    timeout: str | None
    target_namespace: str | None
    storage_namespace: str | None
    release_name: str
    service_account: str | None
    depends_on: tuple[ObjectName, ...]
    version_set_at: model.Location | None
    version_was: str | None
    version_was_at: model.Location | None
    version_reason: str | None
    """The comment beside or above the version."""
    ignored_version: str | None
    """A version that Flux ignores, since the chart comes from a GitRepository or Bucket."""
    values: tuple[model.ChartValue, ...]
    """Effective values; null where a value is secret."""
    values_from: tuple[model.ValuesReference, ...]
    chart_fault: str | None
    """Why Flux makes no chart of the source that this repository holds."""
    chart_absent: str | None
    """Why nothing is known of the chart's content."""
    chart_origin: model.ChartOrigin | None
    chart_dependencies: tuple[model.ChartOrigin, ...]
    """Of a chart that lies in files: the dependencies that Flux fetches."""
    chart_details: model.ChartDetails | None
    rendering: Rendering
    objects: tuple[Resource, ...] | UnsetType = UNSET
    """What its chart makes, hooks included; absent where it was not rendered."""


class Image(Struct, frozen=True, kw_only=True):
    """A container image that an object of a layer names."""

    layer: str
    image: str
    file: str
    line: Line
    owner: str
    """The object, e.g. `Deployment apps/web`."""
    origin: model.ChartTemplate | UnsetType = UNSET
    """The template of a chart that makes it."""


class LostValue(Struct, frozen=True, kw_only=True):
    """A value of a variable that a later source replaces."""

    status: model.VariableStatus
    value: str | None
    defined_at: str | None
    """`file:line`."""


class Variable(Struct, frozen=True, kw_only=True):
    """A substitution variable of a layer."""

    cluster: str
    layer: str
    name: str
    status: model.VariableStatus
    value: str | None
    """Null where it comes from a Secret or is not known."""
    defined_at: str | None
    """`file:line`."""
    provider: str | None
    """The ConfigMap or Secret that it comes from."""
    overridden: tuple[LostValue, ...]
    used_at: tuple[model.VariableUse, ...]


class Runbook(Struct, frozen=True, kw_only=True):
    """A hand-written page that states what it is about."""

    file: str
    """Relative to `docs_dir`."""
    title: str
    alerts: tuple[str, ...]
    applies_to: tuple[str, ...]
    owner: str | None
    states_owner: bool
    """Whether the page itself names its owner; else CODEOWNERS does."""
    last_reviewed: str | None
    kind: str | None
    source: str
    """The file, relative to the scan root."""
    severity: str | None
    review_every: str | None
    review_due: str | None
    commits_since: int | None
    """Commits to what it applies to since the last review; null where that is not known."""
    escalation: str | None
    aliases: tuple[str, ...]
    replaced_by: str | None
    layers: tuple[str, ...]
    releases: tuple[ReleaseName, ...]
    general_layers: tuple[str, ...]
    """Layers that only a pattern such as `cluster:production` matches."""
    general_releases: tuple[ReleaseName, ...]
    linked: bool
    """Whether an alert links to it, or it states what it applies to."""
    sections: tuple[model.Section, ...]


class RunbookLink(Struct, frozen=True, kw_only=True):
    """How an alert finds its runbook."""

    status: model.RunbookStatus
    target: str | None
    via: model.RunbookVia | None
    reason: str | None
    """`dead`: why. `external`: what is special about the address."""
    shared: int
    """How many other alerts have the same external address."""


class Subject(Struct, frozen=True, kw_only=True):
    """What fails where an alert rule fires."""

    state: model.SubjectState
    reason: str
    namespace: str | None
    kind: str | None
    name: str | None
    layer: str | None
    release: ReleaseName | None
    labels: tuple[str, ...]
    """Labels that only the firing alert has."""


class Alert(Struct, frozen=True, kw_only=True):
    """An alert rule or a Flux Alert."""

    kind: Literal["rule", "flux"]
    cluster: str
    namespace: str
    group: str | None
    name: str
    severity: str | None
    layer: str | None
    file: str
    line: Line
    page: str
    """Address of its page below the site."""
    runbook: RunbookLink
    subject: Subject | None
    """Null for a Flux Alert."""
    object_group: str
    object_kind: str
    object_name: str
    """The object that holds the rule."""
    owner: str | None
    """The owner that the rule, or the object that holds it, names."""
    owner_by: str
    """The annotation or label that names it."""
    expression: str | None
    duration: str | None
    labels: dict[str, str]
    """Labels that the rule adds."""
    summary: str | None
    description: str | None
    runbook_url: str | None
    suspended: bool
    provider: str | None
    """Flux Alert: name of the Provider."""
    event_sources: tuple[model.EventSource, ...]
    origin: model.ChartTemplate | UnsetType = UNSET
    """The template of a chart that makes it."""


class KeyPlace(Struct, frozen=True, kw_only=True):
    """A key of a Secret and the line of its value."""

    key: str
    file: str
    line: Line


class Secret(Struct, frozen=True, kw_only=True):
    """A Secret or what makes one: names, keys and protection, never a value."""

    cluster: str
    """Empty, like `layer`, where no layer reads its file."""
    layer: str
    kind: str
    """Of the object in Git: `Secret`, `ExternalSecret`, `SealedSecret`."""
    namespace: str
    name: str
    file: str
    line: Line
    protection: model.Protection
    provider: str | None
    """What keeps or encrypts the values."""
    keys: tuple[str, ...]
    readable: tuple[KeyPlace, ...]
    """Keys whose value can be read in the repository."""
    harmless: bool
    """Whether nothing that can be read looks like a credential."""
    origin: model.ChartTemplate | UnsetType = UNSET
    """The template of a chart that makes it."""


class CommittedObject(Struct, frozen=True, kw_only=True):
    """An object that a commit wrote into a file."""

    file: str
    kind: str
    name: str


class Commit(Struct, frozen=True, kw_only=True):
    """A commit of the branch that was scanned."""

    revision: str
    date: str
    author: str
    subject: str
    merge: bool
    first: bool
    """Whether the commit before it is not known."""
    files: tuple[str, ...]
    """What it touched and still exists."""
    gone: tuple[str, ...]
    """What it touched and no longer exists."""
    added: tuple[str, ...]
    removed: tuple[str, ...]
    objects: tuple[CommittedObject, ...]
    """Of the newest commits only."""
    values: tuple[model.ValueChange, ...]
    """Versions and tags that it changed; of the newest commits only."""
    held: tuple[model.HeldLine, ...]
    """Lines that it added and that hold something back; of the newest commits only."""


class Place(Struct, frozen=True, kw_only=True):
    """Where a layer's object is written."""

    layer: str
    file: str
    line: Line


class Namespace(Struct, frozen=True, kw_only=True):
    """A namespace of a cluster."""

    cluster: str
    name: str
    created_by: tuple[Place, ...]
    built_in: bool
    """Whether Kubernetes itself creates it."""
    objects: int
    releases: int
    layers: tuple[str, ...]
    """Layers with objects in it."""


class Finding(Struct, frozen=True, kw_only=True):
    """A finding of the checks."""

    code: str
    severity: model.Severity
    message: str
    file: str | None
    line: int | None
    layer: str | None
    docs: str
    """Address of the explanation."""
    cause: str
    """What is wrong at the place: findings of one code, place and cause are one."""
    layers: tuple[str, ...]
    """Ids of the layers that it concerns; the first is `layer`."""
    clusters: tuple[str, ...]
    """Ids of the clusters that it concerns."""
    about: tuple[model.Ref, ...]
    """The objects that it is about."""
    merged: tuple[str, ...]
    """Messages of the findings that it stands for, where they differ."""


class Other(Struct, frozen=True, kw_only=True):
    """An object of a kind that has a page and no list of its own here."""

    kind: str
    cluster: str
    layer: str
    namespace: str
    name: str
    file: str
    line: Line
    origin: model.ChartTemplate | None
    """Of an object that a chart makes: the template."""
    facts: dict[str, object]
    """What its page shows of it, by field."""


class Orphan(Struct, frozen=True, kw_only=True):
    """An object in a file that no layer reads."""

    file: str
    kind: str
    name: str
    line: Line


ImageAutomation = (
    model.ImagePolicy | model.ImageUpdateAutomation | model.ImageRepository | model.ImageMarker
)
Exposure = (
    model.Gateway
    | model.Route
    | model.ExposedService
    | model.Certificate
    | model.Issuer
    | model.CertificateUse
)
WorkloadItem = model.Workload | model.Autoscaler | model.DisruptionBudget
StorageItem = model.StorageClass | model.VolumeClaim | model.Backup
AccessItem = model.Role | model.RoleBinding | model.ServiceAccount


class Inventory(Struct, frozen=True, kw_only=True):
    """Everything that a scan finds. Paths are relative to the scan root, lines are 1-based, lists
    are sorted, and no value of a Secret is in it."""

    schema_version: Literal[2]
    repository: Repository
    clusters: tuple[Cluster, ...]
    layers: tuple[Layer, ...]
    helm_releases: tuple[Release, ...]
    images: tuple[Image, ...]
    sources: tuple[model.Source, ...]
    variables: tuple[Variable, ...]
    alerts: tuple[Alert, ...]
    providers: tuple[model.Provider, ...]
    runbooks: tuple[Runbook, ...]
    secrets: tuple[Secret, ...]
    namespaces: tuple[Namespace, ...]
    findings: tuple[Finding, ...]
    orphans: tuple[Orphan, ...]
    image_automation: tuple[ImageAutomation, ...]
    exposure: tuple[Exposure, ...]
    workloads: tuple[WorkloadItem, ...]
    storage: tuple[StorageItem, ...]
    access: tuple[AccessItem, ...]
    network_policies: tuple[model.NetworkPolicy, ...]
    directories: tuple[model.Directory, ...]
    owners: tuple[model.Ownership, ...]
    stated_owners: tuple[model.StatedOwner, ...]
    held: tuple[model.Held, ...]
    environments: tuple[model.Environment, ...]
    """Those that the settings state, in the order of promotion."""
    others: tuple[Other, ...]
    commits: tuple[Commit, ...]
