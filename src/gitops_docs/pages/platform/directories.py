"""The repository's tree: each directory with the layers that apply it and what its README says
first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from markupsafe import Markup
from msgspec import Struct, field

from gitops_docs.model import Directory
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import folded
from gitops_docs.pages.html.writer import Writer
from gitops_docs.text.english import count

_OPEN = 100
"""A tree with at most so many directories is shown open; of a larger one the first level."""
_SHOWN = 3


class Node(Struct):
    """A directory in the tree. `name` has the segments of those above it that hold nothing but
    it."""

    path: str
    name: str
    directory: Directory
    layers: dict[str, None] = field(default_factory=dict)
    """Layers that read a file which lies directly in it."""
    unapplied: int = 0
    """Files directly in it with objects that no layer applies."""
    children: list[Node] = field(default_factory=list)
    layers_below: set[str] = field(default_factory=set)
    """The same with everything below it."""
    unapplied_below: int = 0
    directories: int = 1

    @property
    def dead(self) -> bool:
        """Whether nothing of the manifests in it or below it is applied."""
        return not self.layers_below and self.unapplied_below > 0


def tree(
    directories: Mapping[str, Directory],
    readers: Mapping[str, dict[str, None]],
    unapplied: Mapping[str, int],
) -> Node | None:
    """The directories as a tree, those that only hold another directory joined with it; None where
    there is none."""
    nodes = {
        path: Node(
            path, path.rpartition("/")[2], directory, readers.get(path, {}), unapplied.get(path, 0)
        )
        for path, directory in directories.items()
    }
    for path in sorted(nodes, reverse=True):
        if path:
            parent = nodes[path.rpartition("/")[0]]
            parent.children.insert(0, nodes[path])
    return _joined(nodes[""]) if "" in nodes else None


def _joined(node: Node) -> Node:
    node.children = [_joined(child) for child in node.children]
    node.layers_below = set(node.layers).union(*(child.layers_below for child in node.children))
    node.unapplied_below = node.unapplied + sum(child.unapplied_below for child in node.children)
    node.directories = 1 + sum(child.directories for child in node.children)
    if node.path and len(node.children) == 1 and not node.directory.files:
        only = node.children[0]
        only.name = f"{node.name}/{only.name}"
        return only
    return node


@reused
def directories_page(writer: Writer) -> Page:
    """The tree as nested lists that can be folded."""
    facts = writer.facts
    page = writer.draft(writer.at.page("directories"))
    readers: dict[str, dict[str, None]] = defaultdict(dict)
    for layer in facts.platform.layers:
        for file in layer.files:
            readers[file.rpartition("/")[0]][layer.id] = None
    lost: dict[str, set[str]] = defaultdict(set)
    for orphan in facts.orphans:
        lost[orphan.file.rpartition("/")[0]].add(orphan.file)
    directories = {item.path: item for item in facts.platform.directories}
    root = tree(directories, readers, {path: len(files) for path, files in lost.items()})
    read = sum(bool(readers.get(path)) for path in directories)
    dead = sum(path in lost and path not in readers for path in directories)
    return writer.finish(
        page,
        "directories.html",
        "Repository",
        description=f"{count(len(directories), 'directory')} and the layers that apply them",
        boost=0.5,
        number=len(directories),
        read=read,
        dead=dead,
        root=_shown(writer, page, root) if root else None,
        nodes=[_shown(writer, page, node) for node in root.children] if root else [],
        depth=9 if len(directories) <= _OPEN else 1,
    )


def _shown(writer: Writer, page: Draft, node: Node) -> dict[str, object]:
    """What the template shows of a directory."""
    layers = [writer.layer(page, layer, with_cluster=writer.many_clusters) for layer in node.layers]
    below = len(node.layers_below)
    if node.dead:
        said = "no layer reads it"
    elif node.unapplied_below:
        said = f"{count(node.unapplied_below, 'orphan file')}"
    else:
        said = ""
    return {
        "name": node.name,
        "place": page.place(node.path),
        "href": page.tree(node.path),
        "summary": node.directory.summary,
        "layers": folded(layers, _SHOWN) if layers else Markup(""),
        "below": count(below, "layer") if below else "",
        "dead": node.dead,
        "said": said,
        "children": [_shown(writer, page, child) for child in node.children],
        "inner": node.directories - 1,
    }
