"""Find where Flux starts: the roots of the clusters that a repository describes.

In: every manifest of the repository as it is written, and the settings. Out: `Root`s, each with the
directory that it applies.

Strong roots come first: configured ones, `FluxInstance` objects (or the Helm values that make one),
and Kustomizations that apply the directory they lie in, as `flux bootstrap` writes them. Only where
there is none is the root guessed: directories with Flux Kustomizations that no other Kustomization
applies, the root itself being made outside Git.
"""

from __future__ import annotations

import contextlib
import posixpath
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from gitops_docs import redaction
from gitops_docs.flux.kustomization import FluxKustomization
from gitops_docs.flux.kustomization_files import Includes
from gitops_docs.kubernetes import objects
from gitops_docs.kubernetes.flux import (
    HELM_GROUP,
    KUSTOMIZE_GROUP,
    OPERATOR_GROUP,
    PACKED_KINDS,
    SOURCE_GROUP,
)
from gitops_docs.kustomize.errors import Refused
from gitops_docs.kustomize.files.loader import Loader, Notes
from gitops_docs.kustomize.resources.resource import Resource, Resources
from gitops_docs.kustomize.transform import patches
from gitops_docs.model import Entry, EntryKind, SourceRef
from gitops_docs.repository.git import clean_url
from gitops_docs.repository.tree import Tree, clamp
from gitops_docs.settings.options import ClusterSetting
from gitops_docs.text import patterns
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import (
    DOUBLE_QUOTED,
    Map,
    Node,
    Seq,
    as_map,
    as_seq,
    as_text,
    get_path,
    mapping,
    object_key,
    plain_value,
    scalar,
)

FLUX_NAMESPACE = "flux-system"

_CLUSTERS_SEGMENT = Pattern(r"(?:^|.*/)clusters?/[^/]+")
_VARIABLE = Pattern(r"\$\{[^}]*\}")


class Manifest(Struct, frozen=True, dict=True):
    """An object as a file of the repository holds it."""

    data: Map
    path: str
    """Path in the repository tree."""
    file: str
    line: int

    @cached_property
    def key(self) -> tuple[str, str, str]:
        """Kind, namespace and name as they are written."""
        return object_key(self.data)


class Root(Struct, frozen=True):
    """Where a cluster begins.

    `kustomization` is the object that applies `directory`: written in Git, or made from a
    FluxInstance or a setting (`synthetic`). It is None for a guessed root: the directory is
    rendered to find the Kustomizations in it, and is not a layer itself.
    """

    cluster: str
    directory: str
    entry: Entry
    kustomization: FluxKustomization | None
    synthetic: bool
    source: SourceRef | None
    context: str | None = None
    prefix: str = ""
    """The directory that the artifact is made of, where `flux push artifact` packs a part of the
    repository only."""
    is_included: bool = True
    """Whether the directory that it applies includes the file that makes it."""


class _Candidate(Struct, frozen=True):
    """A Kustomization that no other one is seen to apply, and a directory that leads to it and that
    no other one includes."""

    manifest: Manifest
    place: str


def find_roots(
    manifests: Sequence[Manifest],
    tree: Tree,
    configured: Iterable[ClusterSetting],
    prefix: str = "",
    url: str | None = None,
) -> list[Root]:
    """Return the strong roots of a repository, one for each directory, with unique cluster ids;
    empty where there is none.

    Args:
        manifests: Everything that the files hold.
        tree: The repository.
        configured: The clusters that the user names.
        prefix: The directory of the repository that is scanned, with a final `/`; empty for all. A
            configured path may begin there.
        url: The address of the repository. A root whose path is not there counts only where its
            source does not have another one.
    """
    roots: dict[str, Root] = {}
    for setting in configured:
        directory = clamp(setting.path)
        if not tree.is_dir(directory) and tree.is_dir(f"{prefix}{directory}".rstrip("/")):
            directory = f"{prefix}{directory}".rstrip("/")
            setting = ClusterSetting(setting.name, directory, setting.context)
        roots.setdefault(directory, _configured(setting))
    if not roots:
        includes = Includes(tree)
        for manifest in manifests:
            found = _bootstrap(manifest, manifests, tree, includes)
            if found is not None:
                roots.setdefault(found.directory, found)
        for manifest in manifests:
            for made in _flux_instance(manifest, tree):
                before = roots.get(made.directory)
                if before is None or not (
                    is_certain(before) or before.entry.kind is EntryKind.FLUX_INSTANCE
                ):
                    # A root that people wrote is an object of the directory, as others are.
                    roots[made.directory] = made
        patched = _are_instances_patched(manifests, includes)
        for manifest in manifests:
            broken = _broken(manifest, manifests, tree, url, patched=patched)
            if broken is not None:
                roots.setdefault(broken.directory, broken)
        roots = {
            directory: root
            for directory, root in roots.items()
            if not _outlived(root, roots.values())
            and not _is_stray(root, roots.values(), manifests)
        }
        for manifest in manifests if not roots else ():
            found = _embedded(manifest, manifests, tree)
            if found is not None:
                roots.setdefault(found.directory, found)
    return named(roots.values())


def is_certain(root: Root) -> bool:
    """Return whether something that Flux's own tools make, or the user, names the root."""
    entry = root.entry
    return entry.kind is not EntryKind.HEURISTIC and (
        entry.kind is not EntryKind.BOOTSTRAP or _is_of_bootstrap(entry.file or "")
    )


def is_below_clusters(root: Root) -> bool:
    """Return whether its directory is where people put clusters by convention
    (`clusters/<name>`)."""
    return _CLUSTERS_SEGMENT.match(root.directory) is not None


def _is_of_bootstrap(path: str) -> bool:
    return path.endswith("gotk-sync.yaml") and posixpath.basename(path) == "gotk-sync.yaml"


def _broken(
    manifest: Manifest,
    manifests: Sequence[Manifest],
    tree: Tree,
    url: str | None,
    *,
    patched: bool,
) -> Root | None:
    """Return the root that `flux bootstrap` or a FluxInstance makes of a path that does not exist
    here; None where the object makes none, or its path exists."""
    data = manifest.data
    if _is_of_bootstrap(manifest.path) and objects.is_flux_kustomization(data):
        kustomization = FluxKustomization(data, manifest.file, manifest.line)
        directory, path = clamp(kustomization.path), kustomization.path
        source = _source_beside(kustomization, manifest, manifests)
        if kustomization.source_kind in PACKED_KINDS or f"/{directory}/" in f"/{manifest.path}":
            return None
        found = Root(
            "",
            directory,
            Entry(EntryKind.BOOTSTRAP, manifest.file, manifest.line),
            kustomization,
            False,
            source,
        )
    elif manifest.key[0] in ("FluxInstance", "HelmRelease") and not patched:
        made = _flux_instance(manifest, tree, missing=True)
        if not made:
            return None
        (found,) = made
        path, source = found.directory, found.source or SourceRef("", "", "")
    else:
        return None
    other = url and source.url and not _same_repository(url, source.url)
    if other or _is_template(path) or tree.is_dir(found.directory):
        return None
    return found


def _same_repository(one: str, other: str) -> bool:
    """Return whether two addresses may mean one repository: the last two segments decide, so
    mirrors count."""
    left, right = clean_url(one) or one, clean_url(other) or other
    return left.rstrip("/").lower().split("/")[-2:] == right.rstrip("/").lower().split("/")[-2:]


def _are_instances_patched(manifests: Iterable[Manifest], includes: Includes) -> bool:
    """Return whether a kustomization changes FluxInstances, or releases of their chart: the path
    that one has in its file may not be the one that counts."""
    return any(
        manifest.path in includes.patches
        if manifest.key[0] == "FluxInstance"
        or get_path(manifest.data, "spec", "values", "instance", "sync") is not None
        else objects.group(manifest.data) == "kustomize.config.k8s.io"
        and "FluxInstance" in repr(plain_value(manifest.data))
        for manifest in manifests
    )


def applying(root: Root) -> FluxKustomization:
    """Return what is created outside Git to apply the directory of a guessed root."""
    source = root.source or SourceRef("GitRepository", FLUX_NAMESPACE, FLUX_NAMESPACE)
    return _kustomization(root.cluster, source.namespace, root.directory, source.kind, "", 0)


def named_paths(manifests: Iterable[Manifest]) -> set[str]:
    """Return the paths that Flux's objects say to be in the Git repository."""
    found = set()
    for manifest in manifests:
        data = manifest.data
        if objects.is_flux_kustomization(data):
            kind = get_path(data, "spec", "sourceRef", "kind")
            path = as_text(get_path(data, "spec", "path"))
        else:
            kind = get_path(data, "spec", "sync", "kind")
            path = as_text(get_path(data, "spec", "sync", "path"))
        if path is not None and kind == "GitRepository" and "${" not in path and clamp(str(path)):
            found.add(clamp(str(path)))
    return found


class Guess(Struct, frozen=True):
    """Guessed roots, and the Kustomizations that none of them leads to."""

    roots: list[Root]
    left_out: list[Manifest]
    whole: frozenset[str]
    """Directories of roots whose Kustomizations all have a path that exists."""


def guess(manifests: Sequence[Manifest], tree: Tree) -> Guess:
    """Guess the roots of a repository whose roots are made outside Git, by Terraform for example."""
    includes = Includes(tree)
    kustomizations = [
        m
        for m in manifests
        if objects.is_flux_kustomization(m.data)
        and (
            includes.listed(m.path)
            or (get_path(m.data, "spec", "sourceRef") and m.path not in includes.patches)
        )
    ]
    prefix = _artifact_directory(kustomizations, tree)
    applied = _Applied(kustomizations, tree, prefix)
    candidates = [
        _Candidate(m, place)
        for m in kustomizations
        for place in includes.tops(m.path)
        if not applied.applies(place, m, includes)
    ]
    in_clusters = any(_CLUSTERS_SEGMENT.match(c.place) for c in candidates)

    def is_alive(candidate: _Candidate) -> bool:
        """Return whether it leads somewhere, or may: what a kustomization includes may get another
        path."""
        manifest = candidate.manifest
        if candidate.place != posixpath.dirname(manifest.path):
            return True
        unknown = not in_clusters or _CLUSTERS_SEGMENT.match(candidate.place) is not None
        return _leads_somewhere(manifest, tree, prefix, unknown=unknown)

    groups = [
        group
        for group in _groups(
            [c for c in candidates if _CLUSTERS_SEGMENT.match(c.place) or is_alive(c)] or candidates
        )
        if any(map(is_alive, group[1]))
    ] or _groups(candidates)
    declared = frozenset(
        (objects.kind(m.data), objects.namespace(m.data), objects.name(m.data))
        for m in manifests
        if objects.group(m.data) == SOURCE_GROUP
    )
    roots: list[Root] = []
    for directory, members in groups:
        first = min((c.manifest for c in members), key=lambda m: (m.file, m.line))
        entry = Entry(EntryKind.HEURISTIC, first.file, first.line)
        found = (
            FluxKustomization(c.manifest.data, c.manifest.file, c.manifest.line) for c in members
        )
        source = common_source(found, tree, prefix, declared)
        roots.append(Root("", directory, entry, None, True, source, prefix=prefix))
    chosen = {root.directory for root in roots}
    left_out = [
        c.manifest
        for c in candidates
        if not any(_is_in(c.place, root) for root in chosen)
        and _leads_somewhere(c.manifest, tree, prefix)
    ]
    whole = frozenset(
        directory
        for directory, members in groups
        if all(_leads_somewhere(c.manifest, tree, prefix) for c in members)
    )
    return Guess(named(roots), left_out, whole)


def _is_in(place: str, directory: str) -> bool:
    return place == directory or _lies_in(place, directory)


def _leads_somewhere(manifest: Manifest, tree: Tree, prefix: str, *, unknown: bool = True) -> bool:
    """Return whether the path of a Kustomization exists here; `unknown` if it cannot be decided
    from Git."""
    kustomization = FluxKustomization(manifest.data, manifest.file, manifest.line)
    path = kustomization.path
    if _is_template(path) or kustomization.source_kind == "ExternalArtifact":
        return unknown
    directory = clamp(path)
    return tree.is_dir(directory) or tree.is_dir(posixpath.join(prefix, directory).rstrip("/"))


def _is_template(path: str) -> bool:
    return any(mark in path for mark in ("${", "{{", "<<"))


class _Applied:
    """The directories that Kustomizations apply, as far as their paths can be read before anything
    is rendered."""

    def __init__(self, kustomizations: Iterable[Manifest], tree: Tree, prefix: str) -> None:
        self.directories: set[str] = set()
        self.patterns: list[Pattern] = []
        for manifest in kustomizations:
            path = as_text(get_path(manifest.data, "spec", "path"))
            if (
                path is None
                or get_path(manifest.data, "spec", "sourceRef", "kind") == "ExternalArtifact"
            ):
                continue
            directory = posixpath.join(prefix, clamp(str(path))).rstrip("/")
            if "${" in directory:
                parts = _VARIABLE.split(directory)
                if not any(part.strip("/") for part in parts):
                    continue  # A path that is a variable as a whole says nothing.
                self.patterns.append(Pattern(".+".join(patterns.escape(part) for part in parts)))
            elif directory and tree.is_dir(directory):
                self.directories.add(directory)

    def applies(self, place: str, manifest: Manifest, includes: Includes) -> bool:
        """Return whether some Kustomization applies `place`, or the file itself. One whose variable
        path fits `place` may be its own."""
        for directory in self.directories:
            if includes.has(directory) and directory != place:
                continue
            if place == directory or _within(place, directory) or _within(manifest.path, directory):
                return True
        return any(
            pattern.fullmatch(place) and not includes.listed(manifest.path)
            for pattern in self.patterns
        )


def _artifact_directory(kustomizations: Iterable[Manifest], tree: Tree) -> str:
    """Return the top directory that OCI artifacts and buckets are packed from: paths exist below it
    and not at the root. Empty for the root."""
    votes: Counter[str] = Counter()
    for manifest in kustomizations:
        kustomization = FluxKustomization(manifest.data, manifest.file, manifest.line)
        if kustomization.source_kind in PACKED_KINDS:
            votes[packed_from(tree, clamp(kustomization.path)) or ""] += 1
    votes.pop("", None)
    return min(votes, key=lambda name: (-votes[name], name), default="")


def packed_from(tree: Tree, path: str, name: str = "") -> str | None:
    """Return the directory below which `path` exists: `""` where the root has it, else the one top
    directory, else the one called `name`.

    None where none or several have it.
    """
    if not path or tree.is_dir(path):
        return ""
    tops = [top for top in tree.entries("") if tree.is_dir(f"{top}/{path}")]
    if len(tops) == 1:
        return tops[0]
    suffix = f"{name}/{path}" if name else ""
    named = [
        directory.removesuffix(f"/{path}")
        for directory in tree.directories
        if suffix and (directory == suffix or directory.endswith(f"/{suffix}"))
    ]
    return named[0] if len(named) == 1 else None


def common_source(
    members: Iterable[FluxKustomization],
    tree: Tree,
    prefix: str,
    declared: frozenset[tuple[str, str, str]],
) -> SourceRef | None:
    """Return the source that most of a directory's Kustomizations read existing directories from:
    it can only be this repository.

    Of two that are named as often, one that is declared: the other may be a slip.
    """
    votes: Counter[SourceRef] = Counter()
    for kustomization in members:
        directory = clamp(kustomization.path)
        here = tree.is_dir(directory) or tree.is_dir(posixpath.join(prefix, directory))
        if directory and kustomization.source_kind != "ExternalArtifact" and here:
            namespace = kustomization.source_namespace
            votes[SourceRef(kustomization.source_kind, namespace, kustomization.source_name)] += 1

    def rank(source: SourceRef) -> tuple[int, bool, str, str, str]:
        identity = (source.kind, source.namespace, source.name)
        return (-votes[source], identity not in declared, *identity)

    return min(votes, key=rank, default=None)


def _within(path: str, directory: str) -> bool:
    return path.startswith(f"{directory}/")


def _groups(members: list[_Candidate]) -> list[tuple[str, list[_Candidate]]]:
    """Candidates by cluster: below `clusters/<name>` first; one common directory unless names
    collide in it."""
    below: dict[str, list[_Candidate]] = {}
    rest: list[_Candidate] = []
    for member in members:
        match = _CLUSTERS_SEGMENT.match(member.place)
        if match:
            below.setdefault(match[0], []).append(member)
        else:
            rest.append(member)
    groups = []
    for name in sorted(below):
        parts = _split(below[name])
        groups += (
            [(name, below[name])] if len(parts) == 1 and not _one_place(below[name]) else parts
        )
    return groups + _split(rest)


def _one_place(members: list[_Candidate]) -> bool:
    return len({member.place for member in members}) == 1


def _split(members: list[_Candidate]) -> list[tuple[str, list[_Candidate]]]:
    if not members:
        return []
    places = [c.place for c in members]
    common = posixpath.commonpath(places) if all(places) else ""
    names = Counter(
        (objects.namespace(c.manifest.data), objects.name(c.manifest.data)) for c in members
    )
    if _one_place(members) or max(names.values()) == 1:
        return [(common, members)]
    parts: dict[str, list[_Candidate]] = {}
    depth = len(common.split("/")) if common else 0
    for member in members:
        parts.setdefault("/".join(member.place.split("/")[: depth + 1]), []).append(member)
    if len(parts) == 1:
        return [(common, members)]
    return [group for part in sorted(parts) for group in _split(parts[part])]


def _configured(setting: ClusterSetting) -> Root:
    file = ""
    source = SourceRef("GitRepository", FLUX_NAMESPACE, FLUX_NAMESPACE)
    made = _kustomization(FLUX_NAMESPACE, FLUX_NAMESPACE, setting.path, "GitRepository", file, 0)
    return Root(
        setting.name,
        clamp(setting.path),
        Entry(EntryKind.CONFIGURED, None, None),
        made,
        True,
        source,
        setting.context,
    )


def _bootstrap(
    manifest: Manifest, manifests: Sequence[Manifest], tree: Tree, includes: Includes
) -> Root | None:
    """Return a Kustomization that applies the directory it lies in (`flux bootstrap`:
    `<path>/flux-system/gotk-sync.yaml`)."""
    data = manifest.data
    if manifest.key[0] != "Kustomization" or not objects.is_flux_kustomization(data):
        return None
    kustomization = FluxKustomization(data, manifest.file, manifest.line)
    directory = clamp(kustomization.path)
    by_bootstrap = included = _is_of_bootstrap(manifest.path)
    if (
        not kustomization.source_name
        or not tree.is_dir(directory)
        or not _lies_in(manifest.path, directory)
    ):
        return None
    if not by_bootstrap:
        if kustomization.source_kind == "ExternalArtifact":
            return None
        if not directory and kustomization.name != FLUX_NAMESPACE:
            return None
        if as_seq(kustomization.spec.get("dependsOn")):
            return None  # A root waits for nothing: another one applies it, or nothing does.
        included = includes.reaches(directory, manifest.path)
        if not included and (includes.listed(manifest.path) or manifest.path in includes.patches):
            return None
        for other in manifests:
            if (
                other is not manifest
                and objects.is_flux_kustomization(other.data)
                and _applies(other, manifest.path, tree)
            ):
                return None
    source = _source_beside(kustomization, manifest, manifests)
    entry = Entry(EntryKind.BOOTSTRAP, manifest.file, manifest.line)
    return Root("", directory, entry, kustomization, False, source, is_included=included)


def _outlived(root: Root, roots: Iterable[Root]) -> bool:
    """Return whether a Kustomization that applies its own directory, not written by `flux
    bootstrap`, is what people began with before a FluxInstance below that directory: both would be
    the same cluster, counted twice."""
    return not is_certain(root) and any(
        other.entry.kind is EntryKind.FLUX_INSTANCE and _lies_in(other.directory, root.directory)
        for other in roots
    )


def _is_stray(root: Root, roots: Iterable[Root], manifests: Iterable[Manifest]) -> bool:
    """Return whether a Kustomization that applies its own directory lies beside what `flux
    bootstrap` wrote, and brings no source of its own: then it is one that nothing applies, and no
    cluster."""
    source = root.source
    if is_certain(root) or is_below_clusters(root) or source is None:
        return False
    if not any(_is_of_bootstrap(other.entry.file or "") for other in roots):
        return False
    return not any(
        objects.is_a(one.data, SOURCE_GROUP, source.kind)
        and objects.name(one.data) == source.name
        and _lies_in(one.path, root.directory)
        for one in manifests
    )


def _embedded(manifest: Manifest, manifests: Sequence[Manifest], tree: Tree) -> Root | None:
    """Return what `flux bootstrap` wrote, where a directory holds all that is another repository
    later: its paths begin in that directory."""
    if not _is_of_bootstrap(manifest.path) or not objects.is_flux_kustomization(manifest.data):
        return None
    kustomization = FluxKustomization(manifest.data, manifest.file, manifest.line)
    directory = clamp(kustomization.path)
    prefix, found, _ = manifest.path.partition(f"/{directory}/")
    if not kustomization.source_name or not directory or not found:
        return None
    entry = Entry(EntryKind.BOOTSTRAP, manifest.file, manifest.line)
    source = _source_beside(kustomization, manifest, manifests)
    return Root("", f"{prefix}/{directory}", entry, kustomization, False, source, prefix=prefix)


def _source_beside(
    kustomization: FluxKustomization, manifest: Manifest, manifests: Sequence[Manifest]
) -> SourceRef:
    """Return the source of a bootstrapped root. Its URL stands in the same file, which a layer need
    not apply."""
    kind, name = kustomization.source_kind, kustomization.source_name
    url = next(
        (
            objects.text(get_path(other.data, "spec", "url"))
            for other in manifests
            if other.path == manifest.path and objects.is_a(other.data, SOURCE_GROUP, kind)
            if objects.name(other.data) == name
        ),
        None,
    )
    return SourceRef(
        kind,
        kustomization.source_namespace,
        name,
        redaction.without_credentials(url) if url else None,
    )


def _lies_in(path: str, directory: str) -> bool:
    return not directory or _within(path, directory)


def _applies(other: Manifest, path: str, tree: Tree) -> bool:
    """Return whether another Kustomization applies the directory of this file, and is not applied
    by it in turn."""
    directory = clamp(str(as_text(get_path(other.data, "spec", "path")) or ""))
    return (
        bool(directory)
        and tree.is_dir(directory)
        and _within(path, directory)
        and not _within(other.path, posixpath.dirname(path))
    )


def _flux_instance(manifest: Manifest, tree: Tree, *, missing: bool = False) -> list[Root]:
    """Return a `FluxInstance`, or the values of the flux-instance chart, in a HelmRelease or a
    values file (`internal/builder/templates.go`).

    None where its path does not exist, unless `missing` asks for it, and for what was exported from
    a cluster.
    """
    data = manifest.data
    kind = manifest.key[0]
    if get_path(data, "metadata", "uid") is not None:
        return []
    if kind == "FluxInstance" and objects.group(data) == OPERATOR_GROUP:
        instance = data.get("spec")
    elif kind == "HelmRelease" and objects.group(data) == HELM_GROUP:
        instance = get_path(data, "spec", "values", "instance")
    elif not kind:
        instance = data.get("instance")
    else:
        return []
    namespace = manifest.key[1] or FLUX_NAMESPACE
    sync = as_map(get_path(instance, "sync"))
    path = as_text(sync.get("path"))
    if path is None:
        return []
    name = str(as_text(sync.get("name")) or namespace)
    kind = str(as_text(sync.get("kind")) or "GitRepository")
    prefix = (packed_from(tree, clamp(path)) if kind in PACKED_KINDS else "") or ""
    directory = posixpath.join(prefix, clamp(path)).rstrip("/")
    if not tree.is_dir(directory) and (not missing or kind in PACKED_KINDS):
        return []
    url = objects.text(sync.get("url"))
    made = _kustomization(name, namespace, str(path), kind, manifest.file, manifest.line)
    as_map(made.data["spec"])["path"] = path
    made = _patched(made, as_seq(get_path(instance, "kustomize", "patches")), tree)
    secret = objects.text(sync.get("pullSecret"))
    entry = Entry(EntryKind.FLUX_INSTANCE, manifest.file, manifest.line, secret)
    return [
        Root("", directory, entry, made, True, SourceRef(kind, namespace, name, url), prefix=prefix)
    ]


def _patched(made: FluxKustomization, entries: Seq, tree: Tree) -> FluxKustomization:
    """Return the root Kustomization after the patches of its FluxInstance; those that are not for
    it, or do not fit, change nothing."""
    resources = Resources([Resource(made.data, None)])
    loader = Loader(tree, "", Notes())
    for entry in entries:
        if type(entry) is Map:
            with contextlib.suppress(Refused):
                patches.apply(resources, entry, loader)
    return replace(made, data=resources.items[0].data) if resources.items else made


def _kustomization(
    name: str, namespace: str, path: str, source_kind: str, file: str, line: int
) -> FluxKustomization:
    def tree_of(**values: str | Node) -> Map:
        made = mapping(file, line)
        for key, value in values.items():
            made[key] = (
                value if isinstance(value, Node) else scalar(value, file, line, DOUBLE_QUOTED)
            )
        return made

    data = tree_of(
        apiVersion=f"{KUSTOMIZE_GROUP}/v1",
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


def named(roots: Iterable[Root]) -> list[Root]:
    """Roots with unique cluster ids: the last segment of the directory, leading ones joined with
    `-` until it is unique."""
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
    made = []
    for index, root in enumerate(roots):
        name = labels[index]
        seen[name] = seen.get(name, 0) + 1
        made.append(replace(root, cluster=name if seen[name] == 1 else f"{name}-{seen[name]}"))
    return made
