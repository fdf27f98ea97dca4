"""List what the checks found: all of it, and a page for each code."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from gitops_docs.checks.formats import summary
from gitops_docs.checks.registry import CODES
from gitops_docs.model import Finding, Severity, docs_url
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.prose import prose
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded, lines
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled, joined
from gitops_docs.text.english import count, unique

_FIRST = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
_ALL = 60
"""Errors and warnings up to so many are listed; of more, errors only:"""
_ATTENTION = 40
"""the first of them. The page of a code has all."""
_SHOWN_LAYERS = 3
"""Most layers that a row names before the rest is folded,"""
_SHOWN_PLACES = 2
"""and most places."""


@reused
def findings_page(writer: Writer) -> Page:
    """Return everything that the checks found: errors and warnings one by one, remarks by their
    code."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.index("findings"))
    findings = facts.platform.findings
    codes: list[list[Cell]] = [
        [
            page.link(at.finding(code), code),
            str(len(found)),
            worst(found).value,
            CODES[code].title if code in CODES else "",
        ]
        for code, found in sorted(
            facts.codes.items(), key=lambda pair: (_FIRST[worst(pair[1])], pair[0])
        )
    ]
    serious = [finding for finding in findings if finding.severity is not Severity.INFO]
    hidden = 0
    if len(serious) > _ALL:
        errors = [finding for finding in serious if finding.severity is Severity.ERROR]
        hidden = len(serious) - len(errors[:_ATTENTION])
        serious = errors[:_ATTENTION]
    return writer.finish(
        page,
        "findings.html",
        "Findings",
        description=summary(findings),
        numbers=summary(findings).capitalize(),
        hidden=hidden,
        codes=Table(
            "kinds-of-findings", "Findings by code", ("Code", "Count", "Severity", "Title"), codes
        ),
        table=Table(
            "findings",
            "Errors and warnings",
            ("Finding", "Severity", "Layer"),
            _finding_rows(writer, page, serious, with_code=True),
            "No errors or warnings.",
        ),
    )


@reused
def finding_page(writer: Writer, code: str, findings: Sequence[Finding]) -> Page:
    """Return all findings of one code, with what the guide says of it."""
    at = writer.at
    page = writer.draft(at.finding(code))
    known = CODES.get(code)
    number = count(len(findings), "finding")
    return writer.finish(
        page,
        "finding.html",
        code,
        description=f"{known.title}: {number}" if known else f"{number} {code}",
        boost=0.5,
        kind="finding",
        crumbs=[(at.index("findings"), "Findings")],
        headline=[worst(findings).value, number],
        known=known,
        guide=filled('<a href="{}">The guide</a>', docs_url(code)),
        table=Table(
            "findings",
            code,
            ("Finding", "Severity", "Layer"),
            _finding_rows(writer, page, findings, with_code=False),
        ),
    )


def worst(findings: Sequence[Finding]) -> Severity:
    """Return the highest severity among findings."""
    return min((finding.severity for finding in findings), key=lambda severity: _FIRST[severity])


def _layer(writer: Writer, page: Draft, identity: str) -> Markup:
    """Return a link to a layer without its states: what is wrong stands beside it."""
    layer = writer.facts.layers.get(identity)
    if layer is None:
        return page.code(identity)
    text = f"{layer.cluster} / {layer.name}" if writer.many_clusters else layer.name
    return page.link(writer.layer_uri[identity], text)


def _layers(writer: Writer, page: Draft, identities: Sequence[str]) -> list[Markup]:
    """Return links to layers; those of one name on several clusters are one link with their
    number."""
    names: dict[tuple[str, str], list[str]] = {}
    for identity in identities:
        layer = writer.facts.layers.get(identity)
        key = (layer.namespace, layer.name) if layer is not None else ("", identity)
        names.setdefault(key, []).append(identity)
    found = []
    for (namespace, name), own in names.items():
        uri = writer.layer_on_all(namespace, name) if len(own) > 1 else None
        if uri is None:
            found += [_layer(writer, page, identity) for identity in own]
        else:
            found.append(page.link(uri, name) + filled(" × {} clusters", len(own)))
    return found


def _finding_rows(
    writer: Writer, page: Draft, findings: Sequence[Finding], *, with_code: bool
) -> list[list[Cell]]:
    """Return a row for each message of a code, with all its places."""
    found: dict[tuple[str, str, Severity], list[Finding]] = {}
    for finding in findings:
        key = (finding.code, finding.message, finding.severity)
        found.setdefault(key, []).append(finding)
    rows: list[list[Cell]] = []
    for (code, message, severity), own in found.items():
        layers = _layers(writer, page, unique(layer for one in own for layer in one.layers))
        places = unique(place for one in own if (place := page.place(one.file, one.line)))
        below = [lines([folded(places, _SHOWN_PLACES)])] if places else []
        if with_code:
            below.append(page.link(writer.at.finding(code), code))
        below += unique(filled("{}", one.extent) for one in own if one.extent)
        what = lines([prose(message), joined(" · ", below)])
        rows.append([what, severity.value, folded(layers, _SHOWN_LAYERS) if layers else "–"])
    return rows
