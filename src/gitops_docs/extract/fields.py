"""Read fields of a rendered object as plain values."""

from __future__ import annotations

from typing import TypedDict

from gitops_docs.kustomize import Rendered
from gitops_docs.model import Selector
from gitops_docs.yaml.nodes import (
    Map,
    Node,
    Scalar,
    as_map,
    as_seq,
    as_text,
    get_path,
    maps,
    plain_value,
    written,
)

_CLUSTER_SCOPED = frozenset(
    {
        *("ClusterRole", "ClusterRoleBinding", "StorageClass"),
        *("CiliumClusterwideNetworkPolicy", "GlobalNetworkPolicy"),
    }
)


def group(data: Map) -> str:
    """Return the API group, empty for the core group."""
    return written(data.get("apiVersion")).rpartition("/")[0]


def text(node: Node | None, *keys: str) -> str | None:
    """Return the text of a scalar below `keys`; None for anything else and for null."""
    found = as_text(get_path(node, *keys) if keys else node)
    return str(found) if found is not None else None


def number(node: Node | None, *keys: str) -> int | None:
    """Return a whole number below `keys`; None for anything else."""
    found = get_path(node, *keys) if keys else node
    value = plain_value(found) if type(found) is Scalar else None
    return value if type(value) is int else None


def texts(node: Node | None) -> tuple[str, ...]:
    """Return the scalars of a list as texts."""
    return tuple(str(item) for item in as_seq(node) if as_text(item) is not None)


def pairs(node: Node | None) -> tuple[tuple[str, str], ...]:
    """Return a mapping of texts, sorted."""
    return tuple(
        sorted(
            (key, str(value)) for key, value in as_map(node).items() if as_text(value) is not None
        )
    )


class ObjectFields(TypedDict):
    """The fields of `LayerObject`, which every object of the model has."""

    kind: str
    cluster: str
    layer: str
    namespace: str
    name: str
    file: str
    line: int


def identity(item: Rendered, layer: str, cluster: str) -> ObjectFields:
    """Return the fields that every object of the model has: kind, cluster, layer, namespace, name,
    file, line."""
    kind, namespace, name = item.key
    if kind in _CLUSTER_SCOPED:
        namespace = (
            ""  # what `namespace:` of kustomize or `targetNamespace` writes there means nothing
        )
    return {
        "kind": kind,
        "cluster": cluster,
        "layer": layer,
        "namespace": namespace,
        "name": name,
        "file": item.file,
        "line": item.line,
    }


def selector(node: Node | None) -> Selector:
    """Return a label selector."""
    return Selector(
        pairs(get_path(node, "matchLabels")),
        tuple(
            (text(entry, "key") or "", text(entry, "operator") or "", texts(entry.get("values")))
            for entry in maps(get_path(node, "matchExpressions"))
        ),
    )
