"""Stubs in `.cache/` can be deleted at any time, are shared by builds at once, and change with all
that a page is made of."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from msgspec.structs import replace

from gitops_docs.model import Location
from gitops_docs.pages import Page
from gitops_docs.pages.html.page import Heading, SearchEntry
from mkdocs_gitops.files import stubs
from mkdocs_gitops.serving.build_state import BuildState

ROOT = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {interval: 10m, path: ./apps, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
"""
SITE = (
    "site_name: A\ntheme: {name: material, font: false}\nplugins: [search, gitops: {directory: "
    "%s}]\nhooks: [%s]\n"
)
FILES = {
    "clusters/prod/apps.yaml": ROOT,
    "apps/web.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n",
    "docs/other.md": "# Other\n",
    "nothing.py": "",
    "mkdocs.yml": SITE % ("platform", "nothing.py"),
}
Write = Callable[[Mapping[str, str]], Path]


def built(
    settings: Path, site: Path, memory: BuildState | None = None, *, dirty: bool = False
) -> dict[str, bytes]:
    """Build a site as a process of its own would, or with the memory of an earlier build; its
    pages."""
    config = load_config(str(settings), site_dir=str(site), site_url="http://localhost/")
    config.plugins["gitops"].memory = memory or BuildState()
    config.plugins.on_startup(command="build", dirty=dirty)
    build(config, dirty=dirty)
    # The sitemap names the day.
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*.html")}


def content(html: bytes) -> bytes:
    """What a page says, without what the theme puts around it."""
    return html.partition(b"<article")[2].partition(b"</article>")[0]


@pytest.mark.parametrize("moment", ["on_files", "on_nav", "on_env"])
def test_cache_deleted_during_a_build(repository: Write, tmp_path: Path, moment: str) -> None:
    """Whenever the cache vanishes, the site is the same."""
    hook = (
        f"import shutil\ndef {moment}(value, **_):\n    shutil.rmtree('{{}}/.cache')\n    return "
        f"value\n"
    )
    root = repository(FILES)
    whole = built(root / "mkdocs.yml", tmp_path / "one")
    (root / "delete.py").write_text(hook.format(root))
    (root / "mkdocs.yml").write_text(SITE % ("platform", "delete.py"))
    assert built(root / "mkdocs.yml", tmp_path / "two") == whole


def test_cache_deleted_or_spoilt_between_builds(repository: Write, tmp_path: Path) -> None:
    """A server whose cache is deleted, or has a stub that somebody wrote into, writes it again."""
    root, memory = repository(FILES), BuildState()
    whole = built(root / "mkdocs.yml", tmp_path / "site", memory)
    page = root / ".cache/gitops/platform/index.md"
    text = page.read_text()
    page.write_text("---\ntitle: [")
    assert (
        built(root / "mkdocs.yml", tmp_path / "site", memory) == whole and page.read_text() == text
    )
    shutil.rmtree(root / ".cache")
    assert (
        built(root / "mkdocs.yml", tmp_path / "site", memory) == whole and page.read_text() == text
    )


@pytest.mark.parametrize("dirty", [False, True])
def test_two_builds_at_once(repository: Write, tmp_path: Path, dirty: bool) -> None:
    """A build with other settings that runs while one is going on, and removes what it does not
    know, changes nothing of either."""
    hook = (
        "import subprocess, sys\ndef on_nav(nav, **_):\n"
        "    subprocess.run([sys.executable, '-m', 'mkdocs', 'build', '-q', '-f', '{0}/other.yml', "
        "'-d', '{1}'], check=True)\n"
    )
    root = repository({**FILES, "other.yml": SITE % ("other", "nothing.py")})
    first, second = (
        built(root / "mkdocs.yml", tmp_path / "a"),
        built(root / "other.yml", tmp_path / "b"),
    )
    (root / "both.py").write_text(hook.format(root, tmp_path / "both"))
    (root / "mkdocs.yml").write_text(SITE % ("platform", "both.py"))
    again = built(root / "mkdocs.yml", tmp_path / "a", dirty=dirty)
    # With `--dirty` MkDocs does not know the titles of pages that it does not read, and shows none
    # in the navigation.
    assert {path: content(html) for path, html in again.items()} == {
        path: content(html) for path, html in first.items()
    }
    assert again == first or dirty
    inside = {
        path.relative_to(tmp_path / "both").as_posix()
        for path in (tmp_path / "both").rglob("*.html")
    }
    assert inside == second.keys()


PAGE = Page(
    "platform/a.md", "A", "<p>a</p>", (Heading(2, "b", "B"),), search=(SearchEntry("A", "words"),)
)
OTHERS: dict[str, dict[str, Any]] = {
    "html": {"html": "<p>b</p>"},
    "headings": {"headings": ()},
    "search": {"search": (SearchEntry("A", "other words"),)},
    "edit": {"edit": Location("a.yaml", 1)},
    "title": {"title": "B"},
    "description": {"description": "b"},
    "boost": {"boost": 2.0},
    "status": {"status": "partial"},
    "tags": {"tags": ("release",)},
}


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS)
def test_each_part_of_a_page_counts(change: dict[str, Any]) -> None:
    """A page that differs in one thing has another stub, so that `--dirty` builds it."""
    assert stubs.stub(replace(PAGE, **change), tags=True) != stubs.stub(PAGE, tags=True)


def test_another_version_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of this package makes other pages of the same facts."""
    before = stubs.stub(PAGE)
    monkeypatch.setattr(stubs, "_version", lambda: "99")
    assert stubs.stub(PAGE) != before
