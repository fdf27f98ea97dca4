"""List the kinds of Flux: which group and controller they belong to, and what they can do.

Everything that treats kinds of Flux differently reads this table: which objects are sources, send
events, come with a controller, and how the `flux` command calls them. A new kind is a row here.
"""

from __future__ import annotations

from msgspec import Struct

from gitops_docs.model import refs

KUSTOMIZE_GROUP = refs.KUSTOMIZE_GROUP
HELM_GROUP = refs.HELM_GROUP
SOURCE_GROUP = refs.SOURCE_GROUP
NOTIFICATION_GROUP = refs.NOTIFICATION_GROUP
IMAGE_GROUP = "image.toolkit.fluxcd.io"
EXTENSIONS_GROUP = "source.extensions.fluxcd.io"
OPERATOR_GROUP = "fluxcd.controlplane.io"


class Expression(Struct, frozen=True):
    """A field of a spec that holds CEL."""

    within: str
    """The list whose entries have the field; empty: the spec itself."""
    field: str
    names: tuple[str, ...] = ()
    """Names that the expression may use; empty: any."""


class References(Struct, frozen=True):
    """Fields of a spec that name objects, which may be of another namespace."""

    fields: tuple[str, ...]
    """Of mappings, or lists of them, with `namespace` and `name`; dotted."""
    kind: str = ""
    """The kind of these objects where the entry does not say it."""
    lost: str = ""
    """What does not happen where such a reference is refused, with `{}` for the object; empty: the
    whole object is rejected."""


_READY = Expression("dependsOn", "readyExpr", ("dep", "self"))
_HEALTH = tuple(
    Expression("healthCheckExprs", field) for field in ("current", "inProgress", "failed")
)


class FluxKind(Struct, frozen=True, kw_only=True):
    """A kind of Flux or of the Flux Operator. API versions and fields are those of the CRDs, which
    `schemas` has."""

    kind: str
    group: str
    controller: str | None = None
    """The controller of Flux that reconciles it and brings its CRD; None where Flux has none of its
    own for it."""
    is_source: bool = False
    """Whether layers or charts are taken from it, so that it is listed as a source."""
    source_command: str | None = None
    """Its name behind `flux get source` (`cmd/flux/get_source*.go`)."""
    sends_events: bool = True
    """Whether an Alert may select it."""
    address: str = "url"
    """Of a source: the field of its spec that says where its content is from."""
    reference: tuple[str, ...] = ()
    """Of a source: the fields that may say what is followed, dotted; the first that is set
    holds."""
    is_packed: bool = False
    """Whether its artifact may be a part of a repository, with paths from there."""
    has_chart_files: bool = False
    """Whether a chart in it is a directory of its files, not an archive by name and version."""
    has_known_version: bool = False
    """Whether notification-controller knows its API version where a Receiver names none
    (`defaultFluxAPIVersions`)."""
    expressions: tuple[Expression, ...] = ()
    """Fields of its spec that hold CEL."""
    references: References | None = None
    """What its controller holds against `--no-cross-namespace-refs`."""


_ROWS = (
    FluxKind(
        kind="Kustomization",
        group=KUSTOMIZE_GROUP,
        controller="kustomize-controller",
        expressions=(_READY, *_HEALTH),
        references=References(("sourceRef",)),
    ),
    FluxKind(
        kind="HelmRelease",
        group=HELM_GROUP,
        controller="helm-controller",
        expressions=(_READY, *_HEALTH),
        references=References(("chart.spec.sourceRef", "chartRef")),
    ),
    FluxKind(
        kind="GitRepository",
        group=SOURCE_GROUP,
        controller="source-controller",
        is_source=True,
        source_command="git",
        reference=("ref.commit", "ref.name", "ref.semver", "ref.tag", "ref.branch"),
        has_chart_files=True,
        has_known_version=True,
    ),
    FluxKind(
        kind="OCIRepository",
        group=SOURCE_GROUP,
        controller="source-controller",
        is_source=True,
        source_command="oci",
        reference=("ref.digest", "ref.semver", "ref.tag"),
        is_packed=True,
        has_known_version=True,
    ),
    FluxKind(
        kind="HelmRepository",
        group=SOURCE_GROUP,
        controller="source-controller",
        is_source=True,
        source_command="helm",
        has_known_version=True,
    ),
    FluxKind(
        kind="HelmChart",
        group=SOURCE_GROUP,
        controller="source-controller",
        source_command="chart",
        address="chart",
        reference=("version",),
        has_known_version=True,
    ),
    FluxKind(
        kind="Bucket",
        group=SOURCE_GROUP,
        controller="source-controller",
        is_source=True,
        source_command="bucket",
        address="endpoint",
        is_packed=True,
        has_chart_files=True,
        has_known_version=True,
    ),
    FluxKind(
        kind="ExternalArtifact",
        group=SOURCE_GROUP,
        is_source=True,
        source_command="external",
        has_chart_files=True,
    ),
    FluxKind(
        kind="ArtifactGenerator",
        group=EXTENSIONS_GROUP,
        controller="source-watcher",
        references=References(("sources",)),
        has_known_version=True,
    ),
    FluxKind(
        kind="Alert",
        group=NOTIFICATION_GROUP,
        controller="notification-controller",
        sends_events=False,
        references=References(("eventSources",), lost="gets no event of {}"),
    ),
    FluxKind(
        kind="Provider",
        group=NOTIFICATION_GROUP,
        controller="notification-controller",
        sends_events=False,
        expressions=(Expression("", "commitStatusExpr"),),
    ),
    FluxKind(
        kind="Receiver",
        group=NOTIFICATION_GROUP,
        controller="notification-controller",
        sends_events=False,
        expressions=(Expression("", "resourceFilter"),),
        references=References(("resources",), lost="does not trigger {}"),
    ),
    FluxKind(
        kind="ImageRepository",
        group=IMAGE_GROUP,
        controller="image-reflector-controller",
        has_known_version=True,
    ),
    FluxKind(
        kind="ImagePolicy",
        group=IMAGE_GROUP,
        controller="image-reflector-controller",
        references=References(("imageRepositoryRef",), kind="ImageRepository"),
    ),
    FluxKind(
        kind="ImageUpdateAutomation",
        group=IMAGE_GROUP,
        controller="image-automation-controller",
        references=References(("sourceRef",), kind="GitRepository"),
    ),
    FluxKind(
        kind="FluxInstance",
        group=OPERATOR_GROUP,
    ),
    FluxKind(
        kind="ResourceSet",
        group=OPERATOR_GROUP,
        expressions=(Expression("dependsOn", "readyExpr"),),
    ),
    FluxKind(
        kind="ResourceSetInputProvider",
        group=OPERATOR_GROUP,
    ),
)
KINDS: dict[str, FluxKind] = {row.kind: row for row in _ROWS}
"""Every kind by its name."""
SOURCE_KINDS = tuple(row.kind for row in _ROWS if row.is_source)
"""Kinds that are listed as sources."""
PACKED_KINDS = frozenset(row.kind for row in _ROWS if row.is_packed)
"""Sources that may hold a part of a repository."""
CHART_FILE_KINDS = frozenset(row.kind for row in _ROWS if row.has_chart_files)
"""Sources in which a chart is a directory."""
CONTROLLERS = frozenset(row.controller for row in _ROWS if row.controller is not None)
"""The controllers of Flux."""
