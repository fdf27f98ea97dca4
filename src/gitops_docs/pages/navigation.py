"""Arrange the pages of a platform in a navigation, by how often they are asked for.

In: the writer, and which pages there are. Out: a tree of `NavItem`. A page that has no content is
not there and so left out. What a platform has many of (clusters, layers) is in the sidebar only
within its own branch, so that the sidebar does not grow with the platform.
"""

from __future__ import annotations

from collections.abc import Collection

from gitops_docs.pages.html.page import NavItem
from gitops_docs.pages.html.writer import Writer

LAYERS = 30
"""A cluster with more layers has them on a page of its own, not in the sidebar."""
LAYERS_IN_ALL = 60
ENVIRONMENTS = 4
"""From so many clusters on they stand below their environment."""
MANY_CLUSTERS = 17
"""From so many on, the sidebar has environments only, and the current cluster."""

_GROUPS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "On call",
        (
            ("Alerts", "alerts/"),
            ("Runbooks", "runbooks/"),
            ("Changes", "changes"),
            ("Findings", "findings/"),
            ("Suspended and pinned", "paused"),
            ("Owners", "owners"),
        ),
    ),
    (
        "What runs",
        (
            ("Workloads", "workloads"),
            ("Images", "images"),
            ("Image automation", "image-automation"),
            ("Storage", "storage"),
        ),
    ),
    (
        "Network",
        (
            ("Exposure", "exposure"),
            ("Certificates", "certificates"),
            ("Network policies", "network-policies"),
        ),
    ),
    ("Security", (("Access", "access"), ("Secrets", "secrets"))),
    (
        "Flux",
        (
            ("Sources", "sources"),
            ("Variables", "variables"),
            ("Health checks", "health"),
            ("Notifications", "notifications"),
            ("Namespaces", "namespaces"),
            ("CRDs and custom resources", "crds"),
            ("Custom resources", "custom-resources"),
            ("Repository", "directories"),
            ("Lookup", "lookup"),
        ),
    ),
)
_OF_CLUSTER = (
    ("Layers", "layers"),
    ("Components", "releases"),
    ("Exposure", "exposure"),
    ("Workloads", "workloads"),
    ("Storage", "storage"),
    ("Access", "access"),
    ("Network policies", "network-policies"),
    ("Secrets", "secrets"),
    ("Objects", "objects"),
    ("Bootstrap", "bootstrap"),
)


def arrange(writer: Writer, pages: Collection[str]) -> NavItem:
    """Arrange the pages.

    Args:
        writer: For the platform and its addresses.
        pages: URIs of the pages that there are and that have something to show.
    """
    at = writer.at

    def items(entries: tuple[tuple[str, str], ...]) -> tuple[NavItem, ...]:
        places = [
            (title, at.index(name.rstrip("/")) if name.endswith("/") else at.page(name))
            for title, name in entries
        ]
        return tuple(NavItem(title, uri) for title, uri in places if uri in pages)

    first = (
        NavItem("Overview", at.index()),
        *_clusters(writer, pages),
        *items((("Layers", "layers"), ("Components", "components"), ("Promotion", "promotion"))),
    )
    groups = [
        NavItem(title, None, found) for title, entries in _GROUPS if (found := items(entries))
    ]
    return NavItem("Platform", None, (*first, *groups))


def _clusters(writer: Writer, pages: Collection[str]) -> tuple[NavItem, ...]:
    """Return the clusters: alone, each for itself, or below its environment."""
    at, facts = writer.at, writer.facts
    clusters = {
        cluster.id: _cluster(writer, cluster.id, pages) for cluster in facts.platform.clusters
    }
    if len(clusters) == 1:
        return tuple(clusters.values())
    stages = facts.environments.stages
    if len(clusters) < ENVIRONMENTS or len(stages) in (1, len(clusters)):
        if len(clusters) >= MANY_CLUSTERS:
            return (NavItem("Clusters", at.index("clusters"), (), tuple(clusters.values())),)
        ordered = facts.environments.clusters()
        inside = tuple(clusters[name] for name in ordered)
        return (NavItem("Clusters", at.index("clusters"), inside, is_folded=True),)
    environments = []
    for stage in stages:
        uri = at.environment(stage.name)
        own = tuple(clusters[name] for name in stage.clusters)
        if uri in pages:
            environments.append(NavItem(stage.name, uri, (), own))
        elif len(own) == 1:
            environments += own
        else:
            environments.append(NavItem(stage.name, None, own, is_folded=True))
    return (NavItem("Clusters", at.index("clusters"), tuple(environments), is_folded=True),)


def _cluster(writer: Writer, cluster: str, pages: Collection[str]) -> NavItem:
    """Return a cluster with its pages, and with its layers where they are few."""
    at, facts = writer.at, writer.facts
    layers = facts.of_cluster.get(cluster, [])
    children = []
    for title, section in _OF_CLUSTER:
        uri = at.section_of_cluster(cluster, section)
        if uri in pages:
            own: tuple[NavItem, ...] = ()
            if section == "layers" and _are_few(writer, len(layers)):
                ordered = sorted(layers, key=lambda item: (item.wave or 1 << 30, item.name))
                own = tuple(
                    NavItem(item.name, writer.layer_uri[item.id])
                    for item in ordered
                    if writer.layer_uri[item.id] in pages
                )
            children.append(NavItem(title, uri, own, is_folded=bool(own)))
    return NavItem(cluster, at.cluster(cluster), tuple(children), is_folded=True)


def _are_few(writer: Writer, layers: int) -> bool:
    return layers <= LAYERS and len(writer.facts.layers) <= LAYERS_IN_ALL
