"""When Flux calls each layer ready."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from gitops_docs.model import HealthCheck, HealthExpression, Layer
from gitops_docs.pages.html import across
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded
from gitops_docs.pages.html.writer import Writer
from gitops_docs.text.english import count

_SHOWN = 4


def _group_by_checks(names: Iterable[Sequence[Layer]]) -> Iterable[list[Layer]]:
    """The layers of each name, those together that count as ready in the same way."""
    for layers in names:
        found: dict[object, list[Layer]] = {}
        for layer in layers:
            checks = tuple((one.kind, one.namespace, one.name) for one in layer.health.checks)
            key = layer.health.wait, checks, len(layer.health.expressions), layer.timeout
            found.setdefault(key, []).append(layer)
        yield from found.values()


@reused
def health_page(writer: Writer) -> Page:
    """The inventory of health checks."""
    facts = writer.facts
    page = writer.draft(writer.at.page("health"))
    layers = facts.platform.layers
    rows: list[list[Cell]] = []
    for group in _group_by_checks(facts.names.values()):
        layer = group[0]
        row: list[Cell] = [
            writer.layer(page, layer) if len(group) == 1 else writer.layer_or_all(page, layer),
            _ready(writer, page, layer),
            folded([_expression(page, item) for item in layer.health.expressions], _SHOWN) or "–",
            layer.timeout or _default_timeout(layer),
            across.numbers([len(facts.graph.required_by[one.id]) for one in group]),
            page.place(layer.file, layer.line),
        ]
        if writer.many_clusters:
            row.insert(1, across.share(writer, [one.cluster for one in group]))
        rows.append(row)
    waited = [layer for layer in layers if facts.graph.required_by[layer.id]]
    unchecked = sum(not layer.health.gated for layer in waited)
    inert = sum(bool(layer.health.expressions) and not layer.health.gated for layer in layers)
    lead = (
        f"When each layer counts as ready. {len(waited)} of {count(len(layers), 'layer')} "
        f"{'has' if len(waited) == 1 else 'have'} dependants; {unchecked} of these "
        f"{'has' if unchecked == 1 else 'have'} no health checks: ready means applied."
    )
    if inert:
        lead += (
            f" {count(inert, 'layer')} {'has' if inert == 1 else 'have'} `healthCheckExprs` "
            f"without `wait` or `healthChecks`; Flux ignores them."
        )
    return writer.finish(
        page,
        "tables.html",
        "Health checks",
        description=f"When each of {count(len(layers), 'layer')} counts as ready",
        lead=lead,
        sections=[
            (
                None,
                None,
                Table(
                    "health",
                    "Layers",
                    (
                        "Layer",
                        *(("Clusters",) if writer.many_clusters else ()),
                        "Ready when",
                        "CEL expressions",
                        "Timeout",
                        "Needed by",
                        "Defined at",
                    ),
                    rows,
                    "No layers.",
                ),
            )
        ],
    )


def _default_timeout(layer: Layer) -> str:
    """`Kustomization.GetTimeout` (kustomization_types.go)."""
    return f"interval {layer.interval} less 30s" if layer.interval else "not known"


def _ready(writer: Writer, page: Draft, layer: Layer) -> Cell:
    if layer.health.wait:
        return Markup("all objects are ready (<code>wait: true</code>)")
    if layer.health.checks:
        return folded([_check(writer, page, layer, check) for check in layer.health.checks], _SHOWN)
    return "applied (no health checks)"


def _check(writer: Writer, page: Draft, layer: Layer, check: HealthCheck) -> Markup:
    """The object that is waited for: a link where it is a release."""
    name = f"{check.kind} {check.namespace}/{check.name}"
    release = (
        writer.facts.release(layer.cluster, check.namespace, check.name)
        if check.kind == "HelmRelease"
        else None
    )
    return writer.release(page, release, name) if release else page.code(name)


def _expression(page: Draft, item: HealthExpression) -> Markup:
    return Markup("{} {}").format(
        page.code(item.kind or item.api_version), page.place(item.file, item.line)
    )
