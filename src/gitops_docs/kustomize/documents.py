"""From YAML documents to the objects that kustomize makes of them (`api/resource/factory.go`).

In: the documents of a file or of an inline text. Out: `Resource`s: empty documents dropped, Lists expanded, kind and name demanded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from gitops_docs.kustomize.errors import refused
from gitops_docs.kustomize.output import through_json
from gitops_docs.kustomize.resource import Resource, text
from gitops_docs.nodes import Map, Seq, is_null
from gitops_docs.repository.yaml import Document


def resources(documents: Iterable[Document]) -> list[Resource]:
    """The objects of a file, in order.

    Raises:
        Refused: A document is no object with a kind and a name.
    """
    pending: deque[Any] = deque(document.root for document in documents)
    found: list[Resource] = []
    while pending:
        root = pending.popleft()
        if is_null(root) or (type(root) in (Map, Seq) and not root):
            continue
        if type(root) is not Map:
            raise refused("a document that is no object; kustomize takes Kubernetes objects only", root)
        kind = text(root.get("kind"))
        if not kind:
            raise refused("an object without `kind`", root)
        if kind.endswith("List") and "items" in root:
            items = root["items"]
            if is_null(items):
                continue
            if type(items) is not Seq:
                raise refused(f"`items` of a {kind} is a list", items)
            pending.extend(through_json(item) for item in items)
            continue
        metadata = root.get("metadata")
        name = metadata.get("name") if type(metadata) is Map else None
        if not text(name) and not kind.endswith("List"):
            raise refused(f"a {kind} without `metadata.name`", metadata if type(metadata) is Map else root)
        found.append(Resource(root, root))
    return found
