"""Write the page of a cluster: what runs here, and in which order."""

from __future__ import annotations

from markupsafe import Markup

from gitops_docs.index.graph import Graph
from gitops_docs.model import Cluster, EntryKind, Layer, LayerStatus
from gitops_docs.pages.html import flows
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.prose import prose
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.platform.overview import order_of
from gitops_docs.pages.platform.summaries import summaries
from gitops_docs.text.english import count
from gitops_docs.text.escape import shorten

_WAITED = 10
"""Rows of what most layers wait for."""
_ATTENTION = 40
_REASON = 120
_ENTRIES = {
    EntryKind.BOOTSTRAP: "Installed with `flux bootstrap`.",
    EntryKind.FLUX_INSTANCE: "Installed with the Flux Operator.",
    EntryKind.HEURISTIC: "Entry inferred from what the Kustomizations apply. Set `clusters` to "
    "state it.",
    EntryKind.CONFIGURED: "Set by the option `clusters`.",
}


@reused
def cluster_page(writer: Writer, cluster: Cluster) -> Page:
    """Write the page."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.cluster(cluster.id))
    layers = facts.of_cluster.get(cluster.id, [])
    path = [facts.layers[identity] for identity in Graph.of(layers).critical_path()]
    roots = [layer for layer in layers if layer.parent is None]
    unusual = [
        layer for layer in layers if layer.suspended or layer.status is not LayerStatus.RENDERED
    ]
    return writer.finish(
        page,
        "cluster.html",
        cluster.id,
        description=f"{count(len(layers), 'layer')} in {count(facts.last_wave(cluster.id), 'wave')} on {cluster.id}",
        boost=2,
        kind="cluster",
        crumbs=[(at.index("clusters"), "Clusters")] if writer.many_clusters else [],
        cluster=cluster,
        entry=_ENTRIES[cluster.entry.kind],
        order=order_of(writer, page, cluster),
        headline=_headline(writer, page, cluster),
        path=path if len(path) > 2 else [],
        roots=roots,
        states=_unusual(writer, page, unusual[:_ATTENTION]),
        more=max(0, len(unusual) - _ATTENTION),
        waiting=_waited_for(writer, page, layers),
        flows=_flows(writer, page, cluster.id),
        alone=sum(not facts.graph.required_by[layer.id] for layer in layers),
        ways=_ways(writer, page, cluster),
    )


def _headline(writer: Writer, page: Draft, cluster: Cluster) -> list[Cell]:
    """Return numbers of the cluster, each a link."""
    facts, at = writer.facts, writer.at
    numbers = summaries(writer)[cluster.id]
    layers = at.section_of_cluster(cluster.id, "layers")
    releases = (
        at.section_of_cluster(cluster.id, "releases")
        if writer.many_clusters and numbers.releases
        else at.page("components")
    )
    hosts = {one.host for one in facts.exposure.endpoints if one.cluster == cluster.id}
    workloads = sum(one.cluster == cluster.id for one in facts.platform.workloads)
    stage = facts.environments.of.get(cluster.id)
    cells: list[Cell] = []
    if stage is not None and writer.many_clusters and stage.name != cluster.id:
        cells.append(f"environment {stage.name}")
    cells.append(page.link(layers, count(numbers.layers, "layer")))
    cells.append(count(facts.last_wave(cluster.id), "wave"))
    if numbers.releases:
        cells.append(page.link(releases, count(numbers.releases, "release")))
    if hosts:
        cells.append(page.link(at.page("exposure"), count(len(hosts), "hostname")))
    if workloads:
        cells.append(page.link(at.page("workloads"), count(workloads, "workload")))
    if numbers.behind:
        cells.append(page.link(releases, f"{numbers.behind} behind", releases="▼"))
    if numbers.suspended:
        cells.append(page.link(layers, f"{numbers.suspended} suspended", show="suspended"))
    if numbers.unrendered:
        text = f"{numbers.unrendered} not fully rendered"
        cells.append(page.link(layers, text, show="incomplete"))
    found = at.index("findings")
    cells.append(page.link(found, count(numbers.errors, "error"), findings=cluster.id))
    return [*cells, *filter(None, [writer.only_listed("layer").strip()])]


def _ways(writer: Writer, page: Draft, cluster: Cluster) -> list[Markup]:
    """Return other pages of the cluster."""
    at = writer.at
    return [
        page.link(at.section_of_cluster(cluster.id, section), title)
        for title, section in (("Layers", "layers"), ("Bootstrap", "bootstrap"), ("Objects", "objects"))
    ]  # fmt: skip


def _unusual(writer: Writer, page: Draft, layers: list[Layer]) -> list[tuple[Markup, Markup]]:
    """Return layers that need attention, each with what a reader must know."""
    found = []
    for layer in layers:
        reason = prose(shorten(layer.reason or "", _REASON))
        if layer.suspended:
            waiting = len(writer.facts.graph.dependents(layer.id))
            text = f"{count(waiting, 'layer')} get no new revisions. " if waiting else ""
            reason = Markup(text) + reason
        found.append((writer.layer(page, layer), reason))
    return found


def _waited_for(writer: Writer, page: Draft, layers: list[Layer]) -> Table:
    facts = writer.facts
    required = [layer for layer in layers if facts.graph.required_by[layer.id]]
    ordered = sorted(required, key=lambda layer: (-len(facts.graph.dependents(layer.id)), layer.id))
    return Table(
        "blast",
        "Layers that wait, by layer",
        ("Layer", "Needed by", "Wave", "Depends on", "Ready when"),
        [
            [
                writer.layer(page, layer),
                str(len(facts.graph.dependents(layer.id))),
                str(layer.wave) if layer.wave else "none",
                str(len(facts.graph.dependencies(layer.id))),
                _ready(layer),
            ]
            for layer in ordered[:_WAITED]
        ],
        "No layer depends on another.",
        low=frozenset({2, 3}),
        numeric=frozenset({1, 2, 3}),
    )


def _ready(layer: Layer) -> str:
    if layer.health.wait:
        return "everything it applies is ready"
    if layer.health.checks:
        return f"{count(len(layer.health.checks), 'health check')} pass"
    return "applied, nothing is checked"


def _flows(writer: Writer, page: Draft, cluster: str) -> list[tuple[str, str, Markup, Markup]]:
    """Return (heading, anchor, picture, link to the table that says the same) of what goes where in
    a cluster."""
    at = writer.at
    drawn = (
        ("Sources", "sources", flows.sources(writer, page, cluster), at.page("sources")),
        ("Secrets", "secrets", flows.secrets(writer, page, cluster), at.page("secrets")),
        (
            "Notifications",
            "notifications",
            flows.notifications(writer, page, cluster),
            at.page("notifications"),
        ),
    )
    return [
        (heading, name, page.diagram(diagram), page.link(uri, heading))
        for heading, name, diagram, uri in drawn
        if diagram is not None
    ]
