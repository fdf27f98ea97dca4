"""Charts that lie in the repository.

In: the tree of a chart's source and the path of the chart in it. Out: what its `Chart.yaml` says.
"""

from __future__ import annotations

import posixpath

from gitops_docs.flux import objects
from gitops_docs.model import ChartMetadata
from gitops_docs.nodes import Map, as_map, as_seq
from gitops_docs.repository.tree import Tree, clamp

FILE = "Chart.yaml"


def metadata(tree: Tree, chart: str) -> ChartMetadata | None:
    """The metadata of a chart; None where there is none at this path, or it cannot be read."""
    path = posixpath.join(clamp(chart), FILE)
    if not tree.is_file(path):
        return None
    documents = tree.documents(path).documents
    data = as_map(documents[0].root) if documents else as_map(None)
    name = objects.text(data.get("name"))
    if name is None:
        return None
    return ChartMetadata(
        name=name,
        version=objects.text(data.get("version")),
        app_version=objects.text(data.get("appVersion")),
        description=objects.text(data.get("description")),
        file=tree.origin(path),
        dependencies=tuple(
            (
                objects.text(item.get("name")) or "",
                objects.text(item.get("version")),
                objects.text(item.get("repository")),
            )
            for item in as_seq(data.get("dependencies"))
            if type(item) is Map
        ),
    )
