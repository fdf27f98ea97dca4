"""Hand values to the theme: MkDocs' templates escape nothing, so whatever they print as it is
passes here.

In: pages and the navigation as MkDocs and this plugin have made them. Out: the same with titles,
front matter and addresses in which no name of a file and no text of a repository is markup. What a
template prints by `page.content` is not touched: that is HTML.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gitops_docs.text import escape

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure import StructureItem
    from mkdocs.structure.files import File
    from mkdocs.structure.pages import Page

_ADDRESSES = ("location",)
"""Keys of front matter that a template of Material writes into an address (`redirect.html`)."""


def edit_uri(path: str, config: MkDocsConfig) -> str:
    """Return a path of the repository for the address that MkDocs makes of it and of `edit_uri`.

    A template that quotes its value (`{path!q}`) gets it as it is.
    """
    return path if "!q" in (config.edit_uri_template or "") else escape.path(path)


def written_files(files: Iterable[File], config: MkDocsConfig) -> None:
    """Name hand-written pages in links to the forge as addresses do; MkDocs takes the name of the
    file as it is."""
    for file in files:
        if file.generated_by is None and file.edit_uri == file.src_uri:
            file.edit_uri = edit_uri(file.src_uri, config)


def front_matter(page: Page) -> None:
    """Make the front matter of a hand-written page printable, before any plugin adds values of its
    own to it."""
    meta = {escape.theme_value(key): escape.theme_value(item) for key, item in page.meta.items()}
    for key in _ADDRESSES:
        if isinstance(meta.get(key), str):
            meta[key] = escape.address(page.meta[key])
    page.meta = meta


def pages(files: Iterable[File], items: Iterable[StructureItem]) -> None:
    """Make titles and addresses of all pages printable, once all are read and none is written."""
    for file in files:
        if file.page is not None:
            _page(file.page)
    for item in items:
        _titles(item)


def _page(page: Page) -> None:
    if isinstance(page.title, str):
        title = escape.theme_value(page.title) if "title" in page.meta else escape.title(page.title)
        if title != page.title:
            page.title = title
    if page.edit_url is not None:
        page.edit_url = escape.address(page.edit_url)
    if page.canonical_url is not None:
        page.canonical_url = escape.address(page.canonical_url)


def _titles(item: StructureItem) -> None:
    """Sections have the names of directories, where no navigation is configured."""
    title = escape.theme_value(item.title) if item.title is not None else None
    if title != item.title:
        item.title = title
    for child in getattr(item, "children", None) or ():
        _titles(child)
