"""Health checks that cannot work: wildcards, expressions that never run, checks that `wait` overrides."""

from __future__ import annotations

from gitops_docs.model import Finding, Platform, Severity
from gitops_docs.settings import Settings


def check(platform: Platform, settings: Settings) -> list[Finding]:
    """Findings of this family."""
    found: list[Finding] = []
    for layer in platform.layers:
        health = layer.health
        for item in health.checks:
            if "*" in item.name or "*" in item.namespace:
                message = (
                    f"a health check has no wildcard: Flux waits for a {item.kind} that is called `{item.name}`; "
                    "use `wait: true`, and healthCheckExprs for the kind"
                )
                found.append(Finding("healthcheck-wildcard", Severity.ERROR, message, item.file, item.line, layer.id))
        if health.expressions and not health.gated:
            first = health.expressions[0]
            message = (
                f"healthCheckExprs of `{layer.name}` never run: without `wait: true` or healthChecks Flux checks nothing; "
                "add `wait: true`"
            )
            found.append(
                Finding("healthcheck-exprs-inert", Severity.WARNING, message, first.file, first.line, layer.id)
            )
        if health.wait and health.checks:
            first_check = health.checks[0]
            message = f"with `wait: true` the healthChecks of `{layer.name}` are ignored; remove one of the two"
            found.append(
                Finding("healthcheck-ignored", Severity.INFO, message, first_check.file, first_check.line, layer.id)
            )
    return found
