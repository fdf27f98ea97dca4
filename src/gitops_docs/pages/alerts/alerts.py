"""Show alert rules, Flux Alerts and their Providers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypedDict

from markupsafe import Markup
from msgspec import Struct

from gitops_docs.index.addresses import address
from gitops_docs.index.commands import Command
from gitops_docs.index.operations.owners import Claim, Claims, alert_key
from gitops_docs.index.runbooks import severity_rank
from gitops_docs.model import Alert, Commit, Location, Runbook, SubjectState, name_in_cluster
from gitops_docs.pages.alerts import first_commands, starter
from gitops_docs.pages.alerts.charts import charts_table
from gitops_docs.pages.html import across, commits, owners
from gitops_docs.pages.html.across import not_rendered, place
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.prose import is_web
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled, joined
from gitops_docs.text import templates
from gitops_docs.text.english import count, unique
from gitops_docs.text.escape import shorten
from gitops_docs.text.patterns import Pattern

_LOOK_AT = 3
"""An alert page leads to the rollback of so many layers."""
_CHAIN = 8
"""Layers of a chain that are shown, the first ones."""
_NAMES = 4
_CLUSTERS = 6
_SUBJECTS = 12


def _is_less_than_critical(rules: list[Alert]) -> bool:
    return all(rule.severity != "critical" for rule in rules)


@reused
def alerts_page(writer: Writer) -> Page:
    """Return all alert rules, and whether each has a runbook."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.index("alerts"))
    every = [alert for alert in facts.platform.alerts if alert.kind == "rule"]
    rules = [rule for rule in every if rule.origin is None]
    many = writer.many_clusters
    rows: list[list[Cell]] = []
    written = [[one for one in named if one.origin is None] for named in facts.rules.values()]
    for group in sorted(filter(None, written), key=_is_less_than_critical):
        rule = group[0]
        levels = unique([one.severity or "none given" for one in group])
        runbooks = {str(cell): cell for one in group if (cell := runbook(page, one, short=True))}
        layers = {
            layer.name: layer for one in group if (layer := facts.layers.get(one.layer or ""))
        }
        places = dict.fromkeys((one.file, one.line) for one in group)
        row: list[Cell] = [
            page.link(at.alert(rule.name), rule.name),
            ", ".join(levels),
            lines(list(runbooks.values())),
            folded([writer.layer_or_all(page, layer) for layer in layers.values()], 4),
        ]
        if many:
            row.append(across.share(writer, [one.cluster for one in group]))
        rows.append([*row, folded([page.place(*place) for place in places], 2)])
    without = sum(rule.runbook.status in ("missing", "dead") for rule in rules)
    columns = (
        "Alert",
        "Severity",
        "Runbook",
        "Layer",
        *(("Clusters",) if many else ()),
        "Defined at",
    )
    from_charts = charts_table(writer, page, every)
    sections: list[tuple[str | None, str | None, Table]] = [
        (
            "Written in this repository" if from_charts.rows else None,
            None,
            Table(
                "alerts",
                "Alert rules",
                columns,
                rows,
                "No layer applies a PrometheusRule or VMRule with alerts.",
            ),
        )
    ]
    if from_charts.rows:
        sections.append(("From charts", None, from_charts))
    lead = f"{count(len(rules), 'alert rule')} in the manifests, {without} without a runbook."
    if from_charts.rows:
        lead += f" {count(len(every) - len(rules), 'rule')} from charts."
    return writer.finish(
        page,
        "tables.html",
        "Alerts",
        description=f"{count(len(every), 'alert rule')}, {without} without a runbook",
        lead=" ".join(
            part
            for part in (lead, not_rendered(writer), writer.only_listed("alert rule").strip())
            if part
        ),
        sections=sections,
    )


@reused
def alert_page(writer: Writer, rules: list[Alert]) -> Page:
    """Return all rules of one name: what it means, what to do first, what fails, the runbook, what
    changed, the rules."""
    at, facts = writer.at, writer.facts
    first = min(rules, key=lambda rule: severity_rank(rule.severity))
    page = writer.draft(at.alert(first.name))
    severities = unique([rule.severity for rule in rules if rule.severity])
    durations = unique([rule.duration for rule in rules if rule.duration])
    clusters = unique([rule.cluster for rule in rules])
    meanings = _meanings(writer, rules)
    subjects = _subjects(rules)
    seen = first_commands.view([rule.subject for rule in rules])
    certain = [rule for rule in subjects if rule.subject.certain]
    means = [first_commands.text(meaning) for meaning in meanings]
    do_first = _first_commands(writer, seen, certain, clusters)
    labels = first_commands.filled_in(seen.labels, [*means, *(one.text for one in do_first)])
    return writer.finish(
        page,
        "alert.html",
        first.name,
        description=shorten(templates.plain(meanings[0]), 300)
        if meanings
        else f"Alert rule {first.name}",
        boost=2,
        kind="alert" if any(rule.origin is None for rule in rules) else "chart alert",
        words=[
            *severities,
            *unique([rule.subject.release[2] for rule in certain if rule.subject.release]),
        ],
        edit=Location(first.file, first.line),
        crumbs=[(at.index("alerts"), "Alerts")],
        headline=[
            ", ".join(severities) or "no severity",
            *([f"after {', '.join(durations)}"] if durations else []),
            *(writer.cluster(page, cluster) for cluster in clusters[:_CLUSTERS]),
            *([f"{len(clusters) - _CLUSTERS} more clusters"] if len(clusters) > _CLUSTERS else []),
            owners.headline(writer, page, _claims(writer, rules)),
        ],
        meanings=means,
        do_first=do_first,
        slots=labels,
        query="&".join(f"{label}=…" for label in labels[:3]),
        fails=[_fails(writer, page, rule, several=len(clusters) > 1) for rule in subjects],
        books=[_runbook(writer, page, found) for found in _different(rules)],
        changed=commits.shown(_touched(writer, rules, certain), facts.platform.repository)
        if certain
        else [],
        unchanged=commits.none_because(facts.platform.repository)
        if certain
        else "Not shown: the alert is not tied to one component.",
        changes=page.link(at.page("changes"), "All changes"),
        rollbacks=[
            page.link(
                writer.below_layer(facts.layers[identity], "rollback"),
                f"Roll back {facts.layers[identity].name}",
            )
            for identity in _by_name(unique([rule.subject.layer or "" for rule in certain]))[
                :_LOOK_AT
            ]
            if identity in facts.layers
        ],
        address=_own_address(writer, page, labels),
        carriers=[
            writer.layer(page, layer)
            for layer in _by_name(unique([r.layer for r in rules if r.layer]))
        ],
        apart=not {r.layer for r in rules} & {r.subject.layer for r in rules},
        parts=[
            {
                "rule": rule,
                "title": _title(own),
                "text": first_commands.text(rule.summary)
                if rule.summary and rule.description
                else None,
                "layer": writer.layer_or_all(page, facts.layers[rule.layer])
                if len(own) > 1 and rule.layer in facts.layers
                else writer.layer(page, rule.layer),
                "clusters": _clusters(writer, page, own),
                "place": place(page, rule),
            }
            for own in _equal(rules)
            for rule in own[:1]
        ],
    )


def _equal(rules: Iterable[Alert]) -> list[list[Alert]]:
    """Return the rules that are the same on several clusters, together."""
    found: dict[object, list[Alert]] = {}
    for rule in rules:
        layer = (rule.layer or "").removeprefix(f"{rule.cluster}/")
        what = rule.group, rule.severity, rule.duration, rule.summary, rule.expression
        found.setdefault((*what, rule.file, rule.line, layer), []).append(rule)
    return list(found.values())


def _clusters(writer: Writer, page: Draft, rules: Sequence[Alert]) -> Markup:
    """Return the clusters of some equal rules in a sentence."""
    links = [writer.cluster(page, rule.cluster) for rule in rules[: across.SHOWN]]
    more = f" +{len(rules) - across.SHOWN}" if len(rules) > across.SHOWN else ""
    return joined(", ", links) + more


def _title(rules: Sequence[Alert]) -> str:
    """Return the group of some equal rules, and their clusters."""
    return f"{rules[0].group or rules[0].name}, {across.names([rule.cluster for rule in rules])}"


class Summary(Struct, frozen=True):
    """What the page of an alert says first."""

    link: Markup
    about: str
    meanings: list[Markup]
    commands: list[Command]
    component: Markup | None
    """What fails, where that is certain, with its owner."""


def summary(writer: Writer, page: Draft, rules: list[Alert]) -> Summary:
    """Return the first lines of the page of an alert, for a block of a hand-written page.

    Args:
        writer: Of the pages.
        page: The page that the block stands on.
        rules: All rules of one name.
    """
    subjects = _subjects(rules)
    seen = first_commands.view([rule.subject for rule in rules])
    certain = [rule for rule in subjects if rule.subject.certain]
    clusters = sorted({rule.cluster for rule in rules})
    severities = sorted({rule.severity or "no severity" for rule in rules})
    component = None
    if certain:
        fails = _fails(writer, page, certain[0], several=False)
        parts = [fails["release"] or fails["layer"] or page.code(fails["object"] or "")]
        parts += [filled("owner {}", fails["owner"])] if fails["owner"] else []
        component = joined(", ", parts)
    return Summary(
        page.link(writer.at.alert(rules[0].name), rules[0].name),
        f"{', '.join(severities)}, on {count(len(clusters), 'cluster')}",
        [first_commands.text(meaning) for meaning in _meanings(writer, rules)],
        _first_commands(writer, seen, certain, clusters),
        component,
    )


def _by_name(layers: list[str]) -> list[str]:
    """Return one layer of each name: the same one on every cluster is listed once."""
    named = {name_in_cluster(identity): identity for identity in reversed(layers) if identity}
    return list(named.values())[::-1]


def _meanings(writer: Writer, rules: list[Alert]) -> list[str]:
    """Return what the runbook says an alert means, else what the rules say."""
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
    """Return the first paragraph below a heading, within the part that the anchor names."""
    level, inside = 0, anchor is None
    for section in book.sections:
        if section.id == anchor:
            level, inside = section.level, True
        elif anchor is not None and inside and section.level <= level:
            return ""
        elif inside and section.title.lower() == title:
            return section.text
    return ""


def _subjects(rules: list[Alert]) -> list[Alert]:
    """Return one rule for each subject: the same component on another cluster is listed once."""
    found: dict[tuple[object, ...], Alert] = {}
    for rule in rules:
        one = rule.subject
        key = (
            one.state,
            one.namespace,
            one.kind,
            one.name,
            name_in_cluster(one.layer or ""),
            one.release[1:] if one.release else None,
        )
        found.setdefault(key, rule)
    return list(found.values())[:_SUBJECTS]


_STATES = {
    SubjectState.STATED: "stated",
    SubjectState.KNOWN: "known",
    SubjectState.INFERRED: "inferred",
    SubjectState.LABELS: "depends on the labels",
    SubjectState.UNKNOWN: "not known",
}


def _claims(writer: Writer, rules: list[Alert]) -> Claims:
    """Return who owns an alert: the owners of all its rules, which may be those of several
    components."""
    found = [writer.facts.alert_owners[alert_key(rule)] for rule in rules]
    first = list(dict.fromkeys(claims[0] for claims in found if claims))
    if len(first) < 2:
        return tuple(first)
    names = dict.fromkeys(name for claim in first for name in claim.owners)
    return (Claim(tuple(names), "several rules"),)


class _Subject(TypedDict):
    """What templates say about the subject of a rule."""

    state: str
    known: bool
    guessed: bool
    reason: str
    sentence: str
    cluster: Markup | None
    object: str | None
    namespace: str | None
    release: Markup | None
    layer: Markup | None
    wave: str | None
    order: list[Markup]
    order_more: int
    waiting: list[Markup]
    waiting_number: int
    waiting_more: int
    owner: Markup | None
    lookup: Markup


def _fails(writer: Writer, page: Draft, rule: Alert, *, several: bool) -> _Subject:
    """Return what a page says about the subject of a rule."""
    facts, at, subject = writer.facts, writer.at, rule.subject
    layer = facts.layers.get(subject.layer or "")
    release = facts.release_of.get(subject.release) if subject.release else None
    known = subject.certain
    order = facts.in_order(facts.graph.dependencies(layer.id)) if layer and known else []
    waiting = facts.in_order(facts.graph.dependents(layer.id)) if layer and known else []
    claims = facts.alert_owners[alert_key(rule)] if known else ()
    where = f"{subject.namespace}/" if subject.namespace else ""
    return {
        "state": _STATES[subject.state],
        "known": known,
        "guessed": subject.state is SubjectState.INFERRED,
        "reason": subject.reason,
        "sentence": subject.reason[:1].upper() + subject.reason[1:],
        "cluster": writer.cluster(page, rule.cluster) if several and layer else None,
        "object": f"{subject.kind} {where}{subject.name}"
        if subject.kind and subject.name
        else None,
        "namespace": subject.namespace,
        "release": page.link(
            at.below_cluster(release.cluster, "releases", release.namespace, release.name),
            release.name,
        )
        if release
        else None,
        "layer": writer.layer(page, layer.id) if layer else None,
        "wave": f"wave {layer.wave} of {facts.last_wave(layer.cluster)}"
        if layer and layer.wave and known
        else None,
        "order": [writer.layer(page, other) for other in order[:_CHAIN]],
        "order_more": max(len(order) - _CHAIN, 0),
        "waiting": [writer.layer(page, other) for other in waiting[:_NAMES]],
        "waiting_number": len(waiting),
        "waiting_more": max(len(waiting) - _NAMES, 0),
        "owner": owners.shown(claims) if claims else None,
        "lookup": page.link(at.page("lookup"), "Lookup"),
    }


def _first_commands(
    writer: Writer, seen: first_commands.View, certain: list[Alert], clusters: list[str]
) -> list[Command]:
    """Return the commands to begin with. Layer and release have theirs only where all rules are
    about the same one."""
    facts = writer.facts
    cluster = facts.clusters.get(clusters[0]) if len(clusters) == 1 else None
    context = cluster.context if cluster else None
    found = first_commands.commands(seen, context)
    if len(certain) == 1:
        subject = certain[0].subject
        release = facts.release_of.get(subject.release) if subject.release else None
        found += first_commands.of_component(
            release, facts.layers.get(subject.layer or ""), context
        )
    return found


def _different(rules: list[Alert]) -> list[list[Alert]]:
    """Return the rules by where their runbook is: usually one group."""
    groups: dict[tuple[str, str | None, str | None], list[Alert]] = {}
    for rule in rules:
        groups.setdefault((rule.runbook.status, rule.runbook.target, rule.runbook.page), []).append(
            rule
        )
    return list(groups.values())


_VIA = {
    "front-matter": "named in its front matter",
    "annotation": "linked by `runbook_url`",
    "file-name": "found by its file name",
    "anchor": "found by a heading of that name",
}


def _runbook(writer: Writer, page: Draft, rules: list[Alert]) -> dict[str, object]:
    """Return what a page says about the runbook that some rules share."""
    rule = rules[0]
    link = rule.runbook
    book = writer.facts.runbooks.get(link.page or "")
    document = link.page
    found: dict[str, object] = {
        "status": link.status,
        "title": "; ".join(map(_title, _equal(rules))),
        "link": runbook(page, rule),
        "via": _VIA.get(link.via or ""),
        "other": page.url(rule.runbook_url) if link.via != "annotation" else "",
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


def _touched(writer: Writer, rules: list[Alert], certain: list[Alert]) -> list[Commit]:
    """Return the last commits to what the rules are about, the files of the release or those of the
    layer, and to the rules."""
    facts = writer.facts
    files = {rule.file for rule in rules}
    found: dict[str, Commit] = {}
    for rule in certain:
        release = facts.release_of.get(rule.subject.release) if rule.subject.release else None
        layer = facts.layers.get(rule.subject.layer or "")
        if release is not None:
            places = (release.version_set_at, Location(release.file, release.line))
            files |= {place.file for place in places if place}
            files |= facts.value_files[release.layer, release.namespace, release.name]
        elif layer is not None:
            found |= {commit.revision: commit for commit in facts.changes.of_layer(layer)}
    found |= {commit.revision: commit for commit in facts.changes.of_files(files)}
    return [commit for commit in facts.changes.commits if commit.revision in found]


def _own_address(writer: Writer, page: Draft, labels: tuple[str, ...]) -> str:
    """Return the address of a page, for an annotation of the rule, with the labels that its
    commands need."""
    site = writer.options.site_url or "https://<this site>/"
    usable = [label for label in labels if _NAME.fullmatch(label)]
    query = "&".join(f"{label}={{{{ $labels.{label} }}}}" for label in usable)
    return f"{site}{address(page.uri, writer.options.directory_urls)}{f'?{query}' if query else ''}"


_NAME = Pattern(r"[a-zA-Z_][a-zA-Z0-9_]*")


def runbook(page: Draft, rule: Alert, *, short: bool = False) -> Markup:
    """Return where an alert's runbook is, or that there is none."""
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
            filled('<a href="{}">elsewhere</a>', rule.runbook_url)
            if short
            else page.url(rule.runbook_url)
        )
        return link + note
    if rule.runbook_url:
        return filled("no runbook: {} is not an address", page.code(rule.runbook_url))
    return Markup("no runbook")


@reused
def flux_alert_page(writer: Writer, alert: Alert) -> Page:
    """Return one Flux Alert: what it covers, and where it goes."""
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
    # Where several clusters have it, the search finds its row on the page of all.
    is_elsewhere = any(
        other.kind == "flux"
        and (other.namespace, other.name) == (alert.namespace, alert.name)
        and other.cluster != alert.cluster
        for other in facts.platform.alerts
    )
    return writer.finish(
        page,
        "flux_alert.html",
        f"{alert.name} (Flux Alert, {alert.cluster})",
        description=alert.summary or f"Flux Alert {alert.namespace}/{alert.name}",
        boost=0 if is_elsewhere else 1,
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
            filled("to {}", page.code(alert.provider) or "no Provider"),
            *([filled("layer {}", writer.layer(page, alert.layer))] if alert.layer else []),
            owners.headline(writer, page, facts.alert_owners[alert_key(alert)]),
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
    """Return whether an Alert hears of an object by its kind, namespace and name."""
    return any(
        source.kind == kind
        and source.namespace == namespace
        and source.name in ("*", name)
        and not source.labels
        for source in alert.event_sources
    )
