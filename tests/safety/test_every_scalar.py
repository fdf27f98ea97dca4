"""A secret in place of each scalar of a repository in turn: whatever is made from it is never
shown.

Names, prefixes, patches, variables, replacements: engines build new texts from old ones everywhere,
and each place can forget that the old one was secret. The repository uses nearly every field of
kustomize and Flux, so that each scalar goes through what uses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_docs.inventory.codec import dumps
from gitops_docs.model import LayerStatus
from gitops_docs.pages import render
from gitops_docs.repository import git
from gitops_docs.scanner.scanner import analyse
from tests.fuzz.targets import everything
from tests.support.scanning import write

pytestmark = pytest.mark.long

HIDDEN = {
    "ciphertext": "ENC[AES256_GCM,data:hidden-value,iv:aa,tag:bb,type:str]",
    "manifest": "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: hidden-value}\n",
    "line": "{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {a: hidden-value}}",
}
TOKEN = "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"
NAMES = (
    *(
        "apiVersion",
        "kind",
        "name",
        "namespace",
        "namePrefix",
        "nameSuffix",
        "targetNamespace",
        "alert",
    ),
    "tenant",  # goes into names
)
FILES = {
    "clusters/prod/apps.yaml": """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m, url: "https://git.example.org/platform.git", ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: base, namespace: flux-system}
spec: {interval: 10m, path: ./base, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system, labels: {team: a}, annotations: {note: b}}
spec:
  interval: 10m
  retryInterval: 1m
  timeout: 5m
  path: ./apps
  prune: true
  wait: true
  targetNamespace: apps
  namePrefix: p-
  nameSuffix: -s
  commonMetadata: {labels: {owner: c}, annotations: {note: d}}
  components: [../component]
  dependsOn: [{name: base, namespace: flux-system, readyExpr: "true"}]
  healthChecks: [{apiVersion: apps/v1, kind: Deployment, name: p-web-s, namespace: apps}]
  healthCheckExprs: [{apiVersion: apps/v1, kind: Deployment, current: "true", failed: "false"}]
  images: [{name: web, newName: registry.example.org/web, newTag: v2}]
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild:
    substitute: {DOMAIN: example.org, COUNT: "2"}
    substituteFrom: [{kind: ConfigMap, name: variables}]
  patches:
    - target: {group: apps, version: v1, kind: Deployment, name: .*web.*, labelSelector: app=web}
      patch: |
        - {op: replace, path: /spec/replicas, value: 3}
    - patch: |
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: web, namespace: given}
        data: {patched: by-flux}
""",
    "base/variables.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata: {name: variables, namespace: flux-system}
data: {REGION: eu, ZONE: a}
""",
    "inner/kustomization.yaml": """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [web.yaml, releases.yaml, alerts.yaml, sets.yaml]
namespace: apps
namePrefix: x-
nameSuffix: -y
labels: [{pairs: {tier: front}, includeSelectors: true, fields: [{path: spec/note, create: true, kind: Deployment}]}]
commonAnnotations: {by: kustomize}
images: [{name: side, newName: registry.example.org/side, digest: sha256:00}]
replicas: [{name: web, count: 4}]
buildMetadata: [originAnnotations, transformerAnnotations, managedByLabel]
generatorOptions: {labels: {made: here}, annotations: {made: there}}
configMapGenerator:
  - {name: settings, literals: [a=b, c=d], files: [file.txt, other=file.txt], envs: [file.env], options: {labels: {e: f}}}
secretGenerator:
  - {name: keys, literals: [g=h], type: Opaque}
vars: [{name: WEB, objref: {apiVersion: v1, kind: ConfigMap, name: web}, fieldref: {fieldpath: data.host}}]
configurations: [configuration.yaml]
replacements:
  - source: {kind: ConfigMap, name: web, fieldPath: data.host, options: {delimiter: ".", index: 0}}
    targets:
      - select: {kind: Deployment, name: web}
        fieldPaths: [spec.template.metadata.annotations.host, metadata.annotations.host]
        options: {create: true, delimiter: "-", index: 1}
patches:
  - path: patch.yaml
    target: {kind: Deployment, name: web}
  - target: {kind: ConfigMap, name: web}
    patch: |
      - {op: add, path: /data/added, value: one}
      - {op: copy, from: /data/host, path: /data/copied}
      - {op: test, path: /data/host, value: www.example.org}
patchesStrategicMerge: [strategic.yaml]
patchesJson6902:
  - {target: {version: v1, kind: ConfigMap, name: web}, patch: '[{"op": "move", "from": "/data/moved", "path": "/data/there"}]'}
""",
    "apps/kustomization.yaml": """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../inner]
configMapGenerator: [{name: settings, namespace: apps, behavior: merge, literals: [i=j]}]
""",
    "inner/configuration.yaml": """\
namePrefix: [{path: metadata/name}, {path: data/prefixed, kind: ConfigMap}]
nameSuffix: [{path: metadata/name}]
varReference: [{path: data/filled, kind: ConfigMap}]
nameReference: [{kind: ConfigMap, version: v1, fieldSpecs: [{path: data/refers, kind: ConfigMap}]}]
""",
    "inner/patch.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: web, args: [--from-patch]}]}}}
""",
    "inner/strategic.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: given}
data: {merged: more}
""",
    "inner/file.txt": "text\n",
    "inner/file.env": "FROM_FILE=1\n",
    "inner/web.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: given, labels: {app: web}, annotations: {note: hi}}
data:
  host: www.example.org
  moved: m
  filled: "at $(WEB)"
  refers: settings
  prefixed: q
  domain: "web.${DOMAIN}"
  zone: "${ZONE:=b}"
  yaml: "a: {b: c}"
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}, annotations: {host: a-b}}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}, annotations: {host: c-d}}
    spec:
      serviceAccountName: web
      containers:
        - name: web
          image: web:v1
          args: [--a, "${COUNT}"]
          env: [{name: A, value: b}, {name: C, valueFrom: {configMapKeyRef: {name: settings, key: a}}}]
        - {name: side, image: "side:v1", envFrom: [{secretRef: {name: keys}}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: web, namespace: given}, {kind: ServiceAccount, name: default, namespace: given}]
---
apiVersion: v1
kind: Namespace
metadata: {name: given}
""",
    "inner/releases.yaml": """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: chart}
spec: {interval: 1h, url: "oci://registry.example.org/chart", ref: {tag: 1.2.3}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts}
spec: {interval: 1h, url: "https://charts.example.org"}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: one}
spec:
  interval: 1h
  releaseName: uno
  storageNamespace: store
  targetNamespace: target
  dependsOn: [{name: two}]
  chartRef: {kind: OCIRepository, name: chart}
  valuesFrom: [{kind: ConfigMap, name: web, valuesKey: yaml}, {kind: ConfigMap, name: web, valuesKey: host, targetPath: a.host}]
  values: {image: {repository: r.example.org/one, tag: v1}, deep: {list: [1, two], on: true}}
  postRenderers:
    - kustomize:
        images: [{name: i, newTag: j}]
        patches: [{target: {kind: Service}, patch: "- {op: add, path: /a, value: b}"}]
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: two}
spec: {interval: 1h, chart: {spec: {chart: two, version: 2.x, sourceRef: {kind: HelmRepository, name: charts}, valuesFiles: [a.yaml]}}}
""",
    "inner/alerts.yaml": """\
apiVersion: notification.toolkit.fluxcd.io/v1beta3
kind: Provider
metadata: {name: slack}
spec: {type: slack, channel: general, address: "https://hooks.example.org/a", username: bot, secretRef: {name: keys}}
---
apiVersion: notification.toolkit.fluxcd.io/v1beta3
kind: Alert
metadata: {name: all}
spec:
  summary: s
  eventSeverity: error
  providerRef: {name: slack}
  eventMetadata: {a: b}
  exclusionList: [.*x.*]
  eventSources: [{kind: HelmRelease, name: "*", matchLabels: {a: b}}]
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: rules}
spec:
  groups:
    - name: g
      rules:
        - alert: Down
          expr: up == 0
          for: 5m
          labels: {severity: critical}
          annotations: {summary: s, description: d, runbook_url: "https://example.org/r"}
""",
    "inner/sets.yaml": """\
apiVersion: fluxcd.controlplane.io/v1
kind: ResourceSet
metadata: {name: set}
spec:
  commonMetadata: {labels: {a: b}}
  inputs: [{tenant: t1, size: 1}, {tenant: t2, size: 2}]
  dependsOn: [{apiVersion: v1, kind: ConfigMap, name: web}]
  resources:
    - {apiVersion: v1, kind: ConfigMap, metadata: {name: "set-<< inputs.tenant >>"}, data: {size: "<< inputs.size >>", kept: k}}
  resourcesTemplate: |
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: "more-<< inputs.tenant >>"}
""",
    "component/kustomization.yaml": """\
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
resources: [extra.yaml]
nameSuffix: -c
""",
    "component/extra.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\ndata: {e: f}\n",
}  # fmt: skip


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all scalars."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(value, dict | list):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key)


def places() -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Each scalar of each YAML file."""
    for name, text in FILES.items():
        if name.endswith(".yaml"):
            yield from ((name, path) for path in leaves(list(yaml.safe_load_all(text))))


def with_value(name: str, path: tuple[Any, ...], value: str) -> str:
    """A file with another value at one place."""
    documents = list(yaml.safe_load_all(FILES[name]))
    node: Any = documents
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value
    return yaml.safe_dump_all(documents, sort_keys=False)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files, whose layers all render."""
    monkeypatch.setattr(git, "find", lambda root: None)
    write(tmp_path, FILES)
    everything(tmp_path)
    assert {layer.status for layer in analyse(tmp_path).platform.layers} == {LayerStatus.RENDERED}
    return tmp_path


@pytest.mark.parametrize("hidden", HIDDEN)
def test_each_scalar(hidden: str, repository: Path) -> None:
    """Objects, JSON, pages and messages show no part of a value that is sealed, wherever it stands
    and whatever it goes through."""
    wrong = []
    for name, path in places():
        (repository / name).write_text(with_value(name, path, HIDDEN[hidden]))
        try:
            everything(repository)
        except Exception as error:
            wrong.append(f"{name}: {'.'.join(map(str, path))}: {error!r}")
        (repository / name).write_text(FILES[name])
    assert wrong == []


def test_each_scalar_a_token(repository: Path) -> None:
    """JSON and pages show no token that is known by its form, wherever it stands, unless as a name,
    which is what others refer to."""
    wrong = []
    for name, path in places():
        if path[-1] in NAMES:
            continue
        (repository / name).write_text(with_value(name, path, TOKEN))
        platform = analyse(repository).platform
        texts = [dumps(platform), *(page.html for page in render(platform).pages)]
        if any(TOKEN in text for text in texts):
            wrong.append(f"{name}: {'.'.join(map(str, path))}")
        (repository / name).write_text(FILES[name])
    assert wrong == []
