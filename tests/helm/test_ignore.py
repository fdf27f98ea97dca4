"""What `.helmignore` leaves out, as Helm reads it."""

from __future__ import annotations

import pytest

from gitops_docs.helm.archive import ArchiveError
from gitops_docs.helm.ignore import Rules

FILES = (
    "Chart.yaml",
    "a.md",
    "b.txt",
    "docs/a.md",
    "docs/deep/c.txt",
    "files/docs/d.txt",
    "templates/.hidden.yaml",
    "templates/a.yaml",
    "templates/sub/a.yaml",
)
SEEN = tuple(name for name in FILES if "hidden" not in name)


@pytest.mark.parametrize(
    ("rules", "out"),
    [
        ("", ""),
        ("# a.md\n\n  *.md  \r\n", "a.md docs/a.md"),
        ("[ab].md", "a.md docs/a.md"),
        ("[^a].txt", "b.txt docs/deep/c.txt files/docs/d.txt"),
        ("?.txt", "b.txt docs/deep/c.txt files/docs/d.txt"),
        ("/a.md", "a.md"),
        ("docs", "docs/a.md docs/deep/c.txt files/docs/d.txt"),
        ("docs/", "docs/a.md docs/deep/c.txt files/docs/d.txt"),
        ("/docs/", "docs/a.md docs/deep/c.txt"),
        ("a.md/", ""),
        ("docs/*", "docs/a.md docs/deep/c.txt"),
        ("docs/*.txt", ""),
        ("templates/*/a.yaml", "templates/sub/a.yaml"),
        ("./a.md", ""),
        ("[", ""),
        ("a\\\\.md", ""),
        ("!*.md", "b.txt docs/a.md docs/deep/c.txt files/docs/d.txt templates/a.yaml templates/sub/a.yaml Chart.yaml"),
    ],
)  # fmt: skip
def test_rules(rules: str, out: str) -> None:
    """Each file that stays, and each that does not; hidden templates never stay."""
    found = Rules(rules.encode())
    assert {name for name in SEEN if found.leave_out(name)} == set(out.split())
    assert found.leave_out("templates/.hidden.yaml")


def test_refused() -> None:
    """Helm takes no chart with two stars in its rules."""
    with pytest.raises(ArchiveError, match="does not take"):
        Rules(b"docs/**\n")
