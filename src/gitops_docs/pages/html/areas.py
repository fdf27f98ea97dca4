"""Arrange rows by area: their order, their head rows, and the facets above them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from gitops_docs.model import Layer
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.tables import Facet, Group
from gitops_docs.pages.html.writer import Writer
from gitops_docs.text.patterns import sub


def by_area(writer: Writer, layers: Iterable[Layer]) -> list[tuple[str, Layer]]:
    """Layers with their areas; areas in the order of their first wave."""
    found: dict[str, list[Layer]] = {}
    for layer in layers:
        found.setdefault(writer.facts.areas[layer.id], []).append(layer)
    return [
        (area, layer)
        for area in in_order(found)
        for layer in sorted(found[area], key=lambda item: (item.wave or 1 << 30, item.name))
    ]


def in_order(found: Mapping[str, Sequence[Layer]]) -> list[str]:
    """Areas by the mean wave of their layers, so that what comes first stands first."""
    waves = {
        area: sum(layer.wave or 0 for layer in layers) / len(layers)
        for area, layers in found.items()
    }
    return sorted(found, key=lambda area: (waves[area], area))


def grouped(areas: Sequence[str]) -> tuple[Group, ...]:
    """Head rows of rows that are sorted by area; none where there is one area only."""
    counts = Counter(areas)
    if len(counts) < 2:
        return ()
    return tuple(
        Group(index, f"{area} ({counts[area]})", f"area-{area_tag(area)}")
        for index, area in enumerate(areas)
        if index == 0 or areas[index - 1] != area
    )


def facets(
    page: Draft, tags: Sequence[str], words: dict[str, str], areas: Sequence[str]
) -> tuple[tuple[str, tuple[Facet, ...]], ...]:
    """Links above a list: what is special about rows, and their areas.

    Args:
        page: Where the list stands.
        tags: Of each row its tags, separated by blanks.
        words: Tag to what the link says, in order.
        areas: Of each row its area.
    """
    counts = Counter(tag for found in tags for tag in found.split())
    shown = tuple(
        Facet("show", tag, text, counts[tag], page.to(page.uri, show=tag))
        for tag, text in words.items()
        if counts[tag]
    )
    found = Counter(areas)
    jumps = tuple(
        Facet("area", area_tag(area), area, number, f"#area-{area_tag(area)}")
        for area, number in list(found.items())[:8]
        if len(found) > 1
    )
    return tuple((label, part) for label, part in (("Show", shown), ("Area", jumps)) if part)


def area_tag(area: str) -> str:
    """An area as one word of an attribute and an anchor."""
    return sub(r"[^A-Za-z0-9._-]+", "-", area).strip("-") or "none"


def area_href(writer: Writer, page: Draft, cluster: str, area: str) -> str:
    """The reference to an area in the list of a cluster's layers."""
    own = {writer.facts.areas[layer.id] for layer in writer.facts.of_cluster.get(cluster, [])}
    anchor = f"area-{area_tag(area)}" if len(own) > 1 and area in own else ""
    return page.to(writer.at.section_of_cluster(cluster, "layers"), anchor)
