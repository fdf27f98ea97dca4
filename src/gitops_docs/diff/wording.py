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
    """Items that say the same of layers of one name, in the order of the first of each."""
    groups: dict[Hashable, list[Item]] = defaultdict(list)
    for item in items:
        groups[name_in_cluster(item.layer), what(item)].append(item)
    return list(groups.values())


def layer_of(items: Sequence[Item]) -> str:
    """The layer of a group: its id, or its name and the clusters where the group has several."""
    clusters = sorted({cluster_of(item.layer) for item in items})
    if len(clusters) == 1:
        return code(items[0].layer)
    return (
        f"{code(name_in_cluster(items[0].layer))} on {len(clusters)} clusters ({names(clusters)})"
    )


def file_link(file: str, line: int, files: str | None) -> str:
    """`path:line`, as a link where the address of the files is known."""
    text = code(f"{file}:{line}")
    return f"[{text}]({files}{escape.path(file)}#L{line})" if files else text


def names(identities: Iterable[str]) -> str:
    names = [code(identity.rpartition("/")[2]) for identity in identities]
    return ", ".join(names[:SHOWN_NAMES]) + (
        f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
    )


def listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(code(name, 200) for name in names[:SHOWN_NAMES])
    return f"{shown} and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else shown
