"""Find which kustomization files include which files, as they are written.

In: the tree of a repository. Out: `Includes`: who lists a file, and which directories no file
lists. Roots are looked for with it, before anything is rendered: a directory of Flux Kustomizations
that no other directory includes is where Flux may start.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable

from gitops_docs.kustomize import kustomization_file
from gitops_docs.repository.tree import Tree, normalise
from gitops_docs.yaml.nodes import Map, as_map, as_seq, as_text

_OBJECT_FIELDS = ("resources", "bases", "components", "generators", "transformers")
_PATCH_FIELDS = ("patches", "patchesStrategicMerge", "patchesJson6902")


class Includes:
    """The include graph of a tree. Nodes are files and directories with a kustomization file."""

    def __init__(self, tree: Tree) -> None:
        self._listed_by: dict[str, set[str]] = defaultdict(set)
        self._lists: dict[str, set[str]] = {}
        self.patches: set[str] = set()
        """Files that some kustomization file uses as a patch."""
        for directory in tree.directories:
            file = kustomization_file(tree, directory)
            if file is not None:
                documents = tree.documents(file).documents
                self._read(directory, as_map(documents[0].root) if documents else as_map(None))

    def _read(self, directory: str, root: Map) -> None:
        found = self._lists[directory] = set()
        for field in _OBJECT_FIELDS:
            for path in _paths(root.get(field), directory):
                found.add(path)
                self._listed_by[path].add(directory)
        for field in _PATCH_FIELDS:
            self.patches.update(_paths(root.get(field), directory))

    def has(self, directory: str) -> bool:
        """Return whether the directory has a kustomization file."""
        return directory in self._lists

    def listed(self, path: str) -> bool:
        return path in self._listed_by

    def tops(self, file: str) -> list[str]:
        """Return the directories that include a file and are included by none themselves; its own
        directory if no file lists it. Sorted."""
        if not self.listed(file):
            return [posixpath.dirname(file)]
        found, seen, queue = set(), {file}, [file]
        while queue:
            path = queue.pop()
            above = self._listed_by.get(path, ())
            if not above:
                found.add(path)
            for directory in above:
                if directory not in seen:
                    seen.add(directory)
                    queue.append(directory)
        return sorted(found)

    def reaches(self, directory: str, file: str) -> bool:
        """Return whether what Flux builds from a directory includes a file: through its
        kustomization file, or because it lies below."""
        if not self.has(directory):
            if not directory or file.startswith(f"{directory}/"):
                between = posixpath.dirname(file)
                while between != directory:
                    if self.has(between):
                        return self.reaches(between, file)
                    between = posixpath.dirname(between)
                return True
            return False
        seen, queue = {directory}, [directory]
        while queue:
            for path in self._lists.get(queue.pop(), ()):
                if path == file:
                    return True
                if path not in seen:
                    seen.add(path)
                    queue.append(path)
        return False


def _paths(node: object, directory: str) -> Iterable[str]:
    """Local paths of a list of texts, or of patches with a `path`."""
    for item in as_seq(node):
        text = as_text(item.get("path") if type(item) is Map else item)
        if text is not None and "\n" not in text and "://" not in text:
            path = normalise(directory, str(text))
            if path is not None:
                yield path
