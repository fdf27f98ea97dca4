"""Define a layer, its dependencies, health checks and remarks."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct, field

from gitops_docs.model.objects import FieldChange, Resource
from gitops_docs.model.refs import KUSTOMIZE_GROUP, Location, Ref


class LayerStatus(StrEnum):
    """How much of a layer's content is known."""

    RENDERED = "rendered"
    PARTIAL = "partial"
    """Something it includes is not in the repository; the reason names it."""
    EXTERNAL = "external"
    """Its source is another repository that is not checked out."""
    FAILED = "failed"
    """kustomize or Flux would refuse it; the reason says why."""


class Remark(Struct, frozen=True):
    """The author's words beside a field: `field` is its dotted path, e.g. `spec.prune`; `text` is
    the comment without `#`."""

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
    """An entry of `dependsOn`. `layer` is the id of the layer it names, None where there is none;
    `reason` the comment on its line."""

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
    """When Flux calls a layer ready. With `wait` the checks are ignored; without both, ready means
    applied."""

    wait: bool = False
    checks: tuple[HealthCheck, ...] = ()
    expressions: tuple[HealthExpression, ...] = ()

    @property
    def gated(self) -> bool:
        """True where dependents wait for more than "applied"."""
        return self.wait or bool(self.checks)


class SubstituteFrom(Struct, frozen=True):
    """An entry of `postBuild.substituteFrom`; `found` is None where neither the object nor what
    makes it is in the repository."""

    kind: str
    name: str
    optional: bool
    found: Location | None
    file: str
    line: int
    made_by: str | None = None
    """What makes the object in the cluster, such as `ExternalSecret ns/name`; `found` is then its
    place, or None where the settings tell of it."""


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
    """The repository directory that the path resolves to; `""` is the root, None another
    repository."""
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
    """Where fields of its `spec` are written, e.g. `sourceRef.name`; of a list the line of its
    key."""
    api_version: str = "kustomize.toolkit.fluxcd.io/v1"
    given: tuple[tuple[str, Location], ...] = ()
    """Variables that ConfigMaps of the repository give it, used or not, and where each is
    defined."""

    @property
    def ref(self) -> Ref:
        """The Kustomization as an object of its cluster."""
        return Ref(self.cluster, KUSTOMIZE_GROUP, "Kustomization", self.namespace, self.name)

    def place(self, field: str) -> Location:
        """Return where a field of `spec` is written; the object's own place where the field is
        absent."""
        return dict(self.places).get(field, Location(self.file, self.line))
