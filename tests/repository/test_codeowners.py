"""CODEOWNERS: places, patterns, and who wins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gitops_docs.repository.checkout import Checkout
from gitops_docs.repository.codeowners import CodeOwners, read
from gitops_docs.scanner.scanner import scan
from gitops_docs.yaml import limits
from gitops_docs.yaml.rules import RepositoryTooLarge
from tests.support.history import git

RULES = """
# a comment
*               @all
*.tf            @terraform   # with a comment
/apps/          @apps ops@example.org
docs/*          @docs
/vendor/        @vendor
/vendor/free/
!apps/open      @never
[ab].yaml       @never
/a\\ b/         @blank
logs/           @logs
**/charts/*.yaml @charts
"""
CASES = [
    ("README.md", "@all"),
    ("x/main.tf", "@terraform"),
    ("apps/web/deep/file.yaml", "@apps ops@example.org"),
    ("other/apps/file.yaml", "@all"),  # the leading slash is the root
    ("docs/index.md", "@docs"),
    ("docs/guide/index.md", "@all"),  # `/*` is for the directory itself
    ("vendor/x", "@vendor"),
    ("vendor/free/x", ""),  # a pattern without owners
    ("apps/open", "@apps ops@example.org"),  # `!` means nothing
    ("a.yaml", "@all"),  # nor does `[ ]`
    ("a b/x", "@blank"),
    ("deep/below/logs/today/x", "@logs"),
    ("x/charts/a.yaml", "@charts"),
]


@pytest.mark.parametrize(("path", "owners"), CASES)
def test_last_match_wins(path: str, owners: str) -> None:
    """Patterns mean what GitHub says they mean."""
    assert " ".join(CodeOwners(RULES).of(path)) == owners


@pytest.mark.parametrize("place", [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"])
def test_places(repository: Callable[[Mapping[str, str]], Path], place: str) -> None:
    """The file is found in each of the three places; without one nobody owns anything."""
    assert read(Checkout(repository({"a.yaml": ""}))) is None
    rules = read(Checkout(repository({place: "* @all\n"})))
    assert rules is not None and rules.of("a.yaml") == ("@all",)


def test_first_place_wins(repository: Callable[[Mapping[str, str]], Path]) -> None:
    """GitHub uses the one in .github where there are several."""
    rules = read(
        Checkout(repository({"CODEOWNERS": "* @root\n", ".github/CODEOWNERS": "* @github\n"}))
    )
    assert rules is not None and rules.of("a.yaml") == ("@github",)


def test_file_of_the_work_tree_counts(repository: Callable[[Mapping[str, str]], Path]) -> None:
    """Above the scan root, patterns are for the whole repository; it wins over one in the scan
    root."""
    root = repository(
        {
            "CODEOWNERS": "/k8s/apps/ @apps\n/apps/ @wrong\n",
            "k8s/apps/a.yaml": "",
            "k8s/CODEOWNERS": "* @own\n",
        }
    )
    git(root, "init", "-q")
    rules = read(Checkout(root / "k8s"), "k8s/")
    assert rules is not None and rules.of("apps/a.yaml") == ("@apps",)
    (root / "CODEOWNERS").unlink()
    rules = read(Checkout(root / "k8s"), "k8s/")
    assert rules is not None and rules.of("apps/a.yaml") == ("@own",)


def test_stars_end() -> None:
    """Patterns for which an expression would try every way to share a path out are compared at
    once."""
    path = "a/" * 500 + "b"
    for pattern in ("/" + "**/a/" * 30 + "zz", "/" + "**/*a*/" * 30 + "zz", "/" + "*a*" * 80):
        assert CodeOwners(f"{pattern} @a\n").of(path) == ()
    assert CodeOwners(f"{'*a' * 60}*/x @a\n").of("a" * 250 + "/y") == ()


def test_many_patterns(repository: Callable[[Mapping[str, str]], Path]) -> None:
    """A long list is looked up by what its patterns have in them."""
    files = {f"apps/a{number}/{name}.yaml": "" for number in range(50) for name in "xy"}
    rules = CodeOwners("".join(f"/apps/a{number}/ @team{number}\n" for number in range(20_000)))
    assert [rules.of(path) for path in files] == [
        (f"@team{path.split('/')[1][1:]}",) for path in files
    ]
    assert not rules.is_exhausted


def test_patterns_beyond_the_budget(
    repository: Callable[[Mapping[str, str]], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where patterns and files are too many, no owner is shown, and the finding names the file."""
    files = {
        "apps/web.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
        "CODEOWNERS": "* @a\n/web*b @b\n",
    }
    root = repository(files)
    assert [item.owners for item in scan(root).owners] == [("@a",)]
    monkeypatch.setattr(limits, "MAX_MATCHED", 3)
    platform = scan(root)
    assert platform.owners == () and not platform.has_owners
    told = [
        (item.file, item.message)
        for item in platform.findings
        if item.code == RepositoryTooLarge.code
    ]
    assert [file for file, message in told if "owners are not shown" in message] == ["CODEOWNERS"]
