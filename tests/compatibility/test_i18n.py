"""mkdocs-static-i18n: a build for each language, each into a directory of its own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compatibility.conftest import Build, text
from tests.support.site import search_index


def _i18n(structure: str) -> dict[str, Any]:
    return {
        "i18n": {
            "docs_structure": structure,
            "fallback_to_default": True,
            "languages": [
                {"locale": "en", "name": "English", "default": True, "build": True},
                {"locale": "de", "name": "Deutsch", "build": True},
            ],
        }
    }


BOOK = "---\nlayers: [apps]\n---\n# {}\n\n```gitops-layer\nlayer: apps\n```\n"
PAGES = {
    "suffix": {
        "docs/index.de.md": "# Start\n\n[Die Schicht](platform/clusters/prod/layers/flux-system/apps.md#order)\n",
        "docs/runbooks/apps.md": BOOK.format("If apps fail"),
        "docs/runbooks/apps.de.md": BOOK.format("Wenn apps scheitert"),
    },
    "folder": {
        "docs/de/index.md": "# Start\n\n[Die Schicht](../platform/clusters/prod/layers/flux-system/apps.md#order)\n",
        "docs/en/runbooks/apps.md": BOOK.format("If apps fail"),
        "docs/de/runbooks/apps.md": BOOK.format("Wenn apps scheitert"),
    },
}


@pytest.mark.parametrize(("structure", "first"), [("suffix", "i18n"), ("folder", "gitops")])
def test_languages(build: Build, structure: str, first: str) -> None:
    """Each language has the generated pages, its own navigation and its own runbooks, whichever
    plugin comes first."""
    site = build(
        ["search", _i18n(structure), "gitops"]
        if first == "i18n"
        else ["search", "gitops", _i18n(structure)],
        PAGES[structure],
    )
    for language, title in (("", "If apps fail"), ("de/", "Wenn apps scheitert")):
        page = text(site, f"{language}platform/clusters/prod/layers/flux-system/apps")
        assert page.count("gitops.css") == 1
        assert page.count("gitops.js") == 1
        book = text(site, f"{language}runbooks/apps")
        assert title in book
        assert "platform/clusters/prod/layers/flux-system/apps/" in book
        assert "platform/components/" in text(site, language.strip("/"))
    locations = [entry["location"] for entry in search_index(site)]
    assert "platform/clusters/prod/layers/flux-system/apps/" in locations
    assert (site / "gitops" / "inventory.json").is_file()
