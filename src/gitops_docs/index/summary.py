"""Say what was found in two sentences: the first lines that a terminal shows."""

from __future__ import annotations

from collections import Counter

from gitops_docs.model import Platform, Severity
from gitops_docs.text.english import count


def summary(platform: Platform, directory: str) -> list[str]:
    """Return a sentence of what was found and one of where to look, or of what to set where nothing
    was.

    Args:
        platform: What was scanned.
        directory: Site directory of the generated pages.
    """
    found = ", ".join(
        count(number, word)
        for number, word in (
            (len(platform.clusters), "cluster"),
            (len(platform.layers), "layer"),
            (len(platform.releases), "Helm release"),
            (sum(alert.kind == "rule" for alert in platform.alerts), "alert rule"),
        )
    )
    revision = platform.repository.revision
    commit = f" at commit {revision[:9]}" if revision else ""
    if not platform.layers:
        return [
            f"No applied Flux Kustomization found{commit}.",
            "Set `clusters` in .gitops-docs.yaml: `clusters: [{name: production, path: "
            "clusters/production}]`",
        ]
    return [
        f"{found}{commit}.",
        f"Overview: {directory}/. Findings: {directory}/findings/ ({findings(platform)}).",
    ]


def findings(platform: Platform) -> str:
    """Return the number of findings by severity, e.g. `1 error, 2 warnings`; `none` without
    findings."""
    numbers = Counter(finding.severity for finding in platform.findings)
    words = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
    return (
        ", ".join(count(numbers[level], word) for level, word in words.items() if numbers[level])
        or "none"
    )
