"""Run `gitops-docs build` and `gitops-docs serve`: a site of any GitOps repository, with or without
a mkdocs.yml of its own.

Exit status: 0 success; 1 with `--strict` and something to warn about; 2 where arguments, mkdocs.yml or
repository cannot be used.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import NoneType
from typing import NoReturn, TextIO, TypedDict

import click
import yaml
from mkdocs.commands.build import build as mkdocs_build
from mkdocs.commands.serve import serve as mkdocs_serve
from mkdocs.config import load_config
from mkdocs.exceptions import Abort, BuildError, ConfigurationError
from mkdocs.utils.yaml import get_yaml_loader, yaml_load

from gitops_docs.cli.terminal import say
from gitops_docs.files.built import BuiltSite
from gitops_docs.files.temporary import temporary_directory
from gitops_docs.files.writer import Directory
from gitops_docs.settings.load import PLUGIN, has_plugin, load_settings, site_file
from gitops_docs.settings.load import ConfigurationError as SettingsError
from gitops_docs.settings.options import NO_OPTIONS, Settings
from gitops_docs.text import escape
from gitops_docs.text.escape import line as one_line
from gitops_docs.text.patterns import Pattern
from mkdocs_gitops.links import MARK
from mkdocs_gitops.output import log

FINE, FINDINGS, UNUSABLE = 0, 1, 2
LIBRARY = "GITOPS_DOCS_MERMAID"
"""Variable of the environment that names a mermaid.min.js, for a site that may ask no other host
for it."""
_REPO = click.argument("repo", type=click.Path(exists=True, file_okay=False, path_type=Path))


@click.command()
@_REPO
@click.option(
    "--site-dir",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory to build into: empty, new, or an earlier site.",
)
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
def build(repo: Path, site_dir: Path, strict: bool) -> None:
    """Build a site of the GitOps repository REPO.

    With a mkdocs.yml, its site is built, and the plugin added if it is not there. Without one, the
    theme is Material and the pages in docs/, if there are any, stand beside the generated ones.

    The theme loads the library that draws diagrams from another host. Where that must not be,
    GITOPS_DOCS_MERMAID names a mermaid.min.js, which the site then serves itself; so does the
    setting `mermaid`.

    \b
    Example:
      gitops-docs build . --site-dir site
    """
    _log_to_terminal(logging.WARNING, repo, None if strict else _SHOWN)
    with _arguments(repo) as arguments, BuiltSite(site_dir, repo) as site:
        try:
            config = load_config(**arguments, site_dir=str(site_dir.resolve()), strict=strict)
        except (Abort, ConfigurationError) as error:
            _unusable(repo, error)
        except RecursionError:
            _unusable(
                repo, ConfigurationError("its mkdocs.yml inherits from itself; correct `INHERIT`")
            )
        try:
            # MkDocs has compared the directory that the user named with `docs_dir`; it builds into
            # another one.
            config.site_dir = str(site.building)
            config.plugins.on_startup(command="build", dirty=False)
            mkdocs_build(config)
            site.replace()
        except Abort as error:
            if "strict" not in str(error):
                _unusable(repo, error)
            say(f"gitops-docs: {error}", err=True)
            sys.exit(FINDINGS)
        except Exception as error:
            if (place := _foreign(error)) is None:
                raise
            _unusable(
                repo,
                BuildError(f"{place} fails with {type(error).__name__}: {one_line(str(error))}"),
            )
        finally:
            config.plugins.on_shutdown()
    say(f"The site is in {site_dir}")
    sys.exit(FINE)


@click.command()
@_REPO
@click.option(
    "--dev-addr",
    default="127.0.0.1:8000",
    show_default=True,
    metavar="IP:PORT",
    help="Address to serve at.",
)
def serve(repo: Path, dev_addr: str) -> None:
    """Serve the site of REPO and rebuild on change of a manifest or page
    changes.

    \b
    Example:
      gitops-docs serve .
    """
    _log_to_terminal(logging.INFO, repo)
    with _arguments(repo) as arguments:
        try:
            mkdocs_serve(**arguments, dev_addr=dev_addr)
        except (Abort, ConfigurationError, BuildError) as error:
            _unusable(repo, error)


class _Plugins(TypedDict, total=False):
    plugins: list[object]


class _Arguments(_Plugins):
    """Arguments of `load_config`."""

    config_file: str


@contextmanager
def _arguments(repo: Path) -> Iterator[_Arguments]:
    """Make what `load_config` takes for a repository. The configuration of one without mkdocs.yml lies
    in a temporary directory."""
    repo = repo.resolve()
    own = site_file(repo)
    if own is not None:
        yield {"config_file": str(own), **_plugins(own)}
        return
    try:
        settings, _ = load_settings(repo)
    except SettingsError as error:
        say(f"gitops-docs: {error}", err=True)
        sys.exit(UNUSABLE)
    with temporary_directory() as directory:
        yield {"config_file": str(_default(repo, directory, settings))}


def _plugins(own: Path) -> _Plugins:
    """Return the plugins of a mkdocs.yml with ours among them; nothing where the file has it
    already."""
    if has_plugin(own):
        return {}
    library = _library()
    ours: object = {PLUGIN: {"mermaid": library}} if library else PLUGIN
    try:
        with own.open("rb") as stream:
            given = yaml_load(stream, get_yaml_loader()).get("plugins")
    except Exception:  # Whatever is wrong, MkDocs says it when it reads the file itself.
        return {}
    if not isinstance(given, dict | list | NoneType):
        return {}
    entries = (
        [{name: options} for name, options in given.items()] if isinstance(given, dict) else given
    )
    return {"plugins": [*(["search"] if entries is None else entries), ours]}


def _library() -> str | None:
    """Return the Mermaid library that the environment names, for a repository whose settings name
    none."""
    given = os.environ.get(LIBRARY)
    return str(Path(given).resolve()) if given and given != "theme" else None


def _options(settings: Settings) -> dict[str, object]:
    """Return settings as the plugin's options; what equals the default is left out."""
    default = asdict(Settings())
    options = {
        name: value
        for name, value in asdict(settings).items()
        if value != default[name] and name not in NO_OPTIONS
    }
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in options.items()
    }


def _default(repo: Path, directory: Path, settings: Settings) -> Path:
    """Return a mkdocs.yml for a repository that has none."""
    docs = repo / "docs" if _has_pages(repo / "docs") else directory / "docs"
    # The file lies elsewhere, so what is relative to it must not be.
    options = {
        **_options(settings),
        "repository": os.path.realpath(repo / (settings.repository or ".")),
    }
    if settings.mermaid != "theme":
        options["mermaid"] = os.path.realpath(repo / settings.mermaid)
    elif library := _library():
        options["mermaid"] = library
    config = {
        "site_name": escape.markup(repo.name),
        "docs_dir": str(docs),
        "theme": {
            "name": "material",
            # No request to another host for fonts.
            "font": False,
            "palette": [
                {
                    "media": "(prefers-color-scheme: light)",
                    "scheme": "default",
                    "toggle": {"icon": "material/brightness-7", "name": "Dark mode"},
                },
                {
                    "media": "(prefers-color-scheme: dark)",
                    "scheme": "slate",
                    "toggle": {"icon": "material/brightness-4", "name": "Light mode"},
                },
            ],
            "features": [
                "content.code.copy",
                "navigation.indexes",
                "navigation.instant",
                "navigation.top",
                "search.highlight",
                "search.suggest",
                "toc.follow",
            ],
        },
        "plugins": ["search", {PLUGIN: options}],
        "extra": {MARK: True},
        "markdown_extensions": [
            "admonition",
            "attr_list",
            "md_in_html",
            "tables",
            {"toc": {"permalink": True}},
            "pymdownx.details",
            "pymdownx.superfences",
            {"pymdownx.tabbed": {"alternate_style": True}},
            "pymdownx.tasklist",
        ],
    }
    with Directory(directory) as made:
        made.make("docs")
        made.write(
            "mkdocs.yml",
            yaml.safe_dump(config, sort_keys=False, allow_unicode=True).encode(),
            durable=False,
        )
    return directory / "mkdocs.yml"


def _has_pages(directory: Path) -> bool:
    """Return whether there is a page in a directory that is not a link; links in it are not
    followed."""
    if directory.is_symlink():
        return False
    pending = [str(directory)]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    elif entry.name.endswith(".md"):
                        return True
        except OSError:
            continue
    return False


def _foreign(error: Exception) -> str | None:
    """Return the module that raised an exception, where that is none of ours: MkDocs, the theme or
    a plugin cannot take what the author gave."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    name = str(trace.tb_frame.f_globals.get("__name__", "")) if trace is not None else ""
    return None if not name or name.partition(".")[0] in ("gitops_docs", "mkdocs_gitops") else name


def _unusable(repo: Path, error: Exception) -> NoReturn:
    """End with what MkDocs says; it has logged the details, e.g. the name of a plugin that is not
    installed."""
    say(f"gitops-docs: no site of {repo}: {error}", err=True)
    sys.exit(UNUSABLE)


_SHOWN = 10
"""Findings that are shown one by one; a first look at a repository must not begin with a wall of
them."""


_SERVING = Pattern(r"Serving on (https?://\S+/)\z")


class _Terminal(logging.StreamHandler[TextIO]):
    """MkDocs' log as its own command shows it, from a level on, with what was found first and a
    long list of findings cut short."""

    def __init__(self, level: int, repo: Path, shown: int | None) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(levelname)s - %(message)s"))
        self.level_shown = level
        self.repo = repo
        self.shown = shown
        self.findings = 0
        self.start = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Show a record, or count it."""
        if getattr(record, "summary", False):
            self.findings = 0
            text = record.getMessage().removeprefix("gitops: ")
            say(text, err=True)
            self.start = getattr(record, "start", "")
        elif getattr(record, "finding", None) is not None:
            self.findings += 1
            if self.shown is None or self.findings <= self.shown:
                super().emit(record)
            elif self.findings == self.shown + 1:
                say(f"... and more: `gitops-docs check {self.repo}` prints all", err=True)
        elif found := _SERVING.search(record.getMessage()):
            # MkDocs names the site; what there is to see lies below it.
            say(f"Look at {found[1]}{self.start} (Ctrl-C ends it)", err=True)
        elif record.levelno >= self.level_shown:
            super().emit(record)


def _log_to_terminal(level: int, repo: Path, shown: int | None = _SHOWN) -> None:
    """Show MkDocs' log from a level on."""
    log.to_terminal(_Terminal(level, repo, shown))
