"""Define Helm releases and Flux sources."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from gitops_docs.model.layers import SourceRef
from gitops_docs.model.objects import Resource
from gitops_docs.model.refs import HELM_GROUP, Location, Ref


class ChartValue(Struct, frozen=True):
    """One leaf of a release's effective values: dotted path, text (None: redacted), and where it
    was set."""

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
    """kustomize generates the object under a name with a hash, which `valuesFrom` does not
    follow."""
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


class ChartOrigin(Struct, frozen=True, kw_only=True):
    """What a HelmRelease and its source say of the chart's address and version, as written; absent
    fields are empty.

    `kind` is HelmRepository or OCIRepository; `version` is the chart's version or constraint, for
    an OCIRepository its `semver`.
    """

    kind: str
    url: str
    chart: str = ""
    version: str = ""
    tag: str = ""
    digest: str = ""
    semver_filter: str = ""
    media_type: str = ""
    """Media type of the layer that an OCIRepository selects."""
    insecure: bool = False
    values_files: tuple[str, ...] = ()
    """Files of the chart that replace its own `values.yaml`, in their order."""
    ignore_missing_values_files: bool = False


class Relation(StrEnum):
    """How a value of a release stands to the chart's default."""

    SAME = "same"
    OTHER = "other"
    NONE = "none"
    """The chart has no default for it."""
    UNKNOWN = "unknown"
    """The chart does not know it: no default, template, schema or comment has its key."""
    HIDDEN = "hidden"
    """The value is secret; there are no facts about it."""


class ChartDefault(Struct, frozen=True, kw_only=True):
    """The chart's default beside one value: its text, or a summary of a list or mapping, and the
    chart's own comment."""

    path: str
    relation: Relation
    default: str | None = None
    summary: str | None = None
    comment: str | None = None


class ChartDetails(Struct, frozen=True, kw_only=True):
    """What the pulled chart of a release says."""

    version: str
    digest: str
    app_version: str = ""
    description: str = ""
    home: str = ""
    maintainers: tuple[str, ...] = ()
    is_deprecated: bool = False
    kube_version: str = ""
    """The Kubernetes versions that it takes."""
    kube_refused: str | None = None
    """The Kubernetes version of the settings, where the chart does not take it."""
    defaults: tuple[ChartDefault, ...] = ()
    """One for each value of the release, in their order."""
    unknown: tuple[tuple[str, Location], ...] = ()
    """Values that the chart does not know, and where they are set."""
    refused: tuple[str, ...] = ()
    """What the chart's schema refuses, as sentences without values."""
    unchecked: str | None = None
    """Why the schema is not applied."""
    missing_dependencies: tuple[str, ...] = ()


class Rendering(Struct, frozen=True, kw_only=True):
    """What the chart of a release renders to, or why that is not known."""

    objects: tuple[Resource, ...] = ()
    """Hooks and tests are among them, and have `hooks`. Sorted by identity."""
    engine: str = ""
    """What rendered it, such as `helm v4.1.4`."""
    kubernetes_version: str = ""
    """The version that it was rendered for."""
    absent: str | None = None
    """Why it was not rendered: the end of a sentence. None where it was."""
    help: str = ""
    """The command that would change that; empty where none does."""
    remedy: str = ""
    """What to do about a chart that cannot be rendered: the end of a sentence. Empty where it was
    rendered, or not tried."""
    unsure: tuple[str, ...] = ()
    """What of the objects is not known, as sentences."""


class PatchFault(Struct, frozen=True):
    """Why kustomize rejects a patch of `postRenderers`, in one clause."""

    reason: str
    file: str
    line: int
    certain: bool
    """False: only where the patch selects something."""


class Release(Struct, frozen=True):
    """A HelmRelease. `source` is the HelmRepository, GitRepository, Bucket or OCIRepository that
    the chart comes from."""

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
    """The digest that an OCIRepository pins the chart to; it wins over the version, which then says
    what the digest is."""
    values_references: tuple[ValuesReference, ...] = ()
    """The entries of `valuesFrom`, in order."""
    chart_fault: tuple[str, Location] | None = None
    """Why Flux makes no chart of the source that lies in this repository, with what to do, and
    where that is written."""
    values_refused: tuple[str, ...] = ()
    """What the schema of a chart in this repository rejects of its values; what that of a pulled
    one rejects stands in `chart_details`."""
    ignored_version: tuple[str, Location] | None = None
    """A `version` that Flux ignores, since the chart comes from a GitRepository or a Bucket."""
    service_account: str | None = None
    """Whose rights Flux installs it with; None: those of helm-controller."""
    chart_origin: ChartOrigin | None = None
    """Address and version of a chart that no source of this repository holds; None also where its
    source is not here."""
    chart_dependencies: tuple[ChartOrigin, ...] = ()
    """Of a chart that lies in files: the dependencies that Flux fetches, without those that its
    values switch off."""
    chart_details: ChartDetails | None = None
    """What its chart says, where it was pulled."""
    version_reason: str | None = None
    """The comment beside or above the version."""
    chart_absent: str | None = None
    """Why nothing is known of what is in its chart."""
    rendering: Rendering = Rendering()
    """What its chart renders to."""
    patch_faults: tuple[PatchFault, ...] = ()

    @property
    def objects(self) -> tuple[Resource, ...]:
        """The objects that its chart makes, without hooks; empty where it was not rendered."""
        return tuple(one for one in self.rendering.objects if not one.hooks)

    @property
    def is_rendered(self) -> bool:
        """Whether the objects that its chart makes are known."""
        return self.rendering.absent is None and bool(self.rendering.engine)

    @property
    def ref(self) -> Ref:
        """The HelmRelease as an object of its cluster."""
        return Ref(self.cluster, HELM_GROUP, "HelmRelease", self.namespace, self.name)

    def place(self, field: str) -> Location:
        """Return where a field of `spec` is written; the object's own place where the field is
        absent."""
        return dict(self.places).get(field, Location(self.file, self.line))


class Include(Struct, frozen=True):
    """An entry of `include` of a GitRepository: another one of its namespace, by name."""

    name: str
    file: str
    line: int


class Source(Struct, frozen=True):
    """A Flux source object (GitRepository, OCIRepository, HelmRepository, Bucket, ExternalArtifact)
    that some layer applies."""

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
    includes: tuple[Include, ...] = ()
    """GitRepositories whose files it takes in."""
