"""Write who is behind: charts and images by environment, in the order of promotion, and how long
promotion takes."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from gitops_docs.index.across.environments import Stage
from gitops_docs.index.across.lag import Lag, Step, days_between, steps
from gitops_docs.index.across.promotion import Promoted
from gitops_docs.pages.html import versions
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Facet, Group, Table
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled
from gitops_docs.text.english import count
from gitops_docs.text.escape import shorten
from gitops_docs.text.patterns import sub

_COLUMNS = 10
"""Of more environments the last five are shown."""
_LAST = 5
_ROWS = 200
"""Most components of the history: what waits longest first."""


def promotion_pages(writer: Writer) -> list[Page]:
    """Write the pages for charts and for images; none with one environment or without a
    release."""
    facts = writer.facts
    if len(facts.environments.stages) < 2 or not (facts.charts or facts.image_versions):
        return []
    pages = [charts_page(writer), images_page(writer)]
    return [*pages, history_page(writer)] if _has_history(writer) else pages


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


@reused
def history_page(writer: Writer) -> Page:
    """Write when each environment got the version that it has, and how long it took."""
    facts, at = writer.facts, writer.at
    page = writer.draft(_history(writer))
    order = facts.environments.order
    known = [lag for lag in facts.lags if any(one.commit for one in lag.arrivals.values())]
    late = sorted(
        (lag for lag in known if lag.waits is not None),
        key=lambda lag: (-(lag.waits or 0), lag.name),
    )
    taken = [lag for lag in known if lag.waits is None]
    taken.sort(key=lambda lag: (lag.name, lag.namespace))
    rows = [*late, *taken]
    walked = steps(known, facts.environments)
    lead = "When each environment got the chart version that it has, from Git history."
    if walked:
        last = walked[-1]
        lead += (
            f" From {last.before} to {last.after}: {count(round(last.median), 'day')} in the median "
            f"of {count(len(last.days), 'component')}."
        )
    if late:
        lead += f" {count(len(late), 'version')} wait for {order[-1]}."
    if unknown := len(facts.lags) - len(known):
        lead += (
            f" Not known for {count(unknown, 'component')}: the versions are older than the history "
            "that was read."
        )
    return writer.finish(
        page,
        "comparison.html",
        "Promotion history",
        wide=True,
        description="When each environment got its version, and how long promotion takes",
        words=["lag lead time days between environments promotion history since when"],
        crumbs=[(at.page("promotion"), "Promotion")],
        lead=lead,
        tabs=_tabs(writer),
        clusters=[],
        table=_lag_table(writer, page, rows, len(late)) if rows else None,
        steps=_step_table(walked) if walked else None,
        folds=[],
    )


def _step_table(walked: Sequence[Step]) -> Table:
    return Table(
        "steps",
        "Days between environments, for versions that both have",
        ("Step", "Median", "Longest", "Components"),
        [
            [
                f"{step.before} → {step.after}",
                count(round(step.median), "day"),
                count(step.days[-1], "day"),
                str(len(step.days)),
            ]
            for step in walked
        ],
        numeric=frozenset({3}),
        low=frozenset({2}),
    )


def _lag_table(writer: Writer, page: Draft, rows: Sequence[Lag], late: int) -> Table:
    order = writer.facts.environments.order
    stages = order[-_LAST:] if len(order) > _COLUMNS else order
    last = order[-1]
    cells: list[list[Cell]] = []
    for lag in rows[:_ROWS]:
        link = page.link(writer.component(lag.namespace, lag.name), lag.name)
        cells.append([link, *(_arrival(lag, stage) for stage in stages), _took(lag, stages)])
    groups = []
    if late and late < len(rows):
        groups = [
            Group(0, f"Waiting for {last} ({late})", "waiting"),
            Group(late, f"Promoted ({len(rows) - late})", "promoted"),
        ]
    caption = "Version of each environment and the day of the commit that set it"
    if len(rows) > _ROWS:
        caption += f"; {len(rows) - _ROWS} components are not shown"
    # A phone shows the last environment, and what it took to get there.
    low = frozenset(range(1, len(stages)))
    return Table(
        "history",
        caption,
        ("Component", *stages, f"To {last}"),
        cells,
        look="matrix",
        groups=tuple(group for group in groups if group.start < _ROWS),
        low=low,
    )


def _arrival(lag: Lag, stage: str) -> Cell:
    found = lag.arrivals.get(stage)
    if found is None:
        return Markup('<span class="gitops-why">–</span>')
    day = found.commit.date if found.commit else "not known"
    return filled("{}<br><small>{}</small>", shorten(found.version, 24), day)


def _took(lag: Lag, stages: Sequence[str]) -> Cell:
    if lag.waits is not None:
        return f"waits {count(lag.waits, 'day')}"
    here = [lag.arrivals[stage] for stage in stages if stage in lag.arrivals]
    if stages[-1] not in lag.arrivals or len(here) < 2:
        return f"not in {stages[-1]}" if stages[-1] not in lag.arrivals else "–"
    before, last = here[-2:]
    if before.version == last.version and before.place == last.place:
        return "together, set in one place"
    days = days_between(before, last)
    return count(days, "day") if days is not None else "not known"


def _images(writer: Writer) -> str:
    return writer.at.page("promotion/images")


def _history(writer: Writer) -> str:
    return writer.at.page("promotion/history")


def _has_history(writer: Writer) -> bool:
    facts = writer.facts
    return len(facts.environments.order) > 1 and any(
        arrival.commit for lag in facts.lags for arrival in lag.arrivals.values()
    )


def _tabs(writer: Writer) -> list[tuple[str, str, str]]:
    """Return the pages that compare environments, and what they count."""
    facts, at = writer.facts, writer.at
    last = facts.environments.last
    links = [(at.page("promotion"), "Charts", _late(facts.charts, last))]
    links.append((_images(writer), "Images", _late(facts.image_versions, last)))
    if _has_history(writer):
        links.append((_history(writer), "History", ""))
    return [
        *links,
        (at.index("clusters"), "Layers", ""),
        (at.compared("variables"), "Variables", ""),
    ]


def behind(rows: Sequence[Promoted], stage: Stage) -> list[Promoted]:
    """Return the rows that are behind on some cluster of an environment."""
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
        tabs=_tabs(writer),
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
