"""Some seconds of fuzzing, and the inputs that were kept from earlier."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gitops_docs.repository import git
from tests.fuzz import run, targets

PROJECT = Path(__file__).parent.parent.parent


@pytest.fixture
def no_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the fuzzer."""
    monkeypatch.setattr(git, "find", lambda root: None)


@pytest.mark.parametrize("target", run.TARGETS)
@pytest.mark.usefixtures("no_git")
def test_kept_inputs(target: str) -> None:
    """What once reached new code, or failed, is fine."""
    kept = run.kept(target)
    assert kept
    for data in kept:
        targets.TARGETS[target](data)


@pytest.mark.long
@pytest.mark.parametrize("target", run.TARGETS)
def test_some_seconds(target: str) -> None:
    """New inputs are fine too, for ten seconds, in CI for sixty: no exception, none that hangs or
    needs 500 MB.

    The seed is the same each time, so that a change is judged and not the day; `make fuzz` goes on
    from there.
    """
    pytest.importorskip("atheris", reason="Atheris is there for Linux and Python up to 3.13 only")
    seconds = os.environ.get("GITOPS_DOCS_FUZZ_SECONDS", "10")
    command = [sys.executable, "-m", "tests.fuzz.run", target, "--seconds", seconds, "--seed", "1"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing found" in done.stdout
