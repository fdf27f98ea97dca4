"""Each check finds what it is made for, at the right place, and nothing where all is well."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.model import Finding, Severity
from tests.checks.cases import CASES, LAYERS, WEB, Case, flux, namespace, repository
from tests.support.scanning import scanned


def found(root: Path, case: Case, files: dict[str, str]) -> list[Finding]:
    """Findings of the case's code."""
    return [
        finding
        for finding in scanned(root, files, case.settings).findings
        if finding.code == case.code
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_trigger(case: Case, tmp_path: Path) -> None:
    """The finding has its severity and stands where the mistake is."""
    findings = found(tmp_path, case, dict(case.bad))
    assert (case.severity, case.at) in [
        (finding.severity, f"{finding.file}:{finding.line}") for finding in findings
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_no_false_alarm(case: Case, tmp_path: Path) -> None:
    """The same repository done right has no such finding."""
    assert found(tmp_path, case, dict(case.good)) == []


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


def test_a_suspect_is_named_and_never_quoted(tmp_path: Path) -> None:
    """The message says which key, not what stands there."""
    case = next(case for case in CASES if case.code == "secret-suspected")
    (finding,) = found(tmp_path, case, dict(case.bad))
    assert "data.x" in finding.message
    assert "ghp_" not in finding.message
