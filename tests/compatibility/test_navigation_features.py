"""Features of Material that change how the navigation works."""

from __future__ import annotations

import pytest

from tests.compatibility.conftest import Build, text


@pytest.mark.parametrize("feature", ["navigation.instant", "navigation.prune"])
def test_feature(build: Build, feature: str) -> None:
    """Generated pages are where instant navigation looks for them, and a pruned navigation still
    leads to the section."""
    site = build(
        ["search", "gitops"],
        theme={"name": "material", "font": False, "features": [feature, "navigation.indexes"]},
    )
    assert feature in text(site, "platform")
    assert (
        "<loc>https://docs.example.org/platform/clusters/prod/layers/flux-system/apps/</loc>"
        in (site / "sitemap.xml").read_text()
    )
    assert 'href="platform/"' in text(site, "")
