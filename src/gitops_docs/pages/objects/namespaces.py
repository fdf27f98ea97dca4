"""Namespaces: which layer creates each, and what lies in it."""

from __future__ import annotations

from markupsafe import Markup

from gitops_docs.index.namespaces import BUILT_IN, Namespace, namespaces
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.text.english import count

_SHOWN = 4


@reused
def namespaces_page(writer: Writer) -> Page:
    """The inventory of namespaces."""
    facts = writer.facts
    page = writer.draft(writer.at.page("namespaces"))
    listed = namespaces(facts.platform, facts.chart_objects)
    rows: list[list[Cell]] = []
    for one in listed:
        row: list[Cell] = [
            _name(writer, page, one),
            _created(writer, page, one),
            str(one.objects),
            str(one.releases),
            folded([writer.layer(page, layer) for layer in one.layers], _SHOWN) or "–",
        ]
        if writer.many_clusters:
            row.insert(1, writer.cluster(page, one.cluster))
        rows.append(row)
    unmade = sum(1 for one in listed if not one.made)
    return writer.finish(
        page,
        "tables.html",
        "Namespaces",
        boost=3,
        description=f"{count(len(rows), 'namespace')} and which layer creates each",
        lead=f"{count(len(rows), 'namespace')}. "
        + (
            f"{count(unmade, 'namespace')} {'is' if unmade == 1 else 'are'} not created by a layer: "
            f"`flux bootstrap`, a Helm release or somebody outside Git creates "
            f"{'it' if unmade == 1 else 'them'}."
            if unmade
            else "All are created by a layer or by Kubernetes."
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
                    "No namespaces.",
                ),
            )
        ],
    )


def _name(writer: Writer, page: Draft, one: Namespace) -> Markup:
    layers = ", ".join(writer.facts.layers[layer].name for layer, _ in one.makers)
    words = f"Namespace {one.name} on {one.cluster}, " + (
        f"created by layer {layers}" if one.makers else "not created by a layer"
    )
    return page.named(one.name, "namespace", words, f"namespace-{one.cluster}-{one.name}")


def _created(writer: Writer, page: Draft, one: Namespace) -> Cell:
    if one.makers:
        return lines(
            [
                writer.layer(page, layer) + Markup(" ") + page.place(resource.file, resource.line)
                for layer, resource in one.makers
            ]
        )
    return "Kubernetes" if one.name in BUILT_IN else "no layer"
