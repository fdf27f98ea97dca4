"""Show namespaces: which layer creates each, and what lies in it."""

from __future__ import annotations

from collections import defaultdict

from markupsafe import Markup

from gitops_docs.index.namespaces import BUILT_IN, Namespace, namespaces
from gitops_docs.pages.html import across
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled
from gitops_docs.text.english import count

_SHOWN = 4


@reused
def namespaces_page(writer: Writer) -> Page:
    """Return the inventory of namespaces."""
    facts = writer.facts
    page = writer.draft(writer.at.page("namespaces"))
    listed = namespaces(facts.platform, facts.chart_objects)
    found: dict[str, list[Namespace]] = defaultdict(list)
    for one in listed:
        found[one.name].append(one)
    rows: list[list[Cell]] = []
    for group in found.values():
        row: list[Cell] = [
            _name(writer, page, group),
            _created(writer, page, group),
            across.numbers([one.objects for one in group]),
            across.numbers([one.releases for one in group]),
            _users(writer, page, group),
        ]
        if writer.many_clusters:
            row.insert(1, across.share(writer, [one.cluster for one in group]))
        rows.append(row)
    unmade = sum(1 for one in listed if not one.is_created)
    return writer.finish(
        page,
        "tables.html",
        "Namespaces",
        boost=3,
        description=f"{count(len(rows), 'namespace')} and which layer creates each",
        lead=f"{count(len(rows), 'namespace')}. "
        + (
            f"{count(unmade, 'namespace')} {'is' if unmade == 1 else 'are'} not created by a layer: "
            f"`flux bootstrap`, a Helm release or a process outside Git creates "
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
                        *(("Clusters",) if writer.many_clusters else ()),
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


def _name(writer: Writer, page: Draft, group: list[Namespace]) -> Markup:
    first = group[0]
    makers = dict.fromkeys(
        writer.facts.layers[layer].name for one in group for layer, _ in one.makers
    )
    words = f"Namespace {first.name} on {across.names([one.cluster for one in group])}, " + (
        f"created by layer {', '.join(makers)}" if makers else "created by no layer"
    )
    return page.named(first.name, "namespace", words, f"namespace-{first.name}")


def _created(writer: Writer, page: Draft, group: list[Namespace]) -> Cell:
    """Return the layers that create a namespace, one for each name, with the file."""
    found: dict[str, Markup] = {}
    for one in group:
        for identity, resource in one.makers:
            layer = writer.facts.layers[identity]
            if layer.name not in found:
                place = page.place(resource.file, resource.line)
                found[layer.name] = writer.layer_or_all(page, layer) + Markup(" ") + place
    without = [one.cluster for one in group if not one.is_created]
    if not found:
        return "Kubernetes" if group[0].name in BUILT_IN else "no layer"
    if without and writer.many_clusters:
        found[""] = filled("no layer on {}", across.names(without))
    return lines(list(found.values()))


def _users(writer: Writer, page: Draft, group: list[Namespace]) -> Markup | str:
    found = {
        writer.facts.layers[identity].name: writer.facts.layers[identity]
        for one in group
        for identity in one.layers
    }
    return folded([writer.layer_or_all(page, layer) for layer in found.values()], _SHOWN) or "–"
