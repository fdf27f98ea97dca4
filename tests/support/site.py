"""Read a built site: its inventory, the pages of its layers, and what can be reached by
clicking."""

from __future__ import annotations

import json
import posixpath
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

from tests.support.links import read


class _Lenient(yaml.SafeLoader):
    """Reads a mkdocs.yml without resolving its tags."""


_Lenient.add_multi_constructor("", lambda loader, suffix, node: None)


def site_url(settings: Path) -> str:
    """The `site_url` of a mkdocs.yml."""
    found: str = yaml.load(settings.read_text(encoding="utf-8"), _Lenient)["site_url"]
    return found


def inventory(site: Path) -> dict[str, Any]:
    """The inventory that the site publishes."""
    found: dict[str, Any] = json.loads(
        (site / "gitops" / "inventory.json").read_text(encoding="utf-8")
    )
    return found


def layer_pages(site: Path) -> dict[str, str]:
    """Layer id to the address of its page, relative to the site, by the rule for URLs."""
    return {
        layer[
            "id"
        ]: f"platform/clusters/{layer['cluster']}/layers/{layer['namespace']}/{layer['name']}/"
        for layer in inventory(site)["layers"]
    }


def reachable(site: Path, start: str = "index.html") -> set[str]:
    """Addresses of the pages (`a/b/`) that one gets to by clicking links, from a page on."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        here = waiting.pop()
        if here in found:
            continue
        found.add(here)
        for reference in read(site / here).references:
            parts = urlsplit(reference)
            if parts.scheme or parts.netloc or not parts.path:
                continue
            target = posixpath.normpath(
                posixpath.join(posixpath.dirname(here), unquote(parts.path))
            )
            if not target.startswith(("..", "/")):
                file = site / target
                page = posixpath.normpath(f"{target}/index.html") if file.is_dir() else target
                if page.endswith(".html") and (site / page).is_file():
                    waiting.append(page)
    return {page.removesuffix("index.html") for page in found}


def search_index(site: Path) -> list[dict[str, Any]]:
    """Entries of the search index: `location`, `title`, `text`."""
    entries: list[dict[str, Any]] = json.loads(
        (site / "search" / "search_index.json").read_text(encoding="utf-8")
    )["docs"]
    return entries


def layers_that_search_misses(site: Path) -> list[str]:
    """Ids of layers that no entry of the search has by name: of their own page, or of the page of
    their name, which links to each of them."""
    titles = {entry["location"]: entry["title"] for entry in search_index(site)}
    missing = []
    for identity, page in layer_pages(site).items():
        cluster, namespace, name = identity.split("/")
        shared = f"platform/layers/{namespace}/{name}/"
        if name in titles.get(page, ""):
            continue
        if name not in titles.get(shared, "") or f"{cluster}/layers/{namespace}/{name}/" not in (
            site / shared / "index.html"
        ).read_text(encoding="utf-8"):
            missing.append(identity)
    return missing
