"""The whole engine in one call: a directory becomes a `Platform`.

In: the scan root and the settings. Out: the frozen model. Pure but for reading files below the root and asking `git`; nothing that a
repository contains makes it raise.

A `Scanner` scans one root again and again, as a live server needs it, and does again only what a changed file asks for: files that did not
change stay parsed, builds that did not read a changed file stay rendered, layers for which every look-up gives the same keep their parts.
Where a file came or went, everything but the parsed files is done anew: a build may have looked for it.
"""

from __future__ import annotations

import dataclasses
import gc
import os
import posixpath
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from gitops_docs import checks, graph, knowledge, progress
from gitops_docs.checks import ignores
from gitops_docs.flux import installation, layers, objects, roots, secrets, sources, version
from gitops_docs.flux.built import Built
from gitops_docs.flux.index import ObjectIndex
from gitops_docs.flux.manifests import Manifests
from gitops_docs.flux.parts import Parts, PartsOfLayers, of_directory
from gitops_docs.flux.scope import Scopes
from gitops_docs.flux.walk import Walker
from gitops_docs.kustomize import Rendered
from gitops_docs.model import (
    Cluster,
    Commit,
    Finding,
    FluxInstallation,
    Orphan,
    Ownership,
    Platform,
    Repository,
    Secret,
    Severity,
)
from gitops_docs.redaction import scrubbed
from gitops_docs.repository import budget, codeowners, git, history
from gitops_docs.repository.directories import directories
from gitops_docs.repository.limits import MAX_DIRECTORIES
from gitops_docs.repository.tree import Checkout, Tree, UnreadableFile
from gitops_docs.settings import Settings
from gitops_docs.text.patterns import Pattern


class Scan(Struct):
    """What `scan` worked with, for those who need the objects themselves: `render`, and the gate that looks for secrets in a site."""

    platform: Platform
    built: dict[str, Built] = field(default_factory=dict)
    checkouts: tuple[Checkout, ...] = ()
    docs: Tree | None = None
    """The hand-written pages."""


def scan(root: Path, settings: Settings | None = None) -> Platform:
    """Everything that the repository below `root` describes.

    Args:
        root: The scan root, a directory.
        settings: What the user set; defaults where None.
    """
    return analyse(root, settings).platform


def analyse(root: Path, settings: Settings | None = None) -> Scan:
    """Like `scan`, with the layers as they were walked."""
    return Scanner(root, settings).analyse()


class Scanner:
    """Scans one root, and again when something changed. Nothing is kept outside of the process: there may be secrets in it."""

    def __init__(self, root: Path, settings: Settings | None = None, written: Iterable[Path] = ()) -> None:
        """A scanner of `root`, but for the directories `written` that a build writes to."""
        self.root = root
        self.settings = settings or Settings()
        self.written = tuple(written)
        self._checkout: Checkout | None = None
        self._sources: sources.Sources | None = None
        self._walker: Walker | None = None
        self._manifests = Manifests()
        self._parts = PartsOfLayers()
        self._commits: tuple[tuple[Repository, frozenset[str]], tuple[Commit, ...]] | None = None

    def given(self, root: Path, settings: Settings, written: Iterable[Path] = ()) -> Scanner:
        """A scanner of this root with these settings: this one, where only the site around the pages is another."""
        same = dataclasses.replace(settings, site=self.settings.site) == self.settings
        if root != self.root or not same or tuple(written) != self.written:
            return Scanner(root, settings, written)
        self.settings = settings
        return self

    def scan(self) -> Platform:
        """What the repository describes now."""
        return self.analyse().platform

    def analyse(self) -> Scan:
        """Like `scan`, with the layers as they were walked."""
        with _without_collector():
            return self._analyse()

    def _analyse(self) -> Scan:
        settings = self.settings
        repository = git.describe(self.root, settings.repository_url)
        checkout, found_sources, walker = self._refreshed(repository.url)
        tree = found_sources.own_tree()
        manifests, broken = self._manifests.read(checkout, tree)
        walker.builds.begin()
        starts, walked = _walk(manifests, tree, settings, walker)

        words = layers.Words(tree)
        parts: list[Parts] = []
        reached: set[str] = set()
        for start, cluster in zip(starts, walked, strict=True):
            reached |= cluster.files
            definitions = cluster.index.of_kind("CustomResourceDefinition")
            scopes = Scopes(applied.rendered.data for applied in definitions)
            known = frozenset(layer.id for layer in cluster.layers)
            flux = cluster.flux = _installation(cluster.index, settings)
            trees = found_sources.tree_of(start, cluster.index)
            parts += [
                self._parts.of(layer, cluster.index, scopes, words, known, flux, trees) for layer in cluster.layers
            ]
            parts.append(of_directory(cluster.index, start.cluster, flux))
            parts.append(Parts(findings=cluster.findings))
        platform = _platform(repository, starts, walked, parts)
        platform = replace(
            platform,
            orphans=tuple(_orphans(manifests, reached)),
            secrets=tuple(sorted((*platform.secrets, *_stray_secrets(manifests, reached)), key=_secret_order)),
            findings=(
                *platform.findings,
                *_unread(broken, reached, platform),
                *_too_large(found_sources.checkouts, walker),
                *(_too_many_patterns(file, "files that it names are not left out") for file in found_sources.cut_short),
                *_not_known(checkout),
            ),
            commits=self._history(repository, checkout),
            directories=directories(checkout),
        )
        rules = codeowners.read(checkout, repository.prefix)
        platform = _owned(platform, rules)
        if rules is not None and rules.is_exhausted:
            platform = replace(
                platform, findings=(*platform.findings, _too_many_patterns(rules.file, "owners are not shown"))
            )
            rules = None
        directory = settings.site.docs_dir
        docs = self._pages(checkout, directory) if directory is not None else None
        platform, joined = self._joined(platform, checkout, docs, manifests, walked, rules)
        found = checks.run(platform, settings) + list(platform.findings) + joined
        commented = chain(_commented(checkout), _commented(self._pages_outside()))
        settled = checks.settle(found, settings, commented, self.root)
        platform = _scrubbed(replace(platform, findings=settled))
        built = {layer.id: layer for cluster in walked for layer in cluster.layers}
        progress.clear()
        return Scan(platform, built, found_sources.checkouts, docs)

    def _history(self, repository: Repository, checkout: Checkout) -> tuple[Commit, ...]:
        """The last commits; the same ones as long as HEAD and the names of the files are the same."""
        known = (repository, checkout.files)
        if self._commits is None or self._commits[0] != known:
            commits = history.read(self.root, checkout.files) if repository.revision is not None else ()
            self._commits = (known, commits)
        return self._commits[1]

    def _pages_outside(self) -> Checkout | None:
        """The hand-written pages, where they do not lie below the scan root."""
        directory = self.settings.site.docs_dir or ""
        return Checkout(self.root / directory, directory) if directory.startswith("..") else None

    def _joined(
        self,
        platform: Platform,
        checkout: Checkout,
        docs: Tree | None,
        manifests: list[roots.Manifest],
        walked: list[_Walked],
        rules: codeowners.CodeOwners | None,
    ) -> tuple[Platform, list[Finding]]:
        """The platform with the hand-written pages, and what is wrong with them."""
        applied = (_known(item) for cluster in walked for layer in cluster.layers for item in layer.objects)
        known = chain(applied, (_known(manifest) for manifest in manifests if manifest.key[2]))

        def owner_of(path: str) -> str | None:
            return " ".join(rules.of(path)) or None if rules is not None else None

        return knowledge.join(platform, self.settings, checkout, docs, known, owner_of)

    def _pages(self, checkout: Checkout, directory: str) -> Tree:
        """The hand-written pages: those of the repository, or of a directory that lies outside or that Git leaves out."""
        place = posixpath.normpath(directory)
        own = Tree.of(checkout, root="" if place == "." else place)
        return own if own.files else Tree.of(Checkout(self.root / directory))

    def _refreshed(self, url: str | None) -> tuple[Checkout, sources.Sources, Walker]:
        """The checkout, the sources and the walker, without what a changed file makes wrong."""
        if self._checkout is None or self._sources is None or self._walker is None:
            root = Path(os.path.realpath(self.root))
            inside = (Path(os.path.realpath(path)) for path in self.written)
            written = [path.relative_to(root).as_posix() for path in inside if root in path.parents]
            self._checkout = Checkout(self.root, written=written)
            return self._begin(self._checkout, url)
        changed = self._sources.refresh()
        if changed is None or url != self._sources.url:
            return self._begin(self._checkout, url)
        self._walker.builds.forget(changed)
        return self._checkout, self._sources, self._walker

    def _begin(self, checkout: Checkout, url: str | None) -> tuple[Checkout, sources.Sources, Walker]:
        self._sources = sources.Sources(checkout, self.settings, url)
        self._walker = Walker(self._sources, self.settings)
        return checkout, self._sources, self._walker


@contextmanager
def _without_collector() -> Iterator[None]:
    """A scan makes hundreds of thousands of objects that stay and no cycles: to look for garbage among them takes a tenth of its time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class _Walked(Struct):
    layers: list[Built]
    index: ObjectIndex
    files: frozenset[str]
    findings: list[Finding]
    flux: FluxInstallation = field(default_factory=FluxInstallation)


def _known(item: Rendered | roots.Manifest) -> knowledge.Known:
    return knowledge.Known(*item.key, item.data, item.file, item.line, type(item) is Rendered)


def _walk(
    manifests: list[roots.Manifest], tree: Tree, settings: Settings, walker: Walker
) -> tuple[list[roots.Root], list[_Walked]]:
    """Find the roots and walk each. Guessed roots that another one's layers already read are no roots."""
    starts = roots.find_roots(manifests, tree, settings.clusters)
    guessed = not starts
    if guessed:
        starts = roots.guess_roots(manifests, tree)
    walked = [_Walked(*walker.cluster(start)) for start in starts]
    if guessed and len(starts) > 1:
        kept = [
            index
            for index, start in enumerate(starts)
            if not any(
                start.entry.file in other.files and walked[index].files < other.files
                for position, other in enumerate(walked)
                if position != index
            )
        ]
        starts, walked = [starts[index] for index in kept], [walked[index] for index in kept]
    contexts = settings.contexts
    return [replace(start, context=start.context or contexts.get(start.cluster)) for start in starts], walked


def _commented(checkout: Checkout | None) -> Iterator[ignores.Commented]:
    """The files that may say which findings to ignore."""
    for path in sorted(checkout.files) if checkout is not None else ():
        if checkout is None or not path.endswith((".yaml", ".yml", ".md")) or not checkout.is_marked(path):
            continue
        try:
            text = checkout.read(path).decode("utf-8-sig", "replace")
        except UnreadableFile:
            continue
        found = ignores.in_markdown(text) if path.endswith(".md") else checkout.comments(path)
        yield ignores.Commented(checkout.origin(path), text, found)


def _installation(index: ObjectIndex, settings: Settings) -> FluxInstallation:
    items = (applied.rendered.data for applied in index.of_kind(*version.KINDS))
    return installation.installation(items, settings.flux_version)


def _platform(
    repository: Repository, starts: Iterable[roots.Root], walked: Iterable[_Walked], parts: list[Parts]
) -> Platform:
    """The parts of all layers as one object, each list by identity."""
    each = chain.from_iterable
    found = (part.layer for part in parts if part.layer is not None)
    return Platform(
        repository=repository,
        clusters=tuple(
            sorted(
                (
                    Cluster(
                        start.cluster, start.directory, start.entry, start.context, cluster.flux.version, cluster.flux
                    )
                    for start, cluster in zip(starts, walked, strict=True)
                ),
                key=lambda cluster: cluster.id,
            )
        ),
        layers=graph.with_waves(tuple(sorted(found, key=lambda layer: layer.id))),
        releases=tuple(
            sorted(each(p.releases for p in parts), key=lambda r: (r.layer, r.namespace, r.name, r.file, r.line))
        ),
        images=tuple(sorted(each(p.images for p in parts), key=lambda i: (i.layer, i.image, i.file, i.line))),
        sources=tuple(
            sorted(each(p.sources for p in parts), key=lambda s: (s.cluster, s.kind, s.namespace, s.name, s.layer))
        ),
        variables=tuple(sorted(each(p.variables for p in parts), key=lambda v: (v.layer, v.name))),
        alerts=tuple(
            sorted(
                each(p.alerts for p in parts), key=lambda a: (a.cluster, a.kind, a.namespace, a.name, a.file, a.line)
            )
        ),
        providers=tuple(
            sorted(each(p.providers for p in parts), key=lambda p: (p.cluster, p.namespace, p.name, p.layer))
        ),
        secrets=tuple(each(p.secrets for p in parts)),
        findings=tuple(each(p.findings for p in parts)),
    )


def _scrubbed(platform: Platform) -> Platform:
    """The platform without credentials in any text. The parts of layers are so already, and may be many."""
    done = {
        name: getattr(platform, name)
        for name in ("layers", "releases", "images", "sources", "variables", "alerts", "providers")
    }
    empty: dict[str, Any] = dict.fromkeys(done, ())
    return replace(scrubbed(replace(platform, **empty)), **done)


def _owned(platform: Platform, rules: codeowners.CodeOwners | None) -> Platform:
    """The platform with the owners of its files."""
    if rules is None:
        return platform
    files = {name for layer in platform.layers for name in (*layer.files, layer.file)}
    files |= {orphan.file for orphan in platform.orphans}
    owners = [Ownership(name, rules.of(name)) for name in sorted(files - {""})]
    if rules.is_exhausted:
        return platform
    return replace(platform, owners=tuple(item for item in owners if item.owners), has_owners=True)


def _secret_order(secret: Secret) -> tuple[str, str, str, str, str, str, int]:
    return secret.cluster, secret.layer, secret.namespace, secret.name, secret.kind, secret.file, secret.line


def _orphans(manifests: list[roots.Manifest], reached: set[str]) -> list[Orphan]:
    """Objects in files that no layer reads."""
    found = {
        Orphan(manifest.file, objects.kind(manifest.data), objects.name(manifest.data), manifest.line)
        for manifest in manifests
        if manifest.file not in reached
        and objects.kind(manifest.data)
        and objects.name(manifest.data)
        and objects.group(manifest.data) not in ("kustomize.config.k8s.io", "config.kubernetes.io")
        and objects.api_version(manifest.data)
    }
    return sorted(found, key=lambda orphan: (orphan.file, orphan.line, orphan.kind, orphan.name))


def _stray_secrets(manifests: list[roots.Manifest], reached: set[str]) -> list[Secret]:
    """Secrets in files that no layer reads: nothing applies them, and everybody can read them."""
    found = (
        secrets.secret(manifest.data, manifest.file, manifest.line)
        for manifest in manifests
        if manifest.file not in reached
    )
    return [item for item in found if item is not None]


_TEMPLATES = Pattern(r"(?:\A|/)templates?/")


def _unread(broken: list[Finding], reached: set[str], platform: Platform) -> list[Finding]:
    """Problems of reading. Where no layer reads the file, Flux never sees it: that is information.

    A file that a layer takes without a word is the content of a generator: it may be YAML or not.
    A template is worth a word anywhere: where it lies among manifests, the next generated kustomization takes it up. Not so in a directory
    that is for templates.
    """
    told = {(finding.code, finding.file, finding.line) for finding in platform.findings}
    taken = {file for layer in platform.layers for file in layer.files}
    return [
        finding
        if finding.file in reached or (finding.code == "yaml-template" and not _TEMPLATES.search(finding.file or ""))
        else replace(finding, severity=Severity.INFO)
        for finding in broken
        if finding.code != budget.CODE
        and not (
            finding.code.startswith("yaml-")
            and finding.file in taken
            and (finding.code, finding.file, finding.line) not in told
        )
    ]


def _not_known(checkout: Checkout) -> Iterator[Finding]:
    if checkout.problem is not None:
        message = f"the Git repository is not read, so files that it ignores, revision and history are not known: {checkout.problem}"
        yield Finding(git.CODE, Severity.WARNING, message)
    if checkout.too_deep:
        number = len(checkout.too_deep)
        files = "1 file is" if number == 1 else f"{number} files are"
        message = f"{files} not read, this one first: more than {MAX_DIRECTORIES} directories lie above; move it up"
        yield Finding("file-too-deep", Severity.WARNING, message, checkout.origin(min(checkout.too_deep)), 1)


def _too_many_patterns(file: str, what: str) -> Finding:
    message = (
        f"{what}: to compare the patterns of {posixpath.basename(file)} with the files of this repository takes more than "
        f"{budget.MAX_MATCHED:,} steps; write fewer, or such as begin at the root"
    )
    return Finding(budget.CODE, Severity.WARNING, message, file, 1)


def _too_large(checkouts: Iterable[Checkout], walker: Walker) -> Iterator[Finding]:
    """What the budgets of a scan do not cover: the files that were not read, the layers that are not shown."""
    advice = "scan a part of the repository, or keep data out of manifests"
    for checkout in checkouts:
        if checkout.unread:
            first = checkout.origin(min(checkout.unread))
            number = len(checkout.unread)
            files = "1 file" if number == 1 else f"{number} files"
            message = (
                f"{files} not read, this one first: together the files of this repository hold more than "
                f"{budget.MAX_READ:,} values; {advice}"
            )
            yield Finding(budget.CODE, Severity.WARNING, message, first, 1)
    layer = walker.builds.exceeded
    if layer is not None:
        message = (
            f"from `{layer.kustomization.name}` on layers are listed without their objects: the layers of this repository hold more than "
            f"{budget.MAX_APPLIED:,} values, or take more than {budget.MAX_WORK:,} steps to build; {advice}"
        )
        place = layer.kustomization
        yield Finding(budget.CODE, Severity.WARNING, message, place.file or None, place.line or None, layer.id)
