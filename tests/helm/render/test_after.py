"""What helm-controller does after Helm."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.model import Release
from gitops_docs.scanner.scanner import Scanner
from tests.helm.platforms import make, release, source
from tests.helm.render.test_scan import only
from tests.helm.test_inspect import URL, packed, store

TEMPLATES = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: web, image: "example.org/web:1"}]}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, annotations: {helm.sh/hook: pre-install}}
spec: {template: {spec: {containers: [{name: a, image: "example.org/web:1"}]}}}
"""
DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec: {group: example.com, scope: Cluster, names: {kind: Thing, plural: things}, versions: [{name: v1, served: true}]}
"""


def scanned(root: Path, spec: str) -> Release:
    make(root, source("HelmRepository", "charts", URL), release("web", "web", "1.2.3") + spec)
    more = {"templates/service.yaml": TEMPLATES, "crds/a.yaml": DEFINITION}
    store(root, packed(templates="", more=more))
    return only(Scanner(root).scan())


@pytest.mark.usefixtures("with_helm")
def test_post_renderers(tmp_path: Path) -> None:
    """Patches and images apply to objects, not to hooks, and each change says its line."""
    spec = """\
  postRenderers:
    - kustomize:
        images: [{name: example.org/web, newTag: "2"}]
        patches:
          - target: {kind: Deployment}
            patch: |
              - {op: add, path: /spec/replicas, value: 3}
"""
    root = tmp_path
    one = scanned(root, spec)
    [deployment] = [item for item in one.objects if item.kind == "Deployment"]
    changes = {(change.field, change.value, change.was) for change in deployment.changed_by}
    assert changes == {
        ("spec.replicas", "3", None),
        (
            "spec.template.spec.containers[name=web].image",
            "example.org/web:2",
            "example.org/web:1",
        ),
    }
    assert all(
        change.file == "apps/apps.yaml" and change.line > 10 for change in deployment.changed_by
    )
    images = {image.image for image in Scanner(root).scan().images}
    assert images == {"example.org/web:1", "example.org/web:2"}  # The hook keeps its own.


@pytest.mark.usefixtures("with_helm")
def test_what_is_not_applied(tmp_path: Path) -> None:
    """A post-renderer that refuses is named, and the objects are those of the chart."""
    spec = """\
  postRenderers:
    - kustomize:
        patches: [{target: {kind: Deployment}, patch: "[{op: remove, path: /nowhere}]"}]
"""
    one = scanned(tmp_path, spec)
    assert "entry 1 of `postRenderers` is not applied" in one.rendering.unsure[0]
    assert {item.kind for item in one.objects} == {"CustomResourceDefinition", "Deployment"}


@pytest.mark.usefixtures("with_helm")
@pytest.mark.parametrize(
    ("spec", "kinds"),
    [
        ("  install: {crds: Skip}\n", {"Deployment"}),
        ("  install: {crds: CreateReplace}\n", {"CustomResourceDefinition", "Deployment"}),
    ],
)
def test_definitions(tmp_path: Path, spec: str, kinds: set[str]) -> None:
    """`install.crds: Skip` leaves out what lies in `crds/`."""
    assert {item.kind for item in scanned(tmp_path, spec).objects} == kinds


@pytest.mark.usefixtures("with_helm")
def test_namespace_and_metadata(tmp_path: Path) -> None:
    """Objects without a namespace are in the target namespace, with the common labels."""
    spec = "  targetNamespace: elsewhere\n  commonMetadata: {labels: {team: web}}\n"
    one = scanned(tmp_path, spec)
    assert {item.namespace for item in one.objects if not item.cluster_scoped} == {"elsewhere"}
    [made] = Scanner(tmp_path).analyse().chart_objects("prod/flux-system/apps")
    [deployment] = [item for item in made.objects if item.rendered.key[0] == "Deployment"]
    assert deployment.rendered.data["metadata"]["labels"] == {"team": "web"}
    assert "namespace" not in made.written(deployment)["metadata"]
