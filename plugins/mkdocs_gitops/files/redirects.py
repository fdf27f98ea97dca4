"""Write pages at old addresses that lead to new ones.

In: the setting `redirects`, old address to new, both below the site's root
(`platform/layers/apps/`, `platform/components/#releases`). Out: static files for MkDocs to copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape as html_escape
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

from gitops_docs.index.addresses import relative
from gitops_docs.text import escape

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Moved</title>
<link rel="canonical" href="{to}">
<meta name="robots" content="noindex">
<meta http-equiv="refresh" content="0; url={to}">
<p>This page is now <a href="{to}">here</a>.</p>
</html>
"""


def files(moves: Mapping[str, str], config: MkDocsConfig) -> Iterator[File]:
    """Yield a file for each old address. An address that leaves the site is not one of ours and
    stays out."""
    for old, new in sorted(moves.items()):
        start, target = old.strip("/"), new.lstrip("/")
        if not start or ".." in start.split("/") or "://" in new:
            continue
        if escape.address(target) == "#":
            continue
        here = start if start.endswith(".html") else f"{start}/index.html"
        yield File.generated(
            config, here, content=_PAGE.format(to=html_escape(_reference(here, target)))
        )


def _reference(here: str, target: str) -> str:
    """Return the address of the new page seen from the old one. It begins with a dot, so that no
    browser takes it for a scheme or a host."""
    reference = escape.address(relative(here, target))
    return reference if reference.startswith(".") else f"./{reference}"
