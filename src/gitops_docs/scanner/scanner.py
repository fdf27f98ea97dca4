"""Run the whole engine in one call: a directory becomes a `Platform`.

In: the scan root and the settings. Out: the frozen model. Pure but for reading files below the root
and asking `git`; nothing that a repository contains makes it raise.

A `Scanner` scans one root again and again, as a live server needs it, and does again only what a
changed file asks for: files that did not change stay parsed, builds that did not read a changed
file stay rendered, layers for which every look-up gives the same keep their parts. Where a file
came or went, everything but the parsed files is done anew: a build may have looked for it.
"""

from __future__ import annotations

import dataclasses
import gc
import os
import posixpath
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from gitops_docs import runbooks
from gitops_docs.checks import ignores
from gitops_docs.checks.registry import run
from gitops_docs.checks.settle import settle
from gitops_docs.extract import automation
from gitops_docs.extract.comments import Comments
from gitops_docs.extract.extractor import Extractor, LayerExtract, of_directory
from gitops_docs.flux import foreign, roots, rules
from gitops_docs.flux.layer import RenderedLayer
from gitops_docs.flux.manifests import Manifests
from gitops_docs.flux.sources import resolve
from gitops_docs.flux.walk import Walked, Walker
from gitops_docs.helm.inspect import Inspector
from gitops_docs.helm.store import stored_charts
from gitops_docs.index import graph
from gitops_docs.kubernetes import objects
from gitops_docs.kubernetes.definitions import Scopes
from gitops_docs.kustomize import BuildCache
from gitops_docs.model import (
    Commit,
    Finding,
    Location,
    Platform,
    Release,
    Repository,
    layer_refs,
)
from gitops_docs.repository import codeowners, git, history
from gitops_docs.repository.checkout import Checkout, UnreadableFile
from gitops_docs.repository.directories import directories
from gitops_docs.repository.rules import FileTooDeep, GitNotRead
from gitops_docs.repository.tree import Tree
from gitops_docs.scanner.charts import ChartScan, ReleaseObjects
from gitops_docs.scanner.platform import (
    assemble,
    known_object,
    redact_platform,
    secret_order,
    stated_environments,
    walk_clusters,
    with_owners,
)
from gitops_docs.scanner.unapplied import (
    budget_findings,
    find_orphans,
    stray_secrets,
    too_many_patterns,
    unread_findings,
)
from gitops_docs.settings.options import Settings
from gitops_docs.text import memo, progress
from gitops_docs.yaml.limits import MAX_DIRECTORIES


def _no_charts(_layer: str) -> list[ReleaseObjects]:
    return []


def _no_defaults(_release: Release) -> Mapping[str, str]:
    return {}


class Scan(Struct):
    """What `scan` worked with, for those who need the objects themselves: `render`, and the gate
    that looks for secrets in a site."""

    platform: Platform
    built: dict[str, RenderedLayer] = field(default_factory=dict)
    checkouts: tuple[Checkout, ...] = ()
    docs: Tree | None = None
    """The hand-written pages."""
    chart_objects: Callable[[str], list[ReleaseObjects]] = _no_charts
    """Id of a layer to what the charts of its releases rendered to."""
    chart_defaults: Callable[[Release], Mapping[str, str]] = _no_defaults
    """A release to the defaults of its chart, by path, credentials taken out."""


def scan(root: Path, settings: Settings | None = None) -> Platform:
    """Return everything that the repository below `root` describes.

    Args:
        root: The scan root, a directory.
        settings: What the user set; defaults where None.
    """
    return analyse(root, settings).platform


def analyse(
    root: Path,
    settings: Settings | None = None,
    prefix: str | None = None,
    store: Path | None = None,
) -> Scan:
    """Like `scan`, with the layers as they were walked; `prefix` and `store` as in `Scanner`."""
    return Scanner(root, settings, prefix=prefix, store=store).analyse()


class Scanner:
    """Scans one root, and again when something changed. Nothing is kept outside of the process:
    there may be secrets in it."""

    def __init__(
        self,
        root: Path,
        settings: Settings | None = None,
        written: Iterable[Path] = (),
        prefix: str | None = None,
        store: Path | None = None,
    ) -> None:
        """
        Args:
            root: The scan root, a directory.
            settings: What the user set; defaults where None.
            written: Directories that a build writes to, which are left out.
            prefix: The path of the scan root below the root of its repository, with a final `/`,
                where Git is not there to say it. None: Git is asked.
            store: The scan root whose chart store is used, where that is another one: of a commit
                only the files are there.
        """
        self.root = root
        self.settings = settings or Settings()
        self.written = tuple(written)
        self.prefix = prefix
        self.store = store or root
        self._checkout: Checkout | None = None
        self._sources: resolve.Sources | None = None
        self._walker: Walker | None = None
        self._manifests = Manifests()
        self._parts = Extractor(self.settings.owner_label)
        self._commits: (
            tuple[tuple[Repository, frozenset[str], frozenset[str]], tuple[Commit, ...]] | None
        ) = None
        self._inspector: Inspector | None = None
        self._rendered = ChartScan(self.store, os.environ)
        self._read_before = runbooks.Kept()
        # Texts of the repository go with its scanner.
        weakref.finalize(self, memo.forget).atexit = False

    def reconfigured(self, root: Path, settings: Settings, written: Iterable[Path] = ()) -> Scanner:
        """Return a scanner of this root with these settings: this one, where only the site around
        the pages is another."""
        same = dataclasses.replace(settings, site=self.settings.site) == self.settings
        if root != self.root or not same or tuple(written) != self.written:
            return Scanner(root, settings, written)
        self.settings = settings
        return self

    @property
    def rendered_count(self) -> int:
        """How often Helm was started for a release, in all scans."""
        return self._rendered.count

    def scan(self) -> Platform:
        """Return what the repository describes now."""
        return self.analyse().platform

    def analyse(self) -> Scan:
        """Like `scan`, with the layers as they were walked."""
        with without_collector(), memo.scan():
            return self._analyse()

    def _analyse(self) -> Scan:
        settings = self.settings
        repository = git.describe(self.root, settings.repository_url)
        checkout, found_sources, walker = self._refreshed(repository)
        tree, prefix = found_sources.own_tree(), found_sources.prefix
        everywhere, broken = self._manifests.read(found_sources.whole, tree)
        walker.builds.begin()
        starts, walked, left_out = walk_clusters(everywhere, tree, settings, walker, prefix)
        manifests = [one for one in everywhere if one.path.startswith(prefix)]

        parts, unlisted = self._extracted(starts, walked, found_sources)
        reached = set().union(*(cluster.files for cluster in walked))
        others = foreign.Foreign(manifests, tree.files)
        platform = assemble(repository, starts, walked, parts)
        platform = replace(
            platform,
            orphans=tuple(find_orphans(manifests, reached, others)),
            secrets=tuple(
                sorted((*platform.secrets, *stray_secrets(manifests, reached)), key=secret_order)
            ),
            findings=(
                *platform.findings,
                *unread_findings(broken, reached, platform),
                *budget_findings(found_sources.checkouts, walker),
                *_not_taken(left_out, reached),
                *_without_flux(platform, others),
                *(
                    too_many_patterns(file, "files that it names are not left out")
                    for file in found_sources.cut_short
                ),
                *_not_known(checkout),
            ),
            directories=directories(checkout),
            image_markers=tuple(automation.markers(checkout)),
            environments=tuple(stated_environments(platform, settings)),
        )
        platform = replace(platform, commits=self._history(repository, checkout, platform))
        platform, rules = _owned(platform, checkout, repository)
        directory = settings.site.docs_dir
        docs = self._pages(checkout, directory) if directory is not None else None
        platform, joined = self._joined(platform, checkout, docs, manifests, walked, rules)
        found = _checked(platform, unlisted, settings) + list(platform.findings) + joined
        commented = chain(
            _commented(checkout),
            _commented(self._pages_outside()),
            _commented(found_sources.outside, reached),
        )
        settled = settle(found, settings, commented, self.root)
        platform = redact_platform(replace(platform, findings=settled))
        built = {layer.id: layer for cluster in walked for layer in cluster.layers}
        progress.clear()
        return Scan(
            platform,
            built,
            found_sources.checkouts,
            docs,
            self._rendered.objects_of,
            self._rendered.defaults_of,
        )

    def _extracted(
        self, starts: list[roots.Root], walked: list[Walked], found_sources: resolve.Sources
    ) -> tuple[list[LayerExtract], list[LayerExtract]]:
        """Return the facts of all layers and of what their charts make, and those of the
        directories of guessed roots, which are not layers."""
        inspect = self._inspected()
        words = Comments(found_sources.own_tree())
        parts: list[LayerExtract] = []
        unlisted: list[LayerExtract] = []
        with inspect.charts.store.reading():
            for start, cluster in zip(starts, walked, strict=True):
                definitions = cluster.index.of_kind("CustomResourceDefinition")
                scopes = Scopes(applied.rendered.data for applied in definitions)
                known = frozenset(layer.id for layer in cluster.layers)
                trees = found_sources.tree_of(start, cluster.index)
                around = (cluster.index, scopes, words, known, cluster.flux, trees, inspect)
                extracted = [self._parts.of(layer, *around) for layer in cluster.layers]
                parts += self._rendered.rendered(
                    extracted, cluster.index, trees, self.settings, start.cluster
                )
                own = self._parts.of(cluster.own, *around) if cluster.own is not None else None
                if own is not None:
                    unlisted.append(own)
                parts.append(of_directory(cluster.index, start.cluster, own))
                parts.append(LayerExtract(findings=cluster.findings))
        return parts, unlisted

    def _inspected(self) -> Inspector:
        """Return what adds the facts of charts: the same object as long as the store and the lock
        file are the same."""
        version = self.settings.kubernetes_version
        charts = stored_charts(self.root, self.settings.charts, self.store)
        if self._inspector is None or not self._inspector.holds(charts, version):
            self._inspector = Inspector(charts, version, self.settings.kubernetes_versions)
        self._rendered.begin(self._inspector.charts)
        return self._inspector

    def _history(
        self, repository: Repository, checkout: Checkout, platform: Platform
    ) -> tuple[Commit, ...]:
        """Return the last commits; the same ones as long as HEAD and the names of the files are the
        same."""
        # No line of a file that holds a Secret is looked at, whatever its key is called.
        secret = frozenset(secret.file for secret in platform.secrets)
        known = (repository, checkout.files, secret)

        def content(path: str) -> bytes | None:
            try:
                return (
                    checkout.read(path) if path in checkout.files and path not in secret else None
                )
            except UnreadableFile:
                return None

        if self._commits is None or self._commits[0] != known:
            commits = (
                history.read(self.root, checkout.files) if repository.revision is not None else ()
            )
            commits = history.with_values(self.root, commits, content) if commits else ()
            self._commits = (known, commits)
        return self._commits[1]

    def _pages_outside(self) -> Checkout | None:
        """Return the hand-written pages, where they do not lie below the scan root."""
        directory = self.settings.site.docs_dir or ""
        return Checkout(self.root / directory, directory) if directory.startswith("..") else None

    def _joined(
        self,
        platform: Platform,
        checkout: Checkout,
        docs: Tree | None,
        manifests: list[roots.Manifest],
        walked: list[Walked],
        rules: codeowners.CodeOwners | None,
    ) -> tuple[Platform, list[Finding]]:
        """Return the platform with the hand-written pages, and what is wrong with them."""
        applied = (
            known_object(item)
            for cluster in walked
            for layer in cluster.layers
            for item in layer.objects
        )
        known = chain(
            applied, (known_object(manifest) for manifest in manifests if manifest.key[2])
        )

        def owner_of(path: str) -> str | None:
            return " ".join(rules.of(path)) or None if rules is not None else None

        return runbooks.join(
            platform, self.settings, checkout, docs, known, owner_of, self._read_before
        )

    def _pages(self, checkout: Checkout, directory: str) -> Tree:
        """Return the hand-written pages: those of the repository, or of a directory that lies
        outside or that Git leaves out."""
        place = posixpath.normpath(directory)
        own = Tree.of(checkout, root="" if place == "." else place)
        return own if own.files else Tree.of(Checkout(self.root / directory))

    def _refreshed(self, repository: Repository) -> tuple[Checkout, resolve.Sources, Walker]:
        """Return the checkout, the sources and the walker, without what a changed file makes
        wrong."""
        if self._checkout is None or self._sources is None or self._walker is None:
            root = Path(os.path.realpath(self.root))
            inside = (Path(os.path.realpath(path)) for path in self.written)
            written = [path.relative_to(root).as_posix() for path in inside if root in path.parents]
            self._checkout = Checkout(self.root, written=written)
            return self._begin(self._checkout, repository, self._prefix(self._checkout, repository))
        changed = self._sources.refresh()
        prefix = self._prefix(self._checkout, repository)
        known = (self._sources.url, self._sources.prefix)
        if changed is None or (repository.url, prefix) != known:
            return self._begin(self._checkout, repository, prefix)
        self._walker.builds.forget(changed)
        return self._checkout, self._sources, self._walker

    def _begin(
        self, checkout: Checkout, repository: Repository, prefix: str
    ) -> tuple[Checkout, resolve.Sources, Walker]:
        outside = None
        if prefix:
            up = "/".join([".."] * prefix.count("/"))
            known = self._sources
            outside = known.outside if known is not None and known.prefix == prefix else None
            outside = outside or Checkout(self.root.resolve() / up, up, without=prefix)
        self._sources = resolve.Sources(checkout, self.settings, repository.url, outside, prefix)
        self._walker = Walker(self._sources, self.settings, BuildCache())
        return checkout, self._sources, self._walker

    def _prefix(self, checkout: Checkout, repository: Repository) -> str:
        """Return the path of the scan root below the root that `spec.path` counts from, with a
        final `/`.

        That is the root of the Git work tree, unless more of the paths that the scanned files name
        are there from a directory below it: an example or a fixture that is a repository of its
        own.
        """
        place = self.prefix
        if place is None:
            place = repository.prefix
            if repository.revision is None:
                # There is no commit yet, or none of the files is in one.
                place = (git.prefix(self.root) or "") if checkout.files else ""
        if not place:
            return ""
        own = Tree.of(checkout)
        manifests, _ = self._manifests.read(own, own)
        named = roots.named_paths(manifests)
        depth = place.count("/")

        def found(up: int) -> int:
            """Return how many of the paths exist from so many directories above the scan root."""
            if not up:
                return sum(map(own.is_dir, named))
            base = os.path.join(self.root.resolve(), *[".."] * up)
            return sum(os.path.isdir(os.path.join(base, path)) for path in named)

        up = max(range(depth + 1), key=lambda up: (found(up), up))
        return "".join(f"{part}/" for part in place.split("/")[depth - up : depth])


@contextmanager
def without_collector() -> Iterator[None]:
    """Switch the garbage collector off until the block ends. A scan and its pages make hundreds of
    thousands of objects that stay and form no cycles; to search them takes a tenth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _commented(
    checkout: Checkout | None, names: set[str] | None = None
) -> Iterator[ignores.Commented]:
    """Yield the files that may say which findings to ignore: those of these names, or all."""
    for path in sorted(checkout.files) if checkout is not None else ():
        if names is not None and checkout is not None and checkout.origin(path) not in names:
            continue
        if (
            checkout is None
            or not path.endswith((".yaml", ".yml", ".md"))
            or not checkout.is_marked(path)
        ):
            continue
        try:
            text = checkout.read(path).decode("utf-8-sig", "replace")
        except UnreadableFile:
            continue
        found = ignores.in_markdown(text) if path.endswith(".md") else checkout.comments(path)
        yield ignores.Commented(checkout.origin(path), text, found)


def _checked(platform: Platform, unlisted: list[LayerExtract], settings: Settings) -> list[Finding]:
    """Return what the checks find.

    Args:
        platform: The platform.
        unlisted: The directories of guessed roots, which are not layers of the platform: they are
            checked as if each were the parent of its cluster's layers.
        settings: The user's.
    """
    own = {part.layer.cluster: part.layer for part in unlisted if part.layer is not None}
    if not own:
        return run(platform, settings)
    layers = [
        replace(layer, parent=own[layer.cluster].id)
        if layer.parent is None and layer.cluster in own
        else layer
        for layer in platform.layers
    ]
    each = chain.from_iterable
    whole = replace(
        platform,
        layers=graph.with_waves((*layers, *own.values())),
        releases=(*platform.releases, *each(part.releases for part in unlisted)),
        images=(*platform.images, *each(part.images for part in unlisted)),
        alerts=(*platform.alerts, *each(part.alerts for part in unlisted)),
        providers=(*platform.providers, *each(part.providers for part in unlisted)),
    )
    known = {layer.id for layer in platform.layers}
    made = []
    for finding in run(whole, settings, platform):
        kept = tuple(one for one in finding.layers if one in known)
        gone = layer_refs(one for one in finding.layers if one not in known)
        about = tuple(ref for ref in finding.about if ref not in gone)
        made.append(replace(finding, layers=kept, about=about))
    return made


def _owned(
    platform: Platform, checkout: Checkout, repository: Repository
) -> tuple[Platform, codeowners.CodeOwners | None]:
    """Return the platform with the owners of its files, and the rules that name them: None where
    there are none, or more than are read."""
    rules = codeowners.read(checkout, repository.prefix)
    platform = with_owners(platform, rules)
    if rules is None or not rules.is_exhausted:
        return platform, rules
    finding = too_many_patterns(rules.file, "owners are not shown")
    return replace(platform, findings=(*platform.findings, finding)), None


def _not_taken(left_out: list[roots.Manifest], reached: set[str]) -> Iterator[Finding]:
    """Yield a finding for each directory that may be a cluster, and that is not taken for one
    because the files do not say so."""
    told: set[str] = set()
    for manifest in sorted(left_out, key=lambda one: (one.file, one.line)):
        directory = posixpath.dirname(manifest.file)
        if manifest.file in reached or directory in told:
            continue
        told.add(directory)
        message = (
            f"Kustomization {objects.name(manifest.data)} is applied by no layer, and it is not "
            f"clear "
            f"whether Flux starts here: `{directory or '.'}` is not taken for a cluster; if it is "
            f"one, "
            "name the directory in the setting `clusters`"
        )
        yield rules.ClusterLeftOut.at(manifest, message)


def _without_flux(platform: Platform, others: foreign.Foreign) -> Iterator[Finding]:
    """Yield the finding for a repository in which Flux starts nowhere."""
    if platform.clusters:
        return
    if others.argo:
        first = min(others.argo, key=lambda one: (one.file, one.line))
        message = (
            f"nothing here is for Flux: {objects.kind(first.data)} {objects.name(first.data)} is "
            f"for "
            "Argo CD, which is not supported; run on a repository that Flux applies"
        )
        yield rules.ClusterNone.at(first, message)
        return
    message = (
        "nothing here says where Flux starts: no Kustomization, no FluxInstance; the setting "
        "`clusters` names the directory that the root applies"
    )
    yield rules.ClusterNone.at(None, message)


def _not_known(checkout: Checkout) -> Iterator[Finding]:
    if checkout.problem is not None:
        message = (
            f"the Git repository is not read, so files that it ignores, revision and history are "
            f"not known: {checkout.problem}"
        )
        yield GitNotRead.at(None, message)
    if checkout.too_deep:
        number = len(checkout.too_deep)
        files = "1 file is" if number == 1 else f"{number} files are"
        message = (
            f"{files} not read, this one first: more than {MAX_DIRECTORIES} directories lie above; "
            f"move it up"
        )
        yield FileTooDeep.at(Location(checkout.origin(min(checkout.too_deep)), 1), message)
