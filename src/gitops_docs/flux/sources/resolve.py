"""Find the files behind a sourceRef.

In: a Kustomization's sourceRef, the sources that the cluster's layers declare, the settings. Out: a
`Resolution`: the tree of the artifact, or why its content is not known.

A source is this repository's own when it is the one that the root follows, when its URL is the
repository's, or when nothing in Git declares it (Flux's bootstrap made it). An ExternalArtifact is
what an ArtifactGenerator copies together.
"""

from __future__ import annotations

import contextlib
import json
import posixpath
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gitops_docs import redaction
from gitops_docs.flux import rules
from gitops_docs.flux.kustomization import FluxKustomization
from gitops_docs.flux.objects import Applied, ObjectIndex
from gitops_docs.flux.roots import Root, packed_from
from gitops_docs.flux.sources.artifacts import Alias, artifacts, exported
from gitops_docs.flux.sources.ignore import IGNORE_FILE, visible
from gitops_docs.kubernetes import objects
from gitops_docs.kubernetes.flux import PACKED_KINDS
from gitops_docs.model import Finding, Location, SourceRef
from gitops_docs.repository.checkout import Checkout, UnreadableFile
from gitops_docs.repository.git import clean_url
from gitops_docs.repository.tree import Cut, Tree, around, clamp
from gitops_docs.settings.options import Settings
from gitops_docs.text.patterns import Pattern
from gitops_docs.yaml.nodes import (
    Map,
    Scalar,
    as_map,
    as_seq,
    as_text,
    get_path,
    is_true,
    plain_value,
)

_DECIDING = (IGNORE_FILE, ".gitmodules")
"""Files that decide which others an artifact holds."""


class Resolution(Struct, frozen=True):
    """The files of a source. `tree` is None where they are not here; `reason` then says why.
    `assumed`: nothing in Git declares it."""

    source: SourceRef
    tree: Tree | None
    reason: str | None = None
    assumed: bool = False
    missing: tuple[str, ...] = ()
    """Parts of an artifact that could not be resolved, one sentence each."""
    refused: Finding | None = None
    """Why the artifact is not made."""


class Sources:
    """Resolves sources for all clusters of a scan; trees are made once."""

    def __init__(
        self,
        checkout: Checkout,
        settings: Settings,
        url: str | None,
        outside: Checkout | None = None,
        prefix: str = "",
    ) -> None:
        """
        Args:
            checkout: The directory that is scanned.
            settings: The user's.
            url: The address of the repository.
            outside: The work tree around the directory. None where the directory is the root that
                `spec.path` counts from.
            prefix: The path of the directory in the work tree, with a final `/`; else empty.
        """
        self.checkout = checkout
        self.settings = settings
        self.url = url
        self.prefix = prefix
        self.whole = Tree.of(checkout) if outside is None else around(checkout, outside, prefix)
        """Every file that `spec.path` may lead to, whatever is ignored."""
        self._submodules = _submodules(self.whole)
        self._own: dict[_Artifact, Tree] = {}
        self.cut_short: dict[str, None] = {}
        """Ignore files whose patterns take too much to be compared with all files."""
        self._checkouts: dict[str, Checkout | None] = {".": checkout}
        self.outside = outside
        self._trees: dict[tuple[int, str], Tree] = {}
        """Views of sub-directories, by tree and directory: builds are shared between layers that
        have the very same tree."""
        self._elsewhere: dict[str, Tree] = {}
        self._artifacts: dict[tuple[object, str], tuple[Tree, tuple[str, ...], _Why | None]] = {}
        self._names: dict[object, tuple[str, ...]] = {}
        """Names of what a generator makes."""

    def refresh(self) -> frozenset[str] | None:
        """Look at the files of all checkouts again.

        Returns:
            The files that changed, as findings name them; None where a file came or went, or where
            a file changed that decides what an artifact holds.
        """
        changed: set[str] = set()
        for directory, checkout in self._checkouts.items():
            if checkout is None and (self.checkout.root / directory).is_dir():
                return None
        for checkout in self.checkouts:
            found = checkout.refresh()
            if found is None or any(posixpath.basename(path) in _DECIDING for path in found):
                return None
            changed.update(map(checkout.origin, found))
        return frozenset(changed)

    @property
    def checkouts(self) -> tuple[Checkout, ...]:
        """The repository, then what else was read."""
        first, *others = self._checkouts.values()
        return tuple(one for one in (first, self.outside, *others) if one is not None)

    def own_tree(self, prefix: str = "", declared: Applied | None = None) -> Tree:
        """Return the repository, or its directory `prefix`, as the artifact of a source.

        Args:
            prefix: The directory that was packed; empty for all.
            declared: The source, with what it leaves out. None: not known.
        """
        key = _artifact(prefix, declared)
        tree = self._own.get(key)
        if tree is None:
            tree = self._own[key] = self._build_tree(key)
        return tree

    def _build_tree(self, key: _Artifact) -> Tree:
        whole = self.whole
        found = visible(whole, key.ignore)
        if found.cut_short is not None:
            self.cut_short[whole.origin(found.cut_short)] = None
        held = found.files
        cuts = [Cut(f"{found.left_out_by} leaves it out of the source", whole.files - held)]
        if key.sparse is not None:
            # `SkipUnless` of go-git: the beginning of a path, whether a segment ends there or not.
            chosen = frozenset(path for path in held if path.startswith(key.sparse))
            cuts.append(Cut("`spec.sparseCheckout` leaves it out of the source", held - chosen))
            held = chosen
        submodules = frozenset(self._submodules)
        fetched = submodules if key.recurses is not False else frozenset()
        for path in sorted(submodules - fetched):
            cuts.append(
                Cut(
                    f"it lies in the Git submodule `{path}`, which the source does not fetch "
                    "(`recurseSubmodules: true` does)",
                    frozenset({path}),
                )
            )
            held = frozenset(one for one in held if not one.startswith(f"{path}/"))
        base = whole.only(held)
        base.cuts = tuple(cut for cut in cuts if cut.files)
        base.elsewhere = {
            path: f"the Git submodule `{path}`, whose files belong to another repository"
            for path in sorted(fetched)
            if not base.is_dir(path)
        }
        return base.only(base.files, key.prefix) if key.prefix else base

    def resolve(
        self, kustomization: FluxKustomization, root: Root, index: ObjectIndex
    ) -> Resolution:
        """Return the artifact that a Kustomization reads."""
        kind, namespace, name = (
            kustomization.source_kind,
            kustomization.source_namespace,
            kustomization.source_name,
        )
        resolution = self._find(kind, namespace, name, root, index)
        if resolution.tree is not None and kind in PACKED_KINDS:
            return self._sub_directory(resolution, kustomization)
        if resolution.tree is not None and kind == "GitRepository":
            return self._checked(self._with_includes(resolution, root, index), root, index)
        return resolution

    def _checked(self, resolution: Resolution, root: Root, index: ObjectIndex) -> Resolution:
        """Refuse a GitRepository whose `sparseCheckout` names what is not there
        (`validateSparseCheckoutPaths` of source-controller)."""
        source = resolution.source
        declared = index.get(source.kind, source.namespace, source.name)
        if declared is None or resolution.tree is None:
            return resolution
        whole = self.whole
        for item in as_seq(get_path(declared.rendered.data, "spec", "sparseCheckout")):
            path = clamp(objects.text(item) or "")
            if not path or whole.is_dir(path) or whole.is_file(path):
                continue
            message = (
                f"spec.sparseCheckout of GitRepository {source.namespace}/{source.name} names "
                f"`{objects.text(item)}`, which does not exist: source-controller makes no "
                "artifact; correct it"
            )
            place = item if type(item) is Scalar and item.file else declared.rendered
            cause = f"sparseCheckout of {source.namespace}/{source.name}"
            finding = rules.PathNotFound.at(Location(place.file, place.line), message, cause=cause)
            return replace(resolution, refused=finding)
        return resolution

    def tree_of(self, root: Root, index: ObjectIndex) -> Callable[[str, str, str], Tree | None]:
        """Return a function that gives the files of a source by kind, namespace and name, each
        looked up once; None where they are not here."""
        known: dict[tuple[str, str, str], Tree | None] = {}

        def find(kind: str, namespace: str, name: str) -> Tree | None:
            key = kind, namespace, name
            if key not in known:
                found = self._find(*key, root, index)
                known[key] = None if found.assumed else found.tree
            return known[key]

        return find

    def _find(
        self, kind: str, namespace: str, name: str, root: Root, index: ObjectIndex
    ) -> Resolution:
        declared = index.get(kind, namespace, name)
        source = SourceRef(kind, namespace, name, _url(declared, root, kind, namespace, name))
        configured = self.settings.sources.get(f"{namespace}/{name}") or self.settings.sources.get(
            name
        )
        if configured is not None:
            return self._configured(source, configured)
        if kind == "ExternalArtifact":
            return self._artifact(source, root, index)
        if root.source is not None and (kind, namespace, name) == (
            root.source.kind,
            root.source.namespace,
            root.source.name,
        ):
            return Resolution(source, self.own_tree(root.prefix, declared))
        if declared is None:
            return Resolution(source, self.own_tree(), assumed=True)
        if self._is_own(declared, root, index):
            other = _other_reference(declared, root, index)
            if other is not None:
                return Resolution(
                    source,
                    None,
                    f"its source {kind} {namespace}/{name} follows {other} of this repository",
                )
            return Resolution(source, self.own_tree(declared=declared))
        shown = redaction.without_credentials(source.url) if source.url else "another place"
        return Resolution(
            source, None, f"its source {kind} {namespace}/{name} is another repository: {shown}"
        )

    def _is_own(self, declared: Applied, root: Root, index: ObjectIndex) -> bool:
        """Return whether a source has the URL of this repository: that of its remote, or of the
        source that the root follows."""
        url = objects.text(get_path(declared.rendered.data, "spec", "url"))
        own = [self.url]
        if root.source is not None:
            main = index.get(root.source.kind, root.source.namespace, root.source.name)
            own += [
                root.source.url,
                objects.text(get_path(main.rendered.data, "spec", "url")) if main else None,
            ]
        return url is not None and any(_same(url, one) for one in own if one is not None)

    def _with_includes(self, resolution: Resolution, root: Root, index: ObjectIndex) -> Resolution:
        """`spec.include` of a GitRepository: directories of other GitRepositories put into its
        artifact."""
        source, tree = resolution.source, resolution.tree
        declared = index.get(source.kind, source.namespace, source.name)
        entries = (
            as_seq(get_path(declared.rendered.data, "spec", "include"))
            if declared is not None
            else as_seq(None)
        )
        if not entries or tree is None:
            return resolution
        placed: list[tuple[str, Tree]] = []
        elsewhere: dict[str, str] = {}
        for entry in entries:
            name = objects.text(get_path(entry, "repository", "name")) or ""
            found = self._find("GitRepository", source.namespace, name, root, index)
            where = clamp(objects.text(as_map(entry).get("toPath")) or name)
            if found.tree is None or found.assumed:
                elsewhere[where] = (
                    f"what the source {source.name} includes of {source.namespace}/{name}, "
                    "which is not in the repository"
                )
                continue
            inner = self._below(
                found.tree, clamp(objects.text(as_map(entry).get("fromPath")) or "")
            )
            placed.append((where, inner))
        key = (id(tree), repr([(path, id(inner)) for path, inner in placed]) + repr(elsewhere))
        if key not in self._trees:
            files = {path: ref for path in tree.files if (ref := tree.ref(path)) is not None}
            for where, inner in placed:
                for path in inner.files:
                    ref = inner.ref(path)
                    if ref is not None:
                        files[posixpath.join(where, path)] = ref
            made = self._trees[key] = Tree(files)
            made.cuts, made.elsewhere = tree.cuts, {**tree.elsewhere, **elsewhere}
        return replace(resolution, tree=self._trees[key])

    def _below(self, tree: Tree, directory: str) -> Tree:
        if not directory:
            return tree
        key = (id(tree), directory)
        if key not in self._trees:
            self._trees[key] = tree.below(directory)
        return self._trees[key]

    def _configured(self, source: SourceRef, directory: str) -> Resolution:
        if directory not in self._checkouts:
            path = (self.checkout.root / directory).resolve()
            self._checkouts[directory] = (
                Checkout(path, _label(directory)) if path.is_dir() else None
            )
        found = self._checkouts[directory]
        if found is None:
            return Resolution(
                source,
                None,
                f"the setting `sources` maps it to `{directory}`, which is not a directory",
            )
        if found is self.checkout:
            return Resolution(source, self.own_tree())
        if directory not in self._elsewhere:
            inside = _below(self.checkout.root, directory)
            self._elsewhere[directory] = (
                self._packed(found) if inside is None else Tree.of(self.checkout, root=inside)
            )
        return Resolution(source, self._elsewhere[directory])

    def _packed(self, checkout: Checkout) -> Tree:
        """Return the artifact of another checkout's source."""
        found = visible(checkout)
        if found.cut_short is not None:
            self.cut_short[checkout.origin(found.cut_short)] = None
        return Tree.of(checkout, found.files)

    def _sub_directory(
        self, resolution: Resolution, kustomization: FluxKustomization
    ) -> Resolution:
        """Return an artifact that was pushed from a sub-directory: the one that holds `spec.path`,
        or that is called as the artifact is."""
        tree, path = resolution.tree, clamp(kustomization.path)
        if tree is None or not path or tree.is_dir(path):
            return resolution
        url = resolution.source.url or ""
        top = packed_from(tree, path, url.rstrip("/").rpartition("/")[2])
        if not top:
            return resolution
        return replace(resolution, tree=self._below(tree, top))

    def _artifact(self, source: SourceRef, root: Root, index: ObjectIndex) -> Resolution:
        for applied in index.of_kind("ArtifactGenerator"):
            data = applied.rendered.data
            if (objects.namespace(data) or source.namespace) != source.namespace:
                continue
            if not _may_make(data, source.name):
                continue
            found = self._generate(data, source, root, index)
            if found is not None:
                return found
        return Resolution(
            source,
            None,
            f"no ArtifactGenerator in the repository makes the ExternalArtifact "
            f"{source.namespace}/{source.name}",
        )

    def exported(
        self, generator: Map, root: Root, index: ObjectIndex
    ) -> list[tuple[str, dict[str, str]]] | None:
        """Return name and labels of each ExternalArtifact that an ArtifactGenerator makes; None
        where that is not known."""
        aliases = self._aliases(generator, objects.namespace(generator), root, index)
        return exported(as_map(generator.get("spec")), aliases)

    def _aliases(self, data: Map, namespace: str, root: Root, index: ObjectIndex) -> list[Alias]:
        aliases = []
        for item in as_seq(get_path(data, "spec", "sources")):
            if type(item) is Map:
                kind = objects.text(item.get("kind")) or "GitRepository"
                where = objects.text(item.get("namespace")) or namespace
                resolved = self._find(
                    kind, where, objects.text(item.get("name")) or "", root, index
                )
                alias = objects.text(item.get("alias")) or ""
                aliases.append(Alias(alias, resolved.tree, resolved.assumed))
        return aliases

    def _generate(
        self, data: Map, source: SourceRef, root: Root, index: ObjectIndex
    ) -> Resolution | None:
        names, made_of = self._generated(data, root, index, source.namespace)
        if source.name not in names:
            return None
        tree, missing, why = self._artifacts[made_of, source.name]
        refused = None
        if why is not None:
            refused = _not_made(data, source.name, why, source.namespace)
        return Resolution(source, tree, missing=missing, refused=refused)

    def _generated(
        self, data: Map, root: Root, index: ObjectIndex, namespace: str
    ) -> tuple[tuple[str, ...], object]:
        """Return the names of the artifacts that a generator makes, in its order, and what they are
        kept under. It stops at the first that it cannot make."""
        aliases = self._aliases(data, objects.namespace(data) or namespace, root, index)
        spec = as_map(data.get("spec"))
        # Trees are kept as long as the sources are, so their identity tells them apart.
        made_of = (
            json.dumps(plain_value(spec), default=str),
            *((alias.name, id(alias.tree)) for alias in aliases),
        )
        names = self._names.get(made_of)
        if names is None:
            found: list[str] = []
            stopped: _Why | None = None
            for artifact in artifacts(spec, aliases):
                cause = f"{artifact.name}: {artifact.refused}"
                own = _Why(artifact.refused, cause) if artifact.refused is not None else None
                why = stopped or own
                self._artifacts[made_of, artifact.name] = (
                    Tree(artifact.files),
                    artifact.missing,
                    why,
                )
                found.append(artifact.name)
                if artifact.refused is not None and not spec.get("pathPattern"):
                    said = f"it stops at the artifact `{artifact.name}`: {artifact.refused}"
                    stopped = stopped or _Why(said, cause)
            names = self._names[made_of] = tuple(found)
        return names, made_of

    def unmade(self, root: Root, index: ObjectIndex) -> Iterator[Finding]:
        """Yield the first artifact of each generator of a cluster that cannot be made, whether a
        layer reads it or not."""
        for applied in index.of_kind("ArtifactGenerator"):
            data = applied.rendered.data
            annotations = as_map(get_path(data, "metadata", "annotations"))
            if objects.text(annotations.get(_RECONCILE)) == "disabled":
                continue
            names, made_of = self._generated(data, root, index, objects.namespace(data))
            for name in names:
                why = self._artifacts[made_of, name][2]
                if why is not None:
                    finding = _not_made(data, name, why, objects.namespace(data))
                    yield replace(finding, layers=(applied.layer,) if applied.layer else ())
                    break


_RECONCILE = "source.extensions.fluxcd.io/reconcile"


class _Why(Struct, frozen=True):
    """Why an artifact cannot be made; everything that one mistake prevents has the same `cause`."""

    text: str
    cause: str


def _not_made(data: Map, name: str, why: _Why, namespace: str) -> Finding:
    label = f"{objects.namespace(data) or namespace}/{objects.name(data)}"
    message = f"ArtifactGenerator {label} cannot make the artifact `{name}`: {why.text}"
    return rules.ArtifactNotMade.at(data, message, cause=why.cause)


class _Artifact(Struct, frozen=True):
    """What decides which files of the repository an artifact holds."""

    prefix: str
    ignore: str | None = None
    sparse: tuple[str, ...] | None = None
    recurses: bool | None = None
    """Whether submodules are fetched; None where the source is not known."""


def _artifact(prefix: str, declared: Applied | None) -> _Artifact:
    if declared is None:
        return _Artifact(prefix)
    spec = as_map(declared.rendered.data.get("spec"))
    sparse = None
    if objects.kind(declared.rendered.data) == "GitRepository" and as_seq(
        spec.get("sparseCheckout")
    ):
        named = (objects.text(item) or "" for item in as_seq(spec.get("sparseCheckout")))
        sparse = tuple(clamp(one) for one in named)
    recurses = is_true(spec.get("recurseSubmodules"))
    return _Artifact(prefix, objects.text(spec.get("ignore")), sparse, recurses)


_SUBMODULE = Pattern(r"(?m)^\s*path\s*=\s*(\S[^\n]*)")


def _submodules(tree: Tree) -> frozenset[str]:
    """Return the directories that are submodules, whether they are there or not."""
    found = set(tree.submodules)
    if tree.is_file(".gitmodules"):
        with contextlib.suppress(UnreadableFile):
            text = tree.read(".gitmodules").decode("utf-8", "replace")
            found |= {clamp(match[1].strip().strip('"')) for match in _SUBMODULE.finditer(text)}
    return frozenset(found - {""})


def _may_make(generator: Map, name: str) -> bool:
    items = as_seq(get_path(generator, "spec", "artifacts"))
    return bool(as_text(get_path(generator, "spec", "pathPattern"))) or any(
        type(item) is Map
        and (item.get("name") == name or "{" in str(as_text(item.get("name")) or ""))
        for item in items
    )


def _url(declared: Applied | None, root: Root, kind: str, namespace: str, name: str) -> str | None:
    if declared is not None:
        url = objects.text(get_path(declared.rendered.data, "spec", "url"))
        return redaction.without_credentials(url) if url else None
    if root.source is not None and (root.source.kind, root.source.namespace, root.source.name) == (
        kind,
        namespace,
        name,
    ):
        return root.source.url
    return None


def _same(one: str, other: str) -> bool:
    left, right = clean_url(one) or one, clean_url(other) or other
    return left.rstrip("/").lower() == right.rstrip("/").lower()


def _reference(data: Map) -> tuple[str, str]:
    """Return what a GitRepository follows, by Flux's order: commit, name, semver, tag, branch."""
    reference = as_map(get_path(data, "spec", "ref"))
    for key in ("commit", "name", "semver", "tag", "branch"):
        value = as_text(reference.get(key))
        if value is not None:
            return key, str(value)
    return "branch", "master"


def _other_reference(declared: Applied, root: Root, index: ObjectIndex) -> str | None:
    """`branch dev` where a source of this repository follows something else than the root's source
    does.

    None where it is the same or unknown.
    """
    if root.source is None or objects.kind(declared.rendered.data) != "GitRepository":
        return None
    main = index.get(root.source.kind, root.source.namespace, root.source.name)
    if main is None:
        return None
    mine, theirs = _reference(declared.rendered.data), _reference(main.rendered.data)
    return None if mine == theirs else f"{mine[0]} {mine[1]}"


def _label(directory: str) -> str:
    """Return how paths of another checkout are shown: below the directory as configured, an
    absolute one by its last segment."""
    shown = directory.rstrip("/")
    return shown.rpartition("/")[2] if shown.startswith("/") else shown


def _below(root: Path, directory: str) -> str | None:
    """Return the directory relative to the root, where it lies below it."""
    try:
        return (root / directory).resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return None
