"""Tell how fresh a page is: when it was read last, and what has changed since in what it applies
to.

In: runbooks, the platform with its commits, today. Out: runbooks with `commits_since`, and
findings, information by default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from msgspec.structs import replace

from gitops_docs.model import Finding, Location, Platform, Runbook
from gitops_docs.repository.history import MAX_COMMITS
from gitops_docs.runbooks import rules
from gitops_docs.runbooks.front_matter import parse_date


def with_commits(runbook: Runbook, platform: Platform) -> Runbook:
    """Return the runbook with the number of commits that touched what it applies to since its
    review.

    None where there is no review, no history as far back, or where it names nothing in particular.
    """
    reviewed = parse_date(runbook.last_reviewed) if runbook.last_reviewed else None
    if reviewed is None or not platform.commits:
        return runbook
    oldest = parse_date(platform.commits[-1].date)
    partial = platform.repository.shallow or len(platform.commits) >= MAX_COMMITS
    if partial and (oldest is None or oldest > reviewed):
        return runbook
    files = subjects(runbook, platform)
    if not files:
        return runbook
    touched = [
        commit
        for commit in platform.commits
        if (made := parse_date(commit.date)) is not None
        and made > reviewed
        and not files.isdisjoint((*commit.files, *commit.gone))
    ]
    return replace(runbook, commits_since=len(touched))


def subjects(runbook: Runbook, platform: Platform) -> frozenset[str]:
    """Return the files of what a runbook applies to: those of its layers, of its releases, else
    those of the alerts that lead to it."""
    files: set[str] = set()
    layers = set(runbook.layers)
    for layer in platform.layers:
        if layer.id in layers:
            files |= {layer.file, *layer.files}
    keys = set(runbook.releases)
    for release in platform.releases:
        if (release.layer, release.namespace, release.name) in keys:
            files.add(release.file)
    if not files:
        files = {alert.file for alert in platform.alerts if alert.runbook.page == runbook.file}
    return frozenset(files)


def today(platform: Platform) -> date:
    """Return the day of the scan: SOURCE_DATE_EPOCH, else that of HEAD's commit; the clock only
    where there is no Git."""
    known = parse_date(platform.repository.date) if platform.repository.date else None
    return known or date.today()


def check(
    runbooks: Sequence[Runbook], now: date, lines: Mapping[tuple[str, str], int]
) -> Iterable[Finding]:
    """Reviews that are due, lie in the future, or are older than changes.

    Args:
        runbooks: The pages, `commits_since` filled in.
        now: Today.
        lines: Where (file, key) is written.
    """
    for book in runbooks:
        reviewed = parse_date(book.last_reviewed) if book.last_reviewed else None
        if reviewed is None:
            continue
        line = lines.get((book.source, "last_reviewed"), 1)
        due = parse_date(book.review_due) if book.review_due else None
        if reviewed > now:
            message = f"`last_reviewed` is {reviewed.isoformat()}, which is still to come"
            yield rules.RunbookDateFuture.at(Location(book.source, line), message)
        elif due is not None and due < now:
            message = (
                f"last reviewed on {reviewed.isoformat()}, the next review was due on "
                f"{due.isoformat()}; "
                "read it again and set `last_reviewed`"
            )
            yield rules.RunbookStale.at(Location(book.source, line), message)
        if book.commits_since:
            commits = f"{book.commits_since} commit{'s' if book.commits_since > 1 else ''}"
            message = (
                f"{commits} touched what this page applies to since it was reviewed on "
                f"{reviewed.isoformat()}"
            )
            yield rules.RunbookOutdated.at(Location(book.source, line), message)
