"""Write who is behind: charts and images by environment, in the order of promotion."""

from __future__ import annotations

from collections.abc import Sequence

from gitops_docs.index.across.environments import Stage
from gitops_docs.index.across.promotion import Promoted
from gitops_docs.pages.html import versions
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Facet, Group, Table
from gitops_docs.pages.html.writer import Writer
from gitops_docs.text.english import count
from gitops_docs.text.patterns import sub

_COLUMNS = 10
"""Of more environments the last five are shown."""
_LAST = 5


def promotion_pages(writer: Writer) -> list[Page]:
    """Write the pages for charts and for images; none with one environment or without a
    release."""
    facts = writer.facts
    if len(facts.environments.stages) < 2 or not (facts.charts or facts.image_versions):
        return []
    return [charts_page(writer), images_page(writer)]


@reused
def charts_page(writer: Writer) -> Page:
    """Write the matrix of charts."""
    page = writer.draft(writer.at.page("promotion"))
    return _finish(writer, page, "Promotion", "Chart versions", "component", writer.facts.charts)


@reused
def images_page(writer: Writer) -> Page:
    """Write the matrix of images."""
    page = writer.draft(_images(writer))
    rows = writer.facts.image_versions
    return _finish(writer, page, "Promotion of images", "Image tags", "image", rows)


def _images(writer: Writer) -> str:
    return writer.at.page("promotion/images")


def behind(rows: Sequence[Promoted], stage: Stage) -> list[Promoted]:
    """The rows that are behind on some cluster of an environment."""
    return [row for row in rows if any(cluster in row.behind for cluster in stage.clusters)]


def _finish(
    writer: Writer, page: Draft, title: str, what: str, noun: str, rows: Sequence[Promoted]
) -> Page:
    facts, at = writer.facts, writer.at
    environments = facts.environments
    last = environments.last
    late = behind(rows, last) if last else [row for row in rows if row.behind]
    inside = [row for row in rows if row not in late and _differs_inside(row, environments.stages)]
    taken = [*late, *inside]
    others = [row for row in rows if row not in taken and not row.is_equal]
    equal = [row for row in rows if row.is_equal]
    absent = [row for row in equal if last and not set(last.clusters) & set(row.versions)]
    equal = [row for row in equal if row not in absent]
    late.sort(key=lambda row: (*(-part for part in _worst(row)), row.name))
    table = _table(writer, page, rows, late, inside, others)
    order = " → ".join(environments.order)
    where = f"behind in {last.name}" if last else "behind on some clusters"
    lead = f"{what} of {count(len(rows), noun)}"
    if order:
        lead += f" in the order in which they are promoted: {order}"
        lead += " (inferred from the names of the clusters)" if environments.is_inferred else ""
    else:
        lead += " by cluster. The order of promotion is not known; set `environments` to state it"
    lead += (
        f". {len(late)} {'is' if len(late) == 1 else 'are'} {where}, {len(inside)} "
        f"{'differs' if len(inside) == 1 else 'differ'} inside one environment, {len(equal)} are "
        f"the same everywhere they run"
    )
    lead += f", {len(absent)} do not run in {last.name}." if last else "."
    links = [(at.page("promotion"), "Charts", _late(facts.charts, last))]
    links.append((_images(writer), "Images", _late(facts.image_versions, last)))
    links += [(at.index("clusters"), "Layers", ""), (at.compared("variables"), "Variables", "")]
    folds = [versions.fold(writer, page, "The same everywhere they run", equal)] if equal else []
    if absent and last:
        folds.insert(0, versions.fold(writer, page, f"Not in {last.name}", absent))
    return writer.finish(
        page,
        "comparison.html",
        title,
        wide=True,
        boost=5,
        description=f"{what} by environment: what is behind, and by how much",
        words=[
            "lag behind prod versions promotion environments which cluster is behind outdated",
            *environments.order,
        ],
        crumbs=[] if title == "Promotion" else [(at.page("promotion"), "Promotion")],
        lead=lead,
        tabs=links,
        clusters=[],
        table=table,
        folds=folds,
    )


def _late(rows: Sequence[Promoted], last: Stage | None) -> str:
    number = len(behind(rows, last)) if last else sum(bool(row.behind) for row in rows)
    return f"{number} behind"


def _worst(row: Promoted) -> tuple[int, int]:
    return max((found.weight for found in row.behind.values()), default=(0, 0))


def _differs_inside(row: Promoted, stages: Sequence[Stage]) -> bool:
    return any(
        len({row.versions[cluster] for cluster in stage.clusters if cluster in row.versions}) > 1
        for stage in stages
    )


def _table(
    writer: Writer,
    page: Draft,
    every: Sequence[Promoted],
    late: list[Promoted],
    inside: list[Promoted],
    others: list[Promoted],
) -> Table:
    environments = writer.facts.environments
    stages = list(environments.stages)
    more = ""
    if len(stages) > _COLUMNS:
        shown = [stage for stage in stages if stage.is_promoted][-_LAST:] or stages[-_LAST:]
        more = f"; {len(stages) - len(shown)} environments are not shown"
        stages = shown
    columns = [(stage.name, stage.clusters) for stage in stages]
    last = environments.last
    rows = [*late, *inside, *others]
    groups = []
    where = f"Behind in {last.name}" if last else "Behind on some clusters"
    for start, title, found in (
        (0, where, late),
        (len(late), "Clusters of one environment differ", inside),
        (len(late) + len(inside), "Environments differ", others),
    ):
        if found:
            anchor = sub(r"[^a-z0-9]+", "-", title.lower())
            groups.append(Group(start, f"{title} ({len(found)})", anchor))
    tags = tuple(" ".join(_tags(row, environments.stages, late)) for row in rows)
    facets = _facets(page, rows, tags, environments.stages)
    kept = {len(stages) - 1, len(stages)}
    if last in stages:
        place = stages.index(last) + 1
        kept = {place, max(1, place - 1)}
    return versions.matrix(
        writer,
        page,
        rows,
        columns,
        "One column per environment, with the number of its clusters; ▼ is the distance to the "
        f"newest version of the row{more}",
        groups=tuple(groups),
        tags=tags,
        facets=facets,
        low=frozenset(range(1, len(stages) + 1)) - kept,
    )


def _tags(row: Promoted, stages: Sequence[Stage], late: Sequence[Promoted]) -> list[str]:
    found = [
        f"behind-{number}"
        for number, stage in enumerate(stages)
        if any(cluster in row.behind for cluster in stage.clusters)
    ]
    if _differs_inside(row, stages):
        found.append("inside")
    if _worst(row)[0] == 3:
        found.append("major")
    if row.held:
        found.append("held")
    return found


def _facets(
    page: Draft, rows: Sequence[Promoted], tags: Sequence[str], stages: Sequence[Stage]
) -> tuple[tuple[str, tuple[Facet, ...]], ...]:
    words = [
        *((f"behind-{number}", f"Behind in {stage.name}") for number, stage in enumerate(stages)),
        ("inside", "Differ inside an environment"),
        ("major", "Major version"),
        ("held", "Held back"),
    ]
    shown = []
    for tag, text in words:
        number = sum(tag in found.split() for found in tags)
        if number:
            shown.append(Facet("show", tag, text, number, page.to(page.uri, show=tag)))
    # The last environment first: that is what the page is asked for.
    shown.sort(key=lambda facet: not facet.value.startswith("behind"))
    late = [facet for facet in shown if facet.value.startswith("behind")]
    ordered = [*reversed(late), *(facet for facet in shown if facet not in late)]
    return (("Show", tuple(ordered[:8])),) if ordered else ()
