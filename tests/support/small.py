"""A small Flux repository, whole and correct, that tests of commands change as they need."""

from __future__ import annotations

_SYNC = """apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec:
  interval: 1m
  ref: {branch: main}
  url: https://git.example.org/team/platform
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec:
  interval: 10m
  path: ./clusters/prod
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
"""


def layer(name: str, *after: str, more: str = "") -> str:
    """A Flux Kustomization that applies the directory of its name."""
    waits = "".join(f"\n  - name: {other}" for other in after)
    depends = f"\n  dependsOn:{waits}" if after else ""
    return f"""apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: {name}
  namespace: flux-system
spec:
  interval: 10m
  path: ./{name}
  prune: true
  wait: true{depends}
  sourceRef: {{kind: GitRepository, name: flux-system}}{more}
"""


WEB = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: registry.example.org/web:1.0.0
      - name: proxy
        image: registry.example.org/proxy:2.0.0
"""
RELEASE = """apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: flux-system}
spec: {interval: 1h, url: "https://charts.example.org"}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: ingress, namespace: flux-system}
spec:
  interval: 1h
  chart:
    spec:
      chart: ingress
      version: 1.2.3
      sourceRef: {kind: HelmRepository, name: charts}
"""
FILES = {
    "clusters/prod/flux-system/gotk-sync.yaml": _SYNC,
    "clusters/prod/infra.yaml": layer("infra"),
    "clusters/prod/apps.yaml": layer("apps", "infra"),
    "clusters/prod/extras.yaml": layer("extras", "apps"),
    "infra/release.yaml": RELEASE,
    "infra/namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n",
    "apps/web.yaml": WEB,
    "extras/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra, namespace: shop}\ndata: {mode: plain}\n",
}
