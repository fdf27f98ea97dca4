"""Render layers within the budgets of a scan; results are kept from one layer, round and scan to
the next.

In: directories with their kustomization, variables. Out: `Build`s, and objects as Flux applies
them: substituted, with common metadata. The same input gives the very same objects, so that later
steps see that nothing changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from gitops_docs.flux import versions
from gitops_docs.flux.kustomization import FluxKustomization, merged, misspelt
from gitops_docs.flux.layer import RenderedLayer
from gitops_docs.flux.objects import ObjectIndex, RecordedLookups
from gitops_docs.flux.substitution.substitute import Outcome, substitute_objects
from gitops_docs.flux.substitution.variables import Variables
from gitops_docs.flux.versions import Release
from gitops_docs.kubernetes import objects
from gitops_docs.kustomize import Build, BuildCache, Rendered, build
from gitops_docs.kustomize.behaviour import Behaviour, Version
from gitops_docs.model import Finding, LayerStatus
from gitops_docs.repository.tree import Tree
from gitops_docs.yaml import limits
from gitops_docs.yaml.limits import Budget
from gitops_docs.yaml.nodes import (
    Map,
    Node,
    Scalar,
    Sealed,
    Seq,
    as_map,
    copy_tree,
    mapping,
    plain_value,
)
from gitops_docs.yaml.rules import RepositoryTooLarge

if TYPE_CHECKING:
    from gitops_docs.flux.resourcesets.expand import Expanded

TOO_LARGE = "the layers of this repository hold more than is rendered"


class Renderer:
    """The builds of a scanner, and what is left of the budgets of its present scan."""

    def __init__(self, cache: BuildCache) -> None:
        """`cache` is what the builds of the scanner share."""
        self._cache = cache
        self._builds: dict[_Input, _Kept] = {}
        self._dropped: dict[_Input, _Kept] = {}
        """Builds of the scan before that read a file which is another one now."""
        self._changed: frozenset[str] = frozenset()
        self._renderings: dict[tuple[str, int], Rendering] = {}
        """Of layers, by id and attempt."""
        self._finished: dict[tuple[str, int], list[_Finished]] = {}
        """What became of each layer in this scan: a cluster is walked until nothing is new, and
        each walk knows other variables."""
        self._expanded: dict[tuple[str, int, bool], _Expanded] = {}
        """By layer, attempt, and whether it is not the first walk."""
        self._weights: dict[int, tuple[Map, int]] = {}
        """Weights of objects by their address, each with the object itself, so that the address
        stays its own."""
        self.begin()

    def begin(self) -> None:
        """Begin a scan with full budgets."""
        self.work = Budget(limits.MAX_WORK)
        self.applied = Budget(limits.MAX_APPLIED)
        self.exceeded: RenderedLayer | None = None
        """The first layer that the budgets did not cover."""
        self._weights_before, self._weights = self._weights, {}
        self._finished_before, self._finished = self._finished, {}

    def build(
        self, tree: Tree, directory: str, kustomization: Map | None, behaviour: Behaviour
    ) -> Build:
        """Return `kustomize.build`, kept for the same input."""
        return self._build(tree, directory, kustomization, behaviour).build

    def _build(
        self, tree: Tree, directory: str, kustomization: Map | None, behaviour: Behaviour
    ) -> _Kept:
        content = "" if kustomization is None else _fingerprint(kustomization)
        key = (id(tree), directory, content, behaviour.version)
        found = self._builds.get(key)
        if found is None:
            made = build(tree, directory, kustomization, self.work, behaviour, self._cache)
            before = self._dropped.pop(key, None)
            if before is not None:
                made = replace(
                    made, objects=reuse_unchanged(made.objects, before.build.objects, self._changed)
                )
            files = {origin for path in made.files for origin in tree.origins(path)}
            if kustomization is not None:
                files.update(_files_of(kustomization))
            found = self._builds[key] = _Kept(tree, made, frozenset(files), key)
        return found

    def render(self, layer: RenderedLayer) -> Rendering:
        """Return the build of a layer from what Flux makes of its directory's kustomization file.

        Raises:
            Refused: Flux would not build it.
        """
        kustomization, tree, directory = layer.kustomization, layer.tree, layer.directory
        assert tree is not None and directory is not None
        known = self._renderings.get((layer.id, layer.attempt))
        if (
            known is not None
            and known.kustomization.data is kustomization.data
            and (known.kustomization.file, known.kustomization.line)
            == (kustomization.file, kustomization.line)
            and known.tree is tree
            and known.directory == directory
            and known.release == layer.release
            and self._builds.get(known.kept.key) is known.kept
        ):
            return known
        own = merged(kustomization, tree, directory, layer.release)
        kept = self._build(tree, directory, own, layer.release.behaviour)
        found = Rendering(
            kustomization, tree, directory, layer.release, kept, tuple(misspelt(tree, directory))
        )
        self._renderings[layer.id, layer.attempt] = found
        return found

    def forget(self, changed: frozenset[str]) -> None:
        """Drop the builds that read one of these files."""
        if changed:
            self._cache.forget(changed)
        self._changed = changed
        self._dropped = {
            key: kept for key, kept in self._builds.items() if not changed.isdisjoint(kept.files)
        }
        for key in self._dropped:
            del self._builds[key]

    def finish(
        self, layer: RenderedLayer, result: Build, variables: Variables | None, *, strict: bool
    ) -> Outcome | None:
        """Substitute variables and set common metadata; the result is kept for the same build,
        variables and metadata."""
        common = as_map(layer.kustomization.spec.get("commonMetadata"))
        now = self._finished.setdefault((layer.id, layer.attempt), [])
        before = self._finished_before.get((layer.id, layer.attempt), [])
        kept = next(
            (one for one in chain(now, before) if one.holds(result, (variables, strict), common)),
            None,
        )
        if kept is None:
            outcome = None
            made = list(result.objects)
            if variables is not None:
                outcome = substitute_objects(made, variables, strict=strict)
                made = list(outcome.objects)
            made = with_common_metadata(made, common)
            for one in before:
                made = reuse_unchanged(made, one.objects, self._changed)
            kept = _Finished(result, (variables, strict), common, outcome, made)
        if all(one is not kept for one in now):
            now.append(kept)
        layer.objects = list(kept.objects)
        return kept.outcome

    def expand(
        self, layer: RenderedLayer, index: ObjectIndex, export: Export, *, again: bool
    ) -> Expanded:
        """Return what the ResourceSets of a layer make, once for the same objects with the same
        look-ups.

        Args:
            layer: With all of its own objects.
            index: The objects of the cluster.
            export: What an ArtifactGenerator makes, by the look-ups that it is given.
            again: Whether this is not the first walk: then the index knows more.
        """
        first, key = (layer.id, layer.attempt, False), (layer.id, layer.attempt, again)
        for kept in (self._expanded.get(key), self._expanded.get(first) if again else None):
            if kept is not None and kept.holds(layer.objects, index):
                self._expanded[key] = kept
                return kept.made
        # Few repositories have any, and a template engine comes with it.
        from gitops_docs.flux.resourcesets import expand as resourcesets

        lookups = RecordedLookups(index)
        made = resourcesets.of_layer(
            layer.objects, lookups, lambda data: export(data, lookups), self.work
        )
        if self.work.left < 0:
            return made
        self._expanded[key] = _Expanded(tuple(layer.objects), lookups, made)
        return made

    def afford(self, layer: RenderedLayer, result: Build | None) -> None:
        """Charge a layer and its objects to the budget of the scan. A layer beyond it has no
        objects, and says so."""
        cost = limits.OF_LAYER
        if self.exceeded is None:
            cost += sum(self._weight(item.data) for item in layer.objects)
        whole = result is None or not result.cut
        if self.applied.spend(cost) and whole and self.exceeded is None:
            return
        self.exceeded = self.exceeded or layer
        self._finished.pop((layer.id, layer.attempt), None)
        layer.objects, layer.substitution = [], None
        layer.findings = [
            finding for finding in layer.findings if finding.code != RepositoryTooLarge.code
        ]
        layer.status, layer.reason = LayerStatus.PARTIAL, TOO_LARGE

    def _weight(self, data: Map) -> int:
        """Return the cost of an object in values (`limits.weight`); that of an unchanged object is
        kept."""
        known = self._weights.get(id(data)) or self._weights_before.get(id(data))
        if known is None:
            known = (data, limits.OF_OBJECT + limits.weight(data))
        self._weights[id(data)] = known
        return known[1]


class _Finished(Struct, frozen=True):
    """What became of a build in a layer."""

    build: Build
    given: tuple[Variables | None, bool]
    common: Map
    outcome: Outcome | None
    objects: list[Rendered]

    def holds(self, result: Build, given: tuple[Variables | None, bool], common: Map) -> bool:
        """Return whether it is of the same build with the same variables and common metadata, where
        that stands included."""
        return (
            self.build is result
            and (self.common is common or not (self.common or common))
            and self.given == given
        )


_Input: TypeAlias = tuple[int, str, str, Version]
"""A tree, a directory of it, its kustomization as text, and the version of kustomize."""
Export: TypeAlias = Callable[[Map, ObjectIndex], list[tuple[str, dict[str, str]]] | None]
"""An ArtifactGenerator, and where its sources are looked up -> name and labels of each artifact."""


class _Expanded(Struct, frozen=True):
    """What became of the ResourceSets of a layer, from which objects and look-ups."""

    given: tuple[Rendered, ...]
    lookups: RecordedLookups
    made: Expanded

    def holds(self, given: list[Rendered], index: ObjectIndex) -> bool:
        """Return whether they are the very same."""
        return (
            len(self.given) == len(given)
            and all(one is other for one, other in zip(self.given, given, strict=True))
            and self.lookups.agree_with(index)
        )


class _Kept(Struct, frozen=True):
    """A build with all that it depends on: its tree, and the files that it or its kustomization
    came from."""

    tree: Tree
    build: Build
    files: frozenset[str]
    key: _Input


class Rendering(Struct, frozen=True, dict=True):
    """The build of a layer, from which kustomization in which place, and what is wrong with the
    directory's kustomization file."""

    kustomization: FluxKustomization
    tree: Tree
    directory: str
    release: Release
    kept: _Kept
    misspelt: tuple[Finding, ...]

    @property
    def build(self) -> Build:
        return self.kept.build

    @cached_property
    def files(self) -> frozenset[str]:
        """The files that were read, as the scanned repository names them."""
        return frozenset(map(self.tree.origin, self.build.files))

    @cached_property
    def flux_objects(self) -> list[Map]:
        """The objects that say something of the cluster's Flux."""
        return [item.data for item in self.build.objects if versions.describes_flux(item.data)]


def _fingerprint(kustomization: Map) -> str:
    return json.dumps(
        [kustomization.file, kustomization.line, plain_value(kustomization)],
        default=lambda value: f"{value.file}:{value.line}",
    )


def _files_of(node: Node) -> Iterator[str]:
    """Yield every file that some part of a node stands in."""
    yield node.file
    for inner in node.values() if type(node) is Map else node if type(node) is Seq else ():
        yield from _files_of(inner)


def with_common_metadata(items: list[Rendered], common: Map) -> list[Rendered]:
    """`spec.commonMetadata`: labels and annotations that Flux sets on every object after the
    build."""
    parts = {key: as_map(common.get(key)) for key in ("labels", "annotations")}
    if not any(parts.values()):
        return items
    changed = []
    for item in items:
        data = mapping(item.data.file, item.data.line, item.data.items())
        metadata = copy_tree(as_map(data.get("metadata")))
        data["metadata"] = metadata
        for key, values in parts.items():
            if values:
                own = metadata.get(key)
                if type(own) is not Map:
                    own = metadata[key] = mapping(values.file, values.line)
                own.update(values)
        changed.append(item.with_data(data))
    return changed


def reuse_unchanged(
    now: Iterable[Rendered], before: Iterable[Rendered], changed: frozenset[str]
) -> list[Rendered]:
    """Return the objects, those of before where they are alike.

    Nothing of an object that is taken from before stands in a changed file, so the comments beside
    it are the same too.
    """
    known = {_name(item): item for item in before}
    return [_one(item, known.get(_name(item)), changed) for item in now]


def _name(item: Rendered) -> tuple[str, str, str, str]:
    return objects.api_version(item.data), *item.key


def _one(item: Rendered, before: Rendered | None, changed: frozenset[str]) -> Rendered:
    if before is None or item is before:
        return item
    same = (
        item.original is before.original
        and (item.file, item.line, item.generated, item.partial, item.made_by)
        == (before.file, before.line, before.generated, before.partial, before.made_by)
        and item.file not in changed
        and _is_equal(item.data, before.data, changed)
    )
    return before if same else item


def _is_equal(one: Node | None, other: Node | None, changed: frozenset[str]) -> bool:
    """Return whether two nodes hold the same in the same places, none of which is in a changed
    file."""
    if one is other:
        return True
    if one is None or other is None:
        return False
    if one.line != other.line or one.file != other.file or one.file in changed:
        return False
    if type(one) is Map:
        return (
            type(other) is Map
            and len(one) == len(other)
            and all(
                mine == theirs and _is_equal(value, other[theirs], changed)
                for (mine, value), theirs in zip(one.items(), other, strict=True)
            )
        )
    if type(one) is Seq:
        return (
            type(other) is Seq
            and len(one) == len(other)
            and all(_is_equal(*pair, changed) for pair in zip(one, other, strict=True))
        )
    if type(one) is Sealed:
        return (
            type(other) is Sealed
            and _is_equal(one.unseal(), other.unseal(), changed)
            and _is_equal(one.outline(), other.outline(), changed)
        )
    return type(other) is Scalar and one == other and one.style == other.style
