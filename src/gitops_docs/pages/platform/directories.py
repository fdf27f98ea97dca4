"""Show the repository's tree: each directory with the layers that apply it and what its README says
first."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from gitops_docs.index.addresses import segment
from gitops_docs.index.operations.directories import Node
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


def directories_pages(writer: Writer) -> list[Page]:
    """Write the tree; of a large one the first levels, and a page for each directory below them
    that has more."""
    root = writer.facts.directories.get("")
    pages = [directories_page(writer)]
    waiting = _cut(root) if root else []
    while waiting:
        node = waiting.pop()
        pages.append(directory_page(writer, node.path))
        waiting += _cut(node)
    return pages


def _levels(node: Node) -> int:
    """Return how many levels below a directory its page shows: as many as fit, three at most where
    not all do."""
    if node.directories <= _MOST:
        return 99
    level, total, levels = node.children, 0, 0
    while level and levels < _LEVELS and total + len(level) <= _MOST:
        total += len(level)
        levels += 1
        level = [child for one in level for child in one.children]
    return max(1, levels)


def _cut(node: Node) -> list[Node]:
    """Return the directories that a page shows without what is in them, as that has a page of its
    own."""
    level = [node]
    for _ in range(_levels(node)):
        level = [child for one in level for child in one.children]
        if not level:
            return []
    return [one for one in level if one.directories - 1 > _FEW]


@reused
def directories_page(writer: Writer) -> Page:
    """Return the tree as nested lists that can be folded."""
    page = writer.draft(writer.at.page("directories"))
    root = writer.facts.directories.get("")
    nodes = writer.facts.directories.values()
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
    """Return what is in one directory."""
    page = writer.draft(_uri(writer, path))
    node = writer.facts.directories[path]
    lead = f"{count(node.directories - 1, 'directory')} in `{path}`."
    return _finish(
        writer, page, path, node, lead, crumbs=[(writer.at.page("directories"), "Repository")]
    )


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
    """Return what the template shows of a directory and of so many levels below it."""
    layers = [writer.layer_or_all(page, writer.facts.layers[one]) for one in node.layers]
    below = len(node.layers_below)
    if node.is_unread:
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
        "dead": node.is_unread,
        "said": said,
        "children": [_shown(writer, page, child, levels - 1) for child in node.children]
        if levels > 0 or node.directories - 1 <= _FEW
        else [],
        "rest": page.link(_uri(writer, node.path), count(node.directories - 1, "directory"))
        if levels <= 0 and node.directories - 1 > _FEW
        else "",
        "inner": node.directories - 1,
    }
