"""Each rule finds what it is made for, at the right place, and nothing where all is well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gitops_docs.model import Severity
from tests.checks.cases import cases, platform, row
from tests.support.manifests import LAYERS, WEB, namespace, repository
from tests.support.scanning import flux, scanned

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
