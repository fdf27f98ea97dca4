"""The comparison of clusters: layers only in one, different versions and variables, and the state
of every layer."""

from __future__ import annotations

from collections import defaultdict

from markupsafe import Markup

from gitops_docs.model import Layer, LayerStatus, Release
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.side_by_side import Row, Side, compared, side_by_side
from gitops_docs.pages.html.tables import Cell, Table, value
from gitops_docs.pages.html.writer import Writer
from gitops_docs.text.english import count


@reused
def comparison(writer: Writer) -> Page:
    """What differs between clusters; of one cluster its layers only."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.index("clusters"))
    clusters = facts.platform.clusters
    numbers = [
        (
            cluster,
            facts.of_cluster.get(cluster.id, []),
            sum(release.cluster == cluster.id for release in facts.platform.releases),
        )
        for cluster in clusters
    ]
    return writer.finish(
        page,
        "comparison.html",
        "Clusters",
        wide=True,
        description=f"{count(len(clusters), 'cluster')} side by side: layers, versions and variables that differ",
        clusters=[
            [
                writer.cluster(page, cluster.id),
                str(len(layers)),
                str(facts.last_wave(cluster.id)),
                str(releases),
                str(sum(layer.suspended for layer in layers)),
                str(sum(layer.status is not LayerStatus.RENDERED for layer in layers)),
                page.code(cluster.directory or "."),
            ]
            for cluster, layers, releases in numbers
        ],
        comparisons=_comparisons(writer, page) if writer.many_clusters else [],
        layers=_layers(writer, page),
    )


def _comparisons(writer: Writer, page: Draft) -> list[dict[str, object]]:
    """Layers, releases and variables: what differs, and folded what only some clusters have and
    what all have alike."""
    clusters = [cluster.id for cluster in writer.facts.platform.clusters]
    found: list[dict[str, object]] = []
    for heading, what, noun, rows in (
        ("Layers", "Layer", "layer", _presence(writer, page)),
        ("Versions", "Release", "release", _versions(writer, page)),
        ("Variables", "Variable", "variable", _variables(writer, page)),
    ):
        if not rows:
            continue
        sorted_rows = compared(rows, clusters)

        def table(
            kind: str, caption: str, chosen: list[Row], what: str = what, noun: str = noun
        ) -> Table:
            return side_by_side(
                writer,
                page,
                chosen,
                table=f"{kind}-{noun}s",
                caption=caption,
                what=what,
                empty=f"No {noun} differs.",
            )

        # Of a layer there is nothing to compare but who has it.
        first = (
            sorted_rows.different + sorted_rows.some if noun == "layer" else sorted_rows.different
        )
        folds = [
            ("The same on all", table("same", f"{heading} that are the same", sorted_rows.same))
        ]
        if noun != "layer":
            folds.insert(
                0,
                (
                    "Only on some",
                    table("some", f"{heading} that not all clusters have", sorted_rows.some),
                ),
            )
        found.append(
            {
                "heading": heading,
                "id": f"compare-{noun}s",
                "sentence": f"{count(len(rows), noun)}: {len(sorted_rows.different)} "
                f"{'differs' if len(sorted_rows.different) == 1 else 'differ'}, "
                f"{len(sorted_rows.some)} "
                f"{'is' if len(sorted_rows.some) == 1 else 'are'} not on all clusters, "
                f"{len(sorted_rows.same)} "
                f"{'is' if len(sorted_rows.same) == 1 else 'are'} the same.",
                "table": table("different", f"{heading} that differ", first),
                "folds": [(title, fold) for title, fold in folds if fold.rows],
            }
        )
    return found


def _presence(writer: Writer, page: Draft) -> list[Row]:
    """The layers of each cluster, by namespace and name."""
    facts = writer.facts
    sides: dict[tuple[str, str], dict[str, Side]] = defaultdict(dict)
    for layer in facts.platform.layers:
        text = Markup("suspended") if layer.suspended else Markup("yes")
        sides[layer.namespace, layer.name][layer.cluster] = Side(text, writer.layer_uri[layer.id])
    several = len({namespace for namespace, _ in sides}) > 1
    return [
        Row(page.code(f"{namespace}/{name}" if several else name), found)
        for (namespace, name), found in sorted(sides.items())
    ]


def _versions(writer: Writer, page: Draft) -> list[Row]:
    """The version of each release that several clusters have, or one only."""
    sides: dict[tuple[str, str], dict[str, Side]] = defaultdict(dict)
    for release in writer.facts.platform.releases:
        sides[release.namespace, release.name][release.cluster] = Side(
            _version(page, release), _uri(writer, release)
        )
    return [
        Row(page.code(f"{namespace}/{name}"), found)
        for (namespace, name), found in sorted(sides.items())
    ]


def _version(page: Draft, release: Release) -> Markup:
    version = page.code(release.version) if release.version else Markup("not pinned")
    return version + Markup(" suspended") if release.suspended else version


def _uri(writer: Writer, release: Release) -> str:
    return writer.at.below_cluster(release.cluster, "releases", release.namespace, release.name)


def _variables(writer: Writer, page: Draft) -> list[Row]:
    """The values of each variable, all that a cluster's layers have of it."""
    values: dict[str, dict[str, dict[Markup, None]]] = defaultdict(lambda: defaultdict(dict))
    for variable in writer.facts.platform.variables:
        values[variable.name][variable.cluster][value(page, variable)] = None
    return [
        Row(
            page.link(writer.at.page("variables"), name, variables=name),
            {
                cluster: Side(Markup("<br>").join(sorted(found)))
                for cluster, found in clusters.items()
            },
        )
        for name, clusters in sorted(values.items())
    ]


def _layers(writer: Writer, page: Draft) -> Table:
    facts = writer.facts
    rows: list[list[Cell]] = []
    for layer in facts.platform.layers:
        row: list[Cell] = [
            writer.layer(page, layer),
            str(layer.wave) if layer.wave else "none",
            _condition(layer),
            str(len(layer.resources)),
            str(len(facts.releases.get(layer.id, []))),
            page.place(layer.file, layer.line),
        ]
        if writer.many_clusters:
            row.insert(1, writer.cluster(page, layer.cluster))
        rows.append(row)
    cluster_column = ("Cluster",) if writer.many_clusters else ()
    columns = ("Layer", *cluster_column, "Wave", "Known", "Objects", "Releases", "Defined at")
    return Table("layers", "All layers", columns, rows, "No layer was found.")


def _condition(layer: Layer) -> str:
    said = {
        LayerStatus.RENDERED: "in full",
        LayerStatus.PARTIAL: "known in part",
        LayerStatus.EXTERNAL: "known in part: external",
        LayerStatus.FAILED: "known in part: failed",
    }[layer.status]
    return f"{said}, suspended" if layer.suspended else said
