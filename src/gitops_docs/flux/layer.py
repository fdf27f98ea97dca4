"""Hold a layer while it is put together, from which the model's `Layer` and all that it stands for
are made.

In: what the walk through a cluster finds out, one step after the other. Out: a `RenderedLayer` that
can be held against the one of an earlier scan.
"""

from __future__ import annotations

from msgspec import Struct, field

from gitops_docs.flux.kustomization import FluxKustomization
from gitops_docs.flux.objects import Wait
from gitops_docs.flux.roots import Root
from gitops_docs.flux.substitution.substitute import Outcome
from gitops_docs.flux.versions import Release
from gitops_docs.kubernetes import objects
from gitops_docs.kustomize import Missing, Rendered, sops
from gitops_docs.model import Finding, LayerStatus, SourceRef
from gitops_docs.repository.tree import Tree
from gitops_docs.yaml.nodes import Map, as_map, get_path


class RenderedLayer(Struct):
    """A layer while the walk puts it together. Its `objects` are as Flux applies them: rendered,
    substituted, with common metadata."""

    id: str
    root: Root
    kustomization: FluxKustomization
    rendered: Rendered | None
    """The object as the parent rendered it; None for a root that Git does not hold."""
    parent: str | None
    source: SourceRef
    status: LayerStatus
    reason: str | None = None
    tree: Tree | None = None
    directory: str | None = None
    """Directory in the tree of the source."""
    objects: list[Rendered] = field(default_factory=list)
    substitution: Outcome | None = None
    findings: list[Finding] = field(default_factory=list)
    files: frozenset[str] = frozenset()
    """Files that were read, as the scanned repository names them."""
    assumed_source: bool = False
    waits: tuple[Wait, ...] = ()
    """What it waits for because of the ResourceSet that applies it."""
    makes_wait: dict[tuple[str, str], tuple[Wait, ...]] = field(default_factory=dict)
    """Namespace and name of Kustomizations that its ResourceSets make to what they wait for."""
    release: Release = field(default_factory=Release)
    """Of the Flux that builds it."""
    remote_bases: tuple[Missing, ...] = ()
    """Directories from the network that its build includes."""
    attempt: int = 0
    """How often it was put together before: one that applies itself is put together again, with
    what it has made of itself."""

    def applied(self, item: Rendered) -> Map:
        """Return an object as Flux applies it: where the layer decrypts, without what SOPS writes
        beside the values."""
        decrypts = objects.text(get_path(self.kustomization.spec, "decryption", "provider"))
        annotations = as_map(get_path(item.data, "metadata", "annotations"))
        stays = objects.text(annotations.get(sops.ANNOTATION)) or ""
        if (
            decrypts == "sops"
            and stays.lower() != "disabled"
            and sops.is_object_encrypted(item.data)
        ):
            return sops.without_field(item.data)
        return item.data

    def same(self, other: RenderedLayer) -> bool:
        """Return whether another layer has the very same objects and facts, so that what was made
        of one holds for the other."""
        return (
            self._facts == other._facts
            and self.rendered is other.rendered
            and (self.kustomization.data is other.kustomization.data or self._is_made_alike(other))
            and self.substitution is other.substitution
            and self.tree is other.tree
            and len(self.objects) == len(other.objects)
            and all(
                mine is theirs for mine, theirs in zip(self.objects, other.objects, strict=True)
            )
        )

    def _is_made_alike(self, other: RenderedLayer) -> bool:
        return self._synthetic is not None and self._synthetic == other._synthetic

    @property
    def _facts(self) -> tuple[object, ...]:
        return (
            *(
                self.id,
                self.root.cluster,
                self.root.synthetic,
                self.parent,
                self.source,
                self.status,
                self.reason,
            ),
            *(
                self.directory,
                self.findings,
                self.files,
                self.assumed_source,
                self.release,
                self.waits,
            ),
        )

    @property
    def _synthetic(self) -> tuple[object, ...] | None:
        """The Kustomization of a root that Git does not hold, which is made anew for each walk;
        None for all others."""
        if not self.root.synthetic or self.rendered is not None:
            return None
        return self.kustomization.file, self.kustomization.line, self.kustomization.data
