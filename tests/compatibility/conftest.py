"""A small repository with a site of its own, to which a test adds a neighbour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.commands import mkdocs
from tests.support.history import commit
from tests.support.links import dead_links
from tests.support.small import FILES, layer

COMMENT = '# Applied {{ 7 * 7 }} times, see [x](y) and --8<-- ".env"\n'
"""What the author of a manifest wrote; on a page it is text, whatever else reads Markdown."""
LAYER = "platform/clusters/prod/layers/flux-system/apps/index.html"

Build = Callable[..., Path]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Build a strict site with some plugins; its directory. `files` are added to the repository,
    `settings` to mkdocs.yml. `beside` is a page whose links are not looked at."""

    def make(
        plugins: list[Any],
        files: Mapping[str, str] | None = None,
        *,
        beside: str = "",
        **settings: Any,
    ) -> Path:
        root = tmp_path / "platform"
        given = {
            "site_name": "Platform",
            "site_url": "https://docs.example.org/",
            "theme": {"name": "material", "font": False},
            "plugins": plugins,
            "validation": {"links": {"anchors": "warn", "unrecognized_links": "warn"}},
            **settings,
        }
        commit(
            root,
            {
                **FILES,
                "clusters/prod/apps.yaml": COMMENT + layer("apps", "infra"),
                "docs/index.md": "# Home\n\n[The layer](platform/clusters/prod/layers/flux-system/apps.md#order)\n",
                "mkdocs.yml": yaml.safe_dump(given),
                **(files or {}),
            },
        )
        mkdocs("build", "--strict", cwd=root)
        site = root / "site"
        dead = dead_links(site)
        assert [link for link in dead if not beside or not link.startswith(beside)] == []
        assert "{{ 7 * 7 }} times, see [x](y) and --8&lt;-- " in (site / LAYER).read_text(
            encoding="utf-8"
        )
        return site

    return make


def text(site: Path, page: str) -> str:
    """The HTML of a page, by its address."""
    return (site / page / "index.html").read_text(encoding="utf-8")
