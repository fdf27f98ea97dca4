"""Hand each event of MkDocs on to `Site` in a line or two: the plugin `gitops`."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from mkdocs.plugins import BasePlugin, CombinedEvent, event_priority

from gitops_docs.files.temporary import end_on_signals
from gitops_docs.scanner.scanner import without_collector
from gitops_docs.site.leaks import Clean
from gitops_docs.text import progress
from gitops_docs.yaml.limits import MAX_DIRECTORIES
from mkdocs_gitops import source_date
from mkdocs_gitops.config import GitopsConfig
from mkdocs_gitops.links import look
from mkdocs_gitops.output import log
from mkdocs_gitops.output.log import PluginError
from mkdocs_gitops.serving import theme
from mkdocs_gitops.serving.address import refuse_busy, shorten_log
from mkdocs_gitops.serving.build_state import BuildState
from mkdocs_gitops.serving.search import SearchIndex
from mkdocs_gitops.serving.unchanged import Unchanged
from mkdocs_gitops.site import Site

if TYPE_CHECKING:
    from jinja2 import Environment
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.livereload import LiveReloadServer
    from mkdocs.structure.files import Files
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.pages import Page
    from mkdocs.utils.templates import TemplateContext

    from mkdocs_gitops.serving.watch import Watching


class GitopsPlugin(BasePlugin[GitopsConfig]):  # type: ignore[no-untyped-call]  # of MkDocs
    """Documents a GitOps repository among the pages of a site."""

    def __init__(self) -> None:
        super().__init__()
        # Now, because what MkDocs says of the configuration quotes it.
        log.guard()
        self.memory = BuildState()
        self.until_shutdown = ExitStack()
        self.watching: Watching | None = None
        self.starting = False
        """Whether a server is about to build for the first time."""
        self.building: list[Site] = []
        """The builds that are not finished: mkdocs-static-i18n builds other languages inside of
        the build of the default one."""

    def on_startup(self, *, command: str, dirty: bool) -> None:
        """Know about `--dirty`. That the event is there makes MkDocs keep the plugin, and so its
        memory, from one build to the next."""
        self.memory.search = SearchIndex() if dirty else None
        live = command == "serve" and not dirty
        self.memory.unchanged = (self.memory.unchanged or Unchanged()) if live else None
        self.memory.clean = Clean() if live else None
        self.starting = command == "serve"
        if command == "serve":
            shorten_log()
            # What watches the repository has a temporary file, and MkDocs a directory.
            end_on_signals()
        self.until_shutdown.enter_context(progress.shown())
        log.guard()

    def on_shutdown(self) -> None:
        """Leave the terminal as it was."""
        self.until_shutdown.close()

    @event_priority(100)  # First: the search asks for an environment in its own `on_config`.
    def _on_config_first(self, config: MkDocsConfig) -> MkDocsConfig:
        theme.prepare(config.theme, self.memory.plain_templates)
        return config

    def _on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Return name the style sheet and the scripts, which every page loads."""
        if [type(plugin) for plugin in config.plugins.values()].count(type(self)) > 1:
            raise PluginError("`plugins` lists `gitops` twice; keep one")
        link, depth, nameless = look(config.docs_dir)
        if nameless is not None:
            # MkDocs compares each name with `exclude_docs`, in a library that takes UTF-8 only.
            raise PluginError(
                f"{nameless} in `docs_dir` has a name that is not UTF-8, which no address of a "
                f"site has; rename it"
            )
        if link is not None:
            raise PluginError(
                f"{link} in `docs_dir` leads back to a directory that it lies in, and MkDocs never "
                f"ends; remove the link"
            )
        # Before Python 3.12 `os.walk` calls itself. A path of 4096 bytes, the most that Linux
        # takes, has half as many directories.
        if depth > MAX_DIRECTORIES:
            sys.setrecursionlimit(max(sys.getrecursionlimit(), 3 * depth + 1000))
        source_date.drop_unusable()
        if self.starting:
            self.starting = False
            refuse_busy(*config.dev_addr)
        self.memory.begin()
        self.site = Site(self.config, config, self.memory)
        self.building.append(self.site)
        self.site.add_assets()
        return config

    on_config = CombinedEvent(_on_config_first, _on_config)

    @event_priority(-101)  # Last: from here to on_files only MkDocs itself runs.
    def on_pre_build(self, *, config: MkDocsConfig) -> None:
        """Keep the pages that a server has written before."""
        if self.memory.unchanged is not None:
            self.memory.unchanged.begin(config, self)

    @event_priority(1000)  # First: see on_pre_build.
    def _on_files_begin(self, files: Files, config: MkDocsConfig) -> Files:
        if self.memory.unchanged is not None:
            self.memory.unchanged.take_back(files, config)
        return files

    # Here rather than in on_config, because `serve` repeats it for each change.
    @event_priority(
        50
    )  # Early, so that plugins which look pages up, e.g. the targets of redirects, find ours.
    def _on_files_first(self, files: Files, config: MkDocsConfig) -> Files:
        with without_collector():
            self.site.add_files(files)
            self.memory.keep()
        return files

    # Just before mkdocs-static-i18n (-100), which knows files of `docs_dir` only ...
    @event_priority(-99)
    def _on_files_late(self, files: Files, config: MkDocsConfig) -> Files:
        self.site.set_aside(files)
        return files

    # ... and after it. Late too so that pages which other plugins make are known, and none is
    # replaced by ours.
    @event_priority(-101)
    def _on_files_last(self, files: Files, config: MkDocsConfig) -> Files:
        self.site.bring_back(files)
        return files

    on_files = CombinedEvent(_on_files_begin, _on_files_first, _on_files_late, _on_files_last)

    # Before mkdocs-awesome-nav (100).
    @event_priority(101)
    def _on_nav_first(self, nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
        self.site.offer_navigation(files)
        return nav

    # Late, so that plugins which make the navigation have made it: that of mkdocs-static-i18n
    # (-100) keeps the sections of a language only.
    @event_priority(-101)
    def _on_nav_last(self, nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
        """Append the section of the generated pages."""
        self.site.add_navigation(nav, files)
        return nav

    on_nav = CombinedEvent(_on_nav_first, _on_nav_last)

    def on_page_read_source(self, page: Page, config: MkDocsConfig) -> str | None:
        """Give the stub of a generated page without looking into `.cache/`."""
        return self.site.source(page)

    @event_priority(100)  # First, so that no plugin reads a stub as Markdown.
    def on_page_markdown(
        self, markdown: str, page: Page, config: MkDocsConfig, files: Files
    ) -> str | None:
        """Give Python-Markdown nothing to read for a generated page."""
        return self.site.markdown(page)

    @event_priority(
        100
    )  # First, so that plugins which change content see that of generated pages too.
    def on_page_content(
        self, html: str, page: Page, config: MkDocsConfig, files: Files
    ) -> str | None:
        """Hand over the fragment with its table of contents."""
        return self.site.content(page) if self.site.owns(page) else self.site.with_facts(page, html)

    @event_priority(100)  # First, so that plugins which change pages see them whole.
    def _on_env_first(self, env: Environment, config: MkDocsConfig, files: Files) -> None:
        """Put runbooks into the pages of their alerts: all pages are converted now, and none is
        written. Keep compiled templates."""
        self.site.inline()
        self.site.date(files)
        self.site.show_to_theme(files)
        self.site.order = [
            file.page.url for file in files.documentation_pages() if file.page is not None
        ]
        if env.bytecode_cache in (None, self.memory.plain_templates):
            env.bytecode_cache = self.memory.templates.of(env)
        # The environment lives for one build, in which no template changes; looking each time takes
        # a tenth of a page of any kind.
        env.auto_reload = False

    @event_priority(-101)  # Last, so that what other plugins do to the environment counts.
    def _on_env_last(
        self, env: Environment, config: MkDocsConfig, files: Files
    ) -> Environment | None:
        return self.site.without_unchanged(env, files)

    on_env = CombinedEvent(_on_env_first, _on_env_last)

    @event_priority(
        100
    )  # First, so that search plugins read what the engine says of the page, not its tables.
    def _on_page_context_first(
        self, context: TemplateContext, page: Page, config: MkDocsConfig, nav: Navigation
    ) -> TemplateContext | None:
        self.site.show_to_search(page)
        return None

    @event_priority(-100)  # Last, so that the template gets the content.
    def _on_page_context_last(
        self, context: TemplateContext, page: Page, config: MkDocsConfig, nav: Navigation
    ) -> TemplateContext | None:
        self.site.show_to_readers(page)
        return None

    on_page_context = CombinedEvent(_on_page_context_first, _on_page_context_last)

    @event_priority(100)  # First, so that what other plugins put into the page is left as it is.
    def on_post_page(self, output: str, page: Page, config: MkDocsConfig) -> str:
        """Take the theme's blank lines out of our pages."""
        return self.site.compact(output, page)

    @event_priority(-101)  # Last, after everything that writes into the site.
    def on_post_build(self, config: MkDocsConfig) -> None:
        """Fail where the finished site holds a value of a Secret; look at what this build depends
        on from now on."""
        self.site = self.building.pop()
        if self.watching is not None:
            self.site.watch(self.watching)
        progress.clear()
        self.site.complete_search()
        self.site.check_secrets()
        if self.memory.unchanged is not None:
            self.memory.unchanged.end(self.memory.templates.paths)

    def on_build_error(self, *, error: Exception) -> None:
        """Forget the builds that have failed."""
        self.building.clear()

    def on_serve(
        self, server: LiveReloadServer, config: MkDocsConfig, builder: object
    ) -> LiveReloadServer:
        """Build again when something changes that a page depends on."""
        from mkdocs_gitops.serving.watch import Watching

        self.watching = Watching(server)
        self.site.watch(self.watching)
        return server
