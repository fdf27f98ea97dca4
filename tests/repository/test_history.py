"""The last commits, and what they touched."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gitops_docs.index.history import CommitIndex, revert_command
from gitops_docs.model import Layer, LayerStatus, SourceRef
from gitops_docs.repository import history


def git(root: Path, *arguments: str) -> None:
    """Run git with an identity of its own."""
    identity = [
        "-c",
        "user.name=A & b",
        "-c",
        "user.email=a@example.org",
        "-c",
        "commit.gpgsign=false",
    ]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Three commits in a sub-directory, one beside it, one merge; `apps/old.yaml` is gone."""
    git(tmp_path, "init", "-q", "-b", "main")
    root = tmp_path / "fleet"
    for number, name in enumerate(["apps/old.yaml", "apps/é a.yaml", "infra/b.yaml"]):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"a: {number}\n")
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "-m", f"Add {name}\n\nWhy\x1e\x1fnot.")
    (tmp_path / "README.md").write_text("beside\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "Beside")
    git(tmp_path, "checkout", "-q", "-b", "topic")
    (root / "apps/old.yaml").unlink()
    git(tmp_path, "commit", "-q", "-am", "Remove old")
    git(tmp_path, "checkout", "-q", "main")
    git(
        tmp_path,
        "merge",
        "-q",
        "--no-ff",
        "-m",
        "Merge pull request #1 from x\n\nRemove what is old",
        "topic",
    )
    return root


def layer(directory: str, *files: str) -> Layer:
    """A layer that reads these files."""
    source = SourceRef("GitRepository", "flux-system", "flux-system")
    return Layer(
        "c/n/a", "c", "n", "a", "clusters/a.yaml", 1, None, directory, directory, source, LayerStatus.RENDERED, None, False, 1,
        files=files,
    )  # fmt: skip


def test_commits_below_the_root_newest_first(repository: Path) -> None:
    """A merge stands for what it brought, what lies beside the root is not there, odd names and
    separators survive."""
    commits = history.read(repository, {"apps/é a.yaml", "infra/b.yaml"})
    assert [(commit.subject, commit.files, commit.gone, commit.merge) for commit in commits] == [
        ("Remove what is old", (), ("apps/old.yaml",), True),
        ("Add infra/b.yaml", ("infra/b.yaml",), (), False),
        ("Add apps/é a.yaml", ("apps/é a.yaml",), (), False),
        ("Add apps/old.yaml", (), ("apps/old.yaml",), False),
    ]
    assert commits[0].author == "A & b"


def test_changes_of_a_layer(repository: Path) -> None:
    """What it reads counts, and what was taken out of its directory."""
    changes = CommitIndex(history.read(repository, {"apps/é a.yaml", "infra/b.yaml"}))
    assert [commit.subject for commit in changes.of_layer(layer("apps", "apps/é a.yaml"))] == [
        "Remove what is old", "Add apps/é a.yaml", "Add apps/old.yaml",
    ]  # fmt: skip
    assert [commit.subject for commit in changes.of_layer(layer("infra", "infra/b.yaml"))] == [
        "Add infra/b.yaml"
    ]
    assert [commit.subject for commit in changes.of_files(["infra/b.yaml"])] == ["Add infra/b.yaml"]


def test_revert_command(repository: Path) -> None:
    """A merge needs to be told which side stays."""
    merge, plain = history.read(repository, set())[:2]
    assert revert_command(merge) == f"git revert -m 1 {merge.revision[:12]}"
    assert revert_command(plain) == f"git revert {plain.revision[:12]}"


def test_no_git_no_commits(tmp_path: Path) -> None:
    """A directory without Git has no history."""
    assert history.read(tmp_path, set()) == ()
