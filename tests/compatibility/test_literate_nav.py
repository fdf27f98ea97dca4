"""mkdocs-literate-nav: the navigation of the author, with the generated section behind it or in
it."""

from __future__ import annotations

from tests.compatibility.conftest import Build, text


def test_section_is_appended(build: Build) -> None:
    """Where SUMMARY.md does not name our pages, the section follows."""
    home = text(build(["literate-nav", "gitops"], {"docs/SUMMARY.md": "* [Start](index.md)\n"}), "")
    assert home.index("Start") < home.rindex("Platform") and 'href="platform/components/"' in home


def test_author_places_our_pages(build: Build) -> None:
    """Where SUMMARY.md names one, the navigation is as the author wrote it."""
    summary = "* [Start](index.md)\n* [What runs](platform/components.md)\n"
    home = text(build(["literate-nav", "gitops"], {"docs/SUMMARY.md": summary}), "")
    assert "What runs" in home and 'href="platform/images/"' not in home
