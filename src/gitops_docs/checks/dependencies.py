"""dependsOn: names that do not exist, cycles, dependencies that are suspended or never gated."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from gitops_docs import graph
from gitops_docs.model import Dependency, Finding, Layer, Platform, Severity
from gitops_docs.settings import Settings


def check(platform: Platform, settings: Settings) -> list[Finding]:
    """Findings of this family."""
    by_id = {layer.id: layer for layer in platform.layers}
    found: list[Finding] = []
    for layer in platform.layers:
        for edge in layer.depends_on:
            target = by_id.get(edge.layer or "")
            found.extend(_unknown(layer, edge, by_id) if target is None else _weak(layer, edge, target))
    found += _cycles(platform.layers, by_id)
    return found


def _unknown(layer: Layer, edge: Dependency, by_id: dict[str, Layer]) -> Iterator[Finding]:
    """`checkDependencies`: a Kustomization that is not found is an error that Flux retries for ever."""
    same = [other for other in by_id.values() if other.cluster == layer.cluster]
    elsewhere = [other for other in same if other.name == edge.name]
    message = f"`{layer.name}` depends on Kustomization {edge.namespace}/{edge.name}, which no layer of the cluster has"
    if elsewhere:
        message += f"; there is one in namespace {elsewhere[0].namespace}"
    else:
        near = get_close_matches(edge.name, sorted({other.name for other in same}), n=1)
        message += f"; did you mean `{near[0]}`?" if near else "; Flux waits for it for ever"
    yield Finding("dependency-unknown", Severity.ERROR, message, edge.file, edge.line, layer.id)


def _weak(layer: Layer, edge: Dependency, target: Layer) -> Iterator[Finding]:
    if target.suspended and not layer.suspended:
        message = (
            f"`{layer.name}` depends on `{target.name}`, which is suspended: "
            "it waits, or goes by its last state; resume it or drop the entry"
        )
        yield Finding("dependency-suspended", Severity.WARNING, message, edge.file, edge.line, layer.id)
    if not target.health.gated and edge.ready_expr is None:
        message = (
            f"`{layer.name}` waits only until `{target.name}` is applied, not until it works: `{target.name}` has neither "
            "`wait: true` nor health checks"
        )
        yield Finding("dependency-not-gated", Severity.INFO, message, edge.file, edge.line, layer.id)


def _cycles(layers: tuple[Layer, ...], by_id: dict[str, Layer]) -> Iterator[Finding]:
    for cycle in graph.cycles(layers):
        members = [by_id[identity] for identity in cycle]
        path = " -> ".join([*(member.name for member in members), members[0].name])
        edges = []
        for index, member in enumerate(members):
            target = members[(index + 1) % len(members)].id
            edges += [edge for edge in member.depends_on if edge.layer == target]
        places = ", ".join(f"{edge.file}:{edge.line}" for edge in edges)
        message = (
            f"dependsOn goes in a circle: {path} ({places}); none of these layers ever becomes ready, remove one edge"
        )
        for edge in edges[:1]:
            yield Finding("dependency-cycle", Severity.ERROR, message, edge.file, edge.line, members[0].id)
