"""Show what a hand-written page applies to, as it is now: a fragment that a site builder puts into
that page.

The author's text is left alone. What matters stands in two or three lines; commands and the rest
are folded.
"""

from __future__ import annotations

from markupsafe import Markup
from msgspec.structs import replace

from gitops_docs.index import commands
from gitops_docs.model import Layer, Release, Runbook
from gitops_docs.pages.html.draft import Draft, as_index
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.writer import Writer, states
from gitops_docs.text.english import unique

EXPLAINS = ("reference", "decision")
"""Kinds of pages that say why, not what to do: they have their facts at the end, and no
commands."""
_MOST = 8
"""Layers and releases that are shown one by one."""


def applies_blocks(writer: Writer) -> list[Page]:
    """Return a fragment for each page that applies to something, has an owner, or that an alert
    leads to; `uri` is that of the page."""
    blocks = []
    for book in writer.facts.platform.runbooks:
        alerts = unique(
            [
                alert.name
                for alert in writer.facts.platform.alerts
                if alert.runbook.page == book.file and alert.kind == "rule"
            ]
        )
        layers = [writer.facts.layers[identity] for identity in book.layers]
        releases = [writer.facts.release_of[key] for key in book.releases]
        general = len(book.general_layers) + len(book.general_releases)
        if alerts or layers or releases or general or book.owner or book.last_reviewed:
            blocks.append(_block(writer, book, alerts, layers, releases))
    return blocks


def _block(
    writer: Writer, book: Runbook, alerts: list[str], layers: list[Layer], releases: list[Release]
) -> Page:
    at = writer.at
    page = writer.draft(as_index(book.file))
    grouped, charts = _layers(writer, page, layers), _releases(writer, page, releases)
    block = writer.finish(
        page,
        "applies.html",
        book.title,
        fragment=True,
        book=book,
        explains=book.kind in EXPLAINS,
        alerts=[page.link(at.alert(name), name) for name in alerts],
        layers=grouped[:_MOST],
        more_layers=len(grouped) - _MOST,
        releases=charts[:_MOST],
        more_releases=len(charts) - _MOST,
        all_layers=len(book.general_layers),
        all_releases=len(book.general_releases),
        overview=page.link(at.index("clusters"), "the clusters"),
        components=page.link(at.page("components"), "the components"),
        late=bool(
            book.review_due
            and writer.facts.platform.repository.date
            and book.review_due < writer.facts.platform.repository.date
        ),
    )
    return replace(block, uri=book.file)


def _layers(writer: Writer, page: Draft, layers: list[Layer]) -> list[dict[str, object]]:
    """Return the layers, those of one name on several clusters together."""
    facts = writer.facts
    groups: dict[tuple[str, str], list[Layer]] = {}
    for layer in layers:
        groups.setdefault((layer.namespace, layer.name), []).append(layer)
    found: list[dict[str, object]] = []
    for same in groups.values():
        first = same[0]
        cluster = facts.clusters.get(first.cluster)
        waiting = facts.in_order(set().union(*(facts.graph.dependents(layer.id) for layer in same)))
        stopped = {facts.layers[identity].name: identity for identity in reversed(waiting)}
        names = list(reversed(stopped.items()))
        named = commands.of_layer(first, cluster.context if cluster and len(same) == 1 else None)
        found.append(
            {
                "name": first.name,
                "places": [
                    (
                        page.link(
                            writer.layer_uri[layer.id],
                            layer.cluster if len(same) > 1 else layer.name,
                        ),
                        page.place(layer.directory)
                        if layer.directory
                        else page.code(layer.path or "."),
                        states(layer),
                    )
                    for layer in same
                ],
                "stops": [
                    page.link(writer.layer_uri[identity], name) for name, identity in names[:4]
                ],
                "more": len(names) - 4,
                "commands": [*named["first"], *named["pause"]],
                "ways": [
                    (
                        page.link(writer.below_layer(layer, "troubleshooting"), "troubleshooting"),
                        page.link(writer.below_layer(layer, "rollback"), "roll back"),
                        layer.cluster if len(same) > 1 else None,
                    )
                    for layer in same
                ],
            }
        )
    return found


def _releases(writer: Writer, page: Draft, releases: list[Release]) -> list[dict[str, object]]:
    """Return the releases, those of one name on several clusters together."""
    groups: dict[tuple[str, str], list[Release]] = {}
    for release in releases:
        groups.setdefault((release.namespace, release.name), []).append(release)
    found: list[dict[str, object]] = []
    for (namespace, name), same in groups.items():
        first = same[0]
        cluster = writer.facts.clusters.get(first.cluster)
        found.append(
            {
                "links": [
                    (
                        page.link(
                            writer.at.below_cluster(
                                item.cluster, "releases", item.namespace, item.name
                            ),
                            name if len(same) == 1 else f"{item.cluster} / {name}",
                        ),
                        page.code(item.version) or Markup("not pinned"),
                        item.suspended,
                    )
                    for item in same
                ],
                "namespace": first.target_namespace or namespace,
                "commands": commands.of_release(
                    first, cluster.context if cluster and len(same) == 1 else None
                )["first"],
            }
        )
    return found
