"""List the alert rules that charts bring: one page for each chart, by rule group."""

from __future__ import annotations

from collections import defaultdict

from gitops_docs.index.addresses import address, anchor_of
from gitops_docs.index.runbooks import severity_rank
from gitops_docs.model import Alert
from gitops_docs.pages.alerts import first_commands
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table
from gitops_docs.pages.html.writer import Writer
from gitops_docs.text.english import count, unique


def by_chart(rules: list[Alert]) -> dict[str, list[Alert]]:
    """The rules that charts bring, by the name of the chart."""
    found: dict[str, list[Alert]] = defaultdict(list)
    for rule in rules:
        if rule.origin is not None:
            found[rule.origin.chart].append(rule)
    return dict(sorted(found.items()))


def charts_table(writer: Writer, page: Draft, rules: list[Alert]) -> Table:
    """One row for each chart that brings rules."""
    rows: list[list[Cell]] = []
    for chart, found in by_chart(rules).items():
        names = {rule.name: rule for rule in found}.values()
        critical = sum(severity_rank(rule.severity) == 0 for rule in names)
        without = sum(rule.runbook.status in ("missing", "dead") for rule in names)
        rows.append(
            [
                page.link(writer.at.alerts_of_chart(chart), chart),
                str(len(names)),
                str(critical),
                str(without),
                ", ".join(unique([rule.origin.version for rule in found if rule.origin])),
            ]
        )
    return Table(
        "from-charts",
        "Alerts from charts",
        ("Chart", "Alerts", "Critical", "Without a runbook", "Versions"),
        rows,
        "No rendered chart brings alert rules.",
    )


@reused
def chart_page(writer: Writer, chart: str, rules: list[Alert]) -> Page:
    """The rules of one chart, by group: one entry for each name."""
    at = writer.at
    page = writer.draft(at.alerts_of_chart(chart))
    groups: dict[str, dict[str, list[Alert]]] = defaultdict(lambda: defaultdict(list))
    for rule in rules:
        groups[rule.group or ""][rule.name].append(rule)
    names = {rule.name for rule in rules}
    shown = [
        {
            "name": group or "without a group",
            "rules": [_entry(writer, page, found) for _, found in sorted(named.items())],
        }
        for group, named in sorted(groups.items())
    ]
    return writer.finish(
        page,
        "chart_alerts.html",
        f"Alerts of the chart {chart}",
        description=f"{count(len(names), 'alert')} from the chart {chart}",
        boost=0.5,
        crumbs=[(at.index("alerts"), "Alerts")],
        chart=chart,
        number=count(len(names), "alert"),
        versions=unique([rule.origin.version for rule in rules if rule.origin]),
        releases=unique(
            [f"{rule.origin.namespace}/{rule.origin.release}" for rule in rules if rule.origin]
        ),
        groups=shown,
    )


def _entry(writer: Writer, page: Draft, rules: list[Alert]) -> dict[str, object]:
    first = min(rules, key=lambda rule: severity_rank(rule.severity))
    clusters = unique([rule.cluster for rule in rules])
    cluster = writer.facts.clusters.get(clusters[0]) if len(clusters) == 1 else None
    seen = first_commands.view([rule.subject for rule in rules])
    is_listed = first.name.lower() in writer.at.listed
    return {
        "name": first.name,
        "anchor": page.anchor(anchor_of(first.name)),
        "link": None if is_listed else page.link(writer.at.alert(first.name), "page"),
        "severity": ", ".join(unique([rule.severity for rule in rules if rule.severity])),
        "duration": first.duration,
        "runbook": page.url(first.runbook_url) if first.runbook_url else None,
        "text": first_commands.text(first.description or first.summary or ""),
        "expression": first.expression,
        "template": first.origin.template if first.origin is not None else "",
        "commands": first_commands.commands(seen, cluster.context if cluster else None)
        if is_listed
        else [],
    }


def redirects(writer: Writer) -> dict[str, str]:
    """The address of each rule that has no page of its own to its place on the page of its
    chart."""
    urls = writer.options.directory_urls
    return {
        address(writer.at.own_page_of_alert(name), urls): (
            f"{address(writer.at.alerts_of_chart(chart), urls)}#{anchor_of(spelled)}"
        )
        for name, (chart, spelled) in sorted(writer.at.listed.items())
    }
