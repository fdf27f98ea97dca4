"""Join the engine to MkDocs: a scan becomes files, pages and navigation of one build.

In: the plugin's options and MkDocs' configuration. Out: `File`s whose Markdown is a stub in
`.cache/` (front matter and a hash, so that `--dirty` sees what changed) and whose content comes
from the engine. Only public events and objects of MkDocs are used.
"""

from __future__ import annotations

import json
import logging
import os
import posixpath
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.config.config_options import ExtraScriptValue
from mkdocs.structure.files import File, InclusionLevel
from mkdocs.structure.pages import Page as MkDocsPage
from mkdocs.structure.toc import get_toc
from mkdocs.utils import get_build_date

from gitops_docs.files.built import site_of
from gitops_docs.index.summary import summary
from gitops_docs.inventory.codec import MAX_BYTES
from gitops_docs.model import Location, Platform, Repository
from gitops_docs.pages import NavItem, Page, Rendered, check_links
from gitops_docs.pages.embedded.applies_to import EXPLAINS
from gitops_docs.repository.checkout import UnreadableFile, read_file
from gitops_docs.site.compact import compact
from gitops_docs.site.export import ASSETS, SCRIPT, asset
from gitops_docs.site.leaks import Gate
from gitops_docs.site.redirects import moves
from gitops_docs.site.rules import PageCollision, PageGone
from gitops_docs.text import escape, progress
from gitops_docs.text.patterns import Pattern
from mkdocs_gitops import docs_pages, navigation, settings
from mkdocs_gitops.fences import Embedding, follow
from mkdocs_gitops.files import (
    docs_dir,
    front_matter,
    languages,
    plugins_of_git,
    redirects,
    stubs,
)
from mkdocs_gitops.files.stubs import first_page
from mkdocs_gitops.links import MARK, Outside
from mkdocs_gitops.output import allowed, frame, leaks, report, theme_values
from mkdocs_gitops.output.log import log
from mkdocs_gitops.serving.build_state import BuildState

if TYPE_CHECKING:
    from jinja2 import Environment
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure import StructureItem
    from mkdocs.structure.files import Files
    from mkdocs.structure.nav import Navigation

    from gitops_docs.repository.checkout import Checkout
    from mkdocs_gitops.config import GitopsConfig
    from mkdocs_gitops.serving.watch import Watching

TEMPLATES = Path(__file__).parent / "theme"
PUBLISHED = "gitops"
"""Directory of the site for files that are not pages: inventory, names, style sheet, scripts."""
_DATE = Pattern(r"\d{4}-\d\d-\d\d\z")
STATUS = {
    "suspended": "Suspended",
    "partial": "Not fully rendered",
    "external": "In another repository",
    "failed": "Rejected by Flux",
}
"""What a status icon in the navigation says (`extra.status` of Material)."""


class Generated(navigation.Head, MkDocsPage):
    """A generated page: its Markdown is empty, and setting the converter up for nothing takes a
    fifth of the time of a page."""

    @property
    def is_index(self) -> bool:
        """Whether the page is the head of its section in the navigation."""
        return self.heads_section

    def render(self, config: MkDocsConfig, files: Files) -> None:
        """Convert nothing; the content comes with the event that follows."""
        self.content, self.links_to_anchors = "", {}


class Site:
    """The generated part of one site. A new one is made for each build."""

    def __init__(self, options: GitopsConfig, config: MkDocsConfig, memory: BuildState) -> None:
        self.config = config
        self.memory = memory
        self.settings, self.root = settings.load_settings(options, config)
        self.library = settings.library(self.settings, config)
        self.pages: dict[str, Page] = {}
        self.files: dict[str, File] = {}
        self.stubs: dict[str, str] = {}
        self.home: File | None = None
        """The first page, where it is ours."""
        self.moved: dict[str, File | None] = {}
        """Hand-written pages whose address is not the one that their name gives."""
        self.published: list[File] = []
        """What is added besides pages: style sheet, scripts, the inventory, redirects."""
        self.navigation: NavItem | None = None
        self.items: list[StructureItem] = []
        """The navigation that the theme shows."""
        self.nav: Navigation | None = None
        self.blocks: dict[str, Page] = {}
        self.shown_elsewhere: set[str] = set()
        self.kinds: dict[str, str | None] = {}
        self.contents: dict[str, tuple[MkDocsPage, str]] = {}
        """Hand-written pages that an alert's page shows, as they were converted."""
        self.platform = Platform(Repository())
        self.checkouts: tuple[Checkout, ...] = ()
        self.order: list[str] = []
        """The addresses of all pages, in the order in which MkDocs builds them."""
        self.written: set[str] = set()
        """Those that this build has written."""
        if memory.search is not None:
            memory.search.begin(Path(config.site_dir))
        self._gate: Gate | None = None
        self._set_aside: tuple[str | None, object] | None = None
        self._sidebar = navigation.Sidebar(config)
        self.embedding = Embedding(log.warning)
        self.embedding.register(config)
        # A configuration that is built once for each language has those of the build before.
        config.markdown_extensions[:] = [
            item
            for item in config.markdown_extensions
            if not isinstance(item, (Outside, docs_pages.Lists))
        ]
        self.lists = docs_pages.Lists()
        config.markdown_extensions.append(self.lists)  # type: ignore[arg-type]  # Python-Markdown takes objects too
        self.outside: Outside | None = None
        if config.extra.get(MARK):
            self.outside = Outside(Path(config.docs_dir), self.root)
            config.markdown_extensions.append(self.outside)  # type: ignore[arg-type]  # Python-Markdown takes objects too

    @property
    def _scripts(self) -> tuple[str, ...]:
        return (SCRIPT, *(("mermaid-loader.js",) if self.library else ()))

    @property
    def _overview(self) -> str:
        """The source URI of the overview."""
        return f"{self.settings.directory.strip('/')}/index.md"

    def add_assets(self) -> None:
        """Style sheet, scripts, and the words of the status icons. A configuration that is built
        once for each language has them already."""
        if (css := f"{PUBLISHED}/gitops.css") not in self.config.extra_css:
            self.config.extra_css.append(css)
        known = set(map(str, self.config.extra_javascript))
        for name in self._scripts:
            if (path := f"{PUBLISHED}/{name}") not in known:
                script = ExtraScriptValue(path)
                script.defer = True
                self.config.extra_javascript.append(script)
        status = self.config.extra.setdefault("status", {})
        for name, words in STATUS.items():
            status.setdefault(f"gitops-{name}", words)
        theme = self.config.theme
        if theme.name == "material":
            # After the author's custom_dir, before the theme: a 404 page that helps.
            if str(TEMPLATES) not in theme.dirs:
                theme.dirs.insert(1 if theme.custom_dir else 0, str(TEMPLATES))
            theme["gitops_overview"] = escape.path(f"{self.settings.directory.strip('/')}/")

    def add_files(self, files: Files) -> None:
        """Scan, write the pages, and add all that the site gets."""
        docs_dir.drop_links(files, self.config, self.root)
        docs_dir.drop_unreadable(files)
        docs_dir.refuse_blocked(files, self.settings.directory, PUBLISHED)
        self.memory.directories = (site_of(Path(self.config.site_dir)),)
        scan = self.memory.scan(self.root, self.settings)
        self.platform = scan.platform
        self.checkouts = scan.checkouts
        self._gate = Gate(scan.checkouts, scan.built.values(), scan.platform)
        for sentence in summary(self.platform, self.settings.directory):
            log.info(
                sentence, extra={"summary": True, "start": f"{self.settings.directory.strip('/')}/"}
            )
        rendered = self.memory.render(
            self.platform, settings.page_options(self.settings, self.config)
        )
        self.blocks = {block.uri: block for block in rendered.blocks}
        self.kinds = {book.file: book.kind for book in self.platform.runbooks}
        self.shown_elsewhere = {item.document for page in rendered.pages for item in page.inlined}
        for sentence in check_links((*rendered.pages, *rendered.blocks)):
            log.warning(sentence)
        report.findings(self.platform, self.settings.directory)
        self._add_pages(files, rendered)
        if self.outside is not None:
            self.outside.repository, self.outside.files = self.platform.repository, files
        inventory = self.memory.inventory(self.platform, self.settings.directory)
        published = [self._asset("inventory.json", content=inventory)]
        published.append(self._asset("names.json", content=rendered.names))
        for name in ("gitops.css", *self._scripts):
            published.append(self._asset(name, content=compact(name, asset(name))))
        if self.library is not None:
            published.append(self._asset("mermaid.min.js", abs_src_path=str(self.library)))
        for file in published:
            own = next(
                (other for other in files if other.dest_uri.casefold() == file.dest_uri.casefold()),
                None,
            )
            if own is not None:
                log.warning(
                    f"{own.src_uri} has the address of a file of this plugin and is published "
                    f"instead of it; rename it [{PageCollision.code}]"
                )
            else:
                files.append(file)
                self.published.append(file)
        taken = {other.dest_uri for other in files}
        for file in redirects.files(
            {**rendered.redirects, **self._moved(), **self.settings.redirects}, self.config
        ):
            if file.dest_uri in taken:
                log.warning(
                    f"`redirects` moves {file.dest_uri}, which is a page of the site; remove the "
                    f"entry"
                )
            else:
                taken.add(file.dest_uri)
                files.append(file)
                self.published.append(file)

    def _asset(self, name: str, **source: str | bytes) -> File:
        """Return a file below our directory. `exclude_docs` of the author is about the author's
        files."""
        made: File = File.generated(
            self.config, f"{PUBLISHED}/{name}", inclusion=InclusionLevel.INCLUDED, **source
        )
        return made

    def _add_pages(self, files: Files, rendered: Rendered) -> None:
        taken = {file.dest_uri.casefold(): file.src_uri for file in files}
        tags = "material/tags" in self.config.plugins
        written = list(files.documentation_pages())
        theme_values.written_files(written, self.config)
        self.navigation = rendered.navigation if self.settings.nav else None
        self.embedding.blocks = rendered.embedded
        with stubs.Cache(self.config, self.memory.written) as cache:
            for page in rendered.pages:
                address = File.generated(self.config, page.uri, content="").dest_uri
                own = taken.get(address.casefold())
                if own is not None:
                    _warn_of_collision(own, page.uri)
                    continue
                self.stubs[page.uri] = self.memory.stub(page, tags=tags)
                file = cache.file(self.config, page.uri, self.stubs[page.uri])
                file.edit_uri = self._edit_uri(page.edit)
                files.append(file)
                self.pages[page.uri] = page
                self.files[page.uri] = file
            cache.sweep({*self.pages, *self._add_home(files, cache), *self._follow(written, cache)})
        sources = {file.src_uri: file for file in written}
        docs_pages.together(
            [
                self.files[page.uri],
                *(sources[item.document] for item in page.inlined if item.document in sources),
            ]
            for page in self.pages.values()
            if page.inlined
        )

    def _follow(self, written: list[File], cache: stubs.Cache) -> list[str]:
        """Keep a hash of the facts in each hand-written page that embeds or joins some; the names
        of these hashes."""
        names = []
        for file in written:
            digest = self.embedding.digest(file) or ""
            block = self.blocks.get(file.src_uri)
            if digest or block is not None:
                name = f"{file.src_uri}.facts"
                cache.write(
                    name,
                    digest + (sha256(block.html.encode()).hexdigest() if block is not None else ""),
                )
                follow(file, Path(cache.path(name)))
                names.append(name)
        return names

    def set_aside(self, files: Files) -> None:
        """Hide our files from a plugin that sorts those of `docs_dir` by language."""
        languages.set_aside(files, [*self._all_pages(), *self.published], self.config)

    def bring_back(self, files: Files) -> None:
        """Show them again, and give way to others."""
        languages.bring_back(files, self._all_pages(), self.published, self.config)
        self._give_way(files)
        plugins_of_git.exclude(self.config, files, self.files)

    def _all_pages(self) -> list[File]:
        return [*self.files.values(), *([self.home] if self.home else [])]

    def _give_way(self, files: Files) -> None:
        """Leave every address to the other plugin that has a page there: another plugin may have
        made one since ours were added."""
        others = {
            file.dest_uri.casefold(): file.src_uri
            for file in files
            if file is not self.files.get(file.src_uri) and file.is_documentation_page()
        }
        for uri, file in list(self.files.items()):
            own = others.get(file.dest_uri.casefold())
            if own is None:
                continue
            _warn_of_collision(own, uri)
            if files.get_file_from_path(uri) is file:
                files.remove(file)
            del self.files[uri], self.pages[uri]

    def _moved(self) -> dict[str, str]:
        """Return old addresses to new ones, from a published inventory."""
        if self.settings.previous_inventory is None:
            return {}
        try:
            named = Path(os.path.realpath(self.root / self.settings.previous_inventory))
            previous = json.loads(read_file(named.parent, named.name, MAX_BYTES))
        except (UnreadableFile, ValueError, RecursionError) as error:
            log.warning(
                f"the option `previous_inventory` names {self.settings.previous_inventory}, which "
                f"cannot be read: {error}"
            )
            return {}
        found = moves(
            previous if isinstance(previous, dict) else {},
            self.platform,
            settings.page_options(self.settings, self.config),
        )
        level = {"error": logging.WARNING, "warning": logging.WARNING, "off": logging.DEBUG}.get(
            self.settings.levels.get(PageGone.code, PageGone.severity.value), logging.INFO
        )
        for sentence in found.gone:
            log.log(level, f"{sentence}; name its successor in `redirects` [{PageGone.code}]")
        return found.redirects

    def _add_home(self, files: Files, cache: stubs.Cache) -> list[str]:
        """Return a first page for a site that has none, so that its address leads somewhere."""
        if any(file.dest_uri == "index.html" for file in files):
            return []
        inclusion = (
            InclusionLevel.INCLUDED if self.config.nav is None else InclusionLevel.NOT_IN_NAV
        )
        self.stubs["index.md"] = first_page(
            self.config.site_name, self.platform, self.settings.directory
        )
        file = cache.file(self.config, "index.md", self.stubs["index.md"], inclusion)
        self.home = file
        file.edit_uri = None
        files.append(file)
        return ["index.md"]

    def _edit_uri(self, place: Location | None) -> str | None:
        """Return the manifest relative to `docs_dir`, which `edit_uri` stands for; None where the
        two are not in one Git repository."""
        repository, docs = self.platform.repository, self._docs_in_git
        if place is None or repository.revision is None or docs is None:
            return None
        path = posixpath.relpath(f"/{repository.prefix}{place.file}", docs)
        return theme_values.edit_uri(path, self.config)

    @cached_property
    def _docs_in_git(self) -> str | None:
        """`docs_dir` from the top of the Git repository, after a slash; None where it lies
        outside."""
        top = self.root.resolve()
        for _ in filter(None, self.platform.repository.prefix.split("/")):
            top = top.parent
        docs = Path(self.config.docs_dir).resolve()
        return f"/{docs.relative_to(top).as_posix()}" if docs.is_relative_to(top) else None

    def offer_navigation(self, files: Files) -> None:
        """Let mkdocs-awesome-nav place our section where the author's `.nav.yml` names it."""
        plugin = self.config.plugins.get("awesome-nav")
        if plugin is None:
            return
        written = files.get_file_from_path(str(plugin.config["filename"]))
        if written is not None:
            author = written.content_bytes.decode("utf-8", "replace")
            navigation.offer(
                self.navigation, self.files, author, self.settings.directory.strip("/")
            )

    def add_navigation(self, nav: Navigation, files: Files) -> None:
        """Append our section. All files have their addresses now."""
        self.moved = docs_pages.moved(
            {source for page in self.pages.values() for source in page.documents},
            files,
            self.config.use_directory_urls,
        )
        taken = navigation.take_whole(nav, self.navigation, self.files)
        # Where the author's navigation names a page, it has the title that stands there.
        named = {page.file.src_uri for page in nav.pages}
        for uri, file in self.files.items():
            if uri not in named:
                Generated(None, file, self.config)
        place = navigation.Place(nav, self.config, self.settings.navigation, self._overview, taken)
        self._sidebar.add(nav, self.navigation, self.files, self.pages, place)
        self.items, self.nav = nav.items, nav

    def owns(self, page: MkDocsPage) -> bool:
        """Return whether a page is one of ours."""
        return page.file.src_uri in self.pages and page.file is self.files[page.file.src_uri]

    def source(self, page: MkDocsPage) -> str | None:
        """Return the stub of a page, which another build of the same site may be writing or
        removing now; a page that is not ours without front matter that has no end, else None."""
        if self.owns(page) or page.file is self.home:
            return self.stubs[page.file.src_uri]
        try:
            shown = front_matter.without_endless(page.file.content_string)
        except (OSError, ValueError):
            # MkDocs says what is wrong with the file.
            return None
        if shown is not None:
            log.warning(
                f"{page.file.src_uri}: its front matter holds more than "
                f"{front_matter.MOST_VALUES:,} values with what aliases repeat, is nested deeper than "
                f"{front_matter.MOST_DEPTH}, or holds itself; the page is built without it. Write "
                f"values out"
            )
        return shown

    def markdown(self, page: MkDocsPage) -> str | None:
        """Return what Python-Markdown shall read instead of a page: nothing for one of ours, None
        for any other."""
        if self.owns(page):
            return ""
        if page.file is not self.home:
            theme_values.front_matter(page)
        self.embedding.begin(page.file)
        source = page.file.src_uri
        # A site whose configuration we made has pages that were written for the forge.
        self.lists.is_on = (
            self.outside is not None or source in self.kinds or source in self.shown_elsewhere
        )
        if self.outside is not None:
            self.outside.here = page.file
        return None

    def content(self, page: MkDocsPage) -> str:
        """Return the fragment; table of contents and anchors are set on the page, so that MkDocs
        can check links to them."""
        own = self.pages[page.file.src_uri]
        page.toc = get_toc(stubs.tokens(own.headings))
        page.present_anchor_ids = set(own.anchors)
        links = {source: self.moved[source] for source in own.documents if source in self.moved}
        return docs_pages.with_links(own, links, page.file) if links else own.html

    def with_facts(self, page: MkDocsPage, html: str) -> str | None:
        """Return the content of a hand-written page with what it applies to; None where it applies
        to nothing."""
        source = page.file.src_uri
        if source in self.shown_elsewhere:
            self.contents[source] = (page, html)
        block = self.blocks.get(source)
        if block is None:
            return None
        kind = self.kinds.get(source)
        return docs_pages.with_facts(html, block.html, at_end=kind in EXPLAINS)

    def inline(self) -> None:
        """Put hand-written pages into the pages of the alerts that they are for, once all are
        converted."""
        for uri, own in self.pages.items():
            page = self.files[uri].page
            if page is None or page.content is None:
                continue
            for number, item in enumerate(own.inlined):
                if item.document not in self.contents:
                    continue
                source, html = self.contents[item.document]
                there = source.file.url_relative_to(page.file)
                copy = docs_pages.part(html, item.anchor, f"runbook-{number}-", there)
                page.content = page.content.replace(item.mark, allowed.part(copy), 1)

    def show_to_theme(self, files: Files) -> None:
        """Make printable what the templates print as it is, of hand-written pages too, once all
        pages are read."""
        shown = [*self.items, *self._sidebar.author_links]
        theme_values.pages(files.documentation_pages(), shown)

    def without_unchanged(self, env: Environment, files: Files) -> Environment | None:
        """Return the environment that renders only pages which are not as they were; None for the
        same."""
        if self.memory.unchanged is None:
            return None
        return self.memory.unchanged.pages(env, self.config, self.nav, files)

    def date(self, files: Files) -> None:
        """Give pages the date of the commit. MkDocs dates all of them today, and the sitemap would
        differ from day to day."""
        date = self.platform.repository.date
        if date is None or not _DATE.match(date):
            return
        today = get_build_date()
        for file in files.documentation_pages():
            if file.page is not None and file.page.update_date == today:
                file.page.update_date = date

    def show_to_search(self, page: MkDocsPage) -> None:
        """Let search plugins, which read `page.content` in `on_page_context`, read the search
        entries instead.

        Searching a table of a thousand rows finds everything, and reading one takes a search plugin
        longer than the rest of the build.
        """
        self.written.add(page.url)
        progress.step("building pages", len(self.written), len(self.order))
        if self.owns(page):
            self._set_aside = page.content, page.meta.get("title")
            own = self.pages[page.file.src_uri]
            page.content = own.search_html
            if own.search:
                # The bare name: brackets around its kind would stick to words.
                page.meta["title"] = escape.markup(own.search[0].title)

    def show_to_readers(self, page: MkDocsPage) -> None:
        """Put back what `show_to_search` took away, beside a navigation that is no longer than it
        must be."""
        ours = self.owns(page)
        if ours:
            page.content, page.meta["title"] = self._set_aside or (None, None)
            self._set_aside = None
        self._sidebar.begin(page, ours=ours)

    def compact(self, output: str, page: MkDocsPage) -> str:
        """Return a finished page of ours without the blank lines of the theme's templates; any
        other page as it is."""
        self._sidebar.end()
        if not output or not self.owns(page):
            return output
        return frame.compact(output, page)

    def complete_search(self) -> None:
        """Let the search find pages that this build did not write."""
        if self.memory.search is not None:
            self.memory.search.complete(Path(self.config.site_dir), self.order, self.written)

    def check_secrets(self) -> None:
        """Fail where a value of a Secret stands in the finished site."""
        if self._gate is not None:
            leaks.check(
                self._gate,
                self.config,
                [ASSETS, *([self.library] if self.library else [])],
                self.memory.clean,
            )
            self._gate = None

    def watch(self, watching: Watching) -> None:
        """Let a server look at all that this build depends on, besides what MkDocs looks at, and at
        nothing that a build writes to."""
        from mkdocs_gitops.serving.watch import of_checkout

        named = (self.settings.baseline, self.settings.previous_inventory)
        paths = [path for checkout in self.checkouts for path in of_checkout(checkout)]
        paths += [self.root / name for name in named if name]
        paths += settings.page_options(self.settings, self.config).templates
        roots = [checkout.root for checkout in self.checkouts]
        watching.follow(
            paths,
            roots,
            [Path(self.config.site_dir), settings.directory_of(self.config) / ".cache"],
        )


def _warn_of_collision(own: str, uri: str) -> None:
    log.warning(
        f"{own} and the generated page {uri} have the same address; the hand-written one is "
        f"published. "
        f"Rename it, or set the option `directory` [{PageCollision.code}]"
    )
