"""One fault is one finding, whatever clusters, layers and objects it concerns, in every output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gitops_docs.checks import baseline, formats
from gitops_docs.checks.settle import settle
from gitops_docs.diff.compare import _gone_findings, _new_findings
from gitops_docs.inventory.codec import dumps
from gitops_docs.model import Finding, Platform, Severity
from gitops_docs.settings.options import Settings
from tests.support.manifests import (
    CHARTS,
    LAYERS,
    PROVIDER,
    SYNC,
    alert,
    document,
    flux,
    namespace,
    release,
    repository,
)
from tests.support.scanning import scanned

CLUSTERS = ("blue", "green", "red")
CODE = "alert-misses-namespaces"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """Three clusters that apply one directory; its Alert misses a namespace that is called after the
    cluster, so that the messages differ."""
    files = {
        "apps/all.yaml": namespace()
        + CHARTS
        + alert("    - {kind: HelmRelease, name: '*'}\n")
        + PROVIDER
        + release("web", where="'apps-${cluster}'")
    }
    for name in CLUSTERS:
        files[f"clusters/{name}/flux-system/gotk-sync.yaml"] = SYNC.replace("/prod", f"/{name}")
        files[f"clusters/{name}/layers.yaml"] = flux(
            "apps", "./apps", f"postBuild: {{substitute: {{cluster: {name}}}}}"
        )
    return scanned(tmp_path_factory.mktemp("fleet"), files)


def of_code(platform: Platform, code: str) -> Finding:
    """The one finding of a code."""
    (found,) = [finding for finding in platform.findings if finding.code == code]
    return found


def test_clusters_that_share_a_file(fleet: Platform) -> None:
    """The finding stands once, with its layers, clusters and subjects as data."""
    found = of_code(fleet, CODE)
    assert found.layers == tuple(f"{name}/flux-system/apps" for name in CLUSTERS)
    assert found.clusters == CLUSTERS
    assert [f"{ref.cluster} {ref.label}" for ref in found.about] == [
        f"{name} Alert flux-system/all" for name in CLUSTERS
    ]
    assert len(found.messages) == 3 and all("apps-" in message for message in found.messages)
    assert found.extent == "× 3 layers on 3 clusters"


def test_clusters_with_files_of_their_own(tmp_path: Path) -> None:
    """What is missing outside of these files is missing once, wherever each cluster asks for it."""
    files = {
        "apps/all.yaml": document("v1", "ConfigMap", "web", "data: {a: '${region}'}\n", "nowhere")
    }
    for name in CLUSTERS:
        files[f"clusters/{name}/flux-system/gotk-sync.yaml"] = SYNC.replace("/prod", f"/{name}")
        spec = "postBuild: {substituteFrom: [{kind: ConfigMap, name: vars}]}"
        layer = flux("apps", "./apps", spec).replace("interval: 10m", "interval: 2h")
        chart = release("web", where="flux-system")
        files[f"clusters/{name}/layers.yaml"] = layer + chart
    platform = scanned(tmp_path, files)
    assert {finding.code: finding.clusters for finding in platform.findings} == dict.fromkeys(
        (
            "alert-none",
            "chart-source-unknown",
            "layer-partial",
            "namespace-unknown",
            "retry-interval-missing",
            "substitute-from-unknown",
        ),
        CLUSTERS,
    )
    assert len(platform.findings) == 6


def test_every_output_says_so(fleet: Platform) -> None:
    """Text, annotations and SARIF say how many it concerns; JSON and the inventory which."""
    found = of_code(fleet, CODE)
    said = "(× 3 layers on 3 clusters)"
    assert formats.text([found]).count(said) == 1
    assert formats.github([found]).count(said) == 1
    (result,) = json.loads(formats.sarif([found], "1.0"))["runs"][0]["results"]
    assert said in result["message"]["text"]
    assert result["properties"]["clusters"] == list(CLUSTERS)
    (row,) = json.loads(formats.as_json([found]))
    (written,) = [item for item in json.loads(dumps(fleet))["findings"] if item["code"] == CODE]
    assert row == written
    assert row["cause"] == "its own namespace only"
    assert row["about"][0] == {
        "cluster": "blue",
        "group": "notification.toolkit.fluxcd.io",
        "kind": "Alert",
        "namespace": "flux-system",
        "name": "all",
    }


def test_objects_of_a_template(tmp_path: Path) -> None:
    """What a template makes a hundred times wrong is one finding, at the line of the template."""
    template = release("web-<< inputs.name >>", version="").replace("---\n", "")
    inputs = ", ".join(f"{{name: t{number}}}" for number in range(100))
    body = f"spec:\n  inputs: [{inputs}]\n  resourcesTemplate: |\n" + "".join(
        f"    {line}\n" for line in template.splitlines()
    )
    made = document("fluxcd.controlplane.io/v1", "ResourceSet", "tenants", body)
    files = {LAYERS: flux("apps", "./apps"), "apps/all.yaml": namespace() + CHARTS + made}
    found = of_code(scanned(tmp_path, repository(files)), "chart-version-missing")
    assert (found.extent, len(found.about)) == ("× 100 objects", 100)


def test_baseline_of_before_still_matches(fleet: Platform, tmp_path: Path) -> None:
    """A baseline with an entry for each cluster knows the one finding, and none of its entries is
    left over."""
    found = of_code(fleet, CODE)
    rows = [
        {"fingerprint": baseline.fingerprint(found, message), "code": CODE, "message": message}
        for message in found.messages
    ]
    path = tmp_path / "known.json"
    path.write_text(json.dumps({"version": 1, "findings": rows}), encoding="utf-8")
    assert baseline.apply([found], baseline.load(path)) == []


def test_baseline_knows_a_fault_by_any_of_its_messages(fleet: Platform, tmp_path: Path) -> None:
    """One entry stands for the fault, also when the cluster that gave the message is gone."""
    found = of_code(fleet, CODE)
    path = tmp_path / "known.json"
    path.write_text(baseline.dumps([found]), encoding="utf-8")
    assert len(baseline.load(path)) == 1
    for message in found.messages:
        left = Finding(CODE, found.severity, message, found.file, found.line)
        assert baseline.apply([left], baseline.load(path)) == []


def made(message: str, layer: str, severity: Severity = Severity.INFO, line: int = 1) -> Finding:
    """A finding in `a.yaml` with the cause `x`."""
    return Finding("orphan", severity, message, "a.yaml", line, (layer,), cause="x")


def test_the_gravest_speaks() -> None:
    """Whatever the order, the gravest finding gives severity and message."""
    group = [made("b", "c/n/b"), made("z", "c/n/z", Severity.ERROR), made("a", "c/n/a")]
    for findings in (group, group[::-1]):
        (found,) = settle(findings, Settings())
        assert (found.severity, found.message) == (Severity.ERROR, "z")
        assert found.layers == ("c/n/z", "c/n/a", "c/n/b")
        assert settle([found], Settings()) == (found,)
    assert len(settle([made("a", "c/n/a"), made("a", "c/n/a", line=2)], Settings())) == 2


def test_a_new_layer_is_news() -> None:
    """In a comparison, a fault that reaches further is new; one that reaches less is not gone."""
    (one,) = settle([made("a", "c/n/a")], Settings())
    (two,) = settle([made("a", "c/n/a"), made("b", "c/n/b")], Settings())
    assert _new_findings((two,), (one,)) == (two,)
    assert _new_findings((one,), (two,)) == () == _gone_findings((two,), (one,))
    assert _gone_findings((two,), ()) == (two,)
