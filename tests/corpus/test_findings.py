"""Findings on real repositories: those that an expert would point out are there, and sound ones
give no false alarm."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gitops_docs.checks.registry import CODES
from gitops_docs.model import Finding, Severity
from gitops_docs.scanner.scanner import scan

pytestmark = [pytest.mark.corpus, pytest.mark.slow]

SOUND = [
    "onedr0p_home-ops",
    "billimek_k8s-gitops",
    "controlplaneio-fluxcd_d2-fleet",
    "fluxcd_flux2-kustomize-helm-example",
]
ALL = [
    *SOUND,
    "Smana_cloud-native-ref",
    "controlplaneio-fluxcd_d2-infra",
    "fluxcd_flux2-multi-tenancy",
]
MANY = 25
"""More errors and warnings than this on a repository that works are a wall of noise."""


@pytest.fixture(scope="module")
def findings(corpus_repository: Callable[[str], Path]) -> Callable[[str], tuple[Finding, ...]]:
    """The findings of a repository, scanned once."""
    known: dict[str, tuple[Finding, ...]] = {}

    def of(name: str) -> tuple[Finding, ...]:
        if name not in known:
            known[name] = scan(corpus_repository(name)).findings
        return known[name]

    return of


@pytest.mark.parametrize("name", SOUND)
def test_no_false_error(findings: Callable[[str], tuple[Finding, ...]], name: str) -> None:
    """A repository that works, and whose authors know Flux, has no error and hardly a warning."""
    serious = [finding for finding in findings(name) if finding.severity is not Severity.INFO]
    assert [finding for finding in serious if finding.severity is Severity.ERROR] == []
    assert len(serious) <= 2


@pytest.mark.parametrize("name", ALL)
def test_no_wall_of_noise(findings: Callable[[str], tuple[Finding, ...]], name: str) -> None:
    """What repeats by design is one finding; each is explained and says where."""
    found = findings(name)
    assert sum(finding.severity is not Severity.INFO for finding in found) <= MANY
    assert all(finding.code in CODES for finding in found)
    assert all(finding.file and finding.line for finding in found if finding.code != "cluster-none")


def test_what_an_expert_sees(findings: Callable[[str], tuple[Finding, ...]]) -> None:
    """A component in two layers, expressions that never run, a component that nobody applies,
    Alerts that stay silent."""
    found = findings("Smana_cloud-native-ref")

    def messages(code: str) -> list[str]:
        return [finding.message for finding in found if finding.code == code]

    (twice,) = messages("object-applied-twice")
    assert "traces" in twice
    assert len(messages("healthcheck-exprs-inert")) == 5
    assert any("oncall" in message for message in messages("orphan"))
    assert len(messages("alert-provider-elsewhere")) == 1
    assert any(
        "HelmReleases" in message and "slack" in message
        for message in messages("alert-misses-namespaces")
    )
