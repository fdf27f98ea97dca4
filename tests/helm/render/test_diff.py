"""A chart upgrade in a pull request."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from gitops_docs.cli.main import main
from gitops_docs.helm.lock import Locked
from gitops_docs.helm.store import DEFAULT, Store
from tests.helm.charts import chart
from tests.helm.platforms import make, release, source
from tests.helm.test_inspect import URL

TEMPLATES = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, labels: {{helm.sh/chart: "web-{version}"}}}}
spec:
  replicas: {{{{ .Values.replicas }}}}
  template: {{spec: {{containers: [{{name: a, image: "web:{{{{ .Values.tag }}}}"}}]}}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: {name}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: same, labels: {{helm.sh/chart: "web-{version}"}}}}
"""
DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: things.example.com}}
spec:
  group: example.com
  scope: Cluster
  names: {{kind: Thing, plural: things}}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {{openAPIV3Schema: {{properties: {{spec: {{properties: {{{fields}}}}}}}}}}}
"""


def git(root: Path, *command: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", str(root), *identity, *command], check=True, capture_output=True)


GONE = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: kept, annotations: {helm.sh/resource-policy: keep}}
"""
RULES = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {{name: web}}
spec: {{groups: [{{name: web, rules: [{rules}]}}]}}
"""
SAME = (
    "{alert: A, expr: a, annotations: {runbook_url: 'https://runbooks.example.org/a'}}, "
    "{record: b, expr: c}"
)
OLD_RULES = f"{SAME}, {{alert: A, expr: d}}"
NEW_RULES = f"{{alert: New, expr: f}}, {SAME}, {{alert: A, expr: e}}"


@pytest.fixture
def upgraded(tmp_path: Path) -> Path:
    """A repository whose last commit moves a release from chart 1.0.0 to 2.0.0."""
    values = "  values: {replicas: 2}\n"
    make(tmp_path, source("HelmRepository", "charts", URL), release("web", "web", "1.0.0") + values)
    kept, entries = Store(tmp_path / DEFAULT, tmp_path), []
    for version, name, fields in (
        ("1.0.0", "old", "a: {type: string}, b: {type: string}"),
        ("2.0.0", "new", "a: {type: string}"),
    ):
        files = {
            "templates/service.yaml": TEMPLATES.format(version=version, name=name),
            "crds/things.yaml": DEFINITION.format(fields=fields),
            "values.yaml": f"replicas: {version[0]}\ntag: 'v{version[0]}'\npassword: x{version}\n",
            "templates/gone.yaml": GONE if version == "1.0.0" else "",
            "templates/rules.yaml": RULES.format(
                rules=OLD_RULES if version == "1.0.0" else NEW_RULES
            ),
        }
        archive = kept.add(chart("web", version, files))
        entries.append(
            Locked(url=URL, name="web", asked=version, resolved=version, archive=archive)
        )
    kept.add_to_record(entries)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "a")
    path = tmp_path / "apps/apps.yaml"
    path.write_text(path.read_text().replace("1.0.0", "2.0.0"))
    git(tmp_path, "commit", "-qam", "b")
    return tmp_path


def test_upgrade(upgraded: Path, with_helm: None) -> None:
    """Objects, images, lost fields of definitions, defaults that are not set, and the major
    version."""
    done = CliRunner().invoke(main, ["diff", str(upgraded), "HEAD~1", "--format", "json"])
    found = json.loads(done.stdout)
    [one] = found["charts"]
    assert (one["name"], one["was"], one["becomes"], one["step"]) == (
        "apps/web",
        "1.0.0",
        "2.0.0",
        "major",
    )
    how = {(item["label"], item["how"]) for item in one["objects"]}
    assert how == {
        ("ConfigMap apps/new", "added"),
        ("ConfigMap apps/old", "removed"),
        ("CustomResourceDefinition things.example.com", "changed"),
        ("Deployment apps/web", "changed"),
        ("PersistentVolumeClaim apps/data", "removed"),
        ("PersistentVolumeClaim apps/kept", "removed"),
        ("PrometheusRule apps/web", "changed"),
    }
    assert [item["label"] for item in one["objects"] if item["loses"]] == [
        "PersistentVolumeClaim apps/data"
    ]
    [rule] = [item for item in one["objects"] if item["label"] == "PrometheusRule apps/web"]
    assert [(field["field"], field["was"], field["becomes"]) for field in rule["fields"]] == [
        ("spec.groups[web].rules[New].alert", None, "New"),
        ("spec.groups[web].rules[New].expr", None, "f"),
        ("spec.groups[web].rules[A 2].expr", "d", "e"),
    ]
    [deployment] = [item for item in one["objects"] if item["label"] == "Deployment apps/web"]
    assert [(field["was"], field["becomes"]) for field in deployment["fields"]] == [
        ("web:v1", "web:v2")
    ]
    assert one["labels_only"] == 1
    assert one["definitions"] == [
        {"name": "things.example.com", "versions": [], "fields": ["v1: spec.b"]}
    ]
    assert one["defaults"] == [{"path": "tag", "was": "v1", "becomes": "v2"}]
    [image] = found["images"]
    assert (image["was"], image["becomes"]) == (["v1"], ["v2"])


def test_comment(upgraded: Path, with_helm: None) -> None:
    """The comment says what is lost before it lists objects."""
    text = CliRunner().invoke(main, ["diff", str(upgraded), "HEAD~1"]).stdout
    for part in (
        "objects: 1 added, 3 removed, 3 changed, 1 with other labels only",
        "`PersistentVolumeClaim apps/kept` removed, stays in the cluster",
        "`things.example.com` of `apps/web` loses 1 field",
        "**`things.example.com`** loses `v1: spec.b`",
        "`tag`: `v1` → `v2`",
        "major version change",
    ):
        assert part in text
    assert text.index("### Inside charts") < text.index("### Objects")
    # What loses data comes first, here and among the objects.
    warnings = [line for line in text.splitlines() if line.startswith("> - ")]
    assert warnings[0] == (
        "> - `PersistentVolumeClaim apps/data` of `apps/web` is deleted from the cluster"
    )
    objects = text[text.index("from chart") :].splitlines()
    assert "`PersistentVolumeClaim apps/data` removed, is deleted" in objects[2]
    assert "password" not in text
    assert "runbooks.example.org" not in text


def test_not_rendered(upgraded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Helm the comment says that objects are not compared."""
    git_path = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout
    monkeypatch.setenv("PATH", str(Path(git_path.strip()).parent))
    text = CliRunner().invoke(main, ["diff", str(upgraded), "HEAD~1"]).stdout
    assert "its objects are not compared: Helm is not installed here" in text
