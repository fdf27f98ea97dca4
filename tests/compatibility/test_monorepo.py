"""mkdocs-monorepo-plugin: sites of other directories in one."""

from __future__ import annotations

import yaml

from tests.compatibility.conftest import Build, text


def test_included_site(build: Build) -> None:
    """The pages of the other site, ours and those of the author are one site, and links between
    them work."""
    site = build(
        ["monorepo", "gitops"],
        {
            "team/mkdocs.yml": yaml.safe_dump({"site_name": "team", "nav": [{"Team": "index.md"}]}),
            "team/docs/index.md": "# Team\n",
        },
        nav=[{"Home": "index.md"}, {"Team": "!include ./team/mkdocs.yml"}],
    )
    assert "Team" in text(site, "team")
    assert 'href="../platform/' in text(site, "team")
