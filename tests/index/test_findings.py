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


def test_a_name_in_a_message_is_no_subject(tmp_path: Path) -> None:
    """A finding about the missing directory `apps/db` does not stand on the page of the HelmRelease
    that is called so, nor does one about a file below it."""
    files = repository(
        {
            LAYERS: flux("apps", "./apps") + flux("data", "./apps/db"),
            "apps/kustomization.yaml": "resources: [all.yaml]\n",
            "apps/all.yaml": namespace() + CHARTS + release("db"),
        }
    )
    platform = scanned(tmp_path, files)
    index = FindingIndex(platform)
    (missing,) = [finding for finding in platform.findings if finding.code == "path-not-found"]
    assert "apps/db" in missing.message
    (db,) = platform.releases
    assert (db.namespace, db.name) == ("apps", "db")
    assert index.of(db) == ()
    data = next(layer for layer in platform.layers if layer.name == "data")
    assert index.of(data) == (missing,) == index.of(data.ref)


def test_subjects_of_other_files(tmp_path: Path) -> None:
    """A release has what is found about it in another file, such as its version in a patch."""
    files = repository(
        {
            LAYERS: flux("apps", "./apps"),
            "apps/kustomization.yaml": "resources: [all.yaml]\npatches: [{path: version.yaml}]\n",
            "apps/all.yaml": namespace() + CHARTS + release("db") + release("web"),
            "apps/version.yaml": "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n"
            "metadata: {name: db, namespace: apps}\n"
            "spec:\n  chart:\n    spec:\n      version: '*'\n",
        }
    )
    platform = scanned(tmp_path, files)
    index = FindingIndex(platform)
    found = {one.name: [finding.file for finding in index.of(one)] for one in platform.releases}
    assert found == {"db": ["apps/version.yaml"], "web": []}
