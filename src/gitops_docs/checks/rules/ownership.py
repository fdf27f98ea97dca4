"""Check that each object belongs to one layer, and what happens to it when it is removed from
Git."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from gitops_docs.checks.context import Context
from gitops_docs.index.objects import Held
from gitops_docs.model import Finding, Layer, Release, Resource, Severity
from gitops_docs.text.english import listed

_HARMLESS = {"ssa": ("IfNotPresent", "Ignore"), "reconcile": ("disabled",)}
"""Policies that let another owner have the object (kustomize-controller, "Controlling the apply
behavior of resources")."""
_LEADING = ("Kustomization", "HelmRelease", "Namespace", "Deployment", "StatefulSet", "DaemonSet")
"""Kinds that a reader recognises a component by, best first."""


def check(context: Context) -> Iterator[Finding]:
    """Findings of this family."""
    yield from _applied_twice(context)
    yield from _release_names(context)


def _applied_twice(context: Context) -> Iterator[Finding]:
    """Both layers write it at every reconciliation, and it is deleted when either of them drops it
    (`prune`)."""
    pairs: dict[tuple[str, str], list[tuple[Held, Held]]] = defaultdict(list)
    for cluster in sorted(context.objects):
        for (group, kind, _, _), holders in context.objects[cluster].items():
            owners = _owners(holders) if len(holders) > 1 else holders
            if len(owners) < 2:
                continue
            if kind == "Namespace" and not group and not _losable(owners):
                continue
            if (
                kind == "Kustomization"
                and len({(held.resource.file, held.resource.line) for held in owners}) > 1
            ):
                continue  # `layer-duplicate`
            first, *others = sorted(owners, key=lambda held: held.layer.id)
            for other in others:
                pairs[first.layer.id, other.layer.id].append((first, other))
    for (one, two), shared in sorted(pairs.items()):
        yield _twice(context.layers[one], context.layers[two], shared)


def _owners(holders: list[Held]) -> list[Held]:
    found: dict[str, Held] = {}
    for held in holders:
        policies = dict(held.resource.policies)
        if held.layer.suspended or any(
            policies.get(key) in values for key, values in _HARMLESS.items()
        ):
            continue
        found.setdefault(held.layer.id, held)
    return list(found.values())


def _losable(owners: list[Held]) -> bool:
    """Whether a Namespace, and all that is in it, goes when one of its owners drops it."""
    return any(
        held.layer.prune and dict(held.resource.policies).get("prune", "").lower() != "disabled"
        for held in owners
    )


def _twice(one: Layer, two: Layer, shared: list[tuple[Held, Held]]) -> Finding:
    shared.sort(key=lambda pair: (_rank(pair[0]), pair[0].resource.label))
    first = shared[0][0].resource
    # Layers of one directory write the same content: what is left is that either can prune it.
    same = one.directory is not None and (one.directory, one.source) == (two.directory, two.source)
    names = listed([pair[0].resource.label for pair in shared], 3)
    message = (
        f"layers `{one.name}` and `{two.name}` both apply {names}: each overwrites the other, and "
        f"when one drops it it is gone; "
        "include it in one of them only"
    )
    severity = Severity.INFO if same else Severity.WARNING
    return Finding(
        "object-applied-twice", severity, message, first.file, first.line, one.id, (two.id,)
    )


def _rank(held: Held) -> int:
    kind = held.resource.kind
    return _LEADING.index(kind) if kind in _LEADING else len(_LEADING)


def _release_names(context: Context) -> Iterator[Finding]:
    """helm-controller stores a release by name in its storage namespace: two HelmReleases of one
    name upgrade each other's release."""
    found: dict[tuple[str, str, str, str], dict[tuple[str, str], Release]] = defaultdict(dict)
    for release in context.platform.releases:
        owner = context.layers.get(release.layer)
        if (
            owner is None
            or owner.suspended
            or release.suspended
            or "${" in release.release_name + release.namespace
        ):
            continue
        if any(field == "kubeConfig" for field, _ in release.places):
            continue  # Stored in the cluster that it names.
        storage = release.storage_namespace or release.namespace
        key = (release.cluster, owner.remote_cluster or "", storage, release.release_name)
        found[key].setdefault((release.namespace, release.name), release)
    for (_, _, storage, name), releases in sorted(found.items()):
        if len(releases) < 2:
            continue
        one, two = sorted(releases.values(), key=lambda item: (item.file, item.line))[:2]
        message = (
            f"HelmReleases {one.namespace}/{one.name} and {two.namespace}/{two.name} are one "
            f"release for Helm, `{name}` in {storage}: "
            "each upgrades what the other installed; give one a `releaseName` of its own"
        )
        also = (two.layer,) if two.layer != one.layer else ()
        yield Finding(
            "release-name-taken", Severity.WARNING, message, two.file, two.line, one.layer, also
        )


def check_pruning(context: Context) -> Iterator[Finding]:
    """Findings of this family: layers that delete CustomResourceDefinitions when they leave Git."""
    for layer in context.platform.layers:
        kinds = [
            item
            for item in layer.resources
            if item.kind == "CustomResourceDefinition"
            and not _kept(item)
            and not _of_bootstrap(layer, item)
        ]
        if not kinds or not layer.prune:
            continue
        first = min(kinds, key=lambda item: (item.file, item.line))
        names = listed([item.name for item in kinds], 3)
        message = (
            f"`{layer.name}` prunes {names}: a definition that leaves Git is deleted, and with it "
            f"every object of its kind; "
            "annotate it with `kustomize.toolkit.fluxcd.io/prune: disabled`, or set `prune: false`"
        )
        yield Finding("crd-pruned", Severity.INFO, message, first.file, first.line, layer.id)


def _kept(resource: Resource) -> bool:
    policies = dict(resource.policies)
    return (
        policies.get("prune", "").lower() == "disabled"
        or policies.get("resource-policy", "") == "keep"
    )


def _of_bootstrap(layer: Layer, resource: Resource) -> bool:
    """Whether it is one of Flux's own definitions, which `flux bootstrap` writes so."""
    return layer.parent is None and resource.name.endswith(".toolkit.fluxcd.io")
