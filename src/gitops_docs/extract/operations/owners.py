"""Read owners that objects name: the annotation `gitops-docs/owner`, or a label that the settings
name."""

from __future__ import annotations

from gitops_docs.extract.fields import identity
from gitops_docs.kustomize import Rendered
from gitops_docs.model import Location, StatedOwner
from gitops_docs.yaml.nodes import Map, Node, as_map, as_text

ANNOTATIONS = ("gitops-docs/owner", "gitops_docs_owner")
"""The second is a name that annotations of Prometheus rules may have."""


def owner(item: Rendered, layer: str, cluster: str, label: str) -> StatedOwner | None:
    """Return the owner that an object names; None where it names none.

    Args:
        item: The object.
        layer: Id of its layer.
        cluster: Its cluster.
        label: The label that names owners; empty: none does.
    """
    metadata = as_map(item.data.get("metadata"))
    if "annotations" not in metadata and not (label and "labels" in metadata):
        return None
    found = stated(as_map(metadata.get("annotations")), as_map(metadata.get("labels")), label)
    if found is None:
        return None
    text, by, node = found
    at = Location(node.file or item.file, node.line or item.line)
    return StatedOwner(**identity(item, layer, cluster), owner=text, by=by, at=at)


def stated(annotations: Map, labels: Map, label: str) -> tuple[str, str, Node] | None:
    """Return the owner that annotations or labels name, what names it, and the node that holds
    it."""
    for key in ANNOTATIONS:
        text = as_text(annotations.get(key))
        if text is not None and str(text).strip():
            return str(text).strip(), f"annotation `{key}`", annotations[key]
    text = as_text(labels.get(label)) if label else None
    if text is not None and str(text).strip():
        return str(text).strip(), f"label `{label}`", labels[label]
    return None
