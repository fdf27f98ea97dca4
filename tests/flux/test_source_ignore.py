"""Many patterns in ignore files: looked up by what they have in them, and bounded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gitops_docs.flux.sources.ignore import Rules
from gitops_docs.scanner.scanner import scan
from gitops_docs.yaml import limits
from gitops_docs.yaml.rules import RepositoryTooLarge

Write = Callable[[Mapping[str, str]], Path]
FILES = {
    "clusters/prod/a.yaml": """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {interval: 10m, path: ./apps, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
""",
    "apps/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
    "apps/b.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n",
    ".sourceignore": "/apps/*b.yaml\n",
}


def names(root: Path) -> list[str]:
    return [resource.name for layer in scan(root).layers for resource in layer.resources]


def test_many_patterns() -> None:
    """Of thousands of patterns the last one that means a file decides, also one with brackets,
    below a directory or taken back."""
    rules = Rules()
    rules.add([f"/apps/x{number}/" for number in range(5000)])
    rules.add(["[ab]c.yaml", "!keep.yaml"])
    rules.add(["deep/*.yaml", "own"], "apps")
    left_out = ["apps/x77/a.yaml", "y/bc.yaml", "apps/deep/a.yaml", "apps/z/own/a"]
    kept = ["apps/y/a.yaml", "cc.yaml", "apps/x77/keep.yaml", "deep/a.yaml", "own/a"]
    assert [rules.leaves_out(path) for path in left_out] == [True] * 4
    assert [rules.leaves_out(path) for path in kept] == [False] * 5
    assert not rules.is_exhausted


def test_patterns_beyond_the_budget(repository: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where patterns and files are too many, files are shown rather than left out, and the finding
    names the ignore file."""
    root = repository(FILES)
    assert names(root) == ["a"]
    monkeypatch.setattr(limits, "MAX_MATCHED", 5)
    assert names(root) == ["a", "b"]
    told = [
        (item.file, item.message)
        for item in scan(root).findings
        if item.code == RepositoryTooLarge.code
    ]
    assert [file for file, message in told if "not left out" in message] == [".sourceignore"]
