"""Each rule finds what it is made for, at the right place, and nothing where all is well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gitops_docs.model import Severity
from tests.checks.cases import cases, platform, row
from tests.support.manifests import LAYERS, SYNC, SYNC_FILE, WEB, namespace, repository
from tests.support.scanning import config_map, flux, scanned

CASES = list(cases())


@pytest.mark.parametrize(("code", "case"), CASES, ids=[code for code, _ in CASES])
def test_case(code: str, case: dict[str, Any], tmp_path: Path) -> None:
    """The bad repository has the findings that the case expects, the good one has none."""
    bad = platform(tmp_path / "bad", case, case["bad"])
    found = [finding for finding in bad.findings if finding.code == code]
    wanted = case["expect"]
    assert wanted and len(found) == len(wanted), found
    assert [row(one, two) for one, two in zip(found, wanted, strict=True)] == wanted
    good = platform(tmp_path / "good", case, {**case["bad"], **case["good"]})
    assert [finding for finding in good.findings if finding.code == code] == []


@pytest.mark.parametrize(("code", "case"), CASES, ids=[code for code, _ in CASES])
def test_second_cluster(code: str, case: dict[str, Any], tmp_path: Path) -> None:
    """A cluster more that applies the same files adds no finding in them: the ones that are there
    concern both clusters."""
    shared = [
        item
        for item in case["expect"]
        if not (item["place"] or "clusters/").startswith("clusters/")
    ]
    if not shared:
        return  # The fault is in a file of the cluster itself.
    platform_of_two = platform(tmp_path, case, {**case["bad"], **twin(case)})
    found = [
        finding
        for finding in platform_of_two.findings
        if finding.code == code and not (finding.file or "").startswith("clusters/")
    ]
    assert len(found) == len(shared)
    assert {finding.clusters for finding in found} <= {(), ("prod", "twin")}


def twin(case: dict[str, Any]) -> dict[str, str]:
    """The files of the cluster `prod` of a bad repository as those of another cluster."""
    sync = {SYNC_FILE: SYNC} if case.get("bootstrap", True) else {}
    return {
        name.replace("/prod", "/twin"): text.replace("clusters/prod", "clusters/twin")
        for name, text in {**sync, **case["bad"]}.items()
        if name.startswith("clusters/prod/")
    }


def test_a_sound_repository_has_no_finding(tmp_path: Path) -> None:
    """What the cases are made from gives neither errors nor warnings."""
    files = repository(
        {LAYERS: flux("apps", "./apps", "wait: true"), "apps/all.yaml": namespace() + WEB}
    )
    serious = [
        finding
        for finding in scanned(tmp_path, files).findings
        if finding.severity is not Severity.INFO
    ]
    assert serious == []


def test_what_layers_have_in_common_is_one_finding(tmp_path: Path) -> None:
    """Many layers that miss the same ConfigMap are named by one finding, which concerns all of
    them."""
    post_build = "postBuild: {substituteFrom: [{kind: ConfigMap, name: vars}]}"
    layers = "".join(flux(f"layer-{number}", "./apps", post_build) for number in range(4))
    platform = scanned(tmp_path, repository({LAYERS: layers, "apps/ns.yaml": namespace()}))
    (finding,) = [item for item in platform.findings if item.code == "substitute-from-unknown"]
    assert finding.layers == tuple(f"prod/flux-system/layer-{number}" for number in range(4))


def test_what_a_suspended_layer_would_wait_for(tmp_path: Path) -> None:
    """A layer that is suspended waits for nothing now: no error."""
    suspended = flux(
        "apps",
        "./apps",
        "suspend: true, dependsOn: [{name: none}], "
        "healthChecks: [{apiVersion: apps/v1, kind: Deployment, name: web, namespace: a}]",
    )
    files = {
        "clusters/a/flux-system/gotk-sync.yaml": flux("flux-system", "./clusters/a"),
        "clusters/a/apps.yaml": suspended,
        "apps/a.yaml": config_map("a"),
    }
    said = {one.code: str(one.severity) for one in scanned(tmp_path, files).findings}
    assert (said["dependency-unknown"], said["healthcheck-unknown"]) == ("warning", "info")
