"""mkdocs-awesome-nav: the same with .nav.yml."""

from __future__ import annotations

from tests.compatibility.conftest import Build, text


def test_section_is_appended(build: Build) -> None:
    """Its navigation keeps its titles; the section follows."""
    home = text(
        build(["awesome-nav", "gitops"], {"docs/.nav.yml": "nav:\n  - Start: index.md\n"}), ""
    )
    assert home.index("Start") < home.rindex("Platform") and 'href="platform/components/"' in home
