"""Generated kustomizations: the engine gives what `kubectl kustomize` gives, and refuses what it
refuses.

`make test` runs the same 40 each time, `make check` some hundreds;
`make properties N=...` runs as many others, with `KUSTOMIZE=5.7.1` beside an earlier kustomize.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, given, note, settings

from gitops_docs.kustomize import build
from gitops_docs.kustomize.behaviour import LATEST, of_version
from gitops_docs.repository.checkout import Checkout
from gitops_docs.repository.tree import Tree
from tests.properties.trees import trees
from tests.support import oracle

EXAMPLES = "GITOPS_DOCS_EXAMPLES"
GIVEN = os.environ.get(EXAMPLES)
VERSION = next(
    version
    for version in oracle.VERSIONS
    if oracle.shown(version) == os.environ.get("GITOPS_DOCS_KUSTOMIZE", oracle.shown(LATEST))
)


@pytest.mark.oracle
@pytest.mark.slow
@pytest.mark.trees
@settings(
    max_examples=int(GIVEN or 40),
    derandomize=GIVEN is None,
    # Without a number given a failure is shown as it was found: shrinking takes minutes.
    phases=[Phase.generate, Phase.shrink] if GIVEN else [Phase.generate],
    deadline=None,
    database=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)
@given(files=trees())
def test_same_as_kubectl(files: dict[str, str], kubectl: str) -> None:
    """Objects, their content and their order are the same; where kustomize refuses, so does the
    engine."""
    for path, content in sorted(files.items()):
        note(f"--- {path}\n{content}")
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        for path, content in files.items():
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_text(content, encoding="utf-8")
        built = build(Tree.of(Checkout(root)), "top", behaviour=of_version(VERSION))
        assert not built.missing
        answer = oracle.ask(root / "top", VERSION)
        assume(not answer.crashed)
        assert [str(item) for item in oracle.compare(built, answer, open_secrets=True)] == []
