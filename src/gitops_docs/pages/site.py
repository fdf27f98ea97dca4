"""All pages of a platform, and the navigation over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gitops_docs.index.addresses import key
from gitops_docs.model import Platform
from gitops_docs.pages.alerts import alerts, notifications, runbooks
from gitops_docs.pages.automation import image_automation
from gitops_docs.pages.embedded import applies_to
from gitops_docs.pages.embedded.blocks import Blocks
from gitops_docs.pages.html.page import NavItem, Options, Page
from gitops_docs.pages.html.reuse import Memory
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.layers import health, layer, rollback, troubleshooting, variables
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
from gitops_docs.pages.platform import bootstrap, changes, clusters, directories, findings, overview
from gitops_docs.pages.releases import components, images, release

_LAYERS_IN_NAVIGATION = 60
"""A platform with more layers shows them on the pages of its clusters only: the sidebar costs time
and bytes on every page."""


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
    memory: Memory | None = field(default=None, compare=False, repr=False)
    """What the next rendering can take over."""


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
        clusters.comparison(writer),
        *(overview.cluster_page(writer, cluster) for cluster in platform.clusters),
        *(lookup.objects_page(writer, cluster) for cluster in platform.clusters),
        *(bootstrap.bootstrap_page(writer, cluster) for cluster in platform.clusters),
        *(layer.layer_page(writer, item) for item in layers),
        *(troubleshooting.troubleshooting_page(writer, item) for item in layers),
        *(rollback.rollback_page(writer, item) for item in layers),
        *(release.release_page(writer, item) for item in releases),
        components.components_page(writer),
        images.images_page(writer),
        image_automation.image_automation_page(writer),
        *exposure.exposure_pages(writer),
        certificates.certificates_page(writer),
        *workloads.workloads_pages(writer),
        *storage.storage_pages(writer),
        *access.access_pages(writer),
        *network_policies.network_policies_pages(writer),
        custom_resources.custom_resources_page(writer),
        custom_resources.definitions_page(writer),
        health.health_page(writer),
        variables.variables_page(writer),
        sources.sources_page(writer),
        secrets.secrets_page(writer),
        namespaces.namespaces_page(writer),
        alerts.alerts_page(writer),
        *(
            alerts.alert_page(writer, rules)
            for name, rules in writer.facts.rules.items()
            if name not in without.rules
        ),
        runbooks.runbooks_page(writer),
        notifications.notifications_page(writer),
        *(alerts.flux_alert_page(writer, alert) for alert in flux_alerts),
        lookup.lookup_page(writer),
        directories.directories_page(writer),
        owners.owners_page(writer),
        paused.paused_page(writer),
        changes.changes_page(writer),
        findings.findings_page(writer),
        *(findings.finding_page(writer, code, found) for code, found in writer.facts.codes.items()),
    ]
    blocks = tuple(applies_to.applies_blocks(writer))
    return Rendered(
        tuple({page.uri: page for page in pages}.values()),
        _navigation(writer),
        blocks,
        Blocks(writer),
        writer.memory,
    )


def _navigation(writer: Writer) -> NavItem:
    at, facts = writer.at, writer.facts
    clusters = []
    for cluster in facts.platform.clusters:
        layers = facts.of_cluster.get(cluster.id, [])
        ordered = sorted(layers, key=lambda item: (item.wave or 1 << 30, item.name))
        children = (
            tuple(NavItem(item.name, writer.layer_uri[item.id]) for item in ordered)
            if len(facts.platform.layers) <= _LAYERS_IN_NAVIGATION
            else ()
        )
        clusters.append(
            NavItem(cluster.id, None, (NavItem(cluster.id, at.cluster(cluster.id)), *children))
        )
    return NavItem(
        "Platform",
        None,
        (
            NavItem("Overview", at.index()),
            NavItem("Clusters", None, (NavItem("Clusters", at.index("clusters")), *clusters)),
            NavItem("Components", at.page("components")),
            NavItem("Variables", at.page("variables")),
            NavItem("Alerts", at.index("alerts")),
            NavItem("Runbooks", at.index("runbooks")),
            NavItem("Notifications", at.page("notifications")),
            NavItem(
                "Inventories",
                None,
                (
                    NavItem("Images", at.page("images")),
                    *_families(writer),
                    NavItem("Custom resources", at.page("custom-resources")),
                    NavItem("CRDs", at.page("crds")),
                    NavItem("Health checks", at.page("health")),
                    NavItem("Namespaces", at.page("namespaces")),
                    NavItem("Sources", at.page("sources")),
                    NavItem("Secrets", at.page("secrets")),
                    NavItem("Directories", at.page("directories")),
                    NavItem("Lookup", at.page("lookup")),
                ),
            ),
            NavItem("Changes", at.page("changes")),
            NavItem("Findings", at.index("findings")),
            *(
                [NavItem("Suspended and pinned", at.page("paused"))]
                if facts.paused or facts.pinned
                else []
            ),
            *([NavItem("Owners", at.page("owners"))] if facts.owners_are_stated else []),
        ),
    )


def _families(writer: Writer) -> list[NavItem]:
    """Return the entries of pages that are left out of the navigation while they have nothing to
    show."""
    platform, at = writer.facts.platform, writer.at
    pages: list[tuple[str, str, tuple[Sequence[object], ...]]] = [
        (
            "Image automation",
            "image-automation",
            (platform.image_policies, platform.image_automations, platform.image_markers),
        ),
        ("Workloads", "workloads", (platform.workloads,)),
        ("Storage", "storage", (platform.storage_classes, platform.volume_claims)),
        ("Exposure", "exposure", (platform.routes, platform.gateways, platform.exposed_services)),
        ("Certificates", "certificates", (writer.facts.certified,)),
        ("Network policies", "network-policies", (platform.network_policies,)),
        ("Access", "access", (platform.roles, platform.role_bindings, platform.service_accounts)),
    ]
    return [NavItem(title, at.page(name)) for title, name, contents in pages if any(contents)]
