"""Findings that the model itself gives, and the table of all codes.

In: a `Platform` and the settings. Out: findings. One module a family; each check is a function that yields.
"""

from __future__ import annotations

from collections.abc import Iterable

from gitops_docs.checks import dependencies, health, references
from gitops_docs.model import Finding, Platform, Severity
from gitops_docs.settings import Settings

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def run(platform: Platform, settings: Settings) -> list[Finding]:
    """Everything that the checks find, unsorted."""
    found: list[Finding] = []
    for family in (dependencies.check, health.check, references.check):
        found += family(platform, settings)
    return found


def settle(findings: Iterable[Finding], settings: Settings) -> tuple[Finding, ...]:
    """Findings with the user's levels, each once, worst first, then by place."""
    kept: dict[tuple[str, str | None, int | None, str], Finding] = {}
    for finding in findings:
        level = settings.levels.get(finding.code)
        if level == "off":
            continue
        if level is not None:
            finding = Finding(finding.code, Severity(level), finding.message, finding.file, finding.line, finding.layer)
        kept.setdefault((finding.code, finding.file, finding.line, finding.message), finding)
    return tuple(
        sorted(
            kept.values(),
            key=lambda f: (_ORDER[f.severity], f.file or "", f.line or 0, f.code, f.layer or "", f.message),
        )
    )
