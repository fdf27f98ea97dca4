"""Settle findings as a reader gets them: the user's levels, each once, worst first, without ignored
and known ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec.structs import replace

from gitops_docs.checks import baseline, ignores
from gitops_docs.checks.registry import CODES
from gitops_docs.model import Finding, Severity
from gitops_docs.settings.options import Settings
from gitops_docs.text.suggest import near

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def settle(
    findings: Iterable[Finding],
    settings: Settings,
    commented: Iterable[ignores.Commented] = (),
    root: Path | None = None,
) -> tuple[Finding, ...]:
    """Findings as a reader gets them: with the user's levels, without what comments and the
    baseline ignore, each once, worst first.

    Args:
        findings: What was found.
        settings: Levels and baseline.
        commented: The files whose comments may ignore findings.
        root: The scan root, which the setting `baseline` is relative to; None: there is no
            baseline.
    """
    left = _levelled([*_each_once(findings), *_unknown_levels(settings)], settings)
    left = _sorted(_levelled(ignores.apply(left, commented), settings))
    if root is not None and settings.baseline is not None:
        left = _sorted(_levelled(_without_known(left, root, settings.baseline), settings))
    return tuple(left)


def _each_once(findings: Iterable[Finding]) -> list[Finding]:
    """The same finding of several layers, as a shared base gives it, is one that concerns them
    all."""
    kept: dict[tuple[str, str | None, int | None, str], Finding] = {}
    for finding in findings:
        key = (finding.code, finding.file, finding.line, finding.message)
        known = kept.get(key)
        kept[key] = finding if known is None else _together(known, finding)
    return list(kept.values())


def _together(one: Finding, two: Finding) -> Finding:
    layers = sorted({*one.layers, *two.layers})
    severity = min(one.severity, two.severity, key=lambda level: _ORDER[level])
    return replace(
        one, severity=severity, layer=layers[0] if layers else None, also=tuple(layers[1:])
    )


def _levelled(findings: Iterable[Finding], settings: Settings) -> list[Finding]:
    """Findings with the user's levels, without those that are off."""
    kept = []
    for finding in findings:
        level = settings.levels.get(finding.code)
        if level is None:
            kept.append(finding)
        elif level != "off":
            kept.append(replace(finding, severity=Severity(level)))
    return kept


def _unknown_levels(settings: Settings) -> Iterator[Finding]:
    for code in sorted(set(settings.levels) - set(CODES)):
        likely = near(code, CODES)
        hint = f"; did you mean `{likely}`?" if likely else ""
        yield Finding(
            "level-unknown",
            Severity.WARNING,
            f"the setting `levels` names `{code}`, which no check has{hint}",
        )


def _without_known(findings: list[Finding], root: Path, file: str) -> list[Finding]:
    try:
        return baseline.apply(findings, baseline.load(root / file), file)
    except baseline.BaselineError as error:
        message = f"the baseline `{file}` is not used: {error}"
        return [*findings, Finding("baseline-unreadable", Severity.WARNING, message, file, 1)]


def _sorted(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(
        findings,
        key=lambda f: (
            _ORDER[f.severity],
            f.file or "",
            f.line or 0,
            f.code,
            f.layer or "",
            f.message,
        ),
    )
