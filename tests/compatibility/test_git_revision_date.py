"""mkdocs-git-revision-date-localized-plugin: dates of the author's pages; generated ones, which Git
does not know, fail nothing."""

from __future__ import annotations

from tests.compatibility.conftest import Build, text


def test_dates(build: Build) -> None:
    """A page of the author has its date, and a strict build does not fail for generated pages."""
    site = build([{"git-revision-date-localized": {"fallback_to_build_date": True}}, "gitops"])
    assert "git-revision-date-localized-plugin" in text(site, "")
