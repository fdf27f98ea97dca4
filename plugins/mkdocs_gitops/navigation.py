"""Write the generated section of the navigation, and the part of it that each page shows.

In: MkDocs' navigation and the entries that the engine proposes. Out: the same navigation with a
section more, and for each generated page a sidebar in which its own branch is open and every other
one is a link: the sidebar must not grow with the platform.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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

    from gitops_docs.pages import Page as Generated

MANY = 50
"""Where the navigation has more entries, hand-written pages show a link in place of our section."""
WRITTEN = 12
"""Beside more hand-written entries our section stands first; on its pages so many are shown."""
ENTRIES = 38
"""Most entries of the sidebar on a generated page: within 10 kB, of which a group costs 500
bytes."""
_FEATURES = ("navigation.expand", "navigation.indexes")
"""What Material must do on generated pages: show the groups open, and link the heads of
branches."""
_PRUNE = "navigation.prune"

Trail = tuple[NavItem, ...]
"""An entry with all that it lies in, the section first."""


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


def take_whole(nav: Navigation, entries: NavItem | None, files: Mapping[str, File]) -> Taken | None:
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
class Taken:
    """Where a plugin has put our directory, with the title that its author has given."""

    items: list[StructureItem]
    index: int
    parent: Section | None
    title: str
    first: int = 0
    """How many pages come before."""


def _whole(items: list[StructureItem], parent: Section | None, uris: set[str]) -> Taken | None:
    for index, item in enumerate(items):
        if not isinstance(item, Section):
            continue
        if {page.file.src_uri for page in _pages(item)} == uris:
            return Taken(items, index, parent, item.title)
        if (found := _whole(item.children, item, uris)) is not None:
            return found
    return None


def _uris(entry: NavItem) -> Iterator[str]:
    if entry.uri is not None:
        yield entry.uri
    for child in entry.children:
        yield from _uris(child)


class Place:
    """Where our section stands among the author's entries."""

    def __init__(
        self,
        nav: Navigation,
        config: MkDocsConfig,
        where: str,
        overview: str,
        taken: Taken | None = None,
    ) -> None:
        """
        Args:
            nav: The author's navigation.
            config: Says whether there is one.
            where: The setting `navigation`.
            overview: URI of the overview; a top-level entry for it is the place of the section.
            taken: What a plugin has made of our directory, which is the place then.
        """
        self.taken = taken
        self.replaced = next(
            (
                item
                for item in nav.items
                if isinstance(item, Page) and item.file.src_uri == overview
            ),
            None,
        )
        first = nav.items[0] if nav.items else None
        after_home = int(isinstance(first, Page) and first.is_homepage)
        last = len(nav.items)
        if taken is not None:
            top: StructureItem = taken.items[taken.index]
            while top.parent is not None:
                top = top.parent
            self.index = next((n for n, item in enumerate(nav.items) if item is top), last)
        elif self.replaced is not None:
            self.index = nav.items.index(self.replaced)
        elif where == "auto":
            is_first = config.nav is None or len(nav.items) > WRITTEN
            self.index = after_home if is_first else last
        else:
            self.index = after_home if where == "first" else last


class Sidebar:
    """What the sidebar shows on each page. Only Material's is made shorter; other themes show the
    whole navigation, or a part that they choose."""

    def __init__(self, config: MkDocsConfig) -> None:
        features = config.theme.get("features") if config.theme.name == "material" else None
        self._features = features if isinstance(features, list) else None
        self._added: list[str] = []
        self._items: list[StructureItem] = []
        self._whole: list[StructureItem] = []
        self._beside: list[StructureItem] = []
        """What generated pages show of the author's entries."""
        self._short: list[StructureItem] | None = None
        """What hand-written pages show, in a long navigation."""
        self._index = 0
        self._files: Mapping[str, File] = {}
        self._sections: dict[Trail, Section] = {}
        self._of_page: dict[str, Section] = {}

    def add(
        self,
        nav: Navigation,
        entries: NavItem | None,
        files: Mapping[str, File],
        pages: Mapping[str, Generated],
        place: Place,
    ) -> None:
        """Add our section, unless the author's navigation names pages of ours.

        Args:
            nav: MkDocs' navigation.
            entries: What the section holds; None for no section.
            files: Our files by source URI.
            pages: Our pages by source URI.
            place: Where the section stands.
        """
        named = [page for page in nav.pages if page.file.src_uri in files]
        if entries is None or (named and named != [place.replaced]):
            return
        self._files = files
        if place.replaced is not None:
            title = place.replaced.title or entries.title
            entries = NavItem(title, None, entries.children)
            nav.items.pop(place.index)
        taken = place.taken
        if taken is not None:
            entries = NavItem(taken.title, None, entries.children)
        beside = list(nav.items)
        if taken is not None and taken.parent is None:
            beside.pop(place.index)
        is_small = _count(entries) <= MANY
        whole = self._section(entries, is_small=is_small)
        _lie_below(whole)
        if taken is None:
            nav.items.insert(place.index, whole)
        else:
            taken.items[taken.index] = whole
            whole.parent = taken.parent
        _mark_heads(nav.items)
        _chain(nav)
        trails = {uri: trail for uri, trail in _trails(entries) if uri in files}
        if self._features is None:
            self._lie_in(whole, trails, pages)
            return
        self._items, self._whole, self._index = nav.items, list(nav.items), place.index
        self._beside = _links(beside)
        is_top = taken is None or taken.parent is None
        if is_top and len(nav.pages) > MANY and (first := next(_pages(whole), None)) is not None:
            link = Link(whole.title, first.url)
            self._short = [*beside[: place.index], link, *beside[place.index :]]
        for uri, page in pages.items():
            entry = _entry(uri, pages, trails)
            if uri in files and entry is not None:
                self._place(uri, page, entry, trails[entry])

    def _lie_in(
        self, whole: Section, trails: Mapping[str, Trail], pages: Mapping[str, Generated]
    ) -> None:
        """Let pages that the navigation does not name lie in the branch of what does, so that their
        branch is the active one."""
        shown = {page.file.src_uri: page for page in _pages(whole)}
        for uri in pages:
            own = self._files[uri].page if uri in self._files else None
            if own is None or own.parent is not None:
                continue
            entry = _entry(uri, pages, shown)
            own.parent = shown[entry] if entry is not None and entry != uri else whole  # type: ignore[assignment]  # a page is a branch too

    def _place(self, uri: str, page: Generated, entry: str, trail: Trail) -> None:
        """Let a page lie in its branch, and know the sidebar that it shows."""
        opened = tuple(item for item in trail[1:] if item.is_folded)
        key = (trail[0], *opened)
        section = self._sections.get(key)
        if section is None:
            section = self._sections[key] = self._fitting(trail[0], opened, trail)
        self._of_page[uri] = section
        own, there = self._files[uri].page, self._files[entry].page
        if own is None or there is None:
            return
        if entry != uri:
            own.parent = there  # type: ignore[assignment]  # a page is a branch too
        else:
            own.parent = _holder(section, own) or section

    def _fitting(self, root: NavItem, opened: Trail, trail: Trail) -> Section:
        """Return the section with some branches open, short enough: groups become links from the
        last one on, and all of them beside an open branch."""
        groups = [item for item in root.children if item.uri is None and item not in trail]
        closed = {id(item) for item in groups} if opened else set()
        section = self._opened(root, opened, closed)
        while _visible(section) + len(self._beside) > ENTRIES and groups:
            closed.add(id(groups.pop()))
            section = self._opened(root, opened, closed)
        return section

    def _opened(self, root: NavItem, opened: Trail, closed: set[int]) -> Section:
        children: list[StructureItem] = []
        for item in root.children:
            children += self._shown(item, opened, closed)
        return _section(root.title, children)

    def _shown(self, item: NavItem, opened: Trail, closed: set[int]) -> list[StructureItem]:
        """Return an entry in the sidebar of a page."""
        inner = (*item.children, *(one for one in item.current if one in opened))
        page = self._page(item)
        if not inner or id(item) in closed or (item.is_folded and item not in opened):
            if page is not None:
                return [page]
            first = next((self._page(one) for one in inner if self._page(one) is not None), None)
            return [Link(markup(item.title), first.url)] if first is not None else []
        children = [shown for one in inner for shown in self._shown(one, opened, closed)]
        if page is not None:
            return [_headed(item.title, page, children)]
        return [_section(item.title, children)] if children else []

    def _section(self, item: NavItem, *, is_small: bool) -> Section:
        """Return the whole section as MkDocs has it, which other themes show."""

        def items(one: NavItem, depth: int) -> list[StructureItem]:
            page = self._page(one)
            closed = page is not None and one.is_folded and depth > 1 and not is_small
            if not one.children or closed:
                return [page] if page is not None else []
            children = [shown for child in one.children for shown in items(child, depth + 1)]
            if page is not None:
                return [_headed(one.title, page, children)]
            return [_section(one.title, children)] if children else []

        return _section(item.title, [made for child in item.children for made in items(child, 1)])

    def _page(self, item: NavItem) -> Page | None:
        """Return the page of an entry; None where a hand-written page stands instead."""
        file = self._files.get(item.uri or "")
        if file is None or file.page is None:
            return None
        file.page.title = markup(item.title)
        return file.page

    @property
    def author_links(self) -> list[StructureItem]:
        """The author's entries as generated pages show them, which the navigation itself does not
        hold. Their titles are not escaped."""
        return self._beside

    def begin(self, page: Page, *, ours: bool) -> None:
        """Before a page is put into the theme's template."""
        if self._features is None or not self._items:
            return
        if not ours:
            if self._short is not None and _PRUNE not in self._features:
                self._items[:] = self._short
            return
        section = self._of_page.get(page.file.src_uri)
        if section is None:
            return
        shown = list(self._beside)
        shown.insert(min(self._index, len(shown)), section)
        self._items[:] = shown
        # Sections of many pages share a page: the branch of this one is the active one.
        page.active = False
        _lie_below(section)
        page.active = True
        _mark_heads(shown)
        self._added = [name for name in _FEATURES if name not in self._features]
        self._features += self._added

    def end(self) -> None:
        """After it."""
        if self._features is None or not self._items:
            return
        self._items[:] = self._whole
        _mark_heads(self._whole)
        for name in self._added:
            self._features.remove(name)
        self._added = []


class Head:
    """A page that can be the head of a section, which Material asks by `is_index`."""

    heads_section = False


class Headed(Section):
    """A section whose first page is its head."""


def _headed(title: str, page: Page, children: list[StructureItem]) -> Section:
    return Headed(markup(title), [page, *children])


def _lie_below(section: Section) -> None:
    """Let the entries of a section, and of those in it, lie in it."""
    for child in section.children:
        child.parent = section
        if isinstance(child, Section):
            _lie_below(child)


def _mark_heads(items: list[StructureItem]) -> None:
    """Mark the pages that are heads of sections where these entries are shown, and no others."""
    for item in items:
        if isinstance(item, Head):
            item.heads_section = False
        elif isinstance(item, Section):
            _mark_heads(item.children)
            if isinstance(item, Headed) and isinstance(item.children[0], Head):
                item.children[0].heads_section = True


def _section(title: str, children: list[StructureItem]) -> Section:
    return Section(markup(title), children)


def _links(items: list[StructureItem]) -> list[StructureItem]:
    """Return the author's entries as single links, the first of them where there are many."""
    shown: list[StructureItem] = []
    for item in items[:WRITTEN] if len(items) > WRITTEN else items:
        first = next(_pages(item), None) if isinstance(item, Section) else None
        shown.append(Link(item.title or "", first.url) if first is not None else item)
    rest = [page for item in items[len(shown) :] for page in _pages(item)]
    if rest:
        shown.append(Link(f"+{len(rest)} pages", rest[0].url or ""))
    return shown


def _chain(nav: Navigation) -> None:
    """Let previous and next lead through all pages, ours among the author's."""
    nav.pages[:] = [page for item in nav.items for page in _pages(item)]
    for page in nav.pages:
        page.previous_page = page.next_page = None
    for before, after in zip(nav.pages, nav.pages[1:], strict=False):
        before.next_page, after.previous_page = after, before


def _entry(uri: str, pages: Mapping[str, Generated], known: Mapping[str, object]) -> str | None:
    """Return the nearest page on the way up that the navigation has."""
    seen: set[str] = set()
    here: str | None = uri
    while here is not None and here not in known and here not in seen:
        seen.add(here)
        own = pages.get(here)
        here = own.parent if own is not None else None
    return here if here in known else None


def _trails(root: NavItem) -> Iterator[tuple[str, Trail]]:
    """Yield each page of the navigation with the entries that it lies in."""

    def walk(item: NavItem, above: Trail) -> Iterator[tuple[str, Trail]]:
        trail = (*above, item)
        if item.uri is not None:
            yield item.uri, trail
        for child in (*item.children, *item.current):
            yield from walk(child, trail)

    yield from walk(root, ())


def _holder(section: Section, page: Page) -> Section | None:
    """Return the section below another one that has a page."""
    for child in section.children:
        if child is page:
            return section
        if isinstance(child, Section) and (found := _holder(child, page)) is not None:
            return found
    return None


def _visible(item: StructureItem) -> int:
    if not isinstance(item, Section):
        return 1
    return sum(_visible(child) for child in item.children) + (not isinstance(item, Headed))


def _count(item: NavItem) -> int:
    return 1 + sum(_count(child) for child in item.children)


def _pages(item: StructureItem) -> Iterator[Page]:
    if isinstance(item, Page):
        yield item
    elif isinstance(item, Section):
        for child in item.children:
            yield from _pages(child)
