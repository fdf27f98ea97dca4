"""Find what kustomize rejects in the `postRenderers` of a HelmRelease, whatever its chart makes.

In: the spec of a HelmRelease. Out: faults, each with its place. Rules: `internal/postrender` of
helm-controller, which writes a kustomization of the chart's output and the patches.
"""

from __future__ import annotations

from collections.abc import Iterator

from gitops_docs.kustomize import build
from gitops_docs.model import PatchFault
from gitops_docs.repository.tree import HeldFile, Tree
from gitops_docs.yaml.nodes import Map, Node, Scalar, as_map, as_seq, mapping, scalar, sequence
from gitops_docs.yaml.parse import parse

_FILE = "chart.yaml"
_ANY = "apiVersion: example.org/v1\nkind: Any\nmetadata: {name: any}\nspec: {}\n"
_OF_CHART = "no resource matches"
"""What begins an error that depends on what the chart makes."""
_OF_OPERATION = "a JSON patch operation needs"
"""What begins an error of an operation that no object could take; kustomize meets it only where the
patch selects one."""


def patch_faults(spec: Map, file: str, line: int) -> Iterator[PatchFault]:
    """Yield each patch that kustomize cannot read, or that no object could take."""
    for renderer in as_seq(spec.get("postRenderers")):
        for entry in as_seq(as_map(as_map(renderer).get("kustomize")).get("patches")):
            text = as_map(entry).get("patch")
            if type(entry) is not Map or (text is not None and type(text) is not Scalar):
                continue  # Of another shape, or sealed.
            if "${" in f"{text}{as_map(entry.get('target'))}":
                continue
            reason, certain = _fault(entry, "", Tree({})), True
            if reason is None:
                anywhere = mapping(entry.file, entry.line, [*entry.items(), _target(entry)])
                reason, certain = _fault(anywhere, _FILE, _tree()), False
                if reason is not None and not reason.startswith(_OF_OPERATION):
                    reason = None
            if reason is not None and not reason.startswith(_OF_CHART):
                yield PatchFault(reason, entry.file or file, entry.line or line, certain)


def _fault(entry: Map, resource: str, tree: Tree) -> str | None:
    """Return why kustomize rejects one patch of an object, or of none."""
    file, line = entry.file, entry.line
    resources = [scalar(resource, file, line)] if resource else []
    fields: list[tuple[str, Node]] = [
        ("resources", sequence(file, line, resources)),
        ("patches", sequence(file, line, [entry])),
    ]
    error = build(tree, "", mapping(file, line, fields)).error
    return error.message if error is not None else None


def _target(entry: Map) -> tuple[str, Node]:
    """Return a target that selects the one object."""
    place = entry.file, entry.line
    return "target", mapping(*place, [("kind", scalar("Any", *place))])


def _tree() -> Tree:
    return Tree({_FILE: HeldFile.of(_FILE, parse(_ANY, _FILE))})
