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


class FluxKind(Struct, frozen=True, kw_only=True):
    """A kind of Flux or of the Flux Operator."""

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


_ROWS = (
    FluxKind(kind="Kustomization", group=KUSTOMIZE_GROUP, controller="kustomize-controller"),
    FluxKind(kind="HelmRelease", group=HELM_GROUP, controller="helm-controller"),
    FluxKind(
        kind="GitRepository",
        group=SOURCE_GROUP,
        controller="source-controller",
        is_source=True,
        source_command="git",
    ),
    FluxKind(
        kind="OCIRepository",
        group=SOURCE_GROUP,
        controller="source-controller",
        is_source=True,
        source_command="oci",
    ),
    FluxKind(
        kind="HelmRepository",
        group=SOURCE_GROUP,
        controller="source-controller",
        is_source=True,
        source_command="helm",
    ),
    FluxKind(
        kind="HelmChart",
        group=SOURCE_GROUP,
        controller="source-controller",
        source_command="chart",
    ),
    FluxKind(
        kind="Bucket",
        group=SOURCE_GROUP,
        controller="source-controller",
        is_source=True,
        source_command="bucket",
    ),
    FluxKind(
        kind="ExternalArtifact", group=SOURCE_GROUP, is_source=True, source_command="external"
    ),
    FluxKind(kind="ArtifactGenerator", group=EXTENSIONS_GROUP, controller="source-watcher"),
    FluxKind(
        kind="Alert",
        group=NOTIFICATION_GROUP,
        controller="notification-controller",
        sends_events=False,
    ),
    FluxKind(
        kind="Provider",
        group=NOTIFICATION_GROUP,
        controller="notification-controller",
        sends_events=False,
    ),
    FluxKind(
        kind="Receiver",
        group=NOTIFICATION_GROUP,
        controller="notification-controller",
        sends_events=False,
    ),
    FluxKind(kind="ImageRepository", group=IMAGE_GROUP, controller="image-reflector-controller"),
    FluxKind(kind="ImagePolicy", group=IMAGE_GROUP, controller="image-reflector-controller"),
    FluxKind(
        kind="ImageUpdateAutomation", group=IMAGE_GROUP, controller="image-automation-controller"
    ),
    FluxKind(kind="FluxInstance", group=OPERATOR_GROUP),
    FluxKind(kind="ResourceSet", group=OPERATOR_GROUP),
    FluxKind(kind="ResourceSetInputProvider", group=OPERATOR_GROUP),
)
KINDS: dict[str, FluxKind] = {row.kind: row for row in _ROWS}
"""Every kind by its name."""
SOURCE_KINDS = tuple(row.kind for row in _ROWS if row.is_source)
"""Kinds that are listed as sources."""
CONTROLLERS = frozenset(row.controller for row in _ROWS if row.controller is not None)
"""The controllers of Flux."""
