"""Directories as a tree, and the pages about it: the work grows with the number of directories."""

from __future__ import annotations

from gitops_docs.index.operations.directories import directory_tree
from gitops_docs.model import Directory, Orphan, Platform
from gitops_docs.pages.html.page import Options, Page
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.platform.directories import directories_pages
from tests.pages.platforms import layer, platform
from tests.support.counting import calls


def test_directories_are_a_tree() -> None:
    """What only holds another directory is joined with it, and numbers include what is below."""
    apps = layer("apps", files=("apps/web/base/a.yaml",))
    lost = Orphan("apps/old/cm.yaml", "ConfigMap", "old")
    paths = {"": 1, "apps": 0, "apps/web": 0, "apps/web/base": 2, "apps/old": 1}
    found = directory_tree(
        platform(
            apps,
            orphans=(lost,),
            directories=tuple(Directory(path, files) for path, files in paths.items()),
        )
    )
    assert {path: node.name for path, node in found.items()} == {
        "": "",
        "apps": "apps",
        "apps/old": "old",
        "apps/web/base": "web/base",
    }
    root = found[""]
    assert (root.directories, root.unapplied_below) == (4, 1)
    assert root.layers_below == {apps.id} and found["apps/web/base"].layers == (apps.id,)
    assert [child.path for child in found["apps"].children] == ["apps/old", "apps/web/base"]
    assert found["apps/old"].is_unread and not root.is_unread


def test_without_a_root_there_is_no_tree() -> None:
    """A platform without directories has none."""
    assert directory_tree(platform(layer("apps"))) == {}


def _many(groups: int) -> Platform:
    """A repository that needs a page for each of its groups of directories."""
    paths = ["", "apps"]
    for group in range(groups):
        above = f"apps/{group:04}"
        paths += [above, *(f"{above}/{name:02}" for name in range(12))]
        paths += [f"{above}/{name:02}/{part}" for name in range(12) for part in range(12)]
    return platform(layer("apps"), directories=tuple(Directory(path, 1) for path in paths))


def _work(groups: int) -> int:
    """Calls that it takes to write the pages of so many groups."""
    writer = Writer(_many(groups), Options())
    writer.templates.get_template("directories.html")
    pages: list[Page] = []
    work = calls(lambda: pages.extend(directories_pages(writer)))
    assert len(pages) > groups
    return work


def test_pages_are_linear_in_directories() -> None:
    """Three times as many directories take three times the work, though each group has a page."""
    assert _work(45) < 3.5 * _work(15)
