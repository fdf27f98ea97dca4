"""Find the chart of a release and pack it: an archive of the store, or a directory or an archive of
a source that lies in files here."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

import msgspec
from msgspec import Struct

from gitops_docs import redaction
from gitops_docs.helm import archive as archives
from gitops_docs.helm import dependencies, ignore, metadata
from gitops_docs.helm.archive import Archive, ArchiveError
from gitops_docs.helm.charts import FindTree
from gitops_docs.helm.dependencies import is_enabled
from gitops_docs.helm.metadata import Dependency, MetadataError
from gitops_docs.helm.references import ChartReference, of_origin, reference
from gitops_docs.helm.render import package
from gitops_docs.helm.render.package import Facts, Package
from gitops_docs.helm.store import Charts
from gitops_docs.model import ChartOrigin, Release
from gitops_docs.repository.checkout import UnreadableFile
from gitops_docs.repository.tree import Tree
from gitops_docs.yaml.nodes import Map, Scalar, deep_merge

_NOT_PULLED = "has not been pulled"
NOT_PULLED = f"it {_NOT_PULLED}"
_MAX_CHARTS = 512


def is_not_pulled(reason: str) -> bool:
    """Return whether a chart or one of its dependencies is missing that `charts pull` would
    fetch."""
    return reason.endswith(_NOT_PULLED)


class LocalSource(Struct, frozen=True):
    """Where the chart of a release lies in files: its source, the path in it, and the values files
    that the release names, from the root of the source."""

    kind: str
    namespace: str
    name: str
    path: str
    values_files: tuple[str, ...] = ()
    ignore_missing: bool = False


class Sources:
    """Finds charts. What is known of an archive is kept in the store, so that a second build need
    not look through it.

    Args:
        charts: The store and what references stand for.
    """

    def __init__(self, charts: Charts) -> None:
        self.charts = charts
        self._stored = lru_cache(_MAX_CHARTS)(self._from_store)

    def find(
        self, release: Release, local: LocalSource | None, find_tree: FindTree, values: Map
    ) -> Package | str:
        """Return the chart of a release, or why it is not here: the end of a sentence.

        Args:
            release: The release.
            local: Where its chart lies in files.
            find_tree: The files of a source.
            values: The values of the release, which may switch dependencies off.
        """
        if local is not None:
            tree = find_tree(local.kind, local.namespace, local.name)
            if tree is None:
                return f"{local.kind} {local.namespace}/{local.name} has no files here"
            try:
                return self._from_tree(tree, local, values)
            except (ArchiveError, MetadataError) as error:
                return f"its chart {error}"
        found = reference(release)
        if isinstance(found, str):
            return found
        if not isinstance(found, ChartReference):
            return "its source has no files here"
        entry = self.charts.entry(found)
        origin = release.chart_origin
        if entry is None or origin is None or entry.archive not in self.charts.present:
            return NOT_PULLED
        package = self._stored(
            entry.archive, origin.values_files, origin.ignore_missing_values_files
        )
        if not isinstance(package, Package) or not package.facts.absent:
            return package
        return self._without_absent(package, entry.archive, origin, values)

    def _without_absent(
        self, stored: Package, digest: str, origin: ChartOrigin, values: Map
    ) -> Package | str:
        """Return a chart of the store without the dependencies that it lacks and that nothing asks
        for."""
        try:
            archive = self._archive(digest)
            chart = metadata.read(
                archive, origin.values_files, ignore_missing=origin.ignore_missing_values_files
            )
            needed, rest = _divided(stored.facts.absent, deep_merge(chart.defaults, values))
            if needed:
                return f"its archive lacks the dependency `{needed[0].name}`"
            content = package.pack(
                dependencies.without(archive, rest),
                chart.defaults if origin.values_files else None,
            )
        except (ArchiveError, MetadataError) as error:
            return f"its archive {error}"
        names = [[one.name, one.alias] for one in rest]
        return Package(package.digest(stored.digest, names), stored.facts, lambda: content)

    def _archive(self, digest: str) -> Archive:
        content = self.charts.store.read(digest)
        if content is None:
            raise ArchiveError("is no longer in the store")
        return archives.read(content)

    def defaults(self, release: Release) -> dict[str, str]:
        """Return the defaults of a release's chart in the store, by path, credentials taken out;
        nothing where the chart is not there."""
        found, origin = reference(release), release.chart_origin
        if not isinstance(found, ChartReference) or origin is None:
            return {}
        entry = self.charts.entry(found)
        content = self.charts.store.read(entry.archive) if entry is not None else None
        if content is None:
            return {}
        try:
            chart = metadata.read(
                archives.read(content),
                origin.values_files,
                ignore_missing=origin.ignore_missing_values_files,
            )
        except (ArchiveError, MetadataError):
            return {}
        made = {}
        for path, leaf, judged in redaction.leaves(chart.defaults):
            if type(leaf) is Scalar:
                text = redaction.shown(judged, str(leaf))
                made[_dotted(path)] = redaction.REDACTED if text is None else text
        return made

    def _from_store(
        self, digest: str, values_files: tuple[str, ...], ignore_missing: bool
    ) -> Package | str:
        def load() -> bytes:
            archive = self._archive(digest)
            values = None
            if values_files:
                try:
                    values = metadata.read(
                        archive, values_files, ignore_missing=ignore_missing
                    ).defaults
                except MetadataError as error:
                    raise ArchiveError(str(error)) from None
            return package.pack(archive, values)

        try:
            facts = self._facts(digest, lambda: self._archive(digest))
        except ArchiveError as error:
            return f"its archive {error}"
        return Package(package.digest(digest, values_files, ignore_missing), facts, load)

    def _facts(self, digest: str, read: Callable[[], Archive]) -> Facts:
        name = f"rendered/facts3/{digest[7:]}"
        content = self.charts.store.read_file(name, 4096)
        if content is not None:
            try:
                return msgspec.json.decode(content, type=Facts)
            except msgspec.MsgspecError:
                pass
        facts = package.examine(read())
        self.charts.store.try_file(name, msgspec.json.encode(facts))
        return facts

    def _from_tree(self, tree: Tree, local: LocalSource, given: Map) -> Package | str:
        """Return a chart that lies in files. Of a directory Flux fetches the dependencies that it
        lacks."""
        is_packed = tree.is_file(local.path)
        archive, defaults = _from_files(tree, local)
        absent = dependencies.absent(archive)
        if absent:
            start = defaults
            if start is None:
                start = metadata.read(archive).defaults
            needed, rest = _divided(absent, deep_merge(start, given))
            archive = dependencies.without(archive, rest) if rest else archive
            files = dict(archive.files)
            for one in needed:
                found = self._fetched(one) if not is_packed else None
                if found is None and (one.is_local or is_packed):
                    return f"its chart lacks the dependency `{one.name}`"
                if found is None:
                    return f"its dependency `{one.name}` {_NOT_PULLED}"
                files[f"charts/{one.name}-{archives.digest(found)[7:]}.tgz"] = found
            archive = Archive(files)
        content = package.pack(archive, defaults)
        return Package(
            package.digest(hashlib.sha256(content).hexdigest()),
            package.examine(archive),
            lambda: content,
        )

    def _fetched(self, dependency: Dependency) -> bytes | None:
        """Return the archive of a dependency in the store."""
        origin = dependencies.origin(dependency)
        found = of_origin(origin) if origin is not None else None
        entry = self.charts.entry(found) if isinstance(found, ChartReference) else None
        return self.charts.store.read(entry.archive) if entry is not None else None


def _divided(
    absent: Iterable[Dependency], values: Map
) -> tuple[list[Dependency], list[Dependency]]:
    """Return the dependencies that are missed, and those that are switched off."""
    both: tuple[list[Dependency], list[Dependency]] = ([], [])
    for one in absent:
        both[not is_enabled(one, values)].append(one)
    return both


def _from_files(tree: Tree, local: LocalSource) -> tuple[Archive, Map | None]:
    """Return the files of a chart, and the values that stand in place of its `values.yaml`."""
    try:
        archive = _archive(tree, local.path)
        values = None
        if local.values_files:
            named = {path: tree.read(path) for path in local.values_files if tree.is_file(path)}
            whole = Archive({**archive.files, **{f"{_ELSEWHERE}{k}": v for k, v in named.items()}})
            values = metadata.read(
                whole,
                [f"{_ELSEWHERE}{path}" for path in local.values_files],
                ignore_missing=local.ignore_missing,
            ).defaults
    except UnreadableFile as error:
        raise ArchiveError(f"has a file that cannot be read: {error}") from None
    return archive, values


def _dotted(path: tuple[str | int, ...]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else part)
    return text


_ELSEWHERE = "values files of the source/"


def _archive(tree: Tree, path: str) -> Archive:
    """Return the files of a chart that lies in a source."""
    if tree.is_file(path):
        return archives.read(tree.read(path))
    files = dict(_files(tree, path))
    if "Chart.yaml" not in files:
        raise ArchiveError("has no Chart.yaml")
    for name, content in _neighbours(tree, path, files):
        files.setdefault(name, content)
    return Archive(files)


def _files(tree: Tree, path: str) -> Iterator[tuple[str, bytes]]:
    prefix = f"{path}/" if path else ""
    file = f"{prefix}{ignore.FILE}"
    rules = ignore.Rules(tree.read(file) if tree.is_file(file) else b"")
    total = 0
    names = sorted(name for name in tree.files if name.startswith(prefix))
    if len(names) > archives.MAX_ENTRIES:
        raise ArchiveError(f"has more than {archives.MAX_ENTRIES:,} files")
    for name in names:
        below = name[len(prefix) :]
        if below != "Chart.yaml" and rules.leave_out(below):
            continue
        content = tree.read(name)
        total += len(content)
        if total > archives.MAX_UNPACKED:
            raise ArchiveError(f"has more than {archives.MAX_UNPACKED:,} bytes")
        yield below, content


def _neighbours(tree: Tree, path: str, files: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the charts of `dependencies` that `file://` names in the same source, which
    source-controller packs with the chart (`builder_local.go`)."""
    for name, address in metadata.local_dependencies(Archive(files)):
        place = posixpath.normpath(posixpath.join(path, address))
        if place.startswith("..") or not tree.is_file(posixpath.join(place, "Chart.yaml")):
            continue
        for below, content in _files(tree, place):
            yield f"charts/{name}/{below}", content
