"""Hostile charts, and secrets that must not come out of any output."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner

from gitops_docs.cli.main import main
from gitops_docs.helm.render import manifests
from gitops_docs.pages import render
from gitops_docs.scanner.scanner import Scanner, scan
from gitops_docs.settings.options import Settings
from tests.helm.platforms import make, release, source
from tests.helm.render.test_scan import only, platform
from tests.helm.test_inspect import URL, indented, packed, store
from tests.pages.platforms import PAYLOADS
from tests.pages.test_pages import Reading

CANARIES = {
    "plain": "Pl41n/canary+77x",
    "sops": "ENC[AES256_GCM,data:c0DDcanary==,iv:abc=,tag:def=,type:str]",
    "text": "t3xtCanary!99zz",
}
VALUES = f"""\
auth: {{password: "{CANARIES["plain"]}"}}
sopsed: "{CANARIES["sops"]}"
config: |
  user: app
  password: {CANARIES["text"]}
"""
LEAKS = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: leaks-{{ .Values.auth.password | sha1sum | trunc 8 }}
  labels: {p: {{ .Values.auth.password | b64enc | trimSuffix "=" | quote }}}
data:
  {{ .Values.auth.password | lower | nospace | trunc 9 | quote }}: x
  plain: {{ .Values.auth.password | quote }}
  joined: "postgres://app:{{ .Values.auth.password }}@db"
  coded: {{ printf "u:%s" .Values.auth.password | b64enc }}
  twice: {{ .Values.auth.password | b64enc | b64enc }}
  asked: {{ .Values.auth.password | urlquery }}
  reversed: {{ .Values.auth.password | splitList "" | reverse | join "" | quote }}
  json: {{ .Values.auth | toJson | quote }}
  hash: {{ .Values.auth.password | sha256sum }}
  sopsed: {{ .Values.sopsed | quote }}
  config: {{ .Values.config | quote }}
  user: {{ (.Values.config | fromYaml).user }}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web
          image: "example.org/web:{{ .Values.auth.password | sha256sum | trunc 7 }}"
          args: ["--x={{ .Values.auth.password }}"]
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: web}
spec:
  groups:
    - name: a
      rules:
        - alert: A
          expr: "up{p='{{ .Values.auth.password }}'}"
          annotations: {summary: {{ .Values.auth.password | quote }}}
"""


def forms(secret: str) -> set[str]:
    """A secret in the forms in which it could come out."""
    coded = base64.b64encode(secret.encode()).decode()
    return {
        secret,
        secret.lower(),
        secret[::-1],
        quote(secret, safe=""),
        coded.rstrip("="),
        base64.b64encode(coded.encode()).decode().rstrip("="),
        json.dumps(secret)[1:-1],
    }


def leaky(root: Path) -> Path:
    text = release("web", "web", "1.2.3") + f"  values:\n{indented(VALUES)}"
    make(root, source("HelmRepository", "charts", URL), text)
    store(
        root, packed(templates=LEAKS, more={"templates/NOTES.txt": "{{ .Values.auth.password }}"})
    )
    return root


def test_secrets_in_no_output(tmp_path: Path, with_helm: None) -> None:
    """Whatever a chart does with a secret, no output and no kept file has it."""
    root = leaky(tmp_path)
    run = CliRunner()
    texts = [
        run.invoke(main, [*command, str(root), *more]).output
        for command, more in (
            (["inventory"], []),
            (["check"], []),
            (["render"], ["apps", "--charts"]),
            (["charts", "list"], []),
        )
    ]
    scanner = Scanner(root)
    found = scanner.scan()
    assert only(found).is_rendered, only(found).rendering
    texts += [page.html for page in render(found).pages]
    texts += [
        path.read_bytes().decode("latin-1")
        for path in (root / ".cache").rglob("*")
        if path.is_file()
    ]
    leaked = [
        (name, form)
        for name, secret in CANARIES.items()
        for form in forms(secret)
        for text in texts
        if form in text
    ]
    assert not leaked
    rendered = texts[2]
    assert "user: app" in rendered
    assert "hiddena" not in rendered
    assert rendered.count("**REDACTED**") >= 10


@pytest.mark.parametrize("payload", PAYLOADS)
def test_names_and_texts(tmp_path: Path, with_helm: None, payload: str) -> None:
    """Names, labels and texts that a chart makes are text on every page."""
    quoted = json.dumps(payload)
    template = (
        (
            f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {quoted}, namespace: {quoted}}}\n"
            f"---\napiVersion: example.com/v1\nkind: {quoted}\nmetadata: {{name: a}}\n"
            "---\napiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: r}\n"
            f"spec: {{groups: [{{name: {quoted}, rules: [{{alert: {quoted}, expr: {quoted}, "
            f"annotations: {{summary: {quoted}, runbook_url: {quoted}}}}}]}}]}}\n"
        )
        .replace("{{", "{ {")
        .replace("}}", "} }")
    )
    make(tmp_path, source("HelmRepository", "charts", URL), release("web", "web", "1.2.3"))
    store(tmp_path, packed(templates=template))
    for page in render(scan(tmp_path)).pages:
        seen = Reading(page.html)
        assert not {name for name, _ in seen.elements} & {"script", "img", "h9"}
        for _, attributes in seen.elements:
            assert not any(name.startswith("on") for name in attributes)
            assert "javascript:" not in (attributes.get("href") or "")


def test_links_in_a_directory(tmp_path: Path, with_helm: None) -> None:
    """A link in the directory of a chart leads nowhere."""
    root = platform(tmp_path / "repo")
    canary = tmp_path / "canary"
    canary.write_text("kind: ConfigMap\nmetadata: {name: canary}\ndata: {a: CANARY}\n")
    (root / "charts/web/templates/link.yaml").symlink_to(canary)
    (root / "charts/web/files/link.ini").symlink_to("/etc/hostname")
    one = only(scan(root, Settings(sources={"own": "."})))
    assert one.is_rendered
    assert not [item for item in one.objects if item.name == "canary"]


def test_many_that_never_end(
    tmp_path: Path, with_helm: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository of charts without an end is given up after some, always the same ones."""
    from gitops_docs.helm.render import renderer
    from gitops_docs.helm.render.guard import Answer

    monkeypatch.setattr(
        renderer.guard, "render_all", lambda _, wanted: [Answer("time") for _ in wanted]
    )
    monkeypatch.setattr(renderer, "_BATCH", 2)
    monkeypatch.setattr(renderer, "_MOST_CUT", 4)
    releases = [release(f"web{number}", "web", "1.2.3") for number in range(10)]
    make(tmp_path, source("HelmRepository", "charts", URL), *releases)
    store(tmp_path, packed(templates="kind: A\n"))
    first, second = (
        [one.rendering.absent for one in Scanner(tmp_path).scan().releases] for _ in range(2)
    )
    assert first == second
    assert sum(one == renderer._LIMITS["time"] for one in first) == 4
    assert len(set(first)) == 2


def test_much_output(tmp_path: Path, with_helm: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What all charts make together has a limit, from the cache too."""
    from gitops_docs.helm.render import renderer

    monkeypatch.setattr(renderer, "_MOST_TOTAL", 3000)
    releases = [release(f"web{number}", "web", "1.2.3") for number in range(3)]
    make(tmp_path, source("HelmRepository", "charts", URL), *releases)
    text = 'kind: ConfigMap\nmetadata: {name: a}\ndata: {a: {{ repeat 1200 "x" }}}\n'
    store(tmp_path, packed(templates=text))
    for _ in range(2):
        absent = [one.rendering.absent for one in Scanner(tmp_path).scan().releases]
        assert absent[:2] == [None, None]
        assert "more than" in (absent[2] or "")


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ("---\n# Source: w/templates/a.yaml\nkind: A\n---# comment\nkind: B\n", ["A", "B"]),
        (
            "---\n# Source: w/templates/a.yaml\nkind: List\nitems: [{kind: A}, {kind: B}]\n",
            ["A", "B"],
        ),
        ("---\n# Source: w/crds/a.yaml\n---\nkind: A\n---\nkind: B\n", ["A", "B"]),
        ("---kind: A\n--- \n# nothing\n---\n", ["A"]),
        ("", []),
    ],
)
def test_documents(output: str, found: list[str]) -> None:
    """Documents are split as Helm does it."""
    made = manifests.read(output.encode())
    assert [one.data["kind"][1:] for one in made if isinstance(one.data, dict)] == found


def test_random_and_secret() -> None:
    """What differs between renders is random, or depends on a secret; the rest stays."""

    def read(a: str, b: str) -> list[manifests.Document]:
        text = f"---\n# Source: w/templates/a.yaml\nkind: A\na: {a}\nb: {b}\nc: 1\n"
        return manifests.read(text.encode())

    [one] = manifests.combine(read("r1", "s1"), read("r2", "s2"), read("r3", "s1"))
    assert one.data == {"kind": "pA", "a": "?", "b": "!", "c": "p1"}
    with pytest.raises(manifests.ManifestError):
        manifests.combine(read("r1", "s1"), [], None)
