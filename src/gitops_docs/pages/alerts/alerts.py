"""Alert rules, Flux Alerts and their Providers."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from gitops_docs.index.addresses import address
from gitops_docs.index.commands import Command
from gitops_docs.index.runbooks import severity_rank
from gitops_docs.model import Alert, Commit, Location, Release, Runbook
from gitops_docs.pages.alerts import starter
from gitops_docs.pages.html import commits
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.prose import filled, is_web
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table
from gitops_docs.pages.html.writer import Writer
from gitops_docs.text.english import count, unique

_LOOK_AT = 3
"""An alert page has the chains of so many layers."""
_CHAIN = 8
"""Layers of a chain that are shown, the first ones."""


@reused
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
    columns = (
        "Alert",
        "Severity",
        "Runbook",
        *(("Cluster",) if many else ()),
        "Layer",
        "Defined at",
    )
    return writer.finish(
        page,
        "tables.html",
        "Alerts",
        description=f"{count(len(rules), 'alert rule')}, {without} without a runbook",
        lead=f"{count(len(rules), 'alert rule')} in the manifests, {without} without a runbook. Rules that charts "
        f"bring along are not known here.{writer.only_listed('alert rule')}",
        sections=[
            (
                None,
                None,
                Table(
                    "alerts",
                    "Alert rules",
                    columns,
                    rows,
                    "No layer applies a PrometheusRule or VMRule with alerts.",
                ),
            )
        ],
    )


@reused
def alert_page(writer: Writer, rules: list[Alert]) -> Page:
    """All rules of one name: what it means, what to do first, the runbook, where to look, what
    changed, the rules."""
    at, facts = writer.at, writer.facts
    first = min(rules, key=lambda rule: severity_rank(rule.severity))
    page = writer.draft(at.alert(first.name))
    severities = unique([rule.severity for rule in rules if rule.severity])
    durations = unique([rule.duration for rule in rules if rule.duration])
    clusters = unique([rule.cluster for rule in rules])
    layers = unique([rule.layer for rule in rules if rule.layer])
    meanings = _meanings(writer, rules)
    releases = _components(writer, rules)
    return writer.finish(
        page,
        "alert.html",
        first.name,
        description=meanings[0] if meanings else f"Alert rule {first.name}",
        boost=2,
        words=[*severities, *(release.name for release, _ in releases)],
        edit=Location(first.file, first.line),
        crumbs=[(at.index("alerts"), "Alerts")],
        headline=[
            ", ".join(severities) or "no severity",
            *([f"after {', '.join(durations)}"] if durations else []),
            *(writer.cluster(page, cluster) for cluster in clusters),
            *(
                Markup("layer {}").format(writer.layer(page, layer))
                for layer in _by_name(layers)[:2]
            ),
        ],
        meanings=meanings,
        do_first=_first_commands(writer, rules, releases),
        books=[_runbook(writer, page, found) for found in _different(rules)],
        about=[
            (
                page.link(
                    at.below_cluster(release.cluster, "releases", release.namespace, release.name),
                    release.name,
                ),
                writer.cluster(page, release.cluster) if len(clusters) > 1 else None,
                _HOW[how],
            )
            for release, how in releases
        ],
        chains=_chains(writer, page, rules),
        changed=commits.shown(_touched(writer, rules, releases), facts.platform.repository),
        unchanged=commits.none_because(facts.platform.repository),
        address=_own_address(writer, page),
        parts=[
            {
                "rule": rule,
                "layer": writer.layer(page, rule.layer),
                "cluster": writer.cluster(page, rule.cluster),
                "place": page.place(rule.file, rule.line),
                "url": page.url(rule.runbook_url) if rule.runbook_url else None,
            }
            for rule in rules
        ],
    )


_HOW = {
    "front-matter": "its runbook says so",
    "directory": "guessed: the only release defined beside the rule",
    "name": "guessed: the release has the name of the object that holds the rule",
}
"""How the component of an alert is known."""


def _by_name(layers: list[str]) -> list[str]:
    """One layer of each name: the same one on every cluster is said once."""
    return list({identity.partition("/")[2]: identity for identity in reversed(layers)}.values())[
        ::-1
    ]


def _meanings(writer: Writer, rules: list[Alert]) -> list[str]:
    """What the runbook says an alert means, else what the rules say."""
    for rule in rules:
        book = writer.facts.runbooks.get(rule.runbook.page or "")
        text = _section_text(book, rule.runbook.anchor, "meaning") if book else ""
        if text:
            return [text]
    return unique(
        [
            rule.description or rule.summary or ""
            for rule in rules
            if rule.description or rule.summary
        ]
    )


def _section_text(book: Runbook, anchor: str | None, title: str) -> str:
    """The first paragraph below a heading, within the part that the anchor names."""
    level, inside = 0, anchor is None
    for section in book.sections:
        if section.id == anchor:
            level, inside = section.level, True
        elif anchor is not None and inside and section.level <= level:
            return ""
        elif inside and section.title.lower() == title:
            return section.text
    return ""


def _components(writer: Writer, rules: list[Alert]) -> list[tuple[Release, str]]:
    """The releases that the rules are about, each once, and how that is known."""
    found: dict[tuple[str, str, str], tuple[Release, str]] = {}
    for rule in rules:
        release = writer.facts.release_of.get(rule.component) if rule.component else None
        if release is not None and rule.component is not None:
            found.setdefault(rule.component, (release, rule.component_how or "name"))
    return list(found.values())


def _first_commands(
    writer: Writer, rules: list[Alert], releases: list[tuple[Release, str]]
) -> list[Command]:
    """Three commands to begin with; namespace and name are filled in from the address of the
    page."""
    release = releases[0][0] if releases else None
    namespace = (
        (release.target_namespace or release.namespace)
        if release
        else rules[0].namespace or "NAMESPACE"
    )
    clusters = unique([rule.cluster for rule in rules])
    context = (
        writer.facts.clusters[clusters[0]].context
        if len(clusters) == 1 and clusters[0] in writer.facts.clusters
        else None
    )
    layer = writer.facts.layers.get(rules[0].layer or "")
    found = [
        filled("Pods", "kubectl get pods -n {namespace}", context, namespace=namespace),
        filled(
            "Events",
            "kubectl get events -n {namespace} --sort-by=.lastTimestamp",
            context,
            namespace=namespace,
        ),
    ]
    if release is not None:
        found.append(
            filled(
                "Its release",
                "flux get helmrelease {name} -n {in}",
                context,
                fixed={"name": release.name, "in": release.namespace},
            )
        )
    elif layer is not None:
        found.append(
            filled(
                "Its layer",
                "flux get kustomization {name} -n {in}",
                context,
                fixed={"name": layer.name, "in": layer.namespace},
            )
        )
    found.append(
        filled(
            "What is wrong with it",
            "kubectl describe pod {name} -n {namespace}",
            context,
            namespace=namespace,
            name="NAME",
        )
    )
    return found


def _different(rules: list[Alert]) -> list[list[Alert]]:
    """The rules by where their runbook is: usually one group."""
    groups: dict[tuple[str, str | None, str | None], list[Alert]] = {}
    for rule in rules:
        groups.setdefault((rule.runbook.status, rule.runbook.target, rule.runbook.page), []).append(
            rule
        )
    return list(groups.values())


_VIA = {
    "front-matter": "named in its front matter",
    "annotation": "named by the rule's runbook_url",
    "file-name": "found by its file name",
    "anchor": "found by a heading of that name",
}


def _runbook(writer: Writer, page: Draft, rules: list[Alert]) -> dict[str, Any]:
    """What a page says about the runbook that some rules share."""
    rule = rules[0]
    link = rule.runbook
    book = writer.facts.runbooks.get(link.page or "")
    document = link.page
    found: dict[str, Any] = {
        "status": link.status,
        "rules": rules,
        "link": runbook(page, rule),
        "via": _VIA.get(link.via or ""),
        "reason": link.reason,
        "shared": link.shared,
        "page": page.document(document, book.title if book else document) if document else None,
        "inline": page.inline(document, link.anchor) if document and link.status == "own" else None,
        "book": book,
        "replaced": page.document(book.replaced_by, book.replaced_by)
        if book and book.replaced_by and book.replaced_by.endswith(".md")
        else None,
        "place": page.place(rule.runbook_at)
        if rule.runbook_at
        else page.place(rule.file, rule.line),
        "file": f"{writer.options.runbooks.strip('/')}/{starter.file_name(rule.name)}",
        "template": starter.alert_page(rule, writer.facts.platform)
        if link.status in ("missing", "dead")
        else None,
    }
    return found


def _chains(
    writer: Writer, page: Draft, rules: list[Alert]
) -> list[tuple[Markup, list[Markup], int]]:
    """For each layer to look at: itself, what it waits for (root first), and how many of them are
    not shown."""
    facts = writer.facts
    ids = unique([rule.component[0] if rule.component else rule.layer or "" for rule in rules])
    found: dict[tuple[str, ...], tuple[Markup, list[Markup], int]] = {}
    for identity in (identity for identity in ids if identity in facts.layers):
        order = facts.in_order(facts.graph.dependencies(identity))
        links = [writer.layer(page, other) for other in order[:_CHAIN]]
        # The same chain on another cluster is the same advice.
        names = tuple(other.partition("/")[2] for other in (*order, identity))
        found.setdefault(names, (writer.layer(page, identity), links, len(order) - len(links)))
    return list(found.values())[:_LOOK_AT]


def _touched(
    writer: Writer, rules: list[Alert], releases: list[tuple[Release, str]]
) -> list[Commit]:
    """The last commits below what the rules are about: the files of the release, else those of the
    layer; and the rules themselves."""
    changes = writer.facts.changes
    files = {rule.file for rule in rules}
    for release, _ in releases:
        places = (release.version_set_at, Location(release.file, release.line))
        files |= {place.file for place in places if place}
        files |= writer.facts.value_files[release.layer, release.namespace, release.name]
    found = {commit.revision: commit for commit in changes.of_files(files)}
    if not releases:
        for identity in unique([rule.layer or "" for rule in rules]):
            layer = writer.facts.layers.get(identity)
            found |= {
                commit.revision: commit for commit in (changes.of_layer(layer) if layer else ())
            }
    return [commit for commit in changes.commits if commit.revision in found]


def _own_address(writer: Writer, page: Draft) -> str:
    """The address of a page, for an annotation of the rule."""
    return f"{writer.options.site_url or 'https://<this site>/'}{address(page.uri, writer.options.directory_urls)}"


def runbook(page: Draft, rule: Alert, *, short: bool = False) -> Markup:
    """Where an alert's runbook is, or that there is none."""
    found = rule.runbook
    if found.status == "own" and found.page:
        return page.document(
            found.page, "runbook" if short else found.target or found.page, found.anchor or ""
        )
    if found.status == "own" and found.target and not is_web(found.target):
        return page.place(found.target.partition("#")[0])
    if rule.runbook_url and is_web(rule.runbook_url):
        note = ""
        if found.status == "dead":
            note = " (leads nowhere)" if short else ""
        elif found.shared:
            note = f" (shared with {found.shared} more)" if short else ""
        link = (
            Markup('<a href="{}">elsewhere</a>').format(rule.runbook_url)
            if short
            else page.url(rule.runbook_url)
        )
        return link + note
    if rule.runbook_url:
        return Markup("no runbook: {} is no address").format(page.code(rule.runbook_url))
    return Markup("no runbook")


@reused
def flux_alert_page(writer: Writer, alert: Alert) -> Page:
    """One Flux Alert: what it covers, and where it goes."""
    facts, at = writer.facts, writer.at
    page = writer.draft(
        at.below_cluster(alert.cluster, "notifications", alert.namespace, alert.name)
    )
    provider = facts.providers.get((alert.cluster, alert.namespace, alert.provider or ""))
    layers = facts.of_cluster.get(alert.cluster, [])
    releases = [release for release in facts.platform.releases if release.cluster == alert.cluster]
    covered = [
        layer for layer in layers if _covers(alert, "Kustomization", layer.namespace, layer.name)
    ]
    charts = [
        release
        for release in releases
        if _covers(alert, "HelmRelease", release.namespace, release.name)
    ]
    return writer.finish(
        page,
        "flux_alert.html",
        f"{alert.name} (Flux Alert, {alert.cluster})",
        description=alert.summary or f"Flux Alert {alert.namespace}/{alert.name}",
        edit=Location(alert.file, alert.line),
        status="suspended" if alert.suspended else None,
        crumbs=[
            (at.cluster(alert.cluster), alert.cluster),
            (at.page("notifications"), "Notifications"),
        ],
        alert=alert,
        states=["suspended"] if alert.suspended else [],
        headline=[
            f"severity {alert.severity or 'info'}",
            Markup("to {}").format(page.code(alert.provider) or "no Provider"),
            *([Markup("layer {}").format(writer.layer(page, alert.layer))] if alert.layer else []),
        ],
        provider=provider,
        covered=[
            ("layer", len(layers), [writer.layer(page, layer) for layer in covered]),
            (
                "release",
                len(releases),
                [
                    page.link(
                        at.below_cluster(item.cluster, "releases", item.namespace, item.name),
                        item.name,
                    )
                    for item in charts
                ],
            ),
        ],
        # Labels are not known here: a source with labels may cover some of these too.
        labelled=any(source.labels for source in alert.event_sources),
        book=_runbook(writer, page, [alert])
        if alert.runbook.status in ("own", "external", "dead")
        else None,
        findings=facts.concerns.get((alert.layer or "", "Alert", alert.namespace, alert.name), ()),
    )


def _covers(alert: Alert, kind: str, namespace: str, name: str) -> bool:
    """Whether an Alert hears of an object by its kind, namespace and name."""
    return any(
        source.kind == kind
        and source.namespace == namespace
        and source.name in ("*", name)
        and not source.labels
        for source in alert.event_sources
    )
