"""No secret leaves the repository: canaries are planted wherever a secret can stand, and looked for
in everything that comes out.

A canary is a word that stands nowhere else. It is looked for as it is and in base64, in what each
command prints on both streams, in every file of the site and in the files that the build leaves in
the repository's cache.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.commands import gitops_docs

CANARY = "canary"


def encoded(text: str) -> str:
    """Base64 of a text, as `data` of a Secret has it."""
    return base64.b64encode(text.encode()).decode()


FLUX = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec:
  interval: 10m
  path: ./clusters/prod
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
"""

FILES = {
    "clusters/prod/flux-system/gotk-sync.yaml": f"""\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: flux-system, namespace: flux-system}}
spec:
  interval: 1m
  url: https://robot:canary-source-url@git.example.org/platform.git
---
{FLUX}""",
    "clusters/prod/flux-system/kustomization.yaml": "resources: [gotk-sync.yaml]\n",
    "clusters/prod/variables.yaml": f"""\
apiVersion: v1
kind: Secret
metadata: {{name: variables, namespace: flux-system}}
stringData:
  TOKEN: canary-variable
  HOST: canary-host.example.org
data:
  ENCODED: {encoded("canary-variable-encoded")}
""",
    "clusters/prod/apps.yaml": """\
# What people use.
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
      - {kind: Secret, name: variables}
  patches:
    - target: {kind: Secret, name: plain}
      patch: |
        apiVersion: v1
        kind: Secret
        metadata: {name: plain}
        stringData: {flux: canary-flux-patch}
""",
    "apps/kustomization.yaml": """\
resources: [plain.yaml, sops.yaml, list.yaml, odd.yaml, workload.yaml, release.yaml]
secretGenerator:
  - name: generated
    literals: [password=canary-literal]
    files: [key=keys/web.key]
    envs: [keys/web.env]
patches:
  - target: {kind: Secret, name: plain}
    patch: |
      - {op: replace, path: /stringData/patched, value: canary-json-patch}
  - patch: |
      apiVersion: v1
      kind: Secret
      metadata: {name: plain, namespace: apps}
      stringData: {merged: canary-merge-patch}
  - path: patch.yaml
replacements:
  - source: {kind: Secret, name: plain, fieldPath: stringData.replaced}
    targets:
      - select: {kind: Deployment, name: web}
        fieldPaths: [metadata.annotations.copied]
        options: {create: true}
""",
    "apps/keys/web.key": "canary-key-file\n",
    "apps/keys/web.env": "TOKEN=canary-env-file\n",
    "apps/patch.yaml": """\
apiVersion: v1
kind: Secret
metadata: {name: plain, namespace: apps}
stringData:
  # was canary-comment before
  file: canary-patch-file
""",
    "apps/plain.yaml": f"""\
apiVersion: v1
kind: Secret
metadata:
  name: plain
  namespace: apps
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{{"stringData":{{"a":"canary-last-applied"}}}}'
data:
  password: {encoded("canary-data")} # canary-beside
stringData:
  user: canary-string-data
  patched: canary-to-be-patched
  replaced: canary-replacement
  multi: |
    line
    canary-block
""",
    "apps/sops.yaml": """\
apiVersion: v1
kind: Secret
metadata: {name: sops, namespace: apps}
stringData:
  password: ENC[AES256_GCM,data:canary-sops,iv:canary-iv,tag:canary-tag,type:str]
sops:
  age:
    - recipient: age1recipient
      enc: canary-sops-key
  mac: ENC[AES256_GCM,data:canary-mac,iv:x,tag:y,type:str]
""",
    "apps/list.yaml": """\
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Secret
    metadata: {name: listed, namespace: apps}
    stringData: {a: canary-list}
""",
    "apps/odd.yaml": """\
apiVersion: v1
kind: Secret
metadata: {name: odd, namespace: apps}
stringData:
  nested: {deep: [canary-nested]}
""",
    # kustomize refuses a key that is written twice, so this layer fails.
    "clusters/prod/refused.yaml": FLUX.replace(
        "name: flux-system, namespace", "name: refused, namespace"
    ).replace("./clusters/prod", "./refused"),
    "refused/secret.yaml": """\
apiVersion: v1
kind: Secret
metadata: {name: twice, namespace: apps}
stringData:
  twice: canary-first
  twice: canary-second
""",
    "apps/workload.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: apps}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: registry.example.org/web:1.2.3
          args: ["--token=${TOKEN}", "--again=${ENCODED:=none}", "--upper=${TOKEN^^}"]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: apps}
spec:
  rules: [{host: "${HOST}"}]
""",
    "apps/release.yaml": """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: apps}
spec: {interval: 1h, url: "https://robot:canary-helm-url@charts.example.org/"}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: db, namespace: apps}
spec:
  interval: 1h
  chart:
    spec: {chart: db, version: 1.2.3, sourceRef: {kind: HelmRepository, name: charts}}
  valuesFrom:
    - {kind: Secret, name: plain, valuesKey: user, targetPath: auth.user}
  values:
    auth: {token: "${TOKEN}"}
""",
    # Not applied by anything, so it becomes an orphan; and it cannot be read to its end.
    "stray/secret.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: stray}\nstringData:\n  a: canary-stray\n",
    "stray/broken.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: broken}\nstringData:\n  a: 'canary-broken\n\tb: canary-tab\n",
}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Git repository with canaries, one of them in the address of its remote."""
    root = tmp_path_factory.mktemp("planted") / "repository"
    for name, content in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["remote", "add", "origin", "https://robot:canary-remote@git.example.org/platform.git"],
        ["add", "."],
        [
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.org",
            "commit",
            "--quiet",
            "--message=Plant",
        ],
    ):
        subprocess.run(["git", *command], cwd=root, check=True, capture_output=True)
    return root


@pytest.fixture(scope="module")
def inventory(planted: Path) -> str:
    """The inventory of the repository, as printed."""
    return gitops_docs("inventory", str(planted)).stdout


def leaks(text: bytes) -> Iterator[str]:
    """Canaries in some bytes: as planted, in capitals, or in base64 at any of its three offsets."""
    if CANARY.encode() in text.lower():
        yield text[max(text.lower().index(CANARY.encode()) - 60, 0) :][:160].decode(
            errors="replace"
        )
    bits = 8 * len(CANARY)
    for offset in (0, 8, 16):
        # The characters at the edges depend on what stands beside; those in between do not.
        inner = base64.b64encode(b" " * (offset // 8) + CANARY.encode())[
            -(-offset // 6) : (offset + bits) // 6
        ]
        if inner in text:
            yield f"base64 {inner.decode()}"


def test_canaries_would_be_found() -> None:
    """The search finds a canary in each of its forms, and not where there is none."""
    for text in (
        "a canary-x",
        "CANARY-X",
        encoded("canary-x"),
        encoded("1canary-x"),
        encoded("22canary-x"),
    ):
        assert list(leaks(text.encode())), text
    assert not list(leaks(b"a sparrow"))


def test_the_repository_is_rendered(inventory: str) -> None:
    """The layers that hold the canaries are rendered, so that there is something to leak."""
    layers = {layer["name"]: layer for layer in json.loads(inventory)["layers"]}
    assert layers["apps"]["status"] in ("rendered", "partial")
    found = {
        (resource["kind"], resource["name"])
        for layer in layers.values()
        for resource in layer["resources"]
    }
    wanted = {("Secret", name) for name in ("plain", "sops", "listed", "variables")} | {
        ("Deployment", "web"),
        ("HelmRelease", "db"),
    }
    assert wanted <= found
    assert [name for kind, name in found if kind == "Secret" and name.startswith("generated-")]


def test_variables_of_a_secret_have_no_value(inventory: str) -> None:
    """A variable that comes from a Secret is listed without its value."""
    variables = {
        item["name"]: item
        for item in json.loads(inventory)["variables"]
        if item["status"] == "secret"
    }
    assert {"TOKEN", "HOST"} <= set(variables)
    assert {item["value"] for item in variables.values()} == {None}


@pytest.mark.parametrize(
    "command",
    [["inventory"], ["check", "--fail-on", "error"], ["tree"]],
    ids=lambda command: command[0],
)
def test_commands_print_no_secret(planted: Path, command: list[str]) -> None:
    """Neither stream of a command has a canary."""
    done = gitops_docs(command[0], str(planted), *command[1:], status=None)
    assert done.stdout
    assert not list(leaks((done.stdout + done.stderr).encode()))


@pytest.mark.parametrize("layer", ["apps", "refused", "prod/flux-system/flux-system"])
def test_render_prints_no_secret(planted: Path, layer: str) -> None:
    """A rendered layer shows that there are secrets, and none of them."""
    done = gitops_docs("render", str(planted), layer, status=None)
    assert "**REDACTED**" in done.stdout
    assert not list(leaks((done.stdout + done.stderr).encode()))


def test_site_holds_no_secret(planted: Path, tmp_path: Path) -> None:
    """No file of the site, its search index, its cache or the log of its build has a canary."""
    done = gitops_docs("build", str(planted), "--site-dir", str(tmp_path / "site"), status=None)
    assert (tmp_path / "site" / "platform" / "index.html").is_file()
    assert not list(leaks((done.stdout + done.stderr).encode()))
    made = [path for path in (tmp_path / "site").rglob("*") if path.is_file()]
    made += [
        path
        for path in planted.rglob("*")
        if path.is_file() and ".git" not in path.parts and not _planted(planted, path)
    ]
    found = {str(path): text for path in made for text in leaks(path.read_bytes())}
    assert not found


def _planted(root: Path, path: Path) -> bool:
    return path.relative_to(root).as_posix() in FILES


def test_broken_secret_is_a_finding_without_its_text(planted: Path, inventory: str) -> None:
    """A Secret that cannot be read is named with its line; what stands on that line is not."""
    findings = [
        finding
        for finding in json.loads(inventory)["findings"]
        if finding["file"] == "stray/broken.yaml"
    ]
    assert findings and findings[0]["line"]


def test_other_secrets_give_the_same_inventory(
    repository: Callable[[Mapping[str, str]], Path],
) -> None:
    """Nothing in the inventory depends on a secret but the hash in the name of a generated one."""

    def of(files: Mapping[str, str]) -> str:
        return re.sub(
            r"generated-[a-z0-9]{10}",
            "generated",
            gitops_docs("inventory", str(repository(files))).stdout,
        )

    sparrows = {name: content.replace(CANARY, "sparrow") for name, content in FILES.items()}
    assert of(FILES) == of(sparrows)
