"""Show how far alerts are covered by runbooks, which runbooks nothing leads to, and how fresh they
are."""

from __future__ import annotations

from collections import Counter

from markupsafe import Markup

from gitops_docs.index.runbooks import severity_rank
from gitops_docs.model import Alert, Runbook
from gitops_docs.pages.alerts.alerts import runbook
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.prose import prose
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, grouped, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled
from gitops_docs.text.english import count

STATES = ("own", "external", "shared", "dead", "none")
"""Own page; an address elsewhere; one elsewhere that several alerts have; one that leads nowhere;
nothing at all."""
_DOES = (None, "runbook", "procedure")
"""Kinds of pages that say what to do; the others explain."""


def coverage(alert: Alert) -> str:
    """Return which of `STATES` an alert is in."""
    status = alert.runbook.status
    if status == "external":
        return "shared" if alert.runbook.shared else "external"
    return "none" if status == "missing" else status


@reused
def runbooks_page(writer: Writer) -> Page:
    """Return the page about all runbooks."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.index("runbooks"))
    rules = {
        (rule.name, rule.severity, coverage(rule)): rule
        for rule in facts.platform.alerts
        if rule.kind == "rule"
    }
    distinct = list(rules.values())
    numbers = Counter(coverage(rule) for rule in distinct)
    books = [book for book in facts.platform.runbooks if book.kind in _DOES]
    unlinked = [book for book in books if not book.linked]
    bad = [rule for rule in distinct if coverage(rule) in ("dead", "none")]
    of_charts = _of_charts(writer, page, [rule for rule in bad if _is_listed(writer, rule)])
    worst = sorted(
        (rule for rule in bad if not _is_listed(writer, rule)),
        key=lambda rule: (
            coverage(rule) != "dead",
            severity_rank(rule.severity),
            rule.severity or "",
            rule.name.lower(),
        ),
    )
    covered = len(distinct) - len(bad)
    return writer.finish(
        page,
        "runbooks.html",
        "Runbooks",
        description=f"{covered} of {count(len(distinct), 'alert')} have a runbook, {numbers['dead']} links are broken",
        boost=2,
        words=[book.title for book in books],
        covered=covered,
        total=len(distinct),
        dead=numbers["dead"],
        shared=numbers["shared"],
        without=numbers["none"],
        by_severity=Table(
            "coverage",
            "Alerts by severity and runbook",
            ("Severity", "Own page", "External", "Shared", "Broken link", "None"),
            _by_severity(distinct),
            "No alert rules.",
        ),
        bad=Table(
            "without",
            "Alerts without a runbook",
            ("Alert", "Severity", "Reason", "Set at"),
            [
                [
                    page.link(at.alert(rule.name), rule.name),
                    rule.severity or "none",
                    _why(page, rule),
                    page.place(rule.runbook_at)
                    if rule.runbook_at
                    else page.place(rule.file, rule.line),
                ]
                for rule in worst
            ]
            + of_charts,
            "All alerts have a runbook.",
            groups=grouped([*map(_reason, worst), *("From charts" for _ in of_charts)]),
        ),
        unlinked=[
            (page.document(book.file, book.title), page.place(book.source)) for book in unlinked
        ],
        pages=Table(
            "pages",
            "Runbook pages",
            ("Page", "For", "Owner", "Reviewed", "Commits"),
            [_row(writer, page, book) for book in books],
            "No page in the runbooks directory, and none with front matter of a runbook.",
        ),
        directory=writer.options.runbooks,
        limited=facts.platform.repository.shallow,
    )


def _is_listed(writer: Writer, rule: Alert) -> bool:
    """Return whether an alert stands on the page of its chart only, and has no link that could be
    broken."""
    return rule.name.lower() in writer.at.listed and coverage(rule) == "none"


def _of_charts(writer: Writer, page: Draft, rules: list[Alert]) -> list[list[Cell]]:
    """Return one row for each chart whose alerts have no page of their own."""
    counts = Counter(rule.origin.chart for rule in rules if rule.origin is not None)
    return [
        [
            page.link(writer.at.alerts_of_chart(chart), f"{number} of chart {chart}"),
            "",
            "none",
            "",
        ]
        for chart, number in sorted(counts.items())
    ]


def _by_severity(rules: list[Alert]) -> list[list[Cell]]:
    groups: dict[str, Counter[str]] = {}
    for rule in rules:
        groups.setdefault(rule.severity or "none", Counter())[coverage(rule)] += 1
    ordered = sorted(groups.items(), key=lambda item: (severity_rank(item[0]), item[0]))
    return [[severity, *(str(numbers[state]) for state in STATES)] for severity, numbers in ordered]


def _reason(rule: Alert) -> str:
    """Return the group of an alert without a runbook."""
    return "Broken link" if coverage(rule) == "dead" else f"Severity {rule.severity or 'none'}"


def _why(page: Draft, rule: Alert) -> Markup:
    if rule.runbook.status != "dead":
        return Markup("none")
    return filled(
        "{}: {}",
        runbook(page, rule, short=True),
        prose(rule.runbook.reason or "there is no such page"),
    )


def _row(writer: Writer, page: Draft, book: Runbook) -> list[Cell]:
    today = writer.facts.platform.repository.date
    reviewed: Cell = book.last_reviewed or "never"
    if book.review_due:
        late = bool(today and book.review_due < today)
        due = Markup(
            '<strong class="gitops-late">due {}</strong>' if late else "<small>next {}</small>"
        ).format(book.review_due)
        reviewed = lines([reviewed, due])
    return [
        page.document(book.file, book.title),
        _for(writer, page, book),
        book.owner or "no owner",
        reviewed,
        str(book.commits_since) if book.commits_since is not None else "not known",
    ]


def _for(writer: Writer, page: Draft, book: Runbook) -> Cell:
    """Return what leads to a page, in short."""
    alerts = sorted(
        {
            alert.name
            for alert in writer.facts.platform.alerts
            if alert.runbook.page == book.file and alert.kind == "rule"
        }
    )
    shown: list[Markup] = [page.link(writer.at.alert(name), name) for name in alerts[:3]]
    if len(alerts) > 3:
        shown.append(filled("+{} alerts", len(alerts) - 3))
    layers = len(book.layers) + len(book.general_layers)
    releases = len({key[1:] for key in (*book.releases, *book.general_releases)})
    shown += [
        Markup(text)
        for text in (
            count(layers, "layer") if layers else "",
            count(releases, "release") if releases else "",
        )
        if text
    ]
    return lines(shown) or "none"
