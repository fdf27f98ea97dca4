"""List the alert rules that charts bring: one page for each chart, by rule group, or of many a page
for each group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from gitops_docs.index.addresses import address, anchor_of
from gitops_docs.index.runbooks import severity_rank
from gitops_docs.model import Alert
from gitops_docs.pages.alerts import first_commands
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled
from gitops_docs.text.english import count, unique


def by_chart(rules: list[Alert]) -> dict[str, list[Alert]]:
    """Return the rules that charts bring, by the name of the chart."""
    found: dict[str, list[Alert]] = defaultdict(list)
    for rule in rules:
        if rule.origin is not None:
            found[rule.origin.chart].append(rule)
    return dict(sorted(found.items()))


def charts_table(writer: Writer, page: Draft, rules: list[Alert]) -> Table:
    """Return one row for each chart that brings rules."""
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


def chart_pages(writer: Writer, chart: str, rules: list[Alert]) -> list[Page]:
    """Return the pages of the rules of one chart: one, or an index with a page for each part."""
    parts = _by_part(writer, chart, rules)
    if len(parts) == 1:
        return [chart_page(writer, chart, rules)]
    pages = [index_page(writer, chart, rules)]
    return pages + [part_page(writer, chart, part, found) for part, found in parts.items()]


def _by_part(writer: Writer, chart: str, rules: list[Alert]) -> dict[str, list[Alert]]:
    found: dict[str, list[Alert]] = defaultdict(list)
    for rule in rules:
        found[writer.at.part_of_chart(chart, rule.name)].append(rule)
    return dict(sorted(found.items()))


@reused
def chart_page(writer: Writer, chart: str, rules: list[Alert]) -> Page:
    """Return the rules of one chart, by group: one entry for each name."""
    page = writer.draft(writer.at.alerts_of_chart(chart))
    return _finish(writer, page, chart, chart, rules, _groups(writer, page, rules))


@reused
def index_page(writer: Writer, chart: str, rules: list[Alert]) -> Page:
    """Return the parts of a chart's many rules, with the names in each."""
    page = writer.draft(writer.at.alerts_of_chart(chart))
    rows: list[list[Cell]] = []
    for part, found in _by_part(writer, chart, rules).items():
        names = {rule.name: rule for rule in found}
        critical = sum(severity_rank(rule.severity) == 0 for rule in names.values())
        uri = writer.at.alerts_of_chart(chart, part)
        hidden = filled(' <span class="gitops-unseen">{}</span>', " ".join(names))
        rows.append([page.link(uri, part) + hidden, str(len(names)), str(critical)])
    columns = ("Rule group", "Alerts", "Critical")
    table = Table("groups", "Alerts by rule group", columns, rows, numeric=frozenset({1, 2}))
    return _finish(writer, page, chart, chart, rules, [], table=table)


@reused
def part_page(writer: Writer, chart: str, part: str, rules: list[Alert]) -> Page:
    """Return the rules of one part."""
    page = writer.draft(writer.at.alerts_of_chart(chart, part))
    index = writer.at.alerts_of_chart(chart)
    groups = _groups(writer, page, rules)
    return _finish(
        writer, page, chart, f"{part} of {chart}", rules, groups, crumbs=[(index, chart)]
    )


def _groups(writer: Writer, page: Draft, rules: list[Alert]) -> list[dict[str, object]]:
    groups: dict[str, dict[str, list[Alert]]] = defaultdict(lambda: defaultdict(list))
    for rule in rules:
        groups[rule.group or ""][rule.name].append(rule)
    return [
        {
            "name": group or "without a group",
            "rules": [_entry(writer, page, found) for _, found in sorted(named.items())],
        }
        for group, named in sorted(groups.items())
    ]


def _finish(
    writer: Writer,
    page: Draft,
    chart: str,
    title: str,
    rules: list[Alert],
    groups: list[dict[str, object]],
    *,
    table: Table | None = None,
    crumbs: Sequence[tuple[str | None, str]] = (),
) -> Page:
    number = count(len({rule.name for rule in rules}), "alert")
    return writer.finish(
        page,
        "chart_alerts.html",
        f"Alerts of the chart {title}",
        description=f"{number} from the chart {chart}",
        boost=0.5,
        crumbs=[(writer.at.index("alerts"), "Alerts"), *crumbs],
        chart=chart,
        heading=title,
        number=number,
        versions=unique([rule.origin.version for rule in rules if rule.origin]),
        releases=unique(
            [f"{rule.origin.namespace}/{rule.origin.release}" for rule in rules if rule.origin]
        ),
        groups=groups,
        table=table,
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
        "expression": first.expression if is_listed else None,
        "template": first.origin.template if first.origin is not None else "",
        "commands": first_commands.commands(seen, cluster.context if cluster else None)
        if is_listed
        else [],
    }


def redirects(writer: Writer) -> dict[str, str]:
    """Return the address of each rule that has no page of its own to its place on the page of its
    chart."""
    urls = writer.options.directory_urls
    return {
        address(writer.at.own_page_of_alert(name), urls): (
            f"{address(writer.at.alert(spelled), urls)}#{anchor_of(spelled)}"
        )
        for name, (_, spelled) in sorted(writer.at.listed.items())
    }
