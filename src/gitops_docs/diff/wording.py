"""Name layers, places and lists in Markdown; what several clusters have in common is said once.

In: parts of a `Comparison`. Out: Markdown, with texts of the repository in code spans.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from gitops_docs.diff.compare import (
    LayerDiff,
    ObjectDiff,
    Reach,
    ReleaseDiff,
    VariableDiff,
)
from gitops_docs.model import cluster_of, name_in_cluster
from gitops_docs.text import escape
from gitops_docs.text.escape import code

SHOWN_NAMES = 12
"""Most names in a sentence."""
Item = TypeVar("Item", LayerDiff, ObjectDiff, ReleaseDiff, VariableDiff, Reach)


def grouped(items: Iterable[Item], what: Callable[[Item], Hashable]) -> list[list[Item]]:
    """Return items that say the same of layers of one name, in the order of the first of each."""
    groups: dict[Hashable, list[Item]] = defaultdict(list)
    for item in items:
        groups[name_in_cluster(item.layer), what(item)].append(item)
    return list(groups.values())


def layer_of(items: Sequence[Item]) -> str:
    """Return the layer of a group: its id, or its name and the clusters where the group has
    several."""
    clusters = sorted({cluster_of(item.layer) for item in items})
    if len(clusters) == 1:
        return code(items[0].layer)
    return (
        f"{code(name_in_cluster(items[0].layer))} on {len(clusters)} clusters ({listed(clusters)})"
    )


def file_link(file: str | None, line: int, files: str | None) -> str:
    """Return `path:line`, as a link where the address of the files is known; empty for what stands
    in no file."""
    if not file:
        return ""
    text = code(f"{file}:{line}")
    return f"[{text}]({files}{escape.path(file)}#L{line})" if files else text


def listed(names: Iterable[str]) -> str:
    """Return the first names, and how many more there are."""
    shown = [code(name, 200) for name in names]
    rest = len(shown) - SHOWN_NAMES
    return ", ".join(shown[:SHOWN_NAMES]) + (f" and {rest} more" if rest > 0 else "")


def last_parts(identities: Iterable[str]) -> str:
    """Return the names at the end of ids such as `cluster/namespace/name`."""
    return listed(identity.rpartition("/")[2] for identity in identities)
