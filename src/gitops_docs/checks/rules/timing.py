"""interval, retryInterval and timeout: how often Flux looks, how soon it tries again, how long it
waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from gitops_docs.checks.context import Context, layers_named
from gitops_docs.kubernetes.durations import seconds
from gitops_docs.model import Finding, Layer, Location, Release, Severity

_OFTEN = 30.0
"""Interval in seconds below which Flux does little else."""
_RARELY = 3600.0
"""Interval in seconds from which on a missing retryInterval is worth a word."""


def check(context: Context) -> Iterator[Finding]:
    """Findings of this family."""
    rarely: dict[str, list[Layer]] = defaultdict(list)
    short: dict[tuple[str, Location], list[tuple[Layer, Release]]] = defaultdict(list)
    releases: dict[str, list[Release]] = defaultdict(list)
    for release in context.platform.releases:
        releases[release.layer].append(release)
    for layer in context.platform.layers:
        if layer.synthetic:
            continue
        interval, retry, timeout = (
            seconds(text) for text in (layer.interval, layer.retry_interval, layer.timeout)
        )
        if interval is not None and retry is not None and retry > interval:
            place = layer.place("retryInterval")
            message = (
                f"after a failure `{layer.name}` tries again in {layer.retry_interval}, later than "
                f"the {layer.interval} of its "
                "interval; set retryInterval below interval"
            )
            yield Finding(
                "retry-interval-long", Severity.WARNING, message, place.file, place.line, layer.id
            )
        if interval is not None and retry is None and interval >= _RARELY:
            rarely[layer.cluster].append(layer)
        if interval is not None and interval < _OFTEN:
            place = layer.place("interval")
            message = (
                f"Flux builds and compares all of `{layer.name}` every {layer.interval}; a new "
                f"commit is applied at once whatever the "
                "interval, so set it to minutes"
            )
            yield Finding(
                "interval-short", Severity.INFO, message, place.file, place.line, layer.id
            )
        if layer.health.gated and timeout is not None:
            longer = _longer(layer, timeout, releases[layer.id])
            if longer is not None:
                short[layer.cluster, layer.place("timeout")].append((layer, longer))
    for _, found in sorted(short.items()):
        yield _short(found)
    for cluster in sorted(rarely):
        yield _rarely(rarely[cluster])


def _rarely(layers: list[Layer]) -> Finding:
    layers.sort(key=lambda layer: (layer.place("interval"), layer.id))
    place = layers[0].place("interval")
    verb = "has" if len(layers) == 1 else "have"
    message = (
        f"{layers_named(layers)} {verb} no retryInterval: after a failure Flux tries again only "
        f"after the interval "
        f"({layers[0].interval}); set a shorter retryInterval, e.g. 2m"
    )
    also = tuple(sorted({layer.id for layer in layers[1:]}))
    return Finding(
        "retry-interval-missing", Severity.INFO, message, place.file, place.line, layers[0].id, also
    )


def _longer(layer: Layer, timeout: float, releases: list[Release]) -> Release | None:
    """A release that the layer waits for, and that may take longer than the layer's check lasts."""
    checked = {
        (item.namespace, item.name) for item in layer.health.checks if item.kind == "HelmRelease"
    }
    for release in releases:
        own = seconds(release.timeout)
        waited_for = layer.health.wait or (release.namespace, release.name) in checked
        if waited_for and own is not None and own > timeout:
            return release
    return None


def _short(found: list[tuple[Layer, Release]]) -> Finding:
    """One finding for all layers that take their timeout from one line, as those do that a parent
    patches."""
    layer, release = found[0]
    place = layer.place("timeout")
    end = "is still being installed; set a longer timeout"
    if len(found) == 1:
        message = (
            f"`{layer.name}` waits {layer.timeout} for HelmRelease "
            f"{release.namespace}/{release.name}, which may take "
            f"{release.timeout}: the layer fails while the release {end}"
        )
    else:
        longest = max((one.timeout or "" for _, one in found), key=lambda text: seconds(text) or 0)
        message = (
            f"{layers_named([one for one, _ in found])} wait {layer.timeout} for HelmReleases that "
            f"may take up to {longest}: a layer fails "
            f"while its release {end}"
        )
    also = tuple(sorted({one.id for one, _ in found[1:]}))
    return Finding(
        "timeout-short", Severity.WARNING, message, place.file, place.line, layer.id, also
    )
