"""Check that each object belongs to one layer, and what happens to it when it is removed from
Git."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from gitops_docs.checks.check import Check
from gitops_docs.checks.context import Context, apart
from gitops_docs.index.objects import Held
from gitops_docs.model import Family, Finding, Layer, LayerStatus, Release, Resource, Severity
from gitops_docs.text.english import listed

_HARMLESS = {"ssa": ("IfNotPresent", "Ignore"), "reconcile": ("disabled",)}
"""Policies that let another owner have the object (kustomize-controller, "Controlling the apply
behavior of resources")."""
_LEADING = ("Kustomization", "HelmRelease", "Namespace", "Deployment", "StatefulSet", "DaemonSet")
"""Kinds that a reader recognises a component by, best first."""


class ObjectAppliedTwice(Check):
    code = "object-applied-twice"
    family = Family.OWNERSHIP
    severity = Severity.WARNING
    title = "Two layers apply one object"
    about = (
        "Each layer writes its own version at every reconciliation. When one of them drops the "
        "object, Flux deletes it although the other layer still has it. What counts is what "
        "kustomize includes, not where files are."
    )
    remedy = "Include it in one layer only."
    bad = "# observability: resources: [traces]\n# traces: path: ./traces"
    good = "# observability: resources: []"
    varies = "A note where both layers apply the same directory."

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find objects that two layers write at every reconciliation, and that are deleted when
        either of them drops them (`prune`)."""
        pairs: dict[tuple[str, str], list[tuple[Held, Held]]] = defaultdict(list)
        for cluster in sorted(context.objects):
            for (group, kind, _, _), holders in context.objects[cluster].items():
                # What a chart makes is Helm's, which refuses what another release has.
                holders = [held for held in holders if held.resource.origin is None]
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
            yield cls._twice(context.layers[one], context.layers[two], shared)

    @classmethod
    def _twice(cls, one: Layer, two: Layer, shared: list[tuple[Held, Held]]) -> Finding:
        shared.sort(key=lambda pair: (_rank(pair[0]), pair[0].resource.label))
        # Layers of one directory write the same content: what is left is that either can prune it.
        same = (
            one.directory is not None
            and one.directory == two.directory
            and (one.source == two.source or one.files == two.files)
        )
        names = listed([pair[0].resource.label for pair in shared], 3)
        first, second = apart(one, two)
        message = (
            f"layers {first} and {second} both apply {names}: they overwrite each other, "
            f"and Flux deletes it when one of them drops it; "
            "include it in one of them only"
        )
        return cls.at(
            shared[0][0].resource,
            message,
            layers=[one.id, two.id],
            about=[held.resource.ref(one.cluster) for held, _ in shared],
            severity=Severity.INFO if same else Severity.WARNING,
            cause="two layers",
        )


class ReleaseNameTaken(Check):
    code = "release-name-taken"
    family = Family.OWNERSHIP
    severity = Severity.WARNING
    title = "Two HelmReleases have one release name"
    about = (
        "Helm knows a release by its name in its storage namespace. Two HelmReleases of one "
        "release name upgrade each other's release."
    )
    remedy = "Give one a `releaseName` of its own."
    bad = "releaseName: redis  # in two HelmReleases"
    good = "releaseName: redis-cache"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find HelmReleases of one release name in one storage namespace, where helm-controller
        keeps it: each upgrades the release of the other."""
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
            yield cls.at(
                two,
                message,
                layers=[one.layer, two.layer],
                about=[one, two],
                cause=f"release {storage}/{name}",
            )


class CrdPruned(Check):
    code = "crd-pruned"
    family = Family.OWNERSHIP
    severity = Severity.INFO
    title = "A layer deletes CRDs that leave Git"
    about = (
        "With `prune: true` a CustomResourceDefinition that is removed from Git is deleted, and "
        "Kubernetes deletes every object of its kind with it."
    )
    remedy = (
        "Annotate CRDs with `kustomize.toolkit.fluxcd.io/prune: disabled`, or set `prune: false` "
        "on their layer."
    )
    bad = "prune: true  # path: ./crds"
    good = "prune: false"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find layers that delete CustomResourceDefinitions when they leave Git."""
        for layer in context.platform.layers:
            kinds = [
                item
                for item in layer.resources
                if item.kind == "CustomResourceDefinition"
                and not _survives_pruning(item)
                and not _of_bootstrap(layer, item)
            ]
            if not kinds or not layer.prune:
                continue
            first = min(kinds, key=lambda item: (item.file, item.line))
            names = listed([item.name for item in kinds], 3)
            message = (
                f"`{layer.name}` prunes {names}: a definition that leaves Git is deleted, and with "
                f"it every object of its kind; "
                "annotate it with `kustomize.toolkit.fluxcd.io/prune: disabled`, or set "
                "`prune: false`"
            )
            yield cls.at(
                first,
                message,
                layers=[layer.id],
                about=[item.ref(layer.cluster) for item in kinds],
                cause="prune",
            )


def _owners(holders: list[Held]) -> list[Held]:
    found: dict[str, Held] = {}
    for held in holders:
        policies = dict(held.resource.policies)
        if (
            held.layer.suspended
            # What Flux rejects applies nothing.
            or held.layer.status is LayerStatus.FAILED
            or any(policies.get(key) in values for key, values in _HARMLESS.items())
        ):
            continue
        found.setdefault(held.layer.id, held)
    return list(found.values())


def _losable(owners: list[Held]) -> bool:
    """Return whether a Namespace, and all that is in it, goes when one of its owners drops it."""
    return any(
        held.layer.prune and ("prune", "disabled") not in held.resource.policies for held in owners
    )


def _rank(held: Held) -> int:
    kind = held.resource.kind
    return _LEADING.index(kind) if kind in _LEADING else len(_LEADING)


def _survives_pruning(resource: Resource) -> bool:
    policies = dict(resource.policies)
    return (
        policies.get("prune", "").lower() == "disabled"
        or policies.get("resource-policy", "") == "keep"
    )


def _of_bootstrap(layer: Layer, resource: Resource) -> bool:
    """Return whether it is one of Flux's own definitions, which `flux bootstrap` writes so."""
    return layer.parent is None and resource.name.endswith(".toolkit.fluxcd.io")
