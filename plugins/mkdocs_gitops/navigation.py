"""The generated section of the navigation, and a short navigation for pages that are not in it.

In: MkDocs' navigation and the entries that the engine proposes. Out: the same navigation with a
section more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from mkdocs.structure.files import File
from mkdocs.structure.nav import Link, Section
from mkdocs.structure.pages import Page

from gitops_docs.pages import NavItem
from gitops_docs.text.escape import markup

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure import StructureItem
    from mkdocs.structure.nav import Navigation

PRUNE = "navigation.prune"
"""The feature of Material that shows the active branch only."""
MANY = 50
"""Where the navigation has more entries, each page shows only what it needs of ours."""


def append(nav: Navigation, entries: NavItem | None, files: Mapping[str, File]) -> None:
    """Append our section, unless the author's navigation names one of our pages.

    Args:
        nav: MkDocs' navigation.
        entries: What the section holds; None for no section.
        files: Our files by source URI.
    """
    if entries is None or any(page.file.src_uri in files for page in nav.pages):
        return
    [section] = _items(entries, files)
    nav.items.append(section)
    added = list(_pages(section))
    for before, after in zip(
        [*nav.pages[-1:], *added], added if nav.pages else added[1:], strict=False
    ):
        before.next_page, after.previous_page = after, before
    nav.pages += added
    for file in files.values():
        # A page that is not in the navigation still lies in the section: its tab is the active one,
        # and the sidebar shows it.
        if file.page is not None and file.page.parent is None and isinstance(section, Section):
            file.page.parent = section


def _items(item: NavItem, files: Mapping[str, File]) -> list[StructureItem]:
    """An entry of the navigation, with what is below it; none where a hand-written page stands
    instead."""
    if item.uri is not None:
        file = files.get(item.uri)
        if file is None or file.page is None:
            return []
        file.page.title = markup(item.title)
        return [file.page]
    section = Section(
        markup(item.title), [entry for child in item.children for entry in _items(child, files)]
    )
    for child in section.children:
        child.parent = section
    return [section]


def _pages(item: StructureItem) -> Iterator[Page]:
    if isinstance(item, Page):
        yield item
    elif isinstance(item, Section):
        for child in item.children:
            yield from _pages(child)


class Shortening:
    """Keeps the sidebar of pages short, where the author has not chosen a way to: it is two thirds
    of a page, and of its time.

    Generated pages that are not in the navigation, of which there may be thousands, show their own
    branch only, as Material does with `navigation.prune`. In a long navigation all generated pages
    do, and hand-written ones show a link in place of our section.
    """

    def __init__(self, config: MkDocsConfig) -> None:
        features = config.theme.get("features") if config.theme.name == "material" else None
        self._features = features if isinstance(features, list) and PRUNE not in features else None
        self._pruned = False
        self._complete: frozenset[str] = frozenset()
        self._items: list[StructureItem] = []
        self._section: StructureItem | None = None
        self._link: Link | None = None

    def know(self, nav: Navigation, files: Mapping[str, File]) -> None:
        """What there is to shorten, once our section is in the navigation."""
        self._complete = frozenset(
            page.file.src_uri for page in nav.pages if len(nav.pages) <= MANY
        )
        last = nav.items[-1] if nav.items else None
        if not self._complete and isinstance(last, Section):
            first = next(_pages(last), None)
            if first is not None and first.file.src_uri in files:
                self._items, self._section, self._link = (
                    nav.items,
                    last,
                    Link(last.title, first.url),
                )

    def begin(self, page: Page, *, ours: bool) -> None:
        """Before a page is put into the theme's template."""
        if self._features is None:
            return
        if ours and page.file.src_uri not in self._complete:
            self._features.append(PRUNE)
            self._pruned = True
        elif not ours and self._link is not None:
            self._items[-1] = self._link

    def end(self) -> None:
        """After it."""
        if self._features is not None and self._pruned:
            self._features.remove(PRUNE)
            self._pruned = False
        if self._section is not None:
            self._items[-1] = self._section
