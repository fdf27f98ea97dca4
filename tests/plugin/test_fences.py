"""Blocks of hand-written pages are found and checked without MkDocs."""

from __future__ import annotations

from pathlib import Path

from gitops_docs.scan import analyse
from gitops_docs.settings import Settings, SiteFacts
from gitops_docs.site import fences
from tests.support.scanning import flux, write


def test_fences() -> None:
    """Fences inside longer ones are text; a fence in a list or a quote is a block."""
    page = "````\n```gitops-tree\n```\n````\n- x\n\n  ~~~ {.gitops-layer}\n  layer: apps\n  ~~~\n> ```gitops-nothing\n> ```\n"
    found = [(fence.line, fence.name, fence.source, fence.is_known) for fence in fences.fences(page.splitlines())]
    assert found == [(7, "gitops-layer", "layer: apps", True), (10, "gitops-nothing", "", False)]


def test_check(tmp_path: Path) -> None:
    """Every name and key that means nothing is said at its line, as a build says it."""
    files = {
        "clusters/prod/flux-system/gotk-sync.yaml": flux("flux-system", "./clusters/prod"),
        "docs/index.md": "# X\n\n```gitops-layer\nlayer: flux-sytem\nfcats: [wave]\n```\n\n```gitops-lyer\n```\n\n```gitops-tree\n```\n",
    }
    scan = analyse(write(tmp_path, files), Settings(site=SiteFacts(docs_dir="docs")))
    found = [(finding.file, finding.line, finding.code) for finding in fences.check(scan.platform, scan.docs, "docs")]
    assert found == [("docs/index.md", line, "block-invalid") for line in (5, 4, 8)]


def test_pages_without_blocks_cost_nothing(tmp_path: Path) -> None:
    """Nothing is found where there is no block."""
    scan = analyse(write(tmp_path, {"docs/index.md": "# X\n"}), Settings(site=SiteFacts(docs_dir="docs")))
    assert fences.check(scan.platform, scan.docs, "docs") == []
