"""What the Flux of a cluster refuses or leaves lying because of how it is installed: flags, missing
controllers, shards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from gitops_docs.checks.context import Context
from gitops_docs.index.objects import Held
from gitops_docs.kubernetes import schemas
from gitops_docs.kubernetes.controllers import CONTROLLER_OF
from gitops_docs.model import Cluster, Finding, Layer, LayerStatus, Location, Resource, Severity
from gitops_docs.text.english import listed


def check(context: Context) -> Iterator[Finding]:
    """Findings of this family."""
    for cluster in context.platform.clusters:
        yield from _controllers(context, cluster)
        yield from _cross_namespace(context, cluster)
    yield from _namespaces(context)


def _controllers(context: Context, cluster: Cluster) -> Iterator[Finding]:
    """Kinds of Flux whose controller the cluster does not install: their CRDs come with the
    controller."""
    installed = cluster.flux.components
    if not installed:
        return
    found: dict[str, list[Held]] = defaultdict(list)
    for (group, kind, _, _), held in context.objects[cluster.id].items():
        controller = CONTROLLER_OF.get(kind)
        if (
            controller is not None
            and controller not in installed
            and schemas.flux_kind(group, kind) is not None
        ):
            found[kind] += held
    for kind, held in sorted(found.items()):
        held.sort(key=lambda item: (item.resource.file, item.resource.line))
        layer, first = held[0].layer, held[0].resource
        controller = CONTROLLER_OF[kind]
        defined = context.definitions(cluster.id).get((first.group, kind))
        what = (
            f"{listed([item.resource.label for item in held], 3)}: {controller} is not installed "
            f"in `{cluster.id}`"
        )
        applied = any(item.resource.made_by is None for item in held)
        if defined:
            pronoun = "it" if len(held) == 1 else "them"
            message = f"{what}, so nothing reconciles {pronoun}; install it or remove the objects"
        elif applied:
            message = (
                f"{what}, and the kind {kind} is not known there: Flux refuses the whole layer; "
                f"add {controller} to the "
                "components"
            )
        else:
            message = (
                f"{what}, so {first.made_by} cannot apply what it makes; add {controller} to the "
                f"components"
            )
        severity = Severity.ERROR if applied and not defined else Severity.WARNING
        also = tuple(sorted({item.layer.id for item in held} - {layer.id}))
        yield Finding(
            "controller-missing", severity, message, first.file, first.line, layer.id, also
        )


def _cross_namespace(context: Context, cluster: Cluster) -> Iterator[Finding]:
    """References to other namespaces under `--no-cross-namespace-refs` (`AccessDenied` in the
    status of the object)."""
    refusing = cluster.flux.refuses_cross_namespace
    if not refusing:
        return
    advice = "put the source into the same namespace, or allow the reference"
    if "kustomize-controller" in refusing:
        for layer in context.of_cluster(cluster.id):
            source = layer.source
            if layer.synthetic or source.namespace in ("", layer.namespace):
                continue
            place = layer.place("sourceRef.namespace")
            message = (
                f"Kustomization {layer.namespace}/{layer.name} is refused: it names {source.kind} "
                f"{source.namespace}/{source.name}, and "
                f"kustomize-controller runs with --no-cross-namespace-refs; {advice}"
            )
            yield Finding(
                "cross-namespace-refused", Severity.ERROR, message, place.file, place.line, layer.id
            )
    for release in context.platform.releases if "helm-controller" in refusing else ():
        source = release.source
        if release.cluster != cluster.id or source.namespace in ("", release.namespace):
            continue
        place = release.place("chart.spec")
        message = (
            f"HelmRelease {release.namespace}/{release.name} is refused: it names {source.kind} "
            f"{source.namespace}/{source.name}, and "
            f"helm-controller runs with --no-cross-namespace-refs; {advice}"
        )
        yield Finding(
            "cross-namespace-refused",
            Severity.ERROR,
            message,
            place.file,
            place.line,
            release.layer,
        )
    for alert in context.platform.alerts if "notification-controller" in refusing else ():
        if alert.cluster != cluster.id or alert.kind != "flux":
            continue
        for source_event in alert.event_sources:
            if source_event.namespace != alert.namespace:
                what = f"{source_event.kind} {source_event.namespace}/{source_event.name}"
                message = (
                    f"Alert {alert.namespace}/{alert.name} gets no event of {what}: "
                    f"notification-controller runs with "
                    "--no-cross-namespace-refs; put an Alert into that namespace"
                )
                place = Location(source_event.file, source_event.line)
                yield Finding(
                    "cross-namespace-refused",
                    Severity.WARNING,
                    message,
                    place.file,
                    place.line,
                    alert.layer,
                )


def _namespaces(context: Context) -> Iterator[Finding]:
    """Objects of a namespaced kind without a namespace: server-side apply answers `namespace not
    specified`, for the whole layer."""
    for layer in context.platform.layers:
        if (
            layer.target_namespace
            or layer.synthetic
            or layer.status in (LayerStatus.EXTERNAL, LayerStatus.FAILED)
        ):
            continue
        missing = [
            resource
            for resource in layer.resources
            if resource.namespace is None
            and resource.namespaced
            and resource.partial is None
            and resource.made_by is None
        ]
        if missing:
            yield _without_namespace(
                layer, sorted(missing, key=lambda resource: (resource.file, resource.line))
            )


def _without_namespace(layer: Layer, missing: list[Resource]) -> Finding:
    verb = "has" if len(missing) == 1 else "have"
    message = (
        f"{listed([resource.label for resource in missing], 3)} {verb} no namespace, and neither "
        f"the kustomization nor "
        f"spec.targetNamespace of `{layer.name}` sets one: Flux refuses the whole layer "
        f"(`namespace not specified`); add "
        "`metadata.namespace`"
    )
    first = missing[0]
    return Finding("namespace-missing", Severity.ERROR, message, first.file, first.line, layer.id)
