"""mkdocs-redirects: an old page of the author leads to a generated one."""

from __future__ import annotations

import pytest

from tests.compatibility.conftest import Build, text


@pytest.mark.parametrize("last", [True, False])
def test_redirect_to_a_generated_page(build: Build, last: bool) -> None:
    """A redirect map may name a generated page, whatever the order of the plugins."""
    redirects = {"redirects": {"redirect_maps": {"old.md": "platform/components.md"}}}
    site = build(["gitops", redirects] if last else [redirects, "gitops"])
    assert "platform/components/" in text(site, "old")
