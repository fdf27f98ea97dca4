"""Write the page about owners: who owns what, what has no owner, and where two places disagree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from markupsafe import Markup
from msgspec import Struct, field

from gitops_docs.index.endpoints import ANY
from gitops_docs.index.operations.owners import Claim, Claims, Conflict, alert_key, plain
from gitops_docs.model import Alert, Finding, Layer, Release, Severity
from gitops_docs.pages.html import across
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.owners import shown
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.prose import prose
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled
from gitops_docs.text.english import count

_NOBODY = ""
_LISTED = 60
"""Most names behind one number; the lists of layers, components and alerts have all."""


class _Owned(Struct):
    """What one owner has. Names, each once."""

    spellings: Counter[str] = field(default_factory=Counter)
    origins: Counter[str] = field(default_factory=Counter)
    layers: dict[str, Layer] = field(default_factory=dict)
    components: dict[tuple[str, str], Release] = field(default_factory=dict)
    hosts: set[str] = field(default_factory=set)
    alerts: dict[str, Alert] = field(default_factory=dict)
    findings: set[tuple[str, str | None, int | None, str]] = field(default_factory=set)
    contacts: set[str] = field(default_factory=set)


@reused
def owners_page(writer: Writer) -> Page:
    """Write the page."""
    facts = writer.facts
    page = writer.draft(writer.at.page("owners"))
    owned = _owned(writer)
    nobody = owned.pop(_NOBODY, _Owned())
    conflicts = facts.owner_conflicts
    sections: list[tuple[str | None, str | None, Table]] = []
    if facts.owners_are_stated:
        rows = [_row(writer, page, "No owner", nobody)] if _has_any(nobody) else []
        rows += [
            _row(writer, page, _name(one), one)
            for _, one in sorted(owned.items(), key=lambda pair: _name(pair[1]).lower())
        ]
        sections.append((None, None, _table(rows)))
    if conflicts:
        sections.append(("Conflicts", _CONFLICTS, _conflicts(writer, page, conflicts)))
    return writer.finish(
        page,
        "tables.html",
        "Owners",
        boost=2,
        wide=True,
        description=f"{count(len(owned), 'owner')} and what each owns",
        lead=_lead(writer, len(owned), nobody),
        words=(
            "owner",
            "who owns",
            "team",
            "contact",
            "escalation",
            "CODEOWNERS",
            *map(_name, owned.values()),
        ),
        sections=sections,
    )


_CONFLICTS = (
    "Two places name different owners. For layers and releases the annotation or label of the "
    "object counts first, then CODEOWNERS, then a runbook; for alerts the runbook counts before "
    "the component."
)


def _lead(writer: Writer, number: int, nobody: _Owned) -> str:
    if not writer.facts.owners_are_stated:
        return (
            "No owner found. Add a `CODEOWNERS` file, the annotation `gitops-docs/owner` to layers "
            "and releases, or `owner` to the front matter of runbooks. The option `owner_label` "
            "names a label that holds owners."
        )
    parts = [
        count(len(items), noun)
        for items, noun in (
            (nobody.layers, "layer"),
            (nobody.components, "component"),
            (nobody.alerts, "alert"),
            (nobody.hosts, "hostname"),
        )
        if items
    ]
    rest = f"{', '.join(parts)} without an owner." if parts else "Everything has an owner."
    return f"{count(number, 'owner')}. {rest}"


def _owned(writer: Writer) -> dict[str, _Owned]:
    """Yield what each owner has, by the plain name; the empty name holds what has no owner."""
    facts = writer.facts
    found: dict[str, _Owned] = defaultdict(_Owned)

    def owners(claims: Claims) -> Iterator[_Owned]:
        names = claims[0].owners if claims else ()
        for name in names:
            one = found[plain(name)]
            one.spellings[name] += 1
            one.origins[claims[0].by.partition(" ")[0]] += 1
            yield one
        if not names:
            yield found[_NOBODY]

    problems: dict[str, list[Finding]] = defaultdict(list)
    for finding in facts.platform.findings:
        if finding.severity in (Severity.ERROR, Severity.WARNING):
            for identity in finding.layers:
                problems[identity].append(finding)
    for layer in facts.platform.layers:
        of_layer = problems.get(layer.id, ())
        for one in owners(facts.layer_owners[layer.id]):
            one.layers.setdefault(layer.name, layer)
            one.findings |= {(of.code, of.file, of.line, of.message) for of in of_layer}
    for release in facts.platform.releases:
        key = release.namespace, release.name
        for one in owners(facts.release_owners[release.layer, *key]):
            one.components.setdefault(key, release)
    for endpoint in facts.exposure.endpoints:
        if endpoint.host != ANY and not endpoint.redirects:
            for one in owners(facts.layer_owners.get(endpoint.route.layer, ())):
                one.hosts.add(endpoint.host)
    for alert in facts.platform.alerts:
        if alert.kind == "rule":
            for one in owners(facts.alert_owners[alert_key(alert)]):
                one.alerts.setdefault(alert.name, alert)
    for book in facts.platform.runbooks:
        if book.owner and book.escalation and plain(book.owner) in found:
            found[plain(book.owner)].contacts.add(book.escalation)
    return dict(found)


def _has_any(one: _Owned) -> bool:
    return bool(one.layers or one.components or one.hosts or one.alerts)


def _name(one: _Owned) -> str:
    """Return an owner as it is written most often."""
    return min(one.spellings, key=lambda name: (-one.spellings[name], name))


def _table(rows: list[list[Cell]]) -> Table:
    columns = ("Owner", "Layers", "Components", "Hostnames", "Alerts", "Findings", "Contact")
    return Table("owners", "Owners", columns, rows)


def _row(writer: Writer, page: Draft, name: str, one: _Owned) -> list[Cell]:
    origins = ", ".join(f"from {origin}" for origin, _ in one.origins.most_common())
    shown_name = page.named(name, "owner", "owner", f"owner-{name}")
    title = (
        lines([shown_name, filled("<small>{}</small>", origins)])
        if origins
        else (filled("<strong>{}</strong>", shown_name))
    )
    critical = sum(alert.severity == "critical" for alert in one.alerts.values())
    alerts = _fold(
        len(one.alerts),
        [page.link(writer.at.alert(name), name) for name in sorted(one.alerts)],
        f", {critical} critical" if critical else "",
    )
    return [
        title,
        _fold(len(one.layers), [writer.layer(page, one.layers[key]) for key in sorted(one.layers)]),
        _fold(
            len(one.components),
            [writer.release(page, one.components[key]) for key in sorted(one.components)],
        ),
        _fold(len(one.hosts), [page.code(host) for host in sorted(one.hosts)]),
        alerts,
        str(len(one.findings)),
        lines([prose(contact) for contact in sorted(one.contacts)]) or "–",
    ]


def _fold(number: int, names: Iterable[Markup], more: str = "") -> Cell:
    """Return a number, and the names behind it."""
    listed = list(names)
    if not listed:
        return "0"
    rest = [filled("+{}", number - _LISTED)] if number > _LISTED else []
    return filled(
        '<details class="gitops-more"><summary>{}{}</summary>{}</details>',
        number,
        more,
        lines([*listed[:_LISTED], *rest]),
    )


def _conflicts(writer: Writer, page: Draft, conflicts: list[Conflict]) -> Table:
    groups: dict[tuple[str, str, Claim, Claim], list[str]] = defaultdict(list)
    for one in conflicts:
        groups[one.kind, one.name, one.counts, one.other].append(one.cluster)
    rows: list[list[Cell]] = []
    for (kind, name, counts, other), clusters in sorted(
        groups.items(), key=lambda pair: pair[0][:2]
    ):
        rows.append(
            [
                filled("{} <small>{}</small>", page.code(name), kind),
                shown((counts,)),
                shown((other,)),
                folded([writer.cluster(page, cluster) for cluster in clusters], across.SHOWN),
            ]
        )
    columns = ("Name", "Counts", "Also named", "Clusters")
    return Table("conflicts", "Conflicting owners", columns, rows)
