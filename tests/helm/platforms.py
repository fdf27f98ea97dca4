"""Makes small Flux repositories with releases of charts."""

from __future__ import annotations

from pathlib import Path

SYNC = """apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {interval: 10m, path: ./apps, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
"""


def release(name: str, chart: str, version: str = "", source: str = "charts") -> str:
    """A HelmRelease of a chart from a HelmRepository."""
    asked = f", version: '{version}'" if version else ""
    return f"""apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: {name}, namespace: apps}}
spec:
  interval: 1h
  chart: {{spec: {{chart: {chart}{asked}, sourceRef: {{kind: HelmRepository, name: {source}}}}}}}
"""


def by_reference(name: str, source: str) -> str:
    """A HelmRelease of a chart from an OCIRepository."""
    return f"""apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: {name}, namespace: apps}}
spec:
  interval: 1h
  chartRef: {{kind: OCIRepository, name: {source}}}
"""


def source(kind: str, name: str, url: str, more: str = "") -> str:
    """A source; `more` goes on in its spec."""
    return f"""apiVersion: source.toolkit.fluxcd.io/v1
kind: {kind}
metadata: {{name: {name}, namespace: apps}}
spec: {{interval: 1h, url: "{url}"{more}}}
"""


def make(root: Path, *objects: str) -> Path:
    """A repository with one layer that has some objects."""
    (root / "clusters/prod").mkdir(parents=True)
    (root / "apps").mkdir()
    (root / "clusters/prod/apps.yaml").write_text(SYNC)
    (root / "apps/apps.yaml").write_text("---\n".join(objects))
    return root
