"""mkdocs-print-site-plugin: all pages on one."""

from __future__ import annotations

from tests.compatibility.conftest import Build, text


def test_one_page(build: Build) -> None:
    """The page for printing holds the pages of the navigation, ours with their content. Its own
    links to pages that it does not hold lead nowhere, whoever made them."""
    page = text(build(["gitops", "print-site"], beside="print_page/"), "print_page")
    assert "Home" in page and "gitops.css" in page
    assert 'id="platform-components-releases"' in page or "ingress" in page
