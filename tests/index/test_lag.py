"""How long versions take from one environment to the next, by the days of commits."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.index.across.environments import environments
from gitops_docs.index.across.lag import Lag, days_between, lags, steps
from gitops_docs.index.platform import PlatformIndex
from gitops_docs.model import Commit, Location
from gitops_docs.pages import render
from gitops_docs.repository import git, history
from gitops_docs.scanner.scanner import scan
from tests.support.history import commit

STAGES = environments(["dev-a", "stage-a", "prod-a", "prod-b"])


def _at(day: str, *, first: bool = False) -> Commit:
    return Commit(revision=f"{day}{first}", date=day, author="A", subject="s", first=first)


def _one(versions: dict[str, tuple[str, str]], days: dict[str, Commit]) -> Lag:
    """The lag of a component: cluster to version and file, file to the commit that set it."""
    pinned = {cluster: (text, Location(file, 1)) for cluster, (text, file) in versions.items()}
    found = lags([("apps", "web", pinned)], STAGES, lambda at: days.get(at.file), _at("2026-03-31"))
    return found[0]


def test_days_are_counted_between_environments() -> None:
    """The newest version of an environment counts, at the cluster that got it first."""
    lag = _one(
        {
            "dev-a": ("1.2.0", "dev"),
            "stage-a": ("1.2.0", "stage"),
            "prod-a": ("1.2.0", "a"),
            "prod-b": ("1.1.0", "b"),
        },
        {
            "dev": _at("2026-03-01"),
            "stage": _at("2026-03-03"),
            "a": _at("2026-03-10"),
            "b": _at("2026-02-01"),
        },
    )
    assert [(step.before, step.after, step.days) for step in steps([lag], STAGES)] == [
        ("dev", "stage", (2,)),
        ("stage", "prod", (7,)),
    ]
    assert lag.waits is None


def test_a_version_waits_until_the_newest_commit() -> None:
    """What stage has and prod has not waits since the day on which stage got it."""
    lag = _one(
        {"stage-a": ("1.2.0", "stage"), "prod-a": ("1.1.0", "a")},
        {"stage": _at("2026-03-21")},
    )
    assert lag.waits == 10
    assert steps([lag], STAGES) == []


@pytest.mark.parametrize(
    ("stage", "prod"),
    [
        (_at("2026-03-09"), _at("2026-03-02")),  # prod was first
        (_at("2026-03-01", first=True), _at("2026-03-01", first=True)),  # the import of everything
        (None, _at("2026-03-02")),
        (_at("9999-99-99"), _at("2026-03-02")),
    ],
)
def test_what_is_no_promotion_has_no_days(stage: Commit | None, prod: Commit) -> None:
    """Prod before stage, an import, an unknown commit and a day that no calendar has."""
    days = {"stage": stage, "a": prod}
    lag = _one(
        {"stage-a": ("1.2.0", "stage"), "prod-a": ("1.2.0", "a")},
        {file: one for file, one in days.items() if one is not None},
    )
    assert days_between(lag.arrivals["stage"], lag.arrivals["prod"]) is None
    assert lag.waits is None


def test_one_line_is_not_promoted() -> None:
    """Environments that read the same line get it at once."""
    lag = _one(
        {"stage-a": ("1.2.0", "base"), "prod-a": ("1.2.0", "base")}, {"base": _at("2026-03-01")}
    )
    assert days_between(lag.arrivals["stage"], lag.arrivals["prod"]) is None


_SYNC = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: flux-system, namespace: flux-system}}
spec: {{interval: 1m, url: "https://git.example.org/estate", ref: {{branch: main}}}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: flux-system, namespace: flux-system}}
spec:
  interval: 10m
  path: ./clusters/{0}
  prune: true
  sourceRef: {{kind: GitRepository, name: flux-system}}
"""
_RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: web, namespace: apps}}
spec:
  interval: 30m
  chart:
    spec:
      chart: web
      version: {0}
      sourceRef: {{kind: HelmRepository, name: charts, namespace: flux-system}}
"""


def test_the_page_has_days_from_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that prod got nine days after stage; the page names the step and both days."""

    def on(day: str, files: dict[str, str]) -> None:
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"{day}T10:00:00Z")
        commit(tmp_path, files, f"Change on {day}")

    start = {}
    for cluster in ("stage-a", "prod-a"):
        start[f"clusters/{cluster}/flux-system/gotk-sync.yaml"] = _SYNC.format(cluster)
        start[f"clusters/{cluster}/web.yaml"] = _RELEASE.format("1.1.0")
    on("2026-03-01", start)
    on("2026-03-04", {"clusters/stage-a/web.yaml": _RELEASE.format("1.2.0")})
    on("2026-03-13", {"clusters/prod-a/web.yaml": _RELEASE.format("1.2.0")})
    platform = scan(tmp_path)
    [lag] = PlatformIndex(platform).lags
    assert days_between(lag.arrivals["stage"], lag.arrivals["prod"]) == 9
    pages = {page.uri: page for page in render(platform).pages}
    html = pages["platform/promotion/history.md"].html
    assert "From stage to prod: 9 days in the median of 1 component." in html
    assert "2026-03-04" in html and "2026-03-13" in html


def test_fewer_patches_are_read_where_all_are_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Git may not print of all commits it prints of the newest."""
    commit(tmp_path, {"web.yaml": "version: 1.1.0\n"})
    commit(tmp_path, {"web.yaml": "version: 1.2.0\n"})
    commits = history.read(tmp_path, {"web.yaml"})
    asked = []
    patches = git.patches

    def bounded(root: Path, form: str, limit: int) -> bytes:
        asked.append(limit)
        return b"" if limit == history.MAX_PATCHES else patches(root, form, limit)

    monkeypatch.setattr(git, "patches", bounded)
    read = history.with_values(tmp_path, commits, lambda path: (tmp_path / path).read_bytes())
    assert asked == [history.MAX_PATCHES, history.FEW_PATCHES]
    assert [change.now for change in read[0].values] == ["1.2.0"]
