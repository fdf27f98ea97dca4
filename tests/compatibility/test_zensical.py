"""Zensical runs no plugin of MkDocs and does not say so; what `gitops-docs export` writes is for
it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.commands import gitops_docs
from tests.support.history import commit
from tests.support.links import dead_links
from tests.support.small import FILES


def test_exported_pages(tmp_path: Path) -> None:
    """A strict build of the exported pages has every page, no dead link, diagrams that the theme
    draws, and our style sheet."""
    root, portal = tmp_path / "platform", tmp_path / "portal"
    commit(root, FILES)
    config = portal / "mkdocs.yml"
    gitops_docs("export", str(root), str(portal / "docs"), "--config", str(config))
    command = [
        str(Path(sys.executable).parent / "zensical"),
        "build",
        "--strict",
        "--config-file",
        str(config),
    ]
    done = subprocess.run(command, cwd=portal, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    site = portal / "site"
    assert dead_links(site) == []
    pages = {
        page.relative_to(portal / "docs").as_posix() for page in (portal / "docs").rglob("*.md")
    }
    assert {page.removesuffix("index.md") for page in pages} <= {
        page.relative_to(site).as_posix().removesuffix("index.html")
        for page in site.rglob("*.html")
    }
    layer = (
        site / "platform" / "clusters" / "prod" / "layers" / "flux-system" / "apps" / "index.html"
    ).read_text(encoding="utf-8")
    assert (
        '<pre class="mermaid">' in layer
        and "gitops/gitops.css" in layer
        and "What it applies" in layer
    )
