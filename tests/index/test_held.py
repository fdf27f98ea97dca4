"""What is suspended, switched off or pinned, and the page about it."""
# ruff: noqa: E501  (manifests in flow style)

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gitops_docs.index.graph import Graph
from gitops_docs.index.operations.held import Pause, paused, pinned
from gitops_docs.model import Platform
from gitops_docs.pages import render
from tests.extract.test_automation import SYNC
from tests.support.scanning import flux, scanned, write

CRON = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: night, namespace: apps}\nspec:\n  schedule: '0 1 * * *'\n  suspend: true # until #12 is done\n  jobTemplate: {}\n"
KEPT = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: kept\n  namespace: apps\n  labels:\n    # Others read it.\n    kustomize.toolkit.fluxcd.io/prune: disabled\n"
SSA = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: once\n  namespace: apps\n  annotations: {kustomize.toolkit.fluxcd.io/ssa: Ignore, kustomize.toolkit.fluxcd.io/reconcile: Disabled}\n"
PLAIN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain, namespace: apps}\nspec: {suspend: true}\n"


def release(version: str, comment: str = "") -> str:
    """A HelmRelease of one chart version."""
    return (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: redis, namespace: apps}\nspec:\n  interval: 5m\n  chart:\n    spec:\n"
        f"      chart: redis\n      version: '{version}'{comment}\n      sourceRef: {{kind: HelmRepository, name: charts}}\n"
    )


def repository(*, suspend: str = "", **clusters: str) -> dict[str, str]:
    """Clusters with one layer of manifests each, and one that depends on it."""
    files = {}
    for cluster, manifests in clusters.items():
        files[f"apps/{cluster}/all.yaml"] = manifests
        files[f"clusters/{cluster}/flux-system/gotk-sync.yaml"] = SYNC + flux(
            "flux-system", f"./clusters/{cluster}"
        )
        files[f"clusters/{cluster}/layers.yaml"] = (
            flux("apps", f"./apps/{cluster}", suspend)
            + flux("web", "./web", "dependsOn: [{name: apps}]")
            + flux("edge", "./web", "dependsOn: [{name: web}]")
        )
    files["web/empty.yaml"] = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: x}\n"
    )
    return files


def of(platform: Platform) -> list[Pause]:
    """What is held back, without pins."""
    return paused(platform, Graph.of(platform.layers))


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        (CRON, [("suspended", 6, "until #12 is done")]),
        (KEPT, [("prune: disabled", 8, "Others read it.")]),
        (SSA, [("reconcile: Disabled", 6, None), ("ssa: Ignore", 6, None)]),
        # No kind that Flux or Kubernetes suspends.
        (PLAIN, []),
    ],
    ids=["cronjob", "prune", "annotations", "other"],
)
def test_objects(
    tmp_path: Path, manifest: str, expected: list[tuple[str, int, str | None]]
) -> None:
    """Each mark has its line and the comment there."""
    found = of(scanned(tmp_path, repository(prod=manifest)))
    assert sorted((one.what, one.at.line, one.reason) for one in found) == sorted(expected)


def test_layer_and_its_commit(tmp_path: Path) -> None:
    """A suspended layer says since when, by whom, and which layers get no new revision."""
    write(tmp_path, repository(prod=KEPT))
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path, "Begin", "2026-01-01")
    write(
        tmp_path,
        {
            "clusters/prod/layers.yaml": "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux-system}\n"
            "spec:\n  interval: 10m\n  prune: true\n  path: ./apps/prod\n  sourceRef: {kind: GitRepository, name: flux-system}\n  suspend: true\n"
            + flux("web", "./web", "dependsOn: [{name: apps}]")
            + flux("edge", "./web", "dependsOn: [{name: web}]")
        },
    )
    commit(tmp_path, "Hold apps until the window (#7)", "2026-02-03")
    platform = scanned(tmp_path, {})
    [layer] = [one for one in of(platform) if one.kind == "Kustomization"]
    assert layer.waits == ("prod/flux-system/web", "prod/flux-system/edge")
    assert layer.commit is not None
    assert (layer.commit.date, layer.commit.subject) == (
        "2026-02-03",
        "Hold apps until the window (#7)",
    )
    html = {page.uri: page.html for page in render(platform).pages}["platform/paused.md"]
    row = html[html.index('id="suspended"') :].partition("</tr>\n</tbody>")[0]
    assert "2026-02-03" in row
    assert "Hold apps until the window (#7)" in row
    assert "2 layers" in row


def test_pins(tmp_path: Path) -> None:
    """A version that is older than elsewhere, and a range that ends below, are held back; the
    newest is not."""
    platform = scanned(
        tmp_path,
        repository(
            dev=release("20.1.0"),
            stage=release("20.x", " # ranges end here"),
            prod=release("19.6.4", " # waits for #9"),
        ),
    )
    found = {one.cluster: one for one in pinned(platform)}
    assert set(found) == {"prod", "stage"}
    assert (found["prod"].what, found["prod"].reason) == ("pinned to 19.6.4", "waits for #9")
    assert found["prod"].others == ("20.1.0",)
    assert found["stage"].what == "limited to 20.x"
    html = {page.uri: page.html for page in render(platform).pages}["platform/paused.md"]
    assert "No reason given" not in html


def test_no_reason_and_nothing(tmp_path: Path) -> None:
    """Without a comment and a commit the place is named; a platform without any says so."""
    files = repository(dev=release("2.0.0"), prod=release("1.0.0"))
    rendered = render(scanned(tmp_path / "one", files))
    html = {page.uri: page.html for page in rendered.pages}["platform/paused.md"]
    assert "No reason given at" in html
    assert "Suspended and pinned" in str(rendered.navigation)
    rendered = render(scanned(tmp_path / "two", repository(prod=release("1.0.0"))))
    html = {page.uri: page.html for page in rendered.pages}["platform/paused.md"]
    assert "Nothing is suspended, pinned or excluded from pruning." in html
    assert "Suspended and pinned" not in str(rendered.navigation)


def git(root: Path, *arguments: str, date: str = "2026-01-01") -> None:
    """Run Git in a repository of the test."""
    stamp = f"{date}T12:00:00+00:00"
    environment = {
        **{
            f"GIT_{who}_{what}": "a"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        },
        "GIT_AUTHOR_DATE": stamp,
        "GIT_COMMITTER_DATE": stamp,
        "PATH": "/usr/bin:/bin:/usr/local/bin",
    }
    subprocess.run(["git", *arguments], cwd=root, check=True, env=environment)


def commit(root: Path, subject: str, date: str) -> None:
    """Commit everything."""
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", subject, date=date)
