"""What Flux tells whom: Flux Alerts, their Providers, and the objects that no Alert covers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from markupsafe import Markup
from msgspec import Struct

from gitops_docs.model import Alert
from gitops_docs.pages.html import across
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded, marked
from gitops_docs.pages.html.writer import Writer
from gitops_docs.text.english import count, unique

_SHOWN = 4


class Thing(Struct, frozen=True):
    """An object that Flux can tell about."""

    cluster: str
    kind: str
    namespace: str
    name: str


def coverage(alert: Alert, thing: Thing) -> str | None:
    """How an Alert covers an object: `all` events, `errors` only, `perhaps` where labels decide;
    None where it does not.

    A suspended Alert covers nothing, an event source without a namespace the Alert's own
    (notification-controller, `alerts.md`).
    """
    if alert.suspended or alert.cluster != thing.cluster:
        return None
    found = None
    for source in alert.event_sources:
        if (
            source.kind == thing.kind
            and source.namespace == thing.namespace
            and source.name in ("*", thing.name)
        ):
            if not source.labels or source.name != "*":
                return "errors" if alert.severity == "error" else "all"
            found = "perhaps"
    return found


def things(writer: Writer) -> Iterator[tuple[Thing, str]]:
    """Everything that reports to the notification controller, with the URI of its page."""
    platform, at = writer.facts.platform, writer.at
    for layer in platform.layers:
        yield (
            Thing(layer.cluster, "Kustomization", layer.namespace, layer.name),
            writer.layer_uri[layer.id],
        )
    for release in platform.releases:
        uri = at.below_cluster(release.cluster, "releases", release.namespace, release.name)
        yield Thing(release.cluster, "HelmRelease", release.namespace, release.name), uri
    for source in platform.sources:
        if source.kind != "ExternalArtifact":
            yield (
                Thing(source.cluster, source.kind, source.namespace, source.name),
                at.page("sources"),
            )


@reused
def notifications_page(writer: Writer) -> Page:
    """Flux Alerts, Providers, and what happens without anybody being told."""
    page = writer.draft(writer.at.page("notifications"))
    alerts = [alert for alert in writer.facts.platform.alerts if alert.kind == "flux"]
    by_cluster: dict[str, list[Alert]] = defaultdict(list)
    for alert in alerts:
        if (alert.cluster, alert.namespace, alert.provider or "") in writer.facts.providers:
            by_cluster[alert.cluster].append(alert)
    silent: list[tuple[Thing, str, bool]] = []
    total = 0
    for thing, uri in dict(things(writer)).items():
        total += 1
        found = {coverage(alert, thing) for alert in by_cluster[thing.cluster]} - {None}
        if not found or found == {"perhaps"}:
            silent.append((thing, uri, bool(found)))
    providers = writer.facts.platform.providers
    return writer.finish(
        page,
        "tables.html",
        "Notifications",
        wide=True,
        description=f"{count(len(alerts), 'Flux Alert')} and {count(len(providers), 'Provider')}",
        lead=f"{count(len(alerts), 'Flux Alert')}, {count(len(providers), 'Provider')}."
        f"{writer.only_listed('Flux Alert')} "
        f"{len(silent)} of {count(total, 'object')} that Flux reconciles "
        f"{'has' if len(silent) == 1 else 'have'} no Alert.",
        sections=[
            ("Alerts", None, _alerts(writer, page, alerts)),
            ("Providers", None, _providers(writer, page)),
            (
                "Without an Alert",
                "No Alert selects these objects.",
                _silent(writer, page, silent),
            ),
        ],
    )


def _alerts(writer: Writer, page: Draft, alerts: list[Alert]) -> Table:
    rows: list[list[Cell]] = []
    for alert in alerts:
        uri = writer.at.below_cluster(alert.cluster, "notifications", alert.namespace, alert.name)
        known = (alert.cluster, alert.namespace, alert.provider or "") in writer.facts.providers
        provider = page.code(alert.provider) or Markup("none")
        about = unique(
            [f"{source.kind} {source.namespace}/{source.name}" for source in alert.event_sources]
        )
        row: list[Cell] = [
            marked(
                page.link(uri, f"{alert.namespace}/{alert.name}"),
                *(["suspended"] if alert.suspended else []),
            ),
            "error" if alert.severity == "error" else "info",
            provider if known else Markup("{} <strong>missing</strong>").format(provider),
            folded([page.code(name) for name in about], _SHOWN) or "none",
            page.place(alert.file, alert.line),
        ]
        if writer.many_clusters:
            row.insert(1, writer.cluster(page, alert.cluster))
        rows.append(row)
    cluster_column = ("Cluster",) if writer.many_clusters else ()
    columns = ("Alert", *cluster_column, "Severity", "Provider", "Event sources", "Defined at")
    return Table(
        "flux-alerts",
        "Flux Alerts",
        columns,
        rows,
        "No Flux Alert. Failures are not sent anywhere.",
    )


def _providers(writer: Writer, page: Draft) -> Table:
    rows: list[list[Cell]] = []
    for provider in writer.facts.platform.providers:
        words = f"Provider of type {provider.type} on {provider.cluster}"
        row: list[Cell] = [
            page.named(
                provider.name,
                "provider",
                words,
                f"provider-{provider.cluster}-{provider.namespace}-{provider.name}",
            ),
            page.code(provider.namespace),
            provider.type,
            page.code(provider.channel) or "–",
            page.link(writer.at.page("secrets"), provider.secret, secrets=provider.secret)
            if provider.secret
            else "none",
            writer.layer(page, provider.layer),
            page.place(provider.file, provider.line),
        ]
        if writer.many_clusters:
            row.insert(1, writer.cluster(page, provider.cluster))
        rows.append(row)
    cluster_column = ("Cluster",) if writer.many_clusters else ()
    columns = (
        "Provider",
        *cluster_column,
        "Namespace",
        "Type",
        "Channel",
        "Secret",
        "Layer",
        "Defined at",
    )
    return Table("providers", "Providers", columns, rows, "No Providers.")


def _silent(writer: Writer, page: Draft, silent: list[tuple[Thing, str, bool]]) -> Table:
    groups: dict[tuple[str, str, str, bool], list[tuple[Thing, str]]] = defaultdict(list)
    for thing, uri, perhaps in silent:
        groups[thing.kind, thing.namespace, thing.name, perhaps].append((thing, uri))
    rows: list[list[Cell]] = []
    for kind, namespace, name, perhaps in sorted(groups):
        own = groups[kind, namespace, name, perhaps]
        row: list[Cell] = [
            page.link(_page_of(writer, kind, namespace, name, own), name),
            kind,
            page.code(namespace),
            "by labels, not known" if perhaps else "no",
        ]
        if writer.many_clusters:
            row.insert(1, across.share(writer, [thing.cluster for thing, _ in own]))
        rows.append(row)
    columns = (
        "Object",
        *(("Clusters",) if writer.many_clusters else ()),
        "Kind",
        "Namespace",
        "Selected",
    )
    return Table(
        "silent",
        "Objects without an Alert",
        columns,
        rows,
        "All objects have an Alert.",
    )


def _page_of(
    writer: Writer, kind: str, namespace: str, name: str, own: list[tuple[Thing, str]]
) -> str:
    """The page of objects of one name: that about all clusters where several have it."""
    if len(own) > 1 and kind == "Kustomization":
        return writer.layer_on_all(namespace, name) or own[0][1]
    if len(own) > 1 and kind == "HelmRelease":
        return writer.component(namespace, name)
    return own[0][1]
