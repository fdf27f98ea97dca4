"""Divide layers into areas: the first directory that tells 3 to 12 groups of them apart, else their
namespace.

In: the layers of all clusters. Out: layer id to the name of its area. All clusters are divided
alike, by the cluster with most layers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gitops_docs.model import Layer

FEWEST, MOST = 3, 12
"""Areas, few enough to be listed."""
_DEEPEST = 6


def areas(layers: Sequence[Layer], roots: Iterable[str]) -> dict[str, str]:
    """Divide layers.

    Args:
        layers: Those of all clusters.
        roots: Directories that clusters begin in; what lies there has no area of its own.
    """
    entries = tuple(roots)
    if not layers:
        return {}
    of_cluster: dict[str, list[Layer]] = {}
    for layer in layers:
        of_cluster.setdefault(layer.cluster, []).append(layer)
    largest = max(of_cluster.values(), key=len)
    depth = _depth([layer for layer in largest if not _is_root(layer, entries)])
    if depth is None:
        return {layer.id: layer.namespace for layer in layers}
    return {layer.id: _area(layer, depth, entries) for layer in layers}


def _depth(layers: Sequence[Layer]) -> int | None:
    """Return the number of directories above the one that divides; None where the namespace
    divides."""
    counts = []
    for depth in range(_DEEPEST):
        groups = {_part(layer, depth) for layer in layers}
        if FEWEST <= len(groups) <= MOST:
            return depth
        counts.append(len(groups))
    namespaces = {layer.namespace for layer in layers}
    if len(namespaces) >= FEWEST:
        return None
    many = next((depth for depth, number in enumerate(counts) if number > MOST), None)
    if many is not None and counts[many] <= len(layers) // 2:
        return many
    # A directory for each layer divides nothing.
    return next(
        (depth for depth, number in enumerate(counts) if 1 < number <= len(layers) // 2), None
    )


def _part(layer: Layer, depth: int) -> str:
    parts = [part for part in (layer.directory or "").split("/") if part]
    return "/".join(parts[: depth + 1])


def _is_root(layer: Layer, roots: Sequence[str]) -> bool:
    return layer.parent is None or layer.directory in roots


def _area(layer: Layer, depth: int, roots: Sequence[str]) -> str:
    if _is_root(layer, roots):
        return layer.name
    if layer.directory is None:
        return layer.namespace
    return _part(layer, depth).rpartition("/")[2] or layer.name
