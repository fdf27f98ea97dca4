"""Seal secret values in a parsed document, in place, before anyone else sees it.

In: the root of a fresh document. Out: nothing; `data` and `stringData` of Secrets, SOPS ciphertext and the copies that `kubectl apply`
leaves in an annotation are `Sealed` afterwards. Key names stay readable.
"""

from __future__ import annotations

from typing import Any

from gitops_docs.nodes import Map, Scalar, Sealed, Seq, mapping, sequence

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
SOPS_CIPHERTEXT = "ENC["


def seal_document(root: Any) -> None:
    """Seal what is secret in one document, the items of a List included."""
    if type(root) is not Map:
        return
    if "sops" in root:
        _seal_ciphertext(root)
    kind = root.get("kind")
    if kind == "Secret":
        seal_secret(root)
    elif type(root.get("items")) is Seq:
        for item in root["items"]:
            seal_document(item)
    metadata = root.get("metadata")
    annotations = metadata.get("annotations") if type(metadata) is Map else None
    if type(annotations) is Map and LAST_APPLIED in annotations:
        annotations[LAST_APPLIED] = seal(annotations[LAST_APPLIED])


def seal_secret(root: Map) -> None:
    """Seal the values of a Secret, whatever their shape."""
    for field in ("data", "stringData"):
        if field in root:
            root[field] = _seal_tree(root[field])


def seal(node: Any) -> Any:
    """The sealed form of a scalar; containers are sealed leaf by leaf."""
    return _seal_tree(node)


def _seal_tree(node: Any) -> Any:
    kind = type(node)
    if kind is Map:
        return mapping(node.file, node.line, ((key, _seal_tree(value)) for key, value in node.items()))
    if kind is Seq:
        return sequence(node.file, node.line, (_seal_tree(value) for value in node))
    if kind is Scalar:
        return Sealed(node, node.file, node.line)
    return node


def _seal_ciphertext(node: Any) -> None:
    pending = [node]
    seen: set[int] = set()
    while pending:
        container = pending.pop()
        if id(container) in seen:
            continue
        seen.add(id(container))
        items = container.items() if type(container) is Map else enumerate(container)
        for key, value in list(items):
            kind = type(value)
            if kind is Scalar and value.startswith(SOPS_CIPHERTEXT):
                container[key] = Sealed(value, value.file, value.line)
            elif kind is Map or kind is Seq:
                pending.append(value)
