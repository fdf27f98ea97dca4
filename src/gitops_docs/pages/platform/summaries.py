"""Count what a cluster has and what needs attention there: one row per cluster, or per environment
where there are many."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup
from msgspec import Struct

from gitops_docs.model import LayerStatus, Severity
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.tables import Cell, Table
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled
from gitops_docs.pages.navigation import MANY_CLUSTERS

COLUMNS = ("Cluster", "Layers", "Releases", "Behind", "Not rendered", "Suspended", "Errors")


class Summary(Struct, frozen=True):
    """What a cluster has."""

    layers: int = 0
    releases: int = 0
    behind: int = 0
    unrendered: int = 0
    suspended: int = 0
    errors: int = 0


def summaries(writer: Writer) -> dict[str, Summary]:
    """Return the numbers of each cluster."""
    facts = writer.facts
    releases: dict[str, int] = {}
    for release in facts.platform.releases:
        releases[release.cluster] = releases.get(release.cluster, 0) + 1
    behind: dict[str, int] = {}
    for row in facts.charts:
        for cluster in row.behind:
            behind[cluster] = behind.get(cluster, 0) + 1
    errors: dict[str, set[int]] = {}
    for number, finding in enumerate(facts.platform.findings):
        if finding.severity is Severity.ERROR:
            for identity in finding.layers:
                if identity in facts.layers:
                    errors.setdefault(facts.layers[identity].cluster, set()).add(number)
    return {
        cluster: Summary(
            len(layers := facts.of_cluster.get(cluster, [])),
            releases.get(cluster, 0),
            behind.get(cluster, 0),
            sum(layer.status is not LayerStatus.RENDERED for layer in layers),
            sum(layer.suspended for layer in layers),
            len(errors.get(cluster, ())),
        )
        for cluster in facts.clusters
    }


def clusters_table(writer: Writer, page: Draft, clusters: Sequence[str]) -> Table:
    """Return one row per cluster."""
    numbers = summaries(writer)
    return _table(
        [_row(writer, page, cluster, numbers[cluster]) for cluster in clusters],
        _caption(writer, "Clusters"),
    )


def estate_table(writer: Writer, page: Draft) -> Table:
    """Return one row per cluster; from many clusters on one per environment."""
    environments = writer.facts.environments
    clusters = environments.clusters()
    if len(clusters) < MANY_CLUSTERS:
        return clusters_table(writer, page, clusters)
    numbers = summaries(writer)
    rows = []
    for stage in environments.stages:
        own = [numbers[cluster] for cluster in stage.clusters]
        total = Summary(
            *(sum(getattr(one, name) for one in own) for name in Summary.__struct_fields__)
        )
        link = page.link(writer.at.environment(stage.name), stage.name)
        under = filled("<br><small>{}</small>", f"{len(own)} clusters")
        rows.append([link + under, *_numbers(page, total, None)])
    return _table(rows, _caption(writer, "Environments"))  # fmt: skip


def _caption(writer: Writer, title: str) -> str:
    environments = writer.facts.environments
    if environments.is_ordered:
        return f"{title}. “Behind” counts components older than on an earlier environment"
    return f"{title}. “Behind” counts components older than on another cluster"


def _row(writer: Writer, page: Draft, cluster: str, numbers: Summary) -> list[Cell]:
    return [writer.cluster(page, cluster), *_numbers(page, numbers, (writer, cluster))]


def _numbers(page: Draft, found: Summary, links: tuple[Writer, str] | None) -> list[Cell]:
    """Return the numbers of a row; each that is not zero leads to what it counts."""
    if links is None:
        return [f"{getattr(found, name):,}" for name in Summary.__struct_fields__]
    writer, cluster = links
    at = writer.at
    layers = at.section_of_cluster(cluster, "layers")
    releases = (
        at.section_of_cluster(cluster, "releases")
        if writer.many_clusters
        else at.page("components")
    )

    def linked(number: int, uri: str, **query: str) -> Cell:
        return page.link(uri, str(number), **query) if number else Markup("<small>0</small>")

    return [
        linked(found.layers, layers),
        linked(found.releases, releases),
        linked(found.behind, releases, releases="▼"),
        linked(found.unrendered, layers, show="incomplete"),
        linked(found.suspended, layers, show="suspended"),
        linked(found.errors, at.index("findings"), findings=cluster),
    ]


def _table(rows: list[list[Cell]], caption: str) -> Table:
    return Table(
        "clusters",
        caption,
        COLUMNS,
        rows,
        "No cluster found.",
        low=frozenset({2, 4, 5}),
        numeric=frozenset({1, 2, 3, 4, 5, 6}),
    )
