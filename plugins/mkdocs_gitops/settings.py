"""Read what the author gave: the plugin's options and MkDocs' configuration, as the engine's
settings.

In: both configurations. Out: settings with the facts of the site, the scan root, the options of the
pages. An author's mistake is a `PluginError` that names the option.
"""

from __future__ import annotations

import posixpath
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gitops_docs.pages import Fence, Options
from gitops_docs.settings.load import ConfigurationError, merged, plugin_block, site_facts
from gitops_docs.settings.options import Settings
from mkdocs_gitops.links import MARK
from mkdocs_gitops.output.log import PluginError, log

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

    from mkdocs_gitops.config import GitopsConfig


_LISTS = ("clusters", "environments")
"""Options that are lists of typed mappings."""


def load_settings(options: GitopsConfig, config: MkDocsConfig) -> tuple[Settings, Path]:
    """Return the settings, and the directory to scan.

    Raises:
        PluginError: An option cannot be understood, or names a directory that is not there.
    """
    settings = _settings(options, config)
    root = _scan_root(settings, config)
    site = Path(config.config_file_path) if config.config_file_path else None
    docs = Path(config.docs_dir)
    facts = site_facts(site, root, docs, config.site_url, config.edit_uri)
    if config.extra.get(MARK) and docs.resolve().is_relative_to(directory_of(config)):
        # An empty one that `gitops-docs` made: no page may name it, and the repository has none.
        facts = replace(facts, docs_dir=None)
    return replace(settings, site=facts), root


def page_options(settings: Settings, config: MkDocsConfig) -> Options:
    """Return what the writer of the pages must know about the site."""
    custom = config.theme.custom_dir
    templates = Path(custom) / "gitops" if custom else None
    material = config.theme.name == "material"
    return Options(
        directory=settings.directory,
        directory_urls=config.use_directory_urls,
        runbooks=posixpath.join(_shown_docs(settings, config), settings.runbooks.strip("/")),
        site_url=settings.site.url,
        fence=Fence.MATERIAL if material else Fence.LANGUAGE,
        templates=(templates,) if templates and templates.is_dir() else (),
    )


def _shown_docs(settings: Settings, config: MkDocsConfig) -> str:
    """Return the name that pages give `docs_dir`. The empty directory beside a made mkdocs.yml has
    another name in each build."""
    beside = Path(config.config_file_path or "").parent
    if config.extra.get(MARK) and Path(config.docs_dir).is_relative_to(beside):
        return "docs"
    return settings.site.docs_dir or "docs"


def library(settings: Settings, config: MkDocsConfig) -> Path | None:
    """Return the Mermaid library that the site serves itself."""
    if settings.mermaid == "theme":
        return None
    path = directory_of(config) / settings.mermaid
    if not path.is_file():
        raise PluginError(
            f"the option `mermaid` of the plugin `gitops` names `{settings.mermaid}`, which is no "
            f"file; `theme` needs none"
        )
    return path


def directory_of(config: MkDocsConfig) -> Path:
    """Return the directory of mkdocs.yml."""
    return Path(config.config_file_path).resolve().parent if config.config_file_path else Path.cwd()


def _settings(options: GitopsConfig, config: MkDocsConfig) -> Settings:
    """Return the engine's settings: the options, and what a `.gitops-docs.yaml` of the repository
    says beyond them."""
    given: dict[str, object] = {}
    for name, _ in options._schema:
        value = options[name]
        if value is not None:
            given[name] = [dict(item) for item in value] if name in _LISTS else value
    given.setdefault("repository_url", config.repo_url)
    if isinstance(given["flux_version"], float) and config.config_file_path:
        # YAML makes 2.1 of 2.10; what is written is meant.
        given |= {
            key: text
            for key, text in plugin_block(Path(config.config_file_path)).items()
            if key == "flux_version"
        }
    try:
        settings, sentences = merged(
            given, directory_of(config), Path(config.config_file_path or "mkdocs.yml").name
        )
    except ConfigurationError as error:
        raise PluginError(str(error)) from None
    for sentence in sentences:
        log.warning(sentence)
    return settings


def _scan_root(settings: Settings, config: MkDocsConfig) -> Path:
    root = directory_of(config) / (settings.repository or ".")
    if not root.is_dir():
        raise PluginError(
            f"the option `repository` of the plugin `gitops` names `{settings.repository}`, which "
            f"is not a directory"
        )
    return root
