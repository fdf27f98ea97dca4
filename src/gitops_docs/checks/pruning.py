"""What is lost with a line of Git: kinds, and with them every object of the kind."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_docs.checks.context import Context, listed
from gitops_docs.model import Finding, Layer, Resource, Severity


def check(context: Context) -> Iterator[Finding]:
    """Findings of this family: layers that delete CustomResourceDefinitions when they leave Git."""
    for layer in context.platform.layers:
        kinds = [
            item
            for item in layer.resources
            if item.kind == "CustomResourceDefinition" and not _kept(item) and not _of_bootstrap(layer, item)
        ]
        if not kinds or not layer.prune:
            continue
        first = min(kinds, key=lambda item: (item.file, item.line))
        names = listed([item.name for item in kinds], 3)
        message = (
            f"`{layer.name}` prunes {names}: a definition that leaves Git is deleted, and with it every object of its kind; "
            "annotate it with `kustomize.toolkit.fluxcd.io/prune: disabled`, or set `prune: false`"
        )
        yield Finding("crd-pruned", Severity.INFO, message, first.file, first.line, layer.id)


def _kept(resource: Resource) -> bool:
    policies = dict(resource.policies)
    return policies.get("prune", "").lower() == "disabled" or policies.get("resource-policy", "") == "keep"


def _of_bootstrap(layer: Layer, resource: Resource) -> bool:
    """Whether it is one of Flux's own definitions, which `flux bootstrap` writes so."""
    return layer.parent is None and resource.name.endswith(".toolkit.fluxcd.io")
