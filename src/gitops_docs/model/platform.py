"""Define the platform and what belongs to the whole repository or a cluster."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from msgspec import Struct, field

from gitops_docs.model.access import Role, RoleBinding, ServiceAccount
from gitops_docs.model.alerts import Alert, Provider, Runbook
from gitops_docs.model.automation import (
    ImageMarker,
    ImagePolicy,
    ImageRepository,
    ImageUpdateAutomation,
)
from gitops_docs.model.findings import Finding
from gitops_docs.model.layers import Layer
from gitops_docs.model.network import (
    Certificate,
    CertificateUse,
    ExposedService,
    Gateway,
    Issuer,
    NetworkPolicy,
    Route,
)
from gitops_docs.model.objects import Image, LayerObject, Orphan, Secret
from gitops_docs.model.operations import Held, StatedOwner
from gitops_docs.model.releases import Release, Source
from gitops_docs.model.storage import Backup, StorageClass, VolumeClaim
from gitops_docs.model.variables import Variable
from gitops_docs.model.workloads import Autoscaler, DisruptionBudget, Workload

_T = TypeVar("_T", bound=LayerObject)


class EntryKind(StrEnum):
    """How the root of a cluster was found."""

    BOOTSTRAP = "bootstrap"
    FLUX_INSTANCE = "flux-instance"
    HEURISTIC = "heuristic"
    CONFIGURED = "configured"


class Repository(Struct, frozen=True):
    """What is scanned. `url`, `revision` and `date` are None where there is no Git; `prefix` is the
    scan root below the Git toplevel."""

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
    """Name of the Secret that the root's source is fetched with, as a FluxInstance says it
    (`sync.pullSecret`)."""


class FluxInstallation(Struct, frozen=True, kw_only=True):
    """What the files of a cluster say of the Flux that runs there; empty fields where they say
    nothing.

    Flags are those of the controllers' Deployments, of the patches of a FluxInstance, and what
    `cluster.multitenant` and `sharding` of a FluxInstance stand for.
    """

    version: str | None = None
    """Version of Flux, as it is written (`v2.9.4`, `2.9.x`)."""
    components: tuple[str, ...] = ()
    """Names of the controllers that are installed, sorted; empty where the files do not say
    which."""
    no_cross_namespace_refs: tuple[str, ...] = ()
    """Controllers that refuse references to other namespaces."""
    no_remote_bases: bool = False
    """Whether kustomize-controller refuses bases from elsewhere."""
    default_service_accounts: tuple[tuple[str, str], ...] = ()
    """(controller, service account) of `--default-service-account`."""
    shards: tuple[str, ...] | None = None
    """Values of the sharding label that a controller watches; None where nothing says so."""
    shard_label: str = "sharding.fluxcd.io/key"
    """The label that selects a shard."""
    watched: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(controller, label selectors of its Deployments), of the controllers that have one; an empty
    selector takes everything."""


class Cluster(Struct, frozen=True):
    """A cluster: `id` is unique, `directory` is where its entry points to, `context` the kubectl
    context where one is configured."""

    id: str
    directory: str
    entry: Entry
    context: str | None = None
    flux_version: str | None = None
    """Version of Flux that its manifests install, where they say it."""
    flux: FluxInstallation = field(default_factory=FluxInstallation)


class Environment(Struct, frozen=True):
    """Clusters that are promoted together, as the settings state it; their order is that of
    promotion."""

    name: str
    clusters: tuple[str, ...] = ()


class ValueChange(Struct, frozen=True):
    """A version or tag that a commit changed, and that still has the value of then. The line is the
    present one."""

    file: str
    line: int
    key: str
    now: str
    before: str
    policy: str | None = None
    """`namespace:name` of the ImagePolicy that writes it, as the marker on its line says."""


class HeldLine(Struct, frozen=True):
    """A line that a commit added and that holds something back: `what` as in `Held`."""

    file: str
    what: str


class Commit(Struct, frozen=True):
    """A commit of the branch that is scanned. `date` is ISO; author and subject are text as
    written."""

    revision: str
    date: str
    author: str
    subject: str
    files: tuple[str, ...] = ()
    """What it touched and is still there, relative to the scan root, sorted."""
    gone: tuple[str, ...] = ()
    """What it touched and is not there any more."""
    merge: bool = False
    added: tuple[str, ...] = ()
    """Files that it created, sorted; of the newest commits without those that it only moved."""
    removed: tuple[str, ...] = ()
    """Files that it deleted, sorted."""
    first: bool = False
    """Whether the commit before it is not known: the first one, or the last of a shallow clone."""
    objects: tuple[tuple[str, str, str], ...] = ()
    """(file, kind, name) of objects that it wrote into files and that no file had before; of the
    newest commits only."""
    values: tuple[ValueChange, ...] = ()
    """Versions and tags that it changed last; of the newest commits only."""
    held: tuple[HeldLine, ...] = ()
    """Lines that it added and that hold something back; of the newest commits only."""


class Directory(Struct, frozen=True):
    """A directory of the repository: `files` directly in it, its README and the first sentence of
    that. The root is `""`."""

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
    """Of each file that a layer reads, or that holds an object which none applies, and that have an
    owner in CODEOWNERS."""
    has_owners: bool = False
    """Whether there is a CODEOWNERS file at all."""
    image_repositories: tuple[ImageRepository, ...] = ()
    image_policies: tuple[ImagePolicy, ...] = ()
    image_automations: tuple[ImageUpdateAutomation, ...] = ()
    image_markers: tuple[ImageMarker, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    routes: tuple[Route, ...] = ()
    exposed_services: tuple[ExposedService, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    issuers: tuple[Issuer, ...] = ()
    certificate_uses: tuple[CertificateUse, ...] = ()
    workloads: tuple[Workload, ...] = ()
    autoscalers: tuple[Autoscaler, ...] = ()
    disruption_budgets: tuple[DisruptionBudget, ...] = ()
    storage_classes: tuple[StorageClass, ...] = ()
    volume_claims: tuple[VolumeClaim, ...] = ()
    backups: tuple[Backup, ...] = ()
    roles: tuple[Role, ...] = ()
    role_bindings: tuple[RoleBinding, ...] = ()
    service_accounts: tuple[ServiceAccount, ...] = ()
    network_policies: tuple[NetworkPolicy, ...] = ()
    stated_owners: tuple[StatedOwner, ...] = ()
    held: tuple[Held, ...] = ()
    environments: tuple[Environment, ...] = ()
    """Those that the settings state, in the order of promotion."""
    others: tuple[LayerObject, ...] = ()
    """Objects of families that have no list of their own; `of_type` finds them."""

    def of_type(self, kind: type[_T]) -> list[_T]:
        """Return the objects in `others` that are of a struct."""
        return [one for one in self.others if type(one) is kind]
