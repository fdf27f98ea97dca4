"""Pages that are taken over from before are those that would be written now."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from gitops_docs.inventory.codec import Known, dumps
from gitops_docs.model import Location, Platform
from gitops_docs.pages import Options, render
from gitops_docs.pages.html.page import Page
from gitops_docs.scanner.scanner import Scanner
from tests.pages.platforms import whole
from tests.support import PROJECT


def by_uri(pages: tuple[Page, ...]) -> dict[str, Page]:
    """Pages by their URI."""
    return {page.uri: page for page in pages}


def changed(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every value that differs from a part of the model in one place, with the struct and field of
    that place."""
    if isinstance(value, tuple):
        if value and isinstance(value[0], Struct):
            yield f"{place}[]", value[1:]
        for index, item in enumerate(value):
            for where, other in changed(item, place):
                yield where, (*value[:index], other, *value[index + 1 :])
    elif isinstance(value, bool):
        yield place, not value
    elif isinstance(value, int):
        yield place, value + 1
    elif type(value) is str:
        yield place, f"{value}x"
    elif isinstance(value, Location):
        yield place, Location(value.file, value.line + 1)
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            if name in IDENTITIES:
                continue
            for where, other in changed(getattr(value, name), f"{type(value).__name__}.{name}"):
                yield where, replace(value, **{name: other})


IDENTITIES = {"id", "cluster", "namespace", "name", "layer", "kind", "parent", "code"}
"""What objects refer to each other by; a platform with one of them changed is not a platform."""


def test_each_change_of_the_model_is_seen() -> None:
    """Whatever changes in a platform, each field of each struct in one or two places, rendering
    after the old one gives what rendering alone gives; so does the inventory."""
    platform = whole()
    known: Known = {}
    before = render(platform)
    count: Counter[str] = Counter()
    for place, other in changed(platform):
        if len(other.clusters) < len(platform.clusters) or len(other.layers) < len(platform.layers):
            continue  # Others still refer to what is gone.
        count[place] += 1
        if count[place] > 2:
            continue
        # The platform before this one has another change, which is taken back here.
        again, alone = render(other, before=before), render(other)
        assert again.navigation == alone.navigation
        assert by_uri(again.pages) == by_uri(alone.pages)
        assert dumps(other, known=known) == dumps(other)
        before = again
    assert len(count) > 100


def test_a_value_is_on_the_page_of_its_release() -> None:
    """Another value of a release makes its page be written again, and no other."""
    platform = whole()
    number, release = next(
        (number, one) for number, one in enumerate(platform.releases) if one.values
    )
    other = replace(release, values=(replace(release.values[0], value="other"),))
    releases = (*platform.releases[:number], other, *platform.releases[number + 1 :])
    before = render(platform)
    after = render(replace(platform, releases=releases), before=before)
    written = [
        page.uri for page, old in zip(after.pages, before.pages, strict=True) if page is not old
    ]
    assert written == [
        f"platform/clusters/{release.cluster}/releases/{release.namespace}/{release.name}.md",
        f"platform/components/{release.namespace}/{release.name}.md",
    ]


def test_nothing_is_written_again_without_need() -> None:
    """The same platform gives the very same pages; another version of a release leaves most of them
    alone."""
    platform = whole()
    before = render(platform)
    assert all(
        page is other
        for page, other in zip(render(platform, before=before).pages, before.pages, strict=True)
    )
    release = replace(platform.releases[0], version="99.0")
    after = render(replace(platform, releases=(release, *platform.releases[1:])), before=before)
    old = by_uri(before.pages)
    written = [page.uri for page in after.pages if page is not old.get(page.uri)]
    assert any("99.0" in by_uri(after.pages)[uri].html for uri in written)
    assert len(written) < len(after.pages) * 2 / 3


def test_options_count() -> None:
    """Another address of the pages makes all of them anew."""
    before = render(whole())
    assert by_uri(render(whole(), Options("other"), before).pages) == by_uri(
        render(whole(), Options("other")).pages
    )


def test_templates_count(tmp_path: Path) -> None:
    """A template that was edited is used."""
    template = tmp_path / "findings.html"
    template.write_text("<p>one</p>")
    options = Options(templates=(tmp_path,))
    before = render(whole(), options)
    template.write_text("<p>other</p>")
    pages = by_uri(render(whole(), options, before).pages)
    assert "<p>other</p>" in pages["platform/findings/index.md"].html


@pytest.mark.slow
def test_real_edits(tmp_path: Path) -> None:
    """Scanning and rendering again after each of many edits gives what a new scan and rendering
    give."""
    root = shutil.copytree(PROJECT / "examples/platform", tmp_path / "platform")
    scanner = Scanner(root)
    rendered = render(scanner.scan())
    for number, path in enumerate(sorted(root.rglob("*.yaml"))):
        path.write_text(f"# line {number}\n{path.read_text()}")
        if number % 40 == 0:
            platform: Platform = scanner.scan()
            rendered = render(platform, before=rendered)
            assert by_uri(rendered.pages) == by_uri(render(Scanner(root).scan()).pages)
