"""Lead from an object to its file, its layer and the layer's source; what is applied twice, and
what never."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from gitops_docs.model import Cluster, Layer, Resource
from gitops_docs.pages.html import parts
from gitops_docs.pages.html.across import SHOWN, not_rendered, place
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded, grouped, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled
from gitops_docs.pages.objects.custom_resources import Objects
from gitops_docs.text.english import count

_Objects = Sequence[tuple[Resource, Layer]]


def objects_pages(writer: Writer, cluster: Cluster) -> list[Page]:
    """Write the list of a cluster's objects; of many objects a page for each namespace, of many in
    one namespace a page for each kind, and of many of one kind a page for each layer."""
    spaces = _spaces(writer, cluster)
    pages = [objects_page(writer, cluster)]
    if not parts.is_split(sum(map(len, spaces.values()))):
        return pages
    for space, objects in spaces.items():
        pages.append(namespace_page(writer, cluster, space))
        if not parts.is_split(len(objects)):
            continue
        for kind, own in _by_kind(objects).items():
            pages.append(kind_page(writer, cluster, space, kind))
            if parts.is_split(len(own)):
                pages += [layer_page(writer, cluster, space, kind, name) for name in _by_layer(own)]
    return pages


def _spaces(writer: Writer, cluster: Cluster) -> dict[str, _Objects]:
    found = writer.facts.objects
    return {space: found[name, space] for name, space in found if name == cluster.id}


def _by_kind(objects: _Objects) -> dict[str, _Objects]:
    found: dict[str, list[tuple[Resource, Layer]]] = defaultdict(list)
    for resource, layer in sorted(objects, key=lambda pair: (pair[0].kind, pair[0].group)):
        found[resource.kind].append((resource, layer))
    return dict(found)


def _by_layer(objects: _Objects) -> dict[str, _Objects]:
    found: dict[str, list[tuple[Resource, Layer]]] = defaultdict(list)
    for resource, layer in objects:
        found[layer.name].append((resource, layer))
    return dict(sorted(found.items()))


def _names(groups: Mapping[str, _Objects], *, with_kind: bool = True) -> dict[str, list[str]]:
    """Return what the filter of an index finds of each group."""
    return {
        group: [f"{one.name} {one.kind}" if with_kind else one.name for one, _ in objects]
        for group, objects in groups.items()
    }


@reused
def objects_page(writer: Writer, cluster: Cluster) -> Page:
    """Write every object of a cluster: name to file to layer to source. Kept out of the search,
    which finds the pages about them."""
    page = writer.draft(writer.at.section_of_cluster(cluster.id, "objects"))
    spaces = _spaces(writer, cluster)
    objects = [pair for found in spaces.values() for pair in found]
    if parts.is_split(len(objects)):
        names = _names(dict(sorted(spaces.items())))
        table = parts.index_table(page, "objects", "Objects by namespace", "Namespace", names)
    else:
        table = _table(writer, page, objects)
    return _finish(writer, page, cluster, f"Objects on {cluster.id}", objects, table)


@reused
def namespace_page(writer: Writer, cluster: Cluster, namespace: str) -> Page:
    """Write the objects of one namespace of a cluster; of none, those that are in none."""
    index = writer.at.section_of_cluster(cluster.id, "objects")
    page = writer.draft(parts.part_of(index, namespace, _spaces(writer, cluster)))
    objects = writer.facts.objects[cluster.id, namespace]
    if parts.is_split(len(objects)):
        names = _names(_by_kind(objects), with_kind=False)
        table = parts.index_table(page, "objects", "Objects by kind", "Kind", names)
    else:
        table = _table(writer, page, objects)
    title = f"{_title(namespace)} on {cluster.id}"
    return _finish(writer, page, cluster, title, objects, table, [(index, "Objects")])


@reused
def kind_page(writer: Writer, cluster: Cluster, namespace: str, kind: str) -> Page:
    """Write the objects of one kind in a namespace of many objects."""
    index = writer.at.section_of_cluster(cluster.id, "objects")
    above = parts.part_of(index, namespace, _spaces(writer, cluster))
    of_kind = _by_kind(writer.facts.objects[cluster.id, namespace])
    page = writer.draft(parts.part_of(above, kind, of_kind))
    objects = of_kind[kind]
    if parts.is_split(len(objects)):
        names = _names(_by_layer(objects), with_kind=False)
        table = parts.index_table(page, "objects", f"{kind} objects by layer", "Layer", names)
    else:
        table = _table(writer, page, objects)
    title = f"{kind}: {_title(namespace)} on {cluster.id}"
    crumbs = [(index, "Objects"), (above, namespace or "cluster-scoped")]
    return _finish(writer, page, cluster, title, objects, table, crumbs)


@reused
def layer_page(writer: Writer, cluster: Cluster, namespace: str, kind: str, layer: str) -> Page:
    """Write the objects of one kind that one layer applies to a namespace of many."""
    index = writer.at.section_of_cluster(cluster.id, "objects")
    of_kind = _by_kind(writer.facts.objects[cluster.id, namespace])
    of_layer = _by_layer(of_kind[kind])
    above = parts.part_of(index, namespace, _spaces(writer, cluster))
    kinds = parts.part_of(above, kind, of_kind)
    page = writer.draft(parts.part_of(kinds, layer, of_layer))
    objects = of_layer[layer]
    title = f"{kind} of layer {layer}: {_title(namespace)} on {cluster.id}"
    crumbs = [(index, "Objects"), (above, namespace or "cluster-scoped"), (kinds, kind)]
    table = _table(writer, page, objects[: parts.MOST])
    more = ""
    if len(objects) > parts.MOST:
        more = f" The first {parts.MOST} are listed; `gitops-docs render . {layer} --charts` prints all."
    return _finish(writer, page, cluster, title, objects, table, crumbs, more)


def _title(namespace: str) -> str:
    return f"Objects in {namespace}" if namespace else "Cluster-scoped objects"


def _finish(
    writer: Writer,
    page: Draft,
    cluster: Cluster,
    title: str,
    objects: Sequence[tuple[Resource, Layer]],
    table: Table,
    crumbs: Sequence[tuple[str | None, str]] = (),
    more: str = "",
) -> Page:
    number = len(objects)
    of_charts = sum(resource.origin is not None for resource, _ in objects)
    return writer.finish(
        page,
        "tables.html",
        title,
        description=f"{count(number, 'object')} on {cluster.id}",
        boost=0,
        crumbs=[(writer.at.cluster(cluster.id), cluster.id), *crumbs],
        lead=f"{count(number, 'object')} that the layers of {cluster.id} apply, with file, layer and "
        f"source, {of_charts} of them from charts.{more} {not_rendered(writer, cluster.id)}".rstrip(),
        sections=[(None, None, table)],
    )


def _table(writer: Writer, page: Draft, objects: Sequence[tuple[Resource, Layer]]) -> Table:
    links = Objects(writer)
    sources: dict[str, Cell] = {}
    rows: list[list[Cell]] = []
    spaces = [_space(resource) for resource, _ in objects]
    several = len(set(spaces)) > 1
    ordered = sorted(
        zip(spaces, objects, strict=True),
        key=lambda item: (item[0], item[1][0].kind, item[1][0].name),
    )
    for _, (resource, layer) in ordered:
        if layer.id not in sources:
            sources[layer.id] = _source(writer, page, layer)
        rows.append(
            [
                links.name(page, resource, layer),
                resource.kind,
                place(page, resource),
                lines(
                    [
                        writer.layer(page, layer),
                        filled("<small>{}</small>", sources[layer.id]),
                    ]
                ),
            ]
        )
    groups = [
        (space or "cluster-scoped") if several else resource.kind
        for space, (resource, _) in ordered
    ]
    return Table(
        "objects",
        "Objects",
        ("Name", "Kind", "Defined at", "Layer and source"),
        rows,
        "No objects.",
        groups=grouped(groups),
    )


def _space(resource: Resource) -> str:
    """Return the group of an object: its namespace."""
    return "" if resource.cluster_scoped else resource.namespace or ""


def _source(writer: Writer, page: Draft, layer: Layer) -> Cell:
    ref = layer.source
    name = f"{ref.kind} {ref.name}"
    known = (layer.cluster, ref.kind, ref.namespace, ref.name) in writer.facts.sources
    return (
        page.link(writer.at.page("sources"), name, sources=f"{ref.kind} {ref.namespace}/{ref.name}")
        if known
        else name
    )


def _last_environment_first(writer: Writer) -> list[str]:
    """Return the clusters; those of prod first, where the Enter key looks."""
    environments = writer.facts.environments
    last = environments.last
    first = list(last.clusters) if last else []
    return [*first, *(one for one in environments.clusters() if one not in first)]


@reused
def lookup_page(writer: Writer) -> Page:
    """Return what is applied twice, what is defined and never applied, and where to look for an
    object."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.page("lookup"))
    owners: dict[tuple[str, str, str, str, str], list[tuple[str, Resource]]] = defaultdict(list)
    for layer in facts.platform.layers:
        if layer.remote_cluster:
            continue
        for resource in (*layer.resources, *facts.chart_objects.get(layer.id, ())):
            if resource.origin is not None and resource.origin.template.startswith("crds/"):
                continue  # Helm leaves these alone where they exist.
            namespace = "" if resource.cluster_scoped else resource.namespace or ""
            owners[layer.cluster, resource.group, resource.kind, namespace, resource.name].append(
                (layer.id, resource)
            )
    twice: list[list[Cell]] = [
        [
            page.code(f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"),
            writer.cluster(page, cluster),
            folded(
                [
                    writer.layer(page, layer) + Markup(" ") + place(page, resource)
                    for layer, resource in found
                ],
                SHOWN,
            ),
        ]
        for (cluster, _, kind, namespace, name), found in sorted(owners.items())
        if len({layer for layer, _ in found}) > 1
    ]
    orphans: list[list[Cell]] = [
        [page.code(orphan.name), orphan.kind, page.place(orphan.file, orphan.line)]
        for orphan in facts.platform.orphans
    ]
    everything = [
        (
            cluster,
            page.to(at.section_of_cluster(cluster, "objects")),
            page.link(
                at.section_of_cluster(cluster, "objects"),
                count(
                    sum(len(layer.resources) for layer in facts.of_cluster.get(cluster, [])),
                    "object",
                ),
            ),
        )
        for cluster in _last_environment_first(writer)
    ]
    return writer.finish(
        page,
        "lookup.html",
        "Lookup",
        wide=True,
        description=f"{count(len(orphans), 'orphan object')}, {len(twice)} applied by two layers",
        everything=everything,
        twice=Table(
            "twice",
            "Objects applied by two layers",
            ("Object", "Cluster", "Layers"),
            twice,
            "No object is applied by two layers.",
        ),
        orphans=Table(
            "orphans",
            "Orphan objects",
            ("Name", "Kind", "Defined at"),
            orphans,
            "No orphan objects.",
        ),
    )
