"""Where Flux starts: the roots of the clusters that a repository describes.

In: every manifest of the repository as it is written, and the settings. Out: `Root`s, each with the directory that it applies.

Strong roots come first: configured ones, `FluxInstance` objects (or the Helm values that make one), and Kustomizations that apply the
directory they lie in, as `flux bootstrap` writes them. Only where there is none is the root guessed: directories with Flux Kustomizations
that no other Kustomization applies, the root itself being made outside Git.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gitops_docs.flux import objects
from gitops_docs.flux.kustomization import FluxKustomization
from gitops_docs.model import Entry, EntryKind, SourceRef
from gitops_docs.nodes import DOUBLE_QUOTED, Map, as_map, as_text, get_path, mapping, scalar
from gitops_docs.repository.tree import Tree, clamp
from gitops_docs.settings import ClusterSetting

FLUX_NAMESPACE = "flux-system"

_DEAD_SEGMENTS = re.compile(
    r"(?:^|/)(?:\.[^/]*|_?archived?s?|_?examples?|_?templates?|tests?|testdata|deprecated|disabled|docs?)(?:/|$)", re.I
)
_CLUSTERS_SEGMENT = re.compile(r"(?:^|.*/)clusters?/[^/]+")


@dataclass(frozen=True, slots=True)
class Manifest:
    """An object as a file of the repository holds it."""

    data: Map
    path: str
    """Path in the repository tree."""
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Root:
    """Where a cluster begins.

    `kustomization` is the object that applies `directory`: written in Git, or made from a FluxInstance or a setting (`synthetic`).
    It is None for a guessed root: the directory is rendered to find the Kustomizations in it, and is no layer itself.
    """

    cluster: str
    directory: str
    entry: Entry
    kustomization: FluxKustomization | None
    synthetic: bool
    source: SourceRef | None
    context: str | None = None


def find_roots(manifests: Sequence[Manifest], tree: Tree, configured: Iterable[ClusterSetting]) -> list[Root]:
    """The strong roots of a repository, one for each directory, with unique cluster ids; empty where there is none."""
    roots: dict[str, Root] = {}
    configured = list(configured)
    for setting in configured:
        roots.setdefault(clamp(setting.path), _configured(setting))
    if not roots:
        for manifest in manifests:
            found = _bootstrap(manifest, manifests, tree)
            if found is not None:
                roots.setdefault(found.directory, found)
        for manifest in manifests:
            for made in _flux_instance(manifest, tree):
                roots.setdefault(made.directory, made)
    return _named(list(roots.values()))


def guess_roots(manifests: Sequence[Manifest], tree: Tree) -> list[Root]:
    """Roots for a repository whose root is made outside Git (by Terraform, say)."""
    kustomizations = [
        m for m in manifests if objects.is_flux_kustomization(m.data) and get_path(m.data, "spec", "sourceRef")
    ]
    applied = {
        clamp(str(path))
        for m in kustomizations
        if (path := as_text(get_path(m.data, "spec", "path"))) is not None
        and get_path(m.data, "spec", "sourceRef", "kind") != "ExternalArtifact"
        and clamp(str(path))
        and tree.is_dir(clamp(str(path)))
    }
    candidates = [m for m in kustomizations if not any(_within(m.path, directory) for directory in applied)]
    alive = [m for m in candidates if not _DEAD_SEGMENTS.search(posixpath.dirname(m.path) + "/")] or candidates
    in_clusters = [m for m in alive if _CLUSTERS_SEGMENT.match(posixpath.dirname(m.path))]
    roots = []
    for directory, members in _groups(in_clusters or alive):
        first = min(members, key=lambda m: (m.file, m.line))
        entry = Entry(EntryKind.HEURISTIC, first.file, first.line)
        roots.append(Root("", directory, entry, None, True, _common_source(members, tree)))
    return _named(roots)


def _common_source(members: list[Manifest], tree: Tree) -> SourceRef | None:
    """The source that most of a directory's Kustomizations read existing directories from: it can only be this repository."""
    votes: Counter[SourceRef] = Counter()
    for member in members:
        kustomization = FluxKustomization(member.data, member.file, member.line)
        directory = clamp(kustomization.path)
        if directory and kustomization.source_kind != "ExternalArtifact" and tree.is_dir(directory):
            namespace = kustomization.source_namespace
            votes[SourceRef(kustomization.source_kind, namespace, kustomization.source_name)] += 1
    return min(votes, key=lambda source: (-votes[source], source.kind, source.namespace, source.name), default=None)


def _within(path: str, directory: str) -> bool:
    return path.startswith(f"{directory}/")


def _groups(members: list[Manifest]) -> list[tuple[str, list[Manifest]]]:
    """Candidates by cluster: below `clusters/<name>` first, else one common directory unless names collide in it."""
    named: dict[str, list[Manifest]] = {}
    rest: list[Manifest] = []
    for member in members:
        match = _CLUSTERS_SEGMENT.match(posixpath.dirname(member.path))
        if match:
            named.setdefault(match.group(0), []).append(member)
        else:
            rest.append(member)
    groups = sorted(named.items())
    return groups + _split(rest)


def _split(members: list[Manifest]) -> list[tuple[str, list[Manifest]]]:
    if not members:
        return []
    directories = [posixpath.dirname(m.path) for m in members]
    common = posixpath.commonpath(directories) if all(directories) else ""
    names = [(objects.namespace(m.data), objects.name(m.data)) for m in members]
    if len(set(names)) == len(names) or len(set(directories)) == 1:
        return [(common, members)]
    parts: dict[str, list[Manifest]] = {}
    depth = len(common.split("/")) if common else 0
    for member, directory in zip(members, directories, strict=True):
        parts.setdefault("/".join(directory.split("/")[: depth + 1]), []).append(member)
    if len(parts) == 1:
        return [(common, members)]
    return [group for part in sorted(parts) for group in _split(parts[part])]


def _configured(setting: ClusterSetting) -> Root:
    file = ""
    source = SourceRef("GitRepository", FLUX_NAMESPACE, FLUX_NAMESPACE)
    made = _kustomization(FLUX_NAMESPACE, FLUX_NAMESPACE, setting.path, "GitRepository", file, 0)
    return Root(
        setting.name, clamp(setting.path), Entry(EntryKind.CONFIGURED, None, None), made, True, source, setting.context
    )


def _bootstrap(manifest: Manifest, manifests: Sequence[Manifest], tree: Tree) -> Root | None:
    """A Kustomization that applies the directory it lies in (`flux bootstrap`: `<path>/flux-system/gotk-sync.yaml`)."""
    data = manifest.data
    if not objects.is_flux_kustomization(data):
        return None
    kustomization = FluxKustomization(data, manifest.file, manifest.line)
    directory = clamp(kustomization.path)
    by_bootstrap = posixpath.basename(manifest.path) == "gotk-sync.yaml"
    if not kustomization.source_name or not tree.is_dir(directory) or not _lies_in(manifest.path, directory):
        return None
    if not by_bootstrap:
        if kustomization.source_kind == "ExternalArtifact" or _DEAD_SEGMENTS.search(
            posixpath.dirname(manifest.path) + "/"
        ):
            return None
        if not directory and kustomization.name != FLUX_NAMESPACE:
            return None
        for other in manifests:
            if (
                other is not manifest
                and objects.is_flux_kustomization(other.data)
                and _applies(other, manifest.path, tree)
            ):
                return None
    source = SourceRef(kustomization.source_kind, kustomization.source_namespace, kustomization.source_name)
    entry = Entry(EntryKind.BOOTSTRAP, manifest.file, manifest.line)
    return Root("", directory, entry, kustomization, False, source)


def _lies_in(path: str, directory: str) -> bool:
    return not directory or _within(path, directory)


def _applies(other: Manifest, path: str, tree: Tree) -> bool:
    """Whether another Kustomization applies the directory of this file, and is not applied by it in turn."""
    directory = clamp(str(as_text(get_path(other.data, "spec", "path")) or ""))
    return (
        bool(directory)
        and tree.is_dir(directory)
        and _within(path, directory)
        and not _within(other.path, posixpath.dirname(path))
    )


def _flux_instance(manifest: Manifest, tree: Tree) -> list[Root]:
    """A `FluxInstance`, or the values of the flux-instance chart, in a HelmRelease or a values file (`internal/builder/templates.go`)."""
    data = manifest.data
    namespace = objects.namespace(data) or FLUX_NAMESPACE
    if objects.is_a(data, objects.OPERATOR_GROUP, "FluxInstance"):
        sync = get_path(data, "spec", "sync")
    elif objects.is_a(data, objects.HELM_GROUP, "HelmRelease"):
        sync = get_path(data, "spec", "values", "instance", "sync")
    elif not objects.kind(data):
        sync = get_path(data, "instance", "sync")
    else:
        return []
    path = as_text(as_map(sync).get("path"))
    if path is None or not tree.is_dir(clamp(path)):
        return []
    name = str(as_text(sync.get("name")) or namespace)
    kind = str(as_text(sync.get("kind")) or "GitRepository")
    url = objects.text(sync.get("url"))
    made = _kustomization(name, namespace, str(path), kind, manifest.file, manifest.line)
    entry = Entry(EntryKind.FLUX_INSTANCE, manifest.file, manifest.line)
    return [Root("", clamp(path), entry, made, True, SourceRef(kind, namespace, name, url))]


def _kustomization(name: str, namespace: str, path: str, source_kind: str, file: str, line: int) -> FluxKustomization:
    def tree_of(**values: object) -> Map:
        made = mapping(file, line)
        for key, value in values.items():
            made[key] = scalar(value, file, line, DOUBLE_QUOTED) if isinstance(value, str) else value
        return made

    data = tree_of(
        apiVersion=f"{objects.KUSTOMIZE_GROUP}/v1",
        kind="Kustomization",
        metadata=tree_of(name=name, namespace=namespace),
        spec=tree_of(
            interval="10m0s",
            path=path,
            prune=scalar("true", file, line),
            sourceRef=tree_of(kind=source_kind, name=name),
        ),
    )
    return FluxKustomization(data, file, line)


def _named(roots: list[Root]) -> list[Root]:
    """Roots with unique cluster ids: the last segment of the directory, leading ones joined with `-` until it is unique."""
    roots = sorted(roots, key=lambda root: root.directory)
    depth = {index: 1 for index, root in enumerate(roots) if not root.cluster}

    def label(index: int) -> str:
        if index not in depth:
            return roots[index].cluster
        parts = [part for part in roots[index].directory.split("/") if part]
        return "-".join(parts[-depth[index] :]) if parts else "default"

    while True:
        labels = [label(index) for index in range(len(roots))]
        again = False
        for index in depth:
            parts = roots[index].directory.count("/") + 1
            if labels.count(labels[index]) > 1 and depth[index] < parts:
                depth[index] += 1
                again = True
        if not again:
            break
    seen: dict[str, int] = {}
    named = []
    for index, root in enumerate(roots):
        name = labels[index]
        seen[name] = seen.get(name, 0) + 1
        named.append(replace(root, cluster=name if seen[name] == 1 else f"{name}-{seen[name]}"))
    return named
