"""Small repositories with hand-written pages, for tests of the joins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gitops_docs.model import Alert, Finding, Platform, Runbook
from gitops_docs.scanner.scanner import scan
from gitops_docs.settings.load import load_settings

BASE = {
    "clusters/prod/flux-system.yaml": """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m, url: "https://git.example.org/team/platform", ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 10m, path: ./clusters/prod, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
""",
    "clusters/prod/apps.yaml": """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
  interval: 10m
  path: ./apps
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
""",
    "apps/podinfo.yaml": """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: podinfo
  namespace: web
spec:
  interval: 10m
  chart:
    spec:
      chart: podinfo
      version: 6.7.1
      sourceRef:
        kind: HelmRepository
        name: podinfo
""",
    "mkdocs.yml": "site_name: Platform\nsite_url: https://docs.example.org/platform/\nplugins: [search, gitops]\n",
    "docs/index.md": "# Platform\n",
}
"""A cluster with one layer, which applies one release."""


def rule(
    name: str, url: str | None = None, *, key: str = "runbook_url", severity: str = "warning"
) -> str:
    """An alert rule for `rules`."""
    annotations = f"\n          annotations:\n            {key}: {url}" if url is not None else ""
    return (
        f"        - alert: {name}\n          expr: up == 0\n          labels: {{severity: "
        f"{severity}}}{annotations}\n"
    )


def rules(*items: str, directory: str = "apps") -> dict[str, str]:
    """A PrometheusRule in a file of its own."""
    head = (
        "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: web, "
        "namespace: web}\n"
        "spec:\n  groups:\n    - name: g\n      rules:\n"
    )
    return {f"{directory}/rules.yaml": head + "".join(items)}


def joined(root: Path, *parts: Mapping[str, str]) -> Platform:
    """Scan the base repository with what is added to it."""
    for name, text in {
        key: value for part in (BASE, *parts) for key, value in part.items()
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return scanned(root)


def scanned(root: Path) -> Platform:
    """Scan what is there."""
    settings, _ = load_settings(root)
    return scan(root, settings)


def alert(platform: Platform, name: str) -> Alert:
    """The alert of that name."""
    return next(item for item in platform.alerts if item.name == name)


def book(platform: Platform, file: str) -> Runbook:
    """The runbook in that file."""
    return next(item for item in platform.runbooks if item.file == file)


def found(platform: Platform, *codes: str) -> list[Finding]:
    """Findings of these codes."""
    return [finding for finding in platform.findings if finding.code in codes]


def places(platform: Platform, code: str) -> list[str]:
    """`file:line severity` of the findings of a code."""
    return [
        f"{finding.file}:{finding.line} {finding.severity.value}"
        for finding in found(platform, code)
    ]
