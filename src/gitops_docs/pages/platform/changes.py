"""The last changes of the repository, with the layers that each reaches."""

from __future__ import annotations

from markupsafe import Markup

from gitops_docs.model import Commit
from gitops_docs.pages.html import commits
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded
from gitops_docs.pages.html.writer import Writer
from gitops_docs.text.english import count

_MOST = 200
"""So many commits are listed; Git has the rest."""
_SHOWN = 4


@reused
def changes_page(writer: Writer) -> Page:
    """The last commits, and for each layer the last one that reached it."""
    facts = writer.facts
    page = writer.draft(writer.at.page("changes"))
    repository = facts.platform.repository
    listed = facts.platform.commits[:_MOST]
    return writer.finish(
        page,
        "changes.html",
        "Changes",
        wide=True,
        description=f"The last {count(len(listed), 'commit')} and the layers that each reaches",
        number=len(facts.platform.commits),
        listed=len(listed),
        repository=repository,
        unknown=commits.none_because(repository),
        table=_commits(writer, page, listed),
        latest=_latest(writer, page),
    )


def _commits(writer: Writer, page: Draft, listed: tuple[Commit, ...]) -> Table:
    rows: list[list[Cell]] = []
    for commit, shown in zip(
        listed, commits.shown(listed, writer.facts.platform.repository, _MOST), strict=True
    ):
        layers = writer.facts.touched(commit)
        rows.append(
            [
                Markup("{}<br><small>{}, {}</small>").format(
                    shown.subject, shown.author, commit.revision[:8]
                ),
                _day(shown.date),
                folded(
                    [
                        writer.layer(page, layer, with_cluster=writer.many_clusters)
                        for layer in layers
                    ],
                    _SHOWN,
                )
                or "none",
            ]
        )
    return Table("commits", "Commits", ("Change", "Date", "Changes layers"), rows, "No commits.")


def _latest(writer: Writer, page: Draft) -> Table:
    facts = writer.facts
    rows: list[list[Cell]] = []
    for layer in facts.platform.layers:
        found = facts.changes.of_layer(layer)
        name = writer.layer(page, layer, with_cluster=writer.many_clusters)
        rollback = page.link(writer.below_layer(layer, "rollback"), "Roll back")
        if not found:
            rows.append([name, "no commit among these", "–", rollback])
            continue
        [shown] = commits.shown(found, facts.platform.repository, 1)
        rows.append([name, shown.subject, _day(shown.date), rollback])
    return Table(
        "latest", "Last change of each layer", ("Layer", "Last change", "Date", "Roll back"), rows
    )


def _day(date: str) -> Markup:
    return Markup('<span class="gitops-nowrap">{}</span>').format(date)
