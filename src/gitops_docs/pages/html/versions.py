"""Write versions side by side: a matrix with a column per environment or cluster, and folded names
of what is equal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from os.path import commonprefix

from markupsafe import Markup

from gitops_docs.index.across.promotion import Gap, Promoted, gap
from gitops_docs.kubernetes.versions import parse_version
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.prose import prose
from gitops_docs.pages.html.tables import Cell, Facet, Group, Table
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled, joined
from gitops_docs.text.english import count
from gitops_docs.text.escape import shorten

FOLDED = 60
"""Most names in a fold."""
Columns = Sequence[tuple[str, tuple[str, ...]]]
"""Title and clusters of each column."""


def matrix(
    writer: Writer,
    page: Draft,
    rows: Sequence[Promoted],
    columns: Columns,
    caption: str,
    *,
    groups: tuple[Group, ...] = (),
    tags: tuple[str, ...] = (),
    facets: tuple[tuple[str, tuple[Facet, ...]], ...] = (),
    low: frozenset[int] = frozenset(),
) -> Table:
    """Write a row for each component or image, in the order given: with a column for each cluster
    or environment where these fit the page, else with a line for each version."""
    what = "Component" if any(row.namespace for row in rows) else "Image"
    brief = brief_names(writer)
    if sum(_width(rows, own) for _, own in columns) > _PAGE:
        return Table(
            "versions",
            caption,
            (what, "Versions and clusters", "Clusters"),
            [
                [name(writer, page, row, brief), _listed(writer, row), str(len(row.versions))]
                for row in rows
            ],
            groups=groups,
            tags=tags,
            facets=facets,
            low=frozenset({2}),
            numeric=frozenset({2}),
        )
    return Table(
        "versions",
        caption,
        (what, *(head(title, clusters) for title, clusters in columns)),
        [
            [name(writer, page, row, brief), *(cell(row, clusters) for _, clusters in columns)]
            for row in rows
        ],
        "All clusters have the same versions.",
        look="matrix",
        groups=groups,
        tags=tags,
        facets=facets,
        low=low,
    )


_PAGE = 90
"""Characters of versions that stand beside each other on a page that is 1280 px wide."""
_LEAST = 8
"""Characters that a column takes at least, with the space behind it."""
_LETTERS = 24
"""Most characters of a version in a column."""
_NAMED = 4
"""So many clusters and environments are named behind a version, more are folded."""


def _width(rows: Sequence[Promoted], clusters: Sequence[str]) -> int:
    """Return the characters of the column of some clusters."""
    texts = (row.versions.get(cluster) or "" for row in rows for cluster in clusters)
    return max(_LEAST, 1 + max(map(len, texts), default=0))


def _listed(writer: Writer, row: Promoted) -> Markup:
    """Return each version with the clusters that have it, in the order of the environments."""
    found: dict[str | None, list[str]] = defaultdict(list)
    for cluster in writer.facts.environments.clusters():
        if cluster in row.versions:
            found[row.versions[cluster]].append(cluster)
    lines = []
    for version, own in found.items():
        distance = gap(version, row.newest)
        lines.append(
            filled(
                "<div><code>{}</code> {} {}</div>",
                _text(version, 60),
                gap_text(distance) if distance else "",
                where(writer, own),
            )
        )
    return joined("", lines)


def where(writer: Writer, clusters: Sequence[str]) -> Markup:
    """Return name some clusters: an environment where it is all of its clusters, a few in full,
    many as their number with the names folded."""
    own, names = set(clusters), []
    for stage in writer.facts.environments.stages:
        here = [cluster for cluster in stage.clusters if cluster in own]
        names += [stage.name] if len(here) == len(stage.clusters) > 1 else here
    if len(names) <= _NAMED:
        return filled("<small>{}</small>", ", ".join(names))
    return filled(
        '<details class="gitops-more"><summary>{}</summary>{}</details>',
        count(len(own), "cluster"),
        ", ".join(names[:FOLDED]) + (f" +{len(names) - FOLDED}" if len(names) > FOLDED else ""),
    )


def head(title: str, clusters: Sequence[str]) -> Markup:
    """Return the head of a column, with the number of clusters where it has several."""
    number = filled(" <small>{}</small>", len(clusters)) if len(clusters) > 1 else ""
    return filled("{}{}", title, number)


def brief_names(writer: Writer) -> dict[str, str]:
    """Return names of images to the shortest ends of their paths that tell them apart."""
    names = [row.name for row in writer.facts.image_versions]
    ends = Counter("/".join(end) for each in names for end in _ends(each))
    return {
        each: next(end for end in map("/".join, _ends(each)) if ends[end] == 1 or end == each)
        for each in names
    }


def _ends(name: str) -> Iterator[list[str]]:
    parts = name.split("/")
    return (parts[-number:] for number in range(1, len(parts) + 1))


def name(writer: Writer, page: Draft, row: Promoted, brief: Mapping[str, str]) -> Markup:
    """Return the name of a row, linked, and why it is held back.

    Args:
        writer: For the pages of components.
        page: Where it will stand.
        row: A component or an image.
        brief: Names of images to what is shown of them.
    """
    if row.namespace:
        link = page.link(writer.component(row.namespace, row.name), row.name)
    else:
        text = brief.get(row.name, row.name)
        link = page.link(writer.at.page("images"), text, images=row.name)
    reasons = list(dict.fromkeys(row.held.values()))
    if reasons:
        text = reasons[0].removeprefix("held back:").strip()
        link += filled(" <small>held back: {}</small>", prose(shorten(text, 60)))
    return link


def cell(row: Promoted, clusters: Sequence[str]) -> Cell:
    """Return the versions of some clusters: once where they are equal, else each with its
    clusters."""
    found: dict[str | None, list[str]] = defaultdict(list)
    for cluster in clusters:
        if cluster in row.versions:
            found[row.versions[cluster]].append(cluster)
    if not found:
        return Markup('<span class="gitops-why">–</span>')
    lines = []
    for version, own in sorted(found.items(), key=_newest_first):
        text = Markup.escape(_text(version, _LETTERS))
        if len(found) > 1:
            text += filled(' <span class="gitops-why">{}</span>', ", ".join(letters(own, clusters)))
        lines.append(text)
    worst = _worst(row, found)
    shown = joined("<br>", lines)
    return shown + gap_text(worst) if worst is not None else shown


def _text(version: str | None, most: int) -> str:
    if version:
        return shorten(version, most)
    return "no tag" if version == "" else "not pinned"


def _newest_first(item: tuple[str | None, list[str]]) -> tuple[bool, tuple[int, ...], str]:
    parsed = parse_version(item[0])
    return parsed is None, tuple(-int(part) for part in parsed[:3]) if parsed else (), item[0] or ""


def _worst(row: Promoted, found: dict[str | None, list[str]]) -> Gap | None:
    gaps = [distance for version in found if (distance := gap(version, row.newest))]
    return max(gaps, key=lambda one: one.weight) if gaps else None


def gap_text(found: Gap) -> Markup:
    """`▼2 minor`; a major gap has its word too."""
    kind = "failed" if found.step == "major" else "partial"
    words = f"{found.number} {found.step}" if found.step else "pre-release"
    return filled('<small class="gitops-gap gitops-gap--{}">▼{}</small>', kind, words)


def letters(own: Sequence[str], clusters: Sequence[str]) -> list[str]:
    """Return what tells clusters of one column apart: `a`, `b` of `dev-a`, `dev-b`."""
    shared = len(commonprefix(list(clusters)))
    return [cluster[shared:] or cluster for cluster in own]


def fold(
    writer: Writer, page: Draft, title: str, rows: Sequence[Promoted]
) -> tuple[str, list[Markup]]:
    """Return a folded line of names; the title has their number."""
    brief = brief_names(writer)
    links = [name(writer, page, row, brief) for row in rows[:FOLDED]]
    if len(rows) > FOLDED:
        links.append(page.link(writer.at.page("components"), f"+{len(rows) - FOLDED}"))
    return f"{title} ({len(rows)})", links
