"""Hold a page while it is written: what templates and tables call for links, headings and places.

A `Draft` belongs to one page. It records every link, anchor and heading that the page makes, so
that `check_links` and the table of contents need not read the HTML again.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from markupsafe import Markup, escape
from msgspec import Struct, field

from gitops_docs.diagrams.mermaid import STATES, Diagram
from gitops_docs.index.addresses import address, relative
from gitops_docs.model import Location, Repository
from gitops_docs.pages.html.page import Fence, Heading, Inlined, Options, SearchEntry
from gitops_docs.pages.html.prose import is_web
from gitops_docs.pages.markup import filled, joined
from gitops_docs.text import escape as escape_text
from gitops_docs.text import patterns
from gitops_docs.text.escape import page as clean
from gitops_docs.text.escape import shorten

_DIGITS = 12
"""Digits of a commit in links to lines: enough for the history of Linux, and a page has dozens of
such links."""


class Draft(Struct):
    """One page in the making."""

    uri: str
    repository: Repository
    options: Options
    places: dict[tuple[str, int | None], Markup] = field(default_factory=dict)
    """Places that were written before, shared by all pages: they do not depend on the page."""
    title: str = ""
    headings: list[Heading] = field(default_factory=list)
    links: set[tuple[str, str]] = field(default_factory=set)
    anchors: set[str] = field(default_factory=set)
    search: list[SearchEntry] = field(default_factory=list)
    inlined: list[Inlined] = field(default_factory=list)
    documents: set[str] = field(default_factory=set)
    _here: str = ""

    def __post_init__(self) -> None:
        self._here = address(self.uri, self.options.directory_urls)

    def to(self, uri: str, anchor: str = "", **query: str) -> str:
        """Return the reference from this page to another one, noted for the check."""
        self.links.add((uri, anchor))
        reference = relative(self._here, address(uri, self.options.directory_urls))
        if uri == self.uri and anchor and not query:
            reference = ""
        return (
            f"{reference}{f'?{urlencode(query)}' if query else ''}{f'#{anchor}' if anchor else ''}"
        )

    def link(self, uri: str, text: str, anchor: str = "", **query: str) -> Markup:
        """Return a link to another page of ours."""
        return filled('<a href="{}">{}</a>', self.to(uri, anchor, **query), text)

    def document(self, source: str, text: str, anchor: str = "") -> Markup:
        """Return a link to a hand-written page, given by its path below `docs_dir`. The site
        builder has it; we cannot check it here."""
        self.documents.add(source)
        return filled(
            '<a href="{}{}">{}</a>',
            document_href(self.uri, source, self.options.directory_urls),
            f"#{quote(anchor)}" if anchor else "",
            text,
        )

    def url(self, url: str | None) -> Markup:
        """Return an address from a manifest: a link where it is one that may be followed, else
        text."""
        if not url:
            return Markup("")
        return (
            filled('<a href="{0}">{0}</a>', url) if is_web(url) else filled("<code>{}</code>", url)
        )

    def place(
        self, file: str | Location | None, line: int | None = None, *, near: str | None = None
    ) -> Markup:
        """`path:line`, as a link into the repository where its address and revision are known.

        In the file `near`, which the reader knows from what stands around, it is `line 12`.
        """
        if isinstance(file, Location):
            return self.place(file.file, file.line, near=near)
        if file and file == near and line:
            target = blob(self.repository, file, line)
            text = f"line {line}"
            return (
                filled('<a class="gitops-place" href="{}">{}</a>', target, text)
                if target
                else escape(text)
            )
        if not file:
            return Markup("")
        found = self.places.get((file, line))
        if found is None:
            found = self.places[file, line] = _place(self.repository, file, line)
        return found

    def tree(self, directory: str) -> str | None:
        """Return the web address of a directory at the scanned revision; None where that is not
        known."""
        found = blob(self.repository, directory)
        return found.replace("/blob/", "/tree/", 1) if found else None

    def code(self, text: str | None) -> Markup:
        """Return text of a manifest in a fixed-width font; nothing where there is none."""
        return filled("<code>{}</code>", text) if text else Markup("")

    def findable(self, title: str, text: str, anchor: str, kind: str = "") -> None:
        """Let the search find a place on this page; `anchor` is one of its anchors, each used
        once. `kind` says what has the title for its name."""
        self.search.append(SearchEntry(shorten(title, 120), shorten(text, 400), anchor, kind))

    def named(self, name: str, kind: str, words: str, identity: str | None = None) -> Markup:
        """Return the name of something that has no page of its own: the search leads to it, here.

        Args:
            name: As manifests have it.
            kind: What it is, e.g. `namespace`.
            words: A sentence for the search's result.
            identity: What its anchor is made from, where that is not kind and name.
        """
        anchor = self.anchor(identity or f"{kind}-{name}")
        self.findable(name, words, anchor, kind)
        return filled('<code id="{}">{}</code>', anchor, name)

    def inline(self, document: str, anchor: str | None = None) -> Markup:
        """Return where a hand-written page, or its part below a heading, can stand in full."""
        mark = f"<!-- gitops-inlined {len(self.inlined)} -->"
        self.inlined.append(Inlined(mark, document, anchor))
        return Markup(mark)

    def heading(self, level: int, text: str, identity: str | None = None) -> Markup:
        """Return a heading with a permanent link, noted for the table of contents."""
        identity = self.anchor(
            identity or patterns.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "section"
        )
        self.headings.append(Heading(level, identity, clean(text)))
        return filled(
            '<h{0} id="{1}">{2}<a class="headerlink" href="#{1}">¶</a></h{0}>',
            level,
            identity,
            text,
        )

    def repeats(self, caption: str) -> bool:
        """Return whether the caption of a table repeats the heading above it: then it is for those
        who hear it."""
        return caption == (self.headings[-1].text if self.headings else self.title)

    def anchor(self, identity: str) -> str:
        """Return an id for this page; a number is added where it is taken."""
        identity = patterns.sub(r"[^A-Za-z0-9._-]+", "-", identity).strip("-") or "id"
        chosen, number = identity, 1
        while chosen in self.anchors:
            number += 1
            chosen = f"{identity}-{number}"
        self.anchors.add(chosen)
        return chosen

    def diagram(self, diagram: Diagram) -> Markup:
        """Return a diagram's source, marked up for what draws it, with its legend and the names of
        its special nodes. The search leaves it out."""
        if self.options.fence is Fence.MATERIAL:
            block = filled('<pre class="mermaid"><code>{}\n</code></pre>', diagram.source)
        else:
            block = filled('<pre><code class="language-mermaid">{}\n</code></pre>', diagram.source)
        marks = joined(
            "",
            (
                filled(
                    '<li><span class="gitops-mark gitops-mark--{}">{}</span> {}</li>',
                    state,
                    STATES[state],
                    joined(", ", (_node(*node) for node in diagram.marked[state])),
                )
                for state in STATES
                if state in diagram.marked
            ),
        )
        return filled(
            '<figure class="gitops-diagram" data-search-exclude><div class="gitops-drawing" '
            'role="group" tabindex="0" aria-label="{}"'
            ' style="--gitops-width: {}px">{}</div><figcaption>{}{}</figcaption></figure>',
            shorten(diagram.title),
            diagram.width,
            block,
            diagram.legend,
            filled("<ul>{}</ul>", marks) if marks else "",
        )


def _node(label: str, href: str | None) -> Markup:
    return filled('<a href="{}">{}</a>', href, label) if href else filled("<code>{}</code>", label)


def document_href(uri: str, source: str, directory_urls: bool) -> str:
    """Return the reference from the page `uri` to a hand-written page, by the rule that site
    builders have for the path of its file."""
    here = address(uri, directory_urls)
    return escape_text.path(relative(here, address(as_index(source), directory_urls)))


def as_index(source: str) -> str:
    """MkDocs makes an index page of a README.md too."""
    return (
        f"{source[:-9]}index.md"
        if source == "README.md" or source.endswith("/README.md")
        else source
    )


def _place(repository: Repository, file: str, line: int | None) -> Markup:
    # A long path may be broken after a slash, and only there.
    text = escape(f"{file}:{line}" if line else file).replace("/", Markup("/<wbr>"))
    target = blob(repository, file, line)
    if target is None:
        return filled('<code class="gitops-place">{}</code>', text)
    return filled('<a class="gitops-place" href="{}">{}</a>', target, text)


def blob(repository: Repository, file: str, line: int | None = None) -> str | None:
    """Return the web address of a line of a file at the scanned revision; None where the
    repository's address or revision is not known."""
    if not repository.url or not repository.revision or not is_web(repository.url):
        return None
    # A name that is not UTF-8 is quoted byte by byte.
    path = quote(f"{repository.prefix}{file}".encode("utf-8", "surrogateescape"))
    return f"{repository.url}/blob/{quote(repository.revision[:_DIGITS])}/{path}{f'#L{line}' if line else ''}"
