"""What the checks found: all of it, and a page for each code."""

from __future__ import annotations

from collections.abc import Sequence

from gitops_docs.model import Finding, Severity
from gitops_docs.pages.draft import Draft
from gitops_docs.pages.page import Page
from gitops_docs.pages.tables import Cell, Table
from gitops_docs.pages.words import count, prose
from gitops_docs.pages.writer import Writer

_FIRST = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def findings_page(writer: Writer) -> Page:
    """Everything that the checks found."""
    facts, at = writer.facts, writer.at
    page = writer.draft(at.index("findings"))
    findings = facts.platform.findings
    numbers = [(severity.value, sum(finding.severity is severity for finding in findings)) for severity in Severity]
    codes = [
        (
            page.link(at.finding(code), code),
            min(found, key=lambda f: _FIRST[f.severity]).severity.value,
            len(found),
        )
        for code, found in sorted(
            facts.codes.items(), key=lambda pair: (min(_FIRST[f.severity] for f in pair[1]), pair[0])
        )
    ]
    serious = [finding for finding in findings if finding.severity is not Severity.INFO]
    return writer.finish(
        page,
        "findings.html",
        "Findings",
        description=", ".join(f"{number} {severity}" for severity, number in numbers),
        numbers=numbers,
        codes=codes,
        table=Table(
            "findings",
            "Errors and warnings",
            ("What", "Severity", "Layer", "Where", "Code"),
            _finding_rows(writer, page, serious, with_code=True),
            "No error, no warning.",
        ),
    )


def finding_page(writer: Writer, code: str, findings: Sequence[Finding]) -> Page:
    """All findings of one code."""
    at = writer.at
    page = writer.draft(at.finding(code))
    return writer.finish(
        page,
        "tables.html",
        code,
        description=f"{count(len(findings), 'finding')} {code}",
        boost=0.5,
        crumbs=[(at.index("findings"), "Findings")],
        lead=f"{count(len(findings), 'finding')} of the code `{code}`.",
        sections=[
            (
                None,
                None,
                Table(
                    "findings",
                    code,
                    ("What", "Severity", "Layer", "Where"),
                    _finding_rows(writer, page, findings, with_code=False),
                ),
            )
        ],
    )


def _finding_rows(writer: Writer, page: Draft, findings: Sequence[Finding], *, with_code: bool) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for finding in findings:
        row: list[Cell] = [
            prose(finding.message),
            finding.severity.value,
            writer.layer(page, finding.layer, with_cluster=writer.many_clusters) if finding.layer else "–",
            page.place(finding.file, finding.line) or "–",
        ]
        if with_code:
            row.append(page.link(writer.at.finding(finding.code), finding.code))
        rows.append(row)
    return rows
