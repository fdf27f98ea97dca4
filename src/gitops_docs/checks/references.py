"""Names that lead nowhere: sources of layers and charts, providers of alerts, substituteFrom; and files that no layer applies."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_docs.model import EntryKind, Finding, LayerStatus, Platform, Severity
from gitops_docs.settings import Settings


def check(platform: Platform, settings: Settings) -> list[Finding]:
    """Findings of this family."""
    return [
        *_sources(platform),
        *_charts(platform),
        *_providers(platform),
        *_substitute_from(platform),
        *_orphans(platform),
        *_partial(platform),
    ]


def _sources(platform: Platform) -> Iterator[Finding]:
    """A source that nothing declares, unless the root itself follows it: bootstrap or the operator made that one."""
    declared = {(source.cluster, source.kind, source.namespace, source.name) for source in platform.sources}
    roots = {
        (layer.cluster, layer.source.kind, layer.source.namespace, layer.source.name)
        for layer in platform.layers
        if layer.synthetic
    }
    guessed = {cluster.id for cluster in platform.clusters if cluster.entry.kind is EntryKind.HEURISTIC}
    for layer in platform.layers:
        source = layer.source
        key = (layer.cluster, source.kind, source.namespace, source.name)
        if key in declared or key in roots or source.kind == "ExternalArtifact":
            continue
        if layer.cluster in guessed and source.name == "flux-system" or layer.status is LayerStatus.EXTERNAL:
            continue
        message = (
            f"no layer of the cluster declares {source.kind} {source.namespace}/{source.name}; "
            "taken for this repository, correct the name or declare it if it is not"
        )
        yield Finding("source-unknown", Severity.WARNING, message, layer.file, layer.line, layer.id)


def _charts(platform: Platform) -> Iterator[Finding]:
    declared = {(source.cluster, source.kind, source.namespace, source.name) for source in platform.sources}
    for release in platform.releases:
        source = release.source
        if not source.name or source.kind in ("HelmChart", "ExternalArtifact"):
            continue
        if (release.cluster, source.kind, source.namespace, source.name) not in declared:
            message = (
                f"HelmRelease {release.namespace}/{release.name} takes its chart from {source.kind} "
                f"{source.namespace}/{source.name}, which no layer of the cluster declares"
            )
            yield Finding("chart-source-unknown", Severity.WARNING, message, release.file, release.line, release.layer)


def _providers(platform: Platform) -> Iterator[Finding]:
    known = {(provider.cluster, provider.namespace, provider.name) for provider in platform.providers}
    for alert in platform.alerts:
        if alert.kind == "flux" and alert.provider and (alert.cluster, alert.namespace, alert.provider) not in known:
            message = (
                f"Alert {alert.namespace}/{alert.name} sends to Provider {alert.provider}, "
                f"which no layer declares in namespace {alert.namespace}"
            )
            yield Finding("provider-unknown", Severity.WARNING, message, alert.file, alert.line, alert.layer)


def _substitute_from(platform: Platform) -> Iterator[Finding]:
    for layer in platform.layers:
        for item in layer.substitute_from:
            if item.kind not in ("ConfigMap", "Secret"):
                message = f"substituteFrom takes ConfigMap and Secret only, not {item.kind}"
                yield Finding("substitute-from-kind", Severity.ERROR, message, item.file, item.line, layer.id)
            elif item.found is None:
                message = (
                    f"{item.kind} {layer.namespace}/{item.name}, which `{layer.name}` takes variables from, is not in this repository "
                    "(created outside Git?); Flux looks in the namespace of the Kustomization only"
                )
                severity = Severity.INFO if item.optional else Severity.WARNING
                yield Finding("substitute-from-unknown", severity, message, item.file, item.line, layer.id)


def _orphans(platform: Platform) -> Iterator[Finding]:
    for orphan in platform.orphans:
        message = f"{orphan.kind} {orphan.name} is defined but no layer applies it; add it to a kustomization.yaml or delete it"
        yield Finding("orphan", Severity.INFO, message, orphan.file, orphan.line)


def _partial(platform: Platform) -> Iterator[Finding]:
    for layer in platform.layers:
        if layer.status is LayerStatus.PARTIAL and layer.reason:
            yield Finding(
                "layer-partial",
                Severity.INFO,
                f"`{layer.name}` is known in part: {layer.reason}",
                layer.file,
                layer.line,
                layer.id,
            )
