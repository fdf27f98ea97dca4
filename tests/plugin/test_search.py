"""The search index under `--dirty` has every page once, whatever the search plugin made of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mkdocs_gitops.serving.search import INDEX, SearchIndex


def entries(*locations: str, text: str = "old") -> list[dict[str, str]]:
    """Entries of an index."""
    return [{"location": location, "title": location, "text": text} for location in locations]


def write(site: Path, docs: list[dict[str, str]], **more: object) -> None:
    """Write an index as a search plugin does."""
    (site / INDEX).parent.mkdir(exist_ok=True)
    (site / INDEX).write_text(json.dumps({"config": {"lang": ["en"]}, "docs": docs, **more}))


BEFORE = entries("", "#a", "p/", "p/#x", "p/q/", "z/")
NEW = entries("p/", "p/#y", text="new") + entries("z/", text="new")
EXPECTED = [
    *entries("", "#a"),
    *entries("p/", "p/#y", text="new"),
    *entries("p/q/"),
    *entries("z/", text="new"),
]


@pytest.mark.parametrize(
    "made",
    [
        NEW,
        # What is below the first page that was written is gone, the old entries of the second are
        # still there.
        [*entries("", "#a", "z/"), *NEW],
    ],
    ids=["of MkDocs", "of Material"],
)
def test_pages_that_were_not_written_stay(tmp_path: Path, made: list[dict[str, str]]) -> None:
    """Entries of the pages that were written are the new ones, all others the old ones, in the
    order of the pages."""
    index = SearchIndex()
    write(tmp_path, BEFORE)
    index.begin(tmp_path)
    write(tmp_path, made)
    index.complete(tmp_path, ["", "p/", "p/q/", "z/"], {"p/", "z/"})
    assert json.loads((tmp_path / INDEX).read_text()) == {
        "config": {"lang": ["en"]},
        "docs": EXPECTED,
    }


def test_pages_that_are_gone_go(tmp_path: Path) -> None:
    """A page that is no longer there, or is no longer to be found, is not found."""
    index = SearchIndex()
    write(tmp_path, BEFORE)
    index.begin(tmp_path)
    write(tmp_path, [])
    index.complete(tmp_path, ["", "p/", "z/"], {"z/"})
    assert json.loads((tmp_path / INDEX).read_text())["docs"] == entries("", "#a", "p/", "p/#x")


def test_an_index_of_another_kind_is_left_alone(tmp_path: Path) -> None:
    """What was built ahead, and what is not an index, stays as it is."""
    index = SearchIndex()
    index.begin(tmp_path)
    for text in (json.dumps({"docs": [], "index": {}}), "{", "[]"):
        (tmp_path / "search").mkdir(exist_ok=True)
        (tmp_path / INDEX).write_text(text)
        index.complete(tmp_path, [""], {""})
        assert (tmp_path / INDEX).read_text() == text
