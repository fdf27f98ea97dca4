"""Secrets that layers take variables from and that controllers make in the cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from gitops_docs.scan import scan
from gitops_docs.settings import ClusterSetting, Settings

FILES = {
    "clusters/prod/apps.yaml": """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  interval: 10m
  path: ./apps
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild:
    substituteFrom:
      - {kind: Secret, name: vault}
      - {kind: Secret, name: sealed}
      - {kind: Secret, name: by-hand}
""",
    "clusters/prod/secrets.yaml": """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: anything, namespace: flux-system}
spec:
  target: {name: vault}
---
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: sealed, namespace: flux-system}
spec: {encryptedData: {}}
""",
    "apps/web.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: apps}\n",
}


def test_what_makes_a_secret_is_known(repository: Callable[[Mapping[str, str]], Path]) -> None:
    """An ExternalSecret or SealedSecret stands for the Secret that it makes; only what nothing makes is a finding."""
    found = scan(repository(FILES), Settings(clusters=(ClusterSetting("prod", "clusters/prod"),)))
    [apps] = [layer for layer in found.layers if layer.name == "apps"]
    assert [(item.name, item.made_by, str(item.found)) for item in apps.substitute_from] == [
        ("vault", "ExternalSecret flux-system/anything", "clusters/prod/secrets.yaml:1"),
        ("sealed", "SealedSecret flux-system/sealed", "clusters/prod/secrets.yaml:7"),
        ("by-hand", None, "None"),
    ]
    messages = [finding.message for finding in found.findings if finding.code == "substitute-from-unknown"]
    assert len(messages) == 1 and "Secret flux-system/by-hand" in messages[0]
