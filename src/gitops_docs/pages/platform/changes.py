"""List the last changes of the repository, with what each reaches: the newest, and a page for each
month."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from markupsafe import Markup
from msgspec import Struct

from gitops_docs.model import Commit, Layer
from gitops_docs.pages.html import commits
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import FOLDED, Cell, Table
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled, joined
from gitops_docs.text.english import count
from gitops_docs.text.escape import shorten

_NEWEST = 50
"""So many changes stand on the first page."""
_MOST = 250
"""A month with more has a page for each day."""
_NAMED = 4
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


class _Change(Struct, frozen=True):
    """One row: a commit, or the image updates that Flux committed on one day."""

    commits: tuple[Commit, ...]

    @property
    def date(self) -> str:
        return self.commits[0].date


def changes_pages(writer: Writer) -> list[Page]:
    """Write the newest changes, and the pages of months and days where there are more."""
    found = _changes(writer)
    if len(found) <= _NEWEST:
        return [changes_page(writer)]
    pages = [changes_page(writer)]
    for month in _periods(found, 7):
        pages.append(period_page(writer, month))
        own = _within(found, month)
        if len(own) > _MOST:
            pages += [period_page(writer, day) for day in _periods(own, 10)]
    return pages


@reused
def changes_page(writer: Writer) -> Page:
    """Write the newest changes and the list of months."""
    facts = writer.facts
    page = writer.draft(writer.at.page("changes"))
    platform = facts.platform
    repository = platform.repository
    found = _changes(writer)
    number = len(platform.commits)
    lead = f"{count(number, 'commit')}, newest first, with the layers that each changes."
    months = None
    if len(found) > _NEWEST:
        lead = f"The newest of {count(number, 'commit')}, with the layers that each changes."
        months = _period_table(writer, page, "Month", found, 7)
    return writer.finish(
        page,
        "changes.html",
        "Changes",
        wide=True,
        description=f"The last {count(number, 'commit')} and the layers that each changes",
        number=number,
        lead=lead,
        repository=repository,
        unknown=commits.none_because(repository),
        table=_table(writer, page, found[:_NEWEST], "Last changes"),
        periods=months,
    )


@reused
def period_page(writer: Writer, period: str) -> Page:
    """Write the changes of a month (`2026-11`) or a day (`2026-11-27`)."""
    page = writer.draft(_uri(writer, period))
    own = _within(_changes(writer), period)
    number = sum(len(change.commits) for change in own)
    title = _title(period)
    crumbs = [(writer.at.page("changes"), "Changes")]
    if len(period) > 7:
        crumbs.append((_uri(writer, period[:7]), _title(period[:7])))
    by_day = len(own) > _MOST and len(period) == 7
    return writer.finish(
        page,
        "changes.html",
        f"Changes of {title}",
        wide=True,
        boost=0.2,
        description=f"{count(number, 'commit')} of {title}",
        crumbs=crumbs,
        number=number,
        lead=f"{count(number, 'commit')}, newest first, with the layers that each changes.",
        repository=writer.facts.platform.repository,
        unknown="",
        table=None if by_day else _table(writer, page, own, f"Changes of {title}"),
        periods=_period_table(writer, page, "Day", own, 10) if by_day else None,
    )


def reach_words(writer: Writer, page: Draft, layers: Sequence[Layer]) -> Markup:
    """Return what a change reaches: names of layers while they are few, else numbers."""
    if not layers:
        return Markup("no layer")
    names = list(dict.fromkeys((layer.namespace, layer.name) for layer in layers))
    clusters = list(dict.fromkeys(layer.cluster for layer in layers))
    links = [
        page.link(
            writer.layer_on_all(*name)
            or next(writer.layer_uri[one.id] for one in layers if (one.namespace, one.name) == name),
            name[1],
        )
        for name in names[:_NAMED]
    ]  # fmt: skip
    words = joined(", ", links)
    if len(names) > _NAMED:
        words += filled(" +{}", len(names) - _NAMED)
    if not writer.many_clusters:
        return words
    last = writer.facts.environments.last
    included = last is not None and bool(set(last.clusters) & set(clusters))
    prod = f", {last.name} included" if included and last and len(clusters) > 1 else ""
    where = clusters[0] if len(clusters) == 1 else f"{len(clusters)} clusters"
    return filled("{} on {}{}: {}", count(len(layers), "layer"), where, prod, words)


def _changes(writer: Writer) -> list[_Change]:
    """Return all commits, newest first; the image updates of Flux by day."""
    platform = writer.facts.platform
    names = {one.author.partition(" <")[0] for one in platform.image_automations if one.author}
    groups: dict[tuple[str, str], list[Commit]] = {}
    for commit in platform.commits:
        key = (commit.date, commit.author) if _is_update(commit, names) else ("", commit.revision)
        groups.setdefault(key, []).append(commit)
    return [_Change(tuple(own)) for own in groups.values()]


def _is_update(commit: Commit, names: Collection[str]) -> bool:
    """Return whether image automation wrote a commit: by its author's name, or since its one file
    has a marker on the line that changed."""
    if commit.added or commit.removed or commit.merge:
        return False
    if commit.author in names:
        return True
    return len(commit.files) == 1 and any(value.policy for value in commit.values)


def _table(writer: Writer, page: Draft, changes: Sequence[_Change], caption: str) -> Table:
    rows: list[list[Cell]] = []
    for change in changes:
        identities = {
            identity
            for commit in change.commits
            for identity in writer.facts.reach[commit.revision].layers
        }
        layers = [writer.facts.layers[identity] for identity in sorted(identities)]
        rows.append(
            [
                _what(writer, change),
                filled('<span class="gitops-nowrap">{}</span>', change.date),
                reach_words(writer, page, layers),
            ]
        )
    return Table("commits", caption, ("Change", "Date", "Changes layers"), rows, "No commits.")


def _what(writer: Writer, change: _Change) -> Markup:
    repository = writer.facts.platform.repository
    first = change.commits[0]
    shown = commits.shown(change.commits, repository, FOLDED)
    if len(change.commits) == 1:
        return filled(
            "{}<br><small>{}, {}</small>", shown[0].subject, shown[0].author, first.revision[:8]
        )
    inside = [one.subject for one in shown]
    if len(change.commits) > FOLDED:
        inside.append(filled("+{}", len(change.commits) - FOLDED))
    return filled(
        '<details class="gitops-more"><summary>{} by {}</summary>{}</details>',
        count(len(change.commits), "image update"),
        shorten(first.author, 60),
        joined("<br>", inside),
    )


def _period_table(
    writer: Writer, page: Draft, noun: str, changes: Sequence[_Change], length: int
) -> Table:
    rows: list[list[Cell]] = []
    for period in _periods(changes, length):
        own = _within(changes, period)
        found = [commit for change in own for commit in change.commits]
        reached = {
            identity for commit in found for identity in writer.facts.reach[commit.revision].layers
        }
        rows.append(
            [
                page.link(_uri(writer, period), _title(period)),
                str(len(found)),
                str(len(reached)),
            ]
        )
    return Table(
        "periods",
        f"Commits by {noun.lower()}",
        (noun, "Commits", "Layers changed"),
        rows,
        numeric=frozenset({1, 2}),
    )


def _periods(changes: Sequence[_Change], length: int) -> list[str]:
    return list(dict.fromkeys(change.date[:length] for change in changes))


def _within(changes: Sequence[_Change], period: str) -> list[_Change]:
    return [change for change in changes if change.date.startswith(period)]


def _uri(writer: Writer, period: str) -> str:
    return writer.at.page("/".join(["changes", period[:7], *filter(None, [period[8:]])]))


def _title(period: str) -> str:
    """`November 2026`, `27 November 2026`; the period itself where it is not a date."""
    year, _, rest = period.partition("-")
    month, _, day = rest.partition("-")
    if not month.isdigit() or not 1 <= int(month) <= len(_MONTHS):
        return period
    return f"{day.lstrip('0')} {_MONTHS[int(month) - 1]} {year}".strip()
