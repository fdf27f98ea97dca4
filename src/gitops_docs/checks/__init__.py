"""Findings that the model itself gives, and the table of all codes.

In: a `Platform` and the settings. Out: findings. One module a family; each check is a function that yields.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gitops_docs.checks import (
    dependencies,
    health,
    images,
    notifications,
    order,
    ownership,
    pruning,
    references,
    releases,
    secrets,
    timing,
    variables,
    versions,
)
from gitops_docs.checks.context import Context
from gitops_docs.model import Finding, Platform, Severity
from gitops_docs.settings import Settings

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
FAMILIES = (
    dependencies.check,
    health.check,
    order.check,
    ownership.check,
    references.check,
    releases.check,
    images.check,
    variables.check,
    secrets.check,
    versions.check,
    timing.check,
    notifications.check,
    pruning.check,
)


def run(platform: Platform, settings: Settings) -> list[Finding]:
    """Everything that the checks find, unsorted."""
    context = Context(platform, settings)
    return [finding for family in FAMILIES for finding in family(context)]


def settle(findings: Iterable[Finding], settings: Settings) -> tuple[Finding, ...]:
    """Findings with the user's levels, each once, worst first, then by place.

    The same finding of several layers, as a shared base gives it, is one that concerns them all.
    """
    kept: dict[tuple[str, str | None, int | None, str], Finding] = {}
    for finding in findings:
        level = settings.levels.get(finding.code)
        if level == "off":
            continue
        if level is not None:
            finding = replace(finding, severity=Severity(level))
        key = (finding.code, finding.file, finding.line, finding.message)
        known = kept.get(key)
        kept[key] = finding if known is None else _together(known, finding)
    return tuple(
        sorted(
            kept.values(),
            key=lambda f: (_ORDER[f.severity], f.file or "", f.line or 0, f.code, f.layer or "", f.message),
        )
    )


def _together(one: Finding, two: Finding) -> Finding:
    layers = sorted({*one.layers, *two.layers})
    severity = min(one.severity, two.severity, key=lambda level: _ORDER[level])
    return replace(one, severity=severity, layer=layers[0] if layers else None, also=tuple(layers[1:]))
