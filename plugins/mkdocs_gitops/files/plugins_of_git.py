"""Keep generated pages from plugins that ask Git about each page.

They read the path of a page's file, and Git knows none in `.cache/`: with `strict` each is a
warning.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files


def exclude(config: MkDocsConfig, files: Files, ours: Collection[str]) -> None:
    """Add our pages to the option `exclude` of these plugins.

    Args:
        config: Lists the plugins: those whose name begins with `git-`.
        files: The files of the site.
        ours: The URIs of our pages. A pattern stands for all of a directory, for these plugins
            compare each page with each pattern.
    """
    plugins = [
        plugin
        for name, plugin in config.plugins.items()
        if name.startswith("git-") and "exclude" in plugin.config
    ]
    if not plugins:
        return
    tops = {f"{uri.partition('/')[0]}/" for uri in ours}
    shared = any(
        file.src_uri not in ours and file.src_uri.startswith(tuple(tops))
        for file in files.documentation_pages()
    )
    patterns = sorted(ours if shared else (f"{top}*" for top in tops))
    for plugin in plugins:
        given = plugin.config["exclude"] or []
        plugin.config["exclude"] = [*(item for item in given if item not in patterns), *patterns]
