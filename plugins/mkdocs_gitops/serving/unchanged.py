"""Leave pages as they are that a live server would write again with the same bytes.

MkDocs empties the site before each build, then renders and writes every page: at 1,000 pages that is
nearly all of the time between an edit and the reload. In: the events of one build. Out: the site of
the build before with the pages whose inputs differ written anew, and without what is gone. Only what
MkDocs hands to plugins is used: the configuration, the files, the environment of the templates.

The inputs of a page are what its template gets: content, front matter, table of contents, neighbours,
and, for all pages at once, the navigation, the configuration and the templates. Where something of
that cannot be compared, or another plugin changes finished pages, all pages are written.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, MutableMapping
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.toc import AnchorLink

from gitops_docs.files.writer import Directory
from gitops_docs.repository.checkout import Signature, signature
from mkdocs_gitops.output import log

if TYPE_CHECKING:
    from logging import LogRecord

    from jinja2 import Environment, Template
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure import StructureItem
    from mkdocs.structure.files import Files
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.pages import Page
    from mkdocs.utils.templates import TemplateContext

_ELSEWHERE = os.path.join("gitops", ".elsewhere")
"""A directory below the site that is never made: MkDocs empties it instead of the site."""
_OF_MKDOCS = frozenset(
    {
        "nav",
        "pages",
        "base_url",
        "extra_css",
        "extra_javascript",
        "mkdocs_version",
        "build_date_utc",
        "config",
        "page",
    }
)
"""What MkDocs itself gives a template: looked at here by name, or the same in all builds."""
_SHOWN = ("title", "status", "icon", "subtitle", "hide", "tags")
"""Front matter of other pages that a theme shows in the navigation."""
_SKIPPED = "Page skipped: "


class Unchanged:
    """What is known of the pages of the build before."""

    def __init__(self) -> None:
        self.rendered: list[str] = []
        """The addresses of the pages that this build has rendered."""
        self.is_on = False
        self._pages: dict[str, tuple[bytes, Signature]] = {}
        self._here: dict[str, bytes] = {}
        self._written: set[str] = set()
        self._site = ""
        self._shared = b""
        self._templates: dict[str, Signature | None] = {}
        self._files: Files | None = None
        self._texts: dict[int, str] = {}
        """Entries of the navigation by identity: many pages share them."""

    def begin(self, config: MkDocsConfig, ours: object) -> None:
        """Before MkDocs empties the site: keep it.

        Args:
            config: Names the site.
            ours: The plugin whose handlers may change finished pages.
        """
        self.rendered, self._here, self._files, self._texts = [], {}, None, {}
        others = [
            handler
            for handler in config.plugins.events["post_page"]
            if getattr(handler, "__self__", None) is not ours
        ]
        self.is_on = not others and "i18n" not in config.plugins
        if self._site != config.site_dir or not self.is_on:
            self._pages, self._written = {}, set()
        self._site = config.site_dir
        if self._pages:
            config.site_dir = os.path.join(self._site, _ELSEWHERE)

    def take_back(self, files: Files, config: MkDocsConfig) -> None:
        """After that: let the files go into the site again."""
        if config.site_dir == self._site:
            return
        for file in files:
            if file.dest_dir == config.site_dir:
                file.dest_dir = self._site
                file.__dict__.pop("abs_dest_path", None)
        config.site_dir = self._site

    def pages(
        self,
        env: Environment,
        config: MkDocsConfig,
        nav: Navigation | None,
        files: Files,
    ) -> Environment:
        """Return the environment of the templates, which renders no page that is as it was.

        Args:
            env: The environment.
            config: The configuration as all plugins have left it.
            nav: The navigation.
            files: All files.
        """
        if not self.is_on:
            return env
        self._files = files
        self._shared = _digest(_shared(config, nav, files, env))
        if any(_stat(path) != known for path, known in self._templates.items()):
            self._pages = {}
        log.watch("commands.build", _quiet)
        return _Pages(env, self)  # type: ignore[return-value]  # MkDocs asks it for templates only

    def render(self, template: Template, context: TemplateContext) -> str:
        """Return a page; nothing where it is in the site already."""
        page = context["page"]
        if page is None:
            return template.render(context)
        path, digest = page.file.abs_dest_path, self._inputs(template, page, context)
        if digest is not None:
            self._here[path] = digest
            if (known := self._pages.get(path)) is not None and known == (digest, _stat(path)):
                return ""
        self.rendered.append(page.url)
        return template.render(context)

    def _inputs(self, template: Template, page: Page, context: TemplateContext) -> bytes | None:
        """Return a hash of all that a page is made from; None where that cannot be compared."""
        added = {name: value for name, value in context.items() if name not in _OF_MKDOCS}
        inputs = repr(
            (
                template.name,
                page.title,
                page.url,
                page.canonical_url,
                page.edit_url,
                page.update_date,
                dict(page.meta),
                [*_headings(page.toc)],
                [(near.title, near.url) for near in (page.previous_page, page.next_page) if near],
                [above.title for above in page.ancestors],
                # What the sidebar of this page shows, which may be a part.
                [self._text(item) for item in context["nav"].items],
                list(context["config"].theme.get("features") or ()),
                sorted(added.items()),
            )
        )
        if " at 0x" in inputs:
            return None
        return _digest((self._shared.hex(), inputs, page.content or ""))

    def _text(self, item: StructureItem) -> str:
        found = self._texts.get(id(item))
        if found is None:
            found = self._texts[id(item)] = _entry(item)
        return found

    def end(self, templates: Iterable[str]) -> None:
        """After the build: note what it has written, and remove what is gone.

        Args:
            templates: Paths of the templates that were used.
        """
        if not self.is_on or self._files is None:
            self._pages = {}
            return
        self._pages = {
            path: (digest, there)
            for path, digest in self._here.items()
            if (there := _stat(path)) is not None
        }
        self._templates = {path: _stat(path) for path in templates}
        written = {file.dest_uri for file in self._files if file.inclusion.value > -3}
        with Directory(Path(self._site)) as site:
            for name in sorted(self._written - written):
                site.remove(name)
        self._written, self._files = written, None


class _Pages:
    """An environment whose templates ask first whether a page must be rendered."""

    def __init__(self, env: Environment, unchanged: Unchanged) -> None:
        self._env = env
        self._unchanged = unchanged

    def __getattr__(self, name: str) -> object:
        return getattr(self._env, name)

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, object] | None = None,
    ) -> _Page:
        """Return a template of the environment."""
        return _Page(self._env.get_template(name, parent, globals), self._unchanged)


class _Page:
    def __init__(self, template: Template, unchanged: Unchanged) -> None:
        self._template = template
        self._unchanged = unchanged

    def __getattr__(self, name: str) -> object:
        return getattr(self._template, name)

    def render(self, context: TemplateContext) -> str:
        return self._unchanged.render(self._template, context)


def _shared(
    config: MkDocsConfig,
    nav: Navigation | None,
    files: Files,
    env: Environment,
) -> Iterator[str]:
    """Yield what all pages depend on."""
    for name in sorted(config):
        if name not in ("plugins", "theme", "config_file_path", "site_dir", "dev_addr"):
            yield f"{name}={_plain(config[name])}"
    theme = config.theme
    yield repr((theme.name, theme.dirs, sorted(env.filters), sorted(env.globals)))
    yield _plain({name: theme[name] for name in sorted(theme)})
    own = Path(theme.custom_dir) if theme.custom_dir else None
    # A new file there can take the place of a template of the theme.
    for path in sorted(map(str, own.rglob("*.html")) if own else ()):
        yield f"{path} {_stat(path)}"
    for item in nav.items if nav is not None else ():
        yield _entry(item)
    for file in files.documentation_pages():
        page = file.page
        if page is not None:
            shown = {name: page.meta[name] for name in _SHOWN if name in page.meta}
            yield f"{file.url} {page.title} {_plain(shown)}"


def _plain(value: object) -> str:
    """Return a value as text that is the same in each build: an object is its class."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_plain(one)}' for key, one in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_plain, value))}]"
    text = repr(value)
    return type(value).__qualname__ if " at 0x" in text else text


def _entry(item: StructureItem) -> str:
    """Return an entry of the navigation with all that is below it."""
    children = getattr(item, "children", None) or ()
    below = ", ".join(map(_entry, children))
    return f"{type(item).__name__} {item.title!r} {getattr(item, 'url', '')!r} [{below}]"


def _headings(toc: Iterable[AnchorLink]) -> Iterator[tuple[int, str, str]]:
    for item in toc:
        yield item.level, item.id, item.title
        yield from _headings(item.children)


def _digest(texts: Iterable[str]) -> bytes:
    whole = blake2b(digest_size=16)
    for text in texts:
        whole.update(text.encode("utf-8", "replace"))
        whole.update(b"\0")
    return whole.digest()


def _stat(path: str) -> Signature | None:
    try:
        return signature(os.lstat(path))
    except OSError:
        return None


def _quiet(record: LogRecord) -> bool:
    """Return a filter that drops what MkDocs says of each page that is not written."""
    return not str(record.msg).startswith(_SKIPPED)
