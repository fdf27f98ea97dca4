"""Check Flux Alerts: what they name and is not there, what they miss, and what no Alert selects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from gitops_docs.checks.check import Check
from gitops_docs.checks.context import Context, slip
from gitops_docs.kubernetes.flux import KINDS
from gitops_docs.model import (
    Alert,
    EventSource,
    Family,
    Finding,
    LayerStatus,
    Receiver,
    Severity,
)
from gitops_docs.text.english import listed, plural
from gitops_docs.text.suggest import near

_SENDERS = {row.kind: row.group for row in KINDS.values() if row.sends_events}
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


class AlertMissesNamespaces(Check):
    code = "alert-misses-namespaces"
    family = Family.NOTIFICATIONS
    severity = Severity.WARNING
    title = "An Alert selects its own namespace only"
    about = (
        "`name: '*'` selects every object of the kind in the namespace of the Alert. Events of "
        "objects in other namespaces are not sent. Objects that another Alert of the same type "
        "of Provider selects are not counted."
    )
    remedy = "Add an event source with `namespace` for each of the others."
    bad = "eventSources:\n  - kind: HelmRelease\n    name: '*'"
    good = "eventSources:\n  - kind: HelmRelease\n    name: '*'\n    namespace: apps"
    varies = (
        "A note where the Provider reports to commits, or Alerts of other Providers select all that "
        "is missed."
    )

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find event sources with `name: '*'` and no namespace, which cover the Alert's own
        namespace, where people mean all (notification-controller, Alert).

        What another Alert of the same channel covers is not missed.
        """
        alerts = context.shared(_Alerts)
        for alert in alerts.flux:
            channel = alerts.channel(alert)
            told = alerts.told[alert.cluster, channel]
            lost: list[tuple[EventSource, str]] = []
            untold = False
            for source in alert.event_sources:
                if source.name != "*" or not source.implicit:
                    continue
                objects = alerts.senders(alert.cluster, source.kind)
                missed = [
                    (namespace, name)
                    for namespace, name in objects
                    if namespace and not told.has(source.kind, namespace, name)
                ]
                if missed:
                    where = listed(sorted({namespace for namespace, _ in missed}), 4)
                    number = f"{len(missed)} of {len(objects)} {plural(source.kind)}"
                    lost.append((source, f"{number} (in {where})"))
                    untold = untold or not all(
                        alerts.are_people_told(alert.cluster, source.kind, *one) for one in missed
                    )
            if lost:
                message = (
                    f"Alert {alert.namespace}/{alert.name} misses "
                    f"{listed([text for _, text in lost])}: "
                    f"`name: '*'` without a namespace covers "
                    f"{alert.namespace} only; add an event source with `namespace` for each of the "
                    f"others"
                )
                yield cls.at(
                    lost[0][0],
                    message,
                    layers=[alert.layer],
                    about=[alert],
                    severity=Severity.WARNING
                    if untold and channel not in _WRITES_BACK
                    else Severity.INFO,
                    cause="its own namespace only",
                )


class AlertProviderElsewhere(Check):
    code = "alert-provider-elsewhere"
    family = Family.NOTIFICATIONS
    severity = Severity.WARNING
    title = "The Provider of an Alert is in another layer"
    about = (
        "No order is set between the two layers: until the Provider exists, no event is sent, "
        "and failures of the first minutes are lost."
    )
    remedy = "Put both into one layer, or add the other layer to `dependsOn`."
    bad = "# notifications: Alert\n# observability: Provider"
    good = "dependsOn: [{name: observability}]"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find Alerts that may come before their Provider, until which they send nothing."""
        places = defaultdict(list)
        for provider in context.platform.providers:
            places[provider.cluster, provider.namespace, provider.name].append(provider)
        for alert in context.platform.alerts:
            if alert.kind != "flux" or alert.layer not in context.layers or not alert.provider:
                continue
            makers = [
                provider
                for provider in places[alert.cluster, alert.namespace, alert.provider]
                if provider.layer in context.layers
            ]
            late = context.comes_late(alert.layer, [provider.layer for provider in makers])
            if not makers or late is None:
                continue
            own, other = context.layers[alert.layer], context.layers[makers[0].layer]
            message = (
                f"Provider {alert.provider} of Alert {alert.namespace}/{alert.name} is in layer "
                f"`{other.name}`, for which "
                f"`{own.name}` does not wait: until it exists no event is sent; put both into "
                f"one layer, or add `{other.name}` to dependsOn"
            )
            yield cls.at(
                alert,
                message,
                layers=[alert.layer, other.id],
                about=[alert, makers[0]],
                cause=f"Provider {alert.provider} in another layer",
            )


class AlertSourceUnknown(Check):
    code = "alert-source-unknown"
    family = Family.NOTIFICATIONS
    severity = Severity.WARNING
    title = "An event source does not exist"
    about = "The kind sends no events, or no layer applies an object of that name."
    remedy = "Correct the entry, or remove it."
    bad = "eventSources:\n  - kind: Kustomization\n    name: aps"
    good = "eventSources:\n  - kind: Kustomization\n    name: apps"
    varies = "A note where the object may come from outside this repository."

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        alerts = context.shared(_Alerts)
        for alert in alerts.flux:
            title = f"Alert {alert.namespace}/{alert.name}"
            for source in alert.event_sources:
                severity = Severity.WARNING
                if source.kind not in _SENDERS:
                    likely = near(source.kind, _SENDERS)
                    hint = f"did you mean `{likely}`?" if likely else "correct the kind"
                    message = (
                        f"{title} listens to the kind `{source.kind}`, which sends no events; "
                        f"{hint}"
                    )
                    cause = f"kind {source.kind}"
                else:
                    absent = _absent(context, alert.cluster, source)
                    if absent is None:
                        continue
                    label, meant, severity = absent
                    message = (
                        f"{title} listens to {label}, which no layer of the cluster applies; "
                        f"{meant or 'correct the name or remove the event source'}"
                    )
                    cause = f"no {label}"
                yield cls.at(
                    source,
                    message,
                    layers=[alert.layer],
                    about=[alert],
                    severity=severity,
                    cause=cause,
                )


class ReceiverSourceUnknown(Check):
    code = "receiver-source-unknown"
    family = Family.NOTIFICATIONS
    severity = Severity.WARNING
    title = "A Receiver names an object that does not exist"
    about = "A webhook call is answered with an error, and Flux fetches nothing before the next interval."
    remedy = "Correct the entry of `resources`, or remove it."
    bad = "resources:\n  - kind: GitRepository\n    name: flux-sytem"
    good = "resources:\n  - kind: GitRepository\n    name: flux-system"
    varies = "A note where the object may come from outside this repository."

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for receiver in context.platform.of_type(Receiver):
            for entry in receiver.resources:
                if entry.kind not in _SENDERS or not entry.name:
                    continue
                absent = _absent(context, receiver.cluster, entry)
                if absent is None:
                    continue
                label, meant, severity = absent
                message = (
                    f"Receiver {receiver.namespace}/{receiver.name} triggers {label}, which no "
                    f"layer of the cluster applies; {meant or 'correct the name or remove the entry'}"
                )
                yield cls.at(
                    entry,
                    message,
                    layers=[receiver.layer],
                    about=[receiver],
                    severity=severity,
                    cause=f"no {label}",
                )


def _absent(
    context: Context, cluster: str, entry: EventSource
) -> tuple[str, str | None, Severity] | None:
    """Return the label of an object that an entry names and no layer applies, the object that was
    probably meant, and how severe that is; None where the object is there, or may be any."""
    objects = context.shared(_Alerts).senders(cluster, entry.kind)
    named = entry.namespace, entry.name
    if entry.name == "*" or "${" in "".join(named) or named in objects:
        return None
    meant = slip(*named, objects)
    outside = cluster in context.open_ended | context.guessed
    severity = Severity.INFO if outside and meant is None else Severity.WARNING
    return f"{entry.kind} {entry.namespace}/{entry.name}", meant, severity


class AlertCoverage(Check):
    code = "alert-coverage"
    family = Family.NOTIFICATIONS
    severity = Severity.INFO
    title = "Objects have no Alert"
    about = (
        "No Alert selects these Kustomizations or HelmReleases, so their failures are not sent "
        "anywhere. Alerts that report to commits do not count."
    )
    remedy = "Add event sources for them."
    bad = "eventSources: [{kind: Kustomization, name: '*'}]"
    good = (
        "eventSources:\n"
        "  - {kind: Kustomization, name: '*'}\n"
        "  - {kind: HelmRelease, name: '*', namespace: apps}"
    )

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        alerts = context.shared(_Alerts)
        for cluster in context.platform.clusters:
            own = alerts.for_people(cluster.id)
            covered = _Covered()
            for alert in own:
                covered.add(alert.event_sources)
            for kind in _WATCHED if own else ():
                objects = alerts.senders(cluster.id, kind)
                missed = sorted(
                    (namespace, name)
                    for namespace, name in objects
                    if not covered.has(kind, namespace, name)
                )
                if missed:
                    where = listed(sorted({namespace for namespace, _ in missed}), 6)
                    verb = "has" if len(missed) == 1 else "have"
                    message = (
                        f"{len(missed)} of {len(objects)} {plural(kind)} of the cluster "
                        f"{cluster.id} {verb} no Alert (in {where}): "
                        "their failures are not sent anywhere; add event sources for them"
                    )
                    cause = f"{plural(kind)} without an Alert"
                    layers = [own[0].layer]
                    yield cls.at(own[0], message, layers=layers, about=own, cause=cause)


class AlertNone(Check):
    code = "alert-none"
    family = Family.NOTIFICATIONS
    severity = Severity.INFO
    title = "A cluster has no Alert"
    about = "Failures of Flux are not sent anywhere."
    remedy = "Add a Provider and an Alert."
    bad = "# no Alert"
    good = (
        "kind: Alert\n"
        "spec:\n"
        "  providerRef: {name: slack}\n"
        "  eventSources: [{kind: Kustomization, name: '*'}]"
    )

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find the clusters of which no Alert tells people anything, all at once."""
        alerts = context.shared(_Alerts)
        silent = [
            cluster
            for cluster in context.platform.clusters
            if not alerts.for_people(cluster.id)
            and all(
                layer.status is not LayerStatus.EXTERNAL for layer in context.of_cluster(cluster.id)
            )
        ]
        if silent:
            names = listed([cluster.id for cluster in silent], 3)
            noun, verb = ("cluster", "has") if len(silent) == 1 else ("clusters", "have")
            message = (
                f"the {noun} {names} {verb} no Alert: failures of Flux are not sent anywhere; "
                f"add a Provider and an Alert"
            )
            roots = [
                layer
                for cluster in silent
                for layer in context.of_cluster(cluster.id)
                if layer.parent is None
            ]
            yield cls.at(silent[0].entry, message, about=roots, cause="no Alert")


class _Alerts:
    """The Flux Alerts of a platform, and the objects that send events."""

    def __init__(self, context: Context) -> None:
        self.flux = [alert for alert in context.platform.alerts if alert.kind == "flux"]
        self._types = {
            (provider.cluster, provider.namespace, provider.name): provider.type
            for provider in context.platform.providers
        }
        self.told: dict[tuple[str, str], _Covered] = defaultdict(_Covered)
        """Cluster and channel to what its Alerts cover."""
        for alert in self.flux:
            if not alert.suspended:
                self.told[alert.cluster, self.channel(alert)].add(alert.event_sources)
        self._senders: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
        for layer in context.platform.layers:
            self._senders[layer.cluster, "Kustomization"].add((layer.namespace, layer.name))
            # What a layer comes from may be made outside of Git: a FluxInstance makes its own.
            held = layer.source
            self._senders[layer.cluster, held.kind].add((held.namespace, held.name))
            for resource in layer.resources:
                if resource.kind in _SENDERS and _SENDERS[resource.kind] == resource.group:
                    self._senders[layer.cluster, resource.kind].add(
                        (resource.namespace or "", resource.name)
                    )
        for source in context.platform.sources:
            self._senders[source.cluster, source.kind].add((source.namespace, source.name))

    def channel(self, alert: Alert) -> str:
        """Return where an Alert sends to: the type of its Provider, so that Alerts of one kind in
        many namespaces count as one."""
        name = alert.provider or ""
        return self._types.get((alert.cluster, alert.namespace, name)) or f"Provider {name}"

    def senders(self, cluster: str, kind: str) -> set[tuple[str, str]]:
        """Return (namespace, name) of the objects of a kind that send events."""
        return self._senders.get((cluster, kind), set())

    def are_people_told(self, cluster: str, kind: str, namespace: str, name: str) -> bool:
        """Return whether an Alert that does not only report to commits selects an object."""
        return any(
            covered.has(kind, namespace, name)
            for (place, channel), covered in self.told.items()
            if place == cluster and channel not in _WRITES_BACK
        )

    def for_people(self, cluster: str) -> list[Alert]:
        """Return the Alerts of a cluster that do not only report to commits."""
        return [
            alert
            for alert in self.flux
            if alert.cluster == cluster
            and not alert.suspended
            and self.channel(alert) not in _WRITES_BACK
        ]


class _Covered:
    """What event sources cover; labels are not looked at."""

    def __init__(self) -> None:
        self._names: set[tuple[str, str, str]] = set()

    def add(self, sources: Iterable[EventSource]) -> None:
        self._names.update((source.kind, source.namespace, source.name) for source in sources)

    def has(self, kind: str, namespace: str, name: str) -> bool:
        return (kind, namespace, name) in self._names or (kind, namespace, "*") in self._names
