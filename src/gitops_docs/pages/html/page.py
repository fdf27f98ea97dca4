"""Define what a generated page is, and the rule from its source URI to its address.

A page is named by the URI of the Markdown file that it pretends to be
(`platform/clusters/prod/index.md`), as MkDocs names pages; links between pages are kept as (URI,
anchor) beside the HTML, so that they can be checked without reading it again.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from html import escape
from pathlib import Path

from msgspec import Struct

from gitops_docs.model import Location


class Fence(StrEnum):
    """How a diagram's source is marked up, so that something draws it."""

    MATERIAL = "material"
    """`<pre class="mermaid"><code>`: the theme Material draws it, or this project's own loader."""
    LANGUAGE = "language"
    """`<pre><code class="language-mermaid">`: mkdocs-mermaid2-plugin draws it."""


class Options(Struct, frozen=True):
    """What a site builder says about the site that the pages go into."""

    directory: str = "platform"
    """Site directory of the generated pages."""
    directory_urls: bool = True
    """`a/b/` instead of `a/b.html`, as MkDocs' `use_directory_urls`."""
    fence: Fence = Fence.MATERIAL
    runbooks: str = "runbooks"
    """Directory of the runbooks below that of the hand-written pages."""
    site_url: str | None = None
    """Address of the site, with `/` at its end, where it is known."""
    templates: tuple[Path, ...] = ()
    """Directories whose templates come before the package's own, e.g. `layer.html`."""
    name: str = "Platform"
    """What the way back from a page begins with."""
    made: str = "Generated from Git. Edit the manifests, not this page."
    """The last line of a page, which tells it from a written one. It names no commit: a page
    changes with its facts only."""


class Heading(Struct, frozen=True):
    """An entry of the table of contents; `text` is plain."""

    level: int
    id: str
    text: str


class SearchEntry(Struct, frozen=True):
    """What the site's search knows of a page, or of the place on it that `anchor` names. All is
    plain text."""

    title: str
    text: str
    anchor: str = ""
    kind: str = ""
    """What has this name, e.g. `layer` or `hostname`; empty where the title is not a name."""


class Inlined(Struct, frozen=True):
    """A hand-written page, or the part of it below a heading, that a site builder may show in place
    of `mark`.

    Without that the fragment is complete: it links to the page.
    """

    mark: str
    """An HTML comment in the fragment."""
    document: str
    """The page below `docs_dir`."""
    anchor: str | None = None


class Page(Struct, frozen=True):
    """One page. `title` and `description` are plain text; `html` is the fragment below the theme's
    frame, with its own `h1`."""

    uri: str
    title: str
    html: str
    headings: tuple[Heading, ...] = ()
    links: frozenset[tuple[str, str]] = frozenset()
    """(URI, anchor) of the generated pages that it links to; the anchor is empty for the page
    itself."""
    anchors: frozenset[str] = frozenset()
    parent: str | None = None
    """The page that the breadcrumb names last: where this page belongs to in the navigation."""
    description: str = ""
    boost: float = 1.0
    """Weight of the page in the search; 0 keeps it out."""
    edit: Location | None = None
    """The manifest that the page is about."""
    status: str | None = None
    """`suspended`, `partial`, `failed`, `external`: shown beside the page in the navigation."""
    search: tuple[SearchEntry, ...] = ()
    """The page's own entry first. What a search should not find (tables that repeat other pages) is
    simply not in it."""

    inlined: tuple[Inlined, ...] = ()
    documents: tuple[str, ...] = ()
    """The hand-written pages that it links to, by their paths below `docs_dir`."""

    @property
    def search_html(self) -> str:
        """The search entries as headings and paragraphs, which is what search plugins read."""
        parts = []
        for entry in self.search:
            level, identity = (
                ("h2", f' id="{escape(entry.anchor)}"') if entry.anchor else ("h1", "")
            )
            says_its_kind = entry.text.lower().startswith(entry.kind.lower())
            text = entry.text if says_its_kind else f"{entry.kind} {entry.text}"
            parts.append(
                f"<{level}{identity}>{escape(entry.title)}</{level}>\n<p>{escape(text.strip())}</p>\n"
            )
        return "".join(parts)

    tags: tuple[str, ...] = ()
    """What kind of page it is and what is special about it, for sites that have a listing of
    tags."""


class NavItem(Struct, frozen=True):
    """An entry of the navigation: a page, or a section with what is in it."""

    title: str
    uri: str | None = None
    children: tuple[NavItem, ...] = ()
    current: tuple[NavItem, ...] = ()
    """What is shown among the children only on its own pages."""
    is_folded: bool = False
    """Whether the children are shown only on pages within the entry; else it is one link."""


def check_links(pages: Iterable[Page]) -> list[str]:
    """Return a sentence for each link between generated pages that leads nowhere. An empty list is
    what every build must have."""
    by_uri = {page.uri: page for page in pages}
    dead = []
    for page in by_uri.values():
        for uri, anchor in sorted(page.links):
            if uri not in by_uri:
                dead.append(f"{page.uri} links to {uri}, which is not a page")
            elif anchor and anchor not in by_uri[uri].anchors:
                dead.append(f"{page.uri} links to {uri}#{anchor}, which is not an anchor there")
    return dead
