"""An odd value in place of each value of Flux's objects: findings with a place, never an exception.

Wrong types, empty values, dates, huge numbers, names with slashes: what a hand or a template leaves
in a field. The objects have nearly every field of their kinds.
"""

# ruff: noqa: E501  (a field a line)

from __future__ import annotations

import copy
import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_docs.scanner.scanner import scan
from tests.support.scanning import write

ODD = (
    None, "", 0, -1, 1.5, True, [], {}, "a: b", "x" * 300, datetime.date(2026, 1, 2), "${X:=", "{{ x", "a/b", "a/b/c",
    10**30, [None], {"a": None},
)  # fmt: skip
SYNC = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m, url: "https://git.example.org/p.git", ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 10m, path: ./clusters/prod, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
"""
LAYERS = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system, labels: {a: b}, annotations: {c: d}}
spec:
  interval: 10m
  retryInterval: 1m
  path: ./apps
  prune: true
  targetNamespace: apps
  commonMetadata: {labels: {o: c}, annotations: {n: d}}
  decryption: {provider: sops, secretRef: {name: age}}
  dependsOn: [{name: flux-system, namespace: flux-system, readyExpr: "true"}]
  healthChecks: [{apiVersion: apps/v1, kind: Deployment, name: web, namespace: apps}]
  healthCheckExprs: [{apiVersion: apps/v1, kind: Deployment, current: "status.x == 1", failed: "false"}]
  images: [{name: web, newName: r.example.org/web, newTag: v2}]
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild: {substitute: {DOMAIN: example.org}, substituteFrom: [{kind: ConfigMap, name: vars, optional: true}]}
  patches: [{target: {kind: Deployment, name: .*web.*}, patch: "- {op: replace, path: /spec/replicas, value: 3}"}]
"""
SETS = """\
apiVersion: fluxcd.controlplane.io/v1
kind: ResourceSet
metadata: {name: tenants, namespace: flux-system}
spec:
  inputs: [{tenant: a, size: 3, tags: [x, y]}, {tenant: b, size: 4, tags: []}]
  inputsFrom: [{kind: ResourceSetInputProvider, name: static}, {kind: ResourceSetInputProvider, selector: {matchLabels: {a: b}}}]
  inputStrategy: {name: Flatten}
  commonMetadata: {labels: {x: y}}
  dependsOn: [{apiVersion: apps/v1, kind: Deployment, name: x, namespace: apps, ready: true}]
  resources:
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: "t-<< inputs.tenant >>", namespace: flux-system}
    data: {n: "<< inputs.size | quote >>"}
  resourcesTemplate: |
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: "u-<< inputs.tenant >>", namespace: flux-system}
---
apiVersion: fluxcd.controlplane.io/v1
kind: ResourceSetInputProvider
metadata: {name: static, namespace: flux-system, labels: {a: b}}
spec: {type: Static, defaultValues: {tenant: c, size: 1, tags: []}}
"""
INSTANCE = """\
apiVersion: fluxcd.controlplane.io/v1
kind: FluxInstance
metadata: {name: flux, namespace: flux-system}
spec:
  distribution: {version: 2.9.x, registry: ghcr.io/fluxcd}
  components: [source-controller, kustomize-controller, helm-controller, notification-controller, image-reflector-controller,
    image-automation-controller, source-watcher]
  cluster: {type: kubernetes, multitenant: false}
  sharding: {key: sharding.fluxcd.io/key, shards: [a, b]}
  kustomize: {patches: [{target: {kind: Deployment, name: "(kustomize|helm)-controller"}, patch: "- {op: add, path: /a, value: --no-remote-bases}"}]}
  sync: {kind: GitRepository, url: "https://git.example.org/p.git", ref: refs/heads/main, path: clusters/prod}
"""
SOURCES = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: oci, namespace: flux-system}
spec: {interval: 1h, url: "oci://r.example.org/x", ref: {tag: v1}, layerSelector: {mediaType: x, operation: copy}, verify: {provider: cosign}}
---
apiVersion: source.extensions.fluxcd.io/v1beta1
kind: ArtifactGenerator
metadata: {name: ag, namespace: flux-system}
spec:
  sources: [{alias: repo, kind: GitRepository, name: flux-system}]
  artifacts: [{name: team, originRevision: "@repo", copy: [{from: "@repo/apps/**", to: "@artifact/", exclude: ["*.md"], strategy: Overwrite}]}]
---
apiVersion: notification.toolkit.fluxcd.io/v1beta3
kind: Alert
metadata: {name: al, namespace: flux-system}
spec: {providerRef: {name: slack}, eventSources: [{kind: Kustomization, name: "*", matchLabels: {a: b}}], exclusionList: ["x.*"]}
---
apiVersion: notification.toolkit.fluxcd.io/v1
kind: Receiver
metadata: {name: re, namespace: flux-system}
spec: {type: github, events: [push], secretRef: {name: s}, resources: [{kind: GitRepository, name: flux-system}]}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: web, namespace: flux-system}
spec: {imageRepositoryRef: {name: web}, policy: {semver: {range: ">=1.0"}}, filterTags: {pattern: "^v(?P<x>.*)", extract: "$x"}}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageUpdateAutomation
metadata: {name: bot, namespace: flux-system}
spec: {interval: 1h, sourceRef: {kind: GitRepository, name: flux-system}, git: {push: {branch: b}}, update: {path: ./apps, strategy: Setters}}
"""
RELEASES = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: flux-system}
spec:
  interval: 1h
  chart: {spec: {chart: ./charts/web, version: 1.0.0, sourceRef: {kind: GitRepository, name: flux-system}, valuesFiles: [charts/web/values.yaml]}}
  releaseName: web
  targetNamespace: apps
  dependsOn: [{name: other}]
  driftDetection: {mode: enabled, ignore: [{paths: [/spec/replicas], target: {kind: Deployment}}]}
  install: {crds: CreateReplace, remediation: {retries: 3}, strategy: {name: RetryOnFailure, retryInterval: 1m}}
  upgrade: {remediation: {retries: 3, strategy: rollback}}
  postRenderers: [{kustomize: {images: [{name: nginx, newTag: y}], patches: [{target: {kind: Deployment}, patch: "- {op: add, path: /a, value: b}"}]}}]
  valuesFrom: [{kind: ConfigMap, name: vals, valuesKey: v, targetPath: "a.b[0]", optional: true}]
  values: {replicas: 2, image: {repository: nginx, tag: 1.29.0}, list: [1, two, {three: 3}], nothing: null}
"""
CHART = """\
apiVersion: v2
name: web
version: 1.0.0
appVersion: "1"
kubeVersion: ">=1.20"
keywords: [a]
maintainers: [{name: n, email: e@example.org}]
dependencies: [{name: sub, version: 1.x, repository: "file://../sub", condition: sub.enabled, tags: [t], import-values: [{child: a, parent: b}]}]
"""
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: apps}
spec: {replicas: 1, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "web:1"}]}}}
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: pr, namespace: apps}
spec: {groups: [{name: g, interval: 1m, rules: [{alert: A, expr: up == 0, for: 5m, labels: {severity: critical}, annotations: {runbook_url: "https://x/y"}}]}]}
"""
FILES = {
    "clusters/prod/flux-system/gotk-sync.yaml": SYNC,
    "clusters/prod/layers.yaml": LAYERS,
    "clusters/prod/sets.yaml": SETS,
    "clusters/prod/instance.yaml": INSTANCE,
    "clusters/prod/sources.yaml": SOURCES,
    "clusters/prod/releases.yaml": RELEASES,
    "charts/web/Chart.yaml": CHART,
    "charts/web/values.yaml": "replicas: 1\nimage: {repository: nginx, tag: x}\n",
    "charts/web/templates/x.yaml": "# nothing\n",
    "apps/kustomization.yaml": "resources: [web.yaml]\n",
    "apps/web.yaml": WEB,
}
QUICK = 29
"""Of so many cases one is tried each time; a prime number, so that it meets all odd values."""


@pytest.mark.parametrize("step", [QUICK, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", FILES)
def test_odd_values(name: str, step: int, tmp_path: Path) -> None:
    """Every finding has a message of one line, and a place where there is a file to name."""
    write(tmp_path, FILES)
    documents = list(yaml.safe_load_all(FILES[name]))
    cases = [
        (at, path, odd)
        for at, document in enumerate(documents)
        for path in _paths(document)
        for odd in ODD
    ]
    for at, path, odd in cases[::step]:
        made = [*documents[:at], _with(documents[at], path, odd), *documents[at + 1 :]]
        (tmp_path / name).write_text(yaml.safe_dump_all(made, sort_keys=False), encoding="utf-8")
        for finding in scan(tmp_path).findings:
            said = (path, odd, finding.code, finding.message)
            assert finding.file is not None or finding.code in _OF_NO_FILE, said
            assert finding.line is None or finding.line >= 1, said
            assert finding.message.strip() == finding.message and "\n" not in finding.message, said


@pytest.mark.parametrize("odd", ["a/b", "a/b/c", "/", "..", "a b", "a\\b", "%2e%2e", "<b>", "#"])
def test_odd_names(odd: str, tmp_path: Path) -> None:
    """Names and namespaces that Kubernetes does not take are findings at their lines."""
    for name, kind in (("layers", "Kustomization"), ("releases", "HelmRelease")):
        path = f"clusters/prod/{name}.yaml"
        document = yaml.safe_load(FILES[path])
        for field in ("name", "namespace"):
            made = _with(document, ("metadata", field), odd)
            write(tmp_path, {**FILES, path: yaml.safe_dump(made, sort_keys=False)})
            found = [one for one in scan(tmp_path).findings if one.code == "name-invalid"]
            assert field == "namespace" or [one.file for one in found] == [path], (kind, found)


_OF_NO_FILE = ("cluster-none", "layer-partial")
"""What is said of a repository, or of a root that no file holds."""


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where each value stands."""
    yield path
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _paths(item, (*path, key))


def _with(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    """The same with another value at a path."""
    if not path:
        return odd
    made = copy.copy(value)
    made[path[0]] = _with(made[path[0]], path[1:], odd)
    return made
