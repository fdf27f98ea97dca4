"""Run `gitops-docs hub`: a site over many published inventories.

Exit status: 0 success; 1 where an inventory could not be used, which is left out; 2 where none could
be.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import yaml
from mkdocs.commands.build import build as mkdocs_build
from mkdocs.config import load_config
from mkdocs.config.base import Config
from mkdocs.exceptions import Abort, ConfigurationError
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import File, InclusionLevel
from mkdocs.structure.toc import get_toc

from gitops_docs.cli.terminal import say
from gitops_docs.files.built import BuiltSite
from gitops_docs.files.temporary import temporary_directory
from gitops_docs.files.writer import Directory
from gitops_docs.fleet.fleet import Fleet, InventoryFile
from gitops_docs.fleet.pages import Hub
from gitops_docs.fleet.view import Unreadable
from gitops_docs.repository.checkout import walk
from gitops_docs.site.export import SCRIPT, asset
from gitops_docs.text import escape
from mkdocs_gitops import source_date
from mkdocs_gitops.files import stubs
from mkdocs_gitops.output import log

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page as MkDocsPage

    from gitops_docs.pages import Page

FINE, FINDINGS, UNUSABLE = 0, 1, 2
_FILES = ("gitops.css", SCRIPT)


@click.command()
@click.argument("inventories", nargs=-1, required=True, metavar="INVENTORY...")
@click.option(
    "--site-dir",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory to build into: empty, new, or an earlier site.",
)
@click.option("--name", default="Fleet", show_default=True, help="Name of the site.")
def hub(inventories: tuple[str, ...], site_dir: Path, name: str) -> None:
    """Build one site from the inventories of several repositories
    (gitops/inventory.json).

    INVENTORY is a file; `https://address=file` also says where the repository's own site is. A
    directory stands for every file named inventory.json or *.inventory.json below it. Nothing is
    fetched: that is the work of the CI job that calls this.

    \b
    Examples:
      gitops-docs hub inventories/ --site-dir site
      gitops-docs hub https://team-a.example.org/=a.json https://team-b.example.org/=b.json --site-dir site
    """
    fleet = Fleet()
    broken = 0
    for given in _expanded(inventories):
        try:
            fleet.add(given)
        except Unreadable as error:
            broken += 1
            say(f"gitops-docs: {given.path} {error}", err=True)
    if not fleet.members:
        say("gitops-docs: there is no inventory to make a site of", err=True)
        sys.exit(UNUSABLE)
    fleet.finish()
    made = Hub(fleet)
    pages = made.pages()
    text = escape.dumps(made.summary(), indent=2)
    try:
        with BuiltSite(site_dir) as site:
            _build(pages, f"{text}\n", site.building, name)
            site.replace()
    except (Abort, ConfigurationError) as error:
        say(f"gitops-docs: no site of the inventories: {error}", err=True)
        sys.exit(UNUSABLE)
    say(f"{len(fleet.members)} repositories, {len(pages)} pages: the site is in {site_dir}")
    sys.exit(FINDINGS if broken else FINE)


_INVENTORIES = ("/inventory.json", ".inventory.json")


def _expanded(given: tuple[str, ...]) -> list[InventoryFile]:
    found: list[InventoryFile] = []
    for text in given:
        one = InventoryFile.parse(text)
        if one.path.is_dir():
            below = (
                one.path / name for name in walk(one.path) if f"/{name}".endswith(_INVENTORIES)
            )
            found += [InventoryFile(path) for path in sorted(below)]
        else:
            found.append(one)
    return found


class _NoOptions(Config):  # type: ignore[no-untyped-call]  # of MkDocs
    """Everything is handed over in process."""


class _Plugin(BasePlugin[_NoOptions]):  # type: ignore[no-untyped-call]  # of MkDocs
    """Hands the pages to MkDocs, as the plugin `gitops` does with those of a platform."""

    def __init__(self, pages: list[Page], summary: str) -> None:
        super().__init__()
        self.pages = {page.uri: page for page in pages}
        self.summary = summary

    def on_files(self, files: Files, config: MkDocsConfig) -> Files:
        """Add the pages and what they load."""
        for uri, page in self.pages.items():
            stub = stubs.stub(page, ("navigation", "toc")).encode("utf-8", "replace")
            file = File.generated(config, uri, content=stub, inclusion=InclusionLevel.NOT_IN_NAV)
            file.edit_uri = None
            files.append(file)
        for name in _FILES:
            files.append(File.generated(config, f"gitops/{name}", content=asset(name)))
        files.append(File.generated(config, "gitops/hub.json", content=self.summary))
        return files

    def on_page_markdown(
        self, markdown: str, page: MkDocsPage, config: MkDocsConfig, files: Files
    ) -> str:
        """Return nothing for Python-Markdown to read."""
        return ""

    def on_page_content(
        self, html: str, page: MkDocsPage, config: MkDocsConfig, files: Files
    ) -> str:
        """Return the fragment and its table of contents."""
        own = self.pages[page.file.src_uri]
        page.toc = get_toc(stubs.tokens(own.headings))
        page.present_anchor_ids = set(own.anchors)
        return own.html


def _build(pages: list[Page], summary: str, site_dir: Path, name: str) -> None:
    source_date.drop_unusable()
    with temporary_directory() as temporary, Directory(temporary) as directory:
        directory.make("docs")
        settings: dict[str, object] = {
            "site_name": escape.markup(name),
            "theme": {
                "name": "material",
                "font": False,
                "features": ["navigation.instant", "navigation.tabs", "navigation.top", "search.highlight", "content.code.copy"],
                "palette": [
                    {"media": "(prefers-color-scheme: light)", "scheme": "default",
                     "toggle": {"icon": "material/brightness-7", "name": "Dark mode"}},
                    {"media": "(prefers-color-scheme: dark)", "scheme": "slate",
                     "toggle": {"icon": "material/brightness-4", "name": "Light mode"}},
                ],
            },
            "plugins": ["search"],
            "extra_css": ["gitops/gitops.css"],
            "extra_javascript": [f"gitops/{SCRIPT}"],
            "nav": [{"Fleet": "index.md"}, {"Charts": "charts/index.md"}, {"Images": "images.md"}, {"Alerts": "alerts.md"},
                    {"Repositories": "repositories/index.md"}],
        }  # fmt: skip
        directory.write(
            "mkdocs.yml", yaml.safe_dump(settings, allow_unicode=True).encode(), durable=False
        )
        log.to_terminal(logging.StreamHandler(), logging.WARNING)
        config = load_config(str(temporary / "mkdocs.yml"), site_dir=str(site_dir))
        config.plugins["gitops-hub"] = _Plugin(pages, summary)
        config.plugins.on_startup(command="build", dirty=False)
        mkdocs_build(config)
