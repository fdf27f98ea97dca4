"""mkdocs-git-authors-plugin: authors of the pages that Git knows."""

from __future__ import annotations

from tests.compatibility.conftest import Build, text


def test_authors(build: Build) -> None:
    """A page of the author has its authors; generated ones, which Git does not know, fail
    nothing."""
    site = build(
        ["git-authors", "gitops"], {"docs/about.md": "# About\n\n{{ git_page_authors }}\n"}
    )
    assert "test@example.org" in text(site, "about")
