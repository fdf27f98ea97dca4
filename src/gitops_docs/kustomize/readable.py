"""What says how to build is plain: nothing of it is sealed.

Names, paths, labels and delimiters of a kustomization stand in what is built and in messages, so a value there that is encrypted, or holds
a Secret, would be shown. Sealed may be what is built from: patches, and the literals of generators.
"""

from __future__ import annotations

from typing import Any

from gitops_docs.kustomize.errors import refused
from gitops_docs.nodes import Map, Sealed, Seq

_BUILT_FROM = frozenset(
    {"literals", "patch", "patches", "patchesStrategicMerge", "generators", "transformers", "validators"}
)


def check(node: Any, key: str = "") -> None:
    """Look through a kustomization file, or a configuration that it names; `key` is the field that the node stands under.

    Raises:
        Refused: A value that says how to build is sealed.
    """
    kind = type(node)
    if kind is Map:
        for name, value in node.items():
            check(value, name)
    elif kind is Seq:
        for value in node:
            check(value, key)
    elif kind is Sealed and key not in _BUILT_FROM:
        raise refused(f"the `{key}` of a kustomization is encrypted, or holds a Secret; write it as plain text", node)


__all__ = ["check"]
