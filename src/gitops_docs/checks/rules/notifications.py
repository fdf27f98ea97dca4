"""Flux Alerts: what they name and is not there, what they miss, and what no Alert covers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from msgspec import Struct

from gitops_docs.checks.context import Context, slip
from gitops_docs.model import Alert, EventSource, Finding, LayerStatus, Severity
from gitops_docs.text.english import listed
from gitops_docs.text.suggest import near

KINDS = {
    "Kustomization": "kustomize.toolkit.fluxcd.io",
    "HelmRelease": "helm.toolkit.fluxcd.io",
    "GitRepository": "source.toolkit.fluxcd.io",
    "OCIRepository": "source.toolkit.fluxcd.io",
    "HelmRepository": "source.toolkit.fluxcd.io",
    "HelmChart": "source.toolkit.fluxcd.io",
    "Bucket": "source.toolkit.fluxcd.io",
    "ExternalArtifact": "source.toolkit.fluxcd.io",
    "ArtifactGenerator": "source.extensions.fluxcd.io",
    "ImageRepository": "image.toolkit.fluxcd.io",
    "ImagePolicy": "image.toolkit.fluxcd.io",
    "ImageUpdateAutomation": "image.toolkit.fluxcd.io",
    "FluxInstance": "fluxcd.controlplane.io",
    "ResourceSet": "fluxcd.controlplane.io",
    "ResourceSetInputProvider": "fluxcd.controlplane.io",
}
"""Kinds that send events, and their API groups."""
_WATCHED = ("Kustomization", "HelmRelease")
"""Kinds that an Alert should cover: what they fail to do is what wakes people."""
_WRITES_BACK = frozenset(
    {
        "azuredevops",
        "bitbucket",
        "bitbucketserver",
        "gitea",
        "github",
        "gitlab",
        "githubdispatch",
        "githubpullrequestcomment",
    }
)
"""Provider types that report to a commit or a pull request, not to people."""


def check(context: Context) -> Iterator[Finding]:
    """Findings of this family."""
    senders = _Senders.of(context)
    alerts = [alert for alert in context.platform.alerts if alert.kind == "flux"]
    types = {
        (provider.cluster, provider.namespace, provider.name): provider.type
        for provider in context.platform.providers
    }
    told: dict[tuple[str, str], _Covered] = defaultdict(_Covered)
    for alert in alerts:
        if not alert.suspended:
            told[alert.cluster, _channel(alert, types)].add(alert.event_sources)
    for alert in alerts:
        channel = _channel(alert, types)
        yield from _missed(alert, senders, told[alert.cluster, channel], channel)
        for source in alert.event_sources:
            yield from _unknown(context, alert, source, senders)
    people = [
        alert
        for alert in alerts
        if not alert.suspended and _channel(alert, types) not in _WRITES_BACK
    ]
    yield from _uncovered(context, people, senders)


def _channel(alert: Alert, types: dict[tuple[str, str, str], str]) -> str:
    """Where an Alert sends to: the type of its Provider, so that Alerts of one kind in many
    namespaces count as one."""
    name = alert.provider or ""
    return types.get((alert.cluster, alert.namespace, name)) or f"Provider {name}"


class _Senders(Struct, frozen=True):
    """(cluster, kind) to the (namespace, name) of the objects that send events."""

    names: dict[tuple[str, str], frozenset[tuple[str, str]]]

    @classmethod
    def of(cls, context: Context) -> _Senders:
        found: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
        for layer in context.platform.layers:
            found[layer.cluster, "Kustomization"].add((layer.namespace, layer.name))
            for resource in layer.resources:
                if KINDS.get(resource.kind) == resource.group:
                    found[layer.cluster, resource.kind].add(
                        (resource.namespace or "", resource.name)
                    )
        for source in context.platform.sources:
            found[source.cluster, source.kind].add((source.namespace, source.name))
        return cls({key: frozenset(value) for key, value in found.items()})

    def get(self, cluster: str, kind: str) -> frozenset[tuple[str, str]]:
        return self.names.get((cluster, kind), frozenset())


class _Covered:
    """What event sources cover; labels are not looked at."""

    def __init__(self) -> None:
        self._names: set[tuple[str, str, str]] = set()

    def add(self, sources: Iterable[EventSource]) -> None:
        self._names.update((source.kind, source.namespace, source.name) for source in sources)

    def has(self, kind: str, namespace: str, name: str) -> bool:
        return (kind, namespace, name) in self._names or (kind, namespace, "*") in self._names


def _missed(alert: Alert, senders: _Senders, told: _Covered, channel: str) -> Iterator[Finding]:
    """`name: '*'` without a namespace covers the Alert's own namespace, which people take for all
    (notification-controller, Alert).

    What another Alert of the same channel covers is not missed.
    """
    lost: list[tuple[EventSource, str]] = []
    for source in alert.event_sources:
        if source.name != "*" or not source.implicit:
            continue
        objects = senders.get(alert.cluster, source.kind)
        missed = [
            namespace
            for namespace, name in objects
            if namespace and not told.has(source.kind, namespace, name)
        ]
        if missed:
            where = listed(sorted(set(missed)), 4)
            lost.append(
                (source, f"{len(missed)} of {len(objects)} {plural(source.kind)} (in {where})")
            )
    if lost:
        first = lost[0][0]
        message = (
            f"Alert {alert.namespace}/{alert.name} misses {listed([text for _, text in lost])}: "
            f"`name: '*'` without a namespace covers "
            f"{alert.namespace} only; add an event source with `namespace` for each of the others"
        )
        severity = Severity.INFO if channel in _WRITES_BACK else Severity.WARNING
        yield Finding(
            "alert-misses-namespaces", severity, message, first.file, first.line, alert.layer
        )


def _unknown(
    context: Context, alert: Alert, source: EventSource, senders: _Senders
) -> Iterator[Finding]:
    """An event source that names nothing stays silent."""
    label = f"{source.kind} {source.namespace}/{source.name}"
    if source.kind not in KINDS:
        likely = near(source.kind, KINDS)
        hint = f"; did you mean `{likely}`?" if likely else "; correct the kind"
        message = (
            f"Alert {alert.namespace}/{alert.name} listens to the kind `{source.kind}`, which "
            f"sends no events{hint}"
        )
        yield Finding(
            "alert-source-unknown", Severity.WARNING, message, source.file, source.line, alert.layer
        )
        return
    objects = senders.get(alert.cluster, source.kind)
    if (
        source.name == "*"
        or "${" in f"{source.name}{source.namespace}"
        or (source.namespace, source.name) in objects
    ):
        return
    meant = slip(source.namespace, source.name, objects)
    outside = alert.cluster in context.open_ended or alert.cluster in context.guessed
    severity = Severity.INFO if outside and meant is None else Severity.WARNING
    advice = meant or "correct the name or remove the event source"
    message = (
        f"Alert {alert.namespace}/{alert.name} listens to {label}, which no layer of the cluster "
        f"applies; {advice}"
    )
    yield Finding("alert-source-unknown", severity, message, source.file, source.line, alert.layer)


def _uncovered(context: Context, alerts: list[Alert], senders: _Senders) -> Iterator[Finding]:
    """What fails without anybody being told. Where a cluster has no Alert at all, one sentence says
    so."""
    for cluster in context.platform.clusters:
        own = [alert for alert in alerts if alert.cluster == cluster.id]
        if not own:
            if not any(
                layer.status is LayerStatus.EXTERNAL for layer in context.of_cluster(cluster.id)
            ):
                message = (
                    f"no Alert of the cluster {cluster.id} tells anybody when Flux fails; add a "
                    f"Provider and an Alert"
                )
                yield Finding(
                    "alert-none", Severity.INFO, message, cluster.entry.file, cluster.entry.line
                )
            continue
        covered = _Covered()
        for alert in own:
            covered.add(alert.event_sources)
        for kind in _WATCHED:
            objects = senders.get(cluster.id, kind)
            missed = sorted(
                (namespace, name)
                for namespace, name in objects
                if not covered.has(kind, namespace, name)
            )
            if missed:
                where = listed(sorted({namespace for namespace, _ in missed}), 6)
                verb = "is" if len(missed) == 1 else "are"
                message = (
                    f"{len(missed)} of {len(objects)} {plural(kind)} of the cluster {cluster.id} "
                    f"{verb} covered by no Alert (in {where}): "
                    "nobody is told when one fails; add event sources for them"
                )
                yield Finding(
                    "alert-coverage", Severity.INFO, message, own[0].file, own[0].line, own[0].layer
                )


def plural(kind: str) -> str:
    """`GitRepositories`, `HelmReleases`."""
    return (
        f"{kind[:-1]}ies"
        if kind.endswith("y")
        else f"{kind}es"
        if kind.endswith("x")
        else f"{kind}s"
    )
