"""mkdocs-mermaid2-plugin draws the diagrams on themes that cannot, here the theme `mkdocs`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from tests.support import MERMAID, PROJECT
from tests.support.commands import mkdocs
from tests.support.links import dead_links
from tests.support.site import layer_pages

LIBRARY = "javascripts/mermaid.min.js"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of the reference site, built strictly with the theme `mkdocs` and mermaid2."""
    root = tmp_path_factory.mktemp("mermaid2")
    shutil.copytree(PROJECT / "docs", root / "docs")
    library = root / "docs" / LIBRARY
    library.parent.mkdir()
    # Only the build is tested, so without npm any file will do.
    library.write_bytes(MERMAID.read_bytes() if MERMAID.is_file() else b"var mermaid = {initialize() {}};\n")
    settings = {
        "site_name": "Example platform",
        "theme": {"name": "mkdocs"},
        "plugins": [
            "search",
            {"gitops": {"repository": str(PROJECT / "examples" / "platform")}},
            {"mermaid2": {"javascript": LIBRARY}},
        ],
        "validation": {"links": {"anchors": "warn", "unrecognized_links": "warn"}},
    }
    (root / "mkdocs.yml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    mkdocs("build", "--strict", cwd=root)
    return root / "site"


def test_diagrams_are_handed_to_mermaid2(site: Path) -> None:
    """mermaid2 takes every diagram of the overview and the layer pages and loads the local library."""
    for page in ["platform/", *layer_pages(site).values()]:
        text = (site / page / "index.html").read_text(encoding="utf-8")
        assert '<div class="mermaid">' in text, page
        assert "language-mermaid" not in text, page
        assert LIBRARY in text, page


def test_no_dead_links(site: Path) -> None:
    """Links of the generated pages do not depend on the theme."""
    assert dead_links(site) == []
