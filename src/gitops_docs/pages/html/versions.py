"""Write versions side by side: a matrix with a column per environment or cluster, and folded names
of what is equal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from os.path import commonprefix

from markupsafe import Markup

from gitops_docs.index.across.promotion import Gap, Promoted, gap
from gitops_docs.kubernetes.versions import parse_version
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.prose import prose
from gitops_docs.pages.html.tables import Cell, Facet, Group, Table
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled, joined
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
    """Write a row for each component or image, in the order given."""
    return Table(
        "versions",
        caption,
        (
            "Component" if any(row.namespace for row in rows) else "Image",
            *(head(title, clusters) for title, clusters in columns),
        ),
        [
            [name(writer, page, row), *(cell(row, clusters) for _, clusters in columns)]
            for row in rows
        ],
        "All clusters have the same versions.",
        look="matrix",
        groups=groups,
        tags=tags,
        facets=facets,
        low=low,
    )


def head(title: str, clusters: Sequence[str]) -> Markup:
    """The head of a column, with the number of clusters where it has several."""
    number = filled(" <small>{}</small>", len(clusters)) if len(clusters) > 1 else ""
    return filled("{}{}", title, number)


def name(writer: Writer, page: Draft, row: Promoted) -> Markup:
    """The name of a row, linked, and why it is held back."""
    if row.namespace:
        link = page.link(writer.component(row.namespace, row.name), row.name)
    else:
        link = page.link(writer.at.page("images"), row.name.rpartition("/")[2], images=row.name)
    reasons = list(dict.fromkeys(row.held.values()))
    if reasons:
        text = reasons[0].removeprefix("held back:").strip()
        link += filled(" <small>held back: {}</small>", prose(shorten(text, 60)))
    return link


def cell(row: Promoted, clusters: Sequence[str]) -> Cell:
    """The versions of some clusters: once where they are equal, else each with its clusters."""
    found: dict[str | None, list[str]] = defaultdict(list)
    for cluster in clusters:
        if cluster in row.versions:
            found[row.versions[cluster]].append(cluster)
    if not found:
        return Markup('<span class="gitops-why">–</span>')
    lines = []
    for version, own in sorted(found.items(), key=_newest_first):
        text = Markup.escape(
            shorten(version, 24) if version else "no tag" if version == "" else "not pinned"
        )
        if len(found) > 1:
            text += filled(' <span class="gitops-why">{}</span>', ", ".join(letters(own, clusters)))
        lines.append(text)
    worst = _worst(row, found)
    shown = joined("<br>", lines)
    return shown + gap_text(worst) if worst is not None else shown


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
    """What tells clusters of one column apart: `a`, `b` of `dev-a`, `dev-b`."""
    shared = len(commonprefix(list(clusters)))
    return [cluster[shared:] or cluster for cluster in own]


def fold(
    writer: Writer, page: Draft, title: str, rows: Sequence[Promoted]
) -> tuple[str, list[Markup]]:
    """A folded line of names; the title has their number."""
    links = [name(writer, page, row) for row in rows[:FOLDED]]
    if len(rows) > FOLDED:
        links.append(page.link(writer.at.page("components"), f"+{len(rows) - FOLDED}"))
    return f"{title} ({len(rows)})", links
