"""Check health checks that cannot work: wildcards, objects that no layer applies, expressions that
never run, checks that `wait` overrides."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_docs.checks.check import Check
from gitops_docs.checks.context import Context
from gitops_docs.model import Family, Finding, HealthCheck, Layer, LayerStatus, Severity
from gitops_docs.text.suggest import near

_FLUX_KINDS = frozenset({"HelmRelease", "Kustomization"})
_MAKERS = frozenset({"HelmRelease", "ResourceSet"})
"""Kinds that make objects which Git does not hold."""


class HealthCheckWildcard(Check):
    code = "healthcheck-wildcard"
    family = Family.HEALTH
    severity = Severity.ERROR
    title = "A health check has a wildcard"
    about = (
        "Health checks have no wildcard: Flux waits for an object that is called `*` until the "
        "timeout, and the layer is never ready."
    )
    remedy = "Use `wait: true`, and `healthCheckExprs` for kinds that Flux cannot judge by itself."
    bad = "healthChecks:\n  - kind: Cluster\n    name: '*'"
    good = "wait: true"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for layer in context.platform.layers:
            for item in layer.health.checks:
                if _has_wildcard(item):
                    message = (
                        f"a health check has no wildcard: Flux waits for a {item.kind} that is "
                        f"called `{item.name}`; "
                        "use `wait: true`, and healthCheckExprs for the kind"
                    )
                    yield cls.at(item, message, layers=[layer.id])


class HealthCheckUnknown(Check):
    code = "healthcheck-unknown"
    family = Family.HEALTH
    severity = Severity.WARNING
    title = "A health check is on an object that the layer does not apply"
    about = (
        "Flux waits for the object until the timeout. Objects that a chart of the layer may make "
        "are not reported."
    )
    remedy = "Correct the name, or depend on the layer that applies the object."
    bad = "healthChecks:\n  - kind: Deployment\n    name: wbe"
    good = "healthChecks:\n  - kind: Deployment\n    name: web"
    varies = (
        "An error where the object comes only after the layer, a note where it may come from "
        "outside this repository, and where the layer is suspended."
    )

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find checks on objects that the layer does not apply: Flux waits for them until the
        timeout, and the layer is never ready."""
        for layer in context.platform.layers:
            if layer.health.wait or layer.status is not LayerStatus.RENDERED:
                continue
            for item in layer.health.checks:
                if (
                    _has_wildcard(item)
                    or "${" in f"{item.name}{item.namespace}"
                    or _produced(context, layer, item)
                ):
                    continue
                verdict = _advice(context, layer, item)
                if verdict is not None:
                    severity, advice = verdict
                    if layer.suspended:
                        severity = Severity.INFO  # It waits once it is resumed.
                    label = f"{item.kind} {item.namespace}/{item.name}"
                    message = (
                        f"`{layer.name}` checks the health of {label}, which it does not apply; "
                        f"{advice}"
                    )
                    cause = f"does not apply {label}"
                    yield cls.at(item, message, layers=[layer.id], severity=severity, cause=cause)


class HealthCheckExprsInert(Check):
    code = "healthcheck-exprs-inert"
    family = Family.HEALTH
    severity = Severity.WARNING
    title = "healthCheckExprs never run"
    about = (
        "Without `wait` and without `healthChecks` kustomize-controller checks nothing, so the "
        "expressions never run."
    )
    remedy = "Add `wait: true`."
    bad = "healthCheckExprs:\n  - kind: Claim"
    good = "wait: true\nhealthCheckExprs:\n  - kind: Claim"

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        for layer in context.platform.layers:
            if layer.health.expressions and not layer.health.gated:
                message = (
                    f"healthCheckExprs of `{layer.name}` never run: without `wait: true` or "
                    f"healthChecks Flux checks nothing; "
                    "add `wait: true`"
                )
                place = layer.place("healthCheckExprs")
                yield cls.at(place, message, layers=[layer.id], cause="no wait, no healthChecks")


class HealthCheckIgnored(Check):
    code = "healthcheck-ignored"
    family = Family.HEALTH
    severity = Severity.INFO
    title = "wait: true overrides healthChecks"
    about = (
        "With `wait: true` Flux ignores `healthChecks` and checks what the layer itself applies. "
        "A check of another object, such as a Deployment of a chart, is lost, which is a warning."
    )
    remedy = "Keep one of the two."
    bad = "wait: true\nhealthChecks: [...]"
    good = "wait: true"
    varies = "A warning where a check is lost."

    @classmethod
    def check(cls, context: Context) -> Iterator[Finding]:
        """Find checks beside `wait`, with which only the layer's own objects count: a check on
        another object is lost, one on its own adds nothing."""
        for layer in context.platform.layers:
            if not (layer.health.wait and layer.health.checks):
                continue
            # A release is ready when what its chart makes is there, and `wait` waits for that.
            made = _may_make(context, layer)
            lost = [
                item
                for item in layer.health.checks
                if not made and not _produced(context, layer, item)
            ]
            severity, cause = Severity.INFO, "beside wait"
            message = (
                f"with `wait: true` the healthChecks of `{layer.name}` are ignored; remove them"
            )
            if lost and layer.status is LayerStatus.RENDERED:
                severity, cause = Severity.WARNING, "beside wait, and not of the layer"
                names = ", ".join(f"{item.kind} {item.namespace}/{item.name}" for item in lost[:3])
                message = (
                    f"with `wait: true` the healthChecks of `{layer.name}` are ignored, and `wait` "
                    f"covers only what the layer itself applies: "
                    f"nothing waits for {names}; drop `wait` or check it elsewhere"
                )
            place = layer.place("healthChecks")
            yield cls.at(place, message, layers=[layer.id], severity=severity, cause=cause)


def _has_wildcard(item: HealthCheck) -> bool:
    return "*" in item.name or "*" in item.namespace


def _may_make(context: Context, layer: Layer) -> bool:
    """Return whether an object of a layer makes others that are not known here: a ResourceSet, or a
    HelmRelease whose chart was not rendered."""
    return any(
        resource.kind in _MAKERS
        and not (
            resource.kind == "HelmRelease"
            and (layer.id, resource.namespace or "", resource.name) in context.rendered
        )
        for resource in layer.resources
    )


def _produced(context: Context, layer: Layer, item: HealthCheck) -> bool:
    """Return whether a layer or a chart of its releases makes an object."""
    group = item.api_version.rpartition("/")[0]
    return any(
        resource.kind == item.kind
        and resource.name == item.name
        and resource.group == group
        and (resource.cluster_scoped or (resource.namespace or "") in ("", item.namespace))
        for resource in (*layer.resources, *context.of_charts.get(layer.id, ()))
    )


def _is_descendant(context: Context, layer: Layer, ancestor: Layer) -> bool:
    """Return whether a layer is applied by another one, or by one that that one applies, and
    neither waits for the other one."""
    here = layer
    while here.parent is not None and here.parent in context.layers:
        if ancestor.id in context.graph.dependencies(here.id):
            return False
        here = context.layers[here.parent]
        if here.id == ancestor.id:
            return True
    return False


def _advice(context: Context, layer: Layer, item: HealthCheck) -> tuple[Severity, str] | None:
    """Return what to do about a check on an object that the layer does not apply; None where it can
    be there all the same."""
    own = [resource for resource in layer.resources if resource.kind == item.kind]
    same = [one for one in own if (one.namespace or "", one.name) == (item.namespace, item.name)]
    elsewhere = sorted({resource.namespace or "" for resource in own if resource.name == item.name})
    likely = near(
        item.name, (resource.name for resource in own if resource.namespace == item.namespace)
    )
    others = [
        other
        for other in context.of_cluster(layer.cluster)
        if other.id != layer.id
        and other.remote_cluster == layer.remote_cluster
        and _produced(context, other, item)
    ]
    if any(_is_descendant(context, other, layer) for other in others):
        return None  # A child does not wait for its parent, so the object is there in time.
    if others:
        if context.is_before(layer.id, others[0].id):
            return Severity.ERROR, (
                f"`{others[0].name}` does, which waits for `{layer.name}`: neither ever becomes "
                f"ready"
            )
        return Severity.WARNING, f"`{others[0].name}` does: depend on that layer instead"
    if same:
        return Severity.WARNING, f"it applies one of {same[0].api_version}: correct the apiVersion"
    if elsewhere:
        return Severity.WARNING, (
            f"it applies one in namespace {elsewhere[0]}: correct the namespace"
        )
    if likely:
        return Severity.WARNING, f"did you mean `{likely}`?"
    if item.kind not in _FLUX_KINDS:
        if _may_make(context, layer):
            return None
        if layer.cluster in context.open_ended:
            return Severity.INFO, (
                "a chart or a controller has to make it, else the layer never becomes ready"
            )
    return Severity.WARNING, (
        "Flux waits for it until the timeout and the layer is never ready: correct the name or "
        "remove the check"
    )
