"""A live server writes the pages again that an edit changes, and no other; what it serves is what a
build from nothing gives (tests/reference/test_edits.py holds that for edits of all kinds)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from weakref import ReferenceType, ref

import pytest
import yaml
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig

from mkdocs_gitops.serving.build_state import COLLECTED, BuildState
from tests.reference.edits import built
from tests.support.history import commit
from tests.support.small import FILES, layer

HOOK = "def on_post_page(output, page, config):\n    return output + '<!-- seen -->'\n"
LAYER = "platform/clusters/prod/layers/flux-system/apps/"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A small repository with a site."""
    root = tmp_path / "site"
    _configure(root)
    files = {"docs/index.md": "# Home\n", ".gitignore": ".cache/\n", "hook.py": HOOK}
    files |= {"docs/one.md": "# One\n", "docs/two.md": "# Two\n"}
    commit(root, {**FILES, **files})
    return root


def _configure(root: Path, **more: object) -> None:
    root.mkdir(exist_ok=True)
    given = {
        "site_name": "x",
        "theme": {"name": "material", "font": False, "custom_dir": "overrides"},
        "plugins": ["search", "gitops"],
        **more,
    }
    (root / "overrides").mkdir(exist_ok=True)
    (root / "mkdocs.yml").write_text(yaml.safe_dump(given))


def _write(name: str, text: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)

    return change


def _entries(*names: str) -> Callable[[Path], None]:
    """Set the author's navigation: a section whose entries change, though no title of a page does."""
    pages: list[object] = ["index.md", {"More": [{"One": f"{name}.md"} for name in names]}]
    return lambda root: _configure(root, nav=pages)


STEPS: list[tuple[str, Callable[[Path], None], set[str] | None]] = [
    ("nothing", lambda root: None, set()),
    ("a page of the author", _write("docs/index.md", "# Home\n\nMore.\n"), {""}),
    (
        "a manifest",
        _write("apps/web.yaml", FILES["apps/web.yaml"].replace("replicas: 1", "replicas: 2")),
        {"platform/workloads/"},
    ),
    ("a navigation", _entries("one", "two"), None),
    ("an entry of it", _entries("two"), None),
    ("no navigation", lambda root: _configure(root), None),
    ("a layer more", _write("clusters/prod/more.yaml", layer("more")), None),
    ("a layer less", lambda root: (root / "clusters/prod/more.yaml").unlink(), None),
    ("a title of the author", _write("docs/index.md", "# Start\n"), None),
    ("a value of mkdocs.yml", lambda root: _configure(root, site_description="y"), None),
    (
        "a template",
        _write("overrides/main.html", '{% extends "base.html" %}{% block footer %}x{% endblock %}'),
        None,
    ),
    ("another plugin that changes pages", lambda root: _configure(root, hooks=["hook.py"]), None),
]
"""What is changed, and the pages that this must render, among some others; None for all."""


def test_pages_that_are_rendered(site: Path, tmp_path: Path) -> None:
    """An edit of one thing renders the pages that show it; one that each page shows renders all.
    The result is that of a build from nothing, and what is gone is gone."""
    memory = BuildState()
    built(site, tmp_path / "live", memory)
    for name, change, wanted in STEPS:
        change(site)
        live = built(site, tmp_path / "live", memory)
        assert isinstance(live, dict) and memory.unchanged is not None
        rendered = memory.unchanged.rendered
        pages = sum(page.endswith("index.html") for page in live)
        if not memory.unchanged.is_on:
            assert "hooks" in (site / "mkdocs.yml").read_text(), name
        elif wanted is None:
            assert len(rendered) == pages, name
        else:
            assert wanted <= set(rendered), name
            assert len(rendered) <= (pages / 2 if len(wanted) and wanted != {""} else len(wanted))
    fresh = built(site, tmp_path / "fresh", BuildState())
    assert live == fresh
    assert not (tmp_path / "live" / LAYER.replace("apps", "more")).exists()


def test_builds_are_forgotten(site: Path, tmp_path: Path) -> None:
    """What MkDocs made for a build goes some builds later, so that a server does not grow."""
    memory = BuildState()
    made: list[ReferenceType[MkDocsConfig]] = []
    for _ in range(2 * COLLECTED + 3):
        config = load_config(str(site / "mkdocs.yml"), site_dir=str(tmp_path / "out"))
        config.plugins["gitops"].memory = memory
        config.plugins.on_startup(command="serve", dirty=False)
        build(config, serve_url="http://localhost/")
        made.append(ref(config))
        del config
    assert sum(one() is not None for one in made) <= COLLECTED + 1
