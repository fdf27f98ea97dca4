"""Checkouts and trees: nothing outside the root is opened, views keep the way back to the file."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gitops_docs.repository import git
from gitops_docs.repository.checkout import Checkout, UnreadableFile
from gitops_docs.repository.tree import FileRef, Tree, clamp, normalise


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A directory without Git, with links and a pipe in it."""
    root = tmp_path / "repository"
    (root / "apps/web").mkdir(parents=True)
    (root / "apps/web/a.yaml").write_text("a: 1 # why\n")
    (root / "b.yaml").write_text("b: [\n")
    (tmp_path / "outside.yaml").write_text("secret: 1\n")
    (root / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    (root / "linked").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.yaml")
    return root


def test_only_regular_files_below_the_root_are_listed(repository: Path) -> None:
    """Links, pipes and what lies behind them do not exist."""
    assert Checkout(repository).files == {"apps/web/a.yaml", "b.yaml"}


@pytest.mark.parametrize(
    "path", ["link.yaml", "../outside.yaml", "/etc/passwd", "linked/outside.yaml", "pipe.yaml"]
)
def test_nothing_else_can_be_read(repository: Path, path: str) -> None:
    """A path that was not listed is refused, whatever is there."""
    with pytest.raises(UnreadableFile):
        Checkout(repository).read(path)


def test_a_file_that_vanishes_is_a_finding(repository: Path) -> None:
    """The scan goes on when somebody deletes a file under it."""
    checkout = Checkout(repository)
    (repository / "b.yaml").unlink()
    parsed = checkout.documents("b.yaml")
    assert [finding.code for finding in parsed.findings] == ["file-unreadable"]


def test_tree_of_a_sub_directory(repository: Path) -> None:
    """Paths are relative to the root of the tree, origins to the repository."""
    tree = Tree.of(Checkout(repository), root="apps")
    assert (
        tree.is_file("web/a.yaml")
        and tree.is_dir("web")
        and tree.is_dir("")
        and not tree.is_dir("apps")
    )
    assert tree.entries("") == ("web",)
    assert tree.origin("web/a.yaml") == "apps/web/a.yaml"
    assert tree.comments("web/a.yaml")[1].text == "why"


def test_a_view_maps_paths_to_files(repository: Path) -> None:
    """An artifact may hold a file under another path."""
    tree = Tree({"base/x.yaml": FileRef(Checkout(repository), "apps/web/a.yaml")})
    document = tree.documents("base/x.yaml").documents[0]
    assert document.file == "apps/web/a.yaml"
    assert tree.documents("nothing.yaml").findings[0].code == "file-not-found"


def test_files_of_another_checkout_carry_its_label(repository: Path) -> None:
    """Paths of a second repository cannot be taken for the first one's."""
    checkout = Checkout(repository, "../infra")
    assert checkout.documents("apps/web/a.yaml").documents[0].file == "../infra/apps/web/a.yaml"


@pytest.mark.parametrize(
    ("base", "relative", "expected"),
    [
        ("a/b", "../c", "a/c"),
        ("a", "..", ""),
        ("a", "../..", None),
        ("a", "/etc", None),
        ("", "./x/", "x"),
        ("a", "b/../../..", None),
    ],
)
def test_normalise_never_leaves_the_root(base: str, relative: str, expected: str | None) -> None:
    """None where the path leads out."""
    assert normalise(base, relative) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [("./a/b", "a/b"), ("../../a", "a"), ("/a", "a"), ("", ""), ("./", ""), ("a/../../b", "b")],
)
def test_clamp_stops_at_the_root(path: str, expected: str) -> None:
    """SecureJoin: `..` above the root is the root."""
    assert clamp(path) == expected


def _git(root: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-C", str(root), "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments],
        check=True,
        capture_output=True,
    )


def test_git_decides_what_belongs_to_the_repository(tmp_path: Path) -> None:
    """Ignored files are not part of what Flux sees; new ones are."""
    _git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / ".gitignore").write_text("out/\n")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/x.yaml").write_text("a: 1\n")
    (tmp_path / "platform").mkdir()
    (tmp_path / "platform/a.yaml").write_text("a: 1\n")
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "-qm", "x", "--date", "2026-01-02T00:00:00Z")
    (tmp_path / "platform/new ü.yaml").write_text("a: 1\n")
    assert Checkout(tmp_path / "platform").files == {"a.yaml", "new ü.yaml"}
    assert Checkout(tmp_path / "out").files == {"x.yaml"}
    _git(tmp_path, "remote", "add", "origin", "git@example.org:team/platform.git")
    described = git.describe(tmp_path / "platform")
    assert described.url == "https://example.org/team/platform"
    assert described.prefix == "platform/"
    assert described.revision is not None and len(described.revision) == 40


def test_without_git_there_is_no_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages then say so; the date comes from SOURCE_DATE_EPOCH alone."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    described = git.describe(tmp_path, "https://example.org/a/b.git")
    assert (described.url, described.revision, described.date) == (
        "https://example.org/a/b",
        None,
        "1970-01-01",
    )


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("git@github.com:a/b.git", "https://github.com/a/b"),
        ("https://user:token@example.org/a/b.git", "https://example.org/a/b"),
        ("ssh://git@example.org:22/a/b", "https://example.org/a/b"),
        ("https://example.org:8443/a/b/", "https://example.org:8443/a/b"),
        ("/srv/git/a.git", None),
        ("javascript:alert(1)//x", None),
    ],
)
def test_the_web_address_of_a_remote(remote: str, expected: str | None) -> None:
    """Without credentials, and never a scheme that a browser would run."""
    assert git.clean_url(remote) == expected
