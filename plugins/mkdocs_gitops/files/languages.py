"""Keep the generated files in each build of mkdocs-static-i18n.

That plugin builds the site once for each language and keeps only files that lie in `docs_dir`. In:
the files that this plugin has added. Out: the same, in the directory of the language that is built.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import File, Files

PLUGIN = "i18n"


def set_aside(files: Files, added: Iterable[File], config: MkDocsConfig) -> None:
    """Take our files out before the languages are sorted."""
    if PLUGIN not in config.plugins:
        return
    for file in added:
        if files.get_file_from_path(file.src_uri) is file:
            files.remove(file)


def bring_back(
    files: Files, pages: Iterable[File], others: Iterable[File], config: MkDocsConfig
) -> None:
    """Put our files back; pages go below the directory of the language.

    Args:
        files: What the build of one language has.
        pages: Our pages.
        others: Style sheet, scripts and the like, which all languages share.
        config: Names the language, through its plugin.
    """
    if PLUGIN not in config.plugins:
        return
    prefix = _directory(config)
    for file in pages:
        _move(file, f"{prefix}{file.dest_uri}")
        files.append(file)
    for file in others:
        files.append(file)


def _directory(config: MkDocsConfig) -> str:
    """Return the directory of the language that is built, e.g. `de/`; empty for the default one."""
    plugin = config.plugins[PLUGIN]
    language = getattr(plugin, "current_language", None)
    if not language or getattr(plugin, "is_default_language_build", True):
        return ""
    return f"{language}/"


def _move(file: File, to: str) -> None:
    """Give a file another address; MkDocs keeps what it once made of the old one."""
    file.dest_uri = to
    for name in ("url", "abs_dest_path"):
        file.__dict__.pop(name, None)
