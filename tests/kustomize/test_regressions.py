"""Every difference from `kubectl kustomize` that was ever found, as a file of its own: `files`, and the `output` or `error: true`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_docs.kustomize import build
from gitops_docs.repository.tree import Checkout, Tree
from tests.support import oracle

CASES = sorted((Path(__file__).parent / "regressions").glob("*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_same_output(path: Path, repository: Callable[[Mapping[str, str]], Path]) -> None:
    """The engine gives what is written down."""
    case: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    wanted = oracle.Answer(oracle.read(case.get("output", "")), "refused" if case.get("error") else None)
    built = build(Tree.of(Checkout(repository(case["files"]))), case.get("directory", ""))
    assert [str(item) for item in oracle.compare(built, wanted, open_secrets=True)] == []


@pytest.mark.oracle
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_kubectl_agrees(path: Path, repository: Callable[[Mapping[str, str]], Path], kubectl: str) -> None:
    """What is written down is what kubectl gives."""
    case: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    answer = oracle.ask(repository(case["files"]) / case.get("directory", ""))
    assert (answer.error is not None) == bool(case.get("error")), answer.error
    assert answer.objects == oracle.read(case.get("output", ""))
