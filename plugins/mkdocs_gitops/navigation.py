"""The generated section of the navigation, and a short navigation for pages that are not in it.

In: MkDocs' navigation and the entries that the engine proposes. Out: the same navigation with a
section more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from mkdocs.structure.files import File, InclusionLevel
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


def offer(entries: NavItem | None, files: Mapping[str, File], author: str, directory: str) -> None:
    """Let a plugin that places directories (mkdocs-awesome-nav) see our pages, where the author's
    navigation names them or their directory.

    Args:
        entries: What our section holds; None for no section.
        files: Our files by source URI.
        author: The text of the author's file of navigation, e.g. `.nav.yml`.
        directory: The directory of our pages.
    """
    if entries is None or directory not in author:
        return
    uris = [uri for uri in _uris(entries) if uri in files]
    for uri in [uri for uri in files if uri in author] or uris:
        files[uri].inclusion = InclusionLevel.INCLUDED


def take_whole(nav: Navigation, entries: NavItem | None, files: Mapping[str, File]) -> Place | None:
    """Take out of the navigation what a plugin has made of our directory as a whole.

    Returns:
        Where it stood; None where the navigation has none of our pages, or those that its author
        has chosen.
    """
    uris = {uri for uri in _uris(entries) if uri in files} if entries is not None else set()
    place = _whole(nav.items, None, uris) if uris else None
    if place is not None:
        first = next(number for number, page in enumerate(nav.pages) if page.file.src_uri in uris)
        nav.pages[:] = [page for page in nav.pages if page.file.src_uri not in uris]
        place.first = first
    return place


@dataclass(slots=True)
class Place:
    """Where our section goes, with the title that its author has given."""

    items: list[StructureItem]
    index: int
    parent: Section | None
    title: str
    first: int = 0
    """How many pages come before."""


def _whole(items: list[StructureItem], parent: Section | None, uris: set[str]) -> Place | None:
    for index, item in enumerate(items):
        if not isinstance(item, Section):
            continue
        if {page.file.src_uri for page in _pages(item)} == uris:
            return Place(items, index, parent, item.title)
        if (found := _whole(item.children, item, uris)) is not None:
            return found
    return None


def _uris(entry: NavItem) -> Iterator[str]:
    if entry.uri is not None:
        yield entry.uri
    for child in entry.children:
        yield from _uris(child)


def append(
    nav: Navigation,
    entries: NavItem | None,
    files: Mapping[str, File],
    place: Place | None = None,
) -> None:
    """Append our section, unless the author's navigation names one of our pages.

    Args:
        nav: MkDocs' navigation.
        entries: What the section holds; None for no section.
        files: Our files by source URI.
        place: Where it goes instead of the end.
    """
    if entries is None or any(page.file.src_uri in files for page in nav.pages):
        return
    [section] = _items(entries, files)
    if place is None:
        nav.items.append(section)
        at = len(nav.pages)
    else:
        place.items[place.index] = section
        section.parent, section.title = place.parent, place.title
        at = place.first
    nav.pages[at:at] = _pages(section)
    for before, after in pairwise(nav.pages[max(0, at - 1) :]):
        before.next_page, after.previous_page = after, before
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
        self._index = -1
        self._section: StructureItem | None = None
        self._link: Link | None = None

    def know(self, nav: Navigation, files: Mapping[str, File]) -> None:
        """What there is to shorten, once our section is in the navigation."""
        self._complete = frozenset(
            page.file.src_uri for page in nav.pages if len(nav.pages) <= MANY
        )
        for index, item in enumerate(nav.items if not self._complete else ()):
            first = next(_pages(item), None) if isinstance(item, Section) else None
            if first is not None and first.file.src_uri in files:
                self._items, self._index, self._section = nav.items, index, item
                self._link = Link(item.title, first.url)
                break

    def begin(self, page: Page, *, ours: bool) -> None:
        """Before a page is put into the theme's template."""
        if self._features is None:
            return
        if ours and page.file.src_uri not in self._complete:
            self._features.append(PRUNE)
            self._pruned = True
        elif not ours and self._link is not None:
            self._items[self._index] = self._link

    def end(self) -> None:
        """After it."""
        if self._features is not None and self._pruned:
            self._features.remove(PRUNE)
            self._pruned = False
        if self._section is not None:
            self._items[self._index] = self._section
