"""Names of the kinds that Flux knows, and the identity of an object.

In: the data of a rendered object. Out: plain strings.
"""

from __future__ import annotations

from typing import NamedTuple

from gitops_docs.nodes import Map, Scalar, as_map, as_text

KUSTOMIZE_GROUP = "kustomize.toolkit.fluxcd.io"
HELM_GROUP = "helm.toolkit.fluxcd.io"
SOURCE_GROUP = "source.toolkit.fluxcd.io"
EXTENSIONS_GROUP = "source.extensions.fluxcd.io"
NOTIFICATION_GROUP = "notification.toolkit.fluxcd.io"
OPERATOR_GROUP = "fluxcd.controlplane.io"

SOURCE_KINDS = frozenset(
    {"GitRepository", "OCIRepository", "HelmRepository", "Bucket", "ExternalArtifact", "HelmChart"}
)


class Identity(NamedTuple):
    """What tells one object of a cluster from another; `namespace` is empty where none is written."""

    group: str
    kind: str
    namespace: str
    name: str


def api_version(data: Map) -> str:
    return str(as_text(data.get("apiVersion")) or "")


def group(data: Map) -> str:
    """The API group, empty for the core group."""
    return api_version(data).rpartition("/")[0]


def kind(data: Map) -> str:
    return str(as_text(data.get("kind")) or "")


def name(data: Map) -> str:
    return str(as_text(as_map(data.get("metadata")).get("name")) or "")


def namespace(data: Map) -> str:
    return str(as_text(as_map(data.get("metadata")).get("namespace")) or "")


def identity(data: Map) -> Identity:
    return Identity(group(data), kind(data), namespace(data), name(data))


def is_a(data: Map, wanted_group: str, *kinds: str) -> bool:
    """Whether the object is of one of these kinds of a group, whatever the version."""
    return kind(data) in kinds and group(data) == wanted_group


def is_flux_kustomization(data: Map) -> bool:
    return is_a(data, KUSTOMIZE_GROUP, "Kustomization")


def text(node: object) -> str | None:
    """The text of a scalar, None for anything else and for null."""
    return str(node) if isinstance(node, Scalar) and as_text(node) is not None else None
