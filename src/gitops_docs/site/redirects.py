"""Find pages that have moved since an inventory was published: a layer that vanished under one name
and stands under another.

In: a published inventory (`inventory.json`) and the platform of today. Out: old address to new one,
and what no longer exists.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from gitops_docs.index.addresses import address, of_platform
from gitops_docs.model import Layer, Platform
from gitops_docs.pages.html.page import Options


class Moves(Struct, frozen=True):
    """`redirects`: old address to new one, below the site's root. `gone`: a sentence for each layer
    whose page no longer exists."""

    redirects: dict[str, str]
    gone: tuple[str, ...]


def moves(previous: Mapping[str, object], platform: Platform, options: Options) -> Moves:
    """Compare the layers of a published inventory with those of today.

    A layer is the same one where its path is the same and either its name or its cluster is; the
    first by id where several are. Entries of the inventory that have not the shape of one are left
    out.
    """
    at = of_platform(platform, options.directory)
    today = {layer.id: layer for layer in platform.layers}
    uris = {
        layer.id: at.below_cluster(layer.cluster, "layers", layer.namespace, layer.name)
        for layer in platform.layers
    }
    held = previous.get("layers")
    entries = (
        [_entry(item) for item in held if isinstance(item, dict)] if isinstance(held, list) else []
    )
    known = {entry["id"] for entry in entries}
    new = [layer for layer in platform.layers if layer.id not in known]
    redirects: dict[str, str] = {}
    gone: list[str] = []
    for entry in entries:
        if entry["id"] in today or not entry["name"] or not entry["cluster"]:
            continue
        old = at.below_cluster(entry["cluster"], "layers", entry["namespace"], entry["name"])
        target = next((layer for layer in new if _same(entry, layer)), None)
        if target is None:
            gone.append(
                f"the page of layer {entry['id']} is gone: no layer applies "
                f"{entry['path'] or 'its path'} today"
            )
        else:
            redirects[address(old, options.directory_urls)] = address(
                uris[target.id], options.directory_urls
            )
    return Moves(redirects, tuple(gone))


def _entry(item: Mapping[str, object]) -> dict[str, str]:
    return {
        name: str(item.get(name) or "") for name in ("id", "cluster", "namespace", "name", "path")
    }


def _same(entry: Mapping[str, str], layer: Layer) -> bool:
    return layer.path == entry["path"] and (
        layer.name == entry["name"] or layer.cluster == entry["cluster"]
    )
