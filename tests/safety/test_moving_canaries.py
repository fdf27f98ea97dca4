"""Canaries that move: from the place where they are known to be secret to one whose key says
nothing, or into the words of a finding.

`test_canaries.py` has the places where people put credentials; here is what Flux, kustomize and
this project do with them on the way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.support.commands import gitops_docs

Write = Callable[[Mapping[str, str]], Path]


def layer(name: str, more: str = "") -> str:
    return f"""\
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {name}, namespace: flux-system}}
spec:
  interval: 10m
  path: ./{name}
  prune: true
  sourceRef: {{kind: GitRepository, name: flux-system}}
{more}"""


GIVEN = """\
  postBuild:
    substitute: {DB_PASSWORD: canary01, PLAIN: plain}
    substituteFrom: [{kind: Secret, name: vars}]
"""
FILES = {
    "clusters/prod/layers.yaml": layer("values", GIVEN)
    + layer("outer", GIVEN)
    + layer("moved")
    + layer("sets", GIVEN)
    + layer("quoted"),
    "clusters/prod/vars.yaml": """\
apiVersion: v1
kind: Secret
metadata: {name: vars, namespace: flux-system}
stringData: {HOST: canary02-host, BRACE: "{"}
""",
    # Values of a release from a ConfigMap that a Secret's variable is filled into.
    "values/all.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata: {name: values, namespace: x}
data:
  values.yaml: |
    host: ${HOST}
    plain: kept-${PLAIN}
    list: ["${HOST}", "x ${DB_PASSWORD}"]
  one: ${HOST}
  inner: |
    kind: Secret
    stringData: {a: canary03}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: release, namespace: x}
spec:
  interval: 1h
  chart: {spec: {chart: c, version: 1.0.0, sourceRef: {kind: HelmRepository, name: charts}}}
  valuesFrom:
    - {kind: ConfigMap, name: values}
    - {kind: ConfigMap, name: values, valuesKey: one, targetPath: "a.b"}
  values: {env: {DEBUG: "1"}}
---
apiVersion: v1
kind: Secret
metadata: {name: shaped, namespace: x}
stringData: {a: "${BRACE}canary05: x}"}
""",
    # Patches of a layer that its parent fills in.
    "outer/layer.yaml": layer(
        "inner",
        """\
  patches:
    - target: {kind: ConfigMap}
      patch: |
        - {op: add, path: /metadata/annotations, value: {host: "${HOST}", plain: "kept-${PLAIN}"}}
    - patch: |
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: w, namespace: x}
        data: {a: "${HOST}"}
    - target: {kind: ConfigMap}
      patch: |
        - {op: add, path: "/data/${HOST}", value: z}
    - target: {kind: ConfigMap}
      patch: |
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: all}
        data: {"${HOST}": z}
  patchesStrategicMerge:
    - |
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: w, namespace: x, labels: {h: "${HOST}"}}
""",
    ),
    "inner/w.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: w, namespace: x}\ndata: {b: c}\n",
    # What is hidden by its key, moved to another one.
    "moved/kustomization.yaml": """\
resources: [all.yaml]
replacements:
  - source: {kind: ConfigMap, name: source, fieldPath: data.password}
    targets: [{select: {kind: ConfigMap, name: target}, fieldPaths: [data.note]}]
vars:
  - {name: V, objref: {kind: ConfigMap, name: source, apiVersion: v1}, fieldref: {fieldpath: data.password}}
patches:
  - target: {kind: HelmRelease}
    patch: |
      - {op: replace, path: "/spec/values/tokens/0", value: canary07}
      - {op: replace, path: /spec/values/tls.key, value: canary08}
      - {op: replace, path: "/spec/values/env/0/value", value: canary09}
""",
    "moved/all.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata: {name: source, namespace: x}
data: {password: canary06}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: target, namespace: x}
data: {note: x, flow: "{password: a canary10, x: y}"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d, namespace: x}
spec: {template: {spec: {containers: [{name: a, image: "r/a:1", args: ["$(V)", "x $(V)"]}]}}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: moved, namespace: x}
spec: {values: {tokens: [canary11], tls.key: canary12, env: [{name: A_PASSWORD, value: canary13}], passwords: {a: canary14}}}
""",
    # Templates of ResourceSets.
    "sets/all.yaml": """\
apiVersion: fluxcd.controlplane.io/v1
kind: ResourceSet
metadata: {name: t, namespace: x}
spec:
  inputs: [{tenant: one, password: canary15, secret: kept-secret}]
  resources:
    - apiVersion: v1
      kind: ConfigMap
      metadata: {name: "kept-<< inputs.tenant >>", namespace: x, annotations: {a: "<< inputs.password | b64enc >>"}}
      data: {note: "<< inputs.password >>", up: "<< inputs.password | upper >>"}
    - apiVersion: v1
      kind: ConfigMap
      metadata: {name: "<< inputs.secret >>", namespace: x}
      data: {a: b}
  resourcesTemplate: |
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: "kept2-<< inputs.tenant >>", namespace: x, labels: {h: "${HOST}"}}
    data: {host: "${HOST}", n: "<< inputs.password >>", plain: "kept-${PLAIN}"}
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: kept3, namespace: x}
    stringData: {host: canary16}
---
apiVersion: fluxcd.controlplane.io/v1
kind: ResourceSet
metadata: {name: u, namespace: x}
spec:
  resourcesTemplate: |
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: "x-${HOST}", namespace: x}
""",
    # What a page shows otherwise is told by the finding.
    "quoted/all.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: page, namespace: x}
spec:
  template:
    spec:
      containers:
        - name: a
          image: r/a:1
          env: [{name: PGPASSWORD, value: canary17}]
          args: [--token, canary18, "--password=canary19"]
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: page, namespace: x}
spec:
  values:
    tokens: [canary20]
    tls.key: canary21
    list: [{path: "https://u:canary22@h", name: "password=canary23"}]
    passwords: {x: canary24}
""",
    "docs/index.md": "# Home\n",
    "docs/runbooks/page.md": """\
# Page

```yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: page, namespace: x}
spec:
  template:
    spec:
      containers:
        - {name: a, env: [{name: PGPASSWORD, value: other}], args: [other]}
```

```yaml
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: page, namespace: x}
spec: {values: {tokens: [other], tls.key: other, list: [{name: no}], passwords: {x: other}}}
```
""",
}
LAYERS = ("values", "outer", "inner", "moved", "sets", "quoted")
KEPT = {
    "inner": ["kept-plain"],
    "sets": ["kept-one", "kept2-one", "kept3", "kept-secret", "kept-plain"],
}
"""What stands beside a secret in the same text stays."""


def leaked(text: str) -> list[str]:
    return sorted(set(re.findall(r"canary\d\d|Y2FuYXJ5|NhbmFye|jYW5hcn", text, re.IGNORECASE)))


@pytest.fixture
def planted(repository: Write) -> Path:
    return repository(FILES)


@pytest.mark.parametrize("name", LAYERS)
def test_render(planted: Path, name: str) -> None:
    """No rendered object has one, and what stands beside it is there."""
    done = gitops_docs("render", str(planted), name, status=None)
    assert "kind: " in done.stdout
    assert leaked(done.stdout + done.stderr) == []
    assert all(word in done.stdout for word in KEPT.get(name, ()))


@pytest.mark.parametrize(
    "command", [["inventory"], ["check"], ["check", "--format", "sarif"], ["tree"]], ids=" ".join
)
def test_commands(planted: Path, command: list[str]) -> None:
    """Neither does the output of a command; pages that differ from the manifests are found all the
    same."""
    done = gitops_docs(command[0], str(planted), *command[1:], status=None)
    assert leaked(done.stdout + done.stderr) == []
    if command == ["check"]:
        assert done.stdout.count("excerpt-differs") >= 5


def test_site(planted: Path, tmp_path: Path) -> None:
    """Nor the site, whose gate finds nothing to remove; values beside a secret one are listed."""
    site = tmp_path / "site"
    gitops_docs("build", str(planted), "--site-dir", str(site))
    found = {
        str(path): seen
        for path in site.rglob("*")
        if path.is_file() and (seen := leaked(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert found == {}
    assert "kept-plain" in (
        site / "platform/clusters/prod/releases/x/release/index.html"
    ).read_text(encoding="utf-8")
