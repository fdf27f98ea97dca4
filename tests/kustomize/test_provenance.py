"""For each kind of change: which field it set, to what, and by which file and line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from gitops_docs.flux.substitution.substitute import substitute_object
from gitops_docs.kustomize import Rendered, build, changes
from gitops_docs.repository.checkout import Checkout
from gitops_docs.repository.tree import Tree

Repository = Callable[[Mapping[str, str]], Path]

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  template:
    spec:
      containers:
        - name: main
          image: nginx:1.0
          args: [$(NAME)]
"""
BASE = "resources: [deployment.yaml]\n"


def rendered(root: Path, directory: str, kind: str = "Deployment") -> Rendered:
    """The one object of a kind that a directory gives."""
    built = build(Tree.of(Checkout(root)), directory)
    assert built.error is None, built.error
    (found,) = [item for item in built.objects if item.data["kind"] == kind]
    return found


def facts(item: Rendered) -> set[tuple[str, str, str, str | None]]:
    """The changes of an object: field, value, place, and what it was."""
    return {
        (change.field, change.value, f"{change.file}:{change.line}", change.was)
        for change in changes(item)
    }


CASES = {
    # A patch in a file of its own.
    "patch-file": (
        {"top/kustomization.yaml": "resources: [../base]\npatches:\n  - path: patch.yaml\n",
         "top/patch.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 3\n"},
        {("spec.replicas", "3", "top/patch.yaml:5", "1")},
    ),
    # Two elements that nothing tells apart: what the patch leaves alone is the same, whichever
    # stands first.
    "patch-twins": (
        {"base/deployment.yaml": DEPLOYMENT.replace("  replicas: 1\n", "  replicas: 1\n  hooks: [{name: a, run: 1}, {name: a, run: 2}]\n"),
         "top/kustomization.yaml": "resources: [../base]\npatches:\n  - path: patch.yaml\n",
         "top/patch.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 3\n"},
        {("spec.replicas", "3", "top/patch.yaml:5", "1")},
    ),
    # A patch in a block scalar: the line is that of the kustomization file.
    "patch-inline": (
        {"top/kustomization.yaml": "resources: [../base]\npatches:\n  - patch: |\n      apiVersion: apps/v1\n      kind: Deployment\n"
         "      metadata:\n        name: web\n\n      spec:\n        # more\n        replicas: "
         "3\n"},
        {("spec.replicas", "3", "top/kustomization.yaml:11", "1")},
    ),
    "patch-folded-strip": (
        {"top/kustomization.yaml": "resources: [../base]\npatches:\n  - target: {kind: Deployment}\n    patch: |-\n"
         "      kind: Deployment\n      metadata:\n        name: any\n        labels:\n          "
         "a: b\n"},
        {("metadata.labels.a", "b", "top/kustomization.yaml:9", None)},
    ),
    "json-patch": (
        {"top/kustomization.yaml": "resources: [../base]\npatches:\n  - target: {kind: Deployment}\n    patch: |-\n"
         "      - op: replace\n        path: /spec/replicas\n        value: 5\n      - op: add\n   "
         "     path: /metadata/labels\n"
         "        value:\n          a: b\n"},
        {("spec.replicas", "5", "top/kustomization.yaml:7", "1"), ("metadata.labels.a", "b", "top/kustomization.yaml:11", None)},
    ),
    "strategic-merge-list": (
        {"top/kustomization.yaml": "resources: [../base]\npatchesStrategicMerge:\n  - patch.yaml\n",
         "top/patch.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n"
         "      containers:\n        - name: main\n          image: other\n"},
        {("spec.template.spec.containers[name=main].image", "other", "top/patch.yaml:9", "nginx:1.0")},
    ),
    "component": (
        {"top/kustomization.yaml": "resources: [../base]\ncomponents: [../part]\n",
         "part/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nreplicas:\n  - name: web\n"
         "    count: 4\n"},
        {("spec.replicas", "4", "part/kustomization.yaml:5", "1")},
    ),
    "image": (
        {"top/kustomization.yaml": "resources: [../base]\nimages:\n  - name: nginx\n    newTag: '2.0'\n"},
        {("spec.template.spec.containers[name=main].image", "nginx:2.0", "top/kustomization.yaml:4", "nginx:1.0")},
    ),
    "replacement": (
        {"top/kustomization.yaml": "resources: [../base, map.yaml]\nreplacements:\n"
         "  - source: {kind: ConfigMap, name: m, fieldPath: data.n}\n"
         "    targets:\n      - select: {kind: Deployment}\n        fieldPaths: [spec.replicas]\n",
         "top/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata:\n  n: '7'\n"},
        {("spec.replicas", "7", "top/map.yaml:5", "1")},
    ),
    "namespace": (
        {"top/kustomization.yaml": "resources: [../base]\nnamespace: apps\n"},
        {("metadata.namespace", "apps", "top/kustomization.yaml:2", None)},
    ),
    "prefix": (
        {"top/kustomization.yaml": "resources: [../base]\n\nnamePrefix: my-\n"},
        {("metadata.name", "my-web", "top/kustomization.yaml:3", "web")},
    ),
    "labels": (
        {"top/kustomization.yaml": "resources: [../base]\nlabels:\n  - pairs:\n      a: b\n"},
        {("metadata.labels.a", "b", "top/kustomization.yaml:4", None)},
    ),
    "annotations": (
        {"top/kustomization.yaml": "resources: [../base]\ncommonAnnotations:\n  a: b\n"},
        {("metadata.annotations.a", "b", "top/kustomization.yaml:3", None),
         ("spec.template.metadata.annotations.a", "b", "top/kustomization.yaml:3", None)},
    ),
    "two-layers-of-patches": (
        {"middle/kustomization.yaml": "resources: [../base]\nreplicas:\n  - {name: web, count: 2}\n",
         "top/kustomization.yaml": "resources: [../middle]\nreplicas:\n  - {name: web, count: 9}\n"},
        {("spec.replicas", "9", "top/kustomization.yaml:3", "1")},
    ),
    "nothing": ({"top/kustomization.yaml": "resources: [../base]\n"}, set()),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_change(name: str, repository: Repository) -> None:
    """The change, and no other, with its place."""
    files, expected = CASES[name]
    root = repository(
        {"base/kustomization.yaml": BASE, "base/deployment.yaml": DEPLOYMENT, **files}
    )
    assert facts(rendered(root, "top")) == expected


def test_place_of_what_it_was(repository: Repository) -> None:
    """A change says where the former value stands."""
    root = repository(
        {
            "base/kustomization.yaml": BASE,
            "base/deployment.yaml": DEPLOYMENT,
            "top/kustomization.yaml": "resources: [../base]\nreplicas:\n  - {name: web, count: 2}\n",
        }
    )
    (change,) = changes(rendered(root, "top"))
    assert (change.was_file, change.was_line) == ("base/deployment.yaml", 6)


RULES = """\
apiVersion: operator.victoriametrics.com/v1beta1
kind: VMRule
metadata:
  name: web
spec:
  groups:
    - name: web
      rules:
        - alert: WebDown
          labels:
            severity: critical
        - expr: up == 0
          labels:
            severity: critical
"""


@pytest.mark.parametrize(
    ("rule", "label"),
    [
        # An alert is found again by its name.
        (0, "alert=WebDown"),
        # What has no name is found by its place, while the list is as long as it was.
        (1, "1"),
    ],
)
def test_element_that_a_json_patch_changes(repository: Repository, rule: int, label: str) -> None:
    """A patch of one value in a list of lists changes that value, not everything beside it."""
    root = repository(
        {
            "base/kustomization.yaml": "resources: [rules.yaml]\n",
            "base/rules.yaml": RULES,
            "top/kustomization.yaml": "resources: [../base]\npatches:\n  - target: {kind: VMRule}\n    patch: |\n"
            f"      - op: replace\n        path: /spec/groups/0/rules/{rule}/labels/severity\n     "
            f"   value: warning\n",
        }
    )
    assert facts(rendered(root, "top", "VMRule")) == {
        (
            f"spec.groups[name=web].rules[{label}].labels.severity",
            "warning",
            "top/kustomization.yaml:7",
            "critical",
        )
    }


def test_variable(repository: Repository) -> None:
    """A reference `$(NAME)` is set by the line that holds the variable's value."""
    root = repository(
        {
            "base/kustomization.yaml": BASE
            + "vars:\n  - {name: NAME, objref: {kind: Deployment, name: web, apiVersion: apps/v1}}\n",
            "base/deployment.yaml": DEPLOYMENT,
        }
    )
    assert facts(rendered(root, "base")) == {
        ("spec.template.spec.containers[name=main].args[0]", "web", "base/deployment.yaml:4", None)
    }


def test_generated(repository: Repository) -> None:
    """A generated object has no former self; it stands where its generator does."""
    root = repository(
        {"top/kustomization.yaml": "\nconfigMapGenerator:\n  - name: made\n    literals: [a=b]\n"}
    )
    item = rendered(root, "top", "ConfigMap")
    assert changes(item) == ()
    assert (item.file, item.line, item.generated) == ("top/kustomization.yaml", 3, True)


def test_generated_name_in_a_reference(repository: Repository) -> None:
    """The hash of a generated ConfigMap appears where it is named, by the generator's line."""
    root = repository(
        {
            "top/kustomization.yaml": "resources: [pod.yaml]\nconfigMapGenerator:\n  - name: made\n    literals: [a=b]\n",
            "top/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  volumes:\n    - name: v\n      configMap:\n"
            "        name: made\n",
        }
    )
    ((field, value, _, was),) = facts(rendered(root, "top", "Pod"))
    assert (field, was) == ("spec.volumes[name=v].configMap.name", "made")
    assert value.startswith("made-")


def test_secret_stays_closed(repository: Repository) -> None:
    """A patched secret value is named, never shown."""
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  key: %s\n"
    root = repository(
        {
            "top/kustomization.yaml": "resources: [secret.yaml]\npatches:\n  - path: patch.yaml\n",
            "top/secret.yaml": secret % "hunter1",
            "top/patch.yaml": secret % "hunter2",
        }
    )
    ((field, value, place, was),) = facts(rendered(root, "top", "Secret"))
    assert (field, value, place, was) == ("stringData.key", "secret", "top/patch.yaml:5", "secret")


def test_folding(repository: Repository) -> None:
    """A folded text that kustomize folds in its own way was set by nobody, and neither was a date
    that it writes with its time."""
    text = (
        "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\ndata:\n"
        "  b: >\n    one\n      two\n    three\n  c: $A\n  day: 2020-01-01\n"
    )
    item = rendered(
        repository(
            {
                "top/kustomization.yaml": "resources: [a.yaml]\n",
                "top/a.yaml": text.replace("$A", "${A}"),
            }
        ),
        "top",
        "ConfigMap",
    )
    data = substitute_object(item.data, {"A": "1"})
    assert data["data"]["b"] != item.data["data"]["b"]
    assert data["data"]["day"] == "2020-01-01T00:00:00Z"
    assert [change.field for change in changes(replace(item, data=data))] == ["data.c"]
