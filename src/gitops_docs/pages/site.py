"""Write all pages of a platform, and the navigation over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sized
from dataclasses import dataclass, field

from gitops_docs.index.addresses import key
from gitops_docs.index.platform import PlatformIndex
from gitops_docs.model import Platform
from gitops_docs.pages.alerts import alerts, charts, notifications, runbooks
from gitops_docs.pages.automation import image_automation
from gitops_docs.pages.embedded import applies_to
from gitops_docs.pages.embedded.blocks import Blocks
from gitops_docs.pages.html.page import NavItem, Options, Page
from gitops_docs.pages.html.reuse import Memory
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.layers import (
    health,
    layer,
    lists,
    objects,
    rollback,
    troubleshooting,
    variables,
)
from gitops_docs.pages.names import names
from gitops_docs.pages.navigation import arrange
from gitops_docs.pages.objects import (
    access,
    certificates,
    custom_resources,
    exposure,
    lookup,
    namespaces,
    network_policies,
    secrets,
    sources,
    storage,
    workloads,
)
from gitops_docs.pages.operations import owners, paused
from gitops_docs.pages.platform import (
    bootstrap,
    changes,
    cluster,
    clusters,
    directories,
    findings,
    overview,
    promotion,
)
from gitops_docs.pages.platform.environments import environment_pages
from gitops_docs.pages.releases import images, release
from gitops_docs.pages.releases import objects as release_objects
from gitops_docs.pages.releases.components import component_pages


@dataclass(frozen=True, slots=True)
class Family:
    """Pages about one kind of objects. They are left out of the navigation while they have nothing
    to show."""

    name: str
    """Of the first page, below the directory; `navigation` says where it stands there."""
    pages: Callable[[Writer], Iterable[Page]]
    contents: Callable[[PlatformIndex], Iterable[Sized]]
    """What the pages show."""


def _one(page: Callable[[Writer], Page]) -> Callable[[Writer], Iterable[Page]]:
    return lambda writer: [page(writer)]


FAMILIES = (
    Family(
        "image-automation",
        _one(image_automation.image_automation_page),
        lambda facts: (
            facts.platform.image_policies,
            facts.platform.image_automations,
            facts.platform.image_markers,
        ),
    ),
    Family(
        "workloads",
        workloads.workloads_pages,
        lambda facts: [facts.platform.workloads],
    ),
    Family(
        "storage",
        storage.storage_pages,
        lambda facts: (facts.platform.storage_classes, facts.platform.volume_claims),
    ),
    Family(
        "exposure",
        exposure.exposure_pages,
        lambda facts: (
            facts.platform.routes,
            facts.platform.gateways,
            facts.platform.exposed_services,
        ),
    ),
    Family(
        "certificates",
        certificates.certificates_pages,
        lambda facts: [facts.certified],
    ),
    Family(
        "network-policies",
        network_policies.network_policies_pages,
        lambda facts: [facts.platform.network_policies],
    ),
    Family(
        "access",
        access.access_pages,
        lambda facts: (
            facts.platform.roles,
            facts.platform.role_bindings,
            facts.platform.service_accounts,
        ),
    ),
)
"""The families of pages that depend on what a platform has."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The pages, by source URI in the order in which they were written, the section of the
    navigation, and blocks."""

    pages: tuple[Page, ...]
    navigation: NavItem
    blocks: tuple[Page, ...] = ()
    """Fragments for hand-written pages: the `uri` is that of the page which a fragment is for."""
    embedded: Blocks | None = field(default=None, compare=False)
    """What the fenced blocks of hand-written pages become."""
    names: bytes = field(default=b"", compare=False, repr=False)
    """The index of Go to, as JSON."""
    memory: Memory | None = field(default=None, compare=False, repr=False)
    """What the next rendering can take over."""
    redirects: dict[str, str] = field(default_factory=dict)
    """Address of what has no page of its own to its place on another page."""


def render(
    platform: Platform, options: Options | None = None, before: Rendered | None = None
) -> Rendered:
    """Write every page of a platform.

    Args:
        platform: What was scanned.
        options: About the site that the pages go into.
        before: What was rendered last; pages that would be the same are taken from it.
    """
    writer = Writer(platform, options or Options(), before.memory if before else None)
    without = writer.at.without
    layers = [item for item in platform.layers if key(item) not in without.layers]
    releases = [item for item in platform.releases if key(item) not in without.releases]
    flux_alerts = [
        item
        for item in platform.alerts
        if item.kind == "flux" and key(item) not in without.notifications
    ]
    pages = [
        overview.overview(writer),
        *clusters.comparisons(writer),
        *promotion.promotion_pages(writer),
        *environment_pages(writer),
        *(cluster.cluster_page(writer, one) for one in platform.clusters),
        *(page for one in platform.clusters for page in lookup.objects_pages(writer, one)),
        *(bootstrap.bootstrap_page(writer, cluster) for cluster in platform.clusters),
        *lists.layer_lists(writer),
        *(layer.layer_page(writer, item) for item in layers),
        *(page for item in layers for page in objects.objects_pages(writer, item)),
        *(troubleshooting.troubleshooting_page(writer, item) for item in layers),
        *(rollback.rollback_page(writer, item) for item in layers),
        *(release.release_page(writer, item) for item in releases),
        *(page for item in releases for page in release_objects.objects_pages(writer, item)),
        *component_pages(writer, platform.releases),
        images.images_page(writer),
        *(page for family in FAMILIES for page in family.pages(writer)),
        *custom_resources.custom_resources_pages(writer),
        custom_resources.definitions_page(writer),
        health.health_page(writer),
        *variables.variables_pages(writer),
        sources.sources_page(writer),
        secrets.secrets_page(writer),
        namespaces.namespaces_page(writer),
        alerts.alerts_page(writer),
        *(
            page
            for chart, found in charts.by_chart(
                [alert for alert in platform.alerts if alert.kind == "rule"]
            ).items()
            for page in charts.chart_pages(writer, chart, found)
        ),
        *(
            alerts.alert_page(writer, rules)
            for name, rules in writer.facts.rules.items()
            if name not in without.rules and name not in writer.at.listed
        ),
        runbooks.runbooks_page(writer),
        notifications.notifications_page(writer),
        *(alerts.flux_alert_page(writer, alert) for alert in flux_alerts),
        lookup.lookup_page(writer),
        *directories.directories_pages(writer),
        owners.owners_page(writer),
        paused.paused_page(writer),
        *changes.changes_pages(writer),
        findings.findings_page(writer),
        *(findings.finding_page(writer, code, found) for code, found in writer.facts.codes.items()),
    ]
    blocks = tuple(applies_to.applies_blocks(writer))
    return Rendered(
        tuple({page.uri: page for page in pages}.values()),
        arrange(writer, {page.uri for page in pages} - _empty(writer)),
        blocks,
        Blocks(writer),
        names(writer, pages),
        writer.memory,
        charts.redirects(writer),
    )


def _empty(writer: Writer) -> set[str]:
    """Return pages that the navigation leaves out, because they have nothing to show."""
    platform, at = writer.facts.platform, writer.at
    contents: dict[str, Iterable[Sized]] = {
        **{family.name: family.contents(writer.facts) for family in FAMILIES},
        "components": (platform.releases,),
        "images": (platform.images,),
        "sources": (platform.sources,),
        "variables": (platform.variables,),
        "namespaces": (platform.layers,),
        "notifications": (platform.layers,),
        "changes": (platform.commits,),
        "health": (platform.layers,),
    }
    if not (writer.facts.paused or writer.facts.pinned):
        contents["paused"] = ()
    if not writer.facts.owners_are_stated:
        contents["owners"] = ()
    return {at.page(name) for name, parts in contents.items() if not any(parts)}
