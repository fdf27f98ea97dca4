"""Arrange rows by area: their order, and the facets above them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from gitops_docs.model import Layer
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.tables import Facet, tag
from gitops_docs.pages.html.writer import Writer


def by_area(writer: Writer, layers: Iterable[Layer]) -> list[tuple[str, Layer]]:
    """Return layers with their areas; areas in the order of their first wave."""
    found: dict[str, list[Layer]] = {}
    for layer in layers:
        found.setdefault(writer.facts.areas[layer.id], []).append(layer)
    return [
        (area, layer)
        for area in in_order(found)
        for layer in sorted(found[area], key=lambda item: (item.wave or 1 << 30, item.name))
    ]


def in_order(found: Mapping[str, Sequence[Layer]]) -> list[str]:
    """Return areas by the mean wave of their layers, so that what comes first stands first."""
    waves = {
        area: sum(layer.wave or 0 for layer in layers) / len(layers)
        for area, layers in found.items()
    }
    return sorted(found, key=lambda area: (waves[area], area))


def facets(
    page: Draft, tags: Sequence[str], words: dict[str, str], areas: Sequence[str]
) -> tuple[tuple[str, tuple[Facet, ...]], ...]:
    """Return links above a list: what is special about rows, and their areas.

    Args:
        page: Where the list stands.
        tags: Of each row its tags, separated by blanks.
        words: Tag to what the link says, in order.
        areas: Of each row its area.
    """
    counts = Counter(word for found in tags for word in found.split())
    shown = tuple(
        Facet("show", word, text, counts[word], page.to(page.uri, show=word))
        for word, text in words.items()
        if counts[word]
    )
    found = Counter(areas)
    jumps = tuple(
        Facet("area", tag(area), area, number, f"#area-{tag(area)}")
        for area, number in list(found.items())[:8]
        if len(found) > 1
    )
    return tuple((label, part) for label, part in (("Show", shown), ("Area", jumps)) if part)


def area_href(writer: Writer, page: Draft, cluster: str, area: str) -> str:
    """Return the reference to an area in the list of a cluster's layers."""
    own = {writer.facts.areas[layer.id] for layer in writer.facts.of_cluster.get(cluster, [])}
    anchor = f"area-{tag(area)}" if len(own) > 1 and area in own else ""
    return page.to(writer.at.section_of_cluster(cluster, "layers"), anchor)
