"""Themes that come with MkDocs."""

from __future__ import annotations

import pytest

from tests.compatibility.conftest import Build, text


@pytest.mark.parametrize("theme", ["mkdocs", "readthedocs"])
def test_theme(build: Build, theme: str) -> None:
    """The section is in the navigation, a layer's page has its content and its style sheet,
    diagrams are for mermaid2 to draw."""
    site = build(["search", "gitops"], theme={"name": theme})
    assert "platform/components/" in text(site, "")
    page = text(site, "platform/clusters/prod/layers/flux-system/apps")
    assert (
        "gitops/gitops.css" in page
        and 'class="language-mermaid"' in page
        and "What it applies" in page
    )
