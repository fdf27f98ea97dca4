"""The content of every layer of real repositories, before variables, is what `kubectl kustomize`
gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.corpus.test_inventory import REPOSITORIES
from tests.support import PROJECT, oracle
from tools import exactness

pytestmark = [pytest.mark.corpus, pytest.mark.oracle, pytest.mark.slow]


@pytest.mark.parametrize("name", REPOSITORIES)
def test_layers(
    name: str, material: Path, corpus_repository: Callable[[str], Path], kubectl: str
) -> None:
    """No layer differs, and what the truth calls rendered is compared."""
    found = list(oracle.layers(corpus_repository(name)))
    assert {item.name: item.differences for item in found if item.differences} == {}
    truth = json.loads((material / "corpus" / f"{name}.expected.json").read_text(encoding="utf-8"))[
        "kustomizations"
    ]
    reached = [
        layer for layer in truth if layer["root_kind"] != "unreached" and layer["status"] == "ok"
    ]
    compared = sum(item.status == "equal" for item in found)
    assert compared >= len(reached), f"{compared} compared, {len(reached)} rendered"


@pytest.mark.parametrize("name", ["controlplaneio-fluxcd_d2-infra", "onedr0p_home-ops"])
def test_directories(name: str, corpus_repository: Callable[[str], Path], kubectl: str) -> None:
    """No kustomization directory differs when it is built alone."""
    found = list(oracle.directories(corpus_repository(name)))
    assert len(found) >= 12
    assert {item.name: item.differences for item in found if item.differences} == {}


def test_table_of_the_guide(kubectl: str) -> None:
    """The guide's line about the example is what the tool makes of it now; no line of the guide has
    a difference."""
    page = exactness.PAGE.read_text(encoding="utf-8")
    assert exactness.row(f"`{exactness.EXAMPLE}`", PROJECT / exactness.EXAMPLE) in page
    rows = [
        line.split("|")[1:-1]
        for line in page.splitlines()
        if line.startswith("| ") and line.count("|") == 11
    ]
    assert len(rows) >= 8
    for cells in rows[1:]:
        assert cells[2] == cells[3], cells
        assert cells[7] == cells[8], cells
