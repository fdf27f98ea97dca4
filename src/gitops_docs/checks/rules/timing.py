"""Check interval, retryInterval and timeout: how often Flux looks, how soon it tries again, how long
it waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from gitops_docs.checks.check import Check
from gitops_docs.checks.context import Context, layers_named
from gitops_docs.kubernetes.durations import seconds
from gitops_docs.model import Family, Finding, Layer, Location, Release, Severity

_OFTEN = 30.0
"""Interval in seconds below which Flux does little else."""
_RARELY = 3600.0
"""Interval in seconds from which on a missing retryInterval is worth a word."""


class RetryIntervalLong(Check):
    code = "retry-interval-long"
    family = Family.TIMES
    severity = Severity.WARNING
    title = "retryInterval is longer than interval"
    about = (
        "`retryInterval` is how soon Flux retries after a failure. A value above `interval` only "
        "slows recovery."
    )
    remedy = "Set it below `interval`."
    bad = "interval: 10m\nretryInterval: 1h"
    good = "interval: 10m\nretryInterval: 2m"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for layer in _written(context):
            interval, retry = seconds(layer.interval), seconds(layer.retry_interval)
            if interval is not None and retry is not None and retry > interval:
                message = (
                    f"after a failure Flux retries `{layer.name}` in {layer.retry_interval}, later "
                    f"than its interval of {layer.interval}; set retryInterval below interval"
                )
                cause = f"{layer.retry_interval} > {layer.interval}"
                yield cls.at(layer.place("retryInterval"), message, layers=[layer.id], cause=cause)


class IntervalShort(Check):
    code = "interval-short"
    family = Family.TIMES
    severity = Severity.INFO
    title = "A layer is reconciled every few seconds"
    about = (
        "`interval` is how often Flux builds the layer and compares it with the cluster. A new "
        "commit is applied as soon as the source has it, whatever the interval."
    )
    remedy = "Set it to minutes."
    bad = "interval: 5s"
    good = "interval: 10m"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for layer in _written(context):
            interval = seconds(layer.interval)
            if interval is not None and interval < _OFTEN:
                message = (
                    f"Flux builds and compares all of `{layer.name}` every {layer.interval}; a new "
                    f"commit is applied at once whatever the "
                    "interval, so set it to minutes"
                )
                cause = f"every {layer.interval}"
                yield cls.at(layer.place("interval"), message, layers=[layer.id], cause=cause)


class RetryIntervalMissing(Check):
    code = "retry-interval-missing"
    family = Family.TIMES
    severity = Severity.INFO
    title = "A layer with a long interval has no retryInterval"
    about = (
        "After a failure Flux waits for the whole `interval`, an hour or more, before it retries."
    )
    remedy = "Set `retryInterval`."
    bad = "interval: 1h"
    good = "interval: 1h\nretryInterval: 2m"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find all such layers at once, at the first of them."""
        layers: list[Layer] = []
        for layer in _written(context):
            interval = seconds(layer.interval)
            if (
                interval is not None
                and interval >= _RARELY
                and seconds(layer.retry_interval) is None
            ):
                layers.append(layer)
        if layers:
            layers.sort(key=lambda layer: (layer.place("interval"), layer.id))
            verb = "has" if len(layers) == 1 else "have"
            message = (
                f"{layers_named(layers)} {verb} no retryInterval: after a failure Flux retries "
                f"only after the interval "
                f"({layers[0].interval}); set a shorter retryInterval, e.g. 2m"
            )
            yield cls.at(
                layers[0].place("interval"),
                message,
                layers=[layer.id for layer in layers],
                cause="no retryInterval",
            )


class TimeoutShort(Check):
    code = "timeout-short"
    family = Family.TIMES
    severity = Severity.WARNING
    title = "The timeout of a layer is shorter than that of its release"
    about = (
        "The layer checks the health of a HelmRelease for its own `timeout`, and fails while the "
        "release is still being installed."
    )
    remedy = "Give the layer a longer `timeout` than the release."
    bad = "timeout: 5m  # HelmRelease: timeout: 30m"
    good = "timeout: 35m"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find one for all layers that take their timeout from one line, as those do that a parent
        patches."""
        releases: dict[str, list[Release]] = defaultdict(list)
        for release in context.platform.releases:
            releases[release.layer].append(release)
        short: dict[tuple[str, Location], list[tuple[Layer, Release]]] = defaultdict(list)
        for layer in _written(context):
            timeout = seconds(layer.timeout)
            if layer.health.gated and timeout is not None:
                longer = _longer(layer, timeout, releases[layer.id])
                if longer is not None:
                    short[layer.cluster, layer.place("timeout")].append((layer, longer))
        for (_, place), found in sorted(short.items()):
            yield cls._short(place, found)

    @classmethod
    def _short(cls, place: Location, found: list[tuple[Layer, Release]]) -> Finding:
        layer, release = found[0]
        end = "is still being installed; set a longer timeout"
        if len(found) == 1:
            message = (
                f"`{layer.name}` waits {layer.timeout} for HelmRelease "
                f"{release.namespace}/{release.name}, which may take "
                f"{release.timeout}: the layer fails while the release {end}"
            )
        else:
            longest = max(
                (one.timeout or "" for _, one in found), key=lambda text: seconds(text) or 0
            )
            message = (
                f"{layers_named([one for one, _ in found])} wait {layer.timeout} for HelmReleases "
                f"that may take up to {longest}: a layer fails "
                f"while its release {end}"
            )
        return cls.at(
            place,
            message,
            layers=[one.id for one, _ in found],
            about=[item for pair in found for item in pair],
            cause=f"waits {layer.timeout}",
        )


def _written(context: Context) -> Iterator[Layer]:
    """Return the layers that are written in Git."""
    return (layer for layer in context.platform.layers if not layer.synthetic)


def _longer(layer: Layer, timeout: float, releases: list[Release]) -> Release | None:
    """Return a release that the layer waits for, and that may take longer than the layer's check
    lasts."""
    checked = {
        (item.namespace, item.name) for item in layer.health.checks if item.kind == "HelmRelease"
    }
    for release in releases:
        own = seconds(release.timeout)
        waited_for = layer.health.wait or (release.namespace, release.name) in checked
        if waited_for and own is not None and own > timeout:
            return release
    return None
