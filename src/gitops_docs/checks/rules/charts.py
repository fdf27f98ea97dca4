"""Check releases against what their pulled charts say: deprecated, incomplete, refused or unknown
values."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_docs.checks.context import Context
from gitops_docs.model import ChartDetails, Finding, Location, Release, Severity

_MOST = 5
"""Most sentences of a schema in one finding."""


def check(context: Context) -> Iterator[Finding]:
    """Findings of this family."""
    for release in context.platform.releases:
        if release.chart_details is not None:
            yield from _of(release, release.chart_details)


def _of(release: Release, chart: ChartDetails) -> Iterator[Finding]:
    label = f"HelmRelease {release.namespace}/{release.name}"
    name = f"{release.chart} {chart.version}"
    place = release.version_set_at or Location(release.file, release.line)
    if chart.is_deprecated:
        message = (
            f"{label} uses the chart {name}, which its maintainers call deprecated; move to its "
            f"successor"
        )
        yield Finding(
            "chart-deprecated", Severity.WARNING, message, place.file, place.line, release.layer
        )
    if chart.kube_refused is not None:
        message = (
            f"{label} cannot be installed: the chart {name} takes Kubernetes "
            f"`{chart.kube_version}`, and `kubernetes_version` is "
            f"{chart.kube_refused}; choose another version of the chart"
        )
        yield Finding(
            "chart-kubernetes-refused",
            Severity.ERROR,
            message,
            place.file,
            place.line,
            release.layer,
        )
    for dependency in chart.missing_dependencies:
        message = (
            f"{label} cannot be installed: the chart {name} depends on `{dependency}`, which is "
            f"not in its `charts/`; "
            "use a version that was packaged with its dependencies"
        )
        yield Finding(
            "chart-dependency-missing",
            Severity.ERROR,
            message,
            place.file,
            place.line,
            release.layer,
        )
    if chart.refused:
        more = f"; and {len(chart.refused) - _MOST} more" if len(chart.refused) > _MOST else ""
        message = (
            f"{label} cannot be installed: the schema of the chart {name} refuses its values: "
        )
        message += "; ".join(chart.refused[:_MOST]) + more
        place = release.place("values")
        yield Finding(
            "chart-values-refused", Severity.ERROR, message, place.file, place.line, release.layer
        )
    for path, at in chart.unknown:
        message = (
            f"{label} sets `{path}`, which the chart {name} does not know: no template, default or "
            f"comment of it has that key; "
            "correct the name, or remove it"
        )
        yield Finding(
            "chart-value-unknown", Severity.WARNING, message, at.file, at.line, release.layer
        )
