"""After any edit, what a live server has built is what a build from nothing gives, byte for byte."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mkdocs_gitops.memory import Memory
from tests.site.edits import Edits, built, example, generated

pytestmark = pytest.mark.slow

COUNT = int(os.environ.get("GITOPS_DOCS_EDITS", "12"))
SEEDS = [int(seed) for seed in os.environ.get("GITOPS_DOCS_SEEDS", "1").split(",")]
"""How many edits a run has, and which runs there are."""


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("make", [example, generated])
def test_any_edit(tmp_path: Path, make: Callable[[Path], Path], seed: int) -> None:
    """Random edits one after the other."""
    site = make(tmp_path)
    edits, memory, told = Edits(site, seed), Memory(), ["0: nothing"]
    for _ in range(COUNT + 1):
        live, cold = built(site, tmp_path / "live", memory), built(site, tmp_path / "cold", Memory())
        if isinstance(live, str) or isinstance(cold, str):
            assert live == cold, told[-6:]
        else:
            assert live.keys() == cold.keys(), told[-6:]
            differing = [name for name, content in cold.items() if live[name] != content]
            assert differing == [], told[-6:]
        told.append(edits.next())
