"""From an object to its file, its layer and the layer's source; what is applied twice, and what
never."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from markupsafe import Markup

from gitops_docs.model import Cluster, Layer, Resource
from gitops_docs.pages.html import parts
from gitops_docs.pages.html.across import not_rendered, place
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.objects.custom_resources import Objects, namespace_cell
from gitops_docs.text.english import count


def objects_pages(writer: Writer, cluster: Cluster) -> list[Page]:
    """Write the list of a cluster's objects; of many objects a page for each namespace."""
    objects = _objects(writer, cluster.id)
    if not parts.is_split(len(objects), parts.SHORT):
        return [objects_page(writer, cluster)]
    spaces = dict.fromkeys(_namespace(resource) for resource, _ in objects)
    return [
        objects_page(writer, cluster),
        *(namespace_page(writer, cluster, space) for space in spaces),
    ]


def _objects(writer: Writer, cluster: str) -> list[tuple[Resource, Layer]]:
    return [
        (resource, layer)
        for layer in writer.facts.of_cluster.get(cluster, [])
        for resource in (*layer.resources, *writer.facts.chart_objects.get(layer.id, ()))
    ]


def _namespace(resource: Resource) -> str:
    return "" if resource.cluster_scoped else resource.namespace or ""


@reused
def objects_page(writer: Writer, cluster: Cluster) -> Page:
    """Write every object of a cluster: name to file to layer to source. Kept out of the search,
    which finds the pages about them."""
    page = writer.draft(writer.at.section_of_cluster(cluster.id, "objects"))
    objects = _objects(writer, cluster.id)
    if parts.is_split(len(objects), parts.SHORT):
        groups: dict[str, list[str]] = defaultdict(list)
        for resource, _ in sorted(objects, key=lambda item: _namespace(item[0])):
            groups[_namespace(resource)].append(f"{resource.name} {resource.kind}")
        table = parts.index_table(
            page, "objects", "Objects by namespace", "Namespace", dict(groups)
        )
    else:
        table = _table(writer, page, objects)
    return _finish(writer, page, cluster, f"Objects on {cluster.id}", objects, table)


@reused
def namespace_page(writer: Writer, cluster: Cluster, namespace: str) -> Page:
    """Write the objects of one namespace of a cluster; of none, those that are in none."""
    index = writer.at.section_of_cluster(cluster.id, "objects")
    page = writer.draft(parts.part_of(index, namespace))
    objects = [item for item in _objects(writer, cluster.id) if _namespace(item[0]) == namespace]
    title = f"Objects in {namespace}" if namespace else "Cluster-scoped objects"
    return _finish(
        writer,
        page,
        cluster,
        f"{title} on {cluster.id}",
        objects,
        _table(writer, page, objects),
        [(index, "Objects")],
    )


def _finish(
    writer: Writer,
    page: Draft,
    cluster: Cluster,
    title: str,
    objects: Sequence[tuple[Resource, Layer]],
    table: Table,
    crumbs: Sequence[tuple[str | None, str]] = (),
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
        f"source, {of_charts} of them from charts. {not_rendered(writer)}".rstrip(),
        sections=[(None, None, table)],
    )


def _table(writer: Writer, page: Draft, objects: Sequence[tuple[Resource, Layer]]) -> Table:
    links = Objects(writer)
    sources: dict[str, Cell] = {}
    rows: list[list[Cell]] = []
    for resource, layer in objects:
        if layer.id not in sources:
            sources[layer.id] = _source(writer, page, layer)
        rows.append(
            [
                links.name(page, resource, layer),
                resource.kind,
                namespace_cell(resource),
                place(page, resource),
                writer.layer(page, layer),
                sources[layer.id],
            ]
        )
    return Table(
        "objects",
        "Objects",
        ("Name", "Kind", "Namespace", "Defined at", "Layer", "Source"),
        rows,
        "No objects.",
    )


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
    """The clusters; those of prod first, where the Enter key looks."""
    stages = writer.facts.environments.stages
    return [cluster for stage in reversed(stages) for cluster in stage.clusters]


@reused
def lookup_page(writer: Writer) -> Page:
    """What is applied twice, what is defined and never applied, and where to look for an object."""
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
            lines(
                [
                    writer.layer(page, layer) + Markup(" ") + place(page, resource)
                    for layer, resource in found
                ]
            ),
        ]
        for (cluster, _, kind, namespace, name), found in sorted(owners.items())
        if len({layer for layer, _ in found}) > 1
    ]
    orphans: list[list[Cell]] = [
        [page.code(orphan.name), orphan.kind, page.place(orphan.file, orphan.line)]
        for orphan in facts.orphans
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
