"""Walk over the leaves and keys of an object, for substitution and for sealing its result."""

from __future__ import annotations

from collections.abc import Callable

from gitops_docs.flux.substitution import envsubst
from gitops_docs.yaml.nodes import Map, Node, Scalar, Sealed, Seq, text_like


def has_marks(node: Node) -> bool:
    """Return whether a leaf or a key holds what Flux's engine would look at."""
    if type(node) is Scalar:
        return "$" in node and envsubst.concerns(node)
    if type(node) is Map:
        for key, value in node.items():
            if "$" in key and envsubst.concerns(key):
                return True
            if (type(value) is not Scalar or "$" in value) and has_marks(value):
                return True
        return False
    if type(node) is Seq:
        return any(
            (type(value) is not Scalar or "$" in value) and has_marks(value) for value in node
        )
    return type(node) is Sealed and envsubst.concerns(node.unseal())


def keys_of(node: Node) -> set[str]:
    """Return every key in a node."""
    found: set[str] = set()
    pending = [node]
    while pending:
        here = pending.pop()
        if type(here) is Map:
            found.update(here)
            pending.extend(here.values())
        elif type(here) is Seq:
            pending.extend(here)
    return found


def has_sealed(node: Node) -> bool:
    """Return whether a node holds a sealed value."""
    if type(node) is Map:
        return any(has_sealed(value) for value in node.values())
    if type(node) is Seq:
        return any(has_sealed(value) for value in node)
    return type(node) is Sealed


def each_leaf(node: Node, visit: Callable[[Scalar | Sealed], None]) -> None:
    """Visit scalars and sealed values, and keys as scalars that stand where their value stands."""
    if type(node) is Map:
        for key, value in node.items():
            if "$" in key:
                visit(text_like(key, value))
            if type(value) is not Scalar or "$" in value:
                each_leaf(value, visit)
    elif type(node) is Seq:
        for value in node:
            if type(value) is not Scalar or "$" in value:
                each_leaf(value, visit)
    elif type(node) is Sealed or (type(node) is Scalar and "$" in node):
        visit(node)
