"""List the objects of a layer: by kind on its own page, and of many a page with all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from markupsafe import Markup
from msgspec import Struct

from gitops_docs.index.addresses import key
from gitops_docs.index.platform import is_custom
from gitops_docs.kubernetes.kinds import WORKLOADS
from gitops_docs.model import FieldChange, Layer, Resource
from gitops_docs.pages.html import parts
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.prose import prose
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, grouped, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled
from gitops_docs.text.english import count, plural, unique

_FEW = 60
"""The page of a layer with more objects has the first of each kind,"""
_FIRST = 12
"""so many."""
_OPEN_ROWS = 12
"""Custom resources and workloads are one open list up to so many."""


class Row(Struct, frozen=True):
    """An object: the kind only where rows of other kinds stand beside it."""

    kind: str | None
    name: Markup
    namespace: str | None
    place: Markup
    generated: bool
    partial: Markup | None
    changed: Markup | None
    policies: tuple[str, ...]


def groups(writer: Writer, page: Draft, layer: Layer) -> list[dict[str, object]]:
    """Return the objects for the layer's own page: custom resources and workloads, one list each or
    by kind where there are many, then the rest by kind, folded. Of many objects the first of each
    kind.

    Releases have their own table.
    """
    ranked: dict[int, list[Resource]] = defaultdict(list)
    for resource in layer.resources:
        if resource.kind != "HelmRelease":
            ranked[0 if is_custom(resource) else 1 if resource.kind in WORKLOADS else 2].append(
                resource
            )
    children = {
        (child.namespace, child.name): child for child in writer.facts.children.get(layer.id, [])
    }
    found = []
    for rank, title in ((0, "custom resource"), (1, "workload")):
        if len(ranked[rank]) <= _OPEN_ROWS:
            if ranked[rank]:
                rows = [
                    _row(writer, page, resource, children, kind=True) for resource in ranked[rank]
                ]
                found.append(
                    {
                        "title": count(len(rows), title),
                        "about": "",
                        "rows": rows,
                        "more": "",
                        "open": True,
                    }
                )
            continue
        found += _by_kind(writer, page, layer, ranked[rank], children)
    return found + _by_kind(writer, page, layer, ranked[2], children)


def has_page(writer: Writer, layer: Layer) -> bool:
    """Return whether a layer has so many objects that they need a page."""
    return len(layer.resources) > _FEW and key(layer) not in writer.at.without.layers


def _by_kind(
    writer: Writer,
    page: Draft,
    layer: Layer,
    resources: list[Resource],
    children: dict[tuple[str, str], Layer],
) -> list[dict[str, object]]:
    """Return a folded group for each kind, sorted by kind."""
    most = _FIRST if has_page(writer, layer) else len(resources)
    uri = writer.below_layer(layer, "objects")
    by_kind: dict[str, list[Resource]] = defaultdict(list)
    for resource in resources:
        by_kind[resource.kind].append(resource)
    return [
        {
            "title": f"{len(found)} {kind if len(found) == 1 else plural(kind)}",
            "about": found[0].api_version,
            "rows": [
                _row(writer, page, resource, children, kind=False) for resource in found[:most]
            ],
            "more": page.link(uri, f"+{len(found) - most}") if len(found) > most else "",
            "open": False,
        }
        for kind, found in sorted(by_kind.items())
    ]


def _row(
    writer: Writer,
    page: Draft,
    resource: Resource,
    children: dict[tuple[str, str], Layer],
    *,
    kind: bool,
) -> Row:
    child = (
        children.get((resource.namespace or "", resource.name))
        if resource.kind == "Kustomization"
        else None
    )
    return Row(
        kind=resource.kind if kind else None,
        name=writer.layer(page, child) if child else page.code(resource.name),
        namespace=None if resource.cluster_scoped else resource.namespace,
        place=page.place(resource.file, resource.line),
        generated=resource.generated,
        partial=prose(resource.partial) if resource.partial else None,
        changed=_changed(page, resource.changed_by),
        policies=tuple(f"{name}: {value}" for name, value in resource.policies),
    )


def _changed(page: Draft, changes: tuple[FieldChange, ...]) -> Markup | None:
    """Return which files changed an object after it was written."""
    places = unique([f"{change.file}:{change.line}" for change in changes])
    if not places:
        return None
    by_place = {f"{change.file}:{change.line}": change for change in reversed(changes)}
    shown = page.place(by_place[places[0]].file, by_place[places[0]].line)
    return shown + (f" +{len(places) - 1}" if len(places) > 1 else "")


def objects_pages(writer: Writer, layer: Layer) -> list[Page]:
    """Write all objects of a layer with many; of very many a page for each kind."""
    if not has_page(writer, layer):
        return []
    pages = [objects_page(writer, layer)]
    if parts.is_split(len(layer.resources)):
        pages += [kind_page(writer, layer, kind) for kind in _kinds(layer)]
    return pages


def _kinds(layer: Layer) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = defaultdict(list)
    for resource in sorted(
        layer.resources, key=lambda one: (one.kind, one.namespace or "", one.name)
    ):
        found[resource.kind].append(resource)
    return dict(found)


@reused
def objects_page(writer: Writer, layer: Layer) -> Page:
    """Write all objects of a layer, or the index of their kinds."""
    page = writer.draft(writer.below_layer(layer, "objects"))
    kinds = _kinds(layer)
    if parts.is_split(len(layer.resources)):
        names = {kind: [one.name for one in found] for kind, found in kinds.items()}
        table = parts.index_table(page, "objects", "Objects by kind", "Kind", names)
    else:
        table = _table(writer, page, layer, [one for found in kinds.values() for one in found])
    return _finish(writer, page, layer, f"Objects of {layer.name}", layer.resources, table)


@reused
def kind_page(writer: Writer, layer: Layer, kind: str) -> Page:
    """Write the objects of one kind."""
    index = writer.below_layer(layer, "objects")
    kinds = _kinds(layer)
    page = writer.draft(parts.part_of(index, kind, kinds))
    found = kinds[kind]
    shown = found[: parts.MOST]
    more = f" The first {len(shown)} are listed." if len(shown) < len(found) else ""
    title = f"{kind} objects of {layer.name}"
    table = _table(writer, page, layer, shown)
    return _finish(writer, page, layer, title, found, table, [(index, "Objects")], more)


def _finish(
    writer: Writer,
    page: Draft,
    layer: Layer,
    title: str,
    found: Sequence[Resource],
    table: Table,
    crumbs: Sequence[tuple[str | None, str]] = (),
    more: str = "",
) -> Page:
    return writer.finish(
        page,
        "tables.html",
        title,
        description=f"{count(len(found), 'object')} of {layer.name} on {layer.cluster}",
        boost=0,
        wide=True,
        crumbs=[
            *writer.crumbs(layer.cluster, "layers", "Layers"),
            (writer.layer_uri[layer.id], layer.name),
            *crumbs,
        ],
        lead=f"{count(len(found), 'object')} in the manifests of layer {layer.name} on "
        f"{layer.cluster}.{more} `gitops-docs render . {layer.id}` prints them.",
        sections=[(None, None, table)],
    )


def _table(writer: Writer, page: Draft, layer: Layer, found: Sequence[Resource]) -> Table:
    children = {
        (child.namespace, child.name): child for child in writer.facts.children.get(layer.id, [])
    }
    rows: list[list[Cell]] = []
    for resource in found:
        row = _row(writer, page, resource, children, kind=False)
        notes = [*row.policies]
        notes += ["from a generator"] if row.generated else []
        notes += [f"partly rendered: {resource.partial}"] if resource.partial else []
        changed = filled("<small>patched in {}</small>", row.changed) if row.changed else ""
        rows.append(
            [
                row.name,
                resource.kind,
                row.namespace or "–",
                lines(list(filter(None, [row.place, changed]))),
                ", ".join(notes) or "–",
            ]
        )
    kinds = [resource.kind for resource in found]
    spaces = [resource.namespace or "no namespace" for resource in found]
    return Table(
        "objects",
        "Objects",
        ("Name", "Kind", "Namespace", "Defined at", "Notes"),
        rows,
        groups=grouped(spaces if len(set(kinds)) == 1 else kinds),
    )
