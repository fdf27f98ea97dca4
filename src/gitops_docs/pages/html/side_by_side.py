"""Compare clusters side by side: a table with what each of them has of something.

In: for each thing, cluster to what it has. Out: a table with a column for each cluster while that
can be read, and beyond that a line for each value with the clusters that have it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from markupsafe import Markup
from msgspec import Struct

from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.tables import Cell, Table, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled, joined
from gitops_docs.text.english import count

MOST_COLUMNS = 5
"""More clusters than this do not get a column each."""
_NAMED = 3
"""So many clusters that have a value are named, the rest is folded."""


class Side(Struct, frozen=True):
    """What one cluster has, and the page about it."""

    text: Markup
    uri: str | None = None


class Row(Struct, frozen=True):
    """One thing, and cluster id to what that has of it."""

    name: Markup
    sides: Mapping[str, Side]


class Compared(Struct, frozen=True):
    """Rows by how clusters stand to each other: `different` where those that have it do not agree,
    `some` where not all have it."""

    different: list[Row]
    some: list[Row]
    same: list[Row]


def compared(rows: Sequence[Row], clusters: Sequence[str]) -> Compared:
    """Sort rows by whether clusters differ in them."""
    found = Compared([], [], [])
    for row in rows:
        if len({side.text for side in row.sides.values()}) > 1:
            found.different.append(row)
        else:
            (
                found.same if all(cluster in row.sides for cluster in clusters) else found.some
            ).append(row)
    return found


def side_by_side(
    writer: Writer,
    page: Draft,
    rows: Sequence[Row],
    *,
    table: str,
    caption: str,
    what: str,
    empty: str = "None.",
) -> Table:
    """Return the table.

    Args:
        writer: For the clusters.
        page: Where it will stand.
        rows: What is compared, in the order of the table.
        table: Its id.
        caption: See `Table`.
        what: Title of the first column.
        empty: The text if there are no rows.
    """
    clusters = [cluster.id for cluster in writer.facts.platform.clusters]
    if len(clusters) <= MOST_COLUMNS:
        cells: list[list[Cell]] = [
            [row.name, *(_side(page, row.sides.get(cluster)) for cluster in clusters)]
            for row in rows
        ]
        return Table(table, caption, (what, *clusters), cells, empty)
    grouped: list[list[Cell]] = [[row.name, _groups(page, row, clusters)] for row in rows]
    return Table(table, caption, (what, f"On the {len(clusters)} clusters"), grouped, empty)


def _side(page: Draft, side: Side | None) -> Cell:
    if side is None:
        return "–"
    return filled('<a href="{}">{}</a>', page.to(side.uri), side.text) if side.uri else side.text


def _groups(page: Draft, row: Row, clusters: Sequence[str]) -> Markup:
    """Return each value with the clusters that have it, most common first; those without it
    last."""
    found: dict[Markup | None, list[str]] = defaultdict(list)
    for cluster in clusters:
        side = row.sides.get(cluster)
        found[side.text if side else None].append(cluster)
    ordered = sorted(found.items(), key=lambda item: (item[0] is None, -len(item[1]), str(item[0])))
    if len(ordered) == 1:
        return filled("{} on all", ordered[0][0] or "–")
    return lines(
        [
            filled("{}: {}", text if text is not None else "not on", _names(page, row, having))
            for text, having in ordered
        ]
    )


def _names(page: Draft, row: Row, clusters: Sequence[str]) -> Markup:
    links = []
    for cluster in clusters:
        side = row.sides.get(cluster)
        links.append(page.link(side.uri, cluster) if side and side.uri else Markup.escape(cluster))
    if len(links) <= _NAMED + 1:
        return joined(", ", links)
    return filled(
        '<details class="gitops-more"><summary>{}</summary>{}</details>',
        count(len(links), "cluster"),
        joined(", ", links),
    )
