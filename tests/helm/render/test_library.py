"""Helm's SDK as a library, in the same worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_docs.helm.render import guard
from gitops_docs.helm.render.guard import Engine, Worker
from gitops_docs.scanner.scanner import Scanner
from gitops_docs.settings.options import Settings
from tests.helm.render.test_guard import LOOP, render
from tests.helm.render.test_scan import identities, only, platform


def test_limits(sdk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop is ended, what Helm refuses says why, and the next chart is rendered."""
    monkeypatch.setattr(guard, "MAX_SECONDS", 1)
    worker = Worker(Engine(str(sdk), is_library=True))
    try:
        assert worker.version() == "v4.2.3"
        assert render(worker, {"templates/a.yaml": f"a: {LOOP}"}).state == "time"
        failed = render(worker, {"templates/a.yaml": 'a: {{ fail "no" }}'})
        assert failed.state == "failed"
        assert "no" in failed.error
        answer = render(worker, {"templates/a.yaml": "kind: A", "templates/_b.tpl": "x"})
        assert answer.manifests == b"---\n# Source: web/templates/a.yaml\nkind: A\n"
    finally:
        worker.close()


def test_same_objects(
    tmp_path: Path, sdk: Path, helm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Library and program give the same objects, but for those that ask for API versions."""
    settings = Settings(sources={"own": "."})
    monkeypatch.setattr(guard, "find", lambda *_: Engine(str(helm)))
    program = only(Scanner(platform(tmp_path), settings).scan())
    monkeypatch.setattr(guard, "find", lambda *_: Engine(str(sdk), is_library=True))
    library = only(Scanner(tmp_path, settings).scan())
    assert library.rendering.engine == "helm SDK v4.2.3"
    assert identities(program) - identities(library) == {("Thing", "", "web")}
    assert identities(library) <= identities(program)
    assert "knows only its own" in library.rendering.unsure[0]
