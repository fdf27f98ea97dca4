"""List every object of a repository as its files hold it, whether a layer reads it or not.

In: a checkout and its tree. Out: `Manifest`s, and what could not be read.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from gitops_docs.flux.roots import Manifest
from gitops_docs.kubernetes import objects
from gitops_docs.model import Finding
from gitops_docs.repository.tree import Tree
from gitops_docs.text import progress
from gitops_docs.yaml.nodes import Map, as_seq
from gitops_docs.yaml.parse import Parsed

_NO_MANIFESTS = frozenset({".github", ".gitlab", ".circleci"})
"""Top directories whose YAML is for a forge, unless a layer reads it."""


class Manifests:
    """Reads manifests; those of a file that did not change are kept from one scan to the next."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Parsed, list[Manifest]]] = {}

    def read(self, whole: Tree, tree: Tree) -> tuple[list[Manifest], list[Finding]]:
        """Return all manifests of a tree, by file. Helm charts are left out: their files are
        templates.

        Args:
            whole: The tree before anything is ignored, which shows where charts lie.
            tree: What is read.
        """
        charts = {
            posixpath.dirname(path)
            for path in whole.files
            if path.endswith("Chart.yaml") and posixpath.basename(path) == "Chart.yaml"
        }
        found: list[Manifest] = []
        broken: list[Finding] = []
        paths = [
            path
            for path in sorted(tree.files)
            if path.endswith((".yaml", ".yml"))
            and path.partition("/")[0] not in _NO_MANIFESTS
            and not _in_chart(path, charts)
        ]
        # The small ones first: where the budget of a scan does not cover all, most are read, and
        # what leads to the others is small.
        read = {}
        for number, path in enumerate(sorted(paths, key=lambda path: (tree.size(path), path))):
            progress.step("reading files", number, len(paths))
            read[path] = tree.documents(path)
        for path in paths:
            parsed = read[path]
            kept = self._kept.get(path)
            if kept is None or kept[0] is not parsed:
                kept = self._kept[path] = (parsed, list(_of_file(path, parsed)))
            found += kept[1]
            broken += parsed.findings
        return found, broken


def _of_file(path: str, parsed: Parsed) -> Iterable[Manifest]:
    for document in parsed.documents:
        for data in _objects(document.root):
            yield Manifest(data, path, document.file, data.line)


def _in_chart(path: str, charts: set[str]) -> bool:
    while path and charts:
        path = path.rpartition("/")[0]
        if path in charts:
            return True
    return False


def _objects(root: object) -> Iterable[Map]:
    if type(root) is not Map:
        return
    if objects.kind(root).endswith("List") and root.get("items"):
        for item in as_seq(root.get("items")):
            yield from _objects(item)
    else:
        yield root
