"""Health checks that cannot work: wildcards, objects that nobody makes, expressions that never run,
checks that `wait` overrides."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_docs.checks.context import Context
from gitops_docs.model import Finding, HealthCheck, Layer, LayerStatus, Severity
from gitops_docs.text.suggest import near

_FLUX_KINDS = frozenset({"HelmRelease", "Kustomization"})
_MAKERS = frozenset({"HelmRelease", "ResourceSet"})
"""Kinds that make objects which Git does not hold."""


def check(context: Context) -> Iterator[Finding]:
    """Findings of this family."""
    for layer in context.platform.layers:
        health = layer.health
        for item in health.checks:
            if "*" in item.name or "*" in item.namespace:
                yield _wildcard(layer, item)
            elif not health.wait:
                yield from _unknown(context, layer, item)
        if health.expressions and not health.gated:
            place = layer.place("healthCheckExprs")
            message = (
                f"healthCheckExprs of `{layer.name}` never run: without `wait: true` or "
                f"healthChecks Flux checks nothing; "
                "add `wait: true`"
            )
            yield Finding(
                "healthcheck-exprs-inert",
                Severity.WARNING,
                message,
                place.file,
                place.line,
                layer.id,
            )
        if health.wait and health.checks:
            yield _ignored(layer)


def _wildcard(layer: Layer, item: HealthCheck) -> Finding:
    message = (
        f"a health check has no wildcard: Flux waits for a {item.kind} that is called "
        f"`{item.name}`; "
        "use `wait: true`, and healthCheckExprs for the kind"
    )
    return Finding("healthcheck-wildcard", Severity.ERROR, message, item.file, item.line, layer.id)


def _ignored(layer: Layer) -> Finding:
    """With `wait` only the layer's own objects count: a check on another object is lost, one on its
    own says nothing new."""
    # What a chart of the layer makes is there when its release is ready, and `wait` waits for that.
    made = any(resource.kind in _MAKERS for resource in layer.resources)
    lost = [item for item in layer.health.checks if not _produced(layer, item)] if not made else []
    place = layer.place("healthChecks")
    if lost and layer.status is LayerStatus.RENDERED:
        names = ", ".join(f"{item.kind} {item.namespace}/{item.name}" for item in lost[:3])
        message = (
            f"with `wait: true` the healthChecks of `{layer.name}` are ignored, and `wait` covers "
            f"only what the layer itself applies: "
            f"nothing waits for {names}; drop `wait` or check it elsewhere"
        )
        return Finding(
            "healthcheck-ignored", Severity.WARNING, message, place.file, place.line, layer.id
        )
    message = f"with `wait: true` the healthChecks of `{layer.name}` are ignored; remove them"
    return Finding("healthcheck-ignored", Severity.INFO, message, place.file, place.line, layer.id)


def _produced(layer: Layer, item: HealthCheck) -> bool:
    group = item.api_version.rpartition("/")[0]
    return any(
        resource.kind == item.kind
        and resource.name == item.name
        and resource.group == group
        and (resource.cluster_scoped or (resource.namespace or "") in ("", item.namespace))
        for resource in layer.resources
    )


def _is_descendant(context: Context, layer: Layer, ancestor: Layer) -> bool:
    """Whether a layer is applied by another one, or by one that that one applies, and neither waits
    for the other one."""
    here = layer
    while here.parent is not None and here.parent in context.layers:
        if ancestor.id in context.graph.dependencies(here.id):
            return False
        here = context.layers[here.parent]
        if here.id == ancestor.id:
            return True
    return False


def _unknown(context: Context, layer: Layer, item: HealthCheck) -> Iterator[Finding]:
    """A check on an object that the layer does not apply: Flux waits for it until the timeout, and
    the layer is never ready."""
    if (
        layer.status is not LayerStatus.RENDERED
        or "${" in f"{item.name}{item.namespace}"
        or _produced(layer, item)
    ):
        return
    label = f"{item.kind} {item.namespace}/{item.name}"
    own = [resource for resource in layer.resources if resource.kind == item.kind]
    elsewhere = sorted({resource.namespace or "" for resource in own if resource.name == item.name})
    likely = near(
        item.name, (resource.name for resource in own if resource.namespace == item.namespace)
    )
    others = [
        other
        for other in context.of_cluster(layer.cluster)
        if other.id != layer.id
        and other.remote_cluster == layer.remote_cluster
        and _produced(other, item)
    ]
    if any(_is_descendant(context, other, layer) for other in others):
        return  # a child does not wait for its parent, so the object is there before the check gives up
    severity = Severity.WARNING
    if others:
        advice = f"`{others[0].name}` does: depend on that layer instead"
        if context.is_before(layer.id, others[0].id):
            severity = Severity.ERROR
            advice = (
                f"`{others[0].name}` does, which waits for `{layer.name}`: neither ever becomes "
                f"ready"
            )
    elif elsewhere:
        advice = f"it applies one in namespace {elsewhere[0]}: correct the namespace"
    elif likely:
        advice = f"did you mean `{likely}`?"
    elif item.kind not in _FLUX_KINDS and any(
        resource.kind in _MAKERS for resource in layer.resources
    ):
        return
    elif item.kind not in _FLUX_KINDS and layer.cluster in context.open_ended:
        severity = Severity.INFO
        advice = "a chart or a controller has to make it, else the layer never becomes ready"
    else:
        advice = (
            "Flux waits for it until the timeout and the layer is never ready: correct the name or "
            "remove the check"
        )
    message = f"`{layer.name}` checks the health of {label}, which it does not apply; {advice}"
    yield Finding("healthcheck-unknown", severity, message, item.file, item.line, layer.id)
