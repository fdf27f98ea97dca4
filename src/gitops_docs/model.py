"""The platform as one immutable object: what `scan` returns and what graphs, checks, pages and the JSON are made from.

Everything here is a frozen struct of plain values: a dataclass that is made and compared in C, of which a scan needs a hundred thousand.
Paths are relative to the scan root with `/`, lines are 1-based, identities are strings. No secret value can be here: nothing in this module
can hold a `Sealed`.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct, field


class Severity(StrEnum):
    """How bad a finding is.

    `error`: Flux or Kubernetes would refuse or lose something; `warning`: probably not meant; `info`: good to know.
    """

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class LayerStatus(StrEnum):
    """How much of a layer's content is known."""

    RENDERED = "rendered"
    PARTIAL = "partial"
    """Something it includes is not in the repository; the reason names it."""
    EXTERNAL = "external"
    """Its source is another repository that is not checked out."""
    FAILED = "failed"
    """kustomize or Flux would refuse it; the reason says why."""


class EntryKind(StrEnum):
    """How the root of a cluster was found."""

    BOOTSTRAP = "bootstrap"
    FLUX_INSTANCE = "flux-instance"
    HEURISTIC = "heuristic"
    CONFIGURED = "configured"


class VariableStatus(StrEnum):
    """Where the value of a substitution variable comes from."""

    INLINE = "inline"
    CONFIGMAP = "configmap"
    SECRET = "secret"
    DEFAULT = "default"
    EXTERNAL = "external"
    UNDEFINED = "undefined"
    ESCAPED = "escaped"
    DISABLED = "disabled"


class Protection(StrEnum):
    """How the values of a Secret are kept from those who read the repository."""

    SOPS = "sops"
    """Every value is SOPS ciphertext."""
    SOPS_PARTIAL = "sops-partial"
    """Some values are ciphertext, others stand there in clear."""
    EXTERNAL_SECRET = "external-secret"
    """The values are in a store outside Git; an ExternalSecret names them."""
    SEALED_SECRET = "sealed-secret"
    PLAIN = "plain"
    """At least one value stands there in clear, and none is encrypted."""
    GENERATED = "generated"
    """A secretGenerator makes it from files or literals of the repository."""
    EMPTY = "empty"
    """It has no value, or placeholders only, which Flux fills in."""


class Location(Struct, frozen=True, order=True):
    """A line of a file: `file` relative to the scan root, `line` 1-based."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Finding(Struct, frozen=True):
    """One thing that a reader should know: a stable code, where, and a sentence that says what to do."""

    code: str
    severity: Severity
    message: str
    file: str | None = None
    line: int | None = None
    layer: str | None = None
    also: tuple[str, ...] = ()
    """Ids of further layers that it concerns, where one finding stands for what many layers have in common."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Every layer that it concerns."""
        return ((self.layer,) if self.layer else ()) + self.also


class Repository(Struct, frozen=True):
    """What is scanned. `url`, `revision` and `date` are None where there is no Git; `prefix` is the scan root below the Git toplevel."""

    url: str | None = None
    revision: str | None = None
    prefix: str = ""
    date: str | None = None
    """"Today" in ISO form: SOURCE_DATE_EPOCH, else the date of HEAD's commit, else None."""
    shallow: bool = False


class Entry(Struct, frozen=True):
    """What makes a directory the root of a cluster."""

    kind: EntryKind
    file: str | None
    line: int | None
    secret: str | None = None
    """Name of the Secret that the root's source is fetched with, as a FluxInstance says it (`sync.pullSecret`)."""


class FluxInstallation(Struct, frozen=True, kw_only=True):
    """What the files of a cluster say of the Flux that runs there; empty fields where they say nothing.

    Flags are those of the controllers' Deployments, of the patches of a FluxInstance, and what `cluster.multitenant` and
    `sharding` of a FluxInstance stand for.
    """

    version: str | None = None
    """Version of Flux, as it is written (`v2.9.4`, `2.9.x`)."""
    components: tuple[str, ...] = ()
    """Names of the controllers that are installed, sorted; empty where the files do not say which."""
    no_cross_namespace_refs: tuple[str, ...] = ()
    """Controllers that refuse references to other namespaces."""
    no_remote_bases: bool = False
    """Whether kustomize-controller refuses bases from elsewhere."""
    default_service_accounts: tuple[tuple[str, str], ...] = ()
    """(controller, service account) of `--default-service-account`."""
    shards: tuple[str, ...] | None = None
    """Values of the sharding label that a controller watches; None where nothing says so."""
    shard_label: str = "sharding.fluxcd.io/key"

    @property
    def refuses_cross_namespace(self) -> frozenset[str]:
        """The controllers of `no_cross_namespace_refs` as a set."""
        return frozenset(self.no_cross_namespace_refs)


class Cluster(Struct, frozen=True):
    """A cluster: `id` is unique, `directory` is where its entry points to, `context` the kubectl context where one is configured."""

    id: str
    directory: str
    entry: Entry
    context: str | None = None
    flux_version: str | None = None
    """Version of Flux that its manifests install, where they say it."""
    flux: FluxInstallation = field(default_factory=FluxInstallation)


class Remark(Struct, frozen=True):
    """The author's words beside a field: `field` is its dotted path, e.g. `spec.prune`; `text` is the comment without `#`."""

    field: str
    text: str
    line: int


class SourceRef(Struct, frozen=True):
    """A reference to a Flux source, effective namespace filled in."""

    kind: str
    namespace: str
    name: str
    url: str | None = None


class Dependency(Struct, frozen=True):
    """An entry of `dependsOn`. `layer` is the id of the layer it names, None where there is none; `reason` the comment on its line."""

    namespace: str
    name: str
    layer: str | None
    reason: str | None
    file: str
    line: int
    ready_expr: str | None = None
    via: str | None = None
    """The ResourceSet that says so, by kind, namespace and name: it applies the layer. None where
    the layer says it itself."""


class HealthCheck(Struct, frozen=True):
    """An entry of `healthChecks`: one object, by its full name."""

    api_version: str
    kind: str
    namespace: str
    name: str
    file: str
    line: int


class HealthExpression(Struct, frozen=True):
    """An entry of `healthCheckExprs`; the three CEL expressions, None where absent."""

    api_version: str
    kind: str | None
    current: str | None
    in_progress: str | None
    failed: str | None
    file: str
    line: int


class Health(Struct, frozen=True):
    """When Flux calls a layer ready. With `wait` the checks are ignored; without both, ready means applied."""

    wait: bool = False
    checks: tuple[HealthCheck, ...] = ()
    expressions: tuple[HealthExpression, ...] = ()

    @property
    def gated(self) -> bool:
        """True where dependents wait for more than "applied"."""
        return self.wait or bool(self.checks)


class FieldChange(Struct, frozen=True):
    """A field that something other than the object's own file set: where, and what stood there before (None: nothing)."""

    field: str
    value: str | None
    file: str
    line: int
    was: str | None
    was_file: str | None = None
    was_line: int | None = None


class Resource(Struct, frozen=True):
    """An object that a layer applies, named as Flux applies it; `file:line` is where it is written (or its generator)."""

    api_version: str
    kind: str
    namespace: str | None
    name: str
    file: str
    line: int
    generated: bool = False
    cluster_scoped: bool = False
    namespaced: bool = False
    """True where the kind is known to live in namespaces: Kubernetes', Flux's, or one that the cluster's layers define."""
    partial: str | None = None
    changed_by: tuple[FieldChange, ...] = ()
    policies: tuple[tuple[str, str], ...] = ()
    """What labels and annotations tell Flux and Helm to do with it, e.g. (`prune`, `disabled`), (`ssa`, `IfNotPresent`)."""
    defines: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """Of a CustomResourceDefinition or what makes one: group, kind and the versions that are served."""
    made_by: str | None = None
    """`Kind namespace/name` of the object that makes it in the cluster, e.g. a ResourceSet; None where the layer itself applies it."""

    @property
    def group(self) -> str:
        """The API group, empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def label(self) -> str:
        """`Kind namespace/name`, without the namespace where it means nothing."""
        namespace = "" if self.cluster_scoped or not self.namespace else f"{self.namespace}/"
        return f"{self.kind} {namespace}{self.name}"


class SubstituteFrom(Struct, frozen=True):
    """An entry of `postBuild.substituteFrom`; `found` is None where neither the object nor what makes it is in the repository."""

    kind: str
    name: str
    optional: bool
    found: Location | None
    file: str
    line: int
    made_by: str | None = None
    """What makes the object in the cluster, such as `ExternalSecret ns/name`; `found` is then its place, or None where
    the settings tell of it."""


class Layer(Struct, frozen=True):
    """A Flux Kustomization in its place in the order."""

    id: str
    """`<cluster>/<namespace>/<name>`."""
    cluster: str
    namespace: str
    name: str
    file: str
    line: int
    parent: str | None
    """Id of the layer whose rendered output holds this one; None for a root."""
    path: str
    """`spec.path` after the parent's patches and substitution."""
    directory: str | None
    """The repository directory that the path resolves to; `""` is the root, None another repository."""
    source: SourceRef
    status: LayerStatus
    reason: str | None
    suspended: bool
    wave: int | None
    """1 plus the longest dependsOn path inside the cluster; None in or behind a cycle."""
    depends_on: tuple[Dependency, ...] = ()
    health: Health = field(default_factory=Health)
    resources: tuple[Resource, ...] = ()
    variables: tuple[str, ...] = ()
    description: str | None = None
    """The comment block above the object, paragraphs separated by a blank line."""
    remarks: tuple[Remark, ...] = ()
    interval: str | None = None
    retry_interval: str | None = None
    timeout: str | None = None
    prune: bool = False
    force: bool = False
    deletion_policy: str | None = None
    target_namespace: str | None = None
    service_account: str | None = None
    decryption: str | None = None
    """The decryption provider, e.g. `sops`."""
    remote_cluster: str | None = None
    """Name of the kubeConfig Secret or ConfigMap where the objects land in another cluster."""
    substitute_from: tuple[SubstituteFrom, ...] = ()
    synthetic: bool = False
    """True for the root Kustomization that Flux generates and Git does not hold."""
    files: tuple[str, ...] = ()
    """Every file that was read to render it, sorted."""
    changed_by: tuple[FieldChange, ...] = ()
    """Fields of the Kustomization itself that its parent changed."""
    places: tuple[tuple[str, Location], ...] = ()
    """Where fields of its `spec` are written, e.g. `sourceRef.name`; of a list the line of its key."""
    api_version: str = "kustomize.toolkit.fluxcd.io/v1"
    given: tuple[tuple[str, Location], ...] = ()
    """Variables that ConfigMaps of the repository give it, used or not, and where each is defined."""

    def place(self, field: str) -> Location:
        """Where a field of `spec` is written; the object's own place where the field is absent."""
        return dict(self.places).get(field, Location(self.file, self.line))


class ChartValue(Struct, frozen=True):
    """One leaf of a release's effective values: dotted path, text (None: redacted), and where it was set."""

    path: str
    value: str | None
    file: str
    line: int


class ValuesState(StrEnum):
    """What becomes of an entry of `valuesFrom`."""

    FOUND = "found"
    """The object and the key are in the repository."""
    UNREAD = "unread"
    """The object is a Secret that something outside Git fills."""
    MISSING = "missing"
    """No layer of the cluster applies the object."""
    KEY_MISSING = "key-missing"
    HASHED = "hashed"
    """kustomize generates the object under a name with a hash, which `valuesFrom` does not follow."""
    INVALID = "invalid"
    """Helm refuses what the key holds."""


class ValuesReference(Struct, frozen=True, kw_only=True):
    """An entry of `valuesFrom`, and what becomes of it."""

    kind: str
    name: str
    key: str
    target: str | None
    optional: bool
    state: ValuesState
    detail: str | None = None
    """The generated name for `HASHED`, the reason for `INVALID`."""
    file: str
    line: int


class Release(Struct, frozen=True):
    """A HelmRelease. `source` is the HelmRepository, GitRepository, Bucket or OCIRepository that the chart comes from."""

    layer: str
    cluster: str
    namespace: str
    name: str
    chart: str
    version: str | None
    source: SourceRef
    suspended: bool
    file: str
    line: int
    version_set_at: Location | None = None
    version_was: str | None = None
    version_was_at: Location | None = None
    target_namespace: str | None = None
    release_name: str = ""
    depends_on: tuple[tuple[str, str], ...] = ()
    """(namespace, name) of the releases it waits for."""
    values_from: tuple[str, ...] = ()
    """`Kind/name (key)` of each entry, in order."""
    values: tuple[ChartValue, ...] = ()
    interval: str | None = None
    timeout: str | None = None
    description: str | None = None
    partial: str | None = None
    places: tuple[tuple[str, Location], ...] = ()
    """Where fields of its `spec` are written, e.g. `interval`; of a list the line of its key."""
    storage_namespace: str | None = None
    digest: str | None = None
    """The digest that an OCIRepository pins the chart to; it wins over the version, which then says what the digest is."""
    values_references: tuple[ValuesReference, ...] = ()
    """The entries of `valuesFrom`, in order."""
    chart_fault: tuple[str, Location] | None = None
    """Why the chart, or a file of its values, is not in the source that lies in this repository, and where that is written."""
    ignored_version: tuple[str, Location] | None = None
    """A `version` that Flux ignores, since the chart comes from a GitRepository or a Bucket."""

    def place(self, field: str) -> Location:
        """Where a field of `spec` is written; the object's own place where the field is absent."""
        return dict(self.places).get(field, Location(self.file, self.line))


class Image(Struct, frozen=True):
    """A container image that a layer's objects name. `owner` is the object, e.g. `Deployment apps/web`."""

    layer: str
    image: str
    file: str
    line: int
    owner: str = ""


class Source(Struct, frozen=True):
    """A Flux source object (GitRepository, OCIRepository, HelmRepository, Bucket, ExternalArtifact) that some layer applies."""

    cluster: str
    layer: str
    kind: str
    namespace: str
    name: str
    url: str | None
    ref: str | None
    """What is followed: `branch main`, `tag 1.2.3`, `semver >=1.0`, `digest sha256:...`."""
    file: str
    line: int
    secret: str | None = None
    """Name of the Secret it authenticates with."""
    provider: str | None = None
    suspended: bool = False


class Override(Struct, frozen=True):
    """A value of a variable that lost against a later source."""

    status: VariableStatus
    value: str | None
    defined_at: Location | None


class VariableUse(Struct, frozen=True):
    """A place where a variable stands: the expression as written and, where no secret is involved, what it becomes."""

    file: str
    line: int
    expression: str
    becomes: str | None = None


class Variable(Struct, frozen=True):
    """A substitution variable of one layer. `value` is None for secrets and where it is not known."""

    cluster: str
    layer: str
    name: str
    status: VariableStatus
    value: str | None = None
    defined_at: Location | None = None
    provider: str | None = None
    """`ConfigMap ns/name`, `Secret ns/name`, or None for inline values and defaults."""
    overridden: tuple[Override, ...] = ()
    used_at: tuple[VariableUse, ...] = ()


class EventSource(Struct, frozen=True):
    """An entry of a Flux Alert's `eventSources`; `name` may be `*`."""

    kind: str
    namespace: str
    name: str
    labels: tuple[tuple[str, str], ...] = ()
    file: str = ""
    line: int = 0
    implicit: bool = False
    """True where no namespace is written, which means the Alert's own."""


class RunbookLink(Struct, frozen=True):
    """How an alert finds its runbook."""

    status: str
    """`own`, `external`, `dead` or `missing`."""
    target: str | None = None
    """`own`: the page below `docs_dir`, or another file from the scan root, with `#anchor` where one is named. `external` and `dead`: the
    address as written."""
    via: str | None = None
    """`front-matter`, `annotation`, `file-name`, `anchor`."""
    page: str | None = None
    """The hand-written page below `docs_dir`, where `own` leads to one."""
    anchor: str | None = None
    """The heading on that page."""
    reason: str | None = None
    """`dead`: why. `external`: what is special, e.g. that the address is a template."""
    shared: int = 0
    """`external`: how many other alerts name the same address; 0 is a runbook of its own."""


class Alert(Struct, frozen=True):
    """An alert rule (`kind` "rule") or a Flux Alert (`kind` "flux")."""

    kind: str
    cluster: str
    namespace: str
    group: str | None
    name: str
    severity: str | None
    layer: str | None
    file: str
    line: int
    runbook: RunbookLink
    expression: str | None = None
    duration: str | None = None
    summary: str | None = None
    description: str | None = None
    runbook_url: str | None = None
    provider: str | None = None
    """Flux Alert: name of the Provider."""
    event_sources: tuple[EventSource, ...] = ()
    suspended: bool = False
    runbook_at: Location | None = None
    """Where `runbook_url` is written."""
    component: tuple[str, str, str] | None = None
    """(layer, namespace, name) of the release that it is about."""
    component_how: str | None = None
    """`front-matter` is exact; `directory` and `name` are guesses: a release in the rule's directory, or of the rule object's name."""
    object_name: str = ""
    """Name of the object that holds the rule."""


class Provider(Struct, frozen=True):
    """A Flux notification Provider."""

    cluster: str
    layer: str
    namespace: str
    name: str
    type: str
    channel: str | None
    secret: str | None
    file: str
    line: int
    repository: str | None = None
    """Web address of the repository whose commits it marks, for the types that do that (`github`, `gitlab` ...)."""


class Section(Struct, frozen=True):
    """A heading of a hand-written page. `text` is the first paragraph below it, as written, shortened."""

    level: int
    id: str
    title: str
    line: int
    text: str = ""


class Secret(Struct, frozen=True):
    """A Secret, or what makes one (ExternalSecret, SealedSecret): where it is, its key names, how it is protected; never a value."""

    cluster: str
    """Empty, like `layer`, for one that stands in a file that no layer reads."""
    layer: str
    kind: str
    """Of the object in Git: `Secret`, `ExternalSecret`, `SealedSecret`."""
    namespace: str
    name: str
    """Of the Secret that is there in the end."""
    protection: Protection
    keys: tuple[str, ...]
    file: str
    line: int
    clear: tuple[tuple[str, Location], ...] = ()
    """Keys whose value can be read in the repository, each with where it stands."""
    provider: str | None = None
    """What keeps or encrypts the values: `age`, `pgp`, `SecretStore name` ..."""
    harmless: bool = False
    """Whether nothing that can be read looks like a credential, by its key and by itself: hosts, users, files of settings."""


class Runbook(Struct, frozen=True):
    """A hand-written page that says what it is about. `file` is relative to `docs_dir`."""

    file: str
    title: str
    alerts: tuple[str, ...] = ()
    applies_to: tuple[str, ...] = ()
    owner: str | None = None
    last_reviewed: str | None = None
    kind: str | None = None
    """`runbook`, `procedure`, `decision`, `reference`."""
    source: str = ""
    """The file from the scan root, for findings and links; may begin with `..`."""
    severity: str | None = None
    review_every: str | None = None
    """As written, e.g. `180d`."""
    review_due: str | None = None
    """ISO date on which the next review is due."""
    escalation: str | None = None
    aliases: tuple[str, ...] = ()
    replaced_by: str | None = None
    layers: tuple[str, ...] = ()
    """Ids of the layers that `applies_to` names, sorted; without those that only a general pattern matches."""
    releases: tuple[tuple[str, str, str], ...] = ()
    """(layer, namespace, name) of the releases that it names, sorted; without the general ones."""
    general_layers: tuple[str, ...] = ()
    """Layers that a pattern for all of something matches: `kustomization/flux-system/*`, `cluster:production`."""
    general_releases: tuple[tuple[str, str, str], ...] = ()
    sections: tuple[Section, ...] = ()
    commits_since: int | None = None
    """Commits that touched what it applies to since the last review; None where that is not known."""
    linked: bool = True
    """Whether an alert leads to it, or it says what it applies to."""


class Orphan(Struct, frozen=True):
    """An object in a file that no layer applies."""

    file: str
    kind: str
    name: str
    line: int = 1


class Commit(Struct, frozen=True):
    """A commit of the branch that is scanned. `date` is ISO; author and subject are text as somebody wrote it."""

    revision: str
    date: str
    author: str
    subject: str
    files: tuple[str, ...] = ()
    """What it touched and is still there, relative to the scan root, sorted."""
    gone: tuple[str, ...] = ()
    """What it touched and is not there any more."""
    merge: bool = False


class Directory(Struct, frozen=True):
    """A directory of the repository: `files` directly in it, its README and the first sentence of that. The root is `""`."""

    path: str
    files: int
    readme: str | None = None
    summary: str | None = None


class Ownership(Struct, frozen=True):
    """Who owns a file by CODEOWNERS: names as written, e.g. `@team/platform`."""

    file: str
    owners: tuple[str, ...]


class Platform(Struct, frozen=True):
    """Everything that was found. All tuples are sorted by identity."""

    repository: Repository
    clusters: tuple[Cluster, ...] = ()
    layers: tuple[Layer, ...] = ()
    releases: tuple[Release, ...] = ()
    images: tuple[Image, ...] = ()
    sources: tuple[Source, ...] = ()
    variables: tuple[Variable, ...] = ()
    alerts: tuple[Alert, ...] = ()
    providers: tuple[Provider, ...] = ()
    runbooks: tuple[Runbook, ...] = ()
    orphans: tuple[Orphan, ...] = ()
    findings: tuple[Finding, ...] = ()
    commits: tuple[Commit, ...] = ()
    """The last ones, newest first; empty without Git, incomplete where `repository.shallow`."""
    secrets: tuple[Secret, ...] = ()
    """Secrets and what makes them, those that no layer applies included."""
    directories: tuple[Directory, ...] = ()
    owners: tuple[Ownership, ...] = ()
    """Of each file that a layer reads, or that holds an object which none applies, and that CODEOWNERS gives somebody."""
    has_owners: bool = False
    """Whether there is a CODEOWNERS file at all."""
