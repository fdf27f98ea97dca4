"""Which things of a platform have a page of their own, so that a site ends too.

In: a `Platform`. Out: an `Extent`. The budgets of a scan bound what is read; tens of thousands of alert rules still fit into them, each
with a page that a site builder keeps in memory, some 25 KB. What has no page of its own stands in the lists, and links to it lead there.
"""

from __future__ import annotations

from msgspec import Struct

from gitops_docs.model import Alert, Layer, Platform, Release

MAX_PAGES = 20_000
"""Most pages about one thing each. Ten thousand real manifests have some 13,000."""
OF_LAYER = 3
"""Pages of a layer: itself, what to do if it is not ready, how to take it back."""

Key = tuple[str, str, str]
"""Cluster, namespace and name."""


def key(item: Layer | Release | Alert) -> Key:
    """What tells a thing from others of its kind."""
    return item.cluster, item.namespace, item.name


class Extent(Struct, frozen=True):
    """What has no page of its own. `wanted` is how many pages there would be."""

    wanted: int = 0
    layers: frozenset[Key] = frozenset()
    releases: frozenset[Key] = frozenset()
    notifications: frozenset[Key] = frozenset()
    rules: frozenset[str] = frozenset()
    """Names of alert rules, in lower case."""

    @property
    def left_out(self) -> dict[str, int]:
        """How many of each kind have no page; kinds of which all have one are not in it."""
        counts = {
            "layer": len(self.layers),
            "release": len(self.releases),
            "Flux Alert": len(self.notifications),
            "alert rule": len(self.rules),
        }
        return {name: number for name, number in counts.items() if number}


def extent(platform: Platform) -> Extent:
    """What a site of a platform has pages for: layers first, then releases, Flux Alerts and alert rules, each in the platform's order."""
    layers = dict.fromkeys(map(key, platform.layers))
    releases = dict.fromkeys(map(key, platform.releases))
    notifications = dict.fromkeys(key(item) for item in platform.alerts if item.kind == "flux")
    rules = dict.fromkeys(item.name.lower() for item in platform.alerts if item.kind == "rule")
    wanted = OF_LAYER * len(layers) + len(releases) + len(notifications) + len(rules)
    if wanted <= MAX_PAGES:
        return Extent(wanted)
    left = MAX_PAGES
    with_layers = left // OF_LAYER
    left = max(0, left - OF_LAYER * len(layers))
    with_releases, left = left, max(0, left - len(releases))
    with_notifications, left = left, max(0, left - len(notifications))
    return Extent(
        wanted,
        frozenset(list(layers)[with_layers:]),
        frozenset(list(releases)[with_releases:]),
        frozenset(list(notifications)[with_notifications:]),
        frozenset(list(rules)[left:]),
    )
