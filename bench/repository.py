"""Write a GitOps repository of any size, the same for the same numbers.

Usage: python -m bench.repository OUT [--clusters 2] [--layers 40] [--releases 400] [--variables 20]
[--runbooks 10] [--mkdocs]

`releases` is per cluster, spread over the layers. Each release has a base of four manifests (a
HelmRelease, a Deployment, a ConfigMap, an alert rule) and each layer of a cluster an overlay that
patches its releases and sets variables.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Size:
    """How large a repository is. `releases` and `layers` are for each cluster."""

    clusters: int = 2
    layers: int = 40
    releases: int = 400
    variables: int = 20
    runbooks: int = 10
    mkdocs: bool = False

    @property
    def manifests(self) -> int:
        """YAML documents that are written."""
        return self.releases * 4 + self.clusters * (2 * self.layers + 3) + 1


def write(root: Path, size: Size) -> None:
    """Write the repository below `root`, which may be empty or hold an earlier one."""
    for path, text in _files(size).items():
        full = root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(text, encoding="utf-8")


def release_file(number: int) -> str:
    """Return the path of a release's HelmRelease, for benches that edit one."""
    return f"apps/base/app-{number:04d}/helmrelease.yaml"


def _files(size: Size) -> dict[str, str]:
    files = {
        "sources/repository.yaml": _SOURCE,
        "sources/kustomization.yaml": "resources: [repository.yaml]\n",
    }
    for number in range(size.releases):
        files |= _base(number, size)
    for cluster in range(size.clusters):
        files |= _cluster(f"cluster-{cluster:02d}", size)
    for number in range(size.runbooks):
        files[f"docs/runbooks/app-{number:04d}.md"] = _RUNBOOK.format(name=f"App{number:04d}Down")
    if size.mkdocs:
        files["mkdocs.yml"] = _MKDOCS
    files["docs/index.md"] = "# Platform\n\nWritten by hand.\n"
    return files


def _base(number: int, size: Size) -> dict[str, str]:
    name = f"app-{number:04d}"
    values = {
        "name": name,
        "number": number,
        "alert": f"App{number:04d}Down",
        "variable": f"VAR_{number % max(size.variables, 1)}",
    }
    directory = f"apps/base/{name}"
    resources = {
        "helmrelease.yaml": _RELEASE,
        "deployment.yaml": _DEPLOYMENT,
        "configmap.yaml": _CONFIG,
        "rule.yaml": _RULE,
    }
    files = {
        f"{directory}/{file}": template.format(**values) for file, template in resources.items()
    }
    files[f"{directory}/kustomization.yaml"] = f"resources: [{', '.join(resources)}]\n"
    return files


def _cluster(cluster: str, size: Size) -> dict[str, str]:
    directory = f"clusters/{cluster}"
    files = {
        f"{directory}/flux-system/gotk-sync.yaml": SYNC.format(cluster=cluster),
        f"{directory}/flux-system/kustomization.yaml": "resources: [gotk-sync.yaml]\n",
        f"{directory}/sources.yaml": _LAYER.format(
            name="sources", path="./sources", depends="", reason="Charts come from here."
        ),
        f"{directory}/variables.yaml": _VARIABLES.format(
            values="".join(
                f"  VAR_{number}: value-{number}-of-{cluster}\n" for number in range(size.variables)
            )
        ),
    }
    layers = [f"layer-{number:03d}" for number in range(size.layers)]
    listed = ["flux-system", "sources.yaml", "variables.yaml"]
    for number, layer in enumerate(layers):
        depends = [
            layers[number - step] for step in (1, 7) if number - step >= 0 and number % 5
        ] or ["sources"]
        edges = "".join(f"    - name: {name} # it has what {layer} stores\n" for name in depends)
        overlay = f"apps/{cluster}/{layer}"
        files[f"{directory}/{layer}.yaml"] = _LAYER.format(
            name=layer,
            path=f"./{overlay}",
            depends=f"  dependsOn:\n{edges}",
            reason=f"What stands in {layer}, and why it is apart.",
        )
        listed.append(f"{layer}.yaml")
        own = range(number, size.releases, size.layers)
        resources = "".join(f"  - ../../base/app-{release:04d}\n" for release in own) or "  []\n"
        patches = "".join(
            _PATCH.format(name=f"app-{release:04d}", version=f"1.{release % 30}.1")
            for release in own
        )
        files[f"{overlay}/kustomization.yaml"] = f"namespace: {layer}\nresources:\n{resources}" + (
            f"patches:\n{patches}" if patches else ""
        )
    files[f"{directory}/kustomization.yaml"] = "resources:\n" + "".join(
        f"  - {name}\n" for name in listed
    )
    return files


_SOURCE = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: flux-system}
spec: {interval: 1h, url: https://charts.example.org}
"""
SYNC = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: flux-system, namespace: flux-system}}
spec: {{interval: 1m, url: "https://git.example.org/platform/fleet", ref: {{branch: main}}}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: flux-system, namespace: flux-system}}
spec: {{interval: 10m, path: ./clusters/{cluster}, prune: true, sourceRef: {{kind: GitRepository, name: flux-system}}}}
"""
_VARIABLES = """\
apiVersion: v1
kind: ConfigMap
metadata: {{name: cluster-vars, namespace: flux-system}}
data:
{values}"""
_LAYER = """\
# {reason}
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: {name}
  namespace: flux-system
spec:
  interval: 10m
  timeout: 5m
  path: {path}
  prune: true
  wait: true
{depends}  sourceRef: {{kind: GitRepository, name: flux-system}}
  postBuild:
    substituteFrom:
      - kind: ConfigMap
        name: cluster-vars
"""
_PATCH = """\
  - target: {{kind: HelmRelease, name: {name}}}
    patch: |
      apiVersion: helm.toolkit.fluxcd.io/v2
      kind: HelmRelease
      metadata: {{name: {name}}}
      spec: {{chart: {{spec: {{version: {version}}}}}}}
"""
_RELEASE = """\
# {name} answers requests.
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: {name}}}
spec:
  interval: 30m
  chart:
    spec:
      chart: {name}
      version: 1.0.0
      sourceRef: {{kind: HelmRepository, name: charts, namespace: flux-system}}
  values:
    replicaCount: 2
    image: {{repository: registry.example.org/{name}, tag: "1.{number}.0"}}
    ingress:
      enabled: true
      hosts: [{{host: "{name}.${{{variable}}}.example.org", paths: [{{path: /, pathType: Prefix}}]}}]
    resources: {{requests: {{cpu: 100m, memory: 128Mi}}, limits: {{memory: 256Mi}}}}
"""
_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}-worker}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
        - name: worker
          image: registry.example.org/{name}-worker:1.{number}.0
          env:
            - {{name: REGION, value: "${{{variable}}}"}}
          resources: {{requests: {{cpu: 100m, memory: 128Mi}}}}
"""
_CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {{name: {name}-config}}
data:
  domain: "{name}.${{{variable}}}.example.org"
  settings.json: |
    {{"level": "info", "number": {number}}}
"""
_RULE = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {{name: {name}}}
spec:
  groups:
    - name: {name}
      rules:
        - alert: {alert}
          expr: up{{job="{name}"}} == 0
          for: 10m
          labels: {{severity: warning}}
          annotations: {{summary: "{name} does not answer"}}
"""
_RUNBOOK = """\
---
kind: runbook
alerts: [{name}]
---

# {name}

## Meaning

Nothing answers.

## Diagnosis

Look at the pods.

## Mitigation

Take the last change back.
"""
_MKDOCS = """\
site_name: Platform
theme: {name: material, font: false}
plugins:
  - search
  - gitops
"""


def main() -> None:
    """Read the arguments and write."""
    parser = argparse.ArgumentParser(description="Write a GitOps repository of any size.")
    parser.add_argument("out", type=Path)
    for name in ("clusters", "layers", "releases", "variables", "runbooks"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Size(), name))
    parser.add_argument("--mkdocs", action="store_true", help="also write a mkdocs.yml")
    given = vars(parser.parse_args())
    out = given.pop("out")
    size = Size(**given)
    write(out, size)
    print(f"{size.manifests} manifests in {out}")


if __name__ == "__main__":
    main()
