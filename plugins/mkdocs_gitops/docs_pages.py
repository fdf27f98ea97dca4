"""Join hand-written pages and generated ones in the site.

In: the content of hand-written pages as the site builder has converted it. Out: the same with the
facts of what a page applies to, and parts of it for the pages of alerts, with the references moved
to where they stand.

The author's text is not changed: facts are put behind the first heading or at the end, and a copy
is taken for the page of an alert. Lists of runbooks are read as the forge reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote

from markdown import Extension
from markdown.preprocessors import Preprocessor
from mkdocs.structure.files import InclusionLevel

from gitops_docs.index.addresses import address
from gitops_docs.pages.html.draft import as_index, document_href
from gitops_docs.site import lists
from gitops_docs.text import patterns
from gitops_docs.text.addresses import split
from gitops_docs.text.patterns import Match, Pattern

if TYPE_CHECKING:
    from markdown import Markdown
    from mkdocs.structure.files import File, Files

    from gitops_docs.pages import Page

_HEADING = Pattern(r"h([1-6])\z")
_VOID = frozenset(
    {
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
    }
)
_REFERENCES = frozenset({"href", "src", "poster"})
_IDENTITIES = frozenset(
    {"id", "for", "name", "aria-labelledby", "aria-describedby", "aria-controls"}
)
_LEFT_OUT = frozenset({"script", "style", "aside"})
"""Elements that a copy does without: what they do, they have done on the page itself."""
_LEFT_OUT_CLASSES = ("headerlink", "gitops-diagram")
"""The same by class. The links in a diagram's source cannot be moved."""


class Lists(Extension):
    """Reads the lists of a page as the forge does, while `is_on`: the site sets it page by page."""

    def __init__(self) -> None:
        super().__init__()
        self.is_on = False

    def extendMarkdown(self, md: Markdown) -> None:
        """Run after what includes other files (32) and before fences are taken out (31.05)."""
        if not self.is_on:
            return
        md.registerExtensions(["md_in_html"], {})
        md.preprocessors.register(_Indent(md), "gitops-lists", 31.5)
        numbered = md.parser.blockprocessors["olist"]
        if hasattr(numbered, "LAZY_OL"):
            # A list that goes on after a code block keeps its numbers (`sane_lists` sets it too).
            numbered.LAZY_OL = False


class _Indent(Preprocessor):
    def run(self, lines: list[str]) -> list[str]:
        text = lists.open_details("\n".join(lines))
        # With another length, another extension reads lists in its own way.
        return (text if self.md.tab_length != lists.LEVEL else lists.indent(text)).split("\n")


def moved(sources: Iterable[str], files: Files, directory_urls: bool) -> dict[str, File | None]:
    """Return hand-written pages that another plugin or `exclude_docs` has given another address, or
    none.

    Args:
        sources: Paths below `docs_dir`.
        files: The files of the site, as all plugins have left them.
        directory_urls: MkDocs' `use_directory_urls`.

    Returns:
        Path to the file with its address; to None where the site has no such page.
    """
    found: dict[str, File | None] = {}
    for source in sources:
        file = files.get_file_from_path(source)
        if file is None or file.inclusion.value <= InclusionLevel.DRAFT.value:
            found[source] = None
        elif unquote(file.url).removeprefix("./") != address(as_index(source), directory_urls):
            found[source] = file
    return found


def with_links(page: Page, links: Mapping[str, File | None], here: File) -> str:
    """Return the HTML of a generated page with links to where hand-written pages are; text where
    one is not on the site."""
    html = page.html
    for source, file in sorted(links.items()):
        old = document_href(page.uri, source, here.use_directory_urls)
        link = Pattern(rf'<a href="{patterns.escape(old)}(#[^"]*)?">(.*?)</a>')
        new = escape(file.url_relative_to(here)) if file is not None else None

        def other(match: Match, new: str | None = new) -> str:
            text: str = match[2]
            return text if new is None else f'<a href="{new}{match[1] or ""}">{text}</a>'

        html = link.sub(other, html)
    return html


def with_facts(content: str, facts: str, *, at_end: bool = False) -> str:
    """Return the content of a page with our fragment behind its title, before everything where it
    has none, or at the end."""
    if at_end:
        return f"{content}\n{facts}"
    head, end, rest = content.partition("</h1>")
    return f"{head}{end}\n{facts}{rest}" if end else f"{facts}{content}"


def part(content: str, anchor: str | None, prefix: str, there: str) -> str:
    """Return a page, or the part of it below a heading, to stand on another page.

    Args:
        content: The page's HTML.
        anchor: The id of the heading where the part begins; it ends before the next one of its
            level. None: all but the title.
        prefix: What is put before each id, so that none is there twice.
        there: The reference from the other page to this one, e.g. `../../../runbooks/apps/` or
            `../../runbooks/apps.html`.
    """
    copier = _Copier(anchor, prefix, there)
    copier.feed(content)
    copier.close()
    return "".join(copier.out)


def together(groups: Iterable[list[File]]) -> None:
    """Let `--dirty` write the pages of a group again as soon as one of them changed: each shows
    something of another."""
    components: list[dict[str, File]] = []
    for group in groups:
        merged = {file.src_uri: file for file in group}
        for other in [
            component for component in components if not component.keys().isdisjoint(merged)
        ]:
            merged |= other
            components.remove(other)
        components.append(merged)
    for component in components:
        _share(list(component.values()))


def _share(files: list[File]) -> None:
    own = [file.is_modified for file in files]

    def is_modified() -> bool:
        return any(asked() for asked in own)

    for file in files:
        file.is_modified = is_modified  # type: ignore[method-assign]  # the one thing that MkDocs asks


class _Copier(HTMLParser):
    """Copies elements, moves references and ids. Reads what Python-Markdown writes, which is
    well-formed."""

    def __init__(self, anchor: str | None, prefix: str, there: str) -> None:
        super().__init__(convert_charrefs=False)
        self.anchor, self.prefix, self.there = anchor, prefix, there
        self.base = f"{there.rpartition('/')[0]}/" if "/" in there else ""
        """What the page's own references are relative to, seen from the other page."""
        self.out: list[str] = []
        self.open: list[str] = []
        self.copying = anchor is None
        self.level = 0
        self.skipping: int | None = None
        """How many elements were open where one begins that is left out."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        heading = _HEADING.match(tag)
        if heading and self.skipping is None:
            level = int(heading[1])
            if self.anchor is not None and self.copying and level <= self.level:
                self.copying = False
            if self.anchor is not None and not self.level and ("id", self.anchor) in attrs:
                self.copying, self.level = True, level
                self.skipping = len(self.open)
            elif level == 1:
                self.skipping = len(self.open)
        if self.skipping is None and (
            tag in _LEFT_OUT or any(("class", name) in attrs for name in _LEFT_OUT_CLASSES)
        ):
            self.skipping = len(self.open)
        if tag not in _VOID:
            self.open.append(tag)
        if self.copying and self.skipping is None:
            self.out.append(f"<{tag}{''.join(map(self._attribute, attrs))}>")
        if tag in _VOID and self.skipping == len(self.open):
            self.skipping = None

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.open:
            return
        while self.open:
            closed = self.open.pop()
            if self.skipping is not None:
                if len(self.open) == self.skipping:
                    self.skipping = None
            elif self.copying:
                self.out.append(f"</{closed}>")
            if closed == tag:
                break

    def handle_data(self, data: str) -> None:
        self._text(data)

    def handle_entityref(self, name: str) -> None:
        self._text(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._text(f"&#{name};")

    def _text(self, text: str) -> None:
        if self.copying and self.skipping is None:
            self.out.append(text)

    def _attribute(self, attribute: tuple[str, str | None]) -> str:
        name, value = attribute
        if value is None:
            return f" {name}"
        if name in _IDENTITIES:
            value = f"{self.prefix}{value}"
        elif name in _REFERENCES:
            value = self._reference(value)
        return f' {name}="{escape(value)}"'

    def _reference(self, value: str) -> str:
        """Return a reference from where the copy stands."""
        if value.startswith("#"):
            # Where a part is copied, what it refers to may have stayed behind.
            return f"#{self.prefix}{value[1:]}" if self.anchor is None else f"{self.there}{value}"
        parts = split(value)
        if parts.scheme or parts.netloc or value.startswith("/") or value and not any(parts):
            return value
        return f"{self.base}{value}"
