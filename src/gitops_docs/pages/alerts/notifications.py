"""Show what Flux tells whom: Flux Alerts, their Providers, and the objects that no Alert covers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

from markupsafe import Markup
from msgspec import Struct

from gitops_docs.model import Alert, Provider
from gitops_docs.pages.html import across
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded, lines, marked
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled
from gitops_docs.text.english import count, listing, unique

_SHOWN = 4
N = TypeVar("N", Alert, Provider)


class Thing(Struct, frozen=True):
    """An object that Flux can tell about."""

    cluster: str
    kind: str
    namespace: str
    name: str


def coverage(alert: Alert, thing: Thing) -> str | None:
    """Return how an Alert covers an object: `all` events, `errors` only, `perhaps` where labels
    decide; None where it does not.

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
    """Yield everything that reports to the notification controller, with the URI of its page."""
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
    for (namespace, name), own in _by_name(alerts).items():
        uris = {
            one.cluster: writer.at.below_cluster(one.cluster, "notifications", namespace, name)
            for one in own
        }
        clusters = list(uris)
        if len(clusters) > 1:
            words = f"Flux Alert in namespace {namespace} on {across.names(clusters)}"
            identity = f"alert-{namespace}-{name}"
            title = lines(
                [
                    page.named(name, "Flux Alert", words, identity),
                    filled("<small>in {}</small>", namespace),
                ]
            )
        else:
            title = page.link(uris[clusters[0]], f"{namespace}/{name}")
        if any(one.suspended for one in own):
            title = marked(title, "suspended")
        row: list[Cell] = [
            title,
            across.same(own, _level, _level),
            across.same(own, lambda one: _target(writer, page, one), lambda one: _target(writer, page, one)),
            across.same(own, lambda one: _about(page, one), lambda one: _about(page, one)),
            across.layers(writer, page, own),
        ]  # fmt: skip
        if writer.many_clusters:
            row.insert(1, folded([page.link(uris[one], one) for one in clusters], 2))
        rows.append(row)
    cluster_column = ("Clusters",) if writer.many_clusters else ()
    columns = ("Alert", *cluster_column, "Severity", "Provider", "Event sources", "Layer")
    return Table(
        "flux-alerts",
        "Flux Alerts",
        columns,
        rows,
        "No Flux Alert. Failures are not sent anywhere.",
        low=frozenset({1, 4, 5} if writer.many_clusters else {3, 4}),
    )


def _by_name(items: Iterable[N]) -> dict[tuple[str, str], list[N]]:
    found: dict[tuple[str, str], list[N]] = defaultdict(list)
    for item in items:
        found[item.namespace, item.name].append(item)
    return dict(sorted(found.items()))


def _level(alert: Alert) -> str:
    return "error" if alert.severity == "error" else "info"


def _target(writer: Writer, page: Draft, alert: Alert) -> Markup:
    known = (alert.cluster, alert.namespace, alert.provider or "") in writer.facts.providers
    provider = page.code(alert.provider) or Markup("none")
    return provider if known else filled("{} <strong>missing</strong>", provider)


def _about(page: Draft, alert: Alert) -> Markup:
    about = unique(
        f"{source.kind} {source.namespace}/{source.name}" for source in alert.event_sources
    )
    return folded([page.code(name) for name in about], _SHOWN) or Markup("none")


def _providers(writer: Writer, page: Draft) -> Table:
    rows: list[list[Cell]] = []
    for (namespace, name), own in _by_name(writer.facts.platform.providers).items():
        kinds = listing(unique(one.type for one in own))
        words = f"Provider of type {kinds} on {across.names(one.cluster for one in own)}"
        row: list[Cell] = [
            lines(
                [
                    page.named(name, "Provider", words, f"provider-{namespace}-{name}"),
                    filled("<small>in {}</small>", namespace),
                ]
            ),
            across.same(own, lambda one: one.type, lambda one: one.type),
            across.same(own, lambda one: one.channel, lambda one: page.code(one.channel) or "–"),
            across.same(own, lambda one: one.secret, lambda one: _secret(writer, page, one)),
            across.layers(writer, page, own),
        ]
        if writer.many_clusters:
            row.insert(1, across.clusters(writer, page, own))
        rows.append(row)
    cluster_column = ("Clusters",) if writer.many_clusters else ()
    columns = ("Provider", *cluster_column, "Type", "Channel", "Secret", "Layer")
    return Table("providers", "Providers", columns, rows, "No Providers.")


def _secret(writer: Writer, page: Draft, provider: Provider) -> Markup | str:
    if not provider.secret:
        return "none"
    return page.link(writer.at.page("secrets"), provider.secret, secrets=provider.secret)


def _silent(writer: Writer, page: Draft, silent: list[tuple[Thing, str, bool]]) -> Table:
    """By kind, with the first names: the rest is on the pages of their lists."""
    groups: dict[tuple[str, bool], dict[tuple[str, str], list[tuple[Thing, str]]]] = {}
    for thing, uri, perhaps in silent:
        names = groups.setdefault((thing.kind, perhaps), {})
        names.setdefault((thing.namespace, thing.name), []).append((thing, uri))
    rows: list[list[Cell]] = []
    for (kind, perhaps), names in sorted(groups.items()):
        links = [
            page.link(_page_of(writer, kind, namespace, name, own), name)
            for (namespace, name), own in sorted(names.items())
        ]
        number = sum(len(own) for own in names.values())
        row: list[Cell] = [
            kind,
            str(number),
            folded(links, _SHOWN),
            "by labels, not known" if perhaps else "no",
        ]
        if writer.many_clusters:
            every = [thing.cluster for own in names.values() for thing, _ in own]
            row.insert(2, across.share(writer, every))
        rows.append(row)
    columns = (
        "Kind",
        "Objects",
        *(("Clusters",) if writer.many_clusters else ()),
        "Names",
        "Selected",
    )
    return Table(
        "silent",
        "Objects without an Alert, by kind",
        columns,
        rows,
        "All objects have an Alert.",
        low=frozenset({2, 4} if writer.many_clusters else {3}),
        numeric=frozenset({1}),
    )


def _page_of(
    writer: Writer, kind: str, namespace: str, name: str, own: list[tuple[Thing, str]]
) -> str:
    """Return the page of objects of one name: that about all clusters where several have it."""
    if len(own) > 1 and kind == "Kustomization":
        return writer.layer_on_all(namespace, name) or own[0][1]
    if len(own) > 1 and kind == "HelmRelease":
        return writer.component(namespace, name)
    return own[0][1]
