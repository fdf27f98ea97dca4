"""Measure what charts cost a build: 200 releases of 20 charts, built without charts, with charts that are
rendered for the first time, and with what was kept of them.

Usage: python -m bench.charts [--releases 200] [--charts 20] [--clusters 1] [--rounds 3] [--keep DIR]

Needs `helm` on PATH. Each chart makes twelve objects, among them a rule with four alerts; one of
four charts has a definition with a schema. CPU time of all processes, the least of some rounds.
"""

from __future__ import annotations

import argparse
import gzip
import io
import shutil
import statistics
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Run, run
from bench.repository import SYNC
from gitops_docs.helm.lock import Locked
from gitops_docs.helm.store import Store

URL = "https://charts.example.org"
BUILD = [sys.executable, "-m", "mkdocs", "build", "-q", "-d", "out"]
INVENTORY = [sys.executable, "-m", "gitops_docs", "inventory", ".", "-o", "out.json"]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a repository is; `releases` and `layers` are for each cluster."""

    releases: int = 200
    charts: int = 20
    clusters: int = 1
    layers: int = 20


def write(root: Path, size: Size) -> None:
    """Write a repository and the store with its charts."""
    for path, text in _files(size).items():
        full = root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(text, encoding="utf-8")
    store = Store(root / ".cache/gitops-docs/charts")
    for number in range(size.charts):
        digest = store.add(chart(number))
        store.add_to_record(
            [
                Locked(
                    url=URL,
                    name=f"chart-{number:02d}",
                    asked="1.2.3",
                    resolved="1.2.3",
                    archive=digest,
                )
            ]
        )


def chart(number: int) -> bytes:
    """Return the archive of a chart."""
    name = f"chart-{number:02d}"
    files = {
        "Chart.yaml": f'apiVersion: v2\nname: {name}\nversion: 1.2.3\nappVersion: "{number}.0"\n',
        "values.yaml": _VALUES.format(name=name),
        "templates/all.yaml": _TEMPLATE,
        "templates/rules.yaml": "".join(
            [_RULES, *(_ALERT.replace("NUMBER", str(n)) for n in range(4))]
        ),
    }
    if number % 4 == 0:
        files["crds/thing.yaml"] = _DEFINITION.format(number=number) + "".join(
            f"                field{n}: {{type: string, description: Says what field {n} does.}}\n"
            for n in range(200)
        )
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for path, text in files.items():
            member = tarfile.TarInfo(f"{name}/{path}")
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return gzip.compress(plain.getvalue(), mtime=0)


def _files(size: Size) -> dict[str, str]:
    files = {
        "mkdocs.yml": "site_name: Platform\ntheme: {name: material, font: false}\nplugins: [search, gitops]\n",
        "docs/index.md": "# Platform\n",
        "sources/charts.yaml": _SOURCE,
    }
    for cluster in (f"cluster-{number:02d}" for number in range(size.clusters)):
        files[f"clusters/{cluster}/sync.yaml"] = SYNC.format(cluster=cluster)
        files[f"clusters/{cluster}/sources.yaml"] = _LAYER.format(name="sources", path="sources")
        for number in range(size.layers):
            layer = f"layer-{number:02d}"
            path = f"apps/{cluster}/{layer}"
            files[f"clusters/{cluster}/{layer}.yaml"] = _LAYER.format(name=layer, path=path)
            for one in range(number, size.releases, size.layers):
                files[f"{path}/app-{one:04d}.yaml"] = _RELEASE.format(
                    name=f"app-{one:04d}", layer=layer, chart=f"chart-{one % size.charts:02d}"
                )
    return files


_SOURCE = f"""\
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {{name: charts, namespace: flux-system}}
spec: {{interval: 1h, url: "{URL}"}}
"""
_LAYER = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {name}, namespace: flux-system}}
spec:
  interval: 10m
  timeout: 5m
  path: ./{path}
  prune: true
  wait: true
  sourceRef: {{kind: GitRepository, name: flux-system}}
"""
_RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: {name}, namespace: {layer}}}
spec:
  interval: 30m
  timeout: 5m
  chart: {{spec: {{chart: {chart}, version: 1.2.3, sourceRef: {{kind: HelmRepository, name: charts, namespace: flux-system}}}}}}
  values:
    replicaCount: 2
    host: {name}.example.org
    image: {{tag: "1.2.3"}}
    resources: {{requests: {{cpu: 100m, memory: 128Mi}}, limits: {{memory: 256Mi}}}}
"""
_VALUES = """\
# -- How many pods.
replicaCount: 1
# -- The host.
host: ""
image:
  # -- Where it is from.
  repository: registry.example.org/{name}
  # -- Which one.
  tag: ""
# -- What it may take.
resources: {{}}
level: info
"""
_LABELS = (
    "{app.kubernetes.io/name: {{ .Chart.Name }}, app.kubernetes.io/instance: {{ .Release.Name }}}"
)
_TEMPLATE = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: "{{ .Release.Name }}", labels: LABELS}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}", labels: LABELS}
data:
  level: {{ .Values.level }}
  config.yaml: |
    server: {port: 8080, host: "{{ .Values.host }}"}
    log: {level: {{ .Values.level }}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: "{{ .Release.Name }}", labels: LABELS}
spec:
  replicas: {{ .Values.replicaCount }}
  selector: {matchLabels: LABELS}
  template:
    metadata: {labels: LABELS}
    spec:
      serviceAccountName: "{{ .Release.Name }}"
      securityContext: {runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000}
      containers:
        - name: app
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          args: [--config, /etc/app/config.yaml]
          ports: [{name: http, containerPort: 8080}, {name: metrics, containerPort: 9090}]
          livenessProbe: {httpGet: {path: /healthz, port: http}}
          readinessProbe: {httpGet: {path: /readyz, port: http}}
          resources: {{ toJson .Values.resources }}
          volumeMounts: [{name: config, mountPath: /etc/app}, {name: data, mountPath: /data}]
      volumes:
        - {name: config, configMap: {name: "{{ .Release.Name }}"}}
        - {name: data, persistentVolumeClaim: {claimName: "{{ .Release.Name }}"}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: "{{ .Release.Name }}", labels: LABELS}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Service
metadata: {name: "{{ .Release.Name }}", labels: LABELS}
spec: {selector: LABELS, ports: [{name: http, port: 80, targetPort: http}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: "{{ .Release.Name }}", labels: LABELS}
spec:
  tls: [{hosts: ["{{ .Values.host }}"], secretName: "{{ .Release.Name }}-tls"}]
  rules:
    - host: "{{ .Values.host }}"
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: "{{ .Release.Name }}", port: {name: http}}}}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "{{ .Release.Name }}", labels: LABELS}
rules:
  - {apiGroups: [""], resources: [pods, services, endpoints], verbs: [get, list, watch]}
  - {apiGroups: [apps], resources: [deployments], verbs: [get, list, watch]}
  - {apiGroups: [coordination.k8s.io], resources: [leases], verbs: [create, get, update]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: "{{ .Release.Name }}", labels: LABELS}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "{{ .Release.Name }}"}
subjects: [{kind: ServiceAccount, name: "{{ .Release.Name }}", namespace: "{{ .Release.Namespace }}"}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: "{{ .Release.Name }}", labels: LABELS}
spec: {minAvailable: 1, selector: {matchLabels: LABELS}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: "{{ .Release.Name }}", labels: LABELS}
spec: {podSelector: {matchLabels: LABELS}, policyTypes: [Ingress], ingress: [{ports: [{port: http}]}]}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: "{{ .Release.Name }}", labels: LABELS}
spec: {selector: {matchLabels: LABELS}, endpoints: [{port: metrics, interval: 30s}]}
""".replace("LABELS", _LABELS)
_RULES = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: "{{ .Release.Name }}"}
spec:
  groups:
    - name: "{{ .Chart.Name }}"
      rules:
"""
_ALERT = """\
        - alert: "{{ .Chart.Name | title | replace "-" "" }}{{ .Release.Name | replace "-" "" }}NUMBER"
          expr: sum(rate(errors_total{job="{{ .Release.Name }}", code="NUMBER"}[5m])) > 0
          for: 10m
          labels: {severity: warning}
          annotations:
            summary: "{{ .Release.Name }} does not answer"
            runbook_url: "https://runbooks.example.org/{{ .Chart.Name }}/NUMBER"
"""
_DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: things{number}.example.com}}
spec:
  group: example.com
  scope: Namespaced
  names: {{kind: Thing{number}, plural: things{number}}}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command costs without charts, with new charts, and with kept ones."""

    without: Run
    first: Run
    again: Run
    sites: tuple[str, str]
    """Pages without charts and with them; empty where the command builds no site."""

    def row(self, name: str) -> list[str]:
        """Return a row of a Markdown table."""
        return [
            name,
            f"{self.without.cpu:.2f} s",
            f"{self.first.cpu:.2f} s, {self.first.peak:.0f} MiB",
            f"{self.again.cpu:.2f} s",
            f"{self.again.cpu / self.without.cpu - 1:+.0%}",
        ]


HEADER = ["Command", "Without charts", "First with charts", "Again", "of without"]


def measure(root: Path, command: list[str], rounds: int) -> Cost:
    """Run a command without charts, and with them: rounds of both in turn. What follows a change of
    the store writes its stubs anew and is not counted."""
    store, away = root / ".cache/gitops-docs/charts", root / ".cache/away"
    shutil.rmtree(store / "rendered", ignore_errors=True)
    shutil.rmtree(store / "details", ignore_errors=True)
    first = _run(command, root)
    without, again = [], []
    pages = ""
    for _ in range(rounds):
        store.rename(away)
        try:
            _run(command, root)
            without.append(_run(command, root))
            pages = sizes(root / "out")
        finally:
            away.rename(store)
        _run(command, root)
        again.append(_run(command, root))
    return Cost(_least(without), first, _least(again), (pages, sizes(root / "out")))


def _least(runs: list[Run]) -> Run:
    return min(runs, key=lambda one: one.cpu)


def _run(command: list[str], root: Path) -> Run:
    shutil.rmtree(root / "out", ignore_errors=True)
    done = run(command, root)
    if done.status:
        raise SystemExit(f"{' '.join(command)} ended with {done.status}")
    return done


_REDIRECT = 1000
"""Larger than the page of a redirect, smaller than any other, in bytes."""


def sizes(out: Path) -> str:
    """Return how large the pages of a site are; redirects are counted apart."""
    files = sorted((path.stat().st_size, path) for path in out.rglob("*.html"))
    found = [(size, path) for size, path in files if size > _REDIRECT]
    if not found:
        return ""
    bytes_ = [size for size, _ in found]
    return (
        f"{len(found)} pages and {len(files) - len(found)} redirects, median {statistics.median(bytes_) / 1000:.1f} kB, 95 % "
        f"{bytes_[int(len(bytes_) * 0.95)] / 1000:.1f} kB, largest {bytes_[-1] / 1000:.1f} kB "
        f"({found[-1][1].relative_to(out)})"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure what charts cost a build.")
    for name, number in (("releases", 200), ("charts", 20), ("clusters", 1), ("layers", 20)):
        parser.add_argument(f"--{name}", type=int, default=number)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="where the repository is written and kept")
    given = vars(parser.parse_args())
    if shutil.which("helm") is None:
        parser.error("put helm on PATH: without it no chart is rendered")
    rounds, keep = given.pop("rounds"), given.pop("keep")
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        root = keep or Path(temporary)
        write(root, Size(**given))
        for name, command in (("inventory", INVENTORY), ("build", BUILD)):
            cost = measure(root, command, rounds)
            row = cost.row(name)
            print("  ".join(f"{head}: {cell}" for head, cell in zip(HEADER, row, strict=True)))
            for label, site in zip(("without charts", "with charts"), cost.sites, strict=True):
                if site:
                    print(f"  {label}: {site}")


if __name__ == "__main__":
    main()
