"""Changes by month, and the image updates of Flux as one line a day."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gitops_docs.pages import check_links, render
from gitops_docs.scanner.scanner import scan
from tests.support.history import commit

_START = {
    "clusters/prod/flux-system/gotk-sync.yaml": """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m, url: "https://git.example.org/estate", ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec:
  interval: 10m
  path: ./clusters/prod
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
""",
    "clusters/prod/automation.yaml": """\
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageUpdateAutomation
metadata: {name: all, namespace: flux-system}
spec:
  interval: 30m
  sourceRef: {kind: GitRepository, name: flux-system}
  git:
    commit: {author: {name: imagebot, email: imagebot@example.org}}
    push: {branch: main}
  update: {path: ./clusters/prod, strategy: Setters}
""",
}


def _config(number: int) -> dict[str, str | None]:
    return {
        "clusters/prod/config.yaml": "apiVersion: v1\nkind: ConfigMap\n"
        f"metadata: {{name: web, namespace: apps}}\ndata: {{number: '{number}'}}\n"
    }


def test_months_have_pages_and_updates_are_grouped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixty commits of two months make a page each; three by image automation on one day are one
    row."""
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-09-01T10:00:00Z")
    commit(tmp_path, _START, "Start")
    for number in range(56):
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"2026-10-{1 + number // 2:02d}T10:00:00Z")
        commit(tmp_path, _config(number), f"Change number {number}")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-10-29T10:00:00Z")
    bot = tmp_path / "clusters/prod/config.yaml"
    for number in (100, 101, 102):
        bot.write_text(bot.read_text().replace("number:", f"update{number}: x, number:"))
        _commit_as(tmp_path, "imagebot", f"Update to {number}")
    pages = {page.uri: page for page in render(scan(tmp_path)).pages}
    newest = pages["platform/changes.md"].html
    assert "3 image updates by imagebot" in newest
    assert newest.count("Update to ") == 3
    assert "The newest of 60 commits" in newest and "Change number 0<" not in newest
    assert {uri for uri in pages if uri.startswith("platform/changes/")} == {
        "platform/changes/2026-09.md",
        "platform/changes/2026-10.md",
    }
    october = pages["platform/changes/2026-10.md"].html
    assert "Changes of October 2026" in october and "Change number 0<" in october
    assert check_links(pages.values()) == []


def _commit_as(root: Path, name: str, message: str) -> None:
    who = ["-c", f"user.name={name}", "-c", "user.email=a@example.org"]
    command = ["git", *who, "-c", "commit.gpgsign=false", "commit", "-qam", message]
    subprocess.run(command, cwd=root, check=True)
