"""Arrange the directories of a repository as a tree: who reads each, and what no layer reads.

In: a platform. Out: path to `Node`. The tree is built once; each page takes the node that it is
about.
"""

from __future__ import annotations

from collections import defaultdict

from msgspec import Struct

from gitops_docs.model import Directory, Platform


class Node(Struct):
    """A directory in the tree. `name` has the segments of those above it that hold nothing but
    it."""

    path: str
    name: str
    directory: Directory
    layers: tuple[str, ...]
    """Ids of the layers that read a file directly in it, in the order of the platform."""
    unapplied: int
    """Files directly in it with objects that no layer applies."""
    children: list[Node]
    layers_below: frozenset[str]
    """Ids of the layers that read a file in it or below it."""
    unapplied_below: int
    """Files in it or below it with objects that no layer applies."""
    directories: int
    """It, and all directories below it."""

    @property
    def is_unread(self) -> bool:
        """Whether it has manifests, and no layer reads any of them."""
        return not self.layers_below and self.unapplied_below > 0


def directory_tree(platform: Platform) -> dict[str, Node]:
    """Return the tree by path: the root is `""`. A directory that holds nothing but another one is
    joined with it, and has no node. Empty where the root is not known."""
    readers: dict[str, dict[str, None]] = defaultdict(dict)
    for layer in platform.layers:
        for file in layer.files:
            readers[file.rpartition("/")[0]][layer.id] = None
    unapplied: dict[str, set[str]] = defaultdict(set)
    for orphan in platform.orphans:
        unapplied[orphan.file.rpartition("/")[0]].add(orphan.file)
    directories = {item.path: item for item in platform.directories}
    found: dict[str, Node] = {}
    waiting: dict[str, list[Node]] = defaultdict(list)
    # A path sorts behind the one that it is in: read backwards, what is inside is finished first.
    for path in sorted(directories, reverse=True) if "" in directories else ():
        children = waiting.pop(path, [])[::-1]
        if path and len(children) == 1 and not directories[path].files:
            node = children[0]
            node.name = f"{path.rpartition('/')[2]}/{node.name}"
        else:
            layers = tuple(readers.get(path, ()))
            own = len(unapplied.get(path, ()))
            node = found[path] = Node(
                path,
                path.rpartition("/")[2],
                directories[path],
                layers,
                own,
                children,
                frozenset(layers).union(*(child.layers_below for child in children)),
                own + sum(child.unapplied_below for child in children),
                1 + sum(child.directories for child in children),
            )
        waiting[path.rpartition("/")[0]].append(node)
    return found
