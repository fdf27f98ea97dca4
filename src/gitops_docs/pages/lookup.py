"""From an object or a directory to the layer that applies it, and what no layer applies."""

from __future__ import annotations

import posixpath
from collections import defaultdict

from markupsafe import Markup

from gitops_docs.model import Cluster, Resource
from gitops_docs.pages.inventories import namespace_cell
from gitops_docs.pages.page import Page
from gitops_docs.pages.tables import Cell, Table, lines
from gitops_docs.pages.words import count
from gitops_docs.pages.writer import Writer


def objects_page(writer: Writer, cluster: Cluster) -> Page:
    """Every object of a cluster: name to file to layer. Kept out of the search, which finds the pages about them."""
    page = writer.draft(writer.at.section_of_cluster(cluster.id, "objects"))
    rows: list[list[Cell]] = [
        [
            page.code(resource.name),
            resource.kind,
            namespace_cell(resource),
            writer.layer(page, layer),
            page.place(resource.file, resource.line),
        ]
        for layer in writer.facts.of_cluster.get(cluster.id, [])
        for resource in layer.resources
    ]
    return writer.finish(
        page,
        "tables.html",
        f"Objects of {cluster.id}",
        description=f"{count(len(rows), 'object')} of {cluster.id}",
        boost=0,
        crumbs=[(writer.at.cluster(cluster.id), cluster.id)],
        lead=f"{count(len(rows), 'object')} that the layers of {cluster.id} apply. What Helm charts make "
        "of their values is not in Git and not here.",
        sections=[
            (
                None,
                None,
                Table("objects", "Objects", ("Name", "Kind", "Namespace", "Layer", "Defined at"), rows, "No object."),
            )
        ],
    )


def lookup_page(writer: Writer) -> Page:
    """What is applied twice, what is defined and never applied, and where to look for an object."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.page("lookup"))
    owners: dict[tuple[str, str, str, str, str], list[tuple[str, Resource]]] = defaultdict(list)
    for layer in facts.platform.layers:
        if layer.remote_cluster:
            continue
        for resource in layer.resources:
            namespace = "" if resource.cluster_scoped else resource.namespace or ""
            owners[layer.cluster, resource.group, resource.kind, namespace, resource.name].append((layer.id, resource))
    twice: list[list[Cell]] = [
        [
            page.code(f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"),
            writer.cluster(page, cluster),
            lines(
                [
                    writer.layer(page, layer) + Markup(" ") + page.place(resource.file, resource.line)
                    for layer, resource in found
                ]
            ),
        ]
        for (cluster, _, kind, namespace, name), found in sorted(owners.items())
        if len({layer for layer, _ in found}) > 1
    ]
    orphans: list[list[Cell]] = [
        [page.code(orphan.name), orphan.kind, page.place(orphan.file, orphan.line)] for orphan in facts.orphans
    ]
    everything = [
        page.link(at.section_of_cluster(cluster.id, "objects"), f"all objects of {cluster.id}")
        for cluster in facts.platform.clusters
    ]
    return writer.finish(
        page,
        "lookup.html",
        "Lookup",
        description=f"{count(len(orphans), 'object')} that no layer applies, {len(twice)} applied twice",
        everything=everything,
        twice=Table(
            "twice",
            "Objects that several layers apply",
            ("Object", "Cluster", "Layers"),
            twice,
            "No object is applied by two layers.",
        ),
        orphans=Table(
            "orphans",
            "Objects that no layer applies",
            ("Name", "Kind", "Defined at"),
            orphans,
            "Every object is applied by some layer.",
        ),
    )


def directories_page(writer: Writer) -> Page:
    """The directories of the repository that hold manifests, each with the layers that read from it."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.page("directories"))
    readers: dict[str, dict[str, None]] = defaultdict(dict)
    files: dict[str, set[str]] = defaultdict(set)
    unused: dict[str, set[str]] = defaultdict(set)
    for layer in facts.platform.layers:
        for file in layer.files:
            directory = posixpath.dirname(file)
            readers[directory][layer.id] = None
            files[directory].add(file)
    for orphan in facts.orphans:
        unused[posixpath.dirname(orphan.file)].add(orphan.file)
    rows: list[list[Cell]] = []
    for directory in sorted({*files, *unused}):
        applied = readers.get(directory, {})
        rows.append(
            [
                page.place(directory) if directory else "the root",
                str(len(files.get(directory, ()))),
                str(len(unused.get(directory, ()))),
                Markup(", ").join(writer.layer(page, layer, with_cluster=writer.many_clusters) for layer in applied)
                or Markup("<strong>nothing applies it</strong>"),
            ]
        )
    dead = sum(1 for directory in unused if directory not in files)
    return writer.finish(
        page,
        "tables.html",
        "Directories",
        description=f"{count(len(rows), 'directory')} and the layers that read them",
        boost=0.5,
        lead=f"{count(len(rows), 'directory')} with manifests. From {dead} of them no layer reads anything.",
        sections=[
            (
                None,
                None,
                Table(
                    "directories",
                    "Directories",
                    ("Directory", "Files read", "Files that no layer applies", "Read by"),
                    rows,
                    "No manifest was found.",
                ),
            )
        ],
    )
