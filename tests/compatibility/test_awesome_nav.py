"""mkdocs-awesome-nav: the same with .nav.yml."""

from __future__ import annotations

from tests.compatibility.conftest import Build, text


def test_section_is_appended(build: Build) -> None:
    """Its navigation keeps its titles; the section follows."""
    home = text(
        build(["awesome-nav", "gitops"], {"docs/.nav.yml": "nav:\n  - Start: index.md\n"}), ""
    )
    assert home.index("Start") < home.rindex("Platform") and 'href="platform/components/"' in home


def test_platform_is_placed(build: Build) -> None:
    """A navigation that names our directory has the section there, once, with its own pages."""
    home = text(
        build(
            ["awesome-nav", "gitops"],
            {"docs/.nav.yml": "nav:\n  - platform\n  - Start: index.md\n"},
        ),
        "",
    )
    assert home.index('href="platform/components/"') < home.rindex("Start")
