"""Canaries in every place where people put credentials, Secrets and elsewhere, looked for in
everything that comes out.

`tests/reference/test_secrets.py` looks closely at Secrets; here each canary has a number, so that a
failure names the place.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.commands import gitops_docs


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def layer(name: str, more: str = "") -> str:
    return f"""\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {name}, namespace: flux-system}}
spec:
  interval: 10m
  path: ./{name}
  prune: true # the old password: canary01x
  sourceRef: {{kind: GitRepository, name: flux-system}}
{more}---
"""


FILES = {
    "clusters/prod/flux-system/gotk-sync.yaml": """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m, url: "https://canary02@git.example.org/platform.git", secretRef: {name: git}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 10m, path: ./clusters/prod, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
""",
    "clusters/prod/layers.yaml": "# token=canary03\n"
    + layer(
        "apps",
        """\
  dependsOn:
    - name: base # password is canary04-x
  postBuild:
    substitute:
      DB_PASSWORD: canary05
      PLAIN: https://u:canary06@example.org
    substituteFrom:
      - {kind: Secret, name: variables}
      - {kind: ConfigMap, name: settings}
  patches:
    - target: {labelSelector: app=a}
      patch: |
        - {op: add, path: /stringData/x, value: canary07}
    - target: {kind: "Secret|ConfigMap", name: listed}
      patch: |
        - {op: add, path: /stringData/y, value: canary08}
    - patch: |
        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata: {name: db, namespace: apps}
        spec:
          values: {patched: {password: canary09}, args: ["--token", "canary10"], url: "amqp://u:canary11@mq"}
""",
    )
    + layer("base")
    + layer("more"),
    "clusters/prod/variables.yaml": """\
apiVersion: v1
kind: SecretList
items:
  - apiVersion: v1
    kind: Secret
    metadata: {name: variables, namespace: flux-system}
    stringData: {TOKEN: canary12, BLOCK: "{canary12: canary12}"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: flux-system}
data:
  API_TOKEN: canary13
  HOOK: https://hooks.slack.com/services/T0/B0/canary14
""",
    "base/kustomization.yaml": """\
resources: [configmap.yaml, alerts.yaml, "https://u:canary15@git.example.org/base?ref=main"]
configMapGenerator:
  - name: generated
    literals: [password=canary16, "line=--api-key=canary17", "m={kind: Secret, data: {a: canary74}}"]
    files: [app.ini, inner.yaml]
secretGenerator:
  - {name: a, literals: [a=canary18]}
  - {name: b, envs: [b.env]}
  - {name: c, files: [c.pem]}
""",
    "base/b.env": "A=canary19\n",
    "base/c.pem": "-----BEGIN PRIVATE KEY-----\ncanary20\n-----END PRIVATE KEY-----\n",
    "base/inner.yaml": "kind: Secret\nmetadata: {name: inner}\nstringData: {plain: canary75}\n",
    "base/app.ini": "[db]\npassword = canary21\nhost = db\n",
    "base/configmap.yaml": """\
# AKIACANARY22CANARY22
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: base
  annotations:
    note: "password=canary23"
    kubectl.kubernetes.io/last-applied-configuration: '{"data":{"a":"canary24"}}'
data:
  password: canary25
  config.yaml: |
    db:
      password: canary26
      dsn: postgres://app:canary27@db/app
    webhook: https://discord.com/api/webhooks/1/canary28
  config.json: '{"clientSecret": "canary29"}'
  secret.yaml: |
    apiVersion: v1
    kind: Secret
    metadata: {name: inner}
    stringData: {plain: canary30}
  id_rsa: |
    -----BEGIN OPENSSH PRIVATE KEY-----
    canary31
    -----END OPENSSH PRIVATE KEY-----
""",
    "base/alerts.yaml": """\
apiVersion: notification.toolkit.fluxcd.io/v1beta3
kind: Provider
metadata: {name: slack, namespace: base}
spec: {type: slack, channel: "https://hooks.slack.com/services/T/B/canary32", address: "https://hooks.slack.com/services/T/B/canary33"}
---
apiVersion: notification.toolkit.fluxcd.io/v1beta3
kind: Alert
metadata: {name: all, namespace: base}
spec:
  summary: "token=canary34"
  providerRef: {name: slack}
  eventSources: [{kind: Kustomization, name: "*"}]
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: rules, namespace: base}
spec:
  groups:
    - name: g
      rules:
        - alert: Down
          expr: up == 0
          annotations: {runbook_url: "https://u:canary35@wiki.example.org/x", description: "log in with password=canary36"}
""",
    "apps/kustomization.yaml": """\
resources: [secret.yaml, list.yaml, keys.yaml, workload.yaml, release.yaml, set.yaml]
patches:
  - target: {name: web}
    patch: |
      - op: add
        path: /spec/template/spec/containers/0/env
        value: [{name: API_KEY, value: canary37}]
replacements:
  - source: {kind: ConfigMap, name: open, fieldPath: data.value}
    targets: [{select: {kind: Secret, name: first}, fieldPaths: [stringData.copied], options: {create: true}}]
""",
    "apps/secret.yaml": f"""\
apiVersion: v1
kind: Secret
metadata: {{name: first, namespace: apps, labels: {{app: a}}}}
data: &shared {{a: {encoded("canary38")}}}
stringData: {{x: canary39, "nested": {{deep: [canary40]}}}}
---
apiVersion: v1
kind: "Secr\\u0065t"
metadata: {{name: escaped, namespace: apps}}
stringData: {{a: canary41}}
---
apiVersion: v1
kind: Secret
metadata: {{name: sops, namespace: apps}}
stringData: {{a: "ENC[AES256_GCM,data:canary42,iv:a,tag:b,type:str]"}}
sops: {{age: [{{recipient: age1, enc: canary43}}], mac: "ENC[AES256_GCM,data:canary44,iv:a,tag:b,type:str]"}}
""",
    "apps/list.yaml": """\
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Secret
    metadata: {name: listed, namespace: apps}
    stringData: &values {y: canary45}
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: aliased, namespace: apps}
    data: *values
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: open, namespace: apps}
    data: {value: copied}
""",
    "apps/workload.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: apps, annotations: {"a/token": canary46, conn: "mysql://root:canary47@db"}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: registry.example.org/web:1
          command: [sh, -c, "curl -H 'Authorization: Bearer canary48canary48canary48' --password canary49 x"]
          args: ["--password=canary50", "--secret-key", "canary51", "--default=${SECRET_KEY:=canary52}", "${TOKEN}"]
          envFrom: [{secretRef: {name: first}}]
""",
    "apps/keys.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata: {name: keys, namespace: apps, annotations: {"${TOKEN}": x, "a-${TOKEN}": "${TOKEN}"}}
data: {"${TOKEN}": y}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: block, namespace: apps}
data: ${BLOCK}
""",
    "apps/release.yaml": """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: db, namespace: apps}
spec:
  interval: 1h
  chart: {spec: {chart: db, version: 1.2.3, sourceRef: {kind: HelmRepository, name: charts}}}
  values:
    auth: {password: canary53, existingSecret: keep-existing, secretName: keep-name, replicationSecretRef: keep-ref}
    env: [{name: PGPASSWORD, value: canary54}]
    apiKey: canary55
    url: https://user:canary56@example.org
    extraObjects:
      - {apiVersion: v1, kind: Secret, metadata: {name: extra}, stringData: {plain: canary57}}
    extraManifests:
      - |
        apiVersion: v1
        kind: Secret
        metadata: {name: text}
        stringData: {plain: canary58}
    secrets: {main: {stringData: {plain: canary59}}}
    config: |
      admin_password = canary60
    tokens: [canary61]
    htpasswd: "admin:$2y$10$canary62canary62canary62"
  postRenderers:
    - kustomize:
        patches:
          - target: {kind: Secret, name: a}
            patch: |
              - {op: add, path: /data/x, value: canary63}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: apps}
spec: {interval: 1h, url: "https://u:canary64@charts.example.org/", type: oci}
""",
    "apps/set.yaml": """\
apiVersion: fluxcd.controlplane.io/v1
kind: ResourceSet
metadata: {name: tenants, namespace: apps}
spec:
  inputs: [{tenant: one, password: canary65}]
  resources:
    - apiVersion: v1
      kind: Secret
      metadata: {name: "<< inputs.tenant >>", namespace: apps}
      stringData: {plain: canary66}
  resourcesTemplate: |
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: templated, namespace: apps}
    stringData: {plain: canary67}
""",
    "more/kustomization.yaml": """\
resources: [hosts.yaml, stores.yaml, machines.yaml]
configMapGenerator:
  - name: values
    files: [values.yaml, config.json, kubeconfig=kube.conf, user-data.txt, redis.conf, .netrc]
patches:
  - target: {kind: ConfigMap, name: hosts}
    patch: |
      - {op: add, path: /data/password, value: "canary76 and more words: canary76"}
replacements:
  - source: {kind: Secret, name: source, fieldPath: stringData.host}
    targets: [{select: {kind: ConfigMap, name: hosts}, fieldPaths: [data.copied], options: {create: true}}]
""",
    "more/values.yaml": """\
adminPassword: my canary77 has words
smtp:
  password: >-
    canary78
  tokens:
    - canary79
""",
    "more/config.json": json.dumps(
        {"auths": {"registry.example.org": {"auth": encoded("user:canary80")}}}
    ),
    "more/kube.conf": f"users:\n- name: a\n  user:\n    client-key-data: {encoded('canary81')}\n    token: canary82\n",
    "more/user-data.txt": "#cloud-config\nchpasswd:\n  list: |\n    root:canary83\nusers:\n- {name: a, plain_text_passwd: canary84}\n",
    "more/redis.conf": "requirepass canary85\nmasterauth canary85\n",
    "more/.netrc": "machine git.example.org login a password canary86\n",
    "more/hosts.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: hosts
  namespace: more
  annotations: {hook: "https://ci.example.org/hook?key=canary87", "checks/url": "https://u:canary88@ci.example.org"}
data:
  run.sh: |
    curl -u admin:canary89 https://a.example.org
    mysql -h db -pcanary90 main
    redis-cli -a canary91 ping
  wg0.conf: |
    [Interface]
    PrivateKey = canary92canary92canary92canary92canary92ca=
# kind: Secret
# stringData:
#   password: canary93
---
apiVersion: v1
kind: Secret
metadata: {name: source, namespace: more}
stringData: {host: canary94.example.org}
""",
    "more/stores.yaml": f"""\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {{name: a, namespace: more}}
spec:
  target: {{template: {{data: {{config: "password=canary95 user={{{{ .user }}}}"}}}}}}
---
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {{name: b, namespace: more}}
spec:
  template: {{data: {{config: "dsn=postgres://a:canary96@db/x"}}}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: more, namespace: more}}
spec:
  chart: {{spec: {{chart: db, version: 1.2.3, sourceRef: {{kind: HelmRepository, name: charts}}}}}}
  values:
    list: [{{name: DB_PASSWORD, value: canary97}}, {{deep: [{{apiToken: canary98}}]}}]
    imageCredentials: {{auths: {{registry.example.org: {{auth: {encoded("user:canary98")}}}}}}}
""",
    "more/machines.yaml": """\
apiVersion: bootstrap.cluster.x-k8s.io/v1beta1
kind: KubeadmConfig
metadata: {name: c, namespace: more}
spec:
  preKubeadmCommands: ["kubeadm join --token canary99 x", "sshpass -p canary99 ssh a"]
  files: [{path: /etc/a, content: "[default]\\naws_secret_access_key = canary99"}]
""",
    # Not applied by anything.
    "stray/a.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: stray}\nstringData: {a: canary68}\n",
    "stray/broken.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: b}\nstringData:\n  a: 'canary69\n\tb: canary70\n",
    "stray/alias.yaml": "a: *canary71\n",
    "docs/index.md": "# Home\n",
}
KEPT = ("keep-existing", "keep-name", "keep-ref")
"""References, which stay readable."""


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Git repository with a canary in each place, the subject of its commit and the address of
    its remote among them."""
    root = tmp_path_factory.mktemp("planted") / "repository"
    for name, content in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["remote", "add", "origin", "https://canary72@git.example.org/platform.git"],
        ["add", "."],
        [
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.org",
            "commit",
            "--quiet",
            "--message=Set password=canary73",
        ],
    ):
        subprocess.run(["git", *command], cwd=root, check=True, capture_output=True)
    return root


def leaked(text: str | bytes) -> list[str]:
    """The numbers of the canaries in a text, as they are, in capitals, or in base64."""
    content = text.encode() if isinstance(text, str) else text
    found = {
        f"canary{number.decode()}"
        for number in re.findall(rb"canary(\d\d)", content, re.IGNORECASE)
    }
    for number in range(1, 100):
        for offset in range(3):
            plain = f"canary{number:02}".encode()
            inner = base64.b64encode(b" " * offset + plain)[
                -(-offset * 8 // 6) : (offset + len(plain)) * 8 // 6
            ]
            if inner in content:
                found.add(f"base64 of {plain.decode()}")
    return sorted(found)


def test_places() -> None:
    """There are more than ninety places."""
    text = "".join(FILES.values()).lower()
    assert len(set(re.findall(r"canary(\d\d)", text))) >= 90
    assert leaked(encoded("1canary07")) == ["base64 of canary07"]


@pytest.mark.parametrize(
    "command",
    [
        ["inventory"],
        *(["check", "--format", form] for form in ("text", "json", "sarif", "github")),
        *(["graph", "--format", form] for form in ("text", "mermaid", "dot", "json")),
        ["tree"],
    ],
    ids=" ".join,
)
def test_commands(planted: Path, command: list[str]) -> None:
    """Neither stream of a command has a canary."""
    done = gitops_docs(command[0], str(planted), *command[1:], status=None)
    assert done.stdout.strip()
    assert leaked(done.stdout + done.stderr) == []


@pytest.mark.parametrize("name", ["apps", "base", "more", "prod/flux-system/flux-system"])
def test_render(planted: Path, name: str) -> None:
    """Rendered objects show that something was there, and references as they are."""
    done = gitops_docs("render", str(planted), name, status=None)
    assert "**REDACTED**" in done.stdout
    assert leaked(done.stdout + done.stderr) == []
    if name == "apps":
        assert all(word in done.stdout for word in KEPT)


def test_diff(planted: Path, tmp_path: Path) -> None:
    """A change of every canary shows none, neither the old nor the new."""
    root = tmp_path / "changed"
    subprocess.run(["git", "clone", "-q", str(planted), str(root)], check=True)
    for name, content in FILES.items():
        (root / name).write_text(
            re.sub(r"canary(\d)(\d)", r"canary\2\1", content), encoding="utf-8"
        )
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", "x"],
        cwd=root,
        check=True,
    )
    done = gitops_docs("diff", str(root), "HEAD~1", status=None)
    assert "apps" in done.stdout
    assert leaked(done.stdout + done.stderr) == []


def test_export(planted: Path, tmp_path: Path) -> None:
    """The pages as Markdown files have none."""
    done = gitops_docs("export", str(planted), str(tmp_path / "out"), status=None)
    assert leaked(done.stdout + done.stderr) == []
    made = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(made) > 20
    assert {path.name: found for path in made if (found := leaked(path.read_bytes()))} == {}


def test_site(planted: Path, tmp_path: Path) -> None:
    """No file of the site, of the cache, and no line of the log has a canary; references stand on
    the page of the release."""
    site = tmp_path / "site"
    done = gitops_docs("build", str(planted), "--site-dir", str(site), status=None)
    assert (site / "platform" / "index.html").is_file(), done.stderr
    assert leaked(done.stdout + done.stderr) == []
    made = [path for path in site.rglob("*") if path.is_file()]
    made += [
        path
        for path in planted.rglob("*")
        if path.is_file() and ".git" not in path.parts and not _planted(planted, path)
    ]
    assert {str(path): found for path in made if (found := leaked(path.read_bytes()))} == {}
    release = (site / "platform/clusters/prod/releases/apps/db/index.html").read_text(
        encoding="utf-8"
    )
    assert all(word in release for word in KEPT)


def _planted(root: Path, path: Path) -> bool:
    return path.relative_to(root).as_posix() in FILES
