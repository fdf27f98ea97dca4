"""Compare clusters: which layers each has and in which state, and the versions and variables that
differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from markupsafe import Markup

from gitops_docs.index.across.promotion import Promoted
from gitops_docs.model import Layer, LayerStatus
from gitops_docs.pages.html import versions
from gitops_docs.pages.html.areas import in_order
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Group, Table, tag, value
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled, joined
from gitops_docs.text.english import count

COLUMNS = 16
"""More clusters than this are shown by environment."""
_SIGNS = {
    "applied": "●",
    "suspended": "S",
    "partial": "◐",
    "external": "◐",
    "failed": "✕",
}
_LEGEND = "● applied, – not there, S suspended, ◐ not fully rendered, ✕ rejected"


def comparisons(writer: Writer) -> list[Page]:
    """Write the pages that compare clusters; of one cluster the first only."""
    if not writer.many_clusters:
        return [layers_page(writer)]
    return [layers_page(writer), charts_page(writer), images_page(writer), variables_page(writer)]


def _tabs(writer: Writer) -> list[tuple[str, str, str]]:
    """Return (page, title, number of rows) of all comparisons."""
    if not writer.many_clusters:
        return []
    facts, at = writer.facts, writer.at
    variables = {variable.name for variable in facts.platform.variables}
    return [
        (at.index("clusters"), "Layers", str(len(facts.names))),
        (at.compared("charts"), "Charts", str(len(facts.charts))),
        (at.compared("images"), "Images", str(len(facts.image_versions))),
        (at.compared("variables"), "Variables", str(len(variables))),
    ]


@reused
def layers_page(writer: Writer) -> Page:
    """Write the comparison of layers."""
    facts = writer.facts
    page = writer.draft(writer.at.index("clusters"))
    clusters = facts.platform.clusters
    names = facts.names
    everywhere = [name for name, found in names.items() if _is_equal(writer, found)]
    whole = sum(len(found) == len(clusters) for found in names.values())
    if not clusters:
        lead = (
            "No cluster found. Nothing in this repository says where Flux starts. Set `clusters` "
            "to the directories that its root Kustomizations apply."
        )
    elif not writer.many_clusters:
        lead = "One cluster: nothing to compare."
    else:
        lead = (
            f"{count(len(clusters), 'cluster')}, {count(len(names), 'layer name')}: {whole} on all "
            f"clusters, {len(names) - whole} on some. Rows that are equal on every cluster are "
            f"folded."
        )
    return writer.finish(
        page,
        "comparison.html",
        "Clusters",
        wide=True,
        description=f"{count(len(clusters), 'cluster')} side by side: layers, versions and variables that differ",
        boost=2,
        lead=lead,
        tabs=_tabs(writer),
        clusters=[writer.cluster(page, cluster.id) for cluster in clusters]
        if len(clusters) == 1
        else [],
        table=_presence(writer, page, [name for name in names if name not in set(everywhere)])
        if writer.many_clusters
        else None,
        folds=[
            (
                f"{count(len(everywhere), 'layer')} on all clusters, in the same state",
                [
                    page.link(writer.layer_on_all(*name) or writer.layer_uri[names[name][0].id], name[1])
                    for name in everywhere
                ],
            )
        ]
        if everywhere and writer.many_clusters
        else [],
    )  # fmt: skip


def _state(layer: Layer) -> str:
    if layer.suspended:
        return "suspended"
    return "applied" if layer.status is LayerStatus.RENDERED else layer.status.value


def _is_equal(writer: Writer, layers: Sequence[Layer]) -> bool:
    return (
        len(layers) == len(writer.facts.clusters) and len({_state(layer) for layer in layers}) == 1
    )


def _presence(writer: Writer, page: Draft, names: Sequence[tuple[str, str]]) -> Table:
    """Return the matrix: rows whose state differs first, then by area."""
    facts = writer.facts
    areas: dict[str, list[Layer]] = defaultdict(list)
    for name in names:
        areas[facts.areas[facts.names[name][0].id]].append(facts.names[name][0])
    order = {area: position for position, area in enumerate(in_order(dict(areas)))}
    differs = [name for name in names if len({_state(one) for one in facts.names[name]}) > 1]
    shown = set(differs)
    rest = sorted(
        (name for name in names if name not in shown),
        key=lambda name: (order[facts.areas[facts.names[name][0].id]], name[1]),
    )
    groups = [Group(0, f"State differs ({len(differs)})", "state-differs")] if differs else []
    before = None
    for position, name in enumerate(rest, len(differs)):
        area = facts.areas[facts.names[name][0].id]
        if area != before:
            number = sum(facts.areas[facts.names[other][0].id] == area for other in rest)
            groups.append(Group(position, f"{area} ({number})", f"area-{tag(area)}"))
            before = area
    columns, cell = _columns(writer, page)
    rows: list[list[Cell]] = [
        [
            page.link(
                writer.layer_on_all(*name) or writer.layer_uri[facts.names[name][0].id], name[1]
            ),
            *cell(facts.names[name]),
        ]
        for name in (*sorted(differs), *rest)
    ]
    return Table(
        "layers",
        f"Layers that are not on all clusters, or not in the same state: {_LEGEND}",
        ("Layer", *columns),
        rows,
        "All clusters have the same layers.",
        look="presence",
        groups=tuple(groups),
    )


def _columns(
    writer: Writer, page: Draft
) -> tuple[tuple[Cell, ...], Callable[[Iterable[Layer]], list[Cell]]]:
    """Heads of the matrix, and what makes the cells of a row."""
    stages = writer.facts.environments.stages
    clusters = writer.facts.environments.clusters()
    if len(clusters) <= COLUMNS:
        heads: tuple[Cell, ...] = tuple(
            page.link(writer.at.cluster(name), name) for name in clusters
        )

        def each(layers: Iterable[Layer]) -> list[Cell]:
            have = {layer.cluster: layer for layer in layers}
            return [_sign(writer, page, have.get(name)) for name in clusters]

        return heads, each
    names: tuple[Cell, ...] = tuple(
        page.link(writer.at.environment(stage.name), f"{stage.name} {len(stage.clusters)}")
        for stage in stages
    )

    def counted(layers: Iterable[Layer]) -> list[Cell]:
        have = {layer.cluster: layer for layer in layers}
        return [_share([have.get(name) for name in stage.clusters]) for stage in stages]

    return names, counted


def _sign(writer: Writer, page: Draft, layer: Layer | None) -> Cell:
    if layer is None:
        return "–"
    state = _state(layer)
    href = page.to(writer.layer_uri[layer.id])
    if state == "applied":
        return filled('<a href="{}">●</a>', href)
    return filled('<a class="gitops-state--{}" href="{}">{}</a>', state, href, _SIGNS[state])


def _share(layers: Sequence[Layer | None]) -> Cell:
    """`3/8`, and what is special among them."""
    here = [layer for layer in layers if layer is not None]
    if not here:
        return "–"
    signs = sorted({_SIGNS[_state(layer)] for layer in here} - {"●"})
    return " ".join([f"{len(here)}/{len(layers)}", *signs])


@reused
def charts_page(writer: Writer) -> Page:
    """Write the comparison of chart versions."""
    return _versions(writer, "charts", "Charts", writer.facts.charts)


@reused
def images_page(writer: Writer) -> Page:
    """Write the comparison of image tags."""
    return _versions(writer, "images", "Images", writer.facts.image_versions)


def _versions(writer: Writer, name: str, title: str, rows: Sequence[Promoted]) -> Page:
    facts, at = writer.facts, writer.at
    page = writer.draft(at.compared(name))
    different = [row for row in rows if not row.is_equal]
    equal = [row for row in rows if row.is_equal]
    clusters = facts.environments.clusters()
    columns = (
        [(cluster, (cluster,)) for cluster in clusters]
        if len(clusters) <= COLUMNS
        else [(stage.name, stage.clusters) for stage in facts.environments.stages]
    )
    return writer.finish(
        page,
        "comparison.html",
        f"{title} by cluster",
        wide=True,
        boost=1,
        description=f"{title} that have other versions on some clusters",
        crumbs=[(at.index("clusters"), "Clusters")],
        lead=f"{len(different)} of {count(len(rows), title.lower().removesuffix('s'))} have other "
        f"versions on some clusters.",
        tabs=_tabs(writer),
        clusters=[],
        table=versions.matrix(
            writer,
            page,
            sorted(different, key=lambda row: (-len(row.behind), row.name)),
            columns,
            f"{title} whose versions differ: ▼ says how far a version is behind the newest of the row",
        ),
        folds=[versions.fold(writer, page, "The same everywhere they run", equal)],
    )


@reused
def variables_page(writer: Writer) -> Page:
    """Write the comparison of the values of variables."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.compared("variables"))
    values: dict[str, dict[str, dict[Markup, None]]] = defaultdict(lambda: defaultdict(dict))
    for variable in facts.platform.variables:
        values[variable.name][variable.cluster][value(page, variable)] = None
    shown = {
        name: {cluster: joined(", ", sorted(found)) for cluster, found in of.items()}
        for name, of in values.items()
    }
    clusters = facts.environments.clusters()
    differ = {name: of for name, of in sorted(shown.items()) if len(set(of.values())) > 1}
    rows: list[list[Cell]] = []
    for name, of in differ.items():
        groups: dict[Markup, list[str]] = defaultdict(list)
        for cluster in clusters:
            if cluster in of:
                groups[of[cluster]].append(cluster)
        rows.append(
            [
                writer.variable(page, name),
                _grouped(writer, groups),
                str(len(of)),
            ]
        )
    table = Table(
        "variables",
        "Variables whose values differ",
        ("Variable", "Values and clusters", "Clusters"),
        rows,
        "All clusters have the same variables.",
        numeric=frozenset({2}),
    )
    equal = [name for name in sorted(shown) if name not in differ]
    return writer.finish(
        page,
        "comparison.html",
        "Variables by cluster",
        wide=True,
        boost=1,
        description="Variables that have other values on some clusters",
        crumbs=[(at.index("clusters"), "Clusters")],
        lead=f"{len(differ)} of {count(len(shown), 'variable')} have other values on some clusters.",
        tabs=_tabs(writer),
        clusters=[],
        table=table,
        folds=[
            (
                f"The same on all clusters that have them ({len(equal)})",
                [writer.variable(page, name) for name in equal],
            )
        ]
        if equal
        else [],
    )


def _grouped(writer: Writer, groups: dict[Markup, list[str]]) -> Markup:
    """Return values with their clusters, the most common first; where each cluster has its own,
    four."""
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[1]))
    cells = [
        filled("<div>{} {}</div>", text, versions.where(writer, names))
        for text, names in ordered[:4]
    ]
    more = len(ordered) - 4
    if more > 0:
        cells.append(filled("<div><small>+{} other values</small></div>", more))
    return joined("", cells)
