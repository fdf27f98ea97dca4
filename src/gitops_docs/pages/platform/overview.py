"""The first page, the comparison of clusters, and the page of a cluster."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from gitops_docs.diagrams import layers as diagrams
from gitops_docs.index.graph import Graph
from gitops_docs.model import Cluster, EntryKind, Layer, LayerStatus, Severity
from gitops_docs.pages.html import commits, flows
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.prose import prose
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Table
from gitops_docs.pages.html.writer import Writer
from gitops_docs.text.english import count, listing
from gitops_docs.text.escape import shorten

_DRAWN_CLUSTERS = 3
"""The overview shows the order of so many clusters; of more, their pages do."""
_NARROW = 560
"""Pixels: a picture that is not wider stands beside the list of waves,"""
_SHORT = 40
"""unless the list has more layers: in a narrow column it would be many screens long."""
_UNUSUAL = 8
"""So many layers that are suspended or not known in full are named on the overview; a link leads to
all."""
_REASON = 120
"""Characters of a reason there; the layer's page has all of it."""
_SHOWN = 12
"""So many layers of a wave are named on the overview."""
_ENTRIES = {
    EntryKind.BOOTSTRAP: "Flux was bootstrapped here.",
    EntryKind.FLUX_INSTANCE: "A FluxInstance of the Flux Operator starts here.",
    EntryKind.HEURISTIC: "Nothing in Git says where Flux starts, so this is a guess from what the Kustomizations apply. "
    "The setting `clusters` says it for sure.",
    EntryKind.CONFIGURED: "The settings of this site name it.",
}


@reused
def overview(writer: Writer) -> Page:
    """What runs here, in one screen."""
    facts, at = writer.facts, writer.at
    platform = facts.platform
    page = writer.draft(at.index())
    repository = platform.repository
    found = listing(
        [
            count(len(facts.clusters), "cluster"),
            count(len(platform.layers), "layer"),
            count(len(platform.releases), "Helm release"),
            count(sum(len(layer.resources) for layer in platform.layers), "object"),
        ]
    )
    rules = [alert for alert in platform.alerts if alert.kind == "rule"]
    uncovered = [alert for alert in rules if alert.runbook.status in ("missing", "dead")]
    errors = sum(finding.severity is Severity.ERROR for finding in platform.findings)
    warnings = sum(finding.severity is Severity.WARNING for finding in platform.findings)
    suspended = [layer for layer in platform.layers if layer.suspended]
    incomplete = facts.incomplete()
    numbers = [
        (
            errors + warnings,
            "errors and warnings",
            page.to(at.index("findings")),
            "findings of the checks",
        ),
        (
            len(uncovered),
            "alerts without a runbook",
            page.to(at.index("alerts"), alerts="no runbook"),
            f"of {count(len(rules), 'alert rule')}",
        ),
        (
            len(suspended),
            "suspended",
            page.to(at.index("clusters"), layers="suspended"),
            "layers that Flux leaves alone",
        ),
        (
            len(incomplete),
            "known in part",
            page.to(at.index("clusters"), layers="known in part"),
            "layers with content from elsewhere or an error",
        ),
        (
            len(facts.orphans),
            "defined, not applied",
            page.to(at.page("lookup"), "orphans"),
            "objects in files that no layer reads",
        ),
    ]
    unusual = [
        layer
        for layer in platform.layers
        if layer.suspended or layer.status is not LayerStatus.RENDERED
    ]
    clusters = [
        _order(writer, page, cluster, draw=len(facts.clusters) <= _DRAWN_CLUSTERS)
        for cluster in platform.clusters
    ]
    return writer.finish(
        page,
        "overview.html",
        "Platform",
        description=f"{found}, read from Git",
        boost=2,
        found=found,
        revision=repository.revision,
        date=repository.date,
        repository=repository,
        numbers=numbers,
        clusters=clusters,
        unusual=_unusual(writer, page, unusual[:_UNUSUAL]),
        usual=len(unusual),
        single=len(clusters) == 1,
        listed=len(clusters) > _DRAWN_CLUSTERS,
        changed=[
            (
                change,
                [
                    writer.layer(page, layer, with_cluster=writer.many_clusters)
                    for layer in facts.touched(commit)[:4]
                ],
            )
            for change, commit in zip(
                commits.shown(platform.commits, repository), platform.commits, strict=False
            )
        ],
        unchanged=commits.none_because(repository),
    )


def _unusual(writer: Writer, page: Draft, layers: list[Layer]) -> list[tuple[Markup, Markup]]:
    """Layers that are not as others, each with what a reader must know."""
    found = []
    for layer in layers:
        reason = prose(shorten(layer.reason or "", _REASON))
        if layer.suspended:
            reason = Markup("Flux leaves it alone until it is resumed. ") + reason
        found.append((writer.layer(page, layer, with_cluster=writer.many_clusters), reason))
    return found


@reused
def cluster_page(writer: Writer, cluster: Cluster) -> Page:
    """One cluster: where it starts, its waves, its graph, its counts."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.cluster(cluster.id))
    layers = facts.of_cluster.get(cluster.id, [])
    path = [facts.layers[identity] for identity in Graph.of(layers).critical_path()]
    roots = [layer for layer in layers if layer.parent is None]
    objects = sum(len(layer.resources) for layer in layers)
    releases = [release for release in facts.platform.releases if release.cluster == cluster.id]
    here = {layer.id for layer in layers}
    findings = [
        finding for finding in facts.platform.findings if not here.isdisjoint(finding.layers)
    ]
    return writer.finish(
        page,
        "cluster.html",
        cluster.id,
        description=f"{count(len(layers), 'layer')} in {count(facts.last_wave(cluster.id), 'wave')} on {cluster.id}",
        boost=2,
        crumbs=[(at.index("clusters"), "Clusters")],
        cluster=cluster,
        entry=_ENTRIES[cluster.entry.kind],
        order=_order(writer, page, cluster, draw=True),
        headline=[
            count(len(layers), "layer"),
            count(facts.last_wave(cluster.id), "wave"),
            page.link(
                at.page("components"),
                count(len(releases), "release"),
                **({"releases": cluster.id} if writer.many_clusters else {}),
            ),
            page.link(at.section_of_cluster(cluster.id, "objects"), count(objects, "object")),
            page.link(at.index("findings"), count(len(findings), "finding"), findings=cluster.id),
            *filter(None, [writer.only_listed("layer").strip()]),
        ],
        path=path if len(path) > 2 else [],
        roots=roots,
        states=_unusual(
            writer,
            page,
            [
                layer
                for layer in layers
                if layer.suspended or layer.status is not LayerStatus.RENDERED
            ],
        ),
        waiting=Table(
            "blast",
            "What stops when a layer fails or is suspended",
            ("Layer", "Wave", "Waits for", "Waiting for it", "Ready means"),
            [
                [
                    writer.layer(page, layer),
                    str(layer.wave) if layer.wave else "none",
                    str(len(facts.graph.dependencies(layer.id))),
                    str(len(facts.graph.dependents(layer.id))),
                    _ready(layer),
                ]
                for layer in sorted(
                    layers, key=lambda layer: (-len(facts.graph.dependents(layer.id)), layer.id)
                )
                if facts.graph.required_by[layer.id]
            ],
            "No layer waits for another.",
        ),
        flows=_flows(writer, page, cluster.id),
        alone=sum(not facts.graph.required_by[layer.id] for layer in layers),
    )


def _flows(writer: Writer, page: Draft, cluster: str) -> list[tuple[str, str, Markup, Markup]]:
    """(heading, anchor, picture, link to the table that says the same) of what goes where in a
    cluster."""
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
        (heading, name, page.diagram(diagram), page.link(uri, f"the table of {name}"))
        for heading, name, diagram, uri in drawn
        if diagram is not None
    ]


def _order(writer: Writer, page: Draft, cluster: Cluster, *, draw: bool) -> dict[str, Any]:
    """What the pages say about a cluster's order."""
    facts = writer.facts
    layers = facts.of_cluster.get(cluster.id, [])
    waves, lost = facts.waves(cluster.id)
    uri = writer.at.cluster(cluster.id)
    diagram = None
    if draw:
        there = page.to(uri, "order") if page.uri != uri else "#order"
        diagram = diagrams.of_cluster(cluster.id, facts, writer.hrefs(page, layers), there)
    return {
        "cluster": cluster,
        "link": writer.cluster(page, cluster.id),
        "uri": uri,
        "layers": layers,
        "waves": waves,
        "most": _SHOWN if page.uri != uri else len(layers),
        "lost": lost,
        "signs": any(
            layer.status in (LayerStatus.PARTIAL, LayerStatus.EXTERNAL) for layer in layers
        ),
        "draw": draw,
        "diagram": page.diagram(diagram) if diagram else None,
        "narrow": diagram is not None and diagram.width <= _NARROW and len(layers) <= _SHORT,
    }


def _ready(layer: Layer) -> str:
    if layer.health.wait:
        return "everything it applies is ready"
    if layer.health.checks:
        return f"{count(len(layer.health.checks), 'health check')} pass"
    return "applied, nothing is checked"
