"""The table of Flux's kinds: which release serves what, and what the API server refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gitops_docs.kubernetes import schemas
from gitops_docs.yaml.nodes import Map, scalar
from gitops_docs.yaml.parse import parse_inline

SOURCE, HELM, NOTIFICATION = (
    "source.toolkit.fluxcd.io",
    "helm.toolkit.fluxcd.io",
    "notification.toolkit.fluxcd.io",
)
RELEASE = """
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: web}}
spec: {{interval: 1h, chartRef: {{kind: OCIRepository, name: web}}, {more}}}
"""


def read(text: str) -> Map:
    """The object in a text."""
    root = parse_inline(scalar(text)).documents[0].root
    assert type(root) is Map
    return root


@pytest.mark.parametrize(
    ("group", "kind", "release", "versions"),
    [
        (NOTIFICATION, "Provider", (2, 8), ("v1beta2", "v1beta3")),
        (NOTIFICATION, "Provider", (2, 9), ("v1beta3",)),
        (NOTIFICATION, "Receiver", (2, 8), ("v1beta2", "v1")),
        (SOURCE, "OCIRepository", (2, 5), ("v1beta2",)),
        (SOURCE, "ExternalArtifact", (2, 6), ()),
        (HELM, "HelmRelease", (2, 99), ("v2",)),
        ("fluxcd.controlplane.io", "ResourceSet", (2, 0), ("v1",)),
        ("apps", "Deployment", (2, 9), ()),
    ],
)
def test_served(group: str, kind: str, release: tuple[int, int], versions: tuple[str, ...]) -> None:
    """A release serves these versions, the newest last."""
    assert schemas.served(group, kind, release) == versions


@pytest.mark.parametrize(
    ("more", "fault", "path"),
    [
        ("timeout: 5", schemas.Fault.TYPE, "spec.timeout"),
        ("timeout: 5 minutes", schemas.Fault.DURATION, "spec.timeout"),
        ("suspend: 'true'", schemas.Fault.TYPE, "spec.suspend"),
        ("dependsOn: web", schemas.Fault.TYPE, "spec.dependsOn"),
        ("dependsOn: [{namespace: a}]", schemas.Fault.MISSING, "spec.dependsOn[].name"),
        (
            "valuesFrom: [{kind: Deployment, name: a}]",
            schemas.Fault.CHOICE,
            "spec.valuesFrom[].kind",
        ),
        (
            "install: {remediation: {retires: 3}}",
            schemas.Fault.UNKNOWN,
            "spec.install.remediation.retires",
        ),
        (
            "chart: {spec: {chart: a, sourceRef: {kind: HelmRepository, name: b}}}",
            schemas.Fault.RULE,
            "spec",
        ),
        (f"releaseName: {'x' * 60}", schemas.Fault.BOUND, "spec.releaseName"),
    ],
)
def test_problems(more: str, fault: schemas.Fault, path: str) -> None:
    """The API server refuses this one thing."""
    found = list(schemas.problems(read(RELEASE.format(more=more)), (2, 9)))
    assert [(problem.fault, problem.path) for problem in found] == [(fault, path)]


@pytest.mark.parametrize(
    "more",
    ["timeout: '${TIMEOUT}'", "values: {any: {thing: [1]}}", "suspend: null", "maxHistory: 3"],
)
def test_no_problem(more: str) -> None:
    """These are right, or not known before substitution."""
    assert list(schemas.problems(read(RELEASE.format(more=more)), (2, 9))) == []


def test_field_of_a_later_release() -> None:
    """The table says which release brought a field."""
    assert schemas.fields_since(
        "kustomize.toolkit.fluxcd.io", "Kustomization", "v1", "spec.healthCheckExprs"
    ) == (2, 5)
    assert (
        schemas.fields_since("kustomize.toolkit.fluxcd.io", "Kustomization", "v1", "spec.nothing")
        is None
    )


@pytest.mark.parametrize(
    ("text", "release"),
    [("v2.9.4", (2, 9)), ("2.8.x", (2, 8)), ("2.x", None), ("", None), (None, None), ("²․9", None)],
)
def test_parse_release(text: str | None, release: tuple[int, int] | None) -> None:
    """A version of Flux names a release, or none."""
    assert schemas.parse_release(text) == release


def test_table_is_whole() -> None:
    """Every number of a schema leads to one, and every rule can be evaluated or says that it
    cannot."""
    table = json.loads(Path(schemas.__file__).with_name("flux_schemas.json").read_text())
    count = len(table["schemas"])
    numbers = [
        number
        for kind in table["kinds"]
        for held in kind["versions"].values()
        for number in held["releases"].values()
    ]
    assert numbers and max(numbers) < count
    assert table["releases"] == sorted(
        table["releases"], key=lambda name: tuple(map(int, name.split(".")))
    )
