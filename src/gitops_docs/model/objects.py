"""Define objects of layers, images and secrets."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from gitops_docs.model.refs import Location, Ref


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


class ChartTemplate(Struct, frozen=True):
    """The chart template that makes an object of a HelmRelease. The object has no manifest of its
    own: its `file:line` is that of the HelmRelease, or of the value that decides."""

    namespace: str
    """Of the HelmRelease."""
    release: str
    """Name of the HelmRelease."""
    chart: str
    version: str
    template: str
    """From the directory of the chart, such as `charts/grafana/templates/role.yaml`."""

    @property
    def label(self) -> str:
        """`chart version`."""
        return f"{self.chart} {self.version}".strip()


class FieldChange(Struct, frozen=True):
    """A field that something other than the object's own file set: where, and what stood there
    before (None: nothing)."""

    field: str
    value: str | None
    file: str
    line: int
    was: str | None
    was_file: str | None = None
    was_line: int | None = None


class Resource(Struct, frozen=True):
    """An object that a layer applies, named as Flux applies it; `file:line` is where it is written
    (or its generator)."""

    api_version: str
    kind: str
    namespace: str | None
    name: str
    file: str
    line: int
    generated: bool = False
    cluster_scoped: bool = False
    namespaced: bool = False
    """True where the kind is known to live in namespaces: Kubernetes', Flux's, or one that the
    cluster's layers define."""
    partial: str | None = None
    changed_by: tuple[FieldChange, ...] = ()
    policies: tuple[tuple[str, str], ...] = ()
    """What labels and annotations tell Flux and Helm to do with it, e.g. (`prune`, `disabled`),
    (`ssa`, `IfNotPresent`)."""
    defines: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """Of a CustomResourceDefinition or what makes one: group, kind and the versions that are
    served."""
    made_by: str | None = None
    """`Kind namespace/name` of the object that makes it in the cluster, e.g. a ResourceSet or a
    HelmRelease; None where the layer itself applies it."""
    origin: ChartTemplate | None = None
    """Of an object that a chart makes."""
    hooks: tuple[str, ...] = ()
    """When Helm applies it, where it is a hook, such as `pre-install` or `test`; empty where it is
    part of the release."""
    encrypted: bool = False
    """Whether SOPS encrypted the object itself, so that it has a field `sops`."""

    @property
    def group(self) -> str:
        """The API group, empty for the core group."""
        return self.api_version.rpartition("/")[0]

    def ref(self, cluster: str) -> Ref:
        """Return the object in a cluster that it is applied to."""
        namespace = "" if self.cluster_scoped else self.namespace or ""
        return Ref(cluster, self.group, self.kind, namespace, self.name)

    @property
    def label(self) -> str:
        """`Kind namespace/name`, without the namespace where it means nothing."""
        namespace = "" if self.cluster_scoped or not self.namespace else f"{self.namespace}/"
        return f"{self.kind} {namespace}{self.name}"


class Image(Struct, frozen=True):
    """A container image that a layer's objects name. `owner` is the object, e.g. `Deployment
    apps/web`."""

    layer: str
    image: str
    file: str
    line: int
    owner: str = ""
    origin: ChartTemplate | None = None
    """Where a chart makes the owner."""


class LayerObject(Struct, frozen=True, kw_only=True):
    """What all objects that a layer applies have, named as Flux applies them. `namespace` is empty
    where none is written."""

    kind: str
    cluster: str
    layer: str
    namespace: str
    name: str
    file: str
    line: int
    origin: ChartTemplate | None = None
    """Where a chart makes it."""


class Selector(Struct, frozen=True):
    """A label selector. Without labels and expressions it selects everything."""

    labels: tuple[tuple[str, str], ...] = ()
    expressions: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """(key, operator, values)."""

    def selects(self, labels: tuple[tuple[str, str], ...]) -> bool:
        """Return whether it selects an object with these labels (`labels.Selector` of
        apimachinery)."""
        own = dict(labels)
        return set(self.labels) <= set(labels) and all(
            {
                "In": own.get(key) in values,
                "NotIn": own.get(key) not in values,
                "Exists": key in own,
                "DoesNotExist": key not in own,
            }.get(operator, False)
            for key, operator, values in self.expressions
        )


class Secret(Struct, frozen=True):
    """A Secret, or what makes one (ExternalSecret, SealedSecret): where it is, its key names, how
    it is protected; never a value."""

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
    """Whether nothing that can be read looks like a credential, by its key and by itself: hosts,
    users, files of settings."""
    origin: ChartTemplate | None = None
    """Where a chart makes it."""
    has_metadata: bool = False
    """Whether SOPS encrypted the object itself, so that it has a field `sops`, which the API server
    does not take."""
    stays_encrypted: bool = False
    """Whether an annotation keeps Flux from decrypting it."""

    @property
    def ref(self) -> Ref:
        """The Secret that is there in the end."""
        return Ref(self.cluster, "", "Secret", self.namespace, self.name)


class Orphan(Struct, frozen=True):
    """An object in a file that no layer applies."""

    file: str
    kind: str
    name: str
    line: int = 1
