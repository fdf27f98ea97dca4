"""Draw flowcharts of what goes where in a cluster: sources to what is made from them, secrets to
who uses them, events to a channel.

In: the platform, through a page's `Writer`. Out: a `Diagram`, or None where there is nothing to
draw. The tables of the pages that show these pictures have every row; a picture gathers what is
alike, so that it can be read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from gitops_docs.diagrams.mermaid import MOST_NODES, Diagram
from gitops_docs.model import Protection, Secret, Source
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.writer import Writer
from gitops_docs.text.english import count, plural
from gitops_docs.text.patterns import Pattern

_EACH = 8
"""So many sources or secrets are drawn one by one; of more, those that are alike become one
node."""
_NAMED = (4, 1, 0)
"""So many users of one thing are drawn one by one; the next number where the picture then has too
many nodes."""
_VALUES_FROM = Pattern(r"Secret/(\S+)")

User = tuple[str, str, str, str | None]
"""What uses something: its kind as a noun, an identity, its name, and the reference to its page."""


def sources(writer: Writer, page: Draft, cluster: str) -> Diagram | None:
    """Return where manifests and charts come from, and what is made from each."""
    facts = writer.facts
    known = [source for source in facts.platform.sources if source.cluster == cluster]
    users: dict[tuple[str, str, str], list[User]] = defaultdict(list)
    for layer in facts.of_cluster.get(cluster, []):
        of = layer.source
        users[of.kind, of.namespace, of.name].append(
            ("layer", layer.id, layer.name, page.to(writer.layer_uri[layer.id]))
        )
    for release in facts.platform.releases:
        if release.cluster == cluster and release.source.name:
            of, href = (
                release.source,
                _release(writer, page, cluster, release.namespace, release.name),
            )
            identity = f"release {release.namespace}/{release.name}"
            users[of.kind, of.namespace, of.name].append(("release", identity, release.name, href))
    if not users:
        return None
    declared = {(source.kind, source.namespace, source.name): source for source in known}
    groups: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for key in sorted(users):
        groups[
            _source_label(key, declared.get(key), shared=len(users) <= _EACH or len(users[key]) > 1)
        ].append(key)

    def draw(named: int) -> Diagram:
        diagram = Diagram(
            f"Sources of {cluster}",
            f"{count(len(users), 'source')} and what is made from them; the table says the same",
            "An arrow points from a source to what is made from it.",
            "LR",
        )
        for label, keys in groups.items():
            title = f"{len(keys)} {label}" if len(keys) > 1 else f"{keys[0][0]} {keys[0][2]}"
            suspended = any(
                (found := declared.get(key)) is not None and found.suspended for key in keys
            )
            node = f"source {label}"
            diagram.node(node, title, state="suspended" if suspended else None)
            _arrows(diagram, node, [user for key in keys for user in users[key]], named)
        return diagram

    return _fitting(draw)


def _source_label(key: tuple[str, str, str], source: Source | None, *, shared: bool) -> str:
    """Return the node that a source belongs to: its own, or where there are many sources, one for
    all of a kind that serve a single thing."""
    kind, _, name = key
    if shared or (source is not None and source.suspended):
        return f"{kind} {name}"
    return f"{plural(kind)} for one thing each"


def secrets(writer: Writer, page: Draft, cluster: str) -> Diagram | None:
    """Return where Secrets come from, and what Flux uses them for. A Secret that nothing makes is
    drawn as missing."""
    known = [secret for secret in writer.facts.platform.secrets if secret.cluster == cluster]
    users = _secret_users(writer, page, cluster)
    if not known and not users:
        return None
    groups: dict[tuple[str, str], list[Secret]] = defaultdict(list)
    for secret in known:
        used = (secret.namespace, secret.name) in users
        label = f"Secret {secret.namespace}/{secret.name}"
        if not used and len(known) > _EACH:
            label = f"Secrets in {secret.namespace}"
        groups[_keeper(secret), label].append(secret)
    made = {(secret.namespace, secret.name) for secret in known}

    def draw(named: int) -> Diagram:
        diagram = Diagram(
            f"Secrets of {cluster}",
            f"{count(len(known), 'Secret')}, what keeps them and what uses them; the table says "
            f"the same",
            "An arrow points from what keeps or encrypts a Secret to the Secret, and from there to "
            "what Flux uses it for.",
            "LR",
        )
        for (keeper, label), found in sorted(groups.items()):
            node = f"{keeper} {label}"
            diagram.node(f"keeper {keeper}", keeper, shape='[("{}")]')
            title = label if len(found) == 1 or " in " not in label else f"{label} ({len(found)})"
            diagram.node(
                node, title if len(found) > 1 else f"Secret {found[0].namespace}/{found[0].name}"
            )
            diagram.edge(f"keeper {keeper}", node)
            using = [
                user for secret in found for user in users.get((secret.namespace, secret.name), ())
            ]
            _arrows(diagram, node, using, named)
        for namespace, name in sorted(set(users) - made):
            diagram.node(f"? {namespace}/{name}", f"Secret {namespace}/{name}", state="missing")
            _arrows(diagram, f"? {namespace}/{name}", users[namespace, name], named, dotted=True)
        return diagram

    return _fitting(draw)


_KEEPERS = {
    Protection.SOPS: "SOPS",
    Protection.SOPS_PARTIAL: "SOPS, partly",
    Protection.EXTERNAL_SECRET: "a store outside Git",
    Protection.SEALED_SECRET: "Sealed Secrets",
    Protection.PLAIN: "plain text in Git",
    Protection.GENERATED: "files of the repository",
    Protection.EMPTY: "nothing yet",
}


def _keeper(secret: Secret) -> str:
    """Return what keeps or encrypts a Secret's values."""
    words = _KEEPERS[secret.protection]
    if secret.provider is None:
        return words
    return (
        secret.provider
        if secret.protection is Protection.EXTERNAL_SECRET
        else f"{words}, {secret.provider}"
    )


def _secret_users(writer: Writer, page: Draft, cluster: str) -> dict[tuple[str, str], list[User]]:
    """Return (namespace, name) of each Secret that Flux itself uses, with what for."""
    facts, at = writer.facts, writer.at
    users: dict[tuple[str, str], list[User]] = defaultdict(list)
    for layer in facts.of_cluster.get(cluster, []):
        for item in layer.substitute_from:
            if item.kind == "Secret":
                href = page.to(writer.layer_uri[layer.id])
                users[layer.namespace, item.name].append(("layer", layer.id, layer.name, href))
    for source in facts.platform.sources:
        if source.cluster == cluster and source.secret:
            identity = f"source {source.kind} {source.namespace}/{source.name}"
            users[source.namespace, source.secret].append(
                ("source", identity, f"{source.kind} {source.name}", page.to(at.page("sources")))
            )
    for provider in facts.platform.providers:
        if provider.cluster == cluster and provider.secret:
            identity = f"provider {provider.namespace}/{provider.name}"
            users[provider.namespace, provider.secret].append(
                (
                    "Provider",
                    identity,
                    f"Provider {provider.name}",
                    page.to(at.page("notifications")),
                )
            )
    for release in facts.platform.releases:
        if release.cluster == cluster:
            for name in dict.fromkeys(
                match[1] for item in release.values_from if (match := _VALUES_FROM.match(item))
            ):
                href = _release(writer, page, cluster, release.namespace, release.name)
                identity = f"release {release.namespace}/{release.name}"
                users[release.namespace, name].append(("release", identity, release.name, href))
    return users


def notifications(writer: Writer, page: Draft, cluster: str) -> Diagram | None:
    """Return which events reach whom: event sources, Alerts, Providers."""
    facts, at = writer.facts, writer.at
    alerts = [
        alert
        for alert in facts.platform.alerts
        if alert.kind == "flux" and alert.cluster == cluster
    ]
    if not alerts:
        return None

    def draw(named: int) -> Diagram:
        diagram = Diagram(
            f"Notifications of {cluster}",
            f"{count(len(alerts), 'Alert')}, what each covers and where it sends to; the table "
            f"says the same",
            "An arrow points the way that a message takes: from what it is about to the Alert, and "
            "on to the Provider.",
            "LR",
        )
        for alert in alerts:
            key = f"alert {alert.namespace}/{alert.name}"
            href = page.to(at.below_cluster(cluster, "notifications", alert.namespace, alert.name))
            state = "suspended" if alert.suspended else None
            diagram.node(key, f"Alert {alert.name}", href, shape='(["{}"])', state=state)
            events = list(
                dict.fromkeys(f"{e.kind} {e.namespace}/{e.name}" for e in alert.event_sources)
            )
            if len(events) > named * 2:
                events = [count(len(events), "event source")] if len(events) > 1 else events
            for event in events:
                node = f"event {event}" if "/" in event else f"{key} events"
                diagram.node(
                    node, f"{event.removesuffix('/*')}: all" if event.endswith("/*") else event
                )
                diagram.edge(node, key)
            provider = facts.providers.get((cluster, alert.namespace, alert.provider or ""))
            target = f"provider {alert.namespace}/{alert.provider}"
            if provider is None:
                diagram.node(
                    target, f"Provider {alert.provider or 'without a name'}", state="missing"
                )
            else:
                channel = f" {provider.channel}" if provider.channel else ""
                there = page.to(at.page("notifications"))
                diagram.node(target, f"{provider.type}{channel}", there, shape='[/"{}"/]')
            diagram.edge(key, target, dotted=provider is None)
        return diagram

    return _fitting(draw)


def _release(writer: Writer, page: Draft, cluster: str, namespace: str, name: str) -> str:
    return page.to(writer.at.below_cluster(cluster, "releases", namespace, name))


def _arrows(
    diagram: Diagram, start: str, users: Sequence[User], named: int, *, dotted: bool = False
) -> None:
    """Arrows from a node to what uses it: one by one, or one node for all of a kind."""
    by_kind: dict[str, list[User]] = defaultdict(list)
    for user in dict.fromkeys(users):
        by_kind[user[0]].append(user)
    for kind, found in by_kind.items():
        if len(found) > named:
            diagram.node(f"{start} to {kind}", count(len(found), kind))
            diagram.edge(start, f"{start} to {kind}", dotted=dotted)
            continue
        for _, identity, name, href in found:
            diagram.node(identity, name, href)
            diagram.edge(start, identity, dotted=dotted)


def _fitting(draw: Callable[[int], Diagram]) -> Diagram | None:
    """Return the first drawing that can be read; None where none can, and the table has to do
    alone."""
    drawings = (draw(named) for named in _NAMED)
    return next((diagram for diagram in drawings if len(diagram) <= MOST_NODES), None)
