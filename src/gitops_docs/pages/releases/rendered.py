"""Show what the chart of a release renders to: objects by kind, hostnames, volumes, rights, hooks."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from gitops_docs.index.addresses import key
from gitops_docs.index.rights import is_wildcard
from gitops_docs.model import Release, Resource
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.tables import Cell, Table
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled, joined
from gitops_docs.text.english import count

_HERE = 60
"""So many objects of a chart stand on the page of the release; more have a page of their own."""
_MOST = 300
"""Most hooks that are listed."""
_CHANGES = 10
_FIRST = (
    *("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Service", "Ingress"),
    *("HTTPRoute", "PersistentVolumeClaim", "ConfigMap", "Secret", "ServiceAccount"),
)
"""Kinds that come first."""


def rendered(writer: Writer, page: Draft, release: Release) -> dict[str, object]:
    """Return what the template of a release page shows of its chart.

    Args:
        writer: The writer.
        page: The page.
        release: The release, with its objects.
    """
    rendering = release.rendering
    objects = release.objects
    hooks = [one for one in rendering.objects if one.hooks]
    contents = writer.facts.chart_contents[release.cluster, release.namespace, release.name]
    wildcards = [role for role in contents.roles if any(map(is_wildcard, role.rules))]
    where = None
    rows: list[tuple[str, Cell]] = []
    if has_page(writer, release):
        where = page.link(writer.at.objects_of(release), "All objects with their templates")
        kinds = [f"{kind} {len(found)}" for kind, found in by_kind(objects)]
        rows.append(("Objects", ", ".join(kinds)))
    hosts = sorted(
        {host for route in contents.routes for rule in route.rules for host in rule.hosts}
    )
    if hosts:
        rows.append(("Hostnames", _codes(page, hosts)))
    if contents.claims:
        rows.append(("Volumes", _codes(page, [claim.name for claim in contents.claims])))
    if contents.roles:
        rows.append(
            (
                "Roles",
                filled(
                    "{}, {} with a wildcard{}",
                    count(len(contents.roles), "role"),
                    len(wildcards),
                    filled(": {}", _codes(page, [role.name for role in wildcards]))
                    if wildcards
                    else "",
                ),
            )
        )
    if contents.alerts:
        rows.append(
            (
                "Alert rules",
                page.link(
                    writer.at.alerts_of_chart(release.chart),
                    count(len(contents.alerts), "alert rule"),
                ),
            )
        )
    return {
        "rendering": rendering,
        "summary": ", ".join(
            [
                count(len(objects), "object"),
                *([f"{count(len(hooks), 'hook')} and tests"] if hooks else []),
            ]
        ),
        "facts": rows,
        "kinds": [
            (kind, count(len(found), "object"), _items(page, release, found))
            for kind, found in ([] if where else by_kind(objects))
        ],
        "where": where,
        "hooks": Table(
            "hooks",
            "Hooks and tests",
            ("Object", "When", "Template"),
            [
                [
                    page.code(one.label),
                    ", ".join(one.hooks),
                    page.code(one.origin.template) if one.origin is not None else "",
                ]
                for one in hooks[:_MOST]
            ],
        ),
    }


def _codes(page: Draft, texts: list[str]) -> Markup:
    shown = joined(", ", (page.code(text) for text in texts[:20]))
    return shown if len(texts) <= 20 else shown + f" +{len(texts) - 20}"


def by_kind(objects: Sequence[Resource]) -> list[tuple[str, list[Resource]]]:
    found: dict[str, list[Resource]] = {}
    for one in objects:
        found.setdefault(one.kind, []).append(one)
    ranks = {kind: number for number, kind in enumerate(_FIRST)}
    return sorted(found.items(), key=lambda pair: (ranks.get(pair[0], len(ranks)), pair[0]))


def _items(page: Draft, release: Release, found: list[Resource]) -> list[Markup]:
    """Return one line for each object: a table for each kind would treble the page."""
    home = release.target_namespace or release.namespace
    lines = []
    for one in found:
        origin = one.origin
        where = "" if one.cluster_scoped or one.namespace in (None, home) else f"{one.namespace}/"
        template = origin.template if origin is not None else ""
        text = filled("<code>{}{}</code> {}", where, one.name, template)
        for change in one.changed_by[:_CHANGES]:
            text += filled(
                ", {} by {}", page.code(change.field), page.place(change.file, change.line)
            )
        lines.append(text)
    return lines


def has_page(writer: Writer, release: Release) -> bool:
    """Return whether the objects of a release have a page of their own."""
    return len(release.objects) > _HERE and key(release) not in writer.at.without.releases
