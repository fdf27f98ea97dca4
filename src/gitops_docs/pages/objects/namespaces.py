"""Namespaces: which layer creates each, and what lies in it."""

from __future__ import annotations

from collections import defaultdict

from markupsafe import Markup

from gitops_docs.model import Resource
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.text.english import count, unique

_BUILT_IN = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})
"""Kubernetes makes these itself."""
_SHOWN = 4


@reused
def namespaces_page(writer: Writer) -> Page:
    """The inventory of namespaces."""
    facts = writer.facts
    page = writer.draft(writer.at.page("namespaces"))
    makers: dict[tuple[str, str], list[tuple[str, Resource]]] = defaultdict(list)
    holds: dict[tuple[str, str], int] = defaultdict(int)
    guests: dict[tuple[str, str], list[str]] = defaultdict(list)
    for layer in facts.platform.layers:
        if layer.remote_cluster:
            continue
        for resource in layer.resources:
            if resource.kind == "Namespace" and not resource.group:
                makers[layer.cluster, resource.name].append((layer.id, resource))
            elif resource.namespace and not resource.cluster_scoped:
                holds[layer.cluster, resource.namespace] += 1
                guests[layer.cluster, resource.namespace].append(layer.id)
    releases: dict[tuple[str, str], int] = defaultdict(int)
    for release in facts.platform.releases:
        releases[release.cluster, release.target_namespace or release.namespace] += 1
    rows: list[list[Cell]] = []
    for cluster, name in sorted({*makers, *holds, *releases}, key=lambda key: (key[1], key[0])):
        row: list[Cell] = [
            _name(writer, page, cluster, name, makers.get((cluster, name), [])),
            _created(writer, page, name, makers.get((cluster, name), [])),
            str(holds[cluster, name]),
            str(releases[cluster, name]),
            folded([writer.layer(page, layer) for layer in unique(guests[cluster, name])], _SHOWN)
            or "–",
        ]
        if writer.many_clusters:
            row.insert(1, writer.cluster(page, cluster))
        rows.append(row)
    unmade = sum(1 for key in {*holds, *releases} if key not in makers and key[1] not in _BUILT_IN)
    return writer.finish(
        page,
        "tables.html",
        "Namespaces",
        boost=3,
        description=f"{count(len(rows), 'namespace')} and which layer creates each",
        lead=f"{count(len(rows), 'namespace')}. "
        + (
            f"{unmade} of them neither a layer nor Kubernetes creates: Flux's bootstrap or a Helm "
            f"release does, or somebody must."
            if unmade
            else "A layer creates each, or Kubernetes itself."
        ),
        sections=[
            (
                None,
                None,
                Table(
                    "namespaces",
                    "Namespaces",
                    (
                        "Namespace",
                        *(("Cluster",) if writer.many_clusters else ()),
                        "Created by",
                        "Objects",
                        "Releases installed",
                        "Used by",
                    ),
                    rows,
                    "No namespace.",
                ),
            )
        ],
    )


def _name(
    writer: Writer, page: Draft, cluster: str, name: str, made: list[tuple[str, Resource]]
) -> Markup:
    layers = ", ".join(writer.facts.layers[layer].name for layer, _ in made)
    words = f"Namespace {name} on {cluster}, " + (
        f"created by layer {layers}" if made else "created by no layer"
    )
    return page.named(name, "namespace", words, f"namespace-{cluster}-{name}")


def _created(writer: Writer, page: Draft, name: str, made: list[tuple[str, Resource]]) -> Cell:
    if made:
        return lines(
            [
                writer.layer(page, layer) + Markup(" ") + page.place(resource.file, resource.line)
                for layer, resource in made
            ]
        )
    return "Kubernetes" if name in _BUILT_IN else "no layer"
