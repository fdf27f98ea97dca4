"""A finding stands on the page of what it concerns."""

from __future__ import annotations

from pathlib import Path

from gitops_docs.index.findings import FindingIndex
from tests.support.manifests import (
    CHARTS,
    LAYERS,
    PROVIDER,
    alert,
    flux,
    namespace,
    release,
    repository,
)
from tests.support.scanning import scanned


def test_findings_of_a_subject(tmp_path: Path) -> None:
    """A layer has what is found in it, a release and an alert what stands in their lines or names
    them, a file what stands in it."""
    sources = "    - {kind: HelmRelease, name: '*'}\n"
    files = repository(
        {
            LAYERS: flux("apps", "./apps"),
            "apps/all.yaml": namespace()
            + CHARTS
            + release("web", version="*")
            + release("db", "dependsOn: [{name: gone}]"),
            "apps/alert.yaml": alert(sources) + PROVIDER,
        }
    )
    platform = scanned(tmp_path, files)

    def codes(subject: object) -> list[str]:
        return sorted(finding.code for finding in FindingIndex(platform).of(subject))  # type: ignore[arg-type]

    db, web = platform.releases
    assert codes(web) == ["chart-version-floating"]
    assert codes(db) == ["release-dependency-unknown"]
    assert codes(platform.alerts[0]) == [
        "alert-coverage",
        "alert-coverage",
        "alert-misses-namespaces",
    ]
    assert codes("apps/all.yaml") == ["chart-version-floating", "release-dependency-unknown"]
    apps = next(layer for layer in platform.layers if layer.name == "apps")
    assert {
        "chart-version-floating",
        "release-dependency-unknown",
        "alert-misses-namespaces",
    } <= set(codes(apps))
