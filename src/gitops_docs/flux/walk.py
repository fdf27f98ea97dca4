"""Walk from the root of a cluster to all of its layers.

In: a root, the sources, the settings. Out: a `RenderedLayer` for each Flux Kustomization that the
root leads to, with its objects as Flux applies them. Kustomizations are looked for in rendered
output only, so that a parent's namespace, patches and variables count.

A cluster is walked again while something that was missing (a ConfigMap of variables, a source)
turned up later in the walk: the order in which Flux applies layers is not the order in which they
refer to each other. Builds are kept, so another round costs little.
"""

from __future__ import annotations

import difflib
import posixpath
from collections import deque
from collections.abc import Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from gitops_docs.flux import rules, upgrades, versions
from gitops_docs.flux.installed import installation, refusals
from gitops_docs.flux.kustomization import FluxKustomization, Refused, merged
from gitops_docs.flux.layer import RenderedLayer
from gitops_docs.flux.objects import ObjectIndex
from gitops_docs.flux.render import TOO_LARGE, Renderer, Rendering
from gitops_docs.flux.roots import Root, applying, common_source
from gitops_docs.flux.sources.resolve import Resolution, Sources
from gitops_docs.flux.substitution.substitute import is_disabled
from gitops_docs.flux.substitution.variables import are_injected, collect
from gitops_docs.kubernetes import objects
from gitops_docs.kustomize import Build, BuildCache, Rendered, kustomization_file
from gitops_docs.kustomize.rules import KustomizeDuplicateId
from gitops_docs.model import (
    Finding,
    FluxInstallation,
    LayerStatus,
    Location,
    Rule,
    Severity,
    SourceRef,
    layer_refs,
)
from gitops_docs.repository.tree import Tree, clamp
from gitops_docs.settings.options import Settings, VariableSetting
from gitops_docs.text import progress
from gitops_docs.yaml.nodes import (
    TEXT,
    Map,
    Scalar,
    Seq,
    as_map,
    as_text,
    is_null,
    mapping,
    scalar,
    walk_leaves,
)
from gitops_docs.yaml.rules import RepositoryTooLarge
from gitops_docs.yaml.sealing import sealed_object

MAX_ROUNDS = 4
"""Most times that one cluster is walked."""


class Walker:
    """Walks the clusters of a repository."""

    def __init__(self, sources: Sources, settings: Settings, cache: BuildCache) -> None:
        """`cache` is what the builds of the scanner share."""
        self.sources = sources
        self.settings = settings
        self.builds = Renderer(cache)

    def cluster(self, root: Root) -> Walked:
        """Return the layers of a cluster."""
        known: ObjectIndex | None = None
        left, exceeded = self.builds.applied.left, self.builds.exceeded
        for _ in range(MAX_ROUNDS):
            self.builds.applied.left, self.builds.exceeded = left, exceeded
            this = _Round(self, root, known)
            this.walk()
            before = known.names() if known is not None else frozenset()
            settled = (this.injected or not are_injected(this.index)) and this.is_of_one_release
            new = this.index.names() - before
            kinds = {kind for kind, _, name in this.wanted if not name}
            if settled and not this.wanted & new and not any(name[0] in kinds for name in new):
                break
            known = this.index
        layers = list(this.layers.values())
        if any(True for _ in this.index.of_kind("ResourceSet")):
            from gitops_docs.flux.resourcesets.waiting import (
                missing_dependencies,
                waiting_cycles,
            )

            this.findings += missing_dependencies(
                this.index,
                ((one.kustomization.namespace, one.kustomization.name) for one in layers),
                open_ended=any(one.status is not LayerStatus.RENDERED for one in layers),
            )
            this.findings += waiting_cycles(this.index)
        this.findings += self.sources.unmade(root, this.index)
        files = this.files.union(*(layer.files for layer in layers))
        own = this.own if all(layer.directory != root.directory for layer in layers) else None
        flux = self._installation(this.index)
        refusals.refuse_remote_bases(layers, flux)
        this.findings += refusals.unwatched(layers, flux)
        every = [*layers, own] if own is not None else layers
        this.findings += refusals.cross_namespace(every, flux)
        return Walked(layers, this.index, files, this.findings, own, flux)

    def _installation(self, index: ObjectIndex) -> FluxInstallation:
        items = (applied.rendered.data for applied in index.of_kind(*versions.KINDS))
        return installation.installation(items, self.settings.flux_version)


class Walked(Struct):
    """What a walk through a cluster gives."""

    layers: list[RenderedLayer]
    """In the order in which they were found."""
    index: ObjectIndex
    files: frozenset[str]
    """Every file that was read."""
    findings: list[Finding]
    """Those of no layer."""
    own: RenderedLayer | None = None
    """The directory of a guessed root, as if a layer applied it; None where one does."""
    flux: FluxInstallation = field(default_factory=FluxInstallation)


class _Round:
    """One walk through a cluster. `wanted` collects (kind, namespace, name) that was asked for and
    not there."""

    def __init__(self, walker: Walker, root: Root, known: ObjectIndex | None) -> None:
        self.walker = walker
        self.root = root
        self.known = known
        self.index = ObjectIndex()
        self.stated = [
            one for one in walker.settings.variables if one.cluster in (None, root.cluster)
        ]
        for one in self.stated:
            if one.kind is not None:
                self.index.add_stated(_object_of_setting(one))
        self.wanted: set[tuple[str, str, str]] = set()
        self.layers: dict[str, RenderedLayer] = {}
        self.findings: list[Finding] = []
        self.files: frozenset[str] = frozenset()
        self.own: RenderedLayer | None = None
        self.strict: bool | None = versions.is_strict(walker.settings.flux_version)
        self.injected = known is not None and are_injected(known)
        """Whether Kustomizations get variables that stand in none of them."""
        known_objects = known.of_kind(*versions.KINDS) if known is not None else ()
        self.flux_objects = [
            one.rendered.data for one in known_objects if versions.describes_flux(one.rendered.data)
        ]
        """Objects that say something of the cluster's Flux."""
        stated = walker.settings.flux_version or versions.installed(self.flux_objects)
        self.release = versions.release(stated)
        self.releases: set[versions.Release] = set()
        """Those that layers were built for."""
        self.is_release_known = bool(stated)
        """Whether the release is known."""
        self.has_unread_objects = bool(self.flux_objects)
        """Whether it is not known yet what those of the round before say."""

    @property
    def lookup(self) -> ObjectIndex:
        """Everything that is known of: of the round before, else of this one so far."""
        return self.known if self.known is not None else self.index

    @property
    def is_of_one_release(self) -> bool:
        """Whether every layer was built by the kustomize of the Flux that the cluster's objects
        install."""
        found = self.walker.settings.flux_version
        if not found:
            applied = (one.rendered.data for one in self.index.of_kind(*versions.KINDS))
            found = (
                versions.installed(data for data in applied if versions.describes_flux(data)) or ""
            )
        return self.releases <= {versions.release(found)}

    def walk(self) -> None:
        queue: deque[tuple[FluxKustomization, Rendered | None, str | None]] = deque()
        if self.root.kustomization is not None:
            applied = None if self.root.synthetic else self._applied_root(self.root.kustomization)
            queue.append(
                (
                    _kustomization(applied) if applied is not None else self.root.kustomization,
                    applied,
                    None,
                )
            )
        else:
            for found in self._starts(self._guessed()):
                queue.append((_kustomization(found), found, None))
        while queue:
            kustomization, rendered, parent = queue.popleft()
            identity = f"{self.root.cluster}/{kustomization.namespace}/{kustomization.name}"
            if identity in self.layers:
                self._again(self.layers[identity], kustomization)
                continue
            progress.step("rendering layers", len(self.layers), len(self.layers) + len(queue) + 1)
            layer = self._layer(identity, kustomization, rendered, parent)
            while layer.attempt < MAX_ROUNDS and (
                own := _among(layer.objects, layer.kustomization)
            ):
                written = layer.kustomization
                if (own.file, own.line) != (written.file, written.line) or own.data == written.data:
                    break
                layer = self._layer(identity, _kustomization(own), own, parent, layer.attempt + 1)
            self.layers[identity] = layer
            for item in layer.objects:
                self.index.add(item, identity)
            for item in layer.objects:
                if _is_kustomization(item):
                    queue.append((_kustomization(item), item, identity))

    def _again(self, known: RenderedLayer, other: FluxKustomization) -> None:
        """Two files that hold a Kustomization of one name: whichever Flux applies last is what
        counts, the content of the other is lost."""
        one, two = known.kustomization, other
        if (known.rendered is None and known.root.synthetic) or (one.file, one.line) == (
            two.file,
            two.line,
        ):
            return
        message = (
            f"Kustomization {two.namespace}/{two.name} is defined at {one.file}:{one.line} too: "
            f"one replaces the other in the cluster, and "
            "what the other applied is pruned; give it another name"
        )
        self.findings.append(
            rules.LayerDuplicate.at(two, message, layers=[known.id], cause="defined twice")
        )

    def _applied_root(self, written: FluxKustomization) -> Rendered | None:
        """Return the root Kustomization as its own directory renders it: people patch what `flux
        bootstrap` wrote."""
        tree, directory = self.walker.sources.own_tree(), self.root.directory
        try:
            own = merged(written, tree, directory, self.release)
        except Refused:
            return None
        return _among(
            self.walker.builds.build(tree, directory, own, self.release.behaviour).objects, written
        )

    def _guessed(self) -> list[Rendered]:
        """Return the Kustomizations in the directory of a root that Git does not hold."""
        tree = self.walker.sources.own_tree()
        directory = self.root.directory
        nobody = FluxKustomization(
            mapping(self.root.entry.file or "", 1), self.root.entry.file or "", 1
        )
        own = (
            merged(nobody, tree, directory) if kustomization_file(tree, directory) is None else None
        )
        rendered = self.walker.builds.build(tree, directory, own, self.release.behaviour)
        if self._learn(
            [item.data for item in rendered.objects if versions.describes_flux(item.data)]
        ):
            rendered = self.walker.builds.build(tree, directory, own, self.release.behaviour)
        self.releases.add(self.release)
        self.files = frozenset(tree.origin(path) for path in rendered.files)
        if rendered.error is not None and rendered.error.code == KustomizeDuplicateId.code:
            self.findings.append(rendered.error)
        for item in rendered.objects:
            self.index.add(item, "")
        found = [item for item in rendered.objects if _is_kustomization(item)]
        if self.root.source is None:
            # Their paths as they are written lead nowhere: an overlay sets them.
            declared = frozenset(name for name in self.index.names())
            source = common_source(map(_kustomization, found), tree, self.root.prefix, declared)
            self.root = replace(self.root, source=source)
        self.own = self._directory(tree, rendered)
        return found

    def _directory(self, tree: Tree, rendered: Build) -> RenderedLayer:
        """Return what is applied by a root that is created outside Git; whether variables are
        substituted then is not known."""
        root = self.root
        made = applying(root)
        source = root.source or SourceRef(made.source_kind, made.source_namespace, made.source_name)
        own = RenderedLayer(
            f"{root.cluster}/", root, made, None, None, source, LayerStatus.RENDERED
        )
        own.tree, own.directory, own.files = tree, root.directory, self.files
        own.objects = [item for item in rendered.objects if item.key[0] and item.key[2]]
        if any(
            "${" in leaf
            for item in own.objects
            for _, leaf in walk_leaves(item.data)
            if type(leaf) is Scalar
        ):
            own.status = LayerStatus.PARTIAL
            own.reason = "what applies it is made outside Git, with variables or without"
        own.findings += [
            _at(finding, own.id)
            for finding in rendered.findings
            if finding.code != RepositoryTooLarge.code
        ]
        return own

    def _starts(self, found: list[Rendered]) -> list[Rendered]:
        """Return what a guessed root begins with: the one that applies the directory itself where
        there is one, since it changes the others."""
        for item in found:
            kustomization = _kustomization(item)
            if (
                posixpath.join(self.root.prefix, clamp(kustomization.path)).rstrip("/")
                == self.root.directory
            ):
                kind, namespace = kustomization.source_kind, kustomization.source_namespace
                self.root = replace(
                    self.root, source=SourceRef(kind, namespace, kustomization.source_name)
                )
                return [item]
        return found

    def _layer(
        self,
        identity: str,
        kustomization: FluxKustomization,
        rendered: Rendered | None,
        parent: str | None,
        attempt: int = 0,
    ) -> RenderedLayer:
        wanted = (
            kustomization.source_kind,
            kustomization.source_namespace,
            kustomization.source_name,
        )
        layer = RenderedLayer(
            identity,
            self.root,
            kustomization,
            rendered,
            parent,
            SourceRef(*wanted),
            LayerStatus.RENDERED,
        )
        if self.walker.builds.exceeded is not None:
            layer.status, layer.reason = LayerStatus.PARTIAL, TOO_LARGE
            return layer
        refused = _refused(kustomization)
        if refused is not None:
            layer.status, layer.reason = LayerStatus.FAILED, refused
            return layer
        resolution = self.walker.sources.resolve(kustomization, self.root, self.lookup)
        if resolution.assumed or resolution.tree is None:
            self.wanted.add(wanted)
            if wanted[0] == "ExternalArtifact":
                self.wanted |= {
                    name for name in self.index.names() if name[0] == "ArtifactGenerator"
                }
        layer.source = resolution.source
        layer.assumed_source, layer.attempt = resolution.assumed, attempt
        if parent is not None:
            place = (kustomization.namespace, kustomization.name)
            layer.waits = self.layers[parent].makes_wait.get(place, ())
        if resolution.tree is None:
            layer.status, layer.reason = LayerStatus.EXTERNAL, resolution.reason
            return layer
        if resolution.refused is not None:
            layer.status, layer.reason = LayerStatus.FAILED, resolution.refused.message
            layer.findings.append(_at(resolution.refused, layer.id))
            return layer
        layer.tree = resolution.tree
        if not self._locate(layer, resolution):
            return layer
        rendering = self._render(layer, resolution)
        if rendering is not None:
            self._finish(layer, rendering)
            self._leave_out_unnamed(layer)
            self._expand(layer)
        self.walker.builds.afford(layer, rendering.build if rendering is not None else None)
        return layer

    def _locate(self, layer: RenderedLayer, resolution: Resolution) -> bool:
        """Find the directory; False where there is none."""
        kustomization, tree = layer.kustomization, resolution.tree
        assert tree is not None
        path = kustomization.path
        if "${" in path and self._is_substituted(layer):
            layer.status = LayerStatus.PARTIAL
            layer.reason = f"spec.path `{path}` has a variable whose value is not in the repository"
            return False
        directory = clamp(path)
        if tree.is_dir(directory):
            layer.directory = directory
            self._note_escape(layer, path)
            return True
        about = tree.absent(directory)
        if about is not None:
            layer.status = LayerStatus.EXTERNAL
            layer.reason = f"spec.path `{path}` lies in {about}"
            return False
        if resolution.missing and not tree.is_file(directory):
            layer.status = LayerStatus.EXTERNAL
            layer.reason = (
                f"spec.path `{path}` is not among the files that are known: "
                + "; ".join(resolution.missing)
            )
            return False
        node = as_text(kustomization.spec.get("path"))
        file, line = (
            (node.file, node.line)
            if node is not None and node.file
            else (kustomization.file, kustomization.line)
        )
        if resolution.assumed and layer.source.name != (
            self.root.source.name if self.root.source else layer.source.name
        ):
            layer.status = LayerStatus.EXTERNAL
            layer.reason = (
                f"its source {layer.source.kind} {layer.source.namespace}/{layer.source.name} is "
                f"not declared in this repository"
            )
            return False
        layer.status = LayerStatus.FAILED
        # One template, or one patch, may give many layers a path.
        cause = rules.PathNotFound.OF_PLACE
        if not layer.kustomization.file:
            # It is not in a file: the setting `clusters` names it.
            layer.reason = (
                f"the setting `clusters` names the directory `{path}`, which does not exist"
            )
            message = f"{layer.reason}; name the directory that the root Kustomization applies"
            layer.findings.append(rules.PathNotFound.at(None, message, layers=[layer.id]))
            return False
        if posixpath.normpath(path).startswith("..") or path.startswith("/"):
            layer.reason = f"spec.path `{path}` leads out of the repository"
            rule: type[Rule] = rules.PathEscapesRepository
            advice = (
                "Flux stops at the root of the source, where there is no such directory; name a "
                "path below it"
            )
        elif tree.is_file(directory):
            layer.reason = f"spec.path `{path}` is a file"
            rule, advice = rules.PathNotDirectory, "name the directory that holds it"
        else:
            layer.reason = f"spec.path `{path}` does not exist"
            near = _similar_directories(directory, tree)
            rule, advice = (
                rules.PathNotFound,
                f"did you mean `./{near[0]}`?" if near else "create it or correct the path",
            )
            why = tree.why_not(directory)
            if why is not None:
                layer.reason = (
                    f"spec.path `{path}` of `{kustomization.name}` is not in the artifact"
                )
                advice = f"the directory exists, but {why}; correct the source or the path"
                source = layer.source
                cause = f"{source.kind} {source.namespace}/{source.name}: {why}"
            elif "${" in path:
                advice = (
                    "nothing substitutes the variable in it: give the Kustomization that applies "
                    "this one a postBuild"
                )
        layer.findings.append(
            rule.at(
                Location(file, line), f"{layer.reason}; {advice}", layers=[layer.id], cause=cause
            )
        )
        return False

    def _is_substituted(self, layer: RenderedLayer) -> bool:
        """Return whether Flux looks for variables in the layer's own object, as whatever applies a
        guessed root may do; else they are literal."""
        if layer.parent is None or layer.rendered is None:
            return self.root.kustomization is None
        outcome = self.layers[layer.parent].substitution
        return (
            outcome is not None and outcome.variables.runs and not is_disabled(layer.rendered.data)
        )

    def _note_escape(self, layer: RenderedLayer, path: str) -> None:
        """Note a path that leads out of the source and is valid, since Flux stops at the root."""
        if not posixpath.normpath(path).startswith(".."):
            return
        message = (
            f"spec.path `{path}` leads out of the repository; Flux stops at its root and takes "
            f"`./{layer.directory}`: write that"
        )
        node = as_text(layer.kustomization.spec.get("path"))
        line = node.line if node is not None and node.file else layer.kustomization.line
        file = node.file if node is not None and node.file else layer.kustomization.file
        layer.findings.append(
            rules.PathEscapesRepository.at(
                Location(file, line), message, layers=[layer.id], severity=Severity.WARNING
            )
        )

    def _render(self, layer: RenderedLayer, resolution: Resolution) -> Rendering | None:
        layer.release = self.release
        try:
            rendering = self.walker.builds.render(layer)
            if self._learn(rendering.flux_objects):
                layer.release = self.release
                rendering = self.walker.builds.render(layer)
        except Refused as refused:
            layer.status, layer.reason = LayerStatus.FAILED, refused.finding.message
            layer.findings.append(_at(refused.finding, layer.id))
            return None
        self.releases.add(layer.release)
        result = rendering.build
        layer.files = rendering.files
        layer.findings += [_at(finding, layer.id) for finding in rendering.misspelt]
        layer.findings += [
            _at(finding, layer.id)
            for finding in result.findings
            if finding.code != RepositoryTooLarge.code
        ]
        layer.remote_bases = tuple(item for item in result.missing if item.base is not None)
        surprise = upgrades.changed(layer, result, self.walker.builds)
        if surprise is not None:
            layer.findings.append(surprise)
        missing = [item.reason for item in result.missing] + list(resolution.missing)
        if layer.tree is not None and layer.directory is not None and _is_generated(layer):
            below = layer.tree.absent_below(layer.directory)
            missing += [f"below its directory lies {about}" for about in below]
        explained = bool(missing) and result.error is not None and _speaks_of_absence(result.error)
        if explained and result.error is not None:
            missing.append(f"{result.error.message} in what is left")
        if result.error is not None and result.error.code == RepositoryTooLarge.code:
            explained = True
            missing.append(
                f"`{result.error.file}` {result.error.message}" if result.error.file else TOO_LARGE
            )
        if missing:
            layer.status = LayerStatus.PARTIAL
            layer.reason = "; ".join(dict.fromkeys(missing))
        if result.error is not None and not explained:
            layer.status, layer.reason = LayerStatus.FAILED, result.error.message
            layer.findings.append(_at(result.error, layer.id))
        return rendering

    def _learn(self, found: list[Map]) -> bool:
        """Take over the release that objects install, where none is known; whether that is another
        one."""
        stated = None if self.is_release_known else versions.installed(found)
        if stated is None:
            return False
        before, self.release, self.is_release_known = self.release, versions.release(stated), True
        return self.release != before

    def _finish(self, layer: RenderedLayer, rendering: Rendering) -> None:
        """Substitute, and set common metadata."""
        variables = None
        if as_map(layer.kustomization.spec).get("postBuild") is not None:
            unsettled = (
                self.root.kustomization is None
                if layer.parent is None
                else layer.rendered is not None and layer.rendered.partial is not None
            )
            variables = collect(layer.kustomization, self.lookup, self.stated, unsettled=unsettled)
            self.wanted |= variables.wanted
            variables.open_ended = variables.open_ended or self.injected
        strict = self._strict(rendering)
        outcome = layer.substitution = self.walker.builds.finish(
            layer, rendering.build, variables, strict=strict
        )
        if outcome is None or variables is None:
            return
        layer.findings += [
            _at(finding, layer.id) for finding in (*variables.findings, *outcome.findings)
        ]
        if outcome.error is not None:
            layer.status, layer.reason = LayerStatus.FAILED, outcome.error
            return
        if outcome.partial is not None and layer.status is LayerStatus.RENDERED:
            layer.status, layer.reason = LayerStatus.PARTIAL, outcome.partial

    def _leave_out_unnamed(self, layer: RenderedLayer) -> None:
        """Take out objects that are encrypted as a whole: Flux decrypts them before the build, here
        their identity is not known.

        A kind that ends in `List` needs no name for kustomize.
        """
        unnamed = [item for item in layer.objects if not item.key[0] or not _is_identified(item)]
        if not unnamed:
            return
        layer.objects = [item for item in layer.objects if item.key[0] and _is_identified(item)]
        if unnamed and layer.status in (LayerStatus.RENDERED, LayerStatus.PARTIAL):
            files = ", ".join(f"`{file}`" for file in sorted({item.file for item in unnamed}))
            reason = (
                f"an object of {files} is encrypted as a whole: what it is called is not in the "
                f"repository"
            )
            layer.status, layer.reason = (
                LayerStatus.PARTIAL,
                "; ".join(filter(None, [layer.reason, reason])),
            )

    def _expand(self, layer: RenderedLayer) -> None:
        """Add what ResourceSets make; their controller applies it, so it follows the layer's own
        objects."""
        if not any(item.key[0] == "ResourceSet" for item in layer.objects):
            return
        found = self.walker.builds.expand(
            layer, self.lookup, self._exported, again=self.known is not None
        )
        self.wanted |= found.wanted
        layer.makes_wait = found.waits
        layer.objects = [*layer.objects, *found.objects]
        layer.findings += [_at(finding, layer.id) for finding in found.findings]
        if found.reasons and layer.status is LayerStatus.RENDERED:
            layer.status, layer.reason = LayerStatus.PARTIAL, "; ".join(found.reasons)

    def _exported(
        self, generator: Map, index: ObjectIndex
    ) -> list[tuple[str, dict[str, str]]] | None:
        """Return name and labels of each ExternalArtifact that an ArtifactGenerator makes."""
        return self.walker.sources.exported(generator, self.root, index)

    def _strict(self, rendering: Rendering) -> bool:
        """Return whether a variable that nothing sets fails a layer: by the setting, else by what
        the cluster's own objects say of its Flux."""
        if self.strict is None:
            found = rendering.flux_objects
            self.flux_objects += found
            if found or self.has_unread_objects:
                self.strict = versions.strictness(self.flux_objects)
            self.has_unread_objects = False
        return self.strict is not False


def _object_of_setting(setting: VariableSetting) -> Rendered:
    """Return the ConfigMap or Secret that the user tells of. No file holds it."""
    data, metadata = mapping(), mapping()
    metadata.update(name=scalar(setting.name), namespace=scalar(setting.namespace))
    content = mapping(
        "", 0, ((key, scalar(value or "", style=TEXT)) for key, value in setting.values)
    )
    data.update(apiVersion=scalar("v1"), kind=scalar(setting.kind or ""), metadata=metadata)
    data["stringData" if setting.kind == "Secret" else "data"] = content
    return Rendered(sealed_object(data), None, "", 0)


def _refused(kustomization: FluxKustomization) -> str | None:
    """Return why the API server refuses a Kustomization of which nothing is known: then it does not
    exist and applies nothing."""
    spec = kustomization.data.get("spec")
    if not is_null(spec) and type(spec) is not Map:
        return "the API server refuses it: spec is not a mapping"
    if type(as_map(spec).get("path")) in (Map, Seq):
        return "the API server refuses it: spec.path is not a text"
    if not kustomization.source_name:
        return "the API server refuses it: spec.sourceRef names no source"
    return None


def _is_identified(item: Rendered) -> bool:
    return bool(item.key[2]) or item.key[0].endswith("List")


def _is_kustomization(item: Rendered) -> bool:
    return item.key[0] == "Kustomization" and objects.is_flux_kustomization(item.data)


def _is_generated(layer: RenderedLayer) -> bool:
    """Return whether Flux makes the kustomization file, so that everything below the directory
    counts."""
    assert layer.tree is not None and layer.directory is not None
    return kustomization_file(layer.tree, layer.directory) is None


def _similar_directories(directory: str, tree: Tree) -> list[str]:
    """Return the directory that was probably meant: one with the same name elsewhere, or another
    name in the same place."""
    parent, name = posixpath.split(directory)
    alike = [
        one
        for one in tree.directories
        if posixpath.basename(one) == name or posixpath.dirname(one) == parent
    ]
    return difflib.get_close_matches(directory, sorted(alike), n=1)


def _speaks_of_absence(error: Finding) -> bool:
    """Return whether an error may come from parts that are not in the repository: a patch or a
    replacement finds no object."""
    phrases = ("no resource matches", "selects no object", "which no object", "` lies in ")
    return any(words in error.message for words in phrases)


def _among(items: Iterable[Rendered], wanted: FluxKustomization) -> Rendered | None:
    """Return a Kustomization among objects, as it will be once they are applied: a root that
    applies itself changes itself."""
    for item in items:
        if _is_kustomization(item):
            found = _kustomization(item)
            if (found.namespace, found.name) == (wanted.namespace, wanted.name):
                return item
    return None


def _kustomization(rendered: Rendered) -> FluxKustomization:
    return FluxKustomization(rendered.data, rendered.file, rendered.line)


def _at(finding: Finding, layer: str) -> Finding:
    return replace(finding, layers=(layer,), about=finding.about or layer_refs([layer]))
