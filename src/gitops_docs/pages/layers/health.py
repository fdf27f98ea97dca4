"""Show when Flux calls each layer ready."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from gitops_docs.kubernetes.durations import seconds, written
from gitops_docs.model import HealthCheck, HealthExpression, Layer
from gitops_docs.pages.html import across
from gitops_docs.pages.html.areas import facets
from gitops_docs.pages.html.draft import Draft
from gitops_docs.pages.html.page import Page
from gitops_docs.pages.html.reuse import reused
from gitops_docs.pages.html.tables import Cell, Table, folded, grouped
from gitops_docs.pages.html.writer import Writer
from gitops_docs.pages.markup import filled
from gitops_docs.text.english import count

_SHOWN = 4
_SPARED = 30
"""Seconds of the interval that Flux leaves when it derives the timeout from it, and the shortest
timeout (`Kustomization.GetTimeout`, kustomization_types.go)."""
_STATES = {
    "unchecked": "Needed by others, no health checks",
    "inert": "healthCheckExprs that never run",
    "checked": "Health checks",
    "applied": "No health checks",
}
"""The groups of the list, those that need attention first. A layer is in the first that fits."""
_LOW = {"Clusters", "CEL expressions", "Timeout", "Defined at"}


def _group_by_checks(names: Iterable[Sequence[Layer]]) -> Iterable[list[Layer]]:
    """Yield the layers of each name, those together that count as ready in the same way."""
    for layers in names:
        found: dict[object, list[Layer]] = {}
        for layer in layers:
            checks = tuple((one.kind, one.namespace, one.name) for one in layer.health.checks)
            key = layer.health.wait, checks, len(layer.health.expressions), _timeout(layer)
            found.setdefault(key, []).append(layer)
        yield from found.values()


@reused
def health_page(writer: Writer) -> Page:
    """Return the inventory of health checks."""
    facts = writer.facts
    page = writer.draft(writer.at.page("health"))
    layers = facts.platform.layers
    ranks = {state: rank for rank, state in enumerate(_STATES)}
    groups = [(_state(writer, group), group) for group in _group_by_checks(facts.names.values())]
    groups.sort(key=lambda item: ranks[item[0]])
    placed = len(groups) <= across.PLACES
    waited = [layer for layer in layers if facts.graph.required_by[layer.id]]
    unchecked = sum(not layer.health.gated for layer in waited)
    inert = sum(bool(layer.health.expressions) and not layer.health.gated for layer in layers)
    lead = (
        f"When each layer counts as ready. {len(waited)} of {count(len(layers), 'layer')} "
        f"{'has' if len(waited) == 1 else 'have'} dependants"
    )
    if unchecked:
        lead += f"; {unchecked} of these {'has' if unchecked == 1 else 'have'} no health checks: "
        lead += "their dependants start as soon as Flux has applied them."
    else:
        lead += ", all of them with health checks." if waited else "."
    if inert:
        lead += (
            f" {count(inert, 'layer')} {'has' if inert == 1 else 'have'} `healthCheckExprs` "
            f"without `wait` or `healthChecks`; Flux ignores them."
        )
    tags = tuple(state for state, _ in groups)
    columns = (
        "Layer",
        *(("Clusters",) if writer.many_clusters else ()),
        "Ready when",
        "CEL expressions",
        "Timeout",
        "Needed by",
        *(("Defined at",) if placed else ()),
    )
    return writer.finish(
        page,
        "tables.html",
        "Health checks",
        description=f"When each of {count(len(layers), 'layer')} counts as ready",
        wide=True,
        lead=lead,
        sections=[
            (
                None,
                None,
                Table(
                    "health",
                    "Layers",
                    columns,
                    [_row(writer, page, group, placed=placed) for _, group in groups],
                    "No layers.",
                    low=frozenset(map(columns.index, _LOW & set(columns))),
                    numeric=frozenset({columns.index("Needed by")}),
                    groups=grouped([_STATES[state] for state in tags]),
                    tags=tags,
                    facets=facets(page, tags, _STATES, ()),
                ),
            )
        ],
    )


def _state(writer: Writer, group: Sequence[Layer]) -> str:
    health = group[0].health
    if health.gated:
        return "checked"
    if any(writer.facts.graph.required_by[layer.id] for layer in group):
        return "unchecked"
    return "inert" if health.expressions else "applied"


def _row(writer: Writer, page: Draft, group: Sequence[Layer], *, placed: bool) -> list[Cell]:
    layer = group[0]
    required_by = writer.facts.graph.required_by
    expressions = [_expression(page, item, placed=placed) for item in layer.health.expressions]
    return [
        writer.layer(page, layer) if len(group) == 1 else writer.layer_or_all(page, layer),
        *([across.share(writer, [one.cluster for one in group])] if writer.many_clusters else []),
        _ready(writer, page, layer),
        folded(expressions, _SHOWN) or "–",
        _timeout(layer),
        across.numbers([len(required_by[one.id]) for one in group]),
        *([page.place(layer.file, layer.line)] if placed else []),
    ]


def _timeout(layer: Layer) -> str:
    """Return how long Flux waits: the timeout, or what it derives from the interval; never less
    than half a minute."""
    own, interval = seconds(layer.timeout), seconds(layer.interval)
    if own is None and interval is None:
        return layer.timeout or "not known"
    return written(max(own if own is not None else (interval or 0) - _SPARED, _SPARED))


def _ready(writer: Writer, page: Draft, layer: Layer) -> Cell:
    if layer.health.wait:
        return Markup("all objects are ready (<code>wait: true</code>)")
    if layer.health.checks:
        return folded([_check(writer, page, layer, check) for check in layer.health.checks], _SHOWN)
    return "applied"


def _check(writer: Writer, page: Draft, layer: Layer, check: HealthCheck) -> Markup:
    """Return the object that is waited for: a link where it is a release."""
    name = f"{check.kind} {check.namespace}/{check.name}"
    release = (
        writer.facts.release(layer.cluster, check.namespace, check.name)
        if check.kind == "HelmRelease"
        else None
    )
    return writer.release(page, release, name) if release else page.code(name)


def _expression(page: Draft, item: HealthExpression, *, placed: bool) -> Markup:
    name = page.code(item.kind or item.api_version)
    return filled("{} {}", name, page.place(item.file, item.line)) if placed else name
