"""Write the lists of layers, of one cluster and of all, and the page of a layer on all clusters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from markupsafe import Markup

from gitops_docs.index import commands
from gitops_docs.model import Cluster, Layer, LayerStatus
from gitops_docs.pages.html import across, owners
from gitops_docs.pages.html.areas import by_area, facets
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, grouped, marked, tag
from gitops_docs.pages.html.writer import Writer, states
from gitops_docs.pages.markup import filled, joined
from gitops_docs.text.english import count
from gitops_docs.text.escape import shorten

_ABOUT = 80
_STATES = {
    "suspended": "suspended",
    "partial": "not fully rendered",
    "external": "in another repository",
    "failed": "rejected",
}
"""What is special about a layer, in words."""


def layer_lists(writer: Writer) -> list[Page]:
    """Write the list of each cluster, and with several clusters that of all names with a page for
    each name."""
    pages = [cluster_layers_page(writer, cluster) for cluster in writer.facts.platform.clusters]
    if not writer.many_clusters:
        return pages
    return [
        *pages,
        names_page(writer),
        *(
            on_all_page(writer, *name)
            for name in writer.facts.names
            if writer.layer_on_all(*name) is not None
        ),
    ]


@reused
def cluster_layers_page(writer: Writer, cluster: Cluster) -> Page:
    """Write the list of a cluster's layers, by area."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.section_of_cluster(cluster.id, "layers"))
    layers = facts.of_cluster.get(cluster.id, [])
    ordered = by_area(writer, layers)
    number = len({area for area, _ in ordered})
    return writer.finish(
        page,
        "tables.html",
        f"Layers of {cluster.id}",
        description=f"{count(len(layers), 'layer')} of {cluster.id}",
        boost=0.5,
        wide=True,
        lead=f"{count(len(layers), 'layer')} in {count(number, 'area')} and "
        f"{count(facts.last_wave(cluster.id), 'wave')}. A layer is applied when the layers it "
        f"depends on are ready.",
        crumbs=[(at.index("clusters"), "Clusters"), (at.cluster(cluster.id), cluster.id)],
        sections=[(None, None, _layers(writer, page, ordered))],
    )


def _layers(writer: Writer, page: Draft, ordered: list[tuple[str, Layer]]) -> Table:
    facts = writer.facts
    rows: list[list[Cell]] = []
    tags = []
    for area, layer in ordered:
        rows.append(
            [
                writer.layer(page, layer),
                about(layer),
                str(layer.wave) if layer.wave else "none",
                str(len(facts.releases.get(layer.id, []))),
                str(len(layer.resources)),
                str(len(facts.graph.requires[layer.id])),
                str(len(facts.graph.dependents(layer.id))),
            ]
        )
        tags.append(" ".join([*_tags(writer, layer), tag(area)]))
    areas = [area for area, _ in ordered]
    return Table(
        "layers",
        "Layers",
        ("Layer", "What it is", "Wave", "Releases", "Objects", "Depends on", "Needed by"),
        rows,
        "No layer found.",
        low=frozenset({1, 2, 3, 4}),
        notes=frozenset({1}),
        numeric=frozenset({2, 3, 4, 5, 6}),
        groups=grouped(areas, "area"),
        tags=tuple(tags),
        facets=facets(page, tags, _FACETS, areas),
    )


_FACETS = {
    "suspended": "Suspended",
    "incomplete": "Not fully rendered",
    "failed": "Rejected",
    "unowned": "No owner",
}


def _tags(writer: Writer, layer: Layer) -> list[str]:
    found = ["suspended"] if layer.suspended else []
    if layer.status is LayerStatus.FAILED:
        found.append("failed")
    elif layer.status is not LayerStatus.RENDERED:
        found.append("incomplete")
    if writer.facts.owners_are_stated and not writer.facts.layer_owners[layer.id]:
        found.append("unowned")
    return found


def about(layer: Layer) -> str:
    """Return the first sentence that the author of a layer wrote."""
    text = (layer.description or "").strip().split("\n\n")[0].replace("\n", " ")
    sentence, stop, _ = text.partition(". ")
    return shorten(f"{sentence}{stop.strip()}", _ABOUT)


@reused
def names_page(writer: Writer) -> Page:
    """Write the list of all names of layers, one row each."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.page("layers"))
    names = facts.names
    order = {name: number for number, (_, name) in enumerate(_names_by_area(writer))}
    rows: list[list[Cell]] = []
    tags, areas = [], []
    for name in sorted(names, key=lambda item: order[item]):
        layers = names[name]
        area = facts.areas[layers[0].id]
        states_of = sorted({state for layer in layers for state in states(layer)})
        uri = writer.layer_on_all(*name) or writer.layer_uri[layers[0].id]
        link = page.link(uri, name[1])
        rows.append(
            [
                marked(link, *states_of),
                about(layers[0]),
                _clusters_of(writer, layers),
                _range([len(facts.releases.get(layer.id, [])) for layer in layers]),
                _range([len(layer.resources) for layer in layers]),
                _range([len(facts.graph.dependents(layer.id)) for layer in layers]),
            ]
        )
        own = {word for layer in layers for word in _tags(writer, layer)}
        own |= {"some"} if len(layers) < len(facts.clusters) else set()
        tags.append(" ".join([*sorted(own), tag(area)]))
        areas.append(area)
    everywhere = sum(len(layers) == len(facts.clusters) for layers in names.values())
    words = {**_FACETS, "some": "Not on all clusters"}
    table = Table(
        "layers",
        "Layers by name",
        ("Layer", "What it is", "Clusters", "Releases", "Objects", "Needed by"),
        rows,
        "No layer found.",
        low=frozenset({1, 3, 4}),
        notes=frozenset({1}),
        numeric=frozenset({3, 4, 5}),
        groups=grouped(areas, "area"),
        tags=tuple(tags),
        facets=facets(page, tags, words, areas),
    )
    return writer.finish(
        page,
        "tables.html",
        "Layers",
        wide=True,
        boost=2,
        description=f"{count(len(names), 'layer name')} on {count(len(facts.clusters), 'cluster')}",
        lead=f"{count(len(names), 'layer name')}, {count(len(facts.layers), 'layer')} on "
        f"{count(len(facts.clusters), 'cluster')}: {everywhere} are on all clusters. "
        f"If a layer is not ready, open it: what to check comes first."
        + writer.only_listed("layer"),
        sections=[(None, None, table)],
    )


def _names_by_area(writer: Writer) -> list[tuple[str, tuple[str, str]]]:
    names = writer.facts.names
    first = [layers[0] for layers in names.values()]
    return [(area, (layer.namespace, layer.name)) for area, layer in by_area(writer, first)]


def _clusters_of(writer: Writer, layers: Sequence[Layer]) -> str:
    """On how many clusters, and on which where these are few."""
    number, all_of_them = len(layers), len(writer.facts.clusters)
    if number == all_of_them:
        return f"all {number}"
    return across.names([layer.cluster for layer in layers]) if number <= 4 else f"{number}"


def _range(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low}–{high}"


@reused
def on_all_page(writer: Writer, namespace: str, name: str) -> Page:
    """Write the page of a layer on all its clusters."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.on_all("layers", namespace, name))
    layers = {layer.cluster: layer for layer in facts.names[namespace, name]}
    order = [cluster for cluster in facts.environments.clusters() if cluster in layers]
    rows: list[list[Cell]] = []
    for cluster in order:
        layer = layers[cluster]
        rows.append(
            [
                marked(page.link(writer.layer_uri[layer.id], cluster), *states(layer)),
                page.code(layer.directory or layer.path),
                str(layer.wave) if layer.wave else "none",
                releases(writer, page, layer),
                str(len(layer.resources)),
                str(len(facts.graph.dependents(layer.id))),
            ]
        )
    missing = [cluster for cluster in facts.environments.clusters() if cluster not in layers]
    first = layers[order[0]]
    lead = f"On {count(len(order), 'cluster')}"
    lead += f", not on {across.names(missing)}." if missing else "."
    return writer.finish(
        page,
        "layer_on_all.html",
        name,
        wide=True,
        boost=4,
        description=f"Layer {name} on {count(len(order), 'cluster')}",
        words=[namespace, *order],
        kind="layer",
        about=about(first),
        lead=lead,
        headline=[
            f"{facts.areas[first.id]}",
            count(len(order), "cluster"),
            owners.headline(writer, page, facts.layer_owners[first.id])
            if facts.owners_are_stated
            else page.code(namespace),
        ],
        suspended=across.names([one for one in order if layers[one].suspended]),
        requires=_neighbours(writer, page, layers.values(), facts.graph.requires),
        waiting=_waiting(writer, page, layers.values()),
        commands=commands.of_layer(first, None)["first"],
        crumbs=[(at.page("layers"), "Layers")],
        tags=["layer"],
        table=Table(
            "clusters",
            f"{name} by cluster",
            ("Cluster", "Path", "Wave", "Releases", "Objects", "Needed by"),
            rows,
            low=frozenset({1, 2, 4}),
            numeric=frozenset({2, 4, 5}),
        ),
    )


def _neighbours(
    writer: Writer, page: Draft, layers: Iterable[Layer], edges: Mapping[str, Sequence[str]]
) -> list[Markup]:
    """Return the layers at the other end of edges, each name once."""
    found = {
        writer.facts.layers[identity].name: writer.facts.layers[identity]
        for layer in layers
        for identity in edges[layer.id]
    }
    return [writer.layer_or_all(page, layer) for layer in found.values()]


def _waiting(
    writer: Writer, page: Draft, layers: Iterable[Layer]
) -> tuple[str, list[Markup], int] | None:
    """Return what gets no new revisions while the layer is suspended: the number on a cluster, four
    names, how many more; None where nothing waits."""
    behind = [writer.facts.graph.dependents(layer.id) for layer in layers]
    most = max(len(found) for found in behind)
    up_to = "" if all(len(found) == most for found in behind) else "up to "
    numbers = f"{up_to}{count(most, 'layer')}"
    names = {
        writer.facts.layers[identity].name: writer.facts.layers[identity]
        for found in behind
        for identity in found
    }
    if not names:
        return None
    shown = [writer.layer_or_all(page, layer) for layer in list(names.values())[: across.SHOWN]]
    return numbers, shown, max(0, len(names) - across.SHOWN)


def releases(writer: Writer, page: Draft, layer: Layer) -> Markup:
    """Return the releases of a layer with their versions, four at most."""
    found = writer.facts.releases.get(layer.id, [])
    cells = [
        filled("{} {}", writer.release(page, item), page.code(item.version) or Markup("not pinned"))
        for item in found[:4]
    ]
    more = f" +{len(found) - 4}" if len(found) > 4 else ""
    return (joined("<br>", cells) + more) if cells else Markup("–")
