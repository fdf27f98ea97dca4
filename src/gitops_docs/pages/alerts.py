"""Alert rules, Flux Alerts and their Providers."""

from __future__ import annotations

from markupsafe import Markup

from gitops_docs.model import Alert, Location
from gitops_docs.pages import commands
from gitops_docs.pages.draft import Draft
from gitops_docs.pages.page import Page
from gitops_docs.pages.remembering import remembered
from gitops_docs.pages.tables import Cell, Table
from gitops_docs.pages.words import count, is_web, unique
from gitops_docs.pages.writer import Writer

_LOOK_AT = 3
"""An alert page has the commands of so many layers."""


@remembered
def alerts_page(writer: Writer) -> Page:
    """All alert rules, with whether somebody wrote what to do."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.index("alerts"))
    rules = [alert for alert in facts.platform.alerts if alert.kind == "rule"]
    many = writer.many_clusters
    rows: list[list[Cell]] = []
    for rule in rules:
        row: list[Cell] = [
            page.link(at.alert(rule.name), rule.name),
            rule.severity or "none given",
            runbook(page, rule, short=True),
            writer.layer(page, rule.layer),
        ]
        if many:
            row.insert(3, writer.cluster(page, rule.cluster))
        rows.append([*row, page.place(rule.file, rule.line)])
    without = sum(rule.runbook.status in ("missing", "dead") for rule in rules)
    columns = ("Alert", "Severity", "Runbook", *(("Cluster",) if many else ()), "Layer", "Defined at")
    return writer.finish(
        page,
        "tables.html",
        "Alerts",
        description=f"{count(len(rules), 'alert rule')}, {without} without a runbook",
        lead=f"{count(len(rules), 'alert rule')} in the manifests, {without} without a runbook. Rules that charts "
        "bring along are not known here.",
        sections=[
            (
                None,
                None,
                Table(
                    "alerts", "Alert rules", columns, rows, "No layer applies a PrometheusRule or VMRule with alerts."
                ),
            )
        ],
    )


@remembered
def alert_page(writer: Writer, rules: list[Alert]) -> Page:
    """All rules of one name."""
    at = writer.at
    first = rules[0]
    page = writer.draft(at.alert(first.name))
    parts = [
        {
            "rule": rule,
            "layer": writer.layer(page, rule.layer),
            "cluster": writer.cluster(page, rule.cluster),
            "place": page.place(rule.file, rule.line),
            "runbook": runbook(page, rule),
            "meaning": rule.description or rule.summary,
        }
        for rule in rules
    ]
    known = unique([rule.layer for rule in rules if rule.layer in writer.facts.layers])
    meanings = unique([str(part["meaning"]) for part in parts if part["meaning"]])
    severities = unique([rule.severity for rule in rules if rule.severity])
    durations = unique([rule.duration for rule in rules if rule.duration])
    clusters = unique([rule.cluster for rule in rules])
    layers = unique([rule.layer for rule in rules if rule.layer])
    return writer.finish(
        page,
        "alert.html",
        first.name,
        description=meanings[0] if meanings else f"Alert rule {first.name}",
        boost=4,
        words=[*(rule.summary or "" for rule in rules), *(rule.group or "" for rule in rules)],
        edit=Location(first.file, first.line),
        crumbs=[(at.index("alerts"), "Alerts")],
        headline=[
            ", ".join(severities) or "no severity",
            *([f"after {', '.join(durations)}"] if durations else []),
            *(writer.cluster(page, cluster) for cluster in clusters),
            *(Markup("layer {}").format(writer.layer(page, layer)) for layer in layers[:2]),
        ],
        meanings=meanings,
        parts=parts,
        look=[
            (
                writer.layer(page, layer, with_cluster=len(known) > 1),
                commands.of_layer(
                    writer.facts.layers[layer], writer.facts.clusters[writer.facts.layers[layer].cluster].context
                )["first"],
                [writer.layer(page, other) for other in writer.facts.in_order(writer.facts.graph.dependencies(layer))],
            )
            for layer in known[:_LOOK_AT]
        ],
        runbook=parts[0]["runbook"],
        missing=all(rule.runbook.status in ("missing", "dead") for rule in rules),
    )


def runbook(page: Draft, rule: Alert, *, short: bool = False) -> Markup:
    """Where an alert's runbook is, or that there is none."""
    found = rule.runbook
    if found.status == "own" and found.target:
        path, _, anchor = found.target.partition("#")
        text = "runbook" if short else found.target
        if path.endswith(".md"):
            link = page.document(path, text)
            return Markup(str(link).replace('">', f'#{Markup.escape(anchor)}">', 1)) if anchor else link
    if rule.runbook_url and is_web(rule.runbook_url):
        dead = Markup(" (no such page)") if found.status == "dead" else Markup("")
        return (
            Markup('<a href="{}">elsewhere</a>').format(rule.runbook_url) if short else page.url(rule.runbook_url)
        ) + dead
    if rule.runbook_url:
        return Markup("no runbook: {} is no address").format(page.code(rule.runbook_url))
    return Markup("no runbook")


@remembered
def flux_alert_page(writer: Writer, alert: Alert) -> Page:
    """One Flux Alert: what it covers, and where it goes."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.below_cluster(alert.cluster, "notifications", alert.namespace, alert.name))
    provider = facts.providers.get((alert.cluster, alert.namespace, alert.provider or ""))
    layers = [
        layer
        for layer in facts.of_cluster.get(alert.cluster, [])
        if any(
            source.kind == "Kustomization"
            and source.namespace == layer.namespace
            and source.name in ("*", layer.name)
            and not source.labels
            for source in alert.event_sources
        )
    ]
    return writer.finish(
        page,
        "flux_alert.html",
        f"{alert.name} (Flux Alert, {alert.cluster})",
        description=alert.summary or f"Flux Alert {alert.namespace}/{alert.name}",
        edit=Location(alert.file, alert.line),
        status="suspended" if alert.suspended else None,
        crumbs=[(at.cluster(alert.cluster), alert.cluster), (at.page("notifications"), "Notifications")],
        alert=alert,
        states=["suspended"] if alert.suspended else [],
        headline=[
            f"severity {alert.severity or 'info'}",
            Markup("to {}").format(page.code(alert.provider) or "no Provider"),
            *([Markup("layer {}").format(writer.layer(page, alert.layer))] if alert.layer else []),
        ],
        provider=provider,
        covered=[writer.layer(page, layer) for layer in layers],
        all_layers=len(facts.of_cluster.get(alert.cluster, [])),
    )
