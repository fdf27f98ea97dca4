"""The repository's tree: each directory with the layers that apply it and what its README says
first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup
from msgspec import Struct, field

from gitops_docs.index.addresses import segment
from gitops_docs.model import Directory
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import folded
from gitops_docs.pages.html.writer import Writer
from gitops_docs.text.english import count

_OPEN = 100
"""A tree with at most so many directories is shown open; of a larger one the first level."""
_MOST = 300
"""Most directories that a page shows."""
_LEVELS = 3
_FEW = 8
"""So many directories inside another one are always shown with it."""
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


def directories_pages(writer: Writer) -> list[Page]:
    """Write the tree; of a large one the first levels, and a page for each directory below them
    that has more."""
    root = _root(writer)
    pages = [directories_page(writer)]
    waiting = _cut(root) if root else []
    while waiting:
        node = waiting.pop()
        pages.append(directory_page(writer, node.path))
        waiting += _cut(node)
    return pages


def _root(writer: Writer) -> Node | None:
    facts = writer.facts
    readers: dict[str, dict[str, None]] = defaultdict(dict)
    for layer in facts.platform.layers:
        for file in layer.files:
            readers[file.rpartition("/")[0]][layer.id] = None
    lost: dict[str, set[str]] = defaultdict(set)
    for orphan in facts.orphans:
        lost[orphan.file.rpartition("/")[0]].add(orphan.file)
    directories = {item.path: item for item in facts.platform.directories}
    return tree(directories, readers, {path: len(files) for path, files in lost.items()})


def _levels(node: Node) -> int:
    """How many levels below a directory its page shows: as many as fit, three at most where not
    all do."""
    if node.directories <= _MOST:
        return 99
    level, total, levels = node.children, 0, 0
    while level and levels < _LEVELS and total + len(level) <= _MOST:
        total += len(level)
        levels += 1
        level = [child for one in level for child in one.children]
    return max(1, levels)


def _cut(node: Node) -> list[Node]:
    """The directories that a page shows without what is in them, as that has a page of its own."""
    level = [node]
    for _ in range(_levels(node)):
        level = [child for one in level for child in one.children]
        if not level:
            return []
    return [one for one in level if one.directories - 1 > _FEW]


@reused
def directories_page(writer: Writer) -> Page:
    """The tree as nested lists that can be folded."""
    page = writer.draft(writer.at.page("directories"))
    root = _root(writer)
    nodes = list(_every(root)) if root else []
    read = sum(bool(node.layers) for node in nodes)
    dead = sum(node.unapplied > 0 and not node.layers for node in nodes)
    number = len(writer.facts.platform.directories)
    lead = (
        f"{count(number, 'directory')}: {read} read by layers, {dead} with manifests that no layer "
        "reads."
    )
    return _finish(writer, page, "Repository", root, lead)


@reused
def directory_page(writer: Writer, path: str) -> Page:
    """What is in one directory."""
    page = writer.draft(_uri(writer, path))
    root = _root(writer)
    node = next((one for one in _every(root) if one.path == path), None) if root else None
    lead = f"{count(node.directories - 1 if node else 0, 'directory')} in `{path}`."
    return _finish(
        writer, page, path, node, lead, crumbs=[(writer.at.page("directories"), "Repository")]
    )


def _every(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _every(child)


def _uri(writer: Writer, path: str) -> str:
    return writer.at.page("/".join(["directories", *map(segment, path.split("/"))]))


def _finish(
    writer: Writer,
    page: Draft,
    title: str,
    node: Node | None,
    lead: str,
    crumbs: Sequence[tuple[str | None, str]] = (),
) -> Page:
    levels = _levels(node) if node else 0
    return writer.finish(
        page,
        "directories.html",
        title,
        description=lead.replace("`", ""),
        boost=0.2 if crumbs else 0.5,
        crumbs=crumbs,
        lead=lead,
        root=_shown(writer, page, node, levels) if node else None,
        depth=9 if node and node.directories <= _OPEN else 1,
    )


def _shown(writer: Writer, page: Draft, node: Node, levels: int) -> dict[str, object]:
    """What the template shows of a directory and of so many levels below it."""
    layers = [writer.layer_or_all(page, writer.facts.layers[one]) for one in node.layers]
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
        "layers": folded(list(dict.fromkeys(layers)), _SHOWN) if layers else Markup(""),
        "below": count(below, "layer") if below else "",
        "dead": node.dead,
        "said": said,
        "children": [_shown(writer, page, child, levels - 1) for child in node.children]
        if levels > 0 or node.directories - 1 <= _FEW
        else [],
        "rest": page.link(_uri(writer, node.path), count(node.directories - 1, "directory"))
        if levels <= 0 and node.directories - 1 > _FEW
        else "",
        "inner": node.directories - 1,
    }
