"""Settle findings as a reader gets them: the user's levels, one for one cause, worst first, without
ignored and known ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec.structs import replace

from gitops_docs.checks import baseline, ignores
from gitops_docs.checks.registry import CODES
from gitops_docs.checks.rules import site as rules
from gitops_docs.model import Finding, Location, Rule, Severity
from gitops_docs.settings.options import Settings
from gitops_docs.text.suggest import near

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def settle(
    findings: Iterable[Finding],
    settings: Settings,
    commented: Iterable[ignores.Commented] = (),
    root: Path | None = None,
) -> tuple[Finding, ...]:
    """Return findings as a reader gets them: with the user's levels, without what comments and the
    baseline ignore, one for one cause, worst first.

    Args:
        findings: What was found.
        settings: Levels and baseline.
        commented: The files whose comments may ignore findings.
        root: The scan root, which the setting `baseline` is relative to; None: there is no
            baseline.
    """
    left = _levelled([*_one_for_one_cause(findings), *_unknown_levels(settings)], settings)
    left = _sorted(_levelled(ignores.apply(left, commented), settings))
    if root is not None and settings.baseline is not None:
        left = _sorted(_levelled(_without_known(left, root, settings.baseline), settings))
    return tuple(left)


def _one_for_one_cause(findings: Iterable[Finding]) -> list[Finding]:
    """Join findings with the same code, place and cause, seen from several clusters, layers or
    objects that a template makes, into one that names all of them. The most severe one gives the
    message, and of those the first by message, whatever the order in which they were found."""
    groups: dict[tuple[str, str | None, int | None, str], list[Finding]] = {}
    for finding in findings:
        rule = CODES.get(finding.code, Rule)
        place = (finding.file, finding.line) if rule.is_of_place(finding.cause) else (None, None)
        key = (finding.code, *place, finding.cause or finding.message)
        groups.setdefault(key, []).append(finding)
    return [_together(group) if len(group) > 1 else group[0] for group in groups.values()]


def _together(group: list[Finding]) -> Finding:
    first, *rest = sorted(
        group, key=lambda found: (_ORDER[found.severity], found.layer or "", found.message)
    )
    others = sorted({layer for found in rest for layer in found.layers} - set(first.layers))
    messages = {message for found in group for message in (found.message, *found.merged)}
    return replace(
        first,
        layers=(*first.layers, *others),
        about=tuple(dict.fromkeys(ref for found in (first, *rest) for ref in found.about)),
        merged=tuple(sorted(messages - {first.message})),
    )


def _levelled(findings: Iterable[Finding], settings: Settings) -> list[Finding]:
    """Return findings with the user's levels, without those that are off."""
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
        yield rules.LevelUnknown.at(
            None, f"the setting `levels` names `{code}`, which no check has{hint}"
        )


def _without_known(findings: list[Finding], root: Path, file: str) -> list[Finding]:
    try:
        return baseline.apply(findings, baseline.load(root / file), file)
    except baseline.BaselineError as error:
        message = f"the baseline `{file}` is not used: {error}"
        return [*findings, rules.BaselineUnreadable.at(Location(file, 1), message)]


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
