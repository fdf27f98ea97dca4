"""Look at a finished site once more: a value of a Secret in it fails the build."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import gitops_docs
from gitops_docs.files.writer import Directory
from gitops_docs.site.leaks import Clean, Gate
from gitops_docs.site.rules import SecretLeak
from mkdocs_gitops.output.log import PluginError, log

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig


def check(
    gate: Gate, config: MkDocsConfig, own: Iterable[Path], clean: Clean | None = None
) -> None:
    """Look for values of Secrets in the finished site.

    Args:
        gate: What must not be there.
        config: Names the site.
        own: Files and directories of this plugin, whose texts are not leaks.
        clean: What the look before knows, for a live server.

    Raises:
        PluginError: There is one. The file that holds it is removed, so that it is not published.
    """
    site = Path(config.site_dir)
    known = [
        *map(Path, config.theme.dirs),
        Path(gitops_docs.__file__).parent,
        Path(config.docs_dir),
        *own,
    ]
    leaks = gate.leaks(site, known, clean)
    for leak in leaks:
        with Directory(site) as directory:
            directory.remove(leak.page)
        log.error(
            f"{leak.page} has a value of the Secret in {leak.file}:{leak.line}; the page is "
            f"removed. "
            f"Encrypt the value and change it, or find what put it there [{SecretLeak.code}]"
        )
    if leaks:
        pages = sorted({leak.page for leak in leaks})
        raise PluginError(
            f"values of Secrets in the site: "
            f"{', '.join(pages[:5])}{' ...' if len(pages) > 5 else ''}"
        )
