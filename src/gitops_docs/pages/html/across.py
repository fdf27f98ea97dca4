"""Write one row per name, with the clusters inside the row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from markupsafe import Markup

from gitops_docs.model import Alert, LayerObject, Resource
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.tables import folded, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled
from gitops_docs.text.english import count


class Applied(Protocol):
    """What a layer applies."""

    @property
    def cluster(self) -> str:
        """Id of the cluster."""

    @property
    def layer(self) -> str | None:
        """Id of the layer."""


ObjectT = TypeVar("ObjectT", bound=LayerObject)
A = TypeVar("A", bound=Applied)
SHOWN = 4
_OF_MANY = 2
"""So many of more clusters stand before the fold: a row must not be as high as its clusters."""
ROWS = 200
"""A list with more rows is split by cluster."""
MOST = 450
"""A list of one cluster with more rows is split by namespace."""
ATTENTION = 40
"""Most rows of what needs attention."""
PLACES = 60
"""A list with more rows has no `file:line`: it stands on the page of the thing."""


def by_name(items: Iterable[ObjectT]) -> list[tuple[tuple[str, str, str], list[ObjectT]]]:
    """Return group objects by kind, namespace and name, sorted by namespace, name and kind."""
    found: dict[tuple[str, str, str], list[ObjectT]] = defaultdict(list)
    for item in items:
        found[item.namespace, item.name, item.kind].append(item)
    return [
        ((kind, namespace, name), found[namespace, name, kind])
        for namespace, name, kind in sorted(found)
    ]


def same(
    items: Sequence[A], value: Callable[[A], Hashable], shown: Callable[[A], Markup | str]
) -> Markup:
    """Show what objects of one name have in common: once where all are equal, else each value with
    its clusters."""
    found: dict[Hashable, list[A]] = defaultdict(list)
    for item in items:
        found[value(item)].append(item)
    if len(found) == 1:
        return Markup.escape(shown(items[0]))
    cells = [
        filled("{} <small>{}</small>", shown(group[0]), names([item.cluster for item in group]))
        for group in found.values()
    ]
    return folded(cells, SHOWN)


def varying(cells: Iterable[tuple[str, Markup | str]]) -> Markup:
    """Show a cell once if all clusters have the same, else each with its clusters.

    Args:
        cells: Clusters with their cells.
    """
    found: dict[Markup, list[str]] = defaultdict(list)
    for cluster, cell in cells:
        found[Markup.escape(cell)].append(cluster)
    if len(found) == 1:
        return next(iter(found))
    return folded(
        [filled("{} <small>{}</small>", cell, names(where)) for cell, where in found.items()],
        SHOWN,
    )


def split_pages(
    writer: Writer,
    page: Callable[[Writer], Page],
    cluster_page: Callable[[Writer, str], Page],
    *,
    is_split: bool,
    parts: tuple[
        Callable[[Writer, str], Mapping[str, Sequence[str]]],
        Callable[[Writer, str, str, tuple[str, ...]], Page],
    ]
    | None = None,
) -> list[Page]:
    """Write a page, and one per cluster if its lists would be too long for one page.

    Args:
        writer: The writer.
        page: Writes the page of all clusters.
        cluster_page: Writes the page of a cluster.
        is_split: Whether clusters have pages of their own.
        parts: Says which namespaces of a cluster (empty: of the only one) have pages of their own,
            and writes one, which gets the names of all.
    """
    clusters = [cluster.id for cluster in writer.facts.platform.clusters] if is_split else []
    pages = [page(writer), *(cluster_page(writer, cluster) for cluster in clusters)]
    if parts is not None:
        spaces, part_page = parts
        for cluster in clusters or [""]:
            named = tuple(spaces(writer, cluster))
            pages += [part_page(writer, cluster, space, named) for space in named]
    return pages


def by_namespace(rows: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return namespaces with the names of their rows where these are too many for one page; else
    none."""
    found: dict[str, list[str]] = defaultdict(list)
    for namespace, name in rows:
        found[namespace].append(name)
    return dict(sorted(found.items())) if sum(map(len, found.values())) > MOST else {}


def names(clusters: Iterable[str]) -> str:
    """Return names of clusters for a sentence: four, and how many more."""
    each = list(dict.fromkeys(clusters))
    more = f" +{len(each) - SHOWN}" if len(each) > SHOWN else ""
    return ", ".join(each[:SHOWN]) + more


def share(writer: Writer, clusters: Iterable[str]) -> str:
    """On which clusters something is: `all 14`, names while they are few, else a number."""
    each = list(dict.fromkeys(clusters))
    if len(each) == len(writer.facts.clusters):
        return f"all {len(each)}"
    return ", ".join(each) if len(each) <= SHOWN else str(len(each))


def numbers(each: Sequence[int]) -> str:
    """Return a number that clusters have in common, or its range: `2–5`."""
    low, high = min(each), max(each)
    return str(low) if low == high else f"{low}–{high}"


def clusters(writer: Writer, page: Draft, items: Iterable[Applied]) -> Markup:
    """Link the clusters of some objects, each once; `all 14` where these are all of many."""
    return links(writer, page, (item.cluster for item in items))


def links(writer: Writer, page: Draft, names: Iterable[str]) -> Markup:
    """Link clusters by their names, as `clusters` does."""
    each = dict.fromkeys(names)
    if len(each) > SHOWN and len(each) == len(writer.facts.clusters):
        return filled("all {}", len(each))
    most = SHOWN if len(each) <= SHOWN else _OF_MANY
    return folded([writer.cluster(page, cluster) for cluster in each], most)


def layers(writer: Writer, page: Draft, items: Iterable[Applied]) -> Markup:
    """Link the layers that apply some objects; of one name on several clusters the first, since
    their pages link each other."""
    found: dict[str, str] = {}
    for item in items:
        if item.layer is None:
            continue
        layer = writer.facts.layers.get(item.layer)
        found.setdefault(layer.name if layer else item.layer, item.layer)
    return folded([writer.layer(page, identity) for identity in found.values()], SHOWN)


def places(page: Draft, items: Iterable[LayerObject]) -> Markup:
    """Link the places where some objects are written, each once."""
    each = {(item.file, item.line, item.origin): item for item in items}
    return folded([place(page, item) for item in each.values()], 2)


def place(page: Draft, item: Resource | LayerObject | Alert) -> Markup:
    """Link the place where an object is written; of an object from a chart, name the template."""
    if item.origin is None:
        return page.place(item.file, item.line)
    return filled(
        "{} <small>chart {}, <code>{}</code></small>",
        page.place(item.file, item.line),
        item.origin.label,
        item.origin.template,
    )


def title(page: Draft, item: LayerObject, words: str, *, with_kind: bool = True) -> Markup:
    """Write the name of an object for the first column, found by the search."""
    anchor = f"{item.kind}-{item.namespace}-{item.name}"
    cell = page.named(item.name, item.kind, words, anchor)
    under = " in ".join(filter(None, [item.kind if with_kind else "", item.namespace]))
    return lines([cell, filled("<small>{}</small>", under)]) if under else cell


def not_rendered(writer: Writer, cluster: str | None = None) -> str:
    """Return the sentence about objects that are not known: those of charts, and of layers that are
    not fully rendered; of all clusters, or of one."""
    facts = writer.facts
    releases, rest = (
        facts.unrendered if cluster is None else facts.unrendered_on.get(cluster, (0, 0))
    )
    parts = []
    if releases:
        parts.append(f"{count(releases, 'Helm release')} whose charts were not rendered")
    if rest:
        parts.append(
            f"{count(rest, 'layer')} that {'is' if rest == 1 else 'are'} not fully rendered"
        )
    return f"Not included: {', '.join(parts)}." if parts else ""
