"""Turn YAML documents into the objects that kustomize makes of them (`api/resource/factory.go`).

In: the documents of a file or of an inline text. Out: `Resource`s: empty documents dropped, Lists
expanded, kind and name demanded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from gitops_docs.kustomize.behaviour import NEWEST, Behaviour
from gitops_docs.kustomize.errors import Refused, refused
from gitops_docs.kustomize.resources.output import through_json
from gitops_docs.kustomize.resources.resource import Resource, text
from gitops_docs.yaml.nodes import Map, Seq, as_map, is_null
from gitops_docs.yaml.parse import Document


def resources(documents: Iterable[Document], behaviour: Behaviour) -> list[Resource]:
    """Return the objects of a file, in order.

    Raises:
        Refused: A document is not an object with a kind and a name.
    """
    roots = [document.root for document in documents]
    only = as_map(roots[0]) if len(roots) == 1 else as_map(None)
    if text(only.get("kind")) in ("List", "ResourceList"):
        # Unwrapped where the file is read (`ByteReader`), so that the items are kept as they are
        # written. A scalar there, or an empty mapping, holds none.
        items = only.get("items")
        if type(items) is Seq:
            roots = list(items)
        elif "items" in only and not (type(items) is Map and items):
            roots = []
    pending = deque(roots)
    found: list[Resource] = []
    while pending:
        root = pending.popleft()
        if is_null(root) or (type(root) in (Map, Seq) and not root):
            continue
        if type(root) is not Map:
            raise refused(
                "a document that is not an object; kustomize takes Kubernetes objects only: keep the "
                "file out of the directory",
                root,
            )
        kind = text(root.get("kind"))
        if not kind:
            raise refused(
                "an object without `kind`; add it, or keep the file out of the directory", root
            )
        if kind.endswith("List") and ("items" in root or not behaviour.keeps_lists_without_items):
            items = root.get("items")
            if is_null(items):
                continue
            if type(items) is not Seq:
                raise refused(f"`items` of a {kind} is a list", items)
            pending.extend(through_json(item) for item in items)
            continue
        check_named(root)
        found.append(Resource(root, root))
    return found


def is_bare_list(root: object) -> bool:
    """Return whether a document is of a kind that ends in `List` and has no `items`."""
    return type(root) is Map and text(root.get("kind")).endswith("List") and "items" not in root


def faults(documents: Iterable[Document]) -> Iterator[Refused]:
    """Yield what is wrong with each document that is not an object, for those who want to see all
    of them and not only the first."""
    for document in documents:
        try:
            resources([document], NEWEST)
        except Refused as fault:
            yield fault


def check_named(root: Map) -> None:
    """Hold an object to `GetValidatedMetadata`.

    Raises:
        Refused: It has no kind or no name.
    """
    kind = text(root.get("kind"))
    if not kind or is_null(root["kind"]):
        raise refused(
            "an object without `kind`; add it, or keep the file out of the directory", root
        )
    metadata = root.get("metadata")
    name = metadata.get("name") if type(metadata) is Map else None
    if (is_null(name) or not text(name)) and not kind.endswith("List"):
        raise refused(
            f"a {kind} without `metadata.name`; give it a name",
            metadata if type(metadata) is Map else root,
        )
